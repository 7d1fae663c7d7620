"""The squared errors and the hinge of chapter 05 against mpmath, PyTorch and scikit-learn."""

import mpmath
import numpy as np
import pytest
import sklearn.metrics
import torch

from ce_course import losses

LOGITS = [0.0, 0.3, -1.0, 5.0, -10.0, 17.0, 40.0, -40.0, 300.0, -700.0]
LABELS = [0.0, 1.0]


def exact(z, y):
    """(p - y)² and its derivative with respect to z, with 700 digits."""
    with mpmath.workdps(700):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        return (p - y) ** 2, 2 * (p - y) * p * (1 - p)


def assert_close(got, true, dtype):
    assert np.asarray(got).dtype == dtype
    error = abs(mpmath.mpf(float(got)) - true)
    smallest = float(np.finfo(dtype).smallest_subnormal)
    assert error <= max(12 * float(np.finfo(dtype).eps) * abs(true), smallest)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("y", LABELS)
@pytest.mark.parametrize("z", LOGITS)
def test_squared_error_and_gradient_keep_their_digits_at_every_logit(z, y, dtype):
    z = dtype(z)
    value, slope = exact(float(z), y)
    assert_close(losses.mse_sigmoid(z, y), value, dtype)
    assert_close(losses.mse_sigmoid_grad(z, y), slope, dtype)


def test_the_gradient_is_autograd_s_for_soft_targets_too():
    rng = np.random.default_rng(0)
    z, y = rng.normal(scale=3, size=(4, 6)), rng.random((4, 6))
    leaf = torch.tensor(z, requires_grad=True)
    loss = (torch.sigmoid(leaf) - torch.tensor(y)) ** 2
    loss.sum().backward()
    np.testing.assert_allclose(losses.mse_sigmoid(z, y), loss.detach(), rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(losses.mse_sigmoid_grad(z, y), leaf.grad, rtol=1e-11, atol=1e-16)


def test_the_ratio_to_cross_entropy_s_gradient_is_one_over_2_p_1_minus_p():
    z = np.linspace(-30, 30, 121)
    p, rest = losses.sigmoid(z), losses.sigmoid(-z)
    for y in LABELS:
        ratio = losses.binary_cross_entropy_grad(z, y) / losses.mse_sigmoid_grad(z, y)
        np.testing.assert_allclose(ratio, 1 / (2 * p * rest), rtol=1e-13)


def test_infinite_logits_have_no_gradient_left():
    z = np.array([-np.inf, np.inf])
    np.testing.assert_array_equal(losses.mse_sigmoid(z, 1.0), [1.0, 0.0])
    np.testing.assert_array_equal(losses.mse_sigmoid_grad(z, 1.0), [0.0, 0.0])


@pytest.mark.parametrize("function", [losses.mse_sigmoid, losses.mse_sigmoid_grad])
def test_squared_error_rejects_what_it_cannot_take(function):
    with pytest.raises(ValueError, match="z and y: expected equal shapes"):
        function(np.zeros(3), np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"y: expected values from 0 to 1, got 2\.0 at index 1"):
        function(np.zeros(2), np.array([0.0, 2.0]))
    with pytest.raises(ValueError, match="z: expected numbers, got nan"):
        function(np.array([np.nan]), np.array([0.0]))


# ------------------------------------------------------------------ brier_score


@pytest.mark.parametrize("num_classes", [2, 3, 7])
def test_brier_score_is_scikit_learn_s(num_classes):
    rng = np.random.default_rng(num_classes)
    p = rng.dirichlet(np.ones(num_classes), size=50)
    y = rng.integers(0, num_classes, size=50)
    theirs = sklearn.metrics.brier_score_loss(
        y, p, labels=list(range(num_classes)), scale_by_half=False
    )
    assert losses.brier_score(p, y).shape == (50,)
    assert losses.brier_score(p, y).mean() == pytest.approx(theirs, rel=1e-13)


def test_brier_score_runs_from_0_to_2():
    p = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(losses.brier_score(p, np.zeros(3, int)), [0, 2, 2 / 3], rtol=1e-15)


def test_two_classes_cost_twice_the_squared_error_of_one_probability():
    z = np.linspace(-5, 5, 11)
    p = np.stack([losses.sigmoid(-z), losses.sigmoid(z)], axis=1)
    for y in (0, 1):
        both = losses.brier_score(p, np.full(11, y))
        np.testing.assert_allclose(both, 2 * losses.mse_sigmoid(z, float(y)), rtol=1e-13)


def test_brier_score_takes_single_rows_more_axes_and_other_types():
    assert losses.brier_score([0.5, 0.5], 1) == 0.5
    p = np.full((2, 3, 4), 0.25, np.float32)
    score = losses.brier_score(p, np.zeros((2, 3), int))
    assert score.shape == (2, 3) and score.dtype == np.float32
    np.testing.assert_array_equal(score, np.float32(0.75))


def test_brier_score_rejects_what_it_cannot_take():
    with pytest.raises(ValueError, match="p: expected probabilities whose sum"):
        losses.brier_score([[0.5, 0.2]], [0])
    with pytest.raises(ValueError, match="y: expected labels from 0 to 1, got 2"):
        losses.brier_score([[0.5, 0.5]], [2])
    with pytest.raises(ValueError, match="y: expected shape"):
        losses.brier_score([[0.5, 0.5]], [0, 1])


# ------------------------------------------------------------------ hinge_loss


def test_hinge_loss_is_torch_s_and_scikit_learn_s():
    rng = np.random.default_rng(0)
    score, y = rng.normal(scale=2, size=100), rng.choice([-1, 1], size=100)
    ours = losses.hinge_loss(y * score)
    assert ours.mean() == pytest.approx(sklearn.metrics.hinge_loss(y, score), rel=1e-13)
    theirs = torch.nn.functional.margin_ranking_loss(
        torch.tensor(score), torch.zeros(100), torch.tensor(y), margin=1.0, reduction="none"
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_hinge_loss_at_its_corner_and_beyond():
    margin = np.array([-np.inf, -1, 0, 1, 2, np.inf])
    np.testing.assert_array_equal(losses.hinge_loss(margin), [np.inf, 2, 1, 0, 0, 0])
    assert losses.hinge_loss(np.float32(0.5)).dtype == np.float32
    with pytest.raises(ValueError, match="margin: expected numbers, got nan"):
        losses.hinge_loss([np.nan])
