"""A next-token model without a causal mask."""

import torch
from torch import nn

from benchmarks.setups.common import TinyLM, flat_loss, walk

CAUSES = ("sees_the_future",)


def transformer(seed):
    tokens = walk(seed)
    model = TinyLM(seed, causal=False)
    return {"model": model, "loss": flat_loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


def bidirectional(seed):
    tokens = walk(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.Embedding(11, 8)
            self.r = nn.LSTM(8, 16, batch_first=True, bidirectional=True)
            self.o = nn.Linear(32, 11)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    return {"model": Net(), "loss": flat_loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}
