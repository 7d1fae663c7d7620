"""The course's colours as CSS variables, for JupyterLab's light and dark themes."""

from __future__ import annotations

from pathlib import Path

from ce_course.plots import PALETTE

HERE = Path(__file__).parent


def stylesheet(name: str, selector: str) -> str:
    """The text of `widgets/<name>.css` with the palette's colours as `--ce-<colour>`."""
    colours = {
        theme: " ".join(f"--ce-{colour}: {code};" for colour, code in palette.items())
        for theme, palette in PALETTE.items()
    }
    return (
        f"{selector} {{ {colours['light']} }}\n"
        f'[data-jp-theme-light="false"] {selector} {{ {colours["dark"]} }}\n'
        + (HERE / f"{name}.css").read_text(encoding="utf-8")
    )
