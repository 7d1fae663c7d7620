import ast
import builtins
import sys
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """The folder of a planted checkout, with bootstrap.py turned to it."""
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("numpy==2.4.6\ntorch==2.13.0\n")
    turn_to(tmp_path, monkeypatch)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    return tmp_path


def turn_to(checkout, monkeypatch):
    venv = checkout / ".venv"
    monkeypatch.setattr(bootstrap, "ROOT", checkout)
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "python")
    monkeypatch.setattr(bootstrap, "LOCK", checkout / "requirements.lock")
    monkeypatch.setattr(bootstrap, "STAMP", venv / "ce-course.json")


@pytest.fixture
def made(checkout, monkeypatch):
    """Make the environment: returns the commands, which are not run (but .venv gets a Python)."""
    commands = []

    def run(command, failure=None):
        commands.append(" ".join(command))
        if "venv" in command:
            bootstrap.VENV.mkdir(exist_ok=True)
            bootstrap.PYTHON.unlink(missing_ok=True)
            bootstrap.PYTHON.symlink_to(sys.executable)

    def make(*extras, ranges=False):
        commands.clear()
        bootstrap.make_environment(set(extras), ranges)
        return list(commands)

    monkeypatch.setattr(bootstrap, "run", run)
    return make


def test_the_first_run_makes_everything(checkout, made):
    venv, torch, course, compiled, kernel, pyodide = made("test")
    assert "-m venv --clear" in venv
    assert torch.endswith("torch==2.13.0+cpu")
    assert f"--index-url {bootstrap.CPU_INDEX}" in torch  # and so never PyPI's build with CUDA
    assert course.endswith(f"-c {bootstrap.LOCK} -e {checkout}[lab,test]")
    assert compiled.endswith(f"compileall -q {checkout / 'ce_course'}")
    assert kernel.endswith("register-kernel")
    assert pyodide.endswith(f"--no-deps {bootstrap.PYODIDE}")


def test_only_tests_need_pyodide_and_all_else_goes_without(made, monkeypatch, capsys):
    assert not any(bootstrap.PYODIDE in command for command in made())
    run = bootstrap.run

    def gone(command, failure=None):
        if bootstrap.PYODIDE in command:
            sys.exit("no such version")
        run(command, failure)

    monkeypatch.setattr(bootstrap, "run", gone)
    made("test")
    said = capsys.readouterr().out
    assert "will be skipped" in said and "PYODIDE=/that/folder" in said and "is ready" in said
    assert made("test") == []


def test_the_second_run_does_nothing(made, capsys):
    made("test")
    assert made("test") == made() == []
    assert "is ready" in capsys.readouterr().out


def test_ranges_leave_the_lock_aside(checkout, made):
    *_, course, _, _ = made(ranges=True)
    assert course.endswith(f"install --disable-pip-version-check -e {checkout}[lab]")


@pytest.mark.parametrize("file", ["pyproject.toml", "requirements.lock"])
def test_a_change_is_installed_into_what_is_there(checkout, made, file):
    made("test")
    with (checkout / file).open("a") as text:
        text.write("\n")
    commands = made()
    assert not any("venv --clear" in command for command in commands)
    assert any(command.endswith("[lab,test]") for command in commands)
    assert made() == []


def test_a_further_extra_is_added(made):
    made("test")
    assert any(command.endswith("[lab,lock,test]") for command in made("lock"))


def test_an_installation_that_failed_is_made_anew(made, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(bootstrap, "install", lambda *_: sys.exit("no network"))
        made()
    assert "-m venv --clear" in made()[0]


def test_a_change_that_failed_to_install_is_made_anew(made, monkeypatch):
    made()
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(bootstrap, "install", lambda *_: sys.exit("no network"))
        made("test")
    assert "-m venv --clear" in made()[0]


def test_an_environment_whose_python_is_gone_is_made_anew(made):
    made()
    bootstrap.PYTHON.unlink()
    assert "-m venv --clear" in made()[0]


def test_an_environment_that_was_moved_is_made_anew(checkout, made, monkeypatch):
    made()
    moved = checkout.parent / f"{checkout.name} moved"
    checkout.rename(moved)
    turn_to(moved, monkeypatch)
    assert "-m venv --clear" in made()[0]


def test_a_failing_step_stops_with_its_message():
    with pytest.raises(SystemExit, match="This step failed"):
        bootstrap.run([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(SystemExit, match="what to do"):
        bootstrap.run([sys.executable, "-c", "raise SystemExit(3)"], failure="what to do")


def test_a_python_without_ensurepip_is_told_the_package(made, monkeypatch):
    real = builtins.__import__

    def absent(name, *args):
        if name == "ensurepip":
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        made()


def test_an_old_python_is_told_what_is_needed(monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 6, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer"):
        bootstrap.main()


def test_old_pythons_can_read_the_script():
    ast.parse(Path(bootstrap.__file__).read_text(), feature_version=(3, 7))
