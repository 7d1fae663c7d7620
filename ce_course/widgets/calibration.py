"""The widgets of chapter 09: `reliability_diagram` and `decision_explorer`."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ce_course import calibration, data, losses
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
from ce_course.widgets.scene import count

# ------------------------------------------------------------------ reliability_diagram

TEMPERATURES = np.round(np.geomspace(0.2, 5, 81), 3)
MOST_BINS = 40
_DIAGONAL = np.array([0.0, 1.0])


@cache
def _network(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """At each temperature the confidences (81, N) and the NLL (81,); correct (N,); the best T."""
    z, y = data.validation_logits()[name]
    correct = calibration.top_label(z, y)[1]
    confidence = np.array([calibration.top_label(z / T, y)[0] for T in TEMPERATURES])
    nll = np.array([losses.cross_entropy_from_logits(z / T, y).mean() for T in TEMPERATURES])
    return confidence, nll, correct, calibration.fit_temperature(z, y)


@cache
def _errors(name: str, num_bins: int) -> np.ndarray:
    """The ECE at each temperature."""
    confidence, _, correct, _ = _network(name)
    return np.array(
        [calibration.expected_calibration_error(c, correct, num_bins) for c in confidence]
    )


def _padded(values: np.ndarray) -> np.ndarray:
    """As many places as the most bins need; NaN is not drawn."""
    return np.concatenate([values, np.full(MOST_BINS - len(values), np.nan)])


@cache
def _diagram(name: str, t: int, num_bins: int) -> tuple:
    """Bins and intervals at the t-th temperature, and how many intervals miss the confidence."""
    confidence, _, correct, _ = _network(name)
    bins = calibration.reliability_bins(confidence[t], correct, num_bins)
    filled = bins.count > 0
    low, high = calibration.wilson_interval(
        np.where(filled, bins.count * bins.accuracy, 0), bins.count
    )
    middle = (np.arange(num_bins) + 0.5) / num_bins
    x = np.where(filled, bins.confidence, np.nan)
    posts = np.full((MOST_BINS, 3, 2), np.nan)
    posts[:num_bins, 0] = np.column_stack([x, low])
    posts[:num_bins, 1] = np.column_stack([x, high])
    off = filled & ((bins.confidence < low) | (bins.confidence > high))
    return (
        _padded(middle),
        _padded(bins.accuracy),
        _padded(bins.confidence),
        posts.reshape(-1, 2),
        int(filled.sum()),
        int(off.sum()),
    )


def _low(relative: np.ndarray) -> np.ndarray:
    """A curve up to where the panel's numbers stand."""
    return np.where(relative < 2.55, relative, np.nan)


def reliability_diagram_scene(network: str, T: float, num_bins: int) -> Scene:
    """The diagram of one network's validation logits, divided by `T`, in `num_bins` bins."""
    t = int(np.argmin(np.abs(TEMPERATURES - T)))
    confidence, nll, correct, best = _network(network)
    ece = _errors(network, num_bins)
    one = int(np.argmin(np.abs(TEMPERATURES - 1)))
    middle, accuracy, mean, posts, filled, off = _diagram(network, t, num_bins)
    return Scene(
        readout=(
            f"{network}, T = {T:.2f}, {count(num_bins, 'bin')}: mean confidence "
            f"{confidence[t].mean():.3f}, accuracy {correct.mean():.3f}. ECE {ece[t]:.4f}, "
            f"NLL {nll[t]:.4f} nats. In {off} of {count(filled, 'filled bin')} the confidence "
            f"lies outside the accuracy's 95 % interval. The NLL is lowest at T = {best:.2f}."
        ),
        marks={
            "accuracy": Bars(
                middle, accuracy, width=0.94 / num_bins, color="blue", label="accuracy in the bin"
            ),
            "diagonal": Line(_DIAGONAL, _DIAGONAL, color="grey", dash="dashed", label="calibrated"),
            "interval": Line(posts[:, 0], posts[:, 1], color="ink", label="its 95 % interval"),
            "points": Points(
                mean, accuracy, color="orange", marker="diamond", label="at the mean confidence"
            ),
            "nll": Line(
                TEMPERATURES, _low(nll / nll[one]), color="green", axes="curves", label="NLL"
            ),
            "ece": Line(
                TEMPERATURES,
                _low(ece / ece[one]),
                color="purple",
                dash="dashed",
                axes="curves",
                label="ECE",
            ),
            "nll now": Points(
                [T], [nll[t] / nll[one]], color="green", marker="circle", axes="curves"
            ),
            "ece now": Points(
                [T], [ece[t] / ece[one]], color="purple", marker="square", axes="curves"
            ),
            "values": Text(
                [0.45 if T > 1 else 2.2] * 2,
                [2.85, 2.66],
                [f"NLL {nll[t]:.3f}", f"ECE {ece[t]:.3f}"],
                anchor="middle",
                axes="curves",
            ),
        },
    )


def reliability_diagram(**start) -> Explorer:
    """How far to trust a network's confidence, before and after a temperature."""
    return Explorer(
        name="reliability_diagram",
        title="Reliability of a real network's confidence",
        description=(
            "Left, a bar for each bin of confidence: the share of correct predictions in it, with "
            "its 95 % interval at the bin's mean confidence; on the dashed diagonal the two are "
            "equal. Right, loss and calibration error against the temperature, both divided by "
            "their value at T = 1."
        ),
        scene=reliability_diagram_scene,
        controls=[
            Choice("network", "Network", list(data.VALIDATION_LOGITS)),
            Slider("T", "Temperature", TEMPERATURES, start=1.0, format="{:.2f}"),
            Slider("num_bins", "Bins", np.arange(1, MOST_BINS + 1), start=15, format="{:.0f}"),
        ],
        axes=[
            Axes(
                "main",
                xlabel="confidence",
                ylabel="accuracy",
                title="Reliability diagram",
                xlim=(0, 1.02),
                ylim=(0, 1.03),
                yticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
            ),
            Axes(
                "curves",
                xlabel="temperature T (log scale)",
                ylabel="relative to T = 1",
                title="What the temperature does",
                xlim=(0.2, 5),
                ylim=(0, 3),
                yticks=[0, 0.5, 1, 1.5, 2, 2.5],
                xscale="log",
                xticks=[0.2, 0.5, 1, 2, 5],
                xticklabels=["0.2", "0.5", "1", "2", "5"],
            ),
        ],
        handles={"nll now": "T", "ece now": "T"},
        start=start,
    )


# ------------------------------------------------------------------ decision_explorer

# True risks whose log-odds follow a bell curve, in steps of equal width: about 5 % are ill.
_LOGIT = np.linspace(-12, 6, 18_001)
_SHARE = np.exp(-0.5 * ((_LOGIT + 4) / 1.6) ** 2)
_SHARE /= _SHARE.sum()
_RISK = losses.sigmoid(_LOGIT)
PREVALENCE = float(_SHARE @ _RISK)
_SHIFT = float(losses.logit(1 - PREVALENCE))
# People at least as ill as step i, per person: ill and healthy ones
_ILL = np.append(np.cumsum((_SHARE * _RISK)[::-1])[::-1], 0.0)
_HEALTHY = np.append(np.cumsum((_SHARE * (1 - _RISK))[::-1])[::-1], 0.0)

# What the model says is sigmoid(slope · true log-odds + shift).
MODELS = {
    "calibrated": (1.0, 0.0),
    "over-confident: logits doubled": (2.0, 0.0),
    "under-confident: logits halved": (0.5, 0.0),
    "trained with class weights": (1.0, _SHIFT),
}
THRESHOLDS = np.array([float(f"{t:.3g}") for t in losses.sigmoid(np.linspace(-10.8, 4.6, 309))])
MISS_COSTS = np.array([1, 2, 3, 5, 7, 10, 15, 20, 30, 49, 70, 99, 150, 199])
_SAID = losses.sigmoid(np.linspace(-11, 7, 181))
_ENDS = np.array([1e-5, 1.0])
_TICKS = [1e-4, 1e-3, 0.01, 0.1, 1]
_TICK_LABELS = ["0.0001", "0.001", "0.01", "0.1", "1"]


def screened(model: tuple[float, float], threshold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per person: the ill that are found and the healthy that are alarmed, at each threshold."""
    slope, shift = model
    first = np.searchsorted(_LOGIT, (losses.logit(threshold) - shift) / slope)
    return _ILL[first], _HEALTHY[first]


@cache
def _model(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Found and alarmed at each threshold, the true risk there, and the true risk at `_SAID`."""
    model = MODELS[name]
    return *screened(model, THRESHOLDS), true_risk(model, THRESHOLDS), true_risk(model, _SAID)


def true_risk(model: tuple[float, float], said: np.ndarray) -> np.ndarray:
    """The risk of those for whom the model says `said`."""
    slope, shift = model
    return losses.sigmoid((losses.logit(said) - shift) / slope)


@cache
def _least(cost_fn: float) -> tuple[float, float]:
    """The threshold on the true risk, and the cost per person of deciding by it."""
    best = float(calibration.bayes_threshold(1.0, cost_fn))
    found, alarms = screened(MODELS["calibrated"], np.array(best))
    return best, float(alarms + (PREVALENCE - found) * cost_fn)


def _are(people: float) -> str:
    return "1 is" if round(people) == 1 else f"{people:.0f} are"


def decision_explorer_scene(model: str, cost_fn: float, threshold: float) -> Scene:
    """A screening of 1000 people: where the model's threshold lies, and what that costs."""
    best, lowest = _least(float(cost_fn))
    found, alarms, risk, curve = _model(model)
    trivial = min(PREVALENCE * cost_fn, 1 - PREVALENCE)  # nobody, or everybody
    cost = alarms + (PREVALENCE - found) * cost_fn
    at = int(np.argmin(np.abs(THRESHOLDS - threshold)))
    slope, shift = MODELS[model]
    wanted = 1 / (1 + math.exp(-shift) * (1 / best - 1) ** slope)
    return Scene(
        readout=(
            f"A miss costs as much as {cost_fn:g} false alarms: yes pays from a true risk of "
            f"{best:.3f} on. You say yes where the model says {threshold:.3g} or more, which is a "
            f"true risk of {risk[at]:.3g}. Of 1000 people {1000 * PREVALENCE:.0f} are ill: "
            f"{_are(1000 * found[at])} found, {1000 * (PREVALENCE - found[at]):.0f} missed, and "
            f"{count(round(1000 * alarms[at]), 'healthy one')} alarmed. Cost "
            f"{1000 * cost[at]:.0f}; the least possible is {1000 * lowest:.0f}, "
            f"where this model says {wanted:.2g}."
        ),
        marks={
            "cost": Line(THRESHOLDS, cost / trivial, color="blue", label="this model's cost"),
            "lowest": Line(
                _ENDS, [lowest / trivial] * 2, color="green", dash="dashed", label="least possible"
            ),
            "bayes": Line(
                [best, best],
                [0, 3],
                color="purple",
                dash="dotted",
                label="1 / (1 + cost of a miss)",
            ),
            "you": Points(
                [threshold],
                [cost[at] / trivial],
                color="orange",
                marker="circle",
                label="your threshold",
            ),
            "diagonal": Line(_ENDS, _ENDS, color="grey", dash="dashed", axes="scale"),
            "says": Line(
                _SAID,
                curve,
                color="blue",
                axes="scale",
            ),
            "wanted": Line(_ENDS, [best, best], color="purple", dash="dotted", axes="scale"),
            "acts": Points([threshold], [risk[at]], color="orange", marker="circle", axes="scale"),
        },
    )


def decision_explorer(**start) -> Explorer:
    """Costs, a threshold, and a model whose probabilities may or may not be calibrated."""
    return Explorer(
        name="decision_explorer",
        title="What a threshold costs, and on whose scale it lies",
        description=(
            "Left, the cost of a screening against the threshold on what the model says, divided "
            "by the cost of the better of two rules that need no model: nobody and everybody. "
            "Right, the true risk against what the model says; on the dashed diagonal they are "
            "equal."
        ),
        scene=decision_explorer_scene,
        controls=[
            Choice("model", "Model", list(MODELS)),
            Slider(
                "cost_fn", "Cost of a miss, in false alarms", MISS_COSTS, start=49, format="{:.0f}"
            ),
            Slider("threshold", "Threshold", THRESHOLDS, start=0.5, format="{:.3g}"),
        ],
        axes=[
            Axes(
                "main",
                xlabel="threshold on what the model says",
                ylabel="cost / that of nobody or everybody",
                title="The cost",
                xlim=(2e-5, 1),
                ylim=(0, 3),
                xscale="log",
                xticks=_TICKS,
                xticklabels=_TICK_LABELS,
            ),
            Axes(
                "scale",
                xlabel="what the model says",
                ylabel="true risk",
                title="The model's scale",
                xlim=(2e-5, 1),
                ylim=(2e-5, 1),
                xscale="log",
                yscale="log",
                xticks=_TICKS,
                xticklabels=_TICK_LABELS,
                yticks=_TICKS,
                yticklabels=_TICK_LABELS,
            ),
        ],
        handles={"bayes": "cost_fn", "wanted": "cost_fn", "you": "threshold", "acts": "threshold"},
        start=start,
    )
