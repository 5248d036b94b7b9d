"""Section 9 on the model alone: escrow, execution, failing receivers and calls, and that the
enforcer holds exactly what it owes after every action.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang import errors
from boomerang.content import Asset, Call, Clauses, Content, Payment
from boomerang.decisions import encode, parse_expression
from boomerang.identity import ZERO_ADDRESS, Domain, Key, address
from boomerang.model import (
    UNLIMITED,
    Env,
    Execution,
    FixedDraws,
    Funding,
    Model,
    Nonsense,
    Permit2,
    Permits,
    Phase,
    Resolution,
    Token,
    events,
    part_address,
)
from boomerang.parameters import Parameters

ETHER = ZERO_ADDRESS
GOLD, LEAD = address("0x" + "60" * 20), address("0x" + "70" * 20)
ALICE, BOB, CAROL, DAVE = (address("0x" + c * 40) for c in "abcd")
TARGET = address("0x" + "77" * 20)
START = 1_700_000_000


@dataclass
class Case:
    """A commitment as it was published."""

    key: Key
    content: Content
    id: bytes = b""

    @property
    def of(self) -> tuple[Key, bytes, bytes]:
        return self.key, self.content.topic, self.content.body


@dataclass
class Game:
    """A model with seconds from the start; checks conservation after every action."""

    model: Model = field(
        default_factory=lambda: Model(
            Domain(31337, address("0x" + "be" * 20)),
            Parameters.from_abi({"fee": 2}),
            FixedDraws(),
        )
    )
    nonce: int = 0

    def env(self, by: str, at: int, value: int = 0) -> Env:
        return Env(by, 100 + at, START + at, value)

    def publish(
        self,
        clauses: Clauses | None,
        at: int = 0,
        by: str = BOB,
        bond: int = 10,
        value: int | None = None,
        funding: Funding = None,
    ) -> Case:
        content = Content(statement=b"?", clauses=clauses)
        self.nonce += 1
        key = content.key(by, self.nonce, bond)
        ether = clauses.escrowed_ether if clauses else 0
        sent = bond + 2 + ether if value is None else value
        made = self.model.publish(
            self.env(by, at, sent), key.stake, content.topic, content.body, funding
        )
        assert self.model.conserved()
        return Case(key, content, made)

    def end(self, case: Case, decision: bytes | None = b"\x01") -> Case:
        """Sealed, and opened at second 60; None: never sealed."""
        if decision is not None:
            key, salt = case.key, bytes(32)
            seal = self.model.domain.seal(key, decision, salt)
            self.model.seal(self.env(key.committer, 50), key.stake, key.content_hash, seal)
            self.model.open_for(self.env(CAROL, 61), key, decision, salt)
        return case

    def execute(self, case: Case, at: int = 70, by: str = CAROL, to: str = DAVE) -> int | None:
        failed = self.model.execute(self.env(by, at), *case.of, to)
        assert self.model.conserved()
        return failed

    def has(self, account: str, token: str = ETHER) -> int:
        if token == ETHER:
            return self.model.state.balances.get(account, 0)
        return self.model.state.tokens.get((token, account), 0)

    def refused(self, error: errors.ChainError, act: object, *args: object) -> None:
        before = self.model.state.copy()
        with pytest.raises(errors.ChainError) as caught:
            act(*args)  # type: ignore[operator]
        assert caught.value == error
        assert self.model.state == before

    def last(self) -> events.Event:
        return self.model.state.events[-1]

    def log(self) -> list[str]:
        return [type(event).__name__ for event in self.model.state.events]


@pytest.fixture
def game() -> Game:
    game = Game()
    for account in (ALICE, BOB):
        game.model.mint(GOLD, account, 1000)
        game.model.mint(LEAD, account, 1000)
        game.model.approve(GOLD, account, 500)
        game.model.approve(LEAD, account, UNLIMITED)
    return game


def pay(amount: int, token: str = ETHER, to: str = ALICE) -> Payment:
    return Payment(to, token, amount)


def call(amount: int, token: str = ETHER, back: str = DAVE, data: bytes = b"") -> Call:
    return Call(TARGET, token, amount, 1000, data, back)


def ask(text: str, **names: Case) -> bytes:
    return encode(parse_expression(text, {name: case.id for name, case in names.items()}))


LATE = START + 10_000


# ------------------------------------------------------------------------------------ publication


def test_an_escrow_is_collected(game: Game) -> None:
    clauses = Clauses.covering([pay(5), pay(7, GOLD)], tip=Asset(LEAD, 3))
    game.publish(clauses)
    assert game.model.state.pot == game.model.owes() == {ETHER: 5, GOLD: 7, LEAD: 3}
    assert [game.has(BOB, token) for token in (ETHER, GOLD, LEAD)] == [-17, 993, 997]
    assert game.model.state.allowances[GOLD, BOB] == 493
    assert game.model.state.allowances[LEAD, BOB] == UNLIMITED
    assert game.log() == ["Published"]


def test_value_is_bond_fee_and_the_escrows_ether(game: Game) -> None:
    clauses = Clauses.covering([pay(5)])
    for value, error in [
        (11, errors.WrongValue(11, 12)),
        (12, errors.WrongEscrow(0, 5)),
        (16, errors.WrongEscrow(4, 5)),
        (18, errors.WrongEscrow(6, 5)),
    ]:
        game.refused(error, game.publish, clauses, 0, BOB, 10, value)
    # Without clauses there is no escrow: every wei too much is refused.
    game.refused(errors.WrongValue(13, 12), game.publish, None, 0, BOB, 10, 13)


def test_checks_of_a_publication_in_order(game: Game) -> None:
    unknown = b"\x06" + b"\x77" * 25
    model = game.model
    key = Content().key(BOB)
    earliest = START + 60 + model.latest_resolution(game.publish(None).id) - (START + 60)
    clauses = Clauses(
        (Asset(ETHER, 1), Asset(TARGET, 5)), (pay(2),), (call(0),), guard=unknown + b"\x07"
    )
    changes: list[tuple[dict[str, Any], errors.ChainError]] = [
        ({}, errors.Overspent(ETHER, 2, 1)),
        ({"payments": ()}, errors.DeadlineTooEarly(0, earliest)),
        ({"deadline": earliest - 1}, errors.DeadlineTooEarly(earliest - 1, earliest)),
        ({"deadline": earliest}, errors.MalformedGuard()),
        ({"guard": unknown}, errors.UnknownCommitment(b"\x77" * 25)),
        ({"guard": b""}, errors.WrongEscrow(0, 1)),
    ]
    for change, error in changes:
        clauses = replace(clauses, **change)
        game.refused(error, game.publish, clauses, 0, BOB, 10, 12, Nonsense())
    # Nobody can be asked for the balance of what is no contract; that comes before the funding.
    game.refused(errors.UnknownRevert(b""), game.publish, clauses, 0, BOB, 10, 13, Nonsense())
    model.mint(TARGET, CAROL, 1)
    game.refused(errors.MalformedFunding(), game.publish, clauses, 0, BOB, 10, 13, Nonsense())
    model.approve(TARGET, BOB, 4)
    short = errors.ERC20InsufficientAllowance(model.enforcer, 4, 5)
    game.refused(short, game.publish, clauses)
    model.approve(TARGET, BOB, 5)
    poor = errors.ERC20InsufficientBalance(BOB, 0, 5)
    game.refused(poor, game.publish, clauses)
    model.mint(TARGET, BOB, 5)
    assert game.publish(clauses).id
    body = b"?" * 24_577
    env = game.env(BOB, 0, 12)
    game.refused(
        errors.MalformedClauses(), model.publish, env, key.stake | 1 << 56, bytes(32), body
    )


def test_what_was_published_before_is_refused_before_its_clauses_are_looked_at(game: Game) -> None:
    case = game.publish(Clauses.covering([pay(5)]))
    env = game.env(BOB, 1, 12)
    again = errors.AlreadyPublished(case.id)
    game.refused(again, game.model.publish, env, case.key.stake, *case.of[1:])


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (Token(frozenset({BOB})), errors.SafeERC20FailedOperation(GOLD)),
        (Token(frozenset({BOB}), errors.UnknownRevert(b"no")), errors.UnknownRevert(b"no")),
        (Token(fee=100), errors.TokenMismatch(GOLD, 200, 198)),
    ],
)
def test_odd_tokens_are_refused(game: Game, token: Token, error: errors.ChainError) -> None:
    game.model.tokens[GOLD] = token
    game.refused(error, game.publish, Clauses.covering([pay(3, LEAD), pay(200, GOLD)]))


def test_permits_replace_allowances(game: Game) -> None:
    clauses = Clauses.covering([pay(1), pay(600, GOLD), pay(1, LEAD)])
    short = errors.ERC20InsufficientAllowance(game.model.enforcer, 500, 600)
    game.refused(short, game.publish, clauses)
    wrong: Funding
    for wrong in (Permits(()), Permits((600,)), Permits((600, 1, 1)), Nonsense()):
        game.refused(errors.MalformedFunding(), game.publish, clauses, 0, BOB, 10, None, wrong)
    failing = Permits((None, None))  # somebody sent them before: the transfer decides
    game.refused(short, game.publish, clauses, 0, BOB, 10, None, failing)
    game.publish(clauses, funding=Permits((600, None)))
    assert game.model.state.allowances[GOLD, BOB] == 0
    ether = Clauses.covering([pay(1)])
    for wrong in (Permits(()), Permit2()):
        game.refused(errors.MalformedFunding(), game.publish, ether, 0, BOB, 10, None, wrong)


def test_permit2_needs_no_allowance(game: Game) -> None:
    clauses = Clauses.covering([pay(600, GOLD)])
    refusal = errors.UnknownRevert(b"InvalidSigner")
    game.refused(refusal, game.publish, clauses, 0, BOB, 10, None, Permit2(refusal))
    game.publish(clauses, funding=Permit2())
    assert (game.has(BOB, GOLD), game.model.state.allowances[GOLD, BOB]) == (400, 500)


def test_a_relayed_publication_is_paid_by_the_sender_and_funded_by_the_committer(
    game: Game,
) -> None:
    content = Content(clauses=Clauses.covering([pay(5), pay(7, GOLD)]))
    key = content.key(BOB, 1, 10)
    body = (key.stake, content.topic, content.body)
    env = game.env(CAROL, 3, 17)
    relayed = game.model.publish_for
    expired = errors.SignatureExpired(START + 2, START + 3)
    game.refused(expired, relayed, env, BOB, *body, START + 2, ALICE)
    game.refused(errors.WrongSigner(BOB, ALICE), relayed, env, BOB, *body, START + 3, ALICE)
    made = relayed(env, BOB, *body, START + 3, BOB)
    assert made == game.model.domain.commitment_id(key)
    assert (game.has(CAROL), game.has(BOB), game.has(BOB, GOLD)) == (-17, 0, 993)
    assert game.model.conserved()


# -------------------------------------------------------------------------------------- execution


def test_kept_pays_what_is_left_over_goes_home_and_the_tip_to_whom_the_executor_says(
    game: Game,
) -> None:
    clauses = Clauses.covering(
        [pay(5), pay(7, GOLD), pay(1, to=CAROL)],
        tip=Asset(GOLD, 3),
        beyond=[Asset(ETHER, 4), Asset(LEAD, 9)],
    )
    case = game.end(game.publish(clauses))
    before = [game.has(BOB), game.has(BOB, LEAD)]
    assert game.execute(case) == 0
    assert [game.has(ALICE), game.has(ALICE, GOLD), game.has(CAROL)] == [5, 1007, 1]
    assert [game.has(BOB), game.has(BOB, LEAD)] == [before[0] + 4, before[1] + 9]
    assert game.has(DAVE, GOLD) == 3
    assert game.model.owes() == {}
    assert game.last() == events.Executed(case.id, CAROL, 0)
    assert game.model.record(case.id).executed
    game.refused(errors.AlreadyExecuted(case.id), game.execute, case)


def test_the_tip_is_the_executors_where_nobody_is_named(game: Game) -> None:
    case = game.end(game.publish(Clauses.covering(tip=Asset(ETHER, 3))))
    game.refused(
        errors.TransferFailed(game.model.enforcer),
        *(game.execute, case, 70, CAROL, game.model.enforcer),
    )
    game.execute(case, to=ZERO_ADDRESS)
    assert game.has(CAROL) == 3


def test_where_there_is_no_tip_it_does_not_matter_for_whom(game: Game) -> None:
    case = game.end(game.publish(Clauses.covering([pay(5)])))
    assert game.execute(case, to=game.model.enforcer) == 0


@pytest.mark.parametrize("decision", [b"\x00", b"\x07", None])
def test_what_is_not_kept_sends_the_escrow_home(game: Game, decision: bytes | None) -> None:
    clauses = Clauses.covering([pay(5), pay(7, GOLD)], tip=Asset(ETHER, 3))
    case = game.end(game.publish(clauses), decision)
    assert game.execute(case, to=game.model.enforcer) is None
    assert (game.has(BOB), game.has(BOB, GOLD), game.has(DAVE)) == (-2, 1000, 0)
    assert game.last() == events.Refunded(case.id, CAROL)
    game.refused(errors.AlreadyExecuted(case.id), game.execute, case)


def test_what_lapsed_is_settled_on_the_way(game: Game) -> None:
    clauses = Clauses.covering([pay(5)])
    unsealed, silent = game.publish(clauses), game.publish(clauses)
    key = silent.key
    game.model.seal(game.env(BOB, 50), key.stake, key.content_hash, bytes(23))
    game.refused(errors.NotFinal(unsealed.id), game.execute, unsealed, 59)
    game.execute(unsealed, 60)
    game.refused(errors.NotFinal(silent.id), game.execute, silent, 90)
    game.execute(silent, 91)
    assert game.log()[-4:] == ["Resolved", "Refunded"] * 2
    assert (game.model.phase(silent.id, START + 91), game.model.state.burned) == (
        Phase.UNREVEALED,
        4 + 10,
    )
    assert game.has(BOB) == -4 - 10
    wrong = errors.WrongPhase(unsealed.id, Phase.UNSEALED)
    game.refused(wrong, game.model.resolve, game.env(BOB, 99), [Resolution(unsealed.key)])


def test_what_was_resolved_before_is_executed_all_the_same(game: Game) -> None:
    case = game.publish(Clauses.covering([pay(5)]))
    game.model.resolve(game.env(CAROL, 60), [Resolution(case.key)])
    game.execute(case)
    assert game.has(BOB) == -2


def test_errors_of_an_execution_in_order(game: Game) -> None:
    case, plain = game.publish(Clauses.covering([pay(5)])), game.publish(None)
    env, (key, topic, body) = game.env(CAROL, 1), case.of
    execute = game.model.execute
    game.refused(errors.NoClauses(plain.id), execute, env, plain.key, b"?" * 32, b"wrong")
    game.refused(errors.WrongContent(case.id), execute, env, key, b"?" * 32, body)
    game.refused(errors.WrongContent(case.id), execute, env, key, topic, body + b"?")
    other = replace(key, nonce=99)
    missing = game.model.domain.commitment_id(other)
    game.refused(errors.UnknownCommitment(missing), execute, env, other, topic, body)
    game.refused(errors.NotFinal(case.id), execute, env, key, topic, body)


def test_a_guard_is_waited_for_only_where_the_commitment_is_kept(game: Game) -> None:
    a1 = game.publish(None, 20)
    guard = ask("not kept(a1)", a1=a1)
    kept = game.end(game.publish(Clauses.covering([pay(5)], guard=guard), 20), None)
    late = game.end(game.publish(Clauses.covering([pay(5)], guard=guard), 21), None)
    for case, decision in ((kept, b"\x01"), (a1, b"\x06" + late.id)):
        key = case.key
        seal = game.model.domain.seal(key, decision, bytes(32))
        game.model.seal(game.env(BOB, 79), key.stake, key.content_hash, seal)
    game.model.open_for(game.env(CAROL, 80), kept.key, b"\x01", bytes(32))
    assert game.model.execution(kept.id, START + 80) is Execution.GUARD_PENDING
    assert game.model.guard_pending_on(kept.id, START + 80) == (a1.id,)
    game.refused(errors.GuardPending(kept.id, a1.id), game.execute, kept, 80)
    # late is reverted: its escrow goes home without its guard.
    game.execute(late, 81)
    assert game.model.execution(kept.id, START + 111) is Execution.PAYS
    game.execute(kept, 111)  # a1 fell silent
    assert game.has(ALICE) == 5


@pytest.mark.parametrize(("text", "paid"), [("kept(a1)", 5), ("not kept(a1)", 0)])
def test_a_false_guard_sends_the_escrow_home(game: Game, text: str, paid: int) -> None:
    a1 = game.end(game.publish(None))
    case = game.end(game.publish(Clauses.covering([pay(5)], guard=ask(text, a1=a1))))
    ready = Execution.PAYS if paid else Execution.REFUNDS
    assert game.model.execution(case.id, START + 70) is ready
    assert game.execute(case) == (0 if paid else None)
    assert (game.has(ALICE), game.has(BOB)) == (paid, -4 - paid)
    assert game.model.execution(case.id, START + 70) is Execution.EXECUTED


def test_how_far_an_execution_is(game: Game) -> None:
    case, plain = game.publish(Clauses.covering([pay(5)])), game.publish(None)
    assert game.model.execution(plain.id, START) is Execution.NOTHING
    assert game.model.execution(case.id, START + 59) is Execution.UNDECIDED
    assert game.model.execution(case.id, START + 60) is Execution.REFUNDS
    assert [one for one in Execution if one.ready] == [Execution.PAYS, Execution.REFUNDS]


# ------------------------------------------------------------------- receivers that do not receive


def test_what_a_receiver_refuses_is_credited_and_stops_nothing(game: Game) -> None:
    game.model.rejects = frozenset({ALICE})
    game.model.tokens[GOLD] = Token(frozenset({ALICE, DAVE}))
    clauses = Clauses.covering([pay(5), pay(7, GOLD), pay(1, to=CAROL), pay(2)], tip=Asset(GOLD, 3))
    case = game.end(game.publish(clauses))
    game.execute(case)
    assert game.model.owed_of(ALICE, ETHER) == 7
    assert game.model.owed_of(ALICE, GOLD) == 7
    assert game.model.owed_of(DAVE, GOLD) == 3
    assert game.has(CAROL) == 1
    assert game.log()[-5:] == ["EscrowCredited"] * 4 + ["Executed"]
    assert game.model.state.pot == {ETHER: 7, GOLD: 10}


def test_the_registry_takes_no_ether(game: Game) -> None:
    registry = game.model.domain.registry
    game.execute(game.end(game.publish(Clauses.covering([pay(5, to=registry)]))))
    assert game.model.owed_of(registry, ETHER) == 5


def test_credits_are_withdrawn_by_their_owner_and_delivered_by_anyone(game: Game) -> None:
    model = game.model
    model.rejects = frozenset({ALICE})
    refusal = errors.UnknownRevert(b"blocked")
    model.tokens[GOLD] = Token(frozenset({ALICE}), refusal)
    game.execute(game.end(game.publish(Clauses.covering([pay(5), pay(7, GOLD)]))))
    withdraw, deliver = model.withdraw_asset, model.deliver_asset
    env = game.env(ALICE, 80)
    game.refused(errors.NothingOwedOf(ALICE, LEAD), withdraw, env, LEAD, DAVE)
    game.refused(errors.NothingOwedOf(BOB, ETHER), deliver, BOB, ETHER)
    game.refused(errors.TransferFailed(model.enforcer), withdraw, env, ETHER, model.enforcer)
    game.refused(errors.TransferFailed(ALICE), deliver, ALICE, ETHER)
    game.refused(refusal, withdraw, env, GOLD, ALICE)
    assert withdraw(env, ETHER, DAVE) == 5
    assert (game.has(DAVE), model.owed_of(ALICE, ETHER)) == (5, 0)
    assert game.last() == events.EscrowWithdrawn(ALICE, ETHER, DAVE, 5)
    game.refused(errors.NothingOwedOf(ALICE, ETHER), withdraw, env, ETHER, DAVE)
    model.tokens[GOLD] = Token()
    assert deliver(ALICE, GOLD) == 7
    assert game.has(ALICE, GOLD) == 1007
    assert model.conserved()
    assert model.owes() == {}


def test_the_registrys_own_credits_are_delivered_too(game: Game) -> None:
    game.model.rejects = frozenset({BOB})
    game.end(game.publish(None))
    game.refused(errors.TransferFailed(BOB), game.model.deliver, BOB)
    game.model.rejects = frozenset()
    assert game.model.deliver(BOB) == 10
    game.refused(errors.NothingOwed(BOB), game.model.deliver, BOB)
    assert game.model.conserved()


# ------------------------------------------------------------------------------------------ calls


@dataclass
class Answers:
    """What a target does, call by call: takes so much, or fails (None)."""

    takes: dict[int, int | None]
    asked: list[tuple[bytes, int]] = field(default_factory=list)

    def __call__(self, commitment: bytes, index: int, _: Call) -> int | None:
        self.asked.append((commitment, index))
        return self.takes[index]


def with_calls(game: Game, *takes: int | None, token: str = GOLD) -> Case:
    """One call of 10 for each answer, a payment of 1, and a tip of 2 before them."""
    game.model.targets = Answers(dict(enumerate(takes)))
    clauses = Clauses.covering([pay(1)], [call(10, token) for _ in takes], Asset(ETHER, 2), LATE)
    return game.end(game.publish(clauses))


@pytest.mark.parametrize("token", [ETHER, GOLD])
def test_a_call_spends_what_its_target_takes_and_the_rest_goes_on(game: Game, token: str) -> None:
    case = with_calls(game, 4, 10, 0, token=token)
    assert game.execute(case, to=CAROL) == 0
    assert (game.has(TARGET, token), game.has(DAVE, token)) == (14, 16)
    assert game.model.outstanding(case.id) == 0


@pytest.mark.parametrize("token", [ETHER, GOLD])
def test_a_failing_call_blocks_nothing_and_frees_nothing(game: Game, token: str) -> None:
    case = with_calls(game, None, 10, None, token=token)
    home = game.has(BOB, token)
    assert game.execute(case, to=CAROL) == 0b101
    assert game.has(TARGET, token) == 10
    assert (game.has(DAVE, token), game.has(BOB, token)) == (0, home)
    assert game.has(ALICE) == 1
    assert game.model.owes() == {token: 20}
    assert game.model.outstanding(case.id) == 0b101
    assert game.last() == events.Executed(case.id, CAROL, 0b101)


def test_a_call_is_retried_until_the_deadline_and_released_after_it(game: Game) -> None:
    model = game.model
    case = with_calls(game, None, 10, None)
    game.execute(case)
    last, past = replace(game.env(ALICE, 0), time=LATE), replace(game.env(ALICE, 0), time=LATE + 1)
    for index in (1, 3, 256):
        nothing = errors.NothingOutstanding(case.id, index)
        game.refused(nothing, model.retry, last, *case.of, index)
        game.refused(nothing, model.release, past, *case.of, index)
    game.refused(errors.CallFailed(case.id, 0), model.retry, last, *case.of, 0)
    game.refused(errors.PastDeadline(case.id, LATE, LATE + 1), model.retry, past, *case.of, 0)
    game.refused(errors.StillRetriable(case.id, LATE, LATE), model.release, last, *case.of, 0)
    model.targets = Answers({0: 6})
    model.retry(last, *case.of, 0)
    assert (game.has(TARGET, GOLD), game.has(DAVE, GOLD)) == (16, 4)
    assert game.last() == events.Retried(case.id, 0)
    game.refused(errors.NothingOutstanding(case.id, 0), model.retry, last, *case.of, 0)
    assert model.conserved()
    model.release(past, *case.of, 2)
    assert game.has(DAVE, GOLD) == 14
    assert game.last() == events.Released(case.id, 2, DAVE)
    assert (model.outstanding(case.id), model.owes()) == (0, {})
    game.refused(errors.NothingOutstanding(case.id, 2), model.release, past, *case.of, 2)
    assert model.conserved()


def test_what_is_released_to_whom_does_not_take_it_is_credited(game: Game) -> None:
    case = with_calls(game, None, token=ETHER)
    game.execute(case, to=CAROL)
    game.model.rejects = frozenset({DAVE})
    past = replace(game.env(ALICE, 0), time=LATE + 1)
    game.model.release(past, *case.of, 0)
    assert game.model.owed_of(DAVE, ETHER) == 10
    assert game.log()[-2:] == ["EscrowCredited", "Released"]
    assert game.model.conserved()


def test_content_is_asked_for_on_retry_and_release(game: Game) -> None:
    case, plain = with_calls(game, None), game.publish(None)
    for act in (game.model.retry, game.model.release):
        env, (key, topic, body) = game.env(ALICE, 80), case.of
        game.refused(errors.NoClauses(plain.id), act, env, plain.key, topic, body, 0)
        game.refused(errors.WrongContent(case.id), act, env, key, topic, body + b"?", 0)
        game.refused(errors.NothingOutstanding(case.id, 0), act, env, key, topic, body, 0)


@pytest.mark.parametrize("token", [ETHER, GOLD])
def test_a_remainder_that_nobody_takes_fails_the_call(game: Game, token: str) -> None:
    case = with_calls(game, 4, 10, token=token)
    game.model.rejects = frozenset({DAVE})
    game.model.tokens[GOLD] = Token(frozenset({DAVE}))
    assert game.execute(case, to=CAROL) == 0b01


def test_calls_that_cannot_succeed(game: Game) -> None:
    """Data for nobody, what cannot be approved, targets that take no ether."""
    parts = [game.model.domain.registry, part_address(game.model.domain.registry, 1)]
    bad = [
        call(1, data=b"?"),
        replace(call(1, GOLD), target=ZERO_ADDRESS),
        *(replace(call(1), target=part) for part in parts),
        replace(call(1), target=CAROL),
    ]
    game.model.rejects = frozenset({CAROL})
    good = call(1)
    case = game.end(game.publish(Clauses.covering([], [*bad, good], deadline=LATE)))
    assert game.execute(case) == 0b11111
    assert game.has(TARGET) == 1


def test_a_token_that_is_gone_stops_nothing(game: Game) -> None:
    clauses = Clauses.covering([pay(5, GOLD), pay(1)], [call(2, GOLD)], deadline=LATE)
    case = game.end(game.publish(clauses))
    gone = game.model.tokens.pop(GOLD)
    assert game.execute(case) == 1
    assert (game.has(ALICE), game.model.owed_of(ALICE, GOLD)) == (1, 5)
    game.model.tokens[GOLD] = gone
    assert game.model.deliver_asset(ALICE, GOLD) == 5


# ---------------------------------------------------------------------------------- conservation


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ("pot", GOLD, 6),
        ("pot", GOLD, 8),
        ("pot", ETHER, 6),
        ("balances", BOB, 0),
        ("credits", (ALICE, LEAD), 1),
        ("owed", ALICE, 1),
        ("tokens", (GOLD, BOB), -1),
    ],
)
def test_conservation_notices(game: Game, where: str, key: object, value: int) -> None:
    game.publish(Clauses.covering([pay(5), pay(7, GOLD)]))
    assert game.model.conserved()
    getattr(game.model.state, where)[key] = value
    assert not game.model.conserved()


amounts = st.integers(0, 9)
more = st.integers(1, 9)
tokens = st.sampled_from([ETHER, GOLD, LEAD])
people = st.sampled_from([ALICE, BOB, CAROL, DAVE])
some_clauses = st.builds(
    Clauses.covering,
    st.lists(st.builds(Payment, people, tokens, more), max_size=4),
    st.lists(st.builds(call, amounts, tokens, people), max_size=3),
    st.builds(Asset, tokens, amounts),
    st.just(LATE),
    st.just(b""),
    st.lists(st.builds(Asset, tokens, amounts), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(
    some_clauses,
    st.sampled_from([b"\x00", b"\x01", b"\x01", b"\x01", None]),
    st.frozensets(people),
    st.frozensets(people),
    st.lists(st.integers(0, 9) | st.none(), min_size=6, max_size=6),
)
def test_nothing_is_lost_and_nothing_comes_from_nowhere(
    clauses: Clauses,
    decision: bytes | None,
    rejects: frozenset[str],
    blocked: frozenset[str],
    answers: list[int | None],
) -> None:
    game = Game()
    model = game.model
    for token in (GOLD, LEAD):
        model.mint(token, BOB, 1000)
        model.approve(token, BOB, 1000)
    case = game.end(game.publish(clauses), decision)
    model.rejects, model.tokens[GOLD] = rejects, Token(blocked)
    taken = iter(answers)

    def targets(_commitment: bytes, _index: int, made: Call) -> int | None:
        answer = next(taken)
        return None if answer is None else min(answer, made.amount)

    model.targets = targets
    failed = game.execute(case) or 0
    before = model.state.copy()
    for index in range(len(clauses.calls)):
        if not failed >> index & 1:
            continue
        env = replace(game.env(CAROL, 0), time=LATE)
        try:
            model.retry(env, *case.of, index)
        except errors.CallFailed:
            assert model.state == before
            model.release(replace(env, time=LATE + 1), *case.of, index)
        before = model.state.copy()
        assert model.conserved()
    model.rejects, model.tokens[GOLD] = frozenset(), Token()
    for account, token in list(model.state.credits):
        model.deliver_asset(account, token)
    assert model.owes() == {}
    assert model.conserved()
    for token in (GOLD, LEAD):
        assert sum(n for (t, _), n in model.state.tokens.items() if t == token) == 1000
