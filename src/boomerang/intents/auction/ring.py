"""The shape of a cycle at equal gains, and exact integers for it. Pure arithmetic, no solver.

Leg i sells x_i and receives x_(i-1), at least x_i * least_i / amount_i. At equal gains
x_(i-1) = g * x_i * least_i / amount_i for all i, so g^n is the product of amount / least: a cycle
has one free number, its scale.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction
from math import lcm, prod
from typing import TYPE_CHECKING, Protocol

from boomerang.intents.prices import Trade, equal_gains, required

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = Context(prec=60)
_CLOSE = Decimal(1).scaleb(-20)
_TRIES = 200


class Limit(Protocol):
    """At least `least` for `amount`."""

    @property
    def amount(self) -> int: ...

    @property
    def least(self) -> int: ...


def gains(limits: Sequence[Limit]) -> bool:
    """Whether the limits of a cycle leave a gain of 1 or more."""
    return prod(leg.least for leg in limits) <= prod(leg.amount for leg in limits)


def shape(limits: Sequence[Limit]) -> list[Decimal]:
    """What each leg sells for each unit that the last one sells, at equal gains."""
    with localcontext(DIGITS):
        total = Decimal(prod(leg.amount for leg in limits)) / prod(leg.least for leg in limits)
        n = len(limits)
        gain = total.sqrt() if n == 2 else total ** (Decimal(1) / n)
        sold = [Decimal(1)] * n
        for i in range(n - 1, 0, -1):
            sold[i - 1] = gain * sold[i] * limits[i].least / limits[i].amount
        return sold


def fit(limits: Sequence[Limit], caps: Sequence[int]) -> list[int] | None:
    """The largest exact cycle within caps; None where no unit can move."""
    if min(caps) <= 0 or not gains(limits):
        return None
    with localcontext(DIGITS):
        sold = shape(limits)
        scale = min(cap / each for cap, each in zip(caps, sold, strict=True))
        return whole_units(limits, [scale * each for each in sold], caps)


def whole_units(
    limits: Sequence[Limit],
    wanted: Sequence[Decimal],
    caps: Sequence[int],
    fixed: Sequence[int | None] | None = None,
) -> list[int] | None:
    """Integers beside `wanted` (amounts at equal gains) that obey limits and equal gains; `fixed`
    says which of them may not move. None where there are none near.
    """
    pinned = fixed or [None] * len(limits)
    level = prod(leg.least for leg in limits) == prod(leg.amount for leg in limits)
    free = all(value is None for value in pinned)
    if level and free and (even := _even(limits, wanted, caps)):
        return even
    found = _rounded(limits, wanted, caps, pinned)
    return found or _tight(limits, wanted, caps, pinned)


def _rounded(
    limits: Sequence[Limit],
    wanted: Sequence[Decimal],
    caps: Sequence[int],
    pinned: Sequence[int | None],
) -> list[int] | None:
    """Round down, and give what is short."""
    sold = []
    for value, pin, cap in zip(wanted, pinned, caps, strict=True):
        near = value.to_integral_value()
        exact = near if abs(value - near) < _CLOSE else value.to_integral_value(ROUND_FLOOR)
        sold.append(min(int(exact), cap) if pin is None else pin)
    n = len(sold)
    for _ in range(3 * n):
        short = next((i for i in range(n) if not _enough(limits, sold, i)), None)
        if short is None:
            break
        if pinned[short] is None and sold[short] > wanted[short] - 1:
            sold[short] -= 1
        elif pinned[short - 1] is None and sold[short - 1] < caps[short - 1]:
            sold[short - 1] += 1
        else:
            return None
    return sold if valid(limits, sold) else None


def _tight(
    limits: Sequence[Limit],
    wanted: Sequence[Decimal],
    caps: Sequence[int],
    pinned: Sequence[int | None],
) -> list[int] | None:
    """Limits that meet almost without a gain leave few amounts: try those that ask each leg for
    just what the next one needs, from a leg that may not move, or from a little below what is
    wanted.
    """
    n = len(limits)
    start = next((i for i in range(n) if pinned[i] is not None), n - 1)
    pin = pinned[start]
    top = min(int(wanted[start]), caps[start]) if pin is None else pin
    for amount in range(top, max(top - (_TRIES if pin is None else 1), 0), -1):
        sold = [0] * n
        sold[start] = amount
        for step in range(n - 1):
            i = (start - step) % n
            sold[i - 1] = required(sold[i], limits[i].least, limits[i].amount)
        kept = all(pin is None or pin == each for pin, each in zip(pinned, sold, strict=True))
        within = all(each <= cap for each, cap in zip(sold, caps, strict=True))
        if kept and within and valid(limits, sold):
            return sold
    return None


def _enough(limits: Sequence[Limit], sold: Sequence[int], i: int) -> bool:
    return sold[i - 1] >= required(sold[i], limits[i].least, limits[i].amount)


def valid(limits: Sequence[Limit], sold: Sequence[int]) -> bool:
    """Whether a cycle of these amounts obeys every limit and the price rule."""
    if min(sold) <= 0 or not all(_enough(limits, sold, i) for i in range(len(sold))):
        return False
    trades = [
        Trade(sold[i], sold[i - 1], limits[i].least, limits[i].amount) for i in range(len(sold))
    ]
    return equal_gains(trades)


def _even(
    limits: Sequence[Limit], wanted: Sequence[Decimal], caps: Sequence[int]
) -> list[int] | None:
    """Limits that meet without a gain leave exact proportions only."""
    sold = [Fraction(1)] * len(limits)
    for i in range(len(limits) - 1, 0, -1):
        sold[i - 1] = sold[i] * limits[i].least / limits[i].amount
    unit = lcm(*(each.denominator for each in sold))
    steps = [int(each * unit) for each in sold]
    times = min(
        min(int(value + _CLOSE), cap) // step
        for value, cap, step in zip(wanted, caps, steps, strict=True)
    )
    result = [times * step for step in steps]
    return result if times and valid(limits, result) else None
