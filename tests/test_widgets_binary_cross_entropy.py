"""The scenes of chapter 02's widgets against PyTorch and closed forms."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import rel_entr

from ce_course.widgets import binary_cross_entropy as widgets
from ce_course.widgets.scene import typeset

POSITIONS = np.arange(1, 1000) / 1000


def torch_loss(p, y):
    p, y = (torch.tensor(float(v), dtype=torch.float64) for v in (p, y))
    return F.binary_cross_entropy(p, y).item()


# ------------------------------------------------------------------ loss_curve


@pytest.mark.parametrize("y", [0, 1])
def test_the_point_lies_at_the_loss_that_torch_computes(y):
    for p in POSITIONS[::37]:
        scene = widgets.loss_curve_scene(y, p)
        point = scene.marks["point"]
        assert point.x == [p]
        assert point.y[0] == pytest.approx(torch_loss(p, y), rel=1e-12)
        assert f"loss {torch_loss(p, y):.4f} nats" in scene.readout


@pytest.mark.parametrize("y", [0, 1])
def test_the_point_lies_on_the_curve_of_its_label(y):
    marks = widgets.loss_curve_scene(y, 0.3).marks
    for name, label in (("curve", y), ("other", 1 - y)):
        expected = [torch_loss(p, label) for p in marks[name].x]
        np.testing.assert_allclose(marks[name].y, expected, rtol=1e-12)


def test_the_labels_mirror_each_other():
    one, zero = widgets.loss_curve_scene(1, 0.2), widgets.loss_curve_scene(0, 0.8)
    assert one.marks["point"].y[0] == pytest.approx(zero.marks["point"].y[0], rel=1e-12)


def test_the_widely_shown_default():
    scene = widgets.loss_curve_scene(1, 0.7)
    assert scene.marks["point"].y[0] == pytest.approx(0.3567, abs=5e-5)
    assert "51% of a coin flip's 0.6931" in scene.readout
    assert "leaning right" in scene.readout and "confident" not in scene.readout
    assert typeset("logit: -0.300") in scene.readout


@pytest.mark.parametrize(
    ("p_true", "expected"),
    [
        (0.001, "confidently wrong"),
        (0.099, "confidently wrong"),
        (0.1, "leaning wrong"),
        (0.4, "undecided"),
        (0.5, "undecided"),
        (0.6, "leaning right"),
        (0.899, "leaning right"),
        (0.9, "confident and right"),
        (0.999, "confident and right"),
    ],
)
def test_the_verdict_is_graded_by_the_probability_of_the_truth(p_true, expected):
    assert widgets.verdict(p_true) == expected
    assert f": {expected}." in widgets.loss_curve_scene(1, p_true).readout
    assert f": {expected}." in widgets.loss_curve_scene(0, round(1 - p_true, 3)).readout


@pytest.mark.parametrize("y", [0, 1])
def test_every_step_changes_what_is_read_and_drawn(y):
    scenes = [widgets.loss_curve_scene(y, p) for p in POSITIONS]
    for before, after in pairwise(scenes):
        assert before.readout != after.readout
        assert before.marks["note"].text != after.marks["note"].text


def test_loss_curve_has_the_controls_that_people_and_the_benchmark_look_for():
    widget = widgets.loss_curve(p=0.9)
    choice, slider = widget.controls
    assert choice.label == "True label" and choice.texts == ["y = 1", "y = 0"]
    assert slider.label == "Predicted probability of class 1"
    np.testing.assert_array_equal(slider.values, POSITIONS)
    assert widget.values == {"y": 1, "p": 0.9}
    assert repr(widget) == "loss_curve(y=1, p=0.9)"


# ------------------------------------------------------------------ loss_calculator


@pytest.mark.parametrize("problem", widgets.PROBLEMS.values())
@pytest.mark.parametrize(("p", "split"), [(0.01, 0.5), (0.37, 0.2), (0.8, 0.9), (0.99, 0.0)])
def test_loss_and_gradient_are_those_of_torch_from_logits(problem, p, split):
    num_classes, truth = problem
    result = widgets.calculate(problem, p, split, 0.5)
    probabilities = torch.tensor(result["probabilities"])
    assert probabilities.sum().item() == pytest.approx(1, abs=1e-12)
    assert probabilities[truth].item() == p
    if num_classes == 2:
        z = torch.logit(probabilities[1:]).requires_grad_()
        loss = F.binary_cross_entropy_with_logits(z, torch.full((1,), float(truth)).double())
    else:
        z = probabilities.log().requires_grad_()
        loss = F.cross_entropy(z, torch.tensor(truth))
    loss.backward()
    assert result["loss"] == pytest.approx(loss.item(), rel=1e-10)
    np.testing.assert_allclose(result["gradient"], z.grad.numpy(), atol=1e-12)


def test_the_widely_shown_defaults_of_two_classes():
    result = widgets.calculate((2, 1), 0.8, 0.5, 0.5)
    shown = {name: round(float(result[name]), 2) for name in ("loss", "from_zero", "from_uniform")}
    assert shown == {"loss": 0.22, "from_zero": 0.22, "from_uniform": -0.47}
    np.testing.assert_allclose(result["gradient"], [-0.2], atol=1e-12)


def test_the_widely_shown_baselines():
    assert round(widgets.calculate((2, 1), 0.8, 0.5, 0.5)["uniform"], 3) == 0.693
    assert round(widgets.calculate((3, 1), 0.8, 0.5, 0.5)["uniform"], 3) == 1.099


@pytest.mark.parametrize("num_classes", [2, 3])
@pytest.mark.parametrize("prior", [0.01, 1 / 2, 0.9])
def test_the_prior_baseline_is_the_entropy_of_the_class_shares(num_classes, prior):
    result = widgets.calculate((num_classes, 1), 0.8, 0.5, prior)
    shares = np.array([prior] + [(1 - prior) / (num_classes - 1)] * (num_classes - 1))
    divergence = rel_entr(shares, np.full(num_classes, 1 / num_classes)).sum()
    assert result["prior_entropy"] == pytest.approx(math.log(num_classes) - divergence, rel=1e-12)
    assert result["from_prior"] == pytest.approx(result["loss"] - result["prior_entropy"])


def test_how_the_rest_is_split_changes_the_gradient_and_not_the_loss():
    one, other = (widgets.calculate((3, 0), 0.6, split, 0.5) for split in (0.1, 0.9))
    assert one["loss"] == other["loss"]
    np.testing.assert_allclose(one["gradient"], [-0.4, 0.04, 0.36], atol=1e-12)
    np.testing.assert_allclose(other["gradient"], [-0.4, 0.36, 0.04], atol=1e-12)


def test_the_scene_draws_and_reads_the_computed_numbers():
    scene = widgets.loss_calculator_scene((3, 2), 0.25, 0.4, 0.9)
    result = widgets.calculate((3, 2), 0.25, 0.4, 0.9)
    np.testing.assert_array_equal(scene.marks["probability"].height, result["probabilities"])
    np.testing.assert_array_equal(scene.marks["gradient"].height, result["gradient"])
    assert list(scene.marks["truth"].x) == [2]
    assert list(scene.marks["loss"].y) == [result["loss"]]
    assert list(scene.marks["uniform"].y) == [math.log(3)] * 2
    np.testing.assert_allclose(
        np.add(scene.marks["distances"].y, scene.marks["distances"].dy), result["loss"]
    )
    assert "loss 1.3863 nats" in scene.readout
    assert "0.2877 above ln 3 = 1.0986" in scene.readout
    assert "0.9919 above 0.3944" in scene.readout


def test_two_classes_have_one_logit_and_its_bar_stands_at_class_1():
    scene = widgets.loss_calculator_scene((2, 0), 0.8, 0.5, 0.5)
    np.testing.assert_allclose(scene.marks["gradient"].height, [np.nan, 0.2, np.nan], atol=1e-12)
    assert np.isnan(scene.marks["probability"].height[2])
    assert "logit of class 1: +0.200" in scene.readout
    assert scene.marks["values"].text[2] == ""


def test_a_loss_at_its_baseline_is_level_with_it():
    scene = widgets.loss_calculator_scene((2, 1), 0.5, 0.5, 0.5)
    assert "level with ln 2 = 0.6931" in scene.readout
    assert "level with 0.6931 (always" in scene.readout


@pytest.mark.parametrize("problem", widgets.PROBLEMS.values())
def test_the_calculator_opens_on_every_problem(problem):
    widget = widgets.loss_calculator(problem=problem, p=0.3)
    assert widget.values["problem"] == problem and widget.values["p"] == 0.3
