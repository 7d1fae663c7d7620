"""Chapter 00's widget: one slider and one point, to see that widgets run."""

from __future__ import annotations

import numpy as np

from ce_course import information
from ce_course.widgets.explorer import Axes, Explorer, Line, Points, Scene, Slider, Text

P = np.arange(101) / 100
ENTROPY = information.entropy(np.stack([P, 1 - P], axis=-1), base=2)


def coin_entropy_scene(p: float) -> Scene:
    """The entropy in bits of a coin that shows heads with probability p (a multiple of 0.01)."""
    bits = float(ENTROPY[round(100 * p)])
    return Scene(
        readout=f"A coin that shows heads with probability {p:.2f}: entropy {bits:.2f} bits.",
        marks={
            "curve": Line(P, ENTROPY, color="blue"),
            "point": Points([p], [bits], color="orange", marker="diamond"),
            "value": Text([p], [max(bits - 0.16, 0)], f"{bits:.2f}", anchor="beside"),
        },
    )


def coin_entropy(**start) -> Explorer:
    """The entropy of a coin along its probability of heads."""
    return Explorer(
        name="coin_entropy",
        title="The entropy of a coin",
        description="Entropy in bits over the probability of heads: an arch, with a point on it.",
        scene=coin_entropy_scene,
        controls=[Slider("p", "Probability of heads", P, start=0.1, format="{:.2f}")],
        axes=[
            Axes(xlabel="probability of heads", ylabel="entropy (bits)", xlim=(0, 1), ylim=(0, 1.1))
        ],
        handles={"point": "p"},
        start=start,
    )
