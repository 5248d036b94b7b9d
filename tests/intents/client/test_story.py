"""One story on every kind of chain, with the same ends at the same gas: a pair, a ring, a program
whose else-branch is forbidden while a match is posted, and routed once it is gone; a wallet that is
a contract, cancellations, a commitment whose outcome decides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.chains import Tx, connect
from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.errors import decode_error
from boomerang.intents import errors, pools
from boomerang.intents.batch import Batch, Order, Route, Sweep, batch_of, cycle
from boomerang.intents.client import Clause, NonceState
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import UNIT
from boomerang.intents.message import Guard, GuardKind
from intents.client.stage import ALICE, BOB, CAROL, EXISTS, SIGNERS, Stage, mock

if TYPE_CHECKING:
    from boomerang.chains import Chain

KINDS = ["tester", pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network])]


class Story:
    """What happened, and what it cost."""

    def __init__(self, chain: Chain) -> None:
        self.stage = Stage(chain)
        self.told: list[Any] = [self.stage.deployment.data(), self.stage.balances()]
        self.a_pair()
        self.a_ring()
        self.an_else_branch()
        self.a_wallet()
        self.a_cancellation()
        self.a_commitment()
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
        (verdict,) = settlement.dry_run(routed.orders)
        assert [one.obstacle.clause for one in verdict.branches] == [Clause.NONE, Clause.MATCH]
        self.told.append(verdict)
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

    def a_wallet(self) -> None:
        """A contract's approval (ERC-1271), and one on chain."""
        stage, settlement = self.stage, self.stage.settlement
        code = Interface(mock("SmartWallet"))
        (made,) = stage.chain.mine(
            stage.chain.head().time + 1, [Tx(CAROL, None, code.creation(CAROL))]
        )
        assert made.contract is not None
        wallet = made.contract
        allow = settlement.tx_allow(stage.tokens["A"], sender=wallet)
        self.tell(
            settlement.token(stage.tokens["A"]).tx_transfer(CAROL, wallet, 100),
            Tx(CAROL, wallet, code.functions["perform"].encode(allow.to, 0, allow.data)),
        )
        one = stage.intent(wallet, 100, "A", stage.branch("D", 100))
        other = stage.intent(BOB, 100, "D", stage.branch("A", 100), nonce=2)
        data = settlement.domain.typed_data(one)
        orders = [Order.of(one, SIGNERS[raw(ALICE)].sign_typed_data(data)), Order.of(other)]
        legs = cycle((0, 0, 100), (1, 0, 100))
        tx = settlement.tx_settle(batch_of(orders, legs))
        assert self.refuse(tx) == errors.WrongSignature(0, wallet)
        orders[0] = Order.of(one, SIGNERS[raw(CAROL)].sign_typed_data(data))
        tx = settlement.tx_settle(batch_of(orders, legs))
        assert self.refuse(tx) == errors.WrongSignature(1, BOB)
        self.tell(settlement.tx_approve(other), tx)
        assert settlement.token(stage.tokens["D"]).balance_of(wallet) == 100

    def a_cancellation(self) -> None:
        """Of a nonce, and of an entry."""
        stage, settlement = self.stage, self.stage.settlement
        one = stage.intent(ALICE, 10, "A", stage.branch("D", 10), whole=False, nonce=9)
        other = stage.intent(BOB, 10, "D", stage.branch("A", 10), whole=False, nonce=9)
        self.tell(settlement.tx_cancel_word(0, 1 << 9, sender=ALICE), settlement.tx_post(other))
        orders = [stage.order(one), stage.order(replace(other, nonce=10))]
        tx = settlement.tx_settle(batch_of(orders, cycle((0, 0, 10), (1, 0, 10))))
        assert self.refuse(tx) == errors.NonceUsed(0, ALICE, 9)
        (entry,) = settlement.book.entries(stage.tokens["D"], stage.tokens["A"])
        self.tell(settlement.tx_unpost(entry.sell, entry.buy, entry.number, BOB))
        assert settlement.book.entries(entry.sell, entry.buy) == []

    def a_commitment(self) -> None:
        """Its outcome is a condition, for the branch and for the one behind it."""
        stage, settlement, registry = self.stage, self.stage.settlement, self.stage.registry
        content = Content(statement=b"Dare")
        key = content.key(CAROL, 1, 0, 0)
        (published,) = stage.chain.mine(
            stage.chain.head().time + 1, [registry.tx_publish(key, content)]
        )
        commitment = registry.commitment(key, content, published)
        kept = Guard(GuardKind.KEPT, commitment.id.ljust(32, b"\0"))
        one = stage.intent(
            ALICE,
            10,
            "A",
            stage.branch("D", 20, kept),
            stage.branch("D", 10),
            nonce=11,
        )
        other = stage.intent(BOB, 10, "D", stage.branch("A", 10), nonce=11)
        orders = [stage.order(one), stage.order(other)]
        tx = settlement.tx_settle(batch_of(orders, cycle((0, 1, 10), (1, 0, 10))))
        assert self.refuse(tx) == errors.Undecided(0, 0, 0)
        # Nobody seals it: it lapses, and is not kept.
        time = registry.latest_resolution(commitment.id) + 1
        stage.chain.mine(time - 1, [])
        assert registry.kept(commitment.id) is False
        self.tell(tx)


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
