"""A grader that does what a notebook's text says: for tests of what goes on around a grader.

A "notebook" here is JSON: {"chapter": ..., "states": {exercise: state}, "do": ...}.
"""

import json
import os
import signal
import time
from pathlib import Path

from ce_course import catalogue
from ce_course.checks.by_name import exercises_of
from ce_course.grading.grades import ExerciseGrade, SubmissionGrade

CHAPTER = "02_binary_cross_entropy"
MISTAKE = "exp overflows"
HINT = "Exponentiate nothing but `-|z|`."


def notebook(chapter=CHAPTER, do="", **states) -> str:
    return json.dumps({"chapter": chapter, "do": do, "states": states})


class StandIn:
    """Grades as told. Each grading adds a line to the file `log`: what came, in which process."""

    def __init__(self, log: Path, seconds: float = 0.0) -> None:
        self.log, self.seconds = Path(log), seconds

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        with self.log.open("a") as file:
            file.write(f"closed {os.getpid()}\n")

    def report(self) -> dict:
        return {"processes": "a stand-in", "network": "none"}

    def grade(self, data: bytes, chapter: str | None) -> SubmissionGrade:
        with self.log.open("a") as file:
            file.write(f"graded {os.getpid()} {data.decode()}\n")
        time.sleep(self.seconds)
        told = json.loads(data)
        match told["do"]:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "end the server":
                os.kill(os.getppid(), signal.SIGKILL)
                os._exit(3)
            case "end the worker":  # of a cluster
                server = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2]
                os.kill(int(server.split()[1]), signal.SIGKILL)
                time.sleep(600)
            case "die once":
                marker = self.log.with_name("died")
                if not marker.exists():
                    marker.touch()
                    os._exit(3)
            case "hang":
                time.sleep(600)
            case "raise":
                raise RuntimeError("no such luck")
        chapter = chapter or told["chapter"]
        if not chapter:
            return SubmissionGrade("", (), "not one of the course's exercises", 0.5)
        exercises = tuple(
            self._exercise(e.name, e.points, told["states"].get(e.name, "right"))
            for e in exercises_of(catalogue.chapter(chapter))
        )
        notes = ("Cell 4 ran out of time.",) if told["do"] == "slow cell" else ()
        return SubmissionGrade(chapter, exercises, None, 0.5, notes)

    def _exercise(self, name: str, points: int, state: str) -> ExerciseGrade:
        mistake = MISTAKE if state == "wrong" else None
        feedback = "" if state == "right" else HINT
        return ExerciseGrade(
            name, points if state == "right" else 0, points, state, feedback, mistake, 0.25
        )


class NoSandbox:
    """A grader that cannot start."""

    def __init__(self) -> None:
        raise RuntimeError("no sandbox is to be had here")
