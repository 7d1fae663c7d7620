"""How Sphinx makes the pages: its settings, and what is done to each page on the way.

The environment variable REPOSITORY is the address of the course's repository.
"""

from __future__ import annotations

import os
import re

from docutils import nodes

project = "Cross-entropy loss, by running it"
author = "the authors of the course"
language = "en"
extensions = ["myst_nb", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
source_suffix = {".ipynb": "myst-nb", ".md": "myst-nb"}

nb_execution_mode = "off"
nb_number_source_lines = False
nb_render_markdown_format = "myst"  # of what a cell shows; by default without tables
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3

mathjax_path = "tex-svg.js"
mathjax3_config = {
    "options": {"enableMenu": False, "ignoreHtmlClass": "ce-widget|ce-exercise"},
    "svg": {"fontCache": "global"},
}

html_theme = "sphinx_book_theme"
html_title = project
html_short_title = "Cross-entropy"
html_copy_source = False
html_show_copyright = False
html_use_index = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
html_js_files = [
    "course.js",
    "widgets.js",
    "host.js",
    "site.js",
]
html_css_files = ["site.css"]
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "footer_content_items": [],
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "use_fullscreen_button": False,
    "use_download_button": False,
    "use_sidenotes": False,
    "navigation_with_keys": False,
    "back_to_top_button": False,  # it would lie over pictures
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

if repository := os.environ.get("REPOSITORY"):
    html_theme_options |= {"repository_url": repository, "use_repository_button": True}

FIRST = "document.documentElement.classList.add('ce-js');"
_QUIZ = re.compile(r'class="ce-widget" data-kind="quiz" data-name="(\w+)"')
_NAME = "tag_cell-"  # of a cell that can be linked to: source.py gives it


def setup(app) -> dict:
    """Called by Sphinx."""
    app.add_js_file(None, body=FIRST, priority=1)
    app.connect("doctree-read", _shape)
    app.connect("html-page-context", _scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _scripts(app, page: str, *_: object) -> None:
    """The scripts that only some pages need."""
    needed = {"exercises": ("editor.js", "exercise.js"), "claims": ("claims-data.js", "claims.js")}
    for script in needed.get(page.partition("/")[0], ()):
        app.add_js_file(script, loading_method="defer")


def _shape(app, document: nodes.document) -> None:
    for section in list(document.findall(nodes.section)):
        _fold(section)
        _caption(section)
    for cell in document.findall(nodes.container):
        cell["ids"] += [c.removeprefix("tag_") for c in cell["classes"] if c.startswith(_NAME)]


def _fold(section: nodes.section) -> None:
    """Put what answers a prediction into a division that `site.js` folds until it is answered.

    That is, within the prediction's section: the first cells after it that show something, and the
    text after these, up to the next cell.
    """
    children, folded = list(section.children), []
    for quiz, child in enumerate(children):
        found = _QUIZ.search(_raw(child)) if _is_cell(child) else None
        if not found:
            continue
        shown, text = [], False
        for follower in children[quiz + 1 :]:
            cell = _is_cell(follower)
            over = isinstance(follower, nodes.section) or (cell and text and shown)
            if over or (cell and _QUIZ.search(_raw(follower))):
                break
            if cell and (shown or _has_output(follower)):
                shown.append(follower)
            elif shown:
                text = True
                shown.append(follower)
        if shown:
            folded.append((found[1], shown))
    for name, shown in folded:
        begin = f'<div class="ce-result" data-after="{name}">'
        section.insert(section.index(shown[0]), nodes.raw("", begin, format="html"))
        section.insert(section.index(shown[-1]) + 1, nodes.raw("", "</div>", format="html"))


def _caption(section: nodes.section) -> None:
    """Mark the paragraphs that are a figure's caption: "*Figure 2.1: ...*"."""
    for child in section.children:
        emphasised = isinstance(child, nodes.paragraph) and isinstance(child[0], nodes.emphasis)
        if emphasised and child.astext().startswith("Figure "):
            child["classes"].append("ce-caption")


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and "cell" in node["classes"]


def _raw(cell: nodes.Node) -> str:
    return "".join(raw.astext() for raw in cell.findall(nodes.raw))


def _has_output(cell: nodes.Node) -> bool:
    return any("cell_output" in part["classes"] for part in cell.findall(nodes.container))
