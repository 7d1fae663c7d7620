"""The scenes of chapter 07's widgets against PyTorch, SciPy and an optimiser."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar

from ce_course import data
from ce_course.widgets import distillation_and_label_smoothing as widgets

# ------------------------------------------------------------------ teacher_temperature


def bars(scene, *names):
    """The heights of several marks that share the classes, as one array without gaps."""
    return np.nansum([np.asarray(scene.marks[name].height) for name in names], axis=0)


@pytest.mark.parametrize("teacher", ["hard", "smoothed"])
@pytest.mark.parametrize("T", [0.5, 1.0, 4.0, 20.0])
@pytest.mark.parametrize("picture", [(8, True), (3, False)])
def test_the_bars_are_torchs_softmax_at_that_temperature(picture, teacher, T):
    scene = widgets.teacher_temperature_scene(picture, teacher, T)
    image, logits = widgets.gallery()[picture]
    expected = F.softmax(torch.tensor(logits[teacher]) / T, dim=0).numpy()
    np.testing.assert_allclose(bars(scene, "true", "others"), expected, rtol=1e-12)
    log = bars(scene, "true, log", "others, log")
    np.testing.assert_allclose(log, np.maximum(expected, widgets.LOWEST), rtol=1e-12)
    assert (scene.marks["picture"].values == image).all()
    entropy = scipy.stats.entropy(expected)
    assert f"entropy {entropy:.3f} of at most {math.log(10):.3f} nats" in scene.readout
    wrong = 1 - expected[picture[0]]
    assert f"All wrong classes together {wrong:.4f}" in scene.readout


@pytest.mark.parametrize("digit", range(10))
def test_the_pictures_are_the_surest_and_the_least_sure(digit):
    X, y, _, _ = data.digits(0)
    z = torch.tensor(data.digit_teachers()["hard"][:1000])
    sure = F.log_softmax(z, dim=1)[:, digit].numpy()[y == digit]
    for odd, best in ((True, sure.argmin()), (False, sure.argmax())):
        image, logits = widgets.gallery()[digit, odd]
        assert (image.ravel() == X[y == digit][best]).all()
        assert (logits["hard"] == z[y == digit][best].numpy()).all()


def test_only_the_true_class_has_the_solid_bar():
    marks = widgets.teacher_temperature_scene((6, False), "hard", 2.0).marks
    assert np.flatnonzero(np.isfinite(marks["true"].height)).tolist() == [6]
    assert np.flatnonzero(np.isnan(marks["others"].height)).tolist() == [6]


def test_the_four_largest_are_named_in_order():
    scene = widgets.teacher_temperature_scene((8, True), "hard", 4.0)
    p = bars(scene, "true", "others")
    named = ", ".join(f"{k}: {p[k]:.4f}" for k in np.argsort(-p)[:4])
    assert named in scene.readout


def test_teacher_temperature_opens_where_it_is_told():
    widget = widgets.teacher_temperature(picture=(3, False), T=4.0, teacher="smoothed")
    assert widget.values == {"picture": (3, False), "teacher": "smoothed", "T": 4.0}
    assert "A clear 3 at T = 4, teacher trained on smoothed labels" in widget.alt()


# ------------------------------------------------------------------ smoothing_explorer


def torch_loss(num_classes, epsilon, gap):
    z = torch.zeros(1, num_classes, dtype=torch.float64)
    z[0, 0] = gap
    return F.cross_entropy(z, torch.tensor([0]), label_smoothing=epsilon).item()


@pytest.mark.parametrize("k", [2, 3, 10, 100, 1000])
@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 1.0])
def test_the_curve_is_torchs_loss(k, epsilon):
    marks = widgets.smoothing_explorer_scene(k, epsilon, 3.0).marks
    curve, plain = marks["curve"], marks["plain"]
    for i in range(0, len(curve.x), 25):
        expected = torch_loss(k, epsilon, curve.x[i])
        assert curve.y[i] == pytest.approx(expected, rel=1e-11)
        assert plain.y[i] == pytest.approx(torch_loss(k, 0.0, curve.x[i]), rel=1e-9)
    assert marks["yours"].y == [pytest.approx(torch_loss(k, epsilon, 3.0), rel=1e-11)]


@pytest.mark.parametrize("k", [2, 10, 1000])
@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.4])
def test_floor_and_best_gap_are_what_an_optimiser_finds(k, epsilon):
    scene = widgets.smoothing_explorer_scene(k, epsilon, 8.0)
    found = minimize_scalar(
        lambda gap: torch_loss(k, epsilon, gap), bounds=(0, 30), options={"xatol": 1e-10}
    )
    best = scene.marks["best"]
    assert best.y[0] == pytest.approx(found.fun, abs=1e-10)
    assert best.x[0] == pytest.approx(found.x, abs=1e-4)
    assert list(scene.marks["floor"].y) == [best.y[0]] * 2


@pytest.mark.parametrize("k", [2, 10, 1000])
@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.4])
def test_the_other_version_is_an_entropy_and_an_optimum_too(k, epsilon):
    target = np.full(k, epsilon / (k - 1))
    target[0] = 1 - epsilon
    assert widgets.shares(k, epsilon, over_all=False) == (target[0], target[1])
    gap, floor = widgets._best(k, (target[0], target[1]))
    assert floor == pytest.approx(scipy.stats.entropy(target), rel=1e-10)
    curve = widgets.smoothing_explorer_scene(k, epsilon, 0.0).marks["other curve"]
    assert curve.y.min() >= floor - 1e-12
    assert curve.y.min() == pytest.approx(floor, abs=1e-3)
    assert abs(curve.x[curve.y.argmin()] - gap) <= 0.05


def test_ten_classes_in_words():
    scene = widgets.smoothing_explorer_scene(10, 0.1, 8.0)
    assert "true class 0.9100, each other 0.01000; floor 0.5003 nats at a gap of 4.511" in (
        scene.readout
    )
    assert "0.9000 and 0.01111; floor 0.5448 at 4.394" in scene.readout
    np.testing.assert_allclose(scene.marks["all"].height, [0.91, 0.01])
    np.testing.assert_allclose(scene.marks["others"].height, [0.9, 0.1 / 9])


def test_without_smoothing_there_is_no_best_gap():
    scene = widgets.smoothing_explorer_scene(10, 0.0, 8.0)
    assert math.isnan(scene.marks["best"].x[0])
    assert "floor 0.0000 nats at a gap of ∞" in scene.readout
    np.testing.assert_allclose(scene.marks["curve"].y, scene.marks["plain"].y)


def test_nothing_left_of_the_label():
    scene = widgets.smoothing_explorer_scene(10, 1.0, 0.0)
    assert scene.marks["best"].x == [0.0]
    assert scene.marks["best"].y == [pytest.approx(math.log(10))]
    assert f"floor {math.log(9):.4f} at \N{MINUS SIGN}∞" in scene.readout


def test_smoothing_explorer_opens_where_it_is_told():
    widget = widgets.smoothing_explorer(num_classes=1000, epsilon=0.2, gap=9.1)
    assert widget.values == {"num_classes": 1000, "epsilon": 0.2, "gap": 9.1}
