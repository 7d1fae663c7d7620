"""Where a page's notebook can be opened: the one place that knows these addresses."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

# Colab opens a repository's files: the workflow puts on this branch what `source.bare` gives.
COLAB_BRANCH = "colab"
INSTALL = """\
# In Colab this installs the course. Elsewhere it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install -q "ce-course[notebooks] @ git+{repository}"
"""


@dataclass(frozen=True)
class Elsewhere:
    """The addresses of the course's repository and of a JupyterHub; none if empty.

    Binder and a hub open the learner's own copy, which they make (binder/postBuild, deploy/start);
    Colab and the download have the notebook with the cell that installs the course.
    Raises ValueError if one of them is not an address.
    """

    repository: str = ""
    hub: str = ""

    def __post_init__(self) -> None:
        for name in ("repository", "hub"):
            address = getattr(self, name).rstrip("/")
            if address and not urlsplit(address).scheme.startswith("http"):
                raise ValueError(f"{name}: expected an address (https://...), got {address!r}")
            object.__setattr__(self, name, address.removesuffix(".git"))

    def addresses(self, notebook: Path) -> dict[str, str]:
        """For a notebook, by its path in the repository: where it opens, by what it is called."""
        found = {}
        where = urlsplit(self.repository)
        if where.netloc == "github.com":
            colab = f"https://colab.research.google.com/github{where.path}/blob/{COLAB_BRANCH}"
            binder = f"https://mybinder.org/v2/gh{where.path}/main?urlpath=lab/tree/my_course"
            found = {"Colab": f"{colab}/{notebook}", "Binder": f"{binder}/{notebook}"}
        if self.repository and self.hub:
            folder = where.path.rpartition("/")[2]
            query = {
                "repo": self.repository,
                "branch": "main",
                "urlpath": f"lab/tree/{folder}/{notebook}",
            }
            found["JupyterHub"] = f"{self.hub}/hub/user-redirect/git-pull?{urlencode(query)}"
        return found

    def links(self, notebook: Path) -> str:
        """The same as HTML, with the download that the site has beside the page."""
        links = [
            f'<a href="{escape(a)}">{name}</a>' for name, a in self.addresses(notebook).items()
        ]
        links.append(f'<a href="{notebook.name}" download>download</a>')
        return " · ".join(links)

    def install(self) -> str:
        """The code of the cell that installs the course in Colab; empty without a repository."""
        return INSTALL.format(repository=self.repository).strip() if self.repository else ""
