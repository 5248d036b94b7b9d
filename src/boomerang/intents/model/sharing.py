"""A share for a change of route: partners find each other in a batch, and the gain is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from boomerang.intents import errors
from boomerang.intents.message import GuardKind
from boomerang.intents.model import events
from boomerang.intents.model.book import Book
from boomerang.intents.model.conditions import SHARING
from boomerang.intents.pools import best_path

if TYPE_CHECKING:
    from boomerang.intents.batch import Batch, Order
    from boomerang.intents.message import Branch, Guard

BASIS_POINTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Share:
    """What a route owes: `guard` is the one that pays. Before the batch the payer's best path gave
    `quoted` for `units`, the payer's and the mover's together.
    """

    guard: Guard
    quoted: int
    units: int

    @property
    def baseline(self) -> int:
        """What the payer's whole amount brings at least, or the mover would not move."""
        return self.guard.terms[0]


class Sharing(Book):
    """The rules of PAYS and PAID."""

    def _find_shares(self, batch: Batch) -> dict[int, Share]:
        """What each route that pays owes, quoted from the reserves before any effect."""
        shares: dict[int, Share] = {}
        for index, route in enumerate(batch.routes):
            branch = _branch(batch, route.order, route.branch)
            for number, guard in enumerate(() if branch is None else branch.guards):
                if branch is None or guard.kind not in SHARING:
                    continue
                _require_sound(batch, index, guard)
                partner = _partner(batch, batch.orders[route.order], branch, guard)
                if partner is None:
                    raise errors.NoPartner(route.order, route.branch, number)
                if guard.kind is GuardKind.PAYS:
                    if index in shares:  # one share, of one gain
                        raise errors.OutOfRange(route.order)
                    units = route.amount + batch.routes[partner].amount
                    quoted = best_path(branch.paths, units, self.pool)[1]
                    shares[index] = Share(guard, quoted, units)
        return shares

    def _pay_share(
        self, order: Order, branch: Branch, sold: int, received: int, share: Share
    ) -> int:
        """Out of what a route brought to the settlement: the mover's share, and the rest to the
        payer; returns the rest.
        """
        together = share.quoted * sold // share.units
        gain = max(received - max(share.baseline, together), 0)
        paid = min(share.guard.terms[1], gain * share.guard.share // BASIS_POINTS)
        mover, here = share.guard.account, self.domain.settlement
        self._transfer(branch.buy, here, mover, paid, own=True)
        self._transfer(branch.buy, here, order.maker, received - paid, own=True)
        self._emit(events.Shared(order.maker, mover, branch.buy, gain, paid))
        return received - paid


def _branch(batch: Batch, order: int, branch: int) -> Branch | None:
    """What a move names; None where the move itself will be refused."""
    if order >= len(batch.orders) or branch >= len(batch.orders[order].branches):
        return None
    return batch.orders[order].branches[branch]


def _require_sound(batch: Batch, index: int, guard: Guard) -> None:
    """What is measured before the batch depends on how much is routed: it must be said, and once.
    A share is at most everything.
    """
    route = batch.routes[index]
    again = any(
        (other.order, other.branch) == (route.order, route.branch) for other in batch.routes[:index]
    )
    if not route.amount or again or guard.share > BASIS_POINTS:
        raise errors.OutOfRange(route.order)


def _partner(batch: Batch, order: Order, own: Branch, guard: Guard) -> int | None:
    """The first route whose branch has the other side of the guard: of an order of the account that
    it names, which sells and buys the same tokens.
    """
    kind = GuardKind.PAID if guard.kind is GuardKind.PAYS else GuardKind.PAYS
    subject = guard.subject[:12] + order.maker
    for index, route in enumerate(batch.routes):
        branch = _branch(batch, route.order, route.branch)
        if branch is None or not route.amount or branch.buy != own.buy:
            continue
        other = batch.orders[route.order]
        if (other.maker, other.sell) == (guard.account, order.sell) and any(
            (g.kind, g.subject, g.limit) == (kind, subject, guard.limit) for g in branch.guards
        ):
            return index
    return None
