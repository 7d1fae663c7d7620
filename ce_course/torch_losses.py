"""The losses that need PyTorch: those with a backward pass of their own.

Shapes and conventions are those of `losses.py`: logits (N, K), integer labels (N,), one loss per
example in nats. Only code that works on tensors imports this module.
"""

from __future__ import annotations

import torch
from torch import Tensor


class CrossEntropyFunction(torch.autograd.Function):
    """Cross-entropy from logits with its gradient written by hand.

    `CrossEntropyFunction.apply(z, y)`: z (N, K) floating point, y (N,) integer labels; returns
    the loss of each example, (N,), in nats. Logits of -inf are classes that cannot happen; the
    true class may be one (loss inf). The gradient is softmax(z) - one_hot(y), each row times
    what arrives from above. Gradients of that gradient are not supported. Raises `ValueError`
    for shapes that do not fit, and what PyTorch raises for labels out of range.
    """

    @staticmethod
    def forward(ctx, z: Tensor, y: Tensor) -> Tensor:
        if z.ndim != 2 or y.shape != z.shape[:1]:
            raise ValueError(
                f"z, y: expected shapes (N, K) and (N,), got {tuple(z.shape)} and {tuple(y.shape)}"
            )
        log_p = torch.log_softmax(z, dim=-1)
        ctx.save_for_backward(log_p, y)
        return -log_p.gather(-1, y[:, None]).squeeze(-1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_output: Tensor) -> tuple[Tensor, None]:
        log_p, y = ctx.saved_tensors
        one_hot = torch.zeros_like(log_p).scatter_(-1, y[:, None], 1)
        return (log_p.exp() - one_hot) * grad_output[:, None], None
