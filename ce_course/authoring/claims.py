"""For authors: which cells compute which claim, read from the tags that the cells bear."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat

from ce_course import catalogue
from ce_course.authoring.publish import ROOT
from ce_course.support.files import write_whole

TAG = "claim-"
FILE = Path("ce_course") / "resources" / "claim_cells.json"


def tagged_cells(root: Path = ROOT) -> dict[str, list[list[str]]]:
    """For each sentence's number the cells that bear its tag: chapter, id, heading above it."""
    found: dict[str, list[list[str]]] = {}
    for chapter in catalogue.CHAPTERS:
        heading = chapter.title
        notebook = nbformat.read(root / "notebooks" / f"{chapter.name}.ipynb", 4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                heads = re.findall(r"^#{2,3} (.+)$", cell.source, re.M)
                heading = heads[-1].strip() if heads else heading
            for tag in cell.metadata.get("tags", ()):
                if tag.startswith(TAG):
                    place = [chapter.name, cell.id, heading]
                    found.setdefault(tag.removeprefix(TAG), []).append(place)
    return dict(sorted(found.items()))


def text(cells: dict[str, list[list[str]]]) -> str:
    """The derived file: a line for each sentence."""
    lines = [f" {json.dumps(n)}: {json.dumps(p, ensure_ascii=False)}" for n, p in cells.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def derive(root: Path = ROOT) -> Path:
    """Write `resources/claim_cells.json` anew."""
    return write_whole(root / FILE, text(tagged_cells(root)))
