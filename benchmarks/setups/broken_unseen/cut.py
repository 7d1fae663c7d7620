"""detach, item, numpy, no_grad."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer, two_classes, walk

CAUSES = (
    "no_gradient",
    "gradient_cut",
)


def through_numpy(seed):
    X, y = blobs(seed + 161, n=40)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 20), nn.Linear(20, 4)

        def forward(self, x):
            h = torch.relu(self.a(x)).detach().numpy()
            return self.b(torch.from_numpy(h))

    model = Net()
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": torch.optim.Adam(model.parameters()),
    }


def new_tensor(seed):
    X, y = blobs(seed + 162, n=40)

    def loss(z, y):
        return torch.tensor(F.cross_entropy(z, y).item(), requires_grad=True)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def rounded(seed):
    X, y = two_classes(seed + 163)

    def loss(z, y):
        return F.binary_cross_entropy(torch.round(torch.sigmoid(z)), y)

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


def encoder_in_no_grad(seed):
    tokens, y = walk(seed + 12, n=36), torch.arange(36) % 4

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(11, 8)
            self.gru = nn.GRU(8, 16, batch_first=True)
            self.head = nn.Linear(16, 4)

        def forward(self, x):
            with torch.no_grad():
                h, _ = self.gru(self.embedding(x))
            return self.head(h.mean(1))

    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": tokens,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def step_in_no_grad(seed):
    X, y = blobs(seed + 164, n=40)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        with torch.no_grad():
            z = model(X)
        loss = F.cross_entropy(z, y)
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
