"""`boomerang play`: scenario files, on the model or on any chain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boomerang.cli.options import App, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from boomerang.scenarios import Report

PLAIN_WIDTH = 116
"""How wide tables are where there is no terminal to ask."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
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
def play(app: App, files: tuple[str, ...], chain: str, out: Path | None) -> None:
    """Play scenario files, and say what became of everybody.

    FILE is a path, or the name of a scenario that ships with the program, such as
    examples/chicken. One file gives a timeline, several give a line each.

    Ends with 0 when every `refused` and `expect` of the files held, with 1 otherwise, and with 2
    for a file that makes no sense.
    """
    from boomerang.scenarios import load, locate, open_worlds
    from boomerang.scenarios import play as play_one

    scenarios = [load(locate(name)) for name in files]
    reports = []
    with open_worlds(chain) as world_for:
        for name, scenario in zip(files, scenarios, strict=True):
            report = play_one(scenario, world_for(scenario))
            reports.append(report)
            if out is not None:
                draw(app, report, out, Path(name).stem)
            if not app.json:
                show(report, whole=len(files) == 1)
    if app.json:
        answers = [report.to_json() for report in reports]
        click.echo(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2))
    if not all(report.ok for report in reports):
        sys.exit(1)


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
