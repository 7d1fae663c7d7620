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


def test_a_missing_chromium_is_an_error_unless_left_out():
    nowhere, left_out = {"CHROMIUM": "/nowhere"}, {"CE_COURSE_NO_BROWSER": "1"}
    with pytest.raises(pytest.fail.Exception, match="apt install chromium"):
        chromium.wanted(nowhere)
    with pytest.raises(pytest.skip.Exception, match="CE_COURSE_NO_BROWSER is set"):
        chromium.wanted(nowhere | left_out)
    there = {"CHROMIUM": sys.executable, "CE_COURSE_NO_BROWSER": ""}
    assert chromium.wanted(there) == sys.executable


def test_a_test_that_asks_for_a_missing_chromium_has_an_error(tmp_path):
    """One start of pytest, which takes seconds: the other outcomes come from the same function."""
    (tmp_path / "test_page.py").write_text("def test_page(chromium):\n    assert chromium")
    tests = Path(__file__).parent
    (tmp_path / "conftest.py").write_text((tests.parent / "conftest.py").read_text())
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests), "CHROMIUM": "/nowhere"}
        | {"CE_COURSE_NO_BROWSER": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "apt install chromium" in run.stdout and "1 error" in run.stdout
    assert run.returncode == 1
