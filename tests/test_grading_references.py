"""What trusted code gives is computed once for all that grade, and these hold its numbers only."""

import os
import pickle
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from ce_course import catalogue
from ce_course.checks import families
from ce_course.checks.by_name import exercises_of
from ce_course.checks.compare import show
from ce_course.grading import batch, processes, references
from ce_course.grading.grades import Settings, Unprepared, limits
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
    (tmp_path / "temporary").mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", GRADE, chapter, str(path)],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tests)])}
        | {"TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    *otherwise, peak = ran.stdout.splitlines()
    assert otherwise == ["loaded:"]
    assert float(peak) < MB
    assert not any((tmp_path / "temporary").iterdir())

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
            f"the grader failed: the references of {SOLUTION} were not computed: "
            "MemoryError: no room"
        )
        with monkeypatch.context() as patch:
            patch.setattr(references, "CODE", "import time\ntime.sleep(60)")
            patch.setattr(references, "SECONDS", 0.5)
            answer = processes.graded(grader, solution, None, None)
        assert "took more than 0.5 s" in answer.grade.problem
        assert answer.grade.seconds == 0.0  # which a student's share would be charged with
        answer = processes.graded(grader, solution, None, None)
        assert (answer.final, answer.grade.points) == (True, answer.grade.of)
        folder = grader._folder
        assert folder.is_dir()
    assert not folder.exists()


def test_only_what_the_same_functions_remembered_is_taken():
    with pytest.raises(ValueError, match="zip"):
        families.remember("ce_course.checks.pitfalls_and_robust_losses", [{}])


def test_a_notebook_that_cannot_be_read_is_not_charged_with_the_start(monkeypatch):
    known = references.known

    def slow(*given):
        time.sleep(0.5)
        return known(*given)

    monkeypatch.setattr(references, "known", slow)
    with Grader() as grader:
        grade = grader.grade(b"no notebook", SOLUTION)
    assert grade.problem and grade.seconds < 0.4


def test_who_waited_while_it_failed_does_not_try_again(tmp_path, monkeypatch):
    tries = tmp_path / "tries"

    def fails(*_):
        with open(tries, "a") as file:
            file.write("once ")
        time.sleep(1.0)
        raise Unprepared("no room")

    monkeypatch.setattr(references, "_have_computed", fails)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(references.known, tmp_path, SOLUTION, 5) for _ in range(3)]
    assert [str(each.exception()) for each in asked] == ["no room"] * 3
    assert tries.read_text() == "once "
    with pytest.raises(Unprepared, match="no room"):
        references.known(tmp_path, SOLUTION, 5)
    assert tries.read_text() == "once once "


def test_who_grades_waits_longer_than_it_may_take():
    shortest = Settings(limits(["submission_seconds=0.001"]))
    assert batch.patience(shortest) > references.SECONDS


def test_without_a_library_that_answers_need_nothing_is_computed(tmp_path, monkeypatch):
    monkeypatch.setattr(references, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="'torch'"):
        references.compute(SOLUTION, 5, str(tmp_path / "known.pickle"))


@pytest.mark.parametrize("error", [MemoryError, ModuleNotFoundError, OSError])
@pytest.mark.parametrize("which", ["reference", "mistake"])
def test_what_is_the_fault_of_the_machine_is_no_outcome(error, which):
    (exercise,) = (e for e in exercises_of(catalogue.chapter(SOLUTION)) if e.libraries)

    def fails(*_):
        raise error("no room")

    fails.is_result = True
    mistake = replace(exercise.mistakes[0], implementation=fails)
    change = {"reference": fails} if which == "reference" else {"mistakes": (mistake,)}
    with pytest.raises(RuntimeError, match=f"{error.__name__}: no room"):
        references._computed(replace(exercise, **change), 5)


def test_a_reference_that_is_not_right_is_no_reference():
    (exercise,) = (e for e in exercises_of(catalogue.chapter(SOLUTION)) if e.libraries)
    judged = replace(exercise, judge=lambda args, answer: 1 / 0, mistakes=())
    with pytest.raises(RuntimeError, match="the reference of CrossEntropyFunction: "):
        references._computed(judged, 5)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it there")
def test_it_ends_with_the_process_that_asked_for_it(tmp_path):
    """Or two would write the same file, when another asks for it."""
    slow = (
        "import json, os, sys, time; sys.path[:] = json.loads(sys.argv[1]); "
        "from ce_course.grading import references; "
        f"references._computed = lambda *_: (open({str(tmp_path / 'pid')!r}, 'w')"
        ".write(str(os.getpid())), time.sleep(60)); "
        "references.compute(sys.argv[2], int(sys.argv[3]), sys.argv[4])"
    )
    code = (
        "from pathlib import Path; from ce_course.grading import references; "
        f"references.CODE = {slow!r}; references.known(Path({str(tmp_path)!r}), {SOLUTION!r}, 5)"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    pid = _within(60, lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    asking.kill()
    asking.wait()
    _within(10, lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))


def test_the_folder_goes_with_the_last_where_its_owner_was_killed():
    code = """if True:
        import os, signal, sys
        from ce_course.grading.session import Grader
        grader = Grader(sandbox="none")
        grader._folder.mkdir()
        print(grader._folder, flush=True)
        owner = os.getpid()
        if os.fork() == 0:
            os.kill(owner, signal.SIGKILL)
            while os.getppid() == owner:
                pass
            grader.close()
            os._exit(0)
        signal.pause()"""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    folder = Path(ran.stdout.strip())
    assert ran.returncode == -9
    _within(10, lambda: not folder.exists())


def _is_zombie(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _within(seconds, happens):
    """What it gives when it gives something, which is to be soon."""
    end = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_what_was_expected_is_shown_without_minus_zero():
    (exercise,) = (e for e in exercises_of(catalogue.chapter(SOLUTION)) if e.libraries)
    for outcome in exercise.run(exercise.reference, exercise.make_cases(0)):
        for part in outcome.value.values():
            assert "-0" not in re.findall(r"-?[^\s,\[\]]+", show(part))
