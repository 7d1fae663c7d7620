"""The widgets of chapter 01: `surprisal_explorer` and `wrong_code_explorer`."""

from __future__ import annotations

import math
from string import ascii_lowercase

import numpy as np

from ce_course import data, information
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

LN2 = math.log(2)
_SPAN = np.array([0.0, 1.0])

# ------------------------------------------------------------------ surprisal_explorer

SYMBOLS = "ABCDEFGH"
_PLACES = np.arange(8.0)
_START = (8, 4, 2, 2, 4, 1, 2, 1)


def _bits(p: np.ndarray) -> np.ndarray:
    """Surprisal in bits of probabilities that are known to be valid; NaN where p is 0."""
    return np.where(p > 0, -np.log2(np.where(p > 0, p, 1.0)), np.nan) + 0.0


def surprisal_explorer_scene(
    symbols: int, a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int
) -> Scene:
    """A distribution over the first `symbols` of A to H, in proportion to the weights a to h.

    Each symbol is drawn as a rectangle as wide as its probability and as high as its surprisal:
    the area of all is the entropy.
    """
    weights = np.array([a, b, c, d, e, f, g, h], float)
    weights[symbols:] = 0.0
    total = weights.sum()
    if total == 0:
        return _surprisal_marks(np.full(8, np.nan), np.nan, np.nan, "All weights are 0: raise one.")
    p = weights / total
    bits = _bits(p)
    entropy = float(np.nansum(p * bits))
    most = math.log2(symbols)
    each = ", ".join(
        f"{symbol}: p = {p[i]:.3f}, {bits[i]:.2f} bits"
        if p[i]
        else f"{symbol}: p = 0, infinitely surprising, adds nothing"
        for i, symbol in enumerate(SYMBOLS[:symbols])
    )
    readout = (
        f"Entropy {entropy:.4f} bits = {entropy * LN2:.4f} nats; {symbols} symbols allow at most "
        f"{most:.4f} bits. {each}."
    )
    p[symbols:] = np.nan
    return _surprisal_marks(p, entropy, most, readout)


def _surprisal_marks(p: np.ndarray, entropy: float, most: float, readout: str) -> Scene:
    bits = _bits(p)
    width = np.where(p > 0, p, np.nan)
    middle = np.nancumsum(p) - np.nan_to_num(p) / 2
    names = [symbol if x >= 0.035 else "" for symbol, x in zip(SYMBOLS, p, strict=True)]
    values = [f"{x:.3f}".rstrip("0").rstrip(".") if x >= 0 else "" for x in p]
    return Scene(
        readout=readout,
        marks={
            "p": Bars(_PLACES, p, axes="p", color="blue"),
            "p_text": Text(_PLACES, p + 0.04, values, axes="p", anchor="middle"),
            "surprisal": Bars(middle, bits, width=width, color="purple", axes="area"),
            "names": Text(middle, np.fmax(bits, most) + 0.25, names, axes="area", anchor="middle"),
            "entropy": Line(
                _SPAN, [entropy, entropy], axes="area", color="orange", label="entropy: mean height"
            ),
            "most": Line(
                _SPAN,
                [most, most],
                axes="area",
                color="green",
                dash="dashed",
                label="the most that this many symbols allow",
            ),
        },
    )


def surprisal_explorer(**start) -> Explorer:
    """A distribution over three to eight symbols: surprisals, and their average, the entropy."""
    weights = [
        Slider(name, f"Weight of {name.upper()}", np.arange(17), start=weight, format="{:.0f}")
        for name, weight in zip("abcdefgh", _START, strict=True)
    ]
    return Explorer(
        name="surprisal_explorer",
        title="Surprisal and entropy",
        description=(
            "Left, a bar for each symbol's probability. Right, a rectangle for each symbol, as "
            "wide as its probability and as high as its surprisal in bits, so that the area of "
            "all rectangles is the entropy; a line marks the entropy as their mean height."
        ),
        scene=surprisal_explorer_scene,
        controls=[
            Slider("symbols", "Number of symbols", np.arange(3, 9), start=4, format="{:.0f}"),
            *weights,
        ],
        axes=[
            Axes(
                "p",
                xlabel="symbol",
                ylabel="probability",
                xlim=(-0.6, 7.6),
                ylim=(0, 1.1),
                xticks=_PLACES,
                xticklabels=list(SYMBOLS),
                title="how probable",
            ),
            Axes(
                "area",
                xlabel="probability, one symbol after the other",
                ylabel="surprisal (bits)",
                xlim=(0, 1),
                ylim=(0, 7.5),
                title="how surprising: the area is the entropy",
            ),
        ],
        handles={"p": list("abcdefgh")},
        start=start,
    )


# ------------------------------------------------------------------ wrong_code_explorer

_LETTERS = np.arange(26.0)
_EDGES = np.array([-0.7, 25.7])
_ZERO = np.zeros(2)
_COUNTS = {
    "Roosevelt's speech": data.count_letters(data.speech("roosevelt_1941")),
    "English": data.letter_counts("english"),
    "French": data.letter_counts("french"),
    "German": data.letter_counts("german"),
    "all letters alike": dict.fromkeys(ascii_lowercase, 1),
}
SOURCES = list(_COUNTS)[:4]
CODES = list(_COUNTS)
WORDS = {"ideal lengths": False, "Huffman words": True}


def code_lengths(name: str, huffman: bool) -> np.ndarray:
    """Bits that the code for a source gives each of the 26 letters, whole bits for Huffman's."""
    if huffman:
        words = information.huffman_code(_COUNTS[name])
        return np.array([float(len(word)) for word in words.values()])
    return information.surprisal(_P[name], base=2)


_P = {name: data.frequencies(counts) for name, counts in _COUNTS.items()}
_LENGTHS = {
    (name, huffman): code_lengths(name, huffman) for name in CODES for huffman in WORDS.values()
}


def wrong_code_explorer_scene(source: str, code: str, huffman: bool) -> Scene:
    """Letters of `source` sent with the code built for `code`: lengths, and each letter's bill."""
    p, lengths, ideal = _P[source], _LENGTHS[code, huffman], _LENGTHS[source, False]
    needed, total = float(p @ ideal), float(p @ lengths)
    bill = p * (lengths - ideal)
    excess = abs(float(bill.sum()))  # Gibbs: not negative; abs turns a rounded -0.0 into 0.0
    dear, cheap = int(bill.argmax()), int(bill.argmin())
    extremes = (
        f"The letter {ascii_lowercase[dear]} adds most to the waste ({bill[dear]:+.4f}), "
        f"{ascii_lowercase[cheap]} saves most ({bill[cheap]:+.4f})."
        if np.ptp(bill)
        else "Every letter has exactly the length that it deserves."
    )
    kind = "Huffman words of" if huffman else "ideal lengths of"
    return Scene(
        readout=(
            f"{source} with {kind} the code for {code}: {total:.4f} bits per letter "
            f"= {needed:.4f} needed (entropy) + {excess:.4f} wasted. {extremes}"
        ),
        marks={
            "lengths": Bars(_LETTERS, lengths, axes="lengths", color="blue", label="this code"),
            "ideal": Points(
                _LETTERS,
                ideal,
                axes="lengths",
                color="orange",
                marker="diamond",
                label="what each letter deserves",
            ),
            "zero": Line(_EDGES, _ZERO, axes="bill", color="ink"),
            "costs": Bars(
                _LETTERS,
                np.where(bill > 0, bill, np.nan),
                axes="bill",
                color="red",
                label="word too long: costs",
            ),
            "saves": Bars(
                _LETTERS,
                np.where(bill < 0, bill, np.nan),
                axes="bill",
                color="green",
                dash="dashed",
                label="word too short: saves",
            ),
            "sum": Text(
                [15], [0.42], f"all letters together: {excess:+.4f} bits", axes="bill",
                anchor="middle",
            ),
        },
    )  # fmt: skip


def wrong_code_explorer(**start) -> Explorer:
    """One source sent with another one's code: lengths, bits per letter, and the waste."""
    letters = {"xlim": (-0.7, 25.7), "xticks": _LETTERS, "xticklabels": list(ascii_lowercase)}
    return Explorer(
        name="wrong_code_explorer",
        title="The price of the wrong code",
        description=(
            "Left, for each letter a bar for the length of its code word and a diamond for its "
            "ideal length in what is sent. Right, what each letter adds to the waste per "
            "letter: upward where its word is too long, downward where it is too short."
        ),
        scene=wrong_code_explorer_scene,
        controls=[
            Choice("source", "What is sent", SOURCES),
            Choice("code", "Code built for", CODES, start="French"),
            Choice("huffman", "Words", WORDS),
        ],
        axes=[
            Axes(
                "lengths",
                xlabel="letter",
                ylabel="bits",
                ylim=(0, 12),
                title="how long each word is",
                **letters,
            ),
            Axes(
                "bill",
                xlabel="letter",
                ylabel="bits per letter sent",
                ylim=(-0.1, 0.45),
                title="what each letter adds to the waste",
                **letters,
            ),
        ],
        start=start,
    )
