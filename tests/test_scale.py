"""Chapter 12's formulas against PyTorch, SciPy and closed forms; the chunked loss; devices."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import special
from torch.nn import LinearCrossEntropyOptions
from torch.utils.checkpoint import checkpoint

from ce_course import devices, losses, memory, robust, scale, torch_losses
from ce_course.checks.by_name import exercise_called
from ce_course.checks.gradients import loss_and_gradients
from ce_course.torch_losses import chunked_linear_cross_entropy as chunked

# ------------------------------------------------------------------ the loss in chunks


def drawn(N=11, d=8, V=50, dtype=torch.float64, seed=0):
    g = torch.Generator().manual_seed(seed)
    h = torch.randn(N, d, generator=g).to(dtype).requires_grad_()
    W = torch.randn(V, d, generator=g).to(dtype).requires_grad_()
    return h, W, torch.randint(0, V, (N,), generator=g)


@pytest.mark.parametrize("chunk", [1, 4, 11, 1000])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_loss_and_gradients_are_those_of_the_plain_loss(chunk, smoothing):
    h, W, y = drawn()
    y[3] = y[7] = -100
    ours = chunked(h, W, y, chunk, label_smoothing=smoothing)
    right = F.cross_entropy(F.linear(h, W), y, label_smoothing=smoothing)
    assert ours.item() == pytest.approx(right.item(), rel=1e-14)
    pairs = zip(*(torch.autograd.grad(-3 * loss, (h, W)) for loss in (ours, right)), strict=True)
    for one, other in pairs:
        assert (one - other).norm() < 1e-14 * (1 + other.norm())


def test_another_label_may_be_the_one_that_does_not_count():
    h, W, y = drawn()
    right = F.cross_entropy(F.linear(h, W), y, ignore_index=int(y[0]))
    assert chunked(h, W, y, 3, ignore_index=int(y[0])).item() == pytest.approx(right.item())


def test_the_gradients_pass_gradcheck_and_a_second_way_back():
    h, W, y = drawn(7, 4, 9)
    y[2] = -100
    assert torch.autograd.gradcheck(lambda h, W: chunked(h, W, y, 3, -100, 0.2), (h, W))
    loss = chunked(h, W, y, 3)
    first = torch.autograd.grad(loss, (h, W), retain_graph=True)
    again = torch.autograd.grad(loss, (h, W))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_the_exercise_s_reference_gives_what_the_course_s_own_function_does(seed):
    exercise = exercise_called("chunked_linear_cross_entropy")
    for case in exercise.make_cases(seed):
        expected, given = loss_and_gradients(chunked, *case.args), exercise.reference(*case.args)
        assert given.pop("memory") and expected.pop("memory")
        for part, number in expected.items():
            np.testing.assert_allclose(given[part], number.detach(), rtol=1e-12, atol=1e-14)


def test_at_the_size_of_the_benchmark_loss_and_gradients_are_near():
    """float32, a tenth of the tokens."""
    h, W, y = drawn(200, 64, 50_000, torch.float32)
    with torch.no_grad():
        W /= 8
    ours, right = chunked(h, W, y, 64), F.cross_entropy(F.linear(h, W), y)
    assert abs(ours.item() - right.item()) < 1e-5
    pairs = zip(*(torch.autograd.grad(loss, (h, W)) for loss in (ours, right)), strict=True)
    assert all((one - other).norm() < 1e-6 * other.norm() for one, other in pairs)


@pytest.mark.parametrize(("dtype", "eps"), [(torch.bfloat16, 2**-8), (torch.float16, 2**-11)])
def test_half_precision_has_float32_sums(dtype, eps):
    """Many chunks add to one row of W: what is added in float32 is rounded once."""
    h, W, y = drawn(512, 16, 40, dtype)
    loss = chunked(h, W, y, 8)
    assert loss.dtype == torch.float32
    h_, W_ = h.detach().double().requires_grad_(), W.detach().double().requires_grad_()
    right = F.cross_entropy(F.linear(h_, W_), y)
    assert abs(loss.item() - right.item()) < eps * 16  # logits are below 16 and rounded
    grads = torch.autograd.grad(loss, (h, W)), torch.autograd.grad(right, (h_, W_))
    for one, other in zip(*grads, strict=True):
        assert one.dtype == dtype
        assert (one.double() - other).norm() < 3 * eps * other.norm()


def test_nothing_that_counts_gives_nan_and_no_gradient_as_pytorch_does():
    for N, label in ((0, 0), (3, -100)):
        h, W, _ = drawn(N)
        loss = chunked(h, W, torch.full((N,), label), 2)
        assert loss.isnan()
        assert all(not g.any() for g in torch.autograd.grad(loss, (h, W)))


def test_without_gradients_none_are_calculated():
    h, W, y = drawn(64, 8, 500)
    with torch.no_grad():
        without = memory.peak_bytes(lambda: chunked(h, W, y, 4))
    assert without < memory.peak_bytes(lambda: chunked(h, W, y, 4)) / 2
    loss = chunked(h.detach(), W, y, 4)
    (only,) = torch.autograd.grad(loss, W)
    assert torch.equal(only, torch.autograd.grad(chunked(h, W, y, 4), W)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"h": torch.zeros(3, 2)}, "expected shapes"),
        ({"W": torch.zeros(5, 8)}, "one dtype and device"),
        ({"W": torch.zeros(0, 8, dtype=torch.float64)}, "a class or more"),
        ({"y": torch.zeros(11)}, "integer labels"),
        ({"y": torch.full((11,), 50)}, "labels from 0 to 49"),
        ({"chunk": 0}, "chunk: expected a whole number"),
        ({"chunk": 2.5}, "chunk: expected a whole number"),
        ({"label_smoothing": 1.5}, "label_smoothing: expected"),
        ({"ignore_index": 0.5}, "ignore_index: expected"),
        ({"h": torch.zeros(11, 8, dtype=torch.int64)}, "floating-point"),
    ],
)
def test_bad_input_is_refused_in_our_words(change, message):
    h, W, y = drawn()
    given = {"h": h, "W": W, "y": y, "chunk": 4} | change
    with pytest.raises(ValueError, match=message):
        chunked(**given)


# ------------------------------------------------------------------ memory


def peak_in_arrays(loss, N=512, V=5000, d=64):
    h, W, y = drawn(N, d, V, torch.float32)
    return memory.peak_bytes(lambda: loss(h, W, y).backward()) / scale.logits_bytes(N, V, 4)


def looped(part):
    def loss(h, W, y):
        pairs = zip(h.split(64), y.split(64), strict=True)
        return sum(part(a, W, b) for a, b in pairs) / len(h)

    return loss


def in_sum(h, W, y):
    return F.cross_entropy(F.linear(h, W), y, reduction="sum")


def test_the_peaks_that_the_chapter_states():
    plain = peak_in_arrays(lambda h, W, y: F.cross_entropy(F.linear(h, W), y))
    assert plain == pytest.approx(3, abs=0.01)
    assert peak_in_arrays(looped(in_sum)) == pytest.approx(1.25, abs=0.02)
    again = looped(lambda *args: checkpoint(in_sum, *args, use_reentrant=False))
    assert peak_in_arrays(again) < 0.6
    ours = peak_in_arrays(lambda h, W, y: chunked(h, W, y, 64))
    options = LinearCrossEntropyOptions(batch_chunk_size=64)
    theirs = peak_in_arrays(lambda h, W, y: F.linear_cross_entropy(h, W, y, options=options))
    assert ours < plain / 6 and ours <= 1.2 * theirs
    gradients = 2 * (5000 * 64 + 512 * 64) / (512 * 5000)  # and their scaled copies
    assert ours == pytest.approx(gradients, abs=0.001)


@pytest.mark.parametrize("d", [8, 64, 900])  # the last: gradients larger than the logits
@pytest.mark.parametrize("chunk", [None, 16, 100])
def test_the_peak_on_paper_is_the_peak_that_is_counted(d, chunk):
    N, V = 100, 700
    h, W, y = drawn(N, d, V, torch.float32)

    def run():
        h.grad = W.grad = None
        plain = chunk is None
        (F.cross_entropy(F.linear(h, W), y) if plain else chunked(h, W, y, chunk)).backward()

    counted = memory.peak_bytes(run)
    assert 0 <= counted - scale.linear_loss_peak(N, V, d, 4, chunk) < 50 * N


def test_the_count_sees_what_is_alive_and_no_views():
    x = torch.zeros(1000)
    assert memory.peak_bytes(lambda: x.view(10, 100).T) == 0
    assert memory.peak_bytes(lambda: [x + 1, x + 2]) == 8000
    assert memory.peak_bytes(lambda: (x + 1).sum() + (x + 2).sum()) < 8000

    def freed():
        for _ in range(5):
            torch.zeros(1000)

    assert memory.peak_bytes(freed) <= 8000


def test_bytes_are_exact_and_parts_add_up():
    assert scale.logits_bytes(np.int32(131_072), np.int32(262_144), np.int32(4)) == 2**37
    parts = scale.linear_loss_bytes(2048, 50_000, 256, 4)
    assert parts["logits"] == 3 * 2048 * 50_000 * 4
    assert parts["gradient of W"] == 50_000 * 256 * 4
    assert scale.linear_loss_bytes(2048, 50_000, 256, 4, 256)["logits"] == 256 * 50_000 * 4
    assert scale.linear_loss_bytes(100, 50, 8, 4, 256)["logits"] == 100 * 50 * 4
    for bad in ((-1, 5, 4), (3, 0, 4), (3, 5, 2.5)):
        with pytest.raises(ValueError, match="expected a whole number"):
            scale.logits_bytes(*bad)


# ------------------------------------------------------------------ a sample of words


def test_a_sample_of_every_word_is_the_whole_loss():
    rng = np.random.default_rng(0)
    h, W, y = rng.normal(size=(4, 3)), rng.normal(size=(7, 3)), rng.integers(0, 7, 4)
    right = losses.cross_entropy_from_logits(h @ W.T, y)
    np.testing.assert_allclose(scale.sampled_softmax_loss(h, W, y, range(7)), right, rtol=1e-13)


def test_over_all_draws_the_sum_is_right_and_the_loss_too_small():
    z = np.array([1.0, 2.0, 0.0, -1.0, 0.5])
    right = losses.cross_entropy_from_logits(z[None], [0])[0]
    before = -np.inf
    for S in (1, 2, 4):
        draws = itertools.product(range(5), repeat=S)
        cost = np.array(
            [scale.sampled_softmax_loss([[1.0]], z[:, None], [0], list(s))[0] for s in draws]
        )
        assert np.exp(cost).mean() == pytest.approx(math.exp(right), rel=1e-13)
        assert before < cost.mean() < right - 0.05
        before = cost.mean()


# ------------------------------------------------------------------ devices


def split(z, *cuts):
    firsts = [0, *cuts]
    return [part.copy() for part in np.split(z, cuts, axis=1)], firsts


@pytest.mark.parametrize("cuts", [(), (3,), (1, 2, 9), (0, 5)])
def test_shards_give_the_undivided_loss(cuts):
    rng = np.random.default_rng(0)
    z = rng.normal(scale=300, size=(20, 10))
    y = rng.integers(0, 10, 20)
    shards, _ = split(z, *cuts)
    right = special.logsumexp(z, axis=1) - z[np.arange(20), y]
    np.testing.assert_allclose(scale.sharded_cross_entropy(shards, y), right, atol=1e-12)


def test_processes_agree_with_one_process_to_the_last_bit_and_send_three_numbers_each_way():
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=(50, 12)), rng.integers(0, 12, 50)
    shards, firsts = split(z, 5, 9)
    work = [(shard, y, first) for shard, first in zip(shards, firsts, strict=True)]
    answers, sent = devices.in_processes(devices.shard_losses, work)
    alone = devices.in_turn(devices.shard_losses, work)
    assert all(np.array_equal(a, b) for a, b in zip(answers, alone, strict=True))
    np.testing.assert_array_equal(alone[0], scale.sharded_cross_entropy(shards, y))
    assert sent == 3 * 3 * 2 * 50 * 8


def test_devices_must_ask_for_the_same():
    with pytest.raises(ValueError, match="expected 'max' or 'sum' of all devices"):
        devices.all_reduce([("max", np.ones(2)), ("sum", np.ones(2))])


# ------------------------------------------------------------------ logits kept small


def test_z_loss_and_soft_cap_have_the_gradients_that_the_chapter_states():
    z = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    cost = 0.3 * z.logsumexp(1) ** 2
    np.testing.assert_allclose(scale.z_loss(z.detach().numpy(), 0.3), cost.detach(), rtol=1e-12)
    (slope,) = torch.autograd.grad(cost.sum(), z)
    by_hand = 0.6 * z.logsumexp(1, keepdim=True) * z.softmax(1)
    assert torch.allclose(slope, by_hand, rtol=1e-12)
    capped = 3 * torch.tanh(z / 3)
    np.testing.assert_allclose(scale.soft_cap(z.detach().numpy(), 3), capped.detach(), rtol=1e-13)
    (slope,) = torch.autograd.grad(capped.sum(), z)
    assert torch.allclose(slope, 1 - torch.tanh(z / 3) ** 2)
    assert np.isfinite(scale.z_loss([[1000.0, -1000.0]], 1.0)).all()


# ------------------------------------------------------------------ the family


def test_the_family_has_its_members():
    p = np.linspace(0.01, 0.99, 50)
    np.testing.assert_allclose(scale.loss_family(p, 0, 0, 0), -np.log(p))
    np.testing.assert_allclose(scale.loss_family(p, 2, 0, 0), -((1 - p) ** 2) * np.log(p))
    np.testing.assert_allclose(scale.loss_family(p, 0, 0.7, 0), (1 - p**0.7) / 0.7)
    np.testing.assert_allclose(scale.loss_family(p, 0, 0, 2), -np.log(p) + 2 * (1 - p))
    np.testing.assert_allclose(scale.loss_family(p, 0, 1e-9, 0), -np.log(p), rtol=1e-7)
    assert scale.loss_family(0.0, 0, 0, 0) == np.inf and scale.loss_family(1.0, 0.5, 0.3, 1) == 0


def test_its_generalized_cross_entropy_is_that_of_chapter_10():
    z = np.random.default_rng(3).normal(scale=5, size=(50, 4))
    y = np.arange(50) % 4
    p = losses.softmax(z)[np.arange(50), y]
    cost = robust.generalized_cross_entropy(z, y, 0.7)
    np.testing.assert_allclose(scale.loss_family(p, 0, 0.7, 0), cost, rtol=1e-9)
    given = torch.tensor(z), torch.tensor(y)
    for loss in (
        torch_losses.generalized_cross_entropy(*given, 0.7),
        torch_losses.loss_family(*given, 0, 0.7, 0),
    ):
        np.testing.assert_allclose(loss.numpy(), cost, rtol=1e-12)


SETTINGS = [(0, 0, 0), (0.5, 0, 0), (2, 0.3, -0.5), (0, 0.7, 2), (0, 1, 0)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_tensor_form_is_the_same_with_exact_gradients(setting):
    z = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0, 1, 2, 3, 0, 1])
    p = z.softmax(1)[torch.arange(6), y].detach().numpy()
    ours = torch_losses.loss_family(z, y, *setting)
    np.testing.assert_allclose(ours.detach(), scale.loss_family(p, *setting), rtol=1e-10)
    assert torch.autograd.gradcheck(lambda z: torch_losses.loss_family(z, y, *setting), z)
    sure = torch.tensor([[60.0, 0.0]], dtype=torch.float64, requires_grad=True)
    loss = torch_losses.loss_family(sure, torch.tensor([0]), *setting)
    assert torch.autograd.grad(loss.sum(), sure)[0].isfinite().all()
