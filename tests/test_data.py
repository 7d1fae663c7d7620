"""Letters and speeches: what the chapters take for granted about them."""

from string import ascii_lowercase

import numpy as np
import pytest
from scipy.stats import entropy

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
