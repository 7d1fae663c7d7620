import os
import subprocess
import sys
from pathlib import Path

import chromium
import pytest


def test_chromium_is_found_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(chromium, "PATHS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find_chromium({}) is None
    browser = tmp_path / "google-chrome"
    browser.write_text("")
    browser.chmod(0o755)
    assert chromium.find_chromium({}) == str(browser)
    assert chromium.find_chromium({"CHROMIUM": str(browser)}) == str(browser)
    assert chromium.find_chromium({"CHROMIUM": str(tmp_path / "nowhere")}) is None


@pytest.mark.parametrize(
    ("variables", "outcome", "code"),
    [
        ({"CHROMIUM": "/nowhere"}, "apt install chromium", 1),
        ({"CHROMIUM": "/nowhere", "CE_COURSE_NO_BROWSER": "1"}, "1 skipped", 0),
        ({"CHROMIUM": sys.executable, "CE_COURSE_NO_BROWSER": ""}, "1 passed", 0),
    ],
    ids=["missing", "left out", "there"],
)
def test_a_missing_chromium_is_an_error_unless_left_out(tmp_path, variables, outcome, code):
    (tmp_path / "test_page.py").write_text("def test_page(chromium):\n    assert chromium")
    tests = Path(__file__).parent
    (tmp_path / "conftest.py").write_text((tests.parent / "conftest.py").read_text())
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests), **variables},
    )
    assert outcome in run.stdout
    assert run.returncode == code
