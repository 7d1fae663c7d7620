"""Right answers to chapter 07's exercises in other styles than the reference."""

import math

import numpy as np
import scipy.stats
import torch
import torch.nn.functional as F
from scipy import optimize, special
from torch import nn


def labels_loop(y, num_classes, epsilon):
    rows = []
    for label in y.tolist():
        row = [epsilon / num_classes] * num_classes
        row[label] = 1 - epsilon + epsilon / num_classes
        rows.append(row)
    return rows


def labels_torch(y, num_classes, epsilon):
    uniform = torch.full((len(y), num_classes), 1 / num_classes, dtype=torch.float64)
    return torch.lerp(F.one_hot(torch.tensor(y), num_classes).double(), uniform, epsilon)


def loss_torch(z, y, epsilon):
    z = torch.tensor(z, dtype=torch.float64)
    return F.cross_entropy(z, torch.tensor(y), reduction="none", label_smoothing=epsilon)


def loss_scipy(z, y, epsilon):
    log_p = special.log_softmax(z, axis=1)
    return -(1 - epsilon) * log_p[np.arange(len(y)), y] - epsilon * log_p.mean(axis=1)


def loss_loop(z, y, epsilon):
    losses = []
    for row, label in zip(z, y, strict=True):
        total = special.logsumexp(row)
        losses.append(total - (1 - epsilon) * row[label] - epsilon * row.mean())
    return losses


def floor_scipy(num_classes, epsilon):
    target = np.full(num_classes, epsilon / num_classes)
    target[0] += 1 - epsilon
    return scipy.stats.entropy(target)


def floor_from_gap(num_classes, epsilon):
    """The loss at the best gap: log(1 + (K - 1) exp(-gap)) + wrong share times gap."""
    if epsilon == 0:
        return 0
    gap = math.log(1 + num_classes * (1 - epsilon) / epsilon)
    wrong = epsilon * (num_classes - 1) / num_classes
    return math.log1p((num_classes - 1) * math.exp(-gap)) + wrong * gap


def gap_of_logs(num_classes, epsilon):
    if epsilon == 0:
        return np.inf
    other = epsilon / num_classes
    return np.log(1 - epsilon + other) - np.log(other)


def gap_search(num_classes, epsilon):
    """The root of the loss's derivative with respect to the gap."""
    if epsilon == 0:
        return torch.inf
    wrong = epsilon * (num_classes - 1) / num_classes

    def slope(gap):
        return wrong - 1 / (1 + math.exp(gap) / (num_classes - 1))

    return optimize.brentq(slope, -1e-9, 60, xtol=1e-14)


def distillation_torch(student_z, teacher_z, y, temperature, alpha):
    s, t = (torch.tensor(z, dtype=torch.float64) for z in (student_z, teacher_z))
    log_p, log_q = F.log_softmax(s / temperature, 1), F.log_softmax(t / temperature, 1)
    soft = F.kl_div(log_p, log_q, reduction="none", log_target=True).sum(1)
    hard = F.cross_entropy(s, torch.tensor(y), reduction="none")
    return alpha * temperature**2 * soft + (1 - alpha) * hard


def distillation_loop(student_z, teacher_z, y, temperature, alpha):
    losses = []
    for s, t, label in zip(student_z, teacher_z, y, strict=True):
        log_p, log_q = special.log_softmax(s / temperature), special.log_softmax(t / temperature)
        kl = sum(math.exp(b) * (b - a) for a, b in zip(log_p, log_q, strict=True))
        hard = special.logsumexp(s) - s[label]
        losses.append(alpha * temperature * temperature * kl + (1 - alpha) * hard)
    return losses


def _torch_student(X, loss, steps, optimizer, **options):
    X = torch.tensor(X, dtype=torch.float32)
    torch.manual_seed(0)
    first, last = nn.Linear(64, 16), nn.Linear(16, 10)
    step_with = optimizer([*first.parameters(), *last.parameters()], **options)
    for _ in range(steps):
        step_with.zero_grad()
        loss(last(torch.relu(first(X)))).backward()
        step_with.step()
    return first.weight.T, first.bias, last.weight.T, last.bias


def student_adam(X, teacher_z, y):
    soft = torch.tensor(special.softmax(teacher_z / 4, axis=1), dtype=torch.float32)
    adam = torch.optim.Adam
    return _torch_student(X, lambda z: 16 * F.cross_entropy(z / 4, soft), 500, adam, lr=0.01)


def student_matching_logits(X, teacher_z, y):
    """The limit of a high temperature: the squared distance of the centred logits."""
    centred = torch.tensor(teacher_z - teacher_z.mean(1, keepdims=True), dtype=torch.float32)
    weights = _torch_student(X, lambda z: F.mse_loss(z, centred), 1000, torch.optim.Adam, lr=0.01)
    return [part.detach().numpy() for part in weights]


def student_sgd_with_labels(X, teacher_z, y):
    """Plain SGD with momentum, T = 8, and a tenth of the weight on the labels."""
    soft = torch.tensor(special.softmax(teacher_z / 8, axis=1), dtype=torch.float32)
    labels = torch.tensor(y)

    def loss(z):
        return 0.9 * 64 * F.cross_entropy(z / 8, soft) + 0.1 * F.cross_entropy(z, labels)

    return _torch_student(X, loss, 1500, torch.optim.SGD, lr=0.03, momentum=0.9)


ALTERNATIVES = {
    "smooth_labels": [labels_loop, labels_torch],
    "label_smoothing_cross_entropy": [loss_torch, loss_scipy, loss_loop],
    "smoothing_floor": [floor_scipy, floor_from_gap],
    "optimal_logit_gap": [gap_of_logs, gap_search],
    "distillation_loss": [distillation_torch, distillation_loop],
    "distil_student": [student_adam, student_matching_logits, student_sgd_with_labels],
}
