"""A threshold that does not fit the outputs."""

import torch
from torch import nn

from benchmarks.setups.common import mlp, several_labels, two_classes

CAUSES = (
    "threshold",
    "argmax_of_one_column",
)


def logits(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1)
    loss = nn.BCEWithLogitsLoss()

    def predict(X):
        return (model(X) > 0.5).long()

    return {"model": model, "loss": loss, "X": X, "y": y.float()[:, None], "predict": predict}


def argmax(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1)
    loss = nn.BCEWithLogitsLoss()

    def predict(X):
        return torch.sigmoid(model(X)).argmax(1)

    return {"model": model, "loss": loss, "X": X, "y": y.float()[:, None], "predict": predict}


def rounded(seed):
    X, y = several_labels(seed)
    model = mlp(seed, 10, 5)

    def predict(X):
        return model(X).round()

    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y, "predict": predict}
