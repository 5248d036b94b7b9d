"""The one encoding of a statement with clauses, as `contracts/libraries/Contents.sol` reads it.

    length of the statement (2) | statement
    count (1) | assets:   token (20) amount (16)                     ascending by token; ether is 0
    count (1) | payments: asset (1) to (20) amount (16)
    count (1) | calls:    target (20) asset (1) amount (16) gas (4) remainderTo (20) length (2) data
    tip:        asset (1) amount (16)
    deadline (5) | guard: all that is left

Big-endian. `asset` is an index into the escrow's assets; 0 where the amount is 0. Packed, because
every byte is paid for in calldata and again in the log, and so that one content has one hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from eth_utils.address import to_checksum_address

from boomerang.errors import MalformedClauses, Overspent
from boomerang.identity import ZERO_ADDRESS

RawCall = tuple[str, str, int, int, bytes, str]
"""target, token, amount, gas, data, remainder_to"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is encoded, as plain values."""

    statement: bytes
    escrow: list[tuple[str, int]]
    payments: list[tuple[str, str, int]]
    """to, token, amount"""
    calls: list[RawCall]
    tip: tuple[str, int]
    deadline: int
    guard: bytes


def pack(parts: Parts) -> bytes:
    """The body. Raises MalformedClauses (a note says why) for what has no encoding: numbers too
    large, or a payment of nothing; Overspent for a token that the escrow does not hold.
    """
    tokens = [token for token, _ in parts.escrow]

    def asset(token: str, amount: int) -> bytes:
        if amount == 0:
            return bytes(17)
        if token not in tokens:
            raise Overspent(token, amount, 0)
        return _uint(tokens.index(token), 1, "assets") + _uint(amount, 16, "an amount")

    body = [_sized(parts.statement, "the statement")]
    body.append(_uint(len(parts.escrow), 1, "assets"))
    body += [_address(token) + _uint(n, 16, "an amount") for token, n in parts.escrow]
    body.append(_uint(len(parts.payments), 1, "payments"))
    for to, token, amount in parts.payments:
        packed = asset(token, amount)
        body.append(packed[:1] + _address(to) + packed[1:])
    body.append(_uint(len(parts.calls), 1, "calls"))
    for target, token, amount, gas, data, back in parts.calls:
        body.append(_address(target) + asset(token, amount) + _uint(gas, 4, "gas"))
        body.append(_address(back) + _sized(data, "a call's data"))
    body.append(asset(*parts.tip))
    body.append(_uint(parts.deadline, 5, "the deadline") + parts.guard)
    return b"".join(body)


def unpack(body: bytes) -> Parts:
    """The inverse of `pack`. Raises MalformedClauses for whatever `pack` does not give."""
    reader = _Reader(body)
    statement = reader.take(reader.uint(2))
    escrow = [(reader.address(), reader.uint(16)) for _ in range(reader.uint(1))]

    def token(index: int, amount: int) -> str:
        if amount == 0 and index == 0:
            return ZERO_ADDRESS
        if amount == 0 or index >= len(escrow):
            malformed(f"asset {index} of {len(escrow)}, amount {amount}")
        return escrow[index][0]

    payments = []
    for _ in range(reader.uint(1)):
        index, to, amount = reader.uint(1), reader.address(), reader.uint(16)
        payments.append((to, token(index, amount), amount))
    calls: list[RawCall] = []
    for _ in range(reader.uint(1)):
        target, index, amount = reader.address(), reader.uint(1), reader.uint(16)
        gas, back = reader.uint(4), reader.address()
        data = reader.take(reader.uint(2))
        calls.append((target, token(index, amount), amount, gas, data, back))
    index, amount = reader.uint(1), reader.uint(16)
    tip = (token(index, amount), amount)
    deadline = reader.uint(5)
    return Parts(statement, escrow, payments, calls, tip, deadline, reader.rest())


def malformed(why: str) -> NoReturn:
    """Raise MalformedClauses with a note that says why."""
    error = MalformedClauses()
    error.add_note(why)
    raise error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):
            malformed(f"the body ends after {len(self._data)} bytes")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def address(self) -> str:
        return to_checksum_address(self.take(20))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)


def _uint(value: int, size: int, what: str) -> bytes:
    if value >> (8 * size):
        malformed(f"{what}: {value} does not fit into {size} bytes")
    return value.to_bytes(size, "big")


def _sized(data: bytes, what: str) -> bytes:
    return _uint(len(data), 2, f"the length of {what}") + data


def _address(address: str) -> bytes:
    return bytes.fromhex(address[2:])
