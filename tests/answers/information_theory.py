import heapq
import math
from collections import Counter

import numpy as np

from ce_course import data

# %% right surprisal
def surprisal(p, base):
    return -np.emath.logn(base, p)

# %% right surprisal
def surprisal(p, base):
    out = np.empty(np.shape(p), dtype=float)
    for i in np.ndindex(out.shape):
        out[i] = -math.log(p[i], base) if p[i] > 0 else math.inf
    return out

# %% right surprisal
def surprisal(p, base):
    with np.errstate(all="ignore"):
        return np.log(1 / p) / np.log(base)

# %% right surprisal
def surprisal(p, base):
    if np.ndim(p):
        return [surprisal(v, base) for v in p]
    return float("inf") if p == 0 else math.log2(1 / p) / math.log2(base)

# %% right surprisal
surprisal = lambda p, base: (-np.log2(p) / np.log2(base)).astype(np.float32)

# %% wrong surprisal: the base is ignored: nats
def surprisal(p, base):
    return -np.log(p)

# %% wrong surprisal: the base is ignored: bits
def surprisal(p, base):
    return np.log2(1 / p)

# %% wrong surprisal: the sign is missing
def surprisal(p, base):
    return np.log(p) / np.log(base)

# %% wrong surprisal: the base is ignored: base 10
def surprisal(p, base):
    return -np.log10(p)

# %% wrong surprisal: a small number added inside the logarithm
def surprisal(p, base):
    return -np.log(p + 1e-10) / np.log(base)

# %% wrong surprisal: capped at a small number
def surprisal(p, base):
    return -np.log(np.clip(p, 1e-15, None)) / np.log(base)

# %% wrong surprisal: the impossible counts 0
def surprisal(p, base):
    out = np.zeros(p.shape)
    out[p > 0] = -np.log(p[p > 0]) / np.log(base)
    return out

# %% wrong surprisal: weighted by p
def surprisal(p, base):
    return -p * np.log(p) / np.log(base)

# %% wrong surprisal: the sum of the right answers
def surprisal(p, base):
    return (-np.log(p) / np.log(base)).sum()

# %% wrong surprisal: the fraction is upside down
def surprisal(p, base):
    return -np.log(base) / np.log(p)

# %% wrong surprisal: not finite at extreme inputs
def surprisal(p, base):
    out = np.zeros_like(p)
    for i, v in np.ndenumerate(p):
        out[i] = -math.log(v, base)
    return out

# %% lives surprisal: np.errstate(divide='ignore') -> np.errstate()
# It silences a warning; the numbers are the same.

# %% right entropy
def entropy(p, base):
    return sum(-v * math.log(v) for v in p if v > 0) / math.log(base)

# %% right entropy
def entropy(p, base):
    with np.errstate(all="ignore"):
        return -np.nansum(p * np.log(p)) / np.log(base)

# %% right entropy
def entropy(p, base):
    safe = np.where(p > 0, p, 1.0)
    return -np.dot(p, np.log(safe)) / np.log(base)

# %% right entropy
def entropy(p, base):
    q = np.float32(p[p > 0])
    return -np.sum(q * np.log(q)) / np.float32(np.log(base))

# %% right entropy
def entropy(p, base):
    if len(p) == 0:
        return 0.0
    first = 0.0 if p[0] == 0 else -p[0] * math.log(p[0], base)
    return first + entropy(p[1:], base)

# %% wrong entropy: 0 log 0 gives nan
def entropy(p, base):
    return -np.sum(p * np.log(p)) / np.log(base)

# %% wrong entropy: the base is ignored: nats
def entropy(p, base):
    p = p[p > 0]
    return -np.sum(p * np.log(p))

# %% wrong entropy: the base is ignored: bits
def entropy(p, base):
    p = p[p > 0]
    return -np.sum(p * np.log2(p))

# %% wrong entropy: a small number added inside the logarithm
def entropy(p, base):
    return -np.sum(p * np.log(p + 1e-9)) / np.log(base)

# %% wrong entropy: capped at a small number
def entropy(p, base):
    p = np.clip(p, 1e-12, 1)
    return -np.sum(p * np.log(p)) / np.log(base)

# %% wrong entropy: surprisals averaged without weights
def entropy(p, base):
    p = p[p > 0]
    return np.mean(-np.log(p) / np.log(base))

# %% wrong entropy: the sign is missing
def entropy(p, base):
    p = p[p > 0]
    return np.sum(p * np.log(p)) / np.log(base)

# %% wrong entropy: mean instead of sum
def entropy(p, base):
    p = p[p > 0]
    return -np.mean(p * np.log(p)) / np.log(base)

# %% wrong entropy: the largest possible
def entropy(p, base):
    return np.log(np.count_nonzero(p)) / np.log(base)

# %% wrong entropy: surprisals added up without weights
def entropy(p, base):
    p = p[p > 0]
    return -np.sum(np.log(p)) / np.log(base)

# %% wrong entropy: a small number added inside the logarithm
def entropy(p, base):
    return -np.sum(p * np.log(p + 1e-15)) / np.log(base)

# %% right cross_entropy
def cross_entropy(p, q, base):
    total = 0.0
    for a, b in zip(p, q):
        if a > 0:
            total += a * (math.inf if b == 0 else -math.log(b, base))
    return total

# %% right cross_entropy
def cross_entropy(p, q, base):
    with np.errstate(all="ignore"):
        terms = -p * np.log(q) / np.log(base)
    return np.where(p == 0, 0.0, terms).sum()

# %% right cross_entropy
def cross_entropy(p, q, base):
    mask = p != 0
    with np.errstate(all="ignore"):
        return float(p[mask] @ -np.log2(q[mask])) / math.log2(base)

# %% right cross_entropy
def cross_entropy(p, q, base):
    p, q = np.float32(p), np.float32(q)
    with np.errstate(all="ignore"):
        return np.nansum(np.where(p > 0, -p * np.log(q), 0)) / np.float32(np.log(base))

# %% wrong cross_entropy: zeros give nan
def cross_entropy(p, q, base):
    return -np.sum(p * np.log(q)) / np.log(base)

# %% right cross_entropy
def cross_entropy(p, q, base):
    return np.nansum(-p * np.log(q)) / np.log(base)

# %% wrong cross_entropy: outcomes with q = 0 left out
def cross_entropy(p, q, base):
    m = q > 0
    return -np.sum(p[m] * np.log(q[m])) / np.log(base)

# %% wrong cross_entropy: p and q swapped
def cross_entropy(p, q, base):
    m = p > 0
    return -np.sum(q[m] * np.log(p[m])) / np.log(base)

# %% wrong cross_entropy: a small number added inside the logarithm
def cross_entropy(p, q, base):
    return -np.sum(p * np.log(q + 1e-8)) / np.log(base)

# %% wrong cross_entropy: capped at a small number
def cross_entropy(p, q, base):
    return -np.sum(p * np.log(np.maximum(q, 1e-10))) / np.log(base)

# %% wrong cross_entropy: the base is ignored: bits
def cross_entropy(p, q, base):
    m = p > 0
    return -np.sum(p[m] * np.log2(q[m]))

# %% wrong cross_entropy: the excess instead of the total
def cross_entropy(p, q, base):
    m = p > 0
    return np.sum(p[m] * np.log(p[m] / q[m])) / np.log(base)

# %% wrong cross_entropy: the sign is missing
def cross_entropy(p, q, base):
    m = p > 0
    return np.sum(p[m] * np.log(q[m])) / np.log(base)

# %% wrong cross_entropy: outcomes with q = 0 left out
def cross_entropy(p, q, base):
    m = p > 1e-9
    return -np.sum(p[m] * np.log(q[m])) / np.log(base)

# %% wrong cross_entropy: mean instead of sum
def cross_entropy(p, q, base):
    m = p > 0
    return -np.mean(p[m] * np.log(q[m])) / np.log(base)

# %% wrong cross_entropy: a small number added inside the logarithm
def cross_entropy(p, q, base):
    out = np.zeros_like(p)
    m = p > 0
    out[m] = -p[m] * np.log(np.maximum(q[m], 1e-300)) / np.log(base)
    return out.sum()

# %% lives cross_entropy: np.errstate(divide='ignore') -> np.errstate()
# It silences a warning; the numbers are the same.

# %% right kl_divergence
def kl_divergence(p, q, base):
    total = 0.0
    for a, b in zip(p, q):
        if a > 0:
            total += math.inf if b == 0 else a * (math.log(a) - math.log(b))
    return total / math.log(base)

# %% right kl_divergence
def kl_divergence(p, q, base):
    m = p > 0
    with np.errstate(all="ignore"):
        return np.sum(p[m] * (np.log(p[m]) - np.log(q[m]))) / np.log(base)

# %% right kl_divergence
def kl_divergence(p, q, base):
    def h(a, b):
        with np.errstate(all="ignore"):
            return np.where(a > 0, -a * np.log(b), 0.0).sum() / np.log(base)
    return h(p, q) - h(p, p)

# %% right kl_divergence
def kl_divergence(p, q, base):
    with np.errstate(all="ignore"):
        return np.where(p > 0, p * np.log2(p / q), 0).sum() / np.log2(base)

# %% wrong kl_divergence: zeros give nan
def kl_divergence(p, q, base):
    return np.sum(p * np.log(p / q)) / np.log(base)

# %% wrong kl_divergence: the other direction
def kl_divergence(p, q, base):
    m = q > 0
    return np.sum(q[m] * np.log(q[m] / p[m])) / np.log(base)

# %% wrong kl_divergence: the base is ignored: nats
def kl_divergence(p, q, base):
    m = p > 0
    return np.sum(p[m] * np.log(p[m] / q[m]))

# %% wrong kl_divergence: the base is ignored: bits
def kl_divergence(p, q, base):
    m = p > 0
    return np.sum(p[m] * np.log2(p[m] / q[m]))

# %% wrong kl_divergence: the total instead of the excess
def kl_divergence(p, q, base):
    m = p > 0
    return -np.sum(p[m] * np.log(q[m])) / np.log(base)

# %% wrong kl_divergence: outcomes with q = 0 left out
def kl_divergence(p, q, base):
    m = (p > 0) & (q > 0)
    return np.sum(p[m] * np.log(p[m] / q[m])) / np.log(base)

# %% wrong kl_divergence: a small number in place of zero
def kl_divergence(p, q, base):
    return np.sum(p * np.log((p + 1e-10) / (q + 1e-10))) / np.log(base)

# %% wrong kl_divergence: the fraction is upside down
def kl_divergence(p, q, base):
    m = p > 0
    return np.sum(p[m] * np.log(q[m] / p[m])) / np.log(base)

# %% wrong kl_divergence: the terms are not weighted
def kl_divergence(p, q, base):
    m = p > 0
    return np.sum(np.log(p[m] / q[m])) / np.log(base)

# %% wrong kl_divergence: a small number in place of zero
def kl_divergence(p, q, base):
    q = np.clip(q, 1e-8, 1)
    m = p > 0
    return np.sum(p[m] * np.log(p[m] / q[m])) / np.log(base)

# %% wrong kl_divergence: absolute values of the terms
def kl_divergence(p, q, base):
    return np.nansum(np.abs(p * np.log(p / q))) / np.log(base)

# %% lives kl_divergence: np.errstate(divide='ignore') -> np.errstate()
# It silences a warning; the numbers are the same.

# %% right expected_code_length
def expected_code_length(code, p):
    total = 0
    for symbol, chance in p.items():
        total += chance * len(code[symbol])
    return total

# %% right expected_code_length
def expected_code_length(code, p):
    return float(np.dot(list(p.values()), [len(code[s]) for s in p]))

# %% right expected_code_length
def expected_code_length(code, p):
    return math.fsum(len(word) * p.get(symbol, 0) for symbol, word in code.items())

# %% right expected_code_length
def expected_code_length(code, p):
    return np.float32(sum(np.float32(p[s]) * len(code[s]) for s in p))

# %% wrong expected_code_length: words averaged without weights
def expected_code_length(code, p):
    return np.mean([len(w) for w in code.values()])

# %% wrong expected_code_length: mean instead of sum
def expected_code_length(code, p):
    return np.mean([p[s] * len(code[s]) for s in p])

# %% wrong expected_code_length: the two dicts are paired by position
def expected_code_length(code, p):
    return sum(a * len(w) for a, w in zip(p.values(), code.values()))

# %% wrong expected_code_length: lengths added up without weights
def expected_code_length(code, p):
    return sum(len(code[s]) for s in p)

# %% wrong expected_code_length: the entropy of p
def expected_code_length(code, p):
    return -sum(v * math.log2(v) for v in p.values())

# %% wrong expected_code_length: the entropy of p
def expected_code_length(code, p):
    return -sum(v * math.log2(v) for v in p.values() if v > 0)

# %% wrong expected_code_length: the longest word
def expected_code_length(code, p):
    return max(len(code[s]) for s in p)

# %% wrong expected_code_length: every symbol of the code is looked up in p
def expected_code_length(code, p):
    return sum(p[s] * len(code[s]) for s in code)

# %% wrong expected_code_length
def expected_code_length(code, p):
    return sum(p[s] * int(code[s], 2) for s in p)

# %% wrong expected_code_length: the terms are not summed
def expected_code_length(code, p):
    return {s: p[s] * len(code[s]) for s in p}

# %% wrong expected_code_length: rounded
def expected_code_length(code, p):
    return round(sum(p[s] * len(code[s]) for s in p), 2)

# %% right huffman_code
def huffman_code(frequencies):
    groups = [(w, [s]) for s, w in frequencies.items()]
    code = {s: "" for s in frequencies}
    if len(groups) == 1:
        return {s: "1" for s in code}
    while len(groups) > 1:
        groups.sort(key=lambda g: g[0])
        (a, left), (b, right) = groups[:2]
        for s in left:
            code[s] = "0" + code[s]
        for s in right:
            code[s] = "1" + code[s]
        groups = [(a + b, left + right)] + groups[2:]
    return code

# %% right huffman_code
def huffman_code(frequencies):
    heap = [[w, i, s] for i, (s, w) in enumerate(frequencies.items())]
    if len(heap) == 1:
        return {heap[0][2]: "0"}
    heapq.heapify(heap)
    n = len(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, [a[0] + b[0], n, (a, b)])
        n += 1
    code = {}
    def walk(node, word):
        if isinstance(node[2], tuple):
            walk(node[2][0], word + "0")
            walk(node[2][1], word + "1")
        else:
            code[node[2]] = word
    walk(heap[0], "")
    return code

# %% right huffman_code
class Node:
    def __init__(self, weight, symbol=None, left=None, right=None):
        self.weight, self.symbol, self.left, self.right = weight, symbol, left, right
    def words(self, prefix=""):
        if self.left is None:
            return {self.symbol: prefix or "0"}
        return {**self.left.words(prefix + "0"), **self.right.words(prefix + "1")}
def huffman_code(frequencies):
    nodes = [Node(w, s) for s, w in frequencies.items()]
    while len(nodes) > 1:
        nodes.sort(key=lambda n: n.weight)
        a, b, *nodes = nodes
        nodes.append(Node(a.weight + b.weight, left=a, right=b))
    return nodes[0].words()

# %% right huffman_code
def huffman_code(frequencies):
    if len(frequencies) == 1:
        return dict.fromkeys(frequencies, "0")
    items = sorted(((w, str(s), [(s, "")]) for s, w in frequencies.items()), key=lambda t: t[:2])
    while len(items) > 1:
        (a, n, x), (b, m, y), *rest = items
        merged = [(s, "1" + c) for s, c in x] + [(s, "0" + c) for s, c in y]
        items = sorted([*rest, (a + b, n + m, merged)], key=lambda t: t[:2])
    return dict(items[0][2])

# %% wrong huffman_code: the words are written backwards
def huffman_code(frequencies):
    groups = [(w, [s]) for s, w in frequencies.items()]
    code = {s: "" for s in frequencies}
    if len(groups) == 1:
        return {s: "1" for s in code}
    while len(groups) > 1:
        groups.sort(key=lambda g: g[0])
        (a, left), (b, right) = groups[:2]
        for s in left:
            code[s] += "0"
        for s in right:
            code[s] += "1"
        groups = [(a + b, left + right)] + groups[2:]
    return code

# %% wrong huffman_code: words that are lists
def huffman_code(frequencies):
    groups = [(w, [s]) for s, w in frequencies.items()]
    code = {s: [] for s in frequencies}
    while len(groups) > 1:
        groups.sort(key=lambda g: g[0])
        (a, left), (b, right) = groups[:2]
        for s in left:
            code[s].insert(0, 0)
        for s in right:
            code[s].insert(0, 1)
        groups = [(a + b, left + right)] + groups[2:]
    return code

# %% wrong huffman_code
def huffman_code(frequencies):
    groups = [(w, [s]) for s, w in frequencies.items()]
    code = {s: "" for s in frequencies}
    while len(groups) > 1:
        groups.sort(key=lambda g: g[0])
        (a, left), (b, right) = groups[:2]
        for s in left:
            code[s] = "L" + code[s]
        for s in right:
            code[s] = "R" + code[s]
        groups = [(a + b, left + right)] + groups[2:]
    return code

# %% wrong huffman_code: an empty word for a single symbol
def huffman_code(frequencies):
    groups = [(w, [s]) for s, w in frequencies.items()]
    code = {s: "" for s in frequencies}
    while len(groups) > 1:
        groups.sort(key=lambda g: g[0])
        (a, left), (b, right) = groups[:2]
        for s in left:
            code[s] = "0" + code[s]
        for s in right:
            code[s] = "1" + code[s]
        groups = [(a + b, left + right)] + groups[2:]
    return code

# %% wrong huffman_code
def huffman_code(frequencies):
    lengths = {s: max(1, math.ceil(-math.log2(w / sum(frequencies.values())))) if w else 9 for s, w in frequencies.items()}
    code, at, last = {}, 0, 0
    for s in sorted(lengths, key=lengths.get):
        at <<= lengths[s] - last
        last = lengths[s]
        code[s] = format(at, f"0{last}b")
        at += 1
    return code

# %% wrong huffman_code: words of equal length
def huffman_code(frequencies):
    n = max(1, math.ceil(math.log2(len(frequencies))))
    return {s: format(i, f"0{n}b") for i, s in enumerate(frequencies)}

# %% wrong huffman_code: one more bit for each rank
def huffman_code(frequencies):
    ranked = sorted(frequencies, key=frequencies.get, reverse=True)
    return {s: "1" * i + "0" for i, s in enumerate(ranked)}

# %% wrong huffman_code: symbols with count 0 are left out
def huffman_code(frequencies):
    groups = sorted(((w, s) for s, w in frequencies.items() if w), key=lambda t: t[0])
    code = {s: "" for _, s in groups}
    groups = [(w, [s]) for w, s in groups]
    while len(groups) > 1:
        (a, left), (b, right), *groups = sorted(groups, key=lambda g: g[0])
        for s in left:
            code[s] = "0" + code[s]
        for s in right:
            code[s] = "1" + code[s]
        groups.append((a + b, left + right))
    return {s: w or "0" for s, w in code.items()}

# %% wrong huffman_code
def huffman_code(frequencies):
    groups = [(w, s) for s, w in frequencies.items()]
    code = {s: "" for s in frequencies}
    if len(groups) == 1:
        return {s: "0" for s in code}
    while len(groups) > 1:
        (a, left), (b, right), *groups = sorted(groups)
        for s in left:
            code[s] = "0" + code[s]
        for s in right:
            code[s] = "1" + code[s]
        groups.append((a + b, left + right))
    return code

# %% wrong huffman_code: the two most frequent are merged
def huffman_code(frequencies):
    groups = [(w, [s]) for s, w in frequencies.items()]
    code = {s: "" for s in frequencies}
    if len(groups) == 1:
        return {s: "1" for s in code}
    while len(groups) > 1:
        groups.sort(key=lambda g: -g[0])
        (a, left), (b, right) = groups[:2]
        for s in left:
            code[s] = "0" + code[s]
        for s in right:
            code[s] = "1" + code[s]
        groups = [(a + b, left + right)] + groups[2:]
    return code

# %% lives huffman_code: '0' -> '1'
# A single symbol's word is one bit, whichever.

# %% lives huffman_code: 0 -> -1
# The numbers settle ties only, and any way to settle them is optimal.

# %% right wasted_bits
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = float((sent * (np.log2(sent) - np.log2(french))).sum())

# %% right wasted_bits
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = round(sum(p * math.log(p / q) for p, q in zip(sent, french)) / math.log(2), 4)

# %% right wasted_bits
sent = np.float32(data.frequencies(data.count_letters(data.speech("lincoln_1862"))))
french = np.float32(data.frequencies(data.letter_counts("french")))
wasted_bits = (sent @ np.log2(sent / french))

# %% right wasted_bits
text = [c for c in data.speech("lincoln_1862").lower() if "a" <= c <= "z"]
counts = Counter(text)
q = dict(zip("abcdefghijklmnopqrstuvwxyz", data.frequencies(data.letter_counts("french"))))
wasted_bits = sum(n / len(text) * math.log2(n / len(text) / q[c]) for c, n in counts.items())

# %% wrong wasted_bits: nats instead of bits
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = (sent * np.log(sent / french)).sum()

# %% wrong wasted_bits: the total instead of the waste
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = -(sent * np.log2(french)).sum()

# %% wrong wasted_bits: the other direction
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = (french * np.log2(french / sent)).sum()

# %% wrong wasted_bits: English in general instead of the message
sent = data.frequencies(data.letter_counts("english"))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = (sent * np.log2(sent / french)).sum()

# %% wrong wasted_bits: another speech
sent = data.frequencies(data.count_letters(data.speech()))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = (sent * np.log2(sent / french)).sum()

# %% wrong wasted_bits: minus the right answer
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = (sent * np.log2(french / sent)).sum()

# %% wrong wasted_bits: the mean over the letters of the alphabet
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = (sent * np.log2(sent / french)).mean()

# %% wrong wasted_bits: rounded
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
wasted_bits = round((sent * np.log2(sent / french)).sum(), 2)

# %% wrong wasted_bits: the entropy of the message
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
wasted_bits = -(sent * np.log2(sent)).sum()

# %% lives wasted_bits: wasted_bits = ... -> nothing
# The name is set again by the last line.


# %% wrong surprisal: divided by the base
def surprisal(p, base):
    with np.errstate(all="ignore"):
        return -np.log(p) / base


# %% wrong surprisal: weighted by p
def surprisal(p, base):
    p = np.asarray(p, float)
    with np.errstate(all="ignore"):
        return np.where(p > 0, -p * np.log(p), np.inf) / np.log(base)


# %% wrong cross_entropy: inf for any zero in q
def cross_entropy(p, q, base):
    if np.any(q == 0):
        return np.inf
    return -np.sum(p * np.log(q)) / np.log(base)


# %% wrong kl_divergence: the entropy of q subtracted
def kl_divergence(p, q, base):
    k, l = p > 0, q > 0
    with np.errstate(divide="ignore"):
        return (-np.sum(p[k] * np.log(q[k])) + np.sum(q[l] * np.log(q[l]))) / np.log(base)


# %% wrong kl_divergence: the mean of both directions
def kl_divergence(p, q, base):
    with np.errstate(all="ignore"):
        a = np.where(p > 0, p * np.log(p / q), 0).sum(); b = np.where(q > 0, q * np.log(q / p), 0).sum()
    return (a + b) / 2 / np.log(base)


# %% wrong wasted_bits: compared with the entropy of French
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
sent, french = [np.array([d[k] for k in sorted(d)]) if hasattr(d, "items") else d for d in (sent, french)]
wasted_bits = float(-(sent * np.log2(french)).sum() + (french * np.log2(french)).sum())


# %% hint surprisal
def surprisal(p, base):
    return -np.log(p) / np.log(base)  # hint


# %% hint entropy
def entropy(p, base):
    p = p[p > 0]  # hint
    return -(p * np.log(p)).sum() / np.log(base)  # hint


# %% hint cross_entropy
def cross_entropy(p, q, base):
    seen = p > 0  # hint
    return -(p[seen] * np.log(q[seen])).sum() / np.log(base)  # hint


# %% hint kl_divergence
def kl_divergence(p, q, base):
    seen = p > 0  # hint
    return (p[seen] * np.log(p[seen] / q[seen])).sum() / np.log(base)  # hint


# %% hint expected_code_length
def expected_code_length(code, p):
    return sum(p[symbol] * len(code[symbol]) for symbol in p)  # hint


# %% wrong surprisal: multiplied by the logarithm of the base
def surprisal(p, base):
    return -np.log(p) * np.log(base)


# %% wrong surprisal: one minus p
def surprisal(p, base):
    return 1 - np.asarray(p)


# %% wrong entropy: divided by the largest possible
def entropy(p, base):
    q = p[p > 0]
    return -(q * np.log(q)).sum() / np.log(len(p))


# %% wrong entropy: the terms are not summed
def entropy(p, base):
    return np.array([-x * math.log(x, base) if x > 0 else 0.0 for x in p])


# %% wrong cross_entropy: the base is ignored: nats
def cross_entropy(p, q, base):
    return -sum(a * np.log(b) for a, b in zip(p, q) if a > 0)


# %% wrong cross_entropy: the entropy of p
def cross_entropy(p, q, base):
    return -sum(a * np.log(a) for a in p if a > 0) / np.log(base)


# %% wrong cross_entropy: surprisals averaged without weights
def cross_entropy(p, q, base):
    return (-np.log(q) / np.log(base)).mean()


# %% wrong kl_divergence: mean instead of sum
def kl_divergence(p, q, base):
    seen = p > 0
    return (p[seen] * np.log(p[seen] / q[seen])).mean() / np.log(base)


# %% wrong kl_divergence: both directions
def kl_divergence(p, q, base):
    def one(a, b):
        s = a > 0
        return (a[s] * np.log(a[s] / b[s])).sum() / np.log(base)
    return one(p, q) + one(q, p)


# %% wrong kl_divergence: inf for any zero in q
def kl_divergence(p, q, base):
    if 0 in q:
        return math.inf
    s = p > 0
    return (p[s] * np.log(p[s] / q[s])).sum() / np.log(base)


# %% wrong huffman_code: words of other letters
def huffman_code(frequencies):
    groups = [(w, i, {s: ""}) for i, (s, w) in enumerate(frequencies.items())]
    n = len(groups)
    while len(groups) > 1:
        groups.sort(key=lambda g: g[:2])
        (v, _, a), (w, _, b), *groups = groups
        merged = {s: "a" + x for s, x in a.items()} | {s: "b" + x for s, x in b.items()}
        groups.append((v + w, n, merged))
        n += 1
    return {s: x or "a" for s, x in groups[0][2].items()}


# %% wrong huffman_code: the weight of a merged group is not the sum
def huffman_code(frequencies):
    groups = [(w, i, {s: ""}) for i, (s, w) in enumerate(frequencies.items())]
    n = len(groups)
    while len(groups) > 1:
        groups.sort(key=lambda g: g[:2])
        (v, _, a), (w, _, b), *groups = groups
        merged = {s: "0" + x for s, x in a.items()} | {s: "1" + x for s, x in b.items()}
        groups.append((max(v, w), n, merged))
        n += 1
    return {s: x or "0" for s, x in groups[0][2].items()}


# %% wrong huffman_code: split from the top
def huffman_code(frequencies):
    order = sorted(frequencies, key=lambda s: -frequencies[s])
    code = {}
    def split(symbols, word):
        if len(symbols) == 1:
            code[symbols[0]] = word or "0"
            return
        total, left, best = sum(frequencies[s] for s in symbols), 0, None
        for i, s in enumerate(symbols[:-1]):
            left += frequencies[s]
            if best is None or abs(2 * left - total) < best[0]:
                best = abs(2 * left - total), i + 1
        split(symbols[: best[1]], word + "0")
        split(symbols[best[1] :], word + "1")
    split(order, "")
    return code


# %% wrong huffman_code: lengths rounded up
def huffman_code(frequencies):
    total = sum(frequencies.values())
    code, at = {}, 0.0
    for s in sorted(frequencies, key=frequencies.get, reverse=True):
        p = frequencies[s] / total
        n = max(1, math.ceil(-math.log2(p)))
        code[s] = "".join(str(int(at * 2**k) % 2) for k in range(1, n + 1))
        at += 2.0**-n
    return code


# %% wrong expected_code_length: weighted by 2^-length
def expected_code_length(code, p):
    total = 0.0
    for word in code.values():
        total += len(word) / 2 ** len(word)
    return total


# %% wrong expected_code_length: the words' lengths are ignored
def expected_code_length(code, p):
    return sum(p[symbol] for symbol in p)


# %% wrong expected_code_length: words of the wrong symbols averaged
def expected_code_length(code, p):
    total = 0
    for s in p:
        total += p[s] * len(code[s])
    return total / len(code)


# %% wrong wasted_bits: compared with the English code
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
english = data.frequencies(data.letter_counts("english"))
wasted_bits = (sent * np.log2(english / french)).sum()


# %% wrong wasted_bits: Huffman words instead of ideal lengths
import heapq
def lengths(counts):
    heap = [(n, i, [i]) for i, n in enumerate(counts.values())]
    heapq.heapify(heap)
    depth, k = [0] * len(heap), len(heap)
    while len(heap) > 1:
        (m, _, a), (n, _, b) = heapq.heappop(heap), heapq.heappop(heap)
        for i in a + b:
            depth[i] += 1
        heapq.heappush(heap, (m + n, k, a + b))
        k += 1
    return np.array(depth)
counts = data.count_letters(data.speech("lincoln_1862"))
sent = data.frequencies(counts)
wasted_bits = sent @ (lengths(data.letter_counts("french")) - lengths(counts))


# %% wrong wasted_bits: the whole message instead of one letter
sent = data.frequencies(data.count_letters(data.speech("lincoln_1862")))
french = data.frequencies(data.letter_counts("french"))
letters = sum(data.count_letters(data.speech("lincoln_1862")).values())
wasted_bits = letters * (sent * np.log2(sent / french)).sum()

# %% right surprisal
def surprisal(p, base):
    with np.errstate(divide="ignore"):
        return np.abs(np.emath.logn(base, 1 / p))

# %% wrong entropy: multiplied by the logarithm of the base
def entropy(p, base):
    return -np.nansum(p * np.log(p)) * np.log(base)

# %% wrong entropy: capped at a small number
def entropy(p, base):
    return np.dot(p, -np.log(np.clip(p, 1e-9, 1))) / np.log(base)

# %% right entropy
def entropy(p, base):
    return -np.nansum(np.log(p ** p)) / np.log(base)

# %% right cross_entropy
def cross_entropy(p, q, base):
    s = np.full(len(q), np.inf)
    np.log(q, out=s, where=q > 0)
    s[q > 0] *= -1 / np.log(base)
    s[p == 0] = 0
    return np.einsum("i,i", p, s) if np.isfinite(s).all() else np.inf

# %% right kl_divergence
def kl_divergence(p, q, base):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(np.divide(p, q)) / np.log(base)
    return float(np.sum(p * ratio, where=p > 0))

# %% wrong huffman_code: one more bit for each rank
def huffman_code(frequencies):
    order = sorted(frequencies, key=frequencies.get, reverse=True)
    n = len(order)
    return {s: "1" * i + ("0" if i < n - 1 else "") for i, s in enumerate(order)}

# %% wrong huffman_code: an empty word for what never came
def huffman_code(frequencies):
    groups = [(f, [s]) for s, f in frequencies.items() if f > 0]
    code = {s: "" for s in frequencies}
    if len(code) == 1:
        return {s: "0" for s in code}
    while len(groups) > 1:
        groups.sort(key=lambda g: g[0])
        a, b, *groups = groups
        for s in a[1]:
            code[s] = "0" + code[s]
        for s in b[1]:
            code[s] = "1" + code[s]
        groups.append((a[0] + b[0], a[1] + b[1]))
    return code

# %% right huffman_code
def huffman_code(frequencies):
    from collections import deque
    if len(frequencies) == 1:
        return Counter({next(iter(frequencies)): "1"}) and {next(iter(frequencies)): "1"}
    leaves = deque(sorted(((f, i, s) for i, (s, f) in enumerate(frequencies.items())), key=lambda t: t[:2]))
    inner = deque()
    def least():
        if not inner or (leaves and leaves[0][0] <= inner[0][0]):
            f, _, s = leaves.popleft()
            return f, {s: 0}
        return inner.popleft()
    while len(leaves) + len(inner) > 1:
        (f, a), (g, b) = least(), least()
        inner.append((f + g, {s: d + 1 for s, d in {**a, **b}.items()}))
    depths = sorted(inner[0][1].items(), key=lambda t: t[1])
    code, value, before = {}, 0, depths[0][1]
    for s, d in depths:
        value <<= d - before
        code[s] = format(value, "b").zfill(d)
        value, before = value + 1, d
    return code

# %% wrong expected_code_length: words averaged without weights
def expected_code_length(code, p):
    return np.mean([len(code[s]) for s in p])

# %% right expected_code_length
def expected_code_length(code, p):
    total = 0.0
    for symbol, word in code.items():
        for bit in word:
            total += p.get(symbol, 0)
    return total

# %% wrong cross_entropy: multiplied by the logarithm of the base
def cross_entropy(p, q, base):
    return sum(a * -np.log(b) * np.log(base) for a, b in zip(p, q) if a)

# %% wrong kl_divergence: multiplied by the logarithm of the base
def kl_divergence(p, q, base):
    k = p > 0
    return math.log(base) * np.sum(p[k] * (np.log(p[k]) - np.log(q[k])))

# %% right surprisal
def surprisal(p, base):
    p = np.array(p, dtype=float)
    out = np.full(p.shape, np.inf)
    out[p > 0] = -np.log(p[p > 0])
    return out / math.log(base) + 0.0

# %% right surprisal
def surprisal(p, base):
    def one(v):
        return float("inf") if v == 0 else abs(math.log(v)) / math.log(base)
    return np.array([one(v) for v in np.ravel(p)]).reshape(np.shape(p))

# %% wrong surprisal: one number at a time
def surprisal(p, base):
    return np.array([-math.log(v, base) if v else math.inf for v in p])

# %% wrong surprisal: the impossible counts 0
def surprisal(p, base):
    p = np.where(p == 0, 1, p)
    return -np.log(p) / np.log(base)

# %% wrong surprisal: the sum of the right answers
def surprisal(p, base):
    s = -np.log(p) / np.log(base)
    return s.sum()

# %% wrong surprisal: an infinity made finite
def surprisal(p, base):
    s = -np.log(p) / np.log(base)
    return np.nan_to_num(s)

# %% wrong surprisal
def surprisal(p, base):
    return base ** -p

# %% right kl_divergence
def kl_divergence(p, q, base):
    total = 0.0
    for a, b in zip(np.ravel(p), np.ravel(q)):
        if a == 0:
            continue
        if b == 0:
            return math.inf
        total += a * (math.log(a) - math.log(b))
    return total / math.log(base)

# %% right kl_divergence
def kl_divergence(p, q, base):
    i = np.flatnonzero(p)
    with np.errstate(divide="ignore"):
        return np.einsum("i,i->", p[i], np.log(p[i]) - np.log(q[i])) / np.log(base)

# %% wrong kl_divergence: inf for any zero in q
def kl_divergence(p, q, base):
    return np.nansum(p * np.log(p / q)) / np.log(base) if (q > 0).all() else np.inf

# %% wrong kl_divergence: both directions
def kl_divergence(p, q, base):
    m = p > 0
    a = np.sum(p[m] * np.log(p[m] / q[m])) / np.log(base)
    m = q > 0
    return a + np.sum(q[m] * np.log(q[m] / p[m])) / np.log(base)

# %% wrong kl_divergence: mean instead of sum
def kl_divergence(p, q, base):
    m = p > 0
    return np.mean(p[m] * np.log(p[m] / q[m])) / np.log(base)

# %% right expected_code_length
def expected_code_length(code, p):
    return float(np.dot([len(code[k]) for k in p], list(p.values())))

# %% right expected_code_length
def expected_code_length(code, p):
    total = 0
    for symbol, word in code.items():
        total += p.get(symbol, 0) * len(word)
    return total

# %% wrong expected_code_length
def expected_code_length(code, p):
    return np.dot([len(w) for w in code.values()], list(p.values()))

# %% wrong expected_code_length: mean instead of sum
def expected_code_length(code, p):
    return sum(len(code[k]) * v for k, v in p.items()) / len(p)

# %% wrong expected_code_length: every symbol of the code is looked up in p
def expected_code_length(code, p):
    return sum(len(w) * p[k] for k, w in code.items())

# %% wrong expected_code_length
def expected_code_length(code, p):
    return sum(len(code[k]) * a for k, a in zip(sorted(code), p.values()))

# %% wrong expected_code_length
def expected_code_length(code, p):
    return sum(w.count("1") * p.get(k, 0) for k, w in code.items())

# %% wrong expected_code_length: rounded
def expected_code_length(code, p):
    return round(sum(len(code[k]) * v for k, v in p.items()))

# %% wrong surprisal: an infinity made finite
def surprisal(p, base):
    s = -np.log(p) / np.log(base)
    s[s == np.inf] = np.finfo(float).max
    return s
