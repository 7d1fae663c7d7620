import math

import numpy as np

# %% right nats_to_bits
def nats_to_bits(nats):
    return nats * math.log2(math.e)

# %% right nats_to_bits
def nats_to_bits(nats):
    if np.ndim(nats) == 0:
        return float(nats) / math.log(2)
    return [nats_to_bits(n) for n in nats]  # rows within rows

# %% right nats_to_bits
@np.vectorize
def nats_to_bits(nats):
    return nats / np.log(2)

# %% right nats_to_bits
def nats_to_bits(nats):
    return np.asarray(nats, dtype=np.float32) / np.float32(np.log(2))

# %% right nats_to_bits
nats_to_bits = lambda nats: np.log2(np.e) * np.asarray(nats)

# %% wrong nats_to_bits: multiplied where one divides
def nats_to_bits(nats):
    return nats * np.log(2)

# %% wrong nats_to_bits: multiplied where one divides
def nats_to_bits(nats):
    nats = np.array(nats, dtype=float)
    nats *= 0.6931471805599453
    return nats

# %% wrong nats_to_bits: the number unchanged
def nats_to_bits(nats):
    return np.asarray(nats) * np.log(np.e)

# %% wrong nats_to_bits: the number unchanged
def nats_to_bits(nats):
    return np.log2(2 ** np.asarray(nats))

# %% wrong nats_to_bits: logarithm of the number
def nats_to_bits(nats):
    return np.log(nats) / np.log(2)

# %% wrong nats_to_bits: divided by log10(2)
def nats_to_bits(nats):
    return np.array(nats) / math.log10(2)

# %% wrong nats_to_bits: divided by 2
def nats_to_bits(nats):
    return np.asarray(nats) / 2.0

# %% wrong nats_to_bits
def nats_to_bits(nats):
    return np.asarray(nats) / 0.693  # three digits of ln 2

# %% wrong nats_to_bits: whole numbers cut the answer off
def nats_to_bits(nats):
    out = np.zeros_like(nats)  # of the dtype of the input: whole numbers cut the answer off
    out[...] = nats / np.log(2)
    return out


# %% hint nats_to_bits
def nats_to_bits(nats):
    return nats / np.log(2)  # hint: np.log(2)
