import math
import numpy as np
import torch
import torch.nn.functional as F

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    out = []
    for row, k in zip(z, y):
        m = max(row)
        p = math.exp(row[k] - m) / sum(math.exp(v - m) for v in row)
        out.append((1 - p ** q) / q)
    return out

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    m = z.max(1)
    ce = m + np.log(np.exp(z - m[:, None]).sum(1)) - np.take_along_axis(z, y[:, None], 1)[:, 0]
    return -np.expm1(-q * ce) / q

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    hot = np.eye(z.shape[1])[y]
    own = (hot * z).sum(1, keepdims=True)
    with np.errstate(over='ignore'):
        p = 1 / np.exp(z - own).sum(1)
    return (1 - np.power(p, q)) * (1 / q)

# %% hint generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))  # hint
    p = e[np.arange(len(y)), y] / e.sum(axis=1)  # hint
    return (1 - p**q) / q  # hint

# %% wrong generalized_cross_entropy: not divided by q
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return 1 - p[np.arange(len(y)), y] ** q

# %% wrong generalized_cross_entropy: q multiplies
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return q * (1 - p[np.arange(len(y)), y] ** q)

# %% wrong generalized_cross_entropy: p and 1 - p exchanged
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = (e / e.sum(1, keepdims=True))[np.arange(len(y)), y]
    return np.power(1 - p, q) / q

# %% wrong generalized_cross_entropy: q to the power p
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = (e / e.sum(1, keepdims=True))[np.arange(len(y)), y]
    return (1 - q ** p) / q

# %% wrong generalized_cross_entropy: the cross-entropy itself
def generalized_cross_entropy(z, y, q):
    m = z.max(1)
    return m + np.log(np.exp(z - m[:, None]).sum(1)) - z[np.arange(len(y)), y]

# %% wrong generalized_cross_entropy: the power of the cross-entropy
def generalized_cross_entropy(z, y, q):
    m = z.max(1)
    ce = m + np.log(np.exp(z - m[:, None]).sum(1)) - z[np.arange(len(y)), y]
    return (1 - ce ** q) / q

# %% wrong generalized_cross_entropy: exp overflows
def generalized_cross_entropy(z, y, q):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(z)), y] ** q) / q

# %% wrong generalized_cross_entropy: exp overflows
def generalized_cross_entropy(z, y, q):
    return [(1 - (math.exp(r[k]) / sum(map(math.exp, r))) ** q) / q for r, k in zip(z, y)]

# %% wrong generalized_cross_entropy: softmax over the examples
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max())
    p = e / e.sum(axis=0)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy: summed over the classes
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return np.sum((1 - p ** q) / q, axis=-1)

# %% wrong generalized_cross_entropy: the derivative
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = (e / e.sum(1, keepdims=True))[np.arange(len(y)), y]
    return p ** q * (1 - p)

# %% wrong generalized_cross_entropy: minus the right answer
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = (e / e.sum(1, keepdims=True))[np.arange(len(y)), y]
    return (p ** q - 1) / q

# %% wrong generalized_cross_entropy: the mean of the right answers
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(1, keepdims=True))
    p = (e / e.sum(1, keepdims=True))[np.arange(len(y)), y]
    return ((1 - p ** q) / q).mean()

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    m = z.max(1, keepdims=True)
    logp = z - m - np.log(np.exp(z - m).sum(1, keepdims=True))
    own = logp[np.arange(len(y)), y]
    return -alpha * own + 4 * beta * (1 - np.exp(own))

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    m = z.max(1, keepdims=True)
    logp = z - m - np.log(np.exp(z - m).sum(1, keepdims=True))
    hot = np.eye(z.shape[1])[y]
    log_q = np.where(hot == 1, 0.0, -4.0)
    ce = -np.where(hot == 1, logp, 0).sum(1)
    rce = -(np.exp(logp) * log_q).sum(1)
    return alpha * ce + beta * rce

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    out = []
    for row, k in zip(z, y):
        m = max(row)
        e = [math.exp(v - m) for v in row]
        ce = m + math.log(sum(e)) - row[k]
        others = sum(v for j, v in enumerate(e) if j != k) / sum(e)
        out.append(alpha * ce + beta * 4 * others)
    return out

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return alpha * ce - 4 * beta * np.expm1(-ce)

# %% hint symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    m = z.max(axis=1)  # hint
    lse = m + np.log(np.exp(z - m[:, None]).sum(axis=1))  # hint
    ce = lse - z[np.arange(len(y)), y]  # hint
    return alpha * ce + beta * 4 * (1 - np.exp(-ce))  # hint

# %% wrong symmetric_cross_entropy: log 0 is the log of a small number
def symmetric_cross_entropy(z, y, alpha, beta):
    m = z.max(1, keepdims=True)
    logp = z - m - np.log(np.exp(z - m).sum(1, keepdims=True))
    hot = np.clip(np.eye(z.shape[1])[y], 1e-4, 1.0)
    rce = -(np.exp(logp) * np.log(hot)).sum(1)
    return -alpha * logp[np.arange(len(y)), y] + beta * rce

# %% wrong symmetric_cross_entropy: log 0 is the log of a small number
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return alpha * ce - beta * np.log(1e-7) * (1 - np.exp(-ce))

# %% wrong symmetric_cross_entropy: alpha and beta exchanged
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return beta * ce + alpha * 4 * (1 - np.exp(-ce))

# %% wrong symmetric_cross_entropy: the reverse part is missing
def symmetric_cross_entropy(z, y, alpha, beta):
    return alpha * (np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])

# %% wrong symmetric_cross_entropy: the reverse part is missing
def symmetric_cross_entropy(z, y, alpha, beta):
    m = z.max(1, keepdims=True)
    p = np.exp(z - m) / np.exp(z - m).sum(1, keepdims=True)
    hot = np.eye(z.shape[1])[y]
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    log_q = np.where(hot > 0, np.log(np.where(hot > 0, hot, 1)), 0)
    return alpha * ce - beta * (p * log_q).sum(1)

# %% wrong symmetric_cross_entropy: minus the reverse part
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return alpha * ce + beta * -4 * (1 - np.exp(-ce))

# %% wrong symmetric_cross_entropy: p of the label for the others
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return alpha * ce + beta * 4 * np.exp(-ce)

# %% wrong symmetric_cross_entropy: each other class counts 4 once
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    log_q = np.where(np.eye(z.shape[1])[y] > 0, 0, -4)
    return alpha * ce - beta * log_q.sum(1)

# %% wrong symmetric_cross_entropy: the cross-entropy twice
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return (alpha + beta) * ce

# %% wrong symmetric_cross_entropy: without the 4
def symmetric_cross_entropy(z, y, alpha, beta):
    ce = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return alpha * ce + beta * (1 - np.exp(-ce))

# %% wrong symmetric_cross_entropy: the entropy in place of the reverse part
def symmetric_cross_entropy(z, y, alpha, beta):
    lse = np.logaddexp.reduce(z, axis=1)
    logp = z - lse[:, None]
    return -alpha * logp[np.arange(len(y)), y] - beta * (np.exp(logp) * logp).sum(1)

# %% wrong symmetric_cross_entropy: softmax first, then log
def symmetric_cross_entropy(z, y, alpha, beta):
    e = np.exp(z - z.max(1, keepdims=True))
    p = (e / e.sum(1, keepdims=True))[np.arange(len(y)), y]
    return -alpha * np.log(p) + beta * 4 * (1 - p)

# %% wrong symmetric_cross_entropy: exp overflows
def symmetric_cross_entropy(z, y, alpha, beta):
    p = (np.exp(z) / np.exp(z).sum(1, keepdims=True))[np.arange(len(y)), y]
    return -alpha * np.log(p) + beta * 4 * (1 - p)

# %% wrong symmetric_cross_entropy: softmax over the examples
def symmetric_cross_entropy(z, y, alpha, beta):
    logp = z - np.logaddexp.reduce(z, axis=0)
    own = logp[np.arange(len(y)), y]
    return -alpha * own + beta * 4 * (1 - np.exp(own))

# %% right suspect_labels
def suspect_labels(z, y, count):
    logp = z - np.logaddexp.reduce(z, axis=1)[:, None]
    return np.argsort(logp[np.arange(len(y)), y])[:count]

# %% right suspect_labels
def suspect_labels(z, y, count):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    own = [(p[i, k], i) for i, k in enumerate(y)]
    return [i for _, i in sorted(own)[:count]]

# %% right suspect_labels
def suspect_labels(z, y, count):
    own = z[np.arange(len(y)), y]
    others = z.copy()
    others[np.arange(len(y)), y] = -np.inf
    return np.argsort(own - others.max(1))[:count]

# %% right suspect_labels
def suspect_labels(z, y, count):
    hot = np.eye(z.shape[1])[y]
    loss = np.log(np.exp(z - (z * hot).sum(1, keepdims=True)).sum(1))
    return set_of(np.argpartition(loss, -count)[-count:])
def set_of(x):
    return np.sort(x)

# %% hint suspect_labels
def suspect_labels(z, y, count):
    lse = np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)) + z.max(axis=1)  # hint
    return np.argsort(lse - z[np.arange(len(y)), y])[len(y) - count:]  # hint

# %% wrong suspect_labels: the smallest losses
def suspect_labels(z, y, count):
    loss = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return np.argsort(loss)[:count]

# %% wrong suspect_labels: the least confident predictions
def suspect_labels(z, y, count):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return np.argsort(p.max(1))[:count]

# %% wrong suspect_labels: the least confident predictions
def suspect_labels(z, y, count):
    logp = z - np.logaddexp.reduce(z, axis=1)[:, None]
    return np.argsort((np.exp(logp) * logp).sum(1))[:count]

# %% wrong suspect_labels: the most confident predictions
def suspect_labels(z, y, count):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return np.argsort(-p.max(1))[:count]

# %% wrong suspect_labels: the first ones that the model contradicts
def suspect_labels(z, y, count):
    wrong = [i for i in range(len(y)) if z[i].argmax() != y[i]]
    right = [i for i in range(len(y)) if z[i].argmax() == y[i]]
    return (wrong + right)[:count]

# %% wrong suspect_labels: the label's logit alone
def suspect_labels(z, y, count):
    return np.argsort(np.take_along_axis(z, y[:, None], 1)[:, 0])[:count]

# %% wrong suspect_labels: the softmax over the examples
def suspect_labels(z, y, count):
    logp = z - np.logaddexp.reduce(z, axis=0)
    return np.argsort(logp[np.arange(len(y)), y])[:count]

# %% wrong suspect_labels: the first examples
def suspect_labels(z, y, count):
    return list(range(count))

# %% wrong suspect_labels
def suspect_labels(z, y, count):
    loss = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return np.sort(loss)[-count:]

# %% wrong suspect_labels
def suspect_labels(z, y, count):
    loss = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return loss > np.quantile(loss, 0.9)

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    total, before = 0.0, 0.0
    for r, f in zip(recall, fpr):
        if r > before:
            total += (r - before) * prevalence * r / (prevalence * r + (1 - prevalence) * f)
        before = r
    return total

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    odds = prevalence / (1 - prevalence)
    with np.errstate(invalid='ignore'):
        precision = odds * recall / (odds * recall + fpr)
    return np.nansum(np.diff(recall, prepend=0) * precision)

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    found, alarms = prevalence * recall, (1 - prevalence) * fpr
    both = found + alarms
    precision = np.divide(found, both, out=np.zeros_like(both), where=both > 0)
    return precision @ (recall - np.append(0, recall[:-1]))

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    up = np.flatnonzero(np.diff(np.r_[0, recall]))
    precision = 1 / (1 + (1 - prevalence) / prevalence * fpr[up] / recall[up])
    return float(np.sum(precision * np.diff(np.r_[0, recall])[up]))

# %% hint average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    rise = np.diff(recall, prepend=0)  # hint
    up = rise > 0  # hint
    hits = prevalence * recall[up]  # hint
    return (rise[up] * hits / (hits + (1 - prevalence) * fpr[up])).sum()  # hint

# %% wrong average_precision_at_prevalence: 0 / 0 is nan
def average_precision_at_prevalence(recall, fpr, prevalence):
    precision = prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr)
    return np.sum(np.diff(recall, prepend=0) * precision)

# %% wrong average_precision_at_prevalence: the prevalence is not used
def average_precision_at_prevalence(recall, fpr, prevalence):
    rise = np.diff(recall, prepend=0)
    up = rise > 0
    return (rise[up] * recall[up] / (recall[up] + fpr[up])).sum()

# %% wrong average_precision_at_prevalence: the prevalence of the negatives
def average_precision_at_prevalence(recall, fpr, prevalence):
    rise = np.diff(recall, prepend=0)
    up = rise > 0
    hits = (1 - prevalence) * recall[up]
    return (rise[up] * hits / (hits + prevalence * fpr[up])).sum()

# %% wrong average_precision_at_prevalence: trapezoids
def average_precision_at_prevalence(recall, fpr, prevalence):
    both = prevalence * recall + (1 - prevalence) * fpr
    precision = np.divide(prevalence * recall, both, out=np.ones_like(both), where=both > 0)
    return sum((recall[i] - recall[i - 1]) * (precision[i] + precision[i - 1]) / 2 for i in range(1, len(recall)))

# %% wrong average_precision_at_prevalence: the precision before the rise
def average_precision_at_prevalence(recall, fpr, prevalence):
    both = prevalence * recall + (1 - prevalence) * fpr
    precision = np.divide(prevalence * recall, both, out=np.ones_like(both), where=both > 0)
    return (np.diff(recall) * precision[:-1]).sum()

# %% wrong average_precision_at_prevalence: the first rise is left out
def average_precision_at_prevalence(recall, fpr, prevalence):
    both = prevalence * recall + (1 - prevalence) * fpr
    precision = np.divide(prevalence * recall, both, out=np.zeros_like(both), where=both > 0)
    return (np.diff(recall) * precision[1:]).sum()

# %% wrong average_precision_at_prevalence: the mean of the precisions
def average_precision_at_prevalence(recall, fpr, prevalence):
    found = prevalence * recall
    up = found + fpr > 0
    return (found[up] / (found[up] + (1 - prevalence) * fpr[up])).mean()

# %% wrong average_precision_at_prevalence: the area under the ROC curve
def average_precision_at_prevalence(recall, fpr, prevalence):
    r, f = np.r_[0, recall], np.r_[0, fpr]
    return np.sum(np.diff(f) * (r[1:] + r[:-1]) / 2)

# %% wrong average_precision_at_prevalence: the rises of fpr
def average_precision_at_prevalence(recall, fpr, prevalence):
    both = prevalence * recall + (1 - prevalence) * fpr
    precision = np.divide(prevalence * recall, both, out=np.zeros_like(both), where=both > 0)
    return (np.diff(fpr, prepend=0) * precision).sum()

# %% wrong average_precision_at_prevalence: the false alarms are not weighed
def average_precision_at_prevalence(recall, fpr, prevalence):
    rise = np.diff(recall, prepend=0)
    up = rise > 0
    hits = prevalence * recall[up]
    return (rise[up] * hits / (hits + fpr[up])).sum()

# %% wrong average_precision_at_prevalence: the best precision to come
def average_precision_at_prevalence(recall, fpr, prevalence):
    both = prevalence * recall + (1 - prevalence) * fpr
    precision = np.divide(prevalence * recall, both, out=np.zeros_like(both), where=both > 0)
    best = [max(precision[i:]) for i in range(len(precision))]
    return (np.diff(recall, prepend=0) * best).sum()

# %% right repair_plateau
def repair_plateau(model, optimizer, X, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_plateau
def repair_plateau(model, optimizer, X, y):
    logp = model(X).log_softmax(dim=1)
    loss = -logp[torch.arange(len(y)), y].mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss

# %% right repair_plateau
def repair_plateau(model, optimizer, X, y):
    model.train()
    loss = torch.nn.CrossEntropyLoss()(model(X), y)
    for p in model.parameters():
        p.grad = None
    loss.backward()
    optimizer.step()
    return float(loss)

# %% right repair_plateau
def repair_plateau(model, optimizer, X, y):
    z = model(X)
    loss = (z.logsumexp(1) - z.gather(1, y[:, None])[:, 0]).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()

# %% hint repair_plateau
def repair_plateau(model, optimizer, X, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(X), y)  # hint
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: the bug is still there
def repair_plateau(model, optimizer, X, y):
    p = torch.softmax(model(X), dim=-1)
    loss = F.nll_loss(F.log_softmax(p, dim=-1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: a symptom is cured, the cause is not
def repair_plateau(model, optimizer, X, y):
    for group in optimizer.param_groups:
        group['lr'] = 1.0
    loss = F.cross_entropy(model(X).softmax(dim=1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: a symptom is cured, the cause is not
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X).softmax(dim=1), y)
    optimizer.zero_grad()
    (10 * loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: the plateau is subtracted
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X).softmax(dim=1), y) - 1.4612
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: softmax over the examples
def repair_plateau(model, optimizer, X, y):
    loss = -model(X).log_softmax(0).gather(1, y[:, None]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: probabilities in place of log-probabilities
def repair_plateau(model, optimizer, X, y):
    p = model(X).softmax(1)
    loss = -p.gather(1, y[:, None]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: the squared error
def repair_plateau(model, optimizer, X, y):
    loss = F.mse_loss(model(X).softmax(1), F.one_hot(y, 10).double())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: gradients pile up
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: the weights never change
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: a sum in place of the mean
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y, reduction='sum')
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return loss.item()

# %% wrong repair_plateau: uphill
def repair_plateau(model, optimizer, X, y):
    gain = model(X).log_softmax(1).gather(1, y[:, None]).mean()
    optimizer.zero_grad()
    gain.backward()
    optimizer.step()
    return -gain.item()

# %% wrong repair_plateau: the loss is right, and the steps are too small
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)
    optimizer.step()
    return loss.item()

# %% right repair_negative_loss
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).log_softmax(dim=1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_negative_loss
def repair_negative_loss(model, optimizer, X, y):
    loss = torch.nn.functional.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_negative_loss
def repair_negative_loss(model, optimizer, X, y):
    p = model(X).softmax(dim=1)
    loss = F.nll_loss(p.log(), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_negative_loss
def repair_negative_loss(model, optimizer, X, y):
    hot = F.one_hot(y, 10).double()
    loss = -(hot * F.log_softmax(model(X), 1)).sum(1).mean()
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()

# %% hint repair_negative_loss
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(F.log_softmax(model(X), dim=1), y)  # hint
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: the bug is still there
def repair_negative_loss(model, optimizer, X, y):
    p = F.softmax(model(X), dim=1)
    loss = -p[torch.arange(len(y)), y].mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: a symptom is cured, the cause is not
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).softmax(dim=1) + 1e-9, y)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: the sign is turned
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).softmax(dim=1), y).abs()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: the sign is turned
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).softmax(dim=1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return -loss.item()

# %% wrong repair_negative_loss: one minus the probability
def repair_negative_loss(model, optimizer, X, y):
    p = model(X).softmax(1).gather(1, y[:, None])
    loss = (1 - p).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: the logarithm of the mean
def repair_negative_loss(model, optimizer, X, y):
    p = model(X).softmax(1)[torch.arange(len(y)), y].mean()
    loss = -torch.log(p)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: logits in place of log-probabilities
def repair_negative_loss(model, optimizer, X, y):
    loss = -model(X)[torch.arange(len(y)), y].mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: a softmax too many
def repair_negative_loss(model, optimizer, X, y):
    loss = F.cross_entropy(model(X).softmax(dim=1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: softmax over the examples
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(torch.log_softmax(model(X), 0), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: gradients pile up
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).log_softmax(dim=1), y)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: the weights never change
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).log_softmax(dim=1), y)
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: a sum in place of the mean
def repair_negative_loss(model, optimizer, X, y):
    loss = F.nll_loss(model(X).log_softmax(dim=1), y, reduction='sum')
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: uphill
def repair_negative_loss(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_negative_loss: the loss is right, and the steps are too small
def repair_negative_loss(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y)
    optimizer.param_groups[0]['lr'] = 0.001
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_stuck_loss
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X).squeeze(1)
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_stuck_loss
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)
    y = y[:, None]
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_stuck_loss
def repair_stuck_loss(model, optimizer, X, y):
    loss = F.binary_cross_entropy_with_logits(model(X), y.reshape(-1, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_stuck_loss
def repair_stuck_loss(model, optimizer, X, y):
    p = torch.sigmoid(model(X).flatten())
    loss = F.binary_cross_entropy(p, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% hint repair_stuck_loss
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X).squeeze(1)  # hint
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: the bug is still there
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)
    loss = (F.softplus(z) - y[None, :] * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: the bug is still there
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X).squeeze(1)
    loss = (F.softplus(z) - y.mean() * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: a symptom is cured, the cause is not
def repair_stuck_loss(model, optimizer, X, y):
    optimizer.param_groups[0]['lr'] = 0.5
    z = model(X)
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: a softmax over one class
def repair_stuck_loss(model, optimizer, X, y):
    loss = -(torch.log_softmax(model(X), dim=1)[:, 0] * y).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: a sigmoid too many
def repair_stuck_loss(model, optimizer, X, y):
    z = torch.sigmoid(model(X).squeeze(1))
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: the labels exchanged
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X).squeeze(1)
    loss = (F.softplus(-z) + y * z).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: the squared error
def repair_stuck_loss(model, optimizer, X, y):
    loss = F.mse_loss(model(X).sigmoid().squeeze(1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: gradients pile up
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)[:, 0]
    loss = (F.softplus(z) - y * z).mean()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: the weights never change
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)[:, 0].detach()
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: a sum in place of the mean
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)[:, 0]
    loss = (F.softplus(z) - y * z).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_stuck_loss: uphill
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)[:, 0]
    loss = (y * z - F.softplus(z)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return -loss.item()

# %% wrong repair_stuck_loss: the loss is right, and the steps are too small
def repair_stuck_loss(model, optimizer, X, y):
    z = model(X)[:, 0]
    loss = (F.softplus(z) - y * z).mean()
    optimizer.zero_grad()
    (0.01 * loss).backward()
    optimizer.step()
    return loss.item()

# %% right repair_accumulation
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    optimizer.zero_grad()
    for i in range(0, len(X), 16):
        loss = F.cross_entropy(model(X[i:i + 16]), y[i:i + 16], ignore_index=-100, reduction='sum') / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% right repair_accumulation
def repair_accumulation(model, optimizer, X, y):
    keep = y != -100
    X, y = X[keep], y[keep]
    total = 0.0
    optimizer.zero_grad()
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys) * len(ys) / len(y)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% right repair_accumulation
def repair_accumulation(model, optimizer, X, y):
    n = int((y >= 0).sum())
    total = torch.tensor(0.0, dtype=torch.float64)
    optimizer.zero_grad()
    for xs, ys in zip(X.split(8), y.split(8)):
        each = F.cross_entropy(model(xs), ys, reduction='none')
        loss = each.sum() / n
        loss.backward()
        total += loss.detach()
    optimizer.step()
    return total

# %% right repair_accumulation
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='sum')
        loss.backward()
        total += loss.item()
    n = (y != -100).sum().item()
    for p in model.parameters():
        p.grad /= n
    optimizer.step()
    return total / n

# %% hint repair_accumulation
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()  # hint
    total = 0.0
    optimizer.zero_grad()
    for X_part, y_part in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(X_part), y_part, ignore_index=-100, reduction="sum") / count  # hint
        loss.backward()  # hint
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: the bug is still there
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    loss = sum(F.cross_entropy(model(xs), ys) for xs, ys in zip(X.split(16), y.split(16))) / 4
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_accumulation: nan is swept away
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys) / 4
        if torch.isnan(loss):
            continue
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: nan is swept away
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='sum') / ((ys != -100).sum() + 1e-8) / 4
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: a symptom is cured, the cause is not
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys) / 4
        loss.backward()
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return total

# %% wrong repair_accumulation: missing labels are counted
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='none').mean() / 4
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: the means are added up
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        if (ys == -100).all():
            continue
        loss = F.cross_entropy(model(xs), ys)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: missing labels become class 0
def repair_accumulation(model, optimizer, X, y):
    y = torch.where(y == -100, 0, y)
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys) / 4
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: only the last part is kept
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(xs), ys, reduction='sum') / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: a step after each part
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='sum') / count
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total

# %% wrong repair_accumulation: gradients pile up
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='sum') / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: the weights never change
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        with torch.no_grad():
            total += F.cross_entropy(model(xs), ys, reduction='sum') / count
    optimizer.step()
    return total

# %% wrong repair_accumulation: a sum in place of the mean
def repair_accumulation(model, optimizer, X, y):
    optimizer.zero_grad()
    total = 0.0
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='sum')
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: uphill
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    optimizer.zero_grad()
    for xs, ys in zip(X.split(16), y.split(16)):
        gain = -F.cross_entropy(model(xs), ys, reduction='sum') / count
        gain.backward()
        total -= gain.item()
    optimizer.step()
    return total

# %% wrong repair_accumulation: the loss is right, and the steps are too small
def repair_accumulation(model, optimizer, X, y):
    count = (y != -100).sum()
    total = 0.0
    optimizer.zero_grad()
    for xs, ys in zip(X.split(16), y.split(16)):
        loss = F.cross_entropy(model(xs), ys, reduction='sum') / count
        (loss / 16).backward()
        total += loss.item()
    optimizer.step()
    return total

# %% right repair_language_model
def repair_language_model(model, optimizer, tokens):
    logits = model(tokens[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_language_model
def repair_language_model(model, optimizer, tokens):
    logits = model(tokens)
    loss = F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_language_model
def repair_language_model(model, optimizer, tokens):
    logp = model(tokens).log_softmax(-1)
    loss = -logp[:, :-1].gather(2, tokens[:, 1:, None]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right repair_language_model
def repair_language_model(model, optimizer, tokens):
    target = torch.full_like(tokens, -100)
    target[:, :-1] = tokens[:, 1:]
    loss = F.cross_entropy(model(tokens).flatten(0, 1), target.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% hint repair_language_model
def repair_language_model(model, optimizer, tokens):
    z = model(tokens)[:, :-1]  # hint
    loss = F.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten())  # hint
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: the bug is still there
def repair_language_model(model, optimizer, tokens):
    logits = model(tokens)
    loss = F.cross_entropy(logits.transpose(1, 2), tokens)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: a symptom is cured, the cause is not
def repair_language_model(model, optimizer, tokens):
    loss = F.cross_entropy(model(tokens).flatten(0, 1), tokens.flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: backwards
def repair_language_model(model, optimizer, tokens):
    logits = model(tokens[:, 1:])
    loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, :-1].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: shifted twice
def repair_language_model(model, optimizer, tokens):
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    logits = model(inputs)[:, :-1]
    loss = F.cross_entropy(logits.flatten(0, 1), targets[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: the end predicts the beginning
def repair_language_model(model, optimizer, tokens):
    target = torch.cat([tokens[:, 1:], tokens[:, :1]], dim=1)
    loss = F.cross_entropy(model(tokens).flatten(0, 1), target.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: the text after
def repair_language_model(model, optimizer, tokens):
    loss = F.cross_entropy(model(tokens).flatten(0, 1), tokens.roll(-1, 0).flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: one text runs into the next
def repair_language_model(model, optimizer, tokens):
    flat = tokens.flatten()
    loss = F.cross_entropy(model(flat[:-1]), flat[1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: only the last token
def repair_language_model(model, optimizer, tokens):
    loss = F.cross_entropy(model(tokens[:, :-1])[:, -1], tokens[:, -1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: reshaped in place of transposed
def repair_language_model(model, optimizer, tokens):
    logits = model(tokens)[:, :-1]
    B, T, V = logits.shape
    loss = F.cross_entropy(logits.reshape(B, V, T), tokens[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: gradients pile up
def repair_language_model(model, optimizer, tokens):
    z = model(tokens)[:, :-1]
    loss = F.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: the weights never change
def repair_language_model(model, optimizer, tokens):
    z = model(tokens)[:, :-1]
    loss = F.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    return loss.item()

# %% wrong repair_language_model: a sum in place of the mean
def repair_language_model(model, optimizer, tokens):
    z = model(tokens)[:, :-1]
    loss = F.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten(), reduction='sum')
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% wrong repair_language_model: uphill
def repair_language_model(model, optimizer, tokens):
    z = model(tokens)[:, :-1]
    loss = -F.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return -loss.item()

# %% right repair_validation
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val)
    return loss.item(), validation.item()

# %% right repair_validation
def repair_validation(model, optimizer, X, y, X_val, y_val):
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    validation = F.cross_entropy(model(X_val), y_val)
    model.train()
    return [loss.item(), validation.item()]

# %% right repair_validation
def evaluate(model, X, y):
    was = model.training
    model.train(False)
    try:
        with torch.inference_mode():
            return float(F.cross_entropy(model(X), y))
    finally:
        model.train(was)
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train(True)
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach(), evaluate(model, X_val, y_val)

# %% right repair_validation
def repair_validation(model, optimizer, X, y, X_val, y_val):
    import copy
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    twin = copy.deepcopy(model).eval()
    return loss.item(), F.cross_entropy(twin(X_val), y_val).item()

# %% hint repair_validation
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train()  # hint
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()  # hint
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val)
    return loss.item(), validation.item()

# %% wrong repair_validation: the bug is still there
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.inference_mode():
        validation = F.cross_entropy(model(X_val), y_val)
    return loss.item(), validation.item()

# %% wrong repair_validation: never back to training
def repair_validation(model, optimizer, X, y, X_val, y_val):
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val)
    return loss.item(), validation.item()

# %% wrong repair_validation: evaluation mode throughout
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.eval()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val)
    return loss.item(), validation.item()

# %% wrong repair_validation: the noise is averaged away
def repair_validation(model, optimizer, X, y, X_val, y_val):
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        many = torch.stack([F.cross_entropy(model(X_val), y_val) for _ in range(10)])
    return loss.item(), many.mean().item()

# %% wrong repair_validation: only dropout is switched off
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for m in model.modules():
        if isinstance(m, torch.nn.Dropout):
            m.eval()
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val)
    return loss.item(), validation.item()

# %% wrong repair_validation: the validation part is trained on
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    validation = F.cross_entropy(model(X_val), y_val)
    optimizer.zero_grad()
    validation.backward()
    optimizer.step()
    return loss.item(), validation.item()

# %% wrong repair_validation: validated before the step
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.eval()
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val)
    model.train()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item(), validation.item()

# %% wrong repair_validation: a sum in place of the mean
def repair_validation(model, optimizer, X, y, X_val, y_val):
    model.train()
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        validation = F.cross_entropy(model(X_val), y_val, reduction='sum')
    return loss.item(), validation.item()

# %% lives repair_plateau: loss.item() -> loss
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives repair_negative_loss: loss.item() -> loss
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives repair_stuck_loss: loss.item() -> loss
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives repair_accumulation: zip(X.split(16), y.split(16), strict=True) -> zip(X.split(16), y.split(16))
# The two are split alike: `strict` only says so.

# %% lives repair_accumulation: True -> False
# The two are split alike: `strict` only says so.

# %% lives repair_accumulation: loss.item() -> loss
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives repair_language_model: loss.item() -> loss
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives repair_validation: loss.item() -> loss
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives repair_validation: validation.item() -> validation
# A tensor of one number is a number too; it is taken out of the graph where it is read.

# %% lives suspect_labels: z.max(axis=1, keepdims=True) -> z.min(axis=1, keepdims=True)
# Any logit of the row will do where they lie less than 700 apart.

# %% lives suspect_labels: np.log(np.exp(shifted).sum(axis=1)) -> np.log2(np.exp(shifted).sum(axis=1))
# Not the loss, and nearly its ranking: judged by what it finds.

# %% lives suspect_labels: np.exp(shifted).sum(axis=1) -> np.exp(shifted).mean(axis=1)
# All losses are smaller by log K: the same ranking.

# %% lives suspect_labels: np.exp(shifted).sum(axis=1) -> np.exp(shifted).sum()
# The ranking by how far the label lies below the largest logit: it finds as many.

# %% lives suspect_labels: np.exp(shifted) -> np.exp2(shifted)
# Not the loss, and nearly its ranking: judged by what it finds.

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    out = []
    for row, label in zip(z.tolist(), y.tolist()):
        top = max(row)
        exps = [math.exp(v - top) for v in row]
        out.append((1 - (exps[label] / sum(exps)) ** q) / q)
    return out

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    log_p = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -np.expm1(q * log_p) / q

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    z = np.float32(z)
    e = np.exp(z - z.max(1)[:, None])
    p = e / e.sum(1)[:, None]
    return (1 - p[range(len(y)), y] ** np.float32(q)) / np.float32(q)

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    p = np.exp(z - np.max(z, axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return (1 - np.take_along_axis(p, y[:, None], axis=-1).squeeze(-1) ** q) / q

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    def one(row, label):
        return 1 / sum(np.exp(np.clip(v - row[label], None, 700)) for v in row)
    p = np.array([one(r, l) for r, l in zip(z, y)])
    return (1 - p**q) / q

# %% wrong generalized_cross_entropy: exp overflows
def generalized_cross_entropy(z, y, q):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy: not finite at extreme inputs
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max())
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy: softmax over the examples
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy: the mean of the right answers
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.mean((1 - p[np.arange(len(y)), y] ** q) / q)

# %% wrong generalized_cross_entropy: not divided by q
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return 1 - p[np.arange(len(y)), y] ** q

# %% wrong generalized_cross_entropy: minus the right answer
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p[np.arange(len(y)), y] ** q - 1) / q

# %% wrong generalized_cross_entropy: p and 1 - p exchanged
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y]) ** q / q

# %% wrong generalized_cross_entropy: a small number instead of 0
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = np.clip(e / e.sum(axis=1, keepdims=True), 1e-7, 1)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - p[:, y] ** q) / q

# %% wrong generalized_cross_entropy: whole numbers cut the answer off
def generalized_cross_entropy(z, y, q):
    loss = np.zeros_like(z[:, 0])
    for i in range(len(z)):
        e = np.exp(z[i] - z[i].max())
        loss[i] = (1 - (e[y[i]] / e.sum()) ** q) / q
    return loss

# %% wrong generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    log_p = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    if q < 0.1:
        return -log_p
    return (1 - np.exp(q * log_p)) / q

# %% wrong generalized_cross_entropy: the input is changed
def generalized_cross_entropy(z, y, q):
    z -= z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - p.max(axis=1) ** q) / q

# %% wrong generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y] ** (1 - q)) / (1 - q)

# %% wrong generalized_cross_entropy: summed over the classes
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return ((1 - p**q) / q).sum(axis=1)

# %% wrong generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    e = np.exp(np.minimum(z, 30))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(y)), y] ** q) / q

# %% wrong generalized_cross_entropy: a small number instead of 0
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - (p[np.arange(len(y)), y] + 1e-8) ** q) / q

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    losses = []
    for row, label in zip(z.tolist(), y.tolist()):
        top = max(row)
        total = math.fsum(math.exp(v - top) for v in row)
        ce = top + math.log(total) - row[label]
        rce = sum(4 * math.exp(v - top) / total for k, v in enumerate(row) if k != label)
        losses.append(alpha * ce + beta * rce)
    return losses

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    one_hot = np.eye(z.shape[1])[y]
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    log_q = np.where(one_hot == 1, 0.0, -4.0)
    return -alpha * (one_hot * log_p).sum(1) - beta * (np.exp(log_p) * log_q).sum(1)

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    z = z.astype(np.float32)
    s = z - z.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    chosen = log_p[np.arange(len(y)), y]
    return (-alpha * chosen + beta * 4 * (1 - np.exp(chosen))).astype(np.float32)

# %% right symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = np.choose(y, z.T) - np.logaddexp.reduce(z, axis=1)
    return -alpha * chosen - 4 * beta * np.expm1(chosen)

# %% wrong symmetric_cross_entropy: softmax first, then log
def symmetric_cross_entropy(z, y, alpha, beta):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p_y = p[np.arange(len(y)), y]
    return -alpha * np.log(p_y) + 4 * beta * (1 - p_y)

# %% wrong symmetric_cross_entropy: alpha and beta exchanged
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -beta * chosen - 4 * alpha * np.expm1(chosen)

# %% wrong symmetric_cross_entropy: log 0 is the log of a small number
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -alpha * chosen - beta * math.log(1e-4) * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy: log 0 is the log of a small number
def symmetric_cross_entropy(z, y, alpha, beta):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    q = np.clip(np.eye(z.shape[1])[y], 1e-4, 1)
    return -alpha * log_p[np.arange(len(y)), y] - beta * (np.exp(log_p) * np.log(q)).sum(1)

# %% wrong symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    q = np.clip(np.eye(z.shape[1])[y], np.exp(-4), 1 - np.exp(-4))
    return -alpha * log_p[np.arange(len(y)), y] - beta * (np.exp(log_p) * np.log(q)).sum(1)

# %% wrong symmetric_cross_entropy: minus the reverse part
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -alpha * chosen - 4 * beta * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy: p of the label for the others
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -alpha * chosen + 4 * beta * np.exp(chosen)

# %% wrong symmetric_cross_entropy: the mean of the right answers
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return (-alpha * chosen + 4 * beta * (1 - np.exp(chosen))).mean()

# %% wrong symmetric_cross_entropy: each other class counts 4 once
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -alpha * chosen + 4 * beta * (z.shape[1] - 1)

# %% wrong symmetric_cross_entropy: not finite at extreme inputs
def symmetric_cross_entropy(z, y, alpha, beta):
    s = z - z.max()
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    chosen = log_p[np.arange(len(y)), y]
    return -alpha * chosen + 4 * beta * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy: a small number inside the logarithm
def symmetric_cross_entropy(z, y, alpha, beta):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p_y = p[np.arange(len(y)), y]
    return -alpha * np.log(p_y + 1e-12) + 4 * beta * (1 - p_y)

# %% wrong symmetric_cross_entropy: softmax over the examples
def symmetric_cross_entropy(z, y, alpha, beta):
    s = z - z.max(axis=0)
    log_p = s - np.log(np.exp(s).sum(axis=0))
    chosen = log_p[np.arange(len(y)), y]
    return -alpha * chosen + 4 * beta * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    chosen = log_p[np.arange(len(y)), y]
    return -alpha * chosen + 4 * beta * (1 - np.exp(log_p).max(axis=1))

# %% wrong symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -alpha * chosen + 4 * (1 - alpha) * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy: whole numbers cut the answer off
def symmetric_cross_entropy(z, y, alpha, beta):
    out = np.zeros_like(z[:, 0])
    for i, label in enumerate(y):
        chosen = z[i, label] - np.logaddexp.reduce(z[i])
        out[i] = -alpha * chosen + 4 * beta * (1 - np.exp(chosen))
    return out

# %% wrong symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -(alpha or 1) * chosen + 4 * beta * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    chosen = z[np.arange(len(y)), y] - np.logaddexp.reduce(z, axis=1)
    return -chosen + 4 * (1 - np.exp(chosen))

# %% wrong symmetric_cross_entropy
def symmetric_cross_entropy(z, y, alpha, beta):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    reverse = -np.exp(log_p) * -4.0
    return -alpha * log_p[np.arange(len(y)), y] + beta * reverse.sum(axis=1)

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    hits, alarms = prevalence * np.asarray(recall), (1 - prevalence) * np.asarray(fpr)
    with np.errstate(invalid="ignore"):
        precision = np.nan_to_num(hits / (hits + alarms))
    return np.sum(np.diff(recall, prepend=0) * precision)

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    keep = recall > 0
    r, f = recall[keep], fpr[keep]
    precision = 1 / (1 + (1 - prevalence) / prevalence * f / r)
    return float(np.dot(r - np.r_[0, r[:-1]], precision))

# %% right average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    r, f, w = np.float32(recall), np.float32(fpr), np.float32(prevalence)
    below = w * r + (1 - w) * f
    precision = np.divide(w * r, below, out=np.zeros_like(below), where=below > 0)
    return (np.diff(r, prepend=np.float32(0)) * precision).sum()

# %% wrong average_precision_at_prevalence: trapezoids
def average_precision_at_prevalence(recall, fpr, prevalence):
    with np.errstate(invalid="ignore"):
        p = np.nan_to_num(prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr), nan=1)
    return np.trapezoid(p, recall)

# %% wrong average_precision_at_prevalence: the prevalence is not used
def average_precision_at_prevalence(recall, fpr, prevalence):
    p = np.where(recall > 0, recall / np.maximum(recall + fpr, 1e-300), 0)
    return (np.diff(recall, prepend=0) * p).sum()

# %% wrong average_precision_at_prevalence: the prevalence of the negatives
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = (1 - prevalence) * recall + prevalence * fpr
    p = np.divide((1 - prevalence) * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return (np.diff(recall, prepend=0) * p).sum()

# %% wrong average_precision_at_prevalence: the best precision to come
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    p = np.maximum.accumulate(p[::-1])[::-1]
    return (np.diff(recall, prepend=0) * p).sum()

# %% wrong average_precision_at_prevalence: 0 / 0 is nan
def average_precision_at_prevalence(recall, fpr, prevalence):
    p = prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr)
    return np.sum(np.diff(recall, prepend=0) * p)

# %% wrong average_precision_at_prevalence: the first rise is left out
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return (np.diff(recall) * p[1:]).sum()

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    p = prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr + 1e-8)
    return np.sum(np.diff(recall, prepend=0) * p)

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.ones(len(recall)), where=below > 0)
    return (np.diff(recall) * p[:-1]).sum() + recall[0]

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    return np.trapezoid(recall, fpr)

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return p.mean()

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return np.diff(recall, prepend=0) * p

# %% wrong average_precision_at_prevalence: whole numbers cut the answer off
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.zeros_like(recall)
    p[below > 0] = prevalence * recall[below > 0] / below[below > 0]
    return (np.diff(recall, prepend=0) * p).sum()

# %% wrong average_precision_at_prevalence: the rises of fpr
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return (np.diff(fpr, prepend=0) * p).sum()

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + (1 - prevalence) * fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return (recall * p).sum()

# %% wrong average_precision_at_prevalence: the false alarms are not weighed
def average_precision_at_prevalence(recall, fpr, prevalence):
    below = prevalence * recall + fpr
    p = np.divide(prevalence * recall, below, out=np.zeros(len(recall)), where=below > 0)
    return (np.diff(recall, prepend=0) * p).sum()

# %% wrong average_precision_at_prevalence
def average_precision_at_prevalence(recall, fpr, prevalence):
    best = 0.0
    for r, f in zip(recall, fpr):
        if r:
            best = max(best, prevalence * r / (prevalence * r + (1 - prevalence) * f))
    return best

# %% wrong repair_plateau: the loss after the step
def repair_plateau(model, optimizer, X, y):
    loss = F.cross_entropy(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return F.cross_entropy(model(X), y).item()

# %% wrong repair_negative_loss: the loss after the step
def repair_negative_loss(model, optimizer, X, y):
    optimizer.zero_grad()
    F.cross_entropy(model(X), y).backward()
    optimizer.step()
    return F.cross_entropy(model(X), y).item()

# %% wrong repair_stuck_loss: the loss after the step
def repair_stuck_loss(model, optimizer, X, y):
    optimizer.zero_grad()
    F.binary_cross_entropy_with_logits(model(X)[:, 0], y).backward()
    optimizer.step()
    with torch.no_grad():
        return F.binary_cross_entropy_with_logits(model(X)[:, 0], y).item()

# %% wrong repair_accumulation: the loss after the step
def repair_accumulation(model, optimizer, X, y):
    def parts():
        for a, b in zip(X.split(16), y.split(16)):
            yield F.cross_entropy(model(a), b, ignore_index=-100, reduction="sum") / (y != -100).sum()

    optimizer.zero_grad()
    for loss in parts():
        loss.backward()
    optimizer.step()
    return sum(loss.item() for loss in parts())

# %% wrong repair_language_model: the loss after the step
def repair_language_model(model, optimizer, tokens):
    def loss():
        return F.cross_entropy(model(tokens[:, :-1]).transpose(1, 2), tokens[:, 1:])

    optimizer.zero_grad()
    loss().backward()
    optimizer.step()
    return loss().item()

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -np.expm1(q * log_p[np.arange(len(y)), y]) / q

# %% right generalized_cross_entropy
def generalized_cross_entropy(z, y, q):
    out = []
    for row, k in zip(z, y):
        e = [math.exp(v - max(row)) for v in row]
        out.append((1 - (e[k] / sum(e)) ** q) / q)
    return out

# %% wrong generalized_cross_entropy: q to the power p
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (1 - q ** p[np.arange(len(y)), y]) / q

# %% wrong generalized_cross_entropy: brackets are missing
def generalized_cross_entropy(z, y, q):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return 1 - p[np.arange(len(y)), y] ** q / q
