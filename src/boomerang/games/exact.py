"""Exact numbers: ints, and fractions where they are not whole."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import TypeAlias

from boomerang.games.errors import BadNumber

Payoff: TypeAlias = int | Fraction
"""A payoff in utils, exact: a Fraction only where it is not whole."""

MAX_DIGITS = 100
"""Longer numbers are refused: nothing pays that much, and 1e999999999 would fill the memory."""

_NUMBER = re.compile(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?)", re.ASCII)


def exact(value: object) -> Payoff:
    """A number as an int where it is whole, else as a Fraction.

    Takes ints and other rationals, Decimals, and text: `7`, `-1/3`, `0.25`, `1e3`. Raises BadNumber
    for anything else; for floats too, which are not what they print: 0.1 is not a tenth.
    """
    if isinstance(value, bool) or not isinstance(value, Rational | Decimal | str):
        hint = f"; write it as text: '{value!r}'" if isinstance(value, float) else ""
        raise BadNumber(f"{value!r} is no exact number{hint}")
    if isinstance(value, str) and (len(value) > MAX_DIGITS or not _NUMBER.fullmatch(value)):
        raise BadNumber(f"{value[:MAX_DIGITS]!r} is no number: 7, -1/3 and 0.25 are")
    if isinstance(value, Decimal) and not (
        value.is_finite() and abs(value.adjusted()) < MAX_DIGITS
    ):
        raise BadNumber(f"{value} is no number that anything pays")
    try:
        number = Fraction(value)
    except ZeroDivisionError:
        raise BadNumber(f"{value!r} divides by zero") from None
    return int(number) if number.denominator == 1 else number


def shown(number: Payoff) -> int | str:
    """The number for JSON: an int, or `"a/b"`. `exact` reads it back."""
    return number if isinstance(number, int) else f"{number.numerator}/{number.denominator}"


def signed(number: Payoff) -> str:
    """The number for people, with its sign: `+10`, `-1/2`, `+0`."""
    return f"{'' if number < 0 else '+'}{number}"
