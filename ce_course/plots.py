"""Pictures and tables: one palette, one style, alt text on every figure, no filling in a table.

matplotlib loads when the first figure is made.
"""

from __future__ import annotations

# Okabe and Ito's hues (2008), darkened for white paper and lightened for a dark page, so that
# every colour has a contrast of at least 3:1 against its background (a test computes it).
# Colour is never the only cue: markers, dashes or labels say the same.
PALETTE = {
    "light": {
        "blue": "#0072b2",
        "orange": "#b35900",
        "green": "#007a5a",
        "purple": "#a3478c",
        "red": "#c0302c",
        "grey": "#767676",
        "ink": "#1f1f1f",
    },
    "dark": {
        "blue": "#62b6ea",
        "orange": "#f0a33c",
        "green": "#3fc79f",
        "purple": "#e39ccb",
        "red": "#ff8a80",
        "grey": "#a0a0a0",
        "ink": "#f0f0f0",
    },
}
LIGHT = PALETTE["light"]
DASHES = {"solid": "-", "dashed": "--", "dotted": ":"}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "X"}

STYLE = {
    "figure.figsize": (6.4, 3.8),
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 2,
}


def subplots(*args, **kwargs):
    """`matplotlib.pyplot.subplots` in the course's style, which stays for the session."""
    import matplotlib.pyplot as plt
    from matplotlib import cycler

    colors = [LIGHT[name] for name in ("blue", "orange", "green", "purple", "red")]
    cycle = cycler(color=colors) + cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1))])
    plt.rcParams.update(STYLE | {"axes.prop_cycle": cycle})
    return plt.subplots(*args, **({"layout": "constrained"} | kwargs))


def show(fig, alt: str) -> None:
    """Display a figure in the notebook with its alternative text, once.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        One or two sentences that tell a blind reader what there is to see.
    """
    if not alt.strip():
        raise ValueError("alt: expected a sentence that says what is to be seen, got nothing")
    import matplotlib.pyplot as plt
    from IPython.display import display

    display(_Picture(fig, alt))
    plt.close(fig)


def png(fig) -> bytes:
    """The figure as a PNG file."""
    from io import BytesIO

    buffer = BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


class _Picture:
    """A figure as a PNG whose alternative text every front end can find."""

    def __init__(self, fig, alt):
        self.data, self.alt = png(fig), alt

    def __repr__(self):
        return f"<picture: {self.alt}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return picture_bundle(self.data, self.alt)


def picture_bundle(data: bytes, alt: str, text: str | None = None) -> tuple[dict, dict]:
    """MIME bundle (data, metadata) of a PNG: the picture, an <img alt>, and plain text."""
    from base64 import b64encode
    from html import escape

    code = b64encode(data).decode()
    html = f'<img alt="{escape(alt)}" src="data:image/png;base64,{code}" style="max-width: 100%">'
    return (
        {"image/png": code, "text/html": html, "text/plain": text or f"<picture: {alt}>"},
        {"image/png": {"alt": alt}},
    )


# ------------------------------------------------------------------ tables


def table(frame, mark=()):
    """A table for the reader: what `frame` holds, without what only pandas needs.

    Rows that are only numbered (a RangeIndex without a name) lose their numbers, and where a
    number is missing (NaN) there stands a dash.

    Parameters
    ----------
    frame : pandas.DataFrame
    mark : label or list of labels of the index
        The rows that the text speaks of: they are bold, with a "◀" at their end, which is text
        in every front end. Rows without a name are counted from 0.

    Returns
    -------
    object
        To be shown as a cell's value or by `display`: HTML, and the same as plain text.

    Raises
    ------
    ValueError
        For a mark that is no label of a row.
    """
    marks = mark if isinstance(mark, list) else [] if mark == () else [mark]
    if unknown := [label for label in marks if label not in frame.index]:
        raise ValueError(f"mark: expected labels of {list(frame.index)}, got {unknown}")
    return _Table(frame, marks)


class _Table:
    """A data frame as HTML and as text."""

    def __init__(self, frame, marks):
        import pandas as pd

        self.options = {
            "index": not isinstance(frame.index, pd.RangeIndex) or frame.index.name is not None,
            "na_rep": "\N{EN DASH}",
        }
        self.marked = [label in marks for label in frame.index]
        self.frame = frame.assign(**{" ": ["◀" * m for m in self.marked]}) if marks else frame

    def __repr__(self):
        return self.frame.to_string(**self.options)

    def _repr_html_(self):
        import re

        import pandas as pd

        with pd.option_context("display.max_colwidth", None):
            head, body = self.frame.to_html(**self.options).split("<tbody>")
        rows = iter(self.marked)

        def row(match):
            return '<tr style="font-weight: bold">' if next(rows) else match[0]

        return f"{head}<tbody>{re.sub('<tr>', row, body)}"


# ------------------------------------------------------------------ curves and pictures of pixels


def draw_curves(x, curves, *, levels=None, at=None, dots=None, markers=False, ax=None, **axes):
    """Curves over one x, each with its name in the legend.

    Parameters
    ----------
    x : array, shape (n,)
    curves : mapping of str to array, shape (n,)
        From the curve's name to its heights.
    levels, at : mapping of str to float, optional
        Names of horizontal and of vertical lines, two at most, and where they lie.
    dots : sequence of (x, y), optional
        Points to mark, one for each curve or any other number.
    markers : bool
        Whether each curve has a marker of its own at every x.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    **axes
        What `Axes.set` takes (xlabel, ylim, xscale, ...), `figsize`, and `legend`: where it
        stands, "beside" for the right of the axes, None for nowhere.

    Returns
    -------
    matplotlib.figure.Figure
        For `show`, with its alternative text.
    """
    size, place = axes.pop("figsize", (6.4, 3.4)), axes.pop("legend", "best")
    beside = place == "beside"
    ax = ax or subplots(figsize=size)[1]
    for (name, y), marker in zip(curves.items(), _cycle(MARKERS.values()), strict=False):
        ax.plot(x, y, label=name, marker=marker if markers else None, markersize=5)
    looks = [{"color": LIGHT["ink"], "linestyle": ":"}, {"color": LIGHT["grey"], "linestyle": "--"}]
    for (name, y), look in zip((levels or {}).items(), looks, strict=False):
        ax.axhline(y, label=name, **look)
    for (name, where), look in zip((at or {}).items(), looks, strict=False):
        ax.axvline(where, label=name, **look)
    for (left, up), marker in zip(dots or (), _cycle(MARKERS.values()), strict=False):
        ax.plot(left, up, marker, color=LIGHT["ink"], zorder=3)
    ax.set(**axes)
    if "xticks" in axes:  # as numbers, on a logarithmic axis too
        ax.set_xticks(list(axes["xticks"]), [f"{tick:g}" for tick in axes["xticks"]])
        ax.minorticks_off()
    if len(ax.get_legend_handles_labels()[1]) and place:
        ax.legend(
            **({"loc": "center left", "bbox_to_anchor": (1, 0.5)} if beside else {"loc": place})
        )
    return ax.figure


def _cycle(values):
    from itertools import cycle

    return cycle(values)


def draw_pixels(pictures, titles=(), *, rows=1, limit=None, signs=None, figsize=None):
    """Pictures of 8 by 8 pixels in a row or in several.

    Parameters
    ----------
    pictures : array, shape (n, 64)
    titles : sequence of n texts, optional
    rows : int
        How many rows of pictures.
    limit : float, optional
        Draws signed values from -limit to limit in two colours; otherwise ink on white.
    signs : float, optional
        Writes + and - on pixels beyond ±signs, so that colour is not the only cue.
    figsize : pair of float, optional

    Returns
    -------
    matplotlib.figure.Figure
        For `show`, with its alternative text.
    """
    import numpy as np

    columns = -(-len(pictures) // rows)
    fig, axes = subplots(rows, columns, figsize=figsize or (1.4 * columns, 1.6 * rows))
    signed = {"cmap": "RdBu_r", "vmin": -(limit or 0), "vmax": limit}
    look = {"cmap": "gray_r"} if limit is None else signed
    for ax, values, title in zip(np.ravel(axes), pictures, titles or _cycle([""]), strict=False):
        ax.imshow(np.reshape(values, (8, 8)), **look)
        for (row, column), value in np.ndenumerate(np.reshape(values, (8, 8))) if signs else ():
            sign = "+" if value > signs else "-" if value < -signs else ""
            ax.text(column, row, sign, ha="center", va="center")
        ax.set(title=title, xticks=[], yticks=[])
        ax.grid(False)
    return fig


# ------------------------------------------------------------------ explorers


def draw_scene(scene, layout, title: str, subtitles=()):
    """An explorer's scene as a matplotlib figure: what is seen where nothing runs.

    Parameters
    ----------
    scene : ce_course.widgets.scene.Scene
    layout : ce_course.widgets.scene.Layout
    title : str
    subtitles : sequence of str
        The controls' values.
    """
    import textwrap

    import matplotlib.pyplot as plt

    dpi, wide = 100, int(layout.width / 7)
    head = textwrap.wrap("   ".join(subtitles), wide)
    foot = textwrap.wrap(scene.readout, wide)
    labels = [mark.label for mark in scene.marks.values() if mark.label]
    rows = 1 + len(head) + (len(labels) + 3) // 4
    above, below = 18 * rows + 10, 17 * len(foot) + 10
    height = above + layout.height + below
    with plt.rc_context(STYLE):
        fig = plt.figure(figsize=(layout.width / dpi, height / dpi), dpi=dpi)
        top = 1 - 12 / height
        fig.text(8 / layout.width, top, title, weight="bold", va="center")
        for i, line in enumerate(head, 1):
            fig.text(8 / layout.width, top - 18 * i / height, line, va="center", fontsize=9.5)
        fig.text(8 / layout.width, (below - 4) / height, "\n".join(foot), va="top", fontsize=9.5)
        places = {}
        for panel in layout.panels:
            box = [
                panel.left / layout.width,
                1 - (above + panel.top + panel.height) / height,
                panel.width / layout.width,
                panel.height / height,
            ]
            places[panel.axes.name] = _draw_axes(fig.add_axes(box), panel.axes)
            if not panel.axes.bare:
                _keep_label_inside(places[panel.axes.name].yaxis)
        shown = [(_draw_mark(places[mark.axes], mark), mark) for mark in scene.marks.values()]
        handles = [handle for handle, mark in shown if mark.label]
        if handles:
            fig.legend(
                handles,
                labels,
                loc="lower left",
                bbox_to_anchor=(0, 1 - above / height),
                ncols=min(4, len(handles)),
                fontsize=9.5,
                borderaxespad=0.2,
            )
    return fig


def _draw_axes(ax, axes):
    ax.set(xscale=axes.xscale, yscale=axes.yscale, xlim=axes.xlim, ylim=axes.ylim)
    ax.set(xlabel=axes.xlabel, ylabel=axes.ylabel)
    ax.set_title(axes.title, fontsize=10)
    for way, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
        places, texts = zip(*axes.ticks(way), strict=True) if axes.ticks(way) else ((), ())
        axis.set_ticks(places, texts)
        axis.set_ticks([], minor=True)
    if axes.bare:
        ax.set_axis_off()
    return ax


def _keep_label_inside(axis):
    """Move the label beside long ticks nearer to them, where the picture's edge would cut it."""
    room = axis.get_tightbbox().x0 - 1
    axis.labelpad += min(0, room) * 72 / axis.get_figure().dpi


def _on_edge(ax, x, y):
    """A place as shares of the axes, moved onto their edge, and which way it lies outside."""
    import numpy as np

    share = ax.transAxes.inverted().transform(ax.transData.transform([x, y]))
    right, up = inside = np.clip(share, 0, 1)
    beyond = np.abs(share - inside) > 0.005
    marker = ("^" if up else "v") if beyond[1] else ">" if right else "<"
    return inside, marker if beyond.any() else None


def _draw_mark(ax, mark):
    """Draws one mark and returns what stands for it in a legend."""
    import numpy as np

    color, dash = LIGHT[mark.color], DASHES[mark.dash]
    if mark.kind == "line":
        return ax.plot(mark.x, mark.y, color=color, linestyle=dash, label=mark.label)[0]
    if mark.kind == "points":
        x, y = np.broadcast_arrays(np.atleast_1d(mark.x), np.atleast_1d(mark.y))
        places = [_on_edge(ax, *place) for place in zip(x, y, strict=True)]
        for inside, outward in places:
            if outward:  # as in the browser: an arrow on the edge
                look = {"color": color, "markersize": 9, "transform": ax.transAxes}
                ax.plot(*inside, outward, clip_on=False, zorder=3, **look)
        seen = [outward is None for _, outward in places]
        look = {"color": color, "markersize": 8, "zorder": 3}
        return ax.plot(x[seen], y[seen], MARKERS[mark.marker], **look)[0]
    if mark.kind == "bars":
        look = {"facecolor": color + ("cc" if mark.dash == "solid" else "1f"), "edgecolor": color}
        height = np.asarray(mark.height, float) - mark.base
        return ax.bar(mark.x, height, mark.width, mark.base, linestyle=dash, **look)
    if mark.kind == "area":
        return ax.fill_between(mark.x, mark.low, mark.high, color=color, alpha=0.25, linewidth=0)
    if mark.kind == "arrows":
        return ax.quiver(
            mark.x, mark.y, mark.dx, mark.dy,
            color=color, angles="xy", scale_units="xy", scale=1, width=0.006,
        )  # fmt: skip
    if mark.kind == "image":
        return ax.imshow(
            mark.values, cmap="gray_r", vmin=mark.vmin, vmax=mark.vmax,
            extent=mark.extent, aspect="auto", interpolation="nearest", zorder=1,
        )  # fmt: skip
    if mark.anchor == "beside":
        for x, y, text in zip(
            np.atleast_1d(mark.x), np.atleast_1d(mark.y), mark.texts(), strict=True
        ):
            (right, up), _ = _on_edge(ax, x, y)
            shift = (-12 if right > 0.5 else 12, -12 if up > 0.93 else 12)
            ax.annotate(
                text, (right, up), shift, "axes fraction", textcoords="offset pixels", color=color,
                ha="right" if right > 0.5 else "left", va="center", fontsize=9.5,
            )  # fmt: skip
        return None
    align = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
    x, y = np.broadcast_arrays(np.atleast_1d(mark.x), np.atleast_1d(mark.y))
    for left, up, text in zip(x, y, mark.texts(), strict=True):
        if np.isfinite(left) and np.isfinite(up):
            ax.text(left, up, text, color=color, ha=align, va="center", fontsize=9.5, clip_on=True)
    return None


# ------------------------------------------------------------------ pictures of single chapters


def draw_words(code):
    """The words of a prefix-free code as pieces of the line from 0 to 1 (chapter 01).

    Parameters
    ----------
    code : mapping of str to str
        From each symbol to its word of zeros and ones.

    Returns
    -------
    matplotlib.figure.Figure
        Each word lies over the share of all coin sequences that begin with it.
    """
    fig, ax = subplots(figsize=(6.4, 1.3))
    for word in code.values():
        width = 2.0 ** -len(word)
        left = int(word, 2) * width
        ax.barh(0, width, left=left, color="#cfe5f3", edgecolor=LIGHT["blue"])
        ax.text(left + width / 2, 0, word, ha="center", va="center")
    ax.set(xlim=(0, 1), yticks=[], xlabel="share of all coin sequences that begin with the word")
    return fig


def draw_shares(x, curves, at):
    """Two curves of heights, and the first one's share of both at some places (chapter 02).

    Parameters
    ----------
    x : array, shape (n,)
    curves : mapping of two names to arrays, shape (n,)
    at : sequence of float
        Where the share is written, above a dotted line.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import numpy as np

    fig = draw_curves(x, curves, figsize=(6.4, 3), ylabel="height", ylim=(0, 0.4))
    (ax,), (name, *_) = fig.axes, curves
    ax.vlines(at, 0, 0.34, color=LIGHT["grey"], linestyle=":")
    for place in at:
        one, other = (np.interp(place, x, height) for height in curves.values())
        ax.text(place, 0.35, f"{one / (one + other):.2f}", ha="center")
    ax.set_xlabel(f"x (above the dotted lines: P({name.split(',')[0]} | x))")
    ax.legend(loc="upper right")
    return fig


def draw_pushes(margin, push):
    """The push on each example's true logit, beside that of perceptron and hinge (chapter 04).

    Parameters
    ----------
    margin, push : arrays, shape (N,)
        The true logit less the largest other one, and the size of its gradient.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, ax = subplots(figsize=(7.4, 4.1))
    for name, some, marker in (("misclassified", margin < 0, "x"), ("right", margin >= 0, ".")):
        ax.plot(margin[some], push[some], marker, markersize=3, linestyle="", label=name)
    ax.plot([-6, 0, 0, 6], [1, 1, 0, 0], "-.", color=LIGHT["ink"], label="perceptron")
    ax.plot([-6, 1, 1, 6], [1, 1, 0, 0], ":", color=LIGHT["green"], label="hinge")
    ax.axhline(0.5, color=LIGHT["grey"], linewidth=1, linestyle="-")
    ax.set(xlim=(-6, 6), xlabel="margin of the truth", ylabel="push on the true logit")
    ax.legend(loc="lower left")
    return fig


def draw_shades(values, label, **axes):
    """A square table of numbers as fields of one colour, the darker the larger (chapter 07).

    Parameters
    ----------
    values : array, shape (K, K)
        NaN leaves a field empty.
    label : str
        What the shades stand for.
    **axes
        What `Axes.set` takes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, ax = subplots(figsize=(4.6, 3.9))
    image = ax.imshow(values, cmap="Blues", vmin=0)
    ax.grid(visible=False)
    ax.set(xticks=range(len(values)), yticks=range(len(values)), **axes)
    fig.colorbar(image, label=label)
    return fig


def draw_bars(bars, ax, *, hollow=(), color="blue", note="", **axes):
    """Lying bars with their lengths written at the ends (chapter 08).

    Parameters
    ----------
    bars : mapping of str to float
        From the top down.
    ax : matplotlib.axes.Axes
    hollow : sequence of str
        The bars that are only outlined.
    color : str
        A name of the palette.
    note : str
        Stands beside the bars.
    **axes
        What `Axes.set` takes.
    """
    fill = ["none" if name in hollow else LIGHT[color] for name in bars]
    ax.barh(list(bars), list(bars.values()), color=fill, edgecolor=LIGHT[color])
    for place, value in enumerate(bars.values()):
        ax.text(value + 0.1, place, f"+{value:.1f}", va="center")
    ax.text(0.3, 0.5, note, va="center", fontsize=9, transform=ax.transAxes)
    ax.set(**axes)
    ax.invert_yaxis()


# ------------------------------------------------------------------ comparisons over seeds


def draw_comparison(table, metric: str, over: str = "epoch", ax=None, levels=None):
    """Mean and spread over the seeds, one colour, marker and dash for each variant.

    Parameters
    ----------
    table : pandas.DataFrame
        From `training.compare`: columns variant, seed, `metric`, and `over` if there are curves.
    metric : str
        The column to draw. Runs that ended in NaN have a gap there.
    over : str
        The column of the x-axis. With it: a line for the mean, a band from the lowest to the
        highest seed. Where the table has no such column: one point for each seed, and a bar at
        their mean.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    levels : mapping of str to float, optional
        Dotted lines to compare with: what is written on each, and where it lies.

    Returns
    -------
    matplotlib.figure.Figure
        For `show`, with its alternative text.
    """
    for column in ("variant", "seed", metric):
        if column not in table:
            have = ", ".join(map(str, table.columns))
            raise ValueError(f"table: expected a column {column!r}, got {have}")
    ax = ax or subplots()[1]
    groups = list(table.groupby("variant", sort=False))
    looks = _looks(len(groups))
    for place, ((name, runs), look) in enumerate(zip(groups, looks, strict=True)):
        if over in table:
            _draw_band(ax, runs.groupby(over)[metric], name, look)
        else:
            _draw_column(ax, place, runs[metric], look)
    if over in table:
        ax.legend(frameon=False)
    else:
        ax.set_xticks(range(len(groups)), [name for name, _ in groups])
    for name, level in (levels or {}).items():
        ax.axhline(level, color=LIGHT["ink"], linestyle=":")
        place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
        ax.annotate(name, (0.98, level), (0, -12), ha="right", **place)
    ax.set(xlabel=over if over in table else "", ylabel=metric.replace("_", " "))
    return ax.figure


def _looks(count: int) -> list[dict]:
    """As many looks as needed: colour, marker and dash differ together, then in other pairs."""
    colors = ("blue", "orange", "green", "purple", "red", "grey")
    dashes = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)))
    markers = tuple(MARKERS.values())
    return [
        {
            "color": LIGHT[colors[i % len(colors)]],
            "linestyle": dashes[i % len(dashes)],
            "marker": markers[i % len(markers)],
        }
        for i in range(count)
    ]


def _draw_band(ax, groups, name, look):
    mean, low, high = groups.mean(), groups.min(), groups.max()
    every = max(1, len(mean) // 8)
    ax.plot(mean.index, mean, label=name, markevery=every, **look)
    ax.fill_between(mean.index, low, high, color=look["color"], alpha=0.15, linewidth=0)


def _draw_column(ax, place, values, look):
    import numpy as np

    x = place + np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else [place]
    ax.plot(x, values, linestyle="", color=look["color"], marker=look["marker"])
    ax.hlines(values.mean(), place - 0.3, place + 0.3, colors=look["color"])


# ------------------------------------------------------------------ calibration


def draw_reliability(confidence, correct, num_bins: int = 10, ax=None, label: str = ""):
    """A reliability diagram with intervals: accuracy against mean confidence, bin by bin.

    Parameters
    ----------
    confidence, correct : arrays, shape (N,)
        As for `calibration.reliability_bins`, whose bins they are sorted into.
    num_bins : int
    ax : matplotlib.axes.Axes, optional
        Where to draw, on top of what is there; a new figure with the diagonal otherwise.
    label : str
        For the legend.

    Returns
    -------
    matplotlib.figure.Figure
        For `show`. The upright lines are Wilson's 95 % intervals of the accuracies.
    """
    from ce_course.calibration import reliability_bins, wilson_interval

    if ax is None:
        ax = subplots(figsize=(5.2, 4.2))[1]
        ax.plot([0, 1], [0, 1], color=LIGHT["grey"], linestyle="--", label="calibrated")
        ax.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1.02), ylim=(0, 1.02))
    bins = reliability_bins(confidence, correct, num_bins)
    n, x, share = (part[bins.count > 0] for part in bins)
    low, high = wilson_interval(n * share, n)
    marker = tuple(MARKERS.values())[len(ax.containers) % len(MARKERS)]
    ax.errorbar(x, share, [share - low, high - share], marker=marker, capsize=3, label=label)
    ax.legend(loc="upper left")
    return ax.figure
