"""What people write, right and wrong, in both tools.

Right answers are accepted, wrong ones rejected with their mistake named, small changes to the
official solutions (mutants) rejected unless the file of answers says why they are right.
"""

import math
from collections import Counter

import pytest
import trials
from trials import every_exercise

from ce_course import catalogue
from ce_course.checks import mistakes
from ce_course.grading.session import Grader

# With every seed the losses that `is_proper` gets are the same, in another order; and what trains a
# student takes seconds.
ONE_SEED = {"is_proper", "distil_student"}
# To each solution at most, and those that the answers list: that checks and list fit each other.
# How many live at all is what `benchmarks/checks.py` measures, which tries every one.
MUTANTS = 10
FAULTS = (
    mistakes.CUT_OFF,
    mistakes.CHANGED,
    mistakes.NOT_FINITE,
    mistakes.ONE_AT_A_TIME,
    mistakes.IMPRECISE,
)


@every_exercise
def test_there_are_answers_in_many_styles(exercise):
    assert len(trials.answers_to(exercise, "right")) >= 4
    assert len(trials.answers_to(exercise, "wrong")) >= 8


# Their hints say how to go on, and no code that is the answer.
WITHOUT_CODE = {
    "huffman_code",
    "wasted_bits",
    "one_hot_bytes",
    "largest_mse_gradient_p",
    "distil_student",
}


@every_exercise
def test_what_the_hints_say_is_right(exercise):
    """In `check`; `test_the_grader_says_what_check_says` gives the same code to the grader."""
    answers = trials.answers_to(exercise, "hint")
    assert bool(answers) == (exercise.name not in WITHOUT_CODE)
    said = "".join("".join(exercise.hints).split())
    for answer in answers:
        got = trials.verdict(answer)
        assert got.state == "right", f"{got.sentence}\n{answer.source}"
        quotes = trials.quotes(answer)
        assert quotes
        assert [quote for quote in quotes if "".join(quote.split()) not in said] == []


@every_exercise
def test_right_answers_are_accepted(exercise):
    found = []
    for seed in (0,) if exercise.name in ONE_SEED else (0, 7):
        for answer in trials.answers_to(exercise, "right"):
            got = trials.verdict(answer, seed)
            if got.state != "right":
                found.append(f"seed {seed}, {got.state}: {got.sentence}\n{answer.source}")
    assert not found, "\n".join(found)


@every_exercise
def test_wrong_answers_are_rejected_and_their_mistake_is_named(exercise):
    """All on the inputs of `check`, every other one on another seed's too, but where it trains.

    Nothing is lost: what hangs on the inputs is whether a mistake shows itself, and each mistake's
    own code is judged on another seed's in `tests/test_grading_session.py`, or, where that leaves
    an exercise out, in `tests/test_exercises.py`.
    """
    answers, found = trials.answers_to(exercise, "wrong"), []
    trains = exercise.name in ONE_SEED or exercise.name.startswith("repair_")
    again = [] if trains else answers[::2]
    for seed, answer in [*((0, answer) for answer in answers), *((7, answer) for answer in again)]:
        got = trials.verdict(answer, seed)
        named = got.mistake.name if got.mistake else ""
        if got.state not in ("wrong", "raised") or named != answer.name:
            said = f"{got.state}, {named!r} instead of {answer.name!r}: {got.sentence}"
            found.append(f"seed {seed}, {said}\n{answer.source}")
    assert not found, "\n".join(found)


@every_exercise
def test_every_hint_is_reached_by_two_codes(exercise):
    """Of a known mistake: those that `tests/test_exercises.py` tries, and those that stand here."""
    codes = Counter(a.name for a in trials.answers_to(exercise, "wrong"))
    codes += Counter(mistake.name for mistake in exercise.mistakes)
    assert [mistake.name for mistake in exercise.mistakes if codes[mistake.name] < 2] == []


def test_every_hint_for_any_formula_is_reached_by_two_codes():
    codes = Counter(a.name for e in trials.EXERCISES for a in trials.answers_to(e, "wrong"))
    names = [each.name for each in (*mistakes.GENERAL, *mistakes.ROUNDED)]
    names += [name for name, _ in FAULTS]
    assert [name for name in names if codes[name] < 2] == []


# Not a training's: another rate, number of steps or seed trains as well as ours.
@pytest.mark.parametrize(
    "exercise",
    [
        pytest.param(e, id=e.name, marks=trials.marks(e))
        for e in trials.EXERCISES
        if e.name != "distil_student"
    ],
)
def test_a_mutant_lives_only_where_the_answers_say_why(exercise):
    listed = {answer.name for answer in trials.answers_to(exercise, "lives")}
    mutants = trials.mutants_of(exercise)
    assert listed <= {mutant.name for mutant in mutants}
    some = mutants[:: math.ceil(len(mutants) / MUTANTS)]
    some += [mutant for mutant in mutants if mutant.name in listed and mutant not in some]
    assert {mutant.name for mutant in some if trials.accepted(mutant)} == listed


@pytest.fixture(scope="module")
def grader():
    """One for all chapters, since its start takes a second."""
    with Grader() as made:
        yield made


@pytest.mark.parametrize("chapter", [c.name for c in catalogue.CHAPTERS if c.exercises])
def test_the_grader_says_what_check_says(grader, chapter):
    """Some of the answers; `benchmarks/checks.py` has all of them graded."""
    otherwise = [
        f"{answer.kind} {answer.exercise}, graded {grade.state}:\n{answer.source}"
        for answer, grade in trials.graded(grader, chapter, rounds=3)
        if (grade.state == "right") != (answer.kind != "wrong")
    ]
    assert not otherwise, "\n".join(otherwise)
