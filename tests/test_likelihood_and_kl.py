"""The formulas of chapter 06 against SciPy, mpmath, scikit-learn and closed forms."""

import math

import mpmath
import numpy as np
import pytest
import scipy.stats
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import brier_score_loss, log_loss

from ce_course import information, likelihood, losses, scoring

EPS = np.finfo(np.float64).eps

# ------------------------------------------------------------------ likelihood


@pytest.mark.parametrize("theta", [1e-12, 0.3, 0.5, 0.999])
@pytest.mark.parametrize("seed", range(3))
def test_the_bernoulli_log_likelihood_is_scipys(theta, seed):
    y = np.random.default_rng(seed).integers(0, 2, size=50)
    expected = scipy.stats.bernoulli(theta).logpmf(y).sum()
    assert likelihood.bernoulli_log_likelihood(theta, y) == pytest.approx(expected, rel=1e-12)


def test_it_is_minus_the_sum_of_the_binary_cross_entropies():
    y = np.array([1, 0, 1, 1])
    expected = -losses.binary_cross_entropy(np.full(4, 0.3), y).sum()
    assert likelihood.bernoulli_log_likelihood(0.3, y) == pytest.approx(expected, rel=1e-14)


def test_impossible_and_certain_labels():
    theta = np.array([0.0, 1.0])
    for y, expected in (([0, 0], [0, -np.inf]), ([1, 1], [-np.inf, 0]), ([0, 1], [-np.inf] * 2)):
        np.testing.assert_array_equal(likelihood.bernoulli_log_likelihood(theta, y), expected)


def test_two_thousand_labels_do_not_underflow():
    y = np.arange(2000) % 2
    got = likelihood.bernoulli_log_likelihood(0.5, y)
    assert got == pytest.approx(-2000 * math.log(2), rel=1e-14)


@pytest.mark.parametrize(
    ("theta", "y", "message"),
    [(1.2, [0, 1], "theta: expected values from 0 to 1, got 1.2"), (0.5, [0, 2], "y: expected")],
)
def test_bad_input_to_the_log_likelihood(theta, y, message):
    with pytest.raises(ValueError, match=message):
        likelihood.bernoulli_log_likelihood(theta, y)


def test_the_categorical_mle_is_what_an_optimiser_finds():
    counts = np.array([3, 1, 6])

    def negative_log_likelihood(z):
        return -(counts * losses.log_softmax(z)).sum()

    found = losses.softmax(minimize(negative_log_likelihood, np.zeros(3), tol=1e-10).x)
    np.testing.assert_allclose(likelihood.categorical_mle(counts), found, atol=1e-5)


def test_the_mle_of_each_row():
    got = likelihood.categorical_mle([[1, 1], [0, 5]])
    np.testing.assert_array_equal(got, [[0.5, 0.5], [0, 1]])


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, -1], "finite counts >= 0, got -1.0 at index 1"),
        ([0, 0], "at least one observation"),
        (3, "one count for each class"),
        ([1, np.inf], "finite"),
    ],
)
def test_bad_counts(counts, message):
    with pytest.raises(ValueError, match=message):
        likelihood.categorical_mle(counts)


# ------------------------------------------------------------------ divergences


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("base", [math.e, 2])
def test_jensen_shannon_is_the_square_of_scipys_distance(seed, base):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(5), size=2)
    expected = jensenshannon(p, q, base) ** 2
    assert information.jensen_shannon(p, q, base) == pytest.approx(expected, rel=1e-9)


def test_jensen_shannon_is_symmetric_bounded_and_exact_at_its_ends():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.full(4, 0.2), size=(2, 500))
    divergence = information.jensen_shannon(p, q, 2)
    np.testing.assert_allclose(divergence, information.jensen_shannon(q, p, 2), rtol=1e-13)
    assert (divergence > 0).all() and (divergence < 1).all()
    assert information.jensen_shannon([1, 0, 0], [0, 1, 0], 2) == 1
    assert information.jensen_shannon([0.3, 0.7, 0], [0.3, 0.7, 0]) == 0


def test_the_root_of_jensen_shannon_keeps_the_triangle_inequality_and_kl_does_not():
    p, q, r = np.random.default_rng(1).dirichlet(np.ones(3), size=(3, 2000))
    for divergence, holds in (
        (information.jensen_shannon, True),
        (information.kl_divergence, False),
    ):
        d = [np.sqrt(divergence(a, b)) for a, b in ((p, r), (p, q), (q, r))]
        assert bool((d[0] <= d[1] + d[2] + 1e-12).all()) is holds


def exact_kl_gaussian(m1, s1, m2, s2):
    m1, s1, m2, s2 = (mpmath.mpf(float(x)) for x in (m1, s1, m2, s2))
    return mpmath.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - mpmath.mpf(1) / 2


@pytest.mark.parametrize("d", [0, 1e-15, 1e-8, 1e-3, 0.2, 0.2499999, 0.25, 0.3, -0.2, -0.9, 1e3])
@pytest.mark.parametrize("shift", [0, 1e-9, 2])
def test_kl_gaussian_is_accurate_also_where_it_is_nearly_zero(d, shift):
    s1, s2 = 1.7 * (1 + d), 1.7
    with mpmath.workdps(60):
        exact = exact_kl_gaussian(shift, s1, 0, s2)
        error = abs(mpmath.mpf(float(information.kl_gaussian(shift, s1, 0, s2))) - exact)
        assert error <= 16 * EPS * exact


def test_kl_gaussian_is_the_integral():
    p, q = scipy.stats.norm(0.3, 0.8), scipy.stats.norm(-1, 2)
    integral, _ = quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -10, 10)
    assert information.kl_gaussian(0.3, 0.8, -1, 2) == pytest.approx(integral, rel=1e-9)


def test_kl_gaussian_broadcasts_and_keeps_float32():
    got = information.kl_gaussian(
        np.zeros(3, np.float32), np.float32(1), np.float32(1), np.float32(1)
    )
    np.testing.assert_array_equal(got, np.full(3, 0.5))
    assert got.dtype == np.float32


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((0, 0, 0, 1), "sigma1: expected positive"),
        ((0, 1, 0, -2), "sigma2"),
        ((np.inf, 1, 0, 1), "mu1"),
    ],
)
def test_bad_gaussians(args, message):
    with pytest.raises(ValueError, match=message):
        information.kl_gaussian(*args)


# ------------------------------------------------------------------ scores


def test_the_mean_scores_are_scikit_learns():
    rng = np.random.default_rng(0)
    forecasts, outcomes = rng.dirichlet(np.ones(3), size=40), rng.integers(0, 3, size=40)
    pairs = list(zip(forecasts, outcomes, strict=True))
    log = np.mean([scoring.log_score(f, k) for f, k in pairs])
    quadratic = np.mean([scoring.quadratic_score(f, k) for f, k in pairs])
    assert log == pytest.approx(log_loss(outcomes, forecasts, labels=[0, 1, 2]), rel=1e-12)
    brier = brier_score_loss(outcomes, forecasts, labels=[0, 1, 2], scale_by_half=False)
    assert quadratic == pytest.approx(brier, rel=1e-12)


def test_linear_is_half_of_absolute():
    forecast = np.array([0.2, 0.5, 0.3])
    for k in range(3):
        assert scoring.absolute_score(forecast, k) == pytest.approx(
            2 * scoring.linear_score(forecast, k)
        )


def test_the_expected_log_score_is_the_cross_entropy():
    p, q = [0.7, 0.2, 0.1], [0.5, 0.5, 0.0]
    assert scoring.expected_score(scoring.log_score, p, q) == math.inf
    assert scoring.expected_score(scoring.log_score, q, p) == pytest.approx(
        information.cross_entropy(q, p)
    )
    assert scoring.expected_score(scoring.log_score, [1, 0], [1.0, 0.0]) == 0


@pytest.mark.parametrize("num_classes", [2, 3, 4])
@pytest.mark.parametrize(
    ("score", "proper"),
    [
        (scoring.log_score, True),
        (scoring.quadratic_score, True),
        (scoring.spherical_score, True),
        (scoring.zero_one_score, True),
        (scoring.absolute_score, False),
        (scoring.linear_score, False),
        (scoring.focal_score, False),
        (lambda f, k: -scoring.log_score(f, k), False),
        (lambda f, k: 0.0, True),
    ],
)
def test_proper_and_improper_scores_are_told_apart(score, proper, num_classes):
    steps = 12 if num_classes < 4 else 8
    assert scoring.is_proper(score, num_classes, steps) is proper


def test_a_score_that_looks_at_one_class_only_is_proper_for_two_classes_not_for_three():
    def one_class(forecast, outcome):
        return (1 - forecast[outcome]) ** 2

    assert scoring.is_proper(one_class, num_classes=2)
    assert not scoring.is_proper(one_class, num_classes=3)


def test_the_table_of_expected_scores():
    truths, forecasts = np.eye(3), scoring.distribution_grid(3, 3)
    table = scoring.expected_scores(scoring.log_score, truths, forecasts)
    expected = [
        [scoring.expected_score(scoring.log_score, t, f) for f in forecasts] for t in truths
    ]
    np.testing.assert_array_equal(table, expected)


def test_the_grid_of_distributions():
    grid = scoring.distribution_grid(3, 4)
    assert len(grid) == math.comb(4 + 2, 2) == len({tuple(row) for row in grid})
    np.testing.assert_allclose(grid.sum(axis=1), 1)
    assert grid.min() == 0 and grid.max() == 1


@pytest.mark.parametrize(
    ("truth", "forecast"), [([0.5, 0.6], [0.5, 0.5]), ([1, 0], [0.2, 0.3, 0.5])]
)
def test_bad_distributions(truth, forecast):
    with pytest.raises(ValueError, match="expected"):
        scoring.expected_score(scoring.log_score, truth, forecast)


SCORES = [score for name, score in vars(scoring).items() if name.endswith("_score")]
SCORES.remove(scoring.expected_score)


@pytest.mark.parametrize("score", SCORES)
def test_scores_take_a_class_of_a_distribution(score):
    assert score([0.25, 0.75], 1) == score(np.array([0.25, 0.75]), np.int64(1))
    for outcome in (3.5, -1, 2, [0, 1], None, "0", 2**63):
        with pytest.raises(ValueError, match=r"outcome: expected a class from 0 to 1,"):
            score([0.25, 0.75], outcome)
    for forecast in ([0.5, 0.6], [[0.25, 0.75]], 1.0, [1.5, -0.5], "ab"):
        with pytest.raises(ValueError, match="forecast: expected"):
            score(forecast, 0)


def test_grids_that_no_memory_holds_are_refused_before_they_are_made():
    for bad, message in [
        ((math.nan, 10), "num_classes: expected a whole number from 1 on, got nan"),
        ((3, 10**60), "steps: expected a whole .* at most 134217728, got an integer of 200 bits"),
        ((3, 2.5), "steps: expected a whole number from 1 on, got 2.5"),
        ((3, 10**6), r"a grid of at most 134217728 numbers, got 10\^11.7 distributions over 3"),
        ((10**7, 10**7), r"num_classes, steps: .*got 10\^"),
    ]:
        with pytest.raises(ValueError, match=message):
            scoring.distribution_grid(*bad)
    with pytest.raises(ValueError, match="num_classes, steps: expected at most 134217728 numbers"):
        scoring.is_proper(scoring.log_score, 3, 1000)
    np.testing.assert_array_equal(scoring.distribution_grid(1, 5), [[1]])
    np.testing.assert_array_equal(scoring.distribution_grid(2, 2), [[0, 1], [0.5, 0.5], [1, 0]])


def test_a_score_gives_one_number():
    for score, message in [
        (lambda f, k: "dear", "score: expected real numbers"),
        (lambda f, k: math.nan, "score: expected numbers, got nan"),
        (lambda f, k: f, r"score: expected one number, got shape \(2,\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            scoring.expected_score(score, [0.5, 0.5], [0.25, 0.75])
    with pytest.raises(TypeError, match=r"score: expected a function, got 3\.5"):
        scoring.is_proper(3.5)
