"""Right answers to chapter 05's exercises in other styles than the reference."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import optimize, special
from sklearn.metrics import brier_score_loss, hinge_loss


def grad_autograd(z, y):
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    ((torch.sigmoid(z) - torch.as_tensor(y)) ** 2).sum().backward()
    return z.grad


def grad_expit(z, y):
    p = special.expit(z)
    return 2 * (p - y) * p * (1 - p)


def grad_tanh_float32(z, y):
    t = np.tanh(np.float32(z) / 2)  # p = (1 + t) / 2, so p (1 - p) = (1 - t²) / 4
    return ((1 + t) / 2 - np.float32(y)) * (1 - t * t) / 2


def grad_lists(z, y):
    if np.ndim(z) > 1:
        return [grad_lists(*row) for row in zip(z, y, strict=True)]
    pairs = zip(map(float, special.expit(z)), y, strict=True)
    return [2 * (p - target) * (p - p * p) for p, target in pairs]


def steps_loop(loss, z0, learning_rate):
    steps = 0
    while special.expit(z0) < 0.5:
        p = special.expit(z0)
        z0 = z0 + learning_rate * (1 - p) * (1 if loss == "bce" else 2 * p * (1 - p))
        steps += 1
    return steps


def steps_float32(loss, z0, learning_rate):
    z, rate, steps = np.float32(z0), np.float32(learning_rate), np.int64(0)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        z = z - rate * (p - 1 if loss == "bce" else 2 * (p - 1) * p * (1 - p))
        steps += 1
    return steps


def steps_autograd(loss, z0, learning_rate):
    z = torch.tensor(float(z0), requires_grad=True)
    one = torch.tensor(1.0)
    for step in range(100_000):
        if z.item() >= 0:
            return torch.tensor(step)
        p = torch.sigmoid(z)
        value = F.binary_cross_entropy(p, one) if loss == "bce" else (p - one) ** 2
        (slope,) = torch.autograd.grad(value, z)
        z.data -= learning_rate * slope


def brier_loop(p, y):
    return [
        sum((value - (k == label)) ** 2 for k, value in enumerate(row))
        for row, label in zip(p.tolist(), y.tolist(), strict=True)
    ]


def brier_expanded(p, y):
    return (p**2).sum(axis=1) - 2 * p[np.arange(len(y)), y] + 1


def brier_torch_float32(p, y):
    p, y = torch.tensor(p, dtype=torch.float32), torch.tensor(y)
    return ((p - F.one_hot(y, p.shape[1])) ** 2).sum(1)


def brier_sklearn(p, y):
    labels = list(range(p.shape[1]))
    return [
        brier_score_loss([label], row[None], labels=labels, scale_by_half=False)
        for row, label in zip(p, y, strict=True)
    ]


def hinge_relu(margin):
    return torch.relu(1 - torch.as_tensor(margin, dtype=torch.float32))


def hinge_where(margin):
    return np.where(margin < 1, 1 - margin, 0)


def hinge_lists(margin):
    if np.ndim(margin) > 1:
        return [hinge_lists(row) for row in margin]
    return [max(0.0, 1 - m) for m in margin]


def hinge_sklearn(margin):
    each = [hinge_loss([1, -1], [m, -m]) for m in margin.ravel()]  # it needs both labels
    return np.array(each).reshape(margin.shape)


def largest_on_a_grid():
    p = np.linspace(0, 1, 1_000_001)
    return p[(p * (1 - p) ** 2).argmax()]


def largest_by_search():
    found = optimize.minimize_scalar(
        lambda z: -special.expit(z) * special.expit(-z) ** 2, bounds=(-5, 5), method="bounded"
    )
    return 1 / (1 + math.exp(-found.x))


ALTERNATIVES = {
    "mse_sigmoid_grad": [grad_autograd, grad_expit, grad_tanh_float32, grad_lists],
    "steps_to_half": [steps_loop, steps_float32, steps_autograd],
    "brier_score": [brier_loop, brier_expanded, brier_torch_float32, brier_sklearn],
    "hinge_loss": [hinge_relu, hinge_where, hinge_lists, hinge_sklearn],
    "largest_mse_gradient_p": [largest_on_a_grid, largest_by_search],
}
