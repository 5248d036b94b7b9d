"""Nonces are taken from the lowest word that has one left, and never twice."""

from __future__ import annotations

import pytest

from boomerang.errors import InvalidInput
from boomerang.intents.client.nonces import ALL, NonceState, by_word, choose, state_in

OPEN = 128


def test_states_of_a_word() -> None:
    word = 1 << 3 | 1 << (OPEN + 5) | 1 << 7 | 1 << (OPEN + 7)
    found = {nonce: state_in(word, 128 * 9 + nonce) for nonce in (0, 3, 5, 7, 127)}
    assert found == {
        0: NonceState.UNUSED,
        3: NonceState.USED,
        5: NonceState.OPEN,
        7: NonceState.USED,  # filled up, after parts
        127: NonceState.UNUSED,
    }


def test_bits_by_word() -> None:
    assert by_word([0, 127, 128, 130, 2**256 - 1]) == {
        0: 1 | 1 << 127,
        1: 0b101,
        2**249 - 1: 1 << 127,
    }
    for wrong in (-1, 2**256):
        with pytest.raises(InvalidInput, match=f"not {wrong}"):
            by_word([wrong])


def test_the_lowest_word_with_one_left() -> None:
    # Word 0: all used. Word 1: used, open, and to be avoided, but for bit 77.
    words = [ALL, 0b111 | (ALL ^ 0b111 ^ 1 << 77 ^ 1 << 90) << OPEN, 0]
    assert choose(words.__getitem__, avoid=[128 + 90, 5]) == 128 + 77
    assert choose(words.__getitem__, avoid=[128 + 90, 128 + 77]) // 128 == 2


def test_drawn_at_random_in_the_word() -> None:
    drawn = {choose(lambda _: 0) for _ in range(200)}
    assert drawn <= set(range(128))
    assert len(drawn) > 64  # of 200 draws from 128: 101 in the mean, 64 never


def test_no_nonce_left() -> None:
    with pytest.raises(InvalidInput, match="the first 384 nonces are all used"):
        choose(lambda _: ALL, most_words=3)
