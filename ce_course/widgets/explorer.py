"""The one shell of all explorers: controls, a picture drawn in the browser, and a readout.

An explorer is a pure function from the values of its controls to a `Scene`. Each control has
finitely many positions. Python computes the scenes of a control's whole travel ahead (a
*sweep*: one control moves, the others stay) and sends them as compact integers; the browser
(`explorer.js`) draws the one that belongs to the controls, in the next frame, without asking.
When a control comes to rest, the sweeps of the others are computed anew for the new place.
Where few positions exist, all their combinations are sent at once and no kernel is needed.

A mark may be a *handle* of one or more controls: dragged, it goes to the nearest place that it
has in the scenes sent ahead. A link in the chapter's text sets controls, too: its address is
``#ce:loss_curve:p=0.001``, or ``#ce:loss_curve:y=y = 0,p=0.001`` for two.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from ce_course import plots
from ce_course.widgets import stored, theme
from ce_course.widgets.scene import (
    SUBPIXELS,
    Area,
    Arrows,
    Axes,
    Bars,
    Image,
    Layout,
    Line,
    Mark,
    Points,
    Scene,
    Text,
    collect,
    outline,
    project,
    typeset,
)

__all__ = [
    "Area", "Arrows", "Axes", "Bars", "Choice", "Explorer", "Image", "Line", "Mark", "Points",
    "Scene", "Slider", "Text",
]  # fmt: skip

HERE = Path(__file__).parent
WHOLE_TABLE = 2500  # so many scenes are sent as a whole; beyond, sweep by sweep
MOST_POSITIONS = 1000
HANDLES = ("points", "bars", "line")  # kinds of marks that can be taken hold of
MARK = ("name", "kind", "color", "dash", "label", "axes", "form", "shape")  # as in `outline`


@dataclass(frozen=True)
class Slider:
    """A control over an increasing row of numbers; `format` says how each is shown and spoken.

    One that `plays` is a process: it has buttons that let it run and take one step. One that
    `counts` goes through the entries of a list, which may be shorter for other values of the other
    controls: it ends where nothing changes any more.
    """

    name: str
    label: str
    values: Sequence[float]
    start: float | None = None
    format: str = "{:g}"
    plays: bool = False
    counts: bool = False

    @property
    def texts(self) -> list[str]:
        return [typeset(self.format.format(value)) for value in self.values]


@dataclass(frozen=True)
class Choice:
    """A control over a few named options: a list of values or a mapping from text to value."""

    name: str
    label: str
    options: Mapping[str, object] | Sequence[object]
    start: object = None

    @property
    def values(self) -> list:
        options = self.options
        return list(options.values() if isinstance(options, Mapping) else options)

    @property
    def texts(self) -> list[str]:
        return [str(option) for option in self.options]


def position(control: Slider | Choice, value) -> int:
    """The index of the control's position at this value; the nearest one for a number."""
    values = list(control.values)
    if isinstance(control, Slider):
        if not values[0] <= value <= values[-1]:
            raise ValueError(
                f"{control.name}: expected a number from {values[0]:g} to {values[-1]:g}, "
                f"got {value!r}"
            )
        return int(np.argmin(np.abs(np.asarray(values, float) - value)))
    if value not in values:
        raise ValueError(f"{control.name}: expected one of {values}, got {value!r}")
    return values.index(value)


class Explorer(anywidget.AnyWidget):
    """An interactive picture.

    Parameters
    ----------
    name : str
        The widget's name in the course, as in ``ce_course.widgets``.
    title, description : str
        A heading, and one sentence for those who cannot see the picture.
    scene : callable
        Pure function from the controls' values (by name) to a `Scene`. The marks, their kinds,
        styles and lengths must not depend on the values.
    controls : sequence of Slider and Choice
    axes : sequence of Axes
        One panel each, side by side.
    start : mapping, optional
        Values to open with, by control; the rest start where their control says.
    handles : mapping, optional
        Which marks can be taken hold of, and which control each then moves: the name of a mark of
        points, bars or a line to the name of a control, or to a tuple of names where it moves in
        two directions, or to a list with one such entry for each item of the mark (None for an
        item that stays). The browser looks for the position where the mark lies nearest to the
        pointer.

    Raises
    ------
    ValueError
        For a start value that no control has, for a scene whose marks change in kind, style or
        length, and for a handle that names no mark or no control.
    """

    _esm = HERE / "explorer.js"
    _css = theme.stylesheet("explorer", ".ce-explorer")

    spec = traitlets.Dict().tag(sync=True)
    state = traitlets.List(traitlets.Int()).tag(sync=True)
    sweeps = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(
        self,
        *,
        name: str,
        title: str,
        description: str,
        scene: Callable[..., Scene],
        controls: Sequence[Slider | Choice],
        axes: Sequence[Axes],
        start: Mapping[str, object] | None = None,
        handles: Mapping[str, str | tuple | list] | None = None,
    ):
        self.name, self.title, self.description = name, title, description
        self.scene, self.controls, self.layout_ = scene, tuple(controls), Layout.of(axes)
        self.positions = [list(control.values) for control in self.controls]
        for control, values in zip(self.controls, self.positions, strict=True):
            if not 2 <= len(values) <= MOST_POSITIONS:
                raise ValueError(
                    f"{control.name}: expected 2 to {MOST_POSITIONS} positions, got {len(values)}"
                )
        state = self.state_of(start or {})
        self.outline = outline(self.scene_at(state))
        self.moves = handles or {}
        self.handles = self._handles(self.moves)
        self._packed: dict[tuple, dict] = {}
        super().__init__(spec=self._spec(state), state=state, sweeps=self._sweeps_at(state))

    # -------------------------------------------------------------- values

    @property
    def values(self) -> dict:
        """The controls' values now, by name."""
        return self._values_at(self.state)

    def _values_at(self, state: Sequence[int]) -> dict:
        return {
            control.name: values[i]
            for control, values, i in zip(self.controls, self.positions, state, strict=True)
        }

    def scene_at(self, state: Sequence[int]) -> Scene:
        """The scene at a position of each control."""
        return self.scene(**self._values_at(state))

    def state_of(self, start: Mapping[str, object]) -> list[int]:
        """The positions of the controls at these values; the others are where they start."""
        names = [control.name for control in self.controls]
        if unknown := set(start) - set(names):
            raise ValueError(f"expected values for {names}, got {sorted(unknown)}")
        state = []
        for control, values in zip(self.controls, self.positions, strict=True):
            default = values[0] if control.start is None else control.start
            state.append(position(control, start.get(control.name, default)))
        return state

    def _handles(self, handles: Mapping[str, str | tuple | list]) -> list[dict]:
        """For the browser: mark, item (None for the whole mark) and controls, by their places."""
        marks = {name: (k, kind, shape) for k, (name, kind, *_, shape) in enumerate(self.outline)}
        controls = [control.name for control in self.controls]
        found = []
        for name, moves in handles.items():
            if name not in marks or marks[name][1] not in HANDLES:
                able = [mark for mark, (_, kind, _) in marks.items() if kind in HANDLES]
                raise ValueError(f"handle {name!r}: expected one of the marks {able}")
            mark, _, (_, size, *_) = marks[name]
            each = dict(enumerate(moves)) if isinstance(moves, list) else {None: moves}
            if isinstance(moves, list) and len(moves) != size:
                raise ValueError(f"handle {name!r}: expected {size} entries, got {len(moves)}")
            for item, names in each.items():
                names = (names,) if isinstance(names, str) else names or ()
                if unknown := set(names) - set(controls):
                    raise ValueError(
                        f"handle {name!r}: expected controls of {controls}, got {sorted(unknown)}"
                    )
                if names:
                    moved = [controls.index(control) for control in names]
                    found.append({"mark": mark, "item": item, "controls": moved})
        return found

    @traitlets.validate("state")
    def _valid_state(self, proposal):
        state = proposal["value"]
        sizes = [len(values) for values in self.positions]
        if len(state) != len(sizes) or not all(
            0 <= i < n for i, n in zip(state, sizes, strict=True)
        ):
            raise traitlets.TraitError(f"state: expected indices below {sizes}, got {state}")
        return state

    # -------------------------------------------------------------- sweeps

    @traitlets.observe("state")
    def _moved(self, change):
        if change["old"] is not traitlets.Undefined and self.sweeps:
            self.sweeps = self._sweeps_at(change["new"])

    def _sweeps_at(self, state: Sequence[int]) -> list[dict]:
        """All that the browser may need next from this place."""
        if self._is_whole():
            wanted = self._all_places()
        else:
            wanted = [(i, self._others(i, state)) for i in range(len(self.controls))]
        packed = {key: self._packed.get(key) or self._sweep(*key) for key in wanted}
        self._packed = packed
        return list(packed.values())

    def all_sweeps(self) -> Iterator[dict]:
        """The sweeps that hold all scenes together: for who has no Python to ask."""
        return (self._sweep(*key) for key in self._all_places())

    def _all_places(self) -> list[tuple[int, tuple[int, ...]]]:
        sizes = [len(values) for values in self.positions]
        longest = int(np.argmax(sizes))
        ranges = [range(n) for i, n in enumerate(sizes) if i != longest]
        return [(longest, others) for others in itertools.product(*ranges)]

    def _is_whole(self) -> bool:
        """Whether all combinations of positions are sent at once."""
        return math.prod(len(values) for values in self.positions) <= WHOLE_TABLE

    @staticmethod
    def _others(control: int, state: Sequence[int]) -> tuple[int, ...]:
        return tuple(i for c, i in enumerate(state) if c != control)

    def _sweep(self, control: int, others: tuple[int, ...]) -> dict:
        """The scenes of one control's whole travel, as one block of 16-bit integers.

        Numbers that stay the same along the travel are sent once (`fixed`); the others, at
        `columns`, form a row for each position (`moving`). Texts likewise.
        """
        numbers, texts = [], []
        for i in range(len(self.positions[control])):
            state = [*others[:control], i, *others[control:]]
            scene = self.scene_at(state)
            if (found := outline(scene)) != self.outline:
                raise ValueError(_change(self.name, self._values_at(state), self.outline, found))
            row, words = collect(scene)
            numbers.append(row)
            texts.append(words)
        table = project(np.array(numbers), self.outline, self.layout_)
        columns = np.flatnonzero((table != table[0]).any(axis=0)).astype(np.uint16)
        vary = [k for k, column in enumerate(zip(*texts, strict=True)) if len(set(column)) > 1]
        return {
            "control": control,
            "others": list(others),
            "fixed": table[0].tobytes(),
            "columns": columns.tobytes(),
            "moving": table[:, columns].tobytes(),
            "texts": texts[0],
            "text_columns": vary,
            "moving_texts": [[row[k] for k in vary] for row in texts],
        }

    # -------------------------------------------------------------- what stays

    def _spec(self, state: Sequence[int]) -> dict:
        layout = self.layout_
        panels = [
            {
                "name": panel.axes.name,
                "box": [panel.left, panel.top, panel.width, panel.height],
                "bare": panel.axes.bare,
                "title": panel.axes.title,
                "xlabel": panel.axes.xlabel,
                "ylabel": panel.axes.ylabel,
                "xticks": [
                    [float(panel.project(t, panel.axes.ylim[0])[0]), text]
                    for t, text in panel.axes.ticks("x")
                ],
                "yticks": [
                    [float(panel.project(panel.axes.xlim[0], t)[1]), text]
                    for t, text in panel.axes.ticks("y")
                ],
            }
            for panel in layout.panels
        ]
        controls = [
            {
                "name": control.name,
                "label": control.label,
                "kind": type(control).__name__.lower(),
                "texts": control.texts,
                "start": start,
                "plays": getattr(control, "plays", False),
                **({"counts": True} if getattr(control, "counts", False) else {}),
            }
            for control, start in zip(self.controls, state, strict=True)
        ]
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "width": layout.width,
            "height": layout.height,
            "subpixels": SUBPIXELS,
            "panels": panels,
            "marks": [dict(zip(MARK, mark, strict=True)) for mark in self.outline],
            "controls": controls,
            "handles": self.handles,
            "whole": self._is_whole(),
        }

    # -------------------------------------------------------------- the static picture

    def figure(self):
        """The scene at the present values as a matplotlib figure."""
        scene = self.scene_at(self.state)
        values = [
            f"{control.label}: {control.texts[i]}"
            for control, i in zip(self.controls, self.state, strict=True)
        ]
        return plots.draw_scene(scene, self.layout_, self.title, values)

    def alt(self) -> str:
        """What the picture shows now, in words."""
        return f"{self.title}. {self.description} {self.scene_at(self.state).readout}"

    def __repr__(self):
        values = ", ".join(f"{name}={value!r}" for name, value in _plain(self.values).items())
        return f"{self.name}({values})"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, what it needs to be drawn again, and its picture with words."""
        import matplotlib.pyplot as plt

        bundle = super()._repr_mimebundle_(**kwargs)
        live, about = bundle if isinstance(bundle, tuple) else (bundle, {})
        fig = self.figure()
        text = f"{self!r}\n{self.scene_at(self.state).readout}"
        data, metadata = plots.picture_bundle(plots.png(fig), self.alt(), text)
        plt.close(fig)
        kept = stored.stored("explorer", self, ("spec", "state", "sweeps"), self._is_whole())
        return {**(live or {}), **kept, **data}, {**about, **metadata}


def _plain(values: Mapping[str, object]) -> dict:
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in values.items()}


def _change(name: str, values: dict, expected: tuple, got: tuple) -> str:
    one, other = next(
        (a, b) for a, b in itertools.zip_longest(expected, got, fillvalue=("no mark",)) if a != b
    )
    return (
        f"{name} at {_plain(values)}: a mark's kind, style and length must be the same for all "
        f"values of the controls: expected {one}, got {other}"
    )
