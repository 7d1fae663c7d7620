"""The website's parts, without a browser and without Sphinx; tests/browser opens the whole."""

import hashlib
import json
import math
import re
import sys
import tomllib
import zlib
from base64 import b64decode
from collections import defaultdict
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pytest
from docutils import nodes
from docutils.utils import new_document
from IPython.core.interactiveshell import InteractiveShell

from ce_course import catalogue, claims
from ce_course.authoring.site import build, conf, host, ledger, scenes, source
from ce_course.authoring.site.elsewhere import Elsewhere

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def found():
    return source.read(ROOT, list(catalogue.CHAPTERS))


def places_in(notebook: dict) -> list[str]:
    """The HTML of each place for a widget or an exercise."""
    outputs = [o for cell in notebook["cells"] for o in cell.get("outputs", [])]
    texts = ["".join(o["data"].get("text/html", "")) for o in outputs if "data" in o]
    return [text for text in texts if text.startswith("<div class=")]


def test_every_widget_question_and_exercise_of_the_course_has_its_place(found):
    places = [text for notebook in found.notebooks.values() for text in places_in(notebook)]
    widgets = {name for c in catalogue.CHAPTERS for name in c.widgets}
    for name in widgets | set(catalogue.exercise_names()):
        assert any(f'data-name="{name}"' in place for place in places), name
    for path, notebook in found.notebooks.items():
        text = json.dumps(notebook)
        assert "data:image" not in text and "run the cell with" not in text, path


# What is done in a notebook and not on a page.
OF_NOTEBOOKS = (
    r"[Rr]un (the|your|both|all|that|this|them)\b.{0,12}\b(cells?|checks?)\b|Run them from top"
    r"|[Rr]un [^.]{0,30}\bin a cell\b|, then run\.|`notebooks/|Cell In\["
    r"|[Ss]hift\+|\bKernel\b|my_course|\b(hint|solution)\(\"|`progress\(\)`|\.ipynb\)"
)


@pytest.mark.parametrize("part", ["notebooks", "exercises"])
def test_no_page_asks_for_what_only_a_notebook_can(found, part):
    for path, notebook in found.notebooks.items():
        if path.parts[0] == part:
            for cell in notebook["cells"]:
                text = "".join(cell["source"]) if cell["cell_type"] == "markdown" else ""
                text = re.sub(r"\]\([^)]*\)", "]", text)  # links, of which Sphinx makes pages
                assert not re.search(OF_NOTEBOOKS, text), (path, text)
                for printed in cell.get("outputs", []):
                    text = printed.get("text", "") if cell["cell_type"] == "code" else ""
                    assert not re.search(OF_NOTEBOOKS, text), (path, text)


def test_each_page_says_what_it_is_and_every_replaced_phrase_is_still_said(found):
    for path, notebook in found.notebooks.items():
        assert notebook["cells"][1]["id"] == "about-this-page", path
    paths = [*ROOT.glob("exercises/*/*.ipynb"), *ROOT.glob("notebooks/*.ipynb")]
    given = [json.loads(path.read_text()) for path in paths]
    texts = ["".join(cell["source"]) for notebook in given for cell in notebook["cells"]]
    for words in source._WORDS:
        assert any(words in text for text in texts), words


def test_a_claim_leads_to_the_cells_that_compute_it(found):
    """To one below each heading, and not twice to the same."""
    tags = defaultdict(set)
    for path, notebook in found.notebooks.items():
        for cell in notebook["cells"]:
            tags[path.stem] |= set(cell["metadata"].get("tags", []))
    items = re.findall(r'<li id="(C\d+)".*?</li>', page := ledger.page())
    assert items == [claim.id for claim in claims.everything()]
    shown = dict(zip(items, re.findall(r'<li id="C.*?</li>', page), strict=True))
    for claim in claims.everything():
        links = re.findall(r'"notebooks/(\w+).html#(cell-[^"]+)">(.*?)</a>', shown[claim.id])
        assert {unescape(text) for *_, text in links} == {str(cell) for cell in claim.cells}
        assert len({(chapter, cell) for chapter, cell, _ in links}) == len(links), claim.id
        for chapter, cell, _ in links:
            assert cell in tags[chapter], (claim.id, cell)
    document = new_document("")
    document += nodes.container(classes=["cell", "tag_cell-a", "tag_claim-C001"])
    conf._shape(None, document)
    assert document[0]["ids"] == ["cell-a"]


HERE = Elsewhere("https://github.com/you/yours.git", "https://hub.example/")


def test_a_notebook_can_be_opened_elsewhere():
    path = Path("notebooks/01_information_theory.ipynb")
    assert HERE.addresses(path) == {
        "Colab": f"https://colab.research.google.com/github/you/yours/blob/colab/{path}",
        "Binder": f"https://mybinder.org/v2/gh/you/yours/main?urlpath=lab/tree/my_course/{path}",
        "JupyterHub": "https://hub.example/hub/user-redirect/git-pull?"
        "repo=https%3A%2F%2Fgithub.com%2Fyou%2Fyours&branch=main&"
        "urlpath=lab%2Ftree%2Fyours%2Fnotebooks%2F01_information_theory.ipynb",
    }
    assert Elsewhere().addresses(path) == {} and "download" in Elsewhere().links(path)
    assert list(Elsewhere("https://example.org/git/yours").addresses(path)) == []
    with pytest.raises(ValueError, match=r"hub: expected an address \(https://...\), got 'hub'"):
        Elsewhere("https://github.com/you/yours", "hub")


def test_the_cell_for_colab_installs_there_and_does_nothing_elsewhere(monkeypatch):
    path = ROOT / "notebooks" / "01_information_theory.ipynb"
    notebook = nbformat.reads(source.bare(path, HERE.install()), 4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith("# 01")
    code, ran = notebook.cells[1].source, []
    assert "ce-course[notebooks] @ git+https://github.com/you/yours" in code
    assert (
        "notebooks"
        in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    )
    shell = InteractiveShell()
    monkeypatch.setattr(shell, "run_line_magic", lambda *words, **_: ran.append(words))
    assert shell.run_cell(code).success and ran == []
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert shell.run_cell(code).success
    ((magic, words, *_),) = ran
    assert magic == "pip" and words.startswith("install -q")
    assert len(nbformat.reads(source.bare(path), 4).cells) == len(notebook.cells) - 1


def test_what_a_chapter_links_to_is_on_its_widgets_grid(found):
    links = [(name, place) for name, asked in found.asked.items() for place in asked]
    links = [(name, place) for name, place in links if isinstance(place, source.Link)]
    assert len(links) > 50
    for name, place in links:
        texts = {c.name: c.texts for c in found.grids[name].controls}
        assert all(text in texts[control] for control, text in place.items()), (name, place)


def test_every_table_is_small_enough_and_a_larger_one_is_refused(found, monkeypatch):
    assert found.grids.keys() == {name for c in catalogue.CHAPTERS for name in c.widgets}
    for name, explorer in found.grids.items():
        assert math.prod(map(len, explorer.positions)) <= scenes.MOST, name
    monkeypatch.delitem(scenes.GRIDS, "loss_reader")
    with pytest.raises(ValueError, match="loss_reader: expected at most 100000 scenes, got 57"):
        scenes.explorer("loss_reader")


def unpacked(packed: bytes) -> tuple[dict, list[dict]]:
    """What `pack` has packed, as its docstring says that it lies there."""
    data = zlib.decompress(packed)
    size = int.from_bytes(data[:4], "little")
    head, data = json.loads(data[4 : 4 + size]), data[4 + size :]
    blocks = []
    for _ in range(2):
        size, data = int.from_bytes(data[:4], "little"), data[4:]
        low, high = np.frombuffer(data[:size], np.uint8).reshape(2, -1)
        blocks.append((low + high * np.uint16(256)).view(np.int16))
        data = data[size:]
    assert data == b""
    fixed, moving = blocks[0].reshape(len(head["sweeps"]), -1).cumsum(0, dtype=np.int16), blocks[1]
    for sweep, numbers in zip(head["sweeps"], fixed, strict=True):
        columns = np.cumsum(sweep["columns"])
        rows = len(head["spec"]["controls"][sweep["control"]]["texts"])
        steps, moving = np.split(moving, [rows * len(columns)])
        travel = steps.reshape(len(columns), rows).T.cumsum(0, dtype=np.int16)
        sweep |= {"fixed": numbers, "columns": columns, "moving": travel + numbers[columns]}
    assert moving.size == 0
    return head["spec"], head["sweeps"]


@pytest.mark.parametrize("name", ["coin_entropy", "gradient_comparison", "token_losses"])
def test_a_table_holds_all_scenes(name):
    explorer = scenes.explorer(name)
    spec, sweeps = unpacked(scenes.pack(explorer))
    assert spec["whole"] and len(sweeps) * len(spec["controls"][sweeps[0]["control"]]["texts"]) == (
        math.prod(map(len, explorer.positions))
    )
    for mine, sent in zip(sweeps, explorer.all_sweeps(), strict=True):
        for part, kind in (("fixed", np.int16), ("columns", np.uint16), ("moving", np.int16)):
            assert np.array_equal(mine[part].ravel(), np.frombuffer(sent[part], kind)), part
        assert mine["moving_texts"] == sent["moving_texts"] and mine["others"] == sent["others"]


def test_scenes_are_kept_until_something_changes(tmp_path, monkeypatch):
    def write():
        return scenes.write("coin_entropy", [], tmp_path / "out", tmp_path / "kept").read_text()

    first = write()
    assert unpacked(b64decode(first.split('"')[3]))[0]["name"] == "coin_entropy"
    monkeypatch.setattr(scenes, "pack", lambda explorer: b"new")
    assert write() == first
    monkeypatch.setattr(scenes, "FORMAT", "another")
    assert write() != first
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_hash_knows_what_a_module_stands_on(monkeypatch):
    before = scenes.fingerprint("ce_course.widgets.start_here")
    read = Path.read_bytes

    def changed(path):
        return read(path) + (b"\n" if path.name == changed.name else b"")

    monkeypatch.setattr(Path, "read_bytes", changed)
    for changed.name, alters in (("information.py", True), ("training.py", False)):
        after = scenes.fingerprint("ce_course.widgets.start_here")
        assert (after != before) == alters, changed.name


def test_the_modules_are_those_of_the_widgets():
    text = host.modules()
    assert text.count("return { render };") == len(host.KINDS) and "export" not in text
    assert "jp-theme-light" not in host.stylesheet()


def test_the_editor_is_what_its_sources_give():
    """`npm ci && npm run bundle` in editor/ writes it, with a hash of them in its first line."""
    sources = [build.HERE / "editor" / name for name in ("editor.src.js", "package-lock.json")]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    assert wanted in (build.HERE / "editor.js").read_text(encoding="utf-8").partition("\n")[0]


def test_the_pages_know_every_exercise_and_every_right_answer():
    known = build.course(catalogue.CHAPTERS)
    assert [name for c in known for name in c["exercises"]] == catalogue.exercise_names()
    assert all(text for chapter in known for text in chapter["questions"].values())
    front = build.front(catalogue.CHAPTERS)
    assert all(f'href="notebooks/{c.name}.html"' in front for c in catalogue.CHAPTERS)
