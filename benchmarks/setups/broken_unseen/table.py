"""(N, 1) against (N,), in other losses."""

import torch
from torch import nn

from benchmarks.setups.common import mlp, two_classes

CAUSES = ("broadcast",)


def focal(seed):
    X, y = two_classes(seed + 71, n=50)

    def loss(z, y):
        p = torch.sigmoid(z)
        pt = torch.where(y == 1, p, 1 - p)
        return (-((1 - pt) ** 2) * pt.clamp_min(1e-8).log()).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()}


def smooth(seed):
    X, y = two_classes(seed + 72, n=32, d=6)
    return {
        "model": mlp(seed, 6, 1, 16, nn.Sigmoid()),
        "loss": nn.SmoothL1Loss(),
        "X": X,
        "y": y.float(),
    }


def raises(seed):
    X, y = two_classes(seed + 73, n=32)
    return {"model": mlp(seed, 8, 1), "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y.float()}
