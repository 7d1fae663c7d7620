"""Judging on plain data: what counts as right, and one plain sentence for what does not."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from ce_course.checks import by_name, compare, mistakes
from ce_course.checks.compare import Opaque, difference, plain, show
from ce_course.checks.exercise import Case, Exercise, Mistake, Outcome
from ce_course.checks.judging import judge


def make(reference, args, **more):
    names = ", ".join("xyz"[: len(args)])
    return Exercise(
        name="sample",
        chapter="99_sample",
        signature=f"sample({names})",
        task="",
        difficulty=1,
        minutes=1,
        reference=reference,
        cases=lambda rng: [Case(args)],
        **more,
    )


def verdict(exercise, *answers):
    outcomes = [a if isinstance(a, Outcome) else Outcome("value", plain(a)) for a in answers]
    return judge(exercise, exercise.make_cases(), outcomes)


NUMBERS = [0.0, -0.0, 1.0, 1 + 1e-10, 1 + 1e-8, 5e-324, 1e308, -1e308, math.inf, -math.inf]
NUMBERS.append(math.nan)


@pytest.mark.parametrize("form", [float, np.float64, lambda x: np.array([x, 1.0])])
@pytest.mark.parametrize("expected", NUMBERS)
def test_what_is_soon_told_is_what_would_be_told_later(form, expected, monkeypatch):
    soon = [difference(form(each), form(expected), 1e-9, 1e-12) for each in NUMBERS]
    monkeypatch.setattr(compare, "_is_near", lambda *_: False)
    assert soon == [difference(form(each), form(expected), 1e-9, 1e-12) for each in NUMBERS]


SCALAR = make(lambda x: x / 3, (np.float64(1.0),))
ARRAY = make(lambda x: x / 3, (np.arange(4.0),))


@pytest.mark.parametrize(
    "answer",
    [
        1 / 3,
        np.float64(1 / 3),
        np.float32(1 / 3),
        np.float16(1 / 3),
        np.array(1 / 3),
        Fraction(1, 3),
        Decimal(1) / 3,
        torch.tensor(1 / 3),
        torch.tensor(1 / 3, dtype=torch.float64, requires_grad=True) * 1,
    ],
)
def test_a_right_number_passes_however_it_is_written(answer):
    assert verdict(SCALAR, answer).state == "right"


@pytest.mark.parametrize(
    "answer",
    [
        [0, 1 / 3, 2 / 3, 1],
        (0, 1 / 3, Fraction(2, 3), np.float32(1)),
        np.arange(4, dtype=np.float32) / 3,
        np.arange(4, dtype=np.float16) / 3,
        np.arange(4, dtype=np.longdouble) / 3,
        [torch.tensor(k / 3, requires_grad=True) for k in range(4)],
        [np.array(k / 3) for k in range(4)],
        torch.arange(4, dtype=torch.float32).requires_grad_() / 3,
        torch.arange(4, dtype=torch.bfloat16) * 0 + torch.tensor([0, 1 / 3, 2 / 3, 1]),
        pd.Series(np.arange(4) / 3),
    ],
)
def test_a_right_array_passes_however_it_is_written(answer):
    assert verdict(ARRAY, answer).state == "right"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (0.34, "expected 0.333333, got 0.34"),
        (1 / 3 + 1e-8, "expected 0.333333333, got 0.333333343"),
        (None, "got None: is there a `return`?"),
        (math.nan, "expected 0.333333, got NaN"),
        (math.inf, "expected 0.333333, got inf"),
        ("1/3", "expected one number, got the text '1/3'"),
        ({"a": 1}, "expected one number, got a dict"),
        ({1 / 3}, "expected one number, got an object of type set"),
        (1j, "expected real numbers, got complex: 1j"),
        ([1 / 3], "expected one number, got an array of shape (1,)"),
        (np.array(["a"]), "expected one number, got an array of dtype <U1"),
        (np.array([None]), "expected one number, got None inside a list"),
        ([1, "a"], "expected one number, got the text 'a' inside a list"),
        ([[1], [2, 3]], "expected one number, got rows of different lengths"),
        (lambda: 1, "expected one number, got a function"),
        (object(), "expected one number, got an object of type object"),
        (np.ma, "expected one number, got an object of type module"),
        (10**400, "expected one number, got a whole number too large for floating point"),
        (float, "expected one number, got an object of type type"),
        (True, "expected 0.333333, got True"),
        ("x" * 10**6, f"expected one number, got the text '{'x' * 37}...{'x' * 38}'"),
    ],
)
def test_a_wrong_number_gets_one_sentence(answer, sentence):
    got = verdict(SCALAR, answer)
    assert (got.state, got.sentence, got.index, got.failed) == ("wrong", sentence, 0, 1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (np.ones((1, 4)), "expected shape (4,), got (1, 4)"),
        (np.ones(3), "expected shape (4,), got (3,)"),
        (0.5, "expected an array of shape (4,), got one number, 0.5"),
        (np.full(4, np.nan), "expected [0, 0.333333, 0.666667, 1], got [nan, nan, nan, nan]"),
        (np.arange(4) / 4, "expected [0, 0.333333, 0.666667, 1], got [0, 0.25, 0.5, 0.75]"),
        ([], "expected shape (4,), got (0,)"),
        (np.arange(4), "expected [0, 0.333333, 0.666667, 1], got [0, 1, 2, 3]"),
        (iter([1]), "expected an array of shape (4,), got an object of type list_iterator"),
    ],
)
def test_a_wrong_array_gets_one_sentence(answer, sentence):
    assert verdict(ARRAY, answer).sentence == sentence


def test_in_a_long_array_the_first_wrong_place_is_named():
    exercise = make(lambda x: x, (np.arange(30.0).reshape(3, 10),))
    answer = np.arange(30.0).reshape(3, 10)
    answer[1, 2] = 7
    assert verdict(exercise, answer).sentence == "at [1, 2] expected 12, got 7"


class Strange:
    """Objects whose own methods fail or never end in a number."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


def nested(depth):
    return [nested(depth - 1)] if depth else 1.0


@pytest.mark.parametrize("answer", [Strange(), nested(500), [Strange()], {1: Strange()}])
def test_strange_objects_never_break_the_judge(answer):
    got = verdict(SCALAR, answer)
    assert got.state == "wrong"
    assert "\n" not in got.sentence
    assert show(answer)


def test_infinity_equals_infinity_and_nothing_else():
    exercise = make(lambda x: -np.log(x), (np.array([0.0, 1.0]),))
    assert verdict(exercise, [math.inf, 0]).state == "right"
    assert verdict(exercise, np.array([np.inf, 0], np.float32)).state == "right"
    for other in (-math.inf, math.nan, 1e308, 27.6):
        assert verdict(exercise, [other, 0]).state == "wrong"


def test_an_answer_in_low_precision_is_excused_what_its_arithmetic_costs():
    """Rounding the inputs moves the log by eps / 2; rounding 1.001 to half precision by eps."""
    x = np.array([1.1, 3.3, 1e5 / 3])
    exercise = make(np.log, (x,))
    assert verdict(exercise, np.log(x.astype(np.float32))).state == "right"
    assert verdict(exercise, np.log(x.astype(np.float32)).tolist()).state == "right"
    assert verdict(exercise, np.log(x).astype(np.float16)).state == "right"
    assert verdict(exercise, np.log(x.astype(np.float16))).state == "wrong"
    for off in (1e-5, -1e-5):
        assert verdict(exercise, (np.log(x) + off).astype(np.float32)).state == "wrong"
    assert verdict(exercise, np.log(x) + 1e-8).state == "wrong"


def test_ill_conditioned_inputs_excuse_more_than_well_conditioned_ones():
    """z = 1234.567 is rounded by 6e-5 in float32: so is a difference of two such logits."""
    exercise = make(lambda z: z[0] - z[1], (np.array([1234.567, 1234.321]),))
    z = np.array([1234.567, 1234.321], np.float32)
    assert abs((z[0] - z[1]) - 0.246) > 2e-5
    assert verdict(exercise, z[0] - z[1]).state == "right"
    exact = make(lambda z: z[0] - z[1], (np.array([1000.5, 1000.25]),))
    assert verdict(exact, np.float32(0.25 + 2e-5)).state == "wrong"


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_an_answer_nearer_to_a_known_mistake_is_wrong_in_any_precision(dtype):
    x = np.array([0.3, 2.0])
    off = 1.5 * float(np.finfo(dtype).eps)  # the precision holds it, and excuses as much
    nearly = Mistake("nearly", "Not quite.", lambda x: np.exp(x) * (1 + off))
    exercise = make(np.exp, (x,), mistakes=(nearly,))
    assert verdict(make(np.exp, (x,)), (np.exp(x) * (1 + off / 2)).astype(dtype)).state == "right"
    assert verdict(exercise, np.exp(x).astype(dtype)).state == "right"
    got = verdict(exercise, (np.exp(x) * (1 + off)).astype(dtype))
    assert (got.state, got.mistake) == ("wrong", nearly)


def test_where_the_task_states_a_precision_every_arithmetic_has_to_keep_it():
    exercise = make(np.exp, (np.array([0.3, 2.0]),), exact=True)
    assert verdict(exercise, np.exp([0.3, 2.0])).state == "right"
    for dtype in (np.float32, np.float16):
        assert verdict(exercise, np.exp([0.3, 2.0]).astype(dtype)).state == "wrong"


def test_half_precision_excuses_nothing_where_inputs_are_large():
    exercise = make(lambda z: (z > 0) * 1.0, (np.array([800.0, -800.0]),))
    assert verdict(exercise, np.array([1, 0], np.float16)).state == "right"
    assert verdict(exercise, np.array([0, 0], np.float16)).state == "wrong"


def test_with_atol_zero_a_tiny_truth_must_be_met():
    exercise = make(lambda x: np.exp(-x), (np.float64(40.0),), atol=0.0)
    assert verdict(exercise, math.exp(-40)).state == "right"
    assert verdict(exercise, 0.0).state == "wrong"


def test_whole_numbers_are_exact_and_may_be_floats():
    exercise = make(lambda x: 2**40 * x, (3,))
    assert verdict(exercise, 3 * 2.0**40).state == "right"
    assert verdict(exercise, 3 * 2**40 + 1).state == "wrong"


def test_truth_values_texts_dicts_and_tuples():
    yes = make(lambda x: x > 0, (1,))
    assert verdict(yes, np.True_).state == verdict(yes, torch.tensor(True)).state == "right"
    assert verdict(yes, False).sentence == "expected True, got False"
    assert verdict(yes, "True").sentence == "expected True or False, got the text 'True'"

    assert difference("ab", "ab", 0, 0) == ""
    assert difference("ac", "ab", 0, 0) == "expected 'ab', got the text 'ac'"

    counts = {"a": 0.5, "b": np.array([1.0, 2.0])}
    assert difference(plain({"b": [1, 2], "a": np.float32(0.5)}), counts, 1e-9, 0) == ""
    assert difference({"a": 0.5}, counts, 0, 0) == "the dict lacks the key 'b'"
    assert difference(counts | {"c": 1}, counts, 0, 0) == "the dict has no place for the key 'c'"
    assert difference(counts | {"a": 1}, counts, 0, 0) == "at key 'a': expected 0.5, got 1"
    assert difference([1], counts, 0, 0) == "expected a dict, got [1]"

    pair = (np.ones((2, 3)), 0.5)
    assert difference([np.ones((2, 3)), 0.5], pair, 0, 0) == ""
    assert difference((np.ones(3), 0.5), pair, 0, 0) == "in part 0: expected shape (2, 3), got (3,)"
    assert difference((1,), pair, 0, 0) == "expected a tuple of 2, got a tuple of 1 part"
    assert difference(0.5, pair, 0, 0) == "expected a tuple of 2, got 0.5"
    assert difference((None, 0.5), pair, 0, 0) == "part 0 is None"

    def named(answer):
        return difference(answer, pair, 0, 0, names=("dW", "db"))

    assert named((None, 0.5)) == "dW is None"
    assert named((np.ones(3), 0.5)) == "dW: expected shape (2, 3), got (3,)"
    assert named([pair[0]] * 3) == "expected a tuple of 2, (dW, db), got a list of 3 parts"
    assert named(np.ones((3, 2))) == (
        "expected a tuple of 2, (dW, db), got one array of shape (3, 2)"
    )


def test_an_expected_error_must_come():
    def careful(x):
        raise ValueError("negative")

    exercise = make(careful, (-1.0,))
    assert verdict(exercise, Outcome("error", error="ValueError")).state == "right"
    assert verdict(exercise, 3.0).sentence == "expected a ValueError, got 3"
    assert verdict(exercise, Outcome("error", error="TypeError", message="m")).state == "raised"


def test_states_of_calls_that_gave_no_value():
    no = Outcome("error", error="NotImplementedError")
    assert verdict(SCALAR, no).state == "not attempted"
    raised = verdict(SCALAR, Outcome("error", error="ZeroDivisionError", message="division"))
    assert (raised.state, raised.sentence) == ("raised", "raised ZeroDivisionError: division")
    assert verdict(SCALAR, Outcome("error", error="SystemExit")).sentence.startswith(
        "called exit()"
    )
    late = verdict(SCALAR, Outcome("timeout"))
    assert (late.state, late.sentence) == ("gave no answer", "gave no answer: its time was over")


def test_missing_outcomes_are_not_right():
    exercise = make(lambda x: x, (1.0,))
    cases = [Case((1.0,)), Case((2.0,))]
    got = judge(exercise, cases, [Outcome("value", 1.0)])
    assert (got.state, got.index) == ("gave no answer", 1)
    assert judge(exercise, cases, []).state == "gave no answer"


def test_a_changed_input_is_named():
    exercise = make(lambda x, y: x + y, (1.0, 2.0))
    got = verdict(exercise, Outcome("value", 3.0, changed=1))
    assert (got.state, got.sentence) == ("wrong", "changed its input `y`: work on a copy")


SUM = make(
    lambda x: np.sum(np.log(x)),
    (np.array([1.0, 2.0, 4.0]),),
    mistakes=(
        Mistake("mean", "Sum, do not average.", lambda x: np.mean(np.log(x))),
        Mistake("base 2", "Natural logs.", lambda x: np.sum(np.log2(x))),
        Mistake("minus infinity", "A log of zero.", lambda x: -np.inf),
        Mistake("nan", "Inf minus inf.", lambda x: np.inf - np.inf),
        Mistake("no such name", "A wrong name.", lambda x: x.logarithm()),
        Mistake("nothing comes back", "Return it.", lambda x: None),
        Mistake("second mean", "Never reached.", lambda x: np.mean(np.log(x))),
    ),
)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (np.log(8) / 3, "mean"),
        (np.float32(3), "base 2"),
        (torch.tensor(-math.inf), "minus infinity"),
        (math.nan, "nan"),
        (Outcome("error", error="AttributeError"), "no such name"),
        (None, "nothing comes back"),
    ],
)
def test_a_known_mistake_is_recognised_by_what_it_gives(answer, name):
    assert verdict(SUM, answer).mistake.name == name


@pytest.mark.parametrize(
    "answer", [2.5, "text", np.log(8) / 3 + 1e-6, Outcome("error", error="KeyError")]
)
def test_another_mistake_is_not_called_by_a_known_one_s_name(answer):
    assert verdict(SUM, answer).mistake is None


def test_a_mistake_must_match_on_every_case():
    exercise = Exercise(
        name="sample",
        chapter="99_sample",
        signature="sample(x)",
        task="",
        difficulty=1,
        minutes=1,
        reference=abs,
        cases=lambda rng: [Case((1.0,)), Case((-1.0,)), Case((-2.0,))],
        mistakes=(Mistake("sign kept", "Drop the sign.", lambda x: x),),
    )
    cases = exercise.make_cases()
    values = [Outcome("value", v) for v in (1.0, -1.0, -2.0)]
    assert judge(exercise, cases, values).mistake.name == "sign kept"
    values[2] = Outcome("value", 2.0)
    assert judge(exercise, cases, values).mistake is None


def test_a_judge_decides_where_many_answers_are_right():
    def even(args, answer):
        return None if answer % 2 == 0 else f"{answer} is odd"

    exercise = make(
        lambda x: 2,
        (1,),
        judge=even,
        compare_as=lambda args, answer: answer % 4,
        mistakes=(Mistake("one too many", "Take one off.", lambda x: 5),),
    )
    assert verdict(exercise, 8).state == "right"
    assert verdict(exercise, 9).sentence == "9 is odd"
    assert verdict(exercise, 9).mistake.name == "one too many"
    assert verdict(exercise, 11).mistake is None
    assert verdict(exercise, "abc").sentence == (
        "the answer has not the form that the task asks for; got the text 'abc'"
    )
    assert verdict(exercise, None).sentence == "got None: is there a `return`?"
    assert verdict(exercise, object()).state == "wrong"


def value_exercise(reference):
    return Exercise(
        name="sample",
        chapter="99_sample",
        signature="sample",
        task="",
        difficulty=1,
        minutes=1,
        reference=reference,
        mistakes=(Mistake("doubled", "Once only.", lambda: 1.5),),
    )


@pytest.mark.parametrize("reference", [0.75, lambda: 0.75])
def test_a_value_s_answer_is_not_given_away(reference):
    exercise = value_exercise(reference)
    assert verdict(exercise, 0.75).state == "right"
    assert verdict(exercise, 0.5).sentence == "got 0.5, which is too small"
    assert verdict(exercise, 1).sentence == "got 1, which is too large"
    assert verdict(exercise, 1.5).mistake.name == "doubled"
    for answer in (math.nan, math.inf, [0.5], "a", 2j, {}, [[1], [1, 2]]):
        assert "0.75" not in verdict(exercise, answer).sentence
    pair = value_exercise(np.array([0.25, 0.75]))
    assert verdict(pair, [0.25, 0.5]).sentence == "got [0.25, 0.5], which is not right"


def test_plain_data_can_leave_the_process():
    import pickle

    values = [torch.ones(2, requires_grad=True), {"a": [np.float32(1), (None, "x")]}, Strange()]
    for value in values:
        pickle.loads(pickle.dumps(plain(value)))
    assert plain(Strange()) == Opaque("Strange")
    assert isinstance(plain(torch.ones(2)), np.ndarray)
    source = np.ones(2)
    plain(source)[0] = 5
    assert source[0] == 1


def test_show_keeps_to_one_short_line():
    assert show(np.arange(6.0).reshape(2, 3) / 7) == (
        "[[0, 0.142857, 0.285714], [0.428571, 0.571429, 0.714286]]"
    )
    assert show(np.zeros((500, 30))).endswith("(shape (500, 30))")
    assert show({"a": 0.1 + 0.2, "b": [1, 2]}) == "{'a': 0.3, 'b': [1, 2]}"
    assert show(math.sin) == "the function sin"
    for big in (list(range(10**5)), "x" * 10**5, {k: k for k in range(10**4)}, np.zeros(10**6)):
        assert len(show(big)) < 200


def test_parameters_come_from_the_signature():
    assert ARRAY.parameters == ["x"]
    assert make(abs, (1, 2, 3)).parameters == ["x", "y", "z"]
    assert value_exercise(1).parameters == []


def test_the_same_seed_gives_the_same_inputs():
    exercise = Exercise(
        name="sample",
        chapter="99_sample",
        signature="sample(x)",
        task="",
        difficulty=1,
        minutes=1,
        reference=abs,
        cases=lambda rng: [Case((rng.normal(),))],
    )
    assert exercise.make_cases(3) == exercise.make_cases(3)
    assert exercise.make_cases(3) != exercise.make_cases(4)


@pytest.mark.parametrize("answer", [[0.5] * 300, [[0.5], [0.5, 1.0]] * 150, ["x"] * 300])
@pytest.mark.parametrize("name", ["sigmoid", "multilabel_loss"])
def test_the_form_of_an_answer_is_looked_at_a_few_times_and_not_for_each_mistake(
    answer, name, monkeypatch
):
    """A grader looks at whatever student code has sent."""
    exercise = by_name.exercise_called(name)
    cases, looked, odd_part = exercise.make_cases(), [], compare._odd_part
    monkeypatch.setattr(compare, "_odd_part", lambda part: looked.append(part) or odd_part(part))
    assert judge(exercise, cases, [Outcome("value", answer)] * len(cases)).state == "wrong"
    assert len(looked) < 4000 * len(cases)  # there are 300 parts, and more than 100 mistakes


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([0.5] * 9, np.zeros(9)),
        ([[1, 2]] * 9, 0.0),
        ([[0.5], [1, 2]] * 9, np.zeros(3)),
        ([2**70] * 9, np.zeros(9)),
        ([16**3900] * 9, np.zeros(9)),
        (([0.5] * 9, "x"), (np.zeros(9), "x")),
        ([np.float32(0.5)] * 9, np.zeros(9)),
        (["1.5", 2**70] * 9, np.zeros(18)),
        ([None] * 9, np.zeros(9)),
        (["x"] * 9, ["x"] * 9),
        ((np.zeros(9), 1.0), np.zeros(9)),
    ],
)
def test_an_answer_whose_form_was_looked_at_differs_from_the_same(answer, right):
    made = mistakes._formed(answer, right)
    for known in (right, answer, np.zeros(9), np.full(9, 0.5), np.full(18, 2.0**70), 0.0, None):
        if made is answer or not isinstance(made, compare.Opaque) or known is not answer:
            same = not difference(answer, known, 1e-9, 1e-9)
            assert same == (not difference(made, known, 1e-9, 1e-9))
