"""What is gathered from a chain and relays, and the batches that are made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from eth_utils.address import to_checksum_address

from boomerang.chains import Tx, connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.content import Content
from boomerang.errors import ChainError
from boomerang.intents.auction import Move, Plan, Replay, parse
from boomerang.intents.auction.state import Pool
from boomerang.intents.client import Settlement, State
from boomerang.intents.message import IntentDomain
from boomerang.intents.prices import required
from boomerang.intents.relay.signed import SignedIntent
from boomerang.intents.service.batches import explicit, to_batch
from boomerang.intents.service.files import dump
from boomerang.intents.service.gather import Gathered, Offer, prices
from boomerang.intents.service.mirror import Mirror
from boomerang.intents.service.solving import Found, Refusal, Solving, components
from intents.service.market import COUNTER, SNIPPET, UNIT, Market

WORLD = Market(connect("pyrevm"))
A, B, C, D = (WORLD.tokens[name] for name in "ABCD")


@pytest.fixture
def market() -> Iterator[Market]:
    start = WORLD.chain.snapshot()
    yield WORLD
    WORLD.chain.restore(start)


def without_dry_run(market: Market) -> Market:
    """The same, beside which no dry run is known."""
    other = Market.__new__(Market)
    other.__dict__.update(market.__dict__)
    plain = market.settlement
    other.settlement = Settlement(
        plain.chain, plain.address, sender=plain.sender, from_block=plain.from_block
    )
    return other


def solve(market: Market, gathered: Gathered, state: State | None = None) -> Found:
    sender = market.settlement.sender
    known = state or market.settlement.state()
    found, refusals, _ = Solving().find(
        market.settlement, gathered, known, sender=sender, at=market.time
    )
    assert refusals == []
    assert found is not None
    return found


# --------------------------------------------------------------------------------- signed intents


@pytest.mark.parametrize("dry_run", [True, False])
def test_why_an_intent_is_passed_over(market: Market, dry_run: bool) -> None:
    here = market if dry_run else without_dry_run(market)
    good = market.sign(COUNTER, "bob")
    late = market.sign(COUNTER, "bob", deadline=market.time - 1)
    cancelled = market.sign(COUNTER, "bob", nonce=77)
    market.done(market.settlement.tx_cancel_word(0, 1 << 77, sender=DEV_ACCOUNTS["bob"]))
    foreign = SignedIntent(good.intent, IntentDomain(1, good.domain.settlement), good.signature)
    rich = market.sign("swap 2000 $D -> $A at rate $A/$D >= 990", "bob")
    found = here.gather(good, late, cancelled, foreign, rich, good)
    assert [offer.signed for offer in found.offers.values()] == [good]
    assert found.passed[late.hash].startswith("its deadline")
    assert found.passed[cancelled.hash].startswith("its nonce")
    assert found.passed[foreign.hash] == "it is of another settlement"
    assert "does not have, or does not allow" in found.passed[rich.hash]
    assert len(found.passed) == 4


def test_what_only_the_dry_run_sees(market: Market) -> None:
    good = market.sign(COUNTER, "bob")
    forged = SignedIntent(good.intent, good.domain, bytes(65))
    later = market.sign(
        f"if after {market.time + 100}: swap 1 $D -> $A at rate $A/$D >= 990 else: do nothing",
        "bob",
    )
    found = market.gather(forged, later)
    assert not found.offers
    assert found.passed[forged.hash] == "its maker neither signed nor approved it"
    assert f"try again at {later.intent.branches[0].guards[0].limit}" in found.passed[later.hash]


def test_several_intents_share_a_balance(market: Market) -> None:
    token = market.settlement
    market.done(token.tx_allow(A, 700 * UNIT, sender=DEV_ACCOUNTS["alice"]))
    whole = [market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice") for _ in range(2)]
    parts = market.sign("swap 500 $A -> $D at rate $A/$D <= 1000 in parts", "alice")
    found = market.gather(*whole, parts)
    assert [(o.signed, o.amount) for o in found.offers.values()] == [
        (whole[0], 500 * UNIT),
        (parts, 200 * UNIT),
    ]
    assert set(found.passed) == {whole[1].hash}


def test_what_is_left_of_an_intent_in_parts(market: Market) -> None:
    counter = market.sign(COUNTER, "bob")
    first = market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice")
    market.done(solve(market, market.gather(counter, first)).tx)
    for here in (market, without_dry_run(market)):
        found = here.gather(counter)
        (offer,) = found.offers.values()
        assert offer.amount == 600 * UNIT // 1000 - 502518907629606037
        program = offer.program
        assert program.branches[0].least == required(
            offer.amount, counter.intent.branches[0].least, counter.intent.amount
        )
    other = market.sign("swap 1 $D -> $A at rate $A/$D >= 990 in parts", "bob")
    taken = SignedIntent.sign(
        market.program(
            "swap 1 $D -> $A at rate $A/$D >= 990 in parts", "bob", nonce=counter.intent.nonce
        ),
        other.domain,
        _signer("bob"),
    )
    for here in (market, without_dry_run(market)):
        assert taken.hash in here.gather(taken).passed


def _signer(name: str) -> object:
    from boomerang.chains.signers import dev_signer

    return dev_signer(name)


def test_a_reduced_intent_is_settled_by_its_own_limits(market: Market) -> None:
    """What is left is settled as what was signed: the order is the whole intent's."""
    counter = market.sign(COUNTER, "bob")
    for amount in ("500", "90"):
        one = market.sign(f"swap {amount} $A -> $D at rate $A/$D <= 1000", "alice")
        found = solve(market, market.gather(counter, one))
        assert counter.hash in found.intents
        market.done(found.tx)
    assert market.settlement.state().sold[counter.hash] > 590 * UNIT // 1000


def test_a_posted_intent_is_the_book_s(market: Market) -> None:
    one = market.sign(COUNTER, "bob")
    market.done(market.settlement.tx_post(one.intent))
    assert "posted" in market.gather(one).passed[one.hash]


# --------------------------------------------------------------------------------------- the book


def test_entries_that_somebody_may_walk(market: Market) -> None:
    market.post(COUNTER, "bob")
    market.post("swap 5 $B -> $C at rate $B/$C <= 1 in parts", "carol")
    program = market.sign(SNIPPET, "alice")
    found = market.gather(program).auction
    (entry,) = [item for item in found.items if item.book]
    assert (entry.intent.sell, entry.left) == (D, 600 * UNIT // 1000)
    plain = market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice")
    assert not [item for item in market.gather(plain).auction.items if item.book]


def test_dead_entries_have_nothing_left(market: Market) -> None:
    market.post(COUNTER, "bob")
    market.done(market.settlement.tx_allow(D, 0, sender=DEV_ACCOUNTS["bob"]))
    found = market.gather(market.sign(SNIPPET, "alice"))
    assert [item.left for item in found.auction.items if item.book] == [0]
    settled = solve(market, found)
    assert settled.batch.sweeps  # the dead one is swept away, and the rest is routed
    market.done(settled.tx)
    assert market.settlement.state().lists.get((D, A), []) == []


def test_sweeps_get_enough_pops(market: Market) -> None:
    for _ in range(20):
        market.post("swap 0.01 $D -> $A at rate $A/$D >= 990 in parts", "bob")
    found = solve(market, market.gather(market.sign(SNIPPET, "alice")))
    (sweep,) = found.batch.sweeps
    assert 20 <= sweep.pops < 100
    done = market.done(found.tx)
    assert len(done.events) > 20


# ---------------------------------------------------------------------------------------- markets


def test_pools_and_what_tokens_are_worth(market: Market) -> None:
    found = market.gather(market.sign(SNIPPET, "alice")).auction
    assert {tuple(sorted(pool.tokens)) for pool in found.pools} == {
        tuple(sorted(hop)) for path in ((A, B, D), (A, C, D)) for hop in pairwise(path)
    }
    assert not any(pool.touched for pool in found.pools)
    worth = {token.name: token.price for token in found.tokens.values()}
    assert worth["D"] / worth["A"] == pytest.approx(1000)
    assert worth["B"] == worth["A"]


def test_prices_of_what_no_pool_connects() -> None:
    found = prices([A, B, C, D], [Pool("x", (B, C), (10, 5)), Pool("y", (C, D), (0, 7))])
    assert set(found) == {B, C}
    assert found[C] == 2 * found[B]
    assert all(10**60 % price.denominator == 0 for price in found.values())
    assert prices([A], []) == {}
    tiny = prices([B, C], [Pool("x", (B, C), (1, 3 * 10**30))])
    assert tiny[C] / tiny[B] == pytest.approx(Fraction(1, 3 * 10**30))


def test_outcomes_are_the_registry_s(market: Market) -> None:
    content = Content(bytes(32), b"x")
    key = content.key(DEV_ACCOUNTS["carol"], 1, 0, 0)
    market.receipts(market.registry.tx_publish(key, content))
    known = market.registry.domain.commitment_id(key)
    whole = COUNTER.removesuffix(" in parts")
    text = f"if kept(0x{known.hex()}): {whole}\nelse: swap 0.6 $D -> $A at rate $A/$D >= 1"
    one = market.sign(text, "bob")
    waiting = market.gather(one)
    assert "undecided" in waiting.passed[one.hash]
    assert without_dry_run(market).gather(one).auction.outcomes == {}
    market.chain.mine(market.time + 10**6)  # it was never sealed: it is reverted
    later = market.gather(one)
    assert later.auction.outcomes == {known: False}
    assert [option.branch for option in later.auction.options] == [1]


def test_an_auction_as_a_file(market: Market) -> None:
    market.post(COUNTER, "bob")
    odd = market.sign(
        f"swap 5 $A -> {market.settlement.address} for at least 5 units of "
        f"{market.settlement.address}",
        "alice",
    )
    signed = (market.sign(SNIPPET, "alice"), market.sign(COUNTER, "carol"), odd)
    found = market.gather(*signed).auction
    assert f"Token_{market.settlement.address[2:].lower()}" in {
        token.name for token in found.tokens.values()
    }
    again = parse(dump(found))
    assert [replace(item, by="") for item in again.items] == [
        replace(item, by="") for item in found.items
    ]
    assert replace(again, items=found.items) == found


# ---------------------------------------------------------------------------------------- batches


def test_explicit_moves_of_reduced_items(market: Market) -> None:
    market.post("swap 0.1 $D -> $A at rate $A/$D >= 990 in parts", "bob")
    market.done(market.settlement.tx_allow(A, 400 * UNIT, sender=DEV_ACCOUNTS["alice"]))
    text = SNIPPET.replace("0.49 $D", "0.48 $D in parts")
    one = market.sign(text, "alice")
    found = market.gather(one)
    assert found.offers[0].amount == 400 * UNIT
    plan = Plan(sweeps=(Move(0, 0, 0),), routes=(Move(0, 1, 0),))
    exact = explicit(found.auction, plan, {0})
    fills = Replay(found.auction).run(plan).fills
    assert exact.sweeps == (Move(0, 0, 400 * UNIT),)
    assert exact.routes == (Move(0, 1, fills[0, 1].sold),)
    assert fills[0, 0].sold + fills[0, 1].sold == 400 * UNIT
    assert explicit(found.auction, plan, set()) is plan
    batch = to_batch(found, plan, market.settlement.state())
    assert batch.orders[0].amount == 500 * UNIT
    market.done(market.settlement.tx_settle(batch))
    assert market.settlement.state().sold[one.hash] == 400 * UNIT


def test_parts_of_a_plan_that_have_nothing_in_common() -> None:
    ring = (Move(0, 0, 1), Move(1, 0, 1))
    other = (Move(3, 0, 1), Move(4, 0, 1))
    plan = Plan((ring, other), (Move(2, 0, 0), Move(1, 0, 0)), (Move(4, 1, 0), Move(5, 0, 0)))
    assert components(plan) == [
        Plan((ring,), (Move(1, 0, 0),), ()),
        Plan((other,), (), (Move(4, 1, 0),)),
        Plan((), (Move(2, 0, 0),), ()),
        Plan((), (), (Move(5, 0, 0),)),
    ]
    assert components(Plan()) == []


def test_one_bad_intent_holds_up_nobody_else(market: Market) -> None:
    """A pair that fails in the simulation, beside one that does not."""
    here = without_dry_run(market)
    good = (
        market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice"),
        market.sign(COUNTER, "bob"),
    )
    forged = market.sign("swap 100 $B -> $C at rate $B/$C <= 1.25", "carol")
    forged = SignedIntent(forged.intent, forged.domain, bytes(65))
    partner = market.sign("swap 100 $C -> $B at rate $C/$B <= 1 in parts", "alice")
    state = market.settlement.state()
    found, refusals, _ = Solving().find(
        here.settlement,
        here.gather(*good, forged, partner),
        state,
        sender=market.settlement.sender,
        at=market.time,
    )
    assert found is not None
    assert set(found.intents) == {one.hash for one in good}
    assert refusals == [
        Refusal((forged.hash,), "Settlement_WrongSignature", refusals[0].why),
    ]
    assert to_checksum_address(forged.intent.maker) in refusals[0].why


def test_who_is_to_blame_when_a_transfer_fails(market: Market) -> None:
    one, other = (
        market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice"),
        market.sign(COUNTER, "bob"),
    )
    gathered, state = market.gather(one, other), market.settlement.state()
    market.done(market.settlement.tx_allow(D, 0, sender=DEV_ACCOUNTS["bob"]))
    found, refusals, _ = Solving().find(
        market.settlement, gathered, state, sender=market.settlement.sender, at=market.time
    )
    assert found is None
    assert [refusal.intents for refusal in refusals] == [(other.hash,)]
    assert refusals[0].error == "Settlement_TransferFailed"


def test_nothing_to_solve(market: Market) -> None:
    found = Solving().find(
        market.settlement, market.gather(), State(), sender=market.settlement.sender, at=market.time
    )
    assert found == (None, [], 0.0)
    assert not Offer(market.sign(COUNTER, "bob"), 600 * UNIT // 1000).reduced


# ----------------------------------------------------------------------------------------- mirror


def test_a_mirror_follows_and_starts_again(market: Market) -> None:
    mirror = Mirror()
    before = market.chain.snapshot()
    assert mirror.look(market.settlement).lists == {}
    market.post(COUNTER, "bob")
    first = mirror.look(market.settlement)
    assert len(first.entries(D, A)) == 1
    assert mirror.look(market.settlement) is first  # nothing new
    market.post(COUNTER, "bob")
    assert len(mirror.look(market.settlement).entries(D, A)) == 2
    assert mirror.reorganisations == 0
    market.chain.restore(before)
    market.chain.mine(market.chain.head().time + 7)
    assert mirror.look(market.settlement).entries(D, A) == []
    assert mirror.reorganisations == 1
    assert mirror.look(market.settlement).sold == market.settlement.state().sold


def test_what_the_simulation_refuses_is_an_error_of_the_chain(market: Market) -> None:
    tx = Tx(market.settlement.sender, market.settlement.address, b"\xff\xff\xff\xff")
    assert isinstance(market.settlement.would(tx), ChainError)
