"""Decisions and data."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, several_labels, two_classes

CAUSES = (
    "one_of_several",
    "decisions_differ",
    "decision_axis",
    "threshold",
    "labels_in_inputs",
    "labels_constant",
    "inputs_constant",
    "input_ignored",
    "targets_not_probabilities",
)


def argmax_of_many(seed):
    X, y = several_labels(seed + 341)
    model = mlp(seed, 10, 5)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y,
        "predict": lambda X: model(X).argmax(1),
    }


def value_for_index(seed):
    X, y = blobs(seed + 342)
    model = mlp(seed)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: torch.max(model(X), 1)[0],
    }


def sigmoid_above_zero(seed):
    X, y = two_classes(seed + 343)
    model = mlp(seed, 8, 1)
    loss = lambda z, y: F.binary_cross_entropy_with_logits(z[:, 0], y.float())  # noqa: E731
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y,
        "predict": lambda X: (torch.sigmoid(model(X)) > 0).long(),
    }


def probabilities_above_zero(seed):
    X, y = two_classes(seed + 344)
    model = mlp(seed, 8, 1, 16, nn.Sigmoid())
    return {
        "model": model,
        "loss": nn.BCELoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": lambda X: model(X) > 0,
    }


def answer_in_a_column(seed):
    X, y = blobs(seed + 345)
    X[:, 5] = y.float()
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X, "y": y}


def sorted_batch(seed):
    X, y = blobs(seed + 346, n=300)
    order = y.argsort()
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X[order][:64], "y": y[order][:64]}


def raw_counts(seed):
    X, y = blobs(seed + 347)
    votes = 10 * F.one_hot(y, 4).float() + 2
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": votes}
