"""Exercises outside a notebook, and what the package needs to check them there."""

import subprocess
import sys
import textwrap
import zipfile

import pytest

from ce_course.authoring.site import build
from ce_course.checks.outside import answer
from ce_course.support import record

SETUP = "import numpy as np\nimport nothing_like_this\n\nfrom ce_course import check, hint\n"
RIGHT = "def nats_to_bits(nats):\n    return np.asarray(nats) / np.log(2)\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("code", "state", "says"),
    [
        (RIGHT, "right", "nats_to_bits: right"),
        ("def nats_to_bits(nats):\n    return nats * np.log(2)\n", "not right", "Known mistake"),
        ("def nats_to_bits(nats):\n    raise NotImplementedError\n", "not right", "not attempted"),
        ("def nats_to_bits(nats):\n    return nats.log(2)\n", "not right", "your code, line 2"),
        ("raise NotImplementedError\n", "not right", "not attempted"),
        ("x = 1\n1 / 0\n", "error", "line 2"),
        ("def nats_to_bits(nats:\n", "error", "SyntaxError"),
        ("x = 1\n", "not right", "There is no nats_to_bits"),
        ("import not_there.at_all\n", "missing", "not_there"),
    ],
)
def test_what_is_said(code, state, says):
    found = answer("nats_to_bits", code, SETUP)
    assert found["state"] == state and says in found["text"], found
    assert "hint(" not in found["text"] and "run that cell" not in found["text"]
    assert (record.passed() != {}) == (state == "right")


def test_a_page_breaks_the_lines_itself():
    said = answer("nats_to_bits", "def nats_to_bits(nats):\n    return nats * np.log(2)\n", SETUP)
    last = said["text"].splitlines()[-1]
    assert last.startswith("Known mistake: ") and len(last) > 88


def test_earlier_answers_are_there_and_their_failures_are_not_ours():
    before = ["1 / 0", "def half(x):\n    print('never seen')\n    return x / 2\nhalf(1)\n"]
    code = "def nats_to_bits(nats):\n    return 2 * half(np.asarray(nats)) / np.log(2)\n"
    found = answer("nats_to_bits", code, SETUP, before)
    assert found["state"] == "right"


def test_what_is_printed_is_told():
    assert answer("nats_to_bits", f"print('seen')\n{RIGHT}", SETUP)["text"].startswith("seen")


def test_the_archive_checks_exercises_with_numpy_alone(tmp_path):
    """Everything else is refused here, and the platform says that it is a browser's."""
    build._archive(tmp_path / "course.zip", build.ROOT)
    zipfile.ZipFile(tmp_path / "course.zip").extractall(tmp_path / "course")
    program = f"""
        import sys
        sys.path.insert(0, {str(tmp_path / "course")!r})
        import numpy
        sys.platform = "emscripten"
        known = sys.stdlib_module_names | {{"numpy", "ce_course"}}

        class NumpyOnly:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] not in known:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        sys.meta_path.insert(0, NumpyOnly())
        import threading
        threading.Thread.start = None  # which cannot be called
        import ce_course
        from ce_course.checks.by_name import exercises_of
        from ce_course.checks.outside import answer
        from ce_course import catalogue
        assert ce_course.__file__.startswith({str(tmp_path)!r})
        print(answer("nats_to_bits", {RIGHT!r}, {SETUP!r})["state"])
        needing = []
        for chapter in catalogue.CHAPTERS:
            try:
                exercises_of(chapter)
            except ModuleNotFoundError as error:
                needing.append(error.name)
        print(needing)
    """
    run = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"CE_COURSE_HOME": str(tmp_path / "home"), "PATH": ""},
    )
    assert run.stdout.splitlines() == ["right", "['scipy']"], run.stderr
