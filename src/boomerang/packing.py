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
from typing import Final, NoReturn

from eth_utils.address import to_checksum_address

from boomerang.errors import MalformedClauses, Overspent
from boomerang.identity import ZERO_ADDRESS

# What fits into one execution (docs/protocol.md, "Enforcement").
MAX_BODY: Final = 24_576
MAX_ASSETS: Final = 8
MAX_PAYMENTS: Final = 16
MAX_CALLS: Final = 8
MAX_CALLS_GAS: Final = 5_000_000

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
    raw = _raw(body)
    if len({token for token, _ in raw.escrow}) != len(raw.escrow):
        malformed("a token stands twice in the escrow")

    def token(index: int, amount: int) -> str:
        if _takes_nothing(raw, index, amount):
            return ZERO_ADDRESS
        return raw.escrow[index][0]

    return Parts(
        raw.statement,
        raw.escrow,
        [(to, token(index, amount), amount) for index, to, amount in raw.payments],
        [
            (target, token(index, amount), amount, gas, data, back)
            for target, index, amount, gas, back, data in raw.calls
        ],
        (token(*raw.tip), raw.tip[1]),
        raw.deadline,
        raw.guard,
    )


def check(body: bytes, enforcer: str | None = None) -> None:
    """Refuse what may not be published, as the contract does, in its order: MalformedClauses (with
    a note that says why), and Overspent for the first that takes more of an asset than those before
    it leave. Nothing may be paid to nobody, or to the `enforcer`.
    """
    raw = _raw(body)
    for what, size, limit in (
        ("bytes", len(body), MAX_BODY),
        ("assets", len(raw.escrow), MAX_ASSETS),
        ("payments", len(raw.payments), MAX_PAYMENTS),
        ("calls", len(raw.calls), MAX_CALLS),
    ):
        if size > limit:
            malformed(f"{size} {what}; at most {limit} are allowed")
    tokens = [int(token, 16) for token, _ in raw.escrow]
    if tokens != sorted(set(tokens)):
        malformed("the escrow must list each token once, in ascending order, ether first")
    left = [amount for _, amount in raw.escrow]
    if 0 in left:
        malformed("an escrow lists no amounts of 0")

    def take(index: int, amount: int) -> None:
        if _takes_nothing(raw, index, amount):
            return
        if left[index] < amount:
            raise Overspent(raw.escrow[index][0], amount, left[index])
        left[index] -= amount

    nobody = (ZERO_ADDRESS, enforcer)
    for index, to, amount in raw.payments:
        if to in nobody or amount == 0:
            malformed(f"a payment of {amount} to {to}")
        take(index, amount)
    for _, index, amount, _, back, _ in raw.calls:
        if back in nobody:
            malformed(f"what a call leaves cannot go to {back}")
        take(index, amount)
    gas = sum(call[3] for call in raw.calls)
    if gas > MAX_CALLS_GAS:
        malformed(f"the calls name {gas} gas; at most {MAX_CALLS_GAS} are allowed")
    take(*raw.tip)


@dataclass(frozen=True, slots=True)
class _Raw:
    """The fields as they stand in a body; assets are indices, which may lead nowhere."""

    statement: bytes
    escrow: list[tuple[str, int]]
    payments: list[tuple[int, str, int]]
    calls: list[tuple[str, int, int, int, str, bytes]]
    tip: tuple[int, int]
    deadline: int
    guard: bytes


def _raw(body: bytes) -> _Raw:
    reader = _Reader(body)
    uint, address = reader.uint, reader.address
    return _Raw(
        reader.take(uint(2)),
        [(address(), uint(16)) for _ in range(uint(1))],
        [(uint(1), address(), uint(16)) for _ in range(uint(1))],
        [
            (address(), uint(1), uint(16), uint(4), address(), reader.take(uint(2)))
            for _ in range(uint(1))
        ],
        (uint(1), uint(16)),
        uint(5),
        reader.rest(),
    )


def _takes_nothing(raw: _Raw, index: int, amount: int) -> bool:
    """Whether an amount of an asset is nothing, for which there is one way only to write it."""
    if amount == 0 and index == 0:
        return True
    if amount == 0 or index >= len(raw.escrow):
        malformed(f"asset {index} of {len(raw.escrow)}, amount {amount}")
    return False


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
