"""Gradients that stay, or go too early."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import TinyLM, UNet, flat_loss, shapes, walk

CAUSES = (
    "gradients_not_cleared",
    "gradients_cleared_too_early",
)


def adam_without(seed):
    tokens = walk(seed + 13, n=6, length=12)
    model = TinyLM(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step(X, y):
        model.train()
        loss = flat_loss(model(X), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "step": step,
    }


def after_backward(seed):
    X, y = shapes(seed + 14)
    model = UNet(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        model.zero_grad()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
