"""The exercises of chapter 10: what they are tried on, their references, the usual mistakes.

Two kinds are judged by outcome. `suspect_labels` by how many wrong labels it finds. The six
`repair_*` by what the repaired training step does: the loss that it reports for the first batch,
before anything is learnt, and the mean cross-entropy of the trained network on examples that it
never saw, against those of the reference's step. A mistake shows in the losses that are reported:
the first one tells which loss was calculated, all of them together what was done with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ce_course import data, losses, robust
from ce_course.checks import steps
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import echo_if, in_forms, remembered, with_epsilon

CHAPTER = "10_pitfalls_and_robust_losses"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args, **options):
        with np.errstate(all="ignore"):
            return function(*args, **options)

    return silenced


# ------------------------------------------------------------------ generalized_cross_entropy


def _p(z, y):
    """The probability of each label."""
    return np.exp(-losses.cross_entropy_from_logits(z, y))


def _naive_p(z, y):
    e = np.exp(z)
    return (e / e.sum(axis=-1, keepdims=True))[np.arange(len(y)), y]


def _down_columns(z, y):
    e = np.exp(z - z.max(axis=0))
    return (e / e.sum(axis=0))[np.arange(len(y)), y]


def _label_rows(rng, n, classes, scale=1.5):
    return rng.normal(scale=scale, size=(n, classes)), rng.integers(0, classes, n)


_WHOLE = np.array([[2, 0, -1], [0, 3, 1], [1, 1, 0]]), np.array([0, 2, 1])


def _gce_cases(rng):
    return [
        Case((np.log([[0.7, 0.2, 0.1]]), np.array([0]), 0.7), note="p = 0.7, 0.2, 0.1"),
        Case((np.log([[0.5, 0.25, 0.25]] * 3), np.array([0, 1, 2]), 1.0), note="q = 1"),
        Case((*_label_rows(rng, 5, 3), 0.7)),
        Case((*_label_rows(rng, 4, 10), 0.3)),
        Case((*_label_rows(rng, 3, 3), 0.01), note="q near 0"),
        Case((np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([0, 0]), 0.5), note="z = 1000"),
        Case(
            (np.array([[1000.0, 999.0], [-999.0, -1000.0]]), np.array([0, 1]), 0.7), note="+-1000"
        ),
        Case((*_WHOLE, 0.4), note="whole numbers"),
    ]


generalized_cross_entropy = Exercise(
    name="generalized_cross_entropy",
    chapter=CHAPTER,
    signature="generalized_cross_entropy(z, y, q)",
    task="The generalized cross-entropy (1 - p_y^q) / q of each example, shape (N,), for logits "
    "`z` (N, K), integer labels `y` (N,) and `q` above 0 and up to 1. p_y is the softmax "
    "probability of the label. Finite at z = 1000.",
    difficulty=1,
    minutes=6,
    reference=robust.generalized_cross_entropy,
    cases=_gce_cases,
    hints=(
        "First the probability of each label, by a softmax along the last axis that subtracts "
        "the largest logit of each row first. Then one line.",
        "For each row: e = np.exp(z - z.max(axis=1, keepdims=True)); divide by the row's sum and "
        "pick the entry of its label.",
        "e = np.exp(z - z.max(axis=1, keepdims=True)); "
        "p = e[np.arange(len(y)), y] / e.sum(axis=1); return (1 - p**q) / q.",
    ),
    mistakes=(
        with_epsilon(
            "a small number instead of 0",
            "You add a small number to p, or cut it off. p = 0 is no trouble: the loss is 1/q.",
            _quiet(lambda e, z, y, q: (1 - (_p(z, y) + e) ** q) / q),
            _quiet(lambda e, z, y, q: (1 - np.maximum(_p(z, y), e) ** q) / q),
        ),
        Mistake(
            "not divided by q",
            "You return 1 - p^q. Divide by q: for q near 0 the loss is then cross-entropy, "
            "without the division it would vanish.",
            _quiet(lambda z, y, q: 1 - _p(z, y) ** q),
        ),
        Mistake(
            "brackets are missing",
            "1 - p^q / q divides the power alone. The whole of 1 - p^q is divided by q.",
            _quiet(lambda z, y, q: 1 - _p(z, y) ** q / q),
        ),
        Mistake(
            "q multiplies",
            "You multiply by q. Divide: (1 - p^q) / q.",
            _quiet(lambda z, y, q: (1 - _p(z, y) ** q) * q),
        ),
        Mistake(
            "p and 1 - p exchanged",
            "You have (1 - p)^q where 1 - p^q stands: the power belongs to p alone.",
            _quiet(lambda z, y, q: (1 - _p(z, y)) ** q / q),
        ),
        Mistake(
            "q to the power p",
            "You have q^p. It is p that is raised to the power q.",
            _quiet(lambda z, y, q: (1 - q ** _p(z, y)) / q),
        ),
        Mistake(
            "the cross-entropy itself",
            "You return -log p, whatever q is. That is the limit for q near 0.",
            lambda z, y, q: _ce(z, y),
        ),
        Mistake(
            "the power of the cross-entropy",
            "You put the cross-entropy where p stands: (1 - p^q) / q takes the probability.",
            _quiet(lambda z, y, q: (1 - losses.cross_entropy_from_logits(z, y) ** q) / q),
        ),
        Mistake(
            "exp overflows",
            "exp(1000) is inf, and inf / inf is nan. Subtract the largest logit of each row first.",
            _quiet(lambda z, y, q: (1 - _naive_p(z, y) ** q) / q),
        ),
        Mistake(
            "softmax over the examples",
            "Your softmax runs down the columns. Each example is a row: axis=-1.",
            _quiet(lambda z, y, q: (1 - _down_columns(z, y) ** q) / q),
        ),
        Mistake(
            "summed over the classes",
            "You add up (1 - p_k^q) / q over all classes. Only the label's counts.",
            _quiet(lambda z, y, q: ((1 - losses.softmax(z) ** q) / q).sum(axis=1)),
        ),
        Mistake(
            "the derivative",
            "You return p^q (1 - p), the size of the gradient. The loss is asked for.",
            _quiet(lambda z, y, q: robust.generalized_cross_entropy_pull(_p(z, y), q)),
        ),
    ),
)


# ------------------------------------------------------------------ symmetric_cross_entropy


def _sce_cases(rng):
    return [
        Case((np.log([[0.7, 0.2, 0.1]]), np.array([0]), 0.1, 1.0), note="p = 0.7, 0.2, 0.1"),
        Case((*_label_rows(rng, 5, 3), 0.1, 1.0)),
        Case((*_label_rows(rng, 4, 10), 2.0, 0.5)),
        Case((*_label_rows(rng, 3, 4), 0.0, 1.0), note="alpha = 0: the reverse alone"),
        Case((*_label_rows(rng, 3, 4), 1.0, 0.0), note="beta = 0: cross-entropy alone"),
        Case((np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([0, 0]), 0.1, 1.0), note="1000"),
        Case(
            (np.array([[1000.0, 999.0], [-999.0, -1000.0]]), np.array([0, 1]), 0.5, 2.0),
            note="rows of very different size",
        ),
        Case((*_WHOLE, 0.3, 0.7), note="whole numbers"),
    ]


def _ce(z, y):
    return losses.cross_entropy_from_logits(z, y)


def _sce(forward, reverse):
    return _quiet(lambda z, y, a, b: a * forward(z, y) + b * reverse(z, y))


def _rce(z, y):
    return -4 * np.expm1(-_ce(z, y))


def _clipped(epsilon, z, y, a, b):
    with np.errstate(all="ignore"):
        return a * _ce(z, y) - b * np.log(epsilon) * -np.expm1(-_ce(z, y))


symmetric_cross_entropy = Exercise(
    name="symmetric_cross_entropy",
    chapter=CHAPTER,
    signature="symmetric_cross_entropy(z, y, alpha, beta)",
    task="The symmetric cross-entropy of each example, shape (N,): `alpha` times the "
    "cross-entropy plus `beta` times the reverse one, -Σ p_k log q_k, in which the one-hot label "
    "q stands inside the logarithm and log 0 counts -4. Logits `z` (N, K), integer labels `y` "
    "(N,); `alpha` and `beta` are 0 or more. Finite at z = 1000.",
    difficulty=2,
    minutes=8,
    reference=robust.symmetric_cross_entropy,
    cases=_sce_cases,
    hints=(
        "The reverse one is a sum over the classes: at the label log q is log 1 = 0, at all "
        "others log 0 = -4. What is left of the sum?",
        "What is left is 4 (1 - p_y). The cross-entropy is log-sum-exp minus the label's logit.",
        "m = z.max(axis=1); lse = m + np.log(np.exp(z - m[:, None]).sum(axis=1)); "
        "ce = lse - z[np.arange(len(y)), y]; return alpha * ce + beta * 4 * (1 - np.exp(-ce)).",
    ),
    mistakes=(
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to p, or cut it off. Then no label costs more than minus its "
            "log. Take the log-sum-exp minus the label's logit.",
            lambda e, z, y, a, b: -a * np.log(_p(z, y) + e) + b * _rce(z, y),
            lambda e, z, y, a, b: -a * np.log(np.maximum(_p(z, y), e)) + b * _rce(z, y),
        ),
        with_epsilon(
            "log 0 is the log of a small number",
            "In your reverse part log 0 is the logarithm of a small number that you clip at. The "
            "task sets log 0 = -4. (The authors' code clips at 1e-4, which makes it -9.21: more "
            "than twice the weight.)",
            _clipped,
            default=1e-4,
        ),
        Mistake(
            "alpha and beta exchanged",
            "alpha belongs to the cross-entropy, beta to the reverse one: you have them the "
            "other way round.",
            _quiet(lambda z, y, a, b: b * _ce(z, y) + a * _rce(z, y)),
        ),
        in_forms(
            "the reverse part is missing",
            "The reverse part adds nothing: it is 4 (1 - p_y), not 0. (0 log 0 is 0, but here it "
            "is p_k log 0.)",
            _sce(_ce, lambda z, y: 0 * _ce(z, y)),
            _quiet(lambda z, y, a, b: _ce(z, y)),
        ),
        Mistake(
            "minus the reverse part",
            "The reverse part is negative with you. -Σ p_k log q_k with log 0 = -4 is 4 (1 - p_y).",
            _sce(_ce, lambda z, y: -_rce(z, y)),
        ),
        Mistake(
            "p of the label for the others",
            "Your reverse part is 4 p_y. At the label log q is 0; the others, 1 - p_y together, "
            "bring -4 each.",
            _sce(_ce, lambda z, y: 4 * _p(z, y)),
        ),
        Mistake(
            "each other class counts 4 once",
            "Your reverse part adds up 4 for each wrong class. Weigh each by its probability p_k.",
            _sce(_ce, lambda z, y: np.full(len(y), 4.0 * (np.shape(z)[1] - 1))),
        ),
        Mistake(
            "the cross-entropy twice",
            "Your reverse part is the cross-entropy again. Exchange the two: p in front, q inside "
            "the logarithm.",
            _sce(_ce, _ce),
        ),
        Mistake(
            "without the 4",
            "Your reverse part is 1 - p_y. log 0 counts -4, so it is 4 (1 - p_y).",
            _sce(_ce, lambda z, y: -np.expm1(-_ce(z, y))),
        ),
        Mistake(
            "the entropy in place of the reverse part",
            "Your reverse part has the probabilities inside the logarithm too: that is the "
            "entropy of p. The label's q belongs there.",
            _sce(_ce, lambda z, y: -(losses.softmax(z) * losses.log_softmax(z)).sum(axis=1)),
        ),
        Mistake(
            "softmax first, then log",
            "p is rounded to 0 where the label is wrong by 1000, and its log is -inf. Take the "
            "log-sum-exp minus the label's logit.",
            _sce(lambda z, y: -np.log(_p(z, y)), _rce),
        ),
        Mistake(
            "exp overflows",
            "exp(1000) is inf, and inf / inf is nan. Subtract the largest logit of each row first.",
            _sce(lambda z, y: -np.log(_naive_p(z, y)), lambda z, y: 4 * (1 - _naive_p(z, y))),
        ),
        Mistake(
            "softmax over the examples",
            "Your softmax runs down the columns. Each example is a row: axis=-1.",
            _sce(
                lambda z, y: -losses.log_softmax(np.transpose(z)).T[np.arange(len(y)), y],
                lambda z, y: 4 * (1 - _down_columns(z, y)),
            ),
        ),
    ),
)


# ------------------------------------------------------------------ suspect_labels

SUSPECTS = 400  # digits with labels, some of them wrong


@remembered
def _all_digits():
    X, y, X_test, y_test = data.digits(0)
    return X, y, X_test, y_test


@remembered
def _fitted_logits(X, y):
    """A softmax regression on these labels after 60 steps: it has learnt few of them by heart."""
    W = np.zeros((65, 10))
    A = np.column_stack([X, np.ones(len(X))])
    target = losses.one_hot(y, 10)
    for _ in range(60):
        W -= 0.5 * A.T @ (losses.softmax(A @ W) - target) / len(A)
    return A @ W


def _suspect_cases(rng):
    X, y, *_ = _all_digits()
    X, y = X[:SUSPECTS], y[:SUSPECTS]
    cases = []
    for share in (0.1, 0.2, 0.05):
        flipped = rng.permutation(SUSPECTS)[: int(share * SUSPECTS)]
        noisy = y.copy()
        noisy[flipped] = (y[flipped] + rng.integers(1, 10, len(flipped))) % 10
        note = f"{len(flipped)} of {SUSPECTS} labels are wrong"
        # a constant that a row's logits share says nothing: an answer has to take it out
        z = _fitted_logits(X, noisy) + rng.choice([-800.0, 0.0, 800.0], size=(SUSPECTS, 1))
        cases.append(Case((z, noisy, len(flipped)), note=note))
    return cases


def _suspects(args, answer):
    """An answer as `count` different indices; raises ValueError for another form."""
    z, _, count = args
    indices = np.asarray(answer)
    if indices.dtype.kind == "f" and (indices == np.round(indices)).all():
        indices = indices.astype(int)
    if indices.shape != (count,) or indices.dtype.kind not in "iu":
        got = f"{indices.dtype} of shape {indices.shape}"
        raise ValueError(f"expected {count} indices, whole numbers of shape ({count},), got {got}")
    if len(indices) and not (indices.min() >= 0 and indices.max() < len(z)):
        raise ValueError(f"expected indices from 0 to {len(z) - 1}, got {indices.max()}")
    if len(np.unique(indices)) < count:
        raise ValueError(f"expected {count} different indices, got some twice")
    return indices


def _found(args, indices) -> int:
    """How many of these have a wrong label: the cases' labels are those of known digits."""
    return int((args[1] != _all_digits()[1][:SUSPECTS])[indices].sum())


def _judge_suspects(args, answer):
    try:
        found = _found(args, _suspects(args, answer))
    except ValueError as error:
        return str(error)
    usual = _found(args, robust.suspect_labels(*args))
    needed = usual - max(2, usual // 10)
    if found >= needed:
        return None
    return f"expected {needed} wrong labels or more among your {args[2]} suspects, got {found}"


def _ranked(score):
    """Suspects by a score, the largest first."""
    return lambda z, y, count: np.argsort(-score(z, y), kind="stable")[:count]


def _same_set(args, answer):
    return np.sort(_suspects(args, answer))


def _first_disagreements(z, y, count):
    other = np.flatnonzero(z.argmax(axis=1) != y)
    return np.concatenate([other, np.setdiff1d(np.arange(len(y)), other)])[:count]


def _entropy(z, y):
    return -(losses.softmax(z) * losses.log_softmax(z)).sum(axis=1)


suspect_labels = Exercise(
    name="suspect_labels",
    chapter=CHAPTER,
    signature="suspect_labels(z, y, count)",
    task="`z` (N, K) are the logits of a model for the examples that it was trained on, `y` (N,) "
    "their labels, of which some are wrong. Return the indices of the `count` examples whose "
    "label is the most suspicious, shape (count,), in any order. Logits may be as large as 1000. "
    "Judged by how many wrong labels are among yours: nine tenths of those that the loss finds, "
    "or more.",
    difficulty=1,
    minutes=8,
    reference=robust.suspect_labels,
    cases=_suspect_cases,
    judge=_judge_suspects,
    compare_as=_same_set,
    hints=(
        "What does the model think of the label that stands there? Not of its own favourite.",
        "Rank by the loss of each example, log-sum-exp minus the label's logit, and take the "
        "largest `count`.",
        "lse = np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)) + z.max(axis=1); "
        "return np.argsort(lse - z[np.arange(len(y)), y])[len(y) - count:].",
    ),
    mistakes=(
        Mistake(
            "the smallest losses",
            "You return the examples that the model is surest of. np.argsort goes upwards: the "
            "largest losses stand at the end.",
            lambda z, y, count: np.argsort(_ce(z, y), kind="stable")[:count],
        ),
        in_forms(
            "the least confident predictions",
            "You ask how unsure the model is of its own favourite, without a look at the label. "
            "Where a label is wrong the model may be sure, and the label says otherwise.",
            _ranked(lambda z, y: -losses.softmax(z).max(axis=1)),
            _ranked(_entropy),
        ),
        Mistake(
            "the most confident predictions",
            "You return the pictures that the model is surest about, whatever their label says.",
            _ranked(lambda z, y: losses.softmax(z).max(axis=1)),
        ),
        Mistake(
            "the first ones that the model contradicts",
            "You take the first examples on which the model disagrees with the label. It is wrong "
            "on some itself: rank them by how much it disagrees.",
            _first_disagreements,
        ),
        Mistake(
            "the label's logit alone",
            "You rank by the label's logit. Logits count against each other: the same logit may "
            "be the largest of its row or far below. Subtract the row's log-sum-exp.",
            _ranked(lambda z, y: -z[np.arange(len(y)), y]),
        ),
        Mistake(
            "the softmax over the examples",
            "Your softmax runs down the columns: it compares examples, not classes. axis=1.",
            _ranked(lambda z, y: -losses.log_softmax(z.T).T[np.arange(len(y)), y]),
        ),
        Mistake(
            "the first examples",
            "You return the first indices, whatever the losses: sort before you cut.",
            lambda z, y, count: np.arange(count),
        ),
    ),
)


# ------------------------------------------------------------------ average_precision_at_prevalence


def _curve(rng, n_pos, n_neg, gap):
    """Recall and false positive rate of scores, as the threshold falls; and the labels' share."""
    scores = np.concatenate([rng.normal(gap, 1, n_pos), rng.normal(0, 1, n_neg)])
    y = np.repeat([1, 0], [n_pos, n_neg])[np.argsort(-scores)]
    return np.append(0, np.cumsum(y) / n_pos), np.append(0, np.cumsum(1 - y) / n_neg)


def _ap_cases(rng):
    third = np.array([1, 2, 3]) / 3
    return [
        Case((third, np.array([0.0, 0.0, 0.5]), 0.5), note="two thirds are found without an alarm"),
        Case((np.append(0, third), np.array([0.0, 0.0, 0.0, 0.5]), 0.1), note="begins at (0, 0)"),
        Case((*_curve(rng, 20, 60, 1.5), 0.25), note="the prevalence of the data themselves"),
        Case((*_curve(rng, 20, 60, 1.5), 0.002)),
        Case((*_curve(rng, 5, 8, 0.0), 0.9)),
        Case((np.array([0.0, 0.5, 1.0]), np.array([0.25, 0.25, 1.0]), 0.2), note="an alarm first"),
        Case((np.array([1.0]), np.array([1.0]), 0.3), note="one point: everybody"),
        Case((np.array([0, 1, 1]), np.array([0, 1, 1]), 0.3), note="whole numbers"),
    ]


def _precision(recall, fpr, prevalence):
    return prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr)


def _steps(curve, start=0.0):
    return np.diff(curve, prepend=start)


@_quiet
def _trapezoids(recall, fpr, prevalence):
    precision = np.where(recall + fpr > 0, _precision(recall, fpr, prevalence), 1.0)
    return np.trapezoid(precision, recall)


def _ap(precision, step=_steps):
    """Σ step · precision, 0 / 0 counting nothing."""

    @_quiet
    def formula(recall, fpr, prevalence):
        each = step(recall) * precision(recall, fpr, prevalence)
        return np.nansum(each)

    return formula


average_precision_at_prevalence = Exercise(
    name="average_precision_at_prevalence",
    chapter=CHAPTER,
    signature="average_precision_at_prevalence(recall, fpr, prevalence)",
    task="The average precision that the same scores have where positives are a share "
    "`prevalence` of all. `recall` and `fpr` (n,) are the shares of positives and of negatives "
    "that score above a falling threshold; neither ever falls, and recall ends at 1. Compute the "
    "precision at each threshold, and add them up, each times the rise of recall that leads to it "
    "(the first rise starts from 0; a step without a rise adds nothing).",
    difficulty=2,
    minutes=10,
    reference=robust.average_precision_at_prevalence,
    cases=_ap_cases,
    hints=(
        "Of all examples, prevalence · recall are positives that are found, and "
        "(1 - prevalence) · fpr are false alarms. Precision is the share of the first in both.",
        "The rises are np.diff(recall, prepend=0). Where nothing is above the threshold yet, "
        "precision is 0 / 0: leave that place out, it has no rise.",
        "rise = np.diff(recall, prepend=0); up = rise > 0; hits = prevalence * recall[up]; "
        "return (rise[up] * hits / (hits + (1 - prevalence) * fpr[up])).sum().",
    ),
    mistakes=(
        Mistake(
            "0 / 0 is nan",
            "Where nobody is above the threshold yet, precision is 0 / 0, and one nan makes the "
            "sum nan. Leave out the places where recall has not risen.",
            _quiet(lambda r, f, p: (_steps(r) * _precision(r, f, p)).sum()),
        ),
        Mistake(
            "the prevalence is not used",
            "Your precision is recall / (recall + fpr), as if half of all were positive.",
            _ap(lambda r, f, p: r / (r + f)),
        ),
        Mistake(
            "the prevalence of the negatives",
            "prevalence weighs the recall and 1 - prevalence the false alarms: you have it the "
            "other way round.",
            _ap(lambda r, f, p: _precision(r, f, 1 - p)),
        ),
        Mistake(
            "trapezoids",
            "You join the points by straight lines. Between two thresholds precision does not "
            "run straight, and that area is too large where it falls: each rise counts with the "
            "precision at its end.",
            _trapezoids,
        ),
        Mistake(
            "the precision before the rise",
            "You multiply each rise with the precision before it. The precision at its end counts.",
            _quiet(
                lambda r, f, p: np.nansum(
                    _steps(r)[1:] * np.nan_to_num(_precision(r, f, p), nan=1.0)[:-1]
                )
            ),
        ),
        Mistake(
            "the first rise is left out",
            "np.diff(recall) has no rise for the first point. The first one starts from 0: "
            "np.diff(recall, prepend=0).",
            _quiet(lambda r, f, p: np.nansum(np.diff(r) * _precision(r, f, p)[1:])),
        ),
        Mistake(
            "the mean of the precisions",
            "You average the precision over the thresholds. Each counts as much as recall rises "
            "there.",
            _quiet(lambda r, f, p: np.nanmean(_precision(r, f, p))),
        ),
        Mistake(
            "the area under the ROC curve",
            "You add up recall over the rises of fpr: that area does not know the prevalence.",
            _quiet(lambda r, f, p: np.trapezoid(np.append(0, r), np.append(0, f))),
        ),
        Mistake(
            "the rises of fpr",
            "You weigh the precisions with the rises of the false positive rate. Those of recall "
            "are asked for.",
            _quiet(lambda r, f, p: np.nansum(_steps(f) * _precision(r, f, p))),
        ),
        Mistake(
            "the false alarms are not weighed",
            "prevalence · recall is a share of all, fpr one of the negatives. Weigh it too, with "
            "1 - prevalence.",
            _ap(lambda r, f, p: p * r / (p * r + f)),
        ),
        Mistake(
            "the best precision to come",
            "You let each rise count with the highest precision from there on, as some detection "
            "contests do. The precision at the threshold itself is asked for.",
            _quiet(
                lambda r, f, p: np.sum(
                    _steps(r)
                    * np.maximum.accumulate(np.nan_to_num(_precision(r, f, p))[::-1])[::-1]
                )
            ),
        ),
    ),
)


# ------------------------------------------------------------------ repaired steps: how judged

MARGIN = 0.1  # of the reference's cross-entropy on unseen examples, and 0.02 nats
NEW = 300  # digits that no step saw


def _by_steps(call: Callable, step: Callable) -> Callable:
    """What the network of a trusted step gives for a case's inputs, computed once for each."""
    return remembered(lambda *arrays: call(step, *arrays))


def _first_loss(call: Callable, step: Callable) -> Callable:
    """What a trusted step returns for the first batch of a case, computed once for each."""

    def first(*arrays):
        found = []

        def once(*given):
            found.append(step(*given))  # and None, which ends the steps

        call(once, *arrays)
        return found[0]

    return remembered(first)


def _judged_by(call: Callable, mended: Callable, unseen: Callable[[tuple, Any], float]):
    """judge(args, answer): the first loss, then the cross-entropy on unseen examples."""
    right = _by_steps(call, mended)

    def judge(args, answer):
        reported, logits = (np.asarray(answer[k], dtype=float) for k in ("losses", "logits"))
        known = right(*args)
        if "rows" in known and answer["rows"] > known["rows"]:
            return (
                f"{int(answer['rows'])} examples went through the model at a time; "
                f"{known['rows']} fit"
            )
        if not np.isfinite(reported).all():
            first = int(np.flatnonzero(~np.isfinite(reported).reshape(len(reported), -1).all(1))[0])
            return f"the loss that step {first + 1} returns is {np.ravel(reported[first])[-1]}"
        begins, should = (float(np.ravel(losses_[0])[0]) for losses_ in (reported, known["losses"]))
        if "dropout" not in known and abs(begins - should) > 1e-4 * (1 + abs(should)):
            return (
                "the loss of the first batch, before anything is learnt, is "
                f"{should:.4f}; your step returned {begins:.4f}"
            )
        if not np.isfinite(logits).all():
            return "the network's logits are not finite after your steps"
        got, most = unseen(args, logits), unseen(args, known["logits"])
        most += max(0.02, MARGIN * most)
        if got > most:
            return (
                f"after {len(reported)} of your steps the mean cross-entropy on unseen examples "
                f"is {got:.3f}; expected at most {most:.3f}"
            )
        return None

    return judge


def _reported(args, answer):
    """What tells steps apart: the losses that they return."""
    return np.asarray(answer["losses"], dtype=float)


def _repair(
    call: Callable,
    mended: Callable,
    unseen: Callable[[tuple, Any], float] | None = None,
    *,
    signature: str,
    judge: Callable[[tuple, Any], str | None] | None = None,
    compare_as: Callable[[tuple, Any], Any] = _reported,
    **told: Any,
) -> Exercise:
    """An exercise that mends a training step, judged by the network that its steps train.

    call: takes the steps (see `checks.steps`); mended: the right one; unseen: the cross-entropy on
    unseen examples, if `_judged_by` is to judge.
    """
    name, arguments = signature.removesuffix(")").split("(")
    return Exercise(
        name=name,
        chapter=CHAPTER,
        signature=signature,
        reference=mended,
        judge=judge or _judged_by(call, mended, unseen),
        compare_as=compare_as,
        rtol=1e-4,
        atol=1e-6,
        call=call,
        accepts=steps.takes(*arguments.split(", ")),
        libraries=("torch",),
        seconds=30.0,
        **told,
    )


def _same(one, other) -> bool:
    return bool(np.allclose(one, other, rtol=1e-4, atol=1e-6, equal_nan=True))


def _starts_as(call: Callable, *steps_: Callable, change: Callable = lambda first: first) -> Any:
    """The answer itself, if its first loss is that of one of these steps, changed like that."""
    begins = [_first_loss(call, step) for step in steps_]

    def fits(value, args):
        first = np.ravel(value["losses"][0])[0]
        known = [begin(*args) for begin in begins]  # all of them, which are remembered
        return any(_same(first, change(each)) for each in known)

    return echo_if(fits)


def _slower(step: Callable, factor: float = 0.1) -> Callable:
    """A step with a smaller learning rate."""

    def slowed(model, optimizer, *batch):
        for group in optimizer.param_groups:
            group["lr"] = factor * 0.1
        return step(model, optimizer, *batch)

    return slowed


def _descend(optimizer, loss):
    """The four lines that all steps share."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _torch():
    import torch
    from torch.nn import functional as F

    return torch, F


def _common(call: Callable, loss: Callable) -> tuple[Mistake, ...]:
    """Mistakes that any repaired step may have: loss(model, *batch) is the right loss."""

    def piled_up(model, optimizer, *batch):
        value = loss(model, *batch)
        value.backward()
        optimizer.step()
        return value.item()

    def frozen(model, optimizer, *batch):
        return loss(model, *batch).item()

    def summed(model, optimizer, *batch):
        return _descend(optimizer, loss(model, *batch) * batch[0].shape[0])

    def after(model, optimizer, *batch):
        _descend(optimizer, loss(model, *batch))
        return loss(model, *batch).item()

    def uphill(model, optimizer, *batch):
        return -_descend(optimizer, -loss(model, *batch))

    def slowed(model, optimizer, *batch):
        return _slower(lambda m, o, *b: _descend(o, loss(m, *b)), 0.01)(model, optimizer, *batch)

    def mended(model, optimizer, *batch):
        return _descend(optimizer, loss(model, *batch))

    right = _by_steps(call, mended)

    def is_multiple(value, args):
        """The first loss is a whole number of times the right one: as many as are added up."""
        times = value["losses"][0] / right(*args)["losses"][0]
        return times > 1.5 and abs(times - round(times)) < 1e-4 * times

    def too_slow(value, args):
        """The right first loss, and later ones that hardly fall though they move."""
        ours, known = value["losses"], right(*args)["losses"]
        fall = (ours[0] - ours[-1]) / (known[0] - known[-1])
        return _same(ours[0], known[0]) and 1e-6 < fall < 0.9

    return (
        Mistake(
            "gradients pile up",
            "The loss is right, but optimizer.zero_grad() is gone: each gradient is added to all "
            "those before.",
            piled_up,
        ),
        Mistake(
            "the weights never change",
            "The loss is right, but the weights stay: loss.backward() and then optimizer.step(), "
            "in this order, after optimizer.zero_grad().",
            frozen,
        ),
        Mistake(
            "a sum in place of the mean",
            "Your loss is a sum over the examples. A mean is asked for: the steps would grow with "
            "the batch.",
            summed,
            echo_if(is_multiple),
        ),
        Mistake(
            "the loss after the step",
            "You return the loss of the batch after the step, when the weights have changed. "
            "Return the one that the step went down from.",
            after,
        ),
        Mistake(
            "uphill",
            "The loss that you return is right, but the step climbs: a minus stands between the "
            "two. Go back from the loss itself.",
            uphill,
        ),
        Mistake(
            "the loss is right, and the steps are too small",
            "The loss is repaired, but the network learns more slowly than it did: leave the "
            "optimizer as it comes, and the gradients unclipped.",
            slowed,
            echo_if(too_slow),
        ),
    )


def _still_there(broken: Callable, hint: str) -> Mistake:
    return Mistake("the bug is still there", hint, broken)


def _symptom(call: Callable, broken: Callable, hint: str, *others: Callable) -> Mistake:
    """The broken loss, under another optimizer: its first loss stays what it was."""
    return Mistake(
        "a symptom is cured, the cause is not",
        hint,
        _slower(broken),
        _starts_as(call, broken, *others),
    )


# ------------------------------------------------------------------ repair_plateau


def _digit_cases(rng):
    X, y, X_new, _ = _all_digits()
    picks = [rng.permutation(1000)[:500] for _ in range(2)]
    return [Case((X[i], y[i], X_new[:NEW]), note="500 digits, drawn at random") for i in picks]


def _on_digits(args, logits):
    return float(losses.cross_entropy_from_logits(logits, _all_digits()[3][:NEW]).mean())


def _plain_loss(model, X, y):
    return _torch()[1].cross_entropy(model(X), y)


def _plateau_mended(model, optimizer, X, y):
    return _descend(optimizer, _plain_loss(model, X, y))


def _plateau_broken(model, optimizer, X, y):
    return _descend(optimizer, _torch()[1].cross_entropy(model(X).softmax(dim=1), y))


def _with_loss(loss):
    """A step with another loss(F, z, y)."""

    def step(model, optimizer, X, y):
        return _descend(optimizer, loss(_torch()[1], model(X), y))

    return step


def _is_lowered(value, args):
    """Whether the losses are those of the broken step but for a constant near its floor."""
    known = _plateau_run(*args)["losses"]
    apart = (known - value["losses"]).mean()
    return 1 < apart < 2 and _same(value["losses"] + apart, known)


_plateau_run = _by_steps(steps.classifier_steps, _plateau_broken)

repair_plateau = _repair(
    steps.classifier_steps,
    _plateau_mended,
    unseen=_on_digits,
    signature="repair_plateau(model, optimizer, X, y)",
    task="A training step whose loss falls from 2.3 to 1.6 and stays there. Return the loss of "
    "the batch (before the step) as a number, and make one step of `optimizer` down the mean "
    "cross-entropy. `model` gives logits (N, 10). Judged by a network that makes 80 of your steps: "
    "by its first loss, and by the mean cross-entropy on 300 digits that it never saw.",
    difficulty=1,
    minutes=6,
    cases=_digit_cases,
    hints=(
        "Where would the loss end if the model were perfect? Put a one-hot row in place of the "
        "softmax and compute it: that is the plateau.",
        "F.cross_entropy takes a softmax itself. What comes before it has to be logits.",
        "loss = F.cross_entropy(model(X), y); the other lines stay as they are.",
    ),
    mistakes=(
        _still_there(
            _plateau_broken,
            "Your step calculates what the broken one did. Its loss cannot fall below "
            "ln(e + 9) - 1 = 1.46, however good the model is: there is a softmax too many.",
        ),
        _symptom(
            steps.classifier_steps,
            _plateau_broken,
            "Another learning rate, clipped gradients or more steps do not move the floor of "
            "1.46: the loss is calculated from probabilities. Take the softmax away.",
        ),
        Mistake(
            "the plateau is subtracted",
            "You subtract the floor from the loss. That changes the number, not the gradient: "
            "the network learns as badly as before.",
            lambda m, o, X, y: _plateau_broken(m, o, X, y) - losses.double_softmax_floor(10),
            echo_if(_is_lowered),
        ),
        Mistake(
            "softmax over the examples",
            "Your log-softmax runs over the batch, dim=0. Each row is an example: dim=1.",
            _with_loss(lambda F, z, y: F.nll_loss(F.log_softmax(z, dim=0), y)),
        ),
        Mistake(
            "probabilities in place of log-probabilities",
            "F.nll_loss takes log-probabilities. Give it F.log_softmax(model(X), dim=1), or give "
            "the logits to F.cross_entropy.",
            _with_loss(lambda F, z, y: F.nll_loss(z.softmax(dim=1), y)),
        ),
        Mistake(
            "the squared error",
            "You changed the loss to a squared error. The cross-entropy was asked for; it was "
            "only fed the wrong thing.",
            _with_loss(lambda F, z, y: ((z.softmax(1) - F.one_hot(y, 10)) ** 2).sum(1).mean()),
            _starts_as(
                steps.classifier_steps,
                _with_loss(lambda F, z, y: ((z.softmax(1) - F.one_hot(y, 10)) ** 2).sum(1).mean()),
                _with_loss(lambda F, z, y: ((z.softmax(1) - F.one_hot(y, 10)) ** 2).mean()),
            ),
        ),
        *_common(steps.classifier_steps, _plain_loss),
    ),
)


# ------------------------------------------------------------------ repair_negative_loss


def _negative_loss(model, X, y):
    return _torch()[1].nll_loss(model(X).softmax(dim=1), y)


def _negative_broken(model, optimizer, X, y):
    return _descend(optimizer, _negative_loss(model, X, y))


_SIGN_TURNED = _with_loss(lambda F, z, y: -F.nll_loss(z.softmax(dim=1), y))
_ONE_MINUS = _with_loss(lambda F, z, y: 1 + F.nll_loss(z.softmax(dim=1), y))
_LOG_OF_MEAN = _with_loss(lambda F, z, y: -(-F.nll_loss(z.softmax(dim=1), y)).log())

repair_negative_loss = _repair(
    steps.classifier_steps,
    _plateau_mended,
    unseen=_on_digits,
    signature="repair_negative_loss(model, optimizer, X, y)",
    task="A training step whose loss is negative from the first batch on and ends near -1. Return "
    "the mean cross-entropy of the batch (before the step) as a number, and make one step of "
    "`optimizer` down it. `model` gives logits (N, 10). Judged by a network that makes 80 of your "
    "steps: by its first loss, and by the mean cross-entropy on 300 digits that it never saw.",
    difficulty=1,
    minutes=6,
    cases=_digit_cases,
    hints=(
        "A cross-entropy is never negative. What does F.nll_loss do with the number that it finds "
        "at the label? It only changes its sign.",
        "F.nll_loss expects log-probabilities. Which function gives them from logits, in one go?",
        "loss = F.nll_loss(F.log_softmax(model(X), dim=1), y), which is "
        "F.cross_entropy(model(X), y).",
    ),
    mistakes=(
        _still_there(
            _negative_broken,
            "Your step calculates what the broken one did, minus the mean probability of the "
            "label: F.nll_loss takes no logarithm itself.",
        ),
        _symptom(
            steps.classifier_steps,
            _negative_broken,
            "The learning rate is not the cause, nor the size of the gradients: F.nll_loss takes "
            "no logarithm, and yours are probabilities.",
        ),
        Mistake(
            "the sign is turned",
            "You made the number positive by a minus. Now the step makes the label's probability "
            "smaller. What is missing is the logarithm.",
            _SIGN_TURNED,
            _starts_as(
                steps.classifier_steps,
                _SIGN_TURNED,
                lambda m, o, X, y: abs(_negative_broken(m, o, X, y)),
            ),
        ),
        Mistake(
            "one minus the probability",
            "You add 1: the loss is 1 - p, positive, and no cross-entropy. Its gradient vanishes "
            "where the network is wrong and sure (section 8). The logarithm is missing.",
            _ONE_MINUS,
            _starts_as(steps.classifier_steps, _ONE_MINUS),
        ),
        Mistake(
            "the logarithm of the mean",
            "You take the logarithm of the mean probability. Each example has a logarithm of its "
            "own, and then comes the mean.",
            _LOG_OF_MEAN,
            _starts_as(steps.classifier_steps, _LOG_OF_MEAN),
        ),
        Mistake(
            "logits in place of log-probabilities",
            "F.nll_loss on logits has no floor at all: it falls for ever. It needs the "
            "log-softmax.",
            _with_loss(lambda F, z, y: F.nll_loss(z, y)),
            _starts_as(steps.classifier_steps, _with_loss(lambda F, z, y: F.nll_loss(z, y))),
        ),
        Mistake(
            "a softmax too many",
            "F.cross_entropy takes a log-softmax itself: give it the logits, not probabilities.",
            _plateau_broken,
            _starts_as(steps.classifier_steps, _plateau_broken),
        ),
        Mistake(
            "softmax over the examples",
            "Your log-softmax runs over the batch, dim=0. Each row is an example: dim=1.",
            _with_loss(lambda F, z, y: F.nll_loss(F.log_softmax(z, dim=0), y)),
        ),
        *_common(steps.classifier_steps, _plain_loss),
    ),
)


# ------------------------------------------------------------------ repair_stuck_loss


@remembered
def _tumours():
    X, y, _ = data.breast_cancer()
    X, y, X_new, y_new = data.split(X, y, 369, 0)
    X, X_new = data.standardise(X, X_new)
    return X, y.astype(float), X_new, y_new


def _tumour_cases(rng):
    X, y, X_new, _ = _tumours()
    picks = [rng.permutation(len(X))[:320] for _ in range(2)]
    return [Case((X[i], y[i], X_new), note="320 tumours, drawn at random") for i in picks]


def _on_tumours(args, logits):
    z = np.asarray(logits).reshape(len(args[2]), -1)[:, 0]
    return float(losses.binary_cross_entropy_with_logits(z, _tumours()[3]).mean())


def _logit_loss(change):
    """A step with softplus(z) - y z, of z and y as `change` makes them."""

    def step(model, optimizer, X, y):
        z, y = change(model(X), y)
        return _descend(optimizer, (_torch()[1].softplus(z) - y * z).mean())

    return step


def _stuck_loss(model, X, y):
    z = model(X)[:, 0]
    return (_torch()[1].softplus(z) - y * z).mean()


_stuck_mended = _logit_loss(lambda z, y: (z[:, 0], y))
_stuck_broken = _logit_loss(lambda z, y: (z, y))
_TURNED = _logit_loss(lambda z, y: (z[:, 0], 1 - y))
_ONE_CLASS = _with_loss(lambda F, z, y: F.cross_entropy(z, 0 * y.long()))


def _bce(F, z, y):
    return F.binary_cross_entropy_with_logits(z[:, 0].sigmoid(), y)


def _mse_of_pairs(F, z, y):
    return ((z.sigmoid() - y) ** 2).mean()


repair_stuck_loss = _repair(
    steps.one_logit_steps,
    _stuck_mended,
    unseen=_on_tumours,
    signature="repair_stuck_loss(model, optimizer, X, y)",
    task="A training step whose loss falls to 0.66 and stays there, at the entropy of the labels. "
    "Return the mean binary cross-entropy of the batch (before the step) as a number, and make "
    "one step of `optimizer` down it. `model` gives one logit for each of N tumours, shape (N, 1); "
    "`y` (N,) is 0 or 1. Judged by a network that makes 60 of your steps: by its first loss, and "
    "by the mean cross-entropy on 200 tumours that it never saw.",
    difficulty=2,
    minutes=8,
    cases=_tumour_cases,
    hints=(
        "A loss that stays at the labels' entropy knows how many are ill, and not who. Permute "
        "the labels of a batch: the broken loss does not change. So what is paired with what?",
        "Print (F.softplus(z) - y * z).shape. It is (N, N): each logit meets every label.",
        "z = model(X).squeeze(1) makes both (N,); y[:, None] would make both (N, 1).",
    ),
    mistakes=(
        _still_there(
            _stuck_broken,
            "Your step calculates what the broken one did. Logits of shape (N, 1) and labels of "
            "shape (N,) make N · N losses: each tumour meets the label of every other.",
        ),
        _symptom(
            steps.one_logit_steps,
            _stuck_broken,
            "Another learning rate does not help a loss that does not see which label belongs to "
            "whom. Compare the shapes of z and y.",
        ),
        Mistake(
            "a softmax over one class",
            "A softmax over one output is 1, whatever the logit: the loss is 0 and nothing is "
            "learnt. One logit wants the binary cross-entropy.",
            _ONE_CLASS,
        ),
        Mistake(
            "a sigmoid too many",
            "F.binary_cross_entropy_with_logits takes the sigmoid itself. Give it the logits.",
            _with_loss(_bce),
            _starts_as(steps.one_logit_steps, _with_loss(_bce)),
        ),
        Mistake(
            "the labels exchanged",
            "Your loss calls the healthy ill: the term y z is the one of the ill, with a minus.",
            _TURNED,
            _starts_as(steps.one_logit_steps, _TURNED),
        ),
        Mistake(
            "the squared error",
            "You changed the loss to a squared error. The cross-entropy was asked for; only its "
            "shapes were wrong.",
            _with_loss(_mse_of_pairs),
            _starts_as(
                steps.one_logit_steps,
                _with_loss(_mse_of_pairs),
                _with_loss(lambda F, z, y: ((z[:, 0].sigmoid() - y) ** 2).mean()),
                _with_loss(lambda F, z, y: ((z[:, 0] - y) ** 2).mean()),
            ),
        ),
        *_common(steps.one_logit_steps, _stuck_loss),
    ),
)


# ------------------------------------------------------------------ repair_accumulation

MISSING = -100


def _accumulated_cases(rng):
    """Digits of which some have no label; rare digits where labels are few; one part has none."""
    X, y, X_new, _ = _all_digits()
    few = np.flatnonzero(np.isin(y, (8, 9)))
    many = np.flatnonzero(~np.isin(y, (8, 9)))
    cases = []
    for _ in range(2):
        rows, labels = [], []
        for number in range(8):
            for labelled, pool in ((16, many), (16, many), (10, many), (2, few)):
                if number == 5 and labelled == 2:
                    labelled = 0
                own = rng.choice(pool, 16, replace=False)
                rows.append(own)
                labels.append(np.where(np.arange(16) < labelled, y[own], MISSING))
        rows = np.concatenate(rows)
        note = "512 digits, in parts of 16; labels are missing in some, in one part all"
        cases.append(Case((X[rows], np.concatenate(labels), X_new[:NEW]), note=note))
    return cases


def _parts(step):
    """A step that goes back from each part of 16: step(F, z, y, batch's y) gives its share."""

    def whole(model, optimizer, X, y):
        F = _torch()[1]
        optimizer.zero_grad()
        total = 0.0
        for X_part, y_part in zip(X.split(16), y.split(16), strict=True):
            loss = step(F, model(X_part), y_part, y)
            loss.backward()
            total += loss.item()
        optimizer.step()
        return total

    return whole


def _labelled(y):
    return (y != MISSING).sum()


def _of_part(F, z, part, y):
    return F.cross_entropy(z, part, ignore_index=MISSING)


def _sum_of(F, z, part):
    return F.cross_entropy(z, part, ignore_index=MISSING, reduction="sum")


def _accumulation_loss(model, X, y):
    return _torch()[1].cross_entropy(model(X), y, ignore_index=MISSING)


_accumulation_mended = _parts(lambda F, z, part, y: _sum_of(F, z, part) / _labelled(y))
_accumulation_broken = _parts(lambda F, z, part, y: _of_part(F, z, part, y) / 4)
_NAN_AS_ZERO = _parts(lambda F, z, part, y: _sum_of(F, z, part) / _labelled(part).clamp(min=1) / 4)
_OVER_ALL = _parts(lambda F, z, part, y: _sum_of(F, z, part) / len(y))
_NOT_DIVIDED = _parts(_of_part)
_MISSING_AS_ZERO = _parts(
    lambda F, z, part, y: F.cross_entropy(z, part.clamp(min=0), reduction="sum") / len(y)
)


def _empty_skipped(model, optimizer, X, y):
    F = _torch()[1]
    optimizer.zero_grad()
    parts = [p for p in zip(X.split(16), y.split(16), strict=True) if _labelled(p[1])]
    total = 0.0
    for X_part, y_part in parts:
        loss = F.cross_entropy(model(X_part), y_part, ignore_index=MISSING) / len(parts)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def _only_the_last(model, optimizer, X, y):
    F = _torch()[1]
    total = 0.0
    for X_part, y_part in zip(X.split(16), y.split(16), strict=True):
        loss = _sum_of(F, model(X_part), y_part) / _labelled(y)
        optimizer.zero_grad()
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def _step_each_part(model, optimizer, X, y):
    F = _torch()[1]
    total = 0.0
    for X_part, y_part in zip(X.split(16), y.split(16), strict=True):
        total += _descend(optimizer, _sum_of(F, model(X_part), y_part) / _labelled(y))
    return total


def _begins_as_broken(value, args):
    return _same(value["losses"][0], _accumulation_begin(*args))


def _finite(value):
    return bool(np.isfinite(value["losses"]).all())


_accumulation_begin = _first_loss(steps.accumulated_steps, _accumulation_broken)

repair_accumulation = _repair(
    steps.accumulated_steps,
    _accumulation_mended,
    unseen=_on_digits,
    signature="repair_accumulation(model, optimizer, X, y)",
    task="A training step that goes through its batch of 64 in four parts of 16, because more "
    "does not fit. Missing labels are -100. It trains worse than the whole batch at once, and "
    "after some steps its loss is nan. Return the mean cross-entropy over all labels of the batch "
    "(before the step) as a number, and make one step of `optimizer` down it, at most 16 examples "
    "at a time. Every batch has labels; a part of 16 may have none. Judged by a linear model that "
    "makes 60 of your steps: by its first loss, and by the mean cross-entropy on 300 digits that "
    "it never saw.",
    difficulty=2,
    minutes=10,
    cases=_accumulated_cases,
    hints=(
        "Two labels in one part, sixteen in another: how much does a label weigh in a mean of "
        "the parts' means? And what is the mean of none?",
        "The mean over the batch is a sum over all labels, divided once by their number. That "
        "number is known before the first part is done.",
        "count = (y != -100).sum(); for each part loss = F.cross_entropy(model(X_part), y_part, "
        'ignore_index=-100, reduction="sum") / count, then loss.backward().',
    ),
    mistakes=(
        _still_there(
            _accumulation_broken,
            "Your step calculates what the broken one did: a mean of means. A label counts eight "
            "times as much where there are two as where there are sixteen, and the mean of none "
            "is nan.",
        ),
        Mistake(
            "nan is swept away",
            "The nan is gone, its cause is not: a part's mean still counts a quarter, however few "
            "labels it has. Divide the sum of all parts by the number of all labels.",
            _NAN_AS_ZERO,
            echo_if(lambda value, args: _begins_as_broken(value, args) and _finite(value)),
        ),
        Mistake(
            "a symptom is cured, the cause is not",
            "The learning rate is not the cause. A mean of means weighs labels unequally, and the "
            "mean of none is nan.",
            _slower(_accumulation_broken),
            echo_if(lambda value, args: _begins_as_broken(value, args) and not _finite(value)),
        ),
        Mistake(
            "missing labels are counted",
            "You divide by 64, or by 16 in each part, though fewer have labels: the loss is too "
            "small by that share. Count the labels that are not -100.",
            _OVER_ALL,
        ),
        Mistake(
            "the means are added up",
            "You add the parts' means without dividing: the gradient is four times that of a "
            "mean of means. Add sums, and divide once by the number of labels.",
            _NOT_DIVIDED,
            _starts_as(steps.accumulated_steps, _NOT_DIVIDED),
        ),
        Mistake(
            "missing labels become class 0",
            "Where the label is missing you train for class 0. Those examples count nothing.",
            _MISSING_AS_ZERO,
            _starts_as(
                steps.accumulated_steps,
                _MISSING_AS_ZERO,
                _parts(lambda F, z, part, y: F.cross_entropy(z, part.clamp(min=0)) / 4),
                _parts(lambda F, z, part, y: F.cross_entropy(z, part.abs() % 10) / 4),
            ),
        ),
        Mistake(
            "only the last part is kept",
            "optimizer.zero_grad() stands inside the loop: each part wipes out the gradient of "
            "those before. Once, before the first part.",
            _only_the_last,
        ),
        Mistake(
            "a step after each part",
            "You step after each part. One step for the batch is asked for, after the last part.",
            _step_each_part,
        ),
        *_common(steps.accumulated_steps, _accumulation_loss),
    ),
)


# ------------------------------------------------------------------ repair_language_model

VOCABULARY = 8


def _language_cases(rng):
    cases = []
    for _ in range(2):
        table = rng.dirichlet(np.full(VOCABULARY, 0.3), size=VOCABULARY)
        texts = np.zeros((160, 12), dtype=int)
        texts[:, 0] = rng.integers(0, VOCABULARY, 160)
        for t in range(1, 12):
            before = table[texts[:, t - 1]].cumsum(axis=1)
            after = (rng.random((160, 1)) > before).sum(axis=1)
            texts[:, t] = np.minimum(after, VOCABULARY - 1)
        note = "80 texts of 12 tokens from a chain, and 80 new ones"
        cases.append(Case((texts[:80], texts[80:]), note=note))
    return cases


def _on_texts(args, logits):
    new = args[1]
    flat = np.asarray(logits)[:, :-1].reshape(-1, np.shape(logits)[-1])
    return float(losses.cross_entropy_from_logits(flat, new[:, 1:].ravel()).mean())


def _pairs(logits_of, targets_of):
    """A step on logits[logits_of] against tokens[targets_of]."""

    def step(model, optimizer, tokens):
        z, t = model(tokens)[:, logits_of], tokens[:, targets_of]
        return _descend(optimizer, _torch()[1].cross_entropy(z.transpose(1, 2), t))

    return step


def _next_loss(model, tokens):
    z = model(tokens)[:, :-1]
    return _torch()[1].cross_entropy(z.transpose(1, 2), tokens[:, 1:])


def _rolled(model, optimizer, tokens):
    torch, F = _torch()
    target = torch.roll(tokens, -1, dims=1)
    return _descend(optimizer, F.cross_entropy(model(tokens).transpose(1, 2), target))


def _rolled_texts(model, optimizer, tokens):
    torch, F = _torch()
    target = torch.roll(tokens, -1, dims=0)
    return _descend(optimizer, F.cross_entropy(model(tokens).transpose(1, 2), target))


def _flat_shift(model, optimizer, tokens):
    """Shifted after flattening: each text's last token predicts the next text's first."""
    z = model(tokens).flatten(0, 1)
    return _descend(optimizer, _torch()[1].cross_entropy(z[:-1], tokens.flatten()[1:]))


def _last_only(model, optimizer, tokens):
    z = model(tokens)[:, -2]
    return _descend(optimizer, _torch()[1].cross_entropy(z, tokens[:, -1]))


def _mixed_up(model, optimizer, tokens):
    """Reshaped where it should be transposed."""
    z, t = model(tokens)[:, :-1], tokens[:, 1:]
    z = z.reshape(len(z), z.shape[2], z.shape[1])
    return _descend(optimizer, _torch()[1].cross_entropy(z, t))


_language_mended = _pairs(slice(None, -1), slice(1, None))
_language_broken = _pairs(slice(None), slice(None))
_BACKWARDS = _pairs(slice(1, None), slice(None, -1))
_TWICE = _pairs(slice(None, -2), slice(2, None))

repair_language_model = _repair(
    steps.language_steps,
    _language_mended,
    unseen=_on_texts,
    signature="repair_language_model(model, optimizer, tokens)",
    task="A training step of a language model whose loss falls to nearly 0, better than anybody "
    "has seen, and whose texts repeat one token. Return the mean cross-entropy of the *next* token "
    "(before the step) as a number, over all tokens that have one, and make one step of "
    "`optimizer` down it. `tokens` (B, T) are whole numbers; `model(tokens)` gives logits "
    "(B, T, V), at each place for what comes after it. Judged by a model that makes 80 of your "
    "steps: by its first loss, and by the mean cross-entropy of the next token in new texts.",
    difficulty=2,
    minutes=8,
    cases=_language_cases,
    hints=(
        "Near 0 means certain. Of what can one be certain in a text? Of what one has just read. "
        "With which token is the output at place t compared?",
        "The output at place t belongs to the token at t + 1. So the last output has no target, "
        "and the first token is nobody's.",
        "z = model(tokens)[:, :-1]; "
        "loss = F.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten()).",
    ),
    mistakes=(
        _still_there(
            _language_broken,
            "Your step calculates what the broken one did: the output at place t is compared with "
            "the token at t, which the model has before it. It learns to copy.",
        ),
        _symptom(
            steps.language_steps,
            _language_broken,
            "A smaller step, dropout or weight decay only make the copying slower. The targets "
            "have to be those of the next place.",
        ),
        Mistake(
            "backwards",
            "You shift the other way: the output at t is compared with the token at t - 1. The "
            "outputs lose their last place, the tokens their first.",
            _BACKWARDS,
        ),
        Mistake(
            "shifted twice",
            "Your targets are the tokens after next. Shift once. (In real life: the data loader "
            "had shifted them already.)",
            _TWICE,
        ),
        Mistake(
            "the end predicts the beginning",
            "torch.roll puts the first token behind the last one: a twelfth of your targets are "
            "made up. Cut, do not roll.",
            _rolled,
        ),
        Mistake(
            "the text after",
            "You roll along the batch: each text is to predict another one. Tokens run along "
            "axis 1.",
            _rolled_texts,
        ),
        Mistake(
            "one text runs into the next",
            "You shift after flattening: the last token of each text is to predict the first of "
            "the next. Cut each text first, then flatten.",
            _flat_shift,
        ),
        Mistake(
            "only the last token",
            "You train on the last token of each text. All tokens that have a next one count.",
            _last_only,
        ),
        Mistake(
            "reshaped in place of transposed",
            "reshape keeps the order of the numbers: outputs of one place are read as those of "
            "others. F.cross_entropy wants the classes on axis 1: transpose(1, 2), or flatten "
            "the texts.",
            _mixed_up,
        ),
        *(m for m in _common(steps.language_steps, _next_loss) if "steps are too" not in m.name),
    ),
)


# ------------------------------------------------------------------ repair_validation


def _validated_cases(rng):
    X, y, X_new, y_new = _all_digits()
    picks = [rng.permutation(1000)[:300] for _ in range(2)]
    note = "300 digits to train on, 200 to validate"
    return [Case((X[i], y[i], X_new[:200], y_new[:200]), note=note) for i in picks]


def _validated(before, validate):
    """A step whose parts are given: before(model), and the loss of the validation part."""

    def step(model, optimizer, X, y, X_val, y_val):
        torch, F = _torch()
        if before is not None:
            before(model)
        loss = _descend(optimizer, F.cross_entropy(model(X), y))
        with torch.no_grad():
            return loss, validate(F, model, X_val, y_val)

    return step


def _evaluated(F, model, X_val, y_val):
    model.eval()
    return F.cross_entropy(model(X_val), y_val).item()


def _as_it_is(F, model, X_val, y_val):
    return F.cross_entropy(model(X_val), y_val).item()


def _mean_of_ten(F, model, X_val, y_val):
    return sum(_as_it_is(F, model, X_val, y_val) for _ in range(10)) / 10


def _partly(F, model, X_val, y_val):
    from torch import nn

    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.eval()
    return _as_it_is(F, model, X_val, y_val)


def _summed_validation(F, model, X_val, y_val):
    model.eval()
    return F.cross_entropy(model(X_val), y_val, reduction="sum").item()


def _trained_on_validation(model, optimizer, X, y, X_val, y_val):
    F = _torch()[1]
    model.train()
    loss = _descend(optimizer, F.cross_entropy(model(X), y))
    model.eval()
    return loss, _descend(optimizer, F.cross_entropy(model(X_val), y_val))


def _validated_before(model, optimizer, X, y, X_val, y_val):
    """The validation loss of the model as it was before the step."""
    torch, F = _torch()
    with torch.no_grad():
        validation = _evaluated(F, model, X_val, y_val)
    model.train()
    return _descend(optimizer, F.cross_entropy(model(X), y)), validation


def _train(model):
    model.train()


def _eval(model):
    model.eval()


_validation_mended = _validated(_train, _evaluated)
_validation_broken = _validated(None, _as_it_is)
_NEVER_BACK = _validated(None, _evaluated)
_ALWAYS_OFF = _validated(_eval, _as_it_is)


def _on_validation(args, logits):
    return float(losses.cross_entropy_from_logits(logits, args[3]).mean())


_judge_unseen = _judged_by(steps.validated_steps, _validation_mended, _on_validation)


def _judge_validation(args, answer):
    reported, logits = (np.asarray(answer[k], dtype=float) for k in ("losses", "logits"))
    if np.isfinite(reported).all() and np.isfinite(logits).all():
        on = np.asarray(answer["dropout"])
        if not on.all():
            return f"dropout was off in {int((on == 0).sum())} of {len(on)} training passes"
        trained = np.asarray(answer["training"])
        off = np.abs(reported[:, 0] - trained) > 1e-4 * (1 + np.abs(trained))
        if off.any():
            step = int(off.argmax())
            return (
                f"step {step + 1} trained on a loss of {trained[step]:.4f}; yours returned "
                f"{reported[step, 0]:.4f} for it"
            )
        true = _on_validation(args, logits)
        if abs(reported[-1, 1] - true) > 1e-4 * (1 + true):
            return (
                "the network's mean cross-entropy on the validation part after the last step, in "
                f"evaluation mode, is {true:.4f}; your step returned {reported[-1, 1]:.4f}"
            )
    return _judge_unseen(args, answer)


def _losses_and_dropout(args, answer):
    """What tells these steps apart: the first step's losses, and when dropout was on."""
    return np.asarray(answer["losses"], dtype=float)[:3], np.asarray(answer["dropout"])


repair_validation = _repair(
    steps.validated_steps,
    _validation_mended,
    judge=_judge_validation,
    signature="repair_validation(model, optimizer, X, y, X_val, y_val)",
    task="A training step that also reports the loss on a validation part. That loss jumps from "
    "step to step and is far too high; the same network, saved and loaded by somebody else, has "
    "another. Return two numbers: the mean cross-entropy of the batch in training (before the "
    "step), and that of the validation part after the step, as the finished network will answer. "
    "`model` has batch normalisation and dropout. Judged by a network that makes 60 of your steps: "
    "by the validation losses that you report, whether it was trained with dropout, and by its "
    "mean cross-entropy on the validation part.",
    difficulty=2,
    minutes=10,
    cases=_validated_cases,
    compare_as=_losses_and_dropout,
    hints=(
        "Compute the validation loss twice in a row, without a step between: two different "
        "numbers. What in the network draws at random?",
        "Dropout and batch normalisation know two modes, and torch.no_grad() is not one of them. "
        "What is switched for validation has to be switched back for training.",
        "model.train() before the first line; model.eval() before the validation part.",
    ),
    mistakes=(
        _still_there(
            _validation_broken,
            "The network is validated as it is trained: dropout strikes at random, and batch "
            "normalisation takes the validation part into its averages. torch.no_grad() changes "
            "neither.",
        ),
        Mistake(
            "never back to training",
            "You switch to evaluation and never back: from the second step on the network trains "
            "without dropout, and its batch averages stay those of the first batch. model.train() "
            "first.",
            _NEVER_BACK,
        ),
        Mistake(
            "evaluation mode throughout",
            "You train in evaluation mode: the validation loss is right, but dropout is off in "
            "every step, and batch normalisation never learns its averages.",
            _ALWAYS_OFF,
        ),
        Mistake(
            "the noise is averaged away",
            "The mean of many noisy passes is steadier and still not the loss of the finished "
            "network, and each pass moves the batch averages towards the validation part. "
            "model.eval() is the cure.",
            _validated(_train, _mean_of_ten),
        ),
        Mistake(
            "only dropout is switched off",
            "Dropout is off, but batch normalisation still uses the averages of the validation "
            "part itself and learns from it. model.eval() switches both.",
            _validated(_train, _partly),
        ),
        Mistake(
            "the validation part is trained on",
            "You make a step down the validation loss too. A part that is trained on says nothing "
            "about unseen examples.",
            _trained_on_validation,
        ),
        Mistake(
            "validated before the step",
            "Your validation loss is that of the network before the step. It is asked for after.",
            _validated_before,
        ),
        Mistake(
            "a sum in place of the mean",
            "Your validation loss is a sum over the examples. A mean is asked for.",
            _validated(_train, _summed_validation),
        ),
    ),
)


EXERCISES = (
    generalized_cross_entropy,
    symmetric_cross_entropy,
    suspect_labels,
    average_precision_at_prevalence,
    repair_plateau,
    repair_negative_loss,
    repair_stuck_loss,
    repair_accumulation,
    repair_language_model,
    repair_validation,
)
