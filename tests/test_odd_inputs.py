"""Whatever a formula is given: a result, or an error of ours that says what came.

The functions are found by inspection, so that a new one is tried at once. Each is called with
every odd value in place of each of its arguments, the others being sensible, and with draws of
odd values in all places. Any warning is an error here.
"""

import inspect
import itertools
import math
import random
import re
import traceback
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import ce_course
from ce_course import (
    applications,
    calibration,
    imbalance,
    information,
    language,
    likelihood,
    losses,
    robust,
    scale,
    scoring,
    torch_losses,
)
from ce_course.support.validation import LARGEST

INF, NAN = np.inf, np.nan
PACKAGE = str(Path(ce_course.__file__).parent)
MODULES = (
    applications,
    calibration,
    imbalance,
    information,
    language,
    likelihood,
    losses,
    robust,
    scale,
    scoring,
    torch_losses,
)
# Where NaN is a documented answer: means of nothing, what f or a diverging training says
NAN_IS_AN_ANSWER = {
    "calibration.reliability_bins",
    "losses.cross_entropy_loss",
    "losses.weighted_cross_entropy",
    "losses.numerical_gradient",
    "torch_losses.CrossEntropyFunction",
    "torch_losses.focal_loss",
    "torch_losses.chunked_linear_cross_entropy",
    "torch_losses.distillation_loss",
    "torch_losses.generalized_cross_entropy",
    "torch_losses.symmetric_cross_entropy",
    "torch_losses.loss_family",
}


def public_formulas():
    """Every public function of the modules by its name, and what autograd applies."""
    found = {}
    for module in MODULES:
        short = module.__name__.removeprefix("ce_course.")
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing):
                found[f"{short}.{name}"] = thing, list(inspect.signature(thing).parameters)
            elif inspect.isclass(thing) and issubclass(thing, torch.autograd.Function):
                parameters = list(inspect.signature(thing.forward).parameters)[1:]
                found[f"{short}.{name}"] = thing.apply, parameters
    return found


FORMULAS = public_formulas()


# ------------------------------------------------------------------ sensible arguments

PAIR = [0.25, 0.75]  # two probabilities, and a distribution over two classes
ROWS = [[0.25, 0.75], [0.5, 0.5]]
LOGITS = [[2.0, 1.0, 0.0], [-1.0, 0.5, 3.0]]
NAMED = {"a": 0.25, "b": 0.75}
SENSIBLE = {
    "p q pi eta theta confidence": [PAIR, ROWS, NAMED, [[0.2, 0.3, 0.5]] * 2, 0.7],
    "truth forecast truths forecasts": [PAIR, ROWS],
    "y correct": [[0, 1]],
    "target": [[0, 1], [[0.2, 0.3, 0.5]] * 2],
    "z student_z teacher_z": [LOGITS, [2.0, -1.0]],
    "log_p": [np.log(ROWS)],
    "scores margin mu1 mu2": [[2.0, -1.0]],
    "x": [[2.0, -1.0], [0.25, 0.5]],
    "sigma1 sigma2": [[2.0, 0.5]],
    "counts successes": [[3, 1]],
    "trials": [[5, 4]],
    "frequencies": [NAMED],
    "code": [{"a": "0", "b": "1"}, 65, None],
    "X": [[[1.0, 2.0], [0.5, -1.0]]],
    "W": [[[1.0, 0.0, 2.0], [0.5, 1.0, -1.0]]],
    "b": [[0.0, 1.0, 2.0]],
    "weight": [[1.0, 2.0, 0.5], 0.5],
    "gamma": [2.0, 0.5],
    "temperature base step cost_fp cost_fn": [2.0],
    "alpha beta delta epsilon label_smoothing level threshold train_prior true_prior": [0.25],
    "num_bins num_classes steps": [4],
    "count": [1],
    "recall fpr": [[0.5, 1.0]],
    "prevalence": [0.25],
    "log_zero": [-4.0],
    "outcome": [1],
    "actions": [[0, 2]],
    "advantages": [[1.5, -2.0]],
    "log_ratio": [[0.5, -0.5]],
    "chosen rejected reference_chosen reference_rejected": [[-3.0, -20.0]],
    "similarities": [[[0.5, 0.1], [0.2, 0.9]]],
    "relevance": [[3.0, 1.0]],
    "real_z fake_z": [[2.0, -1.0]],
    "ignore_index": [-100],
    "reduction": ["mean"],
    "score": [scoring.log_score],
    "h": [[[1.0, 2.0, -1.0], [0.5, -1.0, 0.0]]],
    "sampled": [[1, 0]],
    "shards": [[[[2.0, 1.0], [0.5, -1.0]], [[0.0], [3.0]]]],
    "tokens vocabulary width itemsize chunk": [4],
    "cap": [2.0],
    "coefficient": [0.25],
    "f": [lambda x: math.tanh(x.flat[0])],
    "nll": [[0.5, 2.0]],
    "characters": [4, None],
    "text": ["abaab"],
    "before context": ["ab"],
    "predict": [lambda _: np.full(96, 1 / 96)],
    "length": [3],
    "rng": [np.random.default_rng(0)],
    "order": [2],
    "model": [language.fit_ngram("abaab", 2)],
    "learning": [True],
    "network": [language.stored_network()],
    "bits": ["0110"],
}
SENSIBLE = {name: values for names, values in SENSIBLE.items() for name in names.split()}


def as_tensors(values):
    return [torch.tensor(v) if isinstance(v, list) else v for v in values]


def sensible_calls(name):
    """Arguments with which the formula gives a result: at most three, of different shapes."""
    function, parameters = FORMULAS[name]
    missing = set(parameters) - set(SENSIBLE)
    assert not missing, f"{name}: give an example for {missing} in SENSIBLE"
    found = []
    for values in itertools.product(*(SENSIBLE[parameter] for parameter in parameters)):
        arguments = as_tensors(values) if name.startswith("torch_losses") else list(values)
        try:
            function(*arguments)
        except (ValueError, TypeError):
            continue
        found.append(arguments)
    assert found, f"{name}: give examples that fit together in SENSIBLE"
    return found[:3]


# ------------------------------------------------------------------ odd ones


class Foreign:
    """Says that it is an array, and is none."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array today")


NUMBERS = [
    True, 0, 3.5, -1, 10.0, 2**20, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**60, -(10**60),
    10**5000, NAN, INF, -INF, -0.0, 5e-324, 1e-310, 1e-160, 1e160, 1e308, -1e308, 1 - 2**-53,
    1 + 2**-52, 1j, Fraction(1, 3), Decimal("0.3"), np.float16(0.5), np.float32(0.25),
    np.longdouble("0.25"), np.bool_(True), np.int8(1), np.uint64(2**63), np.array(0.5),
    np.array(1), np.array(NAN), torch.tensor(0.5), pd.NA,
]  # fmt: skip
THINGS = [
    None, "text", "", b"01", object(), {1, 2}, {}, {"a": 1}, {"a": None, "b": "c"}, Foreign(),
    {"a": 0.25, "b": 2**70, "c": NAN}, {"a": 1e308, "b": np.float64(1e308)}, range(2), iter([1, 2]),
    lambda *_: None, lambda *_: "text", lambda *_: NAN, lambda *_: [1, 2], lambda *_: 10**60,
    np.datetime64("2020-01-01"), np.array([(1, 2.0)], dtype="i4,f8"), np.array("text"),
    torch.tensor([0.25, 0.75], dtype=torch.bfloat16), torch.tensor([0.25, 0.75]).to_sparse(),
]  # fmt: skip
ARRAYS = [
    [], [[]], [[], []], np.zeros((0, 3)), np.zeros((2, 0)), [[1], [1, 2]], [None, 1], ["a", "b"],
    [0, 1], [1, 0], [1], [0, 1, 1], [2, 0], [-1, 1], [0.5, 1.0], [[0, 1]], [[0], [1]], [[0, 1]] * 2,
    np.zeros((2, 2, 2)), np.full((2, 2), 0.5), np.full((2, 3), 1 / 3), np.full(2, 0.5),
    np.array([0, 1], dtype=object), np.array([0.25, 0.75], dtype=object), [2**63, 1], [10**60, 1],
    np.array([0, 2**63], dtype=np.uint64), np.array([True, False]), np.array([0, 1], np.int8),
    [NAN, 1], [[NAN, 0, 1]] * 2, [INF, 1], [INF, INF], [-INF, 1], [-INF, -INF], [INF, -INF],
    [[-INF, -INF, -INF]] * 2, [[-INF, 0, 1]] * 2, [[0, -INF, -INF]] * 2, [[INF, 0, 1]] * 2,
    [[INF, INF, 0]] * 2, [1e308, -1e308], [1e308, 1e308], [[1e308, -1e308, 0]] * 2, [0, 1e160],
    [5e-324, 1], [5e-324, 0], [[5e-324, 0, 1]] * 2, [1e-310, 1e308], [-1e308, 5e-324],
    np.array([0.25, 0.75], np.float16), np.array([6e4, -6e4], np.float16),
    np.array([0.25, 0.75], np.float32), np.array([3e38, -3e38], np.float32),
    np.array([[1e-45, 1, 0]] * 2, np.float32), np.array([0.25, 0.75], np.longdouble),
    np.asmatrix([0.25, 0.75]), np.asmatrix([[0, 1]]), np.ma.array([0.25, 0.75], mask=[0, 1]),
    np.ma.array([0.25, 0.75]), np.array([0.25, 0.75])[::-1], np.zeros(12_000), [1j, 0],
    pd.Series([0.25, 0.75]), pd.Series([0, 1], index=[5, 7]), pd.Series([0, None], dtype="Int64"),
    pd.Series(["a", "b"]), pd.DataFrame(ROWS), torch.tensor([0.25, 0.75]), torch.tensor([0, 1]),
    torch.tensor(LOGITS), torch.tensor(LOGITS, requires_grad=True), torch.tensor([1j, 0]),
]  # fmt: skip
TENSORS = [
    torch.tensor(value, dtype=dtype)
    for value in (0, [0, 1], [2, -1], [-100, 0], [[0, 1], [1, 0]], LOGITS, [], [[], []])
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int8)
] + [
    torch.tensor(value)
    for value in (
        [True, False], [1j, 0], [NAN, 1.0], [0.5, 1.0], [[-INF, -INF, -INF]] * 2, [INF, -INF],
        [[-INF, 0, 1]] * 2, [[INF, 0, 1]] * 2, [[0, -INF, -INF]] * 2, [[1e38, -1e38, 0]] * 2,
    )
]  # fmt: skip


def odd_values(name):
    return NUMBERS + THINGS + (TENSORS if name.startswith("torch_losses") else []) + ARRAYS


def problem_with(name, arguments):
    """What is wrong with the way in which a formula takes these arguments, or None."""
    function, parameters = FORMULAS[name]
    try:
        with warnings.catch_warnings(), np.errstate(all="warn"):
            warnings.simplefilter("error")
            result = function(*arguments)
    except (ValueError, TypeError) as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)  # reads no lines of files
        where = frame.f_code.co_filename
        if not where.startswith(PACKAGE):
            return f"{error!r} comes from {where}"
        names = "|".join(parameters)
        if not re.search(rf"(?<![\w.])({names})\b.*: expected .*got", str(error), re.DOTALL):
            return f"{error!r} does not say which argument, what was expected and what came"
        return None
    except Exception as error:
        return repr(error)
    parts = result if isinstance(result, tuple) else (result,)
    for part in parts:
        if isinstance(part, (dict, bool, str)) or callable(part):
            continue
        numbers = np.asarray(part.detach().double() if torch.is_tensor(part) else part)
        if numbers.dtype.kind not in "biuf" or numbers.size > LARGEST:
            return f"the result is {part!r}"
        if name not in NAN_IS_AN_ANSWER and np.isnan(numbers).any():
            return f"NaN in {part!r}"
    return None


def shown(arguments):
    return ", ".join(f"{a!r:.60}" if not isinstance(a, int) else hex(a)[:40] for a in arguments)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_result_or_an_error_of_ours_that_says_what_came(name):
    problems = []

    def call(arguments):
        found = problem_with(name, arguments)
        if found:
            problems.append(f"({shown(arguments)}): {found}")

    calls, odd = sensible_calls(name), odd_values(name)
    for arguments in calls:
        for place, value in itertools.product(range(len(arguments)), odd):
            call([*arguments[:place], value, *arguments[place + 1 :]])
    draw = random.Random(name)
    tame = NUMBERS + ARRAYS + TENSORS if name.startswith("torch_losses") else NUMBERS + ARRAYS
    for _ in range(200):
        arguments = list(draw.choice(calls))
        for place in range(len(arguments)):
            if draw.random() < 0.6:
                arguments[place] = draw.choice(tame)
        call(arguments)
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:20])


def test_every_formula_is_found():
    names = {name.split(".")[0] for name in FORMULAS}
    assert names == {module.__name__.removeprefix("ce_course.") for module in MODULES}
    for name in ("losses.softmax", "scoring.is_proper", "torch_losses.CrossEntropyFunction"):
        assert name in FORMULAS
