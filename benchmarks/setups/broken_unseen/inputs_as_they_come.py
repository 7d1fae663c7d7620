"""Inputs as they come."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "inputs_unscaled",
    "inputs_constant",
    "nonfinite_data",
)


def incomes(seed):
    X, y = two_classes(seed + 241, n=120, d=5)
    X = X * torch.tensor([20000.0, 10.0, 1.0, 5.0, 300.0]) + torch.tensor(
        [50000.0, 40.0, 0.0, 5.0, 700.0]
    )
    return {
        "model": mlp(seed, 5, 1),
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
    }


def bytes_as_floats(seed):
    X, y = blobs(seed + 242, n=30, k=10, shape=(3, 10, 10))
    X = (40 * X + 128).clamp(0, 255).round()
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10)
    )
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def divided_by_zero(seed):
    X, y = blobs(seed + 243)
    X[:, 3] = 7.0
    X = (X - X.mean(0)) / X.std(0)
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X, "y": y}
