"""Makers allow the settlement to move their tokens. It calls itself for what must be undone
together, and its book calls it for each fill: functions that move whatever they are told. Mallory
calls them.

Only the settlement itself, or its book, may; and only the settlement changes the book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eth_utils.address import to_checksum_address

from boomerang.chains.base import Tx
from boomerang.intents.errors import NotPart, NotSettlement
from findings.market import BOOK, Market, weakened
from findings.stage import ALICE, MALLORY

if TYPE_CHECKING:
    from collections.abc import Callable

FOR_ANYBODY = weakened(
    "if (msg.sender != address(this)) revert Settlement_NotPart(msg.sender);",
    "msg.sender;",
    "Fills.sol",
)
LOOT = 10**9


def exchange(market: Market) -> Tx:
    """Alice "buys" one unit of Mallory's for all that she has."""
    names = [to_checksum_address(token) for token in (market.a, market.b)]
    taker = (bytes(32), ALICE, *names, LOOT, 1, LOOT)
    return market.act(MALLORY, "exchange", taker, MALLORY, (1, LOOT, 0), MALLORY)


def pay(market: Market) -> Tx:
    payment = (to_checksum_address(market.a), ALICE, MALLORY, LOOT)
    return market.act(MALLORY, "pay", [payment])


@pytest.mark.parametrize("attack", [exchange, pay])
def test_succeeds_without_the_defence(attack: Callable[[Market], Tx]) -> None:
    market = Market(FOR_ANYBODY)
    market.next(attack(market))
    assert market.gained(market.a, MALLORY) == LOOT


def deliver(market: Market) -> Tx:
    names = [to_checksum_address(token) for token in (market.b, market.a)]
    taker = (bytes(32), MALLORY, *names, LOOT, 1, LOOT)
    return market.act(MALLORY, "deliver", taker, ALICE, (LOOT, 0, 0))


def fill(market: Market) -> Tx:
    names = [to_checksum_address(token) for token in (market.b, market.a)]
    taker = (bytes(32), MALLORY, *names, LOOT, 1, LOOT)
    return market.act(MALLORY, "fill", taker, ALICE, (LOOT, 0, 0), MALLORY)


@pytest.mark.parametrize("attack", [exchange, pay, deliver, fill])
def test_fails_against_the_settlement(attack: Callable[[Market], Tx]) -> None:
    market = Market()
    with pytest.raises(NotPart) as refused:
        market.next(attack(market))
    assert refused.value.caller == MALLORY
    assert market.gained(market.a, ALICE) == 0


def test_the_book_obeys_the_settlement_only() -> None:
    market = Market()
    market.post(market.intent(ALICE, LOOT, market.a, market.swap(market.b, 1)))
    names = [to_checksum_address(token) for token in (market.a, market.b)]
    reverse = (bytes(32), MALLORY, names[1], names[0], LOOT, 1, LOOT)
    calls = {
        "walk": (reverse, 1, MALLORY),
        "insert": (reverse, 2**40, LOOT, 0),
        "unpost": (*names, 1, ALICE),
        "sweepDead": (*names, 1),
    }
    for function, arguments in calls.items():
        data = BOOK.functions[function].encode(*arguments)
        with pytest.raises(NotSettlement):
            market.next(Tx(MALLORY, market.book, data))
    assert market.head(market.a, market.b) == 1
