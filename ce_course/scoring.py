"""Scoring rules: what a forecast costs once the outcome is known. Chapter 06.

A score is a function (forecast, outcome) -> loss, lower is better: `forecast` is a distribution,
shape (K,), `outcome` the index of the class that came. A score is *proper* if no forecast has a
lower expected score than the truth itself, and *strictly* proper if every other one has a higher.

Source: T. Gneiting and A. E. Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation",
Journal of the American Statistical Association 102, 2007, 359-378; A. Buja, W. Stuetzle and
Y. Shen, "Loss Functions for Binary Class Probability Estimation and Classification", 2005.
"""

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course.support.validation import as_distribution, check_same_classes, weighted

Score = Callable[[NDArray, int], float]


@np.errstate(all="ignore")
def log_score(forecast: NDArray, outcome: int) -> float:
    """-log f of what happened, in nats: cross-entropy. Strictly proper."""
    return -np.log(forecast[outcome])


def quadratic_score(forecast: NDArray, outcome: int) -> float:
    """Σ (f - one_hot)²: the Brier score in its original form, from 0 to 2. Strictly proper."""
    return ((forecast - _one_hot(forecast, outcome)) ** 2).sum()


def spherical_score(forecast: NDArray, outcome: int) -> float:
    """1 - f / ‖f‖ of what happened. Strictly proper."""
    return 1 - forecast[outcome] / np.sqrt((forecast**2).sum())


def absolute_score(forecast: NDArray, outcome: int) -> float:
    """Σ |f - one_hot|, the mean absolute error times K. Not proper."""
    return np.abs(forecast - _one_hot(forecast, outcome)).sum()


def linear_score(forecast: NDArray, outcome: int) -> float:
    """1 - f of what happened: half the absolute score. Not proper."""
    return 1 - forecast[outcome]


@np.errstate(all="ignore")
def focal_score(forecast: NDArray, outcome: int, gamma: float = 2.0) -> float:
    """-(1 - f)^gamma log f of what happened: the focal loss. Not proper for gamma > 0."""
    return -((1 - forecast[outcome]) ** gamma) * np.log(forecast[outcome])


def zero_one_score(forecast: NDArray, outcome: int) -> float:
    """1 if the likeliest class (the first, in a tie) is not what happened. Proper, not strictly."""
    return float(np.argmax(forecast) != outcome)


@np.errstate(all="ignore")
def expected_score(score: Score, truth: ArrayLike, forecast: ArrayLike) -> float:
    """Σ truth(k) · score(forecast, k): what `forecast` costs on average where `truth` holds.

    Both are distributions, shape (K,). An outcome that never comes costs nothing, even if its score
    is infinite. Raises `ValueError` if either is not a distribution or their classes differ.
    """
    truth_, forecast_ = as_distribution(truth, "truth"), as_distribution(forecast, "forecast")
    check_same_classes(truth_, forecast_, "truth and forecast")
    return weighted(truth_, _costs(score, forecast_)).sum()


@np.errstate(all="ignore")
def expected_scores(score: Score, truths: ArrayLike, forecasts: ArrayLike) -> NDArray:
    """`expected_score` of each of `forecasts` (F, K) under each of `truths` (T, K): shape (T, F).

    Each forecast is scored once for each outcome. Errors as for `expected_score`.
    """
    truths_, forecasts_ = as_distribution(truths, "truths"), as_distribution(forecasts, "forecasts")
    check_same_classes(truths_[:1], forecasts_[:1], "truths and forecasts")
    costs = np.array([_costs(score, forecast) for forecast in forecasts_])
    return weighted(truths_[:, np.newaxis], costs).sum(axis=-1)


def is_proper(score: Score, num_classes: int = 3, steps: int = 12) -> bool:
    """Whether no forecast on a grid has a lower expected score than the truth, for any truth on it.

    The grid is that of `distribution_grid`. False is a proof, since a truth and a better
    forecast are at hand. True holds on the grid. Ties are allowed (proper, not strictly proper);
    differences up to 1e-9 are rounding.
    """
    grid = distribution_grid(num_classes, steps)
    expected = expected_scores(score, grid, grid)
    honest = expected.diagonal()
    return bool((honest <= expected.min(axis=1) + 1e-9).all())


def distribution_grid(num_classes: int, steps: int) -> NDArray:
    """All distributions over `num_classes` whose probabilities are multiples of 1 / `steps`.

    Shape (number of them, num_classes), corners and edges included.
    """
    bars = itertools.combinations(range(steps + num_classes - 1), num_classes - 1)
    cuts = np.array([(-1, *bar, steps + num_classes - 1) for bar in bars])
    return (np.diff(cuts, axis=1) - 1) / steps


def _costs(score: Score, forecast: NDArray) -> NDArray:
    """The score of a forecast under each outcome, shape (K,)."""
    return np.array([score(forecast, outcome) for outcome in range(len(forecast))], dtype=float)


def _one_hot(forecast: NDArray, outcome: int) -> NDArray:
    return (np.arange(len(forecast)) == outcome).astype(float)
