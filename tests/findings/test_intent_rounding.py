"""A maker is filled one unit at a time, thousands of times, and each time something is lost in the
rounding; or what is left of an entry is so little that no whole number lies between the two limits,
and it stands in the way for ever.

What a fill brings is rounded for the maker whose limit it is; where no whole number suits both, the
caller pays the one unit that is missing.
"""

from __future__ import annotations

import pytest

from boomerang.intents.batch import Route, Sweep
from boomerang.intents.prices import required
from findings.market import EXISTS, RICH, Market, weakened
from findings.stage import ALICE, BOB, CAROL, MALLORY

FLOORED = weakened(
    "low = Math.ceilDiv(fill.bought * entryLeast, entryAmount);",
    "low = (fill.bought * entryLeast) / entryAmount;",
    "Prices.sol",
)
BATCHES, EACH = 10, 200


def grind(market: Market) -> tuple[int, int]:
    """Bob sells B at 1.5 A each; Alice pays up to 1.9, and is swept with a unit at a time. What
    Bob received, and what he must have.
    """
    amount = 10**9
    market.post(market.intent(BOB, amount, market.b, market.swap(market.a, 3 * amount // 2)))
    limit = market.swap(market.b, 10 * amount // 19, EXISTS)
    order = market.order(market.intent(ALICE, amount, market.a, limit))
    sweeps = [Sweep(0, 0, amount=1, pops=1)] * EACH
    for _ in range(BATCHES):
        market.settle(MALLORY, [order], *sweeps)
    sold = -market.gained(market.b, BOB)
    bought, spent = market.gained(market.b, ALICE), -market.gained(market.a, ALICE)
    assert (sold, spent) == (bought, BATCHES * EACH)
    assert bought >= required(spent, 10 * amount // 19, amount)
    return market.gained(market.a, BOB), required(sold, 3 * amount // 2, amount)


def test_succeeds_without_the_defence() -> None:
    received, wanted = grind(Market(FLOORED))
    assert received < wanted


def test_fails_against_the_settlement() -> None:
    market = Market()
    received, wanted = grind(market)
    assert received >= wanted
    assert market.gained(market.a, MALLORY) == -BATCHES * EACH  # it is Mallory's own money


def test_an_entry_between_two_whole_numbers_does_not_stand_in_the_way() -> None:
    """One unit of B for 1.2 A, where Alice pays up to 1.4: she pays one, the caller the other."""
    market = Market()
    market.pool(market.a, market.d, (10**12, 10**12))
    market.post(market.intent(BOB, 5, market.b, market.swap(market.a, 6)))
    market.next(market.on_token(market.b, BOB, "transfer", MALLORY, RICH - 1))
    branches = (market.swap(market.b, 500, EXISTS), market.route(1, market.a, market.d))
    order = market.order(market.intent(ALICE, 700, market.a, *branches))
    market.settle(CAROL, [order], Sweep(0, 0), Route(0, 1))
    assert market.head(market.b, market.a) == 0
    assert market.gained(market.a, BOB) == 2
    assert market.gained(market.a, CAROL) == -1
    assert market.gained(market.b, ALICE) == 1


@pytest.mark.parametrize("units", [10**22, 10**30])
def test_a_limit_of_next_to_nothing_is_served(units: int) -> None:
    """Alice asks for one unit at least; an entry asks for as much as fits, of what she pays. Their
    product is more than a word: that the walk broke on it would hold up her else-branch for ever.
    """
    market = Market()
    market.pool(market.a, market.d, (10**30, 10**30))
    most = 2**112 - 1
    market.post(market.intent(MALLORY, units, market.b, market.swap(market.a, most)))
    branches = (market.swap(market.b, 1, EXISTS), market.route(1, market.a, market.d))
    order = market.order(market.intent(ALICE, 10**27, market.a, *branches))
    market.settle(CAROL, [order], Sweep(0, 0))
    assert market.gained(market.b, ALICE) >= 1
