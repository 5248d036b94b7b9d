"""Seals to keep, and falls silent if it would rather not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import trip
from boomerang.agents.first_mover import FirstMover
from boomerang.agents.foresight import foreseen, payoff

if TYPE_CHECKING:
    from boomerang.client.state import Commitment
    from boomerang.play.view import View


class Withholding(FirstMover):
    """States and seals what a first mover does, waits for what others open, and opens only if that
    pays it better than silence, which costs it the bond (section 8).
    """

    name = "withholding"

    def opens_at(self, mine: Commitment, view: View) -> int:
        """With nothing kept in hand: who opens last has seen most."""
        if self.opens_after is not None:
            return super().opens_at(mine, view)
        return mine.freeze + max(0, view.parameters.reveal_window - trip(view))

    def opens(self, mine: Commitment, view: View) -> bool:
        speaks = payoff(view, foreseen(view, {mine.id: True}))
        silent = payoff(view, foreseen(view, {mine.id: False}))
        return speaks >= silent - mine.key.bond


__all__ = ["Withholding"]
