"""The step has a loss of its own."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import blobs, mlp, trainer

CAUSES = (
    "step_other_loss",
    "squared_error",
    "softmax_twice",
)


def entropy_added(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    own = lambda z, y: F.cross_entropy(z, y) + 2 * z.square().mean()  # noqa: E731
    step = trainer(model, own, torch.optim.Adam(model.parameters()))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def multi_margin(seed):
    X, y = blobs(seed)
    model = mlp(seed)
    step = trainer(model, F.multi_margin_loss, torch.optim.Adam(model.parameters()))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
