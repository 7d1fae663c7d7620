"""Starts JupyterLab at the course's first chapter."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SETTINGS = [
    f"--ServerApp.root_dir={PACKAGE.parent}",
    "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
    f"--LabApp.app_settings_dir={PACKAGE / 'resources' / 'jupyterlab'}",  # no news
    "--Application.log_level=WARN",
]


def open_lab(arguments: Iterable[str]) -> None:
    """Start JupyterLab and return when it has ended. arguments: its own options."""
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance([*SETTINGS, *arguments])
