"""The mean is taken over padding too."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, UNet, shapes, walk

CAUSES = ("divided_by_padding",)


def masked(seed):
    tokens = walk(seed, n=10, length=14, first=1)
    lengths = torch.randint(5, 14, (10,), generator=torch.Generator().manual_seed(seed))
    tokens[torch.arange(14) >= lengths[:, None]] = 0

    def loss(z, y):
        each = F.cross_entropy(z.transpose(1, 2), y, reduction="none")
        return (each * (y != 0)).mean()

    return {
        "model": TinyLM(seed),
        "loss": loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "ignore_index": 0,
    }


def none_then_mean(seed):
    X, y = shapes(seed)
    y[:, :4] = 255
    per = nn.CrossEntropyLoss(ignore_index=255, reduction="none")
    return {
        "model": UNet(seed),
        "loss": lambda z, y: per(z, y).mean(),
        "X": X,
        "y": y,
        "ignore_index": 255,
    }
