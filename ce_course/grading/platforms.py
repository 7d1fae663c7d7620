"""What the names that learning platforms give to files and folders say: whose they are.

Students choose their files' own names, which come last. What is read here stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

# "Ada Byron_12345_assignsubmission_file_" (until 2022) or without the last underscore: a folder,
# or what stands before a file's name.
# A name may hold what looks like another's: in a folder's the last counts, in a file's the first.
MOODLE_FOLDER = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?$")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_")
# "byronada_12345_67890_work.ipynb", "byronada_LATE_12345_67890_work-1.ipynb": a user, a file. With
# names hidden "anon_x1Y2z_67890_work.ipynb". A text that was typed in: "byronada_12345_text.html".
CANVAS = re.compile(
    r"(?:(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d{2,})|(?P<anon>anon_(?:LATE_)?[A-Za-z0-9]{5}))"
    r"_(?:LATE_)?(?:(?P<file>\d{3,})_.|(?:text|link)\.html$)"
)
# "Homework 2_ab123_attempt_2026-11-20-10-11-12_work.ipynb", and the same as a .txt about it.
BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<when>\d{4}(?:-\d{1,2}){5})(?:_.|\.txt$|$)", re.IGNORECASE
)
# "12345-67890 - Ada Byron - Nov 20, 2026 1011 AM": a user, a folder to hand in to.
BRIGHTSPACE = re.compile(r"(?P<id>\d+)-\d+ - (?P<name>.+) - (?P<when>[^/]*\d[^/]*)$")
# "submission_12345"; "submission_metadata.yml" beside it has the names.
GRADESCOPE = re.compile(r"(?P<student>submission_\d+)$")
METADATA = "submission_metadata.yml"
LONGEST = 255  # characters of a name, on every system
FIELD = re.compile(r"(?:  - |    ):(name|sid|email): (.+)")


class Seat(NamedTuple):
    """Whose something is.

    student: one for each person. names: what else the platform calls them by. turn: of two
    attempts of one student, the later has the greater.
    """

    student: str
    names: tuple[str, ...] = ()
    turn: tuple[int, ...] = ()


def seat(name: str, title: str = "") -> Seat | None:
    """What a platform's name says; None if it is none.

    title: what all of Blackboard's names in one export begin with, as of `common_title`.
    """
    if len(name) > LONGEST:
        return None
    if match := MOODLE_FOLDER.match(name) or MOODLE.match(name):
        student = f"{match['name']}_{match['id']}"
        return Seat(student, (match["name"], match["id"]))
    if match := CANVAS.match(name):
        student = match["anon"] or f"{match['name']}_{match['id']}"
        names = tuple(filter(None, (match["name"], match["id"], match["anon"])))
        return Seat(student.replace("_LATE", ""), names, (_number(match["file"]),))
    if match := BLACKBOARD.match(name):
        head = match["head"]
        whole = head.startswith(title) and len(title) < len(head)
        user = head[len(title) :] if title and whole else head.rpartition("_")[2] or head
        return Seat(user, (), tuple(map(_number, match["when"].split("-"))))
    if match := BRIGHTSPACE.match(name):
        student = f"{match['name']}_{match['id']}"
        return Seat(student, (match["name"], match["id"]), _time(match["when"]))
    if match := GRADESCOPE.match(name):
        return Seat(match["student"])
    return None


def common_title(names: Iterable[str]) -> str:
    """What all of Blackboard's names begin with before the user's name, up to an underscore.

    A user's name may hold underscores too. "" if there is one user only: then it is not clear.
    """
    heads = {match["head"] for match in map(BLACKBOARD.match, names) if match}
    if len(heads) < 2:
        return ""
    first, last = min(heads), max(heads)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[: first.rfind("_", 0, same) + 1]


def gradescope_names(lines: Iterable[str]) -> dict[str, list[str]]:
    """The names, numbers and addresses in Gradescope's list, by submission."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in lines:
        if match := re.match(r"(submission_\d+):", line):
            names = found.setdefault(match[1], [])
        elif (match := FIELD.match(line)) and (value := match[2].strip().strip("'\"")):
            names.append(value.replace("''", "'"))  # as YAML quotes O'Brien
    return found


def _time(text: str) -> tuple[int, ...]:
    """Brightspace's time of a submission; () if it is written in another language's way."""
    words = re.sub(r"\b(\d{3})(?= [AP]M)", r"0\1", text.replace(",", ""), flags=re.IGNORECASE)
    for form in ("%b %d %Y %I%M %p", "%B %d %Y %I%M %p", "%d %B %Y %I%M %p", "%d %b %Y %I%M %p"):
        try:
            return tuple(datetime.strptime(words.strip(), form).timetuple()[:5])
        except ValueError:
            continue
    return ()


def _number(digits: str | None) -> int:
    return int((digits or "0")[:18])
