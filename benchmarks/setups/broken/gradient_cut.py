"""The graph is cut in the middle."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, trainer

CAUSES = ("gradient_cut",)


def detach(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 24), nn.Linear(24, 4)

        def forward(self, x):
            return self.b(torch.relu(self.a(x)).detach())

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def data(seed):
    X, y = blobs(seed, shape=(1, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.conv = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
            self.fc = nn.Linear(144, 4)

        def forward(self, x):
            return self.fc(self.conv(x).data.flatten(1))

    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }
