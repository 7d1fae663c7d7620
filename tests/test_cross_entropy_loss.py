"""`cross_entropy_loss` and its neighbours against PyTorch, argument by argument."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ce_course import losses

SHAPES = {"one example": (), "batch": (6,), "sequence": (3, 4), "image": (2, 3, 2)}
NUM_CLASSES = 5
WEIGHTS = {
    "no weight": None,
    "weight": [0.5, 2.0, 1.0, 3.5, 0.25],
    "a zero weight": [1, 0, 2, 1, 3],
}


def examples(shape, targets, dtype=np.float64):
    """Logits and targets as we have them, classes last."""
    rng = np.random.default_rng(len(shape))
    z = rng.normal(scale=3, size=(*shape, NUM_CLASSES)).astype(dtype)
    if targets == "probabilities":
        return z, rng.dirichlet(np.ones(NUM_CLASSES), size=shape).astype(dtype)
    y = rng.integers(NUM_CLASSES, size=shape)
    if targets == "some labels ignored" and y.ndim:
        y.flat[::2] = 3
    return z, y


def as_torch(values):
    """The same with the classes on axis 1, where PyTorch looks for them."""
    tensor = torch.tensor(values)
    return tensor.movedim(-1, 1) if tensor.ndim > 1 else tensor


def torch_loss(z, target, weight, **arguments):
    weight = None if weight is None else torch.tensor(weight, dtype=torch.tensor(z).dtype)
    theirs = as_torch(target) if np.shape(target) == np.shape(z) else torch.tensor(target)
    return nn.CrossEntropyLoss(weight=weight, **arguments)(as_torch(z), theirs).numpy()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("targets", ["labels", "some labels ignored", "probabilities"])
def test_every_combination_of_arguments_gives_what_torch_gives(
    shape, weight, reduction, label_smoothing, targets
):
    z, target = examples(shape, targets)
    arguments = {"reduction": reduction, "label_smoothing": label_smoothing}
    if targets == "some labels ignored":
        arguments["ignore_index"] = 3
    ours = losses.cross_entropy_loss(z, target, weight, **arguments)
    expected = torch_loss(z, target, weight, **arguments)
    assert ours.shape == expected.shape and ours.dtype == expected.dtype
    np.testing.assert_allclose(ours, expected, rtol=1e-13, atol=1e-14)


def test_the_default_arguments_are_those_of_torch():
    z, y = examples((6,), "labels")
    assert losses.cross_entropy_loss(z, y) == pytest.approx(torch_loss(z, y, None), rel=1e-14)
    y[:3] = -100
    assert losses.cross_entropy_loss(z, y) == pytest.approx(torch_loss(z, y, None), rel=1e-14)


@pytest.mark.parametrize("targets", ["labels", "probabilities"])
def test_float32_in_float32_out(targets):
    z, target = examples((6,), targets, np.float32)
    ours = losses.cross_entropy_loss(z, target, WEIGHTS["weight"], label_smoothing=0.1)
    expected = torch_loss(z, target, WEIGHTS["weight"], label_smoothing=0.1)
    assert ours.dtype == expected.dtype == np.float32
    assert ours == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
def test_if_every_label_is_ignored_the_mean_is_nan_and_the_sum_zero(weight, label_smoothing):
    z, y = np.zeros((2, NUM_CLASSES)), np.array([-100, -100])
    for reduction in ("mean", "sum", "none"):
        arguments = {"reduction": reduction, "label_smoothing": label_smoothing}
        ours = losses.cross_entropy_loss(z, y, weight, **arguments)
        np.testing.assert_array_equal(ours, torch_loss(z, y, weight, **arguments))


def test_an_impossible_class_costs_nothing_unless_it_counts():
    z, y = np.array([[0.0, -np.inf, 1.0]]), np.array([0])
    assert losses.cross_entropy_loss(z, y) == pytest.approx(math.log1p(math.e))
    assert losses.cross_entropy_loss(z, np.array([[1.0, 0, 0]])) == pytest.approx(
        math.log1p(math.e)
    )
    assert losses.cross_entropy_loss(z, np.array([1])) == np.inf
    assert losses.cross_entropy_loss(z, y, label_smoothing=0.1) == np.inf
    assert losses.cross_entropy_loss(z, y, weight=[1, 0, 1], label_smoothing=0.1) < np.inf


def test_without_arguments_it_is_the_mean_of_the_plain_losses():
    z, y = examples((6,), "labels")
    q = losses.one_hot(y, NUM_CLASSES)
    mean = losses.cross_entropy_loss(z, y)
    assert mean == pytest.approx(losses.cross_entropy_from_logits(z, y).mean(), rel=1e-15)
    assert mean == pytest.approx(losses.soft_target_cross_entropy(z, q).mean(), rel=1e-15)
    assert mean == pytest.approx(losses.nll(losses.log_softmax(z), y).mean(), rel=1e-15)


def test_smoothing_replaces_the_target_by_a_mixture_with_the_uniform_distribution():
    z, y = examples((6,), "labels")
    q = 0.9 * losses.one_hot(y, NUM_CLASSES) + 0.1 / NUM_CLASSES
    smoothed = losses.cross_entropy_loss(z, y, reduction="none", label_smoothing=0.1)
    np.testing.assert_allclose(smoothed, losses.soft_target_cross_entropy(z, q), rtol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reduction": "average"}, "reduction: expected 'none', 'mean' or 'sum', got 'average'"),
        ({"label_smoothing": 1.5}, "label_smoothing: expected a number from 0 to 1, got 1.5"),
        ({"label_smoothing": math.nan}, "label_smoothing: expected a number from 0 to 1, got nan"),
        ({"weight": [1.0, 2]}, r"weight: expected shape \(5,\), got \(2,\)"),
        ({"weight": [1.0, 1, 1, 1, -2]}, "not negative, got -2.0 at index 4"),
        ({"weight": [1.0, 1, 1, 1, math.nan]}, "weight: expected numbers, got nan at index 4"),
        ({"target": [0, 5, 1]}, "expected labels from 0 to 4, got 5 at index 1"),
        ({"target": [0, 1]}, r"expected shape \(3,\), one label per example, got shape \(2,\)"),
        ({"target": np.eye(5, dtype=int)[:3]}, r"one label per example, got shape \(3, 5\)"),
        ({"target": np.full((3, 5), 0.5)}, "sum over the last axis is 1, got 2.5"),
        (
            {"target": np.full((1, 5), 0.2)},
            r"target: expected the shape of z, \(3, 5\), got \(1, 5\)",
        ),
        ({"target": np.full((3, 5), 0.2), "ignore_index": 1}, "expected integer labels with it"),
        ({"z": np.zeros((3, 0))}, "expected at least one class"),
        ({"z": np.full((3, 5), math.nan)}, "z: expected numbers, got nan"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    good = {"z": np.zeros((3, 5)), "target": [0, 1, 2]}
    with pytest.raises(ValueError, match=message):
        losses.cross_entropy_loss(**(good | arguments))


# ------------------------------------------------------------------ nll


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_nll_is_torch_nll_loss_for_each_example(shape):
    z, y = examples(shape, "labels")
    log_p = losses.log_softmax(z)
    expected = F.nll_loss(as_torch(log_p), torch.tensor(y), reduction="none")
    np.testing.assert_array_equal(losses.nll(log_p, y), expected.numpy())
    assert losses.nll(log_p.astype(np.float32), y).dtype == np.float32


def test_nll_allows_impossible_classes():
    log_p = [[0.0, -np.inf]]
    assert losses.nll(log_p, [0]) == 0 and losses.nll(log_p, [1]) == np.inf


@pytest.mark.parametrize("not_log_p", [[[0.9, 0.1]], [[2.0, -1.0]], [[-1.0, -1.0]]])
def test_nll_refuses_probabilities_and_logits(not_log_p):
    with pytest.raises(ValueError, match=r"exp\(log_p\): .* sum over the last axis is 1"):
        losses.nll(not_log_p, [0])


# ------------------------------------------------------------------ double softmax


@pytest.mark.parametrize("num_classes", [1, 2, 3, 10, 1000, 21841])
def test_the_floor_is_the_loss_of_a_certain_and_right_prediction_fed_as_logits(num_classes):
    right = torch.zeros(1, num_classes, dtype=torch.float64)
    right[0, 0] = 1
    floor = losses.double_softmax_floor(num_classes)
    assert floor == pytest.approx(F.cross_entropy(right, torch.tensor([0])).item(), rel=1e-13)
    assert floor == pytest.approx(math.log(math.e + num_classes - 1) - 1, rel=1e-12, abs=1e-15)


def test_no_probabilities_get_below_the_floor_and_none_rise_more_than_one_above():
    rng = np.random.default_rng(0)
    for num_classes, alpha in itertools.product((2, 3, 10), (0.02, 1.0, 50.0)):
        p = rng.dirichlet(np.full(num_classes, alpha), size=2000)
        loss = losses.cross_entropy_from_logits(p, np.zeros(2000, int))
        floor = losses.double_softmax_floor(num_classes)
        assert loss.min() >= floor - 1e-12 and loss.max() <= floor + 1 + 1e-12


def test_the_floor_needs_a_class():
    with pytest.raises(ValueError, match="num_classes: expected a whole number, at least 1, got 0"):
        losses.double_softmax_floor(0)
