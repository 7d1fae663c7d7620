"""Statements of chapter 02 that are easily got wrong, computed another way."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.stats
import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from ce_course import data, losses
from ce_course.widgets.quiz import question

pytestmark = pytest.mark.trains

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "02_binary_cross_entropy.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
MINUS = "\N{MINUS SIGN}"
PROSE = "\n\n".join(
    "".join(c["source"]).replace(MINUS, "-") for c in CELLS if c["cell_type"] == "markdown"
)
PRINTED = "\n".join(
    "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))
    for cell in CELLS
    for output in cell.get("outputs", [])
)


def probability_form(z, y):
    """Loss, slope in p, slope of the sigmoid, and gradient in z, all in float32."""
    z = torch.tensor(float(z), requires_grad=True)
    p = torch.sigmoid(z)
    p.retain_grad()
    loss = F.binary_cross_entropy(p, torch.tensor(float(y)))
    loss.backward()
    return loss.item(), p.grad.item(), (p * (1 - p)).item(), z.grad.item()


def mean_loss(z, y):
    return np.logaddexp(0, z).mean() - (z * y).mean()


def logit_form(z, y):
    z = torch.tensor(float(z), requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(z, torch.tensor(float(y)))
    loss.backward()
    return loss.item(), z.grad.item()


# ------------------------------------------------------------------ probabilities in float32


def test_at_17_the_slope_in_p_is_huge_and_the_sigmoid_s_is_0():
    loss, in_p, of_sigmoid, gradient = probability_form(17, 0)
    assert loss == 100
    assert in_p == pytest.approx(1e12, rel=1e-6)
    assert of_sigmoid == gradient == 0
    (reply,) = [o.reply for o in question("bce_z17").options if o.right]
    assert "is 1e12" in reply and "p(1 - p) is exactly 0" in reply


def test_label_1_at_minus_17_loses_nothing():
    loss, _, _, gradient = probability_form(-17, 1)
    assert loss == pytest.approx(17, rel=1e-6)
    assert gradient == pytest.approx(-1, rel=1e-6)


def test_label_1_at_minus_50_has_the_right_loss_and_a_dead_gradient():
    loss, _, _, gradient = probability_form(-50, 1)
    assert loss == pytest.approx(50, rel=1e-6)
    assert gradient == pytest.approx(-expit(-50) / 1e-12, rel=1e-3)
    assert f"is {gradient:.1e} in place of -1" in PROSE


def test_label_1_at_minus_90_the_probability_is_0():
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(np.float32(90)))
    loss, in_p, _, gradient = probability_form(-90, 1)
    assert loss == 100 and gradient == 0
    assert in_p == pytest.approx(-1e12, rel=1e-6)
    assert probability_form(-85, 1)[0] == pytest.approx(85, rel=1e-6)
    assert logit_form(-90, 1) == (90, -1)


def test_the_two_slopes_cancel_down_to_a_probability_of_1e_12():
    begins = -np.log(1e12 - 1)
    assert f"a logit of {begins:.1f}" in PROSE
    assert probability_form(begins + 0.5, 1)[-1] == pytest.approx(-1, rel=1e-3)
    assert probability_form(begins - 0.5, 1)[-1] == pytest.approx(-np.exp(-0.5), rel=1e-3)


def test_where_pytorch_s_loss_and_gradient_are_exactly_0():
    assert logit_form(-16, 0)[0] == 0 and logit_form(-16, 0)[1] > 1e-7
    for margin in (17, 20, 40):
        loss, gradient = logit_form(margin, 1)
        exact = float(mpmath.log1p(mpmath.exp(-margin)))
        assert gradient == 0 and loss == pytest.approx(exact, rel=1e-5)
        loss, gradient = logit_form(-margin, 0)
        assert loss == 0 and gradient == pytest.approx(exact, rel=1e-5)
    assert logit_form(16, 1)[1] != 0


@pytest.mark.parametrize("margin", [5, 10, 16, 17, 40])
def test_the_formula_of_the_chapter_keeps_small_losses(margin):
    exact = float(mpmath.log1p(mpmath.exp(-margin)))
    for z, y in ((margin, 1), (-margin, 0)):
        z = np.float32(z)
        ours = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        assert ours.dtype == np.float32 and ours == pytest.approx(exact, rel=1e-6)


def test_with_soft_targets_the_course_s_two_terms_keep_digits_that_the_short_formula_loses():
    z, y = np.float32(9), np.float32(0.9999)
    exact = float(mpmath.log1p(mpmath.exp(-9)) + (1 - mpmath.mpf(float(y))) * 9)
    short = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    two_terms = y * np.logaddexp(np.float32(0), -z) + (1 - y) * np.logaddexp(np.float32(0), z)
    assert abs(two_terms / exact - 1) < 1e-6 < 1e-4 < abs(short / exact - 1)
    assert losses.binary_cross_entropy_with_logits(z, y) == pytest.approx(exact, rel=1e-6)


# ------------------------------------------------------------------ odds, Bayes, labels


def test_odds_on_and_against():
    assert 4 / (4 + 1) == 0.8 and 1 / (1 + 4) == 0.2
    assert "4 to 1 *on* are a probability of 0.8" in PROSE
    assert "odds *against*, a probability of 0.2" in PROSE


def test_log_odds_of_two_bell_curves_are_a_line():
    x = np.linspace(-5, 5, 11)
    normal = scipy.stats.norm
    np.testing.assert_allclose(normal(2).logpdf(x) - normal(0).logpdf(x), 2 * x - 2, atol=1e-12)


def test_the_losses_of_labels_add_up_where_labels_are_independent():
    cat, dog = 0.7, 0.2
    pair = np.outer([cat, 1 - cat], [dog, 1 - dog]).ravel()
    single = scipy.stats.entropy([cat, 1 - cat]) + scipy.stats.entropy([dog, 1 - dog])
    assert scipy.stats.entropy(pair) == pytest.approx(single)
    both_or_neither = scipy.stats.entropy([0.5, 0, 0, 0.5])
    assert f"add up to {2 * np.log(2):.4f}" in PROSE
    assert f"model of the pair would pay {both_or_neither:.4f}" in PROSE


def test_a_right_target_never_gives_a_negative_loss():
    z = torch.linspace(-200, 200, 4001)
    for y in torch.linspace(0, 1, 11):
        assert F.binary_cross_entropy_with_logits(z, y.expand(4001), reduction="none").min() >= 0
    assert F.binary_cross_entropy_with_logits(torch.tensor(3.0), torch.tensor(2.0)) < -2


# ------------------------------------------------------------------ a weak penalty


def test_the_loss_below_is_scikit_learn_s():
    z, y = np.array([3.0, -1.0, 0.5]), np.array([1, 0, 0])
    assert mean_loss(z, y) == pytest.approx(log_loss(y, expit(z)))


@pytest.fixture(scope="module")
def splits():
    """For 20 splits: test error and loss with a good and a weak penalty; weak logits and labels."""
    X_all, y_all, _ = data.breast_cancer()
    rows = []
    for seed in range(20):
        X, X_test, y, y_test = train_test_split(
            X_all, y_all, test_size=0.3, random_state=seed, stratify=y_all
        )
        scaler = StandardScaler().fit(X)
        z = {}
        for penalty in (1e-2, 1e-8):
            model = LogisticRegression(
                C=1 / (penalty * len(y)), solver="newton-cholesky", tol=1e-10, max_iter=1000
            ).fit(scaler.transform(X), y)
            z[penalty] = model.decision_function(scaler.transform(X_test))
        good, weak = z[1e-2], z[1e-8]
        errors = ((good > 0) != y_test).mean(), ((weak > 0) != y_test).mean()
        rows.append((*errors, mean_loss(good, y_test), mean_loss(weak, y_test), weak, y_test))
    return list(zip(*rows, strict=True))


def repair(z, y, half):
    """Errors in every other example, and the loss of the rest before and after a temperature."""
    seen = np.arange(len(y)) % 2 == half
    best = minimize_scalar(
        lambda s: mean_loss(z[seen] * np.exp(s), y[seen]), bounds=(-9, 3), method="bounded"
    )
    wrong = ((z > 0) != y)[seen].sum()
    return wrong, mean_loss(z[~seen], y[~seen]), mean_loss(z[~seen] * np.exp(best.x), y[~seen])


def test_a_weak_penalty_costs_some_decisions(splits):
    good, weak = map(np.array, splits[:2])
    assert (weak > good).sum() >= 16 and (weak < good).sum() <= 1
    assert 0.01 < (weak - good).mean() < 0.025
    words = f"{100 * weak.mean():.1f} % of the test tumours are judged wrongly"
    assert f"{words} in place of {100 * good.mean():.1f} %" in PROSE


def test_and_most_of_the_loss_which_one_temperature_repairs(splits):
    good, weak = map(np.array, splits[2:4])
    prior = scipy.stats.entropy([212 / 569, 357 / 569])
    assert (weak > prior).all() and weak.mean() > 15 * good.mean()
    pairs = list(zip(*splits[4:], strict=True))
    wrong, before, after = np.transpose([repair(*pair, half) for pair in pairs for half in (0, 1)])
    assert np.median(after) < 0.15 * np.median(before)
    failed = after > 0.8 * prior
    assert failed.sum() == 1 and wrong[failed] == 0
    assert (after > prior)[failed].all()


def test_a_temperature_fitted_where_nothing_is_wrong_sharpens_without_end():
    z, y = np.array([3.0, -2.0, 0.5]), np.array([1, 0, 1])
    losses = [mean_loss(z / T, y) for T in (1, 0.3, 0.1, 0.03)]
    assert (np.diff(losses) < 0).all() and losses[-1] < 1e-6


# ------------------------------------------------------------------ is it true?


def test_minus_log_is_lopsided_and_the_absolute_error_is_not():
    d = np.linspace(0.01, 0.49, 49)
    cost, saving = -np.log1p(-2 * d), np.log1p(2 * d)
    assert (cost > saving).all()
    assert f"{-np.log1p(-0.998) / np.log1p(0.998):.1f} times what 0.999 saves" in PRINTED
