"""Sigmoids too many or too few in a yes-or-no model."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, mlp, shapes, two_classes

CAUSES = (
    "sigmoid_twice",
    "logits_as_probabilities",
)


def discriminator(seed):
    X, y = two_classes(seed + 11, n=64, d=16)
    torch.manual_seed(seed)
    D = nn.Sequential(
        nn.Linear(16, 32),
        nn.LeakyReLU(0.2),
        nn.Linear(32, 32),
        nn.LeakyReLU(0.2),
        nn.Linear(32, 1),
        nn.Sigmoid(),
    )
    return {
        "model": D,
        "loss": F.binary_cross_entropy_with_logits,
        "X": X,
        "y": y.float().view(-1, 1),
    }


def pos_weighted(seed):
    X, y = two_classes(seed + 12, n=150, share=0.2)
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([4.0]))
    return {
        "model": mlp(seed, 8, 1, 20, nn.Sigmoid()),
        "loss": criterion,
        "X": X,
        "y": y.float()[:, None],
    }


def no_sigmoid(seed):
    X, y = two_classes(seed + 13)
    model = mlp(seed, 8, 1, 20, nn.Flatten(0))
    return {"model": model, "loss": nn.BCELoss(), "X": X, "y": y.float()}


def mask(seed):
    X, y = shapes(seed, classes=2)

    class Mask(UNet):
        def forward(self, x):
            return torch.sigmoid(super().forward(x)).squeeze(1)

    return {"model": Mask(seed, 1), "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y.float()}
