"""Commits at once, and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import Committer

if TYPE_CHECKING:
    from boomerang.play.view import View


class FirstMover(Committer):
    """States the action that pays it best if all others reply to that. It counts on being first:
    it keeps, whoever was.
    """

    name = "first-mover"

    def states(self, view: View) -> str:
        del view
        return self.replies.claim


__all__ = ["FirstMover"]
