"""`make site`: the whole course as one folder that any static host serves."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ce_course import catalogue
from ce_course.authoring.site import host, ledger, scenes, source
from ce_course.authoring.site.elsewhere import Elsewhere
from ce_course.support.files import write_whole
from ce_course.widgets import quiz

HERE = Path(__file__).parent
ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ("host.js", "site.js", "claims.js", "editor.js", "exercise.js", "worker.js", "site.css")
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"  # asked when the first answer is begun
MEGABYTES = 17  # of Pyodide with NumPy
IN_PAGE = (
    "*.py",
    "checks/*.py",
    "support/*.py",
    "experiments/*.py",
    "resources/**/*",
)  # of ce_course


def build(
    out: Path,
    work: Path,
    chapters: Sequence[str] = (),
    repository: str = "",
    pyodide: str = PYODIDE,
    root: Path = ROOT,
    hub: str = "",
) -> Path:
    """Make the site from the stored notebooks; nothing is executed but the widgets' scenes.

    Parameters
    ----------
    out : the folder of the site; made anew
    work : a folder for what it is made of and for the scenes, which are kept there
    chapters : names; all if empty
    repository : the address of the course's repository on GitHub, for links that open a chapter
        elsewhere; none if empty
    pyodide : a folder with Pyodide's files, which are copied, or their address
    hub : the address of a JupyterHub with nbgitpuller, for links too; none if empty

    Raises ValueError if what has to be an address is none, and RuntimeError with Sphinx's words if
    there is anything that it warns of.
    """
    elsewhere = Elsewhere(repository, hub)
    wanted = [c for c in catalogue.CHAPTERS if not chapters or c.name in chapters]
    found = source.read(root, wanted, elsewhere)
    pages, static = work / "pages", work / "pages" / "_static"
    shutil.rmtree(pages, ignore_errors=True)
    for path, notebook in found.notebooks.items():
        write_whole(pages / path, json.dumps(notebook), outlive_power=False)
    write_whole(pages / "index.md", front(wanted, elsewhere.repository), outlive_power=False)
    write_whole(pages / "claims.md", ledger.page(), outlive_power=False)
    (static / "pictures").mkdir(parents=True)
    for name, png in found.pictures.items():
        (static / "pictures" / name).write_bytes(png)
    for name in SCRIPTS:
        shutil.copy(HERE / name, static)
    write_whole(static / "widgets.js", host.modules(), outlive_power=False)
    write_whole(static / "claims-data.js", ledger.data(), outlive_power=False)
    with (static / "site.css").open("a", encoding="utf-8") as styles:
        styles.write(host.stylesheet())
    if Path(pyodide).is_dir():
        shutil.copytree(pyodide, static / "pyodide")
        pyodide = "pyodide/"
    settings = {"pyodide": pyodide.rstrip("/") + "/", "megabytes": MEGABYTES}
    words = f"window.ceCourse = {json.dumps(course(wanted))};\n"
    words += f"window.ceSettings = {json.dumps(settings)};\n"
    write_whole(static / "course.js", words, outlive_power=False)
    _archive(static / "course.zip", root)
    shutil.copy(mathjax(), static)
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(scenes.write, name, places, static / "scenes", work / "scenes")
            for name, places in found.asked.items()
        ]
        for job in jobs:
            job.result()
    _sphinx(pages, out, elsewhere.repository, whole=len(wanted) == len(catalogue.CHAPTERS))
    for path in found.notebooks:
        write_whole(out / path, source.bare(root / path, elsewhere.install()), outlive_power=False)
    return out


def _sphinx(pages: Path, out: Path, repository: str, whole: bool) -> None:
    shutil.rmtree(out, ignore_errors=True)
    options = [
        "-c",
        str(HERE),
        "-d",
        str(pages.parent / "doctrees"),
        "-b",
        "html",
        "-E",
        "-q",
        "-W",
    ]
    options += ["-D", f"html_static_path={pages / '_static'}"]
    if not whole:  # links to the other chapters lead nowhere
        options += ["-D", "suppress_warnings=myst.xref_missing"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "--keep-going", *options, str(pages), str(out)],
        capture_output=True,
        text=True,
        env=os.environ | {"REPOSITORY": repository},
    )
    if done.returncode:
        raise RuntimeError(f"Sphinx could not make the pages:\n{done.stderr.strip()[-4000:]}")
    with contextlib.suppress(FileNotFoundError):
        (out / ".buildinfo").unlink()
    (out / ".nojekyll").touch()  # GitHub Pages would leave out what begins with "_"


def _archive(path: Path, root: Path) -> None:
    """What Python in the page needs of this package."""
    package = root / "ce_course"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(file for part in IN_PAGE for file in package.glob(part)):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(root).as_posix())  # without its time
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def mathjax() -> Path:
    """MathJax as one file, which asks nobody for anything: from the package that carries it."""
    files = importlib.metadata.distribution("django-static-mathjax")
    return Path(str(files.locate_file("mathjax/static/mathjax/es5/tex-svg.js")))


def course(chapters: Sequence[catalogue.Chapter]) -> list[dict]:
    """What the pages know of the course: for each chapter its exercises and its right answers."""
    questions = quiz.load_questions().values()
    return [
        {
            "name": chapter.name,
            "title": f"{chapter.name[:2]} {chapter.title}",
            "exercises": chapter.exercises,
            "questions": {
                q.name: next(option.text for option in q.options if option.right)
                for q in questions
                if q.chapter == chapter.name
            },
        }
        for chapter in chapters
    ]


def front(chapters: Sequence[catalogue.Chapter], repository: str = "") -> str:
    """The first page: what this is, the chapters, and what the reader has done.

    repository: the address of the course's repository; not linked to if empty.
    """
    rows = [
        f'<li data-chapter="{c.name}"><a href="notebooks/{c.name}.html">{c.name[:2]} {c.title}</a>'
        f'<span class="ce-done"></span><br>{c.question} <small>{c.minutes} minutes</small></li>'
        for c in chapters
    ]
    entries = []
    for c in chapters:
        entries.append(f"{c.name[:2]} {c.title} <notebooks/{c.name}>")
        if c.exercises:
            entries.append(f"{c.name[:2]} Exercises <exercises/{c.name}/{c.name}>")
    entries.append("Is it true that …? <claims>")
    listed = "\n".join(entries)
    where = f"[the course's repository]({repository})" if repository else "the course's repository"
    return FRONT.format(rows="\n".join(rows), listed=listed, repository=where)


FRONT = """\
# Cross-entropy loss, by running it

A course on the loss that almost every classifier is trained with. You predict, you look, you play
with it, and you write it yourself. You need some Python and school calculus. Nothing has to be
installed to read here, and nothing is sent anywhere: what you answer stays in this browser.

<p><a class="ce-begin" href="notebooks/00_start_here.html">Begin with chapter 00</a></p>

The chapters are notebooks. To run them on your own computer, with all that needs PyTorch, get
{repository} and type `make lab` there; its README says how it goes on every system.

## Chapters

<ol class="ce-map">
{rows}
</ol>

## Is it true that …?

Popular articles on this loss repeat errors. [Ask](claims) about a sentence that you have read: it
may be one of those that were checked.

## Your progress

<div class="ce-widget" data-kind="board" data-name="board"><p>The board needs JavaScript.</p></div>

```{{toctree}}
:hidden:

{listed}
```
"""
