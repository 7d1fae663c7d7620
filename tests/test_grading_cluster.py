"""A cluster whose workers are processes: one that is lost on the way changes no mark."""

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from grading_stand_in import StandIn
from test_grading_batch import Cohort, files, many

from ce_course.grading import cluster
from ce_course.grading.processes import DIED

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")
TESTS = Path(__file__).parent
ALONE = {"distributed.scheduler.allowed-failures": 0}  # a task that ends its worker has failed


@pytest.fixture
def scheduler():
    with (
        distributed.dask.config.set(ALONE),
        distributed.LocalCluster(
            n_workers=0,
            processes=False,
            protocol="tcp://",
            host="127.0.0.1",
            dashboard_address=None,
        ) as local,
    ):
        yield local.scheduler_address


@pytest.fixture
def start(scheduler, tmp_path):
    """Start a worker, a process of its own. again: another when it has ended."""
    workers = []

    def start(again: bool = False) -> int:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler]
        command += ["--nthreads=1", "--no-dashboard", f"--local-directory={tmp_path}"]
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        workers.append(
            subprocess.Popen(
                [*command, "--nanny" if again else "--no-nanny"],
                env=os.environ | {"PYTHONPATH": path},
                stderr=subprocess.DEVNULL,
            )
        )
        return workers[-1].pid

    yield start
    for worker in workers:
        worker.terminate()
        worker.wait(30)


def test_a_worker_that_is_lost_changes_no_mark(tmp_path, scheduler, start):
    cohort = Cohort(tmp_path)
    many(cohort, 60)
    cohort.run(results=tmp_path / "here")
    lost, _ = start(), start()
    with distributed.Client(scheduler) as client:
        client.wait_for_workers(2, timeout=60)

    def kill_one(done, total):
        if done == 30:
            os.kill(lost, signal.SIGKILL)

    graded = cohort.run(
        scheduler=scheduler,
        progress=kill_one,
        make_grader=functools.partial(StandIn, cohort.log, 0.05),
    )
    pids = [line.split()[1] for line in graded]
    assert len(set(pids)) == 2 and len(set(pids[-15:])) == 1  # the other one went on alone
    assert 60 <= len(graded) < 80  # what it had begun is graded again
    assert files(cohort.results) == files(tmp_path / "here")


@pytest.mark.parametrize("do", ["die", "end the worker"])
def test_of_a_batch_in_which_something_ends_only_the_cause_is_not_graded(
    tmp_path, scheduler, start, monkeypatch, do
):
    monkeypatch.setattr(cluster, "_size", lambda *_: 3)
    cohort = Cohort(tmp_path)
    for name in ("ada", "bo", "cy"):
        cohort.put(name, do=do if name == "bo" else "")
    start(again=True)
    cohort.run(scheduler=scheduler)
    states = {row["student"]: row["state"] for row in cohort.rows()}
    assert states.pop("bo").startswith(DIED)
    assert states == {"ada": "right", "cy": "right"}
