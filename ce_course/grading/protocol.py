"""Plain data between two processes of which one does not trust the other.

A frame is: its length (8 bytes), the length of its head (4 bytes), the head in JSON, the contents
of its arrays. Reading one makes numbers, text, None, lists, tuples, dicts, arrays of numbers, and
`Opaque` for what was none of these. It never runs code.

A request is read by a process that trusts the one that wrote it: its length, the length of a pickle
(8 bytes), the pickle, the contents of its arrays.

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
MAX_FRAME = 64 * MB
MAX_HEAD = MB
MAX_PARTS = 30_000  # values in a frame, each of which takes 2 µs
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
ALIGNED = 16  # bytes: an array in a request begins at a multiple of these


class BadFrame(Exception):
    """What came is not a frame."""


class TooLarge(Exception):
    """What is to be sent is larger than a frame may be."""


def encode(message: Any, limit: int = MAX_FRAME) -> bytes:
    """A frame. What is no plain data goes as `Opaque`. Raises TooLarge."""
    blobs = bytearray()
    head = json.dumps(_packed(message, blobs, 0)).encode()
    size = 4 + len(head) + len(blobs)
    if len(head) > MAX_HEAD or size > limit:
        raise TooLarge(f"{size / MB:.0f} MB")
    return struct.pack("<QI", size, len(head)) + head + blobs


def decode(body: bytes | bytearray | memoryview, parts: int = MAX_PARTS) -> Any:
    """What a frame says, without its first length. Raises BadFrame, and nothing else.

    parts: how many values it may hold.
    """
    try:
        (head_size,) = struct.unpack_from("<I", body)
        if head_size > MAX_HEAD:
            raise BadFrame("its head is too long")
        head = json.loads(bytes(body[4 : 4 + head_size]))
        return _unpacked(head, _Blobs(memoryview(body)[4 + head_size :], parts), 0)
    except BadFrame:
        raise
    except Exception as error:  # of any kind: the other side chose the bytes
        raise BadFrame(type(error).__name__) from None


def encode_request(message: Any) -> bytes:
    """A request. Functions of this course in it are written by value. Raises TooLarge."""
    head, blobs = _pickled(message)
    size = 8 + len(head) + len(blobs)
    if size > MAX_FRAME:
        raise TooLarge(f"{size / MB:.0f} MB")
    return struct.pack("<QQ", size, len(head)) + head + blobs


def send(connection: socket.socket, message: Any, deadline: float | None = None) -> None:
    """Write a frame. Raises TimeoutError, EOFError if the other side is gone, TooLarge."""
    send_frame(connection, encode(message), deadline)


def send_frame(connection: socket.socket, frame: bytes, deadline: float | None = None) -> None:
    """Write what was encoded. Raises TimeoutError, or EOFError if the other side is gone."""
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
    limit: int = MAX_FRAME,
    parts: int = MAX_PARTS,
) -> Any:
    """Read a frame of at most `limit` bytes and so many parts (see `decode`).

    Raises TimeoutError, EOFError if the other side is gone, BadFrame.
    """
    (size,) = struct.unpack("<Q", _read(connection, 8, deadline))
    if not 4 <= size <= limit:
        raise BadFrame("its length is not allowed")
    return decode(_read(connection, size, deadline), parts)


def receive_request(connection: socket.socket) -> Any:
    """Read a request, of whom we trust. Raises EOFError if the other side is gone."""
    (size,) = struct.unpack("<Q", _read(connection, 8, None))
    body = memoryview(_read(connection, size, None))
    (head_size,) = struct.unpack_from("<Q", body)
    ends, message = pickle.loads(body[8 : 8 + head_size])
    blobs = body[8 + head_size :]
    return pickle.loads(message, buffers=[blobs[start:end] for start, end in ends])


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


def _packed(value: Any, blobs: bytearray, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return {"opaque": "nested"}
    if type(value) in (float, bool) or value is None:
        return value
    if type(value) is str and len(value) <= MAX_TEXT:
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
        return str(value) if len(value) <= MAX_TEXT else {"opaque": "str"}
    if isinstance(value, list):
        return [_packed(part, blobs, depth + 1) for part in value]
    if isinstance(value, tuple):
        return {"tuple": [_packed(part, blobs, depth + 1) for part in value]}
    if isinstance(value, dict):
        if not all(map(_is_key, value)):
            return {"opaque": "dict"}
        pairs = [list(pair) for pair in value.items()]
        return {"dict": _packed(pairs, blobs, depth + 1)}
    if isinstance(value, Opaque):
        return {"opaque": str(value.type)[:100]}
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


def _unpacked(head: Any, blobs: _Blobs, depth: int) -> Any:
    blobs.parts += 1
    if blobs.parts > blobs.most:
        raise BadFrame("too many values")
    if type(head) is float or head is None or type(head) in (int, bool):
        return head
    if depth > 2 * MAX_DEPTH:
        raise BadFrame("nested too deeply")
    if type(head) is str:
        if len(head) > MAX_TEXT:
            raise BadFrame("a text is too long")
        return head
    if type(head) is list:
        return [_unpacked(part, blobs, depth + 1) for part in head]
    if type(head) is not dict or len(head) != 1:
        raise BadFrame("not a value")
    ((kind, content),) = head.items()
    match kind:
        case "tuple":
            return tuple(_unpacked(part, blobs, depth + 1) for part in content)
        case "dict":
            pairs = _unpacked(content, blobs, depth + 1)
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
            array = array.astype(array.dtype.newbyteorder("="))
            return array[()] if kind == "scalar" else array
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


def _pickled(message: Any) -> tuple[bytes, bytearray]:
    """A pickle of (where the arrays' contents lie, a pickle of the message), and these contents.

    A function of this course is whole: with what it uses, and nothing else of the modules it stands
    in. Decorators that keep the function (np.errstate) are left out: calls are made under one
    anyway.
    """

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            inner = getattr(obj, "__wrapped__", None) if isinstance(obj, FunctionType) else None
            return super().reducer_override(inner if isinstance(inner, FunctionType) else obj)

    pickled, blobs, places = io.BytesIO(), bytearray(), []

    def keep(buffer: pickle.PickleBuffer) -> None:
        blobs.extend(bytes(-len(blobs) % ALIGNED))
        places.append((len(blobs), len(blobs) + buffer.raw().nbytes))
        blobs.extend(buffer.raw())

    cloudpickle.register_pickle_by_value(ce_course)
    try:
        Pickler(pickled, buffer_callback=keep).dump(message)
    finally:
        cloudpickle.unregister_pickle_by_value(ce_course)
    head = pickle.dumps((places, pickled.getvalue()))
    return head + bytes(-(8 + len(head)) % ALIGNED), blobs
