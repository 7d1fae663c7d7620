"""All scenes of an explorer, computed ahead, so that it moves where there is no Python.

`host.js` reads what `pack` writes. What has too many places for a table gets a coarser grid here.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import math
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ce_course import catalogue, widgets
from ce_course.support.files import write_whole
from ce_course.widgets.explorer import Explorer

PACKAGE = Path(widgets.__file__).parents[1]
FORMAT = 1  # of what `pack` writes: a new one makes what was kept worthless
MOST = 100_000  # scenes in a table
_POWERS = [0, 1, 2, 4, 8, 16]

# The places of a control that stay, where all of them would be too many: a slice or the values.
# Its ends, its start and what a chapter asks for stay too; of an empty list, the start alone.
GRIDS: dict[str, dict[str, slice | list]] = {
    "surprisal_explorer": {
        "symbols": [3, 4, 5],
        **dict.fromkeys("abcde", _POWERS),
        **{name: [] for name in "fgh"},
    },
    "loss_calculator": {
        "p": slice(4, None, 5),
        "split": slice(None, None, 5),
        "prior": slice(4, None, 5),
    },
    "gradient_simplex": dict.fromkeys(("z0", "z1", "z2"), slice(None, None, 5)),
    "kl_directions": {
        "distance": slice(None, None, 2),
        "mu": slice(None, None, 2),
        "sigma": slice(None, None, 2),
    },
    "loss_reader": {
        "largest": slice(None, None, 10),
        "epsilon": slice(None, None, 2),
        "loss": slice(None, None, 5),
    },
}


def explorer(name: str, asked: Iterable[Mapping[str, object]] = ()) -> Explorer:
    """The explorer called `name`, on a grid whose scenes fit a table.

    asked: places that have to be on it, each as values by control, or their texts.
    Raises ValueError if there are too many scenes all the same.
    """
    whole = getattr(widgets, name)()
    found = _narrowed(whole, GRIDS[name], list(asked)) if name in GRIDS else whole
    if (scenes := math.prod(map(len, found.positions))) > MOST:
        raise ValueError(f"{name}: expected at most {MOST} scenes, got {scenes}: thin it in GRIDS")
    return found


def _narrowed(whole: Explorer, grid: Mapping[str, slice | list], asked: list[Mapping]) -> Explorer:
    controls, fixed, start = [], {}, whole.values
    for control, values in zip(whole.controls, whole.positions, strict=True):
        kept = grid.get(control.name, slice(None))
        if kept == []:
            fixed[control.name] = start[control.name]
            continue
        if control.name in grid:
            wanted = [place[control.name] for place in asked if control.name in place]
            stay = set(values[kept] if isinstance(kept, slice) else kept)
            if isinstance(kept, slice):
                stay |= {values[0], values[-1]}
            stay |= {start[control.name]}
            stay |= {v for v, text in zip(values, control.texts, strict=True) if text in wanted}
            stay |= set(wanted) & set(values)
            control = replace(control, values=[v for v in values if v in stay])
        controls.append(control)
    return Explorer(
        name=whole.name,
        title=whole.title,
        description=whole.description,
        scene=functools.partial(whole.scene, **fixed),
        controls=controls,
        axes=[panel.axes for panel in whole.layout_.panels],
        start={name: value for name, value in start.items() if name not in fixed},
        handles={
            mark: [None if names in fixed else names for names in moves]
            if isinstance(moves, list)
            else moves
            for mark, moves in whole.moves.items()
        },
    )


def pack(found: Explorer, sent: Iterable[dict] | None = None) -> bytes:
    """What `host.js` needs to draw it, deflated: the length of a head, the head, two blocks.

    sent: the sweeps that are in it; those that hold all scenes if None.
    The head is JSON: the explorer's `spec` and the sweeps without their numbers. The blocks are
    16-bit integers in two halves, first all lower bytes, then all higher ones. The first has
    each sweep's fixed numbers less those of the sweep before; the second each sweep's moving
    columns, one after the other, as differences along the travel.
    """
    sweeps, before, fixed, moving = [], 0, [], []
    for sweep in found.all_sweeps() if sent is None else map(dict, sent):
        numbers = np.frombuffer(sweep.pop("fixed"), np.int16)
        columns = np.frombuffer(sweep.pop("columns"), np.uint16)
        rows = len(found.positions[sweep["control"]])
        table = np.frombuffer(sweep.pop("moving"), np.int16).reshape(rows, len(columns))
        fixed.append(numbers - before)
        moving.append(np.diff(table, axis=0, prepend=numbers[columns][None]).T.ravel())
        before = numbers
        sweeps.append(sweep | {"columns": np.diff(columns, prepend=0).tolist()})
    head = json.dumps(
        {"spec": found.spec | ({"whole": True} if sent is None else {}), "sweeps": sweeps},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    blocks = b"".join(map(_halves, (fixed, moving)))
    return zlib.compress(len(head).to_bytes(4, "little") + head + blocks, 9)


def _halves(parts: list[np.ndarray]) -> bytes:
    numbers = np.concatenate(parts).astype("<i2").view(np.uint8)
    return len(numbers).to_bytes(4, "little") + numbers[::2].tobytes() + numbers[1::2].tobytes()


def script(name: str, packed: bytes) -> str:
    """A script that gives `host.js` the scenes: a page opened from the disk may load that."""
    return f'ceScenes("{name}", "{b64encode(packed).decode()}");\n'


def write(name: str, asked: Iterable[Mapping[str, object]], folder: Path, cache: Path) -> Path:
    """Write the script of an explorer to `folder`; taken from `cache` if nothing has changed."""
    found = explorer(name, asked)
    state = [FORMAT, fingerprint(catalogue.widget_module(name)), found.spec]
    kept = cache / f"{name}-{hashlib.sha256(repr(state).encode()).hexdigest()[:16]}.js"
    if not kept.exists():
        write_whole(kept, script(name, pack(found)), outlive_power=False)
        for old in set(cache.glob(f"{name}-*.js")) - {kept}:
            old.unlink()
    return write_whole(folder / f"{name}.js", kept.read_text(encoding="utf-8"), outlive_power=False)


def fingerprint(module: str) -> str:
    """A hash of a module of this package, of all here that it imports, and of the course's data."""
    seen: dict[str, bytes] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        path = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py")
        if name in seen or not path.is_file():
            continue
        seen[name] = path.read_bytes()
        for node in ast.walk(ast.parse(seen[name])):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    seen |= {str(path): path.read_bytes() for path in (PACKAGE / "resources").glob("*.*")}
    return hashlib.sha256(b"".join(seen[name] for name in sorted(seen))).hexdigest()
