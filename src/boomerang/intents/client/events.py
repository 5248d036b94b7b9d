"""What a settlement and its book have logged, as typed events. `client.state` rebuilds all state
from them.

Each event knows its block (number, Unix time) and its place in it. Addresses are 20 bytes, as in
messages; amounts are in a token's smallest unit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from boomerang.errors import ChainError, decode_error
from boomerang.intents.message import MAX_AMOUNT
from boomerang.intents.model.events import Unlisting

if TYPE_CHECKING:
    from boomerang.chains.base import Block
    from boomerang.client.abi import DecodedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """`index` is the log's place in its block, from 0."""

    name: ClassVar[str]
    block: Block
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(_Event):
    """An intent sold and bought in one leg, sweep or route, by its branch `branch`. Whose it is,
    the intent says.
    """

    name = "Filled"
    intent_hash: bytes
    branch: int
    sold: int
    bought: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(_Event):
    """The cycle that starts at `leg` was skippable, failed, and changed nothing."""

    name = "Skipped"
    leg: int
    reason: bytes

    @property
    def error(self) -> ChainError:
        """What it failed with."""
        return decode_error(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared(_Event):
    """A share of what `payer` gained went to `mover`, who changed the route."""

    name = "Shared"
    payer: bytes
    mover: bytes
    token: bytes
    gain: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(_Event):
    """An intent was listed among those who sell `sell` for `buy`, as entry `number`. `amount` and
    `least` are what was signed: its rate.
    """

    name = "Posted"
    intent_hash: bytes
    maker: bytes
    sell: bytes
    buy: bytes
    number: int
    amount: int
    least: int
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilled(_Event):
    """An entry sold and bought; `taker` is the hash of the intent on the other side."""

    name = "EntryFilled"
    sell: bytes
    buy: bytes
    number: int
    taker: bytes
    sold: int
    bought: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted(_Event):
    """An entry left the book."""

    name = "Unlisted"
    sell: bytes
    buy: bytes
    number: int
    reason: Unlisting


@dataclass(frozen=True, slots=True, kw_only=True)
class NoncesCancelled(_Event):
    """The maker cancelled the nonces 128 * word + i, for the bits i of `bits`."""

    name = "NoncesCancelled"
    maker: bytes
    word: int
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(_Event):
    """The maker approved an intent without a signature, or took that back."""

    name = "Approved"
    maker: bytes
    intent_hash: bytes
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced(_Event):
    """A program was said aloud. Whether `program` is one, and that of the hash, nobody has checked
    (`client.programs.decode`).
    """

    name = "Announced"
    intent_hash: bytes
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

_KINDS: dict[str, type[Any]] = {
    kind.name: kind
    for kind in (
        *(Filled, Skipped, Shared, Posted, EntryFilled),
        *(Unlisted, NoncesCancelled, Approved, Announced),
    )
}
_RENAMED = {"intentHash": "intent_hash"}


def typed(log: DecodedLog, block: Block, index: int) -> Event:
    """The typed event of a log of the settlement or its book."""
    kind = _KINDS[log.name]
    types = {field.name: field.type for field in fields(kind)}
    values = {_RENAMED.get(name, name): value for name, value in log.arguments.items()}
    if log.name == "Filled":
        values |= _unpack(values.pop("fill"))
    for name, value in values.items():
        if types[name] == "Unlisting":
            values[name] = Unlisting(value)
        elif types[name] == "bytes" and isinstance(value, str):
            values[name] = bytes.fromhex(value[2:])
    event: Event = kind(**values, block=block, index=index)
    return event


def _unpack(fill: int) -> dict[str, int]:
    """What one order did by one branch (contracts/types/Moves.sol)."""
    branch, sold, bought = fill >> 240, fill >> 128 & MAX_AMOUNT, fill & 2**128 - 1
    return {"branch": branch, "sold": sold, "bought": bought}


__all__ = [
    "Announced",
    "Approved",
    "EntryFilled",
    "Event",
    "Filled",
    "NoncesCancelled",
    "Posted",
    "Shared",
    "Skipped",
    "Unlisted",
    "Unlisting",
    "typed",
]
