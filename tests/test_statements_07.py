"""What chapter 07 states about students, teachers and smoothing, computed."""

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F

from ce_course import data, experiments, losses, training
from ce_course.experiments import distillation_and_label_smoothing as distillation

TABLES = {"digits": "distillation", "mnist1d": "distillation_mnist1d"}


def gain(a, b, table="distillation", metric="accuracy"):
    """Variant a minus variant b, for each of ten seeds."""
    wide = experiments.stored(table).pivot(index="seed", columns="variant", values=metric)
    assert len(wide) == 10
    return wide[a] - wide[b]


# ------------------------------------------------------------------ how the students are trained


@pytest.mark.trains
def test_students_that_are_trained_together_learn_what_each_would_alone():
    X, _, X_test, _ = data.digits(0)
    X, X_test = (torch.as_tensor(part, dtype=torch.float32) for part in (X, X_test))
    rng = np.random.default_rng(0)
    q = torch.as_tensor(losses.softmax(3 * rng.normal(size=(1000, 10))), dtype=torch.float32)
    lessons = [(q[:300], 4.0, 0.01), (q, 1.0, 0.002), (q[:100], 2.0, 0.02)]
    targets, T, rates = zip(*lessons, strict=True)
    start = training.mlp((64, 16, 10), 3)
    ((step, together),) = distillation.train_together(
        start, X, targets, T, rates, looks=[60], seed=5
    )
    assert step == 60
    for z, (target, t, rate) in zip(together(X_test), lessons, strict=True):
        alone = training.mlp((64, 16, 10), 3)
        training.train(
            alone,
            X[: len(target)],
            target,
            lambda z, q, t=t: t**2 * F.cross_entropy(z / t, q),
            epochs=60 * 100 // len(target),
            learning_rate=rate,
            seed=5,
            batch_size=100,
            optimizer="adam",
        )
        with torch.no_grad():
            torch.testing.assert_close(z, alone(X_test), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dataset", TABLES)
def test_both_sides_are_tuned_by_the_same_rule_on_other_seeds(dataset):
    tuning = experiments.stored(f"{TABLES[dataset]}_tuning")
    reported = experiments.stored(TABLES[dataset])
    assert not set(tuning["seed"]) & set(reported["seed"])
    best = distillation.best_settings(tuning)
    used = reported.groupby("variant")[["learning_rate", "steps"]].agg(["min", "max"])
    for lesson, (rate, steps, _) in best.iterrows():
        assert used.loc[lesson, "learning_rate"].tolist() == [rate, rate], lesson
        assert used.loc[lesson, "steps"].tolist() == [steps, steps], lesson
    assert set(best.index) == set(reported["variant"])


@pytest.mark.parametrize("dataset", TABLES)
def test_no_clearly_better_rate_lies_beyond_the_grid(dataset):
    """Seven rates for each lesson; the ends are better by less than half a point, if at all."""
    tuning = experiments.stored(f"{TABLES[dataset]}_tuning")
    rates = tuning["variant"].str.replace(r".*, rate ", "", regex=True).astype(float)
    lessons = tuning["variant"].str.replace(r", rate .*", "", regex=True)
    assert (rates.groupby(lessons).nunique() == 7).all()
    assert (rates.groupby(lessons).agg(["min", "max"]) == [0.001, 0.1]).all(axis=None)
    mean = tuning.drop(columns=["seed", "steps"]).groupby("variant").mean().max(axis=1)
    for lesson in lessons.unique():
        tried = [mean[f"{lesson}, rate {rate:g}"] for rate in distillation.RATES]
        assert max(tried[1:-1]) >= max(tried[0], tried[-1]) - 0.004, lesson


def test_the_rule_finds_the_highest_mean_inside_the_grid_and_of_equals_the_shortest():
    scores = {  # after half of the steps and after all, for two seeds
        "a, rate 0.1": [(0.9, 0.9), (0.9, 0.9)],
        "a, rate 0.2": [(0.5, 0.7), (0.5, 0.9)],
        "a, rate 0.5": [(0.8, 0.9), (0.4, 0.3)],
        "a, rate 1": [(0.9, 0.9), (0.9, 0.9)],
        "b, T = 1, rate 0.1": [(0.3, 0.3), (0.3, 0.3)],
        "b, T = 1, rate 0.2": [(0.2, 0.2), (0.2, 0.2)],
        "b, T = 1, rate 0.5": [(0.1, 0.1), (0.1, 0.1)],
        "b, T = 1, rate 1": [(0.3, 0.3), (0.3, 0.3)],
    }
    rows = [
        (variant, seed, 8, *looks)
        for variant, seeds in scores.items()
        for seed, looks in enumerate(seeds)
    ]
    columns = ["variant", "seed", "steps", "after 1/2 of the steps", "after 1/1 of the steps"]
    best = distillation.best_settings(pd.DataFrame(rows, columns=columns))
    assert best.index.tolist() == ["a", "b, T = 1"]
    assert best[["learning_rate", "steps"]].to_numpy().tolist() == [[0.2, 8], [0.2, 4]]


# ------------------------------------------------------------------ the factor T²


def test_times_t_squared_the_gradient_keeps_its_order_of_magnitude():
    v = torch.tensor(data.digit_teachers()["hard"][:5])
    z = torch.randn(5, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    sizes = []
    for T in (1, 2, 4, 10, 20, 100, 1000):
        z = z.detach().requires_grad_()
        loss = F.cross_entropy(z / T, F.softmax(v / T, dim=1), reduction="sum")
        sizes.append(torch.autograd.grad(loss, z)[0].norm().item() * T**2)
    assert 1.7 < min(sizes) < 1.8 and 5.0 < max(sizes) < 5.1
    assert sizes[0] / (sizes[-1] / 1e6) == pytest.approx(466_000, rel=0.01)


def test_without_t_squared_adam_is_the_same_and_a_mixture_is_not():
    assert gain("Adam, with T²", "Adam, without", "temperature_squared").abs().max() < 0.01
    mixed = gain("half labels, Adam, with T²", "half labels, Adam, without", "temperature_squared")
    assert (mixed > 0).all() and 0.005 < mixed.mean() < 0.03


# ------------------------------------------------------------------ what students learn


def test_soft_labels_beat_hard_ones_from_100_digits_and_softened_ones_beat_these():
    assert (gain("T = 1", "hard labels") > 0).all()
    assert (gain("T = 4", "T = 1") > 0).all()
    assert 0.06 < gain("T = 4", "hard labels").mean() < 0.1
    assert gain("smoothed labels", "hard labels").mean() < 0  # softness that nobody wrote


def test_at_t_1_a_student_is_still_learning_after_2000_steps_and_elsewhere_it_is_not():
    longer = experiments.stored("distillation_longer").set_index("variant")
    further = longer["after 8000 steps"] - longer["after 2000 steps"]
    further = further.groupby("variant").agg(["mean", lambda d: (d > 0).sum()])
    further.columns = ["mean", "higher"]
    assert further.loc["T = 1", "mean"] > 0.005 and further.loc["T = 1", "higher"] >= 8
    rest = further.drop("T = 1")["mean"]
    assert (rest.abs() < 0.01).all()
    by_lesson = {name: rows.set_index("seed") for name, rows in longer.groupby("variant")}
    best = by_lesson["T = 4"]["after 2000 steps"] - by_lesson["T = 1"]["after 8000 steps"]
    assert best.mean() > 0.01 and (best > 0).sum() >= 9


def test_most_of_the_gain_is_what_the_teacher_learned_from_labels_the_student_never_saw():
    softness = gain("teacher of the same 100, T = 4", "hard labels").mean()
    assert 0 < softness < 0.3 * gain("T = 4", "hard labels").mean()


def test_with_all_pictures_the_gain_is_small():
    """On signals at T = 4 it is there: 1.6 points, with a standard error of 0.4."""
    for T in (1, 4):
        digits = gain(f"T = {T}, 1000 digits", "hard labels, 1000 digits")
        signals = gain(
            f"T = {T}, 3500 signals", "hard labels, 3500 signals", "distillation_mnist1d"
        )
        assert abs(digits.mean()) < 0.01 and -0.005 < signals.mean() < 0.03
    assert (signals > 0).sum() >= 7 and signals.mean() > 0.005
    few = gain("T = 4", "hard labels", "distillation_mnist1d")
    assert (few > 0).all() and few.mean() > 0.04


def test_a_short_training_would_have_reported_that_distillation_costs_accuracy():
    tuning = experiments.stored("distillation_mnist1d_tuning").drop(columns=["seed", "steps"])
    hard, soft = (
        tuning.groupby("variant").mean().loc[f"{name}, 3500 signals, rate 0.005"]
        for name in ("hard labels", "T = 4")
    )
    behind = hard - soft
    assert behind["after 1/16 of the steps"] > 0.05 and behind["after 1/8 of the steps"] > 0.03
    assert abs(behind["after 1/1 of the steps"]) < 0.02
    table = tuning.groupby("variant").mean()
    own = table.loc["T = 4, 3500 signals, rate 0.05"]
    assert (own > table.loc["hard labels, 3500 signals, rate 0.005"] - 0.01).all()
    assert own.max() > table.loc["T = 4, 3500 signals, rate 0.1"].max() + 0.005


# ------------------------------------------------------------------ the smoothed teacher


def test_the_smoothed_teacher_is_better_and_its_students_are_not():
    assert (gain("smoothed 0.1", "hard labels", "smoothed_teachers") > 0).all()
    assert (gain("smoothed teacher, T = 4", "T = 4") < 0).all()
    assert (gain("smoothed teacher, T = 1", "T = 1") < 0).all()
    loss = [gain(f"smoothed teacher, T = {T}", f"T = {T}").mean() for T in (1, 4)]
    assert loss[1] < 1.5 * loss[0]
    assert abs(gain("smoothed teacher, T = 4", "hard labels").mean()) < 0.03


def test_multiplied_the_smoothed_teacher_is_heard():
    for times in ("3.5", "6"):
        ahead = gain(f"smoothed teacher times {times}, T = 4", "hard labels")
        assert (ahead > 0).sum() >= 8 and 0.01 < ahead.mean() < 0.04
    teachers = experiments.stored("smoothed_teachers").groupby("variant")["gap"].mean()
    assert teachers["hard labels"] / teachers["smoothed 0.1"] == pytest.approx(3.5, abs=0.1)


def test_the_damage_hangs_on_temperature_and_on_digits_on_how_many_there_are():
    where = "distillation_mnist1d"
    at_4 = gain("smoothed teacher, T = 4, 3500 signals", "T = 4, 3500 signals", where)
    at_1 = gain("smoothed teacher, T = 1, 3500 signals", "T = 1, 3500 signals", where)
    few = gain("smoothed teacher, T = 4", "T = 4", where)
    assert (at_4 < 0).all() and at_4.mean() < -0.02 and at_1.mean() > -0.01
    assert (few < 0).sum() >= 8 and few.mean() < -0.01
    ahead = gain("smoothed teacher, T = 1, 3500 signals", "hard labels, 3500 signals", where)
    assert ahead.mean() > 0.005 and (ahead > 0).sum() >= 7
    many = gain("smoothed teacher, T = 4, 1000 digits", "T = 4, 1000 digits")
    assert -0.02 < many.mean() < 0


def test_flattened_is_not_erased():
    teachers = experiments.stored("smoothed_teachers").groupby("variant").mean()
    share = teachers["spread"] / teachers["gap"]
    assert share["hard labels"] == pytest.approx(0.30, abs=0.02)
    assert share["smoothed 0.1"] == pytest.approx(0.12, abs=0.02)


# ------------------------------------------------------------------ smoothing and calibration


def ece(epsilon, epochs, table):
    loss = f"smoothing {epsilon:g}" if epsilon else "cross-entropy"
    rows = experiments.stored(table).set_index("variant")
    return rows.loc[f"{loss}, {epochs} epochs"].set_index("seed")["ece"]


@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.2, 0.4])
def test_smoothing_helps_where_training_went_too_far_and_harms_where_it_did_not(epsilon):
    hard = ece(epsilon, 40, "over_trained_mnist1d") - ece(0, 40, "over_trained_mnist1d")
    assert (hard < 0).all()
    for epochs in (10, 40, 150):
        easy = ece(epsilon, epochs, "over_trained_digits") - ece(0, epochs, "over_trained_digits")
        assert (easy > 0).all(), epochs


def test_on_mnist1d_it_has_nothing_to_repair_after_5_epochs_and_little_after_10():
    table = "over_trained_mnist1d"
    assert (ece(0.1, 5, table) - ece(0, 5, table)).mean() > 0
    assert (ece(0.05, 10, table) - ece(0, 10, table)).mean() < -0.005


def test_the_two_definitions_of_smoothing_are_one_family():
    """Over the K - 1 others with epsilon (K - 1) / K is over all K with epsilon."""
    K, epsilon = 10, 0.1
    over_all = losses.smooth_labels([3], K, epsilon)[0]
    other = epsilon * (K - 1) / K
    over_others = np.where(np.arange(K) == 3, 1 - other, other / (K - 1))
    np.testing.assert_allclose(over_all, over_others, rtol=1e-14)
    assert over_all[3] == pytest.approx(0.91)
