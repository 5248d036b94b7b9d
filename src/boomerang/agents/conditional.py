"""Commits to what pays it best, and gives way to those who came before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import Committer
from boomerang.play.moves import Publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.agents.replies import Stated
    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game
    from boomerang.play.moves import Move
    from boomerang.play.view import View


class Conditional(Committer):
    """States what pays it best if others reply to it, and reverts that if an earlier commitment is
    kept to which something else is the better reply. Where that is not the default either, it
    commits to it as well, on the same condition.
    """

    name = "conditional"

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        super().reset(seat, game, rng)
        self._stated: set[str] = set()

    def states(self, view: View) -> str | None:
        """The claim; what comes of others' commitments, if those are there already, `respond` has
        to say.
        """
        return None if self.before(view) else self._state(self.replies.claim)

    def respond(self, view: View) -> Sequence[Move]:
        """Commit to what would be the best reply to those who came before."""
        moves: list[Publish] = []
        before = self.before(view)
        if not before:
            return moves
        mine = {view.states(one) for one in view.mine()}
        for action in self.replies.wanted([self._seen(one, view) for one in before]):
            if action not in mine and action not in self._stated:
                self._begun = True
                moves.append(self.publish(view, self._state(action)))
        return moves

    def decide(self, mine: Commitment, view: View) -> Expression | None:
        """Keep it if it is the best reply to what those who came before will have kept."""
        action = view.states(mine)
        if action is None:
            return None
        before = [one for one in self.before(view) if view.may(mine, one)]
        return self.replies.decision(action, [(self._seen(one, view), one.id) for one in before])

    def before(self, view: View) -> list[Commitment]:
        """Others' commitments to actions that came before its own first one: its own are no reply
        to those that came after, which are to give way to it.
        """
        stated = [one for one in view.others() if view.states(one) is not None]
        mine = view.mine()
        if not mine:
            return [] if self._stated else stated  # its own are on their way
        precedes = view.state.model.precedes
        return [one for one in stated if precedes(one.id, mine[0].id)]

    def _seen(self, one: Commitment, view: View) -> Stated:
        return view.seat_of(one), str(view.states(one))

    def _state(self, action: str) -> str:
        self._stated.add(action)
        return action


__all__ = ["Conditional"]
