"""Grades on the workers of a Dask cluster."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ce_course.grading.fingerprints import grader_fingerprint
from ce_course.grading.processes import (
    DIED,
    Answer,
    CannotGrade,
    MakeGrader,
    Task,
    graded,
    unreadable,
)

_here = threading.local()
_graders: list = []


class Cluster:
    """Grades on the workers of a Dask cluster, while this context lasts."""

    def __init__(self, make_grader: MakeGrader, scheduler: str) -> None:
        self.make_grader, self.scheduler = make_grader, scheduler

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
            client.run(_close_graders)

    def answers(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Answer]]:
        """Answers, as they come."""
        from distributed import as_completed

        running: dict = {}
        futures = as_completed()
        try:
            while True:
                room = 2 * sum(self._client.nthreads().values()) - len(running)
                for task in islice(tasks, max(room, not running)):
                    question = (task.data, task.chapter, task.named)
                    future = self._client.submit(
                        _graded_there, self.make_grader, *question, pure=False
                    )
                    running[future] = task, time.monotonic()
                    futures.add(future)
                if not running:
                    return
                future = next(futures)
                task, begun = running.pop(future)
                error = future.exception()
                if isinstance(error, CannotGrade):
                    raise error
                if error is not None:  # its workers ended, several times
                    spent = time.monotonic() - begun  # with what it waited there
                    answer = replace(unreadable(f"{DIED} ({error})", spent), final=False)
                else:
                    answer = future.result()
                yield task, answer
        finally:
            self._client.cancel(list(running))


def _graded_there(make_grader: MakeGrader, *question) -> Answer:
    """One grader for each thread of a Dask worker."""
    if getattr(_here, "grader", None) not in _graders:
        try:
            grader = make_grader()
        except Exception as error:
            raise CannotGrade(str(error)) from None
        _here.grader = grader.__enter__()
        _graders.append(_here.grader)
    answer = graded(_here.grader, *question)
    if isinstance(answer, CannotGrade):
        raise answer
    return answer


def _close_graders() -> None:
    while _graders:
        _graders.pop().__exit__(None, None, None)
