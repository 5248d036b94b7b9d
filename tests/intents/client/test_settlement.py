"""Each action and view of the client, in process; refusals come as the settlement's own errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from boomerang.chains import Tx, connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface, UnexpectedAnswer
from boomerang.errors import InvalidInput, NotFunded
from boomerang.intents import errors
from boomerang.intents.batch import Batch, Order, Route, Sweep, batch_of, cycle
from boomerang.intents.client import NonceState, Settlement, events, programs
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import UNIT
from boomerang.intents.client.state import SPARE_POPS
from boomerang.intents.message import MAX_AMOUNT, Branch, Guard, GuardKind, Intent
from intents.client.stage import ALICE, BOB, CAROL, DAVE, EXISTS, SIGNERS, Stage, mock

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLD = Stage(connect("pyrevm"))
A, B, C, D = (WORLD.tokens[name] for name in "ABCD")


@pytest.fixture
def stage() -> Iterator[Stage]:
    start = WORLD.chain.snapshot()
    yield WORLD
    WORLD.chain.restore(start)


@pytest.fixture
def settlement(stage: Stage) -> Settlement:
    return stage.settlement


def sells(maker: str, amount: int, least: int, nonce: int = 0, whole: bool = False) -> Intent:
    """A for D, directly."""
    return WORLD.intent(maker, amount, "A", WORLD.branch("D", least), whole=whole, nonce=nonce)


def buys(maker: str, amount: int, least: int, nonce: int = 0) -> Intent:
    """D for A, directly."""
    return WORLD.intent(maker, amount, "D", WORLD.branch("A", least), whole=False, nonce=nonce)


def pair(one: Order, other: Order, sold: int, received: int) -> Batch:
    return batch_of([one, other], cycle((0, 0, sold), (1, 0, received)))


class TestSigning:
    def test_hashes_are_the_contracts(self, stage: Stage) -> None:
        guards = (Guard(GuardKind.AFTER, limit=5), EXISTS)
        programs_ = [
            sells(ALICE, 1, 1),
            sells(BOB, MAX_AMOUNT, MAX_AMOUNT, 2**256 - 1, whole=True),
            stage.intent(
                ALICE,
                7,
                "A",
                stage.branch("D", 3, *guards),
                stage.branch("D", 2, Guard(GuardKind.FRESH), via=("ABD", "ACD", "AD")),
                Branch(guards=(Guard(GuardKind.BEFORE, limit=9),)),
            ),
        ]
        for intent in programs_:
            for given in range(1, len(intent.branches) + 1):
                found = stage.settlement.contract_hash(Order.of(intent, b"", given))
                assert found == stage.settlement.hash(intent)

    def test_only_the_maker_signs(self, settlement: Settlement) -> None:
        with pytest.raises(InvalidInput, match=f"{ALICE} must sign this; the signer is {BOB}"):
            settlement.sign(sells(ALICE, 1, 1), SIGNERS[raw(BOB)])

    def test_another_chains_signature(self, stage: Stage) -> None:
        intent = sells(ALICE, 100, 100)
        other = Settlement(stage.chain, stage.deployment.factory)
        wrong = Order.of(intent, other.sign(intent, SIGNERS[intent.maker]))
        batch = pair(wrong, stage.order(buys(BOB, 100, 100)), 100, 100)
        with pytest.raises(errors.WrongSignature) as caught:
            stage.settlement.settle(batch)
        assert caught.value == errors.WrongSignature(0, ALICE)


class TestSettling:
    def test_events_and_state(self, stage: Stage, settlement: Settlement) -> None:
        one, other = sells(ALICE, 1000, 500), buys(BOB, 800, 800)
        done = settlement.settle(pair(stage.order(one), stage.order(other), 400, 283))
        first, second = (event for event in done.events if isinstance(event, events.Filled))
        assert (first.branch, first.sold, first.bought) == (0, 400, 283)
        assert (second.branch, second.sold, second.bought) == (0, 283, 400)
        assert [first.intent_hash, second.intent_hash] == [*map(settlement.hash, (one, other))]
        assert first.block == done.receipt.block
        assert settlement.history() == list(done.events)
        assert settlement.sold_in_part(one) == 400
        assert settlement.nonce_state(one.maker, 0) is NonceState.OPEN
        # The same intent goes on; another with its nonce does not.
        taken = sells(ALICE, 1001, 500)
        assert settlement.sold_in_part(taken) == 0
        batch = pair(stage.order(taken), stage.order(other), 200, 141)
        assert settlement.would(settlement.tx_settle(batch)) == errors.NonceTaken(0, ALICE, 0)
        batch = pair(stage.order(one), stage.order(other), 600, 424)
        settlement.settle(batch)
        assert settlement.nonce_state(one.maker, 0) is NonceState.USED
        assert settlement.sold_in_part(one) == 0
        state = settlement.state()
        assert state.sold == {settlement.hash(one): 1000, settlement.hash(other): 707}
        assert state.bought == {settlement.hash(one): 707, settlement.hash(other): 1000}

    def test_what_a_transaction_would_be_refused_with(self, stage: Stage) -> None:
        batch = pair(stage.order(sells(ALICE, 9, 9)), stage.order(buys(BOB, 9, 9)), 9, 8)
        tx = stage.settlement.tx_settle(batch)
        assert stage.settlement.would(tx) == errors.BelowLimit(0, 0, 8, 9)
        late = replace(sells(ALICE, 9, 9), deadline=stage.chain.now() + 5)
        batch = pair(stage.order(late), stage.order(buys(BOB, 9, 9)), 9, 9)
        tx = stage.settlement.tx_settle(batch)
        assert stage.settlement.would(tx, at=late.deadline) is None
        after = late.deadline + 1
        assert stage.settlement.would(tx, at=after) == errors.Expired(0, late.deadline, after)
        assert stage.settlement.history() == []

    def test_a_skipped_cycle_says_why(self, stage: Stage, settlement: Settlement) -> None:
        stage.done(settlement.tx_allow(D, 5, sender=BOB))
        orders = [stage.order(sells(ALICE, 9, 9)), stage.order(buys(BOB, 9, 9))]
        legs = cycle((0, 0, 9), (1, 0, 9), skippable=True)
        (skipped,) = settlement.settle(batch_of(orders, legs)).events
        assert isinstance(skipped, events.Skipped)
        token = stage.deployment.data()["tokens"]["D"]["address"]
        assert skipped.error == errors.TransferFailed(token, BOB, ALICE, 9)
        assert settlement.nonce_state(raw(ALICE), 0) is NonceState.UNUSED

    def test_a_stranger_with_a_signer(self, stage: Stage) -> None:
        eve = dev_signer("erin")
        mine = stage.settlement.with_signer(eve)
        assert mine.sender == DEV_ACCOUNTS["erin"]
        batch = pair(stage.order(sells(ALICE, 9, 9)), stage.order(buys(BOB, 9, 9)), 9, 9)
        assert mine.settle(batch).gas_used > 0
        with pytest.raises(InvalidInput, match=f"{ALICE} must send this"):
            mine.allow(A, sender=ALICE)

    def test_the_route_is_the_best_of_real_pools(self, stage: Stage) -> None:
        """B is dearer after a trade: then the way by C is taken."""
        factory = stage.settlement.factory
        a, b = (stage.deployment.data()["tokens"][name]["address"] for name in "AB")
        stage.done(*factory.pair(a, b).txs_swap(a, 1000 * UNIT, CAROL))
        c_before = factory.look(A, C), factory.look(C, D)
        b_before = factory.look(A, B), factory.look(B, D)
        via = stage.branch("D", UNIT // 3, via=("ABD", "ACD"))
        order = stage.order(stage.intent(ALICE, 400 * UNIT, "A", via))
        (filled,) = stage.settlement.settle(Batch((order,), routes=(Route(0, 0),))).events
        assert (factory.look(A, B), factory.look(B, D)) == b_before
        assert (factory.look(A, C), factory.look(C, D)) != c_before
        assert isinstance(filled, events.Filled)
        assert UNIT // 3 < filled.bought < 4 * UNIT // 10


class TestApprovals:
    def test_without_a_signature(self, stage: Stage, settlement: Settlement) -> None:
        one, other = sells(ALICE, 9, 9), stage.order(buys(BOB, 9, 9))
        tx = settlement.tx_settle(pair(Order.of(one), other, 9, 9))
        assert settlement.would(tx) == errors.WrongSignature(0, ALICE)
        (event,) = settlement.approve(one).events
        assert event.approved
        assert settlement.approved(raw(ALICE), settlement.hash(one))
        assert settlement.state().approved == {(raw(ALICE), settlement.hash(one))}
        assert settlement.would(tx) is None
        # Taken back, by its hash; and nobody approves for others.
        settlement.approve(settlement.hash(one), False, sender=ALICE)
        settlement.approve(settlement.hash(one), sender=BOB)
        assert not settlement.approved(raw(ALICE), settlement.hash(one))
        assert settlement.would(tx) == errors.WrongSignature(0, ALICE)
        assert (
            settlement.would(settlement.tx_settle(pair(Order.of(one), other, 9, 9), sender=ALICE))
            is None
        )

    def test_a_wallet_that_is_a_contract(self, stage: Stage, settlement: Settlement) -> None:
        """ERC-1271: its owner's key signs for it."""
        wallet = Interface(mock("SmartWallet"))
        made = stage.done(Tx(CAROL, None, wallet.creation(CAROL))).receipt.contract
        assert made is not None
        stage.done(settlement.token(A).tx_transfer(CAROL, made, 100))
        allow = settlement.tx_allow(A, sender=made)
        stage.done(Tx(CAROL, made, wallet.functions["perform"].encode(allow.to, 0, allow.data)))
        one, other = sells(made, 100, 90), stage.order(buys(BOB, 100, 100))
        data = settlement.domain.typed_data(one)
        forged = Order.of(one, SIGNERS[raw(ALICE)].sign_typed_data(data))
        tx = settlement.tx_settle(pair(forged, other, 95, 90))
        assert settlement.would(tx) == errors.WrongSignature(0, made)
        signed = Order.of(one, SIGNERS[raw(CAROL)].sign_typed_data(data))
        settlement.settle(pair(signed, other, 95, 90))
        assert settlement.token(D).balance_of(made) == 90


class TestNonces:
    def test_cancelling_by_number_and_by_word(self, stage: Stage, settlement: Settlement) -> None:
        done = settlement.cancel([3, 200, 5, 3], sender=ALICE)
        assert [event for one in done for event in one.events] == [
            events.NoncesCancelled(
                block=one.receipt.block, index=0, maker=raw(ALICE), word=word, bits=bits
            )
            for one, (word, bits) in zip(done, ((0, 0b101000), (1, 1 << 72)), strict=True)
        ]
        for nonce, state in {3: "used", 4: "unused", 5: "used", 200: "used"}.items():
            assert settlement.nonce_state(raw(ALICE), nonce) is NonceState(state)
            assert settlement.nonce_state(raw(BOB), nonce) is NonceState.UNUSED
        batch = pair(stage.order(sells(ALICE, 9, 9, 5)), stage.order(buys(BOB, 9, 9)), 9, 9)
        with pytest.raises(errors.NonceUsed) as caught:
            settlement.settle(batch)
        assert caught.value == errors.NonceUsed(0, ALICE, 5)
        settlement.cancel_word(2, sender=ALICE)
        states = {settlement.nonce_state(raw(ALICE), 256 + i) for i in range(128)}
        assert states == {NonceState.USED}
        cancelled = settlement.state().cancelled
        assert cancelled[raw(ALICE), 2] == 2**128 - 1
        assert cancelled[raw(ALICE), 0] == 0b101000

    def test_free_ones_are_in_the_lowest_word_with_room(self, settlement: Settlement) -> None:
        settlement.cancel_word(0, 2**128 - 1 - (1 << 9), sender=ALICE)
        assert settlement.free_nonce(raw(ALICE)) == 9
        assert 128 <= settlement.free_nonce(raw(ALICE), avoid=[9]) < 256
        assert settlement.free_nonce(raw(BOB)) < 128


class TestBook:
    def test_places_are_found_and_lists_agree(self, stage: Stage, settlement: Settlement) -> None:
        rates = [(10, 30), (10, 20), (100, 210), (10, 20), (10, 10), (1000, 3000)]
        for nonce, (amount, least) in enumerate(rates):
            settlement.post(sells(ALICE, amount, least, nonce))
        listed = settlement.book.entries(A, D)
        assert [entry.number for entry in listed] == [5, 2, 4, 3, 1, 6]
        told = settlement.state().entries(A, D)
        assert [replace(entry, intent_hash=bytes(32)) for entry in told] == listed
        assert told[1].intent_hash == settlement.hash(sells(ALICE, 10, 20, 1))
        assert settlement.book.entries(D, A) == []
        # The hint saves gas, and does not move the entry.
        new = sells(BOB, 10, 30, 9)
        assert settlement.place(new) == 6
        right, wrong = settlement.tx_post(new), settlement.tx_post(new, after=5, pops=0)
        costs = []
        for tx in (right, wrong):
            before = stage.chain.snapshot()
            costs.append(stage.done(tx).gas_used)
            assert [entry.number for entry in settlement.book.entries(A, D)][-2:] == [6, 7]
            stage.chain.restore(before)
        assert costs[0] + 8000 < costs[1]

    def test_posting_fills_what_it_crosses(self, settlement: Settlement) -> None:
        for nonce, amount in enumerate((10, 20, 30)):
            settlement.post(sells(ALICE, amount, amount, nonce))
        new = buys(BOB, 100, 100)
        assert settlement.pops(new) == 3 + SPARE_POPS
        done = settlement.post(new)
        kinds = [type(event).__name__ for event in done.events]
        assert kinds == ["EntryFilled", "Unlisted"] * 3 + ["Filled", "Posted"]
        (entry,) = settlement.book.entries(D, A)
        assert (entry.amount, entry.least, entry.left, entry.maker) == (100, 100, 40, raw(BOB))
        state = settlement.state()
        assert state.entries(A, D) == []
        assert [e.left for e in state.entries(D, A)] == [40]
        assert state.sold[settlement.hash(new)] == 60

    def test_too_few_pops(self, settlement: Settlement) -> None:
        for nonce in range(2):
            settlement.post(sells(ALICE, 10, 10, nonce))
        with pytest.raises(errors.MatchStands) as caught:
            settlement.post(buys(BOB, 100, 100), pops=1)
        assert caught.value == errors.MatchStands(0, 0, 2)

    def test_only_the_maker_posts(self, settlement: Settlement) -> None:
        """Not even with the maker's approval does anybody else."""
        intent = sells(ALICE, 10, 10)
        tx = settlement.tx_post(intent)
        assert tx.sender == ALICE
        assert settlement.would(tx) is None
        settlement.approve(intent)
        for other in (BOB, DAVE):
            with pytest.raises(errors.NotPostable, match="not its maker"):
                settlement.post(intent, sender=other)
        settlement.post(intent)
        assert [entry.maker for entry in settlement.book.entries(A, D)] == [raw(ALICE)]

    def test_unposting_and_sweeping_the_dead(self, stage: Stage, settlement: Settlement) -> None:
        soon = stage.chain.now() + 20
        for nonce, (who, deadline) in enumerate(((BOB, soon), (BOB, soon), (ALICE, 2**40))):
            settlement.post(replace(sells(who, 10, 10, nonce), deadline=deadline))
        assert settlement.book.alive(A, D, 1) == 10
        assert settlement.book.alive(A, D, 1, at=soon + 1) == 0
        assert settlement.book.alive(A, D, 9) == 0
        with pytest.raises(errors.NoEntry) as caught:
            settlement.book.entry(A, D, 9)
        assert caught.value.values == (*_tokens("A", "D"), 9)
        with pytest.raises(errors.NotMaker):
            settlement.unpost(A, D, 3, sender=BOB)
        assert settlement.book.dead(A, D) == 0
        stage.chain.advance(30)
        assert settlement.book.dead(A, D) == 2
        done = settlement.sweep_dead(A, D)
        assert [event.reason for event in done.events] == [events.Unlisting.DEAD] * 2
        assert [entry.number for entry in settlement.book.entries(A, D)] == [3]
        assert settlement.book.crossing(D, A, 10, 10) == 3
        assert settlement.book.crossing(D, A, 9, 10) == 0
        (event,) = settlement.unpost(A, D, 3).events
        assert event.reason is events.Unlisting.CANCELLED
        assert settlement.book.entries(A, D) == settlement.state().entries(A, D) == []

    def test_own_entries_and_parts_of_entries(self, stage: Stage, settlement: Settlement) -> None:
        settlement.post(sells(BOB, 10, 10, 1))
        settlement.post(sells(ALICE, 100, 100, 1))
        exists = stage.intent(BOB, 50, "D", stage.branch("A", 50, EXISTS), whole=False, nonce=2)
        batch = Batch((stage.order(exists),), sweeps=(Sweep(0, 0, pops=9),))
        done = settlement.settle(batch)
        gone, taken, filled = done.events
        assert isinstance(gone, events.Unlisted)
        assert gone.reason is events.Unlisting.OWN
        assert isinstance(taken, events.EntryFilled)
        assert (taken.number, taken.sold, taken.taker) == (2, 50, settlement.hash(exists))
        assert isinstance(filled, events.Filled)
        (entry,) = settlement.state().entries(A, D)
        assert (entry.number, entry.left) == (2, 50)
        assert settlement.book.entry(A, D, 2).left == 50

    def test_announcing(self, stage: Stage, settlement: Settlement) -> None:
        whole = sells(ALICE, 10, 10, whole=True)
        with pytest.raises(errors.NotPostable, match="whole"):
            settlement.post(whole)
        (event,) = settlement.announce(whole).events
        assert isinstance(event, events.Announced)
        assert programs.announced(event, settlement.domain) == whole
        assert settlement.state().announced == {settlement.hash(whole): event}


class TestTokens:
    def test_funds_are_checked_first(self, settlement: Settlement) -> None:
        intent = sells(DAVE, 10, 10)
        with pytest.raises(NotFunded, match=f"{DAVE} has 0 of"):
            settlement.check_funds(intent)
        settlement.send(settlement.token(A).tx_transfer(ALICE, DAVE, 15))
        with pytest.raises(NotFunded, match=f"may move 0 of {DAVE}'s"):
            settlement.check_funds(intent)
        assert settlement.movable(raw(DAVE), A) == 0
        settlement.allow(A, 10, sender=DAVE)
        settlement.check_funds(intent)
        assert settlement.movable(raw(DAVE), A) == 10
        settlement.allow(A, sender=DAVE)
        assert settlement.movable(raw(DAVE), A) == 15


class TestPlaces:
    def test_where_there_is_none(self, stage: Stage) -> None:
        for address in (stage.deployment.factory, DEV_ACCOUNTS["trent"]):
            nowhere = Settlement(stage.chain, address)
            with pytest.raises(UnexpectedAnswer, match=f"there is no Settlement at {address}"):
                _ = nowhere.registry
            with pytest.raises(UnexpectedAnswer, match="there is no Book at"):
                nowhere.book.entries(A, D)

    def test_what_a_settlement_is_made_of(self, stage: Stage) -> None:
        here = stage.settlement
        assert here.registry == stage.registry.address
        assert here.factory.address == stage.deployment.factory
        assert here.factory.pair_code_hash == stage.deployment.pair_code_hash
        assert here.view("book") == here.book.address
        assert here.book.view("settlement") == here.address

    def test_beside_nothing(self, stage: Stage) -> None:
        with pytest.raises(errors.BadParameter) as caught:
            Settlement.deploy(stage.chain, ALICE, stage.deployment.factory)
        assert caught.value == errors.BadParameter("registry")


def _tokens(*names: str) -> tuple[str, ...]:
    known = WORLD.deployment.data()["tokens"]
    return tuple(known[name]["address"] for name in names)
