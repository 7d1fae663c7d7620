"""Surprisal, entropy, cross-entropy, KL divergence and codes: chapters 01 and 06.

Distributions `p`, `q` have their symbols on the last axis, shape (K,) or (..., K); leading
axes broadcast. Results are in nats unless `base` says otherwise (2 for bits). Zeros are
exact: a symbol with probability 0 has infinite surprisal, and 0 log 0 = 0 in every average.
Results have the floating-point dtype of the input; integers and lists give float64.

Source: C. E. Shannon, "A Mathematical Theory of Communication", 1948; T. M. Cover and
J. A. Thomas, "Elements of Information Theory", 2nd edition, 2006, chapters 2 and 5.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable, Mapping
from itertools import count

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.support.validation import (
    as_distribution,
    as_floats,
    as_number,
    as_probabilities,
    check_same_classes,
    in_dtype,
    reject,
    shown,
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
    Within a term, with d = (q - p)/p, it is p [d - log(1 + d)], which does not cancel either
    (`_minus_log1p`). q - p is exact there (Sterbenz's lemma). Relative error below 32 ε.

    `inf` where q = 0 and p > 0. Errors as for `cross_entropy`.
    """
    p_, q_ = as_distribution(p, "p"), as_distribution(q, "q")
    check_same_classes(p_, q_, "p and q")
    return in_dtype(_kl_terms(p_, q_, q_ - p_).sum(axis=-1) / _log_of_base(base), p, q)


@np.errstate(all="ignore")
def jensen_shannon(p: ArrayLike, q: ArrayLike, base: float = math.e) -> NDArray:
    """Jensen-Shannon divergence [KL(p‖m) + KL(q‖m)] / 2 with m = (p + q) / 2, shape (...,).

    Symmetric, and from 0 to log 2 but for rounding: never infinite, since m is zero only where both
    are. Its square root is a metric (and is what `scipy.spatial.distance.jensenshannon` returns).
    Computed with 2p, 2q and 2m = p + q, so that no half of a tiny number is rounded; relative error
    below 32 ε, also where q is near p. Errors as for `cross_entropy`.
    Source: J. Lin, "Divergence Measures Based on the Shannon Entropy", 1991.
    """
    p_, q_ = as_distribution(p, "p"), as_distribution(q, "q")
    check_same_classes(p_, q_, "p and q")
    double_m = p_ + q_
    terms = _kl_terms(2 * p_, double_m, q_ - p_) + _kl_terms(2 * q_, double_m, p_ - q_)
    return in_dtype(terms.sum(axis=-1) / (4 * _log_of_base(base)), p, q)


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
    try:
        d = (s1 - s2) / s2
        spread = _minus_log1p(d, _log_ratio(s1, s2)) + d**2 / 2
        apart = np.where(np.isinf(m1 - m2), m1 / s2 - m2 / s2, (m1 - m2) / s2)
        divergence = spread + apart**2 / 2
    except ValueError as error:
        shapes = ", ".join(str(x.shape) for x in (m1, s1, m2, s2))
        raise ValueError(
            f"mu1, sigma1, mu2, sigma2: expected shapes that broadcast, got {shapes}"
        ) from error
    return in_dtype(divergence, mu1, sigma1, mu2, sigma2)


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
    _check_mapping(frequencies, "frequencies")
    if not frequencies:
        raise ValueError("frequencies: expected at least one symbol, got none")
    counts = {
        symbol: as_number(
            frequency,
            f"frequencies, symbol {shown(symbol)}",
            "a finite number that is not negative",
            lambda number: 0 <= number < math.inf,
        )
        for symbol, frequency in frequencies.items()
    }
    if math.isinf(sum(counts.values())):
        raise ValueError("frequencies: expected a finite sum, got inf")
    if len(frequencies) == 1:
        return dict.fromkeys(frequencies, "0")
    age = count()
    groups = [(frequency, next(age), [symbol]) for symbol, frequency in counts.items()]
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
    with p > 0 has no word in the code, or for what is no mapping.
    """
    _check_mapping(code, "code")
    _check_mapping(p, "p")
    sent = {k: as_number(v, f"p, symbol {shown(k)}", "a probability") for k, v in p.items()}
    as_distribution(list(sent.values()))
    sent = {symbol: probability for symbol, probability in sent.items() if probability > 0}
    missing = [symbol for symbol in sent if symbol not in code]
    if missing:
        raise ValueError(f"code: expected a word for every symbol of p, got none for {missing}")
    for symbol in sent:
        if not isinstance(code[symbol], str):
            word = f"{shown(code[symbol])} for {shown(symbol)}"
            raise ValueError(f"code: expected words of letters, got {word}")
    return math.fsum(probability * len(code[symbol]) for symbol, probability in sent.items())


def _kl_terms(p: NDArray, q: NDArray, gap: NDArray) -> NDArray:
    """p log(p/q) + (q - p) of each symbol, never negative; `gap` is q - p."""
    d, log_ratio = gap / p, _log_ratio(q, p)
    far = gap - weighted(p, log_ratio)
    return np.where(np.abs(d) < 0.5, p * _minus_log1p(d, log_ratio), far)


def _log_ratio(a: NDArray, b: NDArray) -> NDArray:
    """log(a / b), also where a / b is too large or too small for a number of 16 digits."""
    difference = np.log(a) - np.log(b)
    return np.where(np.abs(difference) < 500, np.log(a / b), difference)


def _check_mapping(x: object, name: str) -> None:
    if not isinstance(x, Mapping):
        raise TypeError(f"{name}: expected a mapping from symbols, got {shown(x)}")


def _surprisal(p: NDArray, base: float) -> NDArray:
    """-log p, exact for powers of two in base 2; adding 0.0 turns -0.0 into 0.0."""
    unit = _log_of_base(base)
    if unit == math.log(2):
        return -np.log2(p) + 0.0
    return -np.log(p) / unit + 0.0


def _minus_log1p(d: NDArray, log1p_d: NDArray) -> NDArray:
    """d - log(1 + d), which is never negative, to a few roundings also where d is small.

    With t = d / (2 + d), log(1 + d) is 2 artanh t, and d - 2t is t d; what is left of artanh is
    its series from the third power on, t³ (1/3 + t²/5 + ...). `log1p_d` is used for |d| >= 1/2.
    """
    small = np.abs(d) < 0.5
    t = np.where(small, d / (2 + d), 0.0)
    series = np.zeros_like(t)
    for k in range(33, 1, -2):  # |t| <= 1/3: what follows is below 1e-18 of the sum
        series = series * t**2 + 1 / k
    return np.where(small, t * d - 2 * t**3 * series, d - log1p_d)


def _log_of_base(base: float) -> float:
    fits = "a positive number other than 1"
    return math.log(as_number(base, "base", fits, lambda b: 0 < b < math.inf and b != 1))
