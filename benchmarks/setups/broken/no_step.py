"""Nothing moves."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "no_step",
    "no_backward",
)


def forgotten(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        return loss

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "optimizer": optimizer,
    }


def no_backward(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def rate_of_zero(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }
