"""What three published articles claim about cross-entropy, and what came out when it was checked.

The ledger is `resources/claims.json`: one record for each distinct claim. Sentences that say the
same are merged, and a sentence keeps its number (C175), which cells of the chapters bear as a tag
(`claim-C175`). `resources/claim_cells.json` says which cells: `ce-course claims` derives it.

Everything here is plain data and pure functions, so that a web page can use the same records, the
same synonyms and the same index.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ce_course import catalogue

RESOURCES = Path(__file__).parent / "resources"
FIELDS = {"claim": 3.0, "quote": 2.0, "right": 1.0}  # what is searched, what a word counts there
ENDINGS = ("ing", "ed", "es", "s", "ly", "er", "e")


@dataclass(frozen=True)
class Cell:
    """Where a claim is computed: the chapter's name, the cell's id, and the heading above it."""

    chapter: str
    id: str
    heading: str

    def __str__(self):
        return f"{self.chapter[:2]}, {self.heading}"


@dataclass(frozen=True)
class Claim:
    """One distinct claim.

    Attributes
    ----------
    id : str
        The number of the first sentence that makes it, "C175".
    chapter : str
        The two digits of the chapter that it belongs to.
    claim, right : str
        What is claimed, in the course's words, and the right statement.
    verdict : str
        One of `verdicts()`.
    computed : str
        What the cells found; empty where nothing is computed.
    reason : str
        Why nothing is computed, one of `reasons()`; empty where something is.
    source : str
        The publication that was read for it, if one was.
    quote : str
        The beginning of the sentence, to find it by.
    sentences : mapping
        The number of each sentence that makes the claim, and the letter of its article.
    first : mapping
        The verdict of a first reading, for those sentences for which it was another.
    cells : tuple of Cell
        The cells that compute it, or beside which it is discussed.
    """

    id: str
    chapter: str
    claim: str
    verdict: str
    right: str
    computed: str
    reason: str
    source: str
    quote: str
    sentences: Mapping[str, str]
    first: Mapping[str, str]
    cells: tuple[Cell, ...] = ()


@cache
def data() -> dict:
    """The ledger's file as it stands: articles, verdicts, reasons, synonyms, stop_words, claims."""
    return json.loads((RESOURCES / "claims.json").read_text(encoding="utf-8"))


@cache
def _cells() -> dict:
    return json.loads((RESOURCES / "claim_cells.json").read_text(encoding="utf-8"))


def articles() -> dict[str, str]:
    """The three articles by letter, and what kind of text each is; their titles are unknown."""
    return data()["articles"]


def verdicts() -> dict[str, str]:
    """The five verdicts and what each means."""
    return data()["verdicts"]


def reasons() -> dict[str, str]:
    """Why a claim may have nothing computed, and what each reason means."""
    return data()["reasons"]


def cells_of(number: str) -> tuple[Cell, ...]:
    """The cells that bear the tag of this sentence ("C175"), by chapter."""
    return tuple(Cell(*place) for place in _cells().get(number, ()))


@cache
def everything() -> tuple[Claim, ...]:
    """All distinct claims, by chapter and number."""
    found = []
    for record in data()["claims"]:
        places = [cell for number in record["sentences"] for cell in cells_of(number)]
        found.append(Claim(**record, cells=tuple(dict.fromkeys(places))))
    return tuple(found)


def called(number: str) -> Claim:
    """The claim that the sentence of this number ("C175") makes; KeyError if there is none."""
    for claim in everything():
        if number in claim.sentences:
            return claim
    known = [number for claim in everything() for number in claim.sentences]
    raise KeyError(f"no sentence {number!r}. {catalogue.closest(number, known)}")


def select(
    chapter: str | int | None = None, verdict: str | None = None, words: str = ""
) -> list[Claim]:
    """The claims of a chapter, with a verdict, that hold some words: all three where given.

    chapter : 8, "08" or the chapter's whole name. With words, the best match comes first.
    Raises ValueError for a verdict or a chapter that there is not.
    """
    if verdict is not None and verdict not in verdicts():
        raise ValueError(f"verdict: expected one of {', '.join(verdicts())}, got {verdict!r}")
    number = None if chapter is None else f"{chapter:02d}" if isinstance(chapter, int) else chapter
    names = sorted({claim.chapter for claim in everything()})
    if number is not None and number[:2] not in names:
        raise ValueError(f"chapter: expected one of {', '.join(names)}, got {chapter!r}")
    return [
        claim
        for claim in (find(words, limit=None) if words else everything())
        if (number is None or claim.chapter == number[:2])
        and (verdict is None or claim.verdict == verdict)
    ]


def records(claims: Iterable[Claim] | None = None) -> list[dict]:
    """The claims as plain dicts, as a page or another program wants them."""
    return [
        vars(claim) | {"cells": [dict(vars(cell)) for cell in claim.cells]}
        for claim in (everything() if claims is None else claims)
    ]


# ------------------------------------------------------------------ search


def tokens(text: str) -> list[str]:
    """The words of a text as the index knows them.

    In five steps, which a page can repeat: small letters; each phrase of `synonyms` becomes the
    word that it stands for, the longest phrases first; the text is cut into letters and digits;
    stop words go; endings go (`stem`).
    """
    stop = set(data()["stop_words"].split())
    text = _phrases().sub(lambda found: f" {_meaning()[found[0]]} ", text.lower())
    return [stem(word) for word in re.findall(r"[a-z]+|\d+", text) if word not in stop]


def stem(word: str) -> str:
    """A word without its ending: the first of `ENDINGS` that leaves four letters or more.

    American and British spelling are the same, and so are "y" and "ie" at the end.

    >>> stem("penalties"), stem("penalty"), stem("minimizer"), stem("loss")
    ('penalti', 'penalti', 'minimis', 'loss')
    """
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    return re.sub("y$", "i", word.replace("iz", "is"))


@cache
def _meaning() -> dict[str, str]:
    return {phrase: word for word, phrases in data()["synonyms"].items() for phrase in phrases}


@cache
def _phrases() -> re.Pattern:
    phrases = sorted(_meaning(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, phrases))})(?![\w-])")


@cache
def index() -> dict[str, dict[str, float]]:
    """For each word the claims that hold it and what it counts there.

    A word counts for more in the claim than in the quotation or the right statement (`FIELDS`),
    and for more if few claims hold it: times ln(1 + all claims / claims with the word).
    """
    found: dict[str, dict[str, float]] = {}
    for claim in everything():
        for field, weight in FIELDS.items():
            for word in tokens(getattr(claim, field)):
                places = found.setdefault(word, {})
                places[claim.id] = max(weight, places.get(claim.id, 0.0))
    rarity = {word: math.log(1 + len(everything()) / len(places)) for word, places in found.items()}
    return {
        word: {i: round(weight * rarity[word], 3) for i, weight in found[word].items()}
        for word in sorted(found)
    }


def find(words: str, limit: int | None = 8) -> list[Claim]:
    """The claims that some words are about, the best match first; none where no word is known.

    The words may be a question ("is it true that the loss can be negative?"), a part of a word,
    or a sentence's number. A word that no claim holds counts a little for those that begin with it,
    or else, if it is long, for those that are one slip away.
    """
    if number := re.fullmatch(r"\s*[Cc]?(\d{1,3})\s*", words):
        name = f"C{int(number[1]):03d}"
        return [claim for claim in everything() if name in claim.sentences]
    scores: dict[str, float] = {}
    for word in dict.fromkeys(tokens(words)):
        for i, weight in _postings(word).items():
            scores[i] = scores.get(i, 0.0) + weight
    order = {claim.id: (-scores.get(claim.id, 0.0), k) for k, claim in enumerate(everything())}
    best = sorted((c for c in everything() if c.id in scores), key=lambda claim: order[claim.id])
    return best[:limit]


def _postings(word: str) -> dict[str, float]:
    known = index()
    if word in known or len(word) < 3:
        return known.get(word, {})
    alike = [other for other in known if other.startswith(word)]
    if not alike and len(word) > 4:
        alike = [other for other in known if one_slip(word, other)]
    found: dict[str, float] = {}
    for other in alike:
        for i, weight in known[other].items():
            found[i] = max(weight / 4, found.get(i, 0.0))
    return found


def one_slip(word: str, other: str) -> bool:
    """Whether a letter too many, too few, wrong, or two in reverse lie between two words.

    >>> one_slip("entorpi", "entropi"), one_slip("gradint", "gradient"), one_slip("loss", "less")
    (True, True, True)
    >>> one_slip("loss", "lesson")
    False
    """
    while word and other and word[0] == other[0]:
        word, other = word[1:], other[1:]
    while word and other and word[-1] == other[-1]:
        word, other = word[:-1], other[:-1]
    return max(len(word), len(other)) < 2 or (len(word) == 2 and word == other[::-1])


# ------------------------------------------------------------------ tables


def table(claims: Iterable[Claim]):
    """Claims as a table for the reader: verdict, claim, what is right, what was computed, where."""
    import pandas as pd

    from ce_course import plots

    rows = [
        (
            claim.id,
            claim.verdict,
            claim.claim,
            claim.right,
            claim.computed or f"not computed ({claim.reason})",
            f"chapter {claim.cells[0]}" if claim.cells else claim.source or "no cell",
        )
        for claim in claims
    ]
    columns = ["number", "verdict", "the claim", "what is right", "computed", "where"]
    return _Words(plots.table(pd.DataFrame(rows, columns=columns).set_index("number")))


class _Words:
    """A table of sentences: as `plots.table` shows it, set from the left."""

    def __init__(self, shown):
        self.shown = shown

    def __repr__(self):
        return repr(self.shown)

    def _repr_html_(self):
        style = 'style="text-align: left; vertical-align: top"'
        return re.sub(r"<(t[dh])>", rf"<\1 {style}>", self.shown._repr_html_())


def search(words: str, limit: int = 5):
    """The table of what `find` finds: the course's answer to "is it true that …?"."""
    return table(find(words, limit))


def counts(by: str = "chapter"):
    """How many distinct claims have which verdict, a row for each chapter or reason.

    Returns a pandas.DataFrame with the verdicts as columns, and `all`.
    """
    import pandas as pd

    if by not in ("chapter", "reason"):
        raise ValueError(f"by: expected chapter or reason, got {by!r}")
    claims = everything()
    frame = pd.crosstab(
        pd.Series([getattr(claim, by) or "computed" for claim in claims], name=by),
        pd.Series([claim.verdict for claim in claims], name="verdict"),
    ).reindex(columns=list(verdicts()), fill_value=0)
    return frame.assign(all=frame.sum(axis=1)).rename_axis(columns=None)
