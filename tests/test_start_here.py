"""Chapter 00: its questions' numbers are right, its notebook is whole, its widget shows entropy."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch

from ce_course import catalogue
from ce_course.lab.doctor import ALL_WELL
from ce_course.widgets.quiz import question
from ce_course.widgets.start_here import coin_entropy, coin_entropy_scene

MINUS = "\N{MINUS SIGN}"
ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "00_start_here.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
TEXT = "\n\n".join("".join(cell["source"]) for cell in CELLS)


# ------------------------------------------------------------------ the widget


@pytest.mark.parametrize("p", np.arange(101) / 100)
def test_the_widget_shows_the_entropy_of_the_coin(p):
    scene = coin_entropy_scene(p=p)
    bits = scipy.stats.entropy([p, 1 - p], base=2)
    point, curve = scene.marks["point"], scene.marks["curve"]
    np.testing.assert_allclose([point.x, point.y], [[p], [bits]], atol=1e-12)
    np.testing.assert_allclose(np.interp(p, curve.x, curve.y), bits, atol=1e-12)
    assert f"probability {p:.2f}: entropy {bits:.2f} bits" in scene.readout


def test_the_widget_opens_where_it_is_told():
    assert coin_entropy(p=0.25).values == {"p": 0.25}
    assert coin_entropy().values == {"p": 0.1}


# ------------------------------------------------------------------ the numbers in the questions


def said(name):
    """All that a question's asking, options and replies say."""
    q = question(name)
    return " ".join([q.ask, *(f"{o.text} {o.reply}" for o in q.options)]).replace(MINUS, "-")


def right(name):
    q = question(name)
    return q.options[q.right].text.replace(MINUS, "-")


def logistic_gradient(z, y):
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    y = torch.tensor(y, dtype=torch.float64)
    torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()
    return z.grad.item()


def test_surprise_of_one_eighth():
    assert right("start_surprise") == f"{-np.log2(1 / 8):.0f} bits"


def test_perfect_forecast_of_a_coin():
    assert f"{scipy.stats.entropy([0.5, 0.5]):.2f}" in right("start_perfect_forecast")


def test_excess():
    p, q = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8]), np.full(4, 1 / 4)
    entropy, cross = scipy.stats.entropy(p, base=2), -(p * np.log2(q)).sum()
    assert f"cross-entropy {cross:.2f}" in said("start_excess").lower()
    assert f"entropy {entropy:.2f}" in said("start_excess")
    assert f"{scipy.stats.entropy(p, q, base=2):.2f} bits" in right("start_excess")


def test_penalty_growth():
    losses = -np.log([0.1, 0.01, 0.001])
    assert ", ".join(f"{x:.1f}" for x in losses) in said("start_penalty_growth")
    np.testing.assert_allclose(np.diff(losses), np.log(10))
    assert f"the same {np.log(10):.1f} nats" in right("start_penalty_growth")


def test_baseline_of_two_percent():
    baseline = scipy.stats.entropy([0.02, 0.98])
    assert f"{baseline:.3f}" in said("start_baseline")
    assert f"about {baseline:.2f}" in right("start_baseline")
    assert f"ln 2 = {np.log(2):.2f}" in said("start_baseline")
    assert baseline < 0.30


def test_stuck_unit():
    assert f"{logistic_gradient(-10.0, 1.0):.0f}" in right("start_stuck_unit")
    assert f"{-round(1 / scipy.special.expit(-10), -3):,.0f}" in said("start_stuck_unit")


def test_wrong_classes():
    losses = [-np.log(p[0]) for p in ([0.6, 0.4, 0, 0], [0.6, 0.14, 0.13, 0.13])]
    assert losses[0] == losses[1]
    assert f"{losses[0]:.2f} nats" in right("start_wrong_classes")


def test_double_softmax():
    p = torch.softmax(torch.eye(10, dtype=torch.float64)[0], dim=0)
    floor = torch.nn.functional.cross_entropy(torch.eye(10, dtype=torch.float64), torch.arange(10))
    assert f"cannot go below {floor:.2f}" in right("start_double_softmax")
    assert f"{p[0]:.3f} and nine times {p[1]:.3f}" in said("start_double_softmax")
    assert f"-ln {p[0]:.3f} is about {-np.log(round(p[0].item(), 3)):.2f}" in said(
        "start_double_softmax"
    )


def test_toss_up():
    costs = -np.log([0.9, 0.1])
    words = said("start_true_toss_up")
    assert f"cost {costs[0]:.3f} and the other half {costs[1]:.3f}: {costs.mean():.3f}" in words
    assert f"against {np.log(2):.3f} at 0.5" in words
    assert right("start_true_toss_up").startswith("0.5,")


def test_most_uncertain_coin():
    p = np.linspace(0, 1, 1001)
    assert p[np.argmax(scipy.stats.entropy([p, 1 - p], base=2))] == 0.5
    assert right("most_uncertain_coin") == "At p = 1/2"


# ------------------------------------------------------------------ the notebook


def test_the_heading_agrees_with_the_catalogue():
    chapter = catalogue.chapter("00_start_here")
    head = "".join(CELLS[0]["source"])
    assert head.startswith(f"# 00 · {chapter.title}\n")
    question = chapter.question[0].lower() + chapter.question[1:]
    assert f"**The question:** {question}" in head
    assert f"about {chapter.minutes} minutes" in head
    assert f"**You need:** {chapter.needs}." in head


def test_the_environment_check_is_the_first_code_cell():
    first = next(cell for cell in CELLS if cell["cell_type"] == "code")
    assert "doctor.report()" in "".join(first["source"])
    assert "".join(first["outputs"][0]["text"]).strip() == ALL_WELL


def test_the_three_failing_states_of_check_are_shown():
    printed = "".join(
        "".join(output.get("text", ""))
        for cell in CELLS
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
    )
    for words in ("not attempted", "raised an error", "not right yet", "Known mistake:"):
        assert f"{words}" in printed
    assert "ce_course/" not in printed  # none of our own lines in a learner's traceback


def test_every_chapter_stands_in_the_map():
    maps = [
        "".join(output["data"]["text/markdown"])
        for cell in CELLS
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
        if "text/markdown" in output.get("data", {})
    ]
    (table,) = maps
    for chapter in catalogue.CHAPTERS:
        assert f"]({chapter.name}.ipynb) | {chapter.question} |" in table
        assert f"| {chapter.needs} | {chapter.minutes} |" in table
        assert (NOTEBOOK.parent / f"{chapter.name}.ipynb").is_file()


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)]+\.ipynb)\)", "".join(
        "".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "markdown"
    ))  # fmt: skip
    assert targets
    for target in targets:
        assert (NOTEBOOK.parent / target).is_file(), target
