"""The exercises of chapter 08: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import numpy as np

from ce_course import imbalance, losses
from ce_course.checks.compare import show
from ce_course.checks.exercise import Case, Exercise, Mistake

CHAPTER = "08_imbalance_and_focal_loss"


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
        Mistake(
            "the frequency itself",
            "Your weights grow with the frequency. The rare class needs the large weight: "
            "divide by the count.",
            lambda counts: len(counts) * counts / counts.sum(),
        ),
        Mistake(
            "the largest class has weight 1",
            "You divided the largest count by each count. Here the weights are scaled so that "
            "those of all N examples add up to N.",
            lambda counts: counts.max() / counts,
        ),
        Mistake(
            "the square root",
            "You took a square root. That is a softer choice that people make; here the classes "
            "shall have equal total weight.",
            lambda counts: np.sqrt(counts.sum() / (len(counts) * counts)),
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
        Case((rng.normal(scale=3, size=(8, 4)), rng.integers(0, 4, 8), rng.uniform(0.1, 9, 4))),
    ]


def _per_example(z, y, weight):
    return weight[y] * losses.cross_entropy_from_logits(z, y)


def _naive_weighted(z, y, weight):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    w = weight[y]
    return (w * -np.log(p[np.arange(len(y)), y])).sum() / w.sum()


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
        Mistake(
            "one loss per example",
            "You returned the losses of the examples. One number is wanted: their weighted mean.",
            _per_example,
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
        Mistake(
            "exp overflows",
            "Your formula is right, but exp(1000) is inf. Subtract each row's largest logit "
            "first, and take the logarithm of the sum, not of the probability.",
            _quiet(_naive_weighted),
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
        Mistake(
            "through the probability",
            "Your formula is right, but p rounds to 1 at a logit of 40 and to 0 at -800, and then "
            "1 - p and log p are wrong. Compute both from the logit.",
            _quiet(_probability_focal),
        ),
        Mistake(
            "p_t to the power of gamma",
            "You weigh with p_t^gamma, which keeps the easy examples and drops the hard ones. "
            "It is (1 - p_t)^gamma.",
            lambda z, y, gamma, alpha: (
                _alpha(y, alpha)
                * np.exp(-gamma * losses.softplus(-_margin(z, y)))
                * losses.softplus(-_margin(z, y))
            ),
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
        Mistake(
            "the probability of class 1 for both labels",
            "You weigh with (1 - p)^gamma for both labels. For y = 0 the probability of the truth "
            "is 1 - p, so the weight is p^gamma.",
            lambda z, y, gamma, alpha: (
                _alpha(y, alpha)
                * np.exp(-gamma * losses.softplus(z))
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
        Case((rng.normal(scale=2, size=8), (rng.random(8) < 0.5).astype(int), 5.0)),
        Case((rng.normal(size=(2, 3)), np.array([[0, 1, 1], [1, 0, 0]]), 1.0)),
    ]


def _focal_weight(z, y, gamma):
    return np.exp(-gamma * losses.softplus(_margin(z, y)))


def _usual_focal_grad(z, y, gamma):
    """What automatic differentiation makes of (1 - exp(-ce))^gamma · ce."""
    m = _margin(z, y)
    ce = losses.softplus(-m)
    p_t = np.exp(-ce)
    by_ce = (1 - p_t) ** gamma + gamma * (1 - p_t) ** (gamma - 1) * p_t * ce
    return by_ce * losses.binary_cross_entropy_grad(z, y)


def _focal_differences(z, y, gamma, step=1e-5):
    ahead, behind = losses.focal_loss(z + step, y, gamma), losses.focal_loss(z - step, y, gamma)
    return (ahead - behind) / (2 * step)


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
            lambda z, y, gamma: _focal_weight(z, y, gamma) * losses.binary_cross_entropy_grad(z, y),
        ),
        Mistake(
            "the gradient of cross-entropy",
            "That is p - y, the case gamma = 0.",
            lambda z, y, gamma: losses.binary_cross_entropy_grad(z, y),
        ),
        Mistake(
            "a power of 0: gamma - 1",
            "Your formula has (1 - p_t)^(gamma - 1) in it. Where p_t rounds to 1 that is "
            "0^(-0.5) = inf, and inf times 0 is nan. Multiply it out: (1 - p_t)^gamma is enough.",
            _quiet(_usual_focal_grad),
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
            lambda z, y, gamma: (
                losses.focal_loss_grad(z, y, gamma)
                - _focal_weight(z, y, gamma) * losses.binary_cross_entropy_grad(z, y)
            ),
        ),
        Mistake(
            "a difference in the second term",
            "The two terms have the same sign: both the weight and the loss fall as the example "
            "gets easier. -log p_t is positive, log p_t is not.",
            lambda z, y, gamma: (
                2 * _focal_weight(z, y, gamma) * losses.binary_cross_entropy_grad(z, y)
                - losses.focal_loss_grad(z, y, gamma)
            ),
        ),
        Mistake(
            "finite differences",
            "A difference quotient is good for a check (chapter 04), but it loses half the "
            "digits, and all of them where the loss is tiny. Derive the formula.",
            _quiet(_focal_differences),
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
        Case((float(rng.uniform(0.02, 0.45)), float(rng.uniform(0.5, 4)))),
    ]


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
        Mistake(
            "the weights held fixed",
            "You set the scaled gradients equal, as if the weights (1 - p)^gamma and p^gamma did "
            "not depend on p. Minimise the expected loss itself.",
            _scaled_minimiser,
        ),
        Mistake(
            "the classes exchanged",
            "That is one minus the answer: eta belongs to the term with -log p.",
            lambda eta, gamma: 1 - float(losses.focal_minimiser(eta, gamma)),
        ),
        Mistake(
            "gamma fixed at 2",
            "Right for gamma = 2 only. Use the argument.",
            lambda eta, gamma: float(losses.focal_minimiser(eta, 2.0)),
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


def _grid_minimiser(eta, weights):
    one, zero = weights(_GRID)
    expected = -eta * one * np.log(_GRID) - (1 - eta) * zero * np.log1p(-_GRID)
    return float(_GRID[expected.argmin()])


# ------------------------------------------------------------------ best_threshold


def _threshold_cases(rng):
    y = (rng.random(400) < 0.1).astype(int)
    p = losses.sigmoid(rng.normal(size=400) + 2.2 * y - 3.2)  # nearly calibrated
    shifted = losses.sigmoid(losses.logit(p) + 2.0)  # as if trained with class weights
    small_p, small_y = np.array([0.1, 0.2, 0.35, 0.35, 0.6, 0.8]), np.array([0, 1, 0, 1, 0, 1])
    return [
        Case((small_p, small_y, 1.0, 1.0), note="equal costs, a tie"),
        Case((small_p, small_y, 1.0, 10.0), note="a miss costs ten times as much"),
        Case((small_p, small_y, 10.0, 1.0), note="a false alarm costs ten times as much"),
        Case((np.array([0.2, 0.7, 0.9]), np.array([0, 0, 0]), 1.0, 5.0), note="no positives"),
        Case((np.array([0.2, 0.7, 0.9]), np.array([1, 1, 1]), 1.0, 1.0), note="all positive"),
        Case((p, y, 1.0, 9.0), note="400 examples"),
        Case((shifted, y, 1.0, 4.0), note="400 examples, probabilities too high"),
    ]


def _cost(p, y, threshold, cost_fp, cost_fn):
    yes = p >= threshold
    return float(cost_fp * (yes & (y == 0)).sum() + cost_fn * (~yes & (y == 1)).sum())


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


def _search(p, y, cost, candidates=None):
    candidates = np.append(np.unique(p), np.inf) if candidates is None else candidates
    return float(min(candidates[::-1], key=lambda t: cost(p, y, t)))


def _strict_cost(p, y, threshold, cost_fp, cost_fn):
    yes = p > threshold
    return float(cost_fp * (yes & (y == 0)).sum() + cost_fn * (~yes & (y == 1)).sum())


def _f1_lack(p, y, threshold):
    yes = p >= threshold
    hits = (yes & (y == 1)).sum()
    return -2 * hits / max(1, yes.sum() + y.sum())


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
            "the costs exchanged",
            "You charge cost_fn for false alarms and cost_fp for misses.",
            lambda p, y, cost_fp, cost_fn: _search(
                p, y, lambda p, y, t: _cost(p, y, t, cost_fn, cost_fp)
            ),
        ),
        Mistake(
            "the costs ignored",
            "You count mistakes, whatever they cost. Weigh false alarms with cost_fp and misses "
            "with cost_fn.",
            lambda p, y, cost_fp, cost_fn: _search(p, y, lambda p, y, t: _cost(p, y, t, 1, 1)),
        ),
        Mistake(
            "always yes or sometimes yes",
            "Never saying yes is a rule, too. Add a candidate above all p.",
            lambda p, y, cost_fp, cost_fn: _search(
                p, y, lambda p, y, t: _cost(p, y, t, cost_fp, cost_fn), np.unique(p)
            ),
        ),
        Mistake(
            "above instead of from",
            "You compute the costs of `p > t`. The rule is `p >= t`: an example whose p is the "
            "threshold gets a yes.",
            lambda p, y, cost_fp, cost_fn: _search(
                p,
                y,
                lambda p, y, t: _strict_cost(p, y, t, cost_fp, cost_fn),
                np.append(-np.inf, np.unique(p)),
            ),
        ),
        Mistake(
            "the largest F1",
            "You maximise F1. It has no costs in it; minimise the total cost.",
            lambda p, y, cost_fp, cost_fn: _search(p, y, _f1_lack),
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
        Case((float(rng.uniform(0.05, 0.45)),)),
    ]


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
        Mistake(
            "log pi",
            "log pi is close to it for small pi. Divide by 1 - pi inside the logarithm: at "
            "pi = 0.5 the bias is 0.",
            lambda pi: np.log(pi),
        ),
        Mistake(
            "the odds",
            "pi / (1 - pi) are the odds. The bias is their logarithm.",
            lambda pi: pi / (1 - pi),
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
        Case((rng.random(6), float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.01, 0.15)))),
    ]


def _ratios(train, true):
    return true / train, (1 - true) / (1 - train)


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
        Mistake(
            "scaled and not normalised",
            "You multiply p by true / train. Class 0's probability changes too, and the two must "
            "add up to 1 again.",
            lambda p, train, true: p * true / train,
        ),
        Mistake(
            "class 0 left as it was",
            "You rescale class 1 by true / train and normalise, but class 0 needs its own factor, "
            "(1 - true) / (1 - train).",
            _one_sided,
        ),
        Mistake(
            "shifted on the scale of p",
            "You add the difference of the priors to p. The shift is constant on the log-odds.",
            lambda p, train, true: p + true - train,
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
        Mistake(
            "clipped first",
            "You clip p away from 0 and 1 before you take logarithms. A certain prediction stays "
            "certain: the logarithm of 0 is -inf, and the sigmoid of that is 0.",
            lambda p, train, true: imbalance.correct_prior_shift(
                np.clip(p, 1e-7, 1 - 1e-7), train, true
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
        Case((p, np.zeros(6), 0.5, 0.5), note="an empty mask, something claimed"),
        Case((np.zeros(6), np.zeros(6), 0.5, 0.5), note="nothing there, nothing claimed"),
        Case((rng.random((3, 20)), masks, 0.2, 0.9), note="three pictures"),
    ]


def _counts(p, y):
    return (p * y).sum(axis=-1), (p * (1 - y)).sum(axis=-1), ((1 - p) * y).sum(axis=-1)


def _tversky(hit, false, missed, alpha, beta, smooth=0.0):
    return 1 - (hit + smooth) / (hit + alpha * false + beta * missed + smooth)


def _empty_is_fine(function):
    """With 0/0 taken as no loss, as the reference does."""

    def filled(p, y, alpha, beta):
        with np.errstate(all="ignore"):
            value = np.asarray(function(p, y, alpha, beta))
        return np.where(np.isnan(value), 0.0, value)[()]

    return filled


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
        Mistake(
            "0 / 0",
            "Right but for the picture where nothing is there and nothing is claimed: 0 / 0 is "
            "nan. Nothing is wrong there, so the loss is 0.",
            _quiet(lambda p, y, alpha, beta: _tversky(*_counts(p, y), alpha, beta)),
        ),
        Mistake(
            "alpha and beta exchanged",
            "alpha belongs to the false positives, beta to the false negatives.",
            lambda p, y, alpha, beta: losses.tversky_loss(p, y, beta, alpha),
        ),
        Mistake(
            "the index",
            "You return the Tversky index, 1 for a perfect mask. The loss is one minus it.",
            lambda p, y, alpha, beta: 1 - losses.tversky_loss(p, y, alpha, beta),
        ),
        Mistake(
            "a smoothing constant of 1",
            "You add 1 above and below. In a small picture that changes the loss a good deal: "
            "an empty mask with something claimed must cost 1.",
            lambda p, y, alpha, beta: _tversky(*_counts(p, y), alpha, beta, 1.0),
        ),
        Mistake(
            "a small smoothing constant",
            "You add a small constant above and below. It is nearly right; without it, and with "
            "the empty case on its own, it is right.",
            lambda p, y, alpha, beta: _tversky(*_counts(p, y), alpha, beta, 1e-6),
        ),
        Mistake(
            "the Dice loss",
            "You have no alpha and beta in it: that is the case 1/2 and 1/2.",
            lambda p, y, alpha, beta: losses.dice_loss(p, y),
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
            "no hits in the denominator",
            "The denominator has TP in it as well: TP + alpha FP + beta FN.",
            _empty_is_fine(
                lambda p, y, alpha, beta: (
                    1 - _counts(p, y)[0] / (alpha * _counts(p, y)[1] + beta * _counts(p, y)[2])
                )
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
