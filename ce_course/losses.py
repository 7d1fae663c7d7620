"""The losses, from logits wherever it can be; their parts and derivatives.

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
[B]   G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly
      Weather Review 78(1), 1950, 1-3.
[CV]  C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20, 1995, 273-297.
[CVCS] N. Charoenphakdee, J. Vongkulbhisal, N. Chairatanakul and M. Sugiyama, "On focal loss for
      class-posterior probability estimation: a theoretical perspective", CVPR 2021.
[HVD] G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network",
      arXiv:1503.02531, 2015.
[LGGHD] T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal loss for dense object
      detection", ICCV 2017.
[M]   M. Mächler, "Accurately computing log(1 - exp(-|a|))", vignette of the R package
      Rmpfr, 2012: section on log(1 + exp(x)).
[MNA] F. Milletari, N. Navab and S.-A. Ahmadi, "V-Net: fully convolutional neural networks for
      volumetric medical image segmentation", 3DV 2016.
[PTVF] W. H. Press, S. A. Teukolsky, W. T. Vetterling and B. P. Flannery, "Numerical Recipes",
      3rd edition, 2007: section on numerical derivatives.
[SEG] S. S. M. Salehi, D. Erdogmus and A. Gholipour, "Tversky loss function for image segmentation
      using 3D fully convolutional deep networks", MLMI 2017.
[YSSR] M. Yeung, E. Sala, C.-B. Schönlieb and L. Rundo, "Unified focal loss: generalising Dice and
      cross entropy-based losses to handle class imbalanced medical image segmentation",
      Computerized Medical Imaging and Graphics 95, 2022; code: github.com/mlyg/unified-focal-loss.
[SVISW] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the Inception
      architecture for computer vision", CVPR 2016.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.support.validation import (
    as_array,
    as_count,
    as_distribution,
    as_floats,
    as_function,
    as_labels,
    as_logits,
    as_number,
    as_probabilities,
    check_same_classes,
    check_same_shape,
    check_size,
    in_dtype,
    reject,
    shown,
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


@np.errstate(all="ignore")
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
    return in_dtype(np.log1p(others)[..., 0] - _at(distance, y_), z)


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


@np.errstate(all="ignore")
def nll(log_p: ArrayLike, y: ArrayLike) -> NDArray:
    """-log_p[y], the negative log-likelihood of each example: shape (N,) for log_p (N, K).

    `torch.nn.NLLLoss` for one example; but that also takes what are no log-probabilities.
    Raises `ValueError` unless the exponentials of each row sum to one, and for bad labels as
    `cross_entropy_from_logits` does.
    """
    log_p_ = as_logits(log_p, "log_p")
    as_distribution(in_dtype(np.exp(log_p_), log_p), "exp(log_p)")
    return in_dtype(-_at(log_p_, as_labels(y, log_p_.shape[-1], log_p_.shape[:-1])), log_p)


@np.errstate(all="ignore")
def cross_entropy_loss(
    z: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> NDArray:
    """All that `torch.nn.CrossEntropyLoss` does, with the classes on the last axis of `z`.

    PyTorch has the classes on axis 1. For its logits of shape (N, K, D) give
    `np.moveaxis(z, 1, -1)` here, and move the axis of probability targets likewise.

    Parameters
    ----------
    z : logits, shape (..., K): (K,), (N, K), (N, D, K), ...
    target : integer labels, shape (...,); or floating-point probabilities, shape (..., K)
    weight : shape (K,), not negative: the term of class k counts weight[k] times
    ignore_index : examples with this label cost nothing and are not counted (labels only)
    reduction : "none" returns the losses, shape (...,); "sum" their sum; "mean" divides the sum
        by the total weight of the labels that are not ignored; for probability targets by the
        number of examples, whatever the weights. The mean of nothing is nan.
    label_smoothing : the share of each target that is spread evenly over all K classes

    Raises
    ------
    ValueError
        As `cross_entropy_from_logits` and `soft_target_cross_entropy` do, and for arguments out
        of range. PyTorch also takes probability targets that are none.
    """
    if not (isinstance(reduction, str) and reduction in ("none", "mean", "sum")):
        raise ValueError(f"reduction: expected 'none', 'mean' or 'sum', got {shown(reduction)}")
    label_smoothing = _share(label_smoothing, "label_smoothing")
    ignore_index = as_count(ignore_index, "ignore_index", "a whole number", -(2**63), 2**63)
    distance, others = _distances(z)
    cost = np.log1p(others) - distance  # -log softmax, never negative
    num_classes = cost.shape[-1]
    w = _class_weights(weight, num_classes)
    target_ = as_array(target, "target")
    if target_.dtype.kind not in "biuf":
        raise ValueError(f"target: expected labels or probabilities, got dtype {target_.dtype}")
    if target_.dtype.kind == "f":
        if ignore_index >= 0:
            raise ValueError(f"ignore_index: expected integer labels with it, got {target_.dtype}")
        q = as_distribution(target_, "target")
        if q.shape != cost.shape:
            raise ValueError(f"target: expected the shape of z, {cost.shape}, got {q.shape}")
        own, counted = weighted(w * q, cost).sum(axis=-1), np.ones(cost.shape[:-1])
        used = counted
    else:
        used = target_ != ignore_index
        y = as_labels(np.where(used, target_, 0), num_classes, cost.shape[:-1], "target")
        own, counted = weighted(w[y], _at(cost, y)), w[y] * used
    even = weighted(w / num_classes, cost).sum(axis=-1)
    smoothed = weighted(1 - label_smoothing, own) + weighted(label_smoothing, even)
    losses = weighted(used, smoothed)
    if reduction == "none":
        return in_dtype(losses, z)
    return in_dtype(losses.sum() / (counted.sum() if reduction == "mean" else 1), z)


def double_softmax_floor(num_classes: int) -> float:
    """The least cross-entropy, in nats, if probabilities are fed in place of logits.

    ln(e + K - 1) - 1. The loss is then log Σ exp(p_k - p_y), and no p_k - p_y is below -1.
    Computed as log1p((K - 1) / e): 0 for K = 1. Raises `ValueError` without a class.
    """
    return math.log1p((_num_classes(num_classes) - 1) / math.e)


def one_hot(y: ArrayLike, num_classes: int) -> NDArray:
    """Labels (...,) as distributions (..., num_classes), float64: 1 at the label, else 0.

    Raises `ValueError` if a label is not an integer from 0 to num_classes - 1, or if the
    distributions would not fit into memory.
    """
    num_classes = _num_classes(num_classes)
    y_ = as_labels(y, num_classes)
    check_size(y_.size * num_classes, "num_classes")
    return (y_[..., np.newaxis] == np.arange(num_classes)).astype(np.float64)


# Derivatives of the categorical loss


@np.errstate(all="ignore")
def softmax_jacobian(z: ArrayLike) -> NDArray:
    """∂p_i/∂z_j of p = softmax(z): p_i (1 if i = j else 0) - p_i p_j, shape (..., K, K).

    Symmetric; rows and columns sum to zero. The diagonal p_i (1 - p_i) is computed as p_i times
    the sum of the other probabilities, so that nothing cancels where p_i is nearly 1.
    Errors as in `softmax`, and for so many classes that the matrix would not fit into memory.
    """
    p = softmax(as_floats(z, "z"))
    check_size(p.size * p.shape[-1], "z, its Jacobian")
    same = np.eye(p.shape[-1])
    others = p @ (1 - same)
    jacobian = (p * others)[..., np.newaxis] * same
    jacobian -= (1 - same) * p[..., :, np.newaxis] * p[..., np.newaxis, :]
    return in_dtype(jacobian, z)


@np.errstate(all="ignore")
def softmax_cross_entropy_grad(z: ArrayLike, y: ArrayLike) -> NDArray:
    """Derivatives of each example's loss with respect to its logits: softmax(z) - one_hot(y).

    Shape of z, (N, K) or (..., K). At the true class p_y - 1 is computed as minus the sum of the
    other probabilities: that still sees the gradient -4.248e-18 at z = [40, 0], y = 0. No 1/N.
    Errors as in `cross_entropy_from_logits`.
    """
    p = softmax(as_floats(z, "z"))
    own = as_labels(y, p.shape[-1], p.shape[:-1])[..., np.newaxis]
    np.put_along_axis(p, own, 0.0, axis=-1)
    np.put_along_axis(p, own, -p.sum(axis=-1, keepdims=True), axis=-1)
    return in_dtype(p, z)


def softmax_cross_entropy_hessian(z: ArrayLike) -> NDArray:
    """Second derivatives of each example's loss with respect to its logits, shape (..., K, K).

    The gradient is softmax(z) minus a constant, so this is `softmax_jacobian`, whatever the
    label or target. Positive semidefinite: v·Hv is the variance of v under softmax(z). It is 0
    for constant v, and at most half of v·v. Errors as in `softmax`.
    """
    return softmax_jacobian(z)


@np.errstate(all="ignore")
def linear_layer_grads(
    X: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> tuple[NDArray, NDArray, NDArray]:
    """Gradients of the mean cross-entropy of the logits X @ W + b: for W, for b and for X.

    Parameters
    ----------
    X : shape (N, D)
    W : shape (D, K); b : shape (K,)
        `torch.nn.Linear` keeps the transpose of W.
    y : integer labels, shape (N,)

    Returns
    -------
    dW (D, K), db (K,), dX (N, D)
        With G = (softmax(X @ W + b) - one_hot(y)) / N: X.T @ G, the column sums of G, G @ W.T.

    Raises `ValueError` for shapes that do not fit, and as `softmax_cross_entropy_grad` does.
    """
    X_, W_, b_ = as_floats(X, "X"), as_floats(W, "W"), as_floats(b, "b")
    if X_.ndim != 2 or W_.shape != (X_.shape[1], b_.size) or b_.ndim != 1 or len(X_) == 0:
        raise ValueError(
            "X, W, b: expected shapes (N, D), (D, K) and (K,), "
            f"got {X_.shape}, {W_.shape} and {b_.shape}"
        )
    Z = X_ @ W_ + b_
    reject(~np.isfinite(Z), "X, W, b: expected finite logits X @ W + b", Z)
    G = softmax_cross_entropy_grad(Z, y) / len(X_)
    return tuple(in_dtype(grad, X, W, b) for grad in (X_.T @ G, G.sum(axis=0), G @ W_.T))


def numerical_gradient(f: Callable[[NDArray], float], x: ArrayLike, step: float = 1e-5) -> NDArray:
    """Derivatives of f, which maps an array to one number, by central differences; shape of x.

    (f(x + h e_i) - f(x - h e_i)) / 2h for each entry, h = `step`. The error is h²/6 times the
    third derivative, plus ε |f| / h for rounding; with everything near 1 the sum is smallest
    at h = (3 ε)^(1/3), nearly 1e-5 ([PTVF], section 5.7). f never gets x itself. Always float64.

    Raises `ValueError` if x is not finite, the step is not positive or too small to move x, or f
    gives no single number.
    """
    as_function(f, "f")
    x_ = as_floats(x, "x").astype(np.float64)
    reject(np.isinf(x_), "x: expected finite numbers", x_)
    step = as_number(step, "step", "a positive number", lambda h: 0 < h < math.inf)
    gradient = np.empty(x_.shape)
    for index in np.ndindex(x_.shape):
        here, ends = float(x_[index]), []
        for moved in (here + step, here - step):
            if moved == here or math.isinf(moved):
                raise ValueError(f"step: expected one that moves {here}, got {step}")
            nudged = x_.copy()
            nudged[index] = moved
            value = as_array(f(nudged), "f")
            if value.size != 1:
                raise ValueError(f"f: expected one number, got shape {value.shape}")
            if value.dtype.kind not in "biuf":
                raise ValueError(f"f: expected real numbers, got dtype {value.dtype}")
            ends.append((moved, float(value.item())))
        (right, at_right), (left, at_left) = ends
        gradient[index] = (at_right - at_left) / (right - left)
    return gradient[()]


# Squared error and hinge


@np.errstate(all="ignore")
def mse_sigmoid(z: ArrayLike, y: ArrayLike) -> NDArray:
    """(sigmoid(z) - y)², the squared error of a sigmoid's output, for each example; in [0, 1].

    Shapes and errors as in `binary_cross_entropy_with_logits`. No mean is taken, and no factor
    1/2 stands in front. For y = 1 it is sigmoid(-z)², without cancellation.
    """
    z_, y_ = as_floats(z, "z"), as_probabilities(y, "y")
    check_same_shape(z_, y_, "z and y")
    return in_dtype(np.square((1 - y_) * _sigmoid(z_) - y_ * _sigmoid(-z_)), z)


@np.errstate(all="ignore")
def mse_sigmoid_grad(z: ArrayLike, y: ArrayLike) -> NDArray:
    """Derivative of `mse_sigmoid` with respect to the logit: 2 (p - y) p (1 - p), p = sigmoid(z).

    1 - p is computed as sigmoid(-z), p - y as in `binary_cross_entropy_grad`, so that the
    gradient does not turn into 0 before it is smaller than the smallest float.
    Shapes and errors as in `binary_cross_entropy_with_logits`; no 1/N.
    """
    z_, y_ = as_floats(z, "z"), as_probabilities(y, "y")
    check_same_shape(z_, y_, "z and y")
    p, rest = _sigmoid(z_), _sigmoid(-z_)
    return in_dtype(2 * ((1 - y_) * p - y_ * rest) * p * rest, z)


@np.errstate(all="ignore")
def brier_score(p: ArrayLike, y: ArrayLike) -> NDArray:
    """Σ (p - one-hot y)² over the last axis: shape (N,) for p (N, K) and labels y (N,).

    From 0 to 2, the original definition for any number of classes [B]. For two classes it is
    twice the squared error (p - y)² of the one probability that binary models give.
    Raises `ValueError` if a row of p is no distribution, and for bad labels as
    `cross_entropy_from_logits` does.
    """
    p_ = as_distribution(p)
    y_ = as_labels(y, p_.shape[-1], p_.shape[:-1])
    return in_dtype(np.square(p_ - one_hot(y_, p_.shape[-1])).sum(axis=-1), p)


@np.errstate(all="ignore")
def hinge_loss(margin: ArrayLike) -> NDArray:
    """max(0, 1 - margin) of each example, any shape: the loss of support vector machines [CV].

    The margin is the score times the label, which is -1 or 1 here: positive where the sign is
    right. Raises `ValueError` for NaN.
    """
    return in_dtype(np.maximum(0, 1 - as_floats(margin, "margin")), margin)


# Imbalance: class weights, the focal family, overlaps (chapter 08)


def weighted_cross_entropy(z: ArrayLike, y: ArrayLike, weight: ArrayLike) -> NDArray:
    """Σ w[y] · loss / Σ w[y] over the examples: one number, the "mean" of PyTorch's `weight`.

    z : logits (N, K); y : integer labels (N,); weight : (K,), finite and not negative. A common
    factor of all weights cancels. NaN if the labels that occur have no weight.
    `cross_entropy_loss` has the other reductions. Errors as there.
    """
    z_ = as_logits(z)
    y_ = as_labels(y, z_.shape[-1], z_.shape[:-1])
    return in_dtype(cross_entropy_loss(z_, y_, weight=weight), z)


@np.errstate(all="ignore")
def true_class_log_odds(z: ArrayLike, y: ArrayLike) -> NDArray:
    """log(p_y / (1 - p_y)) of the true class under softmax(z): shape (N,) for z (N, K), y (N,).

    z_y - logsumexp of the other logits. With it every loss that looks at p_y alone is a binary
    one: cross-entropy is `binary_cross_entropy_with_logits(m, 1)`, the focal loss of K classes
    `focal_loss(m, 1)`. `inf` if there is no other class. Errors as in
    `cross_entropy_from_logits`.
    """
    _distances(z)
    z_ = as_logits(z)
    own = as_labels(y, z_.shape[-1], z_.shape[:-1])
    others = z_.copy()
    np.put_along_axis(others, own[..., np.newaxis], -np.inf, axis=-1)
    largest, _, rest = _relative_to_largest(others)
    return in_dtype((_at(z_, own) - largest[..., 0]) - np.log1p(rest)[..., 0], z)


@np.errstate(all="ignore")
def focal_loss(
    z: ArrayLike, y: ArrayLike, gamma: float = 2.0, alpha: float | None = None
) -> NDArray:
    """-(1 - p_t)^gamma log p_t of each example, p_t being the probability of the truth [LGGHD].

    With the margin m (z for y = 1, -z for y = 0) that is exp(-gamma softplus(m)) softplus(-m):
    nothing overflows, no power of a rounded 0 is taken, also for gamma < 1. The relative error
    is below 8 ε (1 + (1 + gamma) |z|).

    Parameters
    ----------
    z : logits, any shape; may be infinite
    y : labels 0 or 1, of the same shape, or a single one
    gamma : 0 (cross-entropy) or more
    alpha : weight of class 1, from 0 to 1; class 0 has 1 - alpha. None: no weights. (RetinaNet
        took 0.25 with gamma = 2; `torchvision.ops.sigmoid_focal_loss` has that as its default.)

    Raises
    ------
    ValueError
        For NaN, other labels, shapes that differ, gamma or alpha out of range.
    """
    m, share, gamma = _focal_parts(z, y, gamma, alpha)
    return in_dtype(weighted(share, _easiness(m, gamma) * _softplus(-m)), z)


@np.errstate(all="ignore")
def focal_loss_grad(
    z: ArrayLike, y: ArrayLike, gamma: float = 2.0, alpha: float | None = None
) -> NDArray:
    """Derivative of each example's `focal_loss` with respect to its logit.

    -(1 - p_t)^gamma (1 - p_t - gamma p_t log p_t) for y = 1, the opposite sign for y = 0: two
    terms of one sign, no power below gamma, so no 0 is divided by. No 1/N.
    Parameters and errors as in `focal_loss`.
    """
    m, share, gamma = _focal_parts(z, y, gamma, alpha)
    size = share * _easiness(m, gamma) * _focal_pull(m, gamma)
    return in_dtype(np.where(np.asarray(y) == 1, 0.0 - size, size), z)


@np.errstate(all="ignore")
def focal_truth(p: ArrayLike, gamma: float) -> NDArray:
    """The true probability for which `p` minimises the expected focal loss; any shape.

    Closed form: the expected gradient eta g(p) - (1 - eta) g(1 - p) vanishes, with
    g(p) = (1 - p)^gamma (1 - p - gamma p log p). Turns the outputs of a model that was trained
    with focal loss back into probabilities [CVCS]. The inverse of `focal_minimiser`.
    Raises `ValueError` outside [0, 1] and for gamma < 0.
    """
    p_ = as_probabilities(p)
    return in_dtype(_sigmoid(_focal_truth_log_odds(logit(p_), _gamma(gamma))), p)


@np.errstate(all="ignore")
def focal_minimiser(eta: ArrayLike, gamma: float) -> NDArray:
    """The p that minimises the expected focal loss where class 1 has probability `eta`; any shape.

    eta -(1 - p)^gamma log p + (1 - eta) -p^gamma log(1 - p) has one minimum, between eta and 1/2.
    It is eta itself for gamma = 0 only: the focal loss is not proper. There is no closed form;
    its log-odds is found by bisection of `focal_truth`, to a relative error of
    8 ε (1 + |log-odds|) in p. Raises `ValueError` as there.
    """
    eta_ = as_probabilities(eta, "eta")
    gamma = _gamma(gamma)
    target = np.asarray(logit(eta_))
    low, high = np.minimum(target, 0.0), np.maximum(target, 0.0)
    ends = np.isinf(target)
    low, high = np.where(ends, 0.0, low), np.where(ends, 0.0, high)
    for _ in range(64):
        middle = (low + high) / 2
        above = _focal_truth_log_odds(middle, gamma) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return in_dtype(_sigmoid(np.where(ends, target, (low + high) / 2)), eta)


@np.errstate(all="ignore")
def tversky_loss(p: ArrayLike, y: ArrayLike, alpha: float, beta: float) -> NDArray:
    """1 - TP / (TP + alpha FP + beta FN) over the last axis: shape (...,) of (..., pixels) [SEG].

    Soft counts: TP = Σ p y, FP = Σ p (1 - y), FN = Σ (1 - p) y. The Dice loss is
    alpha = beta = 1/2, the Jaccard loss 1 and 1. No smoothing constant is added: where the
    denominator is 0 there is nothing to find and nothing found, and the loss is 0. With an empty
    mask and any p > 0 it is 1 (for alpha > 0), however small p is.

    Parameters
    ----------
    p : probabilities of the foreground, shape (..., pixels)
    y : labels or soft masks in [0, 1], of the same shape
    alpha, beta : what a false positive and a false negative weigh; 0 or more

    Raises
    ------
    ValueError
        For values out of range, shapes that differ, or no pixels.
    """
    p_, y_ = as_probabilities(p), as_probabilities(y, "y")
    if p_.ndim == 0 or p_.shape != y_.shape or p_.shape[-1] == 0:
        raise ValueError(
            f"p, y: expected the same shape (..., pixels), got {p_.shape} and {y_.shape}"
        )
    alpha, beta = (
        as_number(value, name, "a finite number of 0 or more", lambda v: 0 <= v < math.inf)
        for name, value in (("alpha", alpha), ("beta", beta))
    )
    hit = (p_ * y_).sum(axis=-1)
    wrong = alpha * (p_ * (1 - y_)).sum(axis=-1) + beta * ((1 - p_) * y_).sum(axis=-1)
    some = np.where(np.isinf(wrong), 1.0, wrong / (hit + wrong))
    return in_dtype(np.where(wrong == 0, 0.0, some), p, y)


def dice_loss(p: ArrayLike, y: ArrayLike) -> NDArray:
    """1 - 2 TP / (2 TP + FP + FN): `tversky_loss` with both weights 1/2 [MNA]."""
    return tversky_loss(p, y, 0.5, 0.5)


@np.errstate(all="ignore")
def unified_focal_loss(
    z: ArrayLike, y: ArrayLike, weight: float, delta: float, gamma: float
) -> NDArray:
    """The symmetric unified focal loss of a binary mask, shape (...,) for z (..., pixels) [YSSR].

    weight · T + (1 - weight) · F. F is the mean over the pixels of the focal loss with exponent
    gamma and alpha = delta. T is the mean over foreground and background of
    tversky^(1 - gamma), false positives weighing 1 - delta and false negatives delta.

    Special cases: weight 0, delta 1/2, gamma 0 is half the binary cross-entropy; weight 0 and
    delta 1/2 half the focal loss; weight 1, delta 1/2, gamma 0 the Dice loss, mean of both
    classes; weight 1 and gamma 0 the Tversky loss, likewise. Exponents and the side of `weight`
    are those of the authors' code; other implementations have them the other way round.

    weight, delta and gamma lie in [0, 1]; errors as in `focal_loss` and `tversky_loss`.
    """
    weight, delta, gamma = (
        _share(value, name)
        for name, value in (("weight", weight), ("delta", delta), ("gamma", gamma))
    )
    z_, y_ = as_logits(z), as_floats(y, "y")
    check_same_shape(z_, y_, "z and y")
    y_ = np.broadcast_to(y_, z_.shape)
    pixels = np.asarray(focal_loss(z_, y_, gamma, delta)).mean(axis=-1)
    front = tversky_loss(_sigmoid(z_), y_, 1 - delta, delta) ** (1 - gamma)
    back = tversky_loss(_sigmoid(-z_), 1 - y_, 1 - delta, delta) ** (1 - gamma)
    return in_dtype(weighted(1 - weight, pixels) + weighted(weight, (front + back) / 2), z)


# Targets that are not certain: label smoothing and distillation


@np.errstate(all="ignore")
def smooth_labels(y: ArrayLike, num_classes: int, epsilon: float) -> NDArray:
    """Smoothed targets (1 - ε) one_hot(y) + ε / K, float64, shape (..., K) for labels y (...,).

    ε is spread evenly over all K classes, the true one included ([SVISW], section 7; PyTorch's
    `label_smoothing`): the true class gets 1 - ε + ε / K, each other one ε / K.
    Raises `ValueError` for bad labels as `one_hot` does, and for ε outside [0, 1].
    """
    num_classes, epsilon = _num_classes(num_classes), _share(epsilon, "epsilon")
    return (1 - epsilon) * one_hot(y, num_classes) + epsilon / num_classes


@np.errstate(all="ignore")
def label_smoothing_cross_entropy(z: ArrayLike, y: ArrayLike, epsilon: float) -> NDArray:
    """Cross-entropy from logits against the smoothed label: shape (N,) for z (N, K) and y (N,).

    `soft_target_cross_entropy` with `smooth_labels`. With ε > 0 it is never below
    `smoothing_floor`, and `inf` where any logit is -inf. Errors as in these.
    """
    z_ = as_logits(z)
    y_ = as_labels(y, z_.shape[-1], z_.shape[:-1])
    return soft_target_cross_entropy(z, smooth_labels(y_, z_.shape[-1], epsilon))


def smoothing_floor(num_classes: int, epsilon: float) -> float:
    """The least cross-entropy, in nats, against a smoothed label: the entropy of that label.

    With a = ε (K - 1) / K, all that the wrong classes get: -(1 - a) log(1 - a) + a log(K / ε).
    0 for ε = 0, log K for ε = 1. Raises `ValueError` for ε outside [0, 1] or no class.
    """
    num_classes, epsilon = _num_classes(num_classes), _share(epsilon, "epsilon")
    if epsilon == 0 or num_classes == 1:
        return 0.0
    share = (num_classes - 1) / num_classes
    wrong, surprise = epsilon * share, math.log(num_classes) - math.log(epsilon)
    return -(1 - wrong) * math.log1p(-wrong) + epsilon * (share * surprise)


def optimal_logit_gap(num_classes: int, epsilon: float) -> float:
    """How far the true class's logit lies above each other one where the loss is at its floor.

    log((1 - ε + ε / K) / (ε / K)), computed as log1p(K (1 - ε) / ε): `inf` for ε = 0, 0 for ε = 1.
    Raises `ValueError` for ε outside [0, 1] or fewer than two classes.
    """
    num_classes, epsilon = _num_classes(num_classes, least=2), _share(epsilon, "epsilon")
    if epsilon == 0:
        return math.inf
    odds = num_classes * (1 - epsilon) / epsilon
    return math.log1p(odds) if odds < math.inf else math.log(num_classes) - math.log(epsilon)


@np.errstate(all="ignore")
def distillation_loss(
    student_z: ArrayLike, teacher_z: ArrayLike, y: ArrayLike, temperature: float, alpha: float
) -> NDArray:
    """The loss of a student that learns from a teacher's soft labels and from the true ones.

    alpha T² KL(softmax(teacher_z / T) ‖ softmax(student_z / T)) + (1 - alpha) CE(student_z, y) for
    each example. The second part is at temperature 1. T² makes up for the soft part's gradient,
    which shrinks like 1 / T² ([HVD], section 2; there with cross-entropy in place of KL, which
    differs by the teacher's entropy and has the same gradient).

    Parameters
    ----------
    student_z, teacher_z : logits, shape (N, K)
    y : integer labels, shape (N,)
    temperature : T, positive and finite
    alpha : the weight of the soft part, from 0 to 1

    Returns
    -------
    shape (N,), in nats
        Each term of the KL is written so that it is not negative: nothing cancels between them.

    Raises `ValueError` for arguments out of range, and as `cross_entropy_from_logits` does.
    """
    fits = "a positive finite number"
    temperature = as_number(temperature, "temperature", fits, lambda T: 0 < T < math.inf)
    alpha = _share(alpha, "alpha")
    s, t = as_logits(student_z, "student_z"), as_logits(teacher_z, "teacher_z")
    if s.shape != t.shape:
        raise ValueError(
            f"student_z and teacher_z: expected equal shapes, got {s.shape} and {t.shape}"
        )
    for logits, name in ((s, "student_z"), (t, "teacher_z")):
        _distances(logits, name)
        lost = np.isfinite(logits) & np.isinf(logits / temperature)
        reject(lost, f"temperature: expected {name} / temperature to be finite", logits)
    soft = _kl_from_logits(t, s, temperature)
    hard = cross_entropy_from_logits(s, y)
    loss = weighted(alpha, temperature * (temperature * soft)) + weighted(1 - alpha, hard)
    return in_dtype(loss, student_z)


def _kl_from_logits(t: NDArray, s: NDArray, temperature: float) -> NDArray:
    """KL(q ‖ p), q = softmax(t / T) and p = softmax(s / T): Σ q (d + exp(-d) - 1), d = log(q / p).

    The last two terms add up to Σ p - Σ q = 0, and make no term negative (1 - d <= exp(-d)).
    """
    log_q, log_p = log_softmax(t / temperature), log_softmax(s / temperature)
    q, p, d = np.exp(log_q), np.exp(log_p), log_q - log_p
    # Where all d are small, log q and log p would cancel. The logits' differences do not.
    both = np.isneginf(t) & np.isneginf(s)
    apart = np.where(both, 0.0, t - s)
    apart = (apart - _at(apart, p.argmax(axis=-1))[..., np.newaxis]) / temperature
    close = np.all(np.abs(apart) < 0.5, axis=-1, keepdims=True)
    apart = np.where(close, apart, 0.0)
    d = np.where(close, apart - np.log1p((p * np.expm1(apart)).sum(axis=-1, keepdims=True)), d)
    near = np.abs(d) < 1
    return np.where(near, q * _expm1_plus(d), weighted(q, d) + (p - q)).sum(axis=-1)


def _expm1_plus(d: NDArray) -> NDArray:
    """exp(-d) - 1 + d for |d| < 1, which is never negative: its series d²/2 - d³/6 + ..."""
    series = np.zeros_like(d)
    for k in range(20, 1, -1):  # 1/20! is 4e-19
        series = (1 - d * series) / k
    return d**2 * series


def _num_classes(num_classes: int, least: int = 1) -> int:
    return as_count(num_classes, "num_classes", f"a whole number, at least {least}", least, 2**53)


def _share(x: float, name: str) -> float:
    return as_number(x, name, "a number from 0 to 1", lambda x: 0 <= x <= 1)


def _sigmoid(z: NDArray) -> NDArray:
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def _softplus(z: NDArray) -> NDArray:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _at(values: NDArray, y: NDArray) -> NDArray:
    """The entry of each example's label, shape (...,) of (..., K)."""
    return np.take_along_axis(values, y[..., np.newaxis], axis=-1)[..., 0]


def _class_weights(weight: ArrayLike | None, num_classes: int) -> NDArray:
    w = np.ones(num_classes) if weight is None else as_floats(weight, "weight")
    if w.shape != (num_classes,):
        raise ValueError(f"weight: expected shape ({num_classes},), got {w.shape}")
    reject((w < 0) | np.isinf(w), "weight: expected finite weights that are not negative", w)
    return w


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


def _distances(z: ArrayLike, name: str = "z") -> tuple[NDArray, NDArray]:
    """z - max z and Σ', where a softmax exists."""
    z_ = as_logits(z, name)
    largest, distance, others = _relative_to_largest(z_)
    infinite = np.isposinf(z_).sum(axis=-1)
    none = np.isneginf(largest[..., 0])
    reject(none, f"{name}: expected a logit above -inf per example", "only -inf")
    reject(infinite > 1, f"{name}: expected at most one +inf per example", "several")
    return distance, others


def _gamma(gamma: float) -> float:
    return as_number(gamma, "gamma", "a finite number of 0 or more", lambda g: 0 <= g < math.inf)


def _focal_parts(
    z: ArrayLike, y: ArrayLike, gamma: float, alpha: float | None
) -> tuple[NDArray, NDArray, float]:
    """The margin of each example, z or -z, its share of alpha, and gamma as a number."""
    z_, y_ = as_floats(z, "z"), as_floats(y, "y")
    check_same_shape(z_, y_, "z and y")
    reject((y_ != 0) & (y_ != 1), "y: expected labels 0 or 1", y_)
    gamma = _gamma(gamma)
    if alpha is not None:
        expected = "a number from 0 to 1, or None"
        alpha = as_number(alpha, "alpha", expected, lambda a: 0 <= a <= 1)
    share = np.ones_like(y_) if alpha is None else np.where(y_ == 1, alpha, 1 - alpha)
    return (2 * y_ - 1) * z_, share, gamma


def _easiness(m: NDArray, gamma: float) -> NDArray:
    """(1 - p_t)^gamma of the margin m, as exp(-gamma softplus(m))."""
    return np.exp(-weighted(np.float64(gamma), _softplus(m)))


def _focal_pull(m: NDArray, gamma: float) -> NDArray:
    """1 - p_t - gamma p_t log p_t: with `_easiness` the size of the focal loss's slope."""
    return _sigmoid(-m) + gamma * weighted(_sigmoid(m), _softplus(-m))


def _focal_truth_log_odds(m: NDArray, gamma: float) -> NDArray:
    """log-odds of `focal_truth` for the log-odds m of p: log of g(1 - p) / g(p)."""
    log_pulls = np.log(_focal_pull(-m, gamma)) - np.log(_focal_pull(m, gamma))
    # softplus(m) - softplus(-m) is m, so the powers give gamma m
    return np.where(np.isinf(m), m, gamma * m + log_pulls)
