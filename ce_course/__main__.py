"""`python -m ce_course`, and the command ce-course."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command. Ctrl-C ends it without a traceback, also while it is being loaded."""
    try:
        from ce_course.cli import app
    except KeyboardInterrupt:
        sys.exit(130)
    app()


if __name__ == "__main__":
    main()
