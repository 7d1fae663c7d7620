"""Targets shifted in the data and in the loss."""

from benchmarks.setups.common import TinyLM, flat_loss, walk

CAUSES = ("targets_shifted_twice",)


def _shifting(z, y):
    return flat_loss(z[:, :-1], y[:, 1:])


def both(seed):
    tokens = walk(seed, length=14)
    return {"model": TinyLM(seed), "loss": _shifting, "X": tokens[:, :-1], "y": tokens[:, 1:]}
