"""MSE instead of a cross-entropy."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "squared_error",
    "regression_on_labels",
)


def one_hot(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return F.mse_loss(z, F.one_hot(y, 4).float())

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def sigmoid(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1, 16, nn.Sigmoid())
    return {"model": model, "loss": nn.MSELoss(), "X": X, "y": y.float()[:, None]}


def class_numbers(seed):
    X, y = blobs(seed, k=5)
    return {"model": mlp(seed, 12, 1), "loss": nn.MSELoss(), "X": X, "y": y.float()[:, None]}
