"""Divisors and multiples."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes

CAUSES = (
    "divided_twice",
    "summed",
    "kl_mean",
    "scaled",
    "mean_of_means",
)


def mean_over_n(seed):
    X, y = blobs(seed + 331, n=64)
    criterion = nn.CrossEntropyLoss()
    return {"model": mlp(seed), "loss": lambda z, y: criterion(z, y) / z.size(0), "X": X, "y": y}


def times_the_batch(seed):
    X, y = blobs(seed + 332, n=64)
    return {"model": mlp(seed), "loss": lambda z, y: F.cross_entropy(z, y) * len(y), "X": X, "y": y}


def kl_default(seed):
    X, y = blobs(seed + 333, k=8)
    q = 0.9 * F.one_hot(y, 8) + 0.1 / 8
    loss = lambda z, q: F.kl_div(z.log_softmax(1), q)  # noqa: E731
    return {"model": mlp(seed, 12, 8), "loss": loss, "X": X, "y": q}


def sum_of_pixels(seed):
    X, y = shapes(seed + 34)
    loss = lambda z, y: F.cross_entropy(z, y, reduction="none").sum()  # noqa: E731
    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}
