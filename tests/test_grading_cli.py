"""The command `ce-course grade`, with the real grader."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from click.testing import CliRunner

from ce_course import catalogue, cli
from ce_course.checks.by_name import exercises_of
from ce_course.grading import batch, grades
from ce_course.grading import start as server
from ce_course.grading.grades import Limits

ROOT = Path(__file__).parent.parent
CHAPTER = "02_binary_cross_entropy"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def invoke(*arguments):
    return CliRunner().invoke(cli.app, ["grade", *map(str, arguments)])


def start(folder, *arguments):
    """The command in a process and session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ce_course", "grade", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c():
    """What a shell starts in the background ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rows(results):
    with open(results / "grades.csv", newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def timeless(results):
    """All results but the times, which are measured."""
    found = {}
    for path in sorted(results.rglob("*")):
        if path.is_file() and batch.STATE not in path.parts:
            text = path.read_text(encoding="utf-8")
            text = re.sub(r",[\d.]+$", "", text, flags=re.M) if path.suffix == ".csv" else text
            found[path.relative_to(results)] = re.sub(r"<li>Time: .*</li>", "", text)
    return found


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    """Solved, untouched, mistaken, broken and late submissions of two chapters."""
    folder = tmp_path_factory.mktemp("submissions")
    other = "01_information_theory"
    shutil.copy(ROOT / "solutions" / CHAPTER / f"{CHAPTER}.ipynb", folder / "solved.ipynb")
    shutil.copy(ROOT / "exercises" / CHAPTER / f"{CHAPTER}.ipynb", folder / "untouched.ipynb")
    shutil.copy(ROOT / "solutions" / other / f"{other}.ipynb", folder / "other.ipynb")
    solved = json.loads((folder / "solved.ipynb").read_text(encoding="utf-8"))
    for cell in solved["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "sigmoid":
            cell["source"] = "def sigmoid(z):\n    return np.exp(z) / (1 + np.exp(z))"
    for n in range(3):
        text = json.dumps(solved | {"metadata": {"n": n}})
        (folder / f"mistaken{n}.ipynb").write_text(text, encoding="utf-8")
    (folder / "broken.ipynb").write_text('{"cells": [')
    return folder


@pytest.fixture(scope="module")
def graded(submissions, tmp_path_factory):
    """The results of an undisturbed run, and what the command said."""
    results = tmp_path_factory.mktemp("graded") / "results"
    process = start(results.parent, submissions, "--out", results, "--jobs", 2)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return results, out, err


def test_the_marks(graded):
    results, _, _ = graded
    points = {}
    for row in rows(results):
        points.setdefault(row["student"], []).append((row["points"], row["of"], row["state"]))
    chapter = exercises_of(catalogue.chapter(CHAPTER))
    assert points["solved"] == [(f"{e.points}", f"{e.points}", "right") for e in chapter]
    assert points["untouched"] == [("0", f"{e.points}", "not attempted") for e in chapter]
    assert points["mistaken1"] == [("0", "1", "wrong"), *points["solved"][1:]]
    assert len(points["other"]) == 7 and {state for *_, state in points["other"]} == {"right"}
    ((no_points, of, state),) = points["broken"]
    assert (no_points, of) == ("", "") and "not valid JSON" in state


def test_the_pages(graded):
    results, _, _ = graded
    (page,) = results.glob("feedback/mistaken0-*.html")
    text = page.read_text(encoding="utf-8")
    assert "Known mistake: exp overflows." in text and "exponentiate nothing but" in text
    cohort = (results / "cohort.html").read_text(encoding="utf-8")
    assert "exp overflows" in cohort and "broken.ipynb" in cohort and "The sandbox of" in cohort


def test_what_the_command_says(graded):
    results, out, _ = graded
    assert out.splitlines() == [
        "7 submissions of 7 students, 7 of them graded now.",
        f"Marks: {results / 'grades.csv'}. For you: {results / 'cohort.html'}. "
        f"For students: {results / 'feedback'}.",
        "1 submission needs a look: see cohort.html.",
    ]


def test_run_again_it_grades_nothing(graded, submissions):
    results, _, _ = graded
    before = timeless(results)
    again = invoke(submissions, "--out", results)
    assert again.exit_code == 0 and "7 students, 0 of them graded now" in again.stdout
    assert timeless(results) == before


def test_killed_at_random_moments_the_results_are_the_same(graded, submissions, tmp_path):
    results = tmp_path / "results"
    for seconds in (0.5, 1.0, 1.5, 2.0):
        process = start(tmp_path, submissions, "--out", results, "--jobs", 2)
        time.sleep(seconds)
        process.kill()
        process.communicate()
    process = start(tmp_path, submissions, "--out", results, "--jobs", 1)
    assert process.wait(120) == 0 and process.communicate()
    assert timeless(results) == timeless(graded[0])


def test_ctrl_c_says_how_to_go_on(submissions, tmp_path):
    results = tmp_path / "results"
    process = start(tmp_path, submissions, "--out", results, "--jobs", 1)
    until = time.monotonic() + 60
    while len(list(results.glob(f"{batch.STATE}/*.json"))) < 2:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped. The same command goes on from here." in err and "Traceback" not in err
    assert not (results / "grades.csv").exists()
    again = invoke(submissions, "--out", results)
    graded_now = int(re.search(r"(\d) of them graded now", again.stdout)[1])
    assert again.exit_code == 0 and graded_now < 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--chapter", "02_binary"], "02_binary_cross_entropy"),
        (["--format", "csvv"], "Did you mean csv?"),
        (["--limit", "memory=3"], "Did you mean memory_mb?"),
        (["--limit", "memory_mb=much"], "expected a number greater than 0, got 'much'"),
        (["--limit", "memory_mb=-1"], "expected a number greater than 0, got '-1'"),
        (["--seed", "-1"], "--seed"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_options_that_cannot_be(submissions, tmp_path, arguments, said):
    result = invoke(submissions, "--out", tmp_path / "results", *arguments)
    assert result.exit_code == 2
    assert said in re.sub(r"\s*[│\n]\s*", " ", result.output)
    assert not (tmp_path / "results").exists()


def test_submissions_that_are_not_there(tmp_path):
    assert invoke(tmp_path / "nowhere", "--out", tmp_path / "results").exit_code == 2


def test_results_that_are_not_ours(submissions, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    result = invoke(submissions, "--out", tmp_path)
    assert result.exit_code == 1 and "Nothing was graded" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_full_disk_is_told(submissions, tmp_path, monkeypatch):
    def full(path, text, **_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(batch, "write_whole", full)
    result = invoke(submissions, "--out", tmp_path / "results")
    assert result.exit_code == 1
    assert "Stopped: [Errno 28] No space left on device" in result.output


def test_a_format_that_needs_what_is_not_installed(submissions, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "find_spec", lambda name: None)
    result = invoke(submissions, "--out", tmp_path / "results", "--format", "nbgrader")
    assert result.exit_code == 1 and "pip install -e '.[teach]'" in result.output


NBGRADERS_MARKS = """
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db", "cross-entropy") as book:
    found = book.find_submission("{chapter}", "{student}").notebooks[0].grades
    print(json.dumps({{each.name: each.score for each in found}}))
"""


def test_nbgrader_itself_gives_the_same_marks(graded, submissions, tmp_path):
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "CE_COURSE_HOME": str(tmp_path / "home"),
    }

    def run(*command):
        ran = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "solutions" / CHAPTER, tmp_path / "solutions" / CHAPTER)
    notebook = nbformat.read(submissions / "mistaken0.ipynb", 4)
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    target = tmp_path / "submitted" / "mistaken0" / CHAPTER / f"{CHAPTER}.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)
    run("-m", "nbgrader", "generate_assignment", CHAPTER)
    run("-m", "nbgrader", "autograde", CHAPTER)
    theirs = json.loads(run("-c", NBGRADERS_MARKS.format(chapter=CHAPTER, student="mistaken0")))
    ours = {
        f"check_{row['exercise']}": float(row["points"])
        for row in rows(graded[0])
        if row["student"] == "mistaken0"
    }
    assert ours == theirs and sum(ours.values()) == 7


def test_limits_are_read():
    assert grades.limits([]) == Limits()
    limits = grades.limits(["memory_mb=4096", "cell_seconds=1.5"])
    assert limits == Limits(memory_mb=4096, cell_seconds=1.5)


def test_the_instructors_lines_in_the_readme_run_as_written(tmp_path):
    section = README.split("## Grading a cohort")[1].split("\n## ")[0]
    lines = re.search(r"```\n(.*?)```", section, re.S)[1]
    assert len(lines.splitlines()) <= 5
    for name in ("solutions", "exercises", "ce_course"):
        (tmp_path / name).symlink_to(ROOT / name)
    program = tmp_path / "bin" / "ce-course"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ce_course "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    lines = lines.replace(". .venv/bin/activate\n", "")
    ran = subprocess.run(
        ["bash", "-e", "-c", lines], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    marks = [row["points"] for row in rows(tmp_path / "results") if row["student"] == "ada"]
    assert marks == ["1", "1", "1", "1", "1", "2", "1"]
    assert len({row["student"] for row in rows(tmp_path / "results")}) == 2


def test_a_server_that_was_started_early_is_used_once_and_ends_with_its_connection():
    server.early()
    assert len(server._early) == 1
    first, second = server.server(), server.server()
    assert first[0].pid != second[0].pid
    for process, connection in (first, second):
        assert process.poll() is None
        connection.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_a_run_that_was_ended(how, submissions, tmp_path, monkeypatch):
    """Without a sandbox it shares our processes and needs a folder among our files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    for n, seconds in enumerate((0.1, 0.2, 0.3, 0.4, 0.6, 0.9, None)):
        run = start(tmp_path, submissions, "--out", f"results{n}", "--unsafe-no-sandbox")
        if seconds is None:
            seconds = 0.0
            while not list(temporary.glob("*/*")):  # until student code runs
                assert run.poll() is None
        time.sleep(seconds)
        theirs = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(how)
        _, errors = run.communicate()
        assert "/ce_course/" not in errors  # a traceback only from before our code is reached
        _, alive = psutil.wait_procs(theirs, timeout=10)
        assert alive == []
    assert list(temporary.iterdir()) == []


# Runs a command without `unshare`, as many containers do: namespaces cannot be made.
CONTAINER = """if True:
    import ctypes, os, platform, struct, sys
    unshare = {"x86_64": 272, "aarch64": 97}[platform.machine()]
    load, equal, end = 0x20, 0x15, 0x06
    steps = [(load, 0, 0, 0), (equal, 0, 1, unshare), (end, 0, 0, 0x50001), (end, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"""


@pytest.mark.skipif(sys.platform != "linux", reason="containers are Linux's")
def test_where_namespaces_are_denied_the_next_sandbox_grades(submissions, tmp_path):
    """Even if the first notebook is one for the second set of libraries."""
    folder = tmp_path / "submitted"
    folder.mkdir()
    solved = json.loads((submissions / "solved.ipynb").read_text(encoding="utf-8"))
    magic = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "%precision 3"}
    (folder / "a.ipynb").write_text(json.dumps(solved | {"cells": [magic, *solved["cells"]]}))
    (folder / "b.ipynb").write_text(json.dumps(solved))
    command = ["-m", "ce_course", "grade", str(folder), "--out", "results", "--jobs", "1"]
    ran = subprocess.run(
        [sys.executable, "-c", CONTAINER, *command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert {row["state"] for row in rows(tmp_path / "results")} == {"right"}
    states = (tmp_path / "results" / batch.STATE).glob("*.json")
    levels = [json.loads(each.read_text())["sandbox"]["level"] for each in states]
    assert levels == ["landlock", "landlock"]
