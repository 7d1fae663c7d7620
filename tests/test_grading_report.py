"""The results: grades.csv, the pages, nbgrader's gradebook, Gradescope's results.json."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pytest
from grading_stand_in import CHAPTER, HINT, MISTAKE
from lab import QUIET
from playwright.sync_api import sync_playwright

from ce_course import catalogue
from ce_course.checks.by_name import exercises_of
from ce_course.grading import report
from ce_course.grading.grades import ExerciseGrade, Settings, SubmissionGrade
from ce_course.grading.processes import Answer
from ce_course.grading.report import Entry
from ce_course.grading.submissions import Submission

ROOT = Path(__file__).parent.parent
OTHER = "03_categorical_cross_entropy"
SANDBOX = {"level": "all of it", "means": ["user namespace", "seccomp"]}


def answer(chapter=CHAPTER, problem=None, notes=(), mistake=MISTAKE, hint=HINT, **states) -> Answer:
    """The grades of a submission; every exercise is right that `states` does not name."""
    exercises = []
    for each in exercises_of(catalogue.chapter(chapter)):
        state = states.get(each.name, "right")
        points = each.points if state == "right" else 0
        known = mistake if state == "wrong" else None
        text = {"right": "", "not attempted": "Not attempted yet."}.get(state, hint)
        exercises.append(ExerciseGrade(each.name, points, each.points, state, text, known, 0.1))
    return Answer(SubmissionGrade(chapter, tuple(exercises), problem, 0.5, tuple(notes)), SANDBOX)


def written(folder, answers, formats=(), settings=None):
    """Write the results of answers by the places that they are at; returns the counts."""
    settings = settings or Settings()
    found = {Submission(place.rpartition(".")[0], place): a for place, a in answers.items()}
    by_place = {submission.place: a for submission, a in found.items()}
    entries = report.attempts([(each, a.grade.chapter) for each, a in found.items()])
    return report.write(folder, entries, lambda each: by_place[each.place], settings, formats)


def rows(folder) -> list[dict[str, str]]:
    text = (folder / "grades.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def page(folder, student) -> str:
    return (folder / "feedback" / f"{report.page_name(student)}.html").read_text(encoding="utf-8")


class Words(HTMLParser):
    """The words of a page that are to be read, and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside, self.tags, self.parts = [], [], []
        self.feed(text)
        self.words = " ".join("".join(self.parts).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = [tag] if tag == "style" else []

    def handle_data(self, data):
        if not self.inside:
            self.parts.append(data)

    def handle_endtag(self, tag):
        self.inside = []
        self.parts.append(" " if tag in ("p", "td", "th", "h1", "h2", "h3", "li") else "")


# ---------------------------------------------------------------- grades.csv


def test_the_columns_of_the_marks(tmp_path):
    written(tmp_path, {"ada.ipynb": answer(sigmoid="wrong")})
    first = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[:2]
    assert first == [
        "student,assignment,exercise,points,of,state,seconds",
        f"ada,{CHAPTER},sigmoid,0,1,wrong,0.100",
    ]
    assert [row["exercise"] for row in rows(tmp_path)] == list(catalogue.chapter(CHAPTER).exercises)


@pytest.mark.parametrize(
    "student", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\uff1d1", "\uff20x"]
)
def test_no_cell_is_a_formula(tmp_path, student):
    trouble = Answer(SubmissionGrade("", (), "=1+1", 0.0), {})
    written(tmp_path, {f"{student}.ipynb": answer(), "x.ipynb": trouble})
    table = list(csv.reader(io.StringIO((tmp_path / "grades.csv").read_text(encoding="utf-8-sig"))))
    assert [
        cell for row in table for cell in row if cell[:1] in set("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
    ] == []
    assert {f"'{student}", "x"} == {row[0] for row in table[1:]}
    assert [row[5] for row in table if row[0] == "x"] == ["'=1+1"]


@pytest.mark.parametrize("name", [";=1+1", "ada;=1+1", 'ada; "=1+1', "a;b;-1", "ada;\uff1d1"])
def test_no_cell_is_a_formula_where_semicolons_separate_cells(tmp_path, name):
    trouble = Answer(SubmissionGrade("", (), f"only {name}: hand in", 0.0), {})
    written(tmp_path, {f"{name}.ipynb": answer(), "x.ipynb": trouble})
    later = report.csv_rows(Entry("x", CHAPTER, Submission("x", "x"), later=name), answer())
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig") + f"x,y,{later[0][5]}\n"
    for separator in ",;":
        cells = [c for row in csv.reader(io.StringIO(text), delimiter=separator) for c in row]
        assert not [c for c in cells if c.strip(' "')[:1] in set("=+-@\uff1d")]


def test_a_problem_is_told_in_each_row(tmp_path):
    some = answer(problem="The notebook has no cells.", sigmoid="gave no answer")
    none = Answer(SubmissionGrade("", (), "cannot be read: a link", 0.0), {})
    written(tmp_path, {"ada.ipynb": some, "bo.ipynb": none})
    *ada, bo = rows(tmp_path)
    assert {row["state"] for row in ada} == {"The notebook has no cells."} and len(ada) == 7
    expected = dict.fromkeys(report.COLUMNS, "")
    assert bo == expected | {"student": "bo", "state": "cannot be read: a link", "seconds": "0.000"}


def test_students_are_in_a_readable_order(tmp_path):
    names = ["s10", "Ada", "s9", "bo"]
    written(tmp_path, {f"{name}.ipynb": answer() for name in names})
    order = list(dict.fromkeys(row["student"] for row in rows(tmp_path)))
    assert order == ["Ada", "bo", "s9", "s10"]


def test_names_with_commas_quotes_and_other_scripts(tmp_path):
    names = {'Byron, "Ada"', "名前", "José"}
    written(tmp_path, {f"{name}.ipynb": answer() for name in names})
    assert {row["student"] for row in rows(tmp_path)} == names


# ---------------------------------------------------------------- pages


def test_a_page_tells_states_hints_and_points(tmp_path):
    states = {
        "sigmoid": "wrong",
        "binary_cross_entropy": "raised",
        "prior_baseline": "not attempted",
        "multilabel_loss": "gave no answer",
    }
    notes = ["Cell 4 ran out of time."]
    written(tmp_path, {"ada.ipynb": answer(notes=notes, **states)})
    words = Words(page(tmp_path, "ada")).words
    assert "Feedback for ada Binary cross-entropy 4 of 8 points" in words
    assert "sigmoid ✗ not right 0 of 1" in words
    assert "binary_cross_entropy ! raised an error 0 of 1" in words
    assert "binary_cross_entropy_with_logits ✓ right 1 of 1" in words
    assert "prior_baseline ○ not attempted 0 of 1" in words
    assert "fit_logistic_regression ✓ right 2 of 2" in words
    assert "multilabel_loss … gave no answer 0 of 1" in words
    known = f"sigmoid: not right Known mistake: {MISTAKE}. {HINT.replace('`', '')}"
    assert known in words and words.count("Known mistake") == 1
    assert "Cell 4 ran out of time." in words
    assert f"binary_cross_entropy: raised an error {HINT.replace('`', '')}" in words


def test_a_student_with_several_chapters_has_one_page(tmp_path):
    found = [Submission("ada", f"ada/{n}.ipynb") for n in (1, 2, 3)]
    answers = [answer(), answer(OTHER), Answer(SubmissionGrade("", (), "encrypted", 0.0), {})]
    chapters = [a.grade.chapter for a in answers]
    entries = report.attempts(zip(found, chapters, strict=True))
    by_place = dict(zip((each.place for each in found), answers, strict=True))
    report.write(tmp_path, entries, lambda each: by_place[each.place], Settings(), ())
    assert len(list((tmp_path / "feedback").iterdir())) == 1
    words = Words(page(tmp_path, "ada")).words
    assert "Binary cross-entropy 8 of 8 points" in words
    assert "Categorical cross-entropy" in words and "Encrypted." in words


HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{{ 7*7 }}"


def test_nothing_in_a_page_is_taken_for_markup(tmp_path):
    bad = answer(mistake=HOSTILE, hint=HOSTILE, notes=[HOSTILE], problem=HOSTILE, sigmoid="wrong")
    written(tmp_path, {f"{HOSTILE}.ipynb": bad}, ["gradescope"])
    for text in (page(tmp_path, HOSTILE), (tmp_path / "cohort.html").read_text(encoding="utf-8")):
        seen = Words(text)
        assert not {"script", "img"} & {tag for tag, _ in seen.tags}
        assert HOSTILE in seen.words and "49" not in seen.words.replace("449", "")


def test_pages_need_nothing_but_themselves_and_say_what_they_are(tmp_path):
    written(tmp_path, {"ada.ipynb": answer(sigmoid="wrong")})
    for path in (tmp_path / "cohort.html", *(tmp_path / "feedback").iterdir()):
        text = path.read_text(encoding="utf-8")
        tags = Words(text).tags
        assert ("html", {"lang": "en"}) in tags and text.startswith("<!DOCTYPE html>")
        viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
        assert ("meta", viewport) in tags
        assert {"title", "main", "h1", "h2"} <= {tag for tag, _ in tags}
        assert all("scope" in attributes for tag, attributes in tags if tag == "th")
        assert not {"script", "link", "img"} & {tag for tag, _ in tags}
        assert re.search(r"https?:|//", text.replace("<!DOCTYPE", "")) is None


def test_names_of_pages_are_safe_and_no_two_are_the_same():
    names = ["Ada", "ada", "ADA", "a/b", "a\\b", "a:b", "..", ".", "", "CON", "x" * 300, "名" * 300]
    pages = [report.page_name(name) for name in names]
    assert len({name.casefold() for name in pages}) == len(names)
    for name in pages:
        assert re.fullmatch(r"[\w-][\w.-]*-[0-9a-f]{10}", name) and len(name.encode()) < 200


def test_the_teachers_page_counts(tmp_path):
    answers = {f"s{n}.ipynb": answer() for n in range(3)}
    answers |= {f"w{n}.ipynb": answer(sigmoid="wrong", prior_baseline="raised") for n in range(2)}
    answers["t.ipynb"] = answer(sigmoid="wrong", mistake="tanh instead of sigmoid")
    answers["o.ipynb"] = answer(OTHER, softmax="not attempted")
    answers["broken.ipynb"] = Answer(SubmissionGrade("", (), "not JSON", 0.0), {})
    counts = written(tmp_path, answers)
    assert counts == {"students": 8, "problems": 1}
    text = (tmp_path / "cohort.html").read_text(encoding="utf-8")
    words = Words(text).words
    assert "8 students, 7 submissions counted." in words
    assert "1 submission needs a look" in words and "broken.ipynb Not JSON." in words
    assert "6 submissions, on average 7.2 of 8 points." in words
    assert "sigmoid 3 3 0 0 0" in words and "prior_baseline 4 0 2 0 0" in words
    assert "softmax 0 0 0 0 1" in words
    assert f"sigmoid {MISTAKE} 2 sigmoid tanh instead of sigmoid 1" in words
    assert "The sandbox of 7 submissions: level: all of it means: user namespace, seccomp" in words
    assert "seed 0" in words and "Time: 3.5 s in all, 0.50 s for the median" in words
    assert text.index("Binary cross-entropy") < text.index("Categorical cross-entropy")
    # the plot: the bars of an exercise are as wide as the counts say
    plot = text[text.index("<svg") : text.index("</svg>")]
    widths = re.findall(r'<rect x="([\d.]+)%" y="22" width="([\d.]+)%"', plot)
    assert [tuple(map(float, pair)) for pair in widths] == [(0, 50), (50, 50)]
    assert 'role="img"' in plot and "sigmoid: 3 not right" in plot


def test_the_teachers_page_warns_where_there_was_no_sandbox(tmp_path):
    for sandbox, warned in (("required", False), ("none", True)):
        written(tmp_path, {"ada.ipynb": answer()}, settings=Settings(sandbox=sandbox, seed=3))
        words = Words((tmp_path / "cohort.html").read_text(encoding="utf-8")).words
        assert ("There was no sandbox" in words) == warned and "seed 3" in words


def luminance(colour: str) -> float:
    """WCAG's relative luminance of "rgb(r, g, b)"."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


COLOURS = """() => [...document.querySelectorAll("h1, p, th, td, .state, a, li")].map(e => {
  let back = e;
  const clear = "rgba(0, 0, 0, 0)";
  while (back && getComputedStyle(back).backgroundColor === clear) back = back.parentElement;
  return [getComputedStyle(e).color, getComputedStyle(back ?? document.body).backgroundColor]})"""


def look_at_pages(folder, chromium, scheme):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        screen = browser.new_page(viewport={"width": 360, "height": 700}, color_scheme=scheme)
        for path in (folder / "cohort.html", *(folder / "feedback").iterdir()):
            screen.goto(path.as_uri())
            screen.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert screen.evaluate("document.documentElement.scrollWidth") <= 360, path.name
            for pair in screen.evaluate(COLOURS):
                light, dark = sorted(map(luminance, pair), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, pair
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_can_be_read_in_both_themes(tmp_path, chromium, scheme):
    states = dict(zip(catalogue.chapter(CHAPTER).exercises, report.STATES, strict=False))
    long = answer(notes=["x" * 200], hint="y" * 200, **states)
    written(tmp_path, {f"{'Ada_Byron' * 12}.ipynb": long, "bo.ipynb": answer(OTHER)})
    with ThreadPoolExecutor(1) as apart:  # Playwright may be at work in this thread already
        apart.submit(look_at_pages, tmp_path, chromium, scheme).result()


# ---------------------------------------------------------------- Gradescope


def test_gradescopes_results(tmp_path):
    states = {"sigmoid": "wrong", "prior_baseline": "not attempted"}
    trouble = Answer(SubmissionGrade("", (), "not JSON", 0.0), {})
    answers = {"ada.ipynb": answer(notes=["Cell 4 failed."], **states), "bo.ipynb": trouble}
    written(tmp_path, answers, ["gradescope"])
    (ada,) = tmp_path.glob(f"gradescope/ada-*/{CHAPTER}/results.json")
    result = json.loads(ada.read_text(encoding="utf-8"))
    assert (result["score"], result["output"]) == (6, "Cell 4 failed.")
    tests = {each["name"]: each for each in result["tests"]}
    assert list(tests) == list(catalogue.chapter(CHAPTER).exercises)
    assert tests["sigmoid"] == {
        "name": "sigmoid",
        "score": 0,
        "max_score": 1,
        "status": "failed",
        "output": f"not right.\nKnown mistake: {MISTAKE}.\n{HINT}",
        "output_format": "text",
        "visibility": "visible",
    }
    assert tests["fit_logistic_regression"]["status"] == "passed"
    assert sum(each["score"] for each in tests.values()) == result["score"]
    (bo,) = tmp_path.glob("gradescope/bo-*/not-graded-*/results.json")
    result = json.loads(bo.read_text(encoding="utf-8"))
    assert (result["score"], result["output"], result["tests"]) == (0, "Not JSON.", [])


# ---------------------------------------------------------------- nbgrader


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """A gradebook with marks of two chapters, given twice, with one mark by hand between."""
    from nbgrader.api import Gradebook

    folder = tmp_path_factory.mktemp("gradebook")
    url = f"sqlite:///{folder / 'gradebook.db'}"
    first = {"ada.ipynb": answer(sigmoid="wrong"), "bo.ipynb": answer(OTHER)}
    written(folder, first, ["nbgrader"])
    with Gradebook(url, "cross-entropy") as book:
        grade = book.find_grade("check_prior_baseline", CHAPTER, CHAPTER, "ada")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (1, None, False)
        grade.manual_score = 0.5
        book.db.commit()
    again = {"ada.ipynb": answer(fit_logistic_regression="raised"), "cy.ipynb": answer()}
    written(folder, again, ["nbgrader"])
    return folder


def test_the_gradebook_has_the_marks(gradebook):
    from nbgrader.api import Gradebook

    assert [path for path in gradebook.iterdir() if path.suffix == ".tmp"] == []
    with Gradebook(f"sqlite:///{gradebook / 'gradebook.db'}", "cross-entropy") as book:
        found = {
            (s.student.id, s.assignment.name): (s.score, s.max_score)
            for name in (CHAPTER, OTHER)
            for s in book.assignment_submissions(name)
        }
        points = float(sum(e.points for e in exercises_of(catalogue.chapter(OTHER))))
        assert found == {
            ("ada", CHAPTER): (5.5, 8.0),  # a mark by hand stays
            ("bo", OTHER): (points, points),
            ("cy", CHAPTER): (8.0, 8.0),
        }
        grade = book.find_grade("check_sigmoid", CHAPTER, CHAPTER, "ada")
        assert (grade.auto_score, grade.needs_manual_grade) == (1, False)


def test_nbgrader_exports_the_marks(gradebook):
    programs = str(Path(sys.executable).parent)
    url = f"sqlite:///{gradebook / 'gradebook.db'}"
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "export", "--db", url],
        cwd=gradebook,
        env=os.environ | {"PATH": programs + os.pathsep + os.environ["PATH"]},
        check=True,
        capture_output=True,
    )
    with open(gradebook / "grades.csv", newline="", encoding="utf-8-sig") as file:
        exported = {
            (row["student_id"], row["assignment"]): (float(row["score"]), float(row["max_score"]))
            for row in csv.DictReader(file)
        }
    assert exported["ada", CHAPTER] == (5.5, 8) and exported["cy", CHAPTER] == (8, 8)


@pytest.mark.parametrize("chapter", [c.name for c in catalogue.CHAPTERS if c.exercises])
def test_every_exercise_has_its_check_cell_in_the_release(chapter):
    released = json.loads((ROOT / "exercises" / chapter / f"{chapter}.ipynb").read_text())
    marks = [cell["metadata"].get("nbgrader", {}) for cell in released["cells"]]
    checks = [mark["grade_id"] for mark in marks if mark.get("grade")]
    assert checks == [f"check_{name}" for name in catalogue.chapter(chapter).exercises]


# ---------------------------------------------------------------- attempts


def told(found):
    submissions = [
        (Submission(s, p, attempts=a, order=(False, o, p)), c) for s, p, c, a, o in found
    ]
    return [
        (e.student, e.submission.place, e.chapter, e.later) for e in report.attempts(submissions)
    ]


def test_of_attempts_the_last_counts_whatever_the_order_they_come_in():
    found = [("ada", f"{n}.ipynb", CHAPTER, "ada", n) for n in (1, 2, 3)]
    expected = [("ada", f"{n}.ipynb", CHAPTER, "3.ipynb" if n < 3 else None) for n in (1, 2, 3)]
    assert told(found) == told(found[::-1]) == expected


def test_what_may_be_of_different_people_is_kept_apart():
    plain = [("w2", "w2/ada.ipynb", CHAPTER, "", 1), ("w2", "w2/bo.ipynb", CHAPTER, "", 2)]
    assert [row[0] for row in told(plain)] == ["w2/ada", "w2/bo"]
    other = [("a_1", "a_1_5.ipynb", CHAPTER, "x", 1), ("a_1", "a_1_6.ipynb", CHAPTER, "y", 2)]
    assert [row[0] for row in told(other)] == ["a_1_5", "a_1_6"]
    chapters = [("ada", "1.ipynb", CHAPTER, "", 1), ("ada", "2.ipynb", OTHER, "", 2)]
    assert [row[0] for row in told(chapters)] == ["ada", "ada"]
    unknown = [("ada", "1.ipynb", "", "a", 1), ("ada", "2.ipynb", CHAPTER, "a", 2)]
    assert [row[3] for row in told(unknown)] == [None, None]


def test_the_same_results_are_not_written_again(tmp_path):
    written(tmp_path, {"ada.ipynb": answer()})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    written(tmp_path, {"ada.ipynb": answer()})
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before


def test_entries_of_a_later_attempt_do_not_count(tmp_path):
    first, last = (Submission("ada", f"{n}.ipynb") for n in (1, 2))
    entries = [Entry("ada", CHAPTER, first, later="2.ipynb"), Entry("ada", CHAPTER, last)]
    answers = {"1.ipynb": answer(sigmoid="wrong"), "2.ipynb": answer()}
    formats = ["gradescope"]
    report.write(tmp_path, entries, lambda each: answers[each.place], Settings(), formats)
    words = Words((tmp_path / "cohort.html").read_text(encoding="utf-8")).words
    assert "1 student, 1 submission counted." in words and "sigmoid 1 0 0 0 0" in words
    (result,) = tmp_path.glob("gradescope/*/*/results.json")
    assert json.loads(result.read_text())["score"] == 8
    assert (
        "1.ipynb was not counted: 2.ipynb is a later attempt." in Words(page(tmp_path, "ada")).words
    )


# ---------------------------------------------------------------- compiled templates


@pytest.fixture
def cached_in(monkeypatch):
    """Have compiled templates kept in a folder; none are loaded yet, nor stay so."""

    def keep(folder):
        monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: folder)
        report._template.cache_clear()

    yield keep
    report._template.cache_clear()


def test_compiled_templates_are_kept(cached_in, tmp_path):
    cached_in(tmp_path / "new" / "folder")
    report.prepare()
    kept = list((tmp_path / "new" / "folder").iterdir())
    assert len(kept) == 2  # the students' page and the teacher's
    report._template.cache_clear()
    report.prepare()
    assert list((tmp_path / "new" / "folder").iterdir()) == kept


def test_pages_need_no_place_for_compiled_templates(cached_in, tmp_path):
    (tmp_path / "file").touch()
    cached_in(tmp_path / "file" / "folder")
    assert (
        "<!doctype html>"
        in report._template("feedback.html").render(student="Ada", parts=[]).lower()
    )
