"""Right answers to chapter 06's exercises in other styles than the reference."""

import itertools
import math

import numpy as np
import scipy.stats
import torch
from scipy import special
from scipy.spatial import distance
from torch.distributions import Normal
from torch.distributions import kl_divergence as torch_kl


def log_likelihood_scipy(theta, y):
    return scipy.stats.bernoulli(theta).logpmf(y).sum()


def log_likelihood_loop(theta, y):
    total = 0.0
    for flip in y:
        chance = theta if flip == 1 else 1 - theta
        total += math.log(chance) if chance > 0 else -math.inf
    return total


def log_likelihood_xlogy(theta, y):
    k = torch.as_tensor(y).sum()
    theta = torch.tensor(theta, dtype=torch.float64)
    return torch.special.xlogy(k, theta) + torch.special.xlog1py(len(y) - k, -theta)


def mle_list(counts):
    return [count / sum(counts.tolist()) for count in counts.tolist()]


def mle_throws(counts):
    throws = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(throws, minlength=len(counts)) / len(throws)


def mle_softmax_of_logs(counts):
    with np.errstate(divide="ignore"):
        return special.softmax(np.log(counts))


def gaussian_torch(mu1, sigma1, mu2, sigma2):
    mu1, sigma1, mu2, sigma2 = (
        torch.tensor(x, dtype=torch.float64) for x in (mu1, sigma1, mu2, sigma2)
    )
    return torch_kl(Normal(mu1, sigma1), Normal(mu2, sigma2))


def gaussian_grid(mu1, sigma1, mu2, sigma2):
    x = np.linspace(mu1 - 12 * sigma1, mu1 + 12 * sigma1, 20_001)
    p, q = scipy.stats.norm(mu1, sigma1), scipy.stats.norm(mu2, sigma2)
    return (p.pdf(x) * (p.logpdf(x) - q.logpdf(x))).sum() * (x[1] - x[0])


def gaussian_textbook(mu1, sigma1, mu2, sigma2):
    ratio = sigma1**2 / sigma2**2
    return (ratio - 1 - math.log(ratio) + (mu1 - mu2) ** 2 / sigma2**2) / 2


def shannon_scipy(p, q, base):
    return distance.jensenshannon(p, q, base) ** 2


def shannon_entropies(p, q, base):
    entropy = scipy.stats.entropy
    return entropy((p + q) / 2, base=base) - (entropy(p, base=base) + entropy(q, base=base)) / 2


def shannon_loop(p, q, base):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        for one in (a, b):
            if one > 0:
                total += one * math.log(2 * one / (a + b), base)
    return total / 2


def expected_loop(score, truth, forecast):
    return sum(t * score(forecast, k) for k, t in enumerate(truth) if t > 0)


def expected_where(score, truth, forecast):
    costs = np.array([score(forecast, k) for k in range(len(forecast))])
    return np.dot(truth[truth > 0], costs[truth > 0])


def proper_grid(score):
    steps = range(1, 10)
    grid = [np.array([i, j, 10 - i - j]) / 10 for i, j in itertools.product(steps, steps)]
    grid = [point for point in grid if point[2] > 0]
    costs = np.array([[score(point, k) for k in range(3)] for point in grid])
    expected = np.array(grid) @ costs.T
    return bool(np.all(np.diag(expected) <= expected.min(axis=1) + 1e-9))


def proper_random(score):
    rng = np.random.default_rng(0)
    points = rng.dirichlet(np.ones(3), size=150)
    costs = [[score(point, k) for k in range(3)] for point in points]
    for truth, own in zip(points, costs, strict=True):
        if any(truth @ other < truth @ own - 1e-9 for other in costs):
            return False
    return True


def proper_numpy_bool(score):
    return np.bool_(proper_grid(score))


ALTERNATIVES = {
    "bernoulli_log_likelihood": [log_likelihood_scipy, log_likelihood_loop, log_likelihood_xlogy],
    "categorical_mle": [mle_list, mle_throws, mle_softmax_of_logs],
    "kl_gaussian": [gaussian_torch, gaussian_grid, gaussian_textbook],
    "jensen_shannon": [shannon_scipy, shannon_entropies, shannon_loop],
    "expected_score": [expected_loop, expected_where],
    "is_proper": [proper_grid, proper_random, proper_numpy_bool],
}
