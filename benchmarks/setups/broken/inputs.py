"""Inputs that are not scaled, constant, or not numbers."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "inputs_unscaled",
    "inputs_constant",
    "nonfinite_data",
)


def pixels(seed):
    X, y = blobs(seed, shape=(1, 8, 8))
    X = (255 * (X - X.min()) / (X.max() - X.min())).round()
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def the_same(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X[:1].repeat(96, 1), "y": y}


def missing(seed):
    X, y = blobs(seed)
    X[3, 4] = torch.nan
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X, "y": y}
