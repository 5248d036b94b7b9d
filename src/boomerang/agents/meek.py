"""Gives way from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import Committer

if TYPE_CHECKING:
    from boomerang.play.view import View


class Meek(Committer):
    """Commits to the least reckless action that it has, and keeps."""

    name = "meek"

    def states(self, view: View) -> str:
        return view.game.actions[view.seat][-1]


__all__ = ["Meek"]
