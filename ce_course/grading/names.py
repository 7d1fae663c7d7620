"""Joins what platforms call students to the teacher's own list of names."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ce_course.grading.submissions import NOTHING, Submission, clean

MAX_LIST = 10 * 2**20  # bytes
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "surname", "family name")


class NoList(ValueError):
    """Why a table of names cannot be used."""


@dataclass(frozen=True)
class Person:
    """A line of the table. name: what the results call them. known_as: folded, how else."""

    name: str
    known_as: frozenset[str]


def read(path: str | Path) -> tuple[Person, ...]:
    """A teacher's table: a CSV file with a header, and one line for each student.

    The first column is the name in the results; every other may hold what a platform calls them:
    a number, a login, an address. A first and a last name in columns of their own are joined too.
    Raises OSError or NoList.
    """
    with open(path, "rb") as file:
        data = file.read(MAX_LIST + 1)
    if len(data) > MAX_LIST:
        raise NoList(f"{path} is too large for a list of names")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise NoList(f"{path} has no names: expected a header, and a line for each student")
    separator = max(",;\t", key=lines[0].count)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise NoList(f"{path} is no CSV file: {error}") from None
    header, rows = [cell.casefold() for cell in rows[0]], [row for row in rows[1:] if any(row)]
    first = next((n for n, title in enumerate(header) if title in FIRST), None)
    last = next((n for n, title in enumerate(header) if title in LAST), None)
    known = [{*row} for row in rows]
    shown = [row[0] for row in rows]
    if first is not None and last is not None:
        for number, row in enumerate(rows):
            if max(first, last) < len(row):
                one, two = row[first], row[last]
                known[number] |= {f"{one} {two}", f"{two} {one}", f"{two}, {one}", two + one}
                shown[number] = f"{one} {two}" if 0 in (first, last) else shown[number]
    if missing := [n for n, name in enumerate(shown, start=2) if not name]:
        raise NoList(f"{path}, line {missing[0]}: expected a name in the first column, got none")
    twice = {name for name, count in Counter(shown).items() if count > 1}
    people = []
    for number, (name, row) in enumerate(zip(shown, rows, strict=True)):
        if name in twice:
            others = [cell for cell in row if cell and cell != name]
            name = f"{name} ({others[0] if others else number + 2})"
        people.append(Person(clean(name), frozenset(map(_folded, filter(None, known[number])))))
    if len({person.name for person in people}) < len(people):
        raise NoList(f"{path} has the same line twice")
    return tuple(people)


def join(found: Iterable[Submission], people: Sequence[Person]) -> list[Submission]:
    """The submissions by the table's names; and for who handed in nothing, a line that says so.

    Where two lines of the table fit, or none, a submission keeps the platform's name.
    """
    lines: dict[str, set[str]] = defaultdict(set)
    for person in people:
        for text in person.known_as:
            lines[text].add(person.name)
    joined, seen = [], set()
    for each in found:
        fits = [lines[text] for text in map(_folded, (each.student, *each.names)) if text in lines]
        # A number or a login is one person's; a name may be two people's.
        sure = [names for names in fits if len(names) == 1]
        names = set().union(*(sure or fits))
        if len(names) == 1:
            (name,) = names
            seen.add(name)
            each = replace(each, student=name)
        else:
            seen |= names  # one of them handed this in
        joined.append(each)
    nothing = [person.name for person in people if person.name not in seen]
    places = {each.place for each in joined}
    for name in nothing:
        place = f"names.csv: {name}"
        while place in places:
            place += "'"
        joined.append(Submission(name, place, problem=NOTHING))
    return joined


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
