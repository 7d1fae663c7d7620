"""Which submissions there are: in a folder, in a learning platform's export, in zip files.

Nothing is unpacked to disk and no link is followed. What cannot be read stays in the list, with the
reason. Who wrote a notebook is told by where it lies (README.md says how), never by what is in it.

Nobody here is trusted. So around each submission there is a boundary: what it holds is counted
before it is looked at, and whatever goes wrong is a row of its own, and nobody else's.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from ce_course.catalogue import CHAPTERS
from ce_course.grading import lean, platforms

MB = 2**20
MAX_NOTEBOOK = 64 * MB
MAX_INNER_ZIP = 64 * MB  # a zip inside a zip is read into memory
MAX_DEPTH = 30  # folders
MAX_NAME = 1000  # characters, of a path
MAX_ZIPS = 2  # an export, and in it a student's own zip
# Of one student's submission:
MAX_FILES = 10_000
MAX_NOTEBOOKS = 1000
MAX_INNER_ZIPS = 100
MAX_UNPACKED = 256 * MB  # notebooks and inner zips together
MAX_DIRECTORY = 2 * MB  # the lists of what zips hold, of which 46 bytes are a file
MAX_PROBLEMS = 100  # rows that say why something cannot be read
# Of one folder or zip that holds many students':
MAX_EXPORT_FILES = 100_000
MAX_EXPORT_DIRECTORY = 8 * MB
MAX_METADATA = 64 * MB  # Gradescope's list of names, which holds all that its tests printed
MAX_EXPANSION = 10  # times its size on disk it may unpack to, and MAX_UNPACKED besides
# Of a run:
MAX_COHORT = 500_000  # files

NAMES = {chapter.name for chapter in CHAPTERS}
# Windows drops dots and spaces at a name's end, others keep them.
ENDINGS = re.compile(r"\.(?:ipynb(?:\.txt|\.json)?|(?P<zip>zip))[. ]*$", re.IGNORECASE)
SCRIPTS = {"LATIN": "Latin", "CYRILLIC": "Cyrillic"}
SCRIPTS |= dict.fromkeys(("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"), "CJK")
TOGETHER = re.compile(r"[^\x00-\x7f]{2}")
BESIDE_ASCII = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
JOINERS = re.compile("[\u200c\u200d]")
TOOLS = {"__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", ".venv", ".Trashes"}
TOOLS |= {"Thumbs.db", "desktop.ini"}
# A loose file that ends so is somebody's work, and of no use; another may be a list of names.
WORK = re.compile(
    r"\.ipynb|\.(?:py|pdf|docx?|odt|html?|rtf|pages|tex|rar|7z|tar|gz|tgz|xz|bz2|zst|zipx)$"
    r"|\.zip\.\w+$",
    re.IGNORECASE,
)
# What lies beside "submitted" in a whole nbgrader course.
COURSE = ("source", "release", "nbgrader_config.py", "gradebook.db")
NOTHING = "Nothing was handed in."
NO_NOTEBOOK = "There is no notebook in the zip file: hand in the .ipynb file."
ALIKE = (
    "It looks like a platform's export of several students. As it lies beside other submissions, "
    "it was taken for one student's: to grade an export, name it in the command, or lay it where "
    "nothing else is."
)


class Unreadable(Exception):
    """A submission that cannot be read; the message says why, in a sentence for its author."""


@dataclass(frozen=True)
class Submission:
    """One notebook and whose it is.

    place: where it lies under the folder of submissions; no two have the same.
    chapter: the chapter whose folder it lies in, if it lies in one.
    attempts: submissions with the same non-empty text, for the same chapter, are attempts of one
        student, told for sure. Of them the last by `order` counts.
    problem: why there is nothing to read.
    path, members: the file; the numbers of the members to open in a zip, and in a zip in it.
    names: what else the platform calls the student by. owner: who shares one student's limits.
    sure: of two that claim one name, the one with the greater has it.
    remark: what a teacher is to know of whose it is, in a sentence.
    """

    student: str
    place: str
    chapter: str | None = None
    attempts: str = ""
    order: tuple = ()
    problem: str | None = None
    path: Path | None = None
    members: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    owner: str = ""
    sure: tuple[int, ...] = ()
    remark: str = ""

    @property
    def is_absent(self) -> bool:
        """Whether this only says that somebody on the teacher's list handed in nothing."""
        return self.problem == NOTHING


def find(submissions: str | Path, results: str | Path | None = None) -> list[Submission]:
    """The submissions in a folder (or zip file, or one notebook), in the order of their places.

    results: a folder to leave out, where it lies among the submissions.
    Raises FileNotFoundError if there is no such folder, Unreadable if it cannot be looked into.
    """
    root = Path(submissions)
    root.stat()
    if root.is_dir():
        root = root / "submitted" if _is_course(root) else root
        look = _Look(Path(results).stat() if results and Path(results).exists() else None)
        look.folder(root, ())
    else:
        look = _Look()
        if root.suffix.lower() == ".zip":
            look.zip(root, root, ())
        else:
            look.add((root.name,), path=root)
    found = look.result()
    if len(found) == 1 and found[0].problem and not found[0].parts:
        raise Unreadable(found[0].problem)
    return _submissions([each for each in found if each.parts], look.metadata)


class Reader:
    """Reads submissions, each without its outputs if it is large. Keeps open what it read last."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = MAX_NOTEBOOK if limit is None else limit  # bytes of a notebook
        self._outer: tuple[Path, zipfile.ZipFile] | None = None
        self._inner: tuple[tuple, zipfile.ZipFile] | None = None

    def read(self, submission: Submission) -> bytes:
        """The bytes of a notebook; raises Unreadable."""
        if submission.problem:
            raise Unreadable(submission.problem)
        if not submission.members:
            data = _read_file(submission.path, self._limit)
        else:
            data = _read_member(self._archive(submission), submission.members[-1], self._limit)
        try:
            return lean.lean(data)
        except lean.TooMuch as error:
            raise Unreadable(str(error)) from None
        except ValueError:
            raise Unreadable(lean.no_json(data)) from None

    def _archive(self, submission: Submission) -> zipfile.ZipFile:
        if self._outer is None or self._outer[0] != submission.path:
            self._outer = self._inner = None
            self._outer = (submission.path, _open_zip(submission.path, MAX_EXPORT_DIRECTORY))
        key = (submission.path, submission.members[:-1])
        if not key[1]:
            return self._outer[1]
        if self._inner is None or self._inner[0] != key:
            self._inner = None
            data = io.BytesIO(_read_member(self._outer[1], key[1][0], MAX_INNER_ZIP))
            self._inner = (key, _open_zip(data, MAX_DIRECTORY))
        return self._inner[1]


def clean(name: str) -> str:
    """A name that can be shown and stored everywhere: valid, composed, no control characters.

    What joins letters in Persian or Hindi is not shown.
    """
    if name.isascii() and name.isprintable():
        return name
    name = name.encode("utf-8", "replace").decode("utf-8")
    name = unicodedata.normalize("NFC", JOINERS.sub("", name))
    if name.isprintable():
        return name
    kinds = ((unicodedata.category(c)[0], c) for c in name)  # of other spaces, one is as good
    return "".join("\ufffd" if kind == "C" else " " if kind == "Z" else c for kind, c in kinds)


def _is_clean(parts: tuple[str, ...]) -> bool:
    return all(clean(part) == part for part in parts)


def natural(text: str) -> tuple:
    """A key that sorts (the first) numbers as numbers, however long: x, x-2, x-10."""
    parts = re.split(r"([0-9]+)", text, maxsplit=20)
    return tuple(
        (len(p.lstrip("0")), p.lstrip("0"), "") if n % 2 else (0, "", p)
        for n, p in enumerate(parts)
    )


# ---------------------------------------------------------------- looking


@dataclass(frozen=True)
class _Found:
    """Something that lies among the submissions.

    parts: the names on the way to it. other: neither a notebook nor a zip.
    """

    parts: tuple[str, ...]
    path: Path | None = None
    members: tuple[int, ...] = ()
    problem: str | None = None
    other: bool = False


@dataclass
class _Bill:
    """What looking at somebody's files has cost, and what it may cost."""

    files: int = 0
    notebooks: int = 0
    zips: int = 0
    unpacked: int = 0
    directory: int = 0
    credit: int = field(default_factory=lambda: MAX_UNPACKED)  # bytes that it may unpack to


class _Look:
    """Goes through folders and zips and keeps what it finds; of each student within bounds."""

    def __init__(self, skip: os.stat_result | None = None) -> None:
        self.skip = skip
        self.found: list[_Found] = []
        self.metadata: dict[tuple[str, ...], _Found] = {}  # Gradescope's lists of names
        self._bills: dict[tuple[str, ...], _Bill] = defaultdict(_Bill)
        self._refused: dict[tuple[str, ...], str] = {}

    def result(self) -> list[_Found]:
        """What was found; of a submission that was too much, one line that says so."""
        refused = [_Found(parts, problem=why) for parts, why in self._refused.items()]
        kept = [each for each in self.found if not self._is_refused(each.parts)]
        return kept + refused

    def add(self, parts: tuple[str, ...], size: int = 0, other: bool = False, **what) -> bool:
        """Keep something, if its owner's bounds allow it."""
        if not self._charge(parts, files=1, unpacked=size, notebooks=int("path" in what)):
            return False
        self.found.append(_Found(parts, other=other, **what))
        return True

    def folder(self, folder: Path, parts: tuple[str, ...]) -> None:
        try:
            with os.scandir(folder) as entries:
                names = []
                for entry in entries:
                    if len(names) > MAX_EXPORT_FILES:
                        break  # `add` will say so
                    if not _of_a_tool(entry.name):
                        names.append(entry)
        except OSError as error:
            self.add(parts, problem=f"The folder cannot be read: {error.strerror}.")
            return
        if not names and parts:
            self.add(parts, other=True, problem="The folder is empty.")
        for entry in sorted(names, key=lambda entry: entry.name):
            here = (*parts, entry.name)
            if self._is_refused(here):
                continue
            try:
                self._entry(entry, here)
            except TooMany:
                raise
            except OSError as error:
                self.add(here, problem=f"This cannot be read: {error.strerror or error}.")
            except Exception as error:  # whatever a submission may do, it is its own row
                self.add(here, problem=f"This cannot be read ({type(error).__name__}).")

    def _entry(self, entry: os.DirEntry, here: tuple[str, ...]) -> None:
        ending = _ending(entry.name)
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            if ending or entry.is_dir():
                self.add(
                    here, problem="This is a link, which is not followed: hand in the file itself."
                )
            else:
                self.add(here, other=True)
        elif stat.S_ISDIR(status.st_mode):
            if self.skip is not None and os.path.samestat(os.stat(entry.path), self.skip):
                return
            if len(here) > MAX_DEPTH:
                self.add(here, problem=_too_deep())
            else:
                self.folder(Path(entry.path), here)
        elif not ending:
            self.add(here, other=True)
            if entry.name == platforms.METADATA:
                self.metadata[here[:-1]] = _Found(here, Path(entry.path))
        elif not stat.S_ISREG(status.st_mode):
            self.add(here, problem="This is not a regular file.")
        elif ending == ".zip":
            self._bills[here[:1]].credit += MAX_EXPANSION * status.st_size
            self.zip(Path(entry.path), Path(entry.path), here)
        else:
            self.add(here, path=Path(entry.path))

    def zip(
        self,
        path: Path,
        source: Path | io.BytesIO,
        parts: tuple[str, ...],
        members: tuple[int, ...] = (),
    ) -> None:
        """What a zip file holds. `source` is what to open: the file, or bytes of an inner zip."""
        one = bool(members) or any(map(_is_seat, parts[:3]))
        if one:
            most = MAX_DIRECTORY - self._bills[_owner(parts)].directory
        else:
            most = MAX_DIRECTORY if parts else MAX_EXPORT_DIRECTORY
        try:
            archive = _open_zip(source, most)
        except Unreadable as error:
            self.add(parts, problem=str(error))
            return
        with archive:
            if one:
                self._bills[_owner(parts)].directory += archive.directory_size
            anything = False
            for number, info in enumerate(archive.infolist()):
                if self._is_refused(parts):
                    return
                try:
                    anything |= self._member(archive, number, info, path, parts, members)
                except TooMany:
                    raise
                except Exception as error:
                    here = (*parts, f"file {number + 1}")
                    self.add(here, problem=f"This cannot be read ({type(error).__name__}).")
            if not anything:
                empty = all(map(_is_nothing, archive.infolist()))
                problem = "The zip file is empty." if empty else NO_NOTEBOOK
                self.add(parts, other=True, problem=problem)

    def _member(
        self,
        archive: zipfile.ZipFile,
        number: int,
        info: zipfile.ZipInfo,
        path: Path,
        parts: tuple[str, ...],
        members: tuple[int, ...],
    ) -> bool:
        """Look at one member of a zip; whether it is anything at all."""
        name = info.filename
        if len(name) > MAX_NAME or name.count("/") > MAX_DEPTH:
            first = [step[:100] for step in name[:MAX_NAME].split("/")[:3]]
            self.add((*parts, *filter(None, first), "…"), problem=_too_deep())
            return True
        name = _decoded(info).replace("\\", "/")
        steps = name.split("/")
        inside = tuple(step for step in steps if step not in ("", ".", ".."))
        if _is_nothing(info) or not inside or any(map(_of_a_tool, inside)):
            return False
        here = (*parts, *inside)
        if self._is_refused(here):
            return True
        ending = _ending(name)
        if not ending:
            self.add(here, other=True)
            if inside[-1] == platforms.METADATA and not members:
                self.metadata[here[:-1]] = _Found(here, path, (number,))
        elif ".." in steps or steps[0] == "" or re.match("[A-Za-z]:$", steps[0]):
            self.add(here, problem=f"Its name leads out of the zip file: {clean(name)}.")
        elif stat.S_ISLNK(info.external_attr >> 16):
            self.add(
                here, problem="This is a link, which is not followed: hand in the file itself."
            )
        elif ending == ".ipynb":
            self.add(here, info.file_size, path=path, members=(*members, number))
        elif len(members) + 1 >= MAX_ZIPS:
            self.add(here, problem="A zip file in a zip file in a zip file is not opened.")
        elif self._charge(here, zips=1, unpacked=info.file_size):
            try:
                inner = io.BytesIO(_read_member(archive, number, MAX_INNER_ZIP))
            except Unreadable as error:
                self.add(here, problem=str(error))
            else:
                self.zip(path, inner, here, (*members, number))
        return True

    def _is_refused(self, parts: tuple[str, ...]) -> bool:
        return bool(self._refused) and any(
            parts[:n] in self._refused for n in range(1, len(parts) + 1)
        )

    def _charge(self, parts: tuple[str, ...], **costs: int) -> bool:
        """Put costs on a student's bill, and on that of the export it is in."""
        if len(self.found) >= MAX_COHORT:
            raise TooMany(f"there are more than {MAX_COHORT:,} files")
        if self._is_refused(parts):
            return False
        owner = _owner(parts)
        for whose in {owner, parts[:1]}:
            bill = self._bills[whose]
            for what, cost in costs.items():
                setattr(bill, what, getattr(bill, what) + cost)
            if why := _over(bill, whose == owner and _is_one(owner)):
                self._refused[whose] = why
                self._forget(whose)
                return False
        return True

    def _forget(self, whose: tuple[str, ...]) -> None:
        """Drop what was found of who is refused: it lies together, at the end."""
        while self.found and self.found[-1].parts[: len(whose)] == whose:
            self.found.pop()


class TooMany(Unreadable):
    """There is more than a run may look at."""


def _over(bill: _Bill, one: bool) -> str:
    """Why a bill is too high, in a sentence for whoever runs it up; "" if it is not."""
    if bill.files > (MAX_FILES if one else MAX_EXPORT_FILES):
        return f"More than {MAX_FILES if one else MAX_EXPORT_FILES:,} files: hand in notebooks."
    if bill.unpacked > bill.credit:
        return (
            "Much larger once it is unpacked than a submission may be: clear the notebooks' "
            "outputs, and hand in nothing else."
        )
    if not one:
        return ""
    if bill.notebooks > MAX_NOTEBOOKS:
        return f"More than {MAX_NOTEBOOKS} notebooks: hand in one for each chapter."
    if bill.zips > MAX_INNER_ZIPS:
        return f"More than {MAX_INNER_ZIPS} zip files in a zip file: hand in notebooks."
    return ""


def _owner(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Whose bill it is: a platform's name, the first zip, or the folder or notebook at the top."""
    for depth, part in enumerate(parts[:3], start=1):
        if _is_seat(part):
            return parts[:depth]
    for depth, part in enumerate(parts, start=1):
        if _ending(part) == ".zip":
            return parts[:depth]
    return parts[: 2 if parts and parts[0] in NAMES else 1]


def _is_one(owner: tuple[str, ...]) -> bool:
    """Whether an owner is one student for sure enough: a folder may be a teacher's of many."""
    return bool(owner) and (_is_seat(owner[-1]) or _ending(owner[-1]) == ".zip")


@lru_cache(10_000)
def _is_seat(part: str) -> bool:
    return platforms.seat(_stem(part)) is not None


# ---------------------------------------------------------------- whose it is


@dataclass(frozen=True)
class _Layout:
    """Whose is what lies where.

    teachers: the zips of whole chapters. exports: what has platforms' names in it, with what these
    begin with, as of `platforms.common_title`, and Gradescope's lists. alike: what would be an
    export of several students, did it not lie beside other submissions.
    """

    teachers: set[tuple[str, ...]] = field(default_factory=set)
    exports: dict[tuple[str, ...], tuple[str, dict[str, list[str]]]] = field(default_factory=dict)
    alike: set[tuple[str, ...]] = field(default_factory=set)

    def home(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The teacher's folder that something lies in: what the command names, or a chapter's."""
        depth = 0
        while depth < len(parts) - 1 and (
            parts[depth] in NAMES or parts[: depth + 1] in self.teachers
        ):
            depth += 1
        return parts[:depth]

    def seat(self, parts: tuple[str, ...]) -> int:
        """At what depth a platform's name says whose something is; -1 if none does."""
        for depth, part in enumerate(parts[:3]):
            if parts[:depth] in self.exports and _is_seat(part):
                return depth
        return -1


def _submissions(found: list[_Found], metadata: dict[tuple[str, ...], _Found]) -> list[Submission]:
    layout = _layout(found, metadata)
    placed: list[tuple[_Found, Submission]] = []
    taken: dict[str, int] = defaultdict(int)
    # Who is called as it is shown has the name before who only looks so.
    for each in sorted(_within_limits(found, layout), key=lambda each: not _is_clean(each.parts)):
        placement = _placed(each, layout)
        if placement is None:
            continue
        seat, chapter, attempts, exact = placement
        home, is_seated = layout.home(each.parts), layout.seat(each.parts) >= 0
        place = clean("/".join(each.parts))
        taken[place] += 1
        if taken[place] > 1:
            place = f"{place} [{taken[place]}]"
        submission = Submission(
            student=clean(seat.student).strip() or "\ufffd",
            place=place,
            chapter=chapter,
            attempts=clean(attempts),
            order=(exact, seat.turn, tuple(natural(_stem(part)) for part in each.parts), place),
            problem=each.problem,
            path=each.path,
            members=each.members,
            names=tuple(map(clean, seat.names)),
            owner=clean(attempts if is_seated else "/".join(each.parts[: len(home) + 1])),
            sure=(int(is_seated), -int(home in layout.teachers)),
        )
        placed.append((each, submission))
    return sorted(_few_problems(_with_notebooks(placed)), key=lambda each: each.order[2:])


def _layout(found: list[_Found], metadata: dict[tuple[str, ...], _Found]) -> _Layout:
    """Which folders and zips are the teacher's, and which are exports.

    The teacher's are what the command names, and the chapters' folders in it. What lies in one is
    an export, or the zip of a chapter, only beside nothing but such: who hands in a zip chooses
    what is in it, and speaks with it for nobody else.
    """
    layout, seated = _Layout(), set()
    all_in, seats_in = Counter(), Counter()
    students: dict[tuple[str, ...], set[str]] = defaultdict(set)
    entries: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for each in found:
        home = layout.home(each.parts)
        entry, rest = each.parts[: len(home) + 1], each.parts[len(home) + 1 :]
        if _is_seat(entry[-1]):
            seated.add(home)
            continue
        if not each.other and not (each.problem and not rest):
            entries[home].add(entry)
        if each.other and len(rest) < 2 and not each.problem:
            continue  # a list, or a page about the export
        all_in[entry] += 1
        if rest and _is_seat(rest[0]):
            seats_in[entry] += 1
            students[entry].add(platforms.seat(_stem(rest[0])).student)
    exports = {entry for entry, count in seats_in.items() if count == all_in[entry]}
    for home, theirs in entries.items():
        chapters = {each for each in theirs - exports if _is_chapters_zip(each)}
        if home in seated or theirs - exports - chapters:
            layout.alike.update(each for each in theirs & exports if len(students[each]) > 1)
            exports -= theirs
        else:
            layout.teachers.update(chapters)
    within: dict[tuple[str, ...], set[str]] = {export: set() for export in exports | seated}
    for each in found:
        for depth in range(min(3, len(each.parts))):
            if each.parts[:depth] in within:
                within[each.parts[:depth]].add(each.parts[depth])
    for export, names in within.items():
        title = platforms.common_title(names)
        layout.exports[export] = title, _gradescope_names(metadata.get(export))
    return layout


def _gradescope_names(metadata: _Found | None) -> dict[str, list[str]]:
    """By submission, the names in Gradescope's list; none if there is no list, or none to read."""
    if metadata is None:
        return {}
    try:
        if not metadata.members:
            data = _read_file(metadata.path, MAX_METADATA)
        else:
            with _open_zip(metadata.path, MAX_EXPORT_DIRECTORY) as archive:
                data = _read_member(archive, metadata.members[0], MAX_METADATA)
    except Unreadable:
        return {}
    return platforms.gradescope_names(io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace"))


def _is_chapters_zip(entry: tuple[str, ...]) -> bool:
    return _ending(entry[-1]) == ".zip" and _stem(entry[-1]) in NAMES


def _within_limits(found: list[_Found], layout: _Layout) -> Iterator[_Found]:
    """Without zips that were looked at as exports, and are one student's, and too much for one."""
    bills: dict[tuple[str, ...], _Bill] = defaultdict(_Bill)
    refused = set()
    for each in found:
        entry = each.parts[: len(layout.home(each.parts)) + 1]
        if _ending(entry[-1]) == ".zip" and entry not in layout.exports:
            bills[entry].files += 1
            bills[entry].notebooks += each.path is not None
    for entry, bill in bills.items():
        if why := _over(bill, one=True):
            refused.add(entry)
            yield _Found(entry, problem=why)
    for entry in layout.alike:
        yield _Found(entry, problem=ALIKE)
    for each in found:
        if each.parts[: len(layout.home(each.parts)) + 1] not in refused:
            yield each


def _placed(found: _Found, layout: _Layout) -> tuple[platforms.Seat, str | None, str, bool] | None:
    """Whose, chapter, key of the attempts, whether the name is the release's; None: nobody's."""
    parts = found.parts
    is_other = found.other and not found.problem
    if is_other and parts[:-1] in layout.exports and not _is_seat(parts[-1]):
        return None  # a platform's own page or list
    depth = layout.seat(parts)
    if depth >= 0:
        export = parts[:depth]
        title, named = layout.exports[export]
        seat = platforms.seat(_stem(parts[depth]), title)
        chapter = next((each for each in map(_stem, export) if each in NAMES), None)
        key = "/".join((*export, seat.student))
        if names := named.get(parts[depth], {}):
            # The number too: what people are called there, they may choose.
            student = f"{names[0]}_{seat.student.rpartition('_')[2]}"
            seat = seat._replace(student=student, names=(seat.student, *names))
        return seat, chapter, key, False
    home = layout.home(parts)
    chapter = _stem(home[-1]) if home else None
    names = [_stem(part) for part in parts[len(home) :]]
    if len(names) == 1 and is_other:
        if not WORK.search(parts[-1]):
            return None  # a list of names, a picture
    elif found.other and names[0] in NAMES and _ending(parts[len(home)]) != ".zip":
        return None  # an empty folder of a chapter
    if chapter is None and _is_chapters_zip(parts[:1]):
        chapter = names[0]
    if len(names) > 2 and names[1] in NAMES:
        key, exact = "/".join(names[:2]), names[-1] == names[1]
        return platforms.Seat(names[0]), names[1], key, exact
    return platforms.Seat(names[0]), chapter, "", False


def _with_notebooks(placed: list[tuple[_Found, Submission]]) -> Iterator[Submission]:
    """Without what is no notebook; a student with nothing else gets one line that says why."""
    serious = {submission.student for found, submission in placed if not found.other}
    # What tells most of why there is none: a reason, or somebody's work, and not a receipt.
    told = sorted(
        placed, key=lambda each: (not each[0].problem, not WORK.search(each[0].parts[-1]))
    )
    for found, submission in told:
        if not found.other:
            yield submission
        elif submission.student not in serious:
            serious.add(submission.student)
            only = f"There is no notebook, only {clean(found.parts[-1])}: hand in the .ipynb file."
            yield replace(submission, problem=found.problem or only)


def _few_problems(submissions: Iterable[Submission]) -> Iterator[Submission]:
    """Of one student's many problems the first, and a line that counts the others."""
    told: Counter[str] = Counter()
    last: dict[str, Submission] = {}
    for each in submissions:
        told[each.owner] += each.problem is not None
        if each.problem is None or told[each.owner] <= MAX_PROBLEMS:
            yield each
        else:
            last[each.owner] = each
    for owner, each in last.items():
        more = told[owner] - MAX_PROBLEMS
        yield replace(each, problem=f"{more:,} more files of this submission cannot be read.")


def _is_course(root: Path) -> bool:
    """Whether this is a whole nbgrader course: a student's folder may be called "submitted" too."""
    inner = root / "submitted"
    if not inner.is_dir() or inner.is_symlink():
        return False
    try:
        others = [name for name in os.listdir(root) if name != inner.name]
    except OSError:
        return True
    return any(name in COURSE for name in others) or not any(
        _ending(name) or (root / name).is_dir() for name in others if not _of_a_tool(name)
    )


# ---------------------------------------------------------------- names


def _too_deep() -> str:
    return (
        f"It lies more than {MAX_DEPTH} folders deep, or has a name of more than {MAX_NAME:,} "
        "characters: hand in the notebook itself."
    )


def _of_a_tool(name: str) -> bool:
    """Whether a tool put it there: a notebook that begins with a dot is somebody's."""
    return name in TOOLS or name.startswith("._")


def _ending(name: str) -> str:
    match = ENDINGS.search(name)
    return "" if match is None else ".zip" if match["zip"] else ".ipynb"


def _stem(name: str) -> str:
    return ENDINGS.sub("", name)


def _is_nothing(info: zipfile.ZipInfo) -> bool:
    """Whether a member of a zip is a folder, or has no name."""
    return not info.filename or info.filename.endswith("/")


def _decoded(info: zipfile.ZipInfo) -> str:
    """A member's name as whoever packed it saw it: some programs do not say how they write it.

    Korean, Greek and others cannot be told from these; of them the name is another one.
    """
    name = info.filename
    if info.flag_bits & 0x800 or name.isascii():
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:  # it was said elsewhere in the zip
        return name
    with_utf8 = _as(raw, "utf-8")
    if with_utf8 is not None:  # macOS
        return with_utf8
    pairs = all(len(run) % 2 == 0 for run in re.findall(rb"[\x80-\xff]+", raw))
    # Windows in China, Japan and Russia, where two letters stand together; in western Europe; in
    # China all the same; programs that are not Windows' own
    for encoding in ("gb2312", "cp932", "cp866", "cp850", "gbk", "cp1252"):
        text = _as(raw, encoding) if pairs or not encoding.startswith("gb") else None
        if text is None or not _is_likely(text):
            continue
        if encoding in ("cp850", "gbk", "cp1252") or TOGETHER.search(text):
            return text
    return name


def _as(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_likely(text: str) -> bool:
    """Whether a name may be written so: in letters of one script, and as names are."""
    kinds = (unicodedata.name(c, "").split(" ")[0] for c in text if not c.isascii())
    scripts = {SCRIPTS.get(kind) for kind in kinds}
    if len(scripts) > 1 or None in scripts:
        return False
    if scripts != {"Latin"} and BESIDE_ASCII.search(text):
        return False
    odd = set("þÞðÐı").intersection(text)
    pairs = itertools.pairwise(text)
    return not odd and not any(a.islower() and b.isupper() and not b.isascii() for a, b in pairs)


# ---------------------------------------------------------------- reading


def _read_file(path: Path, limit: int) -> bytes:
    # Neither a link nor a pipe, even if one was put there in the meantime.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("This is not a regular file.")
            if status.st_size > limit:
                raise Unreadable(_too_large(limit))
            return file.read(limit)
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror or error}.") from None


class _Source(io.BufferedIOBase):
    """A zip file that is read in pieces of at most so many bytes: its list is one piece."""

    def __init__(self, source: Path | io.BytesIO, most: int) -> None:
        self._file = source if isinstance(source, io.BytesIO) else open(source, "rb")  # noqa: SIM115
        self._most = most
        self.largest = 0

    def read(self, size: int | None = -1) -> bytes:
        size = self._most + 1 if size is None or size < 0 else size
        piece = self._file.read(min(size, self._most + 1))
        if len(piece) > self._most:
            raise Unreadable(
                "The zip file holds more files than are looked at: hand in the notebooks only."
            )
        self.largest = max(self.largest, len(piece))
        return piece

    def seek(self, *where: int) -> int:
        return self._file.seek(*where)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()


class _Zip(zipfile.ZipFile):
    """A zip file. directory_size: about as many bytes as its list of contents has."""

    directory_size = 0

    def close(self) -> None:
        pieces = self.fp
        super().close()
        if pieces is not None:
            pieces.close()


def _open_zip(source: Path | io.BytesIO, most: int) -> _Zip:
    """most: how many bytes the list of what it holds may have."""
    pieces, start = None, b""
    try:
        pieces = _Source(source, max(most, 70_000))  # its end is looked for in 65,557 bytes
        start = pieces.read(100)
        archive = _Zip(pieces)
    except Exception as error:  # a broken zip raises one of a dozen errors
        if pieces is not None:
            pieces.close()
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_no_zip(start, error)) from None
    archive.directory_size = pieces.largest
    return archive


def _no_zip(start: bytes, error: Exception) -> str:
    """Why a file that begins so is no zip file, in a sentence for its author."""
    if isinstance(error, OSError) and not start:
        return f"The file cannot be read: {error.strerror or error}."
    bad = "This is no zip file that can be read"
    if start.startswith(b"PK"):
        return f"{bad} ({clean(str(error))}): is it damaged?"
    if start.lstrip().startswith(b"{"):
        return f"{bad}, but looks like a notebook: hand it in under a name that ends in .ipynb."
    if what := lean.kind(start):
        return f"{bad}, but {what}."
    return f"{bad} ({clean(str(error))}): hand in the .ipynb file."


def _read_member(archive: zipfile.ZipFile, number: int, limit: int) -> bytearray:
    try:
        info = archive.infolist()[number]
        if info.flag_bits & 1:
            raise Unreadable("The zip file asks for a password: pack it without one.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("The zip file is packed in a way that is not read: use plain zip.")
        if info.file_size > limit:
            raise Unreadable(_too_large(limit))
        data = bytearray()
        with archive.open(info) as file:
            while piece := file.read(64 * 1024):
                data += piece
                if len(data) > limit:
                    raise Unreadable(_too_large(limit))
        return data
    except Unreadable:
        raise
    except Exception as error:
        text = clean(str(error))[:200] or type(error).__name__
        raise Unreadable(f"It cannot be unpacked ({text}): is the zip file damaged?") from None


def _too_large(limit: int) -> str:
    return (
        f"The file has more than {limit // MB} MB: clear all outputs, save, and hand it in again."
    )
