"""Probabilities handed to BCEWithLogitsLoss."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import mlp, several_labels, two_classes

CAUSES = ("sigmoid_twice",)


def module(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1, 16, nn.Sigmoid())
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y.float()[:, None]}


def several(seed):
    X, y = several_labels(seed)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(torch.sigmoid(z), y)

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}
