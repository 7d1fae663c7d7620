"""The record of progress: kept, never half written, never in the way."""

import importlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import platformdirs
import pytest

from ce_course import catalogue, progress
from ce_course.support import record

CODE = "from ce_course.support import record\nrecord.record_attempt('entropy')\n"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    folder = tmp_path / "home"
    monkeypatch.setenv("CE_COURSE_HOME", str(folder))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(record, "_unsaved", None)
    monkeypatch.setattr(record, "_said", set())
    return folder


def test_nothing_is_there_at_first_and_reading_writes_nothing(home):
    assert record.passed() == {}
    assert record.choice("french_code") is None
    assert list(record.summary()) == catalogue.exercise_names()
    assert record.summary()["entropy"] == {"passed": None, "attempts": 0, "hints": 0}
    assert not home.exists()


def test_what_is_recorded_is_there_from_another_process(home):
    record.record_attempt("entropy")
    record.record_pass("entropy")
    assert record.record_hint("entropy") == 1
    assert record.record_hint("entropy") == 2
    record.record_choice("french_code", "About 0.15 bit")
    today = date.today().isoformat()
    assert record.summary()["entropy"] == {"passed": today, "attempts": 2, "hints": 2}

    code = "from ce_course.support import record as p; print(p.passed(), p.choice('french_code'))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{{'entropy': '{today}'}} About 0.15 bit\n"
    assert json.loads((home / "progress.json").read_text())["version"] == record.VERSION


def test_the_first_day_of_passing_stays(home):
    record.record_pass("entropy")
    file = home / "progress.json"
    file.write_text(file.read_text().replace(date.today().isoformat(), "2001-02-03"))
    record.record_pass("entropy")
    assert record.passed() == {"entropy": "2001-02-03"}


def test_an_exercise_that_is_gone_from_the_course_is_kept_but_not_shown():
    record.record_pass("of_an_older_course")
    record.record_pass("entropy")
    assert "of_an_older_course" in record.passed()
    assert "of_an_older_course" not in record.summary()


def test_without_the_variable_it_lies_in_the_user_s_data_folder(monkeypatch):
    monkeypatch.delenv("CE_COURSE_HOME")
    assert record.folder() == platformdirs.user_data_path("ce-course", appauthor=False)


def test_many_writers_lose_nothing():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record.record_attempt, ["entropy"] * 40))
    running = [subprocess.Popen([sys.executable, "-c", CODE * 5]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert record.summary()["entropy"]["attempts"] == 40 + 15


def test_a_write_that_fails_leaves_the_old_file_whole(home, monkeypatch, capsys):
    record.record_pass("entropy")
    before = (home / "progress.json").read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record.os, "fsync", full)
    record.record_pass("surprisal")
    assert (home / "progress.json").read_bytes() == before
    assert [p.name for p in home.glob("*.tmp")] == []
    assert capsys.readouterr().out.endswith("No space left on device.\n")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": 99, "exercises": {}, "choices": {}}',
        b'{"version": 1, "exercises": {"entropy": {"passed": 3}}, "choices": {}}',
        b'{"version": 1, "exercises": [], "choices": {}}',
        b'{"version": 1, "exercises": {}, "choices": {"q": 1}}',
        b'{"version": 1, "exercises": {}}',
    ],
)
def test_a_damaged_file_is_set_aside(home, capsys, damage):
    home.mkdir()
    (home / "progress.json").write_bytes(damage)
    assert record.passed() == {}
    (kept,) = home.glob("progress-unreadable-*.json")
    assert kept.read_bytes() == damage
    assert capsys.readouterr().out == (
        f"The record of your progress was damaged. It is kept as {kept}; a new one begins.\n"
    )
    record.record_pass("entropy")
    assert "entropy" in record.passed()


def test_where_nothing_can_be_saved_one_sentence_says_so_and_work_goes_on(home, capsys):
    home.write_text("a file where the folder should be")
    record.record_pass("entropy")
    assert record.record_hint("entropy") == 1
    assert record.record_hint("entropy") == 2
    record.record_choice("french_code", "About 1 bit")
    assert set(record.passed()) == {"entropy"}
    assert record.choice("french_code") == "About 1 bit"
    out, err = capsys.readouterr()
    assert out == f"Your progress can't be saved in {home}: File exists.\n"
    assert err == ""


def test_nbgrader_s_runs_are_not_recorded(home, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    record.record_pass("entropy")
    assert record.record_hint("entropy") == 1
    assert not home.exists()


def test_reset_forgets_and_restore_brings_back(capsys):
    progress.reset()
    assert capsys.readouterr().out == "There is nothing to forget.\n"
    record.record_pass("entropy")
    progress.reset()
    assert record.passed() == {}
    progress.reset()
    progress.restore()
    assert "entropy" in record.passed()
    progress.restore()
    assert capsys.readouterr().out.splitlines() == [
        "Progress forgotten. progress.restore() brings it back.",
        "There is nothing to forget.",
        "Progress restored.",
        "There is nothing to restore.",
    ]


def test_restore_keeps_what_came_after_the_reset():
    record.record_pass("entropy")
    progress.reset()
    record.record_pass("surprisal")
    progress.restore()
    assert set(record.passed()) == {"entropy"}
    progress.restore()
    assert set(record.passed()) == {"surprisal"}


def test_progress_itself_is_the_board(monkeypatch):
    board = importlib.import_module("ce_course.widgets.board")
    monkeypatch.setattr(board, "board", lambda: "the board")
    assert progress() == "the board"
