"""What is handed to the settlement contract: signed orders, and the moves that fill them.

`contracts/types/Moves.sol` draws the words. Here the moves are data; `pack` makes the word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from boomerang.errors import InvalidInput
from boomerang.hashing import keccak
from boomerang.intents import packing
from boomerang.intents.message import INTENT_TYPEHASH, MAX_AMOUNT, Branch, Intent, IntentDomain

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORDER_SHIFT = 112
_BRANCH_SHIFT = 128
_LAST = 1 << 136
_SKIPPABLE = 1 << 137
_POPS_SHIFT = 136
MAX_POPS = 2**16 - 1


def _word(amount: int, order: int, branch: int) -> int:
    if not 0 <= amount <= MAX_AMOUNT:
        raise InvalidInput(f"a move's amount must be from 0 to {MAX_AMOUNT}, not {amount}")
    if not 0 <= order < 2**16:
        raise InvalidInput(f"an order's index must be from 0 to 65535, not {order}")
    if not 0 <= branch < 2**8:
        raise InvalidInput(f"a branch's index must be from 0 to 255, not {branch}")
    return amount | order << _ORDER_SHIFT | branch << _BRANCH_SHIFT


def _parts(word: int) -> tuple[int, int, int]:
    order = word >> _ORDER_SHIFT & 2**16 - 1
    return order, word >> _BRANCH_SHIFT & 2**8 - 1, word & MAX_AMOUNT


@dataclass(frozen=True, slots=True)
class Leg:
    """One payment of a cycle: the order pays `amount` of what it sells to the order of the next
    leg, the `last` one to the first. `skippable` counts on a cycle's first leg.
    """

    order: int
    branch: int
    amount: int
    last: bool = False
    skippable: bool = False

    def pack(self) -> int:
        word = _word(self.amount, self.order, self.branch)
        return word | _LAST * self.last | _SKIPPABLE * self.skippable

    @classmethod
    def unpack(cls, word: int) -> Self:
        return cls(*_parts(word), bool(word & _LAST), bool(word & _SKIPPABLE))


@dataclass(frozen=True, slots=True)
class Sweep:
    """A walk of the book for an `exists` branch, with at most `amount` (0: all that is left of the
    order), past at most `pops` entries.
    """

    order: int
    branch: int
    amount: int = 0
    pops: int = MAX_POPS

    def pack(self) -> int:
        if not 0 <= self.pops <= MAX_POPS:
            raise InvalidInput(f"pops must be from 0 to {MAX_POPS}, not {self.pops}")
        return _word(self.amount, self.order, self.branch) | self.pops << _POPS_SHIFT

    @classmethod
    def unpack(cls, word: int) -> Self:
        return cls(*_parts(word), word >> _POPS_SHIFT & MAX_POPS)


@dataclass(frozen=True, slots=True)
class Route:
    """`amount` (0: all that is left) of an order by the best path of its branch."""

    order: int
    branch: int
    amount: int = 0

    def pack(self) -> int:
        return _word(self.amount, self.order, self.branch)

    @classmethod
    def unpack(cls, word: int) -> Self:
        return cls(*_parts(word))


@lru_cache(maxsize=4096)
def _branch_hash(branch: Branch) -> bytes:
    return branch.struct_hash


@lru_cache(maxsize=16)
def _separator(domain: IntentDomain) -> bytes:
    return domain.separator


@dataclass(frozen=True, slots=True)
class Order:
    """A signed program as it is handed in: `branches` up to the last one taken, and the EIP-712
    hashes of those behind them in `rest` (32 bytes each).

    `signature` is ECDSA (65 bytes), whatever the maker's code accepts (ERC-1271), or empty where
    the maker approved the hash or calls. Ranges are the contract's to check.
    """

    maker: bytes
    sell: bytes
    amount: int
    whole: bool
    nonce: int
    deadline: int
    branches: tuple[Branch, ...]
    rest: tuple[bytes, ...] = ()
    signature: bytes = b""

    @classmethod
    def of(cls, intent: Intent, signature: bytes = b"", given: int | None = None) -> Self:
        """An intent with its first `given` branches in full (all of them, if not said)."""
        given = len(intent.branches) if given is None else given
        if not 1 <= given <= len(intent.branches):
            raise InvalidInput(f"1 to {len(intent.branches)} branches can be given, not {given}")
        return cls(
            intent.maker,
            intent.sell,
            intent.amount,
            intent.whole,
            intent.nonce,
            intent.deadline,
            intent.branches[:given],
            tuple(_branch_hash(branch) for branch in intent.branches[given:]),
            signature,
        )

    def hash(self, domain: IntentDomain) -> bytes:
        """The EIP-712 hash of the intent that this is part of."""
        given = tuple(_branch_hash(branch) for branch in self.branches)
        numbers = (self.amount, int(self.whole), self.nonce, self.deadline)
        struct = keccak(
            INTENT_TYPEHASH
            + self.maker.rjust(32, b"\0")
            + self.sell.rjust(32, b"\0")
            + b"".join(number.to_bytes(32, "big") for number in numbers)
            + keccak(b"".join(given + self.rest))
        )
        return keccak(b"\x19\x01" + _separator(domain) + struct)

    def encode(self) -> bytes:
        """A batch of this order alone, without moves: what `post` and `hash` take."""
        return Batch((self,)).encode()


@dataclass(frozen=True, slots=True)
class Batch:
    """What `settle` takes: all of it happens, or nothing."""

    orders: tuple[Order, ...]
    legs: tuple[Leg, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    routes: tuple[Route, ...] = ()

    def cycles(self) -> list[tuple[int, tuple[Leg, ...]]]:
        """The legs by cycles, each with the index of its first leg."""
        found: list[tuple[int, tuple[Leg, ...]]] = []
        first = 0
        for index, leg in enumerate(self.legs, 1):
            if leg.last or index == len(self.legs):
                found.append((first, self.legs[first:index]))
                first = index
        return found

    def encode(self) -> bytes:
        """What `settle` takes (contracts/intents/Batches.sol)."""
        return packing.encode(self)

    def to_abi(self) -> tuple[bytes]:
        """The arguments of `settle`."""
        return (self.encode(),)


def cycle(*trades: tuple[int, int, int], skippable: bool = False) -> tuple[Leg, ...]:
    """The legs of one cycle, from (order, branch, amount) each, in the order of payment."""
    legs = [Leg(*trade) for trade in trades]
    legs[0] = replace(legs[0], skippable=skippable)
    legs[-1] = replace(legs[-1], last=True)
    return tuple(legs)


def batch_of(orders: Sequence[Order], *cycles: tuple[Leg, ...]) -> Batch:
    """A batch of cycles only."""
    return Batch(tuple(orders), tuple(leg for legs in cycles for leg in legs))
