"""Activations on the logits."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "relu_on_logits",
    "bounded_logits",
    "sigmoid_before_softmax",
)


def relu_last(seed):
    X, y = blobs(seed + 51, n=70, d=30, k=7)
    torch.manual_seed(seed)
    layers = []
    for a, b in ((30, 40), (40, 40), (40, 7)):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return {"model": nn.Sequential(*layers), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def tanh_last(seed):
    X, y = blobs(seed + 52, n=70, k=3)
    return {"model": mlp(seed, 12, 3, 16, nn.Tanh()), "loss": F.cross_entropy, "X": X, "y": y}


def cosine_without_scale(seed):
    X, y = blobs(seed + 53, n=60, k=8)

    class Cosine(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.encoder = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 16))
            self.prototypes = nn.Parameter(torch.randn(8, 16))

        def forward(self, x):
            return F.normalize(self.encoder(x), dim=-1) @ F.normalize(self.prototypes, dim=-1).t()

    return {"model": Cosine(), "loss": F.cross_entropy, "X": X, "y": y}


def binary_relu(seed):
    X, y = two_classes(seed + 54)
    model = mlp(seed, 8, 1, 16, nn.ReLU())
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y.float()[:, None]}


def sigmoid_last(seed):
    X, y = blobs(seed + 55, n=80, k=4, shape=(2, 6, 6))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 4), nn.Sigmoid()
    )
    return {"model": model, "loss": nn.CrossEntropyLoss(), "X": X, "y": y}
