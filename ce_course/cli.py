"""The command ce-course: each subcommand calls one function of the package."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from ce_course import doctor

ROOT = Path(__file__).resolve().parent.parent
LAB_SETTINGS = [
    f"--ServerApp.root_dir={ROOT}",
    "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
    f"--LabApp.app_settings_dir={ROOT / 'ce_course' / 'resources' / 'jupyterlab'}",  # no news
    "--Application.log_level=WARN",
]

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The cross-entropy course.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open the course in JupyterLab. Its own options may follow, for example --no-browser."""
    from jupyterlab.labapp import LabApp

    from ce_course import doctor

    if doctor.kernel_findings():
        doctor.register_kernel()
    _print(doctor.examine())
    print("Opening the course in JupyterLab. To stop it, press Ctrl-C here, twice.", flush=True)
    LabApp.launch_instance([*LAB_SETTINGS, *context.args])


@app.command()
def lab_doctor() -> None:
    """Check the environment: name what is missing and the line that mends it."""
    from ce_course import doctor

    findings = [*doctor.examine(), *doctor.kernel_findings()]
    _print(findings)
    if findings:
        raise typer.Exit(1)
    print(doctor.ALL_WELL)


@app.command()
def register_kernel() -> None:
    """Register this environment's Python as the Jupyter kernel "Cross-entropy course"."""
    from ce_course import doctor

    doctor.register_kernel()


@app.command()
def exercises() -> None:
    """Derive exercises/ from solutions/."""
    from ce_course import publish

    publish.derive_exercises()


@app.command()
def notebooks() -> None:
    """Run the notebooks and store their outputs in place."""
    from ce_course import publish

    publish.execute_notebooks()


@app.command()
def experiment(names: list[str]) -> None:
    """Run experiments (several minutes each) and store their tables; "all" stands for every one."""
    from ce_course import catalogue, experiments

    for name in catalogue.experiment_names() if names == ["all"] else names:
        try:
            written = experiments.run(name)
        except KeyError as error:
            raise typer.BadParameter(error.args[0]) from None
        print(f"written: {written}")


@app.command()
def page(widget: str, out: Path | None = None) -> None:
    """Write a widget (for example loss_curve) as a web page that needs no kernel and no network."""
    from ce_course import catalogue, page, widgets

    try:
        catalogue.widget_module(widget)
    except KeyError as error:
        raise typer.BadParameter(error.args[0]) from None
    written = page.export(getattr(widgets, widget)(), out or Path(f"{widget}.html"))
    print(f"written: {written}")


@app.command()
def grade(
    submissions: Annotated[
        Path,
        typer.Argument(
            exists=True, help="A folder of notebooks or zip files, or a platform's export as zip."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder for the results.")],
    chapter: Annotated[
        str | None,
        typer.Option(help="The chapter they are all of; else each tells it by itself."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="For the random inputs.")] = 0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; else one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler: grade on its workers.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="csv (always), nbgrader, gradescope. May be repeated."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(help="NAME=NUMBER, for example memory_mb=4096. May be repeated."),
    ] = None,
    unsafe_no_sandbox: Annotated[
        bool,
        typer.Option("--unsafe-no-sandbox", help="Run submitted code with all that you may do."),
    ] = False,
) -> None:
    """Grade a folder of submitted exercise notebooks. Run it again to go on, or after changes."""
    from ce_course import catalogue
    from ce_course.grading import batch, report
    from ce_course.grading.submissions import Unreadable

    for name in set(formats or ()) - set(report.FORMATS):
        raise typer.BadParameter(f"no format {name!r}. {catalogue.closest(name, report.FORMATS)}")
    try:
        if chapter is not None:
            catalogue.chapter(chapter)
        limits = batch.limits(limit or ())
    except (KeyError, ValueError) as error:
        raise typer.BadParameter(error.args[0]) from None
    settings = batch.Settings(limits, seed, "none" if unsafe_no_sandbox else "required", chapter)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        with _progress(console) as progress:
            counts = batch.grade(
                submissions,
                out,
                settings,
                jobs=jobs,
                scheduler=scheduler,
                formats=formats or (),
                progress=progress,
            )
    except (batch.CannotGrade, Unreadable) as error:
        console.print(f"[bold red]Nothing was graded:[/] {escape(str(error))}.")
        raise typer.Exit(1) from None
    except OSError as error:
        console.print(f"[bold red]Stopped:[/] {escape(str(error))}. The same command goes on.")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Stopped. The same command goes on from here.")
        raise typer.Exit(130) from None
    print(report.closing(counts, out))


@contextmanager
def _progress(console: Console):
    """A progress bar with the time left; gives what is to be called with (done, total)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        "Grading", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("")
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print(findings: list[doctor.Finding]) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"[bold red]Problem:[/] {escape(finding.what)}")
        console.print(f"  [bold]To mend it,[/] {escape(finding.fix)}")


if __name__ == "__main__":
    app()
