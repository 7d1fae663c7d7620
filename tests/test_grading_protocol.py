"""Frames: plain data comes back as it was, and nothing that is written there runs or harms."""

import contextlib
import json
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as np_st

from ce_course.checks.compare import Opaque, plain
from ce_course.grading import protocol


def back(value, **how):
    frame = protocol.encode(value, **how)
    (size,) = struct.unpack_from("<Q", frame)
    assert size == len(frame) - 8
    return protocol.decode(frame[8:], **how)


def same(a, b):
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return type(a) is type(b) and (a == b or a != a)


texts = st.text(max_size=50)
arrays = np_st.arrays(
    st.one_of(
        np_st.boolean_dtypes(),
        np_st.integer_dtypes(endianness="="),
        np_st.unsigned_integer_dtypes(endianness="="),
        np_st.floating_dtypes(endianness="="),
        np_st.complex_number_dtypes(endianness="="),
    ),
    np_st.array_shapes(min_dims=0, min_side=0, max_side=4),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), texts, arrays
)
whole = st.integers(-(2**63), 2**63)
keys = st.one_of(texts, whole, st.floats(allow_nan=False), st.tuples(texts, whole))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
    ),
    max_leaves=20,
)


@given(values)
def test_plain_data_comes_back_as_it_was(value):
    assert same(back(value), value)


@pytest.mark.parametrize(
    "value",
    [
        np.float32(0.1),
        np.float64("nan"),
        np.array(["a", "Ω", "\U0001f600"]),
        np.array("", dtype="U0"),
        2**200,
        -(2**63),
        -0.0,
    ],
)
def test_special_values(value):
    assert same(back(value), value)


def test_long_doubles():
    found = back(np.longdouble("0.1"))
    assert (type(found), found) == (np.longdouble, np.longdouble("0.1"))


def test_other_layouts_come_back_as_equal_arrays():
    big = np.arange(6, dtype=">i4").reshape(2, 3)
    for array in (big, big.T, big[:, ::2], np.broadcast_to(1.5, (2, 2))):
        np.testing.assert_array_equal(back(array), array)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "object"),
        (len, "builtin_function_or_method"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        ({1j: 2}, "dict"),
        ({2**70: 1}, "dict"),
        (np.array([None]), "array of object"),
        (np.zeros(2, dtype="f8,i4"), "array of [('f0', '<f8'), ('f1', '<i4')]"),
        (np.datetime64("2020-01-01"), "array of datetime64[D]"),
        ("x" * 20_000, "str"),
        pytest.param(2**20_000, "int", id="a whole number of 6000 digits"),
        (Opaque("Thing"), "Thing"),
    ],
)
def test_what_is_not_plain_only_keeps_its_type(value, kind):
    assert back(value) == Opaque(kind)


def test_a_list_that_holds_itself_has_an_end():
    looped = []
    looped.append(looped)
    found = back(looped)
    for _ in range(protocol.MAX_DEPTH):
        (found,) = found
    assert found == [Opaque("nested")]
    assert back(plain(looped)) == Opaque("list")


def test_a_message_that_is_too_large_is_not_sent():
    for value in (np.zeros(1000), ["x" * 100] * 100):
        with pytest.raises(protocol.TooLarge):
            protocol.encode(value, limit=4000)
    with pytest.raises(protocol.TooLarge):
        protocol.encode([1.5] * 2_000_000)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("it ran",))


def frame(head, blobs=b""):
    head = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<I", len(head)) + head + blobs


def array(dtype="<f8", shape=(1,), place=(0, 8)):
    return frame({"array": [dtype, list(shape), list(place)]}, b"\x00" * 8)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff" * 4,
        b"\xff" * 100,
        frame(b"{"),
        frame(b"\xff"),
        frame(b"[" * 100_000),
        frame(b"[" * 5000 + b"]" * 5000),
        frame(b"1" * 10_000),
        frame(b'"' + b"x" * 20_000 + b'"'),
        frame({}),
        frame({"a": 1, "b": 2}),
        frame({"unknown": 1}),
        frame({"dict": 1}),
        frame({"dict": [[1]]}),
        frame({"dict": [[[], 1]]}),
        frame({"dict": [[n * (2**61 - 1), 1] for n in range(20_000)]}),  # all of one hash
        frame({"dict": {"tuple": [[n * (2**61 - 1), 1] for n in range(20_000)]}}),
        frame({"dict": [[{"int": hex(2**70)}, 1]]}),
        frame({"dict": [[{"complex": [1, 1]}, 1]]}),
        frame({"dict": [[{"tuple": [1] * 5}, 1]]}),
        frame({"dict": [[{"tuple": [{"tuple": [1]}]}, 1]]}),
        frame([{"dict": [[m, 1] for m in range(2_000)]}] * 4),
        frame([[]] * 500_000),
        frame(["x" * 9_999] * 250),
        frame({"tuple": 3}),
        frame({"complex": [1]}),
        frame({"complex": ["x", None]}),
        frame({"int": "z"}),
        frame({"int": 5}),
        frame({"int": "f" * 5000}),
        frame({"function": [0, 5]}, b"abcde"),
        frame({"function": [0, len(pickle.dumps(Bomb()))]}, pickle.dumps(Bomb())),
        frame({"array": 1}),
        frame({"array": ["<f8", [1]]}),
        array("O"),
        array("|O8"),
        array("<M8[s]"),
        array("V8"),
        array("<f8,<f8"),
        array("(2,)<f4"),
        array("<f3"),
        array("<U99999999"),
        array(8),
        array(shape=[-1]),
        array(shape=[2]),
        array(shape=[1.0]),
        array(shape=[True]),
        array(shape=["1"]),
        array(shape=[0, 2**62]),
        array(shape=[0, 2**30, 2**30, 2**30]),
        array(shape=[1] * 70),
        array(place=[0, 9]),
        array(place=[-8, 8]),
        array(place=[1, 8]),
        array(place=[2**70, 8]),
        array(place=[0.0, 8]),
        frame({"array": ["<U1", [1], [0, 4]]}, b"\xff" * 4),
        frame({"array": ["<U0", [2**24], [0, 0]]}),
        frame([{"array": ["<U0", [2**16], [0, 0]]}] * 2),
        frame([{"array": ["<f8", [1], [0, 8]]}] * 2, b"\x00" * 8),
    ],
)
def test_what_is_no_frame_is_refused(body):
    with pytest.raises(protocol.BadFrame):
        protocol.decode(body)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_bytes_of_any_kind_give_a_value_or_are_refused(head, blobs):
    for body in (head, frame(head, blobs)):
        with contextlib.suppress(protocol.BadFrame):
            protocol.decode(body)


def test_functions_come_in_requests_only(pair):
    ours, theirs = pair
    protocol.send_frame(ours, protocol.encode_request({"call": len}))
    assert protocol.receive_request(theirs)["call"] is len
    protocol.send_frame(ours, protocol.encode_request({"call": len}))
    with pytest.raises(protocol.BadFrame):
        protocol.receive(theirs)
    protocol.send(ours, {"call": len})
    assert protocol.receive(theirs) == {"call": Opaque("builtin_function_or_method")}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", "f2", "c16", "?", "U3", "O"])
def test_a_request_keeps_arrays_as_they_are(pair, order, dtype):
    """Where they lie in memory, too; and they can be written to, as a learner's may."""
    ours, theirs = pair
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype).copy(order)
    protocol.send_frame(ours, protocol.encode_request(["x", array, array[0, 0]]))
    text, found, number = protocol.receive_request(theirs)
    assert (text, number, type(number)) == ("x", array[0, 0], type(array[0, 0]))
    np.testing.assert_array_equal(found, array, strict=True)
    assert found.flags.f_contiguous == array.flags.f_contiguous
    assert found.flags.aligned
    assert found.flags.writeable


def test_a_request_has_an_end():
    with pytest.raises(protocol.TooLarge):
        protocol.encode_request(np.zeros(protocol.MAX_FRAME // 8 + 1))


def test_a_function_of_the_course_works_without_the_course(tmp_path):
    """It brings what it uses, and nothing else of the module that it stands in."""
    from ce_course.checks.trial_scores import scaled_log_score

    blob = protocol.encode_request(scaled_log_score)
    assert b"expected_score" not in blob
    code = (
        "import sys, pickle; sys.modules['ce_course'] = None; import numpy as np\n"
        "_, function = pickle.loads(sys.stdin.buffer.read()[16:])\n"
        "print(pickle.loads(function)(np.array([0.5, 0.25, 0.25]), 2))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input=blob, capture_output=True, cwd=tmp_path, check=True
    )
    assert float(ran.stdout) == pytest.approx(1.0)


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_what_is_sent_is_received(pair):
    ours, theirs = pair
    value = {"a": np.arange(1_000_000.0)}
    thread = threading.Thread(target=protocol.send, args=(ours, value))
    thread.start()
    found = protocol.receive(theirs, time.monotonic() + 10)
    thread.join()
    np.testing.assert_array_equal(found["a"], value["a"])


def test_who_does_not_write_or_read_does_not_hold_the_other_up(pair):
    ours, theirs = pair
    theirs.send(b"\x10")
    with pytest.raises(TimeoutError):
        protocol.receive(ours, time.monotonic() + 0.1)
    with pytest.raises(TimeoutError):
        protocol.send(ours, np.zeros(1_000_000), time.monotonic() + 0.1)


def test_who_is_gone_is_noticed(pair):
    ours, theirs = pair
    theirs.send(b"\x10\x00")
    theirs.close()
    with pytest.raises(EOFError):
        protocol.receive(ours, time.monotonic() + 10)
    with pytest.raises(EOFError):
        protocol.send(ours, 1, time.monotonic() + 10)


@pytest.mark.parametrize("length", [0, 3, 2000, 2**63])
def test_a_length_that_is_not_allowed_is_refused_before_anything_is_read(pair, length):
    ours, theirs = pair
    theirs.send(struct.pack("<Q", length))
    with pytest.raises(protocol.BadFrame):
        protocol.receive(ours, time.monotonic() + 10, limit=1000)
