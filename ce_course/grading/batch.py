"""Grades many submissions: in processes of this machine, or on a Dask cluster.

What was found out about a submission is kept in a small file of its own, in `RESULTS/.state/`, with
hashes of all that it depends on. The results are made from these files alone. So a run that was
stopped or killed goes on where it was, and the next run grades only what has changed.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ce_course.catalogue import CHAPTERS
from ce_course.grading import launch
from ce_course.grading.fingerprints import digest, exercise_fingerprint, grader_fingerprint
from ce_course.grading.grades import SHARED_SECONDS, ExerciseGrade, Settings, SubmissionGrade
from ce_course.grading.processes import (
    Answer,
    CannotGrade,
    MakeGrader,
    Processes,
    Task,
    course_grader,
    unreadable,
)
from ce_course.grading.sandbox import CannotConfine
from ce_course.support.files import write_whole

if TYPE_CHECKING:
    from ce_course.grading.submissions import Submission

MB = 2**20
FORMATS = ("csv", "nbgrader", "gradescope")
STATE = ".state"
UNREADABLE = "The file cannot be read ({!r})."
ELSEWHERE = "Not graded: it lies in the folder of another chapter, {}."
LEFT_BEHIND = re.compile(r"\..+-\w{8}\.tmp")  # what write_whole leaves when it is killed


def grade(
    submissions: str | Path,
    results: str | Path,
    settings: Settings,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    formats: Iterable[str] = ("csv",),
    names: str | Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    make_grader: MakeGrader | None = None,
) -> Counter:
    """Grade a folder of submissions and write the results; return counts for a closing sentence.

    jobs: processes on this machine; one for each core if None.
    scheduler: the address of a Dask scheduler, to grade there instead.
    names: a table of the students' names, as of `names.read`.
    progress: called with how many submissions are done, of how many.
    make_grader: in place of this course's grader; called once, or for each thread of a cluster.

    Raises CannotGrade or FileNotFoundError if there can be no results at all.
    """
    results, formats, counts = Path(results), tuple(formats), Counter()
    if "nbgrader" in formats and find_spec("nbgrader") is None:
        raise CannotGrade("--format nbgrader needs nbgrader: pip install -e '.[teach]'")
    people = _people(names)
    graders = _graders(settings, jobs, scheduler, make_grader)
    _make_folder(results)
    with graders as pool, _locked(results):
        # While they start, what this process alone needs.
        from ce_course.grading import report
        from ce_course.grading.submissions import Reader, Unreadable, find

        report.prepare()
        try:
            found = find(submissions, results)
        except Unreadable as error:
            raise CannotGrade(str(error).rstrip(".")) from None
        if people:
            from ce_course.grading.names import join

            found = join(found, people)
        found = _of_chapter(found, settings.chapter)
        shares = _Shares(settings.limits.student_seconds)
        _tidy(results, report.FOLDERS, {_state_path(results, each).name for each in found})

        def tasks() -> Iterator[Task]:
            reader = Reader(settings.limits.notebook_mb * MB)
            for each in found:
                if each.is_absent:
                    _save(results, each, b"", unreadable(each.problem), settings)
                    counts["absent"] += 1
                    progress(sum(counts[which] for which in ("done", "absent")), len(found))
                    continue
                try:
                    data = reader.read(each)
                except Exception as error:  # whatever it is, it is this submission's alone
                    why = str(error) if isinstance(error, Unreadable) else UNREADABLE.format(error)
                    _save(results, each, b"", unreadable(why), settings)
                else:
                    known = _current(results, each, data, settings)
                    if known is None and shares.is_used_up(each.owner):
                        _save(results, each, data, unreadable(shares.why), settings)
                    elif known is None:
                        yield Task(each, data, settings.chapter or each.chapter, _named(each))
                        continue
                    else:
                        shares.spend(each.owner, known["grade"]["seconds"])
                counts["done"] += 1
                progress(counts["done"], len(found))

        progress(0, len(found))
        for task, answer in pool.answers(tasks()):
            _save(results, task.submission, task.data, answer, settings)
            shares.spend(task.submission.owner, answer.grade.seconds)
            counts.update(done=1, anew=1)
            progress(counts["done"], len(found))
        entries = report.attempts([(each, load(results, each).grade.chapter) for each in found])
        counts.update(report.write(results, entries, partial(load, results), settings, formats))
    return counts


class _Shares:
    """How much of the run's time each student's notebooks have taken; a share has an end."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self._spent = seconds, Counter()
        self.why = (
            f"Not graded: the notebooks of this submission had taken {seconds:g} seconds already."
        )

    def spend(self, owner: str, seconds: float) -> None:
        self._spent[owner] += seconds

    def is_used_up(self, owner: str) -> bool:
        return self._spent[owner] > self.seconds


def _people(names: str | Path | None) -> tuple:
    """The teacher's list of names, if there is one."""
    if names is None:
        return ()
    from ce_course.grading.names import NoList, read

    try:
        return read(names)
    except (NoList, OSError) as error:
        raise CannotGrade(str(error)) from None


def _graders(
    settings: Settings, jobs: int | None, scheduler: str | None, make_grader: MakeGrader | None
) -> AbstractContextManager:
    """What grades, while this context lasts."""
    if scheduler:
        from ce_course.grading.cluster import Cluster

        return Cluster(partial(_here, settings, 1, make_grader), scheduler)
    return _here(settings, jobs or _cores(), make_grader)


def _here(settings: Settings, jobs: int, make_grader: MakeGrader | None) -> Processes:
    """Processes that grade, on the machine where this is called."""
    if not hasattr(os, "fork"):
        raise CannotGrade("grading needs Linux or macOS: on Windows, run it in WSL")
    how = (jobs, patience(settings))
    ours = partial(course_grader, settings.limits, settings.seed, settings.sandbox)
    if make_grader:
        return Processes(make_grader, *how)
    try:
        level = launch.levels(settings.sandbox)[0]
    except CannotConfine as error:
        raise CannotGrade(str(error)) from None
    return Processes(ours, *how, partial(launch.settings, level, (), settings.limits))


# ---------------------------------------------------------------- what is remembered


def load(results: Path, submission: Submission) -> Answer:
    """What is remembered of a submission."""
    state = json.loads(_state_path(results, submission).read_text(encoding="utf-8"))
    grade = state["grade"]
    exercises = tuple(ExerciseGrade(**each) for each in grade.pop("exercises"))
    notes = tuple(grade.pop("notes"))
    return Answer(
        SubmissionGrade(exercises=exercises, notes=notes, **grade), state["sandbox"], state["final"]
    )


def patience(settings: Settings) -> float:
    """Seconds after which a process that grades one submission is taken for lost."""
    return 60 + SHARED_SECONDS + 2 * settings.limits.submission_seconds


def _save(
    results: Path, submission: Submission, data: bytes, answer: Answer, settings: Settings
) -> None:
    inputs = _inputs(data, settings, answer.grade.chapter)
    state = {"place": submission.place, "inputs": inputs, **vars(answer)}
    text = json.dumps(state, ensure_ascii=False, default=vars) + "\n"
    write_whole(_state_path(results, submission), text, outlive_power=False)


def _current(results: Path, submission: Submission, data: bytes, settings: Settings) -> dict | None:
    """What is remembered of a submission, if grading it again would give the same."""
    try:
        state = json.loads(_state_path(results, submission).read_text(encoding="utf-8"))
        inputs = _inputs(data, settings, state["grade"]["chapter"])
        return state if state["final"] and state["inputs"] == inputs else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _inputs(data: bytes, settings: Settings, chapter: str) -> dict[str, str]:
    return {
        "submission": digest(data),
        "exercise": exercise_fingerprint(chapter),
        "grader": grader_fingerprint(),
        "settings": digest(vars(settings)),
    }


def _state_path(results: Path, submission: Submission) -> Path:
    return results / STATE / f"{digest(submission.place.encode())[:32]}.json"


def _make_folder(results: Path) -> None:
    """The folder for the results, if it is not there."""
    if results.exists() and not results.is_dir():
        raise CannotGrade(f"{results} is a file: name a folder for the results")
    if results.is_dir() and not (results / STATE).is_dir() and any(results.iterdir()):
        raise CannotGrade(
            f"{results} holds files, and not the results of an earlier run: "
            "name a new or an empty folder for the results"
        )
    (results / STATE).mkdir(parents=True, exist_ok=True)


@contextmanager
def _locked(results: Path) -> Iterator[None]:
    """The results' folder for this run alone."""
    import filelock

    try:
        with filelock.FileLock(results / STATE / "lock", timeout=0):
            yield
    except filelock.Timeout:
        raise CannotGrade(f"another run is writing to {results}: wait until it has ended") from None


def _tidy(results: Path, folders: Iterable[str], states: set[str]) -> None:
    """Remove what killed runs left, and what is remembered of submissions that are gone."""
    for folder in (results, *(results / name for name in (STATE, *folders))):
        for path in folder.rglob(".*.tmp") if folder != results else folder.glob(".*.tmp"):
            if LEFT_BEHIND.fullmatch(path.name):
                path.unlink()
    for path in (results / STATE).glob("*.json"):
        if path.name not in states:
            path.unlink()


def _of_chapter(found: list[Submission], chapter: str | None) -> list[Submission]:
    """Without what is of other chapters; for who has nothing else, a line that says so."""
    if chapter is None:
        return found
    serious = {each.student for each in found if each.chapter in (None, chapter)}
    kept = []
    for each in found:
        if each.chapter in (None, chapter):
            kept.append(each)
        elif each.student not in serious:
            serious.add(each.student)
            kept.append(replace(each, chapter=chapter, problem=ELSEWHERE.format(each.chapter)))
    return kept


def _named(submission: Submission) -> str | None:
    """The chapter that a file's name tells."""
    name = submission.place.rpartition("/")[2]
    return next((chapter.name for chapter in CHAPTERS if chapter.name in name), None)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
