"""Agents for the two worked examples: the game of chicken, and the bargain over it (section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.agents.player import Player
from boomerang.content import Clauses, Content, Payment
from boomerang.decisions import Constant, Kept, Not, any_of, encode
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Obstacle

if TYPE_CHECKING:
    from boomerang.client import Commitment, State
    from boomerang.decisions import Expression

DARE = b"Dare"
STOP = b"Stop"


class Darer(Player):
    """Commits to dare, at once. Gives way to whoever dared before it, if they keep to it."""

    def act(self, now: int) -> None:
        if not self.mine(self.registry.state()):
            self.publish(Content(statement=DARE))
        else:
            super().act(now)

    def decide(self, mine: Commitment, state: State, now: int) -> Expression | None:
        """Keep, unless others who dared first keep theirs."""
        if not self.due(mine, now):
            return None
        return revert_if_any(self.first(mine, state))

    def first(self, mine: Commitment, state: State) -> list[Commitment]:
        """Others' dares on which this one may condition."""
        return [other for other in self.others(state, DARE) if may(state, mine, other)]


class Listener(Darer):
    """A darer that can be bought: it gives way to an offer that pays it enough for doing so."""

    price = 1  # in the game's units, more than which it asks to be paid besides winning

    def decide(self, mine: Commitment, state: State, now: int) -> Expression | None:
        if not self.due(mine, now):
            return None
        return revert_if_any(self.first(mine, state) + self.bargains(mine, state))

    def bargains(self, mine: Commitment, state: State) -> list[Commitment]:
        """Standing offers that stop the race and pay the price, if this dare is reverted."""
        guard = encode(Not(Kept(mine.id)))
        return [
            other
            for other in self.others(state, STOP)
            if other.content.clauses is not None
            and other.content.clauses.guard in (b"", guard)
            and self.pays(other.content.clauses) >= self.price
            and may(state, mine, other)
        ]

    def pays(self, clauses: Clauses) -> int:
        """What a content's payments come to for this agent."""
        return sum(payment.amount for payment in clauses.payments if payment.to == self.account)


class Bargainer(Darer):
    """A darer that came second: it offers the first to stop the race and to pay for it.

    It offers the bargain to its own dare as well, so that the bargain, if kept, reverts that too.
    """

    pays = 1
    patience = 30  # seconds after which it sees that the other will not give way

    def act(self, now: int) -> None:
        state = self.registry.state()
        mine = self.mine(state)
        if len(mine) == 1 and now >= mine[0].published.time + self.patience:
            for rival in self.first(mine[0], state):
                self.bargain(rival, mine[0])
                return
        super().act(now)

    def bargain(self, rival: Commitment, own: Commitment) -> None:
        """Publish the bargain, and offer it to the rival's dare and to one's own."""
        guard = encode(Not(Kept(rival.id)))
        payment = Payment(to=rival.key.committer, token=ZERO_ADDRESS, amount=self.pays)
        # The payment goes into escrow now: the rival need not trust anybody.
        clauses = Clauses.covering([payment] if self.pays else [], guard=guard)
        stop = self.publish(Content(statement=STOP, clauses=clauses))
        for target in (rival, own):
            done = self.registry.offer(stop, target.id, sender=self.account)
            self.tell(f"offers it to {self.name_of(target)}", done.gas_used)

    def decide(self, mine: Commitment, state: State, now: int) -> Expression | None:
        if not self.due(mine, now):
            return None
        if mine.content.statement == STOP:
            return Constant(True)
        own = [one for one in self.mine(state) if one.content.statement == STOP]
        return revert_if_any(
            self.first(mine, state) + [one for one in own if may(state, mine, one)]
        )

    def name_of(self, target: Commitment) -> str:
        """Whose dare it is."""
        return "its own dare" if target.key.committer == self.account else "the other's dare"


def may(state: State, mine: Commitment, other: Commitment) -> bool:
    """Whether a decision on `mine` may name `other`."""
    return state.model.may_condition(mine.key, other.key) is Obstacle.NONE


def revert_if_any(others: list[Commitment]) -> Expression:
    """Revert if any of these is kept; keep when there are none."""
    if not others:
        return Constant(True)
    return Not(any_of(*(Kept(one.id) for one in others)))
