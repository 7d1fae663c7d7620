"""Training set-ups, broken and right, for `benchmarks/diagnosis.py` and the tests.

A file is a kind; each function in it without a leading underscore is one set-up in one style. It
takes a seed and returns the arguments of `diagnose`. A broken kind names in CAUSES what calls it a
mistake. The folders with `_unseen` were written after the questions, and without looking at them;
what was first found there stands in the README of this folder.
"""
