"""For authors: derive exercises/ from solutions/, and store the outputs of the notebooks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ce_course.support.files import write_whole
from ce_course.widgets import stored

ROOT = Path(__file__).resolve().parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def derive_exercises(root: Path = ROOT) -> list[Path]:
    """Write exercises/ anew from solutions/; return the notebooks that changed.

    A notebook that somebody has worked in is kept beside the new one, as `<name>.yours.ipynb`.
    """
    changed = []
    derived = _derived(root)
    for path, text in derived.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if path.exists() and _has_answers(path):
            _keep(path)
        write_whole(path, text)
        changed.append(path)
    for path in _existing(root) - derived.keys():
        if _has_answers(path):
            _keep(path)
        else:
            path.unlink()
        changed.append(path)
    return changed


def disagreements(root: Path = ROOT) -> list[str]:
    """A sentence for each notebook in exercises/ that is not what solutions/ gives."""
    derived = _derived(root)
    found = [
        f"{path.relative_to(root).as_posix()} is not what its solutions give: run `make exercises`."
        for path, text in derived.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    found += [
        f"{path.relative_to(root).as_posix()} has no solutions: run `make exercises`."
        for path in sorted(_existing(root) - derived.keys())
    ]
    return found


def exercise_notebook(solutions: NotebookNode, root: Path = ROOT) -> NotebookNode:
    """The notebook that learners get, from the one with solutions: nbgrader's own steps.

    Raises what nbgrader raises: unpaired markers, a name given twice, points that are missing.
    """
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearMarkScheme,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )
    from traitlets.config import PyFileConfigLoader

    # The order of `nbgrader generate_assignment`, without its database.
    steps = (
        LockCells,
        ClearSolutions,
        ClearOutput,
        CheckCellMetadata,
        ClearHiddenTests,
        ClearMarkScheme,
        ComputeChecksums,
        CheckCellMetadata,
    )
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    notebook = nbformat.from_dict(solutions)
    resources: dict = {}
    for step in steps:
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook


def course_notebooks(root: Path = ROOT) -> list[Path]:
    """The notebooks whose outputs are stored: notebooks/ and solutions/."""
    return sorted(root.glob("notebooks/*.ipynb")) + sorted(root.glob("solutions/*/*.ipynb"))


def execute_notebooks(paths: Iterable[Path] | None = None) -> None:
    """Run notebooks (all of the course if None) and store their outputs in them.

    Outputs depend on nothing but the notebook: each runs with an empty record of progress, and
    times, widget models and versions are left out. A notebook that fails stays as it was.
    Raises RuntimeError naming those that failed, after all have run.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    notebooks = {
        Path(p): nbformat.read(p, 4) for p in (course_notebooks() if paths is None else paths)
    }
    failures = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        cells = sum(len(notebook.cells) for notebook in notebooks.values())
        task = progress.add_task("", total=cells)
        for path, notebook in notebooks.items():
            progress.update(task, description=path.name)
            try:
                run(path, notebook, lambda **_: progress.advance(task))
            except (CellExecutionError, CellTimeoutError) as error:
                failures.append(f"{path}: {error}")
            else:
                write_whole(path, _text(notebook))
    if failures:
        raise RuntimeError("\n\n".join(failures))


def run(path: Path, notebook: NotebookNode, on_cell_complete: Callable[..., None]) -> None:
    """Run a notebook in memory, with an empty record of progress, where its file lies.

    path: its file, which stays as it is. on_cell_complete: called after each cell.
    Raises CellExecutionError or CellTimeoutError of nbclient.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as home:
        NotebookClient(
            notebook,
            timeout=120,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,  # how a cell's prints arrive depends on the machine's load
            on_cell_complete=on_cell_complete,
            resources={"metadata": {"path": str(path.parent)}},
        ).execute(env=os.environ | {"CE_COURSE_HOME": home})
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            for kind in (WIDGET_VIEW, stored.MIME):
                output.get("data", {}).pop(kind, None)


def _derived(root: Path) -> dict[Path, str]:
    derived = {}
    for source in sorted(root.glob("solutions/*/*.ipynb")):
        relative = source.relative_to(root / "solutions")
        try:
            notebook = exercise_notebook(nbformat.read(source, 4), root)
        except (RuntimeError, ValueError, nbformat.ValidationError) as error:
            raise ValueError(f"solutions/{relative.as_posix()}: {_cause(error)}") from error
        derived[root / "exercises" / relative] = _text(notebook)
    return derived


def _cause(error: BaseException) -> str:
    # nbgrader wraps what it found in a general sentence.
    while error.__context__ is not None:
        error = error.__context__
    return str(error)


def _existing(root: Path) -> set[Path]:
    return {path for path in root.glob("exercises/*/*.ipynb") if path.stem == path.parent.name}


def _has_answers(path: Path) -> bool:
    """Whether a cell for answers is not as nbgrader's checksum says that it was handed out."""
    from nbgrader.utils import compute_checksum, is_solution

    return any(
        is_solution(cell) and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell)
        for cell in nbformat.read(path, 4).cells
    )


def _keep(path: Path) -> None:
    name, number = path.with_suffix(".yours.ipynb"), 2
    while name.exists():
        name, number = path.with_suffix(f".yours-{number}.ipynb"), number + 1
    os.replace(path, name)
    print(f"Somebody has worked in {path}. It is kept as {name.name}.")


def _text(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"
