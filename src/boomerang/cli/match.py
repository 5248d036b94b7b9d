"""`boomerang match`: agents play a game, on the model or on any kind of test chain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import shared, writing
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

    from boomerang.cli.options import App
    from boomerang.play import Match, Table
    from boomerang.play.outcome import Outcome
    from boomerang.play.series import Series

_OPTIONS = (
    click.option(
        "--agents",
        metavar="A,B,…",
        help="One for each seat, in order: a name, a class as module:Class or file.py:Class; "
        "parameters follow, as in withholding:bond=50.",
    ),
    click.option("--matches", type=click.IntRange(min=1), default=1, show_default=True),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Of the first match; then the next."
    ),
    click.option(
        "--latency",
        default="0",
        show_default=True,
        metavar="SECONDS[,…]",
        help="One for all seats, or one for each: how long what they send is under way.",
    ),
    click.option(
        "--start",
        metavar="SECONDS[,…]",
        help="When they first act. Default: a second after each other.",
    ),
    click.option(
        "--bid", default="0", metavar="WEI[,…]", help="What they pay for a place, with --order bid."
    ),
    click.option(
        "--block-time",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="SECONDS",
        help="From block to block.",
    ),
    click.option(
        "--order",
        type=click.Choice(["arrival", "bid", "shuffled"]),
        default="arrival",
        show_default=True,
        help="Of transactions in a block.",
    ),
    click.option(
        "--svg",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Draw the last match to a file.",
    ),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What may be said of matches: `boomerang match`, and the script `play`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("game", required=False)
@click.option("--list", "listing", is_flag=True, help="List games and agents, and play none.")
@click.option(
    "--table",
    default="pyrevm",
    show_default=True,
    metavar="KIND",
    help="model, pyrevm (in process), tester (eth-tester), anvil (starts one), or the URL of a "
    "test node.",
)
@options
@shared(chain=False, store=False)
def match(app: App, game: str | None, listing: bool, table: str, **said: Any) -> None:
    """Let agents play GAME over commitments, and say what came of it.

    GAME is one of the catalogue, with its parameters, as in public_goods:players=4, or the path of
    a JSON file. One match is told as a timeline, several as a table of outcomes.
    """
    from boomerang.play import open_table

    if listing:
        show_list(app)
        return
    if game is None:
        raise click.UsageError("Missing argument 'GAME'.")
    with open_table(table) as opened:
        run(app, game, opened, **said)


def run(
    app: App,
    game: str,
    table: Table,
    *,
    agents: str | None,
    matches: int,
    seed: int,
    svg: Path | None,
    **how: Any,
) -> None:
    """Play matches on a table; show, and draw, how they ended."""
    from boomerang.play import series

    if not agents:
        raise click.UsageError("Missing option '--agents'.")
    played = setup(game, table, agents, **how)
    seeds, outcomes = [], []
    for number, outcome in series.play(played, matches, seed):
        seeds.append(number)
        outcomes.append(outcome)
    names = tuple(seat.agent.name for seat in played.seats)
    result = series.Series(played.game, names, table.kind, tuple(seeds), tuple(outcomes))
    if svg is not None:
        from boomerang.timeline import render_svg

        with writing(svg):
            svg.write_text(render_svg(series.timeline(played, outcomes[-1])), encoding="utf-8")
        app.log(f"Drawn: {svg}")
    if app.json:
        app.show(result.to_json(), lambda: None)
    else:
        console(len(names)).print(view(result, played, outcomes[-1]))


def setup(
    game: str,
    table: Table,
    agents: str,
    *,
    latency: str,
    start: str | None,
    bid: str,
    block_time: int,
    order: str,
) -> Match:
    """The match that the options describe. Raises InvalidInput and what games and agents raise."""
    from boomerang.agents import seated
    from boomerang.agents.spec import agent as agent_of
    from boomerang.agents.spec import game as game_of
    from boomerang.play import Match

    texts = agents.split(",")
    count = len(texts)
    latencies = _each("latency", latency, count, float)
    starts = _each("start", start, count, float) if start else [float(i) for i in range(count)]
    bids = _each("bid", bid, count, int)
    seats = [
        seated(agent_of(text), latency=latencies[i], start=starts[i], bid=bids[i])
        for i, text in enumerate(texts)
    ]
    return Match(game_of(game, count), seats, table, block_time=block_time, order=order)


def _each(name: str, text: str, count: int, kind: Callable[[str], Any]) -> list[Any]:
    """A number for each seat; one alone is for all."""
    try:
        found = [kind(one) for one in text.split(",")]
    except ValueError:
        raise InvalidInput(f"--{name} {text!r} must be numbers") from None
    if len(found) not in (1, count):
        raise InvalidInput(f"--{name} has {len(found)} numbers for {count} agents: one, or as many")
    return found * count if len(found) == 1 else found


def view(result: Series, played: Match, last: Outcome) -> RenderableType:
    """For people: of one match its timeline, of several a table of outcomes."""
    from rich.console import Group
    from rich.text import Text

    from boomerang.play import series
    from boomerang.timeline import render_table

    parts: list[RenderableType] = []
    if len(result.outcomes) == 1 and last.commitments:
        parts.append(render_table(series.timeline(played, last)))
    parts.append(outcomes_table(result))
    for player, own in zip(result.game.players, last.refused, strict=True):
        if len(result.outcomes) == 1:
            parts += [Text(f"{player} was refused: {one.error}", style="dim") for one in own]
    return Group(*parts)


def console(seats: int) -> Console:
    """Where tables go; wide enough for all seats where there is no terminal to ask."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 100 + 12 * seats)


def outcomes_table(result: Series) -> RenderableType:
    """What was done, how often, and what it paid."""
    from rich import box
    from rich.table import Table

    seats = list(zip(result.game.players, result.agents, strict=True))
    table = Table(box=box.SIMPLE, title=f"{result.game.name} on {result.table}", title_style="bold")
    table.add_column("matches", justify="right")
    for player, agent in seats:
        table.add_column(f"{player}\n{agent}")
    for player, _ in seats:
        table.add_column(f"pays\n{player}", justify="right")
    table.add_column("welfare", justify="right")
    for row in result.rows():
        table.add_row(str(row.count), *row.actions, *_numbers(row.payoffs))
    if len(result.rows()) > 1:
        table.add_section()
        means = result.payoffs()
        table.add_row(str(len(result.outcomes)), *["" for _ in seats], *_numbers(means))
    return table


def _numbers(payoffs: tuple[Any, ...]) -> list[str]:
    return [_number(one) for one in (*payoffs, sum(payoffs))]


def _number(value: Any) -> str:
    return f"{value}" if isinstance(value, int) else f"{float(value):.4g}"


def show_list(app: App) -> None:
    """All games and agents by name, with their parameters."""
    import inspect

    from boomerang.agents import AGENTS
    from boomerang.games.catalogue import CATALOGUE

    def named(found: Any) -> dict[str, list[str]]:
        return {name: list(inspect.signature(make).parameters) for name, make in found.items()}

    data = {"games": named(CATALOGUE), "agents": named(AGENTS)}

    def shown() -> str:
        lines = []
        for title, entries in data.items():
            lines.append(f"{title}:")
            width = max(map(len, entries))
            lines += [
                f"  {name:{width}}  {', '.join(own)}".rstrip() for name, own in entries.items()
            ]
        return "\n".join(lines)

    app.show(data, shown)


__all__ = ["match", "options", "outcomes_table", "run", "setup", "view"]
