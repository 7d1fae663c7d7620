"""Hashes that tell one version of the grader, or of a chapter's exercises, from another."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path

import ce_course
from ce_course.catalogue import CHAPTERS
from ce_course.grading import launch

PACKAGE = Path(ce_course.__file__).parent


@cache
def grader_fingerprint() -> str:
    """Tells versions of the grader apart: all of its code, and what computes for it."""
    from importlib import metadata

    chapters = {chapter.module for chapter in CHAPTERS}
    sources = [
        path
        for folder in (PACKAGE, PACKAGE / "support", PACKAGE / "checks", PACKAGE / "grading")
        for path in sorted(folder.glob("*.py"))
        if not (folder.name == "checks" and path.stem in chapters)
    ]
    packages = [metadata.distribution(name) for name in ("numpy", "scipy", "torch", "ipython")]
    versions = [launch.header(each, "Version") for each in packages]
    return digest(*(path.read_bytes() for path in sources), [sys.version_info[:2], versions])


@cache
def exercise_fingerprint(chapter: str) -> str:
    """Tells versions of a chapter's exercises apart: what was released, and how it is judged."""
    chapters = [c for c in CHAPTERS if c.name == chapter] or CHAPTERS
    released = [PACKAGE.parent / "exercises" / c.name / f"{c.name}.ipynb" for c in chapters]
    judged = [PACKAGE / "checks" / f"{c.module}.py" for c in chapters]
    return digest(*(path.read_bytes() for path in released + judged if path.exists()))


def digest(*parts) -> str:
    """A SHA-256 of bytes and of what JSON can hold, in this order."""
    digest = hashlib.sha256()
    for part in parts:
        data = (
            part
            if isinstance(part, bytes)
            else json.dumps(part, sort_keys=True, default=vars).encode()
        )
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
