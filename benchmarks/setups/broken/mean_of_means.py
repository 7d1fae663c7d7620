"""Rows are averaged first, then averaged again."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import TinyLM, walk

CAUSES = ("mean_of_means",)


def sequences(seed):
    tokens = walk(seed, n=10, length=14, first=1)
    lengths = torch.randint(5, 14, (10,), generator=torch.Generator().manual_seed(seed))
    tokens[torch.arange(14) >= lengths[:, None]] = 0

    def loss(z, y):
        each = F.cross_entropy(z.transpose(1, 2), y, reduction="none") * (y != 0)
        return (each.sum(1) / (y != 0).sum(1)).mean()

    return {
        "model": TinyLM(seed),
        "loss": loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "ignore_index": 0,
    }
