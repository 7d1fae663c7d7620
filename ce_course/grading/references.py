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
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from ce_course import catalogue
from ce_course.checks import families
from ce_course.checks.exercise import Case, Exercise, Outcome, remembering
from ce_course.checks.judging import judge
from ce_course.grading import sandbox, start
from ce_course.grading.grades import SHARED_SECONDS, Unprepared

SECONDS = SHARED_SECONDS
# What is the fault of a machine and not of what is computed there.
OF_MACHINES = ("ImportError", "ModuleNotFoundError", "MemoryError", "OSError")
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

    folder: one for all processes that grade in a run, made if it is not there, of a name that
        nobody can guess; the first that asks has it computed.
    Raises Unprepared if that fails, and for all who waited while it did.
    """
    module = import_module(f"ce_course.checks.{catalogue.chapter(chapter).module}")
    if not any(exercise.libraries for exercise in module.EXERCISES):
        return {}
    from filelock import FileLock

    folder.mkdir(mode=0o700, exist_ok=True)
    path, asked = folder / f"{chapter}-{seed}.pickle", time.time_ns()
    failure = path.with_suffix(".failure")
    with FileLock(path.with_suffix(".lock")):
        if failure.exists() and failure.stat().st_mtime_ns > asked:
            raise Unprepared(failure.read_text(encoding="utf-8"))
        if not path.exists():
            try:
                _have_computed(chapter, seed, path)
            except Unprepared as error:
                with suppress(OSError):  # as of a disk that is full
                    failure.write_text(str(error), encoding="utf-8")
                raise
    exercises, remembered = pickle.loads(path.read_bytes())
    families.remember(module.__name__, remembered)
    return exercises


def _have_computed(chapter: str, seed: int, path: Path) -> None:
    arguments = [json.dumps(start.import_path()), chapter, str(seed), str(path)]
    try:
        subprocess.run(
            [sys.executable, *start.ALONE, "-c", CODE, *arguments],
            env=os.environ | {"TMPDIR": str(path.parent)},  # where PyTorch leaves a folder
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise Unprepared(f"the references of {chapter} took more than {SECONDS:g} s") from None
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().rpartition("\n")[2] or f"it ended with {error.returncode}"
        raise Unprepared(f"the references of {chapter} were not computed: {last}") from None


def compute(chapter: str, seed: int, path: str) -> None:
    """Write what is known of a chapter's exercises that allow libraries to a file.

    Raises ModuleNotFoundError where a library is missing that an answer may need, and RuntimeError
    where trusted code does not give what it should.
    """
    if sys.platform == "linux":
        sandbox.die_with_parent()
    module = import_module(f"ce_course.checks.{catalogue.chapter(chapter).module}")
    exercises = {each.name: _computed(each, seed) for each in module.EXERCISES if each.libraries}
    part = Path(f"{path}.part")
    part.write_bytes(pickle.dumps((exercises, families.remembered_by(module.__name__))))
    os.replace(part, path)


def _computed(exercise: Exercise, seed: int) -> Known:
    for library in exercise.libraries:
        if find_spec(library) is None:
            raise ModuleNotFoundError(f"No module named {library!r}")
    exercise, cases = remembering(exercise), exercise.make_cases(seed)
    trusted: list[Any] = [exercise.reference, *(each.implementation for each in exercise.mistakes)]
    given = [list(exercise.run(each, cases)) for each in trusted]
    for outcome in chain(*given):
        if outcome.error in OF_MACHINES:
            raise RuntimeError(f"{outcome.error}: {outcome.message}")
    reference, *_ = [judge(exercise, cases, outcomes) for outcomes in given]  # which is remembered
    if reference.state != "right":
        raise RuntimeError(f"the reference of {exercise.name}: {reference.sentence}")
    return Known(cases, given)
