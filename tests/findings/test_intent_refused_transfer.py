"""A token calls those who send and receive it, or has a list of those who may not. Whoever can make
a transfer fail when it suits them can blame the other side of a fill: a taker that refuses what it
bought has an honest entry evicted, and its else-branch is free; an entry that refuses its payment
stands at the head for ever, and no else-branch behind it ever runs.

A fill that fails is done again through the contract, step by step: what the taker owes, then what
the entry owes, then what the taker receives. It shows whose fault it is.
"""

from __future__ import annotations

import pytest

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.intents.batch import Order, Route, Sweep
from boomerang.intents.errors import NotPart, TransferFailed
from findings.market import EXISTS, MAX, Market, hostile, weakened
from findings.stage import ALICE, BOB, CAROL, MALLORY
from findings.variants import Variant

BLAMES_THE_ENTRY = weakened("done = false;", "return false;", "Fills.sol")
BLAMES_NOBODY = weakened("done = false;", "revert Settlement_NotPart(maker);", "Fills.sol")
TOKEN = hostile("IntentToken")
MAKER = hostile("IntentMaker")
REFUSES_TO_RECEIVE, REFUSES_TO_SEND, BURNS, CALLS = 1, 2, 3, 4
AMOUNT = 10**9


class Hooked(Market):
    """Tokens `x` and `y` call back; `wallet` has code; there is a pool of x and d."""

    def __init__(self, variant: Variant | None = None) -> None:
        super().__init__(variant)
        self.maker = Interface(MAKER.artifact())
        self.odd = Interface(TOKEN.artifact())
        self.wallet = str(self.deploy(self.maker.creation()).contract)
        self.x, self.y = (self.token(self.odd.creation(), self.wallet) for _ in range(2))
        for token in (self.x, self.y, self.a):
            self.next(self.on_token(token, MALLORY, "mint", self.wallet, 10**30))
            self.next(self.by_wallet(self.on_token(token, "", "approve", self.settlement, MAX)))
        self.pool(self.x, self.d, (10**15, 10**15))

    def by_wallet(self, tx: Tx) -> Tx:
        """Mallory's wallet does it."""
        data = self.maker.functions["act"].encode(tx.to, tx.data)
        return Tx(MALLORY, self.wallet, data)

    def becomes(self, manner: int, tx: Tx | None = None) -> Tx:
        """The wallet's manner, and what it calls."""
        target = (tx.to, tx.data) if tx else (self.wallet, b"")
        return Tx(MALLORY, self.wallet, self.maker.functions["become"].encode(manner, *target))

    def told(self, token: bytes, function: str, *arguments: object) -> Tx:
        """An odd token is told something."""
        return Tx(MALLORY, "0x" + token.hex(), self.odd.functions[function].encode(*arguments))

    def seeking(self, maker: str, signature: bytes | None = None) -> Order:
        """Sells x for y where somebody sells y; else for d, in the pool."""
        intent = self.intent(
            maker,
            AMOUNT,
            self.x,
            self.swap(self.y, AMOUNT, EXISTS),
            self.route(AMOUNT // 2, self.x, self.d),
        )
        return self.order(intent) if signature is None else Order.of(intent, signature)

    def entry(self, maker: str) -> None:
        """Sells y for x at a better rate."""
        intent = self.intent(maker, AMOUNT, self.y, self.swap(self.x, AMOUNT - 1000))
        if maker == self.wallet:
            self.next(self.by_wallet(self.posting(MALLORY, Order.of(intent))))
        else:
            self.post(intent)


def evict(market: Hooked) -> None:
    """Mallory's wallet takes Bob's entry, and refuses what it gets."""
    market.entry(BOB)
    market.next(market.becomes(REFUSES_TO_RECEIVE))
    order = market.seeking(market.wallet, b"any")
    market.settle(MALLORY, [order], Sweep(0, 0), Route(0, 1))


def test_evicting_succeeds_without_the_defence() -> None:
    market = Hooked(BLAMES_THE_ENTRY)
    evict(market)
    assert market.head(market.y, market.x) == 0
    assert market.gained(market.x, BOB) == 0


def test_evicting_fails_against_the_settlement() -> None:
    market = Hooked()
    with pytest.raises(TransferFailed) as refused:
        evict(market)
    assert refused.value.to == market.wallet
    assert market.head(market.y, market.x) == 1


def test_evicting_by_not_paying_fails() -> None:
    market = Hooked()
    market.entry(BOB)
    market.next(market.becomes(REFUSES_TO_SEND))
    with pytest.raises(TransferFailed):
        market.settle(MALLORY, [market.seeking(market.wallet, b"any")], Sweep(0, 0), Route(0, 1))


def test_evicting_with_a_list_fails() -> None:
    """The token itself lets Alice receive nothing: that is hers to bear."""
    market = Hooked()
    market.entry(BOB)
    market.next(market.told(market.y, "block_", ALICE, True))
    with pytest.raises(TransferFailed) as refused:
        market.settle(MALLORY, [market.seeking(ALICE)], Sweep(0, 0), Route(0, 1))
    assert refused.value.to == ALICE


def stand_in_the_way(market: Hooked, manner: int) -> None:
    """Mallory's wallet is at the head, Bob behind it."""
    market.entry(market.wallet)
    market.entry(BOB)
    market.next(market.becomes(manner))
    market.settle(CAROL, [market.seeking(ALICE)], Sweep(0, 0), Route(0, 1))


def test_standing_in_the_way_succeeds_without_the_defence() -> None:
    market = Hooked(BLAMES_NOBODY)
    with pytest.raises(NotPart):
        stand_in_the_way(market, REFUSES_TO_RECEIVE)
    assert market.head(market.y, market.x) == 1


@pytest.mark.parametrize("manner", [REFUSES_TO_RECEIVE, REFUSES_TO_SEND, BURNS])
def test_standing_in_the_way_fails_against_the_settlement(manner: int) -> None:
    """It is evicted, at a known price, and Bob behind it is filled."""
    market = Hooked()
    stand_in_the_way(market, manner)
    assert market.head(market.y, market.x) == 0
    assert market.gained(market.x, BOB) >= AMOUNT - 1000
    assert market.held(market.x, market.settlement) == market.held(market.y, market.settlement) == 0


def test_an_entry_on_a_list_is_evicted() -> None:
    market = Hooked()
    market.entry(BOB)
    market.next(market.told(market.x, "block_", BOB, True))
    market.settle(CAROL, [market.seeking(ALICE)], Sweep(0, 0), Route(0, 1))
    assert market.head(market.y, market.x) == 0
    assert market.gained(market.d, ALICE) > 0


def test_an_entry_that_takes_back_its_allowance_when_paid_gets_nothing() -> None:
    market = Hooked()
    market.entry(market.wallet)
    revoke = market.on_token(market.y, "", "approve", market.settlement, 0)
    market.next(market.becomes(CALLS, revoke))
    paid = market.held(market.x, market.wallet)
    market.settle(CAROL, [market.seeking(ALICE)], Sweep(0, 0), Route(0, 1))
    assert market.head(market.y, market.x) == 0
    assert market.held(market.x, market.wallet) == paid
    assert market.gained(market.d, ALICE) > 0


def test_a_taker_that_says_no_at_first_is_served_through_the_contract() -> None:
    """Whatever it does to the first attempt, the second decides."""
    market = Hooked()
    market.entry(BOB)
    # What it calls within: it refuses from then on, in its second receipt.
    market.next(market.becomes(CALLS, market.becomes(REFUSES_TO_RECEIVE)))
    market.settle(MALLORY, [market.seeking(market.wallet, b"any")], Sweep(0, 0), Route(0, 1))
    assert market.gained(market.x, BOB) >= AMOUNT - 1000
