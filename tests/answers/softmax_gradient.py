import math

import numpy as np
import torch
import torch.nn.functional as F


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

# %% right softmax_jacobian
def softmax_jacobian(z):
    p = softmax(z)
    return p[:, None] * (np.eye(len(p)) - p)

# %% right softmax_jacobian
def softmax_jacobian(z):
    p = softmax(z)
    J = np.zeros((len(p), len(p)))
    for i in range(len(p)):
        for j in range(len(p)):
            J[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return J

# %% right softmax_jacobian
def softmax_jacobian(z):
    m = max(z)
    e = [math.exp(v - m) for v in z]
    p = [v / sum(e) for v in e]
    return [[a * ((i == j) - b) for j, b in enumerate(p)] for i, a in enumerate(p)]

# %% right softmax_jacobian
def softmax_jacobian(z):
    p = softmax(np.float32(z))
    return np.diag(p) - np.outer(p, p)

# %% wrong softmax_jacobian: only the diagonal
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p * (1 - p))

# %% wrong softmax_jacobian: a vector
def softmax_jacobian(z):
    p = softmax(z)
    return p * (1 - p)

# %% wrong softmax_jacobian: plus beside the diagonal
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p) + np.outer(p, p)

# %% wrong softmax_jacobian: the sign is flipped
def softmax_jacobian(z):
    p = softmax(z)
    return np.outer(p, p) - np.diag(p)

# %% wrong softmax_jacobian: the identity instead of diag(p)
def softmax_jacobian(z):
    p = softmax(z)
    return np.eye(len(p)) - np.outer(p, p)

# %% wrong softmax_jacobian: a number
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p) - p @ p

# %% wrong softmax_jacobian: the derivatives of log softmax
def softmax_jacobian(z):
    p = softmax(z)
    return np.eye(len(p)) - p

# %% wrong softmax_jacobian: p in place of diag(p)
def softmax_jacobian(z):
    p = softmax(z)
    return p - np.outer(p, p)

# %% wrong softmax_jacobian: exp overflows
def softmax_jacobian(z):
    p = np.exp(z) / np.exp(z).sum()
    return np.diag(p) - np.outer(p, p)

# %% wrong softmax_jacobian: entries multiplied in place of all pairs
def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p) - p * p

# %% wrong softmax_jacobian: p[i] (1 - p[j]) everywhere
def softmax_jacobian(z):
    p = softmax(z)
    return np.outer(p, 1 - p)

# %% wrong softmax_jacobian
def softmax_jacobian(z):
    J = np.zeros((len(z), len(z)))
    for j in range(len(z)):
        d = np.zeros(len(z))
        d[j] = 1e-6
        J[:, j] = (softmax(z + d) - softmax(z)) / 1e-6
    return J

# %% right softmax_cross_entropy_grad
def softmax_cross_entropy_grad(z, y):
    return softmax(z) - np.eye(z.shape[1])[y]

# %% right softmax_cross_entropy_grad
def softmax_cross_entropy_grad(z, y):
    return np.array([softmax(row) - (np.arange(len(row)) == k) for row, k in zip(z, y)])

# %% right softmax_cross_entropy_grad
def softmax_cross_entropy_grad(z, y):
    g = []
    for row, k in zip(z.tolist(), y.tolist()):
        e = [math.exp(v - max(row)) for v in row]
        g.append([v / sum(e) for v in e])
        g[-1][k] -= 1
    return g

# %% right softmax_cross_entropy_grad
def softmax_cross_entropy_grad(z, y):
    p = softmax(np.float32(z))
    np.add.at(p, (np.arange(len(y)), y), -1)
    return p

# %% wrong softmax_cross_entropy_grad: the sign is flipped
def softmax_cross_entropy_grad(z, y):
    return np.eye(z.shape[1])[y] - softmax(z)

# %% wrong softmax_cross_entropy_grad: divided by N
def softmax_cross_entropy_grad(z, y):
    return (softmax(z) - np.eye(z.shape[1])[y]) / len(z)

# %% wrong softmax_cross_entropy_grad: 1 subtracted in every row
def softmax_cross_entropy_grad(z, y):
    p = softmax(z)
    p[:, y] -= 1
    return p

# %% wrong softmax_cross_entropy_grad: the label as a number
def softmax_cross_entropy_grad(z, y):
    return softmax(z) - y[:, None]

# %% wrong softmax_cross_entropy_grad: the truth is not subtracted
def softmax_cross_entropy_grad(z, y):
    return softmax(z)

# %% wrong softmax_cross_entropy_grad: exp overflows
def softmax_cross_entropy_grad(z, y):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return p - np.eye(z.shape[1])[y]

# %% wrong softmax_cross_entropy_grad: one maximum for the whole array
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max())
    return e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]

# %% wrong softmax_cross_entropy_grad: softmax over the examples
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0) - np.eye(z.shape[1])[y]

# %% wrong softmax_cross_entropy_grad: softmax over the examples
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z)
    return e / e.sum(axis=0) - np.eye(z.shape[1])[y]

# %% wrong softmax_cross_entropy_grad: no softmax
def softmax_cross_entropy_grad(z, y):
    return z - np.eye(z.shape[1])[y]

# %% wrong softmax_cross_entropy_grad: averaged over the examples
def softmax_cross_entropy_grad(z, y):
    return (softmax(z) - np.eye(z.shape[1])[y]).mean(axis=0)

# %% wrong softmax_cross_entropy_grad: the gradient for the true class's logit
def softmax_cross_entropy_grad(z, y):
    g = softmax(z) - np.eye(z.shape[1])[y]
    return g[np.arange(len(y)), y]

# %% wrong softmax_cross_entropy_grad: whole numbers cut the answer off
def softmax_cross_entropy_grad(z, y):
    g = np.zeros_like(z)
    g[...] = softmax(z) - np.eye(z.shape[1])[y]
    return g

# %% lives softmax_cross_entropy_grad: -1 -> 1
# z has two axes, so axis 1 is the last.

# %% lives softmax_cross_entropy_grad: -1 -> 1 #2
# z has two axes, so axis 1 is the last.

# %% right numerical_gradient
def numerical_gradient(f, x):
    x = np.array(x, dtype=float)
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + 1e-5
        a = f(x)
        x[i] = old - 1e-5
        b = f(x)
        x[i] = old
        g[i] = (a - b) / 2e-5
    return g

# %% right numerical_gradient
def numerical_gradient(f, x):
    flat = x.astype(float).ravel()
    g = []
    for i in range(flat.size):
        a, b = flat.copy(), flat.copy()
        a[i] += 1e-5
        b[i] -= 1e-5
        g.append((f(a.reshape(x.shape)) - f(b.reshape(x.shape))) / 2e-5)
    return np.array(g).reshape(x.shape)

# %% right numerical_gradient
def numerical_gradient(f, x):
    h = 1e-3
    g = np.empty(np.shape(x))
    for i in np.ndindex(g.shape):
        e = np.zeros(g.shape)
        e[i] = h
        g[i] = (8 * (f(x + e) - f(x - e)) - (f(x + 2 * e) - f(x - 2 * e))) / (12 * h)
    return g

# %% right numerical_gradient
def numerical_gradient(f, x):
    def slope(i):
        e = np.zeros(x.shape)
        e.flat[i] = 2e-5
        return (f(x + e) - f(x - e)) / 4e-5
    return np.reshape([slope(i) for i in range(x.size)], x.shape)

# %% wrong numerical_gradient: forward differences
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1e-6
        g[i] = (f(x + e) - f(x)) / 1e-6
    return g

# %% wrong numerical_gradient: forward differences
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 0.01
        g[i] = (f(x + e) - f(x)) / 0.01
    return g.astype(np.float16)

# %% wrong numerical_gradient: the step is too large
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 0.02
        g[i] = (f(x + e) - f(x - e)) / 0.04
    return g

# %% wrong numerical_gradient: the step is too small
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1e-9
        g[i] = (f(x + e) - f(x - e)) / 2e-9
    return g

# %% wrong numerical_gradient: divided by h instead of 2h
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1e-5
        g[i] = (f(x + e) - f(x - e)) / 1e-5
    return g

# %% wrong numerical_gradient: the answer is cut off to whole numbers
def numerical_gradient(f, x):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1e-5
        g[i] = (f(x + e) - f(x - e)) / 2e-5
    return g

# %% wrong numerical_gradient: whole numbers cannot move by 1e-5
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    x = x.copy()
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + 1e-5
        a = f(x)
        x[i] = old - 1e-5
        b = f(x)
        x[i] = old
        g[i] = (a - b) / 2e-5
    return g

# %% wrong numerical_gradient: f gets a flat array
def numerical_gradient(f, x):
    x = x.astype(float)
    flat = x.ravel()
    g = np.zeros(x.size)
    for i in range(x.size):
        flat[i] += 1e-5
        a = f(flat)
        flat[i] -= 2e-5
        g[i] = (a - f(flat)) / 2e-5
        flat[i] += 1e-5
    return g.reshape(x.shape)

# %% wrong numerical_gradient: written for one axis
def numerical_gradient(f, x):
    return np.array([(f(x + e) - f(x - e)) / 2e-5 for e in 1e-5 * np.eye(len(x))])

# %% wrong numerical_gradient: all entries moved at once
def numerical_gradient(f, x):
    h = 1e-5
    return (f(x + h) - f(x - h)) / (2 * h)

# %% wrong numerical_gradient: a copy is moved
def numerical_gradient(f, x):
    x = x.astype(float)
    flat = x.ravel()
    g = np.zeros(x.size)
    for i in range(x.size):
        old = flat[i]
        flat[i] = old + 1e-5
        a = f(x)
        flat[i] = old - 1e-5
        g[i] = (a - f(x)) / 2e-5
        flat[i] = old
    return g.reshape(x.shape)

# %% lives numerical_gradient: 1e-05 -> 2e-05
# Another step that keeps the error below 3e-9.

# %% lives numerical_gradient: 1e-05 -> 5e-06
# Another step that keeps the error below 3e-9.

# %% lives numerical_gradient: np.zeros(x.shape) -> np.ones(x.shape)
# Every entry is set afterwards.

# %% right linear_layer_grads
def linear_layer_grads(X, W, b, y):
    G = softmax(X @ W + b)
    G[np.arange(len(y)), y] -= 1
    G /= len(y)
    return np.einsum("nd,nk->dk", X, G), G.sum(0), np.einsum("nk,dk->nd", G, W)

# %% right linear_layer_grads
def linear_layer_grads(X, W, b, y):
    dW, db, dX = np.zeros(W.shape), np.zeros(b.shape), np.zeros(X.shape)
    for n in range(len(X)):
        g = (softmax(X[n] @ W + b) - np.eye(len(b))[y[n]]) / len(X)
        dW += np.outer(X[n], g)
        db += g
        dX[n] = W @ g
    return [dW, db, dX]

# %% right linear_layer_grads
def linear_layer_grads(X, W, b, y):
    X, W, b = (np.float32(a) for a in (X, W, b))
    G = (softmax(X @ W + b) - np.eye(len(b), dtype=np.float32)[y]) / np.float32(len(y))
    return X.T @ G, G.sum(axis=0), G @ W.T

# %% right linear_layer_grads
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return (X.T @ G).tolist(), G.sum(axis=0).tolist(), (G @ W.T).tolist()

# %% wrong linear_layer_grads: the sum instead of the mean
def linear_layer_grads(X, W, b, y):
    G = softmax(X @ W + b) - np.eye(len(b))[y]
    return X.T @ G, G.sum(axis=0), G @ W.T

# %% wrong linear_layer_grads: dX without the 1/N
def linear_layer_grads(X, W, b, y):
    G = softmax(X @ W + b) - np.eye(len(b))[y]
    return X.T @ G / len(y), G.mean(axis=0), G @ W.T

# %% wrong linear_layer_grads: db is the mean
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.mean(axis=0), G @ W.T

# %% wrong linear_layer_grads: dW is transposed
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return G.T @ X, G.sum(axis=0), G @ W.T

# %% wrong linear_layer_grads: the signs are flipped
def linear_layer_grads(X, W, b, y):
    G = (np.eye(len(b))[y] - softmax(X @ W + b)) / len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T

# %% wrong linear_layer_grads: exp overflows
def linear_layer_grads(X, W, b, y):
    Z = X @ W + b
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    G = (P - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T

# %% wrong linear_layer_grads: the bias is left out of the logits
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W) - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T

# %% wrong linear_layer_grads: only two of the three
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.sum(axis=0)

# %% wrong linear_layer_grads: dX is not computed
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.sum(axis=0), None

# %% wrong linear_layer_grads: only one of the three
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return X.T @ G

# %% wrong linear_layer_grads: one maximum for the whole array
def linear_layer_grads(X, W, b, y):
    Z = X @ W + b
    P = np.exp(Z - Z.max())
    P /= P.sum(axis=1, keepdims=True)
    G = (P - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T

# %% wrong linear_layer_grads: db as a row of a matrix
def linear_layer_grads(X, W, b, y):
    G = (softmax(X @ W + b) - np.eye(len(b))[y]) / len(y)
    return X.T @ G, G.sum(axis=0, keepdims=True), G @ W.T

# %% lives linear_layer_grads: -1 -> 1
# Z has two axes, so axis 1 is the last.

# %% lives linear_layer_grads: -1 -> 1 #2
# Z has two axes, so axis 1 is the last.

# %% right softmax_cross_entropy_hessian
def softmax_cross_entropy_hessian(z):
    return np.array([np.diag(p) - np.outer(p, p) for p in softmax(z)])

# %% right softmax_cross_entropy_hessian
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return np.einsum("ni,ij->nij", p, np.eye(p.shape[1])) - np.einsum("ni,nj->nij", p, p)

# %% right softmax_cross_entropy_hessian
def softmax_cross_entropy_hessian(z):
    p = softmax(np.float32(z))
    H = -p[:, :, None] * p[:, None, :]
    i = np.arange(z.shape[1])
    H[:, i, i] += p
    return H

# %% right softmax_cross_entropy_hessian
def softmax_cross_entropy_hessian(z):
    out = []
    for row in softmax(z).tolist():
        out.append([[a * (i == j) - a * b for j, b in enumerate(row)] for i, a in enumerate(row)])
    return out

# %% wrong softmax_cross_entropy_hessian: only the first example
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return np.diag(p[0]) - np.outer(p[0], p[0])

# %% wrong softmax_cross_entropy_hessian: the sign is flipped
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return p[:, :, None] * p[:, None, :] - p[:, :, None] * np.eye(z.shape[1])

# %% wrong softmax_cross_entropy_hessian: only the diagonal
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return p[:, :, None] * (1 - p)[:, :, None] * np.eye(z.shape[1])

# %% wrong softmax_cross_entropy_hessian: diagonals without their matrix
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return p * (1 - p)

# %% wrong softmax_cross_entropy_hessian: the outer product alone
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return -p[:, :, None] * p[:, None, :]

# %% wrong softmax_cross_entropy_hessian: the identity instead of diag(p)
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]

# %% wrong softmax_cross_entropy_hessian: averaged over the examples
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return (p[:, :, None] * np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]).mean(axis=0)

# %% wrong softmax_cross_entropy_hessian: exp overflows
def softmax_cross_entropy_hessian(z):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return p[:, :, None] * np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]

# %% wrong softmax_cross_entropy_hessian: one maximum for the whole array
def softmax_cross_entropy_hessian(z):
    p = np.exp(z - z.max())
    p /= p.sum(axis=1, keepdims=True)
    return p[:, :, None] * np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]

# %% wrong softmax_cross_entropy_hessian: divided by N
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return (p[:, :, None] * np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]) / len(z)

# %% wrong softmax_cross_entropy_hessian: one matrix for the whole batch
def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return np.diag(p.ravel()) - np.outer(p, p)

# %% lives softmax_cross_entropy_hessian: -1 -> 1
# z has two axes, so axis 1 is the last.

# %% lives softmax_cross_entropy_hessian: -1 -> 1 #2
# z has two axes, so axis 1 is the last.

# %% right CrossEntropyFunction
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return F.cross_entropy(z, y, reduction="none")
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return (z.softmax(1) - F.one_hot(y, z.shape[1])) * g.unsqueeze(1), None

# %% right CrossEntropyFunction
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(z, y):
        return z.logsumexp(1) - z.gather(1, y[:, None]).squeeze(1)
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        p = torch.softmax(z, dim=1)
        p[torch.arange(len(y)), y] -= 1
        return g[:, None] * p, None

# %% right CrossEntropyFunction
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        z = z.float()
        ctx.p, ctx.y = z.softmax(1), y
        return torch.stack([row.logsumexp(0) - row[k] for row, k in zip(z, y)])
    @staticmethod
    def backward(ctx, g):
        rows = []
        for p, k, w in zip(ctx.p, ctx.y, g):
            p = p.clone()
            p[k] -= 1
            rows.append(w * p)
        return torch.stack(rows), None

# %% right CrossEntropyFunction
class Base(torch.autograd.Function):
    @staticmethod
    def backward(ctx, g):
        p, hot = ctx.saved_tensors
        return torch.einsum("n,nk->nk", g, p - hot), None
class CrossEntropyFunction(Base):
    @staticmethod
    def forward(ctx, z, y):
        lp = z - torch.logsumexp(z, dim=1, keepdim=True)
        ctx.save_for_backward(lp.exp(), F.one_hot(y, z.shape[1]).to(z.dtype))
        return F.nll_loss(lp, y, reduction="none")

# %% wrong CrossEntropyFunction
def CrossEntropyFunction(z, y):
    return F.cross_entropy(z, y, reduction="none")

# %% wrong CrossEntropyFunction: grad_output is ignored
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return F.cross_entropy(z, y, reduction="none")
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return z.softmax(1) - F.one_hot(y, z.shape[1]), None

# %% wrong CrossEntropyFunction: one loss for the whole batch
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return F.cross_entropy(z, y)
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return g * (z.softmax(1) - F.one_hot(y, z.shape[1])) / len(y), None

# %% wrong CrossEntropyFunction: the sign is flipped
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return F.cross_entropy(z, y, reduction="none")
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return (F.one_hot(y, z.shape[1]) - z.softmax(1)) * g[:, None], None

# %% wrong CrossEntropyFunction: softmax first, then log
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return -torch.log(z.softmax(1))[torch.arange(len(y)), y]
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return (z.softmax(1) - F.one_hot(y, z.shape[1])) * g[:, None], None

# %% wrong CrossEntropyFunction: 0 · inf is nan
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return -(F.one_hot(y, z.shape[1]) * z.log_softmax(1)).sum(1)
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return (z.softmax(1) - F.one_hot(y, z.shape[1])) * g[:, None], None

# %% wrong CrossEntropyFunction
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        return torch.tensor(0.0).numpy()
    @staticmethod
    def backward(ctx, g):
        return g, None

# %% wrong CrossEntropyFunction: the truth is not subtracted
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return F.cross_entropy(z, y, reduction="none")
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return z.softmax(1) * g[:, None], None

# %% wrong CrossEntropyFunction
class CrossEntropyFunction(torch.nn.Module):
    @staticmethod
    def apply(z, y):
        return F.cross_entropy(z, y, reduction="none")

# %% wrong CrossEntropyFunction: the minus is missing
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return -F.cross_entropy(z, y, reduction="none")
    @staticmethod
    def backward(ctx, g):
        z, y = ctx.saved_tensors
        return (z.softmax(1) - F.one_hot(y, z.shape[1])) * g[:, None], None

# %% lives CrossEntropyFunction: -1 -> 1
# z has two axes, so axis 1 is the last.


# %% wrong numerical_gradient: the step shrinks with x
def numerical_gradient(f, x):
    x = np.array(x, float); g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        h = 1e-5 * abs(x[i]); a = x.copy(); b = x.copy(); a[i] += h; b[i] -= h
        g[i] = (f(a) - f(b)) / (2 * h)
    return g


# %% wrong numerical_gradient: forward differences with a tiny step
def numerical_gradient(f, x):
    x = np.array(x, float); g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        a = x.copy(); a[i] += 1e-7
        g[i] = (f(a) - f(x)) / 1e-7
    return g


# %% wrong softmax_cross_entropy_hessian: p (1 - p) everywhere
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - np.max(z, 1, keepdims=True)); p = e / e.sum(1, keepdims=True)
    return p[:, :, None] * (1 - p[:, None, :])


# %% wrong CrossEntropyFunction: one number made of grad_output
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        log_p = torch.log_softmax(z, -1)
        ctx.save_for_backward(log_p, y)
        return -log_p[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, grad_output):
        log_p, y = ctx.saved_tensors
        g = log_p.exp()
        g[torch.arange(len(y)), y] -= 1
        return g * grad_output.mean(), None


# %% wrong CrossEntropyFunction: one number made of grad_output
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        p = torch.softmax(z, -1)
        ctx.save_for_backward(p, y)
        return torch.logsumexp(z, -1) - z[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, grad_output):
        p, y = ctx.saved_tensors
        one_hot = torch.zeros_like(p).scatter_(1, y[:, None], 1.0)
        return (p - one_hot) * grad_output.sum(), None


# %% hint softmax_jacobian
def softmax_jacobian(z):
    p = np.exp(z - z.max())
    p = p / p.sum()
    return np.diag(p) - np.outer(p, p)  # hint


# %% hint softmax_cross_entropy_grad
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_grad(z, y):
    p = softmax(z)  # hint
    p[np.arange(len(y)), y] -= 1  # hint
    return p


# %% hint numerical_gradient
def numerical_gradient(f, x):
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape): step = np.zeros(x.shape); step[index] = 1e-5; grad[index] = (f(x + step) - f(x - step)) / 2e-5  # hint
    return grad


# %% hint CrossEntropyFunction
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        log_p = torch.log_softmax(z, dim=-1); ctx.save_for_backward(log_p, y); return -log_p[torch.arange(len(y)), y]  # hint

    @staticmethod
    def backward(ctx, grad_output):
        log_p, y = ctx.saved_tensors; grad = log_p.exp(); grad[torch.arange(len(y)), y] -= 1; return grad * grad_output[:, None], None  # hint


# %% hint linear_layer_grads
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    G /= len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T  # hint


# %% hint softmax_cross_entropy_hessian
def softmax_cross_entropy_hessian(z):
    K = z.shape[1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p[:, :, None] * np.eye(K) - p[:, :, None] * p[:, None, :]  # hint


# %% wrong softmax_jacobian: no diagonal term
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return -p[:, None] * p


# %% wrong softmax_jacobian: the derivatives of log softmax, transposed
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return np.eye(len(p)) - p[:, None]


# %% wrong softmax_jacobian: logits for probabilities
def softmax_jacobian(z):
    return np.diag(z) - z[:, None] * z[None, :]


# %% wrong softmax_jacobian: the sigmoid's derivative
def softmax_jacobian(z):
    s = 1 / (1 + np.exp(-z))
    return np.diag(s * (1 - s))


# %% wrong softmax_cross_entropy_grad: softmax over the whole array
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max())
    p = e / e.sum()
    p[np.arange(len(y)), y] -= 1
    return p


# %% wrong softmax_cross_entropy_grad: only the true class
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    g = np.zeros(z.shape)
    rows = np.arange(len(y))
    g[rows, y] = p[rows, y] - 1
    return g


# %% wrong softmax_cross_entropy_grad: the gradient of the squared error
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = 2 * (p - np.eye(z.shape[1])[y])
    return p * (d - (d * p).sum(axis=1, keepdims=True))


# %% wrong softmax_cross_entropy_grad: summed over the examples
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p - np.eye(z.shape[1])[y]).sum(axis=0)


# %% wrong softmax_cross_entropy_grad: keepdims is missing
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1) - np.eye(z.shape[1])[y]


# %% wrong softmax_cross_entropy_grad: labels counted from 1
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y - 1] -= 1
    return p


# %% wrong softmax_cross_entropy_grad: with respect to the probabilities
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    g = np.zeros(z.shape)
    rows = np.arange(len(y))
    g[rows, y] = -1 / p[rows, y]
    return g


# %% wrong softmax_cross_entropy_grad: log-probabilities for probabilities
def softmax_cross_entropy_grad(z, y):
    d = z - z.max(axis=1, keepdims=True)
    g = d - np.log(np.exp(d).sum(axis=1, keepdims=True))
    g[np.arange(len(y)), y] -= 1
    return g


# %% wrong softmax_cross_entropy_grad: one sigmoid for each logit
def softmax_cross_entropy_grad(z, y):
    return 1 / (1 + np.exp(-z)) - np.eye(z.shape[1])[y]


# %% wrong numerical_gradient: divided by 2h, but moved by h
def numerical_gradient(f, x):
    g, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        g[i] = (f(x + e) - f(x)) / (2 * h)
    return g


# %% wrong numerical_gradient: entries are not moved back
def numerical_gradient(f, x):
    x, g, h = x.astype(float), np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        g[i] = (up - f(x)) / (2 * h)
    return g


# %% wrong numerical_gradient: rows instead of entries
def numerical_gradient(f, x):
    g, h = [], 1e-5
    for i in range(x.shape[0]):
        up, down = x.astype(float), x.astype(float)
        up[i] += h
        down[i] -= h
        g.append((f(up) - f(down)) / (2 * h))
    return np.array(g)


# %% wrong numerical_gradient: the sign is flipped
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1e-5
        g[i] = (f(x - e) - f(x + e)) / 2e-5
    return g


# %% wrong numerical_gradient: the difference is not divided
def numerical_gradient(f, x):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1e-5
        g[i] = f(x + e) - f(x - e)
    return g


# %% wrong linear_layer_grads: divided by N twice
def _G(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    return G / len(y)

def linear_layer_grads(X, W, b, y):
    G = _G(X, W, b, y)
    return X.T @ G / len(y), G.mean(axis=0), G @ W.T


# %% wrong linear_layer_grads: divided by N K
def _G(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    return G / G.size

def linear_layer_grads(X, W, b, y):
    G = _G(X, W, b, y)
    return X.T @ G, G.sum(axis=0), G @ W.T


# %% wrong linear_layer_grads: one db for each example
def _G(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    return G / len(y)

def linear_layer_grads(X, W, b, y):
    G = _G(X, W, b, y)
    return X.T @ G, G, G @ W.T


# %% wrong linear_layer_grads: dX stops at the logits
def _G(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    return G / len(y)

def linear_layer_grads(X, W, b, y):
    G = _G(X, W, b, y)
    return X.T @ G, G.sum(axis=0), G


# %% wrong linear_layer_grads: softmax over the examples
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=0))
    G = e / e.sum(axis=0)
    G[np.arange(len(y)), y] -= 1
    G /= len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T


# %% wrong linear_layer_grads: the order of the three
def _G(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    return G / len(y)

def linear_layer_grads(X, W, b, y):
    G = _G(X, W, b, y)
    return G @ W.T, X.T @ G, G.sum(axis=0)


# %% wrong linear_layer_grads: db summed over everything
def _G(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True)
    G[np.arange(len(y)), y] -= 1
    return G / len(y)

def linear_layer_grads(X, W, b, y):
    G = _G(X, W, b, y)
    return X.T @ G, G.sum(), G @ W.T


# %% wrong linear_layer_grads: the truth is not subtracted
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    G = e / e.sum(axis=1, keepdims=True) / len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T


# %% wrong linear_layer_grads: no softmax
def linear_layer_grads(X, W, b, y):
    G = (X @ W + b - np.eye(W.shape[1])[y]) / len(y)
    return X.T @ G, G.sum(axis=0), G @ W.T


# %% wrong softmax_cross_entropy_hessian: summed over the examples
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return sum(np.diag(row) - np.outer(row, row) for row in p)


# %% wrong softmax_cross_entropy_hessian: softmax over the examples
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    return np.array([np.diag(row) - np.outer(row, row) for row in p])


# %% wrong softmax_cross_entropy_hessian: plus beside the diagonal
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p[:, :, None] * (np.eye(z.shape[1]) + p[:, None, :])


# %% wrong CrossEntropyFunction: grad_output along the wrong axis
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        log_p = torch.log_softmax(z, -1)
        ctx.save_for_backward(log_p, y)
        return -log_p[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, grad_output):
        log_p, y = ctx.saved_tensors
        g = log_p.exp()
        g[torch.arange(len(y)), y] -= 1
        return grad_output * g, None


# %% wrong CrossEntropyFunction: the gradient is divided by N
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        log_p = torch.log_softmax(z, -1)
        ctx.save_for_backward(log_p, y)
        return -log_p[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, grad_output):
        log_p, y = ctx.saved_tensors
        g = log_p.exp()
        g[torch.arange(len(y)), y] -= 1
        return g * grad_output[:, None] / len(y), None


# %% wrong CrossEntropyFunction: exp overflows
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        p = torch.exp(z) / torch.exp(z).sum(dim=1, keepdim=True)
        ctx.save_for_backward(p, y)
        return -torch.log(p[torch.arange(len(y)), y])

    @staticmethod
    def backward(ctx, grad_output):
        p, y = ctx.saved_tensors
        g = p.clone()
        g[torch.arange(len(y)), y] -= 1
        return g * grad_output[:, None], None


# %% wrong CrossEntropyFunction: softmax over the examples
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        log_p = torch.log_softmax(z, 0)
        ctx.save_for_backward(log_p, y)
        return -log_p[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, grad_output):
        log_p, y = ctx.saved_tensors
        g = log_p.exp()
        g[torch.arange(len(y)), y] -= 1
        return g * grad_output[:, None], None


# %% wrong softmax_cross_entropy_grad: twice the right answer
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]
    return 2 * g


# %% wrong softmax_cross_entropy_grad: half the right answer
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]
    return g / 2


# %% wrong softmax_cross_entropy_grad: times the number of examples
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]
    return g * len(z)


# %% wrong softmax_cross_entropy_grad: divided by the number of classes
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]
    return g / z.shape[1]


# %% wrong softmax_cross_entropy_grad: times the number of classes
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]
    return g * z.shape[1]


# %% wrong softmax_jacobian: the mean of the right answers
def softmax_jacobian(z):
    p = np.exp(z - z.max())
    p /= p.sum()
    J = np.diag(p) - np.outer(p, p)
    return J.mean()


# %% wrong softmax_cross_entropy_grad: rows and columns exchanged
def softmax_cross_entropy_grad(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]
    return g.T


# %% wrong softmax_jacobian: without their signs
def softmax_jacobian(z):
    p = np.exp(z - z.max())
    p /= p.sum()
    J = np.diag(p) - np.outer(p, p)
    return np.abs(J)


# %% wrong softmax_cross_entropy_hessian: without their signs
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    H = p[:, :, None] * (np.eye(z.shape[1]) - p[:, None, :])
    return abs(H)


# %% wrong softmax_cross_entropy_hessian: the squared error's
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    J = p[:, :, None] * (np.eye(z.shape[1]) - p[:, None, :])
    return J @ J.transpose(0, 2, 1)


# %% wrong softmax_cross_entropy_hessian: the gradient's probabilities
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

# %% right softmax_jacobian
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_jacobian(z):
    p = softmax(z)
    J = -p[:, None] * p
    J.flat[:: len(p) + 1] += p
    return J.tolist()

# %% wrong softmax_cross_entropy_grad: the slope of a sigmoid left in
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_grad(z, y):
    p = softmax(z)
    return (p - np.eye(z.shape[1])[y]) * p * (1 - p)

# %% wrong softmax_cross_entropy_grad: whole numbers cut the answer off
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_grad(z, y):
    g = np.zeros_like(z)
    for n in range(len(z)):
        g[n] = softmax(z[n])
        g[n, y[n]] -= 1
    return g

# %% wrong softmax_cross_entropy_grad: divided by N K
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_grad(z, y):
    p = softmax(z)
    p[np.arange(len(y)), y] -= 1
    return p / p.size

# %% right softmax_cross_entropy_grad
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_grad(z, y):
    p = softmax(z)
    np.subtract.at(p, (np.arange(len(y)), y), 1)
    return p

# %% wrong numerical_gradient: whole numbers cannot move by 1e-5
def numerical_gradient(f, x):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        a, b = x.copy(), x.copy()
        a[i] += 1e-5
        b[i] -= 1e-5
        g[i] = (f(a) - f(b)) / 2e-5
    return g

# %% wrong numerical_gradient: rows instead of entries
def numerical_gradient(f, x):
    x = x.astype(float)
    g, h = np.zeros(x.shape), 1e-5
    for i in range(len(x)):
        a, b = x.copy(), x.copy()
        a[i] += h
        b[i] -= h
        g[i] = (f(a) - f(b)) / (2 * h)
    return g

# %% right numerical_gradient
def numerical_gradient(f, x):
    work = x.astype(float)
    g = np.empty(work.shape)
    with np.nditer(work, flags=["multi_index"], op_flags=["readwrite"]) as it:
        for entry in it:
            was = float(entry)
            entry[...] = was + 5e-6
            up = f(work.copy())
            entry[...] = was - 5e-6
            g[it.multi_index] = (up - f(work.copy())) / 1e-5
            entry[...] = was
    return g

# %% right linear_layer_grads
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def linear_layer_grads(X, W, b, y):
    E = (softmax(X.dot(W) + b) - (y[:, None] == np.arange(W.shape[1]))) / X.shape[0]
    return np.einsum("nd,nk->dk", X, E), np.ones(len(E)) @ E, np.einsum("nk,dk->nd", E, W)

# %% wrong softmax_cross_entropy_hessian: the outer product alone
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_hessian(z):
    p = softmax(z)
    return p[:, :, None] * p[:, None, :]

# %% right softmax_cross_entropy_hessian
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def softmax_cross_entropy_hessian(z):
    H = []
    for row in softmax(z).tolist():
        H.append([[a * ((i == j) - b) for j, b in enumerate(row)] for i, a in enumerate(row)])
    return H

# %% wrong CrossEntropyFunction: exp overflows in backward
class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return torch.logsumexp(z, 1) - z[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, grad_output):
        z, y = ctx.saved_tensors
        g = torch.exp(z) / torch.exp(z).sum(1, keepdim=True)
        g[torch.arange(len(y)), y] -= 1
        return grad_output[:, None] * g, None

# %% right CrossEntropyFunction
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(z, y):
        return torch.stack([torch.logsumexp(r, 0) - r[k] for r, k in zip(z, y)])

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, up):
        z, y = ctx.saved_tensors
        rows = [u * (r.softmax(0) - torch.eye(len(r), dtype=r.dtype)[k]) for u, r, k in zip(up, z, y)]
        return torch.stack(rows), None

# %% wrong softmax_cross_entropy_hessian: examples multiplied with examples
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p.T @ p

# %% wrong softmax_cross_entropy_hessian: examples multiplied with examples
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.einsum("ik,jk->ij", p, p)

# %% wrong softmax_cross_entropy_hessian: averaged over the examples
def softmax_cross_entropy_hessian(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.diag(p.mean(axis=0)) - p.T @ p / len(z)

# %% right softmax_jacobian
def softmax_jacobian(z):
    e = np.exp(z - np.max(z))
    p = e / e.sum()
    return np.array([[p[i] * ((i == j) - p[j]) for j in range(len(p))] for i in range(len(p))])

# %% right softmax_jacobian
def softmax_jacobian(z):
    p = np.exp(z - np.logaddexp.reduce(z))
    J = -np.outer(p, p)
    J[np.diag_indices(len(p))] += p
    return J

# %% wrong softmax_jacobian: exp overflows
def softmax_jacobian(z):
    e = np.exp(z)
    p = e / e.sum()
    return np.diag(p) - np.outer(p, p)

# %% wrong softmax_jacobian: a number
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return np.diag(p) - p @ p.T

# %% wrong softmax_jacobian: a vector
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return p * (1 - p)

# %% wrong softmax_jacobian: only the diagonal
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return np.diag(p * (1 - p))

# %% wrong softmax_jacobian: the sign is flipped
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return np.outer(p, p) - np.diag(p)

# %% wrong softmax_jacobian: p[i] (1 - p[j]) everywhere
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    return np.outer(p, 1 - p)

# %% wrong softmax_jacobian
def softmax_jacobian(z):
    f = lambda v: np.exp(v - v.max()) / np.exp(v - v.max()).sum()
    h = 1e-6
    return np.array([(f(z + h * e) - f(z)) / h for e in np.eye(len(z))])

# %% wrong softmax_jacobian: without their signs
def softmax_jacobian(z):
    e = np.exp(z - z.max())
    p = e / e.sum()
    J = np.zeros((len(p), len(p)))
    for i in range(len(p)):
        for j in range(len(p)):
            J[i, j] = p[i] * (1 - p[i]) if i == j else p[i] * p[j]
    return J

# %% right numerical_gradient
def numerical_gradient(f, x):
    x = np.array(x, dtype=float)
    g = np.empty_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        d = np.zeros_like(x)
        d[i] = 1e-5
        g[i] = (f(x + d) - f(x - d)) / 2e-5
    return g

# %% right numerical_gradient
def numerical_gradient(f, x):
    def at(k, h):
        v = np.asarray(x, dtype=float).copy().ravel()
        v[k] += h
        return f(v.reshape(np.shape(x)))
    h = 1e-3
    g = [(8 * (at(k, h) - at(k, -h)) - (at(k, 2 * h) - at(k, -2 * h))) / (12 * h) for k in range(np.size(x))]
    return np.array(g).reshape(np.shape(x))

# %% wrong numerical_gradient: the answer is cut off to whole numbers
def numerical_gradient(f, x):
    g = np.zeros_like(x)
    for i in range(x.size):
        d = np.zeros(x.size)
        d[i] = 1e-5
        g.flat[i] = (f(x + d.reshape(x.shape)) - f(x - d.reshape(x.shape))) / 2e-5
    return g

# %% wrong numerical_gradient: divided by h instead of 2h
def numerical_gradient(f, x):
    g, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(x.shape):
        d = np.zeros(x.shape)
        d[i] = h
        g[i] = (f(x + d) - f(x - d)) / h
    return g

# %% wrong numerical_gradient: the step is too small
def numerical_gradient(f, x):
    g, h = np.zeros(x.shape), 1e-12
    for i in np.ndindex(x.shape):
        d = np.zeros(x.shape)
        d[i] = h
        g[i] = (f(x + d) - f(x - d)) / (2 * h)
    return g

# %% wrong numerical_gradient: the step is too large
def numerical_gradient(f, x):
    g, h = np.zeros(x.shape), 0.1
    for i in np.ndindex(x.shape):
        d = np.zeros(x.shape)
        d[i] = h
        g[i] = (f(x + d) - f(x - d)) / (2 * h)
    return g

# %% wrong numerical_gradient: f gets a flat array
def numerical_gradient(f, x):
    v = x.astype(float).ravel()
    g = []
    for i in range(v.size):
        d = np.zeros(v.size)
        d[i] = 1e-5
        g.append((f(v + d) - f(v - d)) / 2e-5)
    return np.array(g).reshape(x.shape)

# %% wrong numerical_gradient: written for one axis
def numerical_gradient(f, x):
    g = np.zeros(len(x))
    for i in range(len(x)):
        d = np.zeros(len(x))
        d[i] = 1e-5
        g[i] = (f(x + d) - f(x - d)) / 2e-5
    return g

# %% right linear_layer_grads
def linear_layer_grads(X, W, b, y):
    N, D = X.shape
    K = len(b)
    dW, db, dX = np.zeros((D, K)), np.zeros(K), np.zeros((N, D))
    for n in range(N):
        z = X[n] @ W + b
        g = np.exp(z - z.max())
        g = g / g.sum()
        g[y[n]] -= 1
        g = g / N
        dW += np.outer(X[n], g)
        db += g
        dX[n] = W @ g
    return dW, db, dX

# %% right linear_layer_grads
def linear_layer_grads(X, W, b, y):
    z = np.einsum("nd,dk->nk", X, W) + b
    p = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
    g = (p - (y[:, None] == np.arange(len(b)))) / len(y)
    return [np.einsum("nd,nk->dk", X, g), np.einsum("nk->k", g), np.einsum("nk,dk->nd", g, W)]

# %% wrong linear_layer_grads: the sum instead of the mean
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]
    return X.T @ g, g.sum(axis=0), g @ W.T

# %% wrong linear_layer_grads: db is the mean
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]) / len(y)
    return X.T @ g, g.mean(axis=0), g @ W.T

# %% wrong linear_layer_grads: dW is transposed
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]) / len(y)
    return g.T @ X, g.sum(axis=0), g @ W.T

# %% wrong linear_layer_grads: the bias is left out of the logits
def linear_layer_grads(X, W, b, y):
    z = X @ W
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]) / len(y)
    return X.T @ g, g.sum(axis=0), g @ W.T

# %% wrong linear_layer_grads: the signs are flipped
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (np.eye(len(b))[y] - e / e.sum(axis=1, keepdims=True)) / len(y)
    return X.T @ g, g.sum(axis=0), g @ W.T

# %% wrong linear_layer_grads: db is summed over the classes
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]) / len(y)
    return X.T @ g, g.sum(axis=1), g @ W.T

# %% wrong linear_layer_grads: only two of the three
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]) / len(y)
    return X.T @ g, g.sum(axis=0)

# %% wrong linear_layer_grads: one maximum for the whole array
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max())
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b))[y]) / len(y)
    return X.T @ g, g.sum(axis=0), g @ W.T

# %% wrong linear_layer_grads: the truth is not subtracted
def linear_layer_grads(X, W, b, y):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True)) / len(y)
    return X.T @ g, g.sum(axis=0), g @ W.T
