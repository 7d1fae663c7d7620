"""The scenes of chapter 10's widgets against PyTorch, SciPy and the catalogue of findings."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import optimize, stats

from ce_course import diagnosis
from ce_course.widgets import pitfalls_and_robust_losses as widgets

# ------------------------------------------------------------------ noise_explorer


def pull_of(loss, p):
    """The size of the derivative at the label's logit, by autograd, two classes."""
    z = torch.tensor([np.log(p), np.log1p(-p)], dtype=torch.float64, requires_grad=True)
    q = z.softmax(0)[0]
    value = {
        "cross-entropy": -q.log(),
        "generalized q = 0.7": (1 - q**0.7) / 0.7,
        "symmetric 0.1 and 1": -0.1 * q.log() + 4 * (1 - q),
        "absolute error": 1 - q,
    }[loss]
    value.backward()
    return -z.grad[0].item()


@pytest.mark.parametrize("loss", widgets.PULLS)
@pytest.mark.parametrize(("share", "sure"), [(0.4, 0.5), (0.1, 0.99), (0.6, 0.1)])
def test_the_pulls_are_autograds_and_the_bars_are_shares_of_them(loss, share, sure):
    scene = widgets.noise_explorer_scene(loss, share, sure)
    right, wrong = pull_of(loss, sure), pull_of(loss, (1 - sure) / 9)
    assert scene.marks["right"].y[0] == pytest.approx(right, rel=1e-9)
    assert scene.marks["wrong"].y[0] == pytest.approx(wrong, rel=1e-9)
    assert scene.marks["right bar"].height == pytest.approx([(1 - share) * right], rel=1e-9)
    of_all = share * wrong / (share * wrong + (1 - share) * right)
    assert f"Of the whole pull {of_all:.0%} comes from wrong labels" in scene.readout


def test_the_more_the_loss_gives_up_the_less_wrong_labels_pull():
    shares = [
        float(widgets.noise_explorer_scene(loss, 0.4, 0.95).marks["wrong bar"].height[0])
        for loss in ("cross-entropy", "generalized q = 0.7", "absolute error")
    ]
    assert shares[0] > 5 * shares[1] > 5 * shares[2]


# ------------------------------------------------------------------ loss_doctor


def test_the_suspects_are_those_of_the_catalogue():
    for key in diagnosis.SYMPTOMS:
        expected = {n for n, kind in diagnosis.FINDINGS.items() if key in kind.symptoms}
        assert set(widgets.suspects(key)) == expected != set()


def test_who_shows_both_symptoms_comes_first_and_errors_before_notes():
    found = widgets.suspects("floor", "accuracy_lags")
    both = [{"floor", "accuracy_lags"} <= set(diagnosis.FINDINGS[name].symptoms) for name in found]
    assert both == sorted(both, reverse=True) and 1 < sum(both) < len(both)
    kinds = diagnosis.FINDINGS
    first = [name for name in widgets.suspects("floor") if kinds[name].symptoms[0] == "floor"]
    assert list(widgets.suspects("floor"))[: len(first)] == first
    severities = [("error", "suspicion", "note").index(kinds[n].severity) for n in first]
    assert severities == sorted(severities)


@pytest.mark.parametrize("key", ["floor", "negative", "looks_fine"])
def test_the_readout_has_meaning_test_and_repair(key):
    for number, name in enumerate(widgets.suspects(key), start=1):
        scene = widgets.loss_doctor_scene(key, widgets.NOTHING, number)
        kind = diagnosis.FINDINGS[name]
        for said in (name, kind.severity, kind.section):
            assert said in scene.readout
        shown = [text for text in scene.marks["names"].texts() if text]
        assert sum(text.startswith("▸") for text in shown) == 1
        assert any(text.startswith("▸") and name in text for text in shown)


def test_a_number_beyond_the_last_suspect_shows_the_last():
    names = widgets.suspects("varies")
    assert names[-1] in widgets.loss_doctor_scene("varies", widgets.NOTHING, 99).readout


def test_the_doctor_offers_every_symptom():
    widget = widgets.loss_doctor()
    assert widget.values["first"] == "floor"
    for key in diagnosis.SYMPTOMS:
        assert widgets.loss_doctor(first=key).values["first"] == key


# ------------------------------------------------------------------ loss_reader


@pytest.mark.parametrize("K", [2, 3, 10])
@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("softmaxes", [1, 2])
def test_floor_and_shares_are_what_a_search_over_all_logits_finds(K, epsilon, softmaxes):
    largest = 0.7
    shares = np.array([largest] + [(1 - largest) / (K - 1)] * (K - 1))
    at = widgets.landmarks(K, largest, epsilon, softmaxes)

    def loss(z, shares):
        z = torch.tensor(z)[None]
        z = z.softmax(1) if softmaxes == 2 else z
        return sum(
            s * F.cross_entropy(z, torch.tensor([k]), label_smoothing=epsilon).item()
            for k, s in enumerate(shares)
        )

    start = np.zeros(K)
    found = optimize.minimize(loss, start, (shares,), method="BFGS").fun
    assert at["shares"] == pytest.approx(found, abs=1e-4)
    own = np.eye(K)[0]
    best = loss(np.log(np.clip((1 - epsilon) * own + epsilon / K, 1e-12, 1)), own)
    best = min(best, loss(60.0 * own, own))
    assert at["floor"] == pytest.approx(best, abs=1e-5)
    assert at["floor"] < at["shares"] <= at["ln K"] + 1e-12


def test_without_smoothing_the_shares_cost_their_entropy():
    at = widgets.landmarks(4, 0.4, 0.0, 1)
    assert at["shares"] == pytest.approx(stats.entropy([0.4, 0.2, 0.2, 0.2]), rel=1e-12)
    assert at["floor"] == 0 and at["ln K"] == pytest.approx(np.log(4))
    assert widgets.landmarks(10, 0.0, 0.0, 1)["shares"] == pytest.approx(np.log(10))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((10, 0.1, 0.0, 2, 1.46), "At the floor"),
        ((10, 0.1, 0.0, 2, 1.2), "Below the floor"),
        ((10, 0.1, 0.0, 1, 2.3), "At the shares"),
        ((10, 0.5, 0.0, 1, 2.3), "At ln K"),
        ((10, 0.5, 0.0, 1, 3.0), "Above ln K"),
        ((10, 0.5, 0.0, 1, 2.0), "Above the shares"),
        ((10, 0.1, 0.0, 1, 1.15), "50% of the way"),
    ],
)
def test_the_verdict_says_where_the_loss_lies(settings, words):
    assert words in widgets.loss_reader_scene(*settings).readout


def test_the_point_lies_on_the_curve():
    scene = widgets.loss_reader_scene(10, 0.1, 0.0, 1, 1.0)
    assert scene.marks["now"].x[0] == pytest.approx(np.exp(-1.0), rel=1e-3)
    scene = widgets.loss_reader_scene(10, 0.1, 0.0, 2, 1.2)
    assert np.isnan(scene.marks["now"].x[0])
