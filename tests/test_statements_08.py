"""What chapter 08 says, computed another way, and what its stored tables must show."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import optimize, stats

from ce_course import experiments, losses, torch_losses, training
from ce_course.experiments import imbalance_and_focal_loss as lab

pytestmark = pytest.mark.trains

# ------------------------------------------------------------------ the usual focal code


def usual_gradient(margin, dtype, gamma=0.5):
    z = torch.tensor([[margin, 0.0]], dtype=dtype, requires_grad=True)
    ce = F.cross_entropy(z, torch.tensor([0]), reduction="none")
    ((1 - torch.exp(-ce)) ** gamma * ce).sum().backward()
    return z.grad[0, 0].item()


@pytest.mark.parametrize(
    ("dtype", "digits"),
    [(torch.float64, 53), (torch.float32, 24), (torch.float16, 11), (torch.bfloat16, 8)],
)
def test_the_nan_begins_at_the_digits_times_ln_2(dtype, digits):
    """One step of the format below b ln 2 the gradient is finite, one above it is NaN."""
    edge = digits * np.log(2)
    step = 2 * torch.finfo(dtype).eps * edge
    assert np.isfinite(usual_gradient(edge - step, dtype))
    assert np.isnan(usual_gradient(edge + step, dtype))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_computes_the_loss_in_float32(dtype):
    with torch.autocast("cpu", dtype=dtype):
        loss = F.cross_entropy(torch.tensor([[7.0, 0.0]], dtype=dtype), torch.tensor([0]))
        assert loss.dtype == torch.float32
        assert np.isfinite([usual_gradient(m, dtype) for m in (5.75, 8.0, 16.0)]).all()
        assert np.isnan(usual_gradient(17.0, dtype))


def test_masked_classes_are_the_case_that_the_margin_does_not_save():
    z = torch.tensor([[3.0, -torch.inf, -torch.inf]], requires_grad=True)
    torch_losses.focal_loss(z, torch.tensor([0]), 2.0).sum().backward()
    assert z.grad.isnan().any()
    z = torch.tensor([[3.0, -200.0, -torch.inf]], requires_grad=True)
    torch_losses.focal_loss(z, torch.tensor([0]), 0.5).sum().backward()
    assert z.grad.isfinite().all()


# ------------------------------------------------------------------ starts


def test_the_start_of_cross_entropy_is_not_that_of_focal_loss():
    pi = 0.01
    plain, focal = lab.own_start(lab.Loss(), pi), lab.own_start(lab.Loss(gamma=5.0), pi)
    assert plain == pytest.approx(np.log(pi / (1 - pi)), abs=1e-9)
    assert losses.sigmoid(focal) == pytest.approx(0.305, abs=0.001)  # not 0.01
    slope = [
        pi * losses.focal_loss_grad(z, 1, 5.0) + (1 - pi) * losses.focal_loss_grad(z, 0, 5.0)
        for z in (focal, plain)
    ]
    assert abs(slope[0]) < 1e-9 and slope[1] < -1e-3  # from -4.6 everything is pushed up


def test_the_five_wrong_of_a_thousand():
    p_t = np.array([0.99] * 995 + [0.0001] * 5)
    loss, push = -np.log(p_t), 1 - p_t
    assert loss[-5:].sum() / loss.sum() == pytest.approx(0.822, abs=0.0005)
    assert push[-5:].sum() / push.sum() == pytest.approx(0.334, abs=0.0005)


# ------------------------------------------------------------------ one rule for every knob

TUNED = ["letters_tuning", "start_letters_tuning", "start_digits_tuning"]


@pytest.mark.parametrize("name", TUNED)
def test_what_is_chosen_is_chosen_on_other_seeds(name):
    reported = name.removesuffix("_tuning")
    reported = reported if reported.startswith("start") else f"imbalance_{reported}"
    tuning, report = experiments.stored(name), experiments.stored(reported)
    assert set(tuning["seed"]).isdisjoint(report["seed"]) and report["seed"].nunique() == 10
    assert set(tuning["variant"]) == set(report["variant"])


def test_each_linear_model_has_the_penalty_that_was_best_for_it():
    grid = experiments.stored("letters_tuning")
    best = grid.drop(columns="seed").groupby("variant").mean().idxmax(axis=1).astype(float)
    table = (
        experiments.stored("imbalance_letters").groupby("variant")["penalty"].agg(["min", "max"])
    )
    assert (table["min"] == table["max"]).all()
    np.testing.assert_allclose(table["min"], best[table.index])


def test_beyond_the_ends_of_the_penalties_nothing_happens():
    grid = lab.tried("letters_tuning")
    ends = [grid["10"] - grid["3"], grid["0.0001"] - grid["0.0003"]]
    assert max(abs(end).max() for end in ends) < 0.01


def grids(name):
    """For each variant a table of mean PR-AUC: rows rates, columns numbers of epochs."""
    for variant, row in lab.tried(name).iterrows():
        row.index = row.index.str.removesuffix(" epochs").str.split(", ", expand=True)
        table = row.unstack()
        table.index, table.columns = table.index.astype(float), table.columns.astype(int)
        yield variant, table.sort_index().sort_index(axis=1)


@pytest.mark.parametrize("name", ["start_letters_tuning", "start_digits_tuning"])
def test_no_rate_lies_at_the_end_of_its_grid(name):
    for variant, table in grids(name):
        chosen = experiments.stored(name.removesuffix("_tuning")).set_index("variant")
        rate = training.best_rate(-table.max(axis=1).to_frame("best"))
        assert (chosen.loc[variant, "rate_best"] == rate).all(), variant
        if name.startswith("start_letters"):  # early trainings are shown of these only
            early = training.best_rate(-table[[table.columns[0]]])
            assert (chosen.loc[variant, "rate_early"] == early).all(), variant


@pytest.mark.parametrize("name", ["start_letters_tuning", "start_digits_tuning"])
def test_from_its_own_start_longer_changes_nothing(name):
    """The last doubling of the epochs; from a bias of 0 both losses still gain a little."""
    for variant, table in grids(name):
        best = table.max()
        gain = best.iloc[-1] - best.iloc[:-1].max()
        assert gain < (0.02 if "own start" in variant else 0.05), variant


def test_a_plane_that_separates_has_no_optimum_without_a_penalty():
    rng = np.random.default_rng(0)
    y = (np.arange(500) < 5).astype(int)
    X = rng.normal(size=(500, 20)) + 1.7 / np.sqrt(20) * y[:, None]
    c = np.r_[np.zeros(20), 0.0]
    rows = np.column_stack([X, np.ones(500)]) * np.where(y == 1, -1, 1)[:, None]
    found = optimize.linprog(c, A_ub=rows, b_ub=-np.ones(500), bounds=(None, None))
    assert found.status == 0  # separable
    free, bound = lab.fit_linear(X, y), lab.fit_linear(X, y, penalty=0.1)
    assert np.linalg.norm(free[:-1]) > 10 * np.linalg.norm(bound[:-1])


def test_at_one_penalty_weights_rank_worse_and_the_repair_leaves_a_gap():
    """Weighted letters under plain's penalty: neither ROC-AUC nor a constant logit explains it."""
    rows = []
    for seed in range(10):
        parts = lab.linear_parts("letter v", seed, 30_000)
        (X, y), (X_test, y_test) = parts["train"], parts["test"]
        row = []
        for name in ("plain", "weighted"):
            weight = lab.balanced(X, y, lab.LOSSES[name].balance, np.random.default_rng(0))[2]
            theta = lab.fit_linear(X, y, weight=weight, penalty=1e-3)
            z = X_test @ theta[:-1] + theta[-1]
            row.append(lab.measure(z, y_test, z, y_test, lab.LOSSES[name]))
        rows.append([row[1][m] - row[0][m] for m in ("pr_auc", "log_loss_repaired", "roc_auc")])
        assert row[1]["log_loss_repaired"] < row[1]["log_loss_of_prior"] - 0.01
    pr, log_loss, roc = np.transpose(rows)
    assert (pr < -0.04).all() and (log_loss > 0.001).all() and abs(roc.mean()) < 0.006


def test_the_rarer_the_ill_the_order_does_not_get_worse():
    """Twenty ill people, more and more healthy ones, the penalty of the chapter; the exact AUC.

    The score w·x is normal in both classes, so its AUC is Φ(w·δ / (√2 |w|)), δ the shift.
    """
    delta = np.full(20, 1.7 / np.sqrt(20))
    means = []
    for n, penalty in ((40, 0.1), (200, 0.1), (2000, 0.1), (20_000, 0.01)):
        aucs = []
        for seed in range(10):
            rng, y = np.random.default_rng(seed), (np.arange(n) < 20).astype(int)
            X = rng.normal(size=(n, 20)) + delta * y[:, None]
            w = lab.fit_linear(X, y, penalty=penalty)[:-1]
            aucs.append(stats.norm.cdf(w @ delta / np.linalg.norm(w) / np.sqrt(2)))
        means.append(np.mean(aucs))
    half, tenth, hundredth, thousandth = means
    assert half + 0.01 < tenth and tenth + 0.005 < hundredth and abs(thousandth - hundredth) < 0.01
    assert stats.norm.cdf(1.7 / np.sqrt(2)) == pytest.approx(0.885, abs=0.0005)


# ------------------------------------------------------------------ what the tables must show


def ahead(table, metric, loss, against):
    """Of one loss over another, same seed: the mean difference and in how many of ten seeds."""
    wide = experiments.stored(table).pivot(index="seed", columns="variant", values=metric)
    gap = wide[loss] - wide[against]
    return gap.mean(), (gap > 0).sum()


@pytest.mark.parametrize("loss", ["weighted", "focal 2", "focal 5"])
def test_on_letters_no_loss_ranks_better_than_plain(loss):
    gap, seeds = ahead("imbalance_letters", "pr_auc", f"letter v | {loss}", "letter v | plain")
    assert gap < -0.01 and seeds <= 1
    gap, _ = ahead("imbalance_letters", "roc_auc", f"letter v | {loss}", "letter v | plain")
    assert gap < 0.008


def test_on_letters_a_repair_gives_focal_loss_back_and_weights_not():
    table = experiments.stored("imbalance_letters").groupby("variant").mean()["log_loss_repaired"]
    plain = table["letter v | plain"]
    assert table["letter v | focal 2"] - plain < 0.001 < 0.01 < table["letter v | weighted"] - plain


@pytest.mark.parametrize("loss", ["plain", "focal 5"])
def test_early_the_own_start_is_worth_more_than_any_loss(loss):
    name, zero, own = "start_letters", f"letter v | {loss}, bias 0", f"letter v | {loss}, own start"
    gap, seeds = ahead(name, "pr_auc_early", own, zero)
    assert gap > 0.08 and seeds >= 9


@pytest.mark.parametrize("when", ["early", "best"])
@pytest.mark.parametrize("loss", ["focal 2", "focal 5"])
def test_from_own_starts_focal_loss_is_not_ahead_on_letters(loss, when):
    own = "letter v | {}, own start".format
    gap, _ = ahead("start_letters", f"pr_auc_{when}", own(loss), own("plain"))
    assert -0.05 < gap < 0.015


def test_at_one_rate_for_all_focal_loss_seems_ahead():
    at = lab.tried("start_letters_tuning")["0.005, 12 epochs"]
    assert at["letter v | focal 5, bias 0"] - at["letter v | plain, bias 0"] > 0.05


def test_at_one_rate_for_all_focal_loss_seems_ahead_on_ten_other_seeds():
    gaps = []
    for seed in range(10):
        plain, focal = (
            lab.network_path(seed, "letter v", lab.STARTS[name], 0.005, [12], **lab.OF_V)[12]
            for name in ("plain, bias 0", "focal 5, bias 0")
        )
        gaps.append(focal - plain)
    assert min(gaps) > 0.05 and np.mean(gaps) > 0.12


@pytest.mark.parametrize("low", ["plain, bias -12", "focal 5, bias -4.6"])
def test_on_digit_0_a_low_start_gains_whatever_the_loss_and_on_digit_3_not(low):
    for digit, holds in ((0, True), (3, False)):
        gap, seeds = ahead(
            "start_digits",
            "pr_auc_best",
            f"digit {digit} | {low}",
            f"digit {digit} | plain, own start",
        )
        assert (gap > 0.06 and seeds >= 9) if holds else gap < 0.03


def test_on_digit_0_the_low_starts_are_level_and_focal_s_own_start_is_behind():
    at = "digit 0 | {}".format
    gap, _ = ahead("start_digits", "pr_auc_best", at("focal 5, bias -4.6"), at("plain, bias -12"))
    assert abs(gap) < 0.04
    gap, seeds = ahead(
        "start_digits", "pr_auc_best", at("focal 5, own start"), at("plain, own start")
    )
    assert gap < -0.01 and seeds <= 3
    gap, seeds = ahead("start_digits", "pr_auc_best", at("plain, own start"), at("plain, bias 0"))
    assert gap > 0.05 and seeds >= 9


def test_on_digit_3_the_last_doubling_is_worth_less_than_is_missing():
    best = dict(grids("start_digits_tuning"))["digit 3 | focal 5, bias -4.6"].max()
    gap, _ = ahead(
        "start_digits", "pr_auc_best", "digit 3 | focal 5, bias -4.6", "digit 3 | plain, own start"
    )
    assert 0 < best.iloc[-1] - best.iloc[-2] < -gap
