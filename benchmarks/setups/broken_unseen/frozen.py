"""Frozen more than was meant."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "no_gradient",
    "frozen_parameters",
    "optimizer_holds_part",
)


def after_the_new_head(seed):
    X, y = blobs(seed + 271, k=3)
    model = mlp(seed, 12, 10)
    model[2] = nn.Linear(24, 3)
    for p in model.parameters():
        p.requires_grad = False
    optimizer = torch.optim.Adam(model.parameters())
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def the_head_too(seed):
    X, y = blobs(seed + 272, k=3)
    model = mlp(seed, 12, 3)
    model[2].requires_grad_(False)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}
