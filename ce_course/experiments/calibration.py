"""The long experiments of chapters 07 and 09, and the logits that 09's widget shows.

All networks are trained until the training examples are nearly or all classified right, far beyond
the lowest validation loss, and looked at on the way. The validation part chooses the early stop
and what repairs the probabilities; what the tables state is measured on a test part that nothing
was chosen on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy import optimize
from torch import Tensor
from torch.nn import functional as F

from ce_course import calibration, data, losses, torch_losses, training
from ce_course.experiments import Experiment

LOGITS = data.RESOURCES / "validation_logits.npz"
EPSILONS = (0.0, 0.05, 0.1, 0.2, 0.4)
GAMMAS = (1.0, 2.0, 5.0)
STOPPED = "stopped early"


class Moment(NamedTuple):
    """A training loss, "smoothing", "focal" or "Brier", its strength, and when to look.

    epoch: 0 for the epoch with the lowest validation loss.
    """

    loss: str
    strength: float
    epoch: int


def _training_loss(kind: str, strength: float) -> Callable[[Tensor, Tensor], Tensor]:
    if kind == "smoothing":
        return lambda z, y: F.cross_entropy(z, y, label_smoothing=strength)
    if kind == "focal":
        return lambda z, y: torch_losses.focal_loss(z, y, gamma=strength).mean()
    return lambda z, y: ((z.softmax(dim=1) - F.one_hot(y, z.shape[1])) ** 2).sum(dim=1).mean()


@lru_cache(maxsize=1)  # a training is looked at several times on its way
def _path(seed: int, loss: str, strength: float, settings: str):
    """One training: a row for each epoch, and the logits of all parts; the parts' labels.

    Parts: validation and test, then the same with noise added to the inputs.
    """
    torch.set_num_threads(1)
    facts = json.loads(settings)
    X, y, rest, labels = getattr(data, facts["dataset"])(seed, facts["n_train"])
    X_val, y_val, X_test, y_test = data.split(rest, labels, facts["n_validation"], seed)
    rng = np.random.default_rng(seed)
    noisy = [part + facts["noise"] * rng.normal(size=part.shape) for part in (X_val, X_test)]
    parts = [torch.as_tensor(part, dtype=torch.float32) for part in (X_val, X_test, *noisy)]
    model = training.mlp((X.shape[1], facts["hidden"], facts["hidden"], 10), seed)
    logits = []

    @torch.no_grad()
    def keep(model: torch.nn.Module) -> Mapping[str, float]:
        logits.append([model(part).double().numpy() for part in parts])
        return {}

    history = training.train(
        model,
        X,
        y,
        _training_loss(loss, strength),
        epochs=facts["epochs"],
        learning_rate=facts["learning_rate"],
        seed=seed,
        batch_size=facts["batch_size"],
        optimizer="adam",
        record=keep,
    )
    return history, logits, y_val, y_test


def measured(z: np.ndarray, y: np.ndarray, suffix: str = "") -> dict[str, float]:
    """Of logits (N, K) and labels (N,): log loss, accuracy, confidence, ECE (15 bins), Brier."""
    confidence, correct = calibration.top_label(z, y)
    found = {
        "nll": losses.cross_entropy_from_logits(z, y).mean(),
        "accuracy": correct.mean(),
        "confidence": confidence.mean(),
        "ece": calibration.expected_calibration_error(confidence, correct),
        "brier": losses.brier_score(losses.softmax(z), y).mean(),
    }
    return {name + suffix: float(value) for name, value in found.items()}


def class_gaps(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the predictions of each class: mean confidence minus accuracy, and their share, (K,).

    The gap is NaN for a class that is never predicted.
    """
    confidence, correct = calibration.top_label(z, y)
    predicted, num_classes = z.argmax(axis=-1), z.shape[-1]
    count = np.bincount(predicted, minlength=num_classes)
    with np.errstate(invalid="ignore"):
        gaps = np.bincount(predicted, confidence - correct, num_classes) / count
    return gaps, count / len(z)


def _class_error(z: np.ndarray, y: np.ndarray) -> float:
    """The mean absolute gap of the predicted classes, each weighted by its share."""
    gaps, shares = class_gaps(z, y)
    return float(np.nansum(np.abs(gaps) * shares))


def fit_vector_scaling(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales and shifts (K,) such that the logits scales * z + shifts (N, K) cost least.

    A factor and a constant for each class in place of one temperature [G, section 4.2 of
    `calibration`'s sources]: 2K numbers, the minimum of a convex loss.
    """
    num_classes = z.shape[1]

    def loss_and_gradient(w: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = z * w[:num_classes] + w[num_classes:]
        push = losses.softmax(scaled) - losses.one_hot(y, num_classes)
        gradient = np.concatenate([(push * z).mean(axis=0), push.mean(axis=0)])
        return losses.cross_entropy_from_logits(scaled, y).mean(), gradient

    start = np.concatenate([np.full(num_classes, 0.5), np.zeros(num_classes)])
    found = optimize.minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B").x
    return found[:num_classes], found[num_classes:]


def over_trained(seed: int, moment: Moment, **settings) -> dict[str, float]:
    """One network at one moment of its training, on the test part.

    As it is; with the temperature (_T) that is best on the validation part; with a scale and a
    shift for each class fitted there (_V); and, on inputs with noise, with that temperature
    (_noisy_T) and with one fitted on noisy validation data (_noisy_new_T).
    """
    history, logits, y_val, y_test = _path(seed, moment.loss, moment.strength, json.dumps(settings))
    on_validation = [losses.cross_entropy_from_logits(z[0], y_val).mean() for z in logits]
    epoch = moment.epoch or int(np.argmin(on_validation))
    z_val, z_test, noisy_val, noisy_test = logits[epoch]
    T, new_T = (
        calibration.fit_temperature(z_val, y_val),
        calibration.fit_temperature(noisy_val, y_val),
    )
    scales, shifts = fit_vector_scaling(z_val, y_val)
    by_class = scales * z_test + shifts
    noisy = measured(noisy_test / T, y_test)
    return {
        "epoch": epoch,
        "train_accuracy": float(history["train_accuracy"][epoch]),
        **measured(z_test, y_test),
        "temperature": T,
        **measured(z_test / T, y_test, "_T"),
        **{f"gap_{k}_T": float(gap) for k, gap in enumerate(class_gaps(z_test / T, y_test)[0])},
        "class_error_T": _class_error(z_test / T, y_test),
        "class_error_V": _class_error(by_class, y_test),
        **{f"{name}_V": measured(by_class, y_test)[name] for name in ("nll", "accuracy", "ece")},
        **{f"{name}_noisy_T": noisy[name] for name in ("accuracy", "confidence", "ece")},
        "temperature_noisy": new_T,
        "ece_noisy_new_T": measured(noisy_test / new_T, y_test)["ece"],
    }


def make_validation_logits() -> Path:
    """Train the widget's three networks (seed 0) and store their validation logits and labels.

    Arrays `z_0`, `y_0`, ...: float16 logits (N, 10) and integer labels (N,), in the order of
    `SHOWN`. Half precision moves the mean loss by less than 0.001.
    """
    arrays = {}
    for i, (experiment, variant) in enumerate(SHOWN):
        z, y = validation_logits(experiment, variant)
        arrays |= {f"z_{i}": z.astype(np.float16), f"y_{i}": y.astype(np.uint8)}
    np.savez_compressed(LOGITS, **arrays)
    return LOGITS


def validation_logits(experiment: Experiment, variant: str) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, 10) on the validation part, and its labels: seed 0, at one moment."""
    moment = experiment.variants[variant]
    settings = json.dumps(experiment.settings)
    _, logits, y, _ = _path(0, moment.loss, moment.strength, settings)
    return logits[moment.epoch][0], y


def _moments(*epochs: int) -> dict[str, Moment]:
    """All losses at the last of these epochs, those of chapter 07 at each, and the early stop."""
    smoothed = [("smoothing", e, f"smoothing {e:g}" if e else "cross-entropy") for e in EPSILONS]
    others = [("focal", gamma, f"focal {gamma:g}") for gamma in GAMMAS] + [("Brier", 0.0, "Brier")]
    found = {f"cross-entropy, {STOPPED}": Moment("smoothing", 0.0, 0)}
    for losses_there, when in ((smoothed, epochs), (others, epochs[-1:])):
        for loss, strength, name in losses_there:
            found |= {f"{name}, {e} epochs": Moment(loss, strength, e) for e in when}
    return found


over_trained_mnist1d = Experiment(
    name="over_trained_mnist1d",
    question="MNIST-1D: what do the training losses and a temperature do to over-confidence?",
    run=over_trained,
    variants=_moments(5, 10, 20, 40),
    seeds=tuple(range(10)),
    settings={
        "dataset": "mnist1d",
        "n_train": 3000,
        "n_validation": 1000,
        "hidden": 128,
        "epochs": 40,
        "learning_rate": 0.002,
        "batch_size": 100,
        "noise": 0.5,
    },
)

over_trained_digits = Experiment(
    name="over_trained_digits",
    question="150 digits: what do the training losses and a temperature do to over-confidence?",
    run=over_trained,
    variants=_moments(5, 10, 40, 150),
    seeds=tuple(range(10)),
    settings={
        "dataset": "digits",
        "n_train": 150,
        "n_validation": 800,
        "hidden": 128,
        "epochs": 150,
        "learning_rate": 0.01,
        "batch_size": 50,
        "noise": 0.2,
    },
)

# ------------------------------------------------------------------ each loss at its best

COMPARED = {
    "cross-entropy": ("smoothing", 0.0),
    "smoothing 0.1": ("smoothing", 0.1),
    "focal 2": ("focal", 2.0),
}
RATES = {
    "mnist1d": (0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    "digits": (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02),
}
PARTS = (8, 4, 2, 1)  # looked at after 1/8, 1/4, ... of the epochs


def _at_rate(seed: int, loss: str, rate: float, settings: Mapping):
    return _path(seed, *COMPARED[loss], json.dumps({**settings, "learning_rate": rate}))


def loss_tried(seed: int, variant: tuple[str, float], **settings) -> dict[str, float]:
    """Minus the log loss with a temperature on the way. variant: (loss, learning rate)."""
    _, logits, y_val, y_test = _at_rate(seed, *variant, settings)
    found = {"steps": settings["epochs"]}
    for part in PARTS:
        z_val, z_test = logits[settings["epochs"] // part][:2]
        T = calibration.fit_temperature(z_val, y_val)
        found[f"after 1/{part} of the steps"] = -measured(z_test / T, y_test)["nll"]
    return found


def loss_at_its_best(seed: int, variant: tuple[str, float, int], **settings) -> dict[str, float]:
    """One network, as it is and with a temperature. variant: (loss, learning rate, epochs)."""
    loss, rate, epochs = variant
    _, logits, y_val, y_test = _at_rate(seed, loss, rate, settings)
    z_val, z_test = logits[epochs][:2]
    T = calibration.fit_temperature(z_val, y_val)
    return {
        "learning_rate": rate,
        "steps": epochs,
        **measured(z_test, y_test),
        "temperature": T,
        **measured(z_test / T, y_test, "_T"),
    }


# What `best_settings` of chapter 07 finds in the tuning tables: learning rate and epochs.
CHOICE: dict[str, dict[str, tuple[float, int]]] = {
    "mnist1d": {
        "cross-entropy": (0.01, 40),
        "focal 2": (0.01, 40),
        "smoothing 0.1": (0.02, 10),  # last: the shortest, the one that a test trains again
    },
    "digits": {
        "cross-entropy": (0.002, 150),
        "smoothing 0.1": (0.005, 75),
        "focal 2": (0.002, 150),
    },
}
_WITHOUT_RATE = {
    each.settings["dataset"]: {k: v for k, v in each.settings.items() if k != "learning_rate"}
    for each in (over_trained_mnist1d, over_trained_digits)
}
losses_tuning = tuple(
    Experiment(
        name=f"losses_{dataset}_tuning",
        question="At which learning rate, after how many epochs, is each loss at its best?",
        run=loss_tried,
        variants={f"{loss}, rate {r:g}": (loss, r) for loss in COMPARED for r in RATES[dataset]},
        seeds=(100, 101),
        settings=settings,
    )
    for dataset, settings in _WITHOUT_RATE.items()
)
losses_tuned = tuple(
    Experiment(
        name=f"losses_{dataset}",
        question="Which training loss has the lowest log loss once each has a temperature?",
        run=loss_at_its_best,
        variants={loss: (loss, *settings) for loss, settings in CHOICE[dataset].items()},
        seeds=tuple(range(10)),
        settings=settings,
    )
    for dataset, settings in _WITHOUT_RATE.items()
)

EXPERIMENTS = (over_trained_mnist1d, over_trained_digits, *losses_tuning, *losses_tuned)

SHOWN = (  # in the order of `data.VALIDATION_LOGITS`
    (over_trained_mnist1d, "cross-entropy, 40 epochs"),
    (over_trained_digits, "cross-entropy, 150 epochs"),
    (over_trained_digits, "smoothing 0.1, 150 epochs"),
)
