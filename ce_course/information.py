"""Surprisal, entropy, cross-entropy, KL divergence and codes: chapters 01 and 06.

Distributions `p`, `q` have their symbols on the last axis, shape (K,) or (..., K); leading
axes broadcast. Results are in nats unless `base` says otherwise (2 for bits). Zeros are
exact: a symbol with probability 0 has infinite surprisal, and 0 log 0 = 0 in every average.
Results have the floating-point dtype of the input; integers and lists give float64.

Source: C. E. Shannon, "A Mathematical Theory of Communication", 1948; T. M. Cover and
J. A. Thomas, "Elements of Information Theory", 2nd edition, 2006, chapters 2 and 5.
"""

import heapq
import math
from collections.abc import Hashable, Mapping
from itertools import count

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.support.validation import (
    as_distribution,
    as_floats,
    as_probabilities,
    check_same_classes,
    in_dtype,
    reject,
    weighted,
)


@np.errstate(all="ignore")  # log 0 = -inf is an answer here, not an accident
def surprisal(p: ArrayLike, base: float = math.e) -> NDArray:
    """Surprisal -log p of each probability, any shape; `inf` where p = 0.

    Raises `ValueError` if p lies outside [0, 1] or is NaN, or for a base that no logarithm has.
    """
    return in_dtype(_surprisal(as_probabilities(p), base), p)


@np.errstate(all="ignore")
def entropy(p: ArrayLike, base: float = math.e) -> NDArray:
    """Entropy H(p) = -Σ p log p, shape (...,): the mean surprisal of p under p itself.

    Raises `ValueError` if p is not a distribution (negative, NaN, sum not 1).
    """
    p_ = as_distribution(p)
    return in_dtype(weighted(p_, _surprisal(p_, base)).sum(axis=-1), p)


@np.errstate(all="ignore")
def cross_entropy(p: ArrayLike, q: ArrayLike, base: float = math.e) -> NDArray:
    """Cross-entropy H(p, q) = -Σ p log q, shape (...,): p happens, q was expected.

    `inf` where q = 0 and p > 0. Raises `ValueError` if p or q is not a distribution, or
    if their symbols do not match.
    """
    p_, q_ = as_distribution(p, "p"), as_distribution(q, "q")
    check_same_classes(p_, q_, "p and q")
    return in_dtype(weighted(p_, _surprisal(q_, base)).sum(axis=-1), p, q)


@np.errstate(all="ignore")
def kl_divergence(p: ArrayLike, q: ArrayLike, base: float = math.e) -> NDArray:
    """Kullback-Leibler divergence KL(p‖q) = Σ p log(p/q) = H(p, q) - H(p), shape (...,).

    Computed as Σ [p log(p/q) + (q - p)], which is the same because p and q both sum to one.
    But here no term is negative (log x <= x - 1: Gibbs' inequality), so nothing cancels
    between terms when q is near p, and the answer is not the rounding error in the two sums.
    Where q is near p, log(p/q) is log1p((p - q)/q), with p - q exact (Sterbenz's lemma).

    `inf` where q = 0 and p > 0. Errors as for `cross_entropy`.
    """
    p_, q_ = as_distribution(p, "p"), as_distribution(q, "q")
    check_same_classes(p_, q_, "p and q")
    near = np.abs(p_ - q_) <= q_ / 2
    log_ratio = np.where(near, np.log1p((p_ - q_) / q_), np.log(p_) - np.log(q_))
    terms = np.maximum(weighted(p_, log_ratio) + (q_ - p_), 0)
    return in_dtype(terms.sum(axis=-1) / _log_of_base(base), p, q)


@np.errstate(all="ignore")
def jensen_shannon(p: ArrayLike, q: ArrayLike, base: float = math.e) -> NDArray:
    """Jensen-Shannon divergence [KL(p‖m) + KL(q‖m)] / 2 with m = (p + q) / 2, shape (...,).

    Symmetric, and from 0 to log 2: never infinite, since m is zero only where both are. Its square
    root is a metric (and is what `scipy.spatial.distance.jensenshannon` returns). Errors as for
    `cross_entropy`. Source: J. Lin, "Divergence Measures Based on the Shannon Entropy", 1991.
    """
    p_, q_ = as_distribution(p, "p"), as_distribution(q, "q")
    check_same_classes(p_, q_, "p and q")
    m = (p_ + q_) / 2
    return in_dtype((kl_divergence(p_, m, base) + kl_divergence(q_, m, base)) / 2, p, q)


@np.errstate(all="ignore")
def kl_gaussian(mu1: ArrayLike, sigma1: ArrayLike, mu2: ArrayLike, sigma2: ArrayLike) -> NDArray:
    """KL(N(mu1, sigma1²) ‖ N(mu2, sigma2²)) in nats; the arguments broadcast.

    log(sigma2 / sigma1) + [sigma1² + (mu1 - mu2)²] / (2 sigma2²) - 1/2, computed with
    d = sigma1 / sigma2 - 1 as (d - log(1 + d)) + [d² + ((mu1 - mu2) / sigma2)²] / 2: no term is
    negative, so nothing cancels between them. Raises `ValueError` for a standard deviation
    that is not positive and finite, or a mean that is not finite.
    """
    m1, s1, m2, s2 = (
        as_floats(x, name)
        for x, name in ((mu1, "mu1"), (sigma1, "sigma1"), (mu2, "mu2"), (sigma2, "sigma2"))
    )
    for mean, name in ((m1, "mu1"), (m2, "mu2")):
        reject(np.isinf(mean), f"{name}: expected finite means", mean)
    for sigma, name in ((s1, "sigma1"), (s2, "sigma2")):
        reject(
            ~((sigma > 0) & (sigma < np.inf)),
            f"{name}: expected positive finite standard deviations",
            sigma,
        )
    d = (s1 - s2) / s2
    spread = _minus_log1p(d, s1 / s2) + d**2 / 2
    return in_dtype(spread + ((m1 - m2) / s2) ** 2 / 2, mu1, sigma1, mu2, sigma2)


@np.errstate(all="ignore")
def shannon_code_lengths(p: ArrayLike) -> NDArray:
    """Shannon's code lengths ⌈-log2 p⌉ in bits, shape (..., K), whole numbers as floats.

    They satisfy Kraft's inequality, so a prefix code with these lengths exists, and cost
    less than one bit per symbol more than the entropy. `inf` where p = 0: never sent, no word.
    """
    return in_dtype(np.ceil(_surprisal(as_distribution(p), 2)), p)


def huffman_code(frequencies: Mapping[Hashable, float]) -> dict[Hashable, str]:
    """The optimal prefix code: a word of "0" and "1" for each symbol.

    Join the two rarest groups, one gets a leading 0 and the other a leading 1, until one
    group is left. Ties go to the group that was there first, so the answer is always the
    same. Frequencies are counts or probabilities, in any scale; a frequency of 0 still gets
    a word. A single symbol gets "0", since an empty word could not be sent.

    Raises `ValueError` without symbols, or if a frequency is negative, infinite or NaN.
    Source: D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952.
    """
    if not frequencies:
        raise ValueError("frequencies: expected at least one symbol, got none")
    for symbol, frequency in frequencies.items():
        if not 0 <= frequency < math.inf:
            raise ValueError(
                "frequencies: expected finite numbers that are not negative, "
                f"got {frequency} for {symbol!r}"
            )
    if len(frequencies) == 1:
        return dict.fromkeys(frequencies, "0")
    age = count()
    groups = [(frequency, next(age), [symbol]) for symbol, frequency in frequencies.items()]
    heapq.heapify(groups)
    code = dict.fromkeys(frequencies, "")
    while len(groups) > 1:
        rarest, _, zeros = heapq.heappop(groups)
        second, _, ones = heapq.heappop(groups)
        for symbol in zeros:
            code[symbol] = "0" + code[symbol]
        for symbol in ones:
            code[symbol] = "1" + code[symbol]
        heapq.heappush(groups, (rarest + second, next(age), zeros + ones))
    return code


def expected_code_length(code: Mapping[Hashable, str], p: Mapping[Hashable, float]) -> float:
    """Mean length Σ p(symbol) · len(code[symbol]), in code letters (bits) per symbol.

    Raises `ValueError` if the probabilities do not form a distribution, or if a symbol
    with p > 0 has no word in the code.
    """
    as_distribution(list(p.values()))
    missing = [symbol for symbol in p if p[symbol] > 0 and symbol not in code]
    if missing:
        raise ValueError(f"code: expected a word for every symbol of p, got none for {missing}")
    return math.fsum(p[symbol] * len(code[symbol]) for symbol in p if p[symbol] > 0)


def _surprisal(p: NDArray, base: float) -> NDArray:
    """-log p, exact for powers of two in base 2; adding 0.0 turns -0.0 into 0.0."""
    if base == 2:
        return -np.log2(p) + 0.0
    return -np.log(p) / _log_of_base(base) + 0.0


def _minus_log1p(d: NDArray, one_plus_d: NDArray) -> NDArray:
    """d - log(1 + d), which is never negative, to a few roundings also where d is small.

    With t = d / (2 + d), log(1 + d) is 2 artanh t, and d - 2t is t d; what is left of artanh is
    its series from the third power on.
    """
    t = np.where(np.abs(d) < 0.25, d / (2 + d), 0.0)
    tail = sum(t**k / k for k in range(21, 1, -2))
    return np.where(np.abs(d) < 0.25, t * d - 2 * tail, d - np.log(one_plus_d))


def _log_of_base(base: float) -> float:
    if not (0 < base < math.inf and base != 1):
        raise ValueError(f"base: expected a positive number other than 1, got {base}")
    return math.log(base)
