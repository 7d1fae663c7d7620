"""Classes on the wrong axis."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, UNet, shapes, walk

CAUSES = ("class_axis",)


def raises(seed):
    tokens = walk(seed, length=10)
    X, y = tokens[:, :-1], tokens[:, 1:]
    return {"model": TinyLM(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def as_long_as_wide(seed):
    tokens = walk(seed)
    X, y = tokens[:, :-1], tokens[:, 1:]
    return {"model": TinyLM(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def reshaped(seed):
    X, y = shapes(seed)

    def loss(z, y):
        return F.cross_entropy(z.view(-1, 3), y.view(-1))

    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}


def viewed(seed):
    tokens = walk(seed, length=10)
    X, y = tokens[:, :-1], tokens[:, 1:]

    def loss(z, y):
        return F.cross_entropy(z.reshape(len(z), 11, -1), y)

    return {"model": TinyLM(seed), "loss": loss, "X": X, "y": y}
