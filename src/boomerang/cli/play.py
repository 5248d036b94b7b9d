"""`boomerang play`: scenario files, on the model or on any chain."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boomerang.cli.options import App, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from boomerang.scenarios import Report, Scenario, ScenarioError

STDIN = "stdin"
"""What a scenario read from standard input is called."""

PLAIN_WIDTH = 116
"""How wide tables are where there is no terminal to ask."""


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--list", "listing", is_flag=True, help="List the scenarios that ship, and play none."
)
@click.option(
    "--chain",
    default="pyrevm",
    show_default=True,
    metavar="KIND",
    help="model, pyrevm (in process), tester (eth-tester), anvil (starts one), or the URL of a "
    "node that can set the times of its blocks.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a picture (SVG) and a page (HTML) of each timeline into this directory.",
)
@shared(chain=False, store=False)
def play(app: App, files: tuple[str, ...], listing: bool, chain: str, out: Path | None) -> None:
    """Play scenario files, and say what became of everybody.

    FILE is a path, the name of a scenario that ships with the program, such as
    examples/chicken, or - for standard input. One file gives a timeline, several a line each.

    Ends with 0 when every `refused` and `expect` of the files held, with 1 otherwise, and with 2
    for a file that makes no sense.
    """
    from boomerang.scenarios import ScenarioError, open_worlds
    from boomerang.scenarios import play as play_one

    if listing:
        show_library(app)
        return
    if not files:
        raise click.UsageError("Missing argument 'FILE...'.")
    try:
        scenarios = [read(name) for name in files]
    except ScenarioError as error:
        if not app.json:
            raise
        if click.get_current_context().params.get("debug"):
            traceback.print_exc()
        click.echo(json.dumps({"error": problem_data(error)}))
        sys.exit(error.exit_code)
    reports = []
    with open_worlds(chain) as world_for:
        for name, scenario in zip(files, scenarios, strict=True):
            report = play_one(scenario, world_for(scenario))
            reports.append(report)
            if out is not None:
                draw(app, report, out, STDIN if name == "-" else Path(name).stem)
            if not app.json:
                show(report, whole=len(files) == 1)
    if app.json:
        answers = [report.to_json() for report in reports]
        click.echo(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2))
    if not all(report.ok for report in reports):
        sys.exit(1)


def read(name: str) -> Scenario:
    """A scenario by its path or its name; `-` is standard input."""
    from boomerang.scenarios import ScenarioError, load, locate, parse
    from boomerang.scenarios.source import NoSuchScenario

    if name == "-":
        try:
            text = click.get_binary_stream("stdin").read().decode()
        except UnicodeDecodeError as error:
            raise ScenarioError(STDIN, 0, "is not UTF-8 text") from error
        return parse(text, STDIN, default_name=STDIN)
    path = locate(name)
    if path.exists():
        return load(path)
    names = list(shipped())
    if "/" not in name:
        names = [one.rpartition("/")[2] for one in names]
    raise NoSuchScenario(name, names)


def problem_data(error: ScenarioError) -> dict[str, object]:
    """A file that makes no sense, for machines. `line` is null where no line can be named."""
    return {
        "name": type(error).__name__,
        "message": str(error),
        "exitCode": error.exit_code,
        "file": error.source,
        "line": error.line or None,
    }


def shipped() -> dict[str, Path]:
    """The scenarios that ship, by folder and name."""
    from boomerang.scenarios.library import ROOT, library_files

    return {file.relative_to(ROOT).with_suffix("").as_posix(): file for file in library_files()}


def show_library(app: App) -> None:
    """Every scenario that ships, a line each: its name, and what it is about."""
    from boomerang.scenarios import load

    scenarios = {name: load(file) for name, file in shipped().items()}
    about = {name: " ".join((s.description or s.name).split()) for name, s in scenarios.items()}
    if app.json:
        data = [{"name": name, "description": text} for name, text in about.items()]
        click.echo(json.dumps(data, indent=2))
        return
    width = max(len(name) for name in about)
    for name, text in about.items():
        click.echo(f"{name:{width}}  {text}".rstrip())


def show(report: Report, *, whole: bool) -> None:
    """A report for people: the timeline, or one line; and what did not hold."""
    from rich.text import Text

    from boomerang.timeline import from_report, render_table

    out = console([report])
    if whole:
        out.print(render_table(from_report(report)))
    else:
        mark = Text("✓ ", style="green") if report.ok else Text("✗ ", style="red")
        line = Text(f"{report.name}: ").append(report.outcome_line or "nothing was published")
        out.print(mark + line, soft_wrap=True)
    for failure in report.failures:
        out.print(Text(f"✗ {failure}", style="bold red"), soft_wrap=True)


def draw(app: App, report: Report, directory: Path, name: str) -> None:
    """Write the picture and the page of a report, and say where."""
    from boomerang.timeline import from_report, write

    for path in write(from_report(report), directory, name):
        app.log(f"Drawn: {path}")


def console(reports: Sequence[Report]) -> Console:
    """Where tables go; wide enough for every outcome where there is no terminal."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    longest = max((len(report.outcome_line) for report in reports), default=0)
    return Console(highlight=False, width=max(PLAIN_WIDTH, longest + 1))
