"""The widgets of chapter 07: `teacher_temperature` and `smoothing_explorer`."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ce_course import data, information, losses
from ce_course.widgets.explorer import (
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

# ------------------------------------------------------------------ teacher_temperature

TEMPERATURES = (0.5, *(np.arange(4, 41) / 4).tolist(), 12.0, 15.0, 20.0)
TEACHERS = {"hard labels": "hard", "smoothed labels (0.1)": "smoothed"}
PICTURES = {
    f"{'an odd' if odd else 'a clear'} {digit}": (digit, odd)
    for odd in (True, False)
    for digit in range(10)
}
LOWEST = 1e-9  # where the log scale ends
_CLASSES = np.arange(10.0)


@cache
def gallery() -> dict[tuple[int, bool], tuple[np.ndarray, dict[str, np.ndarray]]]:
    """For each (digit, odd) the picture, (8, 8), and both teachers' logits, (10,) each.

    Among the teachers' 1000 training pictures: the one that the hard-label teacher is surest of
    (clear), and the one it is least sure of (odd).
    """
    X, y, _, _ = data.digits(0)
    logits = {name: z[: len(y)] for name, z in data.digit_teachers().items()}
    unsure = losses.cross_entropy_from_logits(logits["hard"], y)
    found = {}
    for digit in range(10):
        own = np.flatnonzero(y == digit)
        for odd, index in ((True, own[unsure[own].argmax()]), (False, own[unsure[own].argmin()])):
            found[digit, odd] = X[index].reshape(8, 8), {k: z[index] for k, z in logits.items()}
    return found


def teacher_temperature_scene(picture: tuple[int, bool], teacher: str, T: float) -> Scene:
    """What a teacher says about a picture at temperature `T`.

    picture: (digit, odd), see `gallery`. teacher: "hard" or "smoothed".
    """
    digit, odd = picture
    image, logits = gallery()[picture]
    p = losses.softmax(logits[teacher] / T)
    order = np.argsort(-p, kind="stable")
    is_true = digit == _CLASSES
    shown = np.maximum(p, LOWEST)
    name = f"{'An odd' if odd else 'A clear'} {digit}"
    first = ", ".join(f"{k}: {p[k]:.4f}" for k in order[:4])
    return Scene(
        readout=(
            f"{name} at T = {T:g}, teacher trained on {teacher} labels. Its soft label, the four "
            f"largest: {first}. All wrong classes together {1 - p[digit]:.4f}; entropy "
            f"{information.entropy(p):.3f} of at most 2.303 nats."
        ),
        marks={
            "picture": Image(image, extent=(0, 8, 0, 8), axes="picture"),
            "true": Bars(
                _CLASSES, np.where(is_true, p, np.nan), color="green", label="the true class"
            ),
            "others": Bars(
                _CLASSES,
                np.where(is_true, np.nan, p),
                color="purple",
                dash="dashed",
                label="the other classes",
            ),
            "true, log": Bars(
                _CLASSES, np.where(is_true, shown, np.nan), base=LOWEST, color="green", axes="log"
            ),
            "others, log": Bars(
                _CLASSES,
                np.where(is_true, np.nan, shown),
                base=LOWEST,
                color="purple",
                dash="dashed",
                axes="log",
            ),
        },
    )


def teacher_temperature(**start) -> Explorer:
    """A digit and a temperature: the soft label that a teacher gives."""
    return Explorer(
        name="teacher_temperature",
        title="What the teacher says at temperature T",
        description=(
            "Left, the picture of a digit. Middle, ten bars: the probabilities that the teacher "
            "gives to the classes once its logits are divided by T. Right, the same bars on a "
            "logarithmic scale, where the small ones can be seen."
        ),
        scene=teacher_temperature_scene,
        controls=[
            Choice("picture", "Picture", PICTURES, start=(8, True)),
            Choice("teacher", "Teacher trained on", TEACHERS, start="hard"),
            Slider("T", "Temperature T", TEMPERATURES, start=1.0),
        ],
        axes=[
            Axes(
                "picture",
                xlabel="8 pixels",
                ylabel="8 pixels",
                bare=True,
                title="The picture",
                xlim=(-0.2, 8.2),
                ylim=(-0.2, 8.2),
                xticks=[],
                yticks=[],
            ),
            Axes(
                "main",
                xlabel="class",
                ylabel="probability",
                title="The soft label",
                xlim=(-0.7, 9.7),
                ylim=(0, 1.05),
                xticks=_CLASSES,
            ),
            Axes(
                "log",
                xlabel="class",
                ylabel="probability, log scale",
                title="The same, logarithmic",
                xlim=(-0.7, 9.7),
                ylim=(LOWEST, 1.5),
                yscale="log",
                xticks=_CLASSES,
                yticks=[1e-9, 1e-6, 1e-3, 1],
                yticklabels=["10⁻⁹", "10⁻⁶", "0.001", "1"],
            ),
        ],
        handles={"true": "T", "true, log": "T"},
        start=start,
    )


# ------------------------------------------------------------------ smoothing_explorer

GAPS = np.arange(151) / 10
EPSILONS = np.arange(101) / 100
_CURVE = np.linspace(0, 15, 301)
_TOP = 4.0


def shares(num_classes: int, epsilon: float, over_all: bool = True) -> tuple[float, float]:
    """What the true class and each other one get: over all K classes, or over the K - 1 others."""
    if over_all:
        return 1 - epsilon + epsilon / num_classes, epsilon / num_classes
    return 1 - epsilon, epsilon / (num_classes - 1)


def loss_at(gap, num_classes: int, true_share: float):
    """Cross-entropy against a label with `true_share`, in nats, if the true logit leads by `gap`.

    -t log p - (1 - t) log p', where p = 1 / (1 + (K - 1) exp(-gap)) and log p' = log p - gap.
    """
    return np.log1p((num_classes - 1) * np.exp(-gap)) + (1 - true_share) * gap


def _best(num_classes: int, share: tuple[float, float]) -> tuple[float, float]:
    """The gap with the lowest loss and that loss; the gap is inf or -inf at the ends."""
    true, other = share
    if other == 0:
        return math.inf, 0.0
    if true == 0:
        return -math.inf, math.log(num_classes - 1)
    gap = math.log(true / other)
    return gap, float(loss_at(gap, num_classes, true))


def _gap(gap: float) -> str:
    return f"{gap:.3f}".replace("inf", "∞")


def smoothing_explorer_scene(num_classes: int, epsilon: float, gap: float) -> Scene:
    """The two smoothed labels, the loss of a prediction whose true logit leads by `gap`."""
    ours, theirs = shares(num_classes, epsilon), shares(num_classes, epsilon, over_all=False)
    floor, best = (
        losses.smoothing_floor(num_classes, epsilon),
        losses.optimal_logit_gap(num_classes, epsilon),
    )
    other_best, other_floor = _best(num_classes, theirs)
    loss, plain = loss_at(gap, num_classes, ours[0]), loss_at(gap, num_classes, 1.0)
    finite = best if math.isfinite(best) else math.nan
    places = np.array([0.0, 1.0])
    return Scene(
        readout=(
            f"{num_classes} classes, ε = {epsilon:.2f}. Spread over all: true class "
            f"{ours[0]:.4f}, each other {ours[1]:.5f}; floor {floor:.4f} nats at a gap of "
            f"{_gap(best)}. Spread over the others: {theirs[0]:.4f} and {theirs[1]:.5f}; floor "
            f"{other_floor:.4f} at {_gap(other_best)}. At your gap {gap:.1f}: loss {loss:.4f}, "
            f"without smoothing {plain:.4f}."
        ),
        marks={
            "all": Bars(
                places - 0.2, np.array(ours), width=0.36, color="blue", axes="target",
                label="ε over all K",
            ),
            "others": Bars(
                places + 0.2, np.array(theirs), width=0.36, color="orange", dash="dashed",
                axes="target", label="over the K - 1 others",
            ),
            "values": Text(
                np.concatenate([places - 0.2, places + 0.2]),
                np.array([*ours, *theirs]) + np.array([0.04, 0.04, 0.04, 0.13]),
                [f"{value:.3g}" for value in (*ours, *theirs)],
                anchor="middle",
                axes="target",
            ),
            "plain": Line(
                _CURVE, loss_at(_CURVE, num_classes, 1.0), color="grey", dash="dotted",
                label="no smoothing",
            ),
            "other curve": Line(
                _CURVE, loss_at(_CURVE, num_classes, theirs[0]), color="orange", dash="dashed"
            ),
            "curve": Line(_CURVE, loss_at(_CURVE, num_classes, ours[0]), color="blue"),
            "floor": Line([0.0, 15.0], [floor, floor], color="green", dash="dashed", label="floor"),
            "best": Points(
                [finite], [floor], color="green", marker="diamond", label="best gap"
            ),
            "yours": Points([gap], [loss], color="red", marker="circle", label="your gap"),
        },
    )  # fmt: skip


def smoothing_explorer(**start) -> Explorer:
    """How much to smooth, over how many classes: the label, its floor, the best logit gap."""
    return Explorer(
        name="smoothing_explorer",
        title="A smoothed label and the loss against it",
        description=(
            "Left, what the true class and each other class get in the smoothed label, in two "
            "versions. Right, the loss against the gap between the true logit and the others: "
            "without smoothing it falls for ever, with smoothing it has a lowest point."
        ),
        scene=smoothing_explorer_scene,
        controls=[
            Choice("num_classes", "Classes K", [2, 3, 10, 100, 1000], start=10),
            Slider("epsilon", "Smoothing ε", EPSILONS, start=0.1, format="{:.2f}"),
            Slider("gap", "Your logit gap", GAPS, start=8.0, format="{:.1f}"),
        ],
        axes=[
            Axes(
                "target",
                ylabel="probability in the label",
                title="The label",
                xlim=(-0.6, 1.6),
                ylim=(0, 1.15),
                xticks=[0, 1],
                xticklabels=["the true class", "each other class"],
            ),
            Axes(
                "main",
                xlabel="true logit minus the others",
                ylabel="loss (nats)",
                title="The loss against it",
                xlim=(0, 15),
                ylim=(0, _TOP),
            ),
        ],
        handles={"all": "epsilon", "yours": "gap"},
        start=start,
    )
