"""The command ce-course: each subcommand calls one function of the package."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ce_course import catalogue
    from ce_course.lab import doctor
    from ce_course.widgets.quiz import Question


CONTEXT = {"help_option_names": ["-h", "--help"], "show_default": True}


@click.group(context_settings=CONTEXT)
def app() -> None:
    """The cross-entropy course."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
@click.pass_context
def lab(context: click.Context) -> None:
    """Open the course in JupyterLab. Its own options may follow, for example --no-browser."""
    from ce_course.lab import doctor, opening

    if doctor.kernel_findings():
        doctor.register_kernel()
    _print(doctor.examine())
    notebook = opening.prepare()
    print("Opening the course in JupyterLab. To stop it, press Ctrl-C here, twice.", flush=True)
    opening.open_lab(notebook, context.args)


@app.command()
@click.argument("home", type=click.Path(exists=True, file_okay=False, path_type=Path))
def copies(home: Path) -> None:
    """Bring a learner's copies in HOME/my_course up to date: for where many share one course."""
    from ce_course.lab import copies, opening

    try:
        for sentence in copies.hand_out(opening.ROOT, home):
            print(sentence)
    except OSError as error:
        _say("Copies can't be written:", f"{error}.")
        raise click.exceptions.Exit(1) from None


@app.command()
def lab_doctor() -> None:
    """Check the environment: name what is missing and the line that mends it."""
    from ce_course.lab import doctor

    findings = [*doctor.examine(), *doctor.kernel_findings()]
    _print(findings)
    if findings:
        raise click.exceptions.Exit(1)
    print(doctor.ALL_WELL)


@app.command()
def register_kernel() -> None:
    """Register this environment's Python as the Jupyter kernel "Cross-entropy course".

    It also lays out the course's extension for JupyterLab and Jupyter Notebook.
    """
    from ce_course.lab import doctor, extension

    doctor.register_kernel()
    extension.install()


@app.command()
def exercises() -> None:
    """Derive exercises/ from solutions/."""
    from ce_course.authoring import publish

    publish.derive_exercises()


@app.command()
def notebooks() -> None:
    """Run the notebooks and store their outputs in place."""
    from ce_course.authoring import publish

    publish.execute_notebooks()


@app.command()
def claims() -> None:
    """Derive from the notebooks' tags which cells compute which claim."""
    from ce_course.authoring import claims

    print(f"written: {claims.derive()}")


@app.command()
@click.argument("names", nargs=-1, required=True)
def experiment(names: tuple[str, ...]) -> None:
    """Run experiments (several minutes each) and store their tables; "all" stands for every one."""
    from ce_course import catalogue, experiments

    for name in catalogue.experiment_names() if names == ("all",) else names:
        try:
            written = experiments.run(name)
        except KeyError as error:
            raise click.BadParameter(error.args[0]) from None
        print(f"written: {written}")


@app.command()
@click.argument("widget")
@click.option("--out", type=Path, help="The file; else WIDGET.html.")
def page(widget: str, out: Path | None) -> None:
    """Write a widget (for example loss_curve) as a web page that needs no kernel and no network."""
    from ce_course import catalogue
    from ce_course.authoring import page

    try:
        catalogue.widget_module(widget)
    except KeyError as error:
        raise click.BadParameter(error.args[0]) from None
    written = page.export(widget, out or Path(f"{widget}.html"))
    print(f"written: {written}")


@app.command()
@click.argument("chapters", nargs=-1)
@click.option("--out", type=Path, default=Path("build"), help="The folder for slides and handouts.")
def slides(chapters: tuple[str, ...], out: Path) -> None:
    """Make the slides and the handouts of CHAPTERS (for example 02 03), or of all."""
    from ce_course import catalogue

    wanted = [c for c in catalogue.CHAPTERS if not chapters or c.name[:2] in chapters]
    if unknown := set(chapters) - {c.name[:2] for c in wanted}:
        there = ", ".join(c.name[:2] for c in catalogue.CHAPTERS)
        raise click.BadParameter(f"no chapter {', '.join(sorted(unknown))}. There are: {there}.")
    _slides(wanted, out)


@app.command()
@click.option("--out", type=Path, default=Path("build"), help="The folder for all of it.")
def workshop(out: Path) -> None:
    """Make all that a teacher takes along: pages of the plans in workshop/, slides, handouts."""
    from ce_course import catalogue
    from ce_course.authoring import workshop

    workshop.write(out / "workshop")
    _slides(catalogue.CHAPTERS, out)
    print(f"written: {out / 'workshop'}")


def _slides(chapters: Sequence[catalogue.Chapter], out: Path) -> None:
    from ce_course.authoring import handouts, slides

    slides.write(out / "slides", chapters, out / "site-work" / "scenes")
    browser = handouts.find_browser()
    handouts.write(out / "handouts", chapters, browser)
    print(f"written: {out / 'slides'}, {out / 'handouts'}")
    if not browser:
        _say("No PDF:", "it takes Chromium or Chrome. The handouts are HTML pages.", style="bold")


@app.command()
@click.argument("question")
@click.option(
    "--folder",
    envvar="CE_COURSE_VOTES",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The box that the votes are dropped into; else what CE_COURSE_VOTES names.",
)
@click.option("--once", is_flag=True, help="Count once, and do not go on counting.")
def votes(question: str, folder: Path, once: bool) -> None:
    """Count the room's answers to QUESTION (for example bce_growth), until Ctrl-C."""
    import time

    from rich.console import Console
    from rich.live import Live

    from ce_course.widgets import quiz

    try:
        asked = quiz.question(question)
    except ValueError as error:
        raise click.BadParameter(error.args[0]) from None
    if once:
        return Console().print(_votes_table(asked, folder))
    with Live(_votes_table(asked, folder), auto_refresh=False) as live, suppress(KeyboardInterrupt):
        while True:
            time.sleep(1)
            live.update(_votes_table(asked, folder), refresh=True)


def _votes_table(question: Question, folder: Path) -> Table:
    from rich.table import Table

    from ce_course.support import votes

    texts = [option.text for option in question.options]
    table = Table(title=question.ask, show_header=False, title_justify="left")
    for text, number in zip(texts, votes.count(folder, question.name, texts), strict=True):
        table.add_row(text, str(number), "█" * number)
    return table


@app.command()
@click.option("--out", type=Path, default=Path("build/site"), help="The folder; made anew.")
@click.option("--repository", default="", help="The course's address on GitHub, for links to it.")
@click.option("--pyodide", help="Pyodide's files: a folder or an address; else its public one.")
@click.option("--chapter", "chapters", multiple=True, help="These only. May be repeated.")
@click.option("--hub", envvar="JUPYTERHUB", default="", help="A JupyterHub's address, for links.")
def site(
    out: Path, repository: str, pyodide: str | None, chapters: tuple[str, ...], hub: str
) -> None:
    """Make the course's website from the stored notebooks: a folder for any static host."""
    from ce_course import catalogue
    from ce_course.authoring.site import build

    try:
        for name in chapters:
            catalogue.chapter(name)
    except KeyError as error:
        raise click.BadParameter(error.args[0]) from None
    work = out.resolve().parent / f"{out.name}-work"
    try:
        made = build.build(out, work, chapters, repository, pyodide or build.PYODIDE, hub=hub)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    print(f"written: {made}")


@app.command()
@click.argument("submissions", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=Path, required=True, help="The folder for the results.")
@click.option("--chapter", help="The chapter they are all of; else each tells it by itself.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="For the random inputs.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; else one for each core.")
@click.option("--scheduler", help="Address of a Dask scheduler: grade on its workers.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    help="csv (always), nbgrader, gradescope; repeatable.",
)
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A table of the students: a CSV file, their names in its first column.",
)
@click.option("--limit", multiple=True, help="NAME=NUMBER (memory_mb=4096). May be repeated.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Let submitted code do all you may do.")
def grade(
    submissions: Path,
    out: Path,
    chapter: str | None,
    seed: int,
    jobs: int | None,
    scheduler: str | None,
    formats: tuple[str, ...],
    names: Path | None,
    limit: tuple[str, ...],
    unsafe_no_sandbox: bool,
) -> None:
    """Grade SUBMISSIONS: a folder of notebooks or zip files, or a platform's export as zip.

    An export may lie in a folder, too, beside nothing but exports. Run the command again to go on,
    or after changes.
    """
    gc.set_threshold(100_000)  # of what is loaded nothing is garbage
    from ce_course import catalogue
    from ce_course.grading import batch, grades

    for name in set(formats) - set(batch.FORMATS):
        raise click.BadParameter(f"no format {name!r}. {catalogue.closest(name, batch.FORMATS)}")
    try:
        if chapter is not None:
            catalogue.chapter(chapter)
        limits = grades.limits(limit)
    except (KeyError, ValueError) as error:
        raise click.BadParameter(error.args[0]) from None
    settings = grades.Settings(limits, seed, "none" if unsafe_no_sandbox else "required", chapter)
    try:
        with _progress() as progress:
            counts = batch.grade(
                submissions,
                out,
                settings,
                jobs=jobs,
                scheduler=scheduler,
                formats=formats,
                names=names,
                progress=progress,
            )
    except batch.CannotGrade as error:
        _say("Nothing was graded:", f"{error}.")
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        _say("Stopped:", f"{error}. The same command goes on.")
        raise click.exceptions.Exit(1) from None
    except KeyboardInterrupt:
        _say("Stopped.", "The same command goes on from here.")
        raise click.exceptions.Exit(130) from None
    from ce_course.grading import report  # which loads while the graders start

    print(report.closing(counts, out))
    gc.freeze()  # the end is near: collecting what is left would only take time


HOMES = "HOMES is a pattern that says where learners' homes are: '/home/learner-{student}'."


@app.command(epilog=HOMES)
@click.argument("homes")
@click.option("--out", type=Path, required=True, help="The folder for the submissions.")
def collect(homes: str, out: Path) -> None:
    """Collect from a hub's HOMES the exercises that learners have written in, for `grade`."""
    from ce_course.grading import homes as places

    with _homes():
        collected, problems = places.collect(homes, out)
        _problems(problems)
        print(f"{_counted(collected, 'notebook')} collected in {out}.")


@app.command(epilog=HOMES)
@click.argument("results", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("homes")
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The table of the students that they were graded with.",
)
def give_back(results: Path, homes: str, names: Path | None) -> None:
    """Lay each learner's page of RESULTS in their home, as my_course/feedback.html."""
    from ce_course.grading import homes as places
    from ce_course.grading.names import read

    with _homes():
        given, problems = places.give_back(results, homes, read(names) if names else ())
        _problems(problems)
        print(f"{_counted(given, 'page')} given back.")


@contextmanager
def _homes():
    """What is to be said where homes cannot be read or written."""
    try:
        yield
    except (OSError, ValueError) as error:
        _say("Stopped:", f"{error}.")
        raise click.exceptions.Exit(1) from None


def _counted(found: list[str], what: str) -> str:
    return f"{len(found)} {what}{'' if len(found) == 1 else 's'}"


def _problems(problems: list[str]) -> None:
    for problem in problems:
        _say("Problem:", f"{problem}.")


@contextmanager
def _progress():
    """A progress bar with the time left; gives what is to be called with (done, total).

    Only where somebody looks: not in a log file.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with ExitStack() as stack:
        bar = None

        def show(done: int, total: int) -> None:
            nonlocal bar
            if bar is None:
                from rich import progress

                columns = [progress.BarColumn(), progress.MofNCompleteColumn()]
                columns.append(progress.TimeRemainingColumn())
                bar = stack.enter_context(
                    progress.Progress("Grading", *columns, console=_console())
                )
                bar.add_task("")
            bar.update(bar.task_ids[0], completed=done, total=total)

        yield show


def _print(findings: list[doctor.Finding]) -> None:
    for finding in findings:
        _say("Problem:", finding.what)
        _say("  To mend it,", finding.fix, style="bold")


def _say(head: str, text: str, style: str = "bold red") -> None:
    from rich.text import Text

    _console().print(Text.assemble((head, style), " ", text))


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)
