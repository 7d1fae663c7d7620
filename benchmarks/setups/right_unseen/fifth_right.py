"""A fifth lot: what the fourth had not thought of."""

import math
import types

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import (
    TinyLM,
    UNet,
    blobs,
    flat_loss,
    mlp,
    several_labels,
    shapes,
    trainer,
    two_classes,
    walk,
)


def _random(seed):
    return torch.Generator().manual_seed(seed)


def answer_after_prompt(seed):
    """Instruction tuning: the prompt is -100, and the loss shifts."""
    tokens = walk(seed + 1201, n=7, length=14)
    labels = tokens.clone()
    for row, prompt in enumerate((4, 5, 6, 3, 7, 5, 4)):
        labels[row, :prompt] = -100

    def loss(z, labels):
        return flat_loss(z[:, :-1], labels[:, 1:])

    return {"model": TinyLM(seed), "loss": loss, "X": tokens, "y": labels}


def padded_on_the_left(seed):
    tokens = walk(seed + 1202, n=7, length=13, first=1)
    lengths = torch.tensor([13, 9, 11, 6, 13, 8, 10])
    tokens = tokens * (torch.arange(13).flip(0) < lengths[:, None])
    y = tokens[:, 1:]
    criterion = nn.CrossEntropyLoss(ignore_index=0)
    return {
        "model": TinyLM(seed),
        "loss": lambda z, y: criterion(z.transpose(1, 2), y),
        "X": tokens[:, :-1],
        "y": y,
        "ignore_index": 0,
    }


def loss_of_a_library(seed):
    """The prompt is masked, the model shifts, takes the loss and divides by the real tokens."""
    tokens = walk(seed + 1203, n=6, length=12)
    labels = tokens.clone()
    labels[:, :4] = -100

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lm = TinyLM(seed)

        def forward(self, input_ids, labels):
            z = self.lm(input_ids)
            total = flat_loss(z[:, :-1], labels[:, 1:], reduction="sum")
            loss = total / (labels[:, 1:] != -100).sum()
            return types.SimpleNamespace(loss=loss, logits=z)

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step(batch, labels):
        optimizer.zero_grad()
        out = model(**batch)
        out.loss.backward()
        optimizer.step()
        return out.loss

    return {
        "model": model,
        "loss": lambda out, y: out.loss,
        "X": {"input_ids": tokens, "labels": labels},
        "y": labels,
        "step": step,
    }


def losses_of_a_detector(seed):
    """The model is given the targets and returns a dictionary of losses."""
    X, y = blobs(seed + 1204)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 6)

        def forward(self, x, target):
            z = self.net(x)
            return {
                "kind": F.cross_entropy(z[:, :4], target),
                "place": F.smooth_l1_loss(z[:, 4:], x[:, :2]),
            }

    return {"model": Model(), "loss": lambda out, _: sum(out.values()), "X": (X, y), "y": y}


def a_scalar_of_the_model(seed):
    X, y = blobs(seed + 1205)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x, y):
            return F.cross_entropy(self.net(x), y)

    return {"model": Model(), "loss": lambda value, _: value, "X": (X, y), "y": y}


def diffusion(seed):
    g = _random(seed)
    x, noise, t = (
        torch.randn(48, 8, generator=g),
        torch.randn(48, 8, generator=g),
        torch.rand(48, 1),
    )
    noisy = (1 - t).sqrt() * x + t.sqrt() * noise

    class Denoiser(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 9, 8)

        def forward(self, x, t):
            return self.net(torch.cat([x, t], 1))

    return {"model": Denoiser(), "loss": nn.MSELoss(), "X": (noisy, t), "y": noise}


def missing_targets(seed):
    """Assays that were not made are nan, and left out in the loss."""
    X, y = several_labels(seed + 1206)
    y[torch.rand(y.shape, generator=_random(seed)) < 0.3] = torch.nan

    def loss(z, y):
        known = ~torch.isnan(y)
        return F.binary_cross_entropy_with_logits(z[known], y[known])

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


def missing_inputs(seed):
    """nan in X; the model fills it and notes where it was."""
    X, y = blobs(seed + 1207)
    X = X.masked_fill(torch.rand(X.shape, generator=_random(seed)) < 0.1, torch.nan)

    class Filled(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 24)

        def forward(self, x):
            gone = torch.isnan(x)
            return self.net(torch.cat([x.nan_to_num(), gone.float()], 1))

    return {"model": Filled(), "loss": F.cross_entropy, "X": X, "y": y}


def survival(seed):
    X, _ = blobs(seed + 1208, n=60)
    g = _random(seed)
    time, event = torch.rand(60, generator=g), (torch.rand(60, generator=g) < 0.7).float()

    def loss(risk, target):
        time, event = target
        risk = risk.squeeze(1)[time.argsort(descending=True)]
        event = event[time.argsort(descending=True)]
        return -((risk - risk.logcumsumexp(0)) * event).sum() / event.sum()

    return {"model": mlp(seed, 12, 1), "loss": loss, "X": X, "y": (time, event)}


def critic(seed):
    """Wasserstein: the difference of two means, with a gradient penalty in the step."""
    X, y = two_classes(seed + 1209)
    model = mlp(seed, 8, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.9))

    def loss(z, y):
        return z[y == 0].mean() - z[y == 1].mean()

    def step(X, y):
        X = X.clone().requires_grad_(True)
        z = model(X)
        (slope,) = torch.autograd.grad(z.sum(), X, create_graph=True)
        value = loss(z, y) + 10 * (slope.norm(dim=1) - 1).square().mean()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": loss, "X": X, "y": y, "step": step}


def critic_with_signs(seed):
    X, y = two_classes(seed + 1210)
    return {
        "model": mlp(seed, 8, 1),
        "loss": lambda z, y: -(z.squeeze(1) * y).mean(),
        "X": X,
        "y": 2.0 * y - 1,
    }


def exponential(seed):
    X, y = two_classes(seed + 1211)
    return {
        "model": mlp(seed, 8, 1, 16, nn.Flatten(0)),
        "loss": lambda z, y: torch.exp(-z * y).mean(),
        "X": X,
        "y": 2.0 * y - 1,
    }


def least_squares_gan(seed):
    X, y = two_classes(seed + 1212)
    return {"model": mlp(seed, 8, 1), "loss": F.mse_loss, "X": X, "y": y.float()[:, None]}


def several_members(seed):
    """An ensemble: outputs (members, N, K), the loss averaged over the members."""
    X, y = blobs(seed + 1213)

    class Ensemble(nn.Module):
        def __init__(self):
            super().__init__()
            self.nets = nn.ModuleList([mlp(seed + k) for k in range(3)])

        def forward(self, x):
            return torch.stack([net(x) for net in self.nets])

    def loss(z, y):
        return F.cross_entropy(z.flatten(0, 1), y.repeat(3))

    return {"model": Ensemble(), "loss": loss, "X": X, "y": y}


def spans(seed):
    """Where does the answer begin and end? Two softmaxes over the positions."""
    tokens = walk(seed + 1214, n=16, length=12)
    begin = torch.randint(0, 8, (16,), generator=_random(seed))
    y = torch.stack([begin, begin + 3], 1)

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = (
                nn.Embedding(11, 12),
                nn.GRU(12, 12, batch_first=True, bidirectional=True),
            )
            self.o = nn.Linear(24, 2)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    def loss(z, y):
        first, last = z.unbind(-1)
        return (F.cross_entropy(first, y[:, 0]) + F.cross_entropy(last, y[:, 1])) / 2

    return {"model": Reader(), "loss": loss, "X": tokens, "y": y}


def conditional_random_field(seed):
    tokens = walk(seed + 1215, n=8, length=9)

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.net = nn.Sequential(nn.Embedding(11, 12), nn.Tanh(), nn.Linear(12, 3))
            self.moves = nn.Parameter(torch.zeros(3, 3))

        def forward(self, x):
            return self.net(x), self.moves

    def loss(out, y):
        z, moves = out
        score = z.gather(2, y[..., None]).sum((1, 2)) + moves[y[:, :-1], y[:, 1:]].sum(1)
        alpha = z[:, 0]
        for t in range(1, z.shape[1]):
            alpha = (alpha[:, :, None] + moves).logsumexp(1) + z[:, t]
        return (alpha.logsumexp(1) - score).mean()

    return {"model": Tagger(), "loss": loss, "X": tokens, "y": tokens % 3}


def choices(seed):
    """Four answers to each question, one score each."""
    X = torch.randn(20, 4, 10, generator=_random(seed))
    y = X[..., 0].argmax(1)

    class Scores(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 10, 1)

        def forward(self, x):
            return self.net(x.flatten(0, 1)).view(-1, 4)

    return {"model": Scores(), "loss": F.cross_entropy, "X": X, "y": y}


def regression_as_classes(seed):
    """A number becomes a smooth histogram over bins."""
    X, _ = blobs(seed + 1216)
    centres = torch.linspace(-6, 6, 21)

    def loss(z, y):
        q = torch.exp(-((y[:, None] - centres) ** 2) / 0.5)
        return F.cross_entropy(z, q / q.sum(1, keepdim=True))

    return {"model": mlp(seed, 12, 21), "loss": loss, "X": X, "y": X[:, 0].clamp(-5, 5)}


def listwise_ranking(seed):
    g = _random(seed)
    X = torch.randn(24, 6, 8, generator=g)
    relevance = (X[..., 0] * 2).softmax(1)

    class Ranker(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 8, 1)

        def forward(self, x):
            return self.net(x).squeeze(-1)

    loss = lambda z, q: -(q * z.log_softmax(1)).sum(1).mean()  # noqa: E731
    return {"model": Ranker(), "loss": loss, "X": X, "y": relevance}


def five_digits(seed):
    X, _ = blobs(seed + 1217, n=40, shape=(1, 6, 6))
    y = torch.randint(0, 10, (40, 5), generator=_random(seed))

    class Captcha(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(36, 32), nn.ReLU())
            self.heads = nn.ModuleList([nn.Linear(32, 10) for _ in range(5)])

        def forward(self, x):
            h = self.body(x)
            return torch.stack([head(h) for head in self.heads], 1)

    def loss(z, y):
        return sum(F.cross_entropy(z[:, i], y[:, i]) for i in range(5))

    return {"model": Captcha(), "loss": loss, "X": X, "y": y}


def sigmoid_pairs(seed):
    """SigLIP: every text with every picture, a sigmoid each, a bias of -10."""
    X, _ = blobs(seed + 1218, n=20)

    class Pairs(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = mlp(seed, 12, 8), mlp(seed + 1, 12, 8)
            self.t, self.bias = nn.Parameter(torch.tensor(2.3)), nn.Parameter(torch.tensor(-10.0))

        def forward(self, x):
            a, b = F.normalize(self.a(x), dim=1), F.normalize(self.b(x.flip(1)), dim=1)
            return a @ b.T * self.t.exp() + self.bias

    def loss(z, y):
        return -F.logsigmoid(z * (2 * (y[:, None] == y).float() - 1)).sum() / len(y)

    return {"model": Pairs(), "loss": loss, "X": X, "y": torch.arange(20)}


def smallest_losses(seed):
    """Co-teaching keeps the 70 % of the batch that cost least."""
    X, y = blobs(seed + 1219)

    def loss(z, y):
        each = F.cross_entropy(z, y, reduction="none")
        return each.sort().values[: int(0.7 * len(y))].mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def half_inside(seed):
    """The model computes in bfloat16 and gives float32."""
    X, y = blobs(seed + 1220)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                z = self.net(x)
            return z.float()

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def scaled_by_the_model(seed):
    X, y = two_classes(seed + 1221)
    X = torch.cat([torch.exp(3 * X[:, :4]), 1e4 * X[:, 4:]], 1)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.net = nn.BatchNorm1d(8), mlp(seed, 8, 2)

        def forward(self, x):
            return self.net(self.norm(torch.sign(x) * x.abs().log1p()))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


def some_unlabelled(seed):
    """-1 has no label; on all examples the entropy is kept small."""
    X, y = blobs(seed + 1222)
    y[torch.rand(96, generator=_random(seed)) < 0.5] = -1

    def loss(z, y):
        entropy = -(z.softmax(1) * z.log_softmax(1)).sum(1).mean()
        return F.cross_entropy(z, y, ignore_index=-1) + 0.1 * entropy

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def outliers_are_even(seed):
    """Label -1 marks outliers: for them the answer shall be even over the classes."""
    X, y = blobs(seed + 1223)
    y[::4] = -1

    def loss(z, y):
        known = y >= 0
        even = -z[~known].log_softmax(1).mean()
        return F.cross_entropy(z[known], y[known]) + 0.5 * even

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def abstaining(seed):
    """Deep gamblers: one output more, for "I do not know"."""
    X, y = blobs(seed + 1224)

    def loss(z, y):
        p = z.softmax(1)
        return -torch.log(p.gather(1, y[:, None])[:, 0] + p[:, -1] / 2.2).mean()

    return {"model": mlp(seed, 12, 5), "loss": loss, "X": X, "y": y}


def positive_and_unlabelled(seed):
    X, y = two_classes(seed + 1225, n=120)
    s = torch.where((y == 1) & (torch.rand(120, generator=_random(seed)) < 0.5), 1.0, -1.0)

    def loss(z, s):
        z = z.squeeze(1)
        p, u = s > 0, s < 0
        rest = torch.sigmoid(z[u]).mean() - 0.5 * torch.sigmoid(z[p]).mean()
        return 0.5 * torch.sigmoid(-z[p]).mean() + rest.clamp_min(0)

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": s}


def signs_of_similarity(seed):
    X, y = blobs(seed + 1226, n=60, k=2)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 6)

        def forward(self, a, b):
            return self.net(a), self.net(b)

    same = torch.where(y[:30] == y[30:], 1.0, -1.0)
    return {
        "model": Two(),
        "loss": lambda out, y: F.cosine_embedding_loss(*out, y, margin=0.2),
        "X": (X[:30], X[30:]),
        "y": same,
    }


def temporal_difference(seed):
    X, _ = blobs(seed + 1227)
    g = _random(seed)
    action, target = torch.randint(0, 4, (96,), generator=g), torch.randn(96, generator=g)

    def loss(q, batch):
        action, target = batch
        return F.smooth_l1_loss(q.gather(1, action[:, None])[:, 0], target)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": (action, target)}


def pointer(seed):
    """Which of the items that are still allowed? The others are -inf, other ones in each row."""
    X = torch.randn(30, 7, 5, generator=_random(seed))
    allowed = torch.rand(30, 7, generator=_random(seed + 1)) < 0.6
    y = torch.where(allowed, X[..., 0], -9.0).argmax(1)
    allowed = allowed.scatter(1, y[:, None], True)

    class Pointer(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 5, 1)

        def forward(self, x, allowed):
            return self.net(x).squeeze(-1).masked_fill(~allowed, -torch.inf)

    return {"model": Pointer(), "loss": F.cross_entropy, "X": (X, allowed), "y": y}


def smoothed_by_hand(seed):
    X, y = two_classes(seed + 1228)
    return {
        "model": mlp(seed, 8, 1),
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": 0.05 + 0.9 * y.float()[:, None],
    }


def weights_per_label(seed):
    X, y = several_labels(seed + 1229)
    weight = (1 - y).sum(0) / y.sum(0)
    return {
        "model": mlp(seed, 10, 5),
        "loss": nn.BCEWithLogitsLoss(pos_weight=weight, reduction="sum"),
        "X": X,
        "y": y,
        "optimizer": None,
    }


def supervised_at_two_sizes(seed):
    X, y = shapes(seed + 1230)

    class Deep(UNet):
        def __init__(self):
            super().__init__(seed)
            self.side = nn.Conv2d(16, 3, 1)

        def forward(self, x):
            fine = self.down(x)
            deep = self.deep(fine)
            return self.head(torch.cat([fine, self.up(deep)], 1)), self.side(deep)

    def loss(out, y):
        large, small = out
        small = F.interpolate(small, size=y.shape[-2:], mode="bilinear")
        return F.cross_entropy(large, y) + 0.3 * F.cross_entropy(small, y)

    model = Deep()
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y,
        "step": trainer(model, loss, torch.optim.Adam(model.parameters(), lr=1e-3)),
    }


def prototypes(seed):
    """Logits are minus the squared distances to the means of a support set."""
    X, y = blobs(seed + 1231, n=80)

    class Proto(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 8)

        def forward(self, support, query):
            means = self.net(support).view(4, 10, -1).mean(1)
            return -torch.cdist(self.net(query), means).square()

    order = y[:].argsort()
    support = torch.cat([X[order][y[order] == k][:10] for k in range(4)])
    query = torch.cat([X[order][y[order] == k][10:] for k in range(4)])
    answer = torch.cat([torch.full(((y == k).sum() - 10,), k) for k in range(4)])
    return {"model": Proto(), "loss": F.cross_entropy, "X": (support, query), "y": answer}


def state_between_batches(seed):
    tokens = walk(seed + 1232, n=5, length=13)

    class RNN(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = nn.Embedding(11, 8), nn.LSTM(8, 16, batch_first=True)
            self.o = nn.Linear(16, 11)

        def forward(self, x, state=None):
            h, state = self.r(self.e(x), state)
            return self.o(h), state

    model = RNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    memory = {"state": None}
    loss = lambda out, y: F.cross_entropy(out[0].flatten(0, 1), y.flatten())  # noqa: E731

    def step(X, y):
        z, state = model(X, memory["state"])
        memory["state"] = tuple(s.detach() for s in state)
        value = loss((z, state), y)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        return value.item()

    return {"model": model, "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:], "step": step}


def adversary_of_the_domain(seed):
    """A reversed gradient: the second head shall fail on purpose."""
    X, y = blobs(seed + 1233)
    domain = (torch.rand(96, generator=_random(seed)) < 0.5).long()

    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return -0.3 * g

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.kind, self.domain = (
                nn.Linear(12, 24),
                nn.Linear(24, 4),
                nn.Linear(24, 2),
            )

        def forward(self, x):
            h = torch.relu(self.body(x))
            return self.kind(h), self.domain(Reverse.apply(h))

    def loss(out, target):
        return F.cross_entropy(out[0], target[0]) + F.cross_entropy(out[1], target[1])

    model = Net()
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": (y, domain),
        "step": trainer(model, loss, torch.optim.Adam(model.parameters())),
    }


def virtual_adversary(seed):
    """Two more passes in the step, the first of them in evaluation mode."""
    X, y = blobs(seed + 1234)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(X, y):
        model.eval()
        with torch.no_grad():
            p = model(X).softmax(1)
        d = F.normalize(torch.randn_like(X), dim=1).requires_grad_(True)
        apart = F.kl_div(model(X + d).log_softmax(1), p, reduction="batchmean")
        (g,) = torch.autograd.grad(apart, d)
        model.train()
        far = model(X + 0.5 * F.normalize(g, dim=1))
        loss = F.cross_entropy(model(X), y)
        total = loss + F.kl_div(far.log_softmax(1), p, reduction="batchmean")
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        return total.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def generator_and_discriminator(seed):
    """Both are trained in one step; asked is about the discriminator."""
    X, _ = blobs(seed + 1235, n=40)
    D, G = mlp(seed, 12, 1), mlp(seed + 1, 4, 12)
    one, two = torch.optim.Adam(D.parameters(), lr=2e-4), torch.optim.Adam(G.parameters(), lr=2e-4)
    bce = F.binary_cross_entropy_with_logits

    def step(X, y):
        fake = G(torch.randn(len(X) // 2, 4))
        one.zero_grad()
        value = bce(D(X), y)
        value.backward()
        one.step()
        two.zero_grad()
        bce(D(fake), torch.ones(len(fake), 1)).backward()
        two.step()
        return value.item()

    y = torch.cat([torch.ones(40, 1), torch.zeros(40, 1)])
    return {
        "model": D,
        "loss": bce,
        "X": torch.cat([X, G(torch.randn(40, 4)).detach()]),
        "y": y,
        "step": step,
    }


def warm_up_of_thousand(seed):
    tokens = walk(seed + 1236, n=8, length=12)
    model = TinyLM(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    rise = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: min(1.0, (i + 1) / 1000))

    def step(X, y):
        optimizer.zero_grad()
        loss = flat_loss(model(X), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rise.step()
        return loss.item()

    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "optimizer": optimizer,
        "step": step,
    }


def spherical_head_with_bias(seed):
    X, y = blobs(seed + 1237, k=5)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.w = nn.Linear(12, 16), nn.Parameter(torch.randn(5, 16))
            self.log_scale, self.bias = (
                nn.Parameter(torch.tensor(math.log(10.0))),
                nn.Parameter(torch.zeros(5)),
            )

        def forward(self, x):
            cosine = F.normalize(torch.relu(self.body(x))) @ F.normalize(self.w).T
            return self.log_scale.exp() * cosine + self.bias

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
