"""The exercises of chapter 03: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import math

import numpy as np

from ce_course import losses
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import in_forms, with_epsilon
from ce_course.checks.mistakes import by_value

CHAPTER = "03_categorical_cross_entropy"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


def _naive_softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def _top(z):
    return z.max(axis=-1, keepdims=True)


def _rows(z):
    """Which row is which label's: `rows(z), y` picks one entry per example."""
    return np.arange(len(z))


# Logits that no test of a stable formula may leave out, three classes each.
_LARGE = np.array([[1000.0, 1000.0, 0.0], [1000.0, 999.0, 998.0]])
_MIDDLE = np.array([[0.0, 12.0, 3.0], [20.0, 0.0, -15.0], [37.0, 36.0, 0.0], [-10.5, 0.0, 10.5]])
_WHOLE = np.array([[3, -1, 0], [0, 0, 2]])
_FAR_APART = np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -999.0], [0.0, 1.0, 2.0]])


def _logit_cases(rng):
    return [
        Case((np.array([2.0, 1.0, 0.0]),), note="one example, shape (3,)"),
        Case((rng.normal(scale=2, size=(4, 3)),), note="four examples, shape (4, 3)"),
        Case((rng.normal(scale=2, size=(3, 3)),), note="as many examples as classes"),
        Case((_LARGE.copy(),), note="logits so large that exp overflows"),
        Case((-_LARGE,), note="logits so small that every exp is 0"),
        Case((_FAR_APART.copy(),), note="rows that lie far apart"),
        Case((np.array([[0.0, 1000.0, 0.0]]),), note="one logit far above the others"),
        Case((np.array([[0.0, -np.inf, 1.0]]),), note="a class ruled out: z = -inf"),
        Case((rng.normal(scale=5, size=(2, 3, 4)),), note="two leading axes, shape (2, 3, 4)"),
        Case((_WHOLE.copy(),), note="whole numbers"),
        Case((_MIDDLE.copy(),), note="logits 10 to 40 apart"),
        Case((np.array([[5.0], [-2.0]]),), note="a single class"),
    ]


def _finite_cases(rng):
    return [case for case in _logit_cases(rng) if np.all(np.isfinite(case.args[0]))]


# ------------------------------------------------------------------ logsumexp


def _stable_with_added(eps):
    return _quiet(lambda z: np.log(np.exp(z - _top(z)).sum(axis=-1) + eps) + _top(z)[..., 0])


logsumexp = Exercise(
    name="logsumexp",
    chapter=CHAPTER,
    signature="logsumexp(z)",
    task="The logarithm of the sum of exp(z) over the last axis, for any number of leading axes: "
    "shape (N,) for z (N, K). Right also for z = 1000 and z = -1000, and with a class at -inf, "
    "though not all of a row.",
    difficulty=2,
    minutes=10,
    reference=losses.logsumexp,
    cases=_logit_cases,
    hints=(
        "exp(1000) overflows. Take out a common factor before you exponentiate: "
        "Σ exp(z) = exp(m) · Σ exp(z - m) for any m.",
        "Take the logarithm: m + log Σ exp(z - m). With m the largest logit of the row, no "
        "exponent is positive and one of them is 0. keepdims=True lets the subtraction line up.",
        "m = z.max(axis=-1, keepdims=True); return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1)).",
    ),
    mistakes=(
        Mistake(
            "exp overflows",
            "np.log(np.exp(z).sum(axis=-1)) is right on paper. At z = 1000 exp is inf, and at "
            "z = -1000 it is 0, whose log is -inf. Take out the largest logit first.",
            _quiet(lambda z: np.log(np.exp(z).sum(axis=-1))),
        ),
        Mistake(
            "the maximum of the whole array",
            "You subtract one maximum from all rows. A row far below it underflows to log 0. "
            "Each row needs its own: z.max(axis=-1, keepdims=True).",
            _quiet(lambda z: z.max() + np.log(np.exp(z - z.max()).sum(axis=-1))),
        ),
        Mistake(
            "the maximum is not added back",
            "You subtracted the maximum and left it out. log Σ exp(z - m) is smaller than the "
            "answer by exactly m.",
            lambda z: losses.logsumexp(z) - z.max(axis=-1),
        ),
        Mistake(
            "the maximum alone",
            "The largest logit is close when it stands alone. But logsumexp([0, 0]) is "
            "ln 2, not 0: all classes count.",
            lambda z: z.max(axis=-1),
        ),
        Mistake(
            "summed over everything",
            "You return one number for the whole array. Sum over the last axis only: "
            "one result for each example.",
            lambda z: losses.logsumexp(z.ravel()),
        ),
        Mistake(
            "summed over the examples",
            "You sum over axis 0, the examples. Classes are on the last axis: axis=-1.",
            lambda z: losses.logsumexp(np.moveaxis(z, 0, -1)),
        ),
        Mistake(
            "axis 1",
            "axis=1 works for shape (N, K) only. axis=-1 is the last axis whatever comes before.",
            lambda z: losses.logsumexp(np.moveaxis(z, 1, -1)),
        ),
        Mistake(
            "the last axis is kept",
            "Your shape is (N, 1), not (N,). Keep the axis for the subtraction, then drop it: "
            "m[..., 0], or np.squeeze(m, axis=-1).",
            lambda z: losses.logsumexp(z)[..., np.newaxis],
        ),
        Mistake(
            "the mean instead of the sum",
            "You average the exponentials: your result is too small by ln K. Add them up.",
            lambda z: losses.logsumexp(z) - np.log(z.shape[-1]),
        ),
        Mistake(
            "base 2",
            "You took log2 of the sum: natural logs here, as exp is base e.",
            lambda z: losses.logsumexp(z) / np.log(2),
        ),
        Mistake(
            "keepdims in one place only",
            "The maximum has shape (N, 1) and the sum shape (N,): added, they make a table of all "
            "pairs. Drop the axis of the maximum before you add it: m[..., 0].",
            _quiet(lambda z: _top(z) + np.log(np.exp(z - _top(z)).sum(axis=-1))),
        ),
        Mistake(
            "the logit capped",
            "You clip z before exp, so beyond your limit the result stops growing. Take out each "
            "row's largest logit instead.",
            _quiet(lambda z: losses.logsumexp(np.clip(z, -500, 500))),
            by_value(lambda eps: lambda z: losses.logsumexp(np.clip(z, -1 / eps, 1 / eps)), 3),
        ),
        Mistake(
            "powers of 2",
            "You add up powers of 2, or take the logarithm to base 2 only. exp and the natural "
            "logarithm belong together.",
            _quiet(lambda z: np.log2((2.0 ** (z - _top(z))).sum(axis=-1)) + _top(z)[..., 0]),
        ),
        Mistake(
            "powers of 2",
            "You add up powers of 2, or take the logarithm to base 2 only. exp and the natural "
            "logarithm belong together.",
            _quiet(lambda z: np.log2(np.exp(z - _top(z)).sum(axis=-1)) + _top(z)[..., 0]),
        ),
        Mistake(
            "the logarithm is missing",
            "You return the sum of the exponentials. Take its logarithm, after the largest logit "
            "has been taken out.",
            _quiet(lambda z: np.exp(z).sum(axis=-1)),
        ),
        Mistake(
            "the sum of the logits",
            "You add up the logits. It is exp(z) that is added up, and the logarithm is of that "
            "sum.",
            _quiet(lambda z: z.sum(axis=-1)),
        ),
        Mistake(
            "the maximum is added twice, or subtracted",
            "You have log Σ exp(z - m) and not one m: add the row's largest logit once.",
            _quiet(lambda z: losses.logsumexp(z) - 2 * z.max(axis=-1)),
        ),
        Mistake(
            "the maximum is added twice, or subtracted",
            "You have log Σ exp(z - m) and not one m: add the row's largest logit once.",
            _quiet(lambda z: losses.logsumexp(z) + z.max(axis=-1)),
        ),
        Mistake(
            "a small number inside the log",
            "You add something like 1e-12 to the sum. With the row's largest logit taken out the "
            "sum is at least 1, and no help is needed.",
            _quiet(lambda z: np.log(np.exp(z).sum(axis=-1) + 1e-12)),
            by_value(lambda eps: lambda z: np.log(np.exp(z).sum(axis=-1) + eps), 4, 1),
        ),
        Mistake(
            "a small number inside the log",
            "You add something like 1e-12 to the sum. With the row's largest logit taken out the "
            "sum is at least 1, and no help is needed.",
            _stable_with_added(1e-6),
            by_value(_stable_with_added, 0),
        ),
    ),
)


# ------------------------------------------------------------------ softmax


def _limits(cases, values):
    """Where the logits are cut off, as the case of one logit far above the others shows."""
    low, high, _ = np.asarray(values[6], dtype=float)[0]
    return [np.log(high / low)]


softmax = Exercise(
    name="softmax",
    chapter=CHAPTER,
    signature="softmax(z)",
    task="The softmax of the logits over the last axis, same shape as `z`, for any number of "
    "leading axes. Right also for z = 1000 and z = -1000, and with a class at -inf.",
    difficulty=2,
    minutes=8,
    reference=losses.softmax,
    cases=_logit_cases,
    rtol=1e-11,  # 1e-9 added to the sum is to be seen
    hints=(
        "Softmax does not change if you add the same constant to all logits of a row. "
        "Which constant makes exp safe?",
        "Subtract the row's largest logit. Then exponentiate and divide by the row's sum. "
        "Both the maximum and the sum need axis=-1 and keepdims=True.",
        "e = np.exp(z - z.max(axis=-1, keepdims=True)); return e / e.sum(axis=-1, keepdims=True).",
    ),
    mistakes=(
        Mistake(
            "exp overflows",
            "At z = 1000 you divide inf by inf, at z = -1000 0 by 0: both are nan. "
            "Subtract the row's largest logit before exp.",
            _quiet(_naive_softmax),
        ),
        Mistake(
            "the maximum of the whole array",
            "You subtract one maximum from all rows. In a row far below it every exp is 0, "
            "and 0 / 0 is nan. Each row needs its own maximum.",
            _quiet(lambda z: _naive_softmax(z - z.max())),
        ),
        Mistake(
            "normalised over everything",
            "Your whole array sums to 1. Each example is a prediction of its own: "
            "each row must sum to 1.",
            lambda z: losses.softmax(z.ravel()).reshape(z.shape),
        ),
        Mistake(
            "normalised over the examples",
            "Your columns sum to 1, because you summed over axis 0. Classes are on the last "
            "axis: each row must sum to 1.",
            lambda z: np.moveaxis(losses.softmax(np.moveaxis(z, 0, -1)), -1, 0),
        ),
        Mistake(
            "keepdims is missing",
            "Without keepdims=True the sums have shape (N,) and are lined up with the classes. "
            "For N = K nothing complains and the numbers are wrong.",
            lambda z: (
                np.exp(z - z.max(axis=-1, keepdims=True))
                / np.exp(z - z.max(axis=-1, keepdims=True)).sum(axis=-1)
            ),
        ),
        Mistake(
            "one sigmoid for each logit",
            "Sigmoids answer K separate questions; your rows do not sum to 1. Softmax shares out "
            "one unit of probability among the classes.",
            losses.sigmoid,
        ),
        in_forms(
            "a hard choice",
            "You return 1 for the largest logit and 0 for the rest: that is argmax. Softmax "
            "leaves the others their share.",
            lambda z: (z == z.max(axis=-1, keepdims=True)).astype(float),
            lambda z: np.eye(z.shape[-1])[z.argmax(axis=-1)],
        ),
        Mistake(
            "without exp",
            "You divided the logits by their sum. Logits may be negative: exp makes them positive "
            "first.",
            _quiet(lambda z: z / z.sum(axis=-1, keepdims=True)),
        ),
        Mistake(
            "base 2",
            "You used powers of 2. Softmax is made of powers of e.",
            lambda z: losses.softmax(z * np.log(2)),
        ),
        Mistake(
            "the sign of z is flipped",
            "Your largest logit gets the smallest probability. It is exp(z - max), not exp(max - z)"
            " or exp(-z).",
            lambda z: losses.softmax(-np.where(np.isinf(z), -1e9, z)),
        ),
        Mistake(
            "not divided by the sum",
            "You return exp(z - max). Divide each row by its sum, so that it is a distribution.",
            _quiet(lambda z: np.exp(z - _top(z))),
        ),
        Mistake(
            "normalised over axis 1",
            "axis=1 works for shape (N, K) only. axis=-1 is the last axis whatever comes before.",
            lambda z: np.moveaxis(losses.softmax(np.moveaxis(z, 1, -1)), -1, 1),
        ),
        Mistake(
            "a small number added to the sum",
            "You add something small to the sum below the bar. With the row's largest logit taken "
            "out the sum is at least 1, and rows should sum to exactly 1.",
            _quiet(
                lambda z: (
                    np.exp(z - _top(z)) / (np.exp(z - _top(z)).sum(axis=-1, keepdims=True) + 1e-6)
                )
            ),
            by_value(
                lambda eps: (
                    lambda z: (
                        np.exp(z - _top(z))
                        / (np.exp(z - _top(z)).sum(axis=-1, keepdims=True) + eps)
                    )
                ),
                0,
            ),
        ),
        Mistake(
            "the logarithm of it",
            "These are the log-probabilities. They come in the next exercise.",
            losses.log_softmax,
        ),
        Mistake(
            "normalised over everything",
            "Your whole array sums to 1. Each example is a prediction of its own: "
            "each row must sum to 1.",
            _quiet(lambda z: np.exp(z - _top(z)) / np.exp(z - _top(z)).sum()),
        ),
        with_epsilon(
            "the logit capped",
            "You clip z before exp, so beyond your limit two different logits get the same "
            "probability. Subtract each row's largest logit instead: no limit is needed.",
            lambda limit, z: losses.softmax(np.clip(z, -limit, limit)),
            lambda limit, z: losses.softmax(np.minimum(z, limit)),
            default=20.0,
            constants=_limits,
        ),
        Mistake(
            "sigmoids divided by their sum",
            "You divide sigmoids by their sum. Softmax is made of exponentials, exp(z).",
            lambda z: losses.sigmoid(z) / losses.sigmoid(z).sum(axis=-1, keepdims=True),
        ),
    ),
)


# ------------------------------------------------------------------ log_softmax


def _log_of_softmax_plus(eps):
    return lambda z: np.log(losses.softmax(z) + eps)


def _log_of_clipped_softmax(eps):
    return lambda z: np.log(np.clip(losses.softmax(z), eps, 1))


LOG_EPS_HINT = (
    "A small number inside the log hides the zero and caps the loss: what should be -1000 is a "
    "constant, and its gradient is 0. Never take the log of the softmax: z - logsumexp(z)."
)

log_softmax = Exercise(
    name="log_softmax",
    chapter=CHAPTER,
    signature="log_softmax(z)",
    task="The logarithm of the softmax over the last axis, same shape as `z`. At z = [0, 1000, 0] "
    "it is [-1000, 0, -1000]: do not take the log of a softmax.",
    difficulty=2,
    minutes=8,
    reference=losses.log_softmax,
    cases=_finite_cases,
    hints=(
        "softmax([0, 1000]) is [0, 1] in floating point: the log of 0 is lost. Take the log on "
        "paper first, before anything is rounded.",
        "log(exp(z_k) / Σ exp(z)) = z_k - log Σ exp(z). You have written the second part.",
        "d = z - z.max(axis=-1, keepdims=True); "
        "return d - np.log(np.exp(d).sum(axis=-1, keepdims=True)).",
    ),
    mistakes=(
        Mistake(
            "the log of a stable softmax",
            "Your softmax does not overflow, but it underflows: exp(-1000) is 0 and its log is "
            "-inf instead of -1000. Subtract the logsumexp from z, and take no log of a "
            "probability.",
            _quiet(lambda z: np.log(losses.softmax(z))),
        ),
        Mistake(
            "the log of a naive softmax",
            "exp(1000) is inf, and inf / inf is nan. Use z - logsumexp(z), where the largest "
            "logit is taken out first.",
            _quiet(lambda z: np.log(_naive_softmax(z))),
        ),
        Mistake(
            "a naive logsumexp",
            "z - logsumexp(z) is the right form, but your logsumexp overflows at z = 1000. "
            "Subtract the row's largest logit first.",
            _quiet(lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True))),
        ),
        Mistake(
            "a small number inside the log",
            LOG_EPS_HINT,
            _log_of_softmax_plus(1e-7),
            by_value(_log_of_softmax_plus, 6),
        ),
        Mistake(
            "a small number inside the log",
            LOG_EPS_HINT,
            _log_of_clipped_softmax(1e-7),
            by_value(_log_of_clipped_softmax, 6),
        ),
        Mistake(
            "the logsumexp is missing",
            "z - max z makes the largest 0, and stops there. The log-probabilities still need "
            "log Σ exp(z - max z) taken off, so that their exponentials sum to 1.",
            lambda z: z - z.max(axis=-1, keepdims=True),
        ),
        Mistake(
            "the sign is flipped",
            "You return logsumexp(z) - z, the losses. Log-probabilities are never positive.",
            lambda z: -losses.log_softmax(z),
        ),
        Mistake(
            "normalised over everything",
            "Your whole array is one distribution. Each row must be one: axis=-1, keepdims=True.",
            lambda z: losses.log_softmax(z.ravel()).reshape(z.shape),
        ),
        Mistake(
            "normalised over the examples",
            "You normalised over axis 0, the examples. Classes are on the last axis.",
            lambda z: np.moveaxis(losses.log_softmax(np.moveaxis(z, 0, -1)), -1, 0),
        ),
        Mistake(
            "keepdims is missing",
            "Without keepdims=True the logsumexp has shape (N,) and is lined up with the classes. "
            "For N = K nothing complains and the numbers are wrong.",
            lambda z: z - losses.logsumexp(z),
        ),
        Mistake(
            "the softmax",
            "These are the probabilities. Their logarithms are asked for.",
            losses.softmax,
        ),
        Mistake(
            "base 2",
            "You took log2 of the sum, or of the softmax: natural logs here, as exp is base e.",
            lambda z: losses.log_softmax(z) / np.log(2),
        ),
        Mistake(
            "base 2",
            "You took log2 of the sum, or of the softmax: natural logs here, as exp is base e.",
            _quiet(lambda z: z - _top(z) - np.log2(np.exp(z - _top(z)).sum(-1, keepdims=True))),
        ),
        Mistake(
            "one maximum for the whole array",
            "You subtract one maximum from all rows. In a row far below it every exp is 0, and "
            "log 0 is -inf. Each row needs its own: z.max(axis=-1, keepdims=True).",
            _quiet(lambda z: z - z.max() - np.log(np.exp(z - z.max()).sum(-1, keepdims=True))),
        ),
        Mistake(
            "keepdims is missing",
            "Without keepdims=True the logsumexp has shape (N,) and is lined up with the classes. "
            "For N = K nothing complains and the numbers are wrong.",
            _quiet(lambda z: z - _top(z) - np.log(np.exp(z - _top(z)).sum(axis=-1))),
        ),
        Mistake(
            "normalised over everything",
            "Your whole array is one distribution. Each row must be one: axis=-1, keepdims=True.",
            _quiet(lambda z: z - _top(z) - np.log(np.exp(z - _top(z)).sum())),
        ),
        Mistake(
            "the mean instead of the sum",
            "You average the exponentials: each row is off by ln K. Add them up.",
            lambda z: losses.log_softmax(z) + np.log(z.shape[-1]),
        ),
        Mistake(
            "the log of the sum of the logits",
            "You subtract the log of something else than Σ exp(z): exponentiate before you sum.",
            _quiet(lambda z: z - np.log(z.sum(axis=-1, keepdims=True))),
        ),
        Mistake(
            "the maximum is counted once too often",
            "You subtract the row's largest logit and then the whole logsumexp. Either "
            "z - logsumexp(z), or (z - m) - log Σ exp(z - m).",
            lambda z: z - _top(z) - losses.logsumexp(z)[..., None],
        ),
        Mistake(
            "the maximum is counted once too often",
            "You subtract the row's largest logit and then the whole logsumexp. Either "
            "z - logsumexp(z), or (z - m) - log Σ exp(z - m).",
            lambda z: losses.log_softmax(z) + _top(z),
        ),
    ),
)


# ------------------------------------------------------------------ cross_entropy_from_logits


def _label_cases(rng):
    return [
        Case((np.array([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0]]), np.array([0, 2]))),
        Case((rng.normal(scale=2, size=(6, 4)), np.array([3, 0, 1, 1, 2, 0]))),
        Case((rng.normal(scale=2, size=(3, 3)), np.array([2, 0, 1])), note="N = K"),
        Case((np.zeros((2, 10)), np.array([0, 9])), note="equal logits: ln 10"),
        Case((_LARGE.copy(), np.array([0, 2])), note="logits so large that exp overflows"),
        Case((np.array([[0.0, 1000.0, 0.0]]), np.array([0])), note="wrong by 1000"),
        Case((np.array([[0.0, 1000.0, 0.0]]), np.array([1])), note="right by 1000"),
        Case((_FAR_APART.copy(), np.array([0, 1, 2])), note="rows that lie far apart"),
        Case((_WHOLE.copy(), np.array([1, 0])), note="whole numbers"),
        Case((_MIDDLE.copy(), np.array([1, 0, 0, 2])), note="right by 1 to 40"),
        Case((_MIDDLE.copy(), np.array([0, 2, 2, 0])), note="wrong by 10 to 40"),
        Case((np.array([[0.5, -0.5, 0.1]]), np.array([2])), note="a single example"),
    ]


def _with(log_probabilities):
    """The loss from a way to compute the log-probabilities."""
    return _quiet(lambda z, y: -log_probabilities(z)[_rows(z), y])


def _sum_of_the_wrong_classes(z, y):
    log_p = losses.log_softmax(z)
    return -(log_p.sum(axis=-1) - log_p[_rows(z), y])


cross_entropy_from_logits = Exercise(
    name="cross_entropy_from_logits",
    chapter=CHAPTER,
    signature="cross_entropy_from_logits(z, y)",
    task="The cross-entropy of each example from its logits `z` (N, K) and its label `y` (N,), "
    "shape (N,), in nats. Finite for all finite logits. No one-hot vectors are needed.",
    difficulty=2,
    minutes=10,
    reference=losses.cross_entropy_from_logits,
    cases=_label_cases,
    hints=(
        "It is minus the log-softmax of each row, at that row's label.",
        "To pick the entry y[n] of row n, give NumPy both indices: a[np.arange(len(y)), y].",
        "d = z - z.max(axis=-1, keepdims=True); "
        "return np.log(np.exp(d).sum(axis=-1)) - d[np.arange(len(y)), y].",
    ),
    mistakes=(
        Mistake(
            "the mean",
            "You return one number, the mean. Here each example keeps its own loss.",
            lambda z, y: losses.cross_entropy_from_logits(z, y).mean(),
        ),
        Mistake(
            "the log of a stable softmax",
            "Wrong by 1000, the probability is rounded to 0 and the loss becomes inf. "
            "It should be 1000: stay with the log-softmax.",
            _with(lambda z: np.log(losses.softmax(z))),
        ),
        Mistake(
            "exp overflows",
            "At z = 1000 exp is inf, and your loss nan or inf. "
            "Subtract each row's largest logit first.",
            _with(lambda z: np.log(_naive_softmax(z))),
        ),
        Mistake(
            "a naive logsumexp",
            "logsumexp(z) minus the own logit is the right form, but your logsumexp overflows "
            "at z = 1000. Subtract each row's largest logit first.",
            _with(lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True))),
        ),
        Mistake(
            "a small number inside the log",
            LOG_EPS_HINT,
            _with(_log_of_softmax_plus(1e-7)),
            by_value(lambda eps: _with(_log_of_softmax_plus(eps)), 5),
        ),
        Mistake(
            "a small number inside the log",
            LOG_EPS_HINT,
            _with(_log_of_clipped_softmax(1e-7)),
            by_value(lambda eps: _with(_log_of_clipped_softmax(eps)), 5),
        ),
        Mistake(
            "one maximum for the whole array",
            "You subtract one maximum from all rows. In a row far below it every exp is 0, and "
            "log 0 is -inf. Each row needs its own: z.max(axis=-1, keepdims=True).",
            _with(lambda z: z - z.max() - np.log(np.exp(z - z.max()).sum(-1, keepdims=True))),
        ),
        Mistake(
            "softmax over the examples",
            "You normalise over axis 0, the examples. Classes are on the last axis: axis=-1.",
            _with(lambda z: losses.log_softmax(z.T).T),
        ),
        in_forms(
            "keepdims is missing",
            "Without keepdims=True the logsumexp has shape (N,) and is lined up with the classes. "
            "For N = K nothing complains and the numbers are wrong.",
            _with(lambda z: z - losses.logsumexp(z)),
            _with(lambda z: z - _top(z) - np.log(np.exp(z - _top(z)).sum(axis=-1))),
        ),
        Mistake(
            "base 2",
            "You took log2: losses are in nats, natural logarithms.",
            _with(lambda z: losses.log_softmax(z) / np.log(2)),
        ),
        Mistake(
            "the whole matrix",
            "You return one number for each class, shape (N, K). Only the entry of each row's "
            "label is its loss: a[np.arange(len(y)), y].",
            lambda z, y: -losses.log_softmax(z),
        ),
        Mistake(
            "the sum",
            "You return one number, the sum. Here each example keeps its own loss.",
            lambda z, y: losses.cross_entropy_from_logits(z, y).sum(),
        ),
        Mistake(
            "a margin, not the loss",
            "You subtract the label's logit from the largest. The largest stands for all classes "
            "only when it is far ahead: take the logsumexp in its place.",
            lambda z, y: z.max(axis=-1) - z[_rows(z), y],
        ),
        Mistake(
            "the maximum is subtracted in one place only",
            "You subtract the row's largest logit inside the logsumexp and not from the label's "
            "own logit, or the other way round. Take it from both, or add it back.",
            lambda z, y: losses.cross_entropy_from_logits(z, y) - z.max(axis=1),
        ),
        Mistake(
            "the maximum is subtracted in one place only",
            "You subtract the row's largest logit inside the logsumexp and not from the label's "
            "own logit, or the other way round. Take it from both, or add it back.",
            lambda z, y: losses.cross_entropy_from_logits(z, y) + z.max(axis=1),
        ),
        Mistake(
            "all classes in place of the label's",
            "You add up the log-probabilities of all classes. Only that of the label counts: "
            "log_p[np.arange(len(y)), y].",
            lambda z, y: -losses.log_softmax(z).sum(axis=1),
        ),
        Mistake(
            "all rows at all labels",
            "a[:, y] takes the columns y of every row: shape (N, N). To pick one entry per row "
            "give both indices: a[np.arange(len(y)), y].",
            lambda z, y: -losses.log_softmax(z)[:, y],
        ),
        Mistake(
            "the minus is missing",
            "Your losses are negative: they are log-probabilities. The loss is minus that.",
            lambda z, y: -losses.cross_entropy_from_logits(z, y),
        ),
        Mistake(
            "softmax twice",
            "You apply softmax to something that has been through a softmax already. "
            "These are the losses of a model that can never be sure.",
            _with(lambda z: losses.log_softmax(losses.softmax(z))),
        ),
        Mistake(
            "minus the probability",
            "You return -p of the true class: the logarithm is missing.",
            _with(losses.softmax),
        ),
        Mistake(
            "minus the logit",
            "You return minus the logit of the true class. A logit alone means nothing: "
            "subtract the logsumexp of its row.",
            lambda z, y: -z[_rows(z), y],
        ),
        Mistake(
            "the loss of the predicted class",
            "You look up the largest logit, not the label. So a wrong answer costs as little as "
            "a right one.",
            lambda z, y: losses.cross_entropy_from_logits(z, z.argmax(axis=-1)),
        ),
        Mistake(
            "labels counted from 1",
            "You look one class too low, at y - 1. Labels count from 0, as indices do.",
            lambda z, y: -losses.log_softmax(z)[_rows(z), y - 1],
        ),
        Mistake(
            "the wrong classes",
            "You add up the terms of the classes that are not the label. Only the true class's "
            "term belongs in the loss.",
            _sum_of_the_wrong_classes,
        ),
        Mistake(
            "all rows at all labels",
            "a[:, y] takes the columns y of every row: shape (N, N). To pick one entry per row "
            "give both indices: a[np.arange(len(y)), y].",
            lambda z, y: losses.logsumexp(z)[:, None] - z[:, y],
        ),
        Mistake(
            "all rows at all labels",
            "a[:, y] takes the columns y of every row: shape (N, N). To pick one entry per row "
            "give both indices: a[np.arange(len(y)), y].",
            lambda z, y: losses.logsumexp(z) - z[:, y],
        ),
        Mistake(
            "a sigmoid for each class",
            "You add up a binary cross-entropy for each class. The classes exclude each other: one "
            "softmax over the row, and only the true class is looked up.",
            lambda z, y: (losses.softplus(z) - z * np.eye(z.shape[1])[y]).sum(axis=1),
        ),
    ),
)


# ------------------------------------------------------------------ soft_target_cross_entropy


def _soft_cases(rng):
    ruled_out = np.array([[1.0, -np.inf, 0.0], [0.0, 2.0, -np.inf]])
    z, q = rng.normal(scale=2, size=(4, 3)), rng.dirichlet(np.ones(3), size=4)
    return [
        Case((np.array([[2.0, 1.0, 0.0]]), np.array([[0.7, 0.2, 0.1]]))),
        Case((z, q), note="random targets"),
        Case((rng.normal(size=(3, 3)), rng.dirichlet(np.ones(3), size=3)), note="N = K"),
        Case((np.zeros((2, 4)), rng.dirichlet(np.ones(4), size=2)), note="equal logits: ln 4"),
        Case((rng.normal(size=(3, 3)), np.eye(3)), note="one-hot targets"),
        Case((_LARGE.copy(), np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])), note="large logits"),
        Case((_FAR_APART.copy(), np.full((3, 3), 1 / 3)), note="rows that lie far apart"),
        Case(
            (ruled_out, np.array([[0.5, 0.0, 0.5], [0.25, 0.75, 0.0]])),
            note="a class ruled out by model and target: z = -inf, q = 0",
        ),
        Case(
            (ruled_out, np.array([[0.5, 0.25, 0.25], [1 - 1e-13, 0.0, 1e-13]])),
            note="a class that the model rules out and the target does not: inf",
        ),
        Case((_WHOLE.copy(), np.eye(3, dtype=int)[[1, 0]]), note="whole numbers"),
        Case((_MIDDLE.copy(), rng.dirichlet(np.ones(3), size=4)), note="logits 10 to 40 apart"),
        Case((_MIDDLE.copy(), np.eye(3)[[1, 0, 0, 2]]), note="right by 1 to 40, one-hot"),
        Case((np.array([[0.0, 1000.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])), note="wrong by 1000"),
    ]


def _soft(log_probabilities, q_of=lambda q: q):
    """The loss from a way to compute the log-probabilities; terms of weight 0 count 0."""

    def loss(z, q):
        q = q_of(q)
        return np.where(q == 0, 0.0, -q * log_probabilities(z)).sum(axis=-1)

    return _quiet(loss)


def _soft_floored(eps):
    """log p not below -1 / eps."""
    return lambda z, q: -(q * np.maximum(losses.log_softmax(z), -1 / eps)).sum(axis=-1)


def _reversed(z, q):
    p, log_q = losses.softmax(z), np.log(q)
    return np.where(p == 0, 0.0, -p * log_q).sum(axis=-1)


def _entropy(q):
    return np.where(q == 0, 0.0, -q * np.log(q)).sum(axis=-1)


soft_target_cross_entropy = Exercise(
    name="soft_target_cross_entropy",
    chapter=CHAPTER,
    signature="soft_target_cross_entropy(z, q)",
    task="The cross-entropy of each example from its logits `z` (N, K) and its target "
    "distribution `q` (N, K), shape (N,), in nats. A class with q = 0 costs nothing, also where "
    "its logit is -inf; where q > 0 and the logit is -inf, the loss is inf.",
    difficulty=2,
    minutes=10,
    reference=losses.soft_target_cross_entropy,
    cases=_soft_cases,
    hints=(
        "It is chapter 01's cross-entropy, Σ q · (-log p), with p = softmax(z). "
        "You have log p already.",
        "Sum over the classes, not over the examples. And 0 · (-inf) is nan in NumPy: "
        "keep a term only where q > 0, with np.where.",
        "np.where(q > 0, -q * log_softmax(z), 0.0).sum(axis=-1), inside "
        'with np.errstate(invalid="ignore").',
    ),
    mistakes=(
        Mistake(
            "0 · inf is nan",
            "Right, except where a class is ruled out: q = 0 times log p = -inf is nan. "
            "What never happens costs nothing: keep the terms with q > 0 only.",
            _quiet(lambda z, q: -(q * losses.log_softmax(z)).sum(axis=-1)),
        ),
        Mistake(
            "the log of a stable softmax",
            "With a gap of 1000 between the logits a probability is rounded to 0, and its log "
            "is -inf. Use the log-softmax.",
            _soft(lambda z: np.log(losses.softmax(z))),
        ),
        Mistake(
            "exp overflows",
            "At z = 1000 exp is inf, and your loss nan. Use the log-softmax.",
            _soft(lambda z: np.log(_naive_softmax(z))),
        ),
        Mistake(
            "a small number inside the log",
            LOG_EPS_HINT,
            _soft(_log_of_softmax_plus(1e-7)),
            by_value(lambda eps: _soft(_log_of_softmax_plus(eps)), 12),
        ),
        Mistake(
            "a small number inside the log",
            LOG_EPS_HINT,
            _soft(_log_of_clipped_softmax(1e-7)),
            by_value(lambda eps: _soft(_log_of_clipped_softmax(eps)), 12),
        ),
        Mistake(
            "small weights left out",
            "You leave out classes whose weight is small, not only those of weight 0. Where such a "
            "class is ruled out by the model, the loss is inf all the same.",
            _quiet(lambda z, q: np.where(q > 1e-9, -q * losses.log_softmax(z), 0.0).sum(axis=-1)),
        ),
        Mistake(
            "the infinite terms left out",
            "You drop every term that is not finite. Only one of weight 0 costs nothing: where "
            "q > 0 and the model rules the class out, the loss is inf.",
            _quiet(
                lambda z, q: np.nansum(np.where(np.isinf(z), 0, -q * losses.log_softmax(z)), -1)
            ),
        ),
        Mistake(
            "-inf replaced by a large number",
            "You replace -inf by a large finite number (np.nan_to_num does). What the model rules "
            "out and the target does not costs inf, not a large number.",
            _quiet(
                lambda z, q: -(q * np.nan_to_num(losses.log_softmax(z), neginf=-1e9)).sum(axis=-1)
            ),
            by_value(_soft_floored, 8),
        ),
        Mistake(
            "one maximum for the whole array",
            "You subtract one maximum from all rows. In a row far below it every exp is 0, and "
            "log 0 is -inf. Each row needs its own: z.max(axis=-1, keepdims=True).",
            _soft(lambda z: z - z.max() - np.log(np.exp(z - z.max()).sum(-1, keepdims=True))),
        ),
        Mistake(
            "softmax over the examples",
            "You normalise over axis 0, the examples. Classes are on the last axis: axis=-1.",
            _soft(lambda z: losses.log_softmax(z.T).T),
        ),
        Mistake(
            "summed over the examples",
            "You sum over axis 0 and get one number for each class. Sum over the classes, "
            "axis=-1: one loss for each example.",
            _quiet(lambda z, q: np.where(q == 0, 0.0, -q * losses.log_softmax(z)).sum(axis=0)),
        ),
        Mistake(
            "the terms are not summed",
            "You return one number for each class. Sum over the classes: one loss for each "
            "example.",
            _quiet(lambda z, q: np.where(q == 0, 0.0, -q * losses.log_softmax(z))),
        ),
        Mistake(
            "base 2",
            "You took log2: losses are in nats, natural logarithms.",
            _soft(lambda z: losses.log_softmax(z) / np.log(2)),
        ),
        Mistake(
            "the probability, not its logarithm",
            "You weigh the probabilities. Their logarithms are weighed: Σ q · (-log p).",
            _soft(losses.softmax),
        ),
        Mistake(
            "the logits, not their log-softmax",
            "You weigh the logits themselves. A logit alone means nothing: subtract the logsumexp "
            "of its row.",
            _soft(lambda z: z),
        ),
        Mistake(
            "the mean over the classes",
            "You average over the K classes: K times too small. The q are the weights of the "
            "average already, so sum.",
            lambda z, q: losses.soft_target_cross_entropy(z, q) / z.shape[-1],
        ),
        Mistake(
            "the mean over the examples",
            "You return one number, the mean. Here each example keeps its own loss.",
            lambda z, q: losses.soft_target_cross_entropy(z, q).mean(),
        ),
        Mistake(
            "summed over everything",
            "You sum over examples and classes together. Sum over the last axis only.",
            lambda z, q: losses.soft_target_cross_entropy(z, q).sum(),
        ),
        Mistake(
            "the likeliest class only",
            "You turn the target into a hard label with argmax. The other classes' shares "
            "of q count too.",
            lambda z, q: losses.cross_entropy_from_logits(z, q.argmax(axis=-1)),
        ),
        Mistake(
            "the KL divergence",
            "You subtract the entropy of q: that is KL(q, p), the excess. Its gradient with "
            "respect to z is the same, its value is not.",
            _quiet(lambda z, q: losses.soft_target_cross_entropy(z, q) - _entropy(q)),
        ),
        Mistake(
            "target and prediction swapped",
            "You compute Σ p (-log q): the code made for q, paid by p. The target q gives the "
            "weights, the prediction p stands in the log.",
            _quiet(_reversed),
        ),
        Mistake(
            "softmax of the target",
            "You apply a softmax to q, which is a distribution already: that flattens it.",
            _soft(losses.log_softmax, losses.softmax),
        ),
        Mistake(
            "the minus is missing",
            "Your losses are negative: q · log p is. The loss is minus that sum.",
            lambda z, q: -losses.soft_target_cross_entropy(z, q),
        ),
        Mistake(
            "np.nan_to_num on everything",
            "np.nan_to_num also replaces inf, by the largest float: it hides the loss that is "
            "infinite. Keep each term only where q > 0.",
            _quiet(lambda z, q: np.nan_to_num(-q * losses.log_softmax(z)).sum(axis=-1)),
        ),
    ),
)


# ------------------------------------------------------------------ double_softmax_floor


def _class_count_cases(rng):
    counts = [2, 3, 10, 100, 21841, int(rng.integers(4, 60))]
    return [Case((count,), note=f"{count} classes") for count in counts]


double_softmax_floor = Exercise(
    name="double_softmax_floor",
    chapter=CHAPTER,
    signature="double_softmax_floor(num_classes)",
    task="The lowest value that a cross-entropy from logits can reach, in nats, when it is given "
    "the probabilities of `num_classes` classes in place of logits. One number.",
    difficulty=2,
    minutes=8,
    reference=losses.double_softmax_floor,
    cases=_class_count_cases,
    hints=(
        "Which probabilities are best? Feed them to the loss as if they were logits.",
        "The best is 1 for the true class and 0 for the others. The second softmax makes of it "
        "exp(1) / (exp(1) + K - 1) for the true class.",
        "The floor is minus the log of that: np.log(np.e + num_classes - 1) - 1.",
    ),
    mistakes=(
        Mistake(
            "the uniform guess",
            "ln K is what equal probabilities cost. The best probabilities do a little better.",
            lambda num_classes: math.log(num_classes),
        ),
        Mistake(
            "zero",
            "With logits the loss can come as close to 0 as you like. But probabilities cannot "
            "be larger than 1, and softmax of [1, 0, ..., 0] is far from certain.",
            lambda num_classes: 0.0,
        ),
        Mistake(
            "the true class's logit is forgotten",
            "ln(e + K - 1) is the loss of a wrong class. The true class has logit 1: subtract it.",
            lambda num_classes: math.log(math.e + num_classes - 1),
        ),
        Mistake(
            "K other classes",
            "You count K classes besides the true one: there are K - 1.",
            lambda num_classes: math.log(math.e + num_classes) - 1,
        ),
        Mistake(
            "the probability",
            "e / (e + K - 1) is the largest probability that the true class can get. "
            "The loss is minus its logarithm.",
            lambda num_classes: math.e / (math.e + num_classes - 1),
        ),
        Mistake(
            "two classes",
            "0.3133 is the floor for two classes. With more classes the others together "
            "get more, and the floor is higher.",
            lambda num_classes: math.log(1 + math.exp(-1)),
        ),
        Mistake(
            "bits",
            "You took log2. Losses are in nats here.",
            lambda num_classes: (math.log(math.e + num_classes - 1) - 1) / math.log(2),
        ),
        Mistake(
            "the reach of the loss",
            "You return the distance from ln K down to the floor. The floor itself is asked for.",
            lambda num_classes: math.log(num_classes) - (math.log(math.e + num_classes - 1) - 1),
        ),
        Mistake(
            "the minus is missing",
            "Your floor is negative: it is the logarithm of a probability. The loss is minus that.",
            lambda num_classes: 1 - math.log(math.e + num_classes - 1),
        ),
        Mistake(
            "K - 2 other classes",
            "You count K - 2 classes besides the true one: there are K - 1.",
            lambda num_classes: math.log(math.e + num_classes - 2) - 1,
        ),
    ),
)


# ------------------------------------------------------------------ one_hot_bytes


def _size_cases(rng):
    return [
        Case((256, 21841, 4), note="256 images, 21,841 classes, float32"),
        Case((1, 10, 8), note="one image, float64"),
        Case((32, 1000, 2), note="float16"),
        Case((128, 3, 1), note="one byte each"),
        Case((65536, 21841, 4), note="5.7 gigabytes: more than 32 bits can count"),
        Case(tuple(int(n) for n in (rng.integers(2, 64), rng.integers(11, 500), 4))),
    ]


one_hot_bytes = Exercise(
    name="one_hot_bytes",
    chapter=CHAPTER,
    signature="one_hot_bytes(batch, num_classes, itemsize)",
    task="How many bytes the one-hot labels of a batch take: `batch` examples, `num_classes` "
    "classes, `itemsize` bytes for each number. A whole number.",
    difficulty=1,
    minutes=4,
    reference=lambda batch, num_classes, itemsize: batch * num_classes * itemsize,
    cases=_size_cases,
    hints=(
        "How many numbers are in the array of one-hot labels?",
        "One row for each example, one column for each class, itemsize bytes for each entry.",
    ),
    mistakes=(
        Mistake(
            "the class indices",
            "That is the size of the labels as indices: one number for each example. A one-hot "
            "label has one number for each class.",
            lambda batch, num_classes, itemsize: batch * itemsize,
        ),
        Mistake(
            "one label only",
            "That is the one-hot label of one example. There are `batch` of them.",
            lambda batch, num_classes, itemsize: num_classes * itemsize,
        ),
        Mistake(
            "the number of entries",
            "You counted the numbers. Each takes itemsize bytes.",
            lambda batch, num_classes, itemsize: batch * num_classes,
        ),
        Mistake(
            "bits",
            "You have bits. itemsize counts bytes already.",
            lambda batch, num_classes, itemsize: 8 * batch * num_classes * itemsize,
        ),
        Mistake(
            "four bytes for every format",
            "You took 4 bytes for each number. That is float32: use itemsize.",
            lambda batch, num_classes, itemsize: 4 * batch * num_classes,
        ),
        Mistake(
            "mebibytes",
            "You divided by 1024 · 1024. Plain bytes are asked for.",
            lambda batch, num_classes, itemsize: batch * num_classes * itemsize / 2**20,
        ),
        Mistake(
            "megabytes",
            "You divided by a million. Plain bytes are asked for.",
            lambda batch, num_classes, itemsize: batch * num_classes * itemsize / 1e6,
        ),
        Mistake(
            "the zeros only",
            "You counted the K - 1 zeros of each label. The one takes space as well.",
            lambda batch, num_classes, itemsize: batch * (num_classes - 1) * itemsize,
        ),
        Mistake(
            "eight bytes for every format",
            "You took 8 bytes for each number. That is float64: use itemsize.",
            lambda batch, num_classes, itemsize: 8 * batch * num_classes,
        ),
        in_forms(
            "bits turned into bytes twice",
            "You divided by 8. itemsize counts bytes already.",
            lambda batch, num_classes, itemsize: batch * num_classes * itemsize / 8,
            lambda batch, num_classes, itemsize: batch * num_classes * itemsize // 8,
        ),
        Mistake(
            "added in place of multiplied",
            "You add where you should multiply: batch rows of num_classes numbers of itemsize "
            "bytes.",
            lambda batch, num_classes, itemsize: (batch + num_classes) * itemsize,
        ),
        Mistake(
            "counted in 32 bits",
            "Right for small arrays. But an int32 ends at 2,147,483,647, and your product goes "
            "round: take Python's int, or int64.",
            lambda batch, num_classes, itemsize: (
                (batch * num_classes * itemsize + 2**31) % 2**32 - 2**31
            ),
        ),
        Mistake(
            "kilobytes",
            "You divided by 1000 or 1024. Plain bytes are asked for.",
            lambda batch, num_classes, itemsize: batch * num_classes * itemsize / 1024,
        ),
        Mistake(
            "kilobytes",
            "You divided by 1000 or 1024. Plain bytes are asked for.",
            lambda batch, num_classes, itemsize: batch * num_classes * itemsize / 1000,
        ),
    ),
)

EXERCISES = (
    logsumexp,
    softmax,
    log_softmax,
    cross_entropy_from_logits,
    soft_target_cross_entropy,
    double_softmax_floor,
    one_hot_bytes,
)
