"""A softmax and one column."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import mlp, two_classes

CAUSES = ("one_output",)


def credit_card(seed):
    X, y = two_classes(seed + 21, n=100, d=30, share=0.3)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1)
    )
    criterion = nn.CrossEntropyLoss()

    def loss(out, y):
        return criterion(out, y.unsqueeze(1).float())

    return {"model": model, "loss": loss, "X": X, "y": y}


def long_labels(seed):
    X, y = two_classes(seed + 22)
    return {"model": mlp(seed, 8, 1), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def recurrent(seed):
    X, y = two_classes(seed + 23, n=40, d=24)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.lstm, self.fc = nn.LSTM(4, 12, batch_first=True), nn.Linear(12, 1)

        def forward(self, x):
            _, (h, _) = self.lstm(x)
            return F.log_softmax(self.fc(h[-1]), dim=1)

    def loss(z, y):
        return -(z.squeeze(1) * y).mean()

    return {"model": Net(), "loss": loss, "X": X.view(40, 6, 4), "y": y.float()}
