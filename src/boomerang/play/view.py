"""What an agent sees: what has reached it of the chain, its own secrets, what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.model import Obstacle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from boomerang.client.state import Commitment, State
    from boomerang.errors import ChainError
    from boomerang.games import Game
    from boomerang.identity import Opening
    from boomerang.parameters import Parameters
    from boomerang.play.moves import Move, OnChain


@dataclass(frozen=True, slots=True)
class Refused:
    """A move of one's own that the chain refused, and why."""

    move: OnChain
    error: ChainError


@dataclass(slots=True)
class View:
    """One agent's sight of a match.

    `now`: the Unix second of the last block that has reached it. `state`: the registry as of that
    block, rebuilt from its events; do not change it. `accounts`: the address of each seat.
    `pending`: own moves that were sent and whose block was not seen yet. `openings`: what it can
    open, by commitment: its own seals, and what others told. `refused`: own moves that failed.
    `block_time`: seconds from block to block. `latency`: how long what it sends is under way, as it
    has found out; windows are missed by those who do not know.
    """

    now: int
    seat: int
    game: Game
    accounts: Sequence[str]
    parameters: Parameters
    state: State
    device: str
    rng: Random
    topic: bytes
    openings: Mapping[bytes, Opening] = field(default_factory=dict)
    told: Mapping[bytes, int] = field(default_factory=dict)
    pending: Sequence[Move] = ()
    refused: Sequence[Refused] = ()
    block_time: int = 1
    latency: float = 0.0
    _published: Mapping[bytes, Commitment] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    _all: Sequence[Commitment] = field(default=(), init=False, repr=False, compare=False)
    _count: int = field(default=0, init=False, repr=False, compare=False)

    @property
    def me(self) -> str:
        """The own account."""
        return self.accounts[self.seat]

    def mine(self) -> list[Commitment]:
        """One's own commitments of this match, oldest first."""
        me = self.me
        return [one for one in self._of_match() if one.key.committer == me]

    def others(self, action: str | None = None) -> list[Commitment]:
        """Other players' commitments of this match, oldest first; those that state `action`, where
        one is given.
        """
        me = self.me
        return [
            one
            for one in self._of_match()
            if one.key.committer != me and (action is None or self.states(one) == action)
        ]

    def all(self) -> list[Commitment]:
        """All commitments of the match's players on its topic, oldest first."""
        return list(self._of_match())

    def _of_match(self) -> Sequence[Commitment]:
        """Picked out once for each publication: agents ask again and again."""
        published = self.state.commitments
        if published is not self._published or len(published) != self._count:
            self._published, self._count = published, len(published)
            self._all = [
                one
                for one in published.values()
                if one.content.topic == self.topic and one.key.committer in self.accounts
            ]
        return self._all

    def seat_of(self, one: Commitment) -> int:
        """Whose it is."""
        return self.accounts.index(one.key.committer)

    def states(self, one: Commitment) -> str | None:
        """The action that a commitment states; None where that is none of its owner's."""
        return self.game.action(self.seat_of(one), one.content.statement)

    def may(self, mine: Commitment, other: Commitment) -> bool:
        """Whether a decision on `mine` may name `other`, as things stand."""
        return self.state.model.may_name(mine.id, other.id) is Obstacle.NONE

    def kept(self, one: Commitment) -> bool | None:
        """Whether it is kept; None while that is not final."""
        phase = self.state.phase(one.id, self.now)
        return phase.kept if phase.final else None
