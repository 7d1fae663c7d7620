"""The intake of files: whatever one submission holds, the others' rows are there, and equal.

And it costs little: what is looked at has bounds, which are checked before anything is parsed.
"""

import io
import json
import os
import random
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from ce_course.grading import submissions
from ce_course.grading.submissions import MB, Reader, Unreadable, find

ROOT = Path(__file__).parent.parent
NOTEBOOK = json.dumps(
    {
        "cells": [{"cell_type": "code", "source": "def sigmoid(z): ...", "outputs": []}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
).encode()
HONEST = {
    "ada.ipynb": NOTEBOOK,
    "Bo Li_102_assignsubmission_file/work.ipynb": NOTEBOOK,
    "cy_1003_20003_work.ipynb": NOTEBOOK,
    "zoe/02_binary_cross_entropy.ipynb": NOTEBOOK,
}


def put(root, files):
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def zipped(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def rows(found):
    """Of each submission: whose it is, where it lies, and what comes of reading it."""
    reader, seen = Reader(), []
    for each in found:
        try:
            content = reader.read(each)
        except Unreadable as error:
            content = str(error)
        seen.append((each.student, each.place, content))
    return seen


# ---------------------------------------------------------------- anything at all

WORDS = [
    "ada",
    "",
    ".",
    "..",
    "9" * 5000,
    "\u202ex",
    "\x00",
    "\ud800",
    "José",
    "名",
    "a" * 300,
    "._x",
]
WORDS += ["Ada Byron_1_assignsubmission_file_", "cy_1003_20003_", "x_attempt_2026-1-1-1-1-1_y"]
WORDS += [
    "1-2 - A - Nov 20, 2026 911 AM",
    "submission_7",
    "__MACOSX",
    ".hidden",
    "/",
    "C:",
    "02_binary_cross_entropy",
]
ENDINGS = ["", ".ipynb", ".IPYNB", ".ipynb.txt", ".zip", ".txt", ".ipynb.json", ".exe"]


def any_name(dice) -> str:
    steps = [dice.choice(WORDS) for _ in range(dice.choice([1, 1, 1, 2, 3, 40]))]
    return "/".join(steps)[: dice.choice([50, 500, 60_000])] + dice.choice(ENDINGS)


def any_content(dice, depth=0) -> bytes:
    kind = dice.randrange(9)
    if kind == 0 and depth < 4:
        return any_zip(dice, depth + 1)
    if kind == 1:
        return dice.randbytes(dice.choice([0, 1, 100, 5000]))
    if kind == 2:
        return NOTEBOOK[: dice.randrange(len(NOTEBOOK))]
    if kind == 3:
        return b"[" * dice.choice([10, 100_000, 2_000_000])
    if kind == 4:
        return NOTEBOOK.decode().encode(dice.choice(["utf-16", "utf-32", "utf-8-sig", "cp037"]))
    if kind == 5:
        return NOTEBOOK.replace(b'"outputs": []', b'"outputs": [' + b"{}," * 500_000 + b"1]")
    if kind == 6:
        return b'{"cells": ' + b"9" * dice.choice([5000, 3_000_000]) + b"}"
    return NOTEBOOK


def any_zip(dice, depth=0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for _ in range(dice.choice([0, 1, 2, 5, 30])):
            info = zipfile.ZipInfo("x")
            name = any_name(dice).encode("utf-8", "replace")[:60_000]
            info.filename = info.orig_filename = name.decode()
            info.date_time = dice.choice([(1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)])
            info.compress_type = dice.choice([0, 8, 8, 12, 14])
            modes = [0o644, stat.S_IFLNK | 0o777, stat.S_IFDIR, stat.S_IFIFO, 0]
            info.external_attr = dice.choice(modes) << 16
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a name that is there already
                archive.writestr(info, any_content(dice, depth))
    data = bytearray(buffer.getvalue())
    for _ in range(dice.choice([0, 0, 0, 1, 3, 20])):  # damage
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def any_folder(dice, folder: Path) -> None:
    for _ in range(dice.choice([1, 3, 10])):
        name = any_name(dice).replace("\x00", "0").replace("..", "dots").strip("/")
        place = folder / "/".join(step[:60] for step in name.split("/")[:35])
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            kind = dice.randrange(6)
            if kind == 0:
                place.symlink_to(dice.choice(["/etc/passwd", "/", ".", "nowhere"]))
            elif kind == 1:
                os.mkfifo(place)
            elif kind == 2:
                place.mkdir()
            else:
                place.write_bytes(any_content(dice))
            os.utime(place, (dice.choice([0, 2**33]),) * 2, follow_symlinks=False)
        except (OSError, UnicodeError):
            continue  # a name that this system does not allow


@pytest.mark.parametrize("seed", range(60))
def test_whatever_one_hands_in_the_others_rows_are_there(tmp_path, seed):
    dice = random.Random(seed)
    alone, together = tmp_path / "alone", tmp_path / "together"
    put(alone, HONEST)
    put(together, HONEST)
    name = dice.choice(["mallory", "mallory_1009_20009_work", "M_9_assignsubmission_file_/work"])
    if dice.random() < 0.6:
        put(together, {f"{name}.zip": any_zip(dice)})
    else:
        any_folder(dice, together / name)
        (together / name).mkdir(parents=True, exist_ok=True)
    expected, found = rows(find(alone)), rows(find(together))
    assert [row for row in found if row in expected] == expected
    others = [row for row in found if row not in expected]
    assert others and len(others) < 200
    for student, place, content in others:
        assert student.isprintable() and place.isprintable() and place.encode()
        assert isinstance(content, bytes) or content.endswith((".", "?"))


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_in_an_export_the_others_rows_are_there(tmp_path, seed):
    dice = random.Random(1000 + seed)
    honest = [(f"Ada_{n}_assignsubmission_file/x.ipynb", NOTEBOOK) for n in range(3)]
    own = ("M_9_assignsubmission_file/work.zip", any_zip(dice))
    (tmp_path / "a.zip").write_bytes(zipped(honest))
    (tmp_path / "b.zip").write_bytes(zipped([*honest[:2], own, *honest[2:]]))
    expected, found = rows(find(tmp_path / "a.zip")), rows(find(tmp_path / "b.zip"))
    assert [row for row in found if row in expected] == expected
    assert {row[0] for row in found} == {"Ada_0", "Ada_1", "Ada_2", "M_9"}


# ---------------------------------------------------------------- as large as can be


def bare_directory(count: int, name: bytes = b"") -> bytes:
    """A zip's list of so many members that are not there."""
    numbers = (20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    entries = (b"PK\1\2" + struct.pack("<6H3L5H2L", *numbers) + name) * count
    count %= 65536
    return entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(entries), 0, 0)


def bomb(name: str, size: int) -> bytes:
    """A zip of one member of zeros, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece, crc, packed = bytes(MB), 0, []
    for _ in range(size // MB):
        packed.append(packer.compress(piece))
        crc = zlib.crc32(piece, crc)
    body = b"".join(packed) + packer.flush()
    raw = name.encode()
    head = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, crc, len(body), size, len(raw), 0)
    local = b"PK\3\4" + head + raw
    central = b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<3H2L", 0, 0, 0, 0, 0) + raw
    start = len(local) + len(body)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), start, 0)
    return local + body + central + end


LARGE = {
    "digits": lambda: zipped([("9" * 5000 + ".ipynb", NOTEBOOK)]),
    "directory": lambda: bare_directory(500_000, b"x.ipynb"),
    "directory inside": lambda: zipped([("in.zip", bare_directory(1_000_000))]),
    "many files": lambda: bare_directory(60_000, b"x"),
    "deep": lambda: zipped([("d/" * 30_000 + f"{n}.ipynb", b"") for n in range(50)]),
    "deep and many": lambda: zipped([(f"{n}/" + "d/" * 25 + "x.ipynb", b"") for n in range(9_000)]),
    "long names": lambda: zipped([("n" * 60_000 + f"{n}.ipynb", b"") for n in range(100)]),
    "a crowd of zips": lambda: zipped(
        [(f"{n}.zip", zipped([("x.ipynb", NOTEBOOK)])) for n in range(3000)]
    ),
    "a crowd of full zips": lambda: zipped(
        [(f"{n}.zip", bomb("x.ipynb", 60 * MB)) for n in range(50)]
    ),
    "a crowd of notebooks": lambda: zipped([(f"{n}.ipynb", NOTEBOOK) for n in range(5000)]),
    "a large notebook": lambda: bomb("x.ipynb", 60 * MB),
    "too large a notebook": lambda: bomb("x.ipynb", 500 * MB),
    "a large inner zip": lambda: zipped([("in.zip", bytes(60 * MB))]),
    "brackets": lambda: zipped([("x.ipynb", b'{"cells":[' + b"[]," * (20 * MB))]),
    "quotes": lambda: zipped([("x.ipynb", b'{"cells":["' + b'\\"' * (30 * MB))]),
    "small brackets": lambda: zipped([("x.ipynb", b'{"cells":[' + b"[]," * 340_000 + b"1]}")]),
    "links": lambda: zipped([(link(f"{n}.ipynb"), "/etc/passwd") for n in range(9_000)]),
}


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


LOOK = """
import sys, time
from ce_course.grading.submissions import Reader, Unreadable, find
import json
start = time.process_time()
reader, seen = Reader(), []
for each in find(sys.argv[1]):
    try:
        content = len(reader.read(each))
    except Unreadable as error:
        content = str(error)
    seen.append((each.student, content))
status = open("/proc/self/status").read()
used = [time.process_time() - start, int(status.split("VmHWM:")[1].split()[0]) / 1024]
print(json.dumps([seen, used]))
"""


def looked_at(folder):
    """What the intake says of a folder, in a process of its own: students, contents, time, memory.

    In seconds of a processor (see -s), and MB at most.
    """
    ran = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    seen, (seconds, megabytes) = json.loads(ran.stdout)
    print(f"{seconds:.2f} s, {megabytes:.0f} MB, {len(seen)} rows, {seen[-2:]}")
    return seen, megabytes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", LARGE)
def test_the_largest_costs_little(tmp_path, name):
    put(tmp_path, {"mallory.zip": LARGE[name](), "ada.ipynb": NOTEBOOK, "zoe.ipynb": NOTEBOOK})
    seen, megabytes = looked_at(tmp_path)
    assert [student for student, content in seen if content == len(NOTEBOOK)] == ["ada", "zoe"]
    assert any(student == "mallory" for student, _ in seen)
    assert len(seen) <= 2 + submissions.MAX_NOTEBOOKS and megabytes < 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_largest_in_one_export_cost_little(tmp_path):
    members = [
        (f"m{n}_9_assignsubmission_file/work.zip", made()) for n, made in enumerate(LARGE.values())
    ]
    honest = [(f"{name}_1_assignsubmission_file/x.ipynb", NOTEBOOK) for name in ("ada", "zoe")]
    data = zipped([honest[0], *members, honest[1]], zipfile.ZIP_STORED)
    put(tmp_path, {"export.zip": data})
    seen, megabytes = looked_at(tmp_path)
    whole = [student for student, content in seen if content == len(NOTEBOOK)]
    assert whole == ["ada_1", "zoe_1"] and megabytes < 200
    assert {student for student, _ in seen} >= {f"m{n}_9" for n in range(len(LARGE))}


# ---------------------------------------------------------------- odd zips in every layout

WHOLE = zipped([("work.ipynb", NOTEBOOK)])
ENTRY = WHOLE.rindex(b"PK\1\2")  # where the list of its one member begins


def changed(place: int, new: bytes) -> bytes:
    return WHOLE[:place] + new + WHOLE[place + len(new) :]


def zip64() -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w") as archive,
        archive.open("work.ipynb", "w", force_zip64=True) as file,
    ):
        file.write(NOTEBOOK)
    return buffer.getvalue()


class Stream(io.RawIOBase):
    """Cannot be gone back in: so sizes come after the data."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.data += bytes(data)
        return len(data)


def streamed() -> bytes:
    stream = Stream()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("work.ipynb", NOTEBOOK)
    return bytes(stream.data)


READ = {
    "after a program": b"#!/bin/sh\n" * 50 + WHOLE,
    "before something else": WHOLE + b"more" * 10,
    "a comment": WHOLE[:-2] + struct.pack("<H", 65535) + b"c" * 65535,
    "sizes after the data": streamed(),
    "zip64": zip64(),
    "with a Mac's files": zipped([("__MACOSX/._work.ipynb", b"\0\5"), ("work.ipynb", NOTEBOOK)]),
    "a name of Windows": zipped([("CON.ipynb", NOTEBOOK)]),
    "a dot at its end": zipped([("work.ipynb.", NOTEBOOK)]),
}
REFUSED = {
    "a password": (changed(ENTRY + 8, b"\1"), "password"),
    "cut off": (WHOLE[:-30], "no zip file that can be read"),
    "its start is gone": (WHOLE[40:], "cannot be unpacked"),
    "a wrong place": (changed(ENTRY + 42, b"\xff\xff\xff\x7f"), "cannot be unpacked"),
    "a wrong sum": (changed(ENTRY + 16, b"\1\2\3\4"), "cannot be unpacked"),
    "out of it": (zipped([("../../ada.ipynb", NOTEBOOK)]), "leads out of the zip file"),
    "a disk's letter": (zipped([("C:\\x\\y.ipynb", NOTEBOOK)]), "leads out of the zip file"),
    "a table": (zipped([("grades.csv", b"student\n")]), "only grades.csv"),
}
LAYOUTS = [
    "{}.zip",
    "{}_9_assignsubmission_file_/w.zip",
    "{}_9_assignsubmission_file/w.zip",
    "{}_1009_20009_w.zip",
    "HW_{}_attempt_2099-11-20-10-11-12_w.zip",
    "7-1 - {} - Nov 20, 2026 911 AM/w.zip",
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_an_odd_zip_is_read_or_refused_and_is_nobody_elses(tmp_path, layout, form):
    refused = {name: data for name, (data, _) in REFUSED.items()}
    for name, data in (READ | refused).items():
        root = tmp_path / name
        files = {layout.format(who): WHOLE for who in ("ada", "zoe")}
        files[layout.format("mallory")] = data
        put(root, files if form == "folder" else {"all.zip": zipped(files.items())})
        found = rows(find(root if form == "folder" else root / "all.zip"))
        theirs = [content for student, _, content in found if "mallory" not in student]
        (own,) = [content for student, _, content in found if "mallory" in student]
        assert theirs == [NOTEBOOK] * 2, name
        assert own == NOTEBOOK if name in READ else REFUSED[name][1] in own, name
