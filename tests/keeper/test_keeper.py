"""Whole keepers on the built-in chain, where the test lets time pass: left alone, killed, in pairs.

"A keeper left alone plays both worked examples to the end": only the plan is written.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.embedded import EmbeddedChain
from boomerang.client import Registry
from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.identity import ZERO_ADDRESS
from boomerang.keeper import Kind, Settings, Tasks
from boomerang.keeper.alerts import Level
from boomerang.keeper.tasks import PlannedSeal
from boomerang.model import Phase
from boomerang.parameters import Parameters
from boomerang.store import Store
from keeper.world import ALICE, BARGAIN_PLAN, BOB, CHICKEN_PLAN, Seat, payoffs, seat

CAROL = DEV_ACCOUNTS["carol"]


@dataclass
class Table:
    """A registry on a chain of its own, and the keepers at it."""

    directory: Path
    parameters: Parameters = field(default_factory=Parameters)

    def __post_init__(self) -> None:
        self.chain = EmbeddedChain()
        self.registry = Registry.deploy(self.chain, self.parameters, CAROL)
        self.start = self.chain.head().time

    def until(self, second: int, *seats: Seat) -> None:
        """Second by second, each keeper looks once in each."""
        while self.chain.now() < self.start + second:
            for one in seats:
                one.keeper.round()
            if self.chain.now() < self.start + second:
                self.chain.advance(1)

    def phase(self, known: bytes) -> Phase:
        return self.registry.phase(known)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def both_seats(table: Table, store: Store) -> Seat:
    """One keeper that plays the bargain for both; started again it is the same one."""
    return seat(
        table.registry,
        table.directory,
        [ALICE, BOB],
        plan=BARGAIN_PLAN,
        start=table.start,
        store=store,
        holder="the same one",
    )


# ---------------------------------------------------------------------------- both examples


@pytest.mark.parametrize("together", [True, False], ids=["one keeper", "one each"])
@pytest.mark.parametrize(
    ("plan", "utils"),
    [(CHICKEN_PLAN, {"alice": 10, "bob": -20}), (BARGAIN_PLAN, {"alice": 11, "bob": -1})],
    ids=["chicken", "bargain"],
)
def test_left_alone_it_plays_the_examples_to_the_end(
    table: Table, plan: str, utils: dict[str, int], together: bool
) -> None:
    before = {who: table.chain.balance(who) for who in (ALICE, BOB)}
    teams = [[ALICE, BOB]] if together else [[ALICE], [BOB]]
    seats = [
        seat(table.registry, table.directory / str(i), team, plan=plan, start=table.start)
        for i, team in enumerate(teams)
    ]
    table.until(140, *seats)
    assert payoffs(table.registry, seats[0].tasks.names) == utils
    # Bonds are back, and what was promised was paid.
    paid = 1 if plan == BARGAIN_PLAN else 0
    after = {who: table.chain.balance(who) for who in (ALICE, BOB)}
    assert after == {ALICE: before[ALICE] + paid, BOB: before[BOB] - paid}
    assert table.chain.balance(table.registry.address) == 0
    assert all(one.keeper.worst is None for one in seats)
    assert not any("would-fail" in one.events() for one in seats)


def test_without_the_offer_alice_keeps(table: Table) -> None:
    """Her plan names a second decision, for the case that the first is not possible."""
    plan = BARGAIN_PLAN.replace("offer: [{to: A1, at: 37}, {to: B1, at: 37}]", "offer: []")
    plan = plan.replace("revert if kept(A1) or kept(B2)", "revert if kept(A1)")
    one = seat(table.registry, table.directory, [ALICE, BOB], plan=plan, start=table.start)
    table.until(140, one)
    assert table.phase(one.tasks.names["A1"]) is Phase.KEPT


# --------------------------------------------------------------------- killed, and in pairs


@pytest.mark.parametrize("seed", range(4))
def test_killed_between_rounds_it_goes_on(table: Table, seed: int) -> None:
    rng = random.Random(seed)
    store = Store(table.directory / "store")

    def start() -> Seat:
        return both_seats(table, store)

    one = start()
    for second in range(1, 140):
        table.until(second, one)
        if rng.random() < 0.3:
            one = start()
    assert payoffs(table.registry, one.tasks.names) == {"alice": 11, "bob": -1}


class Killed(BaseException):
    """Not to be caught by anything."""


@pytest.mark.parametrize(
    "line", ["decide", "attempt", "settle", "touch", "broadcast", "plan_opening", "submit"]
)
def test_killed_in_the_middle_of_anything_it_goes_on(
    table: Table, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after every step that is on disk or on the chain, in turn."""
    from boomerang.keeper.database import Database
    from boomerang.keeper.nodes import ChainNode, Pool

    owner = {
        "plan_opening": Store,
        "broadcast": Pool,
        "submit": ChainNode,
    }.get(line, Database)
    original = getattr(owner, line)
    rng = random.Random(line)

    def deadly(*args: object, **more: object) -> object:
        fate = rng.random()
        if fate < 0.2:
            raise Killed
        result = original(*args, **more)
        if fate < 0.4:
            raise Killed
        return result

    monkeypatch.setattr(owner, line, deadly)
    store = Store(table.directory / "store")

    def start() -> Seat:
        return both_seats(table, store)

    one, deaths = start(), 0
    for second in range(1, 140):
        try:
            table.until(second, one)
        except Killed:
            deaths += 1
            one = start()
    if line != "touch":  # which happens only where transactions are lost
        assert deaths
    assert payoffs(table.registry, one.tasks.names) == {"alice": 11, "bob": -1}


@pytest.mark.parametrize("shared", [True, False], ids=["one database", "two databases"])
def test_two_keepers_for_one_account_do_no_harm(table: Table, shared: bool) -> None:
    store = Store(table.directory / "store")
    seats = [
        seat(
            table.registry,
            table.directory / str(i),
            [ALICE, BOB],
            plan=BARGAIN_PLAN,
            start=table.start,
            store=store,
            database=f"sqlite:///{table.directory}/shared.db" if shared else None,
        )
        for i in range(2)
    ]
    table.until(140, *seats)
    assert payoffs(table.registry, seats[0].tasks.names) == {"alice": 11, "bob": -1}
    if shared:  # the second never had the lease
        assert seats[0].events().count("sent") > 0
        assert seats[1].events().count("sent") == 0


def test_the_second_takes_over_when_the_first_dies(table: Table) -> None:
    store = Store(table.directory / "store")
    one, two = (
        seat(
            table.registry,
            table.directory / str(i),
            [ALICE, BOB],
            plan=CHICKEN_PLAN,
            start=table.start,
            store=store,
            database=f"sqlite:///{table.directory}/shared.db",
            settings=Settings(hidden_blocks=0, lease_seconds=5),
        )
        for i in range(2)
    )
    table.until(20, one, two)
    table.until(140, two)
    assert payoffs(table.registry, two.tasks.names) == {"alice": 10, "bob": -20}
    assert two.events().count("sent") > 0


# ------------------------------------------------------------------------- whatever else it does


def test_dry_it_sends_nothing(table: Table) -> None:
    one = seat(
        table.registry,
        table.directory,
        [ALICE, BOB],
        plan=CHICKEN_PLAN,
        start=table.start,
        dry=True,
    )
    before = table.chain.nonce(ALICE)
    table.chain.advance(5)
    found = one.keeper.round()
    assert found is not None
    assert {action.kind for action in found.due()} == {Kind.PUBLISH}
    assert table.chain.nonce(ALICE) == before


def test_it_settles_strangers_on_request(table: Table) -> None:
    made = table.registry.publish(Content(statement=b"x"), bond=7, sender=BOB).commitment
    before = table.chain.balance(BOB)
    settings = Settings(hidden_blocks=0, anyone=True)
    one = seat(table.registry, table.directory, [ALICE], settings=settings)
    table.until(70, one)
    assert table.registry.record(made.id).phase is Phase.UNSEALED
    assert table.chain.balance(BOB) == before + 7


def test_it_opens_what_the_store_can_open_for_anybody(table: Table) -> None:
    made = table.registry.publish(Content(statement=b"x"), bond=7, sender=BOB).commitment
    one = seat(table.registry, table.directory, [ALICE])
    kept = one.store.plan_opening(table.registry.domain, made.key, b"\x01", "keep")
    table.chain.advance(6)
    table.registry.seal(made, kept.record.seal)
    table.until(100, one)
    assert table.phase(made.id) is Phase.KEPT


def test_it_hands_in_keys_where_there_is_a_cover(table: Table) -> None:
    plan = """
format: boomerang-plan/1
name: covers
commitments:
  A: {by: alice, publish: {at: 1, bond: 9, cover: 9}, seal: {decision: keep}}
  B: {by: bob, publish: {at: 4, bond: 9, cover: 8}, seal: {decision: "keep if kept(A) and kept(A)"}}
"""
    one = seat(table.registry, table.directory, [ALICE, BOB], plan=plan, start=table.start)
    table.until(120, one)
    assert {table.phase(known) for known in one.tasks.names.values()} == {Phase.KEPT}


def test_a_tie_is_drawn_before_the_offer(table: Table) -> None:
    key1 = Content(statement=b"1").key(ALICE, 1)
    key2 = Content(statement=b"2").key(BOB, 2)
    txs = [
        table.registry.tx_publish(key1, Content(statement=b"1")),
        table.registry.tx_publish(key2, Content(statement=b"2")),
    ]
    table.chain.mine(table.chain.now() + 1, txs)
    one = seat(table.registry, table.directory, [ALICE, BOB])
    table.until(10, one)
    state = table.registry.state()
    assert all(state.model.draw_of(known) for known in state.commitments)


def test_what_could_not_be_sealed_in_time_is_shouted(table: Table) -> None:
    made = table.registry.publish(Content(statement=b"x"), sender=ALICE).commitment
    tasks = Tasks(seals={made.id: PlannedSeal(made.id, (b"\x01",))})
    one = seat(table.registry, table.directory, [ALICE], tasks=tasks, dry=True)
    table.until(50, one)
    alerts = [
        (line["alert_level"], line["time"]) for line in one.said() if line["event"] == "alert"
    ]
    assert [level for level, _ in alerts] == ["warning", "error"]
    # Long before the deadline: half of the time from due to deadline was left at the second.
    assert alerts[1][1] < made.freeze - 15
    well, report = one.keeper.report()
    assert not well
    assert list(report["alerts"]) == [f"late:seal:{made.id.hex()}"]
    table.until(70, one)
    assert one.keeper.worst is Level.MISSED


def test_a_seal_that_nobody_here_can_open_is_shouted(table: Table) -> None:
    made = table.registry.publish(Content(statement=b"x"), sender=ALICE).commitment
    table.chain.advance(6)
    table.registry.seal(made, b"s" * 23)
    one = seat(table.registry, table.directory, [ALICE])
    one.keeper.round()
    assert one.keeper.worst is Level.ERROR
    assert any("no opening" in line.get("text", "") for line in one.said())


def test_an_account_that_cannot_pay_is_shouted(table: Table) -> None:
    table.chain.set_balance(ALICE, 50)
    one = seat(
        table.registry, table.directory, [ALICE], plan=CHICKEN_PLAN, start=table.start + 1000
    )
    one.keeper.round()
    assert [line["alert"] for line in one.said() if line["event"] == "alert"] == [f"poor:{ALICE}"]


def test_a_keeper_whose_chain_is_gone_says_so_and_lives(table: Table) -> None:
    from keeper.fake_node import FakeNode

    dead = FakeNode(chain_id=table.chain.chain_id)
    dead.dead = "gone"
    one = seat(table.registry, table.directory, [ALICE], nodes=[dead])
    assert one.keeper.round() is None
    assert one.keeper.worst is Level.ERROR  # of all nodes there are, none answers
    assert not one.keeper.report()[0]


def test_escrow_goes_home_when_it_lapses(table: Table) -> None:
    clauses = Clauses(escrow=(Asset(ZERO_ADDRESS, 3),), payments=(Payment(BOB, ZERO_ADDRESS, 3),))
    before = table.chain.balance(ALICE)
    table.registry.publish(Content(statement=b"x", clauses=clauses), bond=5, sender=ALICE)
    one = seat(table.registry, table.directory, [ALICE])
    table.until(80, one)
    assert table.chain.balance(ALICE) == before
    assert one.keeper.round() is not None
    assert "would-fail" not in one.events()
