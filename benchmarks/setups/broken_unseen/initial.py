"""Weights at the start."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "dead_units",
    "symmetric_units",
    "starts_too_confident",
)


def all_ones(seed):
    X, y = blobs(seed + 231, n=40, k=3)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 3)
    )
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.ones_(layer.weight)
            nn.init.zeros_(layer.bias)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def wide_normal(seed):
    X, y = blobs(seed + 232, n=40, d=50, k=10)
    model = mlp(seed, 50, 10, 100)
    for p in model.parameters():
        nn.init.normal_(p)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def died(seed):
    X, y = blobs(seed + 233, n=40)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 4)
    )
    nn.init.constant_(model[2].bias, -50.0)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}
