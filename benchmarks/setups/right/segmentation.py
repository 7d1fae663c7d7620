"""A label a pixel."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, shapes


def module(seed):
    X, y = shapes(seed)
    model = UNet(seed)

    def predict(X):
        model.eval()
        with torch.no_grad():
            return model(X).argmax(1)

    return {"model": model, "loss": nn.CrossEntropyLoss(), "X": X, "y": y, "predict": predict}


def void(seed):
    X, y = shapes(seed)
    y[:, 0] = 255
    return {
        "model": UNet(seed),
        "loss": nn.CrossEntropyLoss(ignore_index=255),
        "X": X,
        "y": y,
        "ignore_index": 255,
    }


def weighted(seed):
    X, y = shapes(seed)
    loss = nn.CrossEntropyLoss(weight=torch.tensor([0.2, 2.0, 2.0]))
    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}


def dice(seed):
    X, y = shapes(seed, classes=2)
    target = y.float()[:, None]

    def loss(z, y):
        p = z.sigmoid()
        dice = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
        return dice + F.binary_cross_entropy_with_logits(z, y)

    return {"model": UNet(seed, classes=1), "loss": loss, "X": X, "y": target}
