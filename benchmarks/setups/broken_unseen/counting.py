"""Labels counted otherwise than the loss counts."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, two_classes

CAUSES = (
    "labels_from_one",
    "labels_out_of_range",
    "labels_negative",
)


def mat_file(seed):
    X, y = blobs(seed + 81, n=100, k=10, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))
    return {"model": model, "loss": nn.CrossEntropyLoss(), "X": X, "y": y + 1}


def mask_of_255(seed):
    X, y = shapes(seed + 1, classes=2)
    return {"model": UNet(seed, 2), "loss": nn.CrossEntropyLoss(), "X": X, "y": y * 255}


def too_small_a_head(seed):
    X, y = blobs(seed + 82, n=100, k=12)
    return {"model": mlp(seed, 12, 10), "loss": F.cross_entropy, "X": X, "y": y}


def sentiment(seed):
    X, y = blobs(seed + 83, n=60, k=3)
    return {"model": mlp(seed, 12, 3), "loss": F.cross_entropy, "X": X, "y": y - 1}


def hinge_labels(seed):
    X, y = two_classes(seed + 84)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z.squeeze(-1), y.float())

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": 2 * y - 1}
