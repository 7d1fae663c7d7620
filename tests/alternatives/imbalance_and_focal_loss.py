"""Other right answers to the exercises of chapter 08, as learners might write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import optimize, special
from sklearn.metrics import roc_curve
from sklearn.utils.class_weight import compute_class_weight


def weights_sklearn(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    return compute_class_weight("balanced", classes=np.arange(len(counts)), y=labels)


def weights_lists(counts):
    counts = [int(c) for c in counts]
    return [sum(counts) / len(counts) / c for c in counts]


def weights_torch(counts):
    inverse = 1 / torch.tensor(counts, dtype=torch.float32)
    return inverse * counts.sum() / len(counts)


def weighted_torch(z, y, weight):
    z, weight = (torch.tensor(a, dtype=torch.float64) for a in (z, weight))
    return F.cross_entropy(z, torch.tensor(y), weight=weight)


def weighted_loop(z, y, weight):
    total = mass = 0.0
    for row, label in zip(z, y, strict=True):
        total += weight[label] * (special.logsumexp(row) - row[label])
        mass += weight[label]
    return total / mass


def weighted_average_float32(z, y, weight):
    log_p = special.log_softmax(np.float32(z), axis=1)
    return np.average(-log_p[np.arange(len(y)), y], weights=np.float32(weight[y]))


def focal_expit(z, y, gamma, alpha):
    m = np.where(y == 1, z, -z)
    share = np.where(y == 1, alpha, 1 - alpha) if alpha is not None else 1
    return share * special.expit(-m) ** gamma * np.logaddexp(0, -m)


def focal_torch(z, y, gamma, alpha):
    z, y = torch.tensor(z, dtype=torch.float64), torch.tensor(y)
    m = torch.where(y == 1, z, -z)
    loss = -torch.exp(gamma * F.logsigmoid(-m)) * F.logsigmoid(m)
    return loss if alpha is None else torch.where(y == 1, alpha, 1 - alpha) * loss


def focal_loop(z, y, gamma, alpha):
    if np.ndim(z) > 1:
        return [focal_loop(*row, gamma, alpha) for row in zip(z, y, strict=True)]
    out = []
    for logit, label in zip(z, y, strict=True):
        m = float(logit if label else -logit)
        easy = math.exp(-gamma * np.logaddexp(0, m))
        share = 1 if alpha is None else alpha if label else 1 - alpha
        out.append(share * easy * np.logaddexp(0, -m))
    return out


def focal_grad_formula(z, y, gamma):
    m = np.where(y == 1, z, -z)
    p, q = special.expit(m), special.expit(-m)
    slope = -(q**gamma) * (q + gamma * p * np.logaddexp(0, -m))
    return np.where(y == 1, slope, -slope)


def focal_grad_autograd(z, y, gamma):
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    focal_tensor(z, torch.tensor(y), gamma).sum().backward()
    return z.grad


def focal_tensor(z, y, gamma):
    m = torch.where(y == 1, z, -z)
    return -torch.exp(gamma * F.logsigmoid(-m)) * F.logsigmoid(m)


def focal_grad_float32(z, y, gamma):
    return focal_grad_formula(np.float32(z), y, np.float32(gamma)).astype(np.float32)


def _expected(p, eta, gamma):
    return -eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p**gamma * np.log1p(-p)


def minimiser_grid(eta, gamma):
    p = np.linspace(0, 1, 100_001)[1:-1]
    return p[_expected(p, eta, gamma).argmin()]


def minimiser_scipy(eta, gamma):
    found = optimize.minimize_scalar(
        lambda z: _expected(special.expit(z), eta, gamma), bounds=(-15, 15), method="bounded"
    )
    return special.expit(found.x)


def minimiser_torch(eta, gamma):
    z = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([z], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-14)

    def closure():
        optimiser.zero_grad()
        one, zero = (focal_tensor(z, torch.tensor(label), gamma) for label in (1, 0))
        loss = eta * one + (1 - eta) * zero
        loss.backward()
        return loss

    optimiser.step(closure)
    return torch.sigmoid(z)


def threshold_loop(p, y, cost_fp, cost_fn):
    best, least = None, math.inf
    for t in [*sorted(p.tolist()), 2.0]:
        cost = sum(
            (cost_fp if label == 0 else 0) if score >= t else (cost_fn if label == 1 else 0)
            for score, label in zip(p.tolist(), y.tolist(), strict=True)
        )
        if cost < least:
            best, least = t, cost
    return best


def threshold_between(p, y, cost_fp, cost_fn):
    edges = np.unique(p)
    candidates = np.concatenate([[0.0], (edges[1:] + edges[:-1]) / 2, [np.inf]])
    yes = p >= candidates[:, None]
    cost = cost_fp * (yes & (y == 0)).sum(1) + cost_fn * (~yes & (y == 1)).sum(1)
    return candidates[cost.argmin()]


def threshold_roc(p, y, cost_fp, cost_fn):
    if y.min() == y.max():  # the curve needs both
        return 0.0 if y.all() else 1.1
    fpr, tpr, thresholds = roc_curve(y, p, drop_intermediate=False)
    cost = cost_fp * fpr * (y == 0).sum() + cost_fn * (1 - tpr) * (y == 1).sum()
    return thresholds[cost.argmin()]


def bias_scipy(pi):
    return special.logit(pi)


def bias_retinanet(pi):
    return -math.log((1 - pi) / pi)


def bias_torch(pi):
    return torch.logit(torch.tensor(pi))


def shift_odds(p, train_prior, true_prior):
    a, b = true_prior / train_prior, (1 - true_prior) / (1 - train_prior)
    return a * p / (a * p + b * (1 - p))


def shift_logits(p, train_prior, true_prior):
    with np.errstate(divide="ignore"):
        return special.expit(
            special.logit(p) + special.logit(true_prior) - special.logit(train_prior)
        )


def shift_torch_float32(p, train_prior, true_prior):
    p = torch.tensor(p, dtype=torch.float32)
    shift = math.log(true_prior / (1 - true_prior)) - math.log(train_prior / (1 - train_prior))
    return torch.sigmoid(torch.logit(p) + shift)


def tversky_where(p, y, alpha, beta):
    hit = (p * y).sum(-1)
    wrong = alpha * (p * (1 - y)).sum(-1) + beta * ((1 - p) * y).sum(-1)
    safe = np.where(wrong == 0, 1.0, hit + wrong)
    return np.where(wrong == 0, 0.0, 1 - hit / safe)


def tversky_loop(p, y, alpha, beta):
    if np.ndim(p) > 1:
        return [tversky_loop(*row, alpha, beta) for row in zip(p, y, strict=True)]
    pairs = list(zip(map(float, p), map(float, y), strict=True))
    hit = sum(a * b for a, b in pairs)
    wrong = sum(alpha * a * (1 - b) + beta * (1 - a) * b for a, b in pairs)
    return wrong / (hit + wrong) if wrong else 0.0


def tversky_torch(p, y, alpha, beta):
    p, y = torch.tensor(p, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    hit = (p * y).sum(-1)
    index = hit / (hit + alpha * (p * (1 - y)).sum(-1) + beta * ((1 - p) * y).sum(-1))
    return 1 - torch.nan_to_num(index, nan=1.0)


ALTERNATIVES = {
    "inverse_frequency_weights": [weights_sklearn, weights_lists, weights_torch],
    "weighted_cross_entropy": [weighted_torch, weighted_loop, weighted_average_float32],
    "focal_loss": [focal_expit, focal_torch, focal_loop],
    "focal_loss_grad": [focal_grad_formula, focal_grad_autograd, focal_grad_float32],
    "focal_minimiser": [minimiser_grid, minimiser_scipy, minimiser_torch],
    "best_threshold": [threshold_loop, threshold_between, threshold_roc],
    "prior_bias": [bias_scipy, bias_retinanet, bias_torch],
    "correct_prior_shift": [shift_odds, shift_logits, shift_torch_float32],
    "tversky_loss": [tversky_where, tversky_loop, tversky_torch],
}
