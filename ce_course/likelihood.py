"""Maximum likelihood for coins and for dice: where chapter 06 starts.

Source: C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, sections 2.1 and 2.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.losses import binary_cross_entropy
from ce_course.support.validation import (
    as_floats,
    as_labels,
    as_probabilities,
    in_dtype,
    reject,
    weighted,
)


@np.errstate(all="ignore")  # log 0 = -inf is an answer here, not an accident
def bernoulli_log_likelihood(theta: ArrayLike, y: ArrayLike) -> NDArray:
    """Log-probability, in nats, of the labels `y` (N,) if each is 1 with probability `theta`.

    k log theta + (N - k) log(1 - theta), with k ones among N: minus the sum of N binary
    cross-entropies. `theta` has any shape, which is returned. -inf where the labels are impossible;
    0 log 0 = 0. Raises `ValueError` if theta is outside [0, 1] or NaN, or y is not of 0 and 1.
    """
    theta_, y_ = as_probabilities(theta, "theta"), as_labels(y, 2)
    ones, zeros = np.float64(y_.sum()), np.float64((1 - y_).sum())
    all_ones = weighted(ones, binary_cross_entropy(theta_, 1))
    all_zeros = weighted(zeros, binary_cross_entropy(theta_, 0))
    return in_dtype(0.0 - (all_ones + all_zeros), theta)


@np.errstate(all="ignore")
def categorical_mle(counts: ArrayLike) -> NDArray:
    """The distribution that makes the observed `counts` (..., K) likeliest: counts / their sum.

    Raises `ValueError` if a count is negative, infinite or NaN, or if the sum of a row is 0 or
    too large for a number.
    """
    counts_ = as_floats(counts, "counts")
    if counts_.ndim == 0:
        raise ValueError("counts: expected one count for each class, got a single number")
    reject(~((counts_ >= 0) & (counts_ < np.inf)), "counts: expected finite counts >= 0", counts_)
    total = counts_.sum(axis=-1, keepdims=True)
    reject(total[..., 0] == 0, "counts: expected at least one observation", total[..., 0])
    reject(np.isinf(total[..., 0]), "counts: expected a finite sum", total[..., 0])
    return in_dtype(counts_ / total, counts)
