"""Weights that do harm."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "weights_inverted",
    "class_ignored",
)


def frequencies(seed):
    X, y = two_classes(seed + 101, n=200, share=0.15)
    counts = torch.bincount(y).float()
    criterion = nn.CrossEntropyLoss(weight=counts / counts.sum())
    return {"model": mlp(seed, 8, 2), "loss": criterion, "X": X, "y": y}


def ignore_zero(seed):
    X, y = blobs(seed + 102, n=90, k=3)

    def loss(z, y):
        return F.cross_entropy(z, y, ignore_index=0)

    return {"model": mlp(seed, 12, 3), "loss": loss, "X": X, "y": y, "ignore_index": 0}


def ratio_upside_down(seed):
    X, y = two_classes(seed + 103, n=300, share=0.1)
    weight = torch.tensor(float(y.sum() / (len(y) - y.sum())))

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z[:, 0], y.float(), pos_weight=weight)

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y}
