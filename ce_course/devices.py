"""Devices that exchange small arrays, simulated: one after another, or a process for each.

A device's work is a generator function. It yields (how, array) to have its array put together with
those of all the others, element by element, and is sent the result; what it returns is its answer.
`how` is "max" or "sum". Arrays are put together in the devices' order, so that both ways to run the
work give the same to the last bit. Chapter 12 splits a vocabulary so.
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Running = Generator[tuple[str, NDArray], NDArray, Any]
Work = Callable[..., Running]
TOGETHER = {"max": np.maximum, "sum": np.add}


def shard_losses(shard: NDArray, y: NDArray, first: int) -> Running:
    """What one device does that holds the logits (N, V_k) of the words `first` ... only.

    It yields ("max", (N,)), ("sum", (N,)) and ("sum", (N,)): what it asks all devices to put
    together, and is sent the result of each time (Shoeybi et al.,
    "Megatron-LM", 2019, section 3). Returns the losses (N,), the same on each
    device.
    """
    empty = shard.shape[1] == 0
    own_largest = np.full(len(shard), -np.inf) if empty else shard.max(axis=1)
    largest = yield "max", own_largest
    with np.errstate(all="ignore"):
        apart = np.where(shard == largest[:, np.newaxis], 0.0, shard - largest[:, np.newaxis])
    total = yield "sum", np.exp(apart).sum(axis=1)
    mine = (first <= y) & (y < first + shard.shape[1])
    place = np.where(mine, y - first, 0)
    here = apart[np.arange(len(y)), place] if not empty else np.zeros(len(y))
    true = yield "sum", np.where(mine, here, 0.0)
    return np.log(total) - true


def all_reduce(asked: Sequence[tuple[str, NDArray]]) -> NDArray:
    """The devices' arrays put together in their order; all must ask for the same.

    Raises `ValueError` if they do not.
    """
    ways = {how for how, _ in asked}
    if len(ways) != 1 or not ways <= TOGETHER.keys():
        raise ValueError(f"asked: expected 'max' or 'sum' of all devices, got {sorted(ways)}")
    return functools.reduce(TOGETHER[ways.pop()], (array for _, array in asked))


def in_turn(work: Work, parts: Sequence[tuple]) -> list[Any]:
    """The answer of work(*part) for each part, all in this process."""
    running = [work(*part) for part in parts]
    asked = [next(each) for each in running]
    answers: list[Any] = []
    while not answers:
        together, asked = all_reduce(asked), []
        for each in running:
            try:
                asked.append(each.send(together))
            except StopIteration as end:
                answers.append(end.value)
    return answers


def in_processes(work: Work, parts: Sequence[tuple]) -> tuple[list[Any], int]:
    """The same with a process for each part, and how many bytes crossed the borders.

    work must be importable by name. The parts are handed over first, which does not count.
    """
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in parts]
    processes = [
        context.Process(target=_device, args=(work, part, end), daemon=True)
        for part, (_, end) in zip(parts, pipes, strict=True)
    ]
    for process, (_, end) in zip(processes, pipes, strict=True):
        process.start()
        end.close()
    sent = 0
    try:
        while True:
            said = [pipe.recv() for pipe, _ in pipes]
            if said[0][0] == "answer":
                return [answer for _, answer in said], sent
            together = all_reduce(said)
            for pipe, _ in pipes:
                pipe.send(together)
            sent += sum(array.nbytes + together.nbytes for _, array in said)
    finally:
        for process, (pipe, _) in zip(processes, pipes, strict=True):
            pipe.close()
            process.join()


def _device(work: Work, part: tuple, pipe: Any) -> None:
    running = work(*part)
    together = None
    while True:
        try:
            pipe.send(running.send(together))
        except StopIteration as end:
            pipe.send(("answer", end.value))
            return
        try:
            together = pipe.recv()
        except EOFError:  # another device has failed
            return
