"""Training for every chapter: one network, one loop, one comparison over seeds.

Everything random takes a seed and draws from a generator of its own: the same call gives the
same numbers, and PyTorch's global random state is left as it was. Small networks are fastest
on one thread (`torch.set_num_threads(1)`); nothing here changes that setting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

OPTIMIZERS = ("sgd", "adam")


def mlp(sizes: Sequence[int], seed: int) -> nn.Sequential:
    """A multilayer perceptron: linear layers with ReLU between them, in float32.

    The weights of every layer are drawn from a normal distribution with mean 0 and variance
    2 / (number of inputs); the biases are 0 [He].

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden units, outputs: (64, 32, 10) has one hidden layer, (30, 1) has none.
    seed : int
        Of the weights.

    Returns
    -------
    torch.nn.Sequential
        Maps (N, sizes[0]) to logits (N, sizes[-1]). There is no softmax at its end.

    [He] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, eq. 10.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes: expected two or more positive numbers, got {sizes!r}")
    generator = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):  # nn.Linear draws weights of its own first
        for inputs, outputs in pairwise(sizes):
            linear = nn.Linear(inputs, outputs, dtype=torch.float32)
            nn.init.normal_(linear.weight, std=(2 / inputs) ** 0.5, generator=generator)
            nn.init.zeros_(linear.bias)
            layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(
    model: nn.Module,
    X: ArrayLike,
    y: ArrayLike,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    epochs: int,
    learning_rate: float,
    seed: int,
    batch_size: int | None = 50,
    momentum: float = 0.9,
    optimizer: str = "sgd",
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    record: Callable[[nn.Module], Mapping[str, Any]] | None = None,
) -> pd.DataFrame:
    """Train `model` in place and return what happened, one row per epoch.

    Parameters
    ----------
    model : torch.nn.Module
        Maps (N, features) to logits (N, K), or (N, 1) for one logit per example.
    X, X_test : array or tensor, shape (N, features)
        Converted to the dtype of the model's weights.
    y, y_test : array or tensor, shape (N,) or (N, K)
        Integer classes; or floats, converted like `X`: 0 and 1 for a loss such as
        `nn.BCEWithLogitsLoss()`, or one target distribution per row.
    loss : callable
        `loss(logits, labels)` gives a scalar tensor: the mean over the batch, usually. Logits
        come in shape (B, K), or (B,) if the model has a single output.
    epochs, learning_rate, momentum
        `momentum` is used by "sgd" only.
    seed : int
        Of the order of the examples, which is drawn anew for each epoch.
    batch_size : int or None
        Examples per step; the last batch of an epoch may be smaller. None: all examples.
    optimizer : {"sgd", "adam"}
        `torch.optim.SGD` or `torch.optim.Adam`, with PyTorch's defaults otherwise.
    record : callable, optional
        `record(model)` gives more columns: a mapping from names to numbers.

    Returns
    -------
    pandas.DataFrame
        Columns epoch, train_loss, train_accuracy, then test_loss and test_accuracy if there is
        a test set, then what `record` gives. Row 0 is the model as it came. Both losses are
        measured at the end of the epoch, on all examples at once. A training that diverges
        goes on: its losses are inf or NaN.

    Raises
    ------
    ValueError
        If shapes, settings or the loss's result do not fit: what was expected, what came.
    """
    _check_settings(epochs, learning_rate, batch_size, optimizer)
    sets = {"train": _tensors(model, X, y, "")}
    if X_test is not None or y_test is not None:
        sets["test"] = _tensors(model, X_test, y_test, "_test")

    def row(epoch: int) -> dict:
        measured = {"epoch": epoch}
        for name, (inputs, labels) in sets.items():
            measured |= {f"{name}_{k}": v for k, v in measure(model, inputs, labels, loss).items()}
        return measured | dict(record(model) if record else {})

    inputs, labels = sets["train"]
    order = torch.Generator().manual_seed(seed)
    step_with = _optimizer(model, optimizer, learning_rate, momentum)
    history = [row(0)]
    with _progress(epochs, "Epochs") as advance:
        for epoch in range(1, epochs + 1):
            model.train()
            shuffled = torch.randperm(len(inputs), generator=order)
            for batch in shuffled.split(batch_size or len(inputs)):
                step_with.zero_grad()
                _loss(model, inputs[batch], labels[batch], loss)[1].backward()
                step_with.step()
            history.append(row(epoch))
            advance()
    return pd.DataFrame(history)


@torch.no_grad()
def measure(
    model: nn.Module, X: ArrayLike, y: ArrayLike, loss: Callable[[Tensor, Tensor], Tensor]
) -> dict[str, float]:
    """The loss and the accuracy of a model on a whole set: {"loss": ..., "accuracy": ...}.

    The predicted class is the largest logit; with one logit per example it is 1 if the logit is
    positive. Parameters as in `train`. Logits that are not numbers count as wrong.
    """
    model.eval()
    X, y = _tensors(model, X, y, "")
    logits, value = _loss(model, X, y, loss)
    if logits.ndim == 1:
        right = (logits > 0) == (y > 0.5)
    else:
        right = logits.argmax(-1) == (y.argmax(-1) if y.ndim == 2 else y)
    right &= ~logits.isnan().reshape(len(logits), -1).any(-1)
    return {"loss": float(value), "accuracy": float(right.double().mean())}


def compare(
    run: Callable[[int, Any], pd.DataFrame | Mapping[str, Any]],
    seeds: Sequence[int],
    variants: Mapping[str, Any],
) -> pd.DataFrame:
    """Run every variant with every seed and put the results into one table.

    Parameters
    ----------
    run : callable
        `run(seed, variant)` gives a table (a history from `train`), or a mapping from names to
        numbers. Everything random in it should follow from `seed`, so that the variants of one
        seed differ in the variant alone.
    seeds : sequence of int
    variants : mapping
        From the name to what `run` gets as `variant`: a loss, a learning rate, a tuple of both.

    Returns
    -------
    pandas.DataFrame
        Columns variant (the name), seed, and those of the results, in the order of the runs.
        `plots.draw_comparison` draws it.
    """
    for name, given in (("seeds", seeds), ("variants", variants)):
        if len(given) == 0:
            raise ValueError(f"{name}: expected at least one, got none")
    tables = []
    with _progress(len(seeds) * len(variants), "Runs") as advance:
        for seed, name in product(seeds, variants):
            result = run(seed, variants[name])
            table = result if isinstance(result, pd.DataFrame) else pd.DataFrame([dict(result)])
            tables.append(table.assign(variant=name, seed=seed))
            advance()
    table = pd.concat(tables, ignore_index=True)
    return table[["variant", "seed", *table.columns.drop(["variant", "seed"])]]


def epochs_until(table: pd.DataFrame, metric: str, at_least: float) -> pd.DataFrame:
    """The first epoch in which a metric is at least so large, for each variant and seed.

    Parameters
    ----------
    table : pandas.DataFrame
        From `compare` over histories.
    metric : str
        A column, "test_accuracy" for instance.
    at_least : float

    Returns
    -------
    pandas.DataFrame
        One row per seed, one column per variant, both in the order of the table; inf where
        it never happened, so that medians stay right.
    """
    reached = table["epoch"].astype(float).where(table[metric] >= at_least, np.inf)
    return reached.groupby([table["seed"], table["variant"]], sort=False).min().unstack()


def tune(
    run: Callable[[float, int], float], rates: Sequence[float], seeds: Sequence[int]
) -> tuple[float, pd.DataFrame]:
    """Choose a learning rate (or any other setting) on seeds that are kept for choosing.

    Parameters
    ----------
    run : callable
        `run(rate, seed)` gives a number, the lower the better: a loss, an error, epochs needed.
    rates : sequence of float
        Ascending, fine enough: 1, 2, 5, 10, ...
    seeds : sequence of int
        None of those with which the result is reported.

    Returns
    -------
    rate : float
        As `best_rate` chooses it.
    scores : pandas.DataFrame
        One row per rate, one column per seed.

    Raises
    ------
    ValueError
        If the best rate lies at an end of the grid, or the rates do not ascend.
    """
    if len(seeds) == 0:
        raise ValueError("seeds: expected at least one, got none")
    scores = pd.DataFrame({seed: [run(rate, seed) for rate in rates] for seed in seeds}, rates)
    return best_rate(scores), scores


def best_rate(scores: pd.DataFrame) -> float:
    """The rate with the lowest mean score; of several equally good ones, the smallest.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row per rate, whose index is the rates in ascending order; one column per seed. A
        score that is NaN counts as inf: a training that broke down is no good.

    Raises
    ------
    ValueError
        If the best rate is the first or the last of the grid, so that a better one may lie
        outside; if the rates do not ascend.
    """
    rates = scores.index
    if not (rates.is_monotonic_increasing and rates.is_unique and len(rates) >= 3):
        raise ValueError(f"rates: expected three or more in ascending order, got {list(rates)}")
    mean = scores.fillna(np.inf).mean(axis=1).to_numpy()
    best = int(mean.argmin())
    if best in (0, len(rates) - 1) or np.isinf(mean[best]):
        raise ValueError(
            f"rates: expected a best one inside the grid from {rates[0]} to {rates[-1]}, "
            f"got {rates[best]} with a mean score of {mean[best]:.4g}"
        )
    return rates[best]


# ------------------------------------------------------------------ parts


def _check_settings(epochs, learning_rate, batch_size, optimizer):
    if epochs < 0:
        raise ValueError(f"epochs: expected 0 or more, got {epochs}")
    if not learning_rate > 0:
        raise ValueError(f"learning_rate: expected a positive number, got {learning_rate}")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size: expected 1 or more, or None, got {batch_size}")
    if optimizer not in OPTIMIZERS:
        raise ValueError(f'optimizer: expected "sgd" or "adam", got {optimizer!r}')


def _tensors(model, X, y, suffix) -> tuple[Tensor, Tensor]:
    """Inputs and labels as the model needs them."""
    for name, given in (("X", X), ("y", y)):
        if given is None:
            raise ValueError(f"{name}{suffix}: expected an array, got None")
    dtype = next(model.parameters()).dtype
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    if X.ndim != 2 or y.ndim not in (1, 2) or len(X) != len(y) or len(X) == 0:
        raise ValueError(
            f"X{suffix}, y{suffix}: expected shapes (N, features) and (N,) or (N, K), "
            f"got {tuple(X.shape)} and {tuple(y.shape)}"
        )
    return X.to(dtype), y.to(dtype if y.is_floating_point() else torch.int64)


def _loss(model, X, y, loss) -> tuple[Tensor, Tensor]:
    """The logits, without the last axis if there is a single output, and their loss."""
    logits = model(X)
    if logits.shape[-1] == 1:
        logits = logits.squeeze(-1)
    value = loss(logits, y)
    if not isinstance(value, Tensor) or value.ndim != 0:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
        raise ValueError(f"loss: expected a scalar tensor (one number per batch), got {got}")
    return logits, value


def _optimizer(model, name, learning_rate, momentum) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam(model.parameters(), lr=learning_rate)
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)


# ------------------------------------------------------------------ progress bar


def _someone_watches() -> bool:
    """Whether code runs in a notebook with a person in front of it.

    A front end says with each request whether it could ask its user for input. JupyterLab can;
    whatever runs notebooks on its own (nbclient, nbval, nbgrader) cannot.
    """
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent() if kernel else {}
    return bool(request.get("content", {}).get("allow_stdin"))


_shown = False  # a bar inside another one stays away


@contextmanager
def _progress(total: int, label: str) -> Iterator[Callable[[], None]]:
    """A progress bar; gives the function that moves it on by one. Gone at the end or on errors."""
    global _shown
    if _shown or not _someone_watches():
        yield lambda: None
        return
    from IPython.display import display

    done, drawn = 0, time.monotonic()
    handle = display(_bar(label, 0, total), raw=True, display_id=True)

    def advance() -> None:
        nonlocal done, drawn
        done += 1
        if time.monotonic() - drawn > 0.1:  # a browser need not draw thousands
            handle.update(_bar(label, done, total), raw=True)
            drawn = time.monotonic()

    _shown = True
    try:
        yield advance
    finally:
        _shown = False
        handle.update({}, raw=True)


def _bar(label: str, done: int, total: int) -> dict[str, str]:
    """A bar as a MIME bundle: the browser's own <progress>, which screen readers know."""
    text = f"{label}: {done} of {total}"
    bar = f'<progress aria-label="{escape(label)}" max="{total}" value="{done}"></progress>'
    return {"text/html": f"{bar} {escape(text)}", "text/plain": text}
