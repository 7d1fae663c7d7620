"""A softmax in the model and another in the loss."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes

CAUSES = ("softmax_twice",)


def module(seed):
    X, y = blobs(seed)
    return {
        "model": mlp(seed, 12, 4, 24, nn.Softmax(dim=1)),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": y,
    }


def function(seed):
    X, y = blobs(seed, k=10)
    return {
        "model": mlp(seed, 12, 10),
        "loss": lambda z, y: F.cross_entropy(z.softmax(-1), y),
        "X": X,
        "y": y,
    }


def segmentation(seed):
    X, y = shapes(seed)

    class Probabilities(UNet):
        def forward(self, x):
            return super().forward(x).softmax(1)

    return {"model": Probabilities(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}
