"""A game of agents on the chain that ape is connected to, told as it goes: what the scripts run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from boomerang.agents.player import Player, run
from boomerang.chains import active_ape_chain
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.games import GAMES, Entry, payments_due, score
from boomerang.games.exact import signed
from boomerang.model import Phase
from boomerang.store import Store

if TYPE_CHECKING:
    from boomerang.client import State

SECONDS = 130  # enough for two dares, a bargain that comes half a period later, and their openings


def play(**minds: type[Player]) -> State:
    """Deploy a registry, give each mind the development account of its name, and let them play."""
    chain = active_ape_chain()
    registry = Registry.deploy(chain)
    start = chain.now()

    def tell(line: str) -> None:
        click.echo(f"{chain.now() - start:4d} s  {line}")

    home = Store().path  # made for its owner alone, or refused
    players = []
    for name, mind in minds.items():
        store = Store(home / f"agent-{name}")
        players.append(mind(name, registry, DEV_ACCOUNTS[name], store, tell))
    click.echo(f"registry {registry.address} on chain {registry.domain.chain_id}")
    state = run(registry, players, SECONDS)
    for line in results(state, {player.account: player.name for player in players}, chain.now()):
        click.echo(line)
    return state


def results(state: State, names: dict[str, str], now: int) -> list[str]:
    """Outcomes, and the payoffs of a game of chicken with the payments that kept contents state."""
    kept = {one: state.phase(one, now) is Phase.KEPT for one in state.commitments}
    lines, entries = [], []
    for one, commitment in state.commitments.items():
        owner = names[commitment.key.committer]
        statement = commitment.content.statement.decode()
        lines.append(f"{owner}'s {statement!r}: {state.phase(one, now).label}")
        payments = payments_due(commitment.content.clauses, kept, names)
        entries.append(Entry(str(one), owner, statement, kept[one], payments))
    payoffs = score(GAMES["chicken"], list(names.values()), entries)
    lines.append(
        "payoffs: " + ", ".join(f"{name} {signed(value)}" for name, value in payoffs.items())
    )
    return lines
