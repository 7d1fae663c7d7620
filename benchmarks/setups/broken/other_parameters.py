"""The optimizer holds other parameters."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "optimizer_other_parameters",
    "optimizer_holds_part",
)


def other_model(seed):
    X, y = blobs(seed)
    model, other = mlp(seed), mlp(seed)
    optimizer = torch.optim.Adam(other.parameters())
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def replaced_head(seed):
    X, y = blobs(seed)
    model = mlp(seed, 12, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model[2] = nn.Linear(24, 4)
    step = trainer(model, F.cross_entropy, optimizer)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def without_the_head(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model[0].parameters(), lr=0.1)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}
