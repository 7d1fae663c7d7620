"""Takes away from this process, and all that come from it, whatever student code must not have.

Linux only, with ctypes on the kernel's own interfaces: the Python libraries for Landlock and
seccomp are unfinished, unmaintained, or want a newer kernel than many universities run.
Imports nothing of the course: it runs in the process that student code will run in.

Three levels, strongest first (`LEVELS`):

"namespaces": as root. Own pid, network, mount, IPC and host name namespaces, and another user.
"user namespaces": the same for an ordinary user, in a user namespace.
"landlock": where namespaces are not allowed. Landlock hides the files, seccomp denies the rest.
The private folder lies on the disk, so no file in it can be removed: then all are seen.

On each of them seccomp denies starting processes and programs, sockets, and the parts of the kernel
that only attackers call; Landlock lets files be read where Python needs them and written in one
private folder; resource limits bound memory, processor time, files and threads.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import platform
import resource
import secrets
import struct
import sys
from collections.abc import Iterable, Iterator

LEVELS = ("namespaces", "user namespaces", "landlock")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
PRIVATE = "/submission"  # the writable folder in a private root; /tmp leads there too
MAX_FILES = 4096  # in it
MB = 2**20

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_THREAD = 0x10000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 16384, 1 << 18, 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2

# Landlock's numbers are the same on all machines.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL_DEV = 1, 2, 4, 8, 1 << 14, 1 << 15
REMOVE_FILE, CHANGE_DIR = 1 << 5, 0x1FF0  # the first is one of the second
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Denied system calls: their numbers on x86_64 and aarch64 (None where there is none).
DENIED = {
    # starting processes and programs (clone is looked at separately, clone3 does not exist)
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # network, and memory that no limit counts
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    # other processes, signals to oneself included
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # parts of the kernel where holes are found, and the machine itself
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
}
# Denied too where files and processes of others are in sight: what Landlock does not look at.
DENIED_IN_SIGHT = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "fallocate": (285, 47),  # it takes room that no size tells of
    "openat2": (437, 437),  # its flags are out of the filter's sight
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "truncate": (76, 45),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
# Calls from this number on, the same on all machines, do not exist: Linux 6.11 has none of them.
UNKNOWN = 463
# Allowed only if an argument has one of some values: the numbers, which argument, the values.
ALLOWED_VALUES = {
    # Not: signals to others, and to change the flags of a file that is open to be read.
    # TCGETS and TCGETS2 (isatty), TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
    "ioctl": ((16, 29), 1, (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),
}
# Denied if an argument has one of some values: the same.
DENIED_VALUES = {
    # of all but connected streams: what is sent could name where to
    "socketpair": (
        (53, 199),
        1,
        tuple(kind | flags for kind in (2, 3, 4, 5) for flags in (0, 0x800, 0x80000, 0x80800)),
    ),
    # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals to others. F_SETLEASE: whoever opens the file waits.
    # F_NOTIFY: tells what others do in a folder.
    "fcntl": ((72, 25), 1, (8, 10, 15, 1024, 1026)),
    # so that it cannot outlive the worker, nor have its crashes looked at
    "prctl": ((157, 167), 0, (PR_SET_PDEATHSIG, PR_SET_DUMPABLE)),
}
# Denied where files of others are in sight if an argument has this bit: what has no name in the
# private folder is not seen by who watches that.
O_TMPFILE = 0x400000
DENIED_BITS_IN_SIGHT = {"open": ((2, None), 1, O_TMPFILE), "openat": ((257, 56), 2, O_TMPFILE)}
CLONE, CLONE3, PRLIMIT = (56, 220), (435, 435), (302, 261)

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class CannotConfine(Exception):
    """Why the sandbox that was asked for is not to be had on this system."""


def possible_levels() -> tuple[str, ...]:
    """The levels to try on this system, strongest first. Raises CannotConfine if there are none."""
    if sys.platform != "linux":
        raise CannotConfine(f"the sandbox needs Linux, and this is {platform.system()}")
    return LEVELS if os.geteuid() == 0 else LEVELS[1:]


def missing(means: Iterable[str]) -> list[str]:
    """What these means leave open, of the three things that must be closed."""
    means = set(means)
    needs = {
        "files": {"mount namespace", "Landlock"},
        "network": {"network namespace", "seccomp"},
        "processes": {"pid namespace", "seccomp"},
    }
    return [what for what, closed_by in needs.items() if not means & closed_by]


# ---------------------------------------------------------------- for all children at once


def enter_namespaces(level: str) -> list[str]:
    """Put this process and its next children into namespaces of their own; say which.

    The pid namespace is for its children: fork once after this. Raises OSError.
    """
    flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    names = ["pid namespace", "network namespace", "mount namespace", "IPC namespace"]
    if level == "user namespaces":
        proc = open_proc()
        enter_user_namespace(proc, flags)
        os.close(proc)
        return ["user namespace", *names]
    if level != "namespaces":
        raise ValueError(f"there are no {level}")
    _call("unshare", flags)
    return names


def open_proc() -> int:
    """The folder /proc, for when it will be nowhere to be seen."""
    return os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def enter_user_namespace(proc: int, flags: int = 0) -> None:
    """Put this process into a user namespace of its own, as the user that it is. Raises OSError.

    proc: of `open_proc`. flags: of other namespaces.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", flags | CLONE_NEWUSER)
    maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
    for name, text in maps.items():
        file = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        os.write(file, text.encode())
        os.close(file)


def enter_private_root(readable: Iterable[str], hidden: Iterable[str]) -> None:
    """Make a root of what is `readable` without what is `hidden`, read-only; see nothing else.

    readable: files and folders, which keep their paths; one may lie in a hidden folder.
    PRIVATE is writable in it. Raises OSError.
    """
    root = "/proc"  # a place to build it on that is on every system; it is needed no more
    readable, hidden = set(readable), set(hidden)
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=16m")
    for path in sorted({*readable, *hidden, *DEVICES}, key=lambda path: (path.count("/"), path)):
        place = root + path
        if path in hidden:
            if os.path.isdir(place):
                _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4m")
        elif os.path.islink(path) and os.path.realpath(path) in readable:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.path.realpath(path), place)
        elif os.path.exists(path):
            _show(path, place)
    os.makedirs(root + PRIVATE)
    _mount("tmpfs", root + PRIVATE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64m")
    if not os.path.exists(root + "/tmp"):
        os.symlink(PRIVATE, root + "/tmp")
    os.chdir(root)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", MNT_DETACH)
    os.chdir("/")
    _mount("none", "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends."""
    _call("prctl", PR_SET_PDEATHSIG, 9, 0, 0, 0)


class PidNamespaces:
    """Forks children that are each alone in a pid namespace: they cannot outlive its first."""

    def __init__(self) -> None:
        self._ours = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def fork(self) -> int:
        """As os.fork."""
        _call("unshare", CLONE_NEWPID)
        child = os.fork()
        if child:
            _call("setns", self._ours, CLONE_NEWPID)
        return child


@functools.cache
def landlock_abi() -> int:
    """The version of Landlock that this kernel has; 0 if none."""
    return max(0, _libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def landlock_rules(readable: Iterable[str], listable: Iterable[str]) -> int | None:
    """A Landlock ruleset as an open file: read these, list those too; None without Landlock.

    The private folder is added by `confine`, for all that share the ruleset from then on.
    """
    abi = landlock_abi()
    if abi == 0:
        return None
    every_right = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    network = 3 if abi >= 4 else 0  # TCP bind and connect
    scoped = 3 if abi >= 6 else 0  # abstract sockets and signals to others
    attributes = struct.pack("QQQ", every_right, network, scoped)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = _libc.syscall(
        LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)
    )
    if rules < 0:
        return None
    for path in readable:
        _allow(rules, path, EXECUTE | READ_FILE | READ_DIR)
    for path in listable:
        _allow(rules, path, READ_DIR)
    for path in DEVICES:
        _allow(rules, path, READ_FILE | WRITE_FILE)
    return rules


def seccomp_filter(in_sight: bool) -> bytes | None:
    """The program that looks at each system call; None for machines that it is not known for.

    in_sight: whether files and processes of others are.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return None
    column = list(ARCHITECTURES).index(machine)
    allow, kill = 0x7FFF0000, 0x80000000
    eperm, enosys = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS

    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    number, architecture, arguments = 0, 4, (16, 24, 32)  # where they stand

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    program = [
        step(load, architecture),
        step(equal, ARCHITECTURES[machine], if_true=1),
        step(give, kill),
        step(load, number),
    ]
    if machine == "x86_64":  # the numbers of the x32 interface
        program += [step(at_least, 0x40000000, if_false=1), step(give, kill)]
    program += [step(at_least, UNKNOWN, if_false=1), step(give, enosys)]
    for numbers in [*DENIED.values(), *(DENIED_IN_SIGHT.values() if in_sight else ())]:
        if numbers[column] is not None:
            program += [step(equal, numbers[column], if_false=1), step(give, eperm)]
    program += [
        # glibc tries clone3 first, and takes "no such call" for "use clone"
        step(equal, CLONE3[column], if_false=1),
        step(give, enosys),
        step(equal, CLONE[column], if_false=4),  # threads only
        step(load, arguments[0]),
        step(any_bit, CLONE_THREAD, if_true=1),
        step(give, eperm),
        step(give, allow),
        step(equal, PRLIMIT[column], if_false=4),  # its own limits only
        step(load, arguments[0]),
        step(any_bit, 0xFFFFFFFF, if_false=1),
        step(give, eperm),
        step(give, allow),
    ]
    for tables, then, otherwise in (
        (DENIED_VALUES, eperm, allow),
        (ALLOWED_VALUES, allow, eperm),
    ):
        for numbers, which, values in tables.values():
            program += [
                step(equal, numbers[column], if_false=2 + 2 * len(values)),
                step(load, arguments[which]),
            ]
            for value in values:
                program += [step(equal, value, if_false=1), step(give, then)]
            program.append(step(give, otherwise))
    for numbers, which, bits in DENIED_BITS_IN_SIGHT.values() if in_sight else ():
        if numbers[column] is not None:
            program += [
                step(equal, numbers[column], if_false=4),
                step(load, arguments[which]),
                step(any_bit, bits, if_false=1),
                step(give, eperm),
                step(give, allow),
            ]
    program.append(step(give, allow))
    return b"".join(program)


# ---------------------------------------------------------------- for one child


def confine(
    level: str,
    limits: dict[str, int],
    folder: str,
    rules: int | None,
    program: bytes | None,
    user: int | None,
) -> list[str]:
    """Confine this process for good; say by which means. Single-threaded callers only.

    limits: memory_mb, disk_mb, threads, open_files, cpu_seconds. folder: the private folder, which
    exists. rules, program: of `landlock_rules` and `seccomp_filter`. user: another user to become,
    or None. Raises OSError if something that should work does not.
    """
    means = []
    if level != "landlock":
        _call("unshare", CLONE_NEWNS | CLONE_NEWIPC)
        _mount(
            "tmpfs",
            folder,
            "tmpfs",
            MS_NOSUID | MS_NODEV | MS_NOEXEC,
            f"size={limits['disk_mb']}m,nr_inodes={MAX_FILES},mode=777",
        )
    os.chdir(folder)
    _limit(limits, count_threads=level != "landlock" or user is not None)
    means.append("resource limits")
    _drop_capability_bounds()
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        means.append("another user")
    _drop_capabilities()
    die_with_parent()  # another user would be let off
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)  # no program of the system's looks at its crashes
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if rules is not None:
        rights = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | CHANGE_DIR
        if level == "landlock":
            rights &= ~REMOVE_FILE  # an open file without a name is not seen by `is_larger`
        _allow(rules, folder, rights & _known_rights())
        _syscall(LANDLOCK_RESTRICT_SELF, rules, 0)
        os.close(rules)
        means.append("Landlock")
    if program is not None:
        filters = ctypes.create_string_buffer(program)
        count = len(program) // 8
        header = struct.pack("HxxxxxxP", count, ctypes.addressof(filters))
        _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0)
        means.append("seccomp")
    return means


def limit_only(limits: dict[str, int], folder: str) -> list[str]:
    """What there is without a sandbox: resource limits, as far as the system has them."""
    os.chdir(folder)
    _limit(limits, count_threads=False)
    return ["resource limits"]


def is_larger(folder: str, megabytes: float) -> bool:
    """Whether more lies in a folder than this, or more files than anybody needs."""
    size, todo, seen = 0, [folder], 0
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    seen += 1
                    with contextlib.suppress(FileNotFoundError):  # it is being written in
                        size += entry.stat(follow_symlinks=False).st_size
                        if entry.is_dir(follow_symlinks=False):
                            todo.append(entry.path)
                    if size > megabytes * MB or seen > MAX_FILES:
                        return True
        except FileNotFoundError:
            continue
        except OSError:  # too deep, or locked
            return True
    return False


def has_more_threads(process: int, count: int) -> bool:
    """Whether a process has more threads than this, as far as can be told."""
    try:
        return len(os.listdir(f"/proc/{process}/task")) > count
    except OSError:  # it has ended, or there is no /proc
        return False


def remove(folder: str) -> None:
    """Remove a folder that student code has written in: as deep and as locked as it may be.

    No link is followed. What cannot be removed stays.
    """
    with contextlib.suppress(OSError):
        while entries := list(os.scandir(folder)):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                os.chmod(entry.path, 0o700)
                for inner in list(os.scandir(entry.path)):
                    if inner.is_dir(follow_symlinks=False):  # one level up, so that none is deep
                        os.chmod(inner.path, 0o700)
                        os.rename(inner.path, os.path.join(folder, secrets.token_hex(16)))
                    else:
                        os.unlink(inner.path)
                os.rmdir(entry.path)
        os.rmdir(folder)


def readable_parts(paths: Iterable[str], hidden: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """`paths` without what is hidden in them: (path, whether all below it may be read)."""
    hidden = {os.path.realpath(path) for path in hidden}

    def parts(path: str) -> Iterator[tuple[str, bool]]:
        inside = any(each.startswith(path.rstrip("/") + "/") for each in hidden)
        yield path, not inside and path not in hidden
        if inside and path not in hidden:
            for entry in sorted(os.listdir(path)):
                inner = os.path.join(path, entry)
                if not os.path.islink(inner) or os.path.realpath(inner) not in hidden:
                    yield from parts(inner)

    for path in paths:
        if os.path.exists(path):
            yield from parts(os.path.realpath(path))


def _limit(limits: dict[str, int], count_threads: bool) -> None:
    values = {
        "RLIMIT_AS": limits["memory_mb"] * MB,
        "RLIMIT_FSIZE": limits["disk_mb"] * MB,
        "RLIMIT_CPU": limits["cpu_seconds"],
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if count_threads:
        values["RLIMIT_NPROC"] = limits["threads"]
    for name, value in values.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        _, most = resource.getrlimit(which)
        if most != resource.RLIM_INFINITY:
            value = min(value, most)
        try:
            resource.setrlimit(which, (value, value))
        except (OSError, ValueError):  # macOS knows some names and refuses values for them
            if sys.platform == "linux":
                raise


def _drop_capability_bounds() -> None:
    for number in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0:
            break  # there are no more, or none to be dropped: then `_drop_capabilities` has to do


def _drop_capabilities() -> None:
    header = struct.pack("Ii", 0x20080522, 0)
    _call("capset", header, struct.pack("6I", 0, 0, 0, 0, 0, 0))


def _known_rights() -> int:
    return (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(landlock_abi(), 16)) - 1


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= ON_FILES
        rule = struct.pack("=Qi", rights & _known_rights(), place)
        _syscall(LANDLOCK_ADD_RULE, rules, 1, rule, 0)
    finally:
        os.close(place)


def _show(path: str, place: str) -> None:
    """Mount a file or folder at another place, read-only."""
    if os.path.isdir(path):
        os.makedirs(place, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "a"):
            pass
    _mount(path, place, None, MS_BIND | MS_REC)
    flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID
    if path not in DEVICES:
        flags |= MS_NODEV
    # In a user namespace a mount keeps what it was denied outside: the bits are those of statvfs.
    locked = os.statvfs(place).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _mount(path, place, None, flags | locked)


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [os.fsencode(x) if x is not None else None for x in (source, target, kind)]
    try:
        _call("mount", *encoded, ctypes.c_ulong(flags), data.encode() if data else None)
    except OSError as error:
        raise OSError(error.errno, f"mount {target}: {error.strerror}") from None


def _call(name: str, *arguments: object) -> int:
    result = getattr(_libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _syscall(number: int, *arguments: object) -> int:
    result = _libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
