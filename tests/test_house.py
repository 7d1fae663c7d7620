"""The layout of the package: an arrow only points down, and the root holds what notebooks import.

`import` lines are read from the text, those within functions and for type checkers too.
"""

import ast
import importlib
import inspect
import json
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ce_course

PACKAGE = Path(ce_course.__file__).parent
# From the ground up. A module imports from its own floor or from one below.
FORMULAS = (
    "applications calibration claims data devices imbalance information language likelihood losses "
    "memory plots robust scale scoring torch_losses"
)
FLOORS = (
    "catalogue",
    "support",
    f"{FORMULAS} diagnosis training",
    "checks experiments widgets",
    "progress",
    "authoring grading lab",
    "cli",
    "__main__",
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}
BESIDE_NOTEBOOKS = {"cli", "__main__"}  # at the root, though no notebook imports them


def sources() -> dict[str, str]:
    """The text of each module by its name, "grading.batch"; a package goes by its folder."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:  # the package itself is the door: what it opens is loaded when asked for
            found[name] = path.read_text(encoding="utf-8")
    return found


@cache
def names_imported(text: str) -> set[str]:
    """What a module's text imports; None among it for an import that is relative."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            whole = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            names |= {None} if node.level else whole
    return names


def imports(sources: dict[str, str]) -> dict[str, set[str]]:
    """For each module the modules of this package that it imports, anywhere in its text."""
    found: dict[str, set[str]] = {}
    for module, text in sources.items():
        names = names_imported(text)
        assert None not in names, f"{module}: imports stand in full in this package"
        inside = {name.removeprefix("ce_course.") for name in names} & sources.keys()
        # `from ce_course.grading import batch` is an import of the module, not of its package
        found[module] = {i for i in inside if not any(o.startswith(f"{i}.") for o in inside)}
    return found


def running_up(graph: dict[str, set[str]]) -> list[str]:
    """A sentence for each import that points to a higher floor."""
    rooms = {name: name.partition(".")[0] for name in graph}
    return [
        f"{module} imports {other}, which stands above it"
        for module, others in graph.items()
        for other in sorted(others)
        if FLOOR[rooms[module]] < FLOOR[rooms[other]]
    ]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of imports; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_every_room_has_its_floor():
    assert {name.partition(".")[0] for name in sources()} == FLOOR.keys()


def test_no_import_points_up():
    assert running_up(imports(sources())) == []


def test_imports_form_no_circle():
    assert circle(imports(sources())) == []


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("def f():\n    from ce_course.cli import app\n", running_up),
        ("import ce_course.grading.batch\n", running_up),
        ("if TYPE_CHECKING:\n    from ce_course import calibration\n", circle),
    ],
)
def test_the_tests_would_notice(text, finds):
    found = sources()
    assert not finds(imports(found))
    assert finds(imports(found | {"losses": found["losses"] + text}))


def test_the_root_holds_what_notebooks_import():
    root = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    course = PACKAGE.parent
    text = ""
    for path in [*course.glob("notebooks/*.ipynb"), *course.glob("solutions/*/*.ipynb")]:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                text += "".join(cell["source"]) + "\n"
    imported = set(re.findall(r"^ *(?:from|import) ce_course\.(\w+)", text, re.M))
    for line in re.findall(r"^ *from ce_course import (.+)", text, re.M):
        imported |= {name.split(" as ")[0].strip() for name in line.split(",")}
    assert root - imported == BESIDE_NOTEBOOKS


@pytest.mark.parametrize("module", FORMULAS.split())
def test_help_shows_a_signature_that_can_be_read(module):
    """`ArrayLike` is a union of ten types: help(softmax) says its name, not what it stands for."""
    module = importlib.import_module(f"ce_course.{module}")
    own = (thing for thing in vars(module).values() if inspect.isfunction(thing))
    shown = {f.__name__: str(inspect.signature(f)) for f in own if f.__module__ == module.__name__}
    assert [
        name for name, signature in shown.items() if re.search(r"\b_?typing\.", signature)
    ] == []
