"""Grades in processes of this machine.

A server process makes the grader, which takes a moment, and is forked for each process that grades.
It loads this module and what the grader needs, not the main program. Before it knows anything that
student code is not to see, the process that student code is forked from is forked from it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle, send_handle
from typing import TYPE_CHECKING

from ce_course.grading import launch, start
from ce_course.grading.grades import Limits, SubmissionGrade, Unprepared
from ce_course.grading.sandbox import CannotConfine

if TYPE_CHECKING:
    from ce_course.grading.submissions import Submission

DIED = "the process that graded it ended, twice; another run tries again"
HUNG = "the process that graded it gave no answer, twice; another run tries again"

PATIENCE = 10.0  # seconds, for processes that are to end

MakeGrader = Callable[..., AbstractContextManager]


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


def course_grader(
    limits: Limits, seed: int, sandbox: str, process: launch.Process | None = None
) -> AbstractContextManager:
    """This course's grader. process: as of session.Grader."""
    import ce_course.losses  # noqa: F401  what is loaded before a fork is loaded once
    from ce_course.grading.session import Grader

    return Grader(limits, seed, sandbox, process)


def unreadable(problem: str, seconds: float = 0.0) -> Answer:
    """The answer for a submission that nothing was learnt about, in so many seconds."""
    return Answer(SubmissionGrade("", (), problem, seconds), {})


class Processes:
    """Grades in processes of this machine, at most `jobs` at a time, while this context lasts.

    A process that ends, or gives no answer for `patience` seconds, is replaced, and its submission
    is tried once more. settings: gives those of the launch.Fork that `make_grader` is called with.
    """

    def __init__(
        self,
        make_grader: MakeGrader,
        jobs: int,
        patience: float,
        settings: Callable[[], dict] | None = None,
    ) -> None:
        self.make_grader, self.jobs, self.patience = make_grader, jobs, patience
        self.settings = settings
        self._workers: list[_Worker] = []

    def __enter__(self) -> Processes:
        self._server = _Server()
        try:
            self._server.send(self.settings is not None)
            self._server.send((sys.path, dict(os.environ)))
            if self.settings is not None:
                self._server.send(self.settings())  # which takes a moment, while it loads
            self._server.send(self.make_grader)
        except BaseException:
            self._server.end()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._server.end()
        for worker in self._workers:
            worker.pipe.close()

    def answers(self, tasks: Iterator[Task], last: bool = True) -> Iterator[tuple[Task, Answer]]:
        """Answers, as they come. last: no other tasks come after these."""
        again: list[Task] = []  # to be tried once more
        failed: dict[str, float] = {}  # seconds that were spent on those, by their places
        found: list[tuple[Task, Answer]] = []
        while True:
            self._give(chain(_popped(again), tasks))
            yield from found  # while they work on
            found.clear()
            busy = [worker for worker in self._workers if worker.task]
            if not busy:
                if last:
                    self._server.stop()
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
                    worker.pipe.close()
                    self._server.kill(worker.pid)
                    spent = time.monotonic() - worker.started
                    if task.submission.place not in failed:
                        failed[task.submission.place] = spent
                        again.append(task)
                        continue
                    spent += failed[task.submission.place]
                    answer = replace(unreadable(HUNG if overdue else DIED, spent), final=False)
                found.append((task, answer))

    def _give(self, tasks: Iterator[Task]) -> None:
        """Give tasks to those who have none, and start processes for more."""
        idle = [worker for worker in self._workers if not worker.task]
        todo = list(islice(tasks, self.jobs - len(self._workers) + len(idle)))
        while len(idle) < len(todo):
            idle.append(self._server.fork())
            self._workers.append(idle[-1])
        for worker, task in zip(idle, todo, strict=False):
            worker.give(task, self.patience)


def _popped(tasks: list[Task]) -> Iterator[Task]:
    while tasks:
        yield tasks.pop()


class _Server:
    """The process that makes the grader and is forked."""

    def __init__(self) -> None:
        self._process, self._socket = start.server()
        self._pipe = Connection(os.dup(self._socket.fileno()))

    def fork(self) -> _Worker:
        """A process that grades. Raises CannotGrade if there can be none."""
        ours, theirs = socket.socketpair()
        with theirs, suppress(OSError):  # it has ended: then it has said why
            self._pipe.send(None)
            send_handle(self._pipe, theirs.fileno(), self._process.pid)
        try:
            pid = self._pipe.recv()
        except (EOFError, OSError):
            pid = CannotGrade("the process that starts the others has ended; another run goes on")
        if isinstance(pid, CannotGrade):
            ours.close()
            raise pid
        return _Worker(pid, Connection(ours.detach()))

    def send(self, what: object) -> None:
        """Send what it waits for."""
        with suppress(OSError):  # it has ended
            self._pipe.send(what)

    def kill(self, pid: int) -> None:
        """End one of its processes, if it has not ended."""
        self.send(pid)

    def stop(self) -> None:
        """Let it end, with all that came from it."""
        with suppress(OSError):  # it has ended
            self._socket.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Wait until it has ended."""
        self.stop()
        with self._socket, self._pipe, suppress(OSError):
            self._pipe.poll(PATIENCE)  # until the other end is closed
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Worker:
    """A process with a grader of its own, and the task that it is at."""

    def __init__(self, pid: int, pipe: Connection) -> None:
        self.pid, self.pipe = pid, pipe
        self.task: Task | None = None
        self.started = self.deadline = 0.0

    def give(self, task: Task, patience: float) -> None:
        self.task, self.started = task, time.monotonic()
        self.deadline = self.started + patience
        with suppress(OSError):  # it has ended: `take` will tell
            self.pipe.send((task.data, task.chapter, task.named))

    def take(self) -> Answer | None:
        """The answer; None if the process has ended. Raises CannotGrade if there is no sandbox."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, CannotGrade):
            raise answer
        self.task = None
        return answer


def serve(handle: int) -> None:
    """What the server does until its parent ends, and then each process forked from it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    sys.unraisablehook = _end_at_once
    pipe, process = Connection(handle), None
    try:
        launch.load()
        if pipe.recv():
            process = launch.Fork()  # before anything else is known here
        sys.path[:], theirs = pipe.recv()
        os.environ |= theirs | {"OMP_NUM_THREADS": "1"}  # a fork would lose the others
        if process is not None:
            process.configure(pipe.recv())
        make = pipe.recv()
        maker = make() if process is None else make(process)
    except Exception as error:
        with suppress(OSError):  # nobody is there to be told
            pipe.send(CannotGrade(str(error)))
        if process is not None:
            process.close()
        return
    gc.freeze()  # or each forked process gets a copy of all that lives, when it collects
    gc.enable()
    with maker as grader, suppress(EOFError, ConnectionError, SystemExit):
        _fork_for(pipe, grader)
    os._exit(0)


def _end_at_once(dropped: sys.UnraisableHookArgs) -> None:
    """End where SIGTERM came while Python drops exceptions, as in a finalizer."""
    if dropped.exc_type is SystemExit:
        os._exit(0)
    sys.__unraisablehook__(dropped)


def _fork_for(pipe: Connection, grader) -> None:
    """Fork a process when None comes, kill one when its pid comes, until nothing comes."""
    pids: list[int] = []
    try:
        while True:
            pid = pipe.recv()
            if pid is not None:
                pids.remove(pid)
                _end([pid], signal.SIGKILL)
                continue
            theirs = recv_handle(pipe)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # it may come at once
            try:
                pid = os.fork()
                if pid == 0:
                    pids.clear()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            if pid == 0:
                pipe.close()
                return _answer(Connection(theirs), grader)
            os.close(theirs)
            pids.append(pid)
            pipe.send(pid)
    finally:
        _end(pids, signal.SIGTERM)


def _end(pids: Iterable[int], how: int) -> None:
    for pid in pids:
        os.kill(pid, how)
    deadline = time.monotonic() + PATIENCE / 2
    for pid in pids:
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)


def _answer(pipe: Connection, grader) -> None:
    """Grade what comes, until the other end is closed."""
    while True:
        pipe.send(graded(grader, *pipe.recv()))


def graded(grader, data: bytes, chapter: str | None, named: str | None) -> Answer | CannotGrade:
    """What a grader says of a notebook; never an exception."""
    started = time.monotonic()
    try:
        grade = grader.grade(data, chapter)
        if grade.problem and not grade.chapter and named and not chapter:
            again = grader.grade(data, named)
            grade = replace(again, seconds=grade.seconds + again.seconds)
        return Answer(grade, grader.report())
    except CannotConfine as error:
        return CannotGrade(str(error))
    except Unprepared as error:
        return replace(unreadable(f"the grader failed: {error}"), final=False)
    except Exception as error:
        problem = f"the grader failed: {type(error).__name__}: {error}"
        return replace(unreadable(problem, time.monotonic() - started), final=False)
