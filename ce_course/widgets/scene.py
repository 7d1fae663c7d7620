"""What a widget shows: marks on fixed axes and one readout, as plain data.

A scene knows nothing of controls, browsers or notebooks. It is turned into pixels in one
place (`project`), for the browser and for the static picture alike, so that no formula and
no scale is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

import numpy as np

COLORS = ("blue", "orange", "green", "purple", "red", "grey", "ink")
DASHES = ("solid", "dashed", "dotted")
MARKERS = ("circle", "square", "triangle", "diamond", "cross")
ANCHORS = ("start", "middle", "end", "beside")  # beside a point, on the side with more room

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

SUBPIXELS = 16  # coordinates travel as 16-bit integers, in sixteenths of a pixel
HIDDEN = -32768  # the integer that stands for NaN: nothing is drawn
FARTHEST = 2000.0  # pixels; what lies farther out is clipped to here


@dataclass(frozen=True)
class Axes:
    """One panel. Limits are fixed over all values of the controls; scales are linear or log.

    A `bare` panel has no axes around it and keeps its proportions at every width: for a picture
    whose coordinates mean nothing.
    """

    name: str = "main"
    xlabel: str = ""
    ylabel: str = ""
    xlim: tuple[float, float] = (0.0, 1.0)
    ylim: tuple[float, float] = (0.0, 1.0)
    xscale: str = "linear"
    yscale: str = "linear"
    xticks: Sequence[float] | None = None
    xticklabels: Sequence[str] | None = None
    yticks: Sequence[float] | None = None
    yticklabels: Sequence[str] | None = None
    title: str = ""
    bare: bool = False

    def __post_init__(self):
        for words in ("xlabel", "ylabel", "title"):
            object.__setattr__(self, words, typeset(getattr(self, words)))
        for way in "xy":
            limits, scale = getattr(self, way + "lim"), getattr(self, way + "scale")
            if scale not in ("linear", "log"):
                raise ValueError(f"{way}scale: expected 'linear' or 'log', got {scale!r}")
            if not (np.all(np.isfinite(limits)) and limits[0] != limits[1]):
                raise ValueError(f"{way}lim: expected two different finite numbers, got {limits}")
            if scale == "log" and min(limits) <= 0:
                raise ValueError(f"{way}lim: a log scale needs positive limits, got {limits}")
            ticks, labels = getattr(self, way + "ticks"), getattr(self, way + "ticklabels")
            if labels is not None and (ticks is None or len(ticks) != len(labels)):
                raise ValueError(f"{way}ticklabels: expected one label for each of {way}ticks")

    def ticks(self, way: str) -> list[tuple[float, str]]:
        """(position, label) of each tick of the x or y axis."""
        ticks, labels = getattr(self, way + "ticks"), getattr(self, way + "ticklabels")
        low, high = sorted(getattr(self, way + "lim"))
        if ticks is None:
            from matplotlib.ticker import LogLocator, MaxNLocator

            log = getattr(self, way + "scale") == "log"
            locator = LogLocator(numticks=7) if log else MaxNLocator(6, steps=[1, 2, 2.5, 5, 10])
            slack = 1e-9 * (low if log else high - low)
            ticks = [t for t in locator.tick_values(low, high) if low - slack <= t <= high + slack]
        if labels is None:
            labels = [_tick_label(tick) for tick in ticks]
        return list(zip(map(float, ticks), labels, strict=True))


@dataclass(frozen=True, kw_only=True)
class Style:
    color: str = "blue"
    dash: str = "solid"
    label: str = ""  # the legend's entry; none if empty
    axes: str = "main"

    def __post_init__(self):
        object.__setattr__(self, "label", typeset(self.label))
        _one_of("color", self.color, COLORS)
        _one_of("dash", self.dash, DASHES)


@dataclass(frozen=True)
class Line(Style):
    """Points joined in order; NaN breaks the line."""

    kind: ClassVar[str] = "line"
    x: np.ndarray
    y: np.ndarray

    def coordinates(self):
        return self.x, self.y


@dataclass(frozen=True)
class Points(Style):
    kind: ClassVar[str] = "points"
    x: np.ndarray
    y: np.ndarray
    marker: str = "circle"

    def __post_init__(self):
        super().__post_init__()
        _one_of("marker", self.marker, MARKERS)

    def coordinates(self):
        return self.x, self.y


@dataclass(frozen=True)
class Bars(Style):
    """Upright bars of a width (in x units) around x, from base to height."""

    kind: ClassVar[str] = "bars"
    x: np.ndarray
    height: np.ndarray
    width: float | np.ndarray = 0.8
    base: float | np.ndarray = 0.0

    def coordinates(self):
        x = np.asarray(self.x, float)
        return x - self.width / 2, self.base, x + self.width / 2, self.height


@dataclass(frozen=True)
class Area(Style):
    """The area between two curves over the same x."""

    kind: ClassVar[str] = "area"
    x: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def coordinates(self):
        return self.x, self.low, self.x, self.high


@dataclass(frozen=True)
class Arrows(Style):
    """Arrows from (x, y) to (x + dx, y + dy), in data units."""

    kind: ClassVar[str] = "arrows"
    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray

    def coordinates(self):
        x, y = np.asarray(self.x, float), np.asarray(self.y, float)
        return x, y, x + np.asarray(self.dx, float), y + np.asarray(self.dy, float)


@dataclass(frozen=True)
class Image(Style):
    """A grey image: values (h, w), row 0 on top; vmin is drawn white, vmax black."""

    kind: ClassVar[str] = "image"
    values: np.ndarray
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)  # left, right, bottom, top
    vmin: float = 0.0
    vmax: float = 1.0

    def coordinates(self):
        left, right, bottom, top = self.extent
        return left, top, right, bottom


@dataclass(frozen=True)
class Text(Style):
    """Short texts at points of the picture; an empty text is hidden."""

    kind: ClassVar[str] = "text"
    x: np.ndarray
    y: np.ndarray
    text: str | Sequence[str]
    anchor: str = "start"
    color: str = field(default="ink", kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        _one_of("anchor", self.anchor, ANCHORS)

    def coordinates(self):
        return self.x, self.y

    def texts(self) -> list[str]:
        texts = [self.text] if isinstance(self.text, str) else self.text
        return [typeset(str(text)) for text in texts]


Mark = Line | Points | Bars | Area | Arrows | Image | Text


@dataclass(frozen=True)
class Scene:
    """What is to be seen and read for one setting of the controls."""

    marks: Mapping[str, Mark]
    readout: str

    def __post_init__(self):
        object.__setattr__(self, "readout", typeset(self.readout))


_HYPHEN = re.compile(r"(?<![\w)\]])-(?=[\d.|(∞]|inf\b)|(?<= )-(?= )")
_NO_SIGN = re.compile(r"(?<![\w.,])[-+\N{MINUS SIGN}](?=0(\.0*)?(?![\d.,]*\d))(?!0(\.0*)?e)")
_POWER = re.compile(r"(?:(?<![\d.])1|(\d))e([+-]?\d+)\b")


@lru_cache(maxsize=10_000)  # labels and ticks stay the same from scene to scene
def typeset(text: str) -> str:
    """A text as it is to be read: one minus sign, no sign before a zero, powers of ten.

    >>> typeset("from -0.000 to -3.5e-05")
    'from 0.000 to \N{MINUS SIGN}3.5·10⁻⁵'
    """
    text = _NO_SIGN.sub("", text)
    text = _POWER.sub(_power, text)
    return _HYPHEN.sub("\N{MINUS SIGN}", text)


def _power(found: re.Match) -> str:
    times = f"{found[1]}·" if found[1] else ""
    return f"{times}10{str(int(found[2])).translate(SUPERSCRIPTS)}"


# ------------------------------------------------------------------ pixels


@dataclass(frozen=True)
class Panel:
    """Where an Axes lies in the picture, in pixels."""

    axes: Axes
    left: float
    top: float
    width: float
    height: float

    def project(self, x, y) -> tuple[np.ndarray, np.ndarray]:
        """Data to pixels (from the picture's top left corner). NaN stays NaN."""
        across = self._share(x, self.axes.xlim, self.axes.xscale)
        up = self._share(y, self.axes.ylim, self.axes.yscale)
        return self.left + self.width * across, self.top + self.height * (1 - up)

    @staticmethod
    def _share(values, limits, scale):
        values, limits = np.asarray(values, float), np.asarray(limits, float)
        if scale == "log":
            with np.errstate(divide="ignore", invalid="ignore"):
                values, limits = np.log10(values), np.log10(limits)
        return (values - limits[0]) / (limits[1] - limits[0])


@dataclass(frozen=True)
class Layout:
    """The picture's size and its panels, side by side."""

    panels: tuple[Panel, ...]
    width: float
    height: float

    LEFT: ClassVar[float] = 62.0
    RIGHT: ClassVar[float] = 14.0
    TOP: ClassVar[float] = 30.0
    BOTTOM: ClassVar[float] = 50.0

    @classmethod
    def of(cls, axes: Sequence[Axes], height: float = 360.0) -> Layout:
        width = 640.0 if len(axes) == 1 else 880.0
        top = cls.TOP if any(a.title for a in axes) else 14.0
        each = width / len(axes)
        inner = each - cls.LEFT - cls.RIGHT
        return cls(
            tuple(
                Panel(a, i * each + cls.LEFT, top, inner, height - top - cls.BOTTOM)
                for i, a in enumerate(axes)
            ),
            width,
            height,
        )

    def panel(self, name: str) -> Panel:
        for panel in self.panels:
            if panel.axes.name == name:
                return panel
        names = [panel.axes.name for panel in self.panels]
        raise ValueError(f"axes: expected one of {names}, got {name!r}")


def outline(scene: Scene) -> tuple[tuple, ...]:
    """What must stay the same for all values of the controls.

    For each mark: name, kind, color, dash, label, axes, marker or anchor, and its shape: the
    number of coordinate lists and their common length, and for an image its rows and columns.
    """
    marks = []
    for name, mark in scene.marks.items():
        lists = [np.asarray(one) for one in mark.coordinates()]
        shape = (len(lists), max(one.size for one in lists))
        if any(one.size not in (1, shape[1]) or one.ndim > 1 for one in lists):
            sizes = [one.shape for one in lists]
            raise ValueError(f"mark {name!r}: expected 1-D data of one length, got shapes {sizes}")
        if mark.kind == "text" and len(mark.texts()) != shape[1]:
            raise ValueError(f"mark {name!r}: expected {shape[1]} texts, got {len(mark.texts())}")
        if mark.kind == "image":
            shape += np.shape(mark.values)
        form = getattr(mark, "marker", "") or getattr(mark, "anchor", "")
        marks.append((name, mark.kind, mark.color, mark.dash, mark.label, mark.axes, form, shape))
    return tuple(marks)


def collect(scene: Scene) -> tuple[np.ndarray, list[str]]:
    """A scene's numbers in data units, mark after mark, and its texts, the readout first."""
    numbers, texts = [], [scene.readout]
    for mark in scene.marks.values():
        lists = [np.asarray(one, float).ravel() for one in mark.coordinates()]
        size = max(one.size for one in lists)
        numbers += [one if one.size == size else np.full(size, one[0]) for one in lists]
        if mark.kind == "image":
            share = (np.asarray(mark.values, float) - mark.vmin) / (mark.vmax - mark.vmin)
            numbers.append(share.ravel())
        if mark.kind == "text":
            texts += mark.texts()
    return np.concatenate(numbers), texts


def project(numbers: np.ndarray, marks: tuple[tuple, ...], layout: Layout) -> np.ndarray:
    """Data units to what the browser draws.

    Parameters
    ----------
    numbers : float, shape (n, L)
        Rows from `collect`.
    marks : the scenes' `outline`

    Returns
    -------
    int16, shape (n, L)
        Sixteenths of a pixel from the picture's top left corner, grey levels 0 to 255 for an
        image's values, `HIDDEN` for NaN.
    """
    pixels, at = np.empty(numbers.shape), 0
    for *_, name, _form, (lists, size, *image) in marks:
        panel = layout.panel(name)
        for start in range(at, at + lists * size, 2 * size):
            xs, ys = slice(start, start + size), slice(start + size, start + 2 * size)
            pixels[:, xs], pixels[:, ys] = panel.project(numbers[:, xs], numbers[:, ys])
        at += lists * size
        if image:
            values = slice(at, at + image[0] * image[1])
            pixels[:, values] = 255 / SUBPIXELS * np.clip(numbers[:, values], 0, 1)
            at = values.stop
    hidden = np.isnan(pixels)
    pixels = np.rint(SUBPIXELS * np.clip(np.where(hidden, 0, pixels), -FARTHEST, FARTHEST))
    return np.where(hidden, HIDDEN, pixels).astype(np.int16)


def _tick_label(tick: float) -> str:
    text = f"{tick:.6g}"
    if tick > 0 and (tick < 0.001 or tick >= 100_000):  # powers of ten are short: 10⁻⁴
        mantissa, exponent = f"{tick:e}".split("e")
        mantissa = "" if float(mantissa) == 1 else f"{float(mantissa):g}·"
        text = f"{mantissa}10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return text.replace("-", "\N{MINUS SIGN}")


def _one_of(what: str, got: str, allowed: Sequence[str]) -> None:
    if got not in allowed:
        raise ValueError(f"{what}: expected one of {', '.join(allowed)}, got {got!r}")


def count(number: int, what: str) -> str:
    """A number of things, in words: 1 step, 1,200 steps."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
