"""Reshapes that move the batch; formats of segmentation masks."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, two_classes

CAUSES = (
    "rows_differ",
    "one_output",
    "class_axis",
    "labels_one_hot",
    "labels_dtype",
    "labels_column",
    "nothing_counts",
)


def wrong_flatten(seed):
    X, y = blobs(seed + 311, n=32, shape=(1, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(36, 4)

        def forward(self, x):
            return self.fc(torch.relu(self.conv(x)).view(-1, 36))

    return {"model": Net(), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def one_channel(seed):
    X, y = shapes(seed + 12, classes=2)
    return {"model": UNet(seed, 1), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def one_channel_float(seed):
    X, y = shapes(seed + 13, classes=2)
    return {"model": UNet(seed, 1), "loss": nn.CrossEntropyLoss(), "X": X, "y": y[:, None].float()}


def colours(seed):
    X, y = shapes(seed + 14)
    return {"model": UNet(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": F.one_hot(y, 3)}


def float_mask(seed):
    X, y = shapes(seed + 15)
    return {"model": UNet(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y.float()}


def all_ignored(seed):
    X, y = blobs(seed + 316)
    return {
        "model": mlp(seed),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": torch.full_like(y, -100),
    }


def two_labels_a_row(seed):
    X, y = two_classes(seed + 317)
    return {
        "model": mlp(seed, 8, 2),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": torch.stack([1 - y, y], 1),
    }
