"""Promises that every exercise of the course keeps; they grow with the catalogue by themselves."""

import importlib.util
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from trials import EXERCISES, every_exercise

from ce_course import catalogue
from ce_course.checks.by_name import exercise_called, exercises_of
from ce_course.checks.call import call_all
from ce_course.checks.exercise import remembering
from ce_course.checks.judging import judge


def alternatives(exercise):
    module = catalogue.chapter(exercise.chapter).module
    path = Path(__file__).parent / "alternatives" / f"{module}.py"
    spec = importlib.util.spec_from_file_location(f"alternatives_{module}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded.ALTERNATIVES[exercise.name]


@cache
def prepared(name, seed):
    """An exercise that remembers what its own code gives on its cases, and these."""
    exercise = exercise_called(name)
    return remembering(exercise), exercise.make_cases(seed)


def verdict(exercise, answer, seed=0):
    """The verdict on a learner's function (or value), reached as `check` reaches it."""
    exercise, cases = prepared(exercise.name, seed)
    if getattr(answer, "is_result", False):  # what the exercise's `call` makes of an answer
        return judge(exercise, cases, list(exercise.run(answer, cases)))
    function = (answer if callable(answer) else lambda: answer) if exercise.is_value else answer
    return judge(exercise, cases, call_all(function, cases, 60, exercise.call))


@pytest.mark.parametrize("chapter", catalogue.CHAPTERS, ids=lambda c: c.name)
def test_the_catalogue_names_the_exercises_in_order(chapter):
    exercises = exercises_of(chapter)
    assert tuple(e.name for e in exercises) == chapter.exercises
    assert all(e.chapter == chapter.name for e in exercises)


@every_exercise
def test_what_a_learner_reads_is_there(exercise):
    assert exercise.signature.partition("(")[0] == exercise.name
    assert exercise.difficulty in (1, 2, 3)
    assert 1 <= exercise.minutes <= 60
    assert exercise.points >= 1
    assert len(exercise.hints) >= 2
    texts = [exercise.task, *exercise.hints, *(m.hint for m in exercise.mistakes)]
    assert all(text == text.strip() and text[-1] in ".?!)" for text in texts), texts
    names = [m.name for m in exercise.mistakes]
    assert len(set(names)) >= 4  # several implementations may be one mistake
    hints = {m.name: m.hint for m in exercise.mistakes}
    assert all(hints[m.name] == m.hint for m in exercise.mistakes)


@every_exercise
def test_inputs_come_from_the_seed_alone(exercise):
    first, again = repr(exercise.make_cases(5)), repr(exercise.make_cases(5))
    assert first == again
    assert all(len(c.args) == len(exercise.parameters) for c in exercise.make_cases())


@every_exercise
def test_the_reference_passes(exercise):
    states = {seed: verdict(exercise, exercise.reference, seed).state for seed in (0, 1, 2)}
    assert states == dict.fromkeys(states, "right")


@every_exercise
def test_right_answers_in_other_styles_pass(exercise):
    answers = alternatives(exercise)
    assert len(answers) >= 2
    for answer in answers:
        assert verdict(exercise, answer) == verdict(exercise, exercise.reference)


@every_exercise
def test_the_reference_passes_in_other_types(exercise):
    outcomes = exercise.run(exercise.reference, exercise.make_cases())
    if not all(isinstance(o.value, np.ndarray | np.generic | float) for o in outcomes):
        return  # a code, a tuple of parameters: not for these styles
    # float32 has not always the digits that the task asks for
    styles = ("tensor", "list") if exercise.exact else ("float32", "tensor", "list")

    def other(style, *args):
        value = exercise.reference(*args) if callable(exercise.reference) else exercise.reference
        value = np.asarray(value)
        if style == "float32":
            return value.astype(np.float32)
        wants = value.dtype.kind == "f"  # whole numbers have no gradient
        return value.tolist() if style == "list" else torch.tensor(value, requires_grad=wants)

    states = {
        style: verdict(exercise, lambda *args, style=style: other(style, *args)).state
        for style in styles
    }
    assert states == dict.fromkeys(styles, "right")


@every_exercise
def test_a_known_mistake_is_rejected_by_its_own_name(exercise):
    """On the inputs of `check`; `tests/test_grading_session.py` judges the same on another seed's.

    What only the words of errors tell it leaves out, and classes and steps that train (`accepts`).
    Of these, `tests/test_answers.py` judges other codes of each mistake on the inputs of `check`.
    """
    both = (0, 1) if exercise.name == "expected_score" else (0,)
    for seed in both if exercise.accepts is None else (1,):
        found = {}
        for number, mistake in enumerate(exercise.mistakes):
            got = verdict(exercise, mistake.implementation, seed)
            named = got.mistake and (got.mistake.name, got.mistake.hint)
            if got.state not in ("wrong", "raised") or named != (mistake.name, mistake.hint):
                found[f"{number}: {mistake.name}"] = got.state, got.sentence, named
        assert not found, f"seed {seed}: {found}"


@every_exercise
def test_the_stub_is_not_attempted(exercise):
    def stub(*args):
        # Your code here
        raise NotImplementedError

    def dots(*args):
        """What to do."""
        ...

    for answer in (stub, dots, lambda *args: ...):
        assert verdict(exercise, answer).state == "not attempted"


ODD = [
    "text",
    math.nan,
    12345.678,
    True,
    1j,
    [],
    {},
    {"a": None},
    (1, 2, 3),
    [None],
    np.array([math.nan, 1.0]),
    np.ones((3, 1, 2)),
    np.array("text"),
    torch.ones(1, 1, requires_grad=True),
    [[1], [2, 3]],
    object(),
    len,
    np.float32,
]


@every_exercise
def test_odd_answers_are_wrong_and_get_one_sentence(exercise):
    found = []
    for answer in ODD:
        got = verdict(exercise, lambda *args, answer=answer: answer)
        states = ("wrong",) if exercise.call is None else ("wrong", "raised")
        one = bool(got.sentence) and "\n" not in got.sentence and len(got.sentence) < 400
        ours = "Traceback" in got.sentence or "ce_course" in got.sentence
        if got.state not in states or not one or ours:
            found.append((answer, got.state, got.sentence))
    assert not found


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if not e.is_value], ids=lambda e: e.name)
def test_nothing_returned_is_wrong(exercise):
    def forgets(*args):
        answer = 1 + 1  # noqa: F841

    got = verdict(exercise, forgets)
    assert (got.state, got.sentence) == ("wrong", "got None: is there a `return`?")


@every_exercise
def test_an_error_in_the_answer_is_reported(exercise):
    def fails(*args):
        raise LookupError("no such row")

    got = verdict(exercise, fails)
    assert (got.state, got.sentence) == ("raised", "raised LookupError: no such row")


@every_exercise
def test_hints_use_nothing_that_the_exercise_forbids(exercise):
    words = {"scipy", "xlogy", "xlog1py", "expit", "torch.", "sklearn", "ce_course.", "losses."}
    words -= {"torch."} if "torch" in exercise.libraries else set()
    words -= {"scipy", "sklearn"} if "scipy" in exercise.libraries else set()
    assert not [word for text in exercise.hints for word in words if word in text]


def test_what_only_the_words_of_errors_tell_is_not_told_without_them():
    """The grader does not hear them: of several mistakes that raise a ValueError it names none."""
    exercise, cases = prepared("expected_score", 0)

    def swapped(score, truth, forecast):
        return sum(truth[k] * score(k, forecast) for k in range(len(truth)))

    outcomes = call_all(swapped, cases, 60)
    assert judge(exercise, cases, outcomes).mistake.name == "one number given as the forecast"
    unheard = [replace(outcome, message="") for outcome in outcomes]
    got = judge(exercise, cases, unheard)
    assert (got.state, got.mistake) == ("raised", None)
