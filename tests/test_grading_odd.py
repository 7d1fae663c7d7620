"""Odd but honest notebooks get from `ce-course grade` what their own checks give in a kernel."""

import csv
import json
import os
import sys

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


def passed_in_a_kernel(cells, folder):
    """The exercises that a notebook's own checks pass in a kernel, which the course records."""
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
    record = folder / "home" / "progress.json"
    known = json.loads(record.read_text())["exercises"] if record.exists() else {}
    return {each for each, found in known.items() if found["passed"]}


def ignore(message):
    """What a kernel shows is not looked at."""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_its_own_checks_give_it_gets(graded, tmp_path, name):
    passed = passed_in_a_kernel(NOTEBOOKS[name], tmp_path)
    states, pages = graded
    right = {exercise for exercise, state in states[name].items() if state == "right"}
    if name in REASONS:
        assert right < passed and REASONS[name] in pages[name]
    elif name in MORE:
        assert right >= passed and right
    else:
        assert right == passed and right, pages[name]
