"""A batch out of its bytes, as contracts/intents/Batches.sol draws them: the other way round than
the package, which only writes them.
"""

from __future__ import annotations

from boomerang.intents.batch import Batch, Leg, Order, Route, Sweep
from boomerang.intents.message import MAX_AMOUNT, NOTHING, Branch, Guard, GuardKind

_NO_TOKEN = 255


class NoBatch(Exception):
    """Bytes that are none."""


class _Reader:
    """Behind the end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.tokens: list[bytes] = []

    def take(self, size: int) -> bytes:
        found = self.data[self.at : self.at + size]
        self.at += size
        return found.ljust(size, b"\0")

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self, most: int | None = None) -> int:
        """With more than 32 bytes it is 0; where a move has it, that and what is above `most` is
        refused.
        """
        size = self.byte()
        raw = self.take(size)
        value = int.from_bytes(raw, "big") if size <= 32 else 0
        if most is not None and (size > 32 or value > most):
            raise NoBatch
        return value

    def token(self, *, nothing: bool = False) -> bytes:
        place = self.byte()
        if nothing and place == _NO_TOKEN:
            return NOTHING
        if place >= len(self.tokens):
            raise NoBatch
        return self.tokens[place]


def decode(data: bytes) -> Batch:
    """The batch (NoBatch). Values need not be in range, as no package would write them."""
    reader = _Reader(data)
    reader.tokens = [reader.take(20) for _ in range(reader.byte())]
    orders = tuple(_order(reader) for _ in range(reader.byte()))
    legs = tuple(_leg(reader) for _ in range(reader.byte()))
    sweeps = tuple(_sweep(reader) for _ in range(reader.byte()))
    routes = tuple(
        Route(reader.byte(), reader.byte(), reader.number(MAX_AMOUNT)) for _ in range(reader.byte())
    )
    if reader.at != len(data):
        raise NoBatch
    return Batch(orders, legs, sweeps, routes)


def _order(reader: _Reader) -> Order:
    maker, sell, amount = reader.take(20), reader.token(), reader.number()
    whole, nonce, deadline = reader.byte(), reader.number(), reader.number()
    given, further = reader.byte(), reader.byte()
    branches = tuple(_branch(reader) for _ in range(given))
    rest = tuple(reader.take(32) for _ in range(further))
    size = reader.byte()
    if size > 4:
        raise NoBatch
    length = int.from_bytes(reader.take(size), "big")
    if length > len(reader.data):
        raise NoBatch
    signature = reader.take(length)
    # Whatever is not zero is whole, but it is hashed as it stands.
    return Order(maker, sell, amount, whole, nonce, deadline, branches, rest, signature)  # type: ignore[arg-type]


def _branch(reader: _Reader) -> Branch:
    buy, least = reader.token(nothing=True), reader.number()
    guards = tuple(_guard(reader) for _ in range(reader.byte()))
    paths = tuple(tuple(reader.token() for _ in range(reader.byte())) for _ in range(reader.byte()))
    branch = Branch(buy, 0, guards, paths)
    object.__setattr__(branch, "least", least)
    return branch


def _guard(reader: _Reader) -> Guard:
    kind, subject, limit = reader.byte(), reader.number(), reader.number()
    if kind > max(GuardKind):
        raise NoBatch
    return Guard(GuardKind(kind), subject.to_bytes(32, "big"), limit)


def _leg(reader: _Reader) -> Leg:
    order, flags, size = reader.byte(), reader.byte(), reader.byte()
    if size > 14:
        raise NoBatch
    amount = int.from_bytes(reader.take(size), "big")
    return Leg(order, flags & 63, amount, bool(flags & 128), bool(flags & 64))


def _sweep(reader: _Reader) -> Sweep:
    order, branch, pops = reader.byte(), reader.byte(), reader.number(2**16 - 1)
    return Sweep(order, branch, reader.number(MAX_AMOUNT), pops)
