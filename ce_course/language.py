"""Language models small enough to be read: n-grams, a network, and the code that they make.

A *predictor* is any function from a context (the text so far) to the probabilities of the next
character, shape (V,), in the order of `ALPHABET`. Everything here takes one or gives one.
What cannot be is refused with what was expected and what came: `ValueError`, and `TypeError` for
what is no text, no function or no model.

Sources:
[WB]  I. H. Witten and T. C. Bell, "The zero-frequency problem: estimating the probabilities of
      novel events in adaptive text compression", IEEE Transactions on Information Theory 37(4),
      1991: method C.
[CG]  S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language modeling",
      Computer Speech and Language 13, 1999: section 2.5, the interpolated form.
[WNC] I. H. Witten, R. M. Neal and J. G. Cleary, "Arithmetic coding for data compression",
      Communications of the ACM 30(6), 1987.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ce_course import data, losses
from ce_course.support.validation import (
    as_count,
    as_distribution,
    as_floats,
    as_function,
    as_labels,
    as_number,
    reject,
    shown,
)

# What the models can say: a line's end and the 95 characters that a typewriter of 1967 had (ASCII).
# It was fixed before any text was seen, so no model is told which of them a text needs.
ALPHABET = "\n" + "".join(map(chr, range(32, 127)))
CODES = {character: code for code, character in enumerate(ALPHABET)}
TRAINING, VALIDATION, TEST = data.SPEECHES[:5], data.SPEECHES[5], data.SPEECHES[6]
LONGEST = 100_000  # characters that are drawn or decoded at one time
Predictor: TypeAlias = Callable[[str], NDArray]

# ------------------------------------------------------------------ measuring


@np.errstate(all="ignore")
def perplexity(nll: ArrayLike) -> float:
    """exp of the mean of `nll`: surprisals in nats, one for each token, any shape.

    As many equally likely tokens would be as surprising. inf if a token was impossible.
    Raises `ValueError` for negative surprisals, NaN, or none at all.
    """
    return float(np.exp(_surprisals(nll).mean()))


@np.errstate(all="ignore")
def bits_per_character(nll: ArrayLike, characters: int | None = None) -> float:
    """The sum of `nll`, surprisals in nats, in bits and divided by the number of characters.

    characters: how many the tokens spell; None if each token is one. Errors as in `perplexity`.
    """
    given = _surprisals(nll)
    if characters is None:
        return float(given.mean() / math.log(2))
    return float(given.sum() / math.log(2) / as_count(characters, "characters", "a count", 1))


def _surprisals(nll: ArrayLike) -> NDArray:
    given = as_floats(nll, "nll")
    if given.size == 0:
        raise ValueError("nll: expected at least one token, got none")
    reject(given < 0, "nll: expected surprisals of 0 or more", given)
    return given


# ------------------------------------------------------------------ texts


@cache
def texts() -> tuple[str, str, str]:
    """Speeches to train on (1790 to 1941), to choose settings with (1961) and to test on (1986).

    In the characters of `ALPHABET`: a dash becomes two hyphens.
    """
    spelled = {name: data.speech(name).replace("\N{EM DASH}", "--") for name in data.SPEECHES}
    return "\n\n".join(spelled[name] for name in TRAINING), spelled[VALIDATION], spelled[TEST]


def surprisals(predict: Predictor, text: str, before: str = "") -> NDArray:
    """-ln p of each character of a text, shape (len(text),), each given all that stands before.

    before: what stands before the text. Raises `ValueError` for characters not in `ALPHABET`.
    """
    codes, whole = encoded(text), _text(before, "before") + text
    p = [_said(predict, whole[: len(before) + i])[code] for i, code in enumerate(codes)]
    with np.errstate(divide="ignore"):
        return -np.log(p)


def encoded(text: str) -> NDArray:
    """The index of each character of a text in `ALPHABET`, shape (len(text),)."""
    return _codes_of(text, "text")


def _codes_of(text: str, name: str) -> NDArray:
    if unknown := sorted(set(_text(text, name)) - CODES.keys()):
        raise ValueError(f"{name}: expected characters of ASCII, got {unknown[0]!r}")
    return np.array([CODES[character] for character in text], dtype=np.intp)


def _text(text: str, name: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{name}: expected a text, got {shown(text)}")
    return text


def _said(predict: Predictor, context: str) -> NDArray:
    """What a predictor says after a context: the probabilities of all characters."""
    p = as_distribution(as_function(predict, "predict")(context), "predict")
    if p.shape != (len(ALPHABET),):
        raise ValueError(f"predict: expected shape ({len(ALPHABET)},), got shape {p.shape}")
    return p


def sample(predict: Predictor, length: int, rng: np.random.Generator, before: str = "") -> str:
    """A text of so many characters, each drawn from what the model says after all before it."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected a numpy.random.Generator, got {shown(rng)}")
    text = _text(before, "before")
    for _ in range(_length(length)):
        place = np.searchsorted(np.cumsum(_said(predict, text)), rng.random())
        text += ALPHABET[min(place, len(ALPHABET) - 1)]
    return text[len(before) :]


def _length(length: int) -> int:
    return as_count(length, "length", "a whole number from 0 on", 0, LONGEST)


def tempered(predict: Predictor, temperature: float) -> Predictor:
    """The same model with its log-probabilities divided by a temperature, and normalised."""
    as_function(predict, "predict")
    T = as_number(temperature, "temperature", "a positive number", lambda T: 0 < T < math.inf)

    def softer(context: str) -> NDArray:
        with np.errstate(divide="ignore", over="ignore"):
            return losses.softmax(np.log(_said(predict, context)) / T)

    return softer


# ------------------------------------------------------------------ counting


def bigram_model(text: str) -> NDArray:
    """P(next character | character), each pair counted once too often: shape (V, V).

    V different characters in the text, sorted; row i is what follows the i-th. P[i, j] =
    (n_ij + 1) / (n_i + V), where n_ij counts the pair and n_i its row. Raises `ValueError` for a
    text without a pair.
    """
    if len(_text(text, "text")) < 2:
        raise ValueError(f"text: expected two characters or more, got {text!r}")
    symbols, codes = np.unique(list(text), return_inverse=True)
    counts = np.ones((len(symbols), len(symbols)))
    np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return counts / counts.sum(axis=1, keepdims=True)


class NGram(NamedTuple):
    """What followed each context of up to order - 1 characters.

    counts: from a context to how often each character followed it, shape (V,).
    sums: from a context to how many characters followed it, and how many different ones.
    """

    order: int
    counts: dict[str, NDArray]
    sums: dict[str, list[int]]


def fit_ngram(text: str, order: int) -> NGram:
    """Count what follows each context of 0 to order - 1 characters. Order 0 counts nothing."""
    model = NGram(as_count(order, "order", "a whole number from 0 to 12", 0, 12), {}, {})
    for i, code in enumerate(encoded(text).tolist()):
        _count(model, text[max(0, i - model.order + 1) : i], code)
    return model


def _count(model: NGram, context: str, code: int) -> None:
    """Count a character after each ending of a context, in place."""
    for start in range(max(0, len(context) - model.order + 1), len(context) + bool(model.order)):
        ending = context[start:]
        if ending not in model.counts:
            model.counts[ending] = np.zeros(len(ALPHABET), dtype=np.int32)
            model.sums[ending] = [0, 0]
        sums = model.sums[ending]
        sums[0] += 1
        sums[1] += int(model.counts[ending][code] == 0)
        model.counts[ending][code] += 1


def _counted(model: NGram) -> NGram:
    if not isinstance(model, NGram):
        raise TypeError(f"model: expected what fit_ngram returns, got {shown(model)}")
    return model


def ngram_probabilities(model: NGram, context: str, code: int | None = None) -> NDArray:
    """Witten and Bell's mixture of all orders: what comes next, shape (V,) [WB, CG].

    p(c | h) = (n(hc) + t(h) p(c | h')) / (n(h) + t(h)). h' is h without its first character, n
    counts occurrences, t(h) how many different characters were seen after h: that many times
    something new came up there, so that much is left to the shorter context. Below order 1 stands
    the uniform distribution. With a `code`, the probability of that character alone.
    """
    _counted(model), _text(context, "context")
    if code is not None:
        code = int(as_labels(code, len(ALPHABET), (), "code"))
    return _mixed(model, context, code)


def _mixed(model: NGram, context: str, code: int | None = None) -> NDArray:
    p = np.full(len(ALPHABET), 1 / len(ALPHABET)) if code is None else 1 / len(ALPHABET)
    for length in range(min(model.order, len(context) + 1)):
        ending = context[len(context) - length :]
        if ending not in model.counts:
            break  # then no longer one was seen either
        seen, (total, new) = model.counts[ending], model.sums[ending]
        p = ((seen if code is None else float(seen[code])) + new * p) / (total + new)
    return p


def ngram_surprisals(model: NGram, text: str, learning: bool = False) -> NDArray:
    """-ln p of each character of a text, shape (len(text),), each given those before it.

    learning: whether the model, in place, goes on counting: each character after it was predicted.
    """
    codes, order = encoded(text).tolist(), _counted(model).order
    if not isinstance(learning, bool | np.bool_):
        raise TypeError(f"learning: expected True or False, got {shown(learning)}")
    nll = np.empty(len(codes))
    for i, code in enumerate(codes):
        context = text[max(0, i - order + 1) : i]
        nll[i] = -math.log(_mixed(model, context, code))
        if learning:
            _count(model, context, code)
    return nll


def ngram(text: str, order: int) -> Predictor:
    """The predictor of an n-gram model fitted to a text."""
    model = fit_ngram(text, order)
    return lambda context: ngram_probabilities(model, context)


# ------------------------------------------------------------------ a network


class Network(NamedTuple):
    """A multilayer perceptron over the last C characters: each has a vector of E numbers.

    vectors: (V, E). weights, biases: of each layer, (inputs, outputs) and (outputs,). Between
    layers stands ReLU; the first has C * E inputs, the last V outputs.
    """

    vectors: NDArray
    weights: Sequence[NDArray]
    biases: Sequence[NDArray]

    @property
    def context(self) -> int:
        """How many characters it looks back."""
        return len(self.weights[0]) // self.vectors.shape[1]


def network_logits(network: Network, context: str) -> NDArray:
    """The logits of the next character, shape (V,). A short context is filled with line ends."""
    size = _layers(network).context
    last = _text(context, "context")[max(0, len(context) - size) :]
    codes = _codes_of(last.rjust(size, "\n"), "context")
    h = network.vectors[codes].ravel()
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        h = np.maximum(h @ weight + bias, 0)
    return h @ network.weights[-1] + network.biases[-1]


def _layers(network: Network) -> Network:
    if not isinstance(network, Network):
        raise TypeError(f"network: expected a Network, got {shown(network)}")
    return network


@cache
def stored_network() -> Network:
    """The network that comes with the course: seed 0 of the experiment `language_network`."""
    with np.load(data.RESOURCES / "language_network.npz") as stored:
        vectors, *rest = (stored[name].astype(np.float64) for name in stored.files)
    return Network(vectors, rest[0::2], rest[1::2])


def network_predictor(network: Network) -> Predictor:
    """The predictor of a network."""
    _layers(network)
    return lambda context: losses.softmax(network_logits(network, context))


# ------------------------------------------------------------------ coding

BITS, SHARE = 64, 48  # of the interval's ends; a model's probabilities are rounded to 2^-48
WHOLE, HALF, QUARTER = 1 << BITS, 1 << (BITS - 1), 1 << (BITS - 2)


def _edges(p: NDArray) -> list[int]:
    """Where each character's part of [0, 2^48] begins, and its end; no part is empty."""
    parts = np.maximum((p * (2**SHARE - 2 * len(p))).astype(np.int64), 1)
    parts[p.argmax()] += 2**SHARE - parts.sum()
    return [0, *np.cumsum(parts).tolist()]


def arithmetic_encode(text: str, predict: Predictor) -> str:
    """The text as zeros and ones: two more than its surprisal in bits, at most [WNC].

    The interval [low, high) begins as [0, 1). Each character keeps its part of it, as wide as its
    probability. A bit is written once both ends agree on it; where they straddle the middle, it is
    owed until they do.
    """
    low, high, owed, bits = 0, WHOLE, 0, []
    for i, code in enumerate(encoded(text).tolist()):
        edges, width = _edges(_said(predict, text[:i])), high - low
        low, high = low + (width * edges[code] >> SHARE), low + (width * edges[code + 1] >> SHARE)
        while True:
            if high <= HALF or low >= HALF:
                bit = int(low >= HALF)
                bits.append(str(bit) + str(1 - bit) * owed)
                owed, shift = 0, bit * HALF
            elif low >= QUARTER and high <= HALF + QUARTER:
                owed, shift = owed + 1, QUARTER
            else:
                break
            low, high = 2 * (low - shift), 2 * (high - shift)
    return "".join(bits) + ("0" + "1" * (owed + 1) if low < QUARTER else "1" + "0" * (owed + 1))


def arithmetic_decode(bits: str, predict: Predictor, length: int) -> str:
    """The text of so many characters that `arithmetic_encode` made these bits of."""
    if set(_text(bits, "bits")) - {"0", "1"}:
        raise ValueError(f"bits: expected a text of zeros and ones, got {shown(bits)}")
    low, high, text = 0, WHOLE, ""
    value, at = int(bits[:BITS].ljust(BITS, "0"), 2), BITS
    for _ in range(_length(length)):
        edges, width = _edges(_said(predict, text)), high - low
        ends = [low + (width * edge >> SHARE) for edge in edges]
        code = bisect.bisect_right(ends, value) - 1
        text += ALPHABET[code]
        low, high = ends[code], ends[code + 1]
        while True:
            if high <= HALF or low >= HALF:
                shift = int(low >= HALF) * HALF
            elif low >= QUARTER and high <= HALF + QUARTER:
                shift = QUARTER
            else:
                break
            low, high = 2 * (low - shift), 2 * (high - shift)
            value = 2 * (value - shift) + int(bits[at : at + 1] or "0")
            at += 1
    return text
