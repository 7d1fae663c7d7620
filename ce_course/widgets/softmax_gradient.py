"""The widgets of chapter 04: `gradient_simplex` and `gradient_inspector`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from ce_course import data, losses
from ce_course.widgets.explorer import (
    Area,
    Arrows,
    Axes,
    Bars,
    Choice,
    Explorer,
    Image,
    Line,
    Points,
    Scene,
    Slider,
    Text,
)
from ce_course.widgets.scene import count

MINUS = "\N{MINUS SIGN}"


def _signed(value: float, digits: int = 3) -> str:
    """A number with its sign, and no minus before a zero."""
    text = f"{value:+.{digits}f}".replace("-", MINUS)
    return text[1:] if not float(f"{value:.{digits}f}") else text


# ------------------------------------------------------------------ gradient_simplex

_CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, math.sqrt(3) / 2))  # classes 0, 1, 2
_CORNER_X, _CORNER_Y = (np.array(values) for values in zip(*_CORNERS, strict=True))
_TRIANGLE_X, _TRIANGLE_Y = np.append(_CORNER_X, _CORNER_X[0]), np.append(_CORNER_Y, _CORNER_Y[0])
_BELOW_CORNER = _CORNER_Y + np.array([-0.05, -0.05, 0.05])  # and above the one on top
DESCENT_STEPS = 30


def place(p: tuple[float, float, float]) -> tuple[float, float]:
    """Where a distribution over three classes lies in the triangle: the corners' weighted mean."""
    return p[1] + p[2] / 2, p[2] * _CORNERS[2][1]


_CENTRE = place((1 / 3, 1 / 3, 1 / 3))
_EDGES = [place(p) for p in ((0.5, 0.5, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5))]
# Where two classes tie for the largest probability: from the centre to each edge's middle.
_TIES = [p for middle in _EDGES for p in (_CENTRE, middle, (math.nan, math.nan))]
_TIES_X, _TIES_Y = (np.array(values) for values in zip(*_TIES, strict=True))
# The line p_y = 1/2 joins the middles of the two edges that meet in corner y.
_HALF = {0: (_EDGES[0], _EDGES[2]), 1: (_EDGES[0], _EDGES[1]), 2: (_EDGES[1], _EDGES[2])}


def descent(y: int, z0: float, z1: float, z2: float) -> list[tuple[float, float, float]]:
    """The probabilities along gradient descent on the logits, learning rate 1, start included.

    Plain floats, not arrays: a scene is computed hundreds of times when a control comes to rest.
    """
    exp, path = math.exp, []
    y0, y1, y2 = (y == 0, y == 1, y == 2)
    for _ in range(DESCENT_STEPS + 1):
        largest = max(z0, z1, z2)
        e0, e1, e2 = exp(z0 - largest), exp(z1 - largest), exp(z2 - largest)
        total = e0 + e1 + e2
        p0, p1, p2 = e0 / total, e1 / total, e2 / total
        path.append((p0, p1, p2))
        z0, z1, z2 = z0 - p0 + y0, z1 - p1 + y1, z2 - p2 + y2
    return path


def gradient_simplex_scene(y: int, z0: float, z1: float, z2: float) -> Scene:
    """The softmax of three logits in the triangle, and p - q for the true class y."""
    path = descent(y, z0, z1, z2)
    p = path[0]
    x, up = place(p)
    push = [(k == y) - p[k] for k in range(3)]
    # dp = J push: each probability moves by p_k (push_k - mean push under p).
    mean = sum(p[k] * push[k] for k in range(3))
    drift_x, drift_up = place(tuple(p[k] * (push[k] - mean) for k in range(3)))
    loss = max(z0, z1, z2) - (z0, z1, z2)[y] - math.log(max(p))
    rival = max(p[k] for k in range(3) if k != y)
    verdict = "right" if p[y] > rival else "misclassified" if p[y] < rival else "a tie"
    length = math.sqrt(sum(g * g for g in push))
    corner_x, corner_up = _CORNERS[y]
    trail_x, trail_up = zip(*map(place, path), strict=True)
    (half_x, half_up), (other_x, other_up) = _HALF[y]
    wrong = [math.nan if k == y else push[k] for k in range(3)]
    return Scene(
        readout=(
            f"Probabilities {p[0]:.3f}, {p[1]:.3f}, {p[2]:.3f}; the truth is class {y}: {verdict}, "
            f"loss {loss:.4f}. Gradient p {MINUS} q: {_signed(-push[0])}, {_signed(-push[1])}, "
            f"{_signed(-push[2])}. It sums to 0 and has length {length:.3f}, at most 1.414. "
            f"Descent pushes the true logit up by {push[y]:.3f} and each other one down by its own "
            "probability."
        ),
        marks={
            "triangle": Line(_TRIANGLE_X, _TRIANGLE_Y, color="ink"),
            "ties": Line(_TIES_X, _TIES_Y, color="grey", dash="dotted", label="two classes tie"),
            "half": Line(
                [half_x, other_x],
                [half_up, other_up],
                color="purple",
                dash="dashed",
                label="truth at 1/2",
            ),
            "descent": Line(
                trail_x, trail_up, color="grey", label=f"{DESCENT_STEPS} steps of descent"
            ),
            "push": Arrows(
                [x],
                [up],
                [corner_x - x],
                [corner_up - up],
                color="blue",
                label=f"q {MINUS} p: from prediction to truth",
            ),
            "drift": Arrows(
                [x], [up], [drift_x], [drift_up], color="red", label="where p moves first"
            ),
            "point": Points([x], [up], color="orange", marker="circle", label="prediction p"),
            "truth": Points(
                [corner_x], [corner_up], color="green", marker="triangle", label="truth q"
            ),
            "corners": Text(
                _CORNER_X,
                _BELOW_CORNER,
                ["class 0", "class 1", "class 2"],
                anchor="middle",
            ),
            "zero": Line([-0.5, 2.5], [0.0, 0.0], color="ink", axes="pushes"),
            "up": Arrows([y], [0.0], [0.0], [push[y]], color="green", axes="pushes"),
            "down": Arrows([0, 1, 2], [0.0] * 3, [0.0] * 3, wrong, color="orange", axes="pushes"),
            "values": Text(
                [0, 1, 2],
                [g + (0.1 if k == y else -0.1) for k, g in enumerate(push)],
                [_signed(g) for g in push],
                anchor="middle",
                axes="pushes",
            ),
        },
    )


def gradient_simplex(**start) -> Explorer:
    """Three logits and a true class: where the prediction lies, and which way it is pushed."""
    logits = np.round(np.arange(-60, 61) / 10, 1)
    return Explorer(
        name="gradient_simplex",
        title="Prediction minus truth, for three classes",
        description=(
            "Left, a triangle whose corners are the three classes. A point is the prediction; an "
            "arrow leads from it to the corner of the truth, another shows which way the point "
            "itself moves. Right, the push on each logit: up for the truth, down for the others."
        ),
        scene=gradient_simplex_scene,
        controls=[
            Choice("y", "True class", {"class 0": 0, "class 1": 1, "class 2": 2}, start=1),
            *(
                Slider(f"z{k}", f"Logit of class {k}", logits, start=value, format="{:.1f}")
                for k, value in enumerate((2.0, 1.0, 0.0))
            ),
        ],
        axes=[
            Axes(
                "main",
                title="Where the prediction lies",
                xlabel="class 0 left, class 1 right",
                ylabel="class 2 on top",
                bare=True,
                xlim=(-0.15, 1.15),
                ylim=(-0.067, 0.933),
                xticks=[],
                yticks=[],
            ),
            Axes(
                "pushes",
                xlabel="class",
                ylabel=f"push on the logit, q {MINUS} p",
                title="How each logit is pushed",
                xlim=(-0.5, 2.5),
                ylim=(-1.25, 1.25),
                xticks=[0, 1, 2],
                yticks=[-1, -0.5, 0, 0.5, 1],
            ),
        ],
        handles={"point": ("z0", "z1", "z2")},
        start=start,
    )


# ------------------------------------------------------------------ gradient_inspector

LEARNING_RATE = 2.0
STEPS = tuple(sorted({0, 30, 100, 300, *np.geomspace(1, 500, 70).round().astype(int).tolist()}))


@dataclass(frozen=True)
class Run:
    """Softmax regression on 1000 digits, watched at some of its steps.

    X : (N, 64), ink from 0 to 1; y : (N,), the digits.
    gradient : (S, N, 10), each example's p - q after each number of steps.
    loss, accuracy : (S,), of the training examples.
    push : (S, N), 1 - p_y; order : (S, N), the examples from the hardest to the easiest.
    """

    X: np.ndarray
    y: np.ndarray
    gradient: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    push: np.ndarray
    order: np.ndarray


@cache
def digits_run(seed: int = 0) -> Run:
    """Full-batch gradient descent from zero weights on `data.digits(seed)`: under a second."""
    X, y, _, _ = data.digits(seed)
    W, b = np.zeros((64, 10)), np.zeros(10)
    gradients, loss, accuracy = [], [], []
    for step in range(STEPS[-1] + 1):
        z = X @ W + b
        G = losses.softmax_cross_entropy_grad(z, y)
        if step in STEPS:
            gradients.append(G)
            loss.append(losses.cross_entropy_from_logits(z, y).mean())
            accuracy.append((z.argmax(axis=1) == y).mean())
        W = W - LEARNING_RATE * X.T @ G / len(y)
        b = b - LEARNING_RATE * G.mean(axis=0)
    gradient = np.array(gradients)
    push = -np.take_along_axis(gradient, y[None, :, None], axis=2)[..., 0]
    order = np.argsort(-push, axis=1, kind="stable")
    return Run(X, y, gradient, np.array(loss), np.array(accuracy), push, order)


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def _push(examples: int) -> str:
    return "1 example pushes" if examples == 1 else f"{examples} examples push"


ORDERS = {"at this step": False, "at the last step": True}
_INDEX = {step: index for index, step in enumerate(STEPS)}
_RANKS = np.unique(np.geomspace(1, 1000, 120).round().astype(int))
_SHOWN = np.unique(np.concatenate([_RANKS, np.arange(25, 1001, 25)]))
_CLASSES = np.arange(10)
_TENTH = _SHOWN <= 100


def gradient_inspector_scene(step: int, rank: int, last: bool) -> Scene:
    """One moment of the digits run: all pushes, sorted, and one example's gradient.

    step: one of `STEPS`. rank: which example, 1 for the one that is pushed hardest. last: whether
    the rank is that of the last step.
    """
    run, now = digits_run(), _INDEX[step]
    push = run.push[now]
    pushes = push[run.order[now]]
    example = run.order[-1 if last else now, rank - 1]
    y, gradient, mine = int(run.y[example]), run.gradient[now, example], float(push[example])
    p = gradient.copy()
    p[y] += 1
    guess = int(p.argmax())
    share = pushes[:100].sum() / pushes.sum()
    taken = "recognised" if guess == y else f"taken for {_a(guess)}"
    place_now = int(np.flatnonzero(run.order[now] == example)[0]) + 1
    is_true = y == _CLASSES
    curve = pushes[_SHOWN - 1]
    return Scene(
        readout=(
            f"After {count(step, 'step')}: mean loss {run.loss[now]:.4f}, "
            f"{run.accuracy[now]:.1%} right. The hardest 100 of the 1000 examples hold "
            f"{share:.1%} of the total push; {_push(np.count_nonzero(push < 0.1))} less than "
            f"0.1. The example in the picture, number {place_now} now: {_a(y)}, {taken}, "
            f"p = {p[y]:.3f} for the truth, push {mine:.3f}."
        ),
        marks={
            "tenth": Area(
                _SHOWN,
                np.zeros(len(_SHOWN)),
                np.where(_TENTH, curve, np.nan),
                color="orange",
                label="the hardest 10 %",
            ),
            "pushes": Line(_SHOWN, curve, color="blue", label="push of each example"),
            "chosen": Points(
                [place_now], [mine], color="red", marker="diamond", label="this example"
            ),
            "digit": Image(run.X[example].reshape(8, 8), extent=(0, 8, 0, 8), axes="digit"),
            "says": Text([4.0], [-0.7], f"{_a(y)}, {taken}", anchor="middle", axes="digit"),
            "true": Bars(
                _CLASSES,
                np.where(is_true, gradient, np.nan),
                color="green",
                axes="gradient",
                label="true class: pushed up",
            ),
            "others": Bars(
                _CLASSES,
                np.where(is_true, np.nan, gradient),
                color="purple",
                dash="dashed",
                axes="gradient",
                label="other classes: pushed down",
            ),
        },
    )


def gradient_inspector(**start) -> Explorer:
    """Step through a training run on digits: which examples still push, and how."""
    return Explorer(
        name="gradient_inspector",
        title="The examples that still push",
        description=(
            "Left, the push of all 1000 training examples, from the hardest to the easiest; the "
            "first tenth is shaded. Middle, one example's picture. Right, its gradient p "
            f"{MINUS} q: a bar for each of the ten classes, negative for the true one."
        ),
        scene=gradient_inspector_scene,
        controls=[
            Slider("step", "Steps of gradient descent", STEPS, start=0, plays=True),
            Slider("rank", "Example, from the hardest to the easiest", _RANKS, start=1),
            Choice("last", "Hardest", ORDERS),
        ],
        axes=[
            Axes(
                "main",
                xlabel="rank",
                ylabel=f"push, 1 {MINUS} p of the truth",
                title="All examples, sorted",
                xlim=(0, 1000),
                ylim=(0, 1.05),
            ),
            Axes(
                "digit",
                xlabel="8 pixels",
                ylabel="8 pixels",
                bare=True,
                title="The example",
                xlim=(-0.2, 8.2),
                ylim=(-1.4, 9.2),
                xticks=[],
                yticks=[],
            ),
            Axes(
                "gradient",
                xlabel="class",
                ylabel=f"gradient, p {MINUS} q",
                title="Its gradient",
                xlim=(-0.7, 9.7),
                ylim=(-1.05, 1.05),
                xticks=_CLASSES,
                yticks=[-1, -0.5, 0, 0.5, 1],
            ),
        ],
        handles={"chosen": "rank"},
        start=start,
    )
