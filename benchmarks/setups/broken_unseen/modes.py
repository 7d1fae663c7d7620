"""train() and eval() in the wrong place."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs

CAUSES = (
    "evaluation_mode_in_training",
    "training_mode_in_evaluation",
    "dropout_always_on",
)


def _net(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(288, 4),
    )


def after_validation(seed):
    X, y = blobs(seed + 211, n=48, shape=(1, 8, 8))
    model = _net(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    def predict(X):
        model.eval()
        return model(X).argmax(1)

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "predict": predict,
    }


def batch_norm_at_test(seed):
    X, y = blobs(seed + 212, n=48, shape=(1, 8, 8))
    model = _net(seed)

    def predict(X):
        with torch.no_grad():
            return model(X).max(1).indices

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "predict": predict}


def train_false(seed):
    X, y = blobs(seed + 213, n=48, shape=(1, 8, 8))
    model = _net(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        model.train(False)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
