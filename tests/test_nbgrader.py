"""nbgrader itself works on this course: a chapter is released and graded with its commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ce_course import catalogue
from ce_course.authoring import publish
from ce_course.checks.by_name import exercises_of

ROOT = publish.ROOT
CHAPTER = catalogue.chapter("01_information_theory")
NOTEBOOK = f"{CHAPTER.name}/{CHAPTER.name}.ipynb"
SCORES = """
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db", "cross-entropy") as book:
    for submission in book.assignment_submissions("{name}"):
        print(submission.student.id, submission.score, submission.max_score)
"""


def run(folder, *command):
    # nbgrader starts alembic by name, so the environment's own programs must be found.
    programs = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": programs + os.pathsep + os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "CE_COURSE_HOME": str(folder / "home"),
    }
    ran = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def copy(source, target):
    """A submission in a kernel that every environment has."""
    notebook = nbformat.read(source, 4)
    notebook.metadata["kernelspec"]["name"] = "python3"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course with one chapter released and two submissions graded."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    copy(ROOT / "solutions" / NOTEBOOK, folder / "solutions" / NOTEBOOK)
    run(folder, "-m", "nbgrader", "generate_assignment", CHAPTER.name)
    copy(ROOT / "solutions" / NOTEBOOK, folder / "submitted" / "solved" / NOTEBOOK)
    copy(ROOT / "exercises" / NOTEBOOK, folder / "submitted" / "untouched" / NOTEBOOK)
    run(folder, "-m", "nbgrader", "autograde", CHAPTER.name)
    return folder


def test_its_release_is_our_exercises_notebook(course):
    theirs = nbformat.read(course / "exercises" / NOTEBOOK, 4)
    ours = nbformat.read(ROOT / "exercises" / NOTEBOOK, 4)
    assert theirs.cells == ours.cells


def test_solutions_get_full_marks_and_the_untouched_notebook_none(course):
    points = float(sum(e.points for e in exercises_of(CHAPTER)))
    lines = run(course, "-c", SCORES.format(name=CHAPTER.name)).splitlines()
    assert sorted(lines) == [f"solved {points} {points}", f"untouched 0.0 {points}"]


def test_an_ungraded_cell_says_not_attempted(course):
    graded = nbformat.read(course / "autograded" / "untouched" / NOTEBOOK, 4)
    checks = [c for c in graded.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert len(checks) == len(CHAPTER.exercises)
    for cell in checks:
        (output,) = (o for o in cell.outputs if o.output_type == "error")
        assert output.ename == "CheckFailed"
        assert "not attempted yet" in output.evalue


def test_grading_leaves_no_record_of_progress(course):
    assert not (course / "home" / "progress.json").exists()
