"""Transactions that get lost, stuck, replaced, undone; and keepers that die in between."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from boomerang.chains.base import NodeError, Tx
from boomerang.errors import TooEarly
from boomerang.keeper import Action, Kind, Settings
from boomerang.keeper.database import Attempt, Database
from boomerang.keeper.journal import open_journal
from boomerang.keeper.nodes import Fate, Fees, Pool, Signed
from boomerang.keeper.sender import CANCEL, Sender, Wanted
from keeper.board import ALICE, T0
from keeper.fake_node import FakeNode

SETTINGS = Settings(confirmations=3, bump_seconds=10, max_fee=100 * 10**9, max_tip=20 * 10**9)


class Bench:
    """A sender before a node of the test's; `restart` is what a kill leaves."""

    def __init__(self, directory: Path) -> None:
        self.node = FakeNode()
        self.url = f"sqlite:///{directory / 'keeper.db'}"
        self.out = io.StringIO()
        self.now = float(T0)
        self.restart()

    def restart(self) -> None:
        self.database = Database(self.url)
        self.pool = Pool([self.node], 1, 1.0)
        journal = open_journal(lambda: self.now, stream=self.out)
        self.sender = Sender(ALICE, "here", self.pool, self.database, SETTINGS, journal)

    def step(self, *actions: Action, later: float = 1.0) -> None:
        self.now += later
        wanted = [Wanted(action, lambda action=action: tx(action)) for action in actions]  # type: ignore[misc]
        self.sender.step(self.node, self.node.head(), self.now, wanted)

    def pooled(self) -> dict[int, bytes]:
        return {nonce: signed.tx.data for nonce, signed in self.node.pool.items()}

    def live(self) -> list[tuple[int, str]]:
        return [(row.nonce, row.key) for row in self.database.live("here")]

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.out.getvalue().splitlines()]


def tx(action: Action) -> Tx:
    return Tx(ALICE, ALICE, action.key.encode() + action.program)


def action(number: int = 1, *, due: int = T0, closes: int | None = T0 + 100, **more: Any) -> Action:
    kind = more.pop("kind", Kind.SEAL)
    return Action(kind=kind, ids=(bytes([number]) * 25,), opens=T0, due=due, closes=closes, **more)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_nothing_to_do_sends_nothing(bench: Bench) -> None:
    bench.step()
    assert bench.pooled() == {}


def test_each_action_has_a_nonce_of_its_own(bench: Bench) -> None:
    one, two = action(1), action(2)
    bench.step(one, two)
    assert bench.pooled() == {0: tx(one).data, 1: tx(two).data}


def test_what_waits_is_not_sent_twice(bench: Bench) -> None:
    one = action()
    for _ in range(5):
        bench.step(one)
    assert len(bench.node.received) == 1


def test_what_is_deep_enough_is_done(bench: Bench) -> None:
    bench.step(action())
    bench.node.mine()
    bench.step()
    assert bench.live() != []  # one block is not enough
    bench.node.mine()
    bench.node.mine()
    bench.step()
    assert bench.live() == []
    assert "confirmed" in bench.events()


def test_what_the_pool_forgot_is_sent_again_as_it_was(bench: Bench) -> None:
    one = action()
    bench.step(one)
    bench.node.drop()
    bench.step(one)
    first, again = bench.node.received
    assert first == again


def test_what_waits_too_long_offers_more_for_the_same_nonce(bench: Bench) -> None:
    one = action(closes=None)
    bench.step(one)
    bench.step(one, later=SETTINGS.bump_seconds + 1)
    (first, before), (second, after) = bench.node.received
    assert first.nonce == second.nonce
    assert after.max_fee * 10 >= before.max_fee * 11
    assert after.tip * 10 >= before.tip * 11
    assert bench.pooled() == {0: tx(one).data}


def test_fees_rise_with_the_deadline_up_to_the_maximum_and_no_further(bench: Bench) -> None:
    one = action(closes=T0 + 100)
    offered = []
    for _ in range(100):
        bench.step(one)
        offered.append(bench.node.received[-1][1])
    assert all(fees.max_fee <= SETTINGS.max_fee for fees in offered)
    assert all(fees.tip <= SETTINGS.max_tip for fees in offered)
    assert all(a.max_fee <= b.max_fee for a, b in itertools.pairwise(offered))
    assert offered[-1].max_fee > SETTINGS.max_fee * 3 // 4
    assert offered[49].max_fee > 2 * offered[0].max_fee
    assert len({signed.nonce for signed, _ in bench.node.received}) == 1


def test_bumping_is_quicker_near_the_deadline(bench: Bench) -> None:
    def bumps(closes: int) -> int:
        before = len(bench.node.received)
        one = action(before + 1, due=int(bench.now), closes=closes)
        for _ in range(20):
            bench.step(one)
        return len(bench.node.received) - before

    far, near = bumps(T0 + 100_000), bumps(T0 + 45)
    assert near > far


def test_an_estimate_that_fails_sends_nothing_and_is_asked_again_later(bench: Bench) -> None:
    one = action()
    bench.node.reverts = TooEarly(bytes(25), T0 + 9, T0).encode()
    bench.step(one)
    assert bench.pooled() == {}
    assert bench.live() == []
    assert "would-fail" in bench.events()
    bench.node.reverts = None
    bench.step(one, later=5)
    assert bench.pooled() == {0: tx(one).data}


def test_close_to_the_deadline_no_estimate_is_believed(bench: Bench) -> None:
    """A node that shows an old head says that it is too early when it is almost too late."""
    bench.node.reverts = TooEarly(bytes(25), T0 + 9, T0).encode()
    one = action(closes=T0 + 10)
    bench.step(one, later=6)
    assert bench.pooled() == {0: tx(one).data}


def test_a_nonce_that_was_used_otherwise_is_given_up(bench: Bench) -> None:
    one = action()
    bench.step(one)
    theirs = Signed(Tx(ALICE, ALICE, b"theirs"), 0, b"t" * 32, b"")
    bench.node.pool = {0: theirs}
    bench.node.mine()
    bench.step(one, later=SETTINGS.bump_seconds / 4)
    assert bench.pooled() == {1: tx(one).data}
    bench.step(one, later=SETTINGS.bump_seconds)
    assert "superseded" in bench.events()


def test_a_node_that_is_behind_itself_is_not_believed(bench: Bench) -> None:
    """It counts the transaction and does not know it: it is not decided anew, and once a
    reorganisation takes it out of its block again, it is sent as it was.
    """
    one, two = action(1), action(2)
    bench.step(one, two)
    bench.node.mine()
    fates = bench.node.fates
    bench.node.fates = lambda hashes: [Fate(None, pooled=False) for _ in hashes]  # type: ignore[method-assign]
    bench.step(one, two)
    assert bench.pooled() == {}
    bench.node.fates = fates  # type: ignore[method-assign]
    bench.node.reorganise(1)
    bench.step(one, two)
    assert bench.pooled() == {0: tx(one).data, 1: tx(two).data}
    assert len({signed.hash for signed, _ in bench.node.received}) == 2


def test_a_gap_is_kept_for_what_the_node_kept_from_being_sent(bench: Bench) -> None:
    one, two, three = action(1), action(2), action(3)
    bench.step(one, two)
    bench.node.pool.pop(0)
    bench.node.confused = "internal error"
    bench.step(two, three)
    assert 0 not in bench.pooled()
    bench.node.confused = None
    bench.step(two, three)
    assert bench.pooled() == {0: tx(three).data, 1: tx(two).data}


def test_what_was_sent_before_needs_no_estimate(bench: Bench) -> None:
    one = action()
    bench.step(one)
    bench.node.drop()
    bench.node.confused = "internal error"
    bench.step(one)
    assert bench.pooled() == {0: tx(one).data}


def test_close_to_the_deadline_no_estimate_is_waited_for(bench: Bench) -> None:
    bench.node.confused = "internal error"
    one = action(closes=T0 + 10)
    bench.step(one)
    assert bench.pooled() == {}
    bench.step(one, later=6)
    assert bench.pooled() == {0: tx(one).data}


def test_others_transactions_of_the_account_are_left_alone(bench: Bench) -> None:
    theirs = Signed(Tx(ALICE, ALICE, b"theirs"), 0, b"t" * 32, b"")
    bench.node.pool = {0: theirs}
    one = action()
    bench.step(one)
    assert bench.pooled() == {0: b"theirs", 1: tx(one).data}


def test_close_to_the_deadline_they_are_replaced(bench: Bench) -> None:
    """A transaction that is stuck would hold everything up behind it."""
    theirs = Signed(Tx(ALICE, ALICE, b"theirs"), 0, b"t" * 32, b"")
    bench.node.pool = {0: theirs}
    one = action(closes=T0 + 10)
    bench.step(one, later=6)
    assert bench.pooled() == {0: tx(one).data}


def test_a_refused_nonce_is_chosen_anew(bench: Bench) -> None:
    one = action()
    bench.node.refuses = "nonce too low"
    bench.step(one)
    assert bench.live() == []
    bench.node.refuses = None
    bench.step(one)
    assert bench.pooled() == {0: tx(one).data}


def test_a_reorganisation_that_forgets_it_has_it_sent_again(bench: Bench) -> None:
    one = action()
    bench.step(one)
    bench.node.mine()
    bench.step(later=20)
    bench.node.reorganise(1)
    bench.step(one)
    assert bench.pooled() == {0: tx(one).data}
    assert len({signed.hash for signed, _ in bench.node.received}) == 1


def test_what_went_through_is_not_sent_again_because_the_logs_came_late(bench: Bench) -> None:
    one = action()
    bench.step(one)
    bench.node.mine()
    bench.step(one)
    assert bench.pooled() == {}


def test_what_failed_is_tried_again_but_not_at_once(bench: Bench) -> None:
    one = action()
    bench.node.fails = {0}
    bench.step(one)
    bench.node.mine()
    bench.step(one)
    assert bench.pooled() == {}
    bench.step(one, later=SETTINGS.bump_seconds)
    assert bench.pooled() == {1: tx(one).data}


def test_a_batch_makes_room_for_the_next(bench: Bench) -> None:
    one = action(1, kind=Kind.RESOLVE, closes=None)
    two = action(2, kind=Kind.RESOLVE, closes=None)
    bench.step(one)
    bench.step(two)  # the same slot: nothing happens while the first waits
    assert len(bench.node.received) == 1
    bench.node.mine()
    bench.step(two)
    assert list(bench.pooled()) == [1]


def test_a_gap_is_filled_with_nothing(bench: Bench) -> None:
    """The first was lost and nobody wants it any more, but the second waits for its nonce."""
    one, two = action(1), action(2)
    bench.step(one, two)
    bench.node.pool.pop(0)
    bench.step(two)
    assert bench.pooled() == {0: b"", 1: tx(two).data}
    assert (0, CANCEL) in bench.live()
    bench.node.mine()
    assert bench.pooled() == {}


def test_a_gap_is_used_for_what_comes_next(bench: Bench) -> None:
    one, two, three = action(1), action(2), action(3)
    bench.step(one, two)
    bench.node.pool.pop(0)
    bench.step(two, three)
    assert bench.pooled() == {0: tx(three).data, 1: tx(two).data}


def test_killed_after_the_decision(bench: Bench) -> None:
    """It was written down, not signed: it is decided again, with the same nonce."""
    one = action()
    bench.database.decide("here", ALICE, 0, one.key, "", bench.now, 0)
    bench.restart()
    bench.step(one)
    assert bench.pooled() == {0: tx(one).data}
    assert bench.live() == [(0, one.key)]


def test_killed_after_the_signature(bench: Bench) -> None:
    """It was signed and never sent: the same is sent."""
    one = action()
    fees = Fees(3 * 10**9, 10**9)
    row = bench.database.decide("here", ALICE, 0, one.key, "", bench.now, 0)
    signed = bench.node.sign(tx(one), 0, 125_000, fees)
    from eth_utils.crypto import keccak

    content = keccak(ALICE.encode() + bytes(32) + tx(one).data)
    bench.database.attempt(row, Attempt(signed.hash, content, 125_000, fees, bench.now))
    bench.restart()
    bench.step(one)
    assert [one.hash for one, _ in bench.node.received] == [signed.hash]


def test_killed_after_it_was_sent(bench: Bench) -> None:
    one = action()
    bench.step(one)
    bench.restart()
    bench.step(one)
    assert len(bench.node.received) == 1


def test_killed_and_nobody_wants_it_any_more(bench: Bench) -> None:
    one = action()
    bench.database.decide("here", ALICE, 0, one.key, "", bench.now, 0)
    bench.restart()
    bench.step()
    assert bench.live() == []
    assert bench.pooled() == {}


def test_a_replacement_is_dearer_than_whatever_had_its_nonce(bench: Bench) -> None:
    """The other may still be in somebody's pool."""
    one, two = action(1), action(2)
    bench.step(one)
    before = bench.node.received[-1][1]
    bench.node.drop()
    bench.step()  # given up
    bench.step(two)
    after = bench.node.received[-1][1]
    assert bench.pooled() == {0: tx(two).data}
    assert after.max_fee * 10 >= before.max_fee * 11


def test_a_node_that_dies_is_told_upwards(bench: Bench) -> None:
    bench.node.dead = "no answer"
    with pytest.raises(NodeError):
        bench.sender.step(
            bench.node, FakeNode().head(), bench.now, [Wanted(action(), lambda: tx(action()))]
        )


def test_what_was_not_sent_is_sent_once_a_node_is_there(bench: Bench) -> None:
    one = action()
    working = bench.pool.nodes
    dead = FakeNode("dead")
    dead.dead = "no answer"
    bench.pool.nodes = [dead]
    bench.step(one)
    assert bench.pooled() == {}
    bench.pool.nodes = working
    bench.step(one)
    assert bench.pooled() == {0: tx(one).data}
