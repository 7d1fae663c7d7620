"""The command ce-course: each subcommand calls one function of the package."""

from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

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

    if doctor.kernel_findings():
        doctor.register_kernel()
    _print(doctor.examine())
    print("Opening the course in JupyterLab. To stop it, press Ctrl-C here, twice.", flush=True)
    LabApp.launch_instance([*LAB_SETTINGS, *context.args])


@app.command()
def lab_doctor() -> None:
    """Check the environment: name what is missing and the line that mends it."""
    findings = [*doctor.examine(), *doctor.kernel_findings()]
    _print(findings)
    if findings:
        raise typer.Exit(1)
    print(doctor.ALL_WELL)


@app.command()
def register_kernel() -> None:
    """Register this environment's Python as the Jupyter kernel "Cross-entropy course"."""
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


def _print(findings: list[doctor.Finding]) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"[bold red]Problem:[/] {escape(finding.what)}")
        console.print(f"  [bold]To mend it,[/] {escape(finding.fix)}")


if __name__ == "__main__":
    app()
