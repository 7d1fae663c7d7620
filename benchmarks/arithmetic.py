"""How far the numbers that notebooks print move under this arithmetic, cell by cell.

    make moved ARITHMETIC=plain [ARGS=notebooks/05_mse_vs_cross_entropy.ipynb]

Runs notebooks (all of the course if none is named), compares what their cells print with what is
stored, and lists the cells in which a number moved: the largest move, and the tolerance stated.
"""

import copy
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import trained  # noqa: E402

from ce_course.authoring import publish  # noqa: E402


def texts(cell):
    """What a code cell printed and showed as text."""
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        yield output.get("data", {}).get("text/plain", "")


def moved(stored, now):
    """The largest absolute and relative difference of two texts' numbers; None if there is none."""
    if stored == now:
        return None
    if trained.words(stored) != trained.words(now):
        return "other words"
    pairs = zip(trained.numbers(stored), trained.numbers(now), strict=True)
    gaps = [(abs(a - b), abs(a - b) / abs(a) if a else float("inf")) for a, b in pairs if a != b]
    if not gaps:
        return None
    absolute, relative = (max(gap) for gap in zip(*gaps, strict=True))
    return f"{absolute:.2g} ({relative:.1%})"


def report(path):
    """Run one notebook and print a line for each cell in which something moved."""
    stored = nbformat.read(path, 4)
    now = copy.deepcopy(stored)
    publish.run(path, now, lambda **_: None)
    for number, (old, new) in enumerate(zip(stored.cells, now.cells, strict=True)):
        if old.cell_type != "code":
            continue
        difference = moved("\n".join(texts(old)), "\n".join(texts(new)))
        tolerance = trained.stated(old.source)
        if difference or tolerance:
            print(
                f"{path.name} [{number}]: {difference or 'nothing'}; stated: {tolerance}",
                flush=True,
            )


def main():
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else publish.course_notebooks():
        report(path)


if __name__ == "__main__":
    main()
