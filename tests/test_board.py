"""The progress board: its counts, its words, its links and what its buttons do."""

import re
from datetime import date

import pytest

from ce_course import catalogue, progress
from ce_course.support import record
from ce_course.widgets import board as module
from ce_course.widgets.board import as_html, as_text, board, state, tally
from ce_course.widgets.quiz import load_questions, question

CHAPTER = catalogue.chapter("01_information_theory")
QUESTION = next(q for q in load_questions().values() if q.chapter == CHAPTER.name)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def pressed(widget, ask):
    """What the board answers to a button."""
    sent = []
    widget.send = sent.append
    widget._handle_custom_msg({"ask": ask}, [])
    (message,) = sent
    return message["answer"]


def rows(html):
    """The table rows as lists of texts."""
    found = re.findall(r'<tr><th scope="row">(.*?)</tr>', html)
    return [re.sub(r"<[^>]+>", "|", row).strip("|").split("|") for row in found]


def test_a_new_learner_has_everything_before_them():
    widget = board()
    exercises, questions = len(catalogue.exercise_names()), len(load_questions())
    total = (
        f"0 of {exercises} exercises passed. Questions: 0 of {questions} answered, "
        "0 right at the first try."
    )
    assert widget.text.splitlines()[-1] == f"All: {total}"
    assert widget.html.count("○ not tried yet") == exercises
    assert "✓" not in widget.html
    assert len(rows(widget.html)) == exercises


def test_what_was_done_is_counted_once_and_under_its_chapter():
    record.record_pass("surprisal")
    record.record_pass("surprisal")
    record.record_attempt("entropy")
    record.record_hint("entropy")
    record.record_hint("entropy")
    record.record_choice(QUESTION.name, QUESTION.options[QUESTION.right].text)
    other = question("start_excess")
    record.record_choice(other.name, other.options[other.right - 1].text)

    widget = board()
    lines = widget.text.splitlines()
    mine = sum(q.chapter == CHAPTER.name for q in load_questions().values())
    assert lines[1] == (
        f"01 Information theory: 1 of 7 exercises passed. Questions: 1 of {mine} answered, "
        "1 right at the first try."
    )
    assert re.search(r"Questions: 1 of \d+ answered, 0 right", lines[0])
    assert re.search(r"^All: 1 of .* Questions: 2 of \d+ answered, 1 right", lines[-1])
    table = {row[0]: row[1:] for row in rows(widget.html)}
    today = date.today().isoformat()
    assert [x for x in table["surprisal"] if x] == [f"✓ passed on {today}", "0"]
    assert [x for x in table["entropy"] if x] == ["… tried, not passed yet", "2"]
    assert [x for x in table["cross_entropy"] if x] == ["○ not tried yet", "0"]
    assert '<progress aria-hidden="true" value="1" max="7">' in widget.html


def test_an_option_of_an_earlier_edition_counts_as_no_answer():
    records = record.summary()
    counts = tally(CHAPTER, records, load_questions(), {QUESTION.name: "long gone"})
    assert (counts["answered"], counts["right"]) == (0, 0)


def test_the_first_chapter_with_work_left_is_open():
    for name in catalogue.exercise_names():
        if name not in CHAPTER.exercises[1:]:
            record.record_pass(name)
    html = board().html
    opened = re.findall(r"<details open><summary>(.*?):", html)
    assert opened == ["01 Information theory"]


def test_states_differ_in_words_and_symbols():
    records = [
        {"passed": "2026-01-31", "attempts": 3, "hints": 0},
        {"passed": None, "attempts": 3, "hints": 0},
        {"passed": None, "attempts": 0, "hints": 0},
    ]
    states = [state(record) for record in records]
    assert states == ["✓ passed on 2026-01-31", "… tried, not passed yet", "○ not tried yet"]


def test_links_lead_from_where_the_notebook_is(tmp_path):
    course = tmp_path / "course"
    start = course / "notebooks" / "00_start_here.ipynb"
    start.parent.mkdir(parents=True)
    start.touch()
    counts = {CHAPTER: {"exercises": 7, "passed": 0, "questions": 0, "answered": 0, "right": 0}}
    records = record.summary()
    html = as_html(counts, records, start.parent)
    assert 'href="01_information_theory.ipynb"' in html
    assert 'href="../exercises/01_information_theory/01_information_theory.ipynb"' in html
    html = as_html(counts, records, course / "exercises" / "02_x")
    assert 'href="../../notebooks/01_information_theory.ipynb"' in html
    assert 'href="../01_information_theory/01_information_theory.ipynb"' in html
    assert "href" not in as_html(counts, records, tmp_path / "elsewhere")


def test_chapters_without_exercises_have_no_table():
    bare = catalogue.Chapter(name="07_x", title="A < B", question="?", needs="", minutes=1)
    counts = {bare: dict.fromkeys(("exercises", "passed", "questions", "answered", "right"), 0)}
    html = as_html(counts, {}, module.Path.cwd())
    assert "<table>" not in html and "<progress" not in html
    assert "07 A &lt; B: no exercises" in html
    assert as_text(counts).startswith("07 A < B: no exercises. No questions.")


def test_refresh_reads_what_happened_meanwhile():
    widget = board()
    record.record_pass("surprisal")
    assert "✓" not in widget.html
    assert pressed(widget, "refresh") == "The board is up to date."
    assert "✓" in widget.html


def test_reset_and_undo(capsys):
    record.record_pass("surprisal")
    widget = board()
    before = widget.html
    assert "forgotten" in pressed(widget, "reset")
    assert "✓" not in widget.html
    assert record.passed() == {}
    assert "restored" in pressed(widget, "undo")
    assert widget.html == before
    assert capsys.readouterr().out == ""


def test_the_static_form_is_the_board_without_buttons():
    record.record_pass("surprisal")
    widget = board()
    data, _ = widget._repr_mimebundle_()
    assert data["text/html"] == widget.html
    assert data["text/plain"] == widget.text == repr(widget)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<button" not in data["text/html"]


def test_progress_shows_the_board():
    assert isinstance(progress(), module.Board)
