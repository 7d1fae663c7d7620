import subprocess
import sys

import pytest

HEAVY = ("torch", "sklearn", "scipy", "pandas", "matplotlib", "IPython", "anywidget", "ipywidgets")


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after the statement."""
    program = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_importing_the_course_loads_nothing_heavy():
    assert not loaded_after("import ce_course") & set(HEAVY)


@pytest.mark.parametrize("module", ["lab.doctor", "cli", "catalogue", "information", "losses"])
def test_light_modules_stay_light(module):
    assert not loaded_after(f"import ce_course.{module}") & set(HEAVY)


def test_the_check_would_notice():
    assert "pandas" in loaded_after("import ce_course, pandas")
