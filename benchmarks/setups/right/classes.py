"""One class of many."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer


def module(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def function_with_step(seed):
    X, y = blobs(seed, k=10)
    model = mlp(seed, 12, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    step = trainer(model, F.cross_entropy, optimizer)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "predict": lambda X: model(X).argmax(1),
    }


def log_softmax(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed, 12, 4, 24, nn.LogSoftmax(1)), "loss": nn.NLLLoss(), "X": X, "y": y}


def convolutions(seed):
    X, y = blobs(seed, shape=(3, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(8, 4),
    )
    optimizer = torch.optim.AdamW(model.parameters())
    return {"model": model, "loss": nn.CrossEntropyLoss(), "X": X, "y": y, "optimizer": optimizer}


def ten_thousand(seed):
    X = torch.randn(32, 16, generator=torch.Generator().manual_seed(seed))
    y = torch.randint(0, 10_000, (32,), generator=torch.Generator().manual_seed(seed))
    return {"model": mlp(seed, 16, 10_000), "loss": F.cross_entropy, "X": X, "y": y}
