"""What chapter 09 states about confidence, its measures and its repairs, computed."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import kendalltau

from ce_course import calibration, data, experiments, losses
from ce_course.experiments import calibration as trained
from ce_course.experiments.distillation_and_label_smoothing import best_settings

ENDS = {"over_trained_mnist1d": 40, "over_trained_digits": 150}
both = pytest.mark.parametrize("name", ENDS)


def at_the_end(name, loss="cross-entropy"):
    """The ten rows of a loss at the end of the training, by seed."""
    return at(name, f"{loss}, {ENDS[name]} epochs")


def at(name, variant):
    table = experiments.stored(name)
    rows = table[table["variant"] == variant].set_index("seed")
    assert len(rows) == 10
    return rows


# ------------------------------------------------------------------ temperatures


def test_a_temperature_keeps_the_order_of_classes_and_not_that_of_confidences():
    z = np.zeros((2, 10))
    z[0, :2], z[1, 0] = (10, 9.5), 3
    first, second = (losses.softmax(z / T).max(axis=1) for T in (1, 10))
    assert first[0] < first[1] - 0.05 and second[0] > second[1] + 0.05
    z, y = data.validation_logits()[data.VALIDATION_LOGITS[0]]
    T = calibration.fit_temperature(z, y)
    np.testing.assert_array_equal(np.argsort(z, axis=1), np.argsort(z / T, axis=1))
    sure = [calibration.top_label(z / t, y)[0] for t in (1, T)]
    flipped = (1 - kendalltau(*sure).statistic) / 2
    assert 0.01 < flipped < 0.2
    least = [set(np.argsort(each, kind="stable")[:100]) for each in sure]
    assert len(set.intersection(*least)) == 74


def test_an_edge_of_bins_is_found_by_comparing_and_not_by_rounding_up_a_product():
    """The edge k / M belongs to the k-th bin; ceil(k / M * M) is k + 1 for 7 of 25, not of 10."""
    wrong = {}
    for M in (10, 25):
        edges = np.arange(1, M) / M
        np.testing.assert_array_equal(np.searchsorted(edges, edges), np.arange(M - 1))
        bins = calibration.reliability_bins(edges, np.ones(M - 1), M)
        np.testing.assert_array_equal(bins.count, np.append(np.ones(M - 1), 0))
        wrong[M] = (np.flatnonzero(np.ceil(edges * M) - 1 != np.arange(M - 1)) + 1).tolist()
    assert wrong[10] == [] and 7 in wrong[25]


@both
def test_training_on_beats_stopping_early_when_both_have_a_temperature(name):
    stopped, end = at(name, f"cross-entropy, {trained.STOPPED}"), at_the_end(name)
    unfair, fair = end["nll_T"] - stopped["nll"], end["nll_T"] - stopped["nll_T"]
    assert (fair < 0).sum() >= 8 and fair.mean() < -0.02
    assert fair.mean() > 0.8 * unfair.mean()
    assert (end["accuracy"] - stopped["accuracy"]).mean() > 0.005


def test_most_of_the_early_stops_gap_on_mnist1d_was_the_missing_temperature():
    name = "over_trained_mnist1d"
    stopped, end = at(name, f"cross-entropy, {trained.STOPPED}"), at_the_end(name)
    unfair, fair = end["nll_T"] - stopped["nll"], end["nll_T"] - stopped["nll_T"]
    assert fair.mean() > 0.6 * unfair.mean() and (fair < 0).all()


def test_the_ece_rises_where_there_is_nothing_to_repair_not_where_t_is_near_one():
    rises, found = {}, {}
    for name, epochs in ENDS.items():
        table = experiments.stored(name)
        for variant, rows in table.groupby("variant"):
            if variant.endswith(f"{epochs} epochs"):
                rises[name, variant] = (rows["ece_T"] > rows["ece"]).sum()
                found[name, variant] = rows["ece"].mean(), abs(np.log(rows["temperature"].mean()))
    risen = {key for key, count in rises.items() if count >= 3}
    assert risen and all(found[key][0] < 0.05 for key in risen)
    quiet = {key for key, count in rises.items() if count == 0}
    farthest = max(found[key][1] for key in risen)
    assert any(found[key][1] < farthest and found[key][0] > 0.06 for key in quiet)


def test_on_half_of_the_signals_the_temperature_of_the_other_half_passes_the_test_of_worlds():
    z, y = data.validation_logits()[data.VALIDATION_LOGITS[0]]
    rng = np.random.default_rng(0)
    fitted_on, tested_on = rng.permutation(len(y)).reshape(2, -1)
    T = calibration.fit_temperature(z[fitted_on], y[fitted_on])
    for t, passes in ((1, False), (T, True)):
        confidence, correct = calibration.top_label(z[tested_on] / t, y[tested_on])
        worlds = rng.random((200, len(confidence))) < confidence
        errors = [calibration.expected_calibration_error(confidence, w) for w in worlds]
        measured = calibration.expected_calibration_error(confidence, correct)
        assert (measured < np.quantile(errors, 0.975)) == passes


# ------------------------------------------------------------------ training losses


@both
def test_smoothing_takes_no_fixed_dose_of_confidence(name):
    """The longer the training, the more: 0.1 takes most at the end."""
    table = experiments.stored(name)
    means = table.groupby("variant")["confidence"].mean()
    epochs = sorted({int(v.split(", ")[1].split()[0]) for v in means.index if "smoothing" in v})
    plain, smoothed = (
        np.array([means[f"{loss}, {e} epochs"] for e in epochs])
        for loss in ("cross-entropy", "smoothing 0.1")
    )
    taken = plain - smoothed
    assert (np.diff(taken) > 0).all() and taken[-1] > 2 * taken[0]


def test_the_same_smoothing_repairs_one_network_and_spoils_the_other():
    hard, easy = (
        at_the_end(name, "smoothing 0.1")["ece"] - at_the_end(name)["ece"] for name in ENDS
    )
    assert (hard < -0.1).all() and (easy > 0.05).all()


@both
def test_the_brier_score_over_fits_its_confidence_too(name):
    """Another proper loss on the same networks: too sure at the end, less than cross-entropy."""
    brier, plain = at_the_end(name, "Brier"), at_the_end(name)
    surplus = brier["confidence"] - brier["accuracy"]
    assert (surplus > 0).sum() >= 9 and (brier["temperature"] > 1).all()
    assert surplus.mean() < (plain["confidence"] - plain["accuracy"]).mean()


# ------------------------------------------------------------------ going further


def test_the_debiased_square_is_zero_on_average_for_a_calibrated_model():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(2000):
        confidence = np.sort(rng.uniform(0.5, 1, 300))
        correct = rng.random(300) < confidence
        total = 0.0
        for i in np.array_split(np.arange(300), 15):
            gap = correct[i].mean() - confidence[i].mean()
            total += len(i) / 300 * (gap**2 - correct[i].var(ddof=1) / len(i))
        found.append(total)
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(2000)
    assert np.std(found) > 0.001


def test_vector_scaling_is_the_minimum_of_its_loss():
    z, y = data.validation_logits()[data.VALIDATION_LOGITS[0]]
    scales, shifts = trained.fit_vector_scaling(z, y)
    w = torch.tensor(np.stack([scales, shifts]), requires_grad=True)
    loss = F.cross_entropy(torch.tensor(z) * w[0] + w[1], torch.tensor(y))
    (slope,) = torch.autograd.grad(loss, w)
    assert slope.abs().max() < 1e-3
    T = calibration.fit_temperature(z, y)
    assert loss.item() < losses.cross_entropy_from_logits(z / T, y).mean()


def test_class_gaps_are_confidence_minus_accuracy_of_each_answer():
    z, y = np.log([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.2, 0.8, 0.0001]]), [0, 1, 1]
    gaps, shares = trained.class_gaps(z, y)
    p = losses.softmax(z)
    np.testing.assert_allclose(gaps[:2], [(0.7 + 0.6) / 2 - 0.5, p[2, 1] - 1], atol=1e-12)
    assert np.isnan(gaps[2])
    np.testing.assert_allclose(shares, [2 / 3, 1 / 3, 0])


def test_one_temperature_leaves_gaps_by_class_that_vector_scaling_shrinks():
    rows = at_the_end("over_trained_mnist1d")
    assert (rows["class_error_V"] < rows["class_error_T"]).sum() >= 9
    assert rows["class_error_T"].mean() > 0.05


def test_a_temperature_may_survive_a_shift_of_the_data_or_not():
    signals, digits = (at_the_end(name) for name in ENDS)
    assert (signals["accuracy_noisy_T"] < signals["accuracy"] - 0.05).all()
    assert (signals["ece_noisy_T"] > signals["ece_T"] + 0.03).all()
    assert (signals["ece_noisy_new_T"] < signals["ece_noisy_T"]).all()
    assert (digits["accuracy_noisy_T"] < digits["accuracy"] - 0.02).all()
    assert abs((digits["ece_noisy_T"] - digits["ece_T"]).mean()) < 0.015


# ------------------------------------------------------------------ each loss at its best

TUNED = {"losses_mnist1d": "losses_mnist1d_tuning", "losses_digits": "losses_digits_tuning"}


@pytest.mark.parametrize("name", TUNED)
def test_each_loss_has_the_rate_and_the_epochs_that_were_best_on_other_seeds(name):
    tuning, table = experiments.stored(TUNED[name]), experiments.stored(name)
    assert not set(tuning["seed"]) & set(table["seed"])
    for loss, (rate, epochs, _) in best_settings(tuning).iterrows():
        rows = table[table["variant"] == loss]
        assert set(rows["learning_rate"]) == {rate} and set(rows["steps"]) == {epochs}


@pytest.mark.parametrize("name", TUNED)
def test_smoothing_is_best_before_the_longest_training_and_the_others_at_its_end(name):
    table, longest = experiments.stored(name), experiments.stored(TUNED[name])["steps"].max()
    epochs = table.groupby("variant")["steps"].first()
    assert epochs["smoothing 0.1"] < longest == epochs["cross-entropy"] == epochs["focal 2"]


def change_of_nll(name):
    """Log loss with a temperature, smoothing 0.1 minus plain cross-entropy, for each seed."""
    wide = experiments.stored(name).pivot(index="seed", columns="variant", values="nll_T")
    return wide["smoothing 0.1"] - wide["cross-entropy"]


def test_at_its_best_smoothing_still_loses_on_mnist1d_and_hardly_wins_on_the_digits():
    signals, digits = (change_of_nll(name) for name in TUNED)
    assert (signals > 0).all() and signals.mean() > 0.05
    assert -0.03 < digits.mean() < 0.01 and (digits < 0).sum() < 10
    common = at_the_end("over_trained_digits", "smoothing 0.1")["nll_T"]
    common = common - at_the_end("over_trained_digits")["nll_T"]
    assert (common < 0).sum() >= 8 and common.mean() < 2 * digits.mean()


@pytest.mark.parametrize("name", TUNED.values())
def test_no_loss_is_better_at_an_end_of_the_grid_of_rates(name):
    mean = experiments.stored(name).drop(columns=["seed", "steps"]).groupby("variant").mean()
    best = mean.max(axis=1)
    rates = best.index.str.replace(r".*, rate ", "", regex=True).astype(float)
    ends = rates.isin([rates.min(), rates.max()])
    losses_there = best.index.str.replace(r", rate .*", "", regex=True)
    inside, outside = (best[ends == end].groupby(losses_there[ends == end]).max() for end in (0, 1))
    assert (inside >= outside - 0.002).all()
