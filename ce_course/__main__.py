"""`python -m ce_course`, and the command ce-course."""

import sys

ELSEWHERE = ("-h", "--help", "--scheduler")  # with these, `grade` starts no process here


def main() -> None:
    """Run the command. Ctrl-C ends it without a traceback, also while it is being loaded."""
    try:
        if sys.argv[1:2] == ["grade"] and not any(each.startswith(ELSEWHERE) for each in sys.argv):
            from ce_course.grading import start

            start.early()
        from ce_course.cli import app
    except KeyboardInterrupt:
        sys.exit(130)
    app()


if __name__ == "__main__":
    main()
