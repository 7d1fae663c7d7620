"""What widgets leave in a notebook, and the extension that JupyterLab draws it with."""

import base64
import json
import re
import zlib

import pytest

from ce_course.lab import extension
from ce_course.widgets import diagnostic, gradient_simplex, loss_curve
from ce_course.widgets.board import board
from ce_course.widgets.stored import MIME

SCRIPT = extension.contents()["static/extension.js"]


def sent(values):
    """As JSON, binary parts in base64."""
    return json.loads(
        json.dumps(values, default=lambda part: {"base64": base64.b64encode(part).decode()})
    )


@pytest.mark.parametrize(
    ("make", "kind", "names"),
    [
        (loss_curve, "explorer", {"spec", "state", "sweeps"}),
        (diagnostic, "quiz", {"questions", "advice", "first", "latest", "problem"}),
        (board, "board", {"html"}),
    ],
)
def test_what_is_stored_is_what_the_browser_is_sent(make, kind, names, tmp_path, monkeypatch):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path))
    widget = make()
    data, _ = widget._repr_mimebundle_()
    stored = json.loads(json.dumps(data[MIME]))
    assert (stored["kind"], stored["model_id"]) == (kind, widget.model_id)
    values = json.loads(zlib.decompress(base64.b64decode(stored["values"])))
    assert values == sent({name: getattr(widget, name) for name in names})
    assert kind in extension.KINDS


def test_what_is_stored_is_small_and_says_whether_it_is_whole():
    for make, whole in ((loss_curve, True), (gradient_simplex, False)):
        stored = make()._repr_mimebundle_()[0][MIME]
        assert stored["whole"] is whole
        assert len(stored["values"]) < 250_000


def test_its_package_is_what_jupyterlab_looks_for(tmp_path):
    place = extension.install(tmp_path)
    package = json.loads((place / "package.json").read_text())
    assert package["name"] == place.name == extension.NAME
    assert (place / package["jupyterlab"]["_build"]["load"]).is_file()
    assert SCRIPT.count(f'"{extension.NAME}"') == 1


def test_it_goes_to_the_environment_s_own_extensions(tmp_path, monkeypatch):
    monkeypatch.setattr(extension.sys, "prefix", str(tmp_path))
    assert extension.install() == tmp_path / "share/jupyter/labextensions/ce-course"


def test_installing_writes_what_differs_and_no_more(tmp_path):
    place = extension.install(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*.*")}
    assert {path.relative_to(place).as_posix() for path in before} == extension.contents().keys()
    (place / "static" / "quiz.js").write_text("old")
    extension.install(tmp_path)
    after = {path: path.stat().st_mtime_ns for path in place.rglob("*.*")}
    changed = [path.name for path in after if after[path] != before[path]]
    assert changed == ["quiz.js"]
    assert (place / "static" / "quiz.js").read_text() == extension.contents()["static/quiz.js"]


def test_script_and_package_name_the_same_things():
    assert f'"{MIME}"' in SCRIPT
    kinds = re.search(r"const KINDS = \[(.*)\]", SCRIPT).group(1)
    assert kinds == ", ".join(f'"{kind}"' for kind in extension.KINDS)


def test_what_a_stranger_s_file_says_is_never_taken_for_html():
    """An explorer's texts are drawn as they stand; a sanitizer goes over quiz and board."""
    assert "HTML(" not in extension.contents()["static/explorer.js"]
    assert "innerHTML" not in extension.contents()["static/explorer.js"]
    assert 'kind === "explorer" ? values : everyText(values, html)' in SCRIPT
