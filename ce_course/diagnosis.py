"""What is wrong with a classifier's training: `print(diagnose(model, loss, X, y))`.

Nothing but PyTorch is needed: copy this one file into any project. It holds

1. the catalogue: `FINDINGS`, every mistake that can be named, with its symptoms, the test that
   decides and the repair; `SYMPTOMS`, what one sees in life. To read them needs no PyTorch;
2. the report that `diagnose` returns;
3. the state: all that a training step may change, noted and put back;
4. the questions put to labels, loss, model, numbers, training step and decisions.

A question is one whose answer is known whatever the model is. The loss, for example, is given
logits of our own choosing; where it is the cross-entropy of a softmax, its gradient is
weight · (p - q), from which the weight and the target q of each example can be read off.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import dataclasses
import functools
import html
import importlib
import io
import itertools
import math
import random
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class _Torch:
    """PyTorch, loaded when first used, so that the catalogue can be read without it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("torch"), name)


torch = _Torch()

# --- 1. The catalogue -----------------------------------------------------------------------------

SYMPTOMS = {
    "raises": "PyTorch stops with an error.",
    "exactly_zero": "The loss is exactly 0 from the first step.",
    "same_value": "The loss is the same at every step, to the last digit.",
    "at_ln_k": "The loss stays near ln K, as if the model guessed.",
    "at_label_entropy": "The loss stays near the labels' entropy: only their shares are learned.",
    "floor": "The loss falls, then rests on a floor well above 0.",
    "negative": "The loss is negative, or falls without end.",
    "rises": "The loss rises, or jumps up and down, from step to step.",
    "not_finite": "The loss becomes NaN or inf.",
    "starts_high": "The first loss is far above ln K.",
    "slow": "The loss falls, but much more slowly than elsewhere.",
    "one_class": "The model always predicts the same class.",
    "accuracy_lags": "The loss falls well, the accuracy does not follow.",
    "too_good": "The loss is almost 0 at once, and the model is of no use.",
    "worse_in_use": "Training looks well; on the same examples in use the model is worse.",
    "varies": "The same input gives another answer each time.",
    "batch_matters": "Loss or answers change with batch size, padding or the other examples.",
    "rare_class": "A class is never, or too often, predicted.",
    "looks_fine": "The curve looks as it should.",
}

SECTIONS = {
    "labels": "10, Labels and shapes",
    "logits": "10, Probabilities for logits",
    "average": "10, Averaging right",
    "numbers": "10, Numbers that run out",
    "start": "10, Reading a loss value",
    "step": "10, The training step",
    "decide": "10, From outputs to decisions",
    "square": "05, Squared error against cross-entropy",
    "smoothing": "07, Distillation and label smoothing",
    "weights": "08, Imbalance and focal loss",
    "noise": "10, Label noise",
}


@dataclass(frozen=True)
class Kind:
    """One mistake (or one thing recognised): what there is to know about it, whoever made it.

    severity is the usual one, "error", "suspicion" or "note"; right_in names the set-ups in which
    what looks odd is right. symptoms are keys of SYMPTOMS, the most frequent first.
    """

    name: str
    severity: str
    symptoms: tuple[str, ...]
    means: str
    test: str
    mend: str
    section: str
    right_in: str = ""


def _kind(name, severity, symptoms, section, means, test, mend, right_in="") -> Kind:
    return Kind(
        name, severity, tuple(symptoms.split()), means, test, mend, SECTIONS[section], right_in
    )


# fmt: off
FINDINGS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        # Labels and data
        _kind("labels_dtype", "error", "raises", "labels",
            "The labels have a dtype that this loss does not take.",
            "Convert the labels: does the loss run?",
            "Class indices are int64: y.long(). Targets of one logit or of several "
            "labels: y.float()."),
        _kind("labels_column", "error", "raises", "labels",
            "The labels are a column (N, 1), and the loss expects (N,).",
            "Squeeze the labels: does the loss run?",
            "y.squeeze(1)"),
        _kind("labels_from_one", "error", "raises one_class", "labels",
            "The classes are counted from 1; the loss counts from 0.",
            "Are the labels 1 to K, and never 0?",
            "y - 1"),
        _kind("labels_out_of_range", "error", "raises not_finite", "labels",
            "A label is as large as the number of outputs, or larger.",
            "y.max() against the number of outputs.",
            "As many outputs as classes, and labels from 0 to K - 1."),
        _kind("labels_negative", "error", "raises rare_class negative", "labels",
            "A label is negative, and nothing ignores it: as an index, -1 means the last class.",
            "y.min(), and what the loss does with it.",
            "Give the loss ignore_index, or drop these examples; -1/+1 labels of two "
            "classes: (y + 1) / 2."),
        _kind("labels_one_hot", "error", "raises", "labels",
            "The labels are one-hot rows of whole numbers, and the loss expects class indices.",
            "y.argmax(1): does the loss run?",
            "y.argmax(1), or y.float() for a loss that takes probabilities."),
        _kind("labels_constant", "suspicion", "too_good one_class", "labels",
            "All labels of this batch are the same.",
            "y.unique()",
            "Shuffle before you cut into batches: sorted data make batches of one class.",
            "a batch taken on purpose from one class"),
        _kind("labels_unrelated", "suspicion", "at_label_entropy at_ln_k", "labels",
            "X falls into groups, and the labels do not follow them: X and y may have "
            "been shuffled apart.",
            "The nearest neighbour of an example: does it share the label more often than "
            "by chance?",
            "Shuffle X and y with one permutation; check that file and label belong together.",
            "labels that hang on something else than the groups in X"),
        _kind("labels_unused", "error", "at_ln_k negative same_value", "labels",
            "The loss does not depend on the labels.",
            "Other labels, the same loss.",
            "Look which tensor is handed to the loss."),
        _kind("labels_in_inputs", "suspicion", "too_good worse_in_use", "labels",
            "One column of X tells the label by itself: the answer is among the inputs.",
            "Is a column constant within each class, and different between them?",
            "Leave the column out, and ask how it came there.",
            "a feature that does decide"),
        _kind("nonfinite_data", "error", "not_finite", "labels",
            "X or y holds NaN or inf.",
            "torch.isfinite(X).all()",
            "Drop or fill these values; look for a division by a standard deviation of 0."),
        _kind("inputs_constant", "suspicion", "at_label_entropy one_class", "labels",
            "All examples of this batch have the same input.",
            "(X == X[0]).all()",
            "Look at what loads and transforms X.",
            "a batch that repeats one example on purpose"),
        _kind("inputs_unscaled", "suspicion", "starts_high slow rises", "labels",
            "The inputs are large, as pixels from 0 to 255, and the logits with them.",
            "Divide X by its standard deviation: is the first loss near ln K?",
            "Standardise the inputs, with mean and standard deviation of the training set.",
            "a model that was trained on inputs of this scale"),
        _kind("targets_not_probabilities", "error", "negative not_finite", "labels",
            "The targets are no probabilities: they lie outside 0 to 1, or a row does not "
            "sum to 1.",
            "y.min(), y.max(), y.sum(1)",
            "A teacher's logits need a softmax, pixels a division by 255, classes 1 and 2 "
            "a minus 1."),
        _kind("targets_not_shifted", "error", "too_good", "labels",
            "Each position's target is a token that the model has just read: it only has to copy.",
            "Which input token equals the target at position t?",
            "Predict the next token: logits[:, :-1] against tokens[:, 1:].",
            "an auto-encoder"),
        _kind("targets_shifted_twice", "error", "floor at_label_entropy accuracy_lags", "labels",
            "Each position's target is the token after the next: data and loss have both shifted.",
            "Which input token equals the target at position t?",
            "Shift once, in the data or in the loss.",
            "a head that predicts two tokens ahead on purpose"),
        _kind("sees_the_future", "error", "too_good worse_in_use", "labels",
            "The target is the next token, and the model reads it: its output at t "
            "changes with input t + 1.",
            "Change the inputs after t: do the logits at t change?",
            "A causal mask, or a recurrence in one direction only."),
        _kind("mask_inverted", "error", "slow floor batch_matters", "labels",
            "The padding mask of the attention is the wrong way round: it leaves out the tokens "
            "and lets the padding in.",
            "Which positions does key_padding_mask leave out? In PyTorch True means: left out.",
            "src_key_padding_mask=(tokens == padding); of an attention_mask that is 1 at tokens, "
            "(attention_mask == 0)."),
        # Shapes
        _kind("broadcast", "error", "at_label_entropy floor", "labels",
            "Outputs (N, 1) against labels (N,) make a table (N, N): every output is "
            "compared with every label.",
            "Permute the labels alone: the loss stays the same.",
            "output.squeeze(1), or y.unsqueeze(1); assert output.shape == y.shape.",
            "a loss of the labels' shares alone"),
        _kind("class_axis", "error", "raises at_ln_k floor", "labels",
            "The loss takes another axis for the classes, or the outputs were reshaped "
            "and not transposed.",
            "Does the loss of one position depend on the logits of another?",
            "Classes stand on axis 1: logits.movedim(-1, 1), or logits.flatten(0, -2) "
            "with y.flatten()."),
        _kind("one_output", "error", "exactly_zero raises", "logits",
            "A softmax over one output is 1, its cross-entropy exactly 0: nothing is learned.",
            "The number of outputs, with a loss that takes a softmax.",
            "One output: BCEWithLogitsLoss with y.float(). Or two outputs with CrossEntropyLoss."),
        _kind("examples_mixed", "suspicion", "batch_matters at_label_entropy", "labels",
            "In evaluation mode, an example's output still changes with the other "
            "examples of the batch.",
            "Change all other examples: does this one's output change?",
            "Look for a reshape that should be a transpose, batch_first, a softmax or "
            "mean over axis 0.",
            "graphs, in-batch comparisons, attention across examples"),
        _kind("rows_differ", "error", "raises", "labels",
            "The model gives another number of rows than there are labels: a reshape has "
            "moved the batch.",
            "len(output) against len(y).",
            "flatten(1), or view(len(x), -1): the first axis stays that of the examples."),
        _kind("loss_not_scalar", "error", "raises", "average",
            "The loss is no single number: backward() cannot start from it.",
            "loss.shape",
            "Average it: loss.mean(), over what counts."),
        _kind("does_not_run", "error", "raises", "labels",
            "The model, the loss or the step stops with an error.",
            "Read the message.",
            "See the message."),
        # What the loss takes for logits
        _kind("softmax_twice", "error", "floor slow accuracy_lags", "logits",
            "The softmax is taken twice, in the model or before the loss and in the loss itself.",
            "Perfect logits: the loss ends at ln(e + K - 1) - 1 and not at 0.",
            "Hand the logits themselves to cross_entropy; take the softmax only to show "
            "probabilities."),
        _kind("sigmoid_twice", "error", "floor slow accuracy_lags", "logits",
            "The sigmoid is taken twice: a loss that expects logits is handed probabilities.",
            "A perfect output: the loss ends at 0.31 or 0.69 and not at 0.",
            "Hand the logits to BCEWithLogitsLoss, or probabilities to BCELoss."),
        _kind("sigmoid_before_softmax", "error", "floor slow accuracy_lags", "logits",
            "A sigmoid squeezes the logits into 0 to 1 before the softmax.",
            "Perfect logits: the loss ends at ln(e + K - 1) - 1 and not at 0.",
            "No activation behind the last layer."),
        _kind("softmax_wrong_axis", "error", "at_ln_k batch_matters floor", "logits",
            "The softmax is taken over another axis than the classes, as over the "
            "examples of the batch.",
            "Which axis sums to 1? Does one example's loss depend on another's logits?",
            "The softmax runs over the classes: dim=1, or dim=-1."),
        _kind("logits_as_probabilities", "error", "raises not_finite negative", "logits",
            "A loss that takes the logarithm of probabilities is handed logits.",
            "Are all outputs between 0 and 1?",
            "BCEWithLogitsLoss for BCELoss, cross_entropy for -log p."),
        _kind("nll_of_logits", "error", "negative", "logits",
            "NLLLoss or KLDivLoss is handed logits and not their logarithms of a softmax.",
            "Add a constant to all logits: the loss moves by it, down without end.",
            "log_softmax before NLLLoss, or cross_entropy on the logits."),
        _kind("nll_of_probabilities", "error", "negative floor", "logits",
            "NLLLoss or KLDivLoss is handed probabilities: the loss is -p and ends at -1.",
            "Perfect logits: the loss is -1 and not 0.",
            "log_softmax for softmax, or cross_entropy on the logits."),
        _kind("bce_on_softmax", "error", "slow accuracy_lags floor", "logits",
            "A binary cross-entropy per class is taken of the probabilities of a softmax.",
            "The gradient with respect to the logits is not p - q.",
            "One class of many: cross_entropy on logits. Several labels at once: "
            "sigmoids, BCEWithLogitsLoss."),
        _kind("softmax_for_several_labels", "error", "floor accuracy_lags", "logits",
            "Examples bear several labels, and a softmax lets the classes compete: their "
            "shares sum to 1.",
            "y.sum(1): more than one 1 in a row.",
            "BCEWithLogitsLoss, one sigmoid a label."),
        _kind("relu_on_logits", "error", "floor slow one_class", "logits",
            "A ReLU behind the last layer forbids negative logits; a class that falls to "
            "0 learns no more.",
            "Is any output below 0? Are some exactly 0?",
            "No activation behind the last layer."),
        _kind("bounded_logits", "error", "floor slow", "logits",
            "The logits are squeezed into a narrow range (tanh, cosine): the loss cannot "
            "come near 0.",
            "Weights ten times as large: do the outputs stay within the range?",
            "No activation behind the last layer; a cosine needs a scale of 10 to 30.",
            "a scale that is learned, or stands in the loss"),
        _kind("squared_error", "suspicion", "slow floor", "square",
            "The loss is a squared error, not a cross-entropy.",
            "The gradient with respect to the outputs is 2 (output - target).",
            "cross_entropy on the logits; squares behind a sigmoid or softmax stall from "
            "a bad start.",
            "the square loss chosen on purpose"),
        _kind("regression_on_labels", "suspicion", "floor accuracy_lags", "square",
            "The numbers of the classes are fitted as if class 2 lay between 1 and 3.",
            "One output, a squared error, and more than two classes.",
            "One output a class, and cross_entropy.",
            "classes that are ordered, or counts"),
        _kind("temperature", "suspicion", "floor slow starts_high", "smoothing",
            "The logits are divided by a temperature within the loss.",
            "The gradient fits softmax(z / T) for one T.",
            "Train at T = 1; fit T afterwards, on validation data.",
            "distillation, contrastive losses and cosine classifiers"),
        _kind("arguments_swapped", "error", "negative at_ln_k same_value", "logits",
            "Outputs and labels have changed places: PyTorch's losses take loss(output, target).",
            "The loss is linear in the logits.",
            "loss(output, target), in this order."),
        _kind("sign_flipped", "error", "rises negative", "logits",
            "The loss rises with the right logit: training makes the model worse.",
            "Raise the logit of the right class: the loss must fall.",
            "Minimise the negative logarithm: look for a missing or a second minus.",
            "labels that say which class it is not"),
        _kind("half_of_the_loss", "error", "one_class too_good", "logits",
            "Only examples with label 1 count: the term (1 - y) log(1 - p) is missing.",
            "Where y is 0 the gradient is 0.",
            "binary_cross_entropy_with_logits has both terms."),
        # Numbers
        _kind("capped_log", "suspicion", "slow floor", "numbers",
            "The logarithm is capped (clamp, + eps): confident mistakes give a bounded "
            "loss and teach nothing.",
            "Logits wrong by 200: the loss should be 200, and its gradient 1.",
            "cross_entropy or binary_cross_entropy_with_logits on the logits.",
            "a cap chosen on purpose against wrong labels"),
        _kind("unstable", "error", "not_finite", "numbers",
            "Large logits make the loss inf or NaN: exp overflows, or the logarithm of 0 is taken.",
            "Logits of ±200: the loss should be finite.",
            "cross_entropy or binary_cross_entropy_with_logits on the logits."),
        _kind("half_precision", "suspicion", "slow same_value not_finite", "numbers",
            "The loss itself is computed in half precision: bfloat16 knows no number "
            "between 4 and 4.03.",
            "loss.dtype",
            "Compute the loss in float32: cross_entropy(logits.float(), y)."),
        _kind("half_overflow", "error", "not_finite", "numbers",
            "The numbers leave float16, which ends at 65504.",
            "Run the same in float32: is the result finite?",
            "bfloat16 or autocast with float32 for the loss; -inf through a mask, not -1e9."),
        _kind("nonfinite_output", "error", "not_finite", "numbers",
            "The model's output or the loss is NaN or inf already.",
            "torch.isfinite of weights, outputs and loss.",
            "Start again from finite weights; smaller learning rate; look for log 0 and 0 / 0."),
        _kind("masked_classes", "error", "not_finite starts_high", "numbers",
            "Masked logits (-inf, -1e9) get a part of the target, from label smoothing or "
            "the label itself.",
            "Where the logit is masked, is the target 0?",
            "Smooth over the allowed classes only; never mask the label's own class."),
        # Averages and weights
        _kind("summed", "suspicion", "rises starts_high batch_matters", "average",
            "The loss is a sum over the batch: the step grows with the batch size.",
            "The gradient's weight per example is 1 and not 1/N.",
            "reduction='mean', or a learning rate divided by N.",
            "a learning rate chosen for the sum"),
        _kind("padding_counted", "error", "batch_matters too_good", "average",
            "Positions that are only padding count in the loss.",
            "Change the logits there: the loss must not change.",
            "ignore_index=pad in the loss, or a mask."),
        _kind("divided_by_padding", "error", "batch_matters", "average",
            "Padding is left out of the sum but counts in the divisor: more padding, a "
            "smaller loss.",
            "The weights of the counted positions must sum to 1.",
            "Divide by the number of counted positions: loss[mask].mean()."),
        _kind("mean_of_means", "suspicion", "batch_matters", "average",
            "Each row is averaged by itself, then the rows: tokens of short rows weigh more.",
            "The gradient's weight per position differs from row to row.",
            "Sum over all positions, divide by their number.",
            "sequences that shall weigh the same whatever their length"),
        _kind("scaled", "note", "slow rises", "average",
            "The loss is a multiple of the mean: the learning rate is changed by as much.",
            "The weights of the examples sum to another number than 1.",
            "Divide by the number of examples that count.",
            "loss terms that are weighted, and micro-batches"),
        _kind("divided_twice", "suspicion", "slow", "average",
            "The mean is divided by the number of examples once more.",
            "The weights of N examples sum to 1/N and not to 1.",
            "Divide once: reduction='mean', or a sum over the number that counts."),
        _kind("nothing_counts", "error", "not_finite exactly_zero", "average",
            "No label of this batch counts: the mean is 0 / 0.",
            "Labels that are not ignored: how many?",
            "Skip such batches, or divide by max(count, 1); look at what fills the labels."),
        _kind("kl_mean", "suspicion", "slow", "average",
            "The mean runs over examples and classes: the loss is K times too small.",
            "The weights of the examples sum to 1/K.",
            "reduction='batchmean' for KLDivLoss; sum over the classes, mean over the examples."),
        _kind("class_ignored", "suspicion", "rare_class too_good", "weights",
            "A class that occurs among the labels does not count: ignore_index, or a weight of 0.",
            "Examples of this class have no gradient.",
            "An ignore_index that is no class, such as -100.",
            "a background or unknown class that shall not count"),
        _kind("weights_inverted", "suspicion", "rare_class one_class", "weights",
            "Frequent classes weigh more than rare ones: the weights seem to be upside down.",
            "Weight of each class against how often it occurs.",
            "weight = 1 / frequency; pos_weight = negatives / positives.",
            "costs that differ between the classes"),
        # Start, gradient, model
        _kind("no_gradient", "error", "raises same_value", "step",
            "No gradient leads from the loss to the model: argmax, round, item(), "
            "detach() or no_grad().",
            "loss.requires_grad, and a gradient at the output.",
            "Keep tensors from the output to the loss; argmax only for decisions."),
        _kind("gradient_cut", "error", "slow at_label_entropy same_value", "step",
            "A parameter changes the loss and wants a gradient, but none arrives: "
            "detach(), .data or no_grad().",
            "Change the parameter: the loss changes, and yet its gradient is None.",
            "Remove what cuts the graph; to freeze a part on purpose, requires_grad_(False).",
            "a part frozen by no_grad() on purpose"),
        _kind("unused_parameters", "suspicion", "looks_fine", "step",
            "Some parameters have no influence on the outputs that the loss uses.",
            "Change the parameter: these outputs stay the same.",
            "Look in forward() for a layer that is forgotten or replaced.",
            "heads that other batches use"),
        _kind("frozen_parameters", "note", "slow floor", "step",
            "Some parameters are frozen (requires_grad is False).",
            "requires_grad of each parameter.",
            "requires_grad_(True) for what shall learn.",
            "transfer learning"),
        _kind("dead_units", "error", "at_label_entropy same_value one_class", "start",
            "A layer's units are 0 for all examples: no input reaches the output, no "
            "gradient the weights.",
            "How many units are 0 for the whole batch?",
            "Smaller weights and learning rate, biases at 0, a leaky ReLU, scaled inputs."),
        _kind("input_ignored", "error", "at_label_entropy one_class", "start",
            "All examples get the same output, whatever their input.",
            "Other inputs, the same outputs, also with other weights.",
            "Follow X through forward(): where does it get lost?"),
        _kind("symmetric_units", "error", "at_label_entropy floor", "start",
            "All units of a layer have the same weights, as after a constant "
            "initialisation, and stay alike.",
            "After some steps: are the rows of the weight matrix still equal?",
            "Random weights (PyTorch's own initialisation); only biases and the last "
            "layer may be 0."),
        _kind("starts_too_confident", "suspicion", "starts_high", "start",
            "The first loss lies far above ln K: the logits are too large, and wrong.",
            "First loss against ln K, spread of the logits.",
            "Smaller initial weights in the last layer, scaled inputs.",
            "a model that was trained on other data or labels"),
        _kind("dropout_always_on", "suspicion", "varies worse_in_use", "step",
            "In evaluation mode two passes still differ: dropout or noise that eval() "
            "does not turn off.",
            "Two passes in evaluation mode.",
            "F.dropout(x, p, training=self.training), or nn.Dropout.",
            "models that draw on purpose, as a VAE or Monte-Carlo dropout"),
        _kind("dropout_too_strong", "suspicion", "slow at_label_entropy worse_in_use", "step",
            "Dropout throws away nearly everything, or acts on the logits themselves.",
            "The rate p is what is dropped, not what is kept.",
            "p of 0.1 to 0.5, and none behind the last layer."),
        _kind("batch_norm_momentum", "suspicion", "worse_in_use", "step",
            "Batch norm keeps nearly nothing of earlier batches: PyTorch's momentum is "
            "the new one's share.",
            "momentum of the batch norm layers; the usual value is 0.1.",
            "Keras's momentum 0.99 is 0.01 in PyTorch."),
        _kind("no_nonlinearity", "suspicion", "floor at_label_entropy", "start",
            "Several layers, and yet the logits are linear in X: no activation between the layers.",
            "f of the mean of two inputs against the mean of f.",
            "A ReLU (or another nonlinearity) between the layers.",
            "a linear model in two factors"),
        _kind("evaluation_mode_in_training", "suspicion", "worse_in_use looks_fine", "step",
            "Training runs in evaluation mode: dropout is off, batch norm does not learn "
            "its statistics.",
            "model.training in the forward pass of the training step.",
            "model.train() at the start of each epoch, also after each evaluation.",
            "frozen batch norm in fine-tuning, or a step that calls train()"),
        _kind("training_mode_in_evaluation", "suspicion", "varies worse_in_use batch_matters",
            "decide",
            "Decisions are taken in training mode: dropout is on, batch norm looks at the "
            "other examples.",
            "model.training while predicting; two predictions differ.",
            "model.eval() and torch.no_grad() around the evaluation.",
            "Monte-Carlo dropout, or an eval() outside predict"),
        _kind("cannot_fit", "suspicion", "at_label_entropy floor", "start",
            "Not even this one batch can be learned better than its label shares.",
            "A short training on one batch: does the loss fall below the labels' entropy?",
            "Look for an input that gets lost, or a model that is too small.",
            "labels that hang on nothing in X"),
        # The training step
        _kind("gradients_not_cleared", "error", "rises slow", "step",
            "Gradients of earlier steps are still there: optimizer.zero_grad() is missing.",
            "At optimizer.step(): gradient against what backward() has just added.",
            "optimizer.zero_grad() before each backward(), or after each step()."),
        _kind("gradients_cleared_too_early", "error", "same_value", "step",
            "The gradients are cleared between backward() and optimizer.step().",
            "At optimizer.step(): is a gradient left of what backward() gave?",
            "zero_grad(), backward(), step(), in this order."),
        _kind("no_step", "error", "same_value", "step",
            "The training step changes no parameter.",
            "The weights before and after.",
            "backward(), then optimizer.step(); look at the learning rate."),
        _kind("no_backward", "error", "same_value", "step",
            "The optimizer steps, but backward() has given the model no gradient.",
            "At optimizer.step(): did a gradient arrive since the last step?",
            "loss.backward() before optimizer.step()."),
        _kind("optimizer_other_parameters", "error", "same_value slow at_label_entropy", "step",
            "The optimizer holds parameters of another model, or of layers that were "
            "replaced since.",
            "Are the optimizer's parameters those of the model?",
            "Make the optimizer after the last change to the model (new layers, copies, "
            "load, to())."),
        _kind("optimizer_holds_part", "suspicion", "slow floor", "step",
            "Some parameters get a gradient but no optimizer holds them.",
            "The optimizer's parameters against model.parameters().",
            "Hand all parameters to the optimizer; layers in plain lists need nn.ModuleList.",
            "transfer learning where only the head learns"),
        _kind("unregistered_parameters", "error", "slow floor", "step",
            "Layers in a plain list, dict or attribute are no part of model.parameters(): "
            "they never learn.",
            "Which tensors does backward() reach that model.parameters() does not know?",
            "nn.ModuleList, nn.ModuleDict, nn.Parameter."),
        _kind("accumulation_not_divided", "error", "rises batch_matters", "average",
            "Gradients of several micro-batches are added and not averaged: the step "
            "grows with their number.",
            "Gradient at optimizer.step() against the whole batch's.",
            "(loss / number of micro-batches).backward(); weigh the last one by its size."),
        _kind("gradient_clipped_away", "error", "same_value slow", "step",
            "Of the gradient almost nothing is left at optimizer.step(): clipped, or divided away.",
            "Norm of the gradient at optimizer.step() against that of the loss.",
            "clip_grad_norm_ with 1 or so, after scaler.unscale_(optimizer)."),
        _kind("gradient_scaled", "error", "rises not_finite", "step",
            "The gradient at optimizer.step() is many times that of the loss.",
            "Norm of the gradient at optimizer.step() against that of the loss.",
            "scaler.step(optimizer), not optimizer.step(); do not multiply the loss."),
        _kind("step_mixes_labels", "error", "at_label_entropy at_ln_k", "step",
            "The step trains on other labels than the examples' own: X and y are permuted apart.",
            "The labels that the gradient points to, against y.",
            "One permutation for both: X[order], y[order]."),
        _kind("step_other_loss", "suspicion", "accuracy_lags floor", "step",
            "The step trains on another loss than the one given.",
            "What step returns against loss(model(X), y).",
            "Hand diagnose the loss that the step uses.",
            "mixup, augmentation, penalties added in the step"),
        _kind("graph_kept", "error", "raises slow", "step",
            "A tensor of an earlier step still bears its graph: backward() runs through it again.",
            "Two steps in a row.",
            "detach() the carried state; add loss.item(), not loss."),
        _kind("learning_rate_too_high", "error", "rises not_finite", "step",
            "On one batch, over and over, the loss rises; with a smaller learning rate it falls.",
            "The same steps with a hundredth of the learning rate.",
            "A tenth of the learning rate, again and again until the loss falls."),
        _kind("learning_rate_too_low", "suspicion", "slow at_ln_k", "step",
            "On one batch, over and over, the loss hardly falls; with a larger learning "
            "rate it does.",
            "The same steps with a hundred times the learning rate.",
            "Ten times the learning rate, again and again until the loss falls quickly.",
            "the first steps of a warm-up"),
        _kind("weight_decay_too_strong", "error", "at_ln_k slow", "step",
            "Weight decay draws the weights to 0 faster than the loss moves them.",
            "The same steps without weight decay.",
            "weight_decay of 1e-4 for SGD, 1e-2 for AdamW, as a start."),
        _kind("optimizer_recreated", "suspicion", "slow rises", "step",
            "Each step makes a new optimizer: its averages of the gradient start anew.",
            "Is it the same optimizer at the second step?",
            "Make the optimizer once, before the loop."),
        _kind("diverges", "suspicion", "rises not_finite", "step",
            "On one batch, over and over, the loss rises, whatever the learning rate.",
            "The training step, again and again on one batch.",
            "Look at the other findings; else simplify until it falls."),
        # From outputs to decisions
        _kind("threshold", "error", "accuracy_lags rare_class", "decide",
            "The threshold does not fit the outputs: logits are compared with 0.5, or "
            "probabilities with 0.",
            "Outputs of our own choosing: where does the decision change?",
            "logit > 0, or sigmoid(logit) > 0.5."),
        _kind("argmax_of_one_column", "error", "one_class accuracy_lags", "decide",
            "The argmax of one column is always 0.",
            "Outputs of our own choosing: does the decision ever change?",
            "(logit > 0).long() for one output."),
        _kind("decision_axis", "error", "accuracy_lags batch_matters", "decide",
            "The argmax is taken over another axis than the classes.",
            "Outputs of our own choosing: are the decisions the largest per example?",
            "argmax over the classes: dim=1, or dim=-1."),
        _kind("decision_reversed", "error", "accuracy_lags one_class", "decide",
            "The decisions run against the outputs: the smallest wins, or class 0 is "
            "reported as 1.",
            "Outputs of our own choosing: is the decision the largest?",
            "argmax for argmin, > for <."),
        _kind("decisions_differ", "suspicion", "accuracy_lags", "decide",
            "The decisions are not those of the outputs.",
            "predict(X) against the largest output.",
            "Look at what predict does between output and decision.",
            "a threshold tuned on purpose, or a rule with costs"),
        _kind("one_of_several", "error", "accuracy_lags rare_class", "decide",
            "Examples bear several labels, and predict names only one of them.",
            "The number of decisions against the number of labels.",
            "logits > 0, one decision a label."),
        # Recognised: nothing to mend
        _kind("label_smoothing", "note", "floor", "smoothing",
            "The targets are smoothed: the loss rests on a floor, the smoothed target's entropy.",
            "The target that the gradient points to.",
            "Nothing to mend; compare losses only at equal smoothing."),
        _kind("class_weights", "note", "starts_high", "weights",
            "The classes have different weights.",
            "The gradient's weight per class.",
            "Nothing to mend; the probabilities follow the weighted shares."),
        _kind("weights_with_smoothing", "note", "floor", "smoothing",
            "Class weights and smoothing together: PyTorch weighs the smoothed share by "
            "the class it falls on.",
            "The target that the gradient points to is not even over the other classes.",
            "Know that the target is pulled towards heavy classes, or use one of the two."),
        _kind("ignored_positions", "note", "looks_fine", "average",
            "Some positions do not count (ignore_index, a mask).",
            "Their gradient is 0.",
            "Nothing to mend."),
        _kind("soft_targets", "note", "floor", "smoothing",
            "The targets are distributions: the loss ends at their entropy, not at 0.",
            "The target that the gradient points to.",
            "Nothing to mend."),
        _kind("focal_loss", "note", "slow", "weights",
            "A focal loss: easy examples count less.",
            "The gradient's weight as a function of the right class's probability.",
            "Nothing to mend; calibrate the probabilities afterwards."),
        _kind("robust_loss", "note", "slow floor", "noise",
            "A bounded loss (mean absolute error, generalized cross-entropy): hard "
            "examples count less.",
            "The gradient's weight as a function of the right class's probability.",
            "Nothing to mend; from a bad start it may stall."),
        _kind("custom_loss", "note", "looks_fine", "logits",
            "A loss of its own: questions that only a cross-entropy can answer are left out.",
            "The gradient is no multiple of p - q.",
            "Nothing to mend."),
        _kind("log_softmax_twice", "note", "looks_fine", "logits",
            "log_softmax in the model and again in the loss: the second changes nothing.",
            "The loss is the same with and without the model's log_softmax.",
            "Nothing to mend; one of the two is enough."),
        _kind("sigmoid_per_class", "note", "looks_fine", "logits",
            "One class of many, learned with a sigmoid per class.",
            "The gradient with respect to each logit is sigmoid(z) - q.",
            "Nothing to mend; cross_entropy would give probabilities that sum to 1."),
        _kind("sigmoid_in_the_model", "note", "slow", "numbers",
            "Probabilities from the model and a loss that caps their logarithm, as "
            "BCELoss does at 100.",
            "Logits wrong by 200: the gradient is 0.",
            "BCEWithLogitsLoss on logits is exact for any logit."),
    )
}
# fmt: on

# --- 2. The report --------------------------------------------------------------------------------

SEVERITIES = {
    "error": "certainly wrong",
    "suspicion": "odd, and right in some set-ups",
    "note": "recognised, nothing to mend",
}


@dataclass(frozen=True)
class Finding:
    """What was found in one set-up; means, mend, section and right_in come from FINDINGS."""

    name: str
    severity: str
    evidence: str
    mend: str
    section: str
    means: str
    right_in: str = ""


def _found(name: str, evidence: str, severity: str | None = None, mend: str = "") -> Finding:
    kind = FINDINGS[name]
    severity = severity or kind.severity
    right_in = kind.right_in if severity == "suspicion" else ""
    return Finding(name, severity, evidence, mend or kind.mend, kind.section, kind.means, right_in)


@dataclass(frozen=True)
class Report:
    """What `diagnose` found, the most certain first; printed as text, in a notebook as a table.

    findings : tuple of Finding.
    unchecked : pairs (question, why it could not be asked).
    seconds : how long it took.
    """

    findings: tuple[Finding, ...]
    unchecked: tuple[tuple[str, str], ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether there is no error; suspicions and notes may be there."""
        return all(finding.severity != "error" for finding in self.findings)

    @property
    def _verdict(self) -> str:
        counts = collections.Counter(finding.severity for finding in self.findings)
        if not self.findings:
            return "Nothing is wrong that these questions could find."
        parts = [
            f"{counts[severity]} {severity}{'s' * (counts[severity] > 1)}"
            for severity in SEVERITIES
            if counts[severity]
        ]
        return ", ".join(parts) + "."

    def __str__(self) -> str:
        lines = [self._verdict]
        for number, finding in enumerate(self.findings, 1):
            lines += [
                "",
                f"{number}. {finding.severity}: {finding.name}",
                f"   {finding.means}",
                f"   Seen:     {finding.evidence}",
                f"   Mend:     {finding.mend}",
            ]
            if finding.right_in:
                lines.append(f"   Right in: {finding.right_in}")
            lines.append(f"   Chapter:  {finding.section}")
        if self.unchecked:
            lines += ["", "Not checked:"]
            lines += [f"   {question}: {reason}" for question, reason in self.unchecked]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def table(caption: str, heads: list[str], rows: list[list[str]]) -> str:
            left = ' style="text-align:left"'
            head = "".join(f'<th scope="col"{left}>{html.escape(text)}</th>' for text in heads)
            body = "".join(
                "<tr>" + "".join(f"<td{left}>{html.escape(text)}</td>" for text in row) + "</tr>"
                for row in rows
            )
            return (
                f"<table><caption{left}>{html.escape(caption)}</caption>"
                f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            )

        rows = []
        for finding in self.findings:
            means = finding.means + (f" Right in: {finding.right_in}." if finding.right_in else "")
            seen = (means, finding.evidence, finding.mend, finding.section)
            rows.append([finding.severity, finding.name, *seen])
        heads = ["Severity", "Finding", "What it means", "Seen", "Mend", "Chapter"]
        text = table(self._verdict, heads, rows) if rows else f"<p>{self._verdict}</p>"
        if self.unchecked:
            text += table("Not checked", ["Question", "Why"], [list(u) for u in self.unchecked])
        return text


# --- 3. The state: what a training step may change, noted and put back ----------------------------


def _leaves(tree: Any) -> list[Any]:
    """The tensors in nested tuples, lists and dictionaries, from left to right."""
    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, Mapping):
        return [leaf for value in tree.values() for leaf in _leaves(value)]
    if isinstance(tree, (tuple, list)):
        return [leaf for value in tree for leaf in _leaves(value)]
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return _leaves([getattr(tree, f.name) for f in dataclasses.fields(tree)])
    if _is_record(tree):
        return _leaves(vars(tree))
    return []


def _is_record(thing: Any) -> bool:
    """Whether an object is a plain holder of tensors, as a library's output with attributes."""
    held = getattr(thing, "__dict__", None)
    if not isinstance(held, dict) or callable(thing) or isinstance(thing, types.ModuleType):
        return False
    if type(thing).__module__.partition(".")[0] == "torch":
        return False
    return any(isinstance(value, torch.Tensor) for value in held.values())


def _map(change: Callable, tree: Any) -> Any:
    """The same nesting with change(tensor) for each tensor."""
    if isinstance(tree, torch.Tensor):
        return change(tree)
    if isinstance(tree, Mapping):
        changed = {key: _map(change, value) for key, value in tree.items()}
        if type(tree) is dict:
            return changed
        try:
            return type(tree)(**changed)
        except TypeError:
            return type(tree)(changed)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_map(change, value) for value in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(_map(change, value) for value in tree)
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        new = {f.name: _map(change, getattr(tree, f.name)) for f in dataclasses.fields(tree)}
        return dataclasses.replace(tree, **new)
    if _is_record(tree):
        new = copy.copy(tree)
        vars(new).update(_map(change, vars(tree)))
        return new
    return tree


def _named_part(tree: Any, name: str) -> Any:
    """tree[name] or tree.name; None if there is none."""
    return tree.get(name) if isinstance(tree, Mapping) else getattr(tree, name, None)


def _clone(tree: Any) -> Any:
    return _map(lambda tensor: tensor.detach().clone(), tree)


class _Tensor:
    """One tensor's values, gradient and flags, to be put back in place."""

    def __init__(self, tensor):
        self.tensor, self.storage, self.values = tensor, tensor.data, tensor.detach().clone()
        self.wants, self.grad = tensor.requires_grad, tensor.grad if tensor.is_leaf else None
        sparse = self.grad is not None and self.grad.layout != torch.strided
        self.grad_values = None if self.grad is None or sparse else self.grad.detach().clone()

    def restore(self):
        self.tensor.data = self.storage
        self.tensor.data.copy_(self.values)
        if self.tensor.is_leaf:
            self.tensor.requires_grad_(self.wants)
            self.tensor.grad = self.grad
            if self.grad_values is not None:
                self.grad.data.copy_(self.grad_values)


class _Container:
    """A list's, dictionary's, set's or deque's contents."""

    def __init__(self, container):
        self.container, self.contents = container, copy.copy(container)

    def restore(self):
        if isinstance(self.container, (dict, set)):
            if self.container is not self.contents:
                self.container.clear()
                self.container.update(self.contents)
        elif isinstance(self.container, list):
            self.container[:] = self.contents
        else:
            self.container.clear()
            self.container.extend(self.contents)


class _Random:
    """The generators of torch, CUDA, NumPy and Python."""

    def __init__(self):
        self.torch, self.python = torch.get_rng_state(), random.getstate()
        cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
        self.cuda = torch.cuda.get_rng_state_all() if cuda else None
        numpy = sys.modules.get("numpy")
        self.numpy = numpy.random.get_state() if numpy else None

    def restore(self):
        torch.set_rng_state(self.torch)
        random.setstate(self.python)
        if self.cuda is not None:
            torch.cuda.set_rng_state_all(self.cuda)
        if self.numpy is not None:
            sys.modules["numpy"].random.set_state(self.numpy)


class _State:
    """All that belongs to the given objects: `restore` may be called again and again.

    Followed are modules (weights, buffers, modes, hooks, plain attributes), optimisers, schedulers,
    scalers and whatever a function refers to in its closure or among its globals.
    """

    _PLAIN = (int, float, str, bool, type(None))

    def __init__(self, roots: list[Any]):
        self.saved: list[Any] = []
        self.cells: list[tuple[Any, Any]] = []
        self.names: list[tuple[dict, str, Any]] = []
        self.seen: dict[int, Any] = {}
        for root in roots:
            self._note(root, 0)
        self.random = _Random()

    def _note(self, thing: Any, depth: int):
        if isinstance(thing, self._PLAIN) or id(thing) in self.seen or depth > 12:
            return
        if isinstance(thing, (type, types.ModuleType)):
            return
        self.seen[id(thing)] = thing  # kept alive, so that no other object gets its id
        if isinstance(thing, torch.Tensor):
            self.saved.append(_Tensor(thing))
        elif isinstance(thing, (dict, list, set, collections.deque)):
            self.saved.append(_Container(thing))
            values = thing.values() if isinstance(thing, dict) else thing
            for value in list(values)[:10_000]:
                self._note(value, depth + 1)
        elif isinstance(thing, (tuple, frozenset)):
            for value in thing:
                self._note(value, depth + 1)
        elif isinstance(thing, types.FunctionType):
            self._note_function(thing, depth)
        elif isinstance(thing, types.MethodType):
            self._note(thing.__self__, depth + 1)
            self._note(thing.__func__, depth + 1)
        elif hasattr(thing, "func") and hasattr(thing, "args"):  # functools.partial
            for part in (thing.func, thing.args, thing.keywords):
                self._note(part, depth + 1)
        elif isinstance(getattr(thing, "__dict__", None), dict) and self._ours(thing):
            self._note(vars(thing), depth + 1)

    @staticmethod
    def _ours(thing: Any) -> bool:
        """Whether an object's attributes may be put back: no files, loaders or graphs."""
        cls = type(thing)
        if isinstance(thing, (torch.nn.Module, torch.optim.Optimizer)) or hasattr(
            cls, "state_dict"
        ):
            return True
        root = cls.__module__.partition(".")[0]
        return root not in {"torch", "numpy", "pandas", "matplotlib"} | set(sys.stdlib_module_names)

    def _note_function(self, function, depth: int):
        if function.__module__ and function.__module__.partition(".")[0] in ("torch", "numpy"):
            return
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # an empty cell
                self.cells.append((cell, cell.cell_contents))
                self._note(cell.cell_contents, depth + 1)
        for value in function.__defaults__ or ():
            self._note(value, depth + 1)
        codes = [function.__code__]
        for code in codes:  # functions within functions name globals too
            codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        for name in {name for code in codes for name in code.co_names}:
            if name in function.__globals__:
                value = function.__globals__[name]
                self.names.append((function.__globals__, name, value))
                self._note(value, depth + 1)

    def restore(self):
        for cell, contents in self.cells:
            cell.cell_contents = contents
        for names, name, value in self.names:
            names[name] = value
        for saved in self.saved:  # containers first: they say which tensors are there
            if isinstance(saved, _Container):
                saved.restore()
        with torch.no_grad():
            for saved in self.saved:
                if isinstance(saved, _Tensor):
                    saved.restore()
        self.random.restore()

    def restore_attributes(self, model):
        """What a forward pass keeps in the modules' plain attributes, such as a hidden state."""
        own = {id(vars(module)) for module in model.modules()}
        for saved in self.saved:
            if isinstance(saved, _Container) and id(saved.container) in own:
                saved.restore()
        self.random.restore()


# --- 4. The questions -----------------------------------------------------------------------------


class _Skip(Exception):
    """This question cannot be asked here; the message says why."""


def _same(a, b, tolerance: float = 1e-4) -> bool:
    """Whether two tensors agree up to tolerance times the largest entry."""
    if a.shape != b.shape:
        return False
    a, b = a.detach(), b.detach()
    known = torch.isfinite(a) & torch.isfinite(b)
    if not bool(((a == b) | known | (torch.isnan(a) & torch.isnan(b))).all()):
        return False
    a, b = torch.where(known, a, 0), torch.where(known, b, 0)
    scale = max(float(a.abs().max()), float(b.abs().max()), 1e-30) if a.numel() else 1.0
    return bool(((a - b).abs() <= tolerance * scale).all())


def _whole(tensor) -> bool:
    """Whether all entries are whole numbers."""
    if not tensor.is_floating_point():
        return not tensor.is_complex()
    return bool((tensor == tensor.round()).all())


def _share(part, whole) -> str:
    return f"{int(part)} of {int(whole)}"


def _entropy(labels) -> float:
    counts = torch.unique(labels, return_counts=True)[1].double()
    p = counts / counts.sum()
    return float(-(p * p.log()).sum())


@dataclass(frozen=True)
class _Layout:
    """How outputs and labels belong together.

    kind : "index" (y holds class indices), "soft" (y holds a distribution over the classes),
        "binary" (each output has its own 0/1 label), "other".
    axis : where the classes stand in the outputs; meaningless for "binary" and "other".
    """

    kind: str
    axis: int = -1

    def rows(self, z):
        """Outputs as (M, K): one row a decision; K = 1 for "binary"."""
        if self.kind in ("binary", "other"):
            return z.reshape(-1, 1)
        return z.movedim(self.axis, -1).reshape(-1, z.shape[self.axis])

    def back(self, rows, shape):
        """The inverse of `rows`."""
        if self.kind in ("binary", "other"):
            return rows.reshape(shape)
        moved = list(shape)
        moved.append(moved.pop(self.axis))
        return rows.reshape(moved).movedim(-1, self.axis)

    def targets(self, y, classes: int):
        """(M, K): the distribution (or the single 0/1) that the labels ask for; 0 if ignored."""
        if self.kind == "index":
            flat = y.reshape(-1).long()
            inside = (flat >= 0) & (flat < classes)
            hot = torch.nn.functional.one_hot(flat.clamp(0, classes - 1), classes)
            return (hot * inside[:, None]).double()
        return self.rows(y).double()


def _layouts(z, y) -> Iterator[_Layout]:
    """How z and y may belong together, the most likely first."""
    if _whole(y):
        axes = [1, z.ndim - 1, *range(2, z.ndim - 1)] if z.ndim > 1 else []
        for axis in dict.fromkeys(axes):
            if z.shape[axis] > 1 and z.shape[:axis] + z.shape[axis + 1 :] == y.shape:
                yield _Layout("index", axis)
        if z.ndim > 1 and z.shape[-1] > 1 and z.shape[-1] * y.numel() == z.numel():
            yield _Layout("index", z.ndim - 1)
        if z.ndim > 2 and z.shape[1] > 1 and z.shape[1] * y.numel() == z.numel():
            yield _Layout("index", 1)
    if y.shape == z.shape and z.ndim > 1:
        for axis in dict.fromkeys((1, z.ndim - 1)):
            sums = y.double().sum(axis)
            if z.shape[axis] > 1 and (y >= 0).all() and ((sums - 1).abs() < 1e-3).all():
                yield _Layout("soft", axis)
    if y.numel() == z.numel():
        yield _Layout("binary")
    yield _Layout("other")


# What a model may do last: u are the logits before it.
_ACTS = {
    "none": lambda u: u,
    "softmax": lambda u: u.softmax(-1),
    "log_softmax": lambda u: u.log_softmax(-1),
    "log_sigmoid": lambda u: torch.nn.functional.logsigmoid(u),
    "sigmoid": lambda u: u.sigmoid(),
    "relu": lambda u: u.relu(),
    "tanh": lambda u: u.tanh(),
}


def _last_operation(z, skipping: tuple[str, ...] = ()) -> str:
    """The name of the last operation in z's graph that changes values, in lower case."""
    return next(_operations(z, skipping), "")


def _operations(z, skipping: tuple[str, ...] = ()) -> Iterator[str]:
    """The operations that made z, backwards along their first inputs; those of shape left out."""
    shape_only = ("view", "squeeze", "permute", "transpose", "slice", "select", "clone", "copy")
    shape_only += ("expand", "alias", "t0", "asstrided", "contiguous", "movedim", "tback")
    node = z.grad_fn
    while node is not None:
        name = type(node).__name__.lower()
        if not any(word in name for word in shape_only + skipping) or not node.next_functions:
            yield name
        node = node.next_functions[0][0] if node.next_functions else None


def _half(dtype) -> bool:
    return dtype in (torch.float16, torch.bfloat16)


@dataclass
class _Reading:
    """What the loss does with outputs of our own choosing.

    family : "softmax" (weight · (softmax(u) - target)), "sigmoid" (the same per output),
        "of_p" (a function of the right class's probability), the name of a finding, "custom".
    weight : (M,) or (M, K); target : (M, K); detail : what was measured, in words.
    value : the loss at the first probe.
    """

    family: str
    weight: Any = None
    target: Any = None
    detail: str = ""
    extra: dict = field(default_factory=dict)


class _Case:
    """One set-up, with what the questions share: outputs, layout, reading."""

    def __init__(self, model, loss, X, y, optimizer, step, predict, ignore_index):
        self.model, self.loss, self.X, self.y = model, loss, X, y
        self.optimizer, self.step, self.predict = optimizer, step, predict
        self.ignore_index = ignore_index
        self.training = model.training
        self.state = _State([model, loss, step, predict, optimizer])
        self.parameters = [(n, p) for n, p in model.named_parameters()]
        self.failure: Exception | None = None
        self.rounded = False
        self.scaled: tuple | None = None  # X divided, the first loss then, and by what
        self._cache: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._cache:
            self._cache[name] = make()
        return self._cache[name]

    # What the set-up computes

    def forward(self, X=None, evaluate: bool = False):
        """model(X), always with the same random numbers; a tuple or dict may be unpacked."""
        self.state.restore_attributes(self.model)
        if evaluate:
            self.model.eval()
        return self.call(self.X if X is None else X)

    def call(self, X):
        X = _clone(X)
        try:
            return self.model(X)
        except Exception:
            if isinstance(X, (tuple, list)):
                return self.model(*X)
            if isinstance(X, Mapping):
                return self.model(**X)
            raise

    def loss_of(self, output, y=None):
        self.state.random.restore()
        value = self.loss(output, _clone(self.y if y is None else y))
        if isinstance(value, torch.Tensor):
            return value
        named = _named_part(value, "loss")
        if isinstance(named, torch.Tensor):
            return named
        leaves = sorted(_leaves(value), key=lambda leaf: leaf.numel() != 1)
        return leaves[0] if leaves else value

    @property
    def output(self):
        """model(X) as the model was given, with its graph."""
        return self.once("output", self.forward)

    @property
    def labels(self):
        """The tensor in y that holds the labels, and its layout with the outputs."""
        return self.chosen[1]

    @property
    def chosen(self):
        """(index of the output's tensor, labels, layout): the pair that fits best."""
        return self.once("chosen", self._choose)

    def _choose(self):
        outputs = [(i, z) for i, z in enumerate(_leaves(self.output)) if z.is_floating_point()]
        labels = sorted(
            _leaves(self.y), key=lambda y: 2 if y.dtype == torch.bool else y.is_floating_point()
        )
        if not outputs or not labels:
            raise _Skip("neither the output nor y holds a tensor")
        logits = _named_part(self.output, "logits")
        outputs = [pair for pair in outputs if pair[1] is logits] or outputs
        used = self._used_by_the_loss() if len(outputs) > 1 else {outputs[0][0]}
        order = {"index": 0, "soft": 1, "binary": 1, "other": 2}
        best = None
        for i, z in outputs:
            for y in labels:
                layout = next(_layouts(z, y))
                rank = (order[layout.kind], bool(used) and i not in used, not z.requires_grad)
                if best is None or rank < best[0]:
                    best = rank, (i, y, layout)
        return best[1]

    def _used_by_the_loss(self) -> set[int]:
        """Which of the output's tensors the loss itself looks at."""
        floating = lambda leaf: leaf.is_floating_point()  # noqa: E731
        copy_of = lambda leaf: leaf.detach().clone().requires_grad_(floating(leaf))  # noqa: E731
        with contextlib.suppress(Exception):
            output = _map(copy_of, self.output)
            leaves = [(i, leaf) for i, leaf in enumerate(_leaves(output)) if floating(leaf)]
            gradients = torch.autograd.grad(
                self.loss_of(output).sum(), [leaf for _, leaf in leaves], allow_unused=True
            )
            return {i for (i, _), g in zip(leaves, gradients, strict=True) if g is not None}
        return set()

    @property
    def z(self):
        """The tensor of logits (or whatever the model gives) within the output."""
        return _leaves(self.output)[self.chosen[0]]

    @property
    def layout(self) -> _Layout:
        return self.once("layout", self._settle_layout)

    def _settle_layout(self):
        """Where several layouts fit by shape, the one that the loss itself follows."""
        candidates = list(_layouts(self.z, self.labels))
        if len(candidates) > 2 and candidates[0].kind == "index":
            known = []
            for layout in candidates:
                if layout.kind == "index":
                    self._cache["layout"] = layout
                    with contextlib.suppress(Exception):
                        family = self._read().family
                        if family == "softmax":
                            return layout
                        if family not in ("custom", "constant"):
                            known.append(layout)
                    self._cache.pop("layout", None)
                    self._cache.pop("act", None)
            if known:
                return known[0]
        chosen = self.chosen[2]
        if chosen.kind == "binary" and self.z.ndim > 1 and self.z.shape == self.labels.shape:
            for axis in dict.fromkeys((1, self.z.ndim - 1)):
                if self.z.shape[axis] > 1:
                    self._cache["layout"] = _Layout("soft", axis)
                    with contextlib.suppress(Exception):
                        if self._read().family in ("softmax", "bce_on_softmax"):
                            return self._cache["layout"]
                    self._cache.pop("layout", None)
                    self._cache.pop("act", None)
        return chosen

    @property
    def classes(self) -> int:
        return self.z.shape[self.layout.axis] if self.layout.kind in ("index", "soft") else 1

    @property
    def flat(self):
        """Labels, one per row of `layout.rows`."""
        return self.labels.reshape(-1)

    @property
    def act(self) -> str:
        """What the model does last, as seen in its outputs."""
        return self.once("act", self._see_act)

    def _see_act(self):
        z, layout = self.z.detach().double(), self.layout
        if not torch.isfinite(z).all():
            return "none"
        last = _last_operation(self.z)
        if layout.kind in ("index", "soft"):
            rows = layout.rows(z)
            if (rows >= 0).all() and ((rows.sum(1) - 1).abs() < 2e-3).all():
                return "softmax"
            if (rows <= 0).all() and (rows.logsumexp(1).abs() < 2e-3).all():
                return "log_softmax"
        inside = bool((z >= 0).all() and (z <= 1).all())
        if inside and "sigmoid" in last and "log" not in last:
            return "sigmoid"
        if "logsigmoid" in last and (z <= 0).all():
            return "log_sigmoid"
        cuts = any(w in last for w in ("relu", "clamp", "threshold", "maximum", "where"))
        smooth = any(w in last for w in ("gelu", "leaky", "prelu", "celu"))
        if cuts and not smooth and (z >= 0).all() and (z == 0).any() and not (z == 0).all():
            return "relu"
        if "tanh" in last and (z.abs() <= 1).all():
            return "tanh"
        if inside and (z > 0).any() and self._stays_inside():
            return "sigmoid"
        return "none"

    def _stays_inside(self) -> bool:
        """Whether eight times the weights leave the outputs between 0 and 1, and spread them."""
        with torch.no_grad():
            for _, parameter in self.parameters:
                parameter.data.mul_(8)
            z = _leaves(self.forward())[self.chosen[0]].double()
        self.state.restore()
        return bool((z >= 0).all() and (z <= 1).all() and z.max() - z.min() > 0.05)

    def value(self, z, y=None):
        """The loss, were z the model's output; the rest of the output stays as it is."""
        index, count = self.chosen[0], itertools.count()
        put = lambda leaf: z if next(count) == index else leaf.detach()  # noqa: E731
        return self.loss_of(_map(put, self.output), y)

    # Reading the loss

    def probe(self, u, act: str | None = None, y=None, dtype=None):
        """The loss and its gradient at logits u, shape (M, K), behind the model's own last act."""
        u = u.detach().clone().requires_grad_(True)
        z = self.layout.back(_ACTS[act or self.act](u), self.z.shape)
        z = z.contiguous()
        value = self.value(z.to(dtype) if dtype else z, y)
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            raise _Skip("the loss is no single number")
        if not value.requires_grad:
            raise _Skip("no gradient leads from the loss to the outputs")
        (gradient,) = torch.autograd.grad(value.reshape(()), u, allow_unused=True)
        if gradient is None:
            raise _Skip("the loss does not use the outputs handed to it")
        return value.detach().reshape(()), gradient

    @property
    def reading(self) -> _Reading:
        return self.once("reading", self._read)

    def _logits(self, count: int = 4, scale: float = 1.0, dtype=None) -> list:
        shape = self.layout.rows(self.z).shape
        generator = torch.Generator().manual_seed(0)
        draws = [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(count)]
        dtype = dtype or self.once("probe_dtype", self._probe_dtype)
        return [(scale * draw).to(self.z.device, dtype) for draw in draws]

    def _probe_dtype(self):
        for dtype in (torch.float64, torch.float32, self.z.dtype):
            with contextlib.suppress(_Skip, RuntimeError, TypeError, ValueError):
                (u,) = self._logits(1, dtype=dtype)
                value, gradient = self.probe(u)
                if gradient.dtype == dtype and (dtype != torch.float64 or value.dtype == dtype):
                    return dtype
        return self.z.dtype

    def _read(self) -> _Reading:
        if self.layout.kind == "other":
            raise _Skip("outputs and labels have no shapes that are known to belong together")
        if self.z.numel() > 5e7:
            raise _Skip("too many outputs")
        us = self._logits()
        try:
            values, gradients = zip(*(self.probe(u) for u in us), strict=True)
        except _Skip:
            inside = self._read_inside()
            if inside is None:
                raise
            return inside
        self.rounded = _rounded(gradients)
        us = [u.double() for u in us]
        gradients = [g.double() for g in gradients]
        if not all(torch.isfinite(g).all() for g in gradients):
            if self._swapped(us):
                return _Reading("arguments_swapped")
            return _Reading("custom", detail="its gradient is not finite at random logits")
        size = max(float(g.abs().max()) for g in gradients)
        if size == 0:
            return _Reading("constant", detail="its gradient is 0 at random logits")
        exact = self._cache["probe_dtype"] == torch.float64
        tolerance = (1e-4 if exact else 2e-3) * size
        if self.rounded or any(_half(x.dtype) for x in values):
            tolerance = 5e-2 * size
        reading = _affine(us, gradients, self.layout, tolerance)
        if reading is None:
            reading = self._compare(us, gradients, 10 * tolerance)
        reading.extra["values"] = [float(v) for v in values]
        return reading

    def _read_inside(self) -> _Reading | None:
        """The cross-entropy of a model that takes its loss itself, read at its own logits."""
        value = self.loss_of(self.output)
        if self.layout.kind != "index" or not value.requires_grad:
            return None
        (gradient,) = torch.autograd.grad(
            value.reshape(()), self.z, retain_graph=True, allow_unused=True
        )
        if gradient is None:
            return None
        g, p = (
            self.layout.rows(t.detach().double())
            for t in (gradient, self.z.softmax(self.layout.axis))
        )
        counted = g.abs().sum(1) > 0
        label = g.argmin(1, keepdim=True)
        weight = torch.where(counted, -g.gather(1, label)[:, 0] / (1 - p.gather(1, label)[:, 0]), 0)
        target = torch.zeros_like(g).scatter(1, label, 1.0) * counted[:, None]
        off = (g - weight[:, None] * (p - target)).abs().max()
        if not bool(counted.any()) or not float(off) <= 2e-3 * float(g.abs().max()):
            return None
        return _Reading("softmax", weight, target, extra={"values": [float(value.detach())]})

    def _swapped(self, us) -> bool:
        """Whether the labels stand in the logarithm: so it is with labels a little off 0 and 1."""
        y = self.labels
        if self.layout.kind != "binary" or not y.is_floating_point():
            return False
        near = 0.98 * y + 0.01
        put = _map(lambda leaf: near if leaf is y else leaf, self.y)
        slope = self.layout.rows(((1 - near) / near).log().double())
        for u in us[:2]:
            _, gradient = self.probe(u.to(self._cache["probe_dtype"]), y=put)
            wanted = _slope(lambda u: (slope * u.sigmoid()).sum(), u.double())
            scale = (gradient.double() * wanted).sum() / (wanted * wanted).sum()
            if not bool(((gradient - scale * wanted).abs() <= 1e-3 * wanted.abs().max()).all()):
                return False
        return True

    def _compare(self, us, gradients, tolerance) -> _Reading:
        """Which of the known losses, right and wrong, has these gradients?"""
        q = self.layout.targets(self.labels, self.classes).to(us[0].device)
        act = _ACTS[self.act]
        binary = self.layout.kind == "binary"
        groups = (q > 0.5).double() if binary else None
        for name, candidate in _candidates(binary):
            slopes = [_slope(lambda u, c=candidate: c(act(u), u, q).sum(), u) for u in us]
            weight = _fit(slopes, gradients, groups, tolerance)
            if weight is None and not binary and name in _LINEAR:
                level = torch.full_like(q, 1 / q.shape[1])
                even = lambda u, c=candidate, q=level: c(act(u), u, q).sum()  # noqa: E731
                others = [_slope(even, u) for u in us]
                weight = _fit_two(slopes, others, gradients, tolerance)
            if weight is not None:
                return _Reading(name, weight, q, extra={"act": self.act})
        reading = self._compare_axes(us, gradients, tolerance)
        if reading is None:
            reading = _capped(us, gradients, q) if binary else _of_p(us, gradients, q, tolerance)
        if reading is None:
            reading = _tempered(us, gradients, self.layout, tolerance)
            far = reading is not None and binary and (reading.target - q[:200]).abs().max() > 0.3
            reading = None if far else reading  # a straight line is a sigmoid of a large T
        if reading is None:
            reading = _Reading("custom", detail="its gradient is no multiple of p - q")
        return reading

    def _compare_axes(self, us, gradients, tolerance) -> _Reading | None:
        """Softmax over another axis, or a reshape where a transpose was needed."""
        if self.layout.kind not in ("index", "soft"):
            return None
        q = self.layout.targets(self.labels, self.classes)
        shape, layout = self.z.shape, self.layout
        functional = torch.nn.functional
        candidates: list[tuple[str, str, Callable]] = []
        for axis in range(len(shape)):
            if axis != layout.axis % len(shape):
                for name, f in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
                    mixed = lambda z, f=f, axis=axis: layout.rows(f(z, axis))  # noqa: E731
                    words = f"{name} over axis {axis}"
                    plain = lambda z, m=mixed: -(q * m(z)).sum()  # noqa: E731
                    second = lambda z, m=mixed: -(q * m(z).log_softmax(1)).sum()  # noqa: E731
                    logged = lambda z, m=mixed: -(q * m(z).log()).sum()  # noqa: E731
                    candidates += [("softmax_wrong_axis", words, g) for g in (plain, second)]
                    if name == "softmax":
                        candidates.append(("softmax_wrong_axis", words, logged))
        if len(shape) > 2 and layout.kind == "index":
            labels, classes = self.labels, self.classes
            keep = labels.reshape(-1).long()
            keep = torch.where((keep >= 0) & (keep < classes), keep, -100)
            flat = lambda z: functional.cross_entropy(  # noqa: E731
                z.reshape(-1, classes), keep, reduction="sum"
            )
            first = lambda z: functional.cross_entropy(  # noqa: E731
                z.reshape(shape[0], classes, -1), keep.reshape(shape[0], -1), reduction="sum"
            )
            words = f"{tuple(shape)} reshaped, not transposed"
            if shape[-1] != classes:
                candidates.append(("class_axis", words, flat))
            if shape[1] != classes:
                candidates.append(("class_axis", words, first))
        act = _ACTS[self.act]
        for name, words, candidate in candidates:
            with contextlib.suppress(RuntimeError, ValueError, IndexError):
                slopes = [
                    _slope(lambda u, c=candidate: c(layout.back(act(u), shape)), u) for u in us
                ]
                top = sum(float((g * s).sum()) for g, s in zip(gradients, slopes, strict=True))
                scale = top / max(sum(float((s * s).sum()) for s in slopes), 1e-300)
                off = max(
                    float((g - scale * s).abs().max())
                    for g, s in zip(gradients, slopes, strict=True)
                )
                if off <= tolerance and scale:
                    return _Reading(name, detail=words)
        return None


def _rounded(gradients) -> bool:
    """Whether the gradients have only bfloat16's digits, wherever they were computed."""
    g = torch.cat([g.reshape(-1) for g in gradients])
    return len(g.unique()) > 20 and bool((g == g.to(torch.bfloat16).to(g.dtype)).all())


def _slope(function, u):
    u = u.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(function(u), u)
    return gradient


def _affine(us, gradients, layout, tolerance) -> _Reading | None:
    """Is the gradient weight · (softmax(u) - target), or the same with a sigmoid per output?"""
    if layout.kind in ("index", "soft"):
        p = [u.softmax(1) for u in us]
        up, down = p[0] - p[1], gradients[0] - gradients[1]
        weight = (up * down).sum(1) / (up * up).sum(1)
        offs = [
            (gradients[0] - g - weight[:, None] * (p[0] - other)).abs().max()
            for g, other in zip(gradients[1:], p[1:], strict=True)
        ]
        real = float(weight.abs().max()) > 1e-3 * float(gradients[0].abs().max())
        if max(map(float, offs)) <= tolerance and real:
            safe = torch.where(weight == 0, 1.0, weight)[:, None]
            counted = weight.abs() > 1e-6 * weight.abs().max()
            target = torch.where(counted[:, None], p[0] - gradients[0] / safe, 0.0)
            mass = target.sum(1)
            if bool(((mass - 1).abs() < 1e-2)[counted].all()):
                return _Reading("softmax", torch.where(counted, weight, 0.0), target)
            if bool((mass[counted] > 0.01).all()):
                return _Reading("softmax", weight, target, extra={"mass": mass})
    p = [u.sigmoid() for u in us]
    up, down = p[0] - p[1], gradients[0] - gradients[1]
    far = torch.stack([p[0] - other for other in p[1:]])
    rise = torch.stack([gradients[0] - g for g in gradients[1:]])
    weight = (far * rise).sum(0) / (far * far).sum(0).clamp_min(1e-12)
    if bool(((rise - weight * far).abs() <= tolerance).all()) and bool((weight != 0).any()):
        counted = weight.abs() > 1e-6 * weight.abs().max()
        safe = torch.where(counted, weight, 1.0)
        target = torch.where(counted, p[0] - gradients[0] / safe, 0.0)
        if bool((target.abs() < 300).all()):
            return _Reading("sigmoid", torch.where(counted, weight, 0.0), target)
    return None


def _candidates(binary: bool) -> Iterator[tuple[str, Callable]]:
    """(name of a finding or note, loss per row or output): z what the loss sees, u the logits."""
    functional = torch.nn.functional
    tiny = 1e-38

    def two_terms(p, q):
        return -(q * p.clamp_min(tiny).log() + (1 - q) * (1 - p).clamp_min(tiny).log())

    def with_logits(z, q):
        return functional.binary_cross_entropy_with_logits(z, q, reduction="none")

    def cross(z, q):
        return -q * z.log_softmax(-1)

    if binary:
        yield "sigmoid_twice", lambda z, u, q: with_logits(u.sigmoid(), q)
        yield "sigmoid_twice", lambda z, u, q: two_terms(u.sigmoid().sigmoid(), q)
        yield "half_of_the_loss", lambda z, u, q: -q * functional.logsigmoid(u)
        yield "relu_on_logits", lambda z, u, q: with_logits(u.relu(), q)
        yield "bounded_logits", lambda z, u, q: with_logits(u.tanh(), q)
        yield "nll_of_probabilities", lambda z, u, q: -q * u.sigmoid()
        yield "arguments_swapped", lambda z, u, q: -q * u
    else:
        yield "softmax_twice", lambda z, u, q: cross(u.softmax(-1), q)
        yield "softmax_twice", lambda z, u, q: cross(u.softmax(-1).softmax(-1), q)
        yield "sigmoid_before_softmax", lambda z, u, q: cross(u.sigmoid(), q)
        yield "sigmoid_before_softmax", lambda z, u, q: cross(functional.logsigmoid(u), q)
        yield "relu_on_logits", lambda z, u, q: cross(u.relu(), q)
        yield "bounded_logits", lambda z, u, q: cross(u.tanh(), q)
        yield "nll_of_logits", lambda z, u, q: -q * u
        yield "nll_of_probabilities", lambda z, u, q: -q * u.softmax(-1)
        yield "nll_of_sigmoid", lambda z, u, q: -q * u.sigmoid()
        yield "bce_on_softmax", lambda z, u, q: two_terms(u.softmax(-1), q)
        yield "bce_on_softmax", lambda z, u, q: with_logits(u.softmax(-1), q)
        yield "sigmoid_twice", lambda z, u, q: with_logits(u.sigmoid(), q)
        yield "half_of_the_loss", lambda z, u, q: -q * functional.logsigmoid(u)
        yield "arguments_swapped", lambda z, u, q: -u * q.log_softmax(-1)
        yield "squared_error", lambda z, u, q: (u.softmax(-1) - q) ** 2
        yield "reverse_kl", lambda z, u, q: u.softmax(-1) * (u.log_softmax(-1) - q.log())
    yield "squared_error", lambda z, u, q: (u - q) ** 2
    yield "squared_error", lambda z, u, q: (u - (2 * q - 1)) ** 2
    yield "squared_error", lambda z, u, q: (u.sigmoid() - q) ** 2
    yield "squared_error", lambda z, u, q: (u.tanh() - q) ** 2
    yield "squared_error", lambda z, u, q: (u.relu() - q) ** 2
    yield "squared_error", lambda z, u, q: functional.smooth_l1_loss(u, q, reduction="none")
    yield (
        "squared_error",
        lambda z, u, q: functional.smooth_l1_loss(u.sigmoid(), q, reduction="none"),
    )
    yield "absolute_error", lambda z, u, q: (u - q).abs()
    yield "absolute_error", lambda z, u, q: (u.sigmoid() - q).abs()


def _fit(slopes, gradients, groups, tolerance):
    """The weights, one a row or one a group, with which the slopes give the gradients."""
    top = sum(g * s for g, s in zip(gradients, slopes, strict=True))
    low = sum(s * s for s in slopes)
    if groups is None:
        top, low = top.sum(1), low.sum(1)
        weight = torch.where(low > 0, top / low.clamp_min(1e-300), 0.0)
        each = weight[:, None]
    else:
        each = torch.zeros_like(top)
        for group in (0, 1):
            inside = groups == group
            below = low[inside].sum()
            if inside.any() and below > 0:
                each = torch.where(inside, top[inside].sum() / below, each)
        weight = each
    off = max(float((g - each * s).abs().max()) for g, s in zip(gradients, slopes, strict=True))
    return weight if off <= tolerance and bool((weight != 0).any()) else None


# Candidates that are linear in the target: they can be recognised behind label smoothing too.
_LINEAR = {"softmax_twice", "sigmoid_before_softmax", "relu_on_logits", "bounded_logits"}


def _fit_two(slopes, others, gradients, tolerance):
    """The weight of each row, if its gradient is a mixture of slope and other; else None."""
    a = sum((s * s).sum(1) for s in slopes)
    b = sum((s * o).sum(1) for s, o in zip(slopes, others, strict=True))
    c = sum((o * o).sum(1) for o in others)
    d = sum((s * g).sum(1) for s, g in zip(slopes, gradients, strict=True))
    e = sum((o * g).sum(1) for o, g in zip(others, gradients, strict=True))
    det = (a * c - b * b).clamp_min(1e-300)
    x, y = (d * c - e * b) / det, (a * e - b * d) / det
    off = max(
        float((g - x[:, None] * s - y[:, None] * o).abs().max())
        for s, o, g in zip(slopes, others, gradients, strict=True)
    )
    share = y / torch.where(x + y == 0, 1.0, x + y)
    sane = bool(((share > -0.01) & (share < 0.7)).all())
    return x + y if off <= tolerance and sane and bool((x != 0).any()) else None


def _of_p(us, gradients, q, tolerance) -> _Reading | None:
    """Is the gradient weight(p) · (p - q), with a weight that hangs on the right class's p?"""
    if not bool((q.max(1).values == 1)[q.sum(1) > 0].all()):
        return None
    points, weights = [], []
    for u, gradient in zip(us, gradients, strict=True):
        p = u.softmax(1)
        direction = p - q
        weight = (direction * gradient).sum(1) / (direction * direction).sum(1)
        if float((gradient - weight[:, None] * direction)[q.sum(1) > 0].abs().max()) > tolerance:
            return None
        points.append((p * q).sum(1))
        weights.append(weight)
    p, weight = torch.cat(points), torch.cat(weights)
    counted = weight != 0
    if counted.sum() < 3:
        return None
    p, weight = p[counted], weight[counted]
    mean = float(weight.mean())
    slope = float(((p.log() - p.log().mean()) * (weight - mean)).mean())
    ratio = weight / p
    proportional = float(ratio.std()) < 1e-3 * abs(float(ratio.mean()))
    extra = {"sign": mean, "rising": slope * mean > 0, "proportional": proportional}
    extra["cap"] = _cap(p, weight)
    return _Reading("of_p", weight, q, extra=extra)


def _capped(us, gradients, q) -> _Reading | None:
    """The same for a sigmoid: is it -log(p + eps) for the right one of two answers?"""
    if not bool(((q == 0) | (q == 1)).all()):
        return None
    p = torch.cat([u.sigmoid() for u in us]).reshape(-1)
    q = torch.cat([q] * len(us)).reshape(-1)
    weight = torch.cat(list(gradients)).reshape(-1) / (p - q)
    right = torch.where(q == 1, p, 1 - p)
    counted = weight != 0
    if counted.sum() < 3 or not _cap(right[counted], weight[counted]):
        return None
    extra = {"sign": float(weight.mean()), "rising": True, "proportional": False}
    extra["cap"] = _cap(right[counted], weight[counted])
    return _Reading("of_p", weight, q, extra=extra)


def _cap(p, weight) -> float:
    """The eps of -log(p + eps), whose weight is p / (p + eps); 0 if it is none."""
    x, y = p - p.mean(), p / weight - (p / weight).mean()
    slope = float((x * y).sum() / (x * x).sum())
    off = float((y - slope * x).abs().max()) / float((p / weight).abs().max())
    eps = float((p / weight).mean()) / slope - float(p.mean()) if slope else 0.0
    return eps if off < 1e-3 and 1e-9 < eps < 0.03 else 0.0


def _tempered(us, gradients, layout, tolerance) -> _Reading | None:
    """Is it a softmax (or sigmoid) of u / T for one T?"""

    us, gradients = [u[:200] for u in us], [g[:200] for g in gradients]

    def off(log_scale: float) -> tuple[float, _Reading | None]:
        scaled = [u * math.exp(log_scale) for u in us]
        slopes = [g / math.exp(log_scale) for g in gradients]
        reading = _affine(scaled, slopes, layout, math.inf)
        if reading is None or reading.weight is None:
            return math.inf, None
        squash = torch.softmax if layout.kind in ("index", "soft") else None
        weight = reading.weight[:, None] if reading.weight.ndim == 1 else reading.weight
        worst = 0.0
        for u, g in zip(scaled, slopes, strict=True):
            p = squash(u, 1) if squash else u.sigmoid()
            worst = max(worst, float((g - weight * (p - reading.target)).abs().max()))
        return worst * math.exp(log_scale), reading

    grid = [math.log(10) * k / 8 for k in range(-24, 25)]
    best = min(grid, key=lambda s: off(s)[0])
    low, high = best - math.log(10) / 8, best + math.log(10) / 8
    for _ in range(40):
        left, right = low + 0.382 * (high - low), high - 0.382 * (high - low)
        if off(left)[0] < off(right)[0]:
            high = right
        else:
            low = left
    worst, reading = off((low + high) / 2)
    T = math.exp(-(low + high) / 2)
    if worst > tolerance or reading is None or not 0.005 < T < 200 or 0.9 < T < 1.1:
        return None
    reading.extra["T"] = T
    return _Reading("temperature", reading.weight, reading.target, extra=reading.extra)


# --- Questions to the data and to what runs at all ------------------------------------------------


def _ask_data(case: _Case) -> Iterator[Finding]:
    """Are the numbers finite, the inputs not all the same, the labels not constant?"""
    for name, tree in (("X", case.X), ("y", case.y)):
        for tensor in _leaves(tree):
            if tensor.is_floating_point():
                bad = int((~torch.isfinite(tensor)).sum())
                low = tensor == -math.inf  # a mask to be added holds 0 and -inf, nothing else
                masks = name == "X" and bool((low | (tensor == 0)).all())
                if bad and not masks:
                    evidence = f"{bad} of {tensor.numel()} numbers in {name}"
                    if _finite_all_the_same(case):
                        yield _found("nonfinite_data", f"{evidence}; the loss is finite", "note")
                    else:
                        yield _found("nonfinite_data", evidence)
    inputs = [x for x in _leaves(case.X) if x.ndim and len(x) > 1]
    if inputs and len(inputs[0]) > 2 and all(bool((x == x[:1]).all()) for x in inputs):
        yield _found("inputs_constant", f"all {len(inputs[0])} examples are equal")


def _finite_all_the_same(case: _Case) -> bool:
    """Whether outputs, loss and gradient are finite although X or y is not."""
    with contextlib.suppress(Exception):
        value = case.loss_of(case.output)
        outputs = all(bool(torch.isfinite(z).all()) for z in _leaves(case.output))
        wanting = [p for _, p in case.parameters if p.requires_grad]
        grads = torch.autograd.grad(value.sum(), wanting, retain_graph=True, allow_unused=True)
        grads = [g for g in grads if g is not None]
        return outputs and all(bool(torch.isfinite(t).all()) for t in (value, *map(_dense, grads)))
    return False


def _ask_failure(case: _Case) -> Iterator[Finding]:
    """If the model or the loss stops with an error: with which small change does it run?"""
    try:
        case.output  # noqa: B018
    except Exception as error:
        case.failure = error
        yield _found("does_not_run", f"model(X): {_message(error)}")
        return
    try:
        case.value_now = case.loss_of(case.output)
    except Exception as error:
        case.failure = error
        yield _explain(case, error)
        return
    value = case.value_now
    y = next((y for y in _leaves(case.y) if not y.is_floating_point() and y.numel()), None)
    ignored = [-100] + ([case.ignore_index] if case.ignore_index is not None else [])
    only = int(y.reshape(-1)[0]) if y is not None and bool((y == y.reshape(-1)[0]).all()) else None
    lost = isinstance(value, torch.Tensor) and bool(torch.isnan(value.detach()).all())
    if only in ignored or (only is not None and only < 0 and lost):
        yield _found("nothing_counts", f"all {y.numel()} labels are {only}")
        case.failure = ValueError("no label counts")
        return
    if isinstance(value, torch.Tensor) and value.numel() != 1:
        yield _found("loss_not_scalar", f"the loss has the shape {tuple(value.shape)}")
        case.failure = ValueError("the loss is no single number")
    elif not isinstance(value, torch.Tensor):
        evidence = f"the loss is of the type {type(value).__name__}, not a tensor with a gradient"
        yield _found("no_gradient", evidence)
        case.failure = ValueError("the loss is no tensor")


def _message(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:200]}"


def _explain(case: _Case, error: Exception) -> Finding:
    said = _message(error)
    z, y = case.z.detach(), case.labels
    layout = next(_layouts(z, y))
    one = z.ndim > 1 and z.shape[1] == 1

    def runs(output=None, target=None) -> float | None:
        index, count = case.chosen[0], itertools.count()
        new = z if output is None else output
        put = lambda leaf: new if next(count) == index else leaf.detach()  # noqa: E731
        swap = lambda leaf: target if leaf is y and target is not None else leaf  # noqa: E731
        try:
            value = case.loss_of(_map(put, case.output), _map(swap, case.y))
        except Exception:
            return None
        one_number = isinstance(value, torch.Tensor) and value.numel() == 1
        return float(value.detach()) or 1e-300 if one_number else None

    if _half(z.dtype) and runs(z.float()):
        return _found("half_overflow", f"{said}; in float32 the loss runs")
    if _whole(y) and y.numel() and not one:
        low, high = int(y.min()), int(y.max())
        classes = z.shape[layout.axis] if layout.kind == "index" else z.shape[min(1, z.ndim - 1)]
        if layout.kind == "index" and (high >= classes or low < 0):
            evidence = f"labels {low} to {high}, {classes} outputs; {said}"
            counted = y[(y >= 0) & (y < classes)]
            if runs(target=(y - 1)) and low >= 1 and high == classes:
                return _found("labels_from_one", evidence)
            if low < 0 and high < classes and runs(target=y.clamp_min(0)):
                return _found("labels_negative", evidence)
            if high >= classes and counted.numel() and runs(target=y.clamp(0, classes - 1)):
                return _found("labels_out_of_range", evidence)
    hot = y.ndim > 1 and y.shape == z.shape and _whole(y) and not y.is_floating_point()
    for axis in (1, -1):
        if hot and bool((y.sum(axis) == 1).all()) and runs(target=y.argmax(axis)):
            return _found("labels_one_hot", f"y has the shape {tuple(y.shape)}; {said}")
    real = [] if layout.kind == "index" else [(y.to(z.dtype), str(z.dtype).removeprefix("torch."))]
    for target, name in [(y.long(), "int64"), *real]:
        if target.dtype != y.dtype and runs(target=target):
            return _found("labels_dtype", f"y is {y.dtype}; as {name} the loss runs. {said}")
    if y.ndim > 1 and 1 in y.shape[1:]:
        squeezed = y.squeeze(-1) if y.shape[-1] == 1 else y.squeeze(1)
        if any(runs(target=squeezed.to(d)) for d in (y.dtype, torch.int64, z.dtype)):
            evidence = f"y has the shape {tuple(y.shape)}; as {tuple(squeezed.shape)} the loss runs"
            return _found("labels_column", f"{evidence}. {said}")
    outside = bool(((z < 0) | (z > 1)).any())
    if outside and runs(z.sigmoid(), y.to(z.dtype).reshape(y.shape)):
        low, high = float(z.min()), float(z.max())
        evidence = f"outputs from {low:.3g} to {high:.3g}; as probabilities the loss runs. {said}"
        return _found("logits_as_probabilities", evidence)
    column = one and y.ndim == 1 and y.numel() == z.numel()
    if column and abs(runs(target=y.to(z.dtype).reshape(z.shape)) or 0) > 1e-200:
        evidence = f"outputs {tuple(z.shape)}, labels {tuple(y.shape)}; {said}"
        return _found("broadcast", evidence)
    if one and y.numel() == z.numel():
        return _found("one_output", f"outputs {tuple(z.shape)}; {said}")
    if y.ndim > 1 and y.shape[-1] > 1 and runs(target=y.argmax(-1)):
        return _found("labels_one_hot", f"y has the shape {tuple(y.shape)}; {said}")
    if y.ndim > 1 and y.shape[1] > 1 and runs(target=y.argmax(1)):
        return _found("labels_one_hot", f"y has the shape {tuple(y.shape)}; {said}")
    if z.ndim > 2 and any(runs(z.movedim(-1, 1), y.to(d)) for d in (y.dtype, torch.int64)):
        evidence = f"outputs {tuple(z.shape)}, labels {tuple(y.shape)}: with the classes on axis 1"
        return _found("class_axis", f"{evidence} the loss runs. {said}")
    if z.ndim > 2 and runs(z.flatten(0, -2), y.flatten()):
        evidence = f"outputs {tuple(z.shape)}, labels {tuple(y.shape)}: flattened, the loss runs"
        return _found("class_axis", f"{evidence}. {said}")
    if z.numel() == y.numel() and z.shape != y.shape and runs(z.reshape(y.shape), y.to(z.dtype)):
        evidence = f"outputs {tuple(z.shape)}, labels {tuple(y.shape)}; {said}"
        return _found("broadcast", evidence)
    if y.is_floating_point() and bool(((y < 0) | (y > 1)).any()) and runs(target=y.clamp(0, 1)):
        evidence = f"targets from {float(y.min()):.3g} to {float(y.max()):.3g}; {said}"
        return _found("targets_not_probabilities", evidence)
    if _whole(y) and y.shape == z.shape and y.numel():
        low, high = int(y.min()), int(y.max())
        if (low < 0 or high > 1) and runs(target=y.clamp(0, 1).to(z.dtype)):
            name = "labels_from_one" if low >= 1 else "labels_negative"
            return _found(name, f"labels {low} to {high}; {said}")
    if z.ndim and y.ndim and len(z) != len(y):
        return _found("rows_differ", f"{len(z)} rows of outputs, {len(y)} labels; {said}")
    return _found("does_not_run", f"loss(model(X), y): {said}")


def _needs_run(case: _Case):
    if case.failure is not None:
        raise _Skip(f"model or loss does not run ({_message(case.failure)[:80]})")


def _ask_labels(case: _Case) -> Iterator[Finding]:
    """Labels: constant? counted from 1? negative, and indexing the last class? ignored?"""
    if any(x.ndim for x in _leaves(case.X)) and not _leaves(case.y):
        raise _Skip("y holds no tensor")
    y = case.labels
    if y.numel() >= 8 and _whole(y):
        values, counts = torch.unique(y, return_counts=True)
        kept = values[(values != case.ignore_index) & (values != -100)]
        if (len(kept) == 1 and case.chosen[2].kind == "index" and y.ndim == 1) or (
            len(kept) == 1 and case.chosen[2].kind == "binary" and y.numel() == len(y)
        ):
            used = True
            with contextlib.suppress(Exception):
                mixed = (torch.arange(len(y)) % 2).to(y).reshape(y.shape)
                swap = lambda leaf: mixed if leaf is y else leaf  # noqa: E731
                used = not _same(
                    case.value_now, case.loss_of(case.output, _map(swap, case.y)), 1e-9
                )
            if used:
                yield _found("labels_constant", f"all {y.numel()} labels are {int(kept[0])}")
    _needs_run(case)
    layout = case.layout
    if layout.kind == "binary":
        yield from _binary_labels(case, y)
    if layout.kind != "index":
        return
    low, high, classes = int(y.min()), int(y.max()), case.classes
    if y.ndim == 1 and low == 1 and high == classes - 1 and classes > 2:
        counts = torch.bincount(y.long(), minlength=classes)
        if len(y) >= 10 * classes and int(counts[1:].min()) >= 3 and case.ignore_index != 0:
            evidence = f"{classes} outputs, and of {len(y)} labels all of 1 to {high} but no 0"
            yield _found("labels_from_one", evidence, "suspicion")
    reading = case.reading
    if reading.family == "softmax" and low < 0:
        flat = _shifted(case, case.flat, reading.weight != 0)
        counted = (reading.weight != 0) & (flat < 0)
        if counted.any():
            target = reading.target[counted]
            last = target.argmax(1) == classes + flat[counted]
            evidence = f"{_share(counted.sum(), len(flat))} labels are negative and count"
            if last.all():
                evidence += f": {low} is taken for class {classes + low}"
                yield _found("labels_negative", evidence)
            elif float(target.max()) > 0.99:  # else the loss means something else by them
                yield _found("labels_negative", evidence, "suspicion")


def _binary_labels(case: _Case, y) -> Iterator[Finding]:
    low, high = float(y.min()), float(y.max())
    if case.reading.family == "squared_error" or not (low < 0 or high > 1):
        return
    if case.reading.family in ("sigmoid", "sigmoid_twice", "half_of_the_loss"):
        target = case.reading.target
        used = float(target.min()), float(target.max())
        if used[0] >= -0.01 and used[1] <= 1.01:
            return  # the loss maps the labels itself
        evidence = f"labels from {low:.3g} to {high:.3g}, a loss for labels from 0 to 1"
        if _whole(y) and low >= 1:
            yield _found("labels_from_one", evidence)
        elif _whole(y) and low == -1 and high <= 1:
            yield _found("labels_negative", evidence)
        else:
            yield _found("targets_not_probabilities", evidence)
    elif case.reading.family == "custom" and case.act != "none" and high > 1:
        evidence = f"targets from {low:.3g} to {high:.3g}, outputs from 0 to 1"
        yield _found("targets_not_probabilities", evidence, "suspicion")


def _ask_leak(case: _Case) -> Iterator[Finding]:
    """Does one column of X tell the label by itself?"""
    x = next((x for x in _leaves(case.X) if x.is_floating_point() and x.ndim == 2), None)
    y = case.labels
    if x is None or not _whole(y) or y.numel() != len(y) or len(x) != len(y):
        raise _Skip("asked for columns of numbers with one label each")
    y = y.reshape(-1)
    values, counts = torch.unique(y, return_counts=True)
    if len(values) < 2 or len(values) > 50 or len(y) < 20 or int(counts.min()) < 3:
        raise _Skip("asked from 20 examples on, three of each class")
    if x.shape[1] < 2:
        raise _Skip("asked from two columns on")
    groups = [x[y == v] for v in values]
    constant = torch.stack([(g == g[:1]).all(0) for g in groups]).all(0)
    for column in constant.nonzero()[:, 0].tolist():
        told = {float(g[0, column]) for g in groups}
        if len(told) == len(values):
            yield _found("labels_in_inputs", f"column {column} has one value in each class")
            return


def _ask_groups(case: _Case) -> Iterator[Finding]:
    """Where X falls into groups: do the labels follow them?"""
    y = case.labels
    x = next((x for x in _leaves(case.X) if x.is_floating_point() and x.ndim > 1), None)
    lone = len(_leaves(case.y)) == 1 and y.numel() == len(y)
    classes = case.layout.kind == "index" or len(y.unique()) == 2
    if x is None or not _whole(y) or not lone or len(x) != len(y) or not classes:
        raise _Skip("asked for real-valued inputs with one label each")
    if sum(leaf.shape == x.shape for leaf in _leaves(case.X)) > 1:
        raise _Skip("inputs of one shape: the labels may say how they belong together")
    x, y = x.reshape(len(x), -1)[:512].double(), y.reshape(-1)[:512]
    counts = torch.unique(y, return_counts=True)[1]
    if len(x) < 48 or len(counts) < 2 or 2 * len(counts) > len(x) or not torch.isfinite(x).all():
        raise _Skip("asked from 48 examples of two classes on")
    x = x[:, x.std(0) > 1e-9][:, :2000]
    if not x.shape[1]:
        raise _Skip("all inputs are the same")
    x = (x - x.mean(0)) / x.std(0)

    def nearest(points):
        distance = torch.cdist(points, points)
        middle = distance[distance > 0].median() if (distance > 0).any() else 1.0
        distance.fill_diagonal_(math.inf)
        return distance.min(1).indices, float(distance.min(1).values.mean() / middle)

    neighbours, close = nearest(x)
    generator = torch.Generator().manual_seed(0)
    order = torch.stack([torch.randperm(len(x), generator=generator) for _ in range(x.shape[1])], 1)
    _, without = nearest(torch.gather(x, 0, order.to(x.device)))
    if close > 0.85 * without and not _two_heaps(x):
        raise _Skip("X shows no groups to compare the labels with")
    share = counts.double() / counts.sum()
    chance, n = float((share * share).sum()), len(x)
    agree = float((y[neighbours] == y).double().mean())
    spread = math.sqrt(chance * (1 - chance) / n)
    if agree < chance + 2 * spread and chance < 0.8:
        evidence = (
            f"the nearest of {n} examples shares the label in {agree:.0%}; by chance {chance:.0%}"
        )
        yield _found("labels_unrelated", evidence)


def _two_heaps(x) -> bool:
    """Whether the points, seen along their longest direction, stand in two heaps with a gap."""
    along = (x @ torch.linalg.svd(x, full_matrices=False)[2][0]).sort().values
    n = len(along)
    within = [
        float(along[:k].var(correction=0)) * k + float(along[k:].var(correction=0)) * (n - k)
        for k in range(n // 5, n - n // 5)
    ]
    return min(within) < 0.2 * n * float(along.var(correction=0))  # a bell has 0.36, a box 0.25


# --- Questions to the loss ------------------------------------------------------------------------


def _ask_gradient(case: _Case) -> Iterator[Finding]:
    """Does a gradient lead from the loss to the output, and on to every parameter that matters?"""
    _needs_run(case)
    wanting = [(n, p) for n, p in case.parameters if p.requires_grad]
    frozen = [(n, p) for n, p in case.parameters if not p.requires_grad]
    total = len(case.parameters)
    if not total:
        raise _Skip("the model has no parameters")
    output = case.forward()
    value = case.loss_of(output)
    if not value.requires_grad:
        if not wanting:
            yield _found("no_gradient", f"all {total} parameters are frozen")
        elif not any(z.requires_grad for z in _leaves(output)):
            yield _found("no_gradient", "the model's output has no graph: nothing leads back")
        else:
            yield _found("no_gradient", "the output has a graph, the loss has none")
        case.failure = ValueError("no gradient")
        return
    if frozen:
        yield _frozen(case, frozen, total)
    gradients = torch.autograd.grad(
        value.reshape(()), [p for _, p in wanting], allow_unused=True, retain_graph=True
    )
    case.gradients = {
        id(p): _dense(g) for (_, p), g in zip(wanting, gradients, strict=True) if g is not None
    }
    missing = [(n, p) for (n, p), g in zip(wanting, gradients, strict=True) if g is None]
    if missing:
        yield from _silent(case, missing, len(wanting))
    reached = list(case.gradients.values())
    if reached and all(bool((g == 0).all()) for g in reached):
        z = _leaves(output)[case.chosen[0]]
        upper = torch.autograd.grad(value.reshape(()), z, retain_graph=True, allow_unused=True)
        last = _last_operation(case.z)
        if upper[0] is not None and bool((upper[0] != 0).any()) and case.act in ("relu",):
            yield _found("dead_units", "all outputs are 0 behind the last ReLU")
        elif any(word in last for word in ("round", "sign", "floor", "ceil", "heaviside")):
            yield _found("no_gradient", f"the last operation ({last}) has the gradient 0")


def _frozen(case: _Case, frozen, total) -> Finding:
    fresh = [n for n, p in frozen if p.ndim > 1 and _looks_fresh(p)]
    share = f"{len(frozen)} of {total} tensors of weights, among them {frozen[0][0]}"
    if fresh:
        share += f"; {len(fresh)} hold what looks like fresh random weights ({fresh[0]})"
    trainable = [n for n, p in case.parameters if p.requires_grad and p.ndim > 1]
    last = case.parameters[-1][0].rpartition(".")[0].partition(".")[0]
    head = [p for n, p in case.parameters if n.startswith(last)]
    if not trainable or (fresh and not any(p.requires_grad for p in head)):
        return _found("frozen_parameters", share, "suspicion")
    return _found("frozen_parameters", share)


def _looks_fresh(weight) -> bool:
    """Whether a matrix is spread evenly within ±1/sqrt(fan_in), as PyTorch's layers begin."""
    bound = 1 / math.sqrt(max(weight[0].numel(), 1))
    top = float(weight.abs().max())
    even = abs(float(weight.std()) * math.sqrt(3) / bound - 1) < 0.15
    return weight.numel() >= 50 and 0.9 * bound < top <= bound * (1 + 1e-5) and even


def _silent(case: _Case, missing, wanting: int) -> Iterator[Finding]:
    """Parameters without a gradient: do they change the output all the same?"""
    before = [z.detach().clone() for z in _leaves(case.forward(evaluate=True))]
    used = case._used_by_the_loss() or range(len(before))
    cut, unused, beside = [], [], 0
    for name, parameter in missing[:60]:
        with torch.no_grad():
            noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
            parameter.data.add_(noise.to(parameter) * (parameter.abs().mean() + 0.1))
        after = _leaves(case.forward(evaluate=True))
        same = [_same(a.double(), b.double(), 1e-7) for a, b in zip(before, after, strict=True)]
        (unused if all(same[i] for i in used) else cut).append(name)
        beside += not all(same) and all(same[i] for i in used)
        case.state.restore()
    if cut:
        names = ", ".join(cut[:3]) + (" …" if len(cut) > 3 else "")
        evidence = f"{len(cut)} of {wanting} tensors of weights ({names})"
        held = _held(case.optimizer)
        chosen = [p for n, p in missing if n in cut]
        severity = "error"
        if held and not any(id(p) in held for p in chosen):
            severity = "note"  # cut on purpose: the optimiser leaves them out as well
        elif case.optimizer is None and case.step is None and _is_front(case, cut):
            severity = "suspicion"
        name = "no_gradient" if len(cut) == wanting and severity == "error" else "gradient_cut"
        yield _found(name, evidence, severity)
    if unused:
        names = ", ".join(unused[:3]) + (" …" if len(unused) > 3 else "")
        evidence = f"{len(unused)} of {wanting} tensors of weights ({names})"
        evidence += "; they lead to outputs that the loss does not use" if beside else ""
        yield _found("unused_parameters", evidence)


def _is_front(case: _Case, names: list[str]) -> bool:
    """Whether these are all parameters of the first whole modules, as a frozen backbone is."""
    tops = {name.partition(".")[0] for name in names}
    inside = [n for n, _ in case.parameters if n.partition(".")[0] in tops]
    return set(inside) == set(names) and any("." in n.partition(".")[2] for n in names)


def _held(optimizer) -> set[int]:
    return (
        {id(p) for group in optimizer.param_groups for p in group["params"]} if optimizer else set()
    )


def _ask_registered(case: _Case) -> Iterator[Finding]:
    """Does backward() reach tensors that model.parameters() does not know?"""
    _needs_run(case)
    known = {id(p) for _, p in case.parameters} | {id(x) for x in _leaves(case.X)}
    if isinstance(case.loss, torch.nn.Module):
        known |= {id(p) for p in case.loss.parameters()}
    for thing in [case.optimizer, *case.state.seen.values()]:
        known |= _held(thing) if isinstance(thing, torch.optim.Optimizer) else set()
    seen, stack, strange = set(), [case.value_now.grad_fn], []
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None and id(variable) not in known:
            strange.append(variable)
        stack += [following for following, _ in node.next_functions]
    hidden = _in_plain_containers(case.model)
    lost = [p for p in strange if id(p) in hidden]
    if lost:
        names = ", ".join(sorted({hidden[id(p)] for p in lost})[:3])
        evidence = f"{len(lost)} tensors that learn nothing, in {names}"
        yield _found("unregistered_parameters", evidence)
    made = [
        p for p in strange if isinstance(p, torch.nn.Parameter) and id(p) not in case.state.seen
    ]
    if made and not lost:
        evidence = f"{len(made)} parameters are made anew in each forward pass"
        yield _found("unregistered_parameters", evidence)


def _in_plain_containers(model) -> dict[int, str]:
    """Parameters in lists and dictionaries of a module, which PyTorch does not look into."""
    found = {}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if name in ("_parameters", "_buffers", "_modules") or "_hooks" in name:
                continue
            items = value.values() if isinstance(value, dict) else value
            if not isinstance(value, (dict, list, tuple)):
                items = [value]
            for item in items:
                tensors = []
                if isinstance(item, torch.nn.Module):
                    tensors = list(item.parameters())
                elif isinstance(item, torch.Tensor) and item.is_leaf and item.requires_grad:
                    tensors = [item]
                for tensor in tensors:
                    found[id(tensor)] = f"{path}.{name}".lstrip(".")
    return found


# What hangs on which part of y is the label: where y has several parts, it is not certain.
_BY_LABEL = {"half_of_the_loss", "sign_flipped", "arguments_swapped", "labels_unused", "broadcast"}
_BY_LABEL |= {"targets_not_probabilities", "softmax_for_several_labels", "one_output"}


def _ask_what_the_loss_is(case: _Case) -> Iterator[Finding]:
    """One softmax, and the right one? A sign? Which targets? Said also where it is right."""
    several = len(_leaves(case.y)) > 1
    for finding in _what_the_loss_is(case):
        unsure = several and finding.severity == "error" and finding.name in _BY_LABEL
        yield dataclasses.replace(finding, severity="suspicion") if unsure else finding


def _what_the_loss_is(case: _Case) -> Iterator[Finding]:
    _needs_run(case)
    z, layout = case.z, case.chosen[2]
    if layout.kind == "binary" and z.ndim > 1 and 1 in (z.shape[1], z.shape[-1]) and len(z) > 1:
        ones = bool((z == 1).all())
        if ones or (bool((z == 0).all()) and "softmax" in _last_operation(z)):
            evidence = f"outputs {tuple(z.shape)}, all exactly {int(ones)}"
            yield _found("one_output", evidence)
            return
    layout = case.layout
    if z.ndim > 1 and z.shape[1] == 1 and layout.kind in ("binary", "other"):
        (u,) = case._logits(1)
        with contextlib.suppress(RuntimeError, ValueError, IndexError):
            value, gradient = case.probe(u)
            if float(value) == 0 and not bool((gradient != 0).any()):
                yield _found("one_output", f"outputs {tuple(z.shape)}; the loss is exactly 0")
                return
    yield from _wrong_axis_in_model(case)
    reading, act = case.reading, case.act
    family = reading.family
    if family in ("of_p", "custom") and all(map(math.isnan, reading.extra.get("values", [0.0]))):
        return  # the gradient of nan says nothing
    if family == "constant":
        yield _found("no_gradient", "outputs of our own choosing: the loss's gradient is 0")
        return
    if family == "softmax":
        yield from _softmax_family(case, reading)
        if act == "log_softmax" and _softmax_again(case):
            yield _found("log_softmax_twice", "the loss takes a log_softmax of its own")
    elif family == "sigmoid":
        yield from _sigmoid_family(case, reading)
    elif family == "of_p":
        yield from _function_of_p(case, reading)
    elif family == "absolute_error" and _hundredfold(reading):
        yield _found("arguments_swapped", "the loss is linear in p, a hundred times its size")
    elif family == "squared_error" or family == "absolute_error":
        yield from _squares(case, reading)
    elif family == "temperature":
        T = reading.extra["T"]
        evidence = f"the gradient fits softmax(z / T) with T = {T:.3g}"
        sure = case.act in ("softmax", "sigmoid")
        yield _found("temperature", evidence, None if not sure else "suspicion")
    elif family in ("nll_of_probabilities", "nll_of_sigmoid"):
        value = reading.extra["values"][0]
        if value < 0:
            yield _found("nll_of_probabilities", f"at random logits the loss is {value:.3g}")
        else:
            yield from _bounded(case, linear=True)
    elif family == "reverse_kl":
        evidence = "the gradient is that of KL(model, targets), the targets in the logarithm"
        yield _found("arguments_swapped", evidence, "suspicion")
    elif family == "arguments_swapped" and layout.kind == "binary" and float(case.labels.min()) < 0:
        yield _found("custom_loss", "linear in the outputs, as a critic's")
    elif family in FINDINGS and family != "custom":
        yield _named(case, family, reading)
    else:
        yield from _custom(case, reading)
    if family in ("softmax", "sigmoid") and act == "none" and _stuck_in_range(case):
        end = math.log(1 + (max(case.classes, 2) - 1) * math.exp(-2))
        evidence = "all outputs lie within -1 and 1, also with weights eight times as large;"
        yield _found("bounded_logits", f"{evidence} the loss cannot fall below {end:.3g}")
    if family in ("softmax", "sigmoid") and act == "none" and _relu_before_pooling(case):
        evidence = "the outputs are averages behind a ReLU: none can be below 0"
        yield _found("relu_on_logits", evidence, "suspicion" if family == "softmax" else None)
    yield from _before_the_squash(case)
    if act == "relu" and family != "relu_on_logits" and family in ("softmax", "sigmoid"):
        yield _found("relu_on_logits", "no output is below 0, and some are exactly 0")


def _softmax_again(case: _Case) -> bool:
    """Whether adding a constant to the outputs themselves leaves the loss as it is."""
    (u,) = case._logits(1)
    first, _ = case.probe(u, act="none")
    shifted, _ = case.probe(u + 1.0, act="none")
    return abs(float(first - shifted)) < 1e-4 * max(abs(float(first)), 1e-3)


def _stuck_in_range(case: _Case) -> bool:
    """Whether outputs within -1 and 1 stay there when all weights grow, as a cosine does."""
    z = case.z.detach().double()
    top = float(z.abs().max())
    if not 0.05 < top <= 1.0001 or float(z.std()) < 1e-3:
        return False
    with torch.no_grad():
        for _, parameter in case.parameters:
            parameter.data.mul_(8)
        grown = _leaves(case.forward())[case.chosen[0]].double()
    case.state.restore()
    return float(grown.abs().max()) <= 1.0001 and float(grown.abs().max()) < 2 * top + 0.2


def _before_the_squash(case: _Case) -> Iterator[Finding]:
    """A softmax, sigmoid, ReLU or tanh just before the model's own softmax or sigmoid."""
    operations = list(itertools.islice(_operations(case.z), 2))
    if case.act not in ("softmax", "log_softmax", "sigmoid", "log_sigmoid") or len(operations) < 2:
        return
    last, before = operations
    if case.act.replace("_", "") not in last:
        return
    second = "sigmoid_twice" if "sigmoid" in last else "sigmoid_before_softmax"
    names = {"softmaxbackward": "softmax_twice", "sigmoidbackward": second}
    names |= {"relubackward": "relu_on_logits", "tanhbackward": "bounded_logits"}
    for start, name in names.items():
        if before.startswith(start):
            words = f"the model's last operations are {start.removesuffix('backward')}"
            yield _found(name, f"{words} and {case.act.replace('_', ' ')}")


def _relu_before_pooling(case: _Case) -> bool:
    """Whether no output is below 0 because a ReLU stands behind the last layer, then a mean."""
    z = case.z.detach()
    last = _last_operation(case.z, ("pool", "mean", "sum", "max"))
    return last.startswith("relubackward") and float(z.min()) >= 0 and float(z.std()) > 0


def _hundredfold(reading: _Reading) -> bool:
    """Whether labels stand in the logarithm: PyTorch caps it at -100, and 100 is the weight."""
    return abs(float(reading.weight.double().mean()) * reading.weight.numel() - 100) < 2


def _bounded(case: _Case, linear: bool) -> Iterator[Finding]:
    """A loss that is a function of p: does it end at 0, as a robust one, or above?"""
    q = case.layout.targets(case.labels, case.classes)
    value, _ = case.probe(40 * q.to(case._cache["probe_dtype"]))
    if linear and float(value) > 0.05:
        evidence = f"the loss is linear in the probabilities and ends at {float(value):.3g}"
        yield _found("arguments_swapped", evidence)
    else:
        yield _found("robust_loss", "the gradient's weight grows with the right class's p")


def _named(case: _Case, family: str, reading: _Reading) -> Finding:
    act, classes = case.act, case.classes
    value = reading.extra.get("values", [math.nan])[0]
    by_model = "" if act == "none" else f"the model ends with a {act.replace('_', ' ')}; "
    if reading.weight is not None and float(reading.weight.sum()) < 0:
        by_model += "with the wrong sign; "
    if family == "softmax_twice":
        end = math.log(math.e + classes - 1) - 1
        evidence = (
            f"perfect logits give {end:.4f} and not 0, {classes} equal ones {math.log(classes):.4f}"
        )
    elif family == "sigmoid_before_softmax":
        end = math.log(math.e + classes - 1) - 1
        evidence = f"perfect logits give {end:.4f} and not 0"
    elif family == "relu_on_logits" and act == "relu":
        z = case.z.detach()
        evidence = f"{_share((z == 0).sum(), z.numel())} outputs are exactly 0, none is below"
    elif family == "bounded_logits":
        end = math.log(1 + (max(classes, 2) - 1) * math.exp(-2))
        if case.layout.kind == "binary":
            end = math.log(1 + math.exp(-1))
        evidence = f"perfect logits give {end:.4f} and not 0"
    elif family == "nll_of_logits":
        evidence = (
            f"the gradient is -q, whatever the logits; at random logits the loss is {value:.3g}"
        )
    elif family == "softmax_wrong_axis" or family == "class_axis":
        evidence = f"the gradient is that of {reading.detail}"
    else:
        evidence = "the gradient at random logits is exactly that of this mistake"
    return _found(family, by_model + evidence)


def _wrong_axis_in_model(case: _Case) -> Iterator[Finding]:
    z, layout = case.z.detach().double(), case.layout
    if z.ndim < 2 or layout.kind not in ("index", "soft") or case.act == "softmax":
        return
    for axis in range(z.ndim):
        if axis == layout.axis % z.ndim or z.shape[axis] < 2:
            continue
        sums = bool((z >= 0).all()) and bool(((z.sum(axis) - 1).abs() < 2e-3).all())
        logs = bool((z <= 0).all()) and bool((z.logsumexp(axis).abs() < 2e-3).all())
        if axis and (sums or logs):
            with contextlib.suppress(_Skip):
                if case.reading.family == "custom":
                    continue  # perhaps it is the labels' shape that fits by chance
        if sums or logs:
            evidence = f"the model's outputs sum to 1 over axis {axis}, of shape {tuple(z.shape)}"
            yield _found("softmax_wrong_axis", evidence)
            return


def _softmax_family(case: _Case, reading: _Reading) -> Iterator[Finding]:
    weight, target, y = reading.weight, reading.target, case.flat
    counted = weight != 0
    layout, classes = case.layout, case.classes
    total = float(weight.sum())
    if layout.kind == "soft":
        rows = layout.rows(case.labels).double()
        sums = rows.sum(1)
        uneven = float((sums - 1).abs().max()) > 0.01 or float(rows.min()) < -0.01
        if uneven and abs(total - 1) < 1e-3 and abs(float(sums.mean()) - 1) > 0.01:
            yield _found("soft_targets", "the loss divides each row of targets by its sum")
            return
        if uneven:
            if _whole(rows) and float(rows.min()) >= 0 and float(rows.max()) <= 1:
                evidence = f"{_share((sums > 1).sum(), len(sums))} rows hold more than one 1"
                yield _found("softmax_for_several_labels", evidence)
            else:
                evidence = f"targets from {float(rows.min()):.3g} to {float(rows.max()):.3g}; a row"
                evidence += f" sums to {float(sums.min()):.3g} to {float(sums.max()):.3g}"
                yield _found("targets_not_probabilities", evidence)
            return
    several = len(_leaves(case.y)) > 1  # weights or actions with advantages, for example
    if (weight[counted] < 0).all():
        yield _found("sign_flipped", "the gradient is -(p - q): the right logit raises the loss")
        return
    if several:
        return
    mass = reading.extra.get("mass")
    if layout.kind == "binary":
        return
    q = layout.targets(case.labels, classes)
    if mass is not None:
        off = (mass - 1).abs()
        evidence = f"the targets of a row sum to {float(mass.min()):.3g} to {float(mass.max()):.3g}"
        if float(off.max()) > 0.01:
            yield _found("targets_not_probabilities", evidence)
        return
    if float(target[counted].min()) < -0.02:
        evidence = f"a target of {float(target[counted].min()):.3g}, below 0"
        yield _found("targets_not_probabilities", evidence)
        return
    if layout.kind == "soft":
        same = float((target - q)[counted].abs().max()) < 0.02
        hot = bool((q.max(1).values == 1).all())
        if same and not hot:
            floor = float(-(torch.xlogy(q, q)).sum(1).mean())
            yield _found(
                "soft_targets", f"the targets' entropy, where the loss ends, is {floor:.3g}"
            )
    if layout.kind == "index" or bool((q.max(1).values == 1).all()):
        labels = q.argmax(1)
        right = (target.argmax(1) == labels) & counted
        inside = counted & (q.sum(1) > 0)
        rest = target[inside].clone()
        rest.scatter_(1, labels[inside][:, None], 0)
        mean_rest = float(rest.sum(1).mean()) if inside.any() else 0.0
        if inside.any() and right[inside].all() and mean_rest > 1e-3:
            spread = float(rest.sum(0).std() / rest.sum(0).mean().clamp_min(1e-9))
            epsilon = mean_rest * classes / (classes - 1)
            evidence = f"{mean_rest:.3g} of each target lies on the other classes"
            evidence += f": label smoothing of {epsilon:.3g}" if classes > 1 else ""
            yield _found("label_smoothing", evidence)
            uneven = _uneven_rest(rest, labels[inside], classes)
            if uneven > 1.2 and spread > 0:
                evidence = f"of the smoothed share, some classes get {uneven:.2g} times as much"
                yield _found("weights_with_smoothing", evidence)
    yield from _averages(case, weight, counted, total, y)


def _uneven_rest(rest, labels, classes: int) -> float:
    """How much more of the smoothed share the heaviest class gets than the lightest."""
    per_class = []
    for k in range(min(classes, 200)):
        others = labels != k
        if others.any():
            per_class.append(float(rest[others][:, k].mean()))
    low = min(per_class, default=0.0)
    return max(per_class, default=0.0) / low if low > 1e-9 else 1.0


def _padding(case: _Case, y):
    """(which rows are padding, how that is known), from ignore_index, -100 or the ends of rows."""
    if case.ignore_index is not None:
        return y == case.ignore_index, f"ignore_index={case.ignore_index}"
    if bool((y == -100).any()):
        return y == -100, "label -100"
    labels = case.labels
    if (
        labels.ndim != 2
        or labels.shape[1] < 4
        or labels.shape[0] < 2
        or case.layout.kind != "index"
    ):
        return None, ""
    found = _tails(labels)
    if found is None:
        return None, ""
    return found[0].reshape(-1), f"runs of {found[1]} at the ends of rows"


def _tails(rows):
    """(where rows (N, T) end in runs of one value, that value), as padding does; else None."""
    value = rows[:, -1].mode().values
    tail = (rows == value).flip(1).int().cumprod(1).flip(1).bool()
    lengths = tail.sum(1)
    elsewhere = int(((rows == value) & ~tail).sum())
    varied = len(lengths.unique()) > 1 and int(lengths.max()) >= 3
    often = float((lengths > 0).double().mean()) >= 0.4
    return (tail, int(value)) if often and varied and elsewhere <= 0.02 * rows.numel() else None


def _averages(case: _Case, weight, counted, total: float, y) -> Iterator[Finding]:
    """Which examples count how much: sum or mean, padding, classes, rows."""
    M, kept = len(weight), int(counted.sum())
    y = _shifted(case, y, counted)
    padding, known = _padding(case, y) if case.layout.kind == "index" else (None, "")
    real = torch.ones_like(counted) if padding is None else ~padding
    collides = _collides(case, y, padding)
    if padding is not None and padding.any() and bool(counted[padding].any()) and not collides:
        evidence = f"{_share(padding.sum(), M)} labels are padding ({known}) and count"
        sure = case.ignore_index is not None or "-100" in known
        yield _found("padding_counted", evidence, "error" if sure else "suspicion")
        return
    if padding is not None and collides and not bool(counted[padding].any()):
        yield _found("class_ignored", f"{known}, and {collides}")
    elif kept < M:
        silent = ~counted & real
        if silent.any() and case.layout.kind == "index":
            yield from _ignored(case, y, silent, counted)
        elif padding is not None or case.layout.kind == "soft":
            yield _found("ignored_positions", f"{_share(M - kept, M)} positions do not count")
    even = weight[counted]
    level = bool((even.std() < 1e-3 * even.mean()).item()) if kept > 1 else True
    if level and kept:
        yield from _scale(case, float(even.mean()), kept, M)
        return
    by_class = _by_class(weight, y, counted) if case.layout.kind == "index" else None
    if by_class is not None:
        yield from _class_weights(by_class, y[counted])
        return
    by_row = _by_row(case, weight, counted)
    if by_row is not None:
        evidence = f"a position weighs {by_row[0]:.3g} in one row, {by_row[1]:.3g} in another"
        yield _found("mean_of_means", evidence)


def _shifted(case: _Case, y, counted):
    """The labels as the loss pairs them with the outputs: one step on, if it shifts them itself."""
    labels = case.labels
    if labels.ndim != 2 or case.layout.kind != "index" or len(y) != len(counted):
        return y
    target = case.reading.target.argmax(1).reshape(labels.shape)
    inside = counted.reshape(labels.shape)
    unused = case.ignore_index if case.ignore_index is not None else -100
    on = torch.cat([labels[:, 1:], torch.full_like(labels[:, :1], unused)], 1)
    here = float((target == labels)[inside].double().mean())
    there = float((target == on)[inside].double().mean())
    return on.reshape(-1) if there > 0.98 and here < 0.9 and not inside[:, -1].any() else y


def _collides(case: _Case, y, padding) -> str:
    """Why the ignored label looks like a real class; empty if it does not."""
    if padding is None or case.ignore_index is None or not 0 <= case.ignore_index < case.classes:
        return ""
    labels = case.labels
    if labels.ndim == 1 and labels.shape[0] == len(case.z):
        return f"{_share(padding.sum(), len(y))} examples bear this label"
    if labels.ndim == 2:
        at = padding.reshape(labels.shape)
        tail = at.flip(1).int().cumprod(1).flip(1).bool()
        head = at.int().cumprod(1).bool()
        middle = at & ~tail & ~head
        if int(middle.sum()) > 0.02 * labels.numel() and bool(tail.any() or middle.any()):
            return f"it stands {int(middle.sum())} times in the middle of a row"
    return ""


def _ignored(case: _Case, y, silent, counted) -> Iterator[Finding]:
    """Positions without weight that are not known as padding: a whole class?"""
    values = torch.unique(y[silent])
    whole = [int(v) for v in values if not bool(counted[y == v].any())]
    inside = [v for v in whole if 0 <= v < case.classes]
    share = _share(silent.sum(), len(y))
    if len(whole) == len(values) and len(whole) <= max(1, case.classes // 10) and inside:
        labels = case.labels
        tail = None
        if labels.ndim == 2:
            at = silent.reshape(labels.shape)
            tail = at == at.flip(1).int().cumprod(1).flip(1).bool()
        if tail is not None and tail.all():
            yield _found(
                "ignored_positions", f"{share}, all at the ends of rows: label {inside[0]}"
            )
        else:
            yield _found("class_ignored", f"label {inside[0]} ({share}) has weight 0")
    else:
        yield _found("ignored_positions", f"{share} positions do not count")


def _scale(case: _Case, each: float, kept: int, M: int) -> Iterator[Finding]:
    total = each * kept
    N = len(case.labels) if case.labels.ndim else 1
    if abs(total - 1) < 1e-3:
        return
    if kept < M and abs(each * M - 1) < 1e-3:
        evidence = f"the weights of the {kept} positions that count sum to {total:.4g}, not to 1"
        yield _found("divided_by_padding", evidence)
    elif abs(each - 1) < 1e-3 and kept > 1:
        yield _found("summed", f"each of {kept} examples weighs 1, and not 1/{kept}")
    elif abs(each * N - 1) < 1e-3 and kept > N:
        evidence = f"summed over {kept // N} positions, averaged over {N} rows"
        yield _found("summed", evidence, "note")
    elif kept > 4 and (abs(total * kept - 1) < 1e-3 or abs(total * N - 1) < 1e-3):
        yield _found("divided_twice", f"the weights of {kept} examples sum to {total:.3g}")
    elif case.classes > 1 and abs(total * case.classes - 1) < 1e-3 and case.layout.kind == "soft":
        yield _found("kl_mean", f"the weights sum to 1/{case.classes}")
    else:
        yield _found("scaled", f"the loss is {total:.4g} times the mean")


def _by_class(weight, y, counted):
    """The weight of each class, if all examples of a class weigh the same; else None."""
    found = {}
    for label in torch.unique(y[counted]).tolist()[:5000]:
        inside = weight[counted & (y == label)]
        if len(inside) > 1 and float(inside.max() - inside.min()) > 1e-3 * float(
            inside.mean().abs()
        ):
            return None
        found[label] = float(inside.mean())
    repeated = len(found) < int(counted.sum())
    return found if len(found) > 1 and repeated else None


def _class_weights(by_class: dict, y) -> Iterator[Finding]:
    smallest = min(by_class.values())
    relative = {label: w / smallest for label, w in by_class.items()} if smallest > 0 else by_class
    counts = {label: int((y == label).sum()) for label in by_class}
    shown = ", ".join(f"{label}: {w:.3g}" for label, w in sorted(relative.items())[:5])
    often, seldom = max(counts, key=counts.get), min(counts, key=counts.get)
    ranks = [sorted(d, key=d.get) for d in (by_class, counts)]
    place = {label: i for i, label in enumerate(ranks[0])}
    other = {label: i for i, label in enumerate(ranks[1])}
    middle = (len(place) - 1) / 2
    same_way = sum((place[k] - middle) * (other[k] - middle) for k in place)
    spread = sum((place[k] - middle) ** 2 for k in place)
    clear = counts[often] >= 2 * counts[seldom] and by_class[often] > 1.5 * by_class[seldom]
    if clear and same_way > 0.5 * spread:
        evidence = (
            f"class {often} ({counts[often]} examples) weighs"
            f" {by_class[often] / by_class[seldom]:.3g} times class {seldom} ({counts[seldom]})"
        )
        yield _found("weights_inverted", evidence)
    else:
        yield _found("class_weights", f"relative weights {shown}")


def _by_row(case: _Case, weight, counted):
    labels = case.labels
    if labels.ndim != 2 or case.layout.kind != "index":
        return None
    w, c = weight.reshape(labels.shape), counted.reshape(labels.shape)
    means = []
    for row, inside in zip(w, c, strict=True):
        if inside.any():
            if float(row[inside].max() - row[inside].min()) > 1e-3 * float(row[inside].mean()):
                return None
            means.append(float(row[inside].mean()) * int(inside.sum()))
    if len(means) < 2 or max(means) - min(means) > 1e-3 * max(means):
        return None
    each = [float(row[inside].mean()) for row, inside in zip(w, c, strict=True) if inside.any()]
    return min(each), max(each)


def _sigmoid_family(case: _Case, reading: _Reading) -> Iterator[Finding]:
    weight, target = reading.weight, reading.target
    layout = case.layout
    q = layout.targets(case.labels, case.classes)
    counted = weight != 0
    if bool((weight[counted] < 0).all()):
        yield _found("sign_flipped", "the gradient is -(p - q): the right logit raises the loss")
        return
    if _whole(q) and set(q[counted].unique().tolist()) == {-1.0, 1.0}:
        q = (q + 1) / 2
    if bool(((q < 0) | (q > 1))[counted].any()):
        return
    known = (q >= 0) & (q <= 1)  # others stand for labels that nobody gave, and do not count
    ones, zeros = known & (q > 0.99), known & (q < 0.01)
    hard = bool((ones | zeros)[known].all())
    if hard and ones.any() and zeros.any() and bool((weight[zeros] == 0).all()):
        yield _found("half_of_the_loss", "examples with label 0 have no gradient")
        return
    if hard and ones.any() and zeros.any() and bool((weight[ones] == 0).all()):
        yield _found("half_of_the_loss", "examples with label 1 have no gradient")
        return
    if layout.kind in ("index", "soft"):
        yield _found("sigmoid_per_class", f"{case.classes} sigmoids, one label an example")
    if hard and float((target - q)[counted].abs().max()) > 0.6:
        flipped = float(((target > 0.5) != (q > 0.5))[counted].double().mean())
        if flipped == 1:
            yield _found("sign_flipped", "0 and 1 have changed places in the loss")
            return
        yield from _broadcasted(case)
        return
    if not hard and float((target - q)[counted].abs().max()) < 0.02:
        yield _found("soft_targets", "the targets lie between 0 and 1")
    elif hard and counted.any():
        epsilon = float((target - q)[counted].abs().mean())
        if epsilon > 1e-3:
            yield _found("label_smoothing", f"targets {epsilon:.3g} and {1 - epsilon:.3g}")
    N, size, total = len(case.labels), int(counted.sum()), float(weight.sum())
    if hard and counted.all() and ones.any() and zeros.any():
        up, down = float(weight[ones].mean()), float(weight[zeros].mean())
        level = all(
            float(w.max() - w.min()) < 1e-3 * float(w.mean()) for w in (weight[ones], weight[zeros])
        )
        if level and abs(up / down - 1) > 1e-2 and layout.kind == "binary":
            labels = q.reshape(-1).long()
            yield from _class_weights({0: down, 1: up}, labels)
            if abs(down - 1) < 1e-3 or abs(up - 1) < 1e-3:
                yield _found("summed", f"each of {size} outputs weighs 1 or more")
            return
    if size < weight.numel():
        share = _share(weight.numel() - size, weight.numel())
        yield _found("ignored_positions", f"{share} outputs do not count")
    each = weight[counted]
    if size > 1 and float(each.max() - each.min()) < 1e-3 * float(each.mean()):
        one = float(each.mean())
        if abs(one - 1) < 1e-3 and size > 1:
            yield _found("summed", f"each of {size} outputs weighs 1, and not 1/{size}")
        elif size < weight.numel() and abs(one * weight.numel() - 1) < 1e-3:
            yield _found("divided_by_padding", f"the weights that count sum to {total:.4g}")
        elif abs(total - 1) > 1e-3 and abs(one * N - 1) > 1e-3:
            yield _found("scaled", f"the loss is {total:.4g} times the mean")


def _function_of_p(case: _Case, reading: _Reading) -> Iterator[Finding]:
    value = min(reading.extra["values"])
    if reading.extra["sign"] < 0:
        severity = "error" if value < 0 else "suspicion"  # "not this class" may be meant
        yield _found("sign_flipped", "the right logit raises the loss", severity)
    elif reading.extra["proportional"] and value < 0:
        yield _found("nll_of_probabilities", f"the loss is -p: {value:.3g} at random logits")
    elif reading.extra["cap"]:
        eps = reading.extra["cap"]
        evidence = f"the gradient's weight is p / (p + {eps:.2g}), the loss -log(p + {eps:.2g})"
        yield _found("capped_log", evidence)
    elif reading.extra["rising"]:
        yield from _bounded(case, reading.extra["proportional"])
    else:
        yield _found("focal_loss", "the gradient's weight falls with the right class's p")


def _squares(case: _Case, reading: _Reading) -> Iterator[Finding]:
    name = reading.family.replace("_", " ")
    if float(reading.weight.sum()) < 0:
        yield _found("sign_flipped", f"a {name} with the wrong sign")
        return
    y = case.labels
    if case.layout.kind == "binary" and y.numel() == len(y):
        values = torch.unique(y)
        if not _whole(y):
            yield _found("custom_loss", f"a {name} of real targets: a regression")
        elif len(values) > 2:
            evidence = f"one output, {len(values)} classes, a {name}"
            yield _found("regression_on_labels", evidence)
        else:
            yield _found("squared_error", f"the gradient is that of a {name} of one output")
        return
    if case.layout.kind == "binary" and not _whole(y):
        yield _found("custom_loss", f"a {name} of real targets: a regression")
        return
    yield _found("squared_error", f"the gradient is that of a {name} against the 0/1 targets")


def _custom(case: _Case, reading: _Reading) -> Iterator[Finding]:
    """What can be asked of any loss: labels in use, each row with its own, the right sign."""
    q = case.layout.targets(case.labels, case.classes)
    found = list(_broadcasted(case))
    yield from found
    if found:
        return
    pulls = []
    for u in case._logits(3):
        _, gradient = case.probe(u)
        if case.layout.kind == "binary":
            inside = (q == 0) | (q == 1)
            pull = ((2 * q - 1) * gradient)[inside] if inside.any() else torch.zeros(1)
        else:
            pull = ((q - q.mean(1, keepdim=True)) * gradient).sum(1)[q.sum(1) > 0]
        pulls.append(pull.double())
    pull = torch.cat([p.reshape(-1) for p in pulls])
    moving = pull[pull.abs() > 1e-12 * pull.abs().max().clamp_min(1e-30)]
    wrong_way = len(moving) and float((moving > 0).double().mean()) > 0.95
    if wrong_way and len(case.labels.unique()) > 1:  # else y is only there to be something
        yield _found("sign_flipped", "raising the right logit raises the loss")
        return
    yield from _squashed_twice(case, q) or [
        _found("custom_loss", reading.detail or "its gradient is no multiple of p - q")
    ]


def _squashed_twice(case: _Case, q) -> list[Finding]:
    """A softmax or sigmoid too many, before a loss that is not the plain cross-entropy."""
    binary = case.layout.kind == "binary"
    if not bool(((q == 0) | (q == 1)).all()):
        return []
    dtype = case._cache["probe_dtype"]
    right = ((2 * q - 1) * 15).to(dtype)

    def at(u, act):
        with contextlib.suppress(_Skip, RuntimeError, ValueError):
            return float(case.probe(u, act=act)[0])
        return math.nan

    if case.act in ("softmax", "sigmoid"):  # does the loss take outputs beyond 0 and 1 for better?
        best, beyond = at(q.to(dtype), "none"), at(right, "none")
        worst = at(-right, "none")
        if best > 0.01 and beyond < 0.02 * best and worst > 5 * best:
            name = "sigmoid_twice" if case.act == "sigmoid" else "softmax_twice"
            if case.act == "sigmoid" and not binary:
                name = "sigmoid_before_softmax"
            evidence = f"the model ends with a {case.act}; perfect outputs give {best:.3g}, and"
            return [_found(name, f"{evidence} logits of 15 {beyond:.2g}: the loss takes logits")]
    once, twice, thrice = (at(k * q.to(dtype), "none") for k in (1, 2, 3))
    straight = abs(thrice - 2 * twice + once) < 0.05  # a margin of scores, and no overlap
    if case.act == "none" and abs(once) < 0.02 and twice < -0.05 and not straight:
        evidence = "outputs of exactly 0 and 1 give 0, and outputs of 2 for 1 less than 0:"
        return [_found("logits_as_probabilities", f"{evidence} the loss takes probabilities")]
    y, far = case.labels, torch.full_like(q, 20.0).to(dtype)
    full = lambda v: _map(lambda x: torch.full_like(x, v) if x is y else x, case.y)  # noqa: E731
    if case.act == "sigmoid" and binary:  # a part that takes logits, beside one that does not
        with contextlib.suppress(_Skip, RuntimeError, ValueError):
            one, zero = (
                float(case.probe(torch.full_like(far, v), act="none", y=full(v))[0]) for v in (1, 0)
            )
            if zero > 0.01 and abs(one / zero - math.log1p(math.exp(-1)) / math.log(2)) < 0.005:
                evidence = f"outputs of exactly 1 and 0 still cost {one:.3g} and {zero:.3g}"
                return [_found("sigmoid_twice", f"the model ends with a sigmoid; {evidence}")]
    if case.act == "softmax":
        end = math.log(math.e + case.classes - 1) - 1
        if abs(at(q.to(dtype), "none") - end) < 1e-3 * end:
            evidence = f"the model ends with a softmax; perfect outputs give {end:.4f}"
            return [_found("softmax_twice", evidence)]
    if case.act in ("softmax", "sigmoid"):
        return []
    if binary:
        with contextlib.suppress(_Skip, RuntimeError, ValueError):
            fine, wrong, other = (
                float(case.probe(u, act="none", y=full(v))[0])
                for u, v in ((far, 1), (-far, 1), (-far, 0))
            )
            if fine > 0.01 and abs(wrong - other) < 1e-4 * wrong:
                evidence = f"perfect logits give {fine:.3g} and {other:.3g}, not 0"
                return [_found("sigmoid_twice", evidence)]
        return []
    known = {"softmax_twice": torch.softmax, "sigmoid_before_softmax": lambda u, _: u.sigmoid()}
    for name, squash in known.items():
        offs = []
        for u in case._logits(3):
            _, gradient = case.probe(u)
            slope = _slope(lambda u, f=squash: -(q * f(u, -1).log_softmax(-1)).sum(), u.double())
            scale = (slope * gradient).sum(1) / (slope * slope).sum(1).clamp_min(1e-300)
            off = (gradient - scale[:, None] * slope).abs().max() / gradient.abs().max()
            offs.append(float(off))
        if max(offs) < 1e-3:
            evidence = "each row's gradient points where that of this mistake points"
            return [_found(name, evidence)]
    return []


def _broadcasted(case: _Case) -> Iterator[Finding]:
    """Other labels, permuted labels: does the loss change?"""
    y = case.labels
    if len(_leaves(case.y)) != 1 or len(y) < 3:
        return
    generator = torch.Generator().manual_seed(3)
    order = torch.randperm(len(y), generator=generator).to(y.device)
    if bool((y[order] == y).all()):
        order = torch.arange(len(y) - 1, -1, -1, device=y.device)
    if bool((y[order] == y).all()):
        return
    swap = lambda new: _map(lambda leaf: new if leaf is y else leaf, case.y)  # noqa: E731
    (u,) = case._logits(1)
    first, slope = case.probe(u)
    permuted, other = case.probe(u, y=swap(y[order]))
    if not abs(float(first - permuted)) <= 1e-6 * max(abs(float(first)), 1e-3):
        return
    if _whole(y) and len(y.unique()) == y.numel():
        return  # numbers of the examples, as contrastive losses have them
    table = case.z.numel() == y.numel()  # each output against each label
    if not table and not _same(slope, other, 1e-5):
        return
    values = [first, permuted]
    for constant in (y.max(), y.min()):
        values.append(case.probe(u, y=swap(torch.full_like(y, constant.item())))[0])
    if not all(math.isfinite(float(v)) for v in values):
        return
    if max(abs(float(first - v)) for v in values) > 1e-6 * max(abs(float(first)), 1e-3):
        shapes = f"outputs {tuple(case.z.shape)}, labels {tuple(y.shape)}"
        evidence = f"{shapes}; permuting the labels alone changes nothing"
        yield _found("broadcast", evidence, "error" if table else "suspicion")
    else:
        yield _found("labels_unused", "other labels, and the loss is the same")


def _ask_labels_matter(case: _Case) -> Iterator[Finding]:
    """For the losses that were recognised too: permuting the labels alone must change the loss."""
    _needs_run(case)
    if case.reading.family in ("custom", "constant"):
        return
    yield from _broadcasted(case)


def _ask_numbers(case: _Case) -> Iterator[Finding]:
    """Large logits: finite, and not capped? Is the loss itself in half precision?"""
    _needs_run(case)
    value, z = case.value_now.detach(), case.z.detach()
    bad = int((~torch.isfinite(z)).sum())
    if _half(value.dtype):
        step = torch.finfo(value.dtype).eps * max(abs(float(value)), 1e-3)
        yield _found("half_precision", f"the loss is {value.dtype}, steps of about {step:.2g}")
    elif case.layout.kind != "other" and case.reading and case.rounded and not _half(z.dtype):
        yield _found("half_precision", f"outputs in {z.dtype}, a gradient with bfloat16's digits")
    masked = torch.zeros_like(z).bool()
    if case.classes > 1 and bool(torch.isfinite(z).any()):
        masked = (z < -1e3) & (z < z[torch.isfinite(z) & (z > -1e3)].max() - 1e3)
    weights_bad = [n for n, p in case.parameters if not torch.isfinite(p).all()]
    if weights_bad:
        yield _found("nonfinite_output", f"weights of {weights_bad[0]} are not finite")
        return
    if masked.any() and not bool((torch.isnan(z) | (z == math.inf)).any()):
        yield from _masked(case, value, z, masked)
        return
    if not bad and case.classes > 1 and not (torch.isfinite(value) and float(value) < 100):
        yield from _masked_in_loss(case, float(value))
    if bad or not torch.isfinite(value):
        if _half(z.dtype) or any(_half(x.dtype) for x in _leaves(case.X)):
            yield _found("half_overflow", f"{bad} outputs in {z.dtype} are not finite")
        elif not bad:
            evidence = (
                f"finite outputs up to {float(z.abs().max()):.3g}, the loss is {float(value)}"
            )
            unstable = case.act in ("softmax", "sigmoid") or float(z.abs().max()) > 10
            yield _found("unstable" if unstable else "logits_as_probabilities", evidence)
        else:
            yield _found("nonfinite_output", f"{bad} of {z.numel()} outputs are not finite")
        return
    yield from _extremes(case)


def _masked(case: _Case, value, z, masked) -> Iterator[Finding]:
    rows, covered = case.layout.rows(z), case.layout.rows(masked)
    q = case.layout.targets(case.labels, case.classes)
    own = (covered & (q > 0.5)).any(1)
    huge = not torch.isfinite(value) or float(value) > 100
    if own.any() and huge:
        evidence = f"{_share(own.sum(), len(rows))} labels are masked themselves; the loss is"
        yield _found("masked_classes", f"{evidence} {float(value):.3g}")
    elif huge:
        evidence = f"{int(covered.sum())} masked logits; the loss is {float(value):.3g}"
        yield _found("masked_classes", evidence)


def _masked_in_loss(case: _Case, value: float) -> Iterator[Finding]:
    """A loss that is huge at usual outputs, and never looks at some classes' logits."""
    (u,) = case._logits(1)
    _, gradient = case.probe(u)
    silent = (gradient == 0).all(0) if bool(torch.isfinite(gradient).all()) else None
    if silent is not None and silent.any() and not silent.all():
        evidence = f"{_share(silent.sum(), case.classes)} classes have no gradient; the loss is"
        yield _found("masked_classes", f"{evidence} {value:.3g}")


def _extremes(case: _Case) -> Iterator[Finding]:
    """Logits right by 200 and wrong by 200, in the outputs' own dtype."""
    layout, reading = case.layout, case.reading
    if layout.kind not in ("index", "soft", "binary") or reading.family == "constant":
        return
    q = layout.targets(case.labels, case.classes)
    if layout.kind == "binary" and (float(q.min()) < -1 or float(q.max()) > 1):
        return  # counts or measurements: no logit is right or wrong
    if layout.kind == "soft" and not bool((q.max(1).values == 1).all()):
        q = torch.nn.functional.one_hot(q.argmax(1), case.classes).double()
    dtype = torch.float32 if case.z.dtype == torch.float64 else case.z.dtype
    sign = (2 * (q > 0.5).double() - 1) if layout.kind == "binary" else q
    if reading.family == "custom":
        near, far = (float(case.probe(s * sign.to(case._cache["probe_dtype"]))[0]) for s in (3, 20))
        if far > near + abs(near):
            return  # larger logits are no better: it is no loss of decisions
    results = {}
    for far in (200.0, -200.0):
        u = (far * sign).to(dtype)
        with contextlib.suppress(_Skip):
            value, gradient = case.probe(u, dtype=case.z.dtype)
            results[far] = float(value), float(gradient.double().abs().max())
            if not math.isfinite(float(value)) or not bool(torch.isfinite(gradient).all()):
                word = "right" if far > 0 else "wrong"
                evidence = f"logits {word} by 200: the loss is {float(value):.3g}"
                if math.isfinite(float(value)):
                    evidence += ", its gradient is not finite"
                if _half(dtype) and reading.family in ("softmax", "sigmoid"):
                    yield _found("half_overflow", f"{evidence} in {dtype}")
                else:
                    plain = reading.family in ("softmax", "sigmoid", "custom", "focal_loss")
                    if reading.family == "of_p" and math.isfinite(float(value)):
                        return  # p to a power: only where p is exactly 0, and so in all such losses
                    built_in = "soft_margin" in repr(case.loss).replace("SoftMargin", "soft_margin")
                    sure = plain and not math.isfinite(float(value)) and not _explodes(case, sign)
                    if not built_in:
                        yield _found("unstable", evidence, "error" if sure else "suspicion")
                return
    if reading.family not in ("softmax", "sigmoid") or -200.0 not in results:
        return
    total = float(reading.weight.sum())
    expected, reached = _expected(case, -200.0 * sign), results[-200.0][0]
    if total > 0 and reached < 0.75 * expected:
        reached /= total
        per = f"logits wrong by 200: the loss is {reached:.4g}"
        per += f" and its gradient {results[-200.0][1]:.2g}"
        if case.act in ("sigmoid", "softmax") and reached > 15:
            yield _found("sigmoid_in_the_model", per)
        else:
            yield _found("capped_log", f"{per}; exp(-{reached:.4g}) = {math.exp(-reached):.1e}")


def _explodes(case: _Case, sign) -> bool:
    """Whether the loss itself grows exponentially with the mistake, as AdaBoost's does."""
    dtype = case._cache["probe_dtype"]
    near, far = (float(case.probe(-s * sign.to(dtype))[0]) for s in (20, 30))
    return math.isfinite(far) and abs(far) > 100 * abs(near)


def _expected(case: _Case, u) -> float:
    """The loss at u, were it for every logit what it is for moderate ones."""
    weight, target = case.reading.weight, case.reading.target
    if case.reading.family == "softmax":
        return float((weight[:, None] * target * -u.log_softmax(1)).sum())
    each = torch.nn.functional.binary_cross_entropy_with_logits(u, target, reduction="none")
    return float((weight * each).sum())


def _ask_time(case: _Case) -> Iterator[Finding]:
    """Token models: which input is the target at t, and does the output at t look ahead?"""
    _needs_run(case)
    y = case.labels
    texts = [x for x in _leaves(case.X) if not x.is_floating_point() and x.ndim == 2]
    if not texts or case.layout.kind != "index" or y.numel() == len(y):
        raise _Skip("asked for tokens with a label each")
    texts = [x for x in texts if case.z.numel() // case.classes == x.numel() and x.shape[1] > 3]
    if not texts or case.reading.family != "softmax":
        raise _Skip("asked where each token has its own cross-entropy")
    tokens = texts[0]
    target = case.reading.target.argmax(1).reshape(tokens.shape)
    counted = (case.reading.weight != 0).reshape(tokens.shape)
    match, length = {}, tokens.shape[1]
    for shift in range(-2, 4):
        at = slice(max(0, -shift), length - max(0, shift))
        ahead = slice(max(0, shift), length + min(0, shift))
        inside = counted[:, at]
        same = (target[:, at] == tokens[:, ahead]) & inside
        match[shift] = float(same.sum() / inside.sum().clamp_min(1))
    for other in _leaves(case.X):  # a decoder that is fed its target, one step behind
        beside = other is not tokens and other.shape == tokens.shape
        beside = beside and not torch.equal(other, y)
        if beside and bool(((target[:, :-1] == other[:, 1:]) | ~counted[:, :-1]).all()):
            return
        fed = other is not tokens and other.shape == tokens.shape and torch.equal(other, y)
        if fed and _changes(case, other, case.layout.axis, [length // 2])[length // 2]:
            causal = not _looks_ahead(case, other, case.layout.axis)
            evidence = (
                "a second input holds the targets, and the output at t changes with that at t"
            )
            yield _found("targets_not_shifted", evidence, "error" if causal else "suspicion")
            return
    best = max(match, key=match.get)
    others = max(share for shift, share in match.items() if shift != best)
    if match[best] < 0.98 or others > 0.9:
        return
    evidence = f"the target at t is the input at t{best:+d} in {match[best]:.0%}"
    if best == 1:
        ahead = _looks_ahead(case, tokens, case.layout.axis)
        other = 3 - case.layout.axis
        square = case.z.ndim == 3 and case.z.shape[1] == case.z.shape[2]
        if ahead and square and not _looks_ahead(case, tokens, other):
            evidence = f"{tuple(case.z.shape)}: the loss takes axis {case.layout.axis} for the"
            yield _found("class_axis", f"{evidence} classes, which is that of the positions")
        elif ahead:
            yield _found("sees_the_future", f"{evidence}; {ahead}")
    elif best in (2, 3):
        yield _found("targets_shifted_twice", evidence)
    elif best <= 0:
        causal = not _looks_ahead(case, tokens, case.layout.axis)
        sure = "error" if causal and best == 0 else "suspicion"
        yield _found("targets_not_shifted", evidence, sure)


def _changes(case: _Case, tokens, axis: int, places: list[int]) -> list[bool]:
    """At which positions the output changes with the tokens at the given places."""
    changed = tokens.clone()
    changed[:, places] = tokens.flip(0)[:, places].roll(1, 1)
    if bool((changed == tokens).all()):
        changed[:, places] = tokens[:, :1]
    rows = lambda z: z.movedim(axis, -1).reshape(*tokens.shape, -1)  # noqa: E731
    swap = lambda leaf: changed if leaf is tokens else leaf  # noqa: E731
    first = rows(_leaves(case.forward(evaluate=True))[case.chosen[0]].detach())
    second = rows(_leaves(case.forward(_map(swap, case.X), evaluate=True))[case.chosen[0]].detach())
    return [not _same(first[:, t], second[:, t], 1e-4) for t in range(tokens.shape[1])]


def _looks_ahead(case: _Case, tokens, axis: int) -> str:
    """Where the output at t changes with the inputs after t; empty if nowhere."""
    middle, length = tokens.shape[1] // 2, tokens.shape[1]
    if not any(_changes(case, tokens, axis, list(range(middle, length)))[:middle]):
        return ""
    return f"other inputs from position {middle} on change outputs before it"


def _ask_masks(case: _Case) -> Iterator[Finding]:
    """Attention over padded tokens: does it leave out the padding, or all the rest?"""
    _needs_run(case)
    texts = [x for x in _leaves(case.X) if not x.is_floating_point() and x.ndim == 2]
    tails = [_tails(x) for x in texts if len(x) > 1 and x.shape[1] > 3]
    padded = {tail[0].shape: tail for tail in reversed(tails) if tail}
    attentions = [m for m in case.model.modules() if isinstance(m, torch.nn.MultiheadAttention)]
    if not padded or not attentions:
        raise _Skip("asked for attention over tokens with padding at the ends")
    masks = []

    def look(_module, args, kwargs):
        mask = kwargs.get("key_padding_mask", args[3] if len(args) > 3 else None)
        if mask is not None and mask.shape in padded:
            masks.append(mask if mask.dtype == torch.bool else mask == -math.inf)

    handles = [m.register_forward_pre_hook(look, with_kwargs=True) for m in attentions]
    try:
        case.forward()
    finally:
        for handle in handles:
            handle.remove()
    for mask in masks:
        tail, value = padded[mask.shape]
        out, kept = float(mask[~tail].double().mean()), float(mask[tail].double().mean())
        if out > 0.9 and kept < 0.1:
            evidence = f"{out:.0%} of the tokens are left out, and {kept:.0%} of the {value}s"
            yield _found("mask_inverted", f"{evidence} at the ends of rows")
            return


# --- Questions to the model -----------------------------------------------------------------------


def _training_modules(model) -> tuple[list[str], list[str]]:
    """Names of active dropout layers and of batch norms."""
    dropout = [
        n
        for n, m in model.named_modules()
        if isinstance(m, torch.nn.modules.dropout._DropoutNd) and m.p > 0
    ]
    dropout += [n for n, m in model.named_modules() if getattr(m, "dropout", 0) and _has_rate(m)]
    norm = [
        n
        for n, m in model.named_modules()
        if isinstance(m, torch.nn.modules.batchnorm._BatchNorm) and m.track_running_stats
    ]
    return dropout, norm


def _batch_norm(module) -> bool:
    return isinstance(module, torch.nn.modules.batchnorm._BatchNorm)


def _has_rate(module) -> bool:
    rate = module.dropout
    return isinstance(rate, float) and isinstance(
        module, (torch.nn.RNNBase, torch.nn.MultiheadAttention)
    )


def _ask_modes(case: _Case) -> Iterator[Finding]:
    """Is the model in evaluation mode? Does eval() turn everything random off?"""
    dropout, norm = _training_modules(case.model)
    if not case.training and case.step is None and (dropout or norm):
        evidence = "the model was handed over in evaluation mode"
        yield _found("evaluation_mode_in_training", evidence, "note")
    hasty = [
        m.momentum for m in case.model.modules() if _batch_norm(m) and (m.momentum or 0) > 0.89
    ]
    if hasty:
        yield _found("batch_norm_momentum", f"momentum={hasty[0]:.3g} in {len(hasty)} layers")
    strong = [
        n
        for n, m in case.model.named_modules()
        if isinstance(m, torch.nn.modules.dropout._DropoutNd) and m.p >= 0.9
    ]
    if strong:
        yield _found(
            "dropout_too_strong", f"{strong[0]} drops {case.model.get_submodule(strong[0]).p:.0%}"
        )
    _needs_run_model(case)
    first = _leaves(case.forward(evaluate=True))
    case.state.restore_attributes(case.model)
    torch.manual_seed(0)
    case.model.eval()
    second = _leaves(case.call(case.X))  # with other random numbers
    case.state.restore()
    if not all(_same(a.double(), b.double(), 1e-6) for a, b in zip(first, second, strict=True)):
        off = max(float((a - b).abs().max()) for a, b in zip(first, second, strict=True))
        yield _found("dropout_always_on", f"two passes in evaluation mode differ by {off:.3g}")
    elif case.training and case.failure is None:
        z = case.z.detach()
        calm = first[case.chosen[0]]
        zeros = (z == 0) & (calm != 0)
        if z.numel() >= 8 and float(zeros.double().mean()) > 0.02:
            evidence = f"{_share(zeros.sum(), z.numel())} outputs are set to 0 in training mode"
            yield _found("dropout_too_strong", evidence)


def _needs_run_model(case: _Case):
    if "output" not in case._cache:
        raise _Skip("the model does not run")


def _ask_mixing(case: _Case) -> Iterator[Finding]:
    """In evaluation mode: does an example's output change with the other examples?"""
    _needs_run_model(case)
    first = next((x for x in _leaves(case.X) if x.ndim), None)
    if first is None or len(first) < 3:
        raise _Skip("asked from 3 examples on")
    N = len(first)
    if len(case.z) != N:
        raise _Skip("the outputs are not one row an example")
    pairs = case.z.ndim == 2 and case.z.shape[1] == N and len(case.flat) == N
    if pairs and bool((case.flat.sort().values == torch.arange(N, device=case.flat.device)).all()):
        raise _Skip("every example is compared with every other on purpose")
    before = case.forward(evaluate=True)
    before = _leaves(before)[case.chosen[0]].detach().double()
    worst = 0.0
    for keep, source in ((0, N - 1), (N - 1, 0)):

        def others(leaf, keep=keep, source=source):
            if leaf.ndim == 0 or len(leaf) != N:
                return leaf
            new = leaf[source].expand_as(leaf).clone()
            new[keep] = leaf[keep]
            return new

        after = _leaves(case.forward(_map(others, case.X), evaluate=True))[case.chosen[0]]
        off = float((after[keep].detach().double() - before[keep]).abs().max())
        worst = max(worst, off / max(float(before.abs().max()), 1e-12))
    case.state.restore()
    if worst > 1e-3 and math.isfinite(worst):
        yield _found("examples_mixed", f"the output changes by {worst:.2g} of the largest")


def _ask_start(case: _Case) -> Iterator[Finding]:
    """Do inputs reach the output? Are units dead or alike? Is the first loss near ln K?"""
    _needs_run(case)
    yield from _reach(case)
    reading = case.reading
    if reading.family not in ("softmax", "sigmoid", "temperature") or reading.weight is None:
        return
    total = float(reading.weight.sum())
    usual = math.log(case.classes) if case.classes > 1 else math.log(2)
    first = float(case.value_now) / total if total > 0 else math.nan
    if total > 0 and case.act == "none" and reading.family != "temperature":
        # what the logits themselves cost: other heads and penalties stand apart
        first = min(first, _expected(case, case.layout.rows(case.z.detach().double())) / total)
    if reading.family == "sigmoid" and case.layout.kind != "binary":
        usual = math.log(2)
    floats = [x for x in _leaves(case.X) if x.is_floating_point() and x.ndim > 1]
    if floats and float(floats[0].abs().max()) > 15:
        x = floats[0]
        spread = float(x.double().std())
        scaled = _map(lambda leaf: leaf / spread if leaf is x else leaf, case.X)
        calm = float(case.loss_of(case.forward(scaled)).detach()) / total
        case.state.restore()
        logits = float(case.layout.rows(case.z.detach().double()).std())
        if (first > 1.3 * usual + 0.3 or logits > 3) and calm < 0.7 * first and spread > 5:
            evidence = (
                f"X reaches {float(x.abs().max()):.3g}, the first loss is {first:.3g};"
                f" with X divided by {spread:.3g} it is {calm:.3g} (ln K is {usual:.3g})"
            )
            case.scaled = scaled, calm * total, spread
            yield _found("inputs_unscaled", evidence)
            return
    if first > 2 * usual + 5:
        spread = float(case.layout.rows(case.z.detach().double()).std())
        evidence = (
            f"first loss {first:.3g}, ln K is {usual:.3g}; the logits' spread is {spread:.3g}"
        )
        yield _found("starts_too_confident", evidence)


def _reach(case: _Case) -> Iterator[Finding]:
    z = case.z.detach().double()
    x = next((x for x in _leaves(case.X) if x.ndim), None)
    if x is None or len(z) < 3 or len(x) != len(z) or bool((x == x[:1]).all()):
        return
    scale = max(float(z.abs().max()), 1e-6)
    if float((z - z[:1]).abs().max()) > 1e-6 * scale:
        return
    with torch.no_grad():  # is it only the last layer that begins at 0?
        generator = torch.Generator().manual_seed(2)
        for _, parameter in case.parameters:
            noise = torch.randn(parameter.shape, generator=generator).to(parameter)
            parameter.data.add_(noise * (0.3 * float(parameter.abs().mean()) + 0.02))
    after = _leaves(case.forward())[case.chosen[0]].detach().double()
    case.state.restore()
    gradients = getattr(case, "gradients", {})
    moving = [
        p
        for _, p in case.parameters
        if p.ndim > 1 and id(p) in gradients and gradients[id(p)].any()
    ]
    if float((after - after[:1]).abs().max()) <= 1e-6 * max(float(after.abs().max()), 1e-6):
        dead = _dead(case)
        if dead:
            yield _found("dead_units", dead)
        else:
            yield _found("input_ignored", f"all {len(z)} examples get the same output")
    elif not moving:
        dead = _dead(case)
        name = "symmetric_units" if not dead or _all_zero(case) else "dead_units"
        evidence = dead if name == "dead_units" else "all weights are 0: no gradient reaches them"
        yield _found(name, evidence)


def _all_zero(case: _Case) -> bool:
    weights = [p for _, p in case.parameters if p.ndim > 1]
    return bool(weights) and sum(not bool(p.any()) for p in weights) >= 2


def _ask_linear(case: _Case) -> Iterator[Finding]:
    """Several layers, and the output is linear in X all the same?"""
    _needs_run_model(case)
    layers = [
        m
        for m in case.model.modules()
        if isinstance(m, (torch.nn.Linear, torch.nn.modules.conv._ConvNd))
        and any(p.requires_grad for p in m.parameters(False))
    ]
    x = _leaves(case.X)
    if len(layers) < 2 or len(x) != 1 or not x[0].is_floating_point() or len(x[0]) < 3:
        raise _Skip("asked where there are two layers and one tensor of real inputs")
    if case.act != "none":
        raise _Skip("asked where the outputs are logits")
    if len(case.z) != len(x[0]):
        raise _Skip("the outputs are not one row an example")
    index = case.chosen[0]
    swap = lambda new: _map(lambda leaf: new, case.X)  # noqa: E731
    a, b = x[0], x[0].roll(1, 0)

    def f(X):  # with other weights: a branch may begin with the weight 0
        generator = torch.Generator().manual_seed(6)
        with torch.no_grad():
            for _, p in case.parameters:
                noise = torch.randn(p.shape, generator=generator).to(p)
                p.data.add_(noise * (0.1 * float(p.abs().mean()) + 0.01))
        z = _leaves(case.forward(X, evaluate=True))[index].detach().double()
        case.state.restore()
        return z

    middle, ends = f(swap((a + b) / 2)), (f(swap(a)) + f(swap(b))) / 2
    far, spread = float((middle - ends).abs().max()), float((f(swap(a)) - f(swap(b))).abs().max())
    case.state.restore()
    if spread > 1e-4 and far < 1e-4 * spread:
        yield _found("no_nonlinearity", f"{len(layers)} layers; f((a + b) / 2) = (f(a) + f(b)) / 2")


def _dead(case: _Case) -> str:
    """The layer with the largest share of inputs that are 0 for the whole batch, if nearly all."""
    worst: list[tuple[float, str]] = []

    def look(module, inputs, name):
        if inputs and isinstance(inputs[0], torch.Tensor) and inputs[0].ndim > 1:
            h = inputs[0].detach()
            if h.is_floating_point():
                dead = (h == 0).reshape(len(h), -1).all(0).double().mean()
                worst.append((float(dead), name))

    kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd)
    layers = [(n, m) for n, m in case.model.named_modules() if isinstance(m, kinds)][1:]
    handles = [
        m.register_forward_pre_hook(lambda module, inputs, n=n: look(module, inputs, n))
        for n, m in layers
    ]
    try:
        case.forward()
    finally:
        for handle in handles:
            handle.remove()
        case.state.restore()
    share, name = max(worst, default=(0.0, ""))
    return f"{share:.0%} of the units before {name} are 0 for all examples" if share > 0.95 else ""


def _ask_one_batch(case: _Case) -> Iterator[Finding]:
    """A short training on this batch with Adam: do units differ, does the loss beat the shares?"""
    _needs_run(case)
    trainable = [p for _, p in case.parameters if p.requires_grad]
    if not trainable:
        return
    matrices = [
        (n, p)
        for n, p in case.parameters
        if p.requires_grad and p.ndim > 1 and len(p) > 1 and p.numel() > len(p)
    ]
    still = _alike_after_steps(case, trainable, [(n, p) for n, p in matrices if _rows_alike(p)])
    hidden = [n for n, p in still if p.ndim == 2][:-1]
    hidden = hidden or [n for n, _ in still if n != matrices[-1][0]]
    if hidden:
        yield _found("symmetric_units", f"after 5 steps all rows of {hidden[0]} are still equal")
        return
    first = float(case.value_now.detach())
    lowest = first
    for rate in (1e-2, 1e-3):
        optimizer = torch.optim.Adam(trainable, lr=rate)
        started, steps = time.process_time(), 0
        while steps < 80 and time.process_time() - started <= 0.25:
            steps += 1
            optimizer.zero_grad()
            value = case.loss_of(case.call(case.X)).reshape(())
            if not torch.isfinite(value) or not value.requires_grad:
                break
            value.backward()
            optimizer.step()
        if torch.isfinite(value):
            lowest = min(lowest, float(case.loss_of(case.call(case.X)).detach()))
        case.state.restore()
        if lowest < 0.9 * first:
            break
    if steps < 40 or case.layout.kind not in ("index", "binary"):
        raise _Skip("a short training on this batch took too long to judge by")
    if case.reading.family not in ("softmax", "sigmoid"):
        raise _Skip("asked where the loss is a cross-entropy")
    constant = _best_constant(case)
    if constant - lowest < 0.01 * constant and constant > 0.05 and first > 0.9 * constant:
        evidence = (
            f"after {steps} steps of Adam the loss is {lowest:.4g};"
            f" one answer for all examples reaches {constant:.4g}"
        )
        yield _found("cannot_fit", evidence)


def _rows_alike(weight) -> bool:
    flat = weight.detach().reshape(len(weight), -1)
    return bool((flat - flat[:1]).abs().max() <= 1e-5 * flat.abs().max().clamp_min(1e-12))


def _alike_after_steps(case: _Case, trainable: list, alike: list) -> list:
    """Those of `alike` (name, weight) whose rows are still equal after five steps.

    The steps are along the gradient, as long as 0.01 a weight. Adam would not do: it makes a whole
    step of the rounding of a gradient that is 0, which is another one on every processor.
    """
    length = 1e-2 * sum(p.numel() for p in trainable) ** 0.5
    for _ in range(5 if alike else 0):
        value = case.loss_of(case.call(case.X)).reshape(())
        if not value.requires_grad:
            break
        slopes = torch.autograd.grad(value, trainable, allow_unused=True)
        moves = [(p, _dense(g)) for p, g in zip(trainable, slopes, strict=True) if g is not None]
        norm = _norm(g for _, g in moves)
        if not 0 < norm < float("inf"):
            break
        with torch.no_grad():
            for p, g in moves:
                p.sub_(g, alpha=length / norm)
    still = [(n, p) for n, p in alike if _rows_alike(p)]
    case.state.restore()
    return still


def _best_constant(case: _Case) -> float:
    """The lowest loss of a model that gives every example the same logits."""
    shape = case.layout.rows(case.z).shape
    width = shape[1] if case.layout.kind == "index" else 1
    if case.layout.kind == "binary" and case.z.ndim > 1 and case.z.shape[-1] > 1:
        width = case.z.shape[-1]
    c = torch.zeros(width, dtype=torch.float32, device=case.z.device, requires_grad=True)
    optimizer = torch.optim.Adam([c], lr=0.3)
    value = math.inf
    for _ in range(60):
        optimizer.zero_grad()
        if case.layout.kind == "index":
            u = c.expand(shape)
        else:
            u = c.expand(case.z.shape).reshape(shape)
        loss = case.value(case.layout.back(_ACTS[case.act](u), case.z.shape).to(case.z.dtype))
        if not loss.requires_grad:
            raise _Skip("the model takes its loss itself")
        loss.reshape(()).backward()
        optimizer.step()
        value = min(value, float(loss.detach()))
    return value


# --- Questions to the training step ---------------------------------------------------------------


@dataclass
class _Stepped:
    """One optimizer.step(): what the optimiser held and what gradients it saw."""

    optimizer: Any
    held: set[int]
    grads: dict[int, Any]
    fresh: dict[int, Any]
    backwards: int
    cleared_after_backward: bool
    stale: bool
    rates: list[float]
    closure: bool
    whole: int


class _Watch:
    """Looks on while a training step runs: forward passes, gradients, optimisers."""

    def __init__(self, case: _Case):
        self.case = case
        self.events: list[_Stepped] = []
        self.forwards: list[dict] = []
        self.handles: list[Any] = []
        self._reset()
        self.call = self.backward_calls = 0
        self.by_hand: dict[int, tuple[Any, Any]] = {}

    def _reset(self):
        self.fresh: dict[int, Any] = {}
        self.counts: collections.Counter = collections.Counter()
        self.pending: dict[int, Any] = {}
        self.cleared = self.stale = False

    def note_by_hand(self, before):
        """After the first call of a step without an optimizer, if it has moved the weights."""
        ours = {id(p): p for _, p in self.case.parameters}
        if any(not torch.equal(before[k], ours[k]) for k in self.fresh):
            self.by_hand = {
                k: (before[k] - ours[k].detach(), g.clone()) for k, g in self.fresh.items()
            }
            self._reset()

    def __enter__(self):
        for _, parameter in self.case.parameters:
            if parameter.requires_grad and parameter.is_leaf:
                hook = lambda g, p=parameter: self._gradient(p, g)  # noqa: E731
                self.handles.append(parameter.register_hook(hook))
                if hasattr(parameter, "register_post_accumulate_grad_hook"):
                    added = parameter.register_post_accumulate_grad_hook(self._accumulated)
                    self.handles.append(added)
        model = self.case.model
        self.handles.append(model.register_forward_pre_hook(self._before, with_kwargs=True))
        self.handles.append(model.register_forward_hook(self._after))
        hooks = importlib.import_module("torch.optim.optimizer")
        self.handles.append(hooks.register_optimizer_step_pre_hook(self._step))
        optimizer_class, module_class = torch.optim.Optimizer, torch.nn.Module
        self.originals = [
            (optimizer_class, "zero_grad", optimizer_class.zero_grad),
            (module_class, "zero_grad", module_class.zero_grad),
            (torch.Tensor, "backward", torch.Tensor.backward),
        ]
        for cls, name, original in self.originals:
            setattr(cls, name, self._wrapped(name, original))
        return self

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()
        for cls, name, original in self.originals:
            setattr(cls, name, original)

    def _wrapped(self, name, original):
        @functools.wraps(original)
        def called(owner, *args, **kwargs):
            if name == "backward":
                self.backward_calls += 1
            elif self.fresh:
                self.cleared = True
            return original(owner, *args, **kwargs)

        return called

    def _gradient(self, parameter, gradient):
        old = parameter.grad is not None and bool(_dense(parameter.grad).any())
        self.pending[id(parameter)] = _dense(gradient).clone(), old
        if not hasattr(parameter, "register_post_accumulate_grad_hook"):
            self._accumulated(parameter)

    def _accumulated(self, parameter):
        """backward() has added a gradient; torch.autograd.grad does not come here."""
        key = id(parameter)
        new, old = self.pending.pop(key, (None, False))
        if new is None:
            return
        if key not in self.fresh and old:
            self.stale = True
        total = self.fresh.get(key)
        self.fresh[key] = new.clone() if total is None else total + new
        self.counts[key] += 1
        self.cleared = False

    def _before(self, model, args, kwargs):
        dropout, norm = _training_modules(model)
        on = [n for n in dropout + norm if model.get_submodule(n).training]
        self.forwards.append(
            {
                "call": self.call,
                "training": model.training,
                "on": len(on),
                "of": len(dropout) + len(norm),
                "inputs": _clone(_leaves(list(args)) + _leaves(kwargs)),
                "graph": torch.is_grad_enabled(),
            }
        )

    def _after(self, model, args, output):
        record = self.forwards[-1]
        leaves = _leaves(output)
        index = self.case._cache["chosen"][0] if "chosen" in self.case._cache else 0
        if index < len(leaves):
            z = leaves[index]
            record["z"] = z.detach().clone()
            if z.requires_grad:
                z.register_hook(lambda g: record.__setitem__("gradient", g.detach().clone()))

    def _step(self, optimizer, args, kwargs):
        held = [p for group in optimizer.param_groups for p in group["params"]]
        self.events.append(
            _Stepped(
                optimizer,
                {id(p) for p in held},
                {id(p): _dense(p.grad).clone() for p in held if p.grad is not None},
                dict(self.fresh),
                max(self.counts.values(), default=0),
                self.cleared,
                self.stale,
                [float(group.get("lr", 1.0)) for group in optimizer.param_groups],
                any(callable(a) for a in (*args, *kwargs.values())),
                self._whole_passes(),
            )
        )
        self._reset()

    def _whole_passes(self) -> int:
        """How often this call of step has run the model on the whole batch."""
        x = next((x for x in _leaves(self.case.X) if x.ndim), None)
        passes = [f for f in self.forwards if f["call"] == self.call and f["graph"]]
        sizes = [len(f["inputs"][0]) for f in passes if f["inputs"] and f["inputs"][0].ndim]
        return sizes.count(len(x)) if x is not None else 0


def _number(value) -> float:
    """What a step returns, as a number; nan if it is none."""
    leaves = _leaves(value)
    if leaves and leaves[0].numel() == 1:
        return float(leaves[0].detach())
    if isinstance(value, (tuple, list)) and value:
        value = value[0]
    if isinstance(value, Mapping) and value:
        value = next(iter(value.values()))
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _default_step(case: _Case):
    def step(X, y):
        case.optimizer.zero_grad()
        value = case.loss_of(case.call(X), y).reshape(())
        value.backward()
        case.optimizer.step()
        return value.detach()

    return step


def _run_steps(case: _Case, step, count: int):
    """Runs the step on X, y again and again: (watch, returned numbers, error or None)."""
    numbers, failure = [], None
    before = {id(p): p.detach().clone() for _, p in case.parameters}
    with _Watch(case) as watch:
        started = time.process_time()
        for watch.call in range(count):
            if count > 20 and (watch.events or time.process_time() - started > 1):
                break
            if watch.call == 1 and not watch.events:
                watch.note_by_hand(before)
            try:
                numbers.append(_number(step(_clone(case.X), _clone(case.y))))
            except Exception as error:
                failure = error
                break
    return watch, numbers, failure


def _dense(gradient):
    """A gradient without its graph; that of a sparse embedding filled up."""
    gradient = gradient.detach()
    return gradient.to_dense() if gradient.layout != torch.strided else gradient


def _norm(tensors) -> float:
    return math.sqrt(sum(float(t.double().square().sum()) for t in tensors))


def _ask_step(case: _Case) -> Iterator[Finding]:
    """One training step, looked at closely: gradients, optimisers, labels, mode."""
    if case.step is None and case.optimizer is None:
        raise _Skip("neither step nor optimizer was given")
    if case.optimizer is not None:
        yield from _maximises([case.optimizer])
        found = list(_holders(case, [case.optimizer], None))
        yield from found
        if case.step is None:
            _needs_run(case)
            return
    before = {id(p): p.detach().clone() for _, p in case.parameters}
    watch, numbers, failure = _run_steps(case, case.step, 2)
    if failure is None and not watch.events and not _moved(case, before):
        case.state.restore()
        watch, numbers, failure = _run_steps(case, case.step, 70)  # micro-batches in calls
    kept = _kept_graphs(case)
    moved = case.moves = _moved(case, before)
    broken = any(not bool(torch.isfinite(p).all()) for _, p in case.parameters)
    case.state.restore()
    case.watch = watch
    if failure is not None:
        yield _step_failure(case, failure, len(numbers))
        case.step_failed = True
        return
    yield from _maximises([e.optimizer for e in watch.events])
    kinds = {id(e.optimizer) for e in watch.events}
    if 1 < len(watch.events) == len(numbers) == len(kinds):
        memory = any(isinstance(e.optimizer, torch.optim.SGD) is False for e in watch.events)
        memory = memory or any(g.get("momentum") for g in watch.events[0].optimizer.param_groups)
        if memory:
            evidence = f"{len(kinds)} optimizers in {len(numbers)} calls of step"
            yield _found("optimizer_recreated", evidence)
    yield from _stepped_modes(watch)
    yield from _stepped_gradients(case, watch)
    if watch.by_hand and not watch.events:
        yield from _by_hand(watch)
    if kept:
        yield _found("graph_kept", kept, "suspicion")
    if case.optimizer is None and watch.events:
        yield from _holders(case, [e.optimizer for e in watch.events], watch)
    if case.failure is None:
        yield from _stepped_labels(case, watch, numbers)
    if not moved and not broken:
        watch, numbers, _ = _run_steps(case, case.step, 12)
        later = _moved(case, before)
        case.state.restore()
        if not later:
            yield from _why_nothing_moves(watch)


def _kept_graphs(case: _Case) -> str:
    """Losses that a list or a variable outside the step keeps with their whole graph."""
    held = [cell.cell_contents for cell, _ in case.state.cells]
    held += [names[name] for names, name, _ in case.state.names if name in names]
    containers = [s.container for s in case.state.saved if isinstance(s, _Container)]
    for container in containers:
        held += list(container.values() if isinstance(container, dict) else container)[-1000:]
    known = {id(t) for t in case.state.seen.values() if isinstance(t, torch.Tensor)}
    graphs = [
        v
        for v in held
        if isinstance(v, torch.Tensor)
        and v.numel() == 1
        and v.grad_fn is not None
        and id(v) not in known
    ]
    return f"{len(graphs)} losses are kept with their graph after the step" if graphs else ""


def _maximises(optimizers) -> Iterator[Finding]:
    if any(g.get("maximize") for o in optimizers for g in o.param_groups):
        yield _found("sign_flipped", "the optimizer has maximize=True: it climbs")


def _moved(case: _Case, before) -> bool:
    return any(not torch.equal(before[id(p)], p.detach()) for _, p in case.parameters)


def _why_nothing_moves(watch: _Watch) -> Iterator[Finding]:
    if not watch.events:
        said = "no gradient arrives" if not watch.counts else "no optimizer.step() is called"
        yield _found("no_step", f"12 calls, and no weight has changed: {said}")
        return
    rates = {rate for event in watch.events for rate in event.rates}
    if rates == {0.0}:
        yield _found("no_step", "the learning rate is 0 at 12 steps in a row")
    else:
        yield _found("no_step", f"{len(watch.events)} optimizer steps, and no weight has changed")


def _step_failure(case: _Case, failure: Exception, done: int) -> Finding:
    said = _message(failure)
    where = f"step(X, y), call {done + 1}: {said}"
    if "backward through the graph a second time" in str(failure) or (
        done and "modified by an inplace operation" in str(failure)
    ):
        return _found("graph_kept", where)
    if "does not require grad" in str(failure) or "has no attribute 'backward'" in str(failure):
        return _found("no_gradient", where)
    if case.failure is not None:
        return _found("does_not_run", where, "note")
    return _found("does_not_run", where)


def _holders(case: _Case, optimizers, watch) -> Iterator[Finding]:
    """Are the optimisers' parameters those of the model?"""
    held = set().union(*(_held(o) for o in optimizers))
    ours = {id(p): n for n, p in case.parameters}
    loss = case.loss if isinstance(case.loss, torch.nn.Module) else None
    of_loss = {id(p) for p in loss.parameters()} if loss else set()
    wanting = [
        (n, p)
        for n, p in case.parameters
        if p.requires_grad
        and (id(p) in getattr(case, "gradients", {}) or (watch and _fresh_in(watch, p)))
    ]
    if not wanting and case.failure is not None:
        wanting = [(n, p) for n, p in case.parameters if p.requires_grad]
    missing = [n for n, p in wanting if id(p) not in held]
    foreign = len(held - ours.keys() - of_loss)
    if not missing:
        return
    names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
    if not held & ours.keys():
        evidence = f"of the optimizer's {len(held)} tensors none is among the model's {len(ours)}"
        copied = watch is not None and getattr(case, "moves", False)  # as from float32 copies
        yield _found("optimizer_other_parameters", evidence, "suspicion" if copied else None)
    elif foreign:
        evidence = f"the optimizer lacks {names} and holds {foreign} tensors that the model lacks"
        yield _found("optimizer_other_parameters", evidence)
    else:
        evidence = f"the optimizer lacks {len(missing)} of {len(wanting)} tensors: {names}"
        last = wanting[-1][0] in missing
        yield _found("optimizer_holds_part", evidence, "suspicion" if last else "note")


def _fresh_in(watch: _Watch, parameter) -> bool:
    return any(id(parameter) in event.fresh for event in watch.events)


def _stepped_modes(watch: _Watch) -> Iterator[Finding]:
    passes = [f for f in watch.forwards if f["graph"] and "gradient" in f] or [
        f for f in watch.forwards if f["graph"]
    ]
    if not passes:
        if watch.forwards:
            yield _found("no_gradient", "the step runs the model under no_grad()")
        return
    last = [f for f in passes if f["call"] == passes[-1]["call"]]
    off = all(not f["training"] and f["of"] for f in last)
    if off and any(f["training"] for f in passes):
        evidence = "in the first step model.training is True, in the following ones it is False"
        yield _found("evaluation_mode_in_training", evidence)
    elif off:
        evidence = "in the step's forward pass model.training is False"
        yield _found("evaluation_mode_in_training", evidence)


def _stepped_gradients(case: _Case, watch: _Watch) -> Iterator[Finding]:
    """What the optimiser sees, against what backward() gave and what the loss asks for."""
    ours = {id(p): p for _, p in case.parameters}
    truth = getattr(case, "gradients", {})
    events = [e for e in watch.events if e.held & ours.keys() and not e.closure]
    if not events:
        return
    if all(not e.fresh and not any(g.any() for g in e.grads.values()) for e in events):
        if watch.backward_calls:
            evidence = "backward() is called, and no gradient arrives at the model"
            yield _found("no_gradient", evidence)
        else:
            yield _found("no_backward", "at optimizer.step() no gradient has arrived")
        return
    first = next((e for e in events if e.fresh), events[0])
    fresh = {k: g for k, g in first.fresh.items() if k in first.held}
    size = _norm(fresh.values())
    left = _norm(first.grads[k] for k in fresh if k in first.grads)
    if size > 0 and left == 0:
        if first.cleared_after_backward or not any(k in first.grads for k in fresh):
            evidence = f"backward() gave a gradient of norm {size:.3g}; at step() it is 0"
            yield _found("gradients_cleared_too_early", evidence)
        else:
            evidence = f"backward() gave a gradient of norm {size:.3g}; at step() it is 0"
            yield _found("gradient_clipped_away", evidence)
        return
    if size > 0 and not math.isfinite(left):
        yield _found("gradient_scaled", f"the gradient's norm at step() is {left}")
        return
    later = [e for e in events[1:] if e.stale and not e.cleared_after_backward]
    mixed = [e for e in later if _holds_more(e)]
    if mixed and len(later) == len(events) - 1:
        evidence = "at the second step() the gradient holds that of the first step as well"
        yield _found("gradients_not_cleared", evidence)
    if size > 0:
        own = {k: truth[k] for k in fresh if k in truth}
        whole = _norm(own.values())
        if whole > 0 and len(own) == len(fresh):
            yield from _ratio(case, first, fresh, left, whole)
        elif left < 1e-6 * size:
            yield _found("gradient_clipped_away", f"of a norm of {size:.3g}, {left:.3g} is left")


def _by_hand(watch: _Watch) -> Iterator[Finding]:
    """A step that moves the weights itself: down the gradient, and down this one only?"""
    moves = list(watch.by_hand.values())
    size = _norm(m for m, _ in moves) * _norm(g for _, g in moves)
    along = sum(float((m.double() * g.double()).sum()) for m, g in moves) / max(size, 1e-300)
    if along < -0.9:
        yield _found("sign_flipped", "the weights are moved up the gradient, not down")
    elif watch.stale:
        evidence = "the second backward() adds to the gradient of the first, which is still there"
        yield _found("gradients_not_cleared", evidence)


def _holds_more(event: _Stepped) -> bool:
    """Whether the gradient at step() differs from what has arrived since the last one."""
    keys = [k for k in event.fresh if k in event.grads and k in event.held]
    new = _norm(event.fresh[k] for k in keys)
    if new == 0:
        return False
    off = _norm(event.grads[k] - event.fresh[k] for k in keys)
    return off > 1e-3 * new


def _ratio(case: _Case, first: _Stepped, fresh, left: float, whole: float) -> Iterator[Finding]:
    truth = case.gradients
    ratio = left / whole
    together = sum(
        float((first.grads[k].double() * truth[k].double()).sum())
        for k in fresh
        if k in first.grads
    )
    cosine = together / max(left * whole, 1e-300)
    said = f"norm {left:.3g} at step(), {whole:.3g} for the loss of the whole batch"
    n = first.backwards
    if cosine < -0.9 and 0.2 < ratio < 5:
        yield _found("sign_flipped", f"the step's gradient runs against that of the loss ({said})")
    elif n > 1 and cosine > 0.5 and 0.75 * n < ratio < 1.35 * n and first.whole < 2:
        yield _found("accumulation_not_divided", f"{n} backward passes, {said}")
    elif ratio < 1e-2 and left < 1e-3:
        yield _found("gradient_clipped_away", said)
    elif ratio > 50 and cosine > 0.3:
        yield _found("gradient_scaled", said, "error" if ratio > 1000 else "suspicion")


def _stepped_labels(case: _Case, watch: _Watch, numbers) -> Iterator[Finding]:
    """Which labels does the step's gradient point to, and are they the examples' own?"""
    passes = [f for f in watch.forwards if "gradient" in f and "z" in f]
    x = next((x for x in _leaves(case.X) if x.ndim), None)
    if not passes or x is None or case.labels.ndim == 0 or len(case.labels) != len(x):
        return
    if case.reading.family not in ("softmax", "of_p", "sigmoid", "squared_error"):
        return
    if case.layout.kind not in ("index", "binary"):
        return
    keys = {row.cpu().numpy().tobytes(): i for i, row in enumerate(x.detach().contiguous())}
    target, N = case.reading.target, len(x)
    if case.layout.kind == "index":
        own = target.argmax(1).reshape(N, -1)  # what the loss asks for, shifted or not
        weight = case.reading.weight
        each = weight if weight.ndim == 1 else weight.sum(1)
        counts = (each != 0).reshape(N, -1) if len(each) == len(target) else own >= 0
    else:
        own = (target.reshape(N, -1) > 0.5).long()
    agree = total = 0
    moved = known = False
    for record in passes:
        z, gradient = record["z"], record["gradient"]
        inputs = next((i for i in record["inputs"] if i.ndim and len(i) == len(z)), None)
        if inputs is None or gradient.shape != z.shape or z.ndim != case.z.ndim:
            return
        found = [keys.get(row.cpu().numpy().tobytes()) for row in inputs.contiguous()]
        if any(i is None for i in found):
            if len(inputs) != len(x):
                return
            found = list(range(len(x)))
        else:
            known = True
        moved = moved or found != list(range(len(found)))
        order = torch.tensor(found, device=case.labels.device)
        layout = case.layout
        g = layout.rows(gradient.double())
        if layout.kind == "index":
            asked, used = own[order].reshape(-1), counts[order].reshape(-1)
            if len(asked) != len(g):
                return
            seen = g.argmin(1)
            kept = used & (g.abs().sum(1) > 0)
            # a gradient points to a label where exactly one entry is negative
            kept &= (g < 0).sum(1) == 1
        else:
            asked = own[order].reshape(-1)
            seen = (g.reshape(-1) < 0).long()
            if len(asked) != len(seen):
                return
            kept = g.reshape(-1) != 0
        agree += int((seen == asked)[kept].sum())
        total += int(kept.sum())
    shared = _chance(case.flat)
    if total >= 8 and known and agree < total * (0.5 + 0.5 * shared):
        how = "the rows of X are permuted" if moved else "X is in its own order"
        evidence = (
            f"the gradient points to the example's own label in {_share(agree, total)}; {how}"
        )
        yield _found("step_mixes_labels", evidence)
        return
    yield from _other_loss(case, passes, numbers)


def _chance(y) -> float:
    counts = torch.unique(y, return_counts=True)[1].double()
    return float((counts / counts.sum()).square().sum())


def _other_loss(case: _Case, passes, numbers) -> Iterator[Finding]:
    record = passes[0]
    z, gradient = record["z"], record["gradient"]
    x = next(x for x in _leaves(case.X) if x.ndim)
    inputs = next((i for i in record["inputs"] if i.shape == x.shape), None)
    if z.shape != case.z.shape or inputs is None or not torch.equal(inputs, x):
        return
    z = z.clone().requires_grad_(True)
    value = case.value(z)
    if not value.requires_grad:
        return  # the model takes its loss itself
    (own,) = torch.autograd.grad(value.reshape(()), z)
    own, seen = own.double(), gradient.double()
    scale = float((own * seen).sum() / (own * own).sum().clamp_min(1e-300))
    off = float((seen - scale * own).norm()) / max(float(seen.norm()), 1e-300)
    weight = case.reading.weight
    if float(own.abs().sum()) < 0.05 * float(weight.abs().sum()):
        return  # learned by heart: what is left of the gradient is mostly rounding
    if off > 0.05 and abs(scale) > 0:
        q = case.layout.targets(case.labels, case.classes)
        rows, g = case.layout.rows(z.detach().double()), case.layout.rows(seen)
        for name, candidate in _candidates(case.layout.kind == "binary"):
            slope = _slope(lambda u, c=candidate: c(u, u, q).sum(), rows)
            groups = (q > 0.5).double() if case.layout.kind == "binary" else None
            fits = _fit([slope], [g], groups, 1e-3 * float(g.abs().max()))
            if (
                fits is not None
                and name in FINDINGS
                and float(fits.std()) < 1e-2 * float(fits.mean())
            ):
                evidence = "the gradient at the step's own outputs is that of this mistake"
                yield _found(name, evidence)
                return
        number = numbers[0] if numbers else math.nan
        evidence = f"the gradient at the outputs differs by {off:.0%}"
        evidence += f"; step returns {number:.4g}, the loss is {float(value.detach()):.4g}"
        yield _found("step_other_loss", evidence)
    elif scale < 0:
        yield _found(
            "sign_flipped", "the step's gradient at the outputs is that of the negative loss"
        )


def _ask_learning_rate(case: _Case) -> Iterator[Finding]:
    """The user's own step again and again on this batch: does the loss fall, rise, or stand?"""
    if case.step is None and case.optimizer is None:
        raise _Skip("neither step nor optimizer was given")
    _needs_run(case)
    if getattr(case, "step_failed", False):
        raise _Skip("the step does not run")
    step = case.step or _default_step(case)
    optimizers = [case.optimizer] if case.optimizer else []
    if not optimizers and getattr(case, "watch", None):
        seen = {id(e.optimizer): e.optimizer for e in case.watch.events}
        optimizers = list(seen.values())

    first = float(case.value_now.detach())

    def run(factor: float, most: int, seconds: float = 0.3, X=case.X):
        def multiply(optimizer, by):
            for group in optimizer.param_groups:
                if "lr" in group:
                    group["lr"] = group["lr"] * by

        handles = []  # only while the optimizer steps: a schedule sets its rates as it likes
        for o in optimizers if factor != 1 else ():
            up = lambda optimizer, *_: multiply(optimizer, factor)  # noqa: E731
            down = lambda optimizer, *_: multiply(optimizer, 1 / factor)  # noqa: E731
            handles += [o.register_step_pre_hook(up), o.register_step_post_hook(down)]
        started, done, worst = time.process_time(), 0, -math.inf
        own = True  # whether step returns this loss, and not one with a penalty
        for _ in range(most):
            returned = _number(step(_clone(X), _clone(case.y)))
            own = own and (done > 0 or abs(returned - first) < 0.3 * abs(first))
            worst = max(worst, returned) if own and not math.isnan(returned) else worst
            done += 1
            if time.process_time() - started > seconds or not _finite(case):
                break
        for handle in handles:
            handle.remove()
        rates = [g.get("lr") for o in optimizers for g in o.param_groups]
        case.state.random.restore()
        last = float(case.loss_of(case.call(X)).detach()) if _finite(case) else math.nan
        case.state.restore()
        return last, done, rates, worst

    started_rates = [g.get("lr") for o in optimizers for g in o.param_groups]
    case.state.restore()
    last, steps, rates, worst = run(1.0, 30)
    if steps < 4:
        raise _Skip("steps take too long to repeat")
    pairs = list(zip(started_rates, rates, strict=False))
    steady = all(a and b is not None and b <= a for a, b in pairs)
    rose = not math.isfinite(last) or last > first + max(0.3 * abs(first), 0.05)
    jumps = worst > 5 * max(first, 1) + 3
    hovers = jumps or (
        last > 0.9 * first and first > 0.3 and (worst > 1.5 * first or not math.isfinite(worst))
    )
    still = abs(first - last) < 1e-3 * abs(first) and first > 0.1
    stuck = last > 0.75 * first and first > 0.3
    if (rose or hovers or (stuck and not still)) and optimizers and first > 0:
        lower = run(0.01, steps)[0]
        tenth = run(0.1, steps)[0]
        best = min((v for v in (lower, tenth) if math.isfinite(v)), default=math.inf)
        peak = f" (at most {worst:.3g})" if worst > max(first, last) else ""
        evidence = (
            f"loss {first:.3g}, after {steps} steps {last:.3g}{peak}; at lower rates {best:.3g}"
        )
        evidence += f" (learning rate {_short(started_rates)})"
        drop = first - best
        if (rose or hovers) and best <= first * 1.02:
            summed = case.reading.weight is not None and _is_sum(case)
            scaled, start, spread = case.scaled or (None, 0.0, 0.0)
            if summed:
                yield _found("summed", f"{evidence}; the loss is a sum", "error")
            elif scaled is not None and (calm := run(1.0, steps, X=scaled)[0]) < 0.75 * start:
                evidence += f"; at this rate, with X divided by {spread:.3g}, {calm:.3g}"
                yield _found("inputs_unscaled", evidence, "error")
            else:
                yield _found("learning_rate_too_high", evidence)
            return
        if stuck and drop > 3 * max(first - last, 0) and drop > 0.25 * first:
            yield _found("learning_rate_too_high", evidence)
            return
    decays = [g.get("weight_decay", 0) or 0 for o in optimizers for g in o.param_groups]
    shares = _entropy(case.flat) if case.layout.kind == "index" else math.inf
    if (stuck or last > 0.8 * shares) and max(decays, default=0) > 1e-3:
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["weight_decay"] = 0
        free = run(1.0, steps)[0]
        far = first - free > 3 * max(first - last, 0) + 0.1 * first or free < 0.6 * last
        if math.isfinite(free) and far:
            evidence = f"weight_decay={max(decays):.3g}: loss {first:.3g}, after {steps} steps"
            yield _found("weight_decay_too_strong", f"{evidence} {last:.3g}; without it {free:.3g}")
            return
    if rates and steps >= 10 and _fallen(started_rates, rates) and last > 0.3 * first > 0.1:
        evidence = f"in {steps} steps the schedule takes the rate from {_short(started_rates)} to"
        yield _found("learning_rate_too_low", f"{evidence} {_short(rates)}")
        return
    if rose and first > 0:
        yield _found("diverges", f"loss {first:.3g}, after {steps} steps {last:.3g}")
        return
    if still and optimizers and steady:
        for factor in (1e2, 1e4, 1e6):
            higher = run(factor, steps)[0]
            if math.isfinite(higher) and first - higher > max(20 * abs(first - last), 0.05 * first):
                evidence = f"loss {first:.4g}, after {steps} steps {last:.4g}; with {factor:,.0f}"
                evidence += f" times the learning rate of {_short(started_rates)} {higher:.3g}"
                yield _found("learning_rate_too_low", evidence)
                return


def _fallen(before, after) -> bool:
    """Whether a schedule has made the learning rates a thousand times smaller."""
    pairs = [(b, a) for b, a in zip(before, after, strict=False) if b and a is not None]
    return bool(pairs) and all(a < 1e-3 * b for b, a in pairs)


def _is_sum(case: _Case) -> bool:
    weight = case.reading.weight
    counted = weight[weight != 0]
    return len(counted) > 1 and float(counted.sum()) > 0.9 * len(counted)


def _short(rates) -> str:
    return ", ".join(f"{r:.2g}" for r in dict.fromkeys(rates) if r is not None) or "unknown"


def _finite(case: _Case) -> bool:
    return all(bool(torch.isfinite(p).all()) for _, p in case.parameters)


# --- Questions to the decisions -------------------------------------------------------------------


def _ask_predict(case: _Case) -> Iterator[Finding]:
    """Outputs of our own choosing, put in the model's place: what does predict make of them?"""
    if case.predict is None:
        raise _Skip("no predict was given")
    _needs_run_model(case)
    yield from _predict_mode(case)
    layout = case.layout
    if layout.kind not in ("index", "soft", "binary"):
        raise _Skip("outputs and labels have no shapes that are known to belong together")
    if layout.kind == "binary":
        yield from _binary_decisions(case)
    else:
        yield from _class_decisions(case)


def _predict_mode(case: _Case) -> Iterator[Finding]:
    case.state.restore()
    modes: list[tuple[bool, int]] = []

    def look(model, inputs):
        dropout, norm = _training_modules(model)
        on = [n for n in dropout + norm if model.get_submodule(n).training]
        modes.append((model.training, len(on)))

    handle = case.model.register_forward_pre_hook(look)
    try:
        first = _decided(case.predict(_clone(case.X)))
        second = _decided(case.predict(_clone(case.X)))
        left_training = case.model.training
    finally:
        handle.remove()
        case.state.restore()
    if any(training and on for training, on in modes) and case.training:
        evidence = "in predict's forward pass model.training is True"
        off = int((first != second).sum()) if first.shape == second.shape else 0
        evidence += f"; two predictions differ in {_share(off, first.numel())}" if off else ""
        yield _found("training_mode_in_evaluation", evidence)
    if case.training and not left_training and case.step is not None:
        case.predict(_clone(case.X))
        watch, _, failure = _run_steps(case, case.step, 1)
        case.state.restore()
        passes = [f for f in watch.forwards if f["graph"] and f["of"]]
        if passes and failure is None and not any(f["training"] for f in passes):
            evidence = "after predict, which calls eval(), the step runs in evaluation mode"
            yield _found("evaluation_mode_in_training", evidence)


def _decided(value):
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, (tuple, list)) and value and isinstance(value[0], torch.Tensor):
        whole = [v for v in value if isinstance(v, torch.Tensor) and not v.is_floating_point()]
        return (whole or value)[0].detach()
    return torch.as_tensor(value)


def _put(case: _Case, z):
    """predict(X), were z the model's output; None if predict does not call the model."""
    used = []

    def replace(model, inputs, output):
        used.append(True)
        count = itertools.count()
        index = case.chosen[0]
        return _map(lambda leaf: z if next(count) == index else leaf, output)

    handle = case.model.register_forward_hook(replace)
    try:
        decided = _decided(case.predict(_clone(case.X)))
    finally:
        handle.remove()
        case.state.restore()
    if not used:
        raise _Skip("predict does not call the model itself")
    return decided


def _binary_decisions(case: _Case) -> Iterator[Finding]:
    z = case.z.detach()
    probabilities = case.act == "sigmoid"
    count = z.numel()
    if z.ndim > 1 and z.shape[1] > 1 and case.labels.ndim == 1:
        return
    u = torch.linspace(-12, 12, max(count, 2), device=z.device)[:count].to(z.dtype)
    u = u[torch.randperm(count, generator=torch.Generator().manual_seed(4)).to(z.device)]
    put = (u.sigmoid() if probabilities else u).reshape(z.shape)
    decided = _put(case, put).reshape(-1)
    several = case.labels.ndim > 1 and case.labels.reshape(len(case.labels), -1).sum(1)
    if decided.numel() == len(z) < count and z.ndim > 1 and bool((several != 1).any()):
        evidence = f"{decided.numel()} decisions for {count} labels of {len(z)} examples"
        yield _found("one_of_several", evidence)
        return
    if decided.numel() != count:
        raise _Skip(f"predict gives {decided.numel()} decisions for {count} outputs")
    decided = decided.double()
    right = (u > 0).double()
    values = set(decided.unique().tolist())
    if len(values) == 2:  # -1 and 1, or 1 and 2, are names of two classes as well
        decided, values = (decided > min(values)).double(), {0.0, 1.0}
    if not values <= {0.0, 1.0}:
        if len(values) > 10 and decided.min() >= 0 and decided.max() <= 1:
            raise _Skip("predict gives probabilities, not decisions")
        shown = ", ".join(f"{v:.3g}" for v in sorted(values)[:5])
        if len(values) == 1 and z.ndim > 1:
            yield _found("decisions_differ", f"the decision is always {shown}")
        elif len(values) > 2:
            yield _found("threshold", f"decisions are {shown}, as of rounded logits")
        return
    agree = float((decided == right).double().mean())
    if agree == 1 or count < 2:
        return
    if z.ndim > 1 and z.shape[1] > 1 and bool((several != 1).any()):
        high = torch.linspace(10, 12, count, device=z.device).to(z.dtype)
        high = _put(case, (high.sigmoid() if probabilities else high).reshape(z.shape))
        if bool((high.reshape(z.shape).double().sum(1) <= 1).all()):
            evidence = "outputs of 10 and more for all labels, and no example gets two of them"
            yield _found("one_of_several", evidence)
            return
    order = u.argsort()
    sequence = decided[order]
    rises = bool((sequence[1:] >= sequence[:-1]).all())
    cut = float(u[decided == 1].min()) if rises and decided.any() else math.nan
    if rises and decided.any() and not decided.all() and _changes_at(case, 0.5 * probabilities):
        return
    if len(values) == 1:
        only = int(next(iter(values)))
        if z.ndim > 1 and only == 0:
            yield _found(
                "argmax_of_one_column", f"for outputs from -12 to 12 the decision is always {only}"
            )
        else:
            yield _found("threshold", f"for logits from -12 to 12 the decision is always {only}")
    elif agree < 0.05:
        yield _found("decision_reversed", "the decision is 1 exactly where the logit is below 0")
    elif rises and not probabilities and _changes_at(case, 0.5):
        yield _found("threshold", "the decision changes at a logit of 0.5, not at 0")
    elif rises and probabilities and _changes_at(case, 0.0):
        yield _found("threshold", "the decision changes at a probability of 0, not at 0.5")
    elif rises:
        at = 1 / (1 + math.exp(-cut))
        yield _found("decisions_differ", f"the decision changes at p = {at:.2f}", "note")
    else:
        yield _found("decisions_differ", f"{agree:.0%} of the decisions are those of the outputs")


def _changes_at(case: _Case, cut: float) -> bool:
    """Whether outputs just below `cut` are decided otherwise than those just above."""
    side = (torch.arange(case.z.numel(), device=case.z.device) % 2).to(case.z.dtype)
    decided = _put(case, (cut + 0.02 * (side - 0.5)).reshape(case.z.shape)).reshape(-1).double()
    return torch.equal(decided > decided.min(), side > 0)


def _class_decisions(case: _Case) -> Iterator[Finding]:
    z, layout = case.z.detach(), case.layout
    shape = layout.rows(z).shape
    if case.reading.family == "sigmoid" and bool((case.reading.target.sum(1) > 1.5).any()):
        raise _Skip("several outputs stand for one label, as in an ordinal code")
    generator = torch.Generator().manual_seed(5)
    u = (2 * torch.randn(shape, generator=generator, dtype=torch.float64)).to(z.device)
    put = layout.back(_ACTS[case.act](u), z.shape).to(z.dtype)
    decided = _put(case, put)
    right = u.argmax(1)
    if decided.ndim == z.ndim and decided.shape == z.shape and decided.is_floating_point():
        raise _Skip("predict gives probabilities, not decisions")
    flat = decided.reshape(-1)
    if flat.numel() != right.numel():
        others = [
            axis
            for axis in range(z.ndim)
            if axis != layout.axis % z.ndim and torch.equal(put.argmax(axis).reshape(-1), flat)
        ]
        other = put.argmax(0).reshape(-1)
        if others or (flat.numel() == other.numel() and torch.equal(other, flat.long())):
            evidence = f"{flat.numel()} decisions for {right.numel()} labels"
            yield _found("decision_axis", evidence)
            return
        raise _Skip(f"predict gives {flat.numel()} decisions for {right.numel()} rows")
    if flat.is_floating_point() and not _whole(flat):
        tops = (put, put.softmax(layout.axis), put.log_softmax(layout.axis))
        if any(_same(layout.rows(t).max(1).values.double(), flat.double()) for t in tops):
            evidence = "predict gives the largest output itself and not its index"
            yield _found("decisions_differ", evidence, "error")
            return
        raise _Skip("predict gives no whole numbers")
    agree = float((flat == right).double().mean())
    if agree >= 0.99:
        return
    for axis in range(z.ndim):
        wrong = put.argmax(axis).reshape(-1)
        if axis != layout.axis % z.ndim and torch.equal(wrong, flat.long()):
            yield _found("decision_axis", f"the decisions are the argmax over axis {axis}")
            return
    if float((flat == u.argmin(1)).double().mean()) > 0.99:
        yield _found("decision_reversed", "the decision is the class with the smallest logit")
        return
    if case.classes == 2 and agree < 0.01:
        yield _found("decision_reversed", "class 0 is reported as 1")
        return
    if float((flat == right + 1).double().mean()) > 0.99:
        yield _found("decisions_differ", "the decisions count the classes from 1", "note")
        return
    yield _found("decisions_differ", f"{agree:.0%} of the decisions are the largest output")


# --- All questions, in this order -----------------------------------------------------------------

_QUESTIONS: tuple[tuple[str, Callable[[_Case], Iterator[Finding]]], ...] = (
    ("data", _ask_data),
    ("does it run", _ask_failure),
    ("labels", _ask_labels),
    ("gradient", _ask_gradient),
    ("registered layers", _ask_registered),
    ("what the loss is", _ask_what_the_loss_is),
    ("labels in use", _ask_labels_matter),
    ("numbers", _ask_numbers),
    ("time", _ask_time),
    ("masks", _ask_masks),
    ("modes", _ask_modes),
    ("examples apart", _ask_mixing),
    ("start", _ask_start),
    ("training step", _ask_step),
    ("decisions", _ask_predict),
    ("answer among inputs", _ask_leak),
    ("nonlinear", _ask_linear),
    ("labels follow X", _ask_groups),
    ("one batch", _ask_one_batch),
    ("learning rate", _ask_learning_rate),
)

# What is only a consequence where the first is there: it would only distract.
_FOLLOWS: dict[str, set[str]] = {
    "no_gradient": {"gradient_cut", "no_step", "no_backward", "does_not_run", "unused_parameters"},
    "one_output": {"no_gradient", "labels_unused", "broadcast", "dead_units", "cannot_fit"}
    | {"input_ignored", "unstable", "custom_loss"},
    "softmax_wrong_axis": {"examples_mixed", "bounded_logits", "unstable", "cannot_fit"},
    "nonfinite_data": {"nonfinite_output", "unstable", "does_not_run"},
    "half_overflow": {"nonfinite_output", "unstable", "half_precision"},
    "gradients_cleared_too_early": {"no_step", "gradient_clipped_away"},
    "gradient_clipped_away": {"no_step", "learning_rate_too_low"},
    "no_backward": {"no_step"},
    "optimizer_other_parameters": {"no_step", "optimizer_holds_part", "learning_rate_too_low"},
    "sign_flipped": {"learning_rate_too_high", "diverges"},
    "inputs_constant": {"cannot_fit", "input_ignored"},
    "inputs_unscaled": {"starts_too_confident"},
    "symmetric_units": {"cannot_fit", "input_ignored", "dead_units"},
    "dead_units": {"cannot_fit", "input_ignored", "relu_on_logits", "gradient_cut"},
    "input_ignored": {"cannot_fit"},
    "targets_not_shifted": {"sees_the_future"},
    "masked_classes": {
        "logits_as_probabilities",
        "unstable",
        "starts_too_confident",
        "labels_unused",
    }
    | {"input_ignored", "cannot_fit", "custom_loss", "temperature", "nonfinite_output"},
    "class_ignored": {"ignored_positions", "padding_counted"},
    "learning_rate_too_high": {"diverges"},
    "summed": {"learning_rate_too_high", "diverges"},
    "labels_unused": {"custom_loss", "step_mixes_labels"},
    "broadcast": {"custom_loss", "squared_error", "step_mixes_labels", "regression_on_labels"},
    "unstable": {"capped_log"},
    "no_step": {"learning_rate_too_low"},
    "labels_negative": {"ignored_positions"},
    "step_mixes_labels": {"step_other_loss"},
}
# Among equally severe ones, what comes of other mistakes stands last.
_LATE = ("step_other_loss", "decisions_differ", "examples_mixed", "gradient_scaled", "unstable")
_LATE += ("starts_too_confident", "learning_rate_too_high", "learning_rate_too_low", "diverges")
_LATE += ("labels_unrelated", "cannot_fit", "custom_loss", "does_not_run")


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each name once, consequences left out, the most certain first."""
    rank = {severity: i for i, severity in enumerate(SEVERITIES)}
    kept: dict[str, Finding] = {}
    for finding in findings:
        old = kept.get(finding.name)
        if old is None or rank[finding.severity] < rank[old.severity]:
            kept[finding.name] = finding
    serious = [f.name for f in kept.values() if f.severity != "note"]
    out = set().union(*(_FOLLOWS.get(name, set()) for name in serious))
    late = {name: i + 1 for i, name in enumerate(_LATE)}
    left = [f for f in kept.values() if f.name not in out]
    return tuple(sorted(left, key=lambda f: (rank[f.severity], late.get(f.name, 0))))


def diagnose(
    model,
    loss: Callable,
    X,
    y,
    *,
    optimizer=None,
    step: Callable | None = None,
    predict: Callable | None = None,
    ignore_index: int | None = None,
) -> Report:
    """What is wrong with the training of a classifier, seen in one batch; nothing is changed.

    Parameters
    ----------
    model : torch.nn.Module, in the mode in which it is trained. model(X) gives the outputs; a tuple
        X is unpacked if model(X) does not run, a dictionary likewise, as keywords.
    loss : loss(model(X), y), a scalar tensor. It gets whatever the model returns, also a tuple or
        dictionary, and y as it was handed over.
    X, y : one batch as the training sees it: tensors, or tuples, lists, dictionaries of tensors.
        Class indices (N,) or (N, …), 0/1 labels or distributions of the outputs' shape.
    optimizer : the optimiser of the training: its parameters and its learning rate are looked at.
    step : step(X, y), one training step of yours (it clears the gradients, runs the model and the
        optimiser); it returns the loss, as a tensor or a number.
    predict : predict(X), the decisions: class indices, or 0 and 1.
    ignore_index : the label that shall not count, as that of padding.

    Returns
    -------
    Report : `findings`, the most certain first; `ok`, whether there is no error; `unchecked`.

    Put back, also after an error: weights, buffers, gradients, modes, hooks and attributes of the
    modules, optimiser, and all that `step`, `predict` and `loss` refer to by name or closure
    (schedulers, scalers, averages of weights, lists); the random state of torch, CUDA, NumPy and
    Python. Not put back: files, other processes, an iterator that step draws from, and tensors of
    more than ten million numbers that are no weights. `step` is called some 30 to 100 times.

    A small model takes about a second. An input that a question cannot handle raises nothing: the
    question is listed in `unchecked` with the reason.

    Raises
    ------
    TypeError : if model is no module, or loss, step, predict cannot be called, or optimizer is no
        optimiser, or ignore_index is no whole number.
    """
    _check_arguments(model, loss, optimizer, step, predict, ignore_index)
    started = time.perf_counter()
    findings: list[Finding] = []
    unchecked: list[tuple[str, str]] = []
    if any(torch.nn.parameter.is_lazy(p) for p in [*model.parameters(), *model.buffers()]):
        reason = "the model has lazy parameters: call model(X) once, then ask again"
        return Report((), (("everything", reason),), time.perf_counter() - started)
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(torch.enable_grad())
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        case = _Case(model, loss, X, y, optimizer, step, predict, ignore_index)
        stack.callback(case.state.restore)
        for question, ask in _QUESTIONS:
            try:
                for finding in ask(case):
                    findings.append(finding)
            except _Skip as reason:
                unchecked.append((question, str(reason)))
            except Exception as error:
                unchecked.append((question, _message(error)))
            finally:
                case.state.restore()
    return Report(_sorted(findings), tuple(unchecked), time.perf_counter() - started)


def _check_arguments(model, loss, optimizer, step, predict, ignore_index):
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    for name, value in (("loss", loss), ("step", step), ("predict", predict)):
        if not callable(value) and not (value is None and name != "loss"):
            raise TypeError(f"{name} must be a function, got {type(value).__name__}")
    if optimizer is not None and not hasattr(optimizer, "param_groups"):
        raise TypeError(f"optimizer must be a torch optimizer, got {type(optimizer).__name__}")
    if ignore_index is not None and (
        isinstance(ignore_index, bool) or not isinstance(ignore_index, int)
    ):
        raise TypeError(f"ignore_index must be a whole number, got {ignore_index!r}")
