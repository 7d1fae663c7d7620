"""Padding in sums, means and divisors."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, walk

CAUSES = (
    "padding_counted",
    "divided_by_padding",
    "mean_of_means",
)


def _sentences(seed, pad=1):
    tokens = walk(seed, n=9, length=16, vocabulary=13, first=2)
    lengths = torch.randint(4, 16, (9,), generator=torch.Generator().manual_seed(seed + 1))
    tokens[torch.arange(16) >= lengths[:, None]] = pad
    return tokens[:, :-1], tokens[:, 1:]


def forgotten(seed):
    X, y = _sentences(seed)

    def loss(z, y):
        return F.cross_entropy(z.transpose(1, 2), y)

    return {"model": TinyLM(seed, 13), "loss": loss, "X": X, "y": y, "ignore_index": 1}


def wrong_index(seed):
    X, y = _sentences(seed)
    criterion = nn.CrossEntropyLoss(ignore_index=0)

    def loss(z, y):
        return criterion(z.reshape(-1, 13), y.reshape(-1))

    return {"model": TinyLM(seed, 13), "loss": loss, "X": X, "y": y}


def sum_over_all(seed):
    X, y = _sentences(seed)

    def loss(z, y):
        total = F.cross_entropy(z.reshape(-1, 13), y.reshape(-1), ignore_index=1, reduction="sum")
        return total / y.numel()

    return {"model": TinyLM(seed, 13), "loss": loss, "X": X, "y": y, "ignore_index": 1}


def loop_over_sentences(seed):
    X, y = _sentences(seed)

    def loss(z, y):
        return torch.stack(
            [F.cross_entropy(a, b, ignore_index=1) for a, b in zip(z, y, strict=True)]
        ).mean()

    return {"model": TinyLM(seed, 13), "loss": loss, "X": X, "y": y, "ignore_index": 1}
