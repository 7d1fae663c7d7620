"""Mistakes that come in several forms, or with a constant that people choose.

`Mistake.family` takes what an answer gave and picks the form, or the constant, that fits it best.
Whether it is that mistake, `mistakes.recognise` then decides.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ce_course.checks.compare import plain
from ce_course.checks.exercise import Case, Mistake

Family = Callable[[Sequence[Case], Sequence[Any]], Callable | None]

# What people add inside a logarithm or to a denominator, or cut off at.
EPSILONS = (*(10.0**-k for k in range(1, 17)), 2.0**-52, 2.0**-23)
KEPT = 4  # lists of cases for which is kept what forms give: one for each seed
RAISES = object()  # stands for what a form gives that raises
# What is remembered of functions, by their modules, in the order in which these define them.
_memories: dict[str, list[dict[tuple, Any]]] = {}


def one_of(*forms: Callable) -> Family:
    """The form that agrees with the answer on the most inputs; of several the first."""
    tried: dict[int, _Tried] = {}

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable:
        known = tried.get(id(cases))
        if known is None or known.cases is not cases:
            while len(tried) >= KEPT:
                tried.pop(next(iter(tried)))
            known = tried[id(cases)] = _Tried(forms, cases)
        return known.nearest(values)

    family.is_closed = True  # what it picks is one of these, the same object each time
    return family


def with_constant(*forms: Callable, constants: Iterable[float] | Callable = EPSILONS) -> Family:
    """The form and the constant that agree with the answer on the most inputs.

    forms: functions of (constant, *inputs). constants: which to try, or a function
    (cases, values) that reads them off the answer.
    """

    def made(tried: Iterable[float]) -> list[Callable]:
        return [functools.partial(form, float(c)) for c in tried for form in forms]

    if not callable(constants):
        return one_of(*made(constants))

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable:
        return one_of(*made(constants(cases, values)))(cases, values)

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
    _memories.setdefault(fit.__module__, []).append(known)

    @functools.wraps(fit)
    def once(*arrays: np.ndarray, **options: Any) -> Any:
        key = (*map(_digest, arrays), *options.items())
        if key not in known:
            known[key] = fit(*arrays, **options)
        return known[key]

    return once


def _digest(array: np.ndarray) -> tuple[tuple[int, ...], str, bytes]:
    return array.shape, array.dtype.str, hashlib.sha256(array.tobytes()).digest()


def remembered_by(module: str) -> list[dict[tuple, Any]]:
    """What is remembered of each of a module's own functions that are `remembered`."""
    return _memories.get(module, [])


def remember(module: str, memories: Sequence[dict[tuple, Any]]) -> None:
    """Have it remember what `remembered_by` gave in another process."""
    for known, theirs in zip(remembered_by(module), memories, strict=True):
        known |= theirs


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


class _Tried:
    """What some forms give on a list of cases: each computed at most once, when it is asked for."""

    def __init__(self, forms: Sequence[Callable], cases: Sequence[Case]) -> None:
        self.forms, self.cases = forms, cases
        self._given: dict[tuple[int, int], Any] = {}

    def nearest(self, values: Sequence[Any]) -> Callable:
        """The form that agrees with an answer's values most; one that cannot be is left early."""
        best, most = self.forms[0], -1.0
        for index, form in enumerate(self.forms):
            agreement, left = 0.0, len(values)
            for number, value in enumerate(values):
                agreement, left = agreement + _agrees(self._gives(index, number), value), left - 1
                if agreement + left <= most:
                    break
            else:
                best, most = form, agreement
        return best

    def _gives(self, index: int, number: int) -> Any:
        """As `plain` makes it; RAISES where the form raises."""
        key = index, number
        if key not in self._given:
            with np.errstate(all="ignore"):
                try:
                    self._given[key] = plain(self.forms[index](*self.cases[number].args))
                except Exception:
                    self._given[key] = RAISES
        return self._given[key]


def _agrees(known: Any, value: Any) -> float:
    """1 if `known` is the value, or a form raises where there is none; a little less if nearly."""
    if known is RAISES:
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
    with np.errstate(all="ignore"):
        same = (value == known) | ((value != value) & (known != known))
        if same.all():
            return 1.0
        off, size = np.abs(value - known)[~same], np.abs(known)[~same]
        if not (np.isfinite(off) & np.isfinite(size)).all():
            return 0.0
        for rtol, worth in ((1e-9, 1.0), (1e-6, 0.9), (1e-3, 0.5)):
            if (off <= 1e-14 + rtol * size).all():
                return worth
    return 0.0
