"""For teachers: a handout of each chapter, one sheet: guesses in front, what remains on the back.

The front has the questions of the chapter's slides, with room for a reason. The back has the cells
with the tag `handout`: the first picture, then what slides show of the texts (`slides.py`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ce_course import catalogue
from ce_course.authoring import slides
from ce_course.support.files import write_whole

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATHS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)


SIZES = (10.2, 9.6, 9.0, 8.5)  # of the letters, in points: the largest with which it is one sheet
# From the heading on to what tells where the exercises are.
CAPTION = re.compile(r"\*Figure [^\n]+")
RECAP = re.compile(r"^## (Recap\n.*?)(?=\n\*\*Now you|\Z)", re.M | re.S)


def page(chapter: catalogue.Chapter, size: float = SIZES[0]) -> str:
    """The handout of a chapter as an HTML page; it takes MathJax from the slides' folder.

    size : of its letters, in points
    """
    notebook = slides.read(chapter)
    cells = [cell for cell in notebook.cells if "handout" in cell.metadata.get("tags", [])]
    pictures = [o for cell in cells if cell.cell_type == "code" for o in cell.outputs]
    captions = [
        found[0]
        for cell, after in pairwise(notebook.cells)
        if cell.cell_type == "code" and cell in cells and after not in cells
        if (found := CAPTION.match(after.source))
    ]
    texts = [cell for cell in cells if cell.cell_type == "markdown"]
    questions = [slide.vote for slide in slides.deck(notebook) if slide.vote]
    return (
        slides.environment()
        .get_template("handout.html")
        .render(
            chapter=chapter,
            questions=questions,
            picture="".join(map(slides.output, pictures)) + "".join(map(slides.html, captions)),
            texts=[slides.shown(cell) for cell in texts if not RECAP.search(cell.source)],
            recap=[found[1] for cell in texts if (found := RECAP.search(cell.source))],
            size=size,
        )
    )


def write(
    out: Path,
    chapters: Sequence[catalogue.Chapter] = catalogue.CHAPTERS,
    browser: str | None = None,
) -> list[Path]:
    """Write `NN.html` and, with a browser, `NN.pdf` of each chapter; return the files written.

    browser : the path of Chromium or Chrome, as `find_browser` gives it; without one no PDF is made

    Raises RuntimeError for a handout that has over two pages even in the smallest letters.
    """
    written = []
    for chapter in chapters:
        path = out / f"{chapter.name[:2]}.html"
        for size in SIZES:
            write_whole(path, page(chapter, size))
            if not browser or pages(pdf := print_pdf(path, browser)) <= 2:
                break
        else:
            raise RuntimeError(f"{pdf}: expected at most two pages, got {pages(pdf)}")
        written += [path, pdf] if browser else [path]
    return written


def find_browser() -> str | None:
    """Chromium or Chrome: what $CHROMIUM names, else one in a usual place, else None."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, (*BROWSERS, *PATHS))), None)


def print_pdf(path: Path, browser: str) -> Path:
    """Print a page beside itself, as PDF, after its formulas are set.

    Raises RuntimeError with the browser's words if it does not.
    """
    pdf = path.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={profile}",
                "--no-pdf-header-footer",
                "--virtual-time-budget=60000",
                f"--print-to-pdf={pdf}",
                path.resolve().as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
    if done.returncode or not pdf.exists():
        raise RuntimeError(f"{browser} could not print {path}:\n{done.stderr.strip()[-2000:]}")
    return pdf


def pages(pdf: Path) -> int:
    """The number of pages of a PDF file that Chromium has written."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))
