"""What trusted code that trains networks gives, computed in a process of its own.

References and known mistakes of exercises that allow PyTorch use it themselves, and what they give
depends on no answer. So one process computes it for all that grade, and ends. These hold nothing
but numbers, and no submission costs them the time and the memory that PyTorch takes.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ce_course import catalogue
from ce_course.checks import families
from ce_course.checks.exercise import Case, Exercise, Outcome, remembering
from ce_course.checks.judging import judge
from ce_course.grading import start

SECONDS = 300.0
CODE = """if True:
    import json, sys
    sys.path[:] = json.loads(sys.argv[1])
    from ce_course.grading.references import compute
    compute(sys.argv[2], int(sys.argv[3]), sys.argv[4])"""


@dataclass(frozen=True)
class Known:
    """An exercise's inputs, and what trusted code gives for them.

    given: the outcomes of the reference, then of each known mistake; a list for each.
    """

    cases: list[Case]
    given: list[list[Outcome]]


def known(folder: Path, chapter: str, seed: int) -> dict[str, Known]:
    """What is known of a chapter's exercises that allow libraries, by their names.

    folder: one for all processes that grade in a run; the first that asks has it computed.
    Raises RuntimeError if that fails.
    """
    module = import_module(f"ce_course.checks.{catalogue.chapter(chapter).module}")
    if not any(exercise.libraries for exercise in module.EXERCISES):
        return {}
    from filelock import FileLock

    path = folder / f"{chapter}-{seed}.pickle"
    with FileLock(folder / f"{chapter}-{seed}.lock"):
        if not path.exists():
            _have_computed(chapter, seed, path)
    exercises, remembered = pickle.loads(path.read_bytes())
    families.remember(module.__name__, remembered)
    return exercises


def _have_computed(chapter: str, seed: int, path: Path) -> None:
    arguments = [json.dumps(start.import_path()), chapter, str(seed), str(path)]
    try:
        subprocess.run(
            [sys.executable, *start.ALONE, "-c", CODE, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"the references of {chapter} took more than {SECONDS:g} s") from None
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().rpartition("\n")[2]
        raise RuntimeError(f"the references of {chapter} were not computed: {last}") from None


def compute(chapter: str, seed: int, path: str) -> None:
    """Write what is known of a chapter's exercises that allow libraries to a file."""
    module = import_module(f"ce_course.checks.{catalogue.chapter(chapter).module}")
    exercises = {each.name: _computed(each, seed) for each in module.EXERCISES if each.libraries}
    part = Path(f"{path}.part")
    part.write_bytes(pickle.dumps((exercises, families.remembered_by(module.__name__))))
    os.replace(part, path)


def _computed(exercise: Exercise, seed: int) -> Known:
    exercise, cases = remembering(exercise), exercise.make_cases(seed)
    trusted: list[Any] = [exercise.reference, *(each.implementation for each in exercise.mistakes)]
    given = [list(exercise.run(each, cases)) for each in trusted]
    for outcomes in given:  # what judging one remembers
        judge(exercise, cases, outcomes)
    return Known(cases, given)
