"""Steps, optimisers, models, decisions."""

import copy

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


def _plain(model, loss, optim_, X, y, **more):
    return {
        "model": model,
        "loss": loss,
        "X": X,
        "y": y,
        "step": trainer(model, loss, optim_),
    } | more


class _Trainer:
    """A project's own class; the mistakes are in its subclasses."""

    def __init__(self, model, loss, **options):
        self.model, self.loss = model, loss
        self.optimizer = optim.Adam(self.model.parameters(), **options)

    def fit(self, X, y):
        self.optimizer.zero_grad()
        value = self.loss(self.model(X), y)
        value.backward()
        self.optimizer.step()
        return value.item()

    def arguments(self, X, y):
        return {"model": self.model, "loss": self.loss, "X": X, "y": y, "step": self.fit}


@cause("gradients_not_cleared")
def class_without_zero_grad(seed):
    X, y = blobs(seed + 1101)

    class Trainer(_Trainer):
        def fit(self, X, y):
            value = self.loss(self.model(X), y)
            value.backward()
            self.optimizer.step()
            return value.item()

    return Trainer(mlp(seed), F.cross_entropy).arguments(X, y)


@cause("gradients_not_cleared")
def zero_grad_without_a_call(seed):
    X, y = two_classes(seed + 1102)
    model = mlp(seed, 8, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def loss(z, y):
        return F.binary_cross_entropy_with_logits(z, y)

    def step(X, y):
        optimizer.zero_grad  # noqa: B018
        value = loss(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": loss, "X": X, "y": y.float()[:, None], "step": step}


@cause("gradients_not_cleared")
def cleared_once_for_the_epoch(seed):
    X, y = blobs(seed + 1103)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    optimizer.zero_grad()

    def step(X, y):
        model.train()
        value = F.cross_entropy(model(X), y)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        return value.item()

    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "optimizer": optimizer,
        "step": step,
    }


@cause("gradients_not_cleared")
def only_the_head_is_cleared(seed):
    X, y = shapes(seed + 1104)
    model = UNet(seed)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)

    def step(X, y):
        model.head.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("gradients_cleared_too_early")
def cleared_before_the_step(seed):
    X, y = blobs(seed + 1105)

    class Trainer(_Trainer):
        def fit(self, X, y):
            value = self.loss(self.model(X), y)
            value.backward()
            self.optimizer.zero_grad()
            self.optimizer.step()
            return value.item()

    return Trainer(mlp(seed), F.cross_entropy).arguments(X, y)


@cause("no_gradient")
def decided_before_the_loss(seed):
    X, y = two_classes(seed + 1106)

    def loss(z, y):
        decided = (torch.sigmoid(z) > 0.5).float().requires_grad_(True)
        return F.binary_cross_entropy(decided, y)

    return {"model": mlp(seed, 8, 1), "loss": loss, "X": X, "y": y.float()[:, None]}


@cause("no_gradient")
def tensor_made_anew(seed):
    X, y = blobs(seed + 1107)

    def loss(z, y):
        return F.cross_entropy(torch.tensor(z.tolist(), requires_grad=True), y)

    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("no_gradient")
def data_of_the_loss(seed):
    X, y = blobs(seed + 1108)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y).data.requires_grad_()
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("no_gradient")
def inference_mode(seed):
    X, y = blobs(seed + 1109)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            with torch.no_grad():
                return self.net(x)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("no_gradient")
def argmax_as_a_number(seed):
    X, y = blobs(seed + 1110)
    loss = lambda z, y: F.mse_loss(z.argmax(1).float(), y.float())  # noqa: E731
    return {"model": mlp(seed), "loss": loss, "X": X, "y": y}


@cause("gradient_cut")
def features_detached(seed):
    X, y = blobs(seed + 1111, n=40, shape=(1, 8, 8))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.c, self.o = nn.Conv2d(1, 6, 3), nn.Linear(216, 4)

        def forward(self, x):
            h = torch.relu(self.c(x)).flatten(1)
            return self.o(h.clone().detach())

    model = Net()
    return _plain(model, F.cross_entropy, optim.Adam(model.parameters()), X, y)


@cause("gradient_cut")
def new_tensor_inside(seed):
    X, y = blobs(seed + 1112)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 16), nn.Linear(16, 4)

        def forward(self, x):
            h = torch.tanh(self.a(x))
            return self.b(torch.stack([torch.tensor(row.tolist()) for row in h]))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("optimizer_other_parameters")
def model_made_again(seed):
    X, y = blobs(seed + 1113)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    model = mlp(seed + 1)
    return _plain(model, F.cross_entropy, optimizer, X, y, optimizer=optimizer)


@cause("optimizer_other_parameters")
def copied_after(seed):
    X, y = shapes(seed + 1114)
    first = UNet(seed)
    optimizer = optim.SGD(first.parameters(), lr=0.1)
    model = copy.deepcopy(first)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "optimizer": optimizer}


@cause("optimizer_other_parameters", "optimizer_holds_part")
def head_replaced_after(seed):
    X, y = blobs(seed + 1115, k=3)
    model = mlp(seed, 12, 10)
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    model[2] = nn.Linear(24, 3)
    return _plain(model, F.cross_entropy, optimizer, X, y)


@cause("optimizer_holds_part")
def decoder_forgotten(seed):
    X, y = shapes(seed + 1116)
    model = UNet(seed)
    optimizer = optim.Adam([*model.down.parameters(), *model.deep.parameters()], lr=1e-3)
    return _plain(model, F.cross_entropy, optimizer, X, y, optimizer=optimizer)


@cause("no_step")
def scheduler_for_optimizer(seed):
    X, y = blobs(seed + 1117)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 100)

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        scheduler.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("no_step")
def step_without_a_call(seed):
    X, y = several_labels(seed + 1118)
    model = mlp(seed, 10, 5)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        value = criterion(model(X), y)
        value.backward()
        optimizer.step  # noqa: B018
        return value.item()

    return {"model": model, "loss": criterion, "X": X, "y": y, "step": step}


@cause("no_step")
def never_the_fourth(seed):
    """The counter is set back in each call, so the optimiser never steps."""
    X, y = blobs(seed + 1119)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        i = 0
        value = F.cross_entropy(model(X), y)
        (value / 4).backward()
        i += 1
        if i % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("no_backward")
def backward_forgotten(seed):
    X, y = blobs(seed + 1120)

    class Trainer(_Trainer):
        def fit(self, X, y):
            self.optimizer.zero_grad()
            value = self.loss(self.model(X), y)
            self.optimizer.step()
            return value.item()

    return Trainer(mlp(seed), F.cross_entropy).arguments(X, y)


@cause("learning_rate_too_high")
def fifty(seed):
    X, y = blobs(seed + 1121)
    model = mlp(seed)
    return _plain(model, F.cross_entropy, optim.SGD(model.parameters(), lr=50.0), X, y)


@cause("learning_rate_too_high")
def adam_of_five(seed):
    tokens = walk(seed + 1122, n=8, length=12)
    model = TinyLM(seed)
    optimizer = optim.Adam(model.parameters(), lr=5.0)
    return _plain(model, flat_loss, optimizer, tokens[:, :-1], tokens[:, 1:], optimizer=optimizer)


@cause("learning_rate_too_low")
def a_billionth(seed):
    X, y = blobs(seed + 1123)
    return _Trainer(mlp(seed), F.cross_entropy, lr=1e-9).arguments(X, y)


@cause("learning_rate_too_low")
def rate_returned_for_factor(seed):
    """LambdaLR multiplies; the function returns the rate itself: 0.001 · 0.001."""
    X, y = two_classes(seed + 1124)
    model = mlp(seed, 8, 2)
    optimizer = optim.SGD(model.parameters(), lr=1e-3)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1e-3 * 0.99**epoch)

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        scheduler.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("weight_decay_too_strong")
def decay_of_ten(seed):
    X, y = blobs(seed + 1125)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.05, weight_decay=10.0)
    return _plain(model, F.cross_entropy, optimizer, X, y, optimizer=optimizer)


@cause("evaluation_mode_in_training")
def eval_within_the_step(seed):
    X, y = blobs(seed + 1126, n=40, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(216, 4)
    )
    optimizer = optim.Adam(model.parameters())

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            model(X[:8])
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("evaluation_mode_in_training")
def train_false(seed):
    X, y = several_labels(seed + 1127)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 5)
    )
    optimizer = optim.Adam(model.parameters())
    loss = nn.BCEWithLogitsLoss()

    def step(X, y):
        model.train(False)
        optimizer.zero_grad()
        value = loss(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": loss, "X": X, "y": y, "step": step}


@cause("training_mode_in_evaluation")
def predicts_with_dropout(seed):
    X, y = two_classes(seed + 1128)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 1), nn.Flatten(0)
    )

    def predict(X):
        model.train()
        with torch.no_grad():
            return (model(X) > 0).long()

    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float(),
        "predict": predict,
    }


@cause("dropout_always_on")
def functional_dropout(seed):
    X, y = blobs(seed + 1129)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b = nn.Linear(12, 32), nn.Linear(32, 4)

        def forward(self, x):
            return self.b(F.dropout(F.relu(self.a(x))))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("dropout_too_strong")
def ninety_eight_percent(seed):
    X, y = blobs(seed + 1130)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Dropout(0.98), nn.Linear(64, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("batch_norm_momentum")
def momentum_as_elsewhere(seed):
    X, y = blobs(seed + 1131)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(12, 32), nn.BatchNorm1d(32, momentum=0.99), nn.ReLU(), nn.Linear(32, 4)
    )
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("dead_units")
def bias_of_minus_hundred(seed):
    X, y = blobs(seed + 1132)
    model = mlp(seed)
    nn.init.constant_(model[0].bias, -100.0)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("dead_units")
def negative_weights(seed):
    X, y = blobs(seed + 1133, n=40, shape=(1, 8, 8))
    X = X - X.min() + 1
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(128, 4),
    )
    with torch.no_grad():
        model[0].weight.abs_().neg_()
        model[0].bias.zero_()
    return {"model": model, "loss": F.cross_entropy, "X": X / X.max(), "y": y}


@cause("symmetric_units")
def zeros_everywhere(seed):
    X, y = blobs(seed + 1134)
    model = mlp(seed)
    for p in model.parameters():
        nn.init.constant_(p, 0.05)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("input_ignored")
def last_step_of_padding(seed):
    """forward reads a buffer where it should read its argument."""
    X, y = blobs(seed + 1135)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)
            self.register_buffer("example", torch.randn(1, 12))

        def forward(self, x):
            return self.net(self.example.expand(len(x), -1))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("starts_too_confident")
def deviation_of_five(seed):
    X, y = blobs(seed + 1136, k=6)
    model = mlp(seed, 12, 6)
    nn.init.normal_(model[2].weight, std=5.0)
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("no_nonlinearity")
def three_linear_layers(seed):
    X, y = several_labels(seed + 1137)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 32), nn.Linear(32, 32), nn.Linear(32, 5))
    return {"model": model, "loss": nn.BCEWithLogitsLoss(), "X": X, "y": y}


@cause("unused_parameters")
def second_layer_forgotten(seed):
    X, y = blobs(seed + 1138)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a, self.b, self.o = nn.Linear(12, 16), nn.Linear(16, 16), nn.Linear(16, 4)

        def forward(self, x):
            h = torch.relu(self.a(x))
            torch.relu(self.b(h))
            return self.o(h)

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("frozen_parameters", "no_gradient")
def head_frozen_too(seed):
    X, y = blobs(seed + 1139)
    model = mlp(seed)
    for p in model.parameters():
        p.requires_grad = False
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("unregistered_parameters")
def a_list_of_layers(seed):
    X, y = blobs(seed + 1140)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.blocks = [nn.Linear(12, 12) for _ in range(3)]
            self.head = nn.Linear(12, 4)

        def forward(self, x):
            for block in self.blocks:
                x = x + torch.relu(block(x))
            return self.head(x)

    model = Net()
    return _plain(model, F.cross_entropy, optim.Adam(model.parameters()), X, y)


@cause("unregistered_parameters")
def a_bare_tensor(seed):
    X, y = blobs(seed + 1141)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a = nn.Linear(12, 16)
            self.w = (0.3 * torch.randn(16, 4)).requires_grad_()

        def forward(self, x):
            return torch.relu(self.a(x)) @ self.w

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("unregistered_parameters")
def made_in_forward(seed):
    """A new layer in every pass: nothing of it is ever learned."""
    X, y = blobs(seed + 1142)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.a = nn.Linear(12, 16)

        def forward(self, x):
            return nn.Linear(16, 4)(torch.relu(self.a(x)))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("graph_kept")
def losses_added_up(seed):
    X, y = blobs(seed + 1143)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    memory = {"loss": 0.0}

    def step(X, y):
        optimizer.zero_grad()
        memory["loss"] = 0.9 * memory["loss"] + 0.1 * F.cross_entropy(model(X), y)
        memory["loss"].backward()
        optimizer.step()
        return memory["loss"].item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("accumulation_not_divided")
def four_parts(seed):
    X, y = blobs(seed + 1144)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.05)

    def step(X, y):
        optimizer.zero_grad()
        total = 0.0
        for a, b in zip(X.chunk(4), y.chunk(4), strict=True):
            value = F.cross_entropy(model(a), b)
            value.backward()
            total += value.item()
        optimizer.step()
        return total / 4

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("gradient_clipped_away")
def clipped_to_a_millionth(seed):
    X, y = blobs(seed + 1145)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e-6)
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("gradient_scaled")
def never_unscaled(seed):
    X, y = blobs(seed + 1146)
    model = mlp(seed)
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        (1024 * value).backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("optimizer_recreated")
def adam_in_the_loop(seed):
    X, y = blobs(seed + 1147)
    model = mlp(seed)

    def step(X, y):
        optimizer = optim.Adam(model.parameters(), lr=1e-3)
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y, "step": step}


@cause("step_other_loss")
def weights_left_out(seed):
    X, y = blobs(seed + 1148)
    model = mlp(seed)
    optimizer = optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 1.0, 0.2]))

    def step(X, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return {"model": model, "loss": criterion, "X": X, "y": y, "step": step}


@cause("threshold")
def tags_above_half(seed):
    X, y = several_labels(seed + 1149, k=6)
    model = mlp(seed, 10, 6)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y,
        "predict": lambda X: (model(X) > 0.5).long(),
    }


@cause("threshold")
def sigmoid_above_zero(seed):
    X, y = shapes(seed + 1150, classes=2)
    model = UNet(seed, 1)
    return {
        "model": model,
        "loss": lambda z, y: F.binary_cross_entropy_with_logits(z[:, 0], y.float()),
        "X": X,
        "y": y,
        "predict": lambda X: (model(X).sigmoid() > 0)[:, 0].long(),
    }


@cause("argmax_of_one_column")
def argmax_of_a_logit(seed):
    X, y = two_classes(seed + 1151)
    model = mlp(seed, 8, 1)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y.float()[:, None],
        "predict": lambda X: model(X).argmax(1),
    }


@cause("decision_axis")
def argmax_over_examples(seed):
    X, y = blobs(seed + 1152, n=60, k=6)
    model = mlp(seed, 12, 6)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": X,
        "y": y,
        "predict": lambda X: model(X).argmax(0),
    }


@cause("decision_reversed")
def least_likely(seed):
    X, y = blobs(seed + 1153)
    model = mlp(seed, 12, 4, 24, nn.LogSoftmax(1))
    return {
        "model": model,
        "loss": nn.NLLLoss(),
        "X": X,
        "y": y,
        "predict": lambda X: (-model(X)).argmax(1),
    }


@cause("one_of_several")
def one_tag_only(seed):
    X, y = several_labels(seed + 1154)
    model = mlp(seed, 10, 5)
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "X": X,
        "y": y,
        "predict": lambda X: model(X).softmax(1).argmax(1),
    }


@cause("nonfinite_output")
def division_by_a_norm(seed):
    X, y = blobs(seed + 1155)
    X[3] = 0

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed)

        def forward(self, x):
            return self.net(x / x.norm(dim=1, keepdim=True))

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}


@cause("does_not_run")
def sizes_do_not_fit(seed):
    X, y = blobs(seed + 1156, n=32, shape=(1, 8, 8))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(100, 4))
    return {"model": model, "loss": F.cross_entropy, "X": X, "y": y}


@cause("cannot_fit", "input_ignored")
def two_outputs_for_six(seed):
    """Constant features: the useful columns were left out by a wrong slice."""
    X, y = blobs(seed + 1157)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp(seed, 2)

        def forward(self, x):
            return self.net(torch.sign(x[:, :2]).abs())

    return {"model": Net(), "loss": F.cross_entropy, "X": X, "y": y}
