"""The losses that need PyTorch: those with a backward pass of their own, or made for training.

Shapes and conventions are those of `losses.py`: logits (N, K), integer labels (N,), one loss per
example in nats. Only code that works on tensors imports this module.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
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


def focal_loss(z: Tensor, y: Tensor, gamma: float = 2.0, alpha: float | None = None) -> Tensor:
    """`losses.focal_loss` for training: one loss per example, with exact gradients for all gamma.

    z (N, K) with labels y (N,): softmax over K classes. z (N,) with y (N,) of 0 and 1: one logit
    each; `alpha` (binary only) weighs class 1, 1 - alpha class 0. More leading axes work alike.

    (1 - p_t)^gamma is written as exp(gamma logsigmoid(-m)) of the true class's log-odds m. The
    usual (1 - exp(-ce))^gamma has the derivative 0^(gamma - 1) = inf for gamma < 1 where p_t
    rounds to 1, and inf times 0 is NaN. Logits must be finite for the gradient to be.

    Raises `ValueError` for shapes that do not fit, gamma < 0, alpha out of range or with K classes.
    """
    if not 0 <= gamma < float("inf"):
        raise ValueError(f"gamma: expected a finite number of 0 or more, got {gamma}")
    if alpha is not None and not (0 <= alpha <= 1 and z.ndim == y.ndim):
        raise ValueError(f"alpha: expected a number from 0 to 1, for one logit each; got {alpha}")
    if z.shape == y.shape:
        y = y.to(z.dtype)
        m = (2 * y - 1) * z
        share = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    elif z.shape[:-1] == y.shape:
        own = torch.zeros_like(z, dtype=torch.bool).scatter_(-1, y[..., None], True)
        others = z.masked_fill(own, -float("inf")).logsumexp(dim=-1)
        m, share = z[own].reshape(y.shape) - others, 1
    else:
        raise ValueError(
            f"z, y: expected shapes (N, K) and (N,), or both (N,), "
            f"got {tuple(z.shape)} and {tuple(y.shape)}"
        )
    return -F.logsigmoid(m) * torch.exp(gamma * F.logsigmoid(-m)) * share


def distillation_loss(
    student_z: Tensor, teacher_z: Tensor, y: Tensor, temperature: float, alpha: float
) -> Tensor:
    """`losses.distillation_loss` for training: one loss per example, shape (N,), in nats.

    student_z, teacher_z (N, K), y (N,) integer labels. No gradient flows to the teacher.
    """
    log_p = F.log_softmax(student_z / temperature, dim=-1)
    log_q = F.log_softmax(teacher_z.detach() / temperature, dim=-1)
    soft = F.kl_div(log_p, log_q, reduction="none", log_target=True).sum(dim=-1)
    hard = F.cross_entropy(student_z, y, reduction="none")
    return alpha * temperature**2 * soft + (1 - alpha) * hard
