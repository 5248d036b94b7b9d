"""A match of an arena, as data: its terms, its id, how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import encode

from boomerang.hashing import keccak
from boomerang.identity import check_address, check_bytes, check_uint

if TYPE_CHECKING:
    from boomerang.arenas.errors import Stage

TERMS_ABI: Final = "(address[],uint128,uint128,uint40,uint40,address,bytes32)"

NOBODY: Final = "0x000000000000000000000000000000000000dEaD"
"""An address that nobody holds a key of: losses that go there, nobody gains."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a match is. Amounts are in the token's smallest unit (uint128), times Unix seconds.

    Two to sixteen `players`, each once, put up `stake` each until `stakes_until`; commitments are
    entered until `entries_until` (both seconds included). `prize` comes from whoever creates the
    match, and what is not won of it goes back there. `losses_to` receives what players lose and
    nobody wins. `salt` (32 bytes) tells matches apart that are alike in all else.
    """

    players: tuple[str, ...]
    stake: int
    prize: int
    stakes_until: int
    entries_until: int
    losses_to: str = NOBODY
    salt: bytes = bytes(32)

    def __post_init__(self) -> None:
        for player in self.players:
            check_address("player", player)
        check_uint("stake", self.stake, 128)
        check_uint("prize", self.prize, 128)
        check_uint("stakes_until", self.stakes_until, 40)
        check_uint("entries_until", self.entries_until, 40)
        check_address("losses_to", self.losses_to)
        check_bytes("salt", self.salt, 32)

    def as_abi(self) -> tuple[Any, ...]:
        """The values of the ABI's tuple."""
        return (
            list(self.players),
            self.stake,
            self.prize,
            self.stakes_until,
            self.entries_until,
            self.losses_to,
            self.salt,
        )


def match_id(chain_id: int, arena: str, sponsor: str, terms: Terms) -> bytes:
    """The 32 bytes that name a match, made or not: the topic of the commitments that count in it.
    `sponsor` is who creates it.
    """
    kinds = ["uint256", "address", "address", TERMS_ABI]
    return keccak(encode(kinds, [chain_id, arena, sponsor, terms.as_abi()]))


@dataclass(frozen=True, slots=True)
class Match:
    """How a match stands. `joined` counts the players who have put up their stake."""

    id: bytes
    stage: Stage
    joined: int
    sponsor: str
    players: tuple[str, ...]
    stake: int
    prize: int
    stakes_until: int
    entries_until: int
    losses_to: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A commitment that counts; `action` is the flag of what it states."""

    id: bytes
    action: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a match was settled: by player what kept commitments state (flags together), and what was
    credited. `called_off` where the game gave more than there was: everybody got his own back.
    """

    stated: dict[str, int]
    payouts: dict[str, int]
    called_off: bool = False
