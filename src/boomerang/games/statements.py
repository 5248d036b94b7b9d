"""What kept statements come to in a game: who plays, what each does, what it pays, what clashes.

An agent does what its kept commitments state, and the game's default if none states anything. Two
kept commitments of one agent that state incompatible actions are a conflict; the payoffs then
follow the more reckless one: nobody can be counted on not to drive.

Payoffs are in utils, one util to the wei (and to the smallest unit of a scenario's tokens): those
of the game, and the payments that kept commitments state (where their guard is true). Bonds and
fees are not in them; balances show those.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from boomerang.decisions import decode, evaluate
from boomerang.games import catalogue
from boomerang.games.pairs import in_pairs
from boomerang.identity import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from boomerang.content import Clauses
    from boomerang.games.exact import Payoff
    from boomerang.games.game import Game


@dataclass(frozen=True)
class Entry:
    """What a game needs to know of a commitment. `payments` are those that its guard allows."""

    name: str
    owner: str
    statement: str
    kept: bool
    payments: tuple[tuple[str, int], ...] = ()


def players(game: Game, agents: Sequence[str], entries: Sequence[Entry]) -> tuple[str, ...]:
    """Who plays, in the order of `agents`: the owners of commitments that state an action.

    Where those are fewer than the game has seats, other owners and then other agents, as declared,
    fill up.
    """
    stating = {entry.owner for entry in entries if _stated(game, entry)}
    owners = {entry.owner for entry in entries}
    ranked = sorted(
        agents, key=lambda agent: (agent not in stating, agent not in owners)
    )  # sorted() is stable: within a rank, the order of declaration
    chosen = set(ranked[: max(len(game.players), len(stating))])
    return tuple(agent for agent in agents if agent in chosen)


def profile(game: Game, seated: Sequence[str], entries: Sequence[Entry]) -> dict[str, str]:
    """What each of the seated agents does, by its kept commitments."""
    return {
        agent: game.plays(
            seat, [entry.statement for entry in entries if entry.kept and entry.owner == agent]
        )
        for seat, agent in enumerate(seated)
    }


def score(game: Game, agents: Sequence[str], entries: Sequence[Entry]) -> dict[str, Payoff]:
    """The payoff of each player.

    As many players as the game has seats sit there in the order of `agents`. Otherwise they meet
    each other in pairs, and payoffs add up; BadGame where the game is no symmetric one of two.
    """
    seated = players(game, agents, entries)
    if len(seated) != len(game.players):
        game = in_pairs(game, seated)
    actions = profile(game, seated, entries)
    result = dict(zip(seated, game.payoffs(tuple(actions.values())), strict=True))
    for entry in entries:
        if not entry.kept:
            continue
        for to, amount in entry.payments:
            if entry.owner in result:
                result[entry.owner] -= amount
            if to in result:
                result[to] += amount
    return result


def conflicts(game: Game, entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Pairs of kept commitments of one owner that state actions which do not go together."""
    kept = [entry for entry in entries if entry.kept]
    return [
        (one.name, other.name)
        for one, other in combinations(kept, 2)
        if one.owner == other.owner and game.clash(_stated(game, one), _stated(game, other))
    ]


def _stated(game: Game, entry: Entry) -> str | None:
    """The action that an entry states, whichever seat its owner has."""
    found = (game.action(seat, entry.statement) for seat in range(len(game.players)))
    return next((action for action in found if action), None)


def payments_due(
    clauses: Clauses | None,
    kept: Mapping[bytes, bool],
    names: Mapping[str, str],
    tokens: Collection[str] = (ZERO_ADDRESS,),
) -> tuple[tuple[str, int], ...]:
    """What clauses pay to whom of these tokens (of ether, where none are given), by the outcomes of
    all commitments by id: none where the guard is false. `names` has the agents' by address; others
    go by their address.
    """
    if clauses is None or (clauses.guard and not evaluate(decode(clauses.guard), kept)):
        return ()
    return tuple(
        (names.get(payment.to, payment.to), payment.amount)
        for payment in clauses.payments
        if payment.token in tokens
    )


GAMES: Final[dict[str, Game]] = {"chicken": catalogue.bargaining()}
"""The games of scenarios, by the name that a scenario gives them. Their chicken has Stop: where
nobody states it, nothing differs from the chicken without.
"""
