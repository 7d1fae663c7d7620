"""The long experiments of chapter 07, and the teachers whose logits its widget shows.

Teachers see 1000 digits (or 3500 signals of MNIST-1D) with their labels; a student sees the first
few of the same pictures and what the teacher says about them. All is measured on pictures that
neither has seen.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ce_course import calibration, data, information, losses, torch_losses, training
from ce_course.experiments import Experiment

LOGITS = data.RESOURCES / "digit_teachers.npz"
SEEDS = tuple(range(10))
BATCH = 100


class Taught(NamedTuple):
    """A trained teacher, its data as tensors, and its logits on both parts."""

    model: nn.Sequential
    X: Tensor
    y: Tensor
    X_test: Tensor
    y_test: Tensor
    z: Tensor
    z_test: Tensor


def _network(kind: str, seed: int) -> nn.Sequential:
    """An untrained network: an MLP "64-128-10", or "cnn" for signals of 40 points."""
    if kind != "cnn":
        return training.mlp([int(size) for size in kind.split("-")], seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Unflatten(1, (1, 40)),
            nn.Conv1d(1, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv1d(16, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(16, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(80, 10),
        )


@lru_cache(maxsize=4)  # the two teachers of a seed serve all its students
def taught(
    seed: int, epsilon: float, dataset: str, n: int, teacher: str, epochs: int, learning_rate: float
) -> Taught:
    """Train a teacher with Adam, batches of 100, on hard labels (epsilon 0) or smoothed ones."""
    torch.set_num_threads(1)
    X, y, X_test, y_test = getattr(data, dataset)(seed, n)
    model = _network(teacher, seed)
    training.train(
        model,
        X,
        y,
        nn.CrossEntropyLoss(label_smoothing=epsilon),
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        batch_size=BATCH,
        optimizer="adam",
    )
    X, X_test = (torch.as_tensor(part, dtype=torch.float32) for part in (X, X_test))
    with torch.no_grad():
        z, z_test = model(X), model(X_test)
    return Taught(model, X, torch.as_tensor(y), X_test, torch.as_tensor(y_test), z, z_test)


def _measured(z: np.ndarray, y: np.ndarray, prefix: str = "") -> dict[str, float]:
    confidence, correct = calibration.top_label(z, y)
    measured = {
        "accuracy": correct.mean(),
        "nll": losses.cross_entropy_from_logits(z, y).mean(),
        "confidence": confidence.mean(),
        "ece": calibration.expected_calibration_error(confidence, correct),
    }
    return {prefix + name: float(value) for name, value in measured.items()}


def _student(
    lesson: Taught,
    n: int,
    loss,
    *,
    seed: int,
    student: str,
    epochs: int,
    learning_rate: float,
    optimizer: str = "adam",
) -> dict[str, float]:
    """Train a student on the first n pictures; loss(student's logits, rows) per example."""
    model = _network(student, 1000 + seed)
    training.train(
        model,
        lesson.X[:n],
        torch.arange(n),  # in place of labels: which example it is
        lambda z, rows: loss(z, rows).mean(),
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        batch_size=BATCH,
        optimizer=optimizer,
    )
    with torch.no_grad():
        return _measured(model(lesson.X_test).double().numpy(), lesson.y_test.numpy())


# ------------------------------------------------------------------ distillation

DIGIT_TEACHER = {
    "dataset": "digits",
    "n_teacher": 1000,
    "teacher": "64-128-10",
    "teacher_epochs": 100,
    "teacher_learning_rate": 0.003,
}
STUDENT = {"student": "64-16-10", "student_learning_rate": 0.01}


def distil(
    seed: int,
    variant: tuple[float, float | None, int],
    *,
    dataset: str,
    n_teacher: int,
    teacher: str,
    teacher_epochs: int,
    teacher_learning_rate: float,
    student: str,
    student_steps: int,
    student_learning_rate: float,
) -> dict[str, float]:
    """One student. variant: (the teacher's epsilon, T or None for hard labels, pictures)."""
    epsilon, temperature, n = variant
    lesson = taught(
        seed, epsilon, dataset, n_teacher, teacher, teacher_epochs, teacher_learning_rate
    )

    def loss(z: Tensor, rows: Tensor) -> Tensor:
        T, alpha = (1.0, 0.0) if temperature is None else (temperature, 1.0)
        return torch_losses.distillation_loss(z, lesson.z[rows], lesson.y[rows], T, alpha)

    measured = _student(
        lesson,
        n,
        loss,
        seed=seed,
        student=student,
        epochs=round(student_steps / math.ceil(n / BATCH)),
        learning_rate=student_learning_rate,
    )
    teachers = lesson.z_test.double().numpy(), lesson.y_test.numpy()
    return measured | _measured(*teachers, "teacher_")


distillation = Experiment(
    name="distillation",
    question="What does a small student learn from hard labels, from a teacher, from a smoothed "
    "teacher?",
    run=distil,
    variants={
        "hard labels, 1000 digits": (0.0, None, 1000),
        "T = 1, 1000 digits": (0.0, 1.0, 1000),
        "T = 4, 1000 digits": (0.0, 4.0, 1000),
        "smoothed teacher, T = 1, 1000 digits": (0.1, 1.0, 1000),
        "smoothed teacher, T = 4, 1000 digits": (0.1, 4.0, 1000),
        "hard labels": (0.0, None, 100),
        "T = 1": (0.0, 1.0, 100),
        "T = 2": (0.0, 2.0, 100),
        "T = 4": (0.0, 4.0, 100),
        "T = 8": (0.0, 8.0, 100),
        "T = 20": (0.0, 20.0, 100),
        "smoothed teacher, T = 1": (0.1, 1.0, 100),
        "smoothed teacher, T = 2": (0.1, 2.0, 100),
        "smoothed teacher, T = 4": (0.1, 4.0, 100),
    },
    seeds=SEEDS,
    settings=DIGIT_TEACHER | STUDENT | {"student_steps": 500},
)

signals = Experiment(
    name="distillation_mnist1d",
    question="Does the same happen on harder, synthetic signals, with a convolutional teacher?",
    run=distil,
    variants={
        "hard labels, 3500 signals": (0.0, None, 3500),
        "T = 1, 3500 signals": (0.0, 1.0, 3500),
        "T = 4, 3500 signals": (0.0, 4.0, 3500),
        "smoothed teacher, T = 1, 3500 signals": (0.1, 1.0, 3500),
        "smoothed teacher, T = 4, 3500 signals": (0.1, 4.0, 3500),
        "smoothed teacher, T = 1": (0.1, 1.0, 500),
        "smoothed teacher, T = 4": (0.1, 4.0, 500),
        "hard labels": (0.0, None, 500),
        "T = 1": (0.0, 1.0, 500),
        "T = 4": (0.0, 4.0, 500),
    },
    seeds=SEEDS,
    settings={
        "dataset": "mnist1d",
        "n_teacher": 3500,
        "teacher": "cnn",
        "teacher_epochs": 30,
        "teacher_learning_rate": 0.005,
        "student": "40-32-10",
        "student_steps": 700,
        "student_learning_rate": 0.005,
    },
)


# ------------------------------------------------------------------ T squared


def with_or_without(
    seed: int,
    variant: tuple[str, float, bool],
    *,
    temperature: float,
    sgd_learning_rate: float,
    steps: int,
    n: int,
    n_teacher: int,
    dataset: str,
    teacher: str,
    teacher_epochs: int,
    teacher_learning_rate: float,
    student: str,
    student_learning_rate: float,
) -> dict[str, float]:
    """One student. variant: (optimiser, weight of the soft part, whether T² is there)."""
    optimizer, alpha, squared = variant
    lesson = taught(seed, 0.0, dataset, n_teacher, teacher, teacher_epochs, teacher_learning_rate)

    def loss(z: Tensor, rows: Tensor) -> Tensor:
        about = lesson.z[rows], lesson.y[rows], temperature
        soft, hard = (torch_losses.distillation_loss(z, *about, a) for a in (1.0, 0.0))
        return alpha * soft / (1 if squared else temperature**2) + (1 - alpha) * hard

    rate = sgd_learning_rate if optimizer == "sgd" else student_learning_rate
    return _student(
        lesson,
        n,
        loss,
        seed=seed,
        student=student,
        epochs=steps,
        learning_rate=rate,
        optimizer=optimizer,
    )


temperature_squared = Experiment(
    name="temperature_squared",
    question="What does the factor T squared change: with SGD, with Adam, in a mix with labels?",
    run=with_or_without,
    variants={
        "SGD, with T²": ("sgd", 1.0, True),
        "SGD, without": ("sgd", 1.0, False),
        "Adam, with T²": ("adam", 1.0, True),
        "Adam, without": ("adam", 1.0, False),
        "half labels, Adam, with T²": ("adam", 0.5, True),
        "half labels, Adam, without": ("adam", 0.5, False),
    },
    seeds=SEEDS,
    settings=DIGIT_TEACHER
    | STUDENT
    | {"temperature": 4.0, "sgd_learning_rate": 0.05, "steps": 300, "n": 100},
)


# ------------------------------------------------------------------ the smoothed teacher


def _wrong_logits(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The logits of the nine other classes, shape (N, 9)."""
    return z[~losses.one_hot(y, z.shape[1]).astype(bool)].reshape(len(z), -1)


def _scatter(h: np.ndarray, y: np.ndarray) -> float:
    """Share of the variance of h, shape (N, D), that lies within the classes."""
    within = sum(((h[y == k] - h[y == k].mean(0)) ** 2).sum() for k in np.unique(y))
    return float(within / ((h - h.mean(0)) ** 2).sum())


def look(
    seed: int,
    epsilon: float,
    *,
    temperature: float,
    dataset: str,
    n_teacher: int,
    teacher: str,
    teacher_epochs: int,
    teacher_learning_rate: float,
) -> dict[str, float]:
    """One teacher: how good, how sure, and what its wrong classes still tell.

    gap: mean distance of the true logit from the mean of the others, on the training pictures;
    spread: mean standard deviation of the others; wrong_classes: how many of the nine seem to be in
    play at `temperature`, the exponential of their entropy; scatter: the share of the variance that
    lies within the classes, of the hidden layer and of the logits, on unseen pictures.
    """
    lesson = taught(
        seed, epsilon, dataset, n_teacher, teacher, teacher_epochs, teacher_learning_rate
    )
    z, y = lesson.z.double().numpy(), lesson.y.numpy()
    wrong = _wrong_logits(z, y)
    with torch.no_grad():
        hidden = lesson.model[:-1](lesson.X_test).double().numpy()
    labels, z_test = lesson.y_test.numpy(), lesson.z_test.double().numpy()
    return {
        **_measured(z_test, labels),
        "train_accuracy": float((z.argmax(1) == y).mean()),
        "gap": float((z[np.arange(len(y)), y] - wrong.mean(1)).mean()),
        "spread": float(wrong.std(1).mean()),
        "wrong_classes": float(
            np.exp(information.entropy(losses.softmax(wrong / temperature))).mean()
        ),
        "scatter_hidden": _scatter(hidden, labels),
        "scatter_logits": _scatter(z_test, labels),
    }


smoothed_teachers = Experiment(
    name="smoothed_teachers",
    question="What does label smoothing change in a teacher?",
    run=look,
    variants={"hard labels": 0.0, "smoothed 0.1": 0.1},
    seeds=SEEDS,
    settings=DIGIT_TEACHER | {"temperature": 4.0},
)


# ------------------------------------------------------------------ smoothing and calibration

EPSILONS = (0.0, 0.05, 0.1, 0.2, 0.4)


@lru_cache(maxsize=1)  # a run is looked at several times on its way
def _logits_by_epoch(
    seed: int,
    epsilon: float,
    dataset: str,
    network: str,
    n: int,
    learning_rate: float,
    batch_size: int,
    epochs: int,
):
    """For each epoch the logits on both halves of the unseen part; their labels; the history."""
    torch.set_num_threads(1)
    X, y, rest, labels = getattr(data, dataset)(seed, n)
    X_val, y_val, X_test, y_test = data.split(rest, labels, len(labels) // 2, seed)
    inputs = [torch.as_tensor(part, dtype=torch.float32) for part in (X_val, X_test)]
    logits: list[list[np.ndarray]] = []

    @torch.no_grad()
    def keep(model: nn.Module) -> dict:
        logits.append([model(part).double().numpy() for part in inputs])
        return {}

    history = training.train(
        _network(network, seed),
        X,
        y,
        nn.CrossEntropyLoss(label_smoothing=epsilon),
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        batch_size=batch_size,
        optimizer="adam",
        record=keep,
    )
    return logits, y_val, y_test, history


def smooth(seed: int, variant: tuple[float, int], **settings) -> dict[str, float]:
    """One network at one moment of its training, measured on one half of the unseen part.

    variant: (epsilon, epoch). With "_T": all logits divided by the temperature that gives the
    lowest loss on the other half.
    """
    epsilon, epoch = variant
    logits, y_val, y_test, history = _logits_by_epoch(seed, epsilon, **settings)
    z_val, z_test = logits[epoch]
    T = calibration.fit_temperature(z_val, y_val)
    cooled = _measured(z_test / T, y_test)
    return {
        "train_accuracy": float(history["train_accuracy"][epoch]),
        **_measured(z_test, y_test),
        "temperature": T,
        "nll_T": cooled["nll"],
        "ece_T": cooled["ece"],
    }


def _moments(*epochs: int) -> dict[str, tuple[float, int]]:
    return {f"epsilon {e:g}, {epoch} epochs": (e, epoch) for e in EPSILONS for epoch in epochs}


smoothing_mnist1d = Experiment(
    name="smoothing_mnist1d",
    question="When does label smoothing help calibration, by its strength and the training's "
    "length? A hard task.",
    run=smooth,
    variants=_moments(5, 10, 20, 40),
    seeds=SEEDS,
    settings={
        "dataset": "mnist1d",
        "network": "40-128-128-10",
        "n": 3000,
        "learning_rate": 0.002,
        "batch_size": 100,
        "epochs": 40,
    },
)
smoothing_digits = Experiment(
    name="smoothing_digits",
    question="The same on an easy task.",
    run=smooth,
    variants=_moments(10, 40, 150),
    seeds=SEEDS,
    settings={
        "dataset": "digits",
        "network": "64-128-10",
        "n": 400,
        "learning_rate": 0.003,
        "batch_size": 50,
        "epochs": 150,
    },
)

EXPERIMENTS = (
    distillation,
    signals,
    temperature_squared,
    smoothed_teachers,
    smoothing_mnist1d,
    smoothing_digits,
)


# ------------------------------------------------------------------ the widget's teachers


def make_digit_teachers() -> Path:
    """Train two teachers on `data.digits(0)`, hard and smoothed (0.1), and store their logits.

    Arrays `hard` and `smoothed`, float16, shape (1797, 10): first the 1000 pictures they were
    trained on, then the 797 others, in the order of `data.digits(0)`.
    """
    arrays = {}
    for name, epsilon in (("hard", 0.0), ("smoothed", 0.1)):
        lesson = taught(0, epsilon, "digits", 1000, "64-128-10", 100, 0.003)
        arrays[name] = torch.cat([lesson.z, lesson.z_test]).numpy().astype(np.float16)
    np.savez_compressed(LOGITS, **arrays)
    return LOGITS
