"""The scenes of chapter 01 against SciPy and closed forms, without any widget."""

import itertools
import re

import numpy as np
import pytest
from scipy.stats import entropy

from ce_course import data
from ce_course.widgets import information_theory as widgets
from ce_course.widgets.scene import outline

DYADIC = {"symbols": 4, "a": 8, "b": 4, "c": 2, "d": 2, "e": 3, "f": 1, "g": 0, "h": 16}


def numbers(text):
    return [float(number) for number in re.findall(r"[-+]?\d+\.\d+", text)]


# ------------------------------------------------------------------ surprisal_explorer


def settings(rng, count=40):
    for _ in range(count):
        yield {"symbols": int(rng.integers(3, 9))} | dict(
            zip("abcdefgh", rng.integers(0, 17, size=8).tolist(), strict=True)
        )


def test_weights_that_are_powers_of_two_give_whole_bits():
    scene = widgets.surprisal_explorer_scene(**DYADIC)
    np.testing.assert_array_equal(scene.marks["p"].height[:4], [0.5, 0.25, 0.125, 0.125])
    np.testing.assert_array_equal(scene.marks["surprisal"].height[:4], [1, 2, 3, 3])
    np.testing.assert_array_equal(scene.marks["entropy"].y, [1.75, 1.75])
    np.testing.assert_array_equal(scene.marks["most"].y, [2, 2])
    assert scene.readout.startswith("Entropy 1.7500 bits = 1.2130 nats; 4 symbols allow at most 2")


def test_the_entropy_line_and_the_area_agree_with_scipy():
    for setting in settings(np.random.default_rng(0)):
        weights = [setting[name] for name in "abcdefgh"[: setting["symbols"]]]
        marks = widgets.surprisal_explorer_scene(**setting).marks
        expected = entropy(weights, base=2)
        assert marks["entropy"].y[0] == pytest.approx(expected, abs=1e-12)
        area = np.nansum(marks["surprisal"].width * marks["surprisal"].height)
        assert area == pytest.approx(expected, abs=1e-12)
        assert numbers(widgets.surprisal_explorer_scene(**setting).readout)[0] == pytest.approx(
            expected, abs=5.1e-5
        )


def test_the_rectangles_lie_side_by_side_from_0_to_1():
    for setting in settings(np.random.default_rng(1)):
        bars = widgets.surprisal_explorer_scene(**setting).marks["surprisal"]
        shown = np.isfinite(bars.width)
        left, _, right, _ = (np.asarray(side) for side in bars.coordinates())
        np.testing.assert_allclose(left[shown][1:], right[shown][:-1], atol=1e-12)
        assert left[shown][0] == pytest.approx(0, abs=1e-12)
        assert right[shown][-1] == pytest.approx(1)


def test_symbols_beyond_the_number_are_hidden_and_do_not_count():
    scene = widgets.surprisal_explorer_scene(**DYADIC)
    assert np.isnan(scene.marks["p"].height[4:]).all()
    assert scene.marks["p_text"].texts()[4:] == [""] * 4
    assert "E:" not in scene.readout
    assert scene.readout == widgets.surprisal_explorer_scene(**DYADIC | {"h": 0}).readout


def test_a_weight_of_zero_is_told_and_not_drawn():
    scene = widgets.surprisal_explorer_scene(**DYADIC | {"d": 0})
    assert "D: p = 0, infinitely surprising" in scene.readout
    assert np.isnan(scene.marks["surprisal"].height[3])
    assert scene.marks["p"].height[3] == 0


def test_no_weight_at_all_says_what_to_do():
    scene = widgets.surprisal_explorer_scene(**DYADIC | dict.fromkeys("abcd", 0))
    assert scene.readout == "All weights are 0: raise one."
    assert np.isnan(scene.marks["entropy"].y).all()


def test_one_outline_for_all_settings():
    found = {
        outline(widgets.surprisal_explorer_scene(**s)) for s in settings(np.random.default_rng(2))
    }
    assert len(found) == 1


def test_every_surprisal_fits_into_the_picture():
    explorer = widgets.surprisal_explorer()
    rarest = {"symbols": 8, "a": 1} | dict.fromkeys("bcdefgh", 16)
    heights = widgets.surprisal_explorer_scene(**rarest).marks["surprisal"].height
    assert np.max(heights) < explorer.layout_.panel("area").axes.ylim[1]


# ------------------------------------------------------------------ wrong_code_explorer

COUNTS = {
    "Roosevelt's speech": data.count_letters(data.speech("roosevelt_1941")),
    "English": data.letter_counts("english"),
    "French": data.letter_counts("french"),
    "German": data.letter_counts("german"),
    "all letters alike": dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 1),
}
PAIRS = list(itertools.product(widgets.SOURCES, widgets.CODES))


@pytest.mark.parametrize(("source", "code"), PAIRS)
def test_ideal_lengths_waste_the_divergence(source, code):
    p, q = (np.array(list(COUNTS[name].values()), float) for name in (source, code))
    scene = widgets.wrong_code_explorer_scene(source, code, huffman=False)
    np.testing.assert_allclose(scene.marks["lengths"].height, np.log2(q.sum() / q), rtol=1e-12)
    np.testing.assert_allclose(scene.marks["ideal"].y, np.log2(p.sum() / p), rtol=1e-12)
    waste = entropy(p, q, base=2)
    bill = np.nansum(scene.marks["costs"].height) + np.nansum(scene.marks["saves"].height)
    assert bill == pytest.approx(waste, abs=1e-12)
    told = numbers(scene.readout)[:3]
    assert told == pytest.approx(
        [entropy(p, base=2) + waste, entropy(p, base=2), waste], abs=5.1e-5
    )


@pytest.mark.parametrize(("source", "code"), PAIRS)
def test_huffman_words_are_whole_complete_and_waste_their_own_divergence(source, code):
    scene = widgets.wrong_code_explorer_scene(source, code, huffman=True)
    lengths = scene.marks["lengths"].height
    np.testing.assert_array_equal(lengths, np.rint(lengths))
    assert (2.0**-lengths).sum() == 1
    p = np.array(list(COUNTS[source].values()), float)
    bill = np.nansum(scene.marks["costs"].height) + np.nansum(scene.marks["saves"].height)
    assert bill == pytest.approx(entropy(p, 2.0**-lengths, base=2), abs=1e-12)


def test_the_letters_of_a_code_are_either_too_long_or_too_short():
    marks = widgets.wrong_code_explorer_scene("English", "French", huffman=False).marks
    too_long = np.isfinite(marks["costs"].height)
    np.testing.assert_array_equal(too_long, marks["lengths"].height > marks["ideal"].y)
    assert (too_long ^ np.isfinite(marks["saves"].height)).all()


def test_the_right_code_wastes_nothing():
    scene = widgets.wrong_code_explorer_scene("French", "French", huffman=False)
    assert "+ 0.0000 wasted. Every letter has exactly the length" in scene.readout
    assert scene.marks["sum"].texts() == ["all letters together: 0.0000 bits"]


def test_everything_fits_into_the_picture():
    explorer = widgets.wrong_code_explorer()
    top = {p.axes.name: p.axes.ylim for p in explorer.layout_.panels}
    for (source, code), huffman in itertools.product(PAIRS, (False, True)):
        marks = widgets.wrong_code_explorer_scene(source, code, huffman).marks
        assert max(marks["lengths"].height.max(), marks["ideal"].y.max()) < top["lengths"][1]
        assert np.nanmax(marks["costs"].height, initial=0) < top["bill"][1]
        assert np.nanmin(marks["saves"].height, initial=0) > top["bill"][0]


@pytest.mark.parametrize(
    ("make", "start"),
    [
        (widgets.surprisal_explorer, {"symbols": 8, "a": 0}),
        (widgets.wrong_code_explorer, {"source": "English", "code": "German", "huffman": True}),
    ],
)
def test_explorers_open_where_they_are_told_and_describe_themselves(make, start):
    explorer = make(**start)
    assert {name: explorer.values[name] for name in start} == start
    assert explorer.scene_at(explorer.state).readout in explorer.alt()
    assert all(control.label for control in explorer.controls)
