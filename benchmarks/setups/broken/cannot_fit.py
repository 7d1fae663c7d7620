"""A model that is too small for what it shall learn."""

import torch
import torch.nn.functional as F
from torch import nn

CAUSES = ("cannot_fit",)


def _exclusive_or(seed):
    X = torch.rand(600, 2, generator=torch.Generator().manual_seed(seed)).round()
    return X, (X[:, 0] != X[:, 1]).long()


def one_output(seed):
    X, y = _exclusive_or(seed)
    torch.manual_seed(seed)
    y = y.float()[:, None]
    return {"model": nn.Linear(2, 1), "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y}


def two_outputs(seed):
    X, y = _exclusive_or(seed)
    torch.manual_seed(seed)
    return {"model": nn.Linear(2, 2), "loss": F.cross_entropy, "X": X, "y": y}
