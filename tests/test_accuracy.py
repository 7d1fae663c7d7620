"""Closed forms on hard inputs against mpmath at 400 digits.

Near-equal distributions, tiny probabilities, large logits, denormals. Each bound is what the
arithmetic of its formula costs, in units of the machine epsilon of float64, times the condition
of the problem where that is not 1 (exp of a logit z turns its rounding into a relative |z| ε).
Below the smallest normal number the spacing of the numbers there is added.
"""

import math

import mpmath
import numpy as np
import pytest
import torch
from mpmath import mpf

from ce_course import imbalance, information, likelihood, losses, scoring, torch_losses

EPS = np.finfo(np.float64).eps
SMALLEST = mpf(5e-324)


@pytest.fixture(autouse=True)
def many_digits():
    with mpmath.workdps(400):
        yield


def assert_close(got, exact, roundings):
    """`got` lies within that many machine epsilons of `exact`, or denormal spacings."""
    if mpmath.isinf(exact) or abs(exact) > mpf(np.finfo(float).max):
        assert float(got) == float(mpmath.sign(exact)) * math.inf
        return
    error, allowed = abs(mpf(float(got)) - exact), roundings * (EPS * abs(exact) + SMALLEST)
    assert error <= allowed, f"{got} for {mpmath.nstr(exact, 20)}: {float(error / allowed)} of it"


def exact(values):
    return [mpf(float(v)) for v in values]


def log_terms(p, q):
    """Σ p log(p/q) + (q - p): what the divergence of numbers is whose sums are rounded."""
    return mpmath.fsum(
        (a * mpmath.log(a / b) if a else 0) + b - a for a, b in zip(p, q, strict=True)
    )


# ------------------------------------------------------------------ distributions

STEPS = [0.3, 0.1, 1e-3, 1e-6, 1e-9, 1e-12, 1e-15, 5e-17]
PAIRS = {
    **{f"two, {s}": ([0.3, 0.7], [0.3 + s * 0.9, 0.7 - s * 0.9]) for s in STEPS},
    **{f"three, {s}": ([0.2, 0.3, 0.5], [0.2, 0.3 - s * 0.9, 0.5 + s * 0.9]) for s in STEPS},
    "tiny and doubled": ([1, 1e-300], [1, 2e-300]),
    "tiny and near": ([1, 1e-300], [1, 1.4e-300]),
    "denormal": ([1, 5e-324], [1, 1.5e-323]),
    "denormal and none": ([0, 1], [5e-324, 1]),
    "tiny expected": ([0.5, 0.5], [1e-310, 1]),
    "never expected": ([1e-310, 1], [0, 1]),
    "tiny came": ([1e-310, 1], [0.5, 0.5]),
    "far apart": ([1 - 1e-9, 1e-9], [1e-9, 1 - 1e-9]),
    "float32 sums": (np.float32([0.1, 0.2, 0.7]), np.float32([0.1, 0.2001, 0.6999])),
    "half apart": ([0.4, 0.6], [0.6, 0.4]),
}


@pytest.mark.parametrize("name", PAIRS)
def test_divergences(name):
    p, q = (np.asarray(part, float) for part in PAIRS[name])
    P, Q = exact(p), exact(q)
    if any(a and not b for a, b in zip(P, Q, strict=True)):
        assert information.kl_divergence(p, q) == math.inf
    else:
        assert_close(information.kl_divergence(p, q), log_terms(P, Q), 32)
        assert_close(information.kl_divergence(p, q, 2), log_terms(P, Q) / mpmath.log(2), 33)
        cost = -mpmath.fsum(a * mpmath.log(b) for a, b in zip(P, Q, strict=True) if a)
        assert_close(information.cross_entropy(p, q), cost, 8)
    M = [(a + b) / 2 for a, b in zip(P, Q, strict=True)]
    assert_close(information.jensen_shannon(p, q), (log_terms(P, M) + log_terms(Q, M)) / 2, 32)
    assert information.jensen_shannon(q, p) == information.jensen_shannon(p, q)
    for part, numbers in ((p, P), (q, Q)):
        entropy = -mpmath.fsum(a * mpmath.log(a) for a in numbers if a)
        assert_close(information.entropy(part), entropy, 8)


def test_the_published_case():
    near = information.kl_divergence([0.3, 0.7], [0.3 + 1e-12, 0.7 - 1e-12])
    assert near == pytest.approx(2.380847e-24, rel=1e-6, abs=0)
    assert information.jensen_shannon([0, 1], [5e-324, 1]) == 0


def test_many_random_pairs():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(6, 0.3), size=60)
    q = np.abs(p * (1 + rng.normal(size=p.shape) * 10.0 ** rng.integers(-16, 0, (60, 1))))
    q[:, -1] += 1 - q.sum(axis=1)
    kept = (q >= 0).all(axis=1)
    p, q = p[kept], q[kept]
    assert len(p) > 40
    for first, second in zip(p, q, strict=True):
        assert_close(
            information.kl_divergence(first, second), log_terms(exact(first), exact(second)), 32
        )


@pytest.mark.parametrize(
    "ratio", [1e-160, 1e-3, 0.5, 0.75, 1 - 1e-9, 1 + 1e-15, 1.2, 1.5, 3, 1e150]
)
@pytest.mark.parametrize("shift", [0, 1e-170, 1e-9, 2.5])
def test_gaussian_divergence(ratio, shift):
    s1, s2, m = mpf(float(ratio * 3)), mpf(3), mpf(float(shift))
    right = mpmath.log(s2 / s1) + (s1**2 + m**2) / (2 * s2**2) - mpf(1) / 2
    assert_close(information.kl_gaussian(shift, ratio * 3, 0, 3), right, 32)


# ------------------------------------------------------------------ logits

LOGITS = [-1e308, -750.0, -745.0, -700.0, -40.0, -1.0, -1e-9, -5e-324, 0.0]
LOGITS = LOGITS + [-z for z in LOGITS]


@pytest.mark.parametrize("z", LOGITS)
def test_binary_losses(z):
    Z = mpf(z)
    size = 8 * (1 + min(abs(z), 800))  # below exp(-800) nothing is left
    sigmoid = 1 / (1 + mpmath.exp(-Z)) if abs(z) < 1e5 else mpf(z > 0)
    other = 1 / (1 + mpmath.exp(Z)) if abs(z) < 1e5 else mpf(z < 0)
    softplus = mpmath.log1p(mpmath.exp(Z)) if abs(z) < 1e5 else mpf(max(z, 0))
    minus = mpmath.log1p(mpmath.exp(-Z)) if abs(z) < 1e5 else mpf(max(-z, 0))
    assert_close(losses.sigmoid(z), sigmoid, size)
    assert_close(losses.softplus(z), softplus, size)
    for y in (0, 0.25, 1):
        loss = mpf(y) * minus + (1 - mpf(y)) * softplus
        assert_close(losses.binary_cross_entropy_with_logits(z, y), loss, size)
    assert_close(losses.binary_cross_entropy_grad(z, 1), -other, size)
    assert_close(losses.binary_cross_entropy_grad(z, 0), sigmoid, size)
    assert_close(losses.mse_sigmoid(z, 1), other**2, 2 * size)
    assert_close(losses.mse_sigmoid_grad(z, 1), -2 * other**2 * sigmoid, 3 * size)
    for gamma in (0, 0.5, 2, 5):
        focal = other**gamma * minus
        assert_close(losses.focal_loss(z, 1, gamma), focal, (1 + gamma) * size)
        log_p = -minus
        slope = -(other**gamma) * (other - gamma * sigmoid * log_p)
        assert_close(losses.focal_loss_grad(z, 1, gamma), slope, (2 + gamma) * size)


@pytest.mark.parametrize("p", [5e-324, 1e-310, 1e-17, 0.2, 0.5 - 1e-12, 0.5, 0.75, 1 - 2**-53])
def test_losses_of_probabilities(p):
    P = mpf(p)
    log_odds = mpmath.log(P / (1 - P))
    assert_close(losses.logit(p), log_odds, 8)
    assert_close(losses.binary_cross_entropy(p, 1), -mpmath.log(P), 4)
    assert_close(losses.binary_cross_entropy(p, 0), -mpmath.log1p(-P), 4)
    assert_close(information.surprisal(p, 2), -mpmath.log(P, 2), 4)
    if p > 1e-300:
        odds = mpf(0.25) / mpf(0.75) / (mpf(0.1) / mpf(0.9)) * P / (1 - P)
        shifted = imbalance.correct_prior_shift(p, 0.1, 0.25)
        # exp of the log-odds, each of which is rounded
        assert_close(shifted, odds / (1 + odds), 8 * (8 + abs(float(log_odds))))
    likelier = likelihood.bernoulli_log_likelihood(p, [1, 1, 0])
    assert_close(likelier, 2 * mpmath.log(P) + mpmath.log1p(-P), 8)


ROWS = [
    [40.0, 0.0, -1.0],
    [1e-9, 0.0, -1e-9],
    [700.0, 0.0, -40.0],
    [-745.0, 0.0, 1.0],
    [1e15, 1e15 - 1, 0.0],
    [-math.inf, 0.0, 2.0],
    [5e-324, 0.0, 0.0],
]


@pytest.mark.parametrize("row", ROWS)
def test_losses_of_many_classes(row):
    top = max(exact(row))
    below = [top - z if z > -math.inf else mpmath.inf for z in exact(row)]
    below = [-x for x in below]
    total = mpmath.fsum(mpmath.exp(x) if abs(x) < 1e5 else 0 for x in below)
    for y, x in enumerate(below):
        gap = min(abs(float(x)), 800)
        size = 8 * (1 + gap)
        log_p = x - mpmath.log(total) if abs(x) < 1e5 else x
        assert_close(losses.cross_entropy_from_logits(row, y), -log_p, size)
        assert_close(losses.log_softmax(row)[y], log_p, size)
        if abs(x) < 1e5:
            p = mpmath.exp(x) / total
            others = mpmath.fsum(mpmath.exp(o) for i, o in enumerate(below) if i != y) / total
            assert_close(losses.softmax(row)[y], p, size)
            gradient = losses.softmax_cross_entropy_grad(row, y)[y]
            assert_close(gradient, -others, 8 * (1 + min(800, max(-float(o) for o in below))))


@pytest.mark.parametrize("step", [0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.6, 3, 50])
@pytest.mark.parametrize("row", [[2.0, 1.0, 0.0], [40.0, 0.0, -1.0], [0.0, 0.0, 1e-3]])
@pytest.mark.parametrize("T", [1, 3, 100])
def test_the_soft_part_of_distillation(row, step, T):
    teacher = np.array(row)
    student = teacher + step * np.array([0.3, -0.2, 0.9])
    loss = losses.distillation_loss([student], [teacher], [0], T, 1.0)[0]

    def log_softmax(z):
        numbers = [x / T for x in exact(z)]
        total = mpmath.log(mpmath.fsum(map(mpmath.exp, numbers)))
        return [x - total for x in numbers]

    q, p = log_softmax(teacher), log_softmax(student)
    divergence = mpmath.fsum(mpmath.exp(a) * (a - b) for a, b in zip(q, p, strict=True))
    # exp turns the rounding of log q, up to the gap over T, into a relative error
    gap = (max(row) - min(row) + step) / T
    assert_close(loss, T**2 * divergence, 16 * (2 + gap))


def test_tensors_agree_where_a_class_is_ruled_out():
    student = torch.tensor([[1.0, -math.inf, 2.0, 0.5]], dtype=torch.float64, requires_grad=True)
    teacher = torch.tensor([[0.5, -math.inf, 1.0, -math.inf]], dtype=torch.float64)
    for alpha in (0, 0.3, 1):
        ours = torch_losses.distillation_loss(student, teacher, torch.tensor([2]), 2.0, alpha)
        expected = losses.distillation_loss(student.detach(), teacher, [2], 2.0, alpha)
        assert ours.item() == pytest.approx(expected.item(), rel=8 * EPS)
        (gradient,) = torch.autograd.grad(ours.sum(), student)
        assert gradient.isfinite().all()


@pytest.mark.parametrize("epsilon", [5e-324, 1e-310, 1e-9, 0.1, 1 - 2**-53, 1])
@pytest.mark.parametrize("K", [2, 10, 10**6])
def test_label_smoothing(epsilon, K):
    e = mpf(epsilon)
    wrong, each = e * (K - 1) / K, e / K
    floor = -wrong * mpmath.log(each)
    floor -= (1 - wrong) * mpmath.log1p(-wrong)
    assert_close(losses.smoothing_floor(K, epsilon), floor, 8)
    gap = mpmath.log1p(K * (1 - e) / e)
    assert_close(losses.optimal_logit_gap(K, epsilon), gap, 8)
    assert_close(losses.double_softmax_floor(K), mpmath.log(mpmath.e + K - 1) - 1, 4)


@pytest.mark.parametrize("f", [[0.2, 0.3, 0.5], [1e-310, 0.5, 0.5], [1 - 2**-50, 2**-50, 0]])
def test_scores(f):
    F = exact(f)
    for k in range(3):
        hit = F[k]
        assert_close(scoring.log_score(f, k), -mpmath.log(hit) if hit else mpmath.inf, 2)
        assert_close(scoring.linear_score(f, k), 1 - hit, 2)
        others = [x for i, x in enumerate(F) if i != k]
        brier = (1 - hit) ** 2 + mpmath.fsum(x**2 for x in others)
        assert_close(scoring.quadratic_score(f, k), brier, 4)
        assert_close(losses.brier_score([f], [k])[0], brier, 4)
        norm = mpmath.sqrt(mpmath.fsum(x**2 for x in F))
        spherical = 1 - hit / norm
        # hit / norm is up to 1, and is subtracted from 1: an absolute error
        assert abs(mpf(float(scoring.spherical_score(f, k))) - spherical) <= 4 * EPS


# ------------------------------------------------------------------ sums


def float32_softmax(z):
    """A softmax that adds one by one in float32, as a plain loop does."""
    e = np.exp(np.float32(z) - np.float32(np.max(z)))
    return e / np.add.accumulate(e)[-1]


@pytest.mark.parametrize("num_classes", [2, 100, 5000, 50_000])
def test_a_float32_softmax_is_a_distribution_also_in_float64(num_classes):
    rng = np.random.default_rng(0)
    worst = 0
    for row in (
        rng.normal(size=num_classes),
        rng.normal(scale=5, size=num_classes),
        np.where(np.arange(num_classes) == 0, 3.0, rng.uniform()),
        np.where(np.arange(num_classes) == 0, 9.0, rng.uniform()),
    ):
        p = float32_softmax(row).astype(float)
        worst = max(worst, abs(p.sum() - 1))
        for probabilities in (p, torch.softmax(torch.tensor(row, dtype=torch.float32), 0)):
            assert information.entropy(np.asarray(probabilities, float)) >= 0
    assert num_classes < 5000 or worst > 6.5e-6  # what a fixed 1e-6 refused


@pytest.mark.parametrize("num_classes", [2, 3, 10, 1000, 10_000])
@pytest.mark.parametrize("off", [1e-3, -1e-3, 0.1])
def test_what_was_never_normalised_is_refused(num_classes, off):
    p = np.full(num_classes, (1 + off) / num_classes)
    with pytest.raises(ValueError, match=f"is 1, got {1 + off:.3g}"):
        information.entropy(p)
