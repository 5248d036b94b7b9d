"""`boomerang demo`: both worked examples, as tables and pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from boomerang.cli.options import App, shared
from boomerang.cli.play import draw, show

EXAMPLES = ("chicken", "bargain-a", "bargain-b")


@click.command()
@click.option(
    "--chain",
    default="embedded",
    show_default=True,
    metavar="KIND",
    help="embedded (in process), tester (eth-tester), anvil (starts one and stops it), model (no "
    "chain at all), or the URL of a node that can set the times of its blocks.",
)
@click.option(
    "--out",
    default=Path("out"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the pictures go.",
)
@shared(chain=False, store=False)
def demo(app: App, chain: str, out: Path) -> None:
    """Play chicken, and the bargain twice, as the source of the protocol tells them.

    The bargain is played first to the letter, where Bob ends up bound to two things that do not go
    together, and then mended. Writes a picture (SVG) and a page (HTML) of each.
    """
    from boomerang.scenarios import load, open_worlds, play
    from boomerang.scenarios.library import ROOT

    reports = []
    with open_worlds(chain) as world_for:
        for name in EXAMPLES:
            scenario = load(ROOT / "examples" / f"{name}.yaml")
            report = play(scenario, world_for(scenario))
            reports.append(report)
            if not app.json:
                show(report, whole=True)
                click.echo()
            draw(app, report, out, name)
    if app.json:
        click.echo(json.dumps([report.to_json() for report in reports], indent=2))
    if not all(report.ok for report in reports):
        sys.exit(1)
