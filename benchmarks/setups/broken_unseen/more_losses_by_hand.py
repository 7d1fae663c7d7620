"""Losses by hand with a slip."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, several_labels, two_classes

CAUSES = (
    "half_of_the_loss",
    "labels_unused",
    "sign_flipped",
    "softmax_twice",
    "capped_log",
    "unstable",
    "squared_error",
    "no_gradient",
    "arguments_swapped",
    "temperature",
    "sigmoid_before_softmax",
)


def softmax_and_log_softmax(seed):
    X, y = blobs(seed + 351)

    def loss(z, y):
        p = torch.softmax(z, 1)
        return (-F.one_hot(y, 4) * torch.log_softmax(p, 1)).sum(1).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def one_term(seed):
    X, y = several_labels(seed + 352)
    loss = lambda z, y: -(y * F.logsigmoid(z)).sum(1).mean()  # noqa: E731
    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def keras_order(seed):
    X, y = two_classes(seed + 353)
    loss = lambda z, y: F.binary_cross_entropy(y, torch.sigmoid(z))  # noqa: E731
    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


def accuracy_as_loss(seed):
    X, y = blobs(seed + 354)
    loss = lambda z, y: 1 - (z.argmax(1) == y).float().mean()  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def entropy_of_itself(seed):
    X, y = blobs(seed + 355)
    loss = lambda z, y: -(z.softmax(1) * z.log_softmax(1)).sum(1).mean()  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def tenfold(seed):
    X, y = blobs(seed + 356, k=7)
    return {
        "model": mlp(seed, 12, 7),
        "loss": lambda z, y: F.cross_entropy(10 * z, y),
        "X": X,
        "y": y,
    }
