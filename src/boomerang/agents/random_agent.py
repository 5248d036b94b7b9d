"""Does anything that the rules allow."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from boomerang.agents.base import under_way
from boomerang.content import Content
from boomerang.decisions import Constant, Kept, Not, all_of, any_of
from boomerang.model import Phase
from boomerang.play.moves import (
    Decline,
    Draw,
    Expose,
    Join,
    Offer,
    Open,
    Publish,
    Revoke,
    Seal,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game
    from boomerang.play.moves import Move, OnChain
    from boomerang.play.outcome import Outcome
    from boomerang.play.view import View


_RARE: Final = 0.1
"""How likely a move is that ends a commitment, or all offers to it, against one that does not."""


class RandomAgent:
    """Makes one of the moves that are legal as things stand, or none, each as likely but for
    revoking and declining everything, which are rare: they end what could become of a commitment.
    Then it waits for up to `patience` seconds, at random. It publishes `commitments` at most.
    """

    name = "random"

    def __init__(self, *, commitments: int = 3, patience: int = 15) -> None:
        self.commitments = commitments
        self.patience = patience

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        del seat, game
        self.rng = rng
        self._published = 0

    def act(self, view: View) -> Sequence[Move]:
        wait = Wait(view.now + self.rng.randint(1, self.patience))
        legal = self.legal(view)
        weights = [1, *(_RARE if _ends(move) else 1 for move in legal)]
        (chosen,) = self.rng.choices([None, *legal], weights)
        if chosen is None:
            return (wait,)
        if isinstance(chosen, Publish):
            self._published += 1
        return (chosen, wait)

    def learn(self, outcome: Outcome) -> None:
        """It does not."""

    def legal(self, view: View) -> list[OnChain]:
        """The moves that are legal as things stand; of decisions one, drawn."""
        found: list[OnChain] = []
        if self._published < self.commitments:
            action = self.rng.choice(view.game.actions[view.seat])
            content = Content(topic=view.topic, statement=action.encode())
            found.append(Publish(content, view.parameters.min_bond))
        for mine in view.mine():
            found += self._with(mine, view)
        found += self._draws(view)
        now = view.now
        for other in view.others():
            if other.id in view.openings:
                phase = view.state.phase(other.id, now)
                if phase is Phase.SEALED and not under_way(Expose, other, view):
                    found.append(Expose(other.id))
                elif phase is Phase.REVEALING and not under_way(Open, other, view):
                    found.append(Open(other.id))
        return found

    def _with(self, mine: Commitment, view: View) -> list[OnChain]:
        """What may be done with a commitment of its own."""
        found: list[OnChain] = []
        p, phase = view.parameters, view.state.phase(mine.id, view.now)
        sealing = under_way(Seal, mine, view) or under_way(Revoke, mine, view)
        if phase is Phase.REVEALING and not under_way(Open, mine, view):
            found.append(Open(mine.id))
        elif phase is Phase.TENTATIVE and not sealing:
            found.append(Revoke(mine.id))
            if view.now >= mine.published.time + p.seal_delay:
                found.append(Seal(mine.id, self._decision(mine, view)))
            if not view.state.model.record(mine.id).declines_all:
                found.append(Decline(mine.id))
            found += self._joins(mine, view)
        if phase in (Phase.TENTATIVE, Phase.SEALED):
            found += [
                Offer(mine.id, other.id)
                for other in view.all()
                if self._may_offer(mine, other, view)
            ]
        return found

    def _joins(self, mine: Commitment, view: View) -> list[Join]:
        """Groups that its own commitment may agree to: those that others have agreed to with it,
        and one with another, drawn.
        """
        state = view.state.model.state
        late = view.now > mine.freeze - view.parameters.offer_cutoff
        joining = any(isinstance(move, Join) and move.of == mine.id for move in view.pending)
        if late or joining or mine.id in state.memberships:
            return []
        tentative = {
            one.id: one
            for one in view.all()
            if view.state.phase(one.id, view.now) is Phase.TENTATIVE
        }
        asked = [
            Join(mine.id, group.ids)
            for group in state.groups.values()
            if mine.id in group.ids and set(group.ids) <= set(tentative)
        ]
        others = [
            one
            for one in tentative.values()
            if one.key.committer != view.me
            and one.id not in state.memberships
            and view.state.model.precedes(mine.id, one.id) is not None
        ]
        pairs = [self.rng.choice(others)] if others else []
        return [*asked, *(Join(mine.id, (mine.id, one.id)) for one in pairs)]

    def _draws(self, view: View) -> list[Draw]:
        """Ties that may be drawn by now, as far as it sees."""
        wait = (view.parameters.draw_delay + 1) * view.block_time
        undrawn = [
            one
            for one in view.all()
            if not view.state.model.record(one.id).draw and view.now >= one.published.time + wait
        ]
        seconds = Counter(one.freeze for one in undrawn)
        tied = tuple(one.id for one in undrawn if seconds[one.freeze] > 1 and view.now < one.freeze)
        return [Draw(tied)] if tied and not _drawing(view) else []

    def _may_offer(self, mine: Commitment, other: Commitment, view: View) -> bool:
        """Whether its own commitment may invite another to depend on it, and has not yet."""
        if Offer(mine.id, other.id) in view.pending or other.id in view.state.offers_by(mine.id):
            return False
        model = view.state.model
        return (
            view.state.phase(other.id, view.now) in (Phase.TENTATIVE, Phase.SEALED)
            and view.now <= other.freeze - view.parameters.offer_cutoff
            and mine.id not in model.state.memberships
            and not model.record(other.id).declines_all
            and model.depth(other.id) < view.parameters.max_depth
            and model.precedes(other.id, mine.id) is True
        )

    def _decision(self, mine: Commitment, view: View) -> Expression:
        named = [Kept(one.id) for one in view.all() if view.may(mine, one)]
        atoms = self.rng.sample(named, self.rng.randint(0, min(3, len(named))))
        if not atoms:
            return Constant(self.rng.random() < 0.5)
        terms = [atom if self.rng.random() < 0.5 else Not(atom) for atom in atoms]
        return self.rng.choice((all_of, any_of))(*terms)


def _drawing(view: View) -> bool:
    return any(isinstance(move, Draw) for move in view.pending)


def _ends(move: OnChain) -> bool:
    return isinstance(move, Revoke) or (isinstance(move, Decline) and move.offering is None)


__all__ = ["RandomAgent"]
