"""The long experiments of chapter 08: eight losses at three ratios; the loss or its start?

A validation part, of the same prevalence as the training part, chooses the penalty and the
threshold for F1. What the tables state is measured on a test part that nothing was chosen on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from ce_course import calibration, data, imbalance, losses, torch_losses, training
from ce_course.experiments import Experiment
from ce_course.support import files


class Loss(NamedTuple):
    """What a variant changes: the focal exponent, its alpha, what balances the classes, the start.

    balance: "" (nothing), "weights" (inverse frequencies) or "copies" (each class drawn, with
    repetition, until they are equally frequent). prior: whether the output bias starts at the
    log-odds of the prior.
    """

    gamma: float = 0.0
    alpha: float | None = None
    balance: str = ""
    prior: bool = False


LOSSES = {
    "plain": Loss(),
    "weighted": Loss(balance="weights"),
    "oversampled": Loss(balance="copies"),
    "focal 0.5": Loss(gamma=0.5),
    "focal 1": Loss(gamma=1.0),
    "focal 2": Loss(gamma=2.0),
    "focal 5": Loss(gamma=5.0),
    "focal 2, alpha 0.25": Loss(gamma=2.0, alpha=0.25),
}
LETTERS = {"10:1": "t", "100:1": "v", "1000:1": "j"}
RATIOS = {"10:1": 10.0, "100:1": 100.0, "1000:1": 1000.0}

# ------------------------------------------------------------------ linear models


def fit_linear(
    X: NDArray,
    y: NDArray,
    gamma: float = 0.0,
    alpha: float | None = None,
    weight: NDArray | float = 1.0,
    penalty: float = 1e-4,
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
        start has. So it is as strong for a loss of small values as for one of large values.
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


def example_weights(y: NDArray, balance: str, rng: np.random.Generator) -> NDArray:
    """What each example counts, shape (N,), mean 1: see `Loss.balance`."""
    if not balance:
        return np.ones(len(y))
    counts = np.bincount(y)
    if balance == "weights":
        return imbalance.inverse_frequency_weights(counts)[y]
    share = (1 / counts / len(counts))[y]
    return rng.multinomial(len(y), share / share.sum()).astype(float)


def gaussians(ratio: float, seed: int) -> dict[str, tuple[NDArray, NDArray]]:
    """Two Gaussian clouds in five dimensions: generated, and the true log-odds is linear.

    Class 1 is shifted by 1.7 standard deviations in all, and has a share of 1 / (1 + ratio). Parts
    as in `data.rare_letter`: 60,000, 20,000 and 60,000 examples.
    """
    rng, parts = np.random.default_rng(seed), {}
    for name, n in (("train", 60_000), ("validation", 20_000), ("test", 60_000)):
        y = np.zeros(n, dtype=int)
        y[: round(n / (1 + ratio))] = 1
        parts[name] = rng.normal(size=(n, 5)) + 1.7 / np.sqrt(5) * y[:, np.newaxis], y
    return parts


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


def linear_run(
    seed: int, variant: tuple[str, Loss], dataset: str, penalties: str
) -> Mapping[str, float]:
    """One linear model: the penalty with the best PR-AUC on the validation part is taken."""
    ratio, loss = variant
    letters = dataset == "letters"
    parts = data.rare_letter(LETTERS[ratio], seed) if letters else gaussians(RATIOS[ratio], seed)
    parts = {
        name: (scipy.sparse.csr_matrix(X) if letters else X, y) for name, (X, y) in parts.items()
    }
    X, y = parts["train"]
    weight = example_weights(y, loss.balance, np.random.default_rng(seed))
    X = X.astype(float)
    theta, tried = None, []
    for penalty in map(float, penalties.split()):
        theta = fit_linear(X, y, loss.gamma, loss.alpha, weight, penalty, theta)
        z = {name: X @ theta[:-1] + theta[-1] for name, (X, _) in parts.items()}
        tried.append((average_precision_score(parts["validation"][1], z["validation"]), penalty, z))
    _, penalty, z = max(tried, key=lambda t: t[:2])
    measured = measure(z["test"], parts["test"][1], z["validation"], parts["validation"][1], loss)
    return {**measured, "positives": y.sum(), "penalty": penalty}


# ------------------------------------------------------------------ networks


def network_loss(loss: Loss, y: NDArray):
    """The mean loss of a batch, for `training.train`."""
    low, high = imbalance.inverse_frequency_weights(np.bincount(y)) if loss.balance else (1.0, 1.0)

    def of_batch(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (torch_losses.focal_loss(z, y, loss.gamma) * (low + (high - low) * y)).mean()

    return of_batch


def network(inputs: int, hidden: int, loss: Loss, y: NDArray, seed: int) -> torch.nn.Module:
    """One hidden layer, one logit; the output bias at 0 or at the prior's log-odds."""
    net = training.mlp((inputs, hidden, 1), seed)
    if loss.prior:
        torch.nn.init.constant_(net[-1].bias, float(imbalance.prior_bias(y.mean())))
    return net


@torch.no_grad()
def logits(net: torch.nn.Module, X: NDArray) -> NDArray:
    """The network's logits, shape (N,), in float64."""
    return net(torch.as_tensor(X, dtype=torch.float32))[:, 0].double().numpy()


def network_on_letters(
    seed: int,
    variant: tuple[str, Loss],
    *,
    hidden: int,
    learning_rate: float,
    batch_size: int,
    early: int,
    epochs: int,
) -> Mapping[str, float]:
    """One network on one rare letter: after `early` epochs, at the end, and at the epoch that is
    chosen by the PR-AUC on the validation part.
    """
    torch.set_num_threads(1)
    letter, loss = variant
    parts = data.rare_letter(letter, seed)
    (X, y), (X_val, y_val), (X_test, y_test) = parts.values()
    net = network(X.shape[1], hidden, loss, y, seed)
    path = []

    def record(net: torch.nn.Module) -> Mapping[str, float]:
        z = logits(net, X_test)
        path.append(
            {
                "validation": average_precision_score(y_val, logits(net, X_val)),
                "pr_auc": average_precision_score(y_test, z),
                "ece": calibration.expected_calibration_error(losses.sigmoid(z), y_test),
            }
        )
        return {}

    training.train(
        net,
        X.astype(np.float32),
        y.astype(np.float32),
        network_loss(loss, y),
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        batch_size=batch_size,
        optimizer="adam",
        record=record,
    )
    chosen = int(np.argmax([step["validation"] for step in path]))
    return {
        "pr_auc_early": path[early]["pr_auc"],
        "pr_auc_end": path[epochs]["pr_auc"],
        "pr_auc_chosen": path[chosen]["pr_auc"],
        "chosen_epoch": chosen,
        "ece_early": path[early]["ece"],
        "ece_end": path[epochs]["ece"],
        "positives": y.sum(),
    }


def network_on_signals(
    seed: int,
    variant: tuple[int, Loss],
    *,
    ratio: float,
    hidden: int,
    learning_rate: float,
    batch_size: int,
    epochs: int,
) -> Mapping[str, float]:
    """One network on one rare digit of MNIST-1D, measured at the end."""
    torch.set_num_threads(1)
    digit, loss = variant
    parts = data.rare_signal(digit, ratio, seed)
    (X, y), (X_test, y_test) = parts["train"], parts["test"]
    net = network(X.shape[1], hidden, loss, y, seed)
    training.train(
        net,
        X,
        y.astype(np.float32),
        network_loss(loss, y),
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        batch_size=batch_size,
        optimizer="adam",
    )
    z, negatives = logits(net, X_test), (y_test == 0).sum()
    weight = np.where(y_test == 1, negatives / ratio / y_test.sum(), 1.0)
    return {
        "pr_auc": average_precision_score(y_test, z, sample_weight=weight),
        "roc_auc": roc_auc_score(y_test, z),
        "positives": y.sum(),
    }


STARTS = {
    "plain": Loss(),
    "plain, prior start": Loss(prior=True),
    "weighted": Loss(balance="weights"),
    "focal 5": Loss(gamma=5.0),
    "focal 5, prior start": Loss(gamma=5.0, prior=True),
}


def _crossed(first: Mapping[str, object], second: Mapping[str, Loss]) -> dict[str, tuple]:
    return {f"{a} | {b}": (x, loss) for a, x in first.items() for b, loss in second.items()}


EXPERIMENTS = (
    Experiment(
        name="imbalance_letters",
        question="A linear model for a rare letter of real text: what does the loss change?",
        run=linear_run,
        variants=_crossed({ratio: ratio for ratio in LETTERS}, LOSSES),
        seeds=(0, 1, 2, 3, 4),
        settings={"dataset": "letters", "penalties": "1 1e-1 1e-2 1e-3 1e-4"},
    ),
    Experiment(
        name="imbalance_gaussians",
        question="The same where the model is right: two Gaussians, a linear log-odds.",
        run=linear_run,
        variants=_crossed({ratio: ratio for ratio in RATIOS}, LOSSES),
        seeds=(0, 1, 2, 3, 4),
        settings={"dataset": "gaussians", "penalties": "1e-6"},
    ),
    Experiment(
        name="start_letters",
        question="A network for a rare letter: the loss, or where the training starts?",
        run=network_on_letters,
        variants=_crossed({"v, 92:1": "v", "j, 924:1": "j"}, STARTS),
        seeds=(0, 1, 2, 3, 4),
        settings={
            "hidden": 32,
            "learning_rate": 0.005,
            "batch_size": 512,
            "early": 4,
            "epochs": 16,
        },
    ),
    Experiment(
        name="start_signals",
        question="A network for a rare digit of MNIST-1D: the loss, or where the training starts?",
        run=network_on_signals,
        variants=_crossed({"digit 3": 3, "digit 0": 0, "digit 8": 8}, STARTS),
        seeds=tuple(range(10)),
        settings={
            "ratio": 100.0,
            "hidden": 64,
            "learning_rate": 0.005,
            "batch_size": 256,
            "epochs": 80,
        },
    ),
)


# ------------------------------------------------------------------ the widget's logits

MARGINS = data.RESOURCES / "letter_margins.csv"
EDGES = np.arange(-12, 20.5, 0.5)


def margins_of_v() -> NDArray:
    """How many test examples have which margin, for the letter v and for the others.

    The linear model of `imbalance_letters`, "100:1 | plain", seed 0, penalty 1e-4. The margin is
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
