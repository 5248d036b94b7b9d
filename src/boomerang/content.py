"""What a commitment says: topic, statement and clauses (section 9), and how they are hashed.

The whole content stands in the publication's event; only its hash is part of the id.
`Content.check` refuses clauses that the enforcer would refuse, before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.decisions import well_formed
from boomerang.errors import DeadlineTooEarly, MalformedGuard
from boomerang.hashing import keccak
from boomerang.identity import ZERO_ADDRESS, Key, check_address, check_bytes, check_uint
from boomerang.packing import Parts, pack, unpack
from boomerang.packing import check as check_packed

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    """A call of `target` with `data` and exactly `gas`, which may spend `amount` of `token`: sent
    along if ether (zero address), else approved to the target for this call.

    `remainder_to` receives what it does not spend, and all of it where it failed for good. With the
    committer there, a call that fails is a way to get the escrow back.
    """

    target: str
    token: str
    amount: int
    gas: int
    data: bytes
    remainder_to: str

    def __post_init__(self) -> None:
        check_address("target", self.target)
        check_address("token", self.token)
        check_uint("amount", self.amount, 256)
        check_uint("gas", self.gas, 256)
        check_bytes("data", self.data)
        check_address("remainder_to", self.remainder_to)


def by_token(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """As an escrow lists them: ascending by token, ether first, each once, nothing of amount 0."""
    sums: dict[str, int] = {}
    for asset in assets:
        sums[asset.token] = sums.get(asset.token, 0) + asset.amount
    return tuple(Asset(token, sums[token]) for token in sorted(sums, key=_number) if sums[token])


def _number(token: str) -> int:
    return int(token, 16)


@dataclass(frozen=True, slots=True)
class Clauses:
    """What happens when the commitment is kept.

    `deadline` is a Unix second (uint40; 0 for none); `guard` an encoded expression, empty for
    "always". Any values can be held; `Content.check` says whether they may be published, and
    `covering` makes clauses whose escrow is right.
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

    @classmethod
    def covering(
        cls,
        payments: Iterable[Payment] = (),
        calls: Iterable[Call] = (),
        tip: Asset | None = None,
        deadline: int = 0,
        guard: bytes = b"",
        beyond: Iterable[Asset] = (),
    ) -> Clauses:
        """Clauses whose escrow holds exactly what payments, calls and tip name, and `beyond`."""
        bare = cls((), tuple(payments), tuple(calls), tip or Asset(), deadline, guard)
        named = (Asset(token, amount) for token, amount in bare.named().items())
        return cls(
            by_token([*named, *beyond]), bare.payments, bare.calls, bare.tip, deadline, guard
        )

    def named(self) -> dict[str, int]:
        """How much payments, calls and tip name of each token together."""
        sums: dict[str, int] = {}
        for token, amount in self._spending():
            sums[token] = sums.get(token, 0) + amount
        return sums

    def _spending(self) -> list[tuple[str, int]]:
        payments = [(payment.token, payment.amount) for payment in self.payments]
        calls = [(call.token, call.amount) for call in self.calls]
        return [*payments, *calls, (self.tip.token, self.tip.amount)]

    def escrowed(self, token: str) -> int:
        """How much of a token the escrow holds."""
        return sum(asset.amount for asset in self.escrow if asset.token == token)

    @property
    def escrowed_ether(self) -> int:
        """Wei that a publication sends beside bond and fee."""
        return self.escrowed(ZERO_ADDRESS)

    def surplus(self) -> tuple[Asset, ...]:
        """What payments, calls and tip leave of each escrowed asset, which goes home; in order."""
        named = self.named()
        left = (Asset(a.token, a.amount - named.get(a.token, 0)) for a in self.escrow)
        return tuple(asset for asset in left if asset.amount)

    def check_times(self, earliest_deadline: int) -> None:
        """What `Content.check` looks at last: DeadlineTooEarly, MalformedGuard."""
        if self.calls and self.deadline < earliest_deadline:
            raise DeadlineTooEarly(self.deadline, earliest_deadline)
        if self.guard and not well_formed(self.guard):
            raise MalformedGuard()

    def parts(self, statement: bytes) -> Parts:
        """The plain values that `packing` encodes."""
        return Parts(
            statement=statement,
            escrow=[(a.token, a.amount) for a in self.escrow],
            payments=[(p.to, p.token, p.amount) for p in self.payments],
            calls=[
                (c.target, c.token, c.amount, c.gas, c.data, c.remainder_to) for c in self.calls
            ],
            tip=(self.tip.token, self.tip.amount),
            deadline=self.deadline,
            guard=self.guard,
        )

    @classmethod
    def from_parts(cls, parts: Parts) -> Clauses:
        """The inverse of `parts`."""
        return cls(
            escrow=tuple(Asset(*values) for values in parts.escrow),
            payments=tuple(Payment(*values) for values in parts.payments),
            calls=tuple(Call(*values) for values in parts.calls),
            tip=Asset(*parts.tip),
            deadline=parts.deadline,
            guard=parts.guard,
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
        the statement and the clauses packed (`packing`, with its errors).
        """
        if self.clauses is None:
            return self.statement
        return pack(self.clauses.parts(self.statement))

    def hash(self) -> bytes:
        """The 32-byte contentHash."""
        return content_hash(self.topic, self.body)

    def key(self, committer: str, nonce: int = 0, bond: int = 0, cover: int = 0) -> Key:
        """The key of a commitment to this content (ranges as in `Key`)."""
        return Key(committer, nonce, bond, cover, self.hash(), self.clauses is not None)

    def check(self, earliest_deadline: int = 0, enforcer: str | None = None) -> None:
        """Refuse what the enforcer would refuse at publication, in its order: MalformedClauses (a
        note says why), Overspent, DeadlineTooEarly, MalformedGuard. What depends on the chain (the
        guard's ids, balances, allowances) is not looked at.

        `earliest_deadline` is the commitment's latest resolution, a Unix second: it matters with
        calls only, and 0 passes over it. `enforcer` is the enforcer's address, which nothing may be
        paid to; None passes over that.
        """
        if self.clauses is None:
            return
        check_packed(self.body, enforcer)
        self.clauses.check_times(earliest_deadline)

    @classmethod
    def decode(cls, topic: bytes, body: bytes, has_clauses: bool) -> Content:
        """The inverse of `body`. With clauses, only exactly what `body` gives is accepted, so that
        one content has one hash; anything else is MalformedClauses.
        """
        if not has_clauses:
            return cls(topic, body)
        parts = unpack(body)
        return cls(topic, parts.statement, Clauses.from_parts(parts))
