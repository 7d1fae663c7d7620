"""The environment check: what is missing or does not fit, and the one line that mends it.

The standard library is enough to import this module: it must run where nothing is installed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL_NAME = "ce-course"
KERNEL_TITLE = "Cross-entropy course"
EXTRAS = ("", "notebooks", "lab")  # what `make lab` installs: the course and these extras of it
OLDEST_PYTHON = (3, 11)
LAB_EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets",
    "anywidget": "anywidget",
}
ALL_WELL = (
    "All well: the course's own environment, packages in their tested ranges, widgets installed."
)


@dataclass(frozen=True)
class Finding:
    """One thing that is missing or does not fit, and the line that mends it."""

    what: str
    fix: str


def examine() -> list[Finding]:
    """Check the Python that runs this: an empty list when all is well.

    A wrong Python or environment is reported alone: whatever else it lacks follows from it.
    Colab has its own Jupyter, of which nothing is asked.
    """
    if "google.colab" in sys.modules:
        return python_findings() or environment_findings() or version_findings(EXTRAS[:2])
    return (
        python_findings()
        or environment_findings()
        or [*version_findings(), *widget_findings(sys.prefix), *server_findings()]
    )


def report() -> None:
    """Print the result of `examine` as plain text, for a notebook."""
    findings = examine()
    if not findings:
        print(ALL_WELL)
    for finding in findings:
        print(f"{finding.what}\n  To mend it, {finding.fix}\n")


def python_findings(version: tuple[int, ...] = sys.version_info) -> list[Finding]:
    """Is this Python new enough?"""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return []
    have, need = (".".join(map(str, v[:2])) for v in (version, OLDEST_PYTHON))
    return [Finding(f"This is Python {have}; the course needs {need} or newer.", _own_kernel())]


def environment_findings(package: Path = PACKAGE) -> list[Finding]:
    """Is the course installed in this Python, from the folder that `package` is imported from?"""
    try:
        distribution = metadata.distribution("ce-course")
    except metadata.PackageNotFoundError:
        what = f"This runs in {sys.executable}, which is not the course's environment."
        return [Finding(what, _own_kernel())]
    installed = _installed_package(distribution)
    if installed == package.resolve():
        return []
    what = f"The course is imported from {package}, but {sys.executable} belongs to {installed}."
    return [Finding(what, _own_kernel())]


def version_findings(extras: Sequence[str] = EXTRAS) -> list[Finding]:
    """Is every package that the course needs there, in a version it was tested with?

    extras: of pyproject.toml, for which the packages are needed.
    """
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError:
        return [Finding("The package packaging is missing.", f"run: {_pip('packaging')}")]
    findings = []
    for line in metadata.requires("ce-course") or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            what = f"The package {requirement.name} is missing."
        else:
            if requirement.specifier.contains(version, prereleases=True):
                continue
            what = f"{requirement.name} is {version}; the course needs {requirement.specifier}."
        wanted = f"{requirement.name}{requirement.specifier}"
        findings.append(Finding(what, f"run: {_pip(wanted)}"))
    return findings


def widget_findings(prefix: str | Path) -> list[Finding]:
    """Does JupyterLab find both widget extensions in the environment `prefix`?"""
    folders = [Path(prefix) / "share" / "jupyter", *_shared_data_folders()]
    findings = []
    for extension, package in LAB_EXTENSIONS.items():
        if any((f / "labextensions" / extension / "package.json").is_file() for f in folders):
            continue
        what = f"JupyterLab's widget extension {extension} is missing in {prefix}."
        fix = f"run: {_pip(package, '--force-reinstall --no-deps ', prefix)}"
        findings.append(Finding(what, f"{fix}   and reload the page"))
    return findings


def server_findings() -> list[Finding]:
    """Where JupyterLab runs in another environment than this kernel: has it the widgets?"""
    prefix = _server_prefix()
    same = prefix is None or prefix.resolve() == Path(sys.prefix).resolve()
    return [] if same else widget_findings(prefix)


def kernel_findings() -> list[Finding]:
    """Is the course's kernel registered, and does it start this Python?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    fix = f"run: {_quoted(sys.executable)} -m ce_course register-kernel"
    try:
        command = KernelSpecManager().get_kernel_spec(KERNEL_NAME).argv[0]
    except NoSuchKernel:
        return [Finding(f'The Jupyter kernel "{KERNEL_TITLE}" is not registered.', fix)]
    if Path(command).parent == Path(sys.executable).parent:
        return []
    what = f'The Jupyter kernel "{KERNEL_TITLE}" starts {command}, not this {sys.executable}.'
    return [Finding(what, fix)]


def register_kernel() -> None:
    """Make this Python the Jupyter kernel "Cross-entropy course" of its own environment."""
    from ipykernel.kernelspec import install

    install(prefix=sys.prefix, kernel_name=KERNEL_NAME, display_name=KERNEL_TITLE)


def _installed_package(distribution: metadata.Distribution) -> Path:
    """The folder of the package that the distribution installed, or points at when editable."""
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        folder = Path(url2pathname(urlparse(origin["url"]).path))
    else:
        folder = Path(str(distribution.locate_file("")))
    return (folder / "ce_course").resolve()


def _server_prefix() -> Path | None:
    """The environment of the JupyterLab that started this kernel; None where it cannot be told."""
    if "ipykernel" not in sys.modules:
        return None
    try:
        import psutil

        command = psutil.Process(os.getppid()).cmdline()
    except (ImportError, psutil.Error):
        return None
    for part in map(Path, command[:2]):  # the interpreter, the script
        prefix = part.parent.parent if part.parent.name in ("bin", "Scripts") else part.parent
        if part.is_absolute() and (prefix / "share" / "jupyter" / "lab").is_dir():
            return prefix
    return None


def _shared_data_folders() -> list[Path]:
    """Where Jupyter looks for extensions besides its own environment."""
    try:
        from jupyter_core.paths import SYSTEM_JUPYTER_PATH, jupyter_data_dir
    except ImportError:
        return []
    return [Path(folder) for folder in (jupyter_data_dir(), *SYSTEM_JUPYTER_PATH)]


def _own_kernel() -> str:
    """How to get to the course's environment from a wrong one."""
    root = PACKAGE.parent
    if (root / ".venv").is_dir():
        return f'choose in JupyterLab: menu Kernel > Change Kernel… > "{KERNEL_TITLE}"'
    return f"run in the folder {root}: make lab"


def _pip(requirement: str, options: str = "", prefix: str | Path = sys.prefix) -> str:
    """The command that installs the requirement into the environment `prefix`."""
    if Path(prefix) == Path(sys.prefix):
        python = Path(sys.executable)
    elif sys.platform == "win32":
        python = Path(prefix) / "Scripts" / "python.exe"
    else:
        python = Path(prefix) / "bin" / "python"
    return f'{_quoted(python)} -m pip install {options}"{requirement}"'


def _quoted(path: str | Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
