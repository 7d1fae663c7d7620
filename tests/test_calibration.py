"""calibration.py against published formulas, closed forms and libraries; the stored logits."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.metrics import brier_score_loss

from ce_course import calibration, data, experiments, losses
from ce_course.experiments import calibration as trained

quick = settings(max_examples=100, deadline=None, derandomize=True)


def draw(seed, n=500):
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.1, 1, n)
    return confidence, (rng.random(n) < confidence**1.5).astype(int)


# ------------------------------------------------------------------ bins and ECE


def test_an_edge_belongs_to_the_bin_below_and_0_to_the_first():
    bins = calibration.reliability_bins([0.0, 0.25, 0.5, 0.75, 1.0], [1, 0, 1, 0, 1], 4)
    assert bins.count.tolist() == [2, 1, 1, 1]
    assert bins.confidence.tolist() == [0.125, 0.5, 0.75, 1.0]
    assert bins.accuracy.tolist() == [0.5, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("num_bins", [3, 7, 10, 15, 49])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_edges_of_a_format_belong_to_the_bin_below(num_bins, dtype):
    edges = (np.arange(1, num_bins + 1) / num_bins).astype(dtype)
    bins = calibration.reliability_bins(edges, np.ones(num_bins), num_bins)
    assert bins.count.tolist() == [1] * num_bins
    above = np.nextafter(edges[:-1], dtype(1))
    bins = calibration.reliability_bins(above, np.ones(num_bins - 1), num_bins)
    assert bins.count.tolist() == [0] + [1] * (num_bins - 1)


def from_solutions(name):
    """A function as the solutions of chapter 09 have it."""
    path = Path(__file__).parents[1] / "solutions" / "09_calibration" / "09_calibration.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    (code,) = [text for c in cells if (text := "".join(c["source"])).startswith(f"def {name}(")]
    scope = {"np": np}
    exec(code, scope)
    return scope[name]


@pytest.mark.parametrize("num_bins", [1, 2, 10, 25, 29, 35, 38, 49, 100])
def test_the_exercises_solutions_put_edges_where_the_formulas_put_them(num_bins):
    edges = np.arange(num_bins + 1) / num_bins  # 7 / 25 * 25 is more than 7 after rounding
    p = np.concatenate([edges, np.nextafter(edges[:-1], 1), np.nextafter(edges[1:], 0)])
    y = (np.arange(len(p)) % 3 == 0).astype(int)
    for name in ("reliability_bins", "expected_calibration_error", "brier_decomposition"):
        expected = getattr(calibration, name)(p, y, num_bins)
        np.testing.assert_allclose(from_solutions(name)(p, y, num_bins), expected, atol=1e-15)


def test_a_whole_number_of_bins_may_be_a_float():
    for name in ("reliability_bins", "expected_calibration_error", "brier_decomposition"):
        function = getattr(calibration, name)
        np.testing.assert_array_equal(function([0.2], [1], 10.0), function([0.2], [1], 10))


def test_bins_are_those_of_scikit_learn():
    p, y = draw(0)
    bins = calibration.reliability_bins(p, y, 10)
    accuracy, confidence = calibration_curve(y, p, n_bins=10)
    filled = bins.count > 0
    np.testing.assert_allclose(bins.accuracy[filled], accuracy, rtol=1e-13)
    np.testing.assert_allclose(bins.confidence[filled], confidence, rtol=1e-13)


def test_empty_bins_have_no_means():
    bins = calibration.reliability_bins([0.9, 0.8], [True, False], 2)
    assert bins.count.tolist() == [0, 2]
    assert np.isnan([bins.confidence[0], bins.accuracy[0]]).all()


def published_ece(confidence, correct, num_bins):
    """Guo et al. 2017, section 2 and equation 3, word for word."""
    error = mpmath.mpf(0)
    for m in range(1, num_bins + 1):
        low, high = mpmath.mpf(m - 1) / num_bins, mpmath.mpf(m) / num_bins
        B = [(c, k) for c, k in zip(confidence, correct, strict=True) if low < c <= high]
        if B:
            acc = mpmath.fsum(k for _, k in B) / len(B)
            conf = mpmath.fsum(mpmath.mpf(c) for c, _ in B) / len(B)
            error += mpmath.mpf(len(B)) / len(confidence) * abs(acc - conf)
    return float(error)


def torchmetrics_ece(confidence, correct, num_bins):
    """torchmetrics 1.9, functional/classification/calibration_error.py, norm l1, without itself.

    Bins closed on the left, and a bin of its own for confidence 1.
    """
    confidences, accuracies = torch.as_tensor(confidence), torch.as_tensor(correct).double()
    edges = torch.linspace(0, 1, num_bins + 1, dtype=confidences.dtype)
    index = torch.bucketize(confidences, edges, right=True) - 1
    zeros = torch.zeros(num_bins + 1, dtype=torch.float64)
    count = zeros.scatter_add(0, index, torch.ones_like(accuracies))
    conf = torch.nan_to_num(zeros.scatter_add(0, index, confidences.double()) / count)
    acc = torch.nan_to_num(zeros.scatter_add(0, index, accuracies) / count)
    return float(torch.sum(torch.abs(acc - conf) * count / count.sum()))


@pytest.mark.parametrize("num_bins", [1, 5, 15, 100])
@pytest.mark.parametrize("seed", range(3))
def test_ece_is_the_published_one(num_bins, seed):
    p, y = draw(seed)
    ours = calibration.expected_calibration_error(p, y, num_bins)
    assert ours == pytest.approx(published_ece(p, y, num_bins), rel=1e-12)
    assert ours == pytest.approx(torchmetrics_ece(p, y, num_bins), rel=1e-12)


def test_ece_of_torchmetrics_differs_at_the_edges_only():
    p, y = np.array([0.5, 0.4, 1.0, 0.9]), np.array([1, 0, 0, 1])
    assert calibration.expected_calibration_error(p, y, 2) == pytest.approx(0.25)
    assert published_ece(p, y, 2) == pytest.approx(0.25)
    # 0.5 moves up to 0.9, and 1.0 stands alone
    assert torchmetrics_ece(p, y, 2) == pytest.approx(0.25 * 0.4 + 0.5 * 0.3 + 0.25 * 1)


@quick
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.integers(1, 40))
def test_ece_lies_between_the_total_gap_and_the_mean_error(pairs, num_bins):
    p, y = np.array([p for p, _ in pairs]), np.array([y for _, y in pairs])
    ece = calibration.expected_calibration_error(p, y, num_bins)
    assert abs(p.mean() - y.mean()) - 1e-12 <= ece <= np.abs(p - y).mean() + 1e-12
    assert calibration.reliability_bins(p, y, num_bins).count.sum() == len(p)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (([], []), r"expected the same shape \(N,\) with N > 0, got \(0,\) and \(0,\)"),
        (([0.5], [1, 0]), r"got \(1,\) and \(2,\)"),
        (([[0.5]], [[1]]), r"got \(1, 1\) and \(1, 1\)"),
        (([1.5], [1]), "confidence: expected values from 0 to 1, got 1.5 at index 0"),
        (([np.nan], [1]), "confidence: expected numbers, got nan"),
        (([0.5, 0.5], [1, 2]), "correct: expected zeros and ones, got 2.0 at index 1"),
        (([0.5], [1], 0), "num_bins: expected a whole number from 1 on, got 0"),
        (([0.5], [1], 2.5), "num_bins: expected a whole number from 1 on, got 2.5"),
    ],
)
def test_bins_say_what_they_expected(args, message):
    for function in (calibration.reliability_bins, calibration.expected_calibration_error):
        with pytest.raises(ValueError, match=message):
            function(*args)


def test_the_top_label_is_the_largest_logit():
    z = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-5.0, 0.0, 5.0]])
    confidence, correct = calibration.top_label(z, [0, 1, 2])
    np.testing.assert_allclose(confidence, torch.softmax(torch.tensor(z), 1).max(1).values)
    assert correct.tolist() == [True, False, True]


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_wilson_is_that_of_scipy(level):
    pairs = [(0, 1), (1, 1), (0, 40), (3, 10), (10, 10), (500, 1000)]
    low, high = calibration.wilson_interval(*np.transpose(pairs), level)
    for i, (k, n) in enumerate(pairs):
        theirs = scipy.stats.binomtest(k, n).proportion_ci(level, method="wilson")
        assert (low[i], high[i]) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(1e-8, 1), (1, 1e12), (3, 10), (7, 7), (1e300, 2e300)])
@pytest.mark.parametrize("level", [1e-12, 0.95, 1 - 2**-50])
def test_wilson_against_mpmath(k, n, level):
    with mpmath.workdps(60):
        z = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf(level))
        K, N = mpmath.mpf(k), mpmath.mpf(n)
        half = z * mpmath.sqrt(K * (N - K) / N + z**2 / 4)
        exact = [(K + z**2 / 2 + side * half) / (N + z**2) for side in (-1, 1)]
    for got, right in zip(calibration.wilson_interval(k, n, level), exact, strict=True):
        assert float(got) == pytest.approx(float(right), rel=1e-13, abs=0)


def test_wilson_without_trials_knows_nothing():
    assert calibration.wilson_interval(0, 0) == (0, 1)
    for args, message in [
        ((2, 1), "at most as many as trials"),
        ((-1, 1), "expected counts"),
        ((1, 2, 1.0), "level: expected a number between 0 and 1, got 1.0"),
    ]:
        with pytest.raises(ValueError, match=message):
            calibration.wilson_interval(*args)


# ------------------------------------------------------------------ Brier's parts


@quick
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1),
    st.none() | st.integers(1, 30),
)
def test_the_parts_add_up_to_the_brier_score(pairs, num_bins):
    p, y = np.array([p for p, _ in pairs]), np.array([y for _, y in pairs], int)
    parts = calibration.brier_decomposition(p, y, num_bins)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins
    assert total == pytest.approx(np.mean((p - y) ** 2), abs=1e-14)
    assert min(parts[:3]) >= 0


@pytest.mark.parametrize("num_bins", [None, 10, 40])
def test_equal_forecasts_in_each_bin_leave_nothing_within(num_bins):
    rng = np.random.default_rng(0)
    p = rng.integers(1, 11, size=10_000) / 10
    y = (rng.random(10_000) < p**2).astype(int)
    parts = calibration.brier_decomposition(p, y, num_bins)
    assert abs(parts.within_bins) < 1e-16
    score = brier_score_loss(y, p)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(score, 1e-13)
    murphy = [(np.mean(y[p == v]), np.mean(p == v), v) for v in np.unique(p)]
    assert parts.reliability == pytest.approx(sum(w * (v - o) ** 2 for o, w, v in murphy))
    assert parts.resolution == pytest.approx(sum(w * (o - y.mean()) ** 2 for o, w, _ in murphy))


def test_each_part_means_what_it_says():
    y = np.array([0, 1, 1, 1])
    constant = calibration.brier_decomposition(np.full(4, 0.75), y)
    assert constant == (0, 0, 0.1875, 0)  # calibrated, and says nothing
    perfect = calibration.brier_decomposition(y.astype(float), y)
    assert perfect == (0, 0.1875, 0.1875, 0)
    upside_down = calibration.brier_decomposition(1.0 - y, y)
    assert upside_down == (1, 0.1875, 0.1875, 0)  # resolves fully, and is wrong each time


# ------------------------------------------------------------------ temperature


def nll(z, y, T):
    return losses.cross_entropy_from_logits(z / T, y).mean()


@pytest.mark.parametrize("name", data.VALIDATION_LOGITS)
def test_no_other_temperature_is_better(name):
    z, y = data.validation_logits()[name]
    T = calibration.fit_temperature(z, y)
    theirs = optimize.minimize_scalar(
        lambda t: nll(z, y, np.exp(t)), bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}
    )
    assert pytest.approx(np.exp(theirs.x), rel=1e-6) == T
    for factor in (0.99, 0.9999, 1.0001, 1.01):
        assert nll(z, y, T) < nll(z, y, T * factor)


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 3.7, 1e6])
def test_temperature_scales_with_the_logits_and_ignores_shifts(scale):
    z, y = data.validation_logits()[data.VALIDATION_LOGITS[0]]
    T = calibration.fit_temperature(z, y)
    shift = np.random.default_rng(0).normal(size=(len(z), 1))
    assert calibration.fit_temperature(z * scale, y) == pytest.approx(T * scale, rel=1e-12)
    assert calibration.fit_temperature(z + shift, y) == pytest.approx(T, rel=1e-12)


def test_temperature_finds_the_one_that_made_the_labels():
    rng = np.random.default_rng(0)
    z = rng.normal(scale=3, size=(50_000, 4))
    p = losses.softmax(z / 2.5)
    y = (rng.random((50_000, 1)) > p.cumsum(axis=1)).sum(axis=1)
    assert calibration.fit_temperature(z, y) == pytest.approx(2.5, rel=0.02)


def test_temperature_of_two_classes_in_closed_form():
    # always sure by 4, right three times in four: the best confidence is 0.75
    z, y = np.array([[4.0, 0.0]] * 4), [0, 0, 0, 1]
    assert calibration.fit_temperature(z, y) == pytest.approx(4 / np.log(3), rel=1e-13)


@pytest.mark.parametrize(
    ("z", "y", "message"),
    [
        (np.eye(3), [0, 1, 2], "falls all the way to T = 0"),
        (np.zeros((2, 3)), [0, 1], "falls all the way to T = 0"),
        (-np.eye(3), [0, 1, 2], "falls all the way to T = inf"),
        ([[0.0, 1.0], [1.0, 0.0]], [0, 0], "falls all the way to T = inf"),
        ([[0.0, np.inf]], [0], "z: expected finite logits, got inf"),
        ([[0.0, np.nan]], [0], "z: expected numbers, got nan"),
        ([0.0, 1.0], [0, 1], r"z: expected shape \(N, K\)"),
        (np.zeros((0, 3)), [], r"z: expected shape \(N, K\)"),
        (np.eye(3), [0, 1], r"y: expected shape \(3,\)"),
        (np.eye(3), [0, 1, 3], "y: expected labels from 0 to 2"),
    ],
)
def test_temperature_says_why_there_is_none(z, y, message):
    with pytest.raises(ValueError, match=message):
        calibration.fit_temperature(z, y)


# ------------------------------------------------------------------ Platt


def scored(seed, n, slope=0.4, intercept=-1.0, spread=5.0):
    rng = np.random.default_rng(seed)
    s = rng.normal(loc=1, scale=spread, size=n)
    return s, (rng.random(n) < losses.sigmoid(slope * s + intercept)).astype(int)


@pytest.mark.parametrize("seed", range(4))
def test_platt_is_that_of_scikit_learn(seed):
    s, y = scored(seed, 300)
    theirs = _SigmoidCalibration().fit(s, y)
    # theirs stops at a gradient of 1e-6 of the sum over the examples
    assert calibration.fit_platt(s, y) == pytest.approx((-theirs.a_, -theirs.b_), rel=1e-5)


def platt_loss(s, y, slope, intercept):
    n1, n0 = y.sum(), len(y) - y.sum()
    target = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    return losses.binary_cross_entropy_with_logits(slope * s + intercept, target).sum()


@pytest.mark.parametrize("unit", [1e-160, 1e160, 1e300])
def test_platt_takes_scores_of_any_size(unit):
    scores, y = np.array([0.0, 1, 2, 3]), [0, 1, 0, 1]
    slope, intercept = calibration.fit_platt(scores, y)
    huge = calibration.fit_platt(scores * unit, y)
    assert huge == pytest.approx((slope / unit, intercept), rel=1e-11, abs=0)


def test_temperature_takes_logits_of_any_size():
    z, y = np.array([[4.0, 0.0, -1.0]] * 4), [0, 0, 0, 1]
    T = calibration.fit_temperature(z, y)
    for unit in (1e-300, 1e307):
        scaled = calibration.fit_temperature(z * unit, y)
        assert scaled == pytest.approx(T * unit, rel=1e-13, abs=0)


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1e-6, 0), (1e6, 0), (1, 1e5), (-3, 7)])
def test_platt_reaches_the_bottom_whatever_the_scale(scale, shift):
    s, y = scored(1, 200)
    s = scale * s + shift
    slope, intercept = calibration.fit_platt(s, y)
    p = losses.sigmoid(slope * s + intercept)
    n1, n0 = y.sum(), len(y) - y.sum()
    error = p - np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    assert abs(error.sum()) < 1e-8 and abs((error * (s - s.mean())).sum()) < 1e-8 * abs(s).max()
    straight, moved = calibration.fit_platt((s - shift) / scale, y)
    assert slope * scale == pytest.approx(straight, rel=1e-6)
    assert slope * shift + intercept == pytest.approx(moved, rel=1e-4)


def test_platt_is_finite_where_a_threshold_separates_the_classes():
    s, y = np.array([-2.0, -1.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 1, 1])
    slope, intercept = calibration.fit_platt(s, y)
    assert 0 < slope < 5 and np.isfinite(intercept)
    for other in ((slope * 1.01, intercept), (slope, intercept + 0.01), (slope * 10, intercept)):
        assert platt_loss(s, y, slope, intercept) < platt_loss(s, y, *other)


@pytest.mark.parametrize(
    ("scores", "y", "message"),
    [
        ([1.0, 2.0], [1, 1], "y: expected zeros and ones, got 0 zeros and 2 ones"),
        ([1.0, 1.0], [0, 1], "scores: expected different numbers, got 1.0 everywhere"),
        ([1.0, np.inf], [0, 1], "scores: expected finite numbers"),
        ([[1.0, 2.0]], [[0, 1]], r"scores: expected shape \(N,\)"),
        ([], [], r"scores: expected shape \(N,\)"),
        ([1.0, 2.0], [0, 2], "y: expected labels from 0 to 1"),
        ([1.0, 2.0], [0, 1, 1], r"y: expected shape \(2,\)"),
    ],
)
def test_platt_says_what_it_expected(scores, y, message):
    with pytest.raises(ValueError, match=message):
        calibration.fit_platt(scores, y)


# ------------------------------------------------------------------ decisions


def test_the_threshold_has_the_lowest_expected_cost():
    rng = np.random.default_rng(0)
    risk = rng.beta(1, 9, size=400_000)
    y = (rng.random(len(risk)) < risk).astype(int)
    for fp, fn in [(1, 49), (1, 9), (1, 1), (3, 1)]:
        best = calibration.bayes_threshold(fp, fn)
        costs = {
            t: calibration.expected_cost(risk, y, t, fp, fn) for t in (best, best / 2, best * 1.5)
        }
        assert min(costs, key=costs.get) == best
    assert calibration.bayes_threshold(1, 49) == 0.02
    assert calibration.bayes_threshold(0, 2) == 0 and calibration.bayes_threshold(2, 0) == 1
    np.testing.assert_allclose(calibration.bayes_threshold([1, 9], [9, 1]), [0.1, 0.9])


def test_expected_cost_counts_both_errors_and_ties_say_yes():
    p, y = [0.2, 0.5, 0.5, 0.9], [1, 0, 1, 0]
    assert calibration.expected_cost(p, y, 0.5, 1, 10) == (10 + 1 + 0 + 1) / 4
    assert calibration.expected_cost(p, y, 0.51, 1, 10) == (10 + 0 + 10 + 1) / 4


@pytest.mark.parametrize(
    ("fp", "fn", "message"),
    [
        (0, 0, "expected a positive sum, got 0.0"),
        (-1, 2, "cost_fp: expected a finite cost of 0 or more, got -1.0"),
        (1, np.inf, "cost_fn: expected a finite cost of 0 or more, got inf"),
        (1e308, 1e308, "expected a positive sum, got inf"),
        ([1, 2], [1, 2, 3], r"expected equal shapes, got \(2,\) and \(3,\)"),
    ],
)
def test_the_threshold_says_what_it_expected(fp, fn, message):
    with pytest.raises(ValueError, match=message):
        calibration.bayes_threshold(fp, fn)


# ------------------------------------------------------------------ the stored logits


@pytest.mark.trains
def test_the_stored_logits_are_those_of_the_networks():
    """As right, as sure, as far from calibrated: to within twice the spread over seeds."""
    i = 2  # the quickest to train
    name, (experiment, variant) = data.VALIDATION_LOGITS[i], trained.SHOWN[i]
    z, y = data.validation_logits()[name]
    again, labels = trained.validation_logits(experiment, variant)
    np.testing.assert_array_equal(y, labels)
    assert z.shape == again.shape
    table = experiments.stored(experiment.name)
    spread = table[table["variant"] == variant].std(numeric_only=True)
    stored, now = (
        trained.measured(each, y) | {"temperature": calibration.fit_temperature(each, y)}
        for each in (z, again)
    )
    for fact in stored:
        assert abs(stored[fact] - now[fact]) <= 2 * spread[fact], fact


def test_the_stored_logits_lie_on_both_sides_of_calibrated():
    fitted = [calibration.fit_temperature(z, y) for z, y in data.validation_logits().values()]
    assert fitted[0] > 2 and fitted[1] > 1.5 and fitted[2] < 0.7
