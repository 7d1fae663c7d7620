"""What is asked comes from the release; what runs, from a submission of any form."""

import json

import nbformat
import pytest

from ce_course import catalogue
from ce_course.grading import release
from ce_course.grading.grades import Limits
from ce_course.grading.release import Cell, Unreadable, chapter_of, definitions, read_cells, tasks

CHAPTERS = [chapter.name for chapter in catalogue.CHAPTERS if chapter.exercises]
LIMITS = Limits()


def cells(notebook, limits=LIMITS):
    data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return read_cells(data, limits)[0]


def code(source, **more):
    return {"cell_type": "code", "source": source, **more}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_tasks_are_those_of_the_released_notebook(chapter):
    path = release.ROOT / "exercises" / chapter / f"{chapter}.ipynb"
    marks = [c.metadata.get("nbgrader", {}) for c in nbformat.read(path, 4).cells]
    points = [mark["points"] for mark in marks if mark.get("grade")]
    assert [task.exercise.name for task in tasks(chapter)] == list(
        catalogue.chapter(chapter).exercises
    )
    assert [task.points for task in tasks(chapter)] == points


def test_a_release_that_asks_less_counts_less(tmp_path, monkeypatch):
    chapter = CHAPTERS[1]
    path = tmp_path / "exercises" / chapter / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True)
    mark = {"grade": True, "grade_id": "check_entropy", "points": 5}
    other = {"grade": True, "grade_id": "written_by_hand", "points": 7}
    written = [code("", metadata={"nbgrader": m}) for m in (other, mark)]
    path.write_text(json.dumps({"cells": written}))
    monkeypatch.setattr(release, "ROOT", tmp_path)
    tasks.cache_clear()
    try:
        assert [(task.exercise.name, task.points) for task in tasks(chapter)] == [("entropy", 5.0)]
        assert [task.points for task in tasks("00_start_here")] == [1.0]  # nothing is released
    finally:
        tasks.cache_clear()


def test_there_is_no_other_chapter():
    with pytest.raises(KeyError):
        tasks("10_nothing")


@pytest.mark.parametrize("kind", ["exercises", "solutions"])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_notebook_tells_its_chapter(kind, chapter):
    data = (release.ROOT / kind / chapter / f"{chapter}.ipynb").read_bytes()
    assert chapter_of(cells(data)) == chapter


@pytest.mark.parametrize(
    ("source", "chapter"),
    [
        ("def sigmoid(z): ...", "02_binary_cross_entropy"),
        ("wasted_bits = 3", "01_information_theory"),
        ("def entropy(p): ...\ndef sigmoid(z): ...", None),
        ("entropy(sigmoid)", None),
        ("", None),
        ("def softmax(z): ...\ndef logsumexp(z): ...\ncheck(z_loss)", "12_cross_entropy_at_scale"),
        ("check(prior_bias=answers[0])", "08_imbalance_and_focal_loss"),
        ("check(entropy)\ncheck(sigmoid)\ndef sigmoid(z): ...", "02_binary_cross_entropy"),
    ],
)
def test_a_part_of_a_notebook_tells_its_chapter_if_it_is_clear(source, chapter):
    assert chapter_of([Cell(1, source)]) == chapter


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(x): pass", True),
        ("  async def f(x): pass", True),
        ("class f:", True),
        ("f = 1", True),
        ("x = 1\nf: float = 1", True),
        ("f == 1", False),
        ("g(f=1)", False),
        ("def ff(x): pass", False),
        ("# f = 1", False),
    ],
)
def test_definitions(source, expected):
    assert ("f" in definitions(source)) == expected


def test_cells_are_numbered_as_they_are_seen_and_only_code_counts():
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": "text"},
            code("a = 1"),
            code("  \n"),
            code(["b = 1\n", "c = 1"]),
            {"cell_type": "raw", "source": "d"},
            code("e", metadata={"tags": ["skip"], "nbgrader": {"solution": False}}),
        ]
    }
    assert cells(notebook) == [Cell(2, "a = 1"), Cell(4, "b = 1\nc = 1"), Cell(6, "e")]


def test_cells_of_an_odd_form_are_left_out():
    odd = [None, 3, "code", [], {}, code(None), code(3), code([None, "x"]), {"cell_type": ["code"]}]
    assert cells({"cells": odd}) == [Cell(8, "x")]


def test_the_format_before_2014():
    sheet = {"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}
    assert cells({"nbformat": 3, "worksheets": [sheet]}) == [Cell(1, "x = 1\ny = 2")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_of_unicode(encoding):
    data = json.dumps({"cells": [code("x = 'ñ'")]}, ensure_ascii=False).encode(encoding)
    assert read_cells(data, LIMITS) == ([Cell(1, "x = 'ñ'")], (), ())


def test_other_bytes_are_replaced_and_noted():
    data = json.dumps({"cells": [code("x = 1  # ñ")]}, ensure_ascii=False).encode("latin-1")
    found, notes, _ = read_cells(data, LIMITS)
    assert found == [Cell(1, "x = 1  # \N{REPLACEMENT CHARACTER}")]
    assert notes == ("The file is not in UTF-8: characters that cannot be read were replaced.",)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x00" * 100, "nothing but zeros"),
        (b"\x00" * 2_000_000, "nothing but zeros"),
        (b'\0{"cells": []}', "not valid JSON"),
        (b'{"cells": []} {}', "not valid JSON"),
        (b"PK\x03\x04", "a zip file under another name: unpack it, and hand in the .ipynb file."),
        (b"Rar!\x1a\x07", "a packed file under another name"),
        (b"\x89PNG\r\n", "a picture: hand in the .ipynb file."),
        (b"{\\rtf1 x}", "a document of a word processor"),
        (b"# %%\nimport math\n", "a script or plain text"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html>", "a web page"),
        (b"<<<<<<< HEAD\n{}", "Git has left two versions"),
        (b'{"cells": [],\n<<<<<<< HEAD\n "nbformat": 4}', "Git has left two versions"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        (b'{"cells": [', "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 1_000_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"1" * 100_000, "another kind"),
        (b"null", "another kind"),
        (b'"cells"', "another kind"),
        (b"{}", "no list of cells"),
        (b'{"cells": null, "metadata": []}', "no list of cells"),
        (b'{"cells": {"0": 1}}', "no list of cells"),
        (b'{"worksheets": [{"cells": 3}]}', "no list of cells"),
        (b'{"worksheets": 3}', "no list of cells"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(data, why):
    with pytest.raises(Unreadable, match=why):
        cells(data)


def test_a_notebook_that_is_too_large_is_refused():
    with pytest.raises(Unreadable, match="The file has 2 MB; at most 1 MB"):
        cells(b" " * 2_000_000 + b"{}", Limits(notebook_mb=1))
    many = {"cells": [code("x")] * 11}
    assert len(cells(many, Limits(cells=11))) == 11
    with pytest.raises(Unreadable, match="has 11 code cells; at most 10"):
        cells(many, Limits(cells=10))
