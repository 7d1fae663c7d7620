"""A sum where the learning rate is meant for a mean."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("summed",)


def module(seed):
    X, y = blobs(seed, n=256)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(reduction="sum"),
        "X": X,
        "y": y,
        "optimizer": optimizer,
    }


def function(seed):
    X, y = two_classes(seed)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z, y, reduction="sum")

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}
