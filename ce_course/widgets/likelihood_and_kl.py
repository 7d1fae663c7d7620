"""The widgets of chapter 06: `likelihood_to_loss` and `kl_directions`."""

from __future__ import annotations

import functools
import math

import numpy as np

from ce_course import information, likelihood
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

# ------------------------------------------------------------------ likelihood_to_loss

_THETA = np.arange(101) / 100
_ENDS = np.array([1e-6, 1e-5, 1e-4, 5e-4, 0.001, 0.002, 0.005])  # the curves are steep there
_CURVE = np.sort(np.concatenate([_THETA, _ENDS, 1 - _ENDS]))
_POSITIONS = np.searchsorted(_CURVE, _THETA)  # of the slider's values on the curve
_PANELS = ("likelihood", "log", "loss")
HIGHEST = {"likelihood": 1.15, "log": 0.0, "loss": 3.0}
LOWEST = {"likelihood": 0.0, "log": -60.0, "loss": 0.0}


@functools.cache
def _curves(n: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Likelihood (as a share of its largest value), log-likelihood and mean loss on _CURVE."""
    flips = np.arange(n) < k
    log_l = likelihood.bernoulli_log_likelihood(_CURVE, flips)
    return np.exp(log_l - log_l.max()), log_l, 0.0 - log_l / n


def likelihood_to_loss_scene(n: int, share: float, theta: float) -> Scene:
    """A coin with probability `theta` of heads, after `n` flips with a `share` of heads."""
    k = round(n * share)
    curves = dict(zip(_PANELS, _curves(n, k), strict=True))
    at, best = _POSITIONS[round(theta * 100)], _POSITIONS[round(share * 100)]
    marks = {}
    for name, curve in curves.items():
        low, high = LOWEST[name], HIGHEST[name]
        marks[f"{name} curve"] = Line(_CURVE, curve, color="blue", axes=name)
        marks[f"{name} optimum"] = Line(
            np.array([share, share]),
            np.array([low, high]),
            color="green",
            dash="dashed",
            axes=name,
            label="optimum: the share of heads" if name == "likelihood" else "",
        )
        marks[f"{name} point"] = Points(
            [theta],
            [curve[at]],
            color="orange",
            marker="circle",
            axes=name,
            label="your θ" if name == "likelihood" else "",
        )
    log_l, loss = curves["log"][at], curves["loss"][at]
    top, floor = curves["log"][best], curves["loss"][best]
    return Scene(
        readout=(
            f"{count(k, 'head')} in {n} flips. At θ = {theta:.2f}: likelihood "
            f"{math.exp(log_l):.3g}, log-likelihood {log_l:.4f}, binary cross-entropy {loss:.4f} = "
            f"-({log_l:.4f}) / {n}. All three are best at θ = {share:.2f}: likelihood "
            f"{math.exp(top):.3g}, log-likelihood {top:.4f}, loss {floor:.4f}."
        ),
        marks=marks,
    )


def likelihood_to_loss(**start) -> Explorer:
    """Likelihood, log-likelihood and binary cross-entropy of a coin, side by side."""
    titles = {
        "likelihood": ("likelihood, share of its maximum", "maximise: likelihood"),
        "log": ("log-likelihood (nats)", "maximise: log-likelihood"),
        "loss": ("mean loss (nats)", "minimise: BCE"),
    }
    return Explorer(
        name="likelihood_to_loss",
        title="From likelihood to loss: three optima are one",
        description=(
            "Three curves over the coin's parameter θ: the likelihood, its logarithm, and the "
            "mean binary cross-entropy, which is minus the logarithm divided by the number of "
            "flips. A dashed line marks the share of heads, where all three are best."
        ),
        scene=likelihood_to_loss_scene,
        controls=[
            Choice("n", "Number of flips", {"10": 10, "40": 40}),
            Slider("share", "Share of heads", np.arange(11) / 10, start=0.7, format="{:.1f}"),
            Slider("theta", "Parameter θ", _THETA, start=0.5, format="{:.2f}"),
        ],
        axes=[
            Axes(
                name,
                xlabel="θ",
                ylabel=ylabel,
                xlim=(0, 1),
                ylim=(LOWEST[name], HIGHEST[name]),
                xticks=[0, 0.5, 1],
                title=title,
            )
            for name, (ylabel, title) in titles.items()
        ],
        handles={
            f"{name} {mark}": control
            for name in _PANELS
            for mark, control in (("optimum", "share"), ("point", "theta"))
        },
        start=start,
    )


# ------------------------------------------------------------------ kl_directions

WEIGHT = 0.6  # of the left bump; the right one has the rest, both have standard deviation 1
DISTANCES = np.arange(41) / 5  # between the bumps' centres, in standard deviations
_X = np.linspace(-9, 9, 181)
_LOG_ROOT_TAU = math.log(2 * math.pi) / 2


def log_density(x: np.ndarray, distance: float | np.ndarray) -> np.ndarray:
    """Log of the mixture's density at x: two bumps, `distance` apart, centred on 0."""
    left = math.log(WEIGHT) - (x + distance / 2) ** 2 / 2
    right = math.log(1 - WEIGHT) - (x - distance / 2) ** 2 / 2
    return np.logaddexp(left, right) - _LOG_ROOT_TAU


def forward_fit(distance: float) -> tuple[float, float]:
    """(mean, standard deviation) of the Gaussian p with the smallest KL(q‖p): q's own moments."""
    mean = (1 - 2 * WEIGHT) * distance / 2
    return mean, math.sqrt(1 + WEIGHT * (1 - WEIGHT) * distance**2)


def reverse_kl(mu, sigma, distance, nodes: int = 601):
    """KL(p‖q) in nats of the Gaussian p from the mixture q: the trapezoidal rule on p's own scale.

    The arguments broadcast; so does the result.
    """
    mu, sigma, distance = (np.asarray(v, float)[..., np.newaxis] for v in (mu, sigma, distance))
    steps = np.linspace(-7.5, 7.5, nodes)
    weights = np.exp(-(steps**2) / 2)
    log_q = log_density(mu + sigma * steps, distance)
    entropy = np.log(sigma[..., 0]) + _LOG_ROOT_TAU + 0.5
    return -(log_q * weights).sum(axis=-1) / weights.sum() - entropy


def forward_kl(mu: float, sigma: float, distance: float) -> float:
    """KL(q‖p) in nats of the mixture q from the Gaussian p: least excess, and the fit's distance.

    KL(q‖p) = KL(q‖best) + KL(best‖p) for Gaussian p, where `best` has the moments of q.
    """
    return _least_forward(distance) + float(
        information.kl_gaussian(*forward_fit(distance), mu, sigma)
    )


@functools.cache
def _least_forward(distance: float) -> float:
    """KL(q‖best): the entropy of the moment-matched Gaussian minus that of the mixture."""
    x = np.linspace(-14, 14, 2801)
    log_q = log_density(x, distance)
    entropy = -(np.exp(log_q) * log_q).sum() * (x[1] - x[0])
    return max(0.0, math.log(forward_fit(distance)[1]) + _LOG_ROOT_TAU + 0.5 - entropy)


@functools.cache
def _reverse_fits() -> np.ndarray:
    """(mean, standard deviation) with the smallest KL(p‖q) at each of DISTANCES, shape (41, 2).

    A grid over both, then finer and finer grids around the best point.
    """
    half = np.linspace(-1, 1, 9)
    centre = np.column_stack([np.zeros(len(DISTANCES)), np.full(len(DISTANCES), 2.0)])
    reach = np.array([4.8, 1.6])
    for _ in range(14):
        mu = centre[:, :1, np.newaxis] + reach[0] * half[:, np.newaxis]
        sigma = np.maximum(centre[:, 1:, np.newaxis] + reach[1] * half, 0.05)
        cost = reverse_kl(mu, sigma, DISTANCES[:, np.newaxis, np.newaxis], nodes=151)
        i, j = np.unravel_index(cost.reshape(len(cost), -1).argmin(axis=1), cost.shape[1:])
        rows = np.arange(len(cost))
        centre = np.column_stack([mu[rows, i, 0], sigma[rows, 0, j]])
        reach = reach / 2.5
    return centre


def reverse_fit(distance: float) -> tuple[float, float]:
    """(mean, standard deviation) of the Gaussian p with the smallest KL(p‖q), to four digits."""
    mu, sigma = _reverse_fits()[int(np.argmin(np.abs(DISTANCES - distance)))]
    return float(mu), float(sigma)


def _density(mu: float, sigma: float) -> np.ndarray:
    return np.exp(-(((_X - mu) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))


@functools.cache
def _best(distance: float) -> tuple:
    """All that depends on the distance alone: densities and the two smallest divergences."""
    forward, reverse = forward_fit(distance), reverse_fit(distance)
    least = _least_forward(distance), max(0.0, float(reverse_kl(*reverse, distance)))
    mixture = np.exp(log_density(_X, distance))
    return forward, reverse, least, mixture, _density(*forward), _density(*reverse)


def kl_directions_scene(distance: float, mu: float, sigma: float) -> Scene:
    """A Gaussian (mu, sigma) against two bumps, and the best Gaussian for each direction of KL."""
    forward, reverse, least, mixture, at_forward, at_reverse = _best(distance)
    yours = forward_kl(mu, sigma, distance), float(reverse_kl(mu, sigma, distance))
    places = np.arange(2.0)
    return Scene(
        readout=(
            f"Bumps {distance:.1f} apart. Your Gaussian, mean {mu:.1f} and width {sigma:.1f}: "
            f"forward KL(q‖p) {yours[0]:.3f} nats, reverse KL(p‖q) {yours[1]:.3f}. "
            f"Best forward: mean {forward[0]:.2f}, width {forward[1]:.2f}, KL {least[0]:.3f}. "
            f"Best reverse: mean {reverse[0]:.2f}, width {reverse[1]:.2f}, KL {least[1]:.3f}."
        ),
        marks={
            "mixture": Line(_X, mixture, color="ink", label="the mixture q"),
            "forward": Line(
                _X, at_forward, color="blue", dash="dashed", label="best p, forward KL(q‖p)"
            ),
            "reverse": Line(
                _X, at_reverse, color="purple", dash="dotted", label="best p, reverse KL(p‖q)"
            ),
            "yours": Line(_X, _density(mu, sigma), color="orange", label="your Gaussian p"),
            "bumps": Points(
                np.array([-distance, distance]) / 2,
                np.exp(log_density(np.array([-distance, distance]) / 2, distance)),
                color="ink",
                marker="diamond",
            ),
            "side": Points(
                [mu + sigma], [_peak(sigma) * math.exp(-0.5)], color="orange", marker="square"
            ),
            "centre": Points([mu], [_peak(sigma)], color="orange", marker="circle"),
            "your KL": Bars(places - 0.2, np.array(yours), width=0.36, color="orange", axes="kl"),
            "least KL": Bars(
                places + 0.2,
                np.array(least),
                width=0.36,
                color="blue",
                dash="dashed",
                axes="kl",
                label="smallest possible",
            ),
            "values": Text(
                np.concatenate([places - 0.2, places + 0.2]),
                _value_places(np.array([*yours, *least])),
                [f"{value:.2f}" for value in (*yours, *least)],
                anchor="middle",
                axes="kl",
            ),
        },
    )


def _value_places(heights: np.ndarray) -> np.ndarray:
    """Where a bar's number stands: above it, or inside where the bar leaves the axes."""
    return np.where(heights < 3.6, heights + 0.12, 3.4)


def _peak(sigma: float) -> float:
    return 1 / (sigma * math.sqrt(2 * math.pi))


def kl_directions(**start) -> Explorer:
    """Fit one Gaussian to two bumps: by KL(q‖p) or by KL(p‖q)."""
    return Explorer(
        name="kl_directions",
        title="One Gaussian for two bumps: two directions of KL",
        description=(
            "Left, the density of a mixture of two bumps with three Gaussians: yours, the best one "
            "by forward KL, which covers both bumps, and the best one by reverse KL, which settles "
            "on the larger bump once they are far apart. Right, bars of both divergences of your "
            "Gaussian beside the smallest possible ones."
        ),
        scene=kl_directions_scene,
        controls=[
            Slider("distance", "Distance of the bumps", DISTANCES, start=6.0, format="{:.1f}"),
            Slider("mu", "Mean of your Gaussian", np.arange(-50, 51) / 10, 2.0, "{:.1f}"),
            Slider("sigma", "Width of your Gaussian", np.arange(4, 51) / 10, 2.0, "{:.1f}"),
        ],
        axes=[
            Axes("main", xlabel="x", ylabel="density", xlim=(-9, 9), ylim=(0, 0.65)),
            Axes(
                "kl",
                ylabel="divergence (nats)",
                xlim=(-0.6, 1.6),
                ylim=(0, 4),
                xticks=[0, 1],
                xticklabels=["forward KL(q‖p)", "reverse KL(p‖q)"],
            ),
        ],
        handles={"bumps": "distance", "side": "sigma", "centre": ("mu", "sigma")},
        start=start,
    )
