"""What the formulas accept: numbers and arrays in, `ValueError` with expected and got out.

Every check of an array returns it in at least float64. The formulas compute there and
round once, at the end, to the dtype that came in (`in_dtype`): float32 input gives
float32 output with no error but that last rounding. Integers and booleans become float64.
Lists, pandas objects and CPU tensors are taken for the arrays that they stand for.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import suppress
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST = 2**27  # numbers in an array that a formula makes: 1 GiB of float64


def as_array(x: ArrayLike, name: str) -> NDArray:
    """`x` as NumPy sees it, whatever the dtype; masks and ragged lists are no arrays."""
    masked = sys.modules.get("numpy.ma")  # if it is not loaded, nothing is masked
    if masked is not None and masked.is_masked(x):
        raise ValueError(f"{name}: expected numbers, got masked entries")
    try:
        return np.asarray(x)
    except Exception as error:  # whatever a foreign __array__ raises
        raise ValueError(
            f"{name}: expected an array of numbers, got {shown(x)} ({error})"
        ) from error


def as_floats(x: ArrayLike, name: str) -> NDArray:
    """`x` as an array of float64 (or wider) without NaN."""
    given = as_array(x, name)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected real numbers, got dtype {given.dtype}: {shown(x)}")
    a = given.astype(np.result_type(given.dtype, np.float64), order="C")
    reject(np.isnan(a), f"{name}: expected numbers", a)
    return a


def as_number(
    x: float, name: str, expected: str, fits: Callable[[float], bool] = math.isfinite
) -> float:
    """One real number for which `fits` holds, as a float; arrays without axes are numbers too."""
    number = None
    a = x if isinstance(x, Real) else as_array(x, name)
    if isinstance(x, Real) or (a.ndim == 0 and a.dtype.kind in "biuf"):
        with suppress(OverflowError):
            number = float(a)
    if number is None or not fits(number):
        raise ValueError(f"{name}: expected {expected}, got {shown(x)}")
    return number


def as_count(x: int, name: str, expected: str, least: int, most: int = LARGEST) -> int:
    """One whole number from `least` to `most`; 10.0 is one, 3.5 is none."""
    number = as_number(x, name, expected, lambda number: number == number // 1 >= least)
    if number > most:
        raise ValueError(f"{name}: expected {expected}, at most {most}, got {shown(x)}")
    return int(number)


def as_function(f: Callable, name: str) -> Callable:
    """Something that can be called."""
    if not callable(f):
        raise TypeError(f"{name}: expected a function, got {shown(f)}")
    return f


def check_size(numbers: int, what: str) -> None:
    """Refuse what would fill the memory before it is made."""
    if numbers > LARGEST:
        raise ValueError(f"{what}: expected at most {LARGEST} numbers, got {shown(numbers)}")


def shown(x: object) -> str:
    """A value as it stands in a message: short, whatever it is."""
    if isinstance(x, Integral) and not isinstance(x, bool) and abs(int(x)) > 10**20:
        return f"an integer of {int(x).bit_length()} bits"
    try:
        text = " ".join((str(x) if isinstance(x, Real) else repr(x)).split())
    except Exception:  # integers of 4,300 digits and more have no decimal text
        text = f"something of type {type(x).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def as_logits(z: ArrayLike, name: str = "z") -> NDArray:
    """Logits: any real numbers, infinities included, with the classes on the last axis."""
    a = as_floats(z, name)
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(
            f"{name}: expected at least one class on the last axis, got shape {a.shape}"
        )
    return a


def as_probabilities(p: ArrayLike, name: str = "p") -> NDArray:
    """Numbers in [0, 1], each on its own."""
    a = as_floats(p, name)
    reject((a < 0) | (a > 1), f"{name}: expected values from 0 to 1", a)
    return a


def as_distribution(p: ArrayLike, name: str = "p") -> NDArray:
    """Non-negative numbers that sum to one along the last axis. Nothing is normalised.

    The sum of n numbers may miss one by (n + 16) / 2^24, also in float64, since the values may
    have been float32 once. A softmax divides by a sum; float32 adds n numbers one by one with a
    relative error below (n - 1) / 2^24 (N. J. Higham, "Accuracy and Stability of Numerical
    Algorithms", 2nd edition, 2002, section 4.2), and that is how much all its probabilities are
    off together. 16 units more are for exp and the division. It makes 1e-6 for a few classes,
    3e-4 for 5,000 and 1e-3 for 17,000. Arrays of float32 and float16 may miss one by the square
    root of the machine epsilon if that is more (3.5e-4 and 0.03), the rule of
    `numpy.random.Generator.choice`.
    """
    a = as_logits(p, name)
    reject(a < 0, f"{name}: expected probabilities that are not negative", a)
    with np.errstate(over="ignore"):  # a sum of inf is no 1 either
        total = a.sum(axis=-1)
    tolerance = max((a.shape[-1] + 16) / 2**24, np.sqrt(np.finfo(float_dtype(p)).eps))
    off = ~(np.abs(total - 1) <= tolerance)
    reject(off, f"{name}: expected probabilities whose sum over the last axis is 1", total)
    return a


def as_labels(
    y: ArrayLike, num_classes: int, shape: tuple[int, ...] | None = None, name: str = "y"
) -> NDArray:
    """Integer labels in 0 ... num_classes - 1, of the given shape."""
    a = as_array(y, name)
    if a.dtype.kind not in "biu" and a.size > 0:
        raise ValueError(f"{name}: expected integer labels, got dtype {a.dtype}: {shown(y)}")
    if shape is not None and a.shape != shape:
        raise ValueError(
            f"{name}: expected shape {shape}, one label per example, got shape {a.shape}"
        )
    reject((a < 0) | (a >= num_classes), f"{name}: expected labels from 0 to {num_classes - 1}", a)
    return a.astype(np.intp)


def check_same_classes(a: NDArray, b: NDArray, names: str) -> None:
    """The last axes agree, and the leading axes broadcast."""
    try:
        np.broadcast_shapes(a.shape, b.shape)
        agree = a.shape[-1] == b.shape[-1]
    except ValueError:
        agree = False
    if not agree:
        raise ValueError(
            f"{names}: expected the same classes on the last axis, "
            f"got shapes {a.shape} and {b.shape}"
        )


def check_same_shape(a: NDArray, b: NDArray, names: str) -> None:
    """The shapes are equal, or one of the two is a single number.

    Free broadcasting would turn shapes (N,) and (N, 1) silently into N * N losses.
    """
    if a.ndim and b.ndim and a.shape != b.shape:
        raise ValueError(f"{names}: expected equal shapes, got {a.shape} and {b.shape}")


def float_dtype(*arrays: ArrayLike) -> np.dtype:
    """The dtype in which the answer goes back: the inputs' floating-point type, else float64."""
    dtype = np.result_type(*(np.asarray(a).dtype for a in arrays))
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def in_dtype(result: NDArray, *inputs: ArrayLike) -> NDArray:
    """`result` rounded to the inputs' dtype; a scalar where it has no axes."""
    with np.errstate(over="ignore", under="ignore"):  # what float16 cannot hold is inf there
        return np.asarray(result).astype(float_dtype(*inputs))[()]


def weighted(weight: NDArray, cost: NDArray) -> NDArray:
    """`weight * cost`, and 0 where the weight is 0 even if the cost is infinite: 0 log 0 = 0.

    That is the limit of x log x for x -> 0, and the sense of an average: what never
    happens costs nothing.
    """
    return np.where(weight == 0, 0.0, weight * cost)


def reject(bad: NDArray, expected: str, got: ArrayLike) -> None:
    """Raise `ValueError` if anything is bad: what was expected, what came, and at which index.

    `got` is the array that `bad` marks, or words.
    """
    if not bad.any():
        return
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    what = got if isinstance(got, str) else np.asarray(got)[index]
    place = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    raise ValueError(f"{expected}, got {what}{place}")
