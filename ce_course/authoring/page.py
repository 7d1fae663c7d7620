"""One widget as a web page of its own: interactive with no kernel and no network."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from pathlib import Path

from ce_course.support import files

# What a widget's module asks of its host, and no more: get, set, save_changes, on, off.
# The module comes out of a blob because a page opened from a disk may not import files.
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ margin: 1rem; background: white; }}
{css}</style>
<div id="widget"></div>
<noscript><p>{alt}</p>{picture}</noscript>
<script type="application/json" id="state">{state}</script>
<script type="module">
const saved = JSON.parse(document.getElementById("state").textContent);
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const revive = (value) => {{
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if ("base64" in value) return bytes(value.base64);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}};
const state = revive(saved.state);
const events = new EventTarget();
const model = {{
  get: (name) => state[name],
  set(name, value) {{
    state[name] = value;
    events.dispatchEvent(new Event(`change:${{name}}`));
  }},
  save_changes() {{}},
  on: (name, heard) => events.addEventListener(name, heard),
  off: (name, heard) => events.removeEventListener(name, heard),
}};
const source = new Blob([saved.module], {{ type: "text/javascript" }});
const widget = (await import(URL.createObjectURL(source))).default;
widget.render({{ model, el: document.getElementById("widget") }});
</script>
</html>
"""


def export(explorer, path: str | Path) -> Path:
    """Write an explorer as one HTML file that needs nothing beside it.

    The scenes that Python has sent ahead are in the file; where an explorer has too many settings
    for that, the page says so when it comes to one that it does not hold.

    Parameters
    ----------
    explorer : ce_course.widgets.explorer.Explorer
    path : the file to write; an existing one is replaced

    Returns
    -------
    pathlib.Path
        The file written.
    """
    data, _ = explorer._repr_mimebundle_()
    state = {name: getattr(explorer, name) for name in ("spec", "state", "sweeps")}
    saved = json.dumps({"state": state, "module": str(explorer._esm)}, default=_bytes)
    page = PAGE.format(
        title=escape(explorer.title),
        css=explorer._css,
        alt=escape(explorer.alt()),
        picture=data["text/html"],
        state=saved.replace("</", "<\\/"),
    )
    return files.write_whole(path, page)


def _bytes(value: bytes) -> dict:
    return {"base64": b64encode(value).decode()}
