"""Entropy and its family against mpmath, SciPy and closed forms; Huffman against all codes."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_course import information

INF, NAN = np.inf, np.nan
EPS = np.finfo(np.float64).eps
oracle_settings = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def distributions(draw, size, lowest=0):
    """Distributions of `size` symbols, from sharp to flat, zeros included if `lowest` is 0."""
    weights = np.array(draw(st.lists(st.integers(lowest, 40), min_size=size, max_size=size)))
    weights[draw(st.integers(0, size - 1))] += 1
    powers = weights.astype(float) ** draw(st.sampled_from([1, 2, 9]))
    return powers / powers.sum()


def exact_sum(p, cost):
    """The sum of p * cost over the symbols with p > 0, at 50 digits."""
    terms = [mpmath.mpf(float(w)) * cost(i) for i, w in enumerate(p) if w > 0]
    return mpmath.fsum(terms)


def minus_log(x):
    return -mpmath.log(mpmath.mpf(float(x)))


@oracle_settings
@given(st.data(), st.integers(1, 8), st.sampled_from([np.e, 2, 10, 3]))
def test_entropy_and_cross_entropy_against_mpmath(data, size, base):
    p, q = data.draw(distributions(size)), data.draw(distributions(size, lowest=1))
    with mpmath.workdps(50):
        unit = mpmath.log(mpmath.mpf(float(base)))
        exact = {
            "H(p)": exact_sum(p, lambda i: minus_log(p[i])) / unit,
            "H(p, q)": exact_sum(p, lambda i: minus_log(q[i])) / unit,
        }
        got = {
            "H(p)": information.entropy(p, base),
            "H(p, q)": information.cross_entropy(p, q, base),
        }
        for name, value in got.items():
            error = abs(mpmath.mpf(float(value)) - exact[name])
            assert error <= 8 * EPS * exact[name], name
        for i in range(size):
            exact_surprisal = minus_log(q[i]) / unit
            error = abs(mpmath.mpf(float(information.surprisal(q[i], base))) - exact_surprisal)
            assert error <= 4 * EPS * exact_surprisal


@oracle_settings
@given(st.data(), st.integers(2, 8), st.sampled_from([np.e, 2, 10]))
def test_kl_divergence_against_mpmath(data, size, base):
    p, q = data.draw(distributions(size)), data.draw(distributions(size, lowest=1))
    with mpmath.workdps(50):
        # The sums of p and q differ from one by their rounding, so (q - p) belongs to the truth
        exact = exact_sum(p, lambda i: minus_log(q[i]) - minus_log(p[i]))
        exact += mpmath.fsum(map(mpmath.mpf, q)) - mpmath.fsum(map(mpmath.mpf, p))
        exact /= mpmath.log(mpmath.mpf(float(base)))
        error = abs(mpmath.mpf(float(information.kl_divergence(p, q, base))) - exact)
        assert error <= 8 * EPS * (exact + mpmath.mpf(np.abs(q - p).sum()))


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-12])
def test_kl_divergence_of_nearly_equal_distributions(step):
    p, q = np.array([0.5, 0.5]), np.array([0.5 + step, 0.5 - step])
    with mpmath.workdps(50):
        d = 2 * (mpmath.mpf(float(q[0])) - mpmath.mpf("0.5"))
        exact = -mpmath.log(1 - d**2) / 2  # KL((1/2, 1/2) || (1/2 + d/2, 1/2 - d/2))
    got = information.kl_divergence(p, q)
    assert abs(mpmath.mpf(float(got)) - exact) <= 8 * EPS * (exact + step)
    naive = np.sum(p * np.log(p / q))  # 0.0 or the wrong digits, from 1e-9 on
    assert step > 1e-9 or abs(naive - float(exact)) > abs(got - float(exact))


def test_kl_divergence_is_never_negative():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(2), size=20_000)
    q = p * (1 + rng.integers(-4, 5, size=p.shape) * EPS)  # p but for a few last digits
    assert np.all(information.kl_divergence(p, q) >= 0)
    np.testing.assert_array_equal(information.kl_divergence(p, p), 0)


@oracle_settings
@given(st.data(), st.integers(1, 8))
def test_cross_entropy_is_entropy_plus_kl(data, size):
    p, q = data.draw(distributions(size)), data.draw(distributions(size, lowest=1))
    total = information.entropy(p, 2) + information.kl_divergence(p, q, 2)
    assert information.cross_entropy(p, q, 2) == pytest.approx(total, rel=1e-13, abs=1e-15)


def test_against_scipy():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(6), size=(2, 20))
    p[0] = [1, 0, 0, 0, 0, 0]
    for base in (math.e, 2, 10):
        expected = scipy.stats.entropy(p, axis=1, base=base)
        np.testing.assert_allclose(information.entropy(p, base), expected, rtol=1e-13)
        expected = scipy.stats.entropy(p, q, axis=1, base=base)
        np.testing.assert_allclose(information.kl_divergence(p, q, base), expected, rtol=1e-12)
    expected = -scipy.special.xlogy(p, q).sum(axis=1)
    np.testing.assert_allclose(information.cross_entropy(p, q), expected, rtol=1e-13)


def test_closed_forms():
    powers = 0.5 ** np.arange(1, 60)
    np.testing.assert_array_equal(information.surprisal(powers, 2), np.arange(1, 60))
    assert information.surprisal(0.001, 10) == pytest.approx(3, rel=1e-15)
    assert information.entropy([0.5, 0.25, 0.125, 0.125], 2) == 1.75
    assert information.entropy(np.full(8, 1 / 8), 2) == 3
    assert information.entropy(np.full(7, 1 / 7)) == pytest.approx(math.log(7), rel=1e-15)
    assert information.cross_entropy([0.5, 0.5], [0.25, 0.75], 2) == pytest.approx(
        2 - math.log2(3) / 2, rel=1e-15
    )
    assert information.kl_divergence([1, 0], [0.25, 0.75], 2) == pytest.approx(2, rel=1e-15)
    assert information.kl_divergence([0.75, 0.25], [0.25, 0.75], 3) == pytest.approx(0.5, rel=1e-15)


def test_zeros():
    assert information.surprisal(0) == information.surprisal(0.0, 2) == INF
    assert information.entropy([1, 0]) == information.entropy([1], 2) == 0
    assert information.cross_entropy([1, 0], [0.5, 0.5], 2) == 1
    assert information.cross_entropy([0.5, 0.5], [1, 0]) == INF
    assert information.cross_entropy([1, 0], [1, 0]) == 0
    assert information.kl_divergence([0.5, 0.5], [1, 0]) == INF
    assert information.kl_divergence([1, 0], [0, 1]) == INF
    assert information.kl_divergence([1, 0], [1, 0]) == 0
    assert information.kl_divergence([1e-310, 1], [1, 0]) == INF
    assert information.kl_divergence([1e-310, 1], [0.5, 0.5]) == pytest.approx(math.log(2))
    for zero in (
        information.surprisal(1),
        information.surprisal([1.0], 2),
        information.entropy([1]),
        information.cross_entropy([1, 0], [1, 0]),
        information.kl_divergence([1, 0], [1, 0]),
    ):
        assert not np.signbit(zero).any()


def test_no_floating_point_warning_reaches_the_caller():
    p, q = [0, 1e-320, 1], [1, 0, 0]
    with np.errstate(all="raise"):
        information.surprisal(p)
        information.entropy(p, 2)
        information.shannon_code_lengths(p)
        for first, second in itertools.product([p, q], repeat=2):
            information.cross_entropy(first, second, 3)
            information.kl_divergence(first, second)


def test_shapes_and_dtypes():
    rng = np.random.default_rng(1)
    p, q = rng.dirichlet(np.ones(4), size=(2, 3)), rng.dirichlet(np.ones(4))
    assert information.surprisal(p).shape == information.shannon_code_lengths(p).shape == (2, 3, 4)
    assert information.entropy(p).shape == (2, 3)
    for f in (information.cross_entropy, information.kl_divergence):
        one_code = f(p, q)
        assert one_code.shape == f(q, p).shape == (2, 3)
        assert one_code[1, 2] == f(p[1, 2], q)
        assert f(p.astype(np.float32), q.astype(np.float32)).dtype == np.float32
        assert f(p.astype(np.float32), q).dtype == np.float64
    for f in (information.surprisal, information.entropy, information.shannon_code_lengths):
        assert f(p.astype(np.float32)).dtype == np.float32
        assert f(np.array([0, 1])).dtype == np.float64
        assert f(np.zeros((0, 3))).shape[0] == 0
    assert np.ndim(information.entropy([0.5, 0.5])) == 0
    p32 = p.astype(np.float32)
    expected = information.entropy(p32.astype(np.float64))
    np.testing.assert_allclose(information.entropy(p32), expected, rtol=np.finfo(np.float32).eps)


# Codes


def is_prefix_free(code):
    words = list(code.values())
    return not any(a.startswith(b) for a, b in itertools.permutations(words, 2))


def shortest_prefix_code(p):
    """The least mean length of any prefix code: over all word lengths that Kraft allows."""
    return min(
        float(np.dot(p, lengths))
        for lengths in itertools.product(range(1, len(p)), repeat=len(p))
        if sum(0.5**length for length in lengths) <= 1
    )


@oracle_settings
@given(st.lists(st.integers(0, 20), min_size=2, max_size=5).filter(any))
def test_huffman_code_is_prefix_free_and_no_code_is_shorter(counts):
    frequencies = dict(enumerate(counts))
    code = information.huffman_code(frequencies)
    assert list(code) == list(frequencies)
    assert all(set(word) <= {"0", "1"} and word for word in code.values())
    assert is_prefix_free(code)
    p = np.array(counts) / sum(counts)
    length = information.expected_code_length(code, dict(enumerate(p)))
    assert length == pytest.approx(shortest_prefix_code(p), rel=1e-12)


@oracle_settings
@given(st.data(), st.integers(2, 30))
def test_code_lengths_lie_within_a_bit_of_the_entropy(data, size):
    p = data.draw(distributions(size, lowest=1))
    entropy = information.entropy(p, 2)
    named = dict(enumerate(p))
    huffman = information.expected_code_length(information.huffman_code(named), named)
    lengths = information.shannon_code_lengths(p)
    shannon = float(p @ lengths)
    assert entropy - 1e-12 <= huffman <= shannon + 1e-12
    assert shannon < entropy + 1 + 1e-12
    assert np.sum(0.5**lengths) <= 1 + 1e-12
    assert np.all(lengths >= information.surprisal(p, 2))


def test_huffman_code_by_hand():
    frequencies = {"a": 5, "b": 2, "c": 1, "d": 1}
    code = information.huffman_code(frequencies)
    assert code == {"a": "1", "b": "00", "c": "010", "d": "011"}
    p = {"a": 5 / 9, "b": 2 / 9, "c": 1 / 9, "d": 1 / 9}
    assert information.expected_code_length(code, p) == pytest.approx(15 / 9, rel=1e-15)
    assert information.expected_code_length(code, {"c": 1.0}) == 3
    assert information.huffman_code({"only": 3}) == {"only": "0"}
    assert information.huffman_code(dict.fromkeys("abcd", 1)) == {
        "a": "00",
        "b": "01",
        "c": "10",
        "d": "11",
    }
    assert frequencies == {"a": 5, "b": 2, "c": 1, "d": 1}


def test_huffman_symbols_need_no_order():
    code = information.huffman_code({None: 1, "a": 1, 3: 1, (1, 2): 1})
    assert sorted(code.values()) == ["00", "01", "10", "11"]


def test_shannon_code_lengths_by_hand():
    np.testing.assert_array_equal(information.shannon_code_lengths([0.5, 0.3, 0.2]), [1, 2, 3])
    np.testing.assert_array_equal(information.shannon_code_lengths([1, 0]), [0, INF])
    lengths = 0.5 ** np.array([1, 2, 3, 4, 4])
    np.testing.assert_array_equal(information.shannon_code_lengths(lengths), [1, 2, 3, 4, 4])


def test_words_are_needed_only_for_what_is_sent():
    assert information.expected_code_length({"a": "0"}, {"a": 1, "b": 0}) == 1
    assert information.expected_code_length({"a": "0", "z": "11"}, {"a": 1}) == 1


# Errors

BAD = {
    "negative": (lambda: information.entropy([1.5, -0.5]), "p: .*negative, got -0.5 at index 1"),
    "sum": (lambda: information.entropy([0.5, 0.4]), "whose sum .* is 1, got 0.9"),
    "row sum": (lambda: information.entropy([[1, 0], [1, 1]]), "is 1, got 2.0 at index 1"),
    "rounded thirds": (lambda: information.entropy([0.333] * 3), "got 0.999"),
    "infinite": (lambda: information.entropy([INF, 0]), "is 1, got inf"),
    "NaN": (lambda: information.entropy([0.5, NAN]), "p: expected numbers, got nan at index 1"),
    "bare number": (lambda: information.entropy(1.0), r"last axis, got shape \(\)"),
    "nothing": (lambda: information.entropy([]), r"got shape \(0,\)"),
    "text": (lambda: information.entropy(["a"]), "p: expected real numbers, got dtype <U1"),
    "surprisal high": (lambda: information.surprisal(1.1), "p: .*from 0 to 1, got 1.1"),
    "surprisal low": (lambda: information.surprisal([1, -1]), "p: .*got -1.0 at index 1"),
    "surprisal NaN": (lambda: information.surprisal(NAN), "p: expected numbers, got nan"),
    "q sum": (lambda: information.cross_entropy([1, 0], [1, 1]), "q: .*got 2.0"),
    "p sum": (lambda: information.kl_divergence([1, 1], [1, 0]), "p: .*got 2.0"),
    "q negative": (lambda: information.kl_divergence([1, 0], [2, -1]), "q: .*got -1.0"),
    "symbols": (
        lambda: information.cross_entropy([0.5, 0.5], [0.5, 0.25, 0.25]),
        r"p and q: .*got shapes \(2,\) and \(3,\)",
    ),
    "one symbol": (lambda: information.kl_divergence([0.5, 0.5], [1.0]), "got shapes"),
    "rows": (
        lambda: information.kl_divergence(np.full((2, 2), 0.5), np.full((3, 2), 0.5)),
        r"got shapes \(2, 2\) and \(3, 2\)",
    ),
    "base 1": (lambda: information.entropy([1], 1), "base: .*other than 1, got 1"),
    "base 0": (lambda: information.surprisal(1, 0), "base: .*got 0"),
    "base negative": (lambda: information.cross_entropy([1], [1], -2), "base: .*got -2"),
    "base NaN": (lambda: information.kl_divergence([1], [1], NAN), "base: .*got nan"),
    "base infinite": (lambda: information.entropy([1], INF), "base: .*got inf"),
    "Shannon": (lambda: information.shannon_code_lengths([0.5]), "p: .*got 0.5"),
    "no symbols": (lambda: information.huffman_code({}), "frequencies: .*got none"),
    "frequency": (lambda: information.huffman_code({"a": 1, "b": -1}), "'b': .*got -1"),
    "frequency NaN": (lambda: information.huffman_code({"a": NAN}), "'a': .*got nan"),
    "frequency inf": (lambda: information.huffman_code({"a": INF, "b": 1}), "'a': .*got inf"),
    "no word": (
        lambda: information.expected_code_length({"a": "0"}, {"a": 0.5, "b": 0.5}),
        r"code: expected a word for every symbol of p, got none for \['b'\]",
    ),
    "code p": (lambda: information.expected_code_length({"a": "0"}, {"a": 0.5}), "got 0.5"),
    "frequencies are a number": (
        lambda: information.huffman_code(3.5),
        "frequencies: expected a mapping from symbols, got 3.5",
    ),
    "frequencies overflow": (lambda: information.huffman_code({"a": 1e308, "b": 1e308}), "finite"),
    "code is a list": (
        lambda: information.expected_code_length(["0"], {0: 1.0}),
        "code: .*mapping",
    ),
    "p is a list": (lambda: information.expected_code_length({0: "0"}, [1.0]), "p: .*mapping"),
    "word is a number": (
        lambda: information.expected_code_length({"a": 0}, {"a": 1.0}),
        "code: expected words of letters, got 0 for 'a'",
    ),
    "code no p": (lambda: information.expected_code_length({"a": "0"}, {}), "got shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_what_was_expected_and_what_came(name):
    call, message = BAD[name]
    with pytest.raises((ValueError, TypeError), match=message):
        call()


@pytest.mark.parametrize(
    ("dtype", "tolerated", "refused"),
    [
        (np.float64, 9e-7, 1.1e-6),
        (np.float32, 3e-4, 4e-4),
    ],
)
def test_the_sum_may_miss_one_by_rounding_only(dtype, tolerated, refused):
    information.entropy(np.array([0.5, 0.5 + tolerated], dtype))
    with pytest.raises(ValueError, match="whose sum"):
        information.entropy(np.array([0.5, 0.5 + refused], dtype))
