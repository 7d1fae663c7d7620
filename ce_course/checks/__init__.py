"""The exercises: one module a chapter, built on `exercise.py`; `check.py` is what learners call."""
