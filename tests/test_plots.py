"""The palette can be told apart, and every picture carries its words."""

import base64

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ce_course import plots
from ce_course.calibration import reliability_bins, wilson_interval

PAGE = {"light": "#ffffff", "dark": "#111111"}


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", PAGE)
@pytest.mark.parametrize("name", plots.LIGHT)
def test_every_colour_has_contrast_for_text(theme, name):
    one, other = luminance(plots.PALETTE[theme][name]), luminance(PAGE[theme])
    contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
    assert contrast >= 4.5  # WCAG 2.2, 1.4.3: labels are drawn in these colours too


def test_both_themes_name_the_same_colours():
    assert list(plots.PALETTE["light"]) == list(plots.PALETTE["dark"])


def test_a_shown_figure_has_alt_text_everywhere_and_is_closed(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    fig, ax = plots.subplots()
    ax.plot([0, 1], [1, 0])
    plots.show(fig, alt='a line "falls"')
    data, metadata = shown[0]._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == 'a line "falls"'
    assert 'alt="a line &quot;falls&quot;"' in data["text/html"]
    assert data["text/plain"] == '<picture: a line "falls">'
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert not plt.fignum_exists(fig.number)


def test_a_figure_without_words_is_refused():
    fig, _ = plots.subplots()
    with pytest.raises(ValueError, match="alt: expected a sentence"):
        plots.show(fig, alt=" ")
    plt.close(fig)


def test_a_reliability_diagram_has_the_bins_and_wilsons_intervals():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 300)
    correct = rng.random(300) < confidence**2
    fig = plots.draw_reliability(confidence, correct, 10, label="a model")
    bins = reliability_bins(confidence, correct, 10)
    filled = bins.count > 0
    line, _, (posts,) = fig.axes[0].containers[0]
    np.testing.assert_allclose(line.get_xydata(), np.transpose(bins[1:])[filled])
    low, high = wilson_interval((bins.count * bins.accuracy)[filled], bins.count[filled])
    ends = [segment[:, 1] for segment in posts.get_segments()]
    np.testing.assert_allclose(ends, np.column_stack([low, high]))
    assert fig.axes[0].get_legend_handles_labels()[1] == ["calibrated", "a model"]
    again = plots.draw_reliability(confidence, correct, 5, ax=fig.axes[0], label="coarser")
    assert again is fig and len(fig.axes[0].containers) == 2
    plt.close(fig)


# ------------------------------------------------------------------ tables


def test_a_table_has_no_row_numbers_and_no_nan_and_says_which_row_is_meant():
    frame = pd.DataFrame({"p": [0.5, 0.25], "grew by": [np.nan, 1.0]})
    table = plots.table(frame, mark=1)
    assert repr(table).splitlines() == [
        "   p  grew by  ",
        "0.50        \N{EN DASH}  ",
        "0.25      1.0 ◀",
    ]
    _, body = table._repr_html_().split("<tbody>")
    first, second = body.split("</tr>")[:2]
    assert "<th>0" not in body and "bold" not in first and "NaN" not in body
    assert "font-weight: bold" in second and "<td>◀</td>" in second
    assert list(frame) == ["p", "grew by"], "the frame itself stays as it was"


def test_a_table_keeps_names_of_rows():
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    table = plots.table(pd.DataFrame({"p": [1, 2, 3]}, index=index), mark=[("a", 2), ("b", 1)])
    assert [line[-1] == "◀" for line in repr(table).splitlines()[1:]] == [False, True, True]
    assert table._repr_html_().count("font-weight: bold") == 2
    named = pd.DataFrame({"p": [1, 2]}, index=pd.RangeIndex(2, name="seed"))
    assert repr(plots.table(named)) == repr(named)


@pytest.mark.parametrize("mark", [2, "a", [0, 5]])
def test_a_mark_that_is_no_row_is_refused(mark):
    with pytest.raises(ValueError, match=r"mark: expected labels of \[0, 1\]"):
        plots.table(pd.DataFrame({"p": [1, 2]}), mark=mark)


# ------------------------------------------------------------------ pictures


def test_curves_have_their_names_levels_and_dots():
    x = np.array([1.0, 10, 100])
    fig = plots.draw_curves(
        x, {"one": x, "two": 2 * x}, levels={"floor": 3.0}, at={"here": 5.0}, dots=[(10, 20)],
        markers=True, xscale="log", xticks=[1, 10], xlabel="x",
    )  # fmt: skip
    (ax,) = fig.axes
    assert ax.get_legend_handles_labels()[1] == ["one", "two", "floor", "here"]
    one, two, floor, here, dot = ax.get_lines()
    np.testing.assert_array_equal(two.get_ydata(), 2 * x)
    assert (floor.get_ydata()[0], here.get_xdata()[0]) == (3.0, 5.0)
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (10, 20)
    assert one.get_marker() != two.get_marker() and one.get_linestyle() != two.get_linestyle()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "10"]
    again = plots.draw_curves(x, {"three": x}, ax=ax)
    assert again is fig
    plt.close(fig)


def test_pixels_carry_signs_where_they_are_strong():
    weights = np.zeros((3, 64))
    weights[1, 9], weights[2, 63] = 1.0, -1.0  # row 1, column 1; the last one
    fig = plots.draw_pixels(weights, "abc", limit=2, signs=0.5)
    assert [ax.get_title() for ax in fig.axes] == ["a", "b", "c"]
    seen = [[(t.get_position(), t.get_text()) for t in ax.texts if t.get_text()] for ax in fig.axes]
    assert seen == [[], [((1, 1), "+")], [((7, 7), "-")]]
    plt.close(fig)


def test_words_of_a_code_fill_the_line():
    fig = plots.draw_words({"a": "0", "b": "10", "c": "11"})
    pieces = [(bar.get_x(), bar.get_width()) for bar in fig.axes[0].patches]
    assert pieces == [(0, 0.5), (0.5, 0.25), (0.75, 0.25)]
    plt.close(fig)


def test_shares_are_those_of_the_heights():
    x = np.linspace(0, 2, 5)
    fig = plots.draw_shares(
        x, {"class 1, rare": 0.1 * x, "class 0, common": 0.1 * (3 - x)}, at=(1, 2)
    )
    assert [text.get_text() for text in fig.axes[0].texts] == ["0.33", "0.67"]
    plt.close(fig)


def test_pushes_are_sorted_by_the_sign_of_the_margin():
    fig = plots.draw_pushes(np.array([-1.0, 0.5, 2.0]), np.array([0.9, 0.4, 0.1]))
    wrong, right, *_ = fig.axes[0].get_lines()
    assert list(wrong.get_xdata()) == [-1] and list(right.get_ydata()) == [0.4, 0.1]
    plt.close(fig)


def test_bars_and_shades_and_levels_show_their_numbers():
    fig, ax = plots.subplots()
    plots.draw_bars({"a": 1.0, "b": 2.5}, ax, hollow=["a"], xlabel="points")
    assert [bar.get_width() for bar in ax.patches] == [1.0, 2.5]
    assert [bar.get_facecolor()[3] for bar in ax.patches] == [0, 1]
    assert [text.get_text() for text in ax.texts][:2] == ["+1.0", "+2.5"]
    plt.close(fig)
    fig = plots.draw_shades(np.eye(3), "share", xlabel="is", ylabel="was")
    np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), np.eye(3))
    plt.close(fig)
    runs = pd.DataFrame({"variant": ["a", "a"], "seed": [0, 1], "loss": [1.0, 2.0]})
    fig = plots.draw_comparison(runs, "loss", levels={"floor": 0.5})
    assert fig.axes[0].texts[0].get_text() == "floor"
    plt.close(fig)
