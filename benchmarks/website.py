"""The built website in a browser whose network is cut: every page, widget, question and exercise.

    make site PYODIDE=folder && .venv/bin/python benchmarks/website.py [build/site] [--axe FILE]
    .venv/bin/python benchmarks/website.py [build/site] --times

Pages are opened from the disk, in both themes and at 400 and 1280 pixels; exercises from a server
on this machine, if the site holds Pyodide. With axe-core's file (axe.min.js of the npm package
axe-core), what WCAG's levels A and AA ask for is looked at, too. `--times` opens each page once, at
400 pixels, for the figures that want a machine with nothing else to do. Exits with 1 if anything is
found.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import random
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import site_links
from chromium import MISSING, find_chromium

from ce_course.checks.by_name import exercise_called

MOVES = 50
LOOKS = [(width, theme) for width in (400, 1280) for theme in ("light", "dark")]
QUERY = "temperature"  # what the page of the search is asked for
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
FRAMES = 34  # milliseconds of two frames
# From the page's beginning: when its first text was painted, and when its first widget moves.
FIRST = """async () => {
  const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN;
  const place = document.querySelector('.ce-widget[data-kind="explorer"]');
  if (!place) return [painted, null];
  document.querySelectorAll('.ce-fold button').forEach((button) => button.click());
  place.scrollIntoView();
  for (let i = 0; i < 6000 && place.dataset.alive !== 'yes'; i++)
    await new Promise((done) => setTimeout(done, 5));
  return [painted, performance.now()];
}"""
WIDTH = "document.documentElement.scrollWidth"
ALIVE = "[...document.querySelectorAll('.ce-widget')].every(w => w.dataset.alive === 'yes')"
EXPLORERS = '.ce-widget[data-kind="explorer"][data-alive="yes"]'
SCROLL = """async () => {
  document.querySelectorAll('.ce-fold button').forEach((button) => button.click());
  for (const place of document.querySelectorAll('.ce-widget')) {
    place.scrollIntoView();
    for (let i = 0; i < 400 && place.dataset.alive !== 'yes'; i++)
      await new Promise((done) => setTimeout(done, 25));
  }
}"""
# Sets every control of an explorer at random, so often; returns the milliseconds until each picture
# was painted, and what was not to be had.
MOVE = """async ([place, moves, seed]) => {
  const draw = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const times = [], problems = [];
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  for (let move = 0; move < moves; move++) {
    const inputs = [...place.querySelectorAll('.ce-control :is(input, select)')];
    const input = inputs.filter((each) => !each.disabled)[Math.floor(draw() * inputs.length)];
    if (!input) continue;
    const begun = performance.now();
    if (input.type === 'radio') input.click();
    else {
      const most = input.tagName === 'SELECT' ? input.options.length - 1 : Number(input.max);
      input.value = Math.floor(draw() * (most + 1));
      input.dispatchEvent(new Event(input.tagName === 'SELECT' ? 'change' : 'input'));
    }
    await frame();
    times.push(performance.now() - begun);
    if (place.querySelector('.ce-panels[aria-busy]')) problems.push('no scene');
    if (/ d="[^"]*(NaN|undefined)/.test(place.innerHTML)) problems.push('not a number');
  }
  return { times, problems };
}"""
SOLUTION = """place => {
  [...place.querySelectorAll('button')].find((button) => button.textContent === 'Solution').click();
  return place.querySelector('.ce-help code').textContent;
}"""


class Found(list):
    """What is wrong, each with its place; and the figures, by what they are of."""

    def __init__(self) -> None:
        super().__init__()
        self.pages, self.inputs, self.checks, self.counts = {}, {}, {}, Counter()

    def add(self, place: str, what: str) -> None:
        self.append(f"{place}: {what}")
        print(f"  {self[-1]}", flush=True)


def opened(browser: Browser, address: str, width: int, theme: str, found: Found) -> Page:
    """A page without a network; what it asks of others and its errors are findings."""
    context = browser.new_context(
        viewport={"width": width, "height": 850}, color_scheme=theme, offline=True
    )
    page = context.new_page()
    name = address.rsplit("/", 1)[-1]

    def asked(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            found.add(name, f"asks for {request.url}")

    page.on("request", asked)
    page.on("pageerror", lambda error: found.add(name, str(error)))
    page.goto(address)
    return page


def look(
    browser: Browser, site: Path, path: Path, axe: str | None, looks: list, found: Found
) -> None:
    """One page: alive, fitting, accessible, its widgets moved and its questions answered."""
    name = path.relative_to(site).as_posix()
    search = name == "search.html"
    address = path.as_uri() + (f"?q={QUERY}" if search else "")
    for width, theme in looks:
        place = f"{name} at {width}, {theme}"
        page = opened(browser, address, width, theme, found)
        first = page.evaluate(FIRST)
        wide = page.evaluate(WIDTH)  # with pictures where widgets will be
        page.evaluate(SCROLL)
        try:
            page.wait_for_function(ALIVE, timeout=120_000)
            if search:
                page.wait_for_selector("#search-results li a", timeout=60_000)
        except Error:
            found.add(place, "finds nothing" if search else "a widget is not alive")
        page.wait_for_function("window.MathJax?.startup?.promise?.then(() => true) ?? true")
        if (wide := max(wide, page.evaluate(WIDTH))) > width:
            found.add(place, f"is {wide} pixels wide")
        if axe:
            page.wait_for_timeout(700)
            page.evaluate(axe)
            for one in page.evaluate("rules => axe.run(rules)", RULES)["violations"]:
                nodes = "; ".join(node["html"][:90] for node in one["nodes"][:3])
                found.add(place, f"{one['id']} ({len(one['nodes'])} times): {nodes}")
        if (width, theme) == looks[0]:
            play(page, place, found)
            found.pages[name] = (path.stat().st_size / 1000, *first)
            print(f"{name}: {said_of(found.pages[name])}", flush=True)
        found.counts["looks at a page"] += 1
        page.context.close()


def said_of(figures: tuple[float, float, float | None]) -> str:
    size, painted, alive = figures
    first = f", first widget alive after {alive / 1000:.2f} s" if alive else ""
    return f"{size:.0f} kB, to be read after {painted / 1000:.2f} s{first}"


def play(page: Page, place: str, found: Found) -> None:
    for seed, widget in enumerate(page.query_selector_all(EXPLORERS), 1):
        moved = page.evaluate(MOVE, [widget, MOVES, seed])
        name = widget.get_attribute("data-name")
        for problem in set(moved["problems"]):
            found.add(place, f"{name}: {problem}, {moved['problems'].count(problem)} times")
        slowest = statistics.quantiles(moved["times"], n=20)[-1]
        found.inputs[name] = max(slowest, found.inputs.get(name, 0.0))
        found.counts["widgets"] += 1
        found.counts["moves"] += len(moved["times"])
        print(f"  {name}: p95 of an input {slowest:.0f} ms", flush=True)
    draw = random.Random(0)
    for form in page.query_selector_all(".ce-quiz form"):
        draw.choice(form.query_selector_all("input")).check()
        form.query_selector("button").click()
        found.counts["questions"] += 1
        if not form.query_selector(".ce-reply").inner_text():
            found.add(place, "a question without a reply")


def exercises(browser: Browser, site: Path, only: str, found: Found) -> None:
    """Every exercise: as it is given out, wrong and right; on each page the first one's loop, too.

    What comes after the loop shows that its end leaves Python usable.
    """
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for path in sorted(site.glob("exercises/*/*.html")):
        name = path.relative_to(site).as_posix()
        if only not in path.as_posix():
            continue
        page = browser.new_page()
        page.on("pageerror", lambda error, name=name: found.add(name, str(error)))
        page.goto(f"http://127.0.0.1:{server.server_port}/{name}")
        looped = False
        for place in page.query_selector_all(".ce-exercise"):
            who = place.get_attribute("data-name")
            if place.query_selector(".ce-note"):
                found.counts["exercises that need PyTorch"] += 1
                print(f"  {who}: needs PyTorch", flush=True)
                continue
            solve(page, place, who, name, found)
            if not looped:
                interrupted(page, place, found)
                found.counts["endless loops stopped"] += 1
                looped = True
        page.close()
    server.shutdown()


def solve(page: Page, place, who: str, name: str, found: Found) -> None:
    """One exercise of the page `name`: not attempted, wrong, right."""
    right = place.evaluate(SOLUTION)
    value = exercise_called(who).is_value
    wrong = f"{who} = 0.0\n" if value else f"def {who}(*args, **kwargs):\n    return 0.0\n"
    for code, wanted in ((None, "not attempted"), (wrong, "not right"), (right, "right")):
        if code:
            place.query_selector(".cm-content").fill(code)
        begun = time.perf_counter()
        state, text = checked(page, place)
        took = time.perf_counter() - begun
        if text.startswith(f"{who}: not attempted"):
            state = "not attempted"
        if state != wanted:
            found.add(who, f"expected {wanted}, got {state}: {text[:300]}")
            continue
        found.counts[f"exercises judged {state}"] += 1
        found.checks.setdefault(name, took)  # the first, with Python's loading
        print(f"  {who}: {state} after {took:.1f} s", flush=True)


def interrupted(page: Page, place, found: Found) -> None:
    """Stop a loop that never ends; the code has to stay."""
    place.query_selector(".cm-content").fill("while True:\n    pass\n")
    run, stop = place.query_selector_all("button")[:2]
    run.click()
    page.wait_for_timeout(500)
    stop.click()
    page.wait_for_function("node => node.dataset.state === 'stopped'", arg=said(place))
    if "while True" not in place.query_selector(".cm-content").inner_text():
        found.add(place.get_attribute("data-name"), "the code is gone after a stop")


def said(place):
    return place.query_selector(".ce-said")


def checked(page: Page, place) -> tuple[str, str]:
    said(place).evaluate("node => (node.dataset.state = '')")
    place.query_selector("button").click()
    page.wait_for_function("node => node.dataset.state", arg=said(place), timeout=300_000)
    return said(place).get_attribute("data-state"), said(place).inner_text()


def figures(site: Path, found: Found) -> None:
    """All in one table, at the end."""
    files = [file for file in site.rglob("*") if file.is_file()]
    python = [file for file in files if "pyodide" in file.parts]
    scenes = [file for file in files if file.parent.name == "scenes"]
    kinds = (files, python, scenes)
    whole, pyodide, tables = (sum(f.stat().st_size for f in some) / 1e6 for some in kinds)
    print(f"\nthe site: {whole - pyodide:.1f} MB without Pyodide, of which scenes {tables:.1f} MB")
    for name, each in sorted(found.pages.items()):
        print(f"  {name}: {said_of(each)}")
    if found.pages:
        sizes, painted, alive = zip(*found.pages.values(), strict=True)
        moving = [each for each in alive if each] or [0]
        print(
            f"pages: {min(sizes):.0f} to {max(sizes):.0f} kB, read after at most "
            f"{max(painted) / 1000:.2f} s, first widget after at most {max(moving) / 1000:.2f} s"
        )
    if found.checks:
        first = sorted(found.checks.values())
        print(
            f"first exercise checked after {first[0]:.1f} to {first[-1]:.1f} s, "
            "which begins by loading Python"
        )
    if found.inputs:
        name = max(found.inputs, key=found.inputs.get)
        slow = sum(each > FRAMES for each in found.inputs.values())
        print(
            f"slowest widget: {name}, p95 of an input {found.inputs[name]:.0f} ms; "
            f"{slow} of {len(found.inputs)} above two frames ({FRAMES} ms)"
        )
    print(*(f"{count} {what}" for what, count in found.counts.items()), sep=", ")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", nargs="?", type=Path, default=Path("build/site"))
    parser.add_argument("--axe", type=Path, help="axe-core's axe.min.js")
    parser.add_argument("--only", default="", help="pages whose path has this in it")
    parser.add_argument("--times", action="store_true", help="each page once, for its figures")
    options = parser.parse_args()
    site = options.site.resolve()
    if not (site / "index.html").exists():
        print(f"There is no website in {site}: make site makes it.")
        return
    axe = options.axe.read_text(encoding="utf-8") if options.axe else None
    found = Found()
    broken, elsewhere = site_links.check(site)
    for line in broken:
        found.add("link", line)
    print(f"links: {len(broken)} lead nowhere, {len(elsewhere)} leave the site")
    with sync_playwright() as playwright:
        executable = find_chromium() or sys.exit(MISSING)
        browser = playwright.chromium.launch(executable_path=executable)
        for path in sorted(site.glob("**/*.html")):
            if "_static" not in path.parts and options.only in path.as_posix():
                look(browser, site, path, axe, LOOKS[: 1 if options.times else None], found)
        if (site / "_static" / "pyodide").is_dir() and not options.times:
            exercises(browser, site, options.only, found)
        browser.close()
    figures(site, found)
    print(f"{len(found)} findings" if found else "nothing found")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
