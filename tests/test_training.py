"""The training loop against closed forms, an independent loop, and what a learner sees of it."""

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from scipy.special import softmax
from sklearn.metrics import accuracy_score, log_loss
from torch import nn

from ce_course import data, plots, training

pytestmark = pytest.mark.trains

CROSS_ENTROPY = nn.CrossEntropyLoss()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def wine():
    return data.wine(seed=0)


def trained(wine, sizes=(13, 8, 3), seed=0, epochs=3, loss=CROSS_ENTROPY, **settings):
    """A model and its history on wine."""
    X, y, X_test, y_test = wine
    model = training.mlp(sizes, seed)
    settings = {"learning_rate": 0.05, "batch_size": 32} | settings
    history = training.train(
        model, X, y, loss, epochs=epochs, seed=seed, X_test=X_test, y_test=y_test, **settings
    )
    return model, history


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


# ------------------------------------------------------------------ the network


def test_mlp_ends_in_logits():
    model = training.mlp((64, 32, 10), seed=0)
    assert [type(layer) for layer in model] == [nn.Linear, nn.ReLU, nn.Linear]
    assert model(torch.zeros(5, 64)).shape == (5, 10)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert [type(layer) for layer in training.mlp((30, 1), seed=0)] == [nn.Linear]


def test_mlp_starts_as_he_says():
    first, _, second = training.mlp((500, 400, 300), seed=0)
    for layer, inputs in ((first, 500), (second, 400)):
        w = layer.weight.detach().numpy().astype(float)
        assert w.std() == pytest.approx(np.sqrt(2 / inputs), rel=0.01)  # its own error: 0.2 %
        assert abs(w.mean()) < 4 * np.sqrt(2 / inputs / w.size)
        assert not layer.bias.detach().any()


def test_mlp_follows_its_seed_alone():
    torch.manual_seed(1)
    one = weights(training.mlp((20, 10), seed=7))
    torch.manual_seed(2)
    assert torch.equal(one, weights(training.mlp((20, 10), seed=7)))
    assert not torch.equal(one, weights(training.mlp((20, 10), seed=8)))


# ------------------------------------------------------------------ determinism


@pytest.mark.parametrize("optimizer", training.OPTIMIZERS)
def test_the_same_call_gives_the_same_numbers(wine, optimizer):
    (one, first), (other, second) = (trained(wine, optimizer=optimizer) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert torch.equal(weights(one), weights(other))


def test_the_seed_orders_the_batches(wine):
    X, y, _, _ = wine
    histories = []
    for seed in (0, 1):
        model = training.mlp((13, 3), seed=0)
        settings = {"epochs": 1, "learning_rate": 0.1, "batch_size": 10}
        histories.append(training.train(model, X, y, CROSS_ENTROPY, seed=seed, **settings))
    assert histories[0].train_loss[0] == histories[1].train_loss[0]
    assert histories[0].train_loss[1] != histories[1].train_loss[1]


def test_global_random_states_and_threads_stay(wine):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002
    trained(wine)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    assert torch.get_num_threads() == 1


# ------------------------------------------------------------------ against closed forms


def one_step(wine, **settings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights before and after one full-batch step of softmax regression, and the gradient."""
    X, y, _, _ = wine
    model = training.mlp((13, 3), seed=0).double()
    before = model[0].weight.detach().numpy().copy()
    p = softmax(X @ before.T, axis=1)  # the bias is still 0
    gradient = (p - np.eye(3)[y]).T @ X / len(X)
    settings = {"epochs": 1, "batch_size": None, "seed": 0} | settings
    training.train(model, X, y, CROSS_ENTROPY, **settings)
    return before, model[0].weight.detach().numpy(), gradient


def check_step(wine):
    before, after, gradient = one_step(wine, learning_rate=0.3)
    np.testing.assert_allclose(after - before, -0.3 * gradient, rtol=1e-10, atol=1e-14)


def test_one_full_batch_step_is_p_minus_y(wine):
    check_step(wine)


def test_a_wrong_sign_in_the_update_is_noticed(wine, monkeypatch):
    def uphill(model, name, learning_rate, momentum):
        return torch.optim.SGD(model.parameters(), learning_rate, momentum, maximize=True)

    monkeypatch.setattr(training, "_optimizer", uphill)
    with pytest.raises(AssertionError):
        check_step(wine)


def test_adams_first_step_is_the_learning_rate_against_the_gradients_sign(wine):
    before, after, gradient = one_step(wine, learning_rate=0.01, optimizer="adam")
    expected = -0.01 * gradient / (np.abs(gradient) + 1e-8)
    np.testing.assert_allclose(after - before, expected, rtol=1e-9)


def test_epochs_batches_and_momentum_against_a_loop_in_numpy(wine):
    X, y, _, _ = wine
    model = training.mlp((13, 3), seed=3).double()
    W, b = model[0].weight.detach().numpy().copy(), np.zeros(3)
    settings = {"epochs": 4, "learning_rate": 0.05, "batch_size": 32, "momentum": 0.8, "seed": 11}
    history = training.train(model, X, y, CROSS_ENTROPY, **settings)

    def loss():
        return log_loss(y, softmax(X @ W.T + b, axis=1))

    order, losses = torch.Generator().manual_seed(11), [loss()]
    vW, vb = np.zeros_like(W), np.zeros_like(b)
    for _ in range(4):
        shuffled = torch.randperm(100, generator=order).numpy()
        for start in (0, 32, 64, 96):  # the last batch has 4 examples
            i = shuffled[start : start + 32]
            d = (softmax(X[i] @ W.T + b, axis=1) - np.eye(3)[y[i]]) / len(i)
            vW, vb = 0.8 * vW + d.T @ X[i], 0.8 * vb + d.sum(0)
            W, b = W - 0.05 * vW, b - 0.05 * vb
        losses.append(loss())
    np.testing.assert_allclose(history.train_loss, losses, rtol=1e-10)
    np.testing.assert_allclose(model[0].weight.detach(), W, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model[0].bias.detach(), b, rtol=1e-9, atol=1e-12)


# ------------------------------------------------------------------ the history


def test_the_last_row_is_what_scikit_learn_measures(wine):
    model, history = trained(wine, epochs=4)
    assert list(history) == [
        "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy",
    ]  # fmt: skip
    assert history.epoch.tolist() == [0, 1, 2, 3, 4]
    for part, X, y in (("train", *wine[:2]), ("test", *wine[2:])):
        with torch.no_grad():
            p = softmax(model(torch.tensor(X, dtype=torch.float32)).double().numpy(), axis=1)
        assert history[f"{part}_loss"].iloc[-1] == pytest.approx(log_loss(y, p), rel=1e-5)
        assert history[f"{part}_accuracy"].iloc[-1] == accuracy_score(y, p.argmax(1))


def test_row_zero_is_the_model_as_it_came(wine):
    X, y, _, _ = wine
    model = training.mlp((13, 3), seed=0)
    start = training.measure(model, X, y, CROSS_ENTROPY)
    before = weights(model)
    settings = {"epochs": 0, "learning_rate": 1.0, "seed": 0}
    history = training.train(model, X, y, CROSS_ENTROPY, **settings)
    assert history.to_dict("records") == [
        {"epoch": 0, "train_loss": start["loss"], "train_accuracy": start["accuracy"]}
    ]
    assert torch.equal(weights(model), before)


def test_record_adds_columns(wine):
    def record(model):
        return {"norm": float(weights(model).norm())}

    model, history = trained(wine, record=record)
    assert history.norm.iloc[-1] == float(weights(model).norm())
    assert history.norm.nunique() == len(history)


def test_digits_are_learnt():
    X, y, X_test, y_test = data.digits(seed=0)
    model = training.mlp((64, 64, 10), seed=0)
    settings = {"epochs": 15, "learning_rate": 0.1, "seed": 0, "X_test": X_test, "y_test": y_test}
    history = training.train(model, X, y, CROSS_ENTROPY, **settings)
    assert history.test_accuracy.iloc[-1] > 0.95
    assert history.test_accuracy.iloc[0] < 0.3


def test_one_logit_per_example():
    X, y, _ = data.breast_cancer()
    X, y, X_test, _ = data.split(X, y, n_train=400, seed=0)
    X, _ = data.standardise(X, X_test)
    model = training.mlp((30, 1), seed=0)
    settings = {"epochs": 5, "learning_rate": 0.1, "seed": 0}
    history = training.train(model, X, y.astype(float), nn.BCEWithLogitsLoss(), **settings)
    with torch.no_grad():
        z = model(torch.tensor(X, dtype=torch.float32))[:, 0].double().numpy()
    assert history.train_loss.iloc[-1] == pytest.approx(log_loss(y, 1 / (1 + np.exp(-z))), rel=1e-5)
    assert history.train_accuracy.iloc[-1] == accuracy_score(y, z > 0)


def test_target_distributions(wine):
    X, y, _, _ = wine
    one_hot = np.eye(3)[y]
    hard = training.train(
        training.mlp((13, 3), 0), X, y, CROSS_ENTROPY, epochs=2, learning_rate=0.1, seed=0
    )
    soft = training.train(
        training.mlp((13, 3), 0), X, one_hot, CROSS_ENTROPY, epochs=2, learning_rate=0.1, seed=0
    )
    pd.testing.assert_frame_equal(hard, soft, rtol=1e-5)


def test_a_training_that_diverges_goes_on_and_nothing_in_it_is_right(wine):
    _, history = trained(wine, learning_rate=1e30, epochs=3)
    assert len(history) == 4
    assert not np.isfinite(history.train_loss.iloc[-1])
    assert history.train_accuracy.iloc[-1] == 0


def test_dropout_is_off_when_measuring(wine):
    X, y, _, _ = wine
    model = nn.Sequential(training.mlp((13, 3), 0), nn.Dropout(0.5))
    one, other = (training.measure(model, X, y, CROSS_ENTROPY) for _ in range(2))
    assert one == other


def test_dropout_is_on_when_training(wine):
    X, y, _, _ = wine
    model = nn.Sequential(training.mlp((13, 3), 0), nn.Dropout(1.0))
    before = weights(model)
    training.train(model, X, y, CROSS_ENTROPY, epochs=2, learning_rate=0.1, seed=0)
    assert torch.equal(weights(model), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_loss_gets_logits_and_labels_as_documented(dtype):
    got = set()

    def loss(z, y):
        got.add((tuple(z.shape), z.dtype, tuple(y.shape), y.dtype))
        return z.sum()

    settings = {"epochs": 1, "learning_rate": 0.1, "seed": 0}
    X = np.zeros((4, 2), dtype=np.float32)
    for outputs, y in ((3, np.zeros(4, np.int32)), (1, np.zeros(4)), (3, np.ones((4, 3)) / 3)):
        training.train(training.mlp((2, outputs), 0).to(dtype), X, y, loss, **settings)
    assert got == {
        ((4, 3), dtype, (4,), torch.int64),
        ((4,), dtype, (4,), dtype),
        ((4, 3), dtype, (4, 3), dtype),
    }


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": -1}, "epochs: expected 0 or more, got -1"),
        ({"learning_rate": 0}, "learning_rate: expected a positive number, got 0"),
        ({"batch_size": 0}, "batch_size: expected 1 or more, or None, got 0"),
        ({"optimizer": "SGD"}, 'optimizer: expected "sgd" or "adam", got \'SGD\''),
        ({"X": np.zeros((4, 13)), "y": np.zeros(5, int)}, r"got \(4, 13\) and \(5,\)"),
        ({"X": np.zeros(13)}, r"X, y: expected shapes \(N, features\) and .*, got \(13,\)"),
        ({"X_test": np.zeros((4, 13))}, "y_test: expected an array, got None"),
        ({"y_test": np.zeros(4, int)}, "X_test: expected an array, got None"),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, r"scalar tensor .*, got shape \(4,\)"),
        ({"loss": lambda z, y: 1.0}, r"scalar tensor .*, got 1\.0"),
    ],
)
def test_bad_input_says_what_was_expected(change, message):
    call = {"X": np.zeros((4, 13)), "y": np.array([0, 1, 2, 0]), "loss": CROSS_ENTROPY}
    call |= {"epochs": 1, "learning_rate": 0.1, "seed": 0} | change
    with pytest.raises(ValueError, match=message):
        training.train(training.mlp((13, 3), 0), **call)


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0)])
def test_bad_sizes(sizes):
    with pytest.raises(ValueError, match="sizes: expected two or more positive numbers, got"):
        training.mlp(sizes, seed=0)


# ------------------------------------------------------------------ comparisons


def test_compare_runs_every_variant_with_every_seed_in_order():
    def run(seed, variant):
        return pd.DataFrame({"epoch": [0, 1], "loss": [variant, variant / (seed + 1)]})

    table = training.compare(run, seeds=range(2), variants={"z": 8.0, "a": 4.0})
    expected = pd.DataFrame(
        {
            "variant": ["z", "z", "a", "a"] * 2,
            "seed": [0] * 4 + [1] * 4,
            "epoch": [0, 1] * 4,
            "loss": [8.0, 8.0, 4.0, 4.0, 8.0, 4.0, 4.0, 2.0],
        }
    )
    pd.testing.assert_frame_equal(table, expected)


def test_compare_takes_numbers_too():
    table = training.compare(lambda seed, v: {"double": 2 * v}, [3], {"one": 1, "two": 2})
    assert table.to_dict("list") == {"variant": ["one", "two"], "seed": [3, 3], "double": [2, 4]}


@pytest.mark.parametrize(
    ("seeds", "variants", "name"), [([], {"a": 1}, "seeds"), ([0], {}, "vari")]
)
def test_compare_refuses_nothing(seeds, variants, name):
    with pytest.raises(ValueError, match=f"{name}.*: expected at least one, got none"):
        training.compare(lambda seed, v: {}, seeds, variants)


def test_epochs_until_gives_the_first_and_inf_for_never():
    def run(seed, accuracies):
        return pd.DataFrame({"epoch": range(3), "accuracy": accuracies})

    variants = {"z": [0.1, 0.9, 0.5], "a": [0.1, 0.2, np.nan]}
    table = training.compare(run, [5, 2], variants)
    found = training.epochs_until(table, "accuracy", 0.9)
    assert list(found) == ["z", "a"] and found.index.tolist() == [5, 2]
    np.testing.assert_array_equal(found, [[1, np.inf], [1, np.inf]])


@pytest.fixture
def table():
    """Three seeds of two variants over four epochs: 1, 2 and 6, and their negatives."""

    def run(seed, sign):
        return pd.DataFrame({"epoch": range(4), "height": [sign * (1.0, 2.0, 6.0)[seed]] * 4})

    return training.compare(run, range(3), {"up": 1, "down": -1})


def test_curves_are_means_with_a_band_from_lowest_to_highest(table):
    ax = plots.draw_comparison(table, "height").axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["up", "down"]
    for line, band, sign in zip(ax.lines, ax.collections, (1, -1), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), range(4))
        np.testing.assert_array_equal(line.get_ydata(), [3 * sign] * 4)
        heights = band.get_paths()[0].vertices[:, 1]
        assert sorted({*heights}) == sorted([sign * 1.0, sign * 6.0])
    looks = [(line.get_color(), line.get_linestyle(), line.get_marker()) for line in ax.lines]
    assert all(one != other for one, other in zip(*looks, strict=True))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "height")
    plt.close(ax.figure)


def test_numbers_are_a_point_a_seed_and_a_bar_at_the_mean(table):
    last = table[table.epoch == 3].drop(columns="epoch")
    fig, (_, ax) = plots.subplots(1, 2)
    assert plots.draw_comparison(last, "height", ax=ax) is fig
    assert [label.get_text() for label in ax.get_xticklabels()] == ["up", "down"]
    for points, bar, sign in zip(ax.lines, ax.collections, (1, -1), strict=True):
        np.testing.assert_array_equal(points.get_ydata(), np.array([1, 2, 6]) * sign)
        np.testing.assert_array_equal(bar.get_segments()[0][:, 1], [3 * sign] * 2)
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()
    plt.close(fig)


def test_eight_variants_look_different():
    looks = [tuple(map(str, look.values())) for look in plots._looks(8)]
    assert len(set(looks)) == 8


def test_a_missing_column_is_named(table):
    with pytest.raises(ValueError, match="expected a column 'loss', got variant, seed, epoch, he"):
        plots.draw_comparison(table, "loss")


# ------------------------------------------------------------------ the choice of a rate


def test_a_rate_is_chosen_by_its_mean_score_over_the_tuning_seeds():
    rate, scores = training.tune(lambda r, seed: abs(r - 5) + seed, (1, 2, 5, 10), (100, 101))
    assert rate == 5
    assert scores.loc[2].to_list() == [103, 104] and list(scores.columns) == [100, 101]


def test_of_equally_good_rates_the_smallest_is_chosen():
    assert training.best_rate(pd.DataFrame([[9, 9], [3, 5], [4, 4], [9, 9]], [1, 2, 5, 10])) == 2


def test_a_training_that_broke_down_is_never_chosen():
    scores = pd.DataFrame([[9, 9], [5, 5], [1, np.nan], [np.inf, 0]], [1, 2, 5, 10])
    assert training.best_rate(scores) == 2


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([3, 2, 1], "inside the grid from 1 to 5, got 5"),
        ([1, 2, 3], "got 1 with a mean score of 1"),
        ([np.inf, np.inf, np.inf], "mean score of inf"),
    ],
)
def test_a_best_rate_at_an_end_of_the_grid_is_refused(scores, message):
    with pytest.raises(ValueError, match=message):
        training.best_rate(pd.DataFrame(scores, [1, 2, 5]))


@pytest.mark.parametrize("rates", [(1, 5, 2), (1, 1, 2), (1, 2)])
def test_rates_that_do_not_ascend_or_are_too_few_are_refused(rates):
    with pytest.raises(ValueError, match="rates: expected three or more in ascending order"):
        training.tune(lambda rate, seed: rate, rates, [100])


def test_a_choice_needs_seeds():
    with pytest.raises(ValueError, match="seeds: expected at least one"):
        training.tune(lambda rate, seed: rate, (1, 2, 5), [])


# ------------------------------------------------------------------ the progress bar

TRAINING = """
import time
from ce_course import training
from torch import nn
def run(seed, loss):
    time.sleep(0.2)
    return training.train(training.mlp((2, 2), seed), [[0., 1.], [1., 0.]], [0, 1], loss,
                          epochs=2, learning_rate=0.1, seed=seed)
"""
COMPARING = "table = training.compare(run, range(3), {'cross-entropy': nn.CrossEntropyLoss()})"


def test_a_stored_notebook_holds_nothing_of_the_bar():
    cells = [
        nbformat.v4.new_code_cell(TRAINING + source)
        for source in ("run(0, nn.CrossEntropyLoss());", COMPARING)
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert [cell.outputs for cell in notebook.cells] == [[], []]


@pytest.fixture(scope="module")
def person():
    """Runs code as JupyterLab does for a person; gives what the front end is told to show."""
    manager, client = start_new_kernel()

    def run(source):
        told = []
        client.execute_interactive(source, allow_stdin=True, timeout=120, output_hook=told.append)
        shown = [m for m in told if m["msg_type"] in ("display_data", "update_display_data")]
        return [m["content"] for m in shown], [m for m in told if m["msg_type"] == "error"]

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_person_sees_one_bar_for_a_comparison_and_then_it_is_gone(person):
    shown, errors = person(TRAINING + COMPARING)
    assert not errors
    assert len({s["transient"]["display_id"] for s in shown}) == 1
    assert [s["data"].get("text/plain") for s in shown] == [
        "Runs: 0 of 3", "Runs: 1 of 3", "Runs: 2 of 3", "Runs: 3 of 3", None,
    ]  # fmt: skip
    assert '<progress aria-label="Runs" max="3" value="1">' in shown[1]["data"]["text/html"]
    assert shown[-1]["data"] == {}


def test_the_bar_goes_away_after_an_error_and_comes_back(person):
    shown, errors = person(TRAINING + "training.compare(lambda s, v: 1 / s, [0], {'a': 1})")
    assert errors[0]["content"]["ename"] == "ZeroDivisionError"
    assert [s["data"].get("text/plain") for s in shown] == ["Runs: 0 of 1", None]
    shown, _ = person("run(0, nn.CrossEntropyLoss());")
    assert shown[0]["data"]["text/plain"] == "Epochs: 0 of 2"
    assert shown[-1]["data"] == {}
