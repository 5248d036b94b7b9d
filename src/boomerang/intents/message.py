"""What is signed: an intent as data, its EIP-712 hash, and its plain dictionary.

Addresses are 20 `bytes`, ids of commitments 25, amounts `int` in a token's smallest unit, times
Unix seconds. Nothing here needs a chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from eth_utils.address import to_checksum_address

from boomerang.errors import InvalidInput
from boomerang.hashing import keccak, keccak_text
from boomerang.identity import ID_SIZE

MAX_AMOUNT: Final = 2**112 - 1
MAX_BRANCHES: Final = 8
MAX_GUARDS: Final = 8
MAX_PATHS: Final = 4
MAX_HOPS: Final = 6
"""Tokens in a path."""
NOTHING: Final = bytes(20)
"""The `buy` of a branch that does nothing."""
NO_DEADLINE: Final = 2**40 - 1
"""The deadline of a text that names none."""

TYPES: Final[dict[str, list[dict[str, str]]]] = {
    "Intent": [
        {"name": "maker", "type": "address"},
        {"name": "sell", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "whole", "type": "bool"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
        {"name": "branches", "type": "Branch[]"},
    ],
    "Branch": [
        {"name": "guards", "type": "Guard[]"},
        {"name": "buy", "type": "address"},
        {"name": "least", "type": "uint256"},
        {"name": "paths", "type": "Path[]"},
    ],
    "Guard": [
        {"name": "kind", "type": "uint8"},
        {"name": "subject", "type": "bytes32"},
        {"name": "limit", "type": "uint256"},
    ],
    "Path": [{"name": "tokens", "type": "address[]"}],
}

_GUARD = "Guard(uint8 kind,bytes32 subject,uint256 limit)"
_PATH = "Path(address[] tokens)"
_BRANCH = "Branch(Guard[] guards,address buy,uint256 least,Path[] paths)"
_INTENT = (
    "Intent(address maker,address sell,uint256 amount,bool whole,uint256 nonce,uint256 deadline,"
    "Branch[] branches)"
)
GUARD_TYPEHASH: Final = keccak_text(_GUARD)
PATH_TYPEHASH: Final = keccak_text(_PATH)
BRANCH_TYPEHASH: Final = keccak_text(_BRANCH + _GUARD + _PATH)
INTENT_TYPEHASH: Final = keccak_text(_INTENT + _BRANCH + _GUARD + _PATH)
_DOMAIN_TYPEHASH = keccak_text(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)


class GuardKind(IntEnum):
    """Kinds of guards, numbered as they are signed (docs/intents.md)."""

    EXISTS = 0
    KEPT = 1
    REVERTED = 2
    AFTER = 3
    BEFORE = 4
    POOL_AT_LEAST = 5
    POOL_AT_MOST = 6
    FRESH = 7
    PAYS = 8
    PAID = 9


class NotCanonical(InvalidInput):
    """A message that no program has: its text would sign another one."""


def _address(what: str, value: object) -> None:
    if not isinstance(value, bytes) or len(value) != 20:
        raise InvalidInput(f"{what} must be 20 bytes")


def _within(what: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or not low <= value <= high:
        raise InvalidInput(f"{what} must be from {low} to {high}, not {value}")


@dataclass(frozen=True, slots=True)
class Guard:
    """One condition. Use the class methods of `guards.py`, or the numbers of docs/intents.md."""

    kind: GuardKind
    subject: bytes = bytes(32)
    limit: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", GuardKind(self.kind))
        if len(self.subject) != 32:
            raise InvalidInput("a guard's subject must be 32 bytes")
        _within("a guard's limit", self.limit, 0, 2**256 - 1)

    @property
    def id(self) -> bytes:
        """The commitment that KEPT and REVERTED name."""
        return self.subject[:ID_SIZE]

    @property
    def account(self) -> bytes:
        """The pair of a pool guard, the partner of PAYS and PAID."""
        return self.subject[12:]

    @property
    def share(self) -> int:
        """Basis points of PAYS and PAID."""
        return int.from_bytes(self.subject[:12], "big")

    @property
    def ratio(self) -> tuple[int, int]:
        """Numerator and denominator of a pool guard."""
        return self.limit >> 128, self.limit & (2**128 - 1)

    @property
    def terms(self) -> tuple[int, int]:
        """Baseline and largest payment of PAYS and PAID."""
        return self.limit >> 112, self.limit & MAX_AMOUNT

    @property
    def struct_hash(self) -> bytes:
        words = GUARD_TYPEHASH + int(self.kind).to_bytes(32, "big") + self.subject
        return keccak(words + self.limit.to_bytes(32, "big"))


@dataclass(frozen=True, slots=True)
class Branch:
    """Where all guards hold: a direct swap (no paths), a route, or nothing (`buy` NOTHING)."""

    buy: bytes = NOTHING
    least: int = 0
    guards: tuple[Guard, ...] = ()
    paths: tuple[tuple[bytes, ...], ...] = ()

    def __post_init__(self) -> None:
        _address("what a branch buys", self.buy)
        _within("the least", self.least, 0, MAX_AMOUNT)
        for path in self.paths:
            for token in path:
                _address("a token of a path", token)

    @property
    def direct(self) -> bool:
        return self.buy != NOTHING and not self.paths

    @property
    def idle(self) -> bool:
        """It does nothing."""
        return self.buy == NOTHING

    def has(self, kind: GuardKind) -> bool:
        return any(guard.kind == kind for guard in self.guards)

    @property
    def struct_hash(self) -> bytes:
        guards = keccak(b"".join(guard.struct_hash for guard in self.guards))
        paths = keccak(b"".join(_path_hash(path) for path in self.paths))
        least = self.least.to_bytes(32, "big")
        return keccak(BRANCH_TYPEHASH + guards + self.buy.rjust(32, b"\0") + least + paths)


def _path_hash(path: tuple[bytes, ...]) -> bytes:
    return keccak(PATH_TYPEHASH + keccak(b"".join(token.rjust(32, b"\0") for token in path)))


@dataclass(frozen=True, slots=True)
class Intent:
    """A program: sells up to `amount` of `sell` through its branches."""

    maker: bytes
    sell: bytes
    amount: int
    branches: tuple[Branch, ...]
    whole: bool = True
    nonce: int = 0
    deadline: int = field(default=NO_DEADLINE)

    def __post_init__(self) -> None:
        _address("the maker", self.maker)
        _address("what is sold", self.sell)
        _within("the amount", self.amount, 1, MAX_AMOUNT)
        _within("the nonce", self.nonce, 0, 2**256 - 1)
        _within("the deadline", self.deadline, 0, 2**256 - 1)
        _within("the number of branches", len(self.branches), 1, MAX_BRANCHES)

    @property
    def struct_hash(self) -> bytes:
        return keccak(
            INTENT_TYPEHASH
            + self.maker.rjust(32, b"\0")
            + self.sell.rjust(32, b"\0")
            + self.amount.to_bytes(32, "big")
            + int(self.whole).to_bytes(32, "big")
            + self.nonce.to_bytes(32, "big")
            + self.deadline.to_bytes(32, "big")
            + keccak(b"".join(branch.struct_hash for branch in self.branches))
        )

    def hash(self, domain: IntentDomain) -> bytes:
        """The EIP-712 hash that is signed: the intent's name everywhere."""
        return keccak(b"\x19\x01" + domain.separator + self.struct_hash)

    def to_message(self) -> dict[str, Any]:
        """The EIP-712 message: what JSON holds, with checksummed addresses and hex subjects.

        Amounts are decimal strings: JSON's numbers lose digits in many readers.
        """
        return {
            "maker": to_checksum_address(self.maker),
            "sell": to_checksum_address(self.sell),
            "amount": str(self.amount),
            "whole": self.whole,
            "nonce": str(self.nonce),
            "deadline": str(self.deadline),
            "branches": [
                {
                    "guards": [
                        {
                            "kind": int(guard.kind),
                            "subject": "0x" + guard.subject.hex(),
                            "limit": str(guard.limit),
                        }
                        for guard in branch.guards
                    ],
                    "buy": to_checksum_address(branch.buy),
                    "least": str(branch.least),
                    "paths": [
                        {"tokens": [to_checksum_address(token) for token in path]}
                        for path in branch.paths
                    ],
                }
                for branch in self.branches
            ],
        }


@dataclass(frozen=True, slots=True)
class IntentDomain:
    """Where an intent counts: one settlement contract on one chain."""

    chain_id: int
    settlement: bytes

    @property
    def separator(self) -> bytes:
        return keccak(
            _DOMAIN_TYPEHASH
            + keccak_text("Boomerang Intents")
            + keccak_text("1")
            + self.chain_id.to_bytes(32, "big")
            + self.settlement.rjust(32, b"\0")
        )

    def typed_data(self, intent: Intent) -> dict[str, Any]:
        """Full EIP-712 data for wallets and `Signer.sign_typed_data`."""
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                **TYPES,
            },
            "primaryType": "Intent",
            "domain": {
                "name": "Boomerang Intents",
                "version": "1",
                "chainId": self.chain_id,
                "verifyingContract": to_checksum_address(self.settlement),
            },
            "message": intent.to_message(),
        }
