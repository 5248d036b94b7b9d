"""Mallory pays with a token of which less arrives than was sent, or nothing, whatever it answers.
Who trusts its answer gives good tokens for it, below the limit that was signed.

Every transfer is measured: the receiver has exactly the amount more, or the batch is refused by
name; no batch, sweep or route goes on with less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.intents.batch import Route, Sweep
from boomerang.intents.errors import TokenTakesFee, TransferFailed
from findings.market import EXISTS, Market, pair_of, raw, weakened
from findings.stage import ALICE, BOB, CAROL, MALLORY
from findings.test_intent_refused_transfer import Hooked

if TYPE_CHECKING:
    from collections.abc import Callable

TRUSTING = weakened(
    "if (held - before != amount) {",
    "if (held - before != amount && token == address(0)) {",
    "Transfers.sol",
)
FEE, RETURNS_NOTHING, RETURNS_FALSE, LIES, RETURNS_TWO, RETURNS_LITTLE = range(1, 7)
AMOUNT = 10**9


def by_cycle(market: Hooked, manner: int) -> None:
    """Mallory's token for Alice's."""
    mine = market.intent(MALLORY, AMOUNT, market.x, market.swap(market.a, AMOUNT))
    hers = market.intent(ALICE, AMOUNT, market.a, market.swap(market.x, AMOUNT))
    market.next(market.told(market.x, "become", manner))
    orders = [market.order(mine), market.order(hers)]
    market.settle(MALLORY, orders, pair_of((0, AMOUNT), (1, AMOUNT)))


def by_posting(market: Hooked, manner: int) -> None:
    """Mallory takes Alice's entry with it."""
    market.post(market.intent(ALICE, AMOUNT, market.a, market.swap(market.x, AMOUNT)))
    market.next(market.told(market.x, "become", manner))
    mine = market.intent(MALLORY, AMOUNT, market.x, market.swap(market.a, AMOUNT, EXISTS))
    market.settle(MALLORY, [market.order(mine)], Sweep(0, 0))


ATTACKS = [by_cycle, by_posting]


@pytest.mark.parametrize("manner", [FEE, LIES])
@pytest.mark.parametrize("attack", ATTACKS)
def test_succeeds_without_the_defence(attack: Callable[[Hooked, int], None], manner: int) -> None:
    market = Hooked(TRUSTING)
    attack(market, manner)
    assert market.gained(market.a, ALICE) == -AMOUNT
    assert market.gained(market.x, ALICE) < AMOUNT


@pytest.mark.parametrize("manner", [FEE, LIES])
@pytest.mark.parametrize("attack", ATTACKS)
def test_fails_against_the_settlement(attack: Callable[[Hooked, int], None], manner: int) -> None:
    market = Hooked()
    with pytest.raises(TokenTakesFee) as refused:
        attack(market, manner)
    lost = AMOUNT if manner == LIES else AMOUNT // 100 + 1
    assert raw(refused.value.token) == market.x
    assert (refused.value.sent, refused.value.received) == (AMOUNT, AMOUNT - lost)


@pytest.mark.parametrize("manner", [RETURNS_FALSE, RETURNS_TWO, RETURNS_LITTLE])
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_answer_that_is_no_yes_is_refused(
    attack: Callable[[Hooked, int], None], manner: int
) -> None:
    with pytest.raises(TransferFailed):
        attack(Hooked(), manner)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_answer_is_a_yes(attack: Callable[[Hooked, int], None]) -> None:
    market = Hooked()
    attack(market, RETURNS_NOTHING)
    assert market.gained(market.x, ALICE) == AMOUNT


def test_no_code_is_no_token() -> None:
    market = Market()
    nothing = bytes(range(20))
    mine = market.intent(MALLORY, AMOUNT, nothing, market.swap(market.a, AMOUNT))
    hers = market.intent(ALICE, AMOUNT, market.a, market.swap(nothing, AMOUNT))
    orders = [market.order(mine), market.order(hers)]
    with pytest.raises(TransferFailed) as refused:
        market.settle(MALLORY, orders, pair_of((0, AMOUNT), (1, AMOUNT)))
    assert raw(refused.value.token) == nothing


def test_an_entry_that_sells_it_is_evicted_and_a_taker_does_not_pay() -> None:
    """What the entry owes does not arrive: that is the entry's fault."""
    market = Hooked()
    market.post(market.intent(MALLORY, AMOUNT, market.x, market.swap(market.a, AMOUNT)))
    market.pool(market.a, market.d, (10**15, 10**15))
    market.next(market.told(market.x, "become", FEE))
    branches = (
        market.swap(market.x, AMOUNT, EXISTS),
        market.route(AMOUNT // 2, market.a, market.d),
    )
    order = market.order(market.intent(ALICE, AMOUNT, market.a, *branches))
    market.settle(CAROL, [order], Sweep(0, 0), Route(0, 1))
    assert market.head(market.x, market.a) == 0
    assert market.gained(market.a, MALLORY) == market.gained(market.x, ALICE) == 0


@pytest.mark.parametrize("sold", [True, False])
def test_routes_refuse_it_too(sold: bool) -> None:
    """On its way into the pair, or out of it."""
    market = Hooked()
    path = (market.x, market.d) if sold else (market.d, market.x)
    market.next(market.told(market.x, "become", FEE))
    order = market.order(market.intent(BOB, AMOUNT, path[0], market.route(1, *path)))
    with pytest.raises(TokenTakesFee) as refused:
        market.settle(MALLORY, [order], Route(0, 0))
    assert raw(refused.value.token) == market.x
