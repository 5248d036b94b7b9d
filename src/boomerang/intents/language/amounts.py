"""Decimals and integers, exactly: amounts in a token's own units, rates between two tokens.

A token of `decimals` d has 10^d units to one of itself. No number is ever rounded here without the
caller asking for it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

MAX_DIGITS: Final = 400
"""Of a number in a text: enough for 112 bits of a token with 255 decimals, and for their ratios."""
MAX_RATE: Final = 24
"""Characters of a rate that the formatter writes as a decimal."""


def number(text: str) -> Fraction:
    """The value of `[0-9]+(.[0-9]+)?`, of at most MAX_DIGITS characters."""
    whole, _, part = text.partition(".")
    return Fraction(int(whole + part), 10 ** len(part))


def scaled(units: int, decimals: int) -> str:
    """`units` in a token's own units, as the shortest decimal: (1500000, 6) is 1.5."""
    digits = str(units).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{whole}.{part}" if part else whole


def decimal(value: Fraction, longest: int = MAX_RATE) -> str | None:
    """A value >= 0 as a finite decimal of at most `longest` characters; None where it has none."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0 and twos <= longest:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0 and fives <= longest:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > longest or value.numerator >= value.denominator * 10**longest:
        return None
    text = scaled(value.numerator * 10**places // value.denominator, places)
    return text if len(text) <= longest else None


def per(numerator: int, denominator: int) -> Fraction:
    """What turns a ratio of units, of tokens with these decimals, into one of their own units."""
    return Fraction(10**denominator, 10**numerator)


def price(least: int, amount: int, bought: int, sold: int) -> Fraction:
    """What is bought per sold, in the tokens' own units; `bought` and `sold` are their decimals."""
    return Fraction(least, amount) * per(bought, sold)


def least(amount: int, wanted: Fraction, bought: int, sold: int) -> Fraction:
    """The least, in units, where each of the token sold must bring `wanted` of the one bought."""
    return amount * wanted * per(sold, bought)
