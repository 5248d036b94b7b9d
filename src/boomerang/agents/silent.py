"""Commits to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import NEVER
from boomerang.play.moves import Wait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.games import Game
    from boomerang.play.moves import Move
    from boomerang.play.outcome import Outcome
    from boomerang.play.view import View


class Silent:
    """Does nothing on the chain, and so the default in the game."""

    name = "silent"

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        """There is nothing to forget."""

    def act(self, view: View) -> Sequence[Move]:
        del view
        return (Wait(NEVER),)

    def learn(self, outcome: Outcome) -> None:
        """It does not."""


__all__ = ["Silent"]
