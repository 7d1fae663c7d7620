"""Sequences, in the forms of libraries and papers."""

import collections
import types

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.setups.common import TinyLM, flat_loss, trainer, walk


def _random(seed):
    return torch.Generator().manual_seed(seed)


def _padded(seed, n=8, length=12, vocabulary=11):
    """Tokens (n, length) with 0 behind each end, and where they are real."""
    tokens = walk(seed, n=n, length=length, vocabulary=vocabulary, first=1)
    lengths = torch.randint(5, length + 1, (n,), generator=_random(seed))
    mask = torch.arange(length) < lengths[:, None]
    return tokens * mask, mask, lengths


def loss_inside(seed):
    """As GPT2LMHeadModel(input_ids, labels=...).loss: the model shifts and takes the loss."""
    tokens = walk(seed + 501, n=6, length=12)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lm = TinyLM(seed)

        def forward(self, input_ids, labels=None):
            logits, loss = self.lm(input_ids), None
            if labels is not None:
                loss = flat_loss(logits[:, :-1], labels[:, 1:])
            return types.SimpleNamespace(loss=loss, logits=logits)

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step(batch, labels):
        model.train()
        out = model(**batch)
        out.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return out.loss.item()

    return {
        "model": model,
        "loss": lambda out, labels: out.loss,
        "X": {"input_ids": tokens, "labels": tokens.clone()},
        "y": tokens,
        "step": step,
    }


def logits_of_an_object(seed):
    tokens, mask, _ = _padded(seed + 502)

    class Output(collections.OrderedDict):
        __getattr__ = collections.OrderedDict.__getitem__

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lm = TinyLM(seed, tied=True)

        def forward(self, input_ids, attention_mask):
            return Output(logits=self.lm(input_ids), past=None)

    def loss(out, labels):
        z = out.logits[:, :-1].contiguous()
        return F.cross_entropy(z.view(-1, z.size(-1)), labels[:, 1:].reshape(-1))

    return {
        "model": Model(),
        "loss": loss,
        "X": {"input_ids": tokens, "attention_mask": mask},
        "y": torch.where(mask, tokens, -100),
    }


def bert(seed):
    tokens = walk(seed + 503, n=10, length=14, vocabulary=30, first=1)
    g = _random(seed)
    chosen = torch.rand(tokens.shape, generator=g) < 0.15
    chosen[:, 3] = True
    kind = torch.rand(tokens.shape, generator=g)
    random_tokens = torch.randint(1, 30, tokens.shape, generator=g)
    X = torch.where(chosen & (kind < 0.8), 0, tokens)
    X = torch.where(chosen & (kind > 0.9), random_tokens, X)
    return {
        "model": TinyLM(seed, 30, causal=False),
        "loss": flat_loss,
        "X": X,
        "y": tokens.masked_fill(~chosen, -100),
    }


def denoising_everywhere(seed):
    """An encoder that gives back the whole sentence, of which a quarter was replaced."""
    tokens = walk(seed + 504, n=8, length=12)
    g = _random(seed)
    wrong = torch.rand(tokens.shape, generator=g) < 0.25
    X = torch.where(wrong, torch.randint(0, 11, tokens.shape, generator=g), tokens)
    return {"model": TinyLM(seed, causal=False), "loss": flat_loss, "X": X, "y": tokens}


def packed_lstm(seed):
    tokens, mask, lengths = _padded(seed + 505)

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.Embedding(11, 12, padding_idx=0)
            self.r, self.o = nn.LSTM(12, 10, batch_first=True, bidirectional=True), nn.Linear(20, 3)

        def forward(self, x, lengths):
            h = pack_padded_sequence(self.e(x), lengths, batch_first=True, enforce_sorted=False)
            h, _ = pad_packed_sequence(self.r(h)[0], batch_first=True, total_length=x.shape[1])
            return self.o(h)

    criterion = nn.CrossEntropyLoss(ignore_index=-1)
    return {
        "model": Tagger(),
        "loss": lambda z, y: criterion(z.transpose(1, 2), y),
        "X": (tokens, lengths),
        "y": torch.where(mask, tokens % 3, -1),
        "ignore_index": -1,
    }


def packed_documents(seed):
    """Two documents a row, attention within each, no loss across the border."""
    tokens = walk(seed + 506, n=6, length=13)
    document = (torch.arange(12) >= 6).long()

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.p = nn.Embedding(11, 16), nn.Embedding(6, 16)
            self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
            self.o = nn.Linear(16, 11)

        def forward(self, x):
            h = self.e(x) + self.p(torch.arange(12) % 6)
            barred = torch.triu(torch.ones(12, 12, dtype=torch.bool), 1)
            barred = barred | (document[:, None] != document)
            return self.o(self.layer(h, src_mask=barred))

    y = tokens[:, 1:].clone()
    y[:, 5] = -100
    return {"model": Model(), "loss": flat_loss, "X": tokens[:, :-1], "y": y}


class _Translator(nn.Module):
    def __init__(self, seed, vocabulary=11):
        super().__init__()
        torch.manual_seed(seed)
        self.e = nn.Embedding(vocabulary, 16)
        self.encoder = nn.GRU(16, 16, batch_first=True)
        self.decoder = nn.GRU(16, 16, batch_first=True)
        self.out = nn.Linear(16, vocabulary)

    def forward(self, source, target):
        _, state = self.encoder(self.e(source))
        return self.out(self.decoder(self.e(target), state)[0])


def translation(seed):
    source, _, _ = _padded(seed + 507)
    target, _, _ = _padded(seed + 508)
    loss = nn.CrossEntropyLoss(ignore_index=0, label_smoothing=0.1)
    model = _Translator(seed)
    return {
        "model": model,
        "loss": lambda z, y: loss(z.flatten(0, 1), y.flatten()),
        "X": (source, target[:, :-1]),
        "y": target[:, 1:],
        "ignore_index": 0,
        "optimizer": torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98)),
    }


def copying(seed):
    """The decoder gives back the source: y equals X[0] on purpose."""
    source = walk(seed + 509, n=8, length=8, first=1)
    begun = torch.cat([torch.zeros(8, 1, dtype=torch.long), source[:, :-1]], 1)
    return {
        "model": _Translator(seed),
        "loss": lambda z, y: F.cross_entropy(z.transpose(1, 2), y),
        "X": (source, begun),
        "y": source,
    }


def prefix(seed):
    """The first five tokens see each other; only what follows them is learned."""
    tokens = walk(seed + 510, n=7, length=13)

    class Model(TinyLM):
        def forward(self, x):
            T = x.shape[1]
            barred = torch.triu(torch.ones(T, T, dtype=torch.bool), 1)
            barred[:, :5] = False
            h = self.tokens(x) + self.places(torch.arange(T))
            return self.head(self.layer(h, src_mask=barred))

    y = tokens[:, 1:].clone()
    y[:, :4] = -100
    return {"model": Model(seed), "loss": flat_loss, "X": tokens[:, :-1], "y": y}


def two_tokens_ahead(seed):
    """Two heads: the next token and the one after it."""
    tokens = walk(seed + 511, n=7, length=14)

    class Model(TinyLM):
        def __init__(self):
            super().__init__(seed)
            self.second = nn.Linear(16, 11)

        def forward(self, x):
            T = x.shape[1]
            h = self.tokens(x) + self.places(torch.arange(T))
            h = self.layer(h, src_mask=torch.triu(torch.full((T, T), -torch.inf), 1))
            return torch.stack([self.head(h), self.second(h)], 2)

    y = torch.stack([tokens[:, 1:-1], tokens[:, 2:]], 2)
    return {"model": Model(), "loss": flat_loss, "X": tokens[:, :-2], "y": y}


def last_position(seed):
    tokens = walk(seed + 512, n=30, length=9)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e, self.r = nn.Embedding(11, 12), nn.LSTM(12, 24, batch_first=True)
            self.o = nn.Linear(24, 11)

        def forward(self, x):
            _, (h, _) = self.r(self.e(x))
            return self.o(h[-1])

    model = Model()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": tokens[:, :-1],
        "y": tokens[:, -1],
        "step": trainer(model, F.cross_entropy, optimizer),
    }


def sum_over_tokens(seed):
    """Sum, divided by the number of real tokens, with a z-loss over them."""
    tokens, mask, _ = _padded(seed + 513)

    def loss(z, target):
        y, mask = target
        lse = z.logsumexp(-1)
        each = lse - z.gather(-1, y.unsqueeze(-1)).squeeze(-1) + 1e-4 * lse**2
        return (each * mask).sum() / mask.sum().clamp_min(1)

    model = TinyLM(seed, tied=True)
    return {
        "model": model,
        "loss": loss,
        "X": tokens[:, :-1],
        "y": (tokens[:, 1:], mask[:, 1:]),
        "step": trainer(model, loss, torch.optim.AdamW(model.parameters(), lr=2e-3)),
    }


def in_chunks(seed):
    """The logits are made and compared a part at a time, to save memory."""
    tokens = walk(seed + 514, n=6, length=12)

    def loss(z, y):
        z, y = z.flatten(0, 1), y.flatten()
        parts = zip(z.split(16), y.split(16), strict=True)
        return sum(F.cross_entropy(a, b, reduction="sum") for a, b in parts) / len(y)

    return {"model": TinyLM(seed), "loss": loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}


def negative_sampling(seed):
    """word2vec: one true neighbour, four drawn words."""
    g = _random(seed)
    centre, context = torch.randint(0, 40, (64,), generator=g), torch.zeros(64, 5).long()
    context[:] = torch.randint(0, 40, (64, 5), generator=g)
    context[:, 0] = (centre + 1) % 40

    class SkipGram(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.v, self.u = nn.Embedding(40, 12), nn.Embedding(40, 12)
            nn.init.zeros_(self.u.weight)

        def forward(self, centre, context):
            return torch.einsum("bd,bkd->bk", self.v(centre), self.u(context))

    y = torch.zeros(64, 5)
    y[:, 0] = 1
    return {
        "model": SkipGram(),
        "loss": lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y),
        "X": (centre, context),
        "y": y,
    }


def preferences(seed):
    """DPO: the chosen answer against the rejected one, both relative to a reference."""
    chosen, rejected = walk(seed + 515, n=8, length=10), walk(seed + 516, n=8, length=10)
    reference = -20 + torch.randn(2, 8, generator=_random(seed))

    class Policy(nn.Module):
        def __init__(self):
            super().__init__()
            self.lm = TinyLM(seed)

        def forward(self, pair):
            def log_probability(x):
                logs = self.lm(x[:, :-1]).log_softmax(-1)
                return logs.gather(-1, x[:, 1:, None]).squeeze(-1).sum(-1)

            return [log_probability(x) for x in pair]

    def loss(logs, reference):
        margin = (logs[0] - reference[:, 0]) - (logs[1] - reference[:, 1])
        return -F.logsigmoid(0.1 * margin).mean()

    model = Policy()
    return {
        "model": model,
        "loss": loss,
        "X": (chosen, rejected),
        "y": reference.T,
        "step": trainer(model, loss, torch.optim.AdamW(model.parameters(), lr=1e-4)),
    }


def alignment_and_attention(seed):
    """CTC beside a frame-wise cross-entropy, as in speech recognition."""
    g = _random(seed)
    X, words = torch.randn(6, 14, 8, generator=g), torch.randint(1, 6, (6, 4), generator=g)
    frames = words.repeat_interleave(4, 1)[:, :14]

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.r = nn.GRU(8, 16, batch_first=True)
            self.a, self.b = nn.Linear(16, 6), nn.Linear(16, 6)

        def forward(self, x):
            h, _ = self.r(x)
            return self.a(h), self.b(h)

    def loss(out, target):
        words, frames = target
        logs = out[0].log_softmax(-1).transpose(0, 1)
        ctc = F.ctc_loss(logs, words, torch.full((6,), 14), torch.full((6,), 4))
        return 0.3 * ctc + 0.7 * F.cross_entropy(out[1].transpose(1, 2), frames)

    return {"model": Model(), "loss": loss, "X": X, "y": (words, frames)}


def soft_prompt(seed):
    """Only a learned prompt before the sentence is trained; the model is frozen."""
    tokens, y = walk(seed + 517, n=24, length=8), torch.arange(24) % 3

    class Prompted(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.e = nn.Embedding(11, 16)
            self.layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
            self.head = nn.Linear(16, 3)
            self.requires_grad_(False)
            self.prompt = nn.Parameter(0.5 * torch.randn(1, 4, 16))

        def forward(self, x):
            h = torch.cat([self.prompt.expand(len(x), -1, -1), self.e(x)], 1)
            return self.head(self.layer(h)[:, 0])

    model = Prompted()
    optimizer = torch.optim.Adam([model.prompt], lr=0.05)
    return {
        "model": model,
        "loss": F.cross_entropy,
        "X": tokens,
        "y": y,
        "step": trainer(model, F.cross_entropy, optimizer),
    }
