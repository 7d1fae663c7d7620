"""Exercises by name: each chapter's module is loaded when one of its exercises is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ce_course import catalogue

if TYPE_CHECKING:
    from ce_course.checks.exercise import Exercise


def exercise_called(name: str) -> Exercise:
    """The exercise called `name`; imports its chapter's module only.

    Raises KeyError, with the nearest names, if there is none.
    """
    for found in catalogue.CHAPTERS:
        if name in found.exercises:
            return next(each for each in exercises_of(found) if each.name == name)
    raise KeyError(f"no exercise {name!r}. {catalogue.closest(name, catalogue.exercise_names())}")


def exercises_of(chapter: catalogue.Chapter) -> tuple[Exercise, ...]:
    """All exercises of a chapter, in its order."""
    if not chapter.exercises:
        return ()
    return import_module(f"ce_course.checks.{chapter.module}").EXERCISES
