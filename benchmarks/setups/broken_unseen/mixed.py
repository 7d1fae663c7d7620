"""Examples that leak into each other."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, walk

CAUSES = ("examples_mixed",)


def transformer_batch_first(seed):
    tokens, y = walk(seed + 19, n=24, length=7), torch.arange(24) % 3

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.Embedding(11, 16)
            self.layer, self.o = nn.TransformerEncoderLayer(16, 2, 32), nn.Linear(16, 3)

        def forward(self, x):
            return self.o(self.layer(self.e(x)).mean(1))

    return {"model": Net(), "loss": F.cross_entropy, "X": tokens, "y": y}


def centred_by_the_batch(seed):
    X, y = blobs(seed + 251)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x - x.mean())

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
