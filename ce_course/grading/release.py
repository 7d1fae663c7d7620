"""What is asked and how much it counts, from the released exercise; what to run, from a submission.

Of a submission only the sources of its code cells are used, in their order. Its metadata, its
roles of cells, its outputs and its points are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ce_course import catalogue
from ce_course.checks.by_name import exercises_of
from ce_course.checks.exercise import Exercise
from ce_course.grading import lean
from ce_course.grading.grades import Limits

ROOT = Path(__file__).resolve().parents[2]
MB = 2**20
DEFINITION = re.compile(
    r"^[ \t]*(?:async )?(?:def|class) (\w+)\b|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE
)
CHECK = re.compile(r"\bcheck\((.*)")
MAX_SOURCE = 300_000  # characters; in JSON they still fit a frame's head


class Unreadable(Exception):
    """Why a file cannot be graded, in one sentence for a student."""


@dataclass(frozen=True)
class Task:
    """One exercise of a chapter, and its points."""

    exercise: Exercise
    points: float


@dataclass(frozen=True)
class Cell:
    """A cell: its number among all cells, from 1, and its text."""

    number: int
    source: str


class Notebook(NamedTuple):
    """What is used of a notebook file.

    cells: its code cells that are not empty. notes: what was odd about the file. texts: its cells
    of other kinds, which are not run.
    """

    cells: list[Cell]
    notes: tuple[str, ...] = ()
    texts: tuple[Cell, ...] = ()


@cache
def tasks(chapter: str) -> tuple[Task, ...]:
    """What the released exercise notebook asks, in its order, with its points.

    Where the course was installed without its notebooks: all exercises of the chapter.
    Raises KeyError if there is no such chapter.
    """
    found = {each.name: each for each in exercises_of(catalogue.chapter(chapter))}
    path = ROOT / "exercises" / chapter / f"{chapter}.ipynb"
    if not path.is_file():
        return tuple(Task(each, float(each.points)) for each in found.values())
    released = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        name = mark.get("grade_id", "").removeprefix("check_")
        if mark.get("grade") and name in found:
            released.append(Task(found[name], float(mark["points"])))
    return tuple(released)


def chapter_of(cells: Iterable[Cell]) -> str | None:
    """The chapter whose exercises these cells check, or else define; None if that is not clear.

    What is defined alone may be a helper that is another chapter's exercise.
    """
    text = "\n".join(cell.source for cell in cells)
    checked = {word for line in CHECK.findall(text) for word in re.findall(r"\w+", line)}
    for names in (checked, definitions(text)):
        counts = {each.name: len(names.intersection(each.exercises)) for each in catalogue.CHAPTERS}
        most = max(counts.values())
        best = [name for name, count in counts.items() if count == most]
        if most and len(best) == 1:
            return best[0]
    return None


def definitions(source: str) -> set[str]:
    """The names that this text seems to define."""
    return {one or other for one, other in DEFINITION.findall(source)}


def read_cells(data: bytes, limits: Limits) -> Notebook:
    """The cells of a notebook file. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("The file is empty.")
    if len(data) > limits.notebook_mb * MB:
        raise Unreadable(
            f"The file has {len(data) / MB:.0f} MB; at most {limits.notebook_mb} MB are graded."
        )
    notebook, notes = _parsed(data)
    cells: list[Cell] = []
    texts: list[Cell] = []
    for number, cell in enumerate(_cells(notebook), start=1):
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            continue
        source = _text(cell.get("source", cell.get("input")))
        if source.strip():
            (cells if cell["cell_type"] == "code" else texts).append(Cell(number, source))
    length = sum(len(cell.source) for cell in cells)
    if length > MAX_SOURCE:
        raise Unreadable(
            f"The code cells have {length:,} characters; at most {MAX_SOURCE:,} are run."
        )
    if len(cells) > limits.cells:
        raise Unreadable(
            f"The notebook has {len(cells)} code cells; at most {limits.cells} are run."
        )
    return Notebook(cells, notes, tuple(texts))


def _parsed(data: bytes) -> tuple[Any, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    try:
        data = lean.lean(data)
        try:
            text = data.decode(json.detect_encoding(data))
        except UnicodeDecodeError:
            text = data.decode("utf-8", "replace")
            notes = ("The file is not in UTF-8: characters that cannot be read were replaced.",)
        text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        return json.loads(text, parse_int=float), notes  # an int of too many digits is an error
    except lean.TooMuch as error:
        raise Unreadable(str(error)) from None
    except RecursionError:
        raise Unreadable("The file is nested too deeply to be a notebook.") from None
    except ValueError:
        raise Unreadable(lean.no_json(data)) from None


def _cells(notebook: Any) -> list:
    if not isinstance(notebook, dict):
        raise Unreadable("The file is no notebook: it is JSON of another kind.")
    cells = notebook.get("cells")
    worksheets = notebook.get("worksheets")
    if cells is None and isinstance(worksheets, list):  # the format before 2014
        inner = [sheet.get("cells") for sheet in worksheets if isinstance(sheet, dict)]
        if all(isinstance(each, list) for each in inner):
            cells = [cell for each in inner for cell in each]
    if not isinstance(cells, list):
        raise Unreadable("The file is no notebook: it has no list of cells.")
    return cells


def _text(source: Any) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""
