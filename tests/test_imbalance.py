"""Chapter 08's formulas against mpmath, PyTorch, scikit-learn, SciPy and published formulas."""

import inspect

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import optimize, special
from sklearn.utils.class_weight import compute_class_weight

from ce_course import data, imbalance, losses, torch_losses
from ce_course.experiments import imbalance_and_focal_loss as runs

LOGITS = [0.0, 0.3, -1.0, 5.0, -10.0, 17.0, 40.0, -40.0, 300.0, -700.0]
GAMMAS = [0.0, 0.3, 0.5, 1.0, 2.0, 5.0]


def exact_focal(z, y, gamma):
    """The textbook formula and its derivative with respect to z, with 700 digits."""
    with mpmath.workdps(700):
        sign = 1 if y == 1 else -1
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(z) * sign))
        q, log_p = 1 - p, mpmath.log(p)
        gamma = mpmath.mpf(gamma)
        return -(q**gamma) * log_p, -sign * q**gamma * (q - gamma * p * log_p)


def assert_close(got, true, dtype, z, gamma):
    assert np.asarray(got).dtype == dtype
    bound = 8 * np.finfo(dtype).eps * (1 + (1 + gamma) * abs(float(z)))
    smallest = float(np.finfo(dtype).smallest_normal)  # below it floats have fewer digits
    assert abs(mpmath.mpf(float(got)) - true) <= bound * max(abs(true), smallest)


# ------------------------------------------------------------------ focal loss


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("z", LOGITS)
def test_focal_loss_and_gradient_keep_their_digits(z, y, gamma, dtype):
    z = dtype(z)
    value, slope = exact_focal(float(z), y, gamma)
    assert_close(losses.focal_loss(z, y, gamma), value, dtype, z, gamma)
    assert_close(losses.focal_loss_grad(z, y, gamma), slope, dtype, z, gamma)


def published_focal(inputs, targets, alpha, gamma):
    """The formula that torchvision.ops.sigmoid_focal_loss documents (Lin et al. 2017, eq. 5)."""
    p = torch.sigmoid(inputs)
    ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = ce * (1 - p_t) ** gamma
    return loss if alpha < 0 else (alpha * targets + (1 - alpha) * (1 - targets)) * loss


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("alpha", [-1.0, 0.25, 0.9, 0.0])
def test_focal_loss_is_torchvision_s_published_formula(alpha, gamma):
    rng = np.random.default_rng(0)
    z, y = rng.normal(scale=3, size=(6, 7)), (rng.random((6, 7)) < 0.5).astype(float)
    leaf = torch.tensor(z, requires_grad=True)
    expected = published_focal(leaf, torch.tensor(y), alpha, gamma)
    expected.sum().backward()
    weight = None if alpha < 0 else alpha
    np.testing.assert_allclose(losses.focal_loss(z, y, gamma, weight), expected.detach(), 1e-11)
    grad = losses.focal_loss_grad(z, y, gamma, weight)
    np.testing.assert_allclose(grad, leaf.grad, rtol=1e-9, atol=1e-15)
    ours = torch_losses.focal_loss(torch.tensor(z), torch.tensor(y), gamma, weight)
    np.testing.assert_allclose(ours, expected.detach(), 1e-11)


def test_gamma_0_is_cross_entropy():
    z, y = np.array([-800.0, -3, 0, 2, 40, 800]), np.array([1, 0, 1, 1, 1, 0])
    np.testing.assert_allclose(
        losses.focal_loss(z, y, 0.0), losses.binary_cross_entropy_with_logits(z, y), rtol=1e-15
    )
    np.testing.assert_allclose(
        losses.focal_loss_grad(z, y, 0.0), losses.binary_cross_entropy_grad(z, y), rtol=1e-15
    )


@pytest.mark.parametrize("gamma", GAMMAS)
def test_focal_loss_at_infinite_logits(gamma):
    z = np.array([np.inf, -np.inf])
    np.testing.assert_array_equal(losses.focal_loss(z, 1, gamma), [0.0, np.inf])
    np.testing.assert_array_equal(losses.focal_loss_grad(z, 1, gamma), [0.0, -1.0])
    assert losses.focal_loss(-np.inf, 1, gamma, alpha=0.0) == 0.0


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_torch_loss_has_the_exact_gradient_and_no_nan(gamma, dtype):
    margins = [-1e4, -700.0, -40.0, -3.0, 0.0, 3.0, 16.0, 17.0, 40.0, 80.0, 700.0, 1e4]
    z = torch.tensor(margins, dtype=dtype, requires_grad=True)
    loss = torch_losses.focal_loss(z, torch.ones(len(z)), gamma)
    loss.sum().backward()
    rtol = 3e-5 if dtype == torch.float32 else 1e-12
    exact = losses.focal_loss_grad(z.detach().double().numpy(), 1, gamma)
    tiny = float(torch.finfo(dtype).tiny)
    np.testing.assert_allclose(z.grad, exact, rtol=rtol, atol=10 * tiny)
    exact = losses.focal_loss(z.detach().double().numpy(), 1, gamma)
    np.testing.assert_allclose(loss.detach(), exact, rtol=rtol, atol=1000 * tiny)


@pytest.mark.parametrize("gamma", [0.3, 0.5, 0.9])
def test_the_usual_code_has_the_nan_that_ours_has_not(gamma):
    rows = torch.tensor([[17.0, 0, 0], [200.0, 0, -3], [0, 30.0, 1]], requires_grad=True)
    y = torch.tensor([0, 0, 1])
    ce = F.cross_entropy(rows, y, reduction="none")
    ((1 - torch.exp(-ce)) ** gamma * ce).sum().backward()
    assert rows.grad.isnan().any()
    rows.grad = None
    torch_losses.focal_loss(rows, y, gamma).sum().backward()
    assert rows.grad.isfinite().all()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("shape", [(9, 3), (2, 4, 5), (6, 2)])
def test_k_classes_agree_with_the_textbook_and_with_the_margin(gamma, shape):
    rng = np.random.default_rng(1)
    z, y = rng.normal(scale=2, size=shape), rng.integers(0, shape[-1], shape[:-1])
    leaf = torch.tensor(z, requires_grad=True)
    p = torch.softmax(leaf, -1).gather(-1, torch.tensor(y)[..., None])[..., 0]
    textbook = -((1 - p) ** gamma) * p.log()
    textbook.sum().backward()
    ours = torch.tensor(z, requires_grad=True)
    loss = torch_losses.focal_loss(ours, torch.tensor(y), gamma)
    loss.sum().backward()
    np.testing.assert_allclose(loss.detach(), textbook.detach(), rtol=1e-10)
    np.testing.assert_allclose(ours.grad, leaf.grad, rtol=1e-9, atol=1e-14)
    m = losses.true_class_log_odds(z, y)
    np.testing.assert_allclose(losses.focal_loss(m, 1, gamma), textbook.detach(), rtol=1e-10)


def test_log_odds_of_the_true_class_at_the_edges():
    z = np.array([[800.0, 0, 0], [np.inf, 0, 0], [-np.inf, 1, 0]])
    expected = [800 - np.log(2), np.inf, -np.inf]
    np.testing.assert_allclose(losses.true_class_log_odds(z, [0, 0, 0]), expected, rtol=1e-14)
    assert losses.true_class_log_odds(np.array([[3.0]]), [0]) == np.inf
    assert losses.true_class_log_odds(np.zeros((1, 2), np.float32), [0]).dtype == np.float32


def test_focal_loss_rejects_what_it_cannot_take():
    for function in (losses.focal_loss, losses.focal_loss_grad):
        with pytest.raises(ValueError, match=r"y: expected labels 0 or 1, got 0\.5 at index 1"):
            function(np.zeros(2), np.array([1.0, 0.5]))
        with pytest.raises(ValueError, match="z and y: expected equal shapes"):
            function(np.zeros(3), np.zeros((3, 1)))
        with pytest.raises(
            ValueError, match="gamma: expected a finite number of 0 or more, got -1"
        ):
            function(0.0, 1, -1)
        with pytest.raises(ValueError, match=r"alpha: expected a number from 0 to 1.*got 1\.5"):
            function(0.0, 1, 2.0, 1.5)
        with pytest.raises(ValueError, match="z: expected numbers, got nan"):
            function(np.nan, 1)
    z, y = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"alpha: expected .* for one logit each"):
        torch_losses.focal_loss(z, y, 2.0, 0.25)
    with pytest.raises(ValueError, match=r"got \(3, 2\) and \(2,\)"):
        torch_losses.focal_loss(z, y[:2])
    for labels in ([2, -1], [0.5, 1.0]):
        with pytest.raises(ValueError, match="y: expected labels 0 or 1, got"):
            torch_losses.focal_loss(torch.tensor([2.0, 1.0]), torch.tensor(labels))
    with pytest.raises(ValueError, match="y: expected labels from 0 to 1, got 2"):
        torch_losses.focal_loss(torch.tensor([[2.0, 1.0]]), torch.tensor([2]))
    with pytest.raises(TypeError, match=r"z: expected a tensor, got 3\.5"):
        torch_losses.focal_loss(3.5, torch.tensor(1))
    with pytest.raises(ValueError, match="gamma"):
        torch_losses.focal_loss(z, y, -0.5)


# ------------------------------------------------------------------ what it reports


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("eta", [1e-6, 0.01, 0.05, 0.3, 0.5, 0.9, 0.999])
def test_the_minimiser_is_where_the_expected_gradient_vanishes(eta, gamma):
    with mpmath.workdps(40):

        def slope(z):
            one, zero = exact_focal(z, 1, gamma)[1], exact_focal(z, 0, gamma)[1]
            return eta * one + (1 - mpmath.mpf(eta)) * zero

        start = float(special.logit(eta)) / (1 + gamma)
        z = mpmath.findroot(slope, (start - 0.5, start + 0.5), solver="anderson")
        exact = float(1 / (1 + mpmath.exp(-z)))
    assert losses.focal_minimiser(eta, gamma) == pytest.approx(exact, rel=1e-13)
    assert losses.focal_truth(exact, gamma) == pytest.approx(eta, rel=1e-11)


def test_the_figures_of_the_ledger():
    got = losses.focal_minimiser([0.01, 0.05, 0.1, 0.9], 2.0)
    np.testing.assert_allclose(got, [0.154, 0.250, 0.306, 0.694], atol=5e-4)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_report_lies_between_the_truth_and_one_half(gamma):
    eta = np.linspace(0, 1, 201)
    p = losses.focal_minimiser(eta, gamma)
    assert (np.diff(p) > 0).all()
    assert p[0] == 0 and p[-1] == 1 and p[100] == 0.5
    np.testing.assert_allclose(p, 1 - p[::-1], atol=1e-14)
    assert (np.abs(p - 0.5) <= np.abs(eta - 0.5) + 1e-15).all()
    np.testing.assert_allclose(losses.focal_truth(p, gamma), eta, rtol=1e-10, atol=1e-300)
    if gamma == 0:
        np.testing.assert_allclose(p, eta, rtol=1e-14)


def test_a_search_finds_the_same_minimiser():
    for eta, gamma in ((0.02, 0.7), (0.4, 3.0)):
        found = optimize.minimize_scalar(
            lambda z, eta=eta, gamma=gamma: (
                eta * losses.focal_loss(z, 1, gamma) + (1 - eta) * losses.focal_loss(z, 0, gamma)
            ),
            bounds=(-10, 10),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert losses.focal_minimiser(eta, gamma) == pytest.approx(special.expit(found.x), abs=1e-6)


# ------------------------------------------------------------------ weights, priors, thresholds


def test_weighted_cross_entropy_is_pytorch_s_mean():
    rng = np.random.default_rng(2)
    z, y, w = rng.normal(scale=3, size=(20, 4)), rng.integers(0, 4, 20), rng.uniform(0.1, 5, 4)
    expected = F.cross_entropy(torch.tensor(z), torch.tensor(y), weight=torch.tensor(w))
    assert losses.weighted_cross_entropy(z, y, w) == pytest.approx(expected.item(), rel=1e-12)
    assert losses.weighted_cross_entropy(z, y, 7 * w) == pytest.approx(expected.item(), rel=1e-12)


def test_inverse_frequency_weights_are_scikit_learn_s_balanced_ones():
    y = np.repeat([0, 1, 2], [900, 80, 20])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y)
    np.testing.assert_allclose(imbalance.inverse_frequency_weights(np.bincount(y)), expected)
    with pytest.raises(
        ValueError, match=r"counts: expected finite counts > 0, got 0\.0 at index 1"
    ):
        imbalance.inverse_frequency_weights([3, 0])
    with pytest.raises(ValueError, match="one count per class"):
        imbalance.inverse_frequency_weights([[3, 1]])


@pytest.mark.parametrize("costs", [(1, 1), (1, 9), (5, 1), (0, 1), (1, 0)])
@pytest.mark.parametrize("seed", range(4))
def test_no_threshold_is_cheaper_than_the_best(costs, seed):
    rng = np.random.default_rng(seed)
    y = (rng.random(60) < 0.3).astype(int)
    p = np.round(special.expit(rng.normal(size=60) + 2 * y - 1), 1)  # many ties

    def cost(t):
        yes = p >= t
        return costs[0] * (yes & (y == 0)).sum() + costs[1] * (~yes & (y == 1)).sum()

    best = imbalance.best_threshold(p, y, *costs)
    everything = [cost(t) for t in np.append(np.linspace(-0.05, 1.05, 111), np.inf)]
    assert cost(best) == min(everything)


def test_thresholds_where_one_answer_is_best():
    p = np.array([0.2, 0.7, 0.9])
    assert imbalance.best_threshold(p, np.zeros(3), 1, 5) == np.inf
    assert imbalance.best_threshold(p, np.ones(3), 1, 1) == 0.2
    assert imbalance.best_threshold(p, [0, 1, 1], 1, 1) == 0.7
    for bad, match in (
        ((p, [0, 1], 1, 1), "same shape"),
        (([1.2], [1], 1, 1), "p: expected values from 0 to 1"),
        (([0.5], [2], 1, 1), "y: expected labels 0 or 1"),
        (([0.5], [1], -1, 1), "cost_fp: expected a finite cost"),
        (([], [], 1, 1), "N > 0"),
    ):
        with pytest.raises(ValueError, match=match):
            imbalance.best_threshold(*bad)


def test_prior_bias_is_the_logit():
    pi = np.array([1e-9, 0.01, 0.5, 0.9])
    np.testing.assert_allclose(imbalance.prior_bias(pi), special.logit(pi), rtol=1e-13, atol=1e-16)
    assert imbalance.prior_bias(0.01) == pytest.approx(-4.59512, abs=1e-5)
    for bad in (0.0, 1.0, 1.5, np.nan):
        with pytest.raises(ValueError, match="pi: expected"):
            imbalance.prior_bias(bad)


def test_a_prior_shift_is_bayes_rule():
    p, train, true = np.array([0.0, 0.1, 0.5, 0.99, 1.0]), 0.3, 0.02
    one, zero = p / train * true, (1 - p) / (1 - train) * (1 - true)
    expected = one / (one + zero)
    np.testing.assert_allclose(imbalance.correct_prior_shift(p, train, true), expected, rtol=1e-14)
    back = imbalance.correct_prior_shift(expected, true, train)
    np.testing.assert_allclose(back, p, rtol=1e-12)
    assert imbalance.correct_prior_shift(np.float32([0.5]), 0.5, 0.1).dtype == np.float32
    with pytest.raises(ValueError, match="train_prior: expected"):
        imbalance.correct_prior_shift(p, 0.0, 0.1)


# ------------------------------------------------------------------ overlaps


def counted(p, y, alpha, beta):
    hit = sum(a * b for a, b in zip(p, y, strict=True))
    false = sum(a * (1 - b) for a, b in zip(p, y, strict=True))
    missed = sum((1 - a) * b for a, b in zip(p, y, strict=True))
    return 1 - hit / (hit + alpha * false + beta * missed)


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (0.3, 0.7), (1, 1), (0, 1)])
def test_tversky_counts_softly(alpha, beta):
    rng = np.random.default_rng(3)
    p, y = rng.random((4, 30)), (rng.random((4, 30)) < 0.3).astype(float)
    expected = [counted(*row, alpha, beta) for row in zip(p, y, strict=True)]
    np.testing.assert_allclose(losses.tversky_loss(p, y, alpha, beta), expected, rtol=1e-12)


def test_dice_is_one_minus_f1_and_jaccard_one_minus_its_index_for_hard_masks():
    from sklearn.metrics import f1_score, jaccard_score

    rng = np.random.default_rng(4)
    p, y = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    assert losses.dice_loss(p, y) == pytest.approx(1 - f1_score(y, p), rel=1e-12)
    assert losses.tversky_loss(p, y, 1, 1) == pytest.approx(1 - jaccard_score(y, p), rel=1e-12)


def test_empty_masks():
    nothing = np.zeros(5)
    assert losses.dice_loss(nothing, nothing) == 0.0
    assert losses.dice_loss(np.full(5, 1e-9), nothing) == 1.0
    assert losses.dice_loss(nothing, np.ones(5)) == 1.0
    np.testing.assert_array_equal(losses.dice_loss(np.eye(2), np.eye(2)), [0.0, 0.0])


def test_tversky_rejects_what_it_cannot_take():
    for bad, match in (
        ((np.zeros(3), np.zeros((3, 1)), 1, 1), "same shape"),
        ((np.zeros(0), np.zeros(0), 1, 1), "same shape"),
        ((np.full(2, 1.1), np.zeros(2), 1, 1), "p: expected values from 0 to 1"),
        ((np.zeros(2), np.zeros(2), -1, 1), "alpha: expected a finite number"),
        ((np.zeros(2), np.zeros(2), 1, np.inf), "beta: expected a finite number"),
    ):
        with pytest.raises(ValueError, match=match):
            losses.tversky_loss(*bad)


def reference_unified(p, y, weight, delta, gamma):
    """The authors' symmetric loss for one picture, two channels: background and foreground."""
    front, back = p, 1 - p
    focal = delta * y * back**gamma * -np.log(front)
    focal = focal + (1 - delta) * (1 - y) * front**gamma * -np.log(back)
    parts = []
    for q, t in ((back, 1 - y), (front, y)):
        tp, fn, fp = (q * t).sum(), ((1 - q) * t).sum(), (q * (1 - t)).sum()
        lack = 1 - tp / (tp + delta * fn + (1 - delta) * fp)
        parts.append(lack * lack**-gamma)
    return weight * np.mean(parts) + (1 - weight) * focal.mean()


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("delta", "gamma"), [(0.5, 0.0), (0.6, 0.5), (0.7, 0.75)])
def test_the_unified_loss_is_the_authors(weight, delta, gamma):
    rng = np.random.default_rng(5)
    z, y = rng.normal(size=(2, 40)), (rng.random((2, 40)) < 0.2).astype(float)
    expected = [
        reference_unified(special.expit(row), mask, weight, delta, gamma)
        for row, mask in zip(z, y, strict=True)
    ]
    got = losses.unified_focal_loss(z, y, weight, delta, gamma)
    np.testing.assert_allclose(got, expected, rtol=1e-11)


def test_the_unified_loss_s_special_cases():
    rng = np.random.default_rng(6)
    z, y = rng.normal(size=60), (rng.random(60) < 0.2).astype(float)
    p = special.expit(z)
    unified = losses.unified_focal_loss
    bce = losses.binary_cross_entropy_with_logits(z, y).mean()
    assert unified(z, y, 0, 0.5, 0) == pytest.approx(bce / 2, rel=1e-12)
    focal = losses.focal_loss(z, y, 0.6).mean()
    assert unified(z, y, 0, 0.5, 0.6) == pytest.approx(focal / 2, rel=1e-12)
    dice = (losses.dice_loss(p, y) + losses.dice_loss(1 - p, 1 - y)) / 2
    assert unified(z, y, 1, 0.5, 0) == pytest.approx(dice, rel=1e-12)
    tversky = (
        losses.tversky_loss(p, y, 0.3, 0.7) + losses.tversky_loss(1 - p, 1 - y, 0.3, 0.7)
    ) / 2
    assert unified(z, y, 1, 0.7, 0) == pytest.approx(tversky, rel=1e-12)
    assert list(inspect.signature(unified).parameters)[2:] == ["weight", "delta", "gamma"]
    with pytest.raises(ValueError, match=r"gamma: expected a number from 0 to 1, got 2\.0"):
        unified(z, y, 0.5, 0.5, 2.0)


# ------------------------------------------------------------------ data and fits


def test_letters_and_their_neighbours():
    X, letters = data.letter_contexts()
    assert X.shape == (143_265, 156) and X.dtype == np.uint8
    assert (X.reshape(-1, 6, 26).sum(axis=2) == 1).all()
    text = data.only_letters(data.speech(data.SPEECHES[0]))
    for i in (0, 1000):
        around = text[i : i + 3] + text[i + 4 : i + 7]
        seen = "".join(chr(ord("a") + c) for c in X[i].reshape(6, 26).argmax(axis=1))
        assert (seen, letters[i]) == (around, text[i + 3])


def test_rare_letters_are_split_by_blocks():
    X, letters = data.letter_contexts()
    parts = data.rare_letter("v", 3)
    sizes = [len(y) for _, y in parts.values()]
    assert sum(sizes) == len(letters)
    np.testing.assert_allclose(np.array(sizes) / len(letters), [0.6, 0.2, 0.2], atol=0.005)
    assert sum(y.sum() for _, y in parts.values()) == (letters == "v").sum()
    again, other = data.rare_letter("v", 3), data.rare_letter("v", 4)
    np.testing.assert_array_equal(parts["test"][0], again["test"][0])
    assert not np.array_equal(parts["test"][1], other["test"][1])
    first = parts["train"][0][:500]  # whole blocks, in order
    blocks = X[: len(X) // 500 * 500].reshape(-1, 500, 156)
    assert any(np.array_equal(first, block) for block in blocks[:10])
    with pytest.raises(ValueError, match="letter: expected one of a to z, got 'é'"):
        data.rare_letter("é", 0)


def test_rare_signals_have_the_ratio_in_training_only():
    parts = data.rare_signal(3, 100, 0)
    (X, y), (X_test, y_test) = parts["train"], parts["test"]
    assert (len(y), y.sum(), len(y_test), y_test.sum()) == (3030, 30, 1970, 470)
    assert X.mean() == pytest.approx(0, abs=1e-12) and X.std() == pytest.approx(1)
    assert X_test.shape == (1970, 40)
    with pytest.raises(ValueError, match="ratio: expected"):
        data.rare_signal(3, 1, 0)


def clouds(ratio, seed):
    """Two Gaussian clouds in five dimensions, 3,000 examples, `ratio` of class 0 for each 1."""
    rng, y = np.random.default_rng(seed), (np.arange(3000) < 3000 / (1 + ratio)).astype(int)
    return rng.normal(size=(3000, 5)) + 1.7 / np.sqrt(5) * y[:, np.newaxis], y


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_the_linear_fit_has_no_gradient_left(gamma):
    X, y = clouds(20, 0)
    theta = runs.fit_linear(X, y, gamma, penalty=1e-3)
    unit = losses.focal_loss(np.full(len(y), imbalance.prior_bias(y.mean())), y, gamma).mean()

    def objective(theta):
        value = losses.focal_loss(X @ theta[:-1] + theta[-1], y, gamma).mean() / unit
        return value + 1e-3 * theta[:-1] @ theta[:-1] / 2

    assert np.abs(losses.numerical_gradient(objective, theta)).max() < 1e-5


def test_the_linear_fit_is_scikit_learn_s():
    from sklearn.linear_model import LogisticRegression

    X, y = clouds(10, 1)
    theta = runs.fit_linear(X, y, penalty=1e-6)
    unit = losses.binary_cross_entropy(y.mean(), y).mean()
    model = LogisticRegression(C=1 / (1e-6 * unit * len(y)), tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(theta, [*model.coef_[0], model.intercept_[0]], rtol=1e-3)


@pytest.mark.parametrize("balance", ["weights", "copies", "fewer", "smote"])
def test_every_cure_balances_the_classes(balance):
    X, y = np.arange(2000.0).reshape(1000, 2), np.repeat([0, 1], [980, 20])
    _, labels, weight = runs.balanced(X, y, balance, np.random.default_rng(0))
    assert weight.mean() == pytest.approx(1)
    assert weight[labels == 1].sum() / len(labels) == pytest.approx(0.5, abs=0.05)


def test_without_a_cure_and_with_fewer_the_examples_are_old_ones():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(500, 3)), (np.arange(500) < 30).astype(int)
    same = runs.balanced(X, y, "", np.random.default_rng(0))
    np.testing.assert_array_equal(same[0], X)
    np.testing.assert_array_equal(same[2], 1.0)
    fewer, labels, _ = runs.balanced(X, y, "fewer", np.random.default_rng(0))
    np.testing.assert_array_equal(fewer[labels == 1], X[y == 1])
    places = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in fewer[labels == 0]]
    assert len(set(places)) == 30 and all(y[i] == 0 for i in places)


def test_smote_makes_up_points_between_near_neighbours():
    """On a circle: between two of the five nearest a chord stays close to the circle."""
    angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    X = np.column_stack([np.cos(angle), np.sin(angle)])
    made = runs.smote(X, 2000, np.random.default_rng(0))
    radius = np.hypot(*made.T)
    # the 5 nearest are at most 3 places away: half the angle between them is 3 * 3.6 / 2 degrees
    assert made.shape == (2000, 2)
    assert radius.max() <= 1 + 1e-12 and radius.min() >= np.cos(np.deg2rad(5.4)) - 1e-12
    assert len(np.unique(np.floor(np.arctan2(*made.T) * 8))) > 40  # all around
    with pytest.raises(ValueError, match="more than 5 rows, got 5"):
        runs.smote(X[:5], 3, np.random.default_rng(0))


@pytest.mark.parametrize("loss", [*runs.STARTS.values(), runs.Loss(balance="weights")])
def test_the_own_start_is_the_best_answer_that_is_the_same_for_all(loss):
    share = 0.02
    w1, w0 = (1 / share, 1 / (1 - share)) if loss.balance else (1.0, 1.0)

    def mean_loss(z):
        one, zero = losses.focal_loss(z, 1, loss.gamma), losses.focal_loss(z, 0, loss.gamma)
        return share * w1 * one + (1 - share) * w0 * zero

    best = optimize.minimize_scalar(mean_loss, bounds=(-9, 3), options={"xatol": 1e-9}).x
    assert runs.own_start(loss, share) == pytest.approx(best, abs=1e-4)
    y = (np.arange(100) < 2).astype(int)
    bias = runs.network(3, 4, loss, y, seed=0)[-1].bias.item()
    expected = best if loss.start == "own" else loss.start
    assert bias == pytest.approx(expected, abs=1e-4)


def test_decisions_are_scikit_learn_s():
    from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score, recall_score

    rng = np.random.default_rng(7)
    y, p = rng.integers(0, 2, 200), rng.random(200)
    made, said = runs.decisions(p, y, 0.6), p >= 0.6
    scores = (precision_score, recall_score, f1_score, balanced_accuracy_score)
    assert list(made.values()) == pytest.approx([score(y, said) for score in scores])
    best = runs.threshold_of_best_f1(p, y)
    assert runs.decisions(p, y, best)["f1"] == pytest.approx(
        max(f1_score(y, p >= t) for t in np.unique(p))
    )


def test_what_a_loss_does_is_undone_by_its_repair():
    eta, prevalence = np.array([0.001, 0.02, 0.3]), 0.02
    shift = imbalance.correct_prior_shift(eta, prevalence, 0.5)  # what balanced weights report
    weighted = runs.repaired(shift, runs.Loss(balance="weights"), prevalence)
    np.testing.assert_allclose(weighted, eta, rtol=1e-12)
    focal = runs.repaired(losses.focal_minimiser(eta, 2.0), runs.Loss(gamma=2.0), prevalence)
    np.testing.assert_allclose(focal, eta, rtol=1e-10)
    z = np.linspace(-12, 5, 400_001)
    for risk in eta:
        one, zero = losses.focal_loss(z, 1, 2.0, 0.25), losses.focal_loss(z, 0, 2.0, 0.25)
        best = losses.sigmoid(z[(risk * one + (1 - risk) * zero).argmin()])
        back = runs.repaired(best, runs.Loss(gamma=2.0, alpha=0.25), prevalence)
        assert back == pytest.approx(risk, rel=1e-3)


def test_the_widget_s_margins_are_those_of_the_fit():
    stored = np.loadtxt(runs.MARGINS, delimiter=",", skiprows=1)
    again = runs.margins_of_v()
    np.testing.assert_array_equal(stored[:, 0], again[:, 0])
    assert np.abs(stored[:, 1:].cumsum(axis=0) - again[:, 1:].cumsum(axis=0)).max() <= 3
