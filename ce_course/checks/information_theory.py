"""The exercises of chapter 01: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from string import ascii_lowercase

import numpy as np

from ce_course import data, information
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.mistakes import by_value

CHAPTER = "01_information_theory"
EPS = 1e-12  # what people add inside a logarithm, and should not


def _log(x, base):
    return np.log(x) / np.log(base)


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


# ------------------------------------------------------------------ surprisal


def _surprisal_cases(rng):
    return [
        Case((np.array([0.5, 0.25, 0.125]), 2), note="powers of one half, in bits"),
        Case((np.array([0.0, 1.0, 0.3]), 2), note="an impossible and a certain event"),
        Case((np.array([1e-20, 1e-3]), 10), note="a very small probability, base 10"),
        Case((rng.uniform(size=(2, 3)), math.e), note="a 2-D array, in nats"),
        Case((rng.uniform(size=6), 2)),
        Case((np.array([0.2, 0.5, 0.8, 1.0]), 3), note="base 3"),
        Case((np.array([[1, 0], [0, 1]]), 2), note="certain and impossible, as whole numbers"),
    ]


surprisal = Exercise(
    name="surprisal",
    chapter=CHAPTER,
    signature="surprisal(p, base)",
    task="The surprisal of each probability in the array `p`, in units of `base` (2 gives bits, "
    "e gives nats). Any shape. An impossible event is infinitely surprising.",
    difficulty=1,
    minutes=4,
    reference=information.surprisal,
    cases=_surprisal_cases,
    hints=(
        "Two independent events multiply their probabilities and add their surprisals. "
        "Which function turns products into sums?",
        "np.log is the natural logarithm. A logarithm in another base is the natural one, "
        "divided by a constant.",
        "-np.log(p) / np.log(base). For p = 0 NumPy gives inf, which is the right answer; the "
        "warning beside it is harmless.",
    ),
    mistakes=(
        Mistake(
            "the base is ignored: nats",
            "You always answer in nats. log in base b is np.log(p) / np.log(b).",
            _quiet(lambda p, base: -np.log(p)),
        ),
        Mistake(
            "the base is ignored: bits",
            "You always answer in bits: np.log2 does not look at `base`.",
            _quiet(lambda p, base: -np.log2(p)),
        ),
        Mistake(
            "the sign is missing",
            "Your surprisals are negative. The logarithm of a probability is at most 0; "
            "surprisal is minus that.",
            _quiet(lambda p, base: _log(p, base)),
        ),
        Mistake(
            "multiplied by the logarithm of the base",
            "You multiply by log(base). Dividing is right: 3 coin flips are 3 bits, and "
            "-ln(1/8) = 2.08 = 3 · ln 2.",
            _quiet(lambda p, base: -np.log(p) * np.log(base)),
        ),
        Mistake(
            "a small number added inside the logarithm",
            "You add something like 1e-12 to p. That makes an impossible event finitely "
            "surprising, and changes p = 1e-20 beyond recognition. Leave p as it is.",
            _quiet(lambda p, base: -_log(p + EPS, base)),
            by_value(lambda eps: lambda p, base: -_log(p + eps, base), 1),
        ),
        Mistake(
            "capped at a small number",
            "You clip p at something like 1e-12. That makes an impossible event finitely "
            "surprising, and changes p = 1e-20 beyond recognition. Leave p as it is.",
            _quiet(lambda p, base: -_log(np.maximum(p, EPS), base)),
            by_value(lambda eps: lambda p, base: -_log(np.maximum(p, eps), base), 1),
        ),
        Mistake(
            "the base is ignored: base 10",
            "You always answer to base 10: np.log10 does not look at `base`.",
            _quiet(lambda p, base: -np.log10(p)),
        ),
        Mistake(
            "the fraction is upside down",
            "You divide log(base) by log(p). A logarithm in base b is np.log(p) / np.log(b).",
            _quiet(lambda p, base: -np.log(base) / np.log(p)),
        ),
        Mistake(
            "the impossible counts 0",
            "You give an impossible event a surprisal of 0, as if it were certain. It is "
            "infinitely surprising: leave the inf that -log 0 gives.",
            _quiet(lambda p, base: np.where(p > 0, -_log(p, base), 0.0)),
        ),
        Mistake(
            "one minus p",
            "You return 1 - p. It falls as p grows, as surprisal does, but it does not add up for "
            "independent events: take the logarithm.",
            lambda p, base: 1 - p,
        ),
        Mistake(
            "weighted by p",
            "You multiply by p. That is each event's share of the entropy; here each event's own "
            "surprisal is asked for.",
            _quiet(lambda p, base: -p * _log(p, base)),
        ),
        Mistake(
            "divided by the base",
            "You divide by the base itself. It is its logarithm: log in base b is "
            "np.log(p) / np.log(b).",
            _quiet(lambda p, base: -np.log(p) / base),
        ),
    ),
)


# ------------------------------------------------------------------ entropy

CAPPED_ENTROPY = (
    "You clip p at a small number to avoid log 0. What never happens then adds a little, or what "
    "is rarer than that surprises too little. Leave out the zeros instead."
)


_DYADIC = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])


def _entropy_cases(rng):
    return [
        Case((_DYADIC, 2), note="powers of one half, in bits: 1.75"),
        Case((np.array([1.0, 0.0, 0.0]), 2), note="a certain outcome"),
        Case((np.array([0.9, 0.1]), math.e), note="a loaded coin, in nats"),
        Case((np.array([0.5, 0.0, 0.5]), 10), note="an outcome that never happens, base 10"),
        Case((rng.dirichlet(np.ones(6)), 2)),
        Case((np.array([0.999, 0.001, 0.0]), 3), note="nearly certain, base 3"),
        Case((np.full(5, 0.2), 2), note="five equal probabilities"),
        Case((np.array([1.0, 2.0**-40]), 2), note="something that hardly ever happens"),
    ]


entropy = Exercise(
    name="entropy",
    chapter=CHAPTER,
    signature="entropy(p, base)",
    task="The entropy of the distribution `p` (1-D array that sums to one), in units of `base`. "
    "What never happens adds nothing.",
    difficulty=1,
    minutes=6,
    reference=information.entropy,
    cases=_entropy_cases,
    atol=1e-15,  # what is certain has exactly no entropy
    hints=(
        "Entropy is the average surprisal. What are the weights of the average?",
        "The sum of p times surprisal. Where p is 0, NumPy computes 0 · inf = nan: "
        "leave those outcomes out of the sum.",
        "p = p[p > 0], then -(p * np.log(p)).sum() / np.log(base).",
    ),
    mistakes=(
        Mistake(
            "0 log 0 gives nan",
            "One probability is 0, and 0 · inf is nan in floating point. Keep only the outcomes "
            "with p > 0: the others add nothing to an average.",
            _quiet(lambda p, base: -(p * _log(p, base)).sum()),
        ),
        Mistake(
            "the base is ignored: nats",
            "You always answer in nats. Divide by np.log(base).",
            _quiet(lambda p, base: -(p[p > 0] * np.log(p[p > 0])).sum()),
        ),
        Mistake(
            "the base is ignored: bits",
            "You always answer in bits: np.log2 does not look at `base`.",
            _quiet(lambda p, base: -(p[p > 0] * np.log2(p[p > 0])).sum()),
        ),
        Mistake(
            "the sign is missing",
            "Your entropy is negative. Surprisal is minus the logarithm.",
            _quiet(lambda p, base: (p[p > 0] * _log(p[p > 0], base)).sum()),
        ),
        Mistake(
            "a small number added inside the logarithm",
            "You add something like 1e-12 to p to avoid log 0. A certain outcome then has an "
            "entropy below zero, which cannot be. Leave out the zeros instead.",
            _quiet(lambda p, base: -(p * _log(p + EPS, base)).sum()),
            by_value(lambda eps: lambda p, base: -(p * _log(p + eps, base)).sum(), 1),
        ),
        Mistake(
            "capped at a small number",
            CAPPED_ENTROPY,
            _quiet(lambda p, base: -(np.maximum(p, EPS) * _log(np.maximum(p, EPS), base)).sum()),
            by_value(
                lambda eps: (
                    lambda p, base: -(np.maximum(p, eps) * _log(np.maximum(p, eps), base)).sum()
                ),
                1,
            ),
        ),
        Mistake(
            "divided by the largest possible",
            "You divide by log K, the entropy of K equal probabilities. That is a share of the "
            "most there can be; the entropy itself is asked for.",
            _quiet(lambda p, base: -(p[p > 0] * np.log(p[p > 0])).sum() / np.log(len(p))),
        ),
        Mistake(
            "the terms are not summed",
            "You return each outcome's share, -p log p. Entropy is their sum.",
            _quiet(lambda p, base: np.where(p > 0, -p * _log(np.where(p > 0, p, 1), base), 0.0)),
        ),
        Mistake(
            "surprisals averaged without weights",
            "You average the surprisals with equal weights, as if all outcomes were equally "
            "frequent. Outcome x happens with probability p(x): that is its weight.",
            _quiet(lambda p, base: -_log(p, base).mean()),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of outcomes. The p in front of the logarithm is already "
            "the weight of an average: sum the products.",
            _quiet(lambda p, base: -(p[p > 0] * _log(p[p > 0], base)).sum() / len(p)),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of outcomes. The p in front of the logarithm is already "
            "the weight of an average: sum the products.",
            _quiet(lambda p, base: -(p[p > 0] * _log(p[p > 0], base)).mean()),
        ),
        Mistake(
            "surprisals averaged without weights",
            "You average the surprisals with equal weights, as if all outcomes were equally "
            "frequent. Outcome x happens with probability p(x): that is its weight.",
            _quiet(lambda p, base: -_log(p[p > 0], base).mean()),
        ),
        Mistake(
            "surprisals added up without weights",
            "You add up the surprisals. Each counts by how often it occurs: multiply it by p.",
            _quiet(lambda p, base: -_log(p[p > 0], base).sum()),
        ),
        Mistake(
            "the largest possible",
            "You return log K, the entropy of equally probable outcomes. It does not look at how "
            "probable they are.",
            _quiet(lambda p, base: _log((p > 0).sum(), base)),
        ),
        Mistake(
            "capped at a small number",
            CAPPED_ENTROPY,
            _quiet(lambda p, base: -(p * _log(np.maximum(p, EPS), base)).sum()),
            by_value(lambda eps: lambda p, base: -(p * _log(np.maximum(p, eps), base)).sum(), -1),
        ),
        Mistake(
            "multiplied by the logarithm of the base",
            "You multiply by log(base). Divide: log to a base is log(x) / log(base).",
            _quiet(lambda p, base: -(p[p > 0] * np.log(p[p > 0])).sum() * np.log(base)),
        ),
    ),
)


# ------------------------------------------------------------------ cross_entropy


def _pair_cases(rng):
    return [
        Case((_DYADIC, np.full(4, 0.25), 2), note="powers of one half, in bits"),
        Case((np.array([0.9, 0.1]), np.array([0.5, 0.5]), math.e), note="in nats"),
        Case((np.array([0.7, 0.2, 0.1]), np.array([0.7, 0.2, 0.1]), 2), note="q equals p"),
        Case((np.array([1.0, 0.0, 0.0]), np.array([0.2, 0.8, 0.0]), 2), note="zeros in p"),
        Case((np.array([0.5, 0.5]), np.array([1.0, 0.0]), 10), note="q = 0 for what does happen"),
        Case((rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6)), 2)),
        Case((np.array([0, 1, 0]), np.array([0.2, 0.3, 0.5]), 3), note="p in whole numbers"),
        Case((np.array([0.5, 0.5]), np.array([1.0, 1e-20]), 2), note="q very small, not 0"),
        Case(
            (np.array([1 - 1e-13, 1e-13]), np.array([1.0, 0.0]), 2),
            note="q = 0 for what hardly ever happens",
        ),
        Case((np.array([0, 1]), np.array([1, 0]), 2), note="whole numbers, q = 0 for what happens"),
    ]


def _cross(p, q, base):
    seen = p > 0
    return -(p[seen] * _log(q[seen], base)).sum()


cross_entropy = Exercise(
    name="cross_entropy",
    chapter=CHAPTER,
    signature="cross_entropy(p, q, base)",
    task="The cross-entropy H(p, q) of two distributions (1-D arrays), in units of `base`: the "
    "mean cost when `p` happens and the code was built for `q`. It is inf where q gave "
    "probability 0 to something that does happen.",
    difficulty=1,
    minutes=6,
    reference=information.cross_entropy,
    cases=_pair_cases,
    hints=(
        "The same average as entropy, with one change: whose surprisals are paid, whose "
        "frequencies are the weights?",
        "Sum p times -log q. Where p is 0 the cost does not matter, even if it is infinite: leave "
        "those outcomes out. Where q is 0 and p is not, inf is the right answer.",
        "seen = p > 0, then -(p[seen] * np.log(q[seen])).sum() / np.log(base).",
    ),
    mistakes=(
        Mistake(
            "p and q swapped",
            "You weight by q and take the logarithm of p. The weights are what happens (p); the "
            "code lengths come from what was expected (q).",
            _quiet(lambda p, q, base: _cross(q, p, base)),
        ),
        Mistake(
            "p and q swapped",
            "You weight by q and take the logarithm of p. The weights are what happens (p); the "
            "code lengths come from what was expected (q).",
            _quiet(lambda p, q, base: -(q[p > 0] * _log(p[p > 0], base)).sum()),
        ),
        Mistake(
            "the excess instead of the total",
            "You computed KL(p‖q), the excess over the entropy. The cross-entropy is the whole "
            "cost: it is not 0 when q equals p.",
            _quiet(lambda p, q, base: _cross(p, q, base) - _cross(p, p, base)),
        ),
        Mistake(
            "the base is ignored: nats",
            "You always answer in nats. Divide by np.log(base).",
            _quiet(lambda p, q, base: _cross(p, q, math.e)),
        ),
        Mistake(
            "inf for any zero in q",
            "You answer inf as soon as q holds a 0. Where p is 0 as well nothing is lost: only "
            "what does happen can cost inf. Look at q where p > 0.",
            lambda p, q, base: math.inf if np.any(q == 0) else _cross(p, q, base),
        ),
        Mistake(
            "zeros give nan",
            "Where p and q are both 0, your product is 0 · inf, which is nan. Keep only the "
            "outcomes with p > 0.",
            _quiet(lambda p, q, base: -(p * _log(q, base)).sum()),
        ),
        Mistake(
            "a small number added inside the logarithm",
            "You add something like 1e-12 to q. Then the impossible that happens costs some 12 "
            "digits, a number that comes from the 1e-12 alone. The right cost is inf.",
            _quiet(lambda p, q, base: -(p * _log(q + EPS, base)).sum()),
            by_value(lambda eps: lambda p, q, base: -(p * _log(q + eps, base)).sum(), 4),
        ),
        Mistake(
            "capped at a small number",
            "You clip q at something like 1e-12. Then the impossible that happens costs some 12 "
            "digits, a number that comes from the 1e-12 alone. The right cost is inf.",
            _quiet(lambda p, q, base: -(p * _log(np.maximum(q, EPS), base)).sum()),
            by_value(lambda eps: lambda p, q, base: -(p * _log(np.maximum(q, eps), base)).sum(), 4),
        ),
        Mistake(
            "the base is ignored: bits",
            "You always answer in bits: np.log2 does not look at `base`.",
            _quiet(lambda p, q, base: _cross(p, q, 2)),
        ),
        Mistake(
            "the entropy of p",
            "You computed the entropy of p, the cost with the right code. Here the code is built "
            "for q: take -log q.",
            _quiet(lambda p, q, base: _cross(p, p, base)),
        ),
        Mistake(
            "surprisals averaged without weights",
            "You add up or average -log q as if all outcomes were equally frequent. Outcome x "
            "happens with probability p(x): that is its weight.",
            _quiet(lambda p, q, base: -_log(q, base).mean()),
        ),
        Mistake(
            "outcomes with q = 0 left out",
            "You leave out the outcomes that q calls impossible. But if one of them happens, "
            "the code has no word for it: the cost is inf. Leave out where p is 0, not where q is.",
            _quiet(lambda p, q, base: -(p[q > 0] * _log(q[q > 0], base)).sum()),
        ),
        Mistake(
            "the sign is missing",
            "Your cross-entropy is negative. A code length is minus the logarithm.",
            _quiet(lambda p, q, base: -_cross(p, q, base)),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of outcomes. p is already the weight of the average: sum.",
            _quiet(lambda p, q, base: _cross(p, q, base) / len(p)),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of outcomes. p is already the weight of the average: sum.",
            _quiet(lambda p, q, base: _cross(p, q, base) / (p > 0).sum()),
        ),
        Mistake(
            "multiplied by the logarithm of the base",
            "You multiply by log(base). Divide: log to a base is log(x) / log(base).",
            _quiet(lambda p, q, base: _cross(p, q, math.e) * np.log(base)),
        ),
    ),
)


# ------------------------------------------------------------------ kl_divergence


def _kl(p, q, base):
    seen = p > 0
    return (p[seen] * _log(p[seen] / q[seen], base)).sum()


KL_HINT = (
    "You add something like 1e-12 to the probabilities, or clip them there. Then a code that has "
    "no word for what happens seems to waste a finite number. The right answer is inf."
)

kl_divergence = Exercise(
    name="kl_divergence",
    chapter=CHAPTER,
    signature="kl_divergence(p, q, base)",
    task="KL(p‖q) of two distributions (1-D arrays), in units of `base`: what the code for `q` "
    "wastes on `p`. It is 0 when they are equal and inf where q gave probability 0 to something "
    "that does happen.",
    difficulty=2,
    minutes=6,
    reference=information.kl_divergence,
    cases=_pair_cases,
    hints=(
        "The waste is the cost with the wrong code minus the cost with the right one.",
        "H(p, q) - H(p) is one sum: that of p times log(p / q), over the outcomes with p > 0.",
        "seen = p > 0, then (p[seen] * np.log(p[seen] / q[seen])).sum() / np.log(base).",
    ),
    mistakes=(
        Mistake(
            "the other direction",
            "You computed KL(q‖p). What happens (p) gives the weights and stands on top of the "
            "fraction.",
            _quiet(lambda p, q, base: _kl(q, p, base)),
        ),
        Mistake(
            "the total instead of the excess",
            "You computed the cross-entropy, the whole cost. Subtract what even the best code "
            "costs, the entropy of p.",
            _quiet(lambda p, q, base: _cross(p, q, base)),
        ),
        Mistake(
            "the base is ignored: nats",
            "You always answer in nats. Divide by np.log(base).",
            _quiet(lambda p, q, base: _kl(p, q, math.e)),
        ),
        Mistake(
            "zeros give nan",
            "Where p is 0, p · log(p / q) is 0 · -inf, which is nan. Keep only the outcomes with "
            "p > 0.",
            _quiet(lambda p, q, base: (p * _log(p / q, base)).sum()),
        ),
        Mistake(
            "a small number in place of zero",
            KL_HINT,
            _quiet(lambda p, q, base: (p * _log((p + EPS) / (q + EPS), base)).sum()),
            by_value(
                lambda eps: lambda p, q, base: (p * _log((p + eps) / (q + eps), base)).sum(), 4
            ),
        ),
        Mistake(
            "a small number in place of zero",
            KL_HINT,
            _quiet(lambda p, q, base: _kl(p, q + EPS, base)),
            by_value(lambda eps: _quiet(lambda p, q, base: _kl(p, q + eps, base)), 4),
        ),
        Mistake(
            "a small number in place of zero",
            KL_HINT,
            _quiet(lambda p, q, base: _kl(np.maximum(p, EPS), np.maximum(q, EPS), base)),
            by_value(
                lambda eps: _quiet(
                    lambda p, q, base: _kl(np.maximum(p, eps), np.maximum(q, eps), base)
                ),
                4,
            ),
        ),
        Mistake(
            "the base is ignored: bits",
            "You always answer in bits: np.log2 does not look at `base`.",
            _quiet(lambda p, q, base: _kl(p, q, 2)),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of outcomes. p is already the weight of the average: sum.",
            _quiet(lambda p, q, base: _kl(p, q, base) / len(p)),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of outcomes. p is already the weight of the average: sum.",
            _quiet(lambda p, q, base: _kl(p, q, base) / (p > 0).sum()),
        ),
        Mistake(
            "the terms are not weighted",
            "You add up log(p / q) as if all outcomes were equally frequent. Weigh each by p.",
            _quiet(lambda p, q, base: _log(p[p > 0] / q[p > 0], base).sum()),
        ),
        Mistake(
            "a small number in place of zero",
            KL_HINT,
            _quiet(lambda p, q, base: _kl(p, np.maximum(q, EPS), base)),
            by_value(lambda eps: _quiet(lambda p, q, base: _kl(p, np.maximum(q, eps), base)), 4),
        ),
        Mistake(
            "both directions",
            "You add KL(q‖p), or average the two. Only what the code for q wastes on p is asked "
            "for.",
            _quiet(lambda p, q, base: _kl(p, q, base) + _kl(q, p, base)),
        ),
        Mistake(
            "outcomes with q = 0 left out",
            "You leave out the outcomes with q = 0. If p is not 0 there, the waste is inf; "
            "only where p is 0 does an outcome drop out.",
            _quiet(
                lambda p, q, base: (
                    p[(p > 0) & (q > 0)] * _log((p / q)[(p > 0) & (q > 0)], base)
                ).sum()
            ),
        ),
        Mistake(
            "the fraction is upside down",
            "You have log(q / p), so your waste is negative. It is log(p / q).",
            _quiet(lambda p, q, base: -_kl(p, q, base)),
        ),
        Mistake(
            "absolute values of the terms",
            "You take absolute values. Single terms may be negative (those symbols get shorter "
            "words than they deserve); Gibbs' inequality says that their sum is not.",
            _quiet(lambda p, q, base: np.abs(p[p > 0] * _log((p / q)[p > 0], base)).sum()),
        ),
        Mistake(
            "the entropy of q subtracted",
            "You subtract the entropy of q from the cross-entropy. What happens is p, so the least "
            "that it can cost is the entropy of p.",
            _quiet(lambda p, q, base: _cross(p, q, base) - _cross(q, q, base)),
        ),
        Mistake(
            "inf for any zero in q",
            "You answer inf as soon as q holds a 0. Where p is 0 as well nothing is lost: only "
            "what does happen can cost inf. Look at q where p > 0.",
            lambda p, q, base: (
                math.inf if np.any(q == 0) else _cross(p, q, base) - _cross(p, p, base)
            ),
        ),
        Mistake(
            "multiplied by the logarithm of the base",
            "You multiply by log(base). Divide: log to a base is log(x) / log(base).",
            _quiet(lambda p, q, base: _kl(p, q, math.e) * np.log(base)),
        ),
        Mistake(
            "the mean of both directions",
            "You average KL(p‖q) and KL(q‖p). Only one of them is asked for: what the code for q "
            "wastes when p happens.",
            _quiet(
                lambda p, q, base: (
                    (
                        _cross(p, q, base)
                        - _cross(p, p, base)
                        + _cross(q, p, base)
                        - _cross(q, q, base)
                    )
                    / 2
                )
            ),
        ),
    ),
)


# ------------------------------------------------------------------ huffman_code


def _huffman_cases(rng):
    letters = dict(zip(ascii_lowercase[:12], rng.integers(1, 200, size=12).tolist(), strict=True))
    heavy = dict(zip("stuvwxyz", rng.dirichlet(np.full(8, 0.3)).tolist(), strict=True))
    return [
        Case(({"a": 8, "b": 4, "c": 2, "d": 1, "e": 1},), note="powers of two"),
        Case(({"x": 1, "y": 99},), note="two symbols: one bit each, however unequal"),
        Case(({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1},), note="five equal frequencies"),
        Case(
            ({"a": 35, "b": 17, "c": 17, "d": 16, "e": 15},), note="top-down splitting fails here"
        ),
        Case(({"only": 7},), note="a single symbol: its word must not be empty"),
        Case((letters,), note="twelve random counts"),
        Case((heavy,), note="probabilities instead of counts"),
        Case(({"the": 6, "of": 3, "and": 3, "a": 2},), note="symbols that are words"),
        Case(({3: 2, 1: 1, 2: 5, 10: 1},), note="symbols that are numbers"),
        Case(({"a": 3, "b": 0, "c": 1, "d": 0},), note="counts of zero: these get words too"),
        Case(({"a": 1, "b": 1, "c": 2, "d": 3, "e": 5, "f": 8},), note="words of many lengths"),
    ]


def _judge_code(args, code):
    (frequencies,) = args
    if not isinstance(code, dict):
        return f"expected a dict from symbol to code word, got a {type(code).__name__}"
    if missing := [symbol for symbol in frequencies if symbol not in code]:
        return f"the symbol {missing[0]!r} has no code word"
    if extra := [symbol for symbol in code if symbol not in frequencies]:
        return f"there is a code word for {extra[0]!r}, which is not among the symbols"
    for symbol, word in code.items():
        if not isinstance(word, str) or not word or set(word) - {"0", "1"}:
            return f"expected words of 0 and 1, like '010'; the word of {symbol!r} is {word!r}"
    ordered = sorted(code, key=code.get)  # a word's extensions follow it in this order
    for first, second in pairwise(ordered):
        if code[second].startswith(code[first]):
            return (
                f"not prefix-free: the word {code[first]} of {first!r} is the beginning of "
                f"{code[second]}, the word of {second!r}"
            )
    best = _least_length(tuple(frequencies.values()))
    got = _mean_length(code, frequencies)
    if got > best * (1 + 1e-9):
        return f"prefix-free, but not optimal: {got:.4f} bits per symbol, {best:.4f} are possible"
    return None


@lru_cache(maxsize=256)
def _least_length(counts):
    frequencies = dict(enumerate(counts))
    return _mean_length(information.huffman_code(frequencies), frequencies)


def _mean_length(code, frequencies):
    total = math.fsum(frequencies.values())
    return math.fsum(frequencies[s] * len(code[s]) for s in frequencies) / total


def _is_prefix_free(words):
    ordered = sorted(words)  # a word's extensions follow it in this order
    return not any(second.startswith(first) for first, second in pairwise(ordered))


def _shape(args, code):
    """What tells faulty codes apart: what words are made of, the cost, whether they are one code.

    Codes that differ in how ties were settled are alike.
    """
    (frequencies,) = args
    if missing := [symbol for symbol in frequencies if symbol not in code]:
        return [-1, all(frequencies[symbol] == 0 for symbol in missing)]
    words = [code[symbol] for symbol in frequencies]
    if all(isinstance(word, list) for word in words):
        return [-2]
    if len(words) > 1 and not all(isinstance(w, str) and set(w) <= {*"01"} for w in words):
        return [-3]
    if not all(isinstance(w, str) for w in words):
        raise ValueError("no words")
    free, backwards = _is_prefix_free(words), _is_prefix_free([word[::-1] for word in words])
    single = len(words) == 1 and words[0] in ("", "0", "1")
    cost = 0.0 if single else _mean_length(code, frequencies)
    return [cost, free, free or backwards, len(words) > 1 or words == [""]]


def _merge(frequencies, first=0, second=1, weight=lambda a, b: a + b, put="before"):
    """Huffman's algorithm with one step exchanged: which groups merge, their weight, the side."""
    groups = [(value, [symbol]) for symbol, value in frequencies.items()]
    code = dict.fromkeys(frequencies, "")
    while len(groups) > 1:
        groups.sort(key=lambda group: group[0])
        picked = [groups[first], groups[second]]
        groups = [group for group in groups if not any(group is p for p in picked)]
        for bit, (_, symbols) in zip("01", picked, strict=True):
            for s in symbols:
                code[s] = bit + code[s] if put == "before" else code[s] + bit
        groups.append((weight(picked[0][0], picked[1][0]), picked[0][1] + picked[1][1]))
    return code


def _or_zero(code):
    """The code, with "0" for a single symbol."""
    return code if len(code) > 1 else dict.fromkeys(code, "0")


def _empty_for_zeros(frequencies):
    seen = {symbol: count for symbol, count in frequencies.items() if count}
    return dict.fromkeys(frequencies, "") | _or_zero(_merge(seen))


def _shannon_fano(frequencies):
    def split(symbols, word):
        if len(symbols) == 1:
            return {symbols[0]: word or "0"}
        values = np.cumsum([frequencies[s] for s in symbols])
        cut = int(np.argmin(np.abs(values[:-1] - values[-1] / 2))) + 1
        return split(symbols[:cut], word + "0") | split(symbols[cut:], word + "1")

    return split(sorted(frequencies, key=frequencies.get, reverse=True), "")


def _shannon_words(frequencies):
    """Words of Shannon's lengths, handed out in order."""
    total = sum(frequencies.values())
    code, at = {}, 0.0
    for symbol in sorted(frequencies, key=frequencies.get, reverse=True):
        length = max(1, math.ceil(-math.log2(frequencies[symbol] / total)))
        code[symbol] = format(int(at * 2**length), f"0{length}b")
        at += 2.0**-length
    return code


def _fixed_length(frequencies):
    width = max(1, (len(frequencies) - 1).bit_length())
    return {symbol: format(i, f"0{width}b") for i, symbol in enumerate(frequencies)}


def _unary(frequencies):
    ranked = sorted(frequencies, key=frequencies.get, reverse=True)
    code = {symbol: "1" * rank + "0" for rank, symbol in enumerate(ranked)}
    if len(ranked) > 1:
        code[ranked[-1]] = code[ranked[-1]][:-1]
    return code


huffman_code = Exercise(
    name="huffman_code",
    chapter=CHAPTER,
    signature="huffman_code(frequencies)",
    task="An optimal prefix-free code for the symbols in the dict `frequencies` (counts or "
    'probabilities): a dict from symbol to a word of "0" and "1". Any optimal code is right. '
    "A single symbol gets a word of one bit. Symbols may be letters, words or numbers; one with "
    "count 0 gets a word too.",
    difficulty=3,
    minutes=20,
    points=2,
    reference=information.huffman_code,
    cases=_huffman_cases,
    judge=_judge_code,
    compare_as=_shape,
    hints=(
        "Which two symbols deserve the longest words? Give them words that differ in the last bit "
        "only, and treat them from then on as one symbol.",
        "Keep a list of groups (weight, symbols). Take the two lightest out, put 0 in front of "
        "every word of the one and 1 in front of every word of the other, put their union back "
        "with the sum of the weights. Stop at one group.",
        "heapq.heappop gives the lightest group. Store (weight, counter, symbols), so that equal "
        "weights never make Python compare the symbols. Treat a single symbol apart.",
    ),
    mistakes=(
        Mistake(
            "the words are written backwards",
            "Your words have the right lengths, but they can't be told apart. The pair that "
            "merges first differs in its last bit: later merges write in front of the word, "
            "not behind it.",
            lambda frequencies: _or_zero(_merge(frequencies, put="behind")),
        ),
        Mistake(
            "words that are lists",
            'Your words are lists of bits. A word is a text, such as "010": join the bits.',
            lambda frequencies: {s: list(w) for s, w in _merge(frequencies).items()},
        ),
        Mistake(
            "words of other letters",
            "Your words are made of other letters (left and right, perhaps). A word is a text of 0 "
            "and 1.",
            lambda frequencies: {
                s: w.replace("0", "L").replace("1", "R") or "L"
                for s, w in _merge(frequencies).items()
            },
        ),
        Mistake(
            "symbols with count 0 are left out",
            "You leave out symbols with count 0. Every symbol of the dict gets a word, also one "
            "that has not been seen yet.",
            lambda frequencies: information.huffman_code(
                {s: count for s, count in frequencies.items() if count}
            ),
        ),
        Mistake(
            "an empty word for a single symbol",
            "All is right but for the single symbol: it gets the empty word, and then nobody can "
            "count how many were sent. Give it one bit.",
            _merge,
        ),
        Mistake(
            "an empty word for what never came",
            "A symbol with count 0 gets the empty word, or none of its own. Every symbol of the "
            "dict gets a word: merge it like the others.",
            _empty_for_zeros,
        ),
        Mistake(
            "the weight of a merged group is not the sum",
            "Your merged groups keep the weight of the heavier half. A group is as frequent as "
            "its members together: add the weights.",
            lambda frequencies: _or_zero(_merge(frequencies, weight=max)),
        ),
        Mistake(
            "the two most frequent are merged",
            "You merge the two heaviest groups, so the most frequent symbols get the longest "
            "words. Merge the two lightest.",
            lambda frequencies: _or_zero(_merge(frequencies, first=-1, second=-2)),
        ),
        Mistake(
            "words of equal length",
            "All your words have the same length. That is optimal for equal frequencies at best: "
            "frequent symbols should get shorter words.",
            _fixed_length,
        ),
        Mistake(
            "one more bit for each rank",
            "Your words grow by one bit from symbol to symbol (0, 10, 110, …). That suits "
            "frequencies that halve at each step, and no others.",
            lambda frequencies: {
                symbol: "1" * rank + "0"
                for rank, symbol in enumerate(sorted(frequencies, key=lambda s: -frequencies[s]))
            },
        ),
        Mistake(
            "one more bit for each rank",
            "Your words grow by one bit from symbol to symbol (0, 10, 110, …). That suits "
            "frequencies that halve at each step, and no others.",
            _unary,
        ),
        Mistake(
            "one more bit for each rank",
            "Your words grow by one bit from symbol to symbol (0, 10, 110, …). That suits "
            "frequencies that halve at each step, and no others.",
            lambda frequencies: (
                _unary(frequencies) if len(frequencies) > 1 else _merge(frequencies)
            ),
        ),
        Mistake(
            "split from the top",
            "You split the sorted symbols into two halves of nearly equal weight, then each half "
            "again. That is Shannon-Fano coding: good, but not always optimal. Merge from the "
            "bottom instead.",
            _shannon_fano,
        ),
        Mistake(
            "lengths rounded up",
            "Your lengths are -log2 p rounded up: Shannon's code. It stays below entropy plus one "
            "bit, but Huffman's merging can be shorter.",
            _shannon_words,
        ),
    ),
)


# ------------------------------------------------------------------ expected_code_length


def _length_cases(rng):
    code = {"a": "0", "b": "10", "c": "110", "d": "111"}
    p = dict(zip("dcba", rng.dirichlet(np.ones(4)).tolist(), strict=True))
    return [
        Case((code, {"a": 0.5, "b": 0.25, "c": 0.125, "d": 0.125}), note="lengths that fit p"),
        Case((code, dict.fromkeys("abcd", 0.25)), note="four equal probabilities"),
        Case((code, p), note="the symbols of p come in another order than those of the code"),
        Case((code, {"b": 0.75, "d": 0.25}), note="symbols of the code that never occur"),
        Case(({"x": "1", "y": "01", "z": "00"}, {"z": 0.8, "x": 0.1, "y": 0.1})),
        Case(({"one": "0", "two": "11", "no": "10"}, {"two": 1, "no": 0}), note="a certain word"),
        Case(({1: "0", 2: "10", 3: "11"}, {3: 0.5, 1: 0.5}), note="symbols that are numbers"),
        Case(({"a": "00", "b": "01", "c": "1111"}, {"c": 0.5, "a": 0.3, "b": 0.2})),
    ]


def _weighted_entropy(code, p):
    return -sum(value * math.log2(value) for value in p.values())


expected_code_length = Exercise(
    name="expected_code_length",
    chapter=CHAPTER,
    signature="expected_code_length(code, p)",
    task="The mean length, in bits per symbol, of the words in the dict `code` (symbol to word) "
    "when symbols come with the probabilities in the dict `p`.",
    difficulty=1,
    minutes=5,
    reference=information.expected_code_length,
    cases=_length_cases,
    hints=(
        "How often is each word sent?",
        "Go through the symbols of p. Look up each word by its symbol, not by its position: the "
        "two dicts may be in different orders.",
        "sum(p[symbol] * len(code[symbol]) for symbol in p).",
    ),
    mistakes=(
        Mistake(
            "words averaged without weights",
            "You average over the words as if all were sent equally often. Weight "
            "each length by its symbol's probability.",
            lambda code, p: sum(map(len, code.values())) / len(code),
        ),
        Mistake(
            "words averaged without weights",
            "You average over the words as if all were sent equally often. "
            "Weight each length by its symbol's probability.",
            lambda code, p: sum(len(code[s]) for s in p) / len(p),
        ),
        Mistake(
            "the two dicts are paired by position",
            "You pair the words with the probabilities by their order. Look up both by the symbol.",
            lambda code, p: sum(
                v * len(w) for w, v in zip(code.values(), p.values(), strict=False)
            ),
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of symbols after weighting. The probabilities are the "
            "weights already and sum to one.",
            lambda code, p: sum(p[s] * len(code[s]) for s in p) / len(p),
        ),
        Mistake(
            "the entropy of p",
            "You computed the entropy of p, which is the least that any code can cost. Here the "
            "cost of this code is asked for.",
            _weighted_entropy,
        ),
        Mistake(
            "the entropy of p",
            "You computed the entropy of p, which is the least that any code can cost. Here the "
            "cost of this code is asked for.",
            lambda code, p: -sum(value * math.log2(value) for value in p.values() if value),
        ),
        Mistake(
            "the terms are not summed",
            "You return each symbol's share. The mean length is their sum: one number.",
            lambda code, p: {s: p[s] * len(code[s]) for s in p},
        ),
        Mistake(
            "every symbol of the code is looked up in p",
            "You go through the symbols of the code and look each up in p. Some never occur and "
            "are not in p: go through p.",
            lambda code, p: sum(p[s] * len(code[s]) for s in code),
        ),
        Mistake(
            "weighted by 2^-length",
            "You weight each word by 2^-length, the probability that would suit the code. The "
            "symbols come with the probabilities p.",
            lambda code, p: sum(2.0 ** -len(w) * len(w) for w in code.values()),
        ),
        Mistake(
            "the longest word",
            "You return the longest word that occurs. The mean over the symbols is asked for.",
            lambda code, p: max(len(code[s]) for s in p),
        ),
        Mistake(
            "lengths added up without weights",
            "You add up the lengths of the words. Each counts by how often its symbol comes: "
            "weight it by p.",
            lambda code, p: sum(len(code[s]) for s in p),
        ),
        Mistake(
            "the words' lengths are ignored",
            "You add up the probabilities and leave the lengths of the words out.",
            lambda code, p: float(sum(p.values())),
        ),
        Mistake(
            "words of the wrong symbols averaged",
            "You divide by the number of all words of the code. The probabilities are the weights "
            "already: only sum.",
            lambda code, p: sum(p[s] * len(code[s]) for s in p) / len(code),
        ),
    ),
)


# ------------------------------------------------------------------ wasted_bits


def _english():
    return data.frequencies(data.letter_counts("english"))


def _french():
    return data.frequencies(data.letter_counts("french"))


def _sent(name="lincoln_1862"):
    return data.frequencies(data.count_letters(data.speech(name)))


def _huffman_waste():
    counts = data.count_letters(data.speech("lincoln_1862"))
    p = dict(zip(counts, _sent(), strict=True))
    french = information.huffman_code(data.letter_counts("french"))
    own = information.huffman_code(counts)
    length = information.expected_code_length
    return length(french, p) - length(own, p)


wasted_bits = Exercise(
    name="wasted_bits",
    chapter=CHAPTER,
    signature="wasted_bits",
    task="Lincoln's message to Congress of 1862, letters only, is sent with ideal code lengths "
    "-log2 q, where q are the French letter frequencies. How many bits per letter does that waste, "
    "compared with ideal code lengths from the message's own letter frequencies? Four decimals "
    "are enough.",
    difficulty=2,
    minutes=10,
    reference=lambda: float(information.kl_divergence(_sent(), _french(), 2)),
    atol=5.1e-5,  # half of the fourth decimal
    hints=(
        "What happens: the letters of Lincoln's message. What was expected: French. Which quantity "
        "of this chapter is the excess cost?",
        'data.frequencies(data.count_letters(data.speech("lincoln_1862"))) gives p, and '
        'data.frequencies(data.letter_counts("french")) gives q.',
        "kl_divergence(p, q, 2) with your own function from above, or the same in one line: "
        "(p * np.log2(p / q)).sum(), as no letter is missing in either.",
    ),
    mistakes=(
        Mistake(
            "nats instead of bits",
            "That is the waste in nats. Divide by ln 2, or pass base 2.",
            lambda: float(information.kl_divergence(_sent(), _french())),
        ),
        Mistake(
            "the total instead of the waste",
            "That is the whole cost per letter, the cross-entropy. Subtract what the message's "
            "own code would cost.",
            lambda: float(information.cross_entropy(_sent(), _french(), 2)),
        ),
        Mistake(
            "the other direction",
            "That is what French text wastes with Lincoln's code. Swap the two.",
            lambda: float(information.kl_divergence(_french(), _sent(), 2)),
        ),
        Mistake(
            "compared with the entropy of French",
            "You subtract the entropy of French. The message itself is sent, so compare with what "
            "its own frequencies would cost.",
            lambda: float(
                information.cross_entropy(_sent(), _french(), 2) - information.entropy(_french(), 2)
            ),
        ),
        Mistake(
            "English in general instead of the message",
            "You took the letter frequencies of English at large. Count the letters of the "
            'message itself: data.count_letters(data.speech("lincoln_1862")).',
            lambda: float(information.kl_divergence(_english(), _french(), 2)),
        ),
        Mistake(
            "compared with the English code",
            "You compared the French code with the English one. Compare it with the message's "
            "own frequencies, the best there is.",
            lambda: float(
                information.cross_entropy(_sent(), _french(), 2)
                - information.cross_entropy(_sent(), _english(), 2)
            ),
        ),
        Mistake(
            "Huffman words instead of ideal lengths",
            "You compared two Huffman codes, whose words are whole numbers of bits. Ideal lengths "
            "are -log2 q, not rounded.",
            _huffman_waste,
        ),
        Mistake(
            "the whole message instead of one letter",
            "That is the waste over the whole message. Divide by its number of letters.",
            lambda: (
                float(information.kl_divergence(_sent(), _french(), 2))
                * len(data.only_letters(data.speech("lincoln_1862")))
            ),
        ),
        Mistake(
            "the mean over the letters of the alphabet",
            "You take the mean over the 26 letters. How often each comes is its weight already: "
            "sum p · log2(p / q).",
            lambda: float(information.kl_divergence(_sent(), _french(), 2)) / 26,
        ),
        Mistake(
            "the entropy of the message",
            "That is what the message costs with its own code. What the French code costs more is "
            "asked for.",
            lambda: float(information.entropy(_sent(), 2)),
        ),
        Mistake(
            "another speech",
            "That is the waste on Roosevelt's speech, the default of data.speech. Name Lincoln's: "
            'data.speech("lincoln_1862").',
            lambda: float(information.kl_divergence(_sent("roosevelt_1941"), _french(), 2)),
        ),
    ),
)

EXERCISES = (
    surprisal,
    entropy,
    cross_entropy,
    kl_divergence,
    huffman_code,
    expected_code_length,
    wasted_bits,
)
