"""What the chapters take for granted about their data."""

import random
from string import ascii_lowercase

import numpy as np
import pytest
from mnist1d.data import make_dataset
from scipy.stats import entropy
from sklearn.datasets import load_digits, load_wine

from ce_course import data


def test_only_letters_folds_accents_and_drops_the_rest():
    assert data.only_letters("Élan, naïve Straße: 42 œufs!") == "elannaivestrasseoeufs"
    assert data.only_letters(" 123 — …") == ""


def test_count_letters_gives_all_letters_in_order():
    counts = data.count_letters("Ébène")
    assert "".join(counts) == ascii_lowercase
    assert {letter: n for letter, n in counts.items() if n} == {"b": 1, "e": 3, "n": 1}


@pytest.mark.parametrize("language", data.LANGUAGES)
def test_letter_counts_are_whole_positive_and_e_leads(language):
    counts = data.letter_counts(language)
    assert "".join(counts) == ascii_lowercase
    assert all(isinstance(n, int) and n > 0 for n in counts.values())
    assert max(counts, key=counts.get) == "e"


def test_the_published_figures_of_the_languages():
    english, french, german = (
        data.frequencies(data.letter_counts(language)) for language in data.LANGUAGES
    )
    figures = {
        "H(en)": entropy(english, base=2),
        "H(fr)": entropy(french, base=2),
        "KL(en||fr)": entropy(english, french, base=2),
        "KL(fr||en)": entropy(french, english, base=2),
        "KL(en||de)": entropy(english, german, base=2),
    }
    expected = [4.1859, 4.0245, 0.1354, 0.1154, 0.0904]
    np.testing.assert_allclose(list(figures.values()), expected, atol=5e-5)


@pytest.mark.parametrize("name", data.SPEECHES)
def test_speeches_are_whole_english_texts(name):
    text = data.speech(name)
    assert "[" not in text and "�" not in text
    assert text.rstrip()[-1] in '."?'
    letters = data.only_letters(text)
    assert len(letters) > 5_000
    assert set(letters) == set(ascii_lowercase)
    assert set(text) - set(text.encode("ascii", "ignore").decode()) <= {"—"}


def test_every_shipped_speech_is_listed():
    assert {path.stem for path in (data.RESOURCES / "speeches").iterdir()} == set(data.SPEECHES)


def test_frequencies_sum_to_one_and_keep_the_order():
    p = data.frequencies({"a": 3, "b": 0, "c": 1})
    np.testing.assert_array_equal(p, [0.75, 0.0, 0.25])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.letter_counts("latin"), "expected one of english, french, german, got 'la"),
        (lambda: data.speech("caesar"), "expected one of washington_1790"),
        (lambda: data.frequencies({}), "expected at least one symbol"),
        (lambda: data.frequencies({"a": 0}), "expected at least one symbol"),
    ],
)
def test_bad_input_says_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_breast_cancer_counts_malignant_as_one():
    X, y, names = data.breast_cancer()
    assert X.shape == (569, 30) and y.shape == (569,) and len(names) == 30
    assert np.bincount(y).tolist() == [357, 212]
    radius = X[:, names.index("mean radius")]
    assert radius[y == 1].mean() > radius[y == 0].mean()


# ------------------------------------------------------------------ data to train on

SETS = ("digits", "wine", "mnist1d")


def by_row(X, y):
    """Examples with their labels, in an order that does not depend on the split."""
    both = np.column_stack([X, y])
    return both[np.lexsort(both.T)]


@pytest.mark.parametrize(
    ("name", "shapes", "classes"),
    [
        ("digits", [(1000, 64), (1000,), (797, 64), (797,)], 10),
        ("wine", [(100, 13), (100,), (78, 13), (78,)], 3),
        ("mnist1d", [(4000, 40), (4000,), (1000, 40), (1000,)], 10),
    ],
)
def test_shapes_and_types(name, shapes, classes):
    parts = getattr(data, name)(seed=0)
    assert [part.shape for part in parts] == shapes
    assert [part.dtype.kind for part in parts] == ["f", "i", "f", "i"]
    assert set(parts[1]) == set(parts[3]) == set(range(classes))


@pytest.mark.parametrize("name", SETS)
def test_a_split_follows_its_seed_and_callers_cannot_spoil_it(name):
    load = getattr(data, name)
    first, again, other = load(seed=3), load(seed=3), load(seed=4)
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(first[0], other[0])
    for part in first:
        part[...] = 0
    for one, same in zip(again, load(seed=3), strict=True):
        np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("n_train", [50, 121])
def test_each_class_has_its_share_in_both_parts(name, n_train):
    _, y_train, _, y_test = getattr(data, name)(seed=1, n_train=n_train)
    train, test = np.bincount(y_train), np.bincount(y_test)
    assert train.sum() == n_train
    np.testing.assert_array_less(np.abs(train - n_train * (train + test) / (train + test).sum()), 1)


def test_digits_are_scikit_learns_from_0_to_1_each_in_one_part():
    X_train, y_train, X_test, y_test = data.digits(seed=2)
    X, y = load_digits(return_X_y=True)
    found = by_row(np.vstack([X_train, X_test]) * 16, np.concatenate([y_train, y_test]))
    np.testing.assert_array_equal(found, by_row(X, y))
    assert X_train.min() == 0 and X_train.max() == 1


def test_wine_is_scaled_by_its_training_part_alone():
    X_train, y_train, X_test, y_test = data.wine(seed=2)
    np.testing.assert_allclose(X_train.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(X_train.std(axis=0), 1, rtol=1e-13)
    assert np.abs(X_test.mean(axis=0)).max() > 0.01
    X, y = load_wine(return_X_y=True)
    raw, _, raw_test, _ = data.split(X, y, n_train=100, seed=2)
    np.testing.assert_allclose(X_test * raw.std(axis=0) + raw.mean(axis=0), raw_test, rtol=1e-12)
    found = by_row(np.vstack([raw, raw_test]), np.concatenate([y_train, y_test]))
    np.testing.assert_array_equal(found, by_row(X, y))


def test_mnist1d_is_its_authors_and_scaled_by_its_training_part_alone():
    X_train, y_train, X_test, y_test = data.mnist1d(seed=2)
    assert X_train.mean() == pytest.approx(0, abs=1e-13)
    assert X_train.std() == pytest.approx(1, rel=1e-13)
    assert np.bincount(np.concatenate([y_train, y_test])).tolist() == [500] * 10
    made = make_dataset()
    theirs = np.concatenate([made["x"], made["x_test"]])  # mean 0, variance 1 over everything
    ours = np.vstack([X_train, X_test])
    ours = (ours - ours.mean()) / ours.std()
    labels = np.concatenate([y_train, y_test]), np.concatenate([made["y"], made["y_test"]])
    np.testing.assert_allclose(by_row(ours, labels[0]), by_row(theirs, labels[1]), atol=1e-12)


def test_mnist1d_leaves_the_global_generators_and_the_network_alone(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection"))
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    ahead = [random.random(), np.random.random()]  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    data._mnist1d_signals.__wrapped__()
    assert [random.random(), np.random.random()] == ahead  # noqa: NPY002


@pytest.mark.parametrize("n_train", [0, 2, 176, 178, -5])
def test_a_split_needs_every_class_in_both_parts(n_train):
    with pytest.raises(ValueError, match=f"n_train: expected 3 to 175, got {n_train}"):
        data.wine(seed=0, n_train=n_train)
