"""How fast does a widget of the course answer its slider, in a real JupyterLab?

Measures the widget beside the same kind of picture made with ipywidgets' `interact`, beside a bare
echo (slider to Python and back to a text), and beside the floor (the page's own slider, whose event
moves a circle and writes a text at once: what is left is the browser's wait for its frames, and the
probe's), in alternating blocks of one run:

    python benchmarks/widget_latency.py                        # loss_curve
    python benchmarks/widget_latency.py wrong_code_explorer --slider "..."

Wanted: the median (p50) at most 1/8 of interact's and 1/2 of the echo's, dragging the picture
within a frame (17 ms) of dragging the slider, the final picture right, no blank frame. Where the
floor alone is more than such a share, what lies above the floor is what a widget can answer for:
the last line says both. On a busy machine trust the ratios and the CPU time, not the milliseconds.

p10, p50, p95   from the key press to the frame that shows the last change it caused
ready           the same, up to the change being ready to paint
fps             frames with a new picture per second while the mouse drags the slider
drag            p50 of a drag: from the first mouse move that waits to the frame that answers it
picture         the same, dragging a mark of the picture instead of the slider
lag, gap        last mouse move to last change; longest time between two pictures of a drag
blank           frames of a drag with no picture; collapsed: frames less than 90 % as high
kernel, server  CPU time of the kernel and of the Jupyter server per key press
final           right: after a drag, a step away and back draws and writes the very same

A change is a DOM mutation in the widget's output, an image that has decoded, or a drawing call on
a canvas; the slider itself is left out. `widget_probe.js` watches for them in the page.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from chromium import find_chromium
from lab import QUIET, Lab

PROBE = Path(__file__).with_name("widget_probe.js").read_text()


def kernel_pid(lab, notebook):
    """The process of the kernel that runs this notebook, found by its connection file."""
    sessions = lab.api("/api/sessions")
    kernel = next(s["kernel"]["id"] for s in sessions if s["path"] == notebook)
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if entry.name.isdigit() and f"kernel-{kernel}.json".encode() in command:
            return int(entry.name)
    raise SystemExit(f"no kernel process found for {notebook}")


def cpu_ms(pid):
    """CPU time that a process has used so far, all threads, in ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- one notebook


class Widget:
    """One notebook open in its own browser page, with its slider found and watched."""

    def __init__(self, lab, path, opts):
        self.lab, self.opts = lab, opts
        self.path = path.name
        self.name = path.stem
        self.cells = json.loads(path.read_text())["cells"]
        self.steps, self.drags, self.kernel_ms, self.server_ms = [], [], [], []
        self.picture_drags = []
        self.direction = "ArrowRight"
        self.final_ok = []

    def cell_index(self):
        return next(i for i, c in enumerate(self.cells) if "demo" in c["metadata"].get("tags", []))

    async def open(self, browser):
        context = await browser.new_context(viewport={"width": 1280, "height": 1400})
        self.page = await context.new_page()
        self.page.set_default_timeout(120_000)
        self.cdp = await context.new_cdp_session(self.page)
        await self.page.add_init_script(PROBE)
        began = time.monotonic()
        await self.page.goto(
            f"{self.lab.url}/lab/workspaces/w{secrets.token_hex(4)}/tree/{self.path}"
            f"?token={self.lab.token}"
        )
        # A notebook with a ready kernel, then "Run All Cells" as its menu would do.
        await self.page.wait_for_function(
            "() => { const w = window.jupyterapp?.shell?.currentWidget;"
            " return w?.context?.isReady && w.sessionContext?.session?.kernel?.status === 'idle' }"
        )
        self.open_s = time.monotonic() - began
        began = time.monotonic()
        await self.page.evaluate(
            "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
        )
        self.run_all_s = time.monotonic() - began
        errors = await self.page.evaluate(
            """() => ['error', 'stderr'].flatMap((kind) =>
                [...document.querySelectorAll(`[data-mime-type="application/vnd.jupyter.${kind}"]`)]
                .map((output) => output.innerText))"""
        )
        if errors:
            print(f"warning: {self.path} printed:\n{errors[0][:2000]}", file=sys.stderr)
        self.info = await self.page.evaluate(
            "([cell, label, css, target]) => window.__probe.attach(cell, label, css, target)",
            [
                self.cell_index(),
                self.opts.slider if self.name == self.opts.widget else None,
                None,
                None,
            ],
        )
        if "error" in self.info:
            raise SystemExit(f"{self.path}: {self.info['error']}")
        self.info["accessible"] = await self.accessible()
        self.kernel = kernel_pid(self.lab, self.path)
        await asyncio.sleep(1)

    async def accessible(self):
        """What a screen reader is told about the slider: role, name, value."""
        document = await self.cdp.send("DOM.getDocument")
        node = await self.cdp.send(
            "DOM.querySelector",
            {"nodeId": document["root"]["nodeId"], "selector": "[data-bench-slider]"},
        )
        tree = await self.cdp.send(
            "Accessibility.getPartialAXTree", {"nodeId": node["nodeId"], "fetchRelatives": False}
        )
        ax = tree["nodes"][0]
        told = {k: ax.get(k, {}).get("value") for k in ("role", "name", "value")}
        told["valuetext"] = await self.page.get_attribute("[data-bench-slider]", "aria-valuetext")
        return told

    async def focus(self):
        await self.page.bring_to_front()
        await self.page.evaluate("() => window.__probe.focus()")

    async def press(self, quiet=None):
        """One arrow key; the sample, or None when nothing changed (the slider's end)."""
        await self.page.evaluate("() => window.__probe.arm()")
        await self.page.keyboard.press(self.direction)
        return await self.page.evaluate(
            "([q, t]) => window.__probe.settled(q, t)", [quiet or self.opts.quiet, 10_000]
        )

    async def run_steps(self, count):
        await self.focus()
        await self.page.evaluate("() => window.__probe.start()")
        kernel, server, done, dead = cpu_ms(self.kernel), cpu_ms(self.lab.process.pid), 0, 0
        while done < count:
            sample = await self.press()
            if not sample["moved"]:  # at the end of the slider: turn round
                self.direction = "ArrowLeft" if self.direction == "ArrowRight" else "ArrowRight"
                dead += 1
                if dead > 3:
                    raise SystemExit(f"{self.path}: the slider does not answer the arrow keys")
                continue
            dead = 0
            self.steps.append(sample)
            done += 1
        self.kernel_ms.append((cpu_ms(self.kernel) - kernel) / count)
        self.server_ms.append((cpu_ms(self.lab.process.pid) - server) / count)
        await self.page.evaluate("() => window.__probe.stop()")

    async def run_drag(self, seconds, rate, picture=False):
        """A drag of the slider, or of a mark of the picture along its curve."""
        await self.focus()
        await self.page.evaluate("() => window.__probe.start()")
        if picture:
            handle = await self.page.evaluate("() => window.__probe.handle()")
            if handle is None:
                return
            curve = sorted(handle["curve"])

            def place(at):
                across = curve[0][0] + at * (curve[-1][0] - curve[0][0])
                return min(curve, key=lambda p: abs(p[0] - across))

            start = (handle["at"][0] - curve[0][0]) / (curve[-1][0] - curve[0][0])
        else:
            box = await self.page.evaluate("() => window.__probe.track()")
            start = box["at"]

            def place(at):
                return box["left"] + box["width"] * at, box["y"]

        def mouse(kind, at, buttons=1):
            x, y = place(at)
            return self.cdp.send(
                "Input.dispatchMouseEvent",
                {
                    "type": kind,
                    "x": x,
                    "y": y,
                    "button": "left",
                    "buttons": buttons,
                    "clickCount": 1,
                },
            )

        await mouse("mouseMoved", start, 0)
        await mouse("mousePressed", start)
        await asyncio.sleep(0.3)
        await self.page.evaluate("() => window.__probe.arm()")
        kernel = cpu_ms(self.kernel)
        loop, sent = asyncio.get_running_loop(), []
        began, count = loop.time(), int(seconds * rate)
        for k in range(count):
            await asyncio.sleep(max(0, began + k / rate - loop.time()))
            # a triangle wave over 10..90 % of the track, 1.25 s each way, ending at 37 %
            phase = (k / rate / 1.25) % 2
            at = 0.1 + 0.8 * (phase if phase < 1 else 2 - phase) if k < count - 1 else 0.37
            sent.append(asyncio.ensure_future(mouse("mouseMoved", at)))
        await asyncio.gather(*sent)
        result = await self.page.evaluate("t => window.__probe.drained(1000, t)", 60_000)
        result["kernel_busy"] = (cpu_ms(self.kernel) - kernel) / 1000 / seconds
        await mouse("mouseReleased", 0.37, 0)
        await mouse("mouseMoved", 0.37, 0)
        (self.picture_drags if picture else self.drags).append(result)
        # Is what is left on the screen right?  Step away and back: the same must be drawn. (Not the
        # same pixels: where a mark is painted anew, its edge may differ by a shade.)
        await self.focus()
        await self.page.mouse.move(5, 5)
        await self.page.evaluate("t => window.__probe.drained(500, t)", 10_000)
        before = await self.page.evaluate("() => window.__probe.drawn()")
        await self.focus()
        for self.direction in ("ArrowRight", "ArrowLeft"):
            await self.press(max(500, self.opts.quiet))
        after = await self.page.evaluate("() => window.__probe.drawn()")
        self.final_ok.append(before == after)
        for old, new in zip(before, after, strict=False):
            if old != new:
                print(f"{self.path}: {old[:200]!r} became {new[:200]!r}", file=sys.stderr)
        await self.page.evaluate("() => window.__probe.stop()")

    def summary(self):
        paint = [s["settled"] for s in self.steps if s["settled"] is not None]
        ready = [s["ready"] for s in self.steps if s["ready"] is not None]
        first = [s["first"] for s in self.steps if s["first"] is not None]
        drag, picture = _drag(self.drags), _drag(self.picture_drags)
        return {
            "drag_p50_ms": drag.get("p50"),
            "picture_p50_ms": picture.get("p50"),
            "picture_fps": picture.get("fps"),
            "picture_lag_ms": picture.get("lag"),
            "picture_blank_frames": picture.get("blank"),
            "steps": len(self.steps),
            "unanswered": len(self.steps) - len(paint),
            "p10_ms": quantile(paint, 0.1),
            "p50_ms": quantile(paint, 0.5),
            "p95_ms": quantile(paint, 0.95),
            "max_ms": quantile(paint, 1),
            "ready_p50_ms": quantile(ready, 0.5),
            "ready_p95_ms": quantile(ready, 0.95),
            "first_p50_ms": quantile(first, 0.5),
            "step_blank_frames": sum(s["blank"] for s in self.steps),
            "step_collapsed_frames": sum(s["collapsed"] for s in self.steps),
            "fps": drag.get("fps"),
            "values_per_s": drag.get("values_per_s"),
            "events_per_s": drag.get("events_per_s"),
            "lag_ms": drag.get("lag"),
            "worst_lag_ms": max(
                (d["lag"] for d in self.drags if d["lag"] is not None), default=None
            ),
            "longest_gap_ms": drag.get("longest_gap"),
            "pictures_after_last_event": drag.get("after"),
            "drag_blank_frames": drag.get("blank"),
            "drag_collapsed_frames": drag.get("collapsed"),
            "drag_frames": drag.get("frames"),
            "final_frame_right": all(self.final_ok) if self.final_ok else None,
            "kernel_cpu_ms_per_step": median(self.kernel_ms),
            "server_cpu_ms_per_step": median(self.server_ms),
            "kernel_busy_while_dragging": drag.get("kernel_busy"),
            "open_s": self.open_s,
            "run_all_s": self.run_all_s,
            "slider": self.info["accessible"],
        }


def _drag(drags):
    """The medians of several drags, and the middle of all their answers."""
    drags = [drag for drag in drags if drag]
    if not drags:
        return {}
    names = [name for name in drags[0] if name != "answers"]
    answers = [ms for drag in drags for ms in drag["answers"]]
    return {name: median([d[name] for d in drags]) for name in names} | {"p50": median(answers)}


def quantile(values, q):
    values = sorted(values)
    if not values:
        return None
    at = q * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def median(values):
    values = [v for v in values if v is not None]
    return quantile(values, 0.5)


# ---------------------------------------------------------------- the run


async def measure(opts):
    from playwright.async_api import async_playwright

    lab = Lab(Path(opts.folder))
    paths = notebooks(opts.widget, lab.root)
    try:
        async with async_playwright() as pw:
            browser = await pw.chromium.launch(
                executable_path=opts.chromium, headless=True, args=QUIET
            )
            widgets = [Widget(lab, p, opts) for p in paths]
            for w in widgets:
                await w.open(browser)
                await w.run_steps(5)  # warm up, then forget
                w.steps.clear(), w.kernel_ms.clear(), w.server_ms.clear()
            load = []
            for r in range(opts.rounds):
                share = opts.steps * (r + 1) // opts.rounds - opts.steps * r // opts.rounds
                for w in widgets[r % len(widgets) :] + widgets[: r % len(widgets)]:
                    if share:
                        await w.run_steps(share)
                    if opts.drag:
                        await w.run_drag(opts.drag, opts.rate)
                        await w.run_drag(opts.drag, opts.rate, picture=True)
                    load.append(os.getloadavg()[0])
                    print(f"round {r + 1}: {w.path} measured", file=sys.stderr)
            version = browser.version
            await browser.close()
    finally:
        lab.stop()
    return {
        "chromium": version,
        "load": [min(load), median(load), max(load)],
        "rounds": opts.rounds,
        "drag_s": opts.drag,
        "rate": opts.rate,
        "widgets": {w.path: w.summary() for w in widgets},
        "samples": {
            w.path: {"steps": w.steps, "drags": w.drags + w.picture_drags} for w in widgets
        },
    }


COLUMNS = [
    ("p10 ms", "p10_ms", 0),
    ("p50 ms", "p50_ms", 0),
    ("p95 ms", "p95_ms", 0),
    ("ready p50", "ready_p50_ms", 0),
    ("drag p50", "drag_p50_ms", 0),
    ("pict. p50", "picture_p50_ms", 0),
    ("fps", "fps", 1),
    ("pict. fps", "picture_fps", 1),
    ("lag ms", "lag_ms", 0),
    ("gap ms", "longest_gap_ms", 0),
    ("blank", "drag_blank_frames", 0),
    ("pict. bl.", "picture_blank_frames", 0),
    ("collapsed", "drag_collapsed_frames", 0),
    ("kernel ms", "kernel_cpu_ms_per_step", 1),
    ("server ms", "server_cpu_ms_per_step", 1),
]


def show(result):
    rows = result["widgets"]
    width = max(len(p) for p in rows)
    print(f"{'':{width}}  " + " ".join(f"{c:>9}" for c, _, _ in COLUMNS) + "  final")

    def cell(value, digits):
        return f"{'-' if value is None else format(value, f'.{digits}f'):>9}"

    for path, row in rows.items():
        right = {True: "right", False: "WRONG", None: "-"}[row["final_frame_right"]]
        print(f"{path:{width}}  " + " ".join(cell(row[k], d) for _, k, d in COLUMNS) + f"  {right}")
    first, *others = rows
    for path in others:
        print(
            f"{'ratio to ' + path:{width}}  "
            + " ".join(cell(ratio(rows[first][k], rows[path][k]), 2) for _, k, _ in COLUMNS)
        )
    for path, row in rows.items():
        told = row["slider"]
        name, value = told["name"] or "WITHOUT A NAME", told["valuetext"] or told["value"]
        print(f"{path}: a screen reader hears {told['role']} {name!r}, value {value!r}")
    print(above_the_floor({Path(path).stem: row["p50_ms"] for path, row in rows.items()}))


def above_the_floor(p50):
    floor = p50.pop("floor")
    above = ", ".join(f"{name} {ms - floor:.1f}" for name, ms in p50.items())
    shares = " and ".join(f"{floor / p50[name]:.2f} of {name}" for name in ("interact", "echo"))
    return f"p50 above the floor of {floor:.1f} ms: {above}; the floor alone is {shares}"


def ratio(a, b):
    return None if a is None or not b else a / b


def notebooks(widget, folder):
    """The widget's notebook, and the two baselines beside it."""
    cells = [
        {"source": f"from ce_course.widgets import {widget}", "metadata": {}},
        {"source": f"{widget}()", "metadata": {"tags": ["demo"]}},
    ]
    blank = {"cell_type": "code", "execution_count": None, "outputs": []}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": [blank | {"id": f"c{i}"} | cell for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    mine = folder / f"{widget}.ipynb"
    mine.write_text(json.dumps(notebook))
    baselines = sorted(Path(__file__).with_name("baselines").glob("*.ipynb"), reverse=True)
    return [mine, *(Path(shutil.copy(path, folder)) for path in baselines)]


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "widget",
        nargs="?",
        default="loss_curve",
        help="a name from ce_course.widgets (%(default)s)",
    )
    p.add_argument(
        "--slider", metavar="LABEL", help="the label of the widget's slider; default: the first one"
    )
    p.add_argument(
        "--steps", type=int, default=100, help="arrow-key steps to measure (%(default)s)"
    )
    p.add_argument(
        "--drag",
        type=float,
        default=5,
        metavar="S",
        help="seconds of each drag, 0 for none (%(default)s)",
    )
    p.add_argument(
        "--rate",
        type=float,
        default=60,
        help="mouse events per second while dragging (%(default)s)",
    )
    p.add_argument(
        "--rounds", type=int, default=4, help="alternating blocks, each with a drag (%(default)s)"
    )
    p.add_argument(
        "--quiet",
        type=float,
        default=250,
        metavar="MS",
        help="a step is over after this long without a change (%(default)s)",
    )
    p.add_argument("--json", metavar="FILE", help="write everything, samples included")
    p.add_argument("--chromium", default=find_chromium(), help="%(default)s")
    opts = p.parse_args()
    with tempfile.TemporaryDirectory() as opts.folder:
        result = asyncio.run(measure(opts))
    if opts.json:
        Path(opts.json).write_text(json.dumps(result, indent=1))
    show(result)


if __name__ == "__main__":
    main()
