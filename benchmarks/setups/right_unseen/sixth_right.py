"""A sixth lot: where the questions themselves might be wrong."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import (
    TinyLM,
    blobs,
    flat_loss,
    mlp,
    several_labels,
    trainer,
    two_classes,
    walk,
)


def _random(seed):
    return torch.Generator().manual_seed(seed)


def attacked_embeddings(seed):
    """FGM: backward, a step uphill on the first weights, backward again, and back."""
    X, y = blobs(seed + 1401)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        w = model[0].weight
        kept = w.data.clone()
        w.data.add_(0.05 * w.grad / w.grad.norm())
        F.cross_entropy(model(X), y).backward()
        w.data.copy_(kept)
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def every_thirty_second_call(seed):
    X, y = blobs(seed + 1402)
    model, count = mlp(seed), {"calls": 0}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        (loss / 32).backward()
        count["calls"] += 1
        if count["calls"] % 32 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def threshold_of_six_tenths(seed):
    X, y = two_classes(seed + 1403, n=40)
    model = mlp(seed, 8, 1)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": lambda X: (model(X).sigmoid() > 0.6).squeeze(1),
    }


def rare_alarm(seed):
    X, y = two_classes(seed + 1404, n=200, share=0.05)
    model = mlp(seed, 8, 1)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": lambda X: (model(X).sigmoid() > 0.02).int(),
    }


def answers_one_and_two(seed):
    X, y = two_classes(seed + 1405)
    model = mlp(seed, 8, 1)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": lambda X: 1 + (model(X) > 0).long().squeeze(1),
    }


def confidence_and_class(seed):
    X, y = blobs(seed + 1406)
    model = mlp(seed)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: torch.max(model(X).softmax(1), 1),
    }


def float32_copies(seed):
    """The optimiser holds copies of the weights in float32, as in training with bfloat16."""
    X, y = blobs(seed + 1407)
    model = mlp(seed)
    copies = [p.detach().clone().requires_grad_(True) for p in model.parameters()]
    optimizer = torch.optim.Adam(copies, lr=1e-3)

    def step(X, y):
        model.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        for c, p in zip(copies, model.parameters(), strict=True):
            c.grad = p.grad.float().clone()
        optimizer.step()
        with torch.no_grad():
            for c, p in zip(copies, model.parameters(), strict=True):
                p.copy_(c)
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def complementary(seed):
    """The label says which class it is not."""
    X, y = blobs(seed + 1408)
    not_this = (y + torch.randint(1, 4, (96,), generator=_random(seed))) % 4

    def loss(z, y):
        p = z.softmax(1).gather(1, y[:, None])
        return -torch.log1p(-p.clamp_max(1 - 1e-6)).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": not_this}


def shared_among_tags(seed):
    """Several tags an example, each row of targets divided by its sum: a softmax on purpose."""
    X, y = several_labels(seed + 1409, k=6)
    y[:, 0] = 1

    def loss(z, y):
        return F.cross_entropy(z, y / y.sum(1, keepdim=True))

    return {"model": mlp(seed, 10, 6), "loss": loss, "X": X, "y": y}


def proportions_of_a_bag(seed):
    """Only the shares of the classes in the batch are known."""
    X, y = blobs(seed + 1410)

    def loss(z, y):
        share = F.one_hot(y, 4).double().mean(0).to(z)
        return -(share * z.softmax(1).mean(0).log()).sum()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


def delayed_copy(seed):
    """The memory task of recurrent nets: say what was read two steps ago."""
    tokens = walk(seed + 1411, n=10, length=14)
    y = torch.cat([torch.full((10, 2), -100), tokens[:, :-2]], 1)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = nn.Embedding(11, 12), nn.LSTM(12, 24, batch_first=True)
            self.o = nn.Linear(24, 11)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    return {"model": Model(), "loss": flat_loss, "X": tokens, "y": y}


def parts_with_their_own_losses(seed):
    """Two losses, two backward passes, one step."""
    X, y = blobs(seed + 1412)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body, self.a, self.b = nn.Linear(12, 24), nn.Linear(24, 4), nn.Linear(24, 1)

        def forward(self, x):
            h = torch.relu(self.body(x))
            return self.a(h), self.b(h)

    def loss(out, target):
        return F.cross_entropy(out[0], target[0]) + F.mse_loss(out[1][:, 0], target[1])

    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(X, target):
        optimizer.zero_grad()
        kind, number = model(X)
        a = F.cross_entropy(kind, target[0])
        b = F.mse_loss(number[:, 0], target[1])
        a.backward(retain_graph=True)
        b.backward()
        optimizer.step()
        return (a + b).item()

    return {"model": model, "loss": loss, "X": X, "y": (y, X[:, 0]), "step": step}


def eval_mode_on_purpose(seed):
    """Fine-tuning with dropout off and batch norm fixed: the step itself calls eval()."""
    X, y = blobs(seed + 1413)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 4)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step(X, y):
        model.eval()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def flooded(seed):
    X, y = blobs(seed + 1414)
    return {
        "model": mlp(seed),
        "loss": lambda z, y: (F.cross_entropy(z, y) - 0.1).abs() + 0.1,
        "X": X,
        "y": y,
    }


def perplexity(seed):
    tokens = walk(seed + 1415, n=6, length=12)
    return {
        "model": TinyLM(seed),
        "loss": lambda z, y: flat_loss(z, y).exp(),
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
    }


def votes_as_counts(seed):
    """The targets are counts of votes; the loss makes shares of them."""
    X, y = blobs(seed + 1416)
    torch.manual_seed(seed)
    votes = torch.distributions.Multinomial(7, probs=0.8 * F.one_hot(y, 4) + 0.05).sample()
    return {
        "model": mlp(seed),
        "loss": lambda z, v: F.cross_entropy(z, v / v.sum(1, keepdim=True)),
        "X": X,
        "y": votes,
    }


def signs_with_unknown(seed):
    """1, -1, and 0 where nobody knows."""
    X, y = several_labels(seed + 1417)
    signs = 2 * y - 1
    signs[torch.rand(y.shape, generator=_random(seed)) < 0.3] = 0

    def loss(z, s):
        return (F.softplus(-s * z) * s.abs()).sum() / s.abs().sum()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": signs}


def teacher_out_of_sight(seed):
    """A frozen teacher is kept in a list, so that it is saved and trained with nothing."""
    X, y = blobs(seed + 1418)

    class Student(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.teacher = mlp(seed), [mlp(seed + 1)]

        def forward(self, x):
            with torch.no_grad():
                t = self.teacher[0](x)
            return self.net(x), t

    def loss(out, y):
        z, t = out
        soft = F.kl_div(z.log_softmax(1), t.softmax(1), reduction="batchmean")
        return F.cross_entropy(z, y) + 0.5 * soft

    return {"model": Student(), "loss": loss, "X": X, "y": y}


def list_given_to_the_optimizer(seed):
    """Layers in a plain list, whose weights the optimiser is given by hand."""
    X, y = blobs(seed + 1419)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.blocks, self.head = [nn.Linear(12, 12) for _ in range(2)], nn.Linear(12, 4)

        def forward(self, x):
            for block in self.blocks:
                x = torch.relu(block(x))
            return self.head(x)

    model = Net()
    weights = [*model.parameters(), *(p for b in model.blocks for p in b.parameters())]
    optimizer = torch.optim.Adam(weights, lr=1e-3)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def scaled_loss_for_small_gradients(seed):
    X, y = blobs(seed + 1420)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return {
        "model": model,
        "loss": lambda z, y: 100 * F.cross_entropy(z, y) / 100,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def momentum_by_hand(seed):
    X, y = blobs(seed + 1421)
    model = mlp(seed)
    speed = [torch.zeros_like(p) for p in model.parameters()]

    def step(X, y):
        model.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), speed, strict=True):
                v.mul_(0.9).add_(p.grad)
                p.sub_(0.05 * v)
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def unlabelled_rows_masked(seed):
    """Semi-supervised: labels and a mask of the rows that have one."""
    X, y = blobs(seed + 1422)
    has = torch.rand(96, generator=_random(seed)) < 0.3

    def loss(z, target):
        y, has = target
        return F.cross_entropy(z[has], y[has])

    return {"model": mlp(seed), "loss": loss, "X": X, "y": (y, has)}
