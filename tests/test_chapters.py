"""The form that chapters 01 to 09 share: openings, guesses, pictures, tables, links."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import nbformat
import numpy as np
import pandas as pd
import pytest

from ce_course import catalogue, plots, widgets
from ce_course.widgets.quiz import question

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@cache
def notebook(chapter):
    return nbformat.read(NOTEBOOKS / f"{chapter.name}.ipynb", 4)


def chapters(first=0):
    some = [chapter for chapter in catalogue.CHAPTERS if first <= int(chapter.name[:2])]
    return pytest.mark.parametrize("chapter", some, ids=lambda chapter: chapter.name)


def called(cells, name):
    return any(re.search(rf"\b{name}\(", cell.source) for cell in cells)


# ------------------------------------------------------------------ how a chapter opens


@chapters(first=1)
def test_it_opens_with_something_that_moves_and_a_question(chapter):
    """The title, what is to be seen, a widget in one line, a question, and where it is answered."""
    cells = notebook(chapter).cells
    title, text, moving, asked, answered = cells[:5]
    assert [cell.cell_type for cell in cells[:5]] == ["markdown"] * 2 + ["code"] * 2 + ["markdown"]
    assert title.source.startswith("# ") and text.source.startswith("## First")
    line, empty, call = moving.source.splitlines()
    assert empty == "" and call.split("(")[0] in chapter.widgets
    assert (
        line
        == f"from ce_course.widgets import {', '.join(sorted([call.split('(')[0], 'predict']))}"
    )
    (name,) = re.fullmatch(r'predict\("(\w+)"\)', asked.source).groups()
    assert question(name).chapter == chapter.name

    (number,) = re.search(r"[Ss]ection (\d+)", answered.source).groups()
    text = "\n".join(cell.source for cell in cells[5:] if cell.cell_type == "markdown")
    (section,) = (
        part for part in re.split("^## ", text, flags=re.M) if part.startswith(f"{number}.")
    )
    assert "opening question" in section


# ------------------------------------------------------------------ guess, then see


@chapters(first=1)
def test_a_question_stands_directly_before_the_cell_that_answers_it(chapter):
    cells = notebook(chapter).cells
    asked = [i for i, cell in enumerate(cells) if cell.source.startswith("predict(")]
    answered_later, *others = asked
    assert cells[answered_later].id == "opening-question"
    assert [cells[i].source for i in others if cells[i + 1].cell_type != "code"] == []


@chapters()
def test_the_text_reads_the_same_whatever_was_guessed(chapter):
    for cell in notebook(chapter).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"[Yy]ou (?:have )?guessed|[Aa]s you (?:have )?(?:guess|expect)|"
                                 r"your guess was|[Ss]urprised\?", cell.source)  # fmt: skip


# ------------------------------------------------------------------ pictures


@chapters()
def test_figures_are_numbered_and_their_plumbing_is_short(chapter):
    cells = notebook(chapter).cells
    drawn = [i for i, cell in enumerate(cells) if "plots.show(" in cell.source]
    for number, i in enumerate(drawn, 1):
        caption = cells[i + 1].source.splitlines()[0]
        assert re.fullmatch(rf"\*Figure {int(chapter.name[:2])}\.{number}: [^*]+\.\*", caption)
        assert len(cells[i].source.splitlines()) <= 10, cells[i].source
    captions = [cell for cell in cells if cell.source.startswith("*Figure")]
    assert len(captions) == len(drawn)


# ------------------------------------------------------------------ tables


@chapters()
def test_tables_are_for_readers(chapter):
    """No number of a row that means nothing, no NaN where nothing is, and one way to show them."""
    for cell in notebook(chapter).cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            if 'class="dataframe"' in html:
                assert not unreadable(html), cell.source


def unreadable(html):
    """What only pandas needs: NaN, or rows numbered from 0 where nothing says what is counted."""
    head, body = html.split("<tbody>")
    numbers = re.findall(r"<tr[^>]*>\s*<th[^>]*>(.*?)</th>", body)
    named = re.search(r"<tr>\s*<th>[^<]+</th>\s*(?:<th></th>\s*)+</tr>", head)
    if "<td>NaN</td>" in body:
        return "NaN"
    return (
        "numbers"
        if numbers == [str(i) for i in range(len(numbers))] and numbers and not named
        else ""
    )


def test_the_test_would_notice():
    frame = pd.DataFrame({"p": [0.5, np.nan]})
    assert unreadable(frame.to_html()) == "NaN"
    assert unreadable(frame.fillna(0).to_html()) == "numbers"
    assert not unreadable(frame.fillna(0).rename_axis("seed").to_html())
    assert not unreadable(plots.table(frame, mark=1)._repr_html_())


# ------------------------------------------------------------------ links that move a widget


@cache
def positions(widget):
    """The texts of all positions of each control of a widget, by the control's name."""
    return {control.name: control.texts for control in getattr(widgets, widget)().controls}


def links(chapter):
    return [
        (text, link.split(":"))
        for cell in notebook(chapter).cells
        for text, link in re.findall(r"\[([^\]]+)\]\((#ce:[^)]*)\)", cell.source)
    ]


@chapters()
def test_a_link_names_a_widget_of_the_chapter_its_controls_and_their_positions(chapter):
    found = links(chapter)
    assert len(found) >= 2
    code = [cell for cell in notebook(chapter).cells if cell.cell_type == "code"]
    for text, (_, name, wanted) in found:
        assert name in chapter.widgets and called(code, name), (text, name)
        for wish in wanted.split(","):
            control, _, position = unquote(wish).partition("=")
            assert position in positions(name)[control], (text, wish)
