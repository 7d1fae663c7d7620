"""The helper package of the cross-entropy course.

One rule makes the house readable: the root holds what a notebook imports (the formulas, `data`,
`training`, `plots`, the list of chapters, `check` and its kin), and the command in `cli`; what runs
behind the scenes has a room. An import only points down (tests/test_house.py):

    cli
    grading/  authoring/  lab/       judges submissions; derives and publishes; opens the course
    progress                         the learner's board
    widgets/  checks/  experiments/  one module a chapter in each
    losses, information, ...         formulas, and what notebooks draw, load and train with
    support/                         files written whole, checks of arguments, the learner's record
    catalogue                        the one list of names
"""

__version__ = "0.1.0"
__all__ = ["check", "hint", "progress", "solution"]


def __getattr__(name: str):
    """Load the learner's four functions when first used, so that the import stays light."""
    if name in ("check", "hint", "solution"):
        from ce_course.checks import check as learner

        return getattr(learner, name)
    if name == "progress":
        import importlib

        return importlib.import_module("ce_course.progress")
    raise AttributeError(f"module 'ce_course' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
