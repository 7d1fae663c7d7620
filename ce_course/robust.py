"""Wrong labels and rare ones: losses that give up on examples, and what to look at. Chapter 10.

Logits `z` are (N, K), labels `y` (N,), losses one per example in nats, dtypes and infinities as in
`losses.py`. A loss that looks at p_y alone, the probability of the label, is told by what it makes
of p_y -> 0: cross-entropy grows without end, these two stop.

Sources:
[DG]  J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves",
      ICML 2006.
[GKS] A. Ghosh, H. Kumar and P. S. Sastry, "Robust loss functions under label noise for deep neural
      networks", AAAI 2017: theorem 1, the symmetry condition.
[WMCLYB] Y. Wang, X. Ma, Z. Chen, Y. Luo, J. Yi and J. Bailey, "Symmetric cross entropy for robust
      learning with noisy labels", ICCV 2019: equations 5 to 7.
[ZS]  Z. Zhang and M. R. Sabuncu, "Generalized cross entropy loss for training deep neural networks
      with noisy labels", NeurIPS 2018: equations 5 and 6.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course import losses
from ce_course.support.validation import (
    as_count,
    as_floats,
    as_number,
    as_probabilities,
    in_dtype,
    reject,
    weighted,
)

LOG_ZERO = -4.0  # what log 0 counts in the reverse cross-entropy [WMCLYB, section 4]


@np.errstate(all="ignore")
def generalized_cross_entropy(z: ArrayLike, y: ArrayLike, q: float) -> NDArray:
    """(1 - p_y^q) / q of each example [ZS]: shape (N,) for z (N, K) and y (N,).

    q -> 0 is cross-entropy, and q = 0 gives it; q = 1 is 1 - p_y, half the sum of the absolute
    errors. Never above 1 / q. Computed as -expm1(q log p_y) / q, so that nothing cancels where
    p_y is near 1. Raises `ValueError` as `losses.cross_entropy_from_logits` does, and unless
    0 <= q <= 1.
    """
    q = _q(q)
    cost = losses.cross_entropy_from_logits(_wide(z), y)
    return in_dtype(cost if q == 0 else -np.expm1(-weighted(np.float64(q), cost)) / q, z)


@np.errstate(all="ignore")
def symmetric_cross_entropy(
    z: ArrayLike, y: ArrayLike, alpha: float, beta: float, log_zero: float = LOG_ZERO
) -> NDArray:
    """alpha times cross-entropy plus beta times its reverse [WMCLYB]: shape (N,).

    The reverse, -Σ p_k log q_k, exchanges the two distributions; the label's log 0 counts
    `log_zero`, so that it is -log_zero · (1 - p_y): the absolute error again, times a constant.

    Parameters
    ----------
    z : logits (N, K); y : integer labels (N,)
    alpha, beta : finite, 0 or more
    log_zero : finite and negative; -4 in the paper

    Raises
    ------
    ValueError
        As `losses.cross_entropy_from_logits` does, and for parameters out of range.
    """
    alpha, beta = _factor(alpha, "alpha"), _factor(beta, "beta")
    expected = "a finite negative number"
    log_zero = as_number(log_zero, "log_zero", expected, lambda x: -math.inf < x < 0)
    cost = losses.cross_entropy_from_logits(_wide(z), y)
    reverse = log_zero * np.expm1(-cost)  # -log_zero (1 - p_y)
    return in_dtype(weighted(np.float64(alpha), cost) + beta * reverse, z)


def generalized_cross_entropy_pull(p: ArrayLike, q: float) -> NDArray:
    """p^q (1 - p): how hard an example with p_y = p pulls at its label's logit; any shape.

    The size of d loss / d z_y, 1 - p for cross-entropy (q = 0). Raises `ValueError` for p that
    are no probabilities and unless 0 <= q <= 1.
    """
    p_ = as_probabilities(p)
    return in_dtype(p_ ** _q(q) * (1 - p_), p)


def symmetric_cross_entropy_pull(
    p: ArrayLike, alpha: float, beta: float, log_zero: float = LOG_ZERO
) -> NDArray:
    """(alpha - beta log_zero p) (1 - p), the size of d loss / d z_y. Any shape, errors alike."""
    p_ = as_probabilities(p)
    alpha, beta = _factor(alpha, "alpha"), _factor(beta, "beta")
    expected = "a finite negative number"
    log_zero = as_number(log_zero, "log_zero", expected, lambda x: -math.inf < x < 0)
    with np.errstate(all="ignore"):
        return in_dtype(weighted(1 - p_, alpha - beta * (log_zero * p_)), p)


def suspect_labels(z: ArrayLike, y: ArrayLike, count: int) -> NDArray:
    """The indices of the `count` examples with the largest loss, the largest first: shape (count,).

    Of equal losses the first comes first. z (N, K) should come from a model that has not learnt
    the labels by heart, or not these. Raises `ValueError` as `losses.cross_entropy_from_logits`
    does, for other shapes, and unless 0 <= count <= N.
    """
    cost = losses.cross_entropy_from_logits(z, y)
    if np.ndim(cost) != 1:
        raise ValueError(f"z: expected shape (N, K), got {np.shape(z)}")
    count = as_count(count, "count", f"a whole number from 0 to {len(cost)}", 0, len(cost))
    return np.argsort(-cost, kind="stable")[:count]


@np.errstate(all="ignore")
def average_precision_at_prevalence(recall: ArrayLike, fpr: ArrayLike, prevalence: float) -> float:
    """The average precision of the same scores where positives are a share `prevalence` of all.

    Recall (the share of positives found) and false positive rate belong to the scores and do not
    know how many positives there are; precision does: it is π R / (π R + (1 - π) F) [DG].
    Averaged is Σ (R_n - R_{n-1}) precision_n with R_0 = 0, as scikit-learn's
    `average_precision_score` does.

    Parameters
    ----------
    recall, fpr : shape (n,), as the threshold falls: from 0 to 1, never falling
        `sklearn.metrics.roc_curve(y, scores, drop_intermediate=False)` gives both.
    prevalence : float
        Between 0 and 1, without them.

    Raises
    ------
    ValueError
        For other shapes, values out of range, curves that fall, or ones that do not reach 1.
    """
    recall_, fpr_ = as_floats(recall, "recall"), as_floats(fpr, "fpr")
    if recall_.ndim != 1 or recall_.shape != fpr_.shape or len(recall_) == 0:
        raise ValueError(
            "recall, fpr: expected the same shape (n,) with n > 0, "
            f"got {recall_.shape} and {fpr_.shape}"
        )
    for name, curve in (("recall", recall_), ("fpr", fpr_)):
        reject((curve < 0) | (curve > 1), f"{name}: expected values from 0 to 1", curve)
        reject(np.diff(curve, prepend=0) < 0, f"{name}: expected values that never fall", curve)
    if recall_[-1] != 1:
        raise ValueError(f"recall: expected 1 at the end, got {recall_[-1]}")
    expected = "a number between 0 and 1, without them"
    prevalence = as_number(prevalence, "prevalence", expected, lambda x: 0 < x < 1)
    step = np.diff(recall_, prepend=0)
    odds = (1 - prevalence) / prevalence
    precision = recall_ / (recall_ + odds * fpr_)  # 0 / 0 only where recall has not risen yet
    return float(weighted(step, precision).sum())


def _wide(z: ArrayLike) -> NDArray:
    """Logits in float64 or wider, so that results are rounded once."""
    return as_floats(z, "z")


def _q(q: float) -> float:
    return as_number(q, "q", "a number from 0 to 1", lambda q: 0 <= q <= 1)


def _factor(x: float, name: str) -> float:
    return as_number(x, name, "a finite number of 0 or more", lambda x: 0 <= x < math.inf)
