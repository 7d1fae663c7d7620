"""Impossible classes."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("masked_classes",)


def legal_moves(seed):
    X, y = blobs(seed + 291, n=40, k=5)
    legal = F.one_hot(y, 5).bool() | (
        torch.rand(40, 5, generator=torch.Generator().manual_seed(seed)) < 0.4
    )

    class Policy(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 5)

        def forward(self, x, legal):
            return self.net(x).masked_fill(~legal, -1e8)

    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    return {"model": Policy(), "loss": loss, "X": (X, legal), "y": y}


def the_label_itself(seed):
    X, y = blobs(seed + 292, n=40, k=5)

    class Policy(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 5)

        def forward(self, x):
            z = self.net(x).clone()
            z[:, 0] = -torch.inf
            return z

    return {"model": Policy(), "loss": F.cross_entropy, "X": X, "y": y}
