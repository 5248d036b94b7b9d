"""What a commitment says: topic, statement and clauses (section 9), and how they are hashed.

The whole content stands in the publication's event; only its hash is part of the id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.errors import MalformedClauses
from boomerang.identity import ZERO_ADDRESS, Key, check_address, check_bytes, check_uint

CLAUSES_ABI: Final = (
    "("
    "(address,uint256)[],"  # escrow
    "(address,address,uint256)[],"  # payments
    "(address,uint256,uint256,bytes,address)[],"  # calls
    "(address,uint256),"  # tip
    "uint40,"  # deadline
    "bytes"  # guard
    ")"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """An amount (uint256, the token's smallest unit) of a token; the zero address is ETH."""

    token: str = ZERO_ADDRESS
    amount: int = 0

    def __post_init__(self) -> None:
        check_address("token", self.token)
        check_uint("amount", self.amount, 256)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment out of the escrow: `amount` of `token` (zero address: ETH) to `to`."""

    to: str
    token: str
    amount: int

    def __post_init__(self) -> None:
        check_address("to", self.to)
        check_address("token", self.token)
        check_uint("amount", self.amount, 256)


@dataclass(frozen=True, slots=True)
class Call:
    """A call with `value` wei and `gas`; what a failed one leaves behind goes to `remainder_to`."""

    target: str
    value: int
    gas: int
    data: bytes
    remainder_to: str

    def __post_init__(self) -> None:
        check_address("target", self.target)
        check_uint("value", self.value, 256)
        check_uint("gas", self.gas, 256)
        check_bytes("data", self.data)
        check_address("remainder_to", self.remainder_to)


@dataclass(frozen=True, slots=True)
class Clauses:
    """What happens when the commitment is kept.

    `deadline` is a Unix second (uint40; 0 for none); `guard` an encoded expression, empty for
    "always". Whether the guard is well formed is the registry's check, not this class's.
    """

    escrow: tuple[Asset, ...] = ()
    payments: tuple[Payment, ...] = ()
    calls: tuple[Call, ...] = ()
    tip: Asset = field(default_factory=Asset)
    deadline: int = 0
    guard: bytes = b""

    def __post_init__(self) -> None:
        check_uint("deadline", self.deadline, 40)
        check_bytes("guard", self.guard)

    def as_abi(self) -> tuple[object, ...]:
        """The values of the ABI's tuple."""
        return (
            [(a.token, a.amount) for a in self.escrow],
            [(p.to, p.token, p.amount) for p in self.payments],
            [(c.target, c.value, c.gas, c.data, c.remainder_to) for c in self.calls],
            (self.tip.token, self.tip.amount),
            self.deadline,
            self.guard,
        )

    @classmethod
    def from_abi(cls, values: tuple[Any, ...]) -> Clauses:
        """The inverse of `as_abi`, from what an ABI decoder returns."""
        escrow, payments, calls, tip, deadline, guard = values
        checksum = to_checksum_address
        return cls(
            escrow=tuple(Asset(checksum(t), n) for t, n in escrow),
            payments=tuple(Payment(checksum(to), checksum(t), n) for to, t, n in payments),
            calls=tuple(
                Call(checksum(to), value, gas, data, checksum(back))
                for to, value, gas, data, back in calls
            ),
            tip=Asset(checksum(tip[0]), tip[1]),
            deadline=deadline,
            guard=guard,
        )


def content_hash(topic: bytes, body: bytes) -> bytes:
    """The 32-byte contentHash from raw bytes, well formed or not, as the registry computes it."""
    check_bytes("topic", topic, 32)
    check_bytes("body", body)
    return keccak(topic + keccak(body))


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a commitment: 32-byte indexed topic, free statement, clauses or none."""

    topic: bytes = bytes(32)
    statement: bytes = b""
    clauses: Clauses | None = None

    def __post_init__(self) -> None:
        check_bytes("topic", self.topic, 32)
        check_bytes("statement", self.statement)

    @property
    def body(self) -> bytes:
        """What the registry hashes and logs beside the topic: the statement alone, or
        `abi.encode(bytes statement, Clauses clauses)`.
        """
        if self.clauses is None:
            return self.statement
        return encode(["bytes", CLAUSES_ABI], [self.statement, self.clauses.as_abi()])

    def hash(self) -> bytes:
        """The 32-byte contentHash."""
        return content_hash(self.topic, self.body)

    def key(self, committer: str, nonce: int = 0, bond: int = 0, cover: int = 0) -> Key:
        """The key of a commitment to this content (ranges as in `Key`)."""
        return Key(committer, nonce, bond, cover, self.hash(), self.clauses is not None)

    @classmethod
    def decode(cls, topic: bytes, body: bytes, has_clauses: bool) -> Content:
        """The inverse of `body`. With clauses, only exactly what `body` gives is accepted, so that
        one content has one hash; anything else is MalformedClauses.
        """
        if not has_clauses:
            return cls(topic, body)
        try:
            statement, values = decode(["bytes", CLAUSES_ABI], body)
            content = cls(topic, statement, Clauses.from_abi(values))
        except (DecodingError, OverflowError):
            raise MalformedClauses() from None
        if content.body != body:
            raise MalformedClauses()
        return content
