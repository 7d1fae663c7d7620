"""Micro-batches are added up and not averaged."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp

CAUSES = ("accumulation_not_divided",)


def chunks(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)

    def step(X, y):
        optimizer.zero_grad()
        total = 0.0
        for a, b in zip(X.chunk(4), y.chunk(4), strict=True):
            loss = F.cross_entropy(model(a), b)
            loss.backward()
            total += loss.item() / 4
        optimizer.step()
        return total

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def across_calls(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    count = [0]

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        count[0] += 1
        if count[0] % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
