import math
import numpy as np
from collections import Counter, defaultdict

# %% right perplexity
def perplexity(nll):
    with np.errstate(over='ignore'):
        return np.exp(nll.mean())

# %% right perplexity
def perplexity(nll):
    with np.errstate(over='ignore'):
        return np.e ** (sum(nll) / len(nll))

# %% right perplexity
def perplexity(nll):
    m = float(np.mean(nll))
    try:
        return math.exp(m)
    except OverflowError:
        return math.inf

# %% right perplexity
def perplexity(nll):
    bits = np.mean(nll) / np.log(2)
    with np.errstate(over='ignore'):
        return np.exp2(bits)

# %% wrong perplexity: 2 to the power of nats
def perplexity(nll):
    return 2 ** np.mean(nll)

# %% wrong perplexity: 2 to the power of nats
def perplexity(nll):
    h = sum(nll) / len(nll)
    return pow(2, h)

# %% wrong perplexity: the mean of exponentials
def perplexity(nll):
    return np.mean(np.exp(nll))

# %% wrong perplexity: the mean of exponentials
def perplexity(nll):
    return sum(math.exp(x) for x in nll[nll < 700]) / len(nll) if (nll < 700).all() else math.inf

# %% wrong perplexity: exp of the sum
def perplexity(nll):
    return np.exp(np.sum(nll))

# %% wrong perplexity: the mean itself
def perplexity(nll):
    return np.sum(nll) / len(nll)

# %% wrong perplexity: the product of probabilities
def perplexity(nll):
    p = np.exp(-nll)
    return p.prod() ** (-1 / len(p))

# %% wrong perplexity: the product of probabilities
def perplexity(nll):
    total = 1.0
    for x in nll:
        total *= np.exp(x)
    return total ** (1 / len(nll))

# %% wrong perplexity: the mean probability
def perplexity(nll):
    return 1 / np.exp(nll.mean())

# %% wrong perplexity: impossible tokens left out
def perplexity(nll):
    ok = nll[~np.isinf(nll)]
    return np.exp(ok.mean())

# %% wrong perplexity
def perplexity(nll):
    return np.exp(np.median(nll))

# %% wrong perplexity
def perplexity(nll):
    return np.exp(nll).max()

# %% hint perplexity
def perplexity(nll):
    with np.errstate(over='ignore'):
        return np.exp(np.mean(nll))  # hint

# %% right bits_per_character
def bits_per_character(nll):
    return nll.mean() / math.log(2)

# %% right bits_per_character
def bits_per_character(nll):
    return np.sum(nll) * np.log2(np.e) / len(nll)

# %% right bits_per_character
def bits_per_character(nll):
    total = 0.0
    for x in nll:
        total += x / math.log(2)
    return total / len(nll)

# %% right bits_per_character
def bits_per_character(nll):
    return np.average(nll / np.log(2))

# %% wrong bits_per_character: nats
def bits_per_character(nll):
    return np.mean(nll)

# %% wrong bits_per_character: multiplied by ln 2
def bits_per_character(nll):
    return nll.mean() * math.log(2)

# %% wrong bits_per_character: the whole text
def bits_per_character(nll):
    return np.sum(nll) / np.log(2)

# %% wrong bits_per_character: the logarithm of the nats
def bits_per_character(nll):
    return np.log2(np.mean(nll))

# %% wrong bits_per_character: the mean of logarithms of the nats
def bits_per_character(nll):
    return np.mean(np.log2(nll))

# %% wrong bits_per_character: by way of the perplexity
def bits_per_character(nll):
    return np.log2(np.exp(np.mean(nll)))

# %% wrong bits_per_character: by way of the perplexity
def bits_per_character(nll):
    p = np.exp(-nll)
    return np.mean(-np.log2(p))

# %% wrong bits_per_character: bytes
def bits_per_character(nll):
    return np.mean(nll) / np.log(2) / 8

# %% wrong bits_per_character: impossible characters left out
def bits_per_character(nll):
    s = nll[nll < np.inf]
    return np.mean(s) / np.log(2)

# %% wrong bits_per_character: minus the right answer
def bits_per_character(nll):
    return -np.mean(nll) / np.log(2)

# %% wrong bits_per_character
def bits_per_character(nll):
    return np.mean(nll) / np.log(10)

# %% hint bits_per_character
def bits_per_character(nll):
    return np.mean(nll) / np.log(2)  # hint: np.mean(nll) / np.log(2)

# %% right bigram_model
def bigram_model(text):
    chars = sorted(set(text))
    V = len(chars)
    P = np.zeros((V, V))
    for i, a in enumerate(chars):
        after = Counter(text[k + 1] for k in range(len(text) - 1) if text[k] == a)
        for j, b in enumerate(chars):
            P[i, j] = (after[b] + 1) / (sum(after.values()) + V)
    return P

# %% right bigram_model
def bigram_model(text):
    chars, codes = np.unique(list(text), return_inverse=True)
    V = len(chars)
    n = np.bincount(codes[:-1] * V + codes[1:], minlength=V * V).reshape(V, V) + 1
    return n / n.sum(1)[:, None]

# %% right bigram_model
def bigram_model(text):
    chars = sorted(set(text))
    rows = defaultdict(lambda: [1] * len(chars))
    for a, b in zip(text, text[1:]):
        rows[a][chars.index(b)] += 1
    return [[v / sum(rows[a]) for v in rows[a]] for a in chars]

# %% right bigram_model
def bigram_model(text):
    chars = sorted(set(text))
    idx = {c: k for k, c in enumerate(chars)}
    n = np.zeros((len(chars), len(chars)))
    for k in range(1, len(text)):
        n[idx[text[k - 1]], idx[text[k]]] += 1
    return (n + 1) / (n.sum(axis=1, keepdims=True) + len(chars))

# %% wrong bigram_model: columns sum to 1
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    n += 1
    return n / n.sum(0)

# %% wrong bigram_model: rows and columns swapped
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(b), chars.index(a)] += 1
    n += 1
    return n / n.sum(1, keepdims=True)

# %% wrong bigram_model: the transposed table
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    n += 1
    return (n / n.sum(1, keepdims=True)).T

# %% wrong bigram_model: no 1 is added
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    with np.errstate(invalid='ignore'):
        return n / n.sum(1, keepdims=True)

# %% wrong bigram_model: no 1 is added
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    return n / np.maximum(n.sum(1, keepdims=True), 1)

# %% wrong bigram_model: the counts
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    return n + 1

# %% wrong bigram_model: one distribution of pairs
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    n += 1
    return n / n.sum()

# %% wrong bigram_model: in order of appearance
def bigram_model(text):
    chars = list(dict.fromkeys(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    n += 1
    return n / n.sum(1, keepdims=True)

# %% wrong bigram_model: the text is a ring
def bigram_model(text):
    chars = sorted(set(text))
    n = np.ones((len(chars), len(chars)))
    for i in range(len(text)):
        n[chars.index(text[i - 1]), chars.index(text[i])] += 1
    return n / n.sum(1, keepdims=True)

# %% wrong bigram_model: every other pair
def bigram_model(text):
    chars = sorted(set(text))
    n = np.ones((len(chars), len(chars)))
    for i in range(0, len(text) - 1, 2):
        n[chars.index(text[i]), chars.index(text[i + 1])] += 1
    return n / n.sum(1, keepdims=True)

# %% wrong bigram_model: divided by how often the character occurs
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    c = Counter(text)
    return (n + 1) / (np.array([c[x] for x in chars])[:, None] + len(chars))

# %% wrong bigram_model
def bigram_model(text):
    chars = sorted(set(text))
    n = np.zeros((len(chars), len(chars)))
    for a, b in zip(text, text[1:]):
        n[chars.index(a), chars.index(b)] += 1
    n += 2
    return n / n.sum(1, keepdims=True)

# %% hint bigram_model
def bigram_model(text):
    place = {c: i for i, c in enumerate(sorted(set(text)))}  # hint: sorted(set(text))
    counts = np.ones((len(place), len(place)))
    for i in range(len(text) - 1):  # hint
        counts[place[text[i]], place[text[i + 1]]] += 1
    return counts / counts.sum(axis=1, keepdims=True)  # hint

# %% right masked_cross_entropy
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    total, count = 0.0, 0
    for row, label in zip(log_softmax(z), y):
        if label != ignore_index:
            total -= row[label]
            count += 1
    return total / count if count else math.nan

# %% right masked_cross_entropy
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    if not kept.any():
        return np.nan
    return -log_softmax(z)[kept, y[kept]].mean()

# %% right masked_cross_entropy
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    safe = np.where(kept, y, 0)
    cost = -np.take_along_axis(log_softmax(z), safe[:, None], axis=1)[:, 0]
    with np.errstate(invalid='ignore'):
        return (cost * kept).sum() / kept.sum()

# %% right masked_cross_entropy
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    i = np.flatnonzero(y != ignore_index)
    lp = log_softmax(z)
    return float(np.mean([-lp[k, y[k]] for k in i])) if len(i) else float('nan')

# %% wrong masked_cross_entropy: divided by all examples
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    return -log_softmax(z)[kept, y[kept]].sum() / len(y)

# %% wrong masked_cross_entropy: the sum
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    return -log_softmax(z)[kept, y[kept]].sum()

# %% wrong masked_cross_entropy: -100 whatever is asked for
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != -100
    return -log_softmax(z)[kept, y[kept]].mean()

# %% wrong masked_cross_entropy: nothing is ignored
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    return -log_softmax(z)[np.arange(len(y)), y].mean()

# %% wrong masked_cross_entropy: 0 for the mean of nothing
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    if kept.sum() == 0:
        return 0.0
    return -log_softmax(z)[kept, y[kept]].mean()

# %% wrong masked_cross_entropy: logits set to 0
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    lp = log_softmax(np.where(kept[:, None], z, 0.0))
    return -lp[np.arange(len(y)), np.where(kept, y, 0)].mean()

# %% wrong masked_cross_entropy: the loss of each example
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    return np.where(kept, -log_softmax(z)[np.arange(len(y)), np.where(kept, y, 0)], 0)

# %% wrong masked_cross_entropy: exp overflows
def masked_cross_entropy(z, y, ignore_index):
    k = y != ignore_index
    z, y = z[k], y[k]
    return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy: softmax first, then log
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    k = y != ignore_index
    p = np.exp(log_softmax(z))
    return -np.log(p[k, y[k]]).mean()

# %% wrong masked_cross_entropy: one maximum for all rows
def masked_cross_entropy(z, y, ignore_index):
    k = y != ignore_index
    if not k.any():
        return np.nan
    z, y = z[k], y[k]
    z = z - z.max()
    return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    return np.median(-log_softmax(z)[kept, y[kept]])

# %% hint masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index  # hint
    z, y = z[kept], y[kept]  # hint
    z = z - z.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # hint: with np.errstate(invalid="ignore")
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).sum() / len(y)  # hint: (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).sum()

# %% right policy_gradient_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -advantages * log_softmax(z)[np.arange(len(actions)), actions]

# %% right policy_gradient_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    lp = log_softmax(z)
    return np.array([-A * lp[i, a] for i, (a, A) in enumerate(zip(actions, advantages))])

# %% right policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    m = z.max(1)
    nll = m + np.log(np.exp(z - m[:, None]).sum(1)) - z[np.arange(len(actions)), actions]
    return advantages * nll

# %% right policy_gradient_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    one_hot = np.eye(z.shape[1])[actions]
    return -(one_hot * log_softmax(z)).sum(1) * advantages

# %% wrong policy_gradient_loss: the objective, not the loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return advantages * log_softmax(z)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: negative advantages cut off
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -np.clip(advantages, 0, None) * log_softmax(z)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: the size of the advantage
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -np.abs(advantages) * log_softmax(z)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: the probability, not its log
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -advantages * np.exp(log_softmax(z))[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: the advantage is missing
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -log_softmax(z)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: standardised advantages
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    A = (advantages - advantages.mean()) / advantages.std()
    return -A * log_softmax(z)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: all actions
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -(advantages[:, None] * log_softmax(z)).sum(1)

# %% wrong policy_gradient_loss: the mean
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return np.mean(-advantages * log_softmax(z)[np.arange(len(actions)), actions])

# %% wrong policy_gradient_loss: exp overflows
def policy_gradient_loss(z, actions, advantages):
    lp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -advantages * lp[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: exp overflows
def policy_gradient_loss(z, actions, advantages):
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return -advantages * np.log(p)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: softmax first, then log
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    p = np.exp(log_softmax(z))
    return -advantages * np.log(p)[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss: one maximum for all rows
def policy_gradient_loss(z, actions, advantages):
    e = np.exp(z - z.max())
    return -advantages * np.log(e / e.sum(1, keepdims=True))[np.arange(len(actions)), actions]

# %% wrong policy_gradient_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def policy_gradient_loss(z, actions, advantages):
    return -log_softmax(z)[np.arange(len(actions)), actions] + advantages

# %% hint policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    log_p = z - z.max(axis=1, keepdims=True)  # hint
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    return -advantages * log_p[np.arange(len(actions)), actions]  # hint

# %% right listnet_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -(np.exp(log_softmax(relevance)) * log_softmax(scores)).sum(1)

# %% right listnet_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    q = np.exp(log_softmax(relevance))
    return np.array([-a @ b for a, b in zip(q, log_softmax(scores))])

# %% right listnet_loss
def soft(v):
    e = np.exp(v - v.max())
    return e / e.sum()

def listnet_loss(scores, relevance):
    out = []
    for s, r in zip(scores, relevance):
        top = s.max()
        out.append(top + np.log(np.exp(s - top).sum()) - soft(r) @ s)
    return out

# %% right listnet_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -np.einsum('nk,nk->n', np.exp(log_softmax(relevance)), log_softmax(scores))

# %% wrong listnet_loss: relevance divided by its sum
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    with np.errstate(all='ignore'):
        q = relevance / relevance.sum(1, keepdims=True)
    return -(q * log_softmax(scores)).sum(1)

# %% wrong listnet_loss: the floor subtracted
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    lq = log_softmax(relevance)
    return (np.exp(lq) * (lq - log_softmax(scores))).sum(1)

# %% wrong listnet_loss: the two lists swapped
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -(np.exp(log_softmax(scores)) * log_softmax(relevance)).sum(1)

# %% wrong listnet_loss: the most relevant only
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -log_softmax(scores)[np.arange(len(scores)), relevance.argmax(1)]

# %% wrong listnet_loss: relevance as weights
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -(relevance * log_softmax(scores)).sum(1)

# %% wrong listnet_loss: the mean over the documents
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -(np.exp(log_softmax(relevance)) * log_softmax(scores)).mean(1)

# %% wrong listnet_loss: softmax over the lists
def ls0(z):
    m = z.max(axis=0)
    return z - m - np.log(np.exp(z - m).sum(axis=0))

def listnet_loss(scores, relevance):
    return -(np.exp(ls0(relevance)) * ls0(scores)).sum(1)

# %% wrong listnet_loss: the mean
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return -(np.exp(log_softmax(relevance)) * log_softmax(scores)).sum(1).mean()

# %% wrong listnet_loss: exp overflows
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    lp = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    return -(np.exp(log_softmax(relevance)) * lp).sum(1)

# %% wrong listnet_loss: softmax first, then log
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    lp = np.log(np.exp(log_softmax(scores)))
    return -(np.exp(log_softmax(relevance)) * lp).sum(1)

# %% wrong listnet_loss: one maximum for all rows
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    s = scores - scores.max()
    lp = s - np.log(np.exp(s).sum(1, keepdims=True))
    return -(np.exp(log_softmax(relevance)) * lp).sum(1)

# %% wrong listnet_loss: exp of the relevance overflows
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    e = np.exp(relevance)
    q = e / e.sum(1, keepdims=True)
    return -(q * log_softmax(scores)).sum(1)

# %% wrong listnet_loss
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def listnet_loss(scores, relevance):
    return ((np.exp(log_softmax(relevance)) - np.exp(log_softmax(scores))) ** 2).sum(1)

# %% hint listnet_loss
def listnet_loss(scores, relevance):
    r = relevance - relevance.max(axis=1, keepdims=True)
    s = scores - scores.max(axis=1, keepdims=True)
    q = np.exp(r) / np.exp(r).sum(axis=1, keepdims=True)  # hint
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))  # hint
    return -(q * log_p).sum(axis=1)  # hint

# %% right discriminator_loss
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return np.mean(softplus(-real_z)) + np.mean(softplus(fake_z))

# %% right discriminator_loss
def discriminator_loss(real_z, fake_z):
    sp = lambda z: max(z, 0) + math.log1p(math.exp(-abs(z)))
    return sum(sp(-z) for z in real_z) / len(real_z) + sum(sp(z) for z in fake_z) / len(fake_z)

# %% right discriminator_loss
def discriminator_loss(real_z, fake_z):
    loss = 0.0
    for z, sign in ((real_z, -1), (fake_z, 1)):
        loss += np.logaddexp(0, sign * z).sum() / z.size
    return loss

# %% right discriminator_loss
def discriminator_loss(real_z, fake_z):
    z = np.r_[-real_z, fake_z]
    w = np.r_[np.full(len(real_z), 1 / len(real_z)), np.full(len(fake_z), 1 / len(fake_z))]
    return w @ np.logaddexp(0, z)

# %% wrong discriminator_loss: the labels swapped
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return softplus(real_z).mean() + softplus(-fake_z).mean()

# %% wrong discriminator_loss: the generator's side
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return softplus(-real_z).mean() + softplus(-fake_z).mean()

# %% wrong discriminator_loss: the mean of the two means
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return 0.5 * (softplus(-real_z).mean() + softplus(fake_z).mean())

# %% wrong discriminator_loss: one mean over all
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return np.append(softplus(-real_z), softplus(fake_z)).mean()

# %% wrong discriminator_loss: sums
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return softplus(-real_z).sum() + softplus(fake_z).sum()

# %% wrong discriminator_loss: the real ones only
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return softplus(-real_z).mean()

# %% wrong discriminator_loss: the squared loss
def discriminator_loss(real_z, fake_z):
    return np.mean((real_z - 1) ** 2) + np.mean(fake_z ** 2)

# %% wrong discriminator_loss: the hinge loss
def discriminator_loss(real_z, fake_z):
    return np.mean(np.maximum(1 - real_z, 0)) + np.mean(np.maximum(1 + fake_z, 0))

# %% wrong discriminator_loss: sigmoid first, then log
def discriminator_loss(real_z, fake_z):
    s = lambda z: 1 / (1 + np.exp(-z))
    return -np.mean(np.log(s(real_z))) - np.mean(np.log(1 - s(fake_z)))

# %% wrong discriminator_loss: a small number inside the logarithm
def discriminator_loss(real_z, fake_z):
    s = lambda z: 1 / (1 + np.exp(-z))
    return -np.mean(np.log(s(real_z) + 1e-8)) - np.mean(np.log(1 - s(fake_z) + 1e-8))

# %% wrong discriminator_loss: minus the right answer
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return -softplus(-real_z).mean() - softplus(fake_z).mean()

# %% wrong discriminator_loss
def softplus(z):
    return np.logaddexp(0, z)

def discriminator_loss(real_z, fake_z):
    return softplus(-real_z).mean() - softplus(fake_z).mean()

# %% hint discriminator_loss
def discriminator_loss(real_z, fake_z):
    return np.logaddexp(0, -real_z).mean() + np.logaddexp(0, fake_z).mean()  # hint: np.logaddexp(0, -real_z)

# %% right reconstruction_bce
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return (x * softplus(-z) + (1 - x) * softplus(z)).sum(1)

# %% right reconstruction_bce
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return np.sum(softplus(z) - x * z, axis=1)

# %% right reconstruction_bce
def reconstruction_bce(z, x):
    out = []
    for a, b in zip(z, x):
        out.append(sum(max(u, 0) - u * v + math.log1p(math.exp(-abs(u))) for u, v in zip(a, b)))
    return np.array(out)

# %% right reconstruction_bce
def reconstruction_bce(z, x):
    return np.sum(np.maximum(z, 0) - z * x + np.log1p(np.exp(-np.abs(z))), axis=-1)

# %% wrong reconstruction_bce: the mean over the pixels
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return (x * softplus(-z) + (1 - x) * softplus(z)).mean(1)

# %% wrong reconstruction_bce: one number
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return np.sum(x * softplus(-z) + (1 - x) * softplus(z))

# %% wrong reconstruction_bce: the mean over the pictures
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return (x * softplus(-z) + (1 - x) * softplus(z)).sum(1).mean()

# %% wrong reconstruction_bce: rounded to black and white
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    b = (x > 0.5).astype(float)
    return (b * softplus(-z) + (1 - b) * softplus(z)).sum(1)

# %% wrong reconstruction_bce: the floor subtracted
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    with np.errstate(all='ignore'):
        h = np.nan_to_num(-x * np.log(x)) + np.nan_to_num(-(1 - x) * np.log(1 - x))
    return (x * softplus(-z) + (1 - x) * softplus(z) - h).sum(1)

# %% wrong reconstruction_bce: the term of x only
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return (x * softplus(-z)).sum(1)

# %% wrong reconstruction_bce: the squared error
def reconstruction_bce(z, x):
    p = 0.5 * (1 + np.tanh(z / 2))
    return ((p - x) ** 2).sum(1)

# %% wrong reconstruction_bce: x and 1 - x swapped
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return (x * softplus(z) + (1 - x) * softplus(-z)).sum(1)

# %% wrong reconstruction_bce: sigmoid first, then log
def reconstruction_bce(z, x):
    p = 1 / (1 + np.exp(-z))
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)

# %% wrong reconstruction_bce: a small number inside the logarithm
def reconstruction_bce(z, x):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)

# %% wrong reconstruction_bce: a small number inside the logarithm
def reconstruction_bce(z, x):
    p = 1 / (1 + np.exp(-z))
    return -(x * np.log(p + 1e-9) + (1 - x) * np.log(1 - p + 1e-9)).sum(1)

# %% wrong reconstruction_bce
def softplus(z):
    return np.logaddexp(0, z)

def reconstruction_bce(z, x):
    return (x * softplus(-z) + (1 - x) * softplus(z)).max(1)

# %% hint reconstruction_bce
def reconstruction_bce(z, x):
    return (x * np.logaddexp(0, -z) + (1 - x) * np.logaddexp(0, z)).sum(axis=1)  # hint: x * np.logaddexp(0, -z) + (1 - x) * np.logaddexp(0, z)

# %% right dpo_loss
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return softplus(-beta * m)

# %% right dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    policy = chosen - rejected
    ref = reference_chosen - reference_rejected
    x = beta * (policy - ref)
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0)

# %% right dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    out = []
    for c, r, rc, rr in zip(chosen, rejected, reference_chosen, reference_rejected):
        x = beta * (c - rc - r + rr)
        out.append(math.log1p(math.exp(-x)) if x > 0 else -x + math.log1p(math.exp(x)))
    return out

# %% right dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -np.minimum(beta * m, 0) + np.log1p(np.exp(-np.abs(beta * m)))

# %% wrong dpo_loss: the reference is missing
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    return softplus(-beta * (chosen - rejected))

# %% wrong dpo_loss: the reference added
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    return softplus(-beta * ((chosen + reference_chosen) - (rejected + reference_rejected)))

# %% wrong dpo_loss: chosen and rejected swapped
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return softplus(beta * m)

# %% wrong dpo_loss: beta is missing
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return softplus(-m)

# %% wrong dpo_loss: beta outside
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return beta * softplus(-m)

# %% wrong dpo_loss: divided by beta
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return softplus(-m / beta)

# %% wrong dpo_loss: the sigmoid, not its log
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -(1 + np.tanh(beta * m / 2)) / 2

# %% wrong dpo_loss: no sigmoid
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -beta * m

# %% wrong dpo_loss: the mean
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return softplus(-beta * m).mean()

# %% wrong dpo_loss: sigmoid first, then log
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -np.log(1 / (1 + np.exp(-beta * m)))

# %% wrong dpo_loss: sigmoid first, then log
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return np.log(1 + np.exp(-beta * m))

# %% wrong dpo_loss: minus the right answer
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    m = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -softplus(-beta * m)

# %% wrong dpo_loss
def softplus(z):
    return np.logaddexp(0, z)

def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    return softplus(-beta * (chosen - reference_chosen))

# %% hint dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)  # hint
    return np.logaddexp(0, -beta * margin)  # hint

# %% right info_nce
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -np.diag(log_softmax(similarities / temperature))

# %% right info_nce
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    lp = log_softmax(similarities / temperature)
    return -lp[np.arange(len(lp)), np.arange(len(lp))]

# %% right info_nce
def info_nce(similarities, temperature):
    out = []
    for i, row in enumerate(similarities):
        z = (row - row.max()) / temperature
        out.append(np.log(np.exp(z).sum()) - z[i])
    return out

# %% right info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature
    return np.logaddexp.reduce(z, axis=1) - np.diagonal(z)

# %% wrong info_nce: multiplied by the temperature
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -np.diag(log_softmax(similarities * temperature))

# %% wrong info_nce: the temperature is missing
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -np.diag(log_softmax(similarities))

# %% wrong info_nce: over the columns
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -np.diag(log_softmax(similarities.T / temperature))

# %% wrong info_nce: both directions
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    z = similarities / temperature
    return -(np.diag(log_softmax(z)) + np.diag(log_softmax(z.T))) / 2

# %% wrong info_nce: the partner left out of the sum
def info_nce(similarities, temperature):
    z = similarities / temperature
    o = z + np.where(np.eye(len(z)) == 1, -np.inf, 0)
    return np.logaddexp.reduce(o, axis=1) - np.diag(z)

# %% wrong info_nce: the bound on information
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return np.log(len(similarities)) + np.diag(log_softmax(similarities / temperature))

# %% wrong info_nce: the loss divided by the temperature
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -np.diag(log_softmax(similarities)) / temperature

# %% wrong info_nce: the mean
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -np.diag(log_softmax(similarities / temperature)).mean()

# %% wrong info_nce: exp overflows
def info_nce(similarities, temperature):
    e = np.exp(similarities / temperature)
    return -np.log(np.diag(e) / e.sum(1))

# %% wrong info_nce: softmax first, then log
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    p = np.exp(log_softmax(similarities / temperature))
    return -np.log(np.diag(p))

# %% wrong info_nce: one maximum for all rows
def info_nce(similarities, temperature):
    z = similarities / temperature
    z = z - z.max()
    return np.log(np.exp(z).sum(1)) - np.diag(z)

# %% wrong info_nce: minus the right answer
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return np.diag(log_softmax(similarities / temperature))

# %% wrong info_nce
def log_softmax(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))

def info_nce(similarities, temperature):
    return -log_softmax(similarities / temperature).mean(1)

# %% hint info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature  # hint
    z = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - np.diagonal(z)  # hint

# %% lives perplexity: np.errstate(over='ignore') -> np.errstate()
# It only keeps NumPy from warning.

# %% lives masked_cross_entropy: np.errstate(invalid='ignore') -> np.errstate()
# It only keeps NumPy from warning.

# %% lives discriminator_loss: np.logaddexp(0, fake_z) -> np.logaddexp(fake_z, 0)
# A sum has no order.

# %% lives discriminator_loss: np.logaddexp(0, -real_z) -> np.logaddexp(-real_z, 0)
# A sum has no order.

# %% lives reconstruction_bce: np.logaddexp(0, -z) -> np.logaddexp(-z, 0)
# A sum has no order.

# %% lives reconstruction_bce: np.logaddexp(0, z) -> np.logaddexp(z, 0)
# A sum has no order.

# %% lives dpo_loss: np.logaddexp(0, -beta * margin) -> np.logaddexp(-beta * margin, 0)
# A sum has no order.

# %% right perplexity
def perplexity(nll):
    try:
        return math.exp(sum(nll) / len(nll))
    except OverflowError:
        return math.inf

# %% right perplexity
def perplexity(nll):
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(nll).mean())

# %% right perplexity
def perplexity(nll):
    with np.errstate(over="ignore"):
        return np.float64(2) ** (np.mean(nll) / np.log(2))

# %% right perplexity
def perplexity(nll):
    mean = math.fsum(nll) / len(nll) if np.isfinite(nll).all() else math.inf
    return math.exp(mean) if mean < 709 else float("inf")

# %% wrong perplexity: the mean of exponentials
def perplexity(nll):
    return np.exp(nll).mean()

# %% wrong perplexity: 2 to the power of nats
def perplexity(nll):
    return 2.0 ** np.mean(nll)

# %% wrong perplexity: the mean probability
def perplexity(nll):
    return np.exp(-np.mean(nll))

# %% wrong perplexity: not finite at extreme inputs
def perplexity(nll):
    return math.exp(np.mean(nll))

# %% wrong perplexity: the product of probabilities
def perplexity(nll):
    return np.prod(np.exp(nll)) ** (1 / len(nll))

# %% wrong perplexity: the product of probabilities
def perplexity(nll):
    p = np.exp(-nll)
    return 1 / np.prod(p) ** (1 / len(p))

# %% wrong perplexity: impossible tokens left out
def perplexity(nll):
    nll = nll[np.isfinite(nll)]
    return np.exp(nll.mean())

# %% wrong perplexity: the mean itself
def perplexity(nll):
    return np.mean(nll)

# %% wrong perplexity
def perplexity(nll):
    return int(np.exp(np.mean(nll)))

# %% wrong perplexity
def perplexity(nll):
    total = 0
    for x in nll[1:]:
        total += x
    return math.exp(total / len(nll))

# %% wrong perplexity
def perplexity(nll):
    return np.exp(np.minimum(np.mean(nll), 100))

# %% wrong perplexity
def perplexity(nll):
    return np.exp(np.cumsum(nll) / np.arange(1, len(nll) + 1))

# %% right bits_per_character
def bits_per_character(nll):
    return sum(nll) / len(nll) / math.log(2)

# %% right bits_per_character
def bits_per_character(nll):
    return np.mean([x * math.log2(math.e) for x in nll])

# %% right bits_per_character
def bits_per_character(nll):
    return np.float32(nll).mean() / np.log(np.float32(2))

# %% right bits_per_character
def bits_per_character(nll):
    return np.logaddexp2.reduce([np.mean(nll) / np.log(2)])

# %% wrong bits_per_character: multiplied by ln 2
def bits_per_character(nll):
    return np.mean(nll) * np.log(2)

# %% wrong bits_per_character: by way of the perplexity
def bits_per_character(nll):
    return -np.log2(np.exp(-nll)).mean()

# %% wrong bits_per_character: the perplexity
def bits_per_character(nll):
    return 2 ** (np.mean(nll) / np.log(2))

# %% wrong bits_per_character
def bits_per_character(nll):
    return np.mean(nll) / 0.693

# %% wrong bits_per_character
def bits_per_character(nll):
    return np.mean(nll) // math.log(2)

# %% wrong bits_per_character: the mean of logarithms of the nats
def bits_per_character(nll):
    return np.log2(nll).mean()

# %% wrong bits_per_character
def bits_per_character(nll):
    return nll / np.log(2)

# %% wrong bits_per_character
def bits_per_character(nll):
    return np.ceil(np.asarray(nll) / np.log(2)).mean()

# %% wrong bits_per_character: rounded
def bits_per_character(nll):
    return round(float(np.mean(nll) / np.log(2)), 3)

# %% wrong bits_per_character: nats
def bits_per_character(nll):
    return np.mean(nll) / np.log2(2)

# %% right bigram_model
def bigram_model(text):
    letters = sorted(set(text))
    place = {c: i for i, c in enumerate(letters)}
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[place[a], place[b]] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% right bigram_model
def bigram_model(text):
    pairs = Counter(zip(text[:-1], text[1:]))
    firsts = Counter(text[:-1])
    letters = sorted(set(text))
    return [[(pairs[a, b] + 1) / (firsts[a] + len(letters)) for b in letters] for a in letters]

# %% right bigram_model
def bigram_model(text):
    letters, codes = np.unique(list(text), return_inverse=True)
    n = np.zeros((len(letters), len(letters)), dtype=int)
    np.add.at(n, (codes[:-1], codes[1:]), 1)
    return (n + 1) / (n.sum(axis=1)[:, None] + len(letters))

# %% right bigram_model
def bigram_model(text):
    rows = defaultdict(lambda: defaultdict(lambda: 1))
    letters = sorted(set(text))
    for i in range(1, len(text)):
        rows[text[i - 1]][text[i]] += 1
    out = np.array([[rows[a][b] for b in letters] for a in letters], dtype=np.float32)
    return out / out.sum(1, keepdims=True)

# %% wrong bigram_model: pairs that overlap are missed
def bigram_model(text):
    letters = sorted(set(text))
    n = np.array([[text.count(a + b) for b in letters] for a in letters])
    return (n + 1) / (n.sum(axis=1, keepdims=True) + len(letters))

# %% wrong bigram_model: rows and columns swapped
def bigram_model(text):
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(b), letters.index(a)] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model: columns sum to 1
def bigram_model(text):
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=0, keepdims=True)

# %% wrong bigram_model: no 1 is added
def bigram_model(text):
    letters = sorted(set(text))
    table = np.zeros((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model: in order of appearance
def bigram_model(text):
    letters = list(dict.fromkeys(text))
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model: the text is a ring
def bigram_model(text):
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)))
    for i in range(len(text)):
        table[letters.index(text[i - 1]), letters.index(text[i])] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model: divided by how often the character occurs
def bigram_model(text):
    letters = sorted(set(text))
    pairs = Counter(zip(text, text[1:]))
    count = Counter(text)
    return np.array([[(pairs[a, b] + 1) / (count[a] + len(letters)) for b in letters] for a in letters])

# %% wrong bigram_model
def bigram_model(text):
    text = text.lower()
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model: one distribution of pairs
def bigram_model(text):
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum()

# %% wrong bigram_model: all rows are one list
def bigram_model(text):
    letters = sorted(set(text))
    table = [[1] * len(letters)] * len(letters)
    for a, b in zip(text, text[1:]):
        table[letters.index(a)][letters.index(b)] += 1
    table = np.array(table)
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model
def bigram_model(text):
    letters = sorted(set(text))
    table = np.zeros((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return (table + 1) / (table.sum(axis=1, keepdims=True) + 1)

# %% wrong bigram_model
def bigram_model(text):
    letters = sorted(set(text))
    table = np.zeros((len(letters), len(letters)))
    for a, b in zip(text, text[2:]):
        table[letters.index(a), letters.index(b)] += 1
    return (table + 1) / (table.sum(axis=1, keepdims=True) + len(letters))

# %% wrong bigram_model
def bigram_model(text):
    letters = sorted(set(text))
    table = np.zeros((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] = 1
    return (table + 1) / (table.sum(axis=1, keepdims=True) + len(letters))

# %% wrong bigram_model: every other pair
def bigram_model(text):
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text[::2], text[1::2]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% wrong bigram_model
def bigram_model(text):
    letters = sorted(set(text))
    table = np.ones((len(letters), len(letters)), dtype=np.uint8)
    for a, b in zip(text, text[1:]):
        table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=1, keepdims=True, dtype=float)

# %% wrong bigram_model
def bigram_model(text):
    letters = sorted(c for c in set(text) if c.isalpha())
    table = np.ones((len(letters), len(letters)))
    for a, b in zip(text, text[1:]):
        if a in letters and b in letters:
            table[letters.index(a), letters.index(b)] += 1
    return table / table.sum(axis=1, keepdims=True)

# %% right masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    losses = []
    for row, label in zip(z, y):
        if label != ignore_index:
            losses.append(np.logaddexp.reduce(row) - row[label])
    return sum(losses) / len(losses) if losses else math.nan

# %% right masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    safe = np.where(kept, y, 0)
    s = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), safe]
    with np.errstate(invalid="ignore"):
        return (loss * kept).sum() / kept.sum()

# %% right masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    where = np.flatnonzero(y != ignore_index)
    if where.size == 0:
        return np.nan
    z = z[where].astype(np.float32)
    s = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(where)), y[where]])

# %% right masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    import warnings
    a = np.ma.masked_equal(y, ignore_index)
    loss = [np.log(np.sum(np.exp(r - r.max()))) + r.max() - r[k] for r, k in zip(z, a) if k is not np.ma.masked]
    return np.mean(loss) if len(loss) > 0 else float("nan")

# %% wrong masked_cross_entropy: divided by all examples
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    loss = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), np.where(kept, y, 0)]
    return np.mean(loss * kept)

# %% wrong masked_cross_entropy: 0 for the mean of nothing
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    if not kept.any():
        return 0.0
    z, y = z[kept], y[kept]
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy: -100 whatever is asked for
def masked_cross_entropy(z, y, ignore_index):
    kept = y >= 0
    z, y = z[kept], y[kept]
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy: -100 whatever is asked for
def masked_cross_entropy(z, y, ignore_index):
    kept = y != -100
    z, y = z[kept], y[kept]
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy: the sum
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    z, y = z[kept], y[kept]
    return np.sum(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    z, y = z[kept], y[kept]
    return np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]

# %% wrong masked_cross_entropy: exp overflows
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    z, y = z[kept], y[kept]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()

# %% wrong masked_cross_entropy: softmax first, then log
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    z, y = z[kept], y[kept]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()

# %% wrong masked_cross_entropy: 0 is taken for nothing
def masked_cross_entropy(z, y, ignore_index):
    if ignore_index:
        kept = y != ignore_index
        z, y = z[kept], y[kept]
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    loss = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return loss[y != ignore_index].mean()

# %% wrong masked_cross_entropy: the ignored class leaves the softmax
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    z, y = z[kept], y[kept]
    if 0 <= ignore_index < z.shape[1]:
        z = z.copy()
        z[:, ignore_index] = -np.inf
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    kept = y == ignore_index
    z, y = z[kept], y[kept]
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    kept = y != ignore_index
    z, y = z[kept], y[kept]
    s = z - z.max()
    return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    kept = (y != ignore_index) & (z.argmax(axis=1) != ignore_index)
    z, y = z[kept], y[kept]
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    total, n = 0.0, 0
    for row, label in zip(z, y):
        if label == ignore_index:
            break
        total += np.logaddexp.reduce(row) - row[label]
        n += 1
    return total / n if n else math.nan

# %% wrong masked_cross_entropy: not finite at extreme inputs
def masked_cross_entropy(z, y, ignore_index):
    total, n = 0.0, 0
    for row, label in zip(z, y):
        if label == ignore_index:
            continue
        total += np.logaddexp.reduce(row) - row[label]
        n += 1
    return total / n

# %% wrong masked_cross_entropy: the input is changed
def masked_cross_entropy(z, y, ignore_index):
    y[y == ignore_index] = -1
    kept = y != -1
    if not kept.any():
        return np.nan
    return np.mean(np.logaddexp.reduce(z[kept], axis=1) - z[kept, y[kept]])

# %% right policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    out = []
    for row, a, adv in zip(z, actions, advantages):
        m = max(row)
        out.append(-adv * (row[a] - m - math.log(sum(math.exp(v - m) for v in row))))
    return np.array(out)

# %% right policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    return advantages * (np.logaddexp.reduce(z, axis=1) - np.take_along_axis(z, actions[:, None], 1)[:, 0])

# %% right policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    z = np.float32(z)
    s = z - z.max(axis=-1, keepdims=True)
    log_pi = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    return -np.float32(advantages) * log_pi[np.arange(len(z)), actions]

# %% right policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    chosen = np.eye(z.shape[1])[actions]
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.einsum("ij,ij,i->i", chosen, log_pi, -advantages).tolist()

# %% wrong policy_gradient_loss: the objective, not the loss
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return advantages * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss: the mean
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.mean(-advantages * log_pi[np.arange(len(z)), actions])

# %% wrong policy_gradient_loss: the size of the advantage
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.abs(advantages) * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss: negative advantages cut off
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.maximum(advantages, 0) * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss: the probability, not its log
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -advantages * np.exp(log_pi[np.arange(len(z)), actions])

# %% wrong policy_gradient_loss: softmax first, then log
def policy_gradient_loss(z, actions, advantages):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    pi = e / e.sum(axis=1, keepdims=True)
    return -advantages * np.log(pi[np.arange(len(z)), actions])

# %% wrong policy_gradient_loss: a small number inside the logarithm
def policy_gradient_loss(z, actions, advantages):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    pi = e / e.sum(axis=1, keepdims=True)
    return -advantages * np.log(pi[np.arange(len(z)), actions] + 1e-10)

# %% wrong policy_gradient_loss: standardised advantages
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    A = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    return -A * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss: standardised advantages
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(advantages - advantages.mean()) * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss: the likeliest action
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -advantages * log_pi.max(axis=1)

# %% wrong policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=0)
    return -advantages * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss: exp overflows
def policy_gradient_loss(z, actions, advantages):
    pi = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -advantages * np.log(pi[np.arange(len(z)), actions])

# %% wrong policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -advantages * log_pi[np.arange(len(z)), actions - 1]

# %% wrong policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -advantages[:, None] * log_pi[:, actions]

# %% wrong policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.sign(advantages) * log_pi[np.arange(len(z)), actions]

# %% wrong policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    out = np.empty_like(advantages)
    log_pi = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    for i in range(len(z)):
        out[i] = -advantages[i] * log_pi[i, actions[i]]
    return out

# %% wrong policy_gradient_loss
def policy_gradient_loss(z, actions, advantages):
    return -advantages * z[np.arange(len(z)), actions]

# %% right listnet_loss
def listnet_loss(scores, relevance):
    def log_softmax(a):
        return a - np.logaddexp.reduce(a, axis=1, keepdims=True)
    return -(np.exp(log_softmax(relevance)) * log_softmax(scores)).sum(axis=1)

# %% right listnet_loss
def listnet_loss(scores, relevance):
    out = []
    for s, r in zip(scores.tolist(), relevance.tolist()):
        top = max(r)
        w = [math.exp(x - top) for x in r]
        log_z = max(s) + math.log(math.fsum(math.exp(x - max(s)) for x in s))
        out.append(sum(a * (log_z - b) for a, b in zip(w, s)) / sum(w))
    return out

# %% right listnet_loss
def listnet_loss(scores, relevance):
    s, r = np.float32(scores), np.float32(relevance)
    target = np.exp(r - r.max(1, keepdims=True))
    target /= target.sum(1, keepdims=True)
    s = s - s.max(1, keepdims=True)
    return np.log(np.exp(s).sum(1)) - np.sum(target * s, 1)

# %% wrong listnet_loss: relevance divided by its sum
def listnet_loss(scores, relevance):
    target = relevance / relevance.sum(axis=1, keepdims=True)
    return -(target * (scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))).sum(axis=1)

# %% wrong listnet_loss: the two lists swapped
def listnet_loss(scores, relevance):
    a = relevance - np.logaddexp.reduce(relevance, axis=1, keepdims=True)
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -(np.exp(b) * a).sum(axis=1)

# %% wrong listnet_loss: the floor subtracted
def listnet_loss(scores, relevance):
    a = relevance - np.logaddexp.reduce(relevance, axis=1, keepdims=True)
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return (np.exp(a) * (a - b)).sum(axis=1)

# %% wrong listnet_loss: the mean over the documents
def listnet_loss(scores, relevance):
    a = relevance - np.logaddexp.reduce(relevance, axis=1, keepdims=True)
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -(np.exp(a) * b).mean(axis=1)

# %% wrong listnet_loss: not finite at extreme inputs
def listnet_loss(scores, relevance):
    p = np.exp(relevance) / np.exp(relevance).sum(axis=1, keepdims=True)
    q = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -(p * np.log(q)).sum(axis=1)

# %% wrong listnet_loss: softmax first, then log
def listnet_loss(scores, relevance):
    def softmax(a):
        e = np.exp(a - a.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    return -(softmax(relevance) * np.log(softmax(scores))).sum(axis=1)

# %% wrong listnet_loss: a small number inside the logarithm
def listnet_loss(scores, relevance):
    def softmax(a):
        e = np.exp(a - a.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    return -(softmax(relevance) * np.log(softmax(scores) + 1e-12)).sum(axis=1)

# %% wrong listnet_loss: not finite at extreme inputs
def listnet_loss(scores, relevance):
    def softmax(a):
        e = np.exp(a - a.max())
        return e / e.sum(axis=1, keepdims=True)
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -(softmax(relevance) * b).sum(axis=1)

# %% wrong listnet_loss: the most relevant only
def listnet_loss(scores, relevance):
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -b[np.arange(len(b)), relevance.argmax(axis=1)]

# %% wrong listnet_loss
def listnet_loss(scores, relevance):
    gain = 2.0**relevance - 1
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -(gain / gain.sum(axis=1, keepdims=True) * b).sum(axis=1)

# %% wrong listnet_loss: softmax over the lists
def listnet_loss(scores, relevance):
    a = relevance - np.logaddexp.reduce(relevance, axis=0)
    b = scores - np.logaddexp.reduce(scores, axis=0)
    return -(np.exp(a) * b).sum(axis=1)

# %% wrong listnet_loss: the mean
def listnet_loss(scores, relevance):
    a = relevance - np.logaddexp.reduce(relevance, axis=1, keepdims=True)
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -(np.exp(a) * b).sum(axis=1).mean()

# %% wrong listnet_loss: relevance as weights
def listnet_loss(scores, relevance):
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -(relevance * b).sum(axis=1)

# %% wrong listnet_loss
def listnet_loss(scores, relevance):
    a = relevance - np.logaddexp.reduce(relevance, axis=1, keepdims=True)
    b = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    p, q = np.exp(a), np.exp(b)
    return -(p * b + (1 - p) * np.log1p(-q)).sum(axis=1)

# %% wrong listnet_loss: the input is changed
def listnet_loss(scores, relevance):
    scores -= scores.max(axis=1, keepdims=True)
    relevance -= relevance.max(axis=1, keepdims=True)
    p = np.exp(relevance) / np.exp(relevance).sum(axis=1, keepdims=True)
    return np.log(np.exp(scores).sum(axis=1)) - (p * scores).sum(axis=1)

# %% right discriminator_loss
def discriminator_loss(real_z, fake_z):
    return np.logaddexp(0, -real_z).mean() + np.logaddexp(0, fake_z).mean()

# %% right discriminator_loss
def discriminator_loss(real_z, fake_z):
    def softplus(x):
        return max(x, 0) + math.log1p(math.exp(-abs(x)))
    return sum(softplus(-x) for x in real_z) / len(real_z) + sum(map(softplus, fake_z)) / len(fake_z)

# %% right discriminator_loss
def discriminator_loss(real_z, fake_z):
    r, f = np.float32(real_z), np.float32(fake_z)
    real = np.maximum(-r, 0) + np.log1p(np.exp(-np.abs(r)))
    fake = np.maximum(f, 0) + np.log1p(np.exp(-np.abs(f)))
    return np.mean(real) + np.mean(fake)

# %% wrong discriminator_loss: one mean over all
def discriminator_loss(real_z, fake_z):
    return np.concatenate([np.logaddexp(0, -real_z), np.logaddexp(0, fake_z)]).mean()

# %% wrong discriminator_loss: the mean of the two means
def discriminator_loss(real_z, fake_z):
    return (np.logaddexp(0, -real_z).mean() + np.logaddexp(0, fake_z).mean()) / 2

# %% wrong discriminator_loss: sums
def discriminator_loss(real_z, fake_z):
    return np.logaddexp(0, -real_z).sum() + np.logaddexp(0, fake_z).sum()

# %% wrong discriminator_loss: the labels swapped
def discriminator_loss(real_z, fake_z):
    return np.logaddexp(0, real_z).mean() + np.logaddexp(0, -fake_z).mean()

# %% wrong discriminator_loss: minus the right answer
def discriminator_loss(real_z, fake_z):
    return -(np.logaddexp(0, -real_z).mean() + np.logaddexp(0, fake_z).mean())

# %% wrong discriminator_loss: sigmoid first, then log
def discriminator_loss(real_z, fake_z):
    s = lambda z: 1 / (1 + np.exp(-z))
    return -np.log(s(real_z)).mean() - np.log(1 - s(fake_z)).mean()

# %% wrong discriminator_loss: a small number inside the logarithm
def discriminator_loss(real_z, fake_z):
    s = lambda z: np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -np.log(s(real_z)).mean() - np.log(1 - s(fake_z)).mean()

# %% wrong discriminator_loss: the generator's side
def discriminator_loss(real_z, fake_z):
    return np.logaddexp(0, -real_z).mean() + np.logaddexp(0, -fake_z).mean()

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    return (np.logaddexp(0, -real_z) + np.logaddexp(0, fake_z)).mean()

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    n = len(real_z)
    return np.logaddexp(0, -real_z).sum() / n + np.logaddexp(0, fake_z).sum() / n

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    real = 0.9 * np.logaddexp(0, -real_z) + 0.1 * np.logaddexp(0, real_z)
    return real.mean() + np.logaddexp(0, fake_z).mean()

# %% wrong discriminator_loss: sigmoid first, then log
def discriminator_loss(real_z, fake_z):
    return np.log1p(np.exp(-real_z)).mean() + np.log1p(np.exp(fake_z)).mean()

# %% wrong discriminator_loss: the hinge loss
def discriminator_loss(real_z, fake_z):
    return np.maximum(0, 1 - real_z).mean() + np.maximum(0, 1 + fake_z).mean()

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    return fake_z.mean() - real_z.mean()

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    m = min(len(real_z), len(fake_z))
    return (np.logaddexp(0, -real_z[:m]) + np.logaddexp(0, fake_z[:m])).mean()

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    real = np.where(real_z > 20, 0, np.logaddexp(0, -real_z))
    return real.mean() + np.logaddexp(0, fake_z).mean()

# %% wrong discriminator_loss
def discriminator_loss(real_z, fake_z):
    return np.logaddexp(0, -real_z).mean(), np.logaddexp(0, fake_z).mean()

# %% right reconstruction_bce
def reconstruction_bce(z, x):
    return (np.logaddexp(0, z) - x * z).sum(axis=1)

# %% right reconstruction_bce
def reconstruction_bce(z, x):
    return [
        sum(max(a, 0) - a * b + math.log1p(math.exp(-abs(a))) for a, b in zip(row, pixels))
        for row, pixels in zip(z, x)
    ]

# %% right reconstruction_bce
def reconstruction_bce(z, x):
    z, x = np.float32(z), np.float32(x)
    return np.sum(x * np.logaddexp(0, -z) + (1 - x) * np.logaddexp(0, z), axis=-1)

# %% wrong reconstruction_bce: the mean over the pixels
def reconstruction_bce(z, x):
    return (np.logaddexp(0, z) - x * z).mean(axis=1)

# %% wrong reconstruction_bce: one number
def reconstruction_bce(z, x):
    return (np.logaddexp(0, z) - x * z).sum()

# %% wrong reconstruction_bce: the term of x only
def reconstruction_bce(z, x):
    return (x * np.logaddexp(0, -z)).sum(axis=1)

# %% wrong reconstruction_bce: rounded to black and white
def reconstruction_bce(z, x):
    x = (x > 0.5).astype(float)
    return (np.logaddexp(0, z) - x * z).sum(axis=1)

# %% wrong reconstruction_bce: sigmoid first, then log
def reconstruction_bce(z, x):
    p = 1 / (1 + np.exp(-z))
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=1)

# %% wrong reconstruction_bce: a small number inside the logarithm
def reconstruction_bce(z, x):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=1)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    p = 1 / (1 + np.exp(-z))
    return -(x * np.maximum(np.log(p), -100) + (1 - x) * np.maximum(np.log(1 - p), -100)).sum(axis=1)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    return (np.logaddexp(0, z) - x * z).sum(axis=0)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    return (np.logaddexp(0, -z) - x * z).sum(axis=1)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    return (np.logaddexp(0, z) + x * z).sum(axis=1)

# %% wrong reconstruction_bce: the squared error
def reconstruction_bce(z, x):
    return ((1 / (1 + np.exp(-z)) - x) ** 2).sum(axis=1)

# %% wrong reconstruction_bce: minus the right answer
def reconstruction_bce(z, x):
    return -(np.logaddexp(0, z) - x * z).sum(axis=1)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    return np.logaddexp(0, z) - x * z

# %% wrong reconstruction_bce: sigmoid first, then log
def reconstruction_bce(z, x):
    return (np.log1p(np.exp(z)) - x * z).sum(axis=1)

# %% wrong reconstruction_bce: the floor subtracted
def reconstruction_bce(z, x):
    entropy = -np.where((x > 0) & (x < 1), x * np.log(np.maximum(x, 1e-300)) + (1 - x) * np.log(np.maximum(1 - x, 1e-300)), 0)
    return (np.logaddexp(0, z) - x * z - entropy).sum(axis=1)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    out = np.zeros_like(x)
    for i in np.ndindex(z.shape):
        out[i] = np.logaddexp(0, z[i]) - x[i] * z[i]
    return out.sum(axis=1)

# %% wrong reconstruction_bce
def reconstruction_bce(z, x):
    z = np.clip(z, -100, 100)
    return (np.logaddexp(0, z) - x * z).sum(axis=1)

# %% right dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return np.logaddexp(0, -margin)

# %% right dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    x = beta * ((chosen - rejected) - (reference_chosen - reference_rejected))
    return np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))

# %% wrong dpo_loss: the reference is missing
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    return np.logaddexp(0, -beta * (chosen - rejected))

# %% wrong dpo_loss: chosen and rejected swapped
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return np.logaddexp(0, margin)

# %% wrong dpo_loss: beta is missing
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)
    return np.logaddexp(0, -margin)

# %% wrong dpo_loss: beta outside
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)
    return beta * np.logaddexp(0, -margin)

# %% wrong dpo_loss: sigmoid first, then log
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return -np.log(1 / (1 + np.exp(-margin)))

# %% wrong dpo_loss: sigmoid first, then log
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return np.log1p(np.exp(-margin))

# %% wrong dpo_loss: the mean
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return np.logaddexp(0, -margin).mean()

# %% wrong dpo_loss: minus the right answer
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return -np.logaddexp(0, -margin)

# %% wrong dpo_loss: the reference added
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_rejected) - (rejected - reference_chosen))
    return np.logaddexp(0, -margin)

# %% wrong dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)
    return (margin - 1 / (2 * beta)) ** 2

# %% wrong dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return np.maximum(0, 1 - margin)

# %% wrong dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return np.log1p(np.exp(-np.clip(margin, -500, 500)))

# %% wrong dpo_loss: the sigmoid, not its log
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))
    return 1 / (1 + np.exp(margin))

# %% wrong dpo_loss: divided by beta
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = ((chosen - reference_chosen) - (rejected - reference_rejected)) / beta
    return np.logaddexp(0, -margin)

# %% wrong dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * (np.exp(chosen - reference_chosen) - np.exp(rejected - reference_rejected))
    return np.logaddexp(0, -margin)

# %% wrong dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    a = np.logaddexp(0, -beta * (chosen - reference_chosen))
    b = np.logaddexp(0, beta * (rejected - reference_rejected))
    return a + b

# %% wrong dpo_loss: whole numbers cut the answer off
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    out = np.zeros_like(chosen)
    for i in range(len(chosen)):
        x = beta * (chosen[i] - reference_chosen[i] - rejected[i] + reference_rejected[i])
        out[i] = np.logaddexp(0, -x)
    return out

# %% wrong dpo_loss
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    margin = beta * ((chosen - reference_chosen) + (rejected - reference_rejected))
    return np.logaddexp(0, -margin)

# %% wrong dpo_loss: the input is changed
def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta):
    chosen -= reference_chosen
    rejected -= reference_rejected
    return np.logaddexp(0, -beta * (chosen - rejected))

# %% right info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature
    return np.logaddexp.reduce(z, axis=1) - np.diag(z)

# %% right info_nce
def info_nce(similarities, temperature):
    losses = []
    for i, row in enumerate(similarities):
        z = [float(s) / temperature for s in row]
        m = max(z)
        losses.append(math.log(sum(math.exp(v - m) for v in z)) + m - z[i])
    return losses

# %% right info_nce
def info_nce(similarities, temperature):
    z = np.float32(similarities) / np.float32(temperature)
    z = z - z.max(axis=1, keepdims=True)
    n = np.arange(len(z))
    return np.log(np.exp(z).sum(axis=1)) - z[n, n]

# %% wrong info_nce: multiplied by the temperature
def info_nce(similarities, temperature):
    z = similarities * temperature
    return np.logaddexp.reduce(z, axis=1) - np.diag(z)

# %% wrong info_nce: both directions
def info_nce(similarities, temperature):
    z = similarities / temperature
    rows = np.logaddexp.reduce(z, axis=1) - np.diag(z)
    columns = np.logaddexp.reduce(z, axis=0) - np.diag(z)
    return (rows + columns) / 2

# %% wrong info_nce: the mean
def info_nce(similarities, temperature):
    z = similarities / temperature
    return (np.logaddexp.reduce(z, axis=1) - np.diag(z)).mean()

# %% wrong info_nce: over the columns
def info_nce(similarities, temperature):
    z = similarities / temperature
    return np.logaddexp.reduce(z, axis=0) - np.diag(z)

# %% wrong info_nce: the partner left out of the sum
def info_nce(similarities, temperature):
    z = similarities / temperature
    others = z.copy()
    np.fill_diagonal(others, -np.inf)
    return np.logaddexp.reduce(others, axis=1) - np.diag(z)

# %% wrong info_nce: exp overflows
def info_nce(similarities, temperature):
    e = np.exp(similarities / temperature)
    return -np.log(np.diag(e) / e.sum(axis=1))

# %% wrong info_nce: softmax first, then log
def info_nce(similarities, temperature):
    z = similarities / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -np.log(np.diag(e) / e.sum(axis=1))

# %% wrong info_nce: the temperature is missing
def info_nce(similarities, temperature):
    z = similarities
    return np.logaddexp.reduce(z, axis=1) - np.diag(z)

# %% wrong info_nce: minus the right answer
def info_nce(similarities, temperature):
    z = similarities / temperature
    return np.diag(z) - np.logaddexp.reduce(z, axis=1)

# %% wrong info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature
    return np.logaddexp.reduce(z, axis=1) - z.max(axis=1)

# %% wrong info_nce: one maximum for all rows
def info_nce(similarities, temperature):
    z = similarities / temperature
    z = z - z.max()
    return np.log(np.exp(z).sum(axis=1)) - np.diag(z)

# %% wrong info_nce
def info_nce(similarities, temperature):
    z = similarities / np.linalg.norm(similarities, axis=1, keepdims=True) / temperature
    return np.logaddexp.reduce(z, axis=1) - np.diag(z)

# %% wrong info_nce: the input is changed
def info_nce(similarities, temperature):
    similarities /= temperature
    return np.logaddexp.reduce(similarities, axis=1) - np.diag(similarities)

# %% wrong info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature
    return np.logaddexp.reduce(z, axis=1) - z[:, 0]

# %% wrong info_nce
def info_nce(similarities, temperature):
    z = similarities // temperature
    return np.logaddexp.reduce(z, axis=1) - np.diag(z)

# %% wrong info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature
    return (np.logaddexp.reduce(z, axis=1) - np.diag(z)) * temperature

# %% wrong info_nce: a small number inside the logarithm
def info_nce(similarities, temperature):
    z = similarities / temperature
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -np.log(np.diag(e) / e.sum(axis=1) + 1e-10)

# %% right masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    total, count = 0.0, 0
    for row, k in zip(z, y):
        if k != ignore_index:
            total += np.logaddexp.reduce(row) - row[k]
            count += 1
    return total / count if count else float("nan")

# %% right masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    keep = np.flatnonzero(y != ignore_index)
    if keep.size == 0:
        return np.nan
    return np.mean(np.logaddexp.reduce(z[keep], axis=1) - z[keep, y[keep]])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    k = y == ignore_index
    return np.mean(np.logaddexp.reduce(z[k], axis=1) - z[k][np.arange(k.sum()), y[k]])

# %% wrong masked_cross_entropy
def masked_cross_entropy(z, y, ignore_index):
    z = z.copy()
    z[:, ignore_index] = -np.inf
    k = y != ignore_index
    return np.mean(np.logaddexp.reduce(z[k], axis=1) - z[k][np.arange(k.sum()), y[k]])

# %% wrong masked_cross_entropy: nothing is ignored
def masked_cross_entropy(z, y, ignore_index):
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% right listnet_loss
def listnet_loss(scores, relevance):
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    q = np.exp(relevance - np.logaddexp.reduce(relevance, axis=1, keepdims=True))
    return -np.einsum("nk,nk->n", q, log_p)

# %% right listnet_loss
def listnet_loss(scores, relevance):
    out = []
    for s, r in zip(scores, relevance):
        w = [math.exp(v - max(r)) for v in r]
        lse = max(s) + math.log(sum(math.exp(v - max(s)) for v in s))
        out.append(sum(a * (lse - b) for a, b in zip(w, s)) / sum(w))
    return out

# %% right info_nce
def info_nce(similarities, temperature):
    out = []
    for i, row in enumerate(similarities):
        d = [(v - row[i]) / temperature for v in row]
        m = max(d)
        out.append(m + math.log(sum(math.exp(v - m) for v in d)))
    return out

# %% right info_nce
def info_nce(similarities, temperature):
    z = similarities / temperature
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.einsum("ii->i", log_p)

# %% wrong info_nce: the loss divided by the temperature
def info_nce(similarities, temperature):
    z = similarities
    return (np.logaddexp.reduce(z, axis=1) - np.diag(z)) / temperature
