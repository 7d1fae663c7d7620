"""Questions to commit to: one right answer, each wrong one a misconception with its own reply.

The questions stand in `ce_course/questions/<chapter>.toml`, one table each. In a text,
`backticks` mark code.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import anywidget
import traitlets

from ce_course import catalogue
from ce_course.support import record
from ce_course.widgets.stored import stored
from ce_course.widgets.theme import HERE, stylesheet

QUESTIONS = HERE.parent / "questions"


@dataclass(frozen=True)
class Option:
    """One answer: its text, what is said to who chooses it, and the misconception if wrong."""

    text: str
    reply: str
    right: bool = False
    misconception: str = ""


@dataclass(frozen=True)
class Question:
    """One question. Its options stand in a fixed order that does not give the right one away.

    `teaches` names the chapter that answers the question, where that is not its own.
    """

    name: str
    chapter: str
    ask: str
    options: tuple[Option, ...]
    teaches: str = ""

    @property
    def right(self) -> int:
        """The index of the right option."""
        return next(i for i, option in enumerate(self.options) if option.right)

    def index(self, text: str | None) -> int | None:
        """The index of the option with this text; None if there is no such option (any more)."""
        return next((i for i, option in enumerate(self.options) if option.text == text), None)


# ------------------------------------------------------------------ the files


@cache
def load_questions(folder: Path = QUESTIONS) -> dict[str, Question]:
    """All questions of the course by name, in the order of the files and in them.

    Raises
    ------
    ValueError
        For a file that is no TOML, a name used twice, or a question that has not one `ask`,
        three or four different options, one right answer, and for every other option a
        misconception and a reply. The message names file and question.
    """
    questions: dict[str, Question] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{path.name}: not valid TOML: {error}") from None
        for name, table in tables.items():
            try:
                question = _question(name, path.stem, table)
            except ValueError as error:
                raise ValueError(f"{path.name}, [{name}]: {error}") from None
            if name in questions:
                other = questions[name].chapter
                raise ValueError(f"{path.name}, [{name}]: {other}.toml has this name already")
            questions[name] = question
    return questions


def question(name: str) -> Question:
    """The question called `name`; a ValueError with the nearest names if there is none."""
    questions = load_questions()
    if name not in questions:
        raise ValueError(f"no question {name!r}. {catalogue.closest(str(name), questions)}")
    return questions[name]


def _question(name: str, chapter: str, table: object) -> Question:
    table = _fields(table, needed={"ask": str, "options": list}, optional={"teaches": str})
    options = tuple(_option(i, option) for i, option in enumerate(table["options"], 1))
    if not 3 <= len(options) <= 4:
        raise ValueError(f"expected 3 or 4 options, got {len(options)}")
    if (right := sum(option.right for option in options)) != 1:
        raise ValueError(f"expected exactly one option with right = true, got {right}")
    if len({option.text for option in options}) < len(options):
        raise ValueError("expected different options, got the same text twice")

    def shuffled(option: Option) -> bytes:
        return hashlib.sha256(f"{name}/{option.text}".encode()).digest()

    return Question(
        name, chapter, table["ask"], tuple(sorted(options, key=shuffled)), table.get("teaches", "")
    )


def _option(number: int, table: object) -> Option:
    try:
        table = _fields(
            table,
            needed={"text": str, "reply": str},
            optional={"right": bool, "misconception": str},
        )
        option = Option(**table)
        if option.right and option.misconception:
            raise ValueError("expected no misconception on the right answer")
        if not option.right and not option.misconception:
            raise ValueError("expected a misconception, for it is a wrong answer")
    except ValueError as error:
        raise ValueError(f"option {number}: {error}") from None
    return option


def _fields(table: object, needed: Mapping[str, type], optional: Mapping[str, type]) -> dict:
    """The table's values, stripped, once every field is there, known, and of its type."""
    if not isinstance(table, dict):
        raise ValueError(f"expected a table, got {table!r}")
    kinds = {**needed, **optional}
    for key, value in table.items():
        if key not in kinds:
            raise ValueError(f"unknown field {key!r}; expected {', '.join(kinds)}")
        if not isinstance(value, kinds[key]):
            raise ValueError(f"{key}: expected {kinds[key].__name__}, got {value!r}")
    table = {k: v.strip() if isinstance(v, str) else v for k, v in table.items()}
    for key in needed:
        if not table.get(key):
            raise ValueError(f"expected {key!r}, got nothing")
    return table


# ------------------------------------------------------------------ the widget


class Quiz(anywidget.AnyWidget):
    """Questions answered in the notebook, one radio group each; remembers the first answers.

    Parameters
    ----------
    questions : sequence of Question
    call : str
        The call that makes this quiz, as the learner writes it.
    advice : sequence of (names of questions, text), optional
        Where to begin: the text of the first entry with a question not answered rightly at the
        first try. An entry without questions always applies. None: no advice is offered.
    """

    _esm = HERE / "quiz.js"
    _css = stylesheet("quiz", ".ce-quiz")

    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    advice = traitlets.List(traitlets.Dict()).tag(sync=True)
    first = traitlets.Dict(help="question's name: index of the first choice").tag(sync=True)
    latest = traitlets.Dict(help="question's name: index of the last choice").tag(sync=True)
    problem = traitlets.Unicode(help="why a choice could not be saved").tag(sync=True)

    def __init__(
        self,
        questions: Sequence[Question],
        call: str,
        advice: Iterable[tuple[Sequence[str], str]] = (),
    ):
        self.content, self.call = {q.name: q for q in questions}, call
        chosen = {q.name: q.index(record.choice(q.name)) for q in questions}
        chosen = {name: i for name, i in chosen.items() if i is not None}
        super().__init__(
            questions=[as_sent(q) for q in questions],
            advice=[{"questions": list(names), "text": inline(text)} for names, text in advice],
            first=chosen,
            latest=chosen,
        )
        self.observe(self._chosen, "first")

    def _chosen(self, change):
        # What `progress` prints (that it cannot save) would go to a log that nobody reads.
        with contextlib.redirect_stdout(io.StringIO()) as said:
            first = dict(change["new"])
            for name in first.keys() - change["old"].keys():
                question = self.content[name]
                kept = question.index(record.choice(name))
                if kept is None:
                    record.record_choice(name, question.options[first[name]].text)
                else:  # chosen meanwhile in another copy of the question: that was the first
                    first[name] = kept
        self.problem = said.getvalue().strip()
        self.first = first

    def _headed(self) -> list[tuple[str, Question]]:
        """Each question with what stands before it."""
        several = len(self.content) > 1
        return [
            (f"Question {i}." if several else "Question.", q)
            for i, q in enumerate(self.content.values(), 1)
        ]

    def __repr__(self):
        lines = []
        for head, q in self._headed():
            lines += [f"{head} {q.ask}", *(f"( ) {option.text}" for option in q.options), ""]
        return "\n".join([*lines, f"To answer, run the cell with {self.call}."])

    def html(self) -> str:
        """The questions, unanswered, for places where nothing runs."""
        blocks = "".join(
            f"<p><strong>{head}</strong> {inline(q.ask)}</p><ul>"
            + "".join(f"<li>{inline(option.text)}</li>" for option in q.options)
            + "</ul>"
            for head, q in self._headed()
        )
        how = f"<em>To answer, run the cell with</em> <code>{escape(self.call)}</code>."
        return f"{blocks}<p>{how}</p>"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, what it needs to be drawn again, and the unanswered questions as text."""
        bundle = super()._repr_mimebundle_(**kwargs)
        live, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        kept = stored("quiz", self, ("questions", "advice", "first", "latest", "problem"))
        texts = {"text/plain": repr(self), "text/html": self.html()}
        return {**(live or {}), **kept, **texts}, metadata


def predict(name: str) -> Quiz:
    """The question called `name`, to be answered before the experiment is run."""
    return Quiz([question(name)], f'predict("{name}")')


def diagnostic() -> Quiz:
    """Chapter 00's questions over the whole course, with advice on where to begin."""
    questions = [q for q in load_questions().values() if q.teaches]
    return Quiz(questions, "diagnostic()", advice(questions, catalogue.CHAPTERS))


def advice(
    questions: Iterable[Question], chapters: Sequence[catalogue.Chapter]
) -> list[tuple[list[str], str]]:
    """Where to begin: in the chapters' order, (questions that a chapter teaches, what to say).

    The last entry has no questions: it is for who answered all of them.
    """
    questions = list(questions)
    entries = []
    for chapter in chapters:
        names = [q.name for q in questions if q.teaches == chapter.name]
        if names:
            entries.append((names, f"Begin with chapter {_title(chapter)}."))
    last = chapters[-1]
    return [
        *entries,
        (
            [],
            "You know what the chapters so far will tell you. Try their exercises first, "
            f"beginning with those of chapter {_title(last)}; read where one resists.",
        ),
    ]


def _title(chapter: catalogue.Chapter) -> str:
    return f"{chapter.name[:2]}, {chapter.title}"


def as_sent(q: Question) -> dict:
    """The question as the browser gets it: texts as HTML."""
    return {
        "name": q.name,
        "ask": inline(q.ask),
        "options": [
            {
                "text": inline(option.text),
                "reply": inline(option.reply),
                "right": option.right,
                "misconception": inline(option.misconception),
            }
            for option in q.options
        ],
    }


def inline(text: str) -> str:
    """A text as HTML; what stands between `backticks` is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
