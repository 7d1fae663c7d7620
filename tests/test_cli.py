import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from jupyterlab.labapp import LabApp

from ce_course import cli
from ce_course.lab import doctor, opening


@pytest.fixture
def run(monkeypatch):
    """Run the command: returns its result."""
    monkeypatch.setattr(doctor, "kernel_findings", list)
    return lambda *arguments: CliRunner().invoke(cli.app, arguments)


def test_the_doctor_prints_findings_and_fails(run, monkeypatch):
    well = run("lab-doctor")
    assert (well.exit_code, well.stdout.strip()) == (0, doctor.ALL_WELL)
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding("[x] is old.", "run: y [z]")])
    ill = run("lab-doctor")
    assert ill.exit_code == 1
    assert ill.output == "Problem: [x] is old.\n  To mend it, run: y [z]\n"


@pytest.fixture
def launched(monkeypatch, tmp_path):
    """The arguments that JupyterLab was started with, at a copy of the course; not started."""
    root = tmp_path / "course"
    (root / "notebooks").mkdir(parents=True)
    shutil.copy(opening.ROOT / opening.START, root / "notebooks")
    monkeypatch.setattr(opening, "ROOT", root)
    monkeypatch.setattr(opening.extension, "install", lambda: None)
    arguments = []
    monkeypatch.setattr(LabApp, "launch_instance", arguments.extend)
    return arguments


def test_the_lab_opens_at_the_first_notebook(run, launched):
    result = run("lab", "--no-browser")
    assert result.exit_code == 0, result.output
    options = dict(argument.lstrip("-").partition("=")[::2] for argument in launched)
    root = Path(options["ServerApp.root_dir"])
    notebook = options["LabApp.default_url"].removeprefix("/lab/tree/")
    assert notebook == "my_course/notebooks/00_start_here.ipynb" and (root / notebook).is_file()
    assert "in the folder my_course: work there" in result.output
    assert json.loads((Path(options["LabApp.app_settings_dir"]) / "overrides.json").read_text())
    assert launched[-1] == "--no-browser"


def test_the_lab_registers_a_kernel_that_is_missing(run, launched, monkeypatch):
    registered = []
    monkeypatch.setattr(doctor, "register_kernel", lambda: registered.append(True))
    run("lab")
    assert registered == []
    monkeypatch.setattr(doctor, "kernel_findings", lambda: [doctor.Finding("none", "register")])
    run("lab")
    assert registered == [True]


def test_the_lab_says_what_is_wrong_and_opens_all_the_same(run, launched, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding("x is old.", "run: y")])
    assert "x is old." in run("lab").output
    assert launched


@pytest.mark.parametrize("module", ["ce_course.cli", "click"])
def test_ctrl_c_while_the_command_is_loaded_leaves_no_traceback(module):
    """The module's import is stopped as Ctrl-C would stop it."""
    code = f"""if True:
        import sys
        class Stop:
            def find_spec(self, name, *_):
                if name == {module!r}:
                    raise KeyboardInterrupt
        sys.meta_path.insert(0, Stop())
        from ce_course.__main__ import main
        main()"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")
