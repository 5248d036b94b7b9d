"""Amounts and moments as people write and read them."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import click

_UNITS = {"": 0, "wei": 0, "gwei": 9, "eth": 18, "ether": 18}
_AMOUNT = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)(?:e([0-9]{1,2}))?\s*([a-z]*)", re.IGNORECASE)


class Amount(click.ParamType):
    """Wei, or a number with a unit: `100`, `1e18`, `0.5 ether`, `20gwei`. Exact, or refused."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The amount in wei."""
        if isinstance(value, int):
            return value
        match = _AMOUNT.fullmatch(str(value).strip())
        if match is None or match[3].lower() not in _UNITS:
            self.fail(f"{value!r} is not an amount: write wei, or 0.5ether, 20gwei", param, ctx)
        number = Decimal(match[1].replace("_", ""))
        wei = number.scaleb(int(match[2] or 0) + _UNITS[match[3].lower()])
        if wei != int(wei):
            self.fail(f"{value!r} is not a whole number of wei", param, ctx)
        return int(wei)


AMOUNT = Amount()


def amount(wei: int) -> str:
    """Wei for people: `0`, `250 wei`, `0.01 ETH`. Exact."""
    if wei >= 10**12:
        text = f"{Decimal(wei).scaleb(-18):f}"
        return f"{text.rstrip('0').rstrip('.') if '.' in text else text} ETH"
    return f"{wei} wei"


def clock(time: int) -> str:
    """A moment in local time."""
    moment = datetime.datetime.fromtimestamp(time, datetime.UTC).astimezone()
    return moment.strftime("%H:%M:%S")


def span(seconds: int) -> str:
    """A distance in time: `in 42 s`, `12 s ago`."""
    size = abs(seconds)
    if size < 120:
        text = f"{size} s"
    elif size < 7200:
        text = f"{size // 60} min {size % 60} s"
    else:
        text = f"{size // 3600} h {size % 3600 // 60} min"
    return f"in {text}" if seconds >= 0 else f"{text} ago"


def short(commitment: bytes) -> str:
    """The first digits of an id."""
    return f"0x{commitment[:4].hex()}…"


def full(data: bytes) -> str:
    """All of it in hexadecimal."""
    return "0x" + data.hex()
