"""Transfer, adapters, special training."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer


def frozen_with_batch_norm(seed):
    X, y = blobs(seed + 30, n=40, k=3, shape=(3, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.backbone = nn.Sequential(
                nn.Conv2d(3, 8, 3),
                nn.BatchNorm2d(8),
                nn.ReLU(),
                nn.AdaptiveAvgPool2d(1),
                nn.Flatten(),
            )
            self.head = nn.Linear(8, 3)
            self.backbone.requires_grad_(False)

        def train(self, mode=True):
            super().train(mode)
            self.backbone.eval()
            return self

        def forward(self, x):
            return self.head(self.backbone(x))

    model = Net().train()
    optimizer = torch.optim.Adam(model.head.parameters(), lr=1e-2)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def low_rank(seed):
    X, y = blobs(seed + 31)

    class LoRA(nn.Module):
        def __init__(self, layer, rank=2):
            super().__init__()
            self.layer = layer.requires_grad_(False)
            self.A = nn.Parameter(0.1 * torch.randn(rank, layer.in_features))
            self.B = nn.Parameter(torch.zeros(layer.out_features, rank))

        def forward(self, x):
            return self.layer(x) + x @ self.A.T @ self.B.T

    model = mlp(seed)
    model[0], model[2] = LoRA(model[0]), LoRA(model[2])
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def two_optimizers(seed):
    X, y = blobs(seed + 32)
    model = mlp(seed)
    first = torch.optim.SGD(model[0].parameters(), lr=0.01)
    second = torch.optim.Adam(model[2].parameters(), lr=1e-3)

    def step(X, y):
        first.zero_grad()
        second.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        first.step()
        second.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def by_hand(seed):
    X, y = blobs(seed + 33)
    model = mlp(seed)

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, g in zip(model.parameters(), gradients, strict=True):
                p -= 0.1 * g
        return float(loss)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def accumulated_across_calls(seed):
    X, y = blobs(seed + 34)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    state = {"calls": 0}

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        (loss / 4).backward()
        state["calls"] += 1
        if state["calls"] % 4 == 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def averaged_by_hand(seed):
    X, y = blobs(seed + 35)
    model = mlp(seed)
    average = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for a, p in zip(average.parameters(), model.parameters(), strict=True):
                a.lerp_(p, 0.01)
        return loss

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "predict": lambda X: average(X).argmax(1),
    }


def fine_tuning(seed):
    X, y = blobs(seed + 36)
    model = mlp(seed)
    warm = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        warm.zero_grad()
        F.cross_entropy(model(X), y).backward()
        warm.step()
    warm.zero_grad()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def sharpness_aware(seed):
    X, y = blobs(seed + 37)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        parameters = list(model.parameters())
        loss = F.cross_entropy(model(X), y)
        g = torch.autograd.grad(loss, parameters)
        norm = torch.sqrt(sum(v.square().sum() for v in g))
        with torch.no_grad():
            for p, v in zip(parameters, g, strict=True):
                p += 0.05 * v / norm
        optimizer.zero_grad()
        F.cross_entropy(model(X), y).backward()
        with torch.no_grad():
            for p, v in zip(parameters, g, strict=True):
                p -= 0.05 * v / norm
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def cutmix(seed):
    X, y = blobs(seed + 38, n=32, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4))
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        order = torch.randperm(len(X))
        X = X.clone()
        X[:, :, 2:6, 2:6] = X[order][:, :, 2:6, 2:6]
        z = model(X)
        loss = 0.75 * F.cross_entropy(z, y) + 0.25 * F.cross_entropy(z, y[order])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def autocast_throughout(seed):
    X, y = blobs(seed + 39)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return self.net(x).float()

    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }
