"""Cannot keep a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.conditional import Conditional
from boomerang.model import Phase
from boomerang.play.moves import Tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.games import Game
    from boomerang.play.moves import Move
    from boomerang.play.view import View


class Leaking(Conditional):
    """Commits like a conditional agent, and shows others what it has sealed as soon as it stands on
    the chain, so that they give way now. Whoever sees it can expose it (section 4). `to` is the
    seat that it tells; None for all others.
    """

    name = "leaking"

    def __init__(
        self,
        *,
        to: int | None = None,
        bond: int = 0,
        cover: int = 0,
        opens_after: int | None = None,
    ) -> None:
        super().__init__(bond=bond, cover=cover, opens_after=opens_after)
        self.to = to

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        super().reset(seat, game, rng)
        self._told: set[bytes] = set()

    def respond(self, view: View) -> Sequence[Move]:
        moves = list(super().respond(view))
        others = [seat for seat in range(len(view.accounts)) if seat != view.seat]
        for mine in view.mine():
            sealed = view.state.phase(mine.id, view.now) is Phase.SEALED
            if sealed and mine.id in view.openings and mine.id not in self._told:
                self._told.add(mine.id)
                moves += [Tell(to, mine.id) for to in others if self.to in (None, to)]
        return moves


__all__ = ["Leaking"]
