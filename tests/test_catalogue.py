"""The one list of chapters, and that names lead where they say."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ce_course import catalogue
from ce_course.checks.by_name import exercise_called
from ce_course.checks.exercise import Exercise

ROOT = Path(__file__).resolve().parents[1]
every_chapter = pytest.mark.parametrize("chapter", catalogue.CHAPTERS, ids=lambda c: c.name)


@every_chapter
def test_a_chapter_s_files_are_there(chapter):
    assert (ROOT / "notebooks" / f"{chapter.name}.ipynb").is_file()
    if chapter.exercises:
        path = f"{chapter.name}/{chapter.name}.ipynb"
        assert (ROOT / "solutions" / path).is_file()
        assert (ROOT / "exercises" / path).is_file()


def test_every_file_is_a_chapter_s():
    names = {chapter.name for chapter in catalogue.CHAPTERS}
    assert {path.stem for path in ROOT.glob("notebooks/*.ipynb")} == names
    assert {path.parent.name for path in ROOT.glob("solutions/*/*.ipynb")} <= names


def test_names_are_given_once():
    for names in (
        [chapter.name for chapter in catalogue.CHAPTERS],
        catalogue.exercise_names(),
        [widget for chapter in catalogue.CHAPTERS for widget in chapter.widgets],
    ):
        assert len(set(names)) == len(names)


def cells(chapter):
    text = (ROOT / "notebooks" / f"{chapter.name}.ipynb").read_text(encoding="utf-8")
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


@every_chapter
def test_no_chapter_is_mentioned_that_is_not_there(chapter):
    text = "\n".join(cells(chapter))
    mentioned = re.findall(r"[Cc]hapters? (\d\d(?:(?:, | and | to )\d\d)*)", text)
    numbers = {number for some in mentioned for number in re.findall(r"\d\d", some)}
    assert numbers <= {each.name[:2] for each in catalogue.CHAPTERS}


@pytest.mark.parametrize("chapter", catalogue.CHAPTERS[1:], ids=lambda c: c.name)
def test_what_articles_say_is_tested_after_a_guess(chapter):
    own = cells(chapter)
    heading = next(i for i, cell in enumerate(own) if "## Is it true?" in cell)
    assert own[heading + 1].startswith("predict(")
    assert "title" in own[heading], "what is known of the articles is said"


@every_chapter
def test_exercises_and_widgets_are_found_by_name(chapter):
    widgets = importlib.import_module("ce_course.widgets")
    for name in chapter.exercises:
        exercise = exercise_called(name)
        assert isinstance(exercise, Exercise) and exercise.name == name
    for name in chapter.widgets:
        assert callable(getattr(widgets, name))
        assert name in dir(widgets)


def test_unknown_names_are_told_with_the_nearest():
    with pytest.raises(KeyError, match=r"no exercise 'entropie'.*Did you mean entropy"):
        exercise_called("entropie")
    with pytest.raises(KeyError, match=r"no chapter '1'"):
        catalogue.chapter("1")
    with pytest.raises(KeyError, match=r"no widget 'los_curve'.*Did you mean loss_curve"):
        catalogue.widget_module("los_curve")
    widgets = importlib.import_module("ce_course.widgets")
    with pytest.raises(AttributeError, match="Did you mean loss_curve"):
        widgets.los_curve  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'chek'"):
        importlib.import_module("ce_course").chek  # noqa: B018


def test_the_list_itself_imports_nothing():
    code = "import sys, ce_course.catalogue; print('numpy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
