"""For teachers: slides of each chapter, made of its notebook by the tags of cells.

A cell with the tag

- `slide` begins a slide,
- `slide-more` stands on the slide that was begun before it,
- `slide-code` beside one of these shows the cell's code as well as its output,
- `slide-formulas` beside one of these leaves the lists of a text out,
- `notes` goes into the speaker's notes of that slide, and nothing of it on the slide,
- `handout` stands on the handout (`handouts.py`).

All others are left out. Of a text the slide shows what can be read from the last row: headings,
formulas, tables, captions, the sentences with bold words, and of a list what its items begin with.
The whole text goes into the notes. A question becomes a vote: digits count hands.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ce_course import catalogue
from ce_course.authoring.site import build, host, scenes, source
from ce_course.support.files import write_whole
from ce_course.widgets import quiz
from ce_course.widgets.explorer import Explorer

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).parent / "templates"
REVEAL = ROOT / "ce_course" / "resources" / "reveal"
TAGS = {"slide", "slide-more", "slide-code", "slide-formulas", "notes", "handout"}
ITEM = re.compile(r"^((?:[-*]|\d+\.) )", re.M)
HELD = 0xE000  # characters that no text has stand for what may not be parted
# A sentence ends with a full stop, maybe in brackets or quotes, before what begins like another.
SENTENCE = re.compile(
    r'(?:(?<=[.!?\0])|(?<=[.!?\0][")*])|(?<=[.!?\0][")*]{2}))\s+(?=[A-Z"(*\uE000-\uF8FF])'
)


@dataclass
class Slide:
    """What a slide shows (`body`) and what the speaker reads (`notes`), as HTML."""

    name: str
    title: str
    body: str = ""
    notes: str = ""
    vote: quiz.Question | None = None


@cache
def read(chapter: catalogue.Chapter) -> NotebookNode:
    """The chapter's notebook, as it is stored; not to be changed."""
    return nbformat.read(ROOT / "notebooks" / f"{chapter.name}.ipynb", 4)


def write(out: Path, chapters: Sequence[catalogue.Chapter], cache: Path) -> list[Path]:
    """Write `NN.html` for each chapter to this folder, and beside them `assets/`, which they need.

    cache : a folder in which the widgets' scenes are kept; that of the website has the same ones
    """
    notebooks = {chapter: read(chapter) for chapter in chapters}
    assets = out / "assets"
    grids = _scenes([cell for n in notebooks.values() for cell in n.cells], assets, cache)
    for path in (*REVEAL.glob("*"), TEMPLATES / "slides.css", host.HOST):
        write_whole(assets / path.name, path.read_text(encoding="utf-8"))
    write_whole(assets / "widgets.js", host.modules(["explorer"]))
    write_whole(assets / "widgets.css", host.stylesheet())
    shutil.copy(build.mathjax(), assets)
    return [
        write_whole(out / f"{chapter.name[:2]}.html", page(chapter, deck(notebook, grids)))
        for chapter, notebook in notebooks.items()
    ]


def page(chapter: catalogue.Chapter, slides: Sequence[Slide]) -> str:
    """The slides as one HTML page, which takes the rest from `assets/` beside it."""
    # in the page, for a page opened from a disk may not import a module
    script = (TEMPLATES / "slides.js").read_text(encoding="utf-8")
    template = environment().get_template("slides.html")
    return template.render(chapter=chapter, deck=slides, script=script)


def _scenes(cells: list[NotebookNode], assets: Path, cache: Path) -> dict[str, Explorer]:
    """Write the scenes of the widgets on slides; return the explorers that they are of."""
    tagged = (cell for cell in cells if TAGS & set(cell.metadata.get("tags", [])))
    names = {found[0] for cell in tagged if (found := source.widget_in(cell))}
    asked: dict[str, list[dict]] = defaultdict(list)  # by the whole course, as the website has it
    for path in (*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("exercises/*/*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source.ask(cell, asked)
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(scenes.write, name, asked[name], assets / "scenes", cache)
            for name in sorted(names)
        ]
        for job in jobs:
            job.result()
    return {name: scenes.explorer(name, asked[name]) for name in names}


def environment():
    """The templates of this folder's `templates/`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"markdown": html, "inline": quiz.inline}
    return made


# ------------------------------------------------------------------ from cells to slides


def deck(notebook: NotebookNode, grids: Mapping[str, Explorer] | None = None) -> list[Slide]:
    """The slides of a notebook, in its order.

    grids : the explorers whose scenes lie ahead, by name; without them widgets stay pictures

    Raises ValueError for a tag that continues a slide where none has begun.
    """
    found: list[Slide] = []
    heading = ""
    for cell in notebook.cells:
        tags = TAGS & set(cell.metadata.get("tags", []))
        own = headings(cell)
        if "slide" in tags:
            titled = cell.cell_type == "markdown" and shown(cell).startswith("#")
            found.append(Slide(cell.id, "" if titled else heading))
        elif tags - {"handout"} and not found:
            raise ValueError(f"cell {cell.id}: tagged {sorted(tags)}, and no slide has begun")
        if own:
            heading = own[-1]
        if tags & {"slide", "slide-more"}:
            _show(found[-1], cell, tags, grids or {})
        elif "notes" in tags:
            found[-1].notes += html(cell.source)
    return found


def headings(cell: NotebookNode) -> list[str]:
    """The headings of a text, as HTML; of code there are none."""
    if cell.cell_type != "markdown":
        return []
    return [quiz.inline(title) for title in re.findall(r"^#+ (.+)$", cell.source, re.M)]


def question(cell: NotebookNode) -> quiz.Question | None:
    """The question that a cell asks, or None."""
    match = re.search(r'^predict\("(\w+)"\)$', cell.source, re.M)
    return quiz.question(match[1]) if match and cell.cell_type == "code" else None


def _show(slide: Slide, cell: NotebookNode, tags: set[str], grids: Mapping) -> None:
    if cell.cell_type == "markdown":
        slide.body += html(shown(cell))
        slide.notes += html(cell.source)
        return
    if asked := question(cell):
        slide.vote, slide.title = asked, ""
        slide.notes += "".join(map(_said_of, asked.options))
        return
    if "slide-code" in tags:
        slide.body += f"<pre><code>{escape(cell.source)}</code></pre>"
    slide.body += widget(cell, grids) or "".join(map(output, cell.outputs))


def _said_of(option: quiz.Option) -> str:
    verdict = f"Misconception: {option.misconception}." if option.misconception else "Right."
    text, rest = map(quiz.inline, (option.text, f"{verdict} {option.reply}"))
    return f"<p><strong>{text}.</strong> {rest}</p>"


def shown(cell: NotebookNode) -> str:
    """What slides and handouts show of a cell with text, in Markdown."""
    return for_the_room(cell.source, "slide-formulas" not in cell.metadata.get("tags", []))


def widget(cell: NotebookNode, grids: Mapping[str, Explorer]) -> str:
    """The place for the explorer that a cell has made, with its picture in it; "" if none."""
    if not (found := source.widget_in(cell)):
        return ""
    name, values = found
    picture = cell.outputs[-1].data["text/html"]
    if name not in grids:
        return picture
    grid = grids[name]  # which may lack a control that the widget has
    state = grid.state_of({c.name: values[c.name] for c in grid.controls})
    attributes = f'data-kind="explorer" data-name="{name}" data-state="{state}"'
    return source.place(attributes, picture)


def output(part: NotebookNode) -> str:
    """A stored output as HTML."""
    if part.output_type == "stream":
        return f"<pre>{escape(part.text.rstrip())}</pre>"
    data = part.get("data", {})
    if "text/html" in data:
        return data["text/html"]
    if "text/markdown" in data:
        return html(data["text/markdown"])
    return f"<pre>{escape(data.get('text/plain', ''))}</pre>"


# ------------------------------------------------------------------ what a text says to the room


def for_the_room(text: str, lists: bool = True) -> str:
    """What a slide shows of a text in Markdown; of headings alone, the first sentence too."""
    kept, first = [], ""
    text = re.split(r"^(?=## )", _unlinked(text), flags=re.M)[-1]  # what begins, not what ends
    for block in re.split(r"\n\s*\n", text.strip()):
        for part in _parts(block):
            if shown := _shown(part) if lists or not ITEM.match(part) else "":
                kept.append(shown)
            elif not first:
                first = sentences(part)[0]
    if first and all(part.startswith("#") for part in kept):
        kept.append(first)
    while kept and kept[-1].startswith("#"):  # a heading of what is not shown
        kept.pop()
    return "\n\n".join(kept)


def _parts(block: str) -> list[str]:
    """The headings, formulas, lists and paragraphs of a block, which has no blank line."""
    parts: list[str] = []
    for line in block.split("\n"):
        last = parts[-1] if parts else "#"
        if last.count("$$") % 2:  # a formula that goes on
            begins = False
        elif ITEM.match(line):
            begins = not ITEM.match(last)
        else:
            begins = line.startswith(("#", "$$")) or last.startswith(("#", "$$"))
        if begins:
            parts.append(line)
        else:
            parts[-1] += "\n" + line
    return parts


def _shown(part: str) -> str:
    if part.startswith("**Now you"):  # where the exercises are
        return ""
    if part.startswith(("#", "|", ">", "$$", "*Figure", "*Table")):
        return part
    if not ITEM.match(part):
        return _chosen(part, first=False)
    marked = ITEM.split(part)[1:]
    return "\n".join(
        mark + _chosen(item, first=True)
        for mark, item in zip(marked[::2], marked[1::2], strict=True)
    )


def _chosen(text: str, first: bool) -> str:
    """The sentences with bold words, maybe the first; after a bold title the next one too."""
    parted, chosen = sentences(text), []
    for i, sentence in enumerate(parted):
        after_title = i > 0 and chosen[-1:] == parted[i - 1 : i] and _is_title(parted[i - 1])
        if "**" in sentence or (first and i == 0) or after_title:
            chosen.append(sentence)
    return " ".join(chosen)


def _is_title(sentence: str) -> bool:
    return bool(re.fullmatch(r"\*\*[^*]+\*\*", sentence))


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph. Formulas, code and what is bold are not parted."""
    held: list[str] = []

    def hold(match: re.Match) -> str:
        held.append(match[0])
        return chr(HELD + len(held) - 1) + ("\0" if re.search(r"[.!?]\**$", match[0]) else "")

    plain = re.sub(r"\$[^$]+\$|`[^`]+`|\*\*[^*]+\*\*", hold, " ".join(text.split()))
    parted = SENTENCE.split(plain.replace(". . .", "..."))
    return [
        re.sub(f"[{chr(HELD)}-{chr(HELD + 999)}]", lambda m: held[ord(m[0]) - HELD], each).replace(
            "\0", ""
        )
        for each in parted
    ]


def _unlinked(text: str) -> str:
    return re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", text)


def html(text: str) -> str:
    """Markdown as HTML; formulas are left for MathJax."""
    from nbconvert.filters.markdown import markdown2html

    made = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(_unlinked(text)))
    return re.sub(r"<p>(?=<em>(?:Figure|Table) )", '<p class="ce-caption">', made)
