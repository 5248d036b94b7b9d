"""Alternating offers on the registry, carried out to the letter of a script.

Alice has committed first, Bob second. Bob proposes: he publishes a commitment that states what he
does instead and pays Alice out of an escrow if her commitment is not kept, offers it to hers, and
revokes his own claim. Alice accepts by conditioning on it; she refuses by declining the offer, and
asks for another amount in a commitment that states no action. Bob accepts by a proposal of just
that amount, and refuses by a proposal of his own. A refusal takes the registry's decline delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from boomerang.agents.base import Committer, under_way
from boomerang.content import Clauses, Content, Payment
from boomerang.decisions import Constant, Kept, Not, any_of, encode
from boomerang.experiments.scripted import EARLY
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from boomerang.play.moves import Decline, Offer, Publish, Revoke

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.play.moves import Move
    from boomerang.play.view import View

Honesty = Literal["revokes", "bound", "cheats", "reneges"]
"""What Bob does with his own claim and with his promise: he revokes the claim; seals that it
reverts for the bargain as well; seals that it reverts for Alice's commitment only; or revokes it,
and then reverts the bargain."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is said in rounds 1, 2, ...: Bob proposes in odd ones, Alice asks in even ones.

    `amount` (wei) is proposed or asked in the round `accepted`, which is accepted; all before are
    refused (at amounts of 0). 0 for no agreement at all. `broken`: the round after whose refusal
    nobody says anything any more; 0 for none.
    """

    accepted: int = 0
    amount: int = 0
    broken: int = 0

    def goes_on(self, after: int) -> bool:
        """Whether there is another round after this one was refused."""
        return after != self.broken and (not self.accepted or after < self.accepted)


class Asker(Committer):
    """Alice."""

    name = "asker"

    def __init__(self, script: Script) -> None:
        super().__init__(opens_after=EARLY)
        self.script = script

    def states(self, view: View) -> str:
        return view.game.actions[view.seat][0]

    def decide(self, mine: Commitment, view: View) -> Expression | None:
        if _asks(mine):
            return None
        taken = [offer for offer in _proposals(mine.id, view) if self._accepts(offer, mine, view)]
        return Not(Kept(taken[-1])) if taken else Constant(True)

    def respond(self, view: View) -> Sequence[Move]:
        claims = [one for one in view.mine() if not _asks(one)]
        if not claims or view.state.phase(claims[0].id, view.now) is not Phase.TENTATIVE:
            return ()
        claim, asked = claims[0], sum(map(_asks, view.mine()))
        proposals = _proposals(claim.id, view)
        if not proposals or self._accepts(proposals[-1], claim, view):
            return ()
        made = view.state.offers_to(claim.id)[proposals[-1]]
        last = view.state.commitments[proposals[-1]]
        if not made.declined:
            if self.wait(made.first_made + view.parameters.decline_delay, view):
                return ()
            return () if under_way(Decline, claim, view) else (Decline(claim.id, last.id),)
        number = 2 * len(proposals)  # of the ask that follows so many proposals
        if asked >= len(proposals) or not self.script.goes_on(number - 1):
            return ()
        if any(isinstance(move, Publish) for move in view.pending):
            return ()
        amount = self.script.amount if number == self.script.accepted else 0
        content = Content(topic=view.topic, statement=f"ask {amount}".encode())
        return (Publish(content, view.parameters.min_bond),)

    def _accepts(self, offering: bytes, claim: Commitment, view: View) -> bool:
        """A proposal in the round that the script accepts, or the answer to an ask that it does."""
        place = _proposals(claim.id, view).index(offering) + 1
        if self.script.accepted % 2:
            return place == (self.script.accepted + 1) // 2
        return bool(self.script.accepted) and place == self.script.accepted // 2 + 1


class Proposer(Committer):
    """Bob."""

    name = "proposer"

    def __init__(self, script: Script, honesty: Honesty = "revokes") -> None:
        super().__init__(opens_after=EARLY)
        self.script = script
        self.honesty = honesty

    def states(self, view: View) -> str:
        return view.game.actions[view.seat][0]

    def decide(self, mine: Commitment, view: View) -> Expression | None:
        proposals = [one for one in view.mine() if one.content.clauses]
        if mine in proposals:
            agreed = mine == proposals[-1] and self.script.accepted
            return Constant(self.honesty != "reneges") if agreed else None
        rivals = [Kept(one.id) for one in view.others() if not _asks(one) and view.may(mine, one)]
        if self.honesty == "bound":
            rivals += [Kept(one.id) for one in proposals[-1:] if view.may(mine, one)]
        return Not(any_of(*rivals)) if rivals else Constant(True)

    def respond(self, view: View) -> Sequence[Move]:
        rivals = [one for one in view.others() if not _asks(one)]
        claims = [one for one in view.mine() if not one.content.clauses]
        if not rivals or not claims:
            return ()
        rival, claim = rivals[0], claims[0]
        proposals = [one for one in view.mine() if one.content.clauses]
        moves: list[Move] = []
        tentative = view.state.phase(claim.id, view.now) is Phase.TENTATIVE
        revokes = self.honesty in ("revokes", "reneges")
        if proposals and revokes and tentative and not under_way(Revoke, claim, view):
            moves.append(Revoke(claim.id))
        for one in proposals:
            targets = [rival.id, claim.id] if self.honesty == "bound" else [rival.id]
            made = view.state.offers_by(one.id)
            sent = {move.to for move in view.pending if isinstance(move, Offer)}
            if not under_way(Offer, one, view):
                moves += [Offer(one.id, to) for to in targets if to not in made and to not in sent]
        if self._speaks(rival, proposals, view):
            moves.append(self._propose(rival, 2 * len(proposals) + 1, view))
        return moves

    def _speaks(self, rival: Commitment, proposals: Sequence[Commitment], view: View) -> bool:
        """Whether it is his turn: at first, and after each ask, at once or a delay later."""
        if any(isinstance(move, Publish) for move in view.pending):
            return False
        if view.state.phase(rival.id, view.now) is not Phase.TENTATIVE:
            return False
        asks = [one for one in view.others() if _asks(one)]
        if not proposals:
            return True
        if len(asks) < len(proposals):
            return False
        number = 2 * len(asks)
        if number == self.script.accepted:
            return True
        if not self.script.goes_on(number):
            return False
        return not self.wait(asks[-1].published.time + view.parameters.decline_delay, view)

    def _propose(self, rival: Commitment, number: int, view: View) -> Publish:
        """The proposal of an odd round; or, where the ask before it is accepted, of that amount."""
        amount = self.script.amount if self.script.accepted in (number, number - 1) else 0
        payment = Payment(to=rival.key.committer, token=ZERO_ADDRESS, amount=amount)
        guard = encode(Not(Kept(rival.id)))
        clauses = Clauses.covering([payment] if amount else [], guard=guard)
        content = Content(topic=view.topic, statement=b"Stop", clauses=clauses)
        return Publish(content, view.parameters.min_bond)


def _asks(one: Commitment) -> bool:
    return one.content.statement.startswith(b"ask ")


def _proposals(claim: bytes, view: View) -> list[bytes]:
    """Who offered to a claim, oldest first."""
    offers = view.state.offers_to(claim)
    return sorted(offers, key=lambda one: offers[one].first_made)


__all__ = ["Asker", "Honesty", "Proposer", "Script"]
