"""An exercise as one value, and how answers to it are judged.

Judging needs plain data only: the inputs (`Case`), what each call gave (`Outcome`), the exercise.
So the learner's code may have run anywhere: in this process (`check`) or in a grader's sandbox.
"""

from __future__ import annotations

import copy
import functools
import inspect
import reprlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from numbers import Number
from typing import Any, Literal

import numpy as np

State = Literal["not attempted", "raised", "wrong", "right"]


@dataclass(frozen=True)
class Case:
    """One input that an answer is tried on; `note` says what is special about it."""

    args: tuple
    note: str = ""


@dataclass(frozen=True)
class Mistake:
    """A known mistake: a plausible wrong implementation and the hint that its author needs.

    `implementation` takes the exercise's arguments. For a value exercise it is the wrong value,
    or a function without arguments that computes it.
    """

    name: str
    hint: str
    implementation: Any


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise: what is asked, the inputs it is tried on, the reference and known mistakes.

    name, chapter: as in the catalogue.
    signature: "entropy(p, base)", or the bare name for a value exercise.
    reference: the right implementation. For a value exercise the value, or a function without
        arguments that computes it.
    cases: from a random generator to the inputs, edge cases first; None for a value exercise.
    rtol, atol: a number x is right within atol + rtol * |x|; loosened for float32 and float16.
    judge: judge(args, answer) for tasks with many right answers: None if right, else one sentence.
        The answer comes as plain data (see `plain`).
    compare_as: compare_as(args, answer) with a judge: what of an answer tells known mistakes apart
        (the lengths of a code, not its letters). The answer itself if None.
    call: call(answer, *inputs) where the answer is not itself the function to be called (a class).
        Importable by name and free of secrets: it runs wherever the learner's code does.
    libraries: what an answer may import besides NumPy and the standard library ("torch"). The
        grader's sandbox has nothing else.
    seconds: how long all cases together may take.
    """

    name: str
    chapter: str
    signature: str
    task: str
    difficulty: int
    minutes: int
    reference: Any
    points: int = 1
    cases: Callable[[np.random.Generator], Sequence[Case]] | None = None
    rtol: float = 1e-9
    atol: float = 1e-12
    judge: Callable[[tuple, Any], str | None] | None = None
    compare_as: Callable[[tuple, Any], Any] | None = None
    call: Callable[..., Any] | None = None
    libraries: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    seconds: float = 10.0

    @property
    def is_value(self) -> bool:
        """Whether the answer is a value, not a function."""
        return self.cases is None

    @property
    def parameters(self) -> list[str]:
        """The names of the inputs; empty for a value exercise."""
        if self.call is not None:
            return list(inspect.signature(self.call).parameters)[1:]
        inside = self.signature.partition("(")[2].rpartition(")")[0]
        return [name.split("=")[0].strip() for name in inside.split(",") if name.strip()]

    def make_cases(self, seed: int = 0) -> list[Case]:
        """The inputs for a seed; one empty input for a value exercise."""
        return [Case(())] if self.is_value else list(self.cases(np.random.default_rng(seed)))

    def run(self, implementation: Any, cases: Sequence[Case]) -> list[Outcome]:
        """What a trusted implementation (the reference, a known mistake) gives on each case."""
        if self.is_value and not callable(implementation):
            return [Outcome("value", plain(implementation))]
        if self.call is not None:
            implementation = functools.partial(self.call, implementation)
        return [_run(implementation, case.args) for case in cases]


@dataclass(frozen=True)
class Outcome:
    """What one call gave, as plain data.

    value: the answer made plain, if kind is "value".
    error, message: name and text of the exception, if kind is "error".
    changed: index of an argument that the call changed, or None.
    printed: what the call printed.
    exception: the exception itself, where it was raised in this process.
    """

    kind: Literal["value", "error", "timeout"]
    value: Any = None
    error: str = ""
    message: str = ""
    changed: int | None = None
    printed: str = ""
    exception: BaseException | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Verdict:
    """The judgement of an answer: its state, one sentence why, and the known mistake if it is one.

    index: the case that the sentence is about; None where the answer is right or not attempted.
    failed: on how many cases the answer is not right.
    """

    state: State
    sentence: str
    mistake: Mistake | None = None
    index: int | None = None
    failed: int = 0


@dataclass(frozen=True)
class Opaque:
    """Stands for an answer, or a part of one, that is not plain data: only its type is kept."""

    type: str


def judge(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> Verdict:
    """Judge an answer by what it gave on each case.

    Outcomes may stop early (the first call was not attempted, or time ran out): what is missing
    counts as not answered in time.
    """
    outcomes = list(outcomes[: len(cases)])
    if outcomes and all(o.error == "NotImplementedError" for o in outcomes):
        return Verdict("not attempted", "not attempted yet")
    outcomes += [Outcome("timeout")] * (len(cases) - len(outcomes))

    expected = [None] * len(cases)
    if exercise.judge is None:
        expected = exercise.run(exercise.reference, cases)
    problems = [_problem(exercise, *each) for each in zip(cases, outcomes, expected, strict=True)]
    failed = [index for index, problem in enumerate(problems) if problem]
    if not failed:
        return Verdict("right", "right")
    first = failed[0]
    return Verdict(
        state="raised" if outcomes[first].kind == "error" else "wrong",
        sentence=problems[first],
        mistake=_known_mistake(exercise, cases, outcomes),
        index=first,
        failed=len(failed),
    )


def plain(value: Any) -> Any:
    """An answer as plain data: numbers, text, None, arrays, and lists, tuples, dicts of these.

    Tensors and whatever else can become an array become arrays; the rest becomes `Opaque`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _plain(value)
    except Exception:
        return Opaque(type(value).__name__)


def difference(answer: Any, expected: Any, rtol: float, atol: float, scale: float = 0.0) -> str:
    """What is wrong with a plain answer, in one sentence; "" if it agrees with `expected`.

    scale: the largest number in the input, which low-precision answers are rounded relative to.
    """
    if expected is None or isinstance(expected, str | Opaque):
        same = type(answer) is type(expected) and answer == expected
        return "" if same else f"expected {show(expected)}, got {describe(answer)}"
    if answer is None:
        return "got None: is there a `return`?"
    if isinstance(expected, Mapping):
        return _mapping_difference(answer, expected, rtol, atol, scale)
    if isinstance(expected, list | tuple):
        return _sequence_difference(answer, expected, rtol, atol, scale)
    return _number_difference(answer, np.asarray(expected), rtol, atol, scale)


def describe(value: Any) -> str:
    """A plain value in a few words, for the "got" of a sentence."""
    if isinstance(value, Opaque):
        return "a function" if value.type == "function" else f"an object of type {value.type}"
    if isinstance(value, str):
        return f"the text {show(value)}"
    return show(value)


def show(value: Any, digits: int = 6) -> str:
    """A value on one short line; a large array is cut and its shape given."""
    if isinstance(value, np.ndarray):
        with np.printoptions(
            precision=digits, threshold=12, edgeitems=3, linewidth=10**6, floatmode="maxprec"
        ):
            text = np.array2string(value, separator=", ", formatter=_formatter(value, digits))
        text = " ".join(text.split()).replace("[ ", "[")
        return text if value.size <= 12 else f"{text} (shape {value.shape})"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.{digits}g}"
    if isinstance(value, np.generic):
        return str(value)
    if isinstance(value, Opaque):
        return describe(value)
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    try:
        return " ".join(_Shortener().repr(value).split())
    except Exception:
        return f"an object of type {type(value).__name__}"


class _Shortener(reprlib.Repr):
    """Shows containers on one short line, the numbers in them as `show` does."""

    def __init__(self) -> None:
        super().__init__()
        self.maxdict = self.maxlist = self.maxtuple = 8
        self.maxstring, self.maxother = 80, 120

    def repr_float(self, value: float, level: int) -> str:
        return show(value)

    def repr_ndarray(self, value: np.ndarray, level: int) -> str:
        return show(value)


def _run(implementation: Callable, args: tuple) -> Outcome:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return Outcome("value", plain(implementation(*copy.deepcopy(args))))
        except Exception as error:
            return Outcome("error", error=type(error).__name__, message=str(error))


def _problem(
    exercise: Exercise, case: Case, outcome: Outcome, expected: Outcome | None
) -> str | None:
    if outcome.kind == "timeout":
        return "gave no answer in time: is there an endless loop?"
    if outcome.kind == "error":
        if expected is not None and expected.error == outcome.error:
            return None
        if outcome.error == "SystemExit":
            return "called exit(): `return` the answer instead"
        return f"raised {outcome.error}: {outcome.message}".rstrip(": ")
    if expected is None:
        sentence = _judged(exercise, case, outcome.value)
    elif expected.kind == "error":
        sentence = f"expected a {expected.error}, got {describe(outcome.value)}"
    else:
        sentence = _difference(exercise, case, outcome.value, expected.value)
        if sentence and exercise.is_value:
            sentence = _without_the_answer(outcome.value, expected.value)
    if not sentence and outcome.changed is not None:
        name = exercise.parameters[outcome.changed]
        return f"changed its input `{name}`: work on a copy"
    return sentence or None


def _without_the_answer(answer: Any, expected: Any) -> str:
    """What is wrong with a value, without giving the right one away."""
    misfit = _misfit(answer, np.asarray(expected))
    if misfit:
        return misfit
    if np.ndim(answer) == 0 and np.isrealobj(answer) and not np.isnan(answer):
        return f"got {show(answer)}, which is too {'large' if answer > expected else 'small'}"
    return f"got {show(answer)}, which is not right"


def _judged(exercise: Exercise, case: Case, answer: Any) -> str | None:
    if answer is None:
        return "got None: is there a `return`?"
    try:
        with np.errstate(all="ignore"):
            return exercise.judge(case.args, answer)
    except Exception:
        return f"the answer has not the form that the task asks for; got {describe(answer)}"


def _difference(exercise: Exercise, case: Case, answer: Any, expected: Any) -> str:
    return difference(answer, expected, exercise.rtol, exercise.atol, _largest(case.args))


def _known_mistake(
    exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]
) -> Mistake | None:
    for mistake in exercise.mistakes:
        theirs = exercise.run(mistake.implementation, cases)
        if all(_alike(exercise, *each) for each in zip(cases, outcomes, theirs, strict=True)):
            return mistake
    return None


def _alike(exercise: Exercise, case: Case, outcome: Outcome, other: Outcome) -> bool:
    if outcome.kind != other.kind or outcome.error != other.error:
        return False
    if outcome.kind != "value":
        return True
    answer, known = outcome.value, other.value
    if exercise.compare_as is not None:
        try:
            answer, known = (plain(exercise.compare_as(case.args, v)) for v in (answer, known))
        except Exception:
            return False
    return not _difference(exercise, case, answer, known)


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > 20:
        raise ValueError("nested too deeply")
    if value is None or isinstance(value, bool | int | float | complex | str):
        return value
    if isinstance(value, Fraction | Decimal):
        return float(value)
    if hasattr(value, "detach"):  # a torch tensor; torch itself is not imported here
        tensor = value.detach().cpu()
        return _plain((tensor.float() if "bfloat16" in str(tensor.dtype) else tensor).numpy())
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist(), depth) if value.dtype == object else np.array(value)[()]
    if isinstance(value, Mapping):
        return {_plain(k, depth + 1): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | range) and len(value) <= 10**6:
        parts = [_plain(part, depth + 1) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if hasattr(value, "__array__") and not isinstance(value, type):
        return _plain(np.asarray(value), depth + 1)
    return Opaque(type(value).__name__)


def _number_difference(
    answer: Any, expected: np.ndarray, rtol: float, atol: float, scale: float
) -> str:
    misfit = _misfit(answer, expected)
    if misfit:
        return misfit
    answer = _array(answer)
    with np.errstate(all="ignore"):
        close = _close(answer, expected, rtol, atol, scale)
    return "" if close.all() else _where(answer, expected, close)


def _misfit(answer: Any, expected: np.ndarray) -> str:
    """Why an answer has not the form of the numbers that are expected; "" if it has."""
    wanted = "one number" if expected.ndim == 0 else f"an array of shape {expected.shape}"
    if expected.dtype == bool and expected.ndim == 0:
        wanted = "True or False"
    odd = _odd_part(answer)
    if odd is not None:
        return f"expected {wanted}, got {odd}"
    try:
        answer = _array(answer)
    except (ValueError, TypeError):
        return f"expected {wanted}, got rows of different lengths"
    except OverflowError:
        return f"expected {wanted}, got a whole number too large for floating point"
    if np.iscomplexobj(answer) and not np.iscomplexobj(expected):
        return f"expected real numbers, got complex: {show(answer[()])}"
    if answer.shape == expected.shape:
        return ""
    if expected.ndim == 0:
        return f"expected one number, got an array of shape {answer.shape}"
    if answer.ndim == 0:
        return f"expected {wanted}, got one number, {show(answer[()])}"
    return f"expected shape {expected.shape}, got {answer.shape}"


def _array(answer: Any) -> np.ndarray:
    array = np.asarray(answer)
    return array.astype(float) if array.dtype == object else array  # whole numbers over 64 bits


def _close(
    answer: np.ndarray, expected: np.ndarray, rtol: float, atol: float, scale: float
) -> np.ndarray:
    if answer.dtype in (np.float32, np.float16):
        eps = float(np.finfo(answer.dtype).eps)
        # In half precision inputs of hundreds would excuse any answer: it has to be rounded well.
        steps, scale = (2, 0) if answer.dtype == np.float16 else (16, scale)
        rtol, atol = max(rtol, steps * eps), max(atol, eps * (steps + 2 * scale))
    wide = complex if np.iscomplexobj(expected) else float
    answer, wanted = answer.astype(wide), expected.astype(wide)
    tolerance = atol + rtol * np.abs(wanted)
    if expected.dtype.kind in "iub":
        tolerance = np.minimum(tolerance, 0.25)
    same = (answer == wanted) | (np.isnan(answer) & np.isnan(wanted))
    finite = np.isfinite(answer) & np.isfinite(wanted)
    return same | (finite & (np.abs(answer - wanted) <= tolerance))


def _where(answer: np.ndarray, expected: np.ndarray, close: np.ndarray) -> str:
    position = tuple(int(i) for i in np.argwhere(~close)[0])
    got, wanted = answer[position], expected[position]
    digits = next((d for d in (6, 9, 12, 15) if show(got, d) != show(wanted, d)), 17)
    if 1 < answer.size <= 8:
        return f"expected {show(expected, digits)}, got {show(answer, digits)}"
    place = f"at [{', '.join(map(str, position))}] " if position else ""
    got_text = "NaN" if np.isnan(got) else show(got, digits)
    return f"{place}expected {show(wanted, digits)}, got {got_text}"


def _odd_part(answer: Any) -> str | None:
    if isinstance(answer, list | tuple):
        for part in answer:
            odd = _odd_part(part)
            if odd is not None:
                return odd if "inside" in odd else f"{odd} inside a {type(answer).__name__}"
        return None
    if answer is None:
        return "None"
    if isinstance(answer, np.ndarray | np.generic):
        return None if answer.dtype.kind in "biufc" else f"an array of dtype {answer.dtype}"
    if isinstance(answer, Number):
        return None
    if isinstance(answer, Mapping):
        return "a dict"
    return describe(answer)


def _mapping_difference(
    answer: Any, expected: Mapping, rtol: float, atol: float, scale: float
) -> str:
    if not isinstance(answer, Mapping):
        return f"expected a dict, got {describe(answer)}"
    for what, keys in (
        ("lacks", [k for k in expected if k not in answer]),
        ("has no place for", [k for k in answer if k not in expected]),
    ):
        if keys:
            return f"the dict {what} the key {show(keys[0])}"
    for key, value in expected.items():
        problem = difference(answer[key], value, rtol, atol, scale)
        if problem:
            return f"at key {show(key)}: {problem}"
    return ""


def _sequence_difference(
    answer: Any, expected: list | tuple, rtol: float, atol: float, scale: float
) -> str:
    kind = type(expected).__name__
    if isinstance(answer, np.ndarray) and answer.ndim:
        answer = list(answer)
    if not isinstance(answer, list | tuple):
        return f"expected a {kind} of {len(expected)}, got {describe(answer)}"
    if len(answer) != len(expected):
        return f"expected a {kind} of {len(expected)}, got {len(answer)} parts"
    for index, (part, value) in enumerate(zip(answer, expected, strict=True)):
        problem = difference(part, value, rtol, atol, scale)
        if problem:
            return f"in part {index}: {problem}"
    return ""


def _formatter(value: np.ndarray, digits: int) -> dict | None:
    if value.dtype.kind == "f":
        return {"float_kind": lambda x: f"{float(x):.{digits}g}"}
    return None


def _largest(value: Any) -> float:
    if isinstance(value, np.ndarray | np.generic | float | int):
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            return 0.0
        numbers = np.abs(array.astype(float))
        return float(numbers[np.isfinite(numbers)].max(initial=0.0))
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return max(map(_largest, value), default=0.0)
    return 0.0
