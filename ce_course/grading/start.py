"""Starts the process that graders are forked from (see `processes.serve`).

It has more to load than the command itself, so the command starts it before it loads anything else.
Hence this module imports next to nothing.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import ce_course

COURSE = os.path.dirname(os.path.dirname(os.path.realpath(ce_course.__file__)))
ALONE = ("-s", "-P", "-S")  # Python looks nowhere but where it is told; see `environment`
# Not multiprocessing's way to start one: that loads the main program's modules again.
CODE = """if True:
    import gc, json, sys
    gc.disable()
    sys.path[:] = json.loads(sys.argv[1])
    from ce_course.grading.processes import serve
    serve(int(sys.argv[2]))"""

Started = tuple[subprocess.Popen, socket.socket]
_early: list[Started] = []


def early() -> None:
    """Start it now, for the first that asks for it."""
    if hasattr(os, "fork"):
        _early.append(_start())


def server() -> Started:
    """The process, and our end of the connection: it ends when that is closed."""
    return _early.pop() if _early else _start()


def _start() -> Started:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, *ALONE, "-c", CODE, json.dumps(import_path()), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the parent to act on
        )
    return process, ours


def import_path() -> list[str]:
    """Where such a process imports from before it has settings: not where we happen to be."""
    return [COURSE, *(each for each in sys.path if each not in ("", os.getcwd(), COURSE))]


def environment() -> dict[str, str]:
    """The environment of processes that student code is forked from."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    needed = {"LD_LIBRARY_PATH"} & os.environ.keys()  # where some installations find Python itself
    return {
        **{name: os.environ[name] for name in needed},
        **{f"{name}_NUM_THREADS": "1" for name in threads},
        # Memory that was freed is kept: to have it given anew takes longer than to fill it.
        **{f"MALLOC_{name}_THRESHOLD_": str(32 * 2**20) for name in ("MMAP", "TRIM")},
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LOGNAME": "student",
        "USER": "student",
        "TERM": "dumb",
        "PYTHONHASHSEED": "0",  # sets have the same order in every run
        "MPLBACKEND": "Agg",
    }
