"""Alice sells A for B to whoever gives her limit, and only where nobody does, through a pool.
Mallory settles her, and would rather have her in the pool (where he stands around her). A whale's
entry is in the book, which he must not pass: he forgets it, hides it behind dust that he sweeps,
pops too few entries, or sweeps one unit of it.

After a batch in which units were taken by a branch behind `exists`, the head of the list is absent
or strictly worse: what the solver says does not matter, and the cost does not depend on the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.intents.batch import Route, Sweep
from boomerang.intents.errors import MatchStands
from boomerang.intents.message import Intent
from findings.market import EXISTS, Market, weakened
from findings.stage import ALICE, BOB, CAROL, MALLORY

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_LOOKING = weakened("if (number != 0) revert Settlement_MatchStands(k, i, number);", "number;")
AMOUNT = 10**9
DUST_GAS = 60_000
"""What an entry in the way costs at most, beside what is bought from it."""


def alices(market: Market) -> Intent:
    market.pool(market.a, market.b, (10**12, 10**12))
    return market.intent(
        ALICE,
        AMOUNT,
        market.a,
        market.swap(market.b, AMOUNT, EXISTS),
        market.route(AMOUNT // 2, market.a, market.b),
    )


def whale(market: Market, nonce: int = 0) -> int:
    """Ten times what Alice wants, at exactly her limit."""
    swap = market.swap(market.a, 10 * AMOUNT)
    return market.post(market.intent(BOB, 10 * AMOUNT, market.b, swap, nonce=nonce))


def dust(market: Market, count: int) -> None:
    """At a better rate, so that it stands in front."""
    for nonce in range(count):
        swap = market.swap(market.a, 9)
        market.post(market.intent(CAROL, 10, market.b, swap, nonce=nonce))


def forgets(market: Market) -> None:
    order = market.order(alices(market))
    whale(market)
    market.settle(MALLORY, [order], Route(0, 1))


def hides(market: Market) -> None:
    """Sweeps what stands in front, and says that this was all."""
    order = market.order(alices(market))
    whale(market)
    dust(market, 3)
    market.settle(MALLORY, [order], Sweep(0, 0, pops=3), Route(0, 1))


def nibbles(market: Market) -> None:
    """One unit of the whale, the rest to the pool."""
    order = market.order(alices(market))
    whale(market)
    market.settle(MALLORY, [order], Sweep(0, 0, amount=1), Route(0, 1))


ATTACKS = [forgets, hides, nibbles]


@pytest.mark.parametrize("attack", ATTACKS)
def test_succeeds_without_the_defence(attack: Callable[[Market], None]) -> None:
    market = Market(NOT_LOOKING)
    attack(market)
    assert market.gained(market.b, ALICE) < AMOUNT
    assert market.head(market.b, market.a) == 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_fails_against_the_settlement(attack: Callable[[Market], None]) -> None:
    market = Market()
    with pytest.raises(MatchStands) as refused:
        attack(market)
    assert (refused.value.branch, refused.value.number) == (0, 1)


def test_one_unit_worse_is_no_match() -> None:
    market = Market()
    order = market.order(alices(market))
    swap = market.swap(market.a, 10 * AMOUNT + 1)
    market.post(market.intent(BOB, 10 * AMOUNT, market.b, swap))
    market.settle(MALLORY, [order], Route(0, 1))
    assert market.gained(market.b, ALICE) > AMOUNT // 2


def test_dust_before_the_whale_costs_a_bounded_price() -> None:
    """Swept with the whale behind it, at so much for each."""
    used = []
    for count in (1, 21):
        market = Market()
        order = market.order(alices(market))
        whale(market)
        dust(market, count)
        receipt = market.settle(MALLORY, [order], Sweep(0, 0))
        assert market.head(market.b, market.a) == 1
        used.append(receipt.gas_used)
    assert (used[1] - used[0]) / 20 < DUST_GAS


def test_a_dead_head_does_not_hold_the_branch_up() -> None:
    """A stale entry forbids it until it is popped, by the same batch."""
    market = Market()
    order = market.order(alices(market))
    whale(market)
    market.next(market.on_token(market.b, BOB, "approve", market.settlement, 0))
    with pytest.raises(MatchStands):
        market.settle(MALLORY, [order], Route(0, 1))
    market.settle(MALLORY, [order], Sweep(0, 0), Route(0, 1))
    assert market.head(market.b, market.a) == 0
