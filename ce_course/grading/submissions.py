"""Which submissions there are: in a folder, in a learning platform's export, in zip files.

Nothing is unpacked to disk and no link is followed. What cannot be read stays in the list, with the
reason. Who wrote a notebook is told by where it lies (README.md says how), never by what is in it.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ce_course.catalogue import CHAPTERS

MB = 2**20
MAX_NOTEBOOK = 50 * MB
MAX_INNER_ZIP = 200 * MB  # a zip inside a zip is read into memory
MAX_MEMBERS = 50_000  # files in one zip
MAX_NOTEBOOKS = 1000  # notebooks in one student's zip
MAX_DEPTH = 30
MAX_ZIPS = 2  # an export, and in it a student's own zip

NAMES = {chapter.name for chapter in CHAPTERS}
# Moodle: "Ada Byron_12345_assignsubmission_file_"; then the file's name, or a folder.
MOODLE = re.compile(r"(?P<student>.+?_\d+)_assignsubmission_[a-z]+_")
# Canvas: "byronada_12345_67890_file", or "byronada_LATE_12345_67890_file"; a user, a submission.
CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<user>\d{2,})_(?P<submission>\d{3,})_.")


class Unreadable(Exception):
    """A submission that cannot be read; the message says why, to the teacher."""


@dataclass(frozen=True)
class Submission:
    """One notebook and whose it is.

    place: where it lies under the folder of submissions; no two have the same.
    chapter: the chapter whose folder it lies in, if it lies in one.
    attempts: submissions with the same non-empty text, for the same chapter, are attempts of one
        student, told for sure. Of them the last by `order` counts.
    problem: why there is nothing to read.
    path, members: the file; the numbers of the members to open in a zip, and in a zip in it.
    """

    student: str
    place: str
    chapter: str | None = None
    attempts: str = ""
    order: tuple = ()
    problem: str | None = None
    path: Path | None = None
    members: tuple[int, ...] = ()


def find(submissions: str | Path, results: str | Path | None = None) -> list[Submission]:
    """The submissions in a folder (or zip file, or one notebook), in the order of their places.

    results: a folder to leave out, where it lies among the submissions.
    Raises FileNotFoundError if there is no such folder, Unreadable if it cannot be looked into.
    """
    root = Path(submissions)
    root.stat()
    if root.is_dir():
        inner = root / "submitted"  # a whole nbgrader course
        root = inner if inner.is_dir() and not inner.is_symlink() else root
        skip = Path(results).stat() if results and Path(results).exists() else None
        found = list(_in_folder(root, (), skip))
    elif root.suffix.lower() == ".zip":
        found = list(_in_zip(root, root, ()))
    else:
        found = [_Found((root.name,), root)]
    if len(found) == 1 and found[0].problem and not found[0].parts:
        raise Unreadable(found[0].problem)
    return _submissions(found)


class Reader:
    """Reads submissions. Keeps the zip file that it read last open."""

    def __init__(self) -> None:
        self._key, self._zip = None, None

    def read(self, submission: Submission) -> bytes:
        """The bytes of a notebook; raises Unreadable."""
        if submission.problem:
            raise Unreadable(submission.problem)
        if not submission.members:
            return _read_file(submission.path)
        key = (submission.path, submission.members[:-1])
        if key != self._key:
            self._zip = _open_zip(_zip_source(*key))
            self._key = key
        return _read_member(self._zip, submission.members[-1], MAX_NOTEBOOK)


def clean(name: str) -> str:
    """A name that can be shown and stored everywhere: valid, composed, no control characters."""
    name = name.encode("utf-8", "replace").decode("utf-8")
    name = unicodedata.normalize("NFC", name)
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in name)


def natural(text: str) -> tuple:
    """A key that sorts numbers as numbers: x, x-2, x-10."""
    parts = re.split(r"([0-9]+)", text)
    return tuple((int(p), "") if n % 2 else (0, p) for n, p in enumerate(parts))


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


def _in_folder(folder: Path, parts: tuple[str, ...], skip: os.stat_result | None):
    try:
        with os.scandir(folder) as entries:
            entries = sorted(
                (e for e in entries if not _hidden(e.name)), key=lambda entry: entry.name
            )
    except OSError as error:
        yield _Found(parts, problem=f"the folder cannot be read: {error.strerror}")
        return
    if not entries and parts:
        yield _Found(parts, other=True, problem="the folder is empty")
    for entry in entries:
        here = (*parts, entry.name)
        suffix = _suffix(entry.name)
        try:
            mode = entry.stat(follow_symlinks=False)
            if stat.S_ISLNK(mode.st_mode):
                if suffix or entry.is_dir():
                    yield _Found(here, problem="a link, which is not followed")
            elif stat.S_ISDIR(mode.st_mode):
                if skip is not None and os.path.samestat(os.stat(entry.path), skip):
                    continue
                if len(here) > MAX_DEPTH:
                    yield _Found(here, problem=f"more than {MAX_DEPTH} folders deep")
                else:
                    yield from _in_folder(Path(entry.path), here, skip)
            elif not suffix:
                yield _Found(here, other=True)
            elif not stat.S_ISREG(mode.st_mode):
                yield _Found(here, problem="not a regular file")
            elif suffix == ".zip":
                yield from _in_zip(Path(entry.path), Path(entry.path), here)
            else:
                yield _Found(here, Path(entry.path))
        except OSError as error:
            yield _Found(here, problem=error.strerror or str(error))


def _in_zip(
    path: Path, source: Path | io.BytesIO, parts: tuple[str, ...], members: tuple[int, ...] = ()
) -> Iterator[_Found]:
    """What a zip file holds. `source` is what to open: the file, or the bytes of an inner zip."""
    try:
        archive = _open_zip(source)
    except Unreadable as error:
        yield _Found(parts, problem=str(error))
        return
    with archive:
        anything = False
        for number, info in enumerate(archive.infolist()):
            steps = info.filename.replace("\\", "/").split("/")
            if info.is_dir() or any(
                map(_hidden, filter(lambda s: s not in ("", ".", ".."), steps))
            ):
                continue
            outside = ".." in steps or steps[0] == "" or re.match("[A-Za-z]:$", steps[0])
            here = (*parts, *(s for s in steps if s not in ("", ".", "..")))
            suffix = _suffix(info.filename)
            anything = True
            if not suffix:
                yield _Found(here, other=True)
            elif outside:
                yield _Found(here, problem=f"its name leads out of the zip: {clean(info.filename)}")
            elif stat.S_ISLNK(info.external_attr >> 16):
                yield _Found(here, problem="a link, which is not followed")
            elif suffix == ".ipynb":
                yield _Found(here, path, (*members, number))
            elif len(members) + 1 >= MAX_ZIPS:
                yield _Found(here, problem="a zip in a zip in a zip: too deep")
            else:
                try:
                    inner = io.BytesIO(_read_member(archive, number, MAX_INNER_ZIP))
                except Unreadable as error:
                    yield _Found(here, problem=str(error))
                else:
                    yield from _in_zip(path, inner, here, (*members, number))
        if not anything:
            yield _Found(parts, other=True, problem="the zip file is empty")


def _submissions(found: list[_Found]) -> list[Submission]:
    containers = _containers(found)
    placed: list[tuple[_Found, Submission]] = []
    taken: dict[str, int] = defaultdict(int)
    for each in found:
        owner = _owner(each, containers)
        if owner is None:
            continue
        place = clean("/".join(each.parts))
        taken[place] += 1
        if taken[place] > 1:
            place = f"{place} [{taken[place]}]"
        student, chapter, attempts, exact = owner
        submission = Submission(
            student=clean(student).strip() or "\ufffd",
            place=place,
            chapter=chapter,
            attempts=clean(attempts),
            order=(exact, tuple(natural(_stem(part)) for part in each.parts), place),
            problem=each.problem,
            path=each.path,
            members=each.members,
        )
        placed.append((each, submission))
    return sorted(_without_crowds(_with_notebooks(placed)), key=lambda each: each.order[1:])


def _containers(found: list[_Found]) -> set[str]:
    """The top folders and zips that are exports: all in them carries a platform's names."""
    inside = defaultdict(list)
    for each in found:
        if len(each.parts) > 1:
            inside[each.parts[0]].append(each.parts[1])
        elif each.path is None:
            inside[each.parts[0]].append("")
    return {
        name
        for name, names in inside.items()
        if not _platform(name) and all(_platform(_stem(inner)) for inner in names)
    }


def _owner(found: _Found, containers: set[str]) -> tuple[str, str | None, str, bool] | None:
    """Student, chapter, key of the attempts, whether the name is the release's; None: nobody's."""
    parts = list(found.parts)
    container = parts.pop(0) if parts[0] in containers else ""
    names = [_stem(part) for part in parts]
    chapter = None
    while len(names) > 1 and names[0] in NAMES:
        chapter = names.pop(0)
    plain_file = len(names) == 1 and _suffix(parts[-1]) == "" and found.other and not found.problem
    if platform := _platform(names[0]):
        student, key = platform
        return student, chapter, f"{container}/{key}", False
    if plain_file or (found.other and names[0] in NAMES):
        return None  # a list of names, a picture, an empty folder of a chapter
    if len(names) > 2 and names[1] in NAMES:
        return names[0], names[1], "/".join(names[:2]), names[-1] == names[1]
    return names[0], chapter, "", False


def _platform(name: str) -> tuple[str, str] | None:
    """The student and the submission that a learning platform's name tells; None if it is none."""
    if match := MOODLE.match(name):
        return match["student"], match["student"]
    if match := CANVAS.match(name):
        student = f"{match['name']}_{match['user']}"
        return student, f"{student}_{match['submission']}"
    return None


def _with_notebooks(placed: list[tuple[_Found, Submission]]) -> list[Submission]:
    """Without what is no notebook; a student with nothing else gets one line that says so."""
    serious = {submission.student for found, submission in placed if not found.other}
    kept = []
    for found, submission in placed:
        if not found.other:
            kept.append(submission)
        elif submission.student not in serious:
            serious.add(submission.student)
            problem = found.problem or f"no notebook: found {clean(found.parts[-1])}"
            kept.append(_replace(submission, problem=problem))
    return kept


def _without_crowds(submissions: list[Submission]) -> list[Submission]:
    """A student's own zip with too many notebooks becomes one line that says so."""
    crowds = defaultdict(list)
    for each in submissions:
        if each.members:
            crowds[(each.path, each.members[:-1], each.student)].append(each)
    too_many = {key: group for key, group in crowds.items() if len(group) > MAX_NOTEBOOKS}
    problem = f"more than {MAX_NOTEBOOKS} notebooks in one zip"
    dropped = {each.place for group in too_many.values() for each in group}
    kept = [each for each in submissions if each.place not in dropped]
    return kept + [_replace(group[0], problem=problem) for group in too_many.values()]


def _replace(submission: Submission, problem: str) -> Submission:
    return Submission(**{**vars(submission), "problem": problem})


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _suffix(name: str) -> str:
    ending = os.path.splitext(name)[1].lower()
    return ending if ending in (".ipynb", ".zip") else ""


def _stem(name: str) -> str:
    return os.path.splitext(name)[0] if _suffix(name) else name


def _read_file(path: Path) -> bytes:
    # Neither a link nor a pipe, even if one was put there in the meantime.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable("not a regular file")
            data = file.read(MAX_NOTEBOOK + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    return _checked_size(data, MAX_NOTEBOOK)


def _zip_source(path: Path, members: tuple[int, ...]) -> Path | io.BytesIO:
    source: Path | io.BytesIO = path
    for number in members:
        with _open_zip(source) as archive:
            source = io.BytesIO(_read_member(archive, number, MAX_INNER_ZIP))
    return source


def _open_zip(source: Path | io.BytesIO) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(source)
    except Exception as error:  # a broken zip raises one of a dozen errors
        raise Unreadable(f"not a zip file that can be read: {error}") from None
    if len(archive.infolist()) > MAX_MEMBERS:
        archive.close()
        raise Unreadable(f"a zip of more than {MAX_MEMBERS} files")
    return archive


def _read_member(archive: zipfile.ZipFile, number: int, limit: int) -> bytes:
    try:
        info = archive.infolist()[number]
        if info.flag_bits & 1:
            raise Unreadable("encrypted")
        if info.file_size > limit:
            raise Unreadable(f"larger than {limit // MB} MB")
        with archive.open(info) as file:
            data = file.read(limit + 1)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"cannot be unpacked: {error}") from None
    return _checked_size(data, limit)


def _checked_size(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise Unreadable(f"larger than {limit // MB} MB")
    return data
