"""What an agent is, and where it sits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.games import Game
    from boomerang.play.moves import Move
    from boomerang.play.outcome import Outcome
    from boomerang.play.view import View


class Agent(Protocol):
    """Whoever plays. It does not know what it plays on."""

    name: str

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        """A new match begins: forget the last one. All chance must come from `rng`."""
        ...

    def act(self, view: View) -> Sequence[Move]:
        """What it does now, given what it sees. A move that the chain refuses costs its gas."""
        ...

    def learn(self, outcome: Outcome) -> None:
        """The match is over. Those that do not learn ignore it."""
        ...


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent in a match.

    `latency`: seconds that what it sends needs to the block builder, and a block to it. `start`:
    when it first acts, seconds from the match's start. `bid`: what it pays the builder for its
    place in a block, where places are for sale. `code`: its account has code (a smart account).
    """

    agent: Agent
    latency: float = 0.0
    start: float = 0.0
    bid: int = 0
    code: bool = False

    def __post_init__(self) -> None:
        for seconds in (self.latency, self.start):
            if not (isfinite(seconds) and seconds >= 0):
                raise InvalidInput(
                    f"a seat's latency and start are seconds, 0 or more, not {seconds}"
                )
