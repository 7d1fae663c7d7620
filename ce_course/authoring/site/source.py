"""What Sphinx reads: the course's notebooks, with places for widgets instead of their pictures."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import struct
from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import unquote

from ce_course import catalogue
from ce_course.authoring.site import ledger, scenes
from ce_course.authoring.site.elsewhere import Elsewhere
from ce_course.checks.by_name import exercise_called
from ce_course.checks.check import solution_code
from ce_course.checks.outside import on_a_page
from ce_course.widgets import quiz
from ce_course.widgets.explorer import Explorer, position

WIDGETS = {widget for chapter in catalogue.CHAPTERS for widget in chapter.widgets}
_LINK = re.compile(r"\[([^\]]+)\]\((#ce:[^)]+)\)")
LEAST = 0.8  # of its size, for a picture: the smallest text in it is then 11 pixels high
INSTEAD = "website"  # in a cell's metadata: the Markdown that the site has instead; none if empty
# What the texts say of a notebook, as pages with buttons have it.
_WORDS = {
    "before you run the cell below": "before you read on",
    "Choose first, then run.": "Choose first, then read on.",
    "Run `diagnose(...)` alone in a cell and you get": (
        "In a notebook, `diagnose(...)` alone in a cell shows"
    ),
    "The chapter is `notebooks/01_information_theory.ipynb`.": (
        "They belong to [chapter 01](../../notebooks/01_information_theory.ipynb)."
    ),
    "[notebook 00]": "[the first chapter]",
    ", run the cell, then run the check below it.": ", then press *Run and check*.",
    "Run the cells from top to bottom. Write your answer where it says so.": (
        "Write your answer where it says so."
    ),
    "Run the check before you write anything, to see what it says. "
    "Then write, run your cell, and check again.": (
        "Press *Run and check* before you write anything, to see what it says. "
        "Then write, and press it again."
    ),
    "a cell for your code, and a check directly below: run your cell, then the check.": (
        "a field for your code, and a button that runs and checks it."
    ),
    '`hint("entropy")` gives a nudge': "*Hint* gives a nudge",
    '`solution("entropy")` shows one answer': "*Solution* shows one answer",
    "`progress()` in any notebook shows what you have passed, and 00 shows it on the board.": (
        "The board on [the first page](../../index) shows what you have passed."
    ),
}
_ANSWER = re.compile(r'To answer, run the cell with (predict\("(\w+)"\)|diagnostic\(\))\.')


@dataclass
class Source:
    """The notebooks as they are given to Sphinx, and what they ask for.

    notebooks: by their path in the repository, whose folders the site keeps, so that links hold.
    asked: for each explorer the places that the text opens or links to; grids: the explorers on
    grids that have them. pictures: by file name.
    """

    notebooks: dict[Path, dict] = field(default_factory=dict)
    asked: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    grids: dict[str, Explorer] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)


def read(
    root: Path, chapters: list[catalogue.Chapter], elsewhere: Elsewhere | None = None
) -> Source:
    """The chapters and their exercises, from the stored notebooks below `root`."""
    found = Source()
    paths = [Path("notebooks", f"{chapter.name}.ipynb") for chapter in chapters]
    paths += [Path("exercises", c.name, f"{c.name}.ipynb") for c in chapters if c.exercises]
    for path in paths:
        found.notebooks[path] = json.loads((root / path).read_text(encoding="utf-8"))
    for notebook in found.notebooks.values():
        for cell in notebook["cells"]:
            ask(cell, found.asked)
    found.grids = {name: scenes.explorer(name, places) for name, places in found.asked.items()}
    for path, notebook in found.notebooks.items():
        cells = notebook["cells"]
        if path.parts[0] == "exercises":
            cells = _exercises(cells)
        shown = [_shown(cell, found) for cell in cells if cell["metadata"].get(INSTEAD) != ""]
        notebook["cells"] = [shown[0], _about(path, elsewhere or Elsewhere()), *shown[1:]]
    return found


def bare(path: Path, install: str = "") -> str:
    """A notebook without outputs, as it is offered to be taken along.

    install: the code of a cell that comes after the title; none if empty.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"].pop(INSTEAD, None)
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    if install:
        more = {"id": "install", "metadata": {}, "outputs": [], "execution_count": None}
        notebook["cells"].insert(1, {"cell_type": "code", "source": install} | more)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


_ABOUT = {
    "notebooks": "This page is a notebook that has been run. Widgets, questions and exercises work "
    "here; code is to be read. To change and run it:",
    "exercises": "You write, run and check in this page. To work in a notebook instead:",
}


_NARROW = (
    "On a screen as narrow as this one, what the text calls the left of a widget comes first, and "
    "what it calls the right comes below it."
)


def _about(path: Path, elsewhere: Elsewhere) -> dict:
    """What can be done on a page, and where its notebook can be run."""
    kind = path.parts[0]
    narrow = f' <span class="ce-narrow">{_NARROW}</span>' if kind == "notebooks" else ""
    text = f'<p class="ce-about">{_ABOUT[kind]} {elsewhere.links(path)}.{narrow}</p>'
    return {"cell_type": "markdown", "id": "about-this-page", "metadata": {}, "source": text}


# ---------------------------------------------------------------- what is in a cell


def widget_in(cell: dict) -> tuple[str, dict] | None:
    """The explorer that a cell has shown, from the text of its output: its name and its values."""
    for output in cell.get("outputs", []):
        first = "".join(output.get("data", {}).get("text/plain", [])).partition("\n")[0]
        name = first.partition("(")[0]
        if name in WIDGETS:
            call = ast.parse(first, mode="eval").body
            return name, {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    return None


def questions_in(cell: dict) -> list[quiz.Question]:
    """The questions that a cell has asked."""
    for output in cell.get("outputs", []):
        text = "".join(output.get("data", {}).get("text/plain", []))
        if asked := _ANSWER.search(text):
            every = quiz.load_questions().values()
            return [q for q in every if (q.name == asked[2] if asked[2] else q.teaches)]
    return []


def ask(cell: dict, asked: dict[str, list[dict]]) -> None:
    """Add the places that a cell opens or links to, by their explorers, to what was asked."""
    if widget := widget_in(cell):
        asked[widget[0]].append(widget[1])
    if cell["cell_type"] == "markdown":
        for _, target in _LINK.findall("".join(cell["source"])):
            _, name, wanted = target.split(":", 2)
            asked[name].append(Link.to(wanted))


class Link(dict):
    """The texts by control that a link to a widget asks for."""

    @classmethod
    def to(cls, wanted: str) -> Link:
        """From what stands in the link: "y=y%20=%201,p=0.001"."""
        return cls(unquote(wish).split("=", 1) for wish in wanted.split(","))


# ---------------------------------------------------------------- what is shown of it


def _shown(cell: dict, found: Source) -> dict:
    """The cell as Sphinx is to read it."""
    text = "".join(cell["source"])
    if INSTEAD in cell["metadata"]:
        text, kept = "".join(cell["metadata"][INSTEAD]), {k: cell[k] for k in ("id", "metadata")}
        cell = {"cell_type": "markdown", "source": text} | kept
    if cell["cell_type"] == "markdown":
        for words, here in _WORDS.items():
            text = text.replace(words, here)
        # as HTML, since Sphinx would look for the place in the page
        return cell | {"source": _LINK.sub(r'<a href="\2">\1</a>', text)}
    if cell["cell_type"] != "code":
        return cell
    tags = cell["metadata"].get("tags", [])
    if any(tag.startswith("claim-") for tag in tags):  # the page of claims links to it
        tags = [*tags, ledger.cell_name(cell["id"])]
        cell = cell | {"metadata": cell["metadata"] | {"tags": tags}}
    if widget := widget_in(cell):
        name, values = widget
        picture = next(o for o in cell["outputs"] if "image/png" in o.get("data", {}))
        controls = found.grids[name].controls
        state = [position(c, values[c.name]) for c in controls]
        attributes = f'data-kind="explorer" data-name="{name}" data-state="{state}"'
        return _only(cell, place(attributes, _picture(picture, found)))
    if questions := questions_in(cell):
        name = questions[0].name if len(questions) == 1 else "diagnostic"
        return _only(cell, place(f'data-kind="quiz" data-name="{name}"', _quiz(questions)))
    if text.rstrip().endswith("progress()"):
        words = "<p>The board needs JavaScript.</p>"
        return _only(cell, place('data-kind="board" data-name="board"', words))
    outputs = []
    for output in cell["outputs"]:
        if "image/png" in output.get("data", {}):
            output = output | {"data": {"text/html": _picture(output, found)}}
        elif output["output_type"] == "stream":
            output = output | {"text": on_a_page("".join(output["text"]))}
        outputs.append(output)
    return cell | {"outputs": outputs}


def _only(cell: dict, html: str) -> dict:
    """The cell with this output and without its code, if that did nothing but make the output."""
    tags = cell["metadata"].get("tags", [])
    statements = ast.parse("".join(cell["source"])).body
    if all(isinstance(each, ast.Import | ast.ImportFrom | ast.Expr) for each in statements):
        tags = [*tags, "remove-input"]
    output = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    return cell | {"outputs": [output], "metadata": cell["metadata"] | {"tags": tags}}


def place(attributes: str, inside: str) -> str:
    """A place for `host.js` to draw a widget in; inside: what stands there until it is drawn."""
    return f'<div class="ce-widget" {attributes}>{inside}</div>'


def _picture(output: dict, found: Source) -> str:
    png = b64decode("".join(output["data"]["image/png"]))
    name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    found.pictures[name] = png
    width, height = struct.unpack(">II", png[16:24])  # its head says so
    alt = output["metadata"]["image/png"]["alt"]
    return (
        f'<img class="ce-picture dark-light" loading="lazy" width="{width}" height="{height}" '
        f'style="min-width: {LEAST * width:.0f}px" '
        f'src="../_static/pictures/{name}" alt="{escape(alt)}">'
    )


def _quiz(questions: list[quiz.Question]) -> str:
    """The questions as text, and what `quiz.js` draws them from."""
    several = len(questions) > 1
    sent = {
        "questions": [
            quiz.as_sent(q) | {"texts": [option.text for option in q.options]} for q in questions
        ],
        "advice": [
            {"questions": names, "text": quiz.inline(text)}
            for names, text in (quiz.advice(questions, catalogue.CHAPTERS) if several else [])
        ],
    }
    texts = "".join(
        f"<p><strong>{quiz.inline(q.ask)}</strong></p><ul>"
        + "".join(f"<li>{quiz.inline(option.text)}</li>" for option in q.options)
        + "</ul>"
        for q in questions
    )
    return texts + _json(sent)


# ---------------------------------------------------------------- exercises


def _exercises(cells: list[dict]) -> list[dict]:
    """The cells of a notebook of exercises, with places for the learner's code.

    The page has buttons for what the notebook's cells with `check` and hints do.
    """
    setup, shown = "", []
    for cell in cells:
        mark, text = cell["metadata"].get("nbgrader", {}), "".join(cell["source"])
        if mark.get("solution"):
            shown.append(
                _only(cell | {"source": "...", "metadata": {}}, _exercise(mark, text, setup))
            )
        elif cell["cell_type"] == "code":
            setup += "" if mark else f"{text}\n"
        elif not text.startswith("<details><summary>Hints for"):
            shown.append(cell)
    return shown


def _exercise(mark: dict, stub: str, setup: str) -> str:
    exercise = exercise_called(mark["grade_id"])
    data = {
        "name": exercise.name,
        "stub": stub,
        "setup": setup,
        "hints": exercise.hints,
        "solution": solution_code(exercise),
        "torch": "torch" in exercise.libraries,
        "allowed": exercise.seconds,
        "seconds": 6 * exercise.seconds,  # when it is ended: it is slower in a browser
    }
    return (
        f'<div class="ce-exercise" data-name="{exercise.name}">'
        f'<pre class="ce-code"><code>{escape(stub)}</code></pre>{_json(data)}</div>'
    )


def _json(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'
