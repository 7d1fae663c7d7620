"""Training steps of several kinds."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer


def accumulation(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        optimizer.zero_grad()
        total = 0.0
        for a, b in zip(X.chunk(4), y.chunk(4), strict=True):
            loss = F.cross_entropy(model(a), b) / 4
            loss.backward()
            total += loss.item()
        optimizer.step()
        return total

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def scaler_and_clipping(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu")

    def step(X, y):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(X), y)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def scheduler_and_average(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    average = torch.optim.swa_utils.AveragedModel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min(t / 10, 1.0))

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        average.update_parameters(model)
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def mixup(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        order, lam = torch.randperm(len(X)), 0.7
        z = model(lam * X + (1 - lam) * X[order])
        loss = lam * F.cross_entropy(z, y) + (1 - lam) * F.cross_entropy(z, y[order])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def sets_train_itself(seed):
    X, y = blobs(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 24), nn.LayerNorm(24), nn.GELU(), nn.Dropout(0.2), nn.Linear(24, 4)
    ).eval()
    optimizer = torch.optim.Adam(model.parameters())

    def predict(X):
        model.eval()
        with torch.no_grad():
            return model(X).argmax(1)

    step = trainer(model, F.cross_entropy, optimizer)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "predict": predict,
    }


def shuffles_both(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        order = torch.randperm(len(X))
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X[order]), y[order])
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def quasi_newton(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=3)

    def step(X, y):
        def closure():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(X), y)
            loss.backward()
            return loss

        return optimizer.step(closure)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
