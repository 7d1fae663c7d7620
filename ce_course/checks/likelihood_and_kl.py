"""The exercises of chapter 06: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import math
from functools import cache
from types import FunctionType

import numpy as np

from ce_course import information, likelihood, losses, scoring
from ce_course.checks import trial_scores
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import EPSILONS, echo_if, in_forms, with_epsilon

CHAPTER = "06_likelihood_and_kl"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


# ------------------------------------------------------------------ bernoulli_log_likelihood


def _flips(rng, n, theta):
    return (rng.random(n) < theta).astype(int)


def _bernoulli_cases(rng):
    return [
        Case((0.7, np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1])), note="7 heads in 10"),
        Case((0.5, np.array([1])), note="one flip of a fair coin"),
        Case((0.0, np.array([0, 0, 0])), note="impossible heads, and none came"),
        Case((1.0, np.array([1, 1, 0])), note="impossible tails, and one came"),
        Case((1.0, np.array([1, 1])), note="impossible tails, and none came"),
        Case((0.0, np.array([0, 1])), note="impossible heads, and one came"),
        Case((1e-9, np.array([0, 1, 0])), note="a very rare one came"),
        Case((0.3, np.array([0, 0, 0, 0])), note="only tails"),
        Case((0.6, np.tile([1, 0, 1], 700)), note="2100 flips: the likelihood underflows"),
        Case((float(rng.uniform(0.05, 0.4)), _flips(rng, 25, 0.3))),
    ]


def _log_product(theta, y):
    return np.log(np.prod(np.where(y == 1, theta, 1 - theta)))


def _plain_sum(theta, y):
    return (y * np.log(theta) + (1 - y) * np.log(1 - theta)).sum()


def _of_counts(theta, y, log=np.log):
    """k log theta + (N - k) log(1 - theta), as it stands."""
    k = int(y.sum())
    return k * log(theta) + (len(y) - k) * log(1 - theta)


def _each_by_math(theta, y):
    return sum(math.log(theta) if flip == 1 else math.log(1 - theta) for flip in y)


def _where_sum(theta, y):
    return np.log(np.where(y == 1, theta, 1 - theta)).sum()


def _at_the_ends(value):
    """The sum, but `value` where theta is 0 or 1."""
    return lambda theta, y: value if theta in (0, 1) else _of_counts(theta, y)


def _terms_by_theta(theta, y):
    """A term is left out where its probability is 0, not where its count is."""
    k = int(y.sum())
    total = k * np.log(theta) if theta > 0 else 0.0
    return total + ((len(y) - k) * np.log(1 - theta) if theta < 1 else 0.0)


def _binomial(theta, y):
    n, k = len(y), int(y.sum())
    orders = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return likelihood.bernoulli_log_likelihood(theta, y) + orders


bernoulli_log_likelihood = Exercise(
    name="bernoulli_log_likelihood",
    chapter=CHAPTER,
    signature="bernoulli_log_likelihood(theta, y)",
    task="The log of the probability, in nats, of getting exactly the flips `y` (N zeros and ones, "
    "in this order) from a coin with probability `theta` of a one. One number, at most 0. "
    "-inf where the flips are impossible; thousands of flips must not underflow.",
    difficulty=2,
    minutes=8,
    reference=likelihood.bernoulli_log_likelihood,
    cases=_bernoulli_cases,
    hints=(
        "Independent flips multiply. Take the logarithm of each factor before you combine them.",
        "With k ones among N flips: k · log(theta) + (N - k) · log(1 - theta). "
        "What should happen if k = 0 and theta = 0?",
        "Add a term only if its count is not 0: start with total = 0.0, and if k > 0 add "
        "k * np.log(theta), if k < N add (N - k) * np.log(1 - theta).",
    ),
    mistakes=(
        in_forms(
            "the log of the product",
            "You multiply the probabilities first and take the log at the end. Two thousand "
            "factors below 1 are rounded to 0, and its log is -inf. Add logs instead.",
            _quiet(_log_product),
            _quiet(lambda theta, y: np.log(theta ** y.sum() * (1 - theta) ** (len(y) - y.sum()))),
        ),
        in_forms(
            "0 log 0 gives nan",
            "theta is 0 and no one came (or 1, and no zero): 0 · log 0 is nan in floating point. "
            "Add a term only for a side that came up.",
            _quiet(_of_counts),
            _quiet(_plain_sum),
        ),
        in_forms(
            "math.log refuses 0",
            "math.log(0) raises an error. Where a flip that cannot happen came, -inf is the right "
            "answer: np.log(0) gives it, or return -math.inf yourself. A side that never came "
            "adds nothing.",
            lambda theta, y: _of_counts(theta, y, math.log),
            _each_by_math,
        ),
        in_forms(
            "theta 0 and 1 on their own",
            "You treat theta = 0 and 1 as a case of its own, or leave a term out where its "
            "probability is 0. It depends on the flips: if what cannot happen came, the answer is "
            "-inf; if not, that side adds nothing. Ask whether a side came up.",
            _at_the_ends(0.0),
            _at_the_ends(-np.inf),
            _terms_by_theta,
        ),
        in_forms(
            "nan or inf turned into a number",
            "np.nan_to_num makes a number of what is infinite, too. Flips that cannot happen have "
            "the log-likelihood -inf, and it should stay.",
            _quiet(
                lambda theta, y: np.nan_to_num(
                    y * np.log(theta) + (1 - y) * np.log(1 - theta)
                ).sum()
            ),
            _quiet(lambda theta, y: np.nan_to_num(_plain_sum(theta, y))),
            _quiet(lambda theta, y: np.nan_to_num(_of_counts(theta, y))),
            _quiet(lambda theta, y: np.nan_to_num(_where_sum(theta, y))),
        ),
        Mistake(
            "the two sides exchanged",
            "theta is the probability of a one, 1 - theta that of a zero. You have it the other "
            "way round.",
            _quiet(lambda theta, y: np.log(np.where(y == 1, 1 - theta, theta)).sum()),
        ),
        Mistake(
            "not added up",
            "You return a log for each flip. The probability of all of them is a product: add the "
            "logs up.",
            _quiet(lambda theta, y: np.log(np.where(y == 1, theta, 1 - theta))),
        ),
        Mistake(
            "theta estimated from the flips",
            "You take the share of ones in place of theta. theta is given.",
            _quiet(lambda theta, y: likelihood.bernoulli_log_likelihood(np.mean(y), y)),
        ),
        Mistake(
            "the likelihood, not its log",
            "You return the probability itself. Its log is asked for: "
            "the probability is too small for a float where there are many flips.",
            _quiet(lambda theta, y: np.prod(np.where(y == 1, theta, 1 - theta))),
        ),
        in_forms(
            "the mean",
            "You divide by N. That is minus the binary cross-entropy, one flip's share. "
            "The log-likelihood belongs to all flips together: their sum.",
            lambda theta, y: likelihood.bernoulli_log_likelihood(theta, y) / len(y),
            _quiet(lambda theta, y: _of_counts(theta, y) / len(y)),
            _quiet(lambda theta, y: _plain_sum(theta, y) / len(y)),
        ),
        in_forms(
            "the sign is turned",
            "You return the negative log-likelihood, which is a loss. "
            "A log-probability is never positive.",
            lambda theta, y: -likelihood.bernoulli_log_likelihood(theta, y),
            _quiet(lambda theta, y: -_of_counts(theta, y)),
            _quiet(lambda theta, y: -_plain_sum(theta, y)),
        ),
        in_forms(
            "the mean binary cross-entropy",
            "You return the binary cross-entropy: sign turned and divided by N. "
            "The log-likelihood is minus N times that.",
            lambda theta, y: -likelihood.bernoulli_log_likelihood(theta, y) / len(y),
            _quiet(lambda theta, y: -_of_counts(theta, y) / len(y)),
            _quiet(lambda theta, y: -_plain_sum(theta, y) / len(y)),
        ),
        in_forms(
            "all orders are counted",
            "You add the log of the binomial coefficient. That is the probability of k ones in "
            "any order; here the order is given.",
            _binomial,
            _quiet(
                lambda theta, y: _of_counts(theta, y) + _binomial(0.5, y) + len(y) * math.log(2)
            ),
        ),
        Mistake(
            "in bits",
            "You take the logarithm to base 2. Nats are asked for: np.log.",
            lambda theta, y: likelihood.bernoulli_log_likelihood(theta, y) / math.log(2),
        ),
        with_epsilon(
            "a small number added inside the logarithm",
            "You add something like 1e-12 to the probabilities, or cut them off there. Flips that "
            "cannot happen then look "
            "merely unlikely. Their log-likelihood is -inf, which is the right answer.",
            lambda e, theta, y: (y * np.log(theta + e) + (1 - y) * np.log(1 - theta + e)).sum(),
            lambda e, theta, y: _plain_sum(np.clip(theta, e, 1 - e), y),
            lambda e, theta, y: (
                y * np.log(max(theta, e)) + (1 - y) * np.log(max(1 - theta, e))
            ).sum(),
            constants=lambda cases, values: [np.exp(values[3]), *EPSILONS],
        ),
        in_forms(
            "only the ones count",
            "You leave the zeros out. A zero has probability 1 - theta, and that is evidence too.",
            _quiet(lambda theta, y: y.sum() * np.log(theta) if y.any() else 0.0),
            _quiet(lambda theta, y: y.sum() * np.log(theta)),
            _quiet(lambda theta, y: (y * np.log(theta)).sum()),
        ),
    ),
)

# ------------------------------------------------------------------ categorical_mle


def _mle_cases(rng):
    return [
        Case((np.array([2, 3, 5]),), note="ten throws, three sides"),
        Case((np.array([4, 0, 4, 0]),), note="two sides that never came"),
        Case((np.array([7]),), note="a die with one side"),
        Case((np.array([1, 999_999]),), note="a million throws"),
        Case((np.array([3, 0]),), note="one side only"),
        Case((rng.integers(1, 50, size=6),)),
    ]


def _added(cases, values):
    """What is added to the counts 4, 0, 4, 0: it shows itself in the probability of a side of 0."""
    p = np.asarray(values[1], dtype=float)[1]
    guesses = [8 * p / (1 - 4 * p), 8 * p, p, p / (1 - 2 * p), 1.0]
    return [a for a in guesses if 0 < a < 100]


categorical_mle = Exercise(
    name="categorical_mle",
    chapter=CHAPTER,
    signature="categorical_mle(counts)",
    task="A die with K sides was thrown; side k came `counts[k]` times. Return the distribution, "
    "shape (K,), that makes these throws most likely.",
    difficulty=1,
    minutes=3,
    reference=likelihood.categorical_mle,
    cases=_mle_cases,
    hints=(
        "For a coin the likeliest theta was the share of heads. Guess, then see why Gibbs' "
        "inequality makes it so.",
        "The log-likelihood is -N · [H(shares) + KL(shares‖model)]. Only the KL can be changed, "
        "and it is 0 for model = shares.",
        "Divide the counts by their sum: counts / counts.sum().",
    ),
    mistakes=(
        Mistake(
            "all sides alike",
            "You return 1/K for each side, whatever was thrown. The throws are the evidence.",
            lambda counts: np.full(len(counts), 1 / len(counts)),
        ),
        with_epsilon(
            "one added to each count",
            "You add 1 to each count (Laplace's rule), or another number. That is often wise, but "
            "it is not maximum likelihood: a side that never came gets probability 0 here.",
            lambda a, counts: (counts + a) / (counts + a).sum(),
            lambda a, counts: (counts + a) / counts.sum(),
            lambda a, counts: counts / counts.sum() + a,
            lambda a, counts: (lambda p: p / p.sum())(np.maximum(counts / counts.sum(), a)),
            lambda a, counts: np.maximum(counts / counts.sum(), a),
            default=1.0,
            constants=_added,
        ),
        with_epsilon(
            "something added to the sum",
            "You add something to the sum, against a division by 0. Then the probabilities do not "
            "sum to one. There is at least one throw: divide by the sum itself.",
            lambda e, counts: counts / (counts.sum() + e),
            default=1.0,
            constants=(1.0, -1.0, *(10.0**-k for k in range(1, 9))),
        ),
        Mistake(
            "divided by the number of sides",
            "You divide by K, the number of sides. Divide by the number of throws.",
            lambda counts: counts / len(counts),
        ),
        Mistake(
            "added up side by side",
            "You return cumulated shares. The share of each side on its own is asked for.",
            lambda counts: np.cumsum(counts) / counts.sum(),
        ),
        Mistake(
            "in per cent",
            "You return per cent. Probabilities sum to one.",
            lambda counts: 100 * counts / counts.sum(),
        ),
        in_forms(
            "softmax of the counts",
            "You take a softmax of the counts. They are not logits: their logarithms would be.",
            losses.softmax,
            _quiet(lambda counts: np.exp(counts) / np.exp(counts).sum()),
        ),
        in_forms(
            "the most frequent side takes all",
            "You put all probability on the most frequent side. Then every other throw that you "
            "saw was impossible: likelihood 0.",
            lambda counts: (np.arange(len(counts)) == counts.argmax()).astype(float),
            lambda counts: (counts == counts.max()).astype(float),
            lambda counts: counts.argmax(),
        ),
        in_forms(
            "rounded",
            "You round the shares, or divide whole numbers whole. Return counts / counts.sum() "
            "as it is.",
            lambda counts: counts // counts.sum(),
            *(lambda counts, d=d: np.round(counts / counts.sum(), d) for d in (4, 3, 2, 6, 5)),
        ),
        Mistake(
            "divided by the largest count",
            "You divide by the largest count. The result does not sum to one: divide by the sum.",
            lambda counts: counts / counts.max(),
        ),
        Mistake(
            "scaled to length one",
            "You divide by the Euclidean norm. Probabilities sum to one; "
            "it is not their squares that do.",
            lambda counts: counts / np.sqrt((counts.astype(float) ** 2).sum()),
        ),
        Mistake(
            "the counts themselves",
            "You return the counts. Divide by their sum to get probabilities.",
            lambda counts: counts * 1.0,
        ),
        Mistake(
            "the logarithm of the shares",
            "You return log-probabilities. Probabilities are asked for.",
            _quiet(lambda counts: np.log(counts / counts.sum())),
        ),
    ),
)

# ------------------------------------------------------------------ kl_gaussian


def _gaussian_cases(rng):
    return [
        Case((0.0, 1.0, 1.0, 1.0), note="same width, one standard deviation apart: 1/2"),
        Case((0.0, 1.0, 0.0, 2.0), note="same mean, the second twice as wide"),
        Case((3.0, 0.5, 3.0, 0.5), note="the same Gaussian twice"),
        Case((-1.0, 3.0, 2.0, 0.5), note="a wide one seen from a narrow one"),
        Case((2, 1, 0, 3), note="whole numbers"),
        Case((200.0, 0.1, 200.3, 0.2), note="far from 0, and narrow"),
        Case((*rng.normal(size=1).tolist(), 0.7, *rng.normal(size=1).tolist(), 1.9)),
    ]


def _kl(mu1, sigma1, mu2, sigma2):
    """The closed form as most books print it; wrong variants are written with it."""
    return np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5


kl_gaussian = Exercise(
    name="kl_gaussian",
    chapter=CHAPTER,
    signature="kl_gaussian(mu1, sigma1, mu2, sigma2)",
    task="KL(N(mu1, sigma1²) ‖ N(mu2, sigma2²)), in nats. The sigmas are standard deviations. "
    "Derive it: the mean, under the first Gaussian, of the difference of the two log-densities.",
    difficulty=2,
    minutes=12,
    points=2,
    reference=information.kl_gaussian,
    cases=_gaussian_cases,
    hints=(
        "log of the density: -log(sigma) - log(√(2π)) - (x - mu)² / (2 sigma²). Subtract, then "
        "average over x from the first Gaussian.",
        "Under the first Gaussian, (x - mu1)² averages sigma1² and (x - mu2)² averages "
        "sigma1² + (mu1 - mu2)².",
        "np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2)**2) / (2 * sigma2**2) - 0.5 "
        "is the whole of it.",
    ),
    mistakes=(
        Mistake(
            "the other direction",
            "This is KL(second ‖ first). The average is taken under the first one, and it is the "
            "second one's variance that stands in the denominator.",
            lambda m1, s1, m2, s2: _kl(m2, s2, m1, s1),
        ),
        Mistake(
            "the sigmas taken for variances",
            "You use sigma where sigma² belongs (and half the log of their ratio). "
            "The sigmas are standard deviations: square them.",
            lambda m1, s1, m2, s2: _kl(m1, math.sqrt(s1), m2, math.sqrt(s2)),
        ),
        Mistake(
            "the one half is missing",
            "Two equal Gaussians give 1/2 instead of 0: the -1/2, which comes from averaging "
            "(x - mu1)² / (2 sigma1²), is missing.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) + 0.5,
        ),
        Mistake(
            "the ratio in the log is upside down",
            "Your log has the wrong sign: it is log(sigma2 / sigma1).",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) - 2 * np.log(s2 / s1),
        ),
        Mistake(
            "the factor 2 is missing",
            "Below the mean square stands 2 sigma2²: the log-density has (x - mu)² / (2 sigma²).",
            lambda m1, s1, m2, s2: np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / s2**2 - 0.5,
        ),
        Mistake(
            "1 in place of 1/2",
            "You subtract 1. The first log-density averages to -1/2, beside its other terms: "
            "subtract 1/2.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) - 0.5,
        ),
        in_forms(
            "the means' difference not squared",
            "The means enter by (mu1 - mu2)², the square of their difference.",
            lambda m1, s1, m2, s2: np.log(s2 / s1) + (s1**2 + abs(m1 - m2)) / (2 * s2**2) - 0.5,
            lambda m1, s1, m2, s2: np.log(s2 / s1) + (s1**2 + m1 - m2) / (2 * s2**2) - 0.5,
            lambda m1, s1, m2, s2: np.log(s2 / s1) + (s1**2 + m1**2 - m2**2) / (2 * s2**2) - 0.5,
            lambda m1, s1, m2, s2: np.log(s2 / s1) + (s1**2 + (m1 + m2) ** 2) / (2 * s2**2) - 0.5,
        ),
        Mistake(
            "the log of the variances",
            "You take the log of the ratio of the variances. It has a factor 1/2: what is left is "
            "log(sigma2 / sigma1).",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) + np.log(s2 / s1),
        ),
        Mistake(
            "half the log",
            "You take half the log of sigma2 / sigma1. The half belongs to the variances: "
            "½ log(sigma2² / sigma1²) is log(sigma2 / sigma1).",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) - np.log(s2 / s1) / 2,
        ),
        Mistake(
            "brackets below",
            "`/ 2 * sigma2**2` divides by 2 and multiplies by sigma2². Put 2 * sigma2**2 in "
            "brackets.",
            lambda m1, s1, m2, s2: np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / 2 * s2**2 - 0.5,
        ),
        Mistake(
            "a log to base 2",
            "The log of the widths is to base 2, the rest is in nats. Nats are asked for: np.log.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) + np.log2(s2 / s1) - np.log(s2 / s1),
        ),
        Mistake(
            "nearly right, by numbers",
            "Near, but not exact: a mean over random draws, or a grid that ends too early. Derive "
            "the formula.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) * 1.001,
            echo_if(lambda value, args: np.isclose(value, _kl(*args), rtol=0.03, atol=0.01)),
        ),
        Mistake(
            "the log is missing",
            "The difference of the widths' logs, log(sigma2 / sigma1), is missing.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) - np.log(s2 / s1),
        ),
        Mistake(
            "the means are forgotten",
            "Your answer does not depend on the means. They add (mu1 - mu2)² / (2 sigma2²).",
            lambda m1, s1, m2, s2: _kl(0.0, s1, 0.0, s2),
        ),
        Mistake(
            "the cross-entropy",
            "This is the cross-entropy of the two. Subtract the entropy of the first: the "
            "divergence of a Gaussian from itself is 0.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) + np.log(s1 * np.sqrt(2 * np.pi * np.e)),
        ),
        Mistake(
            "both directions averaged",
            "You average the two directions. KL is not symmetric; only the first is asked for.",
            lambda m1, s1, m2, s2: (_kl(m1, s1, m2, s2) + _kl(m2, s2, m1, s1)) / 2,
        ),
        Mistake(
            "in bits",
            "You divide by log 2: bits. Nats are asked for.",
            lambda m1, s1, m2, s2: _kl(m1, s1, m2, s2) / np.log(2),
        ),
        Mistake(
            "divided by the first variance",
            "You divide by sigma1². The log-density of the second Gaussian, whose square is "
            "averaged, has sigma2² below the bar.",
            lambda mu1, sigma1, mu2, sigma2: (
                np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma1**2) - 0.5
            ),
        ),
        Mistake(
            "the means alone",
            "You compare the means only. Two Gaussians of one mean and different widths differ: "
            "log(sigma2 / sigma1) and sigma1² / (2 sigma2²) - 1/2 are missing.",
            lambda mu1, sigma1, mu2, sigma2: (mu1 - mu2) ** 2 / (2 * sigma2**2),
        ),
    ),
)

# ------------------------------------------------------------------ jensen_shannon


def _shannon_cases(rng):
    return [
        Case((np.array([0.5, 0.5]), np.array([0.9, 0.1]), 2)),
        Case((np.array([1.0, 0.0]), np.array([0.0, 1.0]), 2), note="nothing in common: one bit"),
        Case((np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.3, 0.5]), math.e), note="a zero in p"),
        Case((np.array([0.2, 0.8, 0.0]), np.array([0.7, 0.3, 0.0]), 2), note="a zero in both"),
        Case((np.array([1e-6, 1 - 1e-6]), np.array([0.0, 1.0]), math.e), note="a tiny probability"),
        Case((np.array([0, 1, 0]), np.array([1, 0, 0]), 2), note="whole numbers"),
        Case((rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5)), 10)),
    ]


def _terms(p, q, base):
    """KL(p‖q) without leaving out what never happens: 0 · log 0 is nan."""
    return (p * np.log(p / q)).sum() / np.log(base)


def _entropies(p, q, base):
    """The entropy of the middle minus the mean entropy, 0 · log 0 and all."""
    m = (p + q) / 2
    h, hp, hq = (-(each * np.log(each)).sum() / np.log(base) for each in (m, p, q))
    return h - (hp + hq) / 2


def _against(middle):
    """The mean of KL(p‖m) and KL(q‖m) with another m = middle(p, q), which need not sum to one."""

    def mean(p, q, base):
        m = middle(p, q)
        parts = (np.where(a > 0, a * np.log(a / m), 0.0).sum() for a in (p, q))
        return sum(parts) / 2 / np.log(base)

    return _quiet(mean)


def _common_only(p, q, base):
    s = (p > 0) & (q > 0)
    m = (p + q) / 2
    parts = (np.sum(a[s] * np.log(a[s] / m[s])) for a in (p, q))
    return sum(parts) / 2 / np.log(base)


def _with_added(e, p, q, base):
    m = (p + q) / 2
    return sum((a * np.log((a + e) / (m + e))).sum() for a in (p, q)) / 2 / np.log(base)


def _with_cut(e, p, q, base):
    return _against(lambda p, q: (p + q) / 2)(np.clip(p, e, 1), np.clip(q, e, 1), base)


def _with_all_added(e, p, q, base):
    return _against(lambda p, q: (p + q) / 2)(p + e, q + e, base)


def _symmetric(p, q, base):
    return (information.kl_divergence(p, q, base) + information.kl_divergence(q, p, base)) / 2


jensen_shannon = Exercise(
    name="jensen_shannon",
    chapter=CHAPTER,
    signature="jensen_shannon(p, q, base)",
    task="The Jensen-Shannon divergence of the distributions `p` and `q` (1-D), in units of "
    "`base`: the mean of KL(p ‖ m) and KL(q ‖ m), where m is halfway between p and q. "
    "The divergence, not its square root. What never happens adds nothing.",
    difficulty=2,
    minutes=8,
    reference=information.jensen_shannon,
    cases=_shannon_cases,
    atol=1e-14,
    hints=(
        "First m = (p + q) / 2. It is zero only where both p and q are, so no divergence from "
        "p or q to it can be infinite.",
        "Write a small kl(a, b) that sums a · log(a / b) over the places with a > 0, and call it "
        "twice.",
        "def kl(a, b): s = a > 0; return (a[s] * np.log(a[s] / b[s])).sum() / np.log(base). "
        "Then (kl(p, m) + kl(q, m)) / 2.",
    ),
    mistakes=(
        Mistake(
            "the square root",
            "You return the Jensen-Shannon distance, the root of the divergence, as "
            "scipy.spatial.distance.jensenshannon does. Square it.",
            lambda p, q, base: np.sqrt(information.jensen_shannon(p, q, base)),
        ),
        in_forms(
            "0 log 0 gives nan",
            "A probability is 0, and 0 · log 0 is nan in floating point. "
            "Sum over the places where the first of the two is positive.",
            _quiet(
                lambda p, q, base: (_terms(p, (p + q) / 2, base) + _terms(q, (p + q) / 2, base)) / 2
            ),
            _quiet(_entropies),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off there. It changes what "
            "rare outcomes add. Leave out the places with probability 0, and nothing is needed.",
            _with_added,
            _with_cut,
            _with_all_added,
        ),
        in_forms(
            "another middle",
            "Your m is not halfway between p and q. It is (p + q) / 2, place by place.",
            _against(lambda p, q: p + q),
            _against(lambda p, q: np.sqrt(p * q)),
            _against(lambda p, q: np.full(len(p), 1 / len(p))),
            _against(np.maximum),
        ),
        Mistake(
            "only where both are positive",
            "You leave out the places where one of the two is 0. A place with p > 0 and q = 0 "
            "adds p · log(p / m): leave out only where the weight itself is 0.",
            _common_only,
        ),
        in_forms(
            "a half of one half",
            "You return half of KL(p‖m), or of KL(q‖m). The other half is missing.",
            lambda p, q, base: information.kl_divergence(p, (p + q) / 2, base) / 2,
            lambda p, q, base: information.kl_divergence(q, (p + q) / 2, base) / 2,
        ),
        Mistake(
            "times the logarithm of the base",
            "You multiply by log(base). Divide: log to a base is log(x) / log(base).",
            lambda p, q, base: information.jensen_shannon(p, q) * np.log(base),
        ),
        Mistake(
            "the sum, not the mean",
            "You add the two divergences. The mean of them is asked for: half of that.",
            lambda p, q, base: 2 * information.jensen_shannon(p, q, base),
        ),
        Mistake(
            "both directions of KL averaged",
            "You average KL(p‖q) and KL(q‖p) (Jeffreys). That is infinite as soon as one of them "
            "has a zero that the other has not. Measure each against the middle m instead.",
            _symmetric,
        ),
        Mistake(
            "from the middle outwards",
            "You compute KL(m‖p) and KL(m‖q). It is the other way round: p and q happen, "
            "m is the model.",
            lambda p, q, base: (
                (
                    information.kl_divergence((p + q) / 2, p, base)
                    + information.kl_divergence((p + q) / 2, q, base)
                )
                / 2
            ),
        ),
        Mistake(
            "one half only",
            "You return KL(p‖m) alone. The mean with KL(q‖m) makes it symmetric.",
            lambda p, q, base: information.kl_divergence(p, (p + q) / 2, base),
        ),
        Mistake(
            "the base is ignored: nats",
            "You always answer in nats. Divide by np.log(base).",
            lambda p, q, base: information.jensen_shannon(p, q),
        ),
        Mistake(
            "the base is ignored: bits",
            "You always answer in bits. Divide the natural logarithm by np.log(base).",
            lambda p, q, base: information.jensen_shannon(p, q, 2),
        ),
        Mistake(
            "plain KL",
            "This is KL(p‖q): not symmetric, and infinite where q has a zero that p has not.",
            information.kl_divergence,
        ),
    ),
)

# ------------------------------------------------------------------ expected_score


def _score_cases(rng):
    p, q = rng.dirichlet(np.ones(3), size=2)
    belief, other = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.25, 0.25])
    return [
        Case((scoring.quadratic_score, belief, other)),
        Case((scoring.log_score, belief, belief), note="the truth forecast: its entropy"),
        Case(
            (scoring.log_score, np.array([0.4, 0.6, 0.0]), np.array([0.5, 0.5, 0.0])),
            note="an outcome that never comes, and infinite if it did",
        ),
        Case(
            (scoring.log_score, np.array([0.9, 0.1]), np.array([1.0, 0.0])),
            note="an outcome that comes, and was excluded",
        ),
        Case((scoring.linear_score, p, q)),
        Case(
            (scoring.log_score, np.array([0.995, 0.004, 0.001]), np.array([0.6, 0.1, 0.3])),
            note="rare outcomes",
        ),
        Case(
            (
                scoring.quadratic_score,
                np.array([0.1, 0.2, 0.3, 0.4]),
                np.array([0.4, 0.3, 0.2, 0.1]),
            ),
            note="four outcomes",
        ),
        Case(
            (scoring.quadratic_score, np.array([0, 1, 0]), np.array([0.2, 0.5, 0.3])),
            note="a certain truth, in whole numbers",
        ),
        Case((scoring.spherical_score, q, p)),
    ]


def _limited(limit, score, truth, forecast):
    """No loss above `limit`, and what never comes adds nothing."""
    return sum(t * min(c, limit) for t, c in zip(truth, _costs(score, forecast), strict=True) if t)


def _kept_from_zero(e, score, truth, forecast):
    return sum(t * score(np.clip(forecast, e, 1), k) for k, t in enumerate(truth) if t)


def _limits(cases, values):
    """From a forecast of 0 for what comes with probability 0.1."""
    return [10 * values[3], np.exp(-10 * values[3])]


def _costs(score, forecast):
    return np.array([score(forecast, k) for k in range(len(forecast))])


expected_score = Exercise(
    name="expected_score",
    chapter=CHAPTER,
    signature="expected_score(score, truth, forecast)",
    task="`score` is a function (forecast, outcome) -> loss, with outcome 0 ... K - 1. Return what "
    "`forecast` (K,) costs on average where the outcomes come with the probabilities `truth` (K,). "
    "An outcome that never comes costs nothing, even if its loss is infinite.",
    difficulty=1,
    minutes=6,
    reference=scoring.expected_score,
    cases=_score_cases,
    hints=(
        "Call the score once for each outcome, always with the same forecast. "
        "Who decides how often each outcome comes?",
        "A sum over k of truth[k] · score(forecast, k). Skip the k with truth[k] = 0.",
        "sum(truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0).",
    ),
    mistakes=(
        Mistake(
            "0 times infinity",
            "An outcome that never comes has an infinite loss, and 0 · inf is nan. "
            "Leave out the outcomes with truth 0.",
            _quiet(lambda score, truth, forecast: (truth * _costs(score, forecast)).sum()),
        ),
        in_forms(
            "an infinite loss left out",
            "You leave out every loss that is infinite, or make 0 of it. If the outcome can come "
            "(truth above 0), the average is infinite: leave out only what never comes.",
            lambda score, truth, forecast: sum(
                t * c for t, c in zip(truth, _costs(score, forecast), strict=True) if np.isfinite(c)
            ),
            lambda score, truth, forecast: sum(
                t * score(forecast, k) for k, t in enumerate(truth) if t > 0 and forecast[k] > 0
            ),
            _quiet(
                lambda score, truth, forecast: (
                    0.0
                    if np.isinf(_costs(score, forecast)).any()
                    else truth @ _costs(score, forecast)
                )
            ),
        ),
        in_forms(
            "nan turned into 0",
            "You make 0 of the nan in the sum, which drops the other outcomes too. Leave out the "
            "outcomes with truth 0 before you add up.",
            _quiet(lambda score, truth, f: np.nan_to_num((truth * _costs(score, f)).sum())),
        ),
        with_epsilon(
            "an infinite loss cut off",
            "You keep the forecast away from 0, or cut the loss off. A forecast of 0 for what "
            "comes costs infinitely much, and so does the average.",
            _kept_from_zero,
            _limited,
            constants=_limits,
        ),
        Mistake(
            "rare outcomes left out",
            "You leave out outcomes that are rare. They come, if seldom: leave out only those with "
            "truth 0.",
            lambda score, truth, forecast: sum(
                t * score(forecast, k) for k, t in enumerate(truth) if t > 0.01
            ),
        ),
        Mistake(
            "the sum without weights",
            "You add the losses of all outcomes. Outcome k comes with probability truth[k]: that "
            "is its weight.",
            lambda score, truth, forecast: _costs(score, forecast).sum(),
        ),
        in_forms(
            "not added up",
            "You return one number for each outcome. Add them up.",
            _quiet(lambda score, truth, forecast: truth * _costs(score, forecast)),
            lambda score, truth, forecast: [
                t * score(forecast, k) for k, t in enumerate(truth) if t > 0
            ],
        ),
        Mistake(
            "the log score whatever the score",
            "You compute the cross-entropy. That is right for the log score only: call `score`.",
            lambda score, truth, forecast: scoring.expected_score(
                scoring.log_score, truth, forecast
            ),
        ),
        Mistake(
            "outcomes counted from 1",
            "You call the score with outcomes from 1 to K. They count from 0 to K - 1.",
            lambda score, truth, forecast: sum(
                truth[k - 1] * score(forecast, k) for k in range(1, len(truth) + 1)
            ),
        ),
        Mistake(
            "one number given as the forecast",
            "What you give the score in the forecast's place is one number. The call is "
            "score(forecast, outcome): the whole array first, then the class.",
            lambda score, truth, forecast: sum(
                truth[k] * score(k, forecast) for k in range(len(truth))
            ),
        ),
        Mistake(
            "the truth given as the outcome",
            "You give the score all probabilities at once where it wants one outcome, 0 to K - 1. "
            "Call it once for each outcome, and weight what it gives by the truth.",
            lambda score, truth, forecast: score(forecast, truth),
        ),
        Mistake(
            "truth and forecast swapped",
            "You weight by the forecast and score the truth. "
            "Nature draws from `truth`; what is scored is the forecast.",
            lambda score, truth, forecast: scoring.expected_score(score, forecast, truth),
        ),
        Mistake(
            "weighted by the forecast",
            "You weight the losses by the forecast itself: what the forecaster expects to pay. "
            "The weights are the probabilities of what really comes, `truth`.",
            lambda score, truth, forecast: scoring.expected_score(score, forecast, forecast),
        ),
        Mistake(
            "the truth is scored",
            "Your answer does not depend on the forecast. Score the forecast, weight by the truth.",
            lambda score, truth, forecast: scoring.expected_score(score, truth, truth),
        ),
        Mistake(
            "all outcomes weigh the same",
            "You take the plain mean over the outcomes. "
            "Outcome k comes with probability truth[k]: that is its weight.",
            lambda score, truth, forecast: _costs(score, forecast).mean(),
        ),
        Mistake(
            "only the likeliest outcome",
            "You score the likeliest outcome only. The others come too: "
            "average over all, weighted by the truth.",
            lambda score, truth, forecast: score(forecast, int(np.argmax(truth))),
        ),
        Mistake(
            "divided by the number of outcomes",
            "You take the mean of truth[k] · loss. The weights sum to one already: a sum it is.",
            lambda score, truth, forecast: (
                scoring.expected_score(score, truth, forecast) / len(truth)
            ),
        ),
        Mistake(
            "divided by the number of outcomes",
            "You take the mean of truth[k] · loss. The weights sum to one already: a sum it is.",
            lambda score, truth, forecast: (
                scoring.expected_score(score, truth, forecast) / np.count_nonzero(truth)
            ),
        ),
    ),
)

# ------------------------------------------------------------------ is_proper


PROPER = (
    (scoring.log_score, "the log score"),
    (scoring.quadratic_score, "the Brier score"),
    (scoring.spherical_score, "the spherical score"),
    (scoring.absolute_score, "the absolute score"),
    (scoring.linear_score, "the linear score"),
    (scoring.focal_score, "the focal loss, gamma = 2"),
    (scoring.zero_one_score, "zero-one: honesty is best, and not alone"),
    (trial_scores.one_class_squared, "proper for two classes, but not for three"),
    (trial_scores.weighted_log_score, "cross-entropy with a class weight"),
    (trial_scores.smoothed_log_score, "cross-entropy with label smoothing"),
    (trial_scores.log_reward, "a reward, where higher is better"),
    (trial_scores.scaled_log_score, "bits, and a price for each outcome"),
    (trial_scores.bold_log_score, "cross-entropy, and a bonus for a bold forecast"),
    (trial_scores.zero_one_and_a_fee, "zero-one and a fee: ties that rounding breaks"),
    (trial_scores.tilted_quadratic_score, "the Brier score, and a small fee for naming class 0"),
)


def _proper_cases(rng):
    return [
        Case((_unnamed(PROPER[i][0]),), note=PROPER[i][1]) for i in rng.permutation(len(PROPER))
    ]


@cache
def _unnamed(score):
    """The same function without its name and docstring: an answer could go by these."""
    score = getattr(score, "__wrapped__", score)  # under np.errstate, which calls are made under
    code = score.__code__
    code = code.replace(
        co_name="score",
        co_qualname="score",
        co_filename="",
        co_consts=tuple(None if each == score.__doc__ else each for each in code.co_consts),
    )
    return FunctionType(code, score.__globals__, "score", score.__defaults__, score.__closure__)


@cache
def _loss_table(score, steps, classes=3):
    """The grid and what each of its forecasts costs under each outcome: mistakes share it."""
    grid = scoring.distribution_grid(classes, steps)
    grid = np.insert(grid, range(classes, 3), 0, axis=1)
    with np.errstate(all="ignore"):
        return grid, np.array([[float(score(f, k)) for k in range(3)] for f in grid])


def _expected(truths, costs):
    """What each forecast costs on average under each truth, without what never comes: (T, F)."""
    with np.errstate(all="ignore"):
        return np.where(truths[:, np.newaxis] > 0, truths[:, np.newaxis] * costs, 0).sum(axis=-1)


def _compare(score, truths=None, classes=3, only=slice(None), better=np.less, steps=10):
    """Whether none of the forecasts `only` is better than the truth, for any of the truths."""
    grid, costs = _loss_table(score, steps, classes)
    truths = grid if truths is None else truths
    honest = np.array([scoring.expected_score(score, t, t) for t in truths])[:, np.newaxis]
    margin = -1e-9 if better is np.less else 1e-9
    return not better(_expected(truths, costs[only]), honest + margin).any()


def _on_grid(steps, tolerance=1e-9):
    """The right search, but on a grid of 1 / steps or with another tolerance."""

    def answer(score):
        expected = _expected(*_loss_table(score, steps))
        return bool((expected.diagonal() <= expected.min(axis=1) + tolerance).all())

    return _quiet(answer)


def _of_two(score, steps=10):
    """The right search over forecasts of two probabilities, with no third."""
    grid = scoring.distribution_grid(2, steps)
    expected = _expected(grid, np.array([[float(score(f, k)) for k in range(2)] for f in grid]))
    return bool((expected.diagonal() <= expected.min(axis=1) + 1e-9).all())


@_quiet
def _one_truth(*truth):
    return _quiet(lambda score: _compare(score, np.array([truth])))


def _one_by_one(score):
    """Without a tolerance, in plain sums."""
    grid, costs = _loss_table(score, 10)
    for truth, own in zip(grid, costs, strict=True):
        comes = np.flatnonzero(truth)
        honest = sum(truth[k] * own[k] for k in comes)
        if any(sum(truth[k] * other[k] for k in comes) < honest for other in costs):
            return False
    return True


_CERTAIN = np.flatnonzero(scoring.distribution_grid(3, 10).max(axis=1) == 1)


@_quiet
def _strictly(score):
    expected = _expected(*_loss_table(score, 10))
    others = ~np.eye(len(expected), dtype=bool)
    return bool((expected > expected.diagonal()[:, None] + 1e-9)[others].all())


is_proper = Exercise(
    name="is_proper",
    chapter=CHAPTER,
    signature="is_proper(score)",
    task="`score` is a function (forecast, outcome) -> loss, lower is better, for three classes: "
    "`forecast` is an array of shape (3,), `outcome` 0, 1 or 2. Return True if it is proper: "
    "for every truth, no forecast has a lower expected score than the truth itself. Ties are "
    "allowed. A search over a grid with steps of 1/10 or finer, for truths and forecasts, is "
    "enough, with or without those in which a class has probability 0; call a forecast better "
    "if it is so by more than 1e-9, which leaves room for rounding.",
    difficulty=3,
    minutes=15,
    points=2,
    reference=scoring.is_proper,
    cases=_proper_cases,
    seconds=60.0,
    hints=(
        "One truth and one forecast that beats it are enough to say False. So try many truths "
        "against many forecasts; both from the same grid of distributions over three classes.",
        "A grid: all (i, j, k) / 10 with i + j + k = 10. Score each forecast once under each "
        "outcome; the expected score is then a weighted sum. Skip the outcomes with truth 0.",
        "For each truth t and forecast f of the grid: if expected_score(score, t, f) < "
        "expected_score(score, t, t) - 1e-9, return False. At the end, return True.",
    ),
    mistakes=(
        Mistake(
            "ties are not allowed",
            "You ask that the truth be better than every other forecast: that is strictly proper. "
            "Zero-one loss is proper: several forecasts share the first place.",
            _strictly,
        ),
        in_forms(
            "the grid is too coarse",
            "Your grid has too few distributions: a forecast that beats the truth by a little lies "
            "between them. Steps of 1/10 are fine enough.",
            *(_on_grid(steps) for steps in (3, 2, 4, 1)),
        ),
        in_forms(
            "no tolerance",
            "Two expected scores that are equal may differ in their last digit, as sums are "
            "rounded. Call a forecast better only if it is so by more than 1e-9.",
            _quiet(_one_by_one),
            _on_grid(12, 0.0),
            _on_grid(10, 0.0),
        ),
        in_forms(
            "the tolerance is too large",
            "You call a forecast better only if it is so by far. 1e-9 is enough for rounding.",
            *(_on_grid(10, tolerance) for tolerance in (0.05, 0.1, 0.01, 0.5)),
        ),
        in_forms(
            "two classes only",
            "You move probability between two classes and leave the third at 0, or out. "
            "(1 - f)² of the true class is proper there, and fails with three.",
            _quiet(lambda score: _compare(score, classes=2, steps=12)),
            _quiet(lambda score: _compare(score, classes=2)),
            _quiet(_of_two),
        ),
        Mistake(
            "the text, not the truth value",
            "You return a text. True and False are values: no quotation marks.",
            lambda score: str(scoring.is_proper(score)),
        ),
        Mistake(
            "higher is better",
            "You look for forecasts with a higher expected score. These are losses: "
            "lower is better.",
            _quiet(lambda score: _compare(score, better=np.greater)),
        ),
        Mistake(
            "only certain truths",
            "You try truths that put all probability on one class. Almost every loss is lowest "
            "there at the truth. Try truths such as (0.7, 0.2, 0.1).",
            _quiet(lambda score: _compare(score, np.eye(3))),
        ),
        Mistake(
            "only certain truths",
            "You try truths that put all probability on one class. Almost every loss is lowest "
            "there at the truth. Try truths such as (0.7, 0.2, 0.1).",
            _one_truth(0.0, 0.0, 1.0),
        ),
        Mistake(
            "only the uniform truth",
            "You try the uniform truth only. By symmetry it is often optimal. "
            "Try lopsided truths too.",
            _quiet(lambda score: _compare(score, np.full((1, 3), 1 / 3))),
        ),
        in_forms(
            "one truth only",
            "You try a single truth. A score may be honest there and not elsewhere: try every "
            "truth of the grid.",
            _one_truth(0.7, 0.2, 0.1),
            _one_truth(0.5, 0.3, 0.2),
            _one_truth(0.6, 0.3, 0.1),
            _one_truth(0.2, 0.3, 0.5),
        ),
        Mistake(
            "only certain forecasts",
            "You compare the truth with forecasts of a single class only. "
            "Intermediate forecasts can beat it too: search the whole grid.",
            _quiet(lambda score: _compare(score, only=_CERTAIN)),
        ),
        Mistake(
            "the answer is turned",
            "You say True for the improper ones: finding a better forecast means not proper.",
            lambda score: not scoring.is_proper(score),
        ),
        Mistake("always True", "You call every score proper.", lambda score: True),
        Mistake("always False", "You call no score proper.", lambda score: False),
    ),
)

EXERCISES = (
    bernoulli_log_likelihood,
    categorical_mle,
    kl_gaussian,
    jensen_shannon,
    expected_score,
    is_proper,
)
