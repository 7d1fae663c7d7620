"""A batch: killed, stopped or not, in any number of processes, the results are the same."""

import contextlib
import csv
import functools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import psutil
import pytest
from grading_stand_in import CHAPTER, NoSandbox, StandIn, notebook

from ce_course.grading import batch, fingerprints
from ce_course.grading.grades import Limits, Settings
from ce_course.grading.processes import DIED, HUNG, CannotGrade

OTHER = "03_categorical_cross_entropy"
PROGRAM = """
import functools, sys
from pathlib import Path
from grading_stand_in import StandIn
from ce_course.grading import batch, grades
if __name__ == "__main__":
    submissions, results, log, seconds = sys.argv[1:]
    maker = functools.partial(StandIn, Path(log), float(seconds))
    def progress(done, total):
        print(done, flush=True)
    batch.grade(submissions, results, grades.Settings(), jobs=2, make_grader=maker,
                formats=["csv", "gradescope"], progress=progress)
"""


@pytest.fixture
def cohort(tmp_path):
    """A folder of submissions, and what grades it: run(**changes) returns what was graded."""
    return Cohort(tmp_path)


class Cohort:
    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.submissions, self.results = folder / "submissions", folder / "results"
        self.submissions.mkdir()

    def put(self, name: str, **told) -> None:
        path = self.submissions / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook(**told), encoding="utf-8")

    def run(self, settings=None, results=None, **options):
        """Grade; returns the lines that the graders wrote."""
        settings = settings or Settings()
        self.log.unlink(missing_ok=True)
        options = {"make_grader": functools.partial(StandIn, self.log), "jobs": 2} | options
        self.counts = batch.grade(self.submissions, results or self.results, settings, **options)
        return self.graded()

    def graded(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith("graded")]

    def rows(self, results=None) -> list[dict]:
        with open(
            (results or self.results) / "grades.csv", newline="", encoding="utf-8-sig"
        ) as file:
            return list(csv.DictReader(file))

    def seconds(self, student: str) -> float:
        return next(float(row["seconds"]) for row in self.rows() if row["student"] == student)

    def states(self, student: str) -> set[str]:
        return {row["state"] for row in self.rows() if row["student"] == student}


def files(folder: Path) -> dict[str, bytes]:
    """All results in a folder; what is remembered of the submissions is left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and batch.STATE not in path.parts
    }


def test_every_exercise_of_every_submission_is_a_row(cohort):
    cohort.put("ada")
    cohort.put("bo", sigmoid="wrong", prior_baseline="not attempted")
    assert len(cohort.run()) == 2
    rows = {(row["student"], row["exercise"]): row for row in cohort.rows()}
    assert len(rows) == 14 and {row["assignment"] for row in rows.values()} == {CHAPTER}
    assert rows["bo", "sigmoid"] == {
        "student": "bo",
        "assignment": CHAPTER,
        "exercise": "sigmoid",
        "points": "0",
        "of": "1",
        "state": "wrong",
        "seconds": "0.250",
    }
    assert rows["bo", "prior_baseline"]["state"] == "not attempted"
    points = [float(row["points"]) for (student, _), row in rows.items() if student == "ada"]
    assert sum(points) == sum(float(row["of"]) for row in rows.values()) / 2 == 8


def test_results_do_not_depend_on_the_number_or_order_of_processes(cohort):
    for n in range(7):
        cohort.put(f"s{n}", sigmoid=["right", "wrong", "raised"][n % 3])
    seen = []
    for jobs in (1, 3):
        cohort.run(results=cohort.folder / f"with {jobs}", jobs=jobs)
        seen.append(files(cohort.folder / f"with {jobs}"))
        processes = {line.split()[1] for line in cohort.graded()}
        assert len(processes) == jobs and str(os.getpid()) not in processes
    assert seen[0] == seen[1] and len(seen[0]) == 2 + 7


def test_only_what_changed_is_graded_again(cohort, monkeypatch):
    cohort.put("ada"), cohort.put("bo"), cohort.put("cy", chapter=OTHER)
    assert len(cohort.run()) == 3
    before = files(cohort.results)
    assert cohort.run() == [] and cohort.counts["anew"] == 0 and cohort.counts["done"] == 3
    assert files(cohort.results) == before

    cohort.put("bo", sigmoid="wrong")
    (line,) = cohort.run()
    assert '"sigmoid": "wrong"' in line and cohort.states("bo") == {"right", "wrong"}

    assert len(cohort.run(Settings(seed=1))) == 3
    assert len(cohort.run(Settings(seed=1, limits=Limits(memory_mb=1000)))) == 3
    assert len(cohort.run(Settings(seed=1, limits=Limits(memory_mb=1000), sandbox="none"))) == 3
    assert len(cohort.run()) == 3

    real = fingerprints.exercise_fingerprint
    monkeypatch.setattr(
        batch, "exercise_fingerprint", lambda name: real(name) + "x" * (name == OTHER)
    )
    (line,) = cohort.run()
    assert OTHER in line
    monkeypatch.setattr(batch, "grader_fingerprint", lambda: "another version")
    assert len(cohort.run()) == 3


def test_the_fingerprints_see_code_and_exercises(tmp_path, monkeypatch, request):
    copy = tmp_path / "ce_course"
    shutil.copytree(fingerprints.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(fingerprints.PACKAGE.parent / "exercises", tmp_path / "exercises")
    monkeypatch.setattr(fingerprints, "PACKAGE", copy)

    def forget():
        fingerprints.grader_fingerprint.cache_clear()
        fingerprints.exercise_fingerprint.cache_clear()

    request.addfinalizer(forget)

    def prints():
        forget()
        return fingerprints.grader_fingerprint(), *map(
            fingerprints.exercise_fingerprint, (CHAPTER, OTHER, "")
        )

    def changed(path):
        old = prints()
        (tmp_path / path).write_text((tmp_path / path).read_text() + "\n")
        return [a != b for a, b in zip(old, prints(), strict=True)]

    assert changed("ce_course/losses.py") == [True, False, False, False]
    assert changed("ce_course/support/validation.py") == [True, False, False, False]
    assert changed("ce_course/checks/exercise.py") == [True, False, False, False]
    assert changed("ce_course/grading/grades.py") == [True, False, False, False]
    assert changed("ce_course/widgets/board.py") == [False] * 4
    assert changed("ce_course/checks/binary_cross_entropy.py") == [False, True, False, True]
    assert changed(f"exercises/{OTHER}/{OTHER}.ipynb") == [False, False, True, True]


def test_a_submission_that_is_gone_leaves_the_results(cohort):
    cohort.put("ada"), cohort.put("bo")
    cohort.run(formats=["gradescope"])
    (cohort.results / "feedback" / "mine.html").write_text("the teacher's")
    (cohort.results / "notes.txt").write_text("the teacher's")
    (cohort.submissions / "bo.ipynb").unlink()
    assert cohort.run(formats=["gradescope"]) == []
    assert {row["student"] for row in cohort.rows()} == {"ada"}
    names = list(files(cohort.results))
    assert [name for name in names if "bo-" in name] == []
    assert {"feedback/mine.html", "notes.txt"} <= set(names)
    assert len(states(cohort)) == 1


def test_what_cannot_be_read_is_a_row(cohort):
    cohort.put("ada")
    (cohort.submissions / "bo.ipynb").symlink_to("/etc/passwd")
    (cohort.submissions / "cy.zip").write_bytes(b"no zip")
    cohort.put("di", chapter="")
    assert len(cohort.run()) == 2
    assert cohort.states("bo") == {
        "This is a link, which is not followed: hand in the file itself."
    }
    (cy,) = (row for row in cohort.rows() if row["student"] == "cy")
    assert cy["state"].startswith("This is no zip file that can be read")
    assert (cy["exercise"], cy["points"], cy["of"]) == ("", "", "")
    assert cohort.states("di") == {"not one of the course's exercises"}
    assert cohort.counts["problems"] == 3 and cohort.counts["done"] == 4
    # mended: it is graded
    (cohort.submissions / "bo.ipynb").unlink()
    cohort.put("bo")
    assert len(cohort.run()) == 1 and cohort.states("bo") == {"right"}


def test_a_process_that_dies_once_costs_nothing(cohort):
    cohort.put("ada", do="die once"), cohort.put("bo")
    assert len(cohort.run(jobs=1)) == 3
    assert cohort.states("ada") == cohort.states("bo") == {"right"}


def test_a_process_that_dies_again_is_a_row_and_harms_nobody_else(cohort):
    for n in range(6):
        cohort.put(f"s{n}", do="die" if n in (0, 3) else "")
    assert len(cohort.run()) == 4 + 2 * 2
    for n in range(6):
        assert cohort.states(f"s{n}") == ({DIED} if n in (0, 3) else {"right"})
    assert len(cohort.run()) == 2 * 2  # another run tries again


def test_a_process_that_hangs_is_ended(cohort, monkeypatch):
    monkeypatch.setattr(batch, "patience", lambda settings: 3)
    cohort.put("ada", do="hang"), cohort.put("bo")
    cohort.run()
    assert cohort.states("ada") == {HUNG} and cohort.states("bo") == {"right"}
    assert cohort.seconds("ada") >= 2 * 3  # twice


@pytest.mark.parametrize(("do", "times"), [("die", 2), ("raise", 1)])
def test_what_fails_is_charged_the_time_that_it_took(cohort, do, times):
    for n in range(4):
        cohort.put(f"M_9_assignsubmission_file/{n}", do=do)
    cohort.put("zoe")
    slow = functools.partial(StandIn, cohort.log, 0.3)
    settings = Settings(Limits(student_seconds=0.3 * times + 0.1))
    # Two take longer than that together; one more was given before they had.
    assert len(cohort.run(settings, jobs=1, make_grader=slow)) <= 3 * times + 1
    assert cohort.seconds("M_9") >= 0.3 * times
    assert cohort.states("zoe") == {"right"}


def test_a_grader_that_fails_is_a_row(cohort):
    cohort.put("ada", do="raise"), cohort.put("bo")
    cohort.run()
    assert cohort.states("ada") == {"the grader failed: RuntimeError: no such luck"}
    assert cohort.states("bo") == {"right"} and len(cohort.run()) == 1


def test_a_run_that_lost_the_process_it_forks_from_can_go_on(cohort):
    cohort.put("ada"), cohort.put("bo", do="end the server"), cohort.put("cy")
    with pytest.raises(CannotGrade, match="another run goes on"):
        cohort.run(jobs=1)
    cohort.put("bo")
    assert len(cohort.run(jobs=1)) == 2
    assert [cohort.states(name) for name in ("ada", "bo", "cy")] == 3 * [{"right"}]


def test_without_a_grader_nothing_is_graded(cohort):
    cohort.put("ada")
    with pytest.raises(CannotGrade, match="no sandbox is to be had here"):
        cohort.run(make_grader=NoSandbox)
    assert not (cohort.results / "grades.csv").exists()


def test_where_no_process_can_be_forked_nothing_is_graded(cohort, monkeypatch):
    cohort.put("ada")
    monkeypatch.delattr(os, "fork")
    with pytest.raises(CannotGrade, match="run it in WSL"):
        cohort.run()
    assert not cohort.results.exists()


def test_the_processes_end_with_the_run(cohort):
    for n in range(4):
        cohort.put(f"s{n}")
    cohort.run()
    closed = [line for line in cohort.log.read_text().splitlines() if line.startswith("closed")]
    assert len(closed) == 3  # two that grade, and the one they were forked from
    for line in closed:
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[1]), 0)


def test_a_process_ends_where_its_sign_to_end_comes_while_exceptions_are_dropped():
    code = """if True:
        import os, signal, sys
        from ce_course.grading import processes
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        sys.unraisablehook = processes._end_at_once
        class Dropped:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGTERM)
        Dropped()
        print("goes on")
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


# ---------------------------------------------------------------- chapters and attempts


def test_the_chapter_is_told_by_option_folder_content_or_file_name(cohort):
    cohort.put(f"{OTHER}/ada", chapter="")
    cohort.put("bo", chapter=CHAPTER)
    cohort.put(f"{OTHER} (1)", chapter="")
    cohort.put(f"cy_{OTHER}", chapter=CHAPTER)
    cohort.run()
    told = {row["student"]: row["assignment"] for row in cohort.rows()}
    assert told == {
        "ada": OTHER,
        "bo": CHAPTER,
        f"{OTHER} (1)": OTHER,
        f"cy_{OTHER}": CHAPTER,
    }
    cohort.run(Settings(chapter=CHAPTER))
    told = {row["student"]: row["assignment"] for row in cohort.rows()}
    assert set(told.values()) == {CHAPTER} and len(told) == 4
    assert cohort.states("ada") == {
        f"Not graded: it lies in the folder of another chapter, {OTHER}."
    }


def test_the_last_attempt_counts(cohort):
    for name in ("work", "work-1", "work-2"):
        state = "right" if name == "work-2" else "wrong"
        cohort.put(f"Ada_101_assignsubmission_file_/{name}", sigmoid=state)
    cohort.put("Ada_101_assignsubmission_file_/other", chapter=OTHER)
    cohort.run()
    rows = [row for row in cohort.rows() if row["assignment"] == CHAPTER]
    assert {row["student"] for row in rows} == {"Ada_101"}
    last = "Ada_101_assignsubmission_file_/work-2.ipynb"
    not_counted = [row for row in rows if row["state"].startswith("not counted")]
    assert [(row["points"], row["state"]) for row in not_counted] == [
        ("", f"not counted: a later attempt is {last}")
    ] * 2
    assert sum(float(row["points"] or 0) for row in rows) == 8


def test_nobody_is_lost_where_a_name_may_stand_for_two(cohort):
    cohort.put("week2/ada"), cohort.put("week2/bo"), cohort.put("week3/ada")
    cohort.run()
    students = {row["student"] for row in cohort.rows() if row["state"] == "right"}
    assert students == {"week2/ada", "week2/bo", "week3"}


def test_one_students_share_of_the_time_has_an_end(cohort):
    """Each takes half a second, as the stand-in says. The others' all count."""
    for n in range(5):
        cohort.put(f"M_9_assignsubmission_file/{n}")
    cohort.put("ada"), cohort.put("zoe")
    settings = Settings(Limits(student_seconds=1.2))
    assert len(cohort.run(settings, jobs=1)) == 6  # one was given before the third had its time
    why = "Not graded: the notebooks of this submission had taken 1.2 seconds already."
    assert cohort.states("ada") == cohort.states("zoe") == {"right"}
    late = [row["student"] for row in cohort.rows() if row["state"] == why]
    assert late == ["M_9"]
    before = files(cohort.results)
    assert cohort.run(settings) == [] and files(cohort.results) == before


# ---------------------------------------------------------------- the folder of results


@pytest.mark.parametrize("kind", ["a file", "a folder of others"])
def test_results_do_not_overwrite_what_is_not_theirs(cohort, kind):
    cohort.put("ada")
    if kind == "a file":
        cohort.results.write_text("mine")
    else:
        cohort.results.mkdir()
        (cohort.results / "grades.csv").write_text("mine")
    before = files(cohort.folder)
    with pytest.raises(CannotGrade, match=r"name a (new|folder)"):
        cohort.run()
    with pytest.raises(CannotGrade, match="name a new"):
        cohort.run(results=cohort.submissions)
    assert files(cohort.folder) == before


def test_results_among_the_submissions_are_not_graded(cohort):
    cohort.put("ada")
    inside = cohort.submissions / "results"
    for _ in range(2):
        cohort.run(results=inside)
        assert {row["student"] for row in cohort.rows(inside)} == {"ada"}


def test_two_runs_do_not_write_to_the_same_results(cohort):
    cohort.put("ada")
    cohort.run()
    with (
        filelock.FileLock(cohort.results / batch.STATE / "lock"),
        pytest.raises(CannotGrade, match="another run is writing"),
    ):
        cohort.run()
    assert cohort.run() == []


def test_no_submissions_at_all(cohort):
    cohort.run()
    assert cohort.rows() == [] and (cohort.results / "cohort.html").exists()


def test_a_spoilt_state_is_graded_again(cohort):
    cohort.put("ada")
    cohort.run()
    (state,) = (cohort.results / batch.STATE).glob("*.json")
    before = state.read_bytes()
    for spoilt in (b"", before[:100], b"[]", b'{"final": true}'):
        state.write_bytes(spoilt)
        assert len(cohort.run()) == 1 and state.read_bytes() == before


# ---------------------------------------------------------------- stopped and killed


def start(cohort, seconds=0.05):
    """Start grading in a process of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    program = cohort.folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, program, cohort.submissions, cohort.results, cohort.log]
    return subprocess.Popen(
        [*map(str, command), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c():
    """What a shell starts in the background ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def many(cohort, count=30):
    for n in range(count):
        state = ["right", "wrong", "raised", "not attempted"][n % 4]
        cohort.put(f"s{n}", sigmoid=state, chapter=[CHAPTER, OTHER][n % 2])
    (cohort.submissions / "broken.zip").write_bytes(b"no zip")


def test_killed_ten_times_at_random_the_results_are_those_of_an_undisturbed_run(cohort):
    many(cohort)
    undisturbed = cohort.folder / "undisturbed"
    cohort.run(results=undisturbed, formats=["csv", "gradescope"])
    random_time = random.Random(5)
    graded_before_the_end = 0
    for _ in range(10):
        process = start(cohort)
        steps = random_time.randint(0, 8)
        for _ in range(steps):
            process.stdout.readline()
        time.sleep(random_time.random() * 0.1)
        process.kill()
        process.communicate()
        for name in ("grades.csv", "cohort.html"):
            path = cohort.results / name
            assert not path.exists() or path.read_bytes() == (undisturbed / name).read_bytes()
        graded_before_the_end = max(graded_before_the_end, len(states(cohort)))
    assert graded_before_the_end > 0
    process = start(cohort, 0)
    process.communicate(timeout=60)
    assert process.returncode == 0 and files(cohort.results) == files(undisturbed)


def alive(session: int) -> list[psutil.Process]:
    """The processes of a session that run."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def states(cohort):
    return list((cohort.results / batch.STATE).glob("*.json"))


def test_what_a_killed_run_left_half_written_is_removed(cohort):
    cohort.put("ada")
    cohort.run(formats=["gradescope"])
    before = sorted(cohort.results.rglob("*"))
    folders = {path.parent for path in before if path.is_file()}
    assert len(folders) == 4
    for folder in folders:
        (folder / ".grades.csv-abcd_123.tmp").write_text("half")
    (cohort.results / ".mine.tmp").write_text("the teacher's")
    cohort.run(formats=["gradescope"])
    assert sorted(cohort.results.rglob("*")) == sorted([*before, cohort.results / ".mine.tmp"])


def test_ctrl_c_stops_all_processes_and_the_next_run_goes_on(cohort):
    many(cohort)
    process = start(cohort, 0.2)
    while int(process.stdout.readline()) < 4:
        pass
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    stderr = process.communicate(timeout=30)[1]
    assert process.returncode == -signal.SIGINT and stderr.count("Traceback") == 1
    until = time.monotonic() + 20
    while left := alive(process.pid):
        assert time.monotonic() < until, left
        time.sleep(0.05)
    done = len(states(cohort))
    assert 4 <= done < 31
    assert len(cohort.run()) == 31 - done


# ---------------------------------------------------------------- a cluster


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_results(cohort, cluster):
    many(cohort, 12)
    cohort.run(results=cohort.folder / "here")
    assert len(cohort.run(scheduler=cluster.scheduler_address)) == 12
    assert files(cohort.results) == files(cohort.folder / "here")
    assert cohort.run(scheduler=cluster.scheduler_address) == []


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_without_a_sandbox_grades_nothing(cohort, cluster):
    cohort.put("ada")
    with pytest.raises(CannotGrade, match="no sandbox is to be had here"):
        cohort.run(scheduler=cluster.scheduler_address, make_grader=NoSandbox)


def test_a_scheduler_that_is_not_there(cohort):
    pytest.importorskip("distributed")
    cohort.put("ada")
    with pytest.raises(CannotGrade, match="no Dask scheduler at nowhere"):
        cohort.run(scheduler="nowhere")


# ---------------------------------------------------------------- with the course's own grader

LOOK = """
import gc, os, sys, types
def seen():
    known = ("answer", "call", "compare", "exercise", "data", "grades", "launch", "processes",
             "protocol", "sandbox", "shells", "start", "worker", "ce_course", "checks",
             "check")  # what stands in its place calls itself so
    gc.unfreeze()  # what is loaded before a fork is frozen, and else not told
    made = [o for o in gc.get_objects() if isinstance(o, (type, types.FunctionType))]
    theirs = {str(o.__module__) for o in made if str(o.__module__).startswith("ce_course")}
    return [sorted(m for m in theirs if m.rpartition(".")[2] not in known),
            "ce_course.grading.processes" in theirs,
            [name for name in os.environ if "SECRET" in name],
            [text for text in sys.orig_argv + sys.path if "submitted" in text], sys.argv]
raise Warning(str(seen()))
if False:
    def sigmoid(z): pass
"""


def test_student_code_is_forked_from_a_process_that_knew_nothing(tmp_path, monkeypatch):
    """Not where the run is, not its environment, and no module that holds what is right.

    That it knew the module `processes` shows that it was forked, and not started anew.
    """
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": LOOK}]
    made = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    folder = tmp_path / "submitted" / "ada" / CHAPTER
    folder.mkdir(parents=True)
    (folder / f"{CHAPTER}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "submitted")
    monkeypatch.syspath_prepend(tmp_path / "submitted")
    monkeypatch.setenv("SECRET_TOKEN", "abc")
    batch.grade(".", tmp_path / "results", Settings(), jobs=1)
    (state,) = (tmp_path / "results" / batch.STATE).glob("*.json")
    graded = json.loads(state.read_text(encoding="utf-8"))["grade"]["exercises"]
    told = next(each["feedback"] for each in graded if each["exercise"] == "sigmoid")
    assert told.partition("raised Warning: ")[2] == "[[], True, [], [], ['']]"
