"""A notebook file without its outputs, so that what is large about it costs little.

Outputs make notebooks large: pictures, animations, tables. Here they are passed over, not parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

MB = 2**20
PLAIN = MB  # a file up to here is parsed as it is
MAX_PARTS = 1_500_000  # brackets and quotation marks looked at, each for half a microsecond
MAX_CELLS = 10_000
MAX_KEPT = 4 * MB  # of the cells' text; a longer text that is not code is dropped
KEPT = (b'"cell_type"', b'"source"', b'"input"')
CODE = b'"code"'

SPACE = re.compile(rb"[ \t\r\n]*")
SPECIAL = re.compile(rb'["\[\]{}]')
SCALAR = re.compile(rb"[^\s,\]}\[{\"]+")


PADDING = b"\0\x1a \t\r\n"  # zeros after a power failure, DOS's end of a file

# What a file that is no JSON begins with, and what it is.
KINDS = (
    (b"PK\x03\x04", "a zip file under another name: unpack it"),
    *(
        (start, "a packed file under another name: unpack it")
        for start in (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
    ),
    (b"%PDF", "a PDF: look for what it was made from"),
    *((start, "a picture") for start in (b"\x89PNG", b"\xff\xd8\xff")),
    *((start, "a document of a word processor") for start in (b"{\\rtf", b"\xd0\xcf\x11\xe0")),
    *((start, "a script or plain text") for start in (b"#", b"import ", b"from ", b"def ")),
    (b"<<<<<<<", "one that Git has left two versions in: open it, keep one"),
    (b"version https://git-lfs", "a pointer of Git LFS, without the notebook: run `git lfs pull`"),
    (b"<", "a web page: download the notebook itself"),
)


class TooMuch(ValueError):
    """Why a file is not looked at any further, in one sentence for its author."""


def kind(start: bytes) -> str:
    """What a file is that begins so, and what its author is to do; "" if it is not known."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    found = next((what for kind, what in KINDS if start.startswith(kind)), "")
    return f"{found}{', and' if ': ' in found else ':'} hand in the .ipynb file" if found else ""


def no_json(data: bytes | bytearray) -> str:
    """Why a file that is no JSON is no notebook, in a sentence for its author."""
    start = bytes(data[:100])
    if start.lstrip().startswith(b"{") and b"\n<<<<<<< " in data:
        start = b"<<<<<<<"
    if what := kind(start):
        return f"The file is no notebook, but {what}."
    return "The file is no notebook: it is not valid JSON. Is it cut off, or another format?"


def lean(data: bytes | bytearray) -> bytes:
    """The same notebook with nothing but the types and texts of its cells, if it is large.

    Raises ValueError if it is no JSON, TooMuch if even so it is too large.
    """
    if data and data.count(0) == len(data):
        raise TooMuch("The file holds nothing but zeros: it was damaged. Hand it in again.")
    if data[-1:] in (b"\0", b"\x1a") and json.detect_encoding(data[:4]).startswith("utf-8"):
        data = data.rstrip(PADDING)
    if len(data) <= PLAIN:
        return bytes(data)
    encoding = json.detect_encoding(data[:4])
    if not encoding.startswith("utf-8"):
        if len(data) > 16 * MB:
            raise TooMuch(
                f"The file is in {encoding} and has {len(data) / MB:.0f} MB: clear its outputs, "
                "save it as Jupyter does, and hand it in again."
            )
        data = data.decode(encoding, "replace").encode("utf-8", "replace")
    scan = _Scan(data)
    cells: list[bytes] | None = None
    for key in scan.items():
        if key == b'"cells"':
            cells = _cells(scan)
        elif key == b'"worksheets"' and scan.peek() == b"[":  # the format before 2014
            sheets = [
                _cells(scan)
                for _ in scan.elements(objects_only=True)
                for key in scan.items()
                if key == b'"cells"' or scan.skip()
            ]
            cells = cells or [cell for sheet in sheets for cell in sheet or []]
        else:
            scan.skip()
    scan.end()
    if cells is None:
        return b"{}"
    return b'{"cells": [' + b",".join(cells) + b"]}"


def _cells(scan: _Scan) -> list[bytes] | None:
    """What is kept of each cell; None if this is no list."""
    if scan.peek() != b"[":
        scan.skip()
        return None
    found: list[bytes] = []
    size = 0
    for start in scan.elements():
        if len(found) >= MAX_CELLS:
            raise TooMuch(f"The notebook has more than {MAX_CELLS:,} cells.")
        if start != b"{":
            scan.skip()
            found.append(b"null")
            continue
        kept = {}
        for key in scan.items():
            value = scan.skip()
            if key in KEPT:
                kept[key] = value
        if kept.get(KEPT[0]) != CODE:  # a picture may be in the text
            kept = {key: value for key, value in kept.items() if len(value) < PLAIN // 8}
        found.append(b"{" + b",".join(b":".join(pair) for pair in kept.items()) + b"}")
        size += len(found[-1])
        if size > MAX_KEPT:
            raise TooMuch(f"The cells have more than {MAX_KEPT // MB} MB of text, outputs aside.")
    return found


class _Scan:
    """Goes through JSON once, from its start. Raises ValueError where it is none."""

    def __init__(self, data: bytes | bytearray) -> None:
        self.data, self.parts = data, 0
        self.at = 3 if data.startswith(b"\xef\xbb\xbf") else 0

    def peek(self) -> bytes:
        """The next character that is no space."""
        self.at = SPACE.match(self.data, self.at).end()
        return bytes(self.data[self.at : self.at + 1])

    def items(self) -> Iterator[bytes]:
        """The keys of the object that comes next, as written; after each, take its value."""
        self._take(b"{")
        while self.peek() != b"}":
            if self.peek() != b'"':
                raise ValueError("no key")
            key = self.skip()
            self._take(b":")
            yield key
            if self.peek() == b",":
                self.at += 1
            elif self.peek() != b"}":
                raise ValueError("no comma")
        self.at += 1

    def elements(self, objects_only: bool = False) -> Iterator[bytes]:
        """The first character of each element of the list that comes next; after each, take it."""
        self._take(b"[")
        while (start := self.peek()) != b"]":
            self._count()
            if objects_only and start != b"{":
                self.skip()
            else:
                yield start
            if self.peek() == b",":
                self.at += 1
            elif self.peek() != b"]":
                raise ValueError("no comma")
        self.at += 1

    def skip(self) -> bytes:
        """Pass over a value; what is written there."""
        start, first = self.at, self.peek()
        start = self.at
        if first == b'"':
            self._string()
        elif first in (b"{", b"["):
            self._nested()
        else:
            scalar = SCALAR.match(self.data, self.at)
            if scalar is None:
                raise ValueError("no value")
            self.at = scalar.end()
        return bytes(self.data[start : self.at]) if self.at - start <= MAX_KEPT else b'""'

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise ValueError("more than one value")

    def _take(self, what: bytes) -> None:
        if self.peek() != what:
            raise ValueError(f"expected {what.decode()}")
        self.at += 1

    def _nested(self) -> None:
        depth = 0
        while True:
            special = SPECIAL.search(self.data, self.at)
            if special is None:
                raise ValueError("cut off")
            self._count()
            if special[0] == b'"':
                self.at = special.start()
                self._string()
                continue
            self.at = special.end()
            depth += 1 if special[0] in b"[{" else -1
            if depth == 0:
                return

    def _string(self) -> None:
        start = end = self.at + 1
        while True:
            end = self.data.find(b'"', end)
            if end < 0:
                raise ValueError("cut off")
            self._count()
            if self._backslashes(start, end) % 2 == 0:
                self.at = end + 1
                return
            end += 1

    def _backslashes(self, start: int, end: int) -> int:
        """How many stand right before `end`, and not before `start`."""
        window = 16
        while True:
            part = self.data[max(start, end - window) : end]
            count = len(part) - len(part.rstrip(b"\\"))
            if count < window or end - window <= start:
                return count
            window *= 2

    def _count(self) -> None:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise TooMuch(
                "The file is too large to be read, for its outputs have millions of parts: clear "
                "all outputs, save the notebook, and hand it in again."
            )
