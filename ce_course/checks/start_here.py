"""The exercise of chapter 00: something small, to see how `check` answers."""

from __future__ import annotations

import numpy as np

from ce_course.checks.exercise import Case, Exercise, Mistake


def _cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case((np.array([1.0, 2.0]),)),
        Case((0.5,), note="a single number"),
        Case((np.array([0.0, np.inf]),), note="nothing, and without end"),
        Case((rng.exponential(size=(3, 4)),), note="a 2-D array"),
        Case((np.array([3, 0, 10]),), note="whole numbers"),
    ]


nats_to_bits = Exercise(
    name="nats_to_bits",
    chapter="00_start_here",
    signature="nats_to_bits(nats)",
    task="The numbers of nats in the array `nats`, in bits. One bit is ln 2 nats. Any shape.",
    difficulty=1,
    minutes=2,
    reference=lambda nats: nats / np.log(2),
    cases=_cases,
    hints=(
        "A bit is less than a nat (ln 2 is 0.6931), so the same amount is a larger number of bits.",
        "Divide by ln 2, which NumPy writes np.log(2).",
    ),
    mistakes=(
        Mistake(
            "multiplied where one divides",
            "You multiplied by ln 2. A bit is the smaller unit, so there must be more bits than "
            "nats: divide.",
            lambda nats: nats * np.log(2),
        ),
        Mistake(
            "the number unchanged",
            "You returned the nats themselves. One nat is 1 / ln 2 = 1.4427 bits.",
            lambda nats: nats,
        ),
        Mistake(
            "logarithm of the number",
            "You took log2 of the number of nats. It has been a logarithm already: only its unit "
            "changes, by a constant factor.",
            lambda nats: _log2(nats),
        ),
        Mistake(
            "divided by log10(2)",
            "np.log10(2) is the logarithm to base 10. One bit is ln 2 nats, np.log(2).",
            lambda nats: nats / np.log10(2),
        ),
        Mistake(
            "divided by 2",
            "You divided by 2. One bit is ln 2 nats: divide by the logarithm of 2.",
            lambda nats: nats / 2,
        ),
    ),
)

EXERCISES = (nats_to_bits,)


def _log2(nats):
    with np.errstate(divide="ignore"):
        return np.log2(nats)
