"""Answers as plain data, and what differs between one and what was expected, in one sentence."""

from __future__ import annotations

import math
import reprlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Number
from typing import Any

import numpy as np

LOW = (np.dtype(np.float32), np.dtype(np.float16))
ROUNDINGS = 8  # of numbers of the size of the result, or of 1, that a formula may add up
SPREADS = 4  # times the effect of rounding the inputs: later steps round numbers of their size
LARGEST = 4_000_000  # entries of an answer; the inputs have a few hundred

# What a computation gives for inputs as a dtype rounds them, once for each way to round; None where
# nothing is excused.
Nearby = Callable[[np.dtype], Sequence[Any] | None]


@dataclass(frozen=True)
class Opaque:
    """Stands for an answer, or a part of one, that is not plain data: only its type is kept."""

    type: str


def plain(value: Any) -> Any:
    """An answer as plain data: numbers, text, None, arrays, and lists, tuples, dicts of these.

    Tensors and whatever else can become an array become arrays; the rest becomes `Opaque`.
    """
    if value is None or type(value) in (float, int, bool, str):
        return value
    if type(value) is np.ndarray and value.dtype.kind in "biuf" and value.size <= LARGEST:
        return value.copy("K")[()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _plain(value)
    except Exception:
        return Opaque(type(value).__name__)


def difference(
    answer: Any,
    expected: Any,
    rtol: float,
    atol: float,
    nearby: Nearby | None = None,
    names: Sequence[str] = (),
) -> str:
    """What is wrong with a plain answer, in one sentence; "" if it agrees with `expected`.

    A number x is right within atol + rtol * |x|. nearby: what the same computation gives for
    inputs as a lower precision rounds them; without it answers of low precision are excused
    nothing but the rounding of their own arithmetic. names: of the parts of a tuple.
    """
    if expected is None or isinstance(expected, str | Opaque):
        same = type(answer) is type(expected) and answer == expected
        return "" if same else f"expected {show(expected)}, got {describe(answer)}"
    if answer is None:
        return "got None: is there a `return`?"
    if isinstance(expected, Mapping):
        return _mapping_difference(answer, expected, rtol, atol, nearby)
    if isinstance(expected, list | tuple):
        return _sequence_difference(answer, expected, rtol, atol, nearby, names)
    if _is_near(answer, expected, rtol, atol):
        return ""
    return _number_difference(answer, np.asarray(expected), rtol, atol, nearby)


def precision(value: Any) -> np.dtype | None:
    """The lowest floating-point precision in a plain answer, if it is below float64."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        found = [dtype for part in value if (dtype := precision(part)) is not None]
        return min(found, key=lambda dtype: dtype.itemsize, default=None)
    if isinstance(value, np.ndarray | np.generic) and value.dtype in LOW:
        return value.dtype
    return None


def numbers(value: Any) -> np.ndarray:
    """All numbers in a plain answer, one after the other."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return np.concatenate([np.zeros(0), *(numbers(part) for part in value)])
    return np.ravel(np.asarray(value, dtype=float))


def rounded(value: Any, dtype: np.dtype, rng: np.random.Generator) -> Any:
    """A copy of inputs in which each number is one of its two neighbours in `dtype`, at random.

    Numbers that `dtype` holds exactly stay, whole numbers of an integer type too.
    """
    if isinstance(value, Mapping):
        return {key: rounded(part, dtype, rng) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(rounded(part, dtype, rng) for part in value)
    if not isinstance(value, float | np.ndarray | np.floating):
        return value
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    with np.errstate(all="ignore"):
        nearest = array.astype(dtype)
        back = nearest.astype(float)
        other = np.nextafter(nearest, np.where(back < array, np.inf, -np.inf).astype(dtype))
        either = np.where(rng.random(array.shape) < 0.5, nearest, other).astype(float)
        made = np.where((back == array) | ~np.isfinite(either), array, either)
    return made if isinstance(value, np.ndarray) else float(made)


def formed(answer: Any) -> np.ndarray | Opaque:
    """A list or tuple as the array of numbers that it makes; `Opaque` if it makes none."""
    try:
        return Opaque(type(answer).__name__) if _odd_part(answer) else _array(answer)
    except (ValueError, TypeError, OverflowError):
        return Opaque(type(answer).__name__)


def describe(value: Any) -> str:
    """A plain value in a few words, for the "got" of a sentence."""
    if isinstance(value, Opaque):
        if value.type.startswith("array of shape"):
            return f"an {value.type}"
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


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > 20:
        raise ValueError("nested too deeply")
    if value is None or type(value) in (bool, int, float, complex, str):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    for kind in (int, float, complex):
        if isinstance(value, kind):  # a class of theirs, with a `__repr__` of its own, perhaps
            return kind.__pos__(value)
    if isinstance(value, Fraction | Decimal):
        return float(value)
    if hasattr(value, "detach"):  # a torch tensor; torch itself is not imported here
        tensor = value.detach().cpu()
        return _plain((tensor.float() if "bfloat16" in str(tensor.dtype) else tensor).numpy())
    if isinstance(value, np.ndarray | np.generic):
        if value.size > LARGEST:
            return Opaque(f"array of shape {value.shape}")
        return _plain(value.tolist(), depth) if value.dtype == object else np.array(value)[()]
    if isinstance(value, Mapping):
        return {_plain(k, depth + 1): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | range) and len(value) <= 10**6:
        parts = [_plain(part, depth + 1) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if hasattr(value, "__array__") and not isinstance(value, type):
        return _plain(np.asarray(value), depth + 1)
    return Opaque(type(value).__name__)


def _is_near(answer: Any, expected: Any, rtol: float, atol: float) -> bool:
    """Whether finite numbers in float64 agree: most that are right do, and soon it is told."""
    if isinstance(answer, float) and isinstance(expected, float):
        off = abs(float(answer) - float(expected))
        return math.isfinite(off) and off <= atol + rtol * abs(float(expected))
    if not type(answer) is type(expected) is np.ndarray or answer.shape != expected.shape:
        return False
    if not answer.dtype == expected.dtype == np.float64:
        return False
    with np.errstate(all="ignore"):  # of two infinities
        off = np.abs(answer - expected)
        return bool((np.isfinite(off) & (off <= atol + rtol * np.abs(expected))).all())


def _number_difference(
    answer: Any, expected: np.ndarray, rtol: float, atol: float, nearby: Nearby | None
) -> str:
    problem = misfit(answer, expected)
    if problem:
        return problem
    answer = _array(answer)
    with np.errstate(all="ignore"):
        close = _close(answer, expected, rtol, atol, nearby)
    return "" if close.all() else _where(answer, expected, close)


def misfit(answer: Any, expected: np.ndarray) -> str:
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
    answer: np.ndarray, expected: np.ndarray, rtol: float, atol: float, nearby: Nearby | None
) -> np.ndarray:
    wide = complex if np.iscomplexobj(expected) else float
    exact, wanted = answer.astype(wide), expected.astype(wide)
    same = (exact == wanted) | (np.isnan(exact) & np.isnan(wanted))
    finite = np.isfinite(exact) & np.isfinite(wanted)
    off, tolerance = np.abs(exact - wanted), atol + rtol * np.abs(wanted)
    whole = expected.dtype.kind in "iub"
    close = same | (finite & (off <= (np.minimum(tolerance, 0.25) if whole else tolerance)))
    if close.all() or whole:
        return close
    return same | (finite & (off <= tolerance + _excused(answer, wanted, nearby)))


def _excused(answer: np.ndarray, wanted: np.ndarray, nearby: Nearby | None) -> Any:
    """What an answer of low precision may be off.

    float32: its inputs were rounded, which `nearby` shows the effect of, and each operation
    rounds a number of the size of the result, or of 1, by half an eps. Half precision has three
    digits: its arithmetic would excuse anything, so only the rounding of the result is.
    """
    dtype, cut = answer.dtype, True
    if dtype == np.float64:  # perhaps Python's floats that were float32 before
        single, half = answer.astype(np.float32), answer.astype(np.float16)
        if np.array_equal(answer, single, equal_nan=True):
            dtype, cut = single.dtype, answer != half  # 0, 1 and 1/2 tell nothing
    near = nearby(dtype) if dtype in LOW and nearby is not None else ()
    if dtype not in LOW or near is None:
        return 0.0
    eps = float(np.finfo(dtype).eps)
    if dtype == np.float16:
        return eps * np.abs(wanted) + float(np.finfo(dtype).smallest_subnormal)
    spread = np.zeros(wanted.shape)
    for value in near:
        if np.shape(value) == wanted.shape:
            spread = np.fmax(spread, np.abs(value - wanted))
    spread = np.where(np.isfinite(spread), spread, 0.0)
    return cut * (ROUNDINGS * eps * (1 + np.abs(wanted)) + SPREADS * spread)


def _where(answer: np.ndarray, expected: np.ndarray, close: np.ndarray) -> str:
    with np.errstate(all="ignore"):
        near = close | _close(answer, expected, 1e-6, 1e-6, None)
    off = close if near.all() else near  # what is far off tells more than another rounding
    position = tuple(int(i) for i in np.argwhere(~off)[0])
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
    answer: Any, expected: Mapping, rtol: float, atol: float, nearby: Nearby | None
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
        problem = difference(answer[key], value, rtol, atol, _part(nearby, key))
        if problem:
            return f"at key {show(key)}: {problem}"
    return ""


def _sequence_difference(
    answer: Any,
    expected: list | tuple,
    rtol: float,
    atol: float,
    nearby: Nearby | None,
    names: Sequence[str],
) -> str:
    wanted = f"a {type(expected).__name__} of {len(expected)}"
    if names:
        wanted += f", ({', '.join(names)})"
    if isinstance(answer, np.ndarray) and answer.ndim:
        if len(answer) != len(expected):
            return f"expected {wanted}, got one array of shape {answer.shape}"
        answer = list(answer)
    if not isinstance(answer, list | tuple):
        return f"expected {wanted}, got {describe(answer)}"
    if len(answer) != len(expected):
        count = f"{len(answer)} part{'' if len(answer) == 1 else 's'}"
        return f"expected {wanted}, got a {type(answer).__name__} of {count}"
    for index, (part, value) in enumerate(zip(answer, expected, strict=True)):
        name = names[index] if names else f"part {index}"
        if part is None and value is not None:
            return f"{name} is None"
        problem = difference(part, value, rtol, atol, _part(nearby, index))
        if problem:
            return f"{name}: {problem}" if names else f"in {name}: {problem}"
    return ""


def _part(nearby: Nearby | None, key: Any) -> Nearby | None:
    def part(dtype: np.dtype) -> list[Any] | None:
        near = nearby(dtype)
        return None if near is None else [value[key] for value in near]

    return None if nearby is None else part


def _formatter(value: np.ndarray, digits: int) -> dict | None:
    if value.dtype.kind == "f":
        return {"float_kind": lambda x: f"{float(x):.{digits}g}"}
    return None
