"""Escrow and execution on every kind of chain, through the SDK: what the events tell is what the
contracts say, and what the model would have done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang import errors
from boomerang.artifacts import load
from boomerang.chains import Tx, connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Erc20, Registry, State, events
from boomerang.client.abi import Interface, UnexpectedAnswer
from boomerang.client.tokens import functions
from boomerang.content import Asset, Call, Clauses, Content, Payment
from boomerang.decisions import encode, parse_expression
from boomerang.identity import ZERO_ADDRESS, address
from boomerang.model import Execution, Phase
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain
    from boomerang.client import Commitment, Done

ALICE, BOB, CAROL, DAVE = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol", "dave"))
ETHER = ZERO_ADDRESS
TARGET, ODD = address("0x" + "7a" * 20), address("0x" + "0d" * 20)
PARAMETERS = Parameters(fee=3)
TAKES, REFUSES = bytes.fromhex("00"), bytes.fromhex("5f5ffd")  # STOP; REVERT with nothing


class Stage:
    """A registry, a token of which bob has 1000, and seconds from the start."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.registry = Registry.deploy(chain, PARAMETERS, sender=CAROL)
        self.enforcer = self.registry.enforcer
        token = Interface(load("TestToken"))
        deploy = Tx(CAROL, None, token.creation("Gold", "GOLD"))
        (receipt,) = chain.mine(chain.head().time + 1, [deploy])
        assert receipt.contract is not None
        self.gold = receipt.contract
        mint = Tx(CAROL, self.gold, token.functions["mint"].encode(BOB, 1000))
        (minted,) = chain.mine(chain.head().time + 1, [mint])
        assert minted.ok
        self.start = chain.head().time + 1

    def at(self, second: int, *txs: Tx) -> list[Done]:
        receipts = self.chain.mine(self.start + second, txs)
        return [self.registry.outcome(receipt) for receipt in receipts]

    def approve(self, amount: int, second: int = 0) -> None:
        self.at(second, self.enforcer.tx_approve(self.gold, amount, sender=BOB))

    def publish(self, second: int, clauses: Clauses, who: str = BOB, bond: int = 0) -> Commitment:
        content = Content(bytes(32), b"?", clauses)
        key = content.key(who, second, bond)
        (done,) = self.at(second, self.registry.tx_publish(key, content))
        return self.registry.commitment(key, content, done.receipt)

    def decide(self, of: Commitment, second: int, decision: bytes = b"\x01") -> None:
        """Sealed one second before its freeze, opened one after."""
        seal = self.registry.domain.seal(of.key, decision, bytes(32))
        self.at(second + 59, self.registry.tx_seal(of, seal))
        self.at(second + 61, self.registry.tx_open_for(of, decision, bytes(32)))

    def gold_of(self, account: str) -> int:
        return Erc20(self.chain, self.gold).balance_of(account)

    def check(self) -> State:
        """What the events tell is what the contracts say, and hold."""
        state = self.registry.state()
        model = state.model
        owes = model.owes()
        assert {t: n for t, n in model.state.pot.items() if n} == owes
        for token in (ETHER, self.gold):
            assert self.enforcer.holds(token) == owes.get(token, 0)
        for one in state.commitments:
            assert self.enforcer.outstanding(one) == model.outstanding(one)
            view = self.registry.record(one)
            assert view.executed == model.record(one).executed
            assert view.seal == model.record(one).seal
        for account in (ALICE, BOB, CAROL, DAVE, ODD):
            for token in (ETHER, self.gold):
                assert self.enforcer.owed(account, token) == model.owed_of(account, token)
        return state


@pytest.fixture(
    scope="module",
    params=[
        "pyrevm",
        "tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
    ],
)
def deployed(request: pytest.FixtureRequest) -> Iterator[Stage]:
    chain = connect(request.param)
    yield Stage(chain)
    chain.close()


@pytest.fixture
def stage(deployed: Stage) -> Iterator[Stage]:
    start = deployed.chain.snapshot()
    yield deployed
    deployed.chain.restore(start)


def pay(amount: int, token: str = ETHER, to: str = ALICE) -> Payment:
    return Payment(to, token, amount)


def call(
    amount: int, token: str = ETHER, target: str = TARGET, data: bytes = b"", back: str = DAVE
) -> Call:
    return Call(target, token, amount, 60_000, data, back)


def test_the_addresses_of_the_parts_follow_from_the_registrys(stage: Stage) -> None:
    contracts = stage.registry.contracts
    assert stage.registry.view("enforcer") == contracts.enforcer == stage.enforcer.address
    assert stage.registry.view("groups") == contracts.groups
    assert stage.enforcer.view("registry") == stage.registry.address
    assert contracts.enforcer == stage.registry.state().model.enforcer


def test_anyone_executes_knowing_the_id_alone(stage: Stage) -> None:
    stage.approve(7)
    clauses = Clauses.covering(
        [pay(5), pay(7, stage.gold)], tip=Asset(ETHER, 2), beyond=[Asset(ETHER, 4)]
    )
    case = stage.publish(1, clauses)
    state = stage.check()
    assert state.model.owes() == {ETHER: 11, stage.gold: 7}
    assert state.model.execution(case.id, stage.chain.now()) is Execution.UNDECIDED
    stage.decide(case, 1)
    state = stage.check()
    assert state.executable(stage.chain.now()) == [case.id]
    before = {who: stage.chain.balance(who) for who in (ALICE, DAVE)}
    done = stage.enforcer.execute(case.id, DAVE, sender=CAROL)
    assert [event.name for event in done.events] == ["Executed"]
    gained = {who: stage.chain.balance(who) - before[who] for who in before}
    assert gained == {ALICE: 5, DAVE: 2}
    assert (stage.gold_of(ALICE), stage.gold_of(BOB)) == (7, 993)
    state = stage.check()
    assert state.model.owes() == {}
    assert state.executable(stage.chain.now()) == []
    with pytest.raises(errors.AlreadyExecuted):
        stage.enforcer.execute(case.id)
    with pytest.raises(errors.UnknownCommitment):
        stage.enforcer.execute(bytes(25))


def test_what_is_refused_before_anything_is_sent(stage: Stage) -> None:
    registry = stage.registry
    sent = stage.chain.nonce(BOB)

    def publish(clauses: Clauses) -> None:
        registry.publish(Content(clauses=clauses), sender=BOB)

    gold = Clauses.covering([pay(7, stage.gold)])
    with pytest.raises(errors.NotFunded, match=r"may move 0 of .*; the escrow takes 7: approve"):
        publish(gold)
    with pytest.raises(errors.NotFunded, match=r"has 1000 of .*; the escrow takes 1001"):
        publish(Clauses.covering([pay(1001, stage.gold)]))
    with pytest.raises(UnexpectedAnswer):
        publish(Clauses.covering([pay(1, TARGET)]))
    with pytest.raises(errors.Overspent):
        publish(Clauses((Asset(ETHER, 1),), (pay(2),)))
    with pytest.raises(errors.MalformedClauses):
        publish(Clauses.covering([pay(1, to=stage.enforcer.address)]))
    with pytest.raises(errors.DeadlineTooEarly):
        publish(Clauses.covering(calls=[call(1)], deadline=stage.chain.now() + 60))
    assert stage.chain.nonce(BOB) == sent
    stage.enforcer.approve(stage.gold, 7, sender=BOB)
    assert stage.enforcer.missing(BOB, gold.escrow) == []
    publish(gold)
    assert [(a.amount, may) for a, may in stage.enforcer.missing(BOB, gold.escrow)] == [(7, 0)]
    stage.check()


def test_the_registry_refuses_the_same(stage: Stage) -> None:
    """The checks of the SDK are the contract's, in its order; and so are the token's own errors."""
    stage.approve(6)
    earliest = stage.registry.earliest_deadline(stage.start + 1)
    unknown = b"\x06" + b"\x77" * 25
    one = (Asset(ETHER, 1),)
    for clauses, value, error in [
        (Clauses(one, (pay(2),), guard=b"\x07"), 3, errors.Overspent(ETHER, 2, 1)),
        (Clauses(one, (pay(1, to=stage.enforcer.address),)), 4, errors.MalformedClauses()),
        (
            Clauses(calls=(call(0),), deadline=earliest - 1, guard=b"\x07"),
            *(3, errors.DeadlineTooEarly(earliest - 1, earliest)),
        ),
        (Clauses(one, guard=b"\x07"), 3, errors.MalformedGuard()),
        (Clauses(one, guard=unknown), 3, errors.UnknownCommitment(b"\x77" * 25)),
        (Clauses(one), 3, errors.WrongEscrow(0, 1)),
        (Clauses(one), 5, errors.WrongEscrow(2, 1)),
        (Clauses(one), 2, errors.WrongValue(2, 3)),
        (
            Clauses.covering([pay(7, stage.gold)]),
            *(3, errors.ERC20InsufficientAllowance(stage.enforcer.address, 6, 7)),
        ),
        (Clauses.covering([pay(7, TARGET)]), 3, errors.UnknownRevert(b"")),
    ]:
        content = Content(clauses=clauses)
        tx = stage.registry.tx_publish(content.key(BOB), content, value=value)
        snapshot = stage.chain.snapshot()
        with pytest.raises(errors.ChainError) as caught:
            stage.at(1, tx)
        assert caught.value == error
        stage.chain.restore(snapshot)


def test_a_false_guard_and_a_lapse_send_the_escrow_home(stage: Stage) -> None:
    first = stage.publish(1, Clauses())
    guard = encode(parse_expression("kept(first)", {"first": first.id}))
    stage.approve(5, 2)
    case = stage.publish(3, Clauses.covering([pay(5, stage.gold)], guard=guard), bond=9)
    with pytest.raises(errors.NotFinal):
        stage.enforcer.execute(case)
    stage.decide(case, 3)
    (done,) = stage.at(70, stage.enforcer.tx_execute(case))
    assert isinstance(done.events[-1], events.Refunded)
    assert stage.gold_of(BOB) == 1000
    (done,) = stage.at(71, stage.enforcer.tx_execute(first))
    assert [event.name for event in done.events] == ["Resolved", "Refunded"]
    assert stage.registry.phase(first.id) is Phase.UNSEALED
    stage.check()


def test_a_guard_is_waited_for(stage: Stage) -> None:
    first = stage.publish(1, Clauses())
    later = stage.publish(30, Clauses())
    guard = encode(parse_expression("kept(a) or not kept(b)", {"a": first.id, "b": later.id}))
    # It freezes after both, and is kept at once; later may still be opened then.
    case = stage.publish(31, Clauses.covering([pay(5)], guard=guard))
    for one in (later, case):
        seal = stage.registry.domain.seal(one.key, b"\x01", bytes(32))
        stage.at(85 + (one is case), stage.registry.tx_seal(one, seal))
    stage.at(92, stage.registry.tx_open_for(case, b"\x01", bytes(32)))
    state = stage.registry.state()
    now = stage.chain.now()
    assert state.model.execution(case.id, now) is Execution.GUARD_PENDING
    assert state.model.guard_pending_on(case.id, now) == (later.id,)
    with pytest.raises(errors.GuardPending) as caught:
        stage.enforcer.execute(case)
    assert caught.value == errors.GuardPending(case.id, later.id)
    before = stage.chain.balance(ALICE)
    stage.at(121, stage.enforcer.tx_execute(case))  # later fell silent
    assert stage.chain.balance(ALICE) == before + 5
    stage.check()


def test_what_is_not_taken_is_credited_withdrawn_and_delivered(stage: Stage) -> None:
    stage.chain.set_code(ODD, REFUSES)
    case = stage.publish(1, Clauses.covering([pay(5, to=ODD), pay(1)], tip=Asset(ETHER, 2)))
    stage.decide(case, 1)
    done = stage.enforcer.execute(case, ODD)
    assert [event.name for event in done.events] == ["EscrowCredited"] * 2 + ["Executed"]
    assert stage.enforcer.owed(ODD) == 7
    stage.check()
    with pytest.raises(errors.TransferFailed):
        stage.enforcer.deliver(ODD, ETHER)
    with pytest.raises(errors.NothingOwedOf):
        stage.enforcer.withdraw(ETHER, ALICE, sender=ALICE)
    stage.chain.set_code(ODD, TAKES)
    done = stage.enforcer.deliver(ODD, ETHER)
    assert isinstance(done.events[0], events.EscrowWithdrawn)
    assert stage.chain.balance(ODD) == 7
    stage.check()


def test_calls_are_made_by_the_envoy_retried_and_released(stage: Stage) -> None:
    stage.approve(10)
    deadline = stage.registry.earliest_deadline(stage.start + 1)
    give = functions()["transfer"].encode(ALICE, 6)
    clauses = Clauses.covering(
        calls=[
            call(3),
            call(4, target=ODD),
            call(10, stage.gold, stage.gold, give),
            call(2, target=ODD),
            call(1, data=b"nobody understands"),
        ],
        deadline=deadline,
    )
    case = stage.publish(1, clauses)
    stage.chain.set_code(ODD, REFUSES)
    stage.decide(case, 1)
    done = stage.enforcer.execute(case.id)
    assert isinstance(done.events[-1], events.Executed)
    assert done.events[-1].failed == stage.enforcer.outstanding(case.id) == 0b11010
    assert stage.chain.balance(TARGET) == 3
    assert (stage.gold_of(ALICE), stage.gold_of(DAVE)) == (6, 4)
    envoy = stage.enforcer.envoy_of(case.id)
    assert stage.chain.code(envoy)
    assert (stage.chain.balance(envoy), stage.gold_of(envoy)) == (0, 0)
    assert stage.check().model.owes() == {ETHER: 7}
    with pytest.raises(errors.CallFailed):
        stage.enforcer.retry(case.id, 1)
    with pytest.raises(errors.NothingOutstanding):
        stage.enforcer.retry(case.id, 0)
    with pytest.raises(errors.StillRetriable):
        stage.enforcer.release(case.id, 3)
    stage.chain.set_code(ODD, TAKES)
    (done,) = stage.at(deadline - stage.start, stage.enforcer.tx_retry(case.id, 1))
    assert done.events[0].name == "Retried"
    assert stage.chain.balance(ODD) == 4
    stage.check()
    with pytest.raises(errors.PastDeadline):
        stage.at(deadline - stage.start + 1, stage.enforcer.tx_retry(case.id, 3))
    before = stage.chain.balance(DAVE)
    (done,) = stage.at(deadline - stage.start + 2, stage.enforcer.tx_release(case.id, 3))
    assert done.events[0].name == "Released"
    assert stage.chain.balance(DAVE) == before + 2
    assert stage.check().model.outstanding(case.id) == 0b10000
    stage.at(deadline - stage.start + 3, stage.enforcer.tx_release(case.id, 4))
    assert stage.check().model.owes() == {}


def test_too_little_gas_changes_nothing(stage: Stage) -> None:
    clauses = Clauses.covering(
        [pay(5)], [call(3)], deadline=stage.registry.earliest_deadline(stage.start + 1)
    )
    case = stage.publish(1, clauses)
    stage.decide(case, 1)
    tx = stage.enforcer.tx_execute(case)
    poor = Tx(tx.sender, tx.to, tx.data, gas=300_000)
    with pytest.raises(errors.NotEnoughGas):
        stage.registry.outcome(stage.chain.mine(stage.chain.now() + 1, [poor])[0])
    stage.check()
    assert stage.enforcer.execute(case).events[-1].name == "Executed"


def test_one_history_of_three_contracts_in_their_order(stage: Stage) -> None:
    case = stage.publish(1, Clauses.covering([pay(5)]))
    stage.at(61, stage.enforcer.tx_execute(case))
    history = stage.registry.history()
    assert [event.name for event in history] == ["Published", "Resolved", "Refunded"]
    places = [(event.block.number, event.index) for event in history]
    assert places == sorted(places)
    assert stage.registry.published(case.id) == case


def test_tokens(stage: Stage) -> None:
    gold = Erc20(stage.chain, stage.gold)
    assert (gold.symbol(), gold.decimals(), gold.balance_of(BOB)) == ("GOLD", 18, 1000)
    stage.at(0, gold.tx_transfer(BOB, ALICE, 3), gold.tx_approve(BOB, CAROL, 4))
    assert (gold.balance_of(ALICE), gold.allowance(BOB, CAROL)) == (3, 4)
    nothing = Erc20(stage.chain, TARGET)
    assert (nothing.symbol(), nothing.decimals()) == (None, None)
    with pytest.raises(UnexpectedAnswer, match="no token"):
        nothing.balance_of(BOB)
    with pytest.raises(UnexpectedAnswer):
        Erc20(stage.chain, stage.registry.address).balance_of(BOB)
