"""Right answers of chapter 01 in other styles: all of them must pass."""

import heapq
import math
from collections import Counter
from fractions import Fraction
from statistics import fmean

import numpy as np
import scipy.special
import scipy.stats
import torch

from ce_course import data


def surprisal_with_loops(p, base):
    def one(x):
        if isinstance(x, list):
            return [one(part) for part in x]
        return math.inf if x == 0 else math.log(1 / x, base)

    return one(np.asarray(p).tolist())


def surprisal_in_torch(p, base):
    return -torch.log(torch.as_tensor(p)) / math.log(base)


def surprisal_in_float32(p, base):
    with np.errstate(divide="ignore"):
        return -np.log(np.asarray(p, np.float32)) / np.float32(math.log(base))


def entropy_with_a_loop(p, base):
    return sum(x * math.log(1 / x, base) for x in p if x > 0)


def entropy_in_scipy(p, base):
    return scipy.special.entr(p).sum() / np.log(base)


def entropy_in_float32(p, base):
    p = np.asarray(p, np.float32)
    p = p[p > 0]
    return -np.sum(p * np.log(p)) / np.float32(math.log(base))


def entropy_as_a_dot_product(p, base):
    logs = np.log(p, where=p > 0, out=np.zeros_like(p))
    return np.array(-p @ logs / np.log(base))


def cross_entropy_with_a_loop(p, q, base):
    total = 0.0
    for happens, expected in zip(p.tolist(), q.tolist(), strict=True):
        if happens and not expected:
            return math.inf
        if happens:
            total -= happens * math.log(expected, base)
    return total


def cross_entropy_in_scipy(p, q, base):
    return -scipy.special.xlogy(p, q).sum() / math.log(base)


def cross_entropy_in_torch(p, q, base):
    return -torch.xlogy(torch.as_tensor(p), torch.as_tensor(q)).sum() / math.log(base)


def cross_entropy_from_kl(p, q, base):
    return scipy.stats.entropy(p, base=base) + scipy.stats.entropy(p, q, base=base)


def kl_in_scipy(p, q, base):
    return scipy.stats.entropy(p, q, base=base)


def kl_as_a_difference(p, q, base):
    cost = scipy.special.xlogy(p, q).sum()
    return (scipy.special.xlogy(p, p).sum() - cost) / math.log(base)


def kl_in_float32(p, q, base):
    p, q = np.asarray(p, np.float32), np.asarray(q, np.float32)
    return scipy.special.rel_entr(p, q).sum() / np.float32(math.log(base))


def huffman_with_a_heap_of_dicts(frequencies):
    heap = [(value, i, {symbol: ""}) for i, (symbol, value) in enumerate(frequencies.items())]
    if len(heap) == 1:
        return dict.fromkeys(frequencies, "1")
    heapq.heapify(heap)
    count = len(heap)
    while len(heap) > 1:
        (a, _, left), (b, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        merged = {s: "1" + w for s, w in left.items()} | {s: "0" + w for s, w in right.items()}
        heapq.heappush(heap, (a + b, count, merged))
        count += 1
    return heap[0][2]


def huffman_as_a_tree(frequencies):
    """Nested pairs, ties broken the other way round, read from the root."""
    groups = [(float(value), symbol) for symbol, value in reversed(frequencies.items())]
    while len(groups) > 1:
        groups.sort(key=lambda group: -group[0])
        second, first = groups.pop(), groups.pop()
        groups.insert(0, (first[0] + second[0], (first, second)))
    code = {}

    def read(node, word):
        if isinstance(node[1], tuple):
            for bit, child in zip("01", node[1], strict=True):
                read(child, word + bit)
        else:
            code[node[1]] = word or "0"

    read(groups[0], "")
    return code


def huffman_by_lengths(frequencies):
    """Lengths first, then words in canonical order."""
    lengths = dict.fromkeys(frequencies, 0 if len(frequencies) > 1 else 1)
    groups = [(Fraction(value), [symbol]) for symbol, value in frequencies.items()]
    while len(groups) > 1:
        groups.sort(key=lambda group: group[0])
        (a, left), (b, right), *rest = groups
        for symbol in left + right:
            lengths[symbol] += 1
        groups = [*rest, (a + b, left + right)]
    code, at, last = {}, 0, 0
    for symbol in sorted(lengths, key=lengths.get):
        at <<= lengths[symbol] - last
        last = lengths[symbol]
        code[symbol] = format(at, f"0{last}b")
        at += 1
    return code


def length_with_a_loop(code, p):
    total = 0
    for symbol, probability in p.items():
        total = total + probability * len(code[symbol])
    return total


def length_as_a_dot_product(code, p):
    return np.dot([len(code[symbol]) for symbol in p], list(p.values()))


def length_in_torch(code, p):
    lengths = torch.tensor([len(code[symbol]) for symbol in p], dtype=torch.float64)
    return (lengths * torch.tensor(list(p.values()), dtype=torch.float64)).sum()


def waste_letter_by_letter():
    letters = data.only_letters(data.speech("lincoln_1862"))
    french, own = data.letter_counts("french"), Counter(letters)
    total = sum(french.values())
    cost = fmean(math.log2(total / french[letter]) for letter in letters)
    return cost - fmean(math.log2(len(letters) / own[letter]) for letter in letters)


def waste_in_scipy():
    sent = list(data.count_letters(data.speech("lincoln_1862")).values())
    return scipy.stats.entropy(sent, list(data.letter_counts("french").values()), base=2)


ALTERNATIVES = {
    "surprisal": [surprisal_with_loops, surprisal_in_torch, surprisal_in_float32],
    "entropy": [
        entropy_with_a_loop,
        entropy_in_scipy,
        entropy_in_float32,
        entropy_as_a_dot_product,
    ],
    "cross_entropy": [
        cross_entropy_with_a_loop,
        cross_entropy_in_scipy,
        cross_entropy_in_torch,
        cross_entropy_from_kl,
    ],
    "kl_divergence": [kl_in_scipy, kl_as_a_difference, kl_in_float32],
    "huffman_code": [huffman_with_a_heap_of_dicts, huffman_as_a_tree, huffman_by_lengths],
    "expected_code_length": [length_with_a_loop, length_as_a_dot_product, length_in_torch],
    "wasted_bits": [waste_letter_by_letter(), round(waste_in_scipy(), 4)],
}
