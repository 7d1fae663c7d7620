"""Cells as Python and cells as IPython: the same, wherever Python alone is taken."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from ce_course.grading.release import ROOT
from ce_course.grading.shells import needs_ipython

# Runs cells in one of the shells, in a process of its own: they change what is built in.
RUN = """
import builtins, json, sys
from ce_course.grading import shells
builtins.__unavailable__ = shells.Unavailable
shell = getattr(shells, sys.argv[1])()
stdout, sys.stdout = sys.stdout, sys.stderr
results = []
for cells in json.load(sys.stdin):
    seen = []
    for cell in cells:
        try:
            shell.run(cell)
            seen.append("ran")
        except BaseException as error:
            seen.append(type(error).__name__)
    results.append([seen, repr(shell.user_ns.get("kept", "nothing"))])
    shell.reset()
json.dump(results, stdout)
"""
PLAIN = {
    "no future": ["kept = 1", "def kept(x: Nope): pass"],  # the first: IPython forgets no future
    "names": ["x = 2", "def f(y):\n    return x + y", "kept = f(3)"],
    "what the last line gives": ["6 * 7", "kept = _"],
    "nothing is given by None": ["1", "None", "kept = _"],
    "three results back": ["1", "2", "3", "kept = _, __, ___"],
    "a cell that fails": ["kept = 1", "1 / 0\nkept = 2", "kept += 10"],
    "a cell that is not Python": ["kept = 1", "kept = ((", "kept += 10"],
    "the future": ["from __future__ import annotations", "def kept(x: Nope): pass", "kept = 'ran'"],
    "where it is": ["kept = __name__", "import __main__\nkept += str(__main__.kept == kept)"],
    "its source": ["def f():\n    return 1", "import inspect\nkept = inspect.getsource(f)"],
    "all of it indented": ["    kept = 1\n    kept += 1"],
    "comments and empty lines": ["# kept", "", "\n\n", "kept = 1  # one"],
    "Windows' lines": ["kept = 1\r\nkept += 1\r\n"],
    "several lines": ["kept = [\n    1,\n    2,\n]", "for n in kept[:]:\n    kept.append(n)"],
    "leaving": ["kept = 1", "exit()", "quit()", "import sys\nsys.exit(3)", "kept += 1"],
    "a question": ["kept = input('your name? ')", "import getpass\nkept = getpass.getpass()"],
    "a library that is not there": ["import no_such_thing as n\nkept = 1", "kept = n.x"],
    "a library that is tried": [
        "try:\n    import no_such_thing\nexcept ImportError:\n    kept = 1"
    ],
    "decorators": ["import functools\n@functools.lru_cache\ndef f():\n    return 1\nkept = f()"],
    "a name that is taken away": ["x = 1", "del x", "kept = 'x' in globals()"],
    "all of a module": ["from math import *", "kept = floor(pi)"],
    "names in a comprehension": ["n = 3", "kept = [[i * n for i in range(n)] for n in range(2)]"],
    "leaving from within": ["def f():\n    exit()\n    return 1", "kept = f()"],
    "a warning": ["import warnings\nwarnings.warn('no')\nkept = 1"],
    "an error of an odd kind": ["class E(BaseException):\n    pass", "kept = 1\nraise E"],
    "what NumPy shall raise": [
        "import numpy as np\nold = np.seterr(all='raise')",
        "try:\n    kept = np.float64(1) / 0\nexcept FloatingPointError:\n    kept = 'raised'",
        "np.seterr(**old)",
    ],
    "a null character": ["kept = 1", "kept = '\0'", "kept += 1"],
    "what a pickle needs": [
        "class C:\n    x = 1",
        "import pickle\nkept = pickle.loads(pickle.dumps(C())).x",
    ],
}


@pytest.fixture(scope="module")
def outcomes():
    """What each shell makes of each list of cells."""
    found = {}
    for shell in ("PlainShell", "IPythonShell"):
        ran = subprocess.run(
            [sys.executable, "-c", RUN, shell],
            input=json.dumps(list(PLAIN.values())),
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        )
        assert ran.returncode == 0, ran.stderr
        found[shell] = dict(zip(PLAIN, json.loads(ran.stdout), strict=True))
    return found


@pytest.mark.parametrize("name", PLAIN)
def test_python_without_ipython_does_the_same(outcomes, name):
    assert not needs_ipython("\n".join(PLAIN[name]))
    plain, ipython = (outcomes[shell][name] for shell in ("PlainShell", "IPythonShell"))
    assert plain == ipython


def test_they_run_at_all(outcomes):
    seen, kept = outcomes["PlainShell"]["names"]
    assert (seen, kept) == (["ran", "ran", "ran"], "5")


@pytest.mark.parametrize(
    "text",
    [
        "%matplotlib inline",
        "x = 1\n  %time x",
        "%%time\nx = 1",
        "!ls",
        "files = !ls",
        "t = %timeit -o 1",
        "a, b = %who_ls",
        "np.exp?",
        "?np.exp",
        "f??",
        "get_ipython().run_line_magic('time', '1')",
        "from IPython.display import Markdown",
        "display(1)",
        "await f()",
        "async def f(): pass",
        "import asyncio",
        "print(In[1])",
        "Out[2]",
        "_3 + 1",
        "_i3",
        "print(_i)",
        "_ii",
        "print(_oh)",
        "/f 1",
        ", f a b",
    ],
)
def test_what_only_ipython_knows_is_seen(text):
    assert needs_ipython(f"x = 1\n{text}\ny = 2")


@pytest.mark.parametrize("folder", ["exercises", "solutions"])
def test_the_course_s_own_notebooks_need_no_ipython(folder):
    for path in sorted((ROOT / folder).glob("*/*.ipynb")):
        notebook = nbformat.read(path, 4)
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        assert sources and not any(map(needs_ipython, sources)), path.name
