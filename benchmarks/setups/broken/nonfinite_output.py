"""Weights that are no numbers."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("nonfinite_output",)


def weights(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    model[0].weight.data[0, 0] = torch.nan
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def root_of_negative(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(torch.sqrt(x))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
