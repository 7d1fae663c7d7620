"""One exercise checked outside a notebook: for the website, whose pages hold the code."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
from collections.abc import Sequence
from typing import Any

from ce_course.checks import check as learner
from ce_course.checks.call import learner_lines, shorten

FILE = "your code"
_NUDGE = "The button Hint gives a nudge."
_WORDS = {  # what `check` says in a notebook, as a page with buttons has it
    ", run that cell, then this one": "",
    r'hint\("\w+"\) gives a nudge\.': _NUDGE,
    r"Cell In\[\d+\], line": f"{FILE}, line",
}


def on_a_page(text: str) -> str:
    """What `check` says in a notebook, for a page that has buttons and no cells."""
    for words, here in _WORDS.items():
        text = re.sub(words, here, text)
    return text


def answer(name: str, code: str, setup: str = "", before: Sequence[str] = ()) -> dict[str, Any]:
    """Run a learner's code, check the exercise, and say what came of it.

    Parameters
    ----------
    name : the exercise
    code : what the learner has written for it
    setup : imports that come first; those of modules that are not there are left out
    before : their code for earlier exercises, which this one may use; what fails is left out

    Returns
    -------
    dict
        `state`: "right", "not right", "error" (their code raised one) or "missing" (a module is not
        there, whose name is `module`), and `text`: what they are to read.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    for statement in ast.parse(setup).body:
        with contextlib.suppress(ImportError, NameError):
            exec(compile(ast.Module([statement], []), "setup", "exec"), space)
    printed = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        for part in before:
            with contextlib.suppress(Exception):
                exec(compile(part, "earlier code", "exec"), space)
    linecache.cache[FILE] = len(code), None, code.splitlines(keepends=True), f"File {FILE}"
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        state = _checked(name, code, space)
    if isinstance(state, dict):
        return state
    return {"state": state, "text": shorten(printed.getvalue().strip(), 10_000)}


def _checked(name: str, code: str, space: dict[str, Any]) -> str | dict[str, str]:
    try:
        exec(compile(code, FILE, "exec"), space)
    except ModuleNotFoundError as error:
        return _missing(error)
    except SyntaxError as error:
        print(f"{FILE}, line {error.lineno}: {type(error).__name__}: {error.msg}")
        return "error"
    except NotImplementedError:
        print(f"{name}: not attempted yet. Write its code. {_NUDGE}")
        return "not right"
    except Exception as error:
        print("\n".join([*learner_lines(error), f"{type(error).__name__}: {error}"]))
        return "error"
    if name not in space:
        print(f"There is no {name} in your code.")
        return "not right"
    try:
        learner.check(**{name: space[name]})
    except learner.CheckFailed as feedback:
        said, mark, mistake = on_a_page(str(feedback)).partition("Known mistake: ")
        print(said + mark + mistake.replace("\n", " "))  # a page breaks lines where it ends
        return "not right"
    except ModuleNotFoundError as error:
        return _missing(error)
    return "right"


def _missing(error: ModuleNotFoundError) -> dict[str, str]:
    return {"state": "missing", "module": (error.name or "").partition(".")[0], "text": str(error)}
