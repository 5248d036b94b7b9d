"""Seals to keep, and falls silent if it would rather not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.first_mover import FirstMover
from boomerang.agents.foresight import foreseen, payoff

if TYPE_CHECKING:
    from boomerang.client.state import Commitment
    from boomerang.play.view import View


class Withholding(FirstMover):
    """States and seals what a first mover does, waits for what others open, and opens only if that
    pays it better than silence, which costs it the bond (section 8). Against others who open as
    late as it does it has seen nothing, and opens.
    """

    name = "withholding"

    def opens(self, mine: Commitment, view: View) -> bool:
        speaks = payoff(view, foreseen(view, {mine.id: True}))
        silent = payoff(view, foreseen(view, {mine.id: False}))
        return speaks >= silent - mine.key.bond


__all__ = ["Withholding"]
