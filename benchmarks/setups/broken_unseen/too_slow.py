"""A learning rate that leaves everything as it is."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "learning_rate_too_low",
    "no_step",
)


def tiny(seed):
    X, y = blobs(seed + 121, n=64)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-8)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def scheduled_to_zero(seed):
    X, y = blobs(seed + 122, n=64)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.0)
    scheduler.step()
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": trainer(model, F.cross_entropy, optimizer),
    }
