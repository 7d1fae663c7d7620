"""Layers in a plain list."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs

CAUSES = ("unregistered_parameters",)


def plain_list(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.hidden = [nn.Linear(12, 24), nn.Linear(24, 24)]
            self.out = nn.Linear(24, 4)

        def forward(self, x):
            for layer in self.hidden:
                x = torch.relu(layer(x))
            return self.out(x)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
