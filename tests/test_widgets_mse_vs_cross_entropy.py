"""The scenes of chapter 05's widgets against PyTorch's autograd and plain loops."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ce_course import losses
from ce_course.widgets import mse_vs_cross_entropy as widgets
from ce_course.widgets.scene import typeset

PANELS = ("linear", "log")


def torch_gradients(z, y):
    """The sizes of both gradients, from autograd."""
    z = torch.tensor(np.atleast_1d(z), dtype=torch.float64, requires_grad=True)
    y = torch.full_like(z, y).detach()
    bce = F.binary_cross_entropy_with_logits(z, y, reduction="sum")
    mse = ((torch.sigmoid(z) - y) ** 2).sum()
    return [torch.autograd.grad(loss, z)[0].abs().numpy() for loss in (bce, mse)]


# ------------------------------------------------------------------ gradient_comparison


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("z", [-12.0, -4.3, 0.0, 0.7, 12.0])
def test_points_lie_at_the_gradients_of_autograd_in_both_panels(y, z):
    marks = widgets.gradient_comparison_scene(y, z).marks
    bce, mse = (one[0] for one in torch_gradients(z, y))
    for panel in PANELS:
        for name, expected in (("bce", bce), ("mse", mse)):
            point = marks[f"{name}_point_{panel}"]
            assert point.x == [z] and point.axes == panel
            assert point.y[0] == pytest.approx(expected, rel=1e-8, abs=1e-16)
    assert list(marks["gap"].y) == [marks["mse_point_log"].y[0], marks["bce_point_log"].y[0]]


@pytest.mark.parametrize("y", [0, 1])
def test_the_curves_are_the_gradients_of_autograd(y):
    marks = widgets.gradient_comparison_scene(y, 0.0).marks
    for panel in PANELS:
        expected = torch_gradients(marks[f"bce_{panel}"].x, y)
        for name, one in zip(("bce", "mse"), expected, strict=True):
            np.testing.assert_allclose(marks[f"{name}_{panel}"].y, one, rtol=1e-8, atol=1e-15)


def test_the_widely_told_example():
    readout = widgets.gradient_comparison_scene(1, -10.0).readout
    assert typeset("error |p - y| = 0.99995") in readout
    assert "Gradient of cross-entropy: 0.99995" in readout
    assert typeset("Gradient of the squared error: 9.079e-05") in readout
    assert "Ratio: 11,014 to 1." in readout


def test_the_ratio_is_2_at_one_half_and_nowhere_smaller():
    assert "ratio 2.00 to 1" in widgets.gradient_comparison_scene(1, 0.0).marks["ratio"].text
    for z in widgets.LOGITS:
        marks = widgets.gradient_comparison_scene(1, z).marks
        assert marks["bce_point_log"].y[0] >= 2 * marks["mse_point_log"].y[0] * (1 - 1e-12)


def test_the_labels_mirror_each_other():
    one = widgets.gradient_comparison_scene(1, -3.0).marks
    zero = widgets.gradient_comparison_scene(0, 3.0).marks
    for name in ("bce_point_log", "mse_point_log"):
        assert one[name].y[0] == pytest.approx(zero[name].y[0], rel=1e-12)
    np.testing.assert_allclose(one["mse_linear"].y, zero["mse_linear"].y[::-1], rtol=1e-12)


@pytest.mark.parametrize("y", [0, 1])
def test_every_step_changes_what_is_read(y):
    scenes = [widgets.gradient_comparison_scene(y, z) for z in widgets.LOGITS]
    assert all(before.readout != after.readout for before, after in pairwise(scenes))


def test_gradient_comparison_has_its_controls_and_opens_where_asked():
    widget = widgets.gradient_comparison()
    assert [control.name for control in widget.controls] == ["y", "z"]
    assert widget.values == {"y": 1, "z": -10.0}
    assert widgets.gradient_comparison(y=0, z=3.0).values == {"y": 0, "z": 3.0}


# ------------------------------------------------------------------ descent_race


def descend(name, z0, learning_rate, steps):
    """The logits of plain gradient descent, with the derivatives from `losses`."""
    gradient = {"bce": losses.binary_cross_entropy_grad, "mse": losses.mse_sigmoid_grad}[name]
    path = [z0]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1], 1.0))
    return np.array(path)


@pytest.mark.parametrize("name", ["bce", "mse"])
@pytest.mark.parametrize(("z0", "learning_rate"), [(-10.0, 1.0), (-4.5, 0.3), (-1.0, 10.0)])
def test_the_paths_are_those_of_the_formulas(name, z0, learning_rate):
    path = descend(name, z0, learning_rate, 600)
    i, j = list(widgets.STARTS).index(z0), widgets.RATES.index(learning_rate)
    shown = widgets.STEPS <= 600
    np.testing.assert_allclose(
        widgets.race(name).z[shown, i, j], path[widgets.STEPS[shown]], rtol=1e-10, atol=1e-10
    )


def half(name, z0, learning_rate):
    i, j = list(widgets.STARTS).index(z0), widgets.RATES.index(learning_rate)
    return widgets.race(name).half[i, j]


def test_the_widely_told_race():
    assert half("bce", -10.0, 1.0) == 11 and half("mse", -10.0, 1.0) == 11_034
    readout = widgets.descent_race_scene(-10.0, 1.0, 11).readout
    assert "after 11 steps. Cross-entropy: z = 0.183, p = 0.54573" in readout
    assert "Steps until p = 0.5: cross-entropy 11, squared error 11,034." in readout


def test_who_starts_at_one_half_needs_no_step_and_who_does_not_arrive_is_told():
    assert half("bce", 0.0, 0.1) == half("mse", 0.0, 0.1) == 0
    assert math.isnan(half("mse", -10.0, 0.1))
    assert "squared error more than 12,000." in widgets.descent_race_scene(-10.0, 0.1, 0).readout


def test_both_start_at_the_start():
    scene = widgets.descent_race_scene(-6.5, 3.0, 0)
    for name in ("bce", "mse"):
        assert scene.marks[f"{name}_ball"].x == [-6.5]
        assert scene.marks[f"{name}_now"].x == [0.0]
        assert np.isfinite(scene.marks[f"{name}_path"].y).sum() == 1


@pytest.mark.parametrize("step", [0, 7, 30, 12_000])
def test_balls_lie_on_the_curves_of_their_losses_and_points_at_their_probabilities(step):
    marks = widgets.descent_race_scene(-3.0, 1.0, step).marks
    z = torch.tensor([marks["bce_ball"].x[0], marks["mse_ball"].x[0]])
    loss = -F.logsigmoid(z[0]).item(), ((1 - torch.sigmoid(z[1])) ** 2).item()
    for name, z_now, expected in zip(("bce", "mse"), z, loss, strict=True):
        assert marks[f"{name}_ball"].y[0] == pytest.approx(expected, rel=1e-9)
        assert marks[f"{name}_now"].y[0] == pytest.approx(torch.sigmoid(z_now).item(), rel=1e-12)
        path = marks[f"{name}_path"].y
        assert np.isfinite(path).sum() == list(widgets.STEPS).index(step) + 1


def test_every_move_of_the_step_changes_what_is_read_and_drawn():
    scenes = [widgets.descent_race_scene(-10.0, 1.0, step) for step in widgets.STEPS]
    for before, after in pairwise(scenes):
        assert before.readout != after.readout
        assert before.marks["mse_now"].x != after.marks["mse_now"].x


def test_descent_race_has_its_controls_and_opens_where_asked():
    widget = widgets.descent_race(z0=-5.0, learning_rate=0.3, step=100)
    assert [control.name for control in widget.controls] == ["z0", "learning_rate", "step"]
    assert widget.values["z0"] == -5.0 and widget.values["learning_rate"] == 0.3
    assert abs(widget.values["step"] - 100) <= 5
    assert widgets.descent_race().values == {"z0": -10.0, "learning_rate": 1.0, "step": 11}
