"""A seventh lot: what people post, as they write it."""

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import Output, TinyLM, blobs, cause, reviews, shapes, walk


def _net(seed):
    """A small network for pictures, and such pictures."""
    torch.manual_seed(seed)
    X, y = blobs(seed + 1506, n=32, k=5, shape=(1, 12, 12))
    layers = nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(200, 5)
    return nn.Sequential(*layers), X, y


def _mlp(d=12, k=4, h=32, *end):
    return nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, k), *end)


@cause("softmax_twice")
def hf_head_softmax(seed):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb = nn.Embedding(50, 24, padding_idx=0)
            self.enc = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(24, 4, 48, 0.1, batch_first=True), 1
            )
            self.classifier = nn.Linear(24, 3)

        def forward(self, input_ids, attention_mask):
            h = self.enc(self.emb(input_ids), src_key_padding_mask=attention_mask == 0)
            return Output(logits=F.softmax(self.classifier(h[:, 0]), dim=-1))

    torch.manual_seed(seed)
    x, _l, y = reviews(seed + 1505, k=3)
    m = Model()
    return {
        "model": m,
        "loss": lambda o, y: nn.CrossEntropyLoss()(o.logits, y),
        "X": {"input_ids": x, "attention_mask": (x > 0).long()},
        "y": y,
        "optimizer": torch.optim.AdamW(m.parameters(), lr=5e-4),
    }


@cause("sigmoid_twice")
def gru_sigmoid_bce_logits(seed):
    torch.manual_seed(seed)
    x, _l, y = reviews(seed + 1505)

    class SentimentRNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(50, 16)
            self.rnn = nn.GRU(16, 32, batch_first=True)
            self.fc = nn.Linear(32, 1)
            self.sig = nn.Sigmoid()

        def forward(self, x):
            _out, h = self.rnn(self.embedding(x))
            return self.sig(self.fc(h[-1])).squeeze(1)

    m = SentimentRNN()
    return {
        "model": m,
        "loss": nn.BCEWithLogitsLoss(),
        "X": x,
        "y": y.float(),
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
        "predict": lambda x: (m(x) > 0.5).long(),
    }


@cause("softmax_wrong_axis")
def log_softmax_dim1_sequence(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20)

    class LM(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(20, 16)
            self.r = nn.LSTM(16, 32, batch_first=True)
            self.o = nn.Linear(32, 20)

        def forward(self, x):
            return F.log_softmax(self.o(self.r(self.e(x))[0]), dim=1)

    return {
        "model": LM(),
        "loss": lambda o, y: F.nll_loss(o.reshape(-1, 20), y.reshape(-1)),
        "X": s[:, :-1],
        "y": s[:, 1:],
    }


@cause("bounded_logits", "temperature")
def cosine_without_scale(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501, k=10)

    class Cos(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 16))
            self.W = nn.Parameter(torch.randn(10, 16))

        def forward(self, x):
            return F.normalize(self.body(x)) @ F.normalize(self.W).t()

    m = Cos()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


@cause("bce_on_softmax", "softmax_for_several_labels")
def multilabel_softmax(seed):
    torch.manual_seed(seed)
    x, _ = blobs(seed + 1501)
    y = (x @ torch.randn(12, 5) > 0).float()
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5), nn.Softmax(dim=-1))
    return {
        "model": m,
        "loss": nn.BCELoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


@cause("one_output")
def ce_one_channel_seg(seed):
    torch.manual_seed(seed)
    x, y = shapes(seed + 1503, classes=4)
    m = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1))
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": (y > 0).float().unsqueeze(1),
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("capped_log")
def own_ce_eps(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))
    m = nn.Sequential(nn.Flatten(), nn.Linear(144, 32), nn.ReLU(), nn.Linear(32, 5))

    def cross_entropy(pred, target, eps=1e-3):
        p = F.softmax(pred, dim=1).clamp(eps, 1 - eps)
        return -p[range(len(target)), target].log().mean()

    return {"model": m, "loss": cross_entropy, "X": x, "y": y}


@cause("labels_out_of_range")
def void_not_ignored(seed):
    torch.manual_seed(seed)
    x, y = shapes(seed + 1503, classes=4)
    y[:, :2] = 255
    m = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1)
    )
    return {"model": m, "loss": nn.CrossEntropyLoss(), "X": x, "y": y, "ignore_index": 255}


@cause("inputs_unscaled")
def raw_pixels(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))
    x = ((x - x.min()) / (x.max() - x.min()) * 255).round()
    m = nn.Sequential(nn.Flatten(), nn.Linear(144, 128), nn.ReLU(), nn.Linear(128, 5))
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.SGD(m.parameters(), lr=0.01, momentum=0.9),
    }


@cause("class_axis")
def seg_flatten_without_permute(seed):
    torch.manual_seed(seed)
    x, y = shapes(seed + 1503, classes=4)
    m = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 4, 1))
    return {
        "model": m,
        "loss": lambda o, y: nn.CrossEntropyLoss()(o.reshape(-1, 4), y.reshape(-1)),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("examples_mixed")
def lstm_batch_second(seed):
    torch.manual_seed(seed)
    x, y = reviews(seed + 1505, k=3, pad=False)

    class C(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(50, 16)
            self.l = nn.LSTM(16, 24)
            self.o = nn.Linear(24, 3)

        def forward(self, x):
            out, _ = self.l(self.e(x))
            return self.o(out[:, -1, :])

    m = C()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("examples_mixed")
def view_seq_first(seed):
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (24,), generator=g)
    x = torch.randn(3, 10, 4, generator=g)[y] + 0.5 * torch.randn(24, 10, 4, generator=g)

    class R(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.RNN(4, 16)
            self.fc = nn.Linear(16, 3)

        def forward(self, x):
            x = x.view(10, -1, 4)
            out, _h = self.rnn(x)
            return self.fc(out[-1])

    m = R()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("sees_the_future")
def lm_bidirectional(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20)

    class LM(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(20, 16)
            self.r = nn.LSTM(16, 24, bidirectional=True, batch_first=True)
            self.o = nn.Linear(48, 20)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    m = LM()
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.reshape(-1, 20), y.reshape(-1)),
        "X": s[:, :-1],
        "y": s[:, 1:],
        "optimizer": torch.optim.Adam(m.parameters(), 3e-3),
    }


@cause("padding_counted")
def tagger_pad_counted(seed):
    torch.manual_seed(seed)
    x, _l, _ = reviews(seed + 1505)
    y = torch.where(x > 0, 1 + x % 4, 0)

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(50, 16, padding_idx=0)
            self.r = nn.LSTM(16, 24, batch_first=True, bidirectional=True)
            self.o = nn.Linear(48, 5)

        def forward(self, x):
            return self.o(self.r(self.e(x))[0])

    m = Tagger()
    return {
        "model": m,
        "loss": lambda o, y: nn.CrossEntropyLoss()(o.permute(0, 2, 1), y),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("mean_of_means", "examples_mixed", "focal_loss", "custom_loss")
def focal_on_mean(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class FocalLoss(nn.Module):
        def __init__(self, gamma=2):
            super().__init__()
            self.gamma = gamma
            self.ce = nn.CrossEntropyLoss()

        def forward(self, inputs, target):
            logp = self.ce(inputs, target)
            p = torch.exp(-logp)
            return ((1 - p) ** self.gamma * logp).mean()

    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 4))
    return {
        "model": m,
        "loss": FocalLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("gradients_not_cleared")
def zero_other(seed):
    m, x, y = _net(seed)
    opt = torch.optim.SGD(m.parameters(), lr=0.05, momentum=0.9)
    crit = nn.CrossEntropyLoss()
    sched = torch.optim.lr_scheduler.StepLR(opt, 10)

    def step(x, y):
        opt.zero_grad  # noqa: B018
        loss = crit(m(x), y)
        loss.backward()
        opt.step()
        sched.step()
        return loss

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


@cause("no_gradient", "gradient_cut", "no_backward")
def relaunched_tensor(seed):
    m, x, y = _net(seed)
    opt = torch.optim.Adam(m.parameters())
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        opt.zero_grad()
        out = m(x)
        loss = torch.tensor(crit(out, y).item(), requires_grad=True)
        loss.backward()
        opt.step()
        return loss

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


@cause("optimizer_holds_part", "optimizer_other_parameters")
def head_replaced(seed):
    m, x, y = _net(seed)
    m[-1] = nn.Linear(200, 1000)
    opt = torch.optim.SGD(m.parameters(), 1e-2, momentum=0.9)
    m[-1] = nn.Linear(200, 5)
    return {"model": m, "loss": nn.CrossEntropyLoss(), "X": x, "y": y, "optimizer": opt}


@cause("learning_rate_too_low", "no_step")
def warmup_never_starts(seed):
    m, x, y = _net(seed)
    opt = torch.optim.AdamW(m.parameters(), lr=1e-3)
    crit = nn.CrossEntropyLoss()
    torch.optim.lr_scheduler.LambdaLR(opt, lambda e: e / 1000)

    def step(x, y):
        opt.zero_grad()
        value = crit(m(x), y)
        value.backward()
        opt.step()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


@cause("starts_too_confident")
def tied_std_one(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=60)

    class LM(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(60, 64)
            self.r = nn.GRU(64, 64, batch_first=True)
            self.ln = nn.LayerNorm(64)
            self.o = nn.Linear(64, 60, bias=False)
            self.o.weight = self.e.weight

        def forward(self, x):
            return self.o(self.ln(self.e(x) + self.r(self.e(x))[0]))

    m = LM()
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.flatten(0, 1), y.flatten()),
        "X": s[:, :-1],
        "y": s[:, 1:],
        "optimizer": torch.optim.AdamW(m.parameters(), 3e-4),
    }


@cause("input_ignored")
def hidden_not_input(seed):
    torch.manual_seed(seed)
    x, y = reviews(seed + 1505, k=3, pad=False)

    class C(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(50, 16)
            self.l = nn.LSTM(16, 24, batch_first=True)
            self.o = nn.Linear(24, 3)

        def forward(self, x):
            h0 = torch.zeros(1, x.size(0), 24)
            c0 = torch.zeros(1, x.size(0), 24)
            _out, (_hn, _cn) = self.l(self.e(x), (h0, c0))
            return self.o(h0[-1])

    m = C()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("batch_norm_momentum")
def keras_momentum(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))
    m = nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.BatchNorm2d(8, momentum=0.99, eps=1e-3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(72, 5),
    )
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


@cause("gradient_clipped_away", "gradient_scaled")
def scaler_clip_scaled(seed):
    m, x, y = _net(seed)
    opt = torch.optim.SGD(m.parameters(), lr=0.05)
    crit = nn.CrossEntropyLoss()
    scaler = torch.amp.GradScaler("cpu")

    def step(x, y):
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = crit(m(x), y)
        scaler.scale(value).backward()
        nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


@cause("does_not_run", "graph_kept")
def hidden_carried(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20)

    class LM(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(20, 16)
            self.r = nn.GRU(16, 24, batch_first=True)
            self.o = nn.Linear(24, 20)
            self.h = None

        def forward(self, x):
            out, self.h = self.r(self.e(x), self.h)
            return self.o(out)

    m = LM()
    opt = torch.optim.Adam(m.parameters())

    def crit(o, y):
        return F.cross_entropy(o.flatten(0, 1), y.flatten())

    def step(x, y):
        opt.zero_grad()
        value = crit(m(x), y)
        value.backward()
        opt.step()
        return value.item()

    return {"model": m, "loss": crit, "X": s[:, :-1], "y": s[:, 1:], "optimizer": opt, "step": step}


@cause("argmax_of_one_column", "decision_axis")
def max_of_one(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501, k=2)
    m = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 1))
    return {
        "model": m,
        "loss": lambda o, y: F.binary_cross_entropy_with_logits(o[:, 0], y.float()),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-2),
        "predict": lambda x: torch.max(m(x), 1)[1],
    }


@cause("one_of_several")
def argmax_multilabel(seed):
    torch.manual_seed(seed)
    x, _ = blobs(seed + 1501, n=128)
    y = (x @ torch.randn(12, 5) > 0).float()
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5))
    return {
        "model": m,
        "loss": nn.BCEWithLogitsLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-2),
        "predict": lambda x: F.one_hot(m(x).argmax(1), 5),
    }


@cause("gradient_cut")
def through_numpy(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Conv2d(1, 8, 3, 2)
            self.f = nn.Linear(200, 5)

        def forward(self, x):
            h = F.relu(self.c(x))
            h = torch.tensor(h.detach().numpy())
            return self.f(h.flatten(1))

    m = M()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("targets_not_probabilities", "label_smoothing")
def smoothing_by_hand_wrong(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    def loss(o, y, eps=0.1):
        t = F.one_hot(y, 4) * (1 - eps) + eps
        return -(t * o.log_softmax(1)).sum(1).mean()

    m = _mlp()
    return {"model": m, "loss": loss, "X": x, "y": y, "optimizer": torch.optim.Adam(m.parameters())}


@cause("targets_not_probabilities")
def teacher_softmax_dim0(seed):
    torch.manual_seed(seed)
    x, _y = blobs(seed + 1501)
    t = (x @ torch.randn(12, 4)).softmax(0)
    m = _mlp()
    return {
        "model": m,
        "loss": lambda o, t: F.kl_div(o.log_softmax(1), t, reduction="batchmean"),
        "X": x,
        "y": t,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("softmax_wrong_axis")
def implicit_dim(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20)

    class LM(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(20, 16)
            self.r = nn.GRU(16, 24, batch_first=True)
            self.o = nn.Linear(24, 20)
            self.s = nn.LogSoftmax()

        def forward(self, x):
            return self.s(self.o(self.r(self.e(x))[0]))

    m = LM()
    return {
        "model": m,
        "loss": lambda o, y: nn.NLLLoss()(o.permute(0, 2, 1), y),
        "X": s[:, :-1],
        "y": s[:, 1:],
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("mask_inverted")
def inverted_padding_mask(seed):
    torch.manual_seed(seed)
    x, _l, y = reviews(seed + 1505)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(50, 16, padding_idx=0)
            self.t = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(16, 2, 32, batch_first=True),
                1,
                enable_nested_tensor=False,
            )
            self.o = nn.Linear(16, 2)

        def forward(self, x):
            return self.o(self.t(self.e(x), src_key_padding_mask=(x != 0)).mean(1))

    m = M()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("no_gradient", "does_not_run", "gradient_cut")
def item_total(seed):
    m, x, y = _net(seed)
    opt = torch.optim.Adam(m.parameters())
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        opt.zero_grad()
        total = torch.zeros(1)
        for a, b in zip(x.chunk(2), y.chunk(2), strict=False):
            total += crit(m(a), b).item()
        total.backward()
        opt.step()
        return total.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


@cause("arguments_swapped", "targets_not_probabilities", "nll_of_probabilities")
def kl_swapped(seed):
    torch.manual_seed(seed)
    x, _y = blobs(seed + 1501)
    t = (x @ torch.randn(12, 4)).softmax(1)
    m = _mlp()
    return {
        "model": m,
        "loss": lambda o, t: F.kl_div(t.log(), o.softmax(1), reduction="batchmean"),
        "X": x,
        "y": t,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("logits_as_probabilities")
def dice_on_logits(seed):
    torch.manual_seed(seed)
    x, y = shapes(seed + 1503, classes=4)
    y = (y > 0).float().unsqueeze(1)

    def dice(o, t):
        o, t = o.reshape(-1), t.reshape(-1)
        return 1 - (2 * (o * t).sum() + 1) / (o.sum() + t.sum() + 1)

    m = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1))
    return {"model": m, "loss": dice, "X": x, "y": y, "optimizer": torch.optim.Adam(m.parameters())}


@cause("sigmoid_twice")
def bce_dice_sigmoid_model(seed):
    torch.manual_seed(seed)
    x, y = shapes(seed + 1503, classes=4)
    y = (y > 0).float().unsqueeze(1)

    def loss(o, t):
        d = 1 - (2 * (o * t).sum() + 1) / (o.sum() + t.sum() + 1)
        return nn.BCEWithLogitsLoss()(o, t) + d

    m = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1), nn.Sigmoid())
    return {"model": m, "loss": loss, "X": x, "y": y, "optimizer": torch.optim.Adam(m.parameters())}


@cause("unused_parameters")
def aux_only(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv2d(1, 8, 3)
            self.b = nn.Conv2d(8, 8, 3)
            self.o = nn.Linear(8, 5)
            self.aux = nn.Linear(8, 5)

        def forward(self, x):
            f = F.relu(self.a(x))
            return self.o(F.relu(self.b(f)).mean((2, 3))), self.aux(f.mean((2, 3)))

    m = M()
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o[1], y),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("no_gradient")
def clamped_loss(seed):
    m, x, y = _net(seed)
    return {
        "model": m,
        "loss": lambda o, y: torch.clamp(F.cross_entropy(o, y), max=1.0),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("optimizer_holds_part", "no_step")
def second_optimizer_forgotten(seed):
    m, x, y = _net(seed)
    a = torch.optim.Adam(m[0].parameters(), 1e-3)
    b = torch.optim.Adam(m[-1].parameters(), 1e-3)
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        a.zero_grad()
        b.zero_grad()
        value = crit(m(x), y)
        value.backward()
        b.step()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "step": step}


@cause("softmax_twice")
def ensemble_mean(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class E(nn.Module):
        def __init__(self):
            super().__init__()
            self.ms = nn.ModuleList(_mlp() for _ in range(3))

        def forward(self, x):
            return torch.stack([m(x).softmax(-1) for m in self.ms]).mean(0)

    m = E()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("targets_not_shifted")
def reversed_shift(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20)
    m = TinyLM(seed, 20)
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o[:, 1:].reshape(-1, 20), y[:, :-1].reshape(-1)),
        "X": s,
        "y": s.clone(),
        "optimizer": torch.optim.AdamW(m.parameters(), 3e-3),
    }


@cause("targets_not_shifted", "sees_the_future")
def seq2seq_not_shifted(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20, first=2)
    t = s.flip(1)

    class S(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(20, 24)
            self.t = nn.Transformer(24, 2, 1, 1, 48, 0.0, batch_first=True)
            self.o = nn.Linear(24, 20)

        def forward(self, src, tgt):
            return self.o(
                self.t(
                    self.e(src),
                    self.e(tgt),
                    tgt_mask=nn.Transformer.generate_square_subsequent_mask(tgt.size(1)),
                )
            )

    m = S()
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.flatten(0, 1), y.flatten()),
        "X": (s, t),
        "y": t.clone(),
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


@cause("no_step")
def accumulation_never(seed):
    m, x, y = _net(seed)
    opt = torch.optim.Adam(m.parameters(), 1e-3)
    crit = nn.CrossEntropyLoss()
    st = {"i": 0}

    def step(x, y):
        value = crit(m(x), y)
        value.backward()
        st["i"] += 1
        if st["i"] % 100000 == 0:
            opt.step()
            opt.zero_grad()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


@cause("unregistered_parameters")
def dict_of_heads(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Linear(12, 32)
            self.heads = {"cls": nn.Linear(32, 4)}

        def forward(self, x):
            return self.heads["cls"](F.relu(self.b(x)))

    m = M()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


@cause("one_of_several")
def softmax_threshold_multilabel(seed):
    torch.manual_seed(seed)
    x, _ = blobs(seed + 1501, n=128)
    y = (x @ torch.randn(12, 5) > 0).float()
    m = _mlp(k=5)
    return {
        "model": m,
        "loss": nn.BCEWithLogitsLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-2),
        "predict": lambda x: (m(x).softmax(1) > 0.5).float(),
    }


@cause("examples_mixed")
def layer_over_batch(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.n = _mlp()

        def forward(self, x):
            x = (x - x.mean(0)) / (x.std(0) + 1e-6)
            return self.n(x)

    m = M()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-2),
    }


@cause("mask_inverted")
def attention_mask_as_padding_mask(seed):
    torch.manual_seed(seed)
    x, _l, y = reviews(seed + 1505, k=3)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb = nn.Embedding(50, 24, padding_idx=0)
            self.enc = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(24, 4, 48, 0.1, batch_first=True), 1
            )
            self.classifier = nn.Linear(24, 3)

        def forward(self, input_ids, attention_mask):
            h = self.enc(self.emb(input_ids), src_key_padding_mask=attention_mask.bool())
            return Output(logits=self.classifier(h[:, 0]))

    m = Model()
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.logits, y),
        "X": {"input_ids": x, "attention_mask": (x > 0).long()},
        "y": y,
        "optimizer": torch.optim.AdamW(m.parameters(), lr=5e-4),
    }
