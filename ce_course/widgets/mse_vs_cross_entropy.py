"""The widgets of chapter 05: `gradient_comparison` and `descent_race`."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from ce_course import losses
from ce_course.widgets.explorer import (
    Axes,
    Choice,
    Explorer,
    Line,
    Points,
    Scene,
    Slider,
    Text,
)
from ce_course.widgets.scene import count

# ------------------------------------------------------------------ gradient_comparison

LOGITS = np.round(np.arange(-120, 121) / 10, 1)
_BCE = {y: np.abs(losses.binary_cross_entropy_grad(LOGITS, y)) for y in (0, 1)}
_MSE = {y: np.abs(losses.mse_sigmoid_grad(LOGITS, y)) for y in (0, 1)}
_LABELS = {"bce": "cross-entropy: |p - y|", "mse": "squared error: 2 |p - y| p (1 - p)"}


def _short(value: float) -> str:
    """0.99995 or 9.079e-05."""
    return f"{value:.5f}" if value >= 0.01 else f"{value:.3e}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}"


def gradient_comparison_scene(y: int, z: float) -> Scene:
    """The size of both losses' gradient with respect to one logit `z`, for its label `y`."""
    p, rest = float(losses.sigmoid(z)), float(losses.sigmoid(-z))
    error = rest if y == 1 else p
    bce, mse, ratio = error, 2 * error * p * rest, 1 / (2 * p * rest)
    panels = {}
    for panel in ("linear", "log"):
        panels |= {
            f"bce_{panel}": Line(
                LOGITS,
                _BCE[y],
                color="blue",
                axes=panel,
                label=_LABELS["bce"] if panel == "linear" else "",
            ),
            f"mse_{panel}": Line(
                LOGITS,
                _MSE[y],
                color="orange",
                dash="dashed",
                axes=panel,
                label=_LABELS["mse"] if panel == "linear" else "",
            ),
            f"bce_point_{panel}": Points([z], [bce], color="blue", marker="circle", axes=panel),
            f"mse_point_{panel}": Points([z], [mse], color="orange", marker="square", axes=panel),
        }
    return Scene(
        readout=(
            f"Label {y}, logit {z:.1f}: p = {_short(p)}, error |p - y| = {_short(error)}. "
            f"Gradient of cross-entropy: {_short(bce)}. Gradient of the squared error: "
            f"{_short(mse)}. Ratio: {_times(ratio)} to 1."
        ),
        marks={
            **panels,
            "gap": Line([z, z], [mse, bce], color="grey", dash="dotted", axes="log"),
            "ratio": Text([0], [4.5], f"ratio {_times(ratio)} to 1", anchor="middle", axes="log"),
        },
    )


def gradient_comparison(**start) -> Explorer:
    """Both gradients of one logit: choose the label, move the logit."""
    across = {"xlabel": "logit z", "xlim": (-12, 12), "xticks": [-12, -8, -4, 0, 4, 8, 12]}
    return Explorer(
        name="gradient_comparison",
        title="How hard cross-entropy and the squared error push one logit",
        description=(
            "The size of the gradient with respect to the logit, for cross-entropy and for the "
            "squared error behind a sigmoid; on the left on a linear, on the right on a "
            "logarithmic axis. Cross-entropy's stays near 1 on the wrong side, the squared "
            "error's falls to zero on both sides."
        ),
        scene=gradient_comparison_scene,
        controls=[
            Choice("y", "True label", {"y = 1": 1, "y = 0": 0}),
            Slider("z", "Logit", LOGITS, start=-10.0, format="{:.1f}"),
        ],
        axes=[
            Axes("linear", ylabel="size of the gradient", ylim=(-0.03, 1.1), **across),
            Axes(
                "log",
                ylabel="the same, log scale",
                ylim=(1e-11, 20),
                yscale="log",
                yticks=[1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1],
                **across,
            ),
        ],
        handles={
            f"{loss}_point_{panel}": "z" for loss in ("bce", "mse") for panel in ("linear", "log")
        },
        start=start,
    )


# ------------------------------------------------------------------ descent_race

STARTS = np.arange(-20, 1) / 2
RATES = (0.1, 0.3, 1.0, 3.0, 10.0)
LAST = 12_000
STEPS = np.unique(np.concatenate([np.arange(31), np.geomspace(30, LAST, 140).round()])).astype(int)
_LOSSES = {"bce": losses.binary_cross_entropy_with_logits, "mse": losses.mse_sigmoid}
_LOOKS = {
    "bce": ("cross-entropy", "circle", {"color": "blue"}),
    "mse": ("squared error", "square", {"color": "orange", "dash": "dashed"}),
}
_NAMES = {"bce": ([-4.0], [5.8]), "mse": ([-9.9], [1.8])}  # where the curves' names stand
_Z = np.linspace(-10.5, 13, 236)
_CURVES = {name: loss(_Z, 1.0) for name, loss in _LOSSES.items()}
_ACROSS = np.log10(1 + STEPS)  # where a step stands on the axis: a log scale that has a 0
_TICKS = {0: "0", 1: "1", 10: "10", 100: "100", 1000: "1,000", 10_000: "10,000"}


class Race(NamedTuple):
    """All runs with one loss, label 1.

    z, p, loss: after each of `STEPS`, shape (steps, starts, rates).
    half: steps until p = 0.5, shape (starts, rates); NaN where it takes more than `LAST`.
    """

    z: np.ndarray
    p: np.ndarray
    loss: np.ndarray
    half: np.ndarray


@cache
def race(name: str) -> Race:
    """Gradient descent on one logit with the loss "bce" or "mse": every start, every rate.

    The gradients are written out for y = 1, with 1 - p as `rest`: the functions in `losses` check
    their input, which takes too long for so many steps. A test compares the paths with them.
    """
    z = np.repeat(STARTS[:, None], len(RATES), axis=1)
    half = np.where(z >= 0, 0.0, np.nan)
    path = np.empty((len(STEPS), *z.shape))
    path[0], row = z, 1
    for step in range(1, LAST + 1):
        rest = 1 / (1 + np.exp(z))
        z = z + RATES * (rest if name == "bce" else 2 * rest**2 * (1 - rest))
        half[np.isnan(half) & (z >= 0)] = step
        if step == STEPS[row]:
            path[row] = z
            row += 1
    return Race(path, losses.sigmoid(path), _LOSSES[name](path, 1.0), half)


def _steps(count: float) -> str:
    return f"more than {LAST:,}" if math.isnan(count) else f"{count:,.0f}"


def descent_race_scene(z0: float, learning_rate: float, step: int) -> Scene:
    """Two units after `step` steps of gradient descent from `z0`, label 1, one with each loss."""
    i, j, k = np.searchsorted(STARTS, z0), RATES.index(learning_rate), np.searchsorted(STEPS, step)
    marks, places, needed = {}, [], []
    for name, (label, marker, look) in _LOOKS.items():
        run = race(name)
        z, p, loss = run.z[k, i, j], run.p[k, i, j], run.loss[k, i, j]
        gone = np.where(step >= STEPS, run.p[:, i, j], np.nan)
        point = {"marker": marker, "color": look["color"]}
        marks |= {
            f"{name}_path": Line(_ACROSS, gone, **look),
            f"{name}_now": Points([_ACROSS[k]], [p], **point),
            f"{name}_curve": Line(_Z, _CURVES[name], axes="loss", **look),
            f"{name}_name": Text(*_NAMES[name], label, axes="loss", color=look["color"]),
            f"{name}_ball": Points([z], [loss], axes="loss", **point),
        }
        places.append(f"{label.capitalize()}: z = {z:.3f}, p = {_short(p)}, loss {_short(loss)}.")
        needed.append(f"{label} {_steps(run.half[i, j])}")
    return Scene(
        readout=(
            f"From z = {z0:g} with learning rate {learning_rate:g}, after "
            f"{count(int(step), 'step')}. "
            f"{' '.join(places)} Steps until p = 0.5: {', '.join(needed)}."
        ),
        marks={
            "half": Line([0, _ACROSS[-1]], [0.5, 0.5], color="grey", dash="dotted"),
            "start": Points(
                [z0], [race("bce").loss[0, i, j]], color="grey", axes="loss", label="start"
            ),
            **marks,
        },
    )


def descent_race(**start) -> Explorer:
    """Two units from the same start, one with each loss: choose start and rate, run the steps."""
    return Explorer(
        name="descent_race",
        title="Cross-entropy and squared error: the race from a wrong start",
        description=(
            "Gradient descent on one logit whose label is 1, with cross-entropy and with the "
            "squared error. Left, the probability of class 1 against the number of steps. Right, "
            "both losses against the logit, with a ball where each unit is."
        ),
        scene=descent_race_scene,
        controls=[
            Slider("z0", "Start: the logit z", STARTS, start=-10.0, format="{:.1f}"),
            Choice("learning_rate", "Learning rate", {f"{r:g}": r for r in RATES}, start=1.0),
            Slider("step", "Step", STEPS, start=11, format="{:,.0f}", plays=True),
        ],
        axes=[
            Axes(
                "main",
                xlabel="step (log scale)",
                ylabel="p of class 1, the truth",
                title="How far they are",
                xlim=(0, _ACROSS[-1]),
                ylim=(-0.03, 1.03),
                xticks=[math.log10(1 + tick) for tick in _TICKS],
                xticklabels=list(_TICKS.values()),
            ),
            Axes(
                "loss",
                xlabel="logit z",
                ylabel="loss",
                title="Where they stand",
                xlim=(-10.5, 13),
                ylim=(-0.3, 10.7),
            ),
        ],
        handles={
            "start": "z0",
            **{f"{loss}_{at}": "step" for loss in _LOSSES for at in ("now", "ball")},
        },
        start=start,
    )
