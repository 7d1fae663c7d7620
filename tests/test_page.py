"""A widget as a web page: what is in the file. tests/browser opens one."""

import re
from html import escape

from click.testing import CliRunner

from ce_course.authoring import page
from ce_course.cli import app
from ce_course.widgets import loss_curve


def test_the_page_holds_everything_and_names_no_other_place(tmp_path):
    text = page.export("loss_curve", tmp_path / "curve.html", p=0.25).read_text(encoding="utf-8")
    assert escape(loss_curve(p=0.25).alt()) in text
    assert f'<p class="about">{escape(loss_curve().description)} Drag what lies on' in text
    assert "chapter 02, Binary cross-entropy: How does a yes-or-no model" in text
    assert "<title>Binary cross-entropy of one prediction</title>" in text
    places = set(re.findall(r"https?:[\w./]+", text))
    assert places == {"http://www.w3.org/2000/svg"}  # a name, not an address that is visited
    assert text.count("</script>") == 3  # nothing in the data ends its element early


def test_the_command_writes_a_page_and_refuses_what_is_no_widget(tmp_path):
    out = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["page", "coin_entropy", "--out", str(out)])
    assert result.exit_code == 0 and str(out) in result.output.replace("\n", "")
    assert out.stat().st_size > 50_000
    for name in ("loss_curv", "predict"):
        result = CliRunner().invoke(app, ["page", name, "--out", str(tmp_path / "no.html")])
        assert result.exit_code == 2 and "no widget" in result.output
    assert not (tmp_path / "no.html").exists()
