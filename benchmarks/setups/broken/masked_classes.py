"""Label smoothing with masked classes."""

import torch
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("masked_classes",)


class _Masked(nn.Module):
    def __init__(self, seed, value):
        super().__init__()
        self.net, self.value = mlp(seed, 12, 6), value

    def forward(self, x):
        z = self.net(x)
        return z.masked_fill(torch.arange(6) >= 4, self.value)


def infinite(seed):
    X, y = blobs(seed)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    return {"model": _Masked(seed, -torch.inf), "loss": loss, "X": X, "y": y}


def large(seed):
    X, y = blobs(seed)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    return {"model": _Masked(seed, -1e9), "loss": loss, "X": X, "y": y}
