"""Scores on which `is_proper` is tried, beside those of `ce_course.scoring`.

The grader sends them to student code, with what they use and nothing else. So they name the
functions that they use, not a module in which references stand.
"""

from __future__ import annotations

import math

import numpy as np

from ce_course.scoring import log_score


def one_class_squared(forecast, outcome):
    """(1 - f)² of what happened: proper for two classes, where it is half the Brier score."""
    return (1 - forecast[outcome]) ** 2


def smoothed_log_score(forecast, outcome):
    """Cross-entropy with the label smoothed by 0.3 over all classes."""
    with np.errstate(all="ignore"):
        costs = -np.log(forecast)
    return 0.7 * costs[outcome] + 0.3 * costs.mean()


def weighted_log_score(forecast, outcome):
    """The log score with a weight of 5 on class 0."""
    return (5.0 if outcome == 0 else 1.0) * log_score(forecast, outcome)


def log_reward(forecast, outcome):
    """log f of what happened: a score where higher is better, given as if it were a loss."""
    return -log_score(forecast, outcome)


def scaled_log_score(forecast, outcome):
    """The log score in bits, plus a price that depends on the outcome alone."""
    return log_score(forecast, outcome) / math.log(2) + (3.0, 0.0, -1.0)[outcome]


def bold_log_score(forecast, outcome):
    """The log score, and a bonus of 0.13 for a forecast that gives class 1 at least 0.6.

    Honest for most truths, not where class 1 has a probability a little below 0.6.
    """
    return log_score(forecast, outcome) - (0.13 if forecast[1] >= 0.6 - 1e-9 else 0.0)


def zero_one_and_a_fee(forecast, outcome):
    """3.3 if the likeliest class is not what happened, else 2.3: proper, with many ties.

    The sums in the expected scores of a tie are rounded differently.
    """
    return 2.3 + float(np.argmax(forecast) != outcome)


def tilted_quadratic_score(forecast, outcome):
    """The Brier score and 0.26 for each unit of probability on class 0.

    To move 0.1 from class 0 to another gains 0.006, and nothing gains more than 0.0085.
    """
    happened = np.arange(len(forecast)) == outcome
    return float(((forecast - happened) ** 2).sum() + 0.26 * forecast[0])
