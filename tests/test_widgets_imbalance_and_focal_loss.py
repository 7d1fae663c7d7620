"""The scenes of chapter 08's widgets against PyTorch, SciPy and sums over simulated people."""

import numpy as np
import pytest
import scipy.stats
import torch
import torch.nn.functional as F

from ce_course import calibration, data, losses
from ce_course.widgets import imbalance_and_focal_loss as widgets

# ------------------------------------------------------------------ focal_explorer


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.99])
def test_loss_and_slope_are_torchs(gamma, alpha):
    marks = widgets.focal_explorer_scene(gamma, alpha, "trained", 0.3).marks
    p_t = torch.tensor(marks["focal"].x, dtype=torch.float64)
    z = torch.logit(p_t).requires_grad_()
    scale = 1 if alpha is None else alpha
    loss = -scale * (1 - torch.sigmoid(z)) ** gamma * F.logsigmoid(z)
    (slope,) = torch.autograd.grad(loss.sum(), z)
    np.testing.assert_allclose(marks["focal"].y, loss.detach(), rtol=1e-9)
    np.testing.assert_allclose(marks["focal slope"].y, -slope, rtol=1e-9)
    np.testing.assert_allclose(marks["ce"].y, -p_t.log(), rtol=1e-12)
    np.testing.assert_allclose(marks["ce slope"].y, 1 - p_t, rtol=1e-12)


@pytest.mark.parametrize("p_t", [0.01, 0.3, 0.9, 0.99])
def test_the_points_lie_on_the_curves(p_t):
    marks = widgets.focal_explorer_scene(2.0, None, "trained", p_t).marks
    for curve in ("ce", "focal", "ce slope", "focal slope"):
        point = marks[f"{curve} point"]
        at = np.flatnonzero(np.isclose(marks[curve].x, p_t))
        assert point.x == [p_t] and point.y == [marks[curve].y[at[0]]]


def each_example(state):
    """Margins and classes of all examples, one by one, from the table or from the prior."""
    table = np.loadtxt(data.RESOURCES / "letter_margins.csv", delimiter=",", skiprows=1)
    others, rare = table[:, 1].astype(int), table[:, 2].astype(int)
    y = np.repeat([0, 1], [others.sum(), rare.sum()])
    if state == "trained":
        return np.concatenate([np.repeat(table[:, 0], others), np.repeat(table[:, 0], rare)]), y
    z = 0.0 if state == "half" else np.log(y.mean() / (1 - y.mean()))
    return np.where(y == 1, z, -z), y


@pytest.mark.parametrize("state", widgets.STATES.values())
@pytest.mark.parametrize(("gamma", "alpha"), [(0.0, None), (2.0, None), (0.5, 0.25), (5.0, 0.99)])
def test_the_shares_are_sums_over_all_examples(state, gamma, alpha):
    m, y = each_example(state)
    loss = losses.focal_loss(np.where(y == 1, m, -m), y, gamma, alpha)
    easy = losses.sigmoid(m) > 0.9
    groups = [loss[(y == label) & (easy == flag)].sum() for label in (0, 1) for flag in (1, 0)]
    np.testing.assert_allclose(widgets.shares(state, gamma, alpha), groups / loss.sum(), rtol=1e-9)


def test_what_the_chapter_says_of_the_shares():
    trained, half, prior = (widgets.shares(s, 0.0, None) for s in ("trained", "half", "prior"))
    assert trained[0] == pytest.approx(0.15, abs=0.01)
    assert half[:2].sum() == pytest.approx(0.99, abs=0.005)
    assert prior[:2].sum() == pytest.approx(0.18, abs=0.005)
    np.testing.assert_allclose(widgets.shares("half", 5.0, None), half)
    assert widgets.shares("trained", 2.0, None)[0] < 0.002


def test_the_focal_readout_has_the_numbers():
    scene = widgets.focal_explorer_scene(2.0, None, "trained", 0.1)
    assert "pₜ = 0.10: cross-entropy 2.3026, focal loss 1.8651 (0.81 times it)" in scene.readout
    assert "slopes 0.9000 and 1.1020" in scene.readout
    widget = widgets.focal_explorer(gamma=0.5, alpha=0.25, state="half", p_t=0.99)
    assert widget.values == {"gamma": 0.5, "alpha": 0.25, "state": "half", "p_t": 0.99}
    assert "α = 0.25" in widget.alt()


# ------------------------------------------------------------------ threshold_explorer


@pytest.mark.parametrize("prevalence", [0.001, 0.02, 0.5])
@pytest.mark.parametrize("threshold", [0.001, 0.02, 0.5, 0.9])
@pytest.mark.parametrize("balanced", [False, True])
def test_rates_are_those_of_the_probabilities(prevalence, threshold, balanced):
    """From the definition: the posterior of two normal densities crosses the threshold where?"""
    score = np.linspace(-12, 14, 260_001)
    prior = 0.5 if balanced else prevalence
    one = prior * scipy.stats.norm.pdf(score, loc=widgets.DISTANCE)
    posterior = one / (one + (1 - prior) * scipy.stats.norm.pdf(score))
    cut = score[posterior >= threshold][0]
    odds = np.log(threshold / (1 - threshold))
    recall, false = widgets.rates(odds, prevalence, balanced)
    assert recall == pytest.approx(scipy.stats.norm.sf(cut, loc=widgets.DISTANCE), abs=1e-4)
    assert false == pytest.approx(scipy.stats.norm.sf(cut), abs=1e-4)


@pytest.mark.parametrize("cost_fn", widgets.COSTS)
@pytest.mark.parametrize("prevalence", [0.002, 0.02, 0.3])
def test_the_costs_alone_give_the_best_threshold_of_a_calibrated_model(cost_fn, prevalence):
    marks = widgets.threshold_explorer_scene(prevalence, 0.5, cost_fn, False).marks
    curve, line = marks["cost"], marks["from costs"]
    odds = line.x[0]
    assert losses.sigmoid(odds) == pytest.approx(float(calibration.bayes_threshold(1, cost_fn)))
    at_best = widgets.relative_cost(*widgets.rates(odds, prevalence, False), prevalence, cost_fn)
    assert at_best <= np.nanmin(curve.y) + 1e-12


def test_balanced_weights_slide_the_curve_and_nothing_else():
    plain, weighted = (
        widgets.threshold_explorer_scene(0.02, 0.5, 30, balanced).marks for balanced in (0, 1)
    )
    np.testing.assert_array_equal(plain["curve"].y, weighted["curve"].y)
    shift = np.log(0.98 / 0.02)
    for odds in (-3.0, -1.0, 0.5):
        np.testing.assert_allclose(
            widgets.rates(odds, 0.02, False), widgets.rates(odds + shift, 0.02, True), rtol=1e-9
        )
    assert np.nanmin(weighted["cost"].y) == pytest.approx(np.nanmin(plain["cost"].y), abs=2e-3)
    assert np.nanargmin(weighted["cost"].y) > np.nanargmin(plain["cost"].y)


@pytest.mark.parametrize("balanced", [False, True])
def test_the_confusion_matrix_adds_up_and_the_points_lie_on_the_curves(balanced):
    for threshold in widgets.THRESHOLDS[::9]:
        scene = widgets.threshold_explorer_scene(0.05, threshold, 10, balanced)
        found, missed, alarms, rest = (
            float(text.replace(",", "")) for text in scene.marks["counts"].text
        )
        assert abs(found + missed - 5_000) <= 1 and abs(alarms + rest - 95_000) <= 1
        point, curve = scene.marks["point"], scene.marks["curve"]
        order = np.argsort(curve.x)
        on_curve = np.interp(point.x[0], curve.x[order], curve.y[order])
        assert point.y[0] == pytest.approx(on_curve, abs=0.01)
        cost, line = scene.marks["cost point"], scene.marks["cost"]
        if cost.y[0] < 2.5:  # higher up the curve is not drawn
            on_curve = np.interp(cost.x[0], line.x, line.y)
            assert cost.y[0] == pytest.approx(on_curve, abs=0.01)


def test_simulated_people_agree_with_the_readout():
    rng = np.random.default_rng(0)
    n, prevalence = 400_000, 0.02
    y = np.arange(n) < n * prevalence
    score = rng.normal(size=n) + widgets.DISTANCE * y
    odds = widgets.DISTANCE * score - widgets.DISTANCE**2 / 2 + np.log(prevalence / 0.98)
    yes = losses.sigmoid(odds) >= 0.1
    scene = widgets.threshold_explorer_scene(prevalence, 0.1, 30, False)
    recall = (yes & y).sum() / y.sum()
    precision = (yes & y).sum() / yes.sum()
    assert scene.marks["point"].x[0] == pytest.approx(recall, abs=0.02)
    assert scene.marks["point"].y[0] == pytest.approx(precision, abs=0.02)


def test_threshold_explorer_opens_everywhere():
    widget = widgets.threshold_explorer(prevalence=0.001, threshold=0.999, cost_fn=1, balanced=True)
    assert "Prevalence 0.1%, threshold 0.999" in widget.alt()
    assert np.isclose(widgets.THRESHOLDS, 0.5).any()
