"""One story on every kind of chain, with the same ends at the same gas: a pair, a ring, a program
whose else-branch is forbidden while a match is posted, and routed once it is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boomerang.chains import connect
from boomerang.errors import decode_error
from boomerang.intents import errors, pools
from boomerang.intents.batch import Batch, Route, Sweep, batch_of, cycle
from boomerang.intents.client import NonceState
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import UNIT
from intents.client.stage import ALICE, BOB, CAROL, EXISTS, Stage

if TYPE_CHECKING:
    from boomerang.chains import Chain
    from boomerang.chains.base import Tx

KINDS = ["tester", pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network])]


class Story:
    """What happened, and what it cost."""

    def __init__(self, chain: Chain) -> None:
        self.stage = Stage(chain)
        self.told: list[Any] = [self.stage.deployment.data(), self.stage.balances()]
        self.a_pair()
        self.a_ring()
        self.an_else_branch()
        self.told.append(self.stage.settlement.state())
        self.told.append(self.stage.balances())

    def tell(self, *txs: Tx) -> None:
        for done in self.stage.receipts(*txs):
            self.told.append((done.gas_used, done.events))

    def refuse(self, tx: Tx) -> errors.SettlementError:
        (receipt,) = self.stage.chain.mine(self.stage.chain.head().time + 1, [tx])
        self.told.append((receipt.gas_used, receipt.output))
        assert not receipt.ok
        error = decode_error(receipt.output)
        assert isinstance(error, errors.SettlementError)
        return error

    def a_pair(self) -> None:
        """500 A for half a D, at the limits' mean."""
        stage = self.stage
        sells = stage.intent(ALICE, 500 * UNIT, "A", stage.branch("D", UNIT // 2))
        buys = stage.intent(BOB, UNIT, "D", stage.branch("A", 900 * UNIT), whole=False)
        assert stage.settlement.contract_hash(stage.order(sells)) == stage.settlement.hash(sells)
        traded = 500 * UNIT, 527046276694729889  # 1/2 * sqrt(1000/900) D
        batch = batch_of(
            [stage.order(sells), stage.order(buys)], cycle((0, 0, traded[0]), (1, 0, traded[1]))
        )
        before = stage.balances()
        self.tell(stage.settlement.tx_settle(batch))
        after = stage.balances()
        assert after["alice", "D"] - before["alice", "D"] == traded[1]
        assert after["bob", "A"] - before["bob", "A"] == traded[0]
        states = [stage.settlement.nonce_state(raw(who), 0) for who in (ALICE, BOB, CAROL)]
        assert states == [NonceState.USED, NonceState.OPEN, NonceState.UNUSED]
        assert self.refuse(stage.settlement.tx_settle(batch)) == errors.NonceUsed(0, ALICE, 0)

    def a_ring(self) -> None:
        """A to B to D to A: equal amounts are equal gains."""
        stage = self.stage
        sides = ((ALICE, "A", "B", 10, 9), (BOB, "B", "D", 20, 18), (CAROL, "D", "A", 10, 9))
        orders = [
            stage.order(
                stage.intent(who, amount, sell, stage.branch(buy, least), whole=False, nonce=7)
            )
            for who, sell, buy, amount, least in sides
        ]
        # Who sells A is paid in B by the one who sells B, and so on against the letters.
        ring = cycle((0, 0, 10), (2, 0, 10), (1, 0, 10))
        self.tell(stage.settlement.tx_settle(batch_of(orders, ring)))
        assert stage.settlement.state().sold[orders[1].hash(stage.settlement.domain)] == 10

    def an_else_branch(self) -> None:
        """The snippet, with a route in place of doing nothing."""
        stage, settlement = self.stage, self.stage.settlement
        program = stage.intent(
            ALICE,
            500 * UNIT,
            "A",
            stage.branch("D", UNIT // 2, EXISTS),
            stage.branch("D", 48 * UNIT // 100, via=("ABD", "ACD")),
            nonce=1,
        )
        counter = stage.intent(
            BOB, UNIT // 10, "D", stage.branch("A", 99 * UNIT), whole=False, nonce=1
        )
        routed = Batch((stage.order(program),), routes=(Route(0, 1),))

        self.tell(settlement.tx_post(counter))
        assert self.refuse(settlement.tx_settle(routed)) == errors.MatchStands(0, 0, 1)
        # Swept, what is left goes the other way.
        swept = Batch(routed.orders, sweeps=(Sweep(0, 0, pops=1),), routes=routed.routes)
        before = stage.balances()
        self.tell(settlement.tx_settle(swept))
        after = stage.balances()
        assert before["alice", "A"] - after["alice", "A"] == 500 * UNIT
        paid = after["bob", "A"] - before["bob", "A"]
        assert 99 * UNIT < paid < 100 * UNIT
        first = pools.amount_out(500 * UNIT - paid, 50_000 * UNIT, 50_000 * UNIT)
        second = pools.amount_out(first, 50_000 * UNIT, 50 * UNIT)
        assert after["alice", "D"] - before["alice", "D"] == UNIT // 10 + second
        assert settlement.book.entries(stage.tokens["D"], stage.tokens["A"]) == []


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(connect("pyrevm"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_on_every_chain(story: Story, kind: str) -> None:
    chain = connect(kind)
    try:
        told = Story(chain).told
    finally:
        chain.close()
    for here, there in zip(story.told, told, strict=True):
        assert there == here
