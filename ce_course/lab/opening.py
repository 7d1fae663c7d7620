"""Starts JupyterLab at the learner's copy of the course's first chapter."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ce_course.lab import copies, extension

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
START = "notebooks/00_start_here.ipynb"


def prepare() -> str:
    """Bring extension and copies up to date, say what happened; return the notebook to open."""
    mine = f"{copies.FOLDER}/{START}"
    try:
        extension.install()
    except OSError as error:
        print(f"The extension for JupyterLab can't be written: {error}. The widgets run without.")
    try:
        for sentence in copies.hand_out(ROOT):
            print(sentence)
    except OSError as error:
        there = (ROOT / mine).is_file()
        what = "Those that are there open." if there else "The notebooks themselves open."
        print(f"Copies of your own can't be written: {error}. {what}")
        return mine if there else START
    return mine


def open_lab(notebook: str, arguments: Iterable[str]) -> None:
    """Start JupyterLab at a notebook; return when it has ended. arguments: its own options."""
    from jupyterlab.labapp import LabApp

    settings = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{notebook}",
        f"--LabApp.app_settings_dir={PACKAGE / 'resources' / 'jupyterlab'}",
        "--Application.log_level=WARN",
    ]
    LabApp.launch_instance([*settings, *arguments])
