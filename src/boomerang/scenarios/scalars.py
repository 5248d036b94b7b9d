"""The values of a scenario file: amounts, seconds, names, texts."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator, Field

MAX_SECONDS = 365 * 24 * 3600
UINT96 = 2**96 - 1
# Python's own context has 28 digits, and rounds what has more without a word.
_EXACT = Context(prec=1000, traps=[Inexact, InvalidOperation])
_UNITS = {"wei": 0, "gwei": 9, "ether": 18, "eth": 18}
_AMOUNT = re.compile(r"(?P<number>[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE]\+?[0-9]+)?)\s*(?P<unit>[a-z]*)")
_HEX = re.compile(r"0[xX](?:[0-9a-fA-F]{2})*")


def parse_amount(value: object) -> int:
    """A whole, non-negative number: `100`, `1_000`, `0x64`, `"1e18"`, `"0.5 ether"`."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a whole number")
    if isinstance(value, int):
        amount = value
    else:
        text = value.strip()
        if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
            return int(text, 16)
        match = _AMOUNT.fullmatch(text)
        if match is None or (match["unit"] and match["unit"] not in _UNITS):
            raise ValueError(f"must be a whole number of 0 or more, not '{value}'")
        try:
            number = Decimal(match["number"].replace("_", ""))
        except InvalidOperation:  # the pattern is stricter than Decimal
            raise ValueError(f"must be a whole number, not '{value}'") from None
        if number and number.adjusted() > 100:
            raise ValueError(f"'{value}' is larger than any number on a chain")
        try:
            number = number.scaleb(_UNITS.get(match["unit"], 0), _EXACT)
        except Inexact:
            raise ValueError(f"'{value}' has more digits than any number on a chain") from None
        if number != number.to_integral_value():
            raise ValueError(f"must be a whole number, not '{value}'")
        amount = int(number)
    if amount < 0:
        raise ValueError("must not be negative")
    return amount


def parse_integer(value: object) -> int:
    """A whole number that may be negative."""
    if isinstance(value, str) and value.strip().startswith("-"):
        return -parse_amount(value.strip()[1:])
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return parse_amount(value)


def parse_seconds(value: object) -> int:
    """Seconds from the start: `67`, or `1:07`."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+):([0-5]\d)", value.strip())):
        seconds = int(match[1]) * 60 + int(match[2])
    else:
        seconds = parse_amount(value)
    if seconds > MAX_SECONDS:
        raise ValueError(f"'{value}' is more than a year")
    return seconds


def parse_text(value: object) -> str:
    """A piece of text, as it was written."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be text")
    return str(value)


def parse_name(value: object) -> str:
    """The name of an agent or a commitment."""
    text = parse_text(value).strip()
    if not text:
        raise ValueError("must be a name")
    return text


def as_bytes(text: str) -> bytes | None:
    """The bytes of a `0x…` text; None where the text is not one."""
    return bytes.fromhex(text[2:]) if _HEX.fullmatch(text) else None


def name_list(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(parse_name(item) for item in value)
    return (parse_name(value),)


def refusal(value: object) -> str | bool:
    text = str(value).strip()
    if text.casefold() in ("true", "yes"):
        return True
    if text.casefold() in ("false", "no", "", "none"):
        return False
    return text


Amount = Annotated[int, BeforeValidator(parse_amount)]
Wei = Annotated[int, BeforeValidator(parse_amount), Field(le=2**256 - 1)]
Bond = Annotated[int, BeforeValidator(parse_amount), Field(le=UINT96)]
Seconds = Annotated[int, BeforeValidator(parse_seconds)]
Text = Annotated[str, BeforeValidator(parse_text)]
Name = Annotated[str, BeforeValidator(parse_name)]
Names = Annotated[tuple[str, ...], BeforeValidator(name_list)]
Refusal = Annotated[str | bool, BeforeValidator(refusal)]
