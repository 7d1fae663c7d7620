"""`python -m ce_course`, and the command ce-course."""

import sys


def main() -> None:
    """Run the command. Ctrl-C ends it without a traceback, also while it is being loaded."""
    try:
        if sys.argv[1:2] == ["grade"]:
            from ce_course.grading import start

            start.early()
        from ce_course.cli import app
    except KeyboardInterrupt:
        sys.exit(130)
    app()


if __name__ == "__main__":
    main()
