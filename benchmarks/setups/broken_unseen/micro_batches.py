"""Micro-batches and scalers."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import TinyLM, blobs, flat_loss, mlp, walk

CAUSES = (
    "accumulation_not_divided",
    "gradient_clipped_away",
    "gradient_scaled",
)


def eight(seed):
    tokens = walk(seed + 16, n=16, length=10)
    model = TinyLM(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def step(X, y):
        losses = []
        for i in range(8):
            loss = flat_loss(model(X[2 * i : 2 * i + 2]), y[2 * i : 2 * i + 2])
            loss.backward()
            losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
        return sum(losses) / 8

    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "step": step,
    }


def clip_before_unscale(seed):
    X, y = blobs(seed + 191)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        scaler.scale(loss).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def clip_value(seed):
    X, y = blobs(seed + 192)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        torch.nn.utils.clip_grad_value_(model.parameters(), 1e-8)
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
