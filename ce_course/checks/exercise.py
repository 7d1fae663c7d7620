"""An exercise as one value: what is asked, what answers are tried on, what is right and wrong."""

from __future__ import annotations

import copy
import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from ce_course.checks.compare import describe, plain

State = Literal["not attempted", "gave no answer", "raised", "wrong", "right"]


@dataclass(frozen=True)
class Case:
    """One input that an answer is tried on; `note` says what is special about it."""

    args: tuple
    note: str = ""


@dataclass(frozen=True)
class Mistake:
    """A known mistake: a plausible wrong implementation and the hint that its author needs.

    implementation: takes the exercise's arguments. For a value exercise it is the wrong value, or
        a function without arguments that computes it.
    family: where the mistake has a constant that people choose (the 1e-7 in log(p + 1e-7)):
        family(cases, values) gives the implementation with the constant that these answers show,
        one value for each case and None where there is none; or None if they show no constant.
    """

    name: str
    hint: str
    implementation: Any
    family: Callable[[Sequence[Case], Sequence[Any]], Callable | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise: what is asked, the inputs it is tried on, the reference and known mistakes.

    name, chapter: as in the catalogue.
    signature: "entropy(p, base)", or the bare name for a value exercise.
    reference: the right implementation. For a value exercise the value, or a function without
        arguments that computes it.
    cases: from a random generator to the inputs, edge cases first; None for a value exercise.
    rtol, atol: a number x is right within atol + rtol * |x|. Answers in float32 may be off by
        what that arithmetic costs, but not if they are nearer to a known mistake.
    exact: whether the task states this precision, which answers in any arithmetic have to keep.
    judge: judge(args, answer) for tasks with many right answers: None if right, else one sentence.
        The answer comes as plain data (see `plain`).
    compare_as: compare_as(args, answer) with a judge: what of an answer tells known mistakes apart
        (the lengths of a code, not its letters). The answer itself if None.
    call: call(answer, *inputs) where the answer is not itself the function to be called (a class).
        Importable by name and free of secrets: it runs wherever the learner's code does.
    accepts: accepts(answer): why an answer is not of the kind that is asked for, in one sentence,
        before it is called; None if it is. Runs where the learner's code does, as `call`.
    parts: the names of the parts of an answer that is a tuple: ("dW", "db", "dX").
    libraries: what an answer may import besides NumPy and the standard library ("torch"). The
        grader's sandbox has nothing else.
    seconds: how much of the processor's time all cases together may take.
    """

    name: str
    chapter: str
    signature: str
    task: str
    difficulty: int
    minutes: int
    reference: Any
    points: int = 1
    cases: Callable[[np.random.Generator], Sequence[Case]] | None = None
    rtol: float = 1e-9
    atol: float = 1e-12
    exact: bool = False
    judge: Callable[[tuple, Any], str | None] | None = None
    compare_as: Callable[[tuple, Any], Any] | None = None
    call: Callable[..., Any] | None = None
    accepts: Callable[[Any], str | None] | None = None
    parts: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    seconds: float = 10.0

    @property
    def is_value(self) -> bool:
        """Whether the answer is a value, not a function."""
        return self.cases is None

    @property
    def parameters(self) -> list[str]:
        """The names of the inputs; empty for a value exercise."""
        if self.call is not None:
            return list(inspect.signature(self.call).parameters)[1:]
        inside = self.signature.partition("(")[2].rpartition(")")[0]
        return [name.split("=")[0].strip() for name in inside.split(",") if name.strip()]

    def make_cases(self, seed: int = 0) -> list[Case]:
        """The inputs for a seed; one empty input for a value exercise."""
        return [Case(())] if self.is_value else list(self.cases(np.random.default_rng(seed)))

    def run(self, implementation: Any, cases: Sequence[Case]) -> Sequence[Outcome]:
        """What a trusted implementation (the reference, a known mistake) gives on each case.

        Computed when it is looked at: most answers differ from a mistake on the first case.
        """
        return _Outcomes(self, implementation, cases)


@dataclass(frozen=True)
class Outcome:
    """What one call gave, as plain data.

    value: the answer made plain, if kind is "value".
    error, message: name and text of the exception, if kind is "error".
    changed: index of an argument that the call changed, or None.
    printed: what the call printed.
    traceback: the learner's own lines of it, and its text, where it was raised in this process.
    """

    kind: Literal["value", "error", "timeout"]
    value: Any = None
    error: str = ""
    message: str = ""
    changed: int | None = None
    printed: str = ""
    traceback: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Verdict:
    """The judgement of an answer: its state, one sentence why, and the known mistake if it is one.

    index: the case that the sentence is about; None where the answer is right or not attempted.
    failed: on how many cases the answer is not right.
    """

    state: State
    sentence: str
    mistake: Mistake | None = None
    index: int | None = None
    failed: int = 0


def trial(exercise: Exercise, implementation: Any, cases: Sequence[Case]) -> list[Outcome]:
    """What a trusted implementation gives on each case; nothing is remembered.

    One with an attribute `is_result` gives what the exercise's `call` would make of it.
    """
    if exercise.is_value and not callable(implementation):
        return [Outcome("value", plain(implementation))]
    if exercise.call is not None and not getattr(implementation, "is_result", False):
        implementation = functools.partial(exercise.call, implementation)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return [_run(implementation, case.args) for case in cases]


def copied(args: tuple) -> tuple:
    """A deep copy of inputs; an array of numbers lies in memory as it lay."""
    return tuple(
        arg.copy("K") if type(arg) is np.ndarray and not arg.dtype.hasobject else copy.deepcopy(arg)
        for arg in args
    )


def judged(exercise: Exercise, case: Case, answer: Any) -> str | None:
    """What the exercise's own judge says of an answer, whatever that is."""
    if answer is None:
        return "got None: is there a `return`?"
    try:
        with np.errstate(all="ignore"):
            return exercise.judge(case.args, answer)
    except Exception:
        return f"the answer has not the form that the task asks for; got {describe(answer)}"


def _run(implementation: Callable, args: tuple) -> Outcome:
    try:
        return Outcome("value", plain(implementation(*copied(args))))
    except Exception as error:
        return Outcome("error", error=type(error).__name__, message=str(error))


class _Outcomes(Sequence):
    """What `trial` gives, one case at a time."""

    def __init__(self, exercise: Exercise, implementation: Any, cases: Sequence[Case]) -> None:
        self._given = exercise, implementation, cases
        self._found: list[Outcome | None] = [None] * len(cases)

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: int) -> Outcome:
        if self._found[index] is None:
            exercise, implementation, cases = self._given
            self._found[index] = trial(exercise, implementation, [cases[index]])[0]
        return self._found[index]


class _Remembering(Exercise):
    """An exercise that computes only once what trusted code gives, on one list of cases."""

    def run(self, implementation: Any, cases: Sequence[Case]) -> Sequence[Outcome]:
        known = self.__dict__["_known"]
        key = id(implementation)  # which lives as long as this exercise does
        if key not in known:
            known[key] = super().run(implementation, cases)
        return known[key]


def remembering(exercise: Exercise, given: Sequence[Sequence[Outcome]] = ()) -> Exercise:
    """The same exercise, for judging many answers on the same cases.

    given: what its reference and then each of its known mistakes gives on them, where known.
    """
    same = _Remembering(**{each.name: getattr(exercise, each.name) for each in fields(exercise)})
    trusted = (same.reference, *(mistake.implementation for mistake in same.mistakes))
    same.__dict__["_known"] = {id(each): list(o) for each, o in zip(trusted, given, strict=False)}
    return same
