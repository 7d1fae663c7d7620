"""A sigmoid before CrossEntropyLoss."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("sigmoid_before_softmax",)


def module(seed):
    X, y = blobs(seed)
    return {
        "model": mlp(seed, 12, 4, 24, nn.Sigmoid()),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": y,
    }


def two_outputs(seed):
    X, y = two_classes(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(8, 16), nn.Linear(16, 2)

        def forward(self, x):
            return torch.sigmoid(self.b(torch.relu(self.a(x))))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
