"""Classes counted from 1."""

from torch import nn

from benchmarks.setups.common import blobs, mlp, two_classes

CAUSES = ("labels_from_one",)


def too_few_outputs(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": y + 1}


def two(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1, 16, nn.Flatten(0))
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": (y + 1).float()}


def one_output_more(seed):
    X, y = blobs(seed, n=200)
    return {"model": mlp(seed, 12, 5), "loss": nn.CrossEntropyLoss(), "X": X, "y": y + 1}
