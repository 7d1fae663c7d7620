"""The loss in half precision."""

import torch
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "half_precision",
    "half_overflow",
)


def bfloat(seed):
    X, y = blobs(seed)
    model = mlp(seed).to(torch.bfloat16)
    return {"model": model, "loss": nn.CrossEntropyLoss(), "X": X.to(torch.bfloat16), "y": y}


def overflow(seed):
    X, y = blobs(seed)
    model = mlp(seed).half()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "X": (30000 * X).clamp(-6e4, 6e4).half(),
        "y": y,
    }
