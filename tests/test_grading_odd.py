"""Odd but honest notebooks get from `ce-course grade` what their own checks give in a kernel."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from jupyter_client.manager import start_new_kernel
from odd_notebooks import MORE, NOTEBOOKS, REASONS

from ce_course import cli

CHAPTER = "02_binary_cross_entropy"


def notebook(cells):
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": c} for c in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """What `ce-course grade` gives each notebook: (state, exercise) to the advice on its page."""
    folder = tmp_path_factory.mktemp("graded")
    (folder / "submitted").mkdir()
    for number, cells in enumerate(NOTEBOOKS.values()):
        (folder / "submitted" / f"{number}.ipynb").write_text(notebook(cells), encoding="utf-8")
    out = folder / "results"
    arguments = ["grade", folder / "submitted", "--out", out, "--chapter", CHAPTER]
    result = CliRunner().invoke(cli.app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    states = {name: {} for name in NOTEBOOKS}
    names = list(NOTEBOOKS)
    with open(out / "grades.csv", newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            states[names[int(row["student"])]][row["exercise"]] = row["state"]
    pages = {
        name: next(out.glob(f"feedback/{number}-*.html")).read_text(encoding="utf-8")
        for number, name in enumerate(names)
    }
    return states, pages


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    """The exercises that each notebook's own checks pass, told by the course's own record."""
    folders = {name: tmp_path_factory.mktemp("shell") for name in NOTEBOOKS}
    jobs = json.dumps([(NOTEBOOKS[name], str(folders[name])) for name in NOTEBOOKS])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    program = Path(__file__).with_name("shells_of_notebooks.py")
    subprocess.run([sys.executable, program], input=jobs, text=True, env=environment, check=True)
    return {name: recorded(folder) for name, folder in folders.items()}


def recorded(folder):
    record = folder / "home" / "progress.json"
    known = json.loads(record.read_text())["exercises"] if record.exists() else {}
    return {each for each, found in known.items() if found["passed"]}


def passed_in_a_kernel(cells, folder):
    """The same of one notebook in a kernel."""
    environment = os.environ | {
        "CE_COURSE_HOME": str(folder / "home"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    manager, client = start_new_kernel(
        kernel_name="python3", startup_timeout=120, cwd=str(folder), env=environment
    )
    try:
        for cell in cells:
            client.execute_interactive(
                cell, allow_stdin=False, stop_on_error=False, timeout=120, output_hook=ignore
            )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return recorded(folder)


def ignore(message):
    """What a kernel shows is not looked at."""


# Where a kernel might do otherwise than a shell alone: one of each kind.
IN_A_KERNEL = ["a question", "await", "leaving", "everything reset", "magics", "no check"]


@pytest.mark.parametrize("name", IN_A_KERNEL)
def test_a_shell_does_what_a_kernel_does(passed, tmp_path, name):
    assert passed_in_a_kernel(NOTEBOOKS[name], tmp_path) == passed[name]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_its_own_checks_give_it_gets(graded, passed, name):
    states, pages = graded
    right = {exercise for exercise, state in states[name].items() if state == "right"}
    if name in REASONS:
        assert right <= passed[name] and REASONS[name] in pages[name]
    elif name in MORE:
        assert right >= passed[name] and right
    else:
        assert right == passed[name] and right, pages[name]
