"""Grades on the workers of a Dask cluster.

Each thread of a worker has a process beside it that grades, as on one machine. So what grades knows
nothing of Dask: to fork it is cheap, and what ends it does not end the worker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ce_course.grading.fingerprints import grader_fingerprint
from ce_course.grading.processes import (
    DIED,
    Answer,
    CannotGrade,
    Processes,
    Task,
    unreadable,
)

MOST = 32  # submissions in one task

_here = threading.local()
_pools: list[Processes] = []


@dataclass(frozen=True)
class _Place:
    """What a worker needs to know of a submission besides its data."""

    place: str


class Cluster:
    """Grades on the workers of a Dask cluster, while this context lasts.

    make_pool: makes, at a worker, the one process that grades for one of its threads.
    """

    def __init__(self, make_pool: Callable[[], Processes], scheduler: str) -> None:
        self.make_pool, self.scheduler = make_pool, scheduler

    def __enter__(self) -> Cluster:
        try:
            from distributed import Client
        except ImportError:
            raise CannotGrade(
                "--scheduler needs Dask's distributed: pip install -e '.[cluster]'"
            ) from None
        try:
            self._client = Client(self.scheduler, timeout="10s")
        except (OSError, ValueError, TypeError) as error:
            raise CannotGrade(f"no Dask scheduler at {self.scheduler}: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=30)
            theirs = self._client.run(grader_fingerprint)
            others = [where for where, version in theirs.items() if version != grader_fingerprint()]
            if others:
                raise CannotGrade(f"not the same course is installed at {', '.join(others)}")
        except BaseException as error:
            self._client.close()
            if isinstance(error, TimeoutError):
                raise CannotGrade(f"the cluster at {self.scheduler} has no workers") from None
            if isinstance(error, ImportError):
                raise CannotGrade(f"the course is not installed on the cluster: {error}") from None
            raise
        return self

    def __exit__(self, *_) -> None:
        with self._client as client:
            client.run(_close_pools)

    def answers(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Answer]]:
        """Answers, as they come."""
        from distributed import as_completed

        running: dict = {}
        alone: list[Task] = []  # those of batches whose workers ended
        futures, sent = as_completed(with_results=True, raise_errors=False), 0
        try:
            while True:
                threads = max(1, sum(self._client.nthreads().values()))
                while len(running) < 2 * threads or not running:
                    batch = [alone.pop()] if alone else list(islice(tasks, _size(sent, threads)))
                    if not batch:
                        break
                    asked = [
                        replace(task, submission=_Place(task.submission.place)) for task in batch
                    ]
                    future = self._client.submit(_graded_there, self.make_pool, asked, pure=False)
                    running[future] = batch, time.monotonic()
                    futures.add(future)
                    sent += len(batch)
                if not running:
                    return
                future, answers = next(futures)
                batch, begun = running.pop(future)
                if future.status == "finished":
                    yield from zip(batch, answers, strict=True)
                    continue
                error = future.exception()
                if isinstance(error, CannotGrade):
                    raise error
                if len(batch) > 1:  # its workers ended, several times: whose fault it was is open
                    alone += batch
                    continue
                spent = time.monotonic() - begun  # with what it waited there
                yield batch[0], replace(unreadable(f"{DIED} ({error})", spent), final=False)
        finally:
            self._client.cancel(list(running))


def _size(sent: int, threads: int) -> int:
    """How many submissions to send together, as each task has a price at the scheduler and here.

    An eighth of what each thread has had, and one: at the end none works much longer than others.
    """
    return min(MOST, 1 + sent // (8 * threads))


def _graded_there(make_pool: Callable[[], Processes], tasks: Sequence[Task]) -> list[Answer]:
    """The answers of the process beside this thread of a Dask worker, which is kept."""
    pool = getattr(_here, "pool", None)
    if pool not in _pools:
        pool = make_pool().__enter__()
        _here.pool = pool
        _pools.append(pool)
    answers = {
        task.submission.place: answer for task, answer in pool.answers(iter(tasks), last=False)
    }
    return [answers[task.submission.place] for task in tasks]


def _close_pools() -> None:
    while _pools:
        _pools.pop().__exit__(None, None, None)
