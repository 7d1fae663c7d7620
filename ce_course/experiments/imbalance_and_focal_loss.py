"""The long experiments of chapter 08: the loss or the threshold? The loss or its start?

One rule sets every knob of every side. The penalty of a linear model, the learning rate and the
number of epochs of a network are those with the best mean PR-AUC on the test parts of `TUNING`'s
seeds; the tables with "_tuning" in their name hold all that was tried. What the other tables state
was measured with other seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
from sklearn.neighbors import NearestNeighbors

from ce_course import calibration, data, imbalance, losses, torch_losses, training
from ce_course.experiments import Experiment, stored
from ce_course.support import files

TUNING = (100, 101)  # seeds for choosing; reported are 0 to 9


class Loss(NamedTuple):
    """What a variant changes: the focal exponent, its alpha, what balances the classes, the start.

    balance: "" (nothing), "weights" (inverse frequencies), "copies" (each class drawn, with
    repetition, until they are equally frequent), "fewer" (common examples thrown away) or "smote"
    (rare ones made up). start: the output bias of an untrained network, a number or "own", which
    is the logit of the best answer that is the same everywhere.
    """

    gamma: float = 0.0
    alpha: float | None = None
    balance: str = ""
    start: float | str = 0.0


LOSSES = {
    "plain": Loss(),
    "weighted": Loss(balance="weights"),
    "focal 2": Loss(gamma=2.0),
    "focal 5": Loss(gamma=5.0),
}
SAMPLED = {
    "oversampled": Loss(balance="copies"),
    "undersampled": Loss(balance="fewer"),
    "SMOTE": Loss(balance="smote"),
}

# ------------------------------------------------------------------ linear models


def fit_linear(
    X: NDArray,
    y: NDArray,
    gamma: float = 0.0,
    alpha: float | None = None,
    weight: NDArray | float = 1.0,
    penalty: float = 0.0,
    start: NDArray | None = None,
) -> NDArray:
    """Weights and bias, shape (features + 1,), of the linear logit with the smallest mean loss.

    Fitted to convergence (L-BFGS): stopped early, even a proper loss looks badly calibrated.

    Parameters
    ----------
    X : array or sparse matrix, shape (N, features)
    y : int array, shape (N,)
        Zeros and ones.
    gamma, alpha
        Of `losses.focal_loss`; gamma 0 is cross-entropy.
    weight : float or array, shape (N,)
        Of each example's loss.
    penalty : float
        Half of it times the squared weights is added, in units of the loss that the best constant
        start has. So it is as strong for a loss of small values as for one of large values. With
        0, classes that a plane separates have no optimum: the weights grow until the search ends.
    start : array, shape (features + 1,), optional
        Where to begin; otherwise weights 0 and the bias at the prior's log-odds.
    """
    if start is None:
        start = np.append(np.zeros(X.shape[1]), imbalance.prior_bias(np.mean(y)))
    constant = np.full(len(y), imbalance.prior_bias(np.mean(y)))
    unit = (weight * losses.focal_loss(constant, y, gamma, alpha)).mean()

    def value_and_slope(theta: NDArray) -> tuple[float, NDArray]:
        w, z = theta[:-1], X @ theta[:-1] + theta[-1]
        value = (weight * losses.focal_loss(z, y, gamma, alpha)).mean() / unit
        slope = weight * losses.focal_loss_grad(z, y, gamma, alpha) / (len(y) * unit)
        return value + penalty * w @ w / 2, np.append(X.T @ slope + penalty * w, slope.sum())

    limits = {"maxiter": 2000, "maxfun": 4000, "maxcor": 20, "ftol": 1e-11, "gtol": 2e-6}
    return minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options=limits).x


def smote(X: NDArray, count: int, rng: np.random.Generator, neighbours: int = 5) -> NDArray:
    """New examples between old ones, shape (count, features) [CBHK].

    Each lies at a random place on the line from one row of X, shape (n, features), to one of its
    nearest neighbours in X. Raises ValueError for fewer rows than neighbours need.

    [CBHK] N. Chawla, K. Bowyer, L. Hall and W. Kegelmeyer, "SMOTE: synthetic minority
    over-sampling technique", JAIR 16, 2002.
    """
    if len(X) <= neighbours:
        raise ValueError(f"X: expected more than {neighbours} rows, got {len(X)}")
    near = NearestNeighbors(n_neighbors=neighbours + 1).fit(X).kneighbors(X)[1][:, 1:]
    of, to = rng.integers(len(X), size=count), rng.integers(neighbours, size=count)
    return X[of] + rng.random((count, 1)) * (X[near[of, to]] - X[of])


def balanced(
    X: NDArray, y: NDArray, balance: str, rng: np.random.Generator
) -> tuple[NDArray, NDArray, NDArray]:
    """Examples, labels and the weight of each, mean 1, after one of the cures: see `Loss`."""
    counts, rare = np.bincount(y), y == 1
    if balance == "fewer":
        kept = np.append(np.flatnonzero(rare), rng.permutation(np.flatnonzero(~rare))[: counts[1]])
        X, y = X[kept], y[kept]
    elif balance == "smote":
        made = counts[0] - counts[1]
        X, y = (
            np.concatenate([X, smote(X[rare], made, rng)]),
            np.append(y, np.ones(made, dtype=int)),
        )
    weight = np.ones(len(y))
    if balance == "weights":
        weight = imbalance.inverse_frequency_weights(counts)[y]
    elif balance == "copies":
        share = (1 / counts / len(counts))[y]
        weight = rng.multinomial(len(y), share / share.sum()).astype(float)
    return X, y, weight


def threshold_of_best_f1(p: NDArray, y: NDArray) -> float:
    """The threshold on p with the largest F1 on these examples."""
    precision, recall, thresholds = precision_recall_curve(y, p)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[f1[:-1].argmax()])


def decisions(p: NDArray, y: NDArray, threshold: float) -> dict[str, float]:
    """Precision, recall, F1 and balanced accuracy of "yes where p >= threshold"."""
    yes = p >= threshold
    hits, alarms = (yes & (y == 1)).sum(), yes.sum()
    recall, specificity = hits / (y == 1).sum(), (~yes & (y == 0)).sum() / (y == 0).sum()
    return {
        "precision": hits / alarms if alarms else 0.0,
        "recall": recall,
        "f1": 2 * hits / (alarms + (y == 1).sum()),
        "balanced": (recall + specificity) / 2,
    }


def repaired(p: NDArray, loss: Loss, prevalence: float) -> NDArray:
    """Probabilities with what the loss is known to do to them undone."""
    if loss.balance:
        return imbalance.correct_prior_shift(p, 0.5, prevalence)
    if loss.alpha is not None:
        shifted = losses.focal_truth(p, loss.gamma)
        return imbalance.correct_prior_shift(shifted, loss.alpha, 0.5)
    return losses.focal_truth(p, loss.gamma)


def measure(
    z: NDArray, y: NDArray, z_validation: NDArray, y_validation: NDArray, loss: Loss
) -> dict[str, float]:
    """All that the tables state of a model's logits on the test part."""
    p, prevalence = losses.sigmoid(z), y_validation.mean()
    tuned = threshold_of_best_f1(losses.sigmoid(z_validation), y_validation)
    half, moved, best = (decisions(p, y, t) for t in (0.5, prevalence, tuned))
    fixed = repaired(p, loss, prevalence)
    return {
        "roc_auc": roc_auc_score(y, z),
        "pr_auc": average_precision_score(y, z),
        "f1_tuned": best["f1"],
        "f1_at_half": half["f1"],
        "recall_at_half": half["recall"],
        "precision_at_half": half["precision"],
        "balanced_at_half": half["balanced"],
        "balanced_at_prevalence": moved["balanced"],
        "mean_p": p.mean(),
        "log_loss": losses.binary_cross_entropy_with_logits(z, y).mean(),
        "ece": calibration.expected_calibration_error(p, y),
        "log_loss_repaired": losses.binary_cross_entropy(fixed, y).mean(),
        "ece_repaired": calibration.expected_calibration_error(fixed, y),
        "log_loss_of_prior": losses.binary_cross_entropy(np.full(len(y), prevalence), y).mean(),
    }


@cache
def tried(table: str) -> pd.DataFrame:
    """Mean PR-AUC over the tuning seeds: a row for each variant, a column for each setting."""
    return stored(table).groupby("variant", sort=False).mean().drop(columns="seed")


def linear_parts(task: str, seed: int, letters: int) -> dict[str, tuple[NDArray, NDArray]]:
    """As `data.rare_letter` gives them, in sparse floats; of the training part the first ones."""
    parts = data.rare_letter(task.split()[1], seed)
    parts["train"] = tuple(part[:letters] for part in parts["train"])
    return {name: (scipy.sparse.csr_matrix(X, dtype=float), y) for name, (X, y) in parts.items()}


def linear_tuning(
    seed: int, variant: tuple[str, Loss], letters: int, penalties: str
) -> Mapping[str, float]:
    """The PR-AUC of one linear model under each penalty, the heaviest first."""
    task, loss = variant
    parts = linear_parts(task, seed, letters)
    X, y, weight = balanced(*parts["train"], loss.balance, np.random.default_rng(seed))
    theta, scores = None, {}
    for penalty in penalties.split():
        theta = fit_linear(X, y, loss.gamma, loss.alpha, weight, float(penalty), theta)
        X_test, y_test = parts["test"]
        scores[penalty] = average_precision_score(y_test, X_test @ theta[:-1])
    return scores


def linear_run(seed: int, variant: tuple[str, Loss], letters: int) -> Mapping[str, float]:
    """One linear model under the penalty that was chosen for it, on all measures."""
    name = next(name for name, other in ON_LETTERS.items() if other == variant)
    penalty = float(tried("letters_tuning").loc[name].idxmax())
    task, loss = variant
    parts = linear_parts(task, seed, letters)
    X, y, weight = balanced(*parts["train"], loss.balance, np.random.default_rng(seed))
    theta = fit_linear(X, y, loss.gamma, loss.alpha, weight, penalty)
    z = {name: X @ theta[:-1] + theta[-1] for name, (X, _) in parts.items()}
    measured = measure(z["test"], parts["test"][1], z["validation"], parts["validation"][1], loss)
    return {**measured, "penalty": penalty}


# ------------------------------------------------------------------ networks


def network_loss(loss: Loss, y: NDArray):
    """The mean loss of a batch, for `training.train`."""
    low, high = imbalance.inverse_frequency_weights(np.bincount(y)) if loss.balance else (1.0, 1.0)

    def of_batch(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (torch_losses.focal_loss(z, y, loss.gamma) * (low + (high - low) * y)).mean()

    return of_batch


def own_start(loss: Loss, share: float) -> float:
    """The logit of the answer with the smallest mean loss among those that are the same for all.

    For cross-entropy the log-odds of the share of class 1, for balanced weights 0, for a focal
    loss the logit of `losses.focal_minimiser(share, gamma)`.
    """
    if loss.balance:
        share = 0.5
    return float(losses.logit(losses.focal_minimiser(share, loss.gamma)))


def network(inputs: int, hidden: int, loss: Loss, y: NDArray, seed: int) -> torch.nn.Module:
    """One hidden layer, one logit, whose bias begins at `loss.start`."""
    net = training.mlp((inputs, hidden, 1), seed)
    start = own_start(loss, y.mean()) if loss.start == "own" else loss.start
    torch.nn.init.constant_(net[-1].bias, start)
    return net


def rare(task: str, letters: int, ratio: float, seed: int) -> tuple[NDArray, ...]:
    """Training and test part of "letter v" or "digit 3", and what each test example counts.

    The test part of a digit has more positives than its training part; their weight makes the
    ratio the same.
    """
    kind, name = task.split()
    if kind == "letter":
        parts = data.rare_letter(name, seed)
        (X, y), (X_test, y_test) = parts["train"], parts["test"]
        return X[:letters].astype(np.float32), y[:letters], X_test, y_test, np.ones(len(y_test))
    parts = data.rare_signal(int(name), ratio, seed)
    (X_test, y_test), negatives = parts["test"], (parts["test"][1] == 0).sum()
    weight = np.where(y_test == 1, negatives / ratio / y_test.sum(), 1.0)
    return *parts["train"], X_test, y_test, weight


def network_path(
    seed: int,
    task: str,
    loss: Loss,
    learning_rate: float,
    epochs: list[int],
    *,
    hidden: int,
    batch_size: int,
    letters: int = 0,
    ratio: float = 0.0,
) -> dict[int, float]:
    """The PR-AUC on the test part of one network after each of these numbers of epochs."""
    torch.set_num_threads(1)
    X, y, X_test, y_test, weight = rare(task, letters, ratio, seed)
    inputs, scores, done = torch.as_tensor(X_test, dtype=torch.float32), {}, iter(range(10**6))
    net = network(X.shape[1], hidden, loss, y, seed)

    @torch.no_grad()
    def record(net: torch.nn.Module) -> Mapping[str, float]:
        if (epoch := next(done)) in epochs:
            z = np.nan_to_num(net(inputs)[:, 0].numpy())
            scores[epoch] = average_precision_score(y_test, z, sample_weight=weight)
        return {}

    training.train(
        net,
        X,
        y.astype(np.float32),
        network_loss(loss, y),
        epochs=max(epochs),
        learning_rate=learning_rate,
        seed=seed,
        batch_size=batch_size,
        optimizer="adam",
        record=record,
    )
    return scores


def network_tuning(
    seed: int, variant: tuple[str, Loss], *, rates: str, epochs: str, **settings: float
) -> Mapping[str, float]:
    """The PR-AUC of one network for each learning rate and number of epochs."""
    ends, scores = [int(n) for n in epochs.split()], {}
    for rate in rates.split():
        path = network_path(seed, *variant, float(rate), ends, **settings)
        scores |= {f"{rate}, {epoch} epochs": score for epoch, score in path.items()}
    return scores


def network_run(
    seed: int, variant: tuple[str, Loss], *, early: int, **settings: float
) -> Mapping[str, float]:
    """One network, twice: with what is best after `early` epochs, and with what is best at all."""
    task, loss = variant
    name = next(name for name, other in STARTS.items() if other == loss)
    means = tried(f"start_{task.split()[0]}s_tuning").loc[f"{task} | {name}"]
    result = {}
    for when, ends in (("early", f", {early} epochs"), ("best", " epochs")):
        rate, epochs = means[means.index.str.endswith(ends)].idxmax().split(", ")
        epoch = int(epochs.split()[0])
        (score,) = network_path(seed, task, loss, float(rate), [epoch], **settings).values()
        result |= {f"pr_auc_{when}": score, f"rate_{when}": float(rate), f"epochs_{when}": epoch}
    return result


STARTS = {
    "plain, bias 0": Loss(),
    "plain, own start": Loss(start="own"),
    "plain, bias -12": Loss(start=-12.0),
    "focal 2, own start": Loss(gamma=2.0, start="own"),
    "focal 5, bias 0": Loss(gamma=5.0),
    "focal 5, own start": Loss(gamma=5.0, start="own"),
    "focal 5, bias -4.6": Loss(gamma=5.0, start=-4.6),
}


def _crossed(first: Mapping[str, object], second: Mapping[str, Loss]) -> dict[str, tuple]:
    return {f"{a} | {b}": (x, loss) for a, x in first.items() for b, loss in second.items()}


PENALTIES = "10 3 1 0.3 0.1 0.03 0.01 0.003 0.001 0.0003 0.0001"
ON_LETTERS = _crossed({"letter v": "letter v"}, LOSSES)
ON_V = _crossed(
    {"letter v": "letter v"},
    {name: loss for name, loss in STARTS.items() if loss.start not in (-12.0, -4.6)},
)
ON_DIGITS = _crossed(
    {"digit 0": "digit 0", "digit 3": "digit 3"},
    {
        name: loss
        for name, loss in STARTS.items()
        if name not in ("focal 2, own start", "focal 5, bias 0")
    },
)
OF_V = {"hidden": 32, "batch_size": 1024, "letters": 30_000}
OF_DIGITS = {"hidden": 64, "batch_size": 1024, "ratio": 100.0}
TEN = tuple(range(10))

EXPERIMENTS = (
    Experiment(
        name="letters_tuning",
        question="Which penalty ranks best, for each loss and each rare letter?",
        run=linear_tuning,
        variants=ON_LETTERS,
        seeds=TUNING,
        settings={"letters": 30_000, "penalties": PENALTIES},
    ),
    Experiment(
        name="imbalance_letters",
        question="A linear model for a rare letter of real text: what does the loss change?",
        run=linear_run,
        variants=ON_LETTERS,
        seeds=TEN,
        settings={"letters": 30_000},
    ),
    Experiment(
        name="start_letters_tuning",
        question="Which rate and number of epochs rank best, for each loss and start, on letters?",
        run=network_tuning,
        variants=ON_V,
        seeds=TUNING,
        settings={"rates": "0.002 0.005 0.01 0.02 0.05 0.1 0.2", "epochs": "3 6 12 24 48", **OF_V},
    ),
    Experiment(
        name="start_letters",
        question="A network for a rare letter: the loss, or where the training starts?",
        run=network_run,
        variants=ON_V,
        seeds=TEN,
        settings={"early": 3, **OF_V},
    ),
    Experiment(
        name="start_digits_tuning",
        question="Which rate and number of epochs rank best, for each loss and start, on digits?",
        run=network_tuning,
        variants=ON_DIGITS,
        seeds=TUNING,
        settings={
            "rates": "0.0005 0.001 0.002 0.005 0.01 0.02 0.05",
            "epochs": "20 40 80 160",
            **OF_DIGITS,
        },
    ),
    Experiment(
        name="start_digits",
        question="A network for a rare digit of MNIST-1D: the loss, or where the training starts?",
        run=network_run,
        variants=ON_DIGITS,
        seeds=TEN,
        settings={"early": 20, **OF_DIGITS},
    ),
)


# ------------------------------------------------------------------ the widget's logits

MARGINS = data.RESOURCES / "letter_margins.csv"
EDGES = np.arange(-12, 20.5, 0.5)


def margins_of_v() -> NDArray:
    """How many test examples have which margin, for the letter v and for the others.

    A linear model of the whole training part of seed 0, plain, with penalty 1e-4. The margin is
    the log-odds of the truth. Shape (64, 3): the bin's centre, others, v. What lies further out
    is counted in the outermost bins.
    """
    parts = data.rare_letter("v", 0)
    X, y = parts["train"]
    theta = fit_linear(scipy.sparse.csr_matrix(X, dtype=float), y, penalty=1e-4)
    X, y = parts["test"]
    z = X @ theta[:-1] + theta[-1]
    bounds = EDGES[0] + 0.01, EDGES[-1] - 0.01
    counts = [np.histogram(np.clip(m, *bounds), EDGES)[0] for m in (-z[y == 0], z[y == 1])]
    return np.column_stack([(EDGES[1:] + EDGES[:-1]) / 2, *counts])


def make_margins() -> None:
    """Write `resources/letter_margins.csv`, which `widgets.focal_explorer` reads."""
    rows = "".join(f"{m:g},{others:g},{v:g}\n" for m, others, v in margins_of_v())
    files.write_whole(MARGINS, "margin,others,v\n" + rows)
