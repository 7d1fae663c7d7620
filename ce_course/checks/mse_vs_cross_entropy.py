"""The exercises of chapter 05: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import math

import numpy as np

from ce_course import losses
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import echo_if, in_forms, with_constant, with_epsilon

CHAPTER = "05_mse_vs_cross_entropy"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


# ------------------------------------------------------------------ mse_sigmoid_grad


def _gradient_cases(rng):
    return [
        Case((np.array([-10.0, 10.0]), np.array([1.0, 0.0])), note="certain and wrong"),
        Case((np.array([-10.0, 10.0]), np.array([0.0, 1.0])), note="certain and right"),
        Case((np.array([0.0, 0.0]), np.array([1.0, 0.0])), note="undecided"),
        Case((np.array([800.0, -800.0]), np.array([0.0, 1.0])), note="logits of 800"),
        Case(
            (np.array([11.0, -12.0, 15.0, 10.5]), np.array([0.0, 1, 1, 0])), note="logits over 10"
        ),
        Case((np.array([3, -1, 0]), np.array([1, 1, 0])), note="whole numbers"),
        Case((rng.normal(scale=2, size=10), (rng.random(10) < 0.5).astype(float))),
        Case((rng.normal(size=4), np.array([0.25, 0.9, 0.5, 0.1])), note="soft targets"),
        Case((rng.normal(size=(2, 3)), np.array([[1.0, 0, 1], [0, 0, 1]]))),
    ]


def _slope_at(x):
    """The derivative of the sigmoid, taken at x."""
    return losses.sigmoid(x) * losses.sigmoid(-x)


def _gradient_from(p, y):
    return 2 * (p - y) * p * (1 - p)


def _naive_gradient(z, y):
    return _gradient_from(np.exp(z) / (1 + np.exp(z)), y)


def _naive_slope(z, y):
    e = np.exp(-z)
    return 2 * (1 / (1 + e) - y) * e / (1 + e) ** 2


def _capped_gradient(limit, z, y):
    return _gradient_from(np.clip(losses.sigmoid(z), limit, 1 - limit), y)


def _caps(cases, values):
    """What p is cut off at, from the gradient 2 (1 - p)² p of a logit of -800 with label 1."""
    gradient, limit = -np.asarray(values[3])[1], 0.0
    for _ in range(20):
        limit = gradient / 2 / (1 - limit) ** 2
    return [limit]


mse_sigmoid_grad = Exercise(
    name="mse_sigmoid_grad",
    chapter=CHAPTER,
    signature="mse_sigmoid_grad(z, y)",
    task="The derivative of each example's squared error (p - y)² with respect to its logit, where "
    "p = sigmoid(z), for targets `y` in [0, 1]: one number per example, also for z = 800.",
    difficulty=2,
    minutes=10,
    reference=losses.mse_sigmoid_grad,
    cases=_gradient_cases,
    hints=(
        "Two links of a chain: the square depends on p, and p depends on z. "
        "Differentiate each and multiply.",
        "The derivative of (p - y)² with respect to p is 2 (p - y); that of the sigmoid is "
        "p (1 - p).",
        "2 * (p - y) * p * (1 - p), with p = 1 / (1 + np.exp(-z)): for z = -800 exp overflows "
        "to inf, and 1 / inf is the right 0.",
    ),
    mistakes=(
        Mistake(
            "half the square",
            "Exactly half of the answer: you differentiated ½ (p - y)². Here the square has no "
            "factor, so the 2 comes down.",
            lambda z, y: losses.mse_sigmoid_grad(z, y) / 2,
        ),
        Mistake(
            "the gradient of cross-entropy",
            "p - y is what cross-entropy leaves. The square does not cancel the slope of the "
            "sigmoid, and that is the point of this chapter.",
            losses.binary_cross_entropy_grad,
        ),
        Mistake(
            "stopped at p",
            "2 (p - y) is the derivative with respect to p. One link of the chain is missing: "
            "how p changes with z.",
            lambda z, y: 2 * losses.binary_cross_entropy_grad(z, y),
        ),
        Mistake(
            "y - p",
            "The sign is flipped. For y = 1 a larger logit must make the loss smaller, so the "
            "gradient is negative there: it is p - y.",
            lambda z, y: -losses.mse_sigmoid_grad(z, y),
        ),
        Mistake(
            "the slope taken at p",
            "p (1 - p) is already the slope of the sigmoid. You put p through the sigmoid a "
            "second time.",
            lambda z, y: 2 * losses.binary_cross_entropy_grad(z, y) * _slope_at(losses.sigmoid(z)),
        ),
        Mistake(
            "z (1 - z) for the slope",
            "The slope of the sigmoid is p (1 - p), with the probability, not with the logit.",
            lambda z, y: 2 * losses.binary_cross_entropy_grad(z, y) * z * (1 - z),
        ),
        Mistake(
            "the factor p only",
            "The slope of the sigmoid has two factors, p and 1 - p. The second is missing.",
            lambda z, y: 2 * losses.binary_cross_entropy_grad(z, y) * losses.sigmoid(z),
        ),
        Mistake(
            "the factor 1 - p only",
            "The slope of the sigmoid has two factors, p and 1 - p. The first is missing.",
            lambda z, y: 2 * losses.binary_cross_entropy_grad(z, y) * losses.sigmoid(-z),
        ),
        Mistake(
            "the error of the logit",
            "z - y takes the logit for the prediction. The prediction is p = sigmoid(z): the "
            "error is p - y, and the slope of p belongs in.",
            lambda z, y: 2 * (np.asarray(z) - y),
        ),
        Mistake(
            "the error of the logit",
            "z - y takes the logit for the prediction. The prediction is p = sigmoid(z): the "
            "error is p - y, and the slope of p belongs in.",
            lambda z, y: 2 * (z - y) * losses.sigmoid(z) * losses.sigmoid(-z),
        ),
        in_forms(
            "targets taken for 0 or 1",
            "Right for targets of 0 and 1. But a target may lie between them: use y itself, "
            "without asking whether it is 1.",
            lambda z, y: losses.mse_sigmoid_grad(z, np.asarray(y == 1, float)),
            lambda z, y: losses.mse_sigmoid_grad(z, np.asarray(y > 0.5, float)),
            lambda z, y: losses.mse_sigmoid_grad(z, np.asarray(y >= 0.5, float)),
            lambda z, y: losses.mse_sigmoid_grad(z, np.asarray(y != 0, float)),
            lambda z, y: losses.mse_sigmoid_grad(z, np.asarray(y).astype(int).astype(float)),
        ),
        with_epsilon(
            "the probability is cut off",
            "You keep p away from 0 and 1, or z away from large numbers. Then the gradient of a "
            "certain and wrong answer is not the tiny number that it should be. Nothing needs to "
            "be cut off: 1 / (1 + exp(-z)) is right even where exp overflows.",
            _capped_gradient,
            constants=_caps,
        ),
        Mistake(
            "the loss itself",
            "You return (p - y)², the loss. The exercise wants its derivative.",
            losses.mse_sigmoid,
        ),
        in_forms(
            "divided by N",
            "You divide by the number of examples, as the gradient of a mean would. Here each "
            "example stands alone.",
            lambda z, y: losses.mse_sigmoid_grad(z, y) / np.size(z),
            lambda z, y: losses.mse_sigmoid_grad(z, y) / len(z),
        ),
        in_forms(
            "exp overflows",
            "Your formula is right, but exp(800) is inf, and inf / inf is nan. Use p = 1 / (1 + "
            "exp(-z)), which is right there, and p (1 - p) for its slope.",
            _quiet(_naive_gradient),
            _quiet(_naive_slope),
            np.vectorize(lambda z, y: _gradient_from(1 / (1 + math.exp(-z)), y)),
            np.vectorize(lambda z, y: _gradient_from(math.exp(z) / (1 + math.exp(z)), y)),
        ),
    ),
)


# ------------------------------------------------------------------ steps_to_half

GRADIENTS = {"bce": losses.binary_cross_entropy_grad, "mse": losses.mse_sigmoid_grad}
MOST_STEPS = 40_000  # more than any case needs


def _slope(loss, z):
    """The derivative at y = 1, in plain floats: thousands of steps should take no time."""
    p = 1 / (1 + math.exp(-z))
    return p - 1 if loss == "bce" else 2 * (p - 1) * p * (1 - p)


def _count(loss, z0, learning_rate, slope=_slope, goal=0.0, strict=False):
    z, steps = float(z0), 0
    while (z <= goal if strict else z < goal) and steps < MOST_STEPS:
        z -= learning_rate * slope(loss, z)
        steps += 1
    return steps


def _step_cases(rng):
    return [
        Case(("bce", -10.0, 1.0), note="from z = -10"),
        Case(("mse", -10.0, 1.0), note="from z = -10"),
        Case(("mse", -2.0, 1.0)),
        Case(("bce", -2.0, 0.1), note="a small learning rate"),
        Case(("mse", -3.0, 0.5)),
        Case(("mse", -8.5, 1.5)),
        Case(("mse", -4, 1), note="whole numbers"),
        Case(("bce", 0.0, 1.0), note="already at one half: no step"),
        Case(("mse", 1.5, 1.0), note="already above one half: no step"),
        Case((str(rng.choice(["bce", "mse"])), -float(rng.integers(3, 8)) - 0.5, 2.0)),
    ]


def _at_least_one(*args):
    return max(1, _count(*args))


def _limits(cases, values):
    """The number at which an answer stops counting, if that is what its largest number is."""
    most = max(v for v in values if v is not None)
    return [most] if most >= 50 else []


def _downhill_in_p(loss, z0, learning_rate):
    """Descent on the probability itself, which the logit never sees."""
    p, steps = 1 / (1 + math.exp(-z0)), 0
    while p < 0.5 and steps < MOST_STEPS:
        p -= learning_rate * (-1 / p if loss == "bce" else 2 * (p - 1))
        steps += 1
    return steps


def _at_constant_speed(loss, z0, learning_rate):
    return max(0, math.ceil(-z0 / (learning_rate * -_slope(loss, z0))))


steps_to_half = Exercise(
    name="steps_to_half",
    chapter=CHAPTER,
    signature="steps_to_half(loss, z0, learning_rate)",
    task="One logit starts at `z0`; the label is 1. How many steps of plain gradient descent on "
    'the logit does it take until p = sigmoid(z) is at least 0.5? `loss` is "bce" or "mse", '
    "which is (p - y)². A whole number; 0 if p is there from the start.",
    difficulty=2,
    minutes=12,
    reference=_count,
    cases=_step_cases,
    hints=(
        "p is at least 0.5 exactly when z is at least 0. So: while z is negative, take a step "
        "and count it.",
        "A step is z = z - learning_rate * gradient. The gradient is p - 1 for cross-entropy and "
        "2 (p - 1) p (1 - p) for the squared error.",
        "z, steps = z0, 0; then while z < 0: p = 1 / (1 + exp(-z)), the gradient, the step, "
        "steps += 1; and return steps.",
    ),
    mistakes=(
        Mistake(
            "one too many",
            "You count one more than there are steps, perhaps the starting point too. From p = 0.5 "
            "itself it takes no step.",
            lambda *args: _count(*args) + 1,
        ),
        Mistake(
            "a step before the first look",
            "Right where you start below one half. But you take a step before you look whether p "
            "is there already: ask first (while z < 0), then step.",
            _at_least_one,
        ),
        Mistake(
            "stopped counting",
            "You stop at a largest number of steps. With the squared error it takes 11,034 steps "
            "from z = -10: go on until p is at 0.5, however long that takes.",
            lambda *args: min(_count(*args), 1000),
            with_constant(lambda most, *args: min(_count(*args), int(most)), constants=_limits),
        ),
        Mistake(
            "descent on the probability",
            "You move p by the derivative with respect to p. It is the logit that moves: "
            "z = z - learning_rate * (derivative with respect to z).",
            _downhill_in_p,
        ),
        Mistake(
            "above instead of at least",
            "Only where you start exactly at one half do you differ: p = 0.5 is there already. "
            "Go on while z < 0, not while z <= 0.",
            lambda *args: _count(*args, strict=True),
        ),
        Mistake(
            "half the square",
            "Your cross-entropy is right, your squared error takes twice the steps: that is "
            "½ (p - y)². Here the square has no factor, so its gradient has a 2.",
            lambda *args: _count(
                *args, slope=lambda loss, z: _slope(loss, z) / (1 if loss == "bce" else 2)
            ),
        ),
        Mistake(
            "cross-entropy for both",
            'Both losses take the same steps with you: "mse" uses p - y too. Its gradient has '
            "the factors 2 p (1 - p) besides.",
            lambda loss, z0, rate: _count("bce", z0, rate),
        ),
        Mistake(
            "the two losses exchanged",
            'You have the two gradients, under the wrong names: "bce" must be the quick one.',
            lambda loss, z0, rate: _count("mse" if loss == "bce" else "bce", z0, rate),
        ),
        Mistake(
            "the learning rate forgotten",
            "Right whenever the learning rate is 1. Multiply the gradient by it.",
            lambda loss, z0, rate: _count(loss, z0, 1.0),
        ),
        Mistake(
            "stopped at p",
            "For the squared error you step with 2 (p - y), its derivative with respect to p. "
            "Descent moves the logit, so the slope of the sigmoid belongs in.",
            lambda *args: _count(
                *args, slope=lambda loss, z: _slope("bce", z) * (1 if loss == "bce" else 2)
            ),
        ),
        Mistake(
            "at the first step's speed",
            "You divide the way by the length of the first step. The steps change on the way: "
            "with the squared error the last are a thousand times longer than the first.",
            _at_constant_speed,
        ),
        Mistake(
            "until z = 0.5",
            "You wait for the logit to reach 0.5. It is the probability that must reach it, and "
            "sigmoid(0) is 0.5.",
            lambda *args: _count(*args, goal=0.5),
        ),
    ),
)


# ------------------------------------------------------------------ brier_score


def _brier_cases(rng):
    return [
        Case((np.array([[0.7, 0.2, 0.1]]), np.array([0]))),
        Case((np.array([[1.0, 0, 0], [0, 1.0, 0]]), np.array([0, 0])), note="right; wrong"),
        Case((np.full((4, 4), 0.25), np.array([0, 1, 2, 3])), note="a uniform guess"),
        Case((np.array([[0.3, 0.7], [0.9, 0.1]]), np.array([1, 1])), note="two classes"),
        Case((rng.dirichlet(np.ones(5), size=7), rng.integers(0, 5, size=7))),
        Case((rng.dirichlet(np.ones(3), size=3), np.array([2, 0, 1])), note="N = K"),
        Case((np.array([[1, 0, 0, 0], [0, 0, 1, 0]]), np.array([0, 1])), note="whole numbers"),
    ]


def _target(p, y):
    return losses.one_hot(y, p.shape[1])


brier_score = Exercise(
    name="brier_score",
    chapter=CHAPTER,
    signature="brier_score(p, y)",
    task="The Brier score of each prediction: the sum over the classes of (p - target)², where the "
    "target is the one-hot label. `p` is (N, K), `y` (N,) integers; N numbers, each from 0 to 2.",
    difficulty=1,
    minutes=6,
    reference=losses.brier_score,
    cases=_brier_cases,
    hints=(
        "Turn each label into a row with a 1 at the label and 0 elsewhere. "
        "Then subtract, square and sum over the classes.",
        "np.eye(K)[y] gives the one-hot rows, with K = p.shape[1].",
        "((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1).",
    ),
    mistakes=(
        Mistake(
            "the mean over the classes",
            "You divide by the number of classes. The Brier score is the sum over them, so that "
            "certain and wrong costs 2 for any number of classes.",
            lambda p, y: losses.brier_score(p, y) / p.shape[1],
        ),
        Mistake(
            "half of it",
            "Half the Brier score. Some libraries scale it so for two classes; here certain and "
            "wrong costs 2.",
            lambda p, y: losses.brier_score(p, y) / 2,
        ),
        Mistake(
            "the true class only",
            "You square the distance at the true class and forget the others. Where the rest of "
            "the probability went counts too, unlike in cross-entropy.",
            lambda p, y: (1 - np.take_along_axis(p, y[:, None], axis=1)[:, 0]) ** 2,
        ),
        Mistake(
            "the mean over the examples",
            "You returned one number, the mean. This exercise wants the score of each example.",
            lambda p, y: losses.brier_score(p, y).mean(),
        ),
        in_forms(
            "one number for all",
            "You returned one number, over all examples and classes. Sum over the classes only "
            "(axis=1): one score for each example.",
            lambda p, y: ((p - _target(p, y)) ** 2).mean(),
            lambda p, y: ((p - _target(p, y)) ** 2).sum(),
        ),
        Mistake(
            "not summed over the classes",
            "You return the squares themselves, one for each class. Sum them over the classes: "
            ".sum(axis=1).",
            lambda p, y: (p - _target(p, y)) ** 2,
        ),
        Mistake(
            "summed over the examples",
            "You sum over the examples (axis 0). Sum over the classes, axis 1.",
            lambda p, y: ((p - _target(p, y)) ** 2).sum(axis=0),
        ),
        Mistake(
            "summed before squaring",
            "You sum the differences and square the sum. The differences of a row sum to 0: square "
            "each of them first.",
            lambda p, y: (p - _target(p, y)).sum(axis=1) ** 2,
        ),
        in_forms(
            "one-hot rows of the wrong length",
            "Your one-hot rows don't have a place for each class: their length comes from the "
            "number of examples or from the largest label. It is K = p.shape[1].",
            lambda p, y: ((p - np.eye(len(y))[y]) ** 2).sum(axis=1),
            lambda p, y: ((p - np.eye(int(y.max()) + 1)[y]) ** 2).sum(axis=1),
        ),
        Mistake(
            "as if there were two classes",
            "You take twice the square at the true class. That is right for two classes; with more "
            "of them it counts how the rest is shared out.",
            lambda p, y: 2 * (1 - np.take_along_axis(p, y[:, None], axis=1)[:, 0]) ** 2,
        ),
        Mistake(
            "absolute values",
            "You sum the distances without squaring them. The score is then no longer proper.",
            lambda p, y: np.abs(p - _target(p, y)).sum(axis=1),
        ),
        Mistake(
            "the square root",
            "You return the length of the difference. The Brier score is the squared length.",
            lambda p, y: np.sqrt(losses.brier_score(p, y)),
        ),
        Mistake(
            "the label as a number",
            "You subtract the class number itself, so that class 2 asks for a probability of 2. "
            "Make it a one-hot row first.",
            lambda p, y: ((p - y[:, None]) ** 2).sum(axis=1),
        ),
        Mistake(
            "1 in every row",
            "t[:, y] = 1 sets the columns of all labels in every row. Each row has one 1, in the "
            "column of its own label: t[np.arange(len(y)), y] = 1.",
            lambda p, y: ((p - np.isin(np.arange(p.shape[1]), y)) ** 2).sum(axis=1),
        ),
        Mistake(
            "softmax once more",
            "`p` are probabilities already; a second softmax flattens them.",
            lambda p, y: ((losses.softmax(p) - _target(p, y)) ** 2).sum(axis=1),
        ),
        Mistake(
            "cross-entropy",
            "That is -log p of the true class: cross-entropy, the other proper score.",
            _quiet(lambda p, y: -np.log(np.take_along_axis(p, y[:, None], axis=1)[:, 0])),
        ),
    ),
)


# ------------------------------------------------------------------ hinge_loss


def _hinge_cases(rng):
    return [
        Case((np.array([2.0, 1.0, 0.5, 0.0, -1.0, -10.0]),), note="from right to wrong"),
        Case((np.array([1.5, 30.0]),), note="past the margin: loss 0"),
        Case((np.array([3, 1, 0, -2]),), note="whole numbers"),
        Case((rng.normal(scale=2, size=12),)),
        Case((rng.normal(scale=2, size=(3, 4)),), note="a 2-D array"),
    ]


hinge_loss = Exercise(
    name="hinge_loss",
    chapter=CHAPTER,
    signature="hinge_loss(margin)",
    task="The hinge loss of each margin (the score times the label, which is -1 or 1): zero from "
    "a margin of 1 on, and below it a straight line that rises by 1 for each unit.",
    difficulty=1,
    minutes=4,
    reference=losses.hinge_loss,
    cases=_hinge_cases,
    hints=(
        "At a margin of 1 the loss is 0. One unit further down it is 1, two units 2. "
        "Which straight line is that, and where must you cut it off?",
        "The line is 1 - margin. Nothing may become negative.",
        "np.maximum(0, 1 - margin).",
    ),
    mistakes=(
        Mistake(
            "the perceptron's loss",
            "You cut off at 0: max(0, -margin) is the perceptron's loss. The hinge also asks for "
            "a margin of 1 where the sign is right.",
            lambda margin: np.maximum(0, -margin),
        ),
        Mistake(
            "the line goes on",
            "Past the margin your loss is negative, so being ever more right would be rewarded "
            "for ever. Cut it off at 0.",
            lambda margin: 1 - margin,
        ),
        in_forms(
            "squared hinge",
            "That is the squared hinge (or half of it). It is a loss too, but its slope grows with "
            "the violation.",
            lambda margin: np.maximum(0, 1 - margin) ** 2,
            lambda margin: np.maximum(0, 1 - margin) ** 2 / 2,
        ),
        Mistake(
            "only where the sign is wrong",
            "Your line begins at a margin of 0. A margin between 0 and 1 has the right sign, but "
            "falls short of 1, and costs what is missing.",
            lambda margin: np.where(margin < 0, 1 - margin, 0),
        ),
        in_forms(
            "the margin itself",
            "You return the margin where it is below 1. What is missing to 1 is 1 - margin.",
            lambda margin: np.where(margin > 1, 0, margin),
            lambda margin: np.where(margin >= 1, 0, margin),
        ),
        Mistake(
            "the smaller of the two",
            "You take the smaller of 0 and 1 - margin. A loss is not negative: take the larger.",
            lambda margin: np.minimum(0, 1 - margin),
        ),
        Mistake(
            "absolute value",
            "With |1 - margin| a prediction that is more right than needed pays as well. "
            "Only what is missing to 1 should cost.",
            lambda margin: np.abs(1 - margin),
        ),
        Mistake(
            "the margin's sign is flipped",
            "Your loss grows with the margin. A positive margin means a right sign.",
            lambda margin: np.maximum(0, 1 + margin),
        ),
        Mistake(
            "cut off above",
            "You also cut the loss at 1: very wrong costs no more than undecided, and has no "
            "slope there.",
            lambda margin: np.clip(1 - margin, 0, 1),
        ),
        in_forms(
            "errors counted",
            "You count 1 for a wrong sign and 0 for a right one. That has no slope to follow.",
            lambda margin: (margin <= 0).astype(float),
            lambda margin: (margin < 0).astype(float),
            lambda margin: (margin < 1).astype(float),
        ),
        in_forms(
            "a smooth hinge",
            "That is a softplus, log(1 + exp(...)), as binary cross-entropy has it: the hinge's "
            "smooth relative. The hinge has a corner, and is 0 past it.",
            lambda margin: losses.softplus(-margin),
            lambda margin: losses.softplus(1.0 - margin),
        ),
        Mistake(
            "the mean",
            "You returned one number, the mean. This exercise wants the loss of each margin.",
            lambda margin: np.maximum(0, 1 - margin).mean(),
        ),
        Mistake(
            "cut off above",
            "You also cut the loss at 1: very wrong costs no more than undecided, and has no "
            "slope there.",
            lambda margin: np.clip(1 - margin, 0, 2),
        ),
    ),
)


# ------------------------------------------------------------------ largest_mse_gradient_p

largest_mse_gradient_p = Exercise(
    name="largest_mse_gradient_p",
    chapter=CHAPTER,
    signature="largest_mse_gradient_p",
    task="The label is 1. At which probability p is the gradient of the squared error (p - y)² "
    "with respect to the logit largest in size? Four decimals are enough.",
    difficulty=2,
    minutes=8,
    reference=lambda: 1 / 3,
    atol=5.1e-5,  # half of the fourth decimal
    hints=(
        "With y = 1 the size of the gradient is 2 (1 - p) p (1 - p). It is 0 at both ends, so "
        "the maximum lies between.",
        "Differentiate p (1 - p)² with respect to p and set it to zero. Or compute it on a fine "
        "grid and ask for its argmax.",
        "The derivative is (1 - p)² - 2 p (1 - p) = (1 - p)(1 - 3 p). Which of its two zeros is "
        "the maximum?",
    ),
    mistakes=(
        Mistake(
            "where the sigmoid is steepest",
            "That is where p (1 - p) alone is largest. The error 1 - p multiplies it, and is "
            "larger at smaller p.",
            0.5,
        ),
        Mistake(
            "at the largest error",
            "At p = 0 the error is largest, and the gradient is zero: there the sigmoid is flat.",
            0.0,
        ),
        Mistake(
            "the minimum",
            "At p = 1 the gradient is zero: the prediction is right. It is the other zero of the "
            "derivative.",
            1.0,
        ),
        in_forms(
            "the size instead of the place",
            "That is how large the gradient is there (perhaps without its factor 2, or with its "
            "sign). The exercise asks where.",
            lambda: float(-losses.mse_sigmoid_grad(losses.logit(1 / 3), 1.0)),
            lambda: -8 / 27,
            lambda: 4 / 27,
            lambda: -4 / 27,
        ),
        Mistake(
            "in per cent",
            "That is the place in per cent. A probability lies between 0 and 1.",
            100 / 3,
            echo_if(lambda value, args: abs(value - 100 / 3) < 0.4),
        ),
        Mistake(
            "too few decimals",
            "You are near, but four decimals are asked for. Make the grid finer, or differentiate "
            "by hand.",
            0.33,
            echo_if(lambda value, args: abs(value - 1 / 3) < 0.02),
        ),
        Mistake(
            "for the label 0",
            "That is the place for y = 0, the mirror image. Here y = 1.",
            2 / 3,
        ),
        Mistake(
            "the logit instead of the probability",
            "That is the logit of the place. Put it through the sigmoid.",
            lambda: float(losses.logit(1 / 3)),
        ),
        Mistake(
            "the factor (1 - p) once too often",
            "You maximised p (1 - p)³. The error gives one factor 1 - p, the sigmoid's slope one "
            "more: two in all.",
            0.25,
        ),
    ),
)


EXERCISES = (mse_sigmoid_grad, steps_to_half, brier_score, hinge_loss, largest_mse_gradient_p)
