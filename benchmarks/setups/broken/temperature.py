"""A temperature left in."""

import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp

CAUSES = ("temperature",)


def four(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": lambda z, y: F.cross_entropy(z / 4, y), "X": X, "y": y}


def tenth(seed):
    X, y = blobs(seed, k=7)

    def loss(z, y):
        return F.nll_loss((z / 0.1).log_softmax(1), y)

    return {"model": mlp(seed, 12, 7), "loss": loss, "X": X, "y": y}
