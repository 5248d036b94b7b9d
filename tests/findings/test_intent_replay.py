"""A signed program is shown a second time: twice in one batch, after it was filled, or filled in
part, after it was cancelled, after its deadline, to another settlement, on another chain; or
another program is shown under the nonce of one that was filled in part, for what that one has left.

A nonce belongs to one program and is used up by it; what is signed names chain and contract.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from boomerang.chains.embedded import EmbeddedChain
from boomerang.errors import ChainError
from boomerang.intents.batch import Order, cycle
from boomerang.intents.errors import (
    Expired,
    NonceTaken,
    NonceUsed,
    Overfilled,
    WrongSignature,
)
from boomerang.intents.message import IntentDomain
from findings.market import Market, pair_of, sign, weakened
from findings.stage import ALICE, BOB, CAROL, MALLORY
from findings.variants import Variant

AMOUNT = 1000
NOT_MARKING = weakened("sstore(slot, or(word, used))", "sstore(slot, word)", "Nonces.sol")
ANY_HASH = weakened(
    "if (part >> 112 != uint256(order.hash) >> 112) revert Settlement_NonceTaken(k, maker, nonce);",
    "k;",
    "Nonces.sol",
)
NEVER_LATE = weakened(
    "if (block.timestamp > order.deadline) revert Settlement_Expired(k, order.deadline, "
    "block.timestamp);",
    "",
)
ANY_CHAIN = weakened('keccak256("1"), block.chainid,', 'keccak256("1"), 31337,', "Batches.sol")
ANY_CONTRACT = weakened(
    "block.chainid, address(this))", "block.chainid, address(1))", "Batches.sol"
)


def hers(market: Market, **changes: int | bool) -> Order:
    intent = market.intent(ALICE, AMOUNT, market.a, market.swap(market.b, AMOUNT))
    return market.order(replace(intent, **changes))


def his(market: Market, amount: int, nonce: int = 0, who: str = MALLORY) -> Order:
    swap = market.swap(market.a, amount)
    return market.order(market.intent(who, amount, market.b, swap, nonce=nonce))


def fill(market: Market, order: Order, amount: int, nonce: int = 0) -> None:
    """By Mallory, who pays as much."""
    orders = [order, his(market, amount, nonce)]
    market.settle(MALLORY, orders, pair_of((0, amount), (1, amount)))


# ---------------------------------------------------------------------------- twice in one batch


def twice(market: Market) -> None:
    """More of Alice's than she signed."""
    order = hers(market)
    market.settle(
        MALLORY,
        [order, his(market, AMOUNT), order, his(market, AMOUNT, nonce=1)],
        cycle((0, 0, AMOUNT), (1, 0, AMOUNT)),
        cycle((2, 0, AMOUNT), (3, 0, AMOUNT)),
    )


def test_twice_in_one_batch_succeeds_without_the_defence() -> None:
    market = Market(NOT_MARKING)
    twice(market)
    assert market.gained(market.a, ALICE) == -2 * AMOUNT


def test_twice_in_one_batch_fails_against_the_settlement() -> None:
    with pytest.raises(NonceUsed) as refused:
        twice(Market())
    assert (refused.value.order, refused.value.maker) == (2, ALICE)


def test_one_counter_intent_is_not_used_for_two() -> None:
    """One program of Mallory's as the match of Alice's and Bob's, which each ask for all of it."""
    market = Market()
    bobs = market.intent(BOB, AMOUNT, market.a, market.swap(market.b, AMOUNT))
    orders = [hers(market), market.order(bobs), his(market, AMOUNT)]
    with pytest.raises(Overfilled) as refused:
        market.settle(
            MALLORY,
            orders,
            cycle((0, 0, AMOUNT), (2, 0, AMOUNT)),
            cycle((1, 0, AMOUNT), (2, 0, AMOUNT)),
        )
    assert refused.value.order == 2


# ------------------------------------------------------------------------------------ afterwards


@pytest.mark.parametrize("whole", [False, True])
def test_not_after_it_was_filled(whole: bool) -> None:
    market = Market()
    order = hers(market, whole=whole)
    fill(market, order, AMOUNT)
    with pytest.raises(NonceUsed):
        fill(market, order, AMOUNT, nonce=1)


def test_not_more_than_is_left_of_it() -> None:
    market = Market()
    order = hers(market)
    fill(market, order, 600)
    with pytest.raises(Overfilled) as refused:
        fill(market, order, 401, nonce=1)
    assert (refused.value.filled, refused.value.amount) == (401, 400)
    fill(market, order, 400, nonce=1)
    with pytest.raises(NonceUsed):
        fill(market, order, 1, nonce=2)


def test_not_after_it_was_cancelled_nor_after_a_part() -> None:
    market = Market()
    market.next(market.act(ALICE, "cancel", 0, 1))
    with pytest.raises(NonceUsed):
        fill(market, hers(market), AMOUNT)
    fill(market, hers(market, nonce=128), 600)
    market.next(market.act(ALICE, "cancel", 1, 1))
    with pytest.raises(NonceUsed):
        fill(market, hers(market, nonce=128), 400, nonce=1)


def test_not_once_it_was_posted() -> None:
    market = Market()
    order = hers(market)
    market.next(market.posting(ALICE, order))
    with pytest.raises(NonceUsed):
        fill(market, order, AMOUNT)


# ------------------------------------------------------------------- another under the same nonce


def other_under_it(market: Market, whole: bool = False) -> None:
    """Alice's first program was filled in part; her second was meant to replace it."""
    fill(market, hers(market), 600)
    second = market.intent(ALICE, AMOUNT, market.a, market.swap(market.b, AMOUNT // 2), whole=whole)
    cheap = market.intent(CAROL, 200, market.b, market.swap(market.a, 400))
    orders = [market.order(second), market.order(cheap)]
    market.settle(MALLORY, orders, pair_of((0, 400), (1, 200)))


def test_another_under_its_nonce_succeeds_without_the_defence() -> None:
    market = Market(ANY_HASH)
    other_under_it(market)
    assert market.gained(market.b, ALICE) == 600 + 200


def test_another_under_its_nonce_fails_against_the_settlement() -> None:
    with pytest.raises(NonceTaken):
        other_under_it(Market())
    with pytest.raises(NonceUsed):
        other_under_it(Market(), whole=True)


# ----------------------------------------------------------------------------------------- stale


def too_late(market: Market) -> None:
    fill(market, hers(market, deadline=market.chain.head().time), AMOUNT)


def test_stale_succeeds_without_the_defence() -> None:
    market = Market(NEVER_LATE)
    too_late(market)
    assert market.gained(market.a, ALICE) == -AMOUNT


def test_stale_fails_against_the_settlement() -> None:
    with pytest.raises(Expired):
        too_late(Market())
    market = Market()
    fill(market, hers(market, deadline=market.chain.head().time + 1), AMOUNT)


# ------------------------------------------------------------------------------------- elsewhere


def on_another_chain(variant: Variant | None = None) -> Market:
    """The same addresses on two chains; Alice signed for the first."""
    market = Market(variant, EmbeddedChain(chain_id=1))
    market.intents = IntentDomain(31337, market.intents.settlement)
    fill(market, hers(market), AMOUNT)
    return market


def test_another_chain_succeeds_without_the_defence() -> None:
    market = on_another_chain(ANY_CHAIN)
    assert market.gained(market.a, ALICE) == -AMOUNT


def test_another_chain_fails_against_the_settlement() -> None:
    with pytest.raises(WrongSignature):
        on_another_chain()


def at_another_settlement(variant: Variant | None = None) -> Market:
    """One that names, in what is signed, what the first one does."""
    market = Market(variant)
    elsewhere = b"\1".rjust(20, b"\0") if variant else bytes(range(20))
    market.intents = IntentDomain(31337, elsewhere)
    fill(market, hers(market), AMOUNT)
    return market


def test_another_settlement_succeeds_without_the_defence() -> None:
    market = at_another_settlement(ANY_CONTRACT)
    assert market.gained(market.a, ALICE) == -AMOUNT


def test_another_settlement_fails_against_the_settlement() -> None:
    with pytest.raises(WrongSignature):
        at_another_settlement()


# ------------------------------------------------------------------------------------ signatures


def forged(market: Market) -> list[bytes]:
    """Signatures that are not Alice's of this program."""
    order = hers(market)
    good = order.signature
    half = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    mirrored = half - int.from_bytes(good[32:64], "big")
    return [
        b"",
        bytes(65),
        good[:64],
        good + b"\0",
        good[:32] + mirrored.to_bytes(32, "big") + bytes([27 + 28 - good[64]]),
        good[:64] + bytes([good[64] - 27]),
        sign(MALLORY, order.hash(market.intents)),
        hers(market, amount=AMOUNT - 1).signature,
        hers(market, nonce=1).signature,
        hers(market, whole=True).signature,
    ]


def test_forged_signatures_fail() -> None:
    market = Market()
    for signature in forged(market):
        with pytest.raises(WrongSignature):
            fill(market, replace(hers(market), signature=signature), AMOUNT)


@pytest.mark.parametrize("maker", [bytes(20), b"\xff" * 20])
def test_nobody_signs_for_accounts_without_a_key(maker: bytes) -> None:
    """Where recovering fails, no maker is meant."""
    market = Market()
    for signature in (bytes(65), b"\xff" * 65, b""):
        order = replace(hers(market), maker=maker, signature=signature)
        with pytest.raises(ChainError) as refused:
            fill(market, order, AMOUNT)
        assert isinstance(refused.value, WrongSignature)
