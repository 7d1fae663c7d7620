"""A language model that is asked for the token it has just read."""

import torch
from torch import nn

from benchmarks.setups.common import TinyLM, flat_loss, walk

CAUSES = ("targets_not_shifted",)


def transformer(seed):
    tokens = walk(seed)
    return {"model": TinyLM(seed), "loss": flat_loss, "X": tokens, "y": tokens}


def recurrent(seed):
    tokens = walk(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r, self.o = (
                nn.Embedding(11, 8),
                nn.GRU(8, 16, batch_first=True),
                nn.Linear(16, 11),
            )

        def forward(self, x):
            return self.o(self.r(self.e(x))[0]).transpose(1, 2)

    return {"model": Net(), "loss": nn.CrossEntropyLoss(), "X": tokens, "y": tokens.clone()}
