"""Outputs (N, 1) against labels (N,)."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import mlp, two_classes

CAUSES = ("broadcast",)


def squared(seed):
    X, y = two_classes(seed)
    return {"model": mlp(seed, 8, 1), "loss": nn.MSELoss(), "X": X, "y": y.float()}


def by_hand(seed):
    X, y = two_classes(seed)

    def loss(z, y):
        return (F.softplus(z) - y * z).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()}


def columns(seed):
    X, y = two_classes(seed)

    class Squeezed(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 8, 1)

        def forward(self, x):
            return self.net(x).squeeze(-1)

    def loss(z, y):
        p = z.sigmoid().clamp(1e-6, 1 - 1e-6)
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    return {"model": Squeezed(), "loss": loss, "X": X, "y": y.float()[:, None]}
