"""A batch is read by hand, from bytes. Bytes that can be read in two ways, or beyond their end,
would have the contract settle what nobody signed.

What is not exactly a batch is refused, and whatever is read is what is hashed: two writings of one
program have one hash and one effect.
"""

from __future__ import annotations

import random

import pytest

from boomerang.errors import ChainError
from boomerang.intents.batch import Batch, Order, Route, Sweep, cycle
from boomerang.intents.errors import Malformed
from findings.market import EXISTS, FRESH, INTERFACE, Market, pair_of, weakened
from findings.stage import ALICE, BOB, MALLORY

OPEN_ENDED = weakened(
    "if (bad != 0 || cursor != data.length) revert", "if (bad != 0) revert", "Batches.sol"
)
AMOUNT = 1000


def orders(market: Market) -> tuple[Order, Order]:
    hers = market.intent(
        ALICE,
        AMOUNT,
        market.a,
        market.swap(market.b, AMOUNT, EXISTS),
        market.route(1, market.a, market.d, market.b, guards=(FRESH,)),
        market.route(1, market.a, market.b),
    )
    his = market.intent(BOB, AMOUNT, market.b, market.swap(market.a, AMOUNT))
    return market.order(hers, given=1), market.order(his)


def encoded(market: Market) -> bytes:
    return Batch(orders(market), pair_of((0, AMOUNT), (1, AMOUNT))).encode()


def passes(market: Market, data: bytes) -> bool:
    """Whether it is settled; nothing stays of it."""
    before = market.chain.snapshot()
    [receipt] = market.attempt(market.second + 1, market.act(MALLORY, "settle", data))
    market.chain.restore(before)
    return receipt.ok


def test_a_part_of_a_batch_succeeds_without_the_defence() -> None:
    market = Market(OPEN_ENDED)
    data = encoded(market)
    assert passes(market, data)
    assert passes(market, data[:-1])
    assert passes(market, data + b"more")


def test_every_part_and_every_extension_is_refused() -> None:
    market = Market()
    data = encoded(market)
    assert passes(market, data)
    for size in range(len(data)):
        assert not passes(market, data[:size]), size
    for more in (b"\0", b"\1", bytes(32), data):
        assert not passes(market, data + more)
    with pytest.raises(Malformed):
        market.next(market.act(MALLORY, "settle", data + b"\0"))


def hashed(market: Market, data: bytes) -> bytes | None:
    """The hash of the one order, None where it is refused."""
    tx = market.act(MALLORY, "hash", data)
    [receipt] = market.attempt(market.second + 1, tx)
    if receipt.ok:
        answer: bytes = INTERFACE.functions["hash"].decode(receipt.output)
        return answer
    return None


def test_whatever_is_changed_is_refused_or_is_another_program() -> None:
    """Each byte of a full order, changed: if it can be read at all, it is no longer what was signed
    (or not signed any more: the signature itself).
    """
    market = Market()
    full = orders(market)[0]
    intent = market.intent(
        ALICE,
        AMOUNT,
        market.a,
        market.swap(market.b, AMOUNT, EXISTS),
        market.route(1, market.a, market.d, market.b, guards=(FRESH,)),
    )
    order = market.order(intent)
    data = order.encode()
    real = hashed(market, data)
    assert real == intent.hash(market.intents)
    signed_to = len(data) - 3 - 1 - 65 - 1  # three lists of moves, and the signature
    rng = random.Random(4)
    same = 0
    for at in range(len(data)):
        for _ in range(2):
            other = data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]
            if hashed(market, other) == real:
                same += 1
                assert at > signed_to or other[at] == 0 or at == 0, at
    assert same >= 65
    assert full.rest


def test_random_bytes_never_pass() -> None:
    """Nor batches with random bytes in them: no one but the signers' programs moves anything."""
    market = Market()
    data = encoded(market)
    hers = [market.held(token, who) for token in (market.a, market.b) for who in (ALICE, BOB)]
    settled = [hers[0] - AMOUNT, hers[1] + AMOUNT, hers[2] + AMOUNT, hers[3] - AMOUNT]
    rng = random.Random(11)
    refusals: dict[str, int] = {}
    for _ in range(3000):
        junk = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            match rng.randrange(4):
                case 0:
                    junk[rng.randrange(len(junk))] = rng.randrange(256)
                case 1:
                    junk[rng.randrange(len(junk))] = rng.choice((0, 1, 32, 33, 254, 255))
                case 2:
                    del junk[rng.randrange(len(junk))]
                case _:
                    junk.insert(rng.randrange(len(junk)), rng.randrange(256))
        if bytes(junk) == data:
            continue
        if rng.randrange(10) == 0:
            junk = bytearray(rng.randbytes(rng.randrange(300)))
        before = market.chain.snapshot()
        [receipt] = market.attempt(market.second + 1, market.act(MALLORY, "settle", bytes(junk)))
        now = [market.held(t, who) for t in (market.a, market.b) for who in (ALICE, BOB)]
        market.chain.restore(before)
        if receipt.ok:
            # Read as what it was: nonces, limits and signatures are the same, or nothing was moved.
            assert now in (hers, settled)
            refusals["done"] = refusals.get("done", 0) + 1
            continue
        name = receipt.output[:4].hex()
        refusals[name] = refusals.get(name, 0) + 1
    assert refusals.get("done", 0) <= 60
    assert len(refusals) >= 6


def rewritten(number: bytes) -> bytes:
    """The same number, with a zero in front."""
    return bytes([number[0] + 1, 0]) + number[1:]


def test_two_writings_of_one_program_are_one() -> None:
    """Numbers with zeros in front, tokens twice in the list, a token that nobody names."""
    market = Market()
    hers, his = orders(market)
    data = Batch((hers,)).encode()
    real = hashed(market, data)
    size = data[0]
    tokens = data[1 : 1 + 20 * size]
    rest = data[1 + 20 * size :]
    assert hashed(market, bytes([size + 1]) + tokens + MALLORY_TOKEN + rest) == real
    amount = bytes([2]) + AMOUNT.to_bytes(2, "big")
    at = data.index(amount)
    other = data[:at] + rewritten(amount) + data[at + 3 :]
    assert hashed(market, other) == real
    moves = Batch((), pair_of((0, AMOUNT), (1, AMOUNT))).encode()
    both = Batch((hers, his)).encode()
    twin = both[: both.index(amount)] + rewritten(amount) + both[both.index(amount) + 3 :]
    batch = twin[:-3] + moves[2:]
    market.next(market.act(MALLORY, "settle", batch))
    assert market.gained(market.b, ALICE) == AMOUNT
    with pytest.raises(ChainError, match="used"):
        market.next(market.act(MALLORY, "settle", encoded(market)))


def test_moves_that_name_nothing_are_refused_by_name() -> None:
    market = Market()
    both = orders(market)
    moves = [cycle((0, 0, 1), (9, 0, 1)), cycle((0, 9, 1), (1, 0, 1)), Sweep(7, 0), Sweep(0, 200)]
    for move in (*moves, Route(7, 0, 1), Route(0, 255, 1), Route(0, 0, 1), Sweep(1, 0)):
        with pytest.raises(ChainError) as refused:
            market.settle(MALLORY, both, move)
        assert type(refused.value).__name__ in {
            "UnknownOrder",
            "UnknownBranch",
            "NotRouted",
            "NotSwept",
        }


MALLORY_TOKEN = bytes(range(1, 21))
