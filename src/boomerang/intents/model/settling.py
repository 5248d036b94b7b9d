"""Settling a batch: orders are opened, cycles paid, the book swept, routes taken, orders closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents import errors
from boomerang.intents.message import GuardKind
from boomerang.intents.model import events
from boomerang.intents.model.book import Taker
from boomerang.intents.model.conditions import ROUTED, SHARING, Finding, Truth
from boomerang.intents.model.ledger import Env, shown
from boomerang.intents.model.sharing import Share, Sharing
from boomerang.intents.model.state import Part
from boomerang.intents.pools import best_path
from boomerang.intents.prices import Trade, equal_gains, required

if TYPE_CHECKING:
    from boomerang.intents.batch import Batch, Leg, Order, Route, Sweep
    from boomerang.intents.message import Branch


@dataclass(slots=True)
class Opened:
    """An order that may be filled: in this batch, up to `left` units."""

    index: int
    order: Order
    intent: bytes
    left: int
    findings: tuple[Finding, ...]
    filled: int = 0
    taken: set[int] = field(default_factory=set)
    """The branches that took units."""
    skipped: bool = False
    """A cycle with this order was skipped."""

    @property
    def rest(self) -> int:
        """What it still offers."""
        return self.left - self.filled


class Settling(Sharing):
    """The rules of `settle`."""

    def _settle(self, env: Env, batch: Batch) -> None:
        opened: list[Opened] = []
        nonces: set[tuple[bytes, int]] = set()
        for index, order in enumerate(batch.orders):
            opened.append(self._open(env, index, order, nonces))
        shares = self._find_shares(batch)
        for start, legs in batch.cycles():
            self._cycle(opened, start, legs)
        for sweep in batch.sweeps:
            self._sweep(env, opened, sweep)
        for index, route in enumerate(batch.routes):
            self._route(env, opened, route, shares.get(index))
        for each in opened:
            self._close(each)

    # ------------------------------------------------------------------ opening

    def _open(self, env: Env, index: int, order: Order, nonces: set[tuple[bytes, int]]) -> Opened:
        """Everything about an order that can be known before the first transfer. `nonces` are
        those of the orders before it.
        """
        self._require_ranges(index, order)
        if env.time > order.deadline:
            raise errors.Expired(index, order.deadline, env.time)
        intent = order.hash(self.domain)
        self._require_signature(env, index, order, intent)
        slot = order.maker, order.nonce
        if slot in nonces:
            raise errors.NonceUsed(index, shown(order.maker), order.nonce)
        nonces.add(slot)
        left = order.amount - self._sold(index, order, intent)
        return Opened(index, order, intent, left, self._findings(env, index, order))

    def _require_signature(self, env: Env, index: int, order: Order, intent: bytes) -> None:
        """Signed; or with an empty signature approved, or handed in by the maker."""
        maker = order.maker
        if order.signature:
            speaks = self.verify(maker, intent, order.signature)
        else:
            speaks = self.state.approvals[maker, intent] or maker == env.caller
        if not speaks:
            raise errors.WrongSignature(index, shown(maker))

    def _sold(self, index: int, order: Order, intent: bytes) -> int:
        """What was sold under the order's nonce before; refused where it is not this order's."""
        slot = order.maker, order.nonce
        part = self.state.parts[slot]
        if self.state.used[slot] or (part is not None and order.whole):
            raise errors.NonceUsed(index, shown(order.maker), order.nonce)
        if part is None:
            return 0
        if part.intent != intent:
            raise errors.NonceTaken(index, shown(order.maker), order.nonce)
        return part.sold

    def _findings(self, env: Env, index: int, order: Order) -> tuple[Finding, ...]:
        """The guards of all branches, none of which may be undecided. The last one must hold, and
        each before it must let units pass: it is false, or its units are found by others.
        """
        found = []
        last = len(order.branches) - 1
        for number, branch in enumerate(order.branches):
            self._require_kinds(index, branch)
            finding = self.examine(env, branch)
            found.append(finding)
            if finding.truth is Truth.UNDECIDED:
                raise errors.Undecided(index, number, finding.guard)
            if finding.truth is Truth.FALSE:
                if number == last:
                    raise errors.GuardFails(index, number, finding.guard, finding.observed)
            elif number < last and not any(
                branch.has(kind) for kind in (GuardKind.EXISTS, *SHARING)
            ):
                raise errors.BranchHolds(index, number)
        return tuple(found)

    def _pick(self, opened: list[Opened], index: int, number: int) -> tuple[Opened, Branch]:
        """The order and the branch that a move names; the branch's plain guards hold."""
        if index >= len(opened):
            raise errors.UnknownOrder(index)
        each = opened[index]
        if number >= len(each.order.branches):
            raise errors.UnknownBranch(index, number)
        finding = each.findings[number]
        if finding.truth is Truth.FALSE:
            raise errors.GuardFails(index, number, finding.guard, finding.observed)
        return each, each.order.branches[number]

    @staticmethod
    def _require_rest(each: Opened, amount: int) -> None:
        if amount > each.rest:
            raise errors.Overfilled(each.index, each.filled + amount, each.left)

    def _fill(self, each: Opened, number: int, sold: int, bought: int) -> None:
        """An order sold and bought."""
        each.filled += sold
        each.taken.add(number)
        maker = each.order.maker
        self._emit(events.Filled(each.intent, maker, number, sold, bought))

    # ------------------------------------------------------------------ cycles

    def _cycle(self, opened: list[Opened], start: int, legs: tuple[Leg, ...]) -> None:
        """Check a cycle, then pay from maker to maker. A skippable one whose payments fail changes
        nothing; what was wrong with it before is wrong with the batch.
        """
        self._check_cycle(opened, start, legs)
        try:
            with self.state.journal.attempt():
                for leg, after in zip(legs, (*legs[1:], legs[0]), strict=True):
                    order = opened[leg.order].order
                    to = opened[after.order].order.maker
                    self._transfer(order.sell, order.maker, to, leg.amount)
        except errors.SettlementError as reason:
            if not legs[0].skippable:
                raise
            self._emit(events.Skipped(start, reason.encode()))
            for leg in legs:
                opened[leg.order].skipped = True
            return
        for leg, before in zip(legs, (legs[-1], *legs[:-1]), strict=True):
            self._fill(opened[leg.order], leg.branch, leg.amount, before.amount)

    def _check_cycle(self, opened: list[Opened], start: int, legs: tuple[Leg, ...]) -> None:
        makers: list[bytes] = []
        trades: list[Trade] = []
        asked: dict[int, int] = {}  # what the cycle sells of each order
        if legs[-1].order >= len(opened):
            raise errors.UnknownOrder(legs[-1].order)
        if len(legs) == 1:
            raise errors.SameSigner(start, shown(opened[legs[0].order].order.maker))
        for offset, leg in enumerate(legs):
            before = legs[offset - 1]
            each, branch = self._pick(opened, leg.order, leg.branch)
            order = each.order
            asked[leg.order] = asked.get(leg.order, 0) + leg.amount
            self._require_rest(each, asked[leg.order])
            if leg.amount == 0:
                raise errors.OutOfRange(leg.order)
            if not branch.direct:
                raise errors.NotDirect(leg.order, leg.branch)
            paid = opened[before.order].order.sell
            if branch.buy != paid:
                raise errors.WrongToken(start + offset, shown(paid), shown(branch.buy))
            if order.maker in makers:
                raise errors.SameSigner(start + offset, shown(order.maker))
            makers.append(order.maker)
            minimum = required(leg.amount, branch.least, order.amount)
            if before.amount < minimum:
                raise errors.BelowLimit(leg.order, leg.branch, before.amount, minimum)
            trades.append(Trade(leg.amount, before.amount, branch.least, order.amount))
        if not equal_gains(trades):
            raise errors.UnequalGains(start)

    # ------------------------------------------------------------------ sweeps

    def _sweep(self, env: Env, opened: list[Opened], sweep: Sweep) -> None:
        """Walk the list of those who sell what an `exists` branch buys."""
        each, branch = self._pick(opened, sweep.order, sweep.branch)
        if not branch.has(GuardKind.EXISTS):
            raise errors.NotSwept(sweep.order, sweep.branch)
        self._require_rest(each, sweep.amount)
        order = each.order
        taker = Taker(each.intent, order.maker, order.sell, branch.buy, order.amount, branch.least)
        paid, bought = self._walk(env, taker, sweep.amount or each.rest, sweep.pops)
        if bought:
            self._fill(each, sweep.branch, paid, bought)

    # ------------------------------------------------------------------ routes

    def _route(self, env: Env, opened: list[Opened], route: Route, share: Share | None) -> None:
        """Send units along the best of a branch's paths. Its maker receives all that comes out, but
        for the share that another one has of it.
        """
        each, branch = self._pick(opened, route.order, route.branch)
        self._require_rest(each, route.amount)
        if not branch.paths:
            raise errors.NotRouted(route.order, route.branch)
        order, sold = each.order, route.amount or each.rest
        if not sold:
            return
        self._require_still_fresh(env, route, branch)
        to = order.maker if share is None else self.domain.settlement
        received = self._through(env, order, branch, sold, to)
        if share is not None:
            if sold != order.amount:
                raise errors.OutOfRange(route.order)
            if received < share.baseline:
                raise errors.BelowLimit(route.order, route.branch, received, share.baseline)
            received = self._pay_share(order, branch, sold, received, share)
        minimum = required(sold, branch.least, order.amount)
        if received < minimum:
            raise errors.BelowLimit(route.order, route.branch, received, minimum)
        self._fill(each, route.branch, sold, received)

    def _require_still_fresh(self, env: Env, route: Route, branch: Branch) -> None:
        """What had to be fresh before the batch must be when it is used."""
        kinds = [guard.kind in ROUTED for guard in branch.guards]
        if any(kinds) and not self._fresh(env, branch):
            raise errors.Undecided(route.order, route.branch, kinds.index(True))

    def _through(self, env: Env, order: Order, branch: Branch, sold: int, to: bytes) -> int:
        """Swap along the best path as it is now; returns what arrived: what was quoted, unless the
        path meets a pair twice.
        """
        index, quoted = best_path(branch.paths, sold, self.pool)
        if not quoted:
            raise errors.NoPool(shown(order.sell), shown(branch.buy))
        path, amount = branch.paths[index], sold
        pairs = [self.pair(*step) for step in pairwise(path)]
        self._transfer(order.sell, order.maker, pairs[0], sold)
        for (sell, buy), target in zip(pairwise(path), (*pairs[1:], to), strict=True):
            amount = self._swap(env, sell, buy, amount, target)
        if amount != quoted:
            raise errors.TokenTakesFee(shown(branch.buy), quoted, amount)
        return amount

    # ------------------------------------------------------------------ closing

    def _close(self, each: Opened) -> None:
        """What must hold once everything was moved; and the nonce."""
        order, filled = each.order, each.filled
        if not filled and not each.skipped:
            raise errors.Unused(each.index)
        if filled and order.whole and each.rest:
            raise errors.NotWhole(each.index, filled, order.amount)
        self._require_no_match(each)
        slot = order.maker, order.nonce
        if not each.rest:
            self.state.used[slot] = True
            if self.state.parts[slot] is not None:
                self.state.parts[slot] = None
        elif filled:
            self.state.parts[slot] = Part(each.intent, order.amount - each.rest)

    def _require_no_match(self, each: Opened) -> None:
        """Units were taken behind an `exists` branch that holds only if the book has no match."""
        order = each.order
        for number in range(max(each.taken, default=0)):
            branch = order.branches[number]
            passes = each.findings[number].truth is Truth.TRUE
            if passes and branch.has(GuardKind.EXISTS):
                entry = self.crossing(order.sell, branch.buy, order.amount, branch.least)
                if entry is not None:
                    raise errors.MatchStands(each.index, number, entry)
