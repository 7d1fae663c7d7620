"""The scenes of chapter 13's widget against the ledger."""

import numpy as np
import pytest

from ce_course import claims
from ce_course.widgets import claims_checked as widgets

CHAPTERS = sorted({claim.chapter for claim in claims.everything()})


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_mark_is_a_claim_of_the_chapter_and_each_claim_is_told(chapter):
    own = claims.select(chapter)
    scene = widgets.claim_explorer_scene(chapter, 1)
    for verdict in claims.verdicts():
        count = sum(claim.verdict == verdict for claim in own)
        assert np.isfinite(scene.marks[verdict].x).sum() == count
        assert scene.marks[f"{verdict}: how many"].texts() == [
            f"{verdict.replace('-', ' ')}: {count}"
        ]
    told = [
        widgets.claim_explorer_scene(chapter, number).readout.split(", ")[1]
        for number in range(1, len(own) + 1)
    ]
    assert sorted(told) == sorted(claim.id for claim in own)


def test_the_triangle_points_to_the_claim_that_is_told():
    own = widgets.of_chapter("08")
    for number, claim in enumerate(own, start=1):
        marks = widgets.claim_explorer_scene("08", number).marks
        place = own.index(claim) - [c.verdict for c in own].index(claim.verdict)
        assert marks["chosen"].x[0] == marks[claim.verdict].x[place] == place
        assert marks["chosen"].y[0] < marks[claim.verdict].y[0]


def test_beyond_the_last_claim_the_last_one_is_told():
    last = widgets.claim_explorer_scene("12", 4).readout
    assert widgets.claim_explorer_scene("12", 59).readout == last


def test_a_claim_without_a_cell_says_why():
    own = widgets.of_chapter("10")
    number = 1 + [claim.id for claim in own].index("C143")
    assert claims.reasons()["unread"] in widgets.claim_explorer_scene("10", number).readout
