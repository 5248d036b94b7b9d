"""Who a commitment is: keys, ids and seals (sections 3 and 4).

An id is a hash of chain, registry, committer, stake and content, never a counter: after a
reorganisation "number 7" can be someone else's commitment, and a sealed decision about it would
bind to the wrong thing. A seal is a hash too, bound to chain, registry, id and committer: a copy is
worthless.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from eth_utils.address import is_checksum_address, is_hex_address, to_checksum_address

from boomerang.errors import InvalidInput
from boomerang.hashing import keccak, keccak_text

ID_SIZE: Final = 25
SEAL_SIZE: Final = 23
SALT_SIZE: Final = 32
NO_ID: Final = bytes(ID_SIZE)
ZERO_ADDRESS: Final = "0x" + "00" * 20

NONCE_BITS: Final = 56
AMOUNT_BITS: Final = 96
HAS_CLAUSES: Final = 1 << NONCE_BITS
FLAGS: Final = 0xFF << NONCE_BITS
_BOND_SHIFT: Final = 64
_COVER_SHIFT: Final = 160

ID_TYPEHASH: Final = keccak_text(
    "Commitment(uint256 chainId,address registry,address committer,uint256 stake,"
    "bytes32 contentHash)"
)
SEAL_TYPEHASH: Final = keccak_text(
    "Seal(uint256 chainId,address registry,bytes25 id,address committer,"
    "bytes32 decisionHash,bytes32 salt)"
)


def check_uint(what: str, value: object, bits: int) -> None:
    """Refuse what does not fit an unsigned integer of `bits`, naming `what` (InvalidInput)."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise InvalidInput(f"{what} must be a whole number from 0 to 2^{bits} - 1, not {value!r}")


def check_bytes(what: str, value: object, size: int | None = None) -> None:
    """Refuse what is not `bytes`, or not `size` of them (InvalidInput)."""
    if not isinstance(value, bytes):
        raise InvalidInput(f"{what} must be bytes, not {type(value).__name__}")
    if size is not None and len(value) != size:
        raise InvalidInput(f"{what} must be {size} bytes, not {len(value)}")


def check_address(what: str, value: object) -> None:
    """Refuse what is not an address in its checksummed spelling (InvalidInput)."""
    if not isinstance(value, str) or not _is_checksummed(value):
        raise InvalidInput(f"{what} must be a checksummed address, not {value!r}")


@lru_cache(maxsize=4096)
def _is_checksummed(value: str) -> bool:
    return bool(is_checksum_address(value))


@lru_cache(maxsize=4096)
def address_word(value: str) -> bytes:
    """A checked address as the ABI encodes it: 32 bytes."""
    return bytes(12) + bytes.fromhex(value[2:])


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address(value: str) -> str:
    """Any spelling of an address, checksummed. A wrong checksum is refused (InvalidInput)."""
    if not value.startswith("0x") or not is_hex_address(value):
        raise InvalidInput(f"{value!r} is not an address: 0x and 40 hex digits")
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(value):
        raise InvalidInput(f"{value!r} has a wrong checksum; is a character mistyped?")
    return str(to_checksum_address(value))


def format_id(value: bytes, short: bool = False) -> str:
    """An id as text: 0x and 50 hex digits, or its first eight and an ellipsis."""
    return f"0x{value[:4].hex()}…" if short else f"0x{value.hex()}"


def parse_id(text: str) -> bytes:
    """The id of 0x and 50 hex digits (InvalidInput otherwise)."""
    try:
        value = bytes.fromhex(text[2:]) if text[:2] in ("0x", "0X") else b""
    except ValueError:
        value = b""
    if len(value) != ID_SIZE or len(text) != 2 + 2 * ID_SIZE:
        raise InvalidInput(f"{text!r} is not an id: 0x and {2 * ID_SIZE} hex digits")
    return value


@dataclass(frozen=True, slots=True)
class Key:
    """What never changes about a commitment. The registry stores none of it: the id proves it.

    `committer` is a checksummed address; `nonce` uint56, any; `bond` and `cover` uint96, wei (that
    cover <= bond is the registry's rule, not this class's); `content_hash` 32 bytes
    (`Content.hash`); `has_clauses` says whether the content has clauses (`Content.key` sets it).
    """

    committer: str
    nonce: int
    bond: int
    cover: int
    content_hash: bytes
    has_clauses: bool = False

    def __post_init__(self) -> None:
        check_address("committer", self.committer)
        check_uint("nonce", self.nonce, NONCE_BITS)
        check_uint("bond", self.bond, AMOUNT_BITS)
        check_uint("cover", self.cover, AMOUNT_BITS)
        check_bytes("content_hash", self.content_hash, 32)

    @property
    def stake(self) -> int:
        """Nonce, flag, bond and cover in the one word (uint256) that the registry hashes and logs:
        nonce in bits 0 to 55, flags 56 to 63, bond 64 to 159, cover 160 to 255.
        """
        flags = HAS_CLAUSES if self.has_clauses else 0
        return self.nonce | flags | self.bond << _BOND_SHIFT | self.cover << _COVER_SHIFT

    @classmethod
    def from_stake(cls, committer: str, stake: int, content_hash: bytes) -> Key:
        """The key from what the registry's log carries. InvalidInput for a flag without meaning."""
        has_clauses = stake_has_clauses(stake)
        amounts = (1 << AMOUNT_BITS) - 1
        return cls(
            committer=committer,
            nonce=stake & (1 << NONCE_BITS) - 1,
            bond=stake >> _BOND_SHIFT & amounts,
            cover=stake >> _COVER_SHIFT,
            content_hash=content_hash,
            has_clauses=has_clauses,
        )


def stake_has_clauses(stake: int) -> bool:
    """Whether a stake says that the content has clauses. InvalidInput for what is no stake, or has
    a flag without meaning.
    """
    check_uint("stake", stake, 256)
    if stake & FLAGS not in (0, HAS_CLAUSES):
        raise InvalidInput(f"stake {stake:#x} has a flag without meaning")
    return bool(stake & HAS_CLAUSES)


@dataclass(frozen=True, slots=True)
class Domain:
    """The registry that ids and seals belong to: chain id (uint256) and checksummed address."""

    chain_id: int
    registry: str

    def __post_init__(self) -> None:
        check_uint("chain_id", self.chain_id, 256)
        check_address("registry", self.registry)

    def commitment_id(self, key: Key) -> bytes:
        """The 25-byte id of a key; it depends on nothing that a reorganisation could change."""
        return _commitment_id(self, key)

    def id_of(self, committer: str, stake: int, content_hash: bytes) -> bytes:
        """The 25-byte id as the registry computes it, whatever the stake's flags (uint256)."""
        check_address("committer", committer)
        check_uint("stake", stake, 256)
        check_bytes("content_hash", content_hash, 32)
        words = (ID_TYPEHASH, *self._words(), address_word(committer), _word(stake), content_hash)
        return keccak(b"".join(words))[:ID_SIZE]

    def seal(self, key: Key, decision: bytes, salt: bytes) -> bytes:
        """The 23-byte seal of a decision (any bytes) with a salt of 32 bytes, for this key only."""
        check_bytes("decision", decision)
        check_bytes("salt", salt, SALT_SIZE)
        identity = (self.commitment_id(key) + bytes(32 - ID_SIZE), address_word(key.committer))
        words = (SEAL_TYPEHASH, *self._words(), *identity, keccak(decision), salt)
        return keccak(b"".join(words))[:SEAL_SIZE]

    def _words(self) -> tuple[bytes, bytes]:
        return _word(self.chain_id), address_word(self.registry)


@lru_cache(maxsize=4096)
def _commitment_id(domain: Domain, key: Key) -> bytes:
    """Remembered: models and searches ask for the same ids over and over."""
    return domain.id_of(key.committer, key.stake, key.content_hash)


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a seal: the decision's bytes and the 32-byte salt. Secret until the freeze."""

    decision: bytes
    salt: bytes

    def __post_init__(self) -> None:
        check_bytes("decision", self.decision)
        check_bytes("salt", self.salt, SALT_SIZE)


def new_salt() -> bytes:
    """32 bytes from the operating system's random source (section 4 asks for 16 at least)."""
    return secrets.token_bytes(SALT_SIZE)
