"""The exercises of chapter 11: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import itertools

import numpy as np

from ce_course import applications, language, losses
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.checks.families import in_forms, one_of, with_epsilon

CHAPTER = "11_applications"


def _quiet(function):
    """A wrong implementation whose NumPy warnings are part of the mistake, not news."""

    def silenced(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return silenced


def _log_softmax(z, axis=-1):
    """As it is right, over any axis."""
    return np.moveaxis(losses.log_softmax(np.moveaxis(np.asarray(z, float), axis, -1)), -1, axis)


def _naive(z, axis=-1):
    """Right until exp overflows."""
    with np.errstate(all="ignore"):
        return np.asarray(z, float) - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def _log_of_softmax(z, axis=-1):
    with np.errstate(all="ignore"):
        return np.log(np.exp(_log_softmax(z, axis)))


def _log_of_naive_softmax(z, axis=-1):
    with np.errstate(all="ignore"):
        return np.log(np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True))


def _one_maximum(z, axis=-1):
    z = np.asarray(z, float)
    return _naive(z - z.max(initial=-np.inf), axis)


def _mean_of(reference):
    return Mistake(
        "the mean",
        "You return one number, the mean. This exercise wants one loss per example.",
        lambda *args: np.mean(reference(*args)),
    )


def _overflow(loss, where="a logit is 1000"):
    """The mistakes of `loss(log_softmax, *inputs)` with a log-softmax that loses its numbers."""
    return (
        in_forms(
            "exp overflows",
            f"Right until {where}: there exp overflows. Subtract the row's maximum first.",
            _quiet(lambda *args: loss(_naive, *args)),
            _quiet(lambda *args: loss(_log_of_naive_softmax, *args)),
        ),
        in_forms(
            "softmax first, then log",
            "A small probability is rounded to 0 and its log is infinite. Compute the "
            "log-softmax: z minus the log of the sum of exponentials.",
            _quiet(lambda *args: loss(_log_of_softmax, *args)),
        ),
        in_forms(
            "one maximum for all rows",
            "You subtract the largest number of all rows. Where another row is smaller by a "
            "thousand, all its exponentials are 0. Subtract each row's own maximum.",
            _quiet(lambda *args: loss(_one_maximum, *args)),
        ),
    )


# ------------------------------------------------------------------ perplexity


def _surprisal_cases(rng):
    return [
        Case((np.array([1.0, 2.0, 4.5]),)),
        Case((np.array([0.5]),), note="one token"),
        Case((np.zeros(4),), note="every token was certain"),
        Case((np.full(7, np.log(96)),), note="a uniform model over 96 characters"),
        Case((rng.exponential(2, 40),)),
        Case((rng.exponential(2, 3000),), note="3000 tokens"),
        Case((np.array([0.25, np.inf, 1.0]),), note="an impossible token"),
        Case((np.array([1500.0, 900.0]),), note="very surprising tokens"),
    ]


def _finite_only(function):
    def kept(nll):
        some = nll[np.isfinite(nll)]
        return function(some)

    return _quiet(kept)


perplexity = Exercise(
    name="perplexity",
    chapter=CHAPTER,
    signature="perplexity(nll)",
    task="From the surprisals of N tokens in nats, shape (N,), the perplexity: one number. It is "
    "inf where a token was impossible, and where it is too large for a number.",
    difficulty=1,
    minutes=5,
    reference=language.perplexity,
    cases=_surprisal_cases,
    hints=(
        "How many equally likely tokens would be as surprising on average? k of them cost ln k.",
        "Take the mean of the surprisals, then undo the logarithm: np.exp(np.mean(nll)).",
    ),
    mistakes=(
        Mistake(
            "2 to the power of nats",
            "2 ** mean undoes a logarithm to base 2. These surprisals are in nats: use exp.",
            _quiet(lambda nll: 2.0 ** nll.mean()),
        ),
        Mistake(
            "the mean of exponentials",
            "You average 1/p. Average the logarithms first: exp comes last.",
            _quiet(lambda nll: np.exp(nll).mean()),
        ),
        Mistake(
            "exp of the sum",
            "You raise to the sum of all surprisals: that grows with the text. Take their mean.",
            _quiet(lambda nll: np.exp(nll.sum())),
        ),
        Mistake(
            "the mean itself",
            "You return the mean surprisal, the cross-entropy. The perplexity is its exponential.",
            lambda nll: nll.mean(),
        ),
        in_forms(
            "the product of probabilities",
            "Right for short texts. The product of a thousand probabilities is rounded to 0 (and a "
            "product of their inverses to inf): add up logarithms.",
            _quiet(lambda nll: np.prod(np.exp(-nll)) ** (-1 / len(nll))),
            _quiet(lambda nll: np.prod(np.exp(nll)) ** (1 / len(nll))),
            _quiet(lambda nll: np.exp(nll.sum()) ** (1 / len(nll))),
        ),
        Mistake(
            "the mean probability",
            "You return exp of minus the mean, the (geometric) mean probability of a token. The "
            "perplexity is its inverse.",
            _quiet(lambda nll: np.exp(-nll.mean())),
        ),
        Mistake(
            "impossible tokens left out",
            "You leave out infinite surprisals. A model that excludes what then happens has an "
            "infinite perplexity.",
            _finite_only(lambda nll: np.exp(nll.mean())),
        ),
    ),
)


# ------------------------------------------------------------------ bits_per_character

bits_per_character = Exercise(
    name="bits_per_character",
    chapter=CHAPTER,
    signature="bits_per_character(nll)",
    task="From the surprisals of N characters in nats, shape (N,), the mean number of bits that a "
    "character costs: one number, inf where a character was impossible.",
    difficulty=1,
    minutes=5,
    reference=lambda nll: language.bits_per_character(nll),
    cases=_surprisal_cases,
    hints=(
        "A bit is the surprisal of a fair coin: ln 2 = 0.693 nats. How many bits are x nats?",
        "Divide by ln 2, once: np.mean(nll) / np.log(2).",
    ),
    mistakes=(
        Mistake(
            "the perplexity",
            "That is the perplexity, 2 to the power of the bits. The bits themselves are asked "
            "for.",
            lambda nll: np.exp(np.mean(nll)),
        ),
        Mistake(
            "nats",
            "You return nats. One bit is ln 2 nats, so divide by it.",
            lambda nll: nll.mean(),
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. A bit is the smaller unit, so there are more of them: divide.",
            lambda nll: nll.mean() * np.log(2),
        ),
        Mistake(
            "the whole text",
            "You return the bits of the whole text. Divide by the number of characters.",
            lambda nll: nll.sum() / np.log(2),
        ),
        Mistake(
            "the logarithm of the nats",
            "The surprisals are logarithms already. To change their base, divide by ln 2; log2 of "
            "them means nothing.",
            _quiet(lambda nll: np.log2(nll.mean())),
        ),
        Mistake(
            "the mean of logarithms of the nats",
            "The surprisals are logarithms already: you take log2 of each. Divide by ln 2 instead.",
            _quiet(lambda nll: np.log2(nll).mean()),
        ),
        in_forms(
            "by way of the perplexity",
            "Right until the perplexity overflows (or a probability underflows). You undo a "
            "logarithm only to take it again: divide the nats by ln 2.",
            _quiet(lambda nll: np.log2(np.exp(nll.mean()))),
            _quiet(lambda nll: -np.log2(np.exp(-nll)).mean()),
            _quiet(lambda nll: np.log2(np.exp(nll)).mean()),
        ),
        Mistake(
            "bytes",
            "You divide by 8: those are bytes per character.",
            lambda nll: nll.mean() / np.log(2) / 8,
        ),
        Mistake(
            "impossible characters left out",
            "You leave out infinite surprisals. What a model excludes cannot be encoded at all.",
            _finite_only(lambda nll: nll.mean() / np.log(2)),
        ),
    ),
)


# ------------------------------------------------------------------ bigram_model


def _text_cases(rng):
    drawn = "".join(rng.choice(list("etaoin shr"), 300))
    return [
        Case(("hello, world",)),
        Case(("ab",), note="a single pair"),
        Case(("aaaa",), note="one character"),
        Case(
            ("na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve\ncaf\N{LATIN SMALL LETTER E WITH ACUTE}",)
        ),
        Case(("zyxzyyz",), note="the characters do not appear in their order"),
        Case((drawn,)),
        Case(("Ab aB AB",), note="large and small letters are different characters"),
        Case(("ab" * 300,), note="a pair that comes 300 times"),
    ]


def _pairs(text, symbols=None):
    """Counts of pairs, rows the first character."""
    symbols = sorted(set(text)) if symbols is None else symbols
    n = np.zeros((len(symbols), len(symbols)))
    for a, b in itertools.pairwise(text):
        n[symbols.index(a), symbols.index(b)] += 1
    return n


def _divided(n, axis=1):
    with np.errstate(all="ignore"):
        return n / n.sum(axis=axis, keepdims=True)


def _every_other(text):
    symbols = sorted(set(text))
    n = np.ones((len(symbols), len(symbols)))
    for a, b in zip(text[::2], text[1::2], strict=False):
        n[symbols.index(a), symbols.index(b)] += 1
    return _divided(n)


def _by_occurrence(text):
    n = _pairs(text)
    occurs = np.array([text.count(c) for c in sorted(set(text))])
    return (n + 1) / (occurs[:, np.newaxis] + len(n))


def _counted_by_text(text):
    symbols = sorted(set(text))
    n = np.array([[text.count(a + b) for b in symbols] for a in symbols])
    return (n + 1) / (n.sum(axis=1, keepdims=True) + len(symbols))


bigram_model = Exercise(
    name="bigram_model",
    chapter=CHAPTER,
    signature="bigram_model(text)",
    task="A table of shape (V, V), where V characters occur in the text, sorted. Row i says what "
    "follows the i-th: (n_ij + 1) / (n_i + V), where n_ij counts the pair and n_i is the sum of "
    "its row of counts. The text has two characters or more.",
    difficulty=2,
    minutes=10,
    reference=language.bigram_model,
    cases=_text_cases,
    hints=(
        "Give each character its place: sorted(set(text)) is the list of them. Begin with a table "
        "of ones, which is the + 1, and count the pairs of neighbours into it.",
        "The i-th pair is text[i] and text[i + 1], for i in range(len(text) - 1). Then divide "
        "each row by its sum, which is n_i + V: counts / counts.sum(axis=1, keepdims=True).",
    ),
    mistakes=(
        Mistake(
            "pairs that overlap are missed",
            "text.count finds pairs that do not overlap: one in 'aaa', where there are two. Go "
            "through the text place by place.",
            _counted_by_text,
        ),
        Mistake(
            "all rows are one list",
            "[[1] * V] * V is V times the same list: what one row counts, all do. Make each row "
            "anew, or use np.ones((V, V)).",
            lambda text: (
                np.tile(_pairs(text).sum(axis=0) + 1.0, (len(set(text)), 1))
                / (len(text) - 1 + len(set(text)))
            ),
        ),
        Mistake(
            "columns sum to 1",
            "You divide each column by its sum. Given a character, what follows is a distribution: "
            "divide each row by its sum, axis=1.",
            lambda text: _divided(_pairs(text) + 1, axis=0),
        ),
        Mistake(
            "rows and columns swapped",
            "Your rows are the second character. Row i is about what follows the i-th one.",
            lambda text: _divided(_pairs(text) + 1, axis=0).T,
        ),
        Mistake(
            "the transposed table",
            "Your table is right, but transposed: the first character chooses the row.",
            lambda text: _divided(_pairs(text) + 1).T,
        ),
        in_forms(
            "no 1 is added",
            "You do not add 1 to the counts. A pair that was not seen would be impossible, and a "
            "row without pairs is 0 / 0.",
            lambda text: _divided(_pairs(text)),
            lambda text: np.nan_to_num(_divided(_pairs(text))),
        ),
        Mistake(
            "the counts",
            "You return counts. Divide each row by its sum.",
            lambda text: _pairs(text) + 1,
        ),
        Mistake(
            "one distribution of pairs",
            "Your whole table sums to 1: these are probabilities of pairs. Each row must sum to 1.",
            lambda text: (_pairs(text) + 1) / (_pairs(text) + 1).sum(),
        ),
        Mistake(
            "in order of appearance",
            "Your characters stand in the order in which they appear. Sort them.",
            lambda text: _divided(_pairs(text, list(dict.fromkeys(text))) + 1),
        ),
        Mistake(
            "the text is a ring",
            "You count a pair of the last character and the first. Nothing follows the last one.",
            lambda text: _divided(_pairs(text + text[0]) + 1),
        ),
        Mistake(
            "every other pair",
            "You count the pairs 0-1, 2-3, 4-5. Each character but the last begins a pair: 1-2 is "
            "one too.",
            _every_other,
        ),
        Mistake(
            "divided by how often the character occurs",
            "n_i counts the pairs that begin with the character. The last character of the text "
            "begins none: your row of it does not sum to 1.",
            _by_occurrence,
        ),
    ),
)


# ------------------------------------------------------------------ masked_cross_entropy


def _masked_cases(rng):
    z = rng.normal(size=(6, 4))
    y = np.array([1, -100, 3, -100, 0, 2])
    large = np.array([[1000.0, 0.0, -5.0], [0.0, 2.0, 1.0], [-2000.0, -2001.0, -2003.0]])
    return [
        Case((z, y, -100)),
        Case((z, np.array([0, 1, 2, 3, 0, 0]), 0), note="0 is the padding"),
        Case((z, np.array([3, 1, 2, 0, 1, 1]), -1), note="nothing is to be ignored"),
        Case((large, np.array([1, 7, 2]), 7), note="a logit of 1000"),
        Case((z[:3], np.array([-100, -100, -100]), -100), note="everything is ignored"),
        Case((rng.normal(size=(40, 5)) * 3, np.r_[np.full(30, 2), rng.integers(0, 2, 10)], 2)),
    ]


def _cost(log_softmax, z, y):
    """Of each example; 0 for labels that are no class."""
    inside = (y >= 0) & (y < np.shape(z)[1])
    return -log_softmax(z)[np.arange(len(y)), np.where(inside, y, 0)] * inside


def _masked(log_softmax, z, y, ignore_index, total=None):
    kept = y != ignore_index
    cost = -log_softmax(z[kept])[np.arange(kept.sum()), y[kept]]
    return cost.sum() / (kept.sum() if total is None else total)


def _ignored_at_a_fixed_label(z, y, ignore_index, label):
    kept = y != label
    return -_log_softmax(z[kept])[np.arange(kept.sum()), y[kept]].mean()


def _mean_over(z, y, kept):
    """The mean over the labels that are kept."""
    with np.errstate(all="ignore"):
        own = _log_softmax(z[kept])[np.arange(kept.sum()), y[kept]]
        return -own.sum() / np.float64(kept.sum())


masked_cross_entropy = Exercise(
    name="masked_cross_entropy",
    chapter=CHAPTER,
    signature="masked_cross_entropy(z, y, ignore_index)",
    task="The mean cross-entropy of logits (N, K) and labels (N,), over the examples whose label "
    "is not ignore_index: one number, in nats. NaN, the mean of nothing, if all are ignored. "
    "ignore_index may be a class or none. Right for logits of 1000 too.",
    difficulty=2,
    minutes=10,
    reference=_quiet(
        lambda z, y, ignore_index: losses.cross_entropy_loss(z, y, None, ignore_index)
    ),
    cases=_masked_cases,
    hints=(
        "Choose the examples that count before you index with their labels: -100 is no column.",
        "kept = y != ignore_index; then go on with z[kept] and y[kept] only. The sum is divided "
        "by the number of those, kept.sum().",
        "z, y = z[kept], y[kept]; subtract each row's maximum from z; the loss is "
        "(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).sum() / len(y), and "
        'with np.errstate(invalid="ignore") keeps NumPy quiet about 0 / 0.',
    ),
    mistakes=(
        Mistake(
            "0 is taken for nothing",
            "`if ignore_index:` is false for 0, which is a class to be ignored here. Compare with "
            "the labels whatever the number is.",
            lambda z, y, i: _mean_over(z, y, y != i if i else y == y),
        ),
        Mistake(
            "the ignored class leaves the softmax",
            "You take the ignored class out of the softmax. Only the examples with that label are "
            "left out; their class stays a class of all others.",
            lambda z, y, i: _mean_over(np.where(np.arange(z.shape[1]) == i, -np.inf, z), y, y != i),
        ),
        Mistake(
            "divided by all examples",
            "You divide by all N. The padding then makes the loss look small: divide by the number "
            "of examples that count.",
            lambda z, y, i: _masked(_log_softmax, z, y, i, len(y)),
        ),
        Mistake(
            "the sum",
            "You return the sum. Divide it by the number of examples that count.",
            lambda z, y, i: _masked(_log_softmax, z, y, i, 1),
        ),
        in_forms(
            "-100 whatever is asked for",
            "You ignore the label -100, PyTorch's default. The label to ignore is ignore_index.",
            lambda z, y, i: _ignored_at_a_fixed_label(z, y, i, -100),
        ),
        in_forms(
            "nothing is ignored",
            "You count every example, those to be ignored too (where -100 does not fail as an "
            "index).",
            lambda z, y, i: -_log_softmax(z)[np.arange(len(y)), y].mean(),
        ),
        in_forms(
            "0 for the mean of nothing",
            "You return 0 if all are ignored. The mean of nothing is NaN, as in PyTorch: it says "
            "that this batch has told nothing.",
            lambda z, y, i: _masked(_log_softmax, z, y, i, max((y != i).sum(), 1)),
        ),
        Mistake(
            "logits set to 0",
            "You set the logits of ignored examples to 0 and keep them: each then costs ln K. "
            "Leave the examples out.",
            lambda z, y, i: _cost(_log_softmax, z * (y != i)[:, np.newaxis], y * (y != i)).mean(),
        ),
        Mistake(
            "the loss of each example",
            "You return an array. Its mean over the examples that count is asked for.",
            lambda z, y, i: np.where(y != i, _cost(_log_softmax, z, y), 0),
        ),
        *_overflow(lambda f, z, y, i: _masked(f, z, y, i)),
    ),
)


# ------------------------------------------------------------------ policy_gradient_loss


def _policy_cases(rng):
    z = np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0], [1000.0, 0.0, -3.0], [-4.0, -1.0, -1.0]])
    return [
        Case((z, np.array([0, 2, 0, 1]), np.array([1.0, 0.5, 2.0, 1.5]))),
        Case((z, np.array([0, 1, 1, 2]), np.array([-1.0, 0.5, -2.0, 0.0])), note="a bad action"),
        Case((rng.normal(size=(8, 4)), rng.integers(0, 4, 8), rng.normal(size=8))),
        Case((np.zeros((1, 2)), np.array([1]), np.array([3])), note="one action of two"),
        Case((np.array([[-2000.0, -2001.0]]), np.array([1]), np.array([-0.5]))),
    ]


def _pg(f, z, actions, advantages):
    return -np.asarray(advantages) * f(z)[np.arange(len(actions)), actions]


def _standard(a, epsilon=0.0):
    with np.errstate(all="ignore"):
        return (a - np.mean(a)) / (np.std(a) + epsilon)


policy_gradient_loss = Exercise(
    name="policy_gradient_loss",
    chapter=CHAPTER,
    signature="policy_gradient_loss(z, actions, advantages)",
    task="For each of N steps: minus the advantage times the log-probability of the action that "
    "was taken. Logits (N, K), actions (N,), advantages (N,) of any sign; shape (N,). Right for "
    "logits of 1000 too.",
    difficulty=1,
    minutes=8,
    reference=applications.policy_gradient_loss,
    cases=_policy_cases,
    hints=(
        "Cross-entropy to the action taken, and each example has a weight: its advantage. The "
        "weight may be negative.",
        "log_p = z - z.max(axis=1, keepdims=True), minus the log of the sum of its exponentials. "
        "Then -advantages * log_p[np.arange(len(actions)), actions].",
    ),
    mistakes=(
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off. Then no example costs "
            "more than minus its log. Take the log-softmax from the logits, without it.",
            lambda e, z, a, A: _pg(lambda x: np.log(losses.softmax(x) + e), z, a, A),
            lambda e, z, a, A: _pg(lambda x: np.log(np.maximum(losses.softmax(x), e)), z, a, A),
        ),
        Mistake(
            "the objective, not the loss",
            "You return A log π, what is to be maximised. A loss is minimised: change the sign.",
            lambda z, a, A: -_pg(_log_softmax, z, a, A),
        ),
        Mistake(
            "negative advantages cut off",
            "You set negative advantages to 0. A bad action must become less likely: its loss "
            "is negative, and that is right.",
            lambda z, a, A: _pg(_log_softmax, z, a, np.maximum(A, 0)),
        ),
        Mistake(
            "the size of the advantage",
            "You take |A|: then bad actions are reinforced as good ones are.",
            lambda z, a, A: _pg(_log_softmax, z, a, np.abs(A)),
        ),
        Mistake(
            "the probability, not its log",
            "You multiply by π. The log is wanted: its gradient is the one whose average over "
            "actions drawn from π is that of the expected reward.",
            lambda z, a, A: _pg(losses.softmax, z, a, A),
        ),
        Mistake(
            "the advantage is missing",
            "That is plain cross-entropy to the action taken: multiply each by its advantage.",
            lambda z, a, A: _pg(_log_softmax, z, a, np.ones(len(a))),
        ),
        in_forms(
            "standardised advantages",
            "You subtract the mean of the advantages and divide by their spread. Many programs do; "
            "here they are taken as they come.",
            lambda z, a, A: _pg(_log_softmax, z, a, _standard(A)),
            lambda z, a, A: _pg(_log_softmax, z, a, _standard(A, 1e-8)),
            lambda z, a, A: _pg(_log_softmax, z, a, A - np.mean(A)),
        ),
        Mistake(
            "the likeliest action",
            "You take the log-probability of the likeliest action. Take that of the action which "
            "was taken.",
            lambda z, a, A: -A * _log_softmax(z).max(axis=1),
        ),
        Mistake(
            "all actions",
            "You add up the log-probabilities of all actions. Only the one that was taken counts.",
            lambda z, a, A: -A * _log_softmax(z).sum(axis=1),
        ),
        _mean_of(applications.policy_gradient_loss),
        *_overflow(_pg),
    ),
)


# ------------------------------------------------------------------ listnet_loss


def _list_cases(rng):
    return [
        Case((np.array([[2.0, 1.0, 0.0]]), np.array([[3.0, 1.0, 0.0]]))),
        Case((rng.normal(size=(5, 4)), rng.integers(0, 4, (5, 4)))),
        Case(
            (np.array([[1.0, 2.0], [-1.0, -1.0]]), np.array([[1, 2], [-1, -1]])), note="the floor"
        ),
        Case((np.array([[1000.0, 0.0], [0.0, 1.0]]), np.array([[0, 3], [2, 2]]))),
        Case((np.array([[1000.0, 999.0], [999.0, 1000.0]]), np.array([[0, 1], [1, 1]]))),
        Case((np.array([[0.0, -900.0]]), np.array([[1, 0]])), note="nearly impossible"),
        Case((np.array([[0.5, -0.5], [1.0, 2.0]]), np.array([[900, 901], [0, 1]]))),
        Case((rng.normal(size=(3, 6)), np.zeros((3, 6))), note="nothing is relevant"),
        Case((np.array([[0.5, -0.5, 1.0]]), np.array([[900, 901, 0]])), note="grades of 900"),
    ]


def _listnet(f, scores, relevance):
    return -(np.exp(_log_softmax(relevance)) * f(scores)).sum(axis=-1)


def _share(relevance):
    with np.errstate(all="ignore"):
        return relevance / np.sum(relevance, axis=1, keepdims=True)


def _best_only(scores, relevance):
    best = np.argmax(relevance, axis=1)
    return -_log_softmax(scores)[np.arange(len(best)), best]


listnet_loss = Exercise(
    name="listnet_loss",
    chapter=CHAPTER,
    signature="listnet_loss(scores, relevance)",
    task="For each of N lists of K documents: the cross-entropy of softmax(scores) under "
    "softmax(relevance). Both (N, K), relevance any finite numbers; shape (N,), in nats. Right for "
    "scores and grades of 1000 too.",
    difficulty=2,
    minutes=10,
    reference=applications.listnet_loss,
    cases=_list_cases,
    hints=(
        "Two distributions over the same list: the target comes from the relevance, by a softmax "
        "of its own. Then it is the cross-entropy of chapter 03 with soft targets.",
        "With the row's maximum subtracted from each: q = np.exp(r) / np.exp(r).sum(axis=1, "
        "keepdims=True) and log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True)). The loss is "
        "-(q * log_p).sum(axis=1).",
    ),
    mistakes=(
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off. Then no example costs "
            "more than minus its log. Take the log-softmax from the logits, without it.",
            lambda e, s, r: -(losses.softmax(r) * np.log(losses.softmax(s) + e)).sum(axis=1),
            lambda e, s, r: (
                -(losses.softmax(r) * np.log(np.maximum(losses.softmax(s), e))).sum(axis=1)
            ),
        ),
        Mistake(
            "relevance divided by its sum",
            "Your target is the relevance divided by its sum. ListNet takes the softmax of it.",
            _quiet(lambda s, r: -(_share(r) * _log_softmax(s)).sum(axis=1)),
        ),
        Mistake(
            "the floor subtracted",
            "You return the KL divergence, 0 at best. Its gradient is the same; the cross-entropy "
            "is asked for, whose floor is the entropy of the target.",
            lambda s, r: _listnet(_log_softmax, s, r) - _listnet(_log_softmax, r, r),
        ),
        Mistake(
            "the two lists swapped",
            "Your target comes from the scores. The relevance is what is true.",
            lambda s, r: _listnet(_log_softmax, r, s),
        ),
        Mistake(
            "the most relevant only",
            "You use the most relevant document as the one right class. The others have their "
            "share too.",
            _best_only,
        ),
        Mistake(
            "relevance as weights",
            "You weigh with the relevance itself. Its softmax sums to 1; it does not.",
            lambda s, r: -(r * _log_softmax(s)).sum(axis=1),
        ),
        Mistake(
            "the mean over the documents",
            "Your loss is a mean over the list. It is the sum.",
            lambda s, r: _listnet(_log_softmax, s, r) / np.shape(s)[1],
        ),
        Mistake(
            "softmax over the lists",
            "Your softmax sums over the lists, axis 0. The documents of a list are on axis 1.",
            lambda s, r: -(np.exp(_log_softmax(r, 0)) * _log_softmax(s, 0)).sum(axis=1),
        ),
        _mean_of(applications.listnet_loss),
        *_overflow(_listnet, "a score is 1000"),
        Mistake(
            "exp of the relevance overflows",
            "Right until a grade is 900: there exp overflows in the target. Subtract the row's "
            "maximum from the relevance, too.",
            _quiet(lambda s, r: -(np.exp(r * 1.0) / np.exp(r * 1.0).sum(axis=1, keepdims=True)
                                  * _log_softmax(s)).sum(axis=1)),
        ),
    ),
)  # fmt: skip


# ------------------------------------------------------------------ discriminator_loss


def _gan_cases(rng):
    return [
        Case((np.array([2.0, -1.0, 0.5]), np.array([-1.0, 0.0, 3.0]))),
        Case((np.zeros(4), np.zeros(4)), note="it cannot tell them apart"),
        Case((rng.normal(size=5), rng.normal(size=20)), note="5 real ones, 20 made ones"),
        Case((np.array([-1000.0, 3.0]), np.array([-2.0, 1000.0])), note="a logit of 1000"),
        Case((np.array([40.0]), np.array([-45.0])), note="nearly certain, and right"),
        Case((np.array([25.0, 22.0]), np.array([-23.0])), note="fairly certain, and right"),
    ]


def _softplus(z):
    return np.logaddexp(0, z)


def _sides(real, fake, both=lambda r, f: r.mean() + f.mean()):
    return both(_softplus(-np.asarray(real)), _softplus(np.asarray(fake)))


def _naive_gan(real, fake):
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    return -np.log(p).mean() - np.log(1 - q).mean()


def _stable_sigmoid_gan(real, fake):
    return -np.log(losses.sigmoid(real)).mean() - np.log(losses.sigmoid(-fake)).mean()


def _one_minus_gan(real, fake):
    return -np.log(losses.sigmoid(real)).mean() - np.log(1 - losses.sigmoid(fake)).mean()


discriminator_loss = Exercise(
    name="discriminator_loss",
    chapter=CHAPTER,
    signature="discriminator_loss(real_z, fake_z)",
    task="The mean binary cross-entropy of calling real examples 1 plus the mean of calling made "
    "ones 0: one number. Logits real_z (N,) and fake_z (M,). Right for logits of 1000 "
    "too.",
    difficulty=1,
    minutes=8,
    reference=applications.discriminator_loss,
    cases=_gan_cases,
    hints=(
        "A real example costs -log sigmoid(z), a made one -log(1 - sigmoid(z)). Both are softplus "
        "functions of the logit.",
        "np.logaddexp(0, -real_z) is the cost of each real example, np.logaddexp(0, fake_z) of "
        "each made one. Add their two means.",
    ),
    mistakes=(
        Mistake(
            "the labels swapped",
            "You call the real ones 0 and the made ones 1.",
            lambda r, f: _sides(-r, -f),
        ),
        Mistake(
            "the generator's side",
            "You call the made ones 1, as the generator would like it. The discriminator calls "
            "them 0: softplus(fake_z).",
            lambda r, f: _sides(r, -f),
        ),
        Mistake(
            "the mean of the two means",
            "You halve the sum: at equilibrium that is ln 2. Here the two terms are added, and it "
            "is 2 ln 2.",
            lambda r, f: _sides(r, f) / 2,
        ),
        Mistake(
            "one mean over all",
            "You average over all examples together. If there are more made ones they count more: "
            "take a mean of each kind, and add the two.",
            lambda r, f: _sides(r, f, lambda a, b: np.concatenate([a, b]).mean()),
        ),
        Mistake(
            "sums",
            "You add up the examples. Take the mean of each kind.",
            lambda r, f: _sides(r, f, lambda a, b: a.sum() + b.sum()),
        ),
        Mistake(
            "the real ones only",
            "The made ones are missing: add the mean of softplus(fake_z).",
            lambda r, f: _sides(r, f, lambda a, b: a.mean()),
        ),
        Mistake(
            "the squared loss",
            "You compute the squared loss of LSGAN. Binary cross-entropy is asked for.",
            lambda r, f: ((r - 1) ** 2).mean() + (f**2).mean(),
        ),
        Mistake(
            "the hinge loss",
            "You compute a hinge loss. Binary cross-entropy is asked for.",
            lambda r, f: np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(),
        ),
        in_forms(
            "sigmoid first, then log",
            "Right for small logits. A sigmoid is rounded to 0 or 1, and its log is infinite or 0. "
            "Compute softplus from the logits.",
            _quiet(_naive_gan),
            _quiet(_stable_sigmoid_gan),
            _quiet(_one_minus_gan),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off. Then no example costs "
            "more than minus its log. Compute softplus from the logits, without it.",
            lambda e, r, f: (
                -np.log(losses.sigmoid(r) + e).mean() - np.log(1 - losses.sigmoid(f) + e).mean()
            ),
            lambda e, r, f: (
                -np.log(np.clip(losses.sigmoid(r), e, 1 - e)).mean()
                - np.log(1 - np.clip(losses.sigmoid(f), e, 1 - e)).mean()
            ),
        ),
    ),
)


# ------------------------------------------------------------------ reconstruction_bce


def _pixel_cases(rng):
    x = rng.random((4, 6))
    return [
        Case((np.array([[0.0, 1.0, -2.0]]), np.array([[0.5, 0.8, 0.0]]))),
        Case((rng.normal(size=(4, 6)), x)),
        Case((np.log(x / (1 - x)), x), note="a perfect reconstruction"),
        Case((rng.normal(size=(3, 5)), rng.integers(0, 2, (3, 5))), note="black and white"),
        Case((np.array([[1000.0, -1000.0], [50.0, 3.0]]), np.array([[0.25, 0.5], [1.0, 1.0]]))),
    ]


def _pixels(z, x):
    return x * _softplus(-z) + (1 - x) * _softplus(z)


def _naive_pixels(z, x):
    p = 1 / (1 + np.exp(-z))
    return (-x * np.log(p) - (1 - x) * np.log(1 - p)).sum(axis=1)


def _entropy_of(x):
    with np.errstate(all="ignore"):
        parts = [np.where(v == 0, 0, -v * np.log(v)) for v in (x * 1.0, 1.0 - x)]
    return sum(parts)


reconstruction_bce = Exercise(
    name="reconstruction_bce",
    chapter=CHAPTER,
    signature="reconstruction_bce(z, x)",
    task="For each of N pictures: the binary cross-entropy of its grey values x, from 0 to 1, from "
    "logits z, summed over the pixels. Both (N, pixels); shape (N,), in nats. Right for logits of "
    "1000 too.",
    difficulty=1,
    minutes=8,
    reference=applications.reconstruction_bce,
    cases=_pixel_cases,
    hints=(
        "The label of a pixel may lie between 0 and 1: both terms of the binary cross-entropy "
        "count.",
        "With softplus, np.logaddexp(0, .), the cost of a pixel is "
        "x * np.logaddexp(0, -z) + (1 - x) * np.logaddexp(0, z). Then add up each row, "
        ".sum(axis=1).",
    ),
    mistakes=(
        Mistake(
            "the mean over the pixels",
            "You average over the pixels. In the bound that a VAE maximises they are added up: a "
            "mean makes the other term too heavy by the number of pixels.",
            lambda z, x: _pixels(z, x).mean(axis=1),
        ),
        Mistake(
            "one number",
            "You add up everything. Each picture has its own loss.",
            lambda z, x: _pixels(z, x).sum(),
        ),
        Mistake(
            "the mean over the pictures",
            "You return the mean over the pictures. Each has its own loss.",
            lambda z, x: _pixels(z, x).sum(axis=1).mean(),
        ),
        Mistake(
            "rounded to black and white",
            "You make 0 and 1 of the grey values. They are taken as they are.",
            lambda z, x: _pixels(z, x > 0.5).sum(axis=1),
        ),
        Mistake(
            "the floor subtracted",
            "You subtract the entropy of the pixels, so that a perfect picture costs 0. The "
            "cross-entropy itself is asked for.",
            lambda z, x: (_pixels(z, x) - _entropy_of(x)).sum(axis=1),
        ),
        Mistake(
            "the term of x only",
            "The term of 1 - x is missing: without it the best answer is white everywhere.",
            lambda z, x: (x * _softplus(-z)).sum(axis=1),
        ),
        Mistake(
            "the squared error",
            "You compute a squared error. Binary cross-entropy is asked for.",
            lambda z, x: ((losses.sigmoid(z) - x) ** 2).sum(axis=1),
        ),
        Mistake(
            "x and 1 - x swapped",
            "A white pixel, x = 1, costs -log sigmoid(z). You have the two terms the other way "
            "round.",
            lambda z, x: _pixels(-z, x).sum(axis=1),
        ),
        in_forms(
            "sigmoid first, then log",
            "Right for small logits. A sigmoid is rounded to 0 or 1, and its log is infinite. "
            "Compute softplus from the logits.",
            _quiet(_naive_pixels),
            _quiet(
                lambda z, x: (
                    -x * np.log(losses.sigmoid(z)) - (1 - x) * np.log(losses.sigmoid(-z))
                ).sum(axis=1)
            ),
        ),
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off. Compute softplus from "
            "the logits, without it.",
            lambda e, z, x: (
                -x * np.log(losses.sigmoid(z) + e) - (1 - x) * np.log(1 - losses.sigmoid(z) + e)
            ).sum(axis=1),
            lambda e, z, x: (
                -x * np.log(np.clip(losses.sigmoid(z), e, 1 - e))
                - (1 - x) * np.log(1 - np.clip(losses.sigmoid(z), e, 1 - e))
            ).sum(axis=1),
        ),
    ),
)


# ------------------------------------------------------------------ dpo_loss


def _preference_cases(rng):
    four = -rng.exponential(20, (4, 6))
    return [
        Case((np.array([-10.0, -30.0]), np.array([-12.0, -25.0]), np.array([-11.0, -28.0]),
              np.array([-11.5, -29.0]), 0.1)),
        Case((*four, 0.5)),
        Case((four[0], four[1], four[0], four[1], 0.3), note="nothing was learned yet"),
        Case((*-rng.exponential(20, (4, 3)), 1.0)),
        Case((np.array([-2000.0, -5.0]), np.array([-3.0, -4000.0]), np.array([-4.0, -6.0]),
              np.array([-5.0, -7.0]), 1.0), note="a difference of thousands"),
        Case((np.array([-10, -30]), np.array([-12, -25]), np.array([-11, -28]),
              np.array([-12, -29]), 0.1), note="whole numbers"),
    ]  # fmt: skip


def _dpo(c, r, rc, rr, beta):
    return _softplus(-beta * ((c - rc) - (r - rr)))


def _naive_dpo(c, r, rc, rr, beta):
    return -np.log(1 / (1 + np.exp(-beta * ((c - rc) - (r - rr)))))


def _probability_dpo(c, r, rc, rr, beta):
    ratio = (np.exp(c) / np.exp(rc)) / (np.exp(r) / np.exp(rr))
    return np.log1p(ratio**-beta)


dpo_loss = Exercise(
    name="dpo_loss",
    chapter=CHAPTER,
    signature="dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta)",
    task="For each of N pairs of answers: -log sigmoid(beta * difference), where the difference is "
    "how much the log-probability of the chosen answer has grown against the reference, minus the "
    "same for the rejected one. Four arrays of log-probabilities (N,); shape (N,). Right for "
    "differences of thousands too.",
    difficulty=2,
    minutes=10,
    reference=applications.dpo_loss,
    cases=_preference_cases,
    hints=(
        "Two log-ratios, model against reference: one of the chosen, one of the rejected answer. "
        "Their difference is the logit of a binary cross-entropy with label 1.",
        "margin = (chosen - reference_chosen) - (rejected - reference_rejected). And "
        "-log sigmoid(x) is softplus(-x): np.logaddexp(0, -beta * margin).",
    ),
    mistakes=(
        Mistake(
            "the reference is missing",
            "You compare the log-probabilities of the model alone. How much each has grown "
            "against the reference is what counts.",
            lambda c, r, rc, rr, b: _softplus(-b * (c - r)),
        ),
        Mistake(
            "the reference added",
            "You add the reference's log-probabilities. A log-ratio is a difference: subtract.",
            lambda c, r, rc, rr, b: _softplus(-b * ((c + rc) - (r + rr))),
        ),
        Mistake(
            "chosen and rejected swapped",
            "Your loss falls as the rejected answer gains. The chosen one comes first.",
            lambda c, r, rc, rr, b: _dpo(r, c, rr, rc, b),
        ),
        Mistake(
            "beta is missing",
            "You leave out beta. It says how dear it is to leave the reference.",
            lambda c, r, rc, rr, b: _dpo(c, r, rc, rr, 1.0),
        ),
        Mistake(
            "beta outside",
            "You multiply the loss by beta. It stands inside, before the difference.",
            lambda c, r, rc, rr, b: b * _dpo(c, r, rc, rr, 1.0),
        ),
        Mistake(
            "divided by beta",
            "You divide the difference by beta. It is a factor, not a temperature.",
            lambda c, r, rc, rr, b: _dpo(c, r, rc, rr, 1 / b),
        ),
        Mistake(
            "the sigmoid, not its log",
            "You return minus the sigmoid, or one minus it. Its logarithm is missing.",
            lambda c, r, rc, rr, b: 1 - losses.sigmoid(b * ((c - rc) - (r - rr))),
            one_of(
                lambda c, r, rc, rr, b: 1 - losses.sigmoid(b * ((c - rc) - (r - rr))),
                lambda c, r, rc, rr, b: -losses.sigmoid(b * ((c - rc) - (r - rr))),
            ),
        ),
        Mistake(
            "no sigmoid",
            "You return minus beta times the difference: that has no floor, and pairs that are "
            "settled pull on. The log of a sigmoid is missing.",
            lambda c, r, rc, rr, b: -b * ((c - rc) - (r - rr)),
        ),
        _mean_of(_dpo),
        in_forms(
            "sigmoid first, then log",
            "Right for small differences. The sigmoid is rounded to 0, and its log is infinite. "
            "np.logaddexp(0, -x) is -log sigmoid(x).",
            _quiet(_naive_dpo),
            _quiet(lambda *a: np.log(1 + np.exp(-a[4] * ((a[0] - a[2]) - (a[1] - a[3]))))),
            _quiet(lambda *a: np.log1p(np.exp(-a[4] * ((a[0] - a[2]) - (a[1] - a[3]))))),
            _quiet(_probability_dpo),
        ),
    ),
)


# ------------------------------------------------------------------ info_nce


def _similarity_cases(rng):
    return [
        Case((np.array([[0.9, 0.1], [0.3, 0.5]]), 0.5)),
        Case((rng.normal(size=(5, 5)), 1.0)),
        Case((rng.uniform(-1, 1, (4, 4)), 0.07)),
        Case((np.zeros((8, 8)), 0.1), note="nothing is known: ln 8"),
        Case((np.array([[0.3]]), 2.0), note="one candidate"),
        Case((np.array([[1.0, -1.0, 0.0], [0.5, -1.0, 1.0], [-1.0, -0.9, -1.0]]), 0.001)),
    ]


def _nce(f, s, t):
    return -np.diagonal(f(s / t))


def _without_the_pair(s, t):
    others = np.where(np.eye(len(s), dtype=bool), -np.inf, s / t)
    with np.errstate(all="ignore"):
        top = others.max(axis=1)
        sums = np.log(np.exp(others - top[:, np.newaxis]).sum(axis=1)) + top
    return sums - np.diagonal(s) / t


info_nce = Exercise(
    name="info_nce",
    chapter=CHAPTER,
    signature="info_nce(similarities, temperature)",
    task="Row i compares example i with N candidates; candidate i is its partner. For each row the "
    "cross-entropy of picking the partner, with logits similarities / temperature. Shape (N, N) "
    "in, (N,) out, in nats. Right for a temperature of 0.001 too.",
    difficulty=2,
    minutes=10,
    reference=applications.info_nce,
    cases=_similarity_cases,
    hints=(
        "It is the softmax cross-entropy of chapter 03: the candidates are the classes, and the "
        "label of row i is i.",
        "z = similarities / temperature, minus the row's maximum. The loss is "
        "np.log(np.exp(z).sum(axis=1)) - np.diagonal(z).",
    ),
    mistakes=(
        with_epsilon(
            "a small number inside the logarithm",
            "You add a small number to the probabilities, or cut them off. Then no example costs "
            "more than minus its log. Take the log-softmax from the logits, without it.",
            lambda e, s, t: _nce(lambda x: np.log(losses.softmax(x) + e), s, t),
            lambda e, s, t: _nce(lambda x: np.log(np.maximum(losses.softmax(x), e)), s, t),
        ),
        Mistake(
            "multiplied by the temperature",
            "You multiply by the temperature. Divide by it: a low one makes sharper.",
            lambda s, t: _nce(_log_softmax, s * t, 1.0),
        ),
        Mistake(
            "the temperature is missing",
            "You leave out the temperature.",
            lambda s, t: _nce(_log_softmax, s, 1.0),
        ),
        Mistake(
            "over the columns",
            "Your softmax sums over axis 0. The candidates of example i stand in row i.",
            lambda s, t: -np.diagonal(_log_softmax(s / t, axis=0)),
        ),
        Mistake(
            "both directions",
            "You average over rows and columns, as CLIP does. Here the rows alone are asked for.",
            lambda s, t: -np.diagonal(_log_softmax(s / t) + _log_softmax(s / t, axis=0)) / 2,
        ),
        Mistake(
            "the partner left out of the sum",
            "Your sum runs over the other candidates only. The partner is one of the N: with it "
            "the loss cannot be negative.",
            _without_the_pair,
        ),
        Mistake(
            "the bound on information",
            "You return ln N minus the loss, or the loss minus ln N. The loss itself is asked for.",
            lambda s, t: np.log(len(s)) - _nce(_log_softmax, s, t),
            one_of(
                lambda s, t: np.log(len(s)) - _nce(_log_softmax, s, t),
                lambda s, t: _nce(_log_softmax, s, t) - np.log(len(s)),
            ),
        ),
        Mistake(
            "the loss divided by the temperature",
            "You divide the loss by the temperature. Divide the similarities, before the softmax.",
            lambda s, t: _nce(_log_softmax, s, 1.0) / t,
        ),
        _mean_of(lambda s, t: _nce(_log_softmax, s, t)),
        *_overflow(_nce, "a similarity over the temperature is 1000"),
    ),
)

EXERCISES = (
    perplexity,
    bits_per_character,
    bigram_model,
    masked_cross_entropy,
    policy_gradient_loss,
    listnet_loss,
    discriminator_loss,
    reconstruction_bce,
    dpo_loss,
    info_nce,
)
