"""Axes of batch and time in the wrong order."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("examples_mixed",)


def batch_first(seed):
    X, y = blobs(seed, shape=(6, 5))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.r, self.o = nn.LSTM(5, 12), nn.Linear(12, 4)

        def forward(self, x):
            return self.o(self.r(x)[0][:, -1])

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def view(seed):
    X, y = blobs(seed, shape=(3, 4))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x.permute(1, 2, 0).reshape(len(x), -1))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
