"""Class weights upside down."""

import torch
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("weights_inverted",)


def classes(seed):
    X, y = blobs(seed, n=120)
    y[y == 3] = torch.where(torch.rand((y == 3).sum()) < 0.8, 0, 3)
    weight = torch.bincount(y, minlength=4) / len(y)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(weight=weight), "X": X, "y": y}


def positive(seed):
    X, y = two_classes(seed, n=200, share=0.1)
    pos_weight = y.sum() / (1 - y).sum()
    loss = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}
