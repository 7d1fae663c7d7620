"""Right answers to chapter 09's exercises in other styles than the reference."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy import optimize, special, stats
from sklearn.calibration import _SigmoidCalibration
from sklearn.linear_model import LogisticRegression


def bins_loop(confidence, correct, num_bins):
    members = [[] for _ in range(num_bins)]
    for c, k in zip(confidence, correct, strict=True):
        members[sum(c > m / num_bins for m in range(1, num_bins))].append((c, k))
    nan = float("nan")
    count = [len(bin_) for bin_ in members]
    mean = [sum(c for c, _ in bin_) / len(bin_) if bin_ else nan for bin_ in members]
    accuracy = [sum(k for _, k in bin_) / len(bin_) if bin_ else nan for bin_ in members]
    return count, mean, accuracy


def bins_digitize(confidence, correct, num_bins):
    edges = np.linspace(0, 1, num_bins + 1)
    which = np.clip(np.digitize(confidence, edges, right=True) - 1, 0, None)
    masks = [which == m for m in range(num_bins)]
    with np.errstate(all="ignore"):
        count = np.array([mask.sum() for mask in masks])
        mean = np.array([(confidence * mask).sum() for mask in masks]) / count
        accuracy = np.array([(correct * mask).sum() for mask in masks]) / count
    return np.array([count, mean, accuracy])


def bins_torch(confidence, correct, num_bins):
    confidence, correct = torch.as_tensor(confidence), torch.as_tensor(correct)
    edges = torch.linspace(0, 1, num_bins + 1, dtype=confidence.dtype)
    which = (torch.bucketize(confidence, edges) - 1).clamp(min=0)
    count = torch.bincount(which, minlength=num_bins)
    mean = torch.bincount(which, confidence, num_bins) / count
    return count, mean, torch.bincount(which, correct, num_bins) / count


def bins_scipy(confidence, correct, num_bins):
    # binned_statistic closes its bins on the left: mirrored, on the right
    edges = np.linspace(-1, 0, num_bins + 1)
    parts = [
        stats.binned_statistic(-np.asarray(confidence), v, s, bins=edges).statistic[::-1]
        for v, s in ((confidence, "count"), (confidence, "mean"), (correct, "mean"))
    ]
    return parts


def ece_loop(confidence, correct, num_bins):
    count, mean, accuracy = bins_loop(confidence, correct, num_bins)
    parts = zip(count, mean, accuracy, strict=True)
    return sum(n / len(confidence) * abs(a - c) for n, c, a in parts if n)


def ece_sums(confidence, correct, num_bins):
    which = np.searchsorted(np.arange(1, num_bins) / num_bins, confidence)
    return np.abs(np.bincount(which, correct - confidence)).sum() / len(confidence)


def ece_torch(confidence, correct, num_bins):
    count, mean, accuracy = bins_torch(confidence, correct, num_bins)
    return torch.nansum(count * (accuracy - mean).abs()) / count.sum()


def temperature_scipy(z, y):
    def loss(t):
        scaled = z / np.exp(t)
        own = scaled[np.arange(len(y)), y]
        return (special.logsumexp(scaled, axis=1) - own).mean()

    return np.exp(optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)


def temperature_torch(z, y):
    z, y = torch.as_tensor(z, dtype=torch.float32), torch.as_tensor(y)
    inverse = torch.ones(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([inverse], max_iter=100)

    def closure():
        optimiser.zero_grad()
        loss = F.cross_entropy(z * inverse, y)
        loss.backward()
        return loss

    optimiser.step(closure)
    return 1 / inverse[0]


def temperature_grid(z, y):
    grid = np.geomspace(0.1, 10, 600)
    losses = []
    for T in grid:
        log_p = z / T - special.logsumexp(z / T, axis=1, keepdims=True)
        losses.append(-log_p[range(len(y)), y].mean())
    return float(grid[int(np.argmin(losses))])


def temperature_newton(z, y):
    a, own = 1e-3, z[np.arange(len(y)), y]
    for _ in range(50):
        p = special.softmax(a * z, axis=1)
        mean = (p * z).sum(axis=1)
        slope = (mean - own).mean()
        curvature = ((p * z**2).sum(axis=1) - mean**2).mean()
        a = a - slope / curvature
    return 1 / a


def targets(y):
    n1 = int(np.sum(y))
    return np.where(np.asarray(y) == 1, (n1 + 1) / (n1 + 2), 1 / (len(y) - n1 + 2))


def platt_scipy(scores, y):
    t = targets(y)

    def loss(w):
        z = w[0] * scores + w[1]
        return np.mean(np.logaddexp(0, z) - t * z)

    return optimize.minimize(loss, [0, 0]).x


def platt_sklearn(scores, y):
    model = _SigmoidCalibration().fit(np.asarray(scores), np.asarray(y))
    return [-float(model.a_), -float(model.b_)]


def platt_weighted(scores, y):
    # each example once as a one and once as a zero, weighted with its target
    t = targets(y)
    model = LogisticRegression(C=1e10, tol=1e-10, max_iter=10_000)
    twice = np.concatenate([scores, scores])[:, None]
    labels = np.repeat([1, 0], len(t))
    model.fit(twice, labels, sample_weight=np.concatenate([t, 1 - t]))
    return model.coef_[0, 0], model.intercept_


def platt_torch(scores, y):
    s, t = torch.as_tensor(scores), torch.as_tensor(targets(y))
    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(w[0] * s + w[1], t)
        loss.backward()
        return loss

    optimiser.step(closure)
    return w


def brier_loop(p, y, num_bins):
    count, forecast, share = bins_loop(p, y, num_bins)
    n, m = len(p), sum(y) / len(y)
    filled = [(c / n, f, s) for c, f, s in zip(count, forecast, share, strict=True) if c]
    reliability = sum(w * (f - s) ** 2 for w, f, s in filled)
    resolution = sum(w * (s - m) ** 2 for w, _, s in filled)
    score = sum((a - b) ** 2 for a, b in zip(p, y, strict=True)) / n
    return reliability, resolution, m * (1 - m), score - reliability + resolution - m * (1 - m)


def brier_by_example(p, y, num_bins):
    which = np.searchsorted(np.arange(1, num_bins) / num_bins, p)
    _, which, count = np.unique(which, return_inverse=True, return_counts=True)
    forecast = (np.bincount(which, p) / count)[which]
    share = (np.bincount(which, y) / count)[which]
    m = y.mean()
    rest = (p - forecast) ** 2 - 2 * (p - forecast) * (y - share)
    parts = (forecast - share) ** 2, (share - m) ** 2, (y - m) ** 2, rest
    return np.array([part.mean() for part in parts])


def threshold_formula(cost_fp, cost_fn):
    return cost_fp / (cost_fp + cost_fn)


def threshold_ratio(cost_fp, cost_fn):
    with np.errstate(divide="ignore"):
        return 1 / (1 + np.divide(cost_fn, cost_fp))


def threshold_torch(cost_fp, cost_fn):
    fp, fn = torch.as_tensor(cost_fp), torch.as_tensor(cost_fn)
    return fp / (fp + fn)


ALTERNATIVES = {
    "reliability_bins": [bins_loop, bins_digitize, bins_torch, bins_scipy],
    "expected_calibration_error": [ece_loop, ece_sums, ece_torch],
    "fit_temperature": [
        temperature_scipy,
        temperature_torch,
        temperature_grid,
        temperature_newton,
    ],
    "fit_platt": [platt_scipy, platt_sklearn, platt_weighted, platt_torch],
    "brier_decomposition": [brier_loop, brier_by_example],
    "bayes_threshold": [threshold_formula, threshold_ratio, threshold_torch],
}
