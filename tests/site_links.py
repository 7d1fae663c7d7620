"""The links of a built website: which lead nowhere, and which leave it."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ATTRIBUTES = ("href", "src")


class Page(HTMLParser):
    """The anchors, links and widgets of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors, self.links = {"", "top"}, []
        self.opened, self.widgets = set(), set()  # links that open what they lead to
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag in ("a", "img", "script", "link", "source"):
            links = [found[name] for name in _ATTRIBUTES if name in found]
            self.links += links
            if tag == "a" and "download" not in found:
                self.opened |= set(links)
        if "data-kind" in found:
            self.widgets.add(found["data-name"])


def check(site: Path) -> tuple[list[str], set[str]]:
    """What leads nowhere, as "page: link", and the addresses of other hosts that are linked to."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html")) if _ours(path, site)}
    broken, elsewhere = [], set()
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto") or parts.netloc:
                elsewhere.add(link)
            elif parts.scheme not in ("data", "javascript"):
                there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                anchor = unquote(parts.fragment)
                if there.is_dir():
                    there /= "index.html"
                wrong = not there.is_file()
                wrong |= there.suffix == ".ipynb" and link in page.opened  # its page is meant
                if anchor.startswith("ce:"):
                    wrong |= anchor.split(":")[1] not in page.widgets
                elif there in pages:
                    wrong |= anchor not in pages[there].anchors
                if wrong:
                    broken.append(f"{path.relative_to(site)}: {link}")
    return broken, elsewhere


def _ours(path: Path, site: Path) -> bool:
    return path.relative_to(site).parts[0] != "_static"
