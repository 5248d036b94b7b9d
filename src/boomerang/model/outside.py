"""What the rules cannot know: how tokens and the targets of calls behave. Stand-ins for tests, play
and prediction; on a chain these are other people's contracts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from eth_utils.address import to_checksum_address

from boomerang.hashing import keccak
from boomerang.identity import ZERO_ADDRESS

if TYPE_CHECKING:
    from boomerang.content import Call
    from boomerang.errors import ChainError

BASIS_POINTS: Final = 10_000
UNLIMITED: Final = (1 << 256) - 1
"""An allowance that transfers do not use up."""


@dataclass(frozen=True, slots=True)
class Token:
    """How a token behaves; a plain ERC-20 by default.

    Transfers from and to accounts in `refuses` fail, with `refusal` where someone sees why; `fee`
    is what it takes off every transfer, in basis points.
    """

    refuses: frozenset[str] = frozenset()
    refusal: ChainError | None = None
    fee: int = 0

    def received(self, amount: int) -> int:
        """What arrives of an amount."""
        return amount - amount * self.fee // BASIS_POINTS


Targets: TypeAlias = "Callable[[bytes, int, Call], int | None]"
"""What a call comes to, asked whenever it is made. Given the commitment's id, the call's index
and the call: how much of its amount the target takes; None where it fails.
"""


@dataclass(frozen=True, slots=True)
class PlainTargets:
    """Targets without code take ether and understand no data; those in `contracts` refuse all."""

    contracts: frozenset[str] = frozenset()

    def __call__(self, _commitment: bytes, _index: int, call: Call) -> int | None:
        if call.target in self.contracts or call.data:
            return None
        return call.amount if call.token == ZERO_ADDRESS else 0


@dataclass(frozen=True, slots=True)
class Permits:
    """ERC-2612 permits, one for each token of an escrow in order, ether left out: the allowance
    that each gives; None for one that fails, which is passed over.
    """

    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Permit2:
    """One Permit2 signature over all tokens of the escrow, or what it is refused with."""

    refusal: ChainError | None = None


@dataclass(frozen=True, slots=True)
class Nonsense:
    """A funding that is none of these."""


Funding: TypeAlias = Permits | Permit2 | Nonsense | None
"""How the tokens of an escrow come; None is by allowances given before."""


@lru_cache(maxsize=1024)
def part_address(registry: str, number: int) -> str:
    """The address of the `number`-th contract (1: the enforcer, 2: the groups) that a registry
    created: the hash of the RLP list of creator and nonce, for nonces from 1 to 127.
    """
    creator = bytes.fromhex(registry[2:])
    return str(to_checksum_address(keccak(b"\xd6\x94" + creator + bytes((number,)))[-20:]))


__all__ = [
    "UNLIMITED",
    "Funding",
    "Nonsense",
    "Permit2",
    "Permits",
    "PlainTargets",
    "Targets",
    "Token",
    "part_address",
]
