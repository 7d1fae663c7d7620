"""ReLU or tanh behind the last layer."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "relu_on_logits",
    "bounded_logits",
)


def relu(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed, 12, 4, 24, nn.ReLU()), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def tanh(seed):
    X, y = blobs(seed)

    def loss(z, y):
        return F.cross_entropy(torch.tanh(z), y)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def relu_functional(seed):
    X, y = blobs(seed, shape=(1, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(144, 4)

        def forward(self, x):
            x = F.relu(self.conv(x)).flatten(1)
            return F.relu(self.fc(x))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
