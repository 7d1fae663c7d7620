"""What every test shares: a home of its own, one thread for linear algebra, and Chromium."""

import os
import shutil
import tempfile

import chromium as browser
import pytest

# Set before NumPy is imported; the notebooks' kernels inherit them.
HOME = tempfile.mkdtemp(prefix="ce-course-tests-")
os.environ["CE_COURSE_HOME"] = HOME
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. Its absence is an error, unless $CE_COURSE_NO_BROWSER is set."""
    if os.environ.get("CE_COURSE_NO_BROWSER"):
        pytest.skip("CE_COURSE_NO_BROWSER is set")
    return browser.find_chromium() or pytest.fail(browser.MISSING, pytrace=False)


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
