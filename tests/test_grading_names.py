"""A table of names joins what platforms call students to the teacher's list."""

import csv
from functools import partial

import pytest
from click.testing import CliRunner
from grading_stand_in import CHAPTER, StandIn, notebook

from ce_course import cli
from ce_course.grading import batch, names
from ce_course.grading.grades import Settings
from ce_course.grading.report import attempts
from ce_course.grading.submissions import NOTHING, find

LIST = "name,number,login\nByron Ada,1001,ab101\nLi Bo,1002,lb102\nQuiet Di,1004,qd104\n"


def written(folder, text, encoding="utf-8"):
    path = folder / "names.csv"
    path.write_bytes(text.encode(encoding))
    return path


def joined(folder, text, *places):
    root = folder / "all"
    for place in places:
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    found = names.join(find(root), names.read(written(folder, text)))
    return sorted((each.student, each.problem or each.place.rpartition("/")[2]) for each in found)


@pytest.mark.parametrize(
    ("ada", "bo"),
    [
        ("Ada B_1001_assignsubmission_file/x.ipynb", "Bo_1002_assignsubmission_file_/x.ipynb"),
        ("byronada_1001_20001_x.ipynb", "libo_LATE_1002_20002_x.ipynb"),
        ("H 1_ab101_attempt_2026-1-2-3-4-5_x.ipynb", "H 1_lb102_attempt_2026-1-2-3-4-6_x.ipynb"),
        (
            "1001-5 - Ada Byron - Nov 20, 2026 911 AM/x.ipynb",
            "1002-5 - B - Nov 20, 2026 1 PM/x.ipynb",
        ),
        ("AB101.ipynb", "lb102.ipynb"),
        ("ab101/x.ipynb", "li bo/x.ipynb"),
    ],
)
def test_every_platforms_names_are_found_in_the_list(tmp_path, ada, bo):
    found = joined(tmp_path, LIST, ada, bo)
    expected = [("Byron Ada", ada.rpartition("/")[2]), ("Li Bo", bo.rpartition("/")[2])]
    assert found == [*expected, ("Quiet Di", NOTHING)]


def test_who_is_not_on_the_list_keeps_the_platforms_name(tmp_path):
    found = joined(tmp_path, LIST, "eve.ipynb")
    assert found[-1] == ("eve", "eve.ipynb") and len(found) == 4


def remarks(folder, text, *places):
    for place in places:
        (folder / "all" / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / "all" / place).write_text("{}")
    found = names.join(find(folder / "all"), names.read(written(folder, text)))
    return {each.student: each.remark for each in found}


def test_who_is_not_on_the_list_is_told_to_the_teacher(tmp_path):
    found = remarks(tmp_path, LIST + "Bo Li,7,x\n", "eve.ipynb", "ab101.ipynb", "Bo Li.ipynb")
    assert found == {
        "Byron Ada": "",
        "Bo Li": "",
        "Li Bo": "",
        "Quiet Di": "",
        "eve": names.NOT_LISTED,
    }
    text = "name,number\nBo Li,1\nBo Li,2\n"
    assert remarks(tmp_path / "2", text, "Bo Li.ipynb") == {"Bo Li": names.SEVERAL}


def test_two_of_one_name_are_told_apart_by_their_numbers(tmp_path):
    text = "name;number\nBo Li;1\nBo Li;2\n"
    places = [f"Bo Li_{n}_assignsubmission_file/x{n}.ipynb" for n in (1, 2)]
    assert joined(tmp_path, text, *places) == [("Bo Li (1)", "x1.ipynb"), ("Bo Li (2)", "x2.ipynb")]
    assert joined(tmp_path / "2", text, "Bo Li.ipynb") == [("Bo Li", "Bo Li.ipynb")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_first_and_last_names_in_columns_of_their_own(tmp_path, encoding):
    text = "First name,Last name,ID number\nJosé,Ñandú,7\n"
    (person,) = names.read(written(tmp_path, text, encoding))
    assert person.name == "José Ñandú" and {"7", "ñandú, josé"} <= person.known_as


@pytest.mark.parametrize(
    "header",
    [
        "Vorname;Nachname;ID-Nummer",
        "Prénom;Nom;Numéro d'identification",
        "Nombre;Apellido(s);Número de ID",
        "first_name;last_name;id",
        "FirstName;Surname;ID",
    ],
)
def test_first_and_last_names_in_other_words(tmp_path, header):
    (person,) = names.read(written(tmp_path, f"{header}\nAda;Byron;7\n"))
    assert person.name == "Ada Byron" and {"byron ada", "byron, ada", "7"} <= person.known_as


@pytest.mark.parametrize("place", ["Ada Byron_9_assignsubmission_file/x", "byronada_10001_20001_x"])
def test_a_name_with_a_comma_is_known_without_it(tmp_path, place):
    ((name, _),) = joined(tmp_path, "name;group\nByron, Ada;lab\n", f"{place}.ipynb")
    assert name == "Byron, Ada"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('"Ada\nByron"', "Ada Byron"),
        ("Ada\u00a0 Byron", "Ada Byron"),
        ("\u202aAda Byron\u202c", "Ada Byron"),
        ("Ada\x07 Byron", "Ada Byron"),
        ("پری\u200cوش", "پریوش"),
    ],
)
def test_a_cell_is_one_line_without_marks_that_cannot_be_seen(tmp_path, cell, name):
    place = f"{name}_9_assignsubmission_file/x.ipynb"
    assert joined(tmp_path, f"name\n{cell}\n", place) == [(name, "x.ipynb")]


def test_letters_that_are_joined_on_a_platform_are_found_in_the_list(tmp_path):
    place = "پری\u200cوش_9_assignsubmission_file/x.ipynb"
    assert joined(tmp_path, "name\nپری\u200cوش\n", place) == [("پریوش", "x.ipynb")]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name\tnumber\r\nByron, Ada\t7\r\n", "utf-16"),  # Excel's "Unicode text"
        ("sep=;\r\nname;number\r\nByron, Ada;7\r\n", "utf-8-sig"),
        ('"surname, name";number\r"Byron, Ada";7\r', "cp1252"),
        ('name,note,number\n"Byron, Ada","two\nlines",7\n\n ,,\n', "utf-8"),
        ('name,number,\n"Byron, Ada",7,,,\n', "utf-8"),
        ("name|number\nByron, Ada|7\n", "utf-8"),
    ],
)
def test_a_list_as_spreadsheets_save_it(tmp_path, text, encoding):
    (person,) = names.read(written(tmp_path, text, encoding))
    assert person.name == "Byron, Ada" and {"byron, ada", "7"} <= person.known_as


FORGED = {
    # Ada's, and what Mallory calls herself or her file
    "Moodle": ("Ada B_1001_assignsubmission_file", "Byron Ada_999_assignsubmission_file"),
    "both names": ("Byron Ada_1001_assignsubmission_file", "Byron Ada_999_assignsubmission_file"),
    "Canvas": ("byronada_1001_20001_x.ipynb", "Byron Ada_999_20009_x.ipynb"),
    "a loose file": ("Ada B_1001_assignsubmission_file", "ab101.ipynb"),
    "Gradescope": ("submission_1", "submission_2"),
}
GRADESCOPE = """\
submission_1:
  :submitters:
  - :name: Byron Ada
    :sid: '1001'
submission_2:
  :submitters:
  - :name: Byron Ada
    :sid: '999'
"""


@pytest.mark.parametrize("platform", FORGED)
@pytest.mark.parametrize("order", [1, -1])
def test_who_takes_anothers_name_does_not_change_the_others_row(tmp_path, platform, order):
    root = tmp_path / "all"
    for n, place in enumerate(FORGED[platform]):
        path = root / place if place.endswith(".ipynb") else root / place / f"{n}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (root / "submission_metadata.yml").write_text(GRADESCOPE)
    found = names.join(find(root), names.read(written(tmp_path, LIST)))
    there = [(each, CHAPTER) for each in found if not each.is_absent][::order]
    entries = {entry.submission.place.partition("/")[0]: entry for entry in attempts(there)}
    assert entries[FORGED[platform][0]].student == "Byron Ada" and len(entries) == 2
    assert entries[FORGED[platform][1]].student != "Byron Ada"
    assert not any(entry.later for entry in entries.values())
    assert [each.student for each in found if each.is_absent] == ["Li Bo", "Quiet Di"]


def test_a_group_is_nobodys_name(tmp_path):
    text = "name,number,group\nAda,1,lab\nBo,2,lab\n"
    expected = [("Ada", NOTHING), ("Bo", NOTHING), ("lab", "lab.ipynb")]
    assert joined(tmp_path, text, "lab.ipynb") == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no names"),
        ("name\n", "no names"),
        ("name,number\n,3\n", "line 2: expected a name"),
        ("name,number\nada,3\nada,3\n", "the same line twice: ada"),
        ("Course 7\nname;number\nAda;1\n", "expected 1 columns"),
        ('name,number\nAda,1\nBo,"2', "a quotation mark is not closed"),
        ("Byron Ada,1001\nLi Bo,1002\n", "expected a header"),
        ("name\nByron, Ada\nLi, Bo\n", "expected 1 columns, as in the header, got 'Byron,Ada'"),
        ('name,number\n"Ada,1\nBo,2\n' + "x" * 200_000, "no CSV file"),
        ("name;number\nAda;1;2\n", "expected 2 columns"),
        ('name,number\nAda,1\n"Bo,2\nCy,3\n', "a quotation mark is not closed"),
        ("PK\x03\x04\x14\x00", "save the spreadsheet as CSV"),
        ("name,number\nA\0da,1\n", "save the spreadsheet as CSV"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, text, why):
    with pytest.raises(names.NoList, match=why):
        names.read(written(tmp_path, text))


def test_who_handed_in_nothing_is_a_row(tmp_path):
    root, results = tmp_path / "all", tmp_path / "results"
    root.mkdir()
    (root / "byronada_1001_20001_x.ipynb").write_text(notebook())
    (root / "eve_1009_20009_x.ipynb").write_text(notebook())
    counts = batch.grade(
        root,
        results,
        Settings(),
        names=written(tmp_path, LIST),
        make_grader=partial(StandIn, tmp_path / "log"),
        jobs=1,
        formats=["gradescope"],
    )
    assert len(list(results.glob("gradescope/*"))) == 2
    with open(results / "grades.csv", newline="", encoding="utf-8-sig") as file:
        found = {(row["student"], row["state"]) for row in csv.DictReader(file)}
    absent = {("Li Bo", NOTHING), ("Quiet Di", NOTHING)}
    assert found == {("Byron Ada", "right"), ("eve_1009", "right"), *absent}
    assert counts["absent"] == 2 and counts["done"] == 2
    assert names.NOT_LISTED in (results / "cohort.html").read_text(encoding="utf-8")
    (page,) = results.glob("feedback/Li-Bo-*.html")
    assert NOTHING in page.read_text(encoding="utf-8")


def test_who_handed_in_another_chapter_did_hand_in_something(tmp_path):
    root, results, other = tmp_path / "all", tmp_path / "results", "03_categorical_cross_entropy"
    for place in (f"{CHAPTER}/ab101", f"{other}/ab101", f"{other}/lb102", f"{other}/li bo"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{place}.ipynb").write_text(notebook())
    batch.grade(
        root,
        results,
        Settings(chapter=CHAPTER),
        names=written(tmp_path, LIST),
        make_grader=partial(StandIn, tmp_path / "log"),
        jobs=1,
    )
    with open(results / "grades.csv", newline="", encoding="utf-8-sig") as file:
        rows = [(row["student"], row["assignment"], row["state"]) for row in csv.DictReader(file)]
    elsewhere = f"Not graded: it lies in the folder of another chapter, {other}."
    assert set(rows) == {
        ("Byron Ada", CHAPTER, "right"),
        ("Li Bo", CHAPTER, elsewhere),
        ("Quiet Di", CHAPTER, NOTHING),
    }


def test_a_list_that_cannot_be_used_stops_the_command(tmp_path):
    (tmp_path / "all").mkdir()
    bad = written(tmp_path, "name\n")
    arguments = ["grade", tmp_path / "all", "--out", tmp_path / "results", "--names", bad]
    result = CliRunner().invoke(cli.app, list(map(str, arguments)))
    assert result.exit_code == 1 and "no names" in result.output
    assert not (tmp_path / "results").exists()
