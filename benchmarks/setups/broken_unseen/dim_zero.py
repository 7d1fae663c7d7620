"""dim=0, or no dim given."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, walk

CAUSES = ("softmax_wrong_axis",)


def sequence_tags(seed):
    tokens = walk(seed, n=7, length=9)
    tags = tokens % 4

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.fc = nn.Embedding(11, 12), nn.Linear(12, 4)

        def forward(self, x):
            return F.log_softmax(self.fc(self.e(x)), dim=1)

    def loss(z, y):
        return F.nll_loss(z.flatten(0, 1), y.flatten())

    return {"model": Tagger(), "loss": loss, "X": tokens, "y": tags}


def by_hand(seed):
    X, y = blobs(seed + 31, n=50, k=5)

    def loss(z, y):
        e = torch.exp(z - z.max())
        p = e / e.sum(dim=0)
        return -torch.log(p[range(len(y)), y]).mean()

    return {"model": mlp(seed, 12, 5), "loss": loss, "X": X, "y": y}
