"""Layers that model.parameters() does not know."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs

CAUSES = ("unregistered_parameters",)


def dictionary(seed):
    X, y = blobs(seed + 171, n=40)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.parts = {"in": nn.Linear(12, 20), "out": nn.Linear(20, 4)}
            self.norm = nn.LayerNorm(20)

        def forward(self, x):
            return self.parts["out"](torch.relu(self.norm(self.parts["in"](x))))

    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def experts(seed):
    X, y = blobs(seed + 172, n=40, k=3)

    class Mixture(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.gate = nn.Linear(12, 3)
            self.experts = [nn.Linear(12, 3) for _ in range(3)]

        def forward(self, x):
            g = self.gate(x).softmax(1)
            return sum(g[:, i : i + 1] * e(x) for i, e in enumerate(self.experts))

    return {"model": Mixture(), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}
