"""The shell of all explorers, without a browser."""

import base64
import re
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets

from ce_course import catalogue, widgets
from ce_course.widgets import explorer as module
from ce_course.widgets.explorer import Axes, Choice, Explorer, Line, Points, Scene, Slider, Text
from ce_course.widgets.scene import collect, outline, project


def line_scene(slope, height, sign):
    y = sign * (height + slope * np.array([0.0, 0.5, 1.0]))
    return Scene(
        marks={
            "line": Line([0, 0.5, 1], y, label="a line"),
            "end": Points([1.0], y[-1:], color="orange"),
            "note": Text(1, y[-1], f"{y[-1]:.2f}"),
        },
        readout=f"The line ends at {y[-1]:.2f}.",
    )


def make(scene=line_scene, positions=9, **start):
    return Explorer(
        name="line",
        title="A line",
        description="A straight line.",
        scene=scene,
        controls=[
            Slider("slope", "Slope", np.linspace(-1, 1, positions), start=0.5, format="{:+.2f}"),
            Slider("height", "Height", np.linspace(0, 1, positions)),
            Choice("sign", "Sign", {"up": 1, "down": -1}),
        ],
        axes=[Axes(xlim=(0, 1), ylim=(-2, 2))],
        start=start,
    )


def unpack(sweep, position):
    """What the browser makes of a sweep, as explorer.js does it."""
    numbers = np.frombuffer(sweep["fixed"], np.int16).copy()
    columns = np.frombuffer(sweep["columns"], np.uint16)
    moving = np.frombuffer(sweep["moving"], np.int16).reshape(
        len(sweep["moving_texts"]), len(columns)
    )
    numbers[columns] = moving[position]
    texts = list(sweep["texts"])
    for column, text in zip(sweep["text_columns"], sweep["moving_texts"][position], strict=True):
        texts[column] = text
    return numbers, texts


def held(explorer):
    """Every state that the browser can draw now, with what it draws."""
    states = {}
    for sweep in explorer.sweeps:
        for position in range(len(explorer.positions[sweep["control"]])):
            state = list(sweep["others"])
            state.insert(sweep["control"], position)
            states[tuple(state)] = unpack(sweep, position)
    return states


def expect(explorer, state):
    scene = explorer.scene_at(state)
    numbers, texts = collect(scene)
    return project(numbers[None], outline(scene), explorer.layout_)[0], texts


def test_a_small_widget_sends_every_setting_and_every_one_is_right():
    explorer = make()
    states = held(explorer)
    assert len(states) == 9 * 9 * 2
    for state, (numbers, texts) in states.items():
        expected, words = expect(explorer, state)
        np.testing.assert_array_equal(numbers, expected)
        assert texts == words


def test_a_large_widget_sends_each_controls_travel_from_where_it_is(monkeypatch):
    monkeypatch.setattr(module, "WHOLE_TABLE", 10)
    explorer = make()
    explorer.state = [2, 3, 1]
    travel = {(i, 3, 1) for i in range(9)} | {(2, i, 1) for i in range(9)} | {(2, 3, 0)}
    states = held(explorer)
    assert set(states) == travel
    for state in travel:
        np.testing.assert_array_equal(states[state][0], expect(explorer, state)[0])


def test_a_control_at_rest_costs_only_the_others_travel(monkeypatch):
    monkeypatch.setattr(module, "WHOLE_TABLE", 10)
    explorer = make()
    called = []
    monkeypatch.setattr(explorer, "scene", lambda **v: called.append(v) or line_scene(**v))
    explorer.state = [5, *explorer.state[1:]]
    assert len(called) == 9 + 2  # height and sign; the slope's own travel is known


def test_a_whole_table_is_computed_once(monkeypatch):
    explorer = make()
    monkeypatch.setattr(explorer, "scene", None)
    explorer.state = [0, 0, 0]
    assert len(held(explorer)) == 162


def test_values_and_start():
    explorer = make(slope=-0.26, sign=-1)
    assert explorer.values == {"slope": -0.25, "height": 0.0, "sign": -1}
    assert repr(explorer) == "line(slope=-0.25, height=0.0, sign=-1)"
    assert [c["start"] for c in explorer.spec["controls"]] == [3, 0, 1]
    assert explorer.spec["controls"][0]["texts"][0] == "\N{MINUS SIGN}1.00"


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"slope": 3}, "slope: expected a number from -1 to 1, got 3"),
        ({"sign": 0}, r"sign: expected one of \[1, -1\], got 0"),
        ({"tilt": 1}, r"expected values for \['slope', 'height', 'sign'\], got \['tilt'\]"),
    ],
)
def test_a_bad_start_says_what_was_expected(start, message):
    with pytest.raises(ValueError, match=message):
        make(**start)


def test_a_state_from_outside_is_checked():
    explorer = make()
    for bad in ([0, 0], [0, 0, 2], [-1, 0, 0]):
        with pytest.raises(traitlets.TraitError, match="expected indices below"):
            explorer.state = bad
    assert explorer.values["slope"] == 0.5


def test_marks_that_change_their_style_or_length_are_refused():
    def changing(slope, height, sign):
        return Scene({"line": Line([0, 1], [0, slope], color="blue" if slope < 0 else "red")}, "")

    with pytest.raises(ValueError, match=r"line at \{'slope': -1.0.*must be the same"):
        make(changing)
    growing = lambda slope, **_: Scene({"p": Points(*2 * [[1.0] * (2 + int(slope))])}, "")  # noqa: E731
    with pytest.raises(ValueError, match=r"expected \('p', 'points'"):
        make(growing)


def test_too_many_positions_are_refused():
    with pytest.raises(ValueError, match="slope: expected 2 to 1000 positions, got 1001"):
        make(positions=1001)


def test_the_static_picture_has_words_and_the_live_widget_stays():
    explorer = make()
    data, metadata = explorer._repr_mimebundle_()
    assert data["text/plain"] == ("line(slope=0.5, height=0.0, sign=1)\nThe line ends at 0.50.")
    alt = "A line. A straight line. The line ends at 0.50."
    assert metadata["image/png"]["alt"] == alt and f'alt="{alt}"' in data["text/html"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id


def test_the_static_picture_is_the_same_scene():
    fig = make(slope=-1, sign=-1).figure()
    ax = fig.axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [-0.0, 0.5, 1.0])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [1.0])
    texts = [t.get_text() for t in fig.texts]
    assert texts[0] == "A line" and texts[-1] == "The line ends at 1.00."
    assert "Slope: \N{MINUS SIGN}1.00   Height: 0   Sign: down" in texts
    assert [t.get_text() for t in fig.legends[0].get_texts()] == ["a line"]
    plt.close(fig)


ALL_WIDGETS = [name for chapter in catalogue.CHAPTERS for name in chapter.widgets]


@cache
def made(name):
    """A widget of the course where it begins; its tests only look at it."""
    return getattr(widgets, name)()


@pytest.mark.parametrize("name", ALL_WIDGETS)
def test_every_widget_of_the_course(name):
    explorer = made(name)
    assert explorer.name == name and explorer.title and explorer.description.endswith(".")
    states = held(explorer)
    assert tuple(explorer.state) in states
    for state, (_numbers, texts) in states.items():
        assert len(texts[0]) > 20, f"{name} says nothing at {state}"
        assert "nan" not in " ".join(texts).split()  # as a number that is none is written
    axes = [panel.axes for panel in explorer.layout_.panels]
    named = [a.ylabel or [*map(str.isalpha, a.yticklabels or ())].count(True) > 1 for a in axes]
    words = [c.label for c in explorer.controls] + named  # ticks that are words name an axis too
    assert all(words), f"{name}: an unnamed control or axis: {words}"


# ---------------------------------------------------------------- handles


def handled(handles):
    return Explorer(
        name="line",
        title="A line",
        description="A straight line.",
        scene=line_scene,
        controls=[
            Slider("slope", "Slope", np.linspace(-1, 1, 9)),
            Slider("height", "Height", np.linspace(0, 1, 9)),
            Choice("sign", "Sign", {"up": 1, "down": -1}),
        ],
        axes=[Axes(xlim=(0, 1), ylim=(-2, 2))],
        handles=handles,
    )


def test_a_handle_names_a_mark_an_item_and_its_controls():
    explorer = handled({"line": "slope", "end": [("slope", "height")]})
    assert explorer.spec["handles"] == [
        {"mark": 0, "item": None, "controls": [0]},
        {"mark": 1, "item": 0, "controls": [0, 1]},
    ]
    assert handled({"end": [None]}).spec["handles"] == []


@pytest.mark.parametrize(
    ("handles", "message"),
    [
        ({"start": "slope"}, r"handle 'start': expected one of the marks \['line', 'end'\]"),
        ({"note": "slope"}, r"handle 'note': expected one of the marks \['line', 'end'\]"),
        ({"end": "tilt"}, r"handle 'end': expected controls of .*, got \['tilt'\]"),
        ({"end": ["slope", "slope"]}, "handle 'end': expected 1 entries, got 2"),
    ],
)
def test_a_handle_of_nothing_is_refused(handles, message):
    with pytest.raises(ValueError, match=message):
        handled(handles)


def place_of(explorer, handle, state):
    """Where a handle lies at a setting, in sixteenths of a pixel: what the browser compares."""
    numbers, at = expect(explorer, state)[0], 0
    for k, (*_, (lists, size, *image)) in enumerate(explorer.outline):
        if k == handle["mark"]:
            item = handle["item"]
            return numbers[at : at + lists * size].reshape(lists, size)[
                :, slice(None) if item is None else item
            ]
        at += lists * size + (image[0] * image[1] if image else 0)
    raise AssertionError(handle)


def test_no_control_is_called_as_a_button_is():
    """A screen reader would read out two things of one name."""
    source = (module.HERE / "explorer.js").read_text(encoding="utf-8")
    buttons = set(re.findall(r'button\("\w+", "([^"]+)"\)', source)) | {"Pause"}
    assert {"Play", "Reset"} < buttons
    for name in ALL_WIDGETS:
        labels = [control.label for control in made(name).controls]
        assert len(set(labels)) == len(labels) and not buttons & set(labels)


@pytest.mark.parametrize("name", ALL_WIDGETS)
def test_every_handle_moves_with_each_of_its_controls(name):
    """At the start, or with the other controls at their last position: not all handles are there
    at once.
    """
    explorer = made(name)
    most = [len(values) - 1 for values in explorer.positions]
    for handle in explorer.handles:
        for control in handle["controls"]:
            mark, moved = explorer.outline[handle["mark"]][0], explorer.controls[control].name
            places = set()
            for state in (list(explorer.state), most.copy()):
                for position in range(0, most[control] + 1, max(1, most[control] // 12)):
                    state[control] = position
                    places.add(place_of(explorer, handle, state).tobytes())
            assert len(places) > 3, f"{name}: {mark!r} stays where it is when {moved!r} moves"


def test_widgets_without_a_handle_are_known():
    bare = {name for name in ALL_WIDGETS if not made(name).handles}
    # The controls of these are names, of languages and of symptoms: no mark is one.
    assert bare == {"wrong_code_explorer", "loss_doctor"}


def test_what_lies_outside_the_axes_is_an_arrow_on_their_edge():
    fig = make(slope=1, height=1).figure()  # the line ends at 2, on the edge; then far above it
    assert [line.get_marker() for line in fig.axes[0].lines[1:]] == ["o"]
    plt.close(fig)
    above = lambda **_: Scene({"p": Points([0.5], [9.0])}, "Far above.")  # noqa: E731
    fig = make(above).figure()
    arrow, inside = fig.axes[0].lines
    assert arrow.get_marker() == "^" and len(inside.get_xdata()) == 0
    np.testing.assert_allclose(np.ravel(arrow.get_data()), [0.5, 1.0])
    plt.close(fig)
