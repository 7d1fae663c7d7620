"""How much memory kernels take on the trial hub, and what that makes for thirty.

    .venv/bin/python deploy/jupyterhub/memory.py 03_categorical_cross_entropy 1 3 6

after `make hubtest` has installed what it needs. One learner's server runs a chapter in so many
kernels. Memory is the proportional set size (PSS): of a page that several processes hold each bears
its share, so that shares add up to what the machine holds. Linux only.
"""

import sys
import tempfile
from pathlib import Path

import psutil
from test_hub import Hub, Learner

MB = 2**20
CLASS = 30


def shares(hub: Hub, what: str) -> list[float]:
    """The PSS in MB of each process of the hub's whose command names `what`."""
    processes = psutil.Process(hub.process.pid).children(recursive=True)
    found = [process for process in processes if what in " ".join(process.cmdline())]
    return [process.memory_full_info().pss / MB for process in found]


def main(chapter: str, *numbers: int) -> None:
    totals = {}
    hub = Hub(Path(tempfile.mkdtemp(prefix="ce-hub-memory-")))
    try:
        learner = Learner(hub, "ada")
        learner.sign_in()
        learner.start_server()
        (before,) = shares(hub, "singleuser")
        print(f"the server alone: {before:.0f} MB")
        notebook = learner.open(f"my_course/notebooks/{chapter}.ipynb")
        for number in range(1, max(numbers) + 1):
            path = f"my_course/notebooks/copy_{number}.ipynb"  # a kernel of its own
            learner.save(path, notebook)
            if errors := learner.run(path):
                sys.exit(f"{chapter} does not run: {errors}")
            kernels = shares(hub, "ipykernel")
            totals[number] = sum(kernels)
            if number in numbers:
                (server,) = shares(hub, "singleuser")
                each = sum(kernels) / number
                print(f"{number} kernels: {each:.0f} MB each, server {server:.0f} MB", flush=True)
    finally:
        hub.stop()
    one, most = min(numbers), max(numbers)
    own = (totals[most] - totals[one]) / (most - one)
    common = totals[one] - one * own
    print(f"each kernel more: {own:.0f} MB; held in common: {common:.0f} MB")
    print(f"{CLASS} kernels, computed from that: {(common + CLASS * own) / 1024:.1f} GB")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
