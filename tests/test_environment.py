"""Dependencies are stated once: pyproject.toml, environment.yml, the lock and the code agree."""

import ast
import importlib.metadata as metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "IPython": "ipython", "yaml": "pyyaml"}


def requirements(lines) -> dict[str, Requirement]:
    """The requirements by name, without the course's references to its own extras."""
    found = map(Requirement, lines)
    return {canonicalize_name(r.name): r for r in found if r.name != PROJECT["name"]}


def conda_requirements(environment: dict) -> dict[str, Requirement]:
    """Conda's list in PyPI's terms: "pytorch >=2" is torch>=2. What conda lacks, pip brings."""
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    for part in environment["dependencies"]:
        if isinstance(part, dict):
            lines += [line for line in part["pip"] if line != "-e ."]
    found = [Requirement(line) for line in lines]
    names = {r: CONDA_NAMES.get(r.name, canonicalize_name(r.name)) for r in found}
    return {name: r for r, name in names.items() if name != "pip"}


def disagreements(environment: dict, project: dict) -> list[str]:
    """What stands in one of environment.yml and pyproject.toml only, or with another range."""
    conda = conda_requirements(environment)
    extras = project["optional-dependencies"]
    pypi = requirements([*project["dependencies"], *extras["notebooks"], *extras["lab"]])
    pypi["python"] = Requirement(f"python{project['requires-python']}")
    return sorted(
        f"{name}: environment.yml has {conda.get(name)}, pyproject.toml has {pypi.get(name)}"
        for name in conda.keys() | pypi.keys()
        if name not in conda or name not in pypi or conda[name].specifier != pypi[name].specifier
    )


def test_conda_and_pip_install_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert disagreements(environment, PROJECT) == []
    assert environment["dependencies"][-1]["pip"][-1] == "-e ."


@pytest.mark.parametrize(
    ("conda", "pypi", "named"),
    [
        (["python >=3.11", "numpy >=2", "extra"], ["numpy>=2"], "extra"),
        (["python >=3.11", "numpy >=2"], ["numpy>=2", "extra"], "extra"),
        (["python >=3.11", "pytorch >=2"], ["torch>=2,<3"], "torch"),
        (["python >=3.10", "numpy >=2"], ["numpy>=2"], "python"),
    ],
)
def test_a_difference_between_them_is_named(conda, pypi, named):
    extras = {"notebooks": [], "lab": pypi[1:]}
    project = {"dependencies": pypi[:1], "requires-python": ">=3.11"}
    project["optional-dependencies"] = extras
    (line,) = disagreements({"dependencies": conda}, project)
    assert line.startswith(f"{named}:")


def locked() -> dict[str, Version]:
    """The versions of the lock that apply to this Python and system."""
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    found = [Requirement(line) for line in lines]
    return {
        r.name: Version(str(r.specifier).removeprefix("=="))
        for r in found
        if r.marker is None or r.marker.evaluate()
    }


def test_the_lock_lies_within_the_ranges():
    lock = locked()
    for name, wanted in requirements(
        [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    ).items():
        assert wanted.specifier.contains(lock[name]), f"{name} is locked at {lock[name]}"


def test_the_lock_names_all_that_an_installation_brings():
    lock, todo, seen = locked(), [("ce-course", "test")], set()
    while todo:
        name, extra = todo.pop()
        if name in lock and Version(Version(metadata.version(name)).public) != lock[name]:
            continue  # installed from the ranges: what another version needs may differ
        for line in metadata.requires(name) or []:
            r = Requirement(line)
            if r.marker and not any(r.marker.evaluate({"extra": e}) for e in ("", extra)):
                continue
            for wanted in {(canonicalize_name(r.name), e) for e in ("", *r.extras)} - seen:
                seen.add(wanted)
                todo.append(wanted)
    assert {name for name, _ in seen} - {"ce-course"} - lock.keys() == set()


def test_the_lock_is_for_every_machine():
    assert "://" not in LOCK and "+cpu" not in LOCK
    assert re.search(r"^torch==[\d.]+$", LOCK, re.M)
    assert re.findall(r"^(?:nvidia|cuda|triton).*", LOCK, re.M) == []


def imported(path: Path) -> set[str]:
    """The top-level modules that a Python file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


# Benchmarks compare with these where they are installed, and say so where they are not.
COMPARED = {"cut_cross_entropy", "liger_kernel", "neural_net_checklist"}


@pytest.mark.parametrize(
    ("folder", "extra"), [("ce_course", "cluster"), ("tests", "test"), ("benchmarks", "test")]
)
def test_every_import_is_a_stated_dependency(folder, extra):
    always = ("notebooks", "lab", "teach", "site", extra)
    stated = requirements([*PROJECT["dependencies"], *(r for e in always for r in EXTRAS[e])])
    own = {"ce_course", "bootstrap", "benchmarks"} | COMPARED
    for path in [*(ROOT / folder).rglob("*"), *(ROOT / "tests").rglob("*")]:
        own |= {path.stem} if path.suffix == ".py" or path.is_dir() else set()
    modules = set().union(*map(imported, (ROOT / folder).rglob("*.py")))
    others = modules - own - sys.stdlib_module_names
    unstated = {m for m in others if canonicalize_name(DISTRIBUTIONS.get(m, m)) not in stated}
    assert unstated == set()
