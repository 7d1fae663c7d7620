"""Second styles of kinds that stand above."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import (
    TinyLM,
    blobs,
    flat_loss,
    mlp,
    several_labels,
    trainer,
    two_classes,
    walk,
)

CAUSES = (
    "labels_constant",
    "labels_in_inputs",
    "inputs_constant",
    "rows_differ",
    "loss_not_scalar",
    "arguments_swapped",
    "half_overflow",
    "divided_twice",
    "nothing_counts",
    "kl_mean",
    "unused_parameters",
    "batch_norm_momentum",
    "no_nonlinearity",
    "no_backward",
    "gradient_scaled",
    "weight_decay_too_strong",
    "decision_reversed",
    "one_of_several",
)


def one_class(seed):
    X, _y = two_classes(seed)
    return {
        "model": mlp(seed, 8, 1),
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": torch.ones(80, 1),
    }


def code_of_the_answer(seed):
    X, y = two_classes(seed)
    X[:, 2] = 5 - 3 * y
    return {"model": mlp(seed, 8, 2), "loss": F.cross_entropy, "X": X, "y": y}


def one_picture(seed):
    X, y = blobs(seed, n=32, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 4))
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X[3:4].expand(32, 1, 8, 8).clone(),
        "y": y,
    }


def half_the_batch(seed):
    X, y = blobs(seed)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 24, 4)

        def forward(self, x):
            return self.net(x.reshape(-1, 24))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def vector(seed):
    X, y = several_labels(seed)
    loss = lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none").mean(1)  # noqa: E731
    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def target_first(seed):
    X, y = several_labels(seed)
    loss = lambda z, y: F.binary_cross_entropy(y, torch.sigmoid(z))  # noqa: E731
    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def half_of_large(seed):
    X, y = blobs(seed)
    model = mlp(seed).half()
    model[2].weight.data.mul_(3e4)
    return {
        "model": model,
        "loss": lambda z, y: F.cross_entropy(z.float(), y),
        "X": X.half() * 50,
        "y": y,
    }


def divided_again(seed):
    X, y = blobs(seed)
    loss = lambda z, y: -z.log_softmax(1)[torch.arange(len(y)), y].mean() / len(y)  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def all_padding(seed):
    tokens = walk(seed)
    y = torch.zeros_like(tokens)
    loss = lambda z, y: flat_loss(z, y, ignore_index=0)  # noqa: E731
    return {"model": TinyLM(seed), "loss": loss, "X": tokens, "y": y, "ignore_index": 0}


def divergence_mean(seed):
    X, y = blobs(seed)
    q = 0.7 * F.one_hot(y, 4) + 0.075
    model = mlp(seed, 12, 4, 24, nn.LogSoftmax(1))
    return {"model": model, "loss": nn.KLDivLoss(reduction="mean"), "X": X, "y": q}


def forgotten_layer(seed):
    X, y = blobs(seed, shape=(1, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b, self.fc = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Linear(144, 4)

        def forward(self, x):
            return self.fc(torch.relu(self.a(x)).flatten(1))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def share_of_the_old(seed):
    X, y = blobs(seed, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4, momentum=0.9),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(144, 4),
    )
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def linear_pictures(seed):
    X, y = blobs(seed, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(36, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def gradient_of_nothing(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        torch.autograd.grad(value, list(model.parameters()))
        optimizer.step()
        return value

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def multiplied(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        (loss * 65536).backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def decay_of_two(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, weight_decay=2.0)
    step = trainer(model, F.cross_entropy, optimizer)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def below_zero(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1)
    predict = lambda X: (model(X) < 0).long()  # noqa: E731
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": predict,
    }


def best_of_many(seed):
    X, y = several_labels(seed, k=9)
    model = mlp(seed, 10, 9)
    predict = lambda X: torch.sigmoid(model(X)).max(1).indices  # noqa: E731
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y, "predict": predict}
