"""The long experiments of chapter 09, and the logits that its widget shows.

All networks are trained until the training examples are nearly or all classified right, far beyond
the lowest validation loss. The validation part chooses the early stop and the temperature; what
the tables state is measured on a test part that nothing was chosen on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from ce_course import calibration, data, losses, torch_losses, training
from ce_course.experiments import Experiment

LOGITS = data.RESOURCES / "validation_logits.npz"
LOSSES = {
    "cross-entropy": ("smoothing", 0.0),
    "smoothing 0.05": ("smoothing", 0.05),
    "smoothing 0.1": ("smoothing", 0.1),
    "smoothing 0.3": ("smoothing", 0.3),
    "smoothing 0.6": ("smoothing", 0.6),
    "focal 1": ("focal", 1.0),
    "focal 2": ("focal", 2.0),
    "focal 5": ("focal", 5.0),
}


def _training_loss(kind: str, strength: float):
    if kind == "smoothing":
        return lambda z, y: F.cross_entropy(z, y, label_smoothing=strength)
    return lambda z, y: torch_losses.focal_loss(z, y, gamma=strength).mean()


def _train(
    seed: int,
    loss: tuple[str, float],
    *,
    dataset: str,
    n_train: int,
    n_validation: int,
    hidden: int,
    epochs: int,
    learning_rate: float,
    batch_size: int,
):
    """One network: the logits of validation and test part after each epoch, and their labels."""
    torch.set_num_threads(1)
    X, y, rest, labels = getattr(data, dataset)(seed, n_train)
    X_val, y_val, X_test, y_test = data.split(rest, labels, n_validation, seed)
    parts = [torch.as_tensor(part, dtype=torch.float32) for part in (X_val, X_test)]
    model = training.mlp((X.shape[1], hidden, hidden, 10), seed)
    path = []

    @torch.no_grad()
    def keep(model: torch.nn.Module) -> Mapping[str, float]:
        path.append([model(part).double().numpy() for part in parts])
        return {}

    history = training.train(
        model,
        X,
        y,
        _training_loss(*loss),
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        batch_size=batch_size,
        optimizer="adam",
        record=keep,
    )
    accuracy = history["train_accuracy"].iloc[-1]
    return path, y_val, y_test, accuracy


def _state(z: np.ndarray, y: np.ndarray, bins: int, suffix: str = "") -> dict[str, float]:
    confidence, correct = calibration.top_label(z, y)
    measured = {
        "nll": losses.cross_entropy_from_logits(z, y).mean(),
        "accuracy": correct.mean(),
        "confidence": confidence.mean(),
        "ece": calibration.expected_calibration_error(confidence, correct, bins),
        "brier": losses.brier_score(losses.softmax(z), y).mean(),
    }
    return {name + suffix: float(value) for name, value in measured.items()}


def _gaps(z: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Mean confidence minus accuracy among the predictions of each class; NaN if there are none."""
    confidence, correct = calibration.top_label(z, y)
    predicted, num_classes = z.argmax(axis=-1), z.shape[-1]
    surplus = np.bincount(predicted, confidence - correct, num_classes)
    with np.errstate(invalid="ignore"):
        means = surplus / np.bincount(predicted, minlength=num_classes)
    return {f"gap_{k}_T": float(gap) for k, gap in enumerate(means)}


def over_trained(seed: int, loss: tuple[str, float], *, bins: int, **settings) -> dict[str, float]:
    """Train one network and measure it on the test part: at the end, stopped early, with T."""
    path, y_val, y_test, train_accuracy = _train(seed, loss, **settings)
    on_validation = [losses.cross_entropy_from_logits(z, y_val).mean() for z, _ in path]
    stop = int(np.argmin(on_validation))
    z_val, z_test = path[-1]
    T = calibration.fit_temperature(z_val, y_val)
    return {
        "train_accuracy": float(train_accuracy),
        **_state(z_test, y_test, bins),
        "stop_epoch": stop,
        **_state(path[stop][1], y_test, bins, "_stopped"),
        "temperature": T,
        **_state(z_test / T, y_test, bins, "_T"),
        **_gaps(z_test / T, y_test),
    }


def make_validation_logits() -> Path:
    """Train the widget's three networks (seed 0) and store their validation logits and labels.

    Arrays `z_0`, `y_0`, ...: float16 logits (N, 10) and integer labels (N,), in the order of
    `SHOWN`. Half precision moves the mean loss by less than 0.001.
    """
    arrays = {}
    for i, (experiment, loss) in enumerate(SHOWN):
        z, y = validation_logits(experiment, loss)
        arrays |= {f"z_{i}": z.astype(np.float16), f"y_{i}": y.astype(np.uint8)}
    np.savez_compressed(LOGITS, **arrays)
    return LOGITS


def validation_logits(experiment: Experiment, loss: str) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, 10) on the validation part, and its labels: seed 0, at the end of training."""
    settings = {name: value for name, value in experiment.settings.items() if name != "bins"}
    path, y, _, _ = _train(0, experiment.variants[loss], **settings)
    return path[-1][0], y


over_trained_mnist1d = Experiment(
    name="over_trained_mnist1d",
    question="MNIST-1D: what do the training losses and a temperature do to over-confidence?",
    run=over_trained,
    variants=LOSSES,
    seeds=tuple(range(10)),
    settings={
        "dataset": "mnist1d",
        "n_train": 3000,
        "n_validation": 1000,
        "hidden": 128,
        "epochs": 40,
        "learning_rate": 0.002,
        "batch_size": 100,
        "bins": 15,
    },
)

over_trained_digits = Experiment(
    name="over_trained_digits",
    question="150 digits: what do the training losses and a temperature do to over-confidence?",
    run=over_trained,
    variants=LOSSES,
    seeds=tuple(range(10)),
    settings={
        "dataset": "digits",
        "n_train": 150,
        "n_validation": 800,
        "hidden": 128,
        "epochs": 150,
        "learning_rate": 0.01,
        "batch_size": 50,
        "bins": 15,
    },
)

EXPERIMENTS = (over_trained_mnist1d, over_trained_digits)

SHOWN = (  # in the order of `data.VALIDATION_LOGITS`
    (over_trained_mnist1d, "cross-entropy"),
    (over_trained_digits, "cross-entropy"),
    (over_trained_digits, "smoothing 0.1"),
)
