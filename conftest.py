"""What every test shares: a home of its own, one thread for linear algebra, and Chromium.

Notebooks' cells get the marker `trains`, and their tolerance if they state one (see trained.py).
"""

import os
import shutil
import tempfile

import chromium as browser
import pytest
import trained
from nbval.plugin import IPyNbCell

from ce_course.widgets.stored import MIME

# Set before NumPy is imported; the notebooks' kernels inherit them.
HOME = tempfile.mkdtemp(prefix="ce-course-tests-")
os.environ["CE_COURSE_HOME"] = HOME
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. Its absence is an error, unless $CE_COURSE_NO_BROWSER is set."""
    if os.environ.get("CE_COURSE_NO_BROWSER"):
        pytest.skip("CE_COURSE_NO_BROWSER is set")
    return browser.find_chromium() or pytest.fail(browser.MISSING, pytrace=False)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Compare what a cell that trains prints within the tolerance that it states."""
    if not isinstance(item, IPyNbCell):
        return
    item.add_marker("trains")
    # only in a live notebook: publishing leaves it out
    item.parent.skip_compare = (MIME, *item.parent.skip_compare)
    tolerance = trained.stated(item.cell.source)
    if tolerance is not None:
        sanitize = item.sanitize
        item.sanitize = lambda s: (
            trained.Printed(sanitize(s)).within(tolerance) if isinstance(s, str) else s
        )


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
