"""The losses against mpmath, at the error bounds that `losses.py` states, and against libraries."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest
import scipy.special
import sklearn.metrics
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_course import losses

FLOATS = [np.float64, np.float32]
INF = np.inf
oracle_settings = settings(max_examples=150, deadline=None, derandomize=True)


# The oracle: the textbook formula, with digits enough for 50 to be right after any cancellation.


def precision(gap):
    """50 digits beyond those that exp(-gap) puts between the terms; below 1e-347 it is all 0."""
    return mpmath.workdps(50 + int(min(gap, 800) * 0.4343) + 1)


def exact_logsumexp(z):
    if len(z) == 1:
        return mpmath.mpf(z[0])
    return mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in z))


def assert_close(got, true, rounding, dtype, count=1, relative=True):
    """|got - true| <= rounding * eps * |true|, or `count` times the smallest subnormal number."""
    assert np.asarray(got).dtype == dtype
    error = abs(mpmath.mpf(float(got)) - true)
    bound = rounding * float(np.finfo(dtype).eps) * (abs(true) if relative else 1)
    floor = count * float(np.finfo(dtype).smallest_subnormal)
    assert error <= max(bound, floor), f"got {got}, expected {mpmath.nstr(true, 20)}"


def logits(dtype):
    width = np.finfo(dtype).bits
    special = [0.0, -0.0, 1.0, 40.0, 1e4, -1e4, 1e-30, 700.0, -700.0]
    special += [1e-300, -1e-300, 5e-324] if dtype == np.float64 else []
    return st.one_of(
        st.floats(-1e4, 1e4, width=width),
        st.floats(-50, 50, width=width),
        st.floats(-0.0625, 0.0625, width=width),
        st.sampled_from(special),
    ).map(dtype)


def logit_rows(dtype):
    return st.lists(logits(dtype), min_size=1, max_size=7).map(lambda row: np.array(row, dtype))


HAND_PICKED = [
    [40, 0],
    [0, 40],
    [800, 0],
    [740, 0],
    [1e4, -1e4],
    [1e4, 1e4],
    [1e4, 1e4, 1e4 - 1],
    [-1e4, -1e4],
    [1e-300, 0],
    [1e-300, -1e-300, 1e-300],
    [0, 0, 0],
    [3, 3, -50],
    [0.1, 0.2],
    [20, 19.999, -20, 5],
    [1000.25, 960.5, 960.5],
    [-745.1, 0],
    [7],
    [-1e4],
]


def check_row(z):
    """Every function of one row of finite logits, at the promised bounds."""
    dtype = z.dtype
    values = [float(v) for v in z]
    gap = max(values) - min(values)
    with precision(gap):
        total = exact_logsumexp(values)
        largest = max(abs(v) for v in values)
        got = losses.logsumexp(z)
        assert_close(got, total, 4 * (1 + largest), dtype, relative=False)
        log_probabilities, probabilities = losses.log_softmax(z), losses.softmax(z)
        for k, value in enumerate(values):
            true, rounding = mpmath.mpf(value) - total, 8 * (1 + gap)
            assert_close(log_probabilities[k], true, rounding, dtype, len(z))
            assert_close(probabilities[k], mpmath.exp(true), rounding, dtype, len(z))
            assert_close(losses.cross_entropy_from_logits(z, k), -true, rounding, dtype, len(z))


@pytest.mark.parametrize("dtype", [*FLOATS, np.float16])
@pytest.mark.parametrize("row", HAND_PICKED, ids=str)
def test_categorical_accuracy_on_hand_picked_logits(row, dtype):
    check_row(np.array(row, dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_categorical_accuracy_on_any_logits(dtype):
    @oracle_settings
    @given(logit_rows(dtype))
    def check(z):
        check_row(z)

    check()


@pytest.mark.parametrize("dtype", FLOATS)
def test_soft_target_accuracy(dtype):
    @oracle_settings
    @given(st.data())
    def check(data):
        z = data.draw(logit_rows(dtype))
        weights = data.draw(st.lists(st.integers(0, 9), min_size=len(z), max_size=len(z)))
        weights[0] += 1
        q = np.array(weights, dtype) / dtype(sum(weights))
        values = [float(v) for v in z]
        gap = max(values) - min(values)
        with precision(gap):
            total = exact_logsumexp(values)
            true = mpmath.fsum(
                mpmath.mpf(float(w)) * (total - mpmath.mpf(v))
                for w, v in zip(q, values, strict=True)
            )
            got = losses.soft_target_cross_entropy(z, q)
            assert_close(got, true, 8 * (1 + gap), dtype, len(z))

    check()


@pytest.mark.parametrize("layout", ["C", "F"])
@pytest.mark.parametrize("lead", [0.3, 3.0])
def test_accuracy_with_many_equal_classes(lead, layout):
    """In column order NumPy would add the terms one after the other, and lose digits."""
    count = 20_000
    z = np.zeros((2, count), order=layout)
    z[:, 0] = lead
    with mpmath.workdps(50):
        loss = mpmath.log1p((count - 1) * mpmath.exp(-mpmath.mpf(lead)))
        for got in losses.cross_entropy_from_logits(z, [0, 0]):
            assert_close(got, loss, 8 * (1 + lead), np.float64)


def test_accuracy_with_many_classes():
    z = np.random.default_rng(0).normal(size=20_000)
    with mpmath.workdps(50):
        total = exact_logsumexp(z.tolist())
        largest = float(np.abs(z).max())
        assert_close(losses.logsumexp(z), total, 4 * (1 + largest), np.float64, relative=False)
        for k in (0, int(z.argmax())):
            loss = losses.cross_entropy_from_logits(z, k)
            assert_close(loss, total - mpmath.mpf(float(z[k])), 8 * (1 + np.ptp(z)), np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_narrow_floats_are_rounded_once(dtype):
    z = (np.random.default_rng(5).normal(size=(20, 300)) * 4).astype(dtype)
    y, wide = np.arange(20), z.astype(np.float64)
    for f in (losses.logsumexp, losses.softmax, losses.log_softmax, losses.sigmoid):
        np.testing.assert_array_equal(f(z), f(wide).astype(dtype))
    expected = losses.cross_entropy_from_logits(wide, y).astype(dtype)
    np.testing.assert_array_equal(losses.cross_entropy_from_logits(z, y), expected)


def check_logit(z, y):
    """Every function of one binary logit, at the promised bounds."""
    dtype = z.dtype
    gap = abs(float(z))
    with precision(gap):
        x, t = mpmath.mpf(float(z)), mpmath.mpf(float(y))
        p, q = 1 / (1 + mpmath.exp(-x)), 1 / (1 + mpmath.exp(x))
        true = -(t * mpmath.log(p) + (1 - t) * mpmath.log(q))
        loss = losses.binary_cross_entropy_with_logits(z, y)
        assert_close(loss, true, 8 * (1 + gap), dtype, 2)
        assert_close(losses.sigmoid(z), p, 4, dtype)
        assert_close(losses.softplus(z), mpmath.log(1 + mpmath.exp(x)), 4, dtype)
        gradient = losses.binary_cross_entropy_grad(z, y)
        size = (1 - t) * p + t * q  # at y = 0 and y = 1 this is the gradient's own size
        error = abs(mpmath.mpf(float(gradient)) - (p - t))
        finfo = np.finfo(dtype)
        assert error <= 4 * float(finfo.eps) * size + 2 * float(finfo.smallest_subnormal)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("y", [0.0, 0.1, 1.0])
def test_binary_accuracy_on_hand_picked_logits(y, dtype):
    for z in [0, 1e-300, 1e-30, 1, 36.7, 40, 88.8, 100, 709.8, 720, 740, 745.1, 800, 1e4]:
        check_logit(dtype(z), dtype(y))
        check_logit(dtype(-z), dtype(y))


@pytest.mark.parametrize("dtype", FLOATS)
def test_binary_accuracy_on_any_logits(dtype):
    soft = st.floats(0, 1, width=np.finfo(dtype).bits)
    targets = st.one_of(st.sampled_from([0.0, 1.0, 0.5, 1e-20, 0.1]), soft).map(dtype)

    @oracle_settings
    @given(logits(dtype), targets)
    def check(z, y):
        check_logit(z, y)

    check()


@pytest.mark.parametrize("dtype", FLOATS)
def test_accuracy_from_probabilities(dtype):
    bits = np.finfo(dtype).bits
    near_half = st.floats(-1e-3, 1e-3, width=64).map(lambda d: 0.5 + d)
    open_interval = st.floats(0, 1, width=bits, exclude_min=True, exclude_max=True)
    probabilities = st.one_of(open_interval, near_half, st.sampled_from([1e-30, 0.25, 0.75]))

    @oracle_settings
    @given(probabilities.map(dtype), st.sampled_from([0.0, 1.0, 0.3, 0.999]).map(dtype))
    def check(p, y):
        with mpmath.workdps(420):  # float64 goes down to 5e-324
            x, t = mpmath.mpf(float(p)), mpmath.mpf(float(y))
            loss = -(t * mpmath.log(x) + (1 - t) * mpmath.log(1 - x))
            assert_close(losses.binary_cross_entropy(p, y), loss, 4, dtype, 2)
            assert_close(losses.logit(p), mpmath.log(x / (1 - x)), 4, dtype)

    check()


# Numbers worked out elsewhere


def test_losses_that_are_nearly_zero():
    expected = 4.248354255291589e-18  # log(1 + exp(-40)), mpmath
    assert losses.cross_entropy_from_logits([40.0, 0.0], 0) == pytest.approx(expected, rel=1e-15)
    assert losses.log_softmax([40.0, 0.0])[0] == pytest.approx(-expected, rel=1e-15)
    assert losses.binary_cross_entropy_with_logits(40.0, 1) == pytest.approx(expected, rel=1e-15)
    assert losses.binary_cross_entropy_with_logits(-40.0, 0) == pytest.approx(expected, rel=1e-15)
    assert losses.binary_cross_entropy_grad(40.0, 1) == pytest.approx(-expected, rel=1e-15)
    assert losses.cross_entropy_from_logits([800.0, 0.0], 0) == 0  # 3.7e-348 has no float64


def test_against_pytorch():
    rng = np.random.default_rng(1)
    z, y, q = rng.normal(size=(50, 7)) * 5, rng.integers(7, size=50), rng.dirichlet(np.ones(7), 50)
    Z = torch.tensor(z, requires_grad=True)
    hard = F.cross_entropy(Z, torch.tensor(y), reduction="none")
    soft = F.cross_entropy(Z, torch.tensor(q), reduction="none")
    closely = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(losses.cross_entropy_from_logits(z, y), hard.detach(), **closely)
    np.testing.assert_allclose(losses.soft_target_cross_entropy(z, q), soft.detach(), **closely)
    np.testing.assert_array_equal(losses.one_hot(y, 7), F.one_hot(torch.tensor(y), 7))

    t = rng.random((50, 7))
    binary = F.binary_cross_entropy_with_logits(Z, torch.tensor(t), reduction="none")
    (gradient,) = torch.autograd.grad(binary.sum(), Z)
    got = losses.binary_cross_entropy_with_logits(z, t)
    np.testing.assert_allclose(got, binary.detach(), **closely)
    np.testing.assert_allclose(losses.binary_cross_entropy_grad(z, t), gradient, **closely)
    p = torch.tensor(t)
    from_p = F.binary_cross_entropy(p, torch.tensor(q), reduction="none")
    np.testing.assert_allclose(losses.binary_cross_entropy(t, q), from_p, **closely)


def test_against_scipy_and_scikit_learn():
    rng = np.random.default_rng(2)
    z, y = rng.normal(size=(40, 5)) * 4, rng.integers(5, size=40)
    p, t = rng.random(40), rng.integers(2, size=40)
    closely = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(losses.logsumexp(z), scipy.special.logsumexp(z, axis=1), **closely)
    np.testing.assert_allclose(losses.softmax(z), scipy.special.softmax(z, axis=1), **closely)
    expected = scipy.special.log_softmax(z, axis=1)
    np.testing.assert_allclose(losses.log_softmax(z), expected, **closely)
    np.testing.assert_allclose(losses.sigmoid(z), scipy.special.expit(z), **closely)
    np.testing.assert_allclose(losses.logit(p), scipy.special.logit(p), **closely)
    np.testing.assert_allclose(losses.softplus(z), scipy.special.softplus(z), **closely)
    log_loss = sklearn.metrics.log_loss
    mean = losses.cross_entropy_from_logits(z, y).mean()
    assert mean == pytest.approx(log_loss(y, scipy.special.softmax(z, axis=1), labels=range(5)))
    assert losses.binary_cross_entropy(p, t).mean() == pytest.approx(log_loss(t, p))
    constant = np.full(40, t.mean())
    assert losses.prior_baseline(t) == pytest.approx(log_loss(t, constant), rel=1e-14)


def test_numbers_of_the_articles():
    assert round(float(losses.binary_cross_entropy(0.7, 1)), 4) == 0.3567
    assert round(float(losses.binary_cross_entropy(0.8, 1)), 2) == 0.22
    assert losses.binary_cross_entropy(0.5, [0, 1]) == pytest.approx(np.log(2), rel=1e-15)


def test_prior_baseline():
    y = [1, 0, 0, 0]
    entropy = np.log(4) - 0.75 * np.log(3)
    assert losses.prior_baseline(y) == pytest.approx(entropy, rel=1e-15)
    assert losses.prior_baseline([0.1, 0.4]) == pytest.approx(entropy, rel=1e-15)  # mean 1/4
    assert losses.prior_baseline([1, 1]) == losses.prior_baseline([0, 0]) == 0
    per_label = losses.prior_baseline(np.array([[0, 1], [1, 1], [0, 1], [0, 1]]))
    assert per_label == pytest.approx([entropy, 0], rel=1e-15)


def test_two_classes_are_the_binary_case():
    z = np.random.default_rng(3).normal(size=(30, 2)) * 10
    gap = z[:, 1] - z[:, 0]
    for y in (0, 1):
        categorical = losses.cross_entropy_from_logits(z, np.full(30, y))
        binary = losses.binary_cross_entropy_with_logits(gap, y)
        np.testing.assert_allclose(categorical, binary, rtol=1e-14)


# Infinities and zeros


def test_infinite_logits_of_classes():
    np.testing.assert_array_equal(losses.log_softmax([INF, 0]), [0, -INF])
    np.testing.assert_array_equal(losses.softmax([INF, 0, -INF]), [1, 0, 0])
    np.testing.assert_array_equal(losses.log_softmax([INF]), [0])
    with_mask, without = losses.log_softmax([3, -INF, 1]), losses.log_softmax([3, 1])
    np.testing.assert_array_equal(with_mask, [without[0], -INF, without[1]])
    np.testing.assert_array_equal(
        losses.cross_entropy_from_logits([[0, INF]] * 2, [0, 1]), [INF, 0]
    )
    assert losses.soft_target_cross_entropy([0, -INF], [1, 0]) == 0
    assert losses.soft_target_cross_entropy([0, -INF], [0.5, 0.5]) == INF
    table = np.array([[INF, INF, 0], [-INF, -INF, -INF], [-INF, 2, -INF], [INF, -INF, 0]])
    np.testing.assert_array_equal(losses.logsumexp(table), [INF, -INF, 2, INF])


@pytest.mark.parametrize("z", [[INF, INF], [-INF, -INF], [-INF], [[0, 1], [INF, INF]]])
def test_no_softmax_where_it_has_no_value(z):
    q, y = np.ones_like(z) / np.shape(z)[-1], np.zeros(np.shape(z)[:-1], int)
    for call in (
        lambda: losses.softmax(z),
        lambda: losses.log_softmax(z),
        lambda: losses.cross_entropy_from_logits(z, y),
        lambda: losses.soft_target_cross_entropy(z, q),
    ):
        with pytest.raises(ValueError, match=r"z: expected .*, got (several|only -inf)"):
            call()


def test_infinite_binary_logits():
    bce = losses.binary_cross_entropy_with_logits
    z, y = np.array([INF, INF, -INF, -INF]), np.array([1, 0, 1, 0])
    np.testing.assert_array_equal(bce(z, y), [0, INF, INF, 0])
    np.testing.assert_array_equal(bce(z, 0.5), [INF] * 4)
    np.testing.assert_array_equal(losses.sigmoid(z), [1, 1, 0, 0])
    np.testing.assert_array_equal(losses.softplus(z), [INF, INF, 0, 0])
    np.testing.assert_array_equal(losses.binary_cross_entropy_grad(z, y), [0, 1, -1, 0])


def test_certain_probabilities():
    bce = losses.binary_cross_entropy
    np.testing.assert_array_equal(bce([0, 0, 1, 1], [0, 1, 0, 1]), [0, INF, INF, 0])
    np.testing.assert_array_equal(bce([0, 1], [0.5, 0.5]), [INF, INF])
    np.testing.assert_array_equal(losses.logit([0, 0.5, 1]), [-INF, 0, INF])


def test_a_loss_of_zero_is_not_minus_zero():
    zeros = [
        losses.binary_cross_entropy([0, 1], [0, 1]),
        losses.binary_cross_entropy_with_logits([-800, 800], [0, 1]),
        losses.cross_entropy_from_logits([[800, 0], [INF, 0]], [0, 0]),
        losses.soft_target_cross_entropy([[800, 0], [INF, 0]], [1, 0]),
        losses.prior_baseline([[0, 1]]),
    ]
    for loss in zeros:
        np.testing.assert_array_equal(loss, [0, 0])
        assert not np.signbit(loss).any()


def test_no_floating_point_warning_reaches_the_caller():
    extremes = np.array([-INF, -1.7e308, -1e4, -0.0, 1e-300, 1e4, 1.7e308])
    with np.errstate(all="raise"):
        losses.logsumexp(extremes)
        losses.softmax(extremes)
        losses.log_softmax(extremes)
        losses.log_softmax(np.array([6e4, -6e4], np.float16))
        losses.cross_entropy_from_logits(extremes, 0)
        losses.soft_target_cross_entropy(extremes, np.ones(7) / 7)
        for f in (losses.sigmoid, losses.softplus):
            f(np.append(extremes, INF))
        for f in (losses.binary_cross_entropy_with_logits, losses.binary_cross_entropy_grad):
            f(np.append(extremes, INF), 0.5)
        losses.binary_cross_entropy([0, 1e-320, 1], 0.5)
        losses.logit([0, 1e-320, 1])
        losses.prior_baseline([1.0, 1.0])


# Shapes, dtypes, errors


def test_shapes():
    rng = np.random.default_rng(4)
    z, y = rng.normal(size=(2, 3, 4)), rng.integers(4, size=(2, 3))
    q = losses.one_hot(y, 4)
    assert losses.logsumexp(z).shape == (2, 3)
    assert losses.softmax(z).shape == losses.log_softmax(z).shape == q.shape == (2, 3, 4)
    loss = losses.cross_entropy_from_logits(z, y)
    np.testing.assert_array_equal(losses.soft_target_cross_entropy(z, q), loss)
    for i, j in np.ndindex(2, 3):
        assert losses.cross_entropy_from_logits(z[i, j], y[i, j]) == loss[i, j]
    uniform = losses.soft_target_cross_entropy(z, np.full(4, 0.25))
    np.testing.assert_allclose(uniform, -losses.log_softmax(z).mean(axis=-1), rtol=1e-14)
    curve = losses.binary_cross_entropy(np.linspace(0, 1, 11), 1)
    assert curve.shape == losses.binary_cross_entropy(0.3, np.linspace(0, 1, 11)).shape == (11,)
    assert np.ndim(losses.sigmoid(0)) == np.ndim(losses.logsumexp([1, 2])) == 0


def test_one_class_and_empty_batch():
    np.testing.assert_array_equal(losses.softmax([[5], [-5]]), [[1], [1]])
    np.testing.assert_array_equal(losses.cross_entropy_from_logits([[5], [-5]], [0, 0]), [0, 0])
    np.testing.assert_array_equal(losses.logsumexp([[5], [-5]]), [5, -5])
    empty = np.zeros((0, 3))
    assert losses.softmax(empty).shape == losses.log_softmax(empty).shape == (0, 3)
    assert losses.logsumexp(empty).shape == (0,)
    assert losses.cross_entropy_from_logits(empty, []).shape == (0,)
    assert losses.soft_target_cross_entropy(empty, empty).shape == (0,)
    assert losses.binary_cross_entropy([], []).shape == losses.sigmoid([]).shape == (0,)
    assert losses.one_hot([], 3).shape == (0, 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_the_dtype_of_the_logits_comes_back(dtype):
    z, y = np.array([[1, 2], [3, -4]], dtype), np.array([0, 1])
    for result in (
        losses.logsumexp(z),
        losses.softmax(z),
        losses.log_softmax(z),
        losses.cross_entropy_from_logits(z, y),
        losses.soft_target_cross_entropy(z, np.eye(2)),
        losses.sigmoid(z),
        losses.softplus(z),
        losses.binary_cross_entropy_with_logits(z, np.eye(2)),
        losses.binary_cross_entropy_grad(z, np.eye(2)),
        losses.binary_cross_entropy(np.eye(2, dtype=dtype), np.eye(2)),
        losses.logit(np.eye(2, dtype=dtype)),
        losses.prior_baseline(np.eye(2, dtype=dtype)),
    ):
        assert result.dtype == dtype


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_whole_numbers_are_float64(dtype):
    z = np.array([0, 1, 1], dtype)  # in uint8, 0 - 1 would be 255
    got = losses.log_softmax(z)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, losses.log_softmax([0.0, 1.0, 1.0]))
    assert losses.cross_entropy_from_logits(z, np.array(1, dtype)).dtype == np.float64


def test_inputs_stay_as_they_are():
    z, q = np.array([[1.0, 2.0], [INF, -1.0]]), np.array([[0.5, 0.5], [1.0, 0.0]])
    before = z.copy(), q.copy()
    losses.softmax(z)
    losses.soft_target_cross_entropy(z, q)
    losses.binary_cross_entropy_with_logits(z, q)
    np.testing.assert_array_equal(z, before[0])
    np.testing.assert_array_equal(q, before[1])


NAN = np.nan
BAD = {
    "NaN logit": (
        lambda: losses.log_softmax([[0, 1], [NAN, 0]]),
        r"z: .*got nan at index \(1, 0\)",
    ),
    "NaN sum": (lambda: losses.logsumexp([NAN]), "z: expected numbers, got nan at index 0"),
    "NaN scalar": (lambda: losses.sigmoid(NAN), "z: expected numbers, got nan$"),
    "NaN softplus": (lambda: losses.softplus([0, NAN]), "got nan at index 1"),
    "text": (lambda: losses.softmax(["a"]), "z: expected real numbers, got dtype <U1"),
    "None": (lambda: losses.softmax(None), "z: expected real numbers, got dtype object"),
    "complex": (lambda: losses.sigmoid(1j), "expected real numbers, got dtype complex128"),
    "scalar": (lambda: losses.softmax(1.0), r"at least one class .*, got shape \(\)"),
    "no classes": (lambda: losses.logsumexp(np.zeros((2, 0))), r"got shape \(2, 0\)"),
    "label high": (
        lambda: losses.cross_entropy_from_logits(np.zeros((2, 3)), [0, 3]),
        "y: expected labels from 0 to 2, got 3 at index 1",
    ),
    "label low": (lambda: losses.cross_entropy_from_logits([0, 0], -1), "from 0 to 1, got -1"),
    "float label": (lambda: losses.cross_entropy_from_logits([0, 0], 1.0), "got dtype float64"),
    "label shape": (
        lambda: losses.cross_entropy_from_logits(np.zeros((2, 3)), [[0], [1]]),
        r"y: expected shape \(2,\), .*got shape \(2, 1\)",
    ),
    "label count": (lambda: losses.cross_entropy_from_logits(np.zeros((2, 3)), 0), r"shape \(\)"),
    "one-hot 2**63": (lambda: losses.one_hot(2**63, 3), "from 0 to 2, got 9223372036854775808"),
    "one-hot classes": (lambda: losses.one_hot(0, 3.5), "num_classes: .*got 3.5"),
    "one-hot size": (lambda: losses.one_hot([0] * 10, 10**8), "at most .* got 1000000000"),
    "Jacobian size": (lambda: losses.softmax_jacobian(np.zeros(20_000)), "z, .*got 400000000"),
    "one-hot label": (lambda: losses.one_hot([0, 2], 2), "from 0 to 1, got 2 at index 1"),
    "target sum": (
        lambda: losses.soft_target_cross_entropy(np.zeros((2, 2)), [[0.5, 0.5], [0.5, 0.6]]),
        "q: expected probabilities whose sum over the last axis is 1, got 1.1 at index 1",
    ),
    "target sign": (lambda: losses.soft_target_cross_entropy([0, 0], [1.5, -0.5]), "got -0.5"),
    "target NaN": (lambda: losses.soft_target_cross_entropy([0, 0], [1, NAN]), "q: .*got nan"),
    "target classes": (
        lambda: losses.soft_target_cross_entropy(np.zeros((2, 3)), [0.5, 0.5]),
        r"z and q: .* got shapes \(2, 3\) and \(2,\)",
    ),
    "one target class": (lambda: losses.soft_target_cross_entropy([0, 0], [1.0]), "got shapes"),
    "p high": (lambda: losses.binary_cross_entropy([0.2, 1.5], 1), "p: .*got 1.5 at index 1"),
    "p low": (lambda: losses.logit(-0.1), "p: expected values from 0 to 1, got -0.1"),
    "y high": (lambda: losses.binary_cross_entropy(0.5, 2), "y: .*from 0 to 1, got 2"),
    "y NaN": (lambda: losses.binary_cross_entropy_with_logits(0, NAN), "y: .*got nan"),
    "y gradient": (lambda: losses.binary_cross_entropy_grad(0, -1), "y: .*got -1"),
    "column": (
        lambda: losses.binary_cross_entropy(np.full(3, 0.5), np.ones((3, 1))),
        r"p and y: expected equal shapes, got \(3,\) and \(3, 1\)",
    ),
    "logit column": (
        lambda: losses.binary_cross_entropy_with_logits(np.zeros((3, 1)), np.ones(3)),
        r"z and y: expected equal shapes",
    ),
    "gradient column": (
        lambda: losses.binary_cross_entropy_grad(np.zeros((3, 1)), np.ones(3)),
        r"z and y: expected equal shapes",
    ),
    "no labels": (lambda: losses.prior_baseline([]), "y: expected at least one label"),
    "one bare label": (lambda: losses.prior_baseline(1), "y: expected at least one label"),
    "baseline label": (lambda: losses.prior_baseline([0, 2]), "y: .*got 2.0 at index 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_what_was_expected_and_what_came(name):
    call, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_formulas_import_nothing_but_numpy():
    code = """
import sys, ce_course.losses, ce_course.information
heavy = {"torch", "sklearn", "matplotlib", "scipy", "pandas", "mpmath"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
