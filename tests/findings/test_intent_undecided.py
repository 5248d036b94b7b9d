"""Alice sells to whoever keeps a promise, and otherwise cheaply: `if kept(c) …; else …`. Mallory
takes the else-branch before the commitment is resolved, when it is not kept yet; or the first one,
while it may still be revealed as reverted.

What is undecided holds both up: its branch and all behind it.
"""

from __future__ import annotations

import pytest

from boomerang.intents.batch import cycle
from boomerang.intents.errors import GuardFails, Undecided
from boomerang.intents.message import Guard, GuardKind
from findings.market import Market, weakened
from findings.stage import ALICE, BOB, FREEZE, KEEP, MALLORY, REVERT, Commitment

IMPATIENT = weakened(
    "if (truth == Truth.Undecided) revert Settlement_Undecided(k, i, guard);", "guard;"
)
AMOUNT = 1000


def promise(market: Market) -> Commitment:
    """Bob's, sealed."""
    c = market.commitment(BOB)
    second = market.second + 1
    market.at(second, market.publish(c))
    market.at(second + FREEZE - 10, market.seal(c, KEEP))
    return c


def take(market: Market, c: Commitment, branch: int) -> None:
    """Alice's dear branch is the first, for Bob if he kept; the cheap one is the other."""
    kept = Guard(GuardKind.KEPT, market.id(c).ljust(32, b"\0"))
    branches = (market.swap(market.b, AMOUNT, kept), market.swap(market.b, AMOUNT // 2))
    hers = market.intent(ALICE, AMOUNT, market.a, *branches)
    price = (AMOUNT, AMOUNT // 2)[branch]
    his = market.intent(MALLORY, price, market.b, market.swap(market.a, AMOUNT))
    orders = [market.order(hers, given=branch + 1), market.order(his)]
    market.settle(MALLORY, orders, cycle((0, branch, AMOUNT), (1, 0, price)))


def too_soon(market: Market) -> None:
    take(market, promise(market), 1)


def test_succeeds_without_the_defence() -> None:
    market = Market(IMPATIENT)
    too_soon(market)
    assert market.gained(market.b, ALICE) == AMOUNT // 2


@pytest.mark.parametrize("branch", [0, 1])
def test_fails_against_the_settlement(branch: int) -> None:
    market = Market()
    c = promise(market)
    with pytest.raises(Undecided):
        take(market, c, branch)


def test_an_unknown_commitment_is_undecided() -> None:
    market = Market()
    with pytest.raises(Undecided):
        take(market, market.commitment(BOB), 1)


@pytest.mark.parametrize("kept", [True, False])
def test_once_it_is_resolved_exactly_one_branch_can_be_taken(kept: bool) -> None:
    market = Market()
    c = market.commitment(BOB)
    second = market.second + 1
    decision = KEEP if kept else REVERT
    market.at(second, market.publish(c))
    market.at(second + FREEZE - 10, market.seal(c, decision))
    market.at(second + FREEZE, market.open(c, decision))
    with pytest.raises(Exception, match="branch 0") as refused:
        take(market, c, 1 if kept else 0)
    assert isinstance(refused.value, GuardFails) != kept
    take(market, c, 0 if kept else 1)
    assert market.gained(market.a, ALICE) == -AMOUNT
