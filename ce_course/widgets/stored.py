"""What a widget leaves in the notebook: enough to be drawn again where no Python runs.

The course's extension for JupyterLab (`ce_course/lab/extension.js`) reads it. Every other front
end takes the widget itself, its picture or its text, which stand beside it in the output.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable

MIME = "application/vnd.ce-course.widget+json"


def stored(kind: str, widget, names: Iterable[str], whole: bool = True) -> dict:
    """The output for the extension, as `{MIME: ...}`.

    Parameters
    ----------
    kind : which module draws it: "explorer", "quiz" or "board"
    widget : anywidget.AnyWidget
        Its model's id is kept: where its kernel still runs, the drawing talks to it.
    names : the traits that the drawing reads
    whole : whether these are all that it will ever need
    """
    values = json.dumps({name: getattr(widget, name) for name in names}, default=_bytes)
    packed = base64.b64encode(zlib.compress(values.encode(), 9)).decode()
    return {MIME: {"kind": kind, "model_id": widget.model_id, "whole": whole, "values": packed}}


def _bytes(value: bytes) -> dict:
    return {"base64": base64.b64encode(value).decode()}
