"""Logarithms and exponentials by hand."""

import torch
from torch import nn

from benchmarks.setups.common import blobs, mlp, several_labels, two_classes

CAUSES = (
    "unstable",
    "capped_log",
)


def clamp(seed):
    X, y = blobs(seed + 141, n=48, k=6)

    def loss(p, y):
        return -torch.log(torch.clamp(p, 1e-6, 1.0)).gather(1, y[:, None]).mean()

    return {"model": mlp(seed, 12, 6, 24, nn.Softmax(1)), "loss": loss, "X": X, "y": y}


def one_minus_p(seed):
    X, y = two_classes(seed + 142)

    def loss(z, y):
        p = 1 / (1 + torch.exp(-z))
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


def softplus_by_hand(seed):
    X, y = several_labels(seed + 143)

    def loss(z, y):
        return (torch.log(1 + torch.exp(z)) - y * z).mean()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}
