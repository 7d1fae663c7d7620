"""Grades in processes of this machine: each has a grader of its own.

The processes for grading load this module and what their grader needs, not the main program.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from ce_course.grading.grades import Limits, SubmissionGrade

if TYPE_CHECKING:
    from ce_course.grading.submissions import Submission

DIED = "the process that graded it ended, twice; another run tries again"
HUNG = "the process that graded it gave no answer, twice; another run tries again"

MakeGrader = Callable[[], AbstractContextManager]


class CannotGrade(Exception):
    """Why there can be no run at all; the message says what to do."""


@dataclass(frozen=True)
class Task:
    """A notebook to grade. chapter: what is known of its chapter; named: what its name says."""

    submission: Submission
    data: bytes
    chapter: str | None
    named: str | None


@dataclass(frozen=True)
class Answer:
    """What grading a notebook gave. sandbox: the means in force. final: no use in trying again."""

    grade: SubmissionGrade
    sandbox: dict
    final: bool = True


def course_grader(limits: Limits, seed: int, sandbox: str) -> AbstractContextManager:
    """This course's grader, for the process that calls this."""
    from ce_course.grading.session import Grader

    return Grader(limits, seed, sandbox)


def unreadable(problem: str) -> Answer:
    """The answer for a submission that nothing was learnt about."""
    return Answer(SubmissionGrade("", (), problem, 0.0), {})


class Processes:
    """Grades in processes of this machine, at most `jobs` at a time, while this context lasts.

    A process that ends, or gives no answer for `patience` seconds, is replaced, and its submission
    is tried once more.
    """

    def __init__(self, make_grader: MakeGrader, jobs: int, patience: float) -> None:
        self.make_grader, self.jobs, self.patience = make_grader, jobs, patience
        self._workers: list[_Worker] = []
        self._ending: list[_Worker] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers + self._ending:
            worker.end()

    def answers(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Answer]]:
        """Answers, as they come."""
        again: list[Task] = []  # to be tried once more
        failed: set[str] = set()  # the places of those
        found: list[tuple[Task, Answer]] = []
        while True:
            self._give(chain(_popped(again), tasks))
            yield from found  # while they work on
            found.clear()
            busy = [worker for worker in self._workers if worker.task]
            if not busy:
                return
            first = min(worker.deadline for worker in busy)
            ready = wait([worker.pipe for worker in busy], max(0.0, first - time.monotonic()))
            for worker in busy:
                task, overdue = worker.task, time.monotonic() > worker.deadline
                if worker.pipe in ready:
                    answer = worker.take()
                elif overdue:
                    answer = None
                else:
                    continue
                if answer is None:
                    self._workers.remove(worker)
                    worker.end(force=True)
                    if task.submission.place not in failed:
                        failed.add(task.submission.place)
                        again.append(task)
                        continue
                    answer = replace(unreadable(HUNG if overdue else DIED), final=False)
                found.append((task, answer))

    def _give(self, tasks: Iterator[Task]) -> None:
        """Give tasks to those who have none, and start processes for more."""
        idle = [worker for worker in self._workers if not worker.task]
        todo = list(islice(tasks, self.jobs - len(self._workers) + len(idle)))
        while len(idle) < len(todo):
            idle.append(_Worker(self.make_grader))
            self._workers.append(idle[-1])
        for worker, task in zip(idle, todo, strict=False):
            worker.give(task, self.patience)
        for worker in idle[len(todo) :]:  # there is nothing more to do: it may end meanwhile
            worker.pipe.close()
            self._workers.remove(worker)
            self._ending.append(worker)


def _popped(tasks: list[Task]) -> Iterator[Task]:
    while tasks:
        yield tasks.pop()


class _Worker:
    """A process with a grader of its own, and the task that it is at."""

    # Not multiprocessing's way to start one: that loads the main program's modules again.
    CODE = """if True:
        import json, sys
        sys.path[:] = json.loads(sys.argv[1])
        from ce_course.grading.processes import serve
        serve(int(sys.argv[2]))"""

    def __init__(self, make_grader: MakeGrader) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", self.CODE, json.dumps(sys.path), str(theirs.fileno())]
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        self.pipe = Connection(ours.detach())
        self.pipe.send(make_grader)
        self.task: Task | None = None
        self.deadline = 0.0

    def give(self, task: Task, patience: float) -> None:
        self.task, self.deadline = task, time.monotonic() + patience
        with suppress(OSError):  # it has ended: `take` will tell
            self.pipe.send((task.data, task.chapter, task.named))

    def take(self) -> Answer | None:
        """The answer; None if the process has ended. Raises CannotGrade if it could not start."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, CannotGrade):
            raise answer
        self.task = None
        return answer

    def end(self, force: bool = False) -> None:
        self.pipe.close()
        try:
            self.process.wait(0 if force else 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(handle: int) -> None:
    """Grade what comes from a socket: what a process for grading does, until its parent ends."""
    # Ctrl-C reaches every process of the terminal; the parent decides what follows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    pipe = Connection(handle)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        make_grader = pipe.recv()
        try:
            maker = make_grader()
        except Exception as error:
            pipe.send(CannotGrade(str(error)))
            return
        with maker as grader:
            while True:
                pipe.send(graded(grader, *pipe.recv()))


def graded(grader, data: bytes, chapter: str | None, named: str | None) -> Answer:
    """What a grader says of a notebook; never an exception."""
    try:
        grade = grader.grade(data, chapter)
        if grade.problem and not grade.chapter and named and not chapter:
            grade = grader.grade(data, named)
        return Answer(grade, grader.report())
    except Exception as error:
        problem = f"the grader failed: {type(error).__name__}: {error}"
        return replace(unreadable(problem), final=False)
