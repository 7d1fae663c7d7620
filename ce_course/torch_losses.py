"""The losses that need PyTorch: those with a backward pass of their own, or made for training.

Shapes and conventions are those of `losses.py`: logits (N, K), integer labels (N,), one loss per
example in nats. NaN logits, and rows of nothing but -inf, give NaN as they do in PyTorch: a
training that diverges goes on. Only code that works on tensors imports this module.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ce_course.support.validation import as_count, as_number, shown


class CrossEntropyFunction(torch.autograd.Function):
    """Cross-entropy from logits with its gradient written by hand.

    `CrossEntropyFunction.apply(z, y)`: z (N, K) floating point, y (N,) integer labels; returns
    the loss of each example, (N,), in nats. Logits of -inf are classes that cannot happen; the
    true class may be one (loss inf). The gradient is softmax(z) - one_hot(y), each row times
    what arrives from above. Gradients of that gradient are not supported. Raises `ValueError`
    for shapes that do not fit and labels that are no class.
    """

    @staticmethod
    def forward(ctx, z: Tensor, y: Tensor) -> Tensor:
        _check_logits(z, "z")
        _check_tensor(y, "y")
        if z.ndim != 2 or y.shape != z.shape[:1]:
            raise ValueError(
                f"z, y: expected shapes (N, K) and (N,), got {tuple(z.shape)} and {tuple(y.shape)}"
            )
        y = _as_labels(y, z.shape[-1])
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

    Raises `ValueError` for shapes that do not fit, labels that are no class, gamma < 0, alpha out
    of range or with K classes.
    """
    _check_logits(z, "z")
    _check_tensor(y, "y")
    gamma = as_number(gamma, "gamma", "a finite number of 0 or more", lambda g: 0 <= g < math.inf)
    if alpha is not None:
        expected = "a number from 0 to 1, for one logit each"
        alpha = as_number(alpha, "alpha", expected, lambda a: 0 <= a <= 1 and z.ndim == y.ndim)
    if z.shape == y.shape:
        wrong = y[(y != 0) & (y != 1)]
        if wrong.numel() > 0:
            raise ValueError(f"y: expected labels 0 or 1, got {wrong[0].item()}")
        y = y.to(z.dtype)
        m = (2 * y - 1) * z
        share = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    elif z.shape[:-1] == y.shape and z.shape[-1] > 0:
        y = _as_labels(y, z.shape[-1])
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

    student_z, teacher_z (N, K), y (N,) integer labels. No gradient flows to the teacher. A class
    that the teacher rules out (logit -inf) adds nothing to the soft part, whatever the student
    thinks of it; a part with weight 0 adds nothing either. Errors as in `losses.distillation_loss`.
    """
    fits = "a positive number with a finite square"
    temperature = as_number(
        temperature, "temperature", fits, lambda T: T > 0 and math.isfinite(T * T)
    )
    alpha = as_number(alpha, "alpha", "a number from 0 to 1", lambda a: 0 <= a <= 1)
    _check_logits(student_z, "student_z")
    _check_logits(teacher_z, "teacher_z")
    _check_tensor(y, "y")
    if student_z.ndim != 2 or student_z.shape != teacher_z.shape or y.shape != student_z.shape[:1]:
        shapes = ", ".join(str(tuple(x.shape)) for x in (student_z, teacher_z, y))
        raise ValueError(
            f"student_z, teacher_z, y: expected shapes (N, K), (N, K) and (N,), got {shapes}"
        )
    y = _as_labels(y, student_z.shape[-1])
    log_p = F.log_softmax(student_z / temperature, dim=-1)
    log_q = F.log_softmax(teacher_z.detach() / temperature, dim=-1)
    log_ratio = (log_q - log_p).masked_fill(log_q.isneginf(), 0)  # 0 log 0 = 0
    soft = (log_q.exp() * log_ratio).sum(dim=-1)
    hard = F.cross_entropy(student_z, y, reduction="none")
    parts = ((alpha * temperature**2, soft), (1 - alpha, hard))
    return sum(weight * part for weight, part in parts if weight > 0)


def generalized_cross_entropy(z: Tensor, y: Tensor, q: float) -> Tensor:
    """`robust.generalized_cross_entropy` for training: (N,) for z (N, K) and integer labels y (N,).

    Written with expm1 of q log p_y: exact gradients also where p_y is 0 or 1. Raises `ValueError`
    for shapes that do not fit, labels that are no class, and unless 0 < q <= 1.
    """
    q = as_number(q, "q", "a number above 0, up to 1", lambda q: 0 < q <= 1)
    return -torch.expm1(-q * _plain(z, y)) / q


def symmetric_cross_entropy(
    z: Tensor, y: Tensor, alpha: float, beta: float, log_zero: float = -4.0
) -> Tensor:
    """`robust.symmetric_cross_entropy` for training: (N,) for z (N, K) and integer labels y (N,).

    Errors as in `generalized_cross_entropy`; alpha and beta are finite and 0 or more, log_zero is
    finite and negative.
    """
    expected = "a finite number of 0 or more"
    alpha, beta = (
        as_number(x, name, expected, lambda x: 0 <= x < math.inf)
        for name, x in (("alpha", alpha), ("beta", beta))
    )
    expected = "a finite negative number"
    log_zero = as_number(log_zero, "log_zero", expected, lambda x: -math.inf < x < 0)
    plain = _plain(z, y)
    reverse = beta * (log_zero * torch.expm1(-plain))
    return alpha * plain + reverse if alpha > 0 else reverse


def _plain(z: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy of each example."""
    return F.cross_entropy(z, _labels_of(z, y), reduction="none")


def loss_family(z: Tensor, y: Tensor, gamma: float, q: float, epsilon: float) -> Tensor:
    """`scale.loss_family` of the label's probability, for training: (N,) for z (N, K), y (N,).

    Written from the true class's log-odds, as `focal_loss` is: exact gradients for all settings.
    Raises `ValueError` for shapes that do not fit, labels that are no class, gamma < 0, q outside
    [0, 1], epsilon < -1.
    """
    gamma, q, epsilon = (
        as_number(x, name, expected, fits)
        for x, (name, expected, fits) in zip((gamma, q, epsilon), FAMILY, strict=True)
    )
    y = _labels_of(z, y)
    own = torch.zeros_like(z, dtype=torch.bool).scatter_(-1, y[:, None], True)
    m = z[own] - z.masked_fill(own, -float("inf")).logsumexp(dim=-1)
    log_p, log_rest = F.logsigmoid(m), F.logsigmoid(-m)
    cost = -torch.expm1(q * log_p) / q if q > 0 else -log_p
    return torch.exp(gamma * log_rest) * cost + epsilon * torch.exp(log_rest)


FAMILY = (
    ("gamma", "a finite number of 0 or more", lambda g: 0 <= g < math.inf),
    ("q", "a number from 0 to 1", lambda q: 0 <= q <= 1),
    ("epsilon", "a finite number of -1 or more", lambda e: -1 <= e < math.inf),
)


def chunked_linear_cross_entropy(
    h: Tensor,
    W: Tensor,
    y: Tensor,
    chunk: int,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:
    """The mean of `F.cross_entropy(F.linear(h, W), y)` without all the logits at once.

    The logits of `chunk` tokens exist at a time, (chunk, V), in one buffer that is used again; the
    gradients are added up on the way forward. Beside the inputs that needs the buffer and the
    gradients, the one of W (V, d) for the most part. Logits of float16 and bfloat16 are rounded
    to these when they are multiplied, as `F.linear` does; softmax and sums are in float32.

    Parameters
    ----------
    h : floating point, shape (N, d)
        What the network says of each token.
    W : shape (V, d), of the dtype of h
        A row for each word of the vocabulary, as `nn.Linear` keeps it.
    y : integer labels, shape (N,)
        Examples with the label `ignore_index` do not count.
    chunk : int
        Tokens at a time, 1 or more; the last chunk may be smaller.
    label_smoothing : float
        From 0 to 1, as in `F.cross_entropy`.

    Returns
    -------
    tensor, shape ()
        In float32 for half precision, else in the dtype of h. NaN if no example counts. Gradients
        of its gradient are not supported.

    Raises
    ------
    ValueError
        For shapes, dtypes or settings that do not fit, and labels that are no class.
    """
    _check_logits(h, "h")
    _check_logits(W, "W")
    _check_tensor(y, "y")
    if h.ndim != 2 or W.ndim != 2 or W.shape[1] != h.shape[1] or y.shape != h.shape[:1]:
        shapes = ", ".join(str(tuple(x.shape)) for x in (h, W, y))
        raise ValueError(f"h, W, y: expected shapes (N, d), (V, d) and (N,), got {shapes}")
    if len(W) == 0 or h.dtype != W.dtype or not h.device == W.device == y.device:
        given = ", ".join(f"{len(x)} rows of {x.dtype} on {x.device}" for x in (h, W, y))
        raise ValueError(f"h, W, y: expected a class or more, one dtype and device, got {given}")
    chunk = as_count(chunk, "chunk", "a whole number from 1 on", 1)
    expected = "a whole number"
    ignore_index = int(as_number(ignore_index, "ignore_index", expected, _is_label))
    expected = "a number from 0 to 1"
    smoothing = as_number(label_smoothing, "label_smoothing", expected, lambda e: 0 <= e <= 1)
    _as_labels(torch.where(y == ignore_index, 0, y), len(W))
    wanted = [x.requires_grad and torch.is_grad_enabled() for x in (h, W)]
    settings = (chunk, ignore_index, smoothing, wanted)
    return _ChunkedLinearCrossEntropy.apply(h, W, y.to(torch.int64), *settings)


class _ChunkedLinearCrossEntropy(torch.autograd.Function):
    """One screen: a chunk's logits become its softmax, then its gradient, all in one buffer."""

    @staticmethod
    def forward(ctx, h, W, y, chunk, ignore_index, smoothing, wanted):
        counts = y != ignore_index
        wide = torch.promote_types(h.dtype, torch.float32)
        weight = counts.to(wide) / counts.sum().clamp(min=1)  # of each example in the mean
        label = torch.where(counts, y, 0)[:, None]
        grad_h = torch.empty_like(h) if wanted[0] else None
        grad_W = torch.zeros_like(W, dtype=wide) if wanted[1] else None
        buffer = torch.empty(min(chunk, len(h)), len(W), dtype=h.dtype, device=h.device)
        cost = torch.empty(len(h), dtype=wide, device=h.device)
        for start in range(0, len(h), chunk):
            rows = slice(start, start + chunk)
            some, own = h[rows], label[rows]
            z = torch.mm(some, W.T, out=buffer[: len(some)]).to(wide)
            z -= z.amax(dim=1, keepdim=True)
            target = z.gather(1, own)
            if smoothing > 0:
                target = (1 - smoothing) * target + smoothing * z.mean(dim=1, keepdim=True)
            total = z.exp_().sum(dim=1, keepdim=True)
            cost[rows] = (total.log() - target)[:, 0]
            if not any(wanted):
                continue
            z *= weight[rows, None] / total  # the softmax, with the example's weight
            taken = -weight[rows, None]
            z.scatter_add_(1, own, (1 - smoothing) * taken)
            if smoothing > 0:
                z += taken * (smoothing / len(W))
            z = z.to(h.dtype)
            if wanted[0]:
                torch.mm(z, W, out=grad_h[rows])
            if wanted[1]:
                if wide == h.dtype:
                    grad_W.addmm_(z.T, some)
                else:
                    grad_W += z.T @ some
        ctx.save_for_backward(grad_h, grad_W)
        ctx.dtype = h.dtype
        return torch.where(counts, cost * weight, 0).sum() / counts.any()  # 0 / 0: none counts

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_output):
        grads = [g if g is None else (g * grad_output).to(ctx.dtype) for g in ctx.saved_tensors]
        return *grads, None, None, None, None, None


def _labels_of(z: Tensor, y: Tensor) -> Tensor:
    """The labels y (N,) of logits z (N, K), as indices; anything else raises ValueError."""
    _check_logits(z, "z")
    _check_tensor(y, "y")
    if z.ndim != 2 or y.shape != z.shape[:1] or z.shape[1] == 0:
        raise ValueError(
            f"z, y: expected shapes (N, K) and (N,), got {tuple(z.shape)} and {tuple(y.shape)}"
        )
    return _as_labels(y, z.shape[-1])


def _is_label(x: float) -> bool:
    return abs(x) < 2**63 and x == x // 1


def _check_tensor(x: Tensor, name: str) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected a tensor, got {shown(x)}")
    if x.layout != torch.strided:
        raise ValueError(f"{name}: expected a dense tensor, got layout {x.layout}")


def _check_logits(z: Tensor, name: str) -> None:
    _check_tensor(z, name)
    if not z.is_floating_point():
        raise ValueError(f"{name}: expected floating-point logits, got dtype {z.dtype}")


def _as_labels(y: Tensor, num_classes: int) -> Tensor:
    if y.is_floating_point() or y.is_complex():
        raise ValueError(f"y: expected integer labels, got dtype {y.dtype}")
    wrong = y[(y < 0) | (y >= num_classes)]
    if wrong.numel() > 0:
        last = num_classes - 1
        raise ValueError(f"y: expected labels from 0 to {last}, got {wrong[0].item()}")
    return y.to(torch.int64)
