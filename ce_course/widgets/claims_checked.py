"""The widget of chapter 13: `claim_explorer`."""

from __future__ import annotations

from functools import cache

import numpy as np

from ce_course import catalogue, claims
from ce_course.widgets.explorer import Axes, Choice, Explorer, Points, Scene, Slider, Text

# From the top of the picture down, each with a colour and a form of its own.
LOOKS = {
    "wrong": ("red", "cross"),
    "misleading": ("orange", "triangle"),
    "holds-with-caveat": ("blue", "diamond"),
    "holds": ("green", "circle"),
    "not-checkable-offline": ("grey", "square"),
}
ROWS = dict(zip(LOOKS, range(len(LOOKS) - 1, -1, -1), strict=True))


@cache
def of_chapter(chapter: str) -> tuple[claims.Claim, ...]:
    """The chapter's claims, the wrong ones first, in the order of the picture's rows."""
    order = list(LOOKS)
    return tuple(sorted(claims.select(chapter), key=lambda c: (order.index(c.verdict), c.id)))


@cache
def widest() -> int:
    """The most claims of one chapter with one verdict."""
    return int(claims.counts()[list(LOOKS)].to_numpy().max())


def said(verdict: str) -> str:
    """The verdict as a reader writes it."""
    return verdict.replace("-", " ")


def claim_explorer_scene(chapter: str, number: int) -> Scene:
    """The chapter's claims by verdict, and the `number`-th of them in words."""
    own = of_chapter(chapter)
    at = min(int(number), len(own)) - 1
    chosen, marks = own[at], {}
    for verdict, (color, marker) in LOOKS.items():
        count = sum(claim.verdict == verdict for claim in own)
        x = np.where(np.arange(widest()) < count, np.arange(widest()), np.nan)
        marks[verdict] = Points(x, np.full(widest(), ROWS[verdict]), color=color, marker=marker)
        marks[f"{verdict}: how many"] = Text(
            -0.4, ROWS[verdict] + 0.36, f"{said(verdict)}: {count}", color=color
        )
    first = [claim.verdict for claim in own].index(chosen.verdict)
    marks["chosen"] = Points(
        [at - first], [ROWS[chosen.verdict] - 0.27], color="ink", marker="triangle"
    )
    found = f"Computed: {chosen.computed}." if chosen.computed else claims.reasons()[chosen.reason]
    return Scene(
        readout=(
            f"{at + 1} of {len(own)}, {chosen.id}, {said(chosen.verdict)}. The claim: "
            f"{chosen.claim} What is right: {chosen.right} {found}"
        ),
        marks=marks,
    )


def claim_explorer(**start) -> Explorer:
    """The articles' claims, chapter by chapter, with what came out."""
    names = {chapter.name[:2]: chapter.title for chapter in catalogue.CHAPTERS}
    chapters = sorted({claim.chapter for claim in claims.everything()})
    most = max(len(of_chapter(chapter)) for chapter in chapters)
    return Explorer(
        name="claim_explorer",
        title="What the articles claim, and what came out",
        description=(
            "Each mark is a claim; the rows are the verdicts, wrong on top. The triangle below a "
            "mark points to the claim that the text under the picture tells."
        ),
        scene=claim_explorer_scene,
        controls=[
            Choice("chapter", "Chapter", {f"{c} {names[c]}": c for c in chapters}),
            Slider(
                "number", "Claim", np.arange(1, most + 1), start=1, format="{:.0f}", counts=True
            ),
        ],
        axes=[
            Axes(
                "main",
                ylabel="verdicts",
                title="Each mark is a claim",
                bare=True,
                xlim=(-1, widest()),
                ylim=(-0.6, len(LOOKS) - 0.4),
                xticks=[],
                yticks=[],
            )
        ],
        handles={"chosen": "number"},
        start=start,
    )
