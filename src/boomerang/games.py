"""Games that commitments are played for: what kept statements mean, what they pay, what clashes.

A game is data: its actions, the word that states each, and a table of payoffs. Chicken, with the
figures of section 10 of the protocol:

    Dare / Dare      -100, -100
    Dare / Swerve      10,  -20
    Swerve / Swerve     0,    0
    Stop / Swerve       0,   10     one side calls the race off and concedes; nobody has to swerve
    Stop / Dare       -20,   10     conceding to somebody who drives on anyway is swerving
    Stop / Stop         0,    0

An agent does what its kept commitments state, and swerves if none states anything. Two kept
commitments of one agent that state incompatible actions are a conflict; the payoffs then follow the
more reckless one (Dare before Stop before Swerve): nobody can be counted on not to drive.

Payoffs are in utils, one util to the wei (and to the smallest unit of a scenario's tokens): those
of the game, and the payments that kept commitments state (where their guard is true). Bonds and
fees are not in them; balances show those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from boomerang.decisions import decode, evaluate
from boomerang.identity import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from boomerang.content import Clauses


@dataclass(frozen=True)
class Entry:
    """What a game needs to know of a commitment. `payments` are those that its guard allows."""

    name: str
    owner: str
    statement: str
    kept: bool
    payments: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Game:
    """A symmetric game between pairs of agents, played by kept statements.

    `actions` stand from the most reckless to the meekest: what an agent does whose kept commitments
    disagree is the first that one of them states. `default` is what silence means. `payoffs` holds
    one side of each meeting: what the first gets when it meets the second. `compatible` lists sets
    of actions that one agent may state together.
    """

    name: str
    actions: tuple[str, ...]
    default: str
    payoffs: Mapping[tuple[str, str], int]
    compatible: tuple[frozenset[str], ...] = ()

    def action(self, statement: str) -> str | None:
        """The action that a statement states by its first word; None where it states none."""
        match = re.match(r"\W*(\w+)", statement)
        word = match[1].casefold() if match else ""
        return next((one for one in self.actions if one.casefold() == word), None)

    def players(self, agents: Sequence[str], entries: Sequence[Entry]) -> tuple[str, ...]:
        """Who plays: the owners of commitments that state an action.

        Where those are fewer than two, other owners and then other agents, as declared, fill up.
        """
        stating = {entry.owner for entry in entries if self.action(entry.statement)}
        owners = {entry.owner for entry in entries}
        ranked = sorted(
            agents, key=lambda agent: (agent not in stating, agent not in owners)
        )  # sorted() is stable: within a rank, the order of declaration
        chosen = set(ranked[: max(2, len(stating))])
        return tuple(agent for agent in agents if agent in chosen)

    def plays(self, agent: str, entries: Iterable[Entry]) -> str:
        """What an agent does, by its kept commitments."""
        stated = {
            self.action(entry.statement) for entry in entries if entry.kept and entry.owner == agent
        }
        return next((action for action in self.actions if action in stated), self.default)

    def score(self, agents: Sequence[str], entries: Sequence[Entry]) -> dict[str, int]:
        """The payoff of each player. Three or more meet each other in pairs, and add up."""
        players = self.players(agents, entries)
        result = dict.fromkeys(players, 0)
        moves = {player: self.plays(player, entries) for player in players}
        for one, other in combinations(players, 2):
            result[one] += self.payoffs[moves[one], moves[other]]
            result[other] += self.payoffs[moves[other], moves[one]]
        for entry in entries:
            if not entry.kept:
                continue
            for to, amount in entry.payments:
                if entry.owner in result:
                    result[entry.owner] -= amount
                if to in result:
                    result[to] += amount
        return result

    def conflicts(self, entries: Sequence[Entry]) -> list[tuple[str, str]]:
        """Pairs of kept commitments of one owner that state actions which do not go together."""
        kept = [entry for entry in entries if entry.kept]
        return [
            (one.name, other.name)
            for one, other in combinations(kept, 2)
            if one.owner == other.owner
            and self._clash(self.action(one.statement), self.action(other.statement))
        ]

    def _clash(self, one: str | None, other: str | None) -> bool:
        if one is None or other is None or one == other:
            return False
        return not any({one, other} <= together for together in self.compatible)


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


CHICKEN = Game(
    name="chicken",
    actions=("Dare", "Stop", "Swerve"),
    default="Swerve",
    payoffs={
        ("Dare", "Dare"): -100,
        ("Dare", "Stop"): 10,
        ("Dare", "Swerve"): 10,
        ("Stop", "Dare"): -20,
        ("Stop", "Stop"): 0,
        ("Stop", "Swerve"): 0,
        ("Swerve", "Dare"): -20,
        ("Swerve", "Stop"): 10,
        ("Swerve", "Swerve"): 0,
    },
    compatible=(frozenset({"Stop", "Swerve"}),),
)

GAMES: dict[str, Game] = {game.name: game for game in (CHICKEN,)}
"""Every game, by the name that a scenario gives it."""
