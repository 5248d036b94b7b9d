"""`boomerang demo`: both worked examples, as tables and pictures, for tokens that move."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boomerang.cli.options import App, shared
from boomerang.cli.play import console, draw, show

if TYPE_CHECKING:
    from boomerang.arenas.staged import Line
    from boomerang.scenarios import Report

EXAMPLES = ("chicken", "bargain-a", "bargain-b")


@click.command()
@click.option(
    "--chain",
    default="embedded",
    show_default=True,
    metavar="KIND",
    help="embedded (in process), tester (eth-tester), anvil (starts one and stops it), model (no "
    "chain at all, and nothing at stake), or the URL of a node that can set the times of its "
    "blocks.",
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
    together, and then mended. On a chain both players put up a stake of a test token before; an
    arena pays by what is kept, and an escrow pays what Bob promised. Writes a picture (SVG) and a
    page (HTML) of each.
    """
    from boomerang.arenas.staged import StagedWorld
    from boomerang.scenarios import load, open_worlds, play
    from boomerang.scenarios.library import ROOT

    answers, fine = [], True
    with open_worlds(chain, StagedWorld) as world_for:
        for name in EXAMPLES:
            scenario = load(ROOT / "examples" / f"{name}.yaml")
            world = world_for(scenario)
            staged = world if isinstance(world, StagedWorld) else None
            report = play(staged.staged if staged else scenario, world)
            ledger = staged.pay_out() if staged else {}
            paid = won_what_was_played(report, ledger)
            fine = fine and report.ok and paid
            answer = report.to_json()
            if ledger:
                answer["tokens"] = {agent: line.to_json() for agent, line in ledger.items()}
            answers.append(answer)
            if not app.json:
                show(report, whole=True)
                if ledger:
                    show_ledger(report, ledger)
                if not paid:
                    click.echo("✗ what was paid is not what was won", err=True)
                click.echo()
            draw(app, report, out, name)
    if app.json:
        click.echo(json.dumps(answers, indent=2))
    if not fine:
        sys.exit(1)


def won_what_was_played(report: Report, ledger: dict[str, Line]) -> bool:
    """Whether everybody has won in tokens what the game says; true where nothing was staked."""
    payoffs = report.payoffs or {}
    return all(line.change == payoffs[agent] for agent, line in ledger.items())


def show_ledger(report: Report, ledger: dict[str, Line]) -> None:
    """What became of everybody's tokens."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from boomerang.arenas.staged import COIN

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for column in (COIN, "before", "staked", "escrow", "arena", "after", "change"):
        table.add_column(column, justify="left" if column == COIN else "right", no_wrap=True)
    for agent, line in ledger.items():
        changes = (-line.staked, line.escrow, line.arena)
        moved = [f"{change:+,}" if change else "" for change in changes]
        table.add_row(agent, f"{line.before:,}", *moved, f"{line.after:,}", f"{line.change:+,}")
    out = console([report])
    out.print()
    out.print(table)
