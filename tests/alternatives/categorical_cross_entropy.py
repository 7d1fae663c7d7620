"""Right answers to chapter 03's exercises in other styles than the reference."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import special


def double(x):
    return torch.as_tensor(x, dtype=torch.float64)


def logsumexp_loop(z):
    z = np.asarray(z, dtype=float)
    if z.ndim > 1:
        return [logsumexp_loop(row) for row in z]
    largest = max(z.tolist())
    return largest + math.log(math.fsum(math.exp(v - largest) for v in z.tolist()))


def logsumexp_pairwise(z):
    return np.logaddexp.reduce(z, axis=-1)


def logsumexp_scipy_float32(z):
    return special.logsumexp(np.float32(z), axis=-1)


def logsumexp_torch(z):
    return torch.logsumexp(double(z), dim=-1)


def softmax_loop(z):
    z = np.asarray(z, dtype=float)
    if z.ndim > 1:
        return [softmax_loop(row) for row in z]
    powers = [math.exp(v - max(z.tolist())) for v in z.tolist()]
    return [power / sum(powers) for power in powers]


def softmax_from_logsumexp(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))


def softmax_float32(z):
    return special.softmax(np.float32(z), axis=-1)


def softmax_torch(z):
    return F.softmax(double(z), dim=-1)


def log_softmax_pairwise(z):
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


def log_softmax_scipy(z):
    return special.log_softmax(z, axis=-1)


def log_softmax_float32(z):
    z = np.float32(z)
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


def log_softmax_torch(z):
    return F.log_softmax(double(z), dim=-1)


def cross_entropy_rows(z, y):
    return [logsumexp_loop(row) - row[label] for row, label in zip(z, y, strict=True)]


def cross_entropy_one_hot(z, y):
    return -(np.eye(z.shape[-1])[y] * special.log_softmax(z, axis=-1)).sum(axis=-1)


def cross_entropy_take(z, y):
    log_p = log_softmax_float32(z)
    return -np.take_along_axis(log_p, y[:, np.newaxis], axis=-1).squeeze(-1)


def cross_entropy_torch(z, y):
    return F.cross_entropy(double(z), torch.as_tensor(y), reduction="none")


def soft_target_loop(z, q):
    def one(row, target):
        total = logsumexp_loop(row)
        return math.fsum(t * (total - v) for v, t in zip(row, target, strict=True) if t > 0)

    return [one(*pair) for pair in zip(z.tolist(), q.tolist(), strict=True)]


def soft_target_mask(z, q):
    log_p = special.log_softmax(z, axis=-1)
    log_p[q == 0] = 0
    return -np.einsum("nk,nk->n", q, log_p)


def soft_target_float32(z, q):
    log_p = log_softmax_float32(z)
    with np.errstate(invalid="ignore"):
        return np.where(q > 0, -np.float32(q) * log_p, np.float32(0)).sum(axis=-1)


def soft_target_torch(z, q):
    z, q = double(z), double(q)
    return -torch.where(q > 0, q * F.log_softmax(z, dim=-1), 0).sum(dim=-1)


def floor_log1p(num_classes):
    return np.log1p((num_classes - 1) * np.exp(-1))


def floor_torch(num_classes):
    best = torch.zeros(1, num_classes, dtype=torch.float64)
    best[0, 0] = 1
    return F.cross_entropy(best, torch.tensor([0]))


def floor_from_probability(num_classes):
    return -math.log(math.e / (math.e + num_classes - 1))


def bytes_of_an_array(batch, num_classes, itemsize):
    return np.empty((batch, num_classes), dtype=f"V{itemsize}").nbytes


def bytes_as_numpy_float(batch, num_classes, itemsize):
    return np.prod([batch, num_classes, itemsize], dtype=float)


ALTERNATIVES = {
    "logsumexp": [logsumexp_loop, logsumexp_pairwise, logsumexp_scipy_float32, logsumexp_torch],
    "softmax": [softmax_loop, softmax_from_logsumexp, softmax_float32, softmax_torch],
    "log_softmax": [
        log_softmax_pairwise,
        log_softmax_scipy,
        log_softmax_float32,
        log_softmax_torch,
    ],
    "cross_entropy_from_logits": [
        cross_entropy_rows,
        cross_entropy_one_hot,
        cross_entropy_take,
        cross_entropy_torch,
    ],
    "soft_target_cross_entropy": [
        soft_target_loop,
        soft_target_mask,
        soft_target_float32,
        soft_target_torch,
    ],
    "double_softmax_floor": [floor_log1p, floor_torch, floor_from_probability],
    "one_hot_bytes": [bytes_of_an_array, bytes_as_numpy_float],
}
