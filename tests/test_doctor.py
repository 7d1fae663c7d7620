import importlib.metadata as metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ce_course.lab import doctor


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A planted site-packages, all that the doctor sees: returns how to install into it."""
    folder = tmp_path / "site-packages"
    folder.mkdir()

    def install(name, version="1.0", requires=(), editable=None):
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Requires-Dist: {line}" for line in requires]
        header = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        (info / "METADATA").write_text("\n".join([*header, *lines, ""]))
        if editable:
            origin = {"dir_info": {"editable": True}, "url": Path(editable).as_uri()}
            (info / "direct_url.json").write_text(json.dumps(origin))

    def find(name):
        found = metadata.distributions(name=name, path=[str(folder)])
        return next(iter(found), None) or metadata.Distribution.from_name("no-such-distribution")

    monkeypatch.setattr(doctor.metadata, "distribution", find)
    monkeypatch.setattr(doctor.metadata, "version", lambda name: find(name).version)
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: find(name).requires)
    install.folder = folder
    return install


@pytest.fixture
def prefix(tmp_path, monkeypatch):
    """A planted environment with both widget extensions, outside of which nothing is looked for."""
    monkeypatch.setattr(doctor, "_shared_data_folders", list)
    for extension in doctor.LAB_EXTENSIONS:
        package = tmp_path / "env/share/jupyter/labextensions" / extension / "package.json"
        package.parent.mkdir(parents=True)
        package.write_text("{}")
    return tmp_path / "env"


def test_all_is_well_in_the_environment_of_the_tests(capsys):
    assert doctor.examine() == []
    doctor.report()
    assert capsys.readouterr().out == doctor.ALL_WELL + "\n"


def test_what_all_is_well_says_holds_on_every_machine():
    assert not any(character.isdigit() or character in "/\\" for character in doctor.ALL_WELL)


def test_an_old_python_is_named():
    (finding,) = doctor.python_findings((3, 9, 6))
    assert "Python 3.9" in finding.what and "3.11" in finding.what
    assert doctor.python_findings((3, 11, 0)) == doctor.python_findings((4, 0, 0)) == []


def test_a_python_without_the_course_is_the_wrong_kernel(site, capsys):
    (finding,) = doctor.examine()
    assert sys.executable in finding.what
    doctor.report()
    assert "To mend it, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("made", "fix"), [(True, "Change Kernel"), (False, "make lab")], ids=["made", "not made"]
)
def test_the_way_to_the_right_kernel(site, tmp_path, monkeypatch, made, fix):
    monkeypatch.setattr(doctor, "PACKAGE", tmp_path / "ce_course")
    if made:
        (tmp_path / ".venv").mkdir()
    (finding,) = doctor.environment_findings()
    assert fix in finding.fix


def test_the_environment_of_another_copy_is_named(site, tmp_path):
    other = tmp_path / "a copy"
    site("ce-course", editable=other)
    assert doctor.environment_findings(other / "ce_course") == []
    (finding,) = doctor.environment_findings(tmp_path / "here" / "ce_course")
    assert str(other) in finding.what and str(tmp_path / "here") in finding.what


def test_an_installation_that_is_not_editable_is_fine(site):
    site("ce-course")
    assert doctor.environment_findings(site.folder / "ce_course") == []


def test_versions_out_of_range_and_missing_packages_are_named(site):
    wanted = ["numpy>=2.0,<3", "torch>=2.13,<3", "pandas>=2.2", "scipy", 'ruff; extra == "test"']
    site("ce-course", requires=wanted)
    site("numpy", "1.26.4")
    site("torch", "2.13.0+cpu")
    site("scipy", "1.13.0")
    numpy, pandas = doctor.version_findings()
    assert "numpy is 1.26.4" in numpy.what
    assert numpy.fix.endswith('-m pip install "numpy<3,>=2.0"')
    assert "pandas is missing" in pandas.what
    assert pandas.fix.endswith('-m pip install "pandas>=2.2"')


@pytest.mark.parametrize("extension", doctor.LAB_EXTENSIONS)
def test_a_missing_widget_extension_is_named(prefix, extension):
    assert doctor.widget_findings(prefix) == []
    (prefix / "share/jupyter/labextensions" / extension / "package.json").unlink()
    (finding,) = doctor.widget_findings(prefix)
    assert extension in finding.what and str(prefix) in finding.what
    assert f'"{doctor.LAB_EXTENSIONS[extension]}"' in finding.fix


def test_the_fix_installs_into_the_environment_at_fault(prefix):
    (prefix / "share/jupyter/labextensions/anywidget/package.json").unlink()
    (finding,) = doctor.widget_findings(prefix)
    assert finding.fix.startswith(f"run: {prefix}")


def test_a_server_without_widgets_in_another_environment_is_named(prefix, monkeypatch):
    monkeypatch.setattr(doctor, "_server_prefix", lambda: prefix)
    assert doctor.server_findings() == []
    (prefix / "share/jupyter/labextensions/anywidget/package.json").unlink()
    assert [f.what for f in doctor.server_findings()] == [
        f"JupyterLab's widget extension anywidget is missing in {prefix}."
    ]


@pytest.mark.parametrize("folder", ["bin", "Scripts"])
def test_the_server_is_known_from_its_command(tmp_path, monkeypatch, folder):
    import ipykernel  # noqa: F401  (as in a kernel)
    import psutil

    commands = {os.getppid(): [str(tmp_path / folder / "python"), "jupyter-lab"]}
    process = type("Process", (), {"__init__": lambda self, pid: setattr(self, "pid", pid)})
    process.cmdline = lambda self: commands[self.pid]
    monkeypatch.setattr(psutil, "Process", process)
    assert doctor._server_prefix() is None  # no JupyterLab there
    (tmp_path / "share/jupyter/lab").mkdir(parents=True)
    assert doctor._server_prefix() == tmp_path


def test_a_kernel_that_is_missing_or_starts_another_python_is_named(tmp_path, monkeypatch):
    for variable in ("JUPYTER_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [])
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])
    (finding,) = doctor.kernel_findings()
    assert "not registered" in finding.what and "register-kernel" in finding.fix

    spec = tmp_path / "kernels" / doctor.KERNEL_NAME / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["/elsewhere/bin/python"], "display_name": "x"}))
    (finding,) = doctor.kernel_findings()
    assert "/elsewhere/bin/python" in finding.what

    spec.write_text(json.dumps({"argv": [sys.executable], "display_name": "x"}))
    assert doctor.kernel_findings() == []


def test_the_doctor_runs_where_nothing_is_installed():
    """As in a notebook whose kernel is another Python: only the standard library is there."""
    program = "from ce_course.lab import doctor; doctor.report()"
    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program],
        capture_output=True,
        text=True,
        cwd=doctor.PACKAGE.parent,
    )
    assert run.returncode == 0, run.stderr
    assert "not the course's environment" in run.stdout
