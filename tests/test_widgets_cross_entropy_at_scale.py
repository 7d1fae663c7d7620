"""The scenes of chapter 12's widget against arithmetic by hand."""

import numpy as np
import pytest

from ce_course.widgets import cross_entropy_at_scale as widgets


def scene(tokens=8192, vocabulary=128_256, width=4096, format="bfloat16", chunk=1024, device=8):
    return widgets.memory_calculator_scene(tokens, vocabulary, width, format, chunk, device)


def test_the_sizes_are_those_of_the_arrays():
    marks = scene().marks
    logits, chunk, grad_W, grad_h = marks["parts"].height
    assert logits == pytest.approx(3 * 8192 * 128_256 * 2 / 2**30)
    assert chunk == pytest.approx(1024 * 128_256 * 2 / 2**30)
    assert grad_W == pytest.approx(128_256 * 4096 * 2 / 2**30)
    assert grad_h == pytest.approx(8192 * 4096 * 2 / 2**30)
    assert marks["plain now"].y[0] == pytest.approx(logits)  # the gradients come afterwards
    assert marks["chunked now"].y[0] == pytest.approx(2 * (grad_W + grad_h))
    assert "That is 2.8 times less." in scene().readout
    assert "That is no less." in scene(tokens=256).readout
    larger = scene(width=256, chunk=8192).marks
    assert larger["chunked now"].y[0] == pytest.approx(sum(larger["parts"].height[1:]))


@pytest.mark.parametrize("device", widgets.DEVICES)
def test_the_verdict_compares_with_the_device(device):
    found = scene(device=device)
    plain = found.marks["plain now"].y[0]
    says = "fits" if plain <= device else "does not fit"
    assert f"{says} into {device} GiB. In chunks" in found.readout


def test_float32_is_twice_bfloat16_and_points_lie_on_their_curves():
    half, single = scene(), scene(format="float32")
    np.testing.assert_allclose(single.marks["plain"].y, 2 * half.marks["plain"].y)
    at = list(widgets.TOKENS).index(8192)
    for name in ("plain", "chunked"):
        assert half.marks[name].y[at] == half.marks[f"{name} now"].y[0]


def test_every_size_lies_within_the_picture():
    low, high = widgets._LIMITS
    for tokens in (widgets.TOKENS[0], widgets.TOKENS[-1]):
        for vocabulary in (widgets.VOCABULARIES[0], widgets.VOCABULARIES[-1]):
            most = scene(tokens, vocabulary, 8192, "float32", 16_384).marks
            least = scene(tokens, vocabulary, 256, "bfloat16", 16).marks
            assert most["plain now"].y[0] < high
            assert least["chunked now"].y[0] > low


def test_sizes_are_spoken_in_units_that_fit():
    assert widgets.spoken(1.5) == "1.50 GiB"
    assert widgets.spoken(1000 / 1024) == "1000 MiB"
    assert widgets.spoken(0.5 / 1024) == "0.5 MiB"


def test_memory_calculator_opens_where_it_is_told():
    widget = widgets.memory_calculator(tokens=4096, format="float32", device=24)
    assert widget.values["tokens"] == 4096 and widget.values["format"] == "float32"
