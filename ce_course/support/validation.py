"""What the formulas accept: arrays in, `ValueError` with expected and got out.

Every check returns the array in at least float64. The formulas compute there and
round once, at the end, to the dtype that came in (`in_dtype`): float32 input gives
float32 output with no error but that last rounding. Integers and booleans become float64.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def as_floats(x: ArrayLike, name: str) -> NDArray:
    """`x` as an array of float64 (or wider) without NaN."""
    given = np.asarray(x)
    if given.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected real numbers, got dtype {given.dtype}")
    a = given.astype(np.result_type(given.dtype, np.float64), order="C")
    reject(np.isnan(a), f"{name}: expected numbers", a)
    return a


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
    """Non-negative numbers that sum to one along the last axis.

    The sum may miss one by 1e-6 in float64, enough for values that were float32 once, and by
    the square root of the machine epsilon in float32 (3.5e-4) and float16 (0.03), the rule of
    `numpy.random.Generator.choice`. Nothing is normalised.
    """
    a = as_logits(p, name)
    reject(a < 0, f"{name}: expected probabilities that are not negative", a)
    total = a.sum(axis=-1)
    tolerance = max(1e-6, np.sqrt(np.finfo(float_dtype(p)).eps))
    off = ~(np.abs(total - 1) <= tolerance)
    reject(off, f"{name}: expected probabilities whose sum over the last axis is 1", total)
    return a


def as_labels(y: ArrayLike, num_classes: int, shape: tuple[int, ...] | None = None) -> NDArray:
    """Integer labels in 0 ... num_classes - 1, of the given shape."""
    a = np.asarray(y)
    if a.dtype.kind not in "biu" and a.size > 0:
        raise ValueError(f"y: expected integer labels, got dtype {a.dtype}")
    if shape is not None and a.shape != shape:
        raise ValueError(f"y: expected shape {shape}, one label per example, got shape {a.shape}")
    reject((a < 0) | (a >= num_classes), f"y: expected labels from 0 to {num_classes - 1}", a)
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
