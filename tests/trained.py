"""What a cell that trains prints is compared within the tolerance that the cell states.

Training turns the last bits of a processor's arithmetic into visible digits. A cell that trains
says by how much, and why, in one comment:

    # Trained: on another processor within 0.02 (twice the spread over seeds).
    # Trained: on another processor within 5 % (...).
    # Trained: on another processor within 0.02 or 5 % (...).

Numbers may differ from the stored ones by so much, whichever of the two is more; words, shapes
and the order of rows may not differ at all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BEGINS = "# Trained:"
STATED = re.compile(
    r"# Trained: on another processor within "
    r"(?:(?P<absolute>[\d.]+)|(?:(?P<first>[\d.]+) or )?(?P<percent>[\d.]+) %) \(.+\)\."
)
MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(rf"[-+{MINUS}]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


class Tolerance(NamedTuple):
    """How far two numbers may lie apart: `absolute`, or `relative` times the stored one."""

    absolute: float = 0.0
    relative: float = 0.0

    def allows(self, stored: float, now: float) -> bool:
        """Whether a number is near enough to the stored one."""
        return abs(now - stored) <= max(self.absolute, self.relative * abs(stored)) + 1e-9


def stated(source: str) -> Tolerance | None:
    """The tolerance that a cell's text states; None if it states none.

    Raises ValueError for a comment that begins like one and does not have its form.
    """
    lines = [line.strip() for line in source.splitlines() if line.strip().startswith(BEGINS)]
    if not lines:
        return None
    match = STATED.fullmatch(lines[0])
    if match is None or len(lines) > 1:
        raise ValueError(f"expected one comment of the form in {__name__}.py, got {lines}")
    absolute, relative = match["absolute"] or match["first"] or 0, match["percent"] or 0
    return Tolerance(float(absolute), float(relative) / 100)


class Printed(str):
    """A printed text that equals others within a tolerance: words exactly, numbers nearly."""

    def within(self, tolerance: Tolerance) -> Printed:
        """This text with a tolerance of its own."""
        self.tolerance = tolerance
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        if words(self) != words(other):
            return False
        return all(
            self.tolerance.allows(*pair) for pair in zip(numbers(self), numbers(other), strict=True)
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def words(text: str) -> list[str]:
    """All but the numbers. How many blanks and strokes fill a table hangs on their digits."""
    return re.sub(r"-{2,}|─{2,}", "-", NUMBER.sub(" 0 ", text)).split()


def numbers(text: str) -> list[float]:
    """The numbers in a text, in their order."""
    return [float(number.replace(MINUS, "-")) for number in NUMBER.findall(text)]
