"""Whoever settles chooses the gas. With just too little of it, a transfer of an honest entry fails,
the entry looks dead, and is evicted: then the else-branch may run.

Before a failure counts against an entry, there must be enough gas left for both its transfers.
"""

from __future__ import annotations

from boomerang.errors import ChainError
from boomerang.intents.batch import Sweep, cycle
from boomerang.intents.errors import TooLittleGas
from findings.market import EXISTS, decode_error, weakened
from findings.stage import ALICE, BOB, MALLORY
from findings.test_intent_refused_transfer import Hooked

NOT_COUNTING = weakened(
    "if (gasleft() < NEEDED_GAS) revert Settlement_TooLittleGas(gasleft(), NEEDED_GAS);",
    "NEEDED_GAS;",
    "Fills.sol",
)
AMOUNT = 10**9
NEEDS = 120_000
"""Of a transfer: a token that is dear, but within what a transfer is given."""

MOVES = (cycle((0, 1, 10), (1, 0, 10)), Sweep(0, 0, pops=1))
"""Ten units by the else-branch, to Mallory, and a walk that ends with the only entry."""


def starve(market: Hooked) -> tuple[int, list[ChainError]]:
    """Every amount of gas is tried; by how many the entry was evicted, and what else was said."""
    market.next(market.told(market.y, "setNeeds", NEEDS))
    market.entry(BOB)
    seeking = market.intent(
        ALICE,
        AMOUNT,
        market.x,
        market.swap(market.y, AMOUNT, EXISTS),
        market.swap(market.d, AMOUNT),
    )
    bad = market.intent(MALLORY, 10, market.d, market.swap(market.x, 10))
    orders = [market.order(seeking), market.order(bad)]
    evicted = 0
    refusals: list[ChainError] = []
    for gas in range(300_000, 1_000_000, 10_000):
        before = market.chain.snapshot()
        tx = market.settling(MALLORY, orders, *MOVES, gas=gas)
        [receipt] = market.attempt(market.second + 1, tx)
        if receipt.ok:
            evicted += market.head(market.y, market.x) == 0 and market.gained(market.x, BOB) == 0
        elif receipt.output:
            refusals.append(decode_error(receipt.output))
        market.chain.restore(before)
    return evicted, refusals


def test_succeeds_without_the_defence() -> None:
    evicted, _ = starve(Hooked(NOT_COUNTING))
    assert evicted > 0


def test_fails_against_the_settlement() -> None:
    evicted, refusals = starve(Hooked())
    assert evicted == 0
    assert any(isinstance(error, TooLittleGas) for error in refusals)
