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

CODE = "from ce_course import progress\nprogress.record_attempt('entropy')\n"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    folder = tmp_path / "home"
    monkeypatch.setenv("CE_COURSE_HOME", str(folder))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(progress, "_unsaved", None)
    monkeypatch.setattr(progress, "_said", set())
    return folder


def test_nothing_is_there_at_first_and_reading_writes_nothing(home):
    assert progress.passed() == {}
    assert progress.choice("french_code") is None
    assert list(progress.summary()) == catalogue.exercise_names()
    assert progress.summary()["entropy"] == {"passed": None, "attempts": 0, "hints": 0}
    assert not home.exists()


def test_what_is_recorded_is_there_from_another_process(home):
    progress.record_attempt("entropy")
    progress.record_pass("entropy")
    assert progress.record_hint("entropy") == 1
    assert progress.record_hint("entropy") == 2
    progress.record_choice("french_code", "About 0.15 bit")
    today = date.today().isoformat()
    assert progress.summary()["entropy"] == {"passed": today, "attempts": 2, "hints": 2}

    code = "from ce_course import progress as p; print(p.passed(), p.choice('french_code'))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{{'entropy': '{today}'}} About 0.15 bit\n"
    assert json.loads((home / "progress.json").read_text())["version"] == progress.VERSION


def test_the_first_day_of_passing_stays(home):
    progress.record_pass("entropy")
    file = home / "progress.json"
    file.write_text(file.read_text().replace(date.today().isoformat(), "2001-02-03"))
    progress.record_pass("entropy")
    assert progress.passed() == {"entropy": "2001-02-03"}


def test_an_exercise_that_is_gone_from_the_course_is_kept_but_not_shown():
    progress.record_pass("of_an_older_course")
    progress.record_pass("entropy")
    assert "of_an_older_course" in progress.passed()
    assert "of_an_older_course" not in progress.summary()


def test_without_the_variable_it_lies_in_the_user_s_data_folder(monkeypatch):
    monkeypatch.delenv("CE_COURSE_HOME")
    assert progress.folder() == platformdirs.user_data_path("ce-course", appauthor=False)


def test_many_writers_lose_nothing():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(progress.record_attempt, ["entropy"] * 40))
    running = [subprocess.Popen([sys.executable, "-c", CODE * 5]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert progress.summary()["entropy"]["attempts"] == 40 + 15


def test_a_write_that_fails_leaves_the_old_file_whole(home, monkeypatch, capsys):
    progress.record_pass("entropy")
    before = (home / "progress.json").read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress.os, "fsync", full)
    progress.record_pass("surprisal")
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
    assert progress.passed() == {}
    (kept,) = home.glob("progress-unreadable-*.json")
    assert kept.read_bytes() == damage
    assert capsys.readouterr().out == (
        f"The record of your progress was damaged. It is kept as {kept}; a new one begins.\n"
    )
    progress.record_pass("entropy")
    assert "entropy" in progress.passed()


def test_where_nothing_can_be_saved_one_sentence_says_so_and_work_goes_on(home, capsys):
    home.write_text("a file where the folder should be")
    progress.record_pass("entropy")
    assert progress.record_hint("entropy") == 1
    assert progress.record_hint("entropy") == 2
    progress.record_choice("french_code", "About 1 bit")
    assert set(progress.passed()) == {"entropy"}
    assert progress.choice("french_code") == "About 1 bit"
    out, err = capsys.readouterr()
    assert out == f"Your progress can't be saved in {home}: File exists.\n"
    assert err == ""


def test_nbgrader_s_runs_are_not_recorded(home, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    progress.record_pass("entropy")
    assert progress.record_hint("entropy") == 1
    assert not home.exists()


def test_reset_forgets_and_restore_brings_back(capsys):
    progress.reset()
    assert capsys.readouterr().out == "There is nothing to forget.\n"
    progress.record_pass("entropy")
    progress.reset()
    assert progress.passed() == {}
    progress.reset()
    progress.restore()
    assert "entropy" in progress.passed()
    progress.restore()
    assert capsys.readouterr().out.splitlines() == [
        "Progress forgotten. progress.restore() brings it back.",
        "There is nothing to forget.",
        "Progress restored.",
        "There is nothing to restore.",
    ]


def test_restore_keeps_what_came_after_the_reset():
    progress.record_pass("entropy")
    progress.reset()
    progress.record_pass("surprisal")
    progress.restore()
    assert set(progress.passed()) == {"entropy"}
    progress.restore()
    assert set(progress.passed()) == {"surprisal"}


def test_progress_itself_is_the_board(monkeypatch):
    board = importlib.import_module("ce_course.widgets.board")
    monkeypatch.setattr(board, "board", lambda: "the board")
    assert progress() == "the board"
