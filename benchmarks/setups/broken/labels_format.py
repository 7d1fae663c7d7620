"""Labels of a dtype or shape that the loss does not take."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "labels_dtype",
    "labels_one_hot",
    "labels_column",
)


def floats(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y.float()}


def small_integers(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y.int()}


def one_hot(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": F.one_hot(y, 4)}


def column(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y[:, None]}


def binary_integers(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1, 16, nn.Flatten(0))
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y}
