"""Talks to the loaded process (see `launch`) and to the branches that fork children for us."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence

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
        self._first: Branch | None = self._branch()
        try:
            self._first.wait()
        except CannotConfine:
            self._first.close()
            raise
        self.means = self._first.means

    def branch(self) -> Branch:
        """A branch of it for this process alone. Raises CannotConfine or Lost."""
        first, self._first = self._first, None
        return first or self._branch()

    def _branch(self) -> Branch:
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
        if self._first is not None:
            self._first.close()
        self._process.close()


class Branch:
    """Forks children from a loaded process: one at a time, the next when the last has ended.

    means: what confines the last of them. closed: whether it can be used no more.
    """

    def __init__(self, control: socket.socket, level: str, shared: list[str]) -> None:
        self._control, self._level, self._shared = control, level, shared
        self.means, self.closed = [], False
        self._at_work = False
        self._next: socket.socket | None = None
        self._is_confined = False  # the next one, for all that we know

    def fork(self, warm: Sequence[str]) -> socket.socket:
        """A connection to a new child that is confined, once the last one has ended.

        warm: modules of ours to load before. Raises Lost, or CannotConfine if something is open.
        """
        if warm and self._next is not None:
            self._next.close()
            self._next, self._at_work = None, True
            self._end()
        self.wait(warm)
        child, self._next, self._is_confined = self._next, None, False
        self._at_work = True
        return child

    def wait(self, warm: Sequence[str] = ()) -> None:
        """Wait until the next child is there and confined. Raises as `fork`."""
        try:
            if self._next is None:
                self._begin(warm)
            if not self._is_confined:
                said = protocol.receive(self._next, time.monotonic() + FORK_SECONDS)
                if "problem" in said:
                    raise Lost(said["problem"])
                self.means = self._shared + said["means"]
            if select.select([self._next], [], [], 0)[0]:
                raise Lost("it ended before it was asked anything")
        except (OSError, EOFError, protocol.BadFrame, Lost) as error:
            self.close()
            raise Lost(str(error) or type(error).__name__) from None
        if self._level != "none" and (left_open := sandbox.missing(self.means)):
            raise CannotConfine(f"nothing confines {' and '.join(left_open)}")
        self._is_confined = True

    def end(self) -> int:
        """End the child at work and all that came from it; its exit code, or minus its signal.

        The next one begins, while we do something else.
        """
        if not self._at_work:
            return 0
        status = self._end()
        try:
            self._begin(())
        except (OSError, EOFError):
            self.close()
        return status

    def _begin(self, warm: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        self._next, self._is_confined = ours, False
        with theirs:
            deadline = time.monotonic() + FORK_SECONDS
            protocol.send(self._control, {"do": "fork", "warm": list(warm)}, deadline)
            socket.send_fds(self._control, [b"+"], [theirs.fileno()])

    def _end(self) -> int:
        self._at_work = False
        try:
            protocol.send(self._control, {"do": "end"})
            said = protocol.receive(self._control, time.monotonic() + FORK_SECONDS)
            return said["status"]
        except (OSError, EOFError, protocol.BadFrame) as error:
            self.close()
            raise Lost(str(error) or type(error).__name__) from None

    def close(self) -> None:
        """End the branch, and its children if there are any."""
        self.closed = True
        if self._next is not None:
            self._next.close()
            self._next = None
        self._control.close()  # which it takes as the sign to end
