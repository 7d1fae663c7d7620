import math

import numpy as np

# %% right logsumexp
def logsumexp(z):
    return np.logaddexp.reduce(z, axis=-1)

# %% right logsumexp
def logsumexp(z):
    m = np.max(z, axis=-1)
    return m + np.log(np.sum(np.exp(z - m[..., None]), axis=-1))

# %% right logsumexp
def logsumexp(z):
    if z.ndim > 1:
        return np.array([logsumexp(row) for row in z])
    m = max(z)
    return m + math.log(sum(math.exp(v - m) for v in z))

# %% right logsumexp
def logsumexp(z):
    z = z.astype(np.float32)
    m = z.max(axis=-1, keepdims=True)
    return np.squeeze(m, -1) + np.log(np.exp(z - m).sum(axis=-1))

# %% wrong logsumexp: exp overflows
def logsumexp(z):
    return np.log(np.sum(np.exp(z), axis=-1))

# %% wrong logsumexp: the maximum of the whole array
def logsumexp(z):
    m = z.max()
    return m + np.log(np.sum(np.exp(z - m), axis=-1))

# %% wrong logsumexp: the maximum is not added back
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(z - m), axis=-1))

# %% wrong logsumexp: summed over everything
def logsumexp(z):
    return np.log(np.sum(np.exp(z)))

# %% wrong logsumexp: summed over the examples
def logsumexp(z):
    return np.log(np.sum(np.exp(z), axis=0))

# %% wrong logsumexp: summed over the examples
def logsumexp(z):
    m = z.max(axis=0)
    return m + np.log(np.sum(np.exp(z - m), axis=0))

# %% wrong logsumexp: the last axis is kept
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return m + np.log(np.sum(np.exp(z - m), axis=-1, keepdims=True))

# %% wrong logsumexp: powers of 2
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return m[..., 0] + np.log2(np.sum(np.exp2(z - m), axis=-1))

# %% wrong logsumexp: the mean instead of the sum
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return m[..., 0] + np.log(np.mean(np.exp(z - m), axis=-1))

# %% wrong logsumexp: keepdims in one place only
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return m + np.log(np.sum(np.exp(z - m), axis=-1))

# %% wrong logsumexp: the maximum alone
def logsumexp(z):
    return z.max(axis=-1)

# %% wrong logsumexp: the logit capped
def logsumexp(z):
    return np.log(np.sum(np.exp(np.clip(z, -500, 500)), axis=-1))

# %% wrong logsumexp: whole numbers cut the answer off
def logsumexp(z):
    out = np.zeros_like(z[..., 0])
    out[...] = np.logaddexp.reduce(z, axis=-1)
    return out

# %% wrong logsumexp: the logarithm is missing
def logsumexp(z):
    return np.sum(np.exp(z), axis=-1)

# %% lives logsumexp: 0 -> -1
# The axis has length 1: its first entry is its last.

# %% right softmax
def softmax(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))

# %% right softmax
def softmax(z):
    def one(row):
        e = np.exp(row - row.max())
        return e / e.sum()
    return np.apply_along_axis(one, -1, z)

# %% right softmax
def softmax(z):
    if z.ndim == 1:
        m = max(z)
        e = [math.exp(v - m) for v in z]
        return [v / sum(e) for v in e]
    return [softmax(row) for row in z]

# %% right softmax
def softmax(z):
    z = np.float32(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

# %% right softmax
def softmax(z):
    out = np.array(z, dtype=float)
    out -= out.max(axis=-1, keepdims=True)
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)
    return out

# %% wrong softmax: right to about six digits
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp((z - z.max(axis=-1, keepdims=True)).astype(np.float32)).astype(float)
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: exp overflows
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: the maximum of the whole array
def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: normalised over everything
def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()

# %% wrong softmax: normalised over the examples
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=0)

# %% wrong softmax: normalised over the examples
def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)

# %% wrong softmax: keepdims is missing
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1)

# %% wrong softmax: one sigmoid for each logit
def softmax(z):
    return 1 / (1 + np.exp(-z))

# %% wrong softmax: the sign of z is flipped
def softmax(z):
    e = np.exp(-(z - z.max(axis=-1, keepdims=True)))
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: the sign of z is flipped
def softmax(z):
    e = np.exp(z.min(axis=-1, keepdims=True) - z)
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: base 2
def softmax(z):
    e = 2.0 ** (z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: without exp
def softmax(z):
    return z / z.sum(axis=-1, keepdims=True)

# %% wrong softmax: a small number added to the sum
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) + 1e-5)

# %% wrong softmax: not divided by the sum
def softmax(z):
    return np.exp(z - z.max(axis=-1, keepdims=True))

# %% wrong softmax: the logarithm of it
def softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))

# %% wrong softmax: whole numbers cut the answer off
def softmax(z):
    out = np.zeros_like(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    out[...] = e / e.sum(axis=-1, keepdims=True)
    return out

# %% right log_softmax
def log_softmax(z):
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)

# %% right log_softmax
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1))[..., None]

# %% right log_softmax
def log_softmax(z):
    return -np.logaddexp.reduce(z[..., None, :] - z[..., :, None], -1)

# %% right log_softmax
def log_softmax(z):
    if z.ndim > 1:
        return np.stack([log_softmax(row) for row in z])
    m = max(z)
    total = m + math.log(sum(math.exp(v - m) for v in z))
    return np.array([v - total for v in z])

# %% right log_softmax
def log_softmax(z):
    z = np.float32(z)
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))

# %% wrong log_softmax: the log of a stable softmax
def log_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True))

# %% wrong log_softmax: the log of a naive softmax
def log_softmax(z):
    e = np.exp(z)
    return np.log(e / e.sum(axis=-1, keepdims=True))

# %% wrong log_softmax: a naive logsumexp
def log_softmax(z):
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

# %% wrong log_softmax: a small number inside the log
def log_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True) + 1e-11)

# %% wrong log_softmax: a small number inside the log
def log_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(np.maximum(e / e.sum(axis=-1, keepdims=True), 1e-30))

# %% wrong log_softmax: the logsumexp is missing
def log_softmax(z):
    return z - z.max(axis=-1, keepdims=True)

# %% wrong log_softmax: one maximum for the whole array
def log_softmax(z):
    d = z - z.max()
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))

# %% wrong log_softmax: the sign is flipped
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return np.log(np.exp(d).sum(axis=-1, keepdims=True)) - d

# %% wrong log_softmax: normalised over the examples
def log_softmax(z):
    d = z - z.max(axis=0)
    return d - np.log(np.exp(d).sum(axis=0))

# %% wrong log_softmax: keepdims is missing
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1))

# %% wrong log_softmax: the maximum is counted once too often
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(d).sum(axis=-1, keepdims=True))

# %% wrong log_softmax: base 2
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log2(np.exp(d).sum(axis=-1, keepdims=True))

# %% wrong log_softmax: normalised over everything
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum())

# %% wrong log_softmax: the mean instead of the sum
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).mean(axis=-1, keepdims=True))

# %% right cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    return np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]

# %% right cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    return [np.logaddexp.reduce(row - row[k]) for row, k in zip(z, y)]

# %% right cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    lp = d - np.log(np.exp(d).sum(axis=1, keepdims=True))
    return -np.take_along_axis(lp, y[:, None], axis=1).squeeze(1)

# %% right cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    z = np.float32(z)
    d = z - z.max(axis=1, keepdims=True)
    one_hot = np.eye(z.shape[1], dtype=np.float32)[y]
    return np.log(np.exp(d).sum(axis=1)) - (one_hot * d).sum(axis=1)

# %% wrong cross_entropy_from_logits: the mean
def cross_entropy_from_logits(z, y):
    return (np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]).mean()

# %% wrong cross_entropy_from_logits: the log of a stable softmax
def cross_entropy_from_logits(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y])

# %% wrong cross_entropy_from_logits: a small number inside the log
def cross_entropy_from_logits(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y] + 1e-13)

# %% wrong cross_entropy_from_logits: exp overflows
def cross_entropy_from_logits(z, y):
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y])

# %% wrong cross_entropy_from_logits: a naive logsumexp
def cross_entropy_from_logits(z, y):
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: all rows at all labels
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    lp = d - np.log(np.exp(d).sum(axis=1, keepdims=True))
    return -lp[:, y]

# %% wrong cross_entropy_from_logits: the minus is missing
def cross_entropy_from_logits(z, y):
    return z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)

# %% wrong cross_entropy_from_logits: minus the logit
def cross_entropy_from_logits(z, y):
    return -z[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: the loss of the predicted class
def cross_entropy_from_logits(z, y):
    return np.logaddexp.reduce(z, axis=1) - z.max(axis=1)

# %% wrong cross_entropy_from_logits: labels counted from 1
def cross_entropy_from_logits(z, y):
    return np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y - 1]

# %% wrong cross_entropy_from_logits: one maximum for the whole array
def cross_entropy_from_logits(z, y):
    m = z.max()
    return m + np.log(np.exp(z - m).sum(axis=1)) - z[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: softmax over the examples
def cross_entropy_from_logits(z, y):
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    return -np.log(p[np.arange(len(y)), y])

# %% wrong cross_entropy_from_logits: a margin, not the loss
def cross_entropy_from_logits(z, y):
    return z.max(axis=1) - z[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: the sum
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    return -(np.eye(z.shape[1])[y] * (d - np.log(np.exp(d).sum(axis=1, keepdims=True)))).sum()

# %% lives cross_entropy_from_logits: -1 -> 1
# z has two axes, so axis 1 is the last.

# %% lives cross_entropy_from_logits: -1 -> 1 #2
# z has two axes, so axis 1 is the last.

# %% right soft_target_cross_entropy
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    out = []
    for a, b in zip(q, lp):
        out.append(sum(-w * v for w, v in zip(a, b) if w > 0))
    return np.array(out)

# %% right soft_target_cross_entropy
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    lp = np.where(q == 0, 0.0, lp)
    return -np.einsum("nk,nk->n", q, lp)

# %% right soft_target_cross_entropy
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return -np.nansum(q * lp, axis=1)

# %% right soft_target_cross_entropy
def soft_target_cross_entropy(z, q):
    z, q = np.float32(z), np.float32(q)
    d = z - z.max(axis=1, keepdims=True)
    lp = d - np.log(np.exp(d).sum(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return np.where(q > 0, -q * lp, 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: 0 · inf is nan
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(q * lp).sum(axis=1)

# %% wrong soft_target_cross_entropy: the infinite terms left out
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(np.isfinite(lp), -q * lp, 0.0).sum(axis=1)

# %% wrong soft_target_cross_entropy: the log of a stable softmax
def soft_target_cross_entropy(z, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.where(q > 0, q * np.log(p), 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: a small number inside the log
def soft_target_cross_entropy(z, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -(q * np.log(p + 1e-10)).sum(axis=1)

# %% wrong soft_target_cross_entropy: the mean over the classes
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(q > 0, -q * lp, 0).mean(axis=1)

# %% wrong soft_target_cross_entropy: the mean over the examples
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(q > 0, -q * lp, 0).sum(axis=1).mean()

# %% wrong soft_target_cross_entropy: summed over the examples
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(q > 0, -q * lp, 0).sum(axis=0)

# %% wrong soft_target_cross_entropy: the likeliest class only
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -lp[np.arange(len(q)), q.argmax(axis=1)]

# %% wrong soft_target_cross_entropy: the KL divergence
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(q > 0, q * (np.log(q) - lp), 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: -inf replaced by a large number
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(q * np.nan_to_num(lp)).sum(axis=1)

# %% wrong soft_target_cross_entropy: the minus is missing
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(q > 0, q * lp, 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: small weights left out
def soft_target_cross_entropy(z, q):
    lp = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.where(q > 1e-9, -q * lp, 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: one maximum for the whole array
def soft_target_cross_entropy(z, q):
    m = z.max()
    lp = z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))
    return np.where(q > 0, -q * lp, 0).sum(axis=1)

# %% lives soft_target_cross_entropy: -1 -> 1
# z has two axes, so axis 1 is the last.

# %% lives soft_target_cross_entropy: -1 -> 1 #2
# z has two axes, so axis 1 is the last.

# %% lives soft_target_cross_entropy: np.errstate(invalid='ignore') -> np.errstate()
# It silences a warning; the numbers are the same.

# %% lives soft_target_cross_entropy: -1 -> 1 #3
# z has two axes, so axis 1 is the last.

# %% right double_softmax_floor
def double_softmax_floor(num_classes):
    z = np.zeros(num_classes)
    z[0] = 1
    return np.log(np.exp(z).sum()) - 1

# %% right double_softmax_floor
def double_softmax_floor(num_classes):
    return -math.log(math.e / (math.e + num_classes - 1))

# %% right double_softmax_floor
def double_softmax_floor(num_classes):
    return math.log1p((num_classes - 1) / math.e)

# %% right double_softmax_floor
def double_softmax_floor(num_classes):
    return np.float32(np.log(1 + (num_classes - 1) * np.exp(-1)))

# %% wrong double_softmax_floor: the uniform guess
def double_softmax_floor(num_classes):
    return math.log(num_classes)

# %% wrong double_softmax_floor: zero
def double_softmax_floor(num_classes):
    return 0.0

# %% wrong double_softmax_floor: the true class's logit is forgotten
def double_softmax_floor(num_classes):
    return math.log(math.e + num_classes - 1)

# %% wrong double_softmax_floor: K other classes
def double_softmax_floor(num_classes):
    return math.log(math.e + num_classes) - 1

# %% wrong double_softmax_floor: the probability
def double_softmax_floor(num_classes):
    return math.e / (math.e + num_classes - 1)

# %% wrong double_softmax_floor
def double_softmax_floor(num_classes):
    return 0.3133

# %% wrong double_softmax_floor: bits
def double_softmax_floor(num_classes):
    return math.log2(math.e + num_classes - 1) - math.log2(math.e)

# %% wrong double_softmax_floor: the minus is missing
def double_softmax_floor(num_classes):
    return math.log(math.e / (math.e + num_classes - 1))

# %% wrong double_softmax_floor: K - 2 other classes
def double_softmax_floor(num_classes):
    return math.log(math.e + num_classes - 2) - 1

# %% wrong double_softmax_floor: rounded
def double_softmax_floor(num_classes):
    return round(math.log(math.e + num_classes - 1) - 1, 4)

# %% right one_hot_bytes
def one_hot_bytes(batch, num_classes, itemsize):
    return np.zeros((batch, num_classes), dtype=np.uint8).size * itemsize

# %% right one_hot_bytes
def one_hot_bytes(batch, num_classes, itemsize):
    return math.prod([batch, num_classes, itemsize])

# %% right one_hot_bytes
def one_hot_bytes(batch, num_classes, itemsize):
    return float(batch * num_classes * itemsize)

# %% right one_hot_bytes
def one_hot_bytes(batch, num_classes, itemsize):
    total = 0
    for _ in range(batch):
        total += num_classes * itemsize
    return total

# %% wrong one_hot_bytes: the class indices
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * itemsize

# %% wrong one_hot_bytes: one label only
def one_hot_bytes(batch, num_classes, itemsize):
    return num_classes * itemsize

# %% wrong one_hot_bytes: the number of entries
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes

# %% wrong one_hot_bytes: bits
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes * itemsize * 8

# %% wrong one_hot_bytes: four bytes for every format
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes * 4

# %% wrong one_hot_bytes: mebibytes
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes * itemsize / 1024**2

# %% wrong one_hot_bytes: megabytes
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes * itemsize / 1e6

# %% wrong one_hot_bytes: the zeros only
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * (num_classes - 1) * itemsize

# %% wrong one_hot_bytes: bits turned into bytes twice
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes * itemsize // 8

# %% wrong one_hot_bytes: eight bytes for every format
def one_hot_bytes(batch, num_classes, itemsize):
    return np.eye(num_classes)[np.zeros(batch, dtype=int)].nbytes if batch < 50 else 8 * batch * num_classes


# %% wrong softmax: a small number added to the sum
def softmax(z):
    e = np.exp(z - np.max(z, -1, keepdims=True))
    return e / (e.sum(-1, keepdims=True) + 1e-9)


# %% wrong softmax: normalised over everything
def softmax(z):
    e = np.exp(z - np.max(z, -1, keepdims=True))
    return e / e.sum()


# %% wrong softmax: sigmoids divided by their sum
def softmax(z):
    with np.errstate(over="ignore"):
        s = 1 / (1 + np.exp(-np.asarray(z, float)))
    return s / s.sum(-1, keepdims=True)


# %% wrong cross_entropy_from_logits: all rows at all labels
def cross_entropy_from_logits(z, y):
    return np.logaddexp.reduce(z, 1) - z[:, y]


# %% wrong cross_entropy_from_logits: a sigmoid for each class
def cross_entropy_from_logits(z, y):
    Y = np.eye(z.shape[1])[y]
    return (np.logaddexp(0, z) - z * Y).sum(1)


# %% wrong soft_target_cross_entropy: np.nan_to_num on everything
def soft_target_cross_entropy(z, q):
    with np.errstate(invalid="ignore"):
        lp = z - np.logaddexp.reduce(z, 1)[:, None]
        return np.nan_to_num(-q * lp).sum(1)


# %% wrong one_hot_bytes: counted in 32 bits
def one_hot_bytes(batch, num_classes, itemsize):
    with np.errstate(all="ignore"):
        return int(np.int32(batch) * np.int32(num_classes) * np.int32(itemsize))


# %% wrong logsumexp: a small number inside the log
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1) + 1e-9)


# %% wrong logsumexp: a small number inside the log
def logsumexp(z):
    m = np.max(z, axis=-1, keepdims=True)
    return np.squeeze(m, -1) + np.log(1e-8 + np.sum(np.exp(z - m), axis=-1))


# %% wrong softmax: the logit capped
def softmax(z):
    e = np.exp(np.clip(z, -50, 50))
    return e / e.sum(axis=-1, keepdims=True)


# %% wrong softmax: the logit capped
def softmax(z):
    z = np.clip(z, -500, 500)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# %% wrong softmax: the logit capped
def softmax(z):
    z = np.minimum(z, 100)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


# %% hint logsumexp
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True); return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))  # hint


# %% hint softmax
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True)); return e / e.sum(axis=-1, keepdims=True)  # hint


# %% hint log_softmax
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True); return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))  # hint


# %% hint cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=-1, keepdims=True); return np.log(np.exp(d).sum(axis=-1)) - d[np.arange(len(y)), y]  # hint


# %% hint soft_target_cross_entropy
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))

def soft_target_cross_entropy(z, q):
    with np.errstate(invalid="ignore"):  # hint
        return np.where(q > 0, -q * log_softmax(z), 0.0).sum(axis=-1)  # hint


# %% hint double_softmax_floor
def double_softmax_floor(num_classes):
    return np.log(np.e + num_classes - 1) - 1  # hint


# %% wrong logsumexp: axis 1
def logsumexp(z):
    m = z.max(axis=1, keepdims=True)
    return m.squeeze(1) + np.log(np.exp(z - m).sum(axis=1))


# %% wrong logsumexp: base 2
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    return (m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))) / np.log(2)


# %% wrong logsumexp: the sum of the logits
def logsumexp(z):
    return np.sum(z, axis=-1)


# %% wrong softmax: a hard choice
def softmax(z):
    return np.eye(z.shape[-1])[z.argmax(axis=-1)]


# %% wrong softmax: normalised over axis 1
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong log_softmax: the softmax
def log_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# %% wrong log_softmax: the log of the sum of the logits
def log_softmax(z):
    return z - np.log(z.sum(axis=-1, keepdims=True))


# %% wrong cross_entropy_from_logits: keepdims is missing
def cross_entropy_from_logits(z, y):
    m = z.max(axis=1, keepdims=True)
    log_p = z - m - np.log(np.exp(z - m).sum(axis=1))
    return -log_p[np.arange(len(y)), y]


# %% wrong cross_entropy_from_logits: base 2
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    return (np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]) / np.log(2)


# %% wrong cross_entropy_from_logits: the whole matrix
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(d).sum(axis=1, keepdims=True)) - d


# %% wrong cross_entropy_from_logits: softmax twice
def cross_entropy_from_logits(z, y):
    for _ in range(2):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        z = e / e.sum(axis=1, keepdims=True)
    return -np.log(z[np.arange(len(y)), y])


# %% wrong cross_entropy_from_logits: minus the probability
def cross_entropy_from_logits(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -(e / e.sum(axis=1, keepdims=True))[np.arange(len(y)), y]


# %% wrong cross_entropy_from_logits: the wrong classes
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=1, keepdims=True))
    wrong = np.ones(z.shape)
    wrong[np.arange(len(y)), y] = 0
    return -(wrong * log_p).sum(axis=1)


# %% wrong soft_target_cross_entropy: exp overflows
def soft_target_cross_entropy(z, q):
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return np.where(q > 0, -q * log_p, 0).sum(axis=-1)


# %% wrong soft_target_cross_entropy: softmax over the examples
def soft_target_cross_entropy(z, q):
    d = z - z.max(axis=0)
    log_p = d - np.log(np.exp(d).sum(axis=0))
    return np.where(q > 0, -q * log_p, 0).sum(axis=-1)


# %% wrong soft_target_cross_entropy: the terms are not summed
def soft_target_cross_entropy(z, q):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return np.where(q > 0, -q * log_p, 0)


# %% wrong soft_target_cross_entropy: base 2
def soft_target_cross_entropy(z, q):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return np.where(q > 0, -q * log_p, 0).sum(axis=-1) / math.log(2)


# %% wrong soft_target_cross_entropy: the probability, not its logarithm
def soft_target_cross_entropy(z, q):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return -(q * e / e.sum(axis=-1, keepdims=True)).sum(axis=-1)


# %% wrong soft_target_cross_entropy: the logits, not their log-softmax
def soft_target_cross_entropy(z, q):
    return -np.where(q > 0, q * z, 0).sum(axis=-1)


# %% wrong soft_target_cross_entropy: summed over everything
def soft_target_cross_entropy(z, q):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return np.where(q > 0, -q * log_p, 0).sum()


# %% wrong soft_target_cross_entropy: target and prediction swapped
def soft_target_cross_entropy(z, q):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return -(e / e.sum(axis=-1, keepdims=True) * np.log(q)).sum(axis=-1)


# %% wrong soft_target_cross_entropy: softmax of the target
def soft_target_cross_entropy(z, q):
    q = np.exp(q) / np.exp(q).sum(axis=-1, keepdims=True)
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return -(q * log_p).sum(axis=-1)


# %% wrong double_softmax_floor: two classes
def double_softmax_floor(num_classes):
    return -math.log(math.e / (math.e + 1))


# %% wrong double_softmax_floor: the reach of the loss
def double_softmax_floor(num_classes):
    floor = -np.log(np.e / (np.e + num_classes - 1))
    return np.log(num_classes) - floor


# %% wrong one_hot_bytes: added in place of multiplied
def one_hot_bytes(batch, num_classes, itemsize):
    return itemsize * (num_classes + batch)


# %% wrong one_hot_bytes: kilobytes
def one_hot_bytes(batch, num_classes, itemsize):
    return batch * num_classes * itemsize / 2**10


# %% wrong cross_entropy_from_logits: a factor ln 2
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return math.log(2) * loss


# %% wrong log_softmax: a logarithm to base 10
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p / np.log(10)


# %% wrong cross_entropy_from_logits: divided by the number of examples
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return loss / len(y)


# %% wrong cross_entropy_from_logits: times the number of examples
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return loss * len(y)


# %% wrong log_softmax: divided by the number of classes
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p / z.shape[-1]


# %% wrong cross_entropy_from_logits: divided by the number of classes
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return loss / z.shape[1]


# %% wrong log_softmax: times the number of classes
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p * z.shape[-1]


# %% wrong cross_entropy_from_logits: times the number of classes
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return loss * z.shape[1]


# %% wrong log_softmax: summed over the last axis
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p.sum(axis=-1)


# %% wrong softmax: summed over the last axis
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p.sum(axis=-1)


# %% wrong log_softmax: averaged over the last axis
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p.mean(axis=-1)


# %% wrong softmax: averaged over the last axis
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p.mean(axis=-1)


# %% wrong log_softmax: summed over the first axis
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p.sum(axis=0)


# %% wrong softmax: summed over the first axis
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p.sum(axis=0)


# %% wrong log_softmax: averaged over the first axis
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p.mean(axis=0)


# %% wrong cross_entropy_from_logits: an axis too many
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return loss.reshape(-1, 1)


# %% wrong logsumexp: one too large
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    s = m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))
    return s + 1


# %% wrong logsumexp: one too small
def logsumexp(z):
    m = z.max(axis=-1, keepdims=True)
    s = m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))
    return s - 1


# %% wrong cross_entropy_from_logits: the exponential of the right answer
def cross_entropy_from_logits(z, y):
    d = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(d).sum(axis=1)) - d[np.arange(len(y)), y]
    return np.exp(loss)


# %% wrong softmax: the square of the right answer
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p ** 2


# %% wrong softmax: in reverse order
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p[..., ::-1]

# %% right logsumexp
def logsumexp(z):
    from functools import reduce
    return reduce(np.logaddexp, np.moveaxis(z, -1, 0))

# %% right softmax
def softmax(z):
    def row(v):
        top = max(v)
        e = [math.exp(a - top) for a in v]
        return [a / math.fsum(e) for a in e]
    def go(t):
        return [go(u) for u in t] if isinstance(t[0], list) else row(t)
    return go(z.tolist())

# %% right log_softmax
def lse(z):
    m = z.max(axis=-1, keepdims=True)
    return m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))

def log_softmax(z):
    z = z.astype(np.longdouble)
    return z - lse(z)

# %% right cross_entropy_from_logits
def lse(z):
    m = z.max(axis=-1, keepdims=True)
    return m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))

def cross_entropy_from_logits(z, y):
    return np.array([lse(row).item() - row[int(k)] for row, k in zip(z, y)], dtype=object)

# %% right soft_target_cross_entropy
def lse(z):
    m = z.max(axis=-1, keepdims=True)
    return m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))

def soft_target_cross_entropy(z, q):
    logp = z - lse(z)
    return np.array([-sum(b * a for a, b in zip(r, s) if b) for r, s in zip(logp, q)])

# %% right double_softmax_floor
def double_softmax_floor(num_classes):
    return math.log1p((num_classes - 1) * math.exp(-1))

# %% right one_hot_bytes
def one_hot_bytes(batch, num_classes, itemsize):
    return float(math.prod((batch, num_classes, itemsize)))

# %% wrong logsumexp: the maximum is added twice, or subtracted
def logsumexp(z):
    m = z.max(axis=-1)
    shifted = z - m[..., np.newaxis]
    return m + logsumexp_of_shifted(shifted) + m

def logsumexp_of_shifted(s):
    return np.log(np.exp(s).sum(axis=-1))

# %% wrong logsumexp: the maximum is added twice, or subtracted
def logsumexp(z):
    if z.ndim > 1:
        return np.stack([logsumexp(row) for row in z])
    m = max(z)
    return math.log(sum(math.exp(v - m) for v in z)) - m

# %% wrong logsumexp: the maximum is added twice, or subtracted
def logsumexp(z):
    m = np.max(z, axis=-1, keepdims=True)
    total = np.sum(np.exp(z - m), axis=-1, keepdims=True)
    return (2 * m + np.log(total)).squeeze(-1)

# %% right logsumexp
def logsumexp(z):
    z = np.nan_to_num(z)  # -inf becomes -1.8e308: in a row with another class that adds nothing
    m = z.max(axis=-1, keepdims=True)
    return np.log(np.exp(z - m).sum(axis=-1)) + m[..., 0]

# %% right softmax
def softmax(z):
    return np.apply_along_axis(lambda r: np.exp(r - r.max()) / np.exp(r - r.max()).sum(), -1, np.asarray(z, float))

# %% right softmax
def softmax(z):
    if z.ndim > 1:
        return np.array([softmax(row) for row in z])
    m = max(z)
    e = [math.exp(v - m) for v in z]
    return np.array(e) / sum(e)

# %% wrong softmax: not finite at extreme inputs
def softmax(z):
    e = np.exp(z - np.mean(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

# %% wrong softmax: normalised over axis 1
def softmax(z):
    e = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return e

# %% wrong softmax: the input is changed
def softmax(z):
    z -= z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)

# %% right cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    own = np.take_along_axis(z, y[:, None], axis=1)
    return np.logaddexp.reduce(z - own, axis=1)

# %% right cross_entropy_from_logits
def cross_entropy_from_logits(z, y):
    out = []
    for row, label in zip(z, y):
        m = max(row)
        out.append(m + math.log(sum(math.exp(v - m) for v in row)) - row[label])
    return out

# %% wrong cross_entropy_from_logits: the mean
def cross_entropy_from_logits(z, y):
    s = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), y])

# %% wrong cross_entropy_from_logits: the maximum is subtracted in one place only
def cross_entropy_from_logits(z, y):
    s = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(s).sum(axis=1)) - z[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: one maximum for the whole array
def cross_entropy_from_logits(z, y):
    s = z - z.max()
    return np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: the minus is missing
def cross_entropy_from_logits(z, y):
    s = z - z.max(axis=1, keepdims=True)
    return s[np.arange(len(y)), y] - np.log(np.exp(s).sum(axis=1))

# %% wrong cross_entropy_from_logits: softmax over the examples
def cross_entropy_from_logits(z, y):
    s = z - z.max(axis=0)
    log_p = s - np.log(np.exp(s).sum(axis=0))
    return -log_p[np.arange(len(y)), y]

# %% wrong cross_entropy_from_logits: all classes in place of the label's
def cross_entropy_from_logits(z, y):
    s = z - z.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -log_p.sum(axis=1)

# %% right soft_target_cross_entropy
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    out = np.zeros(len(z))
    for n in range(len(z)):
        for k in range(z.shape[1]):
            if q[n, k] != 0:
                out[n] -= q[n, k] * log_p[n, k]
    return out

# %% right soft_target_cross_entropy
def soft_target_cross_entropy(z, q):
    m = z.max(axis=1, keepdims=True)
    log_p = (z - m) - np.log(np.exp(z - m).sum(axis=1, keepdims=True))
    terms = np.multiply(q, log_p, where=q > 0, out=np.zeros(z.shape))
    return -terms.sum(axis=1)

# %% wrong soft_target_cross_entropy: 0 · inf is nan
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(q * log_p).sum(axis=1)

# %% wrong soft_target_cross_entropy: the infinite terms left out
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.where(np.isfinite(log_p), q * log_p, 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: the likeliest class only
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -log_p[np.arange(len(z)), q.argmax(axis=1)]

# %% wrong soft_target_cross_entropy: the mean over the classes
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.where(q > 0, q * log_p, 0).mean(axis=1)

# %% wrong soft_target_cross_entropy: a small number inside the log
def soft_target_cross_entropy(z, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -(q * np.log(p + 1e-12)).sum(axis=1)

# %% wrong soft_target_cross_entropy: the KL divergence
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    ce = -np.where(q > 0, q * log_p, 0).sum(axis=1)
    return ce + np.where(q > 0, q * np.log(np.where(q > 0, q, 1)), 0).sum(axis=1)

# %% wrong soft_target_cross_entropy: summed over everything
def soft_target_cross_entropy(z, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.where(q > 0, q * log_p, 0).sum()
