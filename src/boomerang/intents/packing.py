"""A batch as the bytes that `settle`, `post` and `hash` take; `contracts/intents/Batches.sol` draws
the layout. Tokens are listed once, in the order in which they first appear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boomerang.errors import InvalidInput
from boomerang.intents.message import NOTHING

if TYPE_CHECKING:
    from boomerang.intents.batch import Batch, Order
    from boomerang.intents.message import Branch

_NOTHING: Final = 255
_LAST: Final = 128
_SKIPPABLE: Final = 64


def encode(batch: Batch) -> bytes:
    """The bytes of a batch. Raises InvalidInput where one cannot hold so much."""
    tokens = _Tokens()
    orders = b"".join(_order(order, tokens) for order in batch.orders)
    legs = b"".join(
        _index("an order", leg.order, 255)
        + bytes([_branch_index(leg.branch) | _LAST * leg.last | _SKIPPABLE * leg.skippable])
        + number(leg.amount)
        for leg in batch.legs
    )
    sweeps = b"".join(
        _move(sweep.order, sweep.branch) + number(sweep.pops) + number(sweep.amount)
        for sweep in batch.sweeps
    )
    routes = b"".join(
        _move(route.order, route.branch) + number(route.amount) for route in batch.routes
    )
    return (
        tokens.encode()
        + _count("orders", len(batch.orders))
        + orders
        + _count("legs", len(batch.legs))
        + legs
        + _count("sweeps", len(batch.sweeps))
        + sweeps
        + _count("routes", len(batch.routes))
        + routes
    )


def number(value: int) -> bytes:
    """One byte of length, then that many, big-endian."""
    size = (value.bit_length() + 7) // 8
    return bytes([size]) + value.to_bytes(size, "big")


class _Tokens:
    """The list of tokens, which grows as they are named."""

    def __init__(self) -> None:
        self.places: dict[bytes, int] = {}

    def place(self, token: bytes) -> bytes:
        place = self.places.setdefault(token, len(self.places))
        if place >= _NOTHING:
            raise InvalidInput(f"a batch names at most {_NOTHING} tokens")
        return bytes([place])

    def encode(self) -> bytes:
        return bytes([len(self.places)]) + b"".join(self.places)


def _order(order: Order, tokens: _Tokens) -> bytes:
    return (
        order.maker
        + tokens.place(order.sell)
        + number(order.amount)
        + bytes([order.whole])
        + number(order.nonce)
        + number(order.deadline)
        + _count("branches", len(order.branches))
        + _count("further branches", len(order.rest))
        + b"".join(_branch(branch, tokens) for branch in order.branches)
        + b"".join(order.rest)
        + number(len(order.signature))
        + order.signature
    )


def _branch(branch: Branch, tokens: _Tokens) -> bytes:
    buy = bytes([_NOTHING]) if branch.buy == NOTHING else tokens.place(branch.buy)
    guards = b"".join(
        bytes([guard.kind]) + number(int.from_bytes(guard.subject, "big")) + number(guard.limit)
        for guard in branch.guards
    )
    paths = b"".join(
        _count("tokens of a path", len(path)) + b"".join(tokens.place(token) for token in path)
        for path in branch.paths
    )
    return (
        buy
        + number(branch.least)
        + _count("guards", len(branch.guards))
        + guards
        + _count("paths", len(branch.paths))
        + paths
    )


def _move(order: int, branch: int) -> bytes:
    return _index("an order", order, 255) + _index("a branch", branch, 255)


def _branch_index(branch: int) -> int:
    _index("a leg's branch", branch, 63)
    return branch


def _index(what: str, value: int, most: int) -> bytes:
    if not 0 <= value <= most:
        raise InvalidInput(f"{what} must be from 0 to {most}, not {value}")
    return bytes([value])


def _count(what: str, value: int) -> bytes:
    if value > 255:
        raise InvalidInput(f"a batch holds at most 255 {what}, not {value}")
    return bytes([value])
