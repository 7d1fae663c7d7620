"""The progress board: every exercise of the course, passed or not, and the questions answered."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ce_course import catalogue
from ce_course.support import record
from ce_course.widgets.quiz import Question, load_questions
from ce_course.widgets.stored import stored
from ce_course.widgets.theme import HERE, stylesheet

# ------------------------------------------------------------------ what is to be read


def tally(
    chapter: catalogue.Chapter,
    records: Mapping[str, Mapping[str, Any]],
    questions: Mapping[str, Question],
    choices: Mapping[str, str],
) -> dict[str, int]:
    """A chapter's counts: `exercises`, `passed`, `questions`, `answered`, `right`.

    Parameters
    ----------
    records : as `record.summary()` gives them
    questions : all questions by name
    choices : question's name: text of the option chosen first
    """
    own = [q for q in questions.values() if q.chapter == chapter.name]
    chosen = [(q, i) for q in own if (i := q.index(choices.get(q.name))) is not None]
    return {
        "exercises": len(chapter.exercises),
        "passed": sum(bool(records[name]["passed"]) for name in chapter.exercises),
        "questions": len(own),
        "answered": len(chosen),
        "right": sum(i == q.right for q, i in chosen),
    }


def state(record: Mapping[str, Any]) -> str:
    """An exercise's state: a symbol and words, with the day of the first pass."""
    if record["passed"]:
        return f"✓ passed on {record['passed']}"
    return "… tried, not passed yet" if record["attempts"] else "○ not tried yet"


def _title(chapter: catalogue.Chapter) -> str:
    return f"{chapter.name[:2]} {chapter.title}"


def _passed(counts: Mapping[str, int]) -> str:
    if not counts["exercises"]:
        return "no exercises"
    return f"{counts['passed']} of {counts['exercises']} exercises passed"


def _answered(counts: Mapping[str, int]) -> str:
    if not counts["questions"]:
        return "No questions."
    return (
        f"Questions: {counts['answered']} of {counts['questions']} answered, "
        f"{counts['right']} right at the first try."
    )


def as_text(counts: Mapping[catalogue.Chapter, Mapping[str, int]]) -> str:
    """The board as plain text: one line a chapter, then the totals."""
    lines = [f"{_title(chapter)}: {_passed(c)}. {_answered(c)}" for chapter, c in counts.items()]
    total = _total(counts)
    return "\n".join([*lines, f"All: {_passed(total)}. {_answered(total)}"])


def as_html(
    counts: Mapping[catalogue.Chapter, Mapping[str, int]],
    records: Mapping[str, Mapping[str, Any]],
    here: Path,
) -> str:
    """The board as HTML, with links to the notebooks from the folder `here`."""
    total = _total(counts)
    begun = next((c for c in counts if counts[c]["passed"] < counts[c]["exercises"]), None)
    parts = [f"<p><strong>{_passed(total).capitalize()}.</strong> {_answered(total)}</p>"]
    for chapter, c in counts.items():
        rows = "".join(_row(name, records[name]) for name in chapter.exercises)
        head = "".join(f'<th scope="col">{text}</th>' for text in ("Exercise", "State", "Hints"))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        bar = (
            f'<progress aria-hidden="true" value="{c["passed"]}" max="{c["exercises"]}"></progress>'
        )
        parts.append(
            f"<details{' open' if chapter is begun else ''}>"
            f"<summary>{escape(_title(chapter))}: {_passed(c)} {bar if rows else ''}</summary>"
            f"<p>{_links(chapter, here)} {_answered(c)}</p>{table if rows else ''}</details>"
        )
    return "".join(parts)


def _row(name: str, record: Mapping[str, Any]) -> str:
    cells = (state(record), record["hints"])
    return (
        f'<tr><th scope="row"><code>{escape(name)}</code></th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _links(chapter: catalogue.Chapter, here: Path) -> str:
    """Links to the chapter's notebook and exercises; none outside of a copy of the course."""
    start = Path("notebooks") / f"{catalogue.CHAPTERS[0].name}.ipynb"
    course = next((f for f in (here, *here.parents) if (f / start).is_file()), None)
    if course is None:
        return ""
    targets = {"Notebook": course / "notebooks" / f"{chapter.name}.ipynb"}
    if chapter.exercises:
        targets["Exercises"] = course / "exercises" / chapter.name / f"{chapter.name}.ipynb"
    return " ".join(
        f'<a href="{escape(Path(os.path.relpath(path, here)).as_posix())}">{text}</a> ·'
        for text, path in targets.items()
    )


def _total(counts: Mapping[catalogue.Chapter, Mapping[str, int]]) -> dict[str, int]:
    keys = next(iter(counts.values()))
    return {key: sum(c[key] for c in counts.values()) for key in keys}


# ------------------------------------------------------------------ the widget


class Board(anywidget.AnyWidget):
    """The board with its buttons: refresh, reset (with a question first), undo."""

    _esm = HERE / "board.js"
    _css = stylesheet("board", ".ce-board")

    html = traitlets.Unicode().tag(sync=True)

    def __init__(self):
        super().__init__()
        self._read()
        self.on_msg(lambda _, content, buffers: self._asked(content["ask"]))

    def _read(self):
        questions = load_questions()
        records = record.summary()
        chosen = {name: record.choice(name) for name in questions}
        counts = {c: tally(c, records, questions, chosen) for c in catalogue.CHAPTERS}
        self.text = as_text(counts)
        self.html = as_html(counts, records, Path.cwd())

    def _asked(self, ask: str):
        actions = {"refresh": lambda: None, "reset": record.reset, "undo": record.restore}
        with contextlib.redirect_stdout(io.StringIO()) as said:
            actions[ask]()
            self._read()
        self.send({"answer": said.getvalue().strip() or "The board is up to date."})

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, **kwargs):
        """The widget, what it needs to be drawn again, and the board as text and as HTML."""
        bundle = super()._repr_mimebundle_(**kwargs)
        live, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        kept = stored("board", self, ("html",), whole=False)
        texts = {"text/plain": self.text, "text/html": self.html}
        return {**(live or {}), **kept, **texts}, metadata


def board() -> Board:
    """What you have passed and answered so far, with links to what is left."""
    return Board()
