"""Exercises collected from learners' homes, and pages given back: whatever the homes hold."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ce_course import cli
from ce_course.grading import homes
from ce_course.grading.names import read
from ce_course.grading.report import page_name
from ce_course.grading.submissions import find
from ce_course.lab import copies

CHAPTER = "02_binary_cross_entropy"
COURSE = Path(cli.__file__).parents[1]
EXERCISE = f"my_course/exercises/{CHAPTER}/{CHAPTER}.ipynb"
SECRET = "what only root can read"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A home with the course's copies."""
    home = tmp_path_factory.mktemp("home")
    copies.hand_out(COURSE, home)
    return home


@pytest.fixture
def pattern(tmp_path, fresh):
    """Three homes with the course's copies; ada and bo have written in one of them."""
    for name in ("ada", "bo", "cy"):
        shutil.copytree(fresh, tmp_path / "homes" / f"learner-{name}")
    write(tmp_path, "ada"), write(tmp_path, "bo")
    (tmp_path / "homes" / "somebody").mkdir()
    (tmp_path / "secret").write_text(SECRET)
    return str(tmp_path / "homes" / "learner-{student}")


def exercise(folder, name):
    return folder / "homes" / f"learner-{name}" / EXERCISE


def write(folder, name):
    notebook = json.loads(exercise(folder, name).read_text())
    notebook["cells"][-1]["source"] = ["answer = 1"]
    exercise(folder, name).write_text(json.dumps(notebook))


def test_what_was_written_in_is_collected_as_grade_reads_it(tmp_path, pattern):
    out = tmp_path / "submissions"
    assert homes.collect(pattern, out) == (
        [f"ada/{CHAPTER}/{CHAPTER}.ipynb", f"bo/{CHAPTER}/{CHAPTER}.ipynb"],
        [],
    )
    assert [(s.student, s.chapter, s.problem) for s in find(out)] == [
        ("ada", CHAPTER, None),
        ("bo", CHAPTER, None),
    ]
    assert (out / "ada" / CHAPTER / f"{CHAPTER}.ipynb").read_bytes() == exercise(
        tmp_path, "ada"
    ).read_bytes()


def test_a_large_notebook_is_collected_without_its_outputs_being_parsed(
    tmp_path, pattern, monkeypatch
):
    large = b'{"cells": [], "metadata": [' + b"[]," * 1_000_000 + b"[]]}"
    exercise(tmp_path, "cy").write_bytes(large)
    parsed, loads = [], json.loads
    monkeypatch.setattr(homes.json, "loads", lambda data: parsed.append(len(data)) or loads(data))
    collected, problems = homes.collect(pattern, tmp_path / "submissions")
    assert f"cy/{CHAPTER}/{CHAPTER}.ipynb" in collected and not problems
    assert max(parsed) < len(large) / 10


def test_what_has_gone_from_a_home_stays_collected(tmp_path, pattern):
    out = tmp_path / "submissions"
    homes.collect(pattern, out)
    shutil.rmtree(tmp_path / "homes" / "learner-bo" / "my_course")
    homes.collect(pattern, out)
    assert {s.student for s in find(out)} == {"ada", "bo"}


def link(path, to):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    path.symlink_to(to)


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def large(path):
    with path.open("wb") as file:
        file.truncate(homes.MAX_NOTEBOOK + 1)


@pytest.mark.parametrize(
    "arranged",
    [
        lambda home, secret: link(home / EXERCISE, secret),
        lambda home, secret: link((home / EXERCISE).parent, secret.parent),
        lambda home, secret: link(home / "my_course", secret.parent / "other"),
        lambda home, secret: pipe(home / EXERCISE),
        lambda home, secret: large(home / EXERCISE),
        lambda home, secret: ((home / EXERCISE).unlink(), (home / EXERCISE).mkdir()),
    ],
)
def test_only_a_learners_own_plain_files_are_read(tmp_path, pattern, arranged):
    other = tmp_path / "other" / "exercises" / CHAPTER
    other.mkdir(parents=True)
    for place in (other, tmp_path):
        (place / f"{CHAPTER}.ipynb").write_text(SECRET)
    arranged(tmp_path / "homes" / "learner-bo", tmp_path / "secret")
    collected, problems = homes.collect(pattern, tmp_path / "submissions")
    assert collected == [f"ada/{CHAPTER}/{CHAPTER}.ipynb"]
    assert problems and all(line.startswith("bo: ") for line in problems)
    assert not any(SECRET in p.read_text() for p in (tmp_path / "submissions").rglob("*.ipynb"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_is_not_read_and_a_page_is_the_learners(tmp_path, pattern):
    for path in (tmp_path / "homes").rglob("*"):
        os.chown(path, 1234, 1234)
    exercise(tmp_path, "bo").unlink()
    os.link(tmp_path / "secret", exercise(tmp_path, "bo"))
    collected, (problem,) = homes.collect(pattern, tmp_path / "submissions")
    assert len(collected) == 1 and "belongs to somebody else" in problem
    page(tmp_path, "ada")
    homes.give_back(tmp_path / "results", pattern)
    about = (tmp_path / "homes" / "learner-ada" / "my_course" / "feedback.html").stat()
    assert (about.st_uid, about.st_mode & 0o777) == (1234, 0o644)


def page(folder, student):
    path = folder / "results" / "feedback" / f"{page_name(student)}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"for {student}")


def test_pages_are_given_back(tmp_path, pattern):
    page(tmp_path, "ada"), page(tmp_path, "learner-bo"), page(tmp_path, "dee")
    assert homes.give_back(tmp_path / "results", pattern) == (["ada"], [])
    given = list((tmp_path / "homes").rglob("feedback.html"))
    assert [path.read_text() for path in given] == ["for ada"]
    assert given[0].parent.parent.name == "learner-ada"


def test_pages_of_a_list_of_names_are_given_back(tmp_path, pattern):
    names = tmp_path / "names.csv"
    names.write_text("name,login\nAda L.,ada\nBo B.,bo\n")
    page(tmp_path, "Ada L.")
    assert homes.give_back(tmp_path / "results", pattern, read(names)) == (["ada"], [])


def test_a_page_is_written_to_no_place_but_the_home(tmp_path, pattern):
    page(tmp_path, "ada"), page(tmp_path, "bo"), page(tmp_path, "cy")
    ada, bo, cy = (tmp_path / "homes" / f"learner-{name}" for name in ("ada", "bo", "cy"))
    (ada / "my_course" / "feedback.html").symlink_to(tmp_path / "secret")
    link(bo / "my_course", tmp_path)
    shutil.rmtree(cy / "my_course")
    given, problems = homes.give_back(tmp_path / "results", pattern)
    assert given == ["ada"] and [line.split(":")[0] for line in problems] == ["bo", "cy"]
    assert (tmp_path / "secret").read_text() == SECRET
    assert (ada / "my_course" / "feedback.html").read_text() == "for ada"
    assert not (tmp_path / "feedback.html").exists()


@pytest.mark.parametrize("pattern", ["/home", "/home/{student}/x", "/{student}/{student}"])
def test_a_pattern_that_names_no_homes_is_refused(pattern):
    with pytest.raises(homes.NoHomes, match="expected a pattern such as"):
        homes.homes(pattern)


def test_the_commands_say_what_was_done_and_what_not(tmp_path, pattern):
    run = CliRunner().invoke
    out = str(tmp_path / "submissions")
    link(exercise(tmp_path, "bo"), tmp_path / "secret")
    said = run(cli.app, ["collect", pattern, "--out", out])
    assert said.exit_code == 0 and said.stdout == f"1 notebook collected in {out}.\n"
    assert "Problem: bo: " in said.stderr
    page(tmp_path, "ada")
    said = run(cli.app, ["give-back", str(tmp_path / "results"), pattern])
    assert (said.exit_code, said.stdout) == (0, "1 page given back.\n")
    said = run(cli.app, ["collect", "/nowhere/{student}", "--out", out])
    assert (said.exit_code, said.stderr) == (1, "Stopped: there is no folder /nowhere/{student}.\n")
    home = str(tmp_path / "homes" / "somebody")
    assert "in the folder my_course" in run(cli.app, ["copies", home]).stdout
    assert (tmp_path / "homes" / "somebody" / EXERCISE).is_file()
