"""Try to be believed before the freeze, or to keep a way out, through something that is not their
own key: code, or a second commitment. The registry is made against both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.base import OPEN_DELAY
from boomerang.agents.first_mover import FirstMover
from boomerang.agents.foresight import foreseen, payoff
from boomerang.content import Content
from boomerang.decisions import Constant, Kept
from boomerang.play.moves import Publish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.play.moves import Move
    from boomerang.play.view import View


class CodedProxy(FirstMover):
    """Sits at an account with code that does nothing but keep: read it, and you know the outcome at
    publication. Only plain keys can seal (section 4): its seals are refused, and its commitment
    lapses. To be seated with `Seat(agent, code=True)`.
    """

    name = "proxy-code"
    code = True


class LeaningProxy(FirstMover):
    """Shows a bond behind its claim, and leans on a second commitment with none: if it would rather
    not have kept, that one falls silent, the claim is reverted by its decision, and the bond comes
    home. It publishes the second one first, and then the claim, with `bond`.

    A decision may lean only on what has as much cover (section 8): with a `cover` its decision is
    invalid; without one it works, and others see that nothing covers its claim.
    """

    name = "proxy-leaning"

    def respond(self, view: View) -> Sequence[Move]:
        """The claim, once the second commitment stands."""
        mine = view.mine()
        if len(mine) != 1 or any(isinstance(move, Publish) for move in view.pending):
            return ()
        return (super().publish(view, self.replies.claim),)

    def publish(self, view: View, action: str) -> Publish:
        """What the claim leans on: it states no action."""
        del action
        return Publish(Content(topic=view.topic), view.parameters.min_bond)

    def decide(self, mine: Commitment, view: View) -> Expression:
        leg = view.mine()[0]
        return Constant(True) if mine.id == leg.id else Kept(leg.id)

    def opens_at(self, mine: Commitment, view: View) -> int:
        """The claim first: nothing depends on that."""
        at = super().opens_at(mine, view)
        return at if mine.id == view.mine()[0].id else min(at, mine.freeze + OPEN_DELAY)

    def opens(self, mine: Commitment, view: View) -> bool:
        """The claim always; the other one if it likes the outcome."""
        leg, *claims = view.mine()
        if mine.id != leg.id:
            return True
        undecided = [leg.id, *(one.id for one in claims if view.kept(one) is None)]
        speaks = payoff(view, foreseen(view, dict.fromkeys(undecided, True)))
        silent = payoff(view, foreseen(view, dict.fromkeys(undecided, False)))
        return speaks >= silent - leg.key.bond


__all__ = ["CodedProxy", "LeaningProxy"]
