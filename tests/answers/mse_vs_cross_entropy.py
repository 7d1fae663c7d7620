import math
from fractions import Fraction
import numpy as np

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    z, y = (np.asarray(z, float), np.asarray(y, float))
    p = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    return 2 * (p - y) * p * (1 - p)

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):

    @np.vectorize
    def one(a, b):
        p = 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))
        return 2 * (p - b) * (p - p ** 2)
    return one(z, y)

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    out = np.empty(np.shape(z), dtype=float)
    for i in np.ndindex(out.shape):
        p = 0.5 * (1 + math.tanh(z[i] / 2))
        out[i] = 2 * (p - y[i]) * p * (1 - p)
    return out

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    s = 1.0 / (1.0 + np.exp(-np.clip(z, -500, 500)))
    return 2.0 * s * (1 - s) * (s - y)

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p * (1 - p)

# %% wrong mse_sigmoid_grad: half the square
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return (p - y) * p * (1 - p)

# %% wrong mse_sigmoid_grad: half the square
def mse_sigmoid_grad(z, y):
    p = np.exp(z) / (1 + np.exp(z))
    return (p - y) * p * (1 - p)

# %% wrong mse_sigmoid_grad: the gradient of cross-entropy
def mse_sigmoid_grad(z, y):
    return 1 / (1 + np.exp(-z)) - y

# %% wrong mse_sigmoid_grad: stopped at p
def mse_sigmoid_grad(z, y):
    return 2 * (1 / (1 + np.exp(-z)) - y)

# %% wrong mse_sigmoid_grad: y - p
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (y - p) * p * (1 - p)

# %% wrong mse_sigmoid_grad: y - p
def mse_sigmoid_grad(z, y):
    e = np.exp(-z)
    p = 1 / (1 + e)
    return -2 * (p - y) * e / (1 + e) ** 2

# %% wrong mse_sigmoid_grad: divided by N
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p * (1 - p) / len(z)

# %% wrong mse_sigmoid_grad: divided by N
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p * (1 - p) / y.size

# %% wrong mse_sigmoid_grad: the loss itself
def mse_sigmoid_grad(z, y):
    return (1 / (1 + np.exp(-z)) - y) ** 2

# %% wrong mse_sigmoid_grad: exp overflows
def mse_sigmoid_grad(z, y):
    s = np.exp(z) / (np.exp(z) + 1)
    return 2 * (s - y) * s * (1 - s)

# %% wrong mse_sigmoid_grad: exp overflows
def mse_sigmoid_grad(z, y):
    e = np.exp(-z)
    return 2 * (1 / (1 + e) - y) * e / (1 + e) ** 2

# %% wrong mse_sigmoid_grad: exp overflows
def mse_sigmoid_grad(z, y):

    def f(a, b):
        p = 1 / (1 + math.exp(-a))
        return 2 * (p - b) * p * (1 - p)
    return np.vectorize(f)(z, y)

# %% wrong mse_sigmoid_grad: the factor p only
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p

# %% wrong mse_sigmoid_grad: the factor 1 - p only
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * (1 - p)

# %% wrong mse_sigmoid_grad: z (1 - z) for the slope
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * z * (1 - z)

# %% wrong mse_sigmoid_grad: the slope taken at p
def mse_sigmoid_grad(z, y):
    sig = lambda t: 1 / (1 + np.exp(-t))
    dsig = lambda t: sig(t) * (1 - sig(t))
    p = sig(z)
    return 2 * (p - y) * dsig(p)

# %% wrong mse_sigmoid_grad: the mean of the right answers
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return (2 * (p - y) * p * (1 - p)).mean()

# %% wrong mse_sigmoid_grad: targets taken for 0 or 1
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return np.where(y == 1, 2 * (p - 1) * p * (1 - p), 2 * p * p * (1 - p))

# %% wrong mse_sigmoid_grad: the error of the logit
def mse_sigmoid_grad(z, y):
    return 2 * (z - y)

# %% wrong mse_sigmoid_grad: targets taken for 0 or 1
def mse_sigmoid_grad(z, y):
    y = (y > 0.5).astype(float)
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p * (1 - p)

# %% wrong mse_sigmoid_grad: whole numbers cut the answer off
def mse_sigmoid_grad(z, y):
    out = np.zeros_like(z)
    for i in range(len(z)):
        p = 1 / (1 + np.exp(-z[i]))
        out[i] = 2 * (p - y[i]) * p * (1 - p)
    return out

# %% wrong mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    h = 1e-05
    f = lambda t: (1 / (1 + np.exp(-t)) - y) ** 2
    return (f(z + h) - f(z)) / h

# %% wrong mse_sigmoid_grad: the probability is cut off
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-np.clip(z, -20, 20)))
    return 2 * (p - y) * p * (1 - p)

# %% wrong mse_sigmoid_grad: the probability is cut off
def mse_sigmoid_grad(z, y):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-07, 1 - 1e-07)
    return 2 * (p - y) * p * (1 - p)

# %% wrong mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    p = np.where(z > 10, 1.0, 1 / (1 + np.exp(-z)))
    return 2 * (p - y) * p * (1 - p)

# %% right steps_to_half
def steps_to_half(loss, z0, learning_rate):
    p = 1 / (1 + math.exp(-z0))
    n = 0
    z = z0
    while p < 0.5:
        g = p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p)
        z -= learning_rate * g
        p = 1 / (1 + math.exp(-z))
        n += 1
    return n

# %% right steps_to_half
def steps_to_half(loss, z0, learning_rate):
    grad = {'bce': lambda p: p - 1, 'mse': lambda p: -2 * p * (1 - p) ** 2}[loss]
    z = np.array(z0, dtype=float)
    for k in range(10 ** 6):
        if z >= 0:
            return k
        z = z - learning_rate * grad(1 / (1 + np.exp(-z)))

# %% right steps_to_half
def steps_to_half(loss, z0, learning_rate):
    trail = [z0]
    while trail[-1] < 0:
        p = 1 / (1 + np.exp(-trail[-1]))
        trail.append(trail[-1] + learning_rate * (1 - p) * (2 * p * (1 - p) if loss == 'mse' else 1))
    return float(len(trail) - 1)

# %% right steps_to_half
def steps_to_half(loss, z0, learning_rate):
    import itertools
    z = z0
    for n in itertools.count():
        p = np.exp(z) / (1 + np.exp(z))
        if p >= 0.5:
            return n
        dp = 2 * (p - 1) if loss == 'mse' else -1 / p
        z -= learning_rate * dp * p * (1 - p)

# %% wrong steps_to_half: one too many
def steps_to_half(loss, z0, learning_rate):
    z, steps = (z0, 1)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
        steps += 1
    return steps

# %% wrong steps_to_half: a step before the first look
def steps_to_half(loss, z0, learning_rate):
    z, steps = (z0, 0)
    while True:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
        steps += 1
        if z >= 0:
            return steps

# %% wrong steps_to_half: above instead of at least
def steps_to_half(loss, z0, learning_rate):
    z, steps = (z0, 0)
    while 1 / (1 + np.exp(-z)) <= 0.5:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
        steps += 1
    return steps

# %% wrong steps_to_half: half the square
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        g = p - 1
        if loss == 'mse':
            g *= p * (1 - p)
        z -= learning_rate * g
        n += 1
    return n

# %% wrong steps_to_half: cross-entropy for both
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0:
        z -= learning_rate * (1 / (1 + np.exp(-z)) - 1)
        n += 1
    return n

# %% wrong steps_to_half: the two losses exchanged
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'mse' else 2 * (p - 1) * p * (1 - p))
        n += 1
    return n

# %% wrong steps_to_half: the learning rate forgotten
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        z -= p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p)
        n += 1
    return n

# %% wrong steps_to_half: stopped at p
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1))
        n += 1
    return n

# %% wrong steps_to_half: descent on the probability
def steps_to_half(loss, z0, learning_rate):
    p = 1 / (1 + np.exp(-z0))
    n = 0
    while p < 0.5:
        p -= learning_rate * (-1 / p if loss == 'bce' else 2 * (p - 1))
        n += 1
    return n

# %% wrong steps_to_half: until z = 0.5
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0.5:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
        n += 1
    return n

# %% wrong steps_to_half: at the first step's speed
def steps_to_half(loss, z0, learning_rate):
    p = 1 / (1 + np.exp(-z0))
    g = p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p)
    return max(0, math.ceil(z0 / (learning_rate * g)))

# %% wrong steps_to_half: stopped counting
def steps_to_half(loss, z0, learning_rate):
    z = z0
    for n in range(10000):
        if z >= 0:
            return n
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
    return 10000

# %% wrong steps_to_half: stopped counting
def steps_to_half(loss, z0, learning_rate):
    z = z0
    for n in range(1000):
        if z >= 0:
            return n
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
    return 1000

# %% wrong steps_to_half
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while z < 0:
        p = 1 / (1 + np.exp(-z))
        z += learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
        n += 1
        if n > 20000:
            return n
    return n

# %% wrong steps_to_half
def steps_to_half(loss, z0, learning_rate):
    z, n = (z0, 0)
    while abs(z) > 0.001:
        p = 1 / (1 + np.exp(-z))
        z -= learning_rate * (p - 1 if loss == 'bce' else 2 * (p - 1) * p * (1 - p))
        n += 1
        if n > 20000:
            return n
    return n

# %% right brier_score
def brier_score(p, y):
    q = np.array(p, dtype=float)
    q[np.arange(len(q)), y] -= 1
    return np.einsum('nk,nk->n', q, q)

# %% right brier_score
def brier_score(p, y):
    return np.array([sum(((v - (1 if k == int(t) else 0)) ** 2 for k, v in enumerate(row))) for row, t in zip(p, y)])

# %% right brier_score
def brier_score(p, y):
    t = np.zeros(p.shape)
    t[range(len(y)), y] = 1
    return np.linalg.norm(p - t, axis=1) ** 2

# %% right brier_score
def brier_score(p, y):
    p = np.asarray(p, np.float32)
    hot = np.arange(p.shape[-1])[None, :] == np.asarray(y)[:, None]
    return np.sum(np.square(p - hot), -1, dtype=np.float32)

# %% wrong brier_score: the mean over the classes
def brier_score(p, y):
    return ((p - np.eye(p.shape[1])[y]) ** 2).mean(axis=1)

# %% wrong brier_score: half of it
def brier_score(p, y):
    return 0.5 * ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)

# %% wrong brier_score: the true class only
def brier_score(p, y):
    return (1 - p[np.arange(len(y)), y]) ** 2

# %% wrong brier_score: the mean over the examples
def brier_score(p, y):
    return ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1).mean()

# %% wrong brier_score: one number for all
def brier_score(p, y):
    return ((p - np.eye(p.shape[1])[y]) ** 2).mean()

# %% wrong brier_score: one number for all
def brier_score(p, y):
    return ((p - np.eye(p.shape[1])[y]) ** 2).sum()

# %% wrong brier_score: absolute values
def brier_score(p, y):
    return np.abs(p - np.eye(p.shape[1])[y]).sum(axis=1)

# %% wrong brier_score: the square root
def brier_score(p, y):
    return np.linalg.norm(p - np.eye(p.shape[1])[y], axis=1)

# %% wrong brier_score: the label as a number
def brier_score(p, y):
    return ((p - y.reshape(-1, 1)) ** 2).sum(1)

# %% wrong brier_score: cross-entropy
def brier_score(p, y):
    return np.array([-np.log(r[k]) for r, k in zip(p, y)])

# %% wrong brier_score: summed over the examples
def brier_score(p, y):
    return ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=0)

# %% wrong brier_score: one-hot rows of the wrong length
def brier_score(p, y):
    return ((p - np.eye(len(y))[y]) ** 2).sum(axis=1)

# %% wrong brier_score: summed before squaring
def brier_score(p, y):
    return (p - np.eye(p.shape[1])[y]).sum(axis=1) ** 2

# %% wrong brier_score: one-hot rows of the wrong length
def brier_score(p, y):
    return ((p - np.eye(y.max() + 1)[y]) ** 2).sum(axis=1)

# %% wrong brier_score: softmax once more
def brier_score(p, y):
    s = np.exp(p) / np.exp(p).sum(1, keepdims=True)
    return ((s - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)

# %% wrong brier_score: the input is changed
def brier_score(p, y):
    p[np.arange(len(y)), y] -= 1
    return (p ** 2).sum(1)

# %% wrong brier_score: not summed over the classes
def brier_score(p, y):
    return (p - np.eye(p.shape[1])[y]) ** 2

# %% wrong brier_score: as if there were two classes
def brier_score(p, y):
    return np.array([(p[i, y[i]] - 1) ** 2 + (1 - p[i, y[i]]) ** 2 for i in range(len(y))])

# %% wrong brier_score: one minus the right answer
def brier_score(p, y):
    return 1 - ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)

# %% right hinge_loss
def hinge_loss(margin):
    m = np.array(margin, dtype=float)
    out = 1 - m
    out[out < 0] = 0
    return out

# %% right hinge_loss
def hinge_loss(margin):
    return (1 - margin) * (margin < 1)

# %% right hinge_loss
def hinge_loss(margin):
    return np.vectorize(lambda m: max(0.0, 1.0 - m), otypes=[float])(margin)

# %% right hinge_loss
def hinge_loss(margin):
    return np.clip(1 - np.asarray(margin), 0, None)

# %% right hinge_loss
def hinge_loss(margin):
    return (1 - margin + abs(1 - margin)) / 2

# %% wrong hinge_loss: the perceptron's loss
def hinge_loss(margin):
    return np.maximum(0, -margin)

# %% wrong hinge_loss: the line goes on
def hinge_loss(margin):
    return 1 - margin

# %% wrong hinge_loss: squared hinge
def hinge_loss(margin):
    return np.maximum(0, 1 - margin) ** 2

# %% wrong hinge_loss: absolute value
def hinge_loss(margin):
    return abs(1 - margin)

# %% wrong hinge_loss: the margin's sign is flipped
def hinge_loss(margin):
    return np.where(margin > -1, 1 + margin, 0)

# %% wrong hinge_loss: cut off above
def hinge_loss(margin):
    return np.clip(1 - margin, 0, 1)

# %% wrong hinge_loss: cut off above
def hinge_loss(margin):
    return np.minimum(1, np.maximum(0, 1 - margin))

# %% wrong hinge_loss: errors counted
def hinge_loss(margin):
    return np.where(margin < 0, 1.0, 0.0)

# %% wrong hinge_loss: errors counted
def hinge_loss(margin):
    return (margin <= 0) * 1

# %% wrong hinge_loss: a smooth hinge
def hinge_loss(margin):
    return np.log(1 + np.exp(-margin))

# %% wrong hinge_loss: a smooth hinge
def hinge_loss(margin):
    return np.log1p(np.exp(1 - margin))

# %% wrong hinge_loss: the mean
def hinge_loss(margin):
    return np.mean(np.maximum(0, 1 - margin))

# %% wrong hinge_loss: the sum of the right answers
def hinge_loss(margin):
    return np.sum(np.maximum(0, 1 - margin))

# %% wrong hinge_loss: one number at a time
def hinge_loss(margin):
    return max(0, 1 - margin)

# %% wrong hinge_loss: only where the sign is wrong
def hinge_loss(margin):
    return np.where(margin < 0, 1 - margin, 0)

# %% wrong hinge_loss: the margin itself
def hinge_loss(margin):
    return np.where(margin > 1, 0, margin)

# %% wrong hinge_loss: the input is changed
def hinge_loss(margin):
    margin[margin > 1] = 1
    return 1 - margin

# %% wrong hinge_loss: one number at a time
def hinge_loss(margin):
    out = np.zeros_like(margin)
    for i, m in enumerate(margin):
        out[i] = max(0, 1 - m)
    return out

# %% wrong hinge_loss: the smaller of the two
def hinge_loss(margin):
    return np.minimum(0, 1 - margin)

# %% wrong hinge_loss: squared hinge
def hinge_loss(margin):
    return np.where(margin < 1, 0.5 * (1 - margin) ** 2, 0)

# %% wrong hinge_loss
def hinge_loss(margin):
    return np.where(margin < 1, (1 - margin).astype(int), 0)

# %% right largest_mse_gradient_p
largest_mse_gradient_p = 1 / 3

# %% right largest_mse_gradient_p
largest_mse_gradient_p = 0.3333

# %% right largest_mse_gradient_p
largest_mse_gradient_p = np.float32(1 / 3)

# %% right largest_mse_gradient_p
largest_mse_gradient_p = np.array(0.33333)

# %% right largest_mse_gradient_p
largest_mse_gradient_p = 0.33335

# %% wrong largest_mse_gradient_p: where the sigmoid is steepest
largest_mse_gradient_p = 0.5

# %% wrong largest_mse_gradient_p: at the largest error
largest_mse_gradient_p = 0.0

# %% wrong largest_mse_gradient_p: the minimum
largest_mse_gradient_p = 1.0

# %% wrong largest_mse_gradient_p: the size instead of the place
largest_mse_gradient_p = 8 / 27

# %% wrong largest_mse_gradient_p: the size instead of the place
largest_mse_gradient_p = 0.2963

# %% wrong largest_mse_gradient_p: for the label 0
largest_mse_gradient_p = 2 / 3

# %% wrong largest_mse_gradient_p: for the label 0
largest_mse_gradient_p = 0.6667

# %% wrong largest_mse_gradient_p: the logit instead of the probability
largest_mse_gradient_p = -0.6931

# %% wrong largest_mse_gradient_p: the factor (1 - p) once too often
largest_mse_gradient_p = 0.25

# %% wrong largest_mse_gradient_p: the size instead of the place
largest_mse_gradient_p = 4 / 27

# %% wrong largest_mse_gradient_p
largest_mse_gradient_p = 0.148

# %% wrong largest_mse_gradient_p: in per cent
largest_mse_gradient_p = 33.33

# %% wrong largest_mse_gradient_p: too few decimals
largest_mse_gradient_p = 0.33

# %% wrong largest_mse_gradient_p: too few decimals
largest_mse_gradient_p = 0.334

# %% wrong largest_mse_gradient_p: the size instead of the place
largest_mse_gradient_p = -0.2963

# %% wrong largest_mse_gradient_p: the size instead of the place
largest_mse_gradient_p = 0.2963

# %% lives mse_sigmoid_grad: z >= 0 -> z > 0
# At 0 both branches give 1/2.

# %% lives brier_score: p - target -> target - p
# It is squared.

# %% lives hinge_loss: np.maximum(0, 1 - margin) -> np.maximum(1 - margin, 0)
# The larger of two numbers, in either order.

# %% lives largest_mse_gradient_p: largest_mse_gradient_p = ... -> nothing
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: np.linspace(0, 1, 1000001) -> np.linspace(1, 0, 1000001)
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: 0 -> -1
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: 1000001 -> 1000002
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: 1000001 -> 1000000
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: 2 * (1 - p) -> 1 - p
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: 2 -> 3
# Another grid as fine, or another factor in front: the place of the maximum stays.

# %% lives largest_mse_gradient_p: 2 -> 1
# Another grid as fine, or another factor in front: the place of the maximum stays.


# %% wrong hinge_loss: cut off above
def hinge_loss(margin):
    return np.clip(1 - margin, 0, 2)


# %% hint mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-z))  # hint
    return 2 * (p - y) * p * (1 - p)  # hint


# %% hint brier_score
def brier_score(p, y):
    return ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)  # hint


# %% hint hinge_loss
def hinge_loss(margin):
    return np.maximum(0, 1 - margin)  # hint


# %% hint steps_to_half
def steps_to_half(loss, z0, learning_rate):
    z, steps = z0, 0  # hint
    while z < 0:  # hint
        p = 1 / (1 + np.exp(-z))  # hint: p = 1 / (1 + exp(-z))
        gradient = p - 1 if loss == "bce" else 2 * (p - 1) * p * (1 - p)
        z -= learning_rate * gradient
        steps += 1  # hint
    return steps


# %% wrong hinge_loss: twice the right answer
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return loss + loss


# %% wrong hinge_loss: half the right answer
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return 0.5 * loss


# %% wrong hinge_loss: divided by the number of examples
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return loss / len(margin)


# %% wrong brier_score: times the number of examples
def brier_score(p, y):
    loss = ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)
    return loss * len(p)


# %% wrong hinge_loss: an axis too many
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return loss[..., np.newaxis]


# %% wrong brier_score: an axis too many
def brier_score(p, y):
    loss = ((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1)
    return loss[:, None]


# %% wrong hinge_loss: one too large
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return loss + 1


# %% wrong hinge_loss: one too small
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return loss - 1


# %% wrong hinge_loss: the exponential of the right answer
def hinge_loss(margin):
    loss = np.maximum(0.0, 1 - margin)
    return np.exp(loss)


# %% wrong mse_sigmoid_grad: without their signs
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    g = 2 * (p - y) * p * (1 - p)
    return abs(g)

# %% wrong mse_sigmoid_grad: the error of the logit
def stable(z):
    return np.exp(-np.logaddexp(0, -z))

def mse_sigmoid_grad(z, y):
    return 2 * (z - y) * stable(z) * stable(-z)

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    def one(a, t):
        e = math.exp(-abs(a))
        p = 1 / (1 + e) if a >= 0 else e / (1 + e)
        return 2 * (p - t) * e / (1 + e) ** 2
    return np.vectorize(one, otypes=[float])(z, y)

# %% right steps_to_half
def steps_to_half(loss, z0, learning_rate, taken=0):
    trail = [z0]
    while trail[-1] < 0:
        q = 1 / (1 + math.exp(trail[-1]))
        trail.append(trail[-1] + learning_rate * (q if loss == "bce" else 2 * q * q * (1 - q)))
    return float(len(trail) - 1)

# %% wrong brier_score: 1 in every row
def brier_score(p, y):
    t = np.zeros_like(p)
    t[:, y] = 1
    return ((p - t) ** 2).sum(axis=1)

# %% right brier_score
def brier_score(p, y):
    return [sum((a - (k == t)) ** 2 for k, a in enumerate(row)) for row, t in zip(p, y)]

# %% right hinge_loss
def hinge_loss(margin):
    return (np.abs(1 - margin) + 1 - margin) / 2

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    out = []
    for a, t in zip(np.ravel(z).tolist(), np.ravel(y).tolist()):
        p = 1 / (1 + math.exp(-a)) if a > -700 else 0.0
        out.append(2 * (p - t) * p * (1 - p))
    return np.array(out).reshape(np.shape(z))

# %% right mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    p = 0.5 + 0.5 * np.tanh(z / 2)
    q = 0.5 - 0.5 * np.tanh(z / 2)
    return 2 * (p - y) * p * q

# %% wrong mse_sigmoid_grad: stopped at p
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y)

# %% wrong mse_sigmoid_grad: the gradient of cross-entropy
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return p - y

# %% wrong mse_sigmoid_grad: the sum of the right answers
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return np.sum(2 * (p - y) * p * (1 - p))

# %% wrong mse_sigmoid_grad
def mse_sigmoid_grad(z, y):
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y) * p * 1 - p

# %% right brier_score
def brier_score(p, y):
    out = []
    for row, label in zip(p, y):
        out.append(sum((v - (k == label)) ** 2 for k, v in enumerate(row)))
    return out

# %% right brier_score
def brier_score(p, y):
    own = np.take_along_axis(p, np.asarray(y)[:, None], 1)[:, 0]
    return (p**2).sum(axis=1) - 2 * own + 1

# %% wrong brier_score: the input is changed
def brier_score(p, y):
    p[np.arange(len(y)), y] -= 1
    return (p**2).sum(axis=1)

# %% wrong brier_score: the square root
def brier_score(p, y):
    return np.sqrt(((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1))

# %% right hinge_loss
def hinge_loss(margin):
    m = np.asarray(margin)
    return np.where(m < 1, 1 - m, 0)

# %% right hinge_loss
hinge_loss = np.vectorize(lambda m: max(0.0, 1.0 - m), otypes=[float])

# %% wrong hinge_loss: the margin's sign is flipped
def hinge_loss(margin):
    return np.maximum(0, 1 + margin)

# %% wrong hinge_loss: the mean
def hinge_loss(margin):
    return np.maximum(0, 1 - margin).mean()
