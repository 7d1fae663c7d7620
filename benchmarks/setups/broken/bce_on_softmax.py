"""Binary cross-entropy of a softmax's probabilities."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("bce_on_softmax",)


def module(seed):
    X, y = blobs(seed)
    model = mlp(seed, 12, 4, 24, nn.Softmax(1))
    return {"model": model, "loss": nn.BCELoss(), "X": X, "y": F.one_hot(y, 4).float()}


def with_logits(seed):
    X, y = blobs(seed)

    def loss(p, y):
        return F.binary_cross_entropy_with_logits(p, F.one_hot(y, 4).float())

    return {"model": mlp(seed, 12, 4, 24, nn.Softmax(1)), "loss": loss, "X": X, "y": y}
