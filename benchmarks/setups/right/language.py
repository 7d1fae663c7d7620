"""Language models."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, flat_loss, trainer, walk


def _padded(seed):
    tokens = walk(seed, n=10, length=14, first=1)
    lengths = torch.randint(5, 14, (10,), generator=torch.Generator().manual_seed(seed))
    tokens[torch.arange(14) >= lengths[:, None]] = 0
    return tokens[:, :-1], tokens[:, 1:]


def plain(seed):
    tokens = walk(seed)
    return {"model": TinyLM(seed), "loss": flat_loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


def padded(seed):
    X, y = _padded(seed)

    def loss(z, y):
        return flat_loss(z, y, ignore_index=0)

    return {"model": TinyLM(seed), "loss": loss, "X": X, "y": y, "ignore_index": 0}


def minus_hundred(seed):
    X, y = _padded(seed)
    y = y.masked_fill(y == 0, -100)
    return {"model": TinyLM(seed, tied=True), "loss": flat_loss, "X": X, "y": y}


def shifted_in_the_loss(seed):
    tokens = walk(seed)

    def loss(z, y):
        return flat_loss(z[:, :-1], y[:, 1:])

    model = TinyLM(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    return {
        "model": model,
        "loss": loss,
        "X": tokens,
        "y": tokens,
        "step": trainer(model, loss, optimizer),
    }


def masked_tokens(seed):
    tokens = walk(seed)
    hidden = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(seed)) < 0.2
    hidden[0, :3] = True
    y = tokens.masked_fill(~hidden, -100)
    return {
        "model": TinyLM(seed, 12, causal=False),
        "loss": flat_loss,
        "X": tokens.masked_fill(hidden, 11),
        "y": y,
    }


def recurrent_last(seed):
    tokens, y = walk(seed, n=40), torch.arange(40) % 3

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r, self.o = (
                nn.Embedding(11, 8),
                nn.LSTM(8, 16, batch_first=True),
                nn.Linear(16, 3),
            )

        def forward(self, x):
            return self.o(self.r(self.e(x))[0][:, -1])

    return {"model": Net(), "loss": F.cross_entropy, "X": tokens, "y": y}
