"""NLLLoss and what does not belong before it."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, walk

CAUSES = (
    "nll_of_logits",
    "nll_of_probabilities",
)


def text_classifier(seed):
    tokens, y = walk(seed, n=30, length=9, vocabulary=50), torch.arange(30) % 3

    class Bag(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.embedding, self.fc = nn.EmbeddingBag(50, 16), nn.Linear(16, 3)

        def forward(self, text):
            return self.fc(self.embedding(text))

    return {"model": Bag(), "loss": nn.NLLLoss(), "X": tokens, "y": y}


def softmax_then_nll(seed):
    X, y = shapes(seed + 5)

    def loss(z, y):
        return F.nll_loss(F.softmax(z, dim=1), y)

    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}


def divergence_of_probabilities(seed):
    X, _y = blobs(seed + 2, k=6)
    teacher = torch.softmax(mlp(seed + 9, 12, 6)(X).detach(), 1)

    def loss(z, q):
        return F.kl_div(z.softmax(1), q, reduction="batchmean")

    return {"model": mlp(seed, 12, 6), "loss": loss, "X": X, "y": teacher}
