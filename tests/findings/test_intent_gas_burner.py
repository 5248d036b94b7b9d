"""Mallory's account burns all gas when it is paid. A solver that does not trust it marks its cycle
skippable; if that cycle gets all the gas there is, a 64th of it is left, and the batch fails all
the same, at the solver's cost.

The transfers of a skippable cycle have 250,000 gas each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.intents.batch import Leg, Order, cycle
from findings.market import weakened
from findings.stage import ALICE, BOB, MALLORY
from findings.test_intent_refused_transfer import BURNS, Hooked

if TYPE_CHECKING:
    from boomerang.chains.base import Receipt

UNBOUNDED = weakened("this.pay{gas: payments.length * SKIPPABLE_GAS}(", "this.pay(")
AMOUNT = 1000
GAS = 2**24
"""The most that a transaction may have."""
EACH = 250_000


def batch(market: Hooked, burners: int) -> Receipt:
    """So many cycles with the burner, then an honest one."""
    market.next(market.becomes(BURNS))
    orders: list[Order] = []
    cycles: list[tuple[Leg, ...]] = []
    for nonce in range(burners):
        his = market.intent(
            market.wallet, AMOUNT, market.a, market.swap(market.x, AMOUNT), nonce=nonce
        )
        other = market.intent(BOB, AMOUNT, market.x, market.swap(market.a, AMOUNT), nonce=nonce)
        at = len(orders)
        orders += [Order.of(his, b"any"), market.order(other)]
        cycles.append(cycle((at, 0, AMOUNT), (at + 1, 0, AMOUNT), skippable=True))
    at = len(orders)
    one = market.intent(ALICE, AMOUNT, market.a, market.swap(market.b, AMOUNT))
    other = market.intent(BOB, AMOUNT, market.b, market.swap(market.a, AMOUNT), nonce=99)
    orders += [market.order(one), market.order(other)]
    cycles.append(cycle((at, 0, AMOUNT), (at + 1, 0, AMOUNT)))
    return market.attempt(market.second + 1, market.settling(MALLORY, orders, *cycles, gas=GAS))[0]


def test_succeeds_without_the_defence() -> None:
    market = Hooked(UNBOUNDED)
    receipt = batch(market, 3)
    assert not receipt.ok
    assert receipt.gas_used > GAS * 9 // 10
    assert market.gained(market.b, ALICE) == 0


def test_fails_against_the_settlement() -> None:
    market = Hooked()
    receipt = batch(market, 3)
    assert receipt.ok
    assert market.gained(market.b, ALICE) == AMOUNT
    assert receipt.gas_used < 3 * 2 * EACH + 500_000
    assert market.ask("nonces", market.wallet, 0) == 0  # skipped: nothing of it happened
