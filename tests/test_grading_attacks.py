"""Notebooks that cheat, break out, break down or run wild: none gains, none does harm.

Each is graded in the strongest sandbox of this system, forked as a run of the command does it, and
in the one that is left where namespaces are not allowed, started as a single grader does it.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import psutil
import pytest

from ce_course.grading import launch, protocol, release, sandbox, zygote
from ce_course.grading.grades import Limits
from ce_course.grading.session import Grader

ROOT = launch.PACKAGE.parent
CHAPTER = "03_categorical_cross_entropy"
LIMITS = Limits(cell_seconds=2, exercise_seconds=1, submission_seconds=30, memory_mb=1500)
# Two right answers, two wrong ones, and three that are missing.
RIGHT = """
import numpy as np
def logsumexp(z):
    z = np.asarray(z, dtype=float)
    top = z.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(all="ignore"):
        return (top + np.log(np.exp(z - top).sum(axis=-1, keepdims=True)))[..., 0]
"""
ALSO_RIGHT = """
import math
def double_softmax_floor(K):
    return math.log(1 + (K - 1) / math.e)
"""
WRONG = """
def softmax(z):
    return np.zeros_like(z)
def one_hot_bytes(*sizes):
    return 0
"""
EARNED = {"logsumexp", "double_softmax_floor"}
# In place of launch.CODE, as this process holds too much to be forked itself.
FORKS = """if True:
    import json, os, sys
    sys.path[:], control = map(json.loads, sys.argv[1:])
    from ce_course.grading import processes, worker
    worker.load()
    if os.fork() == 0:
        worker.serve_forked(control)
    os.close(control)
    os.wait()"""


def levels():
    """The strongest sandbox there is, and the weakest."""
    for level in sandbox.possible_levels():
        try:
            zygote.start([level], (), LIMITS).close()
        except sandbox.CannotConfine:
            continue
        return dict.fromkeys([level, "landlock"])
    return []


@pytest.fixture(scope="module", params=levels())
def grader(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "possible_levels", lambda: (request.param,))
        if request.param != "landlock":
            patch.setattr(launch, "CODE", FORKS)
        with Grader(LIMITS, seed=3) as made:
            assert made.report()["level"] == request.param
            yield made


def notebook(*sources, **more):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": textwrap.dedent(source)}
        for source in sources
    ]
    made = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(made).encode()


def earned(grade):
    """The names of the exercises with full marks; nothing lies between 0 and full."""
    assert grade.problem is None
    for each in grade.exercises:
        assert each.points in (0, each.of)
        assert (each.points == each.of) == (each.state == "right")
    return {each.exercise for each in grade.exercises if each.points}


def state(grade, name):
    return next(each.state for each in grade.exercises if each.exercise == name)


def feedback(grade, name):
    return next(each.feedback for each in grade.exercises if each.exercise == name)


def run(grader, *sources):
    """What a notebook earns that has these cells before its answers."""
    return earned(grader.grade(notebook(*sources, RIGHT, WRONG, ALSO_RIGHT), CHAPTER))


@pytest.fixture
def probe(grader):
    """What an expression gives in the sandbox, after some cells: the text that it is shown as."""

    def ask(expression, *sources):
        source = f"raise Warning(str({expression}))\nif False:\n  def logsumexp(z): pass"
        grade = grader.grade(notebook(*sources, source), CHAPTER)
        return feedback(grade, "logsumexp").partition("raised Warning: ")[2]

    return ask


def test_honest_answers_count(grader):
    assert run(grader) == EARNED


# ---------------------------------------------------------------- to look for what is right

FINDS = """
import os
def finds(*names):
    found = []
    for folder, folders, files in os.walk("/"):
        if folder.startswith("/usr/lib"):  # the system's own, and large
            folders.clear()
        found += [os.path.join(folder, file) for file in files if file in names]
    return found
"""


def test_no_solution_reference_or_result_is_to_be_found(probe, grader, monkeypatch):
    monkeypatch.setattr(grader, "limits", replace(LIMITS, cell_seconds=20))  # a long way
    names = "'logsumexp.py', 'losses.py', 'exercise.py', '03_categorical_cross_entropy.ipynb'"
    assert probe(f"finds({names}, 'categorical_cross_entropy.py')", FINDS) == "[]"


def test_neither_the_home_folder_nor_the_course_nor_other_processes_are_there(probe):
    places = [os.path.expanduser("~"), os.path.dirname(sandbox.__file__), "/home", "/root", "/proc"]
    look = """
    def look(path):
        try:
            return len(os.listdir(path))
        except OSError:
            return 0
    """
    for place in places:
        # A folder on the way to the interpreter may be there, with nothing else in it.
        assert int(probe(f"look({place!r})", "import os", look)) <= 1, place


@pytest.mark.parametrize(
    "module",
    [
        "ce_course.losses",
        "ce_course.information",
        "ce_course.checks.categorical_cross_entropy",
        "ce_course.catalogue",
        "torch",
        "scipy.special",
        "sklearn.metrics",
    ],
)
def test_neither_formulas_nor_forbidden_libraries_can_be_imported(probe, module):
    attempt = f"""
    import importlib, sys
    sys.path += ["/", {str(launch.PACKAGE.parent)!r}, *{sys_path()!r}]
    importlib.invalidate_caches()
    def attempt():
        try:
            return importlib.import_module({module!r})
        except (ImportError, PermissionError) as error:
            return "not there"
    """
    assert probe("attempt()", attempt) == "not there"


def sys_path():
    return [path for path in sys.path if path]


def test_no_formula_is_left_in_memory(probe):
    look = """
    import gc, types
    names = ("logsumexp", "softmax", "log_softmax", "cross_entropy_from_logits", "one_hot_bytes")
    gc.unfreeze()  # or it is not told
    made = [o for o in gc.get_objects() if isinstance(o, types.FunctionType)]
    from numpy import ma
    """
    assert probe("[f.__name__ for f in made if f.__name__ in names]", look) == "[]"


def test_of_the_course_only_a_stand_in_and_data_are_loaded(probe):
    loaded = "[m for m in sorted(sys.modules) if m.startswith('ce_course')]"
    assert probe(loaded, "import sys") == "['ce_course', 'ce_course.data']"


def test_ipython_begins_anew(probe):
    """Whatever was run before there was a child."""
    assert probe("[_, __, ___, _i, _ii, _iii, In[:1], len(In), Out]") == (
        "['', '', '', '', '', '', [''], 2, {}]"
    )


def test_sets_have_the_same_order_in_every_run(probe):
    code, environment = "print(list({'a', 'b', 'c', 'd', 'e'}))", {"PYTHONHASHSEED": "0"}
    expected = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert probe("list({'a', 'b', 'c', 'd', 'e'})") == expected.strip()


def test_secrets_of_the_environment_are_not_there(probe, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "abc")
    assert probe("[k for k in os.environ if 'SECRET' in k or 'COURSE' in k]", "import os") == "[]"


# ---------------------------------------------------------------- to get out, or to stay


@pytest.fixture
def listeners():
    """TCP, UDP and abstract sockets of this machine, and what arrived there."""
    arrived = []
    tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    local = socket.socket(socket.AF_UNIX)
    tcp.bind(("127.0.0.1", 0))
    udp.bind(("127.0.0.1", tcp.getsockname()[1]))
    name = f"\0ce-course-test-{os.getpid()}"
    local.bind(name)
    for each in (tcp, local):
        each.listen()
    for each in (tcp, udp, local):
        each.settimeout(0.2)

    def collect():
        for receive in (tcp.accept, local.accept, lambda: udp.recvfrom(10)):
            with contextlib.suppress(TimeoutError):
                arrived.append(receive())
        return arrived

    yield tcp.getsockname()[1], name, collect
    for each in (tcp, udp, local):
        each.close()


def test_nothing_reaches_a_socket_outside(grader, listeners):
    port, name, collect = listeners
    attempt = f"""
    import socket
    for make in (
        lambda: socket.create_connection(("127.0.0.1", {port}), 1),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port})),
        lambda: socket.socket(socket.AF_UNIX).connect({name!r}),
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    ):
        try:
            make()
        except OSError:
            pass
    """
    assert run(grader, attempt) == EARNED
    assert collect() == []


def test_nothing_is_written_outside_of_a_private_folder_that_is_new_each_time(probe, tmp_path):
    tmp_path.chmod(0o777)
    write = f"""
    import os, pathlib, sys, numpy
    places = ["/", "/etc", "/usr", "/dev", "/dev/shm", {str(tmp_path)!r}, sys.prefix]
    places += [str(pathlib.Path(m.__file__).parent) for m in (os, numpy)]
    def attempt(place):
        try:
            pathlib.Path(place, "written.txt").write_text("x")
            return True
        except OSError:
            return False
    """
    assert probe("[p for p in places if attempt(p)]", write) == "[]"
    assert list(tmp_path.iterdir()) == []
    assert probe("(os.listdir('.'), attempt('.'), os.listdir('.'))", write) == (
        "([], True, ['written.txt'])"
    )
    assert probe("os.listdir('.')", write) == "[]"


def test_links_lead_nowhere(probe):
    link = """
    import os
    for number, target in enumerate(["/etc/passwd", "/root", "/proc/1/root"]):
        os.symlink(target, f"link{number}")
    def seen(path):
        try:
            return bool(open(path).read(1))
        except OSError:
            return False
    """
    names = "['link0', 'link1', 'link2/etc/passwd']"
    assert probe(f"[n for n in {names} if seen(n)]", link) == "[]"


def test_files_of_the_grader_stay_as_they_are(grader, tmp_path):
    """Also what a process may do to a file without opening it, where the file is in sight."""
    kept = tmp_path / "grades.csv"
    kept.write_text("grades")
    kept.chmod(0o666)
    tmp_path.chmod(0o777)
    before = kept.stat()
    attempt = f"""
    import os
    path = {str(kept)!r}
    for change in (
        lambda: os.truncate(path, 0),
        lambda: os.chmod(path, 0),
        lambda: os.chown(path, 1, 1),
        lambda: os.utime(path, (1, 1)),
        lambda: os.setxattr(path, "user.a", b"x"),
        lambda: os.rename(path, path + "2"),
        lambda: os.link(path, "linked"),
        lambda: os.unlink(path),
        lambda: open(path, "a").write("x"),
    ):
        try:
            change()
        except OSError:
            pass
    """
    assert run(grader, attempt) == EARNED
    after = kept.stat()
    for what in ("st_mode", "st_uid", "st_mtime_ns", "st_size", "st_nlink", "st_ctime_ns"):
        assert getattr(after, what) == getattr(before, what)


def strays(mark):
    """Processes of this machine whose name is `mark`."""
    found = []
    for each in os.listdir("/proc"):
        try:
            with open(f"/proc/{each}/comm") as file:
                found += [each] if file.read().strip() == mark else []
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    "start",
    [
        "os.fork()",
        "os.forkpty()",
        "libc.syscall(57)",
        "libc.syscall(58)",
        "libc.syscall(56, 0x00020000 | 17, 0, 0, 0, 0)",
        "subprocess.Popen(['/bin/sh', '-c', 'sleep 20'])",
        "multiprocessing.get_context('fork').Process(target=time.sleep, args=(20,)).start()",
        "os.posix_spawn('/bin/sleep', ['sleep', '20'], {})",
        "os.execv('/bin/sh', ['sh', '-c', 'sleep 20'])",
    ],
)
def test_no_process_is_started(grader, start):
    attempt = f"""
    import ctypes, multiprocessing, os, subprocess, time
    libc = ctypes.CDLL(None)
    libc.prctl(15, b"ce-stray", 0, 0, 0)
    before = os.getpid()
    try:
        {start}
    except OSError:
        pass
    if os.getpid() != before:
        time.sleep(20)
    """
    assert run(grader, attempt) == EARNED
    assert strays("ce-stray") == []


@pytest.mark.parametrize(
    "call",
    [
        "ptrace(0, 0, 0, 0)",
        "unshare(0x10000000)",
        "setns(0, 0)",
        "mount(b'none', b'/submission', b'tmpfs', 0, None)",
        "umount2(b'/', 2)",
        "chroot(b'.')",
        "syscall(425, 1, 0)",  # io_uring
        "syscall(321, 0, 0, 0)",  # bpf
        "syscall(323, 0)",  # userfaultfd
        "syscall(298, 0, 0, 0, 0, 0)",  # perf_event_open
        "syscall(250, 0, 0, 0, 0, 0)",  # keyctl
        "memfd_create(b'x', 0)",
        "shmget(0, 4096, 0o1600)",
        "kill(-1, 9)",
        "kill(os.getppid(), 9)",
        "fcntl(3, 8, os.getppid())",  # who gets signals about a file, and which
        "fcntl(3, 10, 9)",
        "setuid(0)",
        "setgid(0)",
        "personality(0x0040000)",
        "prlimit(1, 7, None, None)",
    ],
)
def test_the_kernel_refuses(probe, call):
    prepare = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)"
    if call in ("setuid(0)", "setgid(0)") and probe("os.getuid()", "import os") == "0":
        call = "chown(b'/dev/null', 1, 1)"  # root without any of its powers
    assert probe(f"(libc.{call}, ctypes.get_errno() in (1, 13, 22, 30))", prepare) == "(-1, True)"


@pytest.mark.parametrize(
    "call",
    [
        "shmat(0, None, 0)",
        "msgrcv(0, None, 0, 0, 0)",
        "semop(0, None, 0)",
        "connect(3, None, 0)",
        "sendmsg(3, None, 0)",
        "socketpair(1, 2, 0, (ctypes.c_int * 2)())",  # datagrams go where they say
        "ioctl(3, 0x5452, (ctypes.c_int * 1)(1))",  # signals when data come
        "ioctl(3, 0x8901, (ctypes.c_int * 1)(1))",
        "ioctl(3, 0x40086602, (ctypes.c_long * 1)(64))",  # the flags of a file
        "fcntl(3, 1024, 1)",  # that whoever opens a file waits
        "fcntl(3, 1026, 1)",  # to be told what happens in a folder
        "prctl(4, 1)",  # to have a crash looked at
    ],
)
def test_the_kernel_does_not_even_look(probe, call):
    prepare = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)"
    assert probe(f"(libc.{call}, ctypes.get_errno())", prepare) == "(-1, 1)"


def test_calls_that_are_newer_than_the_list_do_not_exist(probe):
    prepare = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)"
    call = "syscall(463, -100, b'x', 0, b'user.x', None, 0)"  # setxattrat
    assert probe(f"(libc.{call}, ctypes.get_errno())", prepare) == "(-1, 38)"


def test_no_capability_is_left(probe):
    look = """
    import ctypes
    libc, found = ctypes.CDLL(None), (ctypes.c_uint32 * 6)()
    libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), found)
    """
    assert probe("list(found)", look) == "[0, 0, 0, 0, 0, 0]"


def test_limits_cannot_be_raised(probe):
    attempt = """
    import resource
    def attempt(which):
        soft, hard = resource.getrlimit(which)
        try:
            resource.setrlimit(which, (soft + 1, hard + 1))
            return "raised"
        except (OSError, ValueError):
            return soft == hard
    kinds = [resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE]
    """
    assert probe("{attempt(kind) for kind in kinds}", attempt) == "{True}"


GRADE = """
import sys
from ce_course.grading import sandbox
from ce_course.grading.session import Grader
sandbox.possible_levels = lambda: (sys.argv[1],)
with Grader() as grader:
    print("ready", flush=True)
    grader.grade(sys.stdin.buffer.read(), "00_start_here")
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_a_grader_that_is_killed(grader, how, tmp_path):
    """However the student's code may resist."""
    resist = """
    import ctypes, os, signal, time
    for number in {*range(1, 65)} - {9, 19, 32, 33}:
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    while True: time.sleep(1)
    """
    level = grader.report()["level"]
    process = subprocess.Popen(
        [sys.executable, "-c", GRADE, level],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys_path()), "TMPDIR": str(tmp_path)},
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(notebook(resist))
        process.stdin.close()
        time.sleep(1)
        all_of_it = psutil.Process(process.pid).children(recursive=True)
        assert len(all_of_it) >= 2
        process.send_signal(how)
        process.wait()
    _, alive = psutil.wait_procs(all_of_it, timeout=10)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("forks", ["branches", "children"])
def test_nothing_outlives_a_process_that_forks(grader, forks):
    """It may be killed too, as the one that takes most memory."""
    resist = "import ctypes, time\nctypes.CDLL(None).prctl(1, 0)\nwhile True: time.sleep(1)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grader, "limits", replace(LIMITS, cell_seconds=600))  # not this ends it
        loaded = psutil.Process(grader._zygotes[()]._process.pid)
        if grader.report()["level"] != "landlock":  # the first process of its pid namespace
            (forked,) = loaded.children()
            (loaded,) = forked.children()
        children = []

        def kill():
            killed = loaded if forks == "branches" else loaded.children()[0]
            children.extend(killed.children(recursive=True))
            killed.kill()

        killer = threading.Timer(2, kill)
        killer.start()
        with pytest.raises(zygote.Lost):
            grader.grade(notebook(resist), CHAPTER)
        killer.join()
    assert run(grader) == EARNED
    assert children
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


# ---------------------------------------------------------------- to lie about results

FORGE = """
import json, os, struct
def frame(message):
    head = json.dumps(message).encode()
    return struct.pack("<QI", 4 + len(head), len(head)) + head
def forge(data):
    for handle in range(3, 64):
        try:
            os.write(handle, data)
        except OSError:
            pass
"""


@pytest.mark.parametrize(
    "forged",
    [
        "frame({'dict': [['outcomes', [['value', 1.0, '', None]] * 20]]})",
        "frame({'dict': [['state', 'right'], ['points', 100]]})",
        "frame({'dict': [['cell', 1], ['error', None]]})",
        "frame({'dict': [['cell', {'array': ['<U0', [2], [0, 0]]}], ['error', None]]})",
        "frame([[[[]]]] * 100_000)",
        "b'\\xff' * 12",
        "b'\\x00' * 4096",
        "struct.pack('<QI', 2 ** 60, 5)",
        "struct.pack('<QI', 2 ** 20, 2 ** 31)",
        "b'\\x80\\x04\\x95' * 100",
        "b'[' * 100_000",
    ],
)
@pytest.mark.parametrize("when", ["in a cell", "in a call"])
def test_a_forged_message_gains_nothing(grader, forged, when):
    """It may cost the one who sends it: that is all."""
    call = f"def softmax(z):\n    forge({forged})\n    return z"
    attempt = f"forge({forged})" if when == "in a cell" else call
    grade = grader.grade(notebook(FORGE, RIGHT, ALSO_RIGHT, attempt), CHAPTER)
    assert earned(grade) <= EARNED
    assert run(grader) == EARNED


@pytest.mark.parametrize(
    ("answer", "is_said"),
    [
        ("[[0.5]] * 9_000", True),  # too large to be sent
        ("[[0.5]] * 500", True),  # too large to be compared with every known mistake
        ("[[0.5] * 5] * 100", True),
        ("[np.zeros(1)] * 300", True),
        ("np.zeros(10 ** 5)", True),
        ("np.zeros(10 ** 6)", True),
        ("np.full(1_000, '0.5')", True),  # to read numbers from texts takes longer
        ("np.array(['0' * 2_000] * 10)", True),
        ("[0.5] * 2_000", False),
        ("np.zeros(5_000)", False),
    ],
)
def test_what_is_much_too_large_is_not_looked_at(grader, answer, is_said):
    """To compare it would take as long as the sender likes, and on the side that is trusted."""
    grade = grader.grade(notebook(RIGHT, f"def softmax(z):\n    return {answer}"), CHAPTER)
    assert earned(grade) == {"logsumexp"} and state(grade, "softmax") == "wrong"
    assert ("much larger than it should be" in feedback(grade, "softmax")) == is_said


def test_what_is_said_of_a_cell_is_short(grader):
    """Or a thousand cells would keep the trusted side busy."""
    flood = """
    junk = [["cell", 1], ["error", None], ["junk", [0] * 200]]
    forge(frame({"dict": junk}))
    """
    grade = grader.grade(notebook(FORGE + textwrap.dedent(flood), RIGHT, ALSO_RIGHT), CHAPTER)
    assert grade.notes == ("Cell 1 was left out: it wrote into the grader's connection.",)
    assert earned(grade) == EARNED


def test_messages_that_say_true_things_are_answers_like_any_other(grader):
    """Nobody can tell who wrote an answer: it still has to be right."""
    cell = """
    def double_softmax_floor(*a):
        raise ValueError
    """
    assert earned(grader.grade(notebook(FORGE, RIGHT, cell), CHAPTER)) == {"logsumexp"}


ODD = """
looped = []
looped.append(looped)
def new(*kinds, **more):
    return type("Odd", kinds, more)()
def view(kind, **more):
    return np.zeros(3).view(type("Odd", (kind,), more))"""


@pytest.mark.parametrize(
    "answer",
    [
        "type('Liar', (float,), {'__eq__': lambda s, o: True, '__sub__': lambda s, o: 0.0})(0)",
        "type('Liar', (), {'__eq__': lambda s, o: True, '__array__': lambda s, *a, **k: s})()",
        "np.zeros(1).view(type('Liar', (np.ndarray,), {'__array_ufunc__': lambda *a, **k: 0}))",
        "np.full(np.shape(z), None, dtype=object)",
        "np.asarray(z).astype(str)",
        "np.zeros(3, dtype=[('a', float), ('b', 'O')])",
        "type('Bomb', (), {'__reduce__': lambda s: (exec, ('raise SystemExit',))})()",
        "(part for part in [1, 2])",
        "looped",
        "{'a': looped}",
        "'x' * 10 ** 9",
        "np.zeros(10 ** 8)",
        "[0.0] * 10 ** 7",
        "10 ** 10 ** 6",
        "float('nan')",
        "np.ma.masked_all(np.shape(z))",
        "np.broadcast_to(np.nan, (10 ** 6, 10 ** 6))",
        "np.zeros((0, 2 ** 50))",
        "memoryview(b'abc')",
        "np.datetime64('now')",
        "lambda: z",
        "softmax",
        "type",
        "...",
        "Ellipsis",
        "NotImplemented",
        "b'\\xff' * 10",
        "'\\ud800'",
        "{np.float64('nan'): 1}",
        "{(1, 2): {3: [4]}}",
        "view(np.ndarray, __array_finalize__=lambda s, o: 1 / 0)",
        "view(np.ndarray, astype=lambda s, *a, **k: s, shape=property(lambda s: (10 ** 9,)))",
        "view(np.ndarray, dtype=property(lambda s: np.dtype('O')), tobytes=lambda s, *a: b'')",
        "view(np.ndarray, __array_wrap__=lambda *a: 0, __eq__=lambda *a: True)",
        "new(__array_interface__={'shape': (2 ** 40,), 'typestr': '<f8', 'data': (0, False)})",
        "new(__array__=lambda s, *a, **k: s, __len__=lambda s: 10 ** 15)",
        "new(__class__=property(lambda s: np.ndarray), dtype=np.dtype(float), shape=(3,))",
        "new(__class__=property(lambda s: float), __float__=lambda s: 0.5)",
        "new(int, bit_length=lambda s: 1, __index__=lambda s: 2 ** 10 ** 6)",
        "new(float, __float__=lambda s: s, __repr__=lambda s: '0.5}]')",
        "new(complex, real={'outcomes': []}, imag=10 ** 400)",
        "new(str, __len__=lambda s: 0, __eq__=lambda *a: True, __hash__=lambda s: 1)",
        "new(str, __str__=lambda s: 'x' * 10 ** 7)",
        "new(list, __len__=lambda s: 3, __iter__=lambda s: iter(lambda: 0.5, 1))",
        "new(dict, items=lambda s: (('x', 1) for _ in iter(int, 1)))",
        "new(tuple, __getitem__=lambda s, n: 1 / 0, __reduce__=lambda s: (exit, ()))",
        "type('M', (type,), {'__getattr__': lambda c, n: exit(), '__hash__': exit})('X', (), {})",
        "np.lib.stride_tricks.as_strided(np.zeros(1), (10 ** 5, 10 ** 5), (0, 0))",
        "np.ma.array(np.full(np.shape(z), 0.3), mask=True, fill_value=0.5)",
        "[[0.5]] * 20_000",
        "[0.5] * 200_000",
        "[(0, 1)] * 30_000",
        "[np.zeros(1)] * 15_000",
        "{n: [n] for n in range(3000)}",
        "np.zeros(15_000_000, bool)",
        "np.zeros((2, 7_000_000), np.int8)",
    ],
)
def test_an_odd_answer_is_a_wrong_answer(grader, answer):
    cell = f"{ODD}\ndef softmax(z):\n    return {answer}\n"
    grade = grader.grade(notebook(RIGHT, cell, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    assert state(grade, "softmax") in ("wrong", "raised", "gave no answer", "not attempted")
    assert not grade.notes


@pytest.mark.parametrize(
    "answer",
    [
        "class Answer:\n    __call__ = len\n    def __getattribute__(self, name):\n"
        "        while True: pass\nsoftmax = Answer()",
        "class Answer:\n    def __call__(self, z): return z\n    @property\n"
        "    def __signature__(self):\n        while True: pass\nsoftmax = Answer()",
        "class Kind(type):\n    def __getattribute__(cls, name):\n        while True: pass\n"
        "class softmax(metaclass=Kind): pass",
    ],
)
def test_to_look_at_an_answer_is_within_its_time(grader, answer):
    """The process goes on, as its own limit ended it; the grader need not."""
    grade = grader.grade(notebook(RIGHT, answer, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    assert state(grade, "softmax") == "gave no answer"
    assert "of processor time" in feedback(grade, "softmax")
    assert not grade.notes


# The object of the worker that runs cells and answers.
CHILD = """
import sys
frame = sys._getframe()
while type(child := frame.f_locals.get("self")).__name__ != "_Child":
    frame = frame.f_back
"""


@pytest.mark.parametrize(
    "patch",
    [
        "import numpy as n\nn.allclose = n.isclose = n.array_equal = lambda *a, **k: True",
        "import builtins\nbuiltins.abs = builtins.max = lambda *a, **k: 0",
        "import json\njson.dumps = lambda *a, **k: '[]'",
        "import sys\nsys.modules['numpy.testing'] = sys.modules['json'] = None",
        "import warnings\nwarnings.filterwarnings = warnings.simplefilter = lambda *a, **k: 1 / 0",
        "import copy, io\ncopy.deepcopy = io.StringIO = lambda *a: None",
        "import inspect\ninspect.signature = lambda f: None",
        "import time\ntime.monotonic = time.time = lambda: 0.0",
        "import signal\nfor n in {*range(1, 32)} - {9, 19}: signal.signal(n, lambda *a: None)",
        "import sys\nsys.excepthook = sys.displayhook = sys.settrace = lambda *a: 1 / 0",
        "import sys\nsys.stdout = sys.stderr = sys.stdin = None",
        "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
        "get_ipython().user_ns = {}",
        "get_ipython().run_cell_async = get_ipython().transform_cell = None",
        "get_ipython().events.register('post_execute', lambda: 1 / 0)",
        "get_ipython = check = hint = None",
        "import gc\ngc.disable(); gc.set_threshold(1)",
        "import sys\nsys.setrecursionlimit(50)",
        "import asyncio\nasyncio.get_event_loop().stop()",
        "import asyncio\nasyncio.get_running_loop().close()",
        "__builtins__ = {}\n__name__ = 'x'",
        "import os\nos.chdir('/')",
        "import os\nos.closerange(3, 64)",
        "import socket\nsocket.socket(fileno=3).shutdown(2)",
        "import os, socket\na, b = socket.socketpair()\nos.dup2(a.fileno(), 3)\nb.send(b'x')",
        "import os, threading\nthreading.Thread(target=os.read, args=(3, 9), daemon=True).start()",
        "import gc\nfor o in gc.get_objects():\n"
        "    if getattr(o, '__name__', '') in ('encode', '_packed', 'call_all', 'plain'):\n"
        "        o.__code__ = (lambda *a, **k: 0).__code__",
        CHILD + "child.answer = lambda r: {'outcomes': [['value', 1.0, '', None]] * 20}",
        CHILD + "child.answer = lambda r: {'outcomes': [['value', *c, '', 0] for c in r['cases']]}",
        CHILD + "child.answer = lambda r: {'outcomes': r['cases'], 'other': True, 'no': ['room']}",
        CHILD + "child.protocol.encode = lambda *a, **k: b'\\x04' + b'\\x00' * 11",
        CHILD + "child.run_cell = lambda *a: ['E', 'x' * 9]\nchild.given.not_allowed = print",
        "import sys\nsys.modules.clear(); sys.path.clear(); sys.meta_path.clear()",
        "import sys\nsys.addaudithook(lambda e, a: 1 / 0 if e in ('compile', 'exec') else 0)",
        "import builtins\nfor n in dir(builtins):\n    if n[0] != '_': delattr(builtins, n)",
        "import ctypes\nctypes.memset(id(0.5) + 16, 0, 8); ctypes.memset(id(100) + 24, 0, 4)",
        "import faulthandler\n"
        "faulthandler.dump_traceback_later(0.1, exit=True, file=open('f', 'w'))",
        "import atexit, weakref, gc\ngc.callbacks.append(lambda *a: 1 / 0)\n"
        "weakref.finalize(gc, exit); atexit.register(exit)",
        "import sys\nfor m in [m for m in sys.modules if 'ce_course' in m]:\n"
        "    vars(sys.modules[m]).clear()",
        "import numpy\nnumpy.array = numpy.asarray = numpy.ndarray = numpy.generic = list",
        "import ce_course\nce_course.check(softmax=3, logsumexp=print, double_softmax_floor=len)",
        "from ce_course import check\n"
        "check(**{type('N', (str,), {'__eq__': lambda *a: 1, '__hash__': lambda s: 1})('x'): 1})",
    ],
)
def test_a_patched_process_gains_nothing_and_harms_nobody_else(grader, patch):
    assert run(grader, patch) <= EARNED
    assert run(grader) == EARNED


def test_frames_of_the_worker_hold_nothing_to_be_gained(probe):
    walk = """
    import sys
    frame, names = sys._getframe(), set()
    while frame:
        names |= {*frame.f_locals, *frame.f_globals}
        frame = frame.f_back
    """
    words = "('reference', 'expected', 'solution', 'mistake', 'hidden', 'points')"
    found = probe(f"[n for n in names if any(w in n for w in {words})]", walk)
    assert set(found.strip("[]").replace("'", "").split(", ")) <= {"", "hidden", "_hidden_attr"}


def test_roles_points_and_identities_of_the_submission_are_not_read(grader):
    cells = json.loads(notebook(RIGHT, WRONG, ALSO_RIGHT))["cells"]
    for cell in cells:
        cell["metadata"] = {
            "nbgrader": {"grade": True, "grade_id": "check_softmax", "points": 1000},
            "tags": ["skip-execution", "remove_cell"],
        }
    metadata = {"nbgrader": {"points": 1000}, "kernelspec": {"name": "../../bin/sh"}}
    grade = grader.grade(notebook(cells=cells, metadata=metadata), CHAPTER)
    assert earned(grade) == EARNED
    assert grade.of == 7


# ---------------------------------------------------------------- to run wild


def test_a_cell_without_an_end_is_stopped_and_keeps_what_it_defined(grader):
    grade = grader.grade(notebook(RIGHT + "\nwhile True: pass", ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    assert grade.notes == ("Cell 1 was stopped after 2 s.",)


@pytest.mark.parametrize(
    "setup",
    [
        "import torch\ntorch.manual_seed(0)\nimport numpy as np",
        "import seaborn as sns\nsns.set_theme()\nwith sns.axes_style('dark'):\n    x = 1",
        "from google.colab import drive\ndrive.mount('/content')",
        "%matplotlib widget\n%load_ext line_profiler\n%autosave 60",
        "import ce_course.plots\nce_course.data.digits",
        "from torch import Tensor\ndef f(x: float | Tensor) -> Tensor[int]:\n    pass",
        "t = {}\nt['a'] = %timeit -o -n 1 -r 1 1 + 1",
    ],
)
def test_what_a_learner_sets_up_for_elsewhere_harms_no_answer(grader, setup):
    needed = "\nready = True\ndef double_softmax_floor(K):\n    import math\n"
    needed += "    return ready and math.log(1 + (K - 1) / math.e)"
    grade = grader.grade(notebook(setup + needed, RIGHT), CHAPTER)
    assert earned(grade) == EARNED, grade


def test_an_answer_by_a_library_that_is_not_allowed_does_not_count(grader):
    answer = "import torch\ndef logsumexp(z):\n    return torch.logsumexp(torch.tensor(z), -1)"
    grade = grader.grade(notebook(answer, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == {"double_softmax_floor"}
    assert "It uses PyTorch." in feedback(grade, "logsumexp")


@pytest.mark.parametrize("filler", [" ", "\t", "_", "x.", "a,", "In ", "= ", "def ", "\n "])
def test_a_long_line_takes_no_longer_to_look_through(filler):
    """Neither IPython's marks nor definitions are looked for in a time that grows as its square."""
    code = (
        "from ce_course.grading import release, shells\n"
        f"text = 'x = 1\\n' + {filler!r} * {release.MAX_SOURCE // len(filler)} + '\\ny = 2'\n"
        "print(shells.needs_ipython(text), release.definitions(text) >= {'x', 'y'})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert ran.stdout == "False True\n", ran.stderr


def test_a_cell_that_will_not_be_stopped_is_left_out(grader):
    cell = """
    import signal
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True: pass
    """
    grade = grader.grade(notebook(RIGHT, cell, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    assert grade.notes == ("Cell 2 was left out: it did not end within 2 seconds.",)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("import os; os._exit(0)", "it ended Python"),
        ("import ctypes; ctypes.string_at(0)", "it crashed Python"),
        ("import os; os.abort()", "it crashed Python"),
    ],
)
def test_a_cell_that_ends_python_is_left_out(grader, end, why):
    grade = grader.grade(notebook(RIGHT, end, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    assert len(grade.notes) == 1
    assert grade.notes[0].startswith(f"Cell 2 was left out: {why}")


@pytest.mark.parametrize(
    "end",
    [
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "import sys; sys.exit(1)",
        "exit()",
        "quit()",
        "import signal; signal.raise_signal(signal.SIGSTOP)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "import os, signal; os.kill(0, signal.SIGKILL)",
        "import signal; signal.alarm(1)",
        "class E(BaseException):\n    def __str__(self): 1 / 0\nraise E",
        "type('E' * 10 ** 6, (Exception,), {})()\nraise Exception('x' * 10 ** 8)",
        "1 +",
        "\x00",
        "if True:\nprint()",
        "input('?')",
        "import getpass; getpass.getpass()",
        "import sys; sys.stdin.read()",
        "breakpoint()",
        "print('x' * 10 ** 8)",
        "import sys\nfor _ in range(100): sys.__stderr__.write('x' * 10 ** 6)",
        "import os\nfor _ in range(100): os.write(1, b'x' * 10 ** 6)",
        "x = []\nwhile True: x.append(bytearray(2 ** 26))",
        "def f(): return f()\nf()",
        "import os\nwhile True: os.dup(0)",
        "from threading import *\nwhile True: Thread(target=Event().wait).start()",
        "n = 0\nwhile True:\n    open(f'file{n}', 'w').write('x' * 10 ** 6); n += 1",
        "import os\nwhile True: os.makedirs('d'); os.chdir('d')",
        "import os\nwhile True: os.close(os.open(os.urandom(9).hex(), os.O_CREAT))",
        "import os\nfor n in range(50): open(f's{n}', 'wb').truncate(2 ** 40)",
        "import os\nfor n in range(900): os.symlink('.', f'l{n}'); os.mkfifo(f'p{n}')",
        "import os\nfor h in (0, 1, 2): os.close(h)\nfor h in 'abc': open('/dev/null')",
        "import mmap\nm = []\nwhile True: m.append(mmap.mmap(-1, 2 ** 26))",
        "import ctypes, threading\npause = ctypes.CDLL(None).pause\n"
        "for _ in range(90): threading.Thread(target=pause, daemon=True).start()",
        "import logging\nlogging._acquireLock()\nimport _imp; _imp.acquire_lock()",
        "e = ValueError()\nfor _ in range(9999): e = ExceptionGroup('x', [e])\nraise e",
        "raise type('\\u202e' * 99, (Exception,), {})('\\ud800\\u2028\\x00=cmd|A0' * 99)",
        "await __import__('asyncio').sleep(0)\nraise ValueError",
        "async def f():\n    return await f()\nawait f()",
        "%%bash\nsleep 100",
        "!sleep 100",
        "%run nothing.py",
        "%pip install nothing",
        "%magic_that_is_not_there",
        "from ce_course import check, losses, nothing\nlosses.softmax(1)",
        "from ce_course.losses import softmax, logsumexp",
        "import torch, scipy\nfrom sklearn.metrics import log_loss as loss\nloss()",
    ],
)
def test_a_cell_that_fails_or_is_held_back_harms_no_other(grader, end):
    started = time.monotonic()
    assert run(grader, end) == EARNED
    assert time.monotonic() - started < LIMITS.submission_seconds


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("while True: pass", "gave no answer"),
        (
            "while True:\n        try:\n            while True: pass\n        except: pass",
            "gave no answer",
        ),
        ("import time; time.sleep(60)", "gave no answer"),
        ("import os; os._exit(0)", "raised"),  # as in `check`
        ("import ctypes; ctypes.CDLL(None)._exit(0)", "gave no answer"),
        ("import ctypes; ctypes.string_at(0)", "gave no answer"),
        (
            "import signal; signal.pthread_sigmask(0, range(1, 60)); signal.pause()",
            "gave no answer",
        ),
        ("import sys; sys.exit()", "raised"),
        ("raise KeyboardInterrupt", "raised"),
        ("raise type('E', (BaseException,), {'__str__': lambda s: 1 / 0})", "raised"),
        ("return softmax(z)", "raised"),
        ("return bytearray(2 ** 40)", "raised"),
        ("import os; os.closerange(3, 64)", "gave no answer"),
        ("yield z", "wrong"),
        ("return (lambda: (yield))()", "wrong"),
        (
            "import sys; sys.setrecursionlimit(10 ** 8)\n    f = lambda x: [f(x)]\n    return f(z)",
            "*",
        ),
    ],
)
def test_a_call_that_does_not_return_costs_its_own_exercise_only(grader, call, expected):
    cell = f"def softmax(z):\n    {call}\n"
    grade = grader.grade(notebook(RIGHT, cell, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    assert state(grade, "softmax") == expected or expected == "*"


def test_the_whole_submission_has_a_limit(grader, monkeypatch):
    limits = replace(LIMITS, submission_seconds=8)
    monkeypatch.setattr(grader, "limits", limits)
    loops = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    started = time.monotonic()
    grade = grader.grade(notebook(*[f"x = {n}\n{loops}" for n in range(40)], RIGHT), CHAPTER)
    assert time.monotonic() - started < limits.submission_seconds + 10
    assert {each.state for each in grade.exercises} == {"gave no answer"}
    assert "more than 8 seconds" in grade.notes[-1]


def test_many_short_cells_have_the_same_limit(grader, monkeypatch):
    """None of them is late, and together they are."""
    limits = replace(LIMITS, submission_seconds=3)
    monkeypatch.setattr(grader, "limits", limits)
    started = time.monotonic()
    grade = grader.grade(notebook("import time", *["time.sleep(0.04)"] * 800, RIGHT), CHAPTER)
    assert time.monotonic() - started < limits.submission_seconds + 10
    assert earned(grade) == set() and "more than 3 seconds" in grade.notes[-1]


def test_memory_is_bounded(grader):
    grow = """
    import numpy as np
    parts = []
    try:
        while True: parts.append(np.empty(2 ** 26, dtype="u1"))
    except MemoryError:
        size = len(parts) * 64
        parts = None
    raise Warning(str(size))
    if False:
        def logsumexp(z): pass
    """
    grade = grader.grade(notebook(grow), CHAPTER)
    megabytes = int(feedback(grade, "logsumexp").rpartition(" ")[2])
    assert 200 < megabytes < LIMITS.memory_mb


def test_the_disk_is_bounded(grader, tmp_path):
    fill = """
    n = 0
    while True:
        with open(f"file{n}", "w") as file: file.write("x" * 10 ** 6)
        n += 1
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grader, "limits", replace(LIMITS, cell_seconds=10))
        grade = grader.grade(notebook(fill, RIGHT, WRONG, ALSO_RIGHT), CHAPTER)
    assert earned(grade) == EARNED
    if grader.report()["level"] == "landlock":  # a folder on the disk: watched
        assert grade.notes == ("Cell 1 was left out: it used too much time, memory or disk.",)
    else:  # a file system of its own: full
        grade = grader.grade(
            notebook(textwrap.dedent(fill) + "\nif 0:\n  def logsumexp(): 0"), CHAPTER
        )
        assert "No space left on device" in feedback(grade, "logsumexp")


@pytest.mark.parametrize(
    ("cell", "loses"),
    [
        ("from numpy import *", ""),
        ("import torch, sklearn.metrics\ntorch.manual_seed(0)", ""),
        ("from scipy import special as s\ntry:\n    s.expit\nexcept ImportError:\n    pass", ""),
        ("import tempfile\nwith tempfile.TemporaryDirectory():\n    pass", ""),
        ("open('a', 'w').close()\nimport os\nos.remove('a')", ""),
        ("open('/a', 'w')", "it can write files in its own folder and nowhere else"),
        ("import os\nopen('a', 'w').close()\nos.remove('a')", "remove and rename none of them"),
    ],
)
def test_honest_cells_cost_no_mark_at_any_level(grader, cell, loses):
    """What stands behind them in the cell runs too; what an answer itself may not do is told."""
    if not loses:
        grade = grader.grade(notebook(f"{cell}\n{RIGHT}", ALSO_RIGHT), CHAPTER)
        assert earned(grade) == EARNED
    elif grader.report()["level"] == "landlock":
        inside = textwrap.indent(cell, "    ")
        answer = f"def softmax(z):\n{inside}\n    return z"
        said = feedback(grader.grade(notebook(RIGHT, answer), CHAPTER), "softmax")
        assert said.startswith("Raised PermissionError") and loses in said


@pytest.mark.parametrize(
    "take",
    [
        "held.append(os.open('f', os.O_CREAT | os.O_RDWR)); os.unlink('f'); fill()",
        "held.append(os.open('.', os.O_TMPFILE | os.O_RDWR)); fill()",
        "held.append(os.open('f', os.O_CREAT | os.O_RDWR)); fill(); os.rename('e', 'f')",
        "held.append(os.open('f', os.O_CREAT | os.O_RDWR)); fallocate()",
    ],
)
def test_what_no_name_or_size_tells_of_takes_no_room(probe, take):
    """As where the disk is shared with others the folder is looked at from outside."""
    cell = f"""
    import ctypes, os, time
    held, block, libc = [], b"x" * 2 ** 20, ctypes.CDLL(None)
    def fill():
        for _ in range(50):
            os.write(held[-1], block)
    def fallocate():
        libc.fallocate(held[-1], 1, ctypes.c_long(0), ctypes.c_long(200 * 2 ** 20))
    open("e", "w").close()
    try:
        for _ in range(4):
            {take}
    except OSError:
        pass
    time.sleep(0.5)
    """
    room = probe("sum(os.fstat(h).st_blocks for h in held) // 2 ** 11", cell)
    assert room == "" or int(room) <= LIMITS.disk_mb  # "": it was ended


def test_threads_are_bounded(probe):
    """Also where the kernel cannot count them by user."""
    cell = """
    import threading, time
    threading.stack_size(2 ** 15)
    started = 0
    try:
        for started in range(300):
            threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
    except RuntimeError:
        pass
    time.sleep(0.5)
    """
    started = probe("started", cell)
    assert started == "" or int(started) <= LIMITS.threads  # "": it was ended


def test_a_child_reaches_no_folder_of_another_that_waits_or_works(grader):
    """What lies there is imported first, so it would run in another's name."""
    grader.branch(()).wait()
    other = grader._zygotes[()].branch()
    plant = """
    import glob, os
    here = os.getcwd()
    others = [os.path.join(os.path.dirname(here), f"{b}-{c}") for b in range(9) for c in range(999)]
    found = []
    for other in others:
        for reach in (os.listdir, lambda path: open(path + "/statistics.py", "w").close()):
            try:
                found += [reach(other), other] if other != here else []
            except OSError:
                pass
    raise Warning(str(found))
    """
    try:
        with other.fork(()) as child:
            request = {"do": "cells", "cells": [(1, textwrap.dedent(plant))], "seconds": 5}
            child.sendall(protocol.encode_request(request))
            assert protocol.receive(child)["error"] == ["Warning", "[]"]
    finally:
        other.close()


# ---------------------------------------------------------------- to bring hidden inputs home


@pytest.mark.parametrize(
    "leak",
    [
        "raise ValueError(str(z))",
        "raise type('Z' + str(z.tolist()), (Exception,), {})",
        "print(z); return 1",
        "return z",
        "return str(z.tolist())",
        "raise type('Z', (Exception,), {'__module__': str(z)})(z)",
        "return type('Z' + str(z.tolist()), (), {})()",
    ],
)
def test_no_feedback_holds_an_input(grader, leak):
    """Right on the edge cases, which `check` shows to everybody; so the random ones are told of."""
    (task,) = (task for task in grader.tasks(CHAPTER) if task.name == "logsumexp")
    hidden = [
        str(number)[:5]
        for case in task.cases
        for number in case.args[0].ravel().tolist()
        if number % 1 and abs(number) < 100
    ]
    assert len(hidden) > 10
    cell = f"""
    right = logsumexp
    def logsumexp(z):
        with np.errstate(all="ignore"):
            if not (z % 1).any():
                return right(z)
        {leak}
    """
    grade = grader.grade(notebook(RIGHT, cell), CHAPTER)
    said = " ".join([*(each.feedback for each in grade.exercises), *grade.notes])
    assert state(grade, "logsumexp") in ("wrong", "raised")
    assert [number for number in hidden if number in said] == []


def test_a_value_is_asked_for_before_there_are_inputs(grader):
    """What a value is, is told: so it must not be able to be an input."""
    cells = """
    import numpy as np
    seen = [77.0]
    def hinge_loss(*inputs):
        seen.extend(np.ravel(inputs[0]))
    class Waits:
        def __array__(self, *a, **k):
            return np.array(seen[-1])
    largest_mse_gradient_p = Waits()
    """
    grade = grader.grade(notebook(cells), "05_mse_vs_cross_entropy")
    said = feedback(grade, "largest_mse_gradient_p")
    assert said.startswith("Not right: got 77, which is too large.")
