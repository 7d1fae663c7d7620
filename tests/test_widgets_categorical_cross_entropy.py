"""The widgets of chapter 03 against PyTorch, format by format."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ce_course.widgets import categorical_cross_entropy as widgets

TORCH = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
every_format = pytest.mark.parametrize("number_format", widgets.FORMATS)
every_label = pytest.mark.parametrize("label", [0, 1])


# ------------------------------------------------------------------ binary_vs_categorical

PREDICTIONS = [(2, 0.7, 0.0), (3, 0.05, 0.4), (4, 0.7, 1.0), (10, 0.99, 0.35), (10, 0.01, 1.0)]


@pytest.mark.parametrize(("num_classes", "p", "rival"), PREDICTIONS)
def test_the_three_losses_are_those_of_torch(num_classes, p, rival):
    c = widgets.compare(num_classes, p, rival)
    probabilities = torch.tensor(c["probabilities"])
    assert probabilities.sum().item() == pytest.approx(1, abs=1e-12)
    assert probabilities[0].item() == p
    one_hot = torch.zeros(num_classes, dtype=torch.float64)
    one_hot[0] = 1
    categorical = F.cross_entropy(probabilities.log(), torch.tensor(0))
    binary = F.binary_cross_entropy(probabilities[0], one_hot[0])
    questions = F.binary_cross_entropy(probabilities, one_hot, reduction="sum")
    assert c["categorical"] == pytest.approx(categorical.item(), rel=1e-12)
    assert c["binary"] == pytest.approx(binary.item(), rel=1e-12)
    assert c["questions"] == pytest.approx(questions.item(), rel=1e-10)


@pytest.mark.parametrize("num_classes", [3, 4, 10])
def test_mass_moved_among_the_wrong_classes_changes_the_questions_only(num_classes):
    found = [widgets.compare(num_classes, 0.4, rival) for rival in np.arange(21) / 20]
    assert len({c["categorical"] for c in found}) == len({c["binary"] for c in found}) == 1
    assert all(b["questions"] > a["questions"] for a, b in pairwise(found))


def test_the_slider_goes_from_evenly_shared_to_all_on_one():
    even = widgets.compare(4, 0.4, 0.0)["probabilities"]
    one = widgets.compare(4, 0.4, 1.0)["probabilities"]
    np.testing.assert_allclose(even, [0.4, 0.2, 0.2, 0.2])
    np.testing.assert_allclose(one, [0.4, 0.6, 0, 0], atol=1e-15)


def test_two_classes_answer_one_question_twice():
    c = widgets.compare(2, 0.3, 0.5)
    assert c["questions"] == pytest.approx(2 * c["categorical"], rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "decision"),
    [
        ((4, 0.4, 0.0), "the decision is right"),
        ((4, 0.4, 1.0), "the decision is wrong"),
        ((2, 0.5, 0.0), "shares the first place"),
        ((10, 0.1, 0.0), "shares the first place"),
    ],
)
def test_the_readout_tells_the_decision_apart_from_the_loss(arguments, decision):
    assert decision in widgets.binary_vs_categorical_scene(*arguments).readout


def test_the_scene_shows_and_reads_the_computed_numbers():
    scene = widgets.binary_vs_categorical_scene(4, 0.7, 0.0)
    marks = scene.marks
    np.testing.assert_allclose(marks["probability"].height[:4], [0.7, 0.1, 0.1, 0.1])
    assert np.isnan(marks["probability"].height[4:]).all()
    assert list(marks["uniform"].y) == [math.log(4)] * 2
    assert [f"{v:.4f}" for v in marks["loss"].height] == ["0.3567", "0.3567", "0.6728"]
    assert marks["losses"].texts() == ["0.3567", "0.3567", "0.6728"]
    assert "Categorical loss 0.3567 nats" in scene.readout
    assert "added up, 0.6728" in scene.readout and "ln 4 = 1.3863" in scene.readout


def test_binary_vs_categorical_opens_where_it_is_told():
    widget = widgets.binary_vs_categorical(num_classes=10, p=0.25, rival=1.0)
    assert widget.values == {"num_classes": 10, "p": 0.25, "rival": 1.0}
    assert widgets.binary_vs_categorical().values["p"] == 0.7


# ------------------------------------------------------------------ bfloat16


def test_bfloat16_is_rounded_as_torch_rounds_it():
    bits = np.random.default_rng(0).integers(0, 2**32, size=200_000, dtype=np.uint32)
    edges = [0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7F7FFFFF, 0x00000001, 0x00008000]
    ties = np.arange(0x3F800000, 0x40800000, 0x8000, dtype=np.uint32)  # halfway, and exact
    around = np.concatenate([ties - 1, ties, ties + 1, np.array(edges, np.uint32), bits])
    x = around.view(np.float32)
    expected = torch.tensor(x).bfloat16().float().numpy()
    ours = widgets.to_bfloat16(x)
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours, expected)
    np.testing.assert_array_equal(np.signbit(ours[~np.isnan(x)]), np.signbit(x[~np.isnan(x)]))


def test_bfloat16_of_any_shape():
    assert widgets.to_bfloat16(1 / 3).shape == ()
    assert float(widgets.to_bfloat16(1 / 3)) == 0.333984375
    assert widgets.to_bfloat16(np.ones((2, 3))).shape == (2, 3)


# ------------------------------------------------------------------ overflow_explorer


def torch_steps(number_format, gap, label):
    """The four ways, operation by operation, in torch's own type."""
    z = torch.stack([torch.tensor(gap), torch.zeros(len(gap))]).to(TORCH[number_format])
    d = z - z.max(dim=0).values
    total = d.exp()[0] + d.exp()[1]
    return [
        -torch.log(z.exp()[label] / (z.exp()[0] + z.exp()[1])),
        -torch.log(d.exp()[label] / total),
        torch.log(total) - d[label],
        torch.log1p(d.exp()[1]) - d[label],
    ]


@every_format
@every_label
def test_each_way_gives_what_torch_gives_in_that_format(number_format, label):
    gap = widgets.GAPS.astype(np.float32)
    ours = widgets.steps(number_format, gap, label)
    unit = 2 * 10 ** -widgets.FORMATS[number_format][0]  # the last digit, relative
    for (_, loss), theirs in zip(ours, torch_steps(number_format, gap, label), strict=True):
        theirs = theirs.float().numpy()
        finite = np.isfinite(theirs)
        np.testing.assert_array_equal(np.isfinite(loss), finite)
        # exp and log of the two libraries may round differently: a last digit or two of p or sum
        np.testing.assert_allclose(loss[finite], theirs[finite], rtol=4 * unit, atol=unit)


def first_failure(number_format, way, label):
    gaps = np.arange(1, 200 * 16, dtype=np.float32) / 16
    loss = widgets.steps(number_format, gaps, label)[way][1]
    failed = ~np.isfinite(loss)
    return gaps[failed][0] if failed.any() else None


@pytest.mark.parametrize(
    ("number_format", "naive", "softmax_then_log"),
    [("float16", 11.125, 17.375), ("bfloat16", 88.75, 92.75), ("float32", 88.75, 104.0)],
)
def test_where_each_way_fails_first(number_format, naive, softmax_then_log):
    assert first_failure(number_format, 0, label=1) == naive
    assert first_failure(number_format, 1, label=1) == softmax_then_log
    assert first_failure(number_format, 2, label=1) is None
    assert first_failure(number_format, 3, label=1) is None


@every_format
def test_only_log1p_keeps_the_digits_of_a_small_loss(number_format):
    most = widgets.FORMATS[number_format][0]
    gap = np.array([{"float32": 14, "float16": 7, "bfloat16": 5}[number_format]], np.float32)
    exact = widgets.exact_loss(gap, 0)
    digits = [
        widgets.digits_right(loss, exact, most)[0]
        for _, loss in widgets.steps(number_format, gap, 0)
    ]
    assert max(digits[:3]) < most / 2 and digits[3] > most - 1


def test_the_exact_loss_is_that_of_numpy():
    for label, margin in ((0, -widgets.GAPS), (1, widgets.GAPS)):
        ours = widgets.exact_loss(widgets.GAPS, label)
        np.testing.assert_allclose(ours, np.logaddexp(0, margin), rtol=1e-14)


def test_digits_are_counted():
    got = np.array([1.0, 1.01, 1.1, 5.0, np.inf, np.nan])
    expected = [7, 2, 1, 0, 0, 0]
    np.testing.assert_allclose(widgets.digits_right(got, np.ones(6), 7), expected, atol=1e-12)


def test_the_scene_shows_the_failure_of_the_naive_way():
    scene = widgets.overflow_explorer_scene(89, "float32", 1)
    names = widgets.METHODS
    assert [scene.marks[f"here: {name}"].y[0] for name in names[:1]] == [0]
    assert scene.marks["losses"].texts()[0] == "loss inf: fails"
    assert scene.marks["losses"].texts()[3] == "loss 89: 7.2 digits right"
    assert scene.marks["steps"].texts()[0] == "exps inf,  1;  p 0"
    assert "Exact loss 89." in scene.readout and f"{names[0]}: inf, fails" in scene.readout


def test_inf_through_inf_is_called_what_it_is():
    scene = widgets.overflow_explorer_scene(89, "float32", 0)
    assert scene.marks["steps"].texts()[0] == "exps inf,  1;  p not a number"
    assert scene.marks["losses"].texts()[0] == "loss not a number: fails"


def test_the_points_lie_on_the_lines():
    scene = widgets.overflow_explorer_scene(10, "bfloat16", 0)
    i = list(widgets.GAPS).index(10)
    for name in widgets.METHODS:
        assert scene.marks[f"here: {name}"].y[0] == scene.marks[name].y[i]


def test_the_explorer_needs_no_kernel_and_takes_start_values():
    widget = widgets.overflow_explorer(gap=12, number_format="float16", label=0)
    assert widget.values == {"gap": 12, "number_format": "float16", "label": 0}
    assert len(widget.sweeps) == len(widgets.FORMATS) * 2
