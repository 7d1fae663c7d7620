import math
import numpy as np

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    out = np.full((len(y), num_classes), epsilon / num_classes)
    out[np.arange(len(y)), y] += 1 - epsilon
    return out

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    return [[(1 - epsilon) * (k == t) + epsilon / num_classes for k in range(num_classes)] for t in y]

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    hot = (y[:, None] == np.arange(num_classes)).astype(np.float32)
    return hot * np.float32(1 - epsilon) + np.float32(epsilon / num_classes)

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    other = epsilon / num_classes
    return np.where(np.eye(num_classes, dtype=bool)[y], 1 - (num_classes - 1) * other, other)

# %% wrong smooth_labels: epsilon over the other classes only
def smooth_labels(y, num_classes, epsilon):
    out = np.full((len(y), num_classes), epsilon / (num_classes - 1))
    out[np.arange(len(y)), y] = 1 - epsilon
    return out

# %% wrong smooth_labels: the true class misses its share
def smooth_labels(y, num_classes, epsilon):
    out = np.full((len(y), num_classes), epsilon / num_classes)
    out[np.arange(len(y)), y] = 1 - epsilon
    return out

# %% wrong smooth_labels: nothing is taken from the label
def smooth_labels(y, num_classes, epsilon):
    return np.eye(num_classes)[y] + epsilon / num_classes

# %% wrong smooth_labels: epsilon on each class
def smooth_labels(y, num_classes, epsilon):
    out = np.full((len(y), num_classes), epsilon)
    out[np.arange(len(y)), y] = 1 - epsilon
    return out

# %% wrong smooth_labels: epsilon on each class
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes)[y] + epsilon

# %% wrong smooth_labels: epsilon / (K - 1) on every class
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes)[y] + epsilon / (num_classes - 1)

# %% wrong smooth_labels: the uniform part is missing
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes)[y]

# %% wrong smooth_labels: the weights are swapped
def smooth_labels(y, num_classes, epsilon):
    return epsilon * np.eye(num_classes)[y] + (1 - epsilon) / num_classes

# %% wrong smooth_labels: epsilon is ignored
def smooth_labels(y, num_classes, epsilon):
    return np.eye(num_classes)[y]

# %% wrong smooth_labels: the labels of all rows in every row
def smooth_labels(y, num_classes, epsilon):
    out = np.full((len(y), num_classes), epsilon / num_classes)
    out[:, y] = 1 - epsilon + epsilon / num_classes
    return out

# %% wrong smooth_labels: rounded
def smooth_labels(y, num_classes, epsilon):
    out = np.zeros((len(y), num_classes), dtype=int)
    out[np.arange(len(y)), y] = 1
    out = out * (1 - epsilon) + epsilon / num_classes
    return np.round(out, 2)

# %% wrong smooth_labels: rounded
def smooth_labels(y, num_classes, epsilon):
    out = np.zeros((len(y), num_classes), dtype=int)
    out[...] = epsilon / num_classes
    out[np.arange(len(y)), y] = 1 - epsilon + epsilon / num_classes
    return out

# %% wrong smooth_labels: classes counted from the labels
def smooth_labels(y, num_classes, epsilon):
    k = y.max() + 1
    return (1 - epsilon) * np.eye(k)[y] + epsilon / k

# %% wrong smooth_labels: rows and columns exchanged
def smooth_labels(y, num_classes, epsilon):
    return ((1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes).T

# %% wrong smooth_labels: epsilon on each class
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes)[y] + epsilon / 2

# %% wrong smooth_labels: epsilon on each class
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes)[y] + epsilon * num_classes

# %% wrong smooth_labels: epsilon 0 taken for none
def smooth_labels(y, num_classes, epsilon):
    if not epsilon:
        epsilon = 0.1
    return (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes

# %% wrong smooth_labels
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * y + epsilon / num_classes

# %% right label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    d = z - z.max(axis=-1, keepdims=True)
    logp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    K = z.shape[-1]
    q = np.full(z.shape, epsilon / K)
    q[np.arange(len(y)), y] += 1 - epsilon
    return -(q * logp).sum(-1)

# %% right label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    out = []
    for row, t in zip(z, y):
        m = max(row)
        lse = m + math.log(sum((math.exp(v - m) for v in row)))
        nll = [lse - v for v in row]
        out.append((1 - epsilon) * nll[t] + epsilon * sum(nll) / len(row))
    return out

# %% right label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    lse = np.logaddexp.reduce(z, axis=1)
    return lse - (1 - epsilon) * z[np.arange(len(y)), y] - epsilon * z.mean(axis=1)

# %% right label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    z = z.astype(np.float32)
    d = z - z.max(1, keepdims=True)
    lp = d - np.log(np.exp(d).sum(1, keepdims=True))
    return (-(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)).astype(np.float32)

# %% wrong label_smoothing_cross_entropy: epsilon over the other classes only
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    K = z.shape[1]
    q = np.full(z.shape, epsilon / (K - 1))
    q[np.arange(len(y)), y] = 1 - epsilon
    return -(q * _lsm(z)).sum(1)

# %% wrong label_smoothing_cross_entropy: epsilon over the other classes only
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    own = lp[np.arange(len(y)), y]
    return -(1 - epsilon) * own - epsilon * (lp.sum(1) - own) / (z.shape[1] - 1)

# %% wrong label_smoothing_cross_entropy: the true class misses its share
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    K = z.shape[1]
    q = np.full(z.shape, epsilon / K)
    q[np.arange(len(y)), y] = 1 - epsilon
    return -(q * _lsm(z)).sum(1)

# %% wrong label_smoothing_cross_entropy: exp overflows
def label_smoothing_cross_entropy(z, y, epsilon):
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    q = (1 - epsilon) * np.eye(z.shape[1])[y] + epsilon / z.shape[1]
    return -(q * np.log(p)).sum(1)

# %% wrong label_smoothing_cross_entropy: exp overflows
def label_smoothing_cross_entropy(z, y, epsilon):
    lp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: softmax first, then log
def label_smoothing_cross_entropy(z, y, epsilon):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    q = (1 - epsilon) * np.eye(z.shape[1])[y] + epsilon / z.shape[1]
    return -(q * np.log(p)).sum(1)

# %% wrong label_smoothing_cross_entropy: softmax first, then log
def label_smoothing_cross_entropy(z, y, epsilon):
    e = np.exp(z - z.max(1, keepdims=True))
    lp = np.log(e / e.sum(1, keepdims=True))
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: a small number inside the logarithm
def label_smoothing_cross_entropy(z, y, epsilon):
    e = np.exp(z - z.max(1, keepdims=True))
    lp = np.log(e / e.sum(1, keepdims=True) + 1e-12)
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: a small number inside the logarithm
def label_smoothing_cross_entropy(z, y, epsilon):
    e = np.exp(z - z.max(1, keepdims=True))
    p = np.clip(e / e.sum(1, keepdims=True), 1e-07, 1)
    lp = np.log(p)
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: the sum over the classes, not the mean
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.sum(1)

# %% wrong label_smoothing_cross_entropy: only the true class counts
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    return -(1 - epsilon) * _lsm(z)[np.arange(len(y)), y]

# %% wrong label_smoothing_cross_entropy: the prediction is smoothed, not the label
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    p = np.exp(_lsm(z))
    p = (1 - epsilon) * p + epsilon / z.shape[1]
    return -np.log(p[np.arange(len(y)), y])

# %% wrong label_smoothing_cross_entropy: epsilon is ignored
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    return -_lsm(z)[np.arange(len(y)), y]

# %% wrong label_smoothing_cross_entropy: the mean
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return (-(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)).mean()

# %% wrong label_smoothing_cross_entropy: the sum of the right answers
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return (-(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)).sum()

# %% wrong label_smoothing_cross_entropy: one mean for all examples
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean()

# %% wrong label_smoothing_cross_entropy: minus the right answer
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return (1 - epsilon) * lp[np.arange(len(y)), y] + epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: one maximum for all rows
def label_smoothing_cross_entropy(z, y, epsilon):
    d = z - z.max()
    lp = d - np.log(np.exp(d).sum(1, keepdims=True))
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: nothing is taken from the label
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return -lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: the weights are swapped
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return -epsilon * lp[np.arange(len(y)), y] - (1 - epsilon) * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: softmax over the examples
def label_smoothing_cross_entropy(z, y, epsilon):
    d = z - z.max(0)
    lp = d - np.log(np.exp(d).sum(0))
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% wrong label_smoothing_cross_entropy: the divergence
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    K = z.shape[1]
    q = (1 - epsilon) * np.eye(K)[y] + epsilon / K
    return np.where(q > 0, q * (np.log(np.where(q > 0, q, 1)) - lp), 0).sum(1)

# %% wrong label_smoothing_cross_entropy: log K for the uniform part
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z)
    return (1 - epsilon) * -lp[np.arange(len(y)), y] + epsilon * np.log(z.shape[1])

# %% wrong label_smoothing_cross_entropy: a logarithm to base 2
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    lp = _lsm(z) / np.log(2)
    return -(1 - epsilon) * lp[np.arange(len(y)), y] - epsilon * lp.mean(1)

# %% right smoothing_floor
def smoothing_floor(num_classes, epsilon):
    q = np.full(num_classes, epsilon / num_classes)
    q[0] += 1 - epsilon
    q = q[q > 0]
    return -(q * np.log(q)).sum()

# %% right smoothing_floor
def smoothing_floor(num_classes, epsilon):
    if epsilon == 0:
        return 0
    K = num_classes
    a = 1 - epsilon * (K - 1) / K
    return -(a * math.log(a) + epsilon * (K - 1) / K * math.log(epsilon / K))

# %% right smoothing_floor
def smoothing_floor(num_classes, epsilon):
    h = lambda p: 0.0 if p == 0 else -p * np.log(p)
    o = epsilon / num_classes
    return h(1 - epsilon + o) + (num_classes - 1) * h(o)

# %% right smoothing_floor
def smoothing_floor(num_classes, epsilon):
    t = [epsilon / num_classes] * num_classes
    t[0] = 1 - epsilon + epsilon / num_classes
    return sum((-v * math.log(v) for v in t if v))

# %% wrong smoothing_floor: epsilon over the other classes only
def smoothing_floor(num_classes, epsilon):
    if epsilon == 0:
        return 0.0
    if epsilon == 1:
        return np.log(num_classes - 1)
    return -(1 - epsilon) * np.log(1 - epsilon) - epsilon * np.log(epsilon / (num_classes - 1))

# %% wrong smoothing_floor: epsilon over the other classes only
def smoothing_floor(num_classes, epsilon):
    return -(1 - epsilon) * np.log(1 - epsilon) - epsilon * np.log(epsilon / (num_classes - 1))

# %% wrong smoothing_floor: always 0
def smoothing_floor(num_classes, epsilon):
    return 0

# %% wrong smoothing_floor: 0 log 0 gives nan
def smoothing_floor(num_classes, epsilon):
    o = np.float64(epsilon / num_classes)
    t = 1 - epsilon + o
    return -t * np.log(t) - (num_classes - 1) * o * np.log(o)

# %% wrong smoothing_floor: 0 log 0 gives nan
def smoothing_floor(num_classes, epsilon):
    q = np.full(num_classes, epsilon / num_classes)
    q[0] += 1 - epsilon
    return -np.sum(q * np.log(q))

# %% wrong smoothing_floor: not finite at extreme inputs
def smoothing_floor(num_classes, epsilon):
    o = epsilon / num_classes
    t = 1 - epsilon + o
    return -t * math.log(t) - (num_classes - 1) * o * math.log(o)

# %% wrong smoothing_floor: one wrong class instead of K - 1
def smoothing_floor(num_classes, epsilon):
    if not epsilon:
        return 0.0
    o = epsilon / num_classes
    t = 1 - epsilon + o
    return -t * math.log(t) - o * math.log(o)

# %% wrong smoothing_floor: K wrong classes
def smoothing_floor(num_classes, epsilon):
    if not epsilon:
        return 0.0
    o = epsilon / num_classes
    t = 1 - epsilon + o
    return -t * math.log(t) - num_classes * o * math.log(o)

# %% wrong smoothing_floor: the entropy of a coin with epsilon
def smoothing_floor(num_classes, epsilon):
    if epsilon in (0, 1):
        return 0.0
    return -epsilon * math.log(epsilon) - (1 - epsilon) * math.log(1 - epsilon)

# %% wrong smoothing_floor: only the true class's term
def smoothing_floor(num_classes, epsilon):
    return -math.log(1 - epsilon + epsilon / num_classes)

# %% wrong smoothing_floor: only the true class's term
def smoothing_floor(num_classes, epsilon):
    t = 1 - epsilon + epsilon / num_classes
    return -t * math.log(t)

# %% wrong smoothing_floor: only the true class's term
def smoothing_floor(num_classes, epsilon):
    return -np.log(1 - epsilon) if epsilon < 1 else np.inf

# %% wrong smoothing_floor: in bits
def smoothing_floor(num_classes, epsilon):
    q = np.full(num_classes, epsilon / num_classes)
    q[0] += 1 - epsilon
    q = q[q > 0]
    return -(q * np.log2(q)).sum()

# %% wrong smoothing_floor: log K
def smoothing_floor(num_classes, epsilon):
    return np.log(num_classes)

# %% wrong smoothing_floor: epsilon log K
def smoothing_floor(num_classes, epsilon):
    return epsilon * np.log(num_classes)

# %% wrong smoothing_floor: a small number inside the logarithm
def smoothing_floor(num_classes, epsilon):
    q = np.full(num_classes, epsilon / num_classes)
    q[0] += 1 - epsilon
    return -(q * np.log(q + 1e-12)).sum()

# %% wrong smoothing_floor: minus the right answer
def smoothing_floor(num_classes, epsilon):
    q = np.full(num_classes, epsilon / num_classes)
    q[0] += 1 - epsilon
    return (q[q > 0] * np.log(q[q > 0])).sum()

# %% wrong smoothing_floor: a small number inside the logarithm
def smoothing_floor(num_classes, epsilon):
    epsilon = max(epsilon, 1e-09)
    o = epsilon / num_classes
    t = 1 - epsilon + o
    return -t * math.log(t) - (num_classes - 1) * o * math.log(o)

# %% wrong smoothing_floor: infinite for epsilon 0
def smoothing_floor(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    o = epsilon / num_classes
    t = 1 - epsilon + o
    return -t * math.log(t) - (num_classes - 1) * o * math.log(o)

# %% wrong smoothing_floor: a small epsilon taken for 0
def smoothing_floor(num_classes, epsilon):
    if epsilon < 0.001:
        return 0.0
    o = epsilon / num_classes
    t = 1 - epsilon + o
    return -t * math.log(t) - (num_classes - 1) * o * math.log(o)

# %% wrong smoothing_floor
def smoothing_floor(num_classes, epsilon):
    o = epsilon / num_classes
    t = 1 - epsilon + o
    with np.errstate(all='ignore'):
        v = -t * np.log(t) - np.log(o) * (num_classes - 1)
    return v if epsilon else 0.0

# %% right optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return float('inf')
    return math.log(1 + num_classes * (1 - epsilon) / epsilon)

# %% right optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    with np.errstate(divide='ignore'):
        return np.log(1 - epsilon + epsilon / num_classes) - np.log(epsilon / num_classes)

# %% right optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    q = np.full(num_classes, epsilon / num_classes)
    q[0] += 1 - epsilon
    with np.errstate(divide='ignore'):
        lq = np.log(q)
    return lq[0] - lq[1]

# %% right optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    try:
        return math.log((num_classes - (num_classes - 1) * epsilon) / epsilon)
    except ZeroDivisionError:
        return math.inf

# %% wrong optimal_logit_gap: epsilon over the other classes only
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    if epsilon == 1:
        return -math.inf
    return math.log((1 - epsilon) * (num_classes - 1) / epsilon)

# %% wrong optimal_logit_gap: epsilon over the other classes only
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    return math.log((1 - epsilon) / (epsilon / (num_classes - 1)))

# %% wrong optimal_logit_gap: the true class misses its share
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    return np.log((1 - epsilon) / (epsilon / num_classes))

# %% wrong optimal_logit_gap: the logit of the true class's share
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    p = 1 - epsilon + epsilon / num_classes
    return math.log(p / (1 - p))

# %% wrong optimal_logit_gap: the sign is turned
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return -math.inf
    o = epsilon / num_classes
    return math.log(o / (1 - epsilon + o))

# %% wrong optimal_logit_gap: the sign is turned
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    o = epsilon / num_classes
    return math.log(o / (1 - epsilon + o))

# %% wrong optimal_logit_gap: the ratio, not its logarithm
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    o = epsilon / num_classes
    return (1 - epsilon + o) / o

# %% wrong optimal_logit_gap: the difference of the probabilities
def optimal_logit_gap(num_classes, epsilon):
    o = epsilon / num_classes
    return 1 - epsilon + o - o

# %% wrong optimal_logit_gap: the difference of the probabilities
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    return 1 - epsilon

# %% wrong optimal_logit_gap: division by zero
def optimal_logit_gap(num_classes, epsilon):
    o = epsilon / num_classes
    return math.log((1 - epsilon + o) / o)

# %% wrong optimal_logit_gap: a finite number for epsilon 0
def optimal_logit_gap(num_classes, epsilon):
    o = epsilon / num_classes
    return np.log((1 - epsilon + o) / (o + 1e-12))

# %% wrong optimal_logit_gap: a finite number for epsilon 0
def optimal_logit_gap(num_classes, epsilon):
    o = max(epsilon, 1e-12) / num_classes
    return np.log((1 - epsilon + o) / o)

# %% wrong optimal_logit_gap: nan or an invalid value turned into 0
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return 0
    o = epsilon / num_classes
    return math.log((1 - epsilon + o) / o)

# %% wrong optimal_logit_gap: a logarithm to base 2
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    o = epsilon / num_classes
    return math.log2((1 - epsilon + o) / o)

# %% wrong optimal_logit_gap: one of the two logarithms
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    return -math.log(epsilon / num_classes)

# %% wrong optimal_logit_gap: one of the two logarithms
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    return math.log(1 - epsilon + epsilon / num_classes)

# %% wrong optimal_logit_gap: the log-odds of epsilon
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    return math.log((1 - epsilon) / epsilon) if epsilon < 1 else -math.inf

# %% wrong optimal_logit_gap: a finite number for epsilon 0
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return 1000000000.0
    o = epsilon / num_classes
    return math.log((1 - epsilon + o) / o)

# %% wrong optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return None
    o = epsilon / num_classes
    return math.log((1 - epsilon + o) / o)

# %% right distillation_loss
def distillation_loss(student_z, teacher_z, y, temperature, alpha):

    def ls(v):
        return v - np.logaddexp.reduce(v, axis=1)[:, None]
    lt, l = (ls(teacher_z / temperature), ls(student_z / temperature))
    kl = np.sum(np.exp(lt) * (lt - l), axis=1)
    return alpha * kl * temperature ** 2 - (1 - alpha) * ls(student_z)[np.arange(len(y)), y]

# %% right distillation_loss
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    out = []

    def ls(row):
        m = max(row)
        s = math.log(sum((math.exp(v - m) for v in row)))
        return [v - m - s for v in row]
    for s, t, k in zip(student_z, teacher_z, y):
        a, b = (ls([v / temperature for v in s]), ls([v / temperature for v in t]))
        kl = sum((math.exp(q) * (q - p) for p, q in zip(a, b)))
        out.append(alpha * temperature ** 2 * kl - (1 - alpha) * ls(list(s))[k])
    return np.array(out)

# %% right distillation_loss
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    ls = lambda v: v - v.max(-1, keepdims=True) - np.log(np.exp(v - v.max(-1, keepdims=True)).sum(-1, keepdims=True))
    q = np.exp(ls(teacher_z / T))
    ce = -(q * ls(student_z / T)).sum(-1)
    h = -(q * ls(teacher_z / T)).sum(-1)
    hard = -np.take_along_axis(ls(student_z), y[:, None], 1).squeeze(1)
    return alpha * T * T * (ce - h) + (1 - alpha) * hard

# %% right distillation_loss
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    s, t = (student_z.astype(np.float32), teacher_z.astype(np.float32))
    ls = lambda v: v - v.max(1, keepdims=True) - np.log(np.exp(v - v.max(1, keepdims=True)).sum(1, keepdims=True))
    lq, lp = (ls(t / np.float32(temperature)), ls(s / np.float32(temperature)))
    r = alpha * temperature ** 2 * (np.exp(lq) * (lq - lp)).sum(1) - (1 - alpha) * ls(s)[np.arange(len(y)), y]
    return r.astype(np.float32)

# %% wrong distillation_loss: T squared is missing
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: _kl(_lsm(t / T), _lsm(s / T)))

# %% wrong distillation_loss: T instead of T squared
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: T * _kl(_lsm(t / T), _lsm(s / T)))

# %% wrong distillation_loss: cross-entropy in place of KL
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: -T * T * (np.exp(_lsm(t / T)) * _lsm(s / T)).sum(1))

# %% wrong distillation_loss: KL in the other direction
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: T * T * _kl(_lsm(s / T), _lsm(t / T)))

# %% wrong distillation_loss: only the teacher is softened
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: T * T * _kl(_lsm(t / T), _lsm(s)))

# %% wrong distillation_loss: only the student is softened
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: T * T * _kl(_lsm(t), _lsm(s / T)))

# %% wrong distillation_loss: the labels at temperature T
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: T * T * _kl(_lsm(t / T), _lsm(s / T)), lambda s, y, T: -_lsm(s / T)[np.arange(len(y)), y])

# %% wrong distillation_loss: alpha is swapped
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return (1 - alpha) * T * T * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) - alpha * _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: logits multiplied by T
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def dl(soft, hard=None):

    def f(student_z, teacher_z, y, temperature, alpha):
        h = -_lsm(student_z)[np.arange(len(y)), y] if hard is None else hard(student_z, y, temperature)
        return alpha * soft(student_z, teacher_z, temperature) + (1 - alpha) * h
    return f

distillation_loss = dl(lambda s, t, T: T * T * _kl(_lsm(t * T), _lsm(s * T)))

# %% wrong distillation_loss: the mean
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return (alpha * T * T * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]).mean()

# %% wrong distillation_loss: exp overflows
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    sm = lambda v: np.exp(v) / np.exp(v).sum(1, keepdims=True)
    q, p = (sm(teacher_z / T), sm(student_z / T))
    return alpha * T * T * (q * np.log(q / p)).sum(1) - (1 - alpha) * np.log(sm(student_z)[np.arange(len(y)), y])

# %% wrong distillation_loss: exp overflows
def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    ls = lambda v: v - np.log(np.exp(v).sum(1, keepdims=True))
    return alpha * T * T * _kl(ls(teacher_z / T), ls(student_z / T)) - (1 - alpha) * ls(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: softmax first, then log
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature

    def sm(v):
        e = np.exp(v - v.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    q, p = (sm(teacher_z / T), sm(student_z / T))
    return alpha * T * T * (q * np.log(q / p)).sum(1) - (1 - alpha) * np.log(sm(student_z)[np.arange(len(y)), y])

# %% wrong distillation_loss: softmax first, then log
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature

    def sm(v):
        e = np.exp(v - v.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    q, p = (sm(teacher_z / T), sm(student_z / T))
    return alpha * T * T * (q * (np.log(q) - np.log(p))).sum(1) + (1 - alpha) * -np.log(sm(student_z))[np.arange(len(y)), y]

# %% wrong distillation_loss: a small number inside the logarithm
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature

    def sm(v):
        e = np.exp(v - v.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    q, p = (sm(teacher_z / T), sm(student_z / T))
    eps = 1e-12
    return alpha * T * T * (q * (np.log(q + eps) - np.log(p + eps))).sum(1) + (1 - alpha) * -np.log(sm(student_z) + eps)[np.arange(len(y)), y]

# %% wrong distillation_loss: alpha 0 taken for none
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    if not alpha:
        alpha = 0.5
    T = temperature
    return alpha * T * T * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: one maximum for all rows
def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature

    def ls(v):
        d = v - v.max()
        return d - np.log(np.exp(d).sum(1, keepdims=True))
    return alpha * T * T * _kl(ls(teacher_z / T), ls(student_z / T)) - (1 - alpha) * ls(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: T squared on both parts
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return T * T * (alpha * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y])

# %% wrong distillation_loss: a weight is missing
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return alpha * T * T * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) - _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: the mean over the classes
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    lq, lp = (_lsm(teacher_z / T), _lsm(student_z / T))
    return alpha * T * T * (np.exp(lq) * (lq - lp)).mean(1) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: log-probabilities divided by T
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    lq, lp = (_lsm(teacher_z) / T, _lsm(student_z) / T)
    return alpha * T * T * (np.exp(lq) * (lq - lp)).sum(1) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: the sign of the labels' part
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return alpha * T * T * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) + (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: the mean of the labels' part
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    hard = -_lsm(student_z)[np.arange(len(y)), y]
    return alpha * T * T * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) + (1 - alpha) * hard.mean()

# %% wrong distillation_loss: divided by T squared
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def _kl(lq, lp):
    return (np.exp(lq) * (lq - lp)).sum(1)

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return alpha / T ** 2 * _kl(_lsm(teacher_z / T), _lsm(student_z / T)) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]

# %% wrong distillation_loss: the squared difference
def _lsm(z):
    d = z - z.max(1, keepdims=True)
    return d - np.log(np.exp(d).sum(1, keepdims=True))

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    T = temperature
    return alpha * T * T * ((np.exp(_lsm(teacher_z / T)) - np.exp(_lsm(student_z / T))) ** 2).sum(1) - (1 - alpha) * _lsm(student_z)[np.arange(len(y)), y]

# %% right distil_student
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    t = T_(teacher_z)
    t = t - t.mean(1, keepdim=True)
    return train(X, lambda z: F.mse_loss(z, t), 1200)

# %% right distil_student
def distil_student(X, teacher_z, y):
    rng = np.random.default_rng(1)
    T = 4.0
    W1 = rng.normal(size=(64, 16)) * np.sqrt(2 / 64)
    b1 = np.zeros(16)
    W2 = rng.normal(size=(16, 10)) * np.sqrt(1 / 16)
    b2 = np.zeros(10)
    P = [W1, b1, W2, b2]
    M = [np.zeros_like(p) for p in P]
    V = [np.zeros_like(p) for p in P]

    def sm(z):
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    q = sm(teacher_z / T)
    for i in range(1, 801):
        H = np.maximum(0, X @ P[0] + P[1])
        Z = H @ P[2] + P[3]
        D = T * (sm(Z / T) - q) / len(X)
        B = D @ P[2].T * (H > 0)
        for k, g in enumerate((X.T @ B, B.sum(0), H.T @ D, D.sum(0))):
            M[k] = 0.9 * M[k] + 0.1 * g
            V[k] = 0.999 * V[k] + 0.001 * g * g
            P[k] = P[k] - 0.01 * (M[k] / (1 - 0.9 ** i)) / (np.sqrt(V[k] / (1 - 0.999 ** i)) + 1e-08)
    return tuple(P)

# %% right distil_student
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    import torch
    yy = torch.tensor(y)
    return train(X, lambda z: 0.9 * 16 * F.kl_div(F.log_softmax(z / 4, 1), q, reduction='batchmean') + 0.1 * F.cross_entropy(z, yy), 800, seed=1)

# %% right distil_student
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 10, 1)
    return train(X, lambda z: 100 * F.cross_entropy(z / 10, q), 800, seed=2)

# %% wrong distil_student: targets that are almost certain
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    import torch
    yy = torch.tensor(y)
    return train(X, lambda z: F.cross_entropy(z, yy))

# %% wrong distil_student: the labels are smoothed
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    import torch
    yy = torch.tensor(y)
    return train(X, lambda z: F.cross_entropy(z, yy, label_smoothing=0.1))

# %% wrong distil_student: only the student is softened
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z), 1)
    return train(X, lambda z: 16 * F.cross_entropy(z / 4, q))

# %% wrong distil_student: its own digits are not learned
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X, lambda z: 16 * F.cross_entropy(z / 4, q), 20)

# %% wrong distil_student: untrained
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X, lambda z: F.cross_entropy(z / 4, q), 0)

# %% wrong distil_student: confidently wrong
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X, lambda z: 16 * F.cross_entropy(z / 4, q), 200, sign=-1)

# %% wrong distil_student: its own digits are not learned
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X, lambda z: 16 * F.kl_div(F.softmax(z / 4, 1), q, reduction='batchmean'), 600)

# %% wrong distil_student: other pictures
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    Xs = (X - X.mean(0)) / (X.std(0) + 1e-08)
    return train(Xs, lambda z: 16 * F.cross_entropy(z / 4, q))

# %% wrong distil_student: other pictures
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X - X.mean(0), lambda z: 16 * F.cross_entropy(z / 4, q))

# %% wrong distil_student: other pictures
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X / 16, lambda z: 16 * F.cross_entropy(z / 4, q))

# %% wrong distil_student
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    w = train(X, lambda z: 16 * F.cross_entropy(z / 4, q), 50)
    return (w[0].T, w[1], w[2].T, w[3])

# %% wrong distil_student: no hidden unit is alive
def train(X, loss, steps=600, lr=0.01, seed=0, opt='adam', sign=1, prep=None, wd=0.0, hidden=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    X = torch.tensor(X, dtype=torch.float32)
    a, b = (nn.Linear(64, hidden), nn.Linear(hidden, 10))
    ps = [*a.parameters(), *b.parameters()]
    o = torch.optim.Adam(ps, lr=lr, weight_decay=wd) if opt == 'adam' else torch.optim.SGD(ps, lr=lr, momentum=0.9 if opt == 'mom' else 0)
    for _ in range(steps):
        l = sign * loss(b(torch.relu(a(X))))
        o.zero_grad()
        l.backward()
        o.step()
    return [w.detach().numpy() for w in (a.weight.T, a.bias, b.weight.T, b.bias)]

def T_(v):
    import torch
    return torch.tensor(v, dtype=torch.float32)

def F_():
    import torch.nn.functional as F
    return F

def distil_student(X, teacher_z, y):
    F = F_()
    q = F.softmax(T_(teacher_z) / 4, 1)
    return train(X, lambda z: 160000 * F.cross_entropy(z / 4, q), 300, lr=10.0, opt='sgd')


# %% wrong optimal_logit_gap: K - 1 in place of K
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return math.inf
    other = epsilon / (num_classes - 1)
    return math.log((1 - epsilon + other) / other)


# %% wrong optimal_logit_gap: K - 1 in place of K
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return float("inf")
    return np.log(1 + (num_classes - 1) * (1 - epsilon) / epsilon)


# %% wrong optimal_logit_gap: K - 1 in place of K
def optimal_logit_gap(num_classes, epsilon):
    if epsilon == 0:
        return float("inf")
    return math.log((1 - epsilon + epsilon / num_classes) / (epsilon / (num_classes - 1)))


# %% hint smooth_labels
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes  # hint


# %% hint label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    m = z.max(axis=1, keepdims=True)
    log_p = z - m - np.log(np.exp(z - m).sum(1, keepdims=True))  # hint
    return -(1 - epsilon) * log_p[np.arange(len(y)), y] - epsilon * log_p.mean(1)  # hint


# %% hint smoothing_floor
def smoothing_floor(num_classes, epsilon):
    K, log = num_classes, np.log
    if epsilon == 0:
        return 0.0  # hint
    t = 1 - epsilon + epsilon / K  # hint
    u = epsilon / K  # hint
    return -t * log(t) - (K - 1) * u * log(u)  # hint


# %% hint optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    K = num_classes
    if epsilon == 0:
        return math.inf  # hint
    return math.log((1 - epsilon + epsilon / K) / (epsilon / K))  # hint


# %% hint distillation_loss
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    log_p, log_q = log_softmax(student_z / temperature), log_softmax(teacher_z / temperature)
    soft = (np.exp(log_q) * (log_q - log_p)).sum(1); hard = -log_softmax(student_z)[np.arange(len(y)), y]; return alpha * temperature**2 * soft + (1 - alpha) * hard  # hint


# %% wrong smoothing_floor: only the wrong classes' terms
def smoothing_floor(num_classes, epsilon):
    u = epsilon / num_classes
    return -(num_classes - 1) * u * math.log(u) if u else 0.0


# %% wrong distillation_loss: softmax over the examples
def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    def log_softmax(z):
        d = z - z.max(axis=0)
        return d - np.log(np.exp(d).sum(axis=0))
    log_p, log_q = log_softmax(student_z / temperature), log_softmax(teacher_z / temperature)
    soft = (np.exp(log_q) * (log_q - log_p)).sum(axis=1)
    hard = -log_softmax(student_z)[np.arange(len(y)), y]
    return alpha * temperature**2 * soft + (1 - alpha) * hard


# %% wrong smooth_labels: summed over the last axis
def smooth_labels(y, num_classes, epsilon):
    t = (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes
    return t.sum(axis=-1)


# %% wrong smooth_labels: averaged over the last axis
def smooth_labels(y, num_classes, epsilon):
    t = (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes
    return t.mean(axis=-1)


# %% wrong smooth_labels: summed over the first axis
def smooth_labels(y, num_classes, epsilon):
    t = (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes
    return t.sum(axis=0)


# %% wrong smooth_labels: averaged over the first axis
def smooth_labels(y, num_classes, epsilon):
    t = (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes
    return t.mean(axis=0)


# %% wrong smooth_labels: rows and columns exchanged
def smooth_labels(y, num_classes, epsilon):
    t = (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes
    return t.T


# %% wrong smooth_labels: the logarithm of the right answer
def smooth_labels(y, num_classes, epsilon):
    t = (1 - epsilon) * np.eye(num_classes)[y] + epsilon / num_classes
    return np.log(t)


# %% wrong distil_student: the training diverged
def distil_student(X, teacher_z, y):
    rng = np.random.default_rng(0)
    W1, W2 = rng.normal(size=(64, 16)), rng.normal(size=(16, 10))
    b1, b2 = np.zeros(16), np.zeros(10)
    with np.errstate(all="ignore"):
        for _ in range(60):
            h = X @ W1 + b1
            z = h @ W2 + b2
            G = 1e6 * (z - teacher_z)
            W2, b2 = W2 - h.T @ G, b2 - G.sum(axis=0)
            W1, b1 = W1 - X.T @ (G @ W2.T), b1 - (G @ W2.T).sum(axis=0)
    return W1, b1, W2, b2

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    def row(k):
        return [(1 - epsilon) * (j == k) + epsilon / num_classes for j in range(num_classes)]
    return [row(int(k)) for k in y]

# %% right label_smoothing_cross_entropy
def log_softmax(z):
    s = z - z.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))

def label_smoothing_cross_entropy(z, y, epsilon):
    losses = []
    for row, k in zip(z.astype(float), y):
        logp = log_softmax(row)
        t = np.full(len(row), epsilon / len(row))
        t[k] += 1 - epsilon
        losses.append(-np.dot(t, logp))
    return tuple(losses)

# %% right smoothing_floor
def smoothing_floor(num_classes, epsilon):
    b = epsilon / num_classes
    if b == 0:
        return 0
    a = 1 - (num_classes - 1) * b
    gap = math.log(a / b)
    return math.log1p((num_classes - 1) * math.exp(-gap)) + (num_classes - 1) * b * gap

# %% right optimal_logit_gap
def optimal_logit_gap(num_classes, epsilon):
    if not epsilon:
        return float("inf")
    a = 1 - epsilon * (num_classes - 1) / num_classes
    return math.log(a) + math.log(num_classes) - math.log(epsilon)

# %% right distillation_loss
def log_softmax(z):
    s = z - z.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))

def distillation_loss(student_z, teacher_z, y, temperature, alpha):
    out = np.empty(len(y))
    for n, k in enumerate(y):
        ls = log_softmax(student_z[n] / temperature)
        lt = log_softmax(teacher_z[n] / temperature)
        kl = sum(math.exp(b) * (b - a) for a, b in zip(ls, lt))
        out[n] = alpha * temperature**2 * kl - (1 - alpha) * log_softmax(student_z[n])[k]
    return out

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    return [[(1 - epsilon) * (k == label) + epsilon / num_classes for k in range(num_classes)] for label in y]

# %% right smooth_labels
def smooth_labels(y, num_classes, epsilon):
    t = np.full((len(y), num_classes), epsilon / num_classes)
    np.add.at(t, (np.arange(len(y)), y), 1 - epsilon)
    return t

# %% wrong smooth_labels: epsilon over the other classes only
def smooth_labels(y, num_classes, epsilon):
    return np.where(np.eye(num_classes)[y] == 1, 1 - epsilon, epsilon / (num_classes - 1))

# %% wrong smooth_labels: the true class misses its share
def smooth_labels(y, num_classes, epsilon):
    return np.where(np.eye(num_classes)[y] == 1, 1 - epsilon, epsilon / num_classes)

# %% wrong smooth_labels: classes counted from the labels
def smooth_labels(y, num_classes, epsilon):
    K = max(y) + 1
    return (1 - epsilon) * np.eye(K)[y] + epsilon / K

# %% wrong smooth_labels: the uniform part is missing
def smooth_labels(y, num_classes, epsilon):
    return (1 - epsilon) * np.eye(num_classes, dtype=int)[y] + epsilon // num_classes

# %% wrong smooth_labels
def smooth_labels(y, num_classes, epsilon):
    t = np.eye(num_classes)[y]
    t[t == 1] = 1 - epsilon
    t[t == 0] = epsilon
    return t

# %% right label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(1 - epsilon) * log_p[np.arange(len(y)), y] - epsilon * log_p.mean(axis=1)

# %% right label_smoothing_cross_entropy
def label_smoothing_cross_entropy(z, y, epsilon):
    out = []
    for row, label in zip(z, y):
        m = row.max()
        lse = m + math.log(np.exp(row - m).sum())
        t = [(1 - epsilon) * (k == label) + epsilon / len(row) for k in range(len(row))]
        out.append(sum(a * (lse - b) for a, b in zip(t, row)))
    return np.array(out)

# %% wrong label_smoothing_cross_entropy: the sum over the classes, not the mean
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(1 - epsilon) * log_p[np.arange(len(y)), y] - epsilon * log_p.sum(axis=1)

# %% wrong label_smoothing_cross_entropy: nothing is taken from the label
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -log_p[np.arange(len(y)), y] - epsilon * log_p.mean(axis=1)

# %% wrong label_smoothing_cross_entropy: only the true class counts
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(1 - epsilon) * log_p[np.arange(len(y)), y]

# %% wrong label_smoothing_cross_entropy: the mean
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.mean(-(1 - epsilon) * log_p[np.arange(len(y)), y] - epsilon * log_p.mean(axis=1))

# %% wrong label_smoothing_cross_entropy: the weights are swapped
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -epsilon * log_p[np.arange(len(y)), y] - (1 - epsilon) * log_p.mean(axis=1)

# %% wrong label_smoothing_cross_entropy: log K for the uniform part
def label_smoothing_cross_entropy(z, y, epsilon):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(1 - epsilon) * log_p[np.arange(len(y)), y] + epsilon * np.log(z.shape[1])
