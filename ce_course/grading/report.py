"""Writes the results: marks, a page for each student, a page for the teacher, others' formats.

Every file is made anew from what is remembered of the submissions, and is written whole. Times
aside, the same submissions give the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ce_course
from ce_course import catalogue
from ce_course.grading.submissions import Submission, natural
from ce_course.plots import PALETTE
from ce_course.support.files import write_whole

if TYPE_CHECKING:
    from ce_course.grading.grades import Settings
    from ce_course.grading.processes import Answer

ROOT = Path(ce_course.__file__).parent.parent
FOLDERS = ("feedback", "gradescope")
COLUMNS = ("student", "assignment", "exercise", "points", "of", "state", "seconds")
BOM = "\ufeff"  # by which spreadsheets know UTF-8
# A spreadsheet takes text that begins with one of these for a formula; the wide ones in East Asia.
# It begins anew after each semicolon where spreadsheets separate by these, as in most of Europe.
FORMULA = re.compile('(^|;)(?=[" ]*[=+@\t\r\uff1d\uff0b\uff0d\uff20-])')
PAGE_NAME = re.compile(r".+-[0-9a-f]{10}")

# State: symbol, words, colour in the palette. Never the colour alone.
STATES = {
    "right": ("✓", "right", "green"),
    "wrong": ("✗", "not right", "orange"),
    "raised": ("!", "raised an error", "purple"),
    "gave no answer": ("…", "gave no answer", "red"),
    "not attempted": ("○", "not attempted", "grey"),
}


@dataclass(frozen=True)
class Entry:
    """A submission in the results.

    student: the name it goes by. chapter: "" if unknown.
    later: the place of the later attempt that counts instead.
    """

    student: str
    chapter: str
    submission: Submission
    later: str | None = None


def attempts(found: Iterable[tuple[Submission, str]]) -> list[Entry]:
    """Whose each submission is in the results, given the chapter that it is of.

    Of several attempts that are one student's for sure, the last counts. Others that share a
    student's name and a chapter may be different people's: each is called by its place, but those
    that have the name more surely than all others. No two of these are called the same.
    """
    groups = defaultdict(list)
    entries, alike = [], []
    for each, chapter in found:
        if chapter:
            groups[each.student, chapter].append(each)
        else:
            entries.append(Entry(each.student, "", each))
    for (student, chapter), group in groups.items():
        surest = max(s.sure for s in group)
        keys = {_attempts(s) for s in group if s.sure == surest}
        theirs = [s for s in group if {_attempts(s)} == keys]
        last = max(theirs, key=lambda s: s.order, default=None)
        for s in group:
            if {_attempts(s)} == keys:
                later = last.place if s is not last else None
                entries.append(Entry(student, chapter, s, later))
            else:
                alike.append((s, chapter))
    names = {entry.student for entry in entries if entry.chapter}
    for s, chapter in sorted(alike, key=lambda pair: not pair[0].place.endswith(".ipynb")):
        name = stem(s.place).strip()
        name = s.place.strip() if name in names else name
        while name in names:
            name += "'"
        names.add(name)
        entries.append(Entry(name, chapter, s))
    return sorted(
        entries,
        key=lambda e: (natural(e.student.casefold()), e.student, e.chapter, e.submission.order[2:]),
    )


def _attempts(submission: Submission) -> tuple[str, str]:
    """The same for attempts of one student, told for sure."""
    return submission.attempts, "" if submission.attempts else submission.place


def write(
    results: Path,
    entries: Sequence[Entry],
    load: Callable[[Submission], Answer],
    settings: Settings,
    formats: Iterable[str],
) -> Counter:
    """Write all results; return how many students and how many submissions with a problem.

    entries: sorted by student. load: what grading a submission gave, read when it is needed.
    """
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(COLUMNS)
    cohort = Cohort()
    kept = set()
    scores: list[tuple[str, str, dict[str, float]]] = []  # for nbgrader
    page = _template("feedback.html")
    for student, theirs in groupby(entries, lambda entry: entry.student):
        name = page_name(student)
        parts = [(entry, load(entry.submission)) for entry in theirs]
        for entry, answer in parts:
            rows.writerows(csv_rows(entry, answer, settings.chapter))
            cohort.add(entry, answer, name)
            if "gradescope" in formats and not entry.later and not entry.submission.is_absent:
                folder = entry.chapter or f"not-graded-{_hash(entry.submission.place)}"
                kept.add(results / "gradescope" / name / folder / "results.json")
                _write(results / "gradescope" / name / folder / "results.json", gradescope(answer))
            if "nbgrader" in formats and not entry.later and entry.chapter:
                points = {each.exercise: each.points for each in answer.grade.exercises}
                scores.append((student, entry.chapter, points))
        kept.add(results / "feedback" / f"{name}.html")
        _write(results / "feedback" / f"{name}.html", page.render(student=student, parts=parts))
    if scores:
        write_gradebook(results / "gradebook.db", scores)
    _write(results / "cohort.html", _template("cohort.html").render(**cohort.view(settings)))
    _write(results / "grades.csv", BOM + table.getvalue())
    _remove_others(results, kept)
    return Counter(students=cohort.students, problems=len(cohort.problems))


def prepare() -> None:
    """Load what writing needs, which takes a moment."""
    _template("feedback.html"), _template("cohort.html")


def closing(counts: Counter, results: Path) -> str:
    """What the command says at the end."""
    lines = [
        f"{_many(counts['done'], 'submission')} of {_many(counts['students'], 'student')}, "
        f"{counts['anew']} of them graded now.",
        f"Marks: {results / 'grades.csv'}. For you: {results / 'cohort.html'}. "
        f"For students: {results / 'feedback'}.",
    ]
    if counts["absent"]:
        lines.append(f"{_many(counts['absent'], 'student')} of the list handed in nothing.")
    if counts["problems"]:
        needs = "needs" if counts["problems"] == 1 else "need"
        lines.append(f"{_many(counts['problems'], 'submission')} {needs} a look: see cohort.html.")
    return "\n".join(lines)


# ---------------------------------------------------------------- marks


def csv_rows(entry: Entry, answer: Answer, chapter: str | None = None) -> list[list]:
    """The rows of one submission: one for each exercise, or one that says why there is none."""
    assignment = entry.chapter or entry.submission.chapter or chapter or ""
    who, grade = [_harmless(entry.student), _harmless(assignment)], answer.grade
    if entry.later:
        state = _harmless(f"not counted: a later attempt is {entry.later}")
        return [[*who, "", "", "", state, _seconds(grade.seconds)]]
    if not grade.exercises:
        return [[*who, "", "", "", _harmless(grade.problem), _seconds(grade.seconds)]]
    return [
        [
            *who,
            each.exercise,
            f"{each.points:g}",
            f"{each.of:g}",
            _harmless(grade.problem or each.state),
            _seconds(each.seconds),
        ]
        for each in grade.exercises
    ]


def gradescope(answer: Answer) -> str:
    """The results.json that Gradescope shows for one submission."""
    grade = answer.grade
    tests = [
        {
            "name": each.exercise,
            "score": each.points,
            "max_score": each.of,
            "status": "passed" if each.state == "right" else "failed",
            "output": "\n".join(filter(None, (STATES[each.state][1] + ".", _advice(each)))),
            "output_format": "text",
            "visibility": "visible",
        }
        for each in grade.exercises
    ]
    content: dict[str, Any] = {"score": grade.points, "output": "\n".join(_remarks(grade))}
    content |= {"output_format": "text", "visibility": "visible", "tests": tests}
    content["execution_time"] = round(grade.seconds)
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def write_gradebook(path: Path, scores: list[tuple[str, str, dict[str, float]]]) -> None:
    """Write scores (student, chapter, points by exercise) into an nbgrader gradebook.

    An existing gradebook is updated: marks that were given by hand stay.
    """
    new = path if path.exists() else path.with_name(f".{path.name}-{os.urandom(4).hex()}.tmp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's, about how nbgrader uses it
        _fill_gradebook(new, scores)
    os.replace(new, path)


def _fill_gradebook(path: Path, scores: list[tuple[str, str, dict[str, float]]]) -> None:
    # nbgrader starts alembic by its name, which may not be on the PATH.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])

    import nbformat
    from nbgrader.api import Gradebook
    from nbgrader.preprocessors import SaveCells
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    url, course = f"sqlite:///{path}", config.CourseDirectory.course_id
    with Gradebook(url, course) as book:
        for chapter in sorted({chapter for _, chapter, _ in scores}):
            book.update_or_create_assignment(chapter)
            released = nbformat.read(ROOT / "exercises" / chapter / f"{chapter}.ipynb", 4)
            names = {"notebook": chapter, "assignment": chapter, "db_url": url}
            SaveCells(config=config).preprocess(released, {"nbgrader": names})
        for student, chapter, points in scores:
            book.update_or_create_student(student)
            submission = book.update_or_create_submission(chapter, student)
            for grade in submission.notebooks[0].grades:
                grade.auto_score = points[grade.name.removeprefix("check_")]
                grade.needs_manual_grade = grade.manual_score is not None
            book.db.commit()


# ---------------------------------------------------------------- pages


class Cohort:
    """What the teacher's page shows, counted submission by submission."""

    def __init__(self) -> None:
        self.students = 0
        self.submissions = Counter()  # by chapter
        self.points = Counter()
        self.of: dict[str, float] = {}
        self.states = Counter()  # by chapter, exercise, state
        self.mistakes = Counter()  # by chapter, exercise, mistake
        self.sandboxes = Counter()
        self.seconds: list[float] = []
        self.problems: list[tuple[str, str, str]] = []
        self.marks: dict[tuple[str, str], list[tuple[str, float, float]]] = defaultdict(list)

    def add(self, entry: Entry, answer: Answer, name: str) -> None:
        """Count a submission; `name` is that of its student's page."""
        grade = answer.grade
        self.students += (entry.student, name) not in self.marks
        marks = self.marks[entry.student, name]
        place = entry.submission.place
        if entry.later:
            self.problems.append((entry.student, place, f"not counted, {entry.later} is later"))
            return
        remarks = " ".join([*_remarks(grade), *filter(None, [entry.submission.remark])])
        if remarks:
            self.problems.append((entry.student, place, remarks))
        if answer.sandbox:
            self.sandboxes[json.dumps(answer.sandbox, sort_keys=True, ensure_ascii=False)] += 1
            self.seconds.append(grade.seconds)
        if not entry.chapter:
            return
        self.submissions[entry.chapter] += 1
        self.points[entry.chapter] += grade.points
        self.of[entry.chapter] = grade.of
        marks.append((entry.chapter, grade.points, grade.of))
        for each in grade.exercises:
            self.states[entry.chapter, each.exercise, each.state] += 1
            if each.mistake:
                self.mistakes[entry.chapter, each.exercise, each.mistake] += 1

    def view(self, settings: Settings) -> dict[str, Any]:
        """What the template needs."""
        chapters = [
            {
                "chapter": chapter,
                "submissions": self.submissions[chapter.name],
                "mean": self.points[chapter.name] / self.submissions[chapter.name],
                "of": self.of[chapter.name],
                "rows": [
                    (name, [self.states[chapter.name, name, state] for state in STATES])
                    for name in chapter.exercises
                ],
            }
            for chapter in catalogue.CHAPTERS
            if self.submissions[chapter.name]
        ]
        order = catalogue.exercise_names()
        mistakes = sorted(
            self.mistakes.items(), key=lambda item: (-item[1], order.index(item[0][1]), item[0][2])
        )
        sandboxes = [(json.loads(text), count) for text, count in self.sandboxes.most_common()]
        return {
            "students": self.students,
            "graded": sum(self.submissions.values()),
            "chapters": chapters,
            "mistakes": [(exercise, name, count) for (_, exercise, name), count in mistakes],
            "problems": self.problems,
            "marks": list(self.marks.items()),
            "sandboxes": sandboxes,
            "seconds": sorted(self.seconds),
            "settings": settings,
            "limits": asdict(settings.limits),
            "version": ce_course.__version__,
        }


def page_name(student: str) -> str:
    """A file name for a student's page: safe everywhere, and no two students' are the same."""
    readable = re.sub(r"[^\w.-]+", "-", student).strip(".-_")[:40]
    return f"{readable or 'student'}-{_hash(student)}"


def stem(place: str) -> str:
    """A place without the ending of its file's name."""
    return re.sub(r"\.ipynb(?:\.txt|\.json)?[. ]*(?=$| \[\d+\]$)", "", place, flags=re.IGNORECASE)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _advice(each) -> str:
    """What a student is told about an exercise."""
    known = f"Known mistake: {each.mistake}." if each.mistake else ""
    return "\n".join(filter(None, (known, each.feedback)))


def _remarks(grade) -> list[str]:
    return [*([_sentence(grade.problem)] if grade.problem else []), *grade.notes]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _compiled():
    """Where compiled templates are kept for the next run; None if there is no such place."""
    import platformdirs
    from jinja2 import FileSystemBytecodeCache

    folder = platformdirs.user_cache_path("ce-course", appauthor=False)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


@cache
def _template(name: str):
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_compiled(),
    )
    environment.globals |= {
        "STATES": STATES,
        "PALETTE": PALETTE,
        "zip": zip,
        "title": lambda chapter: catalogue.chapter(chapter).title,
        "remarks": _remarks,
    }
    return environment.get_template(name)


def _write(path: Path, text: str) -> None:
    """Write a file whole, unless it is there already as it should be."""
    try:
        if path.read_bytes() == text.encode("utf-8"):
            return
    except OSError:
        pass
    write_whole(path, text, outlive_power=False)


def _remove_others(results: Path, kept: set[Path]) -> None:
    """Remove pages that an earlier run wrote for submissions that are gone; nothing of others."""
    old = [*results.glob("feedback/*.html"), *results.glob("gradescope/*/*/results.json")]
    for path in old:
        name = path.stem if path.suffix == ".html" else path.parts[-3]
        if path not in kept and PAGE_NAME.fullmatch(name):
            path.unlink()
            for folder in path.parents[:2] if path.suffix == ".json" else ():
                if not any(folder.iterdir()):
                    folder.rmdir()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _harmless(text: str) -> str:
    return FORMULA.sub(r"\1'", text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
