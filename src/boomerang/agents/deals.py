"""Deals: what pays everybody more than any race to commit can, if all are bound to it together.

In the prisoner's dilemma each would rather that only the other is bound. A deal is struck in a
group (section 7), where conditions may loop: "keep if the others keep", from everybody, holds all
or nobody. With conditions on earlier commitments and offers alone, somebody has to be bound while
others still are not.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

from boomerang.agents.replies import Replies, settled
from boomerang.decisions import Constant, Kept, all_of
from boomerang.model import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game, Profile
    from boomerang.play.view import View

MEMBERS: Final = 8
"""More cannot be in a group."""
PROFILES: Final = 1 << 12
"""Games of more profiles are not searched for a deal."""


def find(game: Game) -> Profile | None:
    """The profile of the largest welfare that pays everybody more than what comes of anybody's
    claim; None where there is none, or nobody would have to commit to anything for it.
    """
    if len(game.players) > MEMBERS or prod(game.shape) > PROFILES:
        return None
    claims = [
        game.payoffs(settled(game, {seat: Replies(game, seat).claim}))
        for seat in range(len(game.players))
    ]
    least = [max(pays) for pays in zip(*claims, strict=True)]
    best = None
    for profile in game.profiles():
        pays = game.payoffs(profile)
        better = all(pay > bound for pay, bound in zip(pays, least, strict=True))
        if better and (best is None or sum(pays) > best[0]):
            best = (sum(pays), profile)
    return None if best is None or best[1] == game.default else best[1]


def partners(deal: Profile, view: View) -> list[Commitment] | None:
    """Every member's first commitment to its part of a deal, one's own among them; None while one
    is missing. Those whose part is the default need commit to nothing.
    """
    found: dict[int, Commitment] = {}
    for one in view.all():
        seat = view.seat_of(one)
        if view.states(one) == deal[seat]:
            found.setdefault(seat, one)
    default = view.game.default
    members = [seat for seat in range(len(deal)) if deal[seat] != default[seat]]
    return [found[seat] for seat in members] if set(members) <= set(found) else None


def can_join(mine: Commitment, members: Sequence[Commitment], view: View) -> bool:
    """Whether a group of these can still be agreed to, and the order of all is known."""
    model, now = view.state.model, view.now
    last = min(one.freeze for one in members) - view.parameters.offer_cutoff
    return (
        now <= last
        and mine.id not in model.state.memberships
        and all(view.state.phase(one.id, now) is Phase.TENTATIVE for one in members)
        and all(
            model.precedes(x.id, y.id) is not None
            for i, x in enumerate(members)
            for y in members[i + 1 :]
        )
    )


def decision(mine: Commitment, members: Sequence[Commitment] | None, view: View) -> Expression:
    """Keep if all others do; revert where that cannot be said: one has not committed, or there is
    no group and it did not come before.
    """
    others = [one for one in members or () if one.id != mine.id]
    if not members or not all(view.may(mine, one) for one in others):
        return Constant(False)
    return all_of(*(Kept(one.id) for one in others)) if others else Constant(True)


__all__ = ["can_join", "decision", "find", "partners"]
