"""Labels in another form than the loss wants."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, two_classes

CAUSES = (
    "labels_dtype",
    "labels_one_hot",
    "labels_column",
)


def from_numpy_int32(seed):
    X, y = blobs(seed + 91, n=40, k=3)
    return {
        "model": mlp(seed, 12, 3),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": y.to(torch.int32),
    }


def get_dummies(seed):
    X, y = blobs(seed + 92, n=40, k=3)
    return {
        "model": mlp(seed, 12, 3),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": F.one_hot(y, 3).to(torch.uint8),
    }


def reshaped_column(seed):
    X, y = blobs(seed + 93, n=40, k=3)
    return {
        "model": mlp(seed, 12, 3),
        "loss": F.cross_entropy,
        "X": X,
        "y": y.reshape(-1, 1).float(),
    }


def channel_of_masks(seed):
    X, y = shapes(seed + 2)
    return {"model": UNet(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y[:, None]}


def booleans(seed):
    X, y = two_classes(seed + 94)
    model = mlp(seed, 8, 1)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z.squeeze(1), y)

    return {"model": model, "loss": loss, "X": X, "y": y.bool()}
