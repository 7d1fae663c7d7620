"""Whether probabilities can be trusted: measuring it, repairing it, deciding with it. Chapter 09.

A `confidence` is the probability that a model gives to its own prediction, and `correct` says
whether the prediction was right. For a yes-or-no model the probability of class 1 and the labels
take their place. Both have shape (N,). Nothing here trains a network.

Sources:
[BS]  J. Bröcker and L. A. Smith, "Increasing the reliability of reliability diagrams", Weather
      and Forecasting 22, 2007, 651-661.
[E]   C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 1.
[G]   C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural networks",
      ICML 2017: equations 1 to 3 (bins, ECE) and 9 (temperature).
[LLW] H.-T. Lin, C.-J. Lin and R. C. Weng, "A note on Platt's probabilistic outputs for support
      vector machines", Machine Learning 68, 2007, 267-276.
[M]   A. H. Murphy, "A new vector partition of the probability score", Journal of Applied
      Meteorology 12, 1973, 595-600.
[P]   J. C. Platt, "Probabilistic outputs for support vector machines", in Advances in Large Margin
      Classifiers, 1999.
[SCJ] D. B. Stephenson, C. A. S. Coelho and I. T. Jolliffe, "Two extra components in the Brier score
      decomposition", Weather and Forecasting 23, 2008, 752-757.
[W]   E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
      of the American Statistical Association 22, 1927, 209-212.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from ce_course import losses
from ce_course.support.validation import (
    as_count,
    as_floats,
    as_labels,
    as_logits,
    as_number,
    as_probabilities,
    check_same_shape,
    float_dtype,
    reject,
)


class Bins(NamedTuple):
    """What fell into each bin; three arrays of shape (num_bins,), NaN in the means of empty bins.

    count: how many examples; confidence: their mean confidence; accuracy: the share of them that
    was correct.
    """

    count: NDArray
    confidence: NDArray
    accuracy: NDArray


class BrierParts(NamedTuple):
    """brier = reliability - resolution + uncertainty + within_bins, each a number."""

    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


# ------------------------------------------------------------------ measuring


@np.errstate(all="ignore")
def top_label(z: ArrayLike, y: ArrayLike) -> tuple[NDArray, NDArray]:
    """Of logits (N, K) and labels (N,): the confidence of each prediction, and if it is correct.

    The prediction is the class with the largest logit (the first, in a tie), its confidence the
    softmax of that logit. Errors as in `losses.softmax` and for bad labels.
    """
    p = losses.softmax(z)
    predicted = p.argmax(axis=-1)
    return p.max(axis=-1), predicted == as_labels(y, p.shape[-1], p.shape[:-1])


@np.errstate(all="ignore")
def reliability_bins(confidence: ArrayLike, correct: ArrayLike, num_bins: int = 15) -> Bins:
    """The examples in bins of equal width: count, mean confidence and accuracy of each.

    Bin m of M holds the confidences in ((m - 1)/M, m/M]: an edge belongs to the bin below it
    [G, section 2]; a confidence of 0 belongs to the first bin. (torchmetrics puts an edge into the
    bin above it, and 1 into a bin of its own.) float32 confidences are compared with the edges
    in float32.

    Parameters
    ----------
    confidence : array, shape (N,)
        Numbers from 0 to 1.
    correct : array, shape (N,)
        Zeros and ones, or booleans.
    num_bins : int

    Raises
    ------
    ValueError
        For no examples, different shapes, or values out of range.
    """
    confidence_, correct_ = _forecasts(confidence, correct, ("confidence", "correct"))
    which = _bin_of(confidence_, num_bins, float_dtype(confidence))
    return _means(which, confidence_, correct_, int(num_bins))


@np.errstate(all="ignore")
def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, num_bins: int = 15
) -> float:
    """Σ count/N |accuracy - confidence| over the bins of `reliability_bins` [G, eq. 3].

    From 0 to 1. An estimate that depends on the bins, and is above 0 even for perfect calibration.
    Shapes and errors as in `reliability_bins`.
    """
    bins = reliability_bins(confidence, correct, num_bins)
    gap = np.abs(bins.accuracy - bins.confidence)
    return float(np.nansum(bins.count * gap) / bins.count.sum())


@np.errstate(all="ignore")  # 0 / 0 without trials
def wilson_interval(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> tuple:
    """An interval for the probability of success, (low, high) in the shape of the counts [W].

    The probabilities that lie within z standard errors of the share successes / trials, the
    standard error being that of the probability itself. Unlike share ± z errors it never leaves
    [0, 1] and has no width 0 at shares of 0 and 1. It contains the truth in about `level` of all
    samples. No trials: (0, 1). With k of n, middle = k + z²/2 and half = z √(k (n - k)/n + z²/4) it
    is (middle ± half) / (n + z²). The lower end is computed as k²/n / (middle + half), the same
    without the difference. Raises `ValueError` for counts that are negative, infinite or NaN, more
    successes than trials, or a level outside (0, 1).
    """
    k, n = as_floats(successes, "successes"), as_floats(trials, "trials")
    check_same_shape(k, n, "successes and trials")
    for counts, name in ((k, "successes"), (n, "trials")):
        reject(~((counts >= 0) & (counts < np.inf)), f"{name}: expected counts", counts)
    more = k > n
    reject(more, "successes: expected at most as many as trials", np.broadcast_to(k, more.shape))
    level = as_number(level, "level", "a number between 0 and 1", lambda x: 0 < x < 1)
    z = math.sqrt(2) * special.erfinv(level)  # level is the normal probability within ± z
    share = k / np.where(n > 0, n, 1)
    middle, half = k + z**2 / 2, z * np.sqrt(share * (n - k) + z**2 / 4)
    low, high = k * share / (middle + half), (middle + half) / (n + z**2)
    return np.where(n > 0, low, 0.0)[()], np.where(n > 0, np.minimum(high, 1), 1.0)[()]


@np.errstate(all="ignore")
def brier_decomposition(p: ArrayLike, y: ArrayLike, num_bins: int | None = None) -> BrierParts:
    """The mean squared error (p - y)² of yes-or-no forecasts, taken apart [M, SCJ].

    With n_k forecasts in bin k, their mean p_k, the share y_k of ones among them, and the share m
    of ones among all N:

    - reliability  Σ n_k/N (p_k - y_k)²: how far the forecasts are from what then happens;
    - resolution   Σ n_k/N (y_k - m)²: how much what happens differs between the bins;
    - uncertainty  m (1 - m): the score of the constant forecast m;
    - within_bins  1/N Σ [(p - p_k)² - 2 (p - p_k)(y - y_k)]: what the forecasts' differences inside
      a bin add; 0 if they are equal there.

    brier = reliability - resolution + uncertainty + within_bins, exactly but for rounding, for
    every choice of bins.

    Parameters
    ----------
    p : array, shape (N,)
        Probabilities of class 1.
    y : array, shape (N,)
        Zeros and ones.
    num_bins : int or None
        Bins of equal width, as in `reliability_bins`; None: one bin for each different forecast,
        Murphy's own decomposition, where within_bins is 0.

    Raises
    ------
    ValueError
        As `reliability_bins`.
    """
    p_, y_ = _forecasts(p, y, ("p", "y"))
    if num_bins is None:
        values, which = np.unique(p_, return_inverse=True)
        bins = _means(which, p_, y_, len(values))._replace(confidence=values)
    else:
        which = _bin_of(p_, num_bins, float_dtype(p))
        bins = _means(which, p_, y_, int(num_bins))
    share, mean = bins.count / len(p_), y_.mean()
    inside = p_ - bins.confidence[which]
    return BrierParts(
        reliability=float(np.nansum(share * (bins.confidence - bins.accuracy) ** 2)),
        resolution=float(np.nansum(share * (bins.accuracy - mean) ** 2)),
        uncertainty=float(mean * (1 - mean)),
        within_bins=float((inside**2 - 2 * inside * (y_ - bins.accuracy[which])).mean()),
    )


# ------------------------------------------------------------------ repairing


@np.errstate(all="ignore")
def fit_temperature(z: ArrayLike, y: ArrayLike) -> float:
    """The temperature T > 0 whose softmax(z / T) has the smallest mean cross-entropy [G, eq. 9].

    In a = 1/T the loss is convex: its slope, the mean over the examples of Σ p_k z_k - z_y with
    p = softmax(a z), rises with a. The root of the slope is bracketed and found by Brent's method.

    Parameters
    ----------
    z : array, shape (N, K)
        Finite logits; of two classes too: the columns 0 and z for one logit z.
    y : array, shape (N,)
        Integer labels. Use data that the model was not trained on.

    Raises
    ------
    ValueError
        If there is no best T: every label has its example's largest logit, so that the loss falls
        all the way to T = 0; or the logits are no better than chance on these labels, so that it
        falls all the way to T = inf. And for logits that are not finite, or bad labels.
    """
    z_ = as_logits(z).astype(np.float64)
    if z_.ndim != 2 or len(z_) == 0:
        raise ValueError(f"z: expected shape (N, K) with N > 0, got shape {z_.shape}")
    reject(~np.isfinite(z_), "z: expected finite logits", z_)
    y_ = as_labels(y, z_.shape[1], z_.shape[:1])
    below = z_ - z_.max(axis=1, keepdims=True)
    reject(~np.isfinite(below), "z: expected finite differences of logits", below)
    exponent = np.frexp(-below.min())[1]  # a power of two: no sum overflows, none is rounded
    below = np.ldexp(below, -exponent)
    lack = np.take_along_axis(below, y_[:, np.newaxis], axis=1)[:, 0]  # 0 for a right prediction
    if not lack.any():
        raise ValueError(
            "z, y: expected a label without the largest logit, got none: "
            "the loss falls all the way to T = 0"
        )
    if (below.mean(axis=1) - lack).mean() >= 0:
        raise ValueError(
            "z, y: expected logits that favour the labels, got none better than chance: "
            "the loss falls all the way to T = inf"
        )
    unit = -below.min()
    below, lack = below / unit, lack / unit

    def slope(a: float) -> float:
        return ((losses.softmax(a * below) * below).sum(axis=1) - lack).mean()

    high = 1.0
    while slope(high) < 0:
        high *= 2
    best = optimize.brentq(slope, 0.0, high, xtol=1e-300, rtol=1e-14)
    temperature = float(np.ldexp(unit / best, exponent))
    if not 0 < temperature < math.inf:
        raise ValueError(f"z: expected logits whose best T is a number, got {temperature}")
    return temperature


@np.errstate(all="ignore")
def fit_platt(scores: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Slope and intercept of Platt's sigmoid: P(y = 1) = sigmoid(slope · score + intercept) [P].

    They minimise the mean binary cross-entropy against Platt's targets: (n₁ + 1)/(n₁ + 2) for the
    n₁ ones and 1/(n₀ + 2) for the n₀ zeros, in place of 1 and 0. So the minimum exists even if
    the scores separate the classes. Newton's method with step halving, as in [LLW]. Platt writes
    A = -slope and B = -intercept.

    Parameters
    ----------
    scores : array, shape (N,)
        Any finite real numbers: margins, logits. Use data that the model was not trained on.
    y : array, shape (N,)
        Zeros and ones, both of them.

    Raises
    ------
    ValueError
        For scores that are all equal or not finite, one class only, or different shapes.
    """
    s = as_floats(scores, "scores").astype(np.float64)
    if s.ndim != 1 or len(s) == 0:
        raise ValueError(f"scores: expected shape (N,) with N > 0, got shape {s.shape}")
    reject(~np.isfinite(s), "scores: expected finite numbers", s)
    ones = as_labels(y, 2, s.shape)
    n1 = int(ones.sum())
    n0 = len(s) - n1
    if n0 == 0 or n1 == 0:
        raise ValueError(f"y: expected zeros and ones, got {n0} zeros and {n1} ones")
    if (s == s[0]).all():
        raise ValueError(f"scores: expected different numbers, got {s[0]} everywhere")
    target = np.where(ones == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    exponent = np.frexp(np.abs(s).max())[1]  # a power of two: no square overflows, none is rounded
    s = np.ldexp(s, -exponent)
    middle, unit = s.mean(), s.std()
    A = np.column_stack([(s - middle) / unit, np.ones_like(s)])
    slope, level = _logistic(A, target)
    fitted = np.ldexp(slope / unit, -exponent), level - slope * middle / unit
    reject(~np.isfinite(fitted), "scores: expected a finite slope and intercept", np.array(fitted))
    return float(fitted[0]), float(fitted[1])


# ------------------------------------------------------------------ deciding


@np.errstate(all="ignore")
def bayes_threshold(cost_fp: ArrayLike, cost_fn: ArrayLike) -> NDArray:
    """The probability from which on saying yes is the cheaper decision [E, eq. 2].

    Saying yes costs (1 - p) · cost_fp on average, saying no costs p · cost_fn. They are equal at
    p = cost_fp / (cost_fp + cost_fn). Right decisions cost nothing. It is the best threshold for
    probabilities that are calibrated.

    Parameters
    ----------
    cost_fp, cost_fn : numbers or arrays of one shape
        What a false alarm and a miss cost, in any unit: not negative, finite, not both 0.

    Returns
    -------
    array or number
        From 0 (a false alarm is free: always yes) to 1 (a miss is free: always no).

    Raises
    ------
    ValueError
        For costs out of range, or both 0: then every decision is as good as any other.
    """
    fp, fn = as_floats(cost_fp, "cost_fp"), as_floats(cost_fn, "cost_fn")
    check_same_shape(fp, fn, "cost_fp and cost_fn")
    for name, cost in (("cost_fp", fp), ("cost_fn", fn)):
        reject((cost < 0) | np.isinf(cost), f"{name}: expected a finite cost of 0 or more", cost)
    total = np.asarray(fp + fn)
    reject((total == 0) | np.isinf(total), "cost_fp + cost_fn: expected a positive sum", total)
    return np.asarray(fp / total)[()]


@np.errstate(all="ignore")
def expected_cost(
    p: ArrayLike, y: ArrayLike, threshold: float, cost_fp: float, cost_fn: float
) -> float:
    """Mean cost per example of saying yes where p >= threshold: one number.

    `p` are probabilities of class 1 and `y` zeros and ones, shape (N,). A yes for y = 0 costs
    `cost_fp`, a no for y = 1 costs `cost_fn`. Errors as in `reliability_bins`, and for a threshold
    that is NaN or costs that are not finite.
    """
    p_, y_ = _forecasts(p, y, ("p", "y"))
    threshold = as_number(threshold, "threshold", "a number", lambda t: not math.isnan(t))
    cost_fp = as_number(cost_fp, "cost_fp", "a finite cost")
    cost_fn = as_number(cost_fn, "cost_fn", "a finite cost")
    yes = p_ >= threshold
    return float((yes * (1 - y_)).mean() * cost_fp + (~yes * y_).mean() * cost_fn)


# ------------------------------------------------------------------ parts


def _forecasts(p: ArrayLike, y: ArrayLike, names: tuple[str, str]) -> tuple[NDArray, NDArray]:
    """Probabilities and outcomes as float64 of one shape, (N,)."""
    p_, y_ = as_probabilities(p, names[0]), as_floats(y, names[1])
    p_, y_ = p_.astype(np.float64), y_.astype(np.float64)
    reject((y_ != 0) & (y_ != 1), f"{names[1]}: expected zeros and ones", y_)
    if p_.ndim != 1 or p_.shape != y_.shape or len(p_) == 0:
        raise ValueError(
            f"{names[0]}, {names[1]}: expected the same shape (N,) with N > 0, "
            f"got {p_.shape} and {y_.shape}"
        )
    return p_, y_


def _bin_of(p: NDArray, num_bins: int, dtype: np.dtype) -> NDArray:
    """The index of each probability's bin; the edges are rounded to `dtype`, where p came from."""
    num_bins = as_count(num_bins, "num_bins", "a whole number from 1 on", 1)
    inner_edges = (np.arange(1, num_bins) / num_bins).astype(dtype)
    return np.searchsorted(inner_edges, p)  # how many edges lie below p


def _means(which: NDArray, p: NDArray, y: NDArray, num_bins: int) -> Bins:
    count = np.bincount(which, minlength=num_bins)
    n = np.where(count > 0, count, np.nan)
    return Bins(count, *(np.bincount(which, v, num_bins) / n for v in (p, y)))


def _logistic(A: NDArray, target: NDArray) -> NDArray:
    """The weights w with the smallest mean cross-entropy of sigmoid(A @ w) against soft targets."""

    def loss(w: NDArray) -> float:
        return losses.binary_cross_entropy_with_logits(A @ w, target).mean()

    w = np.zeros(A.shape[1])
    for _ in range(100):
        p = losses.sigmoid(A @ w)
        gradient = A.T @ (p - target)
        hessian = (A * (p * (1 - p))[:, np.newaxis]).T @ A
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while loss(w - size * step) > loss(w) and size > 1e-10:
            size /= 2
        w = w - size * step
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(w).max()):
            break
    return w
