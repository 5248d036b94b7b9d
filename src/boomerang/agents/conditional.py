"""Commits to what pays it best, if others are bound to their part; gives way to earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents import deals
from boomerang.agents.base import Committer, trip
from boomerang.play.moves import Join, Publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.agents.replies import Stated
    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game, Profile
    from boomerang.play.moves import Move
    from boomerang.play.view import View


class Conditional(Committer):
    """States what pays it best if others reply to it, and reverts that if an earlier commitment is
    kept to which something else is the better reply. Where that is not the default either, it
    commits to it as well, on the same condition.

    In a game with a deal (`deals.find`: the prisoner's dilemma, public goods) it states its part of
    that instead, joins a group with those who state theirs, and keeps if all of them do; without a
    group it keeps only if they all came before, and keep.
    """

    name = "conditional"
    cooperates = True
    """Whether it takes part in deals."""

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        if game is not getattr(self, "game", None):
            self._deal = deals.find(game) if self.cooperates else None
        super().reset(seat, game, rng)
        self._stated: set[str] = set()
        self._joins = False

    def states(self, view: View) -> str | None:
        """The claim; what comes of others' commitments, if those are there already, `respond` has
        to say.
        """
        if self._deal is not None:
            part = self._deal[view.seat]
            return None if part == view.game.default[view.seat] else self._state(part)
        return None if self.before(view) else self._state(self.replies.claim)

    def respond(self, view: View) -> Sequence[Move]:
        """Commit to what would be the best reply to those who came before, or join partners."""
        if self._deal is not None:
            return self._joining(self._deal, view)
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
        if self._deal is not None:
            in_time = view.now + view.block_time + trip(view) < mine.freeze
            if self._joins and in_time and view.state.model.node(mine.id) is None:
                self.wait(view.now + view.block_time, view)
                return None  # a group is complete only if nobody has sealed before
            return deals.decision(mine, deals.partners(self._deal, view), view)
        action = view.states(mine)
        if action is None:
            return None
        before = [one for one in self.before(view) if view.may(mine, one)]
        return self.replies.decision(action, [(self._seen(one, view), one.id) for one in before])

    def _joining(self, deal: Profile, view: View) -> Sequence[Move]:
        """Join the group of all partners, once they are there."""
        members, mine = deals.partners(deal, view), view.mine()
        if self._joins or not members or mine[0] not in members:
            return ()
        if not deals.can_join(mine[0], members, view):
            return ()
        self._joins = True
        return (Join(mine[0].id, tuple(one.id for one in members)),)

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
