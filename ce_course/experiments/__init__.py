"""Experiments that take longer than a notebook may: one value each, and its stored table.

`ce-course experiment NAME` runs one and writes `ce_course/resources/results/NAME.csv`: its
settings as comments, then a row for each seed and variant. The notebook shows that table and runs
a few of the rows live. The experiments of a chapter stand in the module of the chapter's name.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from ce_course import catalogue
from ce_course.support import files

RESULTS = Path(__file__).resolve().parent.parent / "resources" / "results"
DIGITS = 6  # significant digits of a stored number


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is varied, what is kept, and how one row comes about.

    Attributes
    ----------
    name : str
        Names the table's file and stands in the catalogue.
    question : str
        What the table answers, in one sentence.
    run : callable
        `run(seed, variant, **settings)` gives a mapping from names to numbers. Everything random
        in it follows from `seed`, so that the variants of one seed differ in the variant alone.
    variants : mapping
        From the name in the table to what `run` gets.
    seeds : tuple of int
    settings : mapping
        Everything else that the result depends on: numbers and texts.
    """

    name: str
    question: str
    run: Callable[..., Mapping[str, float]]
    variants: Mapping[str, Any]
    seeds: tuple[int, ...]
    settings: Mapping[str, float | str]

    def rows(
        self, seeds: Iterable[int] | None = None, variants: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Run some of the rows, or all: columns variant, seed and the results.

        Raises KeyError if there is no variant of that name.
        """
        from ce_course import training

        chosen = {name: self.variants[name] for name in variants or self.variants}
        return training.compare(
            lambda seed, variant: self.run(seed, variant, **self.settings),
            tuple(seeds or self.seeds),
            chosen,
        )

    def facts(self) -> dict[str, Any]:
        """What the table's head states, as plain data."""
        return {
            "question": self.question,
            "variants": list(self.variants),
            "seeds": list(self.seeds),
            **self.settings,
        }


def called(name: str) -> Experiment:
    """The experiment called `name`; imports its chapter's module only.

    Raises KeyError, with the nearest names, if there is none.
    """
    for found in catalogue.CHAPTERS:
        if name in found.experiments:
            module = import_module(f"{__name__}.{found.module}")
            return next(each for each in module.EXPERIMENTS if each.name == name)
    names = catalogue.experiment_names()
    raise KeyError(f"no experiment {name!r}. {catalogue.closest(name, names)}")


def stored(name: str) -> pd.DataFrame:
    """The stored table of an experiment; its settings are in the table's `attrs`.

    Raises FileNotFoundError if the experiment was never run.
    """
    path = RESULTS / f"{name}.csv"
    if not path.exists():
        raise FileNotFoundError(f"no table {path.name}: `ce-course experiment {name}` writes it")
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line[2:].split(": ", 1) for line in lines if line.startswith("# ")]
    body = [line for line in lines if not line.startswith("# ")]
    table = pd.read_csv(io.StringIO("\n".join(body)))
    table.attrs = {key: json.loads(value) for key, value in head}
    return table


def write(experiment: Experiment, table: pd.DataFrame) -> Path:
    """Store a table of all rows with the experiment's settings; whole or not at all."""
    head = "".join(
        f"# {key}: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in experiment.facts().items()
    )
    body = table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    return files.write_whole(RESULTS / f"{experiment.name}.csv", head + body)


def run(name: str) -> Path:
    """Run all rows of the experiment called `name`, with a progress bar, and store the table.

    Raises KeyError, with the nearest names, if there is none.
    """
    from rich.progress import track

    experiment = called(name)
    parts = [
        experiment.rows(seeds=[seed])
        for seed in track(experiment.seeds, description=f"{name}, seeds")
    ]
    return write(experiment, pd.concat(parts, ignore_index=True))
