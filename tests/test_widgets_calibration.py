"""The scenes of chapter 09's widgets against PyTorch, simulation and closed forms."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from ce_course import calibration, data
from ce_course.widgets import calibration as widgets

NETWORK = data.VALIDATION_LOGITS[0]


def diagram(network=NETWORK, T=1.0, num_bins=15):
    return widgets.reliability_diagram_scene(network, T, num_bins)


# ------------------------------------------------------------------ reliability_diagram


@pytest.mark.parametrize("network", data.VALIDATION_LOGITS)
@pytest.mark.parametrize("T", [0.2, 1.0, 5.0])
def test_the_readout_is_what_torch_computes(network, T):
    z, y = (torch.tensor(part) for part in data.validation_logits()[network])
    loss = F.cross_entropy(z / T, y).item()
    confidence, predicted = torch.softmax(z / T, 1).max(1)
    accuracy = (predicted == y).double().mean().item()
    scene = diagram(network, T)
    assert f"NLL {loss:.4f} nats" in scene.readout
    assert (
        f"mean confidence {confidence.mean().item():.3f}, accuracy {accuracy:.3f}" in scene.readout
    )


@pytest.mark.parametrize("num_bins", [1, 15, widgets.MOST_BINS])
def test_the_diagram_shows_the_bins_and_their_intervals(num_bins):
    z, y = data.validation_logits()[NETWORK]
    confidence, correct = calibration.top_label(z / 2.0, y)
    near = widgets.TEMPERATURES[np.argmin(np.abs(widgets.TEMPERATURES - 2.0))]
    confidence = calibration.top_label(z / near, y)[0]
    bins = calibration.reliability_bins(confidence, correct, num_bins)
    marks = diagram(T=2.0, num_bins=num_bins).marks
    np.testing.assert_array_equal(marks["points"].x[:num_bins], bins.confidence)
    np.testing.assert_array_equal(marks["accuracy"].height[:num_bins], bins.accuracy)
    assert np.isnan(marks["accuracy"].height[num_bins:]).all()
    posts = marks["interval"].y.reshape(-1, 3)[:num_bins]
    for (low, high, gap), n, share in zip(posts, bins.count, bins.accuracy, strict=True):
        assert np.isnan(gap)
        if n > 0:
            theirs = stats.binomtest(round(n * share), int(n)).proportion_ci(method="wilson")
            assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_the_number_of_bins_off_the_diagonal_is_counted():
    marks, readout = diagram().marks, diagram().readout
    low, high, _ = marks["interval"].y.reshape(-1, 3).T
    x = marks["points"].x
    outside = ((x < low) | (x > high)).sum()
    filled = np.isfinite(x).sum()
    assert f"In {outside} of {filled} filled bins" in readout


@pytest.mark.parametrize("network", data.VALIDATION_LOGITS)
def test_the_curves_pass_through_one_and_the_loss_is_lowest_where_it_says(network):
    scene = diagram(network, num_bins=10)
    for name in ("nll", "ece"):
        curve = scene.marks[name]
        assert curve.y[list(widgets.TEMPERATURES).index(1.0)] == 1.0
    lowest = widgets.TEMPERATURES[np.nanargmin(scene.marks["nll"].y)]
    best = calibration.fit_temperature(*data.validation_logits()[network])
    assert lowest == pytest.approx(best, rel=0.03)
    assert f"The NLL is lowest at T = {best:.2f}" in scene.readout


def test_the_ece_is_that_of_the_formula():
    z, y = data.validation_logits()[NETWORK]
    expected = calibration.expected_calibration_error(*calibration.top_label(z, y), 7)
    assert f"ECE {expected:.4f}" in diagram(num_bins=7).readout


def test_reliability_diagram_opens_on_every_network():
    for network in data.VALIDATION_LOGITS:
        widget = widgets.reliability_diagram(network=network, T=2.5, num_bins=5)
        assert widget.values["network"] == network and widget.values["num_bins"] == 5


# ------------------------------------------------------------------ decision_explorer


def simulate(model, threshold, n=2_000_000):
    """Found, missed and alarmed of 1000 people, by drawing them."""
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-4, 1.6, n)
    ill = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    slope, shift = widgets.MODELS[model]
    yes = 1 / (1 + np.exp(-slope * log_odds - shift)) >= threshold
    return [1000 * part.mean() for part in (yes & ill, ~yes & ill, yes & ~ill)]


@pytest.mark.parametrize("model", widgets.MODELS)
@pytest.mark.parametrize("threshold", [0.02, 0.3])
def test_the_shares_are_those_of_a_simulation(model, threshold):
    near = widgets.THRESHOLDS[np.argmin(np.abs(widgets.THRESHOLDS - threshold))]
    found, alarms = (1000 * float(v) for v in widgets.screened(widgets.MODELS[model], near))
    missed = 1000 * widgets.PREVALENCE - found
    for got, drawn in zip((found, missed, alarms), simulate(model, near), strict=True):
        deviation = np.sqrt(drawn * (1000 - drawn) / 2_000_000)
        assert abs(got - drawn) < 4 * deviation + 0.001 * drawn


@pytest.mark.parametrize("model", widgets.MODELS)
@pytest.mark.parametrize("cost_fn", [1, 10, 49, 199])
def test_the_least_cost_is_the_same_for_all_models_and_nothing_is_below_it(model, cost_fn):
    marks = widgets.decision_explorer_scene(model, cost_fn, 0.5).marks
    least = marks["lowest"].y[0]
    assert np.min(marks["cost"].y) >= least * (1 - 1e-9)
    assert np.min(marks["cost"].y) < least * 1.01
    calibrated = widgets.decision_explorer_scene("calibrated", cost_fn, 0.5).marks
    assert least == calibrated["lowest"].y[0]


@pytest.mark.parametrize("cost_fn", [1, 10, 49, 199])
def test_the_calibrated_model_is_cheapest_at_the_bayes_threshold(cost_fn):
    marks = widgets.decision_explorer_scene("calibrated", cost_fn, 0.5).marks
    cheapest = widgets.THRESHOLDS[np.argmin(marks["cost"].y)]
    assert cheapest == pytest.approx(1 / (1 + cost_fn), rel=0.06)
    assert marks["bayes"].x == [1 / (1 + cost_fn)] * 2


def test_the_point_lies_on_both_curves_and_the_readout_says_so():
    scene = widgets.decision_explorer_scene("over-confident: logits doubled", 49, 0.0198)
    you, cost = scene.marks["you"], scene.marks["cost"]
    at = list(cost.x).index(0.0198)
    assert you.y[0] == cost.y[at]
    # doubled log-odds of 0.0198 belong to log-odds half as large
    half = 1 / (1 + np.sqrt((1 - 0.0198) / 0.0198))
    assert scene.marks["acts"].y[0] == pytest.approx(half, rel=1e-12)
    assert f"a true risk of {half:.3g}" in scene.readout
    assert f"{1000 * widgets.PREVALENCE:.0f} are ill" in scene.readout


def test_class_weights_put_the_prevalence_at_one_half():
    slope, shift = widgets.MODELS["trained with class weights"]
    assert widgets.true_risk((slope, shift), 0.5) == pytest.approx(widgets.PREVALENCE, rel=1e-12)
    weight = (1 - widgets.PREVALENCE) / widgets.PREVALENCE
    assert shift == pytest.approx(np.log(weight), rel=1e-12)


def test_decision_explorer_opens_on_every_model():
    for model in widgets.MODELS:
        widget = widgets.decision_explorer(model=model, cost_fn=10, threshold=0.1)
        assert widget.values["model"] == model and widget.values["cost_fn"] == 10
