"""Two classes, one or two outputs."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import mlp, two_classes


def one_logit(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1)

    def predict(X):
        return (model(X) > 0).long()

    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": predict,
    }


def squeezed(seed):
    X, y = two_classes(seed)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z.squeeze(1), y.float())

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y}


def probabilities(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1, 16, nn.Sigmoid())

    def predict(X):
        return model(X) > 0.5

    return {
        "model": model,
        "loss": nn.BCELoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": predict,
    }


def two_outputs(seed):
    X, y = two_classes(seed)
    return {"model": mlp(seed, 8, 2), "loss": F.cross_entropy, "X": X, "y": y}


def margin(seed):
    X, y = two_classes(seed)
    return {
        "model": mlp(seed, 8, 1),
        "loss": nn.SoftMarginLoss(),
        "X": X,
        "y": (2.0 * y - 1)[:, None],
    }


def rare(seed):
    X, y = two_classes(seed, n=200, share=0.04)
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(20.0))
    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}
