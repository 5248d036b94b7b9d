"""A share for a change of route: who pays whom, measured against quotes from before the batch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents.auction.errors import Rule, RuleBroken
from boomerang.intents.message import GuardKind
from boomerang.intents.prices import required

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.intents.auction.plan import Move
    from boomerang.intents.auction.state import Auction, Option
    from boomerang.intents.message import Guard

Key = tuple[int, int]
"""An item and one of its branches."""

_MIRROR = {GuardKind.PAYS: GuardKind.PAID, GuardKind.PAID: GuardKind.PAYS}


@dataclass(frozen=True, slots=True)
class Couple:
    """A payer's branch, the guard that says what it pays, and the mover's branch."""

    payer: Key
    guard: Guard
    mover: Key


def mirrored(auction: Auction, one: Option, guard: Guard, other: Option) -> bool:
    """Whether `other` is a partner that `guard` of `one` asks for: same terms, seen from there."""
    if other.maker != guard.account or other.sell != one.sell:
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
            found = [other for other in shared if mirrored(auction, option, guard, other)]
            if not found:
                raise RuleBroken(Rule.NO_PARTNER, name, "nobody mirrors its share in this batch")
            if guard.kind == GuardKind.PAYS:
                mover = found[0].item, found[0].branch
                couples.append(Couple((option.item, option.branch), guard, mover))
    return couples


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
            floor = required(own, couple.guard.terms[0], option.amount)
            measured.append((couple, max(floor, together * own // both)))
        keys = {key for couple in couples for key in (couple.payer, couple.mover)}
        return cls(frozenset(keys), tuple(measured))

    def settle(self, outputs: Mapping[Key, int]) -> list[tuple[int, int, int, int]]:
        """(payer, its branch, mover, amount) of every share."""
        shares = []
        for couple, baseline in self.measured:
            gain = max(outputs[couple.payer] - baseline, 0)
            paid = min(couple.guard.terms[1], gain * couple.guard.share // 10_000)
            shares.append((*couple.payer, couple.mover[0], paid))
        return shares


def _quote(auction: Auction, path: tuple[bytes, ...], amount: int) -> int:
    for hop in pairwise(path):
        n = auction.pairs.get(hop)
        amount = 0 if n is None else auction.pools[n].amount_out(hop[0], amount)
    return amount
