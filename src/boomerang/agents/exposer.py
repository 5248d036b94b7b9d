"""Uses what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import under_way
from boomerang.agents.conditional import Conditional
from boomerang.agents.replies import settled
from boomerang.model import Phase
from boomerang.parameters import BASIS_POINTS
from boomerang.play.moves import Expose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.client.state import Commitment
    from boomerang.play.moves import Move
    from boomerang.play.view import View


class Exposer(Conditional):
    """Commits like a conditional agent, and exposes the seals of others whose openings it was told,
    where that pays: its share of the bond, and what it gains by their being reverted.
    """

    name = "exposer"

    def respond(self, view: View) -> Sequence[Move]:
        moves = list(super().respond(view))
        for other in view.others():
            if (
                other.id in view.openings
                and view.state.phase(other.id, view.now) is Phase.SEALED
                and not under_way(Expose, other, view)
                and self._pays(other, view)
            ):
                moves.append(Expose(other.id))
        return moves

    def _pays(self, other: Commitment, view: View) -> bool:
        reward = other.key.bond * view.parameters.exposer_share // BASIS_POINTS
        action = view.states(other)
        if action is None:
            return reward > 0
        seat, game = view.seat_of(other), view.game
        kept = game.payoffs(settled(game, {seat: action}))[view.seat]
        reverted = game.payoffs(settled(game, {seat: game.default[seat]}))[view.seat]
        return reward + reverted > kept


__all__ = ["Exposer"]
