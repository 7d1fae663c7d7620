"""Classes at the end of the shape."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, shapes, walk

CAUSES = ("class_axis",)


def tagger(seed):
    tokens = walk(seed + 4, n=5, length=7)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Embedding(11, 12), nn.Linear(12, 4))
    return {"model": model, "loss": nn.CrossEntropyLoss(), "X": tokens, "y": tokens % 4}


def view_for_permute(seed):
    tokens = walk(seed + 5, n=6, length=9)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Embedding(11, 12), nn.Linear(12, 4))
    criterion = nn.CrossEntropyLoss()

    def loss(z, y):
        return criterion(z.view(z.shape[0], z.shape[2], z.shape[1]), y)

    return {"model": model, "loss": loss, "X": tokens, "y": tokens % 4}


def pixels(seed):
    X, y = shapes(seed + 6, n=4)

    def loss(z, y):
        return F.cross_entropy(z.reshape(-1, z.shape[1]), y.reshape(-1))

    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}
