"""A softmax where examples bear several labels."""

from torch import nn

from benchmarks.setups.common import blobs, mlp, several_labels

CAUSES = (
    "softmax_for_several_labels",
    "targets_not_probabilities",
)


def module(seed):
    X, y = several_labels(seed)
    return {"model": mlp(seed, 10, 5), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def teacher_logits(seed):
    X, _y = blobs(seed)
    teacher = mlp(seed + 1)(X).detach() * 5
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(), "X": X, "y": teacher}
