"""What chapter 00 says of its exercise and its questions holds."""

from pathlib import Path

import numpy as np
import pytest

from ce_course import check
from ce_course.checks.check import CheckFailed

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CE_COURSE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    "answer",
    [
        lambda nats: nats / np.log(2),
        lambda nats: np.asarray(nats, np.float32) / np.float32(np.log(2)),
        lambda nats: (np.asarray(nats) / np.log(2)).tolist(),
        lambda nats: np.reshape([n / np.log(2) for n in np.ravel(nats)], np.shape(nats)),
    ],
    ids=["NumPy", "float32", "a list", "a loop over all numbers"],
)
def test_a_right_answer_may_be_written_in_many_ways(answer):
    check(nats_to_bits=answer)


def test_a_bare_loop_fails_at_a_single_number():
    with pytest.raises(CheckFailed, match=r"(?s)nats = 0\.5.*TypeError"):
        check(nats_to_bits=lambda nats: [n / np.log(2) for n in nats])
