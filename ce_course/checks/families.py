"""Mistakes that come in several forms, or with a constant that people choose.

`Mistake.family` takes what an answer gave and picks the form, or the constant, that fits it best.
Whether it is that mistake, `mistakes.recognise` then decides.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ce_course.checks.compare import plain
from ce_course.checks.exercise import Case, Mistake

Family = Callable[[Sequence[Case], Sequence[Any]], Callable | None]

# What people add inside a logarithm or to a denominator, or cut off at.
EPSILONS = (*(10.0**-k for k in range(1, 17)), 2.0**-52, 2.0**-23)


def one_of(*forms: Callable) -> Family:
    """The form that agrees with the answer on the most inputs."""

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable:
        return max(forms, key=lambda form: _agreement(form, cases, values))

    return family


def with_constant(*forms: Callable, constants: Iterable[float] | Callable = EPSILONS) -> Family:
    """The form and the constant that agree with the answer on the most inputs.

    forms: functions of (constant, *inputs). constants: which to try, or a function
    (cases, values) that reads them off the answer.
    """

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable:
        tried = constants(cases, values) if callable(constants) else constants
        made = [functools.partial(form, float(c)) for c in tried for form in forms]
        return one_of(*made)(cases, values)

    return family


def echo_if(fits: Callable[[Any, tuple], bool]) -> Family:
    """What the answer itself gave, if that has a property: fits(value, inputs) on every input."""

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable | None:
        if not all(v is not None and fits(v, c.args) for c, v in zip(cases, values, strict=True)):
            return None
        left = iter(values)

        def echo(*args: Any) -> Any:
            return next(left)

        echo.is_result = True  # of an exercise's `call` too
        return echo

    return family


def remembered(fit: Callable) -> Callable:
    """A fit to arrays that is computed once for each of them: mistakes and judges share it."""
    known: dict[tuple, Any] = {}

    @functools.wraps(fit)
    def once(*arrays: np.ndarray, **options: Any) -> Any:
        key = (*((a.shape, a.dtype.str, a.tobytes()) for a in arrays), *options.items())
        if key not in known:
            known[key] = fit(*arrays, **options)
        return known[key]

    return once


def nearly(form: Callable, rtol: float = 1e-6, atol: float = 1e-15) -> Family:
    """What the answer itself gave, if a form gives it but for digits that rounding takes."""

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable | None:
        for case, value in zip(cases, values, strict=True):
            known = form(*case.args)
            if value is None or np.shape(value) != np.shape(known):
                return None
            if not np.allclose(np.asarray(value, float), known, rtol, atol, equal_nan=True):
                return None
        left = iter(values)
        return lambda *args: next(left)

    return family


def in_forms(name: str, hint: str, *forms: Callable) -> Mistake:
    """A mistake that people write in several ways."""
    return Mistake(name, hint, forms[0], one_of(*forms))


def with_epsilon(
    name: str, hint: str, *forms: Callable, default: float = 1e-3, constants: Any = EPSILONS
) -> Mistake:
    """A mistake with a constant: forms(constant, *inputs).

    default: the constant of its own implementation, large enough to show itself in float32.
    """
    first = functools.partial(forms[0], default)
    return Mistake(name, hint, first, with_constant(*forms, constants=constants))


def _agreement(form: Callable, cases: Sequence[Case], values: Sequence[Any]) -> float:
    return sum(_agrees(form, case.args, value) for case, value in zip(cases, values, strict=True))


def _agrees(form: Callable, args: tuple, value: Any) -> float:
    """1 if a form gives the value, or raises where there is none; a little less if only nearly."""
    with np.errstate(all="ignore"):
        try:
            known = plain(form(*args))
        except Exception:
            return float(value is None)
        try:
            if isinstance(known, tuple | list):
                known, value = (
                    np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in each])
                    for each in (known, value)
                )
            known, value = np.asarray(known, dtype=float), np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            return 0.0
        if known.shape != value.shape:
            return 0.0
        for rtol, worth in ((1e-9, 1.0), (1e-6, 0.9), (1e-3, 0.5)):
            if np.allclose(value, known, rtol=rtol, atol=1e-14, equal_nan=True):
                return worth
    return 0.0
