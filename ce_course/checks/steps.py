"""What a learner's training step does to a small network: the exercises that repair one are judged
by it.

These functions run wherever the learner's code does. The networks start from weights that are the
same each time, in float64, and take the batches in the order of the data: two steps that calculate
the same leave the same network, but for rounding.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def classifier_steps(step: Any, X: np.ndarray, y: np.ndarray, X_new: np.ndarray) -> Any:
    """A network 64-32-10 after 80 steps of step(model, optimizer, X, y), with 50 pictures each."""
    model = _network(64, 32, 10)
    return _taken(step, model, _batches((X, y), 50, 80), X_new)


def accumulated_steps(step: Any, X: np.ndarray, y: np.ndarray, X_new: np.ndarray) -> Any:
    """A linear model of 10 classes after 60 steps of step(model, optimizer, X, y), 64 each.

    "rows" says how many examples went through it at a time, at most.
    """
    model = _network(64, 10)
    rows = [0]
    hook = model.register_forward_hook(lambda _, inputs, output: rows.append(len(output)))
    found = _taken(step, model, _batches((X, y), 64, 60), X_new, before_last=hook.remove)
    return found | {"rows": max(rows)} if isinstance(found, dict) else found


def one_logit_steps(step: Any, X: np.ndarray, y: np.ndarray, X_new: np.ndarray) -> Any:
    """A network 30-16-1 after 60 steps of step(model, optimizer, X, y), 40 tumours each."""
    return _taken(step, _network(30, 16, 1), _batches((X, y), 40, 60), X_new)


def language_steps(step: Any, tokens: np.ndarray, tokens_new: np.ndarray) -> Any:
    """A table of next tokens after 80 steps of step(model, optimizer, tokens), 20 texts each."""
    import torch

    size = int(max(tokens.max(), tokens_new.max())) + 1
    model = _drawn(lambda: torch.nn.Embedding(size, size))
    return _taken(step, model, _batches((tokens,), 20, 80), tokens_new, learning_rate=5.0)


def validated_steps(
    step: Any, X: np.ndarray, y: np.ndarray, X_val: np.ndarray, y_val: np.ndarray
) -> Any:
    """A network with batch norm and dropout after 60 steps of
    step(model, optimizer, X, y, X_val, y_val), 50 pictures each.

    The step returns two losses. "dropout" says for each step whether dropout was on, as strong as
    it was, when it went back from its loss; "training" what that loss was.
    """
    import torch
    from torch import nn

    def layers() -> Any:
        middle = nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5)
        return nn.Sequential(nn.Linear(64, 64), *middle, nn.Linear(64, 10))

    model = _drawn(layers)
    seen: list[bool] = []
    last: list[Any] = []  # the outputs that a step went back from
    trained: list[float] = []

    def look(module: Any, inputs: tuple, output: Any) -> None:
        if torch.is_grad_enabled() and len(output) == 50:  # a batch, not the validation part
            seen.append(module[3].training and module[3].p == 0.5)
            last[:] = [output.detach()]

    model.register_forward_hook(look)
    validation = torch.tensor(X_val), torch.tensor(y_val)

    def with_validation(model: Any, optimizer: Any, X: Any, y: Any) -> tuple:
        returned = step(model, optimizer, X, y, *validation)
        trained.append(float(nn.CrossEntropyLoss()(last[0], y)) if last else float("nan"))
        if returned is None or returned is Ellipsis:
            return returned
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            got = type(returned).__name__
            raise TypeError(f"expected two losses, of training and of validation, got {got}")
        return tuple(returned)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        found = _taken(with_validation, model, _batches((X, y), 50, 60), X_val)
    if not isinstance(found, dict):
        return found
    return found | {"dropout": np.array(seen, dtype=float), "training": np.array(trained)}


def takes(*names: str) -> Callable[[Any], str | None]:
    """accepts(answer) of an exercise whose answer is called with these arguments, in this order."""

    def accepts(answer: Any) -> str | None:
        wanted = ", ".join(names)
        if not callable(answer) or isinstance(answer, type):
            return f"expected a function of ({wanted}), got {type(answer).__name__}"
        try:
            inspect.signature(answer).bind(*names)
        except TypeError:
            return f"expected a function of ({wanted}); yours takes {inspect.signature(answer)}"
        except ValueError:  # some built-in functions have no signature
            return None
        return None

    return accepts


def _network(*sizes: int) -> Any:
    """Linear layers with ReLU between them."""
    from itertools import pairwise

    from torch import nn

    def layers() -> Any:
        pairs = [(nn.Linear(inputs, outputs), nn.ReLU()) for inputs, outputs in pairwise(sizes)]
        return nn.Sequential(*[layer for pair in pairs for layer in pair][:-1])

    return _drawn(layers)


def _drawn(make: Callable[[], Any]) -> Any:
    """A network in float64 with the same weights each time, of the usual size; biases are 0.

    PyTorch's own random state is left as it was.
    """
    import torch

    rng = np.random.default_rng(0)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        model = make().double()
        for name, weight in model.named_parameters():
            if weight.ndim == 2:
                scale = (2 / weight.shape[1]) ** 0.5
                weight.copy_(torch.tensor(rng.normal(scale=scale, size=tuple(weight.shape))))
            elif name.endswith("bias"):
                weight.zero_()
    return model


def _batches(arrays: tuple, size: int, count: int) -> Iterator[tuple]:
    """`count` batches, one after the other and from the start again."""
    import torch

    starts = range(0, len(arrays[0]) - size + 1, size)
    for number in range(count):
        first = starts[number % len(starts)]
        yield tuple(torch.tensor(array[first : first + size]) for array in arrays)


def _taken(
    step: Any,
    model: Any,
    batches: Iterator[tuple],
    X_new: Any,
    learning_rate: float = 0.1,
    before_last: Callable[[], None] = lambda: None,
) -> Any:
    """The losses that the steps returned, and the logits for `X_new` afterwards.

    What a step gave itself, where that is None or an Ellipsis. before_last: called after the steps.
    """
    import torch

    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    returned = []
    for batch in batches:
        found = step(model, optimizer, *batch)
        if found is None or found is Ellipsis:
            return found
        returned.append(
            [_number(part) for part in (found if isinstance(found, tuple) else [found])]
        )
    before_last()
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor(X_new))
    losses = np.array(returned)
    return {"losses": losses[:, 0] if losses.shape[1] == 1 else losses, "logits": logits.numpy()}


def _number(loss: Any) -> float:
    import torch

    if isinstance(loss, torch.Tensor):
        if loss.numel() != 1:
            raise TypeError(f"expected one loss for the batch, got shape {tuple(loss.shape)}")
        return float(loss.detach())
    return float(loss)
