"""Dead units, constant weights."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "dead_units",
    "symmetric_units",
)


def zeros(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    for p in model.parameters():
        nn.init.zeros_(p)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def constant(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    for layer in (model[0], model[2]):
        nn.init.constant_(layer.weight, 0.1)
        nn.init.zeros_(layer.bias)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def dead(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    nn.init.constant_(model[0].bias, -100.0)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}
