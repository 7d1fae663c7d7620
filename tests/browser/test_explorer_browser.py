"""The shell of all explorers in a real JupyterLab: what is drawn, heard and reached by keys."""

import re

import numpy as np
import pytest

from ce_course import diagnosis
from ce_course.authoring import page as pages
from ce_course.widgets import loss_curve
from ce_course.widgets.binary_cross_entropy import loss_curve_scene
from ce_course.widgets.claims_checked import of_chapter
from ce_course.widgets.stored import MIME

SLIDER = "Predicted probability of class 1"
BIG = """
import numpy as np
from ce_course.widgets.explorer import Axes, Explorer, Points, Scene, Slider
calls = 0
def scene(a, b):
    global calls
    calls += 1
    return Scene({"p": Points([a], [b])}, f"a is {a:.2f}, b is {b:.2f}.")
values = np.arange(101) / 100
big = Explorer(name="big", title="Big", description="A point.", scene=scene,
               controls=[Slider("a", "First", values), Slider("b", "Second", values)],
               axes=[Axes(xlim=(0, 1), ylim=(0, 1))])
big
"""


@pytest.fixture
def curve(lab, open_notebook):
    """A loss_curve in a notebook of its own, and its slider."""
    path = lab.write(
        "curve.ipynb", ["from ce_course.widgets import loss_curve\nw = loss_curve()\nw", "1 + 1"]
    )
    page = open_notebook(path)
    page.get_by_role("slider", name=SLIDER).wait_for()
    return page


def readout(page):
    return page.locator(".ce-explorer output").inner_text()


def circle(page, color="orange"):
    """The middle of the one round point, in the picture's pixels."""
    trace = page.locator(f".ce-points.ce-c-{color}").last.get_attribute("d")
    x, y = map(float, re.match(r"M(\S+) (\S+)a", trace).groups())
    return x + 5.5, y


def kernel_says(page, lab, code):
    """What an expression is worth in the notebook's kernel, as text."""
    return page.evaluate(
        """async (code) => {
        const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        let text = '';
        const future = kernel.requestExecute({code: `print(${code})`, store_history: false});
        future.onIOPub = (message) => { text += message.content.text ?? ''; };
        await future.done;
        return text.trim(); }""",
        code,
    )


def test_the_point_is_where_python_puts_it_and_the_readout_says_so(curve):
    slider = curve.get_by_role("slider", name=SLIDER)
    layout = loss_curve().layout_
    for label, y in (("y = 1", 1), ("y = 0", 0)):
        curve.get_by_label(label).check()
        for key, p in (("Home", 0.001), ("ArrowRight", 0.002), ("End", 0.999)):
            slider.press(key)
            scene = loss_curve_scene(y, p)
            point = scene.marks["point"]
            expected = np.ravel(layout.panels[0].project(point.x, point.y))
            np.testing.assert_allclose(circle(curve), expected, atol=1 / 16)
            assert readout(curve) == scene.readout


def test_a_key_is_answered_without_python(curve, lab):
    """With the kernel busy, every position of the slider still shows its own scene."""
    curve.evaluate(
        """() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
        .requestExecute({code: 'import time; time.sleep(20)'}) }"""
    )
    slider = curve.get_by_role("slider", name=SLIDER)
    slider.press("Home")
    for step in range(2, 12):
        slider.press("ArrowRight")
        assert f"prediction {step / 1000:.3f}: loss" in readout(curve)
    status = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
    assert curve.evaluate(status) == "busy"


def test_keys_reach_the_control_and_not_the_notebook(curve):
    """Letters, arrows and space would delete, split or run cells if the notebook took them."""
    cells = ".jp-Notebook-cell"
    before = curve.locator(cells).count()
    slider = curve.get_by_role("slider", name=SLIDER)
    slider.focus()
    for key in ("a", "b", "d", "d", "x", "z", "ArrowUp", "ArrowDown", "ArrowLeft", "Space"):
        curve.keyboard.press(key)
    assert curve.locator(cells).count() == before
    assert curve.evaluate("document.activeElement.type") == "range"
    assert "prediction 0.699" in readout(curve)
    curve.get_by_label("y = 1").focus()
    curve.keyboard.press("ArrowRight")
    assert readout(curve).startswith("True label 0, prediction 0.699")
    curve.get_by_role("button", name="Reset").focus()
    curve.keyboard.press("Space")
    assert readout(curve).startswith("True label 1, prediction 0.700")
    assert curve.locator(cells).count() == before


def test_every_control_can_be_reached_with_tab(curve):
    curve.get_by_label("y = 1").focus()
    reached = []
    for _ in range(3):
        reached.append(curve.evaluate("document.activeElement.type"))
        curve.keyboard.press("Tab")
    assert reached == ["radio", "range", "button"]


def test_what_a_screen_reader_is_told(curve):
    slider = curve.get_by_role("slider", name=SLIDER)
    assert slider.get_attribute("aria-valuetext") == "0.700"
    slider.press("PageUp")
    spoken = slider.get_attribute("aria-valuetext")
    assert f"prediction {spoken}" in readout(curve) and spoken != "0.700"
    assert curve.get_by_role("radiogroup", name="True label").get_by_role("radio").count() == 2
    picture = curve.get_by_role("img", name=re.compile("Binary cross-entropy of one prediction. "))
    assert picture.count() == 1
    live = curve.locator(".ce-explorer [aria-live=polite]")
    curve.wait_for_function("() => document.querySelector('.ce-spoken').textContent")
    assert live.first.text_content() == readout(curve)


def test_python_and_browser_hold_the_same_values(curve, lab):
    slider = curve.get_by_role("slider", name=SLIDER)
    slider.press("Home")
    curve.wait_for_timeout(500)
    assert kernel_says(curve, lab, "w.values['p']") == "0.001"
    kernel_says(curve, lab, "setattr(w, 'state', [1, 499])")
    curve.wait_for_function(
        "() => document.querySelector('.ce-explorer output').textContent.includes('n 0.500')"
    )
    assert readout(curve).startswith("True label 0, prediction 0.500")


def test_a_large_widget_fetches_what_it_lacks_and_ends_on_the_latest_value(lab, open_notebook):
    page = open_notebook(lab.write("big.ipynb", [BIG]))
    first, second = (page.get_by_role("slider", name=name) for name in ("First", "Second"))
    first.wait_for()
    calls = int(kernel_says(page, lab, "calls"))
    for _ in range(10):
        first.press("ArrowRight")
    assert readout(page) == "a is 0.10, b is 0.00."  # sent ahead
    second.press("End")  # not there yet, and the first has hardly come to rest
    for _ in range(3):
        second.press("ArrowLeft")
    page.wait_for_function(
        "() => document.querySelector('.ce-explorer output').textContent === "
        "'a is 0.10, b is 0.97.'"
    )
    page.wait_for_timeout(1500)
    assert kernel_says(page, lab, "big.values") == "{'a': np.float64(0.1), 'b': np.float64(0.97)}"
    made = int(kernel_says(page, lab, "calls")) - calls
    assert made <= 4 * 2 * 101, f"{made} scenes: something queued up"


def test_a_busy_browser_hears_python_too(lab, open_notebook, page):
    """anywidget gives a model up whose module has not loaded after 2 seconds; here, after none."""
    page.add_init_script(
        """AbortSignal.timeout = () => { const controller = new AbortController();
        setTimeout(() => controller.abort()); return controller.signal; }"""
    )
    open_notebook(lab.write("busy.ipynb", [BIG]), page=page)
    second = page.get_by_role("slider", name="Second")
    page.locator(".ce-output[data-connected=true]").wait_for()
    second.press("End")
    page.get_by_role("slider", name="First").press("End")
    page.wait_for_function(
        "() => document.querySelector('.ce-explorer output').textContent === "
        "'a is 1.00, b is 1.00.'",
        timeout=10_000,
    )
    assert any("Failed to initialize model" in problem for problem in page.problems)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_colours_follow_the_theme(lab, open_notebook, theme):
    page = open_notebook(
        lab.write("theme.ipynb", ["from ce_course.widgets import loss_curve", "loss_curve()"]),
        theme=theme,
    )
    page.get_by_role("slider", name=SLIDER).wait_for()
    colors = page.evaluate(
        """() => { const look = (css) => getComputedStyle(document.querySelector(css));
        return [look('.ce-explorer').backgroundColor, look('.ce-explorer').color,
                look('.ce-explorer .ce-line.ce-c-blue').stroke]; }"""
    )
    expected = {
        "JupyterLab Light": ["rgb(255, 255, 255)", "rgb(0, 114, 178)"],
        "JupyterLab Dark": ["rgb(17, 17, 17)", "rgb(98, 182, 234)"],
    }[theme]
    assert [colors[0], colors[2]] == expected
    light = sum(map(int, re.findall(r"\d+", colors[1])[:3])) > 380
    assert light == ("Dark" in theme)


def test_a_notebook_that_is_not_run_shows_the_picture(lab, open_notebook):
    import nbformat

    data, metadata = loss_curve()._repr_mimebundle_()
    del data[MIME]  # as publishing does
    notebook = nbformat.read(lab.root / lab.write("stored.ipynb", ["loss_curve()"]), 4)
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    ]
    nbformat.write(notebook, lab.root / "stored.ipynb")
    page = open_notebook("stored.ipynb", run=False)
    image = page.get_by_role("img", name=re.compile("Binary cross-entropy of one prediction"))
    image.wait_for()
    assert image.evaluate("image => image.naturalWidth") > 600


def test_a_saved_notebook_opens_alive_before_it_is_run(lab, open_notebook):
    page = open_notebook(
        lab.write("saved.ipynb", ["from ce_course.widgets import loss_curve", "loss_curve()"])
    )
    slider = page.get_by_role("slider", name=SLIDER)
    slider.press("Home")
    page.wait_for_timeout(500)
    for command in ("docmanager:save", "kernelmenu:shutdown"):
        page.evaluate("(name) => window.jupyterapp.commands.execute(name)", command)
    open_notebook("saved.ipynb", run=False)
    slider.wait_for()
    assert "prediction 0.700" in readout(page)  # where the cell opens it
    slider.press("ArrowRight")
    assert "prediction 0.701" in readout(page)


def test_an_exported_page_works_with_no_kernel_and_no_network(page, tmp_path):
    page.goto(pages.export("loss_curve", tmp_path / "loss_curve.html").as_uri())
    slider = page.get_by_role("slider", name=SLIDER)
    for key, p in (("Home", 0.001), ("End", 0.999), ("ArrowLeft", 0.998)):
        slider.press(key)
        assert readout(page) == loss_curve_scene(1, p).readout
    page.get_by_label("y = 0").check()
    assert readout(page) == loss_curve_scene(0, 0.998).readout
    assert not page.problems


HEIGHTS = """() => { const [input] = document.querySelectorAll('.ce-control input[type=range]');
    const heights = new Set();
    for (let at = 0; at <= Number(input.max); at++) {
        input.value = at;
        input.dispatchEvent(new Event('input'));
        heights.add(document.querySelector('.ce-explorer').offsetHeight);
    }
    return [...heights]; }"""


@pytest.mark.parametrize("name", ["surprisal_explorer", "claim_explorer"])
def test_nothing_below_a_widget_moves(page, tmp_path, name):
    """It keeps its height, however long what it says is: a page laid out anew costs frames."""
    page.set_viewport_size({"width": 400, "height": 850})
    page.goto(pages.export(name, tmp_path / f"{name}.html").as_uri())
    page.locator(".ce-control").first.wait_for()
    assert len(page.evaluate(HEIGHTS)) == 1


def test_a_slider_over_entries_ends_where_they_do(page, tmp_path):
    page.goto(pages.export("claim_explorer", tmp_path / "claims.html").as_uri())
    slider, chapters = page.get_by_role("slider", name="Claim"), page.get_by_label("Chapter")
    for name in ("02 Binary cross-entropy", "11 Applications", "03 Categorical cross-entropy"):
        count = len(of_chapter(name[:2]))
        chapters.select_option(label=name)
        said = int(page.locator(".ce-value").inner_text())
        assert said <= count and readout(page).startswith(f"{said} of {count},")
        slider.press("End")
        assert page.locator(".ce-value").inner_text() == str(count)
        assert readout(page).startswith(f"{count} of {count},")


def test_a_long_option_is_read_in_full_on_a_narrow_page(page, tmp_path):
    page.set_viewport_size({"width": 400, "height": 850})
    page.goto(pages.export("loss_doctor", tmp_path / "doctor.html").as_uri())
    option = diagnosis.SYMPTOMS["at_label_entropy"].rstrip(".")
    page.get_by_label("What you see", exact=True).select_option(label=option)
    assert page.locator(".ce-whole").first.inner_text() == option
    page.set_viewport_size({"width": 1280, "height": 850})
    assert not page.locator(".ce-whole").first.is_visible()
