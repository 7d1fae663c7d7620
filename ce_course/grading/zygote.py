"""Talks to the loaded process (see `launch`) and to the branches that fork children for us."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from contextlib import closing

from ce_course.grading import protocol, sandbox
from ce_course.grading.grades import Limits
from ce_course.grading.launch import Process, settings
from ce_course.grading.sandbox import CannotConfine

START_SECONDS = 60.0
FORK_SECONDS = 30.0


class Lost(Exception):
    """The loaded process or one of its branches has ended, or does not answer."""


def start(
    levels: Sequence[str],
    libraries: Sequence[str],
    limits: Limits,
    process: Process | None = None,
) -> Zygote:
    """A loaded process on the first of these levels that this system allows.

    process: one that is there already, and configured; of use if its level is the first of these.
    Raises CannotConfine with the reason for each level if it allows none.
    """
    reasons = []
    for level in levels:
        if process is not None and process.level != level:
            process.close()
            process = None
        if process is None:
            process = Process()
            process.configure(settings(level, libraries, limits))
        try:
            return Zygote(process)
        except (CannotConfine, Lost) as reason:
            process.close()
            process = None
            reasons.append(f"{level}: {reason}")
    raise CannotConfine("this system allows no sandbox (" + "; ".join(reasons) + ")")


class Zygote:
    """A process in a sandbox with libraries loaded. Raises CannotConfine or Lost if it is not.

    level: as of `launch.Process`. means: what confines its children.
    """

    def __init__(self, process: Process) -> None:
        self._process, self.level = process, process.level
        with closing(self.branch()) as trial:
            trial.fork([]).close()
            self.means = trial.means

    def branch(self) -> Branch:
        """A branch of it for this process alone. Raises CannotConfine or Lost."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._process.control, [b"+"], [theirs.fileno()])
            said = protocol.receive(ours, time.monotonic() + START_SECONDS)
        except (OSError, EOFError, protocol.BadFrame) as error:
            ours.close()
            raise Lost(str(error) or "the sandbox process did not start") from None
        if said["problem"]:
            ours.close()
            raise CannotConfine(said["problem"])
        return Branch(ours, self.level, said["means"])

    def close(self) -> None:
        """End the process and all that came from it."""
        self._process.close()


class Branch:
    """Forks children from a loaded process, one at a time.

    means: what confines the last of them. closed: whether it can be used no more.
    """

    def __init__(self, control: socket.socket, level: str, shared: list[str]) -> None:
        self._control, self._level, self._shared = control, level, shared
        self.means, self.closed = [], False

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
        if self._level != "none" and (left_open := sandbox.missing(self.means)):
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
        """End the branch, and its child if there is one."""
        self.closed = True
        self._control.close()  # which it takes as the sign to end
