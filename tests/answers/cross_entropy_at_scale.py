import math

import numpy as np
import torch
import torch.nn.functional as F


def logsumexp(z):
    m = z.max(axis=-1)
    return m + np.log(np.exp(z - m[..., None]).sum(axis=-1))


class Chunks(torch.autograd.Function):
    """Loss and gradients chunk by chunk: what a chunk adds is `one(h, W, y)`."""

    @staticmethod
    def forward(ctx, h, W, y, chunk, one):
        loss, gh, gW = torch.zeros((), dtype=h.dtype), torch.zeros_like(h), torch.zeros_like(W)
        for i in range(0, len(h), chunk):
            l, a, b = one(h[i : i + chunk], W, y[i : i + chunk])
            loss += l
            gh[i : i + chunk] = a
            gW += b
        ctx.save_for_backward(gh, gW)
        return loss

    @staticmethod
    def backward(ctx, g):
        gh, gW = ctx.saved_tensors
        return g * gh, g * gW, None, None, None

# %% right logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * int(itemsize)

# %% right logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    total = 1
    for factor in (tokens, vocabulary, itemsize):
        total *= int(factor)
    return total

# %% right logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return np.prod([tokens, vocabulary, itemsize], dtype=np.int64)

# %% right logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return math.prod(map(int, (tokens, vocabulary, itemsize)))

# %% hint logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * int(itemsize)  # hint

# %% wrong logits_bytes: counted in 32 bits
def logits_bytes(tokens, vocabulary, itemsize):
    return np.prod([tokens, vocabulary, itemsize], dtype=np.int32)

# %% wrong logits_bytes: the loss's whole need
def logits_bytes(tokens, vocabulary, itemsize):
    logits = log_p = grad = int(tokens) * int(vocabulary)
    return (logits + log_p + grad) * int(itemsize)

# %% wrong logits_bytes: the labels
def logits_bytes(tokens, vocabulary, itemsize):
    return int(itemsize) * int(tokens)

# %% wrong logits_bytes: one token only
def logits_bytes(tokens, vocabulary, itemsize):
    return int(itemsize) * int(vocabulary)

# %% wrong logits_bytes: the number of logits
def logits_bytes(tokens, vocabulary, itemsize):
    return math.prod((int(tokens), int(vocabulary)))

# %% wrong logits_bytes: bits
def logits_bytes(tokens, vocabulary, itemsize):
    bits = 8 * int(itemsize)
    return int(tokens) * int(vocabulary) * bits

# %% wrong logits_bytes: four bytes for every format
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * np.dtype("float32").itemsize

# %% wrong logits_bytes: mebibytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * int(itemsize) / (1024 * 1024)

# %% wrong logits_bytes: gigabytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * int(itemsize) / 1_000_000_000

# %% wrong logits_bytes: added in place of multiplied
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(itemsize) + int(vocabulary) * int(itemsize)

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * (int(vocabulary) - 1) * int(itemsize)

# %% right chunked_linear_cross_entropy
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% right chunked_linear_cross_entropy
def chunked_linear_cross_entropy(h, W, y, chunk):
    from torch.utils.checkpoint import checkpoint

    def part(a, W, b):
        return F.cross_entropy(F.linear(a, W), b, reduction="sum")

    total = 0
    for a, b in zip(h.split(chunk), y.split(chunk)):
        total = total + checkpoint(part, a, W, b, use_reentrant=False)
    return total / len(h)

# %% right chunked_linear_cross_entropy
class Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        ctx.save_for_backward(h, W, y)
        ctx.chunk = chunk
        parts = [F.cross_entropy(a @ W.T, b, reduction="sum") for a, b in zip(h.split(chunk), y.split(chunk))]
        return sum(parts) / len(h)

    @staticmethod
    def backward(ctx, g):
        h, W, y = ctx.saved_tensors
        gh, gW = [], torch.zeros_like(W)
        for a, b in zip(h.split(ctx.chunk), y.split(ctx.chunk)):
            G = (a @ W.T).softmax(-1)
            G -= F.one_hot(b, len(W))
            G *= g / len(h)
            gh.append(G @ W)
            gW.addmm_(G.T, a)
        return torch.cat(gh), gW, None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Recomputed.apply(h, W, y, chunk)

# %% right chunked_linear_cross_entropy
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        a, W, b = a.float(), W.float(), b
        z = a @ W.T
        z -= z.amax(1, keepdim=True)
        own = z[range(len(b)), b]
        total = z.exp_().sum(1)
        z /= total[:, None]
        z[range(len(b)), b] -= 1
        z /= len(h)
        return (total.log() - own).sum() / len(h), z @ W, z.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% right chunked_linear_cross_entropy
def chunked_linear_cross_entropy(h, W, y, chunk):
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=chunk, chunking_method=None)
    return F.linear_cross_entropy(h, W, y, options=options)

# %% hint chunked_linear_cross_entropy
class Hinted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        loss, grad_h, grad_W = 0, torch.zeros_like(h), torch.zeros_like(W)
        for start in range(0, len(h), chunk):
            rows = slice(start, start + chunk)  # hint
            log_p = (h[rows] @ W.T).log_softmax(1)  # hint
            own = y[rows, None]  # hint
            loss -= log_p.gather(1, own).sum() / len(h)  # hint
            G = log_p.exp().scatter_add(1, own, -torch.ones_like(own, dtype=h.dtype)) / len(h)  # hint
            grad_h[rows] = G @ W  # hint
            grad_W += G.T @ h[rows]  # hint
        ctx.save_for_backward(grad_h, grad_W)
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        grad_h, grad_W = ctx.saved_tensors
        return grad_output * grad_h, grad_output * grad_W, None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Hinted.apply(h, W, y, chunk)

# %% wrong chunked_linear_cross_entropy: all logits are there at once
def chunked_linear_cross_entropy(h, W, y, chunk):
    return -(h @ W.T).log_softmax(1)[torch.arange(len(y)), y].mean()

# %% wrong chunked_linear_cross_entropy: all logits are there at once
def chunked_linear_cross_entropy(h, W, y, chunk):
    total = 0
    for a, b in zip(h.split(chunk), y.split(chunk)):
        total = total + F.cross_entropy(F.linear(a, W), b, reduction="sum")
    return total / len(h)

# %% wrong chunked_linear_cross_entropy: all logits are there at once
class Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        ps = [(a @ W.T).softmax(1) for a in h.split(chunk)]
        losses = [F.cross_entropy(a @ W.T, b, reduction="sum") for a, b in zip(h.split(chunk), y.split(chunk))]
        ctx.ps, ctx.rest = ps, (h, W, y)
        return sum(losses) / len(h)

    @staticmethod
    def backward(ctx, g):
        h, W, y = ctx.rest
        G = torch.cat(ctx.ps)
        G[torch.arange(len(y)), y] -= 1
        return g * G @ W / len(h), g * G.T @ h / len(h), None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Kept.apply(h, W, y, chunk)

# %% wrong chunked_linear_cross_entropy: all logits are there at once
class Listed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        N, loss, gh, gW = len(h), 0, [], []
        for a, b in zip(h.split(chunk), y.split(chunk)):
            G = (a @ W.T).softmax(1)
            loss = loss + F.cross_entropy(a @ W.T, b, reduction="sum") / N
            G[torch.arange(len(b)), b] -= 1
            gh.append(G @ W / N)
            gW.append(G.T @ a / N)
        ctx.grads = torch.cat(gh), torch.stack(gW).sum(0)
        return loss

    @staticmethod
    def backward(ctx, g):
        return g * ctx.grads[0], g * ctx.grads[1], None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Listed.apply(h, W, y, chunk)

# %% wrong chunked_linear_cross_entropy: the sum in place of the mean
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum")
        p[torch.arange(len(b)), b] -= 1
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: the mean of the chunks' means
def chunked_linear_cross_entropy(h, W, y, chunk):
    K = len(h.split(chunk))

    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b) / K
        p[torch.arange(len(b)), b] -= 1
        p /= len(b) * K
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: the gradients are those of the sum
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: the gradients are divided by the chunk
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(a)
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: the last tokens are left out
class Whole(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        loss, gh, gW = 0, torch.zeros_like(h), torch.zeros_like(W)
        for i in range(len(h) // chunk):
            rows = slice(i * chunk, (i + 1) * chunk)
            z = h[rows] @ W.T
            loss = loss + F.cross_entropy(z, y[rows], reduction="sum") / len(h)
            G = (z.softmax(1) - F.one_hot(y[rows], len(W))) / len(h)
            gh[rows] = G @ W
            gW += G.T @ h[rows]
        ctx.grads = gh, gW
        return torch.as_tensor(loss, dtype=h.dtype)

    @staticmethod
    def backward(ctx, g):
        return g * ctx.grads[0], g * ctx.grads[1], None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Whole.apply(h, W, y, chunk)

# %% wrong chunked_linear_cross_entropy: the gradient of W is the last chunk's
class Last(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        loss, gh = 0, []
        for a, b in zip(h.split(chunk), y.split(chunk)):
            z = a @ W.T
            loss = loss + F.cross_entropy(z, b, reduction="sum") / len(h)
            G = (z.softmax(1) - F.one_hot(b, len(W))) / len(h)
            gh.append(G @ W)
            gW = G.T @ a
        ctx.grads = torch.cat(gh), gW
        return loss

    @staticmethod
    def backward(ctx, g):
        return g * ctx.grads[0], g * ctx.grads[1], None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Last.apply(h, W, y, chunk)

# %% wrong chunked_linear_cross_entropy: the first chunk's labels for all
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        b = y[: len(a)]
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: what arrives from above is ignored
class Deaf(Chunks):
    @staticmethod
    def backward(ctx, grad_output):
        return *ctx.saved_tensors, None, None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, p @ W, p.T @ a

    return Deaf.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: the sign is flipped
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        G = (F.one_hot(b, len(W)) - p) / len(h)
        return loss, G @ W, G.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: the truth is not subtracted
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1) / len(h)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: no gradient for W
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, p @ W, 0

    return Chunks.apply(h, W.detach(), y, chunk, one)

# %% wrong chunked_linear_cross_entropy: no gradient for h
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(1)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, 0, p.T @ a

    return Chunks.apply(h.detach(), W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy: one loss for each token
class Each(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, y, chunk):
        ctx.save_for_backward(h, W, y)
        return torch.cat([F.cross_entropy(a @ W.T, b, reduction="none") for a, b in zip(h.split(chunk), y.split(chunk))])

    @staticmethod
    def backward(ctx, g):
        h, W, y = ctx.saved_tensors
        G = ((h @ W.T).softmax(1) - F.one_hot(y, len(W))) * g[:, None]
        return G @ W, G.T @ h, None, None

def chunked_linear_cross_entropy(h, W, y, chunk):
    return Each.apply(h, W, y, chunk)

# %% wrong chunked_linear_cross_entropy: exp overflows
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        e = torch.exp(a @ W.T)
        p = e / e.sum(1, keepdim=True)
        loss = -p[torch.arange(len(b)), b].log().sum() / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% wrong chunked_linear_cross_entropy
def chunked_linear_cross_entropy(h, W, y, chunk):
    def one(a, W, b):
        p = (a @ W.T).softmax(0)
        loss = F.cross_entropy(a @ W.T, b, reduction="sum") / len(h)
        p[torch.arange(len(b)), b] -= 1
        p /= len(h)
        return loss, p @ W, p.T @ a

    return Chunks.apply(h, W, y, chunk, one)

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W) / len(sampled))
    d[sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    out = []
    for hi, yi in zip(h, y):
        total = np.dot(hi, W[yi])
        start = total
        for s in sampled:
            if s != yi:
                total = np.logaddexp(total, np.dot(hi, W[s]) + math.log(len(W) / len(sampled)))
        out.append(total - start)
    return out

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    count = np.bincount(sampled, minlength=len(W)) * len(W) / len(sampled)
    weight = np.tile(count, (len(h), 1))
    weight[np.arange(len(y)), y] = 1
    with np.errstate(divide="ignore"):
        z = h @ W.T + np.log(weight)
    return logsumexp(z) - z[np.arange(len(y)), y]

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    own = np.einsum("nd,nd->n", h, W[y])
    z = np.einsum("nd,sd->ns", h, W[sampled]) - np.log(len(sampled) / len(W))
    z = np.where(y[:, None] == sampled, -np.inf, z)
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1) - own)

# %% hint sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    own = (h * W[y]).sum(axis=1)  # hint
    d = h @ W[sampled].T - own[:, None] + np.log(len(W) / len(sampled))  # hint
    d = np.where(sampled == y[:, None], -np.inf, d)  # hint
    m = np.maximum(d.max(axis=1), 0)  # hint
    return m + np.log(np.exp(-m) + np.exp(d - m[:, None]).sum(axis=1))  # hint

# %% wrong sampled_softmax_loss: the draws are not weighed
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None]
    d[sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% wrong sampled_softmax_loss: the draws are not weighed
def sampled_softmax_loss(h, W, y, sampled):
    z = np.column_stack([(h * W[y]).sum(1), h @ W[sampled].T]) - np.log(len(sampled) / len(W))
    z[:, 1:][sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(z) - z[:, 0]

# %% wrong sampled_softmax_loss: the correction has the wrong sign
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(sampled) / len(W))
    d[sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% wrong sampled_softmax_loss: the true word counts twice
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W) / len(sampled))
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% wrong sampled_softmax_loss: each stands for V words
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W))
    d[sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% wrong sampled_softmax_loss: V - 1 words
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log((len(W) - 1) / len(sampled))
    d[sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% wrong sampled_softmax_loss: repeated draws count once
def sampled_softmax_loss(h, W, y, sampled):
    sampled = np.array(sorted(set(sampled.tolist())))
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W) / len(sampled))
    d[sampled[None, :] == y[:, None]] = -np.inf
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% wrong sampled_softmax_loss: the true word is missing from the sum
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W) / len(sampled))
    d[sampled[None, :] == y[:, None]] = -np.inf
    with np.errstate(all="ignore"):
        return np.logaddexp.reduce(d, axis=1)

# %% wrong sampled_softmax_loss: all words
def sampled_softmax_loss(h, W, y, sampled):
    z = h @ W.T
    return logsumexp(z) - z[np.arange(len(y)), y]

# %% wrong sampled_softmax_loss: the mean
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W) / len(sampled))
    d[sampled[None, :] == y[:, None]] = -np.inf
    return np.mean(logsumexp(np.column_stack([np.zeros(len(h)), d])))

# %% wrong sampled_softmax_loss: exp overflows
def sampled_softmax_loss(h, W, y, sampled):
    with np.errstate(all="ignore"):
        own = np.exp((h * W[y]).sum(1))
        others = np.exp(h @ W[sampled].T) * (sampled != y[:, None]) * len(W) / len(sampled)
        return -np.log(own / (own + others.sum(1)))

# %% wrong sampled_softmax_loss: a hit counts 1
def sampled_softmax_loss(h, W, y, sampled):
    d = h @ W[sampled].T - (h * W[y]).sum(1)[:, None] + np.log(len(W) / len(sampled))
    d[sampled[None, :] == y[:, None]] = 0
    return logsumexp(np.column_stack([np.zeros(len(h)), d]))

# %% lives sampled_softmax_loss: 0 -> -1
# own has one column.

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards)
    first, true = 0, 0
    for s in shards:
        k = y - first
        here = (k >= 0) & (k < s.shape[1])
        true = true + np.where(here, s[np.arange(len(y)), np.where(here, k, 0)], 0)
        first += s.shape[1]
    return m + np.log(total) - true

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    total, true, first = np.full(len(y), -np.inf), np.zeros(len(y)), 0
    for s in shards:
        total = np.logaddexp(total, np.logaddexp.reduce(s, axis=1))
        for i, label in enumerate(y):
            if first <= label < first + s.shape[1]:
                true[i] = s[i, label - first]
        first += s.shape[1]
    return total - true

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    tops = np.stack([s.max(1) for s in shards])
    sums = np.stack([np.exp(s - t[:, None]).sum(1) for s, t in zip(shards, tops)])
    m = tops.max(0)
    log_Z = m + np.log((sums * np.exp(tops - m)).sum(0))
    ends = np.cumsum([s.shape[1] for s in shards])
    device = np.searchsorted(ends, y, side="right")
    return [log_Z[i] - shards[k][i, label - ends[k]] for i, (k, label) in enumerate(zip(device, y))]

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    z = np.concatenate(shards, axis=1)
    return logsumexp(z) - z[np.arange(len(y)), y]

# %% hint sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)  # hint
    total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards)  # hint
    first = 0  # hint
    true = np.zeros(len(y))
    for s in shards:
        mine = (first <= y) & (y < first + s.shape[1])  # hint
        true[mine] = s[mine, y[mine] - first]  # hint
        first += s.shape[1]  # hint
    return m + np.log(total) - true  # hint

# %% wrong sharded_cross_entropy: each device subtracts its own maximum
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    total = sum(np.exp(s - s.max(axis=1, keepdims=True)).sum(axis=1) for s in shards)
    z = np.hstack(shards)
    return m + np.log(total) - z[np.arange(len(y)), y]

# %% wrong sharded_cross_entropy: the first device's maximum
def sharded_cross_entropy(shards, y):
    m = shards[0].max(axis=1)
    with np.errstate(all="ignore"):
        total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards)
        z = np.hstack(shards)
        return m + np.log(total) - z[np.arange(len(y)), y]

# %% wrong sharded_cross_entropy: exp overflows
def sharded_cross_entropy(shards, y):
    z = np.hstack(shards)
    with np.errstate(all="ignore"):
        return -np.log(np.exp(z[np.arange(len(y)), y]) / sum(np.exp(s).sum(1) for s in shards))

# %% wrong sharded_cross_entropy: the shards are taken to be of one width
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards)
    width = shards[0].shape[1]
    true = []
    for i, label in enumerate(y):
        k = min(label // width, len(shards) - 1)
        true.append(shards[k][i, min(label - k * width, shards[k].shape[1] - 1)])
    return m + np.log(total) - np.array(true)

# %% wrong sharded_cross_entropy: the label is not moved
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards)
    ends = np.cumsum([s.shape[1] for s in shards])
    device = np.searchsorted(ends, y, side="right")
    true = [shards[k][i, min(label, shards[k].shape[1] - 1)] for i, (k, label) in enumerate(zip(device, y))]
    return m + np.log(total) - np.array(true)

# %% wrong sharded_cross_entropy: the devices' log-sums are added
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    with np.errstate(all="ignore"):
        log_Z = m + sum(np.log(np.exp(s - m[:, None]).sum(axis=1)) for s in shards)
    z = np.hstack(shards)
    return log_Z - z[np.arange(len(y)), y]

# %% wrong sharded_cross_entropy: the first device only
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    z = np.hstack(shards)
    with np.errstate(all="ignore"):
        return m + np.log(np.exp(shards[0] - m[:, None]).sum(axis=1)) - z[np.arange(len(y)), y]

# %% wrong sharded_cross_entropy: the largest logit is not added back
def sharded_cross_entropy(shards, y):
    m = np.max([s.max(axis=1) for s in shards], axis=0)
    total = sum(np.exp(s - m[:, None]).sum(axis=1) for s in shards)
    z = np.hstack(shards)
    return np.log(total) - z[np.arange(len(y)), y]

# %% wrong sharded_cross_entropy: the mean
def sharded_cross_entropy(shards, y):
    z = np.hstack(shards)
    return (logsumexp(z) - z[np.arange(len(y)), y]).sum() / len(y)

# %% wrong sharded_cross_entropy: the sign is flipped
def sharded_cross_entropy(shards, y):
    z = np.hstack(shards)
    return z[np.arange(len(y)), y] - logsumexp(z)

# %% wrong sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    return sum(logsumexp(s) for s in shards) / len(shards)

# %% lives sharded_cross_entropy: np.zeros(len(y)) -> np.ones(len(y)) #2
# Each entry is written: a word lies on one device.

# %% right z_loss
def z_loss(z, coefficient):
    return coefficient * logsumexp(z) ** 2

# %% right z_loss
def z_loss(z, coefficient):
    return [coefficient * np.logaddexp.reduce(row) ** 2 for row in z]

# %% right z_loss
def z_loss(z, coefficient):
    m = z.max(axis=1, keepdims=True)
    log_Z = np.log(np.sum(np.exp(z - m), axis=1, keepdims=True)) + m
    return (coefficient * np.square(log_Z))[:, 0]

# %% right z_loss
def z_loss(z, coefficient):
    out = np.zeros(len(z))
    for i, row in enumerate(z):
        top = max(row)
        out[i] = coefficient * (top + math.log(sum(math.exp(v - top) for v in row))) ** 2
    return out

# %% hint z_loss
def z_loss(z, coefficient):
    m = z.max(axis=1)  # hint
    log_Z = m + np.log(np.exp(z - m[:, None]).sum(axis=1))  # hint
    return coefficient * log_Z**2  # hint

# %% wrong z_loss: not squared
def z_loss(z, coefficient):
    return logsumexp(z) * coefficient

# %% wrong z_loss: the square of Z
def z_loss(z, coefficient):
    with np.errstate(all="ignore"):
        return coefficient * np.exp(z).sum(axis=1) ** 2

# %% wrong z_loss: the logarithm of the square
def z_loss(z, coefficient):
    with np.errstate(all="ignore"):
        return coefficient * np.log(np.exp(z).sum(axis=1) ** 2)

# %% wrong z_loss: the squares of the logits
def z_loss(z, coefficient):
    return coefficient * np.einsum("nk,nk->n", z, z)

# %% wrong z_loss: exp overflows
def z_loss(z, coefficient):
    with np.errstate(all="ignore"):
        return coefficient * np.log(sum(np.exp(z.T))) ** 2

# %% wrong z_loss: the largest logit is not added back
def z_loss(z, coefficient):
    m = z.max(axis=1, keepdims=True)
    return coefficient * np.log(np.exp(z - m).sum(axis=1)) ** 2

# %% wrong z_loss: the mean over the words
def z_loss(z, coefficient):
    m = z.max(axis=1, keepdims=True)
    return coefficient * (m[:, 0] + np.log(np.exp(z - m).mean(axis=1))) ** 2

# %% wrong z_loss: the mean over the examples
def z_loss(z, coefficient):
    return coefficient * np.mean(logsumexp(z) ** 2)

# %% wrong z_loss: the coefficient is squared
def z_loss(z, coefficient):
    return np.square(coefficient * logsumexp(z))

# %% wrong z_loss: summed over the examples
def z_loss(z, coefficient):
    return coefficient * logsumexp(z.T) ** 2

# %% wrong z_loss: half of it
def z_loss(z, coefficient):
    return 0.5 * coefficient * logsumexp(z) ** 2

# %% right logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    from operator import index
    return index(tokens) * index(vocabulary) * index(itemsize)

# %% right logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return np.array([int(tokens), int(vocabulary), int(itemsize)], dtype=object).prod()

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return tokens * vocabulary * itemsize

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens * vocabulary * itemsize)

# %% wrong logits_bytes: half the right answer
def logits_bytes(tokens, vocabulary, itemsize):
    return float(tokens) * float(vocabulary) * itemsize / 2

# %% wrong logits_bytes: the number of logits
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary)

# %% wrong logits_bytes: bits
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * int(itemsize) * 8

# %% wrong logits_bytes: mebibytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * int(itemsize) / 2**20

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return tokens * int(vocabulary) * int(itemsize)

# %% wrong logits_bytes: one token only
def logits_bytes(tokens, vocabulary, itemsize):
    return int(vocabulary) * int(itemsize)

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(tokens) * int(itemsize)

# %% wrong logits_bytes: four bytes for every format
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens) * int(vocabulary) * 4

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return int(tokens * vocabulary) * int(itemsize)

# %% wrong logits_bytes: twice the right answer
def logits_bytes(tokens, vocabulary, itemsize):
    return 2 * int(tokens) * int(vocabulary) * int(itemsize)

# %% wrong logits_bytes
def logits_bytes(tokens, vocabulary, itemsize):
    return np.zeros((tokens, vocabulary), dtype=f"f{itemsize}").nbytes

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    out = []
    for i in range(len(h)):
        true = float(h[i] @ W[y[i]])
        logits = [0.0] + [
            float(h[i] @ W[s]) - true + math.log(len(W) / len(sampled)) for s in sampled if s != y[i]
        ]
        top = max(logits)
        out.append(top + math.log(sum(math.exp(v - top) for v in logits)))
    return out

# %% right sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    z = h @ W.T
    words, counts = np.unique(sampled, return_counts=True)
    rows = np.arange(len(y))
    b = np.tile(counts * len(W) / len(sampled), (len(y), 1)) * (words != y[:, None])
    d = z[:, words] - z[rows, y][:, None]
    top = np.maximum(d.max(axis=1), 0)
    return top + np.log(np.exp(-top) + (b * np.exp(d - top[:, None])).sum(axis=1))

# %% wrong sampled_softmax_loss: the true word counts twice
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled)) - true[:, None]
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: the draws are not weighed
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: the correction has the wrong sign
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(sampled) / len(W)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: repeated draws count once
def sampled_softmax_loss(h, W, y, sampled):
    sampled = np.unique(sampled)
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: repeated draws count once
def sampled_softmax_loss(h, W, y, sampled):
    S = len(sampled)
    sampled = np.unique(sampled)
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / S) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: what hits the true word is no draw
def sampled_softmax_loss(h, W, y, sampled):
    out = []
    for hi, yi in zip(h, y):
        rest = sampled[sampled != yi]
        z = W[rest] @ hi - W[yi] @ hi + np.log(len(W) / len(rest))
        out.append(np.logaddexp(0, np.logaddexp.reduce(z)))
    return np.array(out)

# %% wrong sampled_softmax_loss: not finite at extreme inputs
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T - true[:, None]
    hit = sampled[None, :] == y[:, None]
    return np.log(1 + (len(W) / len(sampled) * np.exp(z) * ~hit).sum(axis=1))

# %% wrong sampled_softmax_loss: the true word is missing from the sum
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp.reduce(z, axis=1)

# %% wrong sampled_softmax_loss: the mean
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1)).mean()

# %% wrong sampled_softmax_loss: a hit counts 1
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = 0
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: all words
def sampled_softmax_loss(h, W, y, sampled):
    z = h @ W.T
    return np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]

# %% wrong sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    keep = ~np.isin(sampled, y)
    S = len(sampled)
    sampled = sampled[keep]
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / S) - true[:, None]
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss: V - 1 words
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log((len(W) - 1) / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(W.shape[1] / len(sampled)) - true[:, None]
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = true[:, None] - h @ W[sampled].T + np.log(len(W) / len(sampled))
    z[sampled[None, :] == y[:, None]] = -np.inf
    return np.logaddexp(0, np.logaddexp.reduce(z, axis=1))

# %% wrong sampled_softmax_loss
def sampled_softmax_loss(h, W, y, sampled):
    true = (h * W[y]).sum(axis=1)
    z = h @ W[sampled].T + np.log(len(W) / len(sampled))
    z[sampled[None, :] == y[:, None]] = -np.inf
    everything = np.concatenate([true[:, None], z], axis=1)
    return np.logaddexp.reduce(everything, axis=1)

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return top + np.log(total) - true

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    parts = [np.logaddexp.reduce(s, axis=1) for s in shards]
    out = []
    for i, label in enumerate(y):
        for s in shards:
            if label < s.shape[1]:
                break
            label -= s.shape[1]
        out.append(np.logaddexp.reduce([p[i] for p in parts]) - s[i, label])
    return out

# %% right sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    starts = np.cumsum([0] + [s.shape[1] for s in shards])
    owner = np.searchsorted(starts, y, side="right") - 1
    log_z = np.full(len(y), -np.inf)
    true = np.empty(len(y))
    for k, s in enumerate(shards):
        log_z = np.logaddexp(log_z, np.logaddexp.reduce(s, axis=1))
        rows = np.flatnonzero(owner == k)
        true[rows] = s[rows, y[rows] - starts[k]]
    return log_z - true

# %% wrong sharded_cross_entropy: exp overflows
def sharded_cross_entropy(shards, y):
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        total = total + np.exp(s).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return np.log(total) - true

# %% wrong sharded_cross_entropy: each device subtracts its own maximum
def sharded_cross_entropy(shards, y):
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        top = s.max(axis=1)
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return top + np.log(total) - true

# %% wrong sharded_cross_entropy: the devices' log-sums are added
def sharded_cross_entropy(shards, y):
    true, first, log_z = np.zeros(len(y)), 0, 0.0
    for s in shards:
        log_z = log_z + np.logaddexp.reduce(s, axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return log_z - true

# %% wrong sharded_cross_entropy: the shards are taken to be of one width
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true = 0.0, np.zeros(len(y))
    width = shards[0].shape[1]
    for k, s in enumerate(shards):
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        place = y - k * width
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
    return top + np.log(total) - true

# %% wrong sharded_cross_entropy: the label is not moved
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true = 0.0, np.zeros(len(y))
    for s in shards:
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        mine = y < s.shape[1]
        true[mine] += s[mine, y[mine]]
    return top + np.log(total) - true

# %% wrong sharded_cross_entropy: the true word's device only
def sharded_cross_entropy(shards, y):
    first, out = 0, np.zeros(len(y))
    for s in shards:
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        out[mine] = np.logaddexp.reduce(s[mine], axis=1) - s[mine, place[mine]]
        first += s.shape[1]
    return out

# %% wrong sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        place = y - first
        mine = (place > 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return top + np.log(total) - true

# %% wrong sharded_cross_entropy: the largest logit is not added back
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return np.log(total) - true

# %% wrong sharded_cross_entropy: the mean
def sharded_cross_entropy(shards, y):
    z = np.concatenate(shards, axis=1)
    return (np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]).mean()

# %% wrong sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    z = np.concatenate(shards[::-1], axis=1)
    return np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]

# %% wrong sharded_cross_entropy: not finite at extreme inputs
def sharded_cross_entropy(shards, y):
    top = max(s.max() for s in shards)
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        total = total + np.exp(s - top).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return top + np.log(total) - true

# %% wrong sharded_cross_entropy: the input is changed
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true, first = 0.0, np.zeros(len(y)), 0
    for s in shards:
        s -= top[:, None]
        total = total + np.exp(s).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]]
        first += s.shape[1]
    return np.log(total) - true

# %% wrong sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    top = np.max([s.max(axis=1) for s in shards], axis=0)
    total, true, first = 0.0, np.zeros(len(y), dtype=int), 0
    for s in shards:
        total = total + np.exp(s - top[:, None]).sum(axis=1)
        place = y - first
        mine = (place >= 0) & (place < s.shape[1])
        true[mine] += s[mine, place[mine]].astype(int)
        first += s.shape[1]
    return top + np.log(total) - true

# %% wrong sharded_cross_entropy: not finite at extreme inputs
def sharded_cross_entropy(shards, y):
    z = np.concatenate(shards, axis=1)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y])

# %% wrong sharded_cross_entropy
def sharded_cross_entropy(shards, y):
    a, b = shards[0], shards[1]
    z = np.hstack([a, b])
    return np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]

# %% right z_loss
def z_loss(z, coefficient):
    return coefficient * np.logaddexp.reduce(z, axis=1) ** 2

# %% right z_loss
def z_loss(z, coefficient):
    out = []
    for row in z.tolist():
        top = max(row)
        out.append(coefficient * (top + math.log(sum(math.exp(v - top) for v in row))) ** 2)
    return out

# %% right z_loss
def z_loss(z, coefficient):
    z = z.astype(np.float32)
    top = z.max(axis=-1)
    log_Z = top + np.log(np.exp(z - top[:, None]).sum(axis=-1))
    return np.float32(coefficient) * log_Z * log_Z

# %% wrong z_loss: not squared
def z_loss(z, coefficient):
    return coefficient * np.logaddexp.reduce(z, axis=1)

# %% wrong z_loss: exp overflows
def z_loss(z, coefficient):
    return coefficient * np.log(np.exp(z).sum(axis=1)) ** 2

# %% wrong z_loss: the coefficient is squared
def z_loss(z, coefficient):
    return (coefficient * np.logaddexp.reduce(z, axis=1)) ** 2

# %% wrong z_loss: the mean over the examples
def z_loss(z, coefficient):
    return coefficient * np.mean(np.logaddexp.reduce(z, axis=1) ** 2)

# %% wrong z_loss: the largest logit alone
def z_loss(z, coefficient):
    return coefficient * z.max(axis=1) ** 2

# %% wrong z_loss: the largest logit is not added back
def z_loss(z, coefficient):
    top = z.max(axis=1, keepdims=True)
    return coefficient * np.log(np.exp(z - top).sum(axis=1)) ** 2

# %% wrong z_loss: summed over the examples
def z_loss(z, coefficient):
    return coefficient * np.logaddexp.reduce(z, axis=0) ** 2

# %% wrong z_loss: not finite at extreme inputs
def z_loss(z, coefficient):
    top = z.max()
    return coefficient * (top + np.log(np.exp(z - top).sum(axis=1))) ** 2

# %% wrong z_loss
def z_loss(z, coefficient):
    return coefficient * np.logaddexp.reduce(2 * z, axis=1)

# %% wrong z_loss: the squares of the logits
def z_loss(z, coefficient):
    return coefficient * (z**2).sum(axis=1)

# %% wrong z_loss: the mean over the words
def z_loss(z, coefficient):
    return coefficient * (np.logaddexp.reduce(z, axis=1) - np.log(z.shape[1])) ** 2

# %% wrong z_loss: half of it
def z_loss(z, coefficient):
    return 0.5 * coefficient * np.logaddexp.reduce(z, axis=1) ** 2

# %% wrong z_loss
def z_loss(z, coefficient):
    log_Z = np.empty_like(z[:, 0])
    for i, row in enumerate(z):
        log_Z[i] = row.max() + np.log(np.exp(row - row.max()).sum())
    return coefficient * log_Z**2

# %% wrong z_loss: not finite at extreme inputs
def z_loss(z, coefficient):
    top = np.maximum(z.max(axis=1), 0)
    return coefficient * (top + np.log(np.exp(z - top[:, None]).sum(axis=1))) ** 2

# %% wrong z_loss: an axis too many
def z_loss(z, coefficient):
    top = z.max(axis=1, keepdims=True)
    return coefficient * (top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))) ** 2

# %% wrong z_loss: not finite at extreme inputs
def z_loss(z, coefficient):
    top = np.abs(z).max(axis=1)
    return coefficient * (top + np.log(np.exp(z - top[:, None]).sum(axis=1))) ** 2

# %% wrong z_loss
def z_loss(z, coefficient):
    z = np.clip(z, -500, 500)
    return coefficient * np.log(np.exp(z).sum(axis=1)) ** 2

# %% right z_loss
def z_loss(z, coefficient):
    return coefficient * np.square(np.logaddexp.reduce(z, axis=-1))

# %% right z_loss
def z_loss(z, coefficient):
    return [coefficient * (max(r) + math.log(sum(math.exp(v - max(r)) for v in r))) ** 2 for r in z]

# %% wrong z_loss: not finite at extreme inputs
def z_loss(z, coefficient):
    smallest = z.min(axis=1)
    log_Z = smallest + np.log(np.exp(z - smallest[:, None]).sum(axis=1))
    return coefficient * log_Z**2
