"""An answer before it is called: which exercise it is for, and whether it may be handed in.

The same code runs in the notebook (`check`) and beside student code (the grader's worker), so that
the two say the same. It holds nothing that student code may not see.
"""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import linecache
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ce_course.checks.compare import show

# Libraries by the names that people know them by.
TITLES = {
    "torch": "PyTorch",
    "scipy": "SciPy",
    "sklearn": "scikit-learn",
    "ce_course": "the course's own formulas",
    "pandas": "pandas",
    "sympy": "SymPy",
    "mpmath": "mpmath",
}
HARMLESS = {"IPython", "ipykernel", "matplotlib", "mpl_toolkits", "matplotlib_inline"}
COURSE = {"check", "data", "hint", "progress", "solution"}  # of ce_course: what any cell may use
CHECK = "ce_course.checks.check"  # where its functions are, which are not looked into
BY_TEXT = {"__import__", "import_module", "modules"}  # names of what gives a module for its name
MOST = 2_000  # things to look at


# ------------------------------------------------------------------ which exercise


def names_in_call(frame: FrameType, count: int) -> list[str | None]:
    """The names that stand in the call which this frame is at: ["sigmoid"] in check(sigmoid).

    None for an argument that is no name. count: how many positional arguments came.
    """
    nothing: list[str | None] = [None] * count
    if not count:
        return nothing
    try:
        where = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
        for node in ast.walk(ast.parse("".join(lines))):
            if not isinstance(node, ast.Call) or len(node.args) != count:
                continue
            place = [getattr(node, f"{end}lineno", None) for end in ("", "end_")]
            place += [getattr(node, f"{end}col_offset", None) for end in ("", "end_")]
            if tuple(place) == where:
                return [arg.id if isinstance(arg, ast.Name) else None for arg in node.args]
    except Exception:  # no source, or none that is Python alone
        return nothing
    return nothing


def names_of(answer: Any, written: str | None, frame: FrameType) -> list[str]:
    """What an answer may be known by: the name in the call, its own, those it is bound to."""
    names = [written, getattr(answer, "__name__", None)]
    for space in (frame.f_locals, frame.f_globals):
        names += [name for name, value in list(space.items()) if value is answer]
    return list(dict.fromkeys(n for n in names if isinstance(n, str) and n.isidentifier()))


# ------------------------------------------------------------------ of the right kind


def unfit(
    answer: Any,
    parameters: Sequence[str],
    args: tuple,
    accepts: Callable[[Any], str | None] | None = None,
    any_call: bool = False,
) -> tuple[str, str] | None:
    """Why an answer cannot be called with the inputs: a word for it and a sentence; None if not.

    accepts: as of the exercise. any_call: the answer is not called with the inputs itself.
    """
    wanted = ", ".join(parameters)
    problem = None if accepts is None else accepts(answer)
    if problem is not None:
        return "kind", problem
    if accepts is not None or any_call:
        return None
    if not callable(answer):
        return "function", f"expected a function of ({wanted}), got {show(answer)}"
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some built-in functions have none
        return None
    try:
        signature.bind(*args)
    except TypeError:
        return "parameters", f"expected a function of ({wanted}); yours takes {signature}"
    return None


# ------------------------------------------------------------------ what it may use


def rule(libraries: Iterable[str]) -> str:
    """What an exercise is to be answered with."""
    extra = "".join(f", {title(name)}" for name in libraries)
    return f"NumPy{extra} and plain Python"


def title(library: str) -> str:
    """A library by the name that people know it by."""
    return TITLES.get(library, library)


def not_allowed(answer: Any, libraries: Iterable[str] = ()) -> str | None:
    """The library that an answer uses and may not, as far as can be told; None if it uses none.

    Allowed are NumPy, the standard library, `libraries` and whatever the notebook itself defines.
    Looked at are the names that its code uses, what these use, what it is wrapped around, and the
    imports in it.
    """
    allowed = {"numpy", "builtins", *sys.stdlib_module_names, *HARMLESS, *libraries}
    found = _first_other(answer, allowed, _perhaps_used)
    return found and _first_other(answer, allowed, _used_names)


def _first_other(answer: Any, allowed: set[str], names: Callable) -> str | None:
    """The library that an answer uses and that is not allowed. names: `_used_names`, or quicker."""
    todo, seen = [answer], {}
    while todo and len(seen) < MOST:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value  # kept, so that no other gets its id
        try:
            origin = _origin(value)
            root = origin.partition(".")[0]
            if origin == CHECK:
                continue
            if root in allowed and not isinstance(value, _Imported | functools.partial):
                if not isinstance(value, np.vectorize | MethodType | list | tuple | dict):
                    continue
            elif not (root in allowed or _is_own(root, origin)):
                return root
            todo += _uses(value, names)
        except Exception:  # an object may do anything when it is looked at
            continue
    return None


def not_allowed_in(
    name: str, sources: Iterable[str], space: dict[str, Any], libraries: Iterable[str] = ()
) -> str | None:
    """The same for a value: what the last of these cells that sets `name` uses."""
    for source in reversed(list(sources)):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        targets = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        if any(n.id == name and isinstance(n.ctx, ast.Store) for n in targets):
            code = compile(tree, "<cell>", "exec")
            return not_allowed(FunctionType(code, space), libraries)
    return None


class _Imported:
    """Stands for an import in code: `from name import parts`."""

    def __init__(self, name: str, parts: Sequence[str] = ()) -> None:
        self.name, self.parts = name, parts


def _origin(value: Any) -> str:
    """The name of the module that something is of; "" for what the notebook made."""
    kind = type(value)
    if kind is _Imported:
        return value.name
    if kind.__name__ == "Unavailable":  # stands for a library in the grader
        return str(object.__getattribute__(value, "__dict__").get("_name", "another library"))
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, np.ufunc):
        if getattr(np, value.__name__, None) is value:
            return "numpy"
        return "" if value.__name__.endswith("(vectorized)") else "scipy"
    own = getattr(value, "__module__", None) if isinstance(value, type | Callable) else None
    return own if isinstance(own, str) and own else getattr(kind, "__module__", "") or ""


def _is_own(root: str, origin: str) -> bool:
    """Whether a module is the notebook's own, or a file beside it."""
    if root in ("", "__main__"):
        return True
    if root == "ce_course":
        return origin.partition(".")[2].partition(".")[0] in {*COURSE, "checks", "progress"}
    module = sys.modules.get(root)
    if module is None:
        return False
    file = getattr(module, "__file__", None)
    if file is None:
        return type(module).__name__ == "ModuleType" and not hasattr(module, "__path__")
    # In the grader Python is told of no environment, only where to look.
    installed = [sysconfig.get_path(name) for name in ("purelib", "platlib")]
    installed += [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return not any(Path(file).is_relative_to(folder) for folder in installed)


def _uses(value: Any, names: Callable) -> list[Any]:
    """What something is made of. names: gives what the names in code stand for."""
    if isinstance(value, _Imported):
        return []
    if isinstance(value, ModuleType):
        return []
    if isinstance(value, FunctionType):
        parts = [value.__defaults__, value.__kwdefaults__, getattr(value, "__wrapped__", None)]
        parts += [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        return [*parts, *names(value.__code__, value.__globals__)]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, np.vectorize):
        return [value.pyfunc]
    if isinstance(value, list | tuple):
        return list(value[:100])
    if isinstance(value, dict):
        return list(value.values())[:100]
    if isinstance(value, type):
        return [*value.__bases__, *vars(value).values()]
    if callable(value):
        return [type(value), *getattr(value, "__dict__", {}).values()]
    return []


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _perhaps_used(code: CodeType, space: dict[str, Any]) -> list[Any]:
    """At least what `_used_names` gives, found at once where nothing is imported.

    An attribute may have the name of something else that the notebook has.
    """
    texts = TITLES.keys() & {each for each in code.co_consts if isinstance(each, str)}
    if texts or dis.opmap["IMPORT_NAME"] in code.co_code[::2]:
        return _used_names(code, space)
    found = [space[name] for name in code.co_names if name in space]
    if any(isinstance(value, ModuleType) and value.__name__ == "ce_course" for value in found):
        return _used_names(code, space)
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return found + [value for each in inner for value in _perhaps_used(each, space)]


def _used_names(code: CodeType, space: dict[str, Any]) -> list[Any]:
    """What the names in code stand for, and what it imports."""
    found: list[Any] = []
    steps = list(dis.get_instructions(code))
    loads = {s.argval for s in steps if s.opname.startswith("LOAD_")}
    for index, step in enumerate(steps):
        after = steps[index + 1].argval if index + 1 < len(steps) else None
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval in space:
            value = space[step.argval]
            is_course = isinstance(value, ModuleType) and value.__name__ == "ce_course"
            found.append(_Imported(f"ce_course.{after}") if is_course else value)
        elif step.opname == "IMPORT_NAME":
            parts = []
            for later in steps[index + 1 :]:
                if later.opname == "IMPORT_FROM":
                    parts.append(later.argval)
                elif not later.opname.startswith("STORE_"):
                    break
            if step.argval == "ce_course":
                if not parts and steps[index + 1].opname != "STORE_NAME":  # seen where it is used
                    parts = ["losses"]
                found += [_Imported(f"ce_course.{part}") for part in parts]
            else:
                found.append(_Imported(step.argval))
        elif isinstance(step.argval, CodeType):
            found += _used_names(step.argval, space)
        elif step.opname == "LOAD_CONST" and step.argval in TITLES and loads & BY_TEXT:
            found.append(_Imported(step.argval))
    return found
