"""What a learner calls: `check`, `hint` and `solution`."""

from __future__ import annotations

import functools
import json
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

from ce_course import catalogue
from ce_course.checks import answer as given
from ce_course.checks.by_name import exercise_called
from ce_course.checks.call import NOT_ATTEMPTED, UNFIT, asked, call_all, learner_lines
from ce_course.checks.compare import show
from ce_course.checks.exercise import Case, Exercise, Outcome, Verdict, remembering
from ce_course.checks.judging import judge
from ce_course.support import record

PREPARED: dict[tuple[str, int], tuple[Exercise, Exercise, list[Case]]] = {}


class CheckFailed(AssertionError):
    """An answer that is not right. IPython shows its feedback only, without a stack."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class CheckStopped(KeyboardInterrupt):
    """The learner stopped a check while their code ran. IPython shows where, without a stack."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def check(*functions: Callable, seconds: float | None = None, **named: Any) -> None:
    """Check answers: `check(entropy)`, `check(wasted_bits=0.3)`, or several at once.

    An answer is for the exercise that is named here: `check(entropy)`, whatever that is bound to,
    or `check(entropy=mine)`.
    seconds: of the processor's time, for each exercise, instead of its own.

    Says so if an answer is right, and remembers it. Raises CheckFailed with the feedback if one
    is not attempted, raised an error, or is wrong.
    """
    caller = sys._getframe(1)
    written = given.names_in_call(caller, len(functions))
    answers = [*zip(written, functions, strict=True), *named.items()]
    if not answers:
        raise CheckFailed("Say what to check: check(your_function) or check(name=your_value).")
    problems = []
    for name, answer in answers:
        try:
            known = name if name in named else _told(_name_of, answer, name, caller)
            exercise = _exercise(known)
            print(_checked(exercise, answer, seconds, caller))
        except CheckFailed as problem:
            problems.append(str(problem))
        except KeyboardInterrupt as stop:
            lines = ["Stopped. Your code was at:", *learner_lines(stop)]
            raise CheckStopped("\n".join(lines)) from None
    if problems:
        raise CheckFailed("\n\n".join(problems))


def hint(exercise: str | Callable) -> None:
    """Print the hints for an exercise, one more at each call: `hint("entropy")`."""
    found = _exercise(exercise if isinstance(exercise, str) else _told(_own_name, exercise))
    count = len(found.hints)
    seen = min(record.record_hint(found.name), count)
    for number, text in enumerate(found.hints[:seen], start=1):
        print(_wrapped(f"Hint {number} of {count}: {text}"))
    if seen == count:
        print(f'There are no more hints. solution("{found.name}") shows one answer.')


def solution(exercise: str | Callable) -> None:
    """Show one answer to an exercise: `solution("entropy")`."""
    found = _exercise(exercise if isinstance(exercise, str) else _told(_own_name, exercise))
    code = solution_code(found)
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        from IPython.display import Code, display

        display(Code(code, language="python"))
    else:
        print(code)


def judged(
    exercise: Exercise,
    answer: Any,
    seconds: float | None = None,
    caller: FrameType | None = None,
    seed: int = 0,
) -> tuple[Verdict, list[Case], list[Outcome]]:
    """The verdict on an answer, the inputs that it was tried on, and what it gave.

    caller: where it is checked, which tells how a value was computed.
    """
    exercise, cases = _prepared(exercise, seed)
    limit = exercise.seconds if seconds is None else seconds
    if answer is None or answer is Ellipsis:
        outcomes = [NOT_ATTEMPTED]
        return judge(exercise, cases, outcomes), cases, outcomes
    function = (lambda: answer) if exercise.is_value else answer
    unfit = functools.partial(_problem, exercise, answer, cases[0].args, caller)
    outcomes = call_all(function, cases, limit, exercise.call, unfit)
    if outcomes[0].error == UNFIT.error and not outcomes[0].traceback:
        return Verdict("wrong", outcomes[0].message), cases, []
    return judge(exercise, cases, outcomes), cases, outcomes


def _problem(exercise: Exercise, answer: Any, args: tuple, caller: FrameType | None) -> str | None:
    """Why an answer may not be handed in, in one sentence; None if it may."""
    if not exercise.is_value:
        library = given.not_allowed(answer, exercise.libraries)
        unfit = given.unfit(answer, exercise.parameters, args, exercise.accepts)
        return _forbidden(exercise, library) if library else unfit and unfit[1]
    space = caller.f_globals if caller is not None else {}
    if not isinstance(space.get("In"), list):
        return None
    library = given.not_allowed_in(exercise.name, space["In"], space, exercise.libraries)
    return library and _forbidden(exercise, library)


def _prepared(exercise: Exercise, seed: int) -> tuple[Exercise, list[Case]]:
    """An exercise that remembers what is right on its cases: it is checked again and again."""
    known, made, cases = PREPARED.get((exercise.name, seed), (None, None, None))
    if known is not exercise:
        made, cases = remembering(exercise), exercise.make_cases(seed)
        PREPARED[exercise.name, seed] = exercise, made, cases
    return made, cases


def _forbidden(exercise: Exercise, library: str) -> str:
    return (
        f"it uses {given.title(library)}. This exercise is to be answered with "
        f"{given.rule(exercise.libraries)}: what it is about is to be written by you"
    )


def _checked(
    exercise: Exercise, answer: Any, seconds: float | None, caller: FrameType | None
) -> str:
    """The sentence for a right answer; CheckFailed with the feedback for any other."""
    verdict, cases, outcomes = judged(exercise, answer, seconds, caller)
    if verdict.state == "right":
        record.record_pass(exercise.name)
    elif verdict.state != "not attempted":
        record.record_attempt(exercise.name)
    feedback = _feedback(exercise, verdict, cases, outcomes)
    if verdict.state != "right":
        raise CheckFailed(feedback)
    return feedback


def _feedback(
    exercise: Exercise, verdict: Verdict, cases: Sequence[Case], outcomes: Sequence[Outcome]
) -> str:
    name, nudge = exercise.name, f'hint("{exercise.name}") gives a nudge.'
    if verdict.state == "not attempted":
        todo = "Replace the dots by your value" if exercise.is_value else "Write its code"
        return f"{name}: not attempted yet. {todo}, run that cell, then this one. {nudge}"
    if verdict.state == "right":
        printed = next((o.printed for o in outcomes if o.printed), "")
        where = "" if exercise.is_value else f", on all {len(cases)} inputs"
        return f"{printed.rstrip()}\n{name}: right{where}.".lstrip()

    if verdict.index is None:
        return f"{name}: {verdict.sentence}."

    case, outcome = cases[verdict.index], outcomes[min(verdict.index, len(outcomes) - 1)]
    state = {"raised": "your code raised an error", "gave no answer": "gave no answer"}.get(
        verdict.state, "not right yet"
    )
    if exercise.is_value:
        lines = [f"{name}: {state}."]
    else:
        tried = f"{verdict.failed} of {len(cases)} inputs. The first of them:"
        lines = [f"{name}: {state}, on {tried if outcome.kind != 'timeout' else 'this input:'}"]
        lines += [f"  {n} = {show(v)}" for n, v in zip(exercise.parameters, case.args, strict=True)]
        lines += [f"  ({case.note})"] if case.note else []
    if outcome.traceback and outcome.error != "SystemExit":
        lines += _raised(outcome.traceback)
    else:
        lines += [f"  {verdict.sentence}"]
    if outcome.printed:
        lines += ["It printed:", *(f"  {line}" for line in outcome.printed.splitlines()[:10])]
    if verdict.mistake is not None:
        lines += [_wrapped(f"Known mistake: {verdict.mistake.name}. {verdict.mistake.hint}")]
    else:
        lines += [nudge]
    return "\n".join(lines)


def _raised(lines: Sequence[str]) -> list[str]:
    *places, text = lines
    if places:
        return ["Your code:", *places, text]
    return [f"  {text}"]  # raised before any line of theirs was run


def _wrapped(text: str) -> str:
    return textwrap.fill(text, width=88, break_long_words=False, break_on_hyphens=False)


def _exercise(name: str) -> Exercise:
    try:
        return exercise_called(name)
    except KeyError as error:
        raise CheckFailed(f"There is {error.args[0]}") from None


def _name_of(answer: Any, written: str | None, caller: FrameType) -> str:
    """The exercise that an answer given without a keyword is for, or its own name."""
    known = catalogue.exercise_names()
    names = given.names_of(answer, written, caller)
    return next((name for name in names if name in known), None) or _own_name(answer)


def _told(question: Callable, *args: Any) -> str:
    """The name that a question gives, within the time limit; CheckFailed with its text if none."""
    if type(args[0]) in (FunctionType, str):  # which have no code of theirs but what is called
        return question(*args)
    outcome = asked(question, *args)
    if outcome.kind == "value":
        return outcome.value
    if outcome.error == "CheckFailed":
        raise CheckFailed(outcome.message)
    problem = f"{outcome.error}: {outcome.message}" if outcome.error else outcome.message
    raise CheckFailed(f"What you gave cannot be looked at: {problem}.")


def _own_name(answer: Any) -> str:
    name = getattr(answer, "__name__", None)
    if isinstance(answer, str):
        raise CheckFailed(f"Give the function itself, not its name: check({answer}).")
    if not callable(answer):
        raise CheckFailed(f"Say which exercise {show(answer)} answers: check(name=your_value).")
    if not isinstance(name, str) or name == "<lambda>":
        raise CheckFailed(
            f"This {'lambda' if name else type(answer).__name__} has no name of its own. "
            "Say which exercise it answers: check(name=your_function)."
        )
    return name


def solution_code(exercise: Exercise) -> str:
    """The code of the answer that `solution` shows; CheckFailed where there are no solutions."""
    relative = Path("solutions") / exercise.chapter / f"{exercise.chapter}.ipynb"
    course = Path(__file__).resolve().parents[2]
    here = Path.cwd()
    for folder in (course, here, *here.parents):
        if (folder / relative).is_file():
            cells = json.loads((folder / relative).read_text(encoding="utf-8"))["cells"]
            break
    else:
        raise CheckFailed(
            f"The solutions are not here: there is no {relative.as_posix()} in {course}."
        )
    for cell in cells:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and mark.get("grade_id") == exercise.name:
            lines = "".join(cell["source"]).splitlines()
            return "\n".join(line for line in lines if not line.strip().startswith("### "))
    raise CheckFailed(f"{relative.as_posix()} has no solution for {exercise.name}.")
