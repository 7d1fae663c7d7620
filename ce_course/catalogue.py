"""The one list of chapters, widgets, exercises and experiments: names, and nothing loaded.

README, chapter 00 and the tests read it. `checks.by_name`, `experiments.called` and
`ce_course.widgets` load what a name stands for.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Chapter:
    """One chapter: its notebook's name, what it asks, and the names it brings."""

    name: str
    title: str
    question: str
    needs: str
    minutes: int
    widgets: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The name without its number: the module in `checks/`, `widgets/`, `experiments/`."""
        return self.name.split("_", 1)[1]


CHAPTERS = (
    Chapter(
        name="00_start_here",
        title="Start here",
        question="How does this course work, and where should I begin?",
        needs="Python and school calculus",
        minutes=20,
        widgets=("coin_entropy",),
        exercises=("nats_to_bits",),
    ),
    Chapter(
        name="01_information_theory",
        title="Information theory",
        question="What does it cost to describe one source with another source's code?",
        needs="probabilities, logarithms",
        minutes=105,
        widgets=("surprisal_explorer", "wrong_code_explorer"),
        exercises=(
            "surprisal",
            "entropy",
            "cross_entropy",
            "kl_divergence",
            "huffman_code",
            "expected_code_length",
            "wasted_bits",
        ),
    ),
    Chapter(
        name="02_binary_cross_entropy",
        title="Binary cross-entropy",
        question="How does a yes-or-no model learn from its probabilities?",
        needs="chapter 01, derivatives",
        minutes=135,
        widgets=("loss_curve", "loss_calculator"),
        exercises=(
            "sigmoid",
            "binary_cross_entropy",
            "binary_cross_entropy_with_logits",
            "prior_baseline",
            "binary_cross_entropy_grad",
            "fit_logistic_regression",
            "multilabel_loss",
        ),
    ),
    Chapter(
        name="03_categorical_cross_entropy",
        title="Categorical cross-entropy",
        question="How does a model that chooses among many classes learn, and why from logits?",
        needs="chapter 02",
        minutes=125,
        widgets=("binary_vs_categorical", "overflow_explorer"),
        exercises=(
            "logsumexp",
            "softmax",
            "log_softmax",
            "cross_entropy_from_logits",
            "soft_target_cross_entropy",
            "double_softmax_floor",
            "one_hot_bytes",
        ),
    ),
    Chapter(
        name="04_softmax_gradient",
        title="The softmax gradient",
        question="Where does prediction minus truth come from, and what does it bound?",
        needs="chapter 03, partial derivatives, matrices",
        minutes=150,
        widgets=("gradient_simplex", "gradient_inspector"),
        exercises=(
            "softmax_jacobian",
            "softmax_cross_entropy_grad",
            "numerical_gradient",
            "linear_layer_grads",
            "softmax_cross_entropy_hessian",
            "CrossEntropyFunction",
        ),
    ),
    Chapter(
        name="05_mse_vs_cross_entropy",
        title="Squared error against cross-entropy",
        question="Why not simply the squared error? And when is it just as good?",
        needs="chapters 02 and 04",
        minutes=105,
        widgets=("gradient_comparison", "descent_race"),
        exercises=(
            "mse_sigmoid_grad",
            "steps_to_half",
            "brier_score",
            "hinge_loss",
            "largest_mse_gradient_p",
        ),
        experiments=(
            "five_losses_rates_sgd",
            "five_losses_rates_adam",
            "five_losses",
            "five_losses_patience",
        ),
    ),
    Chapter(
        name="06_likelihood_and_kl",
        title="Likelihood and KL divergence",
        question="Why this loss and no other, and what does it leave unsaid?",
        needs="chapters 01 to 03",
        minutes=120,
        widgets=("likelihood_to_loss", "kl_directions"),
        exercises=(
            "bernoulli_log_likelihood",
            "categorical_mle",
            "kl_gaussian",
            "jensen_shannon",
            "expected_score",
            "is_proper",
        ),
    ),
    Chapter(
        name="07_distillation_and_label_smoothing",
        title="Distillation and label smoothing",
        question="What does a student learn from targets that are not certain?",
        needs="chapters 03 to 06",
        minutes=145,
        widgets=("teacher_temperature", "smoothing_explorer"),
        exercises=(
            "smooth_labels",
            "label_smoothing_cross_entropy",
            "smoothing_floor",
            "optimal_logit_gap",
            "distillation_loss",
            "distil_student",
        ),
        experiments=(
            "distillation_tuning",
            "distillation",
            "distillation_longer",
            "distillation_mnist1d_tuning",
            "distillation_mnist1d",
            "temperature_squared",
            "smoothed_teachers",
        ),
    ),
    Chapter(
        name="08_imbalance_and_focal_loss",
        title="Imbalance and focal loss",
        question="What does a rare class do to the loss, and what is only the threshold?",
        needs="chapters 02 to 06",
        minutes=155,
        widgets=("focal_explorer", "threshold_explorer"),
        exercises=(
            "inverse_frequency_weights",
            "weighted_cross_entropy",
            "focal_loss",
            "focal_loss_grad",
            "focal_minimiser",
            "best_threshold",
            "prior_bias",
            "correct_prior_shift",
            "tversky_loss",
        ),
        experiments=(
            "letters_tuning",
            "imbalance_letters",
            "start_letters_tuning",
            "start_letters",
            "start_digits_tuning",
            "start_digits",
        ),
    ),
    Chapter(
        name="09_calibration",
        title="Calibration",
        question="When may you believe a model's probabilities, and what do they cost you if not?",
        needs="chapters 06 to 08",
        minutes=160,
        widgets=("reliability_diagram", "decision_explorer"),
        exercises=(
            "reliability_bins",
            "expected_calibration_error",
            "fit_temperature",
            "fit_platt",
            "brier_decomposition",
            "bayes_threshold",
        ),
        experiments=(
            "over_trained_mnist1d",
            "over_trained_digits",
            "losses_mnist1d_tuning",
            "losses_digits_tuning",
            "losses_mnist1d",
            "losses_digits",
        ),
    ),
    Chapter(
        name="10_pitfalls_and_robust_losses",
        title="Pitfalls and robust losses",
        question="The loss looks odd, or too good: what is wrong, and what if the labels are?",
        needs="chapters 02 to 09",
        minutes=165,
        widgets=("noise_explorer", "loss_doctor", "loss_reader"),
        exercises=(
            "generalized_cross_entropy",
            "symmetric_cross_entropy",
            "suspect_labels",
            "average_precision_at_prevalence",
            "repair_plateau",
            "repair_negative_loss",
            "repair_stuck_loss",
            "repair_accumulation",
            "repair_language_model",
            "repair_validation",
        ),
        experiments=("two_softmaxes", "label_noise_tuning", "label_noise", "suspects"),
    ),
    Chapter(
        name="11_applications",
        title="Applications",
        question="Where is cross-entropy the loss, and where does something only look like it?",
        needs="chapters 01 to 06",
        minutes=180,
        widgets=("sampling_temperature", "token_losses"),
        exercises=(
            "perplexity",
            "bits_per_character",
            "bigram_model",
            "masked_cross_entropy",
            "policy_gradient_loss",
            "listnet_loss",
            "discriminator_loss",
            "reconstruction_bce",
            "dpo_loss",
            "info_nce",
        ),
        experiments=(
            "language_network_tuning",
            "language_network",
            "preferences_tuning",
            "preferences",
        ),
    ),
    Chapter(
        name="12_cross_entropy_at_scale",
        title="Cross-entropy at scale",
        question="What does the loss cost with 100,000 classes, and what comes after it?",
        needs="chapters 03, 04, 06 and 08",
        minutes=165,
        widgets=("memory_calculator",),
        exercises=(
            "logits_bytes",
            "chunked_linear_cross_entropy",
            "sampled_softmax_loss",
            "sharded_cross_entropy",
            "z_loss",
        ),
        experiments=("loss_search_tuning", "loss_search"),
    ),
    Chapter(
        name="13_claims_checked",
        title="Claims checked",
        question="Which sentences about this loss may you repeat, and how do you check a new one?",
        needs="any of the chapters 01 to 12; it sends you to the others",
        minutes=60,
        widgets=("claim_explorer",),
    ),
)


def closest(name: str, names: Iterable[str]) -> str:
    """A sentence naming what is most like `name`, to end an error message with."""
    names = list(names)
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are: {', '.join(names)}." if names else ""


def chapter(name: str) -> Chapter:
    """The chapter called `name` ("01_information_theory").

    Raises KeyError, with the nearest names, if there is none.
    """
    for found in CHAPTERS:
        if found.name == name:
            return found
    raise KeyError(f"no chapter {name!r}. {closest(name, (c.name for c in CHAPTERS))}")


def experiment_names() -> list[str]:
    """The names of all experiments, in the course's order."""
    return [name for chapter in CHAPTERS for name in chapter.experiments]


def exercise_names() -> list[str]:
    """The names of all exercises, in the course's order."""
    return [name for chapter in CHAPTERS for name in chapter.exercises]


def widget_module(name: str) -> str:
    """The module that holds the widget called `name`; KeyError if there is none."""
    for found in CHAPTERS:
        if name in found.widgets:
            return f"ce_course.widgets.{found.module}"
    names = [widget for chapter in CHAPTERS for widget in chapter.widgets]
    raise KeyError(f"no widget {name!r}. {closest(name, names)}")
