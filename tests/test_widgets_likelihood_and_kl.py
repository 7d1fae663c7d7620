"""The scenes of chapter 06's widgets against SciPy, PyTorch and numerical integration."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
import torch.nn.functional as F
from scipy.integrate import quad
from scipy.optimize import minimize

from ce_course.widgets import likelihood_and_kl as widgets
from ce_course.widgets.scene import typeset

# ------------------------------------------------------------------ likelihood_to_loss


@pytest.mark.parametrize("n", [10, 40])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_the_three_curves_are_scipys_and_torchs(n, share):
    k = round(n * share)
    y = np.arange(n) < k
    marks = widgets.likelihood_to_loss_scene(n, share, 0.4).marks
    theta = marks["log curve"].x
    with np.errstate(divide="ignore"):
        log_l = np.array([scipy.stats.bernoulli(t).logpmf(y).sum() for t in theta])
    np.testing.assert_allclose(marks["log curve"].y, log_l, rtol=1e-12)
    shares = np.exp(log_l) / np.exp(log_l).max()
    np.testing.assert_allclose(marks["likelihood curve"].y, shares, rtol=1e-10, atol=1e-15)
    target = torch.tensor(y, dtype=torch.float64)
    for t, loss in zip(theta[1:-1:7], marks["loss curve"].y[1:-1:7], strict=True):
        expected = F.binary_cross_entropy(torch.full_like(target, t), target).item()
        assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n", [10, 40])
@pytest.mark.parametrize("share", np.arange(11) / 10)
def test_three_optima_are_one(n, share):
    marks = widgets.likelihood_to_loss_scene(n, share, 0.5).marks
    best = {
        marks["likelihood curve"].y.argmax(),
        marks["log curve"].y.argmax(),
        marks["loss curve"].y.argmin(),
    }
    assert [marks["log curve"].x[i] for i in best] == [share]
    for name in ("likelihood", "log", "loss"):
        assert list(marks[f"{name} optimum"].x) == [share, share]


def test_seven_heads_in_ten():
    scene = widgets.likelihood_to_loss_scene(10, 0.7, 0.5)
    assert typeset("likelihood 0.000977, log-likelihood -6.9315") in scene.readout
    assert typeset("binary cross-entropy 0.6931 = -(-6.9315) / 10") in scene.readout
    assert "best at θ = 0.70: likelihood 0.00222" in scene.readout
    assert list(scene.marks["loss point"].y) == [pytest.approx(math.log(2))]


@pytest.mark.parametrize("theta", [0.0, 0.01, 0.37, 0.99, 1.0])
def test_the_points_lie_on_the_curves(theta):
    marks = widgets.likelihood_to_loss_scene(10, 0.4, theta).marks
    for name in ("likelihood", "log", "loss"):
        curve, point = marks[f"{name} curve"], marks[f"{name} point"]
        assert [point.x[0], point.y[0]] in np.column_stack([curve.x, curve.y]).tolist()
        assert point.x == [theta]


def test_more_flips_sharpen_the_likelihood_and_leave_the_loss_where_it_is():
    few, many = (widgets.likelihood_to_loss_scene(n, 0.7, 0.5).marks for n in (10, 40))
    np.testing.assert_allclose(few["loss curve"].y, many["loss curve"].y, rtol=1e-12)
    assert (many["likelihood curve"].y > 0.5).sum() < (few["likelihood curve"].y > 0.5).sum()


def test_likelihood_to_loss_opens_everywhere():
    widget = widgets.likelihood_to_loss(n=40, share=1.0, theta=0.0)
    assert widget.values == {"n": 40, "share": 1.0, "theta": 0.0}
    assert "log-likelihood \N{MINUS SIGN}inf" in widget.alt()


# ------------------------------------------------------------------ kl_directions


def mixture_log_density(x, distance):
    left, right = scipy.stats.norm(-distance / 2), scipy.stats.norm(distance / 2)
    weights = np.log([widgets.WEIGHT, 1 - widgets.WEIGHT])
    return np.logaddexp(weights[0] + left.logpdf(x), weights[1] + right.logpdf(x))


def mixture_density(x, distance):
    return np.exp(mixture_log_density(x, distance))


SETTINGS = [(0.0, 0.0, 1.0), (2.0, -1.0, 0.5), (6.0, 2.0, 2.0), (6.0, -3.0, 1.0), (8.0, 5.0, 5.0)]


@pytest.mark.parametrize(("distance", "mu", "sigma"), SETTINGS)
def test_both_divergences_are_the_integrals(distance, mu, sigma):
    q = scipy.stats.norm(mu, sigma)

    def log_ratio(x):
        return mixture_log_density(x, distance) - q.logpdf(x)

    points = [-distance / 2, distance / 2, mu]
    forward, _ = quad(
        lambda x: mixture_density(x, distance) * log_ratio(x), -12, 12, points=points, limit=200
    )
    ends = mu - 9 * sigma, mu + 9 * sigma
    reverse, _ = quad(lambda x: -q.pdf(x) * log_ratio(x), *ends, points=points, limit=200)
    assert widgets.forward_kl(mu, sigma, distance) == pytest.approx(forward, abs=1e-6)
    assert float(widgets.reverse_kl(mu, sigma, distance)) == pytest.approx(reverse, abs=1e-5)


@pytest.mark.parametrize("distance", [0.0, 1.0, 2.4, 4.0, 6.0, 8.0])
def test_the_fits_are_what_an_optimiser_finds(distance):
    def best(divergence):
        starts = [(-distance / 2, 0.0), (0.0, 0.5)]
        found = [
            minimize(lambda v: divergence(v[0], math.exp(v[1])), start, tol=1e-12)
            for start in starts
        ]
        lowest = min(found, key=lambda result: result.fun)
        return lowest.x[0], math.exp(lowest.x[1])

    forward = best(lambda mu, sigma: widgets.forward_kl(mu, sigma, distance))
    np.testing.assert_allclose(widgets.forward_fit(distance), forward, atol=1e-3)
    reverse = best(lambda mu, sigma: float(widgets.reverse_kl(mu, sigma, distance)))
    np.testing.assert_allclose(widgets.reverse_fit(distance), reverse, atol=1e-3)


def test_forward_covers_both_bumps_and_reverse_settles_on_the_larger():
    scene = widgets.kl_directions_scene(6.0, 0.0, 1.0)
    assert typeset("Best forward: mean -0.60, width 3.10") in scene.readout
    mu, sigma = widgets.reverse_fit(6.0)
    assert mu == pytest.approx(-3, abs=0.02) and sigma == pytest.approx(1, abs=0.02)


def test_one_bump_has_one_fit_and_no_divergence():
    scene = widgets.kl_directions_scene(0.0, 0.0, 1.0)
    np.testing.assert_allclose(scene.marks["your KL"].height, 0, atol=1e-9)
    np.testing.assert_allclose(scene.marks["least KL"].height, 0, atol=1e-6)


@pytest.mark.parametrize("distance", widgets.DISTANCES[::4])
def test_no_gaussian_is_below_the_smallest(distance):
    rng = np.random.default_rng(0)
    for mu, sigma in zip(rng.uniform(-5, 5, 40), rng.uniform(0.4, 5, 40), strict=True):
        marks = widgets.kl_directions_scene(distance, mu, sigma).marks
        assert (marks["your KL"].height >= np.array(marks["least KL"].height) - 1e-6).all()


def test_the_densities_are_drawn():
    marks = widgets.kl_directions_scene(4.0, 1.0, 1.5).marks
    x = marks["mixture"].x
    np.testing.assert_allclose(marks["mixture"].y, mixture_density(x, 4.0), rtol=1e-10)
    np.testing.assert_allclose(marks["yours"].y, scipy.stats.norm(1.0, 1.5).pdf(x), rtol=1e-10)


def test_kl_directions_opens_where_it_is_told():
    widget = widgets.kl_directions(distance=3.0, mu=-1.0)
    assert widget.values == {"distance": 3.0, "mu": -1.0, "sigma": 2.0}
