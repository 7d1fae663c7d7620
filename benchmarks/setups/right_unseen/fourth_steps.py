"""Training steps as they stand in real projects."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from benchmarks.setups.common import TinyLM, UNet, blobs, flat_loss, mlp, shapes, trainer, walk


def bfloat_autocast(seed):
    X, y = blobs(seed + 701)
    model = mlp(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step(X, y):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def scaler_and_accumulation(seed):
    X, y = blobs(seed + 702)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12)

    def step(X, y):
        model.train()
        total = 0.0
        for a, b in zip(X.chunk(3), y.chunk(3), strict=True):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = F.cross_entropy(model(a).float(), b) / 3
            scaler.scale(loss).backward()
            total += loss.item()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        return total

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def uneven_parts(seed):
    """Micro-batches of 40, 40 and 16, each weighed by its size."""
    X, y = blobs(seed + 703)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        total = 0.0
        for a, b in zip(X.split(40), y.split(40), strict=True):
            loss = F.cross_entropy(model(a), b, reduction="sum") / len(y)
            loss.backward()
            total += loss.item()
        optimizer.step()
        return total

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


class _Trainer:
    def __init__(self, model, every):
        self.model, self.every, self.calls = model, every, 0
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, X, y):
        self.model.train()
        loss = self.criterion(self.model(X), y)
        (loss / self.every).backward()
        self.calls += 1
        if self.calls % self.every == 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad()
        return loss.item()


def every_third_call(seed):
    X, y = blobs(seed + 704)
    fit = _Trainer(mlp(seed), 3)
    return {
        "model": fit.model,
        "loss": fit.criterion,
        "X": X,
        "y": y,
        "optimizer": fit.optimizer,
        "step": fit.training_step,
    }


def bound_method(seed):
    X, y = blobs(seed + 705)
    fit = _Trainer(mlp(seed), 1)
    return {"model": fit.model, "loss": fit.criterion, "X": X, "y": y, "step": fit.training_step}


def line_search(seed):
    X, y = blobs(seed + 706)
    model = mlp(seed)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4, line_search_fn="strong_wolfe")

    def step(X, y):
        def closure():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(X), y)
            loss.backward()
            return loss

        return optimizer.step(closure)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def one_cycle(seed):
    """At the very start of a long warm-up: the rate is 1/25 of its peak."""
    X, y = blobs(seed + 707)
    model = mlp(seed)
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}], lr=1e-3
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=2000)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        return float(loss)

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": step,
    }


def frozen_and_evaluated(seed):
    """A frozen backbone in evaluation mode under a head that trains, with train() overridden."""
    X, y = blobs(seed + 708, n=40, shape=(1, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.backbone = nn.Sequential(
                nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten()
            )
            self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(288, 4))
            self.backbone.requires_grad_(False)

        def train(self, mode=True):
            super().train(mode)
            self.backbone.eval()
            return self

        def forward(self, x):
            with torch.no_grad():
                h = self.backbone(x)
            return self.head(h)

    model = Net().train()
    optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-3)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def biases_only(seed):
    X, y = blobs(seed + 709)
    model = mlp(seed)
    for name, p in model.named_parameters():
        p.requires_grad_(name.endswith("bias"))
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def gradual_unfreezing(seed):
    """The rate of the first layer is still 0."""
    X, y = blobs(seed + 710)
    model = mlp(seed)
    optimizer = torch.optim.AdamW(
        [{"params": model[0].parameters(), "lr": 0.0}, {"params": model[2].parameters()}], lr=1e-3
    )
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def functional(seed):
    """torch.func: the gradient is a value, the weights are moved by hand."""
    X, y = blobs(seed + 711)
    model = mlp(seed)

    def objective(weights, X, y):
        return F.cross_entropy(torch.func.functional_call(model, weights, (X,)), y)

    def step(X, y):
        weights = {k: p.detach() for k, p in model.named_parameters()}
        grads, loss = torch.func.grad_and_value(objective)(weights, X, y)
        with torch.no_grad():
            for name, p in model.named_parameters():
                p -= 0.1 * grads[name]
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def manual_descent(seed):
    X, y = blobs(seed + 712)
    model = mlp(seed)

    def step(X, y):
        for p in model.parameters():
            p.grad = None
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        for p in model.parameters():
            p.data.add_(p.grad.data, alpha=-0.1)
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def private(seed):
    """DP-SGD: each example's gradient is clipped, noise is added."""
    X, y = blobs(seed + 713, n=24)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)

    def step(X, y):
        optimizer.zero_grad()
        total, sums = 0.0, [torch.zeros_like(p) for p in model.parameters()]
        for a, b in zip(X, y, strict=True):
            loss = F.cross_entropy(model(a[None]), b[None])
            grads = torch.autograd.grad(loss, list(model.parameters()))
            norm = torch.stack([g.norm() for g in grads]).norm()
            for s, g in zip(sums, grads, strict=True):
                s += g / norm.clamp_min(1)
            total += loss.item()
        for p, s in zip(model.parameters(), sums, strict=True):
            p.grad = (s + 0.5 * torch.randn_like(s)) / len(y)
        optimizer.step()
        return total / len(y)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def cleared_at_the_end(seed):
    X, y = shapes(seed + 714)
    model = UNet(seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def optimizer_in_backward(seed):
    """One optimiser a parameter, run by a hook as soon as its gradient is there."""
    X, y = blobs(seed + 715)
    model = mlp(seed)
    optimizers = {p: torch.optim.Adam([p], lr=1e-3) for p in model.parameters()}

    def run(p):
        optimizers[p].step()
        optimizers[p].zero_grad()

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(run)

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def augmented(seed):
    X, y = blobs(seed + 716, n=40, shape=(1, 10, 10))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(96, 4)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    def step(X, y):
        X = X.flip(-1) if torch.rand(()) < 0.5 else X
        i, j = torch.randint(0, 3, (2,)).tolist()
        X = F.pad(X, (1, 1, 1, 1))[:, :, i : i + 10, j : j + 10]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X + 0.05 * torch.randn_like(X)), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def mixed_in_the_step(seed):
    X, y = blobs(seed + 717)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def step(X, y):
        lam = torch.distributions.Beta(0.4, 0.4).sample()
        order = torch.randperm(len(X))
        hot = F.one_hot(y, 4).float()
        loss = criterion(model(lam * X + (1 - lam) * X[order]), lam * hot + (1 - lam) * hot[order])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": criterion, "X": X, "y": y, "step": step}


def several_epochs(seed):
    """One call goes over its batch three times, in shuffled parts."""
    X, y = blobs(seed + 718)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(X, y):
        losses = []
        for _ in range(3):
            for rows in torch.randperm(len(X)).split(32):
                loss = F.cross_entropy(model(X[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        return sum(losses) / len(losses)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


class _Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.add_(torch.sign(0.9 * m + 0.1 * p.grad), alpha=-group["lr"])
                m.mul_(0.99).add_(p.grad, alpha=0.01)


def own_optimizer(seed):
    X, y = blobs(seed + 719)
    model = mlp(seed)
    optimizer = _Lion(model.parameters(), lr=1e-3)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def checkpointed(seed):
    tokens = walk(seed + 720, n=6, length=12)

    class Model(TinyLM):
        def forward(self, x):
            T = x.shape[1]
            h = self.tokens(x) + self.places(torch.arange(T))
            mask = torch.triu(torch.full((T, T), -torch.inf), 1)
            return self.head(checkpoint(self.layer, h, mask, use_reentrant=False))

    model = Model(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "step": trainer(model, flat_loss, optimizer),
    }


def sparse_and_dense(seed):
    tokens, y = walk(seed + 721, n=40, length=9), torch.arange(40) % 4

    class Bag(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.o = nn.Embedding(11, 12, sparse=True), nn.Linear(12, 4)

        def forward(self, x):
            return self.o(self.e(x).mean(1))

    model = Bag()
    optimizers = (
        torch.optim.SparseAdam(list(model.e.parameters()), lr=1e-2),
        torch.optim.Adam(model.o.parameters(), lr=1e-2),
    )

    def step(X, y):
        loss = F.cross_entropy(model(X), y)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": tokens, "y": y, "step": step}


def average_teacher(seed):
    """Mean teacher: a penalty on the difference to the running average of the weights."""
    X, y = blobs(seed + 722)
    model = mlp(seed)
    teacher = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        z = model(X)
        with torch.no_grad():
            t = teacher(X + 0.1 * torch.randn_like(X)).softmax(1)
        loss = F.cross_entropy(z, y) + 0.5 * F.mse_loss(z.softmax(1), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for a, b in zip(teacher.parameters(), model.parameters(), strict=True):
                a.lerp_(b, 0.01)
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def signs_of_gradients(seed):
    X, y = blobs(seed + 723)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=2e-3)

    def step(X, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        for p in model.parameters():
            p.grad.sign_()
        optimizer.step()
        return loss

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


def moves_the_batch(seed):
    """The step draws a weighted sample of the rows, X and y together, and converts y itself."""
    X, y = blobs(seed + 724)
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def loss(z, y):
        return F.cross_entropy(z, y.long())

    def step(X, y):
        rows = torch.multinomial(torch.ones(len(X)), 64, replacement=True)
        optimizer.zero_grad()
        value = loss(model(X[rows]), y[rows])
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": loss, "X": X, "y": y.to(torch.uint8), "step": step}


def anomaly_and_prints(seed):
    X, y = blobs(seed + 725)
    model = mlp(seed)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
    history = []

    def step(X, y):
        with torch.enable_grad():
            z = model(X)
            loss = F.cross_entropy(z, y)
            optimizer.zero_grad()
            loss.backward()
        accuracy = (z.argmax(1) == y).float().mean()
        history.append((loss.item(), accuracy.item()))
        print(f"loss {loss:.3f}")
        optimizer.step()
        return loss.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
