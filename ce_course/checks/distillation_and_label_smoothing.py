"""The exercises of chapter 07: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import math

import numpy as np

from ce_course import data, losses
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import echo_if, in_forms, one_of, remembered, with_epsilon

CHAPTER = "07_distillation_and_label_smoothing"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


# ------------------------------------------------------------------ smooth_labels


def _label_cases(rng):
    return [
        Case((np.array([0, 1]), 2, 0.1), note="two classes: the true one gets 0.95"),
        Case((np.array([2, 0, 2, 1]), 3, 0.3)),
        Case((np.array([7]), 10, 0.1), note="ten classes: the true one gets 0.91"),
        Case((np.array([1, 0]), 4, 0.0), note="epsilon 0: one-hot"),
        Case((np.array([1, 3]), 4, 1.0), note="epsilon 1: nothing is left of the label"),
        Case((np.array([3, 0]), 5, 0.001), note="a small epsilon"),
        Case((rng.integers(0, 6, size=5), 6, float(rng.uniform(0.05, 0.4)))),
    ]


def _over_others(y, num_classes, epsilon):
    """The version most articles print: 1 - ε for the true class, ε over the K - 1 others."""
    hard = losses.one_hot(y, num_classes)
    return (1 - epsilon) * hard + epsilon / (num_classes - 1) * (1 - hard)


smooth_labels = Exercise(
    name="smooth_labels",
    chapter=CHAPTER,
    signature="smooth_labels(y, num_classes, epsilon)",
    task="Targets for the labels `y`, shape (N,), as PyTorch and Szegedy et al. smooth them: "
    "(1 - epsilon) times the one-hot label plus epsilon spread evenly over all classes. "
    "Shape (N, num_classes).",
    difficulty=1,
    minutes=5,
    reference=losses.smooth_labels,
    cases=_label_cases,
    hints=(
        "Two things are mixed: the one-hot label, with weight 1 - epsilon, and the uniform "
        "distribution, with weight epsilon. What does the uniform one give to the true class?",
        "The true class gets 1 - epsilon + epsilon / num_classes, each other one "
        "epsilon / num_classes. Each row sums to 1.",
        "(1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes is all of it.",
    ),
    mistakes=(
        Mistake(
            "epsilon over the other classes only",
            "You leave 1 - epsilon on the true class and spread epsilon over the others. Many "
            "articles say so, but Szegedy et al. and PyTorch spread it over all classes, the "
            "true one included: for two classes and 0.1 it keeps 0.95, not 0.90.",
            _over_others,
        ),
        Mistake(
            "the true class misses its share",
            "Your rows sum to less than 1: the true class has 1 - epsilon, but the uniform part "
            "gives it epsilon / K as well.",
            lambda y, k, e: np.where(losses.one_hot(y, k) == 1, 1 - e, e / k),
        ),
        Mistake(
            "nothing is taken from the label",
            "Your rows sum to 1 + epsilon: multiply the one-hot part by 1 - epsilon.",
            lambda y, k, e: losses.one_hot(y, k) + e / k,
        ),
        in_forms(
            "epsilon on each class",
            "You give epsilon to each class (or to each of the wrong ones). It is the total that "
            "is spread: epsilon / K for each.",
            lambda y, k, e: np.where(losses.one_hot(y, k) == 1, 1 - e, e),
            lambda y, k, e: (1 - e) * losses.one_hot(y, k) + e,
            lambda y, k, e: (1 - e) * losses.one_hot(y, k) + e * k,
            lambda y, k, e: (1 - e) * losses.one_hot(y, k) + e / 2,
        ),
        Mistake(
            "epsilon / (K - 1) on every class",
            "You add epsilon / (K - 1) to all K classes: the rows sum to more than 1. Divide by K.",
            lambda y, k, e: (1 - e) * losses.one_hot(y, k) + e / (k - 1),
        ),
        Mistake(
            "the labels of all rows in every row",
            "`q[:, y]` means the columns y of every row. q[np.arange(len(y)), y] is each row's own "
            "label.",
            lambda y, k, e: np.where(
                np.isin(np.arange(k), y), 1 - e + e / k, np.full((len(y), k), e / k)
            ),
        ),
        Mistake(
            "classes counted from the labels",
            "You take the largest label for the last class. There are num_classes of them, also if "
            "some have no label here.",
            lambda y, k, e: losses.smooth_labels(y, int(y.max()) + 1, e),
        ),
        in_forms(
            "epsilon 0 taken for none",
            "`epsilon or 0.1` is 0.1 for epsilon = 0. Without smoothing the target is one-hot.",
            *(lambda y, k, e, d=d: losses.smooth_labels(y, k, e or d) for d in (0.1, 0.05, 0.2)),
        ),
        in_forms(
            "rounded",
            "You round, or your array keeps whole numbers only. Fill an array of floats, and "
            "return it as it is.",
            *(lambda y, k, e, d=d: np.round(losses.smooth_labels(y, k, e), d) for d in (2, 3, 4)),
            lambda y, k, e: losses.smooth_labels(y, k, e).astype(int),
        ),
        Mistake(
            "the uniform part is missing",
            "You only scale the one-hot label by 1 - epsilon: the rows sum to less than 1. "
            "Add epsilon / K to every class.",
            lambda y, k, e: (1 - e) * losses.one_hot(y, k),
        ),
        Mistake(
            "the weights are swapped",
            "The label has weight epsilon and the uniform part 1 - epsilon: "
            "it should be the other way round.",
            lambda y, k, e: losses.smooth_labels(y, k, 1 - e),
        ),
        Mistake(
            "epsilon is ignored",
            "You return the one-hot labels: epsilon changes nothing.",
            lambda y, k, e: losses.one_hot(y, k),
        ),
    ),
)

# ------------------------------------------------------------------ label_smoothing_cross_entropy


def _loss_cases(rng):
    return [
        Case((np.zeros((2, 4)), np.array([0, 3]), 0.1), note="all logits 0: ln 4 for any epsilon"),
        Case((np.array([[2.0, 0.5, -1.0]]), np.array([0]), 0.1)),
        Case((rng.normal(scale=2, size=(4, 5)), rng.integers(0, 5, size=4), 0.2)),
        Case((rng.normal(size=(3, 3)), np.array([0, 1, 2]), 0.0), note="epsilon 0: cross-entropy"),
        Case((rng.normal(size=(3, 3)), np.array([0, 1, 2]), 1.0), note="epsilon 1"),
        Case(
            (np.array([[1000.0, 0.0, -500.0], [-1000.0, 3.0, 0.0]]), np.array([0, 0]), 0.3),
            note="logits of 1000",
        ),
        Case(
            (np.array([[1000.0, 0.0, 0.0], [0.0, 1.0, 2.0]]), np.array([0, 1]), 0.1),
            note="rows of very different size",
        ),
        Case(
            (np.array([[12.0, 0.0, -11.0], [0.0, 25.0, 40.0]]), np.array([0, 1]), 0.001),
            note="logits between 10 and 40",
        ),
        Case((np.array([[3, -1, 0], [0, 2, 5]]), np.array([0, 0]), 0.2), note="whole numbers"),
    ]


def _against(targets):
    """The loss from logits against the targets that `targets(y, K, epsilon)` makes."""
    return lambda z, y, e: -(targets(y, z.shape[1], e) * losses.log_softmax(z)).sum(axis=1)


def _naive(z, y, e):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -(losses.smooth_labels(y, z.shape[1], e) * np.log(p)).sum(axis=1)


def _log_of_softmax(z, y, e):
    return -(losses.smooth_labels(y, z.shape[1], e) * np.log(losses.softmax(z))).sum(axis=1)


def _in_two_parts(log_p, y, e, own=None, even=1.0):
    """-(1 - e) log p of the label - e times the mean of log p; or with other weights."""
    own = 1 - e if own is None else own
    return -own * log_p[np.arange(len(y)), y] - e * even * log_p.mean(axis=1)


def _naive_log_softmax(z, shift=0.0, axis=1):
    z = z - shift
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def _without_share(y, k, e):
    return np.where(losses.one_hot(y, k) == 1, 1 - e, e / k)


def _entropy_subtracted(z, y, e):
    q = losses.smooth_labels(y, z.shape[1], e)
    entropy = -np.where(q > 0, q * np.log(np.where(q > 0, q, 1)), 0).sum(axis=1)
    return losses.label_smoothing_cross_entropy(z, y, e) - entropy


def _smoothed_prediction(z, y, e):
    p = (1 - e) * losses.softmax(z) + e / z.shape[1]
    return -np.log(p[np.arange(len(y)), y])


label_smoothing_cross_entropy = Exercise(
    name="label_smoothing_cross_entropy",
    chapter=CHAPTER,
    signature="label_smoothing_cross_entropy(z, y, epsilon)",
    task="The cross-entropy of each example's logits `z` (N, K) against its smoothed label, "
    "epsilon spread over all K classes. Shape (N,), in nats. Right for logits of 1000 too.",
    difficulty=2,
    minutes=10,
    reference=losses.label_smoothing_cross_entropy,
    cases=_loss_cases,
    hints=(
        "It is the cross-entropy with a soft target, from chapter 03, and the target is that of "
        "smooth_labels. Which form of log-softmax survives logits of 1000?",
        "Or without making the targets: (1 - epsilon) times the usual loss, plus epsilon times "
        "the mean over all K classes of -log p.",
        "log_p = z - m - np.log(np.exp(z - m).sum(1, keepdims=True)), m the row's maximum; then "
        "-(1 - epsilon) * log_p[np.arange(len(y)), y] - epsilon * log_p.mean(1)",
    ),
    mistakes=(
        Mistake(
            "epsilon over the other classes only",
            "Your target has 1 - epsilon on the true class and epsilon over the K - 1 others. "
            "Spread epsilon over all K, as PyTorch does.",
            _against(_over_others),
        ),
        in_forms(
            "exp overflows",
            "Right until a logit is 1000: there exp overflows. Subtract the row's maximum first.",
            _quiet(_naive),
            _quiet(lambda z, y, e: _in_two_parts(_naive_log_softmax(z), y, e)),
        ),
        in_forms(
            "softmax first, then log",
            "A probability is rounded to 0 and its log is infinite, though the loss is finite. "
            "Compute the log-softmax directly.",
            _quiet(_log_of_softmax),
            _quiet(lambda z, y, e: _in_two_parts(np.log(losses.softmax(z)), y, e)),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off there. Then no loss is "
            "larger than minus its log. Compute the log-softmax directly, without it.",
            lambda c, z, y, e: _in_two_parts(np.log(losses.softmax(z) + c), y, e),
            lambda c, z, y, e: _in_two_parts(np.log(np.clip(losses.softmax(z), c, 1)), y, e),
            lambda c, z, y, e: _in_two_parts(np.log(np.clip(losses.softmax(z), c, 1 - c)), y, e),
        ),
        in_forms(
            "one maximum for all rows",
            "You subtract the largest logit of all rows. Where another row's logits are smaller by "
            "a thousand, all its exponentials are 0. Subtract each row's own largest logit.",
            _quiet(lambda z, y, e: _in_two_parts(_naive_log_softmax(z, z.max()), y, e)),
        ),
        in_forms(
            "softmax over the examples",
            "Your softmax sums over the examples, axis 0. The classes are on axis 1.",
            _quiet(
                lambda z, y, e: _in_two_parts(_naive_log_softmax(z, z.max(axis=0), axis=0), y, e)
            ),
        ),
        Mistake(
            "the true class misses its share",
            "Your targets sum to less than 1: the true class has 1 - epsilon, but the uniform part "
            "gives it epsilon / K as well.",
            _against(_without_share),
        ),
        Mistake(
            "one mean for all examples",
            "Your second part is the mean over all examples and classes. Each example has its own: "
            "log_p.mean(axis=1).",
            lambda z, y, e: (
                (1 - e) * losses.cross_entropy_from_logits(z, y) - e * losses.log_softmax(z).mean()
            ),
        ),
        Mistake(
            "the weights are swapped",
            "The label has weight epsilon and the uniform part 1 - epsilon: it should be the other "
            "way round.",
            lambda z, y, e: losses.label_smoothing_cross_entropy(z, y, 1 - e),
        ),
        Mistake(
            "nothing is taken from the label",
            "Your targets sum to 1 + epsilon: multiply the usual loss by 1 - epsilon.",
            lambda z, y, e: _in_two_parts(losses.log_softmax(z), y, e, own=1.0),
        ),
        Mistake(
            "the divergence",
            "You return the KL divergence from the target. The cross-entropy is asked for, which "
            "has the target's entropy in it.",
            _entropy_subtracted,
        ),
        Mistake(
            "log K for the uniform part",
            "log K is what a uniform prediction costs. The uniform part of the target costs the "
            "mean of -log p over the classes.",
            lambda z, y, e: (
                (1 - e) * losses.cross_entropy_from_logits(z, y) + e * np.log(z.shape[1])
            ),
        ),
        Mistake(
            "the sum over the classes, not the mean",
            "Your second part adds -log p over all classes with weight epsilon each. "
            "It is their mean: epsilon / K each.",
            lambda z, y, e: (
                (1 - e) * losses.cross_entropy_from_logits(z, y)
                - e * losses.log_softmax(z).sum(axis=1)
            ),
        ),
        Mistake(
            "only the true class counts",
            "You scale the usual loss by 1 - epsilon. The other classes have a share in the "
            "target, so their log-probabilities count.",
            lambda z, y, e: (1 - e) * losses.cross_entropy_from_logits(z, y),
        ),
        Mistake(
            "the prediction is smoothed, not the label",
            "You mix the predicted probabilities with 1/K and keep the hard label. "
            "It is the target that is smoothed.",
            _smoothed_prediction,
        ),
        Mistake(
            "epsilon is ignored",
            "This is the plain cross-entropy: epsilon changes nothing.",
            lambda z, y, e: losses.cross_entropy_from_logits(z, y),
        ),
        Mistake(
            "the mean",
            "You return one number, the mean. This exercise wants one loss per example.",
            lambda z, y, e: losses.label_smoothing_cross_entropy(z, y, e).mean(),
        ),
    ),
)

# ------------------------------------------------------------------ smoothing_floor


def _number_cases(rng):
    return [
        Case((2, 0.1), note="two classes"),
        Case((10, 0.1), note="ten digits"),
        Case((1000, 0.1), note="ImageNet"),
        Case((10, 0.0), note="no smoothing"),
        Case((5, 1.0), note="nothing left of the label"),
        Case((10, 1e-6), note="a tiny epsilon"),
        Case((4, 0.001), note="a small epsilon"),
        Case((int(rng.integers(3, 50)), float(rng.uniform(0.02, 0.5)))),
    ]


def _shares(num_classes, epsilon):
    return 1 - epsilon + epsilon / num_classes, epsilon / num_classes


def _plain_floor(k, e):
    true, other = _shares(k, e)
    return -true * np.log(true) - (k - 1) * other * np.log(other)


def _entropy_with_log(log, true, others, count):
    return -true * log(true) - count * others * log(others)


def _entropy_of(true, others, count):
    """The entropy of one class with `true` and `count` classes with `others` each."""
    return sum(n * p * -math.log(p) for p, n in ((true, 1), (others, count)) if p > 0)


smoothing_floor = Exercise(
    name="smoothing_floor",
    chapter=CHAPTER,
    signature="smoothing_floor(num_classes, epsilon)",
    task="The least value, in nats, that the cross-entropy against a label smoothed by `epsilon` "
    "over all `num_classes` classes can have, whatever the model says. 0 for epsilon 0.",
    difficulty=2,
    minutes=8,
    reference=losses.smoothing_floor,
    cases=_number_cases,
    hints=(
        "Cross-entropy = entropy of the target + KL. Which part can the model bring to 0?",
        "The entropy of a target with one class at 1 - epsilon + epsilon / K and K - 1 classes at "
        "epsilon / K. Mind 0 · log 0.",
        "t = 1 - epsilon + epsilon / K, u = epsilon / K: "
        "-t * log(t) - (K - 1) * u * log(u), and 0.0 if epsilon is 0.",
    ),
    mistakes=(
        in_forms(
            "epsilon over the other classes only",
            "You give 1 - epsilon to the true class. It also gets its share epsilon / K: "
            "for ten classes and 0.1 the floor is 0.5003, not 0.5448.",
            lambda k, e: _entropy_of(1 - e, e / (k - 1), k - 1),
            _quiet(
                lambda k, e: _entropy_with_log(
                    np.log, np.float64(1 - e), np.float64(e) / (k - 1), k - 1
                )
            ),
        ),
        in_forms(
            "a small number inside the logarithm",
            "You add a small number inside the logarithm, or keep epsilon away from 0. Treat "
            "epsilon 0 on its own: the floor is exactly 0 there.",
            *(
                lambda k, e, c=c: _entropy_with_log(lambda p: np.log(p + c), *_shares(k, e), k - 1)
                for c in (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)
            ),
            *(
                lambda k, e, c=c: losses.smoothing_floor(k, max(e, c))
                for c in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
            ),
        ),
        Mistake(
            "a small epsilon taken for 0",
            "You return 0 for every small epsilon. Only for epsilon 0 itself is the floor 0.",
            lambda k, e: losses.smoothing_floor(k, e) if e > 0.01 else 0.0,
            one_of(
                *(
                    lambda k, e, c=c: losses.smoothing_floor(k, e) if e >= c else 0.0
                    for c in (0.01, 0.005, 0.0011, 1e-3, 1e-4, 1e-5, 1e-7)
                )
            ),
        ),
        Mistake(
            "infinite for epsilon 0",
            "Without smoothing the target is certain, and its entropy 0. (It is the best logit gap "
            "that is infinite there.)",
            lambda k, e: losses.smoothing_floor(k, e) if e else math.inf,
        ),
        Mistake(
            "K wrong classes",
            "You count K wrong classes. There are K - 1 of them.",
            lambda k, e: _entropy_of(*_shares(k, e), k),
        ),
        Mistake(
            "epsilon log K",
            "epsilon · log K is the uniform part's entropy alone. Compute the entropy of the "
            "mixture.",
            lambda k, e: e * math.log(k),
        ),
        Mistake(
            "always 0",
            "The loss of a smoothed label never reaches 0: a model that matches the target exactly "
            "still pays the target's entropy.",
            lambda k, e: 0.0,
        ),
        in_forms(
            "0 log 0 gives nan",
            "Right but for epsilon = 0, where you take log 0: 0 · log 0 is nan with NumPy, and "
            "math.log refuses it. The floor is 0 there.",
            _quiet(_plain_floor),
            lambda k, e: _entropy_with_log(math.log, *_shares(k, e), k - 1),
        ),
        Mistake(
            "one wrong class instead of K - 1",
            "You count the term of a wrong class once. There are K - 1 of them.",
            lambda k, e: _entropy_of(*_shares(k, e), 1),
        ),
        Mistake(
            "the entropy of a coin with epsilon",
            "You compute the entropy of (1 - epsilon, epsilon). The target has K classes, "
            "and the true one gets a share of epsilon too.",
            lambda k, e: _entropy_of(1 - e, e, 1),
        ),
        in_forms(
            "only the true class's term",
            "You return -log of the true class's share, or that times the share. The cross-entropy "
            "averages over all classes, with the target as weights.",
            lambda k, e: -math.log(_shares(k, e)[0]),
            lambda k, e: -_shares(k, e)[0] * math.log(_shares(k, e)[0]),
            lambda k, e: -math.log(1 - e) if e < 1 else math.inf,
        ),
        in_forms(
            "only the wrong classes' terms",
            "The true class's own term, -t log t, is missing.",
            lambda k, e: _entropy_of(0.0, _shares(k, e)[1], k - 1),
        ),
        Mistake(
            "in bits",
            "You use the logarithm to base 2. Nats are asked for.",
            lambda k, e: losses.smoothing_floor(k, e) / math.log(2),
        ),
        Mistake(
            "log K",
            "log K is the loss of a uniform guess. A model that has learned does better.",
            lambda k, e: math.log(k),
        ),
    ),
)

# ------------------------------------------------------------------ optimal_logit_gap


def _is_finite_gap(value, args):
    right = losses.optimal_logit_gap(*args)
    return np.isfinite(value) if math.isinf(right) else np.isclose(value, right, atol=1e-4)


optimal_logit_gap = Exercise(
    name="optimal_logit_gap",
    chapter=CHAPTER,
    signature="optimal_logit_gap(num_classes, epsilon)",
    task="By how much should the true class's logit lie above the other ones (all equal), so that "
    "the cross-entropy against the label smoothed by `epsilon` over all `num_classes` classes is "
    "at its floor? One number; infinity (`math.inf`) for epsilon 0.",
    difficulty=2,
    minutes=8,
    reference=losses.optimal_logit_gap,
    cases=_number_cases,
    hints=(
        "At the floor, softmax(z) equals the smoothed target. What is the difference of two logits "
        "in terms of the two probabilities?",
        "z_true - z_other = log(p_true / p_other), because softmax divides both by the same sum. "
        "The probabilities are those of the target.",
        "math.log((1 - epsilon + epsilon / K) / (epsilon / K)), and math.inf if epsilon is 0.",
    ),
    mistakes=(
        in_forms(
            "epsilon over the other classes only",
            "Your target has 1 - epsilon on the true class and epsilon over the K - 1 others. "
            "With epsilon over all K the gap is log(1 + K (1 - epsilon) / epsilon).",
            _quiet(lambda k, e: np.log((1 - e) * (k - 1) / np.float64(e))),
            lambda k, e: math.log((1 - e) * (k - 1) / e) if e not in (0, 1) else math.inf,
            lambda k, e: math.inf if e == 0 else math.log((1 - e) * (k - 1) / e),
        ),
        in_forms(
            "the true class misses its share",
            "The true class has 1 - epsilon and its share epsilon / K of the uniform part.",
            _quiet(lambda k, e: np.log((1 - e) / np.float64(e / k))),
            lambda k, e: math.inf if e == 0 else math.log((1 - e) / (e / k)),
        ),
        in_forms(
            "K - 1 in place of K",
            "Somewhere in your formula stands K - 1. The label is smoothed over all K classes: "
            "each gets epsilon / K, the true one too.",
            *(
                lambda k, e, gap=gap: math.inf if e == 0 else math.log(gap(k, e))
                for gap in (
                    lambda k, e: 1 + (k - 1) * (1 - e) / e,
                    lambda k, e: (1 - e + e / k) * (k - 1) / e,
                    lambda k, e: (1 - e + e / (k - 1)) * k / e,
                )
            ),
        ),
        in_forms(
            "the log-odds of epsilon",
            "log((1 - epsilon) / epsilon) leaves the number of classes out. Compare the two shares "
            "of the target.",
            _quiet(lambda k, e: np.log((1 - e) / np.float64(e))),
            lambda k, e: -math.inf if e == 1 else math.log((1 - e) / e) if e else math.inf,
        ),
        in_forms(
            "one of the two logarithms",
            "You take the logarithm of one share only. The gap is the difference: "
            "log p_true - log p_other.",
            lambda k, e: -math.log(e / k) if e else math.inf,
            lambda k, e: math.log(_shares(k, e)[0]) if e else math.inf,
            lambda k, e: math.log(_shares(k, e)[0]),
            lambda k, e: math.log(e / k) if e else -math.inf,
        ),
        Mistake(
            "the logit of the true class's share",
            "log(p / (1 - p)) compares the true class with all others together. The gap to "
            "each one of them is asked for. The two agree for two classes only.",
            _quiet(lambda k, e: np.log(_shares(k, e)[0] / np.float64((k - 1) * e / k))),
        ),
        in_forms(
            "the sign is turned",
            "The true class lies above the others: divide its share by theirs.",
            lambda k, e: -losses.optimal_logit_gap(k, e),
            lambda k, e: -losses.optimal_logit_gap(k, e) if e else math.inf,
        ),
        in_forms(
            "the ratio, not its logarithm",
            "You return the ratio of the two probabilities. Logits are logarithms: take its log.",
            _quiet(lambda k, e: _shares(k, e)[0] / np.float64(e / k)),
            lambda k, e: _shares(k, e)[0] / (e / k) if e else math.inf,
        ),
        in_forms(
            "the difference of the probabilities",
            "You subtract probabilities: that gives 1 - epsilon. "
            "The logits differ by the log of their ratio.",
            lambda k, e: 1 - e,
            lambda k, e: 1 - e if e else math.inf,
        ),
        Mistake(
            "division by zero",
            "For epsilon 0 the other classes get nothing, and you divide by 0. "
            "The gap is infinite there: say so.",
            lambda k, e: math.log(_shares(k, e)[0] / (e / k)),
        ),
        Mistake(
            "nan or an invalid value turned into 0",
            "For epsilon 0 you return 0. Without smoothing the loss falls for ever: "
            "the best gap is infinite.",
            lambda k, e: losses.optimal_logit_gap(k, e) if e > 0 else 0.0,
        ),
        Mistake(
            "a finite number for epsilon 0",
            "Right where epsilon is above 0. For epsilon 0 the best gap is infinite, and you give "
            "a number: nothing should be added, or cut off, there.",
            lambda k, e: losses.optimal_logit_gap(k, max(e, 1e-12)),
            echo_if(_is_finite_gap),
        ),
    ),
)

# ------------------------------------------------------------------ distillation_loss


def _distillation_cases(rng):
    z = rng.normal(scale=3, size=(4, 5))
    y = rng.integers(0, 5, size=4)
    return [
        Case(
            (np.array([[3.0, 1.0, 0.0]]), np.array([[6.0, 2.0, -4.0]]), np.array([0]), 2.0, 0.5),
            note="T = 2, half and half",
        ),
        Case((z, z.copy(), y, 4.0, 1.0), note="the student equals its teacher: loss 0"),
        Case((z, rng.normal(scale=5, size=(4, 5)), y, 4.0, 0.7)),
        Case((z, rng.normal(scale=5, size=(4, 5)), y, 1.0, 1.0), note="T = 1, the teacher alone"),
        Case((z, rng.normal(size=(4, 5)), y, 3.0, 0.0), note="alpha 0: the labels alone"),
        Case(
            (
                np.array([[1000.0, 0.0, -1000.0]]),
                np.array([[0.0, 1500.0, -3.0]]),
                np.array([1]),
                1.0,
                0.5,
            ),
            note="logits of 1000",
        ),
        Case(
            (
                np.array([[1000.0, 0.0, -900.0]]),
                np.array([[0.0, 1.0, 0.5]]),
                np.array([0]),
                1.0,
                1.0,
            ),
            note="a student that is certain, a teacher that is not",
        ),
        Case(
            (
                np.array([[1000.0, 0.0, -5.0], [1.0, 0.0, 2.0]]),
                np.array([[3.0, 1.0, 0.0], [1000.0, 990.0, 0.0]]),
                np.array([0, 2]),
                2.0,
                0.5,
            ),
            note="rows of very different size",
        ),
        Case(
            (
                np.array([[12.0, 0.0, -11.0], [0.0, 25.0, 40.0]]),
                np.array([[15.0, 1.0, 0.0], [-20.0, 10.0, 30.0]]),
                np.array([1, 0]),
                0.5,
                0.3,
            ),
            note="logits between 10 and 40, T below 1",
        ),
        Case(
            (
                np.array([[1000.0, 990.0, 985.0]]),
                np.array([[900.0, 903.0, 899.0]]),
                np.array([1]),
                1.0,
                0.5,
            ),
            note="large logits, close together",
        ),
        Case(
            (np.array([[3, -1, 0]]), np.array([[6, 2, -4]]), np.array([1]), 2, 0.5),
            note="whole numbers",
        ),
    ]


def _soft(s, t):
    """KL(softmax(t) ‖ softmax(s)), for the wrong variants."""
    log_q, log_p = losses.log_softmax(t), losses.log_softmax(s)
    return (np.exp(log_q) * (log_q - log_p)).sum(axis=1)


def _ce(s, t):
    return -(losses.softmax(t) * losses.log_softmax(s)).sum(axis=1)


def _mix(soft, hard=losses.cross_entropy_from_logits):
    """alpha soft(s, t, T) + (1 - alpha) hard(s, y)."""
    return lambda s, t, y, T, a: a * soft(s, t, T) + (1 - a) * hard(s, y)


def _naive_kl(s, t, T):
    q = np.exp(t / T) / np.exp(t / T).sum(axis=1, keepdims=True)
    p = np.exp(s / T) / np.exp(s / T).sum(axis=1, keepdims=True)
    return T**2 * (q * np.log(q / p)).sum(axis=1)


def _naive_logs(s, t, T):
    log_q, log_p = _naive_log_softmax(t / T), _naive_log_softmax(s / T)
    return T**2 * (np.exp(log_q) * (log_q - log_p)).sum(axis=1)


def _own_log(log_p):
    """The loss of the labels from log_p(s)."""
    return lambda s, y: -log_p(s)[np.arange(len(y)), y]


def _mixture(log_softmax):
    """The right formula with another log-softmax."""

    def soft(s, t, T):
        log_q, log_p = log_softmax(t / T), log_softmax(s / T)
        return T**2 * (np.exp(log_q) * (log_q - log_p)).sum(axis=1)

    return _mix(soft, _own_log(log_softmax))


def _with_added(e, *args):
    """q log((q + e) / (p + e)), and the labels' part with log(p + e)."""

    def soft(s, t, T):
        q, p = losses.softmax(t / T), losses.softmax(s / T)
        return T**2 * (q * (np.log(q + e) - np.log(p + e))).sum(axis=1)

    return _mix(soft, _own_log(lambda s: np.log(losses.softmax(s) + e)))(*args)


def _with_cut(e, *args):
    """The same with probabilities that are cut off."""

    def soft(s, t, T):
        q, p = (np.clip(losses.softmax(v / T), e, 1) for v in (t, s))
        return T**2 * (q * (np.log(q) - np.log(p))).sum(axis=1)

    return _mix(soft, _own_log(lambda s: np.log(np.clip(losses.softmax(s), e, 1))))(*args)


def _parts_of_loss(s, t, y, T):
    return T**2 * _soft(s / T, t / T), losses.cross_entropy_from_logits(s, y)


def _logs_of_softmax(s, t, T):
    q, p = losses.softmax(t / T), losses.softmax(s / T)
    return T**2 * (q * (np.log(q) - np.log(p))).sum(axis=1)


distillation_loss = Exercise(
    name="distillation_loss",
    chapter=CHAPTER,
    signature="distillation_loss(student_z, teacher_z, y, temperature, alpha)",
    task="For each example: alpha * T² * KL(softmax(teacher_z / T) ‖ softmax(student_z / T)) "
    "+ (1 - alpha) * cross-entropy(student_z, y), the second part at temperature 1. "
    "Logits (N, K), labels (N,); shape (N,), in nats. Right for logits of 1000 too.",
    difficulty=3,
    minutes=15,
    points=2,
    reference=losses.distillation_loss,
    cases=_distillation_cases,
    hints=(
        "Compute log-softmaxes, with the row's maximum subtracted: of student_z / T, of "
        "teacher_z / T, and of student_z.",
        "KL is the sum over classes of q * (log q - log p), where q = exp(log q) is the teacher's. "
        "Teacher and student are both divided by T there.",
        "soft = (np.exp(log_q) * (log_q - log_p)).sum(1); hard = -log_softmax(student_z)"
        "[np.arange(len(y)), y]; return alpha * temperature**2 * soft + (1 - alpha) * hard.",
    ),
    mistakes=(
        Mistake(
            "T squared is missing",
            "Without the factor T² the soft part's gradient shrinks like 1/T², and the labels "
            "drown it. Multiply the KL by temperature squared.",
            _mix(lambda s, t, T: _soft(s / T, t / T)),
        ),
        Mistake(
            "T instead of T squared",
            "You multiply by T. The gradient loses one factor of T in the division by T and "
            "one because the distributions come closer: it takes T squared.",
            _mix(lambda s, t, T: T * _soft(s / T, t / T)),
        ),
        Mistake(
            "cross-entropy in place of KL",
            "Your soft part is the cross-entropy with the teacher. Its gradient is the same, and "
            "Hinton's paper writes it so. But here the KL is asked for: subtract the "
            "teacher's entropy, so that a student who equals the teacher has loss 0.",
            _mix(lambda s, t, T: T**2 * _ce(s / T, t / T)),
        ),
        Mistake(
            "KL in the other direction",
            "You compute KL(student ‖ teacher). The teacher's probabilities are the weights: "
            "KL(teacher ‖ student).",
            _mix(lambda s, t, T: T**2 * _soft(t / T, s / T)),
        ),
        Mistake(
            "only the teacher is softened",
            "You divide the teacher's logits by T and not the student's. Both must be: otherwise "
            "a student who equals the teacher is told to become flatter.",
            _mix(lambda s, t, T: T**2 * _soft(s, t / T)),
        ),
        Mistake(
            "only the student is softened",
            "You divide the student's logits by T and not the teacher's. Both must be softened.",
            _mix(lambda s, t, T: T**2 * _soft(s / T, t)),
        ),
        Mistake(
            "the labels at temperature T",
            "You compute the part with the labels from student_z / T too. "
            "It is taken at temperature 1.",
            lambda s, t, y, T, a: (
                a * T**2 * _soft(s / T, t / T)
                + (1 - a) * losses.cross_entropy_from_logits(s / T, y)
            ),
        ),
        Mistake(
            "alpha is swapped",
            "alpha weighs the soft part, 1 - alpha the labels.",
            lambda s, t, y, T, a: losses.distillation_loss(s, t, y, T, 1 - a),
        ),
        Mistake(
            "logits multiplied by T",
            "You multiply by the temperature. A high temperature makes softer: divide by it.",
            _mix(lambda s, t, T: T**2 * _soft(s * T, t * T)),
        ),
        Mistake(
            "the mean",
            "You return one number, the mean. This exercise wants one loss per example.",
            lambda *args: losses.distillation_loss(*args).mean(),
        ),
        in_forms(
            "exp overflows",
            "Right until a logit is 1000: there exp overflows. Subtract the row's maximum first.",
            _quiet(_mix(_naive_kl)),
            _quiet(
                _mix(
                    _naive_kl,
                    _own_log(lambda s: np.log(np.exp(s) / np.exp(s).sum(axis=1, keepdims=True))),
                )
            ),
            _quiet(_mixture(_naive_log_softmax)),
            _quiet(_mix(_naive_logs)),
        ),
        in_forms(
            "softmax first, then log",
            "A probability is rounded to 0 and its log is infinite. Compute log-softmaxes.",
            _quiet(_mix(_logs_of_softmax)),
            _quiet(_mixture(lambda z: np.log(losses.softmax(z)))),
            _quiet(_mix(_logs_of_softmax, _own_log(lambda s: np.log(losses.softmax(s))))),
        ),
        in_forms(
            "one maximum for all rows",
            "You subtract the largest logit of all rows. Where another row's logits are smaller by "
            "a thousand, all its exponentials are 0. Subtract each row's own largest logit.",
            _quiet(_mixture(lambda z: _naive_log_softmax(z, z.max()))),
        ),
        in_forms(
            "softmax over the examples",
            "Your softmax sums over the examples, axis 0. The classes are on axis 1.",
            _quiet(_mixture(lambda z: _naive_log_softmax(z, z.max(axis=0), axis=0))),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off there. Then no term is "
            "larger than minus its log. Compute log-softmaxes, without it.",
            _with_added,
            _with_cut,
        ),
        in_forms(
            "alpha 0 taken for none",
            "`if not alpha` and `alpha or 0.5` take alpha = 0 for not given. It is a weight like "
            "any other: only the labels count then.",
            *(
                lambda s, t, y, T, a, d=d: losses.distillation_loss(s, t, y, T, a or d)
                for d in (0.5, 0.9, 0.7, 0.1, 1.0)
            ),
        ),
        Mistake(
            "T squared on both parts",
            "You multiply the labels' part by T², too. It is taken at temperature 1 and needs no "
            "factor.",
            lambda s, t, y, T, a: (
                T**2 * (a * _soft(s / T, t / T) + (1 - a) * losses.cross_entropy_from_logits(s, y))
            ),
        ),
        in_forms(
            "a weight is missing",
            "The soft part has the weight alpha, the labels' part 1 - alpha. One of them is "
            "missing.",
            lambda s, t, y, T, a: (lambda soft, hard: a * soft + hard)(*_parts_of_loss(s, t, y, T)),
            lambda s, t, y, T, a: (lambda soft, hard: soft + (1 - a) * hard)(
                *_parts_of_loss(s, t, y, T)
            ),
            lambda s, t, y, T, a: sum(_parts_of_loss(s, t, y, T)),
        ),
        Mistake(
            "the sign of the labels' part",
            "You add (1 - alpha) · log p of the label. Its negative is the cross-entropy.",
            lambda s, t, y, T, a: (lambda soft, hard: a * soft - (1 - a) * hard)(
                *_parts_of_loss(s, t, y, T)
            ),
        ),
        Mistake(
            "the mean of the labels' part",
            "You average the labels' part over the examples. Each example has its own.",
            lambda s, t, y, T, a: (lambda soft, hard: a * soft + (1 - a) * hard.mean())(
                *_parts_of_loss(s, t, y, T)
            ),
        ),
        Mistake(
            "the mean over the classes",
            "Your KL is a mean over the classes. It is their sum.",
            _mix(lambda s, t, T: T**2 * _soft(s / T, t / T) / s.shape[1]),
        ),
        Mistake(
            "log-probabilities divided by T",
            "You divide by T after the log-softmax. Divide the logits, then apply it.",
            _mix(
                lambda s, t, T: (
                    T**2
                    * (
                        np.exp(losses.log_softmax(t) / T)
                        * (losses.log_softmax(t) - losses.log_softmax(s))
                        / T
                    ).sum(axis=1)
                )
            ),
        ),
        Mistake(
            "divided by T squared",
            "You divide the KL by T². Multiply: its gradient is smaller by 1/T².",
            _mix(lambda s, t, T: _soft(s / T, t / T) / T**2),
        ),
        Mistake(
            "the squared difference",
            "You compare the probabilities by their squared differences. The KL divergence is "
            "asked for.",
            _mix(
                lambda s, t, T: (
                    T**2 * ((losses.softmax(t / T) - losses.softmax(s / T)) ** 2).sum(axis=1)
                )
            ),
        ),
    ),
)

# ------------------------------------------------------------------ distil_student

SEEN, HIDDEN = 100, 16
REQUIRED = 0.92  # on the digits that neither saw; see tests/test_distillation.py
SHAPES = ((64, HIDDEN), (HIDDEN,), (HIDDEN, 10), (10,))
CERTAIN, STEEP, FLAT = 0.07, 1.5, 0.2  # where a symptom begins


@remembered
def _digits():
    """X (1797, 64), y, and the teacher's logits; it was trained on the first 1000."""
    X, y, X_test, y_test = data.digits(0)
    return np.concatenate([X, X_test]), np.concatenate([y, y_test]), data.digit_teachers()["hard"]


def _student_cases(rng):
    X, y, z = _digits()
    picks = [rng.choice(1000, size=SEEN, replace=False) for _ in range(3)]
    return [Case((X[i], z[i], y[i]), note=f"{SEEN} digits, chosen at random") for i in picks]


def student_logits(weights, X):
    """What a student with weights (W1, b1, W2, b2) says, shape (N, 10)."""
    W1, b1, W2, b2 = weights
    return np.maximum(0, X @ W1 + b1) @ W2 + b2


def train_student(X, target, temperature, steps=600, learning_rate=0.01):
    """Full-batch Adam on T² times the cross-entropy with `target` (N, 10) of logits / T."""
    rng = np.random.default_rng(0)
    weights = [
        rng.normal(scale=math.sqrt(2 / 64), size=SHAPES[0]),
        np.zeros(SHAPES[1]),
        rng.normal(scale=math.sqrt(2 / HIDDEN), size=SHAPES[2]),
        np.zeros(SHAPES[3]),
    ]
    mean, square = ([np.zeros(shape) for shape in SHAPES] for _ in range(2))
    for step in range(1, steps + 1):
        hidden = np.maximum(0, X @ weights[0] + weights[1])
        z = hidden @ weights[2] + weights[3]
        G = temperature * (losses.softmax(z / temperature) - target) / len(X)
        back = (G @ weights[2].T) * (hidden > 0)
        gradients = (X.T @ back, back.sum(axis=0), hidden.T @ G, G.sum(axis=0))
        for i, gradient in enumerate(gradients):
            mean[i] = 0.9 * mean[i] + 0.1 * gradient
            square[i] = 0.999 * square[i] + 0.001 * gradient**2
            size = np.sqrt(square[i] / (1 - 0.999**step)) + 1e-8
            weights[i] = weights[i] - learning_rate * mean[i] / (1 - 0.9**step) / size
    return tuple(weights)


def _weights(answer):
    """An answer as four float arrays; raises ValueError for another form."""
    if not isinstance(answer, tuple | list) or len(answer) != 4:
        raise ValueError("expected four arrays (W1, b1, W2, b2)")
    try:
        weights = tuple(np.asarray(part, dtype=float) for part in answer)
    except (TypeError, ValueError):
        raise ValueError("expected four arrays of numbers (W1, b1, W2, b2)") from None
    shapes = tuple(part.shape for part in weights)
    if shapes != SHAPES:
        raise ValueError(
            f"expected shapes {SHAPES} for (W1, b1, W2, b2), got {shapes} "
            "(nn.Linear keeps the transpose of W)"
        )
    return weights


def accuracy_on_unseen(weights) -> float:
    """The share of right answers on the 797 digits that neither teacher nor student saw."""
    X, y, _ = _digits()
    return float((student_logits(weights, X[1000:]).argmax(axis=1) == y[1000:]).mean())


def _judge_student(args, answer):
    try:
        weights = _weights(answer)
    except ValueError as error:
        return str(error)
    if not all(np.isfinite(part).all() for part in weights):
        return "the weights are not finite: the training diverged, try a smaller learning rate"
    accuracy = accuracy_on_unseen(weights)
    if accuracy >= REQUIRED:
        return None
    return f"expected {REQUIRED:.0%} of 797 unseen digits to be right, got {accuracy:.1%}"


def _other_pictures(X):
    """The pictures as people change them before they train."""
    yield from (X - X.mean(axis=0), (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8))
    yield from (X - X.mean(), (X - X.mean()) / X.std(), 2 * X - 1, 1 - X)
    yield from (X / 16, X / 255, 16 * X, 255 * X)


def _symptom(args, answer) -> str:
    """What the student's logits on its own digits say about how it was trained; "" if nothing."""
    X, teacher_z, y = args
    weights = _weights(answer)
    if not all(np.isfinite(part).all() for part in weights):
        return "not finite"

    def apart(z):
        return _soft(z / 4, teacher_z / 4).mean()

    z = student_logits(weights, X)
    nearest = min(apart(student_logits(weights, other)) for other in _other_pictures(X))
    if nearest < min(0.3 * apart(z), CERTAIN):
        return "other pictures"
    right = (z.argmax(axis=1) == y).mean()
    if right < 0.4:
        if (X @ weights[0] + weights[1] <= 0).mean() > 0.99:
            return "dead"
        return "uphill" if losses.cross_entropy_from_logits(z, y).mean() > 5 else "untrained"
    if right < 0.95:
        return "early"
    wrong = ~losses.one_hot(y, 10).astype(bool)
    own, theirs = (v[wrong].reshape(-1, 9) for v in (z, teacher_z))
    own, theirs = own - own.mean(axis=1, keepdims=True), theirs - theirs.mean(axis=1, keepdims=True)
    # of the wrong classes' logits, on the teacher's
    slope = (own * theirs).sum() / (theirs**2).sum()
    if slope > STEEP:
        return "steep"
    if slope < FLAT:
        return "flat"
    return "certain" if apart(z) > CERTAIN else ""


def _with_symptom(symptom):
    """The answer itself, if most of its students that fail have the symptom.

    Symptoms leave room for the rounding of other processors; nothing is trained for them.
    """

    def family(cases, values):
        def nothing(*args):
            return None

        try:
            told = [
                _symptom(case.args, value)
                for case, value in zip(cases, values, strict=True)
                if _judge_student(case.args, value) is not None
            ]
        except (TypeError, ValueError):  # no weights: the judge says what was expected
            return nothing
        if 2 * told.count(symptom) <= len(told):
            return nothing
        left = iter(values)
        return lambda *args: next(left)

    return family


def _some_output():
    return np.zeros(SHAPES[2]), np.zeros(SHAPES[3])


distil_student = Exercise(
    name="distil_student",
    chapter=CHAPTER,
    signature="distil_student(X, teacher_z, y)",
    task="Train a student on 100 digits: pictures `X` (100, 64), a teacher's logits `teacher_z` "
    "(100, 10), labels `y` (100,). Return its weights `(W1, b1, W2, b2)` with 16 hidden units: its "
    "logits are np.maximum(0, X @ W1 + b1) @ W2 + b2. Judged on 797 digits that neither it nor the "
    "teacher has seen: 92 % must be right. Any method, NumPy or PyTorch.",
    difficulty=3,
    minutes=25,
    points=3,
    reference=lambda X, z, y: train_student(X, losses.softmax(z / 4), 4),
    cases=_student_cases,
    judge=_judge_student,
    compare_as=_symptom,
    seconds=60.0,
    libraries=("torch",),
    hints=(
        "The labels alone don't carry you to 92 %. The teacher's logits say how much each picture "
        "looks like each class; a temperature of 4 or more makes that visible.",
        "Train a 64-16-10 network with Adam (learning rate 0.01) on all 100 digits at once, for "
        "500 steps or more. The loss: cross-entropy between softmax(teacher_z / T) and the "
        "student's softmax at the same T, times T squared.",
        "In PyTorch: loss = T**2 * F.cross_entropy(student(X) / T, F.softmax(teacher_z / T, 1)). "
        "At the end return first.weight.T, first.bias, last.weight.T, last.bias "
        "(detached), because nn.Linear keeps the transpose.",
    ),
    mistakes=(
        Mistake(
            "other pictures",
            "Your student does what its teacher does, but on other pictures: you centre, "
            "standardise or scale them before you train. It is judged on X as it comes, with "
            "pixels from 0 to 1. Train on these, or work the change into W1 and b1.",
            lambda X, z, y: train_student(X - X.mean(axis=0), losses.softmax(z / 4), 4),
            _with_symptom("other pictures"),
        ),
        Mistake(
            "targets that are almost certain",
            "Your student knows its hundred digits, but not how the teacher ranks the wrong "
            "classes. Hard labels don't say it, and the teacher at temperature 1 hardly does. "
            "Divide both logits by 4, and train long enough.",
            lambda X, z, y: train_student(X, losses.one_hot(y, 10), 1),
            _with_symptom("certain"),
        ),
        Mistake(
            "the labels are smoothed",
            "For your student all wrong classes are nearly alike. Label smoothing gives each the "
            "same share; the teacher's soft labels tell them apart. Use teacher_z.",
            lambda X, z, y: train_student(X, losses.smooth_labels(y, 10, 0.1), 1),
            _with_symptom("flat"),
        ),
        Mistake(
            "only the student is softened",
            "Your student's logits have grown far beyond the teacher's: it is divided by T, the "
            "teacher is not. Soften both with the same temperature.",
            lambda X, z, y: train_student(X, losses.softmax(z), 4),
            _with_symptom("steep"),
        ),
        Mistake(
            "its own digits are not learned",
            "Your student doesn't even get its own 100 digits right. Train longer, or with a "
            "larger learning rate; without the factor T² the gradient is small. If longer training "
            "changes nothing, look at the loss: the network returns logits, without a softmax; "
            "F.kl_div takes log-probabilities first, F.log_softmax(z / T, 1), then the targets.",
            lambda X, z, y: train_student(X, losses.softmax(z / 4), 4, steps=30),
            _with_symptom("early"),
        ),
        Mistake(
            "untrained",
            "Your student guesses. Are the weights updated, and are those the ones you return? "
            "Are the steps large enough to move them (T² makes up for a small gradient), and does "
            "nothing pull them back to 0, as a large weight decay does?",
            lambda X, z, y: train_student(X, losses.softmax(z / 4), 4, steps=0),
            _with_symptom("untrained"),
        ),
        Mistake(
            "no hidden unit is alive",
            "All hidden units are 0 on every picture, so your student says the same to all. The "
            "steps were too large: lower the learning rate.",
            lambda X, z, y: (np.zeros(SHAPES[0]), np.full(SHAPES[1], -1.0), *_some_output()),
            _with_symptom("dead"),
        ),
        Mistake(
            "confidently wrong",
            "Your student is confidently wrong: its training did not go down the cross-entropy. "
            "Check the sign of the step. And if you use F.kl_div: log-probabilities come first, "
            "F.log_softmax(z / T, 1), and then the targets.",
            lambda X, z, y: train_student(X, losses.softmax(z / 4), 4, 100, learning_rate=-0.01),
            _with_symptom("uphill"),
        ),
        Mistake(
            "the training diverged",
            "Your weights are not finite. Lower the learning rate; with plain gradient descent "
            "T² makes the steps larger.",
            lambda X, z, y: tuple(np.full(shape, math.nan) for shape in SHAPES),
            _with_symptom("not finite"),
        ),
    ),
)

EXERCISES = (
    smooth_labels,
    label_smoothing_cross_entropy,
    smoothing_floor,
    optimal_logit_gap,
    distillation_loss,
    distil_student,
)
