"""The exercises of chapter 04: what they are tried on, their references, the usual mistakes."""

from __future__ import annotations

import numpy as np

from ce_course import losses
from ce_course.checks.call import forward_and_backward, is_autograd_function
from ce_course.checks.exercise import Case, Exercise, Mistake

CHAPTER = "04_softmax_gradient"


def _naive_softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def _softmax_over_examples(z):
    return losses.softmax(z.T).T


def _one_hot(z, y):
    return losses.one_hot(y, z.shape[-1])


OVERFLOW_HINT = (
    "Your formula is right, but exp(1000) overflows and inf / inf is nan. Subtract the largest "
    "logit of each example before exp: softmax does not change."
)


# ------------------------------------------------------------------ softmax_jacobian


def _jacobian_cases(rng):
    return [
        Case((np.zeros(3),), note="all logits equal"),
        Case((np.array([2.0, -1.0]),), note="two classes"),
        Case((rng.normal(scale=2, size=4),)),
        Case((np.array([1000.0, 999.0, -1000.0]),), note="logits so large that exp overflows"),
        Case((np.array([3.0]),), note="a single class: its probability cannot change"),
        Case((np.array([3, -1, 0]),), note="whole numbers"),
        Case((np.array([0.0, 12.0, 25.0, -3.0]),), note="logits 10 to 30 apart"),
        Case((np.array([-1000.0, -1001.0]),), note="logits so small that every exp is 0"),
    ]


def _jacobian_with(softmax):
    def jacobian(z):
        p = softmax(z)
        return np.diag(p) - np.outer(p, p)

    return jacobian


softmax_jacobian = Exercise(
    name="softmax_jacobian",
    chapter=CHAPTER,
    signature="softmax_jacobian(z)",
    task="The derivatives of p = softmax(z) for the logits `z` of one example, shape (K,): the "
    "(K, K) array whose entry [i, j] is the derivative of p[i] with respect to z[j]. "
    "Stable at z = 1000.",
    difficulty=2,
    minutes=10,
    reference=losses.softmax_jacobian,
    cases=_jacobian_cases,
    hints=(
        "Use the quotient rule on exp(z[i]) / sum of exp(z[k]). Do the cases i = j and i ≠ j "
        "apart.",
        "You should find p[i] (1 - p[i]) on the diagonal and -p[i] p[j] beside it. Both are "
        "p[i] (δ - p[j]), with δ = 1 on the diagonal and 0 elsewhere.",
        "np.diag(p) - np.outer(p, p), with a softmax that subtracts z.max() first.",
    ),
    mistakes=(
        Mistake(
            "only the diagonal",
            "You have the derivative of each probability with respect to its own logit. Raising "
            "one logit also takes from all the others: -p[i] p[j] beside the diagonal.",
            lambda z: np.diag(losses.softmax(z) * (1 - losses.softmax(z))),
        ),
        Mistake(
            "a vector",
            "p (1 - p) is the diagonal of what is asked for, as a vector. Each probability "
            "depends on every logit: that makes a (K, K) array.",
            lambda z: losses.softmax(z) * (1 - losses.softmax(z)),
        ),
        Mistake(
            "plus beside the diagonal",
            "Your entries beside the diagonal have the wrong sign or the diagonal is "
            "p + p². If one logit rises, the other probabilities fall: subtract the outer product.",
            lambda z: np.diag(losses.softmax(z)) + np.outer(losses.softmax(z), losses.softmax(z)),
        ),
        Mistake(
            "the sign is flipped",
            "All your signs are flipped: a probability rises with its own logit.",
            lambda z: -losses.softmax_jacobian(z),
        ),
        Mistake(
            "no diagonal term",
            "You return -p[i] p[j] everywhere. On the diagonal p[i] must be added: that is the "
            "derivative of the numerator.",
            lambda z: -np.outer(losses.softmax(z), losses.softmax(z)),
        ),
        Mistake(
            "the identity instead of diag(p)",
            "You subtract the outer product from the identity. It is diag(p) that stands there.",
            lambda z: np.eye(len(z)) - np.outer(losses.softmax(z), losses.softmax(z)),
        ),
        Mistake(
            "the derivatives of log softmax",
            "These are the derivatives of log p, 1 - p[j] and -p[j]. Multiply row i by p[i].",
            lambda z: np.eye(len(z)) - losses.softmax(z),
        ),
        Mistake(
            "the derivatives of log softmax, transposed",
            "These are the derivatives of log p, and the indices are swapped: row i belongs to "
            "p[i], column j to z[j]. Besides, row i is to be multiplied by p[i].",
            lambda z: (np.eye(len(z)) - losses.softmax(z)).T,
        ),
        Mistake(
            "p[i] (1 - p[j]) everywhere",
            "The 1 belongs to the diagonal only. Beside it there is nothing but -p[i] p[j].",
            lambda z: np.outer(losses.softmax(z), 1 - losses.softmax(z)),
        ),
        Mistake(
            "logits for probabilities",
            "Your formula is right, but you put the logits into it. p is softmax(z).",
            lambda z: np.diag(z) - np.outer(z, z),
        ),
        Mistake("exp overflows", OVERFLOW_HINT, _jacobian_with(_naive_softmax)),
        Mistake(
            "a number",
            "You multiply p by p and get their scalar product, or a vector. The outer product is a "
            "(K, K) array: np.outer(p, p).",
            lambda z: np.diag(losses.softmax(z)) - losses.softmax(z) @ losses.softmax(z),
        ),
        Mistake(
            "entries multiplied in place of all pairs",
            "p * p pairs each probability with itself only. All pairs are needed: np.outer(p, p), "
            "or p[:, None] * p[None, :].",
            lambda z: np.diag(losses.softmax(z)) - losses.softmax(z) * losses.softmax(z),
        ),
        Mistake(
            "p in place of diag(p)",
            "You subtract the outer product from the vector p, which NumPy repeats in every row. p "
            "belongs on the diagonal only: np.diag(p).",
            lambda z: losses.softmax(z) - np.outer(losses.softmax(z), losses.softmax(z)),
        ),
        Mistake(
            "the sigmoid's derivative",
            "You take a sigmoid of each logit. Softmax divides by the sum over all of them.",
            lambda z: np.diag(losses.sigmoid(z) * losses.sigmoid(-z)),
        ),
    ),
)


# ------------------------------------------------------------------ softmax_cross_entropy_grad


def _grad_cases(rng):
    return [
        Case((np.log([[0.7, 0.2, 0.1]]), np.array([0])), note="p = 0.7, 0.2, 0.1"),
        Case((np.zeros((2, 4)), np.array([3, 0])), note="all logits equal"),
        Case((rng.normal(scale=2, size=(5, 3)), np.array([0, 2, 1, 1, 0]))),
        Case((rng.normal(size=(3, 3)), np.array([2, 0, 0])), note="as many examples as classes"),
        Case(
            (np.array([[1000.0, 0.0, -1000.0], [-1000.0, 0.0, 1000.0]]), np.array([2, 2])),
            note="wrong by 2000, right by 1000",
        ),
        Case(
            (np.array([[1000.0, 999.0], [0.0, 1.0], [-1000.0, -999.0]]), np.array([0, 1, 0])),
            note="rows that lie far apart",
        ),
        Case((np.array([[3, -1, 0], [0, 0, 2]]), np.array([1, 2])), note="whole numbers"),
        Case(
            (np.array([[0.0, 12.0, 3.0], [25.0, 0.0, -15.0]]), np.array([1, 2])),
            note="logits 10 to 40 apart",
        ),
    ]


def _without_keepdims(z, y):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1) - _one_hot(z, y)


def _all_rows(z, y):
    p = losses.softmax(z)
    p[:, y] -= 1
    return p


def _true_class_only(z, y):
    return _one_hot(z, y) * losses.softmax_cross_entropy_grad(z, y)


def _squared_error_grad(z, y):
    grad = 2 * losses.softmax_cross_entropy_grad(z, y)
    return (losses.softmax_jacobian(z) @ grad[..., np.newaxis])[..., 0]


softmax_cross_entropy_grad = Exercise(
    name="softmax_cross_entropy_grad",
    chapter=CHAPTER,
    signature="softmax_cross_entropy_grad(z, y)",
    task="The derivatives of each example's cross-entropy with respect to its own logits: shape "
    "(N, K) for logits `z` (N, K) and integer labels `y` (N,). No mean over the examples, no "
    "division by N. Stable at z = 1000.",
    difficulty=2,
    minutes=10,
    reference=losses.softmax_cross_entropy_grad,
    cases=_grad_cases,
    hints=(
        "The loss is logsumexp(z) - z[y]. What is the derivative of each part with respect to "
        "z[j]?",
        "The first part gives p[j]. The second gives -1 for j = y and 0 for the others.",
        "p = softmax(z) along the last axis; then p[np.arange(len(y)), y] -= 1.",
    ),
    mistakes=(
        Mistake(
            "the sign is flipped",
            "You have truth minus prediction: the direction in which descent moves. The gradient "
            "itself is prediction minus truth.",
            lambda z, y: -losses.softmax_cross_entropy_grad(z, y),
        ),
        Mistake(
            "divided by N",
            "You divided by the number of examples: that is the gradient of the mean. This "
            "exercise wants each example's own.",
            lambda z, y: losses.softmax_cross_entropy_grad(z, y) / len(y),
        ),
        Mistake(
            "divided by N K",
            "You divided by the number of entries. This exercise wants each example's own "
            "gradient, divided by nothing.",
            lambda z, y: losses.softmax_cross_entropy_grad(z, y) / z.size,
        ),
        Mistake(
            "the truth is not subtracted",
            "You return the probabilities. At the true class 1 has to be subtracted; without it "
            "every logit would be pushed down.",
            lambda z, y: losses.softmax(z),
        ),
        Mistake(
            "1 subtracted in every row",
            "p[:, y] -= 1 subtracts in all rows at each of the labels. You want one entry a row: "
            "p[np.arange(len(y)), y] -= 1.",
            _all_rows,
        ),
        Mistake(
            "the label as a number",
            "You subtract the label itself, as if class 2 were the number 2. Subtract its one-hot "
            "row: 1 at the true class, 0 elsewhere.",
            lambda z, y: losses.softmax(z) - y[:, np.newaxis],
        ),
        Mistake(
            "no softmax",
            "You subtract the one-hot labels from the logits. It is the probabilities that are "
            "compared with the truth.",
            lambda z, y: z - _one_hot(z, y),
        ),
        Mistake(
            "softmax over the examples",
            "Your probabilities sum to 1 down the columns. Each example is a row: take the "
            "softmax over the last axis.",
            lambda z, y: _softmax_over_examples(z) - _one_hot(z, y),
        ),
        Mistake(
            "softmax over the whole array",
            "Your softmax mixes the examples: the whole array sums to 1. Each row should, on its "
            "own: axis=-1, keepdims=True.",
            lambda z, y: losses.softmax(z.ravel()).reshape(z.shape) - _one_hot(z, y),
        ),
        Mistake(
            "only the true class",
            "Only the true class has a gradient in your answer. The wrong classes have one too: "
            "their own probability, which pushes them down.",
            _true_class_only,
        ),
        Mistake(
            "the gradient of the squared error",
            "You sent 2 (p - y) through the softmax: that is the gradient of the squared error. "
            "In cross-entropy the softmax's Jacobian cancels.",
            _squared_error_grad,
        ),
        *(
            Mistake(
                "the slope of a sigmoid left in",
                "You multiply p - y by p (1 - p). In cross-entropy the derivative of the softmax "
                "cancels: what is left is p - y.",
                lambda z, y, factor=factor: (
                    factor
                    * losses.softmax_cross_entropy_grad(z, y)
                    * losses.softmax(z)
                    * (1 - losses.softmax(z))
                ),
            )
            for factor in (1, 2)
        ),
        Mistake(
            "summed over the examples",
            "You return one row, the sum over the examples. Keep one row for each.",
            lambda z, y: losses.softmax_cross_entropy_grad(z, y).sum(axis=0),
        ),
        Mistake(
            "exp overflows",
            OVERFLOW_HINT,
            lambda z, y: _naive_softmax(z) - _one_hot(z, y),
        ),
        Mistake(
            "one maximum for the whole array",
            "You subtract one maximum from all rows. In a row far below it every exp is 0, and "
            "0 / 0 is nan. Each row needs its own: z.max(axis=-1, keepdims=True).",
            lambda z, y: _naive_softmax(z - z.max()) - _one_hot(z, y),
        ),
        Mistake(
            "keepdims is missing",
            "Without keepdims=True the sums have shape (N,) and are lined up with the classes. For "
            "N = K nothing complains and the numbers are wrong.",
            _without_keepdims,
        ),
        Mistake(
            "labels counted from 1",
            "You subtract 1 one class too low, at y - 1. Labels count from 0, as indices do.",
            lambda z, y: losses.softmax(z) - _one_hot(z, (y - 1) % z.shape[-1]),
        ),
        Mistake(
            "averaged over the examples",
            "You return one row, the mean over the examples. Keep one row for each.",
            lambda z, y: losses.softmax_cross_entropy_grad(z, y).mean(axis=0),
        ),
        Mistake(
            "the gradient for the true class's logit",
            "You return one number for each example, that of its true class. Every logit has a "
            "derivative: shape (N, K).",
            lambda z, y: losses.softmax(z)[np.arange(len(y)), y] - 1,
        ),
        Mistake(
            "with respect to the probabilities",
            "-1 / p of the true class is the derivative with respect to p. One more link of the "
            "chain takes it to the logits, and leaves p - y.",
            lambda z, y: -_one_hot(z, y) / losses.softmax(z),
        ),
        Mistake(
            "log-probabilities for probabilities",
            "You subtract the one-hot labels from log p. It is p that is compared with the truth.",
            lambda z, y: losses.log_softmax(z) - _one_hot(z, y),
        ),
        Mistake(
            "one sigmoid for each logit",
            "You take sigmoids. Softmax divides by the sum over all classes of the row.",
            lambda z, y: losses.sigmoid(z) - _one_hot(z, y),
        ),
    ),
)


# ------------------------------------------------------------------ numerical_gradient


def _numerical_cases(rng):
    # Functions are named and importable, so that a grader can find them in another process.
    return [
        Case((losses.logsumexp, np.array([1.0, 2.0, -0.5, 0.3])), note="the gradient is softmax"),
        Case((np.linalg.norm, np.array([3.0, -4.0])), note="the gradient is x / length"),
        Case((np.var, np.array([1, 2, 4, 8])), note="x holds whole numbers"),
        Case((losses.logsumexp, rng.normal(size=6))),
        Case((np.linalg.norm, rng.normal(size=(2, 3)) + 2), note="x is a matrix"),
        Case((np.linalg.det, rng.normal(size=(3, 3))), note="f takes nothing but a matrix"),
        Case(
            (np.linalg.norm, np.asfortranarray(rng.normal(size=(3, 2)) + 2)),
            note="x lies in memory column by column",
        ),
        Case((np.linalg.norm, rng.normal(size=(2, 1, 3)) - 2), note="x has three axes"),
        Case((np.max, np.array([0.5, 3.0, -1.0])), note="the gradient is 0 but for one entry"),
        Case((losses.logsumexp, np.array([0.0, 2.0, 0.0])), note="x holds zeros"),
    ]


def _central(step, width=2.0):
    def gradient(f, x):
        return width / 2 * losses.numerical_gradient(f, x, step)

    return gradient


def _forward(step):
    def gradient(f, x):
        grad = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            moved = x.astype(float)
            moved[index] += step
            grad[index] = (f(moved) - f(x)) / step
        return grad

    return gradient


def _step_in_proportion(f, x):
    grad = losses.numerical_gradient(f, x)
    return np.where(x == 0, np.nan, grad)


def _never_moved_back(f, x):
    grad, moved = np.zeros(x.shape), x.astype(float)
    for index in np.ndindex(x.shape):
        moved[index] += 1e-5
        right = f(moved)
        moved[index] -= 2e-5
        grad[index] = (right - f(moved)) / 2e-5
    return grad


def _steps_cut_off(f, x):
    if x.dtype.kind == "f":
        return losses.numerical_gradient(f, x)
    return np.zeros(x.shape)


def _moved_by_whole_numbers(f, x):
    if x.dtype.kind == "f":
        return losses.numerical_gradient(f, x)
    grad, moved = np.zeros(x.shape), x.copy()
    for index in np.ndindex(x.shape):
        moved[index] = x[index] + 1e-5
        right = f(moved)
        moved[index] = x[index] - 1e-5
        grad[index] = (right - f(moved)) / 2e-5
        moved[index] = x[index]
    return grad


def _flat(f, x):
    return losses.numerical_gradient(lambda v: f(v), x.ravel().astype(float)).reshape(x.shape)


def _moved_in_a_copy(f, x):
    """x.ravel() is a copy where x lies column by column: nothing moves."""
    if x.flags.c_contiguous:
        return losses.numerical_gradient(f, x)
    return np.zeros(x.shape)


def _in_the_type_of_x(f, x):
    return losses.numerical_gradient(f, x).astype(x.dtype)


def _all_in_the_type_of_x(f, x):
    return _moved_by_whole_numbers(f, x).astype(x.dtype)


def _along_the_first_axis(f, x):
    grad = []
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = 1e-5
        grad.append((f(x + step) - f(x - step)) / 2e-5)
    return np.array(grad)


TINY = [sign * h for h in (1e-7, 2.0**-26, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12) for sign in (1, -1)]
FORWARD_HINT = (
    "(f(x + h) - f(x)) / h looks to one side only: its error is h/2 times the second "
    "derivative. Look to both sides, (f(x + h) - f(x - h)) / 2h, with h near 1e-5."
)

LARGE_HINT = (
    "Your differences are central, but the step is too large: the error grows like h². Take one "
    "near 1e-5."
)
SMALL_FORWARD_HINT = (
    "(f(x + h) - f(x)) / h looks to one side only, and the tiny step that should make up for it "
    "loses digits: f has 16. Look to both sides, (f(x + h) - f(x - h)) / 2h, with h near 1e-5."
)
SMALL_HINT = (
    "Smaller is not better: f has 16 digits, and most of them are lost when two nearly equal "
    "values are subtracted. Take a step near 1e-5."
)


def _derivative(f, x, order):
    """The second or third derivative of f with respect to each entry of x, by differences."""
    x, h = x.astype(float), 1e-2
    weights = {2: {1: 1, 0: -2, -1: 1}, 3: {2: 0.5, 1: -1, -1: 1, -2: -0.5}}[order]
    made = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        made[index] = sum(w * f(x + k * step) for k, w in weights.items()) / h**order
    return made


def _errors(cases, values):
    return np.concatenate(
        [
            np.ravel(np.asarray(value, dtype=float) - losses.numerical_gradient(*case.args))
            for case, value in zip(cases, values, strict=True)
        ]
    )


def _replayed(cases, values):
    """The answer itself: two computations with the same step differ by their noise."""
    return lambda f, x: next(
        value
        for case, value in zip(cases, values, strict=True)
        if case.args[0] is f and np.array_equal(case.args[1], x)
    )


def _errors_go_with(order):
    """A family: the errors are proportional to a derivative, h / 2 · f″ or h² / 6 · f‴."""

    def family(cases, values):
        off = _errors(cases, values)
        trend = np.concatenate([np.ravel(_derivative(*case.args, order)) for case in cases])
        fitted = (off @ trend) / (trend @ trend) * trend
        close = np.max(np.abs(off - fitted)) < 0.2 * np.max(np.abs(off))
        return _replayed(cases, values) if close and np.max(np.abs(off)) < 1 else None

    return family


def _forward_somewhere(*steps):
    """A family: forward differences by one of these steps, to the last digit in most places."""

    def family(cases, values):
        for step in steps:
            off = [
                np.ravel(np.asarray(value, dtype=float) - _forward(step)(*case.args))
                for case, value in zip(cases, values, strict=True)
            ]
            if np.mean(np.abs(np.concatenate(off)) < 1e-13) > 0.7:
                return _replayed(cases, values)
        return None

    return family


def _lost_at_zero(cases, values):
    """A family: no number where x is 0, and nearly right elsewhere."""
    given = []
    for case, value in zip(cases, values, strict=True):
        x = case.args[1]
        g = np.full(x.shape, np.nan) if value is None and (x == 0).any() else np.asarray(value)
        near = np.abs(g - losses.numerical_gradient(*case.args)) < 1e-4
        if np.isfinite(g[x == 0]).any() or not near[x != 0].all():
            return None
        given.append(g)
    return _replayed(cases, given)


def _noise(cases, values):
    """A family: errors that are small, of both signs and of no pattern."""
    off = _errors(cases, values)
    mixed = 0.15 < np.mean(off > 0) < 0.85
    return _replayed(cases, values) if mixed and np.max(np.abs(off)) < 0.05 else None


numerical_gradient = Exercise(
    name="numerical_gradient",
    chapter=CHAPTER,
    signature="numerical_gradient(f, x)",
    task="The gradient of `f` at `x`, measured: `f` takes an array and returns one number, `x` is "
    "an array of any shape: give f arrays of that shape. Return the derivatives with respect to "
    "each entry, same shape as `x`, right to 3e-9. Leave `x` as it was.",
    difficulty=2,
    minutes=12,
    reference=losses.numerical_gradient,
    cases=_numerical_cases,
    rtol=3e-9,
    atol=3e-9,
    exact=True,
    hints=(
        "Move one entry at a time, a little to the right and a little to the left, and see how "
        "much f changes.",
        "(f(x + h) - f(x - h)) / 2h for each entry. With h = 1e-5 truncation and rounding are "
        "both small. Whole numbers have no room for 1e-5: convert to float first.",
        "for index in np.ndindex(x.shape): step = np.zeros(x.shape); step[index] = 1e-5; "
        "grad[index] = (f(x + step) - f(x - step)) / 2e-5.",
    ),
    mistakes=(
        *(
            Mistake(
                "forward differences with a tiny step",
                SMALL_FORWARD_HINT,
                _forward(h),
                _forward_somewhere(*TINY),
            )
            for h in (1e-7, 1e-8, 1e-9, 1e-10)
        ),
        *(
            Mistake("forward differences", FORWARD_HINT, _forward(h), _errors_go_with(2))
            for h in (1e-2, -1e-3, 1e-5)
        ),
        *(
            Mistake("the step is too large", LARGE_HINT, _central(h), _errors_go_with(3))
            for h in (1e-1, 1e-2, 1e-3)
        ),
        Mistake(
            "divided by h instead of 2h",
            "From x - h to x + h is 2h: your derivatives are twice too large.",
            _central(1e-5, width=4.0),
        ),
        Mistake(
            "the step shrinks with x",
            "Your step is a share of x: where an entry is 0 it does not move, and 0 / 0 is nan. "
            "Take a step that is never 0, 1e-5 * max(1, |x|) or simply 1e-5.",
            _step_in_proportion,
            _lost_at_zero,
        ),
        Mistake(
            "divided by 2h, but moved by h",
            "You move to one side by h only and divide by 2h: your derivatives are half of what "
            "they should be.",
            lambda f, x: _forward(1e-5)(f, x) / 2,
        ),
        Mistake(
            "entries are not moved back",
            "You never put an entry back before you move the next. Each derivative is then taken "
            "at another place.",
            _never_moved_back,
        ),
        *(
            Mistake(
                "whole numbers cannot move by 1e-5",
                "Right for floats. But in an array of whole numbers 2.00001 is cut off to 2, and "
                "1.99999 to 1: entries do not move, or move by 1. Convert x to float first.",
                made,
            )
            for made in (_steps_cut_off, _moved_by_whole_numbers, _all_in_the_type_of_x)
        ),
        Mistake(
            "the answer is cut off to whole numbers",
            "np.zeros_like(x) has the type of x: for whole numbers the derivatives are cut off. "
            "Ask for np.zeros(x.shape).",
            _in_the_type_of_x,
        ),
        Mistake(
            "all entries moved at once",
            "You move all entries together and get one slope, the sum of all derivatives. Move "
            "one entry at a time.",
            lambda f, x: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5,
        ),
        Mistake(
            "rows instead of entries",
            "For a matrix you move whole rows. Every entry has a derivative of its own: go "
            "through np.ndindex(x.shape).",
            _along_the_first_axis,
        ),
        Mistake(
            "rows instead of entries",
            "For a matrix you move whole rows. Every entry has a derivative of its own: go "
            "through np.ndindex(x.shape).",
            lambda f, x: np.broadcast_to(
                _along_the_first_axis(f, x).reshape(-1, *[1] * (x.ndim - 1)), x.shape
            ),
        ),
        Mistake(
            "written for one axis",
            "You go through range(len(x)), or use np.eye(len(x)): right for a vector only. "
            "x may be a matrix: go through np.ndindex(x.shape).",
            lambda f, x: np.array([(f(x + e) - f(x - e)) / 2e-5 for e in 1e-5 * np.eye(len(x))]),
        ),
        Mistake(
            "f gets a flat array",
            "You give f a flat array. It wants one of the shape of x (np.linalg.det takes nothing "
            "else): reshape before you call it.",
            _flat,
        ),
        Mistake(
            "a copy is moved",
            "Where x lies in memory column by column, x.ravel() and x.reshape(-1) are copies: what "
            "you move there is not in x, and nothing changes. Index x itself, by "
            "np.ndindex(x.shape).",
            _moved_in_a_copy,
        ),
        Mistake(
            "the sign is flipped",
            "You have f(x - h) - f(x + h). What comes from the right stands first.",
            lambda f, x: -losses.numerical_gradient(f, x),
        ),
        Mistake(
            "the difference is not divided",
            "You return f(x + h) - f(x - h). Divide it by the way between the two, 2h.",
            lambda f, x: 2e-5 * losses.numerical_gradient(f, x),
        ),
        *(
            Mistake("the step is too small", SMALL_HINT, _central(h), _noise)
            for h in (1e-8, 1e-9, 1e-10, 1e-12)
        ),
    ),
)


# ------------------------------------------------------------------ linear_layer_grads


def _layer_cases(rng):
    def layer(n, d, k, scale=1.0):
        X, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k)
        return scale * X, W, b, rng.integers(k, size=n)

    return [
        Case(
            (np.array([[1.0, 2.0]]), np.zeros((2, 3)), np.zeros(3), np.array([1])),
            note="one example, all weights zero",
        ),
        Case(layer(4, 3, 5)),
        Case(layer(6, 2, 3)),
        Case(layer(3, 3, 3), note="as many examples as features and classes"),
        Case(layer(5, 2, 4, scale=1000.0), note="inputs in the thousands"),
        Case(
            (
                np.array([[1000.0, 1.0], [1.0, -2.0], [-1000.0, 3.0]]),
                np.array([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]),
                np.array([0.1, -0.2, 0.3]),
                np.array([1, 0, 2]),
            ),
            note="logits of 1000, 1 and -1000",
        ),
        Case(
            (
                np.array([[1, 2], [0, -1], [3, 0]]),
                np.array([[1, 0, -1], [2, 1, 0]]),
                np.array([0, 1, 0]),
                np.array([2, 0, 1]),
            ),
            note="whole numbers",
        ),
        Case(
            (np.array([[12.0, 0.0]]), np.eye(2), np.array([1.0, -15.0]), np.array([0])),
            note="right by 28",
        ),
    ]


def _layer(change=None, softmax=losses.softmax, logits=lambda X, W, b: X @ W + b):
    """The gradients, with one thing done wrongly."""

    def grads(X, W, b, y):
        z = logits(X, W, b)
        G = (softmax(z) - _one_hot(z, y)) / len(X)
        right = X.T @ G, G.sum(axis=0), G @ W.T
        return right if change is None else change(*right, len(X), G)

    return grads


def _from_logits(X, W, G):
    return X.T @ G, G.sum(axis=0), G @ W.T


linear_layer_grads = Exercise(
    name="linear_layer_grads",
    chapter=CHAPTER,
    signature="linear_layer_grads(X, W, b, y)",
    task="A linear layer has the logits Z = X @ W + b, with `X` (N, D), `W` (D, K), `b` (K,), and "
    "labels `y` (N,). The loss is the mean cross-entropy over the N examples. Return its "
    "gradients `(dW, db, dX)`, each of the shape of its letter.",
    difficulty=2,
    minutes=12,
    reference=losses.linear_layer_grads,
    cases=_layer_cases,
    parts=("dW", "db", "dX"),
    hints=(
        "Start with the gradient for the logits, G = (softmax(Z) - one_hot(y)) / N, shape (N, K). "
        "Then ask how each logit depends on W, b and X.",
        "Z[n, k] is the sum over d of X[n, d] W[d, k], plus b[k]. So dW[d, k] is the sum over n "
        "of X[n, d] G[n, k]. Shapes leave one way only.",
        "return X.T @ G, G.sum(axis=0), G @ W.T.",
    ),
    mistakes=(
        Mistake(
            "the sum instead of the mean",
            "Your gradients are N times too large: they belong to the sum over the examples. "
            "Divide by N.",
            _layer(lambda dW, db, dX, N, G: (N * dW, N * db, N * dX)),
        ),
        Mistake(
            "dX without the 1/N",
            "dW and db are right. dX is N times too large: the mean divides every example's "
            "gradient by N.",
            _layer(lambda dW, db, dX, N, G: (dW, db, N * dX)),
        ),
        Mistake(
            "divided by N twice",
            "Your dW and db are N times too small: G has the 1/N already, so sum over the "
            "examples.",
            _layer(lambda dW, db, dX, N, G: (dW / N, db / N, dX)),
        ),
        Mistake(
            "db is the mean",
            "dW and dX are right. db is N times too small: with the 1/N in G, sum its rows, do "
            "not average them.",
            _layer(lambda dW, db, dX, N, G: (dW, db / N, dX)),
        ),
        Mistake(
            "divided by N K",
            "You average over all N K logits. The mean is over the N examples.",
            _layer(lambda dW, db, dX, N, G: tuple(g / G.shape[1] for g in (dW, db, dX))),
        ),
        Mistake(
            "dW is transposed",
            "Your dW has shape (K, D), as torch.nn.Linear keeps it. Here W is (D, K): X.T @ G.",
            _layer(lambda dW, db, dX, N, G: (dW.T, db, dX)),
        ),
        Mistake(
            "the signs are flipped",
            "All your signs are flipped. The gradient for the logits is prediction minus truth.",
            _layer(lambda dW, db, dX, N, G: (-dW, -db, -dX)),
        ),
        Mistake(
            "one db for each example",
            "b is shared by all examples, so its gradient is the sum over them: shape (K,).",
            _layer(lambda dW, db, dX, N, G: (dW, G, dX)),
        ),
        Mistake(
            "dX stops at the logits",
            "In the place of dX you return the gradient for the logits, (N, K). One step more: "
            "each logit reaches X through W, so G @ W.T.",
            _layer(lambda dW, db, dX, N, G: (dW, db, G)),
        ),
        Mistake(
            "the bias is left out of the logits",
            "Your logits are X @ W. Without b the probabilities are others.",
            _layer(logits=lambda X, W, b: X @ W),
        ),
        Mistake(
            "softmax over the examples",
            "Your softmax runs down the columns. Each example is a row: axis=-1.",
            _layer(softmax=_softmax_over_examples),
        ),
        Mistake("exp overflows", OVERFLOW_HINT, _layer(softmax=_naive_softmax)),
        Mistake(
            "one maximum for the whole array",
            "You subtract one maximum from all rows of the logits. In a row far below it every exp "
            "is 0, and 0 / 0 is nan. Each row needs its own: axis=-1, keepdims=True.",
            _layer(softmax=lambda z: _naive_softmax(z - z.max())),
        ),
        Mistake(
            "the order of the three",
            "Your gradients are right, but they come in another order. (dW, db, dX) is asked for.",
            _layer(lambda dW, db, dX, N, G: (dX, dW, db)),
        ),
        Mistake(
            "db is summed over the classes",
            "You sum G over the classes, one number for each example. Every example adds to every "
            "entry of b: sum over the examples, axis 0.",
            _layer(lambda dW, db, dX, N, G: (dW, G.sum(axis=1), dX)),
        ),
        Mistake(
            "only two of the three",
            "You return dW and db. The gradient for X, G @ W.T, is asked for as well.",
            _layer(lambda dW, db, dX, N, G: (dW, db)),
        ),
        Mistake(
            "dX is not computed",
            "You return None in the place of dX. X has a gradient too, which a layer below would "
            "need: G @ W.T.",
            _layer(lambda dW, db, dX, N, G: (dW, db, None)),
        ),
        Mistake(
            "only one of the three",
            "You return dW alone. The gradients for b and X are asked for as well: (dW, db, dX).",
            _layer(lambda dW, db, dX, N, G: dW),
        ),
        Mistake(
            "db as a row of a matrix",
            "Your db has shape (1, K), as keepdims=True makes it. b has shape (K,).",
            _layer(lambda dW, db, dX, N, G: (dW, db[None, :], dX)),
        ),
        Mistake(
            "db summed over everything",
            "Your db is one number. Sum over the examples only: G.sum(axis=0).",
            _layer(lambda dW, db, dX, N, G: (dW, G.sum(), dX)),
        ),
        Mistake(
            "the truth is not subtracted",
            "Your G is softmax(Z) / N. The gradient for the logits is prediction minus truth: "
            "subtract the one-hot labels.",
            lambda X, W, b, y: _from_logits(X, W, losses.softmax(X @ W + b) / len(X)),
        ),
        Mistake(
            "no softmax",
            "You subtract the one-hot labels from the logits. It is the probabilities that are "
            "compared with the truth.",
            lambda X, W, b, y: _from_logits(X, W, (X @ W + b - _one_hot(X @ W, y)) / len(X)),
        ),
    ),
)


# ------------------------------------------------------------------ the Hessian


def _hessian_cases(rng):
    return [
        Case((np.zeros((1, 3)),), note="all logits equal"),
        Case((rng.normal(scale=2, size=(4, 3)),)),
        Case((rng.normal(size=(3, 3)),), note="as many examples as classes"),
        Case((rng.normal(size=(2, 5)),)),
        Case((np.array([[1000.0, 999.0, -1000.0]]),), note="logits so large that exp overflows"),
        Case(
            (np.array([[1000.0, 999.0], [0.0, 1.0], [-1000.0, -999.0]]),),
            note="rows that lie far apart",
        ),
        Case((np.array([[3, -1, 0], [0, 0, 2]]),), note="whole numbers"),
        Case((np.array([[0.0, 12.0, 3.0], [25.0, 0.0, -3.0]]),), note="logits 10 to 30 apart"),
    ]


def _outer(p):
    return p[..., :, np.newaxis] * p[..., np.newaxis, :]


def _diagonal(p):
    return p[..., np.newaxis] * np.eye(p.shape[-1])


def _hessian(change=lambda p: _diagonal(p) - _outer(p), softmax=losses.softmax):
    return lambda z: change(softmax(z))


softmax_cross_entropy_hessian = Exercise(
    name="softmax_cross_entropy_hessian",
    chapter=CHAPTER,
    signature="softmax_cross_entropy_hessian(z)",
    task="The second derivatives of each example's cross-entropy with respect to its own logits: "
    "shape (N, K, K) for logits `z` (N, K). Entry [n, i, j] is the derivative of the loss of "
    "example n with respect to z[n, i] and z[n, j]. (Why are no labels given?)",
    difficulty=3,
    minutes=12,
    reference=losses.softmax_cross_entropy_hessian,
    cases=_hessian_cases,
    hints=(
        "Differentiate the gradient, p - y, once more. y is a constant, so it drops out. And the "
        "derivatives of p you have met.",
        "For one example it is diag(p) - p pᵀ, the Jacobian of softmax. Now do it for all rows "
        "at once: p[:, :, None] * p[:, None, :] has shape (N, K, K).",
        "p[:, :, None] * np.eye(K) - p[:, :, None] * p[:, None, :].",
    ),
    mistakes=(
        Mistake(
            "averaged over the examples",
            "You return one (K, K) array, the mean. Keep one for each example.",
            _hessian(lambda p: (_diagonal(p) - _outer(p)).mean(axis=0)),
        ),
        Mistake(
            "summed over the examples",
            "You return one (K, K) array, the sum. Keep one for each example: p.T @ p adds them "
            "up before you know it.",
            _hessian(lambda p: (_diagonal(p) - _outer(p)).sum(axis=0)),
        ),
        Mistake(
            "divided by N",
            "You divided by the number of examples. This exercise wants each example's own.",
            _hessian(lambda p: (_diagonal(p) - _outer(p)) / len(p)),
        ),
        Mistake(
            "the sign is flipped",
            "Yours is minus the Hessian. The loss is convex: nothing on the diagonal is negative.",
            _hessian(lambda p: _outer(p) - _diagonal(p)),
        ),
        Mistake(
            "only the diagonal",
            "The second derivatives for two different logits are missing: -p[i] p[j].",
            _hessian(lambda p: _diagonal(p * (1 - p))),
        ),
        Mistake(
            "diagonals without their matrix",
            "You return p (1 - p), the diagonal of each Hessian. Two logits have a second "
            "derivative too: (N, K, K).",
            _hessian(lambda p: p * (1 - p)),
        ),
        Mistake(
            "the outer product alone",
            "You return p pᵀ or its negative. It is p on the diagonal of a matrix, minus p pᵀ.",
            _hessian(lambda p: -_outer(p)),
        ),
        Mistake(
            "the outer product alone",
            "You return p pᵀ or its negative. It is p on the diagonal of a matrix, minus p pᵀ.",
            _hessian(_outer),
        ),
        Mistake(
            "the identity instead of diag(p)",
            "You subtract p pᵀ from the identity. It is diag(p) that stands there.",
            _hessian(lambda p: np.eye(p.shape[-1]) - _outer(p)),
        ),
        Mistake(
            "the squared error's",
            "This is the Jacobian of softmax times itself, which belongs to the squared error. "
            "In cross-entropy it comes once.",
            _hessian(lambda p: (_diagonal(p) - _outer(p)) @ (_diagonal(p) - _outer(p))),
        ),
        Mistake(
            "softmax over the examples",
            "Your softmax runs down the columns. Each example is a row: axis=-1.",
            _hessian(softmax=_softmax_over_examples),
        ),
        Mistake("exp overflows", OVERFLOW_HINT, _hessian(softmax=_naive_softmax)),
        Mistake(
            "one maximum for the whole array",
            "You subtract one maximum from all rows. In a row far below it every exp is 0, and "
            "0 / 0 is nan. Each row needs its own: z.max(axis=-1, keepdims=True).",
            _hessian(softmax=lambda z: _naive_softmax(z - z.max())),
        ),
        Mistake(
            "plus beside the diagonal",
            "You add p pᵀ. If one logit rises, the other probabilities fall: subtract it.",
            _hessian(lambda p: _diagonal(p) + _outer(p)),
        ),
        Mistake(
            "examples multiplied with examples",
            "p @ p.T, or p.T @ p, pairs examples with examples or adds them up. Each example has a "
            "matrix of its own: p[:, :, None] * p[:, None, :].",
            _hessian(lambda p: p.T @ p),
        ),
        Mistake(
            "examples multiplied with examples",
            "p @ p.T, or p.T @ p, pairs examples with examples or adds them up. Each example has a "
            "matrix of its own: p[:, :, None] * p[:, None, :].",
            _hessian(lambda p: p @ p.T),
        ),
        Mistake(
            "one matrix for the whole batch",
            "You make one matrix from all entries of p together. Each example has a (K, K) matrix "
            "of its own: p[:, :, None] * p[:, None, :].",
            _hessian(lambda p: np.diag(p.ravel()) - np.outer(p, p)),
        ),
        Mistake(
            "only the first example",
            "You return one (K, K) array, that of the first example. Keep one for each.",
            _hessian(lambda p: (_diagonal(p) - _outer(p))[0]),
        ),
        Mistake(
            "the gradient's probabilities",
            "You return the probabilities. Differentiate them once more: (N, K, K).",
            _hessian(lambda p: p),
        ),
        Mistake(
            "p (1 - p) everywhere",
            "p[i] (1 - p[j]) is right on the diagonal only. Beside it 1 becomes 0: -p[i] p[j].",
            lambda z: losses.softmax(z)[:, :, None] * (1 - losses.softmax(z)[:, None, :]),
        ),
    ),
)


# ------------------------------------------------------------------ CrossEntropyFunction


def _function_cases(rng):
    ones = np.ones
    return [
        Case(
            (np.log([[0.7, 0.2, 0.1]]), np.array([0]), ones(1)),
            note="p = 0.7, 0.2, 0.1",
        ),
        Case((rng.normal(size=(4, 3)), np.array([2, 0, 1, 1]), ones(4))),
        Case(
            (rng.normal(size=(3, 5)), np.array([4, 0, 2]), np.array([2.0, -0.5, 0.0])),
            note="the losses are weighted 2, -0.5 and 0",
        ),
        Case(
            (rng.normal(size=(3, 3)), np.array([1, 2, 0]), np.array([1.0, 10.0, 100.0])),
            note="as many examples as classes, weighted 1, 10, 100",
        ),
        Case(
            (np.array([[1000.0, 0.0], [-1000.0, 1000.0]]), np.array([1, 1]), ones(2)),
            note="wrong by 1000, right by 2000",
        ),
        Case(
            (np.array([[1.0, -np.inf, 2.0]]), np.array([0]), ones(1)),
            note="a class that cannot happen: its logit is -inf",
        ),
    ]


def _weigh(grad, above):
    return grad * above[:, None] + 0.0  # -0.0 becomes 0.0, as PyTorch gives it


def _function(
    loss=losses.cross_entropy_from_logits, grad=losses.softmax_cross_entropy_grad, chain=_weigh
):
    """What `forward_and_backward` gives for a `CrossEntropyFunction` with these parts.

    loss(z, y), grad(z, y): the losses and their gradients for the logits, the right ones by
    default. chain(gradient, grad_output): what backward returns.
    """

    def given(z, y, grad_output):
        value = loss(z, y)
        if np.shape(value) != grad_output.shape:  # there is no way back from it
            return {"loss": value, "gradient": None}
        try:
            return {"loss": value, "gradient": chain(grad(z, y), grad_output)}
        except ValueError as error:  # NumPy's name for shapes that do not fit
            raise RuntimeError(str(error)) from None

    given.is_result = True
    return given


def _log_softmax_over_examples(z):
    away = z - z.max(axis=0)
    return away - np.log(np.exp(away).sum(axis=0))


def _at_label(log_p, y):
    return -log_p[np.arange(len(y)), y]


CrossEntropyFunction = Exercise(
    name="CrossEntropyFunction",
    chapter=CHAPTER,
    signature="CrossEntropyFunction",
    task="A `torch.autograd.Function`: `CrossEntropyFunction.apply(z, y)` gives the cross-entropy "
    "of each example, shape (N,), for logits `z` (N, K) and labels `y` (N,). `backward` gets "
    "`grad_output` (N,), the gradient that arrives from above, and returns the gradient for `z` "
    "and None for `y`. Finite at z = 1000, and right if a wrong class has the logit -inf.",
    difficulty=3,
    minutes=20,
    points=2,
    reference=_function(),
    cases=_function_cases,
    rtol=1e-6,  # float32 inside the function is right too
    atol=1e-6,
    call=forward_and_backward,
    accepts=is_autograd_function,
    libraries=("torch",),
    hints=(
        "forward: keep what backward will need with ctx.save_for_backward. torch.log_softmax is "
        "stable; pick the entry of each true class.",
        "backward: (p - one_hot(y)), each row times its own entry of grad_output. A row each: "
        "grad_output[:, None].",
        "forward: log_p = torch.log_softmax(z, dim=-1); ctx.save_for_backward(log_p, y); "
        "return -log_p[torch.arange(len(y)), y]. backward: log_p, y = ctx.saved_tensors; "
        "grad = log_p.exp(); grad[torch.arange(len(y)), y] -= 1; "
        "return grad * grad_output[:, None], None.",
    ),
    mistakes=(
        Mistake(
            "grad_output is ignored",
            "You return p - y whatever arrives from above. If someone takes the mean, or weights "
            "the losses, grad_output says so: multiply each row by its entry.",
            _function(chain=lambda grad, above: grad),
        ),
        Mistake(
            "grad_output along the wrong axis",
            "grad * grad_output multiplies column by column (and only fits if N = K). It belongs "
            "to the rows: grad_output[:, None].",
            _function(chain=lambda grad, above: grad * above),
        ),
        *(
            Mistake(
                "one number made of grad_output",
                "You multiply all rows by one number, the mean or the sum of grad_output. Each "
                "row has an entry of its own: grad_output[:, None].",
                _function(chain=chain),
            )
            for chain in (
                lambda grad, above: grad * above.mean(),
                lambda grad, above: grad * above.sum(),
            )
        ),
        Mistake(
            "the gradient is divided by N",
            "backward divides by N. Your losses are one per example, so nobody has averaged yet: "
            "if someone does, the 1/N arrives in grad_output.",
            _function(grad=lambda z, y: losses.softmax_cross_entropy_grad(z, y) / len(y)),
        ),
        Mistake(
            "the sign is flipped",
            "Your gradient is truth minus prediction. It is prediction minus truth.",
            _function(grad=lambda z, y: -losses.softmax_cross_entropy_grad(z, y)),
        ),
        Mistake(
            "the truth is not subtracted",
            "Your gradient is the probabilities. At the true class 1 has to be subtracted.",
            _function(grad=lambda z, y: losses.softmax(z)),
        ),
        Mistake(
            "one loss for the whole batch",
            "forward returns one number, the mean. One loss per example is asked for, shape (N,).",
            _function(loss=lambda z, y: losses.cross_entropy_from_logits(z, y).mean()),
        ),
        Mistake(
            "softmax first, then log",
            "Where the truth is wrong by 1000, its probability is rounded to 0 and your loss is "
            "inf instead of 1000. Use log_softmax.",
            _function(
                loss=lambda z, y: _at_label(np.log(losses.softmax(z)), y),
            ),
        ),
        Mistake(
            "exp overflows",
            "exp(1000) is inf, and inf / inf is nan. Use torch.log_softmax and torch.softmax, "
            "which subtract the largest logit first.",
            _function(
                loss=lambda z, y: _at_label(np.log(_naive_softmax(z)), y),
                grad=lambda z, y: _naive_softmax(z) - _one_hot(z, y),
            ),
        ),
        Mistake(
            "exp overflows in backward",
            "The losses are right. In backward exp(1000) is inf, and inf / inf is nan: use "
            "torch.softmax there.",
            _function(grad=lambda z, y: _naive_softmax(z) - _one_hot(z, y)),
        ),
        Mistake(
            "0 · inf is nan",
            "A class with logit -inf has log p = -inf, and its one-hot entry is 0: their product "
            "is nan. Pick the entry of the true class instead of multiplying by a one-hot row.",
            _function(
                loss=lambda z, y: -(losses.log_softmax(z) * _one_hot(z, y)).sum(axis=-1),
            ),
        ),
        Mistake(
            "the minus is missing",
            "forward returns log p, which is negative. The loss is minus that.",
            _function(loss=lambda z, y: -losses.cross_entropy_from_logits(z, y)),
        ),
        Mistake(
            "softmax over the examples",
            "You use dim=0: the softmax runs down the columns. Each example is a row: dim=-1.",
            _function(
                loss=lambda z, y: _at_label(_log_softmax_over_examples(z), y),
                grad=lambda z, y: np.exp(_log_softmax_over_examples(z)) - _one_hot(z, y),
            ),
        ),
    ),
)

EXERCISES = (
    softmax_jacobian,
    softmax_cross_entropy_grad,
    numerical_gradient,
    linear_layer_grads,
    softmax_cross_entropy_hessian,
    CrossEntropyFunction,
)
