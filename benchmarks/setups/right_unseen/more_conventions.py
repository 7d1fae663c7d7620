"""Conventions of libraries."""

import dataclasses

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer, walk


def output_with_loss_inside(seed):
    X, y = blobs(seed + 401)

    @dataclasses.dataclass
    class Output:
        logits: torch.Tensor
        hidden: torch.Tensor

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 24), nn.Linear(24, 4)

        def forward(self, x):
            h = torch.relu(self.a(x))
            return Output(self.b(h), h)

    return {"model": Net(), "loss": lambda out, y: F.cross_entropy(out.logits, y), "X": X, "y": y}


def adaptive_softmax(seed):
    X, _ = blobs(seed + 402)
    y = torch.randint(0, 40, (96,), generator=torch.Generator().manual_seed(seed))
    torch.manual_seed(seed)
    loss = nn.AdaptiveLogSoftmaxWithLoss(16, 40, [10, 20])
    return {"model": mlp(seed, 12, 16), "loss": loss, "X": X, "y": y}


def sparse_embedding(seed):
    tokens, y = walk(seed + 3, n=30), torch.arange(30) % 3
    torch.manual_seed(seed)
    model = nn.Sequential(nn.EmbeddingBag(11, 8, sparse=True), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": tokens,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def loss_and_parts(seed):
    X, y = blobs(seed + 404)

    def loss(z, y):
        nll = F.cross_entropy(z, y)
        return nll + 1e-3 * z.square().mean(), {"nll": nll.item()}

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def two_heads(seed):
    X, y = blobs(seed + 405)
    both = torch.stack([y, (y > 1).long()], 1)
    loss = lambda z, y: F.cross_entropy(z[:, :4], y[:, 0]) + F.cross_entropy(z[:, 4:], y[:, 1])  # noqa: E731
    return {"model": mlp(seed, 12, 6), "loss": loss, "X": X, "y": both}


def log_softmax_and_cross_entropy(seed):
    X, y = blobs(seed + 406)
    return {
        "model": mlp(seed, 12, 4, 24, nn.LogSoftmax(-1)),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": y,
    }


def spectral(seed):
    X, y = blobs(seed + 407)
    torch.manual_seed(seed)
    norm = nn.utils.parametrizations.spectral_norm
    model = nn.Sequential(norm(nn.Linear(12, 24)), nn.ReLU(), norm(nn.Linear(24, 4)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def weight_norm(seed):
    X, y = blobs(seed + 408)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Linear(12, 24)), nn.Tanh(), nn.Linear(24, 4)
    )
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def maxout_and_prelu(seed):
    X, y = blobs(seed + 409)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 24), nn.PReLU(), nn.GroupNorm(4, 24), nn.Linear(24, 4), nn.Identity()
    )
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).argmax(-1).tolist(),
    }


def none_returned(seed):
    X, y = blobs(seed + 410)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        optimizer.step()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
