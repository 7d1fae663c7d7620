"""What every test shares: a home of its own, one thread for linear algebra, and Chromium.

Notebooks' cells get the marker `trains`, and their tolerance if they state one (see trained.py).
"""

import os
import shutil
import tempfile
from typing import Any

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


# Two groups, since one process alone would be the last to end.
ONE_LAB = {
    "test_explorer_browser.py": "lab 1",
    "test_notebook_style_browser.py": "lab 1",
    "test_survival_browser.py": "lab 1",
    "test_hands_browser.py": "lab 2",
    "test_quiz_browser.py": "lab 2",
}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. Its absence is an error, unless $CE_COURSE_NO_BROWSER is set."""
    return browser.wanted()


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """As `--dist loadfile`, but files that would each start a JupyterLab share one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return ONE_LAB.get(file.rpartition("/")[2], file)

    return ByFile(config, log)


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
