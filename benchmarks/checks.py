"""How well exercises are judged: the answers in tests/answers and every mutant of the solutions.

    python benchmarks/checks.py [--graded N] [exercise ...]

For each exercise: wrong answers accepted, right ones rejected, mutants that live (and for how many
the file of answers says why), wrong answers whose mistake is named, known mistakes that no answer
is named by, answers that `ce-course grade` judges otherwise than `check` (of the first N to each
exercise, right and wrong ones in turn; of all if N is not given), and the median time of a check
of a right answer.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import trials  # noqa: E402

from ce_course import catalogue  # noqa: E402
from ce_course.grading.session import Grader  # noqa: E402

COLUMNS = ("accepted", "rejected", "mutants live", "named", "otherwise graded", "ms", "exercise")
WIDTHS = (9, 9, 13, 9, 17, 7, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", help="names; all if none is given")
    parser.add_argument("--graded", type=int, help="how many answers to each the grader gets")
    given = parser.parse_args()
    asked = set(given.exercises)
    torch.set_num_threads(1)
    print("  ".join(f"{c:>{w}}" for c, w in zip(COLUMNS, WIDTHS, strict=True)))
    sums = [0] * 8
    notes: list[str] = []
    with Grader() as grader:
        for chapter in catalogue.CHAPTERS:
            exercises = [e for e in trials.EXERCISES if e.chapter == chapter.name]
            exercises = [e for e in exercises if not asked or e.name in asked]
            grades = trials.graded(grader, chapter.name, given.graded) if exercises else []
            for exercise in exercises:
                counts = measured(exercise, grades, notes)
                sums = [a + b for a, b in zip(sums, counts, strict=True)]
    wrong, accepted, right, rejected, lives, named, other, graded = sums
    print(
        f"wrong {wrong}, accepted {accepted}; right {right}, rejected {rejected}; "
        f"mutants that live without a reason {lives}; named {named}; "
        f"otherwise graded {other} of {graded}"
    )
    print("\n".join(notes))


def measured(exercise, grades: list, notes: list[str]) -> list[int]:
    """Print one exercise's line; give its counts, and say in `notes` what is behind them."""
    wrong = trials.answers_to(exercise, "wrong")
    right = trials.answers_to(exercise, "right", "hint")
    verdicts = [(answer, trials.verdict(answer)) for answer in wrong]
    accepted = [a for a, v in verdicts if v.state == "right"]
    named = [v.mistake.name for _, v in verdicts if v.mistake is not None]
    rejected, times = [], []
    for answer in right:
        started = time.process_time()
        if trials.verdict(answer).state != "right":
            rejected.append(answer)
        times.append(1000 * (time.process_time() - started))
    reasons = {a.name: a.source for a in trials.answers_to(exercise, "lives")}
    mutants = trials.mutants_of(exercise)
    living = [m.name for m in mutants if trials.accepted(m)]
    graded = [(a, grade) for a, grade in grades if a.exercise == exercise.name]
    other = [a for a, grade in graded if (grade.state == "right") != (a.kind != "wrong")]
    row = (
        f"{len(accepted)}/{len(wrong)}",
        f"{len(rejected)}/{len(right)}",
        f"{len(living)}/{len(mutants)}",
        f"{len(named)}/{len(wrong)}",
        f"{len(other)}/{len(graded)}",
        f"{statistics.median(times or [0]):.1f}",
        exercise.name,
    )
    print("  ".join(f"{c:>{w}}" for c, w in zip(row, WIDTHS, strict=True)), flush=True)
    unseen = dict.fromkeys(m.name for m in exercise.mistakes if m.name not in named)
    name = exercise.name
    notes += [f"{name}: never named: {', '.join(unseen)}"] if unseen else []
    notes += [
        f"{name}: lives: {m}: {reasons.get(m, 'NO REASON').lstrip('# ').strip()}" for m in living
    ]
    for what, some in (("accepted", accepted), ("rejected", rejected), ("otherwise graded", other)):
        notes += [f"{name}: {what}:\n{answer.source}" for answer in some]
    unexplained = sum(m not in reasons for m in living)
    return [
        len(wrong),
        len(accepted),
        len(right),
        len(rejected),
        unexplained,
        len(named),
        len(other),
        len(graded),
    ]


if __name__ == "__main__":
    main()
