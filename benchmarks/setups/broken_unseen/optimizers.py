"""The optimizer of something else."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, trainer

CAUSES = (
    "optimizer_other_parameters",
    "optimizer_holds_part",
)


def deep_copy(seed):
    X, y = blobs(seed + 181)
    first = mlp(seed)
    optimizer = torch.optim.Adam(first.parameters(), lr=1e-3)
    model = copy.deepcopy(first)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def new_classifier(seed):
    X, y = blobs(seed + 182, k=3)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.features = nn.Sequential(nn.Linear(12, 30), nn.ReLU())
            self.classifier = nn.Linear(30, 1000)

        def forward(self, x):
            return self.classifier(self.features(x))

    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    model.classifier = nn.Linear(30, 3)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def only_the_encoder(seed):
    X, y = shapes(seed + 15)
    model = UNet(seed)
    optimizer = torch.optim.Adam(model.down.parameters())
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }
