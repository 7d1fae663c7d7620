"""exercises/ comes from solutions/ and agrees with it; notebooks run and keep their outputs."""

import re
import shutil
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

from ce_course import catalogue
from ce_course.authoring import publish
from ce_course.checks.by_name import exercises_of
from ce_course.widgets import stored

ROOT = publish.ROOT
WITH_EXERCISES = [chapter for chapter in catalogue.CHAPTERS if chapter.exercises]
every_chapter = pytest.mark.parametrize("chapter", WITH_EXERCISES, ids=lambda c: c.name)
SOLUTION = {"grade": False, "locked": False, "solution": True}
CHECK = {"grade": True, "locked": True, "solution": False, "points": 1}


def test_exercises_agree_with_solutions():
    assert publish.disagreements() == []


# ------------------------------------------------------------------ the solutions notebooks


def notebook(folder, chapter):
    return nbformat.read(ROOT / folder / chapter.name / f"{chapter.name}.ipynb", 4)


def marked(cells, kind):
    return {
        cell.metadata.nbgrader.grade_id: place
        for place, cell in enumerate(cells)
        if cell.metadata.get("nbgrader", {}).get(kind)
    }


@every_chapter
def test_each_exercise_has_task_code_and_check_in_this_order(chapter):
    cells = notebook("solutions", chapter).cells
    places, checks = marked(cells, "solution"), marked(cells, "grade")
    assert tuple(places) == chapter.exercises
    for exercise in exercises_of(chapter):
        place = places[exercise.name]
        task, code, check, hints = cells[place - 1 : place + 3]
        assert f"`{exercise.signature}`" in task.source
        assert f"Difficulty {exercise.difficulty} of 3" in task.source
        assert re.search(rf"\b{exercise.minutes} minutes\b", task.source)
        lines = [line.strip() for line in code.source.splitlines()]
        assert lines.count("### BEGIN SOLUTION") == lines.count("### END SOLUTION") == 1
        assert lines[-1] == "### END SOLUTION"
        assert checks[f"check_{exercise.name}"] == place + 1
        argument = f"{exercise.name}={exercise.name}" if exercise.is_value else exercise.name
        assert check.source == f"check({argument})"
        assert check.metadata.nbgrader.points == exercise.points
        assert hints.cell_type == "markdown"
        assert hints.source.startswith("<details>")


@every_chapter
def test_the_exercises_notebook_holds_stubs_and_no_outputs(chapter):
    cells = notebook("exercises", chapter).cells
    text = "\n".join(cell.source for cell in cells)
    assert "SOLUTION" not in text
    assert text.count("# Your code here\n") == len(chapter.exercises)
    for name, place in marked(cells, "solution").items():
        assert cells[place].source.rstrip().endswith("raise NotImplementedError"), name
    for cell in cells:
        if cell.cell_type == "code":
            compile(cell.source, cell.id, "exec")
            assert cell.outputs == [] and cell.execution_count is None


# ------------------------------------------------------------------ deriving


def code_cell(source, name, **kind):
    mark = {"grade_id": name, "schema_version": 3, "task": False, **kind}
    return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": mark})


@pytest.fixture
def course(tmp_path):
    """A course of one chapter with one exercise."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    solved = (
        "def one():\n    '''One.'''\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    )
    cells = [
        nbformat.v4.new_markdown_cell("# One", id="title"),
        code_cell(solved, "one", **SOLUTION),
        code_cell("assert one() == 1\nprint('right')", "check_one", **CHECK),
    ]
    cells[2].outputs = [nbformat.v4.new_output("stream", text="right\n")]
    cells[2].execution_count = 2
    write(tmp_path / "solutions/c/c.ipynb", cells)
    return tmp_path


def write(path, cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(nb, path)


def test_deriving_cuts_the_solution_and_locks_the_check(course):
    (path,) = publish.derive_exercises(course)
    assert path == course / "exercises/c/c.ipynb"
    title, stub, check = nbformat.read(path, 4).cells
    assert title.source == "# One"
    assert stub.source == (
        "def one():\n    '''One.'''\n    # Your code here\n    raise NotImplementedError"
    )
    assert stub.metadata.deletable is False and "editable" not in stub.metadata
    assert check.metadata.editable is False
    assert len(check.metadata.nbgrader.checksum) == 32
    assert check.outputs == [] and check.execution_count is None
    assert [cell.id for cell in (title, stub, check)] == ["title", "one", "check_one"]


def test_deriving_again_changes_nothing(course):
    (path,) = publish.derive_exercises(course)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert publish.derive_exercises(course) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    path.unlink()
    publish.derive_exercises(course)
    assert path.read_bytes() == before[0]
    assert sorted(p.name for p in path.parent.iterdir()) == ["c.ipynb"]


def test_the_source_is_left_alone(course):
    source = course / "solutions/c/c.ipynb"
    before = source.read_bytes()
    publish.derive_exercises(course)
    assert source.read_bytes() == before


def test_disagreements_are_told(course):
    missing = ["exercises/c/c.ipynb is not what its solutions give: run `make exercises`."]
    assert publish.disagreements(course) == missing
    publish.derive_exercises(course)
    assert publish.disagreements(course) == []

    source = course / "solutions/c/c.ipynb"
    source.write_text(source.read_text().replace("One.", "Just one."))
    assert publish.disagreements(course) == missing
    publish.derive_exercises(course)
    assert publish.disagreements(course) == []

    derived = course / "exercises/c/c.ipynb"
    derived.write_text(derived.read_text() + " ")
    assert publish.disagreements(course) == missing
    publish.derive_exercises(course)
    shutil.rmtree(course / "solutions/c")
    assert publish.disagreements(course) == [
        "exercises/c/c.ipynb has no solutions: run `make exercises`."
    ]
    publish.derive_exercises(course)
    assert not derived.exists()


def test_a_learner_s_work_is_never_overwritten(course, capsys):
    (path,) = publish.derive_exercises(course)
    for number, kept in enumerate(["c.yours.ipynb", "c.yours-2.ipynb"]):
        answered = path.read_text().replace("raise NotImplementedError", f"return {number}")
        path.write_text(answered)
        publish.derive_exercises(course)
        assert path.with_name(kept).read_text() == answered
        assert capsys.readouterr().out.endswith(f"It is kept as {kept}.\n")
        assert "NotImplementedError" in path.read_text()
    assert publish.disagreements(course) == []


def unclosed(solution, check):
    solution.source = solution.source.replace("### END SOLUTION", "")


def named_twice(solution, check):
    check.metadata.nbgrader.grade_id = "one"


def not_marked(solution, check):
    solution.metadata.nbgrader.solution = False


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (unclosed, "no end solution statement"),
        (named_twice, "Duplicate grade id"),
        (not_marked, "Solution region detected"),
    ],
)
def test_a_faulty_source_is_refused_and_nothing_written(course, spoil, said):
    source = course / "solutions/c/c.ipynb"
    notebook = nbformat.read(source, 4)
    spoil(*notebook.cells[1:])
    nbformat.write(notebook, source)
    with pytest.raises(ValueError, match=rf"^solutions/c/c\.ipynb: .*{said}"):
        publish.derive_exercises(course)
    assert not (course / "exercises").exists()


# ------------------------------------------------------------------ running


@pytest.fixture
def runnable(tmp_path):
    path = tmp_path / "a.ipynb"
    source = [
        "import os; os.getcwd() == os.path.realpath('.')",
        "from ce_course import hint; hint('entropy')",
        "from IPython.display import display\n"
        "display({'text/plain': 'w', 'text/html': '<b>w</b>',"
        " 'application/vnd.jupyter.widget-view+json': {'model_id': 'x'},"
        " 'application/vnd.ce-course.widget+json': {'model_id': 'x'}}, raw=True)",
        "import time\nprint('first', flush=True)\ntime.sleep(1)\nprint('then')",
    ]
    cells = [nbformat.v4.new_code_cell(s, id=f"c{k}") for k, s in enumerate(source)]
    write(path, cells)
    return path


def execute(*paths):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own machinery
        publish.execute_notebooks(paths)


def test_running_stores_outputs_that_depend_on_the_notebook_only(runnable, monkeypatch, tmp_path):
    home = tmp_path / "home"
    monkeypatch.setenv("CE_COURSE_HOME", str(home))
    execute(runnable)
    first = runnable.read_bytes()
    cells = nbformat.read(runnable, 4).cells
    assert [cell.id for cell in cells] == ["c0", "c1", "c2", "c3"]
    assert cells[0].outputs[0].data["text/plain"] == "True"
    assert cells[1].outputs[0].text.startswith("Hint 1 of ")
    assert set(cells[2].outputs[0].data) == {"text/plain", "text/html"}
    assert [output.text for output in cells[3].outputs] == ["first\nthen\n"]
    assert all("execution" not in cell.metadata for cell in cells)
    execute(runnable)
    assert runnable.read_bytes() == first
    assert not home.exists()


def test_a_notebook_that_fails_is_named_and_stays_as_it_was(runnable, tmp_path):
    failing = tmp_path / "b.ipynb"
    write(failing, [nbformat.v4.new_code_cell("1 / 0", id="c")])
    before = failing.read_bytes()
    with pytest.raises(RuntimeError, match=r"b\.ipynb(.|\n)*ZeroDivisionError"):
        execute(failing, runnable)
    assert failing.read_bytes() == before
    assert b"Hint 1 of" in runnable.read_bytes()


def test_the_course_s_notebooks_are_found():
    names = {path.relative_to(ROOT).as_posix() for path in publish.course_notebooks()}
    for chapter in catalogue.CHAPTERS:
        assert f"notebooks/{chapter.name}.ipynb" in names
        if chapter.exercises:
            assert f"solutions/{chapter.name}/{chapter.name}.ipynb" in names
    assert all(Path(name).suffix == ".ipynb" for name in names)


@pytest.mark.parametrize("path", publish.course_notebooks(), ids=lambda path: path.stem)
def test_nothing_is_published_that_only_a_live_notebook_needs(path):
    text = path.read_text(encoding="utf-8")
    assert publish.WIDGET_VIEW not in text and stored.MIME not in text


@pytest.mark.parametrize("path", publish.course_notebooks(), ids=lambda path: path.stem)
def test_no_cell_holds_a_control_character(path):
    """One is what becomes of a LaTeX command such as tfrac when its backslash is eaten."""
    for cell in nbformat.read(path, as_version=4).cells:
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", cell.source), cell.source


@pytest.mark.parametrize("path", publish.course_notebooks(), ids=lambda path: path.stem)
def test_no_stored_output_names_a_folder_of_the_machine_that_ran_it(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            words = [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
            assert not re.search(r"(^|[\s'\"])/\w+/\w|ipykernel_|site-packages", "\n".join(words))


@pytest.mark.parametrize("chapter", catalogue.CHAPTERS, ids=lambda c: c.name)
def test_the_code_cells_of_a_chapter_are_short(chapter):
    cells = nbformat.read(ROOT / "notebooks" / f"{chapter.name}.ipynb", as_version=4).cells
    lines = [len(cell.source.splitlines()) for cell in cells if cell.cell_type == "code"]
    assert np.median(lines) <= 8 and max(lines) <= 25
