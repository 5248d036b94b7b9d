"""Alice pays Carol a share of what she gains if Carol leaves the pool to her. Each would rather
have it without the other's part: a payer routes next to nothing, or nothing, under the guard while
its trade goes by another order; a mover is paid twice, stays on the payer's way, or is not there; a
solver sets the pool before the payer's route, so that there is something to share, or nothing.

Both are routed in the same batch, once, from pairs that nobody has touched in this block; the
payer's route is all of its order, and brings the baseline. What is paid is bounded by what was
signed.
"""

from __future__ import annotations

import pytest
from eth_utils.address import to_canonical_address

from boomerang.errors import ChainError
from boomerang.intents.batch import Order, Route
from boomerang.intents.errors import BelowLimit, NoPartner, OutOfRange, Undecided
from boomerang.intents.message import Guard, GuardKind
from findings.market import Market, weakened
from findings.stage import ALICE, BOB, CAROL, MALLORY
from findings.variants import Variant

ANY_TRADE = weakened(
    "if (received < baseline) revert Settlement_BelowLimit(k, b, received, baseline);", ""
)
ANY_TOKEN = weakened("if (other.branches[b].buy != buy) return false;", "buy;", "Shares.sol")
RESERVE = 10**12
UNITS = 10**11
BPS = 5000
BASELINE = 8 * 10**10
"""Of B, for Alice's units: what she would have with both on her way is 83 * 10**9."""
MOST = 10**9


def guard(kind: GuardKind, who: str) -> Guard:
    subject = BPS.to_bytes(12, "big") + to_canonical_address(who)
    return Guard(kind, subject, BASELINE << 112 | MOST)


class Road(Market):
    """A direct pool of A and B, and a way round by D."""

    def __init__(self, variant: Variant | None = None) -> None:
        super().__init__(variant)
        for pair in ((self.a, self.b), (self.a, self.d), (self.d, self.b)):
            self.pool(*pair, (RESERVE, RESERVE))

    def payer(self, units: int = UNITS, whole: bool = True, nonce: int = 0) -> Order:
        guards = (guard(GuardKind.PAYS, CAROL),)
        branch = self.route(1, self.a, self.b, guards=guards)
        return self.order(self.intent(ALICE, units, self.a, branch, whole=whole, nonce=nonce))

    def mover(self, *path: bytes, nonce: int = 0) -> Order:
        guards = (guard(GuardKind.PAID, ALICE),)
        branch = self.route(1, *(path or (self.a, self.d, self.b)), guards=guards)
        return self.order(self.intent(CAROL, UNITS, self.a, branch, nonce=nonce))


BOTH = (Route(0, 0, UNITS), Route(1, 0, UNITS))


def carols(market: Road) -> int:
    """What Carol was paid beside what her own route brings."""
    alone = Road()
    branch = alone.route(1, alone.a, alone.d, alone.b)
    order = alone.order(alone.intent(CAROL, UNITS, alone.a, branch))
    alone.settle(MALLORY, [order], Route(0, 0))
    return market.gained(market.b, CAROL) - alone.gained(alone.b, CAROL)


def test_what_is_paid_is_the_share_and_stays_above_the_baseline() -> None:
    market = Road()
    market.settle(MALLORY, [market.payer(), market.mover()], *BOTH)
    paid = carols(market)
    assert 0 < paid <= MOST
    assert market.gained(market.b, ALICE) >= BASELINE
    assert market.held(market.b, market.settlement) == 0


def for_a_trifle(market: Road) -> None:
    """Alice routes next to nothing under her promise, and the rest, by another order, before it."""
    branch = market.route(1, market.a, market.b)
    rest = market.order(market.intent(ALICE, UNITS, market.a, branch, nonce=1))
    orders = [market.payer(10), market.mover(), rest]
    market.settle(MALLORY, orders, Route(0, 0, 10), Route(1, 0, UNITS), Route(2, 0))


def test_a_trifle_succeeds_without_the_defence() -> None:
    market = Road(ANY_TRADE)
    for_a_trifle(market)
    assert market.gained(market.a, CAROL) == -UNITS
    assert carols(market) == 0


def test_a_trifle_fails_against_the_settlement() -> None:
    with pytest.raises(BelowLimit) as refused:
        for_a_trifle(Road())
    assert refused.value.required == BASELINE


def test_a_part_of_the_payers_order_fails() -> None:
    market = Road()
    orders = [market.payer(whole=False), market.mover()]
    with pytest.raises(OutOfRange):
        market.settle(MALLORY, orders, Route(0, 0, UNITS - 1), Route(1, 0, UNITS))


def in_another_token(market: Road) -> None:
    """Carol's mirror buys D: the numbers that both signed are of another token to her, and she does
    not leave Alice's way to B.
    """
    orders = [market.payer(), market.mover(market.a, market.d)]
    market.settle(MALLORY, orders, *BOTH)


def test_another_token_succeeds_without_the_defence() -> None:
    market = Road(ANY_TOKEN)
    in_another_token(market)
    assert market.gained(market.b, CAROL) > 0


def test_another_token_fails_against_the_settlement() -> None:
    with pytest.raises(NoPartner):
        in_another_token(Road())


def test_without_its_partner_neither_is_routed() -> None:
    market = Road()
    with pytest.raises(NoPartner):
        market.settle(MALLORY, [market.payer()], Route(0, 0, UNITS))
    with pytest.raises(NoPartner):
        market.settle(MALLORY, [market.mover()], Route(0, 0, UNITS))
    with pytest.raises(ChainError):  # there, and not routed
        market.settle(MALLORY, [market.payer(), market.mover()], Route(0, 0, UNITS))


@pytest.mark.parametrize("again", [0, 1])
def test_routed_twice_fails(again: int) -> None:
    market = Road()
    orders = [market.payer(whole=False), market.mover()]
    half = UNITS // 2
    moves = [Route(again, 0, half), Route(again, 0, half), Route(1 - again, 0, UNITS)]
    with pytest.raises(OutOfRange):
        market.settle(MALLORY, orders, *moves)


def test_a_mover_that_stays_in_the_way_fails() -> None:
    """Whoever of them is second finds the pair touched."""
    market = Road()
    with pytest.raises(Undecided):
        market.settle(MALLORY, [market.payer(), market.mover(market.a, market.b)], *BOTH)


@pytest.mark.parametrize("inside", [True, False])
def test_a_pool_that_was_moved_before_is_not_measured(inside: bool) -> None:
    """By a route in front of the payer's, in the batch, or by a transaction before it."""
    market = Road()
    orders = [market.payer(), market.mover()]
    if inside:
        branch = market.route(1, market.b, market.a)
        orders.append(market.order(market.intent(BOB, UNITS, market.b, branch)))
        with pytest.raises(Undecided):
            market.settle(MALLORY, orders, Route(2, 0), *BOTH)
        return
    pair = market.factory.at("0x" + market.a.hex(), "0x" + market.b.hex()).address
    push = market.push_pool(pair, market.b, UNITS, UNITS // 2)
    with pytest.raises(Undecided):
        market.next(*push, market.settling(MALLORY, orders, *BOTH))


def test_a_mover_with_a_way_of_its_own_is_paid_no_more_than_was_signed() -> None:
    """A stated limit: what both on one way would have got shrinks as the mover's units grow,
    and its units may go round by pools that are its own. The payer keeps its baseline.
    """
    market = Road()
    fake = market.token()
    for pair in ((market.a, fake), (fake, market.b)):
        market.pool(*pair, (10**18, 10**18))
    units = 10**16
    guards = (guard(GuardKind.PAID, ALICE),)
    branch = market.route(1, market.a, fake, market.b, guards=guards)
    mover = market.order(market.intent(CAROL, units, market.a, branch))
    market.settle(MALLORY, [market.payer(), mover], Route(0, 0, UNITS), Route(1, 0, units))
    alone = Road()
    order = alone.intent(ALICE, UNITS, alone.a, alone.route(1, alone.a, alone.b))
    alone.settle(MALLORY, [alone.order(order)], Route(0, 0))
    assert alone.gained(alone.b, ALICE) - market.gained(market.b, ALICE) == MOST
    assert market.gained(market.b, ALICE) >= BASELINE
