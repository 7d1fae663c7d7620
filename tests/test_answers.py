"""What people write, right and wrong, in both tools.

Right answers are accepted, wrong ones rejected with their mistake named. What small changes to the
official solutions the checks do not tell apart is printed by `benchmarks/checks.py`.
"""

import pytest
import trials

from ce_course import catalogue
from ce_course.grading.session import Grader

TRAINED = {"distil_student", "fit_logistic_regression", "fit_temperature", "fit_platt"}
every_exercise = pytest.mark.parametrize(
    "exercise",
    [
        pytest.param(e, id=e.name, marks=[pytest.mark.trains] if e.name in TRAINED else [])
        for e in trials.EXERCISES
    ],
)


@every_exercise
def test_there_are_answers_in_many_styles(exercise):
    assert len(trials.answers_to(exercise, "right")) >= 4
    assert len(trials.answers_to(exercise, "wrong")) >= 8


@every_exercise
@pytest.mark.parametrize("seed", [0, 7])
def test_right_answers_are_accepted(exercise, seed):
    for answer in trials.answers_to(exercise, "right"):
        got = trials.verdict(answer, seed)
        assert got.state == "right", f"{got.sentence}\n{answer.source}"


@every_exercise
@pytest.mark.parametrize("seed", [0, 7])
def test_wrong_answers_are_rejected_and_their_mistake_is_named(exercise, seed):
    for answer in trials.answers_to(exercise, "wrong"):
        got = trials.verdict(answer, seed)
        assert got.state in ("wrong", "raised"), answer.source
        named = got.mistake.name if got.mistake else ""
        assert named == answer.name, f"{got.sentence}\n{answer.source}"


@pytest.mark.parametrize("chapter", [c.name for c in catalogue.CHAPTERS if c.exercises])
def test_the_grader_says_what_check_says(chapter):
    """Some of the answers; `benchmarks/checks.py` has all of them graded."""
    with Grader() as grader:
        for answer, grade in trials.graded(grader, chapter, rounds=3):
            assert (grade.state == "right") == (answer.kind == "right"), answer.source
