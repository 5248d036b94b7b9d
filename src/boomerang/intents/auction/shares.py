"""A share for a change of route: who pays whom, measured against quotes from before the batch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents.auction.errors import Rule, RuleBroken
from boomerang.intents.message import GuardKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.intents.auction.plan import Move
    from boomerang.intents.auction.state import Auction, Option
    from boomerang.intents.message import Guard

Key = tuple[int, int]
"""An item and one of its branches."""

_ALL = 10_000
"""Basis points."""
_MIRROR = {GuardKind.PAYS: GuardKind.PAID, GuardKind.PAID: GuardKind.PAYS}


@dataclass(frozen=True, slots=True)
class Couple:
    """A payer's branch, the guard that says what it pays, and the mover's branch."""

    payer: Key
    guard: Guard
    mover: Key


def mirrored(auction: Auction, one: Option, guard: Guard, other: Option) -> bool:
    """Whether `other` is a partner that `guard` of `one` asks for: same terms, seen from there."""
    if (other.maker, other.sell, other.buy) != (guard.account, one.sell, one.buy):
        return False
    return any(
        mirror.kind == _MIRROR[guard.kind]
        and mirror.account == one.maker
        and (mirror.share, mirror.limit) == (guard.share, guard.limit)
        for mirror in auction.items[other.item].intent.branches[other.branch].guards
    )


def partners(
    auction: Auction, routes: Sequence[Move], options: Mapping[Key, Option]
) -> list[Couple]:
    """Who pays whom in a batch with these routes. `RuleBroken` (NoPartner, OutOfRange) where a
    branch with a share has nobody at the other end, is routed twice, or gives no amount.
    """
    shared = [
        options[move.item, move.branch]
        for move in routes
        if (move.item, move.branch) in options and options[move.item, move.branch].shared
    ]
    couples: list[Couple] = []
    for option in shared:
        name = auction.items[option.item].id
        amounts = [m.amount for m in routes if (m.item, m.branch) == (option.item, option.branch)]
        if len(amounts) > 1 or not amounts[0]:
            problem = "a branch with a share is routed once, with its amount"
            raise RuleBroken(Rule.OUT_OF_RANGE, name, problem)
        for guard in auction.items[option.item].intent.branches[option.branch].guards:
            if guard.kind not in _MIRROR:
                continue
            if guard.share > _ALL:
                raise RuleBroken(Rule.OUT_OF_RANGE, name, "a share is at most everything")
            found = [other for other in shared if mirrored(auction, option, guard, other)]
            if not found:
                raise RuleBroken(Rule.NO_PARTNER, name, "nobody mirrors its share in this batch")
            if guard.kind == GuardKind.PAYS:
                if any(couple.payer == (option.item, option.branch) for couple in couples):
                    raise RuleBroken(Rule.OUT_OF_RANGE, name, "one gain is shared once")
                mover = found[0].item, found[0].branch
                couples.append(Couple((option.item, option.branch), guard, mover))
    return couples


@dataclass(frozen=True, slots=True)
class Owed:
    """To whom (an item), from which receipt on, and how much."""

    mover: int
    baseline: int
    amount: int


@dataclass(frozen=True, slots=True)
class Baselines:
    """What every payer would have got without the change, from quotes before any effect."""

    of: frozenset[Key]
    measured: tuple[tuple[Couple, int], ...]

    @classmethod
    def measure(
        cls, auction: Auction, couples: Sequence[Couple], routes: Sequence[Move]
    ) -> Baselines:
        amounts = {(move.item, move.branch): move.amount for move in routes}
        options = {(option.item, option.branch): option for option in auction.options}
        measured = []
        for couple in couples:
            own, both = amounts[couple.payer], amounts[couple.payer] + amounts[couple.mover]
            option = options[couple.payer]
            together = max(_quote(auction, path, both) for path in option.paths)
            measured.append((couple, max(couple.guard.terms[0], together * own // both)))
        keys = {key for couple in couples for key in (couple.payer, couple.mover)}
        return cls(frozenset(keys), tuple(measured))

    def owed(self, move: Move, received: int) -> Owed | None:
        """What a route owes that brought so much; None where it pays no share."""
        for couple, without in self.measured:
            if couple.payer == (move.item, move.branch):
                gain = max(received - without, 0)
                baseline, most = couple.guard.terms
                paid = min(most, gain * couple.guard.share // _ALL)
                return Owed(couple.mover[0], baseline, paid)
        return None


def _quote(auction: Auction, path: tuple[bytes, ...], amount: int) -> int:
    for hop in pairwise(path):
        n = auction.pairs.get(hop)
        amount = 0 if n is None else auction.pools[n].amount_out(hop[0], amount)
    return amount
