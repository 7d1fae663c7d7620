import math
import numpy as np

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    y = np.asarray(y)
    n, k = (y.size, int((y == 1).sum()))
    out = 0.0
    if k:
        out += k * (math.log(theta) if theta > 0 else -math.inf)
    if n - k:
        out += (n - k) * (math.log(1 - theta) if theta < 1 else -math.inf)
    return out

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    with np.errstate(divide='ignore'):
        return np.log(np.where(y == 1, theta, 1 - theta)).sum()

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    total = 0
    for flip in y:
        p = theta if flip else 1 - theta
        if p == 0:
            return -np.inf
        total += math.log(p)
    return total

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    probs = {1: theta, 0: 1 - theta}
    counts = {v: list(y).count(v) for v in (0, 1)}
    return sum((n * np.log(np.float64(probs[v])) for v, n in counts.items() if n))

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    k = y.sum()
    n = len(y)
    terms = np.array([k, n - k]) * np.log([theta, 1 - theta])
    return np.where(np.isnan(terms), 0, terms).sum()

# %% wrong bernoulli_log_likelihood: the log of the product
def bernoulli_log_likelihood(theta, y):
    p = 1.0
    for f in y:
        p *= theta if f else 1 - theta
    return np.log(p)

# %% wrong bernoulli_log_likelihood: the log of the product
def bernoulli_log_likelihood(theta, y):
    k = sum(y)
    return np.log(theta ** k * (1 - theta) ** (len(y) - k))

# %% wrong bernoulli_log_likelihood: 0 log 0 gives nan
def bernoulli_log_likelihood(theta, y):
    k = y.sum()
    n = len(y)
    return k * np.log(theta) + (n - k) * np.log(1 - theta)

# %% wrong bernoulli_log_likelihood: 0 log 0 gives nan
def bernoulli_log_likelihood(theta, y):
    return np.sum(y * np.log(theta) + (1 - y) * np.log(1 - theta))

# %% wrong bernoulli_log_likelihood: math.log refuses 0
def bernoulli_log_likelihood(theta, y):
    k = int(sum(y))
    return k * math.log(theta) + (len(y) - k) * math.log(1 - theta)

# %% wrong bernoulli_log_likelihood: the likelihood, not its log
def bernoulli_log_likelihood(theta, y):
    k = y.sum()
    return theta ** k * (1 - theta) ** (len(y) - k)

# %% wrong bernoulli_log_likelihood: the mean
def bernoulli_log_likelihood(theta, y):
    return np.log(np.where(y == 1, theta, 1 - theta)).mean()

# %% wrong bernoulli_log_likelihood: the mean
def bernoulli_log_likelihood(theta, y):
    m = y.mean()
    return m * np.log(theta) + (1 - m) * np.log(1 - theta)

# %% wrong bernoulli_log_likelihood: the sign is turned
def bernoulli_log_likelihood(theta, y):
    return -np.log(np.where(y == 1, theta, 1 - theta)).sum()

# %% wrong bernoulli_log_likelihood: the sign is turned
def bernoulli_log_likelihood(theta, y):
    return -(y * np.log(theta) + (1 - y) * np.log(1 - theta)).sum()

# %% wrong bernoulli_log_likelihood: the mean binary cross-entropy
def bernoulli_log_likelihood(theta, y):
    return -(y * np.log(theta) + (1 - y) * np.log(1 - theta)).mean()

# %% wrong bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    n, k = (len(y), int(y.sum()))
    return np.log(float(math.comb(n, k)) if n < 1000 else 1e+300) + k * np.log(theta) + (n - k) * np.log(1 - theta)

# %% wrong bernoulli_log_likelihood: all orders are counted
def bernoulli_log_likelihood(theta, y):
    n, k = (len(y), int(y.sum()))
    r = math.log(math.comb(n, k))
    if k:
        r += k * np.log(theta)
    if n - k:
        r += (n - k) * np.log(1 - theta)
    return r

# %% wrong bernoulli_log_likelihood: in bits
def bernoulli_log_likelihood(theta, y):
    return np.log2(np.where(y == 1, theta, 1 - theta)).sum()

# %% wrong bernoulli_log_likelihood: a logarithm to base 10
def bernoulli_log_likelihood(theta, y):
    return np.log10(np.where(y == 1, theta, 1 - theta)).sum()

# %% wrong bernoulli_log_likelihood: a small number added inside the logarithm
def bernoulli_log_likelihood(theta, y):
    e = 1e-09
    return np.sum(y * np.log(theta + e) + (1 - y) * np.log(1 - theta + e))

# %% wrong bernoulli_log_likelihood: a small number added inside the logarithm
def bernoulli_log_likelihood(theta, y):
    t = min(max(theta, 1e-15), 1 - 1e-15)
    return np.sum(y * np.log(t) + (1 - y) * np.log(1 - t))

# %% wrong bernoulli_log_likelihood: a small number added inside the logarithm
def bernoulli_log_likelihood(theta, y):
    t = np.clip(theta, 1e-07, 1 - 1e-07)
    k = y.sum()
    return k * np.log(t) + (len(y) - k) * np.log(1 - t)

# %% wrong bernoulli_log_likelihood: only the ones count
def bernoulli_log_likelihood(theta, y):
    return y.sum() * np.log(theta)

# %% wrong bernoulli_log_likelihood: only the ones count
def bernoulli_log_likelihood(theta, y):
    return np.sum([np.log(theta) for f in y if f == 1])

# %% wrong bernoulli_log_likelihood: the two sides exchanged
def bernoulli_log_likelihood(theta, y):
    return np.log(np.where(y == 1, 1 - theta, theta)).sum()

# %% wrong bernoulli_log_likelihood: not added up
def bernoulli_log_likelihood(theta, y):
    return np.log(np.where(y == 1, theta, 1 - theta))

# %% wrong bernoulli_log_likelihood: nan or inf turned into a number
def bernoulli_log_likelihood(theta, y):
    v = np.nan_to_num(y * np.log(theta) + (1 - y) * np.log(1 - theta))
    return v.sum()

# %% wrong bernoulli_log_likelihood: theta 0 and 1 on their own
def bernoulli_log_likelihood(theta, y):
    k = y.sum()
    n = len(y)
    if theta in (0, 1):
        return 0.0
    return k * np.log(theta) + (n - k) * np.log(1 - theta)

# %% wrong bernoulli_log_likelihood: theta 0 and 1 on their own
def bernoulli_log_likelihood(theta, y):
    k = y.sum()
    n = len(y)
    if theta in (0, 1):
        return -np.inf
    return k * np.log(theta) + (n - k) * np.log(1 - theta)

# %% wrong bernoulli_log_likelihood: theta 0 and 1 on their own
def bernoulli_log_likelihood(theta, y):
    k = y.sum()
    n = len(y)
    out = 0
    if theta:
        out += k * np.log(theta)
    if theta < 1:
        out += (n - k) * np.log(1 - theta)
    return out

# %% wrong bernoulli_log_likelihood: theta estimated from the flips
def bernoulli_log_likelihood(theta, y):
    t = np.mean(y)
    k = y.sum()
    return k * np.log(t) + (len(y) - k) * np.log(1 - t)

# %% wrong bernoulli_log_likelihood: math.log refuses 0
def bernoulli_log_likelihood(theta, y):
    s = 0.0
    for v in y:
        s += math.log(theta) if v == 1 else math.log(1 - theta)
    return s

# %% right categorical_mle
def categorical_mle(counts):
    return np.asarray(counts, float) / np.sum(counts)

# %% right categorical_mle
def categorical_mle(counts):
    n = 0
    for c in counts:
        n += c
    return [c / n for c in counts]

# %% right categorical_mle
def categorical_mle(counts):
    out = counts.astype(np.float64).copy()
    out /= out.sum()
    return out

# %% right categorical_mle
def categorical_mle(counts):
    return np.array(list(map(lambda c: c / counts.sum(), counts)), dtype=np.float32)

# %% wrong categorical_mle: one added to each count
def categorical_mle(counts):
    return (counts + 1) / (counts.sum() + len(counts))

# %% wrong categorical_mle: softmax of the counts
def categorical_mle(counts):
    e = np.exp(counts - counts.max())
    return e / e.sum()

# %% wrong categorical_mle: softmax of the counts
def categorical_mle(counts):
    return np.exp(counts) / np.exp(counts).sum()

# %% wrong categorical_mle: the most frequent side takes all
def categorical_mle(counts):
    o = np.zeros(len(counts))
    o[np.argmax(counts)] = 1
    return o

# %% wrong categorical_mle: the most frequent side takes all
def categorical_mle(counts):
    return (counts == counts.max()).astype(float)

# %% wrong categorical_mle: divided by the largest count
def categorical_mle(counts):
    return counts / max(counts)

# %% wrong categorical_mle: all sides alike
def categorical_mle(counts):
    return np.ones(len(counts)) / len(counts)

# %% wrong categorical_mle: divided by the number of sides
def categorical_mle(counts):
    return counts / len(counts)

# %% wrong categorical_mle: scaled to length one
def categorical_mle(counts):
    return counts / np.linalg.norm(counts)

# %% wrong categorical_mle: the counts themselves
def categorical_mle(counts):
    return counts

# %% wrong categorical_mle: the logarithm of the shares
def categorical_mle(counts):
    return np.log(counts / counts.sum())

# %% wrong categorical_mle: the logarithm of the shares
def categorical_mle(counts):
    return np.log(counts) - np.log(counts.sum())

# %% wrong categorical_mle: rounded
def categorical_mle(counts):
    return counts // counts.sum()

# %% wrong categorical_mle: the most frequent side takes all
def categorical_mle(counts):
    return np.argmax(counts)

# %% wrong categorical_mle: one added to each count
def categorical_mle(counts):
    return (counts + 0.5) / (counts + 0.5).sum()

# %% wrong categorical_mle: one added to each count
def categorical_mle(counts):
    return counts / counts.sum() + 1e-06

# %% wrong categorical_mle: something added to the sum
def categorical_mle(counts):
    return counts / (counts.sum() + 1e-08)

# %% wrong categorical_mle: rounded
def categorical_mle(counts):
    p = np.zeros_like(counts)
    for k in range(len(counts)):
        p[k] = counts[k] / counts.sum()
    return p

# %% wrong categorical_mle: rounded
def categorical_mle(counts):
    return np.round(counts / counts.sum(), 4)

# %% wrong categorical_mle: something added to the sum
def categorical_mle(counts):
    return counts / (counts.sum() - 1)

# %% wrong categorical_mle: in per cent
def categorical_mle(counts):
    return counts / counts.sum(axis=-1, keepdims=True) * 100

# %% wrong categorical_mle: one added to each count
def categorical_mle(counts):
    p = np.maximum(counts / counts.sum(), 1e-06)
    return p / p.sum()

# %% wrong categorical_mle: added up side by side
def categorical_mle(counts):
    return np.cumsum(counts) / counts.sum()

# %% right kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    v1, v2 = (sigma1 ** 2, sigma2 ** 2)
    return 0.5 * (math.log(v2 / v1) + v1 / v2 + (mu2 - mu1) ** 2 / v2 - 1)

# %% right kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    x, w = np.polynomial.hermite_e.hermegauss(40)
    x = mu1 + sigma1 * x
    w = w / w.sum()
    lp = -np.log(sigma1) - (x - mu1) ** 2 / (2 * sigma1 ** 2)
    lq = -np.log(sigma2) - (x - mu2) ** 2 / (2 * sigma2 ** 2)
    return (w * (lp - lq)).sum()

# %% right kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    r = sigma1 / sigma2
    return -math.log(r) + 0.5 * (r * r - 1) + 0.5 * ((mu1 - mu2) / sigma2) ** 2

# %% right kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    x = np.linspace(mu1 - 15 * sigma1, mu1 + 15 * sigma1, 200001)
    pdf = lambda m, s: np.exp(-((x - m) / s) ** 2 / 2) / (s * np.sqrt(2 * np.pi))
    ld = lambda m, s: -((x - m) / s) ** 2 / 2 - np.log(s)
    return np.trapezoid(pdf(mu1, sigma1) * (ld(mu1, sigma1) - ld(mu2, sigma2)), x)

# %% wrong kl_gaussian: the other direction
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma1 / sigma2) + (sigma2 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma1 ** 2) - 0.5

# %% wrong kl_gaussian: the sigmas taken for variances
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return 0.5 * (np.log(sigma2 / sigma1) + (sigma1 + (mu1 - mu2) ** 2) / sigma2 - 1)

# %% wrong kl_gaussian: the one half is missing
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2)

# %% wrong kl_gaussian: the factor 2 is missing
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / sigma2 ** 2 - 0.5

# %% wrong kl_gaussian: 1 in place of 1/2
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 1

# %% wrong kl_gaussian: the log is missing
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: the means are forgotten
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + sigma1 ** 2 / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: the cross-entropy
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return 0.5 * np.log(2 * np.pi * sigma2 ** 2) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2)

# %% wrong kl_gaussian: both directions averaged
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    f = lambda a, s, b, t: np.log(t / s) + (s ** 2 + (a - b) ** 2) / (2 * t ** 2) - 0.5
    return (f(mu1, sigma1, mu2, sigma2) + f(mu2, sigma2, mu1, sigma1)) / 2

# %% wrong kl_gaussian: in bits
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log2(sigma2 / sigma1) + ((sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 0.5) / np.log(2)

# %% wrong kl_gaussian: a log to base 2
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log2(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: the means' difference not squared
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + mu1 - mu2) / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: the means' difference not squared
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + abs(mu1 - mu2)) / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: the ratio in the log is upside down
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma1 / sigma2) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: nearly right, by numbers
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    x = np.random.default_rng(0).normal(mu1, sigma1, 100000)
    ld = lambda m, s: -((x - m) / s) ** 2 / 2 - np.log(s)
    return (ld(mu1, sigma1) - ld(mu2, sigma2)).mean()

# %% wrong kl_gaussian: the log of the variances
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 ** 2 / sigma1 ** 2) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 0.5

# %% wrong kl_gaussian: brackets below
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / 2 * sigma2 ** 2 - 0.5

# %% wrong kl_gaussian: minus the right answer
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return -(np.log(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma2 ** 2) - 0.5)

# %% wrong kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    x = np.linspace(-5, 5, 10001)
    pdf = lambda m, s: np.exp(-((x - m) / s) ** 2 / 2) / (s * np.sqrt(2 * np.pi))
    p, q = (pdf(mu1, sigma1), pdf(mu2, sigma2))
    return np.trapezoid(p * np.log(p / q), x)

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    total = 0.0
    for a, b in zip(p, q):
        m = (a + b) / 2
        if a > 0:
            total += a * math.log(a / m, base) / 2
        if b > 0:
            total += b * math.log(b / m, base) / 2
    return total

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    m = 0.5 * (p + q)
    with np.errstate(all='ignore'):
        t = p * np.log(p / m) + q * np.log(q / m) if False else np.nan_to_num(p * np.log(p / m)) + np.nan_to_num(q * np.log(q / m))
    return 0.5 * t.sum() / np.log(base)

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    kl = lambda a: np.sum(a * np.log(np.where(a > 0, a, 1) / np.where(m > 0, m, 1)))
    return (kl(p) + kl(q)) / (2 * np.log(base))

# %% wrong jensen_shannon: the square root
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    return math.sqrt(max(0, j_r1(p, q, base)))

# %% wrong jensen_shannon: 0 log 0 gives nan
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    return 0.5 * (np.sum(p * np.log(p / m)) + np.sum(q * np.log(q / m))) / np.log(base)

# %% wrong jensen_shannon: 0 log 0 gives nan
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    H = lambda a: -(a * np.log(a)).sum() / np.log(base)
    return H(m) - H(p) / 2 - H(q) / 2

# %% wrong jensen_shannon: the sum, not the mean
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    return 2 * j_r1(p, q, base)

# %% wrong jensen_shannon: both directions of KL averaged
def jensen_shannon(p, q, base):
    kl = lambda a, b: sum((x * np.log(x / y) for x, y in zip(a, b) if x > 0)) / np.log(base)
    return (kl(p, q) + kl(q, p)) / 2

# %% wrong jensen_shannon: from the middle outwards
def jensen_shannon(p, q, base):
    m = (p + q) / 2

    def kl(a, b):
        s = a > 0
        return (a[s] * np.log(a[s] / b[s])).sum() / np.log(base)
    return (kl(m, p) + kl(m, q)) / 2

# %% wrong jensen_shannon: one half only
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    s = p > 0
    return (p[s] * np.log(p[s] / m[s])).sum() / np.log(base)

# %% wrong jensen_shannon: a half of one half
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    s = p > 0
    return (p[s] * np.log(p[s] / m[s])).sum() / np.log(base) / 2

# %% wrong jensen_shannon: the base is ignored: nats
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    return j_r1(p, q, math.e)

# %% wrong jensen_shannon: the base is ignored: bits
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    return j_r1(p, q, 2)

# %% wrong jensen_shannon: plain KL
def jensen_shannon(p, q, base):
    s = p > 0
    return (p[s] * np.log(p[s] / q[s])).sum() / np.log(base)

# %% wrong jensen_shannon: a small number inside the logarithm
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    e = 1e-12
    return 0.5 * (np.sum(p * np.log((p + e) / (m + e))) + np.sum(q * np.log((q + e) / (m + e)))) / np.log(base)

# %% wrong jensen_shannon: another middle
def jensen_shannon(p, q, base):
    m = p + q

    def kl(a, b):
        s = a > 0
        return (a[s] * np.log(a[s] / b[s])).sum() / np.log(base)
    return (kl(p, m) + kl(q, m)) / 2

# %% wrong jensen_shannon: another middle
def jensen_shannon(p, q, base):
    m = np.sqrt(p * q)

    def kl(a, b):
        s = a > 0
        return (a[s] * np.log(a[s] / b[s])).sum() / np.log(base)
    return (kl(p, m) + kl(q, m)) / 2

# %% wrong jensen_shannon: only where both are positive
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    s = (p > 0) & (q > 0)
    p, q, m = (p[s], q[s], m[s])
    return ((p * np.log(p / m)).sum() + (q * np.log(q / m)).sum()) / 2 / np.log(base)

# %% wrong jensen_shannon: minus the right answer
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    return -j_r1(p, q, base)

# %% wrong jensen_shannon: times the logarithm of the base
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    return j_r1(p, q, math.e) * np.log(base)

# %% wrong jensen_shannon: a small number inside the logarithm
def j_r1(p, q, base):
    H = lambda a: -sum((x * math.log(x) for x in a if x > 0)) / math.log(base)
    return H((p + q) / 2) - (H(p) + H(q)) / 2

def jensen_shannon(p, q, base):
    p = np.clip(p, 1e-10, 1)
    q = np.clip(q, 1e-10, 1)
    return j_r1(p, q, base)

# %% right expected_score
def expected_score(score, truth, forecast):
    total = 0.0
    for k, t in enumerate(truth):
        if t:
            total += t * score(forecast, k)
    return total

# %% right expected_score
def expected_score(score, truth, forecast):
    seen = np.flatnonzero(truth > 0)
    return np.dot(truth[seen], np.array([score(forecast, int(k)) for k in seen]))

# %% right expected_score
def expected_score(score, truth, forecast):
    v = np.array([score(forecast, k) for k in range(truth.size)])
    return np.sum(np.where(truth > 0, truth * v, 0))

# %% right expected_score
def expected_score(score, truth, forecast):
    return math.fsum((float(t) * float(score(np.array(forecast), k)) for k, t in enumerate(truth) if t != 0))

# %% wrong expected_score: 0 times infinity
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(forecast, k) for k in range(len(truth))))

# %% wrong expected_score: truth and forecast swapped
def expected_score(score, truth, forecast):
    return sum((forecast[k] * score(truth, k) for k in range(len(truth)) if forecast[k] > 0))

# %% wrong expected_score: truth and forecast swapped
def expected_score(score, truth, forecast):
    return sum((forecast[k] * score(truth, k) for k in range(len(truth))))

# %% wrong expected_score: weighted by the forecast
def expected_score(score, truth, forecast):
    return sum((forecast[k] * score(forecast, k) for k in range(len(truth)) if forecast[k] > 0))

# %% wrong expected_score: weighted by the forecast
def expected_score(score, truth, forecast):
    return sum((f * score(forecast, k) for k, f in enumerate(forecast)))

# %% wrong expected_score: the truth is scored
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(truth, k) for k in range(len(truth)) if truth[k] > 0))

# %% wrong expected_score: the truth is scored
def expected_score(score, truth, forecast):
    return sum((t * score(truth, k) for k, t in enumerate(truth)))

# %% wrong expected_score: all outcomes weigh the same
def expected_score(score, truth, forecast):
    return np.mean([score(forecast, k) for k in range(len(truth))])

# %% wrong expected_score: the sum without weights
def expected_score(score, truth, forecast):
    return sum((score(forecast, k) for k in range(len(truth))))

# %% wrong expected_score: only the likeliest outcome
def expected_score(score, truth, forecast):
    return score(forecast, truth.argmax())

# %% wrong expected_score: divided by the number of outcomes
def expected_score(score, truth, forecast):
    return np.mean([truth[k] * score(forecast, k) if truth[k] > 0 else 0 for k in range(len(truth))])

# %% wrong expected_score: divided by the number of outcomes
def expected_score(score, truth, forecast):
    return np.mean([truth[k] * score(forecast, k) for k in range(len(truth))])

# %% wrong expected_score: an infinite loss left out
def expected_score(score, truth, forecast):
    return np.nansum([truth[k] * score(forecast, k) for k in range(len(truth))]) if not np.isinf([score(forecast, k) for k in range(len(truth))]).any() else 0.0

# %% wrong expected_score: an infinite loss left out
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(forecast, k) for k in range(len(truth)) if np.isfinite(score(forecast, k))))

# %% wrong expected_score: an infinite loss cut off
def expected_score(score, truth, forecast):
    return sum((truth[k] * min(score(forecast, k), 1000000.0) for k in range(len(truth)) if truth[k] > 0))

# %% wrong expected_score: not added up
def expected_score(score, truth, forecast):
    return [truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0]

# %% wrong expected_score: one number given as the forecast
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(forecast[k], k) for k in range(len(truth)) if truth[k] > 0))

# %% wrong expected_score: an infinite loss cut off
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(np.clip(forecast, 1e-12, 1), k) for k in range(len(truth)) if truth[k] > 0))

# %% wrong expected_score: an infinite loss left out
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0 and forecast[k] > 0))

# %% wrong expected_score: outcomes counted from 1
def expected_score(score, truth, forecast):
    return sum((truth[k - 1] * score(forecast, k) for k in range(1, len(truth) + 1)))

# %% wrong expected_score: the truth given as the outcome
def expected_score(score, truth, forecast):
    return score(forecast, truth)

# %% wrong expected_score
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(forecast, k) for k in range(3) if truth[k] > 0))

# %% wrong expected_score: minus the right answer
def expected_score(score, truth, forecast):
    return -sum((truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0))

# %% wrong expected_score: nan turned into 0
def expected_score(score, truth, forecast):
    return np.nan_to_num(sum((truth[k] * score(forecast, k) for k in range(len(truth)))))

# %% wrong expected_score: rare outcomes left out
def expected_score(score, truth, forecast):
    return sum((truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0.01))

# %% wrong expected_score: the log score whatever the score
def expected_score(score, truth, forecast):
    return -sum((t * np.log(f) for t, f in zip(truth, forecast) if t > 0))

# %% right is_proper
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):
    G = np.array(grid(20))
    S = np.array([[score(f, k) for k in range(3)] for f in G])
    for t in G:
        s = t > 0
        e = S[:, s] @ t[s]
        honest = sum((t[k] * score(t, k) for k in range(3) if t[k] > 0))
        if (e < honest - 1e-09).any():
            return False
    return True

# %% right is_proper
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):
    rng = np.random.default_rng(0)
    G = list(rng.dirichlet([1, 1, 1], 200)) + grid(6)
    S = [[score(f, k) for k in range(3)] for f in G]
    for i, t in enumerate(G):
        h = sum((t[k] * S[i][k] for k in range(3) if t[k] > 0))
        for s in S:
            if sum((t[k] * s[k] for k in range(3) if t[k] > 0)) < h - 1e-09:
                return False
    return True

# %% right is_proper
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):

    def expected(t, f):
        return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))
    g = grid(8)
    return not any((expected(t, f) < expected(t, t) - 1e-09 for t in g for f in g))

# %% right is_proper
def is_proper(score):
    g = [(a / 12, b / 12, (12 - a - b) / 12) for a in range(13) for b in range(13 - a)]
    g = [np.array(v) for v in g]
    table = np.array([[float(score(f, k)) for k in range(3)] for f in g])
    ok = np.bool_(True)
    for t, own in zip(g, table):
        w = np.where(t > 0, t, 0)
        with np.errstate(invalid='ignore'):
            e = np.where(t > 0, w * table, 0).sum(1)
            h = np.where(t > 0, w * own, 0).sum()
        ok = ok & np.all(e >= h - 1e-09)
    return ok

# %% wrong is_proper: ties are not allowed
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(10)
    for i, t in enumerate(g):
        for j, f in enumerate(g):
            if i != j and _E(score, t, f) <= _E(score, t, t):
                return False
    return True

# %% wrong is_proper: ties are not allowed
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(8)
    return all((_E(score, t, t) < _E(score, t, f) for i, t in enumerate(g) for j, f in enumerate(g) if i != j))

# %% wrong is_proper: two classes only
def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    ps = np.linspace(0, 1, 21)
    for a in ps:
        for b in ps:
            t, f = (np.array([a, 1 - a, 0]), np.array([b, 1 - b, 0]))
            if _E(score, t, f) < _E(score, t, t) - 1e-09:
                return False
    return True

# %% wrong is_proper: higher is better
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(10)
    for t in g:
        for f in g:
            if _E(score, t, f) > _E(score, t, t) + 1e-09:
                return False
    return True

# %% wrong is_proper: only certain truths
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):
    for k in range(3):
        t = np.eye(3)[k]
        for f in grid(10):
            if score(f, k) < score(t, k) - 1e-09:
                return False
    return True

# %% wrong is_proper: only the uniform truth
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    t = np.ones(3) / 3
    return all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for f in grid(20)))

# %% wrong is_proper: one truth only
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    t = np.array([0.7, 0.2, 0.1])
    return all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for f in grid(10)))

# %% wrong is_proper: one truth only
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    t = np.array([0.5, 0.3, 0.2])
    return all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for f in grid(10)))

# %% wrong is_proper: no tolerance
def is_proper(score):
    grid = [np.array([i, j, 10 - i - j]) / 10 for i in range(11) for j in range(11 - i)]

    def expected(t, f):
        return sum(t[k] * score(f, k) for k in range(3) if t[k] > 0)

    for t in grid:
        for f in grid:
            if expected(t, f) < expected(t, t):
                return False
    return True

# %% wrong is_proper: only certain forecasts
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    for t in grid(10):
        for f in np.eye(3):
            if _E(score, t, f) < _E(score, t, t) - 1e-09:
                return False
    return True

# %% wrong is_proper: the answer is turned
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    for t in grid(10):
        for f in grid(10):
            if _E(score, t, f) < _E(score, t, t) - 1e-09:
                return True
    return False

# %% wrong is_proper: always True
def is_proper(score):
    return True

# %% wrong is_proper: always True
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(10)
    return np.mean([_E(score, t, t) for t in g]) <= np.inf

# %% wrong is_proper: always False
def is_proper(score):
    return False

# %% wrong is_proper
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):
    for t in grid(10):
        for f in grid(10):
            a = sum((t[k] * score(f, k) for k in range(3)))
            b = sum((t[k] * score(t, k) for k in range(3)))
            if not a >= b - 1e-09:
                return False
    return True

# %% right is_proper
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):
    for t in grid(10):
        for f in grid(10):
            a = sum((t[k] * score(f, k) for k in range(3)))
            b = sum((t[k] * score(t, k) for k in range(3)))
            if a < b - 1e-09:
                return False
    return True

# %% wrong is_proper: always False
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    for t in grid(10):
        for f in grid(10):
            if _E(score, f, t) < _E(score, t, t) - 1e-09:
                return False
    return True

# %% wrong is_proper: always False
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    for t in grid(10):
        for f in grid(10):
            if _E(score, f, f) < _E(score, t, t) - 1e-09:
                return False
    return True

# %% wrong is_proper: only certain truths
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    for t in grid(10):
        for f in grid(10):
            if _E(score, t, f) < _E(score, t, t) - 1e-09:
                return False
        return True

# %% wrong is_proper: the grid is too coarse
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(2)
    return all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for t in g for f in g))

# %% wrong is_proper: the grid is too coarse
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(3)
    return all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for t in g for f in g))

# %% wrong is_proper: the tolerance is too large
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(10)
    return all((_E(score, t, f) >= _E(score, t, t) - 0.05 for t in g for f in g))

# %% wrong is_proper: the text, not the truth value
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(10)
    return 'True' if all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for t in g for f in g)) else 'False'

# %% wrong is_proper: ties are not allowed
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    g = grid(10)
    for i, t in enumerate(g):
        if int(np.argmin([_E(score, t, f) for f in g])) != i:
            return False
    return True

# %% wrong is_proper
def grid(n):
    return [np.array([i, j, n - i - j]) / n for i in range(n + 1) for j in range(n + 1 - i)]

def is_proper(score):
    g = grid(10)
    return all((score(f, 0) >= score(t, 0) - 1e-09 for t in g for f in g if f[0] <= t[0]))

# %% wrong is_proper: two classes only
def is_proper(score):
    g = np.linspace(0, 1, 11)
    for a in g:
        for b in g:
            if a * score(np.array([b, 1 - b]), 0) + (1 - a) * score(np.array([b, 1 - b]), 1) < a * score(np.array([a, 1 - a]), 0) + (1 - a) * score(np.array([a, 1 - a]), 1) - 1e-09:
                return False
    return True

# %% wrong is_proper: one truth only
def _E(score, t, f):
    return sum((t[k] * score(f, k) for k in range(3) if t[k] > 0))

def is_proper(score):
    truths = [np.array([a, (1 - a) / 2, (1 - a) / 2]) for a in np.linspace(0.05, 0.95, 10)]
    return all((_E(score, t, f) >= _E(score, t, t) - 1e-09 for t in truths for f in truths))

# %% lives bernoulli_log_likelihood: np.errstate(divide='ignore') -> np.errstate()
# Only a warning more.

# %% lives kl_gaussian: mu1 - mu2 -> mu2 - mu1
# It is squared.


# %% wrong kl_gaussian: divided by the first variance
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1 ** 2 + (mu1 - mu2) ** 2) / (2 * sigma1 ** 2) - 0.5


# %% wrong kl_gaussian: the means alone
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return (mu1 - mu2) ** 2 / (2 * sigma2 ** 2)


# %% wrong expected_score: one number given as the forecast
def expected_score(score, truth, forecast):
    return sum(t * score(k, forecast) for k, t in enumerate(truth) if t > 0)


# %% wrong expected_score: divided by the number of outcomes
def expected_score(score, truth, forecast):
    return np.mean([t * score(forecast, k) for k, t in enumerate(truth) if t > 0])


# %% right is_proper
def is_proper(score):
    n = 10
    G = np.array([(i, j, n - i - j) for i in range(1, n) for j in range(1, n - i)]) / n
    S = np.array([[score(f, k) for k in range(3)] for f in G])
    E = G @ S.T
    return bool((E.min(1) >= np.diag(E) - 1e-9).all())


# %% hint bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    N, k = len(y), y.sum()
    total = 0.0  # hint
    if k > 0:  # hint
        total += k * np.log(theta)  # hint: k * np.log(theta)
    if k < N:  # hint
        total += (N - k) * np.log(1 - theta)  # hint: (N - k) * np.log(1 - theta)
    return total


# %% hint categorical_mle
def categorical_mle(counts):
    return counts / counts.sum()  # hint


# %% hint kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2)**2) / (2 * sigma2**2) - 0.5  # hint


# %% hint jensen_shannon
def jensen_shannon(p, q, base):
    def kl(a, b): s = a > 0; return (a[s] * np.log(a[s] / b[s])).sum() / np.log(base)  # hint
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2  # hint


# %% hint expected_score
def expected_score(score, truth, forecast):
    return sum(truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0)  # hint


# %% hint is_proper
def expected_score(score, truth, forecast):
    return sum(truth[k] * score(forecast, k) for k in range(len(truth)) if truth[k] > 0)

def is_proper(score):
    grid = [np.array([i, j, 10 - i - j]) / 10 for i in range(11) for j in range(11 - i)]
    for t in grid:
        honest = expected_score(score, t, t) - 1e-9  # hint: expected_score(score, t, t) - 1e-9
        for f in grid:
            if expected_score(score, t, f) < honest:  # hint: if expected_score(score, t, f) <
                return False
    return True


# %% wrong kl_gaussian: half the log
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    return 0.5 * np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5


# %% wrong kl_gaussian: a factor ln 2
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return kl * math.log(2)


# %% wrong kl_gaussian: a logarithm to base 10
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return kl / np.log(10)


# %% wrong kl_gaussian: twice the right answer
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return 2 * kl


# %% wrong kl_gaussian: one too large
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return kl + 1


# %% wrong kl_gaussian: one too small
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return kl - 1


# %% wrong kl_gaussian: the exponential of the right answer
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return np.exp(kl)


# %% wrong kl_gaussian: the square of the right answer
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return np.square(kl)


# %% wrong kl_gaussian: the square root of the right answer
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    kl = np.log(sigma2 / sigma1) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - 0.5
    return kl ** 0.5


# %% wrong categorical_mle: in reverse order
def categorical_mle(counts):
    p = counts / counts.sum()
    return p[::-1]


# %% lives is_proper: 11 -> 12
# For i = 11 there is no j: the grid is the same.

# %% lives is_proper: 11 -> 10
# One corner of the grid is missing, (1, 0, 0). A search on the rest is enough for each of the
# losses, as one without the whole edge is.

# %% lives is_proper: 11 -> 10 #2
# The third class never gets 0. A search without that edge is enough for each of the losses.

# %% lives is_proper: np.errstate(divide='ignore') -> np.errstate()
# Only a warning more.

# %% lives is_proper: zip(grid, costs, strict=True) -> zip(grid, costs)
# Both are of the same length.

# %% lives is_proper: True -> False
# `strict` in zip: both are of the same length.

# %% lives is_proper: sum((truth[k] * other[k] for k in comes)) < honest - 1e-09 -> sum((truth[k] * other[k] for k in comes)) <= honest - 1e-09
# An advantage of exactly 1e-9 has none of the losses.

# %% lives is_proper: 1e-09 -> 2e-09
# Ties differ by less than 1e-15, and no advantage is smaller than 1e-3: what lies between is free.

# %% lives is_proper: 1e-09 -> 5e-10
# As above.

# %% wrong bernoulli_log_likelihood: theta 0 and 1 on their own
def bernoulli_log_likelihood(theta, y):
    if theta == 0:
        return 0 if not y.any() else -math.inf
    if theta == 1:
        return 0 if y.any() else -math.inf
    return sum(math.log(theta if v else 1 - theta) for v in y)

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    counts = np.bincount(np.asarray(y, int), minlength=2)
    with np.errstate(divide="ignore"):
        logs = np.log(np.array([1 - theta, theta]))
    return float(np.sum(np.multiply(counts, logs, where=counts > 0, out=np.zeros(2))))

# %% right categorical_mle
def categorical_mle(counts):
    return np.divide(counts, np.add.reduce(counts), dtype=np.float64)

# %% right kl_gaussian
def kl_gaussian(mu1, sigma1, mu2, sigma2):
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    x = mu1 + sigma1 * nodes
    log_p = -(nodes**2) / 2 - np.log(sigma1)
    log_q = -(((x - mu2) / sigma2) ** 2) / 2 - np.log(sigma2)
    return weights @ (log_p - log_q) / weights.sum()

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    total = 0
    for pair in zip(p.tolist(), q.tolist()):
        m = sum(pair) / 2
        total += sum(v * math.log(v / m) for v in pair if v) / 2
    return np.array(total / math.log(base))

# %% right expected_score
def expected_score(score, truth, forecast):
    k = np.flatnonzero(truth)
    return truth[k] @ np.array([score(forecast, int(i)) for i in k])

# %% right is_proper
from itertools import product

def expected(score, t, f):
    return sum(t[k] * score(f, k) for k in range(len(t)) if t[k] > 0)

def is_proper(score):
    points = [np.array(v) / 10 for v in product(range(11), repeat=3) if sum(v) == 10]
    def honest(t):
        own = expected(score, t, t)
        return all(own <= expected(score, t, f) + 1e-9 for f in points)
    return all(map(honest, points))

# %% right is_proper
def is_proper(score):
    grid = np.array([(a, b, 20 - a - b) for a in range(1, 19) for b in range(1, 20 - a)]) / 20
    loss = np.array([[score(f, k) for k in range(3)] for f in grid])  # no class is impossible
    expected = grid @ loss.T
    return bool(np.all(expected.diagonal() <= expected.min(axis=1) + 1e-9))

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    k, n = int(np.sum(y)), len(y)
    out = 0.0
    if k:
        out += k * math.log(theta) if theta > 0 else -math.inf
    if n - k:
        out += (n - k) * math.log1p(-theta) if theta < 1 else -math.inf
    return out

# %% right bernoulli_log_likelihood
def bernoulli_log_likelihood(theta, y):
    with np.errstate(divide="ignore"):
        table = np.log([1 - theta, theta])
    return table[np.asarray(y, dtype=int)].sum()

# %% wrong bernoulli_log_likelihood: the likelihood, not its log
def bernoulli_log_likelihood(theta, y):
    return np.prod(np.where(y == 1, theta, 1 - theta))

# %% wrong bernoulli_log_likelihood: the two sides exchanged
def bernoulli_log_likelihood(theta, y):
    return np.sum(np.log(np.where(y == 0, theta, 1 - theta)))

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    def h(v):
        v = v[v > 0]
        return -(v * np.log(v)).sum()
    return (h((p + q) / 2) - (h(p) + h(q)) / 2) / np.log(base)

# %% right jensen_shannon
def jensen_shannon(p, q, base):
    total = 0.0
    for a, b in zip(p, q):
        for v in (a, b):
            if v > 0:
                total += 0.5 * v * math.log(2 * v / (a + b), base)
    return total

# %% wrong jensen_shannon: the square root
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    return np.sqrt(0.5 * (np.nansum(p * np.log(p / m)) + np.nansum(q * np.log(q / m))) / np.log(base))

# %% wrong jensen_shannon: the sum, not the mean
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    return (np.nansum(p * np.log(p / m)) + np.nansum(q * np.log(q / m))) / np.log(base)

# %% wrong jensen_shannon: one half only
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    return np.nansum(p * np.log(p / m)) / np.log(base)

# %% wrong jensen_shannon: the base is ignored: nats
def jensen_shannon(p, q, base):
    m = (p + q) / 2
    return 0.5 * (np.nansum(p * np.log(p / m)) + np.nansum(q * np.log(q / m)))

# %% wrong jensen_shannon: only where both are positive
def jensen_shannon(p, q, base):
    k = (p > 0) & (q > 0)
    p, q = p[k], q[k]
    m = (p + q) / 2
    return 0.5 * (np.sum(p * np.log(p / m)) + np.sum(q * np.log(q / m))) / np.log(base)

# %% wrong jensen_shannon: both directions of KL averaged
def jensen_shannon(p, q, base):
    return 0.5 * (np.nansum(p * np.log(p / q)) + np.nansum(q * np.log(q / p))) / np.log(base)
