"""What chapter 10 states about losses that look odd, wrong labels and robust losses, computed."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ce_course import experiments, losses, training
from ce_course.data import digits
from ce_course.diagnosis import diagnose
from ce_course.experiments import pitfalls_and_robust_losses as trained

KINDS = list(trained.NOISES)
PLAIN, *ROBUST = trained.LOSSES


def noise(labels, column):
    """Ten rows by seed, a column for each loss."""
    table = experiments.stored("label_noise")
    rows = {loss: table[table["variant"] == f"{loss}, {labels}"] for loss in trained.LOSSES}
    return {loss: part.set_index("seed")[column] for loss, part in rows.items()}


# ------------------------------------------------------------------ label noise


def test_the_rates_are_those_that_the_rule_chooses():
    table = experiments.stored("label_noise_tuning")
    for loss in trained.LOSSES:
        own = table[table["variant"].str.startswith(f"{loss}, rate")]
        rate = own["variant"].str.rsplit(" ", n=1).str[1].astype(float)
        scores = (
            1 - own.assign(rate=rate).pivot(index="rate", columns="seed")["validation_accuracy"]
        )
        assert training.best_rate(scores) == trained.CHOICE[loss]
    assert not set(table["seed"]) & set(experiments.stored("label_noise")["seed"])


@pytest.mark.parametrize("loss", ROBUST)
def test_without_wrong_labels_a_robust_loss_gains_nothing(loss):
    stopped = noise(KINDS[0], "stopped")
    gain = stopped[loss] - stopped[PLAIN]
    assert abs(gain.mean()) < gain.std() and abs(gain.mean()) < 0.01


@pytest.mark.parametrize("loss", ROBUST)
def test_at_40_percent_it_gains_two_points_and_the_stop_fourteen(loss):
    stopped, end = noise(KINDS[1], "stopped"), noise(KINDS[1], "end")
    gain = stopped[loss] - stopped[PLAIN]
    assert 0.01 < gain.mean() < 0.03 and (gain > 0).sum() >= 9
    by_stopping = stopped[PLAIN] - end[PLAIN]
    assert by_stopping.mean() > 0.1 and (by_stopping > 0.05).all()


def test_run_to_the_end_only_the_absolute_error_keeps_what_it_had():
    stopped, end = noise(KINDS[1], "stopped"), noise(KINDS[1], "end")
    assert (stopped["absolute error"] - end["absolute error"]).mean() < 0.02
    behind = stopped[PLAIN] - end["generalized 0.7"]
    assert (behind >= 0).all() and behind.mean() > 0.02
    assert (end["symmetric 0.1, 1"] < end[PLAIN] - 0.05).all()
    assert noise(KINDS[1], "memorised_end")["symmetric 0.1, 1"].min() > 0.9


@pytest.mark.parametrize("loss", ROBUST)
def test_where_labels_lean_one_way_the_gain_is_larger_and_the_stop_worse(loss):
    stopped, learnt = noise(KINDS[2], "stopped"), noise(KINDS[2], "memorised_stopped")
    gain = stopped[loss] - stopped[PLAIN]
    assert 0.05 < gain.mean() < 0.12 and (gain > 0).sum() >= 9
    assert learnt[loss].mean() < 0.7 * learnt[PLAIN].mean()


def test_200_epochs_are_long_enough_for_every_early_stop():
    for labels in KINDS[1:]:
        for at in noise(labels, "stopped_at").values():
            assert at.quantile(0.8) < 150


@pytest.mark.parametrize("rate", ["0.002", "0.005", "0.01"])
def test_suspects_are_best_after_a_short_training_at_every_rate(rate):
    table = experiments.stored("suspects").query(
        "variant == @variant", local_dict={"variant": f"rate {rate}"}
    )
    found = table.filter(like="epoch ")
    assert len(table) == 10
    best = found[["epoch 5", "epoch 15"]].mean().max()
    assert best > 0.85 and found["epoch 0"].max() < 0.3
    assert best - found["epoch 60"].mean() > 0.03


def test_wrong_labels_are_wrong_and_as_many_as_asked_for():
    y = digits(0)[1]
    for share, kind in trained.NOISES.values():
        wrong = trained.wrong_labels(y, share, kind, 0)
        assert abs((wrong != y).mean() - share) < 0.05
        if kind == "next":
            np.testing.assert_array_equal(wrong[wrong != y], (y[wrong != y] + 1) % 10)


# ------------------------------------------------------------------ two softmaxes


def test_two_softmaxes_lose_classes_where_no_adam_hides_it():
    table = experiments.stored("two_softmaxes").set_index(["variant", "seed"])
    for rate in ("0.1", "0.3"):
        one, two = (table.loc[f"{n}, rate {rate}"] for n in ("one", "two"))
        assert (one["never_said"] == 0).all() and (two["never_said"] > 0).sum() >= 3
        assert (two["train_loss"] > losses.double_softmax_floor(10)).all()
        assert two["accuracy"].mean() < one["accuracy"].mean() - 0.02


# ------------------------------------------------------------------ what the tool says of each


def digits_and(loss, **options):
    X, y, *_ = digits(0)
    batch = torch.tensor(X[:100], dtype=torch.float32), torch.tensor(y[:100])
    return diagnose(training.mlp((64, 32, 10), 0), loss, *batch, **options)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (lambda z, y: F.cross_entropy(z.softmax(1), y), "softmax_twice"),
        (lambda z, y: F.nll_loss(z.softmax(1), y), "nll_of_probabilities"),
        (lambda z, y: F.nll_loss(z.log_softmax(0), y), "softmax_wrong_axis"),
        (lambda z, y: F.cross_entropy(z.detach().requires_grad_(), y), "no_gradient"),
        (lambda z, y: F.cross_entropy(z, y, reduction="sum"), "summed"),
    ],
)
def test_the_tool_names_the_mistakes_of_the_chapter(loss, name):
    assert digits_and(loss).findings[0].name == name


def test_the_tool_has_nothing_against_the_plain_loss_and_knows_smoothing():
    assert digits_and(F.cross_entropy).ok
    smoothed = digits_and(lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1))
    assert smoothed.ok and [f.name for f in smoothed.findings] == ["label_smoothing"]


# ------------------------------------------------------------------ numbers in the text


def test_five_wrong_labels_of_a_thousand_hold_four_fifths_of_the_loss_and_a_third_of_the_pull():
    p = np.r_[np.full(995, 0.99), np.full(5, 0.0001)]
    loss, pull = -np.log(p), 1 - p
    assert loss[-5:].sum() / loss.sum() == pytest.approx(0.822, abs=0.001)
    assert pull[-5:].sum() / pull.sum() == pytest.approx(0.334, abs=0.001)


def test_keras_conventions_as_its_documentation_states_them():
    """[0.05, 0.95, 0] and [0.1, 0.8, 0.1] with labels 1 and 2 give 0.0513 and 2.303."""
    p = np.array([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]])
    np.testing.assert_allclose(-np.log(p[[0, 1], [1, 2]]), [0.0513, 2.303], atol=5e-4)


@pytest.mark.parametrize("label", [0, 1, 2])
def test_weights_and_smoothing_pull_to_a_target_weighed_by_the_class_it_falls_on(label):
    w, epsilon = np.array([1.0, 1.0, 20.0]), 0.1
    q = w * ((1 - epsilon) * np.eye(3)[label] + epsilon / 3)
    z = torch.tensor(np.log(q / q.sum()))[None].requires_grad_()
    loss = F.cross_entropy(
        z, torch.tensor([label]), weight=torch.tensor(w), label_smoothing=epsilon
    )
    (gradient,) = torch.autograd.grad(loss, z)
    assert gradient.abs().max() < 1e-12


def test_a_threshold_of_half_on_the_logit_is_a_probability_of_062():
    assert losses.sigmoid(0.5) == pytest.approx(0.62, abs=0.005)
