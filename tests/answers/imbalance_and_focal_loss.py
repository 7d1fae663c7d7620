import math
import numpy as np

# %% right inverse_frequency_weights
def inverse_frequency_weights(counts):
    return np.sum(counts) / len(counts) / np.asarray(counts, dtype=float)

# %% right inverse_frequency_weights
def inverse_frequency_weights(counts):
    return [float(sum(counts)) / (len(counts) * c) for c in counts]

# %% right inverse_frequency_weights
def inverse_frequency_weights(counts):
    w = 1.0 / counts
    return w * (counts.sum() / len(counts))

# %% right inverse_frequency_weights
def inverse_frequency_weights(counts):
    freq = counts.astype(np.float32) / np.float32(counts.sum())
    return 1 / (np.float32(len(counts)) * freq)

# %% right inverse_frequency_weights
def inverse_frequency_weights(counts):
    return counts.mean() / counts

# %% wrong inverse_frequency_weights: scaled to add up to K
def inverse_frequency_weights(counts):
    w = 1 / counts
    return w / w.mean()

# %% wrong inverse_frequency_weights: scaled to add up to 1
def inverse_frequency_weights(counts):
    w = 1 / counts
    return w / w.sum()

# %% wrong inverse_frequency_weights: 1 / counts
def inverse_frequency_weights(counts):
    return 1 / counts

# %% wrong inverse_frequency_weights: the number of classes forgotten
def inverse_frequency_weights(counts):
    return sum(counts) / counts

# %% wrong inverse_frequency_weights: the number of classes forgotten
def inverse_frequency_weights(counts):
    return 1 / (counts / counts.sum())

# %% wrong inverse_frequency_weights: the frequency itself
def inverse_frequency_weights(counts):
    return counts / counts.sum() * len(counts)

# %% wrong inverse_frequency_weights: the frequency itself
def inverse_frequency_weights(counts):
    return counts / counts.sum()

# %% wrong inverse_frequency_weights: one class has weight 1
def inverse_frequency_weights(counts):
    return max(counts) / counts

# %% wrong inverse_frequency_weights: a softer choice
def inverse_frequency_weights(counts):
    return (counts.sum() / (len(counts) * counts)) ** 0.5

# %% wrong inverse_frequency_weights: a softer choice
def inverse_frequency_weights(counts):
    return np.log(counts.sum() / counts)

# %% wrong inverse_frequency_weights: one minus the share
def inverse_frequency_weights(counts):
    return 1 - counts / counts.sum()

# %% wrong inverse_frequency_weights: whole numbers cut the answer off
def inverse_frequency_weights(counts):
    return counts.sum() // (len(counts) * counts)

# %% wrong inverse_frequency_weights: the frequency itself
def inverse_frequency_weights(counts):
    return counts.sum() / len(counts) * counts

# %% wrong inverse_frequency_weights: whole numbers cut the answer off
def inverse_frequency_weights(counts):
    w = np.zeros_like(counts)
    for k in range(len(counts)):
        w[k] = counts.sum() / (len(counts) * counts[k])
    return w

# %% wrong inverse_frequency_weights: something added to the counts
def inverse_frequency_weights(counts):
    return counts.sum() / (len(counts) * counts + 1e-06)

# %% wrong inverse_frequency_weights: something added to the counts
def inverse_frequency_weights(counts):
    return counts.sum() / (len(counts) * (counts + 1))

# %% wrong inverse_frequency_weights: upside down but for the count
def inverse_frequency_weights(counts):
    return len(counts) / (counts.sum() * counts)

# %% wrong inverse_frequency_weights: rounded
def inverse_frequency_weights(counts):
    return np.round(counts.sum() / (len(counts) * counts), 3)

# %% wrong inverse_frequency_weights
def inverse_frequency_weights(counts):
    b = 0.999
    w = (1 - b) / (1 - b ** counts)
    return w / w.sum() * len(counts)

# %% wrong inverse_frequency_weights: one class has weight 1
def inverse_frequency_weights(counts):
    return np.median(counts) / counts

# %% wrong inverse_frequency_weights: K - 1 classes
def inverse_frequency_weights(counts):
    return counts.sum() / ((len(counts) - 1) * counts)

# %% wrong inverse_frequency_weights: one class has weight 1
def inverse_frequency_weights(counts):
    return counts.min() / counts

# %% right weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    total = norm = 0.0
    for row, t in zip(z, y):
        m = max(row)
        total += weight[t] * (m + math.log(sum((math.exp(v - m) for v in row))) - row[t])
        norm += weight[t]
    return total / norm

# %% right weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    lse = np.logaddexp.reduce(z, axis=-1)
    return np.average(lse - z[np.arange(len(z)), y], weights=np.take(weight, y))

# %% right weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    d = z - z.max(1, keepdims=True)
    lp = d - np.log(np.exp(d).sum(1, keepdims=True))
    W = np.eye(z.shape[1])[y] * weight
    return -(W * lp).sum() / W.sum()

# %% right weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    z = z.astype(np.float32)
    d = z - z.max(1, keepdims=True)
    l = np.log(np.exp(d).sum(1)) - d[np.arange(len(y)), y]
    w = weight.astype(np.float32)[y]
    return np.float32((w * l).sum() / w.sum())

# %% wrong weighted_cross_entropy: divided by N
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return (weight[y] * -_lsm(z)[np.arange(len(y)), y]).mean()

# %% wrong weighted_cross_entropy: divided by the sum over the classes
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return (weight[y] * -_lsm(z)[np.arange(len(y)), y]).sum() / weight.sum()

# %% wrong weighted_cross_entropy: the sum
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return (weight[y] * -_lsm(z)[np.arange(len(y)), y]).sum()

# %% wrong weighted_cross_entropy: no weights
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return -_lsm(z)[np.arange(len(y)), y].mean()

# %% wrong weighted_cross_entropy: one loss per example
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return weight[y] * -_lsm(z)[np.arange(len(y)), y]

# %% wrong weighted_cross_entropy: one loss per example
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return weight[y] * -_lsm(z)[np.arange(len(y)), y] / weight[y].sum()

# %% wrong weighted_cross_entropy: the weight of the predicted class
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    w = weight[z.argmax(1)]
    return (w * -_lsm(z)[np.arange(len(y)), y]).sum() / w.sum()

# %% wrong weighted_cross_entropy: the logits weighted
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    return -_lsm(z * weight)[np.arange(len(y)), y].mean()

# %% wrong weighted_cross_entropy: exp overflows
def weighted_cross_entropy(z, y, weight):
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    w = weight[y]
    return (w * -np.log(p[np.arange(len(y)), y])).sum() / w.sum()

# %% wrong weighted_cross_entropy: exp overflows
def weighted_cross_entropy(z, y, weight):
    l = np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y]
    w = weight[y]
    return (w * l).sum() / w.sum()

# %% wrong weighted_cross_entropy: softmax first, then log
def weighted_cross_entropy(z, y, weight):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    w = weight[y]
    return (w * -np.log(p[np.arange(len(y)), y])).sum() / w.sum()

# %% wrong weighted_cross_entropy: a small number inside the logarithm
def weighted_cross_entropy(z, y, weight):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    w = weight[y]
    return (w * -np.log(p[np.arange(len(y)), y] + 1e-12)).sum() / w.sum()

# %% wrong weighted_cross_entropy: one maximum for all rows
def weighted_cross_entropy(z, y, weight):
    d = z - z.max()
    l = np.log(np.exp(d).sum(1)) - d[np.arange(len(y)), y]
    w = weight[y]
    return (w * l).sum() / w.sum()

# %% wrong weighted_cross_entropy: softmax over the examples
def weighted_cross_entropy(z, y, weight):
    d = z - z.max(0)
    l = np.log(np.exp(d).sum(0))
    lp = d - l
    w = weight[y]
    return (w * -lp[np.arange(len(y)), y]).sum() / w.sum()

# %% wrong weighted_cross_entropy: minus the right answer
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    w = weight[y]
    return (w * _lsm(z)[np.arange(len(y)), y]).sum() / w.sum()

# %% wrong weighted_cross_entropy: divided by N
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    lp = -_lsm(z) * weight
    return lp[np.arange(len(y)), y].sum() / len(y)

# %% wrong weighted_cross_entropy: divided by the sum over the classes
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    weight = weight / weight.sum()
    return (weight[y] * -_lsm(z)[np.arange(len(y)), y]).sum()

# %% wrong weighted_cross_entropy: the weights scaled beforehand
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    weight = weight / weight.mean()
    return (weight[y] * -_lsm(z)[np.arange(len(y)), y]).mean()

# %% wrong weighted_cross_entropy
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    lp = _lsm(z)
    return np.mean([-lp[y == k, k].mean() * weight[k] for k in range(z.shape[1]) if (y == k).any()])

# %% wrong weighted_cross_entropy: the probabilities weighted
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    p = np.exp(_lsm(z)) * weight
    p /= p.sum(1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()

# %% wrong weighted_cross_entropy
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    w = weight[y].astype(int)
    return (w * -_lsm(z)[np.arange(len(y)), y]).sum() / w.sum()

# %% wrong weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    w = weight[y]
    l = np.logaddexp.reduce(z, axis=1) - z.max(1)
    return (w * l).sum() / w.sum()

# %% wrong weighted_cross_entropy: the inverse weights
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def weighted_cross_entropy(z, y, weight):
    w = 1 / weight[y]
    return (w * -_lsm(z)[np.arange(len(y)), y]).sum() / w.sum()

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):
    z = np.asarray(z, float)
    m = z * (2 * np.asarray(y) - 1)
    lp, lq = (-np.logaddexp(0, -m), -np.logaddexp(0, m))
    a = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    return -a * np.exp(gamma * lq) * lp

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):

    def one(v, t):
        m = v if t == 1 else -v
        sp = lambda x: max(x, 0) + math.log1p(math.exp(-abs(x)))
        q = math.exp(-m) / (1 + math.exp(-m)) if m > 0 else 1 / (1 + math.exp(m))
        a = 1.0 if alpha is None else alpha if t == 1 else 1 - alpha
        return a * q ** gamma * sp(-m)
    return np.vectorize(one, otypes=[float])(z, y)

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):
    one = np.exp(-gamma * np.logaddexp(0, z)) * np.logaddexp(0, -z)
    zero = np.exp(-gamma * np.logaddexp(0, -z)) * np.logaddexp(0, z)
    if alpha is not None:
        one, zero = (alpha * one, (1 - alpha) * zero)
    return np.where(y == 1, one, zero)

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):
    with np.errstate(over='ignore'):
        m = np.where(y, z, -z)
        sp = np.where(m > -500, np.log1p(np.exp(-m)), -m)
        q = 1 / (1 + np.exp(m))
    out = q ** gamma * sp
    return out if alpha is None else out * np.where(y, alpha, 1 - alpha)

# %% wrong focal_loss: the usual code: 1 - exp(-ce)
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    ce = np.logaddexp(0, -np.where(y == 1, z, -z))
    pt = np.exp(-ce)
    return _a(y, alpha) * (1 - pt) ** gamma * ce

# %% wrong focal_loss: the usual code: 1 - exp(-ce)
def focal_loss(z, y, gamma, alpha):
    ce = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    l = (1 - np.exp(-ce)) ** gamma * ce
    if alpha is not None:
        l = (alpha * y + (1 - alpha) * (1 - y)) * l
    return l

# %% wrong focal_loss: through the probability
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    p = 1 / (1 + np.exp(-z))
    pt = p * y + (1 - p) * (1 - y)
    return -_a(y, alpha) * (1 - pt) ** gamma * np.log(pt)

# %% wrong focal_loss: through the probability
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    pt = np.where(y == 1, p, 1 - p)
    return -_a(y, alpha) * (1 - pt) ** gamma * np.log(pt)

# %% wrong focal_loss: a small number inside the logarithm
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-07, 1 - 1e-07)
    pt = np.where(y == 1, p, 1 - p)
    return -_a(y, alpha) * (1 - pt) ** gamma * np.log(pt)

# %% wrong focal_loss: a small number inside the logarithm
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    p = 1 / (1 + np.exp(-z))
    pt = np.where(y == 1, p, 1 - p)
    return -_a(y, alpha) * (1 - pt) ** gamma * np.log(pt + 1e-12)

# %% wrong focal_loss: p_t to the power of gamma
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, -m)) * np.logaddexp(0, -m)

# %% wrong focal_loss: p_t to the power of gamma
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    p = 1 / (1 + np.exp(-np.where(y == 1, z, -z)))
    return -_a(y, alpha) * p ** gamma * np.log(p)

# %% wrong focal_loss: alpha on the other class
def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    l = np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)
    return l if alpha is None else np.where(y == 0, alpha, 1 - alpha) * l

# %% wrong focal_loss: alpha on both classes
def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    l = np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)
    return l if alpha is None else alpha * l

# %% wrong focal_loss: alpha forgotten
def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)

# %% wrong focal_loss: alpha 0 taken for no alpha
def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    l = np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)
    if alpha:
        l = np.where(y == 1, alpha, 1 - alpha) * l
    return l

# %% wrong focal_loss: alpha for class 1 only
def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    l = np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)
    if alpha is not None:
        l = np.where(y == 1, alpha * l, l)
    return l

# %% wrong focal_loss: a default in place of None
def focal_loss(z, y, gamma, alpha):
    alpha = alpha or 0.25
    m = np.where(y == 1, z, -z)
    l = np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)
    return np.where(y == 1, alpha, 1 - alpha) * l

# %% wrong focal_loss: the probability of class 1 for both labels
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, z)) * np.logaddexp(0, -m)

# %% wrong focal_loss: gamma as a factor
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * gamma * np.exp(-np.logaddexp(0, m)) * np.logaddexp(0, -m)

# %% wrong focal_loss: the weight without the loss
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m))

# %% wrong focal_loss: the mean
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return (_a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)).mean()

# %% wrong focal_loss: minus the right answer
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return -(_a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m))

# %% wrong focal_loss: cross-entropy
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.logaddexp(0, -m)

# %% wrong focal_loss: the usual code: 1 - exp(-ce)
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    q = np.where(m > 30, 0, 1 / (1 + np.exp(np.minimum(m, 30))))
    return _a(y, alpha) * q ** gamma * np.logaddexp(0, -m)

# %% wrong focal_loss: right to about six digits
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    sp = np.where(-m > 10, -m, np.logaddexp(0, -np.maximum(m, -10)))
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * sp

# %% wrong focal_loss: log(1 + exp) loses its digits
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * np.log(1 + np.exp(-m))

# %% wrong focal_loss: whole numbers cut the answer off
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    out = np.zeros_like(z)
    m = np.where(y == 1, z, -z)
    out[...] = _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)
    return out

# %% wrong focal_loss: a logarithm to base 2
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m) / np.log(2)

# %% wrong focal_loss
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    if gamma < 1:
        gamma = 1
    m = np.where(y == 1, z, -z)
    return _a(y, alpha) * np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)

# %% wrong focal_loss
def _a(y, alpha):
    return 1.0 if alpha is None else np.where(y == 1, alpha, 1 - alpha)

def focal_loss(z, y, gamma, alpha):
    pos, neg = (y == 1, y == 0)
    out = np.empty(z.shape)
    out[pos] = np.exp(-gamma * np.logaddexp(0, z[pos])) * np.logaddexp(0, -z[pos])
    out[neg] = np.exp(gamma * np.logaddexp(0, -z[neg])) * np.logaddexp(0, z[neg])
    return _a(y, alpha) * out

# %% right focal_loss_grad
def focal_loss_grad(z, y, gamma):
    s = 2 * np.asarray(y) - 1
    m = s * z
    lq, l = (-np.logaddexp(0, m), np.logaddexp(0, -m))
    return -s * (np.exp((gamma + 1) * lq) + gamma * np.exp(gamma * lq - l) * l)

# %% right focal_loss_grad
def focal_loss_grad(z, y, gamma):
    out = np.zeros(z.shape)
    for i, v in np.ndenumerate(z):
        s = 1 if y[i] == 1 else -1
        m = s * float(v)
        e = math.exp(-abs(m))
        p = 1 / (1 + e) if m >= 0 else e / (1 + e)
        q = e / (1 + e) if m >= 0 else 1 / (1 + e)
        l = math.log1p(e) + max(-m, 0)
        out[i] = -s * q ** gamma * (q + gamma * p * l)
    return out

# %% right focal_loss_grad
def focal_loss_grad(z, y, gamma):

    def g(m):
        with np.errstate(over='ignore'):
            q = 1 / (1 + np.exp(m))
            p = 1 / (1 + np.exp(-m))
        return q ** gamma * (q + gamma * p * np.logaddexp(0, -m))
    return np.where(y == 1, -g(z), g(-z))

# %% right focal_loss_grad
def focal_loss_grad(z, y, gamma):
    sgn = np.where(y > 0, -1.0, 1.0)
    m = -sgn * z
    w = np.exp(-gamma * np.logaddexp(0, m))
    return sgn * w * np.exp(-np.logaddexp(0, m)) + sgn * w * gamma * np.exp(-np.logaddexp(0, -m)) * np.logaddexp(0, -m)

# %% wrong focal_loss_grad: the weight not differentiated
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q = np.exp(-np.logaddexp(0, m))
    return np.where(y == 1, -1, 1) * q ** gamma * q

# %% wrong focal_loss_grad: the weight not differentiated
def focal_loss_grad(z, y, gamma):
    p = 1 / (1 + np.exp(-z))
    pt = np.where(y == 1, p, 1 - p)
    return (1 - pt) ** gamma * (p - y)

# %% wrong focal_loss_grad: the gradient of cross-entropy
def focal_loss_grad(z, y, gamma):
    return 1 / (1 + np.exp(-z)) - y

# %% wrong focal_loss_grad: a power of 0: gamma - 1
def focal_loss_grad(z, y, gamma):
    p = 1 / (1 + np.exp(-z))
    pt = np.where(y == 1, p, 1 - p)
    s = np.where(y == 1, 1, -1)
    return s * (gamma * (1 - pt) ** (gamma - 1) * np.log(pt) * pt * (1 - pt) - (1 - pt) ** gamma * (1 - pt))

# %% wrong focal_loss_grad: a power of 0: gamma - 1
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    ce = np.logaddexp(0, -m)
    pt = np.exp(-ce)
    s = np.where(y == 1, 1, -1)
    dl = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    return s * dl * pt * (1 - pt)

# %% wrong focal_loss_grad: a power of 0: gamma - 1
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q = np.exp(-np.logaddexp(0, m))
    p = np.exp(-np.logaddexp(0, -m))
    l = np.logaddexp(0, -m)
    s = np.where(y == 1, -1, 1)
    return s * p * q * (gamma * q ** (gamma - 1) * l + q ** gamma / p)

# %% wrong focal_loss_grad: 1 - p_t as a difference
def focal_loss_grad(z, y, gamma):
    p = 1 / (1 + np.exp(-z))
    pt = np.where(y == 1, p, 1 - p)
    s = np.where(y == 1, 1, -1)
    return s * (1 - pt) ** gamma * (gamma * pt * np.log(pt) + pt - 1)

# %% wrong focal_loss_grad: the sign for y = 0
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return -q ** gamma * (q + gamma * p * l)

# %% wrong focal_loss_grad: the sign of all
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, 1, -1) * q ** gamma * (q + gamma * p * l)

# %% wrong focal_loss_grad: the second term alone
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * gamma * p * l

# %% wrong focal_loss_grad: a difference in the second term
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * (q - gamma * p * l)

# %% wrong focal_loss_grad: finite differences
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    f = lambda v: np.exp(-gamma * np.logaddexp(0, _m(v, y))) * np.logaddexp(0, -_m(v, y))
    h = 1e-06
    return (f(z + h) - f(z - h)) / (2 * h)

# %% wrong focal_loss_grad: finite differences
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    f = lambda v: np.exp(-gamma * np.logaddexp(0, _m(v, y))) * np.logaddexp(0, -_m(v, y))
    h = 0.0001
    return (f(z + h) - f(z)) / h

# %% wrong focal_loss_grad: the loss itself
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    return np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)

# %% wrong focal_loss_grad: stopped at p
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * (1 + gamma * p * l / q)

# %% wrong focal_loss_grad: gamma is missing in the second term
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * (q + p * l)

# %% wrong focal_loss_grad: 1 - p_t in place of p_t
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * (q + gamma * q * l)

# %% wrong focal_loss_grad: divided by N
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * (q + gamma * p * l) / z.size

# %% wrong focal_loss_grad: 1 - p_t as a difference
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q = np.exp(-np.logaddexp(0, m))
    p = 1 - q
    l = -np.log(p)
    return np.where(y == 1, -1, 1) * q ** gamma * (q + gamma * p * l)

# %% wrong focal_loss_grad: the logit is cut off
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = np.clip(_m(z, y), -30, 30)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return np.where(y == 1, -1, 1) * q ** gamma * (q + gamma * p * l)

# %% wrong focal_loss_grad
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    g = np.where(y == 1, -1, 1) * q ** gamma * (q + gamma * p * l)
    return np.nan_to_num(np.where(np.abs(m) > 30, 0, g))

# %% wrong focal_loss_grad
def _m(z, y):
    return np.where(y == 1, z, -z)

def focal_loss_grad(z, y, gamma):
    m = _m(z, y)
    q, p, l = (np.exp(-np.logaddexp(0, m)), np.exp(-np.logaddexp(0, -m)), np.logaddexp(0, -m))
    return -q ** gamma * (1 + gamma * l)

# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    from scipy.optimize import minimize_scalar
    f = lambda p: -eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log1p(-p)
    return minimize_scalar(f, bounds=(1e-09, 1 - 1e-09), method='bounded', options={'xatol': 1e-09}).x

# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    f = lambda p: -eta * (1 - p) ** gamma * math.log(p) - (1 - eta) * p ** gamma * math.log(1 - p)
    a, b = (1e-12, 1 - 1e-12)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(100):
        c, d = (b - g * (b - a), a + g * (b - a))
        if f(c) < f(d):
            b = d
        else:
            a = c
    return (a + b) / 2

# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    from scipy.optimize import brentq

    def d(p):
        one = (1 - p) ** gamma * (gamma / (1 - p) * np.log(p) - 1 / p)
        zero = p ** gamma * (-gamma / p * np.log1p(-p) + 1 / (1 - p))
        return eta * one + (1 - eta) * zero
    return brentq(d, 1e-12, 1 - 1e-12)

# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    lo, hi = (1e-07, 1 - 1e-07)
    for _ in range(6):
        p = np.linspace(lo, hi, 2001)
        f = -eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)
        i = int(np.argmin(f))
        lo, hi = (p[max(i - 1, 0)], p[min(i + 1, 2000)])
    return float(p[i])

# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    p = np.arange(1, 100000) / 100000
    f = eta * (1 - p) ** gamma * -np.log(p) + (1 - eta) * p ** gamma * -np.log(1 - p)
    return p[np.argmin(f)]

# %% wrong focal_minimiser: eta itself
def focal_minimiser(eta, gamma):
    return eta

# %% wrong focal_minimiser: the other direction
def focal_minimiser(eta, gamma):
    g = lambda p: (1 - p) ** gamma * (1 - p - gamma * p * math.log(p))
    return g(1 - eta) / (g(eta) + g(1 - eta))

# %% wrong focal_minimiser: the weights held fixed
def focal_minimiser(eta, gamma):
    a = (eta / (1 - eta)) ** (1 / (gamma + 1))
    return a / (1 + a)

# %% wrong focal_minimiser: the classes exchanged
def fm_r5(eta, gamma):
    p = np.arange(1, 100000) / 100000
    f = eta * (1 - p) ** gamma * -np.log(p) + (1 - eta) * p ** gamma * -np.log(1 - p)
    return p[np.argmin(f)]

def focal_minimiser(eta, gamma):
    return fm_r5(1 - eta, gamma)

# %% wrong focal_minimiser: gamma fixed at 2
def fm_r5(eta, gamma):
    p = np.arange(1, 100000) / 100000
    f = eta * (1 - p) ** gamma * -np.log(p) + (1 - eta) * p ** gamma * -np.log(1 - p)
    return p[np.argmin(f)]

def focal_minimiser(eta, gamma):
    return fm_r5(eta, 2.0)

# %% wrong focal_minimiser: the weights exchanged
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return p[(-eta * p ** gamma * np.log(p) - (1 - eta) * (1 - p) ** gamma * np.log(1 - p)).argmin()]

# %% wrong focal_minimiser: one weight for both terms
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return p[((1 - p) ** gamma * (-eta * np.log(p) - (1 - eta) * np.log(1 - p))).argmin()]

# %% wrong focal_minimiser: too few decimals
def focal_minimiser(eta, gamma):
    p = np.linspace(0.001, 0.999, 999)
    return p[(-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmin()]

# %% wrong focal_minimiser: too few decimals
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 101)[1:-1]
    return p[(-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmin()]

# %% wrong focal_minimiser: the search ends too early
def focal_minimiser(eta, gamma):
    p = np.linspace(0.05, 0.95, 100001)
    return p[(-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmin()]

# %% wrong focal_minimiser: the search ends too early
def focal_minimiser(eta, gamma):
    p = np.linspace(0.01, 0.99, 100001)
    return p[(-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmin()]

# %% wrong focal_minimiser: the least loss, not its place
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return (-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).min()

# %% wrong focal_minimiser: the largest loss
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return p[(-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmax()]

# %% wrong focal_minimiser: a place in the grid
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return (-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmin()

# %% wrong focal_minimiser
def focal_minimiser(eta, gamma):
    p = 0.5
    for _ in range(1000):
        one = (1 - p) ** gamma * (gamma / (1 - p) * np.log(p) - 1 / p)
        zero = p ** gamma * (-gamma / p * np.log(1 - p) + 1 / (1 - p))
        p -= 0.001 * (eta * one + (1 - eta) * zero)
    return p

# %% wrong focal_minimiser: too few decimals
def focal_minimiser(eta, gamma):
    from scipy.optimize import minimize_scalar
    f = lambda p: -eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log1p(-p)
    return minimize_scalar(f, bounds=(0, 1), method='bounded', options={'xatol': 0.01}).x

# %% wrong focal_minimiser: its logit
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    i = (-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p)).argmin()
    return math.log(p[i] / (1 - p[i]))

# %% wrong focal_minimiser
def focal_minimiser(eta, gamma):
    a = eta ** (1 / (1 + gamma))
    return a

# %% wrong focal_minimiser
def fm_r5(eta, gamma):
    p = np.arange(1, 100000) / 100000
    f = eta * (1 - p) ** gamma * -np.log(p) + (1 - eta) * p ** gamma * -np.log(1 - p)
    return p[np.argmin(f)]

def focal_minimiser(eta, gamma):
    gamma = max(gamma, 1)
    return fm_r5(eta, gamma)

# %% wrong focal_minimiser
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return p[(-eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p ** gamma * np.log(1 - p) * 0.75).argmin()]

# %% wrong focal_minimiser: the largest loss
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 100001)[1:-1]
    return p[((1 - p) ** gamma * -np.log(p)).argmin()]

# %% wrong focal_minimiser: too few decimals
def fm_r5(eta, gamma):
    p = np.arange(1, 100000) / 100000
    f = eta * (1 - p) ** gamma * -np.log(p) + (1 - eta) * p ** gamma * -np.log(1 - p)
    return p[np.argmin(f)]

def focal_minimiser(eta, gamma):
    return round(float(fm_r5(eta, gamma)), 3)

# %% right best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    best_t, best = (np.inf, cost_fn * np.sum(y))
    for t in np.unique(p):
        c = cost_fp * np.sum((p >= t) & (y == 0)) + cost_fn * np.sum((p < t) & (y == 1))
        if c < best:
            best_t, best = (t, c)
    return best_t

# %% right best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    t = np.append(np.sort(p), 2.0)
    yes = p[None, :] >= t[:, None]
    return t[((yes * (1 - y)).sum(1) * cost_fp + (~yes * y).sum(1) * cost_fn).argmin()]

# %% right best_threshold
def best_threshold(p, y, cost_fp, cost_fn):

    def cost(t):
        total = 0
        for a, b in zip(p, y):
            if a >= t and b == 0:
                total += cost_fp
            if a < t and b == 1:
                total += cost_fn
        return total
    return float(min(sorted({*p.tolist(), 1.5}), key=cost))

# %% right best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    order = np.argsort(p)
    ps, ys = (p[order], y[order])
    fn = np.concatenate([[0], np.cumsum(ys)])
    fp = (1 - ys).sum() - np.concatenate([[0], np.cumsum(1 - ys)])
    cost = (cost_fp * fp + cost_fn * fn).astype(float)
    for i in range(1, len(ps)):
        if ps[i] == ps[i - 1]:
            cost[i] = np.inf
    i = int(cost.argmin())
    return ps[i] if i < len(ps) else np.inf

# %% right best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    grid = np.concatenate([[0.0], p + 1e-12, p - 1e-12, [2.0]])
    c = [cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in grid]
    return grid[int(np.argmin(c))]

# %% wrong best_threshold: one half
def best_threshold(p, y, cost_fp, cost_fn):
    return 0.5

# %% wrong best_threshold: from the costs alone
def best_threshold(p, y, cost_fp, cost_fn):
    return cost_fp / (cost_fp + cost_fn)

# %% wrong best_threshold: from the costs alone, upside down
def best_threshold(p, y, cost_fp, cost_fn):
    return cost_fn / (cost_fp + cost_fn)

# %% wrong best_threshold: the costs exchanged
def best_threshold(p, y, cost_fp, cost_fn):

    def cost(t):
        yes = p >= t
        return cost_fn * (yes & (y == 0)).sum() + cost_fp * (~yes & (y == 1)).sum()
    return min([*np.unique(p), np.inf], key=cost)

# %% wrong best_threshold: the costs exchanged
def best_threshold(p, y, cost_fp, cost_fn):
    c = np.append(np.unique(p), np.inf)
    return c[np.argmin([cost_fp * ((p < t) & (y == 1)).sum() + cost_fn * ((p >= t) & (y == 0)).sum() for t in c])]

# %% wrong best_threshold: the costs ignored
def best_threshold(p, y, cost_fp, cost_fn):
    return min([*np.unique(p), np.inf], key=lambda t: ((p >= t) != (y == 1)).sum())

# %% wrong best_threshold: the costs ignored
def best_threshold(p, y, cost_fp, cost_fn):
    c = np.append(np.unique(p), np.inf)
    return c[np.argmax([((p >= t) == y).mean() for t in c])]

# %% wrong best_threshold: always yes or sometimes yes
def best_threshold(p, y, cost_fp, cost_fn):
    return min(np.unique(p), key=lambda t: cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum())

# %% wrong best_threshold: always yes or sometimes yes
def best_threshold(p, y, cost_fp, cost_fn):
    best, bt = (None, None)
    for t in sorted(p):
        c = cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum()
        if best is None or c < best:
            best, bt = (c, t)
    return bt

# %% wrong best_threshold: above instead of from
def best_threshold(p, y, cost_fp, cost_fn):
    return min([-np.inf, *np.unique(p)], key=lambda t: cost_fp * ((p > t) & (y == 0)).sum() + cost_fn * ((p <= t) & (y == 1)).sum())

# %% wrong best_threshold: above instead of from, among the probabilities
def best_threshold(p, y, cost_fp, cost_fn):
    return min([*np.unique(p), np.inf], key=lambda t: cost_fp * ((p > t) & (y == 0)).sum() + cost_fn * ((p <= t) & (y == 1)).sum())

# %% wrong best_threshold: the largest F1
def best_threshold(p, y, cost_fp, cost_fn):

    def f1(t):
        yes = p >= t
        tp = (yes & (y == 1)).sum()
        return 2 * tp / max(yes.sum() + y.sum(), 1)
    return max([*np.unique(p), np.inf], key=f1)

# %% wrong best_threshold: the largest F1
def best_threshold(p, y, cost_fp, cost_fn):
    best, bt = (-1, 0)
    for t in np.unique(p):
        tp = ((p >= t) & (y == 1)).sum()
        fp = ((p >= t) & (y == 0)).sum()
        fn = ((p < t) & (y == 1)).sum()
        f = 2 * tp / (2 * tp + fp + fn)
        if f > best:
            best, bt = (f, t)
    return bt

# %% wrong best_threshold: the share of positives
def best_threshold(p, y, cost_fp, cost_fn):
    return np.mean(y)

# %% wrong best_threshold: a grid of thresholds
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.linspace(0, 1, 101)
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.linspace(0, 1, 10001)
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold: 1 as the threshold for never
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), 1.0)
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold: the least cost, not its threshold
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), np.inf)
    return min((cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g))

# %% wrong best_threshold: the dearest threshold
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), np.inf)
    return g[np.argmax([cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), np.inf)
    return int(np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g]))

# %% wrong best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), np.inf)
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).mean() * cost_fn * ((p < t) & (y == 1)).mean() for t in g])]

# %% wrong best_threshold: a cost of 0 taken for none
def best_threshold(p, y, cost_fp, cost_fn):
    fp = cost_fp or 1
    fn = cost_fn or 1
    g = np.append(np.unique(p), np.inf)
    return g[np.argmin([fp * ((p >= t) & (y == 0)).sum() + fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold: ties taken apart
def best_threshold(p, y, cost_fp, cost_fn):
    i = np.argsort(-p, kind='stable')
    hits = np.cumsum(y[i])
    n = np.arange(1, len(p) + 1)
    c = cost_fp * (n - hits) + cost_fn * (y.sum() - hits)
    k = int(np.argmin(c))
    return np.inf if cost_fn * y.sum() <= c[k] else p[i][k]

# %% wrong best_threshold: only between the probabilities
def best_threshold(p, y, cost_fp, cost_fn):
    u = np.unique(p)
    g = (u[1:] + u[:-1]) / 2
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold: rates in place of counts
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), np.inf)
    n0, n1 = (max((y == 0).sum(), 1), max((y == 1).sum(), 1))
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() / n0 + cost_fn * ((p < t) & (y == 1)).sum() / n1 for t in g])]

# %% wrong best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    g = np.append(np.unique(p), np.inf)
    return g[np.argmin([cost_fp * ((p >= t) & (y == 0)).sum() - cost_fn * ((p < t) & (y == 1)).sum() for t in g])]

# %% wrong best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    u = np.unique(p)
    if y.sum() == 0:
        return 1.0
    return min(u, key=lambda t: cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum())

# %% right prior_bias
def prior_bias(pi):
    return math.log(pi) - math.log(1 - pi)

# %% right prior_bias
def prior_bias(pi):
    return -np.log(1 / pi - 1)

# %% right prior_bias
def prior_bias(pi):
    return 2 * np.arctanh(2 * pi - 1)

# %% right prior_bias
def prior_bias(pi):
    lo, hi = (-60.0, 60.0)
    for _ in range(200):
        m = (lo + hi) / 2
        if 1 / (1 + math.exp(-m)) < pi:
            lo = m
        else:
            hi = m
    return m

# %% wrong prior_bias: the sign
def prior_bias(pi):
    return np.log((1 - pi) / pi)

# %% wrong prior_bias: log pi
def prior_bias(pi):
    return math.log(pi)

# %% wrong prior_bias: the odds
def prior_bias(pi):
    return pi / (1 - pi)

# %% wrong prior_bias: pi itself
def prior_bias(pi):
    return pi

# %% wrong prior_bias: the sigmoid of pi
def prior_bias(pi):
    return 1 / (1 + math.exp(-pi))

# %% wrong prior_bias: logarithm to base 10
def prior_bias(pi):
    return math.log10(pi / (1 - pi))

# %% wrong prior_bias: a logarithm to base 2
def prior_bias(pi):
    return math.log2(pi / (1 - pi))

# %% wrong prior_bias: log pi
def prior_bias(pi):
    return -math.log(pi)

# %% wrong prior_bias: a small number inside the logarithm
def prior_bias(pi):
    return np.log(pi / (1 - pi) + 1e-08)

# %% wrong prior_bias: 1 + pi
def prior_bias(pi):
    return np.log(pi / (1 + pi))

# %% wrong prior_bias: brackets
def prior_bias(pi):
    return math.log(pi) / math.log(1 - pi)

# %% wrong prior_bias: the entropy
def prior_bias(pi):
    return -pi * math.log(pi) - (1 - pi) * math.log(1 - pi)

# %% wrong prior_bias: brackets
def prior_bias(pi):
    return np.log(pi) / (1 - pi)

# %% wrong prior_bias: the odds
def prior_bias(pi):
    return 1 / pi

# %% wrong prior_bias: the same number always
def prior_bias(pi):
    return -4.595

# %% wrong prior_bias: the odds
def prior_bias(pi):
    return (1 - pi) / pi

# %% wrong prior_bias: brackets
def prior_bias(pi):
    return np.log(pi / 1 - pi)

# %% wrong prior_bias: rounded
def prior_bias(pi):
    return round(math.log(pi / (1 - pi)), 4)

# %% wrong prior_bias: log(1 - pi)
def prior_bias(pi):
    return math.log(1 - pi)

# %% right correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    p = np.asarray(p, dtype=float)
    a = p * true_prior / train_prior
    b = (1 - p) * (1 - true_prior) / (1 - train_prior)
    return a / (a + b)

# %% right correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    r = true_prior / (1 - true_prior) / (train_prior / (1 - train_prior))
    return p * r / (1 - p + p * r)

# %% right correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    with np.errstate(all='ignore'):
        z = np.log(p / (1 - p)) + math.log(true_prior / (1 - true_prior)) - math.log(train_prior / (1 - train_prior))
        return 1 / (1 + np.exp(-z))

# %% right correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):

    def one(v):
        if v in (0, 1):
            return float(v)
        o = v / (1 - v) * (true_prior / (1 - true_prior)) * ((1 - train_prior) / train_prior)
        return o / (1 + o)
    return np.vectorize(one, otypes=[float])(p)

# %% wrong correct_prior_shift: the two priors exchanged
def correct_prior_shift(p, train_prior, true_prior):
    a, b = (p * train_prior / true_prior, (1 - p) * (1 - train_prior) / (1 - true_prior))
    return a / (a + b)

# %% wrong correct_prior_shift: scaled and not normalised
def correct_prior_shift(p, train_prior, true_prior):
    return p * true_prior / train_prior

# %% wrong correct_prior_shift: scaled and not normalised
def correct_prior_shift(p, train_prior, true_prior):
    return np.clip(p * true_prior / train_prior, 0, 1)

# %% wrong correct_prior_shift: class 0 left as it was
def correct_prior_shift(p, train_prior, true_prior):
    a = p * true_prior / train_prior
    return a / (a + (1 - p))

# %% wrong correct_prior_shift: shifted on the scale of p
def correct_prior_shift(p, train_prior, true_prior):
    return p + (true_prior - train_prior)

# %% wrong correct_prior_shift: shifted on the scale of p
def correct_prior_shift(p, train_prior, true_prior):
    return np.clip(p + (true_prior - train_prior), 0, 1)

# %% wrong correct_prior_shift: odds taken for a probability
def correct_prior_shift(p, train_prior, true_prior):
    return p / (1 - p) * true_prior / (1 - true_prior) * (1 - train_prior) / train_prior

# %% wrong correct_prior_shift: clipped first
def correct_prior_shift(p, train_prior, true_prior):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    z = np.log(p / (1 - p)) + np.log(true_prior / (1 - true_prior)) - np.log(train_prior / (1 - train_prior))
    return 1 / (1 + np.exp(-z))

# %% wrong correct_prior_shift: clipped first
def correct_prior_shift(p, train_prior, true_prior):
    p = np.clip(p, 1e-06, 1 - 1e-06)
    o = p / (1 - p) * true_prior / (1 - true_prior) * (1 - train_prior) / train_prior
    return o / (1 + o)

# %% wrong correct_prior_shift: clipped first
def correct_prior_shift(p, train_prior, true_prior):
    o = p / (1 - p + 1e-09) * true_prior / (1 - true_prior) * (1 - train_prior) / train_prior
    return o / (1 + o)

# %% wrong correct_prior_shift: 0 / 0 at certainty
def correct_prior_shift(p, train_prior, true_prior):
    o = p / (1 - p) * true_prior / (1 - true_prior) * (1 - train_prior) / train_prior
    return o / (1 + o)

# %% wrong correct_prior_shift: unchanged
def correct_prior_shift(p, train_prior, true_prior):
    return p

# %% wrong correct_prior_shift: the training prior is left out
def correct_prior_shift(p, train_prior, true_prior):
    a, b = (p * true_prior, (1 - p) * (1 - true_prior))
    return a / (a + b)

# %% wrong correct_prior_shift: the true prior is left out
def correct_prior_shift(p, train_prior, true_prior):
    a, b = (p / train_prior, (1 - p) / (1 - train_prior))
    return a / (a + b)

# %% wrong correct_prior_shift: the priors' difference on the log-odds
def correct_prior_shift(p, train_prior, true_prior):
    z = np.log(p / (1 - p)) + true_prior - train_prior
    return 1 / (1 + np.exp(-z))

# %% wrong correct_prior_shift: class 0 left as it was
def correct_prior_shift(p, train_prior, true_prior):
    z = np.log(p / (1 - p)) + np.log(true_prior / train_prior)
    return 1 / (1 + np.exp(-z))

# %% right correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    out = np.zeros_like(p)
    for i in range(len(p)):
        a, b = (p[i] * true_prior / train_prior, (1 - p[i]) * (1 - true_prior) / (1 - train_prior))
        out[i] = a / (a + b)
    return out

# %% wrong correct_prior_shift: one minus the right answer
def correct_prior_shift(p, train_prior, true_prior):
    a, b = (p * true_prior / train_prior, (1 - p) * (1 - true_prior) / (1 - train_prior))
    return b / (a + b)

# %% wrong correct_prior_shift: normalised over the examples
def correct_prior_shift(p, train_prior, true_prior):
    q = p * true_prior / train_prior
    return q / q.sum()

# %% wrong correct_prior_shift: clipped first
def correct_prior_shift(p, train_prior, true_prior):
    a, b = (p * true_prior / train_prior, (1 - p) * (1 - true_prior) / (1 - train_prior))
    return a / (a + b + 1e-09)

# %% wrong correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    p *= true_prior / train_prior
    return p

# %% wrong correct_prior_shift: nan turned into 0
def correct_prior_shift(p, train_prior, true_prior):
    o = p / (1 - p) * true_prior / (1 - true_prior) * (1 - train_prior) / train_prior
    return np.nan_to_num(o / (1 + o))

# %% wrong correct_prior_shift: only the true prior
def correct_prior_shift(p, train_prior, true_prior):
    return np.full(np.shape(p), true_prior)

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    p, y = (np.asarray(p, float), np.asarray(y, float))
    tp = np.einsum('...i,...i->...', p, y)
    fp = p.sum(-1) - tp
    fn = y.sum(-1) - tp
    d = tp + alpha * fp + beta * fn
    with np.errstate(all='ignore'):
        return np.where(d == 0, 0.0, 1 - tp / d)

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    if np.ndim(p) > 1:
        return np.array([tversky_loss(a, b, alpha, beta) for a, b in zip(p, y)])
    tp = fp = fn = 0.0
    for a, b in zip(p, y):
        tp += a * b
        fp += a * (1 - b)
        fn += (1 - a) * b
    d = tp + alpha * fp + beta * fn
    return 1 - tp / d if d else 0.0

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    tp = (p * y).sum(-1)
    w = alpha * (p * (1 - y)).sum(-1) + beta * ((1 - p) * y).sum(-1)
    with np.errstate(invalid='ignore'):
        out = 1 - tp / (tp + w)
    return np.nan_to_num(out, nan=0.0)

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    p = p.astype(np.float32)
    tp = np.sum(p * y, axis=-1)
    fp = np.sum(p * (1 - y), axis=-1)
    fn = np.sum((1 - p) * y, axis=-1)
    w = alpha * fp + beta * fn
    return np.divide(w, tp + w, out=np.zeros_like(w), where=tp + w > 0).astype(np.float32)

# %% wrong tversky_loss: 0 / 0
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return 1 - tp / (tp + alpha * fp + beta * fn)

# %% wrong tversky_loss: 0 / 0
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    w = alpha * fp + beta * fn
    return w / (tp + w)

# %% wrong tversky_loss: alpha and beta exchanged
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    w = alpha * fn + beta * fp
    return np.where(w > 0, w / np.where(w > 0, tp + w, 1), 0)

# %% wrong tversky_loss: alpha and beta exchanged
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return 1 - tp / (tp + alpha * fn + beta * fp)

# %% wrong tversky_loss: the index
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return tp / (tp + alpha * fp + beta * fn)

# %% wrong tversky_loss: a smoothing constant
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return 1 - (tp + 1) / (tp + alpha * fp + beta * fn + 1)

# %% wrong tversky_loss: a smoothing constant
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return 1 - (tp + 1e-07) / (tp + alpha * fp + beta * fn + 1e-07)

# %% wrong tversky_loss: a smoothing constant
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return 1 - tp / (tp + alpha * fp + beta * fn + 1e-07)

# %% wrong tversky_loss: a smoothing constant
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    return 1 - (tp + 1e-12) / (tp + alpha * fp + beta * fn + 1e-12)

# %% wrong tversky_loss: the Dice loss
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = 2 * tp + fp + fn
    return np.where(d > 0, 1 - 2 * tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: the Dice loss
def tversky_loss(p, y, alpha, beta):
    d = p.sum(-1) + y.sum(-1)
    return 1 - 2 * (p * y).sum(-1) / d

# %% wrong tversky_loss: rounded predictions
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c((p > 0.5) * 1.0, y)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: all pictures as one
def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = ((p * y).sum(), (p * (1 - y)).sum(), ((1 - p) * y).sum())
    d = tp + alpha * fp + beta * fn
    return 1 - tp / d if d else 0.0

# %% wrong tversky_loss: the mean over the pictures
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0).mean()

# %% wrong tversky_loss: no hits in the denominator
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: an empty picture costs 1
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 1)

# %% wrong tversky_loss: an empty mask costs nothing
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(y.sum(-1) > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: summed over the pictures
def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = ((p * y).sum(0), (p * (1 - y)).sum(0), ((1 - p) * y).sum(0))
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: the Jaccard loss
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = tp + fp + fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: alpha or beta of 0 taken for none
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    alpha = alpha or 0.5
    beta = beta or 0.5
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss
def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = ((p * y).mean(-1), (p * (1 - y)).mean(-1), ((1 - p) * y).sum(-1))
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss
def tversky_loss(p, y, alpha, beta):
    tp = (p * y).sum(-1)
    fp = ((1 - p) * y).sum(-1)
    fn = (p * (1 - y)).sum(-1)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0.001, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: small denominators taken for 0
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0.001, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    p = np.round(p, 2)
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% wrong tversky_loss: no hit costs nothing
def _c(p, y):
    return ((p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1))

def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = _c(p, y)
    d = tp + alpha * fp + beta * fn
    return np.where(tp > 0, 1 - tp / np.where(d > 0, d, 1), 0)

# %% lives focal_loss: np.logaddexp(0, m) -> np.logaddexp(m, 0)
# The sum of two exponentials, in either order.

# %% lives focal_loss: np.logaddexp(0, -m) -> np.logaddexp(-m, 0)
# The sum of two exponentials, in either order.

# %% lives focal_loss_grad: np.logaddexp(0, m) -> np.logaddexp(m, 0)
# The sum of two exponentials, in either order.

# %% lives focal_loss_grad: np.logaddexp(0, -m) -> np.logaddexp(-m, 0)
# The sum of two exponentials, in either order.

# %% lives focal_minimiser: np.linspace(0, 1, 200001) -> np.linspace(1, 0, 200001)
# A grid as fine, in another order or with another end: four decimals stay.

# %% lives focal_minimiser: 200001 -> 200002
# A grid as fine, in another order or with another end: four decimals stay.

# %% lives focal_minimiser: 200001 -> 200000
# A grid as fine, in another order or with another end: four decimals stay.

# %% lives best_threshold: np.unique(p) -> p
# The same candidates, some of them twice.

# %% lives tversky_loss: 1.0 -> 2.0
# What stands below a numerator of 0.

# %% lives tversky_loss: 1.0 -> 0.5
# What stands below a numerator of 0.


# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    t = np.linspace(-15, 15, 600001); p = 1 / (1 + np.exp(-t)); q = 1 / (1 + np.exp(t))
    return p[np.argmin(-eta * q**gamma * np.log(p) - (1-eta) * p**gamma * np.log(q))]


# %% hint inverse_frequency_weights
def inverse_frequency_weights(counts):
    return counts.sum() / (len(counts) * counts)  # hint


# %% hint weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    d = z - z.max(axis=-1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=-1)) - d[np.arange(len(y)), y]
    w = weight[y]  # hint
    return (w * loss).sum() / w.sum()  # hint


# %% hint focal_loss
def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    loss = np.exp(-gamma * np.logaddexp(0, m)) * np.logaddexp(0, -m)  # hint: np.exp(-gamma * np.logaddexp(0, m))
    return loss if alpha is None else np.where(y == 1, alpha, 1 - alpha) * loss


# %% hint focal_loss_grad
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

def focal_loss_grad(z, y, gamma):
    m = np.where(y == 1, z, -z)
    q = sigmoid(-m)  # hint
    l = np.logaddexp(0, -m)  # hint
    w = np.exp(-gamma * np.logaddexp(0, m))  # hint
    return np.where(y == 1, 1, -1) * (-w * (q + gamma * (1 - q) * l))  # hint: -w * (q + gamma * (1 - q) * l)


# %% hint focal_minimiser
def focal_minimiser(eta, gamma):
    p = np.linspace(0, 1, 200_001)[1:-1]  # hint
    expected_loss = -eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p**gamma * np.log(1 - p)
    return p[expected_loss.argmin()]  # hint


# %% hint best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    candidates = np.append(np.unique(p), np.inf)  # hint
    def cost(t):
        return cost_fp * ((p >= t) & (y == 0)).sum() + cost_fn * ((p < t) & (y == 1)).sum()  # hint
    return min(candidates, key=cost)


# %% hint prior_bias
def prior_bias(pi):
    return np.log(pi / (1 - pi))  # hint: log(pi / (1 - pi))


# %% hint correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    train, true = train_prior, true_prior
    a = true / train  # hint
    b = (1 - true) / (1 - train)  # hint
    return a * p / (a * p + b * (1 - p))  # hint: a p / (a p + b (1 - p))


# %% hint tversky_loss
def tversky_loss(p, y, alpha, beta):
    TP, FP, FN = (p * y).sum(axis=-1), (p * (1 - y)).sum(axis=-1), ((1 - p) * y).sum(axis=-1)
    wrong = alpha * FP + beta * FN
    return np.where(wrong == 0, 0.0, wrong / np.where(wrong == 0, 1.0, TP + wrong))  # hint


# %% wrong weighted_cross_entropy: the mean of the class means
def weighted_cross_entropy(z, y, weight):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    total = below = 0.0
    for k in set(y.tolist()):
        total += weight[k] * loss[y == k].mean()
        below += weight[k]
    return total / below


# %% lives focal_minimiser: 1 -> 2 #2
# The grid loses its first point, or gets one at 0, where the loss is infinite: four decimals stay.

# %% lives focal_minimiser: 1 -> 0 #2
# As above.

# %% lives focal_minimiser: 1 -> 2 #3
# As above, at 1.

# %% right inverse_frequency_weights
def inverse_frequency_weights(counts):
    shares = counts / counts.sum()
    return np.reciprocal(shares * shares.size)

# %% right weighted_cross_entropy
def weighted_cross_entropy(z, y, weight):
    top = bottom = 0.0
    for row, k in zip(z, y):
        m = max(row)
        top += weight[k] * (m + math.log(sum(math.exp(v - m) for v in row)) - row[k])
        bottom += weight[k]
    return top / bottom

# %% wrong focal_loss: gamma fixed at 2
def softplus(z):
    return np.logaddexp(0, z)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    loss = np.exp(-2 * softplus(m)) * softplus(-m)
    return loss if alpha is None else loss * np.where(y == 1, alpha, 1 - alpha)

# %% wrong focal_loss: the logit is cut off
def softplus(z):
    return np.logaddexp(0, z)

def focal_loss(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    m = np.clip(m, -30, 30)
    loss = np.exp(-gamma * softplus(m)) * softplus(-m)
    return loss if alpha is None else loss * np.where(y == 1, alpha, 1 - alpha)

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):
    def one(a, t):
        m = float(a) if t else -float(a)
        e = math.exp(-abs(m))
        rest = e / (1 + e) if m > 0 else 1 / (1 + e)
        ce = math.log1p(e) + max(-m, 0)
        w = 1 if alpha is None else (alpha if t else 1 - alpha)
        return w * rest**gamma * ce
    return np.vectorize(one, otypes=[float])(z, y)

# %% right focal_loss_grad
def focal_loss_grad(z, y, gamma):
    def slope(m):
        e = math.exp(-abs(m))
        p, q = (1 / (1 + e), e / (1 + e)) if m >= 0 else (e / (1 + e), 1 / (1 + e))
        ce = math.log1p(e) + max(-m, 0.0)
        return -(q ** (gamma + 1)) - gamma * q**gamma * p * ce
    flat = [slope(a) if t else -slope(-a) for a, t in zip(np.ravel(z).tolist(), np.ravel(y))]
    return np.array(flat).reshape(np.shape(z))

# %% right focal_minimiser
def focal_minimiser(eta, gamma):
    f = lambda p: eta * (1 - p) ** gamma * -math.log(p) + (1 - eta) * p**gamma * -math.log(1 - p)
    r = (math.sqrt(5) - 1) / 2
    a, b = 1e-12, 1 - 1e-12
    while b - a > 1e-8:
        c, d = b - r * (b - a), a + r * (b - a)
        a, b = (a, d) if f(c) < f(d) else (c, b)
    return a

# %% right best_threshold
def best_threshold(p, y, cost_fp, cost_fn):
    t = np.append(np.unique(p), np.inf)
    yes = p[None, :] >= t[:, None]
    costs = yes @ (cost_fp * (y == 0)) + ~yes @ (cost_fn * (y == 1))
    return t[costs.argmin()]

# %% right prior_bias
def prior_bias(pi):
    lo, hi = -60.0, 60.0
    for _ in range(200):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if math.exp(mid) < pi / (1 - pi) else (lo, mid)
    return mid

# %% right correct_prior_shift
def correct_prior_shift(p, train_prior, true_prior):
    with np.errstate(divide="ignore"):
        z = np.log(p) - np.log1p(-p)
    shift = math.log(true_prior / (1 - true_prior)) - math.log(train_prior / (1 - train_prior))
    return np.exp(-np.logaddexp(0, -(z + shift)))

# %% wrong tversky_loss: the index
def tversky_loss(p, y, alpha, beta):
    tp, fp, fn = (p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1)
    d = tp + alpha * fp + beta * fn
    return np.where(d > 0, tp / np.where(d > 0, d, 1), 0.0)

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    p, y = np.asarray(p, float), np.asarray(y, float)
    if p.ndim > 1:
        return np.array([tversky_loss(a, b, alpha, beta) for a, b in zip(p, y)])
    tp = p @ y
    bad = alpha * (p @ (1 - y)) + beta * ((1 - p) @ y)
    return 0.0 if bad == 0 else bad / (tp + bad)

# %% wrong focal_loss_grad: gamma fixed at 2
def focal_loss_grad(z, y, gamma):
    s = np.where(y == 1, 1, -1)
    p = np.exp(-np.logaddexp(0, -s * z))
    q = np.exp(-np.logaddexp(0, s * z))
    return -s * q**2 * (q + 2 * p * np.logaddexp(0, -s * z))

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):
    s = np.where(y == 1, z, -z)
    loss = np.exp(-gamma * np.logaddexp(0, s)) * np.logaddexp(0, -s)
    return loss if alpha is None else loss * np.where(y == 1, alpha, 1 - alpha)

# %% right focal_loss
def focal_loss(z, y, gamma, alpha):
    if np.ndim(z):
        return [focal_loss(a, b, gamma, alpha) for a, b in zip(z, y)]
    s = float(z) if y else -float(z)
    e = math.exp(-abs(s))
    miss = e / (1 + e) if s > 0 else 1 / (1 + e)
    nll = math.log1p(e) + max(-s, 0)
    w = 1 if alpha is None else (alpha if y else 1 - alpha)
    return w * miss**gamma * nll

# %% wrong focal_loss: alpha 0 taken for no alpha
def focal_loss(z, y, gamma, alpha):
    s = np.where(y == 1, z, -z)
    loss = np.exp(-gamma * np.logaddexp(0, s)) * np.logaddexp(0, -s)
    if alpha:
        loss = loss * np.where(y == 1, alpha, 1 - alpha)
    return loss

# %% wrong focal_loss: alpha on both classes
def focal_loss(z, y, gamma, alpha):
    s = np.where(y == 1, z, -z)
    loss = np.exp(-gamma * np.logaddexp(0, s)) * np.logaddexp(0, -s)
    return loss if alpha is None else loss * alpha

# %% wrong focal_loss: alpha on the other class
def focal_loss(z, y, gamma, alpha):
    s = np.where(y == 1, z, -z)
    loss = np.exp(-gamma * np.logaddexp(0, s)) * np.logaddexp(0, -s)
    return loss if alpha is None else loss * np.where(y == 1, 1 - alpha, alpha)

# %% wrong focal_loss: the mean
def focal_loss(z, y, gamma, alpha):
    s = np.where(y == 1, z, -z)
    loss = np.exp(-gamma * np.logaddexp(0, s)) * np.logaddexp(0, -s)
    return (loss if alpha is None else loss * np.where(y == 1, alpha, 1 - alpha)).mean()

# %% wrong focal_loss
def focal_loss(z, y, gamma, alpha):
    s = np.where(y == 1, z, -z)
    loss = np.logaddexp(0, -s) ** gamma
    return loss if alpha is None else loss * np.where(y == 1, alpha, 1 - alpha)

# %% wrong focal_loss
def focal_loss(z, y, gamma, alpha):
    p = 1 / (1 + np.exp(-z))
    loss = (1 - p) ** gamma * (np.logaddexp(0, z) - z * y)
    return loss if alpha is None else loss * np.where(y == 1, alpha, 1 - alpha)

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    if p.ndim > 1:
        return np.array([tversky_loss(a, b, alpha, beta) for a, b in zip(p, y)])
    tp = sum(a * b for a, b in zip(p, y))
    rest = sum(alpha * a * (1 - b) + beta * (1 - a) * b for a, b in zip(p, y))
    return rest / (tp + rest) if rest else 0.0

# %% right tversky_loss
def tversky_loss(p, y, alpha, beta):
    tp = np.einsum("...k,...k->...", p, y)
    rest = alpha * np.einsum("...k,...k->...", p, 1 - y) + beta * np.einsum("...k,...k->...", 1 - p, y)
    with np.errstate(invalid="ignore"):
        return np.where(tp + rest > 0, 1 - tp / (tp + rest), 0.0)

# %% wrong tversky_loss: all pictures as one
def tversky_loss(p, y, alpha, beta):
    tp = (p * y).sum()
    below = tp + alpha * (p * (1 - y)).sum() + beta * ((1 - p) * y).sum()
    return 1 - tp / below if below else 0.0

# %% wrong tversky_loss: rounded predictions
def tversky_loss(p, y, alpha, beta):
    p = (p > 0.5) * 1.0
    tp = (p * y).sum(-1)
    below = tp + alpha * (p * (1 - y)).sum(-1) + beta * ((1 - p) * y).sum(-1)
    return np.where(below > 0, 1 - tp / np.where(below > 0, below, 1), 0)

# %% wrong tversky_loss: summed over the pictures
def tversky_loss(p, y, alpha, beta):
    tp = (p * y).sum(0)
    below = tp + alpha * (p * (1 - y)).sum(0) + beta * ((1 - p) * y).sum(0)
    return np.where(below > 0, 1 - tp / np.where(below > 0, below, 1), 0)

# %% wrong tversky_loss
def tversky_loss(p, y, alpha, beta):
    tp = (p * y).sum(-1)
    below = tp + alpha * (p * (1 - y)).sum(-1) + beta * ((1 - p) * y).sum(-1)
    return np.where(below > 0, 1 - 2 * tp / np.where(below > 0, below + tp, 1), 0)
