"""The graph is cut at the output."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("no_gradient",)


def argmax(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return F.mse_loss(z.argmax(1).float(), y.float())

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def detached(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x).detach()

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def everything_frozen(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed).requires_grad_(False), "loss": F.cross_entropy, "X": X, "y": y}
