"""The long experiments of chapter 07, and the teachers whose logits its widget shows.

Teachers see 1000 digits (or 3500 signals of MNIST-1D) with their labels; a student sees the first
few of the same pictures and what the teacher says about them. All is measured on pictures that
neither has seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ce_course import data, information, losses, torch_losses, training
from ce_course.experiments import Experiment
from ce_course.experiments.calibration import measured

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


@lru_cache(maxsize=4)  # the teachers of a seed serve all its students
def taught(
    seed: int,
    epsilon: float,
    dataset: str,
    n: int,
    teacher: str,
    epochs: int,
    learning_rate: float,
    seen: int | None = None,
) -> Taught:
    """Train a teacher with Adam, batches of 100, on hard labels (epsilon 0) or smoothed ones.

    seen: it is trained on the first so many of the n pictures; None: on all.
    """
    torch.set_num_threads(1)
    X, y, X_test, y_test = getattr(data, dataset)(seed, n)
    model = _network(teacher, seed)
    training.train(
        model,
        X[:seen],
        y[:seen],
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
    found = measured(z, y)
    return {prefix + name: found[name] for name in ("accuracy", "nll", "confidence", "ece")}


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
SIGNAL_TEACHER = {
    "dataset": "mnist1d",
    "n_teacher": 3500,
    "teacher": "cnn",
    "teacher_epochs": 30,
    "teacher_learning_rate": 0.005,
}


class Lesson(NamedTuple):
    """What a student learns from.

    n: how many pictures. T: the temperature; None for labels without a teacher, smoothed by
    epsilon. epsilon: of the teacher's labels, if there is a teacher. scale: the teacher's logits
    are multiplied by it. own: whether the teacher saw only the student's n labels.
    """

    n: int
    T: float | None = None
    epsilon: float = 0.0
    scale: float = 1.0
    own: bool = False


class Plan(NamedTuple):
    """A lesson, the learning rate and the number of steps."""

    lesson: Lesson
    rate: float
    steps: int


def _teacher(lesson: Lesson, seed: int, settings: Mapping) -> Taught:
    """The teacher of a lesson; one that sees fewer pictures sees them more often."""
    n, epochs = settings["n_teacher"], settings["teacher_epochs"]
    seen = lesson.n if lesson.own else n
    return taught(
        seed,
        lesson.epsilon,
        settings["dataset"],
        n,
        settings["teacher"],
        epochs * n // seen,
        settings["teacher_learning_rate"],
        seen,
    )


def _targets(lesson: Lesson, teacher: Taught) -> Tensor:
    """The soft targets of a lesson at its temperature, shape (n, K)."""
    if lesson.T is None:
        labels = losses.smooth_labels(teacher.y[: lesson.n].numpy(), 10, lesson.epsilon)
        return torch.as_tensor(labels, dtype=torch.float32)
    return (lesson.scale * teacher.z[: lesson.n] / lesson.T).softmax(dim=-1)


def train_together(
    first: nn.Sequential,
    X: Tensor,
    targets: Sequence[Tensor],
    T: Sequence[float],
    rates: Sequence[float],
    *,
    looks: Iterable[int],
    seed: int,
) -> Iterator[tuple[int, Callable[[Tensor], Tensor]]]:
    """Train copies of one MLP at once, each towards its own targets, by Adam, in batches of 100.

    Copy s sees the first n of X, where its targets have shape (n, K), and is trained on T² times
    the cross-entropy of its logits divided by T, at its own learning rate. Each learns what it
    would alone, with `training.train`: only faster, since a step of many small networks takes
    hardly longer than a step of one. Adam is written out: `torch.optim` has one rate for all.

    Yields, after each number of steps in `looks`, it and the copies as one function from inputs
    (B, D) to logits (S, B, K).
    """
    copies, layers = len(targets), [layer for layer in first if isinstance(layer, nn.Linear)]
    parts = [part for layer in layers for part in (layer.weight.detach().T, layer.bias[None])]
    start = torch.cat([part.detach().reshape(-1) for part in parts])
    weights = start.repeat(copies, 1).requires_grad_()
    sizes, copy = [part.numel() for part in parts], torch.arange(copies)[:, None]
    temperature, rate = torch.tensor(T)[:, None, None], torch.tensor(rates)[:, None]
    all_targets = nn.utils.rnn.pad_sequence(list(targets), batch_first=True)

    def logits(x: Tensor) -> Tensor:
        split = zip(weights.split(sizes, dim=1), parts, strict=True)
        shaped = [numbers.view(copies, *part.shape) for numbers, part in split]
        for i, (weight, bias) in enumerate(zip(shaped[::2], shaped[1::2], strict=True)):
            x = torch.baddbmm(bias, x.relu() if i else x, weight)
        return x

    orders = {len(q): torch.Generator().manual_seed(seed) for q in targets}
    batches = {n: _batches(n, order) for n, order in orders.items()}
    mean, square = torch.zeros_like(weights), torch.zeros_like(weights)
    for step in range(1, max(looks) + 1):
        drawn = {n: next(rows) for n, rows in batches.items()}
        rows = torch.stack([drawn[len(q)] for q in targets])
        log_p = (logits(X[rows]) / temperature).log_softmax(dim=-1)
        loss = -(temperature**2) * all_targets[copy, rows] * log_p
        (gradient,) = torch.autograd.grad(loss.sum() / BATCH, weights)
        mean.lerp_(gradient, 0.1)
        square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        size = (square / (1 - 0.999**step)).sqrt() + 1e-8
        with torch.no_grad():
            weights -= rate / (1 - 0.9**step) * mean / size
        if step in looks:
            yield step, torch.no_grad()(lambda x: logits(x.expand(copies, *x.shape)))


def _batches(n: int, order: torch.Generator) -> Iterator[Tensor]:
    """Rows in batches of 100, in an order drawn anew for each epoch, without end."""
    while True:
        yield from torch.randperm(n, generator=order).split(BATCH)


class Learned(NamedTuple):
    """A student's logits on the test part after each look, its teacher's, and the labels."""

    looks: dict[int, np.ndarray]
    teacher: np.ndarray
    labels: np.ndarray


LOOKS = (16, 8, 4, 2, 1)  # a student is looked at after 1/16, 1/8, ... of its steps


@lru_cache(maxsize=2)  # students are trained together, and asked for one by one
def _students(seed: int, plans: tuple[Plan, ...], settings: str) -> dict[Plan, Learned]:
    """Train the students of one seed whose plans have the same number of steps."""
    torch.set_num_threads(1)
    facts = json.loads(settings)
    teachers = [_teacher(plan.lesson, seed, facts) for plan in plans]
    X_test, labels = teachers[0].X_test, teachers[0].y_test.numpy()
    found = {
        plan: Learned({}, teacher.z_test.double().numpy(), labels)
        for plan, teacher in zip(plans, teachers, strict=True)
    }
    trained = train_together(
        _network(facts["student"], 1000 + seed),
        teachers[0].X,
        [_targets(plan.lesson, teacher) for plan, teacher in zip(plans, teachers, strict=True)],
        [plan.lesson.T or 1.0 for plan in plans],
        [plan.rate for plan in plans],
        looks=[plans[0].steps // part for part in LOOKS if part <= plans[0].steps],
        seed=seed,
    )
    for step, students in trained:
        for plan, z in zip(plans, students(X_test).double().numpy(), strict=True):
            found[plan].looks[step] = z
    return found


def _learned(plans: Mapping[str, Plan], name: str, seed: int, settings: Mapping) -> Learned:
    plan = plans[name]
    alike = tuple(other for other in plans.values() if other.steps == plan.steps)
    return _students(seed, alike, json.dumps(settings))[plan]


def _tried(plans: Mapping[str, Plan]) -> Callable[..., dict[str, float]]:
    """What a table for tuning runs: one student's accuracy on the way."""

    def run(seed: int, name: str, **settings) -> dict[str, float]:
        looks, _, labels = _learned(plans, name, seed, settings)
        right = [float((z.argmax(axis=1) == labels).mean()) for z in looks.values()]
        columns = [f"after 1/{part} of the steps" for part in LOOKS]
        return {"steps": plans[name].steps, **dict(zip(columns, right, strict=True))}

    return run


def _distilled(plans: Mapping[str, Plan]) -> Callable[..., dict[str, float]]:
    """What a table for reporting runs: one student at the end, and its teacher."""

    def run(seed: int, name: str, **settings) -> dict[str, float]:
        learned, plan = _learned(plans, name, seed, settings), plans[name]
        return {
            "learning_rate": plan.rate,
            "steps": plan.steps,
            **_measured(learned.looks[plan.steps], learned.labels),
            **_measured(learned.teacher, learned.labels, "teacher_"),
        }

    return run


# Lessons and the most steps: more where there is more to learn.
DIGIT_LESSONS = {
    "T = 1": (Lesson(100, 1.0), 2000),
    "T = 4": (Lesson(100, 4.0), 2000),
    "T = 8": (Lesson(100, 8.0), 2000),
    "teacher of the same 100, T = 4": (Lesson(100, 4.0, own=True), 2000),
    "smoothed teacher, T = 1": (Lesson(100, 1.0, 0.1), 2000),
    "smoothed teacher, T = 4": (Lesson(100, 4.0, 0.1), 2000),
    "smoothed teacher times 3.5, T = 4": (Lesson(100, 4.0, 0.1, 3.5), 2000),
    "smoothed teacher times 6, T = 4": (Lesson(100, 4.0, 0.1, 6.0), 2000),
    "hard labels, 1000 digits": (Lesson(1000), 2000),
    "T = 1, 1000 digits": (Lesson(1000, 1.0), 2000),
    "T = 4, 1000 digits": (Lesson(1000, 4.0), 2000),
    "smoothed teacher, T = 1, 1000 digits": (Lesson(1000, 1.0, 0.1), 2000),
    "smoothed teacher, T = 4, 1000 digits": (Lesson(1000, 4.0, 0.1), 2000),
    "smoothed labels": (Lesson(100, epsilon=0.1), 960),
    "hard labels": (Lesson(100), 960),
}
SIGNAL_LESSONS = {
    "hard labels, 3500 signals": (Lesson(3500), 6400),
    "T = 1, 3500 signals": (Lesson(3500, 1.0), 6400),
    "T = 4, 3500 signals": (Lesson(3500, 4.0), 6400),
    "smoothed teacher, T = 1, 3500 signals": (Lesson(3500, 1.0, 0.1), 6400),
    "smoothed teacher, T = 4, 3500 signals": (Lesson(3500, 4.0, 0.1), 6400),
    "T = 4": (Lesson(500, 4.0), 3200),
    "smoothed teacher, T = 4": (Lesson(500, 4.0, 0.1), 3200),
    "hard labels": (Lesson(500), 1600),
}
TUNING_SEEDS = (100, 101)
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def _with_all(lessons: Mapping[str, tuple[Lesson, int]]) -> dict[str, Plan]:
    """Each lesson with each learning rate."""
    return {
        f"{name}, rate {rate:g}": Plan(lesson, rate, steps)
        for name, (lesson, steps) in lessons.items()
        for rate in RATES
    }


TRIED = {
    "digits": _with_all(DIGIT_LESSONS),
    "mnist1d": _with_all(SIGNAL_LESSONS),
}

distillation_tuning = Experiment(
    name="distillation_tuning",
    question="Which learning rate and how many steps are best for each lesson from digits?",
    run=_tried(TRIED["digits"]),
    variants={name: name for name in TRIED["digits"]},
    seeds=TUNING_SEEDS,
    settings=DIGIT_TEACHER | {"student": "64-16-10"},
)
signals_tuning = Experiment(
    name="distillation_mnist1d_tuning",
    question="Which learning rate and how many steps are best for each lesson from signals?",
    run=_tried(TRIED["mnist1d"]),
    variants={name: name for name in TRIED["mnist1d"]},
    seeds=TUNING_SEEDS,
    settings=SIGNAL_TEACHER | {"student": "40-32-10"},
)


def best_settings(tuning: pd.DataFrame) -> pd.DataFrame:
    """For each lesson of a tuning table the learning rate and the steps that were best.

    Those with the highest mean accuracy over the tuning seeds; of several equally good ones, the
    fewest steps. The lowest and the highest rate are never chosen: they are tried to see that
    nothing better lies outside. Columns learning_rate, steps and accuracy, a row for each lesson.
    """
    mean = tuning.drop(columns="seed").groupby("variant", sort=False).mean()
    looks = mean.drop(columns="steps")
    part = looks.columns[looks.to_numpy().argmax(axis=1)]
    found = pd.DataFrame(
        {
            "lesson": mean.index.str.replace(r", rate .*", "", regex=True),
            "learning_rate": mean.index.str.replace(r".*, rate ", "", regex=True).astype(float),
            "steps": mean["steps"] // part.str.extract(r"1/(\d+)")[0].astype(int).to_numpy(),
            "accuracy": looks.max(axis=1),
        }
    ).astype({"steps": int})
    ends = found["learning_rate"].min(), found["learning_rate"].max()
    ranked = found[~found["learning_rate"].isin(ends)].sort_values(
        ["accuracy", "steps"], ascending=[False, True], kind="stable"
    )
    return ranked.groupby("lesson").first().loc[found["lesson"].unique()]


# What `best_settings` finds in the tuning tables: learning rate and steps.
DIGIT_CHOICE: dict[str, tuple[float, int]] = {
    "T = 1": (0.02, 2000),
    "T = 4": (0.02, 2000),
    "T = 8": (0.005, 1000),
    "teacher of the same 100, T = 4": (0.01, 500),
    "smoothed teacher, T = 1": (0.002, 500),
    "smoothed teacher, T = 4": (0.005, 125),
    "smoothed teacher times 3.5, T = 4": (0.02, 125),
    "smoothed teacher times 6, T = 4": (0.005, 1000),
    "hard labels, 1000 digits": (0.02, 1000),
    "T = 1, 1000 digits": (0.02, 2000),
    "T = 4, 1000 digits": (0.02, 2000),
    "smoothed teacher, T = 1, 1000 digits": (0.02, 500),
    "smoothed teacher, T = 4, 1000 digits": (0.01, 2000),
    "smoothed labels": (0.005, 120),
    "hard labels": (0.002, 960),
}
SIGNAL_CHOICE: dict[str, tuple[float, int]] = {
    "hard labels, 3500 signals": (0.005, 1600),
    "T = 1, 3500 signals": (0.05, 3200),
    "T = 4, 3500 signals": (0.05, 3200),
    "smoothed teacher, T = 1, 3500 signals": (0.005, 1600),
    "smoothed teacher, T = 4, 3500 signals": (0.005, 3200),
    "T = 4": (0.05, 400),
    "smoothed teacher, T = 4": (0.002, 1600),
    "hard labels": (0.01, 200),
}


def _as_chosen(lessons: Mapping, choice: Mapping[str, tuple[float, int]]) -> dict[str, Plan]:
    return {name: Plan(lessons[name][0], *settings) for name, settings in choice.items()}


CHOSEN = {
    "digits": _as_chosen(DIGIT_LESSONS, DIGIT_CHOICE),
    "mnist1d": _as_chosen(SIGNAL_LESSONS, SIGNAL_CHOICE),
}

distillation = Experiment(
    name="distillation",
    question="What does a small student learn from labels, from a teacher, from a smoothed one?",
    run=_distilled(CHOSEN["digits"]),
    variants={name: name for name in CHOSEN["digits"]},
    seeds=SEEDS,
    settings=DIGIT_TEACHER | {"student": "64-16-10"},
)
signals = Experiment(
    name="distillation_mnist1d",
    question="Does the same happen on harder, synthetic signals, with a convolutional teacher?",
    run=_distilled(CHOSEN["mnist1d"]),
    variants={name: name for name in CHOSEN["mnist1d"]},
    seeds=SEEDS,
    settings=SIGNAL_TEACHER | {"student": "40-32-10"},
)

# Does longer change what students of 100 digits learn? Four lessons at their chosen rates.
LONGER = {
    name: CHOSEN["digits"][name]._replace(steps=8000)
    for name in ("T = 1", "T = 4", "T = 8", "hard labels")
}


def on_and_on(seed: int, name: str, **settings) -> dict[str, float]:
    """One student's accuracy after 2000, 4000 and 8000 steps."""
    looks, _, labels = _learned(LONGER, name, seed, settings)
    accuracy = {step: float((z.argmax(axis=1) == labels).mean()) for step, z in looks.items()}
    return {f"after {step} steps": accuracy[step] for step in (2000, 4000, 8000)}


longer = Experiment(
    name="distillation_longer",
    question="What do students of 100 digits learn who go on for four times as long?",
    run=on_and_on,
    variants={name: name for name in LONGER},
    seeds=SEEDS,
    settings=DIGIT_TEACHER | {"student": "64-16-10"},
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
    | {"student": "64-16-10", "student_learning_rate": 0.01}
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


EXPERIMENTS = (
    distillation_tuning,
    distillation,
    longer,
    signals_tuning,
    signals,
    temperature_squared,
    smoothed_teachers,
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
