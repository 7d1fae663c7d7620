"""Sums and learning rates."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, trainer, two_classes

CAUSES = (
    "summed",
    "learning_rate_too_high",
)


def segmentation_sum(seed):
    X, y = shapes(seed + 10)
    model = UNet(seed)
    criterion = nn.CrossEntropyLoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return {
        "model": model,
        "loss": criterion,
        "X": X,
        "y": y,
        "step": trainer(model, criterion, optimizer),
    }


def too_high(seed):
    X, y = blobs(seed + 111, n=64, d=40, k=5)
    model = mlp(seed, 40, 5, 64)
    optimizer = torch.optim.SGD(model.parameters(), lr=30.0)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def adam_of_one(seed):
    X, y = two_classes(seed + 112, n=100, d=20)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "optimizer": optimizer,
    }
