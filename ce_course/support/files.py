"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: str | Path, text: str, outlive_power: bool = True) -> Path:
    """Write a text file so that at any moment it holds the old text or the new, never a part.

    outlive_power: wait until the disk has it, for what cannot be made again; else this holds if
    the program is killed, but not if the power fails.
    Makes the folder if it is missing. Raises OSError as the system does; the old file then stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            if outlive_power:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return path
