"""Chapter 04's derivatives, its `torch.autograd.Function` and its check before training.

Oracles: mpmath, PyTorch's autograd, closed forms.
"""

import subprocess
import sys

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F
import trials

from ce_course import catalogue, check, losses
from ce_course.checks.by_name import exercise_called, exercises_of
from ce_course.checks.call import forward_and_backward
from ce_course.checks.check import CheckFailed
from ce_course.torch_losses import CrossEntropyFunction

ROWS = [
    [0.0, 0, 0],
    [2, 1, -1],
    [40, 0],
    [0, 40],
    [1000, 999, -1000],
    [-745.1, 0, 3],
    [20, 19.999, -20, 5],
    [1e-12, 0],
    [7],
]
every_row = pytest.mark.parametrize("row", ROWS, ids=str)


def exact_softmax(row):
    e = [mpmath.exp(mpmath.mpf(v)) for v in row]
    return [v / mpmath.fsum(e) for v in e]


def rounding(row):
    """What the softmax itself may be off, twice for a product of two probabilities."""
    return 2 * 8 * np.finfo(float).eps * (1 + max(row) - min(row)) + 4 * np.finfo(float).eps


def assert_entries_close(got, exact, row):
    for value, true in zip(np.ravel(got), exact, strict=True):
        error = abs(mpmath.mpf(float(value)) - true)
        assert error <= max(rounding(row) * abs(true), len(row) * 5e-324), (value, true)


# ------------------------------------------------------------------ the Jacobian and the Hessian


@every_row
def test_the_jacobian_is_accurate_in_every_entry(row):
    with mpmath.workdps(1000):
        p = exact_softmax(row)
        others = [mpmath.fsum(p[:i] + p[i + 1 :]) for i in range(len(p))]
        exact = [
            a * others[i] if i == j else -a * b for i, a in enumerate(p) for j, b in enumerate(p)
        ]
        assert_entries_close(losses.softmax_jacobian(np.array(row)), exact, row)


def test_jacobian_and_hessian_are_those_of_autograd():
    z = np.random.default_rng(0).normal(scale=3, size=(20, 6))
    for row in z:
        jacobian = torch.autograd.functional.jacobian(lambda v: v.softmax(-1), torch.tensor(row))
        np.testing.assert_allclose(losses.softmax_jacobian(row), jacobian, rtol=0, atol=1e-15)
        for label in (0, 5):
            hessian = torch.autograd.functional.hessian(
                lambda v, label=label: F.cross_entropy(v, torch.tensor(label)), torch.tensor(row)
            )
            ours = losses.softmax_cross_entropy_hessian(row)
            np.testing.assert_allclose(ours, hessian, rtol=0, atol=1e-15)


def test_the_hessian_is_a_variance_with_the_null_vector_of_ones():
    rng = np.random.default_rng(1)
    z, v = rng.normal(scale=4, size=(500, 5)), rng.normal(size=5)
    H, p = losses.softmax_cross_entropy_hessian(z), losses.softmax(z)
    assert H.shape == (500, 5, 5)
    np.testing.assert_allclose(v @ H @ v, p @ v**2 - (p @ v) ** 2, rtol=0, atol=1e-14)
    np.testing.assert_allclose(H @ np.ones(5), 0, atol=1e-15)
    eigenvalues = np.linalg.eigvalsh(H)
    assert eigenvalues.min() > -1e-15 and eigenvalues.max() <= 0.5 + 1e-15
    half = losses.softmax_cross_entropy_hessian(np.array([0.0, 0, -800]))
    assert np.linalg.eigvalsh(half).max() == pytest.approx(0.5, abs=1e-15)


# ------------------------------------------------------------------ the gradient


@every_row
def test_the_gradient_is_accurate_in_every_entry(row):
    with mpmath.workdps(1000):
        p = exact_softmax(row)
        for y in range(len(row)):
            exact = [a if k != y else -mpmath.fsum(p[:y] + p[y + 1 :]) for k, a in enumerate(p)]
            assert_entries_close(losses.softmax_cross_entropy_grad(np.array(row), y), exact, row)


@pytest.mark.parametrize("shape", [(), (7,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_gradient_is_that_of_autograd(shape, dtype):
    rng = np.random.default_rng(2)
    z, y = rng.normal(scale=3, size=(*shape, 4)).astype(dtype), rng.integers(4, size=shape)
    v = torch.tensor(z).reshape(-1, 4).requires_grad_()
    F.cross_entropy(v, torch.tensor(y).reshape(-1), reduction="sum").backward()
    ours = losses.softmax_cross_entropy_grad(z, y)
    assert ours.dtype == dtype and ours.shape == z.shape
    atol = 2 * np.finfo(dtype).eps
    np.testing.assert_allclose(ours, v.grad.reshape(z.shape), rtol=0, atol=atol)


def test_the_gradient_takes_lists_and_leaves_its_inputs_alone():
    z, y = np.array([[1.0, 2.0]]), np.array([1])
    before = z.copy(), y.copy()
    ours = losses.softmax_cross_entropy_grad(z, y)
    np.testing.assert_array_equal(ours, losses.softmax_cross_entropy_grad([[1, 2]], [1]))
    np.testing.assert_array_equal(z, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_classes_that_cannot_happen_are_not_pushed():
    ours = losses.softmax_cross_entropy_grad(np.array([0.0, -np.inf, 0.0]), 0)
    np.testing.assert_array_equal(ours, [-0.5, 0.0, 0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.softmax_cross_entropy_grad([[1.0, np.nan]], [0]), "z: expected numbers"),
        (lambda: losses.softmax_cross_entropy_grad([[1.0, 2.0]], [2]), "labels from 0 to 1, got 2"),
        (lambda: losses.softmax_cross_entropy_grad([[1.0, 2.0]], [0.0]), "integer labels"),
        (lambda: losses.softmax_cross_entropy_grad([1.0, 2.0], [0]), "one label per example"),
        (lambda: losses.softmax_jacobian(3.0), "at least one class"),
        (lambda: losses.softmax_jacobian([np.inf, np.inf]), r"at most one \+inf"),
    ],
)
def test_bad_input_is_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------ a linear layer


def layer(n=5, d=3, k=4, seed=0):
    rng = np.random.default_rng(seed)
    X, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k)
    return X, W, b, rng.integers(k, size=n)


@pytest.mark.parametrize("sizes", [(5, 3, 4), (1, 2, 2), (4, 4, 4)])
def test_linear_layer_gradients_are_those_of_autograd(sizes):
    X, W, b, y = layer(*sizes)
    tensors = [torch.tensor(a, requires_grad=True) for a in (W, b, X)]
    F.cross_entropy(tensors[2] @ tensors[0] + tensors[1], torch.tensor(y)).backward()
    for ours, tensor in zip(losses.linear_layer_grads(X, W, b, y), tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad, rtol=0, atol=1e-14)


def test_linear_layer_gradients_are_those_that_one_measures():
    X, W, b, y = layer()

    def loss(X=X, W=W, b=b):
        return losses.cross_entropy_from_logits(X @ W + b, y).mean()

    dW, db, dX = losses.linear_layer_grads(X, W, b, y)
    for ours, f, at in (
        (dW, lambda W: loss(W=W), W),
        (db, lambda b: loss(b=b), b),
        (dX, lambda X: loss(X=X), X),
    ):
        np.testing.assert_allclose(ours, losses.numerical_gradient(f, at), rtol=0, atol=1e-9)


def test_linear_layer_refuses_shapes_that_do_not_fit():
    X, W, b, y = layer()
    for args in ((X, W.T, b, y), (X, W, b[:-1], y), (X[0], W, b, y[:1]), (X[:0], W, b, y[:0])):
        with pytest.raises(ValueError, match=r"expected shapes \(N, D\), \(D, K\) and \(K,\)"):
            losses.linear_layer_grads(*args)
    with pytest.raises(ValueError, match="one label per example"):
        losses.linear_layer_grads(X, W, b, y[:-1])


# ------------------------------------------------------------------ the measured gradient


@pytest.mark.parametrize(
    ("f", "gradient", "x"),
    [
        (losses.logsumexp, losses.softmax, [1.0, -2.0, 0.5]),
        (np.prod, lambda x: np.prod(x) / x, [2.0, -3.0, 0.5]),
        (np.linalg.norm, lambda x: x / np.linalg.norm(x), [[3.0, 4.0], [1.0, 2.0]]),
        (np.linalg.det, lambda x: np.linalg.det(x) * np.linalg.inv(x).T, [[2.0, 1.0], [0.5, 3.0]]),
        (np.sum, np.ones_like, [1, 2, 3]),
        (float, np.ones_like, 4.0),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_measured_gradients_agree_with_closed_forms(f, gradient, x):
    ours = losses.numerical_gradient(f, x)
    assert np.shape(ours) == np.shape(x)
    np.testing.assert_allclose(ours, gradient(np.asarray(x, dtype=float)), rtol=1e-10, atol=1e-10)


def test_measuring_never_touches_x_even_if_the_function_does():
    x = np.array([1.0, 2.0])

    def careless(v):
        total = float(v @ v)
        v[:] = 0
        return total

    np.testing.assert_allclose(losses.numerical_gradient(careless, x), [2, 4], rtol=1e-9)
    np.testing.assert_array_equal(x, [1, 2])


def test_the_error_falls_with_the_square_of_the_step_and_then_rises():
    z = np.array([0.3, -0.2, 0.9])

    def error(h):
        return np.abs(losses.numerical_gradient(losses.logsumexp, z, h) - losses.softmax(z)).max()

    assert error(1e-2) / error(1e-3) == pytest.approx(100, rel=0.01)
    assert error(1e-5) < error(1e-3) and error(1e-5) < error(1e-9)


@pytest.mark.parametrize(
    ("f", "x", "step", "message"),
    [
        (np.sum, [1.0, np.nan], 1e-5, "x: expected numbers"),
        (np.sum, [1.0], 0.0, "step: expected a positive number, got 0"),
        (np.sin, [1.0, 2.0], 1e-5, r"f: expected one number, got shape \(2,\)"),
    ],
)
def test_measuring_refuses_bad_input_in_words(f, x, step, message):
    with pytest.raises(ValueError, match=message):
        losses.numerical_gradient(f, x, step)


# ------------------------------------------------------------------ CrossEntropyFunction


def logits_and_labels(n=6, k=4, scale=3.0, dtype=torch.float64):
    rng = np.random.default_rng(3)
    z = torch.tensor(scale * rng.normal(size=(n, k)), dtype=dtype)
    return z.requires_grad_(), torch.tensor(rng.integers(k, size=n))


def test_gradcheck_passes_the_reference():
    assert torch.autograd.gradcheck(CrossEntropyFunction.apply, logits_and_labels())


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_value_and_gradient_are_those_of_torch(reduce, dtype):
    z, y = logits_and_labels(dtype=dtype)
    other = z.detach().clone().requires_grad_()
    ours, theirs = CrossEntropyFunction.apply(z, y), F.cross_entropy(other, y, reduction="none")
    assert ours.dtype == dtype
    getattr(ours, reduce)().backward()
    getattr(theirs, reduce)().backward()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)
    torch.testing.assert_close(z.grad, other.grad, rtol=0, atol=2 * torch.finfo(dtype).eps)


def test_extreme_logits_give_the_numbers_of_the_stable_formulas():
    inf = np.inf
    z = np.array([[1000.0, 0, -1000], [-1000, 0, 1000], [0, -inf, 1], [1e4, 1e4, -1e4]])
    y = np.array([2, 2, 0, 1])
    v = torch.tensor(z, requires_grad=True)
    ours = CrossEntropyFunction.apply(v, torch.tensor(y))
    ours.sum().backward()
    expected = losses.cross_entropy_from_logits(z, y)
    np.testing.assert_allclose(ours.detach(), expected, rtol=1e-15, atol=1e-300)
    gradient = losses.softmax_cross_entropy_grad(z, y)
    np.testing.assert_allclose(v.grad, gradient, rtol=0, atol=1e-15)


def test_the_function_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"expected shapes \(N, K\) and \(N,\), got \(3,\)"):
        CrossEntropyFunction.apply(torch.zeros(3), torch.tensor(0))


EXERCISE = exercise_called("CrossEntropyFunction")
WRONG_GRADIENTS = (
    "grad_output is ignored",
    "grad_output along the wrong axis",
    "the gradient is divided by N",
    "the sign is flipped",
    "the truth is not subtracted",
    "the minus is missing",
)


@pytest.mark.parametrize("name", WRONG_GRADIENTS)
def test_torch_s_gradcheck_rejects_what_the_exercise_calls_a_wrong_gradient(name):
    wrong = next(a for a in trials.answers_to(EXERCISE, "wrong") if a.name == name)
    function = trials.run(wrong)["CrossEntropyFunction"]
    with pytest.raises(RuntimeError):  # GradcheckError, or shapes that do not fit
        torch.autograd.gradcheck(function.apply, logits_and_labels(n=4, k=4))


@pytest.mark.parametrize("seed", range(3))
def test_the_reference_gives_what_the_course_s_own_function_does(seed):
    for case in EXERCISE.make_cases(seed):
        expected = forward_and_backward(CrossEntropyFunction, *case.args)
        given = EXERCISE.reference(*case.args)
        for part in ("loss", "gradient"):
            np.testing.assert_allclose(
                given[part], expected[part].detach().numpy(), rtol=1e-14, atol=1e-15
            )


# ------------------------------------------------------------------ how a class is called


@pytest.fixture(autouse=True)
def own_progress(monkeypatch, tmp_path):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path))


def named_like_the_exercise(**methods):
    return type("CrossEntropyFunction", (torch.autograd.Function,), methods)


def feedback(answer):
    with pytest.raises(CheckFailed) as caught:
        check(answer)
    return str(caught.value)


def not_yet(ctx, *args):
    raise NotImplementedError


def double(ctx, z, y):
    ctx.save_for_backward(z)
    return 2 * F.cross_entropy(z, y, reduction="none")


def cross_entropy(ctx, z, y):
    ctx.save_for_backward(z, y)
    return torch.logsumexp(z, dim=-1) - z[torch.arange(len(y)), y]


def p_minus_one_hot(ctx, above):
    z, y = ctx.saved_tensors
    return above[:, None] * (torch.softmax(z, dim=-1) - F.one_hot(y, z.shape[-1])), None


def test_a_right_class_passes(capsys):
    check(
        named_like_the_exercise(
            forward=staticmethod(cross_entropy), backward=staticmethod(p_minus_one_hot)
        )
    )
    assert "right, on all" in capsys.readouterr().out


def test_the_course_s_own_class_is_no_answer():
    assert "it uses the course's own formulas" in feedback(CrossEntropyFunction)


def test_the_stub_is_not_attempted():
    stub = named_like_the_exercise(forward=staticmethod(not_yet))
    assert "not attempted yet" in feedback(stub)


def test_a_class_without_a_backward_is_told_so():
    text = feedback(named_like_the_exercise(forward=staticmethod(double)))
    assert "expected a class with a `backward` of its own; yours has none" in text


def test_a_backward_that_is_not_written_is_reported():
    methods = {"forward": staticmethod(double), "backward": staticmethod(not_yet)}
    text = feedback(named_like_the_exercise(**methods))
    assert "your code raised an error" in text and "backward is not written yet" in text


def test_wrong_values_name_the_part_and_the_inputs():
    answer = named_like_the_exercise(
        forward=staticmethod(double), backward=staticmethod(lambda ctx, g: (None, None))
    )
    text = feedback(answer)
    assert "grad_output = [1]" in text and "at key 'loss'" in text
    assert "ce_course" not in text


def test_a_class_without_its_base_is_told_so():
    class CrossEntropyFunction:
        pass

    text = feedback(CrossEntropyFunction)
    assert (
        "a class derived from torch.autograd.Function" in text and "is a class of another" in text
    )


def test_the_caller_returns_plain_parts():
    z, y, above = np.log([[0.7, 0.2, 0.1]]), np.array([0]), np.array([2.0])
    result = forward_and_backward(CrossEntropyFunction, z, y, above)
    assert result["loss"].item() == pytest.approx(-np.log(0.7))
    np.testing.assert_allclose(result["gradient"], [[-0.6, 0.4, 0.2]], atol=1e-15)


def test_inputs_are_plain_data_or_functions_that_are_not_defined_beside_references():
    """A grader sends inputs to where the learner's code runs, functions with what they use."""
    plain = np.ndarray | np.generic | int | float | dict | str
    for chapter in catalogue.CHAPTERS:
        for exercise in exercises_of(chapter):
            functions = [exercise.call] if exercise.call else []
            for case in exercise.make_cases():
                for value in case.args:
                    if callable(value):
                        functions.append(value)
                    else:
                        several = value if isinstance(value, list) else [value]
                        assert all(each is None or isinstance(each, plain) for each in several)
            for function in functions:
                beside = ("__main__", f"ce_course.checks.{chapter.module}")
                assert function.__module__ not in beside


def test_the_exercises_load_without_torch():
    program = (
        "import sys, ce_course.checks.softmax_gradient as module\n"
        "module.softmax_jacobian.run(module.softmax_jacobian.reference,"
        " module.softmax_jacobian.make_cases())\n"
        "assert 'torch' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
