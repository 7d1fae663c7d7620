"""Right answers to chapter 11's exercises in other styles than the reference."""

import itertools
import math
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from scipy import special


def perplexity_loop(nll):
    try:
        return math.exp(math.fsum(nll) / len(nll))
    except OverflowError:
        return math.inf


def perplexity_torch(nll):
    return torch.as_tensor(nll).mean().exp()


def bits_loop(nll):
    return sum(float(x) * math.log2(math.e) for x in nll) / len(nll)


def bits_logaddexp(nll):
    return np.divide(nll, np.log(2)).mean()


def bigram_counter(text):
    symbols, pairs = sorted(set(text)), Counter(itertools.pairwise(text))
    rows = [[pairs[a, b] + 1 for b in symbols] for a in symbols]
    return [[n / sum(row) for n in row] for row in rows]


def bigram_one_hot(text):
    symbols, codes = np.unique(list(text), return_inverse=True)
    one_hot = np.eye(len(symbols))[codes]
    counts = one_hot[:-1].T @ one_hot[1:]
    return (counts + 1) / (counts.sum(1, keepdims=True) + len(symbols))


def masked_torch(z, y, ignore_index):
    return F.cross_entropy(torch.as_tensor(z), torch.as_tensor(y), ignore_index=ignore_index)


def masked_loop(z, y, ignore_index):
    costs = [special.logsumexp(r) - r[k] for r, k in zip(z, y, strict=True) if k != ignore_index]
    return sum(costs) / len(costs) if costs else math.nan


def policy_torch(z, actions, advantages):
    cost = F.cross_entropy(torch.as_tensor(z), torch.as_tensor(actions), reduction="none")
    return cost * torch.as_tensor(advantages)


def policy_categorical(z, actions, advantages):
    log_p = special.log_softmax(z, axis=1)
    return [-a * log_p[i, k] for i, (k, a) in enumerate(zip(actions, advantages, strict=True))]


def listnet_scipy(scores, relevance):
    return -(special.softmax(relevance, axis=1) * special.log_softmax(scores, axis=1)).sum(1)


def listnet_torch(scores, relevance):
    target = torch.softmax(torch.as_tensor(relevance).double(), 1)
    return F.cross_entropy(torch.as_tensor(scores), target, reduction="none")


def discriminator_torch(real_z, fake_z):
    real_z, fake_z = torch.as_tensor(real_z), torch.as_tensor(fake_z)
    loss = F.binary_cross_entropy_with_logits
    return loss(real_z, torch.ones_like(real_z)) + loss(fake_z, torch.zeros_like(fake_z))


def discriminator_log1p(real_z, fake_z):
    def softplus(z):
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))

    return np.mean(softplus(-real_z)) + np.mean(softplus(fake_z))


def reconstruction_torch(z, x):
    z, x = torch.as_tensor(z), torch.as_tensor(x).double()
    return F.binary_cross_entropy_with_logits(z, x, reduction="none").sum(1)


def reconstruction_usual(z, x):
    return (np.maximum(z, 0) - z * x + np.log1p(np.exp(-np.abs(z)))).sum(1)


def dpo_torch(chosen, rejected, reference_chosen, reference_rejected, beta):
    c, r, rc, rr = (
        torch.as_tensor(v) for v in (chosen, rejected, reference_chosen, reference_rejected)
    )
    return -F.logsigmoid(beta * (c - rc - r + rr))


def dpo_scipy(chosen, rejected, reference_chosen, reference_rejected, beta):
    gained, lost = chosen - reference_chosen, rejected - reference_rejected
    return -special.log_expit(beta * (gained - lost))


def nce_torch(similarities, temperature):
    s = torch.as_tensor(similarities)
    return F.cross_entropy(s / temperature, torch.arange(len(s)), reduction="none")


def nce_differences(similarities, temperature):
    z = similarities / temperature
    return special.logsumexp(z - np.diag(z)[:, None], axis=1)


ALTERNATIVES = {
    "perplexity": (perplexity_loop, perplexity_torch),
    "bits_per_character": (bits_loop, bits_logaddexp),
    "bigram_model": (bigram_counter, bigram_one_hot),
    "masked_cross_entropy": (masked_torch, masked_loop),
    "policy_gradient_loss": (policy_torch, policy_categorical),
    "listnet_loss": (listnet_scipy, listnet_torch),
    "discriminator_loss": (discriminator_torch, discriminator_log1p),
    "reconstruction_bce": (reconstruction_torch, reconstruction_usual),
    "dpo_loss": (dpo_torch, dpo_scipy),
    "info_nce": (nce_torch, nce_differences),
}
