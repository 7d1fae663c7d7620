"""The input gets lost on the way."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("input_ignored",)


def overwritten(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(torch.zeros_like(x))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def multiplied_by_zero(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x * 0 + 1)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
