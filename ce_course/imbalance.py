"""Rare classes: class weights, thresholds, and the shift that both come down to. Chapter 08.

`p` are probabilities of class 1 and `y` labels 0 or 1, both of shape (N,).

Sources:
[E]   C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001: theorems 1 and 2.
[LGGHD] T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal loss for dense object
      detection", ICCV 2017: section 4.1.
[SLD] M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the outputs of a classifier to new a
      priori probabilities: a simple procedure", Neural Computation 14, 2002: equation 2.4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course import losses
from ce_course.support.validation import (
    as_floats,
    as_number,
    as_probabilities,
    in_dtype,
    reject,
)


@np.errstate(all="ignore")
def inverse_frequency_weights(counts: ArrayLike) -> NDArray:
    """N / (K · counts): the weight of each class that gives all classes the same total weight.

    Shape (K,), that of `counts`. The total weight of the N examples stays N. scikit-learn calls it
    `class_weight="balanced"`. Raises `ValueError` for a class without an example: no finite weight
    would do. Nor does one for counts that are so far apart that a weight or their sum overflows.
    """
    counts_ = as_floats(counts, "counts")
    if counts_.ndim != 1 or len(counts_) == 0:
        raise ValueError(f"counts: expected one count per class, got shape {counts_.shape}")
    reject(~((counts_ > 0) & (counts_ < np.inf)), "counts: expected finite counts > 0", counts_)
    weights = counts_.sum() / (len(counts_) * counts_)
    reject(~((weights > 0) & (weights < np.inf)), "counts: expected finite weights", weights)
    return in_dtype(weights, counts)


@np.errstate(all="ignore")
def best_threshold(p: ArrayLike, y: ArrayLike, cost_fp: float, cost_fn: float) -> float:
    """The threshold t whose rule "yes where p >= t" costs least on these examples.

    Tried are the probabilities that occur, and inf: never yes. Of equally cheap ones the largest
    is taken. For calibrated probabilities and many examples it comes near to
    cost_fp / (cost_fp + cost_fn), which needs no examples [E, theorem 1].

    Parameters
    ----------
    p : array, shape (N,)
        Probabilities of class 1, or any scores from 0 to 1.
    y : array, shape (N,)
        Zeros and ones.
    cost_fp, cost_fn : float
        What a false alarm and a miss cost, 0 or more.

    Raises
    ------
    ValueError
        For no examples, different shapes, values or costs out of range.
    """
    p_, y_ = as_probabilities(p), as_floats(y, "y")
    if p_.ndim != 1 or p_.shape != y_.shape or len(p_) == 0:
        raise ValueError(
            f"p, y: expected the same shape (N,) with N > 0, got {p_.shape} and {y_.shape}"
        )
    reject((y_ != 0) & (y_ != 1), "y: expected labels 0 or 1", y_)
    cost_fp, cost_fn = (
        as_number(cost, name, "a finite cost of 0 or more", lambda c: 0 <= c < math.inf)
        for name, cost in (("cost_fp", cost_fp), ("cost_fn", cost_fn))
    )
    unit = math.frexp(max(cost_fp, cost_fn))[1]  # a power of two: no sum overflows, none is rounded
    cost_fp, cost_fn = math.ldexp(cost_fp, -unit), math.ldexp(cost_fn, -unit)
    order = np.argsort(-p_, kind="stable")
    ranked, hits = p_[order], np.cumsum(y_[order])
    false_alarms = np.arange(1, len(p_) + 1) - hits
    last = np.append(ranked[1:] != ranked[:-1], True)  # of its probability: ties go together
    cost = (cost_fp * false_alarms + cost_fn * (y_.sum() - hits))[last]
    if cost_fn * y_.sum() <= cost.min():
        return float("inf")
    return float(ranked[last][cost.argmin()])


@np.errstate(all="ignore")
def prior_bias(pi: ArrayLike) -> NDArray:
    """The logit log(pi / (1 - pi)) whose sigmoid is pi; any shape.

    Set as the bias of the last layer it makes an untrained model predict about pi everywhere, and
    its first loss the prior's entropy if pi is the share of class 1. RetinaNet: pi = 0.01
    [LGGHD]. Raises `ValueError` unless 0 < pi < 1.
    """
    pi_ = as_probabilities(pi, "pi")
    reject((pi_ == 0) | (pi_ == 1), "pi: expected probabilities between 0 and 1, without them", pi_)
    return losses.logit(pi)


@np.errstate(all="ignore")
def correct_prior_shift(p: ArrayLike, train_prior: float, true_prior: float) -> NDArray:
    """Probabilities of class 1 as they are where its share is `true_prior`, not `train_prior`.

    Adds log-odds(true_prior) - log-odds(train_prior) to the log-odds of p [SLD]. It holds if only
    the share of the classes differs, not what each class looks like. Balanced class weights act
    like a training prior of 1/2; weights w1 and w0 like odds multiplied by w1 / w0.

    Parameters
    ----------
    p : array, any shape
        Zeros and ones stay what they are.
    train_prior, true_prior : float
        Shares of class 1, between 0 and 1.

    Raises
    ------
    ValueError
        For values out of range.
    """
    p_ = as_probabilities(p)
    priors = (("true_prior", true_prior), ("train_prior", train_prior))
    true_prior, train_prior = (
        as_number(prior, name, "a number between 0 and 1, without them", lambda x: 0 < x < 1)
        for name, prior in priors
    )
    shift = prior_bias(true_prior) - prior_bias(train_prior)
    return in_dtype(losses.sigmoid(losses.logit(p_) + shift), p)
