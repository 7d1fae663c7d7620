"""`diagnose`: what it puts back, what it finds and where it stays silent, and what it says."""

import copy
import importlib
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.diagnosis import causes_of, kinds, styles
from ce_course import data, diagnosis
from ce_course.diagnosis import FINDINGS, SECTIONS, SEVERITIES, SYMPTOMS, diagnose
from ce_course.training import mlp

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# ------------------------------------------------------------------ what is put back


def world():
    """A training with everything that a step can change, and a function that photographs it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 3))
    model[1].eval()
    model[0].bias.requires_grad_(False)
    model.seen = [1]
    handle = model.register_forward_hook(lambda *_: None)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.9)
    average = copy.deepcopy(model)
    X, y = torch.randn(24, 6), torch.arange(24) % 3
    losses, count = [], {"steps": 0}
    calls = 0

    def step(X, y):
        nonlocal calls
        calls += 1
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item() + random.random() + np.random.rand())  # noqa: NPY002
        count["steps"] += 1
        model.seen.append(2)
        model[3].weight.requires_grad_(True)
        X.zero_()
        with torch.no_grad():
            for a, p in zip(average.parameters(), model.parameters(), strict=True):
                a.lerp_(p, 0.1)
        return loss

    for _ in range(2):
        step(X.clone(), y)

    def photograph():
        return copy.deepcopy(
            {
                "weights": model.state_dict(),
                "gradients": [p.grad for p in model.parameters()],
                "wants": [p.requires_grad for p in model.parameters()],
                "modes": [m.training for m in model.modules()],
                "hooks": [
                    len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()
                ],
                "parameter hooks": [
                    p._backward_hooks is None or not p._backward_hooks for p in model.parameters()
                ],
                "optimizer": optimizer.state_dict(),
                "scheduler": scheduler.state_dict(),
                "average": average.state_dict(),
                "plain": (losses, count, calls, model.seen, handle.id),
                "data": (X, y),
                "random": (torch.get_rng_state(), random.getstate(), np.random.get_state()[1]),  # noqa: NPY002
                "grad mode": torch.is_grad_enabled(),
            }
        )

    return model, optimizer, X, y, step, photograph


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def fail(*_):
    raise RuntimeError("broken on purpose")


class Fails(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        self.model(x)
        self.model[0].weight.data.zero_()
        fail()


@pytest.mark.parametrize("broken", ["nothing", "model", "loss", "step", "predict"])
def test_everything_is_as_it_was_also_after_an_error(broken):
    model, optimizer, X, y, step, photograph = world()
    before = photograph()

    def step_then_fail(X, y):
        step(X, y)
        fail()

    report = diagnose(
        Fails(model) if broken == "model" else model,
        fail if broken == "loss" else F.cross_entropy,
        X,
        y,
        optimizer=optimizer,
        step=step_then_fail if broken == "step" else step,
        predict=fail if broken == "predict" else lambda X: model.eval()(X).argmax(1),
    )
    after = photograph()
    for what in before:
        assert same(before[what], after[what]), what
    if broken in ("model", "loss", "step"):
        assert "does_not_run" in {finding.name for finding in report.findings}
    if broken == "predict":
        assert ("decisions", "RuntimeError: broken on purpose") in report.unchecked


def test_the_caller_may_be_under_no_grad():
    X, y = torch.randn(16, 4), torch.arange(16) % 2
    with torch.no_grad():
        assert diagnose(nn.Linear(4, 2), F.cross_entropy, X, y).ok
        assert not torch.is_grad_enabled()


# ------------------------------------------------------------------ what is found


def setups(*folders):
    return {
        f"{folder}/{kind.__name__.rpartition('.')[2]}.{name}": (make, kind)
        for folder in folders
        for kind in kinds(folder)
        for name, make in styles(kind)
    }


BROKEN = setups("broken", "broken_unseen")
RIGHT = setups("right", "right_unseen")
REACHED = Path(__file__).with_name("diagnosed.txt")


def reached():
    """finding -> two set-ups, as written down in diagnosed.txt."""
    lines = [line.split() for line in REACHED.read_text(encoding="utf-8").splitlines() if line]
    return {name: labels for name, *labels in lines}


def test_every_finding_has_two_setups():
    assert reached().keys() == FINDINGS.keys()
    assert all(len(set(labels)) == 2 for labels in reached().values())


@pytest.mark.trains
@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_is_reached_in_two_setups(finding, monkeypatch):
    slow = {"one batch": "cannot_fit symmetric_units", "labels follow X": "labels_unrelated"}
    slow["learning rate"] = (
        "summed learning_rate_too_high learning_rate_too_low weight_decay_too_strong diverges"
    )
    asked = [q for q in diagnosis._QUESTIONS if finding in slow.get(q[0], finding).split()]
    monkeypatch.setattr(diagnosis, "_QUESTIONS", asked)
    for label in reached()[finding]:
        make, _ = (BROKEN | RIGHT)[label]
        assert finding in {found.name for found in diagnose(**make(0)).findings}, label


@pytest.mark.trains
@pytest.mark.parametrize("label", list(RIGHT)[::9])
def test_a_right_setup_gives_no_error(label):
    report = diagnose(**RIGHT[label][0](1))
    assert report.ok, report


TRAPS = {
    "fifth_right": "answer_after_prompt loss_of_a_library missing_targets missing_inputs "
    "critic_with_signs exponential outliers_are_even",
    "sixth_right": "attacked_embeddings every_thirty_second_call threshold_of_six_tenths "
    "answers_one_and_two float32_copies complementary proportions_of_a_bag",
    "fourth_losses": "counts simclr",
    "seventh_right": "inception_tuple seq2seq siamese",
}


@pytest.mark.trains
@pytest.mark.parametrize(
    "label",
    [f"right_unseen/{file}.{name}" for file, names in TRAPS.items() for name in names.split()],
)
def test_what_once_gave_a_false_error_gives_none(label):
    report = diagnose(**RIGHT[label][0](2))
    assert report.ok, report


# Written down as people post them, and not named first until a question was added for their kind.
MISSED = (
    "multilabel_softmax raw_pixels argmax_multilabel softmax_threshold_multilabel kl_swapped "
    "dice_on_logits bce_dice_sigmoid_model aux_only seq2seq_not_shifted"
)


@pytest.mark.trains
@pytest.mark.parametrize(
    "label",
    [
        *list(BROKEN)[::24],
        *(f"broken_unseen/seventh_broken.{name}" for name in MISSED.split()),
    ],
)
def test_the_cause_is_named_first(label):
    make, kind = BROKEN[label]
    report = diagnose(**make(1))
    assert report.findings[0].name in causes_of(make, kind), report


# ------------------------------------------------------------------ the check of chapter 04

PLAIN = nn.CrossEntropyLoss()


def digits_batch(seed=0, count=64):
    X, y, _, _ = data.digits(seed)
    return torch.tensor(X[:count], dtype=torch.float32), torch.tensor(y[:count])


class CutWire(nn.Sequential):
    def forward(self, x):
        return self[2](self[1](self[0](x)).detach())


class NoGradient(nn.Sequential):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


BUGS = {
    "softmax_twice": (lambda m: nn.Sequential(m, nn.Softmax(-1)), PLAIN),
    "sigmoid_before_softmax": (lambda m: nn.Sequential(m, nn.Sigmoid()), PLAIN),
    "nll_of_logits": (lambda m: m, nn.NLLLoss()),
    "gradient_cut": (lambda m: CutWire(*m), PLAIN),
    "no_gradient": (lambda m: NoGradient(*m), PLAIN),
    "summed": (lambda m: m, nn.CrossEntropyLoss(reduction="sum")),
    "softmax_wrong_axis": (lambda m: m, lambda z, y: F.nll_loss(z.log_softmax(0), y)),
}


@pytest.mark.trains
@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_planted_in_a_network_for_digits_is_named_first(bug):
    plant, loss = BUGS[bug]
    for seed in range(2):
        report = diagnose(plant(mlp((64, 32, 10), seed)), loss, *digits_batch(seed))
        assert report.findings[0].name == bug


@pytest.mark.trains
def test_pixels_from_0_to_255_are_noticed():
    X, y = digits_batch()
    (finding,) = diagnose(mlp((64, 32, 10), 0), PLAIN, 255 * X, y).findings
    assert finding.name == "inputs_unscaled"


@pytest.mark.trains
@pytest.mark.parametrize("count", [16, 200])
def test_networks_for_digits_raise_no_alarm(count):
    torch.manual_seed(0)
    for model in (mlp((64, 32, 10), 0), nn.Linear(64, 10)):
        assert diagnose(model, PLAIN, *digits_batch(0, count)).findings == ()


# ------------------------------------------------------------------ arguments, report, catalogue


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": lambda x: x}, "model must be a torch.nn.Module, got function"),
        ({"loss": 3}, "loss must be a function, got int"),
        ({"loss": None}, "loss must be a function, got NoneType"),
        ({"step": 1.0}, "step must be a function, got float"),
        ({"predict": "x"}, "predict must be a function, got str"),
        ({"optimizer": []}, "optimizer must be a torch optimizer, got list"),
        ({"ignore_index": 0.5}, "ignore_index must be a whole number, got 0.5"),
        ({"ignore_index": True}, "ignore_index must be a whole number, got True"),
    ],
)
def test_bad_arguments_are_told(change, said):
    right = {
        "model": nn.Linear(2, 2),
        "loss": PLAIN,
        "X": torch.zeros(4, 2),
        "y": torch.zeros(4).long(),
    }
    with pytest.raises(TypeError, match=said.replace(".", r"\.")):
        diagnose(**(right | change))


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (None, None),
        ("text", ["labels"]),
        (torch.zeros(0, 4), torch.zeros(0).long()),
        (torch.zeros(4), torch.tensor(1)),
        (np.zeros((3, 4)), np.zeros(3)),
        (torch.zeros(3, 4), torch.zeros(5, 7, 2)),
        ({"x": torch.zeros(3, 4)}, {"y": torch.zeros(3).long()}),
        (torch.full((3, 4), torch.nan), torch.tensor([0, 1, 0])),
    ],
)
def test_whatever_comes_nothing_is_raised(X, y):
    report = diagnose(nn.Linear(4, 2), F.cross_entropy, X, y)
    assert report.findings or report.unchecked
    assert str(report) and report._repr_html_()


def test_lazy_parameters_are_told():
    report = diagnose(nn.LazyLinear(3), PLAIN, torch.zeros(4, 2), torch.zeros(4).long())
    assert report.ok and "call model(X) once" in report.unchecked[0][1]


@pytest.mark.trains
def test_the_report_as_text_and_as_html():
    X, y = digits_batch()
    model = nn.Sequential(mlp((64, 32, 10), 0), nn.Softmax(-1))
    report = diagnose(model, PLAIN, X, y)
    finding = report.findings[0]
    assert not report.ok and finding.severity == "error"
    text, html = str(report), report._repr_html_()
    for part in (finding.name, finding.evidence, finding.mend, finding.section, finding.means):
        assert part in text and part.replace("'", "&#x27;") in html
    assert text.startswith("1 error") and "<caption" in html and 'scope="col"' in html
    assert "color" not in html and "Not checked" in text and "Not checked" in html
    assert "1.4612" in finding.evidence  # ln(e + 9) - 1


def test_the_catalogue_is_complete():
    for name, kind in FINDINGS.items():
        assert kind.name == name and kind.severity in SEVERITIES
        assert kind.symptoms and set(kind.symptoms) <= SYMPTOMS.keys(), name
        assert kind.means and kind.test and kind.mend and kind.section in SECTIONS.values()
    used = {symptom for kind in FINDINGS.values() for symptom in kind.symptoms}
    assert used == SYMPTOMS.keys()
    ordered = set(diagnosis._LATE) | set(diagnosis._FOLLOWS)
    assert ordered | set().union(*diagnosis._FOLLOWS.values()) <= FINDINGS.keys()


def test_one_file_that_can_be_copied(tmp_path):
    shutil.copy(diagnosis.__file__, tmp_path / "mine.py")
    program = (
        "import sys, mine\n"
        "assert 'torch' not in sys.modules and len(mine.FINDINGS) > 50\n"
        "import torch\n"
        "X, y = torch.randn(20, 3), torch.arange(20) % 2\n"
        "r = mine.diagnose(torch.nn.Linear(3, 2), torch.nn.NLLLoss(), X, y)\n"
        "assert r.findings[0].name == 'nll_of_logits', r\n"
        "assert not any(m.startswith('ce_course') for m in sys.modules)\n"
    )
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=tmp_path, env={"PATH": "", "PYTHONPATH": str(tmp_path)}, check=True)


def test_the_setups_are_as_many_as_promised():
    broken_kinds = {kind.__name__ for _, kind in BROKEN.values()}
    assert len(BROKEN) >= 60 and len(broken_kinds) >= 25 and len(RIGHT) >= 40
    for label, setup in BROKEN.items():
        assert causes_of(*setup) and set(causes_of(*setup)) <= FINDINGS.keys(), label
    assert importlib.import_module("benchmarks.diagnosis")
