"""What is recognised and said."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import TinyLM, blobs, flat_loss, mlp, several_labels, walk


def multiple(seed):
    X, y = blobs(seed)
    return {"model": mlp(seed), "loss": lambda z, y: 0.25 * F.cross_entropy(z, y), "X": X, "y": y}


def multiple_binary(seed):
    X, y = several_labels(seed)
    loss = lambda z, y: 3 * F.binary_cross_entropy_with_logits(z, y)  # noqa: E731
    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def weights_and_smoothing(seed):
    X, y = blobs(seed, k=5)
    weight = torch.tensor([5.0, 1.0, 1.0, 2.0, 1.0])
    loss = lambda z, y: F.cross_entropy(z, y, weight, label_smoothing=0.2)  # noqa: E731
    return {"model": mlp(seed, 12, 5), "loss": loss, "X": X, "y": y}


def focal_of_five(seed):
    X, y = blobs(seed)

    def loss(z, y):
        logp = z.log_softmax(1).gather(1, y[:, None])
        return -((1 - logp.exp()) ** 5 * logp).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def twice_the_logarithm(seed):
    tokens = walk(seed)

    class Logarithms(TinyLM):
        def forward(self, x):
            return super().forward(x).log_softmax(-1)

    return {"model": Logarithms(seed), "loss": flat_loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


def sigmoids(seed):
    X, y = blobs(seed)
    return {
        "model": mlp(seed),
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": F.one_hot(y, 4).float(),
    }
