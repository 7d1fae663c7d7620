"""The exercises of chapter 08: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ce_course import imbalance, losses
from ce_course.checks.compare import show
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import echo_if, in_forms, nearly, with_epsilon

CHAPTER = "08_imbalance_and_focal_loss"
CUTS = (5, 6, 10, 15, 16, 20, 30, 35, 36, 50, 100)  # at which people clip logits


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


# ------------------------------------------------------------------ inverse_frequency_weights


def _count_cases(rng):
    return [
        Case((np.array([900, 80, 20]),)),
        Case((np.array([50, 50]),), note="balanced: all weights 1"),
        Case((np.array([1000, 1]),), note="1000 to 1"),
        Case((rng.integers(1, 500, size=6),)),
    ]


inverse_frequency_weights = Exercise(
    name="inverse_frequency_weights",
    chapter=CHAPTER,
    signature="inverse_frequency_weights(counts)",
    task="The weight of each class, N / (K · count), from the counts of K classes, N examples in "
    "all: the same total weight for every class, and N for all examples together.",
    difficulty=1,
    minutes=5,
    reference=imbalance.inverse_frequency_weights,
    cases=_count_cases,
    hints=(
        "Every class shall have the same total weight, N / K. Divide that among its examples.",
        "counts.sum() / (len(counts) * counts).",
    ),
    mistakes=(
        Mistake(
            "scaled to add up to K",
            "The ratios are right, the scale is not: your K weights add up to K. Here the weights "
            "of all N examples add up to N.",
            lambda counts: len(counts) * (1 / counts) / (1 / counts).sum(),
        ),
        Mistake(
            "scaled to add up to 1",
            "The ratios are right, but your weights add up to 1. Here the weights of all N "
            "examples add up to N.",
            lambda counts: (1 / counts) / (1 / counts).sum(),
        ),
        Mistake(
            "1 / counts",
            "The ratios are right. Scale them with N / K, so that balanced classes get weight 1.",
            lambda counts: 1 / counts,
        ),
        Mistake(
            "the number of classes forgotten",
            "N / counts is the right answer times K. Balanced classes should get weight 1.",
            lambda counts: counts.sum() / counts,
        ),
        in_forms(
            "the frequency itself",
            "Your weights grow with the frequency. The rare class needs the large weight: "
            "divide by the count.",
            lambda counts: len(counts) * counts / counts.sum(),
            lambda counts: counts / counts.sum(),
            lambda counts: counts.sum() / len(counts) * counts,
            lambda counts: counts / counts.max(),
        ),
        in_forms(
            "one class has weight 1",
            "You divided one count (the largest, the smallest, the median) by each count. Here the "
            "weights are scaled so that those of all N examples add up to N.",
            lambda counts: counts.max() / counts,
            lambda counts: counts.min() / counts,
            lambda counts: np.median(counts) / counts,
            lambda counts: counts[0] / counts,
        ),
        in_forms(
            "a softer choice",
            "You took a square root or a logarithm. That is a softer choice that people make; here "
            "the classes shall have equal total weight.",
            lambda counts: np.sqrt(counts.sum() / (len(counts) * counts)),
            lambda counts: np.log(counts.sum() / counts),
            lambda counts: np.sqrt(counts.sum() / counts),
            lambda counts: np.log(counts.sum() / (len(counts) * counts)),
            lambda counts: 1 / np.sqrt(counts),
        ),
        Mistake(
            "one minus the share",
            "You return 1 minus each class's share. Only 1 / count gives all classes the same "
            "total weight.",
            lambda counts: 1 - counts / counts.sum(),
        ),
        Mistake(
            "upside down but for the count",
            "N and K have changed places: N / (K · count).",
            lambda counts: len(counts) / (counts.sum() * counts),
        ),
        Mistake(
            "K - 1 classes",
            "You divide by K - 1. There are K classes.",
            lambda counts: counts.sum() / ((len(counts) - 1.0) * counts),
        ),
        with_epsilon(
            "something added to the counts",
            "You add something to the counts, against a division by 0. All counts are above 0: "
            "divide by the counts themselves.",
            lambda e, counts: counts.sum() / (len(counts) * counts + e),
            lambda e, counts: counts.sum() / (len(counts) * (counts + e)),
            lambda e, counts: (counts + e).sum() / (len(counts) * (counts + e)),
            default=1.0,
            constants=(1.0, *(10.0**-k for k in range(1, 13))),
        ),
    ),
)


# ------------------------------------------------------------------ weighted_cross_entropy


def _weighted_cases(rng):
    weight = np.array([0.5, 2.0, 7.0])
    return [
        Case((rng.normal(size=(6, 3)), np.array([0, 0, 0, 1, 1, 2]), weight)),
        Case((rng.normal(size=(4, 3)), np.array([2, 2, 2, 2]), weight), note="one class only"),
        Case((rng.normal(size=(3, 3)), np.array([1, 2, 0]), weight), note="N = K"),
        Case((rng.normal(size=(5, 2)), np.array([0, 1, 1, 0, 1]), np.array([1.0, 1.0]))),
        Case(
            (np.array([[1000.0, 0, 0], [0, 1000.0, 0]]), np.array([0, 2]), weight),
            note="logits of 1000",
        ),
        Case(
            (np.array([[1000.0, 0, 0], [0, 1.0, 2.0]]), np.array([0, 1]), weight),
            note="rows of very different size",
        ),
        Case(
            (np.array([[12.0, 0, -11], [0, 25, 40]]), np.array([0, 1]), weight),
            note="logits between 10 and 40",
        ),
        Case(
            (np.array([[3, -1, 0], [0, 2, 5]]), np.array([1, 0]), np.array([1, 3, 2])),
            note="whole numbers",
        ),
        Case((rng.normal(scale=3, size=(8, 4)), rng.integers(0, 4, 8), rng.uniform(0.1, 9, 4))),
    ]


def _per_example(z, y, weight):
    return weight[y] * losses.cross_entropy_from_logits(z, y)


def _weighted_mean(log_p, y, weight):
    w = weight[y]
    return (w * -log_p[np.arange(len(y)), y]).sum() / w.sum()


def _naive_weighted(z, y, weight):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return _weighted_mean(np.log(p), y, weight)


def _naive_weighted_logs(z, y, weight):
    return _weighted_mean(z - np.log(np.exp(z).sum(axis=1, keepdims=True)), y, weight)


def _one_maximum_for_all(z, y, weight):
    shifted = z - z.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return _weighted_mean(log_p, y, weight)


def _over_the_examples(z, y, weight):
    shifted = z - z.max(axis=0)
    return _weighted_mean(shifted - np.log(np.exp(shifted).sum(axis=0)), y, weight)


def _mean_of_class_means(z, y, weight):
    loss = losses.cross_entropy_from_logits(z, y)
    classes = np.unique(y)
    return sum(weight[k] * loss[y == k].mean() for k in classes) / weight[classes].sum()


def _reweighted_probabilities(z, y, weight):
    p = losses.softmax(z) * weight
    p = p / p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()


weighted_cross_entropy = Exercise(
    name="weighted_cross_entropy",
    chapter=CHAPTER,
    signature="weighted_cross_entropy(z, y, weight)",
    task="The weighted mean of the cross-entropy, as PyTorch takes it: the losses times the "
    "weights of their labels, divided by the sum of these weights. `z` (N, K), `y` (N,), `weight` "
    "(K,); one number, also for logits of 1000.",
    difficulty=2,
    minutes=8,
    reference=losses.weighted_cross_entropy,
    cases=_weighted_cases,
    hints=(
        "Three steps: the loss of each example, the weight of each example, a weighted average.",
        "weight[y] is the weight of each example. Compute the losses from z minus its row's "
        "largest entry.",
        "(w * loss).sum() / w.sum() with w = weight[y].",
    ),
    mistakes=(
        Mistake(
            "divided by N",
            "You divide by the number of examples. A weighted mean divides by the sum of the "
            "weights: with one class only it must equal the unweighted mean.",
            lambda z, y, w: _per_example(z, y, w).mean(),
        ),
        Mistake(
            "divided by the sum over the classes",
            "You divide by the sum of the K class weights. It is the weights of the N examples "
            "that count: a class that occurs twice counts twice.",
            lambda z, y, w: _per_example(z, y, w).sum() / w.sum(),
        ),
        Mistake(
            "the sum",
            "That is the weighted sum. Divide it by the sum of the examples' weights.",
            lambda z, y, w: _per_example(z, y, w).sum(),
        ),
        Mistake(
            "no weights",
            "Your result does not depend on the weights: it is the plain mean.",
            lambda z, y, w: losses.cross_entropy_from_logits(z, y).mean(),
        ),
        in_forms(
            "one loss per example",
            "You returned the losses of the examples. One number is wanted: their weighted mean.",
            _per_example,
            lambda z, y, w: _per_example(z, y, w) / w[y].sum(),
            lambda z, y, w: losses.cross_entropy_from_logits(z, y),
        ),
        in_forms(
            "the weights scaled beforehand",
            "You scale the K class weights, to a mean of 1 or a sum of 1, and divide by N. What "
            "counts is the sum of the weights of the examples: divide by that.",
            lambda z, y, w: _per_example(z, y, w / w.mean()).mean(),
            lambda z, y, w: _per_example(z, y, w / w.sum()).mean(),
            lambda z, y, w: _per_example(z, y, w / w.max()).mean(),
        ),
        Mistake(
            "the mean of the class means",
            "You average within each class first. PyTorch's weighted mean is over the examples: "
            "a class that occurs twice counts twice.",
            _mean_of_class_means,
        ),
        Mistake(
            "the probabilities weighted",
            "You multiply the probabilities by the weights. The weights multiply the losses.",
            _reweighted_probabilities,
        ),
        Mistake(
            "the inverse weights",
            "You divide by the weights. An example counts as often as its weight says.",
            _quiet(lambda z, y, w: _weighted_mean(losses.log_softmax(z), y, 1 / w)),
        ),
        in_forms(
            "one maximum for all rows",
            "You subtract the largest logit of all rows. Where another row's logits are smaller by "
            "a thousand, all its exponentials are 0. Subtract each row's own largest logit.",
            _quiet(_one_maximum_for_all),
        ),
        Mistake(
            "softmax over the examples",
            "Your softmax sums over the examples, axis 0. The classes are on axis 1.",
            _quiet(_over_the_examples),
        ),
        Mistake(
            "softmax first, then log",
            "A probability is rounded to 0 and its log is infinite, though the loss is finite. "
            "Compute the log-softmax directly: shifted - log(sum(exp(shifted))).",
            _quiet(lambda z, y, w: _weighted_mean(np.log(losses.softmax(z)), y, w)),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off there. Then no loss is "
            "larger than minus its log. Compute the log-softmax directly, without it.",
            lambda e, z, y, w: _weighted_mean(np.log(losses.softmax(z) + e), y, w),
            lambda e, z, y, w: _weighted_mean(np.log(np.clip(losses.softmax(z), e, 1)), y, w),
            lambda e, z, y, w: _weighted_mean(np.log(np.clip(losses.softmax(z), e, 1 - e)), y, w),
        ),
        Mistake(
            "the weight of the predicted class",
            "You weigh each example by its predicted class. The weight belongs to the true class, "
            "weight[y].",
            lambda z, y, w: np.average(
                losses.cross_entropy_from_logits(z, y), weights=w[z.argmax(axis=1)]
            ),
        ),
        Mistake(
            "the logits weighted",
            "You multiply the logits by the weights. The weights multiply the losses.",
            lambda z, y, w: losses.cross_entropy_from_logits(z * w, y).mean(),
        ),
        in_forms(
            "exp overflows",
            "Your formula is right, but exp(1000) is inf. Subtract each row's largest logit "
            "first, and take the logarithm of the sum, not of the probability.",
            _quiet(_naive_weighted),
            _quiet(_naive_weighted_logs),
        ),
    ),
)


# ------------------------------------------------------------------ focal_loss


def _focal_cases(rng):
    z, y = np.array([-2.0, -0.5, 0.0, 1.5]), np.array([1, 0, 1, 1])
    far, hard = np.array([40.0, -40.0, 800.0, -800.0]), np.array([1, 0, 1, 0])
    some, random = rng.normal(scale=2, size=8), (rng.random(8) < 0.5).astype(int)
    return [
        Case((z, y, 2.0, None), note="gamma = 2, no alpha"),
        Case((z, y, 0.0, None), note="gamma = 0: cross-entropy"),
        Case((some, random, 1.0, 0.25), note="alpha = 0.25"),
        Case((z, y, 2.0, 0.0), note="alpha = 0: class 1 weighs nothing"),
        Case((z, y, 1.5, 1.0), note="alpha = 1"),
        Case((np.array([3, -1, 0]), np.array([0, 1, 1]), 2, 0.25), note="whole numbers"),
        Case((np.array([-11.0, 10.5, 12, -30]), y, 2.0, None), note="logits between 10 and 40"),
        Case((far, hard, 2.0, None), note="certain and right"),
        Case((far, 1 - hard, 2.0, 0.9), note="certain and wrong"),
        Case((far, hard, 0.5, None), note="gamma below 1, certain and right"),
        Case((rng.normal(size=(2, 3)), np.array([[0, 1, 1], [1, 0, 0]]), 5.0, 0.7)),
    ]


def _margin(z, y):
    return np.where(y == 1, z, -z)


def _alpha(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)


def _probability_focal(z, y, gamma, alpha):
    p = 1 / (1 + np.exp(-z))
    p_t = np.where(y == 1, p, 1 - p)
    return -_alpha(y, alpha) * (1 - p_t) ** gamma * np.log(p_t)


def _usual_focal(z, y, gamma, alpha):
    ce = losses.binary_cross_entropy_with_logits(z, y)
    return _alpha(y, alpha) * (1 - np.exp(-ce)) ** gamma * ce


def _focal(p_t, y, gamma, alpha):
    return -_alpha(y, alpha) * (1 - p_t) ** gamma * np.log(p_t)


def _p_t(z, y):
    return losses.sigmoid(_margin(z, y))


def _one_sided_alpha(z, y, gamma, alpha):
    share = 1.0 if alpha is None else np.where(y == 1, alpha, 1.0)
    return share * losses.focal_loss(z, y, gamma)


def _swapped(alpha):
    return None if alpha is None else 1 - alpha


focal_loss = Exercise(
    name="focal_loss",
    chapter=CHAPTER,
    signature="focal_loss(z, y, gamma, alpha)",
    task="The focal loss (1 - p_t)^gamma · (-log p_t) of each example from its logit, for labels 0 "
    "and 1. If `alpha` is a number, class 1 weighs alpha and class 0 weighs 1 - alpha. "
    "One number per example, and no digits lost at logits of 40 or 800.",
    difficulty=3,
    minutes=12,
    reference=losses.focal_loss,
    cases=_focal_cases,
    rtol=1e-6,
    atol=0.0,
    hints=(
        "Turn the sign of the logit where y = 0: m = z or -z. Then p_t = sigmoid(m) for both "
        "labels, and one formula does for both.",
        "-log p_t is softplus(-m). And 1 - p_t is sigmoid(-m): compute it so, not as a difference.",
        "np.logaddexp(0, -m) is softplus(-m). (1 - p_t)^gamma is "
        "np.exp(-gamma * np.logaddexp(0, m)).",
    ),
    mistakes=(
        Mistake(
            "the usual code: 1 - exp(-ce)",
            "Right until the example is easy: exp(-ce) rounds to 1, and the difference is 0 or "
            "has lost its digits. 1 - p_t is the sigmoid of minus the margin.",
            _quiet(_usual_focal),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probability, or cut it off there. That changes every "
            "loss of an example that is nearly certain. Compute -log p_t and 1 - p_t from the "
            "logit, and nothing needs to be added.",
            lambda e, z, y, g, a: _focal(np.clip(_p_t(z, y), e, 1 - e), y, g, a),
            lambda e, z, y, g, a: _focal(np.clip(_p_t(z, y), e, 1), y, g, a),
            lambda e, z, y, g, a: -_alpha(y, a) * (1 - _p_t(z, y)) ** g * np.log(_p_t(z, y) + e),
        ),
        Mistake(
            "through the probability",
            "Your formula is right, but p rounds to 1 at a logit of 40 and to 0 at -800, and then "
            "1 - p and log p are wrong. Compute both from the logit.",
            _quiet(_probability_focal),
        ),
        in_forms(
            "p_t to the power of gamma",
            "You weigh with p_t^gamma, which keeps the easy examples and drops the hard ones. "
            "It is (1 - p_t)^gamma.",
            lambda z, y, gamma, alpha: (
                _alpha(y, alpha)
                * np.exp(-gamma * losses.softplus(-_margin(z, y)))
                * losses.softplus(-_margin(z, y))
            ),
            _quiet(lambda z, y, g, a: -_alpha(y, a) * _p_t(z, y) ** g * np.log(_p_t(z, y))),
        ),
        Mistake(
            "alpha on the other class",
            "Your alpha weighs class 0. It belongs to class 1, and 1 - alpha to class 0.",
            lambda z, y, gamma, alpha: losses.focal_loss(z, y, gamma, _swapped(alpha)),
        ),
        Mistake(
            "alpha on both classes",
            "You multiply every example by alpha. Class 0 weighs 1 - alpha.",
            lambda z, y, gamma, alpha: (
                losses.focal_loss(z, y, gamma) * (1.0 if alpha is None else alpha)
            ),
        ),
        Mistake(
            "alpha forgotten",
            "Right without alpha. Where alpha is a number, multiply by alpha for class 1 and by "
            "1 - alpha for class 0.",
            lambda z, y, gamma, alpha: losses.focal_loss(z, y, gamma),
        ),
        in_forms(
            "alpha 0 taken for no alpha",
            "`if alpha:` is also False for alpha = 0, which gives class 1 the weight 0. Ask "
            "whether alpha is None.",
            lambda z, y, gamma, alpha: losses.focal_loss(z, y, gamma, alpha or None),
        ),
        in_forms(
            "a default in place of None",
            "Where alpha is None nothing is to be multiplied: you take a number such as 0.25.",
            *(
                lambda z, y, gamma, alpha, d=d: losses.focal_loss(
                    z, y, gamma, d if alpha is None else alpha
                )
                for d in (0.25, 0.5, 0.75, 1.0)
            ),
            *(
                lambda z, y, gamma, alpha, d=d: losses.focal_loss(z, y, gamma, alpha or d)
                for d in (0.25, 0.5)
            ),
        ),
        Mistake(
            "alpha for class 1 only",
            "You multiply class 1 by alpha and leave class 0 as it is. Class 0 weighs 1 - alpha.",
            _one_sided_alpha,
        ),
        Mistake(
            "cross-entropy",
            "There is no (1 - p_t)^gamma in your answer: that is cross-entropy, gamma = 0.",
            lambda z, y, gamma, alpha: losses.focal_loss(z, y, 0.0, alpha),
        ),
        Mistake(
            "log(1 + exp) loses its digits",
            "Right until the loss is tiny: 1 + exp(-40) rounds to 1, and the log of 1 is 0. "
            "np.log1p or np.logaddexp(0, -m) keeps the digits.",
            _quiet(
                lambda z, y, gamma, alpha: (
                    _alpha(y, alpha)
                    * np.exp(-gamma * losses.softplus(_margin(z, y)))
                    * np.log(1 + np.exp(-_margin(z, y)))
                )
            ),
        ),
        in_forms(
            "the probability of class 1 for both labels",
            "You weigh with (1 - p)^gamma for both labels. For y = 0 the probability of the truth "
            "is 1 - p, so the weight is p^gamma.",
            lambda z, y, gamma, alpha: (
                _alpha(y, alpha)
                * np.exp(-gamma * losses.softplus(z))
                * losses.softplus(-_margin(z, y))
            ),
            lambda z, y, gamma, alpha: (
                _alpha(y, alpha)
                * (1 - losses.sigmoid(z)) ** gamma
                * losses.softplus(-_margin(z, y))
            ),
        ),
        Mistake(
            "gamma as a factor",
            "You multiply by gamma. It is an exponent: (1 - p_t)^gamma.",
            lambda z, y, gamma, alpha: gamma * losses.focal_loss(z, y, 1.0, alpha),
        ),
        Mistake(
            "the weight without the loss",
            "You return (1 - p_t)^gamma, the weight. Multiply it by -log p_t.",
            lambda z, y, gamma, alpha: (
                _alpha(y, alpha) * np.exp(-gamma * losses.softplus(_margin(z, y)))
            ),
        ),
        Mistake(
            "gamma fixed at 2",
            "Right for gamma = 2 only. Use the argument.",
            lambda z, y, gamma, alpha: losses.focal_loss(z, y, 2.0, alpha),
        ),
        with_epsilon(
            "the logit is cut off",
            "You keep the logit, or p, away from its ends. Then the loss of an example that is "
            "nearly certain is the wrong number. np.logaddexp needs no cutting off.",
            lambda limit, z, y, gamma, alpha: losses.focal_loss(
                np.clip(z, -limit, limit), y, gamma, alpha
            ),
            default=6.0,
            constants=CUTS,
        ),
        Mistake(
            "the mean",
            "You returned one number, the mean. This exercise wants the loss of each example.",
            lambda z, y, gamma, alpha: losses.focal_loss(z, y, gamma, alpha).mean(),
        ),
    ),
)


# ------------------------------------------------------------------ focal_loss_grad


def _focal_grad_cases(rng):
    z, y = np.array([-2.0, -0.5, 0.0, 1.5]), np.array([1, 0, 1, 1])
    far, hard = np.array([40.0, -40.0, 800.0, -800.0]), np.array([1, 0, 1, 0])
    return [
        Case((z, y, 2.0), note="gamma = 2"),
        Case((z, y, 0.0), note="gamma = 0: p - y"),
        Case((far, hard, 0.5), note="gamma below 1, certain and right"),
        Case((far, 1 - hard, 2.0), note="certain and wrong"),
        Case((np.array([3, -1, 0]), np.array([0, 1, 1]), 2), note="whole numbers"),
        Case((np.array([-11.0, 10.5, 12, -30]), y, 3.0), note="logits between 10 and 40"),
        Case((rng.normal(scale=2, size=8), (rng.random(8) < 0.5).astype(int), 5.0)),
        Case((rng.normal(size=(2, 3)), np.array([[0, 1, 1], [1, 0, 0]]), 1.0)),
    ]


def _focal_weight(z, y, gamma):
    return np.exp(-gamma * losses.softplus(_margin(z, y)))


def _weight_not_differentiated(z, y, gamma):
    return _focal_weight(z, y, gamma) * losses.binary_cross_entropy_grad(z, y)


def _without_gamma(z, y, gamma):
    return losses.binary_cross_entropy_grad(z, y)


def _usual_focal_grad(z, y, gamma):
    """What automatic differentiation makes of (1 - exp(-ce))^gamma · ce."""
    m = _margin(z, y)
    ce = losses.softplus(-m)
    p_t = np.exp(-ce)
    by_ce = (1 - p_t) ** gamma + gamma * (1 - p_t) ** (gamma - 1) * p_t * ce
    return by_ce * losses.binary_cross_entropy_grad(z, y)


def _is_difference_quotient(answer, args):
    """Whether a gradient has the right digits that a difference quotient leaves, and no more."""
    right = losses.focal_loss_grad(*args)
    return np.shape(answer) == right.shape and np.allclose(answer, right, rtol=1e-3, atol=1e-4)


def _focal_differences(z, y, gamma, step=1e-5):
    ahead, behind = losses.focal_loss(z + step, y, gamma), losses.focal_loss(z - step, y, gamma)
    return (ahead - behind) / (2 * step)


def _parts(z, y):
    """1 - p_t, p_t and -log p_t, each without loss of digits, and the sign of the gradient."""
    m = _margin(z, y)
    return losses.sigmoid(-m), losses.sigmoid(m), losses.softplus(-m), np.where(y == 1, -1, 1)


def _rounded_p_t(z, y, gamma):
    """The right formula with 1 - p_t as a difference."""
    p, (_, _, _, sign) = _p_t(z, y), _parts(z, y)
    return sign * (1 - p) ** gamma * (1 - p - gamma * p * np.log(p))


def _power_of_rounded_p_t(z, y, gamma):
    p, (_, _, _, sign) = _p_t(z, y), _parts(z, y)
    slope = gamma * (1 - p) ** (gamma - 1) * np.log(p) - (1 - p) ** gamma / p
    return -sign * slope * p * (1 - p)


def _rounded_loss(z, y, gamma):
    """The right formula with p_t, and with it -log p_t, as a difference."""
    q, _, _, sign = _parts(z, y)
    return sign * q**gamma * (q - gamma * (1 - q) * np.log(1 - q))


def _by_p_t(z, y, gamma, power):
    """dFL/dp_t · p_t (1 - p_t), with `power` for (1 - p_t)^(gamma - 1)."""
    q, p, loss, sign = _parts(z, y)
    return sign * p * q * (gamma * power(q, p, gamma) * loss + q**gamma / p)


def _capped_margin(limit, z, y, gamma):
    q, p, loss, sign = _parts(np.clip(z, -limit, limit), y)
    return sign * q**gamma * (q + gamma * p * loss)


focal_loss_grad = Exercise(
    name="focal_loss_grad",
    chapter=CHAPTER,
    signature="focal_loss_grad(z, y, gamma)",
    task="The derivative of each example's focal loss (no alpha) with respect to its logit. "
    "One number per example, exact for every gamma from 0 on, also at logits of 40 and 800.",
    difficulty=3,
    minutes=13,
    reference=losses.focal_loss_grad,
    cases=_focal_grad_cases,
    atol=0.0,
    hints=(
        "A product rule in the margin m: the weight (1 - p_t)^gamma and the loss -log p_t both "
        "depend on it. dp_t/dm is p_t (1 - p_t).",
        "The derivative in m is -(1 - p_t)^gamma · (1 - p_t - gamma · p_t · log p_t). For y = 0 "
        "the margin is -z, so the sign turns.",
        "With q = sigmoid(-m), l = np.logaddexp(0, -m) and w = np.exp(-gamma * "
        "np.logaddexp(0, m)): -w * (q + gamma * (1 - q) * l) in m.",
    ),
    mistakes=(
        Mistake(
            "the weight not differentiated",
            "You scaled the gradient of cross-entropy, p - y, by (1 - p_t)^gamma. But the weight "
            "depends on the logit too: the product rule has a second term.",
            _weight_not_differentiated,
            nearly(_weight_not_differentiated),
        ),
        Mistake(
            "the gradient of cross-entropy",
            "That is p - y, the case gamma = 0.",
            _without_gamma,
            nearly(_without_gamma),
        ),
        in_forms(
            "a power of 0: gamma - 1",
            "Your formula has (1 - p_t)^(gamma - 1) in it. Where p_t rounds to 1 that is "
            "0^(-0.5) = inf, and inf times 0 is nan. Multiply it out: (1 - p_t)^gamma is enough.",
            _quiet(_usual_focal_grad),
            _quiet(lambda z, y, g: _by_p_t(z, y, g, lambda q, p, g: q ** (g - 1))),
            _quiet(lambda z, y, g: _by_p_t(z, y, g, lambda q, p, g: (1 - p) ** (g - 1))),
            _quiet(_power_of_rounded_p_t),
        ),
        in_forms(
            "1 - p_t as a difference",
            "Your formula is right, but at a logit of 40 p_t rounds to 1, so 1 - p_t has lost its "
            "digits and log p_t is 0. Compute 1 - p_t as sigmoid(-m), -log p_t as "
            "np.logaddexp(0, -m).",
            _quiet(_rounded_p_t),
            _quiet(_rounded_loss),
        ),
        Mistake(
            "gamma is missing in the second term",
            "The power rule brings gamma down: the second term is gamma · p_t · (-log p_t).",
            lambda z, y, gamma: (lambda q, p, loss, sign: sign * q**gamma * (q + p * loss))(
                *_parts(z, y)
            ),
        ),
        in_forms(
            "stopped at p",
            "That is the derivative with respect to the probability or its logarithm. The logit's "
            "share of the chain, dp_t/dm = p_t (1 - p_t), is missing.",
            lambda z, y, gamma: (
                lambda q, p, loss, sign: sign * q ** (gamma - 1) * (q / p + gamma * loss)
            )(*_parts(z, y)),
            lambda z, y, gamma: (
                lambda q, p, loss, sign: sign * q**gamma * (1 + gamma * p * loss / q)
            )(*_parts(z, y)),
        ),
        Mistake(
            "1 - p_t in place of p_t",
            "In the second term stands p_t, not 1 - p_t: one of the two factors of dp_t/dm is used "
            "up by the power.",
            lambda z, y, gamma: (lambda q, p, loss, sign: sign * q**gamma * (q + gamma * q * loss))(
                *_parts(z, y)
            ),
        ),
        with_epsilon(
            "the logit is cut off",
            "You keep the logit, or p, away from its ends. Then the gradient of an example that is "
            "nearly certain is the wrong tiny number. np.logaddexp needs no cutting off.",
            _capped_margin,
            lambda limit, *args: _capped_margin(losses.logit(1 - limit), *args),
            default=6.0,
            constants=(*CUTS, *(10.0**-k for k in range(2, 16))),
        ),
        Mistake(
            "gamma fixed at 2",
            "Right for gamma = 2 only. Use the argument.",
            lambda z, y, gamma: losses.focal_loss_grad(z, y, 2.0),
        ),
        in_forms(
            "divided by N",
            "You divide by the number of examples, as the gradient of a mean would. Here each "
            "example stands alone.",
            lambda z, y, gamma: losses.focal_loss_grad(z, y, gamma) / np.size(z),
            lambda z, y, gamma: losses.focal_loss_grad(z, y, gamma) / len(z),
        ),
        Mistake(
            "the sign for y = 0",
            "Right for y = 1. For y = 0 the margin is -z, so the derivative with respect to z has "
            "the other sign.",
            lambda z, y, gamma: -np.abs(losses.focal_loss_grad(z, y, gamma)),
        ),
        Mistake(
            "the sign of all",
            "The sign is flipped. For y = 1 a larger logit makes the loss smaller, so the gradient "
            "is negative there.",
            lambda z, y, gamma: -losses.focal_loss_grad(z, y, gamma),
        ),
        Mistake(
            "the second term alone",
            "You differentiated the weight and left out the derivative of -log p_t.",
            lambda z, y, gamma: (lambda q, p, loss, sign: sign * q**gamma * gamma * p * loss)(
                *_parts(z, y)
            ),
        ),
        Mistake(
            "a difference in the second term",
            "The two terms have the same sign: both the weight and the loss fall as the example "
            "gets easier. -log p_t is positive, log p_t is not.",
            lambda z, y, gamma: (lambda q, p, loss, sign: sign * q**gamma * (q - gamma * p * loss))(
                *_parts(z, y)
            ),
        ),
        Mistake(
            "finite differences",
            "A difference quotient is good for a check (chapter 04), but it loses half the "
            "digits, and all of them where the loss is tiny. Derive the formula.",
            _quiet(_focal_differences),
            echo_if(_is_difference_quotient),
        ),
        Mistake(
            "the loss itself",
            "You return the focal loss. The exercise wants its derivative.",
            lambda z, y, gamma: losses.focal_loss(z, y, gamma),
        ),
    ),
)


# ------------------------------------------------------------------ focal_minimiser


def _minimiser_cases(rng):
    return [
        Case((0.01, 2.0), note="a rare class"),
        Case((0.5, 2.0), note="a fair coin"),
        Case((0.9, 2.0)),
        Case((0.3, 0.0), note="gamma = 0: cross-entropy"),
        Case((0.2, 0.5), note="gamma below 1"),
        Case((0.001, 5.0)),
        Case((0.0004, 0.0), note="a very rare class"),
        Case((0.998, 0.1), note="a very common class"),
        Case((float(rng.uniform(0.02, 0.45)), float(rng.uniform(0.5, 4)))),
    ]


@lru_cache(maxsize=256)
def _minimiser(eta, gamma):
    """The right answer, which every mistake is compared with again."""
    return float(losses.focal_minimiser(eta, gamma))


def _scaled_minimiser(eta, gamma):
    return float(losses.sigmoid(losses.logit(eta) / (gamma + 1)))


focal_minimiser = Exercise(
    name="focal_minimiser",
    chapter=CHAPTER,
    signature="focal_minimiser(eta, gamma)",
    task="The probability p that minimises the expected focal loss where class 1 has probability "
    "`eta`: eta (1 - p)^gamma (-log p) + (1 - eta) p^gamma (-log(1 - p)). To four decimals, by any "
    "method: there is no closed form.",
    difficulty=2,
    minutes=12,
    reference=losses.focal_minimiser,
    cases=_minimiser_cases,
    rtol=0.0,
    atol=1e-4,
    libraries=("scipy",),
    hints=(
        "The expected loss is a function of one number p between 0 and 1, with one minimum. Write "
        "it down, then search.",
        "scipy.optimize.minimize_scalar(loss, bounds=(1e-9, 1 - 1e-9), method='bounded') finds it; "
        "ask for options={'xatol': 1e-8}.",
        "Or a fine grid: p = np.linspace(0, 1, 200_001)[1:-1], and p[expected_loss.argmin()].",
    ),
    mistakes=(
        Mistake(
            "eta itself",
            "You return eta: that would be a proper loss, such as cross-entropy. Minimise the "
            "focal loss and see.",
            lambda eta, gamma: eta,
        ),
        Mistake(
            "the other direction",
            "That is the truth for which a model reports eta. Asked is the report where eta is "
            "the truth.",
            lambda eta, gamma: float(losses.focal_truth(eta, gamma)),
        ),
        in_forms(
            "the least loss, not its place",
            "You return how large the expected loss is at its minimum. The exercise asks where.",
            lambda eta, gamma: _ends(eta, gamma)[0],
        ),
        Mistake(
            "a place in the grid",
            "You return the index that argmin gives. The grid's value there is the answer: "
            "p[loss.argmin()].",
            lambda eta, gamma: 1000,
            echo_if(lambda value, args: value == int(value) and value > 1),
        ),
        Mistake(
            "the largest loss",
            "You look for the largest expected loss. The smallest is asked for: argmin.",
            lambda eta, gamma: _ends(eta, gamma)[1],
            echo_if(lambda value, args: value < 0.001 or value > 0.999),
        ),
        Mistake(
            "its logit",
            "You return the logit of the answer. Put it through the sigmoid.",
            lambda eta, gamma: float(losses.logit(_minimiser(eta, gamma))),
            echo_if(lambda value, args: abs(losses.sigmoid(value) - _minimiser(*args)) < 1e-4),
        ),
        with_epsilon(
            "the search ends too early",
            "Right as long as p lies well inside. For a very rare or very common class the "
            "minimum lies close to 0 or 1: search from almost 0 to almost 1.",
            lambda e, eta, gamma: float(np.clip(_minimiser(eta, gamma), e, 1 - e)),
            default=0.05,
            constants=(0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001),
        ),
        Mistake(
            "too few decimals",
            "You are near, but four decimals are asked for: a finer grid, or a smaller tolerance "
            "of the search (options={'xatol': 1e-8}).",
            lambda eta, gamma: round(_minimiser(eta, gamma), 2),
            echo_if(lambda value, args: abs(value - _minimiser(*args)) < 0.01),
        ),
        Mistake(
            "the weights held fixed",
            "You set the scaled gradients equal, as if the weights (1 - p)^gamma and p^gamma did "
            "not depend on p. Minimise the expected loss itself.",
            _scaled_minimiser,
        ),
        Mistake(
            "the classes exchanged",
            "That is one minus the answer: eta belongs to the term with -log p.",
            lambda eta, gamma: 1 - _minimiser(eta, gamma),
        ),
        Mistake(
            "gamma fixed at 2",
            "Right for gamma = 2 only. Use the argument.",
            lambda eta, gamma: _minimiser(eta, 2.0),
        ),
        Mistake(
            "the weights exchanged",
            "The term -log p has the weight (1 - p)^gamma, and -log(1 - p) has p^gamma: easy "
            "examples weigh less. Yours is the other way round.",
            lambda eta, gamma: _grid_minimiser(eta, lambda p: (p**gamma, (1 - p) ** gamma)),
        ),
        Mistake(
            "one weight for both terms",
            "You weigh both terms with (1 - p)^gamma. If class 0 comes, the probability of the "
            "truth is 1 - p, and the weight is p^gamma.",
            lambda eta, gamma: _grid_minimiser(eta, lambda p: ((1 - p) ** gamma,) * 2),
        ),
    ),
)

_GRID = np.linspace(0, 1, 100_001)[1:-1]


@lru_cache(maxsize=256)
def _ends(eta, gamma):
    """The least expected loss, and the place of the largest."""
    one, zero = (1 - _GRID) ** gamma, _GRID**gamma
    expected = -eta * one * np.log(_GRID) - (1 - eta) * zero * np.log1p(-_GRID)
    return float(expected.min()), float(_GRID[expected.argmax()])


def _grid_minimiser(eta, weights):
    one, zero = weights(_GRID)
    expected = -eta * one * np.log(_GRID) - (1 - eta) * zero * np.log1p(-_GRID)
    return float(_GRID[expected.argmin()])


# ------------------------------------------------------------------ best_threshold


def _threshold_cases(rng):
    y = (rng.random(400) < 0.1).astype(int)
    p = losses.sigmoid(rng.normal(size=400) + 2.2 * y - 3.2)  # nearly calibrated
    shifted = losses.sigmoid(losses.logit(p) + 2.0)  # as if trained with class weights
    close = np.array([0.5, 0.50001, 0.50002, 0.50003])
    small_p, small_y = np.array([0.1, 0.2, 0.35, 0.35, 0.6, 0.8]), np.array([0, 1, 0, 1, 0, 1])
    return [
        Case((small_p, small_y, 1.0, 1.0), note="equal costs, a tie"),
        Case((small_p, small_y, 1.0, 10.0), note="a miss costs ten times as much"),
        Case((small_p, small_y, 10.0, 1.0), note="a false alarm costs ten times as much"),
        Case((np.array([0.2, 0.7, 0.9]), np.array([0, 0, 0]), 1.0, 5.0), note="no positives"),
        Case((np.array([0.2, 1.0, 0.9]), np.array([0, 0, 0]), 1.0, 5.0), note="no positive, p = 1"),
        Case((np.array([0.3, 0.6, 1.0]), np.array([1, 0, 0]), 10.0, 1.0), note="best never yes"),
        Case((small_p, 1 - small_y, 1.0, 3.0), note="a tie, its other order"),
        Case((np.array([0.4, 0.4, 0.4]), np.array([0, 1, 1]), 3.0, 2.0), note="all tied"),
        Case((np.array([0.4, 0.4, 0.4]), np.array([1, 1, 0]), 3.0, 1.0), note="all tied"),
        Case((small_p, small_y, 0, 1), note="a false alarm costs nothing"),
        Case((small_p, small_y, 1, 0), note="a miss costs nothing"),
        Case((close, np.array([0, 1, 0, 1]), 1.0, 1.0), note="probabilities that are nearly equal"),
        Case((np.array([0.2, 0.7, 0.9]), np.array([1, 1, 1]), 1.0, 1.0), note="all positive"),
        Case((p, y, 1.0, 9.0), note="400 examples"),
        Case((shifted, y, 1.0, 4.0), note="400 examples, probabilities too high"),
    ]


def _cost(p, y, threshold, cost_fp, cost_fn, rule=np.greater_equal):
    """What thresholds of any shape cost on these examples."""
    yes = rule(p, np.asarray(threshold)[..., np.newaxis])
    return cost_fp * (yes & (y == 0)).sum(axis=-1) + cost_fn * (~yes & (y == 1)).sum(axis=-1)


def _judge_threshold(args, answer):
    p, y, cost_fp, cost_fn = args
    if np.ndim(answer) != 0 or not np.isreal(answer) or np.isnan(answer):
        return f"expected one number, a threshold, got {show(answer)}"
    least = _cost(p, y, imbalance.best_threshold(*args), cost_fp, cost_fn)
    yours = _cost(_rounded_like(answer, p), y, answer, cost_fp, cost_fn)
    if yours <= least:
        return None
    return f"threshold {show(answer)} costs {yours:g} in all, another one only {least:g}"


def _rounded_like(answer, p):
    """The probabilities in the precision of the answer: a p rounded to float32 is meant to be p."""
    dtype = np.asarray(answer).dtype
    return p.astype(dtype) if dtype in (np.float32, np.float16) else p


def _flagged(args, answer):
    """Which examples a threshold says yes to: what tells one rule from another."""
    return (_rounded_like(answer, args[0]) >= answer).astype(int)


def _search(p, y, cost, candidates, largest):
    """The cheapest candidate; of equally cheap ones the largest or the smallest."""
    costs = cost(p, y, candidates)
    best = np.flatnonzero(costs == costs.min())
    return float(candidates[best[-1 if largest else 0]])


def _candidates(p):
    return np.append(np.unique(p), np.inf)


def _by_cost(name, hint, *costs, candidates=_candidates):
    """A mistake that searches by another cost(p, y, t, cost_fp, cost_fn), whatever tie it takes."""

    def form(cost, largest):
        return lambda p, y, fp, fn: _search(
            p, y, lambda p, y, t: cost(p, y, t, fp, fn), candidates(p), largest
        )

    return in_forms(name, hint, *(form(cost, first) for cost in costs for first in (True, False)))


def _strict_cost(p, y, threshold, cost_fp, cost_fn):
    return _cost(p, y, threshold, cost_fp, cost_fn, np.greater)


def _on_a_grid(threshold, args):
    """Whether a threshold has three decimals, as few of 400 probabilities have."""
    return 0 <= threshold <= 1 and abs(1000 * threshold - round(1000 * threshold)) < 1e-9


def _ties_apart(p, y, cost_fp, cost_fn):
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order])
    cost = cost_fp * (np.arange(1, len(p) + 1) - hits) + cost_fn * (y.sum() - hits)
    return np.inf if cost_fn * y.sum() <= cost.min() else float(p[order][cost.argmin()])


def _f1_lack(p, y, threshold):
    yes = p >= np.asarray(threshold)[..., np.newaxis]
    return -2 * (yes & (y == 1)).sum(axis=-1) / np.maximum(1, yes.sum(axis=-1) + y.sum())


best_threshold = Exercise(
    name="best_threshold",
    chapter=CHAPTER,
    signature="best_threshold(p, y, cost_fp, cost_fn)",
    task="A threshold t for which the rule `yes where p >= t` costs least on these examples: "
    "`cost_fp` for each yes with y = 0, `cost_fn` for each no with y = 1. Any best t will do; "
    "if it is best never to say yes, one above all p (np.inf, say).",
    difficulty=2,
    minutes=10,
    reference=imbalance.best_threshold,
    cases=_threshold_cases,
    judge=_judge_threshold,
    compare_as=_flagged,
    hints=(
        "Only finitely many thresholds make a difference. Which ones? Try them all.",
        "The candidates are the values in p, and np.inf for never saying yes. Compute the total "
        "cost of each.",
        "candidates = np.append(np.unique(p), np.inf); the cost of t is cost_fp * ((p >= t) & (y "
        "== 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum(); return the cheapest.",
    ),
    mistakes=(
        Mistake(
            "one half",
            "You return 0.5 whatever the costs are. That is best for calibrated probabilities "
            "and equal costs.",
            lambda p, y, cost_fp, cost_fn: 0.5,
        ),
        Mistake(
            "from the costs alone",
            "cost_fp / (cost_fp + cost_fn) is best if the probabilities are calibrated and the "
            "examples endless. Here the cheapest threshold on these examples is asked.",
            lambda p, y, cost_fp, cost_fn: cost_fp / (cost_fp + cost_fn),
        ),
        Mistake(
            "from the costs alone, upside down",
            "You return cost_fn / (cost_fp + cost_fn). Dear misses call for a low threshold. And "
            "the cheapest threshold on these examples is asked for: try them all.",
            lambda p, y, cost_fp, cost_fn: cost_fn / (cost_fp + cost_fn),
        ),
        _by_cost(
            "the costs exchanged",
            "You charge cost_fn for false alarms and cost_fp for misses.",
            lambda p, y, t, fp, fn: _cost(p, y, t, fn, fp),
        ),
        _by_cost(
            "the costs ignored",
            "You count mistakes, whatever they cost. Weigh false alarms with cost_fp and misses "
            "with cost_fn.",
            lambda p, y, t, fp, fn: _cost(p, y, t, 1, 1),
        ),
        _by_cost(
            "always yes or sometimes yes",
            "Never saying yes is a rule, too. Add a candidate above all p (np.inf; 1 is not above "
            "a p of 1).",
            _cost,
            candidates=np.unique,
        ),
        _by_cost(
            "1 as the threshold for never",
            "A p may be 1, and `p >= 1` says yes to it. The candidate for never saying yes lies "
            "above all p: np.inf, or anything over 1.",
            _cost,
            candidates=lambda p: np.append(np.unique(p), 1.0),
        ),
        _by_cost(
            "only between the probabilities",
            "You try the middles between neighbouring probabilities only. Saying yes to all and "
            "saying yes to none are rules, too.",
            _cost,
            candidates=lambda p: (np.unique(p)[1:] + np.unique(p)[:-1]) / 2,
        ),
        _by_cost(
            "above instead of from",
            "You compute the costs of `p > t`. The rule is `p >= t`: an example whose p is the "
            "threshold gets a yes.",
            _strict_cost,
            candidates=lambda p: np.append(-np.inf, np.append(np.unique(p), np.inf)),
        ),
        _by_cost(
            "above instead of from, among the probabilities",
            "You compute the costs of `p > t`. The rule is `p >= t`: an example whose p is the "
            "threshold gets a yes.",
            _strict_cost,
        ),
        _by_cost(
            "a cost of 0 taken for none",
            "`cost or 1` is 1 for a cost of 0. A mistake may cost nothing: use the cost as it is.",
            lambda p, y, t, fp, fn: _cost(p, y, t, fp or 1, fn or 1),
        ),
        _by_cost(
            "the dearest threshold",
            "You look for the largest cost. The smallest is asked for.",
            lambda p, y, t, fp, fn: -_cost(p, y, t, fp, fn),
        ),
        _by_cost(
            "rates in place of counts",
            "You weigh the share of the zeros that get a yes against the share of the ones that "
            "get a no. The costs are for each example: add up counts.",
            lambda p, y, t, fp, fn: _cost(
                p, y, t, fp / max(1, (y == 0).sum()), fn / max(1, (y == 1).sum())
            ),
        ),
        _by_cost(
            "the largest F1",
            "You maximise F1. It has no costs in it; minimise the total cost.",
            lambda p, y, t, fp, fn: _f1_lack(p, y, t),
        ),
        Mistake(
            "ties taken apart",
            "You walk through the examples in order and stop within a group of equal "
            "probabilities. The rule can't tell them apart: all of them get a yes, or none.",
            _ties_apart,
        ),
        Mistake(
            "a grid of thresholds",
            "You try thresholds at regular distances. Probabilities may lie closer together than "
            "that, or be 1: the candidates are the values in p, and np.inf.",
            lambda p, y, fp, fn: _search(
                p, y, lambda p, y, t: _cost(p, y, t, fp, fn), np.linspace(0, 1, 101), False
            ),
            echo_if(_on_a_grid),
        ),
        Mistake(
            "the least cost, not its threshold",
            "You return what the cheapest threshold costs. The threshold is asked for.",
            lambda *args: _cost(*args[:2], imbalance.best_threshold(*args), *args[2:]),
        ),
        Mistake(
            "the share of positives",
            "You return the share of ones. It is a sensible threshold if each class's mistakes "
            "shall weigh the same in all, but nobody asked for that here.",
            lambda p, y, cost_fp, cost_fn: float(y.mean()),
        ),
    ),
)


# ------------------------------------------------------------------ prior_bias


def _prior_cases(rng):
    return [
        Case((0.01,), note="RetinaNet's"),
        Case((0.5,), note="balanced"),
        Case((0.9,)),
        Case((0.001,)),
        Case((0.999,), note="nearly always"),
        Case((1e-4,), note="one in ten thousand"),
        Case((float(rng.uniform(0.05, 0.45)),)),
    ]


def _constant(cases, values):
    """What an answer gives everywhere, if it is one number."""
    return (lambda *args: values[0]) if len(set(values)) == 1 else None


prior_bias = Exercise(
    name="prior_bias",
    chapter=CHAPTER,
    signature="prior_bias(pi)",
    task="The bias that makes an untrained model (all weights 0) predict the probability `pi` for "
    "class 1: the logit whose sigmoid is pi.",
    difficulty=1,
    minutes=4,
    reference=imbalance.prior_bias,
    cases=_prior_cases,
    hints=(
        "Solve sigmoid(b) = pi for b.",
        "b = log(pi / (1 - pi)): the log-odds.",
    ),
    mistakes=(
        Mistake(
            "the sign",
            "The sign is flipped: a rare class needs a negative bias.",
            lambda pi: -imbalance.prior_bias(pi),
        ),
        in_forms(
            "log pi",
            "log pi (or its negative) is close to it for small pi. Divide by 1 - pi inside the "
            "logarithm: at pi = 0.5 the bias is 0.",
            lambda pi: np.log(pi),
            lambda pi: -np.log(pi),
        ),
        in_forms(
            "log(1 - pi)",
            "That is the logarithm of the other class's share alone. The bias is the difference of "
            "both: log pi - log(1 - pi).",
            lambda pi: np.log(1 - pi),
            lambda pi: -np.log(1 - pi),
        ),
        in_forms(
            "the odds",
            "Those are odds, pi / (1 - pi) or upside down. The bias is log(pi / (1 - pi)).",
            lambda pi: pi / (1 - pi),
            lambda pi: (1 - pi) / pi,
            lambda pi: 1 / pi,
        ),
        in_forms(
            "brackets",
            "The whole odds stand inside the logarithm, and 1 - pi stands in brackets: "
            "log(pi / (1 - pi)).",
            lambda pi: np.log(pi) / (1 - pi),
            _quiet(lambda pi: np.log(pi / 1 - pi)),
            lambda pi: np.log(pi) / np.log(1 - pi),
            lambda pi: np.log(pi / 1) - pi,
        ),
        Mistake(
            "1 + pi",
            "You divide by 1 + pi. The other class has the share 1 - pi.",
            lambda pi: np.log(pi / (1 + pi)),
        ),
        Mistake(
            "the entropy",
            "That is the entropy of the prior, the first loss of such a model. Asked is the bias "
            "that makes it predict pi.",
            lambda pi: losses.binary_cross_entropy(pi, pi),
        ),
        Mistake(
            "the same number always",
            "Your answer does not depend on pi.",
            lambda pi: -4.6,
            _constant,
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number inside the logarithm, or cut pi off. No pi is 0 or 1 here: "
            "nothing needs to be added.",
            lambda e, pi: np.log(pi / (1 - pi) + e),
            lambda e, pi: np.log((pi + e) / (1 - pi + e)),
            lambda e, pi: np.log(pi / (1 - pi + e)),
            lambda e, pi: np.log(pi + e) - np.log(1 - pi + e),
            lambda e, pi: np.log(np.clip(pi, e, 1 - e) / (1 - np.clip(pi, e, 1 - e))),
            default=1e-2,
        ),
        Mistake(
            "pi itself",
            "A bias of pi gives the probability sigmoid(pi), which is about one half.",
            lambda pi: pi,
        ),
        Mistake(
            "the sigmoid of pi",
            "You went the wrong way: the sigmoid turns a bias into a probability. You need the "
            "bias that belongs to a probability.",
            lambda pi: losses.sigmoid(pi),
        ),
        Mistake(
            "logarithm to base 10",
            "The sigmoid has e in it, so the logarithm is the natural one: np.log.",
            lambda pi: np.log10(pi / (1 - pi)),
        ),
    ),
)


# ------------------------------------------------------------------ correct_prior_shift


def _shift_cases(rng):
    return [
        Case((np.array([0.5, 0.9, 0.1]), 0.5, 0.02), note="trained on balanced classes"),
        Case((np.array([0.02, 0.3]), 0.02, 0.5), note="the other way"),
        Case((np.array([0.2, 0.7]), 0.3, 0.3), note="no shift"),
        Case((np.array([0.0, 1.0, 0.5]), 0.5, 0.1), note="zero and one stay"),
        Case((np.array([1e-9, 1e-4, 0.9999]), 0.5, 0.001), note="nearly certain"),
        Case((np.array([0, 1, 1]), 0.3, 0.6), note="whole numbers"),
        Case((np.array([[0.5, 0.2], [0.7, 0.9], [0.1, 0.3]]), 0.4, 0.2), note="a 2-D array"),
        Case((rng.random(6), float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.01, 0.15)))),
    ]


def _ratios(train, true):
    return true / train, (1 - true) / (1 - train)


def _odds(prior):
    return prior / (1 - prior)


def _from_odds(p, factor):
    """p with its odds multiplied by a factor."""
    return p * factor / (p * factor + 1 - p)


def _through_odds(p, train, true):
    odds = p / (1 - p) * _odds(true) / _odds(train)
    return odds / (1 + odds)


def _one_sided(p, train, true):
    raised = p * true / train
    return raised / (raised + 1 - p)


correct_prior_shift = Exercise(
    name="correct_prior_shift",
    chapter=CHAPTER,
    signature="correct_prior_shift(p, train_prior, true_prior)",
    task="Probabilities `p` of class 1 from a model trained where its share was `train_prior`, "
    "corrected for a place where it is `true_prior`, with nothing else changed. An array like p; "
    "zeros and ones stay.",
    difficulty=2,
    minutes=8,
    reference=imbalance.correct_prior_shift,
    cases=_shift_cases,
    atol=0.0,  # zero stays zero
    hints=(
        "By Bayes' rule the odds of class 1 are prior odds times likelihood ratio. The likelihood "
        "ratio is the same in both places.",
        "So the odds p / (1 - p) are multiplied by true odds / training odds. Then turn odds "
        "into a probability.",
        "With a = true / train and b = (1 - true) / (1 - train): a p / (a p + b (1 - p)).",
    ),
    mistakes=(
        Mistake(
            "the two priors exchanged",
            "You shift the wrong way. In a place where class 1 is rarer, its probability falls.",
            lambda p, train, true: imbalance.correct_prior_shift(p, true, train),
        ),
        in_forms(
            "scaled and not normalised",
            "You multiply p by true / train. Class 0's probability changes too, and the two must "
            "add up to 1 again (cutting off at 1 does not do that).",
            lambda p, train, true: p * true / train,
            lambda p, train, true: np.clip(p * true / train, 0, 1),
        ),
        Mistake(
            "normalised over the examples",
            "You divide by the sum over the examples. What must add up to 1 are the two classes "
            "of each example.",
            lambda p, train, true: p * true / (p * true).sum(),
        ),
        Mistake(
            "the training prior is left out",
            "You multiply by the true prior's odds without dividing by the training prior's: they "
            "are in p already.",
            lambda p, train, true: _from_odds(p, true / (1 - true)),
        ),
        Mistake(
            "the true prior is left out",
            "You divide by the training prior's odds and stop there. Multiply by the true prior's.",
            lambda p, train, true: _from_odds(p, (1 - train) / train),
        ),
        Mistake(
            "the priors' difference on the log-odds",
            "You add true - train to the log-odds. It is the difference of the priors' log-odds.",
            lambda p, train, true: _from_odds(p, np.exp(true - train)),
        ),
        Mistake(
            "only the true prior",
            "You return the true prior for every example. What the model saw in it counts, too.",
            lambda p, train, true: np.full(np.shape(p), true),
        ),
        Mistake(
            "class 0 left as it was",
            "You rescale class 1 by true / train and normalise, but class 0 needs its own factor, "
            "(1 - true) / (1 - train).",
            _one_sided,
        ),
        in_forms(
            "shifted on the scale of p",
            "You add the difference of the priors to p. The shift is constant on the log-odds.",
            lambda p, train, true: p + true - train,
            lambda p, train, true: np.clip(p + true - train, 0, 1),
        ),
        Mistake(
            "0 / 0 at certainty",
            "Right but where p is 1: the odds are infinite there, and inf / inf is nan. One stays "
            "one. Normalise without odds: a p / (a p + b (1 - p)).",
            _quiet(lambda p, train, true: _through_odds(p, train, true)),
        ),
        Mistake(
            "nan turned into 0",
            "Where p is 1 you get inf / inf, and turn that nan into 0. One stays one.",
            _quiet(lambda p, train, true: np.nan_to_num(_through_odds(p, train, true))),
        ),
        Mistake(
            "odds taken for a probability",
            "You multiplied the odds by the right factor and returned odds. Turn them into a "
            "probability: odds / (1 + odds).",
            _quiet(
                lambda p, train, true: (
                    p * _ratios(train, true)[0] / ((1 - p) * _ratios(train, true)[1])
                )
            ),
        ),
        with_epsilon(
            "clipped first",
            "You clip p away from 0 and 1, or add a small number, before you divide or take "
            "logarithms. A certain prediction stays certain: a p / (a p + b (1 - p)) is 0 for "
            "p = 0 and 1 for p = 1, with nothing added.",
            lambda e, p, train, true: imbalance.correct_prior_shift(
                np.clip(p, e, 1 - e), train, true
            ),
            lambda e, p, train, true: (lambda o: o / (1 + o))(
                p / (1 - p + e) * _odds(true) / _odds(train)
            ),
            lambda e, p, train, true: losses.sigmoid(
                np.log((p + e) / (1 - p + e)) + np.log(_odds(true) / _odds(train))
            ),
            lambda e, p, train, true: (lambda a, b: a / (a + b + e))(
                p * true / train, (1 - p) * (1 - true) / (1 - train)
            ),
        ),
        Mistake(
            "unchanged",
            "You return p as it came.",
            lambda p, train, true: p,
        ),
    ),
)


# ------------------------------------------------------------------ tversky_loss


def _tversky_cases(rng):
    y = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    p = np.array([0.9, 0.4, 0.6, 0.1, 0.0, 0.2])
    masks = (rng.random((3, 20)) < 0.3).astype(float)
    masks[:, 0] = 1.0
    return [
        Case((p, y, 0.5, 0.5), note="the Dice loss"),
        Case((p, y, 0.3, 0.7), note="misses weigh more"),
        Case((p, y, 1.0, 1.0), note="the Jaccard loss"),
        Case((y, y, 0.5, 0.5), note="a perfect mask"),
        Case((p, y, 0.0, 0.8), note="alpha = 0: a false alarm costs nothing"),
        Case((p, y, 0.6, 0.0), note="beta = 0: a miss costs nothing"),
        Case((np.full(6, 1e-12), np.zeros(6), 0.5, 0.5), note="empty, little claimed"),
        Case((np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0]), 0.3, 0.7), note="whole numbers"),
        Case(
            (np.array([p, np.zeros(6)]), np.array([y, np.zeros(6)]), 0.4, 0.6),
            note="one of two empty",
        ),
        Case((np.zeros(6), y, 0.5, 0.5), note="nothing claimed, something there"),
        Case((p, np.zeros(6), 0.5, 0.5), note="an empty mask, something claimed"),
        Case((np.zeros(6), np.zeros(6), 0.5, 0.5), note="nothing there, nothing claimed"),
        Case((rng.random((3, 20)), masks, 0.2, 0.9), note="three pictures"),
    ]


def _counts(p, y):
    return (p * y).sum(axis=-1), (p * (1 - y)).sum(axis=-1), ((1 - p) * y).sum(axis=-1)


def _tversky(hit, false, missed, alpha, beta, smooth=0.0):
    return 1 - (hit + smooth) / (hit + alpha * false + beta * missed + smooth)


def _denominator(p, y, alpha, beta):
    hit, false, missed = _counts(p, y)
    return hit + alpha * false + beta * missed


def _filled(loss, value):
    return np.where(np.isnan(loss), value, loss)[()]


def _empty_is_fine(function):
    """With 0/0 taken as no loss, as the reference does."""

    def filled(p, y, alpha, beta):
        with np.errstate(all="ignore"):
            value = np.asarray(function(p, y, alpha, beta))
        return np.where(np.isnan(value), 0.0, value)[()]

    return filled


def _without_hits(p, y, alpha, beta):
    hit, false, missed = _counts(p, y)
    return 1 - hit / (alpha * false + beta * missed)


tversky_loss = Exercise(
    name="tversky_loss",
    chapter=CHAPTER,
    signature="tversky_loss(p, y, alpha, beta)",
    task="1 - TP / (TP + alpha FP + beta FN) with the soft counts TP = Σ p y, FP = Σ p (1 - y), "
    "FN = Σ (1 - p) y over the last axis (the pixels of one picture). If nothing is there and "
    "nothing is claimed, the loss is 0. No smoothing constant.",
    difficulty=2,
    minutes=8,
    reference=losses.tversky_loss,
    cases=_tversky_cases,
    hints=(
        "Three sums with axis=-1. Then think about where the denominator is 0.",
        "Write the loss as wrong / (TP + wrong) with wrong = alpha FP + beta FN. Where wrong is 0, "
        "the loss is 0, and there is no need to divide.",
        "np.where(wrong == 0, 0.0, wrong / np.where(wrong == 0, 1.0, TP + wrong)).",
    ),
    mistakes=(
        in_forms(
            "0 / 0",
            "Right but for the picture where nothing is there and nothing is claimed: 0 / 0 is "
            "nan. Nothing is wrong there, so the loss is 0.",
            _quiet(lambda p, y, alpha, beta: _tversky(*_counts(p, y), alpha, beta)),
        ),
        in_forms(
            "an empty picture costs 1",
            "Where nothing is there and nothing is claimed nothing is wrong: the loss is 0, not 1.",
            _quiet(lambda p, y, alpha, beta: _filled(_tversky(*_counts(p, y), alpha, beta), 1.0)),
        ),
        Mistake(
            "an empty mask costs nothing",
            "You return 0 wherever the mask is empty. If something is claimed there, it is all "
            "wrong, and costs 1.",
            lambda p, y, alpha, beta: np.where(
                y.sum(axis=-1) == 0, 0.0, losses.tversky_loss(p, y, alpha, beta)
            )[()],
        ),
        Mistake(
            "no hit costs nothing",
            "You return 0 wherever there is no hit. That is a picture in which all is wrong.",
            lambda p, y, alpha, beta: np.where(
                (p * y).sum(axis=-1) == 0, 0.0, losses.tversky_loss(p, y, alpha, beta)
            )[()],
        ),
        in_forms(
            "alpha and beta exchanged",
            "alpha belongs to the false positives, Σ p (1 - y), beta to the false negatives.",
            lambda p, y, alpha, beta: losses.tversky_loss(p, y, beta, alpha),
            _quiet(lambda p, y, alpha, beta: _tversky(*_counts(p, y), beta, alpha)),
        ),
        in_forms(
            "alpha or beta of 0 taken for none",
            "`alpha or 0.5` is 0.5 for alpha = 0. A weight may be 0: use it as it is.",
            lambda p, y, alpha, beta: losses.tversky_loss(p, y, alpha or 0.5, beta or 0.5),
            lambda p, y, alpha, beta: losses.tversky_loss(p, y, alpha or 1.0, beta or 1.0),
        ),
        in_forms(
            "the index",
            "You return the Tversky index, 1 for a perfect mask. The loss is one minus it.",
            lambda p, y, alpha, beta: 1 - losses.tversky_loss(p, y, alpha, beta),
            _quiet(lambda p, y, alpha, beta: 1 - _tversky(*_counts(p, y), alpha, beta)),
            _quiet(
                lambda p, y, alpha, beta: np.nan_to_num(1 - _tversky(*_counts(p, y), alpha, beta))
            ),
        ),
        with_epsilon(
            "a smoothing constant",
            "You add a constant, above and below or below only. In a small picture, or where "
            "little is claimed, it changes the loss a good deal: an empty mask with something "
            "claimed must cost 1. Treat the empty case on its own instead.",
            lambda e, p, y, alpha, beta: _tversky(*_counts(p, y), alpha, beta, e),
            lambda e, p, y, alpha, beta: (
                1
                - _counts(p, y)[0]
                / (_counts(p, y)[0] + alpha * _counts(p, y)[1] + beta * _counts(p, y)[2] + e)
            ),
            default=1.0,
            constants=(1.0, 0.5, *(10.0**-k for k in range(1, 21)), 2.0**-52, 2.0**-23),
        ),
        with_epsilon(
            "small denominators taken for 0",
            "You return 0 where the denominator is small. Only where it is exactly 0 is nothing "
            "wrong; else the loss is the same however small the picture's numbers are.",
            lambda e, p, y, alpha, beta: np.where(
                _denominator(p, y, alpha, beta) > e, losses.tversky_loss(p, y, alpha, beta), 0.0
            )[()],
        ),
        in_forms(
            "the Dice loss",
            "You have no alpha and beta in it: that is the case 1/2 and 1/2, the Dice loss.",
            lambda p, y, alpha, beta: losses.dice_loss(p, y),
            _quiet(lambda p, y, alpha, beta: _tversky(*_counts(p, y), 0.5, 0.5)),
        ),
        in_forms(
            "the Jaccard loss",
            "You have no alpha and beta in it: that is the case 1 and 1, the Jaccard loss.",
            lambda p, y, alpha, beta: losses.tversky_loss(p, y, 1.0, 1.0),
            _quiet(lambda p, y, alpha, beta: _tversky(*_counts(p, y), 1.0, 1.0)),
        ),
        Mistake(
            "summed over the pictures",
            "You sum over axis 0. The pixels of a picture are on the last axis.",
            _quiet(
                lambda p, y, alpha, beta: losses.tversky_loss(
                    np.moveaxis(p, 0, -1), np.moveaxis(y, 0, -1), alpha, beta
                )
            ),
        ),
        Mistake(
            "rounded predictions",
            "You made yes and no of the probabilities first. The soft counts keep them, so that "
            "the loss has a gradient.",
            lambda p, y, alpha, beta: losses.tversky_loss((p >= 0.5).astype(float), y, alpha, beta),
        ),
        Mistake(
            "all pictures as one",
            "You sum over all pictures. Sum over the last axis only: one loss for each picture.",
            lambda p, y, alpha, beta: losses.tversky_loss(p.ravel(), y.ravel(), alpha, beta),
        ),
        Mistake(
            "the mean over the pictures",
            "You returned one number for all pictures, the mean. One loss for each is asked for.",
            lambda p, y, alpha, beta: np.mean(losses.tversky_loss(p, y, alpha, beta)),
        ),
        in_forms(
            "no hits in the denominator",
            "The denominator has TP in it as well: TP + alpha FP + beta FN.",
            _empty_is_fine(_without_hits),
            _quiet(_without_hits),
            _quiet(
                lambda p, y, alpha, beta: np.where(
                    _denominator(p, y, alpha, beta) == _counts(p, y)[0],
                    0.0,
                    _without_hits(p, y, alpha, beta),
                )[()]
            ),
        ),
    ),
)


EXERCISES = (
    inverse_frequency_weights,
    weighted_cross_entropy,
    focal_loss,
    focal_loss_grad,
    focal_minimiser,
    best_threshold,
    prior_bias,
    correct_prior_shift,
    tversky_loss,
)
