"""A check to run before training. It needs nothing but PyTorch: copy it into any project."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


def check_training_setup(
    model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], X: Tensor, y: Tensor
) -> list[str]:
    """What looks wrong with a classifier before its first step; an empty list if nothing does.

    Parameters
    ----------
    model : maps X (N, ...) to logits (N, K), K > 1; freshly initialised. It is not changed.
    loss : the loss that training will use, a scalar; it should be the plain mean cross-entropy.
        Class weights and label smoothing change its gradient: check before you turn them on.
    X, y : one batch, 16 examples or more, with integer labels (N,).

    Five checks: the output is no softmax; the first loss is between half and twice ln K; its
    gradient with respect to the output is (p - q) / N; a gradient reaches every parameter that
    wants one; Adam can bring the loss on 16 examples to nearly 0 in 300 steps. A model too small
    for the last is reported too.
    """
    model = copy.deepcopy(model).eval()
    z = model(X)
    if not z.requires_grad:
        return ["parameters: the output needs no gradient: a no_grad() or detach() too many?"]
    z.retain_grad()
    first = loss(z, y)
    first.backward()
    p = z.detach().softmax(-1)
    expected = (p - nn.functional.one_hot(y, z.shape[-1])) / len(y)
    times = float((z.grad * expected).sum() / expected.square().sum())
    silent = [
        name
        for name, weight in model.named_parameters()
        if weight.requires_grad and (weight.grad is None or not weight.grad.any())
    ]
    problems = []

    if (z >= 0).all() and torch.allclose(z.sum(-1), torch.ones(len(y), dtype=z.dtype), atol=1e-4):
        problems.append("output: rows sum to 1: a softmax too many")
    usual = math.log(z.shape[-1])
    if not usual / 2 < first.item() < 2 * usual:
        problems.append(f"start: first loss {first.item():.3g}, ln K is {usual:.3g}")
    if not torch.allclose(z.grad, times * expected, rtol=1e-3, atol=1e-3 / len(y)):
        problems.append("gradient: not (p - q) / N, nor a multiple of it")
    elif abs(times - 1) > 1e-3:
        problems.append(f"gradient: {times:.4g} times (p - q) / N: a sum instead of a mean?")
    if silent:
        problems.append(f"parameters: no gradient reaches {', '.join(silent)}")

    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(300):
        adam.zero_grad()
        last = loss(model(X[:16]), y[:16])
        last.backward()
        adam.step()
    if not -1e-3 < last.item() < 0.1:
        problems.append(f"one batch: the loss on 16 examples ends at {last.item():.3g}, not near 0")
    return problems
