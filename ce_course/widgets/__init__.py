"""The widgets, loaded by name when first used: `from ce_course.widgets import loss_curve`."""

from importlib import import_module

from ce_course import catalogue

_SHARED = {"predict": "quiz", "diagnostic": "quiz", "Explorer": "explorer"}


def __getattr__(name: str):
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        module = f"{__name__}.{_SHARED[name]}" if name in _SHARED else catalogue.widget_module(name)
    except KeyError as error:
        raise AttributeError(error.args[0]) from None
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    chapters = (widget for chapter in catalogue.CHAPTERS for widget in chapter.widgets)
    return sorted([*_SHARED, *chapters])
