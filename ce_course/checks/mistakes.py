"""Which known mistake an answer is: told on the inputs where the mistake shows itself.

First come the exercise's own mistakes, then those that any formula may have: a sign, a factor, the
base of a logarithm, an axis. An answer need not be the mistake and nothing else. Where it is not
finite and the right answer is, or where whole numbers cut it off, nothing is compared: code that
sums over the wrong axis may overflow as well.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Number
from typing import Any

import numpy as np

from ce_course.checks.compare import difference, formed, numbers, plain
from ce_course.checks.exercise import Case, Exercise, Mistake, Outcome, judged, trial

# What Python raises where NumPy gives inf or nan: math.exp(1000), 1 / 0.0; and math.log(0), whose
# ValueError says so.
ARITHMETIC = ("OverflowError", "ZeroDivisionError", "FloatingPointError")
DOMAIN = ("math domain error", "expected a positive input", "expected a nonnegative input")
# What Python and NumPy say where one number is taken and an array comes.
SINGLE = (
    "truth value of an array",
    "can be converted to Python scalars",
    "must be real number, not list",
)
SHORT = 8  # parts of a list
COARSE = 0.01  # ten times what half precision rounds by
SIX_DIGITS = 1e-6  # what a few operations in float32 may be off, relative to the numbers in it


def recognise(
    exercise: Exercise,
    cases: Sequence[Case],
    outcomes: Sequence[Outcome],
    expected: Sequence[Outcome | None],
) -> Mistake | None:
    """The known mistake that these outcomes show; None if they show none.

    expected: what is right, None where the exercise has a judge of its own.
    """
    if exercise.compare_as is None:
        outcomes = [
            replace(ours, value=_formed(ours.value, right and right.value))
            for ours, right in zip(outcomes, expected, strict=True)
        ]
    answer = _Answer(exercise, cases, outcomes, expected)
    changed = any(outcome.changed is not None for outcome in outcomes)
    if exercise.judge is None and changed and answer.equals(expected):
        return Mistake(*CHANGED, None)
    own = [(mistake, answer.of(mistake)) for mistake in exercise.mistakes]
    own = [(answer.strangeness(theirs), mistake, theirs) for mistake, theirs in own]
    for fits in (answer.equals, answer.is_lost_where, answer.shows):
        found = [(strange, mistake) for strange, mistake, theirs in own if fits(theirs)]
        if fits == answer.is_lost_where and len(found) > 1:
            return Mistake(*NOT_FINITE, None)  # several are not finite there: which is not told
        if found:
            least = min(strange for strange, _ in found)
            nearest = [mistake for strange, mistake in found if strange == least]
            if least and len({mistake.name for mistake in nearest}) > 1:
                return None  # they raise errors of one kind in other words: which is not told
            return nearest[0]
    if exercise.judge is None and exercise.call is None:
        if answer.is_cut_off():
            return Mistake(*CUT_OFF, None)
        for each in (*GENERAL, *ROUNDED):
            theirs = [each.outcome(case, right) for case, right in answer.rights]
            if answer.equals(theirs) or answer.shows(theirs):
                return Mistake(each.name, each.hint, None)
        if (fault := answer.fault_of_some_calls()) is not None:
            return Mistake(*fault, None)
        if answer.is_right_to(SIX_DIGITS):
            return Mistake(*IMPRECISE, None)
    return None


@dataclass(frozen=True)
class _Answer:
    """What an answer gave, to be compared with what a mistake gives."""

    exercise: Exercise
    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    expected: Sequence[Outcome | None]

    @property
    def rights(self) -> list[tuple[Case, Outcome]]:
        return list(zip(self.cases, self.expected, strict=True))

    def of(self, mistake: Mistake) -> Sequence[Outcome]:
        """What a mistake gives, with the constant that this answer shows if it has one."""
        if mistake.family is not None:
            values = [o.value if o.kind == "value" else None for o in self.outcomes]
            try:
                made = mistake.family(self.cases, values)
            except Exception:  # what a learner's code gave may be of any form
                made = None
            if made is not None:
                closed = getattr(mistake.family, "is_closed", False)
                run = self.exercise.run if closed else functools.partial(trial, self.exercise)
                return run(made, self.cases)
        return self.exercise.run(mistake.implementation, self.cases)

    def strangeness(self, theirs: Sequence[Outcome]) -> int:
        """In how many errors the words are other than those of a mistake's own errors.

        Different mistakes raise errors of one kind: a wrong class, a forecast that is none. The
        grader does not hear the words.
        """
        return sum(
            ours.kind == "error"
            and theirs[index].kind == "error"
            and ours.message != theirs[index].message
            for index, ours in enumerate(self.outcomes)
        )

    def equals(self, theirs: Sequence[Outcome]) -> bool:
        """Whether the answer gives what the mistake gives."""
        return all(
            self._alike(case, ours, known) for case, ours, known, _ in self._together(theirs)
        )

    def is_lost_where(self, theirs: Sequence[Outcome]) -> bool:
        """Whether the answer gives what the mistake gives, or is not finite where it is not."""
        return all(
            self._alike(case, ours, known)
            or (_not_finite(known, right) and self._fits(case, ours, known, right) == "lost")
            for case, ours, known, right in self._together(theirs)
        )

    def shows(self, theirs: Sequence[Outcome]) -> bool:
        """Whether the answer is the mistake wherever it can be compared, and not everywhere right.

        At least one such place is one where the mistake is finite and not right.
        """
        if self.exercise.judge is not None:
            return self._fails_as(theirs)
        itself = False
        for case, ours, known, right in self._together(theirs):
            fit = self._fits(case, ours, known, right)
            if fit == "other":
                fit = self._fits(case, ours, _unsaid(known, ours, right), right)
                if fit == "other":
                    return False
                continue
            if fit == "same" and not _not_finite(known, right):
                itself = itself or not self._alike(case, known, right)
        return itself

    def is_cut_off(self) -> bool:
        """Whether nothing is wrong but decimals that are cut off where inputs are whole numbers."""
        return all(
            self._alike(case, ours, right)
            or (_has_whole_numbers(case) and self._alike(case, ours, _cut(right)))
            or (_has_whole_numbers(case) and _is_whole(ours, right))
            for case, ours, _, right in self._together(self.expected)
        )

    def fault_of_some_calls(self) -> tuple[str, str] | None:
        """What is wrong first, if nothing is but what is not finite, or arrays for numbers."""
        fits = [
            "number" if _takes_a_number(ours) else self._fits(case, ours, right, right)
            for case, ours, _, right in self._together(self.expected)
        ]
        first = next((fit for fit in fits if fit != "same"), "other")
        if not set(fits) <= {"same", "lost", "number"} or set(fits) == {"lost"}:
            return None
        return ONE_AT_A_TIME if first == "number" else NOT_FINITE

    def is_right_to(self, digits: float) -> bool:
        """Whether every number is off by at most `digits` of the largest beside it."""

        def is_near(ours: Outcome, right: Outcome) -> bool:
            if not right.kind == ours.kind == "value":
                return False
            finite = np.abs(numbers(right.value))
            largest = np.max(finite, initial=0.0, where=np.isfinite(finite))
            return not difference(ours.value, right.value, digits, digits * largest)

        return all(
            self._alike(case, ours, right) or is_near(ours, right)
            for case, ours, _, right in self._together(self.expected)
        )

    def _together(self, theirs: Sequence[Outcome]) -> Iterator[tuple]:
        return zip(self.cases, self.outcomes, theirs, self.expected, strict=True)

    def _alike(self, case: Case, one: Outcome, other: Outcome) -> bool:
        if one.kind != other.kind or one.error != other.error:
            return False
        if one.kind != "value":
            return True
        answer, known = one.value, other.value
        if self.exercise.compare_as is not None:
            try:
                answer, known = (
                    plain(self.exercise.compare_as(case.args, v)) for v in (answer, known)
                )
            except Exception:
                return False
        rtol, atol = self.exercise.rtol, self.exercise.atol
        return not _far_apart(answer, known, rtol, atol) and not difference(
            answer, known, rtol, atol
        )

    def _fits(self, case: Case, ours: Outcome, known: Outcome, right: Outcome | None) -> str:
        """How an outcome fits a known one: "same", "lost", "cut", or "other" if it does not.

        "lost": what is finite is the same; "cut": the same with its decimals cut off.
        """
        if self._alike(case, ours, known):
            return "same"
        if right is None or right.kind != "value":
            return "other"
        if ours.kind == "error":
            return "lost" if _is_arithmetic(ours) else "other"
        if ours.kind != "value" or ours.value is None:
            return "other"
        if known.kind != "value":  # the mistake, as it is written down here, cannot take this input
            wrong = not self._alike(case, ours, right)
            finite = not _filled(ours.value, right.value, right.value)[1]
            return "other" if _is_arithmetic(known) and wrong and finite else "lost"
        filled, count = _filled(ours.value, known.value, right.value)
        if count and self._alike(case, ours, Outcome("value", filled)):
            return "lost"
        if _has_whole_numbers(case) and self._alike(case, ours, _cut(known)):
            return "cut"
        return "other"

    def _fails_as(self, theirs: Sequence[Outcome]) -> bool:
        def fails(case: Case, outcome: Outcome) -> bool:
            return outcome.kind != "value" or judged(self.exercise, case, outcome.value) is not None

        return all(
            fails(case, ours) == fails(case, known)
            and (not fails(case, ours) or self._alike(case, ours, known))
            for case, ours, known, _ in self._together(theirs)
        )


def by_value(
    make: Callable[[float], Callable], index: int, position: int = 0
) -> Callable[[Sequence[Case], Sequence[Any]], Callable | None]:
    """A family whose constant is read from an answer: the ε that people add, or clip at.

    make: from a constant in (1e-309, 0.1) to the wrong implementation. index, position: the case,
    and the number in what it gives, that grows or falls with the constant.
    """

    def family(cases: Sequence[Case], values: Sequence[Any]) -> Callable | None:
        wanted = np.ravel(np.asarray(values[index], dtype=float))[position]

        def above(power: float) -> bool:
            given = make(10.0**power)(*cases[index].args)
            return bool(np.ravel(np.asarray(given, dtype=float))[position] > wanted)

        low, high = -309.0, -1.0
        with np.errstate(all="ignore"):
            at_low = above(low)
            if not np.isfinite(wanted) or at_low == above(high):
                return None
            for _ in range(64):
                middle = (low + high) / 2
                low, high = (middle, high) if above(middle) == at_low else (low, middle)
        return make(10.0**high)

    return family


def _far_apart(answer: Any, known: Any, rtol: float, atol: float) -> bool:
    """Whether numbers differ by more than any precision excuses: most do, and soon it is told."""
    if not _is_double(answer) or not _is_double(known) or np.shape(answer) != np.shape(known):
        return False
    with np.errstate(all="ignore"):  # of two infinities
        off, size = np.abs(np.subtract(answer, known)), np.abs(known)
    return bool(np.any(off > atol + rtol * size + COARSE * (1 + size)))


def _is_double(value: Any) -> bool:
    return type(value) is float or getattr(value, "dtype", None) == np.float64


def _not_finite(outcome: Outcome, right: Outcome | None) -> bool:
    """Whether a known outcome is not finite somewhere where the right one is."""
    if right is None or right.kind != "value":
        return False
    if outcome.kind == "error":
        return _is_arithmetic(outcome)
    return _filled(outcome.value, right.value, right.value)[1] > 0


def _unsaid(known: Outcome, ours: Outcome, right: Outcome | None) -> Outcome:
    """A known outcome with the answer's numbers where it is nan and the right one is not.

    There the mistake, as it is written down, says nothing: another style of it need not be nan.
    """
    if right is None or {known.kind, ours.kind, right.kind} != {"value"}:
        return known
    try:
        k, a, r = (np.asarray(each.value, dtype=float) for each in (known, ours, right))
    except (TypeError, ValueError, OverflowError):
        return known
    if not k.shape == a.shape == r.shape:
        return known
    return Outcome("value", np.where(np.isnan(k) & ~np.isnan(r), a, k)[()])


def _filled(answer: Any, known: Any, right: Any) -> tuple[Any, int]:
    """`known` with the answer's own numbers where these are lost, and how many there are.

    A number is lost where the answer is not finite and the known or the right one is.
    """
    if isinstance(known, list | tuple) and isinstance(answer, list | tuple):
        if len(answer) != len(known):
            return known, 0
        same = isinstance(right, list | tuple) and len(right) == len(known)
        parts = [
            _filled(a, k, r)
            for a, k, r in zip(answer, known, right if same else known, strict=True)
        ]
        return [part for part, _ in parts], sum(count for _, count in parts)
    if isinstance(known, dict) and isinstance(answer, dict) and answer.keys() == known.keys():
        same = isinstance(right, dict) and right.keys() == known.keys()
        made = {k: _filled(answer[k], v, right[k] if same else v) for k, v in known.items()}
        return {k: part for k, (part, _) in made.items()}, sum(c for _, c in made.values())
    try:
        a, k, r = (np.asarray(each, dtype=float) for each in (answer, known, right))
    except (TypeError, ValueError, OverflowError):
        return known, 0
    if a.shape != k.shape:
        return known, 0
    finite = np.isfinite(k) | (np.isfinite(r) if r.shape == k.shape else False)
    lost = (~np.isfinite(a) & finite) | (np.isnan(a) & ~np.isnan(k))
    return np.where(lost, a, k), int(lost.sum())


def _is_arithmetic(outcome: Outcome) -> bool:
    """Whether an error is what Python raises where NumPy gives inf or nan."""
    domain = outcome.error == "ValueError" and any(text in outcome.message for text in DOMAIN)
    return domain or outcome.error in ARITHMETIC


def _takes_a_number(outcome: Outcome) -> bool:
    """Whether an error says that an array came where one number is taken."""
    return outcome.kind == "error" and any(text in outcome.message for text in SINGLE)


def _formed(value: Any, right: Any) -> Any:
    """An answer with its lists as arrays where numbers are right.

    It is compared with a hundred mistakes, and the form of a long list takes long to look at. With
    a short one a mistake may agree part by part.
    """
    if not isinstance(value, list | tuple):
        return value
    if isinstance(right, list | tuple) and len(right) == len(value):
        parts = [_formed(part, other) for part, other in zip(value, right, strict=True)]
    elif not isinstance(right, Number | np.ndarray):
        return value
    elif len(value) > SHORT:
        return formed(value)
    else:
        parts = [_formed(part, right) for part in value]
    return tuple(parts) if isinstance(value, tuple) else parts


def _has_whole_numbers(case: Case) -> bool:
    """Whether an answer that is shaped like the first array would be one of whole numbers."""
    first = next((a for a in case.args if isinstance(a, np.ndarray)), None)
    return first is not None and first.dtype.kind in "iu"


def _is_whole(outcome: Outcome, right: Outcome) -> bool:
    """Whether an answer is of whole numbers only, of a type that holds no others."""
    try:
        found, wanted = np.asarray(outcome.value), np.asarray(right.value)
    except ValueError:  # rows of different lengths
        return False
    return found.dtype.kind in "iu" and wanted.dtype.kind == "f" and found.shape == wanted.shape


def _cut(outcome: Outcome) -> Outcome:
    if outcome.kind != "value":
        return outcome
    return Outcome("value", _each(np.trunc, outcome.value))


# ---------------------------------------------------------------- of any formula


@dataclass(frozen=True)
class _General:
    """A mistake that any formula may have: change(right, args) gives what it makes of an array."""

    name: str
    hint: str
    change: Callable[[np.ndarray, tuple], Any]

    def outcome(self, case: Case, right: Outcome) -> Outcome:
        if right.kind != "value":
            return right
        try:
            with np.errstate(all="ignore"):
                return Outcome("value", _each(lambda a: self.change(a, case.args), right.value))
        except Exception:  # it has no such axis
            return right


def _each(change: Callable[[np.ndarray], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _each(change, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_each(change, part) for part in value]
    array = np.asarray(value)
    return change(array.astype(float)) if array.dtype.kind in "biuf" else value


def _examples(args: tuple) -> int:
    return len(next(a for a in args if isinstance(a, np.ndarray) and a.ndim))


def _classes(args: tuple) -> int:
    return next(a for a in args if isinstance(a, np.ndarray) and a.ndim).shape[-1]


GENERAL = (
    _General(
        "minus the right answer",
        "Every number is minus the right one: a sign is lost, or there is one too many.",
        lambda right, args: -right,
    ),
    _General(
        "a logarithm to base 2",
        "Every number is the right one divided by ln 2 = 0.6931: some logarithm is to base 2, and "
        "another base is asked for.",
        lambda right, args: right / math.log(2),
    ),
    _General(
        "a factor ln 2",
        "Every number is the right one times ln 2 = 0.6931: a factor too many, or a logarithm to "
        "the wrong base.",
        lambda right, args: right * math.log(2),
    ),
    _General(
        "a logarithm to base 10",
        "Every number is the right one divided by ln 10 = 2.3026: some logarithm is to base 10.",
        lambda right, args: right / math.log(10),
    ),
    _General(
        "twice the right answer",
        "Every number is twice the right one: look for something that is counted twice.",
        lambda right, args: 2 * right,
    ),
    _General(
        "half the right answer",
        "Every number is half the right one: look for a division by 2, or for one of two equal "
        "parts that is left out.",
        lambda right, args: right / 2,
    ),
    _General(
        "divided by the number of examples",
        "Every number is the right one divided by the number of examples: a mean stands where "
        "none is asked for, or it is taken twice.",
        lambda right, args: right / _examples(args),
    ),
    _General(
        "times the number of examples",
        "Every number is the right one times the number of examples: a sum stands where a mean is "
        "asked for.",
        lambda right, args: right * _examples(args),
    ),
    _General(
        "divided by the number of classes",
        "Every number is the right one divided by the number of classes: a mean over the classes "
        "stands where a sum is asked for.",
        lambda right, args: right / _classes(args),
    ),
    _General(
        "times the number of classes",
        "Every number is the right one times the number of classes: a sum over the classes stands "
        "where a mean is asked for.",
        lambda right, args: right * _classes(args),
    ),
    _General(
        "the mean of the right answers",
        "You return one number: the mean of the right ones. Each of them is asked for.",
        lambda right, args: right.mean() if right.ndim else right,
    ),
    _General(
        "the sum of the right answers",
        "You return one number: the sum of the right ones. Each of them is asked for.",
        lambda right, args: right.sum() if right.ndim else right,
    ),
    _General(
        "summed over the last axis",
        "Your numbers are the right ones summed over the last axis. Keep that axis.",
        lambda right, args: right.sum(axis=-1),
    ),
    _General(
        "averaged over the last axis",
        "Your numbers are the right ones averaged over the last axis. Keep that axis.",
        lambda right, args: right.mean(axis=-1),
    ),
    _General(
        "summed over the first axis",
        "Your numbers are the right ones summed over the first axis, the examples. Keep that axis.",
        lambda right, args: right.sum(axis=0),
    ),
    _General(
        "averaged over the first axis",
        "Your numbers are the right ones averaged over the first axis, the examples. Keep it.",
        lambda right, args: right.mean(axis=0),
    ),
    _General(
        "an axis too many",
        "Your numbers are right, but there is a last axis of length 1 too many: drop it, as "
        "a[..., 0] or np.squeeze(a, axis=-1) does.",
        lambda right, args: right[..., np.newaxis],
    ),
    _General(
        "rows and columns exchanged",
        "Your numbers are right, but rows and columns are exchanged: transpose the last two axes.",
        lambda right, args: np.swapaxes(right, -1, -2),
    ),
    _General(
        "one minus the right answer",
        "Every number is 1 minus the right one: that of the opposite event.",
        lambda right, args: 1 - right,
    ),
    _General(
        "one too large",
        "Every number is the right one plus 1: something is counted that should not be.",
        lambda right, args: right + 1,
    ),
    _General(
        "one too small",
        "Every number is the right one minus 1: something that counts is left out.",
        lambda right, args: right - 1,
    ),
    _General(
        "the exponential of the right answer",
        "Your numbers are exp of the right ones: one exp too many, or a log that is missing.",
        lambda right, args: np.exp(right),
    ),
    _General(
        "the logarithm of the right answer",
        "Your numbers are log of the right ones: one log too many, or an exp that is missing.",
        lambda right, args: np.log(right),
    ),
    _General(
        "the square of the right answer",
        "Your numbers are the squares of the right ones.",
        lambda right, args: right**2,
    ),
    _General(
        "the square root of the right answer",
        "Your numbers are the square roots of the right ones.",
        lambda right, args: np.sqrt(right),
    ),
    _General(
        "without their signs",
        "Your numbers are right but for their signs: an absolute value is taken where none is due.",
        lambda right, args: np.abs(right),
    ),
    _General(
        "an infinity made finite",
        "Where the right answer is infinite, yours is the largest number that floating point has: "
        "np.nan_to_num puts it there. Leave inf as it is.",
        lambda right, args: np.nan_to_num(right, nan=np.nan),
    ),
    _General(
        "in reverse order",
        "Your numbers are right, but they come in reverse order.",
        lambda right, args: right[..., ::-1],
    ),
)
ROUNDED = tuple(
    _General(
        "rounded",
        f"Your numbers are right, but rounded to {digits} decimals. Leave them as they are.",
        lambda right, args, digits=digits: np.round(right, digits),
    )
    for digits in range(9)
)
CUT_OFF = (
    "whole numbers cut the answer off",
    "Right for floats. But an array of whole numbers, as np.zeros_like makes of them, keeps "
    "no decimals: fill an array of floats, np.zeros(z.shape).",
)
CHANGED = (
    "the input is changed",
    "What you return is right, but your code writes into the array that it was given (z -= 1 and "
    "z[...] = 1 do that). Make a new one, z = z - 1, or take a copy first.",
)
NOT_FINITE = (
    "not finite at extreme inputs",
    "Right on ordinary inputs. Where it is inf or nan (or Python refuses the number), something "
    "overflows, or a logarithm of 0 or a 0 · inf is taken on the way: exp(1000) is inf, "
    "exp(-1000) is 0. Rewrite the step in which that happens.",
)
ONE_AT_A_TIME = (
    "one number at a time",
    "`if`, `max` and the functions of `math` take one number, and here an array comes: the input "
    "has more axes than your loop goes through, or is an array where you took it for a number. "
    "np.where, np.maximum and np.log take whole arrays; np.ndindex(z.shape) visits every entry.",
)
IMPRECISE = (
    "right to about six digits",
    "Your numbers are right to about six digits, and more are asked for. Float32 mixed with "
    "float64 does that (stay in one of them), a small constant that is added, or a step that only "
    "approximates.",
)
