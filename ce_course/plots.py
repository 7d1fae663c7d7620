"""Pictures: one palette, one style, alt text on every figure.

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
    return ax


def _draw_mark(ax, mark):
    """Draws one mark and returns what stands for it in a legend."""
    import numpy as np

    color, dash = LIGHT[mark.color], DASHES[mark.dash]
    if mark.kind == "line":
        return ax.plot(mark.x, mark.y, color=color, linestyle=dash, label=mark.label)[0]
    if mark.kind == "points":
        x, y = np.broadcast_arrays(np.atleast_1d(mark.x), np.atleast_1d(mark.y))
        return ax.plot(x, y, MARKERS[mark.marker], color=color, markersize=8, zorder=3)[0]
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
    align = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
    x, y = np.broadcast_arrays(np.atleast_1d(mark.x), np.atleast_1d(mark.y))
    for left, up, text in zip(x, y, mark.texts(), strict=True):
        if np.isfinite(left) and np.isfinite(up):
            ax.text(left, up, text, color=color, ha=align, va="center", fontsize=9.5, clip_on=True)
    return None
