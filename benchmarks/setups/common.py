"""Small data of several kinds, each from a seed."""

import torch
from torch import nn


def blobs(seed, n=96, d=12, k=4, spread=1.0, shape=()):
    """Points around k centres: X (n, d) or (n, *shape), y (n,)."""
    g = torch.Generator().manual_seed(seed)
    d = d if not shape else int(torch.tensor(shape).prod())
    centres = 2 * torch.randn(k, d, generator=g)
    y = torch.arange(n) % k
    y = y[torch.randperm(n, generator=g)]
    X = centres[y] + spread * torch.randn(n, d, generator=g)
    return (X.reshape(n, *shape) if shape else X), y


def two_classes(seed, n=80, d=8, share=0.5):
    """Two blobs: X (n, d), y (n,) of 0 and 1."""
    g = torch.Generator().manual_seed(seed)
    y = (torch.rand(n, generator=g) < share).long()
    y[:2] = torch.tensor([0, 1])
    X = torch.randn(n, d, generator=g) + 1.2 * (2 * y[:, None] - 1) * torch.randn(1, d, generator=g)
    return X, y


def several_labels(seed, n=64, d=10, k=5):
    """X (n, d), y (n, k) of 0 and 1, about a third of them 1."""
    g = torch.Generator().manual_seed(seed)
    X = torch.randn(n, d, generator=g)
    W = torch.randn(d, k, generator=g)
    return X, ((X @ W) / d**0.5 > 0.4).float()


def shapes(seed, n=6, size=16, classes=3):
    """Pictures with discs and boxes: X (n, 1, size, size), y (n, size, size): 0 is background."""
    g = torch.Generator().manual_seed(seed)
    X, y = torch.zeros(n, 1, size, size), torch.zeros(n, size, size, dtype=torch.long)
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    for i in range(n):
        for kind in range(1, classes):
            r, c = torch.randint(3, size - 3, (2,), generator=g).tolist()
            if kind == 1:
                inside = (rows - r) ** 2 + (columns - c) ** 2 <= 9
            else:
                inside = ((rows - r).abs() <= 2) & ((columns - c).abs() <= 2)
            X[i, 0][inside] = kind
            y[i][inside] = kind
    return X + 0.1 * torch.randn(X.shape, generator=g), y


def walk(seed, n=8, length=12, vocabulary=11, first=0):
    """Token sequences (n, length) that mostly step on by one or two."""
    g = torch.Generator().manual_seed(seed)
    step = torch.randint(1, 3, (n, length), generator=g)
    begin = torch.randint(0, vocabulary - first, (n, 1), generator=g)
    return (begin + step.cumsum(1)) % (vocabulary - first) + first


def reviews(seed, n=32, length=14, vocabulary=50, k=2, pad=True):
    """Token sequences X (n, length), y (n,): some of the first five tokens are 1 + y.

    With padding 0 behind, unless pad is False, and then also the lengths (n,): X, lengths, y.
    """
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, k, (n,), generator=g)
    X = torch.randint(10, vocabulary, (n, length), generator=g)
    for i in range(n):
        X[i, torch.randperm(5, generator=g)[:3]] = 1 + y[i]
    if not pad:
        return X, y
    lengths = torch.randint(6, length + 1, (n,), generator=g)
    lengths[0] = length
    X[torch.arange(length) >= lengths[:, None]] = 0
    return X, lengths, y


def mlp(seed, d=12, k=4, hidden=24, *last):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(d, hidden), nn.ReLU(), nn.Linear(hidden, k), *last)


class TinyLM(nn.Module):
    """Embedding, one causal (or not) transformer layer, logits (B, T, V)."""

    def __init__(self, seed=0, vocabulary=11, width=16, length=32, causal=True, tied=False):
        super().__init__()
        torch.manual_seed(seed)
        self.tokens = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.tokens.weight, std=0.1)
        self.places = nn.Embedding(length, width)
        self.layer = nn.TransformerEncoderLayer(width, 2, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, vocabulary, bias=False)
        if tied:
            self.head.weight = self.tokens.weight
        self.causal = causal

    def forward(self, x):
        T = x.shape[1]
        h = self.tokens(x) + self.places(torch.arange(T))
        mask = torch.triu(torch.full((T, T), -torch.inf), 1) if self.causal else None
        return self.head(self.layer(h, src_mask=mask))


class UNet(nn.Module):
    """Down once, up once, with the skip: logits (N, K, H, W)."""

    def __init__(self, seed=0, classes=3, width=8):
        super().__init__()
        torch.manual_seed(seed)
        self.down = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.deep = nn.Sequential(
            nn.MaxPool2d(2), nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU()
        )
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.head = nn.Conv2d(2 * width, classes, 1)

    def forward(self, x):
        fine = self.down(x)
        return self.head(torch.cat([fine, self.up(self.deep(fine))], 1))


class Output(dict):
    """What library models return: entries that are attributes too."""

    __getattr__ = dict.__getitem__


def flat_loss(z, y, **options):
    """Cross-entropy of logits (B, T, V) and tokens (B, T)."""
    return nn.functional.cross_entropy(z.reshape(-1, z.shape[-1]), y.reshape(-1), **options)


def trainer(model, loss, optimizer):
    """The training step that every tutorial shows."""

    def step(X, y):
        model.train()
        optimizer.zero_grad()
        value = loss(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def cause(*names):
    """The findings that would name the mistake of one set-up, the first of them its kind."""

    def mark(make):
        make.causes = names
        return make

    return mark
