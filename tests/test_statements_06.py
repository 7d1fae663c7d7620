"""What chapter 06 says, computed another way: priors, slopes, calibration, wrong models."""

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from ce_course import information, likelihood, losses, scoring
from ce_course.widgets import likelihood_and_kl as widgets

pytestmark = pytest.mark.trains


def test_one_more_of_each_count_is_the_most_probable_die_under_the_prior():
    counts = np.array([5, 4, 0])

    def minus_log_posterior(z):  # the likelihood times the product of all sides
        return -((counts + 1) * losses.log_softmax(z)).sum()

    found = losses.softmax(minimize(minus_log_posterior, np.zeros(3), tol=1e-12).x)
    np.testing.assert_allclose(found, likelihood.categorical_mle(counts + 1), atol=1e-6)


@pytest.mark.parametrize("width", [0.5, 1.0, 10.0])
def test_a_gaussian_prior_on_the_weights_is_scikit_learns_penalty(width):
    X, y = np.array([[-2.0, 1], [-1, 0], [1, 1], [2, -1]]), np.array([0, 0, 1, 1])

    def minus_log_posterior(w):
        loss = losses.binary_cross_entropy_with_logits(X @ w, y).sum()
        return loss - norm(0, width).logpdf(w).sum()

    found = minimize(minus_log_posterior, np.zeros(2), tol=1e-10).x
    model = LogisticRegression(C=width**2, fit_intercept=False, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(found, model.coef_[0], rtol=1e-3)


def test_without_a_prior_a_line_that_separates_has_no_best_slope():
    dose, ill = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1])
    nll = [losses.binary_cross_entropy_with_logits(w * dose, ill).sum() for w in range(1, 30)]
    assert (np.diff(nll) < 0).all()


def js(distance):
    x = np.linspace(-15, 35, 5001)
    q, p = np.exp(-(x**2) / 2), np.exp(-((x - distance) ** 2) / 2)
    return information.jensen_shannon(q / q.sum(), p / p.sum())


def mmd2(distance):
    return 2 * 10 / np.sqrt(102) * (1 - np.exp(-(distance**2) / 204))


@pytest.mark.parametrize("distance", [1.0, 8.0])
def test_the_chapters_mmd_is_the_integral(distance):
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)  # for the mean under N(0, 1)
    weights = weights / weights.sum()

    def mean_kernel(a, b):
        gap = (a + nodes)[:, None] - (b + nodes)
        return weights @ np.exp(-(gap**2) / 200) @ weights

    expected = 2 * mean_kernel(0, 0) - 2 * mean_kernel(0, distance)
    assert mmd2(distance) == pytest.approx(expected, abs=1e-12)


def test_a_bounded_divergence_may_keep_its_slope_where_two_have_nothing_in_common():
    slopes = [(f(8.001) - f(7.999)) / 0.002 for f in (js, mmd2)]
    assert slopes[0] < 0.0005 and slopes[1] > 0.1
    assert mmd2(1000.0) <= 2 and js(30.0) <= np.log(2) + 1e-12


def test_telling_everybody_the_mean_is_calibrated_and_wrong():
    risks = np.arange(1, 10) / 10
    assert risks.mean() == pytest.approx(0.5)
    assert np.abs(0.5 - risks).mean() == pytest.approx(2 / 9)


def test_three_patients_of_a_kind_are_hardly_better_than_one_half_for_all_under_either_loss():
    risks = np.arange(1, 10) / 10
    shares = np.random.default_rng(0).binomial(3, risks, size=(2000, 9)) / 3
    log = np.abs(shares - risks).mean(axis=1)
    focal = np.abs(losses.focal_minimiser(shares, 2.0) - risks).mean(axis=1)
    assert 0.2 < (log > 2 / 9).mean() < 0.45  # one half for all is off by 2 / 9
    assert abs(focal.mean() - log.mean()) < 0.005


def test_proper_scores_part_where_the_model_cannot_be_right_and_agree_where_it_can():
    x = np.linspace(-2, 2, 9)

    def best_line(truth, loss):
        return minimize(lambda w: loss(expit(w[0] * x + w[1]), truth).mean(), [0, 0], tol=1e-10).x

    def square(p, q):
        return (p - q) ** 2

    curved, straight = expit(x**2 + x - 1), expit(0.7 * x - 0.2)
    apart = best_line(curved, losses.binary_cross_entropy) - best_line(curved, square)
    assert abs(apart[1]) > 0.05
    for loss in (losses.binary_cross_entropy, square):
        np.testing.assert_allclose(best_line(straight, loss), [0.7, -0.2], atol=1e-3)


@pytest.mark.parametrize("z", [-2.0, 0.5])
def test_the_probit_models_gradient_is_not_p_minus_y(z):
    slope = float(mpmath.diff(lambda t: -mpmath.log(mpmath.ncdf(t)), z))
    assert slope == pytest.approx(-norm.pdf(z) / norm.cdf(z), rel=1e-8)
    assert slope / (norm.cdf(z) - 1) == pytest.approx({-2.0: 2.43, 0.5: 1.65}[z], abs=0.01)


def test_the_scores_are_those_of_the_chapters_table():
    f, one_hot = np.array([0.2, 0.5, 0.3]), np.eye(3)
    for k in range(3):
        expected = {
            scoring.log_score: -np.log(f[k]),
            scoring.quadratic_score: ((f - one_hot[k]) ** 2).sum(),
            scoring.spherical_score: 1 - f[k] / np.linalg.norm(f),
            scoring.zero_one_score: float(k != 1),
            scoring.absolute_score: np.abs(f - one_hot[k]).sum(),
            scoring.linear_score: 1 - f[k],
            scoring.focal_score: -((1 - f[k]) ** 2) * np.log(f[k]),
        }
        for score, value in expected.items():
            assert score(f, k) == pytest.approx(value, rel=1e-14)


def test_the_two_bump_widget_puts_what_happens_first_in_the_forward_direction():
    scene = widgets.kl_directions_scene(6.0, 2.0, 2.0)
    assert "forward KL(q‖p) 1.574 nats, reverse KL(p‖q) 1.123" in scene.readout
