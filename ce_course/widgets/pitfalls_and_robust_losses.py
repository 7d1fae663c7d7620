"""The widgets of chapter 10: `noise_explorer`, `loss_doctor` and `loss_reader`."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ce_course import diagnosis, robust
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

# ------------------------------------------------------------------ noise_explorer

CLASSES = 10
PULLS = {
    "cross-entropy": lambda p: robust.generalized_cross_entropy_pull(p, 0.0),
    "generalized q = 0.7": lambda p: robust.generalized_cross_entropy_pull(p, 0.7),
    "symmetric 0.1 and 1": lambda p: robust.symmetric_cross_entropy_pull(p, 0.1, 1.0),
    "absolute error": lambda p: robust.generalized_cross_entropy_pull(p, 1.0),
}
_P = np.linspace(0, 1, 201)
SURENESS = np.array([0.1, *np.round(np.arange(0.15, 0.96, 0.05), 2), 0.98, 0.99, 0.999])


def noise_explorer_scene(loss: str, share: float, sure: float) -> Scene:
    """Ten classes, a share of wrong labels, a model that gives `sure` to each true class."""
    pull = PULLS[loss]
    wrong = (1 - sure) / (CLASSES - 1)  # what it gives to the class that a wrong label names
    right_pull, wrong_pull = float(pull(sure)), float(pull(wrong))
    right, false = (1 - share) * right_pull, share * wrong_pull
    of_all = false / (right + false) if right + false > 0 else 0.0
    return Scene(
        readout=(
            f"{loss}; {share:.0%} of the labels are wrong; the model gives {sure:.3g} to the true "
            f"class. A right label pulls with {right_pull:.3f}, a wrong one (its class has "
            f"{wrong:.2g}) with {wrong_pull:.3f}. Of the whole pull {of_all:.0%} comes from wrong "
            "labels."
        ),
        marks={
            "plain": Line(
                _P, 1 - _P, color="grey", dash="dashed", label="cross-entropy", axes="main"
            ),
            "pull": Line(_P, pull(_P), color="blue", label="this loss"),
            "right": Points(
                [sure], [right_pull], color="green", marker="circle", label="a right label"
            ),
            "wrong": Points(
                [wrong], [wrong_pull], color="red", marker="triangle", label="a wrong label"
            ),
            "right bar": Bars([0], [right], width=0.6, color="green", axes="sums"),
            "wrong bar": Bars([1], [false], width=0.6, color="red", axes="sums"),
            "sums": Text(
                [0, 1],
                [right + 0.06, false + 0.06],
                [f"{right:.3f}", f"{false:.3f}"],
                anchor="middle",
                axes="sums",
            ),
        },
    )


def noise_explorer(**start) -> Explorer:
    """How much wrong labels pull, loss by loss, while the model grows sure."""
    return Explorer(
        name="noise_explorer",
        title="What each example weighs where labels are wrong",
        description=(
            "Left, how hard an example pulls at its label's logit, against the probability that "
            "the model gives to that label; a right and a wrong label lie on the curve. Right, "
            "the pull of all right and of all wrong labels together, per example."
        ),
        scene=noise_explorer_scene,
        controls=[
            Choice("loss", "Loss", list(PULLS)),
            Slider(
                "share",
                "Share of wrong labels",
                np.round(np.arange(0, 0.61, 0.05), 2),
                start=0.4,
                format="{:.2f}",
            ),
            Slider("sure", "Probability of the true class", SURENESS, start=0.5, format="{:.3g}"),
        ],
        axes=[
            Axes(
                "main",
                xlabel="probability of the label",
                ylabel="pull at its logit",
                title="What one example weighs",
                xlim=(-0.02, 1.02),
                ylim=(0, 1.2),
            ),
            Axes(
                "sums",
                xlabel="examples with",
                ylabel="pull together, per example",
                title="What they weigh together",
                xlim=(-0.6, 1.6),
                ylim=(0, 1.2),
                xticks=[0, 1],
                xticklabels=["right labels", "wrong labels"],
            ),
        ],
        handles={"right": "sure", "wrong": "sure"},
        start=start,
    )


# ------------------------------------------------------------------ loss_doctor

ROWS = 8
NOTHING = "nothing else"
_SEVERITY = ("error", "suspicion", "note")
_MARKER_OF = {"error": "cross", "suspicion": "triangle", "note": "circle"}
_COLOR_OF = {"error": "red", "suspicion": "orange", "note": "grey"}


@cache
def suspects(first: str, second: str = NOTHING) -> tuple[str, ...]:
    """The findings that show these symptoms, keys of `diagnosis.SYMPTOMS`, the likeliest first.

    Those that show both come before those that show one; then those that show it first of all;
    then by severity, and in the catalogue's order.
    """
    seen = [key for key in (first, second) if key != NOTHING]
    ranks = {}
    for place, (name, kind) in enumerate(diagnosis.FINDINGS.items()):
        at = [kind.symptoms.index(key) for key in seen if key in kind.symptoms]
        if at:
            ranks[name] = (-len(at), sum(at), _SEVERITY.index(kind.severity), place)
    return tuple(sorted(ranks, key=ranks.get))


def loss_doctor_scene(first: str, second: str, number: int) -> Scene:
    """Suspects for what one sees, and the test that decides on the `number`-th of them."""
    found = suspects(first, second)
    kinds = [diagnosis.FINDINGS[name] for name in found]
    both = sum(first in k.symptoms and second in k.symptoms for k in kinds)
    said = f"{len(found)} suspects" if len(found) != 1 else "1 suspect"
    if second not in (NOTHING, first):
        said += f", of which {both} show both"
    chosen = min(int(number), len(found)) - 1
    top = ROWS * (chosen // ROWS)
    shown = list(enumerate(kinds))[top : top + ROWS]
    rows = np.arange(ROWS, 0, -1) - 0.5
    named = ["▸ " * (i == chosen) + f"{i + 1}. {k.name}" for i, k in shown]
    named += [""] * (ROWS - len(named))
    kind = kinds[chosen]
    marks: dict = {"names": Text(np.full(ROWS, 0.1), rows, named)}
    for severity in _SEVERITY:
        here = [k.severity == severity for _, k in shown] + [False] * (ROWS - len(shown))
        marks[severity] = Points(
            np.where(here, 0.04, np.nan),
            rows,
            color=_COLOR_OF[severity],
            marker=_MARKER_OF[severity],
            label=severity,
        )
    right = f" Right in: {kind.right_in}." if kind.right_in else ""
    return Scene(
        readout=(
            f"{said}. Number {chosen + 1}, {kind.name} ({kind.severity}): {kind.means} The test: "
            f"{_ended(kind.test)} The repair: {_ended(kind.mend)}{right} See {kind.section}."
        ),
        marks=marks,
    )


def _ended(text: str) -> str:
    return text if text[-1] in ".?!" else f"{text}."


def loss_doctor(**start) -> Explorer:
    """From what one sees to what it may be, and the test that decides."""
    words = {text.rstrip("."): key for key, text in diagnosis.SYMPTOMS.items()}
    most = max(
        len(suspects(one, other))
        for one in diagnosis.SYMPTOMS
        for other in [NOTHING, *diagnosis.SYMPTOMS]
    )
    return Explorer(
        name="loss_doctor",
        title="What you see, and what it may be",
        description=(
            "The suspects for one or two symptoms, the likeliest first; a cross marks a certain "
            "error, a triangle a suspicion, a circle what is no mistake. The text below says what "
            "the chosen one means, which test decides and what repairs it."
        ),
        scene=loss_doctor_scene,
        controls=[
            Choice("first", "What you see", words, start="floor"),
            Choice("second", "And also", {NOTHING: NOTHING, **words}, start=NOTHING),
            Slider(
                "number", "Suspect", np.arange(1, most + 1), start=1, format="{:.0f}", counts=True
            ),
        ],
        axes=[
            Axes(
                "main",
                xlabel="",
                ylabel="suspects",
                title="Suspects",
                bare=True,
                xlim=(0, 1),
                ylim=(0, ROWS),
                xticks=[],
                yticks=[],
            )
        ],
        start=start,
    )


# ------------------------------------------------------------------ loss_reader

LOSSES = np.round(np.arange(0, 8.001, 0.02), 2)
NUMBERS = (2, 3, 5, 10, 20, 50, 100, 1000)
NEAR = 0.03  # nats: where a loss counts as being at a landmark
_ROWS = {"yours": 0, "ln K": 1, "shares": 2, "floor": 3}


def _cost(p: np.ndarray, q: float, num_classes: int, softmaxes: int) -> np.ndarray:
    """The loss where one class has the target q and the probability p, the others share the rest.

    With two softmaxes the probabilities p go through another one.
    """
    rest = (1 - p) / (num_classes - 1)
    if softmaxes == 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            wrong = np.where(q < 1, (1 - q) * np.log(rest), 0)
            return -q * np.log(p) - wrong
    total = np.log(np.exp(p) + (num_classes - 1) * np.exp(rest))
    return total - q * p - (1 - q) * rest


_FINE = np.linspace(0, 1, 4001)


@cache
def landmarks(K: int, largest: float, epsilon: float, softmaxes: int) -> dict[str, float]:
    """In nats: the least possible loss, and the best ones without a look at the input.

    floor: each example gets the best probabilities for its own label. shares: all get the same
    best ones. ln K: all classes get the same. One class has the share `largest` of the labels, at
    least 1/K, the others are equally frequent; `epsilon` smooths the labels over all K classes.
    """
    own = 1 - epsilon + epsilon / K
    often = (1 - epsilon) * max(largest, 1 / K) + epsilon / K
    found = {}
    for name, q in (("floor", own), ("shares", often)):
        if softmaxes == 1:  # the best p is q itself: the entropy of the target
            found[name] = float(_cost(np.float64(q), q, K, 1))
        else:
            found[name] = float(_cost(_FINE, q, K, 2).min())
    return {**found, "ln K": math.log(K)}


_INNER = np.concatenate([np.geomspace(3e-4, 0.05, 60)[:-1], np.linspace(0.05, 0.9995, 140)])


def _verdict(loss: float, at: dict[str, float]) -> str:
    if loss < at["floor"] - NEAR:
        return "Below the floor: this is not the loss that you think it is, or not its mean."
    if loss <= at["floor"] + NEAR:
        return "At the floor: this loss can fall no further, however good the model."
    if abs(loss - at["shares"]) <= NEAR:
        return (
            "At the shares: the model knows how frequent the classes are, and not which is which."
        )
    if abs(loss - at["ln K"]) <= NEAR:
        return "At ln K: as good as no model at all."
    if loss > at["ln K"]:
        return "Above ln K: confident mistakes, or a sum where a mean is meant."
    if loss > at["shares"]:
        return "Above the shares: worse than the best answer that never looks."
    share = (at["shares"] - loss) / (at["shares"] - at["floor"])
    return f"Between shares and floor: {share:.0%} of the way that looking at the input can bring."


def loss_reader_scene(K: int, largest: float, epsilon: float, softmaxes: int, loss: float) -> Scene:
    """Floor and baselines on one line, and where a loss lies among them."""
    K, softmaxes = int(K), int(softmaxes)
    at = landmarks(K, float(largest), float(epsilon), softmaxes)
    own = 1 - epsilon + epsilon / K
    curve = _cost(_INNER, own, K, softmaxes)
    down = slice(0, int(np.argmin(curve)) + 1)  # from there on smoothed targets punish
    inside = curve[down][-1] <= loss <= curve[down][0]
    p = float(np.interp(-loss, -curve[down], _INNER[down])) if inside else math.nan
    means = f"; as if each label had the probability {p:.3g}" if inside else ""
    return Scene(
        readout=(
            f"{K} classes, the most frequent {max(largest, 1 / K):.3g} of all, smoothing "
            f"{epsilon:g}, {'one softmax' if softmaxes == 1 else 'two softmaxes'}. Floor "
            f"{at['floor']:.3f}, the labels' shares alone {at['shares']:.3f}, ln K "
            f"{at['ln K']:.3f}. Your loss {loss:.2f}{means}. {_verdict(loss, at)}"
        ),
        marks={
            "floor": Points([at["floor"]], [3], color="green", marker="diamond", label="floor"),
            "shares": Points(
                [at["shares"]], [2], color="orange", marker="square", label="the labels' shares"
            ),
            "ln K": Points([at["ln K"]], [1], color="purple", marker="triangle", label="ln K"),
            "you": Line([loss, loss], [-0.6, 3.6], color="blue", dash="dashed"),
            "yours": Points([loss], [0], color="blue", marker="circle", label="your loss"),
            "curve": Line(_INNER, np.where(curve < 8, curve, np.nan), color="ink", axes="curve"),
            "level": Line([0, 1], [loss, loss], color="blue", dash="dashed", axes="curve"),
            "now": Points([p], [loss], color="blue", marker="circle", axes="curve"),
        },
    )


def loss_reader(**start) -> Explorer:
    """What a loss value means: its floor, its baselines, and how far it has come."""
    return Explorer(
        name="loss_reader",
        title="Reading a loss value",
        description=(
            "Left, on one scale of nats: the least possible loss, the best loss without a look at "
            "the input, ln K, and your loss. Right, the loss of a model that gives every label "
            "the same probability; your loss is the dashed line."
        ),
        scene=loss_reader_scene,
        controls=[
            Slider("K", "Classes", NUMBERS, start=10, format="{:.0f}"),
            Slider(
                "largest",
                "Share of the most frequent class (1/K at least)",
                np.round(np.arange(0, 0.991, 0.01), 2),
                start=0.1,
                format="{:.2f}",
            ),
            Slider("epsilon", "Smoothing", np.round(np.arange(0, 0.41, 0.05), 2), format="{:.2f}"),
            Choice("softmaxes", "Softmaxes", {"one": 1, "two": 2}),
            Slider("loss", "Your loss", LOSSES, start=1.5, format="{:.2f}"),
        ],
        axes=[
            Axes(
                "main",
                xlabel="nats",
                title="Where the loss lies",
                xlim=(-0.1, 8),
                ylim=(-0.6, 3.6),
                yticks=list(_ROWS.values()),
                yticklabels=list(_ROWS),
            ),
            Axes(
                "curve",
                xlabel="probability of every label",
                ylabel="loss in nats",
                title="What it would mean",
                xlim=(0, 1),
                ylim=(0, 8),
            ),
        ],
        handles={"you": "loss", "yours": "loss", "level": "loss", "now": "loss"},
        start=start,
    )
