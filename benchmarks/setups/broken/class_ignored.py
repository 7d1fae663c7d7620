"""ignore_index collides with a class."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("class_ignored",)


def module(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(ignore_index=0), "X": X, "y": y}


def weight_of_zero(seed):
    X, y = blobs(seed)
    weight = torch.tensor([1.0, 1.0, 0.0, 1.0])
    return {
        "model": mlp(seed),
        "loss": lambda z, y: F.cross_entropy(z, y, weight=weight),
        "X": X,
        "y": y,
    }
