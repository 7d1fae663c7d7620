"""The long experiments of chapter 05: ten digits, five losses, good starts and bad ones.

First each loss gets a learning rate for each start and each optimiser: the one with the fewest
epochs, in the mean over three splits of the data, until 95 % of the unseen digits are right. A
training that never gets there counts with all its epochs. Then ten other splits are trained at it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ce_course import data, training
from ce_course.experiments import Experiment

LOSSES = {  # of logits (..., 10) and one-hot targets: one number per example
    "cross-entropy, softmax": lambda z, t: -(t * z.log_softmax(-1)).sum(-1),
    "cross-entropy, sigmoids": lambda z, t: (F.softplus(z) - t * z).sum(-1),
    "squared error, sigmoids": lambda z, t: (z.sigmoid() - t).square().sum(-1),
    "squared error, softmax": lambda z, t: (z.softmax(-1) - t).square().sum(-1),
    "squared error, raw logits": lambda z, t: (z - t).square().sum(-1),
}
STARTS = {"good": 0.0, "bias 1": 1.0, "bias 10": 10.0}  # added to the output of the digit 0
RAW = "squared error, raw logits"  # the only one for which a bias of 1 is a certain mistake
CASES = {
    **{f"{loss}; {start}": (loss, start) for start in ("good", "bias 10") for loss in LOSSES},
    f"{RAW}; bias 1": (RAW, "bias 1"),
}
SETTINGS = {"dataset": "digits", "n_train": 1000, "hidden": 64, "batch_size": 50}
LENGTH = {"epochs": 60, "reach": 0.95}
SHOWN = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60)  # epochs whose accuracy is stored


def network(start: str, seed: int, hidden: int = 64) -> nn.Sequential:
    """A 64-hidden-10 network with small last weights and the bias of the start."""
    net = training.mlp((64, hidden, 10), seed)
    with torch.no_grad():
        net[-1].weight *= 0.1
        net[-1].bias[0] += STARTS[start]
    return net


def _logits(weights: Sequence[Tensor], X: Tensor) -> Tensor:
    """Of R networks at once, which share their inputs: X (N, 64) gives (R, N, 10)."""
    first, first_bias, last, last_bias = weights
    hidden = (X @ first.mT + first_bias[:, None]).relu()
    return hidden @ last.mT + last_bias[:, None]


class _Momentum:
    """`torch.optim.SGD` with momentum 0.9, for weights stacked along axis 0: a rate for each."""

    def __init__(self, weights: Sequence[Tensor], rates: Sequence[float]):
        shape = [-1] + [1] * 2
        self.weights = weights
        self.rates = [torch.tensor(rates).reshape(shape[: w.ndim]) for w in weights]
        self.mean = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        for w, rate, m, g in zip(self.weights, self.rates, self.mean, gradients, strict=True):
            m.mul_(0.9).add_(g)
            w -= rate * m


class _Adam(_Momentum):
    """`torch.optim.Adam` with its defaults, likewise."""

    def __init__(self, weights: Sequence[Tensor], rates: Sequence[float]):
        super().__init__(weights, rates)
        self.square, self.steps = [torch.zeros_like(w) for w in weights], 0

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        self.steps += 1
        parts = self.weights, self.rates, self.mean, self.square, gradients
        for w, rate, m, s, g in zip(*parts, strict=True):
            m.mul_(0.9).add_(g, alpha=0.1)
            s.mul_(0.999).addcmul_(g, g, value=0.001)
            size = (s / (1 - 0.999**self.steps)).sqrt() + 1e-8
            w -= rate / (1 - 0.9**self.steps) * m / size


OPTIMIZERS = {"sgd": _Momentum, "adam": _Adam}


def accuracies(
    seed: int,
    case: tuple[str, str],
    rates: Sequence[float],
    optimizer: str,
    *,
    dataset: str,
    n_train: int,
    hidden: int,
    batch_size: int,
    epochs: int,
) -> np.ndarray:
    """The test accuracy after each epoch, one column for each rate: shape (epochs, rates).

    All rates see the same batches. The networks are independent; to train them side by side only
    saves time.
    """
    torch.set_num_threads(1)
    loss, start = LOSSES[case[0]], case[1]
    X, y, X_test, y_test = map(torch.as_tensor, getattr(data, dataset)(seed, n_train))
    X, X_test, target = X.float(), X_test.float(), F.one_hot(y, 10).float()
    one = [w.detach() for w in network(start, seed, hidden).parameters()]
    weights = [torch.stack([w] * len(rates)).requires_grad_() for w in one]
    by = OPTIMIZERS[optimizer](weights, rates)
    order, rows = torch.Generator().manual_seed(seed), []
    for _ in range(epochs):
        for batch in torch.randperm(n_train, generator=order).split(batch_size):
            total = loss(_logits(weights, X[batch]), target[batch]).mean(dim=1).sum()
            by.step(torch.autograd.grad(total, weights))
        with torch.no_grad():
            z = _logits(weights, X_test)
        right = (z.argmax(-1) == y_test) & ~z.isnan().any(-1)
        rows.append(right.double().mean(dim=1).numpy())
    return np.stack(rows)


def _arrivals(accuracy: np.ndarray, reach: float) -> np.ndarray:
    """The first epoch with so much accuracy; the number of epochs if there is none."""
    arrived = accuracy >= reach
    return np.where(arrived.any(axis=0), arrived.argmax(axis=0) + 1, len(accuracy))


def epochs_for_each_rate(
    seed: int, case: tuple[str, str], *, optimizer: str, rates: str, reach: float, **settings
) -> dict[str, float]:
    """Epochs until the accuracy is reached, one entry per rate."""
    grid = [float(rate) for rate in rates.split()]
    found = _arrivals(accuracies(seed, case, grid, optimizer, **settings), reach)
    return {rate: float(n) for rate, n in zip(rates.split(), found, strict=True)}


def scores(table: pd.DataFrame, variant: str) -> pd.DataFrame:
    """The scores of one variant of a stored table of rates, as `training.best_rate` wants them."""
    of_variant = table[table["variant"] == variant].set_index("seed").drop(columns="variant")
    return of_variant.T.set_axis(of_variant.columns.astype(float))


def tuned(
    seed: int, variant: tuple[tuple[str, str], str, float], *, reach: float, **settings
) -> dict[str, float]:
    """One network at its chosen rate: epochs needed, whether it got there, accuracies."""
    case, optimizer, rate = variant
    accuracy = accuracies(seed, case, [rate], optimizer, **settings)
    return {
        "rate": rate,
        "epochs": float(_arrivals(accuracy, reach)[0]),
        "arrived": float((accuracy >= reach).any()),
        **{f"accuracy {n}": float(accuracy[n - 1, 0]) for n in SHOWN},
    }


def _rates(optimizer: str, rates: str) -> Experiment:
    return Experiment(
        name=f"five_losses_rates_{optimizer}",
        question=f"With {optimizer}, how many epochs to 95 % of the digits at each learning rate?",
        run=epochs_for_each_rate,
        variants=CASES,
        seeds=(100, 101, 102),
        settings={**SETTINGS, "optimizer": optimizer, "rates": rates, **LENGTH},
    )


CHOSEN = {  # by `training.best_rate`, from the two tables; a test compares them
    "sgd": {
        "cross-entropy, softmax; good": 0.2,
        "cross-entropy, sigmoids; good": 0.2,
        "squared error, sigmoids; good": 0.05,
        "squared error, softmax; good": 0.2,
        "squared error, raw logits; good": 0.1,
        "cross-entropy, softmax; bias 10": 0.2,
        "cross-entropy, sigmoids; bias 10": 0.2,
        "squared error, sigmoids; bias 10": 1.0,
        "squared error, softmax; bias 10": 0.1,
        "squared error, raw logits; bias 10": 0.01,
        "squared error, raw logits; bias 1": 0.1,
    },
    "adam": {
        "cross-entropy, softmax; good": 0.05,
        "cross-entropy, sigmoids; good": 0.1,
        "squared error, sigmoids; good": 0.01,
        "squared error, softmax; good": 0.02,
        "squared error, raw logits; good": 0.01,
        "cross-entropy, softmax; bias 10": 0.05,
        "cross-entropy, sigmoids; bias 10": 0.05,
        "squared error, sigmoids; bias 10": 0.005,
        "squared error, softmax; bias 10": 0.02,
        "squared error, raw logits; bias 10": 0.05,
        "squared error, raw logits; bias 1": 0.005,
    },
}
TUNED = {
    f"{case}; {optimizer}": (CASES[case], optimizer, rate)
    for optimizer, rates in CHOSEN.items()
    for case, rate in rates.items()
}
EXPERIMENTS = (
    _rates("sgd", "0.005 0.01 0.02 0.05 0.1 0.2 0.5 1 2"),
    _rates("adam", "0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2"),
    Experiment(
        name="five_losses",
        question="At the chosen rates, how many epochs to 95 % of the digits, and how accurate?",
        run=tuned,
        variants=TUNED,
        seeds=tuple(range(10)),
        settings={**SETTINGS, **LENGTH},
    ),
    Experiment(
        name="five_losses_patience",
        question="Does the square on sigmoids get away from the bad start, if one waits?",
        run=tuned,
        variants={"rate 0.01": (CASES["squared error, sigmoids; bias 10"], "sgd", 0.01)},
        seeds=tuple(range(10)),
        settings={**SETTINGS, **LENGTH, "epochs": 400},
    ),
)
