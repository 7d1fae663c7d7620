"""Stored tables of the long experiments: complete, of the present settings, and reproducible."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from ce_course import catalogue, cli, experiments
from ce_course.experiments import Experiment

NAMES = catalogue.experiment_names()


def noise(seed, scale, offset):
    return {"value": offset + scale * np.random.default_rng(seed).standard_normal()}


SMALL = Experiment(
    name="small",
    question="How large is the noise: 1 or 2?",
    run=noise,
    variants={"narrow": 1.0, "wide": 2.0},
    seeds=(0, 1, 2),
    settings={"offset": 10.0},
)


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "RESULTS", tmp_path)
    monkeypatch.setattr(experiments, "called", lambda name: {"small": SMALL}[name])
    return tmp_path


def test_a_table_comes_back_as_it_was_stored(small):
    assert experiments.run("small") == small / "small.csv"
    table = experiments.stored("small")
    assert table.attrs == SMALL.facts()
    pd.testing.assert_frame_equal(table, SMALL.rows(), rtol=1e-5, check_like=True)


def test_some_rows_are_the_same_as_in_the_whole():
    whole = SMALL.rows().set_index(["variant", "seed"])
    one = SMALL.rows(seeds=[1], variants=["wide"]).set_index(["variant", "seed"])
    assert one.loc[("wide", 1), "value"] == whole.loc[("wide", 1), "value"]
    assert len(one) == 1


def test_a_table_that_was_never_made_is_named(small):
    with pytest.raises(FileNotFoundError, match="ce-course experiment small"):
        experiments.stored("small")


def test_the_command_names_the_nearest_experiment():
    ran = CliRunner().invoke(cli.app, ["experiment", "no such thing"])
    assert ran.exit_code == 2 and "no experiment 'no such thing'" in ran.output


@pytest.mark.parametrize("name", NAMES)
def test_the_stored_table_is_whole_and_of_the_present_settings(name):
    experiment, table = experiments.called(name), experiments.stored(name)
    assert table.attrs == experiment.facts()
    rows = sorted(zip(table["variant"], table["seed"], strict=True))
    assert rows == sorted((v, s) for v in experiment.variants for s in experiment.seeds)


@pytest.mark.trains
@pytest.mark.parametrize("name", NAMES)
def test_one_row_run_again_gives_the_stored_numbers(name):
    """Nearly: another processor's arithmetic moves a number no further than another seed does.

    At most, the two runs have no more in common than two seeds have. Then their difference spreads
    by the square root of 2 times what one run does, and 4 spreads are 2.8 of the difference's.
    Few seeds can lie close together by chance, so the spread is at least that of all variants.
    """
    experiment, table = experiments.called(name), experiments.stored(name)
    # A row of these takes a training for each number in a list: one of them is run.
    settings = dict(experiment.settings)
    lists = [key for key in ("rates", "steps") if isinstance(settings.get(key), str)]
    for key in lists:
        listed = settings[key].split()
        settings[key] = listed[len(listed) // 2] if key == "rates" else listed[0]
    experiment = replace(experiment, settings=settings)
    again = experiment.rows(seeds=experiment.seeds[-1:], variants=list(experiment.variants)[-1:])
    variant, seed = again.loc[0, ["variant", "seed"]]
    assert (set(again) < set(table)) if lists else (set(again) == set(table))
    by_variant = table.groupby("variant").std()
    spread = by_variant.loc[variant].combine((by_variant**2).mean() ** 0.5, max)
    of_variant = table[table["variant"] == variant].drop(columns="variant")
    kept = of_variant[of_variant["seed"] == seed].iloc[0]
    for column in again.columns.drop(["variant", "seed"]):
        far = abs(again.loc[0, column] - kept[column])
        assert far <= 4 * spread[column] + 1e-5 * abs(kept[column]), column
