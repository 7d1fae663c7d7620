"""What chapter 05 says, computed another way, and what it concludes from its stored tables."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional as F

from ce_course import experiments, losses, training
from ce_course.experiments import mse_vs_cross_entropy as five

pytestmark = pytest.mark.trains


def adam_steps(z, rate, squared):
    """Steps of Adam from z to 0 for label 1, by the formulas of D. Kingma and J. Ba."""
    steps, m, s = 0, 0.0, 0.0
    while z < 0:
        p = 1 / (1 + math.exp(-z))
        g, steps = (2 * (p - 1) * p * (1 - p) if squared else p - 1), steps + 1
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        z -= rate * m / (1 - 0.9**steps) / (math.sqrt(s / (1 - 0.999**steps)) + 1e-8)
    return steps


def test_adam_forgets_the_size_of_a_gradient_only_above_its_epsilon():
    assert adam_steps(-10, 0.1, squared=True) == 72
    assert adam_steps(-20, 0.1, squared=True) < 205 == adam_steps(-20, 0.1, squared=False)
    assert adam_steps(-25, 0.1, squared=True) == 3717
    assert adam_steps(-30, 0.1, squared=False) == 305


def test_below_it_adam_is_plain_descent_at_the_rate_over_epsilon():
    plain = (math.exp(30) / 2 + 1.5 * 30 + 1.25) / 1e7
    assert adam_steps(-30, 0.1, squared=True) == pytest.approx(plain, rel=1e-3)


def test_the_gradient_of_the_square_passes_adams_epsilon_at_minus_nineteen():
    sizes = [abs(losses.mse_sigmoid_grad(z, 1)) for z in (-18.5, -19.5)]
    assert sizes[0] > 1e-8 > sizes[1]


def test_these_are_the_steps_of_torchs_adam():
    z = torch.tensor([-20.0], dtype=torch.float64, requires_grad=True)
    step_with, steps = torch.optim.Adam([z], lr=0.1), 0
    while z.item() < 0:
        step_with.zero_grad()
        (z.sigmoid() - 1).square().sum().backward()
        step_with.step()
        steps += 1
    assert steps == adam_steps(-20, 0.1, squared=True)


def test_hinge_and_perceptron_push_every_misclassified_example_with_one():
    margin = torch.tensor([-10.0, -1.0, -0.01], requires_grad=True)
    for loss in (torch.relu(1 - margin), torch.relu(-margin)):
        (slope,) = torch.autograd.grad(loss.sum(), margin)
        assert (slope == -1).all()


def test_at_one_half_every_score_between_the_margins_is_best_for_the_hinge():
    z = np.linspace(-3, 3, 601)
    expected = (losses.hinge_loss(z) + losses.hinge_loss(-z)) / 2
    best = np.isclose(expected, expected.min(), rtol=0, atol=1e-12)
    assert (best == (np.abs(z) <= 1 + 1e-9)).all()


def test_a_band_of_one_width_is_right_only_where_the_noise_has_one_width():
    def inside(growth, at):  # width 0.2 + growth * x, x from 0 to 3
        width = 0.2 + growth * np.linspace(0, 3, 100_001)
        band = 1.96 * np.sqrt((width**2).mean())
        return math.erf(band / (0.2 + growth * at) / math.sqrt(2))

    assert [round(inside(0.0, at), 3) for at in (0.5, 1.5, 2.5)] == [0.95, 0.95, 0.95]
    assert inside(0.4, 0.5) > 0.99 and inside(0.4, 2.5) < 0.86


# ------------------------------------------------------------------ the experiment itself


def test_the_five_losses_are_torchs():
    rng = torch.Generator().manual_seed(0)
    z, y = torch.randn(6, 10, generator=rng), torch.arange(6)
    t = F.one_hot(y, 10).float()
    expected = {
        "cross-entropy, softmax": F.cross_entropy(z, y, reduction="none"),
        "cross-entropy, sigmoids": F.binary_cross_entropy_with_logits(z, t, reduction="none").sum(
            -1
        ),
        "squared error, sigmoids": F.mse_loss(z.sigmoid(), t, reduction="none").sum(-1),
        "squared error, softmax": torch.tensor(losses.brier_score(z.softmax(-1).numpy(), y)),
        "squared error, raw logits": F.mse_loss(z, t, reduction="none").sum(-1),
    }
    for name, value in expected.items():
        torch.testing.assert_close(five.LOSSES[name](z, t), value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_networks_trained_side_by_side_are_those_of_the_usual_loop(optimizer):
    settings = {**five.SETTINGS, "epochs": 2}
    case = ("squared error, softmax", "bias 1")
    rates = (0.01, 0.05)
    together = five.accuracies(3, case, rates, optimizer, **settings)
    X, y, X_test, y_test = five.data.digits(3)
    for column, rate in enumerate(rates):
        history = training.train(
            five.network("bias 1", 3),
            X,
            y,
            lambda z, y: five.LOSSES[case[0]](z, F.one_hot(y, 10).float()).mean(),
            epochs=2,
            learning_rate=rate,
            seed=3,
            optimizer=optimizer,
            X_test=X_test,
            y_test=y_test,
        )
        alone = history["test_accuracy"].to_numpy()[1:]
        np.testing.assert_allclose(together[:, column], alone, atol=0.01)


def test_the_first_epoch_that_reaches_or_the_last():
    accuracy = np.array([[0.5, 0.96], [0.95, 0.2], [0.9, 0.99]])
    assert list(five._arrivals(accuracy, 0.95)) == [2, 1]
    assert list(five._arrivals(accuracy, 0.999)) == [3, 3]


def test_the_trainings_that_choose_the_rates_are_as_many_as_the_chapter_says():
    for optimizer, trainings in (("sgd", 297), ("adam", 264)):
        table = experiments.stored(f"five_losses_rates_{optimizer}")
        assert table.drop(columns=["variant", "seed"]).size == trainings


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_reported_rates_are_those_that_the_rule_chooses(optimizer):
    table = experiments.stored(f"five_losses_rates_{optimizer}")
    for case in five.CASES:
        chosen = training.best_rate(five.scores(table, case))
        assert five.CHOSEN[optimizer][case] == chosen, case


# ------------------------------------------------------------------ what the tables show


def epochs(variant):
    """Epochs to 95 % of ten seeds; inf for never."""
    table = experiments.stored("five_losses")
    runs = table[table["variant"] == variant]
    assert len(runs) == 10
    return runs["epochs"].where(runs["arrived"] == 1, np.inf)


SLOW = "squared error, sigmoids"
FAST = [name for name in five.LOSSES if name != SLOW]


def test_from_a_good_start_four_losses_are_about_equally_fast_with_either_optimiser():
    for optimizer in ("sgd", "adam"):
        for name in FAST:
            needed = epochs(f"{name}; good; {optimizer}")
            assert needed.median() <= 7 and needed.max() <= 15, (name, optimizer)


def test_the_square_on_sigmoids_takes_three_times_as_long_with_sgd_and_twice_with_adam():
    slow, other = (
        max(epochs(f"{n}; good; sgd").median() for n in names) for names in ([SLOW], FAST)
    )
    assert slow > 2.5 * other
    slow = epochs(f"{SLOW}; good; adam")
    assert 1.2 * epochs("cross-entropy, softmax; good; adam").median() < slow.median() <= 12


def test_all_are_about_equally_accurate_in_the_end():
    table = experiments.stored("five_losses")
    good = table[table["variant"].str.contains("; good;")]
    assert good.groupby("variant")["accuracy 60"].mean().between(0.955, 0.99).all()


def test_a_certain_mistake_slows_down_no_cross_entropy():
    for optimizer in ("sgd", "adam"):
        for name in FAST[:2]:
            assert epochs(f"{name}; bias 10; {optimizer}").max() <= 15


def test_with_sgd_it_slows_down_every_square():
    slow, soft, raw = (epochs(f"{n}; bias 10; sgd") for n in (SLOW, *FAST[2:]))
    assert np.isinf(slow).sum() >= 5
    assert soft.median() > 3 * epochs("squared error, softmax; good; sgd").median()
    assert raw.median() > 3 * epochs("squared error, raw logits; good; sgd").median()


def test_with_patience_and_a_small_rate_the_square_on_sigmoids_gets_away_too():
    slow = experiments.stored("five_losses_patience")
    assert len(slow) == 10 and slow["arrived"].sum() >= 7 and slow["epochs"].min() > 120


def test_a_bias_of_its_own_target_does_not_hurt_the_raw_logits():
    for optimizer in ("sgd", "adam"):
        assert epochs(f"squared error, raw logits; bias 1; {optimizer}").max() <= 12


def test_the_winner_changes_with_a_rate_for_all_but_not_to_whatever_one_likes():
    table = experiments.stored("five_losses_rates_sgd")
    means = pd.DataFrame({n: five.scores(table, f"{n}; good").mean(axis=1) for n in five.LOSSES})
    first = means.idxmin(axis=1)
    assert (first[0.01:0.1] == "squared error, raw logits").all()
    assert first[0.5].startswith("cross-entropy") and means.loc[0.5, FAST[-1]] == 60
    assert (first[0.01:0.5] != SLOW).all() and (first[0.01:1] != "squared error, softmax").all()
    assert first[1] == SLOW and means.loc[1, FAST].min() > 45
