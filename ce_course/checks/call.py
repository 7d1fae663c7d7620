"""Calling a learner's function in this process so that nothing it does loses their notebook."""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import dis
import functools
import inspect
import io
import os
import signal
import site
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ce_course.checks.compare import plain
from ce_course.checks.exercise import Case, Outcome, copied

PRINTED_LIMIT = 1_000
SMALL = 10_000  # bytes of an array, which are soon copied
WAITING = 6  # times the limit on processor time: how long the clock may run, as in a sleep
SECONDS = 10.0  # of the processor's time, to look at what a learner gives, before it is called
_REPEAT_SECONDS = 0.005
_PACKAGE = Path(__file__).resolve().parents[1]
NOT_ATTEMPTED = Outcome("error", error="NotImplementedError")
UNFIT = Outcome("error", error="Unfit")


class _TimeUp(BaseException):
    """Raised inside the learner's function when its time is over; not an Exception on purpose."""


def call_all(
    answer: Callable,
    cases: Sequence[Case],
    seconds: float,
    call: Callable[..., Any] | None = None,
    unfit: Callable[[], str | None] = lambda: None,
) -> list[Outcome]:
    """What `answer` gives on each case: copies of the inputs, prints kept, no way to exit.

    seconds: of the processor's time, for all calls together; by the clock `WAITING` times that.
    call: the exercise's `call`, if it has one. Stops early if the first call is not attempted or
    the time for all calls is over. unfit: what to ask before, within the same limit: why it is not
    called at all, which is then the only outcome's error, "Unfit".
    """
    function = answer if call is None else functools.partial(call, answer)

    def problem() -> str | None:
        return unfit() or (NOT_ATTEMPTED.error if is_empty(answer) else None)

    return next(_outcomes(function, cases, seconds, problem))


def asked(question: Callable, *args: Any, seconds: float = SECONDS) -> Outcome:
    """What a question of ours about something of a learner's gives, as a call of theirs would.

    Whatever we do with it, to look up its name or to show it, may run code of theirs (`__repr__`,
    `__getattr__`), within the same limit.
    """
    return next(_outcomes(functools.partial(question, *args), [Case(())], seconds))[0]


def _outcomes(
    function: Callable,
    cases: Sequence[Case],
    seconds: float,
    problem: Callable[[], str | None] = lambda: None,
) -> Iterator[list[Outcome]]:
    """All outcomes, once. A generator, because Python keeps which exception is being handled for
    each generator apart: where time is up within an `except`, that would stay so for the notebook.
    """
    outcomes: list[Outcome] = []
    limit, printed = _Limit(seconds), _Printed()
    try:
        with _no_exit(), _heard(), _time_limit(limit), _kept(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _call(problem, (), printed).value
            if found is not None:
                stub = found == NOT_ATTEMPTED.error
                outcomes.append(NOT_ATTEMPTED if stub else replace(UNFIT, message=found))
            for case in () if outcomes or limit.over else cases:
                outcomes.append(Outcome("timeout"))  # unless it comes back
                outcomes[-1] = _call(function, case.args, printed)
                if limit.over or outcomes[0].error == "NotImplementedError":
                    break
    except _TimeUp:  # in another thread it can strike a moment late, in our own lines
        pass
    outcomes = outcomes or [Outcome("timeout")]
    if limit.over:
        outcomes[-1] = Outcome("timeout", message=limit.over, printed=outcomes[-1].printed)
    yield outcomes


def is_empty(function: Callable) -> bool:
    """Whether a Python function has nothing in its body but a docstring, `pass` or `...`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or len(code.co_code) > 20:  # that many bytes do something
        return False
    steps = [i for i in dis.get_instructions(code) if i.opname not in ("RESUME", "NOP")]
    returns = [i.opname for i in steps] in (["LOAD_CONST", "RETURN_VALUE"], ["RETURN_CONST"])
    return returns and steps[0].argval is None


def forward_and_backward(
    function: Any, z: np.ndarray, y: np.ndarray, grad_output: np.ndarray
) -> Any:
    """What a `torch.autograd.Function` of (z, y) gives: its value, and its gradient for z.

    grad_output: what the backward pass starts from, of the shape that the value should have.
    Returns a dict of "loss" and "gradient"; the gradient is None where there is none. What is
    no tensor comes back as it is.
    """
    import torch

    z_ = torch.tensor(z, requires_grad=True)
    loss = getattr(function, "apply", function)(z_, torch.tensor(y))
    if isinstance(loss, np.ndarray | np.generic | float | int):
        raise TypeError(
            f"forward returned {type(loss).__name__}, not a tensor: PyTorch cannot go back from "
            "there. Compute the losses with torch"
        )
    if not isinstance(loss, torch.Tensor):
        return loss
    if loss.requires_grad and loss.shape == grad_output.shape:
        try:
            loss.backward(torch.tensor(grad_output, dtype=loss.dtype))
        except NotImplementedError:  # forward is attempted already
            raise RuntimeError("backward is not written yet") from None
    return {"loss": loss, "gradient": z_.grad}


def is_autograd_function(answer: Any) -> str | None:
    """Why an answer is no `torch.autograd.Function` with a backward of its own; None if it is."""
    import torch

    base = torch.autograd.Function
    if not isinstance(answer, type) or not issubclass(answer, base):
        name = getattr(answer, "__name__", type(answer).__name__)
        kind = "a class" if isinstance(answer, type) else "no class"
        return f"expected a class derived from torch.autograd.Function; {name} is {kind}" + (
            " of another kind" if isinstance(answer, type) else ""
        )
    code = getattr(answer.forward, "__code__", None)
    unwritten = code is not None and code.co_names == ("NotImplementedError",)
    if unwritten and answer.forward is not base.forward:
        return None  # not attempted, which calling it will say
    if answer.backward is base.backward and answer.vjp is base.vjp:
        return "expected a class with a `backward` of its own; yours has none"
    return None


def learner_lines(error: BaseException) -> list[str]:
    """The lines of an error's traceback that are the learner's own."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_theirs(f.filename)]
    frames = [  # a comprehension has a frame of its own in Python 3.11 only
        frame
        for before, frame in zip([None, *frames], frames, strict=False)
        if not (frame.name.endswith("comp>") and before and before.lineno == frame.lineno)
    ]
    lines = []
    for index, frame in enumerate(frames):
        if len(frames) > 8 and 4 <= index < len(frames) - 2:
            if index == 4:
                lines.append(f"  ... {len(frames) - 6} more calls ...")
            continue
        line = "" if frame.lineno is None else f", line {frame.lineno}"  # none between statements
        lines.append(f"  {_place(frame.filename)}{line}, in {frame.name}")
        if frame.line:
            lines.append(f"    {shorten(frame.line, 200)}")
    return lines


def shorten(text: str, limit: int) -> str:
    """`text`, cut after `limit` characters."""
    return text if len(text) <= limit else f"{text[:limit]} ... (shortened)"


def _invoke(function: Callable, args: tuple) -> Any:
    # The time limit strikes only while this frame is on the stack, so all that can run a learner's
    # code goes through here: looking at what it gave, and letting go of it (`__del__`).
    answer = function(*args)
    if answer is not Ellipsis:
        answer = plain(answer)
    return answer


def _call(function: Callable, args: tuple, printed: _Printed) -> Outcome:
    given, raised = [copied(args)], []
    sys.stdout = sys.stderr = printed  # whatever the call before has put there
    outcome = _outcome(function, args, given, raised)
    try:
        _invoke(_let_go, (given, raised))
    except _TimeUp:
        outcome = Outcome("timeout")
    text = printed.taken()
    return replace(outcome, printed=text) if text else outcome


def _outcome(function: Callable, args: tuple, given: list, raised: list) -> Outcome:
    """What a call on `given[0]`, a copy of `args`, gives; `raised` gets what it raises."""
    try:
        answer = _invoke(function, given[0])
        if answer is Ellipsis:
            return NOT_ATTEMPTED
        return Outcome("value", answer, changed=_invoke(_changed, (args, given[0])))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raised.append(error)
    try:
        name, message, lines = _invoke(_described, (raised[0],))
    except _TimeUp as error:
        raised.append(error)
        return Outcome("timeout")
    return Outcome("error", error=name, message=message, traceback=tuple(lines))


def _described(error: BaseException) -> tuple[str, str, list[str]]:
    """An exception's name, its text, and the lines that a learner is shown of it."""
    if isinstance(error, _TimeUp):
        raise error
    name = type(error).__name__
    try:
        text = shorten(str(error), 300)
        own = "".join(traceback.format_exception_only(error)).strip()
    except (_TimeUp, KeyboardInterrupt):
        raise
    except BaseException:  # its text can't be had
        text, own = "", name
    return name, text, [*learner_lines(error), shorten(own, 1_000)]


def _let_go(given: list, raised: list[BaseException]) -> None:
    """Free what a call has left, in its inputs and in the frames of what it raised."""
    given.clear()
    seen: list[BaseException] = []
    while raised:
        error = raised.pop()
        if any(error is each for each in seen):
            continue
        seen.append(error)
        raised += [each for each in (error.__context__, error.__cause__) if each is not None]
        trace = error.__traceback__
        while trace is not None:
            with contextlib.suppress(RuntimeError):  # it is still running
                trace.tb_frame.clear()
            trace = trace.tb_next


def _changed(args: tuple, given: tuple) -> int | None:
    """The index of the first input that is not what it was."""
    pairs = enumerate(zip(args, given, strict=True))
    return next((index for index, (was, now) in pairs if not _same(was, now)), None)


class _Printed(io.StringIO):
    """Keeps the first characters that a call prints and drops the rest."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, PRINTED_LIMIT - self.tell())])
        return len(text)

    def close(self) -> None:
        """Stay open: the next call prints too."""

    def taken(self) -> str:
        """What was printed since it was last asked."""
        text = super().getvalue()
        if text:
            super().seek(0)
            super().truncate()
        return text


@contextlib.contextmanager
def _kept(printed: _Printed) -> Iterator[None]:
    """What is printed goes there."""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield


class _Limit:
    """The time for all calls, and how a call is stopped when it is over.

    over: "" or why: "it took more than 10 seconds of processor time".
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.over = seconds, ""
        self._struck: set[tuple[int, int] | None] = set()
        self._trace = sys.gettrace()

    def strike(self, frame: FrameType | None, waited: bool) -> None:
        """Raise _TimeUp in a call, and see to it that no `except` holds it.

        What strikes in our own lines, as in this method, waits: the next one is soon there.
        """
        if _is_ours(frame) or not _is_inside_call(frame):
            return
        self.end(waited)
        self._struck.add(_catcher(frame))
        sys.settrace(self._follow)
        while frame is not None and frame.f_code is not _invoke.__code__:
            frame.f_trace, frame.f_trace_opcodes = self._follow, True
            frame = frame.f_back
        raise _TimeUp

    def end(self, waited: bool) -> None:
        took = f"more than {self.seconds * (WAITING if waited else 1):g} seconds"
        self.over = self.over or (
            f"it did not come back for {took}" if waited else f"it took {took} of processor time"
        )

    def _follow(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Raise it again as soon as what caught it is left: a trace function."""
        if not self.over or _is_ours(frame) or not _is_inside_call(frame):
            return None
        frame.f_trace_opcodes = True
        if event in ("line", "opcode") and (catcher := _catcher(frame)) not in self._struck:
            self._struck.add(catcher)
            raise _TimeUp
        return self._follow

    def close(self) -> None:
        if self.over:
            sys.settrace(self._trace)


def _catcher(frame: FrameType | None) -> tuple[int, int] | None:
    """The `except` (or `finally`, or `with`) that catches what is raised here in a call."""
    while frame is not None and frame.f_code is not _invoke.__code__:
        at = frame.f_lasti // 2
        for start, end, target in _protected(frame.f_code):
            if start <= at < end:
                return id(frame), target
        frame = frame.f_back
    return None


@functools.lru_cache(maxsize=64)
def _protected(code: CodeType) -> tuple[tuple[int, int, int], ...]:
    """(start, end, handler) from a code's table of exceptions, in instructions.

    The format is CPython's, as `InternalDocs/exception_handling.md` there describes it: numbers in
    groups of six bits, of which bit 6 says that more follow.
    """
    numbers, number = [], 0
    for byte in code.co_exceptiontable:
        number = (number << 6) | (byte & 63)
        if not byte & 64:
            numbers.append(number)
            number = 0
    groups = zip(*(iter(numbers),) * 4, strict=False)
    return tuple((start, start + length, target) for start, length, target, _ in groups)


@contextlib.contextmanager
def _time_limit(limit: _Limit) -> Iterator[None]:
    """Raise _TimeUp in `_invoke` when the time is over, again and again: no `except` holds it.

    Code that never comes back to Python (one endless call into C) can't be stopped.
    """
    if sys.platform == "emscripten":  # neither signals nor threads: the page ends the whole worker
        yield
        return
    on_main = threading.current_thread() is threading.main_thread()
    ticking = _signal_ticks if on_main and hasattr(signal, "setitimer") else _thread_ticks
    try:
        with ticking(limit.seconds, limit):
            yield
    finally:
        limit.close()


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """Keep quiet of a _TimeUp that Python drops: one that struck in a finalizer or a callback."""
    before = sys.unraisablehook

    def hook(dropped: Any) -> None:
        if not isinstance(dropped.exc_value, _TimeUp):
            before(dropped)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextlib.contextmanager
def _signal_ticks(seconds: float, limit: _Limit) -> Iterator[None]:
    started, used = time.monotonic(), time.process_time()

    def tick(signum: int, frame: FrameType | None) -> None:
        left = seconds - (time.process_time() - used)
        waiting = WAITING * seconds - (time.monotonic() - started)
        if min(left, waiting) <= 0:
            limit.strike(frame, waited=left > 0)
        else:  # the clock is ahead of the processor
            next_one = max(min(left, waiting), _REPEAT_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, next_one, _REPEAT_SECONDS)

    handler = signal.signal(signal.SIGALRM, tick)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler if handler is not None else signal.SIG_DFL)
        if remaining:
            rest = max(remaining - (time.monotonic() - started), 0.001)
            signal.setitimer(signal.ITIMER_REAL, rest, interval)


@contextlib.contextmanager
def _thread_ticks(seconds: float, limit: _Limit) -> Iterator[None]:
    caller = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done, lock = threading.Event(), threading.Lock()
    started, used = time.monotonic(), _processor_clock(caller.value)
    before = used()

    def watch() -> None:
        wait = min(seconds, 0.05)
        while not done.wait(wait):
            waited = time.monotonic() - started > WAITING * seconds
            if not waited and used() - before < seconds:
                continue
            with lock:
                if not done.is_set() and _is_inside_call(sys._current_frames()[caller.value]):
                    limit.end(waited)
                    raise_in(caller, ctypes.py_object(_TimeUp))
            wait = _REPEAT_SECONDS

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        while True:  # one under way is caught: taken back, it would slow down all that follows
            try:
                with lock:
                    done.set()
                watcher.join()
                break
            except _TimeUp:  # the last one came late
                continue


def _processor_clock(thread: int) -> Callable[[], float]:
    """A clock of a thread's processor time; the usual clock where there is none."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    return functools.partial(time.clock_gettime, time.pthread_getcpuclockid(thread))


def _is_ours(frame: FrameType | None) -> bool:
    """Whether this file's lines run, other than the call itself (a call into C is there)."""
    code = frame.f_code if frame else None
    return code is not None and code.co_filename == __file__ and code is not _invoke.__code__


def _is_inside_call(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is _invoke.__code__:
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def _no_exit() -> Iterator[None]:
    """Make every way to end the process raise SystemExit, which is then reported."""

    def leave(*_: object, **__: object) -> None:
        raise SystemExit

    shell = _shell()
    places = [(builtins, "exit"), (builtins, "quit"), (os, "_exit"), (os, "abort")]
    if shell is not None:  # IPython's own exit() asks the kernel to shut down
        places.append((shell, "ask_exit"))
    before = [(place, name, vars(place).get(name)) for place, name in places]
    try:
        for place, name in places:
            setattr(place, name, leave)
        yield
    finally:
        for place, name, was in before:
            if was is None:
                delattr(place, name)
            else:
                setattr(place, name, was)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _place(filename: str) -> str:
    shell = _shell()
    cell = shell.compile.format_code_name(filename) if shell is not None else None
    return " ".join(cell) if cell else f"File {Path(filename).name}"


@functools.lru_cache(maxsize=256)
def _is_theirs(filename: str) -> bool:
    if filename.startswith("<frozen") or filename.startswith("<__array_function__"):
        return False
    path = Path(filename)
    return not any(path.is_relative_to(folder) for folder in _foreign_folders())


def _foreign_folders() -> set[Path]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return {Path(folder) for folder in (*folders, *site.getsitepackages(), _PACKAGE)}


def _same(was: Any, now: Any) -> bool:
    if type(was) is not type(now):
        return False
    if isinstance(was, np.ndarray):
        if was.dtype != now.dtype or was.shape != now.shape:
            return False
        is_small = was.nbytes <= SMALL and not was.dtype.hasobject
        if is_small and was.tobytes() == now.tobytes():
            return True  # which is soon seen
        return np.array_equal(was, now, equal_nan=was.dtype.kind in "fc")
    if isinstance(was, list | tuple):
        return len(was) == len(now) and all(map(_same, was, now))
    if isinstance(was, dict):
        return list(was) == list(now) and all(map(_same, was.values(), now.values()))
    if isinstance(was, str | int | float):
        return was == now or was != was
    return True
