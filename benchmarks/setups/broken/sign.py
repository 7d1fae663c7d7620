"""The minus is missing."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("sign_flipped",)


def logs(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return F.log_softmax(z, 1)[torch.arange(len(y)), y].mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def binary(seed):
    X, y = two_classes(seed)

    def loss(z, y):
        return -F.binary_cross_entropy_with_logits(z, y)

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}
