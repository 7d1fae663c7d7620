"""Right answers to chapter 10's exercises in other styles than the reference."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy import special


def gce_torch(z, y, q):
    p = torch.tensor(z, dtype=torch.float64).softmax(1).gather(1, torch.tensor(y)[:, None])[:, 0]
    return (1 - p**q) / q


def gce_loop(z, y, q):
    return [(1 - special.softmax(row)[k] ** q) / q for row, k in zip(z, y, strict=True)]


def gce_float32(z, y, q):
    loss = F.cross_entropy(torch.tensor(z, dtype=torch.float32), torch.tensor(y), reduction="none")
    return -torch.expm1(-q * loss) / q


def sce_torch(z, y, alpha, beta):
    z, y = torch.tensor(z, dtype=torch.float64), torch.tensor(y)
    log_q = torch.full_like(z, -4.0).scatter(1, y[:, None], 0.0)
    reverse = -(z.softmax(1) * log_q).sum(1)
    return alpha * F.cross_entropy(z, y, reduction="none") + beta * reverse


def sce_loop(z, y, alpha, beta):
    losses = []
    for row, k in zip(z, y, strict=True):
        log_p = special.log_softmax(row)
        losses.append(-alpha * log_p[k] + beta * 4 * (1 - np.exp(log_p[k])))
    return losses


def suspects_by_probability(z, y, count):
    p = special.softmax(z, axis=1)[np.arange(len(y)), y]
    return p.argsort()[:count].tolist()


def suspects_by_margin(z, y, count):
    own = np.take_along_axis(z, y[:, None], 1)[:, 0]
    best = np.where(np.eye(z.shape[1])[y] == 1, -np.inf, z).max(axis=1)
    return np.argpartition(own - best, count)[:count]


def suspects_torch(z, y, count):
    loss = F.cross_entropy(torch.tensor(z), torch.tensor(y), reduction="none")
    return loss.topk(count).indices


def precision_loop(recall, fpr, prevalence):
    total = before = 0.0
    for r, f in zip(recall, fpr, strict=True):
        if r > before:
            total += (r - before) / (1 + (1 - prevalence) / prevalence * f / r)
        before = r
    return total


def precision_nansum(recall, fpr, prevalence):
    with np.errstate(all="ignore"):
        precision = prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr)
    return np.nansum(np.diff(np.append(0, recall)) * precision)


def _stepping(loss):
    def step(model, optimizer, *batch):
        value = loss(model, *batch)
        model.zero_grad()
        value.backward()
        optimizer.step()
        return value

    return step


def _plain(model, X, y):
    return F.cross_entropy(model(X), y)


def _gathered(model, X, y):
    return -model(X).log_softmax(1)[torch.arange(len(y)), y].mean()


def _two_classes(model, X, y):
    z = model(X)
    both = torch.cat([torch.zeros_like(z), z], dim=1)
    return F.cross_entropy(both, y.long())


def _flat(model, X, y):
    return F.binary_cross_entropy_with_logits(model(X).flatten(), y)


def _from_token_to_token(model, tokens):
    return F.cross_entropy(model(tokens[:, :-1]).movedim(-1, 1), tokens[:, 1:])


def _place_by_place(model, tokens):
    z = model(tokens)
    places = range(tokens.shape[1] - 1)
    return sum(F.cross_entropy(z[:, t], tokens[:, t + 1]) for t in places) / len(places)


def accumulate_known_labels(model, optimizer, X, y):
    X, y = X[y >= 0], y[y >= 0]
    optimizer.zero_grad()
    total = 0.0
    for i in range(0, len(y), 16):
        part = _plain(model, X[i : i + 16], y[i : i + 16]) * len(y[i : i + 16]) / len(y)
        part.backward()
        total += part.item()
    optimizer.step()
    return total


def accumulate_one_by_one(model, optimizer, X, y):
    optimizer.zero_grad()
    known = [i for i in range(len(y)) if y[i] != -100]
    total = 0.0
    for i in known:
        loss = _plain(model, X[i : i + 1], y[i : i + 1]) / len(known)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def validate_in_a_copy(model, optimizer, X, y, X_val, y_val):
    import copy

    loss = _stepping(_plain)(model.train(), optimizer, X, y)
    other = copy.deepcopy(model).eval()
    return loss, _plain(other, X_val, y_val)


def validate_and_go_back(model, optimizer, X, y, X_val, y_val):
    loss = _stepping(_plain)(model, optimizer, X, y).item()
    model.eval()
    with torch.inference_mode():
        validation = _plain(model, X_val, y_val).item()
    model.train()
    return [loss, validation]


ALTERNATIVES = {
    "generalized_cross_entropy": [gce_torch, gce_loop, gce_float32],
    "symmetric_cross_entropy": [sce_torch, sce_loop],
    "suspect_labels": [suspects_by_probability, suspects_by_margin, suspects_torch],
    "average_precision_at_prevalence": [precision_loop, precision_nansum],
    "repair_plateau": [_stepping(_plain), _stepping(_gathered)],
    "repair_negative_loss": [_stepping(_plain), _stepping(_gathered)],
    "repair_stuck_loss": [_stepping(_two_classes), _stepping(_flat)],
    "repair_accumulation": [accumulate_known_labels, accumulate_one_by_one],
    "repair_language_model": [_stepping(_from_token_to_token), _stepping(_place_by_place)],
    "repair_validation": [validate_in_a_copy, validate_and_go_back],
}
