"""Mallory is his own match: `exists` should say that somebody else was there, and an entry of his
own should not hold up, or fill, his own program. (Two accounts of one person are two signers:
nothing can tell.)

No signer stands twice in a cycle; one's own entry is taken out of the book as it is met.
"""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address

from boomerang.intents.batch import Leg, Route, Sweep, cycle
from boomerang.intents.errors import MatchStands, SameSigner
from findings.market import EXISTS, Market, pair_of, weakened
from findings.stage import ALICE, BOB, MALLORY

ALONE = weakened(
    "if (orders[legs[j].order()].maker == maker) revert Settlement_SameSigner(i, maker);", "maker;"
)
AMOUNT = 1000


def ring(market: Market) -> None:
    """A ring of four in which every second one is Mallory: two pairs that pass for one ring."""
    fourth = market.token()
    intents = [
        market.intent(MALLORY, AMOUNT, market.a, market.swap(fourth, AMOUNT, EXISTS)),
        market.intent(ALICE, AMOUNT, market.b, market.swap(market.a, AMOUNT)),
        market.intent(MALLORY, AMOUNT, market.d, market.swap(market.b, AMOUNT), nonce=1),
        market.intent(BOB, AMOUNT, fourth, market.swap(market.d, AMOUNT)),
    ]
    trades = cycle(*((i, 0, AMOUNT) for i in range(4)))
    market.settle(MALLORY, [market.order(intent) for intent in intents], trades)


def test_a_ring_succeeds_without_the_defence() -> None:
    market = Market(ALONE)
    ring(market)
    assert market.gained(market.b, MALLORY) == AMOUNT


def test_a_ring_fails_against_the_settlement() -> None:
    with pytest.raises(SameSigner) as refused:
        ring(Market())
    assert refused.value.maker == MALLORY


def test_a_pair_or_a_cycle_of_one_fails() -> None:
    market = Market()
    one = market.intent(MALLORY, AMOUNT, market.a, market.swap(market.b, AMOUNT))
    other = market.intent(MALLORY, AMOUNT, market.b, market.swap(market.a, AMOUNT), nonce=1)
    orders = [market.order(one), market.order(other)]
    for trades in (pair_of((0, AMOUNT), (1, AMOUNT)), (Leg(0, 0, AMOUNT, last=True),)):
        with pytest.raises(SameSigner):
            market.settle(MALLORY, orders, trades)


def test_own_entries_neither_fill_nor_hold_up() -> None:
    """They are met, and are gone; the one behind them is a match."""
    market = Market()
    market.pool(market.a, market.b, (10**9, 10**9))
    for nonce in range(2):
        swap = market.swap(market.a, AMOUNT - 100)
        market.post(market.intent(MALLORY, AMOUNT, market.b, swap, nonce=nonce))
    branches = (market.swap(market.b, AMOUNT, EXISTS), market.route(1, market.a, market.b))
    order = market.order(market.intent(MALLORY, AMOUNT, market.a, *branches, nonce=9))
    with pytest.raises(MatchStands):
        market.settle(MALLORY, [order], Route(0, 1))
    market.post(market.intent(BOB, 10, market.b, market.swap(market.a, 10)))
    market.settle(MALLORY, [order], Sweep(0, 0), Route(0, 1))
    assert market.head(market.b, market.a) == 0
    assert market.gained(market.a, BOB) == 10
    assert market.gained(market.a, MALLORY) == -AMOUNT


def test_nobody_posts_anothers_program() -> None:
    """So that a cancellation in time is one: what is posted has no nonce any more."""
    market = Market()
    order = market.order(market.intent(ALICE, AMOUNT, market.a, market.swap(market.b, AMOUNT)))
    with pytest.raises(Exception, match="maker"):
        market.next(market.posting(MALLORY, order))
    names = [to_checksum_address(token) for token in (market.a, market.b)]
    market.next(market.posting(ALICE, order))
    with pytest.raises(Exception, match="not of"):
        market.next(market.act(MALLORY, "unpost", *names, 1))
