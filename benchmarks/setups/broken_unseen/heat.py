"""Temperatures."""

import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("temperature",)


def from_distillation(seed):
    X, y = blobs(seed + 281, n=50, k=9)

    def loss(z, y):
        return F.cross_entropy(z / 20.0, y)

    return {"model": mlp(seed, 12, 9), "loss": loss, "X": X, "y": y}


def binary(seed):
    X, y = two_classes(seed + 282)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z / 5, y)

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}
