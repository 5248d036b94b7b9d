"""The order of commitments (section 3): by freeze time, and within one second by a draw.

The order inside a block is its builder's to sell, so it must mean nothing: the draw is made from
the hash of a fixed later block. While a tie is undrawn, neither `<` nor `<=` holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from eth_abi.abi import encode

from boomerang.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.model.state import Record


class DrawSource(Protocol):
    """Where draws come from. `copy()` of a model shares it: it must not change."""

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        """The draw, 1 to 2^32 - 1, of a commitment published in `publish_block`; None while it
        cannot be made in `current_block`, or no longer.
        """


@dataclass(frozen=True)
class HashDraws:
    """As the contract draws: the first four bytes of keccak256(abi.encode(hash of the block
    publish_block + draw_delay, id)), or 1 for 0. `block_hash` gives None for what the chain does
    not have any more; it is never asked for the current block or a later one.
    """

    block_hash: Callable[[int], bytes | None]
    draw_delay: int

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        seed_block = publish_block + self.draw_delay
        seed = self.block_hash(seed_block) if current_block > seed_block else None
        if seed is None or not any(seed):
            return None
        digest = keccak(encode(["bytes32", "bytes25"], [seed, commitment]))
        return max(1, int.from_bytes(digest[:4], "big"))


@dataclass(frozen=True)
class FixedDraws:
    """Draws that are given: 1, 2, 3, … in the order of `order`; ids not listed are never drawn."""

    order: Sequence[bytes] = ()
    draw_delay: int = 1

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        if current_block <= publish_block + self.draw_delay or commitment not in self.order:
            return None
        return self.order.index(commitment) + 1


def precedes(x: Record, y: Record) -> bool | None:
    """x < y, for two different commitments; None while that is undecided: they freeze in one
    second, and a draw is missing, or the draws are equal (once in 2^32).
    """
    if x.freeze != y.freeze:
        return x.freeze < y.freeze
    if not x.draw or not y.draw or x.draw == y.draw:
        return None
    return x.draw < y.draw
