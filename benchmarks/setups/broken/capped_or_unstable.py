"""The logarithm of a softmax, clamped or not."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "capped_log",
    "unstable",
)


def naive(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return -torch.log(F.softmax(z, 1)[torch.arange(len(y)), y]).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def eps(seed):
    X, y = two_classes(seed)

    def loss(z, y):
        p = z.sigmoid()
        return -(y * (p + 1e-7).log() + (1 - y) * (1 - p + 1e-7).log()).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


def exponentials(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return (z.exp().sum(1).log() - z.gather(1, y[:, None])[:, 0]).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}
