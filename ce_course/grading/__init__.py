"""Judges submitted notebooks; student code never shares a process with a reference.

`session.Grader` grades one notebook after another, `batch` a whole cohort.
"""
