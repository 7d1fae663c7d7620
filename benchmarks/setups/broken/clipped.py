"""The gradient is clipped away, or scaled up."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = (
    "gradient_clipped_away",
    "gradient_scaled",
)


def to_nothing(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0)
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def not_unscaled(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())
    scaler = torch.amp.GradScaler("cpu")

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        scaler.scale(loss).backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
