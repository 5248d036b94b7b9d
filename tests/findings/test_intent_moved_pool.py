"""Mallory moves a pool's price, has it looked at, and moves it back: in transactions around the
batch in one block, or by routes of his own before and after Alice's in the same batch. A price
guard is true for a moment, and a route is made to pay for the way back.

A pair that was touched in this block leaves price guards undecided; a branch that says `fresh` is
looked at again when it is routed. A pair without reserves has no price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eth_utils.address import to_checksum_address

from boomerang.intents.batch import Route
from boomerang.intents.errors import Undecided
from boomerang.intents.message import Guard, GuardKind
from findings.market import FRESH, Market, pair_of, raw, weakened
from findings.stage import ALICE, MALLORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from findings.variants import Variant

TOUCHED = weakened(
    "if (!answers || touched == uint32(block.timestamp)) return",
    "if (!answers) return",
    "Conditions.sol",
)
STALE = weakened(
    "if (answers && touched == uint32(block.timestamp)) return false;",
    "if (answers && touched == 0) return false;",
    "Pairs.sol",
)
ONCE = weakened("        _requireStillFresh(k, b, branch);\n", "")
RESERVE = 10**12
AMOUNT = 10**9
PUSH = 10**11


def guard_on(market: Market, pair: str) -> Guard:
    """One A costs at least 1.1 B."""
    kind = GuardKind.POOL_AT_LEAST if market.a < market.b else GuardKind.POOL_AT_MOST
    ratio = (11, 10) if market.a < market.b else (10, 11)
    return Guard(kind, raw(pair).rjust(32, b"\0"), ratio[0] << 128 | ratio[1])


def push_and_take(market: Market) -> None:
    """A's price is pushed up in one transaction; Alice sells D, where it is high, in the next."""
    pair = market.pool(market.a, market.b, (RESERVE, RESERVE))
    guard = guard_on(market, pair)
    hers = market.intent(ALICE, AMOUNT, market.d, market.swap(market.a, AMOUNT, guard))
    his = market.intent(MALLORY, AMOUNT, market.a, market.swap(market.d, AMOUNT))
    push = market.push_pool(pair, market.b, PUSH, 9 * 10**10)
    orders = [market.order(hers), market.order(his)]
    market.next(*push, market.settling(MALLORY, orders, pair_of((0, AMOUNT), (1, AMOUNT))))


def test_a_price_of_one_block_succeeds_without_the_defence() -> None:
    market = Market(TOUCHED)
    push_and_take(market)
    assert market.gained(market.d, ALICE) == -AMOUNT


def test_a_price_of_one_block_fails_against_the_settlement() -> None:
    with pytest.raises(Undecided) as refused:
        push_and_take(Market())
    assert (refused.value.order, refused.value.guard) == (0, 0)


def test_a_pair_without_reserves_has_no_price() -> None:
    """Both guards would hold: nothing is at least, and at most, nothing."""
    market = Market()
    names = (to_checksum_address(market.a), to_checksum_address(market.b))
    pair = market.factory.create_pair(*names, sender=MALLORY).address
    hers = market.intent(
        ALICE, AMOUNT, market.d, market.swap(market.a, AMOUNT, guard_on(market, pair))
    )
    his = market.intent(MALLORY, AMOUNT, market.a, market.swap(market.d, AMOUNT))
    orders = [market.order(hers), market.order(his)]
    with pytest.raises(Undecided):
        market.settle(MALLORY, orders, pair_of((0, AMOUNT), (1, AMOUNT)))


def fresh(market: Market, *path: bytes) -> tuple[str, Route]:
    return market.pool(path[0], path[1], (RESERVE, RESERVE)), Route(0, 0)


def around_the_batch(market: Market) -> None:
    """Pushed in a transaction before."""
    pair, route = fresh(market, market.a, market.b)
    branch = market.route(AMOUNT // 2, market.a, market.b, guards=(FRESH,))
    order = market.order(market.intent(ALICE, AMOUNT, market.a, branch))
    push = market.push_pool(pair, market.a, PUSH, 9 * 10**10)
    market.next(*push, market.settling(MALLORY, [order], route))


def inside_the_batch(market: Market) -> None:
    """Pushed by a route of Mallory's in front, and taken back by one behind."""
    fresh(market, market.a, market.b)
    hers = market.route(AMOUNT // 2, market.a, market.b, guards=(FRESH,))
    push = market.intent(MALLORY, PUSH, market.a, market.route(1, market.a, market.b))
    back = market.intent(
        MALLORY, 9 * 10**10, market.b, market.route(1, market.b, market.a), nonce=1
    )
    alices = market.intent(ALICE, AMOUNT, market.a, hers)
    orders = [market.order(intent) for intent in (alices, push, back)]
    market.settle(MALLORY, orders, Route(1, 0), Route(0, 0), Route(2, 0))


ATTACKS = [(around_the_batch, STALE), (inside_the_batch, ONCE)]


@pytest.mark.parametrize(("attack", "variant"), ATTACKS)
def test_a_moved_route_succeeds_without_the_defence(
    attack: Callable[[Market], None], variant: Variant
) -> None:
    market = Market(variant)
    attack(market)
    assert market.gained(market.b, ALICE) < AMOUNT * 9 // 10


@pytest.mark.parametrize("attack", [attack for attack, _ in ATTACKS])
def test_a_moved_route_fails_against_the_settlement(attack: Callable[[Market], None]) -> None:
    market = Market()
    with pytest.raises(Undecided):
        attack(market)


def test_a_push_behind_it_finds_nothing_to_take() -> None:
    """Alice first, in the same block: she has the price that stood before."""
    market = Market()
    pair, route = fresh(market, market.a, market.b)
    branch = market.route(AMOUNT // 2, market.a, market.b, guards=(FRESH,))
    order = market.order(market.intent(ALICE, AMOUNT, market.a, branch))
    push = market.push_pool(pair, market.a, PUSH, 9 * 10**10)
    market.next(market.settling(MALLORY, [order], route), *push)
    assert market.gained(market.b, ALICE) > AMOUNT * 99 // 100
