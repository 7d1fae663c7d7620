"""Cross-entropy where the vocabulary is large, and the family of losses around it. Chapter 12.

Vocabulary V, tokens N, width d: what the network says `h` (N, d), the words' rows `W` (V, d) as
`nn.Linear` keeps them, logits h @ W.T (N, V), labels `y` (N,). Losses one per example in nats,
dtypes and infinities as in `losses.py`. The loss that never holds all logits is
`torch_losses.chunked_linear_cross_entropy`.

Sources:
[BS]  Y. Bengio and J.-S. Senécal, "Adaptive importance sampling to accelerate training of a neural
      probabilistic language model", IEEE Transactions on Neural Networks 19(4), 2008: sampled
      words weighed by what they stand for.
[C]   A. Chowdhery et al., "PaLM: scaling language modeling with pathways", 2022: the auxiliary
      loss on log Z, section 5.
[LTK] Z. Leng, M. Tan, C. Liu, E. D. Cubuk, X. Shi, S. Cheng and D. Anguelov, "PolyLoss: a
      polynomial expansion perspective of classification loss functions", ICLR 2022: Poly-1.
[S]   M. Shoeybi et al., "Megatron-LM: training multi-billion parameter language models using model
      parallelism", 2019: the vocabulary split over devices, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course import devices, losses
from ce_course.support.validation import (
    as_count,
    as_floats,
    as_labels,
    as_logits,
    as_number,
    as_probabilities,
    in_dtype,
    reject,
    shown,
    weighted,
)

MOST = 2**53  # the largest count that a float holds exactly

# ------------------------------------------------------------------ memory


def logits_bytes(tokens: int, vocabulary: int, itemsize: int) -> int:
    """tokens · vocabulary · itemsize: the bytes of the logits of so many tokens, exactly.

    Raises `ValueError` for counts below 0 (tokens) or 1.
    """
    tokens, vocabulary, itemsize = (
        as_count(x, name, f"a whole number from {least} on", least, MOST)
        for x, name, least in (
            (tokens, "tokens", 0),
            (vocabulary, "vocabulary", 1),
            (itemsize, "itemsize", 1),
        )
    )
    return tokens * vocabulary * itemsize


def linear_loss_bytes(
    tokens: int, vocabulary: int, width: int, itemsize: int, chunk: int | None = None
) -> dict[str, int]:
    """What loss and gradients of the last layer need beside h and W, in bytes, part by part.

    chunk None: three arrays (tokens, vocabulary), the log-softmax, its gradient and that of the
    logits, which are alive at one time on the way back. Otherwise one buffer for the logits of
    `chunk` tokens. Then the gradients of W and h, which no method can do without (if both are asked
    for). All in one format. Errors as in `logits_bytes`.
    """
    rows, copies = tokens, 3
    if chunk is not None:
        least = as_count(chunk, "chunk", "a whole number from 1 on", 1, MOST)
        rows, copies = min(least, as_count(tokens, "tokens", "a whole number", 0, MOST)), 1
    as_count(width, "width", "a whole number from 1 on", 1, MOST)
    return {
        "logits": copies * logits_bytes(rows, vocabulary, itemsize),
        "gradient of W": logits_bytes(vocabulary, width, itemsize),
        "gradient of h": logits_bytes(tokens, width, itemsize),
    }


def linear_loss_peak(
    tokens: int, vocabulary: int, width: int, itemsize: int, chunk: int | None = None
) -> int:
    """The most bytes that these parts take at one time, as `memory.peak_bytes` counts it.

    All at once: three arrays of logits, or, where that is more, one of them and the gradients of W
    and h, which come when the two others are gone. In chunks: the gradients beside the buffer, or
    beside their scaled copies, which `backward` makes. Errors as in `logits_bytes`.
    """
    logits, *gradients = linear_loss_bytes(tokens, vocabulary, width, itemsize, chunk).values()
    if chunk is None:
        return max(logits, logits // 3 + sum(gradients))
    return sum(gradients) + max(logits, sum(gradients))


# ------------------------------------------------------------------ fewer words


@np.errstate(all="ignore")
def sampled_softmax_loss(h: ArrayLike, W: ArrayLike, y: ArrayLike, sampled: ArrayLike) -> NDArray:
    """Cross-entropy against the true word and a few drawn ones, which stand for all: (N,).

    log(1 + Σ_s V/S exp(z_s - z_y)) over the S draws s that are not y [BS]. The draws are uniform
    over all V words, with replacement, the same for all examples; so the sum is right on average,
    and the loss, its logarithm, too small on average. Where S = V and every word is drawn once, it
    is the cross-entropy.

    Parameters
    ----------
    h : shape (N, d)
    W : shape (V, d)
    y : integer labels, shape (N,)
    sampled : integer words, shape (S,), S > 0

    Raises
    ------
    ValueError
        For shapes that do not fit, words that do not exist, numbers that are not finite, and
        logits that overflow.
    """
    h_, W_ = as_floats(h, "h"), as_floats(W, "W")
    if h_.ndim != 2 or W_.ndim != 2 or h_.shape[1] != W_.shape[1] or len(W_) == 0:
        raise ValueError(f"h, W: expected shapes (N, d) and (V, d), got {h_.shape} and {W_.shape}")
    for a, name in ((h_, "h"), (W_, "W")):
        reject(~np.isfinite(a), f"{name}: expected finite numbers", a)
    y_ = as_labels(y, len(W_), h_.shape[:1])
    drawn = as_labels(sampled, len(W_), name="sampled")
    if drawn.ndim != 1 or len(drawn) == 0:
        raise ValueError(f"sampled: expected shape (S,) with S > 0, got shape {drawn.shape}")
    own = (h_ * W_[y_]).sum(axis=-1)
    others = h_ @ W_[drawn].T
    for z in (own, others):
        reject(~np.isfinite(z), "h, W: expected finite logits", z)
    distance = others - own[:, np.newaxis] + math.log(len(W_) / len(drawn))
    distance = np.where(drawn == y_[:, np.newaxis], -np.inf, distance)
    terms = np.column_stack([np.zeros(len(h_)), distance])
    return in_dtype(_log_sum(terms), h, W)


def _log_sum(terms: NDArray) -> NDArray:
    """log Σ exp over rows whose first entry is 0: log1p where that is the largest."""
    return np.asarray(losses.cross_entropy_from_logits(terms, np.zeros(len(terms), int)))


# ------------------------------------------------------------------ many devices


@np.errstate(all="ignore")
def sharded_cross_entropy(shards: Sequence[ArrayLike], y: ArrayLike) -> NDArray:
    """Cross-entropy (N,) from logits that are split by words: shards (N, V_1), (N, V_2), ...

    The words are numbered through all shards: y = V_1 is the first word of the second. Only three
    numbers for each example cross a border: the largest logit, the sum of exponentials, and the
    true word's logit. Raises `ValueError` as `losses.cross_entropy_from_logits` does, and for no
    shards or different numbers of rows.
    """
    if not isinstance(shards, Sequence) or len(shards) == 0 or isinstance(shards, str | bytes):
        raise ValueError(f"shards: expected a list of arrays, one or more, got {shown(shards)}")
    parts = [as_floats(shard, "shards") for shard in shards]
    shapes = [part.shape for part in parts]
    if any(part.ndim != 2 or len(part) != len(parts[0]) for part in parts):
        raise ValueError(f"shards: expected shapes (N, V_1), (N, V_2), ..., got {shapes}")
    words = sum(part.shape[1] for part in parts)
    if words == 0:
        raise ValueError(f"shards: expected a word or more, got shapes {shapes}")
    y_ = as_labels(y, words, (len(parts[0]),))
    infinite = sum(np.isposinf(part).sum(axis=1) for part in parts)
    reject(infinite > 1, "shards: expected at most one +inf per example", "several")
    none = np.all([np.isneginf(part).all(axis=1) for part in parts], axis=0)
    reject(none, "shards: expected a logit above -inf per example", "only -inf")
    firsts = np.cumsum([0, *(part.shape[1] for part in parts[:-1])])
    work = [(part, y_, int(first)) for part, first in zip(parts, firsts, strict=True)]
    return in_dtype(devices.in_turn(devices.shard_losses, work)[0], *shards)


# ------------------------------------------------------------------ logits kept small


@np.errstate(all="ignore")
def z_loss(z: ArrayLike, coefficient: float) -> NDArray:
    """coefficient · (log Z)² with Z = Σ exp(z) of each example: (N,) for z (N, K) [C].

    Added to the cross-entropy, which does not change when all logits of an example move together,
    it holds log Z near 0. Its gradient is 2 · coefficient · log Z · softmax(z). Raises `ValueError`
    for logits that are no numbers or of no class, nothing but -inf or any inf, or a coefficient
    below 0.
    """
    expected = "a finite number of 0 or more"
    coefficient = as_number(coefficient, "coefficient", expected, lambda c: 0 <= c < math.inf)
    log_Z = np.asarray(losses.logsumexp(as_logits(z).astype(np.float64)))
    reject(~np.isfinite(log_Z), "z: expected finite log-sums of exponentials", log_Z)
    return in_dtype(weighted(np.float64(coefficient), log_Z**2), z)


@np.errstate(all="ignore")
def soft_cap(z: ArrayLike, cap: float) -> NDArray:
    """cap · tanh(z / cap), same shape: nearly z for small logits, never beyond ± cap.

    Its derivative is 1 - tanh²(z / cap). Raises `ValueError` unless cap is positive and finite.
    """
    cap = as_number(cap, "cap", "a positive finite number", lambda c: 0 < c < math.inf)
    return in_dtype(cap * np.tanh(as_floats(z, "z") / cap), z)


# ------------------------------------------------------------------ the family around -log p


@np.errstate(all="ignore")
def loss_family(p: ArrayLike, gamma: float, q: float, epsilon: float) -> NDArray:
    """(1 - p)^gamma (1 - p^q) / q + epsilon (1 - p) of the truth's probability p, same shape.

    One family that has these in it: (0, 0, 0) is cross-entropy, -log p being the limit for
    q -> 0; (gamma, 0, 0) is focal loss; (0, q, 0) generalized cross-entropy; (0, 0, epsilon)
    Poly-1 [LTK]; (0, 1, 0) is 1 - p. gamma is 0 or more, q from 0 to 1, epsilon -1 or more.
    Raises `ValueError` for values out of range.
    """
    p_ = as_probabilities(p)
    at_least = "a finite number of {} or more"
    gamma = as_number(gamma, "gamma", at_least.format(0), lambda g: 0 <= g < math.inf)
    q = as_number(q, "q", "a number from 0 to 1", lambda q: 0 <= q <= 1)
    epsilon = as_number(epsilon, "epsilon", at_least.format(-1), lambda e: -1 <= e < math.inf)
    log_p = np.log(p_)
    cost = -log_p if q == 0 else -np.expm1(weighted(np.float64(q), log_p)) / q
    return in_dtype(weighted((1 - p_) ** gamma, cost) + epsilon * (1 - p_), p)
