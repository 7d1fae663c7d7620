"""The widgets as a plain page has them: their modules and styles, and the host that draws them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ce_course.widgets import theme

HOST = Path(__file__).parent / "host.js"
KINDS = ("explorer", "quiz", "board")


def modules(kinds: Iterable[str] = KINDS) -> str:
    """The widgets' modules as one script: a page opened from the disk may not import files."""
    parts = []
    for kind in kinds:
        text = (theme.HERE / f"{kind}.js").read_text(encoding="utf-8")
        head, tail = text.split("export default { render };")
        parts.append(f"{kind}: (() => {{\n{head}{tail}\nreturn {{ render }};\n}})(),\n")
    return f"window.ceModules = {{\n{''.join(parts)}}};\n"


def stylesheet() -> str:
    """The widgets' styles, dark where the page's theme is."""
    text = "".join(theme.stylesheet(kind, f".ce-{kind}") for kind in KINDS)
    return text.replace('[data-jp-theme-light="false"]', 'html[data-theme="dark"]')
