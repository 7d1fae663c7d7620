"""Every widget in its corners: nothing outside its axes unmarked, no text on a text or a line."""

import itertools
from functools import cache

import numpy as np
import pytest

from ce_course import catalogue, widgets
from ce_course.widgets.scene import HIDDEN, SUBPIXELS, Layout, Panel, collect, project

ALL_WIDGETS = [name for chapter in catalogue.CHAPTERS for name in chapter.widgets]
MOST = 200  # corners looked at for each widget, at most; and as many settings in between
GAP = 3.0  # px between two texts
MARGIN = 7.0  # so far beyond the axes the browser still draws
FONT = 12.5  # px


def corners(explorer):
    """The first, the last and the opening position of each control, in all combinations.

    And settings from between, where labels meet that are apart in the corners.
    """
    rng = np.random.default_rng(0)
    ends = [
        sorted({0, len(values) - 1, start})
        for values, start in zip(explorer.positions, explorer.state, strict=True)
    ]
    found = list(itertools.product(*ends))
    if len(found) > MOST:
        chosen = rng.choice(len(found), MOST, replace=False)
        found = [found[i] for i in sorted(chosen)]
    sizes = [len(values) for values in explorer.positions]
    return found + rng.integers(0, sizes, (MOST, len(sizes))).tolist()


@cache
def _font():
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))
    font.set_size(100, 72)
    return font


@cache
def _width(text):
    font = _font()
    font.set_text(text, 0.0)
    return font.get_width_height()[0] / 64 / 100


def width(text):
    """How wide a text is drawn, in pixels; most fonts are narrower than this one."""
    return FONT * _width(text)


def boxed(panel, form, x, y, text):
    """The box of a text (left, top, right, bottom), where the browser puts it."""
    wide = width(text)
    if form == "beside":
        right, bottom = panel.left + panel.width, panel.top + panel.height
        x, y = min(max(x, panel.left), right), min(max(y, panel.top), bottom)
        turned = x > panel.left + panel.width / 2
        x += -12 if turned else 12
        y += 12 if y < panel.top + 20 else -12
        form = "end" if turned else "start"
    left = x - {"start": 0, "middle": wide / 2, "end": wide}[form]
    return left, y - 6, left + wide, y + 6


class Stretches:
    """Straight stretches (x0, y0, x1, y1) of named marks, axes by axes."""

    def __init__(self):
        self.of = {}

    def add(self, axes, name, ends):
        names, rows = self.of.setdefault(axes, ([], []))
        names += [name] * len(ends)
        rows += list(ends)

    def through(self, axes, box, slack=1.5):
        """The marks of which a stretch runs through a box."""
        names, rows = self.of.get(axes, ((), ()))
        if not names:
            return []
        low, high = np.add(box[:2], slack), np.subtract(box[2:], slack)
        start, end = np.hsplit(np.asarray(rows), 2)
        step = end - start
        with np.errstate(divide="ignore", invalid="ignore"):
            enters, leaves = (low - start) / step, (high - start) / step
        along = step != 0
        first = np.where(along, np.minimum(enters, leaves), -np.inf).max(axis=1)
        last = np.where(along, np.maximum(enters, leaves), np.inf).min(axis=1)
        inside = (along | ((low < start) & (start < high))).all(axis=1)
        hit = inside & (np.maximum(first, 0) < np.minimum(last, 1))
        return list(dict.fromkeys(names[i] for i in np.flatnonzero(hit)))


def narrow(layout):
    """The panels one below the other in a window of 400 px, as explorer.js lays them out."""
    panels = []
    for i, panel in enumerate(layout.panels):
        top, below = panel.top, layout.height - panel.top - panel.height
        wide, high = 280.0, 280 - top - below
        if panel.axes.bare:
            share = min((356 - 28) / panel.width, (280 - top - 14) / panel.height)
            wide, high = share * panel.width, share * panel.height
        panels.append(Panel(panel.axes, 600.0 * i + 62, top, wide, high))
    return Layout(tuple(panels), 600.0 * len(panels), 280.0)


@cache
def settings(name):
    """A widget, the settings that are looked at, and what is drawn there: numbers and words."""
    explorer = getattr(widgets, name)()
    states = corners(explorer)
    drawn = [collect(explorer.scene_at(state)) for state in states]
    return explorer, states, np.array([numbers for numbers, _ in drawn]), [w for _, w in drawn]


def faults(explorer, numbers, words, layout):
    """What is wrong with the picture at a setting, in words. numbers: as `project` gives them."""
    words, at, found = iter(words[1:]), 0, []
    texts, markers, strokes, bars = [], [], Stretches(), Stretches()
    for name, kind, *_, axes, form, (lists, size, *image) in explorer.outline:
        panel = layout.panel(axes)
        own = numbers[at : at + lists * size].reshape(lists, size)
        at += lists * size + (image[0] * image[1] if image else 0)
        seen = (own != HIDDEN).all(axis=0)
        own = own / SUBPIXELS
        clip = np.array([panel.left, panel.top, panel.left + panel.width, panel.top + panel.height])
        clip = clip + np.array([-MARGIN, -MARGIN, MARGIN, MARGIN])
        if kind == "line":
            ends = np.vstack([own[:, :-1], own[:, 1:]]).T
            strokes.add(axes, name, ends[seen[:-1] & seen[1:]])
            continue
        for i, there in enumerate(seen):
            if kind == "text":
                text = next(words)
                if there and text:
                    left, top, right, bottom = box = boxed(panel, form, *own[:, i], text)
                    texts.append((name, axes, text, box))
                    if left < clip[0] or top < clip[1] or right > clip[2] or bottom > clip[3]:
                        found.append(f"the text {text!r} of {name!r} leaves its axes")
            elif there and kind in ("bars", "arrows", "image"):
                x0, y0, x1, y1 = own[:, i]
                low, high = min(y0, y1), max(y0, y1)
                if kind == "bars":
                    low = max(low, clip[1])  # a notch says that it goes on
                    bars.add(axes, name, box_edges(x0, y0, x1, y1))
                if (
                    min(x0, x1) < clip[0]
                    or max(x0, x1) > clip[2]
                    or low < clip[1]
                    or high > clip[3]
                ):
                    found.append(f"{name!r} leaves its axes")
                if kind == "arrows":
                    strokes.add(axes, name, [own[:, i]])
            elif there and kind == "points":
                x = min(max(own[0, i], panel.left), panel.left + panel.width)
                y = min(max(own[1, i], panel.top), panel.top + panel.height)
                markers.append((name, axes, (x - 5, y - 5, x + 5, y + 5)))
    for (_, axes, text, box), (_, others, other, place) in itertools.combinations(texts, 2):
        if axes == others and touch(box, place, GAP):
            found.append(f"{text!r} lies on {other!r}")
    for _, axes, text, box in texts:
        for name, others, place in markers:
            if axes == others and touch(box, place):
                found.append(f"{name!r} lies on {text!r}")
        for name in strokes.through(axes, box):
            found.append(f"{name!r} strikes through {text!r}")
        if bars.through(axes, box):
            found.append(f"a bar's edge strikes through {text!r}")
    return list(dict.fromkeys(found))


def touch(box, other, gap=0.0):
    beside = box[0] >= other[2] + gap or other[0] >= box[2] + gap
    return not (beside or box[1] >= other[3] or other[1] >= box[3])


def box_edges(x0, y0, x1, y1):
    return [x0, y0, x1, y0], [x0, y1, x1, y1], [x0, y0, x0, y1], [x1, y0, x1, y1]


@pytest.mark.parametrize("lay", [lambda layout: layout, narrow], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", ALL_WIDGETS)
def test_nothing_collides_or_gets_lost_in_the_corners(name, lay, monkeypatch):
    explorer, states, numbers, words = settings(name)
    layout, found = lay(explorer.layout_), {}
    if lay is narrow:
        monkeypatch.setitem(globals(), "FONT", 11.0)
        monkeypatch.setitem(globals(), "GAP", 0.0)
    numbers = project(numbers, explorer.outline, layout)
    for state, *drawn in zip(states, numbers, words, strict=True):
        for fault in faults(explorer, *drawn, layout):
            found.setdefault(fault, explorer._values_at(state))
    assert not found, f"{name}:\n" + "\n".join(f"{k} at {v}" for k, v in list(found.items())[:20])


@pytest.mark.parametrize("name", ALL_WIDGETS)
def test_no_text_of_the_stored_picture_is_cut(name):
    from matplotlib import pyplot
    from matplotlib.text import Text

    fig = settings(name)[0].figure()
    fig.draw_without_rendering()
    bare = {text for ax in fig.axes if not ax.axison for text in ax.findobj(Text)}
    page = fig.bbox.padded(1)
    outside = [
        text.get_text()
        for text in fig.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text not in bare
        if not all(page.contains(*corner) for corner in text.get_window_extent().corners())
    ]
    pyplot.close(fig)
    assert outside == []
