"""Scenes: marks in data units, and the one place where they become pixels."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ce_course.widgets import scene as s
from ce_course.widgets.scene import (
    Area,
    Arrows,
    Axes,
    Bars,
    Image,
    Layout,
    Line,
    Points,
    Scene,
    Text,
)


def pixels(scene, axes):
    numbers, _ = s.collect(scene)
    return s.project(numbers[None], s.outline(scene), Layout.of(axes))[0] / s.SUBPIXELS


def matplotlib_pixels(axes, panel, x, y):
    """The same point through matplotlib's own transforms, from the top left corner."""
    layout = Layout.of([axes])
    fig = plt.figure(figsize=(layout.width / 100, layout.height / 100), dpi=100)
    low = 1 - (panel.top + panel.height) / layout.height
    ax = fig.add_axes(
        [panel.left / layout.width, low, panel.width / layout.width, panel.height / layout.height]
    )
    ax.set(xscale=axes.xscale, yscale=axes.yscale, xlim=axes.xlim, ylim=axes.ylim)
    across, up = ax.transData.transform([x, y])
    plt.close(fig)
    return across, layout.height - up


@pytest.mark.parametrize("yscale", ["linear", "log"])
@pytest.mark.parametrize("xlim", [(0.5, 4.0), (4.0, 0.5)])
def test_pixels_agree_with_matplotlib(yscale, xlim):
    axes = Axes(xlim=xlim, ylim=(0.1, 100), yscale=yscale)
    got = pixels(Scene({"p": Points([1.7], [12.5])}, ""), [axes])
    expected = matplotlib_pixels(axes, Layout.of([axes]).panels[0], 1.7, 12.5)
    np.testing.assert_allclose(got, expected, atol=0.5 / s.SUBPIXELS + 1e-9)


def test_numbers_of_each_kind_of_mark():
    axes = Axes(xlim=(0, 10), ylim=(0, 10))
    panel = Layout.of([axes]).panels[0]
    at = lambda x, y: [float(v) for v in panel.project(x, y)]  # noqa: E731
    marks = {
        "bar": (Bars([3], [4], width=2, base=1), [*at(2, 1), *at(4, 4)]),
        "area": (Area([3], [1], [2]), [*at(3, 1), *at(3, 2)]),
        "arrow": (Arrows([1], [2], [3], [-1]), [*at(1, 2), *at(4, 1)]),
        "text": (Text(5, 6, "here"), at(5, 6)),
    }
    for name, (mark, expected) in marks.items():
        got = pixels(Scene({name: mark}, ""), [axes])
        np.testing.assert_allclose(got, expected, atol=0.5 / s.SUBPIXELS, err_msg=name)


def test_image_is_sent_as_grey_levels():
    image = Image([[0, 0.5], [1, 2]], extent=(0, 1, 0, 1), vmin=0, vmax=1)
    numbers = pixels(Scene({"i": image}, ""), [Axes()]) * s.SUBPIXELS
    assert numbers[-4:].tolist() == [0, 128, 255, 255]


def test_nan_is_hidden_and_infinity_lies_outside_the_panel():
    axes = Axes(xlim=(0, 1), ylim=(0, 7))
    scene = Scene({"l": Line([0.0, 0.5, 1.0], [np.inf, np.nan, -np.inf])}, "")
    numbers = s.project(s.collect(scene)[0][None], s.outline(scene), Layout.of([axes]))[0]
    panel = Layout.of([axes]).panels[0]
    assert numbers[4] == s.HIDDEN
    assert numbers[3] / s.SUBPIXELS < panel.top  # plus infinity: above
    assert numbers[5] / s.SUBPIXELS > panel.top + panel.height


def test_a_log_axis_puts_zero_outside_without_warning():
    axes = Axes(xlim=(0, 1), ylim=(1e-3, 1), yscale="log")
    assert pixels(Scene({"p": Points([0.5], [0.0])}, ""), [axes])[1] > 360


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Line([0], [0], color="mauve"), "color: expected one of blue, .*got 'mauve'"),
        (lambda: Points([0], [0], marker="star"), "marker: expected one of circle, "),
        (lambda: Axes(xlim=(0, 0)), "xlim: expected two different finite numbers"),
        (lambda: Axes(ylim=(0, 1), yscale="log"), "ylim: a log scale needs positive limits"),
        (lambda: Axes(xticks=[1, 2], xticklabels=["a"]), "xticklabels: expected one label"),
        (lambda: s.outline(Scene({"l": Line([1, 2, 3], [1, 2])}, "")), "mark 'l': expected 1-D"),
        (lambda: s.outline(Scene({"t": Text([1, 2], [1, 2], "a")}, "")), "expected 2 texts, got 1"),
        (lambda: Layout.of([Axes()]).panel("left"), r"expected one of \['main'\], got 'left'"),
    ],
)
def test_bad_input_says_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_ticks_lie_within_the_limits_and_use_a_true_minus():
    assert Axes(xlim=(-1, 1)).ticks("x")[0] == (-1.0, "−1")  # noqa: RUF001
    for low, high in ((0.001, 1), (1e-12, 1)):
        ticks = Axes(ylim=(low, high), yscale="log").ticks("y")
        assert len(ticks) > 3 and all(0.999 * low < t < 1.001 * high for t, _ in ticks)
    small = [text for _, text in Axes(ylim=(1e-6, 1), yscale="log").ticks("y")]
    assert small == ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"]
    assert Axes(xlim=(0, 2e-4)).ticks("x")[-1][1] == "2·10⁻⁴"
    assert Axes(xticks=[0, 1], xticklabels=["a", "b"]).ticks("x") == [(0.0, "a"), (1.0, "b")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("from -0.000 to -3.5e-05", "from 0.000 to ~3.5·10⁻⁵"),
        ("+0.000 and +0.001", "0.000 and +0.001"),
        ("-(-6.9) / 10, |p - y|, 1e-09", "~(~6.9) / 10, |p ~ y|, 10⁻⁹"),
        ("at a gap of -inf", "at a gap of ~inf"),
        ("log-softmax, yes-or-no, 2026-11-28, MNIST-1D", None),
        ("-0.0004, -10, -0.5e-3", "~0.0004, ~10, ~0.5·10⁻³"),
    ],
)
def test_texts_are_typeset(written, read):
    expected = written if read is None else read.replace("~", "\N{MINUS SIGN}")
    assert s.typeset(written) == expected
    assert s.Scene({}, written).readout == expected
    assert Text([0], [0], written).texts() == [expected]
    assert Axes(xlabel=written).xlabel == Line([0], [0], label=written).label == expected


def test_one_is_singular():
    assert [s.count(n, "step") for n in (0, 1, 1200)] == ["0 steps", "1 step", "1,200 steps"]
