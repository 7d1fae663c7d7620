"""Language models against hand calculation, sums, brute force, PyTorch and themselves decoded."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ce_course import data, language
from ce_course.experiments import applications as trained

TEXT = "the cat sat on the mat; the hat sat on the cat.\n" * 3
WORDS = "a cat that sat at the mat"


def test_perplexity_and_bits_are_exp_and_base_2_of_the_mean():
    nll = np.array([1.0, 2.0, 4.5])
    assert language.perplexity(nll) == pytest.approx(math.exp(2.5), rel=1e-15)
    assert language.bits_per_character(nll) == pytest.approx(2.5 / math.log(2), rel=1e-15)
    assert 2 ** language.bits_per_character(nll) == pytest.approx(language.perplexity(nll))
    assert language.bits_per_character(nll, characters=6) == pytest.approx(1.25 / math.log(2))
    assert language.perplexity([1.0, math.inf]) == math.inf == language.perplexity([1e4])


@pytest.mark.parametrize("bad", [[], [-0.1], [math.nan], ["a"]])
def test_surprisals_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match=r"nll: expected .*got"):
        language.perplexity(bad)


def test_the_texts_are_split_by_year_and_written_in_the_alphabet():
    years = [int(name.split("_")[1]) for name in (*language.TRAINING, language.VALIDATION)]
    assert max(years[:-1]) < years[-1] < int(language.TEST.split("_")[1])
    assert set("".join(language.texts())) <= set(language.ALPHABET)
    assert sum(map(len, language.texts())) >= sum(len(data.speech(name)) for name in data.SPEECHES)


def test_a_character_outside_the_alphabet_is_named():
    with pytest.raises(ValueError, match="text: expected characters of ASCII, got 'é'"):
        language.encoded("café")


def test_the_bigram_table_by_hand():
    np.testing.assert_allclose(language.bigram_model("abaab"), [[2 / 5, 3 / 5], [2 / 3, 1 / 3]])
    with pytest.raises(ValueError, match="text: expected two characters"):
        language.bigram_model("a")


# ------------------------------------------------------------------ n-grams


def recursive(text, order, context, c):
    """Witten and Bell's formula as it stands in the paper, counting by brute force."""
    if order == 0:
        return 1 / len(language.ALPHABET)
    h = context[len(context) - order + 1 :]
    shorter = recursive(text, order - 1, context, c)
    after = [text[i + len(h)] for i in range(len(text) - len(h)) if text[i : i + len(h)] == h]
    if not after:
        return shorter
    new = len(set(after))
    return (after.count(c) + new * shorter) / (len(after) + new)


@pytest.mark.parametrize("order", range(6))
def test_the_mixture_is_that_of_the_paper(order):
    model = language.fit_ngram(TEXT, order)
    for context in ("the c", "xyzth", "on th", "\nzzzz"):
        p = language.ngram_probabilities(model, context)
        for c in "aet \n!":
            expected = recursive(TEXT, order, context, c)
            assert p[language.CODES[c]] == pytest.approx(expected, rel=1e-12)
            one = language.ngram_probabilities(model, context, language.CODES[c])
            assert one == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("order", range(6))
def test_probabilities_are_positive_and_sum_to_one(order):
    predict = language.ngram(TEXT, order)
    for context in ("", "t", "the cat s", "never seen"):
        p = predict(context)
        assert p.shape == (96,) and (p > 0).all() and p.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("order", [0, 1, 3, 5])
def test_both_ways_to_surprisals_agree(order):
    model = language.fit_ngram(TEXT, order)
    slow = language.surprisals(lambda c: language.ngram_probabilities(model, c), WORDS)
    np.testing.assert_allclose(language.ngram_surprisals(model, WORDS), slow, rtol=1e-12)


def test_counting_on_predicts_first_and_counts_then():
    model = language.fit_ngram("ab", 3)
    found = language.ngram_surprisals(model, WORDS, learning=True)
    for i in (0, 1, 7, 20):  # the two texts do not touch: no context reaches over the seam
        both = language.fit_ngram("ab", 3)
        language.ngram_surprisals(both, WORDS[:i], learning=True)
        p = language.ngram_probabilities(both, WORDS[:i])[language.CODES[WORDS[i]]]
        assert found[i] == pytest.approx(-math.log(p), rel=1e-12)
    assert found.mean() < language.ngram_surprisals(language.fit_ngram("ab", 3), WORDS).mean()


def test_an_order_that_is_none_is_refused():
    for order in (-1, 2.5, 13):
        with pytest.raises(ValueError, match="order: expected"):
            language.fit_ngram(TEXT, order)


def test_a_sample_follows_the_model():
    drawn = language.sample(language.ngram("ab" * 500, 2), 400, np.random.default_rng(0), "a")
    assert drawn[0] == "b" and drawn.count("ab") > 150
    sure = language.tempered(language.ngram(TEXT, 5), 0.01)
    assert language.sample(sure, 12, np.random.default_rng(0), "the cat").startswith(" sat on the ")


def test_a_temperature_divides_log_probabilities():
    predict = language.ngram(TEXT, 3)
    expected = predict("th") ** 0.5 / (predict("th") ** 0.5).sum()
    np.testing.assert_allclose(language.tempered(predict, 2)("th"), expected, rtol=1e-12)


# ------------------------------------------------------------------ the network


def test_the_network_is_the_one_that_pytorch_trained():
    model, network = trained.stored_model(), language.stored_network()
    assert network.context == trained.CONTEXT
    text = language.texts()[2][:300]
    windows = trained.windows(torch.from_numpy(language.encoded(text)))
    ours = np.array([language.network_logits(network, text[:i]) for i in range(300)])
    np.testing.assert_allclose(ours, model(windows).detach().numpy(), atol=2e-4)
    p = language.network_predictor(network)("the ")
    assert p.sum() == pytest.approx(1) and (p > 0).all()


def test_windows_hold_what_stands_before():
    windows = trained.windows(torch.arange(1, 6), context=3)
    assert windows.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]


def test_the_log_probability_of_a_continuation_is_the_sum_of_its_characters():
    model = trained.stored_model()
    pairs = trained.preferences(model, 4, torch.Generator().manual_seed(0))
    z = model(pairs.inputs[0][2])
    expected = -F.cross_entropy(z, pairs.targets[0][2], reduction="sum")
    assert pairs.kept[0][2].item() == pytest.approx(expected.item(), rel=1e-4)
    assert trained.margin(model, pairs).abs().max() < 1e-3  # nothing was learned yet


# ------------------------------------------------------------------ coding


def coded(text, predict):
    bits = language.arithmetic_encode(text, predict)
    assert set(bits) <= {"0", "1"}
    assert language.arithmetic_decode(bits, predict, len(text)) == text
    return len(bits)


@pytest.mark.parametrize("order", [0, 2, 5])
def test_a_text_comes_back_and_takes_its_surprisal_and_two_bits(order):
    predict = language.ngram(language.texts()[0][:20_000], order)
    text = language.texts()[2][:800]
    ideal = language.surprisals(predict, text).sum() / math.log(2)
    assert 0 <= coded(text, predict) - ideal < 2.01


@pytest.mark.parametrize("seed", range(5))
def test_texts_of_any_kind_come_back(seed):
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list(language.ALPHABET), 200))
    for predict in (language.ngram(TEXT, 3), language.ngram("a" * 50_000, 5)):
        coded(text, predict)  # full of what the model holds for all but impossible
    coded("a" * 300, language.ngram("a" * 50_000, 5))
    coded("", language.ngram(TEXT, 2))


def test_an_interval_about_the_middle_owes_its_bits():
    """Probabilities that keep the interval astride of 1/2 for long."""
    p = np.zeros(96)
    p[:3] = 0.499999, 2e-6, 0.499999
    coded(language.ALPHABET[1] * 40, lambda context: p)
