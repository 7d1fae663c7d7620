"""The widgets of chapter 08: `focal_explorer` and `threshold_explorer`."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.special import ndtr

from ce_course import data, imbalance, losses
from ce_course.widgets.explorer import (
    Axes,
    Bars,
    Choice,
    Explorer,
    Line,
    Points,
    Scene,
    Slider,
    Text,
)

# ------------------------------------------------------------------ focal_explorer

P_T = np.arange(1, 100) / 100
_CE, _CE_PULL, _REST = -np.log(P_T), 1 - P_T, np.log1p(-P_T)
EASY = 0.9  # an example is easy where the truth has a higher probability than this
STATES = {
    "trained": "trained",
    "untrained, bias at the prior": "prior",
    "untrained, p = 1/2": "half",
}
_PLACES = np.arange(4.0)
_AT_BARS = np.concatenate([_PLACES - 0.2, _PLACES + 0.2])


@cache
def _margins(state: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of examples in bins of their margin: log(1 - p_t), -log p_t, and how many in which group.

    Shapes (bins,), (bins,), (4, bins); the groups are others easy, others hard, v easy, v hard.
    """
    table = np.loadtxt(data.RESOURCES / "letter_margins.csv", delimiter=",", skiprows=1)
    m, counts = table[:, 0], table[:, 1:].T
    if state != "trained":
        others, rare = counts.sum(axis=1)
        bias = 0.0 if state == "half" else float(imbalance.prior_bias(rare / (others + rare)))
        m, counts = np.array([-bias, bias]), np.array([[others, 0.0], [0.0, rare]])
    easy = m > math.log(EASY / (1 - EASY))
    groups = np.stack([counts * easy, counts * ~easy], axis=1).reshape(4, -1)
    return -np.asarray(losses.softplus(m)), np.asarray(losses.softplus(-m)), groups


def shares(state: str, gamma: float, alpha: float | None) -> np.ndarray:
    """Which share of the total focal loss each group of `_margins` holds, shape (4,)."""
    rest, loss, groups = _margins(state)
    held = groups @ (np.exp(gamma * rest) * loss)
    if alpha is not None:
        held[:2] *= 1 - alpha
        held[2:] *= alpha
    return held / held.sum()


@cache
def _share_of_easy(state: str) -> float:
    counts = _margins(state)[2].sum(axis=1)
    return float(counts[0] / counts.sum())


@cache
def _of_cross_entropy(state: str) -> np.ndarray:
    return shares(state, 0.0, None)


def focal_explorer_scene(gamma: float, alpha: float | None, state: str, p_t: float) -> Scene:
    """The focal loss against cross-entropy: curve, slope, and who holds the total loss."""
    scale = 1.0 if alpha is None else alpha
    weight = scale * np.exp(gamma * _REST)
    focal, pull = weight * _CE, weight * (_CE_PULL + gamma * P_T * _CE)
    at = round(p_t * 100) - 1
    plain, mine = _of_cross_entropy(state), shares(state, gamma, alpha)
    times = focal[at] / _CE[at]
    alpha_text = "no α" if alpha is None else f"α = {alpha:g}"
    return Scene(
        readout=(
            f"γ = {gamma:.1f}, {alpha_text}. Where the truth has pₜ = {p_t:.2f}: cross-entropy "
            f"{_CE[at]:.4f}, focal loss {focal[at]:.4f} ({times:.3g} times it); slopes "
            f"{_CE_PULL[at]:.4f} and {pull[at]:.4f}. Easy others, {_share_of_easy(state):.1%} of "
            f"all letters, hold {plain[0]:.1%} of the total cross-entropy and {mine[0]:.1%} of the "
            f"total focal loss; the rare v hold {plain[2:].sum():.1%} and {mine[2:].sum():.1%}."
        ),
        marks={
            "ce": Line(P_T, _CE, color="blue", label="cross-entropy"),
            "focal": Line(P_T, focal, color="orange", dash="dashed", label="focal loss of a v"),
            "ce slope": Line(P_T, _CE_PULL, color="blue", axes="slope"),
            "focal slope": Line(P_T, pull, color="orange", dash="dashed", axes="slope"),
            "ce point": Points([p_t], [_CE[at]], color="blue", marker="circle"),
            "focal point": Points([p_t], [focal[at]], color="orange", marker="square"),
            "ce slope point": Points(
                [p_t], [_CE_PULL[at]], color="blue", marker="circle", axes="slope"
            ),
            "focal slope point": Points(
                [p_t], [pull[at]], color="orange", marker="square", axes="slope"
            ),
            "ce shares": Bars(_PLACES - 0.2, plain, width=0.36, color="blue", axes="share"),
            "focal shares": Bars(
                _PLACES + 0.2, mine, width=0.36, color="orange", dash="dashed", axes="share"
            ),
            "values": Text(
                _AT_BARS,
                np.concatenate([plain, np.where(abs(plain - mine) < 0.07, plain + 0.06, mine)])
                + 0.04,
                [f"{100 * share:.0f}" for share in (*plain, *mine)],
                anchor="middle",
                axes="share",
            ),
            "groups": Text(
                [0.5, 2.5], [1.18, 1.18], ["other letters", "letter v"], "middle", axes="share"
            ),
        },
    )


def focal_explorer(**start) -> Explorer:
    """The focal loss: its curve, its slope, and who holds the total loss on real text."""
    across = {"xlabel": "pₜ, probability of the truth", "xlim": (0, 1), "xticks": [0, 0.5, 1]}
    return Explorer(
        name="focal_explorer",
        title="Focal loss: what γ and α do",
        description=(
            "Left, cross-entropy and the focal loss against the probability of the truth. Middle, "
            "the size of both slopes with respect to the logit. Right, bars: which share of the "
            "total loss is held by easy and hard examples of the rare letter v and of all other "
            "letters, in 28,500 letters of real text."
        ),
        scene=focal_explorer_scene,
        controls=[
            Slider("gamma", "γ (gamma)", np.arange(51) / 10, start=2.0, format="{:.1f}"),
            Choice("alpha", "α (alpha)", {"none": None, "0.25": 0.25, "0.75": 0.75, "0.99": 0.99}),
            Choice("state", "Model", STATES),
            Slider("p_t", "pₜ, probability of the truth", P_T, start=0.9, format="{:.2f}"),
        ],
        axes=[
            Axes("main", ylabel="loss (nats)", ylim=(0, 4.7), **across),
            Axes("slope", ylabel="size of the slope", ylim=(0, 1.4), **across),
            Axes(
                "share",
                ylabel="share of the total loss (%)",
                xlim=(-0.6, 3.6),
                ylim=(0, 1.25),
                xticks=range(4),
                xticklabels=["easy", "hard", "easy", "hard"],
                yticks=[0, 0.25, 0.5, 0.75, 1],
                yticklabels=["0", "25", "50", "75", "100"],
            ),
        ],
        handles={
            "focal": "gamma",
            **{f"{curve} point": "p_t" for curve in ("ce", "focal", "ce slope", "focal slope")},
        },
        start=start,
    )


# ------------------------------------------------------------------ threshold_explorer

DISTANCE = 2.0  # between the two classes' mean scores, in standard deviations
PEOPLE = 100_000
_LOW = np.array([0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07])
_MIDDLE = np.round(np.arange(10, 91, 2.5) / 100, 3)
THRESHOLDS = np.unique(np.round(np.concatenate([_LOW, _MIDDLE, [1 / 11], 1 - _LOW]), 4))
PREVALENCES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
COSTS = (1, 3, 10, 30, 100)
_ODDS = np.linspace(-7, 7, 141)  # of the threshold
_SCORES = np.linspace(-4, 7, 150)
_COLUMNS, _ROWS = np.array([0.5, 1.5, 0.5, 1.5]), np.array([1.0, 1.0, 0.0, 0.0])
_TICKS = (0.002, 0.05, 0.5, 0.95, 0.998)


def _log_odds(p: float) -> float:
    return math.log(p / (1 - p))


def rates(log_odds: np.ndarray | float, prevalence: float, balanced: bool) -> tuple:
    """Recall and false-positive rate of "yes where the log-odds are at least this large".

    Scores are normal with variance 1 and mean 0 or DISTANCE, so their log-odds are DISTANCE times
    the score, minus DISTANCE² / 2, plus the prior's log-odds. Balanced class weights leave the
    last term out.
    """
    prior = 0.0 if balanced else _log_odds(prevalence)
    score = (log_odds - prior) / DISTANCE + DISTANCE / 2
    return ndtr(DISTANCE - score), ndtr(-score)


@cache
def _precision_recall(prevalence: float) -> tuple[np.ndarray, np.ndarray]:
    recall, false = ndtr(DISTANCE - _SCORES), ndtr(-_SCORES)
    return recall, prevalence * recall / (prevalence * recall + (1 - prevalence) * false)


@cache
def _cost_curve(prevalence: float, cost_fn: int, balanced: bool) -> np.ndarray:
    return relative_cost(*rates(_ODDS, prevalence, balanced), prevalence, cost_fn)


def relative_cost(recall, false, prevalence: float, cost_fn: int):
    """Cost of misses (each `cost_fn`) and false alarms (each 1) against the better constant rule.

    1 is what always saying no or always saying yes costs, whichever is cheaper.
    """
    misses, alarms = cost_fn * prevalence * (1 - recall), (1 - prevalence) * false
    return (misses + alarms) / min(cost_fn * prevalence, 1 - prevalence)


def people(expected: float) -> str:
    """An expected number of people: whole ones, and parts where there are few."""
    return f"{expected:,.0f}" if expected >= 10 else f"{expected:.2g}"


def threshold_explorer_scene(
    prevalence: float, threshold: float, cost_fn: int, balanced: bool
) -> Scene:
    """What a threshold does: the confusion matrix, precision and recall, the cost."""
    odds = _log_odds(threshold)
    recall, false = (float(rate) for rate in rates(odds, prevalence, balanced))
    ill = PEOPLE * prevalence
    hits, alarms = ill * recall, (PEOPLE - ill) * false
    precision = hits / (hits + alarms)
    f1 = 2 * hits / (hits + alarms + ill)
    cost = relative_cost(recall, false, prevalence, cost_fn)
    curve_recall, curve_precision = _precision_recall(prevalence)
    curve = _cost_curve(prevalence, cost_fn, balanced)
    best = 1 / (1 + cost_fn)
    cells = [hits, ill - hits, alarms, PEOPLE - ill - alarms]
    return Scene(
        readout=(
            f"Prevalence {prevalence:.1%}, threshold {threshold:.3g}. Of {PEOPLE:,} people "
            f"{ill:,.0f} are ill: {people(hits)} found, {people(ill - hits)} missed, "
            f"{people(alarms)} false alarms. Recall {recall:.3f}, precision {precision:.3f}, "
            f"F1 {f1:.3f}. A miss costs {cost_fn} false alarms: the cost is {cost:.3f} of that "
            f"without a model, at best {curve.min():.3f}. Threshold from the costs: {best:.3f}."
        ),
        marks={
            "rates": Bars(
                _COLUMNS - 0.4,
                np.array([1 + recall, 2 - recall, false, 1 - false]),
                width=0.1,
                base=_ROWS,
                color="blue",
            ),
            "cells": Line([1, 1, np.nan, 0, 2], [0, 2, np.nan, 1, 1], color="grey"),
            "counts": Text(
                _COLUMNS + 0.1,
                _ROWS + 0.62,
                [people(cell) for cell in cells],
                anchor="middle",
            ),
            "names": Text(
                _COLUMNS + 0.1,
                _ROWS + 0.3,
                ["found", "missed", "false alarms", "left alone"],
                anchor="middle",
            ),
            "curve": Line(
                curve_recall,
                curve_precision,
                color="blue",
                axes="pr",
                label="all thresholds",
            ),
            "chance": Line(
                [0, 1],
                [prevalence, prevalence],
                color="grey",
                dash="dotted",
                axes="pr",
                label="of a random choice: the prevalence",
            ),
            "point": Points(
                [recall], [precision], color="orange", label="your threshold", axes="pr"
            ),
            "cost": Line(_ODDS, np.where(curve < 2.6, curve, np.nan), color="blue", axes="cost"),
            "cost value": Text(
                [-3.5 if odds > 0 else 3.5], [2.82], f"cost {cost:.3g}", "middle", axes="cost"
            ),
            "from costs": Line(
                [_log_odds(best)] * 2,
                [0, 2.6],
                color="green",
                dash="dashed",
                axes="cost",
                label="threshold from the costs",
            ),
            "cost point": Points([odds], [cost], color="orange", marker="circle", axes="cost"),
        },
    )


def threshold_explorer(**start) -> Explorer:
    """Move the threshold: confusion matrix, precision-recall curve and cost."""
    return Explorer(
        name="threshold_explorer",
        title="One model, many thresholds",
        description=(
            "Left, the confusion matrix of 100,000 people: rows are the ill and the well, columns "
            "what the test says; each cell has a bar as high as its share of the row. Middle, the "
            "precision-recall curve with the point of the chosen threshold. Right, the cost "
            "against the threshold, with the threshold that the costs alone suggest as a dashed "
            "line."
        ),
        scene=threshold_explorer_scene,
        controls=[
            Slider("prevalence", "Prevalence", PREVALENCES, start=0.02, format="{:.3f}"),
            Slider("threshold", "Threshold", THRESHOLDS, start=0.5, format="{:.4g}"),
            Choice("cost_fn", "A miss costs (in false alarms)", {str(c): c for c in COSTS}, 30),
            Choice("balanced", "Trained with", {"plain loss": False, "balanced weights": True}),
        ],
        axes=[
            Axes(
                "main",
                ylabel="the truth",
                xlim=(0, 2),
                ylim=(0, 2),
                xticks=[0.5, 1.5],
                xticklabels=["test says yes", "no"],
                yticks=[0.5, 1.5],
                yticklabels=["well", "ill"],
                title="of 100,000 people, on average",
            ),
            Axes("pr", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02)),
            Axes(
                "cost",
                xlabel="threshold on the probability",
                ylabel="cost, 1 = without a model",
                xlim=(-7, 7),
                ylim=(0, 3),
                yticks=[0, 0.5, 1, 1.5, 2, 2.5],
                xticks=[_log_odds(tick) for tick in _TICKS],
                xticklabels=[f"{tick:g}" for tick in _TICKS],
            ),
        ],
        handles={
            "chance": "prevalence",
            "from costs": "cost_fn",
            "point": "threshold",
            "cost point": "threshold",
        },
        start=start,
    )
