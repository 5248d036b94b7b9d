"""An agent that carries out one strategy of the extensive form, whatever it pays: experiments play
all of them against each other, and see from the payoffs which are any good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from boomerang.agents.base import Committer
from boomerang.decisions import Constant, Kept, Not, any_of, decode

if TYPE_CHECKING:
    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.play.view import View

Sealed = Literal["keep", "revert", "yield", "threaten"]
Silence = Literal["never", "if bound", "if threatened", "if either"]

EARLY: Final = 6
LATE: Final = 18
"""Seconds after the freeze at which the one and the other opens, where the order matters."""


class Scripted(Committer):
    """Publishes its most reckless action, seals what it is told, and opens unless told otherwise.

    `seals`: keep, revert, `yield` (revert if any earlier commitment is kept) or `threaten` (keep if
    any is). `silent`: never; `if bound`: if somebody has opened "keep" before; `if threatened`: if
    somebody has opened a decision to keep if its own is kept; `if either`.
    """

    name = "scripted"

    def __init__(
        self, seals: Sealed, silent: Silence = "never", *, bond: int = 0, opens_after: int = EARLY
    ) -> None:
        super().__init__(bond=bond, opens_after=opens_after)
        self.seals = seals
        self.silent = silent

    def states(self, view: View) -> str:
        return view.game.actions[view.seat][0]

    def decide(self, mine: Commitment, view: View) -> Expression:
        if self.seals in ("keep", "revert"):
            return Constant(self.seals == "keep")
        earlier = [one for one in view.others() if view.may(mine, one)]
        if not earlier:
            return Constant(self.seals == "yield")  # nobody precedes: it is the first
        kept = any_of(*(Kept(one.id) for one in earlier))
        return kept if self.seals == "threaten" else Not(kept)

    def opens(self, mine: Commitment, view: View) -> bool:
        if self.silent == "never":
            return True
        for one in view.others():
            opened = view.state.decision(one.id)
            if opened is None:
                continue
            decision = decode(opened)
            if decision == Constant(True) and self.silent in ("if bound", "if either"):
                return False
            if decision == Kept(mine.id) and self.silent in ("if threatened", "if either"):
                return False
        return True


__all__ = ["EARLY", "LATE", "Scripted", "Sealed", "Silence"]
