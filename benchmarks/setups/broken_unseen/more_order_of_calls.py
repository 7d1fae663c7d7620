"""Calls in the wrong order, or of the wrong thing."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "gradients_cleared_too_early",
    "no_backward",
    "gradients_not_cleared",
    "no_step",
    "sign_flipped",
    "optimizer_recreated",
    "learning_rate_too_low",
    "weight_decay_too_strong",
    "graph_kept",
    "optimizer_other_parameters",
)


def step_before_backward(seed):
    X, y = blobs(seed + 301)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        optimizer.step()
        loss.backward()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def clears_another_model(seed):
    X, y = blobs(seed + 302, k=6)
    model, ema = mlp(seed, 12, 6), mlp(seed, 12, 6)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)

    def step(X, y):
        ema.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def climbs(seed):
    X, y = blobs(seed + 303)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, maximize=True)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def new_adam_each_time(seed):
    X, y = blobs(seed + 304)
    model = mlp(seed)

    def step(X, y):
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def schedule_each_batch(seed):
    X, y = blobs(seed + 305)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def decays_to_nothing(seed):
    X, y = blobs(seed + 306)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=5.0)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


def list_of_losses(seed):
    X, y = blobs(seed + 307)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = []

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        history.append(loss)
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def trains_a_copy(seed):
    X, y = blobs(seed + 308)
    model = mlp(seed)

    def step(X, y):
        new = mlp(seed)
        optimizer = torch.optim.Adam(new.parameters())
        loss = F.cross_entropy(new(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
