"""Starts the loaded process that children are forked from (see `worker`).

Loads nothing heavy: while that process loads NumPy, whoever started it can do the same.
"""

from __future__ import annotations

import glob
import json
import os
import re
import site
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import ce_course
from ce_course.grading import sandbox
from ce_course.grading.grades import Limits

if TYPE_CHECKING:
    from importlib import metadata

PACKAGE = Path(ce_course.__file__).resolve().parent
# What student code may import, with all that these need; and what an exercise allows besides.
LIBRARIES = ("numpy", "ipython", "matplotlib", "pandas", "cloudpickle")
PACKAGES = {"sklearn": "scikit-learn"}  # where the name to install is not the name to import
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
SYSTEM += ("/usr/share/zoneinfo", "/usr/share/fonts")
CODE = "import sys; sys.path.insert(0, {!r}); from ce_course.grading.worker import main; main()"
END_SECONDS = 5.0


def levels(wanted: str) -> tuple[str, ...]:
    """The levels to try, strongest first. wanted: "required" or "none", as of `session.Grader`.

    Raises sandbox.CannotConfine if this system has none.
    """
    if wanted not in ("required", "none"):
        raise ValueError(f'sandbox: expected "required" or "none", got {wanted!r}')
    return sandbox.possible_levels() if wanted == "required" else ("none",)


class Process:
    """The loaded process, or one that soon will be: `zygote` talks to it over `control`.

    level: one of sandbox.LEVELS, or "none". It loads what all need, and then waits for `configure`.
    """

    def __init__(self, level: str) -> None:
        self.level, self._owner = level, os.getpid()
        shares_files = level in ("landlock", "none")
        self._folder = tempfile.mkdtemp(prefix="ce-course-") if shares_files else None
        if self._folder is not None:
            os.chmod(self._folder, 0o711)
        self.control, theirs = socket.socketpair()
        with theirs:
            handle, course = theirs.fileno(), str(PACKAGE.parent)
            path = [course, *(each for each in sys.path if each not in ("", os.getcwd(), course))]
            code = CODE.format(course)
            self.popen = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", code, str(handle), json.dumps(path)],
                pass_fds=[handle],
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the parent to act on
            )

    def configure(self, libraries: Sequence[str], limits: Limits) -> None:
        """Say, once, what it shall be. libraries: what may be imported besides LIBRARIES."""
        path, readable, hidden = _python_files(tuple(libraries))
        settings = {
            "level": self.level,
            "libraries": list(libraries),
            "limits": asdict(limits) | {"cpu_seconds": int(limits.submission_seconds) + 10},
            "user": _other_user(self.level, readable),
            "folder": self._folder,
            "path": path,
            "readable": readable,
            "hidden": hidden,
        }
        from ce_course.grading import protocol

        with suppress(EOFError):  # whoever wants a branch of it will find out
            protocol.send(self.control, settings)

    def close(self) -> None:
        """End it and all that came from it; in a forked process, be done with it."""
        if self._owner != os.getpid():
            self.control.close()
            return
        with self.control, suppress(OSError):
            self.control.shutdown(socket.SHUT_WR)  # which it takes as the sign to end
            self.control.settimeout(END_SECONDS)
            self.control.recv(1)  # nothing, when it has
        end(self.popen)
        if self._folder is not None:
            sandbox.remove(self._folder)


def end(process: subprocess.Popen) -> None:
    """Wait for a process that is about to end, and kill it if it does not."""
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    needed = {"LD_LIBRARY_PATH"} & os.environ.keys()  # where some installations find Python itself
    return {
        **{name: os.environ[name] for name in needed},
        **{f"{name}_NUM_THREADS": "1" for name in threads},
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
    }


def _other_user(level: str, readable: Sequence[str]) -> int | None:
    """The user for root's children: a number that nobody has; None where it can be no other.

    In a private root all can be read; in the real one, an interpreter in root's home cannot.
    """
    if level in ("none", "user namespaces") or os.geteuid() != 0:
        return None
    if level == "landlock":
        folders = {folder for path in readable for folder in Path(path).parents}
        if not all(folder.stat().st_mode & 0o001 for folder in folders if folder.exists()):
            return None
    return 61184 + os.getpid() % 4000  # systemd's numbers for services while they run


@cache
def _python_files(libraries: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    """What Python needs: sys.path; files to be read; folders of packages, hidden but for these."""
    paths = sysconfig.get_paths()
    prefixes = {sys.base_prefix, sys.base_exec_prefix}
    standard = [paths["stdlib"], paths["platstdlib"]]
    standard += [path for path in sys.path if Path(path).name == "lib-dynload"]
    readable = {*SYSTEM, *standard, *(f"{prefix}/lib" for prefix in prefixes)}
    readable.add(str(PACKAGE / "resources"))
    folders = set()
    for where, names in _packages(libraries):
        folders.add(where)
        readable |= {f"{where}/{name}" for name in names}
    hidden = {paths["purelib"], paths["platlib"], *site.getsitepackages(), *folders}
    hidden.add(site.getusersitepackages())
    for root in [*SYSTEM, *standard, *(f"{prefix}/lib" for prefix in prefixes), "/usr/local/lib"]:
        for name in ("site-packages", "dist-packages"):
            hidden |= {*glob.glob(f"{root}/{name}"), *glob.glob(f"{root}/python*/{name}")}
    order = [path for path in sys.path if path in folders]
    path = [*dict.fromkeys(standard), *order, *sorted(folders - set(order))]
    return path, sorted(readable), sorted(hidden)


def _packages(libraries: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """For each installed package that may be imported: its folder, and what is its own there."""
    from importlib import metadata

    todo = [*LIBRARIES, *(PACKAGES.get(name, name) for name in libraries)]
    seen = set()
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield str(package.locate_file("")).rstrip("/"), _own_names(package)
        todo += _needed(package)


def _needed(package: metadata.Distribution) -> list[str]:
    """The names of what a package needs, on whatever system, without its extras."""
    text = package.read_text("METADATA")
    if text is None:  # installed by a system's own package manager
        lines = package.requires or []
    else:  # `requires` reads all of the text, which takes longer than all else here
        lines = re.findall(r"^Requires-Dist: *(.+)$", text.partition("\n\n")[0], re.MULTILINE)
    return [re.match(r"[\w.-]+", line)[0] for line in lines if "extra ==" not in line]


def _own_names(package: metadata.Distribution) -> set[str]:
    record = package.read_text("RECORD")
    if record is None:  # installed by a system's own package manager
        listed = (package.read_text("top_level.txt") or package.name.replace("-", "_")).split()
        return {*listed, *(f"{name}.py" for name in listed)}
    return {line.split("/", 1)[0].split(",", 1)[0] for line in record.splitlines()} - {
        "..",
        "__pycache__",
    }
