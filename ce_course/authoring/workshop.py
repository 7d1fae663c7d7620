"""For teachers: the plans in workshop/ refer by name to what the course has; here they are filled.

A plan is a Markdown file. Its title, its parts and their steps end in minutes, which must add up:

    # Three hours (180 minutes)
    ## One answer and its price (60 minutes)
    ### The price of one answer (15 minutes)
    - sections: 02_binary_cross_entropy 1 2
    - sections: 02_binary_cross_entropy First, take hold of it
    - widget: loss_curve
    - question: verdict_on_070
    - pairs: binary_cross_entropy
    - stuck: binary_cross_entropy / the mean
    - late: What to leave out, in words.

Whatever else stands below a heading is text for the teacher. A part without steps is a break. A
part that is called a week is a session of its own: its clock begins anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ce_course import catalogue
from ce_course.authoring import slides as decks
from ce_course.checks.by_name import exercise_called
from ce_course.checks.exercise import Exercise, Mistake
from ce_course.support.files import write_whole
from ce_course.widgets import quiz

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sections", "widget", "question", "pairs", "stuck", "late")
HEADING = re.compile(r"(#{1,3}) (.+) \((\d+) minutes\)")


@dataclass
class Step:
    """What fills some minutes: names of the course's things, by kind, and words to the teacher."""

    title: str
    minutes: int
    line: int
    names: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    text: str = ""
    steps: list[Step] = field(default_factory=list)


def read(path: Path) -> Step:
    """The plan in this file: a step whose steps are the parts, whose steps are the steps.

    Raises
    ------
    ValueError
        For a line that is no heading with minutes or no known kind of reference, for minutes that
        do not add up and for names that the course does not have. It names the file and the line,
        and what was expected.
    """
    levels: list[Step] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}, line {number}"
        if line.startswith("#"):
            if not (match := HEADING.fullmatch(line)):
                raise ValueError(f"{where}: expected '# Title (90 minutes)', got {line!r}")
            depth = len(match[1])
            if len(levels) < depth - 1 or (depth == 1 and levels):
                raise ValueError(f"{where}: expected one plan (#), its parts (##), their steps")
            levels = [*levels[: depth - 1], Step(match[2], int(match[3]), number)]
            if depth > 1:
                levels[-2].steps.append(levels[-1])
        elif not levels:
            raise ValueError(f"{where}: expected '# Title (90 minutes)', got {line!r}")
        elif line.startswith("- "):
            kind, _, name = line[2:].partition(": ")
            if kind not in KINDS or len(levels) < 3:
                raise ValueError(f"{where}: expected, in a step, one of {KINDS}, got {line!r}")
            try:
                _find(kind, name)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{where}: {error.args[0]}") from None
            names = levels[-1].names
            if kind == "stuck" and name.partition(" / ")[0] not in names["pairs"]:
                raise ValueError(f"{where}: expected the exercise before its mistake, as - pairs:")
            names[kind].append(name)
        else:
            levels[-1].text += line + "\n"
    if not levels:
        raise ValueError(f"{path.name}: expected a plan, got an empty file")
    _add_up(levels[0], path)
    return levels[0]


def _add_up(step: Step, path: Path) -> None:
    for part in step.steps:
        _add_up(part, path)
    total = sum(part.minutes for part in step.steps)
    if step.steps and total != step.minutes:
        raise ValueError(
            f"{path.name}, line {step.line}: {step.title!r} has {step.minutes} minutes, and what "
            f"stands below it adds up to {total}"
        )


# ------------------------------------------------------------------ what a name stands for


@dataclass(frozen=True)
class Section:
    """A section of a notebook; `anchor`: the name of the first slide from its heading on."""

    chapter: catalogue.Chapter
    title: str
    anchor: str


@cache
def sections(name: str) -> dict[str, Section]:
    """The sections of a chapter by what a plan calls them: "3" or, without a number, the title."""
    chapter = catalogue.chapter(name)
    titles: list[tuple[str, str]] = []
    waiting, last = 0, ""
    for cell in decks.read(chapter).cells:
        if cell.cell_type == "markdown":
            titles += [(title, "") for title in re.findall(r"^## (.+)$", cell.source, re.M)]
        if "slide" in cell.metadata.get("tags", []):
            titles[waiting:] = [(title, cell.id) for title, _ in titles[waiting:]]
            waiting, last = len(titles), cell.id
    found = {}
    for title, anchor in titles:
        number = re.match(r"(\d+)\. ", title)
        found[number[1] if number else title] = Section(chapter, title, anchor or last)
    return found


@cache
def slides_with(kind: str, name: str) -> list[Section]:
    """Where slides show a widget or ask a question: the section, and the slide as its anchor."""
    code = re.compile({"widget": rf"^{name}\(", "question": rf'^predict\("{name}"\)$'}[kind], re.M)
    found = []
    for chapter in catalogue.CHAPTERS:
        title = anchor = ""
        for cell in decks.read(chapter).cells:
            tags = cell.metadata.get("tags", [])
            if cell.cell_type == "markdown":
                title = re.findall(r"^## (.+)$", cell.source, re.M)[-1:] or title
            if "slide" in tags:
                anchor = cell.id
            if {"slide", "slide-more"} & set(tags) and code.search(cell.source):
                found.append(Section(chapter, "".join(title), anchor))
    return found


def _slide(step: Step, kind: str, name: str) -> Section:
    """The slide with a widget or a question: in the step's sections, else the first there is."""
    titles = {each.title for names in step.names["sections"] for each in _sections(names)}
    found = slides_with(kind, name)
    return next((each for each in found if each.title in titles), found[0])


def _find(kind: str, name: str):
    return {
        "sections": _sections,
        "widget": catalogue.widget_module,
        "question": quiz.question,
        "pairs": exercise_called,
        "stuck": _mistake,
        "late": str,
    }[kind](name)


def _sections(name: str) -> list[Section]:
    chapter, *wanted = name.split(" ")
    there = sections(catalogue.chapter(chapter).name)
    if " ".join(wanted) in there:  # a title of several words
        wanted = [" ".join(wanted)]
    if not wanted:
        raise ValueError(f"expected sections of {chapter}: {', '.join(there)}")
    for each in wanted:
        if each not in there:
            raise ValueError(f"{chapter} has no section {each!r}. There are: {', '.join(there)}")
    return [there[each] for each in wanted]


def _mistake(name: str) -> tuple[Exercise, Mistake]:
    exercise, _, called = name.partition(" / ")
    found = exercise_called(exercise)
    for mistake in found.mistakes:
        if mistake.name == called:
            return found, mistake
    near = catalogue.closest(called, {mistake.name for mistake in found.mistakes})
    raise ValueError(f"{exercise} has no known mistake {called!r}. {near}")


# ------------------------------------------------------------------ the teacher's page


def page(plan: Step, slides: str = "../slides") -> str:
    """The plan as one HTML page, with what it refers to; nothing beside it is needed.

    slides : where the slides lie, as a link from the page
    """
    return (
        decks.environment()
        .get_template("workshop.html")
        .render(
            plan=plan,
            find=_find,
            slides=slides,
            clock=_clock(plan),
            slide=_slide,
            picture=_picture,
            known=_known,
        )
    )


def write(out: Path, folder: Path = ROOT / "workshop") -> list[Path]:
    """Write a page for each plan in the folder; return the files written."""
    return [
        write_whole(out / f"{path.stem}.html", page(read(path)))
        for path in sorted(folder.glob("*.md"))
    ]


def _clock(plan: Step) -> dict[int, str]:
    """When each part and step begins, by its line, in hours and minutes of its session."""
    starts, minutes = {}, 0
    for part in plan.steps:
        if part.title.startswith("Week "):
            minutes = 0
        for step in part.steps or [part]:
            starts.setdefault(part.line, f"{minutes // 60}:{minutes % 60:02}")
            starts[step.line] = f"{minutes // 60}:{minutes % 60:02}"
            minutes += step.minutes
    return starts


def _known(exercise: Exercise) -> dict[str, str]:
    """Each known mistake of an exercise, and what the course says to who makes it."""
    return {mistake.name: mistake.hint for mistake in exercise.mistakes}


def _picture(widget: str) -> str:
    """A widget's picture with its words, as the notebook of its chapter shows it first."""
    chapter = next(chapter for chapter in catalogue.CHAPTERS if widget in chapter.widgets)
    for cell in decks.read(chapter).cells:
        if cell.cell_type == "code" and re.search(rf"^{widget}\(", cell.source, re.M):
            return cell.outputs[-1].data["text/html"]
    raise ValueError(f"notebooks/{chapter.name}.ipynb: no cell shows {widget}")
