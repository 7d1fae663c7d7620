"""A seventh lot: right set-ups as people write them."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.setups.common import Output, TinyLM, blobs, reviews, shapes, walk


def _net(seed):
    """A small network for pictures, and such pictures."""
    torch.manual_seed(seed)
    X, y = blobs(seed + 1506, n=32, k=5, shape=(1, 12, 12))
    layers = nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(200, 5)
    return nn.Sequential(*layers), X, y


def hf_loss_inside(seed):
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

        def forward(self, input_ids, attention_mask=None, labels=None):
            h = self.enc(self.emb(input_ids), src_key_padding_mask=attention_mask == 0)
            m = attention_mask.unsqueeze(-1).float()
            logits = self.classifier((h * m).sum(1) / m.sum(1))
            loss = F.cross_entropy(logits, labels) if labels is not None else None
            return Output(loss=loss, logits=logits)

    m = Model()
    b = {"input_ids": x, "attention_mask": (x > 0).long(), "labels": y}
    return {
        "model": m,
        "loss": lambda o, y: o.loss,
        "X": b,
        "y": y,
        "optimizer": torch.optim.AdamW(m.parameters(), lr=5e-4),
    }


def seg_dict_aux(seed):
    torch.manual_seed(seed)
    x, y = shapes(seed + 1503, classes=4)
    y[:, -1] = 255

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
            self.c = nn.Sequential(
                nn.Conv2d(8, 8, 3, 1, 1), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(8, 4, 1)
            )
            self.aux = nn.Conv2d(8, 4, 1)

        def forward(self, x):
            f = self.b(x)

            def up(t):
                return F.interpolate(t, size=x.shape[-2:], mode="bilinear", align_corners=False)

            return {"out": up(self.c(f)), "aux": up(self.aux(f))}

    def criterion(inputs, target):
        losses = {n: F.cross_entropy(t, target, ignore_index=255) for n, t in inputs.items()}
        return losses["out"] + 0.5 * losses["aux"]

    m = M()
    return {
        "model": m,
        "loss": criterion,
        "X": x,
        "y": y,
        "optimizer": torch.optim.SGD(m.parameters(), lr=0.02, momentum=0.9),
    }


def gru_one_logit(seed):
    torch.manual_seed(seed)
    x, lengths, y = reviews(seed + 1505)

    class S(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(50, 16, padding_idx=0)
            self.rnn = nn.GRU(16, 32, batch_first=True)
            self.fc = nn.Linear(32, 1)

        def forward(self, x, lengths):
            p = nn.utils.rnn.pack_padded_sequence(
                self.embedding(x), lengths, batch_first=True, enforce_sorted=False
            )
            _, h = self.rnn(p)
            return self.fc(h[-1]).squeeze(1)

    m = S()
    return {
        "model": m,
        "loss": nn.BCEWithLogitsLoss(),
        "X": (x, lengths),
        "y": y.float(),
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
        "predict": lambda b: (torch.sigmoid(m(*b)) > 0.5).long(),
    }


def tagger_packed(seed):
    torch.manual_seed(seed)
    x, _l, _ = reviews(seed + 1505)
    y = torch.where(x > 0, x % 4, -100)

    class T(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(50, 16, padding_idx=0)
            self.r = nn.LSTM(16, 24, batch_first=True, bidirectional=True)
            self.o = nn.Linear(48, 4)

        def forward(self, x):
            value = (x != 0).sum(1).cpu()
            p = nn.utils.rnn.pack_padded_sequence(
                self.e(x), value, batch_first=True, enforce_sorted=False
            )
            o, _ = nn.utils.rnn.pad_packed_sequence(
                self.r(p)[0], batch_first=True, total_length=x.size(1)
            )
            return self.o(o)

    m = T()
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.view(-1, 4), y.view(-1)),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
        "predict": lambda x: m(x).argmax(-1),
    }


def masked_lm(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=24, length=17, vocabulary=20, first=2)
    mask = torch.rand(s.shape) < 0.15
    y = torch.where(mask, s, -100)
    x = torch.where(mask, 1, s)
    m = TinyLM(seed, 20, causal=False)
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.view(-1, 20), y.view(-1)),
        "X": x,
        "y": y,
        "optimizer": torch.optim.AdamW(m.parameters(), 1e-3),
    }


def seq2seq(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=12, length=17, vocabulary=20, first=2)
    t = s.flip(1)
    tin = torch.cat([torch.ones(len(t), 1, dtype=torch.long), t[:, :-1]], 1)

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
        "loss": lambda o, y: F.cross_entropy(o.flatten(0, 1), y.flatten(), label_smoothing=0.1),
        "X": (s, tin),
        "y": t,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def scaler_unscaled(seed):
    m, x, y = _net(seed)
    opt = torch.optim.SGD(m.parameters(), lr=0.05)
    crit = nn.CrossEntropyLoss()
    sc = torch.amp.GradScaler("cpu")

    def step(x, y):
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = crit(m(x), y)
        sc.scale(value).backward()
        sc.unscale_(opt)
        nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        sc.step(opt)
        sc.update()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


def sigmoid_focal_retina(seed):
    torch.manual_seed(seed)
    x, _ = blobs(seed + 1501, n=128)
    y = (x @ torch.randn(12, 6) > 3).float()
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 6))
    nn.init.constant_(m[-1].bias, -math.log((1 - 0.01) / 0.01))

    def loss(o, t, a=0.25, g=2):
        p = o.sigmoid()
        ce = F.binary_cross_entropy_with_logits(o, t, reduction="none")
        pt = p * t + (1 - p) * (1 - t)
        return ((a * t + (1 - a) * (1 - t)) * ce * (1 - pt) ** g).sum() / t.sum().clamp(min=1)

    return {
        "model": m,
        "loss": loss,
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def distil(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501, k=6)
    teacher = nn.Linear(12, 6).requires_grad_(False)
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 6))
    T = 3.0
    with torch.no_grad():
        soft = teacher(x)

    def loss(o, y):
        hard, t = y
        return 0.3 * F.cross_entropy(o, hard) + 0.7 * T * T * F.kl_div(
            F.log_softmax(o / T, 1), F.softmax(t / T, 1), reduction="batchmean"
        )

    return {
        "model": m,
        "loss": loss,
        "X": x,
        "y": (y, soft),
        "optimizer": torch.optim.Adam(m.parameters()),
    }


def distil_log_target(seed):
    torch.manual_seed(seed)
    x, _y = blobs(seed + 1501, k=6)
    t = F.log_softmax(x @ torch.randn(12, 6) / 2, 1)
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 6))
    return {
        "model": m,
        "loss": lambda o, t: F.kl_div(
            F.log_softmax(o, 1), t, reduction="batchmean", log_target=True
        ),
        "X": x,
        "y": t,
        "optimizer": torch.optim.Adam(m.parameters()),
    }


def frozen_bn_eval(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = nn.Sequential(
                nn.Conv2d(1, 8, 3),
                nn.BatchNorm2d(8),
                nn.ReLU(),
                nn.AdaptiveAvgPool2d(4),
                nn.Flatten(),
            )
            self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(128, 5))
            self.backbone.requires_grad_(False)

        def train(self, mode=True):
            super().train(mode)
            self.backbone.eval()
            return self

        def forward(self, x):
            with torch.no_grad():
                f = self.backbone(x)
            return self.head(f)

    m = M()
    m.train()
    opt = torch.optim.Adam(m.head.parameters(), 1e-2)
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        m.train()
        opt.zero_grad()
        value = crit(m(x), y)
        value.backward()
        opt.step()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


def lora(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class L(nn.Module):
        def __init__(self, base, r=4):
            super().__init__()
            self.base = base.requires_grad_(False)
            self.A = nn.Parameter(torch.randn(r, base.in_features) * 0.1)
            self.B = nn.Parameter(torch.zeros(base.out_features, r))

        def forward(self, x):
            return self.base(x) + 2.0 * (x @ self.A.t() @ self.B.t())

    m = nn.Sequential(L(nn.Linear(12, 32)), nn.ReLU(), L(nn.Linear(32, 4)))
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.AdamW([p for p in m.parameters() if p.requires_grad], 5e-3),
    }


def sam(seed):
    m, x, y = _net(seed)
    opt = torch.optim.SGD(m.parameters(), 0.05, momentum=0.9)
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        opt.zero_grad()
        value = crit(m(x), y)
        value.backward()
        ps = list(m.parameters())
        n = torch.sqrt(sum((p.grad**2).sum() for p in ps))
        es = [0.05 * p.grad / (n + 1e-12) for p in ps]
        with torch.no_grad():
            for p, e in zip(ps, es, strict=False):
                p += e
        opt.zero_grad()
        crit(m(x), y).backward()
        with torch.no_grad():
            for p, e in zip(ps, es, strict=False):
                p -= e
        opt.step()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


def lbfgs(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)
    m = nn.Linear(12, 4)
    opt = torch.optim.LBFGS(m.parameters(), lr=0.5, max_iter=4)
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        def closure():
            opt.zero_grad()
            value = crit(m(x), y) + 1e-3 * m.weight.pow(2).sum()
            value.backward()
            return value

        return opt.step(closure).item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


def arcface(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501, k=8, n=96)

    class A(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 16))
            self.W = nn.Parameter(torch.randn(8, 16))

        def forward(self, x):
            return F.linear(F.normalize(self.b(x)), F.normalize(self.W))

    def loss(c, y, s=16.0, mg=0.2):
        th = torch.acos(c.clamp(-1 + 1e-6, 1 - 1e-6))
        oh = F.one_hot(y, 8).bool()
        return F.cross_entropy(s * torch.where(oh, torch.cos(th + mg), c), y)

    m = A()
    return {
        "model": m,
        "loss": loss,
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def clip_contrast(seed):
    torch.manual_seed(seed)
    a, _y = blobs(seed + 1501, n=24)
    b = a @ torch.randn(12, 10) + 0.1 * torch.randn(24, 10)

    class C(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(12, 16)
            self.b = nn.Linear(10, 16)
            self.s = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

        def forward(self, a, b):
            return (
                self.s.exp() * F.normalize(self.a(a), dim=-1) @ F.normalize(self.b(b), dim=-1).t()
            )

    m = C()
    return {
        "model": m,
        "loss": lambda o, y: (F.cross_entropy(o, y) + F.cross_entropy(o.t(), y)) / 2,
        "X": (a, b),
        "y": torch.arange(24),
        "optimizer": torch.optim.AdamW(m.parameters(), 1e-3),
    }


def gcn_masked(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501, n=80)
    A = ((y[:, None] == y[None]) & (torch.rand(80, 80) < 0.2)).float()
    A = A + A.t() + torch.eye(80)
    A = (A > 0).float()
    d = A.sum(1).rsqrt()
    A = d[:, None] * A * d
    mask = torch.rand(80) < 0.4

    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(12, 16)
            self.b = nn.Linear(16, 4)

        def forward(self, x, A):
            return F.log_softmax(
                A @ self.b(F.dropout(F.relu(A @ self.a(x)), 0.5, self.training)), 1
            )

    m = G()
    return {
        "model": m,
        "loss": lambda o, y: F.nll_loss(o[mask], y[mask]),
        "X": (x, A),
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 0.01, weight_decay=5e-4),
    }


def triplet_plus_ce(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501, n=48)
    tl = nn.TripletMarginLoss(0.3)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 8))
            self.h = nn.Linear(8, 4)

        def forward(self, x):
            f = F.normalize(self.b(x))
            return {"logits": self.h(f), "features": f}

    def loss(o, y):
        f = o["features"]
        D = torch.cdist(f, f)
        same = y[:, None] == y[None]
        p = (D - 1e9 * ~same).argmax(1)
        n = (D + 1e9 * same).argmin(1)
        return F.cross_entropy(o["logits"], y) + tl(f, f[p], f[n])

    m = M()
    return {
        "model": m,
        "loss": loss,
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def inception_tuple(seed):
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
            aux = self.aux(f.mean((2, 3)))
            o = self.o(F.relu(self.b(f)).mean((2, 3)))
            return (o, aux) if self.training else o

    def loss(o, y):
        if isinstance(o, tuple):
            return F.cross_entropy(o[0], y) + 0.4 * F.cross_entropy(o[1], y)
        return F.cross_entropy(o, y)

    m = M()
    return {
        "model": m,
        "loss": loss,
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def coral(seed):
    torch.manual_seed(seed)
    x, _ = blobs(seed + 1501, n=96)
    y = (x[:, 0] * 1.5).round().clamp(0, 4).long()
    lev = (y[:, None] > torch.arange(4)).float()

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1, bias=False))
            self.t = nn.Parameter(torch.zeros(4))

        def forward(self, x):
            return self.b(x) + self.t

    m = M()
    return {
        "model": m,
        "loss": nn.BCEWithLogitsLoss(),
        "X": x,
        "y": lev,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def siamese(seed):
    torch.manual_seed(seed)
    a, ya = blobs(seed + 1501, n=96)
    i = torch.randperm(96)
    j = torch.where(
        torch.rand(96) < 0.4, torch.stack([(ya == c).float().multinomial(1)[0] for c in ya]), i
    )
    b, yb = a[j], ya[j]

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 16))
            self.o = nn.Linear(16, 1)

        def forward(self, a, b):
            return self.o((self.e(a) - self.e(b)).abs())

    m = M()
    return {
        "model": m,
        "loss": nn.BCEWithLogitsLoss(),
        "X": (a, b),
        "y": (ya == yb).float().unsqueeze(1),
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def rdrop(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.n = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 4))

        def forward(self, x):
            return self.n(x)

    m = M()
    opt = torch.optim.Adam(m.parameters(), 1e-3)
    crit = nn.CrossEntropyLoss()

    def step(x, y):
        a, b = m(x), m(x)
        ce = 0.5 * (crit(a, y) + crit(b, y))
        kl = 0.5 * (
            F.kl_div(a.log_softmax(1), b.softmax(1), reduction="batchmean")
            + F.kl_div(b.log_softmax(1), a.softmax(1), reduction="batchmean")
        )
        value = ce + kl
        opt.zero_grad()
        value.backward()
        opt.step()
        return value.item()

    return {"model": m, "loss": crit, "X": x, "y": y, "optimizer": opt, "step": step}


def checkpointed(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))
    from torch.utils.checkpoint import checkpoint

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Sequential(nn.Conv2d(1, 8, 3), nn.GroupNorm(2, 8), nn.SiLU())
            self.o = nn.Linear(8 * 9, 5)

        def forward(self, x):
            return self.o(
                F.adaptive_avg_pool2d(checkpoint(self.a, x, use_reentrant=False), 3).flatten(1)
            )

    m = M()
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def zero_head_layerscale(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)

    class B(nn.Module):
        def __init__(self):
            super().__init__()
            self.n = nn.LayerNorm(32)
            self.f = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))
            self.g = nn.Parameter(1e-6 * torch.ones(32))

        def forward(self, x):
            return x + self.g * self.f(self.n(x))

    m = nn.Sequential(nn.Linear(12, 32), B(), B(), nn.LayerNorm(32), nn.Linear(32, 4))
    nn.init.zeros_(m[-1].weight)
    nn.init.zeros_(m[-1].bias)
    return {
        "model": m,
        "loss": nn.CrossEntropyLoss(),
        "X": x,
        "y": y,
        "optimizer": torch.optim.AdamW(m.parameters(), 2e-3, weight_decay=0.05),
    }


def entropy_bonus(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1501)
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 4))

    def loss(o, y):
        lp = o.log_softmax(1)
        return F.nll_loss(lp, y) - 0.05 * (-(lp.exp() * lp).sum(1)).mean()

    return {
        "model": m,
        "loss": loss,
        "X": x,
        "y": y,
        "optimizer": torch.optim.Adam(m.parameters(), 1e-3),
    }


def ctc(seed):
    torch.manual_seed(seed)
    B, T, K = 8, 20, 6
    tgt = torch.randint(1, K, (B, 6))
    x = torch.randn(K, 10)[tgt].repeat_interleave(3, 1)
    x = torch.cat([x, torch.zeros(B, 2, 10)], 1) + 0.1 * torch.randn(B, T, 10)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.r = nn.LSTM(10, 24, bidirectional=True, batch_first=True)
            self.o = nn.Linear(48, K)

        def forward(self, x):
            return self.o(self.r(x)[0]).log_softmax(-1)

    m = M()
    crit = nn.CTCLoss(zero_infinity=True)
    return {
        "model": m,
        "loss": lambda o, y: crit(o.transpose(0, 1), y, torch.full((B,), T), torch.full((B,), 6)),
        "X": x,
        "y": tgt,
        "optimizer": torch.optim.Adam(m.parameters(), 3e-3),
    }


def detr_noobj(seed):
    torch.manual_seed(seed)
    x = torch.randn(6, 10, 12)
    y = torch.full((6, 10), 4)
    y[:, :3] = torch.randint(0, 4, (6, 3))
    x = x + 2 * torch.randn(5, 12)[y]
    w = torch.ones(5)
    w[-1] = 0.1
    m = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5))
    return {
        "model": m,
        "loss": lambda o, y: F.cross_entropy(o.transpose(1, 2), y, w),
        "X": x,
        "y": y,
        "optimizer": torch.optim.AdamW(m.parameters(), 1e-3),
    }


def lightning_ok(seed):
    torch.manual_seed(seed)
    x, y = blobs(seed + 1502, n=32, k=5, shape=(1, 12, 12))

    class Lit(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Conv2d(1, 8, 3, bias=False),
                nn.BatchNorm2d(8),
                nn.ReLU(),
                nn.AdaptiveAvgPool2d(4),
                nn.Flatten(),
                nn.Linear(128, 5),
            )
            self.loss_fn = nn.CrossEntropyLoss()
            self.logged = {}

        def log(self, k, v):
            self.logged[k] = v.detach() if torch.is_tensor(v) else v

        def forward(self, x):
            return self.net(x)

        def training_step(self, b, i):
            x, y = b
            o = self(x)
            value = self.loss_fn(o, y)
            self.log("train_loss", value)
            self.log("acc", (o.argmax(1) == y).float().mean())
            return value

        def configure_optimizers(self):
            o = torch.optim.AdamW(self.parameters(), 3e-3)
            return o, torch.optim.lr_scheduler.OneCycleLR(o, 3e-3, total_steps=1000)

    m = Lit()
    opt, sch = m.configure_optimizers()

    def step(x, y):
        value = m.training_step((x, y), 0)
        opt.zero_grad()
        value.backward()
        opt.step()
        sch.step()
        return value

    return {"model": m, "loss": m.loss_fn, "X": x, "y": y, "optimizer": opt, "step": step}


def adaptive_softmax(seed):
    torch.manual_seed(seed)
    s = walk(seed + 1504, n=24, length=17, vocabulary=60)

    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(60, 16)
            self.r = nn.GRU(16, 32, batch_first=True)
            self.a = nn.AdaptiveLogSoftmaxWithLoss(32, 60, [10, 30])

        def forward(self, x):
            return self.r(self.e(x))[0]

    m = M()
    return {
        "model": m,
        "loss": lambda h, y: m.a(h.reshape(-1, 32), y.reshape(-1)).loss,
        "X": s[:, :-1],
        "y": s[:, 1:],
        "optimizer": torch.optim.Adam(m.parameters(), 3e-3),
    }
