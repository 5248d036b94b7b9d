"""Constant-product pools (Uniswap V2) in exact integers: what a swap gives, and which path is best.

A pair holds two tokens, `token0` with the smaller address. Reserves and amounts are in smallest
units; a fee of 0.3% of what goes in stays in the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from boomerang.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FEE: Final = 3
"""In thousandths of what goes in."""
MAX_RESERVE: Final = 2**112 - 1


@dataclass(frozen=True, slots=True)
class Pool:
    """A pair's reserves, and the Unix second of the block that touched it last (mod 2^32)."""

    reserve0: int
    reserve1: int
    touched: int = 0

    def oriented(self, forward: bool) -> tuple[int, int]:
        """Reserves of what goes in and of what comes out; `forward`: token0 goes in."""
        return (self.reserve0, self.reserve1) if forward else (self.reserve1, self.reserve0)


Look: TypeAlias = "Callable[[bytes, bytes], Pool | None]"
"""The pool of two tokens, in any order; None where there is none."""


def sort_tokens(a: bytes, b: bytes) -> tuple[bytes, bytes]:
    """(token0, token1)."""
    return (a, b) if a < b else (b, a)


@lru_cache(maxsize=4096)
def pair_address(factory: bytes, code_hash: bytes, a: bytes, b: bytes) -> bytes:
    """Where the factory puts the pair of two tokens (CREATE2); `code_hash` as `pairCodeHash()`."""
    salt = keccak(b"".join(sort_tokens(a, b)))
    return keccak(b"\xff" + factory + salt + code_hash)[12:]


def amount_out(amount_in: int, reserve_in: int, reserve_out: int) -> int:
    """What a pair gives for `amount_in`; 0 for an empty pair."""
    if not amount_in or not reserve_in or not reserve_out:
        return 0
    net = amount_in * (1000 - FEE)
    return net * reserve_out // (reserve_in * 1000 + net)


def amount_in(amount_out: int, reserve_in: int, reserve_out: int) -> int | None:
    """The least that buys `amount_out`; None where the pair cannot give so much."""
    if amount_out >= reserve_out:
        return None
    if not amount_out:
        return 0
    return reserve_in * amount_out * 1000 // ((reserve_out - amount_out) * (1000 - FEE)) + 1


def amounts_along(path: Sequence[bytes], amount: int, look: Look) -> list[int]:
    """`amount` and what each pair of the path gives for it in turn, from the reserves as they are;
    0 from a pair that does not exist on.
    """
    amounts = [amount]
    for sell, buy in pairwise(path):
        pool = look(sell, buy)
        reserves = (0, 0) if pool is None else pool.oriented(sell < buy)
        amounts.append(amount_out(amounts[-1], *reserves))
    return amounts


def quote(path: Sequence[bytes], amount: int, look: Look) -> int:
    """What a path gives for `amount`."""
    return amounts_along(path, amount, look)[-1]


def best_path(paths: Sequence[Sequence[bytes]], amount: int, look: Look) -> tuple[int, int]:
    """(index, what it gives) of the path that gives most, the first of equals."""
    quotes = [quote(path, amount, look) for path in paths]
    best = max(quotes)
    return quotes.index(best), best
