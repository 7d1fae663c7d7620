"""Which submissions there are: platforms' names, zip files, and what cannot be read."""

import io
import json
import os
import stat
import zipfile

import pytest

from ce_course.grading import platforms, submissions
from ce_course.grading.grades import Limits
from ce_course.grading.release import read_cells
from ce_course.grading.report import attempts
from ce_course.grading.submissions import Reader, Unreadable, clean, find, natural

CHAPTER = "02_binary_cross_entropy"
OTHER = "03_categorical_cross_entropy"


def put(root, *places, text="{}"):
    for place in places:
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}{place}")


def zipped(members, encrypted=False) -> bytes:
    """A zip file of (name, content) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    data = bytearray(buffer.getvalue())
    if encrypted:  # the flag in the local and in the central header
        data[6] |= 1
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


LINK = "This is a link, which is not followed: hand in the file itself."


def too_large(megabytes):
    return f"The file has more than {megabytes} MB: clear all outputs, save, and hand it in again."


def no_notebook(name):
    return f"There is no notebook, only {name}: hand in the .ipynb file."


def students(found):
    return [each.student for each in found]


def rows(found):
    """Student and content, or student and why there is none."""
    reader = Reader()

    def content(each):
        try:
            return reader.read(each).decode()
        except Unreadable as error:
            return str(error)

    return [(each.student, content(each)) for each in found]


def test_a_folder_of_notebooks_with_any_names(tmp_path):
    put(tmp_path, "ada.ipynb", "Bo Li (final).IPYNB", "grace/homework.ipynb", "notes.txt")
    put(tmp_path, ".ipynb_checkpoints/ada-checkpoint.ipynb", "grace/.ipynb_checkpoints/x.ipynb")
    assert rows(find(tmp_path)) == [
        ("Bo Li (final)", "{}Bo Li (final).IPYNB"),
        ("ada", "{}ada.ipynb"),
        ("grace", "{}grace/homework.ipynb"),
    ]


def test_a_students_folder_called_submitted_hides_nobody(tmp_path):
    put(tmp_path, "ada/x.ipynb", "bo.ipynb", "cy.zip", "submitted/x.ipynb")
    assert students(find(tmp_path)) == ["ada", "bo", "cy", "submitted"]


@pytest.mark.parametrize("above", ["", "submitted/"])
def test_nbgraders_layout(tmp_path, above):
    put(tmp_path, f"{above}ada/{CHAPTER}/{CHAPTER}.ipynb", f"{above}ada/{OTHER}/{OTHER}.ipynb")
    put(tmp_path, f"{above}bo/ps1/homework.ipynb")
    if above:
        put(tmp_path, f"source/{CHAPTER}/{CHAPTER}.ipynb", f"release/{CHAPTER}/{CHAPTER}.ipynb")
    found = find(tmp_path)
    assert [(s.student, s.chapter) for s in found] == [
        ("ada", CHAPTER),
        ("ada", OTHER),
        ("bo", None),
    ]
    assert [s.attempts for s in found] == [f"ada/{CHAPTER}", f"ada/{OTHER}", ""]


def test_in_nbgraders_layout_the_released_name_counts_before_a_copy(tmp_path):
    put(tmp_path, f"ada/{CHAPTER}/{CHAPTER}.ipynb", f"ada/{CHAPTER}/{CHAPTER}-Copy1.ipynb")
    last = max(find(tmp_path), key=lambda each: each.order)
    assert last.place == f"ada/{CHAPTER}/{CHAPTER}.ipynb"


@pytest.mark.parametrize(
    "place",
    [
        f"{CHAPTER}/ada.ipynb",
        f"{CHAPTER}/ada/any.ipynb",
        f"ada/{CHAPTER}/any.ipynb",
    ],
)
def test_a_chapters_folder_names_the_chapter(tmp_path, place):
    put(tmp_path, place)
    assert [(s.student, s.chapter) for s in find(tmp_path)] == [("ada", CHAPTER)]


EXPORTS = {
    "Moodle until 2022": [
        ("Ada Byron_101_assignsubmission_file_/work.ipynb", "Ada Byron_101"),
        ("Bo Li_102_assignsubmission_file_/deep/er/work.ipynb", "Bo Li_102"),
        ("José_Ñ_103_assignsubmission_file_work.ipynb", "José_Ñ_103"),
    ],
    "Moodle": [
        ("Ada Byron_101_assignsubmission_file/work.ipynb", "Ada Byron_101"),
        ("Bo Li_102_assignsubmission_file/deep/er/work.ipynb", "Bo Li_102"),
    ],
    "Moodle, one student": [("Ada Byron_101_assignsubmission_file/work.ipynb", "Ada Byron_101")],
    "Canvas": [
        ("byronada_10001_20001_work.ipynb", "byronada_10001"),
        ("libo_LATE_10002_20002_work-1.ipynb", "libo_10002"),
    ],
    "Canvas without names": [
        ("anon_LATE_x1Y2z_20002_work.ipynb", "anon_x1Y2z"),
        ("anon_z9Y2z_20003_work.ipynb", "anon_z9Y2z"),
    ],
    "Blackboard": [
        ("Home work_2_ab_1_attempt_2026-11-20-10-11-12.txt", None),
        ("Home work_2_ab_1_attempt_2026-11-20-10-11-12_work.ipynb", "ab_1"),
        ("Home work_2_xyz_attempt_2026-11-19-09-00-00_my_attempt_1.ipynb", "xyz"),
    ],
    "Brightspace": [
        ("1001-77 - Ada Byron - Nov 20, 2026 1011 AM/work.ipynb", "Ada Byron_1001"),
        ("1002-77 - Bo - Li - 20 November, 2026 911 PM/work.ipynb", "Bo - Li_1002"),
        ("index.html", None),
    ],
    "Gradescope": [
        ("submission_301/work.ipynb", "Ada Byron_301"),
        ("submission_302/work.ipynb", "submission_302"),
        ("submission_metadata.yml", None),
    ],
}
METADATA = """\
---
submission_301:
  :submitters:
  - :name: Ada Byron
    :sid: '1001'
    :email: 'ada.o''b@example.org'
  :results:
    :tests:
    - :name: not a student
"""


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_gradescopes_list_of_names_holds_all_that_its_tests_printed(tmp_path, form):
    printed = '    - :output: "' + "x" * 500 + '"\n'
    members = [("submission_301/w.ipynb", "{}"), ("submission_metadata.yml", "")]
    members[1] = (members[1][0], METADATA + printed * 10_000)
    if form == "zip":
        (tmp_path / "all.zip").write_bytes(zipped(members))
    for name, text in members if form == "folder" else ():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    expected = [("Ada Byron_301", "{}")]
    assert rows(find(tmp_path / "all.zip" if form == "zip" else tmp_path)) == expected


def test_gradescopes_names_are_unquoted():
    names = platforms.gradescope_names(METADATA.splitlines())
    assert names == {"submission_301": ["Ada Byron", "1001", "ada.o'b@example.org"]}


def test_a_students_list_of_names_that_cannot_be_read_costs_nothing(tmp_path):
    put(tmp_path, "submission_301/w.ipynb", "submission_302/w.ipynb")
    for folder in (tmp_path, tmp_path / "submission_302"):
        with open(folder / "submission_metadata.yml", "wb") as file:
            file.truncate(2**40)
    assert [each.student for each in find(tmp_path)] == ["submission_301", "submission_302"]


@pytest.mark.parametrize("platform", EXPORTS)
@pytest.mark.parametrize("form", ["folder", "zip", "folder with a zip", "folder in a folder"])
def test_a_platforms_export(tmp_path, platform, form):
    members = [
        (name, METADATA if name == "submission_metadata.yml" else f"it is {student}")
        for name, student in EXPORTS[platform]
    ]
    root = tmp_path / "all"
    root.mkdir()
    if "zip" in form:
        target = tmp_path / "export.zip" if form == "zip" else root / "CS101-Chapter 2-7.zip"
        target.write_bytes(zipped(members))
        root = target if form == "zip" else root
    else:
        for name, text in members:
            path = root / ("CS101" if form == "folder in a folder" else ".") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    found = find(root)
    expected = [(s, f"it is {s}") for _, s in EXPORTS[platform] if s]
    assert sorted(rows(found)) == sorted(expected)
    assert len({each.attempts for each in found}) == len(expected)


def test_attempts_of_one_submission_on_a_platform_are_told_and_ordered(tmp_path):
    names = ["x.ipynb", "x-2.ipynb", "x-10.ipynb"]
    put(tmp_path, *(f"byronada_10001_20001_{name}" for name in names))
    put(tmp_path, "byronada_LATE_10001_20009_a.ipynb")
    found = find(tmp_path)
    assert {(s.student, s.attempts) for s in found} == {("byronada_10001", "byronada_10001")}
    in_order = sorted(found, key=lambda s: s.order)
    assert [s.place.rpartition("_")[2] for s in in_order] == [*names, "a.ipynb"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a_10001_30001_z.ipynb", "a_LATE_10001_30002_a.ipynb"),
        (
            "H_ab_attempt_2026-9-20-10-11-12_z.ipynb",
            "H_ab_attempt_2026-11-2-10-11-12_a.ipynb",
        ),
        (
            "7-1 - Ada - Nov 20, 2026 911 AM/z.ipynb",
            "7-1 - Ada - Nov 20, 2026 1211 PM/a.ipynb",
        ),
        (
            "7-1 - Ada - 9 December, 2026 911 AM/a.ipynb",
            "7-1 - Ada - 10 January, 2027 911 AM/z.ipynb",
        ),
    ],
)
def test_the_later_attempt_on_a_platform_is_told_by_what_the_platform_says(tmp_path, first, second):
    put(tmp_path, first, second)
    found = find(tmp_path)
    assert len({(each.student, each.attempts) for each in found}) == 1
    assert [each.place for each in sorted(found, key=lambda each: each.order)] == [first, second]


def test_a_text_typed_into_canvas_is_no_notebook(tmp_path):
    put(tmp_path, "liother_10003_text.html", "libo_10002_20002_work.ipynb")
    expected = [
        ("libo_10002", "{}libo_10002_20002_work.ipynb"),
        ("liother_10003", no_notebook("liother_10003_text.html")),
    ]
    assert rows(find(tmp_path)) == expected


def test_a_name_longer_than_any_platform_gives_is_no_platforms():
    """In a zip it may be, and to look through it for all that it may be takes long."""
    assert platforms.seat("7-1 - " + "a" * 200 + " - 1 AM").names[1] == "7"
    assert platforms.seat("7-1 - " + "a" * 300 + " - 1 AM") is None


def test_a_name_that_looks_like_another_students_is_not_taken_for_it(tmp_path):
    put(tmp_path, "Ada_1_assignsubmission_file/x.ipynb")
    put(tmp_path, "Ada_1_assignsubmission_file_x Eve_2_assignsubmission_file/x.ipynb")
    put(tmp_path, "Eve_3_assignsubmission_file_Ada_1_assignsubmission_file_x.ipynb")
    put(tmp_path, "H_eve_attempt_2026-1-2-3-4-5_H_ada_attempt_2026-1-2-3-4-5_x.ipynb")
    put(tmp_path, "eve_1001_2001_ada_1002_2002_x.ipynb")
    assert students(find(tmp_path)) == [
        "Ada_1",
        "Ada_1_assignsubmission_file_x Eve_2",
        "Eve_3",
        "eve",
        "eve_1001",
    ]


@pytest.mark.parametrize("folder", [CHAPTER, "week 2"])
def test_a_teachers_folder_of_many_is_not_taken_for_one_students(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOKS", 3)
    monkeypatch.setattr(submissions, "MAX_FILES", 3)
    put(tmp_path, *(f"{folder}/s{n}.ipynb" for n in range(10)))
    put(tmp_path, *(f"{folder}/t{n}/x.ipynb" for n in range(10)))
    found = find(tmp_path)
    assert len(found) == 20 and not any(each.problem for each in found)


def export_of(platform):
    """A zip that looks like a platform's export, with a list that says whose it is."""
    members = [(name, "{}") for name, _ in EXPORTS[platform] if not name.endswith(".yml")]
    return [*members, ("submission_metadata.yml", METADATA)]


@pytest.mark.parametrize("platform", EXPORTS)
@pytest.mark.parametrize("home", ["", f"{CHAPTER}/"])
@pytest.mark.parametrize("form", ["zip", "folder"])
@pytest.mark.parametrize("beside", ["ada.ipynb", "zoe.zip", "di/work.ipynb", "A_1_B_file_/x.ipynb"])
def test_beside_others_a_zip_or_folder_is_one_students(tmp_path, platform, home, form, beside):
    """Whoever hands in a zip chooses the names in it."""
    beside = beside.replace("B", "assignsubmission")
    put(tmp_path, home + beside)
    if beside == "zoe.zip":
        (tmp_path / home / beside).write_bytes(zipped([("work.ipynb", "{}")]))
    if form == "zip":
        (tmp_path / home / "mallory.zip").write_bytes(zipped(export_of(platform)))
    else:
        put(tmp_path, *(f"{home}mallory/{name}" for name, _ in export_of(platform)))
    found = find(tmp_path)
    (other,) = [each for each in found if beside in each.place]
    theirs = [each for each in found if each is not other]
    assert {each.student for each in theirs} == {"mallory"}
    assert len({each.owner for each in theirs}) == 1 and other.owner != theirs[0].owner
    several = len({student for _, student in EXPORTS[platform] if student}) > 1
    assert [each.problem for each in theirs if each.problem] == [submissions.ALIKE] * several


@pytest.mark.parametrize("beside", ["Chapter 3.zip", "names.csv", f"{OTHER}/ada.ipynb", "bo.pdf"])
def test_exports_beside_nothing_but_exports_are_exports(tmp_path, beside):
    (tmp_path / "Chapter 2.zip").write_bytes(zipped(export_of("Canvas")[:2]))
    put(tmp_path, beside)
    if beside.endswith(".zip"):
        (tmp_path / beside).write_bytes(zipped(export_of("Moodle")[:2]))
    assert set(students(find(tmp_path))) >= {"byronada_10001", "libo_10002"}


def test_a_download_that_was_cut_off_makes_no_students_of_the_other_exports(tmp_path):
    whole = zipped(export_of("Canvas")[:2])
    (tmp_path / "Chapter 2.zip").write_bytes(whole)
    (tmp_path / "Chapter 3.zip").write_bytes(whole[:-30])
    assert students(find(tmp_path)) == ["byronada_10001", "libo_10002", "Chapter 3"]


def test_what_is_one_students_for_being_beside_others_has_one_students_limits(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOKS", 3)
    members = [(f"mal_1{n}_2{n}0_x.ipynb", "{}") for n in range(10, 14)]
    (tmp_path / "mallory.zip").write_bytes(zipped(members))
    put(tmp_path, "ada.ipynb")
    many = "More than 3 notebooks: hand in one for each chapter."
    found = rows(find(tmp_path))
    assert found[0] == ("ada", "{}ada.ipynb") and len(found) == 3
    assert set(found[1:]) == {("mallory", submissions.ALIKE), ("mallory", many)}


@pytest.mark.parametrize("beside", ["zoe.ipynb", "zoe.zip"])
def test_a_zip_with_a_chapters_name_is_a_students_beside_others(tmp_path, beside):
    data = zipped([(f"{CHAPTER}/ada.ipynb", "{}"), ("ada.ipynb", "{}")])
    (tmp_path / f"{CHAPTER}.zip").write_bytes(data)
    assert {(each.student, each.chapter) for each in find(tmp_path)} == {("ada", CHAPTER)}
    put(tmp_path, "ada.ipynb", beside)
    if beside.endswith(".zip"):
        (tmp_path / beside).write_bytes(zipped([("work.ipynb", "{}")]))
    found = {(each.student, each.chapter) for each in find(tmp_path)}
    assert found == {("ada", None), ("zoe", None), (CHAPTER, CHAPTER)}


@pytest.mark.parametrize(
    "names",
    [
        ["mallory/{}.ipynb"],
        ["mallory/{}/work.ipynb"],
        [f"mallory/{CHAPTER}/{{}}.ipynb", f"mallory/{OTHER}/{{}}.ipynb", "mallory/ps1/{}.ipynb"],
        ["mallory_10001_2{:04}_work.ipynb", "mallory_LATE_10001_3{:04}_work.ipynb"],
        ["H_mallory_attempt_2026-11-20-10-{}-12_w.ipynb", "H_zoe_attempt_2026-11-20-1-{}-2_w.txt"],
        ["7-1 - Mallory - Nov {}, 2026 911 AM/z.ipynb"],
    ],
)
def test_all_notebooks_of_one_student_share_the_time(tmp_path, names):
    put(tmp_path, *(name.format(n) for name in names for n in range(10, 14)), "ada.ipynb")
    found = find(tmp_path)
    owners = {each.owner for each in found if "allory" in each.student}
    assert len(owners) == 1 and sum(each.owner in owners for each in found) >= 4


def test_two_users_of_blackboard_are_never_taken_for_one(tmp_path):
    names = ["a_x", "b_x", "x", "a"]
    put(tmp_path, *(f"H_1_{name}_attempt_2026-11-20-10-11-12_w.ipynb" for name in names))
    assert sorted(students(find(tmp_path))) == sorted(names)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_chapters_folder_around_an_export_names_the_chapter(tmp_path, form):
    name = "Ada_101_assignsubmission_file/x.ipynb"
    if form == "zip":
        (tmp_path / CHAPTER).mkdir()
        (tmp_path / CHAPTER / "export.zip").write_bytes(zipped([(name, "{}")]))
    else:
        put(tmp_path, f"{CHAPTER}/{name}")
    assert [(s.student, s.chapter) for s in find(tmp_path)] == [("Ada_101", CHAPTER)]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("José Ñandú".encode(), "José Ñandú"),  # macOS
        ("José Müller".encode("cp850"), "José Müller"),  # Windows in Europe
        ("François".encode("cp1252"), "François"),
        ("张伟".encode("gbk"), "张伟"),  # Windows in China
        ("李小龙".encode("gbk"), "李小龙"),
        ("陶喆".encode("gbk"), "陶喆"),
        ("杨".encode("gbk"), "杨"),
        ("山田 太郎".encode("cp932"), "山田 太郎"),  # Windows in Japan
        ("表ソ能".encode("cp932"), "表ソ能"),  # whose second bytes are backslashes
        ("佐々木\u3000さくら".encode("cp932"), "佐々木 さくら"),
        ("Пётр Иванов".encode("cp866"), "Пётр Иванов"),  # Windows in Russia
        ("Øystein Ås É. Ö.".encode("cp850"), "Øystein Ås É. Ö."),
        ("Conceição".encode("cp1252"), "Conceição"),
        (b"\xff\xfe", None),
    ],
)
def test_names_in_a_zip_that_does_not_say_how_it_writes_them(tmp_path, raw, name):
    data = zipped([("x" * len(raw) + ".ipynb", "{}")]).replace(b"x" * len(raw), raw)
    (tmp_path / "all.zip").write_bytes(data)
    (found,) = find(tmp_path / "all.zip")
    assert found.student.isprintable() and (name is None or found.student == name)
    assert rows([found])[0][1] == "{}"


def test_notebooks_whose_ending_a_browser_or_mail_has_changed(tmp_path):
    put(tmp_path, "ada.ipynb.txt", "bo.ipynb.json", "cy.IPYNB", "notes.txt", "list.json")
    assert students(find(tmp_path)) == ["ada", "bo", "cy"]


def test_names_that_begin_with_a_dot(tmp_path):
    put(tmp_path, ".ada.ipynb", "bo/.work.ipynb", "cy/.hidden/work.ipynb", "._bo.ipynb")
    put(tmp_path, "di/.ipynb_checkpoints/work-checkpoint.ipynb", "__MACOSX/bo/._work.ipynb")
    (tmp_path / "ed.zip").write_bytes(zipped([(".work.ipynb", "{}"), ("__MACOSX/._x.ipynb", "?")]))
    found = dict(rows(find(tmp_path)))
    assert found.pop("di") == "The folder is empty."
    assert list(found) == [".ada", "bo", "cy", "ed"] and all(map(is_text, found.values()))


def is_text(content):
    return content.startswith("{}")


def test_loose_work_that_is_no_notebook_is_a_row(tmp_path):
    put(tmp_path, "ada.py", "bo.pdf", "cy.ipynb", "names.csv", "README.txt", "photo.jpg")
    work = ["di.ipynb.crdownload", "ed.ipynb (1)", "flo.ipynb.bak", "gil.tar.xz", "hal.zip.part"]
    put(tmp_path, *work)
    assert dict(rows(find(tmp_path))) == {
        "ada.py": no_notebook("ada.py"),
        "bo.pdf": no_notebook("bo.pdf"),
        "cy": "{}cy.ipynb",
        **{name: no_notebook(name) for name in work},
    }


def test_of_several_files_that_are_no_notebook_the_telling_one_is_named(tmp_path):
    put(tmp_path, "ada/Thumbs.db", "ada/data.csv", "ada/work.html", "ada/zz.txt", "bo/Thumbs.db")
    receipt = "H_cy_attempt_2026-11-20-10-11-12"
    put(tmp_path / "export", f"{receipt}.txt", f"{receipt}_cy.html")
    put(tmp_path / "export", *(f"{receipt.replace('cy', who)}.txt" for who in ("di", "ed")))
    (tmp_path / "export" / f"{receipt.replace('cy', 'di')}_w.zip").write_bytes(zipped([]))
    assert dict(rows(find(tmp_path / "export"))) == {
        "cy": no_notebook(f"{receipt}_cy.html"),
        "di": "The zip file is empty.",
        "ed": no_notebook(f"{receipt.replace('cy', 'ed')}.txt"),
    }
    found = dict(rows(find(tmp_path)))
    assert found["ada"] == no_notebook("work.html") and found["bo"] == "The folder is empty."


def test_who_is_refused_does_not_count_among_the_cohorts_files(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_FILES", 10)
    monkeypatch.setattr(submissions, "MAX_COHORT", 40)
    for name in ("a", "b", "c", "d", "e", "f"):
        (tmp_path / f"{name}.zip").write_bytes(zipped([(f"{n}.txt", "") for n in range(100)]))
        put(tmp_path, *(f"{name}_9_assignsubmission_file/{n}.txt" for n in range(100)))
    put(tmp_path, "zoe.ipynb")
    found = rows(find(tmp_path))
    assert found[-1] == ("zoe", "{}zoe.ipynb")
    assert [text for _, text in found[:-1]] == ["More than 10 files: hand in notebooks."] * 12


def test_outputs_are_dropped_from_a_large_notebook(tmp_path):
    cell = {"cell_type": "code", "source": ["x = '\\\\\"'\n", "y"], "metadata": {"a": [{}]}}
    picture = {"data": {"image/png": "A" * 30 * submissions.MB, "text/html": '"\\' * 1000}}
    text = {"cell_type": "markdown", "source": "# Text", "attachments": {"a": "b" * 1000}}
    cells = [text, cell | {"outputs": [picture]}, 3, {"cell_type": "raw"}]
    for form in ({"cells": cells}, {"worksheets": [{"cells": cells}]}):
        data = json.dumps({"metadata": {"cells": [1]}} | form | {"nbformat": 4}).encode()
        (tmp_path / "ada.ipynb").write_bytes(data)
        read = Reader().read(find(tmp_path)[0])
        assert len(read) < 1000
        small = [{k: c[k] for k in ("cell_type", "source") if k in c} for c in cells if c != 3]
        assert json.loads(read) == {"cells": [*small[:2], None, small[2]]}
        whole = json.dumps({"cells": [text, cell | {"outputs": []}, 3, {"cell_type": "raw"}]})
        limits = Limits()
        assert read_cells(read, limits) == read_cells(whole.encode(), limits)
        assert read_cells(data, limits) == read_cells(read, limits)


@pytest.mark.parametrize("size", [1, 5000, 2 * submissions.MB])
@pytest.mark.parametrize("form", ["file", "zip"])
def test_zeros_behind_a_notebook_are_left_out(tmp_path, size, form):
    """They are left by a power failure, and by programs that write whole blocks."""
    data = b'{"cells": [{"cell_type": "code", "source": "x"}]}'
    if form == "zip":
        (tmp_path / "ada.zip").write_bytes(zipped([("x.ipynb", data + bytes(size))]))
    else:
        (tmp_path / "ada.ipynb").write_bytes(data + b"\n" + bytes(size) + b"\x1a")
    assert Reader().read(find(tmp_path)[0]) == data


def test_a_notebook_in_utf_16_keeps_its_last_zero(tmp_path):
    data = '{"cells": []}'.encode("utf-16-le")
    (tmp_path / "ada.ipynb").write_bytes(data)
    assert Reader().read(find(tmp_path)[0]) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"cells": [' + b" " * submissions.MB, "not valid JSON"),
        (b'{"cells": ["' + b"x" * submissions.MB, "not valid JSON"),
        (b'{"cells": [1 2]}' + b" " * submissions.MB, "not valid JSON"),
        (b'{"cells": []} {}' + b" " * submissions.MB, "not valid JSON"),
        (b"{3: 4}" + b" " * submissions.MB, "not valid JSON"),
        (b'{"cells": [' + b"[[" * 3 * submissions.MB, "clear all outputs"),
        (b'{"cells": [' + b"{}," * submissions.MB + b"1]}", "more than 10,000 cells"),
    ],
)
def test_a_large_file_that_is_no_notebook_has_a_reason(tmp_path, data, why):
    (tmp_path / "ada.ipynb").write_bytes(data)
    ((_, text),) = rows(find(tmp_path))
    assert why in text


def test_a_students_zip_does_not_speak_for_others(tmp_path):
    forged = zipped([("Ada_101_assignsubmission_file_/x.ipynb", "forged")])
    export = [
        ("Ada_101_assignsubmission_file_/x.ipynb", "Ada's"),
        ("Mallory_102_assignsubmission_file_/work.zip", forged),
        ("Eve_103_assignsubmission_file_/Ada_101_assignsubmission_file_/x.ipynb", "forged"),
    ]
    (tmp_path / "export.zip").write_bytes(zipped(export))
    expected = [("Ada_101", "Ada's"), ("Eve_103", "forged"), ("Mallory_102", "forged")]
    assert rows(find(tmp_path / "export.zip")) == expected


def test_a_zip_of_one_student(tmp_path):
    inner = zipped([("b.ipynb", "b")])
    members = [("a.ipynb", "a"), ("__MACOSX/._a.ipynb", "?"), ("data/in.zip", inner), ("t.txt", "")]
    (tmp_path / "ada.zip").write_bytes(zipped(members))
    assert rows(find(tmp_path)) == [("ada", "a"), ("ada", "b")]


def test_zip_files_that_are_traps(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK", 3 * submissions.MB)
    monkeypatch.setattr(submissions, "MAX_INNER_ZIP", submissions.MB)
    inner = zipped([("x.ipynb", "x")])
    traps = {
        "bad": b"PK\x03\x04 nothing",
        "bomb": zipped([("x.ipynb", bytes(4 * submissions.MB))]),
        "bomb2": zipped([("x.zip", bytes(4 * submissions.MB))]),
        "deep": zipped([("y.zip", zipped([("z.zip", inner)]))]),
        "empty": zipped([]),
        "locked": zipped([("x.ipynb", "x")], encrypted=True),
        "none": zipped([("work.docx", "x")]),
        "root": zipped([("/etc/x.ipynb", "x")]),
        "slip": zipped([("../../x.ipynb", "x")]),
        "twice": zipped([("x.ipynb", "1")]),
    }
    for name, data in traps.items():
        (tmp_path / f"{name}.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "twice.zip", "a") as archive, pytest.warns(UserWarning):
        archive.writestr("x.ipynb", "2")
    assert rows(find(tmp_path)) == [
        (
            "bad",
            "This is no zip file that can be read (File is not a zip file): is it damaged?",
        ),
        ("bomb", too_large(3)),
        ("bomb2", too_large(1)),
        ("deep", "A zip file in a zip file in a zip file is not opened."),
        ("empty", "The zip file is empty."),
        ("locked", "The zip file asks for a password: pack it without one."),
        ("none", no_notebook("work.docx")),
        ("root", "Its name leads out of the zip file: /etc/x.ipynb."),
        ("slip", "Its name leads out of the zip file: ../../x.ipynb."),
        ("twice", "1"),
        ("twice", "2"),
    ]
    assert len({each.place for each in find(tmp_path)}) == len(traps) + 1


def test_a_zip_that_lies_about_a_size_is_cut_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK", submissions.MB)
    data = bytearray(zipped([("x.ipynb", bytes(8 * submissions.MB))]))
    for header, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.rindex(header) + offset
        data[at : at + 4] = (100).to_bytes(4, "little")
    (tmp_path / "ada.zip").write_bytes(data)
    ((student, text),) = rows(find(tmp_path))
    assert student == "ada" and text.startswith("It cannot be unpacked (Bad CRC")


def test_a_damaged_member_is_one_line(tmp_path):
    data = bytearray(zipped([("x.ipynb", os.urandom(100))]))
    data[60] ^= 0xFF
    (tmp_path / "ada.zip").write_bytes(data)
    ((_, text),) = rows(find(tmp_path))
    assert text.startswith("It cannot be unpacked (")


def test_too_many_notebooks_in_one_zip(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOKS", 3)
    for name, count in (("ada", 3), ("bo", 4)):
        members = [(f"{n}.ipynb", str(n)) for n in range(count)]
        (tmp_path / f"{name}.zip").write_bytes(zipped(members))
    ada, (bo,) = find(tmp_path)[:3], find(tmp_path)[3:]
    assert students(ada) == ["ada"] * 3 and "More than 3 notebooks" in bo.problem
    monkeypatch.setattr(submissions, "MAX_FILES", 3)
    assert find(tmp_path)[3].problem == "More than 3 files: hand in notebooks."


def test_links_pipes_and_locked_files(tmp_path):
    root, outside = tmp_path / "all", tmp_path / "secret"
    put(outside, "solution.ipynb")
    put(root, "ada/x.ipynb")
    (root / "bo.ipynb").symlink_to(outside / "solution.ipynb")
    (root / "cy").symlink_to(outside, target_is_directory=True)
    (root / "loop").mkdir()
    (root / "loop" / "again").symlink_to(root, target_is_directory=True)
    (root / "gone.ipynb").symlink_to(root / "nowhere")
    os.mkfifo(root / "pipe.ipynb")
    link = LINK
    assert rows(find(root)) == [
        ("ada", "{}ada/x.ipynb"),
        ("bo", link),
        ("cy", link),
        ("gone", link),
        ("loop", link),
        ("pipe", "This is not a regular file."),
    ]


def test_who_has_nothing_but_a_link_to_no_notebook_is_a_row(tmp_path):
    for name in ("ada", "Bo_9_assignsubmission_file"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "work").symlink_to("/etc/passwd")
        (tmp_path / name / "gone").symlink_to("nowhere")
    only = no_notebook("gone")
    assert rows(find(tmp_path)) == [("Bo_9", only), ("ada", only)]


def test_a_link_in_a_zip(tmp_path):
    info = zipfile.ZipInfo("x.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    (tmp_path / "ada.zip").write_bytes(zipped([(info, "/etc/passwd")]))
    assert rows(find(tmp_path)) == [("ada", LINK)]


def test_a_file_that_became_a_pipe_or_link_is_not_read(tmp_path):
    put(tmp_path, "ada.ipynb", "bo.ipynb", "cy.ipynb")
    found = find(tmp_path)
    for name in ("ada", "bo", "cy"):
        (tmp_path / f"{name}.ipynb").unlink()
    os.mkfifo(tmp_path / "ada.ipynb")
    (tmp_path / "bo.ipynb").symlink_to("/etc/passwd")
    texts = [text for _, text in rows(found)]
    assert texts[0] == "This is not a regular file."
    assert "links" in texts[1] and texts[2] == "The file cannot be read: No such file or directory."


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs Unix permissions")
def test_what_may_not_be_read(tmp_path, monkeypatch):
    put(tmp_path, "ada/x.ipynb", "bo.ipynb", "cy.ipynb", "di.zip")
    if os.geteuid() == 0:  # root reads everything: take the system's answer as given
        real_scandir, real_open = os.scandir, os.open

        def scandir(path):
            if os.fspath(path).endswith("ada"):
                raise PermissionError(13, "Permission denied")
            return real_scandir(path)

        def opened(path, *args, **kwargs):
            if os.fspath(path).endswith("bo.ipynb"):
                raise PermissionError(13, "Permission denied")
            return real_open(path, *args, **kwargs)

        def opened_zip(path, mode, **more):
            if path == tmp_path / "di.zip":
                raise PermissionError(13, "Permission denied")
            return open(path, mode, **more)

        monkeypatch.setattr(submissions, "open", opened_zip, raising=False)
        monkeypatch.setattr(os, "scandir", scandir)
        monkeypatch.setattr(os, "open", opened)
    else:
        (tmp_path / "ada").chmod(0)
        (tmp_path / "bo.ipynb").chmod(0)
        (tmp_path / "di.zip").chmod(0)
    denied = "Permission denied"
    result = rows(find(tmp_path))
    (tmp_path / "ada").chmod(0o755)
    assert result == [
        ("ada", f"The folder cannot be read: {denied}."),
        ("bo", f"The file cannot be read: {denied}."),
        ("cy", "{}cy.ipynb"),
        ("di", f"The file cannot be read: {denied}."),
    ]


def test_a_notebook_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK", submissions.MB)
    (tmp_path / "ada.ipynb").write_bytes(b"1" * submissions.MB)
    (tmp_path / "bo.ipynb").write_bytes(b"1" * (submissions.MB + 1))
    ada, bo = rows(find(tmp_path))
    assert len(ada[1]) == submissions.MB and bo[1] == too_large(1)


def test_folders_without_a_notebook(tmp_path):
    put(tmp_path, "ada/essay.docx", "bo/x.ipynb", "bo/pictures/a.png", "list of names.csv")
    put(tmp_path, "Cy_103_assignsubmission_onlinetext_/onlinetext.html")
    put(tmp_path, "Di_104_assignsubmission_onlinetext_/onlinetext.html")
    put(tmp_path, "Di_104_assignsubmission_file_/x.ipynb")
    (tmp_path / "empty").mkdir()
    (tmp_path / CHAPTER).mkdir()
    texts = dict(rows(find(tmp_path)))
    assert texts == {
        "ada": no_notebook("essay.docx"),
        "bo": "{}bo/x.ipynb",
        "Cy_103": no_notebook("onlinetext.html"),
        "Di_104": "{}Di_104_assignsubmission_file_/x.ipynb",
        "empty": "The folder is empty.",
    }


def test_folders_too_deep(tmp_path):
    put(tmp_path, "ada/" + "d/" * 40 + "x.ipynb")
    (found,) = find(tmp_path)
    assert found.student == "ada" and "more than 30 folders deep" in found.problem


def test_names_of_every_kind(tmp_path):
    names = [
        "=1+1",
        "José",
        "Jose\u0301",
        "ALICE",
        "alice",
        "a\nb",
        "\u202egnp",
        "名前",
        " ",
    ]
    for name in names:
        (tmp_path / f"{name}.ipynb").write_text(name, encoding="utf-8")
    with open(os.fsencode(tmp_path) + b"/latin\xe9.ipynb", "w") as file:
        file.write("latin")
    found = find(tmp_path)
    assert len(found) == len(names) + 1 == len({each.place for each in found})
    assert {"José", "ALICE", "alice", "a\ufffdb", "\ufffdgnp", "名前", "\ufffd"} <= set(
        students(found)
    )
    assert students(found).count("José") == 2  # composed or not, it is one name
    for each in found:
        each.place.encode("utf-8")
        assert each.student and each.student.isprintable()
    assert {text for _, text in rows(found)} == {*names, "latin"}


def called(folder):
    """By content, what the results call whoever handed it in."""
    entries = attempts([(each, CHAPTER) for each in find(folder)])
    return {Reader().read(each.submission).decode(): each.student for each in entries}


def test_files_whose_endings_differ_are_not_called_the_same(tmp_path):
    (tmp_path / "ada.ipynb").write_text("honest")
    alike = ["ada.IPYNB", "ada.ipynb.txt", "ada .ipynb", "ada.ipynb ", "ada.ipynb.txt.ipynb"]
    for name in [*alike, "ada.ipynb.ipynb", "ada [2].ipynb"]:
        (tmp_path / name).write_text(name)
    found = called(tmp_path)
    assert found["honest"] == "ada" and len({name.strip() for name in found.values()}) == 8


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("José", "Jose\u0301"),
        ("名前", "\u200d名前"),
        ("\ufffd名", "\u202e名"),
        ("名 前", "名\u00a0前"),
    ],
)
def test_who_only_looks_like_another_does_not_change_the_others_row(tmp_path, name, alike):
    (tmp_path / f"{name}.ipynb").write_text("honest")
    (tmp_path / f"{alike}.ipynb").write_text("forged")
    assert called(tmp_path) == {"honest": name, "forged": f"{name} [2]"}


def test_the_results_are_not_submissions(tmp_path):
    put(tmp_path, "ada.ipynb", "results/feedback/x.ipynb", "ada2/results/y.ipynb")
    assert students(find(tmp_path, tmp_path / "results")) == ["ada", "ada2"]
    assert students(find(tmp_path, tmp_path / "elsewhere")) == ["ada", "ada2", "results"]


def test_one_notebook_is_one_submission(tmp_path):
    put(tmp_path, "ada.ipynb", "bo.ipynb")
    assert rows(find(tmp_path / "ada.ipynb")) == [("ada", "{}ada.ipynb")]


def test_what_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        find(tmp_path / "nowhere")
    (tmp_path / "bad.zip").write_text("no zip")
    with pytest.raises(Unreadable, match="no zip file that can be read"):
        find(tmp_path / "bad.zip")
    assert find((tmp_path / "empty").mkdir() or tmp_path / "empty") == []


def test_the_order_does_not_depend_on_how_the_files_were_made(tmp_path):
    names = [f"s{n}.ipynb" for n in (10, 9, 1, 2)]
    for folder, order in (("a", names), ("b", names[::-1])):
        put(tmp_path / folder, *order)
    places = [[each.place for each in find(tmp_path / folder)] for folder in "ab"]
    assert places[0] == places[1] == ["s1.ipynb", "s2.ipynb", "s9.ipynb", "s10.ipynb"]


def test_thousands_of_files(tmp_path):
    members = [(f"S{n}_{n + 100}_assignsubmission_file_/x.ipynb", str(n)) for n in range(5000)]
    (tmp_path / "export.zip").write_bytes(zipped(members))
    assert rows(find(tmp_path / "export.zip")) == [(f"S{n}_{n + 100}", str(n)) for n in range(5000)]


def test_names_are_cleaned_and_numbers_sorted_as_numbers():
    assert clean("a\x00b\u200b\udce9") == "a\ufffdb\ufffd?"
    assert clean("a\u2028b\u00a0c\ue000\u0378") == "a b c\ufffd\ufffd"
    assert sorted(["x-10", "x", "x-2", "7", "x 1 y"], key=natural) == [
        "7",
        "x",
        "x 1 y",
        "x-2",
        "x-10",
    ]


@pytest.mark.parametrize("name", ["x.ipynb ", "x.ipynb.", "x.IPYNB. .", "x.ipynb.txt "])
def test_dots_and_spaces_at_a_names_end_that_windows_would_drop(tmp_path, name):
    put(tmp_path, name)
    (tmp_path / "bo.zip. ").write_bytes(zipped([(name, "{}")]))
    assert rows(find(tmp_path)) == [("bo", "{}"), ("x", f"{{}}{name}")]


def test_a_zip_of_a_tools_own_files_is_not_called_empty(tmp_path):
    (tmp_path / "ada.zip").write_bytes(zipped([("__MACOSX/._x.ipynb", "{}")]))
    (tmp_path / "bo.zip").write_bytes(zipped([("x/", "")]))
    expected = [("ada", submissions.NO_NOTEBOOK), ("bo", "The zip file is empty.")]
    assert rows(find(tmp_path)) == expected


def test_after_a_limit_no_more_of_a_zip_is_looked_at(tmp_path, monkeypatch):
    looked, member = [], submissions._Look._member
    monkeypatch.setattr(
        submissions._Look, "_member", lambda *args: looked.append(0) or member(*args)
    )
    monkeypatch.setattr(submissions, "MAX_FILES", 10)
    (tmp_path / "ada.zip").write_bytes(zipped([(f"{n}.txt", "") for n in range(100)]))
    assert rows(find(tmp_path)) == [("ada", "More than 10 files: hand in notebooks.")]
    assert len(looked) == 11


@pytest.mark.parametrize("number", ["9" * 5000, "NaN", "1e999999", "-" + "9" * 5000])
def test_a_number_that_python_does_not_read_costs_nothing(number):
    cell = f'{{"cell_type": "code", "source": "x = 1", "execution_count": {number}}}'
    (read,) = read_cells(f'{{"cells": [{cell}]}}'.encode(), Limits()).cells
    assert read.source == "x = 1"
