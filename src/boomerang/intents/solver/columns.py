"""Cycles that may trade: the columns of the master problem.

In a cycle at equal gains all amounts follow from one: a column is a set of branches and its shape.
Small auctions get every cycle there is; large ones those that the relaxation's flow falls into.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.intents.auction.state import Auction, Option
    from boomerang.intents.solver.highs import Vector

_EPSILON = 1e-12
_ENTRY_LOSS = 1e-15


@dataclass(frozen=True, slots=True)
class Column:
    """Options (by index, each pays the next) and the share of its item's amount that each sells
    where the scale is 1: there the first of them is sold out. `swept`: an order and an entry of
    the book.
    """

    options: tuple[int, ...]
    shares: tuple[float, ...]
    value: float
    swept: bool = False


class Limits:
    """What columns are made of, as floats by option."""

    def __init__(self, auction: Auction) -> None:
        self.auction = auction
        self.options: Sequence[Option] = auction.options
        tokens, items = auction.tokens, auction.items
        self.left = np.array([float(items[o.item].left) for o in self.options])
        self.rate = np.array([o.least / o.amount for o in self.options])
        """Units of what is bought for a unit of what is sold, at least."""
        self.log = [log(o.least) - log(o.amount) for o in self.options]
        price = {t: float(token.price) for t, token in tokens.items()}
        self.buy_price = [price[o.buy] for o in self.options]
        self.floor = [float(auction.floors[o.item]) / o.amount for o in self.options]
        self.book = [items[o.item].book for o in self.options]
        self.direct = [n for n, o in enumerate(self.options) if o.direct]

    def column(self, cycle: Sequence[int]) -> Column | None:
        """The column of a cycle of options; None where their limits leave nothing to gain, or
        where it cannot be traded.
        """
        makers = {self.options[n].maker for n in cycle}
        if len(makers) < len(cycle) or len(cycle) < 2:
            return None
        if any(self.book[n] for n in cycle) and not self._swept(cycle):
            return None
        total = -sum(self.log[n] for n in cycle)
        if total < -_EPSILON:
            return None
        gain = exp(max(total, 0.0) / len(cycle))
        sold = [1.0] * len(cycle)
        for i in range(len(cycle) - 1, 0, -1):
            sold[i - 1] = gain * sold[i] * float(self.rate[cycle[i]])
        scale = min(float(self.left[n]) / each for n, each in zip(cycle, sold, strict=True))
        sold = [scale * each for each in sold]
        value = sum(
            self.buy_price[n] * sold[i - 1] - self.floor[n] * sold[i] for i, n in enumerate(cycle)
        )
        shares = tuple(s / float(self.left[n]) for n, s in zip(cycle, sold, strict=True))
        return Column(tuple(cycle), shares, value, any(self.book[n] for n in cycle))

    def _swept(self, cycle: Sequence[int]) -> bool:
        """A cycle with an entry of the book is a sweep: two, the other with an `exists`."""
        if len(cycle) != 2 or all(self.book[n] for n in cycle):
            return False
        return all(self.book[n] or self.options[n].exists for n in cycle)

    def ordered(self, cycle: Sequence[int]) -> tuple[int, ...]:
        """A cycle from its smallest option on, so that it has one name."""
        at = cycle.index(min(cycle))
        return (*cycle[at:], *cycle[:at])


def enumerate_cycles(
    limits: Limits, among: Sequence[int], longest: int, most: int, simple: bool
) -> Iterator[tuple[int, ...]]:
    """All cycles of options, shortest first, at most `most` of each length; `simple`: no token
    twice.
    """
    buyers: dict[bytes, list[int]] = {}
    for n in among:
        buyers.setdefault(limits.options[n].buy, []).append(n)
    for length in range(2, longest + 1):
        count = 0
        for first in among:
            for cycle in _from(limits, buyers, first, length, simple):
                yield cycle
                count += 1
                if count >= most:
                    break
            if count >= most:
                break


def _from(
    limits: Limits, buyers: dict[bytes, list[int]], first: int, length: int, simple: bool
) -> Iterator[tuple[int, ...]]:
    options = limits.options
    start = options[first]
    path = [first]
    items, tokens = {start.item}, {start.sell}

    def walk() -> Iterator[tuple[int, ...]]:
        last = options[path[-1]]
        for n in buyers.get(last.sell, ()):
            option = options[n]
            if n <= first or option.item in items:
                continue
            closes = option.sell == start.buy
            if len(path) == length - 1:
                if closes:
                    yield (*path, n)
                continue
            if simple and (closes or option.sell in tokens):
                continue
            path.append(n)
            items.add(option.item)
            added = option.sell not in tokens
            tokens.add(option.sell)
            yield from walk()
            path.pop()
            items.discard(option.item)
            if added:
                tokens.discard(option.sell)

    yield from walk()


def decompose(limits: Limits, shares: Vector, merit: Vector) -> list[tuple[Column, float]]:
    """Cut the relaxation's flow into cycles, each with its scale: walk from buyer to buyer, best
    `merit` first and closing wherever that is possible, until nothing is left to walk on.
    """
    left = {n: float(shares[n]) for n in limits.direct if shares[n] > 1e-9 and not limits.book[n]}
    pair: dict[tuple[bytes, bytes], list[int]] = {}
    buyers: dict[bytes, list[int]] = {}
    for n in sorted(left, key=lambda n: merit[n]):  # the best stand last: popped first
        option = limits.options[n]
        pair.setdefault((option.buy, option.sell), []).append(n)
        buyers.setdefault(option.buy, []).append(n)
    found: list[tuple[Column, float]] = []
    for first in sorted(left, key=lambda n: -merit[n]):
        while first in left:
            if not _walk(limits, left, pair, buyers, first, found):
                left.pop(first, None)
    return found


def _last(stack: list[int] | None, left: dict[int, float]) -> int | None:
    while stack:
        if stack[-1] in left:
            return stack[-1]
        stack.pop()
    return None


def _walk(
    limits: Limits,
    left: dict[int, float],
    pair: dict[tuple[bytes, bytes], list[int]],
    buyers: dict[bytes, list[int]],
    first: int,
    found: list[tuple[Column, float]],
) -> bool:
    """Find one cycle from `first` on, and take it off; False where `first` leads nowhere."""
    options = limits.options
    path = [first]
    while path:
        last = options[path[-1]]
        # Close to the nearest leg that buys what a buyer of this would sell.
        closing = None
        for back in range(len(path) - 1, -1, -1):
            n = _last(pair.get((last.sell, options[path[back]].buy)), left)
            if n is not None and n not in path:
                closing = n, back
                break
        if closing is not None:
            n, back = closing
            cycle = (*path[back:], n)
            column = limits.column(cycle)
            if column is None:
                worst = n if back == len(path) - 1 else path[-1]
                left.pop(worst, None)
                if worst == path[-1]:
                    path.pop()
                continue
            scale = min(left[k] / s for k, s in zip(column.options, column.shares, strict=True))
            found.append((column, scale))
            for k, share in zip(column.options, column.shares, strict=True):
                left[k] -= scale * share
                if left[k] <= 1e-9:
                    del left[k]
            return True
        n = _last(buyers.get(last.sell), left)
        if n is None or n in path:
            dead = path.pop()
            left.pop(dead, None)
            continue
        path.append(n)
    return False
