"""The widgets of chapter 02: `loss_curve` and `loss_calculator`."""

from __future__ import annotations

import math

import numpy as np

from ce_course import information, losses
from ce_course.widgets.explorer import (
    Arrows,
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

LN2 = math.log(2)

# ------------------------------------------------------------------ loss_curve

_P = losses.sigmoid(np.linspace(-7, 7, 241))
_CURVES = {y: losses.binary_cross_entropy(_P, np.full_like(_P, y)) for y in (0, 1)}
_SPAN = np.array([0.0, 1.0])
_COIN = np.array([LN2, LN2])

VERDICTS = (
    (0.1, "confidently wrong"),
    (0.4, "leaning wrong"),
    (0.6, "undecided"),
    (0.9, "leaning right"),
    (math.inf, "confident and right"),
)


def verdict(p_true: float) -> str:
    """What a prediction deserves to be called, by the probability it gave to the truth.

    Below 0.1 confidently wrong, below 0.4 leaning wrong, below 0.6 undecided, below 0.9
    leaning right, from 0.9 on confident and right.
    """
    return next(name for limit, name in VERDICTS if p_true < limit)


def loss_curve_scene(y: int, p: float) -> Scene:
    """One prediction `p` of class 1 against its label `y` (0 or 1), on the curve of its loss."""
    loss = float(losses.binary_cross_entropy(p, y))
    p_true = round(p if y == 1 else 1 - p, 6)
    word = verdict(p_true)
    return Scene(
        readout=(
            f"True label {y}, prediction {p:.3f}: loss {loss:.4f} nats, "
            f"{loss / LN2:.0%} of a coin flip's {LN2:.4f}. The truth got probability "
            f"{p_true:.3f}: {word}. Gradient with respect to the logit: {p - y:+.3f}."
        ),
        marks={
            "other": Line(_P, _CURVES[1 - y], color="grey", dash="dashed"),
            "curve": Line(_P, _CURVES[y], color="blue"),
            "coin": Line(_SPAN, _COIN, color="green", dash="dotted"),
            "point": Points([p], [loss], color="orange", marker="circle"),
            "names": Text(
                [0.16 if y == 1 else 0.84], [5.2], f"loss if y = {y}", anchor="middle", color="blue"
            ),
            "other name": Text(
                [0.84 if y == 1 else 0.16], [5.2], f"if y = {1 - y}", anchor="middle", color="grey"
            ),
            "coin name": Text([0.985], [1.05], "coin: ln 2", anchor="end", color="green"),
            "note": Text([0.5], [6.6], f"loss {loss:.4f}: {word}", anchor="middle"),
        },
    )


def loss_curve(**start) -> Explorer:
    """The loss of one prediction: choose the label, move the prediction."""
    return Explorer(
        name="loss_curve",
        title="Binary cross-entropy of one prediction",
        description=(
            "The loss in nats against the predicted probability of class 1. For label 1 it falls "
            "from infinity at 0 to zero at 1, for label 0 it is the mirror image. A point marks "
            "the prediction, a dotted line the loss of a coin flip."
        ),
        scene=loss_curve_scene,
        controls=[
            Choice("y", "True label", {"y = 1": 1, "y = 0": 0}),
            Slider(
                "p",
                "Predicted probability of class 1",
                np.arange(1, 1000) / 1000,
                start=0.7,
                format="{:.3f}",
            ),
        ],
        axes=[
            Axes(
                "main",
                xlabel="predicted probability of class 1",
                ylabel="loss (nats)",
                xlim=(0, 1),
                ylim=(0, 7.5),
            )
        ],
        handles={"point": "p"},
        start=start,
    )


# ------------------------------------------------------------------ loss_calculator

PROBLEMS = {
    "two classes, the truth is 1": (2, 1),
    "two classes, the truth is 0": (2, 0),
    "three classes, the truth is 0": (3, 0),
    "three classes, the truth is 1": (3, 1),
    "three classes, the truth is 2": (3, 2),
}
_CLASSES = np.arange(3.0)
_LEFT, _RIGHT = np.array([0.0, 0.4]), np.array([0.68, 1.0])


def calculate(problem: tuple[int, int], p: float, split: float, prior: float) -> dict:
    """All numbers of the loss calculator.

    Parameters
    ----------
    problem : (number of classes, true class); two or three classes
    p : probability that the model gives to the true class
    split : share of the remaining probability that goes to the first of the other two classes
        (three classes only)
    prior : share of class 0 in the data; the other classes share the rest evenly

    Returns
    -------
    dict with `probabilities` (K,), `loss` in nats, `gradient` with respect to the logits (two
    classes: the one logit of class 1, shape (1,); three: shape (3,)), `prior` (K,), the baselines
    `uniform` = ln K and `prior_entropy`, and the signed distances `from_zero`, `from_uniform` and
    `from_prior` (loss minus reference: negative is better than the reference).
    """
    num_classes, truth = problem
    rest = [1 - p] if num_classes == 2 else [(1 - p) * split, (1 - p) * (1 - split)]
    probabilities = np.array([*rest[:truth], p, *rest[truth:]])
    target = np.zeros(num_classes)
    target[truth] = 1
    gradient = probabilities - target
    shares = np.array([prior] + [(1 - prior) / (num_classes - 1)] * (num_classes - 1))
    loss = float(information.surprisal(p))
    uniform, prior_entropy = math.log(num_classes), float(information.entropy(shares))
    return {
        "probabilities": probabilities,
        "loss": loss,
        "gradient": gradient[1:] if num_classes == 2 else gradient,
        "prior": shares,
        "uniform": uniform,
        "prior_entropy": prior_entropy,
        "from_zero": loss,
        "from_uniform": loss - uniform,
        "from_prior": loss - prior_entropy,
    }


def _side(distance: float) -> str:
    if abs(distance) < 5e-5:
        return "level with"
    return f"{abs(distance):.4f} {'above' if distance > 0 else 'below'}"


def _pad(values: np.ndarray, first: int) -> np.ndarray:
    """Three places, NaN (not drawn) where there is no value."""
    padded = np.full(3, np.nan)
    padded[first : first + len(values)] = values
    return padded


def loss_calculator_scene(problem: tuple[int, int], p: float, split: float, prior: float) -> Scene:
    """Probabilities, gradient and loss of one prediction, beside the baselines."""
    c = calculate(problem, p, split, prior)
    num_classes, truth = problem
    loss, uniform, prior_entropy = c["loss"], c["uniform"], c["prior_entropy"]
    probabilities = _pad(c["probabilities"], 0)
    rest = 0 if truth else 1  # the first of the other classes
    gradient = _pad(c["gradient"], 1 if num_classes == 2 else 0)
    heights = np.concatenate([probabilities, gradient])
    pushes = ", ".join(f"{g:+.3f}" for g in c["gradient"])
    logits = "logit of class 1" if num_classes == 2 else "three logits"
    shares = ", ".join(f"{s:g}" for s in c["prior"])
    return Scene(
        readout=(
            f"The truth, class {truth} of {num_classes}, got probability {p:.2f}: loss {loss:.4f} "
            f"nats. Gradient with respect to the {logits}: {pushes}. The loss is "
            f"{loss:.4f} above zero, {_side(c['from_uniform'])} "
            f"ln {num_classes} = {uniform:.4f} (a uniform guess), {_side(c['from_prior'])} "
            f"{prior_entropy:.4f} (always predicting the class shares {shares})."
        ),
        marks={
            "probability": Bars(
                _CLASSES - 0.2, probabilities, width=0.36, color="blue", label="probability"
            ),
            "gradient": Bars(
                _CLASSES + 0.2, gradient, width=0.36, color="orange", label="gradient"
            ),
            "top": Points(
                [truth - 0.2, rest - 0.2], [p, probabilities[rest]], marker="square", color="blue"
            ),
            "truth": Points([truth], [1.38], marker="triangle", color="green", label="the truth"),
            "values": Text(
                np.concatenate([_CLASSES - 0.2, _CLASSES + 0.2]),
                heights + 0.17 * np.where(heights < 0, -1, 1),
                [
                    "" if math.isnan(v) else f"{v:{sign}.2f}"
                    for values, sign in ((probabilities, ""), (gradient, "+"))
                    for v in values.tolist()
                ],
                anchor="middle",
            ),
            "uniform": Line(
                _LEFT,
                [uniform, uniform],
                color="green",
                dash="dotted",
                axes="ladder",
                label="ln K: a uniform guess",
            ),
            "prior": Line(
                _RIGHT,
                [prior_entropy, prior_entropy],
                color="purple",
                dash="dashed",
                axes="ladder",
                label="always the class shares",
            ),
            "distances": Arrows(
                [0.33, 0.75],
                [uniform, prior_entropy],
                [0, 0],
                [c["from_uniform"], c["from_prior"]],
                color="ink",
                axes="ladder",
                label="distance of the loss",
            ),
            "loss": Points(
                [0.5], [loss], color="orange", marker="circle", axes="ladder", label="this loss"
            ),
            "ladder": Text(
                [0.54, 0.02, 0.8],
                [loss, uniform + 0.2, prior_entropy + 0.2],
                [f"{loss:.4f}", f"{uniform:.4f}", f"{prior_entropy:.4f}"],
                axes="ladder",
            ),
        },
    )


def loss_calculator(**start) -> Explorer:
    """Loss, gradient and baselines of one prediction, for two or three classes."""
    return Explorer(
        name="loss_calculator",
        title="What one prediction costs, and compared with what",
        description=(
            "Left, bars of the probability of each class and of the gradient with respect to its "
            "logit. Right, the loss in nats beside two baselines: the log of the number of classes "
            "and the entropy of the class shares."
        ),
        scene=loss_calculator_scene,
        controls=[
            Choice("problem", "Problem", PROBLEMS),
            Slider(
                "p",
                "Probability given to the truth",
                np.arange(1, 100) / 100,
                start=0.8,
                format="{:.2f}",
            ),
            Slider(
                "split",
                "Three classes: the first other class's part of the rest",
                np.arange(0, 101) / 100,
                start=0.5,
                format="{:.2f}",
            ),
            Slider(
                "prior",
                "Share of class 0 in the data",
                np.arange(1, 100) / 100,
                start=0.9,
                format="{:.2f}",
            ),
        ],
        axes=[
            Axes(
                "main",
                xlabel="class",
                ylabel="probability, gradient",
                title="The prediction",
                xlim=(-0.6, 2.6),
                ylim=(-1.25, 1.5),
                xticks=[0, 1, 2],
                xticklabels=["0", "1", "2"],
                yticks=[-1, -0.5, 0, 0.5, 1],
            ),
            Axes(
                "ladder",
                ylabel="loss (nats)",
                title="The loss beside its baselines",
                xlim=(0, 1),
                ylim=(-0.2, 4.9),
                xticks=[],
            ),
        ],
        handles={"prior": "prior", "top": ["p", "split"], "loss": "p"},
        start=start,
    )
