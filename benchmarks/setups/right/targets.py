"""Soft targets, smoothing, weights, focal."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes


def soft(seed):
    X, y = blobs(seed)
    q = 0.7 * F.one_hot(y, 4) + 0.075
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": q}


def divergence(seed):
    X, y = blobs(seed)
    q = 0.7 * F.one_hot(y, 4) + 0.075
    model = mlp(seed, 12, 4, 24, nn.LogSoftmax(1))
    return {"model": model, "loss": nn.KLDivLoss(reduction="batchmean"), "X": X, "y": q}


def smoothing(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(label_smoothing=0.1), "X": X, "y": y}


def weights(seed):
    X, y = blobs(seed)
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0, 4.0]), label_smoothing=0.05)
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def focal(seed):
    X, y = blobs(seed)

    def loss(z, y):
        nll = F.cross_entropy(z, y, reduction="none")
        return ((1 - torch.exp(-nll)) ** 2 * nll).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def focal_binary(seed):
    X, y = two_classes(seed)

    def loss(z, y):
        nll = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        at = 0.25 * y + 0.75 * (1 - y)
        return (at * (1 - torch.exp(-nll)) ** 2 * nll).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


def one_hot(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": F.one_hot(y, 4).float()}


def distillation(seed):
    X, y = blobs(seed)
    teacher = mlp(seed + 1)(X).detach()

    def loss(z, target):
        y, teacher = target
        soft = F.kl_div((z / 4).log_softmax(1), (teacher / 4).softmax(1), reduction="batchmean")
        return 0.5 * F.cross_entropy(z, y) + 0.5 * 16 * soft

    return {"model": mlp(seed), "loss": loss, "X": X, "y": (y, teacher)}


def contrastive(seed):
    X, _ = blobs(seed, n=32)

    class Pairs(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 8), nn.Linear(12, 8)

        def forward(self, x):
            a, b = F.normalize(self.a(x), dim=1), F.normalize(self.b(x + 0.1), dim=1)
            return a @ b.T / 0.07

    def loss(z, y):
        return (F.cross_entropy(z, y) + F.cross_entropy(z.T, y)) / 2

    return {"model": Pairs(), "loss": loss, "X": X, "y": torch.arange(32)}
