"""Plain data between two processes of which one does not trust the other.

A frame is: its length (8 bytes), the length of its head (4 bytes), the head in JSON, the contents
of its arrays. Reading one makes numbers, text, None, lists, tuples, dicts, arrays of numbers, and
`Opaque` for what was none of these. It never runs code, unless `functions` are asked for: what
reads them must trust what wrote them.

Student code can write to its process's end as well as the worker that runs it. So a frame from
there may say anything: what it says is an answer to be judged, and nothing else.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import re
import socket
import struct
import time
from types import FunctionType
from typing import Any

import cloudpickle
import numpy as np

import ce_course
from ce_course.checks.compare import Opaque

MB = 2**20
MAX_HEAD = 4 * MB
MAX_ANSWER_HEAD = MB  # of what is not trusted
MAX_PARTS = 30_000  # values in a frame that is not trusted, each of which takes 2 µs
ARRAY_PARTS = 5  # values that take as long as an array
MAX_DEPTH = 40
MAX_TEXT = 10_000
MAX_DIGITS = 4000
MAX_EMPTY = 100_000
# Keys that collide take time, each as much as there are others: so the squares of the dicts' sizes
# are summed over a frame. Keys are few kinds of small things, which are soon compared.
MAX_PAIRS_SQUARED = 10_000_000
MAX_KEY = 4  # parts of a tuple that is one
ARRAY_KINDS = "biufcU"


class BadFrame(Exception):
    """What came is not a frame."""


class TooLarge(Exception):
    """What is to be sent is larger than a frame may be."""


def encode(message: Any, limit: int = 64 * MB, functions: bool = False) -> bytes:
    """A frame. What is no plain data goes as `Opaque`, or, of `functions`, by value.

    Raises TooLarge.
    """
    blobs = bytearray()
    head = json.dumps(_packed(message, blobs, functions, 0)).encode()
    size = 4 + len(head) + len(blobs)
    if len(head) > (MAX_HEAD if functions else MAX_ANSWER_HEAD) or size > limit:
        raise TooLarge(f"{size / MB:.0f} MB")
    return struct.pack("<QI", size, len(head)) + head + blobs


def decode(
    body: bytes | bytearray | memoryview, functions: bool = False, parts: int = MAX_PARTS
) -> Any:
    """What a frame says, without its first length. Raises BadFrame, and nothing else.

    parts: how many values it may hold, if it does not come from whom we trust.
    """
    try:
        (head_size,) = struct.unpack_from("<I", body)
        if head_size > (MAX_HEAD if functions else MAX_ANSWER_HEAD):
            raise BadFrame("its head is too long")
        head = json.loads(bytes(body[4 : 4 + head_size]))
        return _unpacked(head, _Blobs(memoryview(body)[4 + head_size :], parts), functions, 0)
    except BadFrame:
        raise
    except Exception as error:  # of any kind: the other side chose the bytes
        raise BadFrame(type(error).__name__) from None


def send(
    connection: socket.socket,
    message: Any,
    deadline: float | None = None,
    functions: bool = False,
) -> None:
    """Write a frame. Raises TimeoutError, EOFError if the other side is gone, TooLarge."""
    send_frame(connection, encode(message, functions=functions), deadline)


def send_frame(connection: socket.socket, frame: bytes, deadline: float | None = None) -> None:
    """Write what `encode` made. Raises TimeoutError, or EOFError if the other side is gone."""
    view = memoryview(frame)
    while view:
        _set_timeout(connection, deadline)
        try:
            view = view[connection.send(view[:MB]) :]
        except ConnectionError:
            raise EOFError("the other side is gone") from None


def receive(
    connection: socket.socket,
    deadline: float | None = None,
    limit: int = 64 * MB,
    functions: bool = False,
    parts: int = MAX_PARTS,
) -> Any:
    """Read a frame of at most `limit` bytes and so many parts (see `decode`).

    Raises TimeoutError, EOFError if the other side is gone, BadFrame.
    """
    (size,) = struct.unpack("<Q", _read(connection, 8, deadline))
    if not 4 <= size <= limit:
        raise BadFrame("its length is not allowed")
    return decode(_read(connection, size, deadline), functions, parts)


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytearray:
    """So many bytes. There is room for no more than a MB that has not come yet."""
    data, done = bytearray(min(size, MB)), 0
    while done < size:
        if done == len(data):
            data.extend(bytes(min(size - done, MB)))
        _set_timeout(connection, deadline)
        try:
            with memoryview(data) as view, view[done:] as rest:
                count = connection.recv_into(rest)
        except ConnectionError:
            count = 0
        if not count:
            raise EOFError("the other side is gone")
        done += count
    return data


def _set_timeout(connection: socket.socket, deadline: float | None) -> None:
    if deadline is not None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)


def _packed(value: Any, blobs: bytearray, functions: bool, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return {"opaque": "nested"}
    if value is None or value is True or value is False:
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _packed_array(value, blobs)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return _packed_int(int(value))
    if isinstance(value, complex):
        return {"complex": [float(value.real), float(value.imag)]}
    if isinstance(value, str):
        return str(value) if len(value) <= MAX_TEXT or functions else {"opaque": "str"}
    if isinstance(value, list):
        return [_packed(part, blobs, functions, depth + 1) for part in value]
    if isinstance(value, tuple):
        return {"tuple": [_packed(part, blobs, functions, depth + 1) for part in value]}
    if isinstance(value, dict):
        if not all(map(_is_key, value)):
            return {"opaque": "dict"}
        pairs = [list(pair) for pair in value.items()]
        return {"dict": _packed(pairs, blobs, functions, depth + 1)}
    if isinstance(value, Opaque):
        return {"opaque": str(value.type)[:100]}
    if functions and callable(value):
        return {"function": _kept(_by_value(value), blobs)}
    return {"opaque": type(value).__name__[:100]}


def _is_key(value: Any) -> bool:
    """Whether this may be a dict's key: few of these have the same hash, but for tuples."""
    if isinstance(value, tuple):
        return len(value) <= MAX_KEY and all(
            _is_key(part) and not isinstance(part, tuple) for part in value
        )
    if isinstance(value, int):
        return value.bit_length() <= 64
    if isinstance(value, np.generic):
        return value.dtype.kind in "biufU" and value.dtype.itemsize <= 4 * MAX_TEXT
    return value is None or isinstance(value, str | float)


def _packed_int(value: int) -> Any:
    if value.bit_length() < 64:
        return value
    return {"int": hex(value)} if value.bit_length() < 4 * MAX_DIGITS else {"opaque": "int"}


def _packed_array(value: Any, blobs: bytearray) -> Any:
    array = np.asarray(value, order="C")
    if array.dtype.kind not in ARRAY_KINDS or array.dtype.itemsize > 4 * MAX_TEXT:
        return {"opaque": f"array of {array.dtype}"[:100]}
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    kind = "scalar" if isinstance(value, np.generic) else "array"
    return {kind: [array.dtype.str, list(array.shape), _kept(array.tobytes(), blobs)]}


def _kept(blob: bytes, blobs: bytearray) -> list[int]:
    blobs += blob
    return [len(blobs) - len(blob), len(blob)]


class _Blobs:
    """The contents of a frame's arrays: taken in order, each once, or few bytes would become many.

    empty: how many texts without content there were. parts: how many values, of `most`. pairs: the
    sum of the squares of dicts' sizes.
    """

    def __init__(self, blobs: memoryview, most: int) -> None:
        self._blobs, self._place, self.most = blobs, 0, most
        self.empty = self.parts = self.pairs = 0

    def take(self, start: int, size: int) -> memoryview:
        part = self._blobs[start : start + size]
        if start != self._place or len(part) != size:
            raise BadFrame("a part that is not the next")
        self._place += size
        return part


def _unpacked(head: Any, blobs: _Blobs, functions: bool, depth: int) -> Any:
    if depth > 2 * MAX_DEPTH:
        raise BadFrame("nested too deeply")
    blobs.parts += 1
    if blobs.parts > blobs.most and not functions:
        raise BadFrame("too many values")
    if head is None or type(head) in (bool, int, float):
        return head
    if type(head) is str:
        if len(head) > MAX_TEXT and not functions:
            raise BadFrame("a text is too long")
        return head
    if type(head) is list:
        return [_unpacked(part, blobs, functions, depth + 1) for part in head]
    if type(head) is not dict or len(head) != 1:
        raise BadFrame("not a value")
    ((kind, content),) = head.items()
    match kind:
        case "tuple":
            return tuple(_unpacked(part, blobs, functions, depth + 1) for part in content)
        case "dict":
            pairs = _unpacked(content, blobs, functions, depth + 1)
            blobs.pairs += len(pairs) ** 2
            if blobs.pairs > MAX_PAIRS_SQUARED:
                raise BadFrame("dicts of too many pairs")
            if not all(_is_key(key) for key, _ in pairs):
                raise BadFrame("a key of a kind that is not sent")
            return dict(pairs)
        case "complex":
            real, imaginary = content
            return complex(float(real), float(imaginary))
        case "int" if len(content) <= MAX_DIGITS + 10:
            return int(content, 16)
        case "opaque":
            return Opaque(str(content)[:100])
        case "array" | "scalar":
            array = _unpacked_array(*content, blobs)
            array = array if functions else array.astype(array.dtype.newbyteorder("="))
            return array[()] if kind == "scalar" else array
        case "function" if functions:
            return pickle.loads(blobs.take(*content))
    raise BadFrame("not a value")


def _unpacked_array(kind: str, shape: list[int], place: list[int], blobs: _Blobs) -> np.ndarray:
    blobs.parts += ARRAY_PARTS - 1
    if not re.fullmatch(f"[<|][{ARRAY_KINDS}][0-9]{{1,5}}", kind):
        raise BadFrame("an array of a kind that is not sent")
    dtype = np.dtype(kind)
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise BadFrame("an array of no shape")
    part = blobs.take(*place)
    if math.prod(shape) * dtype.itemsize != len(part):
        raise BadFrame("an array that is not as long as its shape")
    if dtype.kind == "U":
        _check_text(part)
    if dtype.itemsize == 0:  # empty texts take no room in a frame, but do here
        blobs.empty += math.prod(shape)
        if blobs.empty > MAX_EMPTY:
            raise BadFrame("too many empty texts")
        return np.zeros(shape, dtype)
    return np.frombuffer(part, dtype).reshape(shape)


def _check_text(part: memoryview) -> None:
    # NumPy takes what is no character for one, and fails when it is read.
    codes = np.frombuffer(part, "<u4")
    if codes.size and codes.max() > 0x10FFFF:
        raise BadFrame("a text of no characters")


def _by_value(function: Any) -> bytes:
    """A function of this course with what it uses, and nothing else of the modules it stands in.

    Decorators that keep the function (np.errstate) are left out: calls are made under one anyway.
    """

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            inner = getattr(obj, "__wrapped__", None) if isinstance(obj, FunctionType) else None
            return super().reducer_override(inner if isinstance(inner, FunctionType) else obj)

    cloudpickle.register_pickle_by_value(ce_course)
    try:
        buffer = io.BytesIO()
        Pickler(buffer).dump(function)
        return buffer.getvalue()
    finally:
        cloudpickle.unregister_pickle_by_value(ce_course)
