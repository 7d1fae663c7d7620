"""The losses of chapters 02 and 03, from logits wherever it can be, and their parts.

Shapes: logits `z` are (N,) for binary and (N, K) for categorical losses, labels `y` (N,),
target distributions `q` (N, K). Classes are on the last axis; a single example, (K,), and
more leading axes work alike. Losses are per example and in nats. Nothing is clipped, no
epsilon is added: infinite losses come back as `inf`. Results have the floating-point dtype
of the first argument; integers and lists give float64.

Accuracy. Every loss here is written as a sum of terms of one sign, so that nothing cancels
and its *relative* error is a few roundings, also where the loss is nearly zero. The error
grows only with the gap between the logits, since exp turns the rounding error of z - max z
into a relative one: below 8 ε (1 + gap). Losses below the smallest normal number
(2.2e-308 in float64) are as good as the numbers there allow, and 0 below 5e-324.

Sources:
[BHH] P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and
      softmax functions", IMA Journal of Numerical Analysis 41(4), 2021, 2311-2330.
[M]   M. Mächler, "Accurately computing log(1 - exp(-|a|))", vignette of the R package
      Rmpfr, 2012: section on log(1 + exp(x)).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.validation import (
    as_distribution,
    as_floats,
    as_labels,
    as_logits,
    as_probabilities,
    check_same_classes,
    check_same_shape,
    in_dtype,
    reject,
    weighted,
)

# Binary: one logit per example


@np.errstate(all="ignore")  # exp may underflow to 0 and log 0 = -inf: answers, not accidents
def sigmoid(z: ArrayLike) -> NDArray:
    """The probability 1 / (1 + exp(-z)) of class 1, any shape.

    exp is only taken of -|z|, so it cannot overflow; for z < 0 the fraction is extended
    by exp(z): exp(z) / (1 + exp(z)). Raises `ValueError` for NaN.
    """
    return in_dtype(_sigmoid(as_floats(z, "z")), z)


@np.errstate(all="ignore")
def logit(p: ArrayLike) -> NDArray:
    """The log-odds log(p / (1 - p)), any shape: the inverse of `sigmoid`.

    -inf at p = 0, inf at p = 1. Near 1/2, where p / (1 - p) is 1 and a rounding, it is computed
    as 2 artanh(2p - 1), with 2p - 1 exact. Raises `ValueError` outside [0, 1].
    """
    p_ = as_probabilities(p)
    middle = np.abs(p_ - 0.5) < 0.25
    return in_dtype(np.where(middle, 2 * np.arctanh(2 * p_ - 1), np.log(p_ / (1 - p_))), p)


@np.errstate(all="ignore")
def softplus(z: ArrayLike) -> NDArray:
    """log(1 + exp(z)) = max(z, 0) + log1p(exp(-|z|)), any shape.

    exp cannot overflow, and log1p keeps the exp(z) that 1 + exp(z) would round away
    (compare [M]). Raises `ValueError` for NaN.
    """
    return in_dtype(_softplus(as_floats(z, "z")), z)


@np.errstate(all="ignore")
def binary_cross_entropy(p: ArrayLike, y: ArrayLike) -> NDArray:
    """-[y log p + (1 - y) log(1 - p)] for each predicted probability p of class 1.

    `y` is 0, 1 or a soft label between; of the shape of `p`, or either is a single number.
    A certain and wrong p costs `inf`; 0 log 0 = 0. Raises `ValueError` if p or y is NaN or
    outside [0, 1], or if the shapes differ.
    """
    p_, y_ = as_probabilities(p), as_probabilities(y, "y")
    check_same_shape(p_, y_, "p and y")
    return in_dtype(weighted(y_, -np.log(p_)) + weighted(1 - y_, -np.log1p(-p_)), p)


@np.errstate(all="ignore")
def binary_cross_entropy_with_logits(z: ArrayLike, y: ArrayLike) -> NDArray:
    """y softplus(-z) + (1 - y) softplus(z): `binary_cross_entropy(sigmoid(z), y)` from logits.

    -log sigmoid(z) is softplus(-z) and -log(1 - sigmoid(z)) is softplus(z). Both terms are
    positive; the shorter softplus(z) - y z cancels to 0 for y = 1 and z = 40, where the
    loss is 4.248e-18. Shapes and errors as in `binary_cross_entropy`; z may be infinite.
    """
    z_, y_ = as_floats(z, "z"), as_probabilities(y, "y")
    check_same_shape(z_, y_, "z and y")
    return in_dtype(weighted(y_, _softplus(-z_)) + weighted(1 - y_, _softplus(z_)), z)


@np.errstate(all="ignore")
def binary_cross_entropy_grad(z: ArrayLike, y: ArrayLike) -> NDArray:
    """Derivative of the loss of each example with respect to its logit: sigmoid(z) - y.

    Written as (1 - y) sigmoid(z) - y sigmoid(-z), which is the same because sigmoid(-z) =
    1 - sigmoid(z), and which still sees the gradient -4.248e-18 at z = 40, y = 1.
    Shapes and errors as in `binary_cross_entropy_with_logits`; no 1/N.
    """
    z_, y_ = as_floats(z, "z"), as_probabilities(y, "y")
    check_same_shape(z_, y_, "z and y")
    return in_dtype((1 - y_) * _sigmoid(z_) - y_ * _sigmoid(-z_), z)


def prior_baseline(y: ArrayLike) -> NDArray:
    """Mean loss of the best constant prediction: the entropy of the label frequency, in nats.

    `y` is (N,), or (N, L) for L separate labels, which gives shape (L,). The best constant
    is the mean m of y, and the mean loss there is `binary_cross_entropy(m, m)`, for soft
    labels too. Raises `ValueError` if y is empty, NaN or outside [0, 1].
    """
    y_ = as_probabilities(y, "y")
    if y_.ndim == 0 or len(y_) == 0:
        raise ValueError(f"y: expected at least one label, got shape {y_.shape}")
    frequency = y_.mean(axis=0)
    return in_dtype(binary_cross_entropy(frequency, frequency), y)


# Categorical: K logits per example, on the last axis


@np.errstate(all="ignore")
def logsumexp(z: ArrayLike) -> NDArray:
    """log Σ exp(z) over the last axis, shape (...,): max z + log1p(Σ' exp(z - max z)).

    Σ' leaves out the largest term, which is 1: log1p adds it without rounding the others away
    ([BHH], algorithm 4.1). The absolute error is below 4 ε (1 + max |z|); with hundreds of
    classes the size of log K itself adds its rounding, at most 2 ε log K. `inf` if any z is
    inf, -inf if all are.
    Raises `ValueError` for NaN or no classes.
    """
    largest, _, others = _relative_to_largest(as_logits(z))
    return in_dtype((largest + np.log1p(others))[..., 0], z)


@np.errstate(all="ignore")
def softmax(z: ArrayLike) -> NDArray:
    """exp(z) / Σ exp(z) over the last axis, same shape; computed from z - max z.

    One +inf takes all the probability. Raises `ValueError` for NaN, no classes, or where
    softmax has no value: several +inf, or nothing but -inf.
    """
    distance, others = _distances(z)
    return in_dtype(np.exp(distance) / (1 + others), z)


@np.errstate(all="ignore")
def log_softmax(z: ArrayLike) -> NDArray:
    """log softmax(z) over the last axis, same shape: (z - max z) - log1p(Σ' exp(z - max z)).

    Both parts are at most zero, so nothing cancels. In z - logsumexp(z), whose absolute error
    [BHH] bound, the two may agree to the last digit: that gives 0 for z = [40, 0], class 0,
    where the answer is -4.248e-18. Relative error below 8 ε (1 + gap). Errors as in `softmax`.
    """
    distance, others = _distances(z)
    return in_dtype(distance - np.log1p(others), z)


@np.errstate(all="ignore")
def cross_entropy_from_logits(z: ArrayLike, y: ArrayLike) -> NDArray:
    """-log softmax(z)[y]: the loss of each example, shape (N,) for z (N, K) and y (N,).

    Accurate as `log_softmax`. Raises `ValueError` as there, and if y is not of integers from
    0 to K - 1, one for each example.
    """
    distance, others = _distances(z)
    y_ = as_labels(y, distance.shape[-1], distance.shape[:-1])
    own_distance = np.take_along_axis(distance, y_[..., np.newaxis], axis=-1)
    return in_dtype((np.log1p(others) - own_distance)[..., 0], z)


@np.errstate(all="ignore")
def soft_target_cross_entropy(z: ArrayLike, q: ArrayLike) -> NDArray:
    """-Σ q log softmax(z) over the last axis: the loss of each example, shape (N,).

    Target distributions `q` are (N, K), or (K,) for the same target everywhere. A class with
    q = 0 costs nothing even at z = -inf. Raises `ValueError` as `softmax` does, and if q is
    not a distribution over the same classes.
    """
    distance, others = _distances(z)
    q_ = as_distribution(q, "q")
    check_same_classes(distance, q_, "z and q")
    return in_dtype(weighted(q_, np.log1p(others) - distance).sum(axis=-1), z)


def one_hot(y: ArrayLike, num_classes: int) -> NDArray:
    """Labels (...,) as distributions (..., num_classes), float64: 1 at the label, else 0.

    Raises `ValueError` if a label is not an integer from 0 to num_classes - 1.
    """
    y_ = as_labels(y, num_classes)
    return (y_[..., np.newaxis] == np.arange(num_classes)).astype(np.float64)


def _sigmoid(z: NDArray) -> NDArray:
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def _softplus(z: NDArray) -> NDArray:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _relative_to_largest(z: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Largest logit m, the distances z - m <= 0, and Σ' exp(z - m) without the largest term.

    The last axis is kept. Of equal largest logits one is left out of the sum. inf - inf
    counts as 0: an infinite logit is no distance from itself.
    """
    largest = z.max(axis=-1, keepdims=True)
    distance = np.where(z == largest, 0.0, z - largest)
    terms = np.exp(distance)
    np.put_along_axis(terms, z.argmax(axis=-1, keepdims=True), 0.0, axis=-1)
    return largest, distance, terms.sum(axis=-1, keepdims=True)


def _distances(z: ArrayLike) -> tuple[NDArray, NDArray]:
    """z - max z and Σ', where a softmax exists."""
    z_ = as_logits(z)
    largest, distance, others = _relative_to_largest(z_)
    infinite = np.isposinf(z_).sum(axis=-1)
    reject(np.isneginf(largest[..., 0]), "z: expected a logit above -inf per example", "only -inf")
    reject(infinite > 1, "z: expected at most one +inf per example", "several")
    return distance, others
