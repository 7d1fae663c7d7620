"""Models and data of other kinds."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import (
    UNet,
    blobs,
    mlp,
    several_labels,
    shapes,
    trainer,
    two_classes,
    walk,
)


def _random(seed):
    return torch.Generator().manual_seed(seed)


def batch_norm_frozen(seed):
    X, y = blobs(seed + 801, n=40, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(216, 4)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(X, y):
        model.train()
        model[1].eval()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def siamese(seed):
    X, y = blobs(seed + 802, n=60, k=3)

    class Siamese(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.out = mlp(seed, 12, 8), nn.Linear(8, 1)

        def forward(self, a, b):
            return self.out((self.net(a) - self.net(b)).abs()).squeeze(1)

    return {
        "model": Siamese(),
        "loss": nn.BCEWithLogitsLoss(),
        "X": (X[:30], X[30:]),
        "y": (y[:30] == y[30:]).float(),
    }


def contrastive_pairs(seed):
    X, y = blobs(seed + 803, n=60, k=2)

    class Distance(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 8)

        def forward(self, pair):
            a, b = self.net(pair[:, 0]), self.net(pair[:, 1])
            return F.pairwise_distance(a, b)

    def loss(d, same):
        return (same * d**2 + (1 - same) * (1 - d).clamp_min(0) ** 2).mean()

    pairs = torch.stack([X[:30], X[30:]], 1)
    return {"model": Distance(), "loss": loss, "X": pairs, "y": (y[:30] == y[30:]).float()}


def volumes(seed):
    g = _random(seed)
    X = torch.randn(2, 2, 6, 6, 6, generator=g)
    y = (X.sum(1) > 0).long() + (X[:, 0] > 1).long()
    y[:, 0] = 255
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv3d(2, 6, 3, padding=1), nn.InstanceNorm3d(6), nn.LeakyReLU(), nn.Conv3d(6, 3, 1)
    )
    weight = torch.tensor([0.5, 1.0, 2.0])
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(weight=weight, ignore_index=255),
        "X": X,
        "y": y,
        "ignore_index": 255,
    }


def point_clouds(seed):
    X, y = blobs(seed + 804, n=30, k=3, shape=(3, 20))

    class PointNet(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.each = nn.Sequential(nn.Conv1d(3, 16, 1), nn.ReLU(), nn.Conv1d(16, 32, 1))
            self.head = nn.Linear(32, 3)

        def forward(self, x):
            return self.head(self.each(x).max(2).values)

    return {"model": PointNet(), "loss": F.cross_entropy, "X": X, "y": y}


def molecules(seed):
    """Graphs of different sizes in one batch: nodes, edges, and which graph a node is of."""
    g = _random(seed)
    sizes = torch.randint(3, 8, (20,), generator=g)
    which = torch.repeat_interleave(torch.arange(20), sizes)
    nodes = torch.randn(len(which), 6, generator=g)
    edges = torch.stack([torch.arange(len(which) - 1), torch.arange(1, len(which))])
    edges = edges[:, which[edges[0]] == which[edges[1]]]

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b, self.o = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 2)

        def forward(self, nodes, edges, which):
            h = torch.relu(self.a(nodes))
            h = torch.relu(self.b(h + torch.zeros_like(h).index_add(0, edges[1], h[edges[0]])))
            return self.o(torch.zeros(20, 16).index_add(0, which, h))

    y = (torch.zeros(20).index_add(0, which, nodes[:, 0]) > 0).long()
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

    def step(batch, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(*batch), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": (nodes, edges, which),
        "y": y,
        "step": step,
    }


def small_labels(seed):
    X, y = blobs(seed + 805, k=4)

    def loss(z, y):
        return F.cross_entropy(z, y.to(torch.int64))

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y.to(torch.int32)}


def tabular(seed):
    X, y = two_classes(seed + 806, n=120)
    category = torch.randint(0, 7, (120, 2), generator=_random(seed))

    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.ModuleList([nn.Embedding(7, 3), nn.Embedding(7, 3)])
            self.norm = nn.BatchNorm1d(8)
            self.net = nn.Sequential(
                nn.Linear(14, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1)
            )

        def forward(self, batch):
            c = [e(batch["cats"][:, i]) for i, e in enumerate(self.e)]
            return self.net(torch.cat([*c, self.norm(batch["nums"])], 1)).squeeze(-1)

    model = Table()

    @torch.no_grad()
    def predict(batch):
        model.eval()
        p = torch.sigmoid(model(batch))
        return (p >= 0.5).long()

    return {
        "model": model,
        "loss": lambda z, y: F.binary_cross_entropy_with_logits(z, y.float()),
        "X": {"cats": category, "nums": X},
        "y": y,
        "predict": predict,
    }


def ragged(seed):
    """A list of sentences of different lengths, padded within the model."""
    g = _random(seed)
    sentences = [
        torch.randint(1, 20, (int(torch.randint(3, 9, (), generator=g)),), generator=g)
        for _ in range(24)
    ]
    y = torch.tensor([int(s[0] > 9) for s in sentences])

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = nn.Embedding(20, 12, padding_idx=0), nn.GRU(12, 16, batch_first=True)
            self.o = nn.Linear(16, 2)

        def forward(self, sentences):
            x = nn.utils.rnn.pad_sequence(sentences, batch_first=True)
            h, _ = self.r(self.e(x))
            return self.o(h.max(1).values)

    return {"model": Net(), "loss": F.cross_entropy, "X": sentences, "y": y}


def mostly_unlabelled_task(seed):
    X, y = blobs(seed + 807)
    other = torch.where(torch.arange(96) % 5 == 0, y % 2, -100)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.a, self.b = nn.Linear(12, 24), nn.Linear(24, 4), nn.Linear(24, 2)

        def forward(self, x):
            h = F.gelu(self.body(x))
            return {"a": self.a(h), "b": self.b(h)}

    def loss(out, y):
        return F.cross_entropy(out["a"], y["a"]) + 0.2 * F.cross_entropy(out["b"], y["b"])

    return {"model": Net(), "loss": loss, "X": X, "y": {"a": y, "b": other}}


def more_outputs_than_labels(seed):
    X, y = blobs(seed + 808, k=5)
    return {"model": mlp(seed, 12, 100, 32), "loss": F.cross_entropy, "X": X, "y": 7 * y}


def calibration(seed):
    """Temperature scaling: one number is fitted to logits that are frozen."""
    X, y = blobs(seed + 809, n=200, k=4, spread=3.0)
    z = 5 * mlp(seed)(X).detach() + 4 * F.one_hot(y, 4)

    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.log_t = nn.Parameter(torch.zeros(()))

        def forward(self, z):
            return z / self.log_t.exp()

    model = Scale()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)

    def step(z, y):
        def closure():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(z), y)
            loss.backward()
            return loss

        return optimizer.step(closure)

    return {"model": model, "loss": F.cross_entropy, "X": z, "y": y, "step": step}


def linear_probe(seed):
    X, y = blobs(seed + 810, d=32)
    torch.manual_seed(seed)
    model = nn.Linear(32, 4)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": F.normalize(X, dim=1),
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def normalized_logits(seed):
    """Batch norm behind the last layer, as in some small nets for speech."""
    X, y = blobs(seed + 811)
    return {
        "model": mlp(seed, 12, 4, 24, nn.BatchNorm1d(4)),
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
    }


def rezero(seed):
    X, y = blobs(seed + 812)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.f, self.alpha = nn.Linear(24, 24), nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return x + self.alpha * torch.relu(self.f(x))

    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 24), Block(), Block(), nn.Linear(24, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


def flat_binary(seed):
    X, y = two_classes(seed + 813)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 8, 1)

        def forward(self, x):
            return self.net(x)[:, 0]

    model = Net()
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float(),
        "predict": lambda X: (model(X) > 0).float(),
    }


def two_outputs_one_hot(seed):
    X, y = two_classes(seed + 814)
    return {
        "model": mlp(seed, 8, 2),
        "loss": nn.CrossEntropyLoss(),
        "X": X,
        "y": F.one_hot(y, 2).double().float(),
    }


def annotators(seed):
    """Five people's votes as shares, with class weights."""
    X, y = blobs(seed + 815)
    votes = torch.distributions.Multinomial(5, probs=0.8 * F.one_hot(y, 4) + 0.05)
    torch.manual_seed(seed)
    return {
        "model": mlp(seed),
        "loss": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 1.0, 0.5])),
        "X": X,
        "y": votes.sample() / 5,
    }


def probabilities_in_double(seed):
    X, y = shapes(seed + 816, classes=2)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = UNet(seed, 1)

        def forward(self, x):
            return torch.sigmoid(self.net(x)).squeeze(1)

    return {"model": Net().double(), "loss": nn.BCELoss(), "X": X.double(), "y": y.double()}


def softmax_then_log(seed):
    """Probabilities come out, their logarithm goes in: right, if not the best."""
    X, y = blobs(seed + 817)
    loss = lambda p, y: F.nll_loss(torch.log(p + 1e-9), y)  # noqa: E731
    return {"model": mlp(seed, 12, 4, 24, nn.Softmax(1)), "loss": loss, "X": X, "y": y}


def attention_pooling(seed):
    X, y = blobs(seed + 818, n=30, k=3, shape=(9, 6))

    class Pool(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.v, self.w, self.o = nn.Linear(6, 16), nn.Linear(16, 1), nn.Linear(16, 3)

        def forward(self, x):
            h = torch.tanh(self.v(x))
            return self.o((h * self.w(h).softmax(1)).sum(1))

    return {"model": Pool(), "loss": F.cross_entropy, "X": X, "y": y}


def bags(seed):
    """Multiple instances: a bag is positive if one of its members is."""
    g = _random(seed)
    X = torch.randn(40, 7, 5, generator=g)
    y = (X[..., 0].max(1).values > 1.5).float()

    class Bag(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 5, 1)

        def forward(self, x):
            return self.net(x).squeeze(-1).logsumexp(1)

    return {"model": Bag(), "loss": F.binary_cross_entropy_with_logits, "X": X, "y": y}


def spectra(seed):
    X, y = blobs(seed + 819, n=40, k=3, d=32)

    class Spectral(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 17, 3)

        def forward(self, x):
            return self.net(x.abs().log1p())

    return {"model": Spectral(), "loss": F.cross_entropy, "X": torch.fft.rfft(X), "y": y}


def weights_with_spread(seed):
    """Bayes by backprop: weights are drawn in each pass, the KL term is part of the model."""
    X, y = blobs(seed + 820)

    class Bayes(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body = nn.Linear(12, 24)
            self.mu = nn.Parameter(0.1 * torch.randn(4, 24))
            self.rho = nn.Parameter(torch.full((4, 24), -4.0))

        def forward(self, x):
            s = F.softplus(self.rho)
            kl = (0.5 * (self.mu**2 + s**2 - 1) - s.log()).sum()
            w = self.mu + s * torch.randn_like(s)
            return torch.relu(self.body(x)) @ w.T, kl

    def loss(out, y):
        return F.cross_entropy(out[0], y) + out[1] / 50_000

    return {"model": Bayes(), "loss": loss, "X": X, "y": y}


def flat_regression(seed):
    X, _ = blobs(seed + 821)
    y = X[:, 0] + X[:, 1] ** 2
    model = mlp(seed, 12, 1, 24, nn.Flatten(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "X": X,
        "y": (y - y.mean()) / y.std(),
        "optimizer": optimizer,
        "step": trainer(model, F.mse_loss, optimizer),
    }


def bytes_in(seed):
    X, y = blobs(seed + 822, n=40, k=3, shape=(3, 8, 8))
    X = (40 * X + 128).clamp(0, 255).to(torch.uint8)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.net = nn.Sequential(
                nn.Conv2d(3, 8, 3),
                nn.ReLU(),
                nn.AdaptiveAvgPool2d(2),
                nn.Flatten(),
                nn.Linear(32, 3),
            )

        def forward(self, x):
            return self.net((x.float() - 128) / 64)

    return {"model": Net(), "loss": nn.CrossEntropyLoss(), "X": X, "y": y}


def learned_by_heart(seed):
    X, y = blobs(seed + 823, n=30)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-2)
    step = trainer(model, F.cross_entropy, optimizer)
    for _ in range(400):
        step(X, y)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": step,
        "predict": lambda X: model(X).argmax(1),
    }


def rare_positives(seed):
    X, y = two_classes(seed + 824, n=300, share=0.01)
    weight = torch.tensor([30.0])
    return {
        "model": mlp(seed, 8, 1, 16, nn.Flatten(0)),
        "loss": nn.BCEWithLogitsLoss(pos_weight=weight),
        "X": X,
        "y": y.float(),
    }


def many_classes_few_rows(seed):
    g = _random(seed)
    X, y = torch.randn(8, 3, 16, 16, generator=g), torch.randint(0, 1000, (8,), generator=g)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(392, 1000)
    )
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True
    )
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(label_smoothing=0.1),
        "X": X,
        "y": y,
        "step": trainer(model, nn.CrossEntropyLoss(label_smoothing=0.1), optimizer),
    }


def several_labels_few_positives(seed):
    X, y = several_labels(seed + 825, k=40)
    y = y * (torch.rand(y.shape, generator=_random(seed)) < 0.1)
    model = mlp(seed, 10, 40)

    def predict(X):
        return (model(X).sigmoid() > 0.5).int()

    return {
        "model": model,
        "loss": nn.MultiLabelSoftMarginLoss(),
        "X": X,
        "y": y,
        "predict": predict,
    }


def detector_with_background(seed):
    """Anchors: -1 is ignored, 0 is background; boxes only where there is an object."""
    X, _ = blobs(seed + 826, n=10, k=2, shape=(1, 8, 8))
    g = _random(seed)
    kind = torch.randint(-1, 3, (10, 36), generator=g)
    boxes = torch.randn(10, 36, 4, generator=g)

    class Detector(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())
            self.kind, self.box = nn.Conv2d(8, 3, 1), nn.Conv2d(8, 4, 1)

        def forward(self, x):
            h = self.body(x)
            return [layer(h).flatten(2).transpose(1, 2) for layer in (self.kind, self.box)]

    def loss(out, target):
        kind, boxes = target
        a = F.cross_entropy(out[0].flatten(0, 1), kind.flatten(), ignore_index=-1)
        there = kind > 0
        return a + F.smooth_l1_loss(out[1][there], boxes[there])

    return {"model": Detector(), "loss": loss, "X": X, "y": (kind, boxes)}


def key_points(seed):
    """Soft heat maps in 0 to 1 for sigmoids, many pixels near 0."""
    g = _random(seed)
    X, at = torch.randn(6, 1, 16, 16, generator=g), torch.randint(3, 13, (6, 2), generator=g)
    grid = torch.stack(torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij"))
    y = torch.exp(-((grid - at[:, :, None, None]) ** 2).sum(1) / 8.0)
    X[:, 0] += 3 * y
    model = UNet(seed, 1)
    return {
        "model": model,
        "loss": lambda z, y: F.binary_cross_entropy_with_logits(z.squeeze(1), y),
        "X": X,
        "y": y,
    }


def next_item(seed):
    """Recommendation: the score of every item, the seen ones masked out."""
    seen = walk(seed + 827, n=20, length=5, vocabulary=30)

    class Recommender(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = nn.Embedding(30, 16), nn.GRU(16, 16, batch_first=True)

        def forward(self, x):
            _, h = self.r(self.e(x))
            return (h[0] @ self.e.weight.T).scatter(1, x, -1e9)

    y = torch.stack(
        [next(i for i in range(30) if i not in row) * torch.tensor(1) for row in seen.tolist()]
    )
    return {"model": Recommender(), "loss": F.cross_entropy, "X": seen, "y": y}


def actor_and_critic(seed):
    X, _ = blobs(seed + 828)
    g = _random(seed)
    action, gain = torch.randint(0, 4, (96,), generator=g), torch.randn(96, generator=g)
    old = torch.full((96,), 0.25).log()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.pi, self.v = nn.Linear(12, 24), nn.Linear(24, 4), nn.Linear(24, 1)

        def forward(self, x):
            h = torch.tanh(self.body(x))
            return torch.distributions.Categorical(logits=self.pi(h)), self.v(h).squeeze(1)

    def loss(out, target):
        pi, v = out
        action, gain, old = target
        ratio = (pi.log_prob(action) - old).exp()
        clipped = torch.min(ratio * gain, ratio.clamp(0.8, 1.2) * gain).mean()
        return -clipped + 0.5 * F.mse_loss(v, gain) - 0.01 * pi.entropy().mean()

    return {"model": Net(), "loss": loss, "X": X, "y": (action, gain, old)}
