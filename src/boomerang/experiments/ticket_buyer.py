"""An agent that buys tickets: it publishes the same commitment several times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents import Committer
from boomerang.decisions import Constant, Kept, Not, any_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game
    from boomerang.play import Move, View


class TicketBuyer(Committer):
    """Publishes its most reckless action `tickets` times at once. Each gives way to whoever came
    before it; it takes only one of them to be the first.
    """

    name = "ticket-buyer"

    def __init__(self, tickets: int) -> None:
        super().__init__()
        self.tickets = tickets

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        super().reset(seat, game, rng)
        self.action = game.actions[seat][0]
        self._bought = False

    def states(self, view: View) -> str:
        """See `Committer`."""
        del view
        return self.action

    def respond(self, view: View) -> Sequence[Move]:
        """The tickets beside the first."""
        if self._bought:
            return ()
        self._bought = True
        return [self.publish(view, self.action) for _ in range(self.tickets - 1)]

    def decide(self, mine: Commitment, view: View) -> Expression:
        """Keep, unless another's that came before this one is kept."""
        before = [one for one in view.others(self.action) if view.may(mine, one)]
        return Not(any_of(*(Kept(one.id) for one in before))) if before else Constant(True)


__all__ = ["TicketBuyer"]
