"""What trusted code gives is computed once for all that grade, and these hold its numbers only."""

import os
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from ce_course import catalogue
from ce_course.checks import families
from ce_course.checks.by_name import exercises_of
from ce_course.grading import processes, references
from ce_course.grading.release import ROOT
from ce_course.grading.session import Grader

ALLOWING = [
    chapter.name
    for chapter in catalogue.CHAPTERS
    if any(exercise.libraries for exercise in exercises_of(chapter))
]
GRADE = """
import shutil, sys
import trials
from ce_course import catalogue
from ce_course.checks.by_name import exercises_of
from ce_course.grading.session import Grader

chapter, to = sys.argv[1:]
asked = [e for e in exercises_of(catalogue.chapter(chapter)) if e.libraries]
wrong = [trials.answers_to(e, "wrong")[-1] for e in asked]
single = [a for e in asked for a in trials.answers_to(e, "right") if "float32" in a.source][:1]
with Grader(seed=3) as grader:
    for answers in (wrong, single):
        cells = [a.setup for a in answers[:1]] + [a.source for a in answers]
        grade = grader.grade(trials.notebook(cells), chapter)
        found = {e.exercise: (e.state, e.mistake or "") for e in grade.exercises}
        for a in answers:
            if found[a.exercise] != (a.kind, a.name):
                print(a, found[a.exercise])
    shutil.copy(grader._folder / f"{chapter}-3.pickle", to)
print("loaded:", *sorted({"torch", "sklearn"} & set(sys.modules)))
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(int(line.split()[1]) / 1024)
"""
SOLUTION = "04_softmax_gradient"
MB = 200  # that a process that grades may take


@pytest.mark.trains
@pytest.mark.parametrize("chapter", ALLOWING)
def test_a_process_that_grades_holds_numbers_alone(chapter, tmp_path):
    """Neither a wrong answer nor one in float32 has it load a large library, or train a network."""
    path, tests = tmp_path / "known.pickle", Path(__file__).parent
    ran = subprocess.run(
        [sys.executable, "-c", GRADE, chapter, str(path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tests)])},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    *otherwise, peak = ran.stdout.splitlines()
    assert otherwise == ["loaded:"]
    assert float(peak) < MB

    exercises, remembered = pickle.loads(path.read_bytes())
    module = import_module(f"ce_course.checks.{catalogue.chapter(chapter).module}")
    asked = [each for each in module.EXERCISES if each.libraries]
    assert list(exercises) == [each.name for each in asked]
    for each in asked:
        known = exercises[each.name]
        assert len(known.given) == 1 + len(each.mistakes)
        assert {len(outcomes) for outcomes in known.given} == {len(known.cases)}
    if chapter == "10_pitfalls_and_robust_losses":
        sizes = sorted(map(len, remembered))
        assert sizes[:3] == [0, 1, 1]  # two are of data, one is of an exercise without libraries
        assert set(sizes[3:]) == {2}  # each network on each case


def test_it_is_computed_once_for_all_processes_that_grade(tmp_path, monkeypatch):
    have_computed = references._have_computed

    def counted(*given):
        with open(tmp_path / "count", "a") as file:
            file.write("once ")
        have_computed(*given)

    monkeypatch.setattr(references, "_have_computed", counted)
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                found = references.known(tmp_path, SOLUTION, 5)
                os._exit(list(found) != ["CrossEntropyFunction"])
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "once "


def test_a_seed_gives_the_cases_that_check_uses(tmp_path):
    (exercise,) = (e for e in exercises_of(catalogue.chapter(SOLUTION)) if e.libraries)
    known = references.known(tmp_path, SOLUTION, 5)[exercise.name]
    for case, other in zip(known.cases, exercise.make_cases(5), strict=True):
        for one, same in zip(case.args, other.args, strict=True):
            np.testing.assert_array_equal(one, same)


def test_what_cannot_be_computed_costs_a_row_that_is_tried_again(monkeypatch):
    solution = (ROOT / "solutions" / SOLUTION / f"{SOLUTION}.ipynb").read_bytes()
    with Grader() as grader:
        with monkeypatch.context() as patch:
            patch.setattr(references, "CODE", "print('before')\nraise MemoryError('no room')")
            answer = processes.graded(grader, solution, None, None)
        assert not answer.final
        assert answer.grade.problem == (
            f"the grader failed: RuntimeError: the references of {SOLUTION} were not computed: "
            "MemoryError: no room"
        )
        with monkeypatch.context() as patch:
            patch.setattr(references, "CODE", "import time\ntime.sleep(60)")
            patch.setattr(references, "SECONDS", 0.5)
            answer = processes.graded(grader, solution, None, None)
        assert "took more than 0.5 s" in answer.grade.problem
        answer = processes.graded(grader, solution, None, None)
        assert (answer.final, answer.grade.points) == (True, answer.grade.of)
        folder = grader._folder
        assert folder.is_dir()
    assert not folder.exists()


def test_only_what_the_same_functions_remembered_is_taken():
    with pytest.raises(ValueError, match="zip"):
        families.remember("ce_course.checks.pitfalls_and_robust_losses", [{}])
