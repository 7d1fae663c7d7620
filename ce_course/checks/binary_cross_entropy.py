"""The exercises of chapter 02: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import numpy as np

from ce_course import losses
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import echo_if, in_forms
from ce_course.checks.mistakes import by_value

CHAPTER = "02_binary_cross_entropy"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


# Between what looks ordinary and what overflows: here shortcuts for "large" logits show.
_MIDDLE = np.array([10.5, 12.0, 15.0, 20.0, 25.0, 37.0, -10.5, -12.0, -15.0, -20.0, -25.0, -37.0])


def _naive_sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))


# ------------------------------------------------------------------ sigmoid


def _sigmoid_cases(rng):
    return [
        Case((np.array([0.0]),), note="z = 0: one half"),
        Case((np.array([-2.0, -1.0, 0.5, 3.0]),)),
        Case((np.array([800.0, -800.0, 40.0, -40.0]),), note="logits so large that exp overflows"),
        Case((rng.normal(size=(3, 4)),), note="a 2-D array"),
        Case((rng.normal(scale=5, size=20),)),
        Case((np.array([3, -1, 0]),), note="whole numbers"),
        Case((_MIDDLE.copy(),), note="logits from 10 to 40"),
    ]


def _cut_at_ends(cases, values):
    """The same beyond the first logits, of all that were tried, that give exactly 1 and 0."""
    z = np.concatenate([np.ravel(case.args[0]).astype(float) for case in cases])
    given = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values])
    high, low = np.min(z[(given == 1) & (z > 0)]), np.max(z[(given == 0) & (z < 0)])
    return lambda z: np.where(z >= high, 1.0, np.where(z <= low, 0.0, losses.sigmoid(z)))


sigmoid = Exercise(
    name="sigmoid",
    chapter=CHAPTER,
    signature="sigmoid(z)",
    task="The sigmoid of each logit in the array `z`: the probability whose log-odds are z. "
    "Any shape, floats or whole numbers; also for z = 800 and z = -800.",
    difficulty=2,
    minutes=8,
    points=1,
    reference=losses.sigmoid,
    cases=_sigmoid_cases,
    rtol=1e-9,
    atol=2e-16,  # what rounding (1 + tanh(z / 2)) / 2 costs, and no more
    hints=(
        "Solve z = log(p / (1 - p)) for p. You get two forms: one with exp(-z), one with exp(z).",
        "exp(800) is too large for a float, exp(-800) is simply 0. Which form may you use for "
        "positive z, which for negative z?",
        "Let e = np.exp(-np.abs(z)), which is never larger than 1. Then "
        "np.where(z >= 0, 1 / (1 + e), e / (1 + e)).",
    ),
    mistakes=(
        Mistake(
            "exp overflows",
            "For z = 800 your code computes inf / inf, which is nan. exp(z) / (1 + exp(z)) is "
            "right on paper only: exponentiate nothing but -|z|.",
            _quiet(_naive_sigmoid),
        ),
        Mistake(
            "the sign of z is flipped",
            "Your curve falls: it gives 1 - sigmoid(z). A larger logit must mean a larger "
            "probability of class 1, so it is exp(-z) that stands below the bar.",
            _quiet(lambda z: 1 / (1 + np.exp(z))),
        ),
        Mistake(
            "tanh instead of sigmoid",
            "tanh runs from -1 to 1. It is a relative: sigmoid(z) = (1 + tanh(z / 2)) / 2.",
            np.tanh,
        ),
        Mistake(
            "tanh without halving z",
            "You have (1 + tanh(z)) / 2, which is sigmoid(2 z). Halve z first.",
            lambda z: (1 + np.tanh(z)) / 2,
        ),
        Mistake(
            "the derivative",
            "This is s (1 - s), the slope of the sigmoid, not the sigmoid itself: it should be "
            "1/2 at z = 0 and rise to 1.",
            _quiet(lambda z: losses.sigmoid(z) * losses.sigmoid(-z)),
        ),
        Mistake(
            "a hard threshold",
            "You return the decision (0 or 1). The sigmoid returns the probability behind it.",
            lambda z: np.where(z >= 0, 1.0, 0.0),
        ),
        Mistake(
            "a hard threshold",
            "You return the decision (0 or 1). The sigmoid returns the probability behind it.",
            lambda z: np.where(z > 0, 1.0, 0.0),
        ),
        Mistake(
            "0 and 1 beyond some logit",
            "Beyond some z you return exactly 0 or 1. sigmoid(-12) is 6e-6, and a loss would see "
            "the difference: with exp(-|z|) no limit is needed.",
            lambda z: np.where(z > 10, 1.0, np.where(z < -10, 0.0, losses.sigmoid(z))),
            _cut_at_ends,
        ),
        Mistake(
            "softmax over the array",
            "Your numbers sum to 1 over the array. Each logit here is a question of its own: "
            "its probability must not depend on its neighbours.",
            lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
        ),
        Mistake(
            "the logit capped",
            "You clip z before exp. Where z is beyond your limit the probability is that of the "
            "limit. No limit is needed if you exponentiate -|z| only.",
            lambda z: losses.sigmoid(np.clip(z, -10, 10)),
            by_value(
                lambda eps: lambda z: losses.sigmoid(np.clip(z, np.log(eps), -np.log(eps))), 2, 1
            ),
        ),
        Mistake(
            "powers of 2",
            "You have 1 / (1 + 2^-z). The sigmoid is made of powers of e: np.exp.",
            _quiet(lambda z: 1 / (1 + 2.0**-z)),
        ),
        Mistake(
            "exp alone",
            "exp(z) is the odds, p / (1 - p). The probability is odds / (1 + odds).",
            _quiet(lambda z: np.exp(z)),
        ),
        in_forms(
            "minus in place of plus",
            "You divide by 1 minus an exponential. Below the bar stands a plus.",
            _quiet(lambda z: 1 / (1 - np.exp(-z))),
            _quiet(lambda z: np.exp(z) / (1 - np.exp(z))),
        ),
        Mistake(
            "brackets are missing",
            "1 / 1 + exp(-z) is 1 + exp(-z): the division comes first. What stands below the bar "
            "belongs in brackets.",
            _quiet(lambda z: 1 + np.exp(-z)),
        ),
        Mistake(
            "the largest logit subtracted",
            "You subtract the largest logit, as softmax may. There all logits of a row move "
            "together, here 1 stands for exp(0) and would have to move as well.",
            _quiet(lambda z: losses.sigmoid(z - z.max())),
        ),
    ),
)


# ------------------------------------------------------------------ binary_cross_entropy


def _bce_cases(rng):
    p = rng.uniform(0.02, 0.98, size=12)
    return [
        Case((np.array([0.7, 0.7]), np.array([1.0, 0.0])), note="the same p, both labels"),
        Case((p, (rng.random(12) < 0.5).astype(float))),
        Case((np.array([0.3, 0.8, 0.5]), np.array([0.25, 0.9, 0.5])), note="soft targets"),
        Case((np.array([1.0, 0.0]), np.array([1.0, 0.0])), note="certain and right: loss 0"),
        Case((np.array([0.0, 1.0]), np.array([1.0, 0.0])), note="certain and wrong: loss inf"),
        Case((rng.uniform(0.02, 0.98, size=(2, 3)), np.array([[1.0, 0, 1], [0, 0, 1]]))),
        Case((np.array([0.3, 0.6, 0.9]), np.array([1, 0, 1])), note="targets in whole numbers"),
        Case((np.array([1, 0, 1]), np.array([1, 0, 0])), note="all in whole numbers"),
        Case((np.array([0.0, 1.0]), np.array([0.5, 0.25])), note="certain, soft targets: inf"),
        Case((np.array([1e-20, 0.9999]), np.array([1.0, 0.0])), note="wrong and nearly certain"),
    ]


def _naive_bce(p, y):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def _clipped_bce(eps):
    return lambda p, y: _naive_bce(np.clip(p, eps, 1 - eps), y)


def _eps_in_log_bce(eps):
    return lambda p, y: -(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps))


def _floored_bce(eps):
    return lambda p, y: -(y * np.log(np.maximum(p, eps)) + (1 - y) * np.log(np.maximum(1 - p, eps)))


def _clamped_bce(p, y):
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(p), np.log(1 - p)
    return -(y * np.maximum(log_p, -100) + (1 - y) * np.maximum(log_q, -100))


EPS_HINT = (
    "You clip p, or add something small inside the log. A model that gives probability 0 to what "
    "happened has infinite loss: let it be inf. To avoid nan, drop the term whose weight is 0."
)

binary_cross_entropy = Exercise(
    name="binary_cross_entropy",
    chapter=CHAPTER,
    signature="binary_cross_entropy(p, y)",
    task="The binary cross-entropy of each prediction `p` (probability of class 1) against its "
    "target `y` in [0, 1], in nats: one loss per example, same shape as `p`. A term with weight 0 "
    "counts 0, also where its log is infinite. No clipping.",
    difficulty=2,
    minutes=10,
    points=1,
    reference=losses.binary_cross_entropy,
    cases=_bce_cases,
    rtol=1e-9,
    atol=1e-12,
    hints=(
        "Start from the surprisal of what happened: -log p if it was class 1, -log(1 - p) if it "
        "was class 0. y and 1 - y are the weights of the two.",
        "The trouble is 0 · log 0, which NumPy calls nan. Keep each term only where its weight is "
        "not 0: np.where(weight > 0, weight * log, 0.0).",
        "np.where(y > 0, -y * np.log(p), 0.0) + np.where(y < 1, -(1 - y) * np.log1p(-p), 0.0), "
        'inside with np.errstate(divide="ignore", invalid="ignore").',
    ),
    mistakes=(
        Mistake(
            "0 · log 0 is nan",
            "Your formula is the right one, but for p = 1 and y = 1 the second term is "
            "0 · log 0 = nan. A term whose weight is 0 must count 0.",
            _quiet(_naive_bce),
        ),
        Mistake(
            "logs clamped at -100",
            "You get 100 where the loss is infinite. That is torch's BCELoss, which clamps each "
            "log at -100; here we want the loss itself.",
            _clamped_bce,
        ),
        Mistake("clipped", EPS_HINT, _clipped_bce(1e-7), by_value(_clipped_bce, 4)),
        Mistake(
            "a small number inside the log",
            EPS_HINT,
            _eps_in_log_bce(1e-7),
            by_value(_eps_in_log_bce, 4),
        ),
        Mistake("clipped", EPS_HINT, _floored_bce(1e-7), by_value(_floored_bce, 4)),
        Mistake(
            "swapped branches",
            "For y = 1 you charge -log(1 - p): a model that is right pays and one that is wrong "
            "does not. y belongs with log p.",
            lambda p, y: losses.binary_cross_entropy(p, 1 - y),
        ),
        Mistake(
            "the minus is missing",
            "Your losses are negative: logs of probabilities are. The loss is minus their sum.",
            lambda p, y: -losses.binary_cross_entropy(p, y),
        ),
        Mistake(
            "only the first term",
            "With y = 0 your loss is always 0, so a model that says 1 everywhere is perfect. "
            "The second term, (1 - y) log(1 - p), is missing.",
            _quiet(lambda p, y: -y * np.log(p)),
        ),
        Mistake(
            "the mean",
            "You returned one number, the mean. This exercise wants the loss of each example.",
            lambda p, y: losses.binary_cross_entropy(p, y).mean(),
        ),
        Mistake(
            "bits instead of nats",
            "Your values are the right ones divided by ln 2 = 0.6931: you used log2. "
            "Losses are counted in nats here.",
            lambda p, y: losses.binary_cross_entropy(p, y) / np.log(2),
        ),
        Mistake(
            "y rounded to 0 or 1",
            "Hard labels come out right, soft ones do not: you choose one branch. A target of 0.25 "
            "means a quarter of one term and three quarters of the other.",
            lambda p, y: losses.binary_cross_entropy(p, (y >= 0.5).astype(float)),
        ),
        Mistake(
            "y rounded to 0 or 1",
            "Hard labels come out right, soft ones do not: you choose one branch. A target of 0.25 "
            "means a quarter of one term and three quarters of the other.",
            lambda p, y: losses.binary_cross_entropy(p, (y > 0.5).astype(float)),
        ),
        Mistake(
            "the infinite terms left out",
            "Where the loss is infinite you put 0 (or some finite number). Only a term with "
            "weight 0 counts 0; a model that excludes what happened has infinite loss.",
            lambda p, y: np.nan_to_num(losses.binary_cross_entropy(p, y), posinf=0.0),
        ),
        Mistake(
            "np.nan_to_num on everything",
            "np.nan_to_num also replaces inf, by the largest float: it hides the losses that are "
            "infinite. Keep each term only where its weight is not 0.",
            lambda p, y: np.nan_to_num(losses.binary_cross_entropy(p, y)),
        ),
        Mistake(
            "only the terms of y = 1 and y = 0",
            "You choose one branch where y is exactly 1 and the other everywhere else. A soft "
            "target weighs both: y of one term and 1 - y of the other.",
            lambda p, y: np.where(
                y == 1,
                losses.binary_cross_entropy(p, np.ones(np.shape(p))),
                losses.binary_cross_entropy(p, np.zeros(np.shape(p))),
            ),
        ),
        Mistake(
            "the squared error",
            "You have (p - y)², the Brier score. It never gets larger than 1; the cross-entropy is "
            "minus the logarithm of what was given to the truth.",
            lambda p, y: (p - y) ** 2,
        ),
        Mistake(
            "the KL divergence",
            "You subtract the entropy of y. For hard labels it is 0; for soft ones the "
            "cross-entropy keeps it.",
            lambda p, y: (
                losses.binary_cross_entropy(p, y)
                - losses.binary_cross_entropy(np.asarray(y, dtype=float), y)
            ),
        ),
        Mistake(
            "p and y exchanged",
            "You weigh by p and take the log of y. The target y gives the weights, the prediction "
            "p stands in the log.",
            _quiet(lambda p, y: -(p * np.log(y) + (1 - p) * np.log(1 - y))),
        ),
    ),
)


# ------------------------------------------------------------------ with logits


def _logit_cases(rng):
    z = rng.normal(scale=3, size=12)
    return [
        Case((np.array([0.0, 0.0]), np.array([1.0, 0.0])), note="z = 0: ln 2 either way"),
        Case((z, (rng.random(12) < 0.5).astype(float))),
        Case((rng.normal(size=4), np.array([0.25, 0.9, 0.5, 0.1])), note="soft targets"),
        Case((np.array([40.0, -40.0]), np.array([0.0, 1.0])), note="wrong by a margin of 40"),
        Case((np.array([1000.0, -1000.0]), np.array([0.0, 1.0])), note="wrong by 1000"),
        Case((np.array([1000.0, -1000.0]), np.array([1.0, 0.0])), note="right by 1000"),
        Case((rng.normal(size=(2, 3)), np.array([[1.0, 0, 1], [0, 0, 1]]))),
        Case((_MIDDLE.copy(), (_MIDDLE > 0) * 1.0), note="right by 10 to 40"),
        Case((_MIDDLE.copy(), (_MIDDLE < 0) * 1.0), note="wrong by 10 to 40"),
        Case((np.array([3, -1, 0]), np.array([0, 1, 1])), note="whole numbers"),
        Case((np.array([1000.0, -1000.0]), np.array([0.5, 0.25])), note="soft targets, z = 1000"),
    ]


CLIP_HINT = (
    "Your loss stops growing: wrong by 40 and wrong by 1000 cost the same, and the gradient there "
    "is 0. Clipping hides the overflow; the logit form has none."
)


def _straight(cases, values):
    """The same from the first logit of the case "right by 10 to 40" whose loss is exactly 0."""
    z, given = cases[7].args[0], np.asarray(values[7], dtype=float)
    limit = np.min(z[(given == 0) & (z > 0)]) - 1e-9
    return lambda z, y: np.where(z > limit, z, losses.softplus(z)) - z * y


binary_cross_entropy_with_logits = Exercise(
    name="binary_cross_entropy_with_logits",
    chapter=CHAPTER,
    signature="binary_cross_entropy_with_logits(z, y)",
    task="The same loss from the logits `z`: one loss per example in nats, for targets `y` in "
    "[0, 1], finite for every finite logit. At z = 1000 and y = 0 it is 1000.",
    difficulty=3,
    minutes=12,
    points=1,
    reference=losses.binary_cross_entropy_with_logits,
    cases=_logit_cases,
    rtol=1e-9,
    atol=1e-12,
    hints=(
        "Do not compute p first: once p has been rounded to 0 or 1, the loss is lost. Put "
        "log p = -log(1 + exp(-z)) and log(1 - p) = -log(1 + exp(z)) into the formula.",
        "You should find log(1 + exp(z)) - z y. Now keep exp from overflowing: "
        "log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)).",
        "np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))).",
    ),
    mistakes=(
        Mistake(
            "sigmoid first, then log",
            "Your formula is right on paper. But at z = 40 the sigmoid is rounded to exactly 1, "
            "log(1 - p) is -inf, and 0 · inf is nan. Go from the logit to the loss directly.",
            _quiet(lambda z, y: _naive_bce(1 / (1 + np.exp(-z)), y)),
        ),
        Mistake(
            "sigmoid first, then the guarded log",
            "At z = 40 the sigmoid is rounded to exactly 1, so you get inf where the loss is 40. "
            "Guarding the log cannot bring back what rounding took: start from the logit.",
            lambda z, y: losses.binary_cross_entropy(losses.sigmoid(z), y),
        ),
        Mistake(
            "logs clamped at -100",
            "You get 100 at z = 40, where the loss is 40: that is torch's BCELoss on a rounded "
            "sigmoid. Start from the logit.",
            lambda z, y: _clamped_bce(losses.sigmoid(z), y),
        ),
        Mistake(
            "sigmoid clipped",
            CLIP_HINT,
            _quiet(lambda z, y: _clipped_bce(1e-7)(losses.sigmoid(z), y)),
            by_value(lambda eps: lambda z, y: _clipped_bce(eps)(losses.sigmoid(z), y), 4, 1),
        ),
        Mistake(
            "a small number inside the log",
            CLIP_HINT,
            _quiet(lambda z, y: _eps_in_log_bce(1e-7)(losses.sigmoid(z), y)),
            by_value(lambda eps: lambda z, y: _eps_in_log_bce(eps)(losses.sigmoid(z), y), 4, 1),
        ),
        Mistake(
            "a straight line for large logits",
            "Beyond some z you take log(1 + exp(z)) to be z itself. That leaves out exp(-z), "
            "4.5e-5 at z = 10, which is all of the loss where the model is right. log1p(exp(-|z|)) "
            "keeps it at every z.",
            lambda z, y: np.where(z > 10, z, losses.softplus(z)) - z * y,
            _straight,
        ),
        Mistake(
            "the logit capped",
            "You clip z before exp. Then wrong by 1000 costs no more than wrong by your limit. "
            "max(z, 0) - z y + log1p(exp(-|z|)) needs no limit.",
            lambda z, y: losses.binary_cross_entropy_with_logits(np.clip(z, -50, 50), y),
            by_value(
                lambda eps: (
                    lambda z, y: losses.binary_cross_entropy_with_logits(
                        np.clip(z, np.log(eps), -np.log(eps)), y
                    )
                ),
                4,
            ),
        ),
        Mistake(
            "exp overflows",
            "log(1 + exp(z)) - z y is the right formula. At z = 1000 exp overflows and you get "
            "inf. Write log(1 + exp(z)) as max(z, 0) + log1p(exp(-|z|)).",
            _quiet(lambda z, y: np.log(1 + np.exp(z)) - z * y),
        ),
        Mistake(
            "probabilities for logits",
            "You applied a sigmoid before a function that applies one itself. Then even a perfect "
            "model pays 0.3133 for class 1 and 0.6931 for class 0.",
            lambda z, y: losses.binary_cross_entropy_with_logits(losses.sigmoid(z), y),
        ),
        Mistake(
            "z treated as -z",
            "A positive logit speaks for class 1, so with y = 1 it must make the loss smaller. "
            "Check the sign in front of z.",
            lambda z, y: losses.binary_cross_entropy_with_logits(-z, y),
        ),
        Mistake(
            "the term z y is missing",
            "You return softplus(z) for every example, which is the loss for y = 0. The target "
            "enters by - z y.",
            lambda z, y: losses.softplus(z),
        ),
        Mistake(
            "the hinge only",
            "max(z, 0) - z y is the straight line that the loss approaches. "
            "The bend, log1p(exp(-|z|)), is missing.",
            lambda z, y: np.maximum(z, 0) - z * y,
        ),
        Mistake(
            "the mean",
            "You returned one number, the mean. This exercise wants the loss of each example.",
            lambda z, y: losses.binary_cross_entropy_with_logits(z, y).mean(),
        ),
        Mistake(
            "y rounded to 0 or 1",
            "Hard labels come out right, soft ones do not: you choose one branch. A target of 0.25 "
            "means a quarter of one term and three quarters of the other.",
            lambda z, y: losses.binary_cross_entropy_with_logits(z, (y >= 0.5) * 1.0),
        ),
        Mistake(
            "y rounded to 0 or 1",
            "Hard labels come out right, soft ones do not: you choose one branch. A target of 0.25 "
            "means a quarter of one term and three quarters of the other.",
            lambda z, y: losses.binary_cross_entropy_with_logits(z, (y > 0.5) * 1.0),
        ),
        Mistake(
            "z treated as -z",
            "A positive logit speaks for class 1, so with y = 1 it must make the loss smaller. "
            "Check the sign in front of z.",
            lambda z, y: losses.softplus(-z) - z * y,
        ),
        Mistake(
            "only the term of y = 1",
            "With y = 0 your loss is 0 whatever z is. The second term, (1 - y) log(1 + exp(z)), is "
            "missing.",
            lambda z, y: y * losses.softplus(-z),
        ),
        Mistake(
            "exp(z) in place of exp(-|z|)",
            "max(z, 0) is there, but what is added has exp(z) in it: at z = 1000 it overflows, and "
            "z is counted twice. Add log1p(exp(-|z|)).",
            _quiet(lambda z, y: np.maximum(z, 0) - z * y + np.log1p(np.exp(z))),
        ),
        Mistake(
            "z y added",
            "You add z y to log(1 + exp(z)). It is subtracted: with y = 1 a large z costs little.",
            lambda z, y: losses.softplus(z) + z * y,
        ),
        Mistake(
            "any positive target counts as 1",
            "You choose the branch of y = 1 wherever y > 0. A target of 0.25 means a quarter of "
            "one term and three quarters of the other.",
            lambda z, y: losses.softplus(np.where(y > 0, -z, z)),
        ),
        Mistake(
            "only a target of exactly 1 counts as 1",
            "You choose the branch by y == 1, so that a target of 0.25 or 0.9 counts as 0. It "
            "means a quarter of one term and three quarters of the other.",
            lambda z, y: losses.softplus(np.where(y == 1, -z, z)),
        ),
    ),
)


# ------------------------------------------------------------------ prior_baseline


def _prior_cases(rng):
    return [
        Case((np.array([0, 1, 0, 1]),), note="balanced: ln 2"),
        Case((np.array([1] + 99 * [0]),), note="1 % positives: 0.0560"),
        Case((np.array([0] + 4 * [1]),), note="80 % positives"),
        Case((np.zeros(5, dtype=int),), note="one class only: nothing to learn, loss 0"),
        Case(((rng.random(200) < 0.3).astype(int),)),
        Case((np.ones(4, dtype=int),), note="all positive"),
        Case((np.array([1]),), note="a single example"),
        Case((np.array([1] + 99_999 * [0]),), note="1 positive in 100,000"),
    ]


def _share(y):
    return np.mean(np.asarray(y, dtype=float))


prior_baseline = Exercise(
    name="prior_baseline",
    chapter=CHAPTER,
    signature="prior_baseline(y)",
    task="The mean binary cross-entropy, in nats, of the best model that ignores its input, on the "
    "labels `y` (0 or 1): the loss every real model has to beat.",
    difficulty=2,
    minutes=8,
    points=1,
    reference=losses.prior_baseline,
    cases=_prior_cases,
    rtol=1e-9,
    atol=1e-12,
    hints=(
        "A model that ignores its input says the same p every time. Which p has the smallest mean "
        "loss on these labels?",
        "The best constant is the share of ones, r. Then a share r of the examples pays -log r and "
        "a share 1 - r pays -log(1 - r).",
        "r = y.mean(); return 0.0 if r is 0 or 1, and else "
        "-r * np.log(r) - (1 - r) * np.log(1 - r).",
    ),
    mistakes=(
        Mistake(
            "one more of each class",
            "You add 1 to both counts, which pulls the share of ones towards a half. The best "
            "constant for these labels is their mean as it is.",
            lambda y: losses.binary_cross_entropy(
                np.full(len(y), (np.sum(y) + 1) / (len(y) + 2)), np.asarray(y, dtype=float)
            ).mean(),
        ),
        Mistake(
            "always ln 2",
            "ln 2 is what a coin flip costs. A constant model may do better: with 1 % positives it "
            "says 0.01 every time and pays 0.056.",
            lambda y: np.log(2),
        ),
        Mistake(
            "nan for one class",
            "With one class only you compute 0 · log 0, which NumPy calls nan. The loss is 0.",
            _quiet(lambda y: _naive_bce(_share(y), _share(y))),
        ),
        Mistake(
            "bits instead of nats",
            "Balanced labels give you 1, not 0.6931: you used log2.",
            lambda y: losses.prior_baseline(y) / np.log(2),
        ),
        Mistake(
            "the error rate",
            "This is how often the commoner class is wrong, a baseline for accuracy. "
            "The baseline for the loss is an entropy.",
            lambda y: min(_share(y), 1 - _share(y)),
        ),
        Mistake(
            "the accuracy",
            "This is how often the commoner class is right, a baseline for accuracy. The baseline "
            "for the loss is an entropy.",
            lambda y: max(_share(y), 1 - _share(y)),
        ),
        Mistake(
            "the variance",
            "r (1 - r) is the baseline of the squared error. For cross-entropy it is "
            "-r log r - (1 - r) log(1 - r).",
            lambda y: _share(y) * (1 - _share(y)),
        ),
        Mistake(
            "only the positives' term",
            "You count -r log r. The negatives pay too: add -(1 - r) log(1 - r).",
            lambda y: -_share(y) * np.log(_share(y)) if _share(y) > 0 else 0.0,
        ),
        Mistake(
            "the sum over the examples",
            "You return the total over the data set. The baseline is per example: take the mean.",
            lambda y: losses.prior_baseline(y) * len(y),
        ),
        Mistake(
            "the surprisal of a positive",
            "-log r is what one positive costs. Average over positives and negatives, "
            "by how often each occurs.",
            _quiet(lambda y: -np.log(_share(y))),
        ),
        Mistake(
            "a small number inside the log",
            "You clip the share of ones, or add something small to it. With one class only the "
            "loss is exactly 0, and with few positives it is off too. Treat the one class apart.",
            lambda y: _naive_bce(np.clip(_share(y), 1e-7, 1 - 1e-7), _share(y)),
            by_value(lambda eps: lambda y: _clipped_bce(eps)(_share(y), _share(y)), 3),
        ),
        Mistake(
            "a small number inside the log",
            "You clip the share of ones, or add something small to it. With one class only the "
            "loss is exactly 0, and with few positives it is off too. Treat the one class apart.",
            lambda y: _eps_in_log_bce(1e-7)(_share(y), _share(y)),
            by_value(lambda eps: lambda y: _eps_in_log_bce(eps)(_share(y), _share(y)), 3),
        ),
        Mistake(
            "the share of ones",
            "You return the share of ones, the best constant prediction. What it costs is asked "
            "for: its binary cross-entropy on these labels.",
            _share,
        ),
        Mistake(
            "the commoner class's surprisal",
            "You take the log of the larger share only. The rarer class pays as well: weigh the "
            "two by how often each occurs.",
            lambda y: -np.log(max(_share(y), 1 - _share(y))),
        ),
        Mistake(
            "one example of each class added",
            "You count one more of each class before you take the share (Laplace's rule). The best "
            "constant on these labels is the share of ones as it is.",
            lambda y: losses.binary_cross_entropy(
                np.full(len(y), (np.sum(y) + 1) / (len(y) + 2)),
                y * 0 + (np.sum(y) + 1) / (len(y) + 2),
            ).mean(),
        ),
    ),
)


# ------------------------------------------------------------------ gradient


def _grad_cases(rng):
    return [
        Case((np.array([0.0, 0.0]), np.array([1.0, 0.0])), note="z = 0: -1/2 and +1/2"),
        Case((rng.normal(scale=3, size=10), (rng.random(10) < 0.5).astype(float))),
        Case((rng.normal(size=4), np.array([0.25, 0.9, 0.5, 0.1])), note="soft targets"),
        Case((np.array([800.0, -800.0]), np.array([0.0, 1.0])), note="wrong by 800: +1 and -1"),
        Case((rng.normal(size=(2, 3)), np.array([[1.0, 0, 1], [0, 0, 1]]))),
        Case((np.array([3, -1, 0]), np.array([0, 1, 1])), note="whole numbers"),
        Case((_MIDDLE.copy(), (_MIDDLE < 0) * 1.0), note="wrong by 10 to 40"),
        Case((_MIDDLE.copy(), (_MIDDLE > 0) * 1.0), note="right by 10 to 40"),
    ]


binary_cross_entropy_grad = Exercise(
    name="binary_cross_entropy_grad",
    chapter=CHAPTER,
    signature="binary_cross_entropy_grad(z, y)",
    task="The derivative of each example's loss with respect to its own logit `z`, "
    "for targets `y` in [0, 1]. One number per example; no mean, no division by N.",
    difficulty=2,
    minutes=8,
    points=1,
    reference=losses.binary_cross_entropy_grad,
    cases=_grad_cases,
    rtol=1e-9,
    atol=1e-12,
    hints=(
        "Differentiate softplus(z) - z y. What is the derivative of softplus?",
        "softplus'(z) = exp(z) / (1 + exp(z)), which is the sigmoid.",
        "sigmoid(z) - y, with a sigmoid that survives z = 800.",
    ),
    mistakes=(
        Mistake(
            "the sign is flipped",
            "You have y - p: minus the gradient, the direction in which descent moves. "
            "The gradient itself is p - y.",
            lambda z, y: y - losses.sigmoid(z),
        ),
        Mistake(
            "divided by N",
            "You divided by the number of examples: that is the gradient of the mean. "
            "This exercise wants the gradient of each example's own loss.",
            lambda z, y: losses.binary_cross_entropy_grad(z, y) / np.size(z),
        ),
        Mistake(
            "the gradient of the squared error",
            "A factor p (1 - p) too many: it belongs to the squared error behind a sigmoid. "
            "In cross-entropy the factor cancels.",
            lambda z, y: (losses.sigmoid(z) - y) * losses.sigmoid(z) * losses.sigmoid(-z),
        ),
        Mistake(
            "twice that of the squared error",
            "2 (p - y) p (1 - p) is the gradient of the squared error behind a sigmoid. "
            "In cross-entropy the factor p (1 - p) cancels.",
            lambda z, y: 2 * (losses.sigmoid(z) - y) * losses.sigmoid(z) * losses.sigmoid(-z),
        ),
        in_forms(
            "with respect to p",
            "(p - y) / (p (1 - p)) is the derivative with respect to p. One more link of the chain "
            "is missing: dp/dz = p (1 - p).",
            _quiet(
                lambda z, y: (losses.sigmoid(z) - y) / (losses.sigmoid(z) * (1 - losses.sigmoid(z)))
            ),
            _quiet(lambda z, y: -y / losses.sigmoid(z) + (1 - y) / (1 - losses.sigmoid(z))),
            _quiet(
                lambda z, y: np.where(y == 1, -1 / losses.sigmoid(z), 1 / (1 - losses.sigmoid(z)))
            ),
            _quiet(
                lambda z, y: (
                    np.where(y > 0, -y / losses.sigmoid(z), 0)
                    + np.where(y < 1, (1 - y) / (1 - losses.sigmoid(z)), 0)
                )
            ),
        ),
        Mistake(
            "no sigmoid",
            "You subtract y from the logit. It is the probability sigmoid(z) that is compared "
            "with y, and the gradient never leaves [-1, 1].",
            lambda z, y: z - y,
        ),
        Mistake(
            "exp overflows",
            "p - y is right, but your sigmoid is nan at z = 800. Exponentiate -|z| only.",
            _quiet(lambda z, y: _naive_sigmoid(z) - y),
        ),
        Mistake(
            "the mean",
            "You returned one number, the mean. This exercise wants one derivative per example.",
            lambda z, y: losses.binary_cross_entropy_grad(z, y).mean(),
        ),
        Mistake(
            "the loss itself",
            "This is the loss of each example. Its derivative with respect to z is asked for.",
            losses.binary_cross_entropy_with_logits,
        ),
        Mistake(
            "z treated as -z",
            "Your sigmoid falls as z grows. It is exp(-z) that stands below the bar.",
            lambda z, y: losses.sigmoid(-z) - y,
        ),
        Mistake(
            "only the first term",
            "You differentiate the term of y = 1 only. The other, (1 - y) p, belongs to it: "
            "together they are p - y.",
            lambda z, y: -y * losses.sigmoid(-z),
        ),
        Mistake(
            "the target is not subtracted",
            "You return the probability. That is the derivative for y = 0; the target enters by "
            "- y.",
            lambda z, y: losses.sigmoid(z),
        ),
        Mistake(
            "probabilities for logits",
            "You applied a sigmoid twice. z are the logits: one sigmoid makes them probabilities.",
            lambda z, y: losses.sigmoid(losses.sigmoid(z)) - y,
        ),
        Mistake(
            "y rounded to 0 or 1",
            "Hard labels come out right, soft ones do not. Subtract y as it is.",
            lambda z, y: losses.sigmoid(z) - (y >= 0.5),
        ),
        Mistake(
            "absolute values",
            "You return |p - y|. The sign says which way the logit has to move: keep it.",
            lambda z, y: np.abs(losses.sigmoid(z) - y),
        ),
        Mistake(
            "the logit capped",
            "You clip z before exp. p - y is right with a sigmoid that needs no limit: "
            "exponentiate -|z| only.",
            lambda z, y: losses.sigmoid(np.clip(z, -10, 10)) - y,
            by_value(
                lambda eps: lambda z, y: losses.sigmoid(np.clip(z, np.log(eps), -np.log(eps))) - y,
                3,
            ),
        ),
        Mistake(
            "y rounded to 0 or 1",
            "Hard labels come out right, soft ones do not. Subtract y as it is.",
            lambda z, y: losses.sigmoid(z) - np.round(y),
        ),
        Mistake(
            "only a target of exactly 1 counts as 1",
            "You choose the branch by y == 1, so that a target of 0.25 or 0.9 counts as 0. "
            "Subtract y as it is.",
            lambda z, y: losses.sigmoid(z) - (y == 1),
        ),
    ),
)


# ------------------------------------------------------------------ logistic regression

PENALTY = 0.01
MARGIN = 1e-3  # nats
LARGE = 4.5  # no weight of a penalised fit to the cases gets there
MINIMA: dict[tuple[bytes, bytes], float] = {}  # of the objective, by the data


def objective(X, y, w, b) -> float:
    """Mean binary cross-entropy plus PENALTY / 2 · |w|², in nats; b is not penalised."""
    z = X @ w + b
    return float(losses.binary_cross_entropy_with_logits(z, y).mean() + PENALTY / 2 * (w @ w))


def newton(X, y, penalty=PENALTY, bias_penalty=0.0, bias=True, steps=30):
    """The minimum of the penalised mean loss, by Newton's method: (w, b)."""
    A = np.column_stack([X, np.ones(len(X)) if bias else np.zeros(len(X))])
    ridge = np.append(np.full(X.shape[1], penalty), bias_penalty if bias else 1.0)
    v = np.zeros(A.shape[1])
    for _ in range(steps):
        p = losses.sigmoid(A @ v)
        gradient = A.T @ (p - y) / len(y) + ridge * v
        hessian = (A * (p * (1 - p))[:, None]).T @ A / len(y) + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        v = v - step
        if np.abs(step).max() < 1e-10:
            break
    return v[:-1], v[-1]


def _smallest(X, y) -> float:
    """The smallest objective; every answer to a case is compared to it, so it is remembered."""
    data = X.tobytes(), y.tobytes()
    if data not in MINIMA:
        MINIMA[data] = objective(X, y, *newton(X, y))
    return MINIMA[data]


def descend(X, y, learning_rate, steps):
    """Plain gradient descent on the penalised mean loss, from zero: (w, b)."""
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        error = losses.sigmoid(X @ w + b) - y
        w = w - learning_rate * (X.T @ error / len(y) + PENALTY * w)
        b = b - learning_rate * error.mean()
    return w, b


def _stopped_early(cases, values):
    """Descent by small steps that comes as far as these weights: found on the first case."""
    X, y = cases[0].args
    wanted = _weights(cases[0].args, values[0])[:-1]
    far = float(wanted @ wanted)
    w, b, steps = np.zeros(X.shape[1]), 0.0, 0
    while w @ w < far and steps < 400:
        error = losses.sigmoid(X @ w + b) - y
        w, b = w - 0.1 * (X.T @ error / len(y) + PENALTY * w), b - 0.1 * error.mean()
        steps += 1
    return (lambda X, y: descend(X, y, 0.1, steps)) if steps else None


def _draw(rng, n, w, b):
    X = rng.normal(size=(n, len(w)))
    return X, (rng.random(n) < losses.sigmoid(X @ np.asarray(w) + b)).astype(int)


def _fit_cases(rng):
    apart = np.linspace(0.5, 2, 20)
    line = np.concatenate([-apart, apart])[:, None]
    return [
        Case(_draw(rng, 200, [1.5, -2.0, 0.5], 0.3), note="overlapping classes"),
        Case(_draw(rng, 300, [1.0, 0.5], -3.0), note="few positives: b must be far from 0"),
        Case((line, np.repeat([0, 1], 20)), note="separable: only the penalty stops w"),
    ]


def _weights(args, answer) -> np.ndarray:
    """An answer (w, b) as one array of D + 1 numbers."""
    w, b = answer
    return np.append(np.ravel(np.asarray(w, dtype=float)), np.asarray(b, dtype=float).item())


def _judge_fit(args, answer):
    X, y = args
    try:
        weights = _weights(args, answer)
    except (TypeError, ValueError):
        return "expected a pair (w, b): an array with one weight per column of X, and a number"
    if len(weights) != X.shape[1] + 1:
        return f"expected {X.shape[1]} weights, one per column of X, got {len(weights) - 1}"
    if not np.all(np.isfinite(weights)):
        return "the weights are not finite: the descent diverged, try a smaller learning rate"
    got, best = objective(X, y, weights[:-1], weights[-1]), _smallest(X, y)
    if got <= best + MARGIN:
        return None
    return (
        f"expected a penalised loss within {MARGIN:g} of the smallest possible, {best:.4f}, "
        f"got {got:.4f}"
    )


def _capped_weights(args, answer) -> np.ndarray:
    # Without a penalty w grows as long as one trains: all weights that large are one mistake.
    if _is_turned(args, answer):
        return np.append(_capped_weights(args, answer[::-1]), 2 * LARGE)  # alike to no (w, b)
    return np.clip(_weights(args, answer), -LARGE, LARGE)


def _is_turned(args, answer) -> bool:
    """Whether an answer can only be (b, w)."""
    b, w = answer
    return np.size(b) == 1 < args[0].shape[1] == np.size(w)


def _is_uphill(answer, args) -> bool:
    """Whether weights are large and point away from the best ones."""
    w, best = _weights(args, answer)[:-1], newton(*args)[0]
    return w @ best < 0 and w @ w > 2 * best @ best


fit_logistic_regression = Exercise(
    name="fit_logistic_regression",
    chapter=CHAPTER,
    signature="fit_logistic_regression(X, y)",
    task="Train logistic regression on `X` (N, D) and labels `y` (0 or 1): return `(w, b)` that "
    "minimise mean(binary_cross_entropy_with_logits(X @ w + b, y)) + 0.005 * (w @ w). "
    "The bias b is not penalised. Any method; within 0.001 nat of the minimum.",
    difficulty=3,
    minutes=20,
    points=2,
    reference=newton,
    cases=_fit_cases,
    rtol=2e-2,
    atol=2e-2,
    judge=_judge_fit,
    compare_as=_capped_weights,
    hints=(
        "Start at w = 0, b = 0 and walk against the gradient. The derivative with respect to each "
        "logit is p - y; the chain rule takes it to w and b.",
        "error = sigmoid(X @ w + b) - y. Gradient for w: X.T @ error / N + 0.01 * w. "
        "For b: error.mean(). A learning rate of 4 and 40 steps are plenty here.",
        "for _ in range(40): error = ...; w = w - 4 * (X.T @ error / len(y) + 0.01 * w); "
        "b = b - 4 * error.mean()",
    ),
    mistakes=(
        Mistake(
            "no penalty",
            "You minimise the loss without the penalty. Where a line separates the classes, the "
            "weights then grow as long as you train. Add 0.01 * w to the gradient for w, "
            "beside the mean of the losses' gradients (not their sum).",
            lambda X, y: newton(X, y, penalty=1e-6),
        ),
        Mistake(
            "no bias",
            "Your b stays 0. Where positives are rare, only the bias can say so: train it too.",
            lambda X, y: newton(X, y, bias=False),
        ),
        Mistake(
            "the bias is penalised",
            "You penalise b as well. That pulls the average prediction towards 1/2 on unbalanced "
            "data. The penalty is on w only.",
            lambda X, y: newton(X, y, bias_penalty=PENALTY),
        ),
        Mistake(
            "half the penalty",
            "Your penalty is too weak by a factor of two: the derivative of 0.005 * (w @ w) is "
            "0.01 * w.",
            lambda X, y: newton(X, y, penalty=PENALTY / 2),
        ),
        Mistake(
            "twice the penalty",
            "Your penalty is too strong by a factor of two: the derivative of 0.005 * (w @ w) is "
            "0.01 * w.",
            lambda X, y: newton(X, y, penalty=2 * PENALTY),
        ),
        Mistake(
            "labels swapped",
            "Your model predicts class 0: its weights point the wrong way. Check the sign of the "
            "error, p - y, and of the step.",
            lambda X, y: newton(X, 1 - y),
        ),
        Mistake(
            "stopped early",
            "You walk the right way and stop before the bottom. Take more steps, or larger ones: "
            "the number of steps times the learning rate should be about 100.",
            lambda X, y: descend(X, y, learning_rate=0.1, steps=10),
            _stopped_early,
        ),
        Mistake(
            "untrained",
            "Your weights are all zero: nothing was trained. Did you update w and b in the loop?",
            lambda X, y: (np.zeros(X.shape[1]), 0.0),
        ),
        Mistake(
            "least squares",
            "This is linear regression on the labels. Its line is not the logit: "
            "minimise the cross-entropy.",
            lambda X, y: (lambda v: (v[:-1], v[-1]))(
                np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
            ),
        ),
        Mistake(
            "the steps go uphill",
            "Your weights grow the wrong way: you add the gradient where it is to be subtracted, "
            "w = w - learning_rate * gradient.",
            lambda X, y: descend(X, y, learning_rate=-0.5, steps=200),
            echo_if(_is_uphill),
        ),
        Mistake(
            "the bias comes first",
            "You return (b, w). The weights come first: (w, b).",
            lambda X, y: newton(X, y)[::-1],
        ),
        Mistake(
            "ten times the penalty",
            "Your penalty is too strong by a factor of ten: the derivative of 0.005 * (w @ w) is "
            "0.01 * w.",
            lambda X, y: newton(X, y, penalty=10 * PENALTY),
        ),
    ),
)


# ------------------------------------------------------------------ multi-label


def _multilabel_cases(rng):
    return [
        Case((np.zeros((2, 5)), np.tile([1.0, 0, 0, 1, 0], (2, 1))), note="all logits 0: ln 2"),
        Case((rng.normal(scale=2, size=(4, 3)), (rng.random((4, 3)) < 0.5).astype(float))),
        Case((rng.normal(size=(3, 6)), np.eye(6)[:3] + np.eye(6)[3:]), note="two labels each"),
        Case((np.array([[1000.0, -1000.0]]), np.array([[0.0, 0.0]])), note="a logit of 1000"),
        Case((rng.normal(size=(3, 2)), np.zeros((3, 2))), note="no label at all"),
        Case((np.array([[3, -1], [0, 2]]), np.array([[1, 0], [1, 1]])), note="whole numbers"),
        Case((_MIDDLE.reshape(4, 3), (_MIDDLE > 0).reshape(4, 3) * 1.0), note="right by 10 to 40"),
        Case((_MIDDLE.reshape(4, 3), (_MIDDLE < 0).reshape(4, 3) * 1.0), note="wrong by 10 to 40"),
        Case((np.array([[1000.0, -1000.0]]), np.array([[1.0, 0.0]])), note="right by 1000"),
    ]


def _softmax_loss(z, Y):
    log_p = z - z.max(axis=-1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=-1, keepdims=True))
    return -(Y * log_p).sum(axis=-1).mean()


multilabel_loss = Exercise(
    name="multilabel_loss",
    chapter=CHAPTER,
    signature="multilabel_loss(z, Y)",
    task="Each of N examples may carry any subset of K labels. From the logits `z` (N, K) and the "
    "targets `Y` (N, K) of zeros and ones, return one number: the binary cross-entropy averaged "
    "over all N * K entries, as `nn.BCEWithLogitsLoss()` does. Stable at z = 1000.",
    difficulty=2,
    minutes=8,
    points=1,
    reference=lambda z, Y: losses.binary_cross_entropy_with_logits(z, Y).mean(),
    cases=_multilabel_cases,
    rtol=1e-9,
    atol=1e-12,
    hints=(
        "K labels are K yes-or-no questions. Each entry of z answers one of them.",
        "Apply the logit form of binary cross-entropy to the whole array at once. "
        "Then one mean over everything.",
        "(np.maximum(z, 0) - z * Y + np.log1p(np.exp(-np.abs(z)))).mean()",
    ),
    mistakes=(
        Mistake(
            "summed over the labels",
            "You sum over the K labels and average over the examples: K times too large. "
            "The mean goes over all N * K entries.",
            lambda z, Y: losses.binary_cross_entropy_with_logits(z, Y).sum(axis=-1).mean(),
        ),
        Mistake(
            "the sum over everything",
            "You return the sum over all entries. Divide by N * K.",
            lambda z, Y: losses.binary_cross_entropy_with_logits(z, Y).sum(),
        ),
        Mistake(
            "one loss per example",
            "You return one number per example. Average over the examples too.",
            lambda z, Y: losses.binary_cross_entropy_with_logits(z, Y).mean(axis=-1),
        ),
        Mistake(
            "one loss per label",
            "You return one number per label. Average over the labels too.",
            lambda z, Y: losses.binary_cross_entropy_with_logits(z, Y).mean(axis=0),
        ),
        Mistake(
            "softmax over the labels",
            "A softmax makes the labels compete for one unit of probability. Here several can be "
            "true at once, or none: each logit needs a sigmoid of its own.",
            _softmax_loss,
        ),
        Mistake(
            "softmax over the labels",
            "A softmax makes the labels compete for one unit of probability. Here several can be "
            "true at once, or none: each logit needs a sigmoid of its own.",
            lambda z, Y: _softmax_loss(z, Y) / z.shape[-1],
        ),
        Mistake(
            "only the labels that are present",
            "You count the loss of the ones in Y and forget the zeros. "
            "A label that is absent must be predicted absent.",
            lambda z, Y: (Y * losses.softplus(-z)).mean(),
        ),
        Mistake(
            "exp overflows",
            "Right until a logit is 1000: there exp overflows. Use the stable logit form.",
            _quiet(lambda z, Y: (np.log(1 + np.exp(z)) - z * Y).mean()),
        ),
        Mistake(
            "sigmoid first, then log",
            "At z = 1000 the sigmoid is rounded to exactly 1 and its log is lost. "
            "Use the logit form.",
            _quiet(lambda z, Y: _naive_bce(1 / (1 + np.exp(-z)), Y).mean()),
        ),
        Mistake(
            "sigmoid first, then the guarded log",
            "At z = 1000 the sigmoid is rounded to exactly 1, so you get inf where the loss is "
            "1000. Guarding the log cannot bring back what rounding took: use the logit form.",
            lambda z, Y: losses.binary_cross_entropy(losses.sigmoid(z), Y).mean(),
        ),
        Mistake(
            "sigmoid clipped",
            CLIP_HINT,
            lambda z, Y: _clipped_bce(1e-7)(losses.sigmoid(z), Y).mean(),
            by_value(lambda eps: lambda z, Y: _clipped_bce(eps)(losses.sigmoid(z), Y).mean(), 3),
        ),
        Mistake(
            "a small number inside the log",
            CLIP_HINT,
            lambda z, Y: _eps_in_log_bce(1e-7)(losses.sigmoid(z), Y).mean(),
            by_value(lambda eps: lambda z, Y: _eps_in_log_bce(eps)(losses.sigmoid(z), Y).mean(), 3),
        ),
        Mistake(
            "probabilities for logits",
            "You applied a sigmoid before a function that applies one itself.",
            lambda z, Y: losses.binary_cross_entropy_with_logits(losses.sigmoid(z), Y).mean(),
        ),
        Mistake(
            "the term z Y is missing",
            "You average softplus(z), which is the loss where Y is 0. The targets enter by - z Y.",
            lambda z, Y: losses.softplus(z).mean(),
        ),
        Mistake(
            "the squared error",
            "You average (p - Y)². The cross-entropy is asked for: softplus(z) - z Y.",
            lambda z, Y: ((losses.sigmoid(z) - Y) ** 2).mean(),
        ),
        Mistake(
            "plus in place of minus",
            "You add z Y to softplus(z). A label that is present lowers the loss as its logit "
            "rises: subtract z Y.",
            lambda z, Y: (losses.softplus(z) + z * Y).mean(),
        ),
        in_forms(
            "averaged over the labels that are present",
            "You divide by the number of ones in Y. The mean goes over all N * K entries.",
            _quiet(lambda z, Y: losses.binary_cross_entropy_with_logits(z, Y).sum() / np.sum(Y)),
            lambda z, Y: (
                losses.binary_cross_entropy_with_logits(z, Y).sum() / np.maximum(np.sum(Y), 1)
            ),
            lambda z, Y: (
                losses.binary_cross_entropy_with_logits(z, Y).sum(axis=-1)
                / np.maximum(np.sum(Y, axis=-1), 1)
            ).mean(),
        ),
    ),
)

EXERCISES = (
    sigmoid,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    prior_baseline,
    binary_cross_entropy_grad,
    fit_logistic_regression,
    multilabel_loss,
)
