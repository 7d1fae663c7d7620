"""Collects the exercises from learners' homes on a hub, and lays their feedback there.

Where homes are is told by a pattern, "/home/{student}". What is in a home is its learner's to
arrange, and whoever collects may be root. So below a home no link is followed, no file of anybody
else's is read, and what is written replaces whatever has its name.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ce_course.catalogue import CHAPTERS
from ce_course.grading import lean
from ce_course.grading.names import Person, join
from ce_course.grading.release import ROOT
from ce_course.grading.report import page_name
from ce_course.grading.submissions import MAX_NOTEBOOK, Submission
from ce_course.lab.copies import FOLDER, digest

STUDENT = "{student}"
FEEDBACK = "feedback.html"


class NoHomes(ValueError):
    """Why a pattern names no homes."""


def homes(pattern: str) -> list[tuple[str, Path]]:
    """Each learner's name and home, by name: "/home/learner-{student}".

    Raises NoHomes if the pattern has not one {student}, in its last part, or if it fits no folder.
    """
    path = Path(pattern)
    if pattern.count(STUDENT) != 1 or STUDENT not in path.name:
        raise NoHomes(f"expected a pattern such as /home/{STUDENT}, got {pattern}")
    before, after = map(re.escape, path.name.split(STUDENT))
    name = re.compile(f"{before}([^.].*){after}")
    folders = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    found = [(told[1], each) for each in folders if (told := name.fullmatch(each.name))]
    found = [(student, home) for student, home in found if home.is_dir()]
    if not found:
        raise NoHomes(f"there is no folder {pattern}")
    return found


def collect(pattern: str, submissions: Path) -> tuple[list[str], list[str]]:
    """Copy every exercise notebook that its learner has written in; return names, and problems.

    The notebooks go to `submissions/STUDENT/CHAPTER/CHAPTER.ipynb`, which `ce-course grade` reads.
    What was collected earlier and is no longer there stays. Raises NoHomes, or OSError if there can
    be no folder for the submissions.
    """
    collected, problems = [], []
    released = {chapter.name: _released(chapter.name) for chapter in CHAPTERS}
    submissions.mkdir(parents=True, exist_ok=True)
    for student, home in homes(pattern):
        for chapter, untouched in released.items():
            name = f"{chapter}/{chapter}.ipynb"
            try:
                data = _read(home, (FOLDER, "exercises", chapter), f"{chapter}.ipynb")
            except FileNotFoundError:
                continue
            except (OSError, _Refused) as error:
                problems.append(f"{student}: {name} was left: {error}")
                continue
            if _digest(data) == untouched:
                continue
            place = submissions / student / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            collected.append(f"{student}/{name}")
    return collected, problems


def give_back(
    results: Path, pattern: str, people: Sequence[Person] = ()
) -> tuple[list[str], list[str]]:
    """Write each learner's page from `results` to `my_course/feedback.html` in their home.

    people: the table of names that the submissions were graded with, if they were.
    Returns who got theirs, and problems. Raises NoHomes, or FileNotFoundError if there are no
    results.
    """
    pages = results / "feedback"
    if not pages.is_dir():
        raise FileNotFoundError(f"there are no pages for students in {results}")
    given, problems, found = [], [], homes(pattern)
    joined = join([Submission(student, student) for student, _ in found], people)
    called = {each.place: each.student for each in joined}
    for student, home in found:
        page = pages / f"{page_name(called[student])}.html"
        if not page.exists():
            continue
        try:
            _write(home, (FOLDER,), FEEDBACK, page.read_bytes())
        except OSError as error:
            problems.append(f"{student}: the page could not be written: {error}")
        else:
            given.append(student)
    return given, problems


# ---------------------------------------------------------------- what is handed out


def _released(chapter: str) -> str | None:
    """The digest of a chapter's exercises as they are handed out."""
    path = ROOT / "exercises" / chapter / f"{chapter}.ipynb"
    return _digest(path.read_bytes()) if path.exists() else None


def _digest(data: bytes) -> str | None:
    """What a notebook's cells say; None if it is no notebook: then it is for the grader to say."""
    try:
        return digest(json.loads(lean.lean(data)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


# ---------------------------------------------------------------- in a home


class _Refused(Exception):
    """Why a file is not read."""


@contextmanager
def _folder(home: Path, parts: tuple[str, ...]) -> Iterator[tuple[int, os.stat_result]]:
    """A folder below a home, opened without following a link, and what is known of the home."""
    handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        owner = os.fstat(handle)
        for part in parts:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle, owner
    finally:
        os.close(handle)


def _read(home: Path, parts: tuple[str, ...], name: str) -> bytes:
    """A plain file of the learner's own. Raises OSError, or _Refused if it is anything else."""
    with _folder(home, parts) as (folder, owner):
        # A pipe that nobody writes to would block.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with open(os.open(name, flags, dir_fd=folder), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise _Refused("it is not a plain file")
            if about.st_uid != owner.st_uid:
                raise _Refused("it belongs to somebody else")
            data = file.read(MAX_NOTEBOOK + 1)
    if len(data) > MAX_NOTEBOOK:
        raise _Refused(f"it is larger than {MAX_NOTEBOOK // 2**20} MB")
    return data


def _write(home: Path, parts: tuple[str, ...], name: str, data: bytes) -> None:
    """A file that is the learner's, in place of what has its name. Raises OSError."""
    with _folder(home, parts) as (folder, owner):
        new = f".{name}-{secrets.token_hex(8)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with open(os.open(new, flags, 0o644, dir_fd=folder), "wb") as file:
                file.write(data)
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(new, dir_fd=folder)
            raise
