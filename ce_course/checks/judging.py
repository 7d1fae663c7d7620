"""How answers are judged.

Judging needs plain data only: the inputs (`Case`), what each call gave (`Outcome`), the exercise.
So the learner's code may have run anywhere: in this process (`check`) or in a grader's sandbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ce_course.checks import mistakes
from ce_course.checks.compare import (
    Nearby,
    describe,
    difference,
    misfit,
    precision,
    rounded,
    show,
)
from ce_course.checks.exercise import Case, Exercise, Outcome, Verdict, judged, trial

ROUNDINGS = 4  # of the inputs, to see what rounding them does to the right answer


def judge(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> Verdict:
    """Judge an answer by what it gave on each case.

    Outcomes may stop early (the first call was not attempted, or time ran out): what is missing
    counts as not answered in time.
    """
    outcomes = list(outcomes[: len(cases)])
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
    state = {"error": "raised", "timeout": "not run"}.get(outcomes[first].kind, "wrong")
    return Verdict(
        state=state,
        sentence=problems[first],
        mistake=mistakes.recognise(exercise, cases, outcomes, expected),
        index=first,
        failed=len(failed),
    )


def nearby(exercise: Exercise, case: Case) -> Nearby:
    """What the reference gives for a case's inputs as a dtype rounds them, in different ways."""

    @cache
    def values(dtype: np.dtype) -> list[Any]:
        rng = np.random.default_rng(0)
        other = [Case(rounded(case.args, dtype, rng)) for _ in range(ROUNDINGS)]
        found = trial(exercise, exercise.reference, other)
        return [outcome.value for outcome in found if outcome.kind == "value"]

    return values


def _problem(
    exercise: Exercise, case: Case, outcome: Outcome, expected: Outcome | None
) -> str | None:
    if outcome.kind == "timeout":
        return f"not run to its end: {outcome.message or 'its time was over'}"
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
            nearby(exercise, case),
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
    """Why answers that are right but for their low precision are not right, case by case.

    A known mistake that would pass in this precision shows that it cannot tell right from wrong.
    """
    fine: list[str | None] = [None] * len(cases)
    low = [d for o in outcomes if o.kind == "value" and (d := precision(o.value)) is not None]
    if exercise.judge is not None or not low:
        return fine
    dtype = min(low, key=lambda each: each.itemsize)
    for mistake in exercise.mistakes:
        theirs = [
            replace(outcome, value=_cast(outcome.value, dtype))
            for outcome in exercise.run(mistake.implementation, cases)
        ]
        if not any(map(_problem, [exercise] * len(cases), cases, theirs, expected)):
            text = f"{dtype} has too few digits to tell a right answer from a wrong one here"
            return [
                f"{text}: answer in float64"
                if o.kind == "value" and precision(o.value) is not None
                else None
                for o in outcomes
            ]
    return fine


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
