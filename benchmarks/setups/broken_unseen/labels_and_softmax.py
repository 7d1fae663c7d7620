"""Several labels, other targets."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, several_labels

CAUSES = (
    "softmax_for_several_labels",
    "targets_not_probabilities",
    "half_of_the_loss",
)


def genres(seed):
    X, y = several_labels(seed + 261, n=50, k=12)

    def loss(z, y):
        return -(y * z.log_softmax(1)).sum(1).mean()

    return {"model": mlp(seed, 10, 12), "loss": loss, "X": X, "y": y}


def teacher(seed):
    X, _y = blobs(seed + 262)
    q = 3 * mlp(seed + 5)(X).detach()

    def loss(z, q):
        return F.kl_div(z.log_softmax(1), q, reduction="batchmean")

    return {"model": mlp(seed), "loss": loss, "X": X, "y": q}


def autoencoder(seed):
    X, _ = blobs(seed + 263, n=40, d=16)
    X = (30 * X + 128).clamp(0, 255)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 16))
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X / 255, "y": X}
