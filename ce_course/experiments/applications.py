"""The long experiments of chapter 11: a network for letters, and what preferences do to it.

The network is a multilayer perceptron over the last characters of a text. Its learning rate and its
number of steps are those with the lowest mean loss on the speech of 1961 over `TUNING`'s seeds; for
the fine-tuning, those with the lowest mean preference loss on pairs that were held out, up to what
`best_preferences` says. The tables
with "_tuning" in their name hold all that was tried; the others were measured with other seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ce_course import calibration, data, language
from ce_course.experiments import Experiment

NETWORK = data.RESOURCES / "language_network.npz"
TUNING = (100, 101)  # seeds for choosing; reported are 0 to 9
SEEDS = tuple(range(10))
STEPS = (1000, 2000, 4000)  # the numbers that are tried
CONTEXT, VECTOR, HIDDEN, BATCH = 12, 16, 128, 256

# ------------------------------------------------------------------ the network


@cache
def _codes(part: int) -> Tensor:
    return torch.from_numpy(language.encoded(language.texts()[part]))


def windows(codes: Tensor, context: int = CONTEXT) -> Tensor:
    """The `context` characters before each character of texts (..., L): (..., L, context).

    What lies before a text are line ends.
    """
    return F.pad(codes, (context, 0)).unfold(-1, context, 1)[..., :-1, :]


def untrained(seed: int) -> nn.Sequential:
    """Maps the codes of characters, shape (N, CONTEXT), to logits (N, V)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Embedding(len(language.ALPHABET), VECTOR),
            nn.Flatten(),
            nn.Linear(CONTEXT * VECTOR, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, len(language.ALPHABET)),
        )


@torch.no_grad()
def mean_loss(model: nn.Module, part: int) -> float:
    """Nats per character on one of `language.texts()`."""
    codes = _codes(part)
    return float(F.cross_entropy(model(windows(codes)), codes))


def trained(seed: int, rate: float, steps: int) -> Iterator[tuple[int, nn.Sequential]]:
    """The network after each number of `STEPS` up to `steps`: Adam, the rate falling to 0."""
    model, codes = untrained(seed), _codes(0)
    inputs, generator = windows(codes), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for step in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = rate * (1 - (step - 1) / steps)
        chosen = torch.randint(len(codes), (BATCH,), generator=generator)
        loss = F.cross_entropy(model(inputs[chosen]), codes[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    yield steps, model


def tune_network(seed: int, rate: float, steps: str) -> dict[str, float]:
    """The loss on the speech of 1961 after each of the numbers of steps, each a training."""
    return {
        f"validation_{count}": mean_loss(model, 1)
        for each in steps.split()
        for count, model in trained(seed, rate, int(each))
    }


def train_network(seed: int, variant: None, rate: float, steps: int) -> dict[str, float]:
    """Nats per character on the speeches to 1941, of 1961 and of 1986.

    test_T: on the last with the temperature that has the lowest loss on that of 1961.
    """
    ((_, model),) = trained(seed, rate, steps)
    names = ("train", "validation", "test")
    found = {name: mean_loss(model, part) for part, name in enumerate(names)}
    with torch.no_grad():
        z = [model(windows(_codes(part))).double() for part in (1, 2)]
    T = calibration.fit_temperature(z[0].numpy(), _codes(1).numpy())
    return found | {"temperature": T, "test_T": float(F.cross_entropy(z[1] / T, _codes(2)))}


def write_network() -> None:
    """Store the network of seed 0 for the notebook and the widgets."""
    ((_, model),) = trained(0, **{k: language_network.settings[k] for k in ("rate", "steps")})
    parts = [p.detach().numpy() for p in model.parameters()]
    arrays = [parts[0], *(p.T if p.ndim == 2 else p for p in parts[1:])]
    named = {f"{i}": array.astype(np.float16) for i, array in enumerate(arrays)}
    np.savez_compressed(NETWORK, **named)


def stored_model() -> nn.Sequential:
    """The stored network as a PyTorch module, to be tuned."""
    model, network = untrained(0), language.stored_network()
    arrays = [network.vectors]
    for weight, bias in zip(network.weights, network.biases, strict=True):
        arrays += [weight.T, bias]
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    return model


# ------------------------------------------------------------------ preferences

LENGTH, PAIRS, HELD_OUT = 40, 512, 256
EPOCHS = (1, 2, 5, 10, 20)
# A smaller beta has a flatter loss and wants a larger rate.
RATES = {
    0.05: {"lowest": 0.0003, "middle": 0.001, "highest": 0.003},
    0.2: {"lowest": 0.0001, "middle": 0.0003, "highest": 0.001},
    1.0: {"lowest": 0.00003, "middle": 0.0001, "highest": 0.0003},
}
AS_GOOD = 0.002  # nats, a tenth of what the loss differs by between two seeds


class Pairs(NamedTuple):
    """Prompts with two continuations each: windows (n, LENGTH, CONTEXT) and characters (n, LENGTH).

    The chosen ones first. kept: the reference's log-probability of each continuation, (2, n).
    """

    inputs: tuple[Tensor, Tensor]
    targets: tuple[Tensor, Tensor]
    kept: Tensor


@torch.no_grad()
def continued(model: nn.Module, prompts: Tensor, generator: torch.Generator) -> Tensor:
    """Prompts (n, CONTEXT) with LENGTH characters more, drawn from the model."""
    texts = prompts
    for _ in range(LENGTH):
        p = F.softmax(model(texts[:, -CONTEXT:]), dim=-1)
        texts = torch.cat([texts, torch.multinomial(p, 1, generator=generator)], dim=1)
    return texts


def judged(texts: Tensor) -> Tensor:
    """What the judge likes: spaces among the characters after the prompt, shape (n,)."""
    return (texts[:, CONTEXT:] == language.CODES[" "]).sum(dim=1).float()


def log_probability(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Of whole continuations, shape (n,)."""
    z = model(inputs.reshape(-1, CONTEXT))
    return -F.cross_entropy(z, targets.reshape(-1), reduction="none").view(targets.shape).sum(1)


def _prompts(count: int, generator: torch.Generator) -> Tensor:
    codes = _codes(0)
    starts = torch.randint(len(codes) - CONTEXT, (count,), generator=generator)
    return torch.stack([codes[start : start + CONTEXT] for start in starts.tolist()])


def preferences(model: nn.Module, count: int, generator: torch.Generator) -> Pairs:
    """Pairs from the model, and a judge who prefers a to b with probability sigmoid(s_a - s_b)."""
    prompts = _prompts(count, generator)
    a, b = (continued(model, prompts, generator) for _ in range(2))
    better = torch.rand(count, generator=generator) < torch.sigmoid(judged(a) - judged(b))
    sides = [torch.where(better[:, None], *pair) for pair in ((a, b), (b, a))]
    inputs = tuple(windows(side)[:, CONTEXT:] for side in sides)
    targets = tuple(side[:, CONTEXT:] for side in sides)
    with torch.no_grad():
        both = [log_probability(model, i, t) for i, t in zip(inputs, targets, strict=True)]
    return Pairs(inputs, targets, torch.stack(both))


def margin(model: nn.Module, pairs: Pairs, chosen: Tensor | slice = slice(None)) -> Tensor:
    """The difference of log-ratios, chosen minus rejected, shape (n,)."""
    sides = zip(pairs.inputs, pairs.targets, pairs.kept, strict=True)
    ratios = [log_probability(model, i[chosen], t[chosen]) - k[chosen] for i, t, k in sides]
    return ratios[0] - ratios[1]


def fine_tuned(
    pairs: Pairs, beta: float, rate: float, epochs: int, seed: int, look: Callable | None = None
) -> nn.Sequential:
    """The stored network after direct preference optimisation; look(epoch, model) after each."""
    model, generator = stored_model(), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for epoch in range(1, epochs + 1):
        for batch in torch.randperm(len(pairs.targets[0]), generator=generator).split(32):
            loss = F.softplus(-beta * margin(model, pairs, batch)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if look:
            look(epoch, model)
    return model


def _drawn(seed: int, pairs: int) -> tuple[Pairs, Pairs, torch.Generator]:
    generator, reference = torch.Generator().manual_seed(seed), stored_model()
    both = [preferences(reference, count, generator) for count in (pairs, HELD_OUT)]
    return both[0], both[1], generator


@torch.no_grad()
def _held_out_loss(model: nn.Module, pairs: Pairs, beta: float) -> float:
    return float(F.softplus(-beta * margin(model, pairs)).mean())


def tune_preferences(seed: int, beta: float, rates: str, pairs: int) -> dict[str, float]:
    """The preference loss on held-out pairs, for each of `RATES` after each number of epochs."""
    shown, held_out, _ = _drawn(seed, pairs)
    found = {}
    for name in rates.split():

        def look(epoch: int, model: nn.Module, name: str = name) -> None:
            if epoch in EPOCHS:
                found[f"{name} rate, {epoch} epochs"] = _held_out_loss(model, held_out, beta)

        fine_tuned(shown, beta, RATES[beta][name], max(EPOCHS), seed, look)
    return found


def tune_with_preferences(
    seed: int, variant: tuple[float, float, int], pairs: int
) -> dict[str, float]:
    """Gain and cost of the fine-tuned network, both measured on fresh text.

    held_out: share of held-out pairs whose chosen side gained; spaces: per 100 characters drawn;
    wins: how often the judge's score of its text is above the reference's for the same prompt, ties
    a half; perplexity: on the speech of 1986; kl: of its own text, nats per character.
    """
    beta, rate, epochs = variant
    shown, held_out, generator = _drawn(seed, pairs)
    model, reference = fine_tuned(shown, beta, rate, epochs, seed), stored_model()
    prompts = _prompts(512, generator)
    ours, theirs = (continued(each, prompts, generator) for each in (model, reference))
    likes, disliked = judged(ours), judged(theirs)
    inputs, targets = windows(ours)[:, CONTEXT:], ours[:, CONTEXT:]
    with torch.no_grad():
        both = [log_probability(each, inputs, targets) for each in (model, reference)]
        right = (margin(model, held_out) > 0).float().mean()
    return {
        "held_out": float(right),
        "spaces": 100 * float(likes.mean()) / LENGTH,
        "spaces_reference": 100 * float(disliked.mean()) / LENGTH,
        "wins": float((likes > disliked).float().mean() + (likes == disliked).float().mean() / 2),
        "perplexity": math.exp(mean_loss(model, 2)),
        "kl": float((both[0] - both[1]).mean()) / LENGTH,
    }


# ------------------------------------------------------------------ the experiments

language_network_tuning = Experiment(
    name="language_network_tuning",
    question="Which learning rate and how many steps have the lowest loss on the speech of 1961?",
    run=tune_network,
    variants={f"rate {rate:g}": rate for rate in (0.003, 0.01, 0.03)},
    seeds=TUNING,
    settings={"steps": " ".join(map(str, STEPS))},
)
language_network = Experiment(
    name="language_network",
    question="What does the network pay for a character of a speech that it has not seen?",
    run=train_network,
    variants={"network": None},
    seeds=SEEDS,
    settings={"rate": 0.01, "steps": 2000},
)
BETAS = {0.05: (0.001, 5), 0.2: (0.0003, 10), 1.0: (0.0001, 5)}  # rate, epochs
preferences_tuning = Experiment(
    name="preferences_tuning",
    question="Which rate and how many epochs have the lowest preference loss on held-out pairs?",
    run=tune_preferences,
    variants={f"beta {beta:g}": beta for beta in BETAS},
    seeds=TUNING,
    settings={"rates": "lowest middle highest", "pairs": PAIRS},
)
preferences_tuned = Experiment(
    name="preferences",
    question="What do preferences do to the network's texts, and to its perplexity?",
    run=tune_with_preferences,
    variants={f"beta {beta:g}": (beta, *tuned) for beta, tuned in BETAS.items()},
    seeds=SEEDS,
    settings={"pairs": PAIRS},
)

EXPERIMENTS = (language_network_tuning, language_network, preferences_tuning, preferences_tuned)


def best_network(tuning: pd.DataFrame) -> tuple[float, int]:
    """Rate and steps with the lowest mean validation loss in the tuning table."""
    mean = tuning.drop(columns="seed").groupby("variant").mean()
    variant, steps = mean.stack().idxmin()
    return float(variant.removeprefix("rate ")), int(steps.removeprefix("validation_"))


def best_preferences(tuning: pd.DataFrame) -> dict[float, tuple[float, int]]:
    """For each beta the rate and the epochs: of those within `AS_GOOD` of the best the quickest.

    Half the rate and twice the epochs do nearly the same, so the lowest loss alone would go on to
    the end of any grid.
    """
    mean = tuning.drop(columns="seed").groupby("variant").mean()
    found = {}
    for variant, losses in mean.iterrows():
        settings = losses[losses <= losses.min() + AS_GOOD].index.str.extract(r"(\w+) rate, (\d+)")
        name, epochs = min(settings.values.tolist(), key=lambda each: int(each[1]))
        beta = float(variant.removeprefix("beta "))
        found[beta] = RATES[beta][name], int(epochs)
    return found
