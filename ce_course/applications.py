"""The losses of chapter 11's fields: most are cross-entropies, some only look like one.

Shapes as in `losses`: logits (N, K) with the classes on the last axis, a loss for each example, in
nats. Nothing is clipped. Results have the floating-point dtype of the first argument.

Sources:
[CQLTL] Z. Cao, T. Qin, T.-Y. Liu, M.-F. Tsai and H. Li, "Learning to rank: from pairwise to
        listwise approach", ICML 2007: ListNet, the top-one probabilities.
[G]   I. Goodfellow et al., "Generative adversarial nets", NIPS 2014: equation 1.
[LC]  G. Loaiza-Ganem and J. P. Cunningham, "The continuous Bernoulli: fixing a pervasive error in
      variational autoencoders", NeurIPS 2019.
[OLV] A. van den Oord, Y. Li and O. Vinyals, "Representation learning with contrastive predictive
      coding", arXiv:1807.03748, 2018: equation 4.
[RSMEMF] R. Rafailov et al., "Direct preference optimization: your language model is secretly a
      reward model", NeurIPS 2023: equation 7.
[SWDRK] J. Schulman et al., "Proximal policy optimization algorithms", arXiv:1707.06347, 2017:
      equation 7.
[W]   R. J. Williams, "Simple statistical gradient-following algorithms for connectionist
      reinforcement learning", Machine Learning 8, 1992: REINFORCE.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course import losses
from ce_course.support.validation import (
    as_floats,
    as_labels,
    as_logits,
    as_number,
    as_probabilities,
    check_same_shape,
    in_dtype,
    reject,
    weighted,
)

# ------------------------------------------------------------------ acting


@np.errstate(all="ignore")
def policy_gradient_loss(z: ArrayLike, actions: ArrayLike, advantages: ArrayLike) -> NDArray:
    """-A log π(a), shape (N,): its gradient is that of REINFORCE, its value means nothing [W].

    Parameters
    ----------
    z : logits of the policy π, shape (N, K)
    actions : the action that was taken, integers, shape (N,)
    advantages : how much better than expected it went, shape (N,); any finite sign. 0 times an
        infinite log-probability is 0.

    Raises
    ------
    ValueError
        As `losses.cross_entropy_from_logits` does, and for other shapes or infinite advantages.
    """
    z_ = as_logits(z)
    taken = as_labels(actions, z_.shape[-1], z_.shape[:-1], "actions")
    cost = losses.cross_entropy_from_logits(z_, taken)
    given = _finite(advantages, "advantages")
    if given.shape != np.shape(cost):
        raise ValueError(f"advantages: expected shape {np.shape(cost)}, got {given.shape}")
    return in_dtype(weighted(given, np.asarray(cost, np.float64)), z)


@np.errstate(all="ignore")
def ppo_loss(log_ratio: ArrayLike, advantages: ArrayLike, epsilon: float = 0.2) -> NDArray:
    """-min(r A, clip(r, 1 - ε, 1 + ε) A) with r = exp(log_ratio), in the inputs' shape [SWDRK].

    log_ratio: log π(a) minus the log-probability under the policy that acted. Raises `ValueError`
    for shapes that differ, advantages that are not finite, or an epsilon outside (0, 1).
    """
    r, given = np.exp(as_floats(log_ratio, "log_ratio")), _finite(advantages, "advantages")
    check_same_shape(r, given, "log_ratio and advantages")
    epsilon = as_number(epsilon, "epsilon", "a number between 0 and 1", lambda e: 0 < e < 1)
    clipped = np.clip(r, 1 - epsilon, 1 + epsilon)
    return in_dtype(0.0 - np.minimum(weighted(given, r), given * clipped), log_ratio)


# ------------------------------------------------------------------ preferring, matching, ranking


@np.errstate(all="ignore")
def dpo_loss(
    chosen: ArrayLike,
    rejected: ArrayLike,
    reference_chosen: ArrayLike,
    reference_rejected: ArrayLike,
    beta: float,
) -> NDArray:
    """-log sigmoid of beta times the difference of two log-ratios, shape (N,) [RSMEMF].

    The difference is (chosen - reference_chosen) - (rejected - reference_rejected).
    The four are log-probabilities of whole answers, shape (N,): of the model that is trained and of
    the one that it started as. beta > 0. Raises `ValueError` for log-probabilities above 0 or not
    finite, or shapes that differ.
    """
    names = ("chosen", "rejected", "reference_chosen", "reference_rejected")
    given = [_finite(x, name) for x, name in zip(
        (chosen, rejected, reference_chosen, reference_rejected), names, strict=True)]  # fmt: skip
    for x, name in zip(given, names, strict=True):
        reject(x > 0, f"{name}: expected log-probabilities, 0 or less", x)
        if x.shape != given[0].shape:
            raise ValueError(f"{name}: expected shape {given[0].shape}, got {x.shape}")
    beta = as_number(beta, "beta", "a positive number", lambda b: 0 < b < math.inf)
    margin = (given[0] - given[2]) - (given[1] - given[3])
    return in_dtype(losses.softplus(-beta * margin), chosen)


@np.errstate(all="ignore")
def info_nce(similarities: ArrayLike, temperature: float = 1.0) -> NDArray:
    """Cross-entropy of finding each row's partner, the diagonal, among N candidates: (N,) [OLV].

    similarities: (N, N), row i against candidate j. Raises `ValueError` for another shape, no
    candidates, numbers that are not finite, or a temperature that is not positive.
    """
    s = _finite(similarities, "similarities")
    if s.ndim != 2 or s.shape[0] != s.shape[1]:
        raise ValueError(f"similarities: expected shape (N, N), got {s.shape}")
    if len(s) == 0:
        raise ValueError("similarities: expected at least one candidate, got none")
    temperature = as_number(
        temperature, "temperature", "a positive number", lambda t: 0 < t < math.inf
    )
    z = s / temperature
    reject(np.isinf(z), "similarities / temperature: expected finite numbers", z)
    cost = losses.cross_entropy_from_logits(z, np.arange(len(s)))
    return in_dtype(np.asarray(cost), similarities)


@np.errstate(all="ignore")
def listnet_loss(scores: ArrayLike, relevance: ArrayLike) -> NDArray:
    """Cross-entropy between two softmaxes over a list: of relevance, and of scores [CQLTL].

    Both (..., K), a list on the last axis; the loss has shape (...,). Its floor is the entropy of
    softmax(relevance). Raises `ValueError` for shapes that differ or numbers that are not finite.
    """
    given, wanted = _finite(scores, "scores"), _finite(relevance, "relevance")
    if given.shape != wanted.shape or given.ndim == 0 or given.shape[-1] == 0:
        raise ValueError(
            f"scores, relevance: expected the same shape (..., K), got {given.shape} and "
            f"{wanted.shape}"
        )
    cost = losses.soft_target_cross_entropy(given, losses.softmax(wanted))
    return in_dtype(np.asarray(cost), scores)


# ------------------------------------------------------------------ generating


@np.errstate(all="ignore")
def discriminator_loss(real_z: ArrayLike, fake_z: ArrayLike) -> float:
    """Mean BCE of calling real examples 1, plus mean BCE of calling made ones 0: a number [G].

    Logits of any shape, real and made ones need not be equally many. Raises `ValueError` for none.
    """
    sides = []
    for z, name, label in ((real_z, "real_z", 1), (fake_z, "fake_z", 0)):
        given = as_floats(z, name)
        if given.size == 0:
            raise ValueError(f"{name}: expected at least one logit, got none")
        sides.append(losses.binary_cross_entropy_with_logits(given, np.float64(label)).mean())
    return float(sum(sides))


@np.errstate(all="ignore")
def reconstruction_bce(z: ArrayLike, x: ArrayLike) -> NDArray:
    """Binary cross-entropy of pixels x in [0, 1] from logits z, summed over the last axis.

    Shapes (..., pixels); the loss has shape (...,). For grey x it is no negative log-likelihood,
    and its floor is the sum of the pixels' entropies. Raises `ValueError` for values out of range,
    shapes that differ, or no pixels.
    """
    z_, x_ = _pixels(z, x)
    return in_dtype(losses.binary_cross_entropy_with_logits(z_, x_).sum(axis=-1), z)


@np.errstate(all="ignore")
def continuous_bernoulli_nll(z: ArrayLike, x: ArrayLike) -> NDArray:
    """-log of the density e^{zx} z / (e^z - 1) of pixels x in [0, 1], summed as above [LC].

    `reconstruction_bce` minus, for each pixel, the logarithm of what is missing to make it a
    density. May be negative, as densities may exceed 1. Errors as there, and for infinite logits.
    """
    z_, x_ = _pixels(z, x)
    reject(np.isinf(z_), "z: expected finite logits", z_)
    size, near = np.abs(z_), np.where(z_ > 0, 1 - x_, x_)  # e^{zx} z/(e^z - 1) = e^{-|z| near} ...
    small = size < 1e-8
    safe = np.where(small, 1.0, size)
    log_area = np.where(small, -size / 2, np.log(-np.expm1(-safe) / safe))
    return in_dtype((size * near + log_area).sum(axis=-1), z)


# ------------------------------------------------------------------ parts


def _finite(x: ArrayLike, name: str) -> NDArray:
    given = as_floats(x, name)
    reject(np.isinf(given), f"{name}: expected finite numbers", given)
    return given


def _pixels(z: ArrayLike, x: ArrayLike) -> tuple[NDArray, NDArray]:
    z_, x_ = as_logits(z), as_probabilities(x, "x")
    if z_.shape != x_.shape:
        raise ValueError(f"z, x: expected the same shape (..., pixels), got {z_.shape}, {x_.shape}")
    return z_, x_
