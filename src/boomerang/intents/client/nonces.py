"""Nonces: bits in words of 128, which a maker uses up in any order.

A word that was used before is cheaper to write than a new one, so nonces are taken from the lowest
word that has one left. Which one is drawn at random: two intents that are signed at the same time,
by two programs of one maker, then hardly ever share a nonce.
"""

from __future__ import annotations

import secrets
from enum import Enum
from typing import TYPE_CHECKING, Final

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

WORD_SIZE: Final = 128
MAX_NONCE: Final = 2**256 - 1
ALL: Final = 2**WORD_SIZE - 1


class NonceState(Enum):
    """What a nonce may still be used for."""

    UNUSED = "unused"
    OPEN = "open"
    """An intent in parts was filled in part: only that intent may go on."""
    USED = "used"
    """Used or cancelled: nothing with it will ever be filled."""


def state_in(word: int, nonce: int) -> NonceState:
    """The state of a nonce by the word that `nonces` answers."""
    bit = nonce % WORD_SIZE
    if word >> bit & 1:
        return NonceState.USED
    return NonceState.OPEN if word >> (WORD_SIZE + bit) & 1 else NonceState.UNUSED


def by_word(nonces: Iterable[int]) -> dict[int, int]:
    """Words, and the bits of the nonces in them."""
    words: dict[int, int] = {}
    for nonce in nonces:
        if not 0 <= nonce <= MAX_NONCE:
            raise InvalidInput(f"a nonce is a number from 0 to 2**256 - 1, not {nonce}")
        word, bit = divmod(nonce, WORD_SIZE)
        words[word] = words.get(word, 0) | 1 << bit
    return dict(sorted(words.items()))


def choose(read: Callable[[int], int], avoid: Collection[int] = (), most_words: int = 1024) -> int:
    """A nonce that is free on chain, by the words that `read` answers, and not among those to
    avoid: intents that were signed and not filled yet, which no chain knows. Raises InvalidInput
    where so many words are full.
    """
    taken = by_word(avoid)
    for word in range(most_words):
        held = read(word)
        full = (held | held >> WORD_SIZE) & ALL | taken.get(word, 0)
        free = [bit for bit in range(WORD_SIZE) if not full >> bit & 1]
        if free:
            return WORD_SIZE * word + secrets.choice(free)
    raise InvalidInput(f"the first {most_words * WORD_SIZE} nonces are all used")


__all__ = ["ALL", "WORD_SIZE", "NonceState", "by_word", "choose", "state_in"]
