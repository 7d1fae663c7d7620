"""How often `diagnose` names the mistake first, and whether it alarms where all is right.

    python -m benchmarks.diagnosis [--only WORD] [--seed 0] [--verbose] [--robust] [--every 1]

Run from the root of the repository. Of the set-ups in `benchmarks/setups` it prints those where
something is odd; then, for the broken ones, in how many the cause was named first and in how many
at all, and for the right ones, in how many there was an error or a suspicion. --robust tries the
right ones at five seeds, after 10 and 300 training steps, and at batch sizes of 2, 8, 64 and 512.

Beside it neural-net-checklist 1.1.0, if it is there. It is no dependency of the course:

    pip install --target DIR --no-deps neural-net-checklist==1.1.0 tqdm pillow
    PYTHONPATH=DIR:. python -m benchmarks.diagnosis

It trains on every batch, some seconds a set-up; --every 10 asks it in every tenth only. What it
says is printed as it comes.
"""

import argparse
import contextlib
import importlib
import inspect
import io
import itertools
import pkgutil
import statistics
import time
import warnings
from collections.abc import Iterator

import torch

from benchmarks import setups
from ce_course.diagnosis import diagnose

FOLDERS = {"broken": True, "broken_unseen": True, "right": False, "right_unseen": False}


def kinds(folder: str) -> Iterator:
    """The modules of one folder, one a kind."""
    path = [f"{setups.__path__[0]}/{folder}"]
    for info in sorted(pkgutil.iter_modules(path), key=lambda info: info.name):
        yield importlib.import_module(f"benchmarks.setups.{folder}.{info.name}")


def styles(kind) -> Iterator[tuple[str, object]]:
    """(name, function from a seed to the arguments of diagnose), in the order of the file."""
    for name, make in list(vars(kind).items()):
        if (
            inspect.isfunction(make)
            and not name.startswith("_")
            and make.__module__ == kind.__name__
        ):
            yield name, make


def causes_of(make, kind) -> tuple[str, ...]:
    """The findings that would name the mistake: the set-up's own, or those of its file."""
    return getattr(make, "causes", getattr(kind, "CAUSES", ()))


def checklist(setup: dict) -> str | None:
    """What neural-net-checklist says: the failed assertion, "" if none, None if it is not there."""
    try:
        from neural_net_checklist import torch_diagnostics
    except ImportError:
        return None
    import copy

    model, _loss, X, y = (setup[key] for key in ("model", "loss", "X", "y"))

    def factory():
        return copy.deepcopy(model)

    try:
        classes = int(y.max()) + 1
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            torch_diagnostics.assert_all_for_classification_cross_entropy_loss(
                factory, (X, y), num_classes=classes
            )
    except AssertionError as error:
        return f"alarm: {error}"[:100]
    except Exception as error:
        return f"cannot: {type(error).__name__}"
    return ""


def run(only: str, seed: int, verbose: bool, every: int) -> dict[str, list[dict]]:
    """All set-ups whose name holds `only`: by folder, what was found in each.

    every: neural-net-checklist is asked in every so many set-ups, in none if 0.
    """
    asked = lambda number: every > 0 and number % every == 0  # noqa: E731
    rows: dict[str, list[dict]] = {}
    count = itertools.count()
    for folder, broken in FOLDERS.items():
        for kind in kinds(folder):
            for name, make in styles(kind):
                label = f"{folder}/{kind.__name__.rpartition('.')[2]}.{name}"
                if only not in label:
                    continue
                setup = make(seed)
                started = time.process_time()
                report = diagnose(**setup)
                seconds = time.process_time() - started
                names = [finding.name for finding in report.findings]
                causes = causes_of(make, kind)
                row = {
                    "label": label,
                    "kind": make.causes[0] if hasattr(make, "causes") else kind.__name__,
                    "first": bool(names[:1]) and names[0] in causes,
                    "listed": any(name in causes for name in names),
                    "errors": sum(f.severity == "error" for f in report.findings),
                    "suspicions": sum(f.severity == "suspicion" for f in report.findings),
                    "seconds": seconds,
                    "beside": checklist(make(seed)) if asked(next(count)) else None,
                }
                rows.setdefault(folder, []).append(row)
                if row["beside"] is not None:
                    said = row["beside"] or "passed"
                    print(f"   {label}, neural-net-checklist: {said}", flush=True)
                odd = (broken and not row["first"]) or (not broken and row["errors"])
                if odd or verbose or (not broken and row["suspicions"]):
                    mark = "  " if not odd else "!!"
                    found = ", ".join(f"{f.name} ({f.severity})" for f in report.findings)
                    print(f"{mark} {label}: {found or 'nothing'}  [{seconds:.2f} s]")
                    if odd or verbose:
                        for finding in report.findings[: 3 if odd else 9]:
                            print(f"       {finding.name}: {finding.evidence}")
                        for question, reason in report.unchecked:
                            if "Error" in reason:
                                print(f"       unchecked {question}: {reason}")
    return rows


def trained(setup: dict, steps: int) -> dict:
    """The same set-up after some steps of Adam on its batch."""
    model, loss, X, y = (setup[key] for key in ("model", "loss", "X", "y"))

    def call():
        return (
            model(*X) if isinstance(X, tuple) else model(**X) if isinstance(X, dict) else model(X)
        )

    wanting = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(wanting, lr=3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(call(), y).backward()
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return setup


def resized(tree, size: int):
    """The first `size` examples, repeated if there are fewer."""
    if isinstance(tree, torch.Tensor):
        return tree[torch.arange(size) % len(tree)] if tree.ndim else tree
    if isinstance(tree, dict):
        return {key: resized(value, size) for key, value in tree.items()}
    return type(tree)(resized(value, size) for value in tree)


def robust(only: str) -> None:
    """The right set-ups at other seeds, batch sizes and stages of training."""
    tried = alarms = suspicions = 0
    for folder, broken in FOLDERS.items():
        if broken:
            continue
        for kind in kinds(folder):
            for name, make in styles(kind):
                label = f"{kind.__name__.rpartition('.')[2]}.{name}"
                if only not in label:
                    continue
                variants = [
                    (f"seed {seed}", lambda seed=seed, make=make: make(seed))
                    for seed in range(1, 6)
                ]
                variants += [
                    (f"{steps} steps", lambda steps=steps, make=make: trained(make(0), steps))
                    for steps in (10, 300)
                ]
                square = "contrastive" in name or "pairs" in name
                for size in () if square else (2, 8, 64, 512):
                    variants.append(
                        (f"batch of {size}", lambda size=size, make=make: _at(make(0), size))
                    )
                for variant, build in variants:
                    try:
                        setup = build()
                    except Exception as error:
                        print(f"   {label}, {variant}: cannot be built ({type(error).__name__})")
                        continue
                    report = diagnose(**setup)
                    tried += 1
                    alarms += not report.ok
                    found = [f for f in report.findings if f.severity != "note"]
                    suspicions += any(f.severity == "suspicion" for f in found)
                    for finding in found:
                        mark = "!!" if finding.severity == "error" else "  "
                        print(f"{mark} {label}, {variant}: {finding.name}: {finding.evidence}")
    print(
        f"{tried} variants of right set-ups: {alarms} with an error, {suspicions} with a suspicion"
    )


def _at(setup: dict, size: int) -> dict:
    return setup | {"X": resized(setup["X"], size), "y": resized(setup["y"], size)}


def summary(rows: dict[str, list[dict]]) -> None:
    """The figures, one line a folder."""
    for folder, broken in FOLDERS.items():
        found = rows.get(folder, [])
        if not found:
            continue
        n, seconds = len(found), sorted(row["seconds"] for row in found)
        time_said = f"{statistics.median(seconds):.2f} s of the processor each (nine in ten below"
        time_said += f" {seconds[int(0.9 * n)]:.2f}, longest {seconds[-1]:.2f})"
        kinds_said = len({row["kind"] for row in found})
        if broken:
            first, listed = (sum(row[key] for row in found) for key in ("first", "listed"))
            said = f"cause first {first / n:.1%}, in the list {listed / n:.1%}"
        else:
            errors = sum(row["errors"] > 0 for row in found)
            suspicions = sum(row["suspicions"] > 0 for row in found)
            said = f"with an error {errors}, with a suspicion {suspicions}"
        print(f"{folder:14} {n} set-ups in {kinds_said} kinds: {said}; {time_said}")
        beside = [row["beside"] for row in found if row["beside"] is not None]
        if beside:
            alarms = sum(said.startswith("alarm") for said in beside)
            cannot = sum(said.startswith("cannot") for said in beside)
            print(
                f"   neural-net-checklist, asked in {len(beside)}: {alarms} alarms, {cannot} where"
                f" it stops otherwise, {len(beside) - alarms - cannot} passed"
            )
        else:
            print("   neural-net-checklist was not asked: see the top of benchmarks/diagnosis.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--robust", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without neural-net-checklist")
    parser.add_argument("--every", type=int, default=1, help="ask it in every so many set-ups")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    if chosen.robust:
        robust(chosen.only)
    else:
        summary(run(chosen.only, chosen.seed, chosen.verbose, 0 if chosen.alone else chosen.every))


if __name__ == "__main__":
    main()
