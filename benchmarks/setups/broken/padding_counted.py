"""Padding counts in the loss."""

import torch

from benchmarks.setups.common import TinyLM, flat_loss, walk

CAUSES = ("padding_counted",)


def _padded(seed, pad=0):
    tokens = walk(seed, n=10, length=14, first=1)
    lengths = torch.randint(5, 14, (10,), generator=torch.Generator().manual_seed(seed))
    tokens[torch.arange(14) >= lengths[:, None]] = pad
    return tokens[:, :-1], tokens[:, 1:]


def said(seed):
    X, y = _padded(seed)
    return {"model": TinyLM(seed), "loss": flat_loss, "X": X, "y": y, "ignore_index": 0}


def guessed(seed):
    X, y = _padded(seed)
    return {"model": TinyLM(seed), "loss": flat_loss, "X": X, "y": y}
