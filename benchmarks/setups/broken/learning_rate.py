"""A learning rate far too high or low."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "learning_rate_too_high",
    "learning_rate_too_low",
)


def high(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=100.0, momentum=0.9)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def high_adam(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=10.0)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def low(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}
