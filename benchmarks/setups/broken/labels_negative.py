"""Labels of -1."""

import torch
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("labels_negative",)


def missing(seed):
    X, y = blobs(seed)
    y[::9] = -1
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def indexed(seed):
    X, y = blobs(seed)
    y[::9] = -1

    def loss(z, y):
        return -z.log_softmax(1)[torch.arange(len(y)), y].mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def plus_minus(seed):
    X, y = two_classes(seed)
    return {
        "model": mlp(seed, 8, 1),
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": (2.0 * y - 1)[:, None],
    }
