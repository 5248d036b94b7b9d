"""What a commitment says: topic, statement and clauses (section 9), and how they are hashed.

The whole content stands in the publication's event; only its hash is part of the id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.errors import MalformedClauses
from boomerang.identity import ZERO_ADDRESS, check_address, check_bytes, check_uint

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

    def encode(self) -> bytes:
        """`abi.encode(Clauses)`."""
        return encode(
            [CLAUSES_ABI],
            [
                (
                    [(a.token, a.amount) for a in self.escrow],
                    [(p.to, p.token, p.amount) for p in self.payments],
                    [(c.target, c.value, c.gas, c.data, c.remainder_to) for c in self.calls],
                    (self.tip.token, self.tip.amount),
                    self.deadline,
                    self.guard,
                )
            ],
        )

    @classmethod
    def decode(cls, data: bytes) -> Clauses:
        """The inverse of `encode`. Only exactly what `encode` gives is accepted, so that one set of
        clauses has one hash; anything else is MalformedClauses.
        """
        try:
            ((escrow, payments, calls, tip, deadline, guard),) = decode([CLAUSES_ABI], data)
            clauses = cls(
                escrow=tuple(Asset(to_checksum_address(t), n) for t, n in escrow),
                payments=tuple(
                    Payment(to_checksum_address(to), to_checksum_address(t), n)
                    for to, t, n in payments
                ),
                calls=tuple(
                    Call(to_checksum_address(to), value, gas, payload, to_checksum_address(back))
                    for to, value, gas, payload, back in calls
                ),
                tip=Asset(to_checksum_address(tip[0]), tip[1]),
                deadline=deadline,
                guard=guard,
            )
        except (DecodingError, OverflowError):
            raise MalformedClauses() from None
        if clauses.encode() != data:
            raise MalformedClauses()
        return clauses


def content_hash(topic: bytes, statement: bytes, clauses: bytes) -> bytes:
    """The 32-byte contentHash from raw bytes, well formed or not, as the registry computes it."""
    check_bytes("topic", topic, 32)
    hashes = (topic, keccak(statement), keccak(clauses))
    return keccak(encode(["bytes32", "bytes32", "bytes32"], hashes))


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
    def clauses_bytes(self) -> bytes:
        """Empty without clauses, else their ABI encoding."""
        return b"" if self.clauses is None else self.clauses.encode()

    def hash(self) -> bytes:
        """The 32-byte contentHash."""
        return content_hash(self.topic, self.statement, self.clauses_bytes)

    @classmethod
    def decode(cls, topic: bytes, statement: bytes, clauses_bytes: bytes) -> Content:
        """The content from what the publication's event carries (MalformedClauses if it cannot)."""
        clauses = Clauses.decode(clauses_bytes) if clauses_bytes else None
        return cls(topic, statement, clauses)
