"""Keeps whatever others do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import Committer

if TYPE_CHECKING:
    from boomerang.play.view import View


class Ruthless(Committer):
    """States the most reckless action that it has, and keeps whatever others do: what it does to
    them is worth more to it than what the game pays.
    """

    name = "ruthless"

    def states(self, view: View) -> str:
        return view.game.actions[view.seat][0]


__all__ = ["Ruthless"]
