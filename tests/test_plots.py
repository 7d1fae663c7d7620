"""The palette can be told apart, and every picture carries its words."""

import base64

import matplotlib.pyplot as plt
import numpy as np
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
