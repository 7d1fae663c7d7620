"""Chapter 12's widget: `memory_calculator`."""

from __future__ import annotations

from functools import cache

import numpy as np

from ce_course import scale
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

TOKENS = 2 ** np.arange(8, 19)
VOCABULARIES = np.array([1000, 10_000, 32_000, 50_000, 128_256, 262_144])
WIDTHS = 2 ** np.arange(8, 14)
CHUNKS = 2 ** np.arange(4, 15)
DEVICES = np.array([4, 8, 16, 24, 40, 80, 141, 192])
FORMATS = {"float32": 4, "bfloat16": 2}
GIB = 2**30
_LIMITS = (2**-11, 2**11)  # GiB
_TICKS = [2**-10, 2**-8, 2**-6, 2**-4, 2**-2, 1, 4, 16, 64, 256, 1024]
_TICK_LABELS = [*(f"{4**k}M" for k in range(5)), *(f"{4**k}G" for k in range(5)), "1T"]
_ENDS = np.array([TOKENS[0], TOKENS[-1]])
_PLACES = np.arange(4)


@cache
def needs(tokens: int, vocabulary: int, width: int, itemsize: int, chunk: int | None) -> tuple:
    """GiB beside h and W: the logits, the gradient of W, that of h, and the peak."""
    sizes = (tokens, vocabulary, width, itemsize, chunk)
    parts = scale.linear_loss_bytes(*sizes).values()
    return *(part / GIB for part in parts), scale.linear_loss_peak(*sizes) / GIB


@cache
def _peaks(vocabulary: int, width: int, itemsize: int, chunk: int | None) -> np.ndarray:
    return np.array([needs(int(n), vocabulary, width, itemsize, chunk)[-1] for n in TOKENS])


def spoken(gib: float) -> str:
    """A size as it is read out: 11.74 GiB, 31.3 MiB."""
    mib = 1024 * gib
    return f"{gib:.2f} GiB" if gib >= 1 else f"{mib:.0f} MiB" if mib >= 10 else f"{mib:.2g} MiB"


def memory_calculator_scene(
    tokens: int, vocabulary: int, width: int, format: str, chunk: int, device: int
) -> Scene:
    """What loss and gradients of the last layer need, with all logits at once and in chunks."""
    size = (int(vocabulary), int(width), FORMATS[format])
    logits, grad_W, grad_h, plain = needs(int(tokens), *size, None)
    buffer, _, _, chunked = needs(int(tokens), *size, int(chunk))
    verdicts = ["fits" if total <= device else "does not fit" for total in (plain, chunked)]
    less = f"{plain / chunked:.1f} times less" if plain > chunked else "no less"
    return Scene(
        readout=(
            f"{tokens:,} tokens, {vocabulary:,} words, width {width:,}, {format}. All at once: "
            f"three arrays of logits, {spoken(logits)}, and at the peak {spoken(plain)}: "
            f"{verdicts[0]} into {device} GiB. In chunks of {chunk:,}: {spoken(buffer)} of "
            f"logits, and at the peak {spoken(chunked)}: {verdicts[1]}. That is {less}. The "
            f"gradient of W is {spoken(grad_W)}; while it is scaled there are two of it."
        ),
        marks={
            "plain": Line(TOKENS, _peaks(*size, None), color="orange", label="all at once"),
            "chunked": Line(
                TOKENS, _peaks(*size, int(chunk)), color="blue", dash="dashed", label="in chunks"
            ),
            "device": Line(
                _ENDS, [device, device], color="purple", dash="dotted", label="the device"
            ),
            "plain now": Points([tokens], [plain], color="orange", marker="circle"),
            "chunked now": Points([tokens], [chunked], color="blue", marker="square"),
            "parts": Bars(
                _PLACES,
                np.maximum([logits, buffer, grad_W, grad_h], _LIMITS[0]),
                width=0.7,
                base=_LIMITS[0],
                color="grey",
                axes="parts",
            ),
            "room": Line(
                [-0.5, 3.5], [device, device], color="purple", dash="dotted", axes="parts"
            ),
            "sizes": Text(
                _PLACES,
                np.full(4, 2**10.4),
                [spoken(part) for part in (logits, buffer, grad_W, grad_h)],
                anchor="middle",
                axes="parts",
            ),
        },
    )


def memory_calculator(**start) -> Explorer:
    """What the loss over a large vocabulary needs beside the model, against a device's memory."""
    return Explorer(
        name="memory_calculator",
        title="Does the loss fit into the memory?",
        description=(
            "Left, what the loss and its gradients need at the peak beside h and W, against the "
            "number of tokens, both on log scales: with all logits at once, and in chunks; the "
            "dotted line is the device's memory. Right, the parts: three arrays of logits, the "
            "logits of one chunk, the gradient of W, the gradient of h."
        ),
        scene=memory_calculator_scene,
        controls=[
            Slider("tokens", "Tokens in the batch", TOKENS, start=8192, format="{:,.0f}"),
            Slider("vocabulary", "Words", VOCABULARIES, start=128_256, format="{:,.0f}"),
            Slider("width", "Width d", WIDTHS, start=4096, format="{:,.0f}"),
            Choice("format", "Format", list(FORMATS), start="bfloat16"),
            Slider("chunk", "Tokens in a chunk", CHUNKS, start=1024, format="{:,.0f}"),
            Slider("device", "The device's memory, in GiB", DEVICES, start=8, format="{:.0f}"),
        ],
        axes=[
            Axes(
                "main",
                xlabel="tokens in the batch (log scale)",
                ylabel="memory (M: MiB, G: GiB)",
                title="All at once, or in chunks",
                xlim=(int(TOKENS[0]), int(TOKENS[-1])),
                ylim=_LIMITS,
                xscale="log",
                yscale="log",
                xticks=[256, 1024, 4096, 16_384, 65_536, 262_144],
                xticklabels=["256", "1k", "4k", "16k", "64k", "256k"],
                yticks=_TICKS,
                yticklabels=_TICK_LABELS,
            ),
            Axes(
                "parts",
                xlabel="",
                ylabel="memory (M: MiB, G: GiB)",
                title="What it is made of",
                xlim=(-0.5, 3.5),
                ylim=_LIMITS,
                yscale="log",
                xticks=_PLACES,
                xticklabels=["3 × logits", "chunk", "grad W", "grad h"],  # noqa: RUF001
                yticks=_TICKS,
                yticklabels=_TICK_LABELS,
            ),
        ],
        handles={"plain now": "tokens", "chunked now": "tokens", "device": "device"},
        start=start,
    )
