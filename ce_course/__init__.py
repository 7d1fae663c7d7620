"""The helper package of the cross-entropy course."""

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
