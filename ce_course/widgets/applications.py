"""The widgets of chapter 11: `sampling_temperature` and `token_losses`."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ce_course import language, losses
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

SIGNS = {" ": "\N{OPEN BOX}", "\n": "\N{RETURN SYMBOL}"}  # what cannot be seen, for the eye
NAMES = {" ": "a space", "\n": "a line's end"}


def _named(character: str) -> str:
    return NAMES.get(character, f'"{character}"')


# ------------------------------------------------------------------ sampling_temperature

PROMPTS = ("the state of the ", "the people of th", "We must ", "The Presid", "our national econom")
TEMPERATURES = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5,
                         1.7, 2, 2.5, 3, 4, 5])  # fmt: skip
SHOWN = 12  # characters with a bar of their own
DRAWN = 60  # characters that follow the prompt
SEEN = 1500  # of the speech of 1986, for the curves


@cache
def _next(prompt: str) -> tuple[np.ndarray, np.ndarray]:
    """The logits of what follows a prompt, and the characters by their probability."""
    z = language.network_logits(language.stored_network(), prompt)
    return z, np.argsort(-z, kind="stable")


@cache
def _continued(prompt: str, T: float) -> str:
    predict = language.tempered(language.network_predictor(language.stored_network()), T)
    return language.sample(predict, DRAWN, np.random.default_rng(11), prompt)


@cache
def _curves() -> tuple[np.ndarray, np.ndarray]:
    """At each temperature, in bits: what a character of 1986 costs, and what the model expects."""
    text, network = language.texts()[2], language.stored_network()
    z = np.array([language.network_logits(network, text[:i]) for i in range(SEEN)])
    y = language.encoded(text[:SEEN])
    cost = [losses.cross_entropy_from_logits(z / T, y).mean() for T in TEMPERATURES]
    expected = [losses.soft_target_cross_entropy(z / T, losses.softmax(z / T)).mean()
                for T in TEMPERATURES]  # fmt: skip
    return np.array(cost) / math.log(2), np.array(expected) / math.log(2)


def sampling_temperature_scene(prompt: str, T: float) -> Scene:
    """What the network says after a prompt, its logits divided by `T`, and a text drawn so."""
    t = int(np.argmin(np.abs(TEMPERATURES - T)))
    z, order = _next(prompt)
    p = losses.softmax(z / T)
    first, rest = order[:SHOWN], order[SHOWN:]
    heights = np.append(p[first], p[rest].sum())
    entropy = -np.sum(p[p > 0] * np.log2(p[p > 0]))
    names = [SIGNS.get(language.ALPHABET[c], language.ALPHABET[c]) for c in first]
    cost, expected = _curves()
    drawn = " ".join(_continued(prompt, float(T)).replace("\n", " / ").split())
    places = np.arange(SHOWN + 1)
    return Scene(
        readout=(
            f"T = {T:g}: after [{prompt}] the likeliest is {_named(language.ALPHABET[first[0]])}, "
            f"with probability {p[first[0]]:.3f}; the entropy of the next character is "
            f"{entropy:.2f} bits. On the speech of 1986 a character costs {cost[t]:.2f} bits at "
            f"this T. Drawn: [{drawn}]"
        ),
        marks={
            "p": Bars(places, heights, width=0.8, color="blue", label="at this temperature"),
            "one": Points(
                places,
                np.append(losses.softmax(z)[first], losses.softmax(z)[rest].sum()),
                color="orange",
                marker="diamond",
                label="at T = 1",
            ),
            "names": Text(places, np.full(SHOWN + 1, -0.1), [*names, "rest"], anchor="middle"),
            "cost": Line(TEMPERATURES, cost, color="green", axes="curves", label="cost, 1986"),
            "expected": Line(
                TEMPERATURES,
                expected,
                color="purple",
                dash="dashed",
                axes="curves",
                label="mean entropy",
            ),
            "cost now": Points([T], [cost[t]], color="green", marker="circle", axes="curves"),
            "expected now": Points(
                [T], [expected[t]], color="purple", marker="square", axes="curves"
            ),
        },
    )


def sampling_temperature(**start) -> Explorer:
    """The next character of a small language model at any temperature, and a text drawn from it."""
    return Explorer(
        name="sampling_temperature",
        title="What comes next?",
        description=(
            "Left, the probabilities of the next character: the twelve likeliest, and all the rest "
            "together; diamonds mark them at temperature 1. Right, against the temperature: what a "
            "character of an unseen speech costs, and the mean entropy of what the model expects."
        ),
        scene=sampling_temperature_scene,
        controls=[
            Choice("prompt", "What stands before", list(PROMPTS)),
            Slider("T", "Temperature", TEMPERATURES, start=1.0),
        ],
        axes=[
            Axes(
                "main",
                xlabel="next character",
                ylabel="probability",
                title="The next character",
                xlim=(-0.6, SHOWN + 0.6),
                ylim=(-0.17, 1.02),
                xticks=[],
                yticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
            ),
            Axes(
                "curves",
                xlabel="temperature T (log scale)",
                ylabel="bits per character",
                title="On a speech it has not seen",
                xlim=(0.1, 5),
                ylim=(0, 9),
                xscale="log",
                xticks=[0.1, 0.2, 0.5, 1, 2, 5],
                xticklabels=["0.1", "0.2", "0.5", "1", "2", "5"],
            ),
        ],
        handles={"cost now": "T", "expected now": "T"},
        start=start,
    )


# ------------------------------------------------------------------ token_losses

PASSAGES = {
    "1986": "We will never forget those brave seven, but we shall go forw",
    "1941": "four essential human freedoms. The first is freedom of speec",
    "nonsense": "Xylophones quiz 24 vexed jackdaws; we pay by zebra crossing!",
}
BEFORE = "And I hope that we are now ready to do what they would want. "
MODELS = ("bigram", "5-gram", "network")
WINDOW, EXPECTED = 20, 8
LEVELS = {
    "under 2 bits": ("green", 0, 2),
    "2 to 5 bits": ("orange", 2, 5),
    "over 5 bits": ("red", 5, np.inf),
}


@cache
def _predictor(model: str) -> language.Predictor:
    if model == "network":
        return language.network_predictor(language.stored_network())
    return language.ngram(language.texts()[0], 2 if model == "bigram" else 5)


@cache
def _said(model: str, passage: str) -> tuple[np.ndarray, np.ndarray]:
    """For each character of a passage: what the model said (60, V), and the surprisal in bits."""
    text, predict = PASSAGES[passage], _predictor(model)
    p = np.array([predict((BEFORE + text[:i])[-24:]) for i in range(len(text))])
    return p, -np.log2(p[np.arange(len(text)), language.encoded(text)])


def token_losses_scene(passage: str, model: str, place: int) -> Scene:
    """The surprisals of twenty characters of a passage, and what was expected at one of them."""
    p, bits = _said(model, passage)
    at = int(place) - 1
    page = slice(at // WINDOW * WINDOW, at // WINDOW * WINDOW + WINDOW)
    shown, text, x = bits[page], PASSAGES[passage][page], np.arange(WINDOW)
    order = np.argsort(-p[at], kind="stable")[:EXPECTED]
    truth = PASSAGES[passage][at]
    rank = 1 + int((p[at] > p[at][language.CODES[truth]]).sum())
    names = [SIGNS.get(language.ALPHABET[c], language.ALPHABET[c]) for c in order]
    is_truth = order == language.CODES[truth]
    marks: dict = {}
    for label, (color, low, high) in LEVELS.items():
        inside = (shown >= low) & (shown < high)
        marks[label] = Bars(x, np.where(inside, shown, np.nan), color=color, label=label)
        words = [SIGNS.get(c, c) if here else "" for c, here in zip(text, inside, strict=True)]
        marks[f"text {label}"] = Text(x, np.full(WINDOW, -0.9), words, anchor="middle", color=color)
    marks["here"] = Points([at % WINDOW], [15.2], color="ink", marker="triangle", label="the place")
    marks["expected"] = Bars(
        np.arange(EXPECTED), np.where(is_truth, np.nan, p[at][order]), color="blue", axes="next",
        label="expected there",
    )  # fmt: skip
    marks["truth"] = Bars(
        np.arange(EXPECTED), np.where(is_truth, p[at][order], np.nan), color="purple",
        dash="dashed", axes="next", label="and it came",
    )  # fmt: skip
    marks["names"] = Text(
        np.arange(EXPECTED), np.full(EXPECTED, -0.06), names, anchor="middle", axes="next"
    )
    return Scene(
        readout=(
            f"Character {place} of {len(bits)} is {_named(truth)}: the {model} gave it probability "
            f"{p[at][language.CODES[truth]]:.4f}, rank {rank}, and pays {bits[at]:.2f} bits. These "
            f"{WINDOW} cost {shown.mean():.2f} bits each, the whole passage {bits.mean():.2f}, "
            f"which is a perplexity of {2 ** bits.mean():.2f}."
        ),
        marks=marks,
    )


def token_losses(**start) -> Explorer:
    """What each character of a passage costs three models, and what they expected there."""
    return Explorer(
        name="token_losses",
        title="What each character costs",
        description=(
            "Left, twenty characters of a passage with the surprisal of each, in bits, given what "
            "stands before. Right, the eight characters that the model found likeliest at the "
            "place that the triangle marks; the one that came has a dashed outline."
        ),
        scene=token_losses_scene,
        controls=[
            Choice("passage", "Passage", list(PASSAGES)),
            Choice("model", "Model", list(MODELS), start="5-gram"),
            Slider("place", "Place", np.arange(1, 61), start=1, format="{:.0f}", plays=True),
        ],
        axes=[
            Axes(
                "main",
                xlabel="character",
                ylabel="surprisal (bits)",
                title="Surprisals",
                xlim=(-0.7, WINDOW - 0.3),
                ylim=(-1.8, 16),
                xticks=[],
                yticks=[0, 2, 5, 10, 15],
            ),
            Axes(
                "next",
                xlabel="expected at the place",
                ylabel="probability",
                title="What was expected",
                xlim=(-0.6, EXPECTED - 0.4),
                ylim=(-0.12, 1.02),
                xticks=[],
                yticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
            ),
        ],
        handles={"here": "place"},
        start=start,
    )
