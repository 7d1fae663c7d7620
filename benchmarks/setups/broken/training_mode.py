"""Decisions in training mode, or dropout that never rests."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs

CAUSES = (
    "training_mode_in_evaluation",
    "dropout_always_on",
)


def predict(seed):
    X, y = blobs(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 4))
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).argmax(1),
    }


def functional(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 24), nn.Linear(24, 4)

        def forward(self, x):
            return self.b(F.dropout(torch.relu(self.a(x)), 0.5))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
