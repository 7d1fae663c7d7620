"""The widgets of chapter 03: `binary_vs_categorical` and `overflow_explorer`."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course import losses
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

# ------------------------------------------------------------------ binary_vs_categorical

MOST_CLASSES = 10
_CLASSES = np.arange(MOST_CLASSES)
_WAYS = np.arange(3)


def compare(num_classes: int, p: float, rival: float) -> dict:
    """One prediction and what three losses make of it; class 0 is the truth.

    Parameters
    ----------
    num_classes : K, at least 2
    p : probability of the truth
    rival : how the rest is shared out: 0 evenly, 1 all of it to class 1

    Returns
    -------
    dict with `probabilities` (K,) and the losses in nats: `categorical`; `binary`, of the one
    question "class 0 or not?"; `questions`, K questions "class k or not?" added up.
    """
    even = (1 - p) / (num_classes - 1)
    first = even + rival * (1 - p - even)
    others = (1 - p - first) / max(num_classes - 2, 1)
    probabilities = np.array([p, first, *[others] * (num_classes - 2)])
    no = -np.log1p(-probabilities[1:])
    return {
        "probabilities": probabilities,
        "categorical": -math.log(p),
        "binary": float(losses.binary_cross_entropy(p, 1)),
        "questions": -math.log(p) + float(no.sum()),
    }


def _decision(probabilities: NDArray) -> str:
    truth, rival = probabilities[0], probabilities[1:].max()
    if abs(truth - rival) < 1e-9:
        return "The truth shares the first place."
    if truth > rival:
        return "The truth is the likeliest class: the decision is right."
    return "Another class is likelier: the decision is wrong."


def _above(heights: NDArray, line: float) -> NDArray:
    """Where texts stand that are to be at these heights, and not on a level line."""
    return np.where(np.abs(heights - line) < 0.3, line + 0.3, heights)


def binary_vs_categorical_scene(num_classes: int, p: float, rival: float) -> Scene:
    """The probabilities of one prediction, beside its loss counted in three ways."""
    c = compare(num_classes, p, rival)
    heights = np.full(MOST_CLASSES, np.nan)
    heights[:num_classes] = c["probabilities"]
    values = [c["categorical"], c["binary"], c["questions"]]
    uniform = math.log(num_classes)
    shown = [f"{v:.2f}" for v in c["probabilities"].tolist()]
    return Scene(
        readout=(
            f"{num_classes} classes, class 0 is true and has probability {p:.2f}; the likeliest "
            f"other class has {c['probabilities'][1]:.4f}. Categorical loss "
            f'{c["categorical"]:.4f} nats; binary loss of "class 0 or not?" {c["binary"]:.4f}, '
            f"the same; {num_classes} yes-or-no questions, added up, {c['questions']:.4f}. "
            f"A uniform guess costs ln {num_classes} = {uniform:.4f}. "
            f"{_decision(c['probabilities'])}"
        ),
        marks={
            "probability": Bars(_CLASSES, heights, color="blue", label="probability"),
            "truth": Points([0], [1.12], marker="triangle", color="green", label="the truth"),
            "values": Text(
                _CLASSES,
                heights + 0.05,
                shown + [""] * (MOST_CLASSES - num_classes),
                anchor="middle",
            ),
            "loss": Bars(_WAYS, values, width=0.6, color="orange", axes="loss", label="loss"),
            "uniform": Line(
                [-0.5, 2.5],
                [uniform, uniform],
                color="green",
                dash="dotted",
                axes="loss",
                label="ln K: a uniform guess",
            ),
            "losses": Text(
                _WAYS,
                _above(np.array(values) + 0.25, uniform),
                [f"{v:.4f}" for v in values],
                anchor="middle",
                axes="loss",
            ),
        },
    )


def binary_vs_categorical(**start) -> Explorer:
    """The same prediction under the binary and the categorical loss."""
    return Explorer(
        name="binary_vs_categorical",
        title="One prediction, binary and categorical",
        description=(
            "Left, bars of the probabilities of all classes, the truth marked by a triangle. "
            "Right, three bars: the categorical loss, the binary loss of the one question whether "
            "it is the true class, and the losses of one yes-or-no question for each class, "
            "added up. A dotted line marks the loss of a uniform guess."
        ),
        scene=binary_vs_categorical_scene,
        controls=[
            Choice("num_classes", "Number of classes", [2, 3, 4, 10], start=4),
            Slider(
                "p", "Probability of the truth", np.arange(5, 100) / 100, start=0.7, format="{:.2f}"
            ),
            Slider(
                "rival",
                "The rest: from shared evenly to all on one rival",
                np.arange(0, 21) / 20,
                start=0.0,
                format="{:.2f}",
            ),
        ],
        axes=[
            Axes(
                "main",
                xlabel="class",
                ylabel="probability",
                title="The prediction",
                xlim=(-0.6, 9.6),
                ylim=(0, 1.25),
                xticks=_CLASSES,
                xticklabels=[str(k) for k in _CLASSES],
                yticks=[0, 0.25, 0.5, 0.75, 1],
            ),
            Axes(
                "loss",
                ylabel="loss (nats)",
                title="Its loss, counted in three ways",
                xlim=(-0.5, 2.5),
                ylim=(0, 6.6),
                xticks=_WAYS,
                xticklabels=["categorical", "true class?", "K questions"],
            ),
        ],
        handles={"probability": ["p", "rival", *[None] * (MOST_CLASSES - 2)]},
        start=start,
    )


# ------------------------------------------------------------------ overflow_explorer

# Decimal digits that a rounding to the nearest number leaves right, and digits to show.
FORMATS = {"float32": (-math.log10(2**-24), 9), "float16": (-math.log10(2**-11), 5)}
FORMATS["bfloat16"] = (-math.log10(2**-8), 4)
METHODS = (
    "naive: exp, divide, log",
    "stable softmax, then log",
    "log-softmax",
    "log-softmax by log1p",
)
LABELS = {"the smaller logit (wrong)": 1, "the larger logit (right)": 0}
GAPS = np.concatenate([np.arange(0.5, 20, 0.5), np.arange(20, 121)])
_LOOKS = (("red", "dotted"), ("orange", "dashed"), ("purple", "dashed"), ("blue", "solid"))
_MARKERS = ("cross", "square", "diamond", "circle")
_ROWS = 0.88 - 0.235 * np.arange(4)


def to_bfloat16(x: ArrayLike) -> NDArray[np.float32]:
    """Numbers rounded to bfloat16, as float32: 8 significant bits, ties to even, any shape.

    bfloat16 is a float32 without its last 16 bits. Half a unit of the bits that stay is added
    before the others are cut off; the carry may reach the exponent, up to inf.
    """
    a = np.asarray(x, np.float32, order="C")
    bits = a.view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = (bits + np.uint32(0x7FFF) + odd) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(a), a, rounded.view(np.float32))


def rounding(number_format: str):
    """The function that rounds an array to a number format; the result is float32."""
    if number_format == "bfloat16":
        return to_bfloat16
    return lambda x: np.asarray(x, np.float32).astype(number_format).astype(np.float32)


@np.errstate(all="ignore")
def steps(number_format: str, gap: ArrayLike, label: int) -> list[tuple[dict, NDArray]]:
    """For each of the `METHODS` its intermediate results and the loss of the logits (gap, 0).

    Each operation is done in float32 and rounded to the format, as where operations run one by
    one. `label` 0 is the class with the logit `gap`, 1 the other.
    """
    fit = rounding(number_format)
    z = [fit(gap), fit(np.zeros_like(gap))]
    below = [fit(z[0] - z[0]), fit(z[1] - z[0])]  # minus the maximum

    def divide_and_log(powers):
        total = fit(powers[0] + powers[1])
        p = fit(powers[label] / total)
        return {"exps": powers, "p": [p]}, fit(-np.log(p)) + 0.0  # no -0

    powers = [fit(np.exp(d)) for d in below]
    total = fit(powers[0] + powers[1])
    log_total, log1p_others = fit(np.log(total)), fit(np.log1p(powers[1]))
    return [
        divide_and_log([fit(np.exp(v)) for v in z]),
        divide_and_log(powers),
        ({"sum": [total], "log": [log_total]}, fit(log_total - below[label])),
        (
            {"exp": [powers[1]], "log1p": [log1p_others]},
            fit(log1p_others - below[label]),
        ),
    ]


def exact_loss(gap: ArrayLike, label: int) -> NDArray:
    """The loss of the logits (gap, 0) in float64, right to 15 digits for gaps up to 700."""
    z = np.stack([np.asarray(gap, float), np.zeros_like(gap, float)], axis=-1)
    return losses.cross_entropy_from_logits(z, np.full(np.shape(gap), label))


@np.errstate(all="ignore")
def digits_right(got: ArrayLike, exact: ArrayLike, most: float) -> NDArray:
    """-log10 of the relative error, from 0 (also for inf and nan) to `most`."""
    error = np.abs(np.asarray(got, float) - exact) / exact
    return np.where(np.isfinite(got), np.clip(-np.log10(error), 0, most) + 0.0, 0.0)


@cache
def _table(number_format: str, label: int):
    """All that can be shown for a format and a label, at every gap of the slider."""
    methods = steps(number_format, GAPS, label)
    exact = exact_loss(GAPS, label)
    most, shown = FORMATS[number_format]
    digits = [digits_right(loss, exact, most) for _, loss in methods]

    def words(values, i):
        numbers = (f"{value[i]:.{shown}g}" for value in values)
        return ",  ".join(n.replace("nan", "not a number") for n in numbers)

    def row(parts, loss, right, i):
        verdict = f"{right[i]:.1f} digits right" if np.isfinite(loss[i]) else "fails"
        done = ";  ".join(f"{name} {words(values, i)}" for name, values in parts.items())
        return done, words([loss], i), verdict

    rows = [
        [row(*method, right, i) for method, right in zip(methods, digits, strict=True)]
        for i in range(len(GAPS))
    ]
    return digits, rows, [f"{e:.9g}" for e in exact]


def overflow_explorer_scene(gap: float, number_format: str, label: int) -> Scene:
    """Four ways to the loss of the logits (gap, 0), with the digits that each gets right."""
    digits, rows, exact = _table(number_format, label)
    i = int(np.searchsorted(GAPS, gap))
    marks = {}
    for name, y, (color, dash), marker in zip(METHODS, digits, _LOOKS, _MARKERS, strict=True):
        marks[name] = Line(GAPS, y, color=color, dash=dash)
        marks[f"here: {name}"] = Points([gap], [y[i]], color=color, marker=marker, label=name)
    marks["gap"] = Line([gap, gap], [0, 9], color="grey", dash="dotted")
    marks["exact"] = Text([0.02], [0.965], f"exact loss {exact[i]}", axes="steps")
    marks["names"] = Text([0.02] * 4, _ROWS, METHODS, axes="steps")
    marks["steps"] = Text(
        [0.05] * 4, _ROWS - 0.065, [row[0] for row in rows[i]], color="grey", axes="steps"
    )
    marks["losses"] = Text(
        [0.05] * 4,
        _ROWS - 0.13,
        [f"loss {row[1]}: {row[2]}" for row in rows[i]],
        axes="steps",
    )
    told = "; ".join(
        f"{name}: {row[1]}, {row[2]}" for name, row in zip(METHODS, rows[i], strict=True)
    )
    who = "smaller" if label else "larger"
    return Scene(
        readout=(
            f"Logits {gap:g} and 0 in {number_format}, the label is the class with the {who} "
            f"logit. Exact loss {exact[i]}. {told}."
        ),
        marks=marks,
    )


def overflow_explorer(**start) -> Explorer:
    """Naive and stable ways to the same loss, in three number formats."""
    return Explorer(
        name="overflow_explorer",
        title="Four ways to one loss, each step rounded",
        description=(
            "Left, how many decimal digits of the loss are right, against the gap between two "
            "logits, for four ways to compute it: a line falls to 0 where a way fails. Right, the "
            "intermediate results and the loss of each way at the chosen gap."
        ),
        scene=overflow_explorer_scene,
        controls=[
            Slider("gap", "Logit scale: the gap between the two logits", GAPS, start=89),
            Choice("number_format", "Number format", list(FORMATS), start="float32"),
            Choice("label", "The label has", LABELS, start=1),
        ],
        axes=[
            Axes(
                "main",
                xlabel="gap between the logits (log scale)",
                ylabel="decimal digits that are right",
                xlim=(0.5, 120),
                ylim=(-0.3, 9),
                xscale="log",
                xticks=[0.5, 1, 2, 5, 10, 20, 50, 100],
                title="Digits of the loss that are right",
            ),
            Axes(
                "steps",
                ylabel="the four ways",
                bare=True,
                title="Step by step",
                xlim=(0, 1),
                ylim=(0, 1),
                xticks=[],
                yticks=[],
            ),
        ],
        handles={"gap": "gap"},
        start=start,
    )
