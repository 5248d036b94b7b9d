"""A token calls back from the middle of a batch: to settle another batch, to post, to take an entry
out, to sweep, to cancel a nonce. Within a batch a nonce is marked, and rewritten at its end:
whoever cancels in between would believe in a cancellation that is undone a moment later.

One lock covers everything that changes nonces or the book.
"""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address

from boomerang.chains.base import Tx
from boomerang.errors import UnknownRevert, decode_error
from boomerang.intents.batch import Order, Sweep
from findings.market import EXISTS, Market, pair_of, weakened
from findings.stage import ALICE, BOB, MALLORY
from findings.test_intent_refused_transfer import CALLS, Hooked

CANCELLING_ANY_TIME = weakened("        _requireUnlocked();\n", "", "Nonces.sol")
AMOUNT = 10**9


def cancel_within(market: Hooked) -> tuple[bool, int]:
    """The wallet sells x in parts; when it is paid it has had enough, and cancels. Whether that
    succeeded, and the word of its nonces afterwards.
    """
    mine = market.intent(market.wallet, AMOUNT, market.x, market.swap(market.y, AMOUNT))
    other = market.intent(BOB, AMOUNT // 2, market.y, market.swap(market.x, AMOUNT // 2))
    market.next(market.becomes(CALLS, market.act("", "cancel", 0, 1)))
    orders = [Order.of(mine, b"any"), market.order(other)]
    market.settle(MALLORY, orders, pair_of((0, AMOUNT // 2), (1, AMOUNT // 2)))
    ask = Tx(MALLORY, market.wallet, market.maker.functions["succeeded"].encode())
    succeeded = market.maker.functions["succeeded"].decode(
        market.chain.call(ask, at=market.chain.head().time)
    )
    return succeeded, market.ask("nonces", market.wallet, 0)


def test_cancelling_within_is_undone_without_the_defence() -> None:
    succeeded, word = cancel_within(Hooked(CANCELLING_ANY_TIME))
    assert succeeded
    assert word & 1 == 0  # and what is left may still be filled


def test_cancelling_within_fails_against_the_settlement() -> None:
    succeeded, word = cancel_within(Hooked())
    assert not succeeded
    assert word == 1 << 128  # open, as it knows


def test_cancelling_lasts() -> None:
    market = Market()
    market.next(market.act(BOB, "cancel", 0, 1))
    assert market.ask("nonces", BOB, 0) == 1


def callbacks(market: Hooked) -> list[Tx]:
    """Everything that could be called from within."""
    a, b = to_checksum_address(market.a), to_checksum_address(market.b)
    orders = [
        market.order(market.intent(maker, 1, sell, market.swap(buy, 1), nonce=9))
        for maker, sell, buy in ((ALICE, market.a, market.b), (BOB, market.b, market.a))
    ]
    posted = market.order(market.intent(MALLORY, 1, market.a, market.swap(market.b, 1)))
    taker = (bytes(32), ALICE, a, b, AMOUNT, 1, AMOUNT)
    return [
        market.settling(MALLORY, orders, pair_of((0, 1), (1, 1))),
        market.posting(MALLORY, posted),
        market.act(MALLORY, "unpost", a, b, 1),
        market.act(MALLORY, "sweepDead", a, b, 1),
        market.act(MALLORY, "cancel", 0, 1),
        market.act(MALLORY, "exchange", taker, MALLORY, (1, 1, 0), MALLORY),
        market.act(MALLORY, "deliver", taker, MALLORY, (1, 1, 0)),
        market.act(MALLORY, "fill", taker, MALLORY, (1, 1, 0), MALLORY),
        market.act(MALLORY, "pay", [(a, ALICE, MALLORY, 1)]),
    ]


@pytest.mark.parametrize("swept", [False, True], ids=["cycle", "sweep"])
def test_nothing_can_be_called_from_within(swept: bool) -> None:
    """A token tries all of it in the middle of a transfer, and nothing but the batch happens."""
    market = Hooked()
    mine = market.intent(ALICE, AMOUNT, market.x, market.swap(market.y, AMOUNT, EXISTS))
    theirs = market.intent(BOB, AMOUNT, market.y, market.swap(market.x, AMOUNT))
    if swept:
        market.post(theirs)
    planned = callbacks(market)
    market.next(*(market.told(market.x, "plan", tx.to, tx.data) for tx in planned))
    if swept:
        market.settle(MALLORY, [market.order(mine)], Sweep(0, 0))
    else:
        orders = [market.order(mine), market.order(theirs)]
        market.settle(MALLORY, orders, pair_of((0, AMOUNT), (1, AMOUNT)))
    assert market.gained(market.x, BOB) == market.gained(market.y, ALICE) == AMOUNT
    answers = told(market)
    assert len(answers) == 9
    names = [type(decode_error(answer)).__name__ for answer in answers]
    assert names.count("NotPart") == 4
    locks = [answer for answer in answers if isinstance(decode_error(answer), UnknownRevert)]
    assert {answer[:4].hex() for answer in locks} == {"3ee5aeb5"}  # ReentrancyGuardReentrantCall()
    assert len(locks) == 5


def told(market: Hooked) -> list[bytes]:
    """What the token was answered."""

    def ask(function: str, *arguments: object) -> bytes:
        tx = market.told(market.x, function, *arguments)
        return market.chain.call(tx, at=market.chain.head().time)

    functions = market.odd.functions
    count = functions["answered"].decode(ask("answered"))
    return [functions["answers"].decode(ask("answers", i)) for i in range(count)]
