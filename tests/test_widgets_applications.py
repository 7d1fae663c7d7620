"""The scenes of chapter 11's widgets against PyTorch and the n-grams themselves."""

import math
from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ce_course import language
from ce_course.widgets import applications as widgets

# ------------------------------------------------------------------ sampling_temperature


@pytest.mark.parametrize("prompt", widgets.PROMPTS)
@pytest.mark.parametrize("T", [0.1, 1.0, 5.0])
def test_the_bars_are_torchs_softmax_at_that_temperature(prompt, T):
    z = torch.tensor(language.network_logits(language.stored_network(), prompt))
    p = F.softmax(z / T, dim=0)
    scene = widgets.sampling_temperature_scene(prompt, T)
    heights = np.asarray(scene.marks["p"].height)
    order = torch.argsort(-z)[: widgets.SHOWN]
    np.testing.assert_allclose(heights[:-1], p[order].numpy(), rtol=1e-9)
    assert heights.sum() == pytest.approx(1)
    entropy = torch.distributions.Categorical(probs=p).entropy().item() / math.log(2)
    assert f"entropy of the next character is {entropy:.2f} bits" in scene.readout


def test_the_cost_is_that_of_the_speech():
    text = language.texts()[2][: widgets.SEEN]
    network = language.stored_network()
    z = torch.tensor(
        np.array([language.network_logits(network, text[:i]) for i in range(len(text))])
    )
    y = torch.tensor(language.encoded(text))
    for T in (0.5, 1.0, 2.0):
        cost = F.cross_entropy(z / T, y).item() / math.log(2)
        scene = widgets.sampling_temperature_scene(widgets.PROMPTS[0], T)
        assert f"costs {cost:.2f} bits" in scene.readout
        assert scene.marks["cost now"].y[0] == pytest.approx(cost)


def test_what_is_expected_rises_with_the_temperature_and_the_cost_has_a_lowest_point():
    cost, expected = widgets._curves()
    assert (np.diff(expected) > 0).all()
    lowest = int(cost.argmin())
    assert (np.diff(cost)[:lowest] < 0).all() and (np.diff(cost)[lowest:] > 0).all()
    assert 1 < widgets.TEMPERATURES[lowest] < 2


def test_the_drawn_text_is_the_same_each_time_and_sure_when_cold():
    cold = widgets._continued("the state of the ", 0.1)
    assert len(cold) == widgets.DRAWN and cold == widgets._continued("the state of the ", 0.1)
    assert "the" in cold and cold != widgets._continued("the state of the ", 5.0)


# ------------------------------------------------------------------ token_losses


@cache
def predictor(model):
    if model == "network":
        return language.network_predictor(language.stored_network())
    return language.ngram(language.texts()[0], {"bigram": 2, "5-gram": 5}[model])


@pytest.mark.parametrize("passage", widgets.PASSAGES)
@pytest.mark.parametrize("model", widgets.MODELS)
def test_each_character_has_its_surprisal(passage, model):
    text = widgets.PASSAGES[passage]
    expected = language.surprisals(predictor(model), text, widgets.BEFORE) / math.log(2)
    for place in (1, 25, 60):
        scene = widgets.token_losses_scene(passage, model, place)
        start = (place - 1) // 20 * 20
        bars = [np.asarray(scene.marks[name].height) for name in widgets.LEVELS]
        assert (np.isfinite(bars).sum(axis=0) == 1).all()  # each in one of the three colours
        np.testing.assert_allclose(np.nansum(bars, axis=0), expected[start : start + 20])
        words = [scene.marks[f"text {name}"].text for name in widgets.LEVELS]
        shown = ["".join(parts) for parts in zip(*words, strict=True)]
        assert "".join(shown).replace("\N{OPEN BOX}", " ") == text[start : start + 20]
        assert f"pays {expected[place - 1]:.2f} bits" in scene.readout
        assert f"the whole passage {expected.mean():.2f}" in scene.readout


def test_passages_are_as_long_as_the_slider_and_in_the_speeches_they_name():
    assert {len(text) for text in widgets.PASSAGES.values()} == {60}
    assert widgets.PASSAGES["1986"] in language.texts()[2]
    assert widgets.PASSAGES["1941"] in " ".join(language.texts()[0].split())
