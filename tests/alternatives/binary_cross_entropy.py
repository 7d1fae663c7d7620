"""Right answers to chapter 02's exercises in other styles than the reference."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression


def double(x):
    return torch.as_tensor(x, dtype=torch.float64)


def sigmoid_loop(z):
    def one(value):
        if value >= 0:
            return 1 / (1 + math.exp(-value))
        return math.exp(value) / (1 + math.exp(value))

    z = np.asarray(z, dtype=float)
    return np.array([one(value) for value in z.ravel()]).reshape(z.shape)


def sigmoid_tanh(z):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z)))


def sigmoid_float32(z):
    return special.expit(np.asarray(z, dtype=np.float32))


def sigmoid_torch(z):
    return torch.sigmoid(double(z))


def bce_lists(p, y):
    def one(p, y):
        loss = 0.0
        if y > 0:
            loss -= y * (math.log(p) if p > 0 else -math.inf)
        if y < 1:
            loss -= (1 - y) * (math.log(1 - p) if p < 1 else -math.inf)
        return loss

    if np.ndim(p) > 1:
        return [bce_lists(*row) for row in zip(p, y, strict=True)]
    return [one(*pair) for pair in zip(p, y, strict=True)]


def bce_xlogy(p, y):
    return -(special.xlogy(y, p) + special.xlog1py(1 - y, -p))


def bce_torch(p, y):
    p, y = torch.as_tensor(p), double(y)
    return -(torch.special.xlogy(y, p) + torch.special.xlog1py(1 - y, -p))


def bce_float32(p, y):
    return bce_xlogy(np.float32(p), np.float32(y))


def logits_torch(z, y):
    return F.binary_cross_entropy_with_logits(
        double(z),
        double(y),
        reduction="none",
    )


def logits_logaddexp(z, y):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)


def logits_two_class_softmax(z, y):
    both = np.stack([np.zeros_like(z), z], axis=-1)
    log_p = both - special.logsumexp(both, axis=-1, keepdims=True)
    return -((1 - y) * log_p[..., 0] + y * log_p[..., 1])


def logits_float32(z, y):
    z, y = np.float32(z), np.float32(y)
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def prior_counts(y):
    counts = np.bincount(y, minlength=2)
    return float(special.entr(counts / counts.sum()).sum())


def prior_constant_prediction(y):
    share = double(y).mean()
    return -(torch.special.xlogy(share, share) + torch.special.xlogy(1 - share, 1 - share))


def prior_loop(y):
    total = 0.0
    for label in set(y.tolist()):
        share = sum(1 for other in y if other == label) / len(y)
        total -= share * math.log(share)
    return total


def grad_autograd(z, y):
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    F.binary_cross_entropy_with_logits(z, double(y), reduction="sum").backward()
    return z.grad


def grad_expit(z, y):
    return special.expit(z) - y


def grad_float32(z, y):
    return special.expit(np.float32(z)) - np.float32(y)


def _loss(v, X, y):
    z = X @ v[:-1] + v[-1]
    return (np.logaddexp(0, z) - z * y).mean() + 0.005 * (v[:-1] @ v[:-1])


def fit_descent(X, y):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(2000):
        error = special.expit(X @ w + b) - y
        w, b = w - 0.5 * (X.T @ error / len(y) + 0.01 * w), b - 0.5 * error.mean()
    return w, b


def fit_scipy(X, y):
    found = optimize.minimize(_loss, np.zeros(X.shape[1] + 1), args=(X, y))
    return found.x[:-1].tolist(), found.x[-1]


def fit_sklearn(X, y):
    model = LogisticRegression(C=1 / (0.01 * len(y))).fit(X, y)
    return model.coef_, model.intercept_


def fit_torch(X, y):
    X, y = (torch.as_tensor(a, dtype=torch.float32) for a in (X, y))
    w, b = torch.zeros(X.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([w, b], max_iter=200)

    def closure():
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(X @ w + b, y) + 0.005 * w @ w
        loss.backward()
        return loss

    optimiser.step(closure)
    return w, b


def multilabel_torch(z, Y):
    return torch.nn.BCEWithLogitsLoss()(double(z), double(Y))


def multilabel_label_by_label(z, Y):
    return sum(logits_logaddexp(z[:, k], Y[:, k]).mean() for k in range(z.shape[1])) / z.shape[1]


def multilabel_float32(z, Y):
    return logits_float32(z, Y).mean()


ALTERNATIVES = {
    "sigmoid": [sigmoid_loop, sigmoid_tanh, sigmoid_float32, sigmoid_torch],
    "binary_cross_entropy": [bce_lists, bce_xlogy, bce_torch, bce_float32],
    "binary_cross_entropy_with_logits": [
        logits_torch,
        logits_logaddexp,
        logits_two_class_softmax,
        logits_float32,
    ],
    "prior_baseline": [prior_counts, prior_constant_prediction, prior_loop],
    "binary_cross_entropy_grad": [grad_autograd, grad_expit, grad_float32],
    "fit_logistic_regression": [fit_descent, fit_scipy, fit_sklearn, fit_torch],
    "multilabel_loss": [multilabel_torch, multilabel_label_by_label, multilabel_float32],
}
