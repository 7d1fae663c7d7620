"""Several labels an example."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import mlp, several_labels


def module(seed):
    X, y = several_labels(seed)
    model = mlp(seed, 10, 5)
    optimizer = torch.optim.Adam(model.parameters())

    def predict(X):
        return (torch.sigmoid(model(X)) > 0.5).int()

    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "predict": predict,
    }


def weighted(seed):
    X, y = several_labels(seed)
    weight = (1 - y).sum(0) / y.sum(0).clamp_min(1)
    return {
        "model": mlp(seed, 10, 5),
        "loss": nn.BCEWithLogitsLoss(pos_weight=weight),
        "X": X,
        "y": y,
    }


def summed_over_labels(seed):
    X, y = several_labels(seed)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1).mean()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}
