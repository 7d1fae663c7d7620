"""How answers are judged.

Judging needs plain data only: the inputs (`Case`), what each call gave (`Outcome`), the exercise.
So the learner's code may have run anywhere: in this process (`check`) or in a grader's sandbox.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ce_course.checks import mistakes
from ce_course.checks.compare import (
    Nearby,
    describe,
    difference,
    misfit,
    numbers,
    precision,
    rounded,
    show,
)
from ce_course.checks.exercise import Case, Exercise, Mistake, Outcome, Verdict, judged, trial

ROUNDINGS = 4  # of the inputs, to see what rounding them does to the right answer


def judge(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> Verdict:
    """Judge an answer by what it gave on each case.

    Outcomes may stop early (the first call was not attempted, or time ran out): what is missing
    counts as not answered in time.
    """
    with warnings.catch_warnings():  # of NumPy's, at answers of a kind that is not asked for
        warnings.simplefilter("ignore")
        return _judged(exercise, cases, list(outcomes[: len(cases)]))


def _judged(exercise: Exercise, cases: Sequence[Case], outcomes: list[Outcome]) -> Verdict:
    if outcomes and all(o.error == "NotImplementedError" for o in outcomes):
        return Verdict("not attempted", "not attempted yet")
    outcomes += [Outcome("timeout")] * (len(cases) - len(outcomes))

    expected = [None] * len(cases)
    if exercise.judge is None:
        expected = exercise.run(exercise.reference, cases)
    problems = [_problem(exercise, *each) for each in zip(cases, outcomes, expected, strict=True)]
    if not any(problems):
        problems = _imprecise(exercise, cases, outcomes, expected)
    failed = [index for index, problem in enumerate(problems) if problem]
    if not failed:
        return Verdict("right", "right")
    first = failed[0]
    state = {"error": "raised", "timeout": "gave no answer"}.get(outcomes[first].kind, "wrong")
    return Verdict(
        state=state,
        sentence=problems[first],
        mistake=_mistake(exercise, cases, outcomes, expected),
        index=first,
        failed=len(failed),
    )


def nearby(exercise: Exercise, case: Case) -> Nearby:
    """What the reference gives for a case's inputs as a dtype rounds them, in different ways."""

    known: dict[np.dtype, list[Any]] = {}

    def values(dtype: np.dtype) -> list[Any]:
        if dtype not in known:
            rng = np.random.default_rng(0)
            other = [Case(rounded(case.args, dtype, rng)) for _ in range(ROUNDINGS)]
            found = trial(exercise, exercise.reference, other)
            known[dtype] = [outcome.value for outcome in found if outcome.kind == "value"]
        return known[dtype]

    return values


def _mistake(exercise: Exercise, *seen: Sequence) -> Mistake | None:
    try:
        with np.errstate(all="ignore"):  # what is guessed at need not be a number
            return mistakes.recognise(exercise, *seen)
    except Exception:  # plain data, and yet of a form that nobody thought of: no known mistake
        return None


def _nothing(dtype: np.dtype) -> None:
    """In the place of `nearby` where no precision is excused anything."""


def _problem(
    exercise: Exercise, case: Case, outcome: Outcome, expected: Outcome | None
) -> str | None:
    if outcome.kind == "timeout":
        return f"gave no answer: {outcome.message or 'its time was over'}"
    if outcome.kind == "error":
        if expected is not None and expected.error == outcome.error:
            return None
        if outcome.error == "SystemExit":
            return "called exit(): `return` the answer instead"
        return f"raised {outcome.error}: {outcome.message}".rstrip(": ")
    if expected is None:
        sentence = judged(exercise, case, outcome.value)
    elif expected.kind == "error":
        sentence = f"expected a {expected.error}, got {describe(outcome.value)}"
    else:
        sentence = difference(
            outcome.value,
            expected.value,
            exercise.rtol,
            exercise.atol,
            _nothing if exercise.exact else nearby(exercise, case),
            exercise.parts,
        )
        if sentence and exercise.is_value:
            sentence = _without_the_answer(outcome.value, expected.value)
    if not sentence and outcome.changed is not None:
        name = exercise.parameters[outcome.changed]
        return f"changed its input `{name}`: work on a copy"
    return sentence or None


def _imprecise(
    exercise: Exercise,
    cases: Sequence[Case],
    outcomes: Sequence[Outcome],
    expected: Sequence[Outcome | None],
) -> list[str | None]:
    """Why answers that pass for their low precision are not right, case by case.

    A known mistake may pass in this precision too; then the answer has to be nearer to the right.
    """
    fine: list[str | None] = [None] * len(cases)
    low = [precision(o.value) if o.kind == "value" else None for o in outcomes]
    if exercise.judge is not None or not any(dtype is not None for dtype in low):
        return fine
    for mistake in exercise.mistakes:
        theirs, lowered = exercise.run(mistake.implementation, cases), []
        for known, dtype, case, right in zip(theirs, low, cases, expected, strict=True):
            if dtype is not None:
                known = replace(known, value=_cast(known.value, dtype))
            if _problem(exercise, case, known, right):
                break
            lowered.append(known)
        if len(lowered) == len(cases) and _is_nearer(outcomes, lowered, expected, low):
            return [f"not right, even in {d}" if d is not None else None for d in low]
    return fine


def _is_nearer(
    outcomes: Sequence[Outcome],
    theirs: Sequence[Outcome],
    expected: Sequence[Outcome],
    low: Sequence[np.dtype | None],
) -> bool:
    """Whether answers of low precision are nearer to what is wrong than to what is right.

    Compared where the precision holds the difference between the two. Where it holds none, the
    answer is right: to add 1e-12 to 1 in float32 is to add nothing.
    """
    to_wrong = to_right = 0.0
    for ours, wrong, right, dtype in zip(outcomes, theirs, expected, low, strict=True):
        if dtype is None:
            continue
        a, w, r = (numbers(o.value) for o in (ours, wrong, right))
        finite = np.isfinite(w) & np.isfinite(r) & np.isfinite(a)
        a, w, r = a[finite], w[finite], r[finite]
        apart = np.abs(w - r) > float(np.finfo(dtype).eps) * np.abs(r)
        to_wrong += float(np.abs(a - w)[apart].sum())
        to_right += float(np.abs(a - r)[apart].sum())
    return to_wrong < to_right


def _cast(value: Any, dtype: np.dtype) -> Any:
    """A plain answer with its numbers in `dtype`."""
    if isinstance(value, dict):
        return {key: _cast(part, dtype) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_cast(part, dtype) for part in value)
    if isinstance(value, float | np.floating | np.ndarray) and np.asarray(value).dtype.kind == "f":
        with np.errstate(all="ignore"):
            return np.asarray(value).astype(dtype)[()]
    return value


def _without_the_answer(answer: Any, expected: Any) -> str:
    """What is wrong with a value, without giving the right one away."""
    problem = misfit(answer, np.asarray(expected))
    if problem:
        return problem
    if np.ndim(answer) == 0 and np.isrealobj(answer) and not np.isnan(answer):
        return f"got {show(answer)}, which is too {'large' if answer > expected else 'small'}"
    return f"got {show(answer)}, which is not right"
