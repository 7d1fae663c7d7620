"""What the target of a language model is."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, flat_loss, walk

CAUSES = (
    "targets_not_shifted",
    "targets_shifted_twice",
    "sees_the_future",
)


def same_batch(seed):
    tokens = walk(seed + 7, n=5, length=24, vocabulary=30)

    class CharRNN(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r, self.o = (
                nn.Embedding(30, 16),
                nn.LSTM(16, 24, 2, batch_first=True),
                nn.Linear(24, 30),
            )

        def forward(self, x, state=None):
            h, state = self.r(self.e(x), state)
            return self.o(h), state

    def loss(out, y):
        return flat_loss(out[0], y)

    return {"model": CharRNN(), "loss": loss, "X": tokens, "y": tokens}


def like_a_library(seed):
    tokens = walk(seed + 8, n=6, length=15)

    class Output(dict):
        pass

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lm = TinyLM(seed)

        def forward(self, input_ids):
            return {"logits": self.lm(input_ids)}

    def loss(out, labels):
        shifted, wanted = out["logits"][:, :-1, :].contiguous(), labels[:, 1:].contiguous()
        return F.cross_entropy(shifted.view(-1, 11), wanted.view(-1))

    return {"model": Model(), "loss": loss, "X": {"input_ids": tokens[:, :-1]}, "y": tokens[:, 1:]}


def encoder_without_mask(seed):
    tokens = walk(seed + 9, n=6, length=13, vocabulary=9)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.Embedding(9, 16)
            layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
            self.encoder, self.o = nn.TransformerEncoder(layer, 2), nn.Linear(16, 9)

        def forward(self, x):
            return self.o(self.encoder(self.e(x))).transpose(1, 2)

    return {
        "model": Model(),
        "loss": nn.CrossEntropyLoss(),
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
    }
