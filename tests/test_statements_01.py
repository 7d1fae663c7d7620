"""Statements of chapter 01 that are easily got wrong, computed another way."""

import bz2
import json
import re
from collections import Counter
from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import mutual_info_score

from ce_course import data
from ce_course.information import huffman_code
from ce_course.widgets.quiz import question

pytestmark = pytest.mark.trains

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "01_information_theory.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
PROSE = "\n\n".join("".join(c["source"]) for c in CELLS if c["cell_type"] == "markdown")
PRINTED = "\n".join(
    "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))
    for cell in CELLS
    for output in cell.get("outputs", [])
)
SPEECH = data.only_letters(data.speech("roosevelt_1941"))
OTHERS = [
    data.only_letters(data.speech(name))
    for name in data.SPEECHES
    if name not in ("roosevelt_1941", "lincoln_1862")
]


def bits(counts):
    return scipy.stats.entropy(list(counts.values()), base=2)


# ------------------------------------------------------------------ codes and the entropy


def test_codes_for_more_than_one_letter_go_below_the_entropy_of_a_letter():
    letter = bits(Counter(SPEECH))
    pairs = Counter(SPEECH[i : i + 2] for i in range(0, len(SPEECH) - 1, 2))
    words = huffman_code(pairs)
    on_pairs = sum(n * len(words[pair]) for pair, n in pairs.items()) / (2 * pairs.total())
    packed = 8 * len(bz2.compress(SPEECH.encode())) / len(SPEECH)
    assert on_pairs < letter - 0.3 and packed < letter - 0.8
    for number in (letter, on_pairs, packed):
        assert f"{number:.3f}" in PRINTED


def test_no_words_for_single_letters_or_pairs_cost_less_than_what_they_stand_for():
    for size in (1, 2, 3):
        blocks = Counter(SPEECH[i : i + size] for i in range(0, len(SPEECH) - size + 1, size))
        words = huffman_code(blocks)
        length = sum(n * len(words[block]) for block, n in blocks.items()) / blocks.total()
        assert bits(blocks) <= length < bits(blocks) + 1


def test_what_bz2_packs_comes_back_whole():
    assert bz2.decompress(bz2.compress(SPEECH.encode())).decode() == SPEECH


def test_most_letters_of_the_speech_are_less_than_twice_as_frequent_as_in_french_or_half():
    ratio = data.frequencies(data.count_letters(SPEECH)) / data.frequencies(
        data.letter_counts("french")
    )
    assert (np.abs(np.log2(ratio)) < 1).sum() > 26 / 2 + 3
    words = huffman_code(data.count_letters(SPEECH))
    single = sum(len(words[letter]) for letter in SPEECH) / len(SPEECH)
    replies = " ".join(option.reply for option in question("packed_speech").options)
    assert f"told with {single:.2f} bits" in replies


def test_without_neighbours_bz2_needs_more_than_the_entropy():
    letter = bits(Counter(SPEECH))
    for seed in range(10):
        shuffled = "".join(np.random.default_rng(seed).permutation(list(SPEECH)))
        assert 8 * len(bz2.compress(shuffled.encode())) / len(SPEECH) > letter + 0.3


def test_entropies_of_a_letter_and_the_next():
    first, second = SPEECH[:-1], SPEECH[1:]
    pair = bits(Counter(zip(first, second, strict=True)))
    left = pair - bits(Counter(first))
    saved = mutual_info_score(list(first), list(second)) / np.log(2)
    assert bits(Counter(second)) - left == pytest.approx(saved, abs=1e-12)
    for number in (pair, left, saved):
        assert f"{number:.3f}" in PRINTED
    assert f"saves {saved:.3f} bit of the next, and leaves {left:.3f}" in PROSE
    after = {
        x: bits(Counter(b for a, b in zip(first, second, strict=True) if a == x)) for x in "qhe"
    }
    assert after["q"] == 0
    assert f"after h {after['h']:.3f} bits" in PROSE
    assert after["e"] > 0.99 * bits(Counter(second))


def test_counting_in_the_text_itself_finds_savings_where_there_are_none():
    shuffled = np.random.default_rng(0).permutation(list(SPEECH))
    found = mutual_info_score(shuffled[:-1], shuffled[1:]) / np.log(2)
    # Miller and Madow's correction: (number of pairs - 2 * letters + 1) / (2 n), for all 676 pairs
    assert found == pytest.approx(25 * 25 / (2 * len(SPEECH) * np.log(2)), rel=0.15)
    assert f"the table says {found:.3f}" in PROSE


def price(known, counted_in, extra=1.0):
    """Bits a letter of the speech, after `known` letters, with tables in place of counters."""
    codes = [np.array([ord(letter) - 97 for letter in text]) for text in [*counted_in, SPEECH]]
    grams = [
        sum(c[i : len(c) - known + i].astype(int) * 26 ** (known - i) for i in range(known + 1))
        for c in codes
    ]
    counts = np.full(26 ** (known + 1), extra)
    for gram in grams[:-1]:
        np.add.at(counts, gram, 1)
    table = counts.reshape(-1, 26)
    q = (table / table.sum(axis=1, keepdims=True)).ravel()
    return -np.log2(q[grams[-1]]).mean()


def test_more_text_or_a_finer_rule_than_laplace_s_lowers_the_price():
    laplace = price(3, OTHERS)
    assert price(3, [*OTHERS, data.only_letters(data.speech("lincoln_1862"))]) < laplace - 0.05
    for extra in (0.3, 0.1, 0.03):
        assert price(3, OTHERS, extra) < laplace - 0.1
        assert price(4, OTHERS, extra) > price(3, OTHERS, extra) + 0.05  # the text is too short


def test_codes_with_memory():
    costs = [price(known, OTHERS) for known in range(5)]
    assert costs[0] > costs[1] > costs[2] > costs[3] + 0.05
    assert costs[4] > costs[3] + 0.2
    assert re.sub(r"\s+", " ", str(np.round(costs, 3))) in PRINTED
    packed = 8 * len(bz2.compress(SPEECH.encode())) / len(SPEECH)
    assert costs[3] < packed - 0.1
    assert f"needs {costs[3]:.3f} bits, less than `bz2`" in PROSE


def test_perplexity_is_the_number_of_equally_likely_symbols():
    for symbols in (2, 17, 26):
        assert np.exp(scipy.stats.entropy(np.full(symbols, 1 / symbols))) == pytest.approx(symbols)
    assert f"with its own {2 ** bits(Counter(SPEECH)):.2f}" in PRINTED
    assert PROSE.count("**perplexity**") == 1


# ------------------------------------------------------------------ the floor of a loss


def test_the_training_loss_can_reach_0_and_the_fresh_loss_cannot():
    left = np.mean([scipy.stats.entropy([0.2, 0.8]), scipy.stats.entropy([0.9, 0.1])])
    assert f"H(Y | X) = {left:.3f} nats" in PRINTED
    # The nearest example's label is right with chance 0.2² + 0.8² or 0.9² + 0.1².
    right = np.mean([0.2**2 + 0.8**2, 0.9**2 + 0.1**2])
    for sure in (0.9, 0.99, 0.999, 1 - 1e-9):
        learned, fresh = -np.log(sure), -right * np.log(sure) - (1 - right) * np.log(1 - sure)
        assert fresh > left + 0.1
    assert learned < 1e-8
    assert -right * np.log(0.999) - (1 - right) * np.log(0.001) == pytest.approx(1.73, abs=0.02)


# ------------------------------------------------------------------ short texts and chance


def test_french_is_cheaper_for_many_short_pieces_and_for_no_long_one():
    more = np.log2(data.frequencies(data.letter_counts("english"))) - np.log2(
        data.frequencies(data.letter_counts("french"))
    )
    extra = [np.array([more[ord(letter) - 97] for letter in text]) for text in [*OTHERS, SPEECH]]
    share = {}
    for size in (5, 500):
        pieces = [e[: len(e) // size * size].reshape(-1, size).sum(axis=1) for e in extra]
        share[size] = (np.concatenate(pieces) < 0).mean()
        assert re.search(rf" {size} letters: .* {share[size]:.1%};", PRINTED)
    assert share[500] == 0 and np.min(np.concatenate(pieces)) > 0.01 * 500
    assert f"French is the cheaper code for {100 * share[5]:.0f} % of them" in PROSE
    replies = " ".join(option.reply for option in question("french_code").options)
    assert f"{100 * share[5]:.0f} % of such pieces" in replies


# ------------------------------------------------------------------ rounding


def test_the_nearest_float32_to_sigmoid_17_is_below_1():
    with mpmath.workdps(40):
        exact = 1 / (1 + mpmath.exp(-17))
        below = np.nextafter(np.float32(1), np.float32(0))
        assert abs(exact - mpmath.mpf(float(below))) < abs(1 - exact)
    assert np.float32(1) + np.exp(np.float32(-17)) == np.float32(1)
    assert f"the nearest number that float32 has is {below!s}" in PROSE


# ------------------------------------------------------------------ is it true?


def test_less_cross_entropy_need_not_be_nearer():
    p, near, far = np.array([[0.6, 0.3, 0.1], [0.6, 0.39, 0.01], [0.45, 0.35, 0.2]])
    assert -(p * np.log(far)).sum() < -(p * np.log(near)).sum() - 0.05
    assert np.abs(p - far).sum() > np.abs(p - near).sum() + 0.1


def test_quotations_hold_no_words_of_ours():
    for cell in CELLS:
        for quote in re.findall(r'verdict\(\s*"([^"]*)"', "".join(cell["source"])):
            assert "[" not in quote, quote


def test_the_letters_are_mapped_once():
    assert PROSE.count("**Mind the letters.**") == 1
