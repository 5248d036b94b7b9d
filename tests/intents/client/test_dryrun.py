"""Every clause that the dry run names, with what it observed and when to look again; and that what
it lets pass, the settlement does too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from boomerang.chains import connect
from boomerang.content import Content
from boomerang.intents import errors, pools
from boomerang.intents.batch import Batch, Order, Route
from boomerang.intents.client import Clause, NoDryRun, Obstacle, Settlement, Verdict
from boomerang.intents.client.deploy import UNIT
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from intents.client.stage import ALICE, BOB, CAROL, DAVE, EXISTS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLD = Stage(connect("pyrevm"))
FREE = Obstacle(Clause.NONE, 0, 0, 0, None)
SWAP = WORLD.branch("D", 50)
ROUTE = WORLD.branch("D", UNIT // 10, via=("ABD", "ACD"))


@pytest.fixture
def stage() -> Iterator[Stage]:
    start = WORLD.chain.snapshot()
    yield WORLD
    WORLD.chain.restore(start)


def sells(*branches: Branch, amount: int = 100, whole: bool = False, nonce: int = 0) -> Intent:
    return WORLD.intent(ALICE, amount, "A", *branches, whole=whole, nonce=nonce)


def verdict(intent: Intent, at: int | None = None) -> Verdict:
    (found,) = WORLD.settlement.dry_run([WORLD.order(intent)], at)
    assert found.intent_hash == WORLD.settlement.hash(intent)
    return found


def branches(*all_branches: Branch, amount: int = 100) -> list[Obstacle]:
    """What is in the way of each."""
    return [one.obstacle for one in verdict(sells(*all_branches, amount=amount)).branches]


class TestTheIntent:
    def test_free(self, stage: Stage) -> None:
        whole = verdict(sells(SWAP, whole=True))
        assert whole.obstacle == FREE
        assert (whole.left, whole.movable) == (100, 10**6 * UNIT)
        assert [branch.obstacle for branch in whole.branches] == [FREE]
        assert whole.open_branches == [0]

    def test_ranges(self, stage: Stage) -> None:
        for bad in (replace(SWAP, least=0), replace(SWAP, buy=stage.tokens["A"])):
            found = verdict(sells(bad))
            assert found.obstacle.clause is Clause.RANGE
            assert found.open_branches == []

    def test_expired(self, stage: Stage) -> None:
        now = stage.chain.now()
        late = replace(sells(SWAP), deadline=now)
        assert verdict(late).obstacle == FREE
        after = verdict(late, at=now + 1).obstacle
        assert after == Obstacle(Clause.EXPIRED, 0, now + 1, now, None)

    def test_signature(self, stage: Stage) -> None:
        intent = sells(SWAP)
        forged = Order.of(intent, stage.order(sells(SWAP, nonce=3)).signature)
        unsigned = Order.of(intent)
        clauses = [v.obstacle.clause for v in stage.settlement.dry_run([forged, unsigned])]
        assert clauses == [Clause.SIGNATURE, Clause.SIGNATURE]
        stage.settlement.approve(intent)
        clauses = [v.obstacle.clause for v in stage.settlement.dry_run([forged, unsigned])]
        assert clauses == [Clause.SIGNATURE, Clause.NONE]

    def test_nonce(self, stage: Stage) -> None:
        stage.settlement.cancel([5], sender=ALICE)
        assert verdict(sells(SWAP, nonce=5)).obstacle.clause is Clause.NONCE
        assert verdict(sells(SWAP, nonce=6)).obstacle.clause is Clause.NONE

    def test_what_is_left(self, stage: Stage) -> None:
        """Of an intent that was routed in part."""
        part = sells(ROUTE, amount=1000 * UNIT)
        batch = Batch((stage.order(part),), routes=(Route(0, 0, 300 * UNIT),))
        stage.settlement.settle(batch)
        assert verdict(part).left == 700 * UNIT
        assert verdict(sells(SWAP)).obstacle.clause is Clause.NONCE

    def test_funds(self, stage: Stage) -> None:
        stage.settlement.allow(stage.tokens["A"], 99, sender=ALICE)
        whole = verdict(sells(SWAP, whole=True))
        assert whole.obstacle == Obstacle(Clause.FUNDS, 0, 99, 100, None)
        assert verdict(sells(SWAP)).obstacle == FREE
        assert verdict(sells(SWAP)).movable == 99
        stage.settlement.allow(stage.tokens["A"], 0, sender=ALICE)
        assert verdict(sells(SWAP)).obstacle == Obstacle(Clause.FUNDS, 0, 0, 1, None)


class TestBranches:
    def test_times(self, stage: Stage) -> None:
        now = stage.chain.now()
        soon = Guard(GuardKind.AFTER, limit=now + 50)
        over = Guard(GuardKind.BEFORE, limit=now)
        (early,) = branches(replace(SWAP, guards=(soon,)))
        assert early == Obstacle(Clause.GUARD, 0, now, now + 50, now + 50)
        (late,) = branches(replace(SWAP, guards=(EXISTS, over)))
        assert late == Obstacle(Clause.GUARD, 1, now, now, None)
        (then,) = verdict(sells(replace(SWAP, guards=(soon,))), at=now + 50).branches
        assert then.obstacle == FREE

    def test_a_commitment(self, stage: Stage) -> None:
        """Until it is final, for the branch and for those behind it."""
        registry = stage.registry
        made = registry.publish(Content(statement=b"Dare"), sender=CAROL).commitment
        kept, lost = (
            Guard(kind, made.id.ljust(32, b"\0")) for kind in (GuardKind.KEPT, GuardKind.REVERTED)
        )
        final = registry.latest_resolution(made.id)
        waiting = branches(replace(SWAP, guards=(kept,)), replace(SWAP, guards=(lost,)))
        assert [one.clause for one in waiting] == [Clause.UNDECIDED, Clause.UNDECIDED]
        assert {one.retry_at for one in waiting} == {final}
        stage.chain.mine(final + 1)
        first, second = branches(replace(SWAP, guards=(kept,)), replace(SWAP, guards=(lost,)))
        assert (first.clause, first.retry_at) == (Clause.GUARD, None)
        assert second == FREE

    def test_an_earlier_branch(self, stage: Stage) -> None:
        first, second = branches(SWAP, ROUTE)
        assert first == FREE
        assert second == Obstacle(Clause.EARLIER, 0, 0, 0, None)

    def test_a_match(self, stage: Stage) -> None:
        exists = replace(SWAP, guards=(EXISTS,))
        route = replace(ROUTE, least=1)
        assert [one.clause for one in branches(exists, route, amount=10**6)] == [
            Clause.NONE,
            Clause.NONE,
        ]
        near = stage.intent(BOB, 1, "D", stage.branch("A", 10**6 // 50), whole=False)
        far = stage.intent(BOB, 1, "D", stage.branch("A", 10**6 // 50 + 1), whole=False, nonce=1)
        stage.settlement.post(far)
        found = verdict(sells(exists, route, amount=10**6))
        assert [branch.obstacle for branch in found.branches] == [FREE, FREE]
        assert [branch.standing for branch in found.branches] == [None, None]
        stage.settlement.post(near)
        found = verdict(sells(exists, route, amount=10**6))
        assert [branch.standing for branch in found.branches] == [2, None]
        first, second = (branch.obstacle for branch in found.branches)
        assert first == FREE
        assert second == Obstacle(Clause.MATCH, 0, 0, 2, None)
        order = stage.order(sells(exists, route, amount=10**6))
        tx = stage.settlement.tx_settle(Batch((order,), routes=(Route(0, 1),)))
        assert stage.settlement.would(tx) == errors.MatchStands(0, 0, 2)

    def test_quotes(self, stage: Stage) -> None:
        look = stage.settlement.factory.look
        token = stage.tokens
        best = pools.quote([token["A"], token["B"], token["D"]], 200 * UNIT, look)
        for least, clause in ((best, Clause.NONE), (best + 1, Clause.QUOTE)):
            intent = sells(replace(ROUTE, least=least), amount=200 * UNIT)
            (branch,) = verdict(intent).branches
            assert branch.quote == best
            assert branch.obstacle.clause is clause
            batch = Batch((stage.order(intent),), routes=(Route(0, 0),))
            refused = stage.settlement.would(stage.settlement.tx_settle(batch))
            if clause is Clause.NONE:
                assert refused is None
            else:
                assert refused == errors.BelowLimit(0, 0, best, best + 1)
                assert branch.obstacle == Obstacle(Clause.QUOTE, 0, best, best + 1, None)

    def test_a_pool_that_was_touched(self, stage: Stage) -> None:
        fresh = replace(ROUTE, guards=(Guard(GuardKind.FRESH),))
        a, b = (stage.deployment.data()["tokens"][name]["address"] for name in "AB")
        touched = stage.done(stage.settlement.factory.pair(a, b).tx_sync(DAVE))
        now = touched.receipt.block.time
        (branch,) = verdict(sells(fresh, amount=200 * UNIT), at=now).branches
        assert branch.obstacle.clause is Clause.UNDECIDED
        assert branch.obstacle.retry_at == now + 1
        (branch,) = verdict(sells(fresh, amount=200 * UNIT), at=now + 1).branches
        assert branch.obstacle == FREE

    def test_doing_nothing(self, stage: Stage) -> None:
        never = Guard(GuardKind.AFTER, limit=2**40)
        nothing = Branch(guards=(Guard(GuardKind.BEFORE, limit=2**40),))
        first, second = branches(replace(SWAP, guards=(never,)), nothing)
        assert (first.clause, second.clause) == (Clause.GUARD, Clause.IDLE)


def test_none_is_known(stage: Stage) -> None:
    bare = Settlement(stage.chain, stage.settlement.address)
    with pytest.raises(NoDryRun, match=f"beside the settlement {bare.address}"):
        bare.dry_run([])
    assert stage.settlement.dry_run([]) == []
