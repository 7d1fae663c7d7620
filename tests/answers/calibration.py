import math
import numpy as np

# %% right reliability_bins
def reliability_bins(confidence, correct, num_bins):
    edges = np.arange(num_bins + 1) / num_bins
    i = np.clip(np.searchsorted(edges, confidence, side='left') - 1, 0, num_bins - 1)
    n = np.array([(i == m).sum() for m in range(num_bins)])
    mean = lambda v: np.array([v[i == m].mean() if n[m] else np.nan for m in range(num_bins)])
    return (n, mean(confidence), mean(correct))

# %% right reliability_bins
def reliability_bins(confidence, correct, num_bins):
    count, conf, acc = ([], [], [])
    for m in range(num_bins):
        lo, hi = (m / num_bins, (m + 1) / num_bins)
        inside = (confidence > lo) & (confidence <= hi)
        if m == 0:
            inside |= confidence == 0
        count.append(int(inside.sum()))
        conf.append(confidence[inside].mean() if inside.any() else float('nan'))
        acc.append(correct[inside].mean() if inside.any() else float('nan'))
    return (count, conf, acc)

# %% right reliability_bins
def reliability_bins(confidence, correct, num_bins):
    n = np.zeros(num_bins, int)
    s = np.zeros(num_bins)
    k = np.zeros(num_bins)
    for c, t in zip(confidence, correct):
        m = 0
        while c > (m + 1) / num_bins:
            m += 1
        n[m] += 1
        s[m] += c
        k[m] += t
    with np.errstate(all='ignore'):
        return (n, s / n, k / n)

# %% right reliability_bins
def reliability_bins(confidence, correct, num_bins):
    i = np.digitize(confidence, np.linspace(0, 1, num_bins + 1), right=True)
    i[i == 0] = 1
    n = np.bincount(i, minlength=num_bins + 1)[1:]
    with np.errstate(invalid='ignore'):
        return [n, np.bincount(i, confidence, num_bins + 1)[1:] / n, np.bincount(i, correct, num_bins + 1)[1:] / n]

# %% wrong reliability_bins: ceil(c·M) rounds the product
def reliability_bins(confidence, correct, num_bins):
    i = np.clip(np.ceil(confidence * num_bins).astype(int) - 1, 0, num_bins - 1)
    n = np.bincount(i, minlength=num_bins)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, confidence, num_bins) / n, np.bincount(i, correct, num_bins) / n)

# %% wrong reliability_bins: ceil(c·M) rounds the product
def reliability_bins(confidence, correct, num_bins):
    members = [[] for _ in range(num_bins)]
    for c, k in zip(confidence, correct):
        members[max(math.ceil(c * num_bins) - 1, 0)].append((c, k))
    mean = lambda j: [sum(v[j] for v in b) / len(b) if b else math.nan for b in members]
    return (list(map(len, members)), mean(0), mean(1))

# %% wrong reliability_bins: an edge goes into the bin above
def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    return rbin(confidence, correct, num_bins, np.minimum((confidence * num_bins).astype(int), num_bins - 1))

# %% wrong reliability_bins: an edge goes into the bin above
def reliability_bins(confidence, correct, num_bins):
    n = np.histogram(confidence, num_bins, (0, 1))[0]
    with np.errstate(all='ignore'):
        return (n, np.histogram(confidence, num_bins, (0, 1), weights=confidence)[0] / n, np.histogram(confidence, num_bins, (0, 1), weights=correct)[0] / n)

# %% wrong reliability_bins: a confidence of 0 is lost
def reliability_bins(confidence, correct, num_bins):
    n, a, b = ([], [], [])
    for m in range(num_bins):
        s = (confidence > m / num_bins) & (confidence <= (m + 1) / num_bins)
        n.append(s.sum())
        a.append(confidence[s].mean() if s.any() else np.nan)
        b.append(correct[s].mean() if s.any() else np.nan)
    return (np.array(n), np.array(a), np.array(b))

# %% wrong reliability_bins: a confidence of 1 is lost
def reliability_bins(confidence, correct, num_bins):
    n, a, b = ([], [], [])
    for m in range(num_bins):
        s = (confidence >= m / num_bins) & (confidence < (m + 1) / num_bins)
        n.append(s.sum())
        a.append(confidence[s].mean() if s.any() else np.nan)
        b.append(correct[s].mean() if s.any() else np.nan)
    return (np.array(n), np.array(a), np.array(b))

# %% wrong reliability_bins: a bin too many
def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    return rbin(confidence, correct, num_bins, (confidence * num_bins).astype(int))

# %% wrong reliability_bins
def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    return rbin(confidence, correct, num_bins, np.ceil(confidence * num_bins).astype(int) - 1)

# %% wrong reliability_bins: 0 wraps into the last bin
def reliability_bins(confidence, correct, num_bins):
    n = np.zeros(num_bins, int)
    s = np.zeros(num_bins)
    k = np.zeros(num_bins)
    for c, t in zip(confidence, correct):
        m = math.ceil(c * num_bins) - 1
        n[m] += 1
        s[m] += c
        k[m] += t
    with np.errstate(all='ignore'):
        return (n, s / n, k / n)

# %% wrong reliability_bins: 0 in empty bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def reliability_bins(confidence, correct, num_bins):
    i = _idx(confidence, num_bins)
    n = np.bincount(i, minlength=num_bins)
    return (n, np.bincount(i, confidence, num_bins) / np.maximum(n, 1), np.bincount(i, correct, num_bins) / np.maximum(n, 1))

# %% wrong reliability_bins: 0 in empty bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = ([], [], [])
    for m in range(num_bins):
        s = _idx(confidence, num_bins) == m
        n.append(s.sum())
        a.append(confidence[s].mean() if s.any() else 0)
        b.append(correct[s].mean() if s.any() else 0)
    return (np.array(n), np.array(a), np.array(b))

# %% wrong reliability_bins: the middle of the bin for its mean confidence
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n, (np.arange(num_bins) + 0.5) / num_bins, b)

# %% wrong reliability_bins: the middle of the bin for its mean confidence
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n, np.where(n > 0, (np.arange(num_bins) + 0.5) / num_bins, np.nan), b)

# %% wrong reliability_bins: bins of equal counts
def reliability_bins(confidence, correct, num_bins):
    o = np.argsort(confidence)
    parts = np.array_split(o, num_bins)
    return (np.array([len(q) for q in parts]), np.array([confidence[q].mean() for q in parts]), np.array([correct[q].mean() for q in parts]))

# %% wrong reliability_bins: confidence and accuracy swapped
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n, b, a)

# %% wrong reliability_bins: shares in place of counts
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n / n.sum(), a, b)

# %% wrong reliability_bins: the number correct
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n, a, np.bincount(_idx(confidence, num_bins), correct, num_bins))

# %% wrong reliability_bins: sums in place of means
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def reliability_bins(confidence, correct, num_bins):
    i = _idx(confidence, num_bins)
    n = np.bincount(i, minlength=num_bins)
    return (n, np.bincount(i, confidence, num_bins), np.bincount(i, correct, num_bins))

# %% wrong reliability_bins: empty bins left out
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    s = n > 0
    return (n[s], a[s], b[s])

# %% wrong reliability_bins: bins between the least and the largest confidence
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    lo, hi = (confidence.min(), confidence.max())
    c = (confidence - lo) / (hi - lo + 1e-12)
    return rbin(confidence, correct, num_bins, _idx(c, num_bins))

# %% wrong reliability_bins: the arrays end with the last filled bin
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def reliability_bins(confidence, correct, num_bins):
    i = _idx(confidence, num_bins)
    n = np.bincount(i)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, confidence) / n, np.bincount(i, correct) / n)

# %% wrong reliability_bins: errors in place of accuracy
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n, a, 1 - b)

# %% wrong reliability_bins: the nearest edge
def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    i = np.round(confidence * num_bins).astype(int).clip(0, num_bins - 1)
    return rbin(confidence, correct, num_bins, i)

# %% wrong reliability_bins: the gap in place of the accuracy
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, _idx(confidence, num_bins))
    return (n, a, np.abs(a - b))

# %% wrong reliability_bins
def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def reliability_bins(confidence, correct, num_bins):
    i = np.floor(confidence * (num_bins - 1)).astype(int)
    return rbin(confidence, correct, num_bins, i)

# %% right expected_calibration_error
def expected_calibration_error(confidence, correct, num_bins):
    i = np.searchsorted(np.arange(1, num_bins) / num_bins, confidence)
    e = 0.0
    for m in range(num_bins):
        s = i == m
        if s.any():
            e += s.mean() * abs(correct[s].mean() - confidence[s].mean())
    return e

# %% right expected_calibration_error
def expected_calibration_error(confidence, correct, num_bins):
    total = 0
    for m in range(num_bins):
        s = (confidence <= (m + 1) / num_bins) & ((confidence > m / num_bins) | (m == 0))
        total += abs(np.sum(correct[s]) - np.sum(confidence[s]))
    return total / len(confidence)

# %% right expected_calibration_error
def expected_calibration_error(confidence, correct, num_bins):
    bins = {}
    for c, k in zip(confidence.tolist(), correct.tolist()):
        bins.setdefault(sum(c > m / num_bins for m in range(1, num_bins)), []).append(c - k)
    return math.fsum((abs(math.fsum(v)) for v in bins.values())) / len(confidence)

# %% right expected_calibration_error
def expected_calibration_error(confidence, correct, num_bins):
    i = np.clip(np.searchsorted(np.arange(1, num_bins) / num_bins, confidence, side='left'), 0, None)
    return np.abs(np.bincount(i, weights=np.asarray(correct, float) - confidence)).sum() / confidence.size

# %% wrong expected_calibration_error: ceil(c·M) rounds the product
def expected_calibration_error(confidence, correct, num_bins):
    i = np.maximum(np.ceil(confidence * num_bins).astype(int) - 1, 0)
    e = 0.0
    for m in range(num_bins):
        s = i == m
        if s.any():
            e += s.mean() * abs(correct[s].mean() - confidence[s].mean())
    return e

# %% wrong expected_calibration_error: ceil(c·M) rounds the product
def expected_calibration_error(confidence, correct, num_bins):
    bins = {}
    for c, k in zip(confidence.tolist(), correct.tolist()):
        bins.setdefault(max(0, math.ceil(c * num_bins) - 1), []).append(c - k)
    return math.fsum((abs(math.fsum(v)) for v in bins.values())) / len(confidence)

# %% wrong expected_calibration_error: every bin counts the same
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nanmean(np.abs(a - b))

# %% wrong expected_calibration_error: empty bins counted
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nansum(np.abs(a - b)) / num_bins

# %% wrong expected_calibration_error: the largest gap
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nanmax(np.abs(a - b))

# %% wrong expected_calibration_error: gaps with their signs
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nansum(n * (b - a)) / n.sum()

# %% wrong expected_calibration_error: gaps with their signs
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nansum(n * (a - b)) / n.sum()

# %% wrong expected_calibration_error: mean confidence minus mean accuracy
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return abs(np.nansum(n * (a - b)) / n.sum())

# %% wrong expected_calibration_error: mean confidence minus mean accuracy
def expected_calibration_error(confidence, correct, num_bins):
    return np.abs(confidence.mean() - correct.mean())

# %% wrong expected_calibration_error: squared gaps
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nansum(n * (a - b) ** 2) / n.sum()

# %% wrong expected_calibration_error: root of the squared gaps
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.sqrt(np.nansum(n * (a - b) ** 2) / n.sum())

# %% wrong expected_calibration_error: the middle of the bin for its mean confidence
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nansum(n * np.abs(b - (np.arange(num_bins) + 0.5) / num_bins)) / n.sum()

# %% wrong expected_calibration_error: an edge goes into the bin above
def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = rbin(confidence, correct, num_bins, np.minimum((confidence * num_bins).astype(int), num_bins - 1))
    return np.nansum(n * np.abs(a - b)) / n.sum()

# %% wrong expected_calibration_error: an edge goes into the bin above
def expected_calibration_error(confidence, correct, num_bins):
    e = 0
    for m in range(num_bins):
        s = (confidence >= m / num_bins) & ((confidence < (m + 1) / num_bins) | (m == num_bins - 1))
        if s.any():
            e += s.mean() * abs(confidence[s].mean() - correct[s].mean())
    return e

# %% wrong expected_calibration_error: 0 wraps into the last bin
def expected_calibration_error(confidence, correct, num_bins):
    n = np.zeros(num_bins)
    d = np.zeros(num_bins)
    for c, k in zip(confidence, correct):
        m = math.ceil(c * num_bins) - 1
        d[m] += k - c
    return np.abs(d).sum() / len(confidence)

# %% wrong expected_calibration_error: a confidence of 0 is lost
def expected_calibration_error(confidence, correct, num_bins):
    e = 0
    for m in range(num_bins):
        s = (confidence > m / num_bins) & (confidence <= (m + 1) / num_bins)
        if s.any():
            e += s.mean() * abs(confidence[s].mean() - correct[s].mean())
    return e

# %% wrong expected_calibration_error: a confidence of 1 is lost
def expected_calibration_error(confidence, correct, num_bins):
    e = 0
    for m in range(num_bins):
        s = (confidence >= m / num_bins) & (confidence < (m + 1) / num_bins)
        if s.any():
            e += s.mean() * abs(confidence[s].mean() - correct[s].mean())
    return e

# %% wrong expected_calibration_error: each example against its own confidence
def expected_calibration_error(confidence, correct, num_bins):
    return np.mean(np.abs(confidence - correct))

# %% wrong expected_calibration_error: NaN from empty bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.sum(n / n.sum() * np.abs(a - b))

# %% wrong expected_calibration_error: NaN from empty bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def expected_calibration_error(confidence, correct, num_bins):
    i = _idx(confidence, num_bins)
    e = 0
    for m in range(num_bins):
        e += (i == m).mean() * abs(np.mean(confidence[i == m]) - np.mean(correct[i == m]))
    return e

# %% wrong expected_calibration_error: not divided by N
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return np.nansum(n * np.abs(a - b))

# %% wrong expected_calibration_error: bins of equal counts
def expected_calibration_error(confidence, correct, num_bins):
    o = np.argsort(confidence)
    return sum((len(q) * abs(confidence[q].mean() - correct[q].mean()) for q in np.array_split(o, num_bins) if len(q))) / len(o)

# %% wrong expected_calibration_error: not added up
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def rbin(c, k, M, i):
    n = np.bincount(i, minlength=M)
    with np.errstate(all='ignore'):
        return (n, np.bincount(i, c, M) / n, np.bincount(i, k, M) / n)

def _rb(c, k, M):
    return rbin(c, k, M, _idx(c, M))

def expected_calibration_error(confidence, correct, num_bins):
    n, a, b = _rb(confidence, correct, num_bins)
    return n / n.sum() * np.abs(a - b)

# %% wrong expected_calibration_error: another number of bins
def ec_r1(confidence, correct, num_bins):
    i = np.maximum(np.ceil(confidence * num_bins).astype(int) - 1, 0)
    e = 0.0
    for m in range(num_bins):
        s = i == m
        if s.any():
            e += s.mean() * abs(correct[s].mean() - confidence[s].mean())
    return e

def expected_calibration_error(confidence, correct, num_bins):
    return ec_r1(confidence, correct, 15)

# %% wrong expected_calibration_error: another number of bins
def ec_r1(confidence, correct, num_bins):
    i = np.maximum(np.ceil(confidence * num_bins).astype(int) - 1, 0)
    e = 0.0
    for m in range(num_bins):
        s = i == m
        if s.any():
            e += s.mean() * abs(correct[s].mean() - confidence[s].mean())
    return e

def expected_calibration_error(confidence, correct, num_bins):
    return ec_r1(confidence, correct, 10)

# %% wrong expected_calibration_error: in per cent
def ec_r1(confidence, correct, num_bins):
    i = np.maximum(np.ceil(confidence * num_bins).astype(int) - 1, 0)
    e = 0.0
    for m in range(num_bins):
        s = i == m
        if s.any():
            e += s.mean() * abs(correct[s].mean() - confidence[s].mean())
    return e

def expected_calibration_error(confidence, correct, num_bins):
    return 100 * ec_r1(confidence, correct, num_bins)

# %% wrong expected_calibration_error: one minus the right answer
def ec_r1(confidence, correct, num_bins):
    i = np.searchsorted(np.arange(1, num_bins) / num_bins, confidence)
    e = 0.0
    for m in range(num_bins):
        s = i == m
        if s.any():
            e += s.mean() * abs(correct[s].mean() - confidence[s].mean())
    return e

def expected_calibration_error(confidence, correct, num_bins):
    return 1 - ec_r1(confidence, correct, num_bins)

# %% right fit_temperature
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 1201))
    return T[np.argmin([_nll(z, y, t) for t in T])]

# %% right fit_temperature
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

# %% right fit_temperature
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    from scipy.optimize import minimize
    return minimize(lambda w: _nll(z, y, np.exp(w[0])), [0.0], method='Nelder-Mead').x[0] * 0 + np.exp(minimize(lambda w: _nll(z, y, np.exp(w[0])), [0.0], method='Nelder-Mead').x[0])

# %% right fit_temperature
def fit_temperature(z, y):
    def nll(T):
        a = z / T
        a = a - a.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(a).sum(axis=1)) - a[np.arange(len(y)), y])

    grid = np.geomspace(0.05, 20, 400)
    return float(grid[np.argmin([nll(T) for T in grid])])

# %% wrong fit_temperature: the inverse
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def ft_r2(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

def fit_temperature(z, y):
    return 1 / ft_r2(z, y)

# %% wrong fit_temperature: its logarithm
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def ft_r2(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

def fit_temperature(z, y):
    return math.log(ft_r2(z, y))

# %% wrong fit_temperature: nothing fitted
def fit_temperature(z, y):
    return 1

# %% wrong fit_temperature: only softer
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.linspace(1, 10, 1000)
    return T[np.argmin([_nll(z, y, t) for t in T])]

# %% wrong fit_temperature: only sharper
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.linspace(0.01, 1, 1000)
    return T[np.argmin([_nll(z, y, t) for t in T])]

# %% wrong fit_temperature: probabilities divided by T
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    T = np.exp(np.linspace(-5, 3, 1000))
    return T[np.argmin([_nll(p, y, t) for t in T])]

# %% wrong fit_temperature: square root
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def ft_r2(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

def fit_temperature(z, y):
    return ft_r2(z, y) ** 0.5

# %% wrong fit_temperature: the search ran to its lower end
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 1201))
    yy = z.argmax(1)
    return T[np.argmin([_nll(z, yy, t) for t in T])]

# %% wrong fit_temperature: confidence matched to accuracy
def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 601))
    acc = (z.argmax(1) == y).mean()

    def conf(t):
        v = z / t
        p = np.exp(v - v.max(1, keepdims=True))
        return (p / p.sum(1, keepdims=True)).max(1).mean()
    return T[np.argmin([abs(conf(t) - acc) for t in T])]

# %% wrong fit_temperature
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 601))
    return T[np.argmax([_nll(z, y, t) for t in T])]

# %% wrong fit_temperature: short of the minimum
def fit_temperature(z, y):
    T = 1.0
    for _ in range(100):
        v = z / T
        p = np.exp(v - v.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        g = (z[np.arange(len(y)), y] - (p * z).sum(1)).mean() / T ** 2
        T -= 0.01 * g
    return T

# %% wrong fit_temperature: short of the minimum
def fit_temperature(z, y):
    T = 1.0
    for _ in range(50):
        v = z / T
        p = np.exp(v - v.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        g = (z[np.arange(len(y)), y] - (p * z).sum(1)).mean() / T ** 2
        T -= 0.001 * g
    return T

# %% wrong fit_temperature: a place in the grid
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 601))
    return int(np.argmin([_nll(z, y, t) for t in T]))

# %% wrong fit_temperature: the loss, not T
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 601))
    return min((_nll(z, y, t) for t in T))

# %% wrong fit_temperature: the same T always
def fit_temperature(z, y):
    return 1.5

# %% wrong fit_temperature: near the minimum, not at it
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def fit_temperature(z, y):
    T = np.array([0.5, 1, 1.5, 2, 2.5, 3])
    return T[np.argmin([_nll(z, y, t) for t in T])]

# %% wrong fit_temperature: the smallest squared error
def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 601))
    oh = np.eye(z.shape[1])[y]

    def br(t):
        v = z / t
        p = np.exp(v - v.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        return ((p - oh) ** 2).sum()
    return T[np.argmin([br(t) for t in T])]

# %% wrong fit_temperature: the square
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def ft_r2(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

def fit_temperature(z, y):
    return ft_r2(z, y) ** 2

# %% wrong fit_temperature
def fit_temperature(z, y):
    return z.std()

# %% wrong fit_temperature: the inverse
def fit_temperature(z, y):
    T = np.exp(np.linspace(-3, 3, 601))

    def f(t):
        v = z * t
        v = v - v.max(1, keepdims=True)
        return (np.log(np.exp(v).sum(1)) - v[np.arange(len(y)), y]).mean()
    return T[np.argmin([f(t) for t in T])]

# %% wrong fit_temperature: short of the minimum
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def ft_r2(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

def fit_temperature(z, y):
    return np.array([ft_r2(z, y)])

# %% wrong fit_temperature
def _nll(z, y, T):
    s = z / T
    s = s - s.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(y)), y]).mean()

def ft_r2(z, y):
    a, b = (-3.0, 3.0)
    g = (5 ** 0.5 - 1) / 2
    for _ in range(60):
        c, d = (b - g * (b - a), a + g * (b - a))
        if _nll(z, y, math.exp(c)) < _nll(z, y, math.exp(d)):
            b = d
        else:
            a = c
    return math.exp((a + b) / 2)

def fit_temperature(z, y):
    T = np.linspace(0.1, 3, 30)
    return T[np.argmin([_nll(z, y, t) for t in T])] if z.shape[0] > 500 else round(ft_r2(z, y))

# %% right fit_platt
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, _t(y))

# %% right fit_platt
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    from scipy.optimize import minimize
    t = _t(y)
    f = lambda w: np.mean(np.logaddexp(0, w[0] * scores + w[1]) - t * (w[0] * scores + w[1]))
    return tuple(minimize(f, [1.0, 0.0], method='Nelder-Mead', options={'maxiter': 2000}).x)

# %% right fit_platt
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    from scipy.optimize import minimize
    from scipy.special import log_expit
    t = _t(y)

    def f(w):
        z = w[0] * scores + w[1]
        return -(t * log_expit(z) + (1 - t) * log_expit(-z)).sum()
    r = minimize(f, np.zeros(2), method='BFGS')
    return [float(r.x[0]), float(r.x[1])]

# %% right fit_platt
def fit_platt(scores, y):
    n1 = np.sum(y == 1)
    t = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (len(y) - n1 + 2))
    X = np.stack([scores, np.ones(len(scores))], axis=1)
    w = np.zeros(2)
    for _ in range(30):
        p = 1 / (1 + np.exp(-X @ w))
        w = w - np.linalg.solve(X.T @ (X * (p * (1 - p))[:, None]), X.T @ (p - t))
    return (w[0], w[1])

# %% wrong fit_platt: targets 0 and 1
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, y.astype(float))

# %% wrong fit_platt: targets 0 and 1
def fit_platt(scores, y):
    from scipy.optimize import minimize
    f = lambda w: np.mean(np.logaddexp(0, w[0] * scores + w[1]) - y * (w[0] * scores + w[1]))
    return minimize(f, [0.0, 0.0]).x

# %% wrong fit_platt: targets 0 and 1
def fit_platt(scores, y):
    s = (scores - scores.mean()) / scores.std()
    a = b = 0.0
    for _ in range(20000):
        p = 1 / (1 + np.exp(-(a * s + b)))
        d = p - y
        a -= 1.0 * (d * s).mean()
        b -= 1.0 * d.mean()
    return (a / scores.std(), b - a * scores.mean() / scores.std())

# %% wrong fit_platt: targets 0 and 1
def fit_platt(scores, y):
    s = (scores - scores.mean()) / scores.std()
    a = b = 0.0
    for _ in range(300):
        p = 1 / (1 + np.exp(-(a * s + b)))
        d = p - y
        a -= 1.0 * (d * s).mean()
        b -= 1.0 * d.mean()
    return (a / scores.std(), b - a * scores.mean() / scores.std())

# %% wrong fit_platt: Platt's signs
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton(scores, _t(y))
    return (-a, -b)

# %% wrong fit_platt: slope and intercept swapped
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton(scores, _t(y))
    return (b, a)

# %% wrong fit_platt: no intercept
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    t = _t(y)
    a = 0.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-a * scores))
        a -= ((p - t) * scores).mean() / (p * (1 - p) * scores ** 2).mean()
    return (a, 0.0)

# %% wrong fit_platt: only the intercept
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    t = _t(y)
    b = 0.0
    for _ in range(200):
        p = 1 / (1 + np.exp(-(scores + b)))
        b -= (p - t).mean() / (p * (1 - p)).mean()
    return (1.0, b)

# %% wrong fit_platt: nothing fitted
def fit_platt(scores, y):
    return (1, 0)

# %% wrong fit_platt: a penalty on the slope
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, _t(y), ridge=1 / len(y))

# %% wrong fit_platt: a penalty on the slope
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, y.astype(float), ridge=1 / len(y))

# %% wrong fit_platt: a penalty on the slope
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, _t(y), ridge=0.1)

# %% wrong fit_platt: least squares
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    return tuple(np.polyfit(scores, _t(y), 1))

# %% wrong fit_platt: least squares
def fit_platt(scores, y):
    return tuple(np.polyfit(scores, y, 1))

# %% wrong fit_platt: stopped early
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    t = _t(y)
    a = b = 0.0
    for _ in range(100):
        d = 1 / (1 + np.exp(-(a * scores + b))) - t
        a -= 0.1 * (d * scores).mean()
        b -= 0.1 * d.mean()
    return (a, b)

# %% wrong fit_platt: other soft targets
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    n1 = y.sum()
    n0 = len(y) - n1
    return _newton(scores, np.where(y == 1, (n0 + 1) / (n0 + 2), 1 / (n1 + 2)))

# %% wrong fit_platt: other soft targets
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    n = len(y)
    return _newton(scores, np.where(y == 1, (n + 1) / (n + 2), 1 / (n + 2)))

# %% wrong fit_platt: other soft targets
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, np.where(y == 1, 0.95, 0.05))

# %% wrong fit_platt: other soft targets
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, np.where(y == 1, 0.99, 0.01))

# %% wrong fit_platt: other soft targets
def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    n1 = y.sum()
    n0 = len(y) - n1
    return _newton(scores, np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n1 + 2)))

# %% wrong fit_platt: fitted to standardised scores
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton((scores - scores.mean()) / scores.std(), _t(y))
    return (a, b)

# %% wrong fit_platt: Platt's signs
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    return _newton(scores, 1 - _t(y))

# %% wrong fit_platt
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton(scores, _t(y))
    return a

# %% wrong fit_platt
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton(scores, _t(y))
    return {'slope': a, 'intercept': b}

# %% wrong fit_platt
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton(scores, _t(y))
    return 1 / (1 + np.exp(-(a * scores + b)))

# %% wrong fit_platt: the threshold in place of the intercept
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def _newton(s, t, ridge=0.0, slope_only=False):
    A = np.c_[s, np.ones(len(s))]
    w = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(A @ w, -500, 500)))
        H = (A * (p * (1 - p))[:, None]).T @ A / len(s) + ridge * np.diag([1, 0]) + 1e-14 * np.eye(2)
        g = A.T @ (p - t) / len(s) + ridge * np.array([w[0], 0])
        step = np.linalg.solve(H, g)
        if np.abs(step).max() > 5:
            step *= 5 / np.abs(step).max()
        w = w - step
    return (w[0], w[1])

def fit_platt(scores, y):
    a, b = _newton(scores, _t(y))
    return (a, -b / a)

# %% wrong fit_platt: the squared error
def _t(y):
    n1 = (y == 1).sum()
    n0 = len(y) - n1
    return np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

def fit_platt(scores, y):
    from scipy.optimize import minimize
    t = _t(y)
    return tuple(minimize(lambda w: ((1 / (1 + np.exp(-(w[0] * scores + w[1]))) - t) ** 2).mean(), [0.0, 0.0]).x)

# %% right brier_decomposition
def brier_decomposition(p, y, num_bins):
    i = np.searchsorted(np.arange(1, num_bins) / num_bins, p)
    m = np.mean(y)
    N = len(p)
    rel = res = 0.0
    for k in set(i.tolist()):
        s = i == k
        rel += s.sum() / N * (p[s].mean() - y[s].mean()) ** 2
        res += s.sum() / N * (y[s].mean() - m) ** 2
    unc = m - m ** 2
    return (rel, res, unc, np.mean((p - y) ** 2) - (rel - res + unc))

# %% right brier_decomposition
def brier_decomposition(p, y, num_bins):
    b = [[] for _ in range(num_bins)]
    for a, t in zip(p, y):
        b[sum(a > k / num_bins for k in range(1, num_bins))].append((float(a), float(t)))
    N = len(p)
    m = sum(map(float, y)) / N
    rel = res = w = 0
    for g in b:
        if not g:
            continue
        f = sum((a for a, _ in g)) / len(g)
        s = sum((t for _, t in g)) / len(g)
        rel += len(g) / N * (f - s) ** 2
        res += len(g) / N * (s - m) ** 2
        w += sum(((a - f) ** 2 - 2 * (a - f) * (t - s) for a, t in g)) / N
    return [rel, res, m * (1 - m), w]

# %% right brier_decomposition
def _idx(c, M):
    return np.searchsorted(np.arange(1, M) / M, c)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    O = np.eye(num_bins)[i]
    n = O.sum(0)
    keep = n > 0
    f, s = ((O.T @ p)[keep] / n[keep], (O.T @ y)[keep] / n[keep])
    w = n[keep] / n.sum()
    m = y.mean()
    rel, res, unc = (w @ (f - s) ** 2, w @ (s - m) ** 2, np.var(y))
    return np.array([rel, res, unc, np.mean((p - y) ** 2) - rel + res - unc])

# %% right brier_decomposition
def _idx(c, M):
    return np.searchsorted(np.arange(1, M) / M, c)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    with np.errstate(all='ignore'):
        n = np.bincount(i, minlength=num_bins)
        f = np.bincount(i, p, num_bins) / n
        s = np.bincount(i, y, num_bins) / n
    m = np.mean(y)
    return (np.nansum(n * (f - s) ** 2) / len(p), np.nansum(n * (s - m) ** 2) / len(p), m * (1 - m), np.mean((p - f[i]) ** 2) - 2 * np.mean((p - f[i]) * (y - s[i])))

# %% wrong brier_decomposition: ceil(p·M) rounds the product
def brier_decomposition(p, y, num_bins):
    i = np.maximum(np.ceil(p * num_bins).astype(int) - 1, 0)
    m = np.mean(y)
    N = len(p)
    rel = res = 0.0
    for k in set(i.tolist()):
        s = i == k
        rel += s.sum() / N * (p[s].mean() - y[s].mean()) ** 2
        res += s.sum() / N * (y[s].mean() - m) ** 2
    unc = m - m ** 2
    return (rel, res, unc, np.mean((p - y) ** 2) - (rel - res + unc))

# %% wrong brier_decomposition: ceil(p·M) rounds the product
def brier_decomposition(p, y, num_bins):
    i = np.clip(np.ceil(p * num_bins).astype(int) - 1, 0, None)
    _, i, n = np.unique(i, return_inverse=True, return_counts=True)
    f, s = (np.bincount(i, v) / n for v in (p, y))
    m = np.mean(y)
    rel, res = (n @ (f - s) ** 2 / len(p), n @ (s - m) ** 2 / len(p))
    return (rel, res, m * (1 - m), np.mean((p - y) ** 2) - rel + res - m * (1 - m))

# %% wrong brier_decomposition: reliability and resolution swapped
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (b, a, c, d)

# %% wrong brier_decomposition: every bin counts the same
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    m = y.mean()
    ks = np.unique(i)
    rel = np.mean([(p[i == k].mean() - y[i == k].mean()) ** 2 for k in ks])
    res = np.mean([(y[i == k].mean() - m) ** 2 for k in ks])
    return (rel, res, m * (1 - m), ((p - y) ** 2).mean() - rel + res - m * (1 - m))

# %% wrong brier_decomposition: every bin counts the same
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    m = y.mean()
    ks = np.unique(i)
    rel = np.mean([(p[i == k].mean() - y[i == k].mean()) ** 2 for k in ks])
    res = np.mean([(y[i == k].mean() - m) ** 2 for k in ks])
    return (rel, res, m * (1 - m), bd(p, y, num_bins)[3])

# %% wrong brier_decomposition: the middle of the bin for its mean forecast
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    mid = (i + 0.5) / num_bins
    s = np.array([y[i == k].mean() for k in i])
    m = y.mean()
    rel, res = (((mid - s) ** 2).mean(), ((s - m) ** 2).mean())
    return (rel, res, m * (1 - m), ((p - y) ** 2).mean() - rel + res - m * (1 - m))

# %% wrong brier_decomposition: nothing left within the bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    return (*bd(p, y, num_bins)[:3], 0)

# %% wrong brier_decomposition: only the variance within the bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    f = np.array([p[i == k].mean() for k in i])
    return (*bd(p, y, num_bins)[:3], ((p - f) ** 2).mean())

# %% wrong brier_decomposition: the share for the uncertainty
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (a, b, y.mean(), d)

# %% wrong brier_decomposition: the share for the uncertainty
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    m = y.mean()
    return (a, b, m, ((p - y) ** 2).mean() - a + b - m)

# %% wrong brier_decomposition: resolution against 1/2
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    s = np.array([y[i == k].mean() for k in i])
    a, b, c, d = bd(p, y, num_bins)
    return (a, ((s - 0.5) ** 2).mean(), c, d)

# %% wrong brier_decomposition: resolution with a minus sign
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (a, -b, c, d)

# %% wrong brier_decomposition: an edge goes into the bin above
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    return bd(p, y, num_bins, np.minimum((p * num_bins).astype(int), num_bins - 1))

# %% wrong brier_decomposition: three numbers
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    return bd(p, y, num_bins)[:3]

# %% wrong brier_decomposition: the score in place of what is left
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (a, b, c, ((p - y) ** 2).mean())

# %% wrong brier_decomposition: the mean forecast for the share of ones
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    s = np.array([y[i == k].mean() for k in i])
    a, b, c, d = bd(p, y, num_bins)
    return (a, ((s - p.mean()) ** 2).mean(), c, d)

# %% wrong brier_decomposition: absolute gaps
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    f, s = (np.array([v[i == k].mean() for k in i]) for v in (p, y))
    a, b, c, d = bd(p, y, num_bins)
    return (np.abs(f - s).mean(), b, c, d)

# %% wrong brier_decomposition: what is left, with a wrong sign
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (a, b, c, ((p - y) ** 2).mean() - a - b - c)

# %% wrong brier_decomposition: the mean forecast for the share of ones
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    m = p.mean()
    return (a, b, m * (1 - m), d)

# %% wrong brier_decomposition: 0 wraps into the last bin
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = np.ceil(p * num_bins).astype(int) - 1
    return bd(p, y, num_bins, i % num_bins)

# %% wrong brier_decomposition: NaN from empty bins
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    n = np.bincount(i, minlength=num_bins)
    f = np.bincount(i, p, num_bins) / n
    s = np.bincount(i, y, num_bins) / n
    m = y.mean()
    rel, res = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p))
    return (rel, res, m * (1 - m), ((p - y) ** 2).mean() - rel + res - m * (1 - m))

# %% wrong brier_decomposition: what is left, with a wrong sign
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    i = _idx(p, num_bins)
    f, s = (np.array([v[i == k].mean() for k in i]) for v in (p, y))
    a, b, c, d = bd(p, y, num_bins)
    return (a, b, c, ((p - f) ** 2).mean() + 2 * ((p - f) * (y - s)).mean())

# %% wrong brier_decomposition: the share for the uncertainty
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (a, b, np.std(y), d)

# %% wrong brier_decomposition: the score only
def brier_decomposition(p, y, num_bins):
    return ((p - y) ** 2).mean()

# %% wrong brier_decomposition: what is left, with a wrong sign
def _idx(c, M):
    return np.maximum(np.ceil(c * M).astype(int) - 1, 0)

def bd(p, y, M, i=None):
    i = _idx(p, M) if i is None else i
    n = np.bincount(i, minlength=M)
    d = np.maximum(n, 1)
    f = np.bincount(i, p, M) / d
    s = np.bincount(i, y, M) / d
    m = y.mean()
    rel, res, unc = ((n * (f - s) ** 2).sum() / len(p), (n * (s - m) ** 2).sum() / len(p), m * (1 - m))
    return (rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc)

def brier_decomposition(p, y, num_bins):
    a, b, c, d = bd(p, y, num_bins)
    return (a, b, c, -d)

# %% right bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return np.asarray(cost_fp) / np.add(cost_fp, cost_fn)

# %% right bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return 1 - cost_fn / (cost_fp + cost_fn)

# %% right bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    if np.ndim(cost_fp):
        return [bayes_threshold(a, b) for a, b in zip(cost_fp, cost_fn)]
    return float(cost_fp) / (cost_fp + cost_fn)

# %% right bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return np.vectorize(lambda a, b: a / (a + b), otypes=[float])(cost_fp, cost_fn)

# %% wrong bayes_threshold: the other cost on top
def bayes_threshold(cost_fp, cost_fn):
    return cost_fn / (cost_fp + cost_fn)

# %% wrong bayes_threshold: the odds
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp / cost_fn

# %% wrong bayes_threshold: the odds upside down
def bayes_threshold(cost_fp, cost_fn):
    return cost_fn / cost_fp

# %% wrong bayes_threshold: the log-odds
def bayes_threshold(cost_fp, cost_fn):
    return np.log(cost_fp / cost_fn)

# %% wrong bayes_threshold: always one half
def bayes_threshold(cost_fp, cost_fn):
    return 0.5

# %% wrong bayes_threshold: always one half
def bayes_threshold(cost_fp, cost_fn):
    return 0.5 * np.ones_like(cost_fp)

# %% wrong bayes_threshold: the difference of the costs
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp - cost_fn

# %% wrong bayes_threshold: a cost of 0
def bayes_threshold(cost_fp, cost_fn):
    return 1 / (1 + cost_fn / cost_fp)

# %% wrong bayes_threshold: a cost of 0
def bayes_threshold(cost_fp, cost_fn):
    r = cost_fp / cost_fn
    return r / (1 + r)

# %% wrong bayes_threshold: a cost of 0 taken for none
def bayes_threshold(cost_fp, cost_fn):
    if not cost_fp or not cost_fn:
        return 0.5
    return cost_fp / (cost_fp + cost_fn)

# %% wrong bayes_threshold: a small number added or cut off
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp / (cost_fp + cost_fn + 1e-09)

# %% wrong bayes_threshold: rounded
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp // (cost_fp + cost_fn)

# %% wrong bayes_threshold: a small number added or cut off
def bayes_threshold(cost_fp, cost_fn):
    return np.clip(cost_fp / (cost_fp + cost_fn), 0.01, 0.99)

# %% wrong bayes_threshold: another sum below
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp / (cost_fp * cost_fn)

# %% wrong bayes_threshold: another sum below
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp / np.sqrt(cost_fp ** 2 + cost_fn ** 2)

# %% wrong bayes_threshold: rounded
def bayes_threshold(cost_fp, cost_fn):
    return round(cost_fp / (cost_fp + cost_fn), 2) if np.ndim(cost_fp) == 0 else np.round(cost_fp / (cost_fp + cost_fn), 2)

# %% wrong bayes_threshold: another sum below
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp / (1 + cost_fn)

# %% wrong bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return min(1, cost_fp / cost_fn)

# %% wrong bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return cost_fp / max(cost_fp + cost_fn, 1)

# %% wrong bayes_threshold: half the right answer
def bayes_threshold(cost_fp, cost_fn):
    return np.where(cost_fp == 0, 0.0, cost_fp / (cost_fp + cost_fn) * 0.5)

# %% lives reliability_bins: np.errstate(invalid='ignore') -> np.errstate()
# Only a warning more.

# %% lives expected_calibration_error: confidence - correct -> correct - confidence
# The absolute value is taken.

# %% lives brier_decomposition: forecast - share -> share - forecast
# It is squared, or adds up to the same within each bin.

# %% lives brier_decomposition: share - m -> m - share
# It is squared, or adds up to the same within each bin.

# %% lives brier_decomposition: p - forecast -> forecast - p
# It is squared, or adds up to the same within each bin.

# %% lives brier_decomposition: p - forecast -> p + forecast #2
# It is squared, or adds up to the same within each bin.

# %% lives brier_decomposition: p - forecast -> p #2
# It is squared, or adds up to the same within each bin.

# %% lives brier_decomposition: y - share -> y + share
# It is squared, or adds up to the same within each bin.

# %% lives brier_decomposition: y - share -> y
# It is squared, or adds up to the same within each bin.


# %% wrong brier_decomposition: divided by N - 1
def brier_decomposition(p, y, num_bins):
    k = np.searchsorted(np.arange(1, num_bins) / num_bins, p)
    m = y.mean()
    rel = res = 0.0
    for b in range(num_bins):
        i = k == b
        if i.any():
            rel += i.mean() * (p[i].mean() - y[i].mean()) ** 2
            res += i.mean() * (y[i].mean() - m) ** 2
    unc = np.var(y, ddof=1)
    return rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc


# %% wrong brier_decomposition: divided by N - 1
def brier_decomposition(p, y, num_bins):
    k = np.searchsorted(np.arange(1, num_bins) / num_bins, p)
    n = np.bincount(k, minlength=num_bins)
    f = np.bincount(k, p, num_bins)[n > 0] / n[n > 0]
    o = np.bincount(k, y, num_bins)[n > 0] / n[n > 0]
    w = n[n > 0] / len(p)
    rel, res = (w * (f - o) ** 2).sum(), (w * (o - y.mean()) ** 2).sum()
    pk, yk = np.zeros(num_bins), np.zeros(num_bins)
    pk[n > 0], yk[n > 0] = f, o
    within = ((p - pk[k]) ** 2 - 2 * (p - pk[k]) * (y - yk[k])).mean()
    return rel, res, y.std(ddof=1) ** 2, within


# %% wrong bayes_threshold: a cost of 0 taken for none
def bayes_threshold(cost_fp, cost_fn):
    return (cost_fp or 1) / ((cost_fp or 1) + (cost_fn or 1))


# %% wrong bayes_threshold: a cost of 0 taken for none
def bayes_threshold(cost_fp, cost_fn):
    fp, fn = np.asarray(cost_fp, float), np.asarray(cost_fn, float)
    return np.where((fp == 0) | (fn == 0), 0.5, fp / (fp + fn))


# %% wrong bayes_threshold: a cost of 0 taken for none
def bayes_threshold(cost_fp, cost_fn):
    if np.ndim(cost_fp) == 0 and not cost_fn:
        return 0.5
    return cost_fp / (cost_fp + cost_fn)


# %% hint reliability_bins
def reliability_bins(confidence, correct, num_bins):
    M = num_bins
    index = np.searchsorted(np.arange(1, M) / M, confidence)
    count = np.bincount(index, minlength=M)  # hint: np.bincount(index, minlength=M)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(index, weights=confidence, minlength=M) / count  # hint: np.bincount(index, weights=confidence, minlength=M)
        return count, mean, np.bincount(index, weights=correct, minlength=M) / count


# %% hint expected_calibration_error
def reliability_bins(confidence, correct, num_bins):
    index = np.searchsorted(np.arange(1, num_bins) / num_bins, confidence)
    count = np.bincount(index, minlength=num_bins)
    with np.errstate(invalid="ignore"):
        return count, *(np.bincount(index, v, num_bins) / count for v in (confidence, correct))

def expected_calibration_error(confidence, correct, num_bins):
    count, conf, acc = reliability_bins(confidence, correct, num_bins)  # hint
    return np.nansum(count * np.abs(acc - conf)) / count.sum()  # hint


# %% hint fit_temperature
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

def fit_temperature(z, y):
    def loss(t): s = z / np.exp(t); return (logsumexp(s, axis=1) - s[np.arange(len(y)), y]).mean()  # hint
    return np.exp(minimize_scalar(loss, bounds=(-3, 3), method='bounded').x)  # hint


# %% hint fit_platt
from scipy.optimize import minimize

def fit_platt(scores, y):
    n1 = y.sum()
    n0 = len(y) - n1
    t = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))  # hint
    return minimize(lambda w: np.mean(np.logaddexp(0, w[0] * scores + w[1]) - t * (w[0] * scores + w[1])), [0, 0]).x  # hint: minimize(lambda w: np.mean(np.logaddexp(0, w[0] * scores + w[1]) - t * (w[0] * scores + w[1])), [0, 0])


# %% hint brier_decomposition
def brier_decomposition(p, y, num_bins):
    k = np.searchsorted(np.arange(1, num_bins) / num_bins, p)
    count = np.bincount(k, minlength=num_bins)
    filled = np.maximum(count, 1)
    forecast, share = np.bincount(k, p, num_bins) / filled, np.bincount(k, y, num_bins) / filled
    m = y.mean()
    reliability = (count / len(p) * (forecast - share) ** 2).sum()
    resolution = (count / len(p) * (share - m) ** 2).sum()
    uncertainty = m * (1 - m)
    mean = np.mean
    return reliability, resolution, uncertainty, mean((p - y)**2) - reliability + resolution - uncertainty  # hint: mean((p - y)**2) - reliability + resolution - uncertainty


# %% hint bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    p = cost_fp / (cost_fp + cost_fn)  # hint
    return p


# %% wrong expected_calibration_error: bins between the least and the largest confidence
def expected_calibration_error(confidence, correct, num_bins):
    edges = np.linspace(confidence.min(), confidence.max(), num_bins + 1)
    index = np.clip(np.searchsorted(edges, confidence) - 1, 0, num_bins - 1)
    return sum(
        (index == b).mean() * abs(correct[index == b].mean() - confidence[index == b].mean())
        for b in range(num_bins)
        if (index == b).any()
    )


# %% lives fit_temperature: (logsumexp(scaled, axis=1) - scaled[np.arange(len(y)), y]).mean() -> (logsumexp(scaled, axis=1) - scaled[np.arange(len(y)), y]).sum()
# The sum is N times the mean: it has the same minimum.

# %% lives fit_temperature: minimize_scalar(loss, bounds=(-3, 3), method='bounded') -> minimize_scalar(loss, bounds=(-3, 3))
# With bounds this method is the default.

# %% lives fit_temperature: 3 -> 4
# Where the search begins and ends is free as long as the minimum lies between: log T is from -0.7
# to 1.0 here.

# %% lives fit_temperature: 3 -> 2
# As above.

# %% lives fit_temperature: 3 -> 4 #2
# As above.

# %% lives fit_temperature: 3 -> 2 #2
# As above.


# %% lives fit_platt: np.mean(np.logaddexp(0, z) - target * z) -> np.sum(np.logaddexp(0, z) - target * z)
# The sum is N times the mean: it has the same minimum.

# %% lives fit_platt: np.logaddexp(0, z) -> np.logaddexp(z, 0)
# It is symmetric.

# %% lives fit_platt: 0.0 -> 1.0
# Where the search begins is free: there is one minimum.

# %% lives fit_platt: 0.0 -> 1.0 #2
# As above.


# %% lives brier_decomposition: np.maximum(np.bincount(index), 1) -> np.bincount(index)
# The means of an empty bin are then nan, and no example asks for them.

# %% lives brier_decomposition: np.maximum(np.bincount(index), 1) -> np.maximum(1, np.bincount(index))
# It is symmetric.

# %% lives brier_decomposition: 1 -> 0 #2
# The means of an empty bin are then nan, and no example asks for them.

# %% right reliability_bins
def reliability_bins(confidence, correct, num_bins):
    edges = np.arange(num_bins + 1) / num_bins
    i = np.digitize(confidence, edges[1:-1], right=True)
    hot = i[:, None] == np.arange(num_bins)
    n = hot.sum(0)
    mean = lambda v: np.where(n > 0, v @ hot / np.where(n > 0, n, 1), np.nan)
    return n, mean(confidence), mean(correct)

# %% right expected_calibration_error
def expected_calibration_error(confidence, correct, num_bins):
    bins = {}
    for c, r in zip(confidence.tolist(), correct.tolist()):
        m = next((k for k in range(num_bins) if c <= (k + 1) / num_bins), num_bins - 1)
        bins.setdefault(m, []).append(r - c)
    return sum(abs(math.fsum(v)) for v in bins.values()) / len(confidence)

# %% right fit_temperature
def log_softmax(z):
    s = z - z.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))

def fit_temperature(z, y):
    nll = lambda t: -log_softmax(z / math.exp(t))[range(len(y)), y].mean()
    lo, hi = -4.0, 4.0
    while hi - lo > 1e-4:
        a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        lo, hi = (lo, b) if nll(a) < nll(b) else (a, hi)
    return np.array(math.exp(lo))

# %% right fit_platt
def fit_platt(scores, y):
    n1, n0 = (y == 1).sum(), (y == 0).sum()
    t = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    mu, sd = np.median(scores), scores.std() or 1.0
    u = (scores - mu) / sd
    A = np.c_[u, np.ones(len(u))]
    nll = lambda v: (np.logaddexp(0, A @ v) - t * (A @ v)).mean()
    v = np.zeros(2)
    for _ in range(100):
        p = np.exp(-np.logaddexp(0, -(A @ v)))
        H = A.T * (p * (1 - p)) @ A / len(t) + 1e-10 * np.eye(2)
        d, k = np.linalg.solve(H, A.T @ (p - t) / len(t)), 1.0
        while k > 1e-10 and nll(v - k * d) > nll(v):
            k /= 2
        v = v - k * d
    return [v[0] / sd, v[1] - v[0] * mu / sd]

# %% wrong brier_decomposition: every bin counts the same
def index(c, M):
    return np.searchsorted(np.arange(1, M) / M, c, side="left")

def brier_decomposition(p, y, num_bins):
    i = index(p, num_bins)
    m, rel, res = y.mean(), 0, 0
    for k in set(i):
        b = i == k
        rel += (p[b].mean() - y[b].mean()) ** 2 / num_bins
        res += (y[b].mean() - m) ** 2 / num_bins
    unc = m * (1 - m)
    return rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc

# %% wrong brier_decomposition: the mean forecast for the share of ones
def index(c, M):
    return np.searchsorted(np.arange(1, M) / M, c, side="left")

def brier_decomposition(p, y, num_bins):
    i = index(p, num_bins)
    m, rel, res = p.mean(), 0, 0
    for k in set(i):
        b = i == k
        rel += b.mean() * (p[b].mean() - y[b].mean()) ** 2
        res += b.mean() * (y[b].mean() - m) ** 2
    unc = m * (1 - m)
    return rel, res, unc, ((p - y) ** 2).mean() - rel + res - unc

# %% right brier_decomposition
def index(c, M):
    return np.searchsorted(np.arange(1, M) / M, c, side="left")

def brier_decomposition(p, y, num_bins):
    i = index(p, num_bins)
    pk = np.array([p[i == k].mean() for k in i])
    yk = np.array([y[i == k].mean() for k in i])
    m = y.mean()
    within = np.mean((p - pk) ** 2) - 2 * np.mean((p - pk) * (y - yk))
    return ((pk - yk) ** 2).mean(), ((yk - m) ** 2).mean(), m - m * m, within

# %% right bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return 1 - np.true_divide(cost_fn, np.add(cost_fp, cost_fn))

# %% right bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return 1 / (1 + np.asarray(cost_fn) / cost_fp) if np.all(cost_fp) else np.divide(cost_fp, np.add(cost_fp, cost_fn))

# %% right bayes_threshold
bayes_threshold = np.vectorize(lambda fp, fn: fp / (fp + fn), otypes=[float])

# %% wrong bayes_threshold
def bayes_threshold(cost_fp, cost_fn):
    return math.log(cost_fp / cost_fn)
