"""The robust losses and the moved precision against mpmath, PyTorch, SciPy and scikit-learn."""

import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sklearn.metrics import average_precision_score, roc_curve

from ce_course import losses, robust, torch_losses

EPS = np.finfo(float).eps
numbers = st.one_of(
    st.floats(-30, 30), st.floats(-1e3, 1e3), st.sampled_from([0.0, 700.0, -700.0, 1e-300, 40.0])
)
rows = st.lists(numbers, min_size=2, max_size=6)
shares = st.one_of(st.floats(0.01, 1), st.sampled_from([1.0, 0.7, 1e-6]))
fuzz = settings(max_examples=150, deadline=None, derandomize=True)


def exact_p(z, k):
    terms = [mpmath.exp(mpf(v) - mpf(max(z))) for v in z]
    return terms[k] / mpmath.fsum(terms)


def assert_close(got, true, roundings, spacings=1):
    """Within that many roundings, or spacings of the smallest numbers."""
    error = abs(mpf(float(got)) - true)
    allowed = roundings * EPS * abs(true) + spacings * mpf(5e-324)
    assert error <= allowed, f"{got}, {mpmath.nstr(true, 20)}"


@fuzz
@given(rows, shares, st.data())
def test_generalized_cross_entropy_at_any_logits(z, q, data):
    k = data.draw(st.integers(0, len(z) - 1))
    gap = max(z) - min(z)
    with mpmath.workdps(60 + int(min(gap, 2000) / 2)):
        true = (1 - exact_p(z, k) ** mpf(q)) / mpf(q)
        assert_close(robust.generalized_cross_entropy([z], [k], q)[0], true, 16 * (2 + gap), 1 / q)


@fuzz
@given(rows, st.floats(0, 10), st.floats(0, 10), st.floats(-20, -0.1), st.data())
def test_symmetric_cross_entropy_at_any_logits(z, alpha, beta, log_zero, data):
    k = data.draw(st.integers(0, len(z) - 1))
    gap = max(z) - min(z)
    with mpmath.workdps(60 + int(min(gap, 2000) / 2)):
        p = exact_p(z, k)
        true = -mpf(alpha) * mpmath.log(p) - mpf(beta) * mpf(log_zero) * (1 - p)
        got = robust.symmetric_cross_entropy([z], [k], alpha, beta, log_zero)[0]
        assert_close(got, true, 16 * (2 + gap), spacings=2 + alpha - beta * log_zero)


def draw(seed, n=50, classes=7):
    rng = np.random.default_rng(seed)
    return rng.normal(scale=3, size=(n, classes)), rng.integers(0, classes, n)


@pytest.mark.parametrize("q", [1e-9, 0.3, 0.7, 1.0])
def test_the_torch_losses_agree_and_their_gradients_are_the_pulls(q):
    z, y = draw(0)
    t = torch.tensor(z, requires_grad=True)
    loss = torch_losses.generalized_cross_entropy(t, torch.tensor(y), q)
    np.testing.assert_allclose(loss.detach(), robust.generalized_cross_entropy(z, y, q), rtol=1e-12)
    loss.sum().backward()
    p = losses.softmax(z)[np.arange(50), y]
    pull = robust.generalized_cross_entropy_pull(p, q)
    np.testing.assert_allclose(-t.grad.numpy()[np.arange(50), y], pull, rtol=1e-9)


def test_the_symmetric_loss_in_torch_and_its_pull():
    z, y = draw(1)
    t = torch.tensor(z, requires_grad=True)
    loss = torch_losses.symmetric_cross_entropy(t, torch.tensor(y), 0.1, 1.0)
    expected = robust.symmetric_cross_entropy(z, y, 0.1, 1.0)
    np.testing.assert_allclose(loss.detach(), expected, rtol=1e-12)
    loss.sum().backward()
    p = losses.softmax(z)[np.arange(50), y]
    pull = robust.symmetric_cross_entropy_pull(p, 0.1, 1.0)
    np.testing.assert_allclose(-t.grad.numpy()[np.arange(50), y], pull, rtol=1e-9)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_gradients_are_finite_where_the_label_is_certain_or_impossible(p):
    z = torch.tensor([[800.0 if p else -800.0, 0.0]], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0])
    for loss in (
        torch_losses.generalized_cross_entropy(z, y, 0.7),
        torch_losses.symmetric_cross_entropy(z, y, 0.1, 1.0),
    ):
        (gradient,) = torch.autograd.grad(loss.sum(), z)
        assert torch.isfinite(gradient).all()


def test_the_limits_are_cross_entropy_and_half_the_absolute_error():
    z, y = draw(2)
    plain = losses.cross_entropy_from_logits(z, y)
    np.testing.assert_allclose(robust.generalized_cross_entropy(z, y, 1e-9), plain, rtol=1e-7)
    np.testing.assert_array_equal(robust.generalized_cross_entropy(z, y, 0), plain)
    absolute = np.abs(losses.softmax(z) - losses.one_hot(y, 7)).sum(axis=1)
    np.testing.assert_allclose(robust.generalized_cross_entropy(z, y, 1), absolute / 2, rtol=1e-10)
    reverse = robust.symmetric_cross_entropy(z, y, 0, 1)
    np.testing.assert_allclose(reverse, 2 * absolute, rtol=1e-10)
    assert robust.generalized_cross_entropy([[0.0, np.inf]], [0], 0.5)[0] == 2.0


def test_float32_comes_back_as_float32_rounded_once():
    z, y = draw(3)
    low = z.astype(np.float32)
    got = robust.generalized_cross_entropy(low, y, 0.7)
    assert got.dtype == np.float32
    exact = robust.generalized_cross_entropy(low.astype(float), y, 0.7)
    np.testing.assert_array_equal(got, exact.astype(np.float32))


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_scikit_learns_at_the_prevalence_of_the_data(seed):
    rng = np.random.default_rng(seed)
    y = rng.random(300) < 0.2
    scores = np.round(rng.normal(1.2 * y), 1)  # ties too
    fpr, recall, _ = roc_curve(y, scores, drop_intermediate=False)
    got = robust.average_precision_at_prevalence(recall, fpr, y.mean())
    assert got == pytest.approx(average_precision_score(y, scores), rel=1e-12)


@pytest.mark.parametrize("times", [2, 10])
def test_more_negatives_alike_are_another_prevalence(times):
    rng = np.random.default_rng(0)
    y = rng.random(200) < 0.5
    scores = rng.normal(1.0 * y)
    fpr, recall, _ = roc_curve(y, scores, drop_intermediate=False)
    weight = np.where(y, 1, times)
    prevalence = y.sum() / weight.sum()
    expected = average_precision_score(y, scores, sample_weight=weight)
    got = robust.average_precision_at_prevalence(recall, fpr, prevalence)
    assert got == pytest.approx(expected, rel=1e-12)


def test_suspects_are_ranked_by_loss_and_ties_by_place():
    z = np.array([[2.0, 0.0], [0.0, 2.0], [0.0, 2.0], [0.0, 0.0]])
    np.testing.assert_array_equal(robust.suspect_labels(z, [0, 0, 0, 0], 3), [1, 2, 3])
    assert robust.suspect_labels(z, [0, 0, 0, 0], 0).shape == (0,)
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(30, 4)), rng.integers(0, 4, 30)
    cost = losses.cross_entropy_from_logits(z + rng.normal(size=(30, 1)), y)
    np.testing.assert_array_equal(robust.suspect_labels(z, y, 30), np.argsort(-cost))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: robust.generalized_cross_entropy([[0.0, 1.0]], [0], 1.5), "q: expected a number"),
        (lambda: robust.generalized_cross_entropy([[0.0, 1.0]], [2], 0.5), "y: expected labels"),
        (lambda: robust.symmetric_cross_entropy([[0.0]], [0], -1, 1), "alpha: expected a finite"),
        (lambda: robust.symmetric_cross_entropy([[0.0]], [0], 1, 1, 0), "log_zero: expected"),
        (lambda: robust.suspect_labels([[0.0, 1.0]], [0], 2), "count: expected a whole number"),
        (lambda: robust.suspect_labels([0.0, 1.0], 0, 1), "z: expected shape"),
        (lambda: robust.average_precision_at_prevalence([0.5], [0.5], 0.5), "expected 1 at the"),
        (lambda: robust.average_precision_at_prevalence([1, 0.5], [0, 1], 0.5), "never fall"),
        (lambda: robust.average_precision_at_prevalence([1.0], [1.0], 1), "prevalence: expected"),
        (lambda: torch_losses.generalized_cross_entropy(torch.ones(2), torch.ones(2), 0.5), "z, y"),
    ],
)
def test_bad_input_is_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_absolute_error_sums_to_a_constant_over_the_labels_and_the_others_do_not():
    z = np.random.default_rng(0).normal(scale=2, size=(2, 10))

    def sums(q):
        return [
            robust.generalized_cross_entropy(np.tile(row, (10, 1)), np.arange(10), q).sum()
            for row in z
        ]

    assert sums(1) == pytest.approx([9, 9], rel=1e-12)
    assert math.isclose(*sums(0.7), rel_tol=1e-3) is False
