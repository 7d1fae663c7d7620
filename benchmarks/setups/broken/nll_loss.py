"""NLLLoss fed logits, or probabilities."""

import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "nll_of_logits",
    "nll_of_probabilities",
)


def logits(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.NLLLoss(), "X": X, "y": y}


def probabilities(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed, 12, 4, 24, nn.Softmax(-1)), "loss": F.nll_loss, "X": X, "y": y}


def divergence(seed):
    X, y = blobs(seed)
    q = 0.8 * F.one_hot(y, 4) + 0.05
    return {"model": mlp(seed), "loss": nn.KLDivLoss(reduction="batchmean"), "X": X, "y": q}
