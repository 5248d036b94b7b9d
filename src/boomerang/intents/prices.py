"""Limits and the price rule, in exact integers (docs/intents.md): one place for model, solver and
verifier. All amounts are non-negative `int` in a token's smallest unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence


MOST: Final = 1 << 143
"""The most that an order's limit counts as in a price: far above any amount. The contract's product
of the two limits then fits a word."""


def ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def required(sold: int, least: int, amount: int) -> int:
    """What selling `sold` must bring at least, where `amount` must bring `least`."""
    return ceil_div(sold * least, amount)


@dataclass(frozen=True, slots=True)
class Trade:
    """One leg of a cycle: sells `sold`, receives `received`, at least `least` for `amount`."""

    sold: int
    received: int
    least: int
    amount: int


def equal_gains(legs: Sequence[Trade]) -> bool:
    """Whether received over minimum is the same for all, within one unit of what is sold or bought.

    Each leg allows the gains from (r - 1) / ((x + 1) * least / amount) to (r + 1) / ((x - 1) * …);
    one number must lie in all of them.
    """
    low, high = (0, 1), (1, 0)
    for leg in legs:
        lower = (leg.received - 1) * leg.amount, (leg.sold + 1) * leg.least
        upper = (leg.received + 1) * leg.amount, (leg.sold - 1) * leg.least
        if lower[0] * low[1] > low[0] * lower[1]:
            low = lower
        if upper[0] * high[1] < high[0] * upper[1]:
            high = upper
    return low[0] * high[1] <= high[0] * low[1]


@dataclass(frozen=True, slots=True)
class EntryFill:
    """What one entry of the book and one order exchange."""

    bought: int
    """Units that the entry sells."""
    paid: int
    """What the order pays."""
    missing: int
    """What the caller adds, so that the entry's limit holds."""


def within(amount: int, least: int, entry_amount: int, entry_least: int) -> bool:
    """Whether an order (at least `least` for `amount`) and an entry of the reverse list cross."""
    return entry_least * least <= amount * entry_amount


def fill_entry(
    offered: int, amount: int, least: int, alive: int, entry_amount: int, entry_least: int
) -> EntryFill:
    """The fill of an entry within the limit by an order that still offers `offered` units.

    `alive` > 0 is what the entry can sell, `offered` > 0.
    """

    def bounds(units: int) -> tuple[int, int]:
        return ceil_div(units * entry_least, entry_amount), min(units * amount // least, MOST)

    low, high = bounds(alive)
    paid = high if low > high else isqrt(low * high)
    if paid <= offered:
        return EntryFill(alive, paid, max(low - paid, 0))
    bought = max(alive * offered // paid, ceil_div(offered * least, amount))
    return EntryFill(bought, offered, max(bounds(bought)[0] - offered, 0))
