"""The trusted side: holds references and hidden inputs, asks the sandboxed side, and judges.

A `Grader` has one loaded process (see `zygote`) for each set of libraries that exercises allow.
For each submission it has a child forked there, gives it the cells to run, and then asks for each
exercise what the answer gives for the inputs. A child that dies or hangs is replaced: its cells run
again without the one that did it, and the other exercises still count.
"""

from __future__ import annotations

import builtins
import os
import re
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ce_course.checks.answer import TITLES, rule, title
from ce_course.checks.call import WAITING
from ce_course.checks.compare import Opaque
from ce_course.checks.exercise import Case, Exercise, Outcome, Verdict, remembering
from ce_course.checks.judging import judge
from ce_course.grading import launch, protocol, references, zygote
from ce_course.grading.grades import ExerciseGrade, Limits, State, SubmissionGrade
from ce_course.grading.release import (
    Cell,
    Notebook,
    Unreadable,
    chapter_of,
    definitions,
    read_cells,
    tasks,
)
from ce_course.grading.shells import needs_ipython

WARM = {"matplotlib": "matplotlib.pyplot", "pandas": "pandas"}  # loaded before the fork if used
GRACE = 3.0  # seconds: after a time limit that the child keeps by itself
MAX_STARTS = 25  # of children for one submission
CELL_BYTES, CELL_PARTS = 32 * 1024, 100  # of what is said of a cell: a few short texts
# How much an exercise's answers may hold besides twice what the right ones do: to compare them with
# all known mistakes takes 0.1 ms for each Python value, and for MANY numbers in an array.
MAX_BULK = 500
MANY = 400
SHORT = 100  # bytes of an array of texts that are read as fast as a Python value
NUMBERS = (int, float, complex, np.number, np.bool_)
LONG = 100  # a list of numbers that is longer is an array from here on
SHOWN = 200  # characters of a text that comes from a child
KINDS = ("value", "error", "timeout")
# What a cell may raise as it runs here and not in a kernel, and what a new process raises here.
REFUSED = {"BlockingIOError", "FileNotFoundError", "OSError", "PermissionError"}
NOT_HERE = REFUSED | {
    *("CellTimeUp", "ConnectionError", "MemoryError", "ModuleNotFoundError"),
    *("StdinNotImplementedError", "URLError", "gaierror"),
}
PROCESSES = re.compile(r"multiprocessing|subprocess|ProcessPool|joblib|os\.(?:fork|system|popen)")
NO_PROCESS = (
    " No process can be started while a notebook is graded, nor anything of `multiprocessing`: "
    "use a loop, or threads of `concurrent.futures`."
)
FILES = " While a notebook is graded, it can write files in its own folder and nowhere else."
NONE_REMOVED = " Here it can remove and rename none of them."
NO = ("name", "function", "parameters", "kind", "room")  # why a child gave no answer


@dataclass(frozen=True)
class Task:
    """An exercise, its points, its inputs for a seed, and the seconds that its calls may take."""

    exercise: Exercise
    points: float
    cases: Sequence[Case]
    seconds: float

    @property
    def name(self) -> str:
        return self.exercise.name

    @cached_property
    def question(self) -> bytes:
        """The frame that asks for the answer: made once, as inputs can be large."""
        return self.ask()

    def prepare(self) -> None:
        """Compute what most submissions need, before the first of them needs it."""
        assert self.question
        if self.exercise.judge is None:
            list(self.exercise.run(self.exercise.reference, self.cases))

    def ask(self, when: str = "checked") -> bytes:
        """The same. when: which answer, as a child's `answer` says."""
        exercise = self.exercise
        request = {
            "do": "answer",
            "name": self.name,
            "value": exercise.is_value,
            "call": exercise.call,
            "accepts": exercise.accepts,
            "libraries": exercise.libraries,
            "parameters": exercise.parameters,
            "cases": [case.args for case in self.cases],
            "seconds": self.seconds,
            "when": when,
        }
        return protocol.encode_request(request)


class Grader:
    """Grades submissions one after another: `with Grader() as grader: grader.grade(data)`.

    seed: for the random inputs; `check` uses 0. sandbox: "required", or "none" to run student code
    with all that you may do. Raises CannotConfine if there is no sandbox to be had.
    process: for the first level that this allows, configured. Then whether there is a sandbox is
    found out at the first grading, and a copy of the grader in a forked process can do it too.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        seed: int = 0,
        sandbox: str = "required",
        process: launch.Process | None = None,
    ) -> None:
        self.limits, self.seed = limits or Limits(), seed
        self._levels, self._process = launch.levels(sandbox), process
        self._name, self._owner = f"ce-course-{secrets.token_hex(8)}", os.getpid()
        self._tasks: dict[str, tuple[Task, ...]] = {}
        self._zygotes: dict[tuple[str, ...], zygote.Zygote] = {}
        self._branches: dict[tuple[str, ...], zygote.Branch] = {}
        if process is None:
            try:
                self.branch(())
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, and remove what those that were forked from this one shared."""
        for processes in (self._branches, self._zygotes):
            while processes:
                processes.popitem()[1].close()
        if self._process is not None:
            self._process.close()
        if self._owner == os.getpid() or self._owner != os.getppid():  # or it was killed
            with suppress(OSError):  # there may be no folder for what is temporary
                shutil.rmtree(self._folder)

    @property
    def _folder(self) -> Path:
        """Where processes forked from this one find references; made when it is needed."""
        return Path(tempfile.gettempdir()) / self._name

    def report(self) -> dict[str, Any]:
        """Which sandbox is in force: its level, and by which means."""
        self.branch(())
        found = self._zygotes[()]
        return {"level": found.level, "means": list(found.means)}

    def grade(self, data: bytes, chapter: str | None = None) -> SubmissionGrade:
        """Grade a notebook file. Whatever is wrong with it is in the result.

        chapter: the one that it should answer; None: told by what it checks or defines.
        Raises KeyError if there is no such chapter, Unprepared if its references cannot be had,
        zygote.Lost or sandbox.CannotConfine if the sandbox is no more.
        """
        started = time.monotonic()
        try:
            notebook = read_cells(data, self.limits)
            cells, notes = notebook.cells, notebook.notes
            chapter = chapter or chapter_of(cells)
            if chapter is None:
                raise Unreadable(
                    "It is not clear which chapter this notebook belongs to: name the file after "
                    "it, such as 02_binary_cross_entropy.ipynb, and hand it in again."
                )
        except Unreadable as problem:
            nothing = "Gave no answer: the notebook could not be read."
            started += self._prepare(chapter) if chapter else 0.0
            asked = self.tasks(chapter) if chapter else ()
            grades = tuple(_grade(task, "gave no answer", nothing) for task in asked)
            return SubmissionGrade(chapter or "", grades, str(problem), time.monotonic() - started)
        started += self._prepare(chapter)
        asked = self.tasks(chapter)
        deadline = started + self.limits.submission_seconds
        found: dict[str, ExerciseGrade] = {}
        for libraries in dict.fromkeys(task.exercise.libraries for task in asked):
            run = _Run(self, libraries, notebook, deadline)
            # Values first: at that time no input is in the process, so none can be in a value.
            ours = [task for task in asked if task.exercise.libraries == libraries]
            found |= run.grades(sorted(ours, key=lambda task: not task.exercise.is_value))
            notes += tuple(note for note in run.notes if note not in notes)
        grades = tuple(found[task.name] for task in asked)
        return SubmissionGrade(chapter, grades, None, time.monotonic() - started, notes)

    def _prepare(self, chapter: str) -> float:
        """Start what all submissions of a chapter share; the seconds that it took are nobody's."""
        started = time.monotonic()
        for task in self.tasks(chapter):
            self.branch(task.exercise.libraries)
        return time.monotonic() - started

    def tasks(self, chapter: str) -> tuple[Task, ...]:
        """The tasks of a chapter with this grader's inputs."""
        if chapter not in self._tasks:
            known = references.known(self._folder, chapter, self.seed)
            found = self._tasks[chapter] = tuple(
                self._task(each.exercise, each.points, known.get(each.exercise.name))
                for each in tasks(chapter)
            )
            for task in found:  # while the process for student code starts
                task.prepare()
        return self._tasks[chapter]

    def _task(self, exercise: Exercise, points: float, known: references.Known | None) -> Task:
        return Task(
            exercise=remembering(exercise, known.given if known else ()),
            points=points,
            cases=known.cases if known else exercise.make_cases(self.seed),
            seconds=min(exercise.seconds, self.limits.exercise_seconds),
        )

    def branch(self, libraries: tuple[str, ...]) -> zygote.Branch:
        """Where to fork children in which these libraries may be used."""
        found = self._branches.get(libraries)
        if found is None or found.closed:
            found = self._branches[libraries] = self._new_branch(libraries)
        return found

    def fork(
        self, libraries: tuple[str, ...], warm: Sequence[str]
    ) -> tuple[zygote.Branch, socket.socket]:
        """A new child in which these libraries may be used, and the branch that it is of."""
        branch = self.branch(libraries)
        try:
            return branch, branch.fork(warm)
        except zygote.Lost:  # it may have been killed since it was used last
            branch = self.branch(libraries)
            return branch, branch.fork(warm)

    def _new_branch(self, libraries: tuple[str, ...]) -> zygote.Branch:
        if libraries in self._zygotes:
            try:
                return self._zygotes[libraries].branch()
            except zygote.Lost:
                self._zygotes.pop(libraries).close()
        process, self._process = (None, self._process) if libraries else (self._process, None)
        found = zygote.start(self._levels, libraries, self.limits, process)
        self._zygotes[libraries], self._levels = found, (found.level,)
        return found.branch()


# ---------------------------------------------------------------- one submission


class _Died(Exception):
    """A child has ended, or must be ended: the message says why, if that is known already.

    cell: the number of the one that did it.
    """

    cell: int | None = None


class _OutOfTime(Exception):
    """The time for the whole submission is over."""


class _Run:
    """The cells of one submission with one set of libraries: its children, one after another."""

    def __init__(
        self, grader: Grader, libraries: tuple[str, ...], notebook: Notebook, deadline: float
    ) -> None:
        self.grader, self.limits = grader, grader.limits
        self.cells, self.texts, self.deadline = notebook.cells, notebook.texts, deadline
        text = "\n".join(cell.source for cell in self.cells)
        self.libraries = (*libraries, "IPython") if needs_ipython(text) else libraries
        self.warm = [module for word, module in WARM.items() if word in text]
        self.skipped: dict[int, str] = {}
        self.errors: dict[int, tuple[str, str]] = {}
        self.without: dict[int, str] = {}  # what a cell used that is not there
        self.notes: list[str] = []
        self.again: list[tuple[int, Task]] = []  # what to ask again, and after which cell
        self.starts = 0

    def grades(self, asked: Sequence[Task]) -> dict[str, ExerciseGrade]:
        """A grade for each task; they are asked in this order."""
        todo, done = list(asked), {}
        try:
            while todo:
                connection = self._child_with_cells()
                try:
                    while todo:
                        self._grade_one(connection, todo[0], done)
                        todo.pop(0)
                except _Died as end:
                    task = todo.pop(0)
                    text = f"Gave no answer: {self._reason(end)}."
                    done.setdefault(task.name, _grade(task, "gave no answer", text))
                finally:
                    connection.close()
                    self.branch.end()
        except _OutOfTime:
            limit = f"{self.limits.submission_seconds:g} seconds"
            self._note(f"The notebook took more than {limit}: not all of it was graded.")
            for task in todo:
                text = (
                    f"Gave no answer: the notebook took more than {limit} before it came to this."
                )
                done[task.name] = _grade(task, "gave no answer", text)
        with suppress(_OutOfTime, _Died):  # then it stays as it is
            self._ask_again(done)
        return done

    def _ask_again(self, done: dict[str, ExerciseGrade]) -> None:
        """Ask in a new child, right after their checks, for answers that later cells may have
        broken: by what they set for all of NumPy or PyTorch, by a file that they closed.
        """
        if not self.again:
            return
        connection, ran = self._child(), 0
        try:
            for number, task in sorted(self.again, key=lambda each: each[0]):
                cells = [cell for cell in self._kept() if ran < cell.number <= number]
                self._run(connection, cells)
                ran = number
                grade = self._graded(connection, task, "now")[0]
                if grade.state != "not attempted":
                    done[task.name] = grade
        finally:
            connection.close()
            self.branch.end()

    def _kept(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.number not in self.skipped]

    def _child(self) -> socket.socket:
        """A connection to a new child."""
        self.starts += 1
        if self.starts > MAX_STARTS or time.monotonic() > self.deadline:
            raise _OutOfTime
        self.branch, connection = self.grader.fork(self.libraries, self.warm)
        return connection

    def _child_with_cells(self) -> socket.socket:
        """A connection to a child in which all cells have run but those that would end it."""
        while True:
            connection = self._child()
            try:
                self._run(connection, self._kept())
                return connection
            except _Died as end:
                connection.close()
                reason = self._reason(end)
                if end.cell is None:
                    raise zygote.Lost(reason) from None
                self.skipped[end.cell] = reason
                self._note(f"Cell {end.cell} was left out: {reason}.")
            except BaseException:
                connection.close()
                self.branch.end()
                raise

    def _run(self, connection: socket.socket, cells: Sequence[Cell]) -> None:
        """Run cells in a child, one after another."""
        seconds = self.limits.cell_seconds
        request = [(cell.number, cell.source) for cell in cells]
        message = {"do": "cells", "cells": request, "seconds": seconds}
        self._send(connection, protocol.encode_request(message))
        for cell in cells:
            if time.monotonic() > self.deadline:
                raise _OutOfTime
            try:
                said = self._receive(connection, seconds, CELL_BYTES, CELL_PARTS)
                self._cell_result(cell, said)
            except _Died as end:
                end.cell = cell.number
                raise

    def _cell_result(self, cell: Cell, said: Any) -> None:
        number = said.get("cell") if isinstance(said, dict) else None
        if type(number) is not int or number != cell.number:
            raise _Died("it wrote into the grader's connection")
        error, without = said.get("error"), said.get("without")
        self.errors.pop(cell.number, None)
        if isinstance(without, list) and without:
            self.without[cell.number] = _clean(without[0])
        if isinstance(error, list) and len(error) == 2:
            name, text = _clean(error[0]), _clean(error[1])
            self.errors[cell.number] = (name, text)
            if name == "CellTimeUp":
                self._note(f"Cell {cell.number} was stopped after {self.limits.cell_seconds:g} s.")

    def _grade_one(
        self, connection: socket.socket, task: Task, done: dict[str, ExerciseGrade]
    ) -> None:
        """Grade the answer that was checked in the notebook; if need be what it became later."""
        grade, other, again = self._graded(connection, task)
        done[task.name] = grade
        if other and grade.state in ("wrong", "raised", "not attempted"):
            later = self._graded(connection, task, "end")[0]
            if later.state == "right" or grade.state == "not attempted":
                done[task.name] = later
        # No value: it is as it was, and one is never asked for where inputs have been.
        is_broken = not task.exercise.is_value and done[task.name].state in ("wrong", "raised")
        if is_broken and again is not None:
            self.again.append((again, task))

    def _graded(
        self, connection: socket.socket, task: Task, when: str = "checked"
    ) -> tuple[ExerciseGrade, bool, int | None]:
        """A grade, whether there is another answer after all cells, after which cell to ask again.

        when: as of a task's `ask`.
        """
        started = time.monotonic()
        self._send(connection, task.question if when == "checked" else task.ask(when))
        limit = self.limits.answer_mb * protocol.MB
        said = self._receive(connection, WAITING * task.seconds, limit)
        took = time.monotonic() - started
        no, outcomes = _read_answer(said, task)
        if no is not None:
            state, text = self._no_answer(task, no, outcomes)
            return _grade(task, state, text, seconds=took), said.get("other") is True, None
        other, again = said.get("other") is True, said.get("again")
        again = again if type(again) is int else None
        outcomes, is_bulky = _not_bulky(outcomes, task)
        try:
            verdict = judge(task.exercise, task.cases, outcomes)
        except Exception:  # plain data, and yet of a form that nobody thought of
            text = "Not right: the answer has not the form that is asked for."
            return _grade(task, "wrong", text, seconds=took), other and not is_bulky, again
        mistake = verdict.mistake.name if verdict.mistake else None
        state, text = _feedback(task, verdict, outcomes)
        if is_bulky:
            text += " What it gives is much larger than it should be."
        if mistake is None and state in ("wrong", "raised"):
            text += self._circumstances([outcome.error for outcome in outcomes])
        return _grade(task, state, text, mistake, took), other and not is_bulky, again

    def _circumstances(self, errors: Sequence[str]) -> str:
        """What may be missing from an answer, as an earlier cell did not do all that it should."""
        if self.without:
            number, name = min(self.without.items())
            return f" Cell {number} uses `{name}`, which is not available for this exercise."
        raised = {number: name for number, (name, _) in self.errors.items()}
        is_refused = not REFUSED.isdisjoint({*errors, *raised.values()})
        if is_refused and any(PROCESSES.search(cell.source) for cell in self.cells):
            return NO_PROCESS
        said = raised if "NameError" in errors else [n for n in raised if raised[n] in NOT_HERE]
        text = f" Cell {min(said)} {self._ended(min(said))}." if said else ""
        if "PermissionError" in (*errors, *raised.values()):
            text += FILES
            text += NONE_REMOVED if self.grader.report()["level"] == "landlock" else ""
        return text

    def _ended(self, number: int) -> str:
        """What a cell did in place of coming to its end."""
        name, text = self.errors[number]
        if name == "CellTimeUp":
            seconds = f"{self.limits.cell_seconds:g} s"
            return f"was stopped after {seconds}, the most that a cell may take while it is graded"
        return f"raised {name}: {text}".rstrip(": ")

    def _no_answer(self, task: Task, no: str, library: Any) -> tuple[State, str]:
        exercise = task.exercise
        if no == "library":
            may = f"This exercise is to be answered with {rule(exercise.libraries)}."
            return "wrong", f"It uses {title(library)}. {may}"
        if no == "kind":
            return "wrong", f"`{task.name}` is not of the kind that the task asks for."
        if no == "function":
            return "wrong", f"`{task.name}` is not a function."
        if no == "parameters":
            wanted = ", ".join(task.exercise.parameters)
            return "wrong", f"`{task.name}` does not take the inputs that it should: ({wanted})."
        if no == "room":
            return "wrong", "The answer is much larger than it should be."
        for cell in self.cells:
            if task.name not in definitions(cell.source):
                continue
            if cell.number in self.skipped:
                reason = self.skipped[cell.number]
                return (
                    "gave no answer",
                    f"Cell {cell.number} defines it and was left out: {reason}.",
                )
            if cell.number in self.errors:
                ended = self._ended(cell.number)
                return "raised", f"Cell {cell.number}, which should define it, {ended}"
        for cell in self.texts:
            if task.name in definitions(cell.source):
                text = (
                    f"Cell {cell.number} defines `{task.name}`, but is not a code cell, so it is "
                )
                return "not attempted", text + "not run: turn it into one, and hand it in again."
        return "not attempted", f"Not attempted: nothing in the notebook is called `{task.name}`."

    def _send(self, connection: socket.socket, frame: bytes) -> None:
        try:
            protocol.send_frame(connection, frame, self._until(GRACE))
        except EOFError:
            raise _Died from None
        except TimeoutError:
            raise _Died("it did not answer") from None

    def _receive(
        self,
        connection: socket.socket,
        seconds: float,
        limit: int,
        parts: int = protocol.MAX_PARTS,
    ) -> Any:
        try:
            deadline = self._until(seconds + GRACE)
            return protocol.receive(connection, deadline, limit, parts=parts)
        except EOFError:
            raise _Died from None
        except TimeoutError:
            if time.monotonic() > self.deadline:
                raise _OutOfTime from None
            raise _Died(f"it did not end within {seconds:g} seconds") from None
        except protocol.BadFrame:
            raise _Died("it wrote into the grader's connection") from None

    def _until(self, seconds: float) -> float:
        return min(time.monotonic() + seconds, max(self.deadline, time.monotonic() + 0.1))

    def _reason(self, end: _Died) -> str:
        """End the child, and say why it ended."""
        status = self.branch.end()
        return str(end) or _ending(status)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _ending(status: int) -> str:
    """Why a process ended, by its exit code."""
    if status >= 0:
        return "it ended Python, as os._exit() does"
    if -status in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE):
        return "it crashed Python: is there a recursion without an end?"
    if -status in (signal.SIGXCPU, signal.SIGKILL):
        return "it used too much time, memory or disk"
    return f"it was ended by signal {-status}"


def _read_answer(said: Any, task: Task) -> tuple[str | None, Any]:
    """What a child says about an answer: why there is none, or what the calls gave.

    Beside "library" stands which.

    Anything may stand there. So nothing is taken that is not of the right form.
    """
    parameters = task.exercise.parameters
    with suppress(Exception):  # of any kind
        if "no" in said and said["no"] in NO:
            return said["no"], []
        if said.get("no") == "library":
            library = said["library"] if said["library"] in TITLES else "another library"
            return "library", library
        outcomes = []
        for kind, value, error, changed in said["outcomes"][: len(task.cases)]:
            if kind not in KINDS or not isinstance(error, str):
                raise ValueError
            if type(changed) is not int or not 0 <= changed < len(parameters):
                changed = None
            outcomes.append(Outcome(kind, value, error[:SHOWN], changed=changed))
        return None, outcomes
    raise _Died("it wrote into the grader's connection")


def _not_bulky(outcomes: Sequence[Outcome], task: Task) -> tuple[list[Outcome], bool]:
    """Outcomes that are soon compared, and whether any of them was too large for that.

    A value that would take long is put out of sight: it is not right in any case.
    """
    small = [
        replace(o, value=_short(o.value)) if isinstance(o.value, list | tuple | dict) else o
        for o in outcomes
    ]
    bulks = [_bulk(outcome.value) for outcome in small]
    if sum(bulks) <= MAX_BULK:
        return small, False
    right = task.exercise.run(task.exercise.reference, task.cases)
    most = MAX_BULK + 2 * sum(_bulk(outcome.value, many=1) for outcome in right)
    room, is_bulky = most, False
    for index, bulk in enumerate(bulks):
        if bulk > room:
            hidden = Opaque(type(small[index].value).__name__)
            small[index], is_bulky = replace(small[index], value=hidden), True
        else:
            room -= bulk
    return small, is_bulky


def _short(value: Any) -> Any:
    """A plain value, in which a long list of numbers is an array."""
    if isinstance(value, list | tuple):
        if len(value) > LONG and all(isinstance(part, NUMBERS) for part in value):
            array = np.asarray(value)
            return array if array.dtype.kind in "biufc" else value
        return type(value)(map(_short, value))
    if isinstance(value, dict):
        return {key: _short(part) for key, part in value.items()}
    return value


def _bulk(value: Any, many: int = MANY) -> float:
    """How much there is in a plain value, in Python values. many: numbers in an array for one."""
    if isinstance(value, np.ndarray):
        is_text = value.dtype.kind == "U"  # to read numbers from texts takes long
        return 1 + (value.size + value.nbytes / SHORT if is_text else value.size / many)
    if isinstance(value, dict):
        return 1 + len(value) + sum(_bulk(part, many) for part in value.values())
    return 1 + sum(_bulk(part, many) for part in value) if isinstance(value, list | tuple) else 1


# ---------------------------------------------------------------- what a student reads


def _grade(
    task: Task, state: State, feedback: str, mistake: str | None = None, seconds: float = 0.0
) -> ExerciseGrade:
    points = task.points if state == "right" else 0.0
    return ExerciseGrade(task.name, points, task.points, state, feedback, mistake, seconds)


def _feedback(task: Task, verdict: Verdict, outcomes: Sequence[Outcome]) -> tuple[State, str]:
    """The state and what to tell the student: nothing that comes from the answer to an input.

    Both an answer and the text (or name) of an exception can hold the input.
    """
    exercise, count = task.exercise, len(task.cases)
    if verdict.state == "right":
        return "right", "Right." if exercise.is_value else f"Right, on all {count} inputs."
    if verdict.state == "not attempted":
        return "not attempted", "Not attempted."
    tried = f"on {verdict.failed} of {count} inputs"
    outcome = outcomes[verdict.index] if verdict.index < len(outcomes) else Outcome("timeout")
    state: State = verdict.state
    if outcome.kind == "timeout":
        text = f"Gave no answer: it took more than {task.seconds:g} seconds of processor time"
        text += f", or did not come back for {WAITING * task.seconds:g}."
    elif exercise.is_value and outcome.kind == "value":
        text = f"Not right: {_clean(verdict.sentence)}."
    elif outcome.kind == "error":
        text = f"Raised {_known_error(outcome.error)} {tried}."
        if outcome.error in ("ModuleNotFoundError", "ImportError", "NotAvailable"):
            text += f" This exercise is to be answered with {rule(exercise.libraries)}."
    elif outcome.value is None:
        text = f"Gave None {tried}: is there a `return`?"
    else:
        text = f"Not right {tried}."
        changed = next((o.changed for o in outcomes if o.changed is not None), None)
        if changed is not None:
            name = exercise.parameters[changed]
            text += f" It changes its input `{name}`: work on a copy."
    if verdict.mistake is not None:
        text += f" Known mistake: {verdict.mistake.name}. {verdict.mistake.hint}"
    return state, text


def _known_error(name: str) -> str:
    known = getattr(builtins, name, None)
    if name == "NotAvailable":
        return "ImportError"
    is_known = isinstance(known, type) and issubclass(known, BaseException)
    return name if is_known or name == "LinAlgError" else "an error"


def _clean(text: Any) -> str:
    """A text from a child on one line: short, and of characters that can be shown."""
    short = str(text)[:SHOWN] if isinstance(text, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in short).split())
