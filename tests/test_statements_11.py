"""What chapter 11 states about its fields' losses, computed."""

import math

import numpy as np
import pytest
import torch
from scipy import optimize
from torch.nn import functional as F

from ce_course import applications, data, experiments, information, language, losses
from ce_course.experiments import applications as trained

TRAINING, VALIDATION, TEST = language.texts()


# ------------------------------------------------------------------ language models


def test_the_order_is_best_on_both_speeches_and_longer_is_worse():
    nats = {}
    for order in (4, 5, 6):
        model = language.fit_ngram(TRAINING, order)
        nats[order] = [language.ngram_surprisals(model, t).mean() for t in (VALIDATION, TEST)]
    assert (np.array(nats[5]) < np.minimum(nats[4], nats[6]) - 0.01).all()


def test_the_network_has_what_was_best_on_other_seeds_and_neither_end_of_the_steps():
    tuning, table = (experiments.stored(n) for n in ("language_network_tuning", "language_network"))
    assert not set(tuning["seed"]) & set(table["seed"])
    rate, steps = trained.best_network(tuning)
    settings = trained.language_network.settings
    assert (rate, steps) == (settings["rate"], settings["steps"])
    rates = sorted(trained.language_network_tuning.variants.values())
    assert rates[0] < rate < rates[-1] and trained.STEPS[0] < steps < trained.STEPS[-1]


def test_the_network_loses_to_the_counts_on_both_speeches():
    model, table = language.fit_ngram(TRAINING, 5), experiments.stored("language_network")
    for text, column in ((VALIDATION, "validation"), (TEST, "test")):
        gap = table[column] - language.ngram_surprisals(model, text).mean()
        assert (gap > 0.1).all() and gap.std() < 0.03


def test_bz2_and_lzma_with_the_training_text_beat_the_model_that_stopped_learning():
    import bz2
    import lzma

    seen, new = TRAINING.encode(), TEST.encode()
    model = language.fit_ngram(TRAINING, 5)
    fixed = language.bits_per_character(language.ngram_surprisals(model, TEST))
    learning = language.bits_per_character(language.ngram_surprisals(model, TEST, learning=True))
    after = [
        8 * (len(c(seen + new)) - len(c(seen))) / len(new) for c in (bz2.compress, lzma.compress)
    ]
    assert max(after) < fixed - 0.02 and abs(learning - min(after)) < 0.1


def test_ten_networks_are_too_sure_of_a_later_speech():
    table = experiments.stored("language_network")
    assert len(table) == 10 and (table["temperature"] > 1.1).all()
    assert ((table["test"] - table["test_T"]) / math.log(2) > 0.03).all()


def test_a_softmax_of_two_favourites_gives_neither_more_than_half():
    z = np.random.default_rng(0).normal(size=(1000, 6)) * 10
    assert (np.sort(losses.softmax(z), axis=1)[:, -2] <= 0.5).all()


def test_a_masked_model_s_conditionals_are_no_distribution():
    letters = np.frombuffer(data.only_letters(TRAINING).encode(), np.uint8) - 97
    joint = np.ones((26, 26))
    np.add.at(joint, (letters[:-1], letters[1:]), 1)
    joint /= joint.sum()
    product = joint**2 / joint.sum(1, keepdims=True) / joint.sum(0, keepdims=True)
    assert product.sum() == pytest.approx(2.02, abs=0.005)


# ------------------------------------------------------------------ acting


def test_ppo_s_gradient_is_reinforce_s_at_a_ratio_of_one():
    step = 1e-6
    for advantage in (1.0, -2.0):
        ends = applications.ppo_loss([-step, step], [advantage, advantage])
        assert np.diff(ends)[0] / (2 * step) == pytest.approx(-advantage, rel=1e-6)


def test_a_sure_policy_has_a_low_loss_whether_it_is_right_or_not():
    for worse in (0.999, 0.9999):
        pi = np.array([worse, 1 - worse])
        assert pi @ ([1, 2] * -np.log(pi)) < 0.05 < np.array([0.5, 0.5]) @ ([1, 2] * np.log([2, 2]))


# ------------------------------------------------------------------ preferring


def test_preferences_were_tuned_by_one_rule_on_other_seeds_and_lie_inside_the_grid():
    tuning, table = experiments.stored("preferences_tuning"), experiments.stored("preferences")
    assert not set(tuning["seed"]) & set(table["seed"])
    assert trained.best_preferences(tuning) == trained.BETAS
    for beta, (rate, epochs) in trained.BETAS.items():
        rates = trained.RATES[beta].values()
        assert min(rates) < rate < max(rates) and trained.EPOCHS[0] < epochs < trained.EPOCHS[-1]
    by_seed = tuning.set_index(["seed", "variant"])
    apart = (by_seed.loc[100] - by_seed.loc[101]).abs().mean(axis=1)
    assert (apart > 5 * trained.AS_GOOD).all()  # two seeds differ by more


def test_preferences_gain_what_the_judge_likes_and_cost_perplexity():
    table = experiments.stored("preferences")
    codes = torch.from_numpy(language.encoded(TEST))
    with torch.no_grad():
        start = F.cross_entropy(trained.stored_model()(trained.windows(codes)), codes).exp().item()
    assert len(table) == 30 and (table["wins"] > 0.53).all()
    wide = table.pivot(index="seed", columns="variant")
    for column in ("wins", "kl", "perplexity"):
        small, middle, large = (wide[column][f"beta {b}"] for b in ("0.05", "0.2", "1"))
        assert (small > middle).all() and (middle > large).all()
    assert (wide["perplexity"]["beta 0.05"] > 1.4 * start).all()
    assert (abs(wide["perplexity"]["beta 1"] / start - 1) < 0.02).all()


# ------------------------------------------------------------------ matching, generating


@pytest.mark.parametrize(("n", "T"), [(2, 1.0), (5, 0.5), (6, 1.0)])
def test_the_floor_of_info_nce_is_that_of_a_simplex_and_nothing_found_lies_below(n, T):
    floor = math.log1p((n - 1) * math.exp(-n / (n - 1) / T))
    corners = np.eye(n) - 1 / n
    simplex = corners @ corners * n / (n - 1)
    np.testing.assert_allclose(applications.info_nce(simplex, T), floor, atol=1e-12)

    def scores(flat):  # of any vectors, partners not alike
        a, b = F.normalize(flat.reshape(2, n, n), dim=2)
        return a @ b.T

    def descended(flat):  # PyTorch's loss and its gradient
        flat = torch.tensor(flat, requires_grad=True)
        loss = F.cross_entropy(scores(flat) / T, torch.arange(n))
        loss.backward()
        return loss.item(), flat.grad.numpy()

    rng, found = np.random.default_rng(0), []
    for _ in range(3):
        ended = optimize.minimize(descended, rng.normal(size=2 * n * n), jac=True, tol=1e-10).x
        found.append(applications.info_nce(scores(torch.from_numpy(ended)).numpy(), T).mean())
    assert min(found) == pytest.approx(floor, abs=1e-5) and min(found) > floor - 1e-9


def test_the_best_bound_is_below_ln_n_and_near_the_truth_where_that_is_small():
    rng, rho, n = np.random.default_rng(1), 0.9, 256
    for d, low, high in ((1, 0.77, 0.87), (20, 5.4, math.log(n))):
        x = rng.normal(size=(n, d))
        y = rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, d))
        log_joint = -((y[None] - rho * x[:, None]) ** 2).sum(2) / (2 * (1 - rho**2))
        ratio = log_joint + (y**2).sum(1) / 2
        bounds = math.log(n) - applications.info_nce(ratio).mean()
        assert low - 0.15 < bounds <= high + 0.15 and bounds <= math.log(n)


def test_grey_pixels_leave_a_hole_in_the_density_that_depends_on_the_logit():
    from scipy.integrate import quad

    areas = [
        quad(lambda x, z=z: np.exp(-applications.reconstruction_bce([z], [x])), 0, 1)[0]
        for z in (0.0, 3.0, 6.0)
    ]
    assert areas[0] == pytest.approx(0.5) and areas[0] > areas[1] > areas[2] > 0


def test_masked_diffusion_with_exact_conditionals_is_the_entropy():
    joint = np.random.default_rng(0).random((5, 7))
    joint /= joint.sum()
    H = information.entropy(joint.ravel())
    alone = [information.entropy(joint.sum(axis=k)) for k in (0, 1)]
    given = [H - other for other in alone]
    assert (sum(given) + sum(alone)) / 2 == pytest.approx(H, rel=1e-12)  # ∫(1-t)dt = ∫t dt = 1/2


def test_a_best_map_under_dice_takes_sides_where_cross_entropy_says_the_share():
    """Four nested discs, ring by ring; every map in steps of 1/8 is tried."""
    rings = np.array([4.0, 8.0, 12.0, 16.0])
    truths = np.tril(np.ones((4, 4)))  # shape k holds the rings up to k
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 4, indexing="ij"), -1).reshape(-1, 4)
    hit = (grid[:, None] * truths * rings).sum(-1)
    dice = 1 - 2 * hit / ((truths * rings).sum(-1) + (grid * rings).sum(-1, keepdims=True))
    best = grid[dice.mean(1).argmin()]
    assert set(best) <= {0.0, 1.0}
    brier = ((grid[:, None] - truths) ** 2 * rings).sum(-1).mean(1)
    np.testing.assert_allclose(grid[brier.argmin()], truths.mean(0), atol=0.07)
