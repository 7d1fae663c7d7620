"""The values that a grading gives, and the limits that it is done within. Plain data only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

State = Literal["right", "wrong", "raised", "not attempted", "gave no answer"]


SHARED_SECONDS = 300.0  # for what all submissions of a chapter share, before it is given up


class Unprepared(RuntimeError):
    """Why what all submissions of a chapter share could not be started: the fault of none."""


@dataclass(frozen=True)
class ExerciseGrade:
    """What one exercise of one submission got.

    points, of: what was got, and the most that there is.
    state: "gave no answer" if none came: out of time or memory, or the process ended.
    feedback: one or two sentences for the student. Never an input that it was tried on.
    mistake: the name of the known mistake, if it is one; its hint is in the feedback.
    seconds: how long the calls took.
    """

    exercise: str
    points: float
    of: float
    state: State
    feedback: str
    mistake: str | None
    seconds: float


@dataclass(frozen=True)
class SubmissionGrade:
    """What one submission got.

    chapter: the chapter that it belongs to; "" if that is not known.
    problem: why it could not be graded at all, in one sentence; None if it was graded. With a
        problem every exercise has 0 points (and none is listed if the chapter is not known).
    notes: what else a teacher may want to know: "Cell 4 was stopped after 15 s."
    """

    chapter: str
    exercises: tuple[ExerciseGrade, ...]
    problem: str | None
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The sum over the exercises."""
        return sum(e.points for e in self.exercises)

    @property
    def of(self) -> float:
        """The most that there is."""
        return sum(e.of for e in self.exercises)


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times are in seconds of the clock, sizes in MB.

    cell_seconds: for one cell. exercise_seconds: for all calls of one exercise, where the
    exercise itself does not ask for less. submission_seconds: for everything together.
    memory_mb: address space, which `import torch` takes 600 MB of.
    disk_mb: the private temporary folder. answer_mb: one answer.
    threads: threads at one time. Processes cannot be started at all.
    student_seconds: for all notebooks of one student in a run.
    notebook_mb: a file larger than this is not read. cells: code cells of one notebook.
    """

    cell_seconds: float = 15.0
    exercise_seconds: float = 60.0
    submission_seconds: float = 90.0
    student_seconds: float = 600.0
    memory_mb: int = 2560
    disk_mb: int = 64
    answer_mb: int = 16
    threads: int = 64
    open_files: int = 256
    notebook_mb: int = 64
    cells: int = 1000


@dataclass(frozen=True)
class Settings:
    """What the grades depend on, besides the submissions and the course.

    sandbox: "required" or "none".
    chapter: the one that all submissions are of; None: told by folder, content or file name.
    """

    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    sandbox: str = "required"
    chapter: str | None = None


def limits(texts: Iterable[str]) -> Limits:
    """Limits from texts like "memory_mb=4096"; raises ValueError, naming the limits there are."""
    from ce_course.catalogue import closest  # which no process of student code holds

    changed = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in vars(Limits()):
            raise ValueError(f"no limit {name!r}. {closest(name, vars(Limits()))}")
        try:
            changed[name] = type(getattr(Limits(), name))(value)
        except ValueError:
            changed[name] = 0
        if not 0 < changed[name] < float("inf"):
            raise ValueError(f"{name}: expected a number greater than 0, got {value!r}")
    return Limits(**changed)
