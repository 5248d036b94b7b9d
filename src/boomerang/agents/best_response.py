"""Waits for what others commit to, and commits to the best reply."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from boomerang.agents.conditional import Conditional
from boomerang.agents.replies import settled
from boomerang.decisions import Constant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game, Payoff
    from boomerang.play.view import View


class BestResponse(Conditional):
    """Publishes nothing before it has seen others' commitments, or `patience` seconds have passed.
    It seals what is best for each way in which they can end.

    Those who committed after it cannot be waited for: it takes each of them to keep whatever it
    does with the probability `doubt`, and to give way otherwise, and reverts where keeping pays
    less on average. In chicken it keeps up to a doubt of 3/11.
    """

    name = "best-response"
    cooperates = False

    def __init__(
        self,
        *,
        patience: int = 10,
        doubt: str | Fraction = "0",
        bond: int = 0,
        cover: int = 0,
        opens_after: int | None = None,
    ) -> None:
        super().__init__(bond=bond, cover=cover, opens_after=opens_after)
        self.patience = patience
        self.doubt = Fraction(doubt)

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        super().reset(seat, game, rng)
        self._since: int | None = None

    def states(self, view: View) -> str | None:
        if self._since is None:
            self._since = view.now
        if self.wait(self._since + self.patience, view):
            return None
        return super().states(view)

    def decide(self, mine: Commitment, view: View) -> Expression | None:
        decision = super().decide(mine, view)
        before = [one.id for one in self.before(view)]
        after = [one for one in view.others() if one.id not in before and view.states(one)]
        if decision == Constant(True) and after and not self.doubt_pays(mine, after, view):
            return Constant(False)
        return decision

    def doubt_pays(self, mine: Commitment, after: list[Commitment], view: View) -> bool:
        """Whether keeping pays as much as reverting, where those who came after may be ruthless."""
        keeps = {view.seat: str(view.states(mine))}
        reverts = {view.seat: view.game.default[view.seat]}
        theirs = {view.seat_of(one): str(view.states(one)) for one in after}
        kept = self.doubt * self._payoff(keeps | theirs) + (1 - self.doubt) * self._payoff(keeps)
        return kept >= self._payoff(reverts | theirs)

    def _payoff(self, fixed: Mapping[int, str]) -> Payoff:
        return self.game.payoffs(settled(self.game, fixed))[self.seat]


__all__ = ["BestResponse"]
