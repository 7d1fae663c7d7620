"""Other tasks."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import (
    UNet,
    blobs,
    flat_loss,
    mlp,
    several_labels,
    shapes,
    trainer,
    two_classes,
    walk,
)


def policy_gradient(seed):
    X, _ = blobs(seed + 421)
    g = torch.Generator().manual_seed(seed)
    actions, advantages = torch.randint(0, 4, (96,), generator=g), torch.randn(96, generator=g)

    def loss(z, target):
        actions, advantages = target
        return -(z.log_softmax(1).gather(1, actions[:, None])[:, 0] * advantages).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": (actions, advantages)}


def variational(seed):
    X = torch.rand(40, 16, generator=torch.Generator().manual_seed(seed))

    class VAE(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(16, 8), nn.Linear(4, 16)

        def forward(self, x):
            mu, logvar = self.a(x).chunk(2, 1)
            return self.b(mu + torch.randn_like(mu) * (logvar / 2).exp()), mu, logvar

    def loss(out, x):
        z, mu, logvar = out
        bce = F.binary_cross_entropy_with_logits(z, x, reduction="sum") / len(x)
        return bce - 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1).mean()

    return {"model": VAE(), "loss": loss, "X": X, "y": X}


def ordinal(seed):
    X, y = blobs(seed + 423, k=5)
    targets = (torch.arange(4) < y[:, None]).float()
    return {"model": mlp(seed, 12, 4), "loss": nn.BCEWithLogitsLoss(), "X": X, "y": targets}


def missing_labels(seed):
    X, y = several_labels(seed + 424)
    known = torch.rand(y.shape, generator=torch.Generator().manual_seed(seed)) < 0.7

    def loss(z, target):
        y, known = target
        each = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        return (each * known).sum() / known.sum()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": (y, known)}


def pairs_of_points(seed):
    X, y = two_classes(seed + 425)

    class Siamese(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 4, 6)

        def forward(self, a, b):
            return 3 - (self.net(a) - self.net(b)).square().sum(1)

    return {
        "model": Siamese(),
        "loss": F.binary_cross_entropy_with_logits,
        "X": (X[:, :4], X[:, 4:]),
        "y": y.float(),
    }


def boundary_boxes(seed):
    X, y = blobs(seed + 426)
    boxes = torch.rand(96, 4, generator=torch.Generator().manual_seed(seed))

    class Detector(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.kind, self.box = nn.Linear(12, 24), nn.Linear(24, 4), nn.Linear(24, 4)

        def forward(self, x):
            h = torch.relu(self.body(x))
            return {"kind": self.kind(h), "box": self.box(h)}

    def loss(out, target):
        return F.cross_entropy(out["kind"], target["kind"]) + F.smooth_l1_loss(
            out["box"], target["box"]
        )

    return {"model": Detector(), "loss": loss, "X": X, "y": {"kind": y, "box": boxes}}


def heat_map(seed):
    X, y = shapes(seed + 27, classes=2)
    loss = lambda z, y: F.binary_cross_entropy_with_logits(z.squeeze(1), y.float())  # noqa: E731
    model = UNet(seed, 1)
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y,
        "predict": lambda X: (model.eval()(X) > 0).squeeze(1),
    }


def noisy_labels_corrected(seed):
    X, y = blobs(seed + 428)
    T = 0.7 * torch.eye(4) + 0.075
    loss = lambda z, y: F.nll_loss(torch.log(z.softmax(1) @ T), y)  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def regression(seed):
    X, _ = blobs(seed + 429)
    return {"model": mlp(seed, 12, 1), "loss": nn.MSELoss(), "X": X, "y": X[:, :1] * 3 + 1}


def ranked(seed):
    X, y = two_classes(seed + 430)

    def loss(z, y):
        gap = z[y == 1].reshape(-1, 1) - z[y == 0].reshape(1, -1)
        return F.softplus(-gap).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y}


def expert_mixture(seed):
    X, y = blobs(seed + 431)

    class Mixture(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.gate = nn.Linear(12, 3)
            self.experts = nn.ModuleList(
                nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4)) for _ in range(3)
            )

        def forward(self, x):
            chosen = self.gate(x).topk(1).indices[:, 0]
            weight = self.gate(x).softmax(1)
            out = torch.stack([e(x) for e in self.experts], 1)
            rows = torch.arange(len(x))
            return out[rows, chosen] * weight[rows, chosen, None]

    return {"model": Mixture(), "loss": F.cross_entropy, "X": X, "y": y}


def truncated_history(seed):
    tokens = walk(seed + 32, n=6, length=17)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.conv = nn.Embedding(11, 12), nn.Conv1d(12, 24, 3)
            self.o = nn.Linear(24, 11)

        def forward(self, x):
            h = F.pad(self.e(x).transpose(1, 2), (2, 0))
            return self.o(F.gelu(self.conv(h)).transpose(1, 2))

    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = trainer(model, flat_loss, optimizer)
    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "step": step,
    }
