"""Odd, and right."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer, two_classes


def graph(seed):
    X, y = blobs(seed + 50, n=30, k=3)
    links = (
        torch.rand(30, 30, generator=torch.Generator().manual_seed(seed)) < 0.1
    ).float() + torch.eye(30)
    links = links / links.sum(1, keepdim=True)

    class GCN(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 16), nn.Linear(16, 3)

        def forward(self, x, links):
            return self.b(links @ torch.relu(self.a(links @ x)))

    train = torch.arange(30) < 12

    def loss(z, y):
        return F.cross_entropy(z[train], y[train])

    return {"model": GCN(), "loss": loss, "X": (X, links), "y": y}


def tuned_threshold(seed):
    X, y = two_classes(seed + 51, n=120, share=0.2)
    model = mlp(seed, 8, 1)

    def predict(X):
        return (torch.sigmoid(model(X)) > 0.3).long()

    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": predict,
    }


def gives_probabilities(seed):
    X, y = blobs(seed + 52)
    model = mlp(seed)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).softmax(1),
    }


def monte_carlo(seed):
    X, y = blobs(seed + 53)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 24), nn.Linear(24, 4)

        def forward(self, x):
            return self.b(F.dropout(torch.relu(self.a(x)), 0.1, training=True))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def at_its_best(seed):
    X, y = two_classes(seed + 54, n=60)
    model = mlp(seed, 8, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = trainer(model, F.cross_entropy, optimizer)
    for _ in range(800):
        step(X, y)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "predict": lambda X: model(X).argmax(1),
    }


def eval_by_design(seed):
    X, y = blobs(seed + 55, n=40, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(144, 4),
    )
    return {"model": model.eval(), "loss": F.cross_entropy, "X": X, "y": y}


def batch_of_one(seed):
    X, y = blobs(seed + 56, n=1)
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X, "y": y}


def minus_one_ignored(seed):
    X, y = blobs(seed + 57)
    y[::5] = -1
    return {
        "model": mlp(seed),
        "loss": nn.CrossEntropyLoss(ignore_index=-1),
        "X": X,
        "y": y,
        "ignore_index": -1,
    }


def from_one_subtracted(seed):
    X, y = blobs(seed + 58)

    def loss(z, y):
        return F.cross_entropy(z, y - 1)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y + 1}


def soft_capped(seed):
    X, y = blobs(seed + 59)

    class Capped(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return 30 * torch.tanh(self.net(x) / 30)

    return {"model": Capped(), "loss": F.cross_entropy, "X": X, "y": y}


def summed_with_its_rate(seed):
    X, y = blobs(seed + 60)
    model = mlp(seed)
    loss = nn.CrossEntropyLoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 / 96)
    return {"model": model, "loss": loss, "X": X, "y": y, "optimizer": optimizer}


def large_classes(seed):
    g = torch.Generator().manual_seed(seed)
    X, y = torch.randn(128, 8, generator=g), torch.randint(0, 3000, (128,), generator=g)
    return {
        "model": mlp(seed, 8, 3000),
        "loss": nn.CrossEntropyLoss(label_smoothing=0.1),
        "X": X,
        "y": y,
    }


def volume(seed):
    X, _y = blobs(seed + 61, n=8, k=2, shape=(1, 4, 4, 4))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv3d(4, 3, 1))
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": (X[:, 0] > 1).long() + (X[:, 0] > -1).long(),
    }


def masked_but_right(seed):
    X, y = blobs(seed + 62, n=40, k=3)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 6)

        def forward(self, x):
            return self.net(x).masked_fill(torch.arange(6) >= 3, -torch.inf)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
