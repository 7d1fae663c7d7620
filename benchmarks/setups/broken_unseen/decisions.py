"""From outputs to decisions."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, several_labels, two_classes, walk

CAUSES = (
    "threshold",
    "argmax_of_one_column",
    "decision_axis",
    "decision_reversed",
)


def int_of_sigmoid(seed):
    X, y = two_classes(seed + 221)
    model = mlp(seed, 8, 1)

    def predict(X):
        return torch.sigmoid(model(X)).int()

    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": predict,
    }


def torch_max(seed):
    X, y = two_classes(seed + 222)
    model = mlp(seed, 8, 1)

    def predict(X):
        return torch.max(model(X), 1)[1]

    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": predict,
    }


def half_of_logits(seed):
    X, y = several_labels(seed + 223, n=30, k=8)
    model = mlp(seed, 10, 8)

    def predict(X):
        return (model(X) >= 0.5).float()

    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y, "predict": predict}


def smallest(seed):
    X, y = blobs(seed + 224, k=6)
    model = mlp(seed, 12, 6)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).topk(6).indices[:, -1],
    }


def last_axis(seed):
    tokens = walk(seed + 18, n=6, length=9)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Embedding(11, 12), nn.Linear(12, 4))

    def loss(z, y):
        return F.cross_entropy(z.transpose(1, 2), y)

    return {
        "model": model,
        "loss": loss,
        "X": tokens,
        "y": tokens % 4,
        "predict": lambda X: model(X).argmax(1),
    }
