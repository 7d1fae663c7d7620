"""The exercises of chapter 09: what they are tried on, their references, the usual mistakes.

The two fits are judged by outcome: the loss of the fitted probabilities on examples that the
answer never saw, against that of the reference fit.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ce_course import calibration, data, losses
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import echo_if, in_forms, one_of, remembered, with_epsilon

CHAPTER = "09_calibration"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args, **options):
        with np.errstate(all="ignore"):
            return function(*args, **options)

    return silenced


# ------------------------------------------------------------------ bins, right and wrong


def _edge_below(p, num_bins):
    return np.searchsorted(np.arange(1, num_bins) / num_bins, p)


def _edge_above(p, num_bins):
    return np.minimum((np.asarray(p) * num_bins).astype(int), num_bins - 1)


def _equal_mass(p, num_bins):
    return np.argsort(np.argsort(p, kind="stable")) * num_bins // len(p)


def _by_ceil(p, num_bins):
    """Like `_edge_below`, but for products that come out above a whole number."""
    return np.maximum(np.ceil(np.asarray(p) * num_bins).astype(int) - 1, 0)


def _rounded_product(implementation):
    """The mistake of bins by ceil(c * M), as each exercise with bins makes it."""
    return Mistake(
        "ceil(c·M) rounds the product",
        "Right, but for some edges: a product is rounded, 7 / 25 * 25 comes out above 7, and "
        "np.ceil makes 8 of it. Compare with the edges m / M themselves, as np.searchsorted does.",
        implementation,
    )


def _also_by_ceil(*mistakes):
    """Mistakes, each also as code makes it that finds the bins with `_by_ceil`."""

    def both(form):
        def by_ceil(p, y, num_bins):
            above = _by_ceil(p, num_bins) > _edge_below(p, num_bins)
            return form(np.where(above, np.nextafter(p, 1), p), y, num_bins)

        return one_of(form, by_ceil)

    def also(mistake):
        closed = getattr(mistake.family, "is_closed", mistake.family is None)
        kept = cache(both) if closed else both  # which remembers what the forms give

        def family(cases, values):
            form = mistake.family(cases, values) if mistake.family else mistake.implementation
            return kept(form)(cases, values)

        family.is_closed = closed
        return replace(mistake, family=family)

    return tuple(also(mistake) for mistake in mistakes)


@_quiet
def _bins(which, p, y, num_bins):
    count = np.bincount(which, minlength=num_bins)
    means = (np.bincount(which, v, num_bins) / count for v in (p, y))
    return count, *means


def _draw_confidence(rng, n, low):
    confidence = rng.uniform(low, 1, n)
    return confidence, (rng.random(n) < confidence**1.5).astype(int)


def _rounded_products():
    """Edges k/M with k/M · M above k, as rounded; np.linspace and torch.linspace put none lower."""
    return [
        Case(
            (np.r_[k, np.add(k, 0.5)] / M, np.repeat([1, 0], len(k)), M),
            note=f"{k[0]}/{M} times {M} is rounded to above {k[0]}",
        )
        for M, k in ((25, (7,)), (29, (15,)), (50, (7, 14)))
    ]


def _bin_cases(rng):
    edges = np.array([0.0, 0.25, 0.5, 0.5, 0.75, 1.0])
    return [
        Case((np.array([0.6, 0.9, 0.95, 0.7]), np.array([1, 1, 0, 0]), 2), note="one empty bin"),
        Case((edges, np.array([1, 0, 1, 0, 1, 1]), 4), note="confidences on the edges"),
        Case((*_draw_confidence(rng, 200, 0.1), 10)),
        Case((*_draw_confidence(rng, 50, 0.6), 15), note="nine bins are empty"),
        Case((*_draw_confidence(rng, 20, 0.2), 1), note="a single bin"),
        Case(
            (np.array([0.0, 0.1, 0.3, 0.25, 0.5, 0.0]), np.array([1, 0, 1, 0, 1, 1]), 8),
            note="the last bins are empty, confidences of 0",
        ),
        Case(
            (np.array([1.0, 0.9, 0.75, 1.0, 0.3, 0.45]), np.array([0, 1, 1, 0, 1, 0]), 4),
            note="confidences of 1",
        ),
        Case((np.array([0, 1, 1, 0, 1]), np.array([0, 1, 0, 1, 1]), 3), note="whole numbers"),
        *_rounded_products(),
    ]


# ------------------------------------------------------------------ reliability_bins


def _zero_where_empty(confidence, correct, num_bins):
    return tuple(np.nan_to_num(part) for part in _right_bins(confidence, correct, num_bins))


def _right_bins(confidence, correct, num_bins):
    return _bins(_edge_below(confidence, num_bins), confidence, correct, num_bins)


def _with_midpoints(confidence, correct, num_bins):
    count, _, accuracy = _right_bins(confidence, correct, num_bins)
    middle = (np.arange(num_bins) + 0.5) / num_bins
    return count, np.where(count > 0, middle, np.nan), accuracy


def _without_zero(confidence, correct, num_bins):
    kept = confidence > 0
    return _right_bins(confidence[kept], correct[kept], num_bins)


def _without_one(confidence, correct, num_bins):
    kept = confidence < 1
    return _bins(_edge_above(confidence[kept], num_bins), confidence[kept], correct[kept], num_bins)


def _wrapped(p, num_bins):
    """Like `_edge_below`, but 0 has the index -1, which is the last bin."""
    return (np.ceil(np.asarray(p) * num_bins).astype(int) - 1) % num_bins


def _over_the_end(confidence, correct, num_bins):
    index = (np.asarray(confidence) * num_bins).astype(int)
    return _bins(index, confidence, correct, num_bins)


def _nearest(p, num_bins):
    return np.clip(np.round(np.asarray(p) * num_bins).astype(int), 0, num_bins - 1)


def _by_parts(confidence, correct, num_bins):
    """Equal counts, as np.array_split makes them."""
    parts = np.array_split(np.argsort(confidence, kind="stable"), num_bins)
    count = np.array([len(part) for part in parts])
    with np.errstate(all="ignore"):
        means = (np.array([v[i].sum() / len(i) for i in parts]) for v in (confidence, correct))
        return count, *means


def _between_extremes(confidence, correct, num_bins):
    low, high = np.min(confidence), np.max(confidence)
    return _bins(
        _edge_below((confidence - low) / (high - low), num_bins), confidence, correct, num_bins
    )


def _sums(confidence, correct, num_bins):
    count, mean, accuracy = _right_bins(confidence, correct, num_bins)
    return count, np.nan_to_num(count * mean), np.nan_to_num(count * accuracy)


def _filled_only(confidence, correct, num_bins):
    parts = _right_bins(confidence, correct, num_bins)
    return tuple(part[parts[0] > 0] for part in parts)


def _up_to_the_last(confidence, correct, num_bins):
    parts = _right_bins(confidence, correct, num_bins)
    return tuple(part[: np.flatnonzero(parts[0])[-1] + 1] for part in parts)


def _errors(confidence, correct, num_bins):
    count, mean, accuracy = _right_bins(confidence, correct, num_bins)
    return count, mean, 1 - accuracy


def _gap_for_accuracy(confidence, correct, num_bins):
    count, mean, accuracy = _right_bins(confidence, correct, num_bins)
    return count, mean, np.abs(accuracy - mean)


def _all_midpoints(confidence, correct, num_bins):
    count, _, accuracy = _right_bins(confidence, correct, num_bins)
    return count, (np.arange(num_bins) + 0.5) / num_bins, accuracy


def _shares(confidence, correct, num_bins):
    count, *means = _right_bins(confidence, correct, num_bins)
    return count / len(confidence), *means


def _number_correct(confidence, correct, num_bins):
    count, mean, accuracy = _right_bins(confidence, correct, num_bins)
    return count, mean, np.nan_to_num(count * accuracy)


reliability_bins = Exercise(
    name="reliability_bins",
    chapter=CHAPTER,
    signature="reliability_bins(confidence, correct, num_bins)",
    task="Sort N confidences into `num_bins` bins of equal width and return three arrays of shape "
    "(num_bins,): how many fell into each bin, their mean confidence, and the share of them that "
    "was correct (NaN in the last two for an empty bin). An edge m / num_bins belongs to the bin "
    "below it (compare with it: a product, confidence * num_bins, is rounded); a confidence of 0 "
    "belongs to the first bin.",
    difficulty=2,
    minutes=12,
    points=1,
    reference=calibration.reliability_bins,
    cases=_bin_cases,
    parts=("counts", "mean confidences", "accuracies"),
    hints=(
        "First find the index of each example's bin, an integer from 0 to num_bins - 1. "
        "Then count, add up and divide for each index.",
        "With M bins, bin m (from 0) holds the confidences above m / M up to (m + 1) / M. "
        "So the index is the number of inner edges 1 / M ... (M - 1) / M below the confidence: "
        "np.searchsorted counts them. (np.ceil(confidence * M) - 1 is near, but a product is "
        "rounded: 7 / 25 * 25 comes out above 7.)",
        "np.bincount(index, minlength=M) counts; np.bincount(index, weights=confidence, "
        "minlength=M) adds up. Dividing 0 by 0 gives the NaN that is wanted.",
    ),
    mistakes=_also_by_ceil(
        _rounded_product(lambda c, k, m: _bins(_by_ceil(c, m), c, k, m)),
        Mistake(
            "an edge goes into the bin above",
            "You put a confidence of exactly 0.5 into the bin above 0.5. In the published "
            "definition the bins are (m/M, (m + 1)/M]: an edge belongs to the bin below it.",
            lambda c, k, m: _bins(_edge_above(c, m), c, k, m),
        ),
        Mistake(
            "a confidence of 0 is lost",
            "An example with confidence 0 falls into no bin. Put it into the first one: "
            "the counts must add up to N.",
            _without_zero,
        ),
        Mistake(
            "0 wraps into the last bin",
            "A confidence of 0 has the index -1 with you, which Python takes for the last bin. It "
            "belongs to the first: np.maximum(index, 0).",
            lambda c, k, m: _bins(_wrapped(c, m), c, k, m),
        ),
        in_forms(
            "a bin too many",
            "A confidence of 1 makes a bin of its own, with the index num_bins, and edges go "
            "upwards. An edge belongs to the bin below it.",
            _over_the_end,
        ),
        Mistake(
            "the nearest edge",
            "You round confidence · num_bins to the nearest whole number. A bin reaches from one "
            "edge to the next: round up and subtract 1.",
            lambda c, k, m: _bins(_nearest(c, m), c, k, m),
        ),
        Mistake(
            "bins between the least and the largest confidence",
            "Your bins divide the range that occurs. They divide the range from 0 to 1.",
            _quiet(_between_extremes),
        ),
        Mistake(
            "sums in place of means",
            "Your second and third arrays are sums. Divide by the number in the bin.",
            _sums,
        ),
        Mistake(
            "empty bins left out",
            "You return the filled bins only. The arrays have num_bins entries, NaN for the means "
            "of an empty bin.",
            _filled_only,
        ),
        Mistake(
            "the arrays end with the last filled bin",
            "Your arrays are too short where the last bins are empty: np.bincount counts up to "
            "the largest index only. Give it minlength=num_bins.",
            _up_to_the_last,
        ),
        Mistake(
            "errors in place of accuracy",
            "Your third array is the share of wrong ones. The share of correct ones is asked for.",
            _errors,
        ),
        Mistake(
            "the gap in place of the accuracy",
            "Your third array is the gap between accuracy and confidence. The accuracy itself is "
            "asked for.",
            _gap_for_accuracy,
        ),
        Mistake(
            "a confidence of 1 is lost",
            "An example with confidence 1 falls into no bin, and edges go upwards. Networks are "
            "often so sure that their confidence is rounded to 1: the last bin includes it.",
            _without_one,
        ),
        in_forms(
            "0 in empty bins",
            "You report a mean of 0 for bins in which nothing lies. An empty bin has no accuracy: "
            "NaN says so, and a plot leaves it out.",
            _zero_where_empty,
        ),
        in_forms(
            "the middle of the bin for its mean confidence",
            "You return the middle of each bin. The confidences inside may lie elsewhere: "
            "take their mean.",
            _with_midpoints,
            _all_midpoints,
        ),
        in_forms(
            "bins of equal counts",
            "Your bins hold equally many examples. That is a useful variant, but here the bins "
            "have equal width.",
            lambda c, k, m: _bins(_equal_mass(c, m), c, k, m),
            _by_parts,
        ),
        Mistake(
            "confidence and accuracy swapped",
            "Your second array is the accuracy, the third the confidence. The order is count, "
            "confidence, accuracy.",
            lambda c, k, m: tuple(_right_bins(c, k, m)[i] for i in (0, 2, 1)),
        ),
        Mistake(
            "shares in place of counts",
            "Your first array sums to 1. Return how many examples fell into each bin.",
            _shares,
        ),
        Mistake(
            "the number correct",
            "Your third array counts the correct examples. Divide by the number in the bin.",
            _number_correct,
        ),
    ),
)


# ------------------------------------------------------------------ expected_calibration_error


def _gaps(confidence, correct, num_bins, which=_edge_below):
    count, mean, accuracy = _bins(which(confidence, num_bins), confidence, correct, num_bins)
    return count, np.nan_to_num(accuracy - mean)


def _weighted(count, gap):
    return (count * gap).sum() / count.sum()


def _midpoint_error(confidence, correct, num_bins):
    count, middle, accuracy = _with_midpoints(confidence, correct, num_bins)
    return _weighted(count, np.nan_to_num(np.abs(accuracy - middle)))


def _error_of(bins):
    """The weighted mean of |accuracy - confidence| of bins (count, confidence, accuracy)."""
    count, mean, accuracy = bins
    return np.nansum(count * np.abs(accuracy - mean)) / np.sum(count)


def _error_without_zero(confidence, correct, num_bins):
    count, mean, accuracy = _without_zero(confidence, correct, num_bins)
    return np.nansum(count * np.abs(accuracy - mean)) / len(confidence)


def _error_without_one(confidence, correct, num_bins):
    count, mean, accuracy = _without_one(confidence, correct, num_bins)
    return np.nansum(count * np.abs(accuracy - mean)) / len(confidence)


def _over_filled_bins(confidence, correct, num_bins):
    count, gap = _gaps(confidence, correct, num_bins)
    return np.abs(gap[count > 0]).mean()


expected_calibration_error = Exercise(
    name="expected_calibration_error",
    chapter=CHAPTER,
    signature="expected_calibration_error(confidence, correct, num_bins)",
    task="The expected calibration error with `num_bins` bins of equal width (bins as in "
    "`reliability_bins`): the mean of |accuracy - confidence| over the bins, each weighted with "
    "the share of the examples in it. One number. Empty bins add nothing.",
    difficulty=2,
    minutes=8,
    points=1,
    reference=calibration.expected_calibration_error,
    cases=_bin_cases,
    hints=(
        "It is a mean over the examples: each one brings the gap of its bin.",
        "sum of count / N * |accuracy - confidence| over the bins that are not empty.",
        "count, conf, acc = reliability_bins(confidence, correct, num_bins); "
        "np.nansum(count * np.abs(acc - conf)) / count.sum()",
    ),
    mistakes=_also_by_ceil(
        _rounded_product(lambda c, k, m: _error_of(_bins(_by_ceil(c, m), c, k, m))),
        Mistake(
            "every bin counts the same",
            "You average the gaps over the bins. A bin with two examples must not weigh as much "
            "as one with two hundred: weight each gap with count / N.",
            _over_filled_bins,
        ),
        Mistake(
            "empty bins counted",
            "You average over all bins, the empty ones included, and each weighs the same. Weight "
            "each gap with count / N.",
            lambda c, k, m: np.abs(_gaps(c, k, m)[1]).mean(),
        ),
        Mistake(
            "the largest gap",
            "You return the largest gap. That is the maximum calibration error, MCE.",
            lambda c, k, m: np.abs(_gaps(c, k, m)[1]).max(),
        ),
        in_forms(
            "gaps with their signs",
            "In your sum over- and under-confident bins cancel: it is the difference of mean "
            "accuracy and mean confidence, whatever the bins. Take the absolute value of each gap.",
            lambda c, k, m: _weighted(*_gaps(c, k, m)),
            lambda c, k, m: -_weighted(*_gaps(c, k, m)),
        ),
        Mistake(
            "mean confidence minus mean accuracy",
            "You compare the two overall means, or take the absolute value after adding up. That "
            "is the ECE with a single bin: take the absolute value of each bin's gap.",
            lambda c, k, m: abs(np.mean(c) - np.mean(k)),
        ),
        Mistake(
            "0 wraps into the last bin",
            "A confidence of 0 has the index -1 with you, which Python takes for the last bin. It "
            "belongs to the first: np.maximum(index, 0).",
            lambda c, k, m: _error_of(_bins(_wrapped(c, m), c, k, m)),
        ),
        Mistake(
            "a confidence of 0 is lost",
            "An example with confidence 0 falls into no bin. Put it into the first one.",
            _error_without_zero,
        ),
        Mistake(
            "a confidence of 1 is lost",
            "An example with confidence 1 falls into no bin, and edges go upwards. An edge belongs "
            "to the bin below it, 1 to the last.",
            _error_without_one,
        ),
        Mistake(
            "not divided by N",
            "You add up count · gap and do not divide by N: each bin weighs count / N.",
            lambda c, k, m: _error_of(_right_bins(c, k, m)) * len(c),
        ),
        Mistake(
            "not added up",
            "You return a number for each bin. Add them up: one number.",
            lambda c, k, m: (lambda n, a, b: n / n.sum() * np.abs(b - a))(*_right_bins(c, k, m)),
        ),
        in_forms(
            "bins of equal counts",
            "Your bins hold equally many examples. That is a useful variant, but here the bins "
            "have equal width.",
            lambda c, k, m: _error_of(_by_parts(c, k, m)),
            lambda c, k, m: _error_of(_bins(_equal_mass(c, m), c, k, m)),
        ),
        in_forms(
            "another number of bins",
            "You always take the same number of bins, whatever num_bins is.",
            *(lambda c, k, m, n=n: _error_of(_right_bins(c, k, n)) for n in (10, 15, 20, 5)),
        ),
        Mistake(
            "bins between the least and the largest confidence",
            "Your bins divide the range that occurs. They divide the range from 0 to 1.",
            _quiet(lambda c, k, m: _error_of(_between_extremes(c, k, m))),
        ),
        Mistake(
            "in per cent",
            "You return per cent. A number from 0 to 1 is asked for.",
            lambda c, k, m: 100 * _error_of(_right_bins(c, k, m)),
        ),
        Mistake(
            "squared gaps",
            "You square the gaps. The ECE takes their absolute values.",
            lambda c, k, m: (lambda n, gap: _weighted(n, gap**2))(*_gaps(c, k, m)),
        ),
        Mistake(
            "root of the squared gaps",
            "This is the root-mean-square calibration error. The ECE is the mean of the absolute "
            "gaps.",
            lambda c, k, m: (lambda n, gap: np.sqrt(_weighted(n, gap**2)))(*_gaps(c, k, m)),
        ),
        Mistake(
            "the middle of the bin for its mean confidence",
            "You compare the accuracy with the middle of the bin. Compare it with the mean of the "
            "confidences in it.",
            _midpoint_error,
        ),
        Mistake(
            "an edge goes into the bin above",
            "Right, but for confidences exactly on an edge: they belong to the bin below it.",
            lambda c, k, m: (lambda n, gap: _weighted(n, np.abs(gap)))(
                *_gaps(c, k, m, _edge_above)
            ),
        ),
        Mistake(
            "each example against its own confidence",
            "You average |correct - confidence| over the examples. A calibrated 70 % would have an "
            "error of 0.42 then. The gap is taken after averaging within a bin.",
            lambda c, k, m: np.abs(k - c).mean(),
        ),
        Mistake(
            "NaN from empty bins",
            "An empty bin gives NaN, and NaN spreads through the sum. Empty bins add nothing: "
            "np.nansum, or leave them out.",
            lambda c, k, m: (lambda n, mean, acc: _weighted(n, np.abs(acc - mean)))(
                *_right_bins(c, k, m)
            ),
        ),
    ),
)


# ------------------------------------------------------------------ fit_temperature

SEEN = 400  # of each network's validation examples; the rest judges
MADE_UP = 120
NATS = 0.002


@cache
def _networks():
    """Real logits and labels, most of them over-confident, the last under-confident."""
    return list(data.validation_logits().values())


def _temperature_cases(rng):
    cases = []
    for (z, y), note in zip(
        _networks(),
        ("over-confident logits", "over-confident, 92 % right", "under-confident logits"),
        strict=True,
    ):
        chosen = np.sort(rng.permutation(len(y))[:SEEN])
        cases.append(Case((z[chosen], y[chosen]), note=note))
    return [*cases, Case(_sure_and_wrong(), note="made up: four sure predictions are wrong")]


def _sure_and_wrong():
    """Logits on which cross-entropy, which pays for the sure mistakes, needs a T of its own."""
    z = np.column_stack([np.linspace(0.2, 12, MADE_UP), np.zeros(MADE_UP), -np.ones(MADE_UP)])
    y = np.zeros(MADE_UP, int)
    y[: MADE_UP // 2 : 4], y[100::6] = 1, 2
    return z, y


def _judging(z, y):
    """What a fit to `z` is judged on: the examples of its network that are not in `z`.

    The set that is made up has no others.
    """
    if len(z) == MADE_UP:
        return z, y
    seen = {row.tobytes() for row in z}
    for logits, labels in _networks():
        new = np.array([row.tobytes() not in seen for row in logits])
        if not new.all():
            return logits[new], labels[new]
    raise ValueError("z: expected rows of the stored logits")


_best = remembered(calibration.fit_temperature)
_best_platt = remembered(calibration.fit_platt)


def _nll_at(z, y, T):
    return losses.cross_entropy_from_logits(z / T, y).mean()


def _judge_temperature(args, answer):
    T = np.asarray(answer, dtype=float)
    if T.ndim != 0:
        return f"expected one number, got an array of shape {T.shape}"
    if not (np.isfinite(T) and T > 0):
        return f"expected a positive temperature, got {T:.6g}"
    z, y = _judging(*args)
    best, got = _nll_at(z, y, _best(*args)), _nll_at(z, y, T)
    if got <= best + NATS:
        return None
    return (
        f"on {len(y)} {'' if len(y) == MADE_UP else 'unseen '}examples your T = {T:.4g} gives a "
        f"loss of {got:.4f}; "
        f"expected at most {best + NATS:.4f}"
    )


def _fitted_to(transform):
    """A fit of 1/T on transformed logits, by golden-section search on log T."""

    def fit(z, y):
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(
            lambda t: _nll_at(transform(z), y, np.exp(t)), bounds=(-8, 8), method="bounded"
        )
        return float(np.exp(found.x))

    return fit


@remembered
def _match_accuracy(z, y):
    """The T at which mean confidence equals accuracy: bisection on log T."""
    low, high = -5.0, 5.0
    accuracy = (z.argmax(axis=1) == y).mean()
    for _ in range(60):
        middle = (low + high) / 2
        too_sure = losses.softmax(z / np.exp(middle)).max(axis=1).mean() > accuracy
        low, high = (middle, high) if too_sure else (low, middle)
    return float(np.exp(low))


def _between_one_and_best(T, args):
    share = np.log(T) / np.log(_best(*args))
    return 0 <= share <= 1.02


def _near_the_best(T, args):
    return abs(np.log(T / _best(*args))) < 0.25


def _constant(cases, values):
    """What an answer gives everywhere, if it is one number."""
    return (lambda *args: values[0]) if len(set(values)) == 1 else None


@remembered
def _least_brier(z, y):
    def fit(t):
        return ((losses.softmax(z / np.exp(t)) - np.eye(z.shape[1])[y]) ** 2).sum()

    grid = np.linspace(-3, 3, 601)
    return float(np.exp(grid[np.argmin([fit(t) for t in grid])]))


def _descend_temperature(z, y, learning_rate, steps):
    T = 1.0
    for _ in range(steps):
        p = losses.softmax(z / T)
        own = np.take_along_axis(z, y[:, np.newaxis], axis=1)[:, 0]
        T = T - learning_rate * (own - (p * z).sum(axis=1)).mean() / T**2
    return T


fit_temperature = Exercise(
    name="fit_temperature",
    chapter=CHAPTER,
    signature="fit_temperature(z, y)",
    task="From validation logits `z` (N, K) and labels `y` (N,), return the temperature T > 0 for "
    "which softmax(z / T) has the smallest mean cross-entropy. Any method. You pass if your T "
    "costs at most 0.002 nat more than the best fit: for three networks on examples you have not "
    "seen, for 120 logits that are made up on these. All four together may take a minute of the "
    "processor's time.",
    difficulty=3,
    minutes=15,
    points=2,
    reference=calibration.fit_temperature,
    cases=_temperature_cases,
    rtol=1e-2,
    atol=1e-3,
    judge=_judge_temperature,
    seconds=60.0,
    libraries=("scipy",),
    hints=(
        "Write a function of T that returns the mean cross-entropy of z / T. "
        "It has one minimum. T may lie on either side of 1.",
        "scipy.optimize.minimize_scalar finds the minimum of a function of one number. "
        "Search over log T between -3 and 3, so that T stays positive.",
        "def loss(t): s = z / np.exp(t); return (logsumexp(s, axis=1) - s[np.arange(len(y)), y])"
        ".mean() and then np.exp(minimize_scalar(loss, bounds=(-3, 3), method='bounded').x).",
    ),
    mistakes=(
        Mistake(
            "the inverse",
            "You return 1/T. That is what the logits are multiplied with; the temperature is "
            "what they are divided by.",
            lambda z, y: 1 / _best(z, y),
        ),
        Mistake(
            "its logarithm",
            "You return log T: you searched over the logarithm and forgot to go back. "
            "Take the exponential.",
            lambda z, y: np.log(_best(z, y)),
        ),
        Mistake(
            "nothing fitted",
            "You return T = 1: the logits stay as they were.",
            lambda z, y: 1.0,
        ),
        Mistake(
            "the square",
            "You return the square of the best T: the logits are divided by T itself.",
            lambda z, y: _best(z, y) ** 2,
        ),
        Mistake(
            "the loss, not T",
            "You return the smallest loss. Asked is the T at which it is smallest.",
            lambda z, y: _nll_at(z, y, _best(z, y)),
        ),
        Mistake(
            "confidence matched to accuracy",
            "You make the mean confidence equal to the accuracy. That is near, but what is asked "
            "for is the smallest cross-entropy.",
            _match_accuracy,
        ),
        Mistake(
            "the smallest squared error",
            "You minimise the Brier score. The mean cross-entropy is asked for.",
            _least_brier,
        ),
        Mistake(
            "a place in the grid",
            "You return the index that argmin gives. The grid's value there is the answer.",
            lambda z, y: 300,
            echo_if(lambda T, args: T > 20 and int(T) == T),
        ),
        Mistake(
            "only softer",
            "Your T is never below 1. The third network is under-confident: it needs T < 1. "
            "Search on both sides.",
            lambda z, y: max(1.0, _best(z, y)),
        ),
        Mistake(
            "only sharper",
            "Your T is never above 1. Over-confident logits need T > 1. Search on both sides.",
            lambda z, y: min(1.0, _best(z, y)),
        ),
        Mistake(
            "probabilities divided by T",
            "You applied softmax to z and then divided the probabilities by T. "
            "Divide the logits, then apply softmax once.",
            lambda z, y: _fitted_to(losses.softmax)(z, y),
        ),
        Mistake(
            "square root",
            "You return the square root of the best T: the logits are divided by T, not by T².",
            lambda z, y: np.sqrt(_best(z, y)),
        ),
        Mistake(
            "the search ran to its lower end",
            "Your T is so small that the loss explodes. Either you look for the largest loss, or "
            "you fit T to the predicted classes and not to the labels: then every prediction is "
            "right, the loss falls all the way to T = 0, and your search stopped at its end.",
            lambda z, y: _fitted_to(lambda z: z)(z, z.argmax(axis=1)),
            echo_if(lambda T, args: T < 0.2),
        ),
        Mistake(
            "the same T always",
            "Your T does not depend on the logits and labels. Each network needs its own.",
            lambda z, y: 1.5,
            _constant,
        ),
        Mistake(
            "short of the minimum",
            "Your T lies between 1 and the best one. A descent stops there if its steps are too "
            "few or too small; a search ends there if it minimises something else, such as the "
            "calibration error. Find the smallest mean cross-entropy.",
            lambda z, y: _descend_temperature(z, y, learning_rate=0.01, steps=100),
            echo_if(_between_one_and_best),
        ),
        Mistake(
            "near the minimum, not at it",
            "Your T is near the best one, but not near enough: make your grid finer, or search on.",
            lambda z, y: _best(z, y) * 1.2,
            echo_if(_near_the_best),
        ),
    ),
)


# ------------------------------------------------------------------ fit_platt

# Slope, intercept and spread of the scores; the number of examples says which population it is.
POPULATIONS = {
    300: (8.0, 1.0, 0.25),  # small margins, as of a support vector machine
    299: (0.35, -1.0, 6.0),  # the logits of an over-trained network; ones are rarer
    24: (1.5, -1.0, 2.0),  # few examples, drawn until a threshold separates them
}
FEW = np.array([-2.1, -1.2, -0.5, 0.1, 0.9, 1.8])  # where Platt's targets are far from 0 and 1
UNSEEN = 20_000
SEEN_NATS = 0.001
STEEP = 8.0  # slope times spread of the scores; more than any fit with Platt's targets has here


def _draw_scores(rng, n, slope, intercept, spread):
    scores = rng.normal(scale=spread, size=n)
    return scores, (rng.random(n) < losses.sigmoid(slope * scores + intercept)).astype(int)


def _separable(rng):
    while True:
        scores, y = _draw_scores(rng, 24, *POPULATIONS[24])
        if 4 <= y.sum() <= 20 and scores[y == 1].min() > scores[y == 0].max():
            return scores, y


def _platt_cases(rng):
    return [
        Case(_draw_scores(rng, 300, *POPULATIONS[300]), note="scores close to 0: too timid"),
        Case(_draw_scores(rng, 299, *POPULATIONS[299]), note="large scores: too sure"),
        Case(_separable(rng), note="a threshold separates the classes: labels 0 and 1 give inf"),
        Case((FEW.copy(), np.array([0, 0, 0, 0, 1, 1])), note="six examples, and separable"),
        Case(_far_off(), note="two ones far among the zeros"),
    ]


def _far_off():
    """Scores with ones far among the zeros, for which cross-entropy pays more than squares do."""
    scores = np.linspace(-4, 2, 60)
    y, third = (scores > 0).astype(int), np.arange(60) % 3 == 0
    y[(np.abs(scores) < 1.2) & third] ^= 1
    y[[0, 3]] = 1
    return scores, y


def _pair(answer):
    slope, intercept = (np.asarray(part, dtype=float).item() for part in answer)
    return slope, intercept


def _platt_loss(scores, y, slope, intercept):
    return losses.binary_cross_entropy_with_logits(slope * scores + intercept, y).mean()


def _judge_platt(args, answer):
    try:
        slope, intercept = _pair(answer)
    except (TypeError, ValueError):
        return "expected a pair of numbers, (slope, intercept)"
    if not np.isfinite([slope, intercept]).all():
        return "the slope or the intercept is not finite: use Platt's targets, not 0 and 1"
    scores, y = args
    least, got = (
        _platt_loss(scores, platt_targets(y), *fit)
        for fit in (_best_platt(*args), (slope, intercept))
    )
    if not got <= least + SEEN_NATS:
        return (
            f"against Platt's targets your sigmoid has a loss of {got:.4f}; "
            f"expected at most {least + SEEN_NATS:.4f}"
        )
    n = len(scores)
    if n not in POPULATIONS:
        return None
    new = _draw_scores(np.random.default_rng(n), UNSEEN, *POPULATIONS[n])
    best = _platt_loss(*new, *_best_platt(*args))
    got = _platt_loss(*new, slope, intercept)
    if got <= best + NATS:
        return None
    return (
        f"on {UNSEEN} unseen examples your sigmoid has a loss of {got:.4f}; "
        f"expected at most {best + NATS:.4f}"
    )


def _capped_pair(args, answer):
    # On separable data with targets 0 and 1 the slope grows as long as one searches, and the
    # intercept with it: all fits that steep are one mistake.
    slope, intercept = _pair(answer)
    steep = slope * np.std(args[0])
    return (STEEP, 0.0) if steep > STEEP else (steep, intercept)


@remembered
def newton(scores, target, penalty=0.0, has_intercept=True):
    """Slope and intercept of the smallest mean cross-entropy plus penalty/2 slope²."""
    A = np.column_stack([scores, np.full(len(scores), float(has_intercept))])
    ridge = np.diag([penalty, 0.0 if has_intercept else 1.0])
    w = np.zeros(2)
    for _ in range(60):
        p = losses.sigmoid(A @ w)
        hessian = (A * (p * (1 - p))[:, np.newaxis]).T @ A / len(A) + ridge
        w = w - np.linalg.solve(hessian, A.T @ (p - target) / len(A) + ridge @ w)
    return float(w[0]), float(w[1])


def platt_targets(y):
    """(n₁ + 1)/(n₁ + 2) for the ones, 1/(n₀ + 2) for the zeros."""
    n1 = np.sum(y)
    n0 = len(y) - n1
    return np.where(np.asarray(y) == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))


@remembered
def _intercept_only(scores, y):
    from scipy.optimize import minimize_scalar

    target = platt_targets(y)
    return 1.0, float(minimize_scalar(lambda b: _platt_loss(scores, target, 1.0, b)).x)


def _least_squares(scores, y):
    A = np.column_stack([scores, np.ones(len(scores))])
    return tuple(float(w) for w in np.linalg.lstsq(A, platt_targets(y), rcond=None)[0])


def _other_targets(ones, zeros):
    """A fit to other soft targets: functions of (n1, n0) for the ones and for the zeros."""

    def fit(scores, y):
        n1, n0 = np.sum(y), len(y) - np.sum(y)
        return newton(scores, np.where(y == 1, ones(n1, n0), zeros(n1, n0)))

    return fit


def _is_steeper(answer, args):
    """Whether a fit is much steeper than the best on separable examples, and like it on others."""
    slope, _ = _pair(answer)
    best, _ = _best_platt(*args)
    if len(args[0]) in (300, 299):
        return _judge_platt(args, answer) is None
    return slope < 1.25 * best if len(args[0]) == 60 else slope > 1.25 * best


def _is_shallower(answer, args):
    """Whether a fit's slope is at most the best one's: on the way from (0, 0) to it."""
    slope, _ = _pair(answer)
    best, _ = _best_platt(*args)
    return 0 <= slope <= 1.01 * best


@remembered
def _squared_error(scores, y):
    from scipy.optimize import minimize

    t = platt_targets(y)
    return tuple(
        minimize(lambda w: ((losses.sigmoid(w[0] * scores + w[1]) - t) ** 2).mean(), [0.0, 0.0]).x
    )


def _standardised(scores, y):
    return _best_platt((scores - scores.mean()) / scores.std(), y)


fit_platt = Exercise(
    name="fit_platt",
    chapter=CHAPTER,
    signature="fit_platt(scores, y)",
    task="From scores (N,) and labels `y` (0 or 1), return `(slope, intercept)` of Platt's "
    "sigmoid: P(y = 1) = sigmoid(slope * score + intercept) with the smallest mean binary "
    "cross-entropy against Platt's targets: (n1 + 1)/(n1 + 2) for the n1 ones, 1/(n0 + 2) for the "
    "n0 zeros. You pass if against these targets your sigmoid costs at most 0.001 nat more than "
    "the best one, and on unseen examples at most 0.002 nat more. All sets together may take a "
    "minute of the processor's time.",
    difficulty=3,
    minutes=20,
    points=2,
    reference=calibration.fit_platt,
    cases=_platt_cases,
    rtol=2e-2,
    atol=2e-2,
    judge=_judge_platt,
    seconds=60.0,
    compare_as=_capped_pair,
    libraries=("scipy",),
    hints=(
        "It is logistic regression with one feature, the score, and soft targets in place of "
        "0 and 1. Chapter 02's gradient, p minus target, works for soft targets too.",
        "Compute the targets, then minimise the mean of softplus(z) - target * z with "
        "z = slope * scores + intercept. scipy.optimize.minimize from (0, 0) will do.",
        "t = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2)); minimize(lambda w: "
        "np.mean(np.logaddexp(0, w[0] * scores + w[1]) - t * (w[0] * scores + w[1])), [0, 0]). "
        "The result's .x is the pair.",
    ),
    mistakes=(
        in_forms(
            "other soft targets",
            "Your targets are soft, but not Platt's: (n1 + 1)/(n1 + 2) for the ones, with the "
            "number of ones, and 1/(n0 + 2) for the zeros, with the number of zeros.",
            _other_targets(lambda n1, n0: (n0 + 1) / (n0 + 2), lambda n1, n0: 1 / (n1 + 2)),
            _other_targets(
                lambda n1, n0: (n1 + n0 + 1) / (n1 + n0 + 2), lambda n1, n0: 1 / (n1 + n0 + 2)
            ),
            _other_targets(lambda n1, n0: (n1 + 1) / (n1 + 2), lambda n1, n0: 1 / (n1 + 2)),
            _other_targets(lambda n1, n0: n1 / (n1 + 1), lambda n1, n0: 1 / (n0 + 1)),
            _other_targets(lambda n1, n0: 1.0, lambda n1, n0: 1 / (n0 + 2)),
            _other_targets(lambda n1, n0: (n1 + 1) / (n1 + 2), lambda n1, n0: 0.0),
            *(
                _other_targets(lambda n1, n0, e=e: 1 - e, lambda n1, n0, e=e: e)
                for e in (0.1, 0.05, 0.025, 0.02, 0.01, 0.005, 0.001)
            ),
        ),
        Mistake(
            "targets 0 and 1",
            "Fine on the first two sets. But where a threshold separates the classes, the loss "
            "against 0 and 1 falls for ever and the slope grows with your patience. "
            "Platt's targets stop it: a few examples are no reason for certainty.",
            lambda s, y: newton(s, y, penalty=1e-6),
            echo_if(_is_steeper),
        ),
        Mistake(
            "fitted to standardised scores",
            "You standardise the scores and return slope and intercept for those. Convert back: "
            "slope / std, and intercept - slope · mean / std.",
            _standardised,
        ),
        Mistake(
            "the threshold in place of the intercept",
            "Your second number is -intercept / slope, the score at which the probability is 1/2. "
            "The intercept is asked for.",
            lambda s, y: (lambda a, b: (a, -b / a))(*_best_platt(s, y)),
        ),
        Mistake(
            "the squared error",
            "You minimise the squared error of the sigmoid. The cross-entropy is asked for.",
            _squared_error,
        ),
        Mistake(
            "Platt's signs",
            "You return A and B of Platt's paper, where P = 1 / (1 + exp(A s + B)). "
            "Ours is sigmoid(slope * s + intercept): slope = -A, intercept = -B.",
            lambda s, y: tuple(-w for w in _best_platt(s, y)),
        ),
        Mistake(
            "slope and intercept swapped",
            "You return (intercept, slope). The slope comes first.",
            lambda s, y: _best_platt(s, y)[::-1],
        ),
        Mistake(
            "no intercept",
            "Your intercept is 0. Then the sigmoid is 1/2 at a score of 0, which need not be where "
            "the classes are equally likely.",
            lambda s, y: newton(s, platt_targets(y), has_intercept=False),
        ),
        Mistake(
            "only the intercept",
            "Your slope stays 1: you shift the scores but do not stretch them.",
            _intercept_only,
        ),
        Mistake(
            "nothing fitted",
            "You return (1, 0): the plain sigmoid of the score. A score is not a logit until it "
            "has been fitted.",
            lambda s, y: (1.0, 0.0),
        ),
        Mistake(
            "a penalty on the slope",
            "Your slope is too small: a penalty holds it back, as LogisticRegression's default "
            "C = 1 does. Platt's method has none; the targets do that work.",
            lambda s, y: newton(s, y, penalty=1 / len(y)),
            one_of(
                *(
                    lambda s, y, c=c, t=t: newton(s, t(y), penalty=c(y))
                    for t in (platt_targets, lambda y: y)
                    for c in (
                        lambda y: 1 / len(y),
                        lambda y: 2 / len(y),
                        lambda y: 0.1,
                        lambda y: 0.01,
                        lambda y: 0.02,
                        lambda y: 1.0,
                    )
                )
            ),
        ),
        in_forms(
            "least squares",
            "This is the straight line through the targets. Its values are not log-odds: "
            "minimise the cross-entropy.",
            _least_squares,
            lambda s, y: tuple(float(w) for w in np.polyfit(s, y, 1)),
        ),
        Mistake(
            "stopped early",
            "Your slope is on the way from 0 to the best one: descend longer, with larger steps, "
            "or use a minimiser. Small scores need a large slope.",
            lambda s, y: tuple(0.5 * w for w in _best_platt(s, y)),
            echo_if(_is_shallower),
        ),
    ),
)


# ------------------------------------------------------------------ brier_decomposition


def _brier_cases(rng):
    def draw(n):
        p = rng.beta(1, 2, size=n)
        return p, (rng.random(n) < p**1.4).astype(int)

    rounded, outcome = draw(120)
    return [
        Case(
            (np.array([0.25, 0.25, 0.25, 0.25, 0.75, 0.75]), np.array([0, 1, 0, 0, 1, 1]), 2),
            note="equal forecasts in each bin",
        ),
        Case(
            (np.array([0.0, 0.25, 0.5, 0.5, 0.75, 1.0]), np.array([1, 0, 1, 0, 0, 1]), 4),
            note="forecasts on the edges",
        ),
        Case((*draw(200), 10)),
        Case((np.round(rounded, 1), outcome, 3)),
        Case((draw(30)[0] / 4, np.r_[np.ones(3, int), np.zeros(27, int)], 10), note="empty bins"),
        Case((draw(10)[0], np.zeros(10, int), 5), note="nothing ever happens"),
        Case(
            (np.array([0.0, 0.1, 0.3, 0.25, 0.45, 0.0]), np.array([1, 0, 1, 0, 1, 0]), 5),
            note="the last bins are empty, forecasts of 0",
        ),
        Case((np.array([0, 1, 1, 0, 1]), np.array([0, 1, 0, 1, 1]), 3), note="whole numbers"),
        *_rounded_products(),
    ]


@_quiet
def _brier_parts(p, y, num_bins, which=_edge_below, weights=True, middle=False, against=None):
    index = which(p, num_bins)
    count, forecast, share = _bins(index, p, y, num_bins)
    if middle:
        forecast = (np.arange(num_bins) + 0.5) / num_bins
    used = count > 0
    weight = np.where(used, count / len(p) if weights else 1 / used.sum(), 0.0)
    mean = np.mean(y) if against is None else against
    inside = p - forecast[index]
    return (
        np.nansum(weight * (forecast - share) ** 2),
        np.nansum(weight * (share - mean) ** 2),
        np.mean(y) * (1 - np.mean(y)),
        (inside**2 - 2 * inside * (y - share[index])).mean(),
    )


def _over_all_bins(p, y, num_bins):
    """The mean over all bins, in which an empty one adds 0."""
    parts = _brier_parts(p, y, num_bins, weights=False)
    filled = len(np.unique(_edge_below(p, num_bins))) / num_bins
    return parts[0] * filled, parts[1] * filled, *parts[2:]


def _rest(p, y, parts):
    """The first three parts and what they leave of the score."""
    reliability, resolution, uncertainty = parts[:3]
    rest = np.mean((p - y) ** 2) - reliability + resolution - uncertainty
    return reliability, resolution, uncertainty, rest


def _wrong_part(change):
    """Two forms: the fourth number as it should be, and as what is left by a wrong part."""
    return (
        lambda p, y, m: (*change(p, y, m)[:3], _brier_parts(p, y, m)[3]),
        lambda p, y, m: _rest(p, y, change(p, y, m)),
    )


def _wrong_rest(change):
    """The first three parts as they should be, and another fourth."""
    return lambda p, y, m: (*_brier_parts(p, y, m)[:3], change(p, y, *_brier_parts(p, y, m)))


def _absolute_gap(p, y, num_bins):
    count, forecast, share = _bins(_edge_below(p, num_bins), p, y, num_bins)
    return np.nansum(count * np.abs(forecast - share)) / len(p), *_brier_parts(p, y, num_bins)[1:]


def _nan_in_empty_bins(p, y, num_bins):
    count, forecast, share = _bins(_edge_below(p, num_bins), p, y, num_bins)
    parts = (
        (count * (forecast - share) ** 2).sum() / len(p),
        (count * (share - np.mean(y)) ** 2).sum() / len(p),
        np.mean(y) * (1 - np.mean(y)),
    )
    return _rest(p, y, parts)


def _variance_within(p, num_bins):
    index = _edge_below(p, num_bins)
    return ((p - _bins(index, p, p, num_bins)[1][index]) ** 2).mean()


def _another_uncertainty(p, y, num_bins):
    reliability, resolution, _, within = _brier_parts(p, y, num_bins)
    return reliability, resolution, np.mean(y), within


def _minus_resolution(p, y, num_bins):
    reliability, resolution, *rest = _brier_parts(p, y, num_bins)
    return reliability, -resolution, *rest


brier_decomposition = Exercise(
    name="brier_decomposition",
    chapter=CHAPTER,
    signature="brier_decomposition(p, y, num_bins)",
    task="Take the mean squared error of forecasts `p` (N,) against outcomes `y` (0 or 1) apart, "
    "with `num_bins` bins of equal width (edges as in `reliability_bins`). Return four numbers: "
    "(reliability, resolution, uncertainty, within_bins), so that mean((p - y)**2) = "
    "reliability - resolution + uncertainty + within_bins.",
    difficulty=3,
    minutes=15,
    points=1,
    reference=calibration.brier_decomposition,
    cases=_brier_cases,
    parts=("reliability", "resolution", "uncertainty", "within_bins"),
    hints=(
        "For each bin you need three numbers: how many forecasts, their mean p_k, and the share "
        "y_k of ones among them. Reliability compares p_k with y_k, resolution y_k with the "
        "overall share m of ones.",
        "reliability = sum n_k/N (p_k - y_k)^2, resolution = sum n_k/N (y_k - m)^2, "
        "uncertainty = m (1 - m). Leave empty bins out.",
        "within_bins is what is left: mean((p - y)**2) - reliability + resolution - uncertainty. "
        "As a sum: mean((p - p_k)**2 - 2 * (p - p_k) * (y - y_k)).",
    ),
    mistakes=_also_by_ceil(
        Mistake(
            "ceil(p·M) rounds the product",
            "Right, but for some edges: a product is rounded, 7 / 25 * 25 comes out above 7, and "
            "np.ceil makes 8 of it. Compare with the edges m / M themselves, as np.searchsorted "
            "does.",
            lambda p, y, m: _brier_parts(p, y, m, which=_by_ceil),
        ),
        Mistake(
            "reliability and resolution swapped",
            "You return the resolution first. Reliability compares forecasts with outcomes, "
            "resolution compares the outcomes of different bins. The order is reliability, "
            "resolution, uncertainty, within_bins.",
            lambda p, y, m: tuple(_brier_parts(p, y, m)[i] for i in (1, 0, 2, 3)),
        ),
        in_forms(
            "every bin counts the same",
            "You average over the bins. Weight each bin with its share n_k/N of the forecasts.",
            *_wrong_part(lambda p, y, m: _brier_parts(p, y, m, weights=False)),
            *_wrong_part(_over_all_bins),
        ),
        in_forms(
            "the middle of the bin for its mean forecast",
            "You use the middle of each bin. Take the mean of the forecasts that lie in it.",
            lambda p, y, m: _brier_parts(p, y, m, middle=True),
            *_wrong_part(lambda p, y, m: _brier_parts(p, y, m, middle=True)),
        ),
        in_forms(
            "NaN from empty bins",
            "An empty bin gives 0 / 0 = NaN, and NaN spreads through the sums. Leave empty bins "
            "out, or use np.nansum.",
            _quiet(_nan_in_empty_bins),
        ),
        in_forms(
            "0 wraps into the last bin",
            "A forecast of 0 has the index -1 with you, which Python takes for the last bin. It "
            "belongs to the first: np.maximum(index, 0).",
            lambda p, y, m: _brier_parts(p, y, m, which=_wrapped),
        ),
        in_forms(
            "absolute gaps",
            "You take the absolute gap |p_k - y_k|. The reliability has its square.",
            *_wrong_part(_absolute_gap),
        ),
        in_forms(
            "the mean forecast for the share of ones",
            "You compare with the mean of the forecasts, or build the uncertainty from it. m is "
            "the share of ones among the outcomes.",
            *_wrong_part(lambda p, y, m: _brier_parts(p, y, m, against=np.mean(p))),
            *_wrong_part(
                lambda p, y, m: (*_brier_parts(p, y, m)[:2], np.mean(p) * (1 - np.mean(p)), 0)
            ),
            *_wrong_part(
                lambda p, y, m: (
                    *_brier_parts(p, y, m, against=np.mean(p))[:2],
                    np.mean(p) * (1 - np.mean(p)),
                    0,
                )
            ),
        ),
        Mistake(
            "the score in place of what is left",
            "Your fourth number is the whole score. What is left of it after the three other parts "
            "is asked for.",
            _wrong_rest(lambda p, y, *parts: np.mean((p - y) ** 2)),
        ),
        in_forms(
            "what is left, with a wrong sign",
            "The score is reliability - resolution + uncertainty + within_bins. So what is left is "
            "the score - reliability + resolution - uncertainty; as a sum it has "
            "- 2 (p - p_k)(y - y_k).",
            _wrong_rest(lambda p, y, a, b, c, d: np.mean((p - y) ** 2) - a - b - c),
            _wrong_rest(lambda p, y, a, b, c, d: -d),
            _wrong_rest(lambda p, y, a, b, c, d: np.mean((p - y) ** 2) + a - b + c),
            lambda p, y, m: (
                *_brier_parts(p, y, m)[:3],
                2 * _variance_within(p, m) - _brier_parts(p, y, m)[3],
            ),
        ),
        Mistake(
            "the score only",
            "You return the score itself. Take it apart: four numbers.",
            lambda p, y, m: np.mean((p - y) ** 2),
        ),
        Mistake(
            "three numbers",
            "The fourth number, within_bins, is missing.",
            lambda p, y, m: _brier_parts(p, y, m)[:3],
        ),
        Mistake(
            "nothing left within the bins",
            "Your fourth number is 0. That is right only if all forecasts in a bin are equal; "
            "otherwise reliability - resolution + uncertainty misses the score.",
            lambda p, y, m: (*_brier_parts(p, y, m)[:3], 0.0),
        ),
        Mistake(
            "only the variance within the bins",
            "You count the variance of the forecasts in a bin but not their covariance with the "
            "outcomes: subtract 2 (p - p_k)(y - y_k).",
            lambda p, y, m: (*_brier_parts(p, y, m)[:3], _variance_within(p, m)),
        ),
        in_forms(
            "the share for the uncertainty",
            "Your uncertainty is the share m of ones, or a root. It is m (1 - m), the score of the "
            "constant forecast m.",
            *_wrong_part(_another_uncertainty),
            *_wrong_part(lambda p, y, m: (*_brier_parts(p, y, m)[:2], np.std(y), 0)),
        ),
        in_forms(
            "divided by N - 1",
            "Your uncertainty has N - 1 below (ddof=1). It is m (1 - m), the mean over the N "
            "outcomes.",
            *_wrong_part(lambda p, y, m: (*_brier_parts(p, y, m)[:2], np.var(y, ddof=1), 0)),
        ),
        in_forms(
            "resolution against 1/2",
            "You compare each bin's share with 1/2. Compare it with the overall share of ones.",
            *_wrong_part(lambda p, y, m: _brier_parts(p, y, m, against=0.5)),
        ),
        in_forms(
            "resolution with a minus sign",
            "You return the resolution with the sign it has in the sum. It is a mean of squares: "
            "return it as it is, the formula subtracts it.",
            *_wrong_part(_minus_resolution),
        ),
        Mistake(
            "an edge goes into the bin above",
            "Right, but for forecasts exactly on an edge: they belong to the bin below it.",
            lambda p, y, m: _brier_parts(p, y, m, which=_edge_above),
        ),
    ),
)


# ------------------------------------------------------------------ bayes_threshold


def _threshold_cases(rng):
    return [
        Case((1.0, 49.0), note="a miss costs 49 false alarms"),
        Case((1.0, 1.0), note="equal costs"),
        Case((9.0, 1.0), note="a false alarm costs more than a miss"),
        Case((np.array([0.0, 3.0]), np.array([2.0, 0.0])), note="one of the two costs nothing"),
        Case((0, 5), note="a false alarm costs nothing"),
        Case((3, 0), note="a miss costs nothing"),
        Case((2e-9, 6e-9), note="tiny costs"),
        Case((np.array([1, 3]), np.array([3, 1])), note="whole numbers"),
        Case((rng.uniform(0.1, 10, 5), rng.uniform(0.1, 200, 5)), note="an array of costs"),
    ]


bayes_threshold = Exercise(
    name="bayes_threshold",
    chapter=CHAPTER,
    signature="bayes_threshold(cost_fp, cost_fn)",
    task="The probability from which on saying yes is the cheaper decision, if a false alarm costs "
    "`cost_fp`, a miss `cost_fn`, and right decisions nothing. Numbers or arrays.",
    difficulty=1,
    minutes=5,
    points=1,
    reference=calibration.bayes_threshold,
    cases=_threshold_cases,
    hints=(
        "A case has probability p of being a yes. What does saying yes cost on average, "
        "what saying no?",
        "Saying yes costs (1 - p) cost_fp, saying no p cost_fn. At the threshold they are equal.",
        "(1 - p) cost_fp = p cost_fn gives p = cost_fp / (cost_fp + cost_fn).",
    ),
    mistakes=(
        Mistake(
            "the other cost on top",
            "You have cost_fn / (cost_fp + cost_fn). Test it: if a miss costs 49 times as much, "
            "you would say yes only from 98 % on, and miss nearly everybody.",
            lambda fp, fn: np.asarray(fn) / (np.asarray(fp) + fn),
        ),
        in_forms(
            "the odds",
            "cost_fp / cost_fn are the odds at the threshold, p / (1 - p). Solve for p (cutting "
            "off at 1 does not do that).",
            _quiet(lambda fp, fn: np.asarray(fp) / np.asarray(fn)),
            _quiet(lambda fp, fn: np.minimum(1, np.asarray(fp) / np.asarray(fn))),
        ),
        Mistake(
            "the odds upside down",
            "cost_fn / cost_fp is no probability. Set (1 - p) cost_fp equal to p cost_fn and "
            "solve for p.",
            _quiet(lambda fp, fn: np.asarray(fn) / np.asarray(fp)),
        ),
        Mistake(
            "the log-odds",
            "log(cost_fp / cost_fn) is the threshold for the logit. Its sigmoid is the one for "
            "the probability.",
            _quiet(lambda fp, fn: np.log(np.asarray(fp) / np.asarray(fn))),
        ),
        in_forms(
            "always one half",
            "1/2 is the threshold for equal costs only.",
            lambda fp, fn: np.full(np.shape(fp), 0.5)[()],
            lambda fp, fn: 0.5,
        ),
        in_forms(
            "the difference of the costs",
            "The threshold depends on the ratio of the costs. In dollars or in cents, it must be "
            "the same.",
            lambda fp, fn: np.clip(0.5 + (np.asarray(fp) - fn) / 2, 0, 1),
            lambda fp, fn: np.asarray(fp) - fn,
            lambda fp, fn: np.asarray(fn) - fp,
        ),
        in_forms(
            "a cost of 0",
            "Right, but for a cost of 0: your formula divides by it. One of the costs may be 0; "
            "cost_fp / (cost_fp + cost_fn) divides by their sum only.",
            lambda fp, fn: 1 / (1 + fn / fp),
            lambda fp, fn: (fp / fn) / (1 + fp / fn),
        ),
        in_forms(
            "a cost of 0 taken for none",
            "You treat a cost of 0 as if none were given (`if not cost`, `cost or 1`). It is a "
            "cost like any other: the threshold is exactly 0 or 1 there.",
            lambda fp, fn: np.where((fp == 0) | (fn == 0), 0.5, np.asarray(fp) / (fp + fn))[()],
            lambda fp, fn: (fp or 1) / ((fp or 1) + (fn or 1)),
            lambda fp, fn: fp / ((fp + fn) or 1) if fp and fn else 0.5,
            lambda fp, fn: 0.5 if np.ndim(fn) == 0 and not fn else fp / (fp + fn),
            lambda fp, fn: 0.5 if np.ndim(fp) == 0 and not fp else fp / (fp + fn),
        ),
        Mistake(
            "another sum below",
            "Below stands the sum of the two costs.",
            lambda fp, fn: np.asarray(fp) / (1 + np.asarray(fn)),
            one_of(
                lambda fp, fn: np.asarray(fp) / (1 + np.asarray(fn)),
                lambda fp, fn: np.asarray(fp) / np.sqrt(np.asarray(fp) ** 2 + np.asarray(fn) ** 2),
                _quiet(lambda fp, fn: np.asarray(fp) / (np.asarray(fp) * np.asarray(fn))),
                lambda fp, fn: np.asarray(fp) / (np.asarray(fp) + 2 * np.asarray(fn)),
            ),
        ),
        in_forms(
            "rounded",
            "You round the threshold, or divide whole. Return it as it is.",
            *(
                lambda fp, fn, d=d: np.round(np.asarray(fp) / (np.asarray(fp) + fn), d)
                for d in (2, 3, 1, 4)
            ),
            lambda fp, fn: np.asarray(fp) // (np.asarray(fp) + fn),
        ),
        with_epsilon(
            "a small number added or cut off",
            "You add a small number below, or keep the threshold away from 0 and 1. If the costs "
            "themselves are small it is no small number, and a cost of 0 makes a threshold of "
            "exactly 0 or 1.",
            lambda e, fp, fn: np.asarray(fp) / (np.asarray(fp) + fn + e),
            lambda e, fp, fn: np.clip(np.asarray(fp) / (np.asarray(fp) + fn), e, 1 - e),
        ),
    ),
)

EXERCISES = (
    reliability_bins,
    expected_calibration_error,
    fit_temperature,
    fit_platt,
    brier_decomposition,
    bayes_threshold,
)
