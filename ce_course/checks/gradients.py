"""What a learner's loss of tensors gives: its value, its gradients, and the memory that it took.

This function runs wherever the learner's code does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ce_course.memory import peak_bytes

ABOVE = -1.5  # what arrives at the loss from above
ROOM = 6  # chunks of logits, and what grows with the gradients: three times these


def loss_and_gradients(
    function: Any, h: np.ndarray, W: np.ndarray, y: np.ndarray, chunk: int
) -> Any:
    """A loss of tensors (h, W, y, chunk): its value, its gradients after -1.5 · loss, its memory.

    "memory" says whether all tensors together stay, at each time, below six chunks of logits,
    three times the gradients, and a few numbers for each example. What is no tensor comes back as
    it is.
    """
    import torch

    h_, W_ = torch.tensor(h, requires_grad=True), torch.tensor(W, requires_grad=True)
    found = []

    def run():
        found.append(function(h_, W_, torch.tensor(y), chunk))
        loss = found[0]
        if isinstance(loss, torch.Tensor) and loss.requires_grad and loss.ndim == 0:
            try:
                (ABOVE * loss).backward()
            except NotImplementedError:  # forward is attempted already
                raise RuntimeError("backward is not written yet") from None

    peak = peak_bytes(run)
    (loss,) = found
    if isinstance(loss, np.ndarray | np.generic | float | int):
        raise TypeError(
            f"returned {type(loss).__name__}, not a tensor: PyTorch cannot go back from there. "
            "Compute the loss with torch"
        )
    if not isinstance(loss, torch.Tensor):
        return loss
    numbers = ROOM * chunk * len(W) + 3 * (W.size + h.size) + 24 * len(h)
    return {
        "loss": loss,
        "gradient of h": h_.grad,
        "gradient of W": W_.grad,
        "memory": peak <= 8 * numbers,
    }
