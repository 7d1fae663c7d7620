"""The softmax over the examples of the batch."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("softmax_wrong_axis",)


def in_the_model(seed):
    X, y = blobs(seed)

    def loss(p, y):
        return -torch.log(p[torch.arange(len(y)), y]).mean()

    return {"model": mlp(seed, 12, 4, 24, nn.Softmax(dim=0)), "loss": loss, "X": X, "y": y}


def log_softmax(seed):
    X, y = blobs(seed, k=6)
    model = mlp(seed, 12, 6, 24, nn.LogSoftmax(dim=0))
    return {"model": model, "loss": nn.NLLLoss(), "X": X, "y": y}


def in_the_loss(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return F.nll_loss(F.log_softmax(z, dim=0), y)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}
