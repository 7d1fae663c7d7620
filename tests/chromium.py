"""Where Chromium is, for the browser tests and benchmarks."""

import os
import shutil
from collections.abc import Mapping

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATHS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
MISSING = """\
The browser tests need Chromium or Chrome, and neither was found.
  Debian:  sudo apt install chromium
  Ubuntu:  sudo snap install chromium
  macOS:   brew install --cask chromium
If it is installed elsewhere, name it: CHROMIUM=/path/to/chromium make test
To leave the browser tests out on purpose: CE_COURSE_NO_BROWSER=1 make test"""


def find_chromium(environment: Mapping[str, str] = os.environ) -> str | None:
    """The path of Chromium or Chrome: what $CHROMIUM names, else one in a usual place."""
    if named := environment.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, (*NAMES, *PATHS))), None)


def wanted(environment: Mapping[str, str] = os.environ) -> str:
    """The same for a test: without it the test fails, or is skipped if browsers are left out."""
    import pytest

    if environment.get("CE_COURSE_NO_BROWSER"):
        pytest.skip("CE_COURSE_NO_BROWSER is set")
    return find_chromium(environment) or pytest.fail(MISSING, pytrace=False)
