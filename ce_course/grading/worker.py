"""The process that student code runs in: it knows no reference, no expected value and no marks.

`serve` becomes a process that has loaded what student code needs (a zygote). For each connection
that it is given it forks a branch, and a branch forks one child for each submission. A child
confines itself, says by which means, runs cells, and answers "what does your function give for
these inputs". Student code may change anything in its child: what comes back is no more than an
answer, and all of it ends with the child.
"""

from __future__ import annotations

import builtins
import gc
import importlib
import itertools
import os
import random
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any

SOCKET, RULES = 3, 4  # what is open in a child besides 0, 1 and 2
GONE = 3  # exit code: the parent is gone
TEXT = 300  # characters
SMALL = 10_000  # bytes: a frame that can hold nothing but what may be sent
USERS = 336  # that may be taken after `settings["user"]`
WATCH_SECONDS = 0.1
# What is rehearsed, so many times, before there is a child. One call of three raises.
CELLS = (
    "import numpy as np\nfrom ce_course import check",
    "def f(x):\n    return np.exp(x) + 1",
    "check(f)",
    "raise ValueError",
)
QUESTION = {
    "do": "answer",
    "name": "f",
    "value": False,
    "call": None,
    "accepts": None,
    "libraries": (),
    "parameters": ["x"],
    "seconds": 1.0,
    "when": "checked",
}
REHEARSALS = 10
# What the notebook's own checks were called with, the names that there were at that time, and the
# number of the cell.
CHECKED: dict[str, tuple[Any, dict[str, Any], int]] = {}


def load() -> tuple[ModuleType, ...]:
    """Load what is needed of the course: soon that will be nowhere to be found."""
    from ce_course import data
    from ce_course.checks import answer, call, exercise
    from ce_course.grading import protocol, sandbox, shells

    importlib.import_module("numpy.random")  # NumPy loads it when it is used
    return data, answer, call, exercise, protocol, sandbox, shells


def serve_forked(control: int) -> None:
    """The same as `serve`, in a process forked for it; never returns."""
    try:
        os.setsid()
        os.chdir("/")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        serve(_only_open(control, None).detach())
    finally:
        os._exit(1)


def serve(control: int) -> None:
    """Be a zygote. control: a socket that settings will come over."""
    sys.argv = [""]
    gc.disable()
    zygote = _Zygote(socket.socket(fileno=control))
    sandbox, settings = zygote.sandbox, zygote.settings
    shares_files = settings["level"] in ("landlock", "none")
    try:
        if not shares_files:
            zygote.means = sandbox.enter_namespaces(settings["level"])
            first = os.fork()  # the first process of the new pid namespace
            if first:
                zygote.control.close()
                _, status = os.waitpid(first, 0)
                os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
            sandbox.die_with_parent()
        zygote.enter()
    except Exception as error:
        zygote.problem = f"{type(error).__name__}: {error}"
    try:
        zygote.serve()
    except EOFError:  # nobody is left to serve
        if shares_files:
            sandbox.remove(settings["folder"])
        os._exit(GONE)


class _Zygote:
    """What has loaded all that is needed."""

    def __init__(self, control: socket.socket) -> None:
        loaded = load()
        self.data, self.given, self.call, self.exercise, *loaded = loaded
        self.protocol, self.sandbox, self.shells = loaded
        self.control = control
        self.settings = self.protocol.receive(control)
        self.level = self.settings["level"]
        self.pids = self.program = self.proc = None
        self.files: tuple[list[str], list[str]] | None = None  # to be read, only to be listed
        self.means: list[str] = []
        self.problem: str | None = None  # why it is of no use

    def enter(self) -> None:
        """See no more than children may see, and be as they should find it."""
        settings, sandbox = self.settings, self.sandbox
        threads = os.open("/proc/self/task", os.O_RDONLY) if sys.platform == "linux" else None
        if self.level not in ("none", "landlock"):
            self.pids, self.proc = sandbox.PidNamespaces(), sandbox.open_proc()
            sandbox.enter_private_root(settings["readable"], settings["hidden"])
        sys.path[:] = settings["path"]
        sys.path_importer_cache.clear()
        os.chdir(settings["folder"] if self.pids is None else sandbox.PRIVATE)
        os.environ["HOME"] = os.environ["TMPDIR"] = os.getcwd()
        for name in settings["libraries"]:
            importlib.import_module(name)
        if self.level != "none":
            self._prepare_rules()
        if threads is not None and len(os.listdir(threads)) != 1:
            raise RuntimeError("a library has started threads, which a fork would lose")
        ipython = "IPython" in settings["libraries"]
        self.shell = self.shells.IPythonShell() if ipython else self.shells.PlainShell()
        _replace_course(self.data, self.given, self.shells.Unavailable, self.shell)
        gc.freeze()  # what is frozen is not touched, so that children share it
        self._rehearse()
        gc.freeze()
        gc.enable()

    def _rehearse(self) -> None:
        """Do what children do: what is loaded, remembered and learnt in it is so only once."""
        np = self.protocol.np
        question = QUESTION | {"cases": [(np.linspace(-1, 1, 4),), (0.5,), ("",)]}
        cells = {"do": "cells", "cells": list(enumerate(CELLS)), "seconds": 1.0}
        requests = [self.protocol.encode_request(each) for each in (cells, question)]
        ours, theirs = socket.socketpair()
        with ours, theirs:
            for _ in range(REHEARSALS):
                child = _Child(theirs, self)
                for request in requests:
                    self.protocol.send_frame(ours, request)
                    child.serve_one()
                for _ in range(len(CELLS) + 1):
                    self.protocol.receive(ours)
                self.shell.reset()
        CHECKED.clear()
        self.shells.Unavailable.quiet = True
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _prepare_rules(self) -> None:
        if self.pids is None:
            parts = list(
                self.sandbox.readable_parts(self.settings["readable"], self.settings["hidden"])
            )
            self.files = (
                [path for path, whole in parts if whole],
                [path for path, whole in parts if not whole],
            )
        else:
            self.files = ["/"], []
        self.program = self.sandbox.seccomp_filter(in_sight=self.pids is None)

    def serve(self) -> None:
        """Fork a branch for each connection that comes, until nobody is left to send one."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a branch
        for number in itertools.count():
            _, handles, _, _ = socket.recv_fds(self.control, 1, 1)
            if not handles:
                with suppress(ChildProcessError):
                    os.wait()  # for all of them, as each ends when nobody holds its other end
                raise EOFError
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                self.control.close()
                _Branch(self, number, socket.socket(fileno=handles[0])).serve()
            os.close(handles[0])


class _Branch:
    """Forks children, one at a time, for whoever holds the other end of its connection."""

    def __init__(self, zygote: _Zygote, number: int, control: socket.socket) -> None:
        self.zygote, self.number, self.control = zygote, number, control
        self.sandbox, self.settings, self.pids = zygote.sandbox, zygote.settings, zygote.pids
        # Its own: each child's private folder is added to them, and stays in them.
        self.rules = self.sandbox.landlock_rules(*zygote.files) if zygote.files else None
        self.user = self.settings["user"]
        if self.user is not None:  # another for each branch: what limits count is counted by user
            self.user += number % USERS

    def serve(self) -> None:
        """Fork a child or end it, as is asked, until the other end is closed. Never returns."""
        self.zygote.protocol.send(
            self.control, {"means": self.zygote.means, "problem": self.zygote.problem}
        )
        child = folder = None
        if self.zygote.level != "none":
            self.sandbox.die_with_parent()
        try:
            for count in itertools.count():
                if child is not None and self.pids is None:
                    self._watch(child, folder)
                request = self.zygote.protocol.receive(self.control)
                if request["do"] == "end":
                    self.zygote.protocol.send(self.control, {"status": self._end(child, folder)})
                    child = None
                    continue
                _, (handle,), _, _ = socket.recv_fds(self.control, 1, 1)
                for name in request["warm"]:
                    with suppress(ImportError):
                        importlib.import_module(name)
                folder = self._new_folder(count)
                child = os.fork() if self.pids is None else self.pids.fork()
                if child == 0:
                    self._child(handle, folder)
                os.close(handle)
        finally:
            self._end(child, folder)
            os._exit(GONE)

    def _watch(self, child: int, folder: str) -> None:
        """Until the other end says something: end a child that has too much on disk, or threads."""
        limits, sandbox = self.settings["limits"], self.sandbox
        while not select.select([self.control], [], [], WATCH_SECONDS)[0]:
            if sandbox.is_larger(folder, limits["disk_mb"]) or sandbox.has_more_threads(
                child, limits["threads"]
            ):
                os.kill(child, signal.SIGKILL)

    def _end(self, child: int | None, folder: str | None) -> int:
        if child is None:
            return 0
        os.kill(child, signal.SIGKILL)  # if it has ended, it is still to be waited for
        _, status = os.waitpid(child, 0)
        if self.pids is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
            self.sandbox.remove(folder)
        return os.waitstatus_to_exitcode(status)

    def _new_folder(self, count: int) -> str:
        if self.pids is not None:
            return self.sandbox.PRIVATE
        folder = os.path.join(self.settings["folder"], f"{self.number}-{count}")
        os.mkdir(folder)
        if self.user is not None:
            os.chown(folder, self.user, self.user)
        return folder

    def _child(self, handle: int, folder: str) -> None:
        """In the new process; never returns."""
        zygote, limits = self.zygote, self.settings["limits"]
        try:
            os.setsid()
            self.control.detach()
            if zygote.level == "user namespaces":
                with suppress(OSError):  # then what limits count is counted for all together
                    self.sandbox.enter_user_namespace(zygote.proc)
            connection = _only_open(handle, self.rules)
            rules = RULES if self.rules is not None else None
            if zygote.level == "none":
                means = self.sandbox.limit_only(limits, folder)
            else:
                means = self.sandbox.confine(
                    zygote.level, limits, folder, rules, zygote.program, self.user
                )
            if zygote.level == "landlock":
                zygote.shells.hide_unreadable()
            os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = folder
            sys.path.insert(0, "")  # as in a kernel: the folder it works in
            zygote.protocol.send(connection, {"means": means})
            _Child(connection, zygote).serve()
        except EOFError:
            os._exit(GONE)
        except BaseException as error:
            with suppress(BaseException):
                zygote.protocol.send(connection, {"problem": f"{type(error).__name__}: {error}"})
        finally:
            os._exit(1)


class _Child:
    """What runs in a child once it is confined."""

    def __init__(self, connection: socket.socket, zygote: _Zygote) -> None:
        self.connection, self.shell = connection, zygote.shell
        self.call, self.exercise, self.protocol = zygote.call, zygote.exercise, zygote.protocol
        self.given, self.sources = zygote.given, []
        self.unavailable = zygote.shells.Unavailable
        self.at_end: dict[str, Any] | None = None  # the names that there were after all cells
        self.acted = 0  # the number of the last cell that may have changed what others use
        self.answer_size = zygote.settings["limits"]["answer_mb"] * self.protocol.MB
        random.seed(0)  # after the fork, which makes it random
        self.protocol.np.random.seed(0)

    def serve(self) -> None:
        while True:
            self.serve_one()

    def serve_one(self) -> None:
        request = self.protocol.receive_request(self.connection)
        self.unavailable.quiet = request["do"] == "cells"
        if self.unavailable.quiet:
            for number, source in request["cells"]:
                self.unavailable.uses, self.unavailable.seen = 0, {}
                self.shell.cell, self.shell.acts = number, False
                error = self.run_cell(source, request["seconds"])
                self.acted = number if self.shell.acts else self.acted
                without = [str(name)[:TEXT] for name in self.unavailable.seen][:5]
                result = {"cell": number, "error": error, "without": without}
                self.protocol.send(self.connection, result)
        else:
            try:
                self.reply(self.answer(request))
            except BaseException as error:  # KeyboardInterrupt, and what is beyond `call_all`
                self.reply({"outcomes": [["error", None, type(error).__name__, None]]})

    def run_cell(self, source: str, seconds: float) -> list[str] | None:
        """Run a cell as a kernel would; its exception's name and text if it raised one."""
        self.sources.append(source)
        signal.signal(signal.SIGALRM, _strike)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            self.shell.run(source)
            return None
        except BaseException as raised:
            error = raised
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            return [type(error).__name__[:TEXT], str(error)[:TEXT]]
        except BaseException:
            return [type(error).__name__[:TEXT], ""]

    def answer(self, request: dict) -> dict:
        """What the answer to an exercise gives for each of the inputs.

        when: it is taken as it was at its last check, with the names that there were then, or
        after all cells if there was no check ("checked"); as it is after all cells ("end"); or as
        it was checked in the cell that was the last to run ("now").
        Beside it stands whether there is an `other` after all cells, and after which cell to ask
        `again`, if a later one may have changed what it uses.
        """
        name, cases, missing = request["name"], request["cases"], object()
        answer, names, cell = CHECKED.get(name, (missing, {}, 0))
        usable = request["value"] or callable(answer)
        beside: dict[str, Any] = {"other": False, "again": None}
        if request["when"] != "now":
            if self.at_end is None:
                self.at_end = dict(self.shell.user_ns)
            last = self.at_end.get(name, missing)
            if request["when"] == "end" or answer is missing or not usable:
                answer, names = last, self.at_end
            else:
                beside["other"] = answer is not last and last is not missing
                beside["again"] = cell if self.acted > cell else None
            self.shell.user_ns.clear()
            self.shell.user_ns.update(names)
        if answer is missing:
            return {"no": "name"}
        if answer is None or answer is Ellipsis:
            return {"outcomes": [_plainly(self.call.NOT_ATTEMPTED)]} | beside
        # To look at it may run code of theirs, within the limit that calls have.
        seen = self.call.asked(self.problem, request, answer, seconds=request["seconds"])
        if seen.kind != "value":
            return {"outcomes": [_plainly(seen)]} | beside
        return (seen.value or self.outcomes(request, answer, cases)) | beside

    def problem(self, request: dict, answer: Any) -> dict | None:
        """Why an answer may not be handed in; None if it may."""
        name, libraries = request["name"], request["libraries"]
        if request["value"]:
            library = self.given.not_allowed_in(name, self.sources, self.shell.user_ns, libraries)
        else:
            library = self.given.not_allowed(answer, libraries)
        if library is not None:
            return {"no": "library", "library": library}
        if request["value"]:
            return None
        args = request["cases"][0]
        no = self.given.unfit(answer, request["parameters"], args, request["accepts"])
        return no and {"no": no[0]}

    def outcomes(self, request: dict, answer: Any, cases: list[tuple]) -> dict:
        """What a function or value gives for each of the inputs."""
        cases = [self.exercise.Case(args) for args in cases]
        if request["value"]:
            outcomes = self.call.call_all(lambda: answer, cases, request["seconds"])
        else:
            outcomes = self.call.call_all(answer, cases, request["seconds"], request["call"])
        return {"outcomes": [_plainly(outcome) for outcome in outcomes]}

    def reply(self, message: dict) -> None:
        try:
            frame = self.protocol.encode(message, self.answer_size)
            if len(frame) > SMALL:
                self.protocol.decode(memoryview(frame)[8:])  # the other side would say why not
        except (self.protocol.TooLarge, self.protocol.BadFrame):
            frame = self.protocol.encode({"no": "room"})
        self.connection.settimeout(None)
        self.connection.sendall(frame)


class CellTimeUp(KeyboardInterrupt):
    """Raised in a cell that takes too long, as "interrupt the kernel" does."""


def _strike(number: int, frame: object) -> None:
    raise CellTimeUp("it ran out of time")


def _only_open(handle: int, rules: int | None) -> socket.socket:
    """Close everything but the connection and the rules, put nothing in place of 0, 1 and 2."""
    handles = [os.dup(h) for h in (handle, rules) if h is not None]
    high = [os.dup2(h, 100 + i) for i, h in enumerate(handles)]  # out of the way
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for place, h in zip((SOCKET, RULES), high, strict=False):
        os.dup2(h, place, inheritable=False)
    os.closerange(SOCKET + len(high), 4096)
    return socket.socket(fileno=SOCKET)


def _plainly(outcome: Any) -> list[Any]:
    """An outcome as it is sent."""
    return [outcome.kind, outcome.value, str(outcome.error), outcome.changed]


# ---------------------------------------------------------------- in place of the course


class _Quiet:
    """Does nothing, whatever is asked of it."""

    def __call__(self, *_: object, **__: object) -> _Quiet:
        return self

    def __getattr__(self, name: str) -> _Quiet:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __repr__(self) -> str:
        return ""


def _replace_course(data: ModuleType, given: ModuleType, unavailable: type, shell: Any) -> None:
    """Put a package ce_course in place in which nothing checks and no formula stands."""
    for name in [name for name in sys.modules if name.split(".")[0] == "ce_course"]:
        del sys.modules[name]
    course = ModuleType("ce_course", "Stands for the course while a notebook is graded.")
    course.__path__ = []
    course.check, course.hint, course.solution = _remembers(given, shell), _nothing, _nothing
    course.progress = _Quiet()
    # What they stand for is what any cell may use.
    course.check.__module__ = _nothing.__module__ = _Quiet.__module__ = given.CHECK
    course.data = data
    course.__getattr__ = partial(_absent, unavailable)
    sys.modules.update({"ce_course": course, "ce_course.data": data})
    builtins.__unavailable__ = unavailable


def _remembers(given: ModuleType, shell: Any) -> Callable[..., None]:
    """What stands in the place of the course's check."""

    def check(*functions: Any, seconds: float | None = None, **named: Any) -> None:
        """Says nothing, remembers what was given under which name, and what else there was."""
        caller, names, cell = sys._getframe(1), dict(shell.user_ns), shell.cell
        written, space = given.names_in_call(caller, len(functions)), caller.f_globals
        for name, function in zip(written, functions, strict=True):
            for known in given.names_of(function, name, caller):
                if known == name or space.get(known, function) is function:
                    CHECKED[known] = function, names, cell
        CHECKED.update({name: (answer, names, cell) for name, answer in named.items()})

    return check


def _nothing(*_: object, **__: object) -> None:
    return None


def _absent(unavailable: type, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return unavailable(f"ce_course.{name}")
