"""How fast submissions are graded: `ce-course grade`, `nbgrader autograde` and otter-grader.

    python benchmarks/grading.py [--only speed|cost|trusted]
        [--rounds 2] [--submissions 20] [--jobs 2] [--numbers 20 100 1000] [--answers 6]

Speed: the same submissions of chapter 02 are graded by each of the three in turn, in their batch
modes, from the command to the last mark, each right after one submission that is not timed, so that
no disk is timed either. The marks are compared: only equal work is timed.
Cost: what a submission costs, and how much memory the tree of processes takes, at 20, 100 and 1000.
Whether that is flat is told with the start, which more submissions share, and without it.
Trusted: what one submission costs the process that holds the references, chapter by chapter. The
submissions hold what the hints say, and right and wrong answers of tests/answers in turn.

otter-grader is not one of the course's dependencies; without it the other two are measured.
"""

from __future__ import annotations

import argparse
import compileall
import csv
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil

from ce_course.catalogue import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = "02_binary_cross_entropy"
NOTEBOOK = f"{CHAPTER}/{CHAPTER}.ipynb"

# What students wrote instead of the solution: each costs them that exercise.
WRONG = (
    ("sigmoid", "return np.exp(z) / (1 + np.exp(z))"),
    ("sigmoid", "return np.tanh(z)"),
    ("binary_cross_entropy", "return -(y * np.log(p) + (1 - y) * np.log(1 - p))"),
    ("binary_cross_entropy", "return np.where(y > 0.5, -np.log(p), -np.log(1 - p))"),
    ("binary_cross_entropy_with_logits", "return np.log(1 + np.exp(z)) - z * y"),
    ("binary_cross_entropy_with_logits", "return np.maximum(z, 0) - z * y"),
    ("prior_baseline", "return np.log(2)"),
    ("prior_baseline", "return np.mean(y) * (1 - np.mean(y))"),
    ("binary_cross_entropy_grad", "return y - (1 + np.tanh(z / 2)) / 2"),
    ("binary_cross_entropy_grad", "return z - y"),
    ("fit_logistic_regression", "return np.zeros(X.shape[1]), 0.0"),
    ("fit_logistic_regression", "return np.linalg.lstsq(X, y, rcond=None)[0], 0.0"),
    ("multilabel_loss", "return np.sum(np.logaddexp(0, z) - z * Y)"),
    ("multilabel_loss", "return np.logaddexp(0, z) - z * Y"),
    ("multilabel_loss", "return (("),
)
UNTOUCHED = 2
SOLVED = 3

PACKAGES = {"nbgrader": "nbgrader", "otter": "otter-grader==7.0.0"}

PROGRAM = """
import sys
from ce_course.grading import batch, grades

if __name__ == "__main__":
    batch.grade(*sys.argv[1:3], grades.Settings(), jobs=int(sys.argv[3]),
                progress=lambda done, total: print("done", done, flush=True))
"""
OTTER_TEST = """
from otter.test_files import test_case

OK_FORMAT = False
name = "{name}"
points = {points}


@test_case()
def test_{name}(env):
    from ce_course import check

    check(env["{name}"])
"""
OTTER_BATCH = """
import json, sys
from otter.api import grade_submission

autograder, *paths = sys.argv[1:]
marks = {path: grade_submission(path, autograder, quiet=True).total for path in paths}
with open("marks.json", "w") as file:
    json.dump(marks, file)
"""
TRUSTED = """
import resource, sys

sys.path.insert(0, sys.argv[3])
import trials
from ce_course.grading.session import Grader


class Measured(Grader):
    seconds = []

    def grade(self, *given):
        before = resource.getrusage(resource.RUSAGE_SELF)
        grade = super().grade(*given)
        after = resource.getrusage(resource.RUSAGE_SELF)
        used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        self.seconds.append(used)
        return grade


with Measured() as grader:
    trials.graded(grader, sys.argv[1], int(sys.argv[2]))
status = dict(line.split(":") for line in open("/proc/self/status"))
first, *others = grader.seconds
print(first, max(others), int(status["VmHWM"].split()[0]) / 1024)
"""
NBGRADER_MARKS = """
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db", "cross-entropy") as book:
    found = book.assignment_submissions("{chapter}")
    print(json.dumps({{each.student.id: each.score for each in found}}))
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--submissions", type=int, default=20)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--numbers", type=int, nargs="*", default=[20, 100, 1000])
    options.add_argument("--answers", type=int, default=6)
    options.add_argument("--only", choices=["speed", "cost", "trusted"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="ce-course-bench-") as folder:
        if chosen.only in (None, "speed"):
            speed(Path(folder), chosen.submissions, chosen.rounds, chosen.jobs)
        if chosen.only in (None, "cost"):
            cost(Path(folder), chosen.numbers, chosen.jobs)
        if chosen.only in (None, "trusted"):
            trusted(Path(folder), chosen.answers)


def speed(folder: Path, number: int, rounds: int, jobs: int) -> None:
    """Time the graders in turn on the same submissions, and print the ratios."""
    submissions = cohort(number)
    expected = {name: points for name, (_, points) in submissions.items()}
    warm = cohort(1)
    graders = {"ce-course grade": CeCourse(folder / "ours", submissions, jobs)}
    before = {"ce-course grade": CeCourse(folder / "ours before", warm, jobs)}
    others = {"nbgrader autograde": ("nbgrader", Nbgrader), "otter run": ("otter", Otter)}
    for name, (package, grader) in others.items():
        if importlib.util.find_spec(package):
            graders[name] = grader(folder / package, submissions)
            before[name] = grader(folder / f"{package} before", warm)
        else:
            print(f"{name}: not installed. To measure it: pip install {PACKAGES[package]}")
    times: dict[str, list[float]] = {name: [] for name in graders}
    work: dict[str, list[float]] = {name: [] for name in graders}
    for number in range(rounds):
        for name, grader in graders.items():
            grader.prepare()
            os.sync()  # or the next one waits for what the last one wrote
            before[name].prepare(), before[name].run()  # its files are in memory
            start, cpu = time.perf_counter(), children_cpu()
            grader.run()
            times[name].append(time.perf_counter() - start)
            work[name].append(children_cpu() - cpu)
            marks = grader.marks()
            if marks != expected:
                wrong = {s: (marks.get(s), p) for s, p in expected.items() if marks.get(s) != p}
                sys.exit(f"{name} gave other marks (given, expected): {wrong}")
            print(
                f"round {number + 1}: {name:<20}{times[name][-1]:8.1f} s"
                f"    at least{work[name][-1]:6.1f} s of a processor",
                flush=True,
            )
    print("Not in it: processes that nobody waits for, as those of student code in ce-course.")
    print(f"\n{len(submissions)} submissions of {CHAPTER}, medians of {rounds} rounds; same marks")
    ours = statistics.median(times["ce-course grade"])
    for name, found in times.items():
        median = statistics.median(found)
        each = 60 * len(submissions) / median
        ratio = "" if median == ours else f"   ce-course is {median / ours:.0f} times as fast"
        print(f"{name:<20}{each:8.1f} submissions a minute{ratio}")


def children_cpu() -> float:
    """Seconds of a processor that ended child processes took, with what came from them.

    Processes that nobody waits for are not counted: in `ce-course grade` those of student code.
    """
    used = os.times()
    return used.children_user + used.children_system


def cost(folder: Path, numbers: list[int], jobs: int) -> None:
    """Grade cohorts of growing size, and print time for each submission and peak memory."""
    print(f"\nce-course grade, {jobs} processes")
    print(
        "submissions   whole run   first mark   each after it   each, with all   peak memory (PSS)"
    )
    after, whole = [], []
    for number in numbers:
        grader = CeCourse(folder / f"cost {number}", cohort(number), jobs)
        grader.prepare()
        os.sync()
        memory, began = PeakMemory(), time.perf_counter()
        process = grader.start()
        with memory.of(process.pid):
            times = [time.perf_counter() for line in process.stdout if line.startswith("done")]
            end = process.wait()
        if end:
            sys.exit(f"ce-course grade ended with {end}")
        start, *marks = times
        total = time.perf_counter() - began
        after.append(1000 * (marks[-1] - marks[0]) / max(1, len(marks) - 1))
        whole.append(1000 * total / number)
        print(
            f"{number:>11}{total:>10.1f} s{marks[0] - start:>11.1f} s{after[-1]:>13.0f} ms"
            f"{whole[-1]:>14.0f} ms{memory.peak / 2**20:>17.0f} MB",
            flush=True,
        )
    for what, costs in (("without the start", after), ("with it", whole)):
        print(f"the dearest is {max(costs) / min(costs):.2f} times the cheapest, {what}")


def trusted(folder: Path, answers: int) -> None:
    """Print what a submission costs the process that holds the references, for each chapter."""
    print(f"\nthe trusted side, {answers} submissions of each chapter")
    print("first, s of a processor   dearest of the others   peak memory (RSS)")
    for chapter in CHAPTERS:
        if chapter.exercises:
            given = chapter.name, str(answers), str(ROOT / "tests")
            said = python(folder, "-c", TRUSTED, *given)
            first, dearest, memory = map(float, said.split())
            print(f"{first:>23.2f}{dearest:>24.2f}{memory:>17.0f} MB   {chapter.name}", flush=True)


def cohort(number: int) -> dict[str, tuple[str, float]]:
    """Submissions as (notebook, points), by student; the same 20 over and over, in a mix."""
    solution = nbformat.read(ROOT / "solutions" / NOTEBOOK, 4)
    released = nbformat.read(ROOT / "exercises" / NOTEBOOK, 4)
    for notebook in (solution, released):  # a kernel that every environment has
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    marks = {
        cell.metadata.nbgrader.grade_id.removeprefix("check_"): cell.metadata.nbgrader.points
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    full = sum(marks.values())
    kinds = [(released, 0.0)] * UNTOUCHED + [(solution, full)] * SOLVED
    kinds += [(with_answer(solution, *each), full - marks[each[0]]) for each in WRONG]
    kinds = [kinds[7 * n % len(kinds)] for n in range(len(kinds))]  # 7 and 20 share no factor
    return {
        f"student{n:04}": (nbformat.writes(kinds[n % len(kinds)][0]), kinds[n % len(kinds)][1])
        for n in range(number)
    }


def with_answer(solution: nbformat.NotebookNode, exercise: str, body: str):
    """The solved notebook with another answer to one exercise."""
    notebook = nbformat.from_dict(solution)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == exercise:
            head = cell.source.partition("    ### BEGIN SOLUTION")[0]
            cell.source = head + textwrap.indent(body, "    ")
    return notebook


class CeCourse:
    """`ce-course grade` on a folder of notebooks."""

    def __init__(self, folder: Path, submissions: dict, jobs: int) -> None:
        self.folder, self.jobs = folder, jobs
        for student, (text, _) in submissions.items():
            write(folder / "submissions" / f"{student}.ipynb", text)
        write(folder / "program.py", PROGRAM)
        compileall.compile_dir(ROOT / "ce_course", quiet=1)  # as pip does for the other two

    def prepare(self) -> None:
        shutil.rmtree(self.folder / "results", ignore_errors=True)

    def run(self) -> None:
        command = ["-m", "ce_course", "grade", "submissions", "--out", "results"]
        python(self.folder, *command, "--jobs", str(self.jobs))

    def start(self) -> subprocess.Popen:
        """The same, as a process that says each time one is done."""
        command = [sys.executable, "program.py", "submissions", "results", str(self.jobs)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment(self.folder),
            stdout=subprocess.PIPE,
            text=True,
        )

    def marks(self) -> dict[str, float]:
        marks: dict[str, float] = {}
        with open(self.folder / "results" / "grades.csv", newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                marks[row["student"]] = marks.get(row["student"], 0) + float(row["points"])
        return marks


class Nbgrader:
    """`nbgrader autograde` on its own layout; the release is made beforehand."""

    def __init__(self, folder: Path, submissions: dict) -> None:
        self.folder = folder
        for student, (text, _) in submissions.items():
            write(folder / "submitted" / student / NOTEBOOK, text)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        shutil.copytree(ROOT / "solutions" / CHAPTER, folder / "solutions" / CHAPTER)

    def prepare(self) -> None:
        shutil.rmtree(self.folder / "autograded", ignore_errors=True)
        (self.folder / "gradebook.db").unlink(missing_ok=True)
        python(self.folder, "-m", "nbgrader", "generate_assignment", CHAPTER, "--force")

    def run(self) -> None:
        python(self.folder, "-m", "nbgrader", "autograde", CHAPTER)

    def marks(self) -> dict[str, float]:
        return json.loads(python(self.folder, "-c", NBGRADER_MARKS.format(chapter=CHAPTER)))


class Otter:
    """`otter run` on one submission after another, in one process, as its API does it."""

    def __init__(self, folder: Path, submissions: dict) -> None:
        self.folder, self.students = folder, list(submissions)
        for student, (text, _) in submissions.items():
            write(folder / f"{student}.ipynb", text)
        for cell in nbformat.read(ROOT / "exercises" / NOTEBOOK, 4).cells:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("grade"):
                name = mark.grade_id.removeprefix("check_")
                test = OTTER_TEST.format(name=name, points=mark.points)
                write(folder / "tests" / f"{name}.py", test)
        make = ["-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip"]
        python(folder, *make, "--no-environment")

    def prepare(self) -> None:
        (self.folder / "marks.json").unlink(missing_ok=True)

    def run(self) -> None:
        paths = [f"{student}.ipynb" for student in self.students]
        python(self.folder, "-c", OTTER_BATCH, "autograder.zip", *paths)

    def marks(self) -> dict[str, float]:
        found = json.loads((self.folder / "marks.json").read_text())
        return {Path(path).stem: marks for path, marks in found.items()}


class PeakMemory:
    """Watches the memory of a process and all that come from it: the sum of their PSS."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()

    @contextmanager
    def of(self, pid: int):
        watcher = threading.Thread(target=self._watch, args=(psutil.Process(pid),))
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def _watch(self, root: psutil.Process) -> None:
        while not self._over.wait(0.2):
            total = 0
            with suppress(psutil.Error):
                for process in (root, *root.children(recursive=True)):
                    with suppress(psutil.Error):
                        total += process.memory_full_info().pss
            self.peak = max(self.peak, total)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def environment(folder: Path) -> dict[str, str]:
    """The environment's programs are found, the course too; nobody's progress is recorded."""
    programs = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": programs + os.pathsep + os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "CE_COURSE_HOME": str(folder / "home"),
        "OMP_NUM_THREADS": "1",
    }


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a folder; what it prints. Its failure is this program's."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}")
    return ran.stdout


if __name__ == "__main__":
    main()
