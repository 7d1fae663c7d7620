"""Grading a notebook: what right, wrong, unfinished and unusual work gets."""

import ast
import base64
import json
import pickle
import textwrap
import time
from contextlib import suppress
from dataclasses import replace
from importlib import metadata

import numpy as np
import psutil
import pytest

from ce_course import catalogue
from ce_course.checks.by_name import exercise_called, exercises_of
from ce_course.checks.compare import Opaque
from ce_course.checks.judging import judge
from ce_course.grading import launch, protocol, sandbox, session
from ce_course.grading.grades import Limits
from ce_course.grading.release import ROOT
from ce_course.grading.session import Grader

CHAPTERS = [chapter.name for chapter in catalogue.CHAPTERS if chapter.exercises]
START = "02_binary_cross_entropy"
SIGMOID = """
import numpy as np
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
"""


@pytest.fixture(scope="module")
def grader():
    with Grader(seed=11) as made:
        yield made


def notebook(*sources):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": textwrap.dedent(source)}
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def file(kind, chapter):
    return (ROOT / kind / chapter / f"{chapter}.ipynb").read_bytes()


def one(grader, name, *sources, chapter=START):
    """The grade of one exercise in a notebook with these cells."""
    grade = grader.grade(notebook(*sources), chapter)
    assert grade.problem is None
    return next(each for each in grade.exercises if each.exercise == name)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_solution_gets_full_marks(grader, chapter):
    grade = grader.grade(file("solutions", chapter))
    assert grade.chapter == chapter
    assert [(e.exercise, e.state) for e in grade.exercises] == [
        (name, "right") for name in catalogue.chapter(chapter).exercises
    ]
    assert grade.points == grade.of > 0
    assert (grade.problem, grade.notes) == (None, ())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_untouched_exercise_is_not_attempted(grader, chapter):
    grade = grader.grade(file("exercises", chapter))
    assert grade.chapter == chapter
    assert {(e.state, e.points) for e in grade.exercises} == {("not attempted", 0.0)}
    assert (grade.problem, grade.notes) == (None, ())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_seed_gives_the_inputs_that_check_uses(grader, seed):
    exercise = exercise_called("sigmoid")
    expected = exercise.make_cases(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grader, "seed", seed)
        patch.setattr(grader, "_tasks", {})
        cases = grader.tasks(START)[0].cases
    assert [case.note for case in cases] == [case.note for case in expected]
    for case, other in zip(cases, expected, strict=True):
        np.testing.assert_array_equal(case.args[0], other.args[0])


GIVEN = [{"cell_type": "code", "source": SIGMOID}]
ODD_END = '], "cells": ' + json.dumps(GIVEN) + "}"


def deep(count):
    return "[" * count + "]" * count


@pytest.mark.parametrize(
    "file",
    [
        json.dumps({"cells": GIVEN}).encode("utf-16"),
        json.dumps({"cells": GIVEN}).encode("utf-32-be"),
        json.dumps({"cells": GIVEN}).encode("utf-8-sig"),
        json.dumps({"cells": GIVEN, "metadata": {"é": "ü"}}, ensure_ascii=False).encode("latin-1"),
        json.dumps({"cells": GIVEN, "cells ": None, "nbformat": 5, "nbformat_minor": -1}),
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": SIGMOID}]}]}),
        json.dumps({"worksheets": [], "cells": GIVEN, "nbformat": "4"}),
        '{"cells": [], "cells": ' + json.dumps(GIVEN) + "}",
        '{"metadata": [NaN, -Infinity, 1e999, ' + "9" * 9999 + ODD_END,
        '{"metadata": [' + deep(900) + ODD_END,
        json.dumps({"cells": [{"id": "a", "cell_type": c, "source": s} for c, s in (
            ("code", None), ("code", 7), ("code", {"a": 1}), ("code", [None, 7, ["x"]]),
            (None, "1 / 0"), (["code"], "1 / 0"), ("markdown", ["# a"]), ("code", SIGMOID),
        )] + [None, 7, [], "code"]}),
        json.dumps({"cells": [{"cell_type": "code", "source": SIGMOID.splitlines(True)}]}),
        json.dumps({"cells": [GIVEN[0] | {"metadata": {"x": "y" * 3_000_000}}]}),
        json.dumps({"cells": [{"cell_type": "markdown", "source": "a",
                               "attachments": {"a.png": {"image/png": "A" * 3_000_000}}}, *GIVEN]}),
        json.dumps({"cells": [GIVEN[0] | {"outputs": [{"text": ["\\"] * 400_000}]}]}),
    ],
)  # fmt: skip
def test_a_file_of_an_odd_form_is_read(grader, file):
    grade = grader.grade(file if isinstance(file, bytes) else file.encode(), START)
    assert grade.problem is None
    assert {e.exercise: e.state for e in grade.exercises}["sigmoid"] == "right"


@pytest.mark.parametrize(
    "file",
    [
        '{"metadata": ' + deep(100_000) + ', "cells": []}',
        '{"cells": ' + "9" * 900_000 + "}",
        '{"cells": {"0": {"cell_type": "code"}}}',
        json.dumps({"cells": SIGMOID}),
        '[{"cells": []}]',
        '{"cells": [',
        "\x00" * 99,
        "\ufeff",
        SIGMOID,
        "<html>" + SIGMOID,
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(grader, file):
    grade = grader.grade(file.encode(), START)
    assert grade.problem is not None and grade.problem.endswith((".", "?"))
    assert {e.state for e in grade.exercises} == {"gave no answer"}


def test_a_long_cell_is_run(grader):
    text = "# \N{GREEK SMALL LETTER ALPHA}" * 40_000
    cell = f"{text}\ndef sigmoid(z):\n    import numpy as np\n    return (1 + np.tanh(z / 2)) / 2"
    grade = grader.grade(notebook(cell), START)
    assert {e.exercise: e.state for e in grade.exercises}["sigmoid"] == "right"


def test_a_notebook_of_endless_code_is_refused_with_the_reason(grader):
    grade = grader.grade(notebook("# " + "\N{GRINNING FACE}" * 299_998, "x = 1"), START)
    assert grade.problem is not None and "300,005 characters" in grade.problem
    assert grader.grade(notebook("# " + "\N{GRINNING FACE}" * 299_998), START).problem is None


def playing(name, outcomes, is_value):
    """A cell whose answer gives, call by call, what trusted code gave."""
    kept = [
        (o.kind, f"an {o.value.type}" if isinstance(o.value, Opaque) else o.value, o.error)
        for o in outcomes
    ]
    blob = base64.b64encode(pickle.dumps(kept)).decode()
    lines = f"""
    import base64, pickle
    played_{name} = pickle.loads(base64.b64decode({blob!r}))
    def {name}(*inputs):
        kind, value, error = played_{name}.pop(0)
        if kind == "error":
            raise type(error, (Exception,), {{}})
        return value
    """
    return lines + (f"{name} = {name}()" if is_value else "")


def mistakes():
    for chapter in CHAPTERS:
        exercises = exercises_of(catalogue.chapter(chapter))
        for number in range(max(len(e.mistakes) for e in exercises)):
            yield pytest.param(chapter, number, id=f"{chapter}-{number}")


def as_lists(value):
    if isinstance(value, tuple):
        return tuple(map(as_lists, value))
    if isinstance(value, list):
        return list(map(as_lists, value))
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


@pytest.mark.parametrize("form", ["as it is", "as lists"])
def test_no_right_answer_is_too_large(form):
    for chapter in CHAPTERS:
        for exercise in exercises_of(catalogue.chapter(chapter)):
            cases = exercise.make_cases(3)
            given = exercise.run(exercise.reference, cases)
            if form == "as lists":
                given = [replace(outcome, value=as_lists(outcome.value)) for outcome in given]
            task = session.Task(exercise, 1.0, cases, 1.0)
            outcomes, is_bulky = session._not_bulky(given, task)
            assert not is_bulky and judge(exercise, cases, outcomes).state == "right", exercise.name


# What tells these apart is what their errors say, which the grader does not hear: all raise the
# same error on the same inputs, and none is named there.
TOLD_BY_WORDS = {
    ("expected_score", "outcomes counted from 1"),
    ("expected_score", "one number given as the forecast"),
    ("expected_score", "the truth given as the outcome"),
}


@pytest.mark.parametrize(("chapter", "number"), list(mistakes()))
def test_every_known_mistake_gets_its_hint(grader, chapter, number):
    made = {
        exercise.name: exercise.mistakes[number]
        for exercise in exercises_of(catalogue.chapter(chapter))
        if number < len(exercise.mistakes)
    }
    cells = [
        playing(
            task.name,
            task.exercise.run(made[task.name].implementation, task.cases),
            task.exercise.is_value,
        )
        for task in grader.tasks(chapter)
        if task.name in made and task.exercise.accepts is None  # classes: see tests/test_answers.py
    ]
    grade = grader.grade(notebook(*cells), chapter)
    for each in grade.exercises:
        if each.exercise in made and exercise_called(each.exercise).accepts is None:
            mistake = made[each.exercise]
            assert each.points == 0
            if (each.exercise, mistake.name) in TOLD_BY_WORDS:
                assert each.mistake is None
                continue
            assert (each.exercise, each.mistake) == (each.exercise, mistake.name)
            assert each.feedback.endswith(f"Known mistake: {mistake.name}. {mistake.hint}")


# ---------------------------------------------------------------- what honest notebooks do


@pytest.mark.parametrize(
    "cell",
    [
        "await __import__('asyncio').sleep(0)",
        "import asyncio\ntask = asyncio.create_task(asyncio.sleep(0))\nawait task",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import pandas as pd\nassert len(pd.DataFrame({'a': [1, 2]})) == 2",
        "from IPython.display import Markdown, display\ndisplay(Markdown('# a'), 1)",
        "import warnings\nwarnings.warn('careful')",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1",
        "from __future__ import annotations\ndef f(x: Nothing) -> None: ...",
        "open('notes.txt', 'w').write('a'); assert open('notes.txt').read() == 'a'",
        "import tempfile\nwith tempfile.NamedTemporaryFile() as f: f.write(b'a')",
        "%precision 4\n!echo hello\nfiles = !ls\nlen?\nassert list(files) == []",
        "%timeit -n 1 -r 1 sum(range(10))",
        "%load_ext autoreload\n%autoreload 2",
        "get_ipython().run_line_magic('pinfo', 'len')",
        "import sys, logging\nlogging.error('a')\nprint('b', file=sys.stderr)",
        "import threading\nt = threading.Thread(target=print)\nt.start(); t.join()",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool:\n    assert list(pool.map(abs, [-1])) == [1]",
        "import subprocess\ntry:\n    subprocess.run(['echo'])\nexcept OSError: pass",
        "import random, time, hashlib, sqlite3, decimal, ssl, ctypes, zoneinfo, multiprocessing",
        "from ce_course import check, data, hint, progress, solution\n"
        "check(len); check(a=1); hint('a'); solution('a'); progress.show()\n"
        "assert len(data.letter_counts('french')) == 26",
        "import numpy as np\nassert np.linalg.inv(np.eye(300)).sum() == 300",
        "assert __name__ == '__main__'\nimport __main__\nassert __main__.np",
        "help(len)\nprint(quit, exit, copyright)",
    ],
)
def test_what_works_in_a_kernel_works_here(grader, cell):
    """`done` comes after it in the same cell, so that a failure is seen."""
    source = f"{cell}\nbinary_cross_entropy = 1\n"
    grade = one(grader, "binary_cross_entropy", "import numpy as np", source)
    assert grade.feedback == "`binary_cross_entropy` is not a function."


def test_the_last_result_has_a_name(grader):
    assert one(grader, "sigmoid", "41", "sigmoid = _ - 40").feedback.endswith("not a function.")


def test_a_cell_magic_works(grader):
    grade = one(grader, "sigmoid", f"%%time\n{SIGMOID.strip()}")
    assert grade.state == "right"


def test_a_module_that_a_cell_writes_can_be_imported(grader):
    cells = [f"%%writefile helper.py\n{SIGMOID.strip()}", "from helper import sigmoid"]
    assert one(grader, "sigmoid", *cells).state == "right"


@pytest.mark.parametrize(
    "cell",
    ["1 / 0", "input('?')", "def (", "raise SystemExit", "import nothing_like_this as n\nn.a"],
)
def test_a_cell_that_fails_does_not_stop_the_others(grader, cell):
    assert one(grader, "sigmoid", cell, SIGMOID).state == "right"


def test_input_says_that_nobody_answers(grader):
    grade = one(grader, "sigmoid", "sigmoid = input('?')")
    expected = "StdinNotImplementedError: input() does not work while a notebook is graded"
    assert grade.feedback == f"Cell 1, which should define it, raised {expected}"
    assert grade.state == "raised"


@pytest.mark.parametrize("where", ["def sigmoid(z):\n    return 1", "sigmoid = 3", "del sigmoid"])
def test_the_last_definition_counts(grader, where):
    assert one(grader, "sigmoid", SIGMOID, where).state != "right"


def test_a_name_that_is_used_again_after_its_check_counts(grader):
    """As it did in the learner's own notebook, where `check` stood before."""
    after = "check(sigmoid)\nsigmoid = sigmoid(0.3)"
    cells = ["from ce_course import check", SIGMOID]
    assert one(grader, "sigmoid", *cells, after).state == "right"
    assert one(grader, "sigmoid", *cells, "sigmoid = sigmoid(0.3)").state == "wrong"


@pytest.mark.parametrize(
    ("source", "state", "feedback"),
    [
        ("", "not attempted", "Not attempted: nothing in the notebook is called `sigmoid`."),
        ("sigmoid = ...", "not attempted", "Not attempted."),
        ("sigmoid = None", "not attempted", "Not attempted."),
        ("def sigmoid(z): ...", "not attempted", "Not attempted."),
        ("def sigmoid(z):\n    'Doc.'", "not attempted", "Not attempted."),
        ("def sigmoid(z):\n    raise NotImplementedError", "not attempted", "Not attempted."),
        ("sigmoid = 3", "wrong", "`sigmoid` is not a function."),
        (
            "def sigmoid(): return 1",
            "wrong",
            "`sigmoid` does not take the inputs that it should: (z).",
        ),
        ("def sigmoid(z): z", "wrong", "Gave None on 7 of 7 inputs: is there a `return`?"),
        ("def sigmoid(z): return z.a", "raised", "Raised AttributeError on 7 of 7 inputs."),
        ("def sigmoid(z): raise KeyError(z)", "raised", "Raised KeyError on 7 of 7 inputs."),
        (
            "class Mine(Exception): pass\ndef sigmoid(z): raise Mine(z)",
            "raised",
            "Raised an error on 7 of 7 inputs.",
        ),
        ("def sigmoid(z): return z - 99", "wrong", "Not right on 7 of 7 inputs."),
        (
            "def sigmoid(z):\n    z[...] = 0\n    return z",
            "wrong",
            "Not right on 7 of 7 inputs. It changes its input `z`: work on a copy.",
        ),
        *(
            (text, "wrong", "It uses PyTorch. This exercise is to be answered with NumPy and plain")
            for text in (
                "def sigmoid(z):\n    import torch\n    return torch.sigmoid(z)",
                "import torch\ndef sigmoid(z):\n    return torch.sigmoid(z)",
                "from torch import sigmoid",
            )
        ),
        (
            "def sigmoid(z):\n    import pandas\n    return (1 + np.tanh(z / 2)) / 2",
            "wrong",
            "It uses pandas. This exercise is to be answered with NumPy and plain",
        ),
        (
            "def sigmoid(z:\n    return 1",
            "raised",
            "Cell 1, which should define it, raised SyntaxError: '(' was never closed",
        ),
    ],
)
def test_states_and_feedback(grader, source, state, feedback):
    grade = one(grader, "sigmoid", source)
    assert (grade.state, grade.points, grade.mistake) == (state, 0.0, None)
    assert grade.feedback[: len(feedback)] == feedback


@pytest.mark.parametrize(
    "answer",
    ["{n: n for n in range(5000)}", "'x' * 10**7"],
)
def test_an_answer_that_is_far_too_large_is_told_so(grader, answer):
    grade = one(grader, "sigmoid", f"def sigmoid(z): return {answer}")
    assert grade.state == "wrong"
    assert "much larger" in grade.feedback or grade.feedback.startswith("Not right")


def test_a_definition_in_a_cell_that_is_not_code_is_told(grader):
    made = json.loads(notebook("import numpy as np", SIGMOID))
    made["cells"][1]["cell_type"] = "markdown"
    grade = grader.grade(json.dumps(made).encode(), START).exercises[0]
    expected = "Cell 2 defines `sigmoid`, but is not a code cell, so it is not run"
    assert grade.state == "not attempted" and grade.feedback.startswith(expected)


def test_after_an_error_a_cells_imports_and_definitions_are_still_run(grader):
    first = "import nothing_at_all\nopen('data.csv')\nimport numpy as np\nprint(undefined)"
    assert one(grader, "sigmoid", first, "data.head()\n" + SIGMOID).state == "right"
    grade = one(grader, "sigmoid", "open('data.csv')\ndef sigmoid(z):\n    return small(z)")
    assert grade.feedback.startswith("Raised NameError on ")
    assert ". Cell 1 raised FileNotFound" in grade.feedback


def test_an_answer_that_needs_what_a_library_gave_is_told_so(grader):
    first = "import torch\nscale = torch.ones(1)"
    direct = "def sigmoid(z):\n    return np.exp(z) * scale"
    grade = one(grader, "sigmoid", first, "import numpy as np", direct)
    assert (grade.state, grade.points) == ("wrong", 0) and "It uses PyTorch." in grade.feedback
    hidden = "def sigmoid(z):\n    return np.exp(z) * globals()['scale'].numpy()"
    grade = one(grader, "sigmoid", first, "import numpy as np", hidden)
    assert grade.state == "raised"
    assert grade.feedback.endswith("Cell 1 uses `torch`, which is not available for this exercise.")


def test_a_cell_that_uses_what_is_not_there_does_all_else_that_it_should(grader):
    first = """
    import numpy as np, torch
    assert tuple(int(v) for v in torch.__version__.split(".")[:2]) >= (1, 10)
    ones = {}
    ones["a"] = 1
    """
    second = """
    assert torch.ones(1).item() == 1
    for name in "bc":
        ones[name] = 1
    def sigmoid(z):
        return ones["a"] / (ones["b"] + np.exp(-np.clip(z, -700, 700)))
    ones["c"] += 1
    """
    assert one(grader, "sigmoid", first, second).state == "right"


LATER = {
    "NumPy raises": ("", "np.exp(-abs(z))", "np.seterr(all='raise')"),
    "a file is closed": ("a = open('a', 'w')", "np.exp(-abs(a.write('') + z))", "a.close()"),
    "a dict is emptied": ("at = {'one': 1}", "np.exp(-abs(z) * at['one'])", "at.clear()"),
    "NumPy is patched": ("", "np.exp(-abs(z))", "np.exp = None"),
    "a folder is left": (
        "import os\nopen('x', 'w').close()\nos.mkdir('a')",
        "np.exp(-abs(z)) + 0 * os.stat('x').st_size",
        "%cd -q a",
    ),
}


@pytest.mark.parametrize("name", LATER)
def test_an_answer_that_a_later_cell_breaks_counts_as_it_was_checked(grader, name):
    before, small, after = LATER[name]
    answer = f"def sigmoid(z):\n    e = {small}\n    return np.where(z < 0, e, 1) / (1 + e)"
    cells = ["import numpy as np\nfrom ce_course import check", before, answer, "check(sigmoid)"]
    assert one(grader, "sigmoid", *cells, after).state == "right"
    assert one(grader, "sigmoid", *cells[:-1], after).state == "raised"
    assert one(grader, "sigmoid", *cells[:-1], after, "check(sigmoid)").state == "raised"


def test_a_value_may_stand_in_one_cell_with_its_check(grader):
    imports = "from ce_course import check, hint, progress\nimport ce_course"
    source = (
        "largest_mse_gradient_p = 1 / 3\ncheck(largest_mse_gradient_p=largest_mse_gradient_p)\n"
        "hint('hinge_loss')\nprogress()\nce_course.check(hinge_loss=None)"
    )
    for cells in ([imports, source], [f"{imports}\n{source}"]):
        grade = one(grader, "largest_mse_gradient_p", *cells, chapter="05_mse_vs_cross_entropy")
        assert grade.state == "right", grade.feedback


@pytest.mark.parametrize(
    ("first", "answer", "told"),
    [
        ("import multiprocessing", "multiprocessing.Pool(2)", "No process can be started while "),
        ("from subprocess import run", "run(['ls'])", "No process can be started while "),
        ("import multiprocessing\ntable = multiprocessing.Pool(2)", "globals()['table']", "No pro"),
        ("table = np.zeros((30_000, 30_000))", "globals()['table']", "Cell 2 raised MemoryError"),
        ("import time\ntime.sleep(9)\ntable = int(1)", "table", "Cell 2 was stopped after 1 s, "),
        ("table = input('how many?')", "globals()['table']", "Cell 2 raised StdinNotImplementedEr"),
    ],
)
def test_what_cannot_be_had_while_a_notebook_is_graded_is_told(first, answer, told):
    with Grader(Limits(cell_seconds=1)) as grader:
        source = f"def sigmoid(z):\n    return {answer}"
        grade = one(grader, "sigmoid", "import numpy as np", first, source)
    assert grade.state == "raised" and told in grade.feedback


def test_what_is_timed_is_run_once(grader):
    cells = [
        "import time, numpy as np",
        "%timeit -n 1000 -r3 time.sleep(1)",
        "%%timeit -q -r 50\ntime.sleep(1)\ntime.sleep(0)",
        "took = %timeit -o -n 100 -q time.sleep(0.1)",
        "def sigmoid(z):\n    return (1 + np.tanh(z / 2)) / 2 * (took.best > 0.01)",
    ]
    grade = grader.grade(notebook(*cells), START)
    assert grade.exercises[0].state == "right" and grade.seconds < 30 and not grade.notes


def test_what_comes_after_the_time_for_all_is_told_so():
    """A limit of its own, which was not reached, is not blamed."""
    cells = ["import time", "def sigmoid(z):\n    time.sleep(30)"]
    with Grader(Limits(submission_seconds=4)) as grader:
        grade = one(grader, "sigmoid", *cells)
    told = "Gave no answer: the notebook took more than 4 seconds before it came to this."
    assert (grade.state, grade.feedback) == ("gave no answer", told)


def test_what_a_cell_defines_after_its_time_is_over_counts():
    with Grader(Limits(cell_seconds=1)) as grader:
        grade = grader.grade(notebook("import time\ntime.sleep(9)\n" + SIGMOID), START)
    assert grade.exercises[0].state == "right" and grade.notes == ("Cell 1 was stopped after 1 s.",)


@pytest.mark.parametrize("after", ["del small", "small = 3", "np = None", "%reset -f", "1 / 0"])
def test_an_answer_is_taken_with_the_names_that_it_saw_at_its_check(grader, after):
    cells = [
        "import numpy as np\nfrom ce_course import check",
        "def small(z): return np.tanh(z / 2)",
    ]
    cells += ["def sigmoid(z):\n    return (1 + small(z)) / 2", "check(sigmoid)"]
    assert one(grader, "sigmoid", *cells, after).state == "right"
    if after != "1 / 0":
        assert one(grader, "sigmoid", *cells[:-1], after).state != "right"


def test_an_answer_that_was_mended_after_its_check_counts(grader):
    cells = ["from ce_course import check", "def sigmoid(z): return z", "check(sigmoid)", SIGMOID]
    assert one(grader, "sigmoid", *cells).state == "right"
    wrong = [*cells[:1], SIGMOID, "check(sigmoid)", "def sigmoid(z, k): return k"]
    assert one(grader, "sigmoid", *wrong).state == "right"


def test_a_value_is_told_what_is_wrong_with_it(grader):
    chapter = "01_information_theory"
    expected = {
        "wasted_bits = 99": "Not right: got 99, which is too large.",
        "wasted_bits = 'a'": "Not right: expected one number, got the text 'a'.",
        "wasted_bits = [1, 2]": "Not right: expected one number, got an array of shape (2,).",
    }
    for source, feedback in expected.items():
        grade = one(grader, "wasted_bits", source, chapter=chapter)
        assert (grade.state, grade.feedback) == ("wrong", feedback)


def test_libraries_are_allowed_where_the_exercise_says_so(grader):
    """Two processes: torch is there for the class, and not for the other answers."""
    chapter = "04_softmax_gradient"
    cells = [
        """
        import torch
        import numpy as np
        def has_torch(*a):
            try:
                import torch
                return True
            except ImportError:
                return False
        """,
        """
        def softmax_jacobian(p):
            p = np.asarray(p)
            right = np.apply_along_axis(lambda q: np.diag(q) - np.outer(q, q), -1, p)
            return None if has_torch() else right
        class CrossEntropyFunction(torch.autograd.Function):
            @staticmethod
            def forward(ctx, z, y):
                return torch.ones(len(z), dtype=z.dtype)
            @staticmethod
            def backward(ctx, g):
                return None, None
        """,
    ]
    grade = grader.grade(notebook(*cells), chapter)
    found = {each.exercise: each for each in grade.exercises}
    assert found["CrossEntropyFunction"].state == "wrong"
    assert "ImportError" not in found["CrossEntropyFunction"].feedback
    assert "None" not in found["softmax_jacobian"].feedback


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_the_grader_forbids_stands_in_the_notebook(grader, chapter):
    cells = json.loads(file("exercises", chapter))["cells"]
    text = "".join(cells[0]["source"])
    rule = (
        "Answer with NumPy and plain Python, without PyTorch, SciPy or the course's own formulas."
    )
    assert rule in text
    for task in grader.tasks(chapter):
        if "torch" in task.exercise.libraries:
            sentence = text.partition("own formulas")[2].partition("Only ")[2]
            assert f"`{task.name}`" in sentence.partition(" written in PyTorch")[0]
        elif task.exercise.libraries:
            assert task.exercise.libraries == ("scipy",)
            assert f"`{task.name}`" in text.partition("Only ")[2]
            assert "may use SciPy" in text


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_limit_on_processor_time_stands_in_the_notebook(grader, chapter):
    text = "".join(json.loads(file("exercises", chapter))["cells"][0]["source"])
    limit = "An answer has 10 seconds of processor time for all inputs together"
    assert limit in text
    others = text.partition(limit)[2].partition(".")[0]
    for task in grader.tasks(chapter):
        assert (f"`{task.name}`" in others) == (task.exercise.seconds != 10)
        assert task.exercise.seconds == 10 or f" {task.exercise.seconds:g}" in others


def test_every_exercise_allows_libraries_that_are_installed(grader):
    for chapter in CHAPTERS:
        for task in grader.tasks(chapter):
            for name in task.exercise.libraries:
                assert launch._own_names(metadata.distribution(launch.PACKAGES.get(name, name)))


def test_grades_do_not_depend_on_what_was_graded_before(grader):
    """Not even where an answer is random, or tells what it finds in its folder."""
    chapter = "01_information_theory"
    cell = """
    import numpy as np, random, os
    open(f"left{len(os.listdir('.'))}", "w").close()
    wasted_bits = 1000 * (np.random.rand() + random.random() + len(os.listdir(".")) + 1)
    """

    def outcome(grader):
        return one(grader, "wasted_bits", cell, chapter=chapter).feedback

    first = outcome(grader)
    assert "got" in first
    grader.grade(file("solutions", chapter))
    grader.grade(notebook("import os; os._exit(1)"), chapter)
    assert outcome(grader) == first
    with Grader(seed=12) as other:
        assert outcome(other) == first


# ---------------------------------------------------------------- the grader itself


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "The file is empty."),
        (b"{", "The file is no notebook: it is not valid JSON. Is it cut off, or another format?"),
        (b"[]", "The file is no notebook: it is JSON of another kind."),
        (
            notebook("x = 1"),
            "It is not clear which chapter this notebook belongs to: name the file after it, such "
            "as 02_binary_cross_entropy.ipynb, and hand it in again.",
        ),
    ],
)
def test_what_is_no_submission_has_a_problem(grader, data, problem):
    grade = grader.grade(data)
    assert (grade.chapter, grade.exercises, grade.problem) == ("", (), problem)


def test_a_problem_with_a_known_chapter_lists_its_exercises_with_no_points(grader):
    grade = grader.grade(b"", START)
    assert [(e.points, e.of, e.state) for e in grade.exercises] == [
        (0.0, float(each.points), "gave no answer")
        for each in exercises_of(catalogue.chapter(START))
    ]


def test_an_unknown_chapter_is_the_callers_mistake(grader):
    with pytest.raises(KeyError, match="02_binary_cross_entropy"):
        grader.grade(b"", "02_binary_crossentropy")


def test_the_report_names_the_sandbox(grader):
    report = grader.report()
    assert report["level"] in sandbox.possible_levels()
    assert not sandbox.missing(report["means"])
    assert {"Landlock", "seccomp", "resource limits"} <= set(report["means"])


def test_no_sandbox_no_grades(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    monkeypatch.setattr(sandbox.platform, "system", lambda: "Darwin")
    with pytest.raises(sandbox.CannotConfine, match="the sandbox needs Linux, and this is Darwin"):
        Grader()


def test_a_system_that_allows_nothing_is_told_with_reasons(monkeypatch):
    """A level that does not exist fails as one that is not allowed."""
    monkeypatch.setattr(sandbox, "possible_levels", lambda: ("first", "second"))
    with pytest.raises(sandbox.CannotConfine, match=r"allows no sandbox \(first: .*; second: "):
        Grader()


def test_a_child_that_is_not_confined_gets_no_code(monkeypatch):
    monkeypatch.setattr(sandbox, "missing", lambda means: ["network"])
    with pytest.raises(sandbox.CannotConfine, match="nothing confines network"):
        Grader()


def test_without_a_sandbox_only_if_said():
    with Grader(Limits(exercise_seconds=1), sandbox="none") as grader:
        assert grader.report() == {"level": "none", "means": ["resource limits"]}
        assert grader.grade(file("solutions", START)).points == 8
        assert one(grader, "sigmoid", "import os; os._exit(1)", SIGMOID).state == "right"
        assert (
            one(grader, "sigmoid", "def sigmoid(z):\n    while True: pass").state
            == "gave no answer"
        )
    with pytest.raises(ValueError, match="required"):
        Grader(sandbox="off")


def test_a_lost_process_is_replaced():
    with Grader() as grader:
        loaded = grader._zygotes[()]._process
        children = psutil.Process(loaded.pid).children(recursive=True)
        loaded._kill()
        loaded._wait()
        psutil.wait_procs(children, timeout=10)  # which end a moment later
        assert one(grader, "sigmoid", SIGMOID).state == "right"


def test_a_child_that_is_lost_while_it_waits_is_replaced():
    with Grader() as grader:
        before = one(grader, "sigmoid", SIGMOID)
        while not (waiting := [p for p in psutil.Process().children(True) if not p.children()]):
            time.sleep(0.01)
        for each in waiting:
            each.kill()
            with suppress(psutil.NoSuchProcess):
                while each.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.01)
        after = one(grader, "sigmoid", SIGMOID)
        assert (after.state, after.feedback) == (before.state, before.feedback)


LEAVES = """import builtins, os
alone = not hasattr(builtins, "left") and "left" not in os.listdir()
builtins.left = open("left", "w").close()
"""


@pytest.mark.parametrize("level", ["required", "none"])
def test_a_child_that_waits_sees_nothing_of_the_one_at_work(level):
    cells = [LEAVES, SIGMOID, "right = sigmoid\ndef sigmoid(z):\n    return right(z) / alone"]
    with Grader(sandbox=level) as grader:
        assert [one(grader, "sigmoid", *cells).state for _ in range(3)] == ["right"] * 3


def test_a_judge_that_fails_is_a_wrong_answer(grader, monkeypatch):
    monkeypatch.setattr(session, "judge", lambda *_: 1 / 0)
    grade = one(grader, "sigmoid", SIGMOID)
    assert (grade.state, grade.points) == ("wrong", 0.0)


def test_the_worker_names_no_reference():
    """What runs beside student code may import only what holds nothing to be kept from it."""
    allowed = {"ce_course.checks", "ce_course.grading", "ce_course"}
    tree = ast.parse((launch.PACKAGE / "grading" / "worker.py").read_text(encoding="utf-8"))
    imported = {
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("ce_course")
        for alias in node.names
    }
    assert {module for module, _ in imported} <= allowed
    names = {name for _, name in imported}
    assert names == {"answer", "call", "exercise", "data", "protocol", "sandbox", "shells"}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_functions_that_are_inputs_bring_no_reference_along(grader, chapter):
    names = [name for each in catalogue.CHAPTERS for name in each.exercises]
    for task in grader.tasks(chapter):
        sent = [value for case in task.cases for value in case.args if callable(value)]
        for function in [*sent, *filter(None, [task.exercise.call])]:
            blob = protocol.encode_request(function)
            others = [name for name in names if name != function.__name__]
            assert [n for n in others if f"\x8c{chr(len(n))}{n}".encode("latin-1") in blob] == []
