"""A fifth lot: other forms of the mistakes."""

import types

import torch
import torch.nn.functional as F
from torch import nn, optim

from benchmarks.setups.common import (
    TinyLM,
    UNet,
    blobs,
    cause,
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


class _Library(nn.Module):
    """A language model that shifts the labels and takes the loss itself."""

    def __init__(self, seed, causal=True):
        super().__init__()
        self.lm = TinyLM(seed, causal=causal)

    def forward(self, input_ids, labels):
        z = self.lm(input_ids)
        return types.SimpleNamespace(loss=flat_loss(z[:, :-1], labels[:, 1:]), logits=z)


@cause("targets_shifted_twice")
def shifted_for_a_library(seed):
    tokens = walk(seed + 1301, n=7, length=13)
    X = {"input_ids": tokens[:, :-1], "labels": tokens[:, 1:]}
    return {"model": _Library(seed), "loss": lambda out, y: out.loss, "X": X, "y": tokens[:, 1:]}


@cause("sees_the_future")
def library_without_mask(seed):
    tokens = walk(seed + 1302, n=7, length=13)
    return {
        "model": _Library(seed, causal=False),
        "loss": lambda out, y: out.loss,
        "X": {"input_ids": tokens, "labels": tokens},
        "y": tokens,
    }


@cause("padding_counted")
def library_and_padding(seed):
    tokens = walk(seed + 1303, n=7, length=13, first=1)
    tokens = tokens * (torch.arange(13) < torch.tensor([13, 8, 10, 6, 9, 13, 7])[:, None])
    return {
        "model": _Library(seed),
        "loss": lambda out, y: out.loss,
        "X": {"input_ids": tokens, "labels": tokens},
        "y": tokens,
        "ignore_index": 0,
    }


@cause("softmax_twice")
def softmax_then_log_softmax(seed):
    X, y = blobs(seed + 1304)
    model = mlp(seed, 12, 4, 24, nn.Softmax(1), nn.LogSoftmax(1))
    return {"model": model, "loss": nn.NLLLoss(), "X": X, "y": y}


@cause("softmax_twice")
def softmax_2d(seed):
    X, y = shapes(seed + 1305)

    class Net(UNet):
        def __init__(self):
            super().__init__(seed)
            self.out = nn.Softmax2d()

        def forward(self, x):
            return self.out(super().forward(x))

    return {"model": Net(), "loss": nn.CrossEntropyLoss(label_smoothing=0.05), "X": X, "y": y}


@cause("softmax_twice")
def distilled_twice(seed):
    X, _ = blobs(seed + 1306)
    teacher = mlp(seed + 5)(X).detach().mul(3).softmax(1)
    loss = lambda p, q: F.kl_div(p.log_softmax(1), q, reduction="batchmean")  # noqa: E731
    return {"model": mlp(seed, 12, 4, 24, nn.Softmax(1)), "loss": loss, "X": X, "y": teacher}


@cause("softmax_wrong_axis")
def implicit_dimension(seed):
    """F.softmax without dim takes axis 0 of three."""
    tokens = walk(seed + 1307, n=9, length=8)

    def loss(z, y):
        return F.nll_loss(F.log_softmax(z, dim=None).flatten(0, 1), y.flatten())

    return {"model": TinyLM(seed), "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


@cause("softmax_wrong_axis")
def last_layer_over_examples(seed):
    X, y = blobs(seed + 1308, k=3)
    return {
        "model": mlp(seed, 12, 3, 24, nn.LogSoftmax(dim=0)),
        "loss": nn.NLLLoss(),
        "X": X,
        "y": y,
    }


@cause("logits_as_probabilities", "unstable")
def log_of_log_softmax(seed):
    X, y = blobs(seed + 1309)
    loss = lambda z, y: F.nll_loss(torch.log(z.log_softmax(1)), y)  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("relu_on_logits")
def relu_before_the_sigmoid(seed):
    X, y = two_classes(seed + 1310)
    model = mlp(seed, 8, 1, 16, nn.ReLU(), nn.Sigmoid())
    return {"model": model, "loss": nn.BCELoss(), "X": X, "y": y.float()[:, None]}


@cause("relu_on_logits")
def relu_in_a_language_model(seed):
    tokens = walk(seed + 1311, n=7, length=12)

    class Model(TinyLM):
        def forward(self, x):
            return F.relu(super().forward(x))

    return {"model": Model(seed), "loss": flat_loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


@cause("dropout_too_strong")
def dropout_on_logits(seed):
    X, y = blobs(seed + 1312)
    return {"model": mlp(seed, 12, 4, 24, nn.Dropout(0.4)), "loss": F.cross_entropy, "X": X, "y": y}


@cause("capped_log")
def hundredth(seed):
    X, y = two_classes(seed + 1313)

    def loss(z, y):
        p = torch.sigmoid(z.squeeze(1))
        return -(y * torch.log(p + 0.01) + (1 - y) * torch.log(1 - p + 0.01)).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()}


@cause("unstable")
def log1p_of_minus_p(seed):
    X, y = two_classes(seed + 1314)

    def loss(z, y):
        p = z.sigmoid()
        return -(y * p.log() + (1 - y) * torch.log1p(-p)).mean()

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


@cause("unstable")
def focal_without_care(seed):
    X, y = blobs(seed + 1315)

    def loss(z, y):
        p = z.softmax(1).gather(1, y[:, None])
        return -((1 - p) ** 2 * torch.log(p)).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("half_precision")
def loss_cast_and_cast_back(seed):
    X, y = blobs(seed + 1316, k=5)
    loss = lambda z, y: F.cross_entropy(z.to(torch.bfloat16), y).float()  # noqa: E731
    return {"model": mlp(seed, 12, 5), "loss": loss, "X": X, "y": y}


@cause("masked_classes")
def large_mask_in_the_loss(seed):
    X, y = blobs(seed + 1317, n=60, k=3)
    barred = torch.arange(6) >= 3

    def loss(z, y):
        return F.cross_entropy(z.masked_fill(barred, -1e9), y, label_smoothing=0.1)

    return {"model": mlp(seed, 12, 6), "loss": loss, "X": X, "y": y}


@cause("sign_flipped")
def maximised(seed):
    X, y = blobs(seed + 1318)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.05, maximize=True)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


@cause("sign_flipped")
def focal_with_a_plus(seed):
    X, y = blobs(seed + 1319)

    def loss(z, y):
        logs = z.log_softmax(1).gather(1, y[:, None])[:, 0]
        return ((1 - logs.exp()) ** 2 * logs).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("sign_flipped")
def climbs_in_the_step(seed):
    X, y = blobs(seed + 1320)
    model = mlp(seed)

    def step(X, y):
        model.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        with torch.no_grad():
            for p in model.parameters():
                p += 0.1 * p.grad
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("targets_not_probabilities")
def mixed_without_shares(seed):
    X, y = blobs(seed + 1321)
    both = F.one_hot(y, 4).float() + F.one_hot(y.roll(1), 4).float()
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X + X.roll(1, 0), "y": both}


@cause("nonfinite_data")
def a_hole_in_the_targets(seed):
    X, y = several_labels(seed + 1322)
    y[3, 2] = torch.nan
    return {"model": mlp(seed, 10, 5), "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y}


@cause("nonfinite_data")
def one_missing_value(seed):
    X, y = blobs(seed + 1323)
    X[17, 3] = torch.nan
    return {"model": mlp(seed), "loss": F.cross_entropy, "X": X, "y": y}


@cause("broadcast")
def rows_for_columns(seed):
    X, _ = blobs(seed + 1324, n=40)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 12, 1)

        def forward(self, x):
            return self.net(x).squeeze()

    loss = lambda z, y: torch.sqrt(torch.mean((z - y) ** 2))  # noqa: E731
    return {"model": Net(), "loss": loss, "X": X, "y": X[:, :1]}


@cause("broadcast")
def squares_of_zero_and_one(seed):
    X, y = two_classes(seed + 1325)
    return {"model": mlp(seed, 8, 1), "loss": nn.MSELoss(), "X": X, "y": y.float()}


@cause("class_axis")
def viewed_for_transposed(seed):
    tokens = walk(seed + 1326, n=6, length=9)

    def loss(z, y):
        return F.cross_entropy(z.view(z.shape[0], z.shape[2], z.shape[1]), y)

    return {"model": TinyLM(seed), "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


@cause("examples_mixed")
def encoder_batch_second(seed):
    X, y = blobs(seed + 1327, n=30, k=3, shape=(6, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
            self.o = nn.Linear(8, 3)

        def forward(self, x):
            return self.o(self.layer(x).mean(1))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("input_ignored")
def pooled_over_the_batch(seed):
    X, y = blobs(seed + 1328)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x.mean(0, keepdim=True).expand(len(x), -1))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("gradients_not_cleared")
def cleared_in_the_first_epoch(seed):
    X, y = blobs(seed + 1329)
    model = mlp(seed)
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    count = {"epoch": 0}

    def step(X, y):
        if count["epoch"] == 0:
            optimizer.zero_grad()
        count["epoch"] += 1
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("gradients_not_cleared")
def scaler_without_zero_grad(seed):
    X, y = blobs(seed + 1330)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)

    def step(X, y):
        value = F.cross_entropy(model(X), y)
        scaler.scale(value).backward()
        scaler.step(optimizer)
        scaler.update()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("gradients_not_cleared")
def by_hand_without_clearing(seed):
    X, y = blobs(seed + 1331)
    model = mlp(seed)

    def step(X, y):
        value = F.cross_entropy(model(X), y)
        value.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.05 * p.grad
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("gradient_scaled")
def optimizer_steps_past_the_scaler(seed):
    X, y = blobs(seed + 1332)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu")

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        scaler.scale(value).backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("no_gradient")
def item_of_the_loss(seed):
    X, y = blobs(seed + 1333)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y).item()
        value.backward()
        optimizer.step()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("no_gradient")
def everything_in_no_grad(seed):
    X, y = blobs(seed + 1334)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters())

    @torch.no_grad()
    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        return value

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("no_gradient")
def sum_of_items(seed):
    X, y = blobs(seed + 1335)

    def loss(z, y):
        parts = [F.cross_entropy(z[i : i + 8], y[i : i + 8]).item() for i in range(0, len(y), 8)]
        return torch.tensor(parts).mean()

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("optimizer_holds_part")
def unfrozen_too_late(seed):
    X, y = blobs(seed + 1336)
    model = mlp(seed)
    model[0].requires_grad_(False)
    optimizer = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-3)
    model[0].requires_grad_(True)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


@cause("no_step", "gradient_clipped_away")
def rates_of_zero(seed):
    X, y = blobs(seed + 1337)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


@cause("learning_rate_too_low")
def gamma_each_batch(seed):
    X, y = blobs(seed + 1338)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        schedule.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("learning_rate_too_high")
def momentum_of_nearly_one(seed):
    X, y = blobs(seed + 1339)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=3.0, momentum=0.99)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }


@cause("weight_decay_too_strong")
def adam_with_decay(seed):
    X, y = blobs(seed + 1340)
    model = mlp(seed)
    optimizer = optim.AdamW(model.parameters(), lr=1e-2, weight_decay=50.0)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


@cause("evaluation_mode_in_training")
def predict_leaves_it(seed):
    X, y = blobs(seed + 1341)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 4))
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    def predict(X):
        model.eval()
        return model(X).argmax(1)

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "step": step,
        "predict": predict,
    }


@cause("training_mode_in_evaluation")
def batch_norm_while_testing(seed):
    X, y = shapes(seed + 1342)
    model = UNet(seed)

    def predict(X):
        with torch.no_grad():
            return model(X).argmax(1)

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "predict": predict}


@cause("unregistered_parameters")
def a_dictionary_of_heads(seed):
    X, y = blobs(seed + 1343)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body = nn.Linear(12, 24)
            self.heads = {"main": nn.Linear(24, 4)}

        def forward(self, x):
            return self.heads["main"](torch.relu(self.body(x)))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("unregistered_parameters")
def parameters_in_a_list(seed):
    X, y = blobs(seed + 1344)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.body = nn.Linear(12, 24)
            self.ws = [nn.Parameter(0.2 * torch.randn(24, 24)) for _ in range(2)]
            self.head = nn.Linear(24, 4)

        def forward(self, x):
            h = torch.relu(self.body(x))
            for w in self.ws:
                h = torch.relu(h @ w)
            return self.head(h)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("graph_kept")
def state_not_detached(seed):
    tokens = walk(seed + 1345, n=5, length=12)

    class RNN(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = nn.Embedding(11, 8), nn.LSTM(8, 16, batch_first=True)
            self.o = nn.Linear(16, 11)

        def forward(self, x, state=None):
            h, state = self.r(self.e(x), state)
            return self.o(h), state

    model, memory = RNN(), {"state": None}
    optimizer = optim.Adam(model.parameters())
    loss = lambda out, y: F.cross_entropy(out[0].flatten(0, 1), y.flatten())  # noqa: E731

    def step(X, y):
        out = model(X, memory["state"])
        memory["state"] = out[1]
        value = loss(out, y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:], "step": step}


@cause("symmetric_units")
def ones_everywhere(seed):
    X, y = two_classes(seed + 1346)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 2))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.constant_(layer.weight, 0.1)
            nn.init.zeros_(layer.bias)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("dead_units")
def all_below_zero(seed):
    X, y = two_classes(seed + 1347)
    model = mlp(seed, 8, 1, 32)
    with torch.no_grad():
        model[0].weight.mul_(0.01)
        model[0].bias.fill_(-5)
    loss = nn.BCEWithLogitsLoss()
    return {"model": model, "loss": loss, "X": X, "y": y.float()[:, None]}


@cause("no_nonlinearity")
def two_convolutions(seed):
    X, y = blobs(seed + 1348, n=40, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.Conv2d(6, 6, 3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24, 4)
    )
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("class_ignored")
def wrong_index_ignored(seed):
    X, y = blobs(seed + 1349)
    return {"model": mlp(seed), "loss": nn.CrossEntropyLoss(ignore_index=1), "X": X, "y": y}


@cause("weights_inverted")
def counts_as_weights(seed):
    X, y = shapes(seed + 1350)
    weight = torch.bincount(y.flatten(), minlength=3).float()
    return {
        "model": UNet(seed),
        "loss": nn.CrossEntropyLoss(weight=weight / weight.sum()),
        "X": X,
        "y": y,
    }


@cause("divided_by_padding")
def masked_and_averaged(seed):
    """Of several labels only some are known; the mean is taken over all."""
    X, y = several_labels(seed + 1351)
    y[torch.rand(y.shape, generator=_random(seed)) < 0.4] = -1

    def loss(z, y):
        known = (y >= 0).float()
        each = F.binary_cross_entropy_with_logits(z, y.clamp_min(0), reduction="none")
        return (each * known).mean()

    return {"model": mlp(seed, 10, 5), "loss": loss, "X": X, "y": y}


@cause("mean_of_means")
def row_by_row(seed):
    tokens = walk(seed + 1352, n=8, length=12, first=1)
    tokens = tokens * (torch.arange(12) < torch.tensor([12, 4, 9, 6, 11, 5, 8, 7])[:, None])

    def loss(z, y):
        rows = [F.cross_entropy(a, b, ignore_index=0) for a, b in zip(z, y, strict=True)]
        return torch.stack(rows).mean()

    return {
        "model": TinyLM(seed),
        "loss": loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "ignore_index": 0,
    }


@cause("accumulation_not_divided")
def eight_calls(seed):
    X, y = blobs(seed + 1353)
    model, count = mlp(seed), {"calls": 0}
    optimizer = optim.SGD(model.parameters(), lr=0.02)

    def step(X, y):
        value = F.cross_entropy(model(X), y)
        value.backward()
        count["calls"] += 1
        if count["calls"] % 8 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("decision_axis")
def argmax_over_time(seed):
    tokens = walk(seed + 1354, n=6, length=9)
    model = TinyLM(seed)
    return {
        "model": model,
        "loss": flat_loss,
        "X": tokens[:, :-1],
        "y": tokens[:, 1:],
        "predict": lambda X: model(X).argmax(1),
    }


@cause("threshold")
def rounded_logits(seed):
    X, y = two_classes(seed + 1355)
    model = mlp(seed, 8, 1, 16, nn.Flatten(0))
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float(),
        "predict": lambda X: model(X).round(),
    }


@cause("argmax_of_one_column")
def softmax_of_one(seed):
    X, y = two_classes(seed + 1356)
    model = mlp(seed, 8, 1)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": lambda X: model(X).softmax(-1).argmax(-1),
    }


@cause("decision_reversed")
def smallest_first(seed):
    X, y = blobs(seed + 1357, k=5)
    model = mlp(seed, 12, 5)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).argsort(1)[:, 0],
    }


@cause("temperature")
def fifty(seed):
    X, y = blobs(seed + 1358)
    loss = lambda z, y: F.cross_entropy(z / 50, y)  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("labels_unrelated")
def read_in_two_orders(seed):
    X, y = blobs(seed + 1359, n=200, k=5)
    y = y.sort().values
    return {"model": mlp(seed, 12, 5), "loss": F.cross_entropy, "X": X, "y": y}


@cause("step_mixes_labels")
def rolled_labels(seed):
    X, y = blobs(seed + 1360)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y.roll(1))
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}
