"""What tutorials show."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import blobs, mlp, trainer, two_classes, walk


def lenet(seed):
    X, y = blobs(seed + 40, n=32, k=10, shape=(1, 12, 12))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(96, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)

    def step(inputs, labels):
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def predict(X):
        return torch.max(model(X), 1)[1]

    return {
        "model": model,
        "loss": criterion,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": step,
        "predict": predict,
    }


def residual(seed):
    X, y = blobs(seed + 42, n=24, k=3, shape=(3, 8, 8))

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.a, self.b = (
                nn.Conv2d(width, width, 3, padding=1, bias=False),
                nn.Conv2d(width, width, 3, padding=1, bias=False),
            )
            self.n, self.m = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
            nn.init.zeros_(self.m.weight)

        def forward(self, x):
            return F.relu(x + self.m(self.b(F.relu(self.n(self.a(x))))))

    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3),
        Block(8),
        Block(8),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def text_classifier(seed):
    tokens, y = walk(seed, n=30, length=9, vocabulary=50), torch.arange(30) % 3
    torch.manual_seed(seed)
    model = nn.Sequential(nn.EmbeddingBag(50, 16), nn.Linear(16, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "X": tokens,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def scaled_inside(seed):
    X, y = blobs(seed + 43, n=40, shape=(1, 8, 8))
    X = (40 * X + 128).clamp(0, 255).round()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 4))

        def forward(self, x):
            return self.net(x / 127.5 - 1)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def logistic_regression(seed):
    X, y = two_classes(seed + 44, n=300, d=20)
    torch.manual_seed(seed)
    model = nn.Linear(20, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z.squeeze(-1), y.float())

    def predict(X):
        return torch.sigmoid(model(X)).squeeze(-1) > 0.5

    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "predict": predict,
    }


def noise(seed):
    g = torch.Generator().manual_seed(seed)
    X, y = torch.randn(64, 30, generator=g), torch.randint(0, 7, (64,), generator=g)
    model = mlp(seed, 30, 7, 50)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": y,
        "optimizer": torch.optim.Adam(model.parameters()),
    }


def adversarial(seed):
    X, y = blobs(seed + 45)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        X = X.clone().requires_grad_(True)
        (g,) = torch.autograd.grad(F.cross_entropy(model(X), y), X)
        loss = F.cross_entropy(model((X + 0.05 * g.sign()).detach()), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
