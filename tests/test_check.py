"""What learners see: `check`, `hint`, `solution`, in plain Python and in a real kernel."""

import builtins
import contextlib
import functools
import importlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
import types
import warnings
from dataclasses import replace

import nbformat
import numpy as np
import pytest
import scipy.special
import torch
from nbclient import NotebookClient

from ce_course import catalogue, check, data, hint, losses, solution
from ce_course.checks import answer as given
from ce_course.checks import call
from ce_course.checks import check as checking
from ce_course.checks.check import CheckFailed
from ce_course.checks.exercise import Case, Exercise, Mistake
from ce_course.support import record

TRIPLE = Exercise(
    name="triple",
    chapter="99_sample",
    signature="triple(x, times)",
    task="Three times `x`.",
    difficulty=1,
    minutes=1,
    reference=lambda x, times: 3.0 * x,
    cases=lambda rng: [
        Case((np.array([1.0, 2.0]), 3), note="two numbers"),
        Case((np.array([0.0]), 3), note="a zero"),
    ],
    hints=("Multiply.", "By three.", "3 * x"),
    mistakes=(Mistake("doubled", "You multiply by two.", lambda x, times: 2 * x),),
)
SHARE = Exercise(
    name="share",
    chapter="99_sample",
    signature="share",
    task="A quarter.",
    difficulty=1,
    minutes=1,
    reference=0.25,
    hints=("Four parts.",),
)


@pytest.fixture(autouse=True)
def sample_chapter(monkeypatch, tmp_path):
    """A chapter with two exercises, beside the real ones; an empty record of progress."""
    chapter = catalogue.Chapter(
        "99_sample", "Sample", "Is it?", "nothing", 1, exercises=("triple", "share")
    )
    monkeypatch.setattr(catalogue, "CHAPTERS", (*catalogue.CHAPTERS, chapter))
    module = types.ModuleType("ce_course.checks.sample")
    module.EXERCISES = (TRIPLE, SHARE)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def feedback(*functions, **named):
    with pytest.raises(CheckFailed) as caught:
        check(*functions, **named)
    return str(caught.value)


# ------------------------------------------------------------------ the four states


def test_right_says_so_and_is_remembered(capsys):
    def triple(x, times):
        return [float(v + v + v) for v in x]

    assert check(triple) is None
    assert capsys.readouterr() == ("triple: right, on all 2 inputs.\n", "")
    check(share=0.25)
    assert capsys.readouterr().out == "share: right.\n"
    assert set(record.passed()) == {"triple", "share"}


def test_wrong_tells_input_expected_and_got():
    def triple(x, times):
        return x + 3

    assert feedback(triple) == (
        "triple: not right yet, on 2 of 2 inputs. The first of them:\n"
        "  x = [1, 2]\n"
        "  times = 3\n"
        "  (two numbers)\n"
        "  expected [3, 6], got [4, 5]\n"
        'hint("triple") gives a nudge.'
    )
    assert record.passed() == {}
    assert record.summary()["triple"]["attempts"] == 1


def test_a_known_mistake_is_named_with_its_hint():
    def triple(x, times):
        return np.float32(2) * x

    assert feedback(triple).endswith("Known mistake: doubled. You multiply by two.")


def test_an_error_shows_the_learner_s_lines_and_none_of_ours():
    def helper(x):
        return np.linalg.inv(x.reshape(1, -1))

    def triple(x, times):
        return helper(x)

    text = feedback(triple)
    lines = text.splitlines()
    assert lines[0] == "triple: your code raised an error, on 2 of 2 inputs. The first of them:"
    assert lines[1:5] == ["  x = [1, 2]", "  times = 3", "  (two numbers)", "Your code:"]
    assert re.fullmatch(r"  File test_check\.py, line \d+, in triple", lines[5])
    assert lines[6] == "    return helper(x)"
    assert re.fullmatch(r"  File test_check\.py, line \d+, in helper", lines[7])
    assert lines[8] == "    return np.linalg.inv(x.reshape(1, -1))"
    assert lines[9].startswith("numpy.linalg.LinAlgError: Last 2 dimensions")
    assert "ce_course" not in text and "_linalg.py" not in text and "call.py" not in text


def test_an_error_inside_the_course_s_own_code_shows_only_the_learner_s_line():
    from ce_course import data

    def triple(x, times):
        return data.speech(times)

    text = feedback(triple)
    assert "return data.speech(times)" in text
    assert "data.py" not in text and "validation.py" not in text


def test_an_endless_recursion_is_an_error_like_any_other():
    def triple(x, times):
        return triple(x, times)

    text = feedback(triple)
    assert "RecursionError: maximum recursion depth exceeded" in text
    assert len(text.splitlines()) < 25


def test_out_of_memory_is_an_error_like_any_other():
    def triple(x, times):
        return np.ones((10**7, 10**9))

    assert "Unable to allocate" in feedback(triple)


def stub(x, times):
    """Three times x."""
    # Your code here
    raise NotImplementedError


def with_pass(x, times):
    """Three times x."""
    pass


def with_dots(x, times): ...


@pytest.mark.parametrize("answer", [stub, with_pass, with_dots, lambda x, times: ..., None, ...])
def test_not_attempted(answer):
    assert feedback(triple=answer) == (
        "triple: not attempted yet. Write its code, run that cell, then this one. "
        'hint("triple") gives a nudge.'
    )
    assert record.summary()["triple"]["attempts"] == 0


@pytest.mark.parametrize("answer", [None, ...])
def test_a_value_not_attempted(answer):
    assert feedback(share=answer).startswith("share: not attempted yet. Replace the dots")


def test_a_wrong_value_does_not_give_the_right_one_away():
    text = feedback(share=0.5)
    assert text.splitlines()[:2] == ["share: not right yet.", "  got 0.5, which is too large"]
    assert "0.25" not in text


@pytest.mark.parametrize("called", ["check(", "import ce_course as ce\nce.check("])
def test_a_value_may_stand_in_one_cell_with_its_check(capsys, called):
    check(hinge_loss=lambda margin: np.maximum(0, 1 - margin))  # whose reference is known then
    source = f"largest_mse_gradient_p = 1 / 3\n{called}largest_mse_gradient_p=1 / 3)"
    exec(source, {"__name__": "__main__", "In": ["", source], "check": check})
    assert capsys.readouterr().out.endswith("largest_mse_gradient_p: right.\n")


def test_only_one_branch_missing_is_an_error_not_a_stub():
    def triple(x, times):
        if x[0] == 0:
            raise NotImplementedError("zero")
        return 3 * x

    assert "your code raised an error, on 1 of 2 inputs" in feedback(triple)


def test_several_at_once(capsys):
    def triple(x, times):
        return 3 * x

    text = feedback(triple, share=0.5)
    assert "triple: right" in capsys.readouterr().out
    assert text.startswith("share: not right yet.")
    assert text.count("not right yet") == 1


# ------------------------------------------------------------------ asked in a wrong way


class Callable:
    def __call__(self, x, times):
        return 3 * x


def test_answers_without_a_name_of_their_own_can_be_given_one():
    for answer in (lambda x, times: 3 * x, Callable(), functools.partial(np.multiply, out=None)):
        assert "Say which exercise it answers: check(name=your_function)." in feedback([answer][0])
        check(triple=answer)


def decorated(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


def test_an_exercise_is_told_by_the_name_in_the_call(capsys):
    def sextuple(x, times):
        return 3 * x

    for triple in (
        lambda x, times: 3 * x,
        functools.partial(np.multiply, out=None),
        sextuple,
        decorated(sextuple),
        np.vectorize(lambda x, times: 3 * x),
        Callable(),
    ):
        check(triple)
        assert capsys.readouterr().out.startswith("triple: right")
    check(
        triple,
        share=0.25,
    )
    assert capsys.readouterr().out.count("right") == 2


def test_an_exercise_is_told_by_what_is_bound_to_the_answer(capsys):
    triple = decorated(lambda x, times: 3 * x)
    answers = [triple]
    check(*answers)
    assert capsys.readouterr().out.startswith("triple: right")


# ------------------------------------------------------------------ what an answer may use


def by_name(x, times):
    return scipy.special.xlogy(x, times)


def by_import(x, times):
    import torch.nn.functional as F

    return F.relu(x)


def by_import_of_a_name(x, times):
    from ce_course import losses

    return losses.sigmoid(x)


def by_dynamic_import(x, times):
    return importlib.import_module("scipy").special.expit(x)


def by_closure():
    library = scipy.special

    def inner(x, times):
        return library.expit(x)

    return inner


def by_helper(x, times):
    return by_name(x, times)


def by_comprehension(x, times):
    return [scipy.special.expit(v) for v in x]


class WithMethod:
    def __call__(self, x, times):
        return self.help(x)

    def help(self, x):
        return scipy.special.expit(x)


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (scipy.special.expit, "SciPy"),
        (losses.sigmoid, "the course's own formulas"),
        (torch.nn.functional.cross_entropy, "PyTorch"),
        (functools.partial(losses.focal_loss, gamma=2), "the course's own formulas"),
        (lambda x, times: losses.sigmoid(x), "the course's own formulas"),
        (by_name, "SciPy"),
        (by_import, "PyTorch"),
        (by_import_of_a_name, "the course's own formulas"),
        (by_dynamic_import, "SciPy"),
        (by_closure(), "SciPy"),
        (by_helper, "SciPy"),
        (by_comprehension, "SciPy"),
        (decorated(by_name), "SciPy"),
        (functools.wraps(by_name)(lambda *args: 1), "SciPy"),
        (np.vectorize(by_name), "SciPy"),
        (WithMethod(), "SciPy"),
        (lambda x, times, f=scipy.special.expit: f(x), "SciPy"),
    ],
)
def test_what_an_answer_may_not_use_is_named(answer, title):
    assert feedback(triple=answer) == (
        f"triple: it uses {title}. This exercise is to be answered with NumPy and plain Python: "
        "what it is about is to be written by you."
    )
    assert record.passed() == {}


def test_what_an_answer_may_use():
    import statistics

    def helper(x):
        return np.linalg.norm(x)

    def triple(x, times):
        data.letter_counts("english"), statistics.mean([1.0]), helper(x), math.exp(0)
        return 3 * x

    check(triple)
    check(triple=np.frompyfunc(lambda x, times: 3 * x, 2, 1))
    assert given.not_allowed(by_name, ("scipy",)) is None
    assert given.not_allowed(by_import, ("scipy",)) == "torch"


def test_a_class_of_the_right_kind_is_asked_for():
    function = torch.autograd.Function
    for answer in (torch.nn.functional.cross_entropy, 3, torch.nn.Linear, function):
        assert "expected a class" in feedback(CrossEntropyFunction=answer)

    class Half(function):
        @staticmethod
        def forward(ctx, z, y):
            return torch.nn.functional.cross_entropy(z, y, reduction="none")

    assert feedback(CrossEntropyFunction=Half) == (
        "CrossEntropyFunction: expected a class with a `backward` of its own; yours has none."
    )

    class Leaves(Half):
        @staticmethod
        def forward(ctx, z, y):
            return np.zeros(len(z))

        @staticmethod
        def backward(ctx, above):
            return above, None

    assert "forward returned ndarray, not a tensor" in feedback(CrossEntropyFunction=Leaves)


def test_misuse_gets_one_sentence():
    def tripel(x, times):
        return 3 * x

    assert feedback(tripel) == "There is no exercise 'tripel'. Did you mean triple?"
    assert feedback(entropi=1).startswith("There is no exercise 'entropi'. Did you mean entropy")
    assert feedback() == "Say what to check: check(your_function) or check(name=your_value)."
    assert feedback("triple") == "Give the function itself, not its name: check(triple)."
    assert feedback(0.5) == "Say which exercise 0.5 answers: check(name=your_value)."
    assert feedback(triple=0.5) == "triple: expected a function of (x, times), got 0.5."
    assert feedback(triple=lambda x: x) == (
        "triple: expected a function of (x, times); yours takes (x)."
    )
    assert feedback(functools.partial(tripel, 1)).startswith("This partial has no name of its own")


# ------------------------------------------------------------------ what learners' code may do


def test_inputs_are_copies_and_changing_them_is_noticed():
    def triple(x, times):
        x *= 3
        return x

    text = feedback(triple)
    assert "changed its input `x`: work on a copy" in text
    assert "x = [1, 2]" in text


def test_prints_and_warnings_harm_nothing(capsys):
    def triple(x, times):
        print("in", x)
        print("on stderr", file=sys.stderr)
        warnings.warn("careful", stacklevel=2)
        np.log(np.zeros(1))
        return 3 * x

    check(triple)
    out, err = capsys.readouterr()
    assert err == ""
    assert out == "in [1. 2.]\non stderr\ntriple: right, on all 2 inputs.\n"


def test_endless_printing_is_cut():
    def triple(x, times):
        for _ in range(10_000):
            print("x" * 1000)
        return x

    assert len(feedback(triple)) < 1500


def test_random_answers_and_seeds_of_their_own_are_no_trouble():
    def triple(x, times):
        np.random.seed(0)  # noqa: NPY002
        return np.random.default_rng().normal(size=2)

    assert "not right yet" in feedback(triple)


def endless(x, times):
    while True:
        pass


def endless_and_swallowing(x, times):
    while True:
        try:  # noqa: SIM105
            math.sqrt(2.0)
        except:  # noqa: E722
            pass


def endless_then_answering(x, times):
    try:
        while True:
            pass
    except BaseException:
        return 3 * x


def endless_in_what_is_caught(x, times):
    while True:
        try:
            for _ in range(10**4):
                math.sqrt(2.0)
        except:  # noqa: E722
            pass


def endless_in_what_is_caught_twice(x, times):
    try:
        while True:
            try:
                endless_helper()
            except BaseException:
                continue
    except BaseException:
        return 3 * x


def endless_helper():
    while True:
        with contextlib.suppress(BaseException):
            sum(range(10**5))


LOOPS = [
    endless,
    endless_and_swallowing,
    endless_then_answering,
    endless_in_what_is_caught,
    endless_in_what_is_caught_twice,
]


@pytest.mark.parametrize("loop", LOOPS)
def test_an_endless_loop_ends_and_says_so(loop):
    kept = [signal.getsignal(s) for s in (signal.SIGALRM, signal.SIGPROF)], sys.gettrace()
    text = feedback(triple=loop, seconds=0.2)
    assert text.splitlines()[0] == "triple: gave no answer, on this input:"
    took = "it took more than 0.2 seconds of processor time"  # or the machine has no time for us
    assert any(t in text for t in (took, "it did not come back for more than 1.2 seconds"))
    assert ([signal.getsignal(s) for s in (signal.SIGALRM, signal.SIGPROF)], sys.gettrace()) == kept
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert sys.exc_info() == (None, None, None)  # or every later error would name it as its context


def test_what_waits_without_computing_ends_too():
    text = feedback(triple=lambda x, times: time.sleep(600), seconds=0.1)
    assert "gave no answer: it did not come back for more than 0.6 seconds" in text


def test_only_the_processor_s_time_counts(capsys):
    def triple(x, times):
        time.sleep(0.2)
        return 3 * x

    check(triple, seconds=0.2)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize("loop", LOOPS[:3])
def test_an_endless_loop_ends_in_another_thread_too(loop):
    texts = []
    thread = threading.Thread(target=lambda: texts.append(feedback(triple=loop, seconds=0.2)))
    thread.start()
    thread.join(30)
    assert len(texts) == 1 and "gave no answer" in texts[0]


def test_a_strike_that_comes_late_stays_inside(monkeypatch):
    """As from another thread, which saw the call, and then the call was over."""
    called = call._call

    def late(function, args, printed):
        called(function, args, printed)
        raise call._TimeUp

    monkeypatch.setattr(call, "_call", late)
    assert "triple: gave no answer" in feedback(triple=lambda x, times: 3 * x)


def test_what_python_drops_of_a_strike_is_not_told(monkeypatch):
    """A time limit that strikes in a finalizer, whose exceptions nobody receives."""
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(dropped.exc_value))

    class Slow:
        def __del__(self):
            while True:
                pass

    def triple(x, times):
        Slow()
        raise LookupError

    assert "gave no answer" in feedback(triple=triple, seconds=0.1)
    assert told == []


def loop(*_, **__):
    while True:
        pass


HOOKS = {
    "the text of an error": ("__str__", Exception),
    "an error's own cleaning up": ("__del__", Exception),
    "an answer's look": ("__repr__", object),
    "an answer's attributes": ("__getattr__", object),
    "all its attributes": ("__getattribute__", object),
    "its conversion to an array": ("__array__", object),
    "its cleaning up": ("__del__", object),
    "its length": ("__len__", list),
    "its parts": ("__iter__", tuple),
    "its keys": ("keys", dict),
    "its class": ("__class__", object),
    "a number's comparison": ("__eq__", float),
    "a number's conversion": ("__float__", float),
    "a number's look": ("__repr__", float),
    "a whole number's look": ("__str__", int),
    "a number's form": ("__format__", float),
    "a text's look": ("__repr__", str),
    "a text's comparison": ("__eq__", str),
    "an array's parts": ("__getitem__", np.ndarray),
}


def made(hook, base):
    """An object whose method runs for ever, or whose property does."""
    found = property(loop) if hook == "__class__" else loop
    kind = type("Odd", (base,), {hook: found, "__hash__": base.__hash__})
    return kind(shape=(2,)) if base is np.ndarray else kind()


def odd_answers(hook, base):
    """How an object gets to us: given back, raised, left in an input, left behind by an error."""

    def gives(x, times):
        return made(hook, base)

    def gives_inside(x, times):
        return {"a": [made(hook, base)], made(hook, base): 1}

    def raises(x, times):
        raise made(hook, base)

    def leaves_behind(x, times):
        kept = made(hook, base)  # noqa: F841
        raise LookupError

    def leaves_behind_in_a_loop(x, times):
        kept = made(hook, base)  # noqa: F841
        loop()

    def leaves_in_an_input(x, times):
        x[made(hook, base)] = made(hook, base)
        return 3.0

    if issubclass(base, Exception):
        return [raises]
    return [gives, gives_inside, leaves_behind, leaves_behind_in_a_loop, leaves_in_an_input]


@pytest.mark.parametrize(("hook", "base"), HOOKS.values(), ids=HOOKS)
def test_whatever_of_theirs_we_look_at_is_within_the_limit(hook, base, monkeypatch):
    module = sys.modules["ce_course.checks.sample"]
    cases = [Case(({"a": 1.0}, 3)), Case(({"b": 2.0}, 3))]
    listed = replace(TRIPLE, cases=lambda rng: cases, reference=lambda x, times: 3.0, mistakes=())
    monkeypatch.setattr(module, "EXERCISES", (listed, SHARE))
    for answer in odd_answers(hook, base):
        text = feedback(triple=answer, seconds=0.1)
        assert any(t in text for t in ("gave no answer", "not right yet", "raised an error"))


class Endless:
    """A function whose hooks run for ever, all but those of `type`."""

    def __getattr__(self, name):
        loop()

    __repr__ = __str__ = __eq__ = __bool__ = __len__ = __iter__ = loop
    __hash__ = object.__hash__


class EndlessFunction(Endless):
    def __call__(self, x, times):
        return 3 * x


def test_what_is_handed_in_is_looked_at_within_the_limit(monkeypatch):
    monkeypatch.setattr(checking, "asked", functools.partial(call.asked, seconds=0.1))
    text = "gave no answer: it "
    assert text in feedback(triple=EndlessFunction(), seconds=0.1)
    assert text in feedback(triple=Endless(), seconds=0.1)
    for look in (check, hint, solution):
        with pytest.raises(CheckFailed, match="What you gave cannot be looked at: it "):
            look(Endless())

    endless = Endless()
    assert text in feedback(triple=lambda a, b, c, d=endless: a, seconds=0.1)  # shows `d`


def test_a_timer_of_somebody_else_goes_on():
    def triple(x, times):
        return 3 * x

    rang = []
    old = signal.signal(signal.SIGALRM, lambda *_: rang.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 60)
        check(triple)
        assert 50 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.pause()
        assert rang == [True]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def by_sys(x, times):
    sys.exit()


def by_builtin(x, times):
    exit()


def by_quit(x, times):
    quit(3)


def by_os(x, times):
    os._exit(3)


def by_raising(x, times):
    raise SystemExit("bye")


@pytest.mark.parametrize("leave", [by_sys, by_builtin, by_quit, by_os, by_raising])
def test_leaving_is_reported(leave):
    kept = builtins.exit, builtins.quit, os._exit
    assert "called exit(): `return` the answer instead" in feedback(triple=leave)
    assert (builtins.exit, builtins.quit, os._exit) == kept


@pytest.mark.parametrize("error", [GeneratorExit, type("Odd", (BaseException,), {})])
def test_errors_outside_exception_are_reported(error):
    def triple(x, times):
        raise error("gone")

    assert "gone" in feedback(triple)


def test_stopping_the_check_stops_it_and_says_where():
    def triple(x, times):
        raise KeyboardInterrupt

    streams = sys.stdout, sys.stderr
    with pytest.raises(KeyboardInterrupt) as caught:
        check(triple)
    shown = caught.value._render_traceback_()
    assert shown[0] == "Stopped. Your code was at:"
    assert [line.strip() for line in shown[2:]] == ["raise KeyboardInterrupt"]
    assert (sys.stdout, sys.stderr) == streams
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_odd_objects_break_nothing():
    class Hostile:
        __array__ = None

        def __getattr__(self, name):
            raise RuntimeError(name)

        def __repr__(self):
            raise RuntimeError

        def __eq__(self, other):
            raise RuntimeError

        __hash__ = None

    class Unsayable(Exception):
        def __str__(self):
            raise RuntimeError

    def raises(x, times):
        raise Unsayable

    assert "not right yet" in feedback(triple=lambda x, times: Hostile())
    assert "Unsayable" in feedback(triple=raises)

    async def later(x, times):
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a coroutine that is never awaited
        assert "coroutine" in feedback(triple=later)


# ------------------------------------------------------------------ hints and solutions


def test_hints_come_one_by_one_and_then_the_solution_is_offered(capsys):
    hint("triple")
    assert capsys.readouterr().out == "Hint 1 of 3: Multiply.\n"
    hint(stub_named_triple())
    assert capsys.readouterr().out == "Hint 1 of 3: Multiply.\nHint 2 of 3: By three.\n"
    hint("triple")
    last = capsys.readouterr().out
    assert last.endswith(
        'Hint 3 of 3: 3 * x\nThere are no more hints. solution("triple") shows one answer.\n'
    )
    hint("triple")
    assert capsys.readouterr().out == last
    assert record.summary()["triple"]["hints"] == 4
    with pytest.raises(CheckFailed, match="Did you mean triple"):
        hint("trple")


def stub_named_triple():
    def triple(x, times):
        raise NotImplementedError

    return triple


def test_the_solution_is_the_cell_of_the_solutions_notebook(capsys, monkeypatch, tmp_path):
    folder = tmp_path / "solutions" / "99_sample"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    with pytest.raises(CheckFailed, match=r"no solutions/99_sample/99_sample\.ipynb in"):
        solution("triple")
    source = (
        "def triple(x, times):\n    ### BEGIN SOLUTION\n    return 3 * x\n    ### END SOLUTION\n"
    )
    mark = {"nbgrader": {"grade_id": "triple", "solution": True}}
    cell = nbformat.v4.new_code_cell(source, metadata=mark)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "99_sample.ipynb")
    solution("triple")
    assert capsys.readouterr().out == "def triple(x, times):\n    return 3 * x\n"
    with pytest.raises(CheckFailed, match="has no solution for share"):
        solution("share")


# ------------------------------------------------------------------ in a real kernel

SETUP = """
from ce_course import check, hint, solution
keepsake = 42
"""
WRONG = """
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(z))
check(sigmoid)
"""
RAISES = """
def sigmoid(z):
    return 1 / (1 + np.expp(-z))
check(sigmoid)
"""
LEAVES = """
def sigmoid(z):
    exit()
check(sigmoid)
"""
QUITS = LEAVES.replace("exit", "quit")
KILLS = LEAVES.replace("exit()", "import os; os._exit(0)")
STOPPED = """
import os, signal
def sigmoid(z):
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        z = z + 1
check(sigmoid)
"""
LOOPS_ON = """
def sigmoid(z):
    while True:
        try:
            z = z + 1
        except Exception:
            pass
check(sigmoid, seconds=0.5)
"""
RIGHT = """
def sigmoid(z):
    print("hello")
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)
check(sigmoid)
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A notebook with one cell for each of the above, run in one kernel."""
    cells = [SETUP, WRONG, RAISES, LEAVES, QUITS, KILLS, STOPPED, LOOPS_ON, RIGHT]
    cells += ["print(keepsake)", "solution('entropy')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    home = str(tmp_path_factory.mktemp("home"))
    client = NotebookClient(notebook, timeout=120, allow_errors=True, kernel_name="python3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own machinery
        client.execute(env=os.environ | {"CE_COURSE_HOME": home})
    return dict(zip(cells, notebook.cells, strict=True))


def shown(cell):
    """What the error output of a cell shows; it must be its only output."""
    (output,) = cell.outputs
    assert output.output_type == "error"
    assert output.ename == "CheckFailed"
    return "\n".join(output.traceback)


def test_a_notebook_shows_the_feedback_and_no_stack(ran):
    text = shown(ran[WRONG])
    assert text.startswith("sigmoid: not right yet, on ")
    assert "Known mistake: the sign of z is flipped" in text
    assert "Traceback" not in text and "ce_course" not in text and "check(sigmoid)" not in text


def test_a_notebook_s_error_names_cell_and_line(ran):
    lines = shown(ran[RAISES]).splitlines()
    place = lines.index("Your code:")
    assert lines[place + 1] == "  Cell In[3], line 2, in sigmoid"
    assert lines[place + 2] == "    return 1 / (1 + np.expp(-z))"
    assert lines[place + 3].startswith("AttributeError: module 'numpy' has no attribute 'expp'")


@pytest.mark.parametrize("source", [LEAVES, QUITS, KILLS])
def test_leaving_does_not_end_the_kernel(ran, source):
    assert "called exit(): `return` the answer instead" in shown(ran[source])


def test_the_stop_button_shows_the_learner_s_line_only(ran):
    (output,) = ran[STOPPED].outputs
    assert output.traceback[0] == "Stopped. Your code was at:"
    assert "Cell In[7]" in output.traceback[1]
    assert len(output.traceback) == 3


def test_an_endless_loop_does_not_hold_the_kernel(ran):
    assert "gave no answer" in shown(ran[LOOPS_ON])


def test_the_notebook_and_its_variables_survive_all_of_it(ran):
    assert re.fullmatch(r"hello\nsigmoid: right, on all \d+ inputs\.\n", ran[RIGHT].outputs[0].text)
    assert ran["print(keepsake)"].outputs[0].text == "42\n"


def test_the_solution_is_shown_as_highlighted_code(ran):
    (output,) = ran["solution('entropy')"].outputs
    assert 'class="highlight"' in output.data["text/html"]
    assert "BEGIN SOLUTION" not in output.data["text/html"]
    assert " at 0x" not in output.data["text/plain"]


def test_in_plain_python_the_feedback_is_the_message():
    code = "from ce_course import check\ncheck(sigmoid=None)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("ce_course.checks.check.CheckFailed: sigmoid: not attempted yet.")


def test_importing_the_package_is_light():
    code = (
        "import sys, json, ce_course; from ce_course import check, hint, solution, progress;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "sklearn", "matplotlib", "scipy", "pandas", "IPython", "anywidget"}
    assert not heavy & set(json.loads(ran.stdout))
