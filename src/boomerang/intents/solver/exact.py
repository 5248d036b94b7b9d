"""From a target in floating point to exact moves: sweeps, cycles, routes, each played as it is
made.

Whole intents come out exactly, or are named in `Assembly.failed`, so that the caller can do
without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal, localcontext
from math import prod
from typing import TYPE_CHECKING

from boomerang.intents.auction.errors import RuleBroken
from boomerang.intents.auction.plan import Move, Plan, Replay
from boomerang.intents.auction.ring import DIGITS, shape, whole_units
from boomerang.intents.prices import fill_entry, required
from boomerang.intents.solver.master import SLACK, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.intents.auction.state import Auction, Option
    from boomerang.intents.solver.columns import Column

_USED = 1e-10
"""Scales below are noise of the optimiser."""
_SNAP = Decimal(10) * Decimal(repr(SLACK))


@dataclass(slots=True)
class Assembly:
    """A plan, played; and what could not be made exact: items, and columns that do not round."""

    plan: Plan
    replay: Replay
    failed_items: set[int] = field(default_factory=set)
    failed_columns: set[int] = field(default_factory=set)
    failed_routes: set[int] = field(default_factory=set)
    weak_routes: set[int] = field(default_factory=set)
    """Options of which much less could be routed than was wanted."""
    wanted: dict[tuple[int, int], int] = field(default_factory=dict)
    """By item and branch, what was to be routed."""


class Assembler:
    """Makes one plan out of one target."""

    def __init__(
        self,
        auction: Auction,
        columns: Sequence[Column],
        target: Target,
        divide: bool | None = None,
    ) -> None:
        """`divide`: every route may go in as many parts as it names paths, or none may go in more
        than one. By default those may whose target lies on several.
        """
        self.auction = auction
        self.divide = divide
        self.columns = columns
        self.target = target
        self.options = auction.options
        self.replay = Replay(auction)
        self.done = Assembly(Plan(), self.replay)
        self.sweeps: list[Move] = []
        self.cycles: list[tuple[Move, ...]] = []
        self.routes: list[Move] = []
        self.cycled = {
            self.options[n].item
            for column, scale in zip(columns, target.scales, strict=True)
            for n in column.options
            if scale > _USED and not column.swept
        }
        self.late: list[int] = []
        self.nonces: dict[tuple[bytes, int], list[int]] | None = None
        self.routed = {self.options[n].item for n in target.routes}
        """Items of which a part is routed: a route takes any remainder exactly."""

    def run(self) -> Assembly:
        """Sweeps are played first, so that cycles know what is left; the plan keeps the contract's
        order, in which the outcome is the same.
        """
        with localcontext(DIGITS):
            self._sweep()
            self._cycle()
        for n in self.late:
            option = self.options[n]
            self._do_sweep(option, self.replay.left[option.item])
        self._clear()
        self._route()
        self._top_up()
        plan = Plan(tuple(self.cycles), tuple(self.sweeps), tuple(self.routes))
        self.done.plan = plan
        for n, item in enumerate(self.auction.items):
            left = self.replay.left[n]
            if item.intent.whole and 0 < left < item.intent.amount:
                self.done.failed_items.add(n)
        return self.done

    # ---- sweeps --------------------------------------------------------------------------------

    def _sweep(self) -> None:
        wanted: dict[int, float] = {}
        for column, scale in zip(self.columns, self.target.scales, strict=True):
            if column.swept and scale > _USED:
                for n, share in zip(column.options, column.shares, strict=True):
                    if not self.auction.items[self.options[n].item].book:
                        wanted[n] = wanted.get(n, 0.0) + share * float(scale)
        # The best limits first: they are offered the best entries.
        for n in sorted(wanted, key=lambda n: self.options[n].least / self.options[n].amount):
            option = self.options[n]
            left = self.replay.left[option.item]
            amount = int(Decimal(repr(wanted[n])) * self.auction.items[option.item].left)
            amount = left if _all_but_noise(amount, left) else amount
            full = self._until_empty(n)
            if full:
                # What an entry takes to be sold out is a fixed number: cycles give way.
                self._do_sweep(option, full)
            elif option.item in self.cycled and self.auction.items[option.item].intent.whole:
                self.late.append(n)  # takes what its cycles leave, to the unit
            else:
                self._do_sweep(option, amount)

    def _until_empty(self, n: int) -> int:
        """What sells out just the entries that an order is to sell out; 0 where it is to leave a
        part of one.
        """
        option = self.options[n]
        scales = {
            self.options[k].item: float(scale)
            for column, scale in zip(self.columns, self.target.scales, strict=True)
            if column.swept and n in column.options and scale > _USED
            for k in column.options
            if k != n
        }
        if min(scales.values()) < 1 - 10 * SLACK:
            return 0
        total = 0
        for entry in self.replay.lists.get((option.buy, option.sell), []):
            left = min(self.replay.left[entry], self.auction.alive(entry))
            if entry in scales and left:
                rate = self._rate(entry)
                fill = fill_entry(option.amount, option.amount, option.least, left, *rate)
                total += fill.paid if fill.bought == left else 0
        return total if total <= self.replay.left[option.item] else 0

    def _rate(self, entry: int) -> tuple[int, int]:
        """An entry's amount and least."""
        intent = self.auction.items[entry].intent
        return intent.amount, intent.branches[0].least

    def _do_sweep(self, option: Option, amount: int) -> None:
        before = self.replay.left[option.item]
        if amount <= 0 or self.replay.standing(option.item, option.branch) is None:
            return
        listed = len(self.replay.lists[option.buy, option.sell])
        move = Move(option.item, option.branch, min(amount, before))
        try:
            self.replay.sweep(move)
        except RuleBroken:
            self.done.failed_items.add(option.item)
            return
        sold = before - self.replay.left[option.item]
        if sold or len(self.replay.lists[option.buy, option.sell]) < listed:
            # With just what it took, so that cycles played before leave it enough; a unit unlists
            # entries that are dead or its own.
            self.sweeps.append(Move(option.item, option.branch, sold or 1))

    def _clear(self) -> None:
        """Whoever goes on behind an `exists` branch clears the book in front of it."""
        taken = {(move.item, move.branch) for cycle in self.cycles for move in cycle}
        taken |= {(self.options[n].item, self.options[n].branch) for n in self.target.routes}
        for key in sorted(taken):
            for branch in self.replay.options[key].passed:
                if self.replay.left[key[0]]:
                    self._do_sweep(self.replay.options[key[0], branch], self.replay.left[key[0]])

    # ---- cycles --------------------------------------------------------------------------------

    def _cycle(self) -> None:
        used = [
            k
            for k, (column, scale) in enumerate(zip(self.columns, self.target.scales, strict=True))
            if scale > _USED and not column.swept
        ]
        swept_late = {self.options[n].item for n in self.late}
        shapes = {k: self._unit_shape(self.columns[k]) for k in used}
        scales = {k: Decimal(repr(float(self.target.scales[k]))) for k in used}
        exact = {
            self.options[n].item
            for k in used
            for n in self.columns[k].options
            if self.auction.items[self.options[n].item].intent.whole
            and self.options[n].item not in self.routed
            and self.options[n].item not in swept_late
        }
        # Cycles whose limits hardly leave a gain have few amounts: the others go by them.
        tight = [k for k in used if self._is_tight(self.columns[k])]
        for k in tight:
            self._play(k, shapes[k], scales[k], None)
        used = [k for k in used if k not in tight]
        exact = {n for n in exact if self.replay.left[n]}
        pinned = self._solve_wholes(used, shapes, scales, exact)
        # Cycles with whole intents first: the others can give way.
        order = sorted(
            used, key=lambda k: (k not in pinned, -self.columns[k].value * float(scales[k]))
        )
        for k in order:
            self._play(k, shapes[k], scales[k], pinned.get(k))

    def _is_tight(self, column: Column) -> bool:
        limits = [self.options[n] for n in column.options]
        asked, given = prod(leg.least for leg in limits), prod(leg.amount for leg in limits)
        return (given - asked) * min(leg.amount for leg in limits) < 10 * asked

    def _unit_shape(self, column: Column) -> list[Decimal]:
        """Exact amounts where the scale is 1: the first leg to do so is sold out."""
        sold = shape([self.options[n] for n in column.options])
        lefts = [self.auction.items[self.options[n].item].left for n in column.options]
        unit = min(left / each for left, each in zip(lefts, sold, strict=True))
        return [unit * each for each in sold]

    def _solve_wholes(
        self,
        used: Sequence[int],
        shapes: dict[int, list[Decimal]],
        scales: dict[int, Decimal],
        exact: set[int],
    ) -> dict[int, dict[int, int]]:
        """Change scales so that whole intents are sold out to the unit, and round what they sell:
        by column, amounts by item that may not move any more. Items without a way fail.
        """
        rows: list[tuple[int, dict[int, Decimal], Decimal]] = []
        parts: dict[int, dict[int, Decimal]] = {n: {} for n in exact}
        for k in used:
            for n, amount in zip(self.columns[k].options, shapes[k], strict=True):
                item = self.options[n].item
                if item in exact:
                    parts[item][k] = parts[item].get(k, Decimal(0)) + amount
        for item in sorted(exact):
            rows.append((item, dict(parts[item]), Decimal(self.replay.left[item])))
        pivots = _eliminate(rows, scales)
        for item, row, right in rows:
            found = sum((scales[k] * v for k, v in row.items()), start=Decimal(0))
            if item in pivots and abs(found - right) > Decimal("1e-12"):
                pivots.discard(item)
            if item not in pivots:
                self.done.failed_items.add(item)
        pinned: dict[int, dict[int, int]] = {}
        for item in exact & pivots:
            wanted = {k: scales[k] * v for k, v in parts[item].items()}
            floors = {k: int(v.to_integral_value(ROUND_FLOOR)) for k, v in wanted.items()}
            missing = self.replay.left[item] - sum(floors.values())
            most = sorted(wanted, key=lambda k: floors[k] - wanted[k])
            for k in most[: max(missing, 0)]:
                floors[k] += 1
            for k, units in floors.items():
                pinned.setdefault(k, {})[item] = units
        return pinned

    def _play(
        self, k: int, unit: list[Decimal], scale: Decimal, pins: dict[int, int] | None
    ) -> None:
        limits = [self.options[n] for n in self.columns[k].options]
        caps = [self.replay.left[option.item] - self._kept(option) for option in limits]
        if min(caps) <= 0:
            if pins:
                self.done.failed_items.update(pins)
            return
        most = min(cap / each for cap, each in zip(caps, unit, strict=True))
        if not pins and (scale > most or most - scale < _SNAP * most):
            scale = most
        fixed = [(pins or {}).get(option.item) for option in limits]
        sold = whole_units(limits, [scale * each for each in unit], caps, fixed)
        if sold is None:
            self.done.failed_columns.add(k)
            return
        cycle = tuple(
            Move(option.item, option.branch, amount)
            for option, amount in zip(limits, sold, strict=True)
        )
        try:
            self.replay.cycle(cycle)
        except RuleBroken:
            self.done.failed_columns.add(k)
            return
        self.cycles.append(cycle)

    def _kept(self, option: Option) -> int:
        """A unit for the sweep that unlists what stands in front of a later branch."""
        whole = self.auction.items[option.item].intent.whole
        stands = any(self.replay.standing(option.item, b) is not None for b in option.passed)
        return 1 if stands and not whole else 0

    # ---- routes --------------------------------------------------------------------------------

    def _route(self) -> None:
        """Whole intents first, those with the narrowest margin before the others: who comes first
        gets the better price. Whoever cannot yet tries again once others have moved the pools.
        """

        def first(n: int) -> tuple[bool, float]:
            option = self.options[n]
            return not self.auction.items[option.item].intent.whole, self._margin(option)

        waiting = sorted(self.target.routes, key=first)
        for n in waiting:
            option = self.options[n]
            if self._wanted(n) and self._passable(option):
                self.done.wanted[option.item, option.branch] = self._wanted(n)
        while waiting:
            again = [n for n in waiting if not self._try_route(n)]
            if len(again) == len(waiting):
                break
            waiting = again
        for n in waiting:
            option = self.options[n]
            if self.auction.items[option.item].intent.whole or not self._passable(option):
                self.done.failed_routes.add(n)
            else:
                most = self._most(option, self._wanted(n))
                self._send(n, most, 1)
                if 2 * most < self._wanted(n):
                    self.done.weak_routes.add(n)

    def _try_route(self, n: int) -> bool:
        option = self.options[n]
        if not self.replay.left[option.item]:
            return True
        paths = self.target.paths.get(n, 1)
        if self.divide is not None:
            paths = max(paths, len(option.paths)) if self.divide else 1
        return self._passable(option) and self._best_send(n, self._wanted(n), paths)

    def _wanted(self, n: int) -> int:
        option = self.options[n]
        item, left = self.auction.items[option.item], self.replay.left[option.item]
        wanted = int(self.target.routes[n] * item.left)
        return left if item.intent.whole or _all_but_noise(wanted, left) else wanted

    def _margin(self, option: Option) -> float:
        """What a little of it gains, as a share of its limit."""
        probe = max(option.amount // 1000, 1)
        _, amounts = self.replay.best(option, probe)
        least = required(probe, option.least, option.amount)
        return amounts[-1] / least - 1

    def _passable(self, option: Option) -> bool:
        return all(self.replay.standing(option.item, b) is None for b in option.passed)

    def _best_send(self, n: int, amount: int, paths: int) -> bool:
        """Route in as many parts as pay: each goes by the path that is best by then."""
        bought: dict[int, int] = {}
        for parts in sorted({1, paths, 2 * paths} if paths > 1 else {1}):
            brought = self._send(n, amount, parts, keep=False)
            if brought:
                bought[parts] = brought
        if not bought:
            return False
        parts = max(bought, key=lambda count: (bought[count], -count))
        return self._send(n, amount, parts) > 0

    def _send(self, n: int, amount: int, parts: int, keep: bool = True) -> int:
        """Route in so many parts, all or none of them; returns what they bring. Without `keep` it
        is only tried.
        """
        option = self.options[n]
        if amount <= 0:
            return 0
        brought = 0
        replay = self.replay
        key = option.item, option.branch
        held = list(replay.reserves), {k: [list(f) for f in v] for k, v in replay.flows.items()}
        left, fill = replay.left[option.item], replay.fills.get(key)
        saved = None if fill is None else (fill.sold, fill.bought, list(fill.partners))
        moves = []
        for part in range(parts):
            size = amount // parts + (amount % parts if part == parts - 1 else 0)
            move = Move(option.item, option.branch, size)
            try:
                if size:
                    brought += replay.route(move)
                    moves.append(move)
            except RuleBroken:
                brought = 0
                break
        if brought and keep:
            self.routes += moves
            return brought
        replay.reserves, replay.flows = held
        replay.left[option.item] = left
        if saved is None:
            replay.fills.pop(key, None)
        elif fill is not None:
            fill.sold, fill.bought, fill.partners = saved
        return brought

    def _most(self, option: Option, amount: int) -> int:
        """The most of `amount` that its limit allows now, by bisection: what a unit brings
        falls.
        """
        low, high = 0, amount
        while high - low > max(1, amount >> 20):
            middle = (low + high) // 2
            _, amounts = self.replay.best(option, middle)
            enough = amounts[-1] >= required(middle, option.least, option.amount)
            low, high = (middle, high) if enough else (low, middle)
        return low

    def _top_up(self) -> None:
        """Send what is left of intents in parts where it still gains: the target is an estimate."""
        for n, option in enumerate(self.options):
            item = self.auction.items[option.item]
            left = self.replay.left[option.item]
            if option.direct or option.shared or left <= item.left * 1e-6:
                continue
            if option.item in self.done.failed_items or not self._passable(option):
                continue
            if self._rivalled(option.item):
                continue
            if item.intent.whole:
                if left == item.intent.amount:  # who was left out may still go all the way
                    self._best_send(n, left, min(len(option.paths), 2))
                continue
            if self._margin(option) > 0:
                amount = self._best_amount(option, left)
                if amount:
                    self._send(n, amount, 1)

    def _rivalled(self, n: int) -> bool:
        """Whether another intent with its nonce is in the plan already."""
        intent = self.auction.items[n].intent
        if self.nonces is None:
            self.nonces = {}
            for k, item in enumerate(self.auction.items):
                key = item.intent.maker, item.intent.nonce
                self.nonces.setdefault(key, []).append(k)
        same = self.nonces[intent.maker, intent.nonce]
        filled = (self.replay.left[k] < self.auction.items[k].left for k in same if k != n)
        return any(filled)

    def _best_amount(self, option: Option, left: int) -> int:
        """The amount with the largest surplus within its limit: that is concave in the amount."""
        floor = float(self.auction.floors[option.item]) / option.amount
        price = float(self.auction.tokens[option.buy].price)

        def gain(amount: int) -> float:
            _, amounts = self.replay.best(option, amount)
            return price * amounts[-1] - floor * amount

        low, high = 0, self._most(option, left)
        if gain(high) > gain(high - max(high >> 10, 1)):
            return high
        for _ in range(40):
            third = (high - low) // 3
            if not third:
                break
            a, b = low + third, high - third
            low, high = (a, high) if gain(a) < gain(b) else (low, b)
        return low


def _all_but_noise(wanted: int, left: int) -> bool:
    """Whether an optimiser that wants so much wants all."""
    return left - wanted <= 2 + left * 10 * SLACK


def _eliminate(
    rows: Sequence[tuple[int, dict[int, Decimal], Decimal]], scales: dict[int, Decimal]
) -> set[int]:
    """Meet the equations row @ scales = right with the smallest changes of some scales: Gauss and
    Jordan on corrections, the largest coefficient as pivot. Returns the rows that were met.
    """
    work = [
        (item, dict(row), right - sum((scales[k] * v for k, v in row.items()), start=Decimal(0)))
        for item, row, right in rows
    ]
    solved: list[tuple[int, int, dict[int, Decimal], Decimal]] = []
    for item, row, rest in work:
        for _, pivot, other, value in solved:
            if pivot in row:
                factor = row.pop(pivot)
                rest -= factor * value
                for k, v in other.items():
                    row[k] = row.get(k, Decimal(0)) - factor * v
        candidates = {k: abs(v) * scales[k] for k, v in row.items() if abs(v) > Decimal("1e-30")}
        if not candidates:
            if abs(rest) > Decimal("1e-12"):
                continue
            solved.append((item, -1, {}, Decimal(0)))
            continue
        pivot = max(candidates, key=lambda k: candidates[k])
        factor = row.pop(pivot)
        solved.append((item, pivot, {k: v / factor for k, v in row.items()}, rest / factor))
    # Backwards: corrections of columns that are no pivots stay 0.
    change: dict[int, Decimal] = {}
    for _, pivot, other, value in reversed(solved):
        if pivot >= 0:
            change[pivot] = value - sum(
                (v * change.get(k, Decimal(0)) for k, v in other.items()), start=Decimal(0)
            )
    for k, delta in change.items():
        scales[k] += delta
    return {item for item, *_ in solved}
