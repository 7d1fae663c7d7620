"""The exercises of chapter 12: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import math

import numpy as np

from ce_course import losses, scale
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import in_forms
from ce_course.checks.gradients import ABOVE, ROOM, loss_and_gradients

CHAPTER = "12_cross_entropy_at_scale"


# ------------------------------------------------------------------ logits_bytes


def _size_cases(rng):
    return [
        Case((2, 3, 4), note="two tokens, three words, float32"),
        Case((8192, 128_256, 2), note="8,192 tokens, 128,256 words, bfloat16"),
        Case((1, 1, 8), note="one number in float64"),
        Case((0, 50_000, 4), note="an empty batch"),
        Case((65_536, 262_144, 4), note="more bytes than 32 bits can count"),
        Case(tuple(int(n) for n in (*rng.integers(100, 9000, 2), 2))),
        Case(
            (np.int32(131_072), np.int32(262_144), np.int32(4)),
            note="NumPy's 32-bit integers: their product does not fit",
        ),
    ]


def _in_32_bits(tokens, vocabulary, itemsize):
    with np.errstate(all="ignore"):
        return int(np.int32(tokens) * np.int32(vocabulary) * np.int32(itemsize))


def _whole(number):
    return int(number)


logits_bytes = Exercise(
    name="logits_bytes",
    chapter=CHAPTER,
    signature="logits_bytes(tokens, vocabulary, itemsize)",
    task="How many bytes the logits of a batch take: a logit for each of `tokens` tokens and each "
    "of `vocabulary` words, of `itemsize` bytes each. A whole number, exact also where it has more "
    "than 32 bits and the inputs are NumPy's 32-bit integers.",
    difficulty=1,
    minutes=5,
    reference=scale.logits_bytes,
    cases=_size_cases,
    exact=True,
    hints=(
        "How many logits does one token have? How many tokens are there?",
        "Three factors. NumPy's int32 keeps 32 bits of a product and drops the rest: turn the "
        "inputs into Python's integers first, which have no end.",
        "`return int(tokens) * int(vocabulary) * int(itemsize)`.",
    ),
    mistakes=(
        Mistake(
            "counted in 32 bits",
            "Right for small batches. But an int32 ends at 2,147,483,647, and where the inputs are "
            "NumPy's 32-bit integers your product goes around. Use int(...) on each factor.",
            _in_32_bits,
        ),
        Mistake(
            "the loss's whole need",
            "That is three arrays of logits: what the loss needs on the way back. The logits alone "
            "are asked for.",
            lambda tokens, vocabulary, itemsize: (
                3 * _whole(tokens) * _whole(vocabulary) * _whole(itemsize)
            ),
        ),
        Mistake(
            "the labels",
            "That is the size of the labels, one number for each token. A token has a logit for "
            "each word of the vocabulary.",
            lambda tokens, vocabulary, itemsize: _whole(tokens) * _whole(itemsize),
        ),
        Mistake(
            "one token only",
            "Those are the logits of one token. There are `tokens` of them.",
            lambda tokens, vocabulary, itemsize: _whole(vocabulary) * _whole(itemsize),
        ),
        Mistake(
            "the number of logits",
            "You counted the logits. Each takes itemsize bytes.",
            lambda tokens, vocabulary, itemsize: _whole(tokens) * _whole(vocabulary),
        ),
        Mistake(
            "bits",
            "You have bits. itemsize counts bytes already.",
            lambda tokens, vocabulary, itemsize: (
                8 * _whole(tokens) * _whole(vocabulary) * _whole(itemsize)
            ),
        ),
        in_forms(
            "four bytes for every format",
            "You took 4 bytes for each logit. That is float32; in half precision it is 2: use "
            "itemsize.",
            lambda tokens, vocabulary, itemsize: 4 * _whole(tokens) * _whole(vocabulary),
            lambda tokens, vocabulary, itemsize: 4 * tokens * vocabulary,
        ),
        in_forms(
            "mebibytes",
            "You divided by 1024 · 1024. Plain bytes are asked for.",
            lambda tokens, vocabulary, itemsize: (
                _whole(tokens) * _whole(vocabulary) * _whole(itemsize) / 2**20
            ),
            lambda tokens, vocabulary, itemsize: (
                _whole(tokens) * _whole(vocabulary) * _whole(itemsize) // 2**20
            ),
        ),
        in_forms(
            "gigabytes",
            "You divided by a billion, or by 1024³. Plain bytes are asked for.",
            lambda tokens, vocabulary, itemsize: (
                _whole(tokens) * _whole(vocabulary) * _whole(itemsize) / 1e9
            ),
            lambda tokens, vocabulary, itemsize: (
                _whole(tokens) * _whole(vocabulary) * _whole(itemsize) / 2**30
            ),
        ),
        Mistake(
            "added in place of multiplied",
            "You add where you should multiply: a row of `vocabulary` logits for each token.",
            lambda tokens, vocabulary, itemsize: (
                (_whole(tokens) + _whole(vocabulary)) * _whole(itemsize)
            ),
        ),
    ),
)


# ------------------------------------------------------------------ chunked_linear_cross_entropy


def _chunk_cases(rng):
    def drawn(N, d, V, size=1.0):
        h, W = rng.normal(scale=size, size=(N, d)), rng.normal(size=(V, d))
        return h, W, rng.integers(0, V, N)

    return [
        Case((*drawn(4, 2, 3), 2), note="four tokens, two at a time"),
        Case((*drawn(5, 3, 4), 2), note="the last chunk is smaller"),
        Case((*drawn(97, 3, 400), 4), note="97 tokens, 400 words, 4 at a time: memory counts here"),
        Case((*drawn(3, 2, 5), 10), note="a chunk larger than the batch"),
        Case((*drawn(3, 4, 6), 1), note="one token at a time"),
        Case((*drawn(4, 2, 3, 1000.0), 3), note="logits in the thousands"),
        Case((*drawn(1, 2, 3), 1), note="a single token"),
    ]


def _mean_loss(cost, N, chunk):
    return cost.sum() / N


def _chunked(
    *,
    loss=_mean_loss,
    grad=lambda p, hot: p - hot,
    share=lambda N, chunk, some: 1 / N,
    until=lambda N, chunk: N,
    labels=lambda y, start, chunk: y[start : start + chunk],
    log_softmax=losses.log_softmax,
    above=ABOVE,
    given=(True, True),
    added=True,
    fits=lambda N, chunk: True,
):
    """What `loss_and_gradients` gives for an answer with these parts, the right ones by default."""

    def answer(h, W, y, chunk):
        N = len(h)
        cost = np.zeros(N)
        grad_h, grad_W = np.zeros_like(h), np.zeros_like(W)
        for start in range(0, until(N, chunk), chunk):
            some = h[start : start + chunk]
            own = labels(y, start, chunk)[: len(some)]
            log_p = log_softmax(some @ W.T)
            cost[start : start + chunk] = -log_p[np.arange(len(some)), own]
            g = grad(np.exp(log_p), losses.one_hot(own, len(W))) * share(N, chunk, len(some))
            grad_h[start : start + chunk] = g @ W
            grad_W = grad_W + g.T @ some if added else g.T @ some
        value = loss(cost, N, chunk)
        back = [wanted and np.ndim(value) == 0 for wanted in given]
        return {
            "loss": value,
            "gradient of h": above * grad_h if back[0] else None,
            "gradient of W": above * grad_W if back[1] else None,
            "memory": fits(N, chunk),
        }

    answer.is_result = True
    return answer


def _naive_log_softmax(z):
    return np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def _means_of_chunks(cost, N, chunk):
    return np.mean([cost[start : start + chunk].mean() for start in range(0, N, chunk)])


chunked_linear_cross_entropy = Exercise(
    name="chunked_linear_cross_entropy",
    chapter=CHAPTER,
    signature="chunked_linear_cross_entropy(h, W, y, chunk)",
    task="The mean of F.cross_entropy(h @ W.T, y) for tensors `h` (N, d), `W` (V, d) and labels "
    "`y` (N,), with gradients for h and W, and with the logits of no more than `chunk` tokens at a "
    "time. Judged on the loss, both gradients, and the memory of all tensors together: room for "
    "six chunks of logits and three times the gradients. The last chunk may be smaller. Finite "
    "at logits in the thousands.",
    difficulty=3,
    minutes=35,
    points=3,
    reference=_chunked(),
    cases=_chunk_cases,
    rtol=1e-6,  # float32 inside the function is right too
    atol=1e-6,
    call=loss_and_gradients,
    libraries=("torch",),
    seconds=30.0,
    hints=(
        "A loop over chunks is not enough: autograd keeps what each chunk needs for its backward "
        "pass, and all chunks together are the whole. Write a torch.autograd.Function whose "
        "forward calculates the gradients while a chunk's softmax is there.",
        "The gradient for a chunk's logits is (p - one_hot) / N, call it G. Its rows of the "
        "gradient for h are G @ W; to the gradient for W it adds G.T @ h[chunk]. backward only "
        "multiplies both by what arrives from above.",
        "In the loop: rows = slice(start, start + chunk); log_p = (h[rows] @ W.T).log_softmax(1); "
        "own = y[rows, None]; loss -= log_p.gather(1, own).sum() / len(h); "
        "G = log_p.exp().scatter_add(1, own, -torch.ones_like(own, dtype=h.dtype)) / len(h); "
        "grad_h[rows] = G @ W; grad_W += G.T @ h[rows].",
    ),
    mistakes=(
        Mistake(
            "all logits are there at once",
            "Your numbers are right, but too much is in memory at one time. Either the logits of "
            "all tokens are calculated at once, or something is kept for each chunk: its softmax "
            "for the backward pass (a loop over F.cross_entropy does that), its one-hot rows, or "
            "its gradient of W. Calculate the gradients within the loop and add them up.",
            _chunked(fits=lambda N, chunk: ROOM * chunk >= N),
        ),
        Mistake(
            "the sum in place of the mean",
            "Your loss and gradients are N times the right ones: the mean over all tokens is asked "
            "for.",
            _chunked(loss=lambda cost, N, chunk: cost.sum(), share=lambda N, chunk, some: 1.0),
        ),
        Mistake(
            "the mean of the chunks' means",
            "Each chunk counts the same in your mean. The last one may have fewer tokens, and then "
            "each of its tokens counts too much: divide sums by N.",
            _chunked(
                loss=_means_of_chunks,
                share=lambda N, chunk, some: 1 / (some * math.ceil(N / chunk)),
            ),
        ),
        Mistake(
            "the gradients are those of the sum",
            "The loss is right, the gradients are N times too large: those of a mean have the 1/N "
            "in them.",
            _chunked(share=lambda N, chunk, some: 1.0),
        ),
        Mistake(
            "the gradients are divided by the chunk",
            "The loss is right. In the gradients you divide by the number of tokens in the chunk; "
            "the mean is over all N.",
            _chunked(share=lambda N, chunk, some: 1 / some),
        ),
        Mistake(
            "the last tokens are left out",
            "Where N is no multiple of chunk, the tokens behind the last whole chunk are missing. "
            "range(0, N, chunk) begins a chunk for them too.",
            _chunked(until=lambda N, chunk: N // chunk * chunk),
        ),
        Mistake(
            "the gradient of W is the last chunk's",
            "Each chunk writes its gradient of W over the one before. They have to be added up: "
            "every token says something about every word.",
            _chunked(added=False),
        ),
        Mistake(
            "the first chunk's labels for all",
            "Every chunk is compared with the labels of the first. Cut y in the same places as h.",
            _chunked(labels=lambda y, start, chunk: y[:chunk]),
        ),
        Mistake(
            "what arrives from above is ignored",
            "backward returns the gradients of the loss itself. If someone multiplies the loss, as "
            "gradient accumulation and scaling do, grad_output says so: multiply by it.",
            _chunked(above=1.0),
        ),
        Mistake(
            "the sign is flipped",
            "Your gradients are those of truth minus prediction. It is prediction minus truth.",
            _chunked(grad=lambda p, hot: hot - p),
        ),
        Mistake(
            "the truth is not subtracted",
            "G is the softmax alone. At the true word 1 has to be subtracted.",
            _chunked(grad=lambda p, hot: p),
        ),
        Mistake(
            "no gradient for W",
            "The loss and the gradient of h are right, W gets none: backward has to return both, "
            "in the order of forward's inputs, and nothing may be detached on the way.",
            _chunked(given=(True, False)),
        ),
        Mistake(
            "no gradient for h",
            "The loss and the gradient of W are right, h gets none: the network below would never "
            "learn. backward has to return both.",
            _chunked(given=(False, True)),
        ),
        Mistake(
            "one loss for each token",
            "You return the losses of all tokens, shape (N,). Their mean is asked for, one number.",
            _chunked(loss=lambda cost, N, chunk: cost),
        ),
        Mistake(
            "exp overflows",
            "exp(1000) is inf, and inf / inf is nan. Use torch.log_softmax or torch.softmax, which "
            "subtract the largest logit first.",
            _chunked(log_softmax=_naive_log_softmax),
        ),
    ),
)


# ------------------------------------------------------------------ sampled_softmax_loss


def _sampled_cases(rng):
    h, W = rng.normal(size=(3, 4)), rng.normal(size=(10, 4))
    return [
        Case(
            (
                np.array([[1.0]]),
                np.log([[2.0], [3.0], [5.0], [10.0]]),
                np.array([0]),
                np.array([3]),
            ),
            note="exp of the logits: 2, 3, 5, 10; the last word is drawn and stands for 4",
        ),
        Case((h, W, np.array([7, 0, 2]), np.array([1, 5, 4])), note="no true word is drawn"),
        Case(
            (h, W, np.array([7, 0, 2]), np.array([1, 7, 4, 2])),
            note="two true words are among the draws: they do not count there",
        ),
        Case(
            (h, W, np.array([7, 0, 2]), np.array([1, 1, 4, 1, 9])),
            note="a word is drawn three times: it counts three times",
        ),
        Case(
            (h, W, np.array([3, 3, 3]), np.array([3, 3])),
            note="nothing but the true word is drawn",
        ),
        Case((h, W, np.array([9, 0, 2]), np.arange(10)), note="every word is drawn once"),
        Case(
            (
                np.array([[900.0], [-900.0]]),
                np.array([[1.0], [0.5], [-1.0]]),
                np.array([1, 0]),
                np.array([0, 2]),
            ),
            note="logits in the hundreds",
        ),
        Case((h[:1], W, np.array([4]), np.array([0, 8])), note="a single token"),
    ]


def _logits(h, W, y, sampled):
    return (h * W[y]).sum(axis=1), h @ W[sampled].T


def _sampled(
    *,
    weight=lambda V, S: V / S,
    hits=lambda sampled, y: sampled == y[:, None],
    total=lambda own, terms: np.logaddexp(own, terms),
    draw=lambda sampled: sampled,
    end=lambda loss: loss,
):
    def answer(h, W, y, sampled):
        sampled = draw(sampled)
        own, others = _logits(h, W, y, sampled)
        shift = np.log(weight(len(W), len(sampled)))
        others = np.where(hits(sampled, y), -np.inf, others + shift)
        with np.errstate(all="ignore"):
            terms = np.logaddexp.reduce(others, axis=1)
            return end(total(own, terms) - own)

    return answer


def _no_hits(sampled, y):
    return np.zeros((len(y), len(sampled)), dtype=bool)


def _naive_sampled(h, W, y, sampled):
    own, others = _logits(h, W, y, sampled)
    weight = len(W) / len(sampled) * (sampled != y[:, None])
    return -np.log(np.exp(own) / (np.exp(own) + (weight * np.exp(others)).sum(axis=1)))


def _by_terms(h, W, y, sampled, counts, missing=-np.inf):
    """The loss from words and what each counts; missing: the logit where it is the true word."""
    own = (h * W[y]).sum(axis=1)[:, np.newaxis]
    with np.errstate(all="ignore"):
        terms = h @ W[sampled].T - own + np.log(counts * len(W))
        terms = np.where(sampled == y[:, np.newaxis], missing, terms)
        return np.logaddexp(0, np.logaddexp.reduce(terms, axis=1))


def _each_word_once(h, W, y, sampled):
    return _by_terms(h, W, y, np.unique(sampled), 1 / len(sampled))


def _fewer_draws(h, W, y, sampled):
    with np.errstate(all="ignore"):
        left = (sampled != y[:, np.newaxis]).sum(axis=1, keepdims=True)
        return _by_terms(h, W, y, sampled, 1 / left)


sampled_softmax_loss = Exercise(
    name="sampled_softmax_loss",
    chapter=CHAPTER,
    signature="sampled_softmax_loss(h, W, y, sampled)",
    task="Cross-entropy against a few words in place of all: for `h` (N, d), `W` (V, d), labels "
    "`y` (N,) and `sampled` (S,), words drawn uniformly from all V with replacement. "
    "log(1 + Σ_s (V / S) exp(z_s - z_y)) for each example, shape (N,), over the draws that are not "
    "its true word. Finite at logits in the hundreds.",
    difficulty=2,
    minutes=20,
    points=2,
    reference=scale.sampled_softmax_loss,
    cases=_sampled_cases,
    hints=(
        "Only S + 1 logits are needed for each example: its true word's, (h * W[y]).sum(axis=1), "
        "and the drawn words', h @ W[sampled].T.",
        "A factor V / S before exp is an addition of log(V / S) to the logit. A draw that is the "
        "true word gets the logit -inf. Then it is cross-entropy with the true word in front.",
        "own = (h * W[y]).sum(axis=1); d = h @ W[sampled].T - own[:, None] + "
        "np.log(len(W) / len(sampled)); d = np.where(sampled == y[:, None], -np.inf, d); "
        "m = np.maximum(d.max(axis=1), 0); "
        "return m + np.log(np.exp(-m) + np.exp(d - m[:, None]).sum(axis=1)).",
    ),
    mistakes=(
        Mistake(
            "what hits the true word is no draw",
            "Where the true word is drawn you let the other draws stand for more. Each stands for "
            "V / S words, whatever else is drawn.",
            _fewer_draws,
        ),
        Mistake(
            "a hit counts 1",
            "Where a draw is the true word you set a logit to 0, and exp(0) is 1. It counts "
            "nothing: -inf.",
            lambda h, W, y, sampled: _by_terms(h, W, y, sampled, 1 / len(sampled), missing=0.0),
        ),
        Mistake(
            "the draws are not weighed",
            "You compare with the S drawn words as if there were no others. Each stands for V / S "
            "words: add log(V / S) to its logit, or multiply its exp. (The true word's logit stays "
            "as it is: to add the same to all is to add nothing.)",
            _sampled(weight=lambda V, S: 1.0),
        ),
        Mistake(
            "the correction has the wrong sign",
            "You divide by V / S where you should multiply. A draw stands for many words, so its "
            "exponential counts more, not less.",
            _sampled(weight=lambda V, S: S / V),
        ),
        Mistake(
            "the true word counts twice",
            "Where the true word is among the draws, you count it once more. Leave it out there: "
            "it is in the sum already.",
            _sampled(hits=_no_hits),
        ),
        Mistake(
            "each stands for V words",
            "You multiply each draw by V. The S draws stand for V words together: V / S each.",
            _sampled(weight=lambda V, S: V),
        ),
        Mistake(
            "V - 1 words",
            "You weigh with (V - 1) / S. The draws are from all V words; those that hit the true "
            "one count nothing, and that takes care of the 1.",
            _sampled(weight=lambda V, S: (V - 1) / S),
        ),
        in_forms(
            "repeated draws count once",
            "A word that is drawn three times counts three times. If it counted once, the sum "
            "would be too small on average.",
            _sampled(draw=np.unique),
            lambda h, W, y, drawn: _each_word_once(h, W, y, drawn),
        ),
        Mistake(
            "the true word is missing from the sum",
            "The sum has the draws alone. The true word's exponential belongs to it: the loss is "
            "never negative.",
            _sampled(total=lambda own, terms: terms),
        ),
        Mistake(
            "all words",
            "That is the cross-entropy over the whole vocabulary, which was to be avoided.",
            lambda h, W, y, sampled: losses.cross_entropy_from_logits(h @ W.T, y),
        ),
        Mistake(
            "the mean",
            "You return one number, the mean. One loss for each example is asked for, shape (N,).",
            _sampled(end=lambda loss: loss.mean()),
        ),
        Mistake(
            "exp overflows",
            "Right on small logits. exp of a logit in the hundreds is inf: subtract the true "
            "word's logit, or the largest, before exp.",
            _naive_sampled,
        ),
    ),
)


# ------------------------------------------------------------------ sharded_cross_entropy


def _shard_cases(rng):
    def split(z, *at):
        return [part.copy() for part in np.split(z, at, axis=1)]

    z = rng.normal(scale=2, size=(4, 7))
    return [
        Case(
            ([np.log([[0.5, 0.2]]), np.log([[0.3]])], np.array([2])),
            note="p = 0.5, 0.2 on one device, 0.3 on the other, which has the true word",
        ),
        Case((split(z, 2, 5), np.array([0, 3, 6, 4])), note="three devices, 2, 3 and 2 words"),
        Case((split(z, 1), np.array([0, 1, 6, 0])), note="two devices, 1 and 6 words"),
        Case((split(z), np.array([5, 1, 0, 2])), note="one device"),
        Case(
            (split(np.array([[1000.0, 998.0, 0.0, 999.0], [-999.0, -1000, -998, -1001]]), 2),
             np.array([3, 0])),
            note="logits in the thousands",
        ),
        Case(
            (split(np.array([[800.0, 790.0, 1.0, 2.0], [0.0, 1.0, 900.0, 899.0]]), 2),
             np.array([1, 3])),
            note="the devices' largest logits are 800 apart",
        ),
        Case((split(rng.normal(size=(2, 12)), 3, 6, 9), np.array([11, 4])), note="four devices"),
        Case(
            (split(np.array([[2000.0, 0.0, 1.0], [0.0, -1000.0, 1000.0]]), 2), np.array([1, 1])),
            note="losses of 2000",
        ),
    ]  # fmt: skip


def _where(shards, y):
    """For each example the device that has its true word, and its number there."""
    firsts = np.cumsum([0, *(s.shape[1] for s in shards[:-1])])
    device = np.searchsorted(firsts, y, side="right") - 1
    return device, y - firsts[device]


def _sharded(
    *,
    largest=lambda tops: np.max(tops, axis=0),
    place=_where,
    gather=sum,
    rescaled=True,
    end=lambda loss: loss,
):
    def answer(shards, y):
        with np.errstate(all="ignore"):
            tops = [s.max(axis=1) for s in shards]
            m = largest(tops)
            shifts = [m] * len(shards) if rescaled else tops
            sums = [np.exp(s - t[:, None]).sum(axis=1) for s, t in zip(shards, shifts, strict=True)]
            device, column = place(shards, y)
            own = np.array(
                [shards[k][i, c] for i, (k, c) in enumerate(zip(device, column, strict=True))]
            )
            return end(np.log(gather(sums)) + m - own)

    return answer


def _own(shards, y):
    """The logit of each true word."""
    places = zip(*_where(shards, y), strict=True)
    return np.array([shards[k][i, c] for i, (k, c) in enumerate(places)])


def _log_sum(z):
    return np.logaddexp.reduce(z, axis=1)


def _naive_sharded(shards, y):
    return np.log(sum(np.exp(s).sum(axis=1) for s in shards)) - _own(shards, y)


def _masked_shards(begin):
    """Each device adds the logit of the label that it finds in its own width after begin."""

    def answer(shards, y):
        own = np.zeros(len(y))
        for k, s in enumerate(shards):
            place = y - begin(k, shards)
            mine = (place >= 0) & (place < s.shape[1])
            own[mine] += s[mine, place[mine]]
        return np.logaddexp.reduce([_log_sum(s) for s in shards], axis=0) - own

    return answer


def _equal_shards(shards, y):
    width = shards[0].shape[1]
    device = np.minimum(y // width, len(shards) - 1)
    column = np.minimum(y - device * width, [shards[k].shape[1] - 1 for k in device])
    return device, column


def _local_labels(shards, y):
    device, _ = _where(shards, y)
    return device, np.minimum(y, [shards[k].shape[1] - 1 for k in device])


sharded_cross_entropy = Exercise(
    name="sharded_cross_entropy",
    chapter=CHAPTER,
    signature="sharded_cross_entropy(shards, y)",
    task="Cross-entropy of each example, shape (N,), where the vocabulary is split over devices: "
    "`shards` is a list of logits, (N, V_1), (N, V_2), ..., not all of one width; `y` (N,) counts "
    "the words through all of them. Put together only arrays of shape (N,): the largest logit, the "
    "sum of exponentials, the true word's logit. Finite at logits in the thousands.",
    difficulty=2,
    minutes=20,
    points=2,
    reference=scale.sharded_cross_entropy,
    cases=_shard_cases,
    hints=(
        "The loss is log Σ exp(z) - z_y. Each device can take the maximum and the sum of its own "
        "words; only one of them has the true word.",
        "All devices must subtract the same number, the largest logit of all: else their sums "
        "don't add up. A device that begins with word `first` has the true word if "
        "0 <= y - first < its width.",
        "m = np.max([s.max(axis=1) for s in shards], axis=0); "
        "total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards); then go through the "
        "shards with first = 0, first += s.shape[1], and take "
        "true[mine] = s[mine, y[mine] - first] where mine = (first <= y) & (y < first + "
        "s.shape[1]). return m + np.log(total) - true.",
    ),
    mistakes=(
        in_forms(
            "each device subtracts its own maximum",
            "Your devices' sums are on different scales: each has subtracted its own largest "
            "logit. All have to subtract the same one, the largest of all.",
            _sharded(rescaled=False),
            _sharded(rescaled=False, largest=lambda tops: tops[-1]),
        ),
        Mistake(
            "the first device's maximum",
            "You subtract the first device's largest logit everywhere. On another one logits may "
            "be larger by hundreds, and exp overflows.",
            _sharded(largest=lambda tops: tops[0]),
        ),
        Mistake(
            "exp overflows",
            "Right on small logits. exp(1000) is inf, exp(-1000) is 0: subtract the largest logit "
            "of all devices first.",
            _naive_sharded,
        ),
        in_forms(
            "the shards are taken to be of one width",
            "You find the device as y // width. The shards differ in width: add up their widths.",
            _sharded(place=_equal_shards),
            _masked_shards(lambda k, shards: k * shards[0].shape[1]),
        ),
        in_forms(
            "the label is not moved",
            "You look for word y in the device's own numbers, which begin at 0 again. It is word "
            "y - first there, with first the number of words on the devices before.",
            _sharded(place=_local_labels),
            _masked_shards(lambda k, shards: 0),
        ),
        in_forms(
            "the devices' log-sums are added",
            "You add the logarithms of the devices' sums. The sums have to be added, and then the "
            "logarithm be taken once.",
            _sharded(gather=lambda sums: np.prod(sums, axis=0)),
            lambda shards, y: sum(map(_log_sum, shards)) - _own(shards, y),
        ),
        Mistake(
            "the first device only",
            "The sum of exponentials has the first device's words alone.",
            _sharded(gather=lambda sums: sums[0]),
        ),
        Mistake(
            "the true word's device only",
            "Each example's sum of exponentials has the words of one device, that of its true "
            "word. The words of all devices compete.",
            lambda shards, y: (
                np.transpose([_log_sum(s) for s in shards])[np.arange(len(y)), _where(shards, y)[0]]
                - _own(shards, y)
            ),
        ),
        Mistake(
            "the largest logit is not added back",
            "You subtract the largest logit before exp, and from the true word's logit you don't. "
            "The loss is m + log Σ exp(z - m) - z_y.",
            lambda shards, y: (
                scale.sharded_cross_entropy(shards, y) - np.max([s.max(axis=1) for s in shards], 0)
            ),
        ),
        Mistake(
            "the mean",
            "You return one number, the mean. One loss for each example is asked for, shape (N,).",
            _sharded(end=lambda loss: loss.mean()),
        ),
        Mistake(
            "the sign is flipped",
            "That is the log-probability, which is negative. The loss is minus that.",
            _sharded(end=lambda loss: -loss),
        ),
    ),
)


# ------------------------------------------------------------------ z_loss


def _z_cases(rng):
    return [
        Case((np.log([[2.0, 3.0, 5.0]]), 1.0), note="Z = 10"),
        Case((np.log([[0.5, 0.25, 0.25], [0.1, 0.1, 0.2]]), 0.5), note="Z = 1 and 0.4"),
        Case((rng.normal(scale=3, size=(4, 5)), 1e-4), note="the coefficient 0.0001"),
        Case(
            (np.array([[1000.0, 999.0], [-1000.0, -1001.0], [-1000.0, 1000.0]]), 0.01),
            note="logits of ± 1000",
        ),
        Case((rng.normal(size=(3, 3)), 0.0), note="the coefficient 0"),
        Case((np.array([[2.0], [-3.0]]), 2.0), note="one word"),
        Case((np.array([[3, 1, 2], [0, -1, 4]]), 0.1), note="whole numbers"),
    ]


def _log_Z(z):
    return np.asarray(losses.logsumexp(z))


def _naive_log_Z(z):
    with np.errstate(all="ignore"):
        return np.log(np.exp(z).sum(axis=-1))


z_loss = Exercise(
    name="z_loss",
    chapter=CHAPTER,
    signature="z_loss(z, coefficient)",
    task="What large models add to the cross-entropy so that their logits do not drift: "
    "coefficient · (log Z)² of each example, with Z = Σ exp(z), for logits `z` (N, V). Shape (N,), "
    "finite at z = ± 1000.",
    difficulty=1,
    minutes=8,
    reference=scale.z_loss,
    cases=_z_cases,
    hints=(
        "log Z is the log-sum-exp of chapter 03. Which number do you take out before exp?",
        "First log_Z with the largest logit subtracted and added back, then its square, then the "
        "coefficient.",
        "m = z.max(axis=1); log_Z = m + np.log(np.exp(z - m[:, None]).sum(axis=1)); "
        "return coefficient * log_Z**2.",
    ),
    mistakes=(
        Mistake(
            "the largest logit alone",
            "You take the largest logit for log Z. That is near it where one logit towers over the "
            "others, and too small by up to ln V.",
            lambda z, c: c * z.max(axis=1) ** 2.0,
        ),
        Mistake(
            "not squared",
            "You have coefficient · log Z. Without the square nothing keeps log Z from going to "
            "minus infinity.",
            lambda z, c: c * _log_Z(z),
        ),
        Mistake(
            "the square of Z",
            "You square Z, not its logarithm.",
            lambda z, c: c * np.exp(_log_Z(z)) ** 2,
        ),
        Mistake(
            "the logarithm of the square",
            "You take log(Z²), which is 2 log Z. The logarithm comes first, then the square.",
            lambda z, c: c * 2 * _log_Z(z),
        ),
        Mistake(
            "the squares of the logits",
            "You add up the squares of the logits. That pulls every logit to 0; the z-loss pulls "
            "one number, log Z.",
            lambda z, c: c * (z**2).sum(axis=-1),
        ),
        Mistake(
            "exp overflows",
            "Right on small logits. exp(1000) is inf and exp(-1000) is 0: subtract the largest "
            "logit before exp and add it back behind the logarithm.",
            lambda z, c: c * _naive_log_Z(z) ** 2,
        ),
        Mistake(
            "the largest logit is not added back",
            "You subtract the largest logit and forget it. log Σ exp(z - m) is not log Z: it is "
            "always between 0 and log V.",
            lambda z, c: c * (_log_Z(z) - z.max(axis=-1)) ** 2,
        ),
        Mistake(
            "the mean over the words",
            "You take the mean of the exponentials. Z is their sum.",
            lambda z, c: c * (_log_Z(z) - np.log(z.shape[-1])) ** 2,
        ),
        Mistake(
            "the mean over the examples",
            "You return one number. One for each example is asked for, shape (N,).",
            lambda z, c: c * (_log_Z(z) ** 2).mean(),
        ),
        Mistake(
            "the coefficient is squared",
            "(coefficient · log Z)² has the square of the coefficient in it. Square log Z alone.",
            lambda z, c: (c * _log_Z(z)) ** 2,
        ),
        Mistake(
            "summed over the examples",
            "Your sum runs down the columns, over the examples. Each row has a Z of its own: "
            "axis=1.",
            lambda z, c: c * np.asarray(losses.logsumexp(np.asarray(z).T)) ** 2,
        ),
        Mistake(
            "half of it",
            "There is a factor 1/2 that was not asked for.",
            lambda z, c: c * _log_Z(z) ** 2 / 2,
        ),
    ),
)

EXERCISES = (
    logits_bytes,
    chunked_linear_cross_entropy,
    sampled_softmax_loss,
    sharded_cross_entropy,
    z_loss,
)
