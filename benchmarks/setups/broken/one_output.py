"""CrossEntropyLoss with one output."""

from torch import nn

from benchmarks.setups.common import mlp, two_classes

CAUSES = ("one_output",)


def float_labels(seed):
    X, y = two_classes(seed)
    return {
        "model": mlp(seed, 8, 1),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": y.float()[:, None],
    }


def zeros_only_run(seed):
    X, y = two_classes(seed)
    return {"model": mlp(seed, 8, 1), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def softmax_of_one(seed):
    X, y = two_classes(seed)
    model = mlp(seed, 8, 1, 16, nn.Softmax(1))
    return {"model": model, "loss": nn.BCELoss(), "X": X, "y": y.float()[:, None]}
