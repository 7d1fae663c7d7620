"""Taking hold of the picture: by mouse and by touch, in a page of its own and in JupyterLab."""

import re
from functools import cache

import nbformat
import numpy as np
import pytest

from ce_course import catalogue, widgets
from ce_course.authoring import page as pages
from ce_course.authoring.site import scenes
from ce_course.widgets.scene import HIDDEN, SUBPIXELS, collect, project

ALL_WIDGETS = [name for chapter in catalogue.CHAPTERS for name in chapter.widgets]
FRAME = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
FULL = 960  # at this width every panel has the size that Python reckons with


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A widget, where it begins, and the address of its page: made once for each widget.

    The page holds the scenes that Python sends ahead, as in a notebook.
    """
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def exported(name):
        explorer = getattr(widgets, name)()
        path = folder / f"{name}.html"
        path.write_text(pages.html(explorer, scenes.pack(explorer, explorer.sweeps)))
        return explorer, list(explorer.state), path.as_uri()

    return exported


@pytest.fixture
def opened(page, exported):
    """Opens a widget as a page of its own, without a kernel; returns its explorer."""

    def opened(name, width=FULL):
        page.set_viewport_size({"width": width, "height": 1000})
        explorer, start, address = exported(name)
        explorer.state = start
        page.goto(address)
        page.locator(".ce-explorer output").wait_for()
        return explorer

    yield opened
    assert not page.problems


def handle_at(explorer, state, mark, item=0):
    """Where a mark's item lies in its panel at a setting, in pixels; a bar's is its top's middle.

    The top of a bar may be outside the axes: it is drawn on their edge.
    """
    scene, at = explorer.scene_at(state), 0
    numbers = project(collect(scene)[0][None], explorer.outline, explorer.layout_)[0]
    for found, kind, *_, axes, _form, (lists, size, *image) in explorer.outline:  # noqa: B007
        if found == mark:
            own = numbers[at : at + lists * size].reshape(lists, size)[:, item] / SUBPIXELS
            break
        at += lists * size + (image[0] * image[1] if image else 0)
    assert HIDDEN / SUBPIXELS not in own
    x, y = ((own[0] + own[2]) / 2, own[3]) if kind == "bars" else own
    panels = explorer.layout_.panels
    index = [panel.axes.name for panel in panels].index(axes)
    panel, width = panels[index], explorer.layout_.width / len(panels)
    y = min(max(y, panel.top), panel.top + panel.height)
    return np.array([x - index * width, y])


def hit(page, mark, item=None):
    chosen = f'.ce-hit[data-mark="{mark}"]'
    return page.locator(chosen if item is None else f'{chosen}[data-item="{item}"]')


def seen(page, mark, item=None):
    """Where the page has drawn a handle, in its panel's pixels, and the panel's corner."""
    place = hit(page, mark, item)
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", place.get_attribute("d").split("h")[0])]
    corner = place.evaluate(
        "hit => { const box = hit.ownerSVGElement.getBoundingClientRect();"
        " return [box.left, box.top] }"
    )
    return np.reshape(numbers, (-1, 2)).mean(axis=0), np.array(corner)


def by_mouse(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    yield
    page.mouse.up()


def by_touch(page, start, end):
    session = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for share in (0.3, 0.6, 1):
        touch("touchMove", start + share * (end - start))
    page.evaluate(FRAME)
    yield
    touch("touchEnd")


def drag(page, explorer, way, mark, item, **to):
    """Drags a handle to where it lies at `to`; the values spoken then, and where it was put."""
    names = [control.name for control in explorer.controls]
    state = list(explorer.state)
    for name, value in to.items():
        state[names.index(name)] = int(
            np.argmin(np.abs(np.array(explorer.positions[names.index(name)]) - value))
        )
    target = handle_at(explorer, state, mark, item or 0)
    start, corner = seen(page, mark, item)
    gesture = way(page, corner + start, corner + target)
    next(gesture)
    place, _ = seen(page, mark, item)
    np.testing.assert_allclose(place, target, atol=0.3)
    list(gesture)
    explorer.state = state
    return [explorer.controls[names.index(name)].texts[state[names.index(name)]] for name in to]


def value(page, label):
    return page.get_by_role("slider", name=label, exact=True).get_attribute("aria-valuetext")


@pytest.mark.parametrize(
    ("name", "mark", "item", "control", "places"),
    [
        ("loss_curve", "point", None, "p", (0.2, 0.9)),
        ("surprisal_explorer", "p", 1, "b", (12, 3)),
        ("likelihood_to_loss", "loss point", None, "theta", (0.3, 0.8)),
        ("binary_vs_categorical", "probability", 0, "p", (0.25, 0.6)),
        ("decision_explorer", "you", None, "threshold", (0.02, 0.3)),
    ],
)
def test_a_mark_follows_the_pointer_and_its_control_with_it(
    page, opened, name, mark, item, control, places
):
    explorer = opened(name)
    label = next(c.label for c in explorer.controls if c.name == control)
    for way, place in zip((by_mouse, by_touch), places, strict=True):
        (expected,) = drag(page, explorer, way, mark, item, **{control: place})
        assert value(page, label) == expected
    assert page.evaluate("getSelection().toString()") == ""


def test_a_handle_is_large_enough_and_dragging_goes_on_outside(page, opened):
    opened("loss_curve")
    look = "hit => [getComputedStyle(hit).strokeWidth, getComputedStyle(hit).touchAction]"
    width, action = hit(page, "point").evaluate(look)
    assert float(width.removesuffix("px")) >= 24 and action == "none"
    swallowing = page.evaluate(  # a swipe elsewhere scrolls the page
        "() => [...document.querySelectorAll('.ce-explorer *:not(.ce-hit)')]"
        ".filter(node => getComputedStyle(node).touchAction === 'none').length"
    )
    assert swallowing == 0
    start, corner = seen(page, "point")
    assert hit(page, "point").evaluate("hit => getComputedStyle(hit).cursor") == "grab"
    page.mouse.move(*(corner + start))
    page.mouse.down()
    assert hit(page, "point").evaluate("hit => getComputedStyle(hit).cursor") == "grabbing"
    page.mouse.move(2, 2, steps=3)
    assert page.locator(".ce-note").text_content() == "0.001"
    assert page.locator(".ce-guide").get_attribute("d").count("H") == 1
    assert value(page, "Predicted probability of class 1") == "0.001"
    page.mouse.up()
    page.mouse.move(500, 500)
    assert value(page, "Predicted probability of class 1") == "0.001"
    page.keyboard.press("ArrowRight")  # the keys go on from there
    assert value(page, "Predicted probability of class 1") == "0.002"


def test_two_controls_at_once_and_a_link_in_the_text_in_jupyterlab(lab, open_notebook):
    """The Gaussian's top moves both ways: Python sends what the other control needs."""
    cells = ["from ce_course.widgets import kl_directions, loss_curve\nloss_curve()"]
    path = lab.write("hands.ipynb", [*cells, "kl_directions()"])
    notebook = nbformat.read(lab.root / path, 4)
    text = "Now [set p to 0.001](#ce:loss_curve:p=0.001,y=y%20=%200)."
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    nbformat.write(notebook, lab.root / path)
    page = open_notebook(path)
    hit(page, "centre").wait_for(state="attached")

    page.get_by_role("link", name="set p to 0.001").click()
    told = page.locator(".ce-explorer output").first.inner_text()
    assert "True label 0, prediction 0.001" in told and "#ce" not in page.url

    hit(page, "centre").scroll_into_view_if_needed()
    start, corner = seen(page, "centre")
    target = start + np.array([-80, -60])
    page.mouse.move(*(corner + start))
    page.mouse.down()
    page.mouse.move(*(corner + target), steps=8)
    page.wait_for_function(
        """([x, y]) => { const hit = document.querySelector('.ce-hit[data-mark="centre"]');
        const [a, b] = hit.getAttribute('d').match(/-?[\\d.]+/g).map(Number);
        return Math.hypot(a - x, b - y) < 6 }""",
        arg=target.tolist(),
        timeout=10_000,
    )
    page.mouse.up()
    mean, width = (value(page, f"{what} of your Gaussian") for what in ("Mean", "Width"))
    assert float(mean.replace("\N{MINUS SIGN}", "-")) < 0.5 and float(width) < 1.6


# ---------------------------------------------------------------- narrow places


def too_small(page):
    """Texts of the picture that are drawn with less than 11 px, and how far the page overflows."""
    return page.evaluate(
        """() => { const texts = [...document.querySelectorAll('.ce-explorer *')].filter((node) =>
            [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
        const size = (node) => parseFloat(getComputedStyle(node).fontSize)
            * (node.getScreenCTM ? Math.hypot(node.getScreenCTM().a, node.getScreenCTM().b) : 1);
        return {small: texts.filter((node) => size(node) < 11).map((node) => node.textContent),
                texts: texts.length,
                over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
                tops: [...document.querySelectorAll('.ce-panel > svg')].map(
                    (panel) => Math.round(panel.getBoundingClientRect().top))} }"""
    )


@pytest.mark.parametrize("name", ["overflow_explorer", "gradient_simplex", "loss_calculator"])
def test_a_phone_can_read_every_text(page, opened, name):
    explorer = opened(name, width=400)
    found = too_small(page)
    assert found["texts"] > 20 and not found["small"] and found["over"] <= 0
    assert len(set(found["tops"])) == len(explorer.layout_.panels)  # one below the other
    page.set_viewport_size({"width": FULL, "height": 1000})
    page.wait_for_function("() => document.querySelector('.ce-panels').clientWidth > 800")
    found = too_small(page)
    assert not found["small"] and found["over"] <= 0
    assert max(found["tops"]) - min(found["tops"]) < 100  # side by side


# Texts of the pictures that lie on each other or leave their panel; ticks whose words are missing.
CROWDED = """() => [...document.querySelectorAll('.ce-panel > svg')].flatMap((panel) => {
    const found = [], room = panel.getBoundingClientRect();
    const texts = [...panel.querySelectorAll('text')].filter((node) => node.textContent);
    const boxes = texts.map((node) => node.getBoundingClientRect());
    const crosses = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 4 && b.top < a.bottom - 4;
    boxes.forEach((box, i) => {
        const {textContent: text} = texts[i];
        if (box.left < room.left - 1 || box.right > room.right + 1
            || box.top < room.top - 1 || box.bottom > room.bottom + 1)
            found.push(`${text} is cut off`);
        for (let j = 0; j < i; j++)
            if (crosses(box, boxes[j])) found.push(`${text} lies on ${texts[j].textContent}`);
    });
    return found; })"""


# All sliders go where this key would take them, which the keys' own tests press.
MOVE = """(key) => { for (const slider of
        document.querySelectorAll('.ce-explorer input[type=range]:enabled')) {
    const {min, max, value} = slider, tenth = (max - min) / 10;
    slider.value = {Home: min, PageUp: Number(value) + tenth, End: max}[key];
    slider.dispatchEvent(new Event('input', {bubbles: true})); } }"""


@pytest.mark.parametrize("name", ALL_WIDGETS)
def test_texts_have_room_at_every_width(page, opened, name):
    """296 px are what JupyterLab leaves of a phone's 400, or of a narrow split view."""
    explorer = opened(name)
    ticks = [label for panel in explorer.layout_.panels for _, label in panel.axes.ticks("x")]
    named = {word for label in ticks if not may_go(label) for word in label.split()}
    for width in (FULL, 560, 312):
        page.set_viewport_size({"width": width, "height": 1000})
        for key in ("Home", "PageUp", "End"):
            page.evaluate(MOVE, key)
            page.evaluate(FRAME)
            assert page.evaluate(CROWDED) == [], f"at {width} px after {key}"
        found = too_small(page)
        assert not found["small"] and found["over"] <= 0
        assert named <= set(" ".join(page.locator(".ce-ticks text").all_text_contents()).split())


def may_go(label):
    """Whether a tick's label may be left out where there is no room: a number or a letter."""
    return len(label) == 1 or label[0] in "0123456789\N{MINUS SIGN}"


def test_one_value_in_a_panel_and_none_without_axes(page, opened):
    opened("gradient_comparison")
    page.get_by_role("slider", name="Logit").press("Home")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.ce-note')].some((node) => node.textContent)"
    )
    notes = page.locator(".ce-panel").evaluate_all(
        "panels => panels.map((panel) => [...panel.querySelectorAll('.ce-note')]"
        ".map((node) => node.textContent).join(''))"
    )
    assert notes == ["\N{MINUS SIGN}12.0"] * 2
    opened("gradient_simplex")
    page.get_by_role("slider", name="Logit of class 0").press("Home")
    page.wait_for_function("() => document.querySelector('.ce-note').textContent")
    assert not page.locator(".ce-panel .ce-guide").first.get_attribute("d")


# ---------------------------------------------------------------- fingers


def test_a_second_finger_and_where_the_first_is_lifted(page, opened):
    opened("likelihood_to_loss")
    start, corner = seen(page, "loss point")
    start = corner + start
    other = sum(seen(page, "likelihood point"))
    session = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.evaluate(FRAME)

    touch("touchStart", start)
    touch("touchMove", start + np.array([20, 0]))
    there = value(page, "Parameter θ")
    touch("touchStart", start + np.array([20, 0]), other)
    touch("touchMove", start + np.array([20, 0]), other + np.array([-15, 0]))
    assert value(page, "Parameter θ") == there != "0.50"
    touch("touchMove", start + np.array([40, 0]), other + np.array([-15, 0]))
    assert float(value(page, "Parameter θ")) > float(there)
    touch("touchEnd")

    start, corner = seen(page, "loss point")
    session = page.context.new_cdp_session(page)
    for kind, across in (("mouseMoved", 0), ("mousePressed", 0), ("mouseReleased", -60)):
        x, y = corner + start + np.array([across, 0])
        event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
        session.send("Input.dispatchMouseEvent", event)
    place, _ = seen(page, "loss point")
    assert abs(place[0] - (start[0] - 60)) < 10  # the nearest on its curve


# ---------------------------------------------------------------- time, and what is heard


def test_a_process_plays_pauses_and_steps(page, opened):
    explorer = opened("gradient_inspector")
    texts = explorer.controls[0].texts
    now = lambda: value(page, "Steps of gradient descent")  # noqa: E731
    page.get_by_role("button", name="Step").click()
    assert now() == texts[1]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "(text) => document.querySelector('.ce-explorer input').ariaValueText === text",
        arg=texts[6],
        timeout=10_000,
    )
    page.get_by_role("button", name="Pause").click()
    there = now()
    page.wait_for_timeout(500)
    assert now() == there
    page.get_by_role("slider", name="Steps of gradient descent").press("End")
    page.get_by_role("button", name="Play").click()  # from the end it begins anew
    assert texts.index(now()) < 5


def test_who_asks_for_less_motion_steps(page, opened):
    page.emulate_media(reduced_motion="reduce")
    explorer = opened("gradient_inspector")
    assert not page.get_by_role("button", name="Play").is_visible()
    page.get_by_role("button", name="Step").click()
    assert value(page, "Steps of gradient descent") == explorer.controls[0].texts[1]


def test_the_picture_is_told_once_when_the_control_rests(page, opened):
    opened("loss_curve")
    page.evaluate(
        """() => { window.told = [];
        const live = document.querySelectorAll('.ce-explorer [aria-live=polite]');
        for (const node of live) new MutationObserver(() => told.push(node.textContent))
            .observe(node, {childList: true, characterData: true, subtree: true}) }"""
    )
    slider = page.get_by_role("slider", name="Predicted probability of class 1")
    slider.press("ArrowLeft")
    slider.evaluate(  # the others in as many frames, however slow the machine is
        """async (slider) => { for (let i = 1; i < 20; i++) {
            slider.stepDown();
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            await new Promise(requestAnimationFrame); } }"""
    )
    page.wait_for_function("() => told.length > 0", timeout=5000)
    page.wait_for_timeout(300)
    readout = page.locator(".ce-explorer output").inner_text()
    assert page.evaluate("told") == [readout] and "prediction 0.680" in readout
    heading = page.get_by_role("heading", name="Binary cross-entropy of one prediction")
    assert heading.count() == 1


def test_a_control_that_changes_nothing_says_so(page, opened):
    opened("loss_calculator")
    split = page.get_by_role("slider", name="Three classes: the first other class's part")
    assert split.is_disabled()
    assert not page.get_by_role("slider", name="Probability given to the truth").is_disabled()


@pytest.mark.parametrize("width", [FULL, 400])
def test_an_alphabet_has_all_its_letters_and_a_list_shows_what_is_chosen(page, opened, width):
    opened("wrong_code_explorer", width=width)
    letters = page.locator(".ce-panel").first.locator(".ce-ticks text").all_text_contents()
    assert "".join(letters).startswith("abcdefghijklmnopqrstuvwxyz")
    opened("loss_doctor", width=width)
    chosen = page.get_by_role("combobox", name="What you see")
    assert chosen.evaluate(  # 40 px for the arrow and the rims
        """(list) => { const pen = document.createElement("canvas").getContext("2d");
            pen.font = getComputedStyle(list).font;
            const {width} = pen.measureText(list.selectedOptions[0].textContent);
            return width + 40 < list.clientWidth || list.clientWidth > 300 }"""
    )
