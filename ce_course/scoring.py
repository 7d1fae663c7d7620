"""Scoring rules: what a forecast costs once the outcome is known. Chapter 06.

A score is a function (forecast, outcome) -> loss, lower is better: `forecast` is a distribution,
shape (K,), `outcome` the index of the class that came. A score is *proper* if no forecast has a
lower expected score than the truth itself, and *strictly* proper if every other one has a higher.
Each raises `ValueError` for a forecast that is no distribution and for an outcome that is no class.

Source: T. Gneiting and A. E. Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation",
Journal of the American Statistical Association 102, 2007, 359-378; A. Buja, W. Stuetzle and
Y. Shen, "Loss Functions for Binary Class Probability Estimation and Classification", 2005.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.support.validation import (
    LARGEST,
    as_count,
    as_distribution,
    as_floats,
    as_function,
    as_number,
    check_same_classes,
    check_size,
    weighted,
)

Score = Callable[[NDArray, int], float]


@np.errstate(all="ignore")
def log_score(forecast: NDArray, outcome: int) -> float:
    """-log f of what happened, in nats: cross-entropy. Strictly proper."""
    forecast, outcome = _checked(forecast, outcome)
    return -np.log(forecast[outcome])


@np.errstate(all="ignore")
def quadratic_score(forecast: NDArray, outcome: int) -> float:
    """Σ (f - one_hot)²: the Brier score in its original form, from 0 to 2. Strictly proper."""
    forecast, outcome = _checked(forecast, outcome)
    return ((forecast - _one_hot(forecast, outcome)) ** 2).sum()


@np.errstate(all="ignore")
def spherical_score(forecast: NDArray, outcome: int) -> float:
    """1 - f / ‖f‖ of what happened. Strictly proper."""
    forecast, outcome = _checked(forecast, outcome)
    return 1 - forecast[outcome] / np.sqrt((forecast**2).sum())


def absolute_score(forecast: NDArray, outcome: int) -> float:
    """Σ |f - one_hot|, the mean absolute error times K. Not proper."""
    forecast, outcome = _checked(forecast, outcome)
    return np.abs(forecast - _one_hot(forecast, outcome)).sum()


def linear_score(forecast: NDArray, outcome: int) -> float:
    """1 - f of what happened: half the absolute score. Not proper."""
    forecast, outcome = _checked(forecast, outcome)
    return 1 - forecast[outcome]


@np.errstate(all="ignore")
def focal_score(forecast: NDArray, outcome: int, gamma: float = 2.0) -> float:
    """-(1 - f)^gamma log f of what happened: the focal loss. Not proper for gamma > 0."""
    forecast, outcome = _checked(forecast, outcome)
    gamma = as_number(gamma, "gamma", "a finite number of 0 or more", lambda g: 0 <= g < math.inf)
    return -((1 - forecast[outcome]) ** gamma) * np.log(forecast[outcome])


def zero_one_score(forecast: NDArray, outcome: int) -> float:
    """1 if the likeliest class (the first, in a tie) is not what happened. Proper, not strictly."""
    forecast, outcome = _checked(forecast, outcome)
    return float(np.argmax(forecast) != outcome)


@np.errstate(all="ignore")
def expected_score(score: Score, truth: ArrayLike, forecast: ArrayLike) -> float:
    """Σ truth(k) · score(forecast, k): what `forecast` costs on average where `truth` holds.

    Both are distributions, shape (K,). An outcome that never comes costs nothing, even if its score
    is infinite. Raises `ValueError` if either is not a distribution or their classes differ, or if
    the score of a forecast is no number.
    """
    truth_, forecast_ = as_distribution(truth, "truth"), as_distribution(forecast, "forecast")
    if truth_.ndim != 1 or truth_.shape != forecast_.shape:
        raise ValueError(
            "truth and forecast: expected the same shape (K,), "
            f"got shapes {truth_.shape} and {forecast_.shape}"
        )
    return weighted(truth_, _costs(score, forecast_)).sum()


@np.errstate(all="ignore")
def expected_scores(score: Score, truths: ArrayLike, forecasts: ArrayLike) -> NDArray:
    """`expected_score` of each of `forecasts` (F, K) under each of `truths` (T, K): shape (T, F).

    Each forecast is scored once for each outcome. Errors as for `expected_score`, and for more
    combinations than fit into memory.
    """
    truths_, forecasts_ = as_distribution(truths, "truths"), as_distribution(forecasts, "forecasts")
    if truths_.ndim != 2 or forecasts_.ndim != 2:
        raise ValueError(
            "truths and forecasts: expected shapes (T, K) and (F, K), "
            f"got {truths_.shape} and {forecasts_.shape}"
        )
    check_same_classes(truths_[:1], forecasts_[:1], "truths and forecasts")
    check_size(len(truths_) * forecasts_.size, "truths and forecasts")
    costs = np.array([_costs(score, forecast) for forecast in forecasts_])
    costs = costs.reshape(forecasts_.shape)  # where there are none
    return weighted(truths_[:, np.newaxis], costs).sum(axis=-1)


def is_proper(score: Score, num_classes: int = 3, steps: int = 12) -> bool:
    """Whether no forecast on a grid has a lower expected score than the truth, for any truth on it.

    The grid is that of `distribution_grid`. False is a proof, since a truth and a better
    forecast are at hand. True holds on the grid. Ties are allowed (proper, not strictly proper);
    differences up to 1e-9 are rounding. Errors as for `distribution_grid` and `expected_scores`.
    """
    as_function(score, "score")
    check_size(_grid_size(num_classes, steps) ** 2 * int(num_classes), "num_classes, steps")
    grid = distribution_grid(num_classes, steps)
    expected = expected_scores(score, grid, grid)
    honest = expected.diagonal()
    return bool((honest <= expected.min(axis=1) + 1e-9).all())


def distribution_grid(num_classes: int, steps: int) -> NDArray:
    """All distributions over `num_classes` whose probabilities are multiples of 1 / `steps`.

    Shape (number of them, num_classes), corners and edges included. Their number is
    (steps + num_classes - 1)! / (steps! (num_classes - 1)!). Raises `ValueError` unless both are
    whole numbers from 1 on, and for a grid that is too large for the memory.
    """
    number = _grid_size(num_classes, steps)
    num_classes, steps = int(num_classes), int(steps)
    places = steps + num_classes - 1
    bars = itertools.combinations(range(places), num_classes - 1)
    cuts = np.fromiter(itertools.chain.from_iterable(bars), int).reshape(number, num_classes - 1)
    return (np.diff(cuts, axis=1, prepend=-1, append=places) - 1) / steps


def _grid_size(num_classes: int, steps: int) -> int:
    """How many distributions the grid has, if it fits into memory."""
    num_classes = as_count(num_classes, "num_classes", "a whole number from 1 on", 1)
    steps = as_count(steps, "steps", "a whole number from 1 on", 1)
    # log n! first, since n! may have millions of digits
    log_factorials = (math.lgamma(n + 1) for n in (steps + num_classes - 1, steps, num_classes - 1))
    log_number = next(log_factorials) - sum(log_factorials)
    if log_number + math.log(num_classes) > math.log(LARGEST):
        raise ValueError(
            f"num_classes, steps: expected a grid of at most {LARGEST} numbers, "
            f"got 10^{log_number / math.log(10):.1f} distributions over {num_classes} classes"
        )
    return math.comb(steps + num_classes - 1, steps)


def _checked(forecast: ArrayLike, outcome: int) -> tuple[NDArray, int]:
    """The forecast as a distribution (K,), and the outcome as one of its classes."""
    if type(forecast) is np.ndarray and forecast.dtype == float and forecast.ndim == 1:
        shares = forecast.tolist()  # of the usual kind: all is seen at once
        is_class = type(outcome) in (int, np.int64) and 0 <= outcome < len(shares)
        if is_class and min(shares) >= 0 and abs(sum(shares) - 1) < 1e-9:
            return forecast, int(outcome)
    f = as_distribution(forecast, "forecast")
    if f.ndim != 1:
        raise ValueError(f"forecast: expected shape (K,), got shape {f.shape}")
    last = len(f) - 1
    return f, as_count(outcome, "outcome", f"a class from 0 to {last}", 0, last)


def _costs(score: Score, forecast: NDArray) -> NDArray:
    """The score of a forecast under each outcome, shape (K,)."""
    as_function(score, "score")
    costs = [score(forecast, outcome) for outcome in range(len(forecast))]
    numbers = as_floats(costs, "score")
    if numbers.ndim != 1:
        raise ValueError(f"score: expected one number, got shape {numbers.shape[1:]}")
    return numbers


def _one_hot(forecast: NDArray, outcome: int) -> NDArray:
    return (np.arange(len(forecast)) == outcome).astype(float)
