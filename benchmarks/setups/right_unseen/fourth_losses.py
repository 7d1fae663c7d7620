"""Losses written by hand, as papers give them."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import UNet, blobs, mlp, several_labels, shapes, trainer, two_classes


def _random(seed):
    return torch.Generator().manual_seed(seed)


def focal_with_alpha(seed):
    X, y = blobs(seed + 601, n=90, k=3)
    alpha = torch.tensor([0.25, 0.5, 1.0])

    def loss(z, y):
        ce = F.cross_entropy(z, y, reduction="none")
        return (alpha[y] * (1 - torch.exp(-ce)) ** 2 * ce).mean()

    return {"model": mlp(seed, 12, 3), "loss": loss, "X": X, "y": y}


def retina(seed):
    """Rare objects, a bias that starts at 1 %, a focal loss divided by the number of objects."""
    X, y = two_classes(seed + 602, n=200, share=0.05)
    model = mlp(seed, 8, 1)
    nn.init.constant_(model[2].bias, -4.595)

    def loss(z, y):
        p = torch.sigmoid(z)
        ce = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        pt, at = p * y + (1 - p) * (1 - y), 0.25 * y + 0.75 * (1 - y)
        return (at * (1 - pt) ** 2 * ce).sum() / y.sum().clamp_min(1)

    return {"model": model, "loss": loss, "X": X, "y": y.float()[:, None]}


def coral(seed):
    X, y = blobs(seed + 603, k=5)

    class Coral(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.score = nn.Linear(12, 16), nn.Linear(16, 1, bias=False)
            self.cuts = nn.Parameter(torch.arange(4).flip(0).float() / 4)

        def forward(self, x):
            return self.score(torch.relu(self.body(x))) + self.cuts

    def loss(z, y):
        above = (y[:, None] > torch.arange(4)).float()
        return -(F.logsigmoid(z) * above + (F.logsigmoid(z) - z) * (1 - above)).sum(1).mean()

    model = Coral()
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y,
        "predict": lambda X: (model(X) > 0).sum(1),
    }


def cumulative_link(seed):
    X, y = blobs(seed + 604, k=4)

    class Ordered(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = mlp(seed, 12, 1)
            self.first, self.gaps = nn.Parameter(torch.tensor(-1.0)), nn.Parameter(torch.zeros(2))

        def forward(self, x):
            cuts = torch.cat([self.first[None], self.first + F.softplus(self.gaps).cumsum(0)])
            below = torch.sigmoid(cuts - self.score(x))
            edge = below.new_ones(len(x), 1)
            return torch.diff(torch.cat([0 * edge, below, edge], 1), dim=1)

    def loss(p, y):
        return F.nll_loss(p.clamp_min(1e-8).log(), y)

    return {"model": Ordered(), "loss": loss, "X": X, "y": y}


def counts(seed):
    X, _ = blobs(seed + 605)
    y = torch.poisson((X[:, 0] / 3).exp(), generator=_random(seed))
    model = mlp(seed, 12, 1, 24, nn.Flatten(0))
    return {"model": model, "loss": nn.PoissonNLLLoss(), "X": X, "y": y}


def overdispersed_counts(seed):
    X, _ = blobs(seed + 606)
    y = torch.poisson((X[:, 1] / 3).exp(), generator=_random(seed))

    def loss(out, y):
        family = torch.distributions.NegativeBinomial(
            F.softplus(out[:, 0]) + 1e-3, logits=out[:, 1]
        )
        return -family.log_prob(y).mean()

    return {"model": mlp(seed, 12, 2), "loss": loss, "X": X, "y": y}


def mean_and_variance(seed):
    X, _ = blobs(seed + 607)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 2)

        def forward(self, x):
            mean, spread = self.net(x).chunk(2, 1)
            return mean, F.softplus(spread) + 1e-6

    def loss(out, y):
        return F.gaussian_nll_loss(out[0], y, out[1])

    return {"model": Net(), "loss": loss, "X": X, "y": X[:, :1] - X[:, 1:2]}


def huber(seed):
    X, _ = blobs(seed + 608)
    model = mlp(seed, 12, 1)
    loss = lambda z, y: F.huber_loss(z.squeeze(-1), y, delta=2.0)  # noqa: E731
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": X.sum(1) / 3,
        "optimizer": optimizer,
        "step": trainer(model, loss, optimizer),
    }


def quantiles(seed):
    X, _ = blobs(seed + 609)
    levels = torch.tensor([0.1, 0.5, 0.9])

    def loss(z, y):
        miss = y[:, None] - z
        return torch.maximum(levels * miss, (levels - 1) * miss).mean()

    return {"model": mlp(seed, 12, 3), "loss": loss, "X": X, "y": X[:, 2]}


def mixture_density(seed):
    X, _ = blobs(seed + 610)

    def loss(out, y):
        share, mean, spread = out.chunk(3, 1)
        each = torch.distributions.Normal(mean, spread.exp()).log_prob(y)
        return -torch.logsumexp(share.log_softmax(1) + each, 1).mean()

    return {"model": mlp(seed, 12, 9), "loss": loss, "X": X, "y": X[:, :1]}


def evidential(seed):
    X, y = blobs(seed + 611)

    def loss(z, y):
        alpha = F.softplus(z) + 1
        total = alpha.sum(1)
        return (torch.digamma(total) - torch.digamma(alpha.gather(1, y[:, None])[:, 0])).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def squared_hinge(seed):
    X, y = blobs(seed + 612)

    def loss(z, y):
        signs = 2 * F.one_hot(y, z.shape[1]) - 1
        return (1 - signs * z).clamp_min(0).square().mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def crammer_singer(seed):
    X, y = blobs(seed + 613)

    def loss(z, y):
        right = z.gather(1, y[:, None])
        others = z.masked_fill(F.one_hot(y, 4).bool(), -torch.inf)
        return (1 + others.max(1).values - right[:, 0]).clamp_min(0).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def triplets(seed):
    X, y = blobs(seed + 614, n=90, k=3)
    rows = [torch.nonzero(y == k)[:30, 0] for k in range(3)]
    a, p, n = X[rows[0]], X[rows[0].roll(1)], X[rows[1]]

    class Embed(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 8)

        def forward(self, a, p, n):
            return self.net(a), self.net(p), self.net(n)

    return {
        "model": Embed(),
        "loss": lambda out, _: F.triplet_margin_loss(*out),
        "X": (a, p, n),
        "y": torch.zeros(30),
    }


def momentum_contrast(seed):
    """The right key stands in column 0, a queue of others behind it."""
    X, _ = blobs(seed + 615, n=48)
    queue = F.normalize(torch.randn(8, 32, generator=_random(seed)), dim=0)

    class MoCo(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k = mlp(seed, 12, 8), mlp(seed, 12, 8)
            self.k.requires_grad_(False)
            self.register_buffer("queue", queue)

        def forward(self, a, b):
            q = F.normalize(self.q(a), dim=1)
            with torch.no_grad():
                k = F.normalize(self.k(b), dim=1)
            return torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue], 1) / 0.07

    return {
        "model": MoCo(),
        "loss": F.cross_entropy,
        "X": (X + 0.1 * torch.randn(X.shape, generator=_random(1)), X),
        "y": torch.zeros(48, dtype=torch.long),
    }


def simclr(seed):
    """Two views of each example; the loss makes its own labels."""
    X, _ = blobs(seed + 616, n=32)
    views = torch.cat([X, X + 0.1 * torch.randn(X.shape, generator=_random(2))])

    def loss(h, _):
        z = F.normalize(h, dim=1)
        likeness = (z @ z.T / 0.5).masked_fill(torch.eye(len(z), dtype=torch.bool), -1e9)
        return F.cross_entropy(likeness, (torch.arange(len(z)) + len(z) // 2) % len(z))

    return {"model": mlp(seed, 12, 8), "loss": loss, "X": views, "y": torch.arange(64)}


def supervised_contrast(seed):
    X, y = blobs(seed + 617, n=48)

    def loss(h, y):
        z = F.normalize(h, dim=1)
        self_pair = torch.eye(len(z), dtype=torch.bool)
        logs = (z @ z.T / 0.1).masked_fill(self_pair, -torch.inf).log_softmax(1)
        friends = (y[:, None] == y) & ~self_pair
        return -(logs.masked_fill(~friends, 0).sum(1) / friends.sum(1).clamp_min(1)).mean()

    return {"model": mlp(seed, 12, 8), "loss": loss, "X": X, "y": y}


def arcface_in_the_model(seed):
    """The margin is taken in the head, which is given the labels in training."""
    X, y = blobs(seed + 618, k=6)

    class ArcFace(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.w = nn.Linear(12, 16), nn.Parameter(torch.randn(6, 16))

        def forward(self, x, label=None):
            cosine = F.normalize(self.body(x)) @ F.normalize(self.w).T
            if label is None:
                return 16 * cosine
            angle = torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))
            return 16 * torch.cos(angle + 0.3 * F.one_hot(label, 6))

    return {"model": ArcFace(), "loss": F.cross_entropy, "X": (X, y), "y": y}


def margins_for_rare_classes(seed):
    """LDAM: larger margins for rare classes, and weights by the effective number."""
    X, y = blobs(seed + 619, n=120, k=4)
    y = torch.where((y == 3) & (torch.rand(120, generator=_random(seed)) < 0.8), 0, y)
    share = torch.bincount(y, minlength=4).float()
    margin = 0.5 * (1 / share**0.25) / (1 / share**0.25).max()
    weight = (1 - 0.99) / (1 - 0.99**share)
    weight = 4 * weight / weight.sum()

    def loss(z, y):
        return F.cross_entropy(z - margin * F.one_hot(y, 4), y, weight=weight)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def balanced_softmax(seed):
    X, y = blobs(seed + 620, n=100, k=4)

    def loss(z, y):
        count = torch.bincount(y, minlength=4).clamp_min(1).to(z)
        return F.cross_entropy(z + count.log(), y)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def weights_of_the_batch(seed):
    X, y = blobs(seed + 621, n=100, k=4)
    y = torch.where(y == 2, torch.arange(100) % 2, y)
    y[:6] = 2

    def loss(z, y):
        count = torch.bincount(y, minlength=4).clamp_min(1)
        return F.cross_entropy(z, y, weight=len(y) / (4.0 * count))

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def weighted_examples(seed):
    X, y = blobs(seed + 622)
    w = torch.rand(96, generator=_random(seed)) * 3

    def loss(z, target):
        y, w = target
        return (w * F.cross_entropy(z, y, reduction="none")).sum() / w.sum()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": (y, w)}


def unknown_labels(seed):
    """-1 stands for a label that nobody gave, as in chest X-rays."""
    X, y = several_labels(seed + 623)
    y[torch.rand(y.shape, generator=_random(seed)) < 0.25] = -1
    weight = torch.tensor([1.0, 2.0, 1.5, 3.0, 1.0])

    def loss(z, y):
        known = (y >= 0).float()
        each = F.binary_cross_entropy_with_logits(
            z, y.clamp_min(0), pos_weight=weight, reduction="none"
        )
        return (each * known).sum() / known.sum()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def asymmetric(seed):
    X, y = several_labels(seed + 624)

    def loss(z, y):
        p = torch.sigmoid(z)
        shifted = (p - 0.05).clamp_min(0)
        gain = y * (1 - p) * torch.log(p.clamp_min(1e-8))
        cost = (1 - y) * shifted**4 * torch.log((1 - shifted).clamp_min(1e-8))
        return -(gain + cost).sum(1).mean()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def tversky_and_bce(seed):
    X, y = shapes(seed + 625, classes=2)

    def loss(z, mask):
        z, t = z[:, 0], mask.to(z.dtype)
        p = torch.sigmoid(z)
        tp, fp, fn = (p * t).sum(), (p * (1 - t)).sum(), ((1 - p) * t).sum()
        tversky = 1 - (tp + 1) / (tp + 0.3 * fp + 0.7 * fn + 1)
        return tversky + F.binary_cross_entropy_with_logits(z, t)

    model = UNet(seed, 1)
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y.to(torch.uint8),
        "predict": lambda X: (torch.sigmoid(model(X)) > 0.5)[:, 0],
    }


def overlap_of_classes(seed):
    """The generalized Dice loss by itself."""
    X, y = shapes(seed + 626)

    def loss(z, y):
        p, t = z.softmax(1), F.one_hot(y, 3).movedim(-1, 1)
        w = 1 / t.sum((0, 2, 3)).clamp_min(1) ** 2
        both, either = (w * (p * t).sum((0, 2, 3))).sum(), (w * (p + t).sum((0, 2, 3))).sum()
        return 1 - 2 * both / either

    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}


def poly(seed):
    X, y = blobs(seed + 627)

    def loss(z, y):
        pt = z.softmax(1).gather(1, y[:, None])[:, 0]
        return (F.cross_entropy(z, y, reduction="none") + 2 * (1 - pt)).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def taylor(seed):
    X, y = blobs(seed + 628)

    def loss(z, y):
        miss = 1 - z.softmax(1).gather(1, y[:, None])
        return sum(miss**k / k for k in range(1, 7)).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def hardest_quarter(seed):
    X, y = shapes(seed + 629)

    def loss(z, y):
        each = F.cross_entropy(z, y, reduction="none").flatten()
        return each.topk(each.numel() // 4).values.mean()

    return {"model": UNet(seed), "loss": loss, "X": X, "y": y}


def bootstrapped(seed):
    X, y = blobs(seed + 630)

    def loss(z, y):
        target = 0.9 * F.one_hot(y, 4) + 0.1 * z.softmax(1).detach()
        return F.cross_entropy(z, target)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def smoothed_over_the_others(seed):
    X, y = blobs(seed + 631, k=6)

    def loss(z, y):
        q = torch.full_like(z, 0.1 / 5).scatter_(1, y[:, None], 0.9)
        return F.kl_div(z.log_softmax(1), q, reduction="batchmean")

    return {"model": mlp(seed, 12, 6), "loss": loss, "X": X, "y": y}


def two_passes(seed):
    """R-Drop: twice through dropout, and the two answers drawn together."""
    X, y = blobs(seed + 632)

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.net = nn.Sequential(
                nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 4)
            )

        def forward(self, x):
            return self.net(x), self.net(x)

    def loss(out, y):
        a, b = (z.log_softmax(1) for z in out)
        apart = F.kl_div(a, b, reduction="batchmean", log_target=True)
        apart = apart + F.kl_div(b, a, reduction="batchmean", log_target=True)
        return (F.nll_loss(a, y) + F.nll_loss(b, y)) / 2 + apart / 4

    return {"model": Twice(), "loss": loss, "X": X, "y": y}


def soft_labels_smoothed(seed):
    X, y = blobs(seed + 633)
    lam = 0.6
    soft = lam * F.one_hot(y, 4) + (1 - lam) * F.one_hot(y.roll(1), 4)
    return {
        "model": mlp(seed),
        "loss": nn.CrossEntropyLoss(label_smoothing=0.1),
        "X": lam * X + (1 - lam) * X.roll(1, 0),
        "y": soft,
    }


def teacher_and_labels(seed):
    X, y = blobs(seed + 634)
    teacher = 2 * mlp(seed + 9)(X).detach()

    def loss(z, target):
        y, t = target
        soft = F.kl_div(
            F.log_softmax(z / 4, 1), F.log_softmax(t / 4, 1), log_target=True, reduction="batchmean"
        )
        return 0.3 * F.cross_entropy(z, y) + 0.7 * 16 * soft

    return {"model": mlp(seed), "loss": loss, "X": X, "y": (y, teacher)}


def exits(seed):
    """Deep supervision: an answer after every layer, the later ones weighing more."""
    X, y = blobs(seed + 635)

    class Exits(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.layers = nn.ModuleList([nn.Linear(12, 16), nn.Linear(16, 16), nn.Linear(16, 16)])
            self.heads = nn.ModuleList([nn.Linear(16, 4) for _ in range(3)])

        def forward(self, x):
            answers = []
            for layer, head in zip(self.layers, self.heads, strict=True):
                x = torch.relu(layer(x))
                answers.append(head(x))
            return answers

    def loss(answers, y):
        return sum(w * F.cross_entropy(z, y) for w, z in zip((0.2, 0.3, 1), answers, strict=True))

    return {"model": Exits(), "loss": loss, "X": X, "y": y}


def experts_with_balance(seed):
    X, y = blobs(seed + 636)

    class Mixture(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.gate = nn.Linear(12, 4)
            self.experts = nn.ModuleList([mlp(seed + k) for k in range(4)])

        def forward(self, x):
            gate = self.gate(x).softmax(1)
            top, index = gate.topk(2, 1)
            kept = torch.zeros_like(gate).scatter(1, index, top / top.sum(1, keepdim=True))
            out = torch.stack([e(x) for e in self.experts], 1)
            load = (kept > 0).float().mean(0)
            return (kept[..., None] * out).sum(1), 4 * (load * gate.mean(0)).sum()

    def loss(out, y):
        z, balance = out
        return F.cross_entropy(z, y) + 0.01 * balance

    return {"model": Mixture(), "loss": loss, "X": X, "y": y}


def summed_by_hand(seed):
    X, y = blobs(seed + 637)

    def loss(logs, y):
        return F.nll_loss(logs, y, reduction="sum") / y.numel()

    return {"model": mlp(seed, 12, 4, 24, nn.LogSoftmax(1)), "loss": loss, "X": X, "y": y}


def vector_quantized(seed):
    """A codebook with the straight-through gradient; its costs come beside the logits."""
    X, y = blobs(seed + 638)

    class Quantized(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 8), nn.Linear(8, 4)
            self.codes = nn.Parameter(torch.randn(16, 8))

        def forward(self, x):
            h = self.a(x)
            c = self.codes[torch.cdist(h, self.codes).argmin(1)]
            costs = F.mse_loss(c, h.detach()) + 0.25 * F.mse_loss(h, c.detach())
            return self.b(h + (c - h).detach()), costs

    def loss(out, y):
        return F.cross_entropy(out[0], y) + out[1]

    return {"model": Quantized(), "loss": loss, "X": X, "y": y}


def centre_loss(seed):
    """Centres that are learned belong to the loss and have an optimiser of their own."""
    X, y = blobs(seed + 639)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.head = nn.Linear(12, 8), nn.Linear(8, 4)

        def forward(self, x):
            h = torch.relu(self.body(x))
            return self.head(h), h

    class Loss(nn.Module):
        def __init__(self):
            super().__init__()
            self.centres = nn.Parameter(torch.randn(4, 8))

        def forward(self, out, y):
            z, h = out
            return F.cross_entropy(z, y) + 0.05 * (h - self.centres[y]).square().sum(1).mean()

    model, loss = Net(), Loss()
    one = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    two = torch.optim.SGD(loss.parameters(), lr=0.5)

    def step(X, y):
        value = loss(model(X), y)
        for optimizer in (one, two):
            optimizer.zero_grad()
        value.backward()
        for optimizer in (one, two):
            optimizer.step()
        return value

    return {"model": model, "loss": loss, "X": X, "y": y, "step": step}


def learned_task_weights(seed):
    """Kendall: each task has a learned variance."""
    X, y = blobs(seed + 640)

    class Loss(nn.Module):
        def __init__(self):
            super().__init__()
            self.s = nn.Parameter(torch.zeros(2))

        def forward(self, out, target):
            a, b = F.cross_entropy(out[:, :4], target[0]), F.mse_loss(out[:, 4], target[1])
            return (torch.exp(-self.s) * torch.stack([a, b])).sum() + self.s.sum()

    model, loss = mlp(seed, 12, 5), Loss()
    optimizer = torch.optim.Adam([*model.parameters(), *loss.parameters()], lr=1e-3)
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": (y, X[:, 0]),
        "step": trainer(model, loss, optimizer),
    }


def coarse_and_fine(seed):
    X, y = blobs(seed + 641, k=6)
    parent = torch.tensor([0, 0, 1, 1, 2, 2])

    def loss(z, y):
        logs = z.log_softmax(1)
        groups = torch.stack([logs[:, parent == g].logsumexp(1) for g in range(3)], 1)
        return F.nll_loss(logs, y) + 0.5 * F.nll_loss(groups, parent[y])

    return {"model": mlp(seed, 12, 6), "loss": loss, "X": X, "y": y}


def one_hot_with_bce(seed):
    X, y = blobs(seed + 642)
    model = mlp(seed)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(reduction="sum"),
        "X": X,
        "y": F.one_hot(y, 4).float(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=1e-3),
        "predict": lambda X: model(X).argmax(1),
    }


def expected_cost(seed):
    """Mistakes cost differently: the expected cost beside the cross-entropy."""
    X, y = blobs(seed + 643)
    cost = (torch.arange(4)[:, None] - torch.arange(4)).abs().float()

    def loss(z, y):
        return F.cross_entropy(z, y) + 0.3 * (z.softmax(1) * cost[y]).sum(1).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def log_cosh_of_one_column(seed):
    X, _ = blobs(seed + 644)
    y = (X[:, 0] * 2 + 5)[:, None]

    def loss(z, y):
        d = z - y
        return (d + F.softplus(-2 * d) - 0.6931472).mean()

    return {"model": mlp(seed, 12, 1), "loss": loss, "X": X, "y": y}
