"""Smoothing and distillation formulas, the stored teachers, and the judge of `distil_student`."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.stats
import torch
import torch.nn.functional as F
from scipy import optimize

from ce_course import calibration, data, experiments, losses, torch_losses
from ce_course.checks import distillation_and_label_smoothing as checks
from ce_course.experiments import distillation_and_label_smoothing as distillation

KS, EPSILONS = (2, 3, 10, 1000), (0.0, 1e-6, 0.05, 0.1, 0.5, 1.0)
both = pytest.mark.parametrize(("k", "e"), [(k, e) for k in KS for e in EPSILONS])

# ------------------------------------------------------------------ smoothing


@both
def test_smoothed_labels_are_a_mixture_with_the_uniform_distribution(k, e):
    q = losses.smooth_labels(np.arange(k), k, e)
    expected = (1 - e) * np.eye(k) + e * np.full((k, k), 1 / k)
    np.testing.assert_allclose(q, expected, rtol=1e-15)
    np.testing.assert_allclose(q.sum(axis=1), 1, rtol=1e-12)
    assert losses.smooth_labels(1, k, e).shape == (k,)


def test_two_classes_keep_0_95():
    np.testing.assert_allclose(losses.smooth_labels([0], 2, 0.1), [[0.95, 0.05]], rtol=1e-15)


@both
def test_the_smoothed_loss_is_torchs(k, e):
    rng = np.random.default_rng(k)
    z, y = rng.normal(scale=4, size=(6, k)), rng.integers(0, k, size=6)
    got = losses.label_smoothing_cross_entropy(z, y, e)
    tensors = torch.tensor(z), torch.tensor(y)
    expected = F.cross_entropy(*tensors, label_smoothing=e, reduction="none")
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-12, atol=2e-15)
    same = losses.cross_entropy_loss(z, y, label_smoothing=e, reduction="none")
    np.testing.assert_allclose(got, same, rtol=1e-12)
    assert (got >= losses.smoothing_floor(k, e)).all()


def test_the_smoothed_loss_keeps_shape_dtype_and_errors():
    z = np.array([[[2.0, 0.5, -1.0]]], dtype=np.float32)
    got = losses.label_smoothing_cross_entropy(z, [[1]], 0.2)
    assert got.shape == (1, 1) and got.dtype == np.float32
    assert losses.label_smoothing_cross_entropy([0.0, -np.inf], 0, 0.1) == np.inf
    assert losses.label_smoothing_cross_entropy([0.0, -np.inf], 0, 0.0) == 0
    for bad in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="epsilon: expected a number from 0 to 1, got"):
            losses.label_smoothing_cross_entropy([[1.0, 2.0]], [0], bad)
    with pytest.raises(ValueError, match="y: expected labels from 0 to 1, got 2"):
        losses.label_smoothing_cross_entropy([[1.0, 2.0]], [2], 0.1)
    with pytest.raises(ValueError, match="y: expected shape"):
        losses.label_smoothing_cross_entropy([[1.0, 2.0]], [0, 1], 0.1)


@both
def test_the_floor_is_the_entropy_of_the_label(k, e):
    target = losses.smooth_labels(0, k, e)
    assert losses.smoothing_floor(k, e) == pytest.approx(scipy.stats.entropy(target), rel=1e-12)


@both
def test_floor_and_gap_to_full_precision(k, e):
    other = Fraction(e) / k
    with mpmath.workdps(50):
        true, other = (
            mpmath.mpf(x.numerator) / x.denominator for x in (1 - (k - 1) * other, other)
        )
        if e == 0:
            floor, gap = mpmath.mpf(0), mpmath.inf
        else:
            floor = -true * mpmath.log(true) - (k - 1) * other * mpmath.log(other)
            gap = mpmath.log(true / other)
    assert losses.smoothing_floor(k, e) == pytest.approx(float(floor), rel=4e-16, abs=0)
    assert losses.optimal_logit_gap(k, e) == pytest.approx(float(gap), rel=4e-16, abs=0)


@pytest.mark.parametrize(("k", "e"), [(2, 0.1), (3, 0.3), (10, 0.1), (100, 0.05)])
def test_an_optimiser_over_all_logits_finds_floor_and_gap(k, e):
    def loss(z):
        return float(losses.label_smoothing_cross_entropy(z, 0, e))

    found = optimize.minimize(loss, np.linspace(-1, 1, k), tol=1e-12)
    assert found.fun == pytest.approx(losses.smoothing_floor(k, e), abs=1e-9)
    gaps = found.x[0] - found.x[1:]
    np.testing.assert_allclose(gaps, losses.optimal_logit_gap(k, e), atol=2e-3)


def test_the_ledgers_numbers():
    assert [round(losses.smoothing_floor(k, 0.1), 4) for k in (2, 10, 1000)] == [
        0.1985,
        0.5003,
        1.0148,
    ]
    gaps = [round(losses.optimal_logit_gap(k, 0.1), 3) for k in (2, 10, 1000)]
    assert gaps == [2.944, 4.511, 9.105]
    assert losses.optimal_logit_gap(10, 0) == math.inf
    assert losses.smoothing_floor(1, 0.3) == 0


@pytest.mark.parametrize("function", [losses.smoothing_floor, losses.optimal_logit_gap])
def test_bad_arguments_of_floor_and_gap(function):
    with pytest.raises(ValueError, match=r"epsilon: expected a number from 0 to 1, got 2"):
        function(10, 2)
    with pytest.raises(
        ValueError, match=r"num_classes: expected a whole number, at least \d, got 0"
    ):
        function(0, 0.1)


def test_a_single_class_has_no_gap():
    with pytest.raises(ValueError, match="num_classes: expected a whole number, at least 2, got 1"):
        losses.optimal_logit_gap(1, 0.1)


# ------------------------------------------------------------------ distillation


def logits(seed=0, scale=4.0, shape=(8, 6)):
    rng = np.random.default_rng(seed)
    s, t = rng.normal(scale=scale, size=(2, *shape))
    return s, t, rng.integers(0, shape[-1], size=shape[:-1])


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0, 20.0])
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_the_loss_is_torchs_kl_and_cross_entropy(T, alpha):
    s, t, y = logits()
    a, b = (torch.log_softmax(torch.tensor(z) / T, -1) for z in (s, t))
    kl = F.kl_div(a, b, reduction="none", log_target=True).sum(-1)
    ce = F.cross_entropy(torch.tensor(s), torch.tensor(y), reduction="none")
    expected = (alpha * T**2 * kl + (1 - alpha) * ce).numpy()
    np.testing.assert_allclose(losses.distillation_loss(s, t, y, T, alpha), expected, rtol=1e-11)


@pytest.mark.parametrize("T", [1.0, 4.0, 1000.0])
def test_nothing_cancels_where_the_student_is_near(T):
    s, _, y = logits(seed=3, shape=(40, 6))
    for shift in (1e-3, 1e-7):
        t = s + shift * np.random.default_rng(4).normal(size=s.shape)
        got = losses.distillation_loss(s, t, y, T, 1.0)
        for row in range(0, 40, 5):
            with mpmath.workdps(50):
                (a, b) = ([mpmath.exp(mpmath.mpf(v) / T) for v in z[row]] for z in (s, t))
                p, q = [v / sum(a) for v in a], [v / sum(b) for v in b]
                pairs = zip(p, q, strict=True)
                kl = T**2 * sum(v * mpmath.log(v / u) for u, v in pairs)
            gap = 30 / T  # of the logits; their own rounding is relative to the shift
            rounding = 64 * np.finfo(float).eps * (1 + gap) * max(1, T) / shift
            assert got[row] == pytest.approx(float(kl), rel=max(1e-13, rounding))
            assert got[row] >= 0


def test_the_student_who_equals_the_teacher_has_no_loss():
    s, _, y = logits()
    assert (losses.distillation_loss(s, s, y, 4.0, 1.0) == 0).all()
    assert (losses.distillation_loss(s, s + 7.25, y, 2.0, 1.0) < 1e-28).all()


def test_extreme_logits():
    got = losses.distillation_loss([[1000.0, 0.0]], [[0.0, 1500.0]], [1], 1.0, 1.0)
    np.testing.assert_allclose(got, [1000.0])
    # what the teacher calls impossible adds nothing, even if the student agrees
    inf = np.inf
    s, t = [[1.0, 0.0, -inf]], [[2.0, 0.5, -inf]]
    expected = losses.distillation_loss([[1.0, 0.0]], [[2.0, 0.5]], [0], 2.0, 0.5)
    np.testing.assert_allclose(losses.distillation_loss(s, t, [0], 2.0, 0.5), expected)
    impossible = losses.distillation_loss([[0.0, -inf]], [[0.0, 1.0]], [0], 1.0, 1.0)
    assert impossible == [inf]
    assert losses.distillation_loss([[0.0, -inf]], [[0.0, 1.0]], [0], 1.0, 0.0) == [0.0]


def test_the_gradient_shrinks_like_one_over_t_squared():
    s, t, y = logits()
    centred = (s - s.mean(-1, keepdims=True)) - (t - t.mean(-1, keepdims=True))
    for T, accuracy in ((100.0, 0.1), (1000.0, 0.01), (10_000.0, 0.001)):
        z = torch.tensor(s, requires_grad=True)
        loss = torch_losses.distillation_loss(z, torch.tensor(t), torch.tensor(y), T, 1.0)
        loss.sum().backward()
        np.testing.assert_allclose(z.grad, centred / 6, atol=accuracy * np.abs(centred).max())
    matching = (centred**2).sum(-1) / (2 * 6)
    got = losses.distillation_loss(s, t, y, 10_000.0, 1.0)
    np.testing.assert_allclose(got, matching, rtol=2e-3)


def test_the_version_for_training_agrees_and_leaves_the_teacher_alone():
    s, t, y = logits()
    student, teacher = (torch.tensor(z, requires_grad=True) for z in (s, t))
    got = torch_losses.distillation_loss(student, teacher, torch.tensor(y), 3.0, 0.6)
    expected = losses.distillation_loss(s, t, y, 3.0, 0.6)
    np.testing.assert_allclose(got.detach(), expected, rtol=1e-12)
    got.sum().backward()
    assert teacher.grad is None and torch.isfinite(student.grad).all()


def test_bad_arguments_of_the_distillation_loss():
    s, t, y = logits()
    for T in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="temperature: expected a positive finite number"):
            losses.distillation_loss(s, t, y, T, 0.5)
    for alpha in (-0.1, 1.5, math.nan):
        with pytest.raises(ValueError, match="alpha: expected a number from 0 to 1"):
            losses.distillation_loss(s, t, y, 2.0, alpha)
    with pytest.raises(ValueError, match=r"expected equal shapes, got \(8, 6\) and \(8, 5\)"):
        losses.distillation_loss(s, t[:, :5], y, 2.0, 0.5)
    with pytest.raises(ValueError, match="teacher_z: expected numbers, got nan"):
        losses.distillation_loss(s, t * np.nan, y, 2.0, 0.5)


def test_float32_comes_back():
    s, t, y = logits()
    got = losses.distillation_loss(s.astype(np.float32), t, y, 4.0, 0.5)
    assert got.dtype == np.float32


# ------------------------------------------------------------------ the stored teachers


@pytest.mark.trains
def test_the_stored_teachers_are_what_the_experiment_trains(tmp_path, monkeypatch):
    """As good, as sure, as far apart: another processor's arithmetic moves less than a seed."""
    stored, table = data.digit_teachers(), experiments.stored("smoothed_teachers")
    monkeypatch.setattr(distillation, "LOGITS", tmp_path / "again.npz")
    _, y, _, y_test = data.digits(0)
    names = {"hard": "hard labels", "smoothed": "smoothed 0.1"}
    with np.load(distillation.make_digit_teachers()) as again:
        assert set(again) == set(stored) == set(names)
        for name, z in stored.items():
            assert z.shape == again[name].shape == (1797, 10)
            assert again[name].dtype == np.float16
            spread = table[table["variant"] == names[name]].std(numeric_only=True)
            both = [facts(each.astype(float), y, y_test) for each in (z, again[name])]
            for fact in both[0]:
                assert abs(both[0][fact] - both[1][fact]) <= 2 * spread[fact], (name, fact)


def facts(z, y, y_test):
    """What the teachers are for: their answers on new pictures, their gap on the old ones."""
    new, old = z[len(y) :], z[: len(y)]
    confidence, correct = calibration.top_label(new, y_test)
    truth = old[np.arange(len(y)), y]
    return {
        "accuracy": correct.mean(),
        "nll": losses.cross_entropy_from_logits(new, y_test).mean(),
        "confidence": confidence.mean(),
        "gap": (truth - (old.sum(axis=1) - truth) / 9).mean(),
    }


def test_the_smoothed_teacher_is_better_and_says_less():
    _, y, _, y_test = data.digits(0)
    labels = np.concatenate([y, y_test])
    right = {k: z.argmax(axis=1) == labels for k, z in data.digit_teachers().items()}
    assert all(r[:1000].all() for r in right.values())
    assert right["smoothed"][1000:].mean() > right["hard"][1000:].mean() > 0.95


# ------------------------------------------------------------------ the judge


def answers(target, T, steps=600, seeds=range(4)):
    """Accuracies on unseen digits of students trained on every case of some seeds."""
    found = []
    for seed in seeds:
        for case in checks.distil_student.make_cases(seed):
            X, teacher_z, y = case.args
            weights = checks.train_student(X, target(teacher_z, y), T, steps)
            found.append(checks.accuracy_on_unseen(weights))
    return np.array(found)


def test_hard_labels_never_reach_the_mark_and_soft_ones_always_do():
    hard = answers(lambda z, y: losses.one_hot(y, 10), 1)
    smoothed = answers(lambda z, y: losses.smooth_labels(y, 10, 0.1), 1)
    soft = answers(lambda z, y: losses.softmax(z / 4), 4)
    assert max(hard.max(), smoothed.max()) < checks.REQUIRED - 0.01
    assert soft.min() > checks.REQUIRED + 0.01


def test_what_is_judged_was_seen_by_nobody():
    X, _, _ = checks._digits()
    unseen = {row.tobytes() for row in X[1000:]}
    for case in checks.distil_student.make_cases(5):
        given = case.args[0]
        assert len({row.tobytes() for row in given}) == checks.SEEN
        assert not unseen & {row.tobytes() for row in given}
        assert [np.shape(a) for a in case.args] == [(100, 64), (100, 10), (100,)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda w: w[:3], "expected four arrays (W1, b1, W2, b2)"),
        (lambda w: (w[0].T, *w[1:]), "(nn.Linear keeps the transpose of W)"),
        (lambda w: (np.zeros((64, 100)), np.zeros(100), np.zeros((100, 10)), w[3]), "shapes"),
        (lambda w: ("a", *w[1:]), "four arrays of numbers"),
        (lambda w: (w[0] * np.nan, *w[1:]), "not finite"),
    ],
    ids=["three", "transposed", "too large", "text", "nan"],
)
def test_answers_of_another_form_are_named(change, sentence):
    case = checks.distil_student.make_cases(0)[0]
    X, teacher_z, _ = case.args
    right = checks.train_student(X, losses.softmax(teacher_z / 4), 4)
    assert checks.distil_student.judge(case.args, right) is None
    assert sentence in checks.distil_student.judge(case.args, change(right))


def test_the_version_for_training_refuses_what_the_other_refuses():
    z, y = torch.zeros(2, 3), torch.tensor([0, 1])
    for T in (0, -2, math.inf, math.nan):
        with pytest.raises(ValueError, match="temperature: expected a positive number"):
            torch_losses.distillation_loss(z, z, y, T, 0.5)
    for alpha in (-0.1, 7, math.nan):
        with pytest.raises(ValueError, match="alpha: expected a number from 0 to 1"):
            torch_losses.distillation_loss(z, z, y, 2.0, alpha)
    for labels in ([0, 3], [-100, 0]):
        with pytest.raises(ValueError, match="y: expected labels from 0 to 2, got"):
            torch_losses.distillation_loss(z, z, torch.tensor(labels), 2.0, 0.5)
    with pytest.raises(ValueError, match=r"got \(2, 3\), \(2, 2\), \(2,\)"):
        torch_losses.distillation_loss(z, z[:, :2], y, 2.0, 0.5)


def test_a_training_that_diverges_gets_nan_and_no_error():
    z, y = torch.full((2, 3), math.nan), torch.tensor([0, 1])
    assert torch_losses.distillation_loss(z, torch.zeros(2, 3), y, 2.0, 0.5).isnan().all()
    assert torch_losses.focal_loss(z, y).isnan().all()
