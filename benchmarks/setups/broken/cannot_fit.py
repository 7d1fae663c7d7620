"""Nothing to learn from."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import two_classes

CAUSES = ("cannot_fit",)


def parity(seed):
    X = torch.rand(600, 3, generator=torch.Generator().manual_seed(seed)).round()
    y = X.sum(1).long() % 2
    torch.manual_seed(seed)
    return {"model": nn.Linear(3, 2), "loss": F.cross_entropy, "X": X, "y": y}


def sign_only(seed):
    X, y = two_classes(seed, n=600)
    X = torch.rand(600, 2, generator=torch.Generator().manual_seed(seed)).round()
    y = (X[:, 0] != X[:, 1]).float()[:, None]
    torch.manual_seed(seed)
    return {"model": nn.Linear(2, 1), "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y}
