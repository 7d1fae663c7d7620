"""Losses that are not the plain one."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, shapes, trainer, two_classes


def dice_and_cross_entropy(seed):
    X, y = shapes(seed + 3)

    def loss(z, y):
        p, hot = z.softmax(1), F.one_hot(y, 3).movedim(-1, 1).float()
        overlap = (p * hot).sum((0, 2, 3)) / (p + hot).sum((0, 2, 3))
        return F.cross_entropy(z, y) + 1 - 2 * overlap.mean()

    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}


def generalized(seed):
    X, y = blobs(seed + 12)

    def loss(z, y):
        return ((1 - z.softmax(1).gather(1, y[:, None]) ** 0.7) / 0.7).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def symmetric(seed):
    X, y = blobs(seed + 13)

    def loss(z, y):
        p = z.softmax(1)
        reverse = -(p * torch.log(F.one_hot(y, 4) + 1e-4)).sum(1).mean()
        return 0.5 * F.cross_entropy(z, y) + 0.5 * reverse

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def confidence_penalty(seed):
    X, y = blobs(seed + 14)

    def loss(z, y):
        entropy = -(z.softmax(1) * z.log_softmax(1)).sum(1).mean()
        return F.cross_entropy(z, y) - 0.1 * entropy

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def distilled_only(seed):
    X, _ = blobs(seed + 15)
    teacher = mlp(seed + 3)(X).detach()

    def loss(z, t):
        return 9 * F.kl_div((z / 3).log_softmax(1), (t / 3).softmax(1), reduction="batchmean")

    return {"model": mlp(seed), "loss": loss, "X": X, "y": teacher}


def mixed_pairs(seed):
    X, y = blobs(seed + 16)
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(seed))
    lam = torch.tensor(0.3)

    def loss(z, target):
        a, b, lam = target
        return lam * F.cross_entropy(z, a) + (1 - lam) * F.cross_entropy(z, b)

    return {
        "model": mlp(seed),
        "loss": loss,
        "X": lam * X + (1 - lam) * X[order],
        "y": (y, y[order], lam),
    }


def margin_scores(seed):
    X, y = blobs(seed + 17)
    return {"model": mlp(seed), "loss": nn.MultiMarginLoss(), "X": X, "y": y}


def hinge(seed):
    X, y = two_classes(seed + 18)

    def loss(z, y):
        return (1 - y * z.squeeze(1)).clamp_min(0).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": 2.0 * y - 1}


def additive_margin(seed):
    X, y = blobs(seed + 19, k=6)

    class Cosine(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.h, self.w = nn.Linear(12, 16), nn.Parameter(torch.randn(6, 16))

        def forward(self, x):
            return F.normalize(self.h(x), dim=1) @ F.normalize(self.w, dim=1).T

    def loss(z, y):
        return F.cross_entropy(20 * (z - 0.2 * F.one_hot(y, 6)), y)

    return {"model": Cosine(), "loss": loss, "X": X, "y": y}


def adjusted_logits(seed):
    X, y = blobs(seed + 20)
    prior = torch.tensor([0.4, 0.3, 0.2, 0.1])

    def loss(z, y):
        return F.cross_entropy(z + prior.log(), y)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def learned_temperature(seed):
    X, _ = blobs(seed + 21, n=24)

    class Clip(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 16), nn.Linear(12, 16)
            self.scale = nn.Parameter(torch.tensor(2.6592))

        def forward(self, x):
            a, b = F.normalize(self.a(x), dim=1), F.normalize(self.b(x.flip(1)), dim=1)
            return self.scale.exp() * a @ b.T

    def loss(z, y):
        return (F.cross_entropy(z, y) + F.cross_entropy(z.T, y)) / 2

    model = Clip()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": torch.arange(24),
        "step": trainer(model, loss, optimizer),
    }


def one_versus_rest(seed):
    X, y = blobs(seed + 22)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z, F.one_hot(y, 4).float())

    model = mlp(seed)
    return {"model": model, "loss": loss, "X": X, "y": y, "predict": lambda X: model(X).argmax(1)}


def auxiliary_heads(seed):
    X, y = shapes(seed + 23)

    class Deep(UNet):
        def __init__(self, seed):
            super().__init__(seed)
            self.side = nn.Conv2d(8, 3, 1)

        def forward(self, x):
            fine = self.down(x)
            z = self.head(torch.cat([fine, self.up(self.deep(fine))], 1))
            return {"out": z, "aux": self.side(fine)}

    def loss(out, y):
        return F.cross_entropy(out["out"], y) + 0.4 * F.cross_entropy(out["aux"], y)

    return {"model": Deep(seed), "loss": loss, "X": X, "y": y}


def penalised(seed):
    X, y = blobs(seed + 24)
    model = mlp(seed)

    def loss(z, y):
        return F.cross_entropy(z, y) + 1e-3 * sum(p.square().sum() for p in model.parameters())

    return {"model": model, "loss": loss, "X": X, "y": y}


def connectionist(seed):
    X, _ = blobs(seed + 25, n=6, k=2, shape=(12, 5))
    y = torch.randint(1, 4, (6, 4), generator=torch.Generator().manual_seed(seed))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.r, self.o = nn.GRU(5, 16, batch_first=True), nn.Linear(16, 4)

        def forward(self, x):
            return self.o(self.r(x)[0]).log_softmax(-1)

    def loss(z, y):
        return F.ctc_loss(z.transpose(0, 1), y, torch.full((6,), 12), torch.full((6,), 4))

    return {"model": Net(), "loss": loss, "X": X, "y": y}
