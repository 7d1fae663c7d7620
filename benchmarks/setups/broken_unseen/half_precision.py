"""Half precision where it does not suffice."""

import torch
import torch.nn.functional as F

from benchmarks.setups.common import TinyLM, blobs, flat_loss, mlp, walk

CAUSES = (
    "half_precision",
    "half_overflow",
)


def pure_half(seed):
    X, y = blobs(seed + 151, n=64, k=8)
    model = mlp(seed, 12, 8).half()
    return {"model": model, "loss": F.cross_entropy, "X": X.half(), "y": y}


def big_vocabulary(seed):
    tokens = walk(seed + 11, n=4, length=10, vocabulary=200)
    model = TinyLM(seed, 200).to(torch.bfloat16)
    return {"model": model, "loss": flat_loss, "X": tokens[:, :-1], "y": tokens[:, 1:]}
