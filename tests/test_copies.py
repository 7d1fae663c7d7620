"""The learner's copies: handed out, refreshed while untouched, kept once written in."""

import json
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import nbformat
import pytest

from ce_course.lab import copies, opening
from ce_course.widgets.board import as_html

ROOT = Path(__file__).parents[1]
CHAPTER, EXERCISE = "notebooks/01_a.ipynb", "exercises/01_a/01_a.ipynb"


def write(path, *sources, output=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(text, id=f"c{i}") for i, text in enumerate(sources)]
    if output:
        cells[0].outputs = [nbformat.v4.new_output("stream", text=output)]
        cells[0].execution_count = 1
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)


KERNEL = {"name": "ce-course", "display_name": "Cross-entropy course", "language": "python"}


def said(path):
    return [cell.source for cell in nbformat.read(path, 4).cells]


def git(root, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    run = subprocess.run(["git", "-C", root, *who, *arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture
def course(tmp_path):
    """A checkout of a course of one chapter."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    root = tmp_path / "course"
    write(root / CHAPTER, "1 + 1", "predict('x')", output="2\n")
    write(root / EXERCISE, "raise NotImplementedError")
    shutil.copy(ROOT / ".gitignore", root)
    git(root, "init", "-q")
    commit(root)
    return root


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-qm", "an edition")


# ------------------------------------------------------------------ the decision


@pytest.mark.parametrize(
    ("course", "handed_out", "present", "expected"),
    [
        ("a", None, None, "write"),  # the first time
        ("a", "a", None, "write"),  # the copy was deleted
        ("b", "a", None, "write"),
        ("a", "a", "a", "leave"),
        ("a", "a", "x", "leave"),  # written in, and the course is as it was
        ("b", "a", "a", "write"),  # not touched
        ("b", "a", "x", "keep"),  # both have changed
        ("b", "a", "b", "leave"),  # changed alike
        ("a", None, "x", "leave"),  # a copy of the learner's own making
    ],
)
def test_decision(course, handed_out, present, expected):
    assert copies.decide(course, handed_out, present) == expected


def test_what_a_learner_wrote_is_never_written_over():
    for course, handed_out, present in product("ab", "ab", "abx"):
        if copies.decide(course, handed_out, present) == "write":
            assert present == handed_out


def test_the_digest_is_of_what_the_cells_say():
    notebook = {"cells": [{"cell_type": "code", "source": ["a\n", "b"], "outputs": []}]}
    one = copies.digest(notebook)
    cell = notebook["cells"][0]
    alike = {"cell_type": "code", "source": "a\nb", "outputs": [1], "id": "x", "metadata": {}}
    assert copies.digest({"cells": [alike], "metadata": {"x": 1}}) == one
    for other in ([cell, cell], [cell | {"source": "ab"}], [cell | {"cell_type": "markdown"}], []):
        assert copies.digest({"cells": other}) != one


# ------------------------------------------------------------------ a checkout


def test_the_first_time(course):
    assert copies.hand_out(course) == [
        "Your own copies of the notebooks are in the folder my_course: work there."
    ]
    mine = course / "my_course"
    assert said(mine / CHAPTER) == ["1 + 1", "predict('x')"]
    assert said(mine / EXERCISE) == ["raise NotImplementedError"]
    notebook = nbformat.read(mine / CHAPTER, 4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells)
    assert notebook.metadata.kernelspec == KERNEL
    assert git(course, "status", "--porcelain") == ""
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")}
    assert copies.hand_out(course) == []
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")} == before


def test_an_update_refreshes_what_was_only_run(course):
    copies.hand_out(course)
    write(course / "my_course" / CHAPTER, "1 + 1", "predict('x')", output="2\n")
    write(course / CHAPTER, "1 + 2")
    commit(course)
    (sentence,) = copies.hand_out(course)
    assert "written nothing (1)" in sentence
    assert said(course / "my_course" / CHAPTER) == ["1 + 2"]
    assert copies.hand_out(course) == []


def test_an_update_keeps_what_was_written(course):
    copies.hand_out(course)
    mine = course / "my_course" / EXERCISE
    for number, kept in enumerate(["01_a.yours.ipynb", "01_a.yours-2.ipynb"]):
        write(mine, f"return {number}")
        assert copies.hand_out(course) == []
        assert said(mine) == [f"return {number}"]
        write(course / EXERCISE, f"raise NotImplementedError({number})")
        commit(course)
        (sentence,) = copies.hand_out(course)
        assert sentence.endswith(f"as my_course/exercises/01_a/{kept}.")
        assert said(mine) == [f"raise NotImplementedError({number})"]
        assert said(mine.with_name(kept)) == [f"return {number}"]
        assert copies.hand_out(course) == []
    assert git(course, "status", "--porcelain") == ""


def test_work_in_the_old_folders_is_taken_along(course):
    write(course / EXERCISE, "return 1")
    _, taken = copies.hand_out(course)
    assert taken == f"What you had written in {EXERCISE} is taken along to my_course."
    mine = course / "my_course" / EXERCISE
    assert said(mine) == said(course / EXERCISE) == ["return 1"]
    # going back to the course's own in the old folder takes nothing away, nor does an update
    git(course, "checkout", "-q", "exercises")
    assert copies.hand_out(course) == []
    assert said(mine) == ["return 1"]
    write(course / EXERCISE, "raise NotImplementedError('new')")
    commit(course)
    copies.hand_out(course)
    assert said(mine.with_name("01_a.yours.ipynb")) == ["return 1"]


def test_work_in_the_old_folders_is_taken_along_later_too_but_not_over_other_work(course):
    copies.hand_out(course)
    mine = course / "my_course" / EXERCISE
    write(course / EXERCISE, "return 1")
    assert "taken along" in copies.hand_out(course)[0]
    assert said(mine) == ["return 1"]
    write(mine, "return 2")
    write(course / EXERCISE, "return 3")
    assert copies.hand_out(course) == []
    assert (said(mine), said(course / EXERCISE)) == (["return 2"], ["return 3"])


def test_work_that_was_copied_by_hand_before_an_update_with_its_first_copies(course, tmp_path):
    """As README says where `git pull` would overwrite work in the old folders."""
    mine = tmp_path / "mine"
    git(tmp_path, "clone", "-q", course, mine)
    write(mine / EXERCISE, "return 1")
    write(mine / CHAPTER, "1 + 1", "predict('x')", output="2, of my own")
    write(course / EXERCISE, "raise NotImplementedError('new')")
    write(course / CHAPTER, "1 + 2")
    commit(course)
    for folder in ("exercises", "notebooks"):
        shutil.copytree(mine / folder, mine / "my_course" / folder)
    git(mine, "checkout", "-q", "exercises", "notebooks")
    git(mine, "pull", "-q")
    copies.hand_out(mine)
    exercise = mine / "my_course" / EXERCISE
    assert said(exercise) == ["raise NotImplementedError('new')"]
    assert said(exercise.with_name("01_a.yours.ipynb")) == ["return 1"]
    assert said(mine / "my_course" / CHAPTER) == ["1 + 2"]
    assert not list((mine / "my_course" / "notebooks").glob("*.yours*"))


def test_without_git_and_in_folders_that_were_copied_by_hand(course):
    shutil.rmtree(course / ".git")
    write(course / "my_course" / EXERCISE, "return 1")
    copies.hand_out(course)
    assert said(course / "my_course" / EXERCISE) == ["return 1"]
    write(course / EXERCISE, "raise NotImplementedError('new')")
    copies.hand_out(course)
    assert said((course / "my_course" / EXERCISE).with_name("01_a.yours.ipynb")) == ["return 1"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", ""])
def test_a_damaged_copy_is_kept_and_replaced(course, text):
    copies.hand_out(course)
    mine = course / "my_course" / CHAPTER
    mine.write_text(text)
    (sentence,) = copies.hand_out(course)
    assert sentence.endswith("my_course/notebooks/01_a.yours.ipynb.")
    assert said(mine) == ["1 + 1", "predict('x')"]
    assert mine.with_name("01_a.yours.ipynb").read_text() == text


@pytest.mark.parametrize(
    "text", ["<<<<<<< HEAD\n{}\n", '{"worksheets": []}', '{"cells": [{}]}', b"\xe9 not UTF-8"]
)
def test_what_was_committed_damaged_stops_nothing(course, text):
    """A conflict that was committed with its marks, for example, and mended since."""
    copies.hand_out(course)
    damaged = text if isinstance(text, bytes) else text.encode()
    (course / CHAPTER).write_bytes(damaged)
    commit(course)
    copies.hand_out(course)
    write(course / CHAPTER, "mended")
    copies.hand_out(course)
    assert said(course / "my_course" / CHAPTER) == ["mended"]
    commit(course)
    git(course, "update-ref", "ORIG_HEAD", "HEAD~1")
    (course / "my_course" / copies.MANIFEST).unlink()
    write(course / "my_course" / CHAPTER, "mine")
    copies.hand_out(course)
    assert said(course / "my_course" / CHAPTER) == ["mine"]


def test_a_lost_manifest_loses_nothing(course):
    copies.hand_out(course)
    write(course / "my_course" / EXERCISE, "return 1")
    (course / "my_course" / copies.MANIFEST).write_text("{")
    copies.hand_out(course)
    assert said(course / "my_course" / EXERCISE) == ["return 1"]


# ------------------------------------------------------------------ the course itself


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    for folder in ("notebooks", "exercises"):
        shutil.copytree(ROOT / folder, root / folder)
    copies.hand_out(root)
    return root / copies.FOLDER


def test_every_notebook_has_its_copy(own):
    for pattern in copies.PATTERNS:
        for path in ROOT.glob(pattern):
            copy = own / path.relative_to(ROOT)
            assert copies.digest(json.loads(copy.read_text())) == copies.digest(
                json.loads(path.read_text())
            )


def test_links_lead_somewhere_from_the_copies(own):
    found = 0
    for path in own.rglob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "markdown":
                for link in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", cell.source):
                    assert (path.parent / link).exists(), (path.name, link)
                    found += 1
    assert found > 20


def test_the_board_links_to_the_copies(own):
    from ce_course import catalogue
    from ce_course.support import record

    counts = dict.fromkeys(("exercises", "passed", "questions", "answered", "right"), 0)
    html = as_html({catalogue.CHAPTERS[1]: counts}, record.summary(), own / "notebooks")
    assert 'href="../exercises/01_information_theory/01_information_theory.ipynb"' in html


# ------------------------------------------------------------------ opening


@pytest.fixture
def opened(course, monkeypatch, capsys):
    """What is opened, and what is said."""
    monkeypatch.setattr(opening.extension, "install", lambda: None)
    monkeypatch.setattr(opening, "ROOT", course)
    return lambda: (opening.prepare(), capsys.readouterr().out)


def test_the_lab_opens_the_copy(opened):
    notebook, words = opened()
    assert notebook == "my_course/notebooks/00_start_here.ipynb"
    assert "work there" in words


def test_where_nothing_can_be_written_the_notebooks_open(opened, course, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("the folder is read-only")

    monkeypatch.setattr(copies, "write_whole", refuse)
    notebook, words = opened()
    assert notebook == "notebooks/00_start_here.ipynb"
    assert "the folder is read-only" in words
    copy = course / "my_course" / "notebooks" / "00_start_here.ipynb"
    write(copy, "mine")  # a full disk, for example, after years of work
    assert opened()[0] == "my_course/notebooks/00_start_here.ipynb"
    assert said(copy) == ["mine"]


# ------------------------------------------------------------------ a course that many share


def test_copies_in_a_home_of_their_own(course, tmp_path):
    ada, bo = tmp_path / "ada", tmp_path / "bo"
    ada.mkdir(), bo.mkdir()
    for home in (ada, bo):
        assert copies.hand_out(course, home) == [copies.SAID["begun"].format("my_course", n=1)]
    write(ada / "my_course" / EXERCISE, "mine")
    # what is edited in the shared course is the teacher's, committed or not
    write(course / CHAPTER, "2 + 2")
    write(course / EXERCISE, "raise NotImplementedError", "more")
    (kept, refreshed) = sorted(copies.hand_out(course, ada), reverse=True)[:2]
    assert "my_course/exercises/01_a/01_a.yours.ipynb" in kept + refreshed
    copies.hand_out(course, bo)
    for home in (ada, bo):
        assert said(home / "my_course" / CHAPTER) == ["2 + 2"]
        assert said(home / "my_course" / EXERCISE) == ["raise NotImplementedError", "more"]
    assert said(ada / "my_course" / "exercises" / "01_a" / "01_a.yours.ipynb") == ["mine"]
    assert not (course / "my_course").exists()
