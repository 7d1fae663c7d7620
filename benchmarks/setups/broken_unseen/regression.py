"""A squared or absolute error on classes."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, several_labels

CAUSES = (
    "squared_error",
    "regression_on_labels",
)


def softmax_and_mse(seed):
    X, y = blobs(seed + 61, n=90, k=6)
    criterion = nn.MSELoss()

    def loss(p, y):
        return criterion(p, F.one_hot(y, 6).float())

    return {"model": mlp(seed, 12, 6, 30, nn.Softmax(1)), "loss": loss, "X": X, "y": y}


def stars(seed):
    X, y = blobs(seed + 62, n=90, k=5)

    def loss(z, y):
        return F.mse_loss(z.squeeze(), y.float())

    return {"model": mlp(seed, 12, 1), "loss": loss, "X": X, "y": y}


def labels_absolute(seed):
    X, y = several_labels(seed + 63)
    return {"model": mlp(seed, 10, 5, 16, nn.Sigmoid()), "loss": nn.MSELoss(), "X": X, "y": y}
