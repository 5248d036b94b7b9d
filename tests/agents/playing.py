"""How the tests of agents let them play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.agents import seated
from boomerang.agents.spec import agent
from boomerang.games import catalogue
from boomerang.play import Match, ModelTable

if TYPE_CHECKING:
    from boomerang.games import Game
    from boomerang.model import Phase
    from boomerang.play import Agent, Outcome, Table

CHICKEN = catalogue.chicken()
EARLY = 4
"""Seconds after the freeze at which those open who do not wait to see what others opened."""


def play(
    *agents: str | Agent,
    game: Game = CHICKEN,
    table: Table | None = None,
    start: tuple[float, ...] | None = None,
    latency: float = 0.0,
    **how: Any,
) -> Outcome:
    """One match, each agent starting a second after the one before."""
    starts = start or tuple(map(float, range(len(agents))))
    seats = [
        seated(agent(one) if isinstance(one, str) else one, start=begins, latency=latency)
        for one, begins in zip(agents, starts, strict=True)
    ]
    return Match(game, seats, table or ModelTable(), **how).play()


def phases(outcome: Outcome) -> list[Phase]:
    return [one.phase for one in outcome.commitments]


def refusals(outcome: Outcome) -> list[list[str]]:
    """The names of the errors with which the chain refused moves, by seat."""
    return [[type(one.error).__name__ for one in own] for own in outcome.refused]
