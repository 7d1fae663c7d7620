"""Other errors."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("does_not_run",)


def too_few_weights(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(weight=torch.ones(3)), "X": X, "y": y}


def doubles(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X.double(), "y": y}
