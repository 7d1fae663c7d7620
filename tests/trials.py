"""Answers that people write, and how both tools judge them.

`tests/answers/<chapter's module>.py` holds them as cells of a notebook. The text before the first
mark is the notebook's first cell (its imports). Then comes one cell for each answer:

    # %% right sigmoid
    # %% wrong sigmoid: exp overflows     <- the known mistake to be named, word for word
    # %% wrong sigmoid                    <- wrong, and no known mistake should be named
    # %% hint sigmoid             <- what the hints say put into a function; `# hint` stands behind
                                     each line of theirs, or `# hint: ` and the part that is theirs
    # %% lives sigmoid: z >= 0 -> z > 0   <- a mutant of the official solution (see `mutants`)
                                                that is accepted: the comment below says why that
                                                is right, as it is equal on every valid input

The files are read, not imported: what stands in them is in the styles that people have, and the
same name is defined again and again.
"""

from __future__ import annotations

import json
import linecache
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import mutants
import pytest

from ce_course import catalogue
from ce_course.checks.by_name import exercise_called, exercises_of
from ce_course.checks.check import judged
from ce_course.checks.exercise import Exercise, Verdict
from ce_course.grading.release import ROOT
from ce_course.grading.session import Grader

FOLDER = Path(__file__).parent / "answers"
MARK = re.compile(r"^# %% (right|wrong|lives|hint) (\w+)(?:: (.+))?\n", re.MULTILINE)
EXERCISES = [e for chapter in catalogue.CHAPTERS for e in exercises_of(chapter)]
TRAINED = {"distil_student", "fit_logistic_regression", "fit_temperature", "fit_platt"}


def marks(exercise: Exercise) -> list[pytest.MarkDecorator]:
    return [pytest.mark.trains] if exercise.name in TRAINED else []


every_exercise = pytest.mark.parametrize(
    "exercise", [pytest.param(e, id=e.name, marks=marks(e)) for e in EXERCISES]
)


@dataclass(frozen=True)
class Answer:
    """An answer as a cell of a notebook, with the cell of imports that comes before it.

    kind: "right", "wrong", "hint", or "lives" for a mutant that is accepted.
    name: the known mistake that is to be named, "" if none is; the mutant.
    """

    exercise: str
    kind: str
    name: str
    setup: str
    source: str


@cache
def answers(module: str) -> tuple[Answer, ...]:
    """All answers to the exercises of a chapter, by the name of its module."""
    path = FOLDER / f"{module}.py"
    if not path.is_file():
        return ()
    setup, *parts = MARK.split(path.read_text(encoding="utf-8"))
    groups = zip(*(iter(parts),) * 4, strict=True)
    return tuple(
        Answer(exercise, kind, name or "", setup, source.strip() + "\n")
        for kind, exercise, name, source in groups
    )


def answers_to(exercise: Exercise, *kinds: str) -> list[Answer]:
    module = catalogue.chapter(exercise.chapter).module
    return [a for a in answers(module) if a.exercise == exercise.name and a.kind in kinds]


def quotes(answer: Answer) -> list[str]:
    """What an answer made of hints has from them word for word."""
    lines = [line.partition("# hint") for line in answer.source.splitlines()]
    marked = [(code, part.removeprefix(":").strip()) for code, mark, part in lines if mark]
    return [part or code.strip().removeprefix("return ").rstrip(":") for code, part in marked]


@cache
def official(name: str) -> Answer:
    """The official solution to an exercise, from the notebook of solutions."""
    exercise = exercise_called(name)
    path = ROOT / "solutions" / exercise.chapter / f"{exercise.chapter}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in code]
    index = next(i for i, m in enumerate(marks) if m.get("solution") and m["grade_id"] == name)
    lines = "".join(code[index]["source"]).splitlines()
    source = "\n".join(line for line in lines if not line.strip().startswith("### "))
    setup = ["".join(c["source"]) for c, m in zip(code[:index], marks, strict=False) if not m]
    return Answer(name, "right", "", "\n".join(setup), source + "\n")


def mutants_of(exercise: Exercise) -> list[Answer]:
    """The mutants of the official solution: wrong, or else listed as "lives"."""
    found = official(exercise.name)
    return [
        Answer(exercise.name, "mutant", each.what, found.setup, each.source)
        for each in mutants.mutants(found.source)
    ]


def run(answer: Answer) -> dict[str, Any]:
    """The namespace after both cells have run, as in a kernel."""
    space: dict[str, Any] = {"__name__": "__main__"}
    for part, text in (("setup", answer.setup), ("answer", answer.source)):
        name = f"<{part} of {answer.exercise} {abs(hash(text))}>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(text, name, "exec"), space)
    return space


def verdict(answer: Answer, seed: int = 0) -> Verdict:
    """The verdict that `check` reaches on an answer."""
    given = _given(answer)
    if isinstance(given, Exception):
        return Verdict("raised", f"raised {type(given).__name__}: {given}")
    return judged(exercise_called(answer.exercise), given, seed=seed)[0]


def _given(answer: Answer) -> Any:
    """What the answer's name is bound to, or what running its cell raised."""
    try:
        return run(answer).get(answer.exercise)
    except Exception as error:  # a mutant of statements outside a function
        return error


def notebook(cells: Iterable[str]) -> bytes:
    """A notebook with these code cells."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": text} for text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4}).encode()


def accepted(answer: Answer) -> bool:
    """Whether `check` calls it right; an answer that takes much longer than ours is not."""
    given, limit = _given(answer), 0.3 + 10 * _time(answer.exercise)
    bare = _bare(answer.exercise)
    if isinstance(given, Exception) or judged(bare, given, limit)[0].state != "right":
        return False
    return judged(exercise_called(answer.exercise), given, limit)[0].state == "right"


@cache
def _time(name: str) -> float:
    """How much of the processor's time, in seconds, a check of the official solution takes."""
    given, started = _given(official(name)), time.process_time()
    assert judged(_bare(name), given)[0].state == "right"
    return time.process_time() - started


@cache
def _bare(name: str) -> Exercise:
    """An exercise without its known mistakes: what it rejects is rejected with them as well."""
    return replace(exercise_called(name), mistakes=())


def graded(grader: Grader, chapter: str, rounds: int | None = None) -> list[tuple[Answer, Any]]:
    """Each answer of a chapter with its grade: one notebook holds one answer to each exercise."""
    found = []
    queues = [_in_turn(exercise_called(name)) for name in catalogue.chapter(chapter).exercises]
    for number in range(max(map(len, queues), default=0)):
        if rounds is not None and number >= rounds:
            break
        some = {q[number].exercise: q[number] for q in queues if number < len(q)}
        cells = ["from ce_course import check, data", next(iter(some.values())).setup]
        for name, answer in some.items():
            value = exercise_called(name).is_value
            cells += [answer.source, f"check({name}={name})" if value else f"check({name})"]
        grade = grader.grade(notebook(cells), chapter)
        found += [(some[e.exercise], e) for e in grade.exercises if e.exercise in some]
    return found


def _in_turn(exercise: Exercise) -> list[Answer]:
    """What the hints say, and then right and wrong answers in turn."""
    pairs = zip_longest(answers_to(exercise, "right"), answers_to(exercise, "wrong"))
    others = [answer for pair in pairs for answer in pair if answer is not None]
    return answers_to(exercise, "hint") + others
