"""What the settlement logs, as records: the contract's events with the same fields, in their order.

Accounts and tokens are 20 bytes, hashes 32, amounts in smallest units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias


class Unlisting(IntEnum):
    """Why an entry left the book. The numbers are the ABI's."""

    FILLED = 0
    DEAD = 1
    OWN = 2
    CANCELLED = 3


@dataclass(frozen=True, slots=True)
class Filled:
    """An order sold and bought in one leg, sweep or route; `branch` as signed. The log names no
    maker: the intent does.
    """

    intent: bytes
    maker: bytes
    branch: int
    sold: int
    bought: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A skippable cycle failed and changed nothing; `reason` is the error's data."""

    leg: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class Shared:
    """A share of a gain went to the one who moved."""

    payer: bytes
    mover: bytes
    token: bytes
    gain: int
    paid: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What is left of an intent was listed; `amount` and `least` are its rate as signed."""

    intent: bytes
    maker: bytes
    sell: bytes
    buy: bytes
    number: int
    amount: int
    least: int
    deadline: int


@dataclass(frozen=True, slots=True)
class EntryFilled:
    """An entry sold and bought; `taker` is the intent that met it."""

    sell: bytes
    buy: bytes
    number: int
    taker: bytes
    sold: int
    bought: int


@dataclass(frozen=True, slots=True)
class Unlisted:
    """An entry left the book."""

    sell: bytes
    buy: bytes
    number: int
    reason: Unlisting


@dataclass(frozen=True, slots=True)
class NoncesCancelled:
    """The bits of one word of nonces that their owner cancelled."""

    maker: bytes
    word: int
    bits: int


@dataclass(frozen=True, slots=True)
class Approved:
    """An intent's hash counts as signed, or no longer."""

    maker: bytes
    intent: bytes
    approved: bool


@dataclass(frozen=True, slots=True)
class Announced:
    """A program that cannot be posted, said aloud."""

    intent: bytes
    maker: bytes
    program: bytes


Event: TypeAlias = (
    Filled
    | Skipped
    | Shared
    | Posted
    | EntryFilled
    | Unlisted
    | NoncesCancelled
    | Approved
    | Announced
)
