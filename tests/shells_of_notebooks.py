"""Runs notebooks as a kernel does, in IPython shells: `python shells_of_notebooks.py < JOBS`.

JOBS is JSON: a list of pairs, the cells and a folder for the notebook to work in. Each runs in a
process forked from this one, which has loaded what takes long to load. The course keeps its record
of what the notebook's own checks passed in `home` in that folder.
"""

import contextvars
import importlib
import json
import os
import signal
import sys

SECONDS = 120  # of a notebook
LOADED = ["numpy.random", "ce_course.checks.check", "torch", "sklearn.datasets", "pandas"]
LOADED += ["sklearn.linear_model", "sklearn.model_selection", "scipy.optimize", "scipy.special"]
LOADED += ["matplotlib.pyplot", "ipywidgets", "IPython.core.interactiveshell"]
LOADED += ["IPython.core.application", "IPython.core.completer", "IPython.core.magics"]


def run(cells: list[str], folder: str) -> None:
    """Run the cells in a shell of its own, whatever they raise."""
    import asyncio

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    signal.alarm(SECONDS)
    os.environ["CE_COURSE_HOME"] = os.path.join(folder, "home")
    os.chdir(folder)
    sys.path.insert(0, "")
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.ask_exit = shell.enable_gui = lambda *_, **__: None  # a kernel's own ways
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    context = contextvars.copy_context()  # one for all cells, as in a kernel
    for cell in cells:
        ran = shell.run_cell_async(
            cell, store_history=True, transformed_cell=shell.transform_cell(cell)
        )
        loop.run_until_complete(loop.create_task(ran, context=context))


def main() -> None:
    jobs = json.load(sys.stdin)
    os.environ["MPLBACKEND"] = "agg"
    for name in LOADED:
        importlib.import_module(name)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # nobody answers a question, and nobody reads
        os.dup2(null, standard)
    for cells, folder in jobs:
        child = os.fork()
        if child == 0:
            try:
                run(cells, folder)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
