"""A game of agents on the chain that ape is connected to, told as it goes: what the scripts run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console

from boomerang.chains import active_ape_chain
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.play import moves
from boomerang.play.live import LiveMatch, LiveSeat
from boomerang.store import Store
from boomerang.timeline import render_svg, render_table
from boomerang.timeline.match import SeatWords, from_match, results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.client import State
    from boomerang.games import Game
    from boomerang.play.agent import Agent
    from boomerang.play.moves import OnChain
    from boomerang.play.outcome import Outcome


PLAIN_WIDTH: Final = 116
"""How wide the table is where there is no terminal to ask."""

drawn = click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw what happened to a file."
)
"""The option of scripts that `play`."""


def play(game: Game, *agents: Agent, svg: Path | None = None) -> Outcome:
    """Deploy a registry, seat the agents, with the development accounts of the seats' names and a
    store for each, and let them play. Ends with a table of it, what it paid, and a picture if one
    is wanted.
    """
    chain = active_ape_chain()
    registry = Registry.deploy(chain)
    start = chain.now()
    home = Store().path  # made for its owner alone, or refused
    seats = [
        LiveSeat(agent, DEV_ACCOUNTS[name], Store(home / f"agent-{name}"))
        for name, agent in zip(game.players, agents, strict=True)
    ]

    def tell(seat: int, move: OnChain, gas: int) -> None:
        line = told(game.players, match.accounts, seat, move, match.state)
        click.echo(f"{chain.now() - start:4d} s  {line} ({gas:,} gas)")

    match = LiveMatch(game, seats, registry, tell=tell)
    click.echo(f"registry {registry.address} on chain {registry.domain.chain_id}")
    outcome = match.play()
    story = from_match(
        game,
        outcome,
        match.accounts,
        match.blank,
        match.history,
        start=chain.now() - outcome.seconds,
        chain=chain.kind,
    )
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    Console(highlight=False, width=width).print(render_table(replace(story, summary=())))
    for line in results(game, outcome):
        click.echo(line)
    if svg is not None:
        svg.write_text(render_svg(story), encoding="utf-8")
        click.echo(f"Drawn: {svg}", err=True)
    return outcome


def told(
    names: Sequence[str], accounts: Sequence[str], seat: int, move: OnChain, state: State
) -> str:
    """A move in words; of seals, no more than the chain shows."""
    words = SeatWords(names, accounts, state)

    def of(commitment: bytes) -> str:
        one = state.commitments[commitment]
        owner = words.who(one.key.committer)
        whose = "its" if owner == names[seat] else f"{owner}'s"
        return f"{whose} {one.content.statement.decode(errors='replace')!r}"

    match move:
        case moves.Publish(content):
            what = f"publishes {content.statement.decode(errors='replace')!r}"
        case moves.Seal(commitment):
            what = f"seals {of(commitment)}"
        case moves.Open(commitment):
            decision = words.decision(state.decision(commitment) or b"")
            what = f"opens {of(commitment)}: {decision}"
        case moves.Offer(commitment, to):
            what = f"offers {of(commitment)} to {of(to)}"
        case moves.Decline(commitment, offering):
            offers = f"the offer of {of(offering)}" if offering else "all offers"
            what = f"declines {offers} to {of(commitment)}"
        case moves.Revoke(commitment):
            what = f"revokes {of(commitment)}"
        case moves.Expose(commitment):
            what = f"exposes {of(commitment)}"
        case moves.Join(commitment, ids):
            others = " and ".join(of(one) for one in ids if one != commitment)
            what = f"joins {of(commitment)} to a group with {others}"
        case moves.Draw(ids):
            what = f"records the draw of {', '.join(map(of, ids))}"
    return f"{names[seat]} {what}"


__all__ = ["drawn", "play", "told"]
