"""What the sandbox is made of: tables, rules and files. What it withstands is in the attacks."""

import contextlib
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from ce_course.grading import launch, sandbox, zygote
from ce_course.grading.grades import Limits

HEADERS = {
    "x86_64": [
        Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        Path("/usr/include/asm/unistd_64.h"),
    ],
    "aarch64": [Path("/usr/include/asm-generic/unistd.h")],
}


@pytest.mark.parametrize("machine", list(sandbox.ARCHITECTURES))
def test_numbers_of_system_calls_are_those_of_the_kernel(machine):
    header = next((path for path in HEADERS[machine] if path.exists()), None)
    if header is None:
        pytest.skip(f"the kernel's header for {machine} is not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    numbers = {name: int(number) for name, number in found}
    column = list(sandbox.ARCHITECTURES).index(machine)
    special = {
        "clone": sandbox.CLONE,
        "clone3": sandbox.CLONE3,
        "prlimit64": sandbox.PRLIMIT,
        **{
            name: numbers
            for table in (
                sandbox.DENIED_VALUES,
                sandbox.ALLOWED_VALUES,
                sandbox.DENIED_BITS_IN_SIGHT,
            )
            for name, (numbers, *_) in table.items()
        },
    }
    for name, known in {**sandbox.DENIED, **sandbox.DENIED_IN_SIGHT, **special}.items():
        if known[column] is not None:
            assert (name, numbers.get(name, known[column])) == (name, known[column])


def run(program, number, *arguments, architecture=None):
    """What the filter says about a call: the kernel's rules for it, in a few lines."""
    machine = platform.machine()
    data = struct.pack(
        "<IIQ6Q",
        number,
        sandbox.ARCHITECTURES[machine] if architecture is None else architecture,
        0,
        *(*arguments, *[0] * 6)[:6],
    )
    at = value = 0
    while True:
        code, if_true, if_false, constant = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, constant)
        elif code == 0x06:
            return constant
        else:
            holds = {0x15: value == constant, 0x35: value >= constant, 0x45: value & constant}
            at += if_true if holds[code] else if_false


def test_what_old_kernels_do_not_look_at_is_denied_where_files_are_in_sight():
    """Landlock before its version 3 lets a file be truncated by its path."""
    assert "truncate" in sandbox.DENIED_IN_SIGHT


@pytest.mark.parametrize("in_sight", [False, True])
def test_the_filter_says_what_it_should(in_sight):
    program = sandbox.seccomp_filter(in_sight)
    if program is None:
        pytest.skip(f"no filter for {platform.machine()}")
    column = list(sandbox.ARCHITECTURES).index(platform.machine())
    allow, eperm, enosys, kill = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
    for table, answer in (
        (sandbox.DENIED, eperm),
        (sandbox.DENIED_IN_SIGHT, eperm if in_sight else allow),
    ):
        for numbers in table.values():
            if numbers[column] is not None:
                assert run(program, numbers[column]) == answer
    clone, prlimit = sandbox.CLONE[column], sandbox.PRLIMIT[column]
    fcntl, prctl = (sandbox.DENIED_VALUES[name][0][column] for name in ("fcntl", "prctl"))
    threads = 0x3D0F00  # what pthread_create asks for
    assert run(program, clone, threads) == allow
    for flags in (17, 0x4111, sandbox.CLONE_NEWUSER | 17, sandbox.CLONE_NEWPID):
        assert run(program, clone, flags) == eperm
    assert run(program, sandbox.CLONE3[column]) == enosys
    assert (run(program, prlimit, 0), run(program, prlimit, 1)) == (allow, eperm)
    for command in (*range(20), *range(1024, 1040)):
        expected = eperm if command in (8, 10, 15, 1024, 1026) else allow
        assert run(program, fcntl, 1, command) == expected
        assert run(program, prctl, command) == (eperm if command in (1, 4) else allow)
    socketpair = sandbox.DENIED_VALUES["socketpair"][0][column]
    ioctl = sandbox.ALLOWED_VALUES["ioctl"][0][column]
    assert run(program, ioctl, 3, 0x8901) == run(program, socketpair, 1, 0x80002) == eperm
    assert run(program, ioctl, 3, 0x40086602) == eperm  # FS_IOC_SETFLAGS
    assert run(program, ioctl, 3, 0x5401) == run(program, socketpair, 1, 0x80001) == allow
    for numbers, which, _ in sandbox.DENIED_BITS_IN_SIGHT.values():
        if numbers[column] is not None:
            for flags in (0, os.O_RDWR, os.O_CREAT | os.O_EXCL | os.O_DIRECTORY, os.O_TMPFILE):
                expected = eperm if in_sight and flags == os.O_TMPFILE else allow
                assert run(program, numbers[column], *[0] * which, flags) == expected
    for number in (0, 1, 462):
        assert run(program, number) == allow
    for number in (463, 1000):
        assert run(program, number) == enosys
    assert run(program, 0, architecture=0x40000003) == kill  # 32 bits
    if platform.machine() == "x86_64":
        assert run(program, 0x40000000) == kill


@pytest.mark.parametrize(
    ("means", "open_"),
    [
        ([], ["files", "network", "processes"]),
        (["resource limits", "another user"], ["files", "network", "processes"]),
        (["Landlock"], ["network", "processes"]),
        (["Landlock", "seccomp"], []),
        (["mount namespace", "network namespace", "pid namespace"], []),
        (["mount namespace", "seccomp"], []),
    ],
)
def test_what_is_left_open(means, open_):
    assert sandbox.missing(means) == open_


def test_readable_parts_leave_out_what_is_hidden(tmp_path):
    for name in ("lib/os.py", "lib/site-packages/numpy/a.py", "lib/site-packages/torch/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "lib/other").symlink_to(tmp_path / "lib/site-packages")
    lib, packages = str(tmp_path / "lib"), str(tmp_path / "lib/site-packages")
    found = dict(sandbox.readable_parts([lib, f"{packages}/numpy"], [packages]))
    assert found == {
        lib: False,
        f"{lib}/os.py": True,
        packages: False,
        f"{packages}/numpy": True,
    }


def test_a_folder_is_removed_however_it_was_left(tmp_path, monkeypatch):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)  # and back at the end
    for _ in range(1500):  # longer than a path may be
        os.mkdir("deep")
        os.chdir("deep")
    (folder / "locked").mkdir()
    (folder / "locked" / "file").touch()
    (folder / "locked").chmod(0)
    (folder / "link").symlink_to(outside)
    (folder / "deep" / "link").symlink_to(outside)
    os.chdir(tmp_path)
    sandbox.remove(str(folder))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["outside"]
    assert (outside / "kept").exists()


def test_is_larger(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 2**20)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert not sandbox.is_larger(str(tmp_path), 2)
    assert sandbox.is_larger(str(tmp_path), 0.9)
    for number in range(sandbox.MAX_FILES):
        (tmp_path / str(number)).touch()
    assert sandbox.is_larger(str(tmp_path), 2)


def test_files_that_come_and_go_do_not_hide_the_others(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x" * 2**20)
    listed = os.scandir

    def scandir(path):
        entries = sorted(listed(path), key=lambda entry: entry.name)
        if path == str(tmp_path):  # gone before it is looked at, or before it is looked into
            shutil.rmtree(tmp_path / "a", ignore_errors=True)
            monkeypatch.setattr(sandbox.os, "scandir", gone)
        return contextlib.nullcontext(entries)

    def gone(path):
        if path.endswith("c"):
            raise FileNotFoundError
        return listed(path)

    monkeypatch.setattr(sandbox.os, "scandir", scandir)
    assert sandbox.is_larger(str(tmp_path), 0.9)


def test_allowed_packages_bring_what_they_need_and_nothing_else():
    def names(libraries):
        return {name for _, own in launch._packages(libraries) for name in own}

    allowed = names(())
    assert {"numpy", "IPython", "traitlets", "matplotlib", "pandas", "cloudpickle"} <= allowed
    assert not {"torch", "scipy", "sklearn", "ce_course", "nbgrader", "jax"} & allowed
    assert "torch" in names(("torch",))
    assert not {"scipy", "sklearn", "ce_course"} & names(("torch",))
    assert "sklearn" in names(("sklearn",))


def test_levels_depend_on_the_user(monkeypatch):
    monkeypatch.setattr(sandbox.os, "geteuid", lambda: 0)
    assert sandbox.possible_levels() == ("namespaces", "user namespaces", "landlock")
    monkeypatch.setattr(sandbox.os, "geteuid", lambda: 1000)
    assert sandbox.possible_levels() == ("user namespaces", "landlock")


def as_ordinary_user(code, folder, data=b""):
    """What code prints in a process of a user without rights."""
    become = ""
    if os.geteuid() == 0:
        if not all(path.stat().st_mode & 1 for path in Path(sys.executable).resolve().parents):
            pytest.skip("the interpreter lies in a folder that only root may enter")
        become = "os.setgroups([]); os.setresgid(*[65534] * 3); os.setresuid(*[65534] * 3)"
    ran = subprocess.run(
        [sys.executable, "-c", f"import os, sys\n{become}\n{code}"],
        input=data,
        capture_output=True,
        env={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PATH": "/usr/bin:/bin"},
        cwd=folder,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def test_an_ordinary_user_has_a_sandbox_too(tmp_path):
    """The same grading as a user without rights, in a process of that user."""
    code = (
        "from ce_course.grading.session import Grader\n"
        "with Grader() as grader:\n"
        "    grade = grader.grade(sys.stdin.buffer.read())\n"
        "    print(grader.report()['level'], grade.points)"
    )
    notebook = launch.PACKAGE.parent / "solutions/00_start_here/00_start_here.ipynb"
    level, points = as_ordinary_user(code, tmp_path, notebook.read_bytes()).rsplit(maxsplit=1)
    assert level in sandbox.LEVELS[1:]
    assert points == "1.0"


def test_threads_of_one_child_do_not_count_for_another(tmp_path):
    """Although all are of one user."""
    code = """
from ce_course.grading import protocol
from ce_course.grading.session import Grader
start = "from threading import Timer\\nfor _ in range({}): Timer(3, print).start()"
with Grader() as grader:
    branches = [grader.branch(()), grader._zygotes[()].branch()]
    children = [branch.fork(()) for branch in branches]
    for child, count in zip(children, (grader.limits.threads, 8)):
        cells = [(1, start.format(count))]
        child.sendall(protocol.encode_request({"do": "cells", "cells": cells, "seconds": 9}))
        error = protocol.receive(child)["error"]
    for branch in branches:
        branch.close()
    print(error)
"""
    assert as_ordinary_user(code, tmp_path) == "None\n"


def test_users_for_children_of_processes_that_start_one_after_another_differ(monkeypatch):
    monkeypatch.setattr(launch.os, "geteuid", lambda: 0)
    first = []
    for process in range(100, 130):
        monkeypatch.setattr(launch.os, "getpid", lambda process=process: process)
        first.append(launch._other_user("namespaces", ()))
    first.sort()
    assert min(after - before for before, after in pairwise(first)) > 32  # branches of each


def test_a_process_of_another_level_is_not_taken():
    """So where the first level fails for one set of libraries, another set can follow below it."""
    process = launch.Process()
    process.configure(launch.settings(sandbox.possible_levels()[0], (), Limits()))
    found = zygote.start(("none",), (), Limits(), process)
    try:
        assert (found.level, found.means) == ("none", ["resource limits"])
        assert not psutil.pid_exists(process.pid)
    finally:
        found.close()


def test_every_level_of_this_system_grades(tmp_path):
    notebook = launch.PACKAGE.parent / "solutions/00_start_here/00_start_here.ipynb"
    from ce_course.grading.session import Grader

    graded = set()
    for level in sandbox.possible_levels():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sandbox, "possible_levels", lambda level=level: (level,))
            try:
                grader = Grader(Limits())
            except sandbox.CannotConfine:
                continue
            with grader:
                assert grader.grade(notebook.read_bytes()).points == 1
                assert not sandbox.missing(grader.report()["means"])
                graded.add(level)
    assert graded, "this system allows no sandbox at all"
