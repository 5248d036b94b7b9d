"""Commits like a conditional agent, and trades: sells its claim, or buys another's.

Who came second offers a bargain to who came first: a later commitment, on which the earlier one may
then be conditioned. It states what its owner does instead, and pays, out of an escrow, if the
earlier one is reverted. Section 10 of the protocol, example 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from boomerang.agents.base import in_hand, trip, under_way
from boomerang.agents.conditional import Conditional
from boomerang.agents.replies import settled
from boomerang.content import Clauses, Content, Payment
from boomerang.decisions import Constant, Kept, Not, all_of, any_of, atoms, decode, encode, evaluate
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from boomerang.play.moves import Offer, Publish, Revoke

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game, Payoff
    from boomerang.play.moves import Move
    from boomerang.play.view import View


@dataclass(frozen=True, slots=True)
class Deal:
    """What a buyer proposes: it does `action` and pays `amount`, for the other's claim."""

    action: str
    amount: int


class Bargaining(Conditional):
    """Sells: it reverts its claim for a bargain that leaves it better off by `price` utils at
    least, escrowed payments included. Buys: if its claim must give way to one other player's, it
    offers a bargain `patience` seconds after its claim, or as late as offers may come.

    `pays`: what it offers in utils; None to offer so much that the other gets the `share` of what
    both gain together. The buyer's own claim stands in the way: if only the seller's is reverted,
    that one is kept. By default it seals that the bargain reverts it, which nobody sees and its
    owner had better not do; one that `revokes` takes it back openly, and a `wary` seller believes
    nothing else.
    """

    name = "bargaining"

    def __init__(
        self,
        *,
        price: int = 1,
        pays: int | None = None,
        share: str | Fraction = "1/2",
        patience: int = 30,
        revokes: bool = False,
        wary: bool = False,
        bond: int = 0,
        cover: int = 0,
        opens_after: int | None = None,
    ) -> None:
        super().__init__(bond=bond, cover=cover, opens_after=opens_after)
        self.price = price
        self.pays = pays
        self.share = Fraction(share)
        self.patience = patience
        self.revokes = revokes
        self.wary = wary

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        super().reset(seat, game, rng)
        self._offered: set[tuple[bytes, bytes]] = set()
        self._proposed = False

    # ------------------------------------------------------------------------------ deciding

    def decide(self, mine: Commitment, view: View) -> Expression | None:
        """As conditional agents do; but revert for a bargain, another's or its own."""
        if _bargain(mine, view):
            return Constant(True)
        decision = super().decide(mine, view)
        taken = [
            Kept(offering)
            for offering in view.state.offers_to(mine.id)
            if self._takes(mine, view.state.commitments[offering], view)
        ]
        if not taken or decision is None or decision == Constant(False):
            return decision
        reverts = Not(any_of(*taken))
        return reverts if decision == Constant(True) else all_of(decision, reverts)

    def _takes(self, mine: Commitment, offered: Commitment, view: View) -> bool:
        """Whether it reverts its own for this: one of its own bargains, or another's that pays."""
        if not view.may(mine, offered):
            return False
        if offered.key.committer == view.me:
            return True
        if offered not in view.others() or not self._binds(offered, view):
            return False
        other = view.seat_of(offered)
        does = view.game.plays(other, [offered.content.statement])
        fixed = {view.seat: view.game.default[view.seat], other: does}
        now = self._pays(settled(view.game, {view.seat: str(view.states(mine))}))
        then = self._pays(settled(view.game, fixed)) + self._paid(mine, offered, view)
        return then - now >= self.price

    def _binds(self, offered: Commitment, view: View) -> bool:
        """Whether its owner gives up for it whatever else it has stated against it: that is over
        already, or the bargain is offered to it as well. What its seal says nobody can know.
        """
        targets = () if self.wary else view.state.offers_by(offered.id)
        rest = [
            one
            for one in view.others()
            if one.key.committer == offered.key.committer
            and one.id not in targets
            and view.kept(one) is not False
            and view.game.clash(view.states(one), view.states(offered))
        ]
        return not rest

    def _paid(self, mine: Commitment, offered: Commitment, view: View) -> int:
        """What a bargain pays to it, in wei, if kept while its own commitment is reverted."""
        clauses = offered.content.clauses
        if clauses is None:
            return 0
        outcomes = {mine.id: False, offered.id: True}
        guard = decode(clauses.guard) if clauses.guard else Constant(True)
        if not set(atoms(guard)) <= set(outcomes) or not evaluate(guard, outcomes):
            return 0
        ether = [one for one in clauses.payments if one.token == ZERO_ADDRESS]
        return sum(one.amount for one in ether if one.to == view.me)

    # -------------------------------------------------------------------------------- buying

    def respond(self, view: View) -> Sequence[Move]:
        moves: list[Move] = list(super().respond(view))
        mine = view.mine()
        rivals = [one for one in self.before(view) if view.may(mine[0], one)] if mine else []
        if len(rivals) != 1 or not self._must_give_way(mine[0], rivals[0], view):
            return moves
        (rival,) = rivals
        if view.state.model.record(rival.id).declines_all:
            return moves
        bargain = next((one for one in mine if _bargain(one, view)), None)
        if bargain is not None:
            # To its own claim as well: the bargain, if kept, must revert that too.
            targets = (rival,) if self.revokes else (rival, mine[0])
            moves += self._offers(bargain, targets, view)
            tentative = view.state.phase(mine[0].id, view.now) is Phase.TENTATIVE
            if self.revokes and tentative and not under_way(Revoke, mine[0], view):
                moves.append(Revoke(mine[0].id))
        elif not self._proposed and not self.wait(self._proposes_at(mine[0], rival, view), view):
            deal = self.deal(rival, view)
            last = rival.freeze - view.parameters.offer_cutoff
            if deal is not None and view.now + 2 * trip(view) <= last:
                self._proposed = True
                moves.append(self._proposal(deal, rival, view))
        return moves

    def _must_give_way(self, claim: Commitment, rival: Commitment, view: View) -> bool:
        """Whether the rival's commitment, if kept, makes something else the better reply."""
        best = self.replies.best({view.seat_of(rival): str(view.states(rival))})
        return best != view.states(claim)

    def _proposes_at(self, claim: Commitment, rival: Commitment, view: View) -> int:
        """When to propose: publication and offer are one after the other, so twice in hand."""
        last = rival.freeze - view.parameters.offer_cutoff - 2 * in_hand(view)
        return min(claim.published.time + self.patience, last)

    def deal(self, rival: Commitment, view: View) -> Deal | None:
        """What to offer for the rival's claim; None where there is nothing to gain."""
        game, other = view.game, view.seat_of(rival)
        held = settled(game, {other: str(view.states(rival))})
        mine, theirs = game.payoffs(held)[view.seat], game.payoffs(held)[other]
        best: tuple[Payoff, str] | None = None
        for action in game.actions[view.seat]:
            profile = list(held)
            profile[view.seat], profile[other] = action, game.default[other]
            pays = game.payoffs(profile)
            surplus = pays[view.seat] + pays[other] - mine - theirs
            if surplus > 0 and (best is None or surplus > best[0]):
                best = (surplus, action)
                needs = theirs - pays[other]
        if best is None:
            return None
        amount = max(0, ceil(needs + self.share * best[0])) if self.pays is None else self.pays
        return Deal(best[1], amount)

    def _proposal(self, deal: Deal, rival: Commitment, view: View) -> Publish:
        payment = Payment(to=rival.key.committer, token=ZERO_ADDRESS, amount=deal.amount)
        guard = Not(Kept(rival.id))
        # The payment goes into escrow now: the rival need not trust anybody.
        clauses = Clauses.covering([payment] if deal.amount else [], guard=encode(guard))
        content = Content(topic=view.topic, statement=deal.action.encode(), clauses=clauses)
        cover = max(self.cover, rival.key.cover)  # with less, the rival could not depend on it
        return Publish(content, max(self.bond, cover, view.parameters.min_bond), cover)

    def _offers(self, bargain: Commitment, targets: Sequence[Commitment], view: View) -> list[Move]:
        moves: list[Move] = []
        for target in targets:
            pair = (bargain.id, target.id)
            if pair not in self._offered and pair[1] not in view.state.offers_by(bargain.id):
                self._offered.add(pair)
                moves.append(Offer(*pair))
        return moves

    def _pays(self, profile: Sequence[str]) -> Payoff:
        return self.game.payoffs(profile)[self.seat]


def _bargain(mine: Commitment, view: View) -> bool:
    """Whether one of its own commitments is a bargain: those have clauses, claims have none."""
    return mine.key.committer == view.me and mine.content.clauses is not None


__all__ = ["Bargaining", "Deal"]
