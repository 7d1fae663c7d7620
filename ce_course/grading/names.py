"""Joins what platforms call students to the teacher's own list of names."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ce_course.grading.submissions import NOTHING, Submission, clean

MAX_LIST = 10 * 2**20  # bytes
SEPARATOR = re.compile(r"\s*sep=([,;\t|])[ ]*\n", re.IGNORECASE)
# In English, German, French, Spanish, Italian, Portuguese, Dutch and Polish.
FIRST = ("first name", "firstname", "given name", "vorname", "prénom", "nombre", "nome", "voornaam")
FIRST += ("imię",)
LAST = ("last name", "lastname", "surname", "family name", "nachname", "nom", "nom de famille")
LAST += ("apellido", "apellidos", "apellido(s)", "cognome", "sobrenome", "apelido", "achternaam")
LAST += ("nazwisko",)
NOT_LISTED = "The table of names has nobody who is called so."
SEVERAL = "Several lines of the table of names fit."


class NoList(ValueError):
    """Why a table of names cannot be used."""


@dataclass(frozen=True)
class Person:
    """A line of the table. name: what the results call them.

    known_as: folded, how else they are called. names: those of them that are names of a person,
    and not of a number, a login or a group.
    """

    name: str
    known_as: frozenset[str]
    names: frozenset[str]


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
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or data.startswith(b"PK\x03\x04"):
        raise NoList(f"{path} is no text: save the spreadsheet as CSV")
    if told := SEPARATOR.match(text):  # Excel's own line
        text = text[told.end() :]
    separator = told[1] if told else _separator(text)
    try:
        lines = csv.reader(io.StringIO(text), delimiter=separator)
        rows = [list(map(_plain, row)) for row in lines]
        last = rows[-1] if rows else []
        if last and _is_open(text, separator):
            raise NoList(f"{path}: a quotation mark is not closed in the row of {last[0][:40]!r}")
    except csv.Error as error:
        raise NoList(f"{path} is no CSV file: {error}") from None
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        raise NoList(f"{path} has no names: expected a header, and a line for each student")
    for row in rows[1:]:
        if any(row[len(rows[0]) :]):
            raise NoList(
                f"{path}: expected {len(rows[0])} columns, as in the header, got "
                f"{separator.join(row)!r}: names that hold a {separator!r} need quotation marks"
            )
    if any(cell.isdecimal() or "@" in cell for cell in rows[0]):
        raise NoList(
            f"{path}: expected a header, such as name,number, in the first line, got "
            f"{separator.join(rows[0])!r}"
        )
    header, rows = [_folded(cell).replace("_", " ") for cell in rows[0]], rows[1:]
    first = next((n for n, title in enumerate(header) if title in FIRST), None)
    last = next((n for n, title in enumerate(header) if title in LAST), None)
    shown = [row[0] for row in rows]
    called = [{row[0], *_turned(row[0])} for row in rows]
    if first is not None and last is not None:
        for number, row in enumerate(rows):
            if max(first, last) < len(row):
                one, two = row[first], row[last]
                called[number] |= {f"{one} {two}", f"{two} {one}", f"{two}, {one}", two + one}
                shown[number] = f"{one} {two}".strip() if 0 in (first, last) else shown[number]
    if missing := [n for n, name in enumerate(shown, start=2) if not name]:
        raise NoList(f"{path}, line {missing[0]}: expected a name in the first column, got none")
    twice = {name for name, count in Counter(shown).items() if count > 1}
    people = []
    for number, (name, row) in enumerate(zip(shown, rows, strict=True)):
        if name in twice:
            others = [cell for cell in row if cell and cell != name]
            name = f"{name} ({others[0] if others else number + 2})"
        known, names = (
            frozenset(map(_folded, filter(None, texts)))
            for texts in ({*row} | called[number], called[number])
        )
        people.append(Person(clean(name), known, names))
    for name, count in Counter(person.name for person in people).items():
        if count > 1:
            raise NoList(f"{path} has the same line twice: {name}")
    return tuple(people)


def join(found: Iterable[Submission], people: Sequence[Person]) -> list[Submission]:
    """The submissions by the table's names; and for who handed in nothing, a line that says so.

    Where two lines of the table fit, or none, a submission keeps the platform's name, and it is
    said. Where two submissions fit one line, that with the person's number or login is the surer.
    """
    lines: dict[str, set[str]] = defaultdict(set)
    for person in people:
        for text in person.known_as:
            lines[text].add(person.name)
    called = {person.name: person.names for person in people}
    joined, seen = [], set()
    for each in found:
        texts = set(map(_folded, (each.student, *each.names)))
        fits = [lines[text] for text in texts if text in lines]
        # A number or a login is one person's; a name may be two people's.
        sure = [names for names in fits if len(names) == 1]
        names = set().union(*(sure or fits))
        if len(names) == 1:
            (name,) = names
            seen.add(name)
            # Somebody else may be called as this person is, but has not their number or login.
            theirs = {text for text in texts if name in lines.get(text, ())}
            sure = (*each.sure, len(theirs - called[name]), len(theirs))
            each = replace(each, student=name, sure=sure)
        else:
            # One of them handed this in, if it is a name of theirs, and not of their group.
            seen |= {name for name in names if called[name] & texts}
            each = replace(each, remark=SEVERAL if names else NOT_LISTED)
        joined.append(each)
    nothing = [person.name for person in people if person.name not in seen]
    places = {each.place for each in joined}
    for name in nothing:
        place = f"names.csv: {name}"
        while place in places:
            place += "'"
        joined.append(Submission(name, place, problem=NOTHING))
    return joined


def _separator(text: str) -> str:
    """What stands most often in the header; where nothing does, in the whole table."""
    bare = re.sub(r'"[^"]*"', "", text.lstrip("\n"))
    first_line = bare.partition("\n")[0]
    return max(",;\t|", key=lambda each: (first_line.count(each), bare.count(each)))


def _turned(name: str) -> tuple[str, ...]:
    """What "Byron, Ada" is called elsewhere; nothing else if there is no comma."""
    last, comma, first = name.partition(",")
    return (f"{first} {last}", last + first.strip()) if comma else ()


def _plain(cell: str) -> str:
    """A cell on one line, without the marks that spreadsheets and address books leave in it."""
    kinds = ((unicodedata.category(c), c) for c in " ".join(cell.split()))
    return "".join(c for kind, c in kinds if kind not in ("Cc", "Cf")).strip()


def _is_open(text: str, separator: str) -> bool:
    """Whether a table ends inside quotation marks, which then hold the rest of the file."""
    try:
        list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _decoded(data: bytes) -> str:
    """A table as spreadsheets save it: in UTF-8, as "Unicode text", or as Windows used to."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
