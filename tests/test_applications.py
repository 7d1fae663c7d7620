"""Chapter 11's losses against PyTorch, quadrature, mpmath and closed forms."""

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch.distributions import ContinuousBernoulli
from torch.nn import functional as F

from ce_course import applications, information, losses

RNG = np.random.default_rng(0)
Z, Y = RNG.normal(size=(7, 4)) * 3, RNG.integers(0, 4, 7)
A = RNG.normal(size=7)


def test_the_policy_gradient_is_the_weighted_one_of_cross_entropy():
    z = torch.tensor(Z, requires_grad=True)
    expected = torch.tensor(A) * F.cross_entropy(z, torch.tensor(Y), reduction="none")
    found = applications.policy_gradient_loss(Z, Y, A)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-12)
    expected.sum().backward()
    by_hand = A[:, None] * (losses.softmax(Z) - np.eye(4)[Y])
    np.testing.assert_allclose(z.grad.numpy(), by_hand, atol=1e-12)


def test_an_impossible_action_without_advantage_costs_nothing():
    z = [[0.0, -np.inf]] * 2
    np.testing.assert_array_equal(
        applications.policy_gradient_loss(z, [1, 1], [0, -1]), [0, -np.inf]
    )
    with pytest.raises(ValueError, match=r"advantages: expected shape \(2,\), got \(1,\)"):
        applications.policy_gradient_loss(z, [1, 1], [0])


@pytest.mark.parametrize("advantage", [1.5, -0.5, 0.0])
@pytest.mark.parametrize("ratio", [0.1, 0.79, 1.0, 1.21, 2.36])
def test_ppo_is_the_clipped_minimum(ratio, advantage):
    expected = -min(ratio * advantage, min(max(ratio, 0.8), 1.2) * advantage)
    found = applications.ppo_loss([math.log(ratio)], [advantage])
    assert found[0] == pytest.approx(expected, abs=1e-15)
    step = 1e-6
    moved = applications.ppo_loss([math.log(ratio) + step], [advantage])
    outside = ratio > 1.2 if advantage > 0 else ratio < 0.8
    assert ((moved - found)[0] == 0) == (advantage == 0 or outside)


def test_dpo_is_pytorchs_log_sigmoid():
    four = -RNG.exponential(20, (4, 6))
    c, r, rc, rr = map(torch.tensor, four)
    expected = -F.logsigmoid(0.3 * ((c - rc) - (r - rr)))
    np.testing.assert_allclose(applications.dpo_loss(*four, 0.3), expected.numpy(), rtol=1e-12)
    assert applications.dpo_loss(-3.0, -3.0, -3.0, -3.0, 0.1) == pytest.approx(math.log(2))
    with pytest.raises(ValueError, match="rejected: expected log-prob"):
        applications.dpo_loss([-1.0], [1.0], [-1.0], [-1.0], 0.1)
    with pytest.raises(ValueError, match=r"reference_chosen: expected shape \(2,\)"):
        applications.dpo_loss([-1.0] * 2, [-1.0] * 2, [-1.0], [-1.0] * 2, 0.1)


def test_info_nce_is_pytorchs_cross_entropy_and_ln_n_where_nothing_is_known():
    s = RNG.uniform(-1, 1, (6, 6))
    expected = F.cross_entropy(torch.tensor(s) / 0.07, torch.arange(6), reduction="none")
    np.testing.assert_allclose(applications.info_nce(s, 0.07), expected.numpy(), rtol=1e-12)
    np.testing.assert_allclose(applications.info_nce(np.zeros((9, 9))), math.log(9), rtol=1e-15)
    with pytest.raises(ValueError, match=r"similarities: expected shape \(N, N\), got \(2, 3\)"):
        applications.info_nce(np.zeros((2, 3)))


def test_listnet_is_a_cross_entropy_with_its_floor():
    scores, grades = RNG.normal(size=(5, 4)), RNG.integers(0, 4, (5, 4)).astype(float)
    target = torch.softmax(torch.tensor(grades), 1)
    expected = F.cross_entropy(torch.tensor(scores), target, reduction="none")
    np.testing.assert_allclose(applications.listnet_loss(scores, grades), expected, rtol=1e-12)
    floor = information.entropy(losses.softmax(grades))
    np.testing.assert_allclose(applications.listnet_loss(grades, grades), floor, rtol=1e-12)
    with pytest.raises(ValueError, match="scores, relevance: expected the same shape"):
        applications.listnet_loss(scores, grades[0])


def test_the_discriminator_pays_2_ln_2_where_it_cannot_tell():
    real, fake = RNG.normal(size=5), RNG.normal(size=9)
    bce = F.binary_cross_entropy_with_logits
    expected = bce(torch.tensor(real), torch.ones(5).double())
    expected += bce(torch.tensor(fake), torch.zeros(9).double())
    assert applications.discriminator_loss(real, fake) == pytest.approx(expected.item(), rel=1e-12)
    assert applications.discriminator_loss([0.0], [0.0] * 3) == pytest.approx(2 * math.log(2))
    with pytest.raises(ValueError, match="fake_z: expected at least one logit"):
        applications.discriminator_loss([0.0], [])


def test_the_reconstruction_is_pytorchs_and_its_floor_the_entropy():
    z, x = RNG.normal(size=(3, 5)), RNG.random((3, 5))
    expected = F.binary_cross_entropy_with_logits(
        torch.tensor(z), torch.tensor(x), reduction="none"
    ).sum(1)
    np.testing.assert_allclose(applications.reconstruction_bce(z, x), expected, rtol=1e-12)
    two = np.stack([x, 1 - x], axis=-1)
    floor = information.entropy(two).sum(axis=1)
    found = applications.reconstruction_bce(losses.logit(x), x)
    np.testing.assert_allclose(found, floor, rtol=1e-12)


@pytest.mark.parametrize("z", [-800.0, -3.0, -0.3, 0.3, 0.7, 3.0, 40.0])
def test_the_continuous_bernoulli_is_a_density_and_pytorchs(z):
    def density(x):
        return np.exp(-applications.continuous_bernoulli_nll([z], [x]))

    points = [0.01, 0.99] if abs(z) > 10 else None
    assert quad(density, 0, 1, points=points)[0] == pytest.approx(1, abs=1e-7)
    x = np.array([0.0, 0.2, 0.9, 1.0])
    if abs(z) < 10:
        theirs = -ContinuousBernoulli(logits=torch.tensor(z).double()).log_prob(torch.tensor(x))
        found = applications.continuous_bernoulli_nll(np.full((4, 1), z), x[:, None])
        np.testing.assert_allclose(found, theirs.numpy(), atol=1e-9)


@pytest.mark.parametrize("z", [0.0, 1e-12, -1e-9, 1e-7, 1e-3, -200.0, 900.0])
def test_the_continuous_bernoulli_keeps_its_digits(z):
    with mpmath.workdps(50):
        area = mpmath.expm1(z) / z if z else mpmath.mpf(1)
        expected = float(mpmath.log(area) - mpmath.mpf(z) * mpmath.mpf(0.25))
    found = applications.continuous_bernoulli_nll([z], [0.25])
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-15)
