"""The learner's own copies of the notebooks: made without outputs, refreshed while untouched.

What is compared is what the cells say. Outputs do not count: running brings them back.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ce_course.support.files import write_whole

FOLDER = "my_course"
MANIFEST = ".handed_out.json"  # notebook's path: digest of what was handed out there
PATTERNS = ("notebooks/*.ipynb", "exercises/*/*.ipynb")


def digest(notebook: Mapping) -> str:
    """A hash of what a notebook's cells say, in their order; of nothing else."""
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def decide(course: str, handed_out: str | None, present: str | None) -> str:
    """What is to become of a copy, from three digests.

    Parameters
    ----------
    course : the notebook as the course has it now
    handed_out : as it was handed out; None if nobody knows
    present : the copy as it is now; None if there is none

    Returns
    -------
    "write", "leave", or "keep" (the learner's beside the new one, for both have changed)
    """
    if present is None:
        return "write"
    if present == course or handed_out in (None, course):
        return "leave"
    return "write" if present == handed_out else "keep"


def without_outputs(notebook: Mapping) -> dict:
    """The notebook as it is before anything was run, in this Python's kernel."""
    from ipykernel.ipkernel import IPythonKernel

    cells = [
        cell | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    # What JupyterLab would write when the kernel starts: so opening changes nothing.
    about = notebook["metadata"] | {"language_info": IPythonKernel.language_info}
    return {**notebook, "cells": cells, "metadata": about}


def hand_out(root: Path, home: Path | None = None) -> list[str]:
    """Bring the copies in `home/my_course` up to date; return what is to be said about it.

    root : the course
    home : whose copies they are, where several share a course; `root` itself if None

    A notebook of `root` that its only reader worked in, before there were copies, is taken along
    with the work. Raises OSError if the folder can't be written.
    """
    shared, home = home is not None, home or root
    place = home / FOLDER
    handed_out = _read(place / MANIFEST) or {}
    begun = [] if handed_out else [FOLDER]
    done: dict[str, list[str]] = {"begun": begun, "taken": [], "refreshed": [], "kept": []}
    edited = {} if shared else _edited(root)
    for path in sorted(path for pattern in PATTERNS for path in root.glob(pattern)):
        name = path.relative_to(root).as_posix()
        mine = _notebook(path)
        course = edited.get(name, mine)
        if course is None or path.parent.name not in ("notebooks", path.stem):
            continue  # what was kept of a learner's, `x.yours.ipynb`, stays where it is
        target = place / name
        copy = _notebook(target)
        if target.exists() and copy is None:  # damaged
            done["kept"].append(_keep(target).relative_to(home).as_posix())
        now, known = digest(course), handed_out.get(name)
        present = digest(copy) if copy else None
        if known is None and present not in (None, now):  # the learner's own copy of an old one?
            known = _before_the_pull(root, name)
        handed_out[name] = now
        if mine is not None and digest(mine) != now and present in (None, known):
            _write(target, mine)
            done["taken"].append(name)
            continue
        decision = decide(now, known, present)
        if decision == "leave":
            if present != now:
                handed_out[name] = known or now
            continue
        if decision == "keep":
            done["kept"].append(_keep(target).relative_to(home).as_posix())
        elif present is not None:
            done["refreshed"].append(name)
        _write(target, without_outputs(course))
    write_whole(place / MANIFEST, json.dumps(handed_out, indent=1, sort_keys=True) + "\n")
    return [
        SAID[what].format(", ".join(names), n=len(names)) for what, names in done.items() if names
    ]


SAID = {
    "begun": "Your own copies of the notebooks are in the folder {}: work there.",
    "taken": "What you had written in {} is taken along to my_course.",
    "refreshed": (
        "The course has changed, and with it the notebooks in my_course in which you had "
        "written nothing ({n})."
    ),
    "kept": (
        "The course has changed where you have written: your work is kept beside the new "
        "notebook, as {}."
    ),
}


def _notebook(path: Path) -> dict | None:
    """The notebook; None if there is none that can be read."""
    return _checked(_read(path))


def _read(path: Path) -> dict | None:
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _parsed(text: str) -> dict | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _checked(content: dict | None) -> dict | None:
    """The content if it is a notebook, as far as is read here; else None."""
    cells = content.get("cells") if content else None
    parts = {"cell_type", "source"}
    if isinstance(cells, list) and all(isinstance(c, dict) and parts <= c.keys() for c in cells):
        return content
    return None


def _write(path: Path, notebook: Mapping) -> None:
    write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def _keep(path: Path) -> Path:
    name, number = path.with_suffix(".yours.ipynb"), 2
    while name.exists():
        name, number = path.with_suffix(f".yours-{number}.ipynb"), number + 1
    os.replace(path, name)
    return name


def _edited(root: Path) -> dict[str, dict]:
    """The notebooks that differ from git's last commit, as that has them; {} without git.

    One that is damaged there, a conflict committed with its marks, is left out.
    """
    folders = [pattern.partition("/")[0] for pattern in PATTERNS]
    changed = _git(root, "diff", "--name-only", "--relative", "HEAD", "--", *folders)
    committed = {name: _git(root, "show", f"HEAD:./{name}") for name in changed.splitlines()}
    read = {name: _checked(_parsed(text)) for name, text in committed.items()}
    return {name: notebook for name, notebook in read.items() if notebook}


def _before_the_pull(root: Path, name: str) -> str | None:
    """The digest of a notebook as it was before git's last pull; None if git can't tell."""
    notebook = _checked(_parsed(_git(root, "show", f"ORIG_HEAD:./{name}")))
    return digest(notebook) if notebook else None


def _git(root: Path, *arguments: str) -> str:
    """What git says; nothing where there is no git, no repository, no such file, no text."""
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    except (OSError, UnicodeDecodeError, subprocess.CalledProcessError):
        return ""
