"""Models of several kinds."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer


def frozen(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    model[0].requires_grad_(False)
    optimizer = torch.optim.Adam(model[2].parameters())
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def head_only(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model[2].parameters())
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def no_grad_backbone(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone, self.head = mlp(seed, 12, 8), nn.Linear(8, 4)

        def forward(self, x):
            with torch.no_grad():
                h = self.backbone(x)
            return self.head(h)

    model = Net()
    optimizer = torch.optim.Adam(model.head.parameters())
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def tuple_of_outputs(seed):
    X, y = blobs(seed)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(12, 16), nn.Linear(16, 4), nn.Linear(16, 4)

        def forward(self, x):
            h = torch.relu(self.a(x))
            return self.b(h), self.c(h)

    def loss(z, y):
        return F.cross_entropy(z[0], y) + 0.3 * F.cross_entropy(z[1], y)

    return {"model": Two(), "loss": loss, "X": X, "y": y}


def dictionaries(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, values, scale):
            return {"hidden": values, "logits": self.net(values * scale)}

    def loss(out, y):
        return F.cross_entropy(out["logits"], y)

    return {"model": Net(), "loss": loss, "X": {"values": X, "scale": torch.ones(96, 1)}, "y": y}


def two_inputs(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.e, self.net = nn.Embedding(7, 4), mlp(seed, 16, 4)

        def forward(self, x, kind):
            return self.net(torch.cat([x, self.e(kind)], 1))

    return {"model": Net(), "loss": F.cross_entropy, "X": (X, torch.arange(96) % 7), "y": y}


def draws(seed):
    X, y = blobs(seed)

    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x + 0.05 * torch.randn_like(x) if self.training else x)

    return {"model": Noisy(), "loss": F.cross_entropy, "X": X, "y": y}


def trained(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = trainer(model, F.cross_entropy, optimizer)
    for _ in range(300):
        step(X, y)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": step,
    }


def zero_head(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    nn.init.zeros_(model[2].weight)
    nn.init.zeros_(model[2].bias)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def tiny_batch(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X[:2], "y": y[:2]}


def bfloat(seed):
    X, y = blobs(seed)
    model = mlp(seed).to(torch.bfloat16)

    def loss(z, y):
        return F.cross_entropy(z.float(), y)

    return {"model": model, "loss": loss, "X": X.to(torch.bfloat16), "y": y}


def doubles(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed).double(), "loss": F.cross_entropy, "X": X.double(), "y": y}


def cosine(seed):
    X, y = blobs(seed)

    class Cosine(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.h, self.w = nn.Linear(12, 16), nn.Parameter(torch.randn(4, 16))

        def forward(self, x):
            return 16 * F.normalize(self.h(x), dim=1) @ F.normalize(self.w, dim=1).T

    return {"model": Cosine(), "loss": F.cross_entropy, "X": X, "y": y}
