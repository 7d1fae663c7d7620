"""Lays out the course's extension for JupyterLab and Jupyter Notebook.

The extension is `extension.js` beside this file, the widgets' modules and the stylesheets. They
are copied as they are: there is nothing to build.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ce_course.support.files import write_whole
from ce_course.widgets import theme

NAME = "ce-course"
HERE = Path(__file__).parent
WIDGETS = HERE.parent / "widgets"
KINDS = ("explorer", "quiz", "board")
PACKAGE = {
    "name": NAME,
    "version": "0.1.0",
    "description": "The cross-entropy course: its widgets, kernel or not, and its prose",
    "license": "BSD-3-Clause",
    "jupyterlab": {
        "extension": True,
        "_build": {"load": "static/extension.js", "extension": "./extension"},
    },
}


def contents() -> dict[str, str]:
    """The extension's files: path and text."""
    scripts = {f"static/{kind}.js": WIDGETS / f"{kind}.js" for kind in KINDS}
    scripts["static/extension.js"] = HERE / "extension.js"
    sheets = [theme.stylesheet(kind, f".ce-{kind}") for kind in KINDS]
    sheets.append((HERE / "notebook.css").read_text(encoding="utf-8"))
    return {
        "package.json": json.dumps(PACKAGE, indent=1) + "\n",
        "static/style.css": "\n".join(sheets),
        **{path: source.read_text(encoding="utf-8") for path, source in scripts.items()},
    }


def install(folder: str | Path | None = None) -> Path:
    """Write what differs of the extension below `folder`; return the extension's own folder.

    folder : where JupyterLab looks for extensions; that of this Python's environment if None
    """
    if folder is None:
        folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    place = Path(folder) / NAME
    for name, text in contents().items():
        path = place / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text, outlive_power=False)
    return place
