"""The loss is no single number."""

from torch import nn

from benchmarks.setups.common import blobs, mlp

CAUSES = ("loss_not_scalar",)


def module(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(reduction="none"), "X": X, "y": y}
