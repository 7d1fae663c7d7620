"""Starts the loaded process that children are forked from (see `worker`).

Imports nothing heavy: the sooner this is loaded, the sooner that process can be started.
"""

from __future__ import annotations

import glob
import json
import os
import re
import signal
import site
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import ce_course
from ce_course.grading import sandbox, start
from ce_course.grading.grades import Limits

if TYPE_CHECKING:
    from importlib import metadata

PACKAGE = Path(ce_course.__file__).resolve().parent
# What student code may import, with all that these need; and what an exercise allows besides.
LIBRARIES = ("numpy", "ipython", "matplotlib", "pandas", "cloudpickle")
PACKAGES = {"sklearn": "scikit-learn"}  # where the name to install is not the name to import
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
SYSTEM += ("/usr/share/zoneinfo", "/usr/share/fonts")
CODE = """if True:
    import json, sys
    sys.path[:], control = map(json.loads, sys.argv[1:])
    from ce_course.grading.worker import serve
    serve(control)"""
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

    It loads what all need, and then waits for `configure`. level: as of its settings.
    """

    def __init__(self) -> None:
        self.level, self._folder, self._owner = "", None, os.getpid()
        self.control, theirs = socket.socketpair()
        with theirs:
            self._start(theirs)

    def _start(self, control: socket.socket) -> None:
        arguments = [json.dumps(start.import_path()), str(control.fileno())]
        process = subprocess.Popen(
            [sys.executable, *start.ALONE, "-c", CODE, *arguments],
            pass_fds=[control.fileno()],
            env=start.environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent to act on
        )
        self.pid, self._kill, self._wait = process.pid, process.kill, process.wait

    def configure(self, settings: dict) -> None:
        """Say, once, what it shall be; see `settings`."""
        from ce_course.grading import protocol

        self.level = settings["level"]
        if self.level in ("landlock", "none"):  # it shares our files
            self._folder = tempfile.mkdtemp(prefix="ce-course-")
            os.chmod(self._folder, 0o711)
        with suppress(EOFError):  # whoever wants a branch of it will find out
            protocol.send(self.control, settings | {"folder": self._folder})

    def close(self) -> None:
        """End it and all that came from it; in a forked process, be done with it."""
        if self._owner != os.getpid():
            self.control.close()
            return
        with self.control:
            try:
                self.control.shutdown(socket.SHUT_WR)  # which it takes as the sign to end
                self.control.settimeout(END_SECONDS)
                self.control.recv(1)  # nothing, when it has
            except TimeoutError:
                self._kill()
            except OSError:
                pass  # it has ended before
        self._wait()
        if self._folder is not None:
            sandbox.remove(self._folder)


def load() -> None:
    """Load what a `Fork` and this process both need: while there is nothing else to do."""
    from ce_course.grading import worker

    worker.load()


class Fork(Process):
    """The same, forked from this process, so that what both need is loaded once.

    This process must hold nothing yet that student code is not to see, in memory, in its
    environment or on its command line. The two share a memory layout and a hash seed.
    """

    def _start(self, control: socket.socket) -> None:
        from ce_course.grading import worker

        worker.load()
        self.pid = os.fork()
        if self.pid == 0:
            worker.serve_forked(control.fileno())
        self._kill = partial(os.kill, self.pid, signal.SIGKILL)
        self._wait = partial(os.waitpid, self.pid, 0)


def settings(level: str, libraries: Sequence[str], limits: Limits) -> dict:
    """What a loaded process shall be. level: one of sandbox.LEVELS, or "none".

    libraries: what may be imported besides LIBRARIES.
    """
    path, readable, hidden = _python_files(tuple(libraries))
    return {
        "level": level,
        "libraries": list(libraries),
        "limits": asdict(limits) | {"cpu_seconds": int(limits.submission_seconds) + 10},
        "user": _other_user(level, readable),
        "path": path,
        "readable": readable,
        "hidden": hidden,
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
    # Of systemd's numbers for services while they run. Those of processes that start one after
    # another lie far apart, as there is one for each branch.
    return 61184 + os.getpid() * 2473 % 4000


@cache
def _python_files(libraries: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    """What Python needs: sys.path; files to be read; folders of packages, hidden but for these."""
    paths = sysconfig.get_paths()
    prefixes = {sys.base_prefix, sys.base_exec_prefix}
    base = {"platbase": sys.base_exec_prefix}  # not a virtual environment's
    standard = [paths["stdlib"], sysconfig.get_path("platstdlib", vars=base)]
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
    lines = header(package, "Requires-Dist")
    return [re.match(r"[\w.-]+", line)[0] for line in lines if "extra ==" not in line]


def header(package: metadata.Distribution, field: str) -> list[str]:
    """What a package's metadata say of a field, line by line."""
    text = package.read_text("METADATA")
    if text is None:  # installed by a system's own package manager
        return package.metadata.get_all(field) or []
    # `metadata` reads all of the text, which takes longer than all else here.
    return re.findall(rf"^{field}: *(.+)$", text.partition("\n\n")[0], re.MULTILINE)


def _own_names(package: metadata.Distribution) -> set[str]:
    record = package.read_text("RECORD")
    if record is None:  # installed by a system's own package manager
        listed = (package.read_text("top_level.txt") or package.name.replace("-", "_")).split()
        return {*listed, *(f"{name}.py" for name in listed)}
    return {line.split("/", 1)[0].split(",", 1)[0] for line in record.splitlines()} - {
        "..",
        "__pycache__",
    }
