"""A loss that rises at any rate."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = (
    "diverges",
    "step_other_loss",
    "sign_flipped",
)


def other_way(seed):
    X, y = blobs(seed)
    model = mlp(seed)

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, g in zip(model.parameters(), gradients, strict=True):
                p += 0.5 * g
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def other_way_binary(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1)
    loss = lambda z, y: F.binary_cross_entropy_with_logits(z[:, 0], y.float())  # noqa: E731

    def step(X, y):
        value = loss(model(X), y)
        gradients = torch.autograd.grad(value, list(model.parameters()))
        for p, g in zip(model.parameters(), gradients, strict=True):
            p.data.add_(g)
        return value

    return {"model": model, "loss": loss, "X": X, "y": y, "step": step}
