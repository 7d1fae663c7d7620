"""BCELoss, or a logarithm, of raw logits."""

import torch
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("logits_as_probabilities",)


def module(seed):
    X, y = two_classes(seed)
    return {"model": mlp(seed, 8, 1), "loss": nn.BCELoss(), "X": X, "y": y.float()[:, None]}


def by_hand(seed):
    X, y = blobs(seed)

    def loss(p, y):
        return -torch.log(p[torch.arange(len(y)), y]).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}
