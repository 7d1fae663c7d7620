"""Signs."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("sign_flipped",)


def double_minus(seed):
    X, y = blobs(seed + 131, n=55, k=5)

    def loss(z, y):
        return -F.nll_loss(F.log_softmax(z, -1), y)

    return {"model": mlp(seed, 12, 5), "loss": loss, "X": X, "y": y}


def focal_sign(seed):
    X, y = blobs(seed + 132, n=55, k=5)

    def loss(z, y):
        logp = z.log_softmax(1).gather(1, y[:, None]).squeeze(1)
        return ((1 - logp.exp()) ** 2 * logp).mean()

    return {"model": mlp(seed, 12, 5), "loss": loss, "X": X, "y": y}


def binary_by_hand(seed):
    X, y = two_classes(seed + 133)

    def loss(p, y):
        return (y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8)).mean()

    return {
        "model": mlp(seed, 8, 1, 16, nn.Sigmoid()),
        "loss": loss,
        "X": X,
        "y": y.float()[:, None],
    }
