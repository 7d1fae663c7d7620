"""The intake of files: whatever one submission holds, the others' rows are there, and equal.

And it costs little: what is looked at has bounds, which are checked before anything is parsed.
"""

import io
import json
import os
import random
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import unicodedata
import warnings
import zipfile
import zlib
from functools import cache
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
    if kind == 5:  # `LARGE` has as many as are read, and more
        return NOTEBOOK.replace(b'"outputs": []', b'"outputs": [' + b"{}," * 5_000 + b"1]")
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


@cache
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
    "an export's names": lambda: zipped([(f"a_{10 + n}_100_x.ipynb", b"") for n in range(32_000)]),
    "an export's folders": lambda: zipped(
        [(f"submission_{n}/x.ipynb", NOTEBOOK) for n in range(9_000)]
    ),
    "links": lambda: zipped([(link(f"{n}.ipynb"), "/etc/passwd") for n in range(9_000)]),
    "lists of names": lambda: zipped(
        [(f"{n}/submission_metadata.yml", bytes(4 * MB - 1)) for n in range(60)]
        + [("x.ipynb", NOTEBOOK[:-1])]
    ),
}


@cache
def large(name):
    """Made once, since packing takes longer than what is tested."""
    return LARGE[name]()


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
    put(tmp_path, {"mallory.zip": large(name), "ada.ipynb": NOTEBOOK, "zoe.ipynb": NOTEBOOK})
    seen, megabytes = looked_at(tmp_path)
    assert [student for student, content in seen if content == len(NOTEBOOK)] == ["ada", "zoe"]
    assert any(student == "mallory" for student, _ in seen)
    assert len(seen) <= 2 + submissions.MAX_NOTEBOOKS and megabytes < 200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_largest_in_one_export_cost_little(tmp_path):
    members = [
        (f"m{n}_9_assignsubmission_file/work.zip", large(name)) for n, name in enumerate(LARGE)
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


def renamed(raw: bytes) -> bytes:
    """A zip of one notebook whose name is these bytes, which are said to be UTF-8."""
    data = bytearray(zipped([("x" * len(raw), NOTEBOOK)]).replace(b"x" * len(raw), raw))
    data[7] |= 8
    data[data.rindex(b"PK\1\2") + 9] |= 8
    return bytes(data)


def with_extra(extra: bytes, size: int = len(NOTEBOOK)) -> bytes:
    """A zip of one notebook with something extra in the list of what it holds."""
    entry = bytearray(WHOLE[ENTRY : WHOLE.rindex(b"PK\5\6")])
    entry[24:28] = struct.pack("<L", size)
    entry[30:32] = struct.pack("<H", len(extra))
    count = len(entry) + len(extra)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, count, ENTRY, 0)
    return WHOLE[:ENTRY] + bytes(entry) + extra + end


def more_than_there_is() -> bytes:
    """A zip64 whose list is said to be exabytes away."""
    numbers = (44, 45, 45, 0, 0, 2**63, 2**63, 2**62, 2**62)
    end64 = b"PK\6\6" + struct.pack("<QHHLLQQQQ", *numbers)
    locator = b"PK\6\7" + struct.pack("<LQL", 0, ENTRY, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return WHOLE[:ENTRY] + end64 + locator + end


def tarred(mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        info = tarfile.TarInfo("work.ipynb")
        info.size = len(NOTEBOOK)
        archive.addfile(info, io.BytesIO(NOTEBOOK))
    return buffer.getvalue()


def special(kind: int) -> bytes:
    """A zip of a notebook that is said to be a device or the like."""
    info = zipfile.ZipInfo("work.ipynb")
    info.external_attr = (kind | 0o666) << 16
    return zipped([(info, NOTEBOOK)])


OTHER_PATH = b"ada.ipynb"
NO_END = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)
READ = {
    "after a program": b"#!/bin/sh\n" * 50 + WHOLE,
    "before something else": WHOLE + b"more" * 10,
    "a comment": WHOLE[:-2] + struct.pack("<H", 65535) + b"c" * 65535,
    "sizes after the data": streamed(),
    "zip64": zip64(),
    "with a Mac's files": zipped([("__MACOSX/._work.ipynb", b"\0\5"), ("work.ipynb", NOTEBOOK)]),
    "a name of Windows": zipped([("CON.ipynb", NOTEBOOK)]),
    "a dot at its end": zipped([("work.ipynb.", NOTEBOOK)]),
    "less than it says": changed(ENTRY + 24, struct.pack("<L", 50 * MB)),
    "another name elsewhere": with_extra(
        struct.pack("<HHBL", 0x7075, 5 + len(OTHER_PATH), 1, zlib.crc32(b"work.ipynb")) + OTHER_PATH
    ),
    "a day 0 of month 0": changed(ENTRY + 12, bytes(4)),
    "names of devices": zipped([("AUX/NUL.ipynb", NOTEBOOK)]),
    "a drive without a folder": zipped([("C:work.ipynb", NOTEBOOK)]),
    "a device": special(stat.S_IFCHR),
    "a pipe": special(stat.S_IFIFO),
    "from right to left": zipped([("\u202ebpnyi.krow.ipynb", NOTEBOOK)]),
    "a line of its own": zipped([("a\u2028b\u00a0c.ipynb", NOTEBOOK)]),
    "nobody's letters": zipped([("\ue000\U0010ffff.ipynb", NOTEBOOK)]),
    "marks on marks": zipped([("a" + "\u0301" * 900 + ".ipynb", NOTEBOOK)]),
    "dots between": zipped([("./././work.ipynb", NOTEBOOK)]),
    "another chapter's folder": zipped([("03_categorical_cross_entropy/work.ipynb", NOTEBOOK)]),
    "results of its own": zipped(
        [("grades.csv", "ada,1"), (".state/x.json", "{}"), ("work.ipynb", NOTEBOOK)]
    ),
}
REFUSED = {
    "a tar": (tarred("w"), "no zip file that can be read"),
    "a tar that is packed": (tarred("w:gz"), "but a packed file under another name: unpack it"),
    "of another program": (b"7z\xbc\xaf\x27\x1c" + bytes(200), "but a packed file"),
    "a page": (b"<!DOCTYPE html>", "but a web page: download the notebook itself"),
    "a notebook": (NOTEBOOK, "but looks like a notebook"),
    "of no bytes": (b"", "no zip file that can be read"),
    "two ends": (WHOLE + NO_END, "is empty"),
    "more than it says": (changed(ENTRY + 24, struct.pack("<L", 10)), "cannot be unpacked"),
    "4 GB": (changed(ENTRY + 24, struct.pack("<L", 2**32 - 2)), "Much larger"),
    "exabytes": (
        with_extra(struct.pack("<HHQ", 1, 8, 2**63), size=0xFFFFFFFF),
        "Much larger",
    ),
    "a list exabytes away": (more_than_there_is(), "no zip file that can be read"),
    "an extra of no end": (with_extra(b"\1\0\xff\xffxx"), "no zip file that can be read"),
    "packed with lzma": (zipped([("w.ipynb", NOTEBOOK)], zipfile.ZIP_LZMA), "use plain zip"),
    "packed as nobody does": (changed(ENTRY + 10, b"\x63\0"), "use plain zip"),
    "of the future": (changed(ENTRY + 6, b"\x63\0"), "no zip file that can be read"),
    "strongly encrypted": (changed(ENTRY + 8, b"\x41"), "password"),
    "a name in no encoding": (renamed(b"\xff\xfe.ipynb"), "no zip file that can be read"),
    "no name": (zipped([("x", NOTEBOOK)]).replace(b"x", b"\0"), "is empty"),
    "a name of nothing": (zipped([("////", NOTEBOOK)]), "is empty"),
    "a folder with content": (zipped([("work.ipynb/", NOTEBOOK)]), "is empty"),
    "a stream of a file": (zipped([("work.ipynb:zone", NOTEBOOK)]), "There is no notebook"),
    "another computer's": (zipped([("\\\\server\\x.ipynb", NOTEBOOK)]), "leads out of"),
    "a password": (changed(ENTRY + 8, b"\1"), "password"),
    "cut off": (WHOLE[:-30], "is it damaged?"),
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
        assert all((each.student + each.place).isprintable() for each in find(root)), name


SEVERAL = {
    "one name thrice": ["w.ipynb", "w.ipynb", "w.ipynb"],
    "small and capital letters": ["w.ipynb", "W.ipynb", "w.IPYNB"],
    "one letter in two ways": [
        *(unicodedata.normalize(form, "é.ipynb") for form in ("NFC", "NFD")),
        "é.ipynb ",
    ],
    "a file and a folder": ["w.ipynb", "w.ipynb/w.ipynb", "w.ipynb/x.ipynb"],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", SEVERAL)
def test_what_has_one_name_has_several_places(tmp_path, name):
    own = zipped([(each, NOTEBOOK) for each in SEVERAL[name]])
    put(tmp_path, {"ada.ipynb": NOTEBOOK, "mallory.zip": own, "zoe.ipynb": NOTEBOOK})
    found = find(tmp_path)
    assert [(who, what) for who, _, what in rows(found)] == [
        (who, NOTEBOOK) for who in ("ada", "mallory", "mallory", "mallory", "zoe")
    ]
    assert len({each.place for each in found}) == 5


def test_members_that_share_their_bytes_are_read_once_or_refused(tmp_path):
    """A zip may say of thousands of members that they lie at one place."""
    entry, start = WHOLE[ENTRY : WHOLE.rindex(b"PK\5\6")], WHOLE[:ENTRY]
    entries = b"".join(entry.replace(b"work", b"%04d" % n) for n in range(900)) + entry
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 901, 901, len(entries), ENTRY, 0)
    put(tmp_path, {"ada.ipynb": NOTEBOOK, "mallory.zip": start + entries + end})
    (_, _, first), *own = rows(find(tmp_path))
    assert first == NOTEBOOK
    assert [what for _, _, what in own if what == NOTEBOOK] == [NOTEBOOK]
    assert all("cannot be unpacked" in what for _, _, what in own if what != NOTEBOOK)


def test_a_zip_that_holds_itself_again_and_again_has_an_end(tmp_path):
    inner = WHOLE
    for _ in range(20):
        inner = zipped([("r.zip", inner), ("w.ipynb", NOTEBOOK)])
    put(tmp_path, {"ada.ipynb": NOTEBOOK, "r.zip": inner})
    found = [(who, what) for who, _, what in rows(find(tmp_path))]
    assert len(found) == 4 and found.count(("r", NOTEBOOK)) == 2
    assert ("r", "A zip file in a zip file in a zip file is not opened.") in found


@pytest.mark.skipif(sys.platform != "linux", reason="makes what only Linux has")
def test_what_is_no_file_in_a_folder_is_a_row_and_nobody_waits_for_it(tmp_path):
    root, own = tmp_path / "all", tmp_path / "all" / "mallory"
    put(root, {"ada.ipynb": NOTEBOOK, "zoe/work.ipynb": NOTEBOOK, "mallory/ok.ipynb": NOTEBOOK})
    os.mkfifo(own / "pipe.ipynb")
    os.mkfifo(own / "pipe.zip")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(own / "socket.ipynb"))
    (own / "null.ipynb").symlink_to("/dev/null")
    (own / "endless.zip").symlink_to("/dev/zero")
    (own / "up").symlink_to("..")
    (own / "round.ipynb").symlink_to("round.ipynb")
    (own / "theirs.ipynb").symlink_to("../ada.ipynb")
    os.link(root / "ada.ipynb", own / "same.ipynb")
    for number in range(2_000):
        (own / f"{number}.txt").touch()
    with open(own / "hole.ipynb", "wb") as file:
        file.truncate(2**40)
    for name in (b"\xff.ipynb", b"\xfe.ipynb", b"a\nb.ipynb"):
        with open(os.path.join(os.fsencode(own), name), "wb") as file:
            file.write(NOTEBOOK)
    found = rows(find(root))
    assert [what for who, _, what in found if who != "mallory"] == [NOTEBOOK] * 2
    theirs = {place.removeprefix("mallory/"): what for who, place, what in found if who != "ada"}
    assert sum(what == NOTEBOOK for what in theirs.values()) == 6  # with zoe's
    assert {theirs[f"{name}.ipynb"] for name in ("pipe", "socket")} == {
        "This is not a regular file."
    }
    links = ("null.ipynb", "endless.zip", "up", "round.ipynb", "theirs.ipynb")
    assert len({theirs[name] for name in links}) == 1 and "a link" in theirs["up"]
    assert "more than" in theirs["hole.ipynb"] and "regular" in theirs["pipe.zip"]


def test_what_changes_between_looking_and_reading_costs_nobody_else(tmp_path):
    """Folders on network drives are written to while they are graded."""
    names = ["gone", "cut", "longer", "linked", "folder", "other"]
    two = zipped([("1.ipynb", NOTEBOOK), ("2.ipynb", NOTEBOOK)])
    put(tmp_path, {"other.zip": two})
    put(tmp_path, {f"{name}.ipynb": NOTEBOOK for name in names[:-1]} | {"zoe.ipynb": NOTEBOOK})
    found = find(tmp_path)
    for name in names[:-1]:
        (tmp_path / f"{name}.ipynb").unlink()
    (tmp_path / "cut.ipynb").write_bytes(NOTEBOOK[:10])
    with open(tmp_path / "longer.ipynb", "wb") as file:
        file.truncate(2**40)
    (tmp_path / "linked.ipynb").symlink_to("zoe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "other.zip").write_bytes(zipped([("a.txt", b"")]))
    reader, said = Reader(), {}
    for each in found:
        try:
            said[each.student] = reader.read(each)
        except Unreadable as error:
            said[each.student] = str(error)
    assert said.pop("zoe") == NOTEBOOK and said.pop("cut") == NOTEBOOK[:10]
    assert all(isinstance(text, str) and text.endswith((".", "?")) for text in said.values())
