"""X and y apart."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "step_mixes_labels",
    "labels_unrelated",
    "labels_unused",
)


def sampled_apart(seed):
    X, y = blobs(seed + 201, n=100, k=5)
    model = mlp(seed, 12, 5)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        i, j = torch.randint(0, len(X), (32,)), torch.randint(0, len(X), (32,))
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X[i]), y[j])
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def sorted_labels(seed):
    X, y = blobs(seed + 202, n=120, k=4, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y.sort().values}


def wrong_variable(seed):
    X, y = blobs(seed + 203, n=50)
    other = torch.zeros(50, dtype=torch.long)
    other[::2] = 1

    def loss(z, y):
        return F.cross_entropy(z, other)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}
