"""One widget as a web page of its own: interactive with no kernel and no network."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ce_course import catalogue
from ce_course.authoring.site import scenes
from ce_course.authoring.site.host import HOST, modules, stylesheet
from ce_course.support import files
from ce_course.widgets.explorer import Explorer

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{css}
html {{ color-scheme: light dark; }}
body {{ margin: 1rem; background: white; }}
.about {{ margin: 0 6px 1rem; max-width: 68ch; font: 14px/1.5 system-ui, sans-serif; }}
html[data-theme="dark"] body {{ background: #111111; }}
html[data-theme="dark"] .ce-widget {{
  --jp-layout-color0: #111111; --jp-content-font-color1: #eeeeee; --jp-border-color2: #444444;
}}
</style>
<script>
const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => (document.documentElement.dataset.theme = dark.matches ? "dark" : "light");
dark.addEventListener("change", theme);
theme();
</script>
<p class="about">{about}</p>
<main class="ce-widget" data-kind="explorer" data-name="{name}" data-state="{state}">
{picture}
</main>
<script>
{modules}
{host}
</script>
<script>{scenes}</script>
</html>
"""


def export(name: str, path: str | Path, **start: object) -> Path:
    """Write an explorer as one HTML file that needs nothing beside it.

    All its scenes are in the file; `site/scenes.py` says which explorers have a coarser grid there.

    Parameters
    ----------
    name : of an explorer of the course, as in `ce_course.widgets`
    path : the file to write; an existing one is replaced
    start : values to open with, by control

    Returns
    -------
    pathlib.Path
        The file written.
    """
    explorer = scenes.explorer(name, [start])
    explorer.state = explorer.state_of(start)
    return files.write_whole(path, html(explorer, scenes.pack(explorer)))


def html(explorer: Explorer, packed: bytes) -> str:
    """The page of an explorer with the scenes that `scenes.pack` has packed."""
    data, _ = explorer._repr_mimebundle_()
    return PAGE.format(
        title=escape(explorer.title),
        css=stylesheet(),
        about=escape(about(explorer)),
        name=explorer.name,
        state=explorer.state,
        picture=data["text/html"],
        modules=modules(["explorer"]),
        host=HOST.read_text(encoding="utf-8"),
        scenes=scenes.script(explorer.name, packed),
    )


def about(explorer: Explorer) -> str:
    """What one who does not know the chapter has to know: what is seen, how it moves, whence."""
    words = [explorer.description]
    if explorer.handles:
        words.append("Drag what lies on a grey patch, or move the controls.")
    for chapter in catalogue.CHAPTERS:
        if explorer.name in chapter.widgets:
            place = f"chapter {chapter.name[:2]}, {chapter.title}"
            words.append(f"From the course on cross-entropy, {place}: {chapter.question}")
    return " ".join(words)
