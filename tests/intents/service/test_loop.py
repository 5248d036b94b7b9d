"""The solver's rounds: it settles what meets, and outlives nodes, relays and itself."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS, NodeError, Tx, TxRejected
from boomerang.client.abi import UnexpectedAnswer
from boomerang.intents.auction import Auction, Solution
from boomerang.intents.relay.client import Held, RelayUnavailable
from boomerang.intents.relay.signed import SignedIntent
from boomerang.intents.relay.store import Status
from boomerang.intents.service.loop import Round, SolverService
from boomerang.intents.service.solving import Solving
from boomerang.keeper.alerts import Level
from boomerang.keeper.database import Database
from boomerang.keeper.journal import open_journal
from boomerang.keeper.nodes import ChainNode, Fate, Pool, Signed
from boomerang.keeper.settings import Settings
from intents.service.market import COUNTER, SNIPPET, Market

WORLD = Market(connect("pyrevm"))
DAVE = DEV_ACCOUNTS["dave"]
ALONE = "swap 500 $A -> $D at rate $A/$D <= 1000"


@dataclass
class Relay:
    """A relay that gives what it is told to, or is away."""

    url: str = "http://relay.example"
    held: list[SignedIntent] = field(default_factory=list)
    away: bool = False
    asked: int = 0

    def list(self) -> Iterator[Held]:
        self.asked += 1
        if self.away:
            raise RelayUnavailable(self.url, "no answer")
        for one in self.held:
            yield Held(one.hash, Status.OPEN, 1, one)


class Node(ChainNode):
    """The chain as a node that may be down, hold transactions back, or lose them."""

    def __init__(self, chain: Any) -> None:
        super().__init__(chain)
        self.down = False
        self.rejects = False
        self.holds = False
        self.held: list[Signed] = []

    def head(self) -> Any:
        if self.down:
            raise NodeError(self.name, "is down")
        return super().head()

    def submit(self, signed: Signed) -> None:
        if self.rejects:
            raise TxRejected(signed.tx, "no room")
        if self.holds:
            self.held.append(signed)
            return
        super().submit(signed)

    def fates(self, hashes: Any) -> list[Fate]:
        waiting = {one.hash for one in self.held}
        return [
            Fate(fate.mined, fate.pooled or one in waiting)
            for one, fate in zip(hashes, super().fates(hashes), strict=True)
        ]

    def release(self) -> None:
        self.holds = False
        for one in self.held:
            super().submit(one)
        self.held.clear()


class Clock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.time += seconds
        return stop.is_set()


@dataclass
class Stand:
    market: Market
    node: Node
    relay: Relay
    clock: Clock
    log: io.StringIO
    database: Database
    make: Callable[..., SolverService]

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.log.getvalue().splitlines()]

    def sold(self, *signed: SignedIntent) -> list[int]:
        state = self.market.settlement.state()
        return [state.sold.get(one.hash, 0) for one in signed]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    start = WORLD.chain.snapshot()
    node, relay, clock, log = Node(WORLD.chain), Relay(), Clock(), io.StringIO()
    database = Database(f"sqlite:///{tmp_path / 'solver.db'}")
    pool = Pool([node], WORLD.chain.chain_id, 5.0)

    def make(**more: Any) -> SolverService:
        given: dict[str, Any] = {
            "pool": pool,
            "open_chain": lambda _: WORLD.chain,
            "registry": lambda _: WORLD.registry,
            "relays": [relay],
            "database": database,
            "settings": Settings(poll=2.0, confirmations=1),
            "solving": Solving(5.0),
            "clock": clock,
            "journal": open_journal(clock.now, stream=log),
            "follow": False,
        }
        return SolverService(WORLD.deployment, WORLD.directory, DAVE, **{**given, **more})

    yield Stand(WORLD, node, relay, clock, log, database, make)
    pool._threads.shutdown()
    database.close()
    WORLD.chain.restore(start)


def pair(stand: Stand) -> tuple[SignedIntent, SignedIntent]:
    made = stand.market.sign(ALONE, "alice"), stand.market.sign(COUNTER, "bob")
    stand.relay.held = list(made)
    return made


def rounds(service: SolverService, clock: Clock, count: int) -> list[Round | None]:
    found = []
    for _ in range(count):
        found.append(service.round())
        clock.time += 2
    return found


def metric(service: SolverService, name: str) -> float:
    text = generate_latest(service.metrics.registry).decode()
    for line in text.splitlines():
        if line.startswith(f"boomerang_solver_{name} "):
            return float(line.split()[-1])
    raise AssertionError(text)


# ------------------------------------------------------------------------------------- settling


def test_a_pair_meets(stand: Stand) -> None:
    one, other = pair(stand)
    service = stand.make()
    first, second, third = rounds(service, stand.clock, 3)
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.waiting, first.settled) == (True, False)
    assert (second.waiting, second.settled) == (False, True)
    assert third.found is None
    assert stand.sold(one, other) == [500 * 10**18, 502518907629606037]
    assert stand.events() == ["settling", "sent", "confirmed", "settled"]
    assert metric(service, "batches_total") == 1
    assert metric(service, "intents_filled_total") == 2
    assert third.passed[one.hash].startswith("its nonce")


def test_the_else_branch_when_nobody_is_there(stand: Stand) -> None:
    one = stand.market.sign(SNIPPET, "alice")
    stand.relay.held = [one]
    rounds(stand.make(), stand.clock, 2)
    assert stand.sold(one) == [500 * 10**18]
    history = stand.market.settlement.history()
    assert {e.branch for e in history if e.name == "Filled"} == {1}  # type: ignore[union-attr]


def test_the_book_is_filled_first(stand: Stand) -> None:
    number = stand.market.post("swap 0.1 $D -> $A at rate $A/$D >= 990 in parts", "bob")
    one = stand.market.sign(SNIPPET.replace("0.49", "0.48"), "alice")
    stand.relay.held = [one]
    rounds(stand.make(), stand.clock, 2)
    assert stand.sold(one) == [500 * 10**18]
    tokens = stand.market.tokens
    assert stand.market.settlement.state().find(tokens["D"], tokens["A"], number) is None


@pytest.mark.parametrize("parts", ["", " in parts"])
def test_tokens_without_names_crowd_nobody_out(stand: Stand, parts: str) -> None:
    """Anybody can make a token, and be very generous with it: that must not hide all others."""
    much = 10**33
    x, y = stand.market.strangers(much)
    texts = (
        (f"swap {much} units of {x} -> {y} for at least 1 units of {y}{parts}", "alice"),
        (f"swap {much} units of {y} -> {x} for at least 1 units of {x} in parts", "bob"),
    )
    junk = [stand.market.sign(text, who) for text, who in texts]
    one, other = pair(stand)
    stand.relay.held = [*junk, one, other]
    service = stand.make()
    rounds(service, stand.clock, 2)
    assert stand.sold(one, other) == [500 * 10**18, 502518907629606037]
    rounds(service, stand.clock, 2)
    # Of the whole one no share of a gain fits both; the others have had their turn.
    assert (stand.sold(*junk) == [0, 0]) == (not parts)


def test_dry_sends_nothing(stand: Stand) -> None:
    one, other = pair(stand)
    found = stand.make(dry=True).round()
    assert found is not None
    assert found.found is not None
    assert set(found.found.intents) == {one.hash, other.hash}
    assert stand.sold(one, other) == [0, 0]
    assert stand.events() == []


def test_run_ends_when_it_is_told(stand: Stand) -> None:
    pair(stand)
    stop = threading.Event()
    stand.make().run(stop, lambda found: not found.waiting and found.found is None)
    assert stand.events()[0] == "started"
    assert stand.events()[-1] == "stopped"
    stop.set()
    stand.make().run(stop)
    assert stand.events()[-2:] == ["started", "stopped"]


# ---------------------------------------------------------------------------- what may be away


def test_a_relay_that_is_away(stand: Stand) -> None:
    one, other = pair(stand)
    stand.relay.away = True
    service = stand.make()
    assert service.round() is not None
    well, told = service.report()
    assert (well, told["relays"]) == (
        True,
        {stand.relay.url: str(service._trouble[stand.relay.url])},
    )
    assert any(key.startswith("relay:") for key in told["alerts"])
    rounds(service, stand.clock, 10)
    assert stand.relay.asked < 8  # less and less often
    stand.relay.away = False
    stand.clock.time += 60
    rounds(service, stand.clock, 2)
    assert stand.sold(one, other)[0] == 500 * 10**18
    assert service.report()[1]["relays"] == {stand.relay.url: "well"}
    assert "alert-over" in stand.events()


def test_what_a_relay_gave_is_used_while_it_is_away(stand: Stand) -> None:
    one, other = pair(stand)
    stand.relay.held = [one]
    service = stand.make()
    service.round()
    stand.relay.away = True
    second = Relay("http://second.example", [other])
    service._relays.append(second)  # type: ignore[arg-type]
    stand.clock.time += 2
    rounds(service, stand.clock, 2)
    assert stand.sold(one, other)[0] == 500 * 10**18


def test_a_node_that_is_away(stand: Stand) -> None:
    one, _ = pair(stand)
    service = stand.make()
    stand.node.down = True
    stop = threading.Event()
    outages = 8

    def until(_: Round) -> bool:
        return True

    stand.clock.wait = _counting(stand, outages)  # type: ignore[method-assign]
    service.run(stop, until)
    waits = stand.clock.waits
    assert len(waits) == outages
    assert waits == sorted(waits)  # it asks less and less often
    assert waits[0] == 4.0
    assert waits[-1] == 30.0
    assert metric(service, "failed_rounds_total") == outages
    assert stand.sold(one) == [500 * 10**18]
    assert stand.events().count("round-failed") == outages
    assert service.worst is Level.ERROR  # nothing could be done for longer than head_age


def _counting(stand: Stand, outages: int) -> Callable[[threading.Event, float], bool]:
    def wait(stop: threading.Event, seconds: float) -> bool:
        stand.clock.waits.append(seconds)
        stand.clock.time += seconds
        stand.node.down = len(stand.clock.waits) < outages
        return stop.is_set()

    return wait


def test_health_is_not_well_while_nothing_is_seen(stand: Stand) -> None:
    service = stand.make()
    assert service.report()[0] is False
    service.round()
    assert service.report()[0] is True
    stand.clock.time += 1000
    assert service.report()[0] is False


# ------------------------------------------------------------------------- what goes wrong on chain


def test_what_would_fail_is_left_alone_for_a_while(stand: Stand) -> None:
    one, other = pair(stand)
    bad = stand.market.sign("swap 100 $B -> $C at rate $B/$C <= 1.25", "carol")
    partner = stand.market.sign("swap 100 $C -> $B at rate $C/$B <= 1 in parts", "alice")
    stand.relay.held += [bad, partner]
    service = stand.make()
    real = service._solving

    class Refusing(Solving):
        """As if carol's token failed in the simulation only."""

        def find(self, settlement: Any, gathered: Any, *args: Any, **more: Any) -> Any:
            from boomerang.intents.service.solving import Refusal

            found, refusals, seconds = real.find(settlement, gathered, *args, **more)
            if found is not None and bad.hash in found.intents:
                return None, [Refusal((bad.hash,), "Settlement_TransferFailed", "it fails")], 0.1
            return found, refusals, seconds

    service._solving = Refusing()
    found = rounds(service, stand.clock, 3)
    assert found[0] is not None
    assert found[0].passed[bad.hash] == "it fails"
    assert stand.sold(one, other, bad)[0] == 500 * 10**18
    assert stand.sold(bad) == [0]
    assert found[1] is not None
    assert metric(service, 'simulations_refused_total{error="Settlement_TransferFailed"}') >= 1
    service._solving = real
    stand.clock.time += 120
    rounds(service, stand.clock, 2)
    assert stand.sold(bad) == [100 * 10**18]


def test_others_are_faster(stand: Stand) -> None:
    """What waits in the pool, and is filled by somebody else meanwhile, is given up."""
    one, other = pair(stand)
    service = stand.make()
    stand.node.holds = True
    (first,) = rounds(service, stand.clock, 1)
    assert first is not None
    assert first.waiting
    assert len(stand.node.held) == 1
    theirs = stand.make(dry=True).round()
    assert theirs is not None
    assert theirs.found is not None
    stand.market.done(Tx(DEV_ACCOUNTS["carol"], theirs.found.tx.to, theirs.found.tx.data))
    assert stand.sold(one)[0] == 500 * 10**18
    stand.node.held.clear()  # the pool forgets it
    rounds(service, stand.clock, 2)
    assert "given-up" in stand.events()
    again = service.round()
    assert again is not None
    assert (again.waiting, again.found) == (False, None)
    assert stand.sold(one, other)[0] == 500 * 10**18


def test_a_batch_that_reverts_in_its_block(stand: Stand) -> None:
    one, _ = pair(stand)
    service = stand.make()
    stand.node.holds = True
    service.round()
    stand.market.done(stand.market.settlement.tx_allow(one.intent.sell, 0, sender=one.maker))
    stand.node.release()
    stand.clock.time += 2
    service.round()
    assert stand.events()[-1] == "reverted"
    assert metric(service, "reverted_batches_total") == 1
    stand.clock.time += 0.5
    found = service.round()
    assert found is not None
    assert found.passed[one.hash] == "it failed lately, and is tried again soon"


def test_a_transaction_that_gets_lost_is_sent_again(stand: Stand) -> None:
    one, _ = pair(stand)
    service = stand.make()
    stand.node.holds = True
    service.round()
    stand.node.held.clear()
    stand.node.holds = False
    stand.clock.time += 2
    found = rounds(service, stand.clock, 2)
    assert found[1] is not None
    assert found[1].settled
    assert stand.sold(one) == [500 * 10**18]
    assert "sent-again" in stand.events()


def test_a_node_that_rejects(stand: Stand) -> None:
    one, _ = pair(stand)
    service = stand.make()
    stand.node.rejects = True
    rounds(service, stand.clock, 3)
    assert "not-sent" in stand.events()
    stand.node.rejects = False
    rounds(service, stand.clock, 4)
    assert stand.sold(one) == [500 * 10**18]


def test_killed_and_started_again(stand: Stand) -> None:
    """What was on its way is waited for by whoever comes after, and not sent twice."""
    one, other = pair(stand)
    stand.node.holds = True
    stand.make(holder="me").round()
    after = stand.make(holder="me")
    found = rounds(after, stand.clock, 2)
    assert all(one is not None and one.waiting for one in found)
    assert len(stand.node.held) == 1
    stand.node.release()
    found = rounds(after, stand.clock, 2)
    assert stand.sold(one, other)[0] == 500 * 10**18
    assert found[-1] is not None
    assert not found[-1].waiting


def test_two_at_once(stand: Stand) -> None:
    """One sends for the account; the other takes over when its lease is over."""
    one, _ = pair(stand)
    first, second = stand.make(holder="first"), stand.make(holder="second")
    stand.relay.held = []
    first.round()
    found = second.round()
    assert found is not None
    assert found.waiting
    assert metric(second, "lease") == 0
    stand.relay.held = [one, stand.market.sign(COUNTER, "bob")]
    stand.clock.time += 100
    rounds(second, stand.clock, 2)
    assert metric(second, "lease") == 1
    assert stand.sold(one) == [500 * 10**18]


def test_a_solver_that_finds_nothing(stand: Stand) -> None:
    from boomerang.intents.auction import Plan
    from boomerang.intents.solver import solve

    pair(stand)

    def nothing(auction: Auction, limit: float) -> Solution:
        from dataclasses import replace

        return replace(solve(auction, limit), plan=Plan())

    found = stand.make(solving=Solving(5.0, nothing)).round()
    assert found is not None
    assert found.found is None


def test_a_chain_that_answers_nonsense_is_a_failed_round(stand: Stand) -> None:
    def broken(_: Any) -> Any:
        raise UnexpectedAnswer("what is this?")

    service = stand.make(open_chain=broken)
    assert service.round() is None
    assert stand.events() == ["round-failed", "alert"]
