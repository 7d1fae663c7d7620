import math

import numpy as np

# %% right sigmoid
def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))

# %% right sigmoid
def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))

# %% right sigmoid
def sigmoid(z):
    out = np.empty(z.shape)
    pos = z >= 0
    out[pos] = 1 / (1 + np.exp(-z[pos]))
    e = np.exp(z[~pos])
    out[~pos] = e / (1 + e)
    return out

# %% right sigmoid
@np.vectorize
def sigmoid(z):
    if z < -700:
        return 0.0
    return 1 / (1 + math.exp(-z))

# %% right sigmoid
def sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.float32(z)))

# %% right sigmoid
def sigmoid(z):
    if np.ndim(z):
        return [sigmoid(v) for v in z]
    return 1 / (1 + math.exp(-z)) if z > 0 else 1 - 1 / (1 + math.exp(z))

# %% wrong sigmoid: exp overflows
def sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))

# %% wrong sigmoid: the sign of z is flipped
def sigmoid(z):
    return 1 / (1 + np.exp(z))

# %% wrong sigmoid: whole numbers cut the answer off
def sigmoid(z):
    out = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        out[i] = 0.5 * (1 + math.tanh(z[i] / 2))
    return out

# %% wrong sigmoid: tanh instead of sigmoid
def sigmoid(z):
    return np.tanh(z)

# %% wrong sigmoid: tanh without halving z
def sigmoid(z):
    return (np.tanh(z) + 1) / 2

# %% wrong sigmoid: the logit capped
def sigmoid(z):
    z = np.clip(z, -20, 20)
    return 1 / (1 + np.exp(-z))

# %% wrong sigmoid
def sigmoid(z):
    return [1 / (1 + math.exp(-v)) for v in z.ravel()]

# %% wrong sigmoid: the derivative
def sigmoid(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s)

# %% wrong sigmoid: minus in place of plus
def sigmoid(z):
    return 1 / (1 - np.exp(-z))

# %% wrong sigmoid: 0 and 1 beyond some logit
def sigmoid(z):
    return np.where(z > 10, 1.0, np.where(z < -10, 0.0, 1 / (1 + np.exp(-z))))

# %% wrong sigmoid: a hard threshold
def sigmoid(z):
    return (z > 0) * 1.0

# %% wrong sigmoid: the input is changed
def sigmoid(z):
    z *= -1
    return 1 / (1 + np.exp(z))

# %% lives sigmoid: z >= 0 -> z > 0
# At z = 0 both branches give 1/2.

# %% right binary_cross_entropy
def binary_cross_entropy(p, y):
    out = np.zeros(np.shape(p))
    for i in np.ndindex(out.shape):
        if y[i] > 0:
            out[i] += y[i] * (-math.log(p[i]) if p[i] > 0 else math.inf)
        if y[i] < 1:
            out[i] += (1 - y[i]) * (-math.log(1 - p[i]) if p[i] < 1 else math.inf)
    return out

# %% right binary_cross_entropy
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        a = y * np.log(p)
        b = (1 - y) * np.log(1 - p)
    a[y == 0] = 0
    b[y == 1] = 0
    return -(a + b)

# %% right binary_cross_entropy
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        terms = [np.where(w == 0, 0, -w * np.log(v)) for w, v in ((y, p), (1 - y, 1 - p))]
    return np.sum(terms, axis=0)

# %% right binary_cross_entropy
def binary_cross_entropy(p, y):
    p, y = np.float32(p), np.float32(y)
    with np.errstate(all="ignore"):
        return np.where(y > 0, -y * np.log(p), 0) + np.where(y < 1, -(1 - y) * np.log1p(-p), 0)

# %% right binary_cross_entropy
def binary_cross_entropy(p, y):
    if np.ndim(p):
        return [binary_cross_entropy(a, b) for a, b in zip(p, y)]
    loss = 0.0
    for w, v in ((y, p), (1 - y, 1 - p)):
        if w:
            loss += w * (-math.log(v) if v else math.inf)
    return loss

# %% wrong binary_cross_entropy: 0 · log 0 is nan
def binary_cross_entropy(p, y):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% wrong binary_cross_entropy: clipped
def binary_cross_entropy(p, y):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% wrong binary_cross_entropy: a small number inside the log
def binary_cross_entropy(p, y):
    e = 3e-9
    return -(y * np.log(p + e) + (1 - y) * np.log(1 - p + e))

# %% wrong binary_cross_entropy: y rounded to 0 or 1
def binary_cross_entropy(p, y):
    return np.where(y > 0.5, -np.log(p), -np.log(1 - p))

# %% wrong binary_cross_entropy: only the terms of y = 1 and y = 0
def binary_cross_entropy(p, y):
    return np.where(y == 1, -np.log(p), -np.log(1 - p))

# %% wrong binary_cross_entropy: np.nan_to_num on everything
def binary_cross_entropy(p, y):
    return np.nan_to_num(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

# %% wrong binary_cross_entropy: bits instead of nats
def binary_cross_entropy(p, y):
    l = -(y * np.log2(p) + (1 - y) * np.log2(1 - p))
    return l

# %% wrong binary_cross_entropy: swapped branches
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        return -np.where(y > 0, y * np.log(1 - p), 0) - np.where(y < 1, (1 - y) * np.log(p), 0)

# %% wrong binary_cross_entropy: p and y exchanged
def binary_cross_entropy(p, y):
    return -(p * np.log(y) + (1 - p) * np.log(1 - y))

# %% wrong binary_cross_entropy: only the first term
def binary_cross_entropy(p, y):
    return -y * np.log(p)

# %% wrong binary_cross_entropy: the minus is missing
def binary_cross_entropy(p, y):
    l = y * np.log(p) + (1 - y) * np.log(1 - p)
    return l

# %% wrong binary_cross_entropy: the mean
def binary_cross_entropy(p, y):
    return np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

# %% wrong binary_cross_entropy
def binary_cross_entropy(p, y):
    return np.array([0 if a == b else -(b * math.log(a) + (1 - b) * math.log(1 - a)) for a, b in zip(p.ravel(), y.ravel())]).reshape(p.shape)

# %% lives binary_cross_entropy: np.errstate(divide='ignore', invalid='ignore') -> np.errstate(invalid='ignore')
# It silences a warning; the numbers are the same.

# %% lives binary_cross_entropy: np.errstate(divide='ignore', invalid='ignore') -> np.errstate(divide='ignore')
# It silences a warning; the numbers are the same.

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, z) - z * y

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    out = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        v = float(z[i])
        out[i] = max(v, 0) + math.log1p(math.exp(-abs(v))) - v * y[i]
    return out

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    z, y = np.float32(z), np.float32(y)
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))

# %% right binary_cross_entropy_with_logits
@np.vectorize
def binary_cross_entropy_with_logits(z, y):
    return (z if z > 0 else 0.0) + math.log1p(math.exp(-abs(z))) - z * y

# %% wrong binary_cross_entropy_with_logits: sigmoid first, then log
def binary_cross_entropy_with_logits(z, y):
    p = 1 / (1 + np.exp(-z))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% wrong binary_cross_entropy_with_logits: exp overflows
def binary_cross_entropy_with_logits(z, y):
    return np.log(1 + np.exp(z)) - z * y

# %% wrong binary_cross_entropy_with_logits: a straight line for large logits
def binary_cross_entropy_with_logits(z, y):
    return np.where(z > 10, z, np.log1p(np.exp(z))) - z * y

# %% wrong binary_cross_entropy_with_logits: a straight line for large logits
def binary_cross_entropy_with_logits(z, y):
    return np.where(z > 20, z, np.log1p(np.exp(np.minimum(z, 20)))) - z * y

# %% wrong binary_cross_entropy_with_logits: sigmoid clipped
def binary_cross_entropy_with_logits(z, y):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-9, 1 - 1e-9)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% wrong binary_cross_entropy_with_logits: z treated as -z
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, -z) - z * y

# %% wrong binary_cross_entropy_with_logits: the hinge only
def binary_cross_entropy_with_logits(z, y):
    return np.maximum(z, 0) - z * y

# %% wrong binary_cross_entropy_with_logits: the term z y is missing
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, z)

# %% wrong binary_cross_entropy_with_logits: the mean
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, z).mean() - (z * y).mean()

# %% wrong binary_cross_entropy_with_logits: probabilities for logits
def binary_cross_entropy_with_logits(z, y):
    p = 1 / (1 + np.exp(-z))
    return np.logaddexp(0, p) - p * y

# %% wrong binary_cross_entropy_with_logits: y rounded to 0 or 1
def binary_cross_entropy_with_logits(z, y):
    return np.where(y > 0.5, np.logaddexp(0, -z), np.logaddexp(0, z))

# %% wrong binary_cross_entropy_with_logits: the logit capped
def binary_cross_entropy_with_logits(z, y):
    z = np.clip(z, -100, 100)
    return np.logaddexp(0, z) - z * y

# %% wrong binary_cross_entropy_with_logits: whole numbers cut the answer off
def binary_cross_entropy_with_logits(z, y):
    out = np.zeros_like(z)
    out[...] = np.logaddexp(0, z) - z * y
    return out

# %% lives binary_cross_entropy_with_logits: np.maximum(z, 0) -> np.maximum(0, z)
# The larger of two, in either order.

# %% right prior_baseline
def prior_baseline(y):
    r = sum(y) / len(y)
    return sum(-s * math.log(s) for s in (r, 1 - r) if s > 0)

# %% right prior_baseline
def prior_baseline(y):
    counts = np.array([np.sum(y == 0), np.sum(y == 1)]) / len(y)
    counts = counts[counts > 0]
    return -np.dot(counts, np.log(counts))

# %% right prior_baseline
def prior_baseline(y):
    r = np.float32(np.mean(y))
    with np.errstate(all="ignore"):
        return np.nansum(np.array([-r * np.log(r), -(1 - r) * np.log(1 - r)]))

# %% right prior_baseline
def prior_baseline(y):
    r = y.mean()
    p = np.where(y == 1, r, 1 - r)
    return -np.log(p).mean()

# %% wrong prior_baseline: always ln 2
def prior_baseline(y):
    return math.log(2)

# %% wrong prior_baseline: nan for one class
def prior_baseline(y):
    r = np.mean(y)
    return -r * np.log(r) - (1 - r) * np.log(1 - r)

# %% wrong prior_baseline: a small number inside the log
def prior_baseline(y):
    r = np.mean(y)
    r = np.clip(r, 1e-12, 1 - 1e-12)
    return -r * np.log(r) - (1 - r) * np.log(1 - r)

# %% wrong prior_baseline: the variance
def prior_baseline(y):
    r = np.mean(y)
    return r * (1 - r)

# %% wrong prior_baseline: the accuracy
def prior_baseline(y):
    r = np.mean(y)
    return max(r, 1 - r)

# %% wrong prior_baseline: the surprisal of a positive
def prior_baseline(y):
    r = np.mean(y)
    return -np.log(r)

# %% wrong prior_baseline: bits instead of nats
def prior_baseline(y):
    r = np.mean(y)
    return -sum(s * math.log2(s) for s in (r, 1 - r) if s > 0)

# %% wrong prior_baseline: the sum over the examples
def prior_baseline(y):
    r = np.mean(y)
    return -len(y) * sum(s * math.log(s) for s in (r, 1 - r) if s > 0)

# %% wrong prior_baseline: minus the right answer
def prior_baseline(y):
    r = np.mean(y)
    return sum(s * math.log(s) for s in (r, 1 - r) if s > 0)

# %% wrong prior_baseline: always ln 2
def prior_baseline(y):
    r = 0.5
    return np.mean(-(y * np.log(r) + (1 - y) * np.log(1 - r)))

# %% wrong prior_baseline
def prior_baseline(y):
    r = round(np.mean(y), 2)
    return -sum(s * math.log(s) for s in (r, 1 - r) if s > 0)

# %% right binary_cross_entropy_grad
def binary_cross_entropy_grad(z, y):
    return (1 + np.tanh(z / 2)) / 2 - y

# %% right binary_cross_entropy_grad
def binary_cross_entropy_grad(z, y):
    return np.exp(-np.logaddexp(0, -z)) - y

# %% right binary_cross_entropy_grad
def binary_cross_entropy_grad(z, y):
    out = []
    for a, b in zip(z.ravel(), y.ravel()):
        p = 1 / (1 + math.exp(-a)) if a > -700 else 0.0
        out.append(p - b)
    return np.array(out).reshape(z.shape)

# %% right binary_cross_entropy_grad
def binary_cross_entropy_grad(z, y):
    z = np.float32(z)
    return (1 + np.tanh(z / 2)) / 2 - np.float32(y)

# %% wrong binary_cross_entropy_grad: the sign is flipped
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return y - p

# %% wrong binary_cross_entropy_grad: exp overflows
def binary_cross_entropy_grad(z, y):
    p = np.exp(z) / (1 + np.exp(z))
    return p - y

# %% wrong binary_cross_entropy_grad: divided by the number of examples
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return (p - y) / len(y)

# %% wrong binary_cross_entropy_grad: the gradient of the squared error
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return (p - y) * p * (1 - p)

# %% wrong binary_cross_entropy_grad: with respect to p
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return (p - y) / (p * (1 - p))

# %% wrong binary_cross_entropy_grad: no sigmoid
def binary_cross_entropy_grad(z, y):
    return z - y

# %% wrong binary_cross_entropy_grad: the mean
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return np.mean(p - y)

# %% wrong binary_cross_entropy_grad: the target is not subtracted
def binary_cross_entropy_grad(z, y):
    return 1 / (1 + np.exp(-z))

# %% wrong binary_cross_entropy_grad: only the first term
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return -y * (1 - p)

# %% wrong binary_cross_entropy_grad
def binary_cross_entropy_grad(z, y):
    return (np.logaddexp(0, z + 0.01) - np.logaddexp(0, z)) / 0.01 - y

# %% wrong binary_cross_entropy_grad: z treated as -z
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(z))
    return p - y

# %% lives binary_cross_entropy_grad: z >= 0 -> z > 0
# At z = 0 both branches give 1/2.

# %% right fit_logistic_regression
def fit_logistic_regression(X, y):
    v = np.zeros(X.shape[1] + 1)
    A = np.hstack([X, np.ones((len(X), 1))])
    pen = np.append(np.full(X.shape[1], 0.01), 0.0)
    for _ in range(20):
        p = (1 + np.tanh(A @ v / 2)) / 2
        g = A.T @ (p - y) / len(y) + pen * v
        H = (A.T * (p * (1 - p))) @ A / len(y) + np.diag(pen)
        v -= np.linalg.solve(H, g)
    return v[:-1], v[-1]

# %% right fit_logistic_regression
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(3000):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        w = w - 0.5 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b = b - 0.5 * np.mean(p - y)
    return w, b

# %% right fit_logistic_regression
def fit_logistic_regression(X, y):
    w, b, mw, mb = np.zeros(X.shape[1]), 0.0, 0.0, 0.0
    for _ in range(400):
        e = (1 + np.tanh((X @ w + b) / 2)) / 2 - y
        mw = 0.9 * mw + X.T @ e / len(y) + 0.01 * w
        mb = 0.9 * mb + e.mean()
        w, b = w - 0.3 * mw, b - 0.3 * mb
    return list(w), float(b)

# %% right fit_logistic_regression
def fit_logistic_regression(X, y):
    X, y = np.float32(X), np.float32(y)
    w, b = np.zeros(X.shape[1], np.float32), np.float32(0)
    for _ in range(500):
        e = (1 + np.tanh((X @ w + b) / 2)) / 2 - y
        w -= 1.0 * (X.T @ e / len(y) + 0.01 * w)
        b -= 1.0 * e.mean()
    return w, b

# %% wrong fit_logistic_regression: stopped early
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        w = w - 0.01 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b = b - 0.01 * np.mean(p - y)
    return w, b

# %% wrong fit_logistic_regression: no penalty
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(20000):
        p = (1 + np.tanh((X @ w + b) / 2)) / 2
        w = w - 1.0 * (X.T @ (p - y) / len(y))
        b = b - 1.0 * np.mean(p - y)
    return w, b

# %% wrong fit_logistic_regression: half the penalty
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(2000):
        p = (1 + np.tanh((X @ w + b) / 2)) / 2
        w = w - 1.0 * (X.T @ (p - y) / len(y) + 0.005 * w)
        b = b - 1.0 * np.mean(p - y)
    return w, b

# %% wrong fit_logistic_regression: the bias is penalised
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(2000):
        p = (1 + np.tanh((X @ w + b) / 2)) / 2
        w = w - 1.0 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b = b - 1.0 * (np.mean(p - y) + 0.01 * b)
    return w, b

# %% wrong fit_logistic_regression: no bias
def fit_logistic_regression(X, y):
    w = np.zeros(X.shape[1])
    for _ in range(2000):
        p = (1 + np.tanh((X @ w) / 2)) / 2
        w = w - 1.0 * (X.T @ (p - y) / len(y) + 0.01 * w)
    return w, 0.0

# %% wrong fit_logistic_regression: twice the penalty
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(2000):
        p = (1 + np.tanh((X @ w + b) / 2)) / 2
        w = w + 1.0 * (X.T @ (y - p) / len(y) - 0.02 * w)
        b = b + 1.0 * np.mean(y - p)
    return w, b

# %% wrong fit_logistic_regression: untrained
def fit_logistic_regression(X, y):
    return np.zeros(X.shape[1]), 0.0

# %% wrong fit_logistic_regression: least squares
def fit_logistic_regression(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    v = np.linalg.pinv(A) @ y
    return v[:-1], v[-1]

# %% wrong fit_logistic_regression: the steps go uphill
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(500):
        p = (1 + np.tanh((X @ w + b) / 2)) / 2
        w = w + 1.0 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b = b + 1.0 * np.mean(p - y)
    return w, b

# %% wrong fit_logistic_regression: no penalty
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(500):
        p = (1 + np.tanh((X @ w + b) / 2)) / 2
        w = w - 0.01 * (X.T @ (p - y) + 0.01 * w)
        b = b - 0.01 * np.sum(p - y)
    return w, b

# %% wrong fit_logistic_regression
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    return np.append(w, b)

# %% lives fit_logistic_regression: np.zeros(X.shape[1]) -> np.ones(X.shape[1])
# The loss is convex: the descent ends at the same place from wherever it starts.

# %% lives fit_logistic_regression: 0.0 -> 1.0
# The loss is convex: the descent ends at the same place from wherever it starts.

# %% lives fit_logistic_regression: 40 -> 41
# One step more or less is within 0.001 nat of the minimum.

# %% lives fit_logistic_regression: 40 -> 39
# One step more or less is within 0.001 nat of the minimum.

# %% lives fit_logistic_regression: 4 -> 5
# Another learning rate that reaches the minimum.

# %% lives fit_logistic_regression: 4 -> 3
# Another learning rate that reaches the minimum.

# %% lives fit_logistic_regression: 4 * error.mean() -> error.mean()
# Another learning rate that reaches the minimum.

# %% lives fit_logistic_regression: 4 -> 5 #2
# Another learning rate that reaches the minimum.

# %% lives fit_logistic_regression: 4 -> 3 #2
# Another learning rate that reaches the minimum.

# %% right multilabel_loss
def multilabel_loss(z, Y):
    return np.mean(np.logaddexp(0, z) - z * Y)

# %% right multilabel_loss
def multilabel_loss(z, Y):
    total = 0.0
    for i in range(z.shape[0]):
        for k in range(z.shape[1]):
            v = float(z[i, k])
            total += max(v, 0) - v * Y[i, k] + math.log1p(math.exp(-abs(v)))
    return total / z.size

# %% right multilabel_loss
def multilabel_loss(z, Y):
    per_label = np.where(Y == 1, np.logaddexp(0, -z), np.logaddexp(0, z))
    return per_label.mean(axis=0).mean()

# %% right multilabel_loss
def multilabel_loss(z, Y):
    z, Y = np.float32(z), np.float32(Y)
    return np.mean(np.maximum(z, 0) - z * Y + np.log1p(np.exp(-np.abs(z))))

# %% wrong multilabel_loss: summed over the labels
def multilabel_loss(z, Y):
    return np.sum(np.logaddexp(0, z) - z * Y) / len(z)

# %% wrong multilabel_loss: the sum over everything
def multilabel_loss(z, Y):
    return np.sum(np.logaddexp(0, z) - z * Y)

# %% wrong multilabel_loss: one loss per example
def multilabel_loss(z, Y):
    return np.mean(np.logaddexp(0, z) - z * Y, axis=1)

# %% wrong multilabel_loss
def multilabel_loss(z, Y):
    return np.logaddexp(0, z) - z * Y

# %% wrong multilabel_loss: sigmoid first, then log
def multilabel_loss(z, Y):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))

# %% wrong multilabel_loss: exp overflows
def multilabel_loss(z, Y):
    return np.mean(np.log(1 + np.exp(z)) - z * Y)

# %% wrong multilabel_loss: softmax over the labels
def multilabel_loss(z, Y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.sum(Y * np.log(p), axis=1))

# %% wrong multilabel_loss: only the labels that are present
def multilabel_loss(z, Y):
    return np.mean(Y * np.logaddexp(0, -z))

# %% wrong multilabel_loss: sigmoid clipped
def multilabel_loss(z, Y):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))

# %% wrong multilabel_loss: averaged over the labels that are present
def multilabel_loss(z, Y):
    return np.sum(np.logaddexp(0, z) - z * Y) / Y.sum()

# %% wrong multilabel_loss
def multilabel_loss(z, Y):
    return np.mean(np.where(Y == 1, np.logaddexp(0, z), np.logaddexp(0, -z)))

# %% lives multilabel_loss: np.maximum(z, 0) -> np.maximum(0, z)
# The larger of two, in either order.


# %% wrong sigmoid: the logit capped
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


# %% right sigmoid
def sigmoid(z):
    return (1 + np.tanh(np.asarray(z) / 2)) / 2 if np.all(np.abs(z) < 15) else np.exp(-np.logaddexp(0, -np.asarray(z, float)))


# %% wrong binary_cross_entropy: only the first term
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        return np.where(y > 0, -y * np.log(p), 0)


# %% wrong binary_cross_entropy_with_logits: z y added
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, z) + z * y


# %% wrong binary_cross_entropy_with_logits: any positive target counts as 1
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, np.where(np.asarray(y) > 0, -z, z))


# %% wrong prior_baseline: one example of each class added
def prior_baseline(y):
    r = (np.sum(y) + 1) / (len(y) + 2)
    return -(r * np.log(r) + (1 - r) * np.log(1 - r))


# %% wrong binary_cross_entropy_grad: y rounded to 0 or 1
def binary_cross_entropy_grad(z, y):
    return np.exp(-np.logaddexp(0, -z)) - np.round(y)


# %% wrong fit_logistic_regression: ten times the penalty
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(3000):
        e = np.exp(-np.logaddexp(0, -(X @ w + b))) - y
        w -= 0.3 * (X.T @ e / len(y) + 0.1 * w); b -= 0.3 * e.mean()
    return w, b


# %% wrong binary_cross_entropy_grad: with respect to p
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return -y / p + (1 - y) / (1 - p)


# %% wrong binary_cross_entropy_grad: with respect to p
def binary_cross_entropy_grad(z, y):
    p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    return np.where(y == 1, -1 / p, 1 / (1 - p))


# %% wrong binary_cross_entropy_grad: with respect to p
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    with np.errstate(all="ignore"):
        return np.where(y > 0, -y / p, 0) + np.where(y < 1, (1 - y) / (1 - p), 0)


# %% wrong multilabel_loss: averaged over the labels that are present
def multilabel_loss(z, Y):
    l = np.maximum(z, 0) - z * Y + np.log1p(np.exp(-np.abs(z)))
    return l.sum() / max(Y.sum(), 1)


# %% wrong multilabel_loss: averaged over the labels that are present
def multilabel_loss(z, Y):
    l = np.logaddexp(0, z) - z * Y
    return np.sum(l) / np.maximum(np.sum(Y), 1)


# %% wrong multilabel_loss: averaged over the labels that are present
def multilabel_loss(z, Y):
    l = np.logaddexp(0, z) - z * Y
    return (l.sum(axis=1) / np.maximum(Y.sum(axis=1), 1)).mean()


# %% wrong fit_logistic_regression: the steps go uphill
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(500):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        w = w + 0.5 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b = b + 0.5 * (p - y).mean()
    return w, b


# %% wrong fit_logistic_regression: the steps go uphill
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(2000):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        w += 0.1 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b += 0.1 * (p - y).mean()
    return w, b


# %% wrong fit_logistic_regression: the bias comes first
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(200):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        w = w - 2 * (X.T @ (p - y) / len(y) + 0.01 * w)
        b = b - 2 * (p - y).mean()
    return b, w


# %% wrong fit_logistic_regression: the bias comes first
def fit_logistic_regression(X, y):
    A = np.column_stack([np.ones(len(X)), X])
    v = np.zeros(A.shape[1])
    ridge = 0.01 * np.eye(len(v))
    ridge[0, 0] = 0
    for _ in range(30):
        p = 1 / (1 + np.exp(-A @ v))
        H = A.T * (p * (1 - p)) @ A / len(y) + ridge
        v -= np.linalg.solve(H, A.T @ (p - y) / len(y) + ridge @ v)
    return v[0], v[1:]


# %% hint sigmoid
def sigmoid(z):
    e = np.exp(-np.abs(z))  # hint
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))  # hint


# %% hint binary_cross_entropy
def binary_cross_entropy(p, y):
    with np.errstate(divide="ignore", invalid="ignore"):  # hint
        return np.where(y > 0, -y * np.log(p), 0.0) + np.where(y < 1, -(1 - y) * np.log1p(-p), 0.0)  # hint


# %% hint binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))  # hint


# %% hint prior_baseline
def prior_baseline(y):
    r = y.mean()  # hint
    if r in (0, 1):
        return 0.0  # hint
    return -r * np.log(r) - (1 - r) * np.log(1 - r)  # hint


# %% hint binary_cross_entropy_grad
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

def binary_cross_entropy_grad(z, y):
    return sigmoid(z) - y  # hint


# %% hint fit_logistic_regression
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

def fit_logistic_regression(X, y):
    N = len(y)
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(40):  # hint
        error = sigmoid(X @ w + b) - y  # hint
        w = w - 4 * (X.T @ error / len(y) + 0.01 * w)  # hint
        b = b - 4 * error.mean()  # hint
    return w, b


# %% hint multilabel_loss
def multilabel_loss(z, Y):
    return (np.maximum(z, 0) - z * Y + np.log1p(np.exp(-np.abs(z)))).mean()  # hint


# %% wrong sigmoid: softmax over the array
def sigmoid(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


# %% wrong sigmoid: powers of 2
def sigmoid(z):
    return 1 / (1 + 2.0 ** (-z))


# %% wrong sigmoid: exp alone
def sigmoid(z):
    return np.exp(z)


# %% wrong binary_cross_entropy: logs clamped at -100
def binary_cross_entropy(p, y):
    with np.errstate(divide="ignore"):
        a, b = np.log(p), np.log(1 - p)
    return -y * np.clip(a, -100, None) - (1 - y) * np.clip(b, -100, None)


# %% wrong binary_cross_entropy: the infinite terms left out
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        a, b = np.log(p), np.log(1 - p)
    a, b = np.where(np.isinf(a), 0, a), np.where(np.isinf(b), 0, b)
    return -(y * a + (1 - y) * b)


# %% wrong binary_cross_entropy: the squared error
def binary_cross_entropy(p, y):
    return np.square(y - p)


# %% wrong binary_cross_entropy: the KL divergence
def binary_cross_entropy(p, y):
    with np.errstate(all="ignore"):
        first = np.where(y > 0, y * np.log(y / p), 0.0)
        second = np.where(y < 1, (1 - y) * np.log((1 - y) / (1 - p)), 0.0)
    return first + second


# %% wrong binary_cross_entropy_with_logits: sigmoid first, then the guarded log
def binary_cross_entropy_with_logits(z, y):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    with np.errstate(all="ignore"):
        return np.where(y > 0, -y * np.log(p), 0) + np.where(y < 1, -(1 - y) * np.log(1 - p), 0)


# %% wrong binary_cross_entropy_with_logits: logs clamped at -100
def binary_cross_entropy_with_logits(z, y):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    with np.errstate(all="ignore"):
        return -(y * np.maximum(np.log(p), -100) + (1 - y) * np.maximum(np.log(1 - p), -100))


# %% wrong binary_cross_entropy_with_logits: a small number inside the log
def binary_cross_entropy_with_logits(z, y):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    return -(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))


# %% wrong binary_cross_entropy_with_logits: only the term of y = 1
def binary_cross_entropy_with_logits(z, y):
    return y * np.logaddexp(0, -z)


# %% wrong binary_cross_entropy_with_logits: exp(z) in place of exp(-|z|)
def binary_cross_entropy_with_logits(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(z))


# %% wrong prior_baseline: the error rate
def prior_baseline(y):
    r = np.mean(y)
    return r if r < 0.5 else 1 - r


# %% wrong prior_baseline: only the positives' term
def prior_baseline(y):
    r = np.mean(y)
    return 0.0 if r == 0 else -r * math.log(r)


# %% wrong prior_baseline: the share of ones
def prior_baseline(y):
    return sum(y) / len(y)


# %% wrong prior_baseline: the commoner class's surprisal
def prior_baseline(y):
    r = np.mean(y)
    return -math.log(r if r > 0.5 else 1 - r)


# %% wrong binary_cross_entropy_grad: divided by N
def binary_cross_entropy_grad(z, y):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    return (p - y) / z.size


# %% wrong binary_cross_entropy_grad: twice that of the squared error
def binary_cross_entropy_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p * (1 - p)


# %% wrong binary_cross_entropy_grad: the loss itself
def binary_cross_entropy_grad(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


# %% wrong binary_cross_entropy_grad: probabilities for logits
def binary_cross_entropy_grad(z, y):
    s = lambda v: 1 / (1 + np.exp(-v))
    return s(s(z)) - y


# %% wrong binary_cross_entropy_grad: absolute values
def binary_cross_entropy_grad(z, y):
    return abs(1 / (1 + np.exp(-z)) - y)


# %% wrong binary_cross_entropy_grad: the logit capped
def binary_cross_entropy_grad(z, y):
    return 1 / (1 + np.exp(-np.clip(z, -15, 15))) - y


# %% wrong fit_logistic_regression: labels swapped
def fit_logistic_regression(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        w = w - 3 * (X.T @ (p - (y == 0)) / len(y) + 0.01 * w)
        b = b - 3 * (p - (y == 0)).mean()
    return w, b


# %% wrong multilabel_loss: one loss per label
def multilabel_loss(z, Y):
    return (np.logaddexp(0, z) - z * Y).mean(axis=0)


# %% wrong multilabel_loss: sigmoid first, then the guarded log
def multilabel_loss(z, Y):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    with np.errstate(all="ignore"):
        return -np.where(Y == 1, np.log(p), np.log(1 - p)).mean()


# %% wrong multilabel_loss: a small number inside the log
def multilabel_loss(z, Y):
    p = 1 / (1 + np.exp(-z))
    return -(Y * np.log(p + 1e-10) + (1 - Y) * np.log(1 - p + 1e-10)).mean()


# %% wrong multilabel_loss: probabilities for logits
def multilabel_loss(z, Y):
    p = 1 / (1 + np.exp(-z))
    return (np.logaddexp(0, p) - p * Y).mean()


# %% wrong multilabel_loss: the term z Y is missing
def multilabel_loss(z, Y):
    return np.logaddexp(0, z).mean()


# %% wrong binary_cross_entropy_with_logits: a factor ln 2
def binary_cross_entropy_with_logits(z, y):
    loss = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return loss * np.log(2)


# %% wrong sigmoid: the mean of the right answers
def sigmoid(z):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    return p.mean()


# %% wrong sigmoid: the logarithm of the right answer
def sigmoid(z):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    return np.log(p)


# %% wrong sigmoid: the square of the right answer
def sigmoid(z):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    return p ** 2


# %% wrong sigmoid: the square root of the right answer
def sigmoid(z):
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    return np.sqrt(p)

# %% right sigmoid
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    p = np.empty(z.shape)
    pos = z >= 0
    p[pos] = 1 / (1 + np.exp(-z[pos]))
    p[~pos] = 1 - 1 / (1 + np.exp(z[~pos])) if False else np.exp(z[~pos]) / (np.exp(z[~pos]) + 1)
    return p

# %% right binary_cross_entropy
def binary_cross_entropy(p, y):
    p, y = np.broadcast_arrays(np.asarray(p, float), np.asarray(y, float))
    loss = np.zeros(p.shape)
    for weight, value in ((y, p), (1 - y, 1 - p)):
        used = weight > 0
        with np.errstate(divide="ignore"):
            loss[used] -= weight[used] * np.log(value[used])
    return loss

# %% wrong binary_cross_entropy_with_logits: only a target of exactly 1 counts as 1
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, np.where(y == 1, -z, z))

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    softplus = lambda t: np.logaddexp(t, 0)
    return y * softplus(-z) + (1 - y) * softplus(z)

# %% right prior_baseline
def prior_baseline(y):
    n, k = len(y), int(sum(y))
    if k in (0, n):
        return 0
    return math.log(n) - (k * math.log(k) + (n - k) * math.log(n - k)) / n

# %% wrong binary_cross_entropy_grad: only a target of exactly 1 counts as 1
def stable(z):
    return np.exp(-np.logaddexp(0, -z))

def binary_cross_entropy_grad(z, y):
    return np.where(y == 1, stable(z) - 1, stable(z))

# %% right binary_cross_entropy_grad
def stable(z):
    return np.exp(-np.logaddexp(0, -z))

def binary_cross_entropy_grad(z, y):
    p = stable(z)
    q = stable(-z)
    return (1 - y) * p - y * q

# %% right fit_logistic_regression
def stable(z):
    return np.exp(-np.logaddexp(0, -z))

def fit_logistic_regression(X, y):
    w, b = np.random.default_rng(0).normal(size=X.shape[1]) * 0.1, 0.0
    mw = mb = 0
    for step in range(3000):
        e = stable(X @ w + b) - y
        mw = 0.9 * mw + X.T @ e / len(y) + 0.01 * w
        mb = 0.9 * mb + e.mean()
        w, b = w - 0.1 * mw, b - 0.1 * mb
    return w, b

# %% wrong multilabel_loss: softmax over the labels
def multilabel_loss(z, Y):
    m = z.max(axis=1, keepdims=True)
    logp = z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))
    return -(Y * logp).mean()

# %% right multilabel_loss
def multilabel_loss(z, Y):
    total, count = 0.0, 0
    for row, targets in zip(z.tolist(), Y.tolist()):
        for a, t in zip(row, targets):
            m = a if t else -a
            total += math.log1p(math.exp(-m)) if m > 0 else -m + math.log1p(math.exp(m))
            count += 1
    return total / count

# %% right sigmoid
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    with np.errstate(over="ignore"):
        return np.reciprocal(1 + np.exp(-z))

# %% right sigmoid
def sigmoid(z):
    out = np.array(z, dtype=float, copy=True)
    for i in np.ndindex(out.shape):
        v = out[i]
        out[i] = math.exp(min(v, 0)) / (math.exp(min(v, 0)) + math.exp(min(-v, 0))) if False else (
            1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v)))
    return out

# %% wrong sigmoid: not finite at extreme inputs
def sigmoid(z):
    return np.array([1 / (1 + math.exp(-v)) for v in z])

# %% wrong sigmoid: rounded
def sigmoid(z):
    z = np.clip(z, -500, 500)
    return np.round(1 / (1 + np.exp(-z)), 4)

# %% wrong sigmoid: minus in place of plus
def sigmoid(z):
    return np.exp(z) / (1 - np.exp(z))

# %% wrong sigmoid: the largest logit subtracted
def sigmoid(z):
    e = np.exp(z - z.max())
    return e / (1 + e)

# %% wrong sigmoid: brackets are missing
def sigmoid(z):
    return 1 / 1 + np.exp(-z)

# %% wrong sigmoid: whole numbers cut the answer off
def sigmoid(z):
    out = np.zeros_like(z)
    out[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
    out[z < 0] = np.exp(z[z < 0]) / (1 + np.exp(z[z < 0]))
    return out

# %% wrong sigmoid: 0 and 1 beyond some logit
def sigmoid(z):
    return np.where(z > 20, 1.0, np.where(z < -20, 0.0, 1 / (1 + np.exp(-np.clip(z, -20, 20)))))

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    return np.where(z >= 0, (1 - y) * z, -y * z) + np.log1p(np.exp(-np.abs(z)))

# %% right binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    z = z.astype(np.float32)
    y = y.astype(np.float32)
    return np.logaddexp(np.float32(0), z) - z * y

# %% wrong binary_cross_entropy_with_logits: sigmoid first, then log
def binary_cross_entropy_with_logits(z, y):
    p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% wrong binary_cross_entropy_with_logits
def binary_cross_entropy_with_logits(z, y):
    return np.logaddexp(0, z) - y

# %% wrong binary_cross_entropy_with_logits: the mean
def binary_cross_entropy_with_logits(z, y):
    return np.mean(np.logaddexp(0, z) - z * y)

# %% wrong binary_cross_entropy_with_logits: sigmoid clipped
def binary_cross_entropy_with_logits(z, y):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% right prior_baseline
def prior_baseline(y):
    r = sum(y) / len(y)
    return 0.0 if r in (0, 1) else -(r * math.log(r) + (1 - r) * math.log(1 - r))

# %% right prior_baseline
def prior_baseline(y):
    counts = np.bincount(np.asarray(y, dtype=int), minlength=2)
    p = counts[counts > 0] / counts.sum()
    return -(p * np.log(p)).sum() + 0.0

# %% wrong prior_baseline: a small number inside the log
def prior_baseline(y):
    p = np.clip(y.mean(), 1e-7, 1 - 1e-7)
    return -(p * np.log(p) + (1 - p) * np.log(1 - p))

# %% wrong prior_baseline: bits instead of nats
def prior_baseline(y):
    p = y.mean()
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p)) if 0 < p < 1 else 0.0

# %% wrong prior_baseline: only the positives' term
def prior_baseline(y):
    p = y.mean()
    return -p * np.log(p) if p > 0 else 0.0

# %% wrong prior_baseline: the variance
def prior_baseline(y):
    p = y.mean()
    return p * (1 - p)

# %% wrong prior_baseline: nan for one class
def prior_baseline(y):
    p = y.mean()
    return -(p * np.log(p) + (1 - p) * np.log(1 - p))

# %% wrong prior_baseline: the commoner class's surprisal
def prior_baseline(y):
    p = max(y.mean(), 1 - y.mean())
    return -np.log(p)

# %% wrong prior_baseline: one more of each class
def prior_baseline(y):
    p = (y.sum() + 1) / (len(y) + 2)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% right multilabel_loss
def multilabel_loss(z, Y):
    total = 0.0
    for row, target in zip(z, Y):
        for a, t in zip(row, target):
            total += max(a, 0) - a * t + math.log1p(math.exp(-abs(a)))
    return total / (len(z) * len(z[0]))

# %% right multilabel_loss
def multilabel_loss(z, Y):
    s = np.where(Y == 1, z, -z)
    return np.logaddexp(0, -s).mean(axis=1).mean()

# %% wrong multilabel_loss: summed over the labels
def multilabel_loss(z, Y):
    return (np.logaddexp(0, z) - z * Y).sum(axis=1).mean()

# %% wrong multilabel_loss: one loss per example
def multilabel_loss(z, Y):
    return (np.logaddexp(0, z) - z * Y).mean(axis=1)

# %% wrong multilabel_loss: only the labels that are present
def multilabel_loss(z, Y):
    return (Y * np.logaddexp(0, -z)).mean()

# %% wrong multilabel_loss: sigmoid first, then log
def multilabel_loss(z, Y):
    p = 1 / (1 + np.exp(-z))
    return -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).mean()

# %% wrong multilabel_loss: the squared error
def multilabel_loss(z, Y):
    p = 1 / (1 + np.exp(-z))
    return ((p - Y) ** 2).mean()

# %% wrong multilabel_loss: plus in place of minus
def multilabel_loss(z, Y):
    return (np.logaddexp(0, z) + z * Y).mean()
