"""Sequences."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, blobs, flat_loss, trainer, walk


def tagger(seed):
    tokens = walk(seed + 4, n=5, length=7)

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.Embedding(11, 12)
            self.r, self.o = nn.LSTM(12, 10, bidirectional=True, batch_first=True), nn.Linear(20, 4)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    def loss(z, y):
        return F.cross_entropy(z.permute(0, 2, 1), y)

    model = Tagger()
    return {
        "model": model,
        "loss": loss,
        "X": tokens,
        "y": tokens % 4,
        "predict": lambda X: model(X).argmax(-1),
    }


def time_first(seed):
    tokens = walk(seed + 5, n=6, length=9)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r, self.o = nn.Embedding(11, 12), nn.GRU(12, 16), nn.Linear(16, 11)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    return {"model": Model(), "loss": flat_loss, "X": tokens.T[:-1], "y": tokens.T[1:]}


def with_attention_mask(seed):
    tokens = walk(seed + 6, n=8, length=12, first=1)
    lengths = torch.randint(4, 12, (8,), generator=torch.Generator().manual_seed(seed))
    mask = torch.arange(12) < lengths[:, None]
    tokens = tokens * mask

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lm = TinyLM(seed)

        def forward(self, input_ids, attention_mask):
            return {"logits": self.lm(input_ids)}

    def loss(out, y):
        z, y = out["logits"][:, :-1], y[:, 1:]
        return F.cross_entropy(z.reshape(-1, 11), y.reshape(-1), ignore_index=-100)

    y = tokens.masked_fill(~mask, -100)
    return {
        "model": Model(),
        "loss": loss,
        "X": {"input_ids": tokens, "attention_mask": mask},
        "y": y,
    }


def masked_mean(seed):
    tokens = walk(seed + 7, n=8, length=12, first=1)
    lengths = torch.randint(4, 12, (8,), generator=torch.Generator().manual_seed(seed))
    tokens = tokens * (torch.arange(12) < lengths[:, None])

    def loss(z, y):
        each = F.cross_entropy(z.flatten(0, 1), y.flatten(), reduction="none").view_as(y)
        mask = (y != 0).float()
        return (each * mask).sum() / mask.sum()

    model = TinyLM(seed, tied=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    return {
        "model": model,
        "loss": loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "ignore_index": 0,
        "step": trainer(model, loss, optimizer),
    }


def z_loss(seed):
    tokens = walk(seed + 8, n=6, length=12)

    def loss(z, y):
        return flat_loss(z, y) + 1e-4 * z.logsumexp(-1).square().mean()

    return {"model": TinyLM(seed), "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


def prompt_masked(seed):
    tokens = walk(seed + 9, n=6, length=14)
    y = tokens[:, 1:].clone()
    y[:, :5] = -100
    return {
        "model": TinyLM(seed),
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": y,
        "ignore_index": -100,
    }


def carried_state(seed):
    tokens = walk(seed + 10, n=5, length=11)

    class RNN(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r, self.o = (
                nn.Embedding(11, 8),
                nn.GRU(8, 16, batch_first=True),
                nn.Linear(16, 11),
            )
            self.state = None

        def forward(self, x):
            h, state = self.r(self.e(x), self.state)
            self.state = state.detach()
            return self.o(h)

    model = RNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = trainer(model, flat_loss, optimizer)
    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "step": step,
    }


def classification_of_speech(seed):
    X, y = blobs(seed + 11, n=24, k=3, shape=(10, 4))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a = nn.Linear(4, 16)
            self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
            self.o = nn.Linear(16, 3)

        def forward(self, x):
            return self.o(self.layer(self.a(x)).mean(1))

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)

    def predict(X):
        model.eval()
        with torch.no_grad():
            decided = model(X).argmax(-1)
        model.train()
        return decided

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
        "predict": predict,
    }
