"""A website of chapter 00 in a browser that reaches nothing but the disk."""

import contextlib
import functools
import http.server
import importlib.metadata
import json
import os
import random
import threading
from pathlib import Path

import pytest
import site_links

import bootstrap
from ce_course import catalogue, claims
from ce_course.authoring import page as pages
from ce_course.authoring.site import build
from ce_course.checks.by_name import exercises_of
from ce_course.checks.check import solution_code
from ce_course.widgets import gradient_comparison, token_losses

SECONDS = 20_000
PATIENT = 300_000  # Pyodide starts in three seconds or so on two free cores
ASKED = (
    "is it true that the loss can be negative?",
    "one-hot labels need much memory",
    "does label smoothing help calibration",
    "perplex",
    "regresion or clasification with minimizers of the penalty",
    "c155",
)


# Stands in for Pyodide: what it runs is right, or never comes back.
PYTHON = """
self.loadPyodide = async () => ({
  loadPackage: async () => {},
  unpackArchive() {},
  globals: { set: (name, value) => (self.asked = value) },
  runPython(code) {
    if (self.asked?.includes("while True")) for (;;);
    const [, told, , before] = self.asked ? JSON.parse(self.asked) : [];
    const text = told === "tell_before" ? `before: ${before}` : "nats_to_bits: right";
    return JSON.stringify({ state: "right", text });
  },
});
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "python").mkdir()
    (folder / "python" / "pyodide.js").write_text(PYTHON)
    chapters, python = ["00_start_here"], str(folder / "python")
    return build.build(folder / "out", folder / "work", chapters, pyodide=python)


@pytest.fixture(scope="module")
def served(site):
    """The site's address, from a server."""
    with serve(site) as address:
        yield address


@contextlib.contextmanager
def serve(site: Path, pyodide: Path | None = None):
    """The address of a server of the site; a folder with Pyodide takes the place of its own."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path):
            _, mine, file = path.partition("/_static/pyodide/")
            return str(pyodide / file) if pyodide and mine else super().translate_path(path)

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def with_pyodide(site):
    """The site's address, with Pyodide itself and not what stands in for it."""
    package = bootstrap.PYODIDE.partition("==")[0]
    if named := os.environ.get("PYODIDE"):
        folder = Path(named)
        assert (folder / "pyodide.js").is_file(), f"PYODIDE={named} has no pyodide.js"
    else:
        try:
            files = importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"NOT TESTED: no exercise was checked in Pyodide, as {package} is missing")
        folder = Path(files.locate_file(f"{package.replace('-', '_')}/assets/pyodide"))
    with serve(site, folder) as address:
        yield address


def test_every_link_leads_somewhere(site, tmp_path):
    """But for chapters that were not built. Planted ones show that links are looked at."""
    others = tuple(c.name for c in catalogue.CHAPTERS if c.name != "00_start_here")
    broken, elsewhere = site_links.check(site)
    assert [link for link in broken if not any(name in link for name in others)] == []
    assert elsewhere == set()
    (tmp_path / "index.html").write_text(
        '<p id="a"><a href="#a">1</a><a href="#b">2</a><a href="x.html">3</a>'
        '<a href="y.ipynb">4</a><a href="y.ipynb" download>5</a>'
        '<a href="#ce:w:p=1">6</a><a href="https://a.b">7</a>'
    )
    (tmp_path / "y.ipynb").touch()
    broken, elsewhere = site_links.check(tmp_path)
    assert [line.split()[-1] for line in broken] == ["#b", "x.html", "y.ipynb", "#ce:w:p=1"]
    assert elsewhere == {"https://a.b"}


@pytest.fixture
def chapter(site, page):
    page.goto((site / "notebooks" / "00_start_here.html").as_uri())
    page.wait_for_function("MathJax.startup?.promise?.then(() => true)")
    return page


def quiz(page):
    return page.locator('[data-name="most_uncertain_coin"]')


def answer(page, option: int) -> None:
    quiz(page).scroll_into_view_if_needed()
    quiz(page).get_by_role("radio").nth(option).check()
    quiz(page).get_by_role("button", name="Check my answer").click()


def kept(page) -> dict:
    return page.evaluate("JSON.parse(localStorage.getItem('ce-course:progress')) ?? {}")


def test_a_result_waits_for_the_answer_which_is_kept(chapter):
    widget = chapter.locator('[data-name="coin_entropy"]')
    assert not widget.is_visible()
    answer(chapter, 0)
    assert quiz(chapter).locator(".ce-reply").inner_text()
    widget.scroll_into_view_if_needed()
    slider = widget.get_by_role("slider")
    slider.wait_for(timeout=SECONDS)
    assert list(kept(chapter)["choices"]) == ["most_uncertain_coin"]
    chapter.reload()
    widget.scroll_into_view_if_needed()
    slider.press("Home")
    assert "waits" not in widget.inner_text()
    assert not chapter.problems


def test_who_does_not_want_to_answer_asks_for_the_result(chapter):
    chapter.get_by_role("button", name="Show me the result").first.click()
    assert chapter.locator('[data-name="coin_entropy"]').is_visible()


@pytest.mark.parametrize("shown", [True, False])
def test_a_link_wakes_its_widget_and_sets_it(chapter, shown):
    """Whether the result in which the widget lies has been shown or is folded."""
    if shown:
        chapter.get_by_role("button", name="Show me the result").first.click()
    link = chapter.locator("a[href*='#ce:coin_entropy:p=0.99']")
    link.click()
    readout = chapter.locator('[data-name="coin_entropy"] .ce-readout')
    readout.wait_for(timeout=SECONDS)
    chapter.wait_for_function("document.querySelector('.ce-value').textContent === '0.99'")


def test_progress_goes_into_a_file_and_comes_back(chapter, tmp_path):
    answer(chapter, 1)
    board = chapter.locator('[data-kind="board"]')
    board.scroll_into_view_if_needed()
    chapter.get_by_text("1 of 11 answered").first.wait_for(timeout=SECONDS)
    with chapter.expect_download() as download:
        chapter.get_by_role("button", name="Save as a file").click()
    file = tmp_path / "progress.json"
    download.value.save_as(file)
    before = kept(chapter)
    assert json.loads(file.read_text()) == before
    chapter.get_by_role("button", name="Reset progress").click()
    chapter.get_by_role("button", name="Forget it").click()
    assert kept(chapter)["choices"] == {}
    record = {"passed": "2026-01-02", "attempts": 3, "hints": 1}
    file.write_text(json.dumps(before | {"exercises": {"nats_to_bits": record}}))
    chapter.get_by_label("Bring a file in").set_input_files(file)
    chapter.get_by_text("passed on 2026-01-02").wait_for()
    assert kept(chapter)["choices"] == before["choices"]
    file.write_text(
        '{"version": 1, "exercises": {"nats_to_bits": {"passed": "<b>"}}, "choices": {}}'
    )
    chapter.get_by_label("Bring a file in").set_input_files(file)
    chapter.get_by_text("That file is not one").wait_for()


def test_an_exercise_keeps_its_code_and_helps(site, page):
    page.goto((site / "exercises" / "00_start_here" / "00_start_here.html").as_uri())
    editor = page.get_by_role("textbox", name="Your code for nats_to_bits")
    editor.fill("def nats_to_bits(nats):\n    return nats / 0.6931")
    page.reload()
    assert "0.6931" in editor.inner_text()
    page.get_by_role("button", name="Hint").click()
    page.get_by_text("Hint 1 of").wait_for()
    assert kept(page)["exercises"]["nats_to_bits"]["hints"] == 1
    page.get_by_role("button", name="Solution").click()
    assert "np.log(2)" in page.locator(".ce-help pre").inner_text()
    page.get_by_role("button", name="Run and check").click()
    page.get_by_text("a web server is needed").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Start again").click()
    assert "NotImplementedError" in editor.inner_text()
    assert not page.problems


def test_a_loop_without_end_is_ended_and_nothing_is_lost(served, page):
    page.clock.install()
    page.goto(f"{served}/exercises/00_start_here/00_start_here.html")
    editor = page.get_by_role("textbox", name="Your code for nats_to_bits")
    check = page.get_by_role("button", name="Run and check")
    stop = page.get_by_role("button", name="Stop")
    said = page.locator(".ce-said")
    editor.fill("while True: pass")
    for ended_by_reader in (False, True):
        check.click()
        said.get_by_text("Running …").wait_for()
        page.clock.fast_forward(10_000)
        said.get_by_text("Still running after 10 seconds").wait_for()
        if ended_by_reader:
            stop.click()
            said.get_by_text("Stopped. Your code is as it was.").wait_for()
        else:
            page.clock.fast_forward(50_000)
            said.get_by_text("it did not come back for 60 seconds").wait_for()
        assert not stop.is_visible() and "while True" in editor.inner_text()
        assert "nats_to_bits" not in kept(page).get("exercises", {})
    page.reload()
    assert "while True" in editor.inner_text()
    editor.fill("right = 1")
    check.click()
    said.get_by_text("nats_to_bits: right").wait_for()
    assert kept(page)["exercises"]["nats_to_bits"]["passed"]
    assert not page.problems


def test_pyodide_judges_stops_and_goes_on(with_pyodide, page):
    """From the first letter that is typed to a passed exercise."""
    page.set_default_timeout(PATIENT)
    page.goto(f"{with_pyodide}/exercises/00_start_here/00_start_here.html")
    editor = page.get_by_role("textbox", name="Your code for nats_to_bits")
    check = page.get_by_role("button", name="Run and check")
    said = page.locator(".ce-said")
    editor.fill("def nats_to_bits(nats):\n    return nats * np.log(2)\n")
    said.get_by_text("Python is ready.").wait_for()
    check.click()
    said.get_by_text("Known mistake").wait_for()
    editor.fill("while True: pass")
    check.click()
    said.get_by_text("Running …").wait_for()
    page.get_by_role("button", name="Stop").click()
    said.get_by_text("Stopped. Your code is as it was.").wait_for()
    editor.fill("def nats_to_bits(nats):\n    return np.asarray(nats) / np.log(2)\n")
    check.click()
    said.get_by_text("nats_to_bits: right").wait_for()
    assert kept(page)["exercises"]["nats_to_bits"]["attempts"] == 2
    assert not page.problems


# Asks the worker itself: the exercises of all chapters, of which the site here has one page.
ASK = """async ([address, asked]) => {
  const worker = new Worker(`${address}/_static/worker.js`);
  const found = [];
  const post = () => worker.postMessage({ ...asked[found.length], before: [] });
  return await new Promise((resolve) => {
    worker.onmessage = ({ data: { ready, result, failed } }) => {
      if (ready) post();
      if (result ?? failed) {
        found.push(result?.state ?? failed);
        if (failed || found.length === asked.length) resolve(found);
        else post();
      }
    };
    const [pyodide, course] = [`${address}/_static/pyodide/`, `${address}/_static/course.zip`];
    worker.postMessage({ pyodide, course });
  }).finally(() => worker.terminate());
}"""


def test_pyodide_judges_an_exercise_of_each_chapter(with_pyodide, page):
    """Right and wrong; the packages that a chapter needs are loaded on the way."""
    asked, expected = [], []
    for chapter in catalogue.CHAPTERS:
        fit = [e for e in exercises_of(chapter) if "torch" not in e.libraries and not e.is_value]
        for one in fit[-1:]:
            wrong = f"def {one.name}(*args, **kwargs):\n    return 0.0\n"
            setup = "import numpy as np"
            asked += [{"name": one.name, "setup": setup, "code": solution_code(one)}]
            asked += [{"name": one.name, "setup": setup, "code": wrong}]
            expected += ["right", "not right"]
    page.set_default_timeout(PATIENT)
    page.goto(f"{with_pyodide}/_static/site.css")
    assert page.evaluate(ASK, [with_pyodide, asked]) == expected
    assert len(asked) > 2 * 10


def test_a_stopped_loop_does_not_run_before_the_next_exercise(site, served, page):
    """But what has run and come back does, as in a notebook. (The one exercise stands twice.)"""
    given = site / "exercises" / "00_start_here" / "00_start_here.html"
    html = given.read_text()
    start = html.index('<div class="ce-exercise"')
    end = html.index("</div>", start) + len("</div>")
    second = html[start:end].replace("nats_to_bits", "second")
    (given.parent / "two.html").write_text(html[:end] + second + html[end:])
    page.goto(f"{served}/exercises/00_start_here/two.html")
    editor = page.get_by_role("textbox", name="Your code for nats_to_bits")
    check, said = page.get_by_role("button", name="Run and check"), page.locator(".ce-said")
    editor.fill("earlier = 1")
    check.nth(0).click()
    said.nth(0).get_by_text("right").wait_for()
    editor.fill("while True: pass")
    check.nth(0).click()
    said.nth(0).get_by_text("Running …").wait_for()
    page.get_by_role("button", name="Stop").nth(0).click()
    said.nth(0).get_by_text("Stopped").wait_for()
    page.get_by_role("textbox", name="Your code for second").fill("tell_before")
    check.nth(1).click()
    said.nth(1).get_by_text("before: earlier = 1").wait_for()
    assert not page.problems


def test_a_claim_is_found_as_python_finds_it(site, page):
    page.goto((site / "claims.html").as_uri())
    order = [claim.id for claim in claims.everything()]
    assert page.locator(".ce-claims > li").evaluate_all("all => all.map(li => li.id)") == order
    shown = page.locator(".ce-claims > li:not([hidden])")
    for words in ASKED:
        expected = [claim.id for claim in claims.find(words, limit=20)]
        page.get_by_label("Is it true that").fill(words)
        assert shown.evaluate_all("all => all.map(li => li.id)") == expected, words
    page.get_by_text(f"1 of {len(order)} claims").wait_for()
    page.get_by_label("Is it true that").fill("")
    page.get_by_label("Verdict").select_option("wrong")
    page.get_by_label("Chapter").select_option("03")
    expected = [claim.id for claim in claims.select("03", "wrong")]
    assert shown.evaluate_all("all => all.map(li => li.id)") == expected
    page.goto((site / "claims.html").as_uri() + "#C155")  # merged with C002
    assert page.locator("#C002").is_visible() and not page.problems


def test_a_common_laptop_has_room_for_panels_side_by_side(chapter):
    """Which the texts call left and right; a narrower page says what is meant."""
    note = chapter.get_by_text("On a screen as narrow as this one")
    chapter.set_viewport_size({"width": 1280, "height": 800})
    least, scrollbar = 0.85 * 880, 17  # explorer.js: --ce-least, for two and for three panels
    assert quiz(chapter).evaluate("node => node.clientWidth") >= least + scrollbar
    assert not note.is_visible()
    chapter.locator(".primary-toggle:visible").first.click()
    main = chapter.locator(".bd-main")
    chapter.wait_for_function(
        "document.querySelector('.bd-main').getBoundingClientRect().left <= 0"
    )
    chapter.wait_for_timeout(500)  # it glides
    assert main.evaluate("node => node.getBoundingClientRect().left") == 0
    chapter.set_viewport_size({"width": 800, "height": 800})
    assert note.is_visible()


def test_a_table_that_a_cell_writes_in_markdown_is_one(chapter):
    rows = chapter.get_by_role("row", name="05 Squared error against cross-entropy")
    assert rows.count() == 1 and rows.get_by_role("cell").count() == 4


# Three pieces as they come from Sphinx and MathJax, each too long for a phone.
LONG = """() => {
  const place = document.querySelector('.bd-article section');
  const math = document.querySelector('.bd-article p mjx-container').cloneNode(true);
  math.firstElementChild.style.width = '500px';
  place.append(document.createElement('p'));
  place.lastChild.append('Before ', math, ' after.');
  const code = document.querySelector('.highlight').cloneNode(true);
  code.querySelector('pre').textContent = 'x = 1  # '.repeat(40);
  place.append(code);
  window.dispatchEvent(new Event('resize'));
  return [math, code.querySelector('pre')].map((node) => {
    const before = [node.tabIndex, node.classList.contains('ce-more')];
    node.scrollLeft = 10_000;
    return new Promise((done) => setTimeout(() =>
      done([...before, node.classList.contains('ce-more'), node.clientWidth > 200]), 300));
  }).reduce(async (all, one) => [...await all, await one], []);
}"""


def test_what_is_too_long_fades_until_it_is_moved_and_can_be_reached(chapter):
    chapter.set_viewport_size({"width": 400, "height": 800})
    assert chapter.evaluate(LONG) == [[0, True, False, True]] * 2
    assert chapter.locator(".ce-long.ce-more, .ce-long:not([tabindex])").count() == 0
    assert chapter.locator(".ce-long").count() == 1
    assert chapter.evaluate("document.documentElement.scrollWidth") <= 400
    chapter.evaluate("document.querySelector('.ce-long').scrollLeft = 0")
    chapter.locator(".ce-long.ce-more").wait_for(state="attached")
    chapter.set_viewport_size({"width": 1600, "height": 800})  # where it has room
    chapter.wait_for_function("!document.querySelector('.ce-long, mjx-container.ce-more')")


def test_the_search_works_from_the_disk(site, page):
    """Where no page may be read for an excerpt."""
    page.goto((site / "search.html").as_uri() + "?q=entropy")
    page.get_by_text("Search finished").wait_for()
    found = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any(link.partition("#")[0].endswith("00_start_here.html") for link in found)
    assert not page.problems


def test_pages_fit_a_phone_in_both_themes(site, page):
    page.set_viewport_size({"width": 320, "height": 800})
    exercises = "exercises/00_start_here/00_start_here.html"
    for path in ("index.html", "claims.html", "notebooks/00_start_here.html", exercises):
        page.goto((site / path).as_uri())
        for theme in ("dark", "light"):
            page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_picture_that_waits_for_its_widget_fits_a_phone(chapter):
    """Also one that is much wider than high, which keeps its size there."""
    place = chapter.locator('[data-name="coin_entropy"]')
    place.evaluate("node => (node.dataset.alive = 'no')")  # as where there are no scenes
    chapter.set_viewport_size({"width": 400, "height": 800})
    chapter.get_by_role("button", name="Show me the result").first.click()
    picture = place.locator("img")
    assert picture.evaluate("node => node.clientWidth") > 400
    assert chapter.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("make", [gradient_comparison, token_losses])
def test_no_move_is_without_its_scene(page, tmp_path, make):
    """From random moves: what is to be read is what Python says of the place."""
    explorer = make()
    page.goto(pages.export(explorer.name, tmp_path / "page.html").as_uri())
    page.locator(".ce-readout").wait_for(timeout=SECONDS)
    draw = random.Random(0)
    for _ in range(50):
        state = [draw.randrange(len(values)) for values in explorer.positions]
        for i in range(len(state)):
            node = page.locator(".ce-control").nth(i)
            inputs = node.locator("input[type=radio]")
            if inputs.count():
                inputs.nth(state[i]).evaluate("node => node.disabled || node.click()")
            else:
                set_to = (
                    "(node, at) => { node.value = at; node.dispatchEvent(new Event('input')); }"
                )
                node.locator("input").evaluate(set_to, state[i])
        shown = page.locator(".ce-readout").inner_text()
        assert shown == explorer.scene_at(state).readout, state
    assert not page.problems
