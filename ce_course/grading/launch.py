"""Starts the loaded process that children are forked from (see `worker`), and talks to it."""

from __future__ import annotations

import glob
import json
import os
import site
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ce_course
from ce_course.grading import protocol, sandbox
from ce_course.grading.grades import Limits
from ce_course.grading.sandbox import CannotConfine

PACKAGE = Path(ce_course.__file__).resolve().parent
# What student code may import, with all that these need; and what an exercise allows besides.
LIBRARIES = ("numpy", "ipython", "matplotlib", "pandas", "cloudpickle")
PACKAGES = {"sklearn": "scikit-learn"}  # where the name to install is not the name to import
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
SYSTEM += ("/usr/share/zoneinfo", "/usr/share/fonts")
CODE = "import sys; sys.path.insert(0, {!r}); from ce_course.grading.worker import main; main()"
START_SECONDS = 60.0
FORK_SECONDS = 30.0


class Lost(Exception):
    """The loaded process has ended, or does not answer."""


def start(levels: Sequence[str], libraries: Sequence[str], limits: Limits) -> Zygote:
    """A loaded process on the first of these levels that this system allows.

    Raises CannotConfine with the reason for each level if it allows none.
    """
    reasons = []
    for level in levels:
        zygote = Zygote(level, libraries, limits)
        try:
            zygote.wait()
            return zygote
        except CannotConfine as reason:
            zygote.close()
            reasons.append(f"{level}: {reason}")
    raise CannotConfine("this system allows no sandbox (" + "; ".join(reasons) + ")")


class Zygote:
    """A process in a sandbox with libraries loaded, from which children are forked one at a time.

    level: one of sandbox.LEVELS, or "none". means: what confines its children.
    """

    def __init__(self, level: str, libraries: Sequence[str], limits: Limits) -> None:
        self.level, self.means = level, []
        shares_files = level in ("landlock", "none")
        self._folder = tempfile.mkdtemp(prefix="ce-course-") if shares_files else None
        if self._folder is not None:
            os.chmod(self._folder, 0o711)
        path, readable, hidden = _python_files(tuple(libraries))
        settings = {
            "level": level,
            "libraries": list(libraries),
            "limits": asdict(limits) | {"cpu_seconds": int(limits.submission_seconds) + 10},
            "user": _other_user(level, readable),
            "folder": self._folder,
            "course": str(PACKAGE.parent),
            "path": path,
            "readable": readable,
            "hidden": hidden,
        }
        self._control, theirs = socket.socketpair()
        with theirs:
            handle = theirs.fileno()
            code = CODE.format(str(PACKAGE.parent))
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", code, str(handle), json.dumps(settings)],
                pass_fds=[handle],
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the parent to act on
            )

    def wait(self) -> None:
        """Wait until it is loaded, and try out what confines its children. Raises CannotConfine."""
        try:
            said = protocol.receive(self._control, time.monotonic() + START_SECONDS)
            if "problem" in said:
                raise CannotConfine(said["problem"])
            self._shared = said["means"]
            self.fork([]).close()
            self.end()
        except (EOFError, TimeoutError, protocol.BadFrame, Lost) as error:
            raise CannotConfine(str(error) or "the sandbox process did not start") from None

    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def fork(self, warm: Sequence[str]) -> socket.socket:
        """A connection to a new child that is confined.

        warm: modules of ours to load before. Raises Lost, or CannotConfine if something is open.
        """
        ours, theirs = socket.socketpair()
        deadline = time.monotonic() + FORK_SECONDS
        try:
            with theirs:
                protocol.send(self._control, {"do": "fork", "warm": list(warm)}, deadline)
                socket.send_fds(self._control, [b"+"], [theirs.fileno()])
            said = protocol.receive(ours, deadline)
            if "problem" in said:
                raise Lost(said["problem"])
        except (OSError, EOFError, protocol.BadFrame, Lost) as error:
            ours.close()
            self.close()
            raise Lost(str(error) or type(error).__name__) from None
        self.means = self._shared + said["means"]
        if self.level != "none" and (left_open := sandbox.missing(self.means)):
            ours.close()
            raise CannotConfine(f"nothing confines {' and '.join(left_open)}")
        return ours

    def end(self) -> int:
        """End the child and all that came from it; its exit code, or minus its signal."""
        try:
            protocol.send(self._control, {"do": "end"})
            said = protocol.receive(self._control, time.monotonic() + FORK_SECONDS)
            return said["status"]
        except (OSError, EOFError, protocol.BadFrame) as error:
            self.close()
            raise Lost(str(error) or type(error).__name__) from None

    def close(self) -> None:
        """End the process and all that came from it."""
        self._control.close()  # which it takes as the sign to end
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._folder is not None:
            sandbox.remove(self._folder)


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
    return 61184 + os.getpid() % 4336  # systemd's numbers for services while they run


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
    path = [str(PACKAGE.parent), *dict.fromkeys(standard), *order, *sorted(folders - set(order))]
    return path, sorted(readable), sorted(hidden)


def _packages(libraries: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """For each installed package that may be imported: its folder, and what is its own there."""
    todo = [*LIBRARIES, *(PACKAGES.get(name, name) for name in libraries)]
    seen = set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield str(package.locate_file("")).rstrip("/"), _own_names(package)
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                todo.append(needed.name)


def _own_names(package: metadata.Distribution) -> set[str]:
    record = package.read_text("RECORD")
    if record is None:  # installed by a system's own package manager
        listed = (package.read_text("top_level.txt") or package.name.replace("-", "_")).split()
        return {*listed, *(f"{name}.py" for name in listed)}
    return {line.split("/", 1)[0].split(",", 1)[0] for line in record.splitlines()} - {
        "..",
        "__pycache__",
    }
