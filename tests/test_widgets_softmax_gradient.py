"""The scenes of chapter 04's widgets against SciPy, PyTorch and geometry."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import softmax

from ce_course import data
from ce_course.widgets import softmax_gradient as widgets
from ce_course.widgets.scene import outline

CORNERS = np.array([[0, 0], [1, 0], [0.5, math.sqrt(0.75)]])
LOGITS = [(2.0, 1.0, 0.0), (0.0, 0.0, 0.0), (6.0, -6.0, 0.0), (-5.9, 0.1, 4.2)]
every_setting = pytest.mark.parametrize(
    ("y", "z"), [(y, z) for y in range(3) for z in LOGITS], ids=str
)


def numbers(text):
    return [float(n) for n in re.findall(r"[+-]?\d+\.\d+", text.replace(widgets.MINUS, "-"))]


# ------------------------------------------------------------------ gradient_simplex


@every_setting
def test_the_point_is_the_mean_of_the_corners_weighted_by_the_softmax(y, z):
    marks = widgets.gradient_simplex_scene(y, *z).marks
    np.testing.assert_allclose(
        [marks["point"].x[0], marks["point"].y[0]], softmax(z) @ CORNERS, atol=1e-12
    )


@every_setting
def test_the_push_leads_from_the_prediction_to_the_truth(y, z):
    push = widgets.gradient_simplex_scene(y, *z).marks["push"]
    start, way = np.array([push.x[0], push.y[0]]), np.array([push.dx[0], push.dy[0]])
    np.testing.assert_allclose(start + way, CORNERS[y], atol=1e-12)
    np.testing.assert_allclose(way, (np.eye(3)[y] - softmax(z)) @ CORNERS, atol=1e-12)


@every_setting
def test_the_red_arrow_is_how_the_softmax_answers_to_the_push(y, z):
    drift = widgets.gradient_simplex_scene(y, *z).marks["drift"]
    push, h = np.eye(3)[y] - softmax(z), 1e-6
    measured = (softmax(z + h * push) - softmax(z - h * push)) / (2 * h)
    np.testing.assert_allclose([drift.dx[0], drift.dy[0]], measured @ CORNERS, atol=1e-9)


@every_setting
def test_the_grey_curve_is_gradient_descent_by_autograd(y, z):
    line = widgets.gradient_simplex_scene(y, *z).marks["descent"]
    v = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    for at in range(widgets.DESCENT_STEPS + 1):
        expected = v.detach().softmax(-1).numpy() @ CORNERS
        np.testing.assert_allclose([line.x[at], line.y[at]], expected, atol=1e-12)
        (slope,) = torch.autograd.grad(F.cross_entropy(v, torch.tensor(y)), v)
        v = (v - slope).detach().requires_grad_()


@every_setting
def test_the_readout_tells_probabilities_loss_and_gradient(y, z):
    scene = widgets.gradient_simplex_scene(y, *z)
    v = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    loss = F.cross_entropy(v, torch.tensor(y))
    loss.backward()
    p, gradient = softmax(z), v.grad.numpy()
    length = np.linalg.norm(gradient)
    told = [*p, loss.item(), *gradient, length, 1.414, 1 - p[y]]
    np.testing.assert_allclose(numbers(scene.readout), told, atol=5.1e-4)
    others = np.delete(p, y).max()
    verdict = "a tie" if p[y] == others else "right" if p[y] > others else "misclassified"
    assert f": {verdict}, loss" in scene.readout
    assert "-0.000" not in scene.readout.replace(widgets.MINUS, "-")
    assert "+0.000" not in scene.readout


@every_setting
def test_the_truth_is_pushed_up_and_the_others_down(y, z):
    marks = widgets.gradient_simplex_scene(y, *z).marks
    push = np.eye(3)[y] - softmax(z)
    assert marks["up"].x == [y]
    np.testing.assert_allclose(marks["up"].dy, [push[y]], atol=1e-12)
    expected = np.where(np.arange(3) == y, np.nan, push)
    np.testing.assert_allclose(marks["down"].dy, expected, atol=1e-12)
    np.testing.assert_allclose(numbers(" ".join(marks["values"].text)), push, atol=5.1e-4)


def test_the_lines_are_where_two_classes_tie_and_where_the_truth_has_one_half():
    marks = widgets.gradient_simplex_scene(1, 0.0, 0.0, 0.0).marks
    half = np.array([marks["half"].x, marks["half"].y]).T
    np.testing.assert_allclose(half, [[0.5, 0.5, 0], [0, 0.5, 0.5]] @ CORNERS, atol=1e-12)
    ties = np.array([marks["ties"].x, marks["ties"].y]).T[:2]
    np.testing.assert_allclose(ties, [[1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]] @ CORNERS, atol=1e-12)


def test_a_confidently_wrong_point_is_pushed_with_all_force_and_stays():
    marks = widgets.gradient_simplex_scene(1, 6.0, -6.0, 0.0).marks
    assert np.hypot(marks["push"].dx, marks["push"].dy)[0] > 0.99
    assert np.hypot(marks["drift"].dx, marks["drift"].dy)[0] < 0.01


def test_gradient_simplex_opens_where_it_is_told():
    widget = widgets.gradient_simplex(y=2, z0=-1.5)
    assert widget.values == {"y": 2, "z0": -1.5, "z1": 1.0, "z2": 0.0}
    assert [control.label for control in widget.controls] == [
        "True class",
        "Logit of class 0",
        "Logit of class 1",
        "Logit of class 2",
    ]


# ------------------------------------------------------------------ gradient_inspector


@pytest.fixture(scope="module")
def run():
    return widgets.digits_run()


def test_the_run_is_full_batch_gradient_descent_by_torch(run):
    X, y, _, _ = data.digits(0)
    inputs, labels = torch.tensor(X), torch.tensor(y)
    layer = torch.nn.Linear(64, 10, dtype=torch.float64)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    descent = torch.optim.SGD(layer.parameters(), lr=widgets.LEARNING_RATE)
    for step in range(101):
        logits = layer(inputs)
        logits.retain_grad()
        loss = F.cross_entropy(logits, labels)
        descent.zero_grad()
        loss.backward()
        if step in widgets.STEPS:
            at = widgets.STEPS.index(step)
            np.testing.assert_allclose(run.gradient[at], 1000 * logits.grad, atol=1e-10)
            assert run.loss[at] == pytest.approx(loss.item(), rel=1e-10)
            assert run.accuracy[at] == (logits.argmax(1) == labels).double().mean().item()
        descent.step()


def test_pushes_are_one_minus_the_truth_s_probability_and_sorted(run):
    assert run.push.shape == run.order.shape == (len(widgets.STEPS), 1000)
    truth = run.gradient[:, np.arange(1000), run.y]
    np.testing.assert_array_equal(run.push, -truth)
    assert (np.diff(np.take_along_axis(run.push, run.order, axis=1)) <= 0).all()
    assert (np.sort(run.order, axis=1) == np.arange(1000)).all()


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(("step", "rank"), [(0, 1), (30, 7), (500, 1), (500, 1000)])
def test_the_scene_shows_the_example_of_that_rank(run, step, rank, last):
    scene = widgets.gradient_inspector_scene(step, rank, last)
    at = widgets.STEPS.index(step)
    ranked = np.argsort(-run.push[-1 if last else at], kind="stable")
    example = ranked[rank - 1]
    y, gradient = run.y[example], run.gradient[at, example]
    np.testing.assert_array_equal(scene.marks["digit"].values.ravel(), run.X[example])
    bars = np.where(np.arange(10) == y, scene.marks["true"].height, scene.marks["others"].height)
    np.testing.assert_array_equal(bars, gradient)
    assert np.isnan(scene.marks["others"].height).sum() == 1
    assert list(scene.marks["chosen"].y) == [-gradient[y]]
    guess = (gradient + np.eye(10)[y]).argmax()
    assert (f"taken for a {guess}" in scene.readout or f"an {guess}" in scene.readout) == (
        guess != y
    )
    assert scene.marks["says"].text in scene.readout


def test_the_readout_counts_what_the_picture_shows(run):
    scene = widgets.gradient_inspector_scene(300, 1, False)
    push = np.sort(run.push[widgets.STEPS.index(300)])[::-1]
    share = push[:100].sum() / push.sum()
    assert f"hold {share:.1%} of the total push" in scene.readout
    assert f"{(push < 0.1).sum()} examples push less than 0.1" in scene.readout
    assert "After 300 steps" in scene.readout and "number 1 now" in scene.readout
    curve = scene.marks["pushes"]
    np.testing.assert_array_equal(curve.y, push[np.asarray(curve.x) - 1])
    shaded = ~np.isnan(scene.marks["tenth"].high)
    assert np.asarray(curve.x)[shaded].max() == 100


def test_at_the_start_all_push_alike_and_later_few_do_most():
    shares = {}
    for step in (0, 500):
        text = widgets.gradient_inspector_scene(step, 1, False).readout
        shares[step] = float(re.search(r"hold ([\d.]+)%", text)[1])
    assert shares[0] == 10.0 and shares[500] > 50


def test_every_position_has_a_scene_of_the_same_form():
    widget = widgets.gradient_inspector(step=100, rank=3)
    assert widget.values == {"step": 100, "rank": 3, "last": False}
    outlines = {
        str(outline(widgets.gradient_inspector_scene(step, rank, last)))
        for step in widgets.STEPS[::9]
        for rank in (1, 1000)
        for last in (False, True)
    }
    assert len(outlines) == 1
