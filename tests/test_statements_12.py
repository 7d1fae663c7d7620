"""What chapter 12 states about stored tables, half precision and the family of losses, computed."""

import numpy as np
import pytest
import torch
from scipy import optimize

from ce_course import experiments, scale
from ce_course.experiments import cross_entropy_at_scale as searched
from ce_course.losses import softmax

# ------------------------------------------------------------------ memory, as it was measured


def measured():
    return experiments.stored("linear_cross_entropy").set_index("way")


def test_the_plain_loss_needs_three_arrays():
    table = measured()
    facts = table.attrs
    arrays = 3 * scale.logits_bytes(facts["tokens"], facts["words"], 4) / 2**20
    assert table["MiB"]["F.linear + F.cross_entropy"] == pytest.approx(arrays, rel=0.05)


def test_ours_needs_a_sixth_and_no_more_than_pytorchs_own():
    MiB = measured()["MiB"]
    assert MiB["ours"] < MiB["F.linear + F.cross_entropy"] / 6
    assert MiB["ours"] < 1.2 * MiB["F.linear_cross_entropy, chunks"]
    gradient = scale.logits_bytes(50_000, 256, 4) / 2**20
    assert MiB["ours"] > gradient  # the limit
    assert MiB["a loop, left to autograd"] > 3 * MiB["ours"]


def test_ours_took_no_more_time_than_the_others_when_it_was_measured():
    share = measured()["time, share"]
    assert share["ours"] < 1.1 and share["ours"] < 1.2 * share["F.linear_cross_entropy, chunks"]


def test_what_is_not_measured_says_why():
    table = measured()
    assert (table["MiB"].notna() | table["why"].str.startswith("not measured", na=False)).all()


def test_the_default_rule_makes_chunks_of_eight_tokens():
    options = torch.nn.LinearCrossEntropyOptions()
    found = options._adjust(2048, 256, 50_000, torch.float32, torch.device("cpu"))
    assert found.batch_chunk_size == 8


# ------------------------------------------------------------------ half precision


def test_a_sum_in_bfloat16_stops():
    share = torch.tensor(1 / 50_000, dtype=torch.bfloat16)
    total = torch.zeros((), dtype=torch.bfloat16)
    for _ in range(2000):
        total = total + share
    assert total < 0.01 and total + share == total


# ------------------------------------------------------------------ the family and the search


def best_forecast(loss, truth):
    def cost(z):
        return truth @ loss(softmax(np.append(z, 0.0)))

    starts = ([0.0, 0.0], [2.0, 1.0])
    found = [optimize.minimize(cost, s, method="Nelder-Mead") for s in starts]
    return softmax(np.append(min(found, key=lambda each: each.fun).x, 0.0))


def test_only_the_logarithm_is_proper():
    truth = np.array([0.6, 0.3, 0.1])
    for setting in searched.FAMILY.values():
        far = np.abs(best_forecast(lambda p: scale.loss_family(p, *setting), truth) - truth).max()  # noqa: B023
        assert (far < 1e-3) == (setting == (0, 0, 0)), setting


def test_the_losses_and_rates_are_those_that_were_best_on_other_seeds():
    tuning, table = experiments.stored("loss_search_tuning"), experiments.stored("loss_search")
    assert not set(tuning["seed"]) & set(table["seed"])
    quick = searched.at_default(tuning, "accuracy")
    assert searched.CHOICE["found, default rate"][0] == quick.idxmax()
    for metric, kind in (("accuracy", "tuned"), ("minus log loss", "tuned for the log loss")):
        best = searched.chosen(tuning, metric)
        for who, name in (("plain", searched.PLAIN), ("found", best["score"].idxmax())):
            rate, steps, _ = best.loc[name]
            assert searched.CHOICE[f"{who}, {kind}"] == (name, rate, steps)


def test_twice_the_steps_change_next_to_nothing():
    tuning = experiments.stored("loss_search_tuning")
    for metric in ("accuracy", "minus log loss"):
        mean = searched.means(tuning, metric)
        for name in (searched.PLAIN, mean.max(axis=1).idxmax()):
            by_steps = mean.loc[name].groupby("steps").max()
            assert abs(by_steps[1600] - by_steps[800]) < 0.005


def test_more_losses_win_at_the_default_rate_than_at_their_own():
    tuning = experiments.stored("loss_search_tuning")
    quick = searched.at_default(tuning, "accuracy")
    best = searched.chosen(tuning, "accuracy")["score"]
    assert (quick > quick[searched.PLAIN] + 1e-6).sum() == 21
    assert (best > best[searched.PLAIN] + 1e-6).sum() == 5
    assert quick.max() - quick[searched.PLAIN] > 0.005 > 2 * (best.max() - best[searched.PLAIN])


def test_on_other_seeds_nothing_is_gained_but_by_the_rate():
    wide = experiments.stored("loss_search").pivot(index="seed", columns="variant")
    accuracy = wide["accuracy"]
    assert len(accuracy) == 20
    for rate in ("default rate", "tuned"):
        gap = accuracy[f"found, {rate}"] - accuracy[f"plain, {rate}"]
        assert gap.mean() < 0.001 and abs(gap.mean()) < gap.std()
    rate = accuracy["plain, tuned"] - accuracy["plain, default rate"]
    assert rate.mean() > 0.008
    for kind in ("tuned", "tuned for the log loss"):
        cost = wide["log_loss_T"]
        assert (cost[f"found, {kind}"] - cost[f"plain, {kind}"]).mean() > 0
