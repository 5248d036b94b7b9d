"""What an agent's process does: whole matches on a node, and what a crash in the middle leaves."""

from __future__ import annotations

import json
import threading
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.chains.anvil import AnvilChain
from boomerang.chains.base import NodeError, TxRejected
from boomerang.errors import InvalidInput
from boomerang.model import Phase
from boomerang.play.process import (
    END,
    BadTask,
    JournalDamaged,
    NotYourSeat,
    loop,
)
from boomerang.play.process.follower import HEADERS
from boomerang.play.process.player import Asked, Player, Sent
from boomerang.play.process.wallet import Signed
from boomerang.store import Store
from play.stage import Stage, agent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boomerang.chains.node import NodeChain

pytestmark = [pytest.mark.anvil, pytest.mark.network]

BOND = 10**18


@pytest.fixture(scope="module")
def chain() -> Iterator[NodeChain]:
    with AnvilChain(states=256) as opened:
        yield opened


@pytest.fixture
def stage(chain: NodeChain, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(chain, tmp_path)
    yield made
    for actor in made.actors:
        if actor.process is not None:
            actor.crash()


@pytest.fixture
def alone(stage: Stage) -> Stage:
    """One actor with a bond at stake and a latency of 3 s, against one who does nothing."""
    stage.actor(latency=3)
    stage.actor()
    stage.seat("Forgetful", "Opener", parameters={"bond": BOND})
    return stage


def test_a_whole_match(stage: Stage) -> None:
    stage.actor()
    stage.actor(latency=2)
    stage.seat("Forgetful", "Forgetful")
    outcomes = stage.finish()
    for outcome in outcomes:
        assert outcome["actions"] == ["Dare", "Dare"]
        assert outcome["payoffs"] == ["-100", "-100"]
        assert [one["phase"] for one in outcome["commitments"]] == ["KEPT", "KEPT"]
    for actor in stage.actors:
        assert actor.asked() == ["Publish", "Seal", "Open"]
        assert [one["error"] for one in actor.events("mined")] == [None] * 3
        assert actor.transactions() == 3


def test_latency_is_how_much_later_it_is_seen_and_arrives(stage: Stage) -> None:
    stage.actor()
    stage.actor(latency=7)
    stage.seat("Forgetful", "Forgetful")
    outcome = stage.finish()[0]
    prompt, slow = outcome["commitments"]
    assert 6 <= slow["published"] - prompt["published"] <= 8
    sealed = [actor.events("asked")[1]["now"] for actor in stage.actors]
    assert all(second > 0 for second in sealed)


def test_it_plays_several_matches_at_once(stage: Stage) -> None:
    stage.actor()
    stage.actor()
    topics = []
    for number in range(3):
        stage.topic = "0x" + (1000 + number).to_bytes(32, "big").hex()
        topics.append(stage.topic)
        stage.seat("Forgetful", "Opener")
    for actor in stage.actors:
        stage.until("outcome", actor, times=3)
        assert sorted(one["topic"] for one in actor.events("outcome")) == sorted(topics)
    for outcome in stage.actors[0].events("outcome"):
        assert outcome["actions"] == ["Dare", "Swerve"]
        assert len(outcome["commitments"]) == 1


def test_it_acts_for_no_other_account(stage: Stage) -> None:
    one, other = stage.actor(), stage.actor()
    stage.seat("Forgetful", "Forgetful")
    one.tell({**other.tasks[0], "topic": "0x" + "77" * 32})
    assert one.process is not None
    with pytest.raises(NotYourSeat, match=other.address):
        one.process.step()
    assert one.transactions() == 0


def test_a_topic_is_for_one_match(stage: Stage) -> None:
    one = stage.actor()
    stage.actor()
    stage.seat("Forgetful", "Forgetful")
    one.tell(one.tasks[0])
    assert one.process is not None
    with pytest.raises(BadTask, match="already"):
        one.process.step()


# ------------------------------------------------------------------------------------- crashes


def test_killed_with_a_seal_planned_and_not_sent(alone: Stage) -> None:
    """It is on disk, and goes out when the process is back: the same seal, once."""
    actor = alone.actors[0]
    alone.until_asked("Seal", actor)
    assert len(actor.events("sent")) == 1  # the publication: the seal is under way for 3 s more
    actor.crash()
    alone.beat(2)
    actor.start()
    (outcome, _) = alone.finish()
    assert outcome["commitments"][0]["phase"] == "KEPT"
    assert outcome["lost"] == ["0", "0"]
    assert actor.openings() == 1
    assert actor.transactions() == 3
    assert actor.balance() == 10**21


def test_killed_between_the_store_and_the_journal(
    alone: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was planned last was never sent: it is asked again, and seals with another salt."""
    actor = alone.actors[0]
    alone.until("mined", actor)

    whole = Player.sending

    def power_cut(player: Player, asked: Asked, signed: list[Signed]) -> list[Sent]:
        if asked.chain:
            raise RuntimeError("power cut")
        return whole(player, asked, signed)

    monkeypatch.setattr(Player, "sending", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        alone.beat(60)
    monkeypatch.undo()
    actor.crash()
    assert actor.openings() == 1
    actor.start()
    (outcome, _) = alone.finish()
    assert outcome["commitments"][0]["phase"] == "KEPT"
    assert actor.openings() == 2
    assert actor.transactions() == 3
    assert actor.balance() == 10**21


@pytest.mark.parametrize(
    ("move", "later"),
    [("Publish", 0), ("Publish", 5), ("Seal", 4), ("Seal", 5), ("Seal", 9), ("Open", 4)],
)
def test_killed_at_any_time(alone: Stage, move: str, later: int) -> None:
    """Before it is sent, while it is in the pool, when it is mined, when that was seen."""
    actor = alone.actors[0]
    alone.until_asked(move, actor)
    alone.beat(later)
    actor.crash()
    actor.start()
    (outcome, _) = alone.finish()
    assert outcome["actions"] == ["Dare", "Swerve"]
    assert outcome["commitments"][0]["phase"] == "KEPT"
    assert actor.transactions() == 3
    assert actor.openings() == 1
    assert actor.balance() == 10**21


def test_away_for_long_it_loses_its_bond_and_says_so(alone: Stage) -> None:
    """Nobody opens for it: no journal helps against that."""
    actor = alone.actors[0]
    alone.until("mined", actor, times=2)
    actor.crash()
    alone.beat(60)
    actor.start()
    alone.registry.resolve(alone.state().plan(alone.chain.head().time))
    (outcome, _) = alone.finish()
    assert outcome["commitments"][0]["phase"] == "UNREVEALED"
    assert outcome["lost"] == [str(BOND), "0"]
    assert actor.balance() == 10**21 - BOND


def test_a_line_that_was_not_finished(alone: Stage) -> None:
    actor = alone.actors[0]
    alone.until_asked("Seal", actor)
    actor.crash()
    (path,) = (actor.directory / "matches").glob("*/*.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"asked": 12, "no')
    actor.start()
    alone.beat()
    assert path.read_bytes().startswith(whole)
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
    assert alone.finish()[0]["commitments"][0]["phase"] == "KEPT"


def test_the_journal_of_another_match(alone: Stage) -> None:
    actor = alone.actors[0]
    alone.until_asked("Publish", actor)
    actor.crash()
    actor.tasks[0] = {**actor.tasks[0], "agent": agent("Careless")}
    actor.start()
    assert actor.process is not None
    with pytest.raises(JournalDamaged, match="another"):
        actor.process.step()


@pytest.mark.parametrize("line", [b"nonsense\n", b"[1]\n"])
def test_a_journal_that_makes_no_sense(alone: Stage, line: bytes) -> None:
    actor = alone.actors[0]
    alone.until_asked("Publish", actor)
    actor.crash()
    (path,) = (actor.directory / "matches").glob("*/*.jsonl")
    path.write_bytes(path.read_bytes() + line)
    actor.start()
    assert actor.process is not None
    with pytest.raises(JournalDamaged, match=path.name):
        actor.process.step()


def test_the_place_of_a_transaction_was_taken(alone: Stage) -> None:
    """Whoever uses the same key elsewhere meanwhile: that is said, and nothing is stuck."""
    actor = alone.actors[0]
    alone.until_asked("Publish", actor)
    actor.crash()
    alone.chain.set_balance(actor.address, 10**21)
    alone.registry.chain.send(alone.registry.tx_deploy(actor.address, alone.registry.parameters()))
    actor.start()
    alone.beat()
    assert len(actor.events("replaced")) == 1


# --------------------------------------------------------------------------------- the chain


def test_a_reorganisation_takes_its_publication_away(alone: Stage) -> None:
    actor = alone.actors[0]
    before = alone.chain.transport.request([("evm_snapshot", [])])[0]
    alone.until("mined", actor)
    alone.chain.transport.request([("evm_revert", [before])])
    assert not alone.state().commitments
    alone.beat(30)
    for one in alone.actors:
        assert one.events("reorganised")
    (outcome, _) = alone.finish()
    assert outcome["commitments"][0]["phase"] == "KEPT"
    assert actor.asked().count("Publish") == 1
    assert actor.balance() == 10**21


def test_what_the_registry_refuses(stage: Stage) -> None:
    """The agent learns of it, and of what cannot be done at all; both are said."""
    actor = stage.actor()
    stage.actor()
    stage.seat("Careless", "Opener")
    (outcome, _) = stage.finish()
    (impossible,) = actor.events("impossible")
    assert impossible["move"] == "Open"
    failed = [one["error"] for one in actor.events("mined") if one["error"]]
    assert len(failed) == 1
    assert "Boomerang_TooEarly" in failed[0]
    assert outcome["refused"] == [failed, []]
    assert outcome["commitments"][0]["phase"] == "KEPT"


def test_what_is_told_off_the_chain(stage: Stage) -> None:
    """An opening goes to the other seat's process, survives its crash, and can be used."""
    teller, hearer = stage.actor(), stage.actor()
    stage.seat("Teller", "Opener")
    stage.until("tell", teller)
    (event,) = teller.events("tell")
    assert event["to"] == 1
    hearer.messages.put({"told": event["told"]})
    stage.beat()
    hearer.crash()
    teller.crash()  # it does not open itself
    hearer.start()
    stage.until("outcome", hearer)
    (outcome,) = hearer.events("outcome")
    assert outcome["commitments"][0]["phase"] == "KEPT"
    assert hearer.transactions() == 1


def test_nobody_acts_before_its_start_whatever_it_is_told(stage: Stage) -> None:
    actor, _ = stage.actor(), stage.actor()
    start = stage.chain.head().time + 12
    stage.seat("Forgetful", "Forgetful", start=start)
    told = {"topic": stage.topic, "of": "0x" + "55" * 25, "decision": "01", "salt": "66" * 32}
    actor.messages.put({"told": {**told, "seat": 0}})
    stage.until_asked("Publish", actor)
    assert actor.events("asked")[0]["now"] >= start - 1  # the last block that it has seen by then


def test_what_is_told_of_no_match_is_passed_over(stage: Stage) -> None:
    actor = stage.actor()
    actor.messages.put({"told": {"topic": "0x" + "99" * 32}})
    stage.beat()


def test_others_on_the_registry_are_none_of_its_business(alone: Stage) -> None:
    """Strangers publish beside it, on its topic and on another one."""
    stranger = alone.chain.accounts()[3]
    alone.publish("Dare", bytes(31) + b"\x01", stranger)
    alone.publish("Dare", bytes.fromhex(alone.topic[2:]), stranger)
    (outcome, _) = alone.finish()
    assert outcome["actions"] == ["Dare", "Swerve"]
    assert len(outcome["commitments"]) == 1


def test_many_blocks_at_once(alone: Stage) -> None:
    """Away for more blocks than are told of one by one, it knows what was in them."""
    actor = alone.actors[0]
    alone.until("mined", actor, times=3)
    phase = alone.state().phase(next(iter(alone.state().commitments)), alone.chain.head().time)
    assert phase is Phase.KEPT
    actor.crash()
    alone.beat(HEADERS + 30)
    actor.start()
    alone.until("outcome", actor)
    assert actor.events("outcome")[0]["commitments"][0]["phase"] == "KEPT"


# ------------------------------------------------------------------------------------- the loop


def test_it_ends_when_all_matches_are_over(alone: Stage) -> None:
    actor = alone.actors[0]
    alone.until("mined", actor, times=3)
    alone.beat(90)
    actor.messages.put(END)
    assert actor.process is not None
    actor.process.run(threading.Event())
    actor.process = None
    assert actor.events("outcome")


def test_it_stops_when_told(alone: Stage) -> None:
    actor = alone.actors[0]
    alone.until_asked("Publish", actor)
    stop = threading.Event()
    stop.set()
    assert actor.process is not None
    actor.process.run(stop)
    actor.process = None
    assert not actor.events("outcome")


def test_a_node_that_goes_away_for_a_moment(alone: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to be sent is sent when it is back; for long, that is an error."""
    actor = alone.actors[0]
    alone.until_asked("Publish", actor)
    process = actor.process
    assert process is not None
    whole = alone.chain.transport.request
    broken = iter([True, True])

    def unreliable(calls: Any) -> Any:
        if any(method == "eth_sendRawTransaction" for method, _ in calls) and next(broken, False):
            raise NodeError("http://node", "cannot be reached")
        return whole(calls)

    monkeypatch.setattr(alone.chain.transport, "request", unreliable)
    for _ in range(4):
        alone_second = alone.chain.head().time + 1
        whole([("evm_mine", [{"timestamp": alone_second, "blocks": 1}])])
    for _ in range(2):
        with pytest.raises(NodeError):
            process.step()
    process.step()
    assert len(actor.events("sent")) == 1

    def away(calls: Any) -> Any:
        del calls
        raise NodeError("http://node", "cannot be reached")

    monkeypatch.setattr(loop, "PATIENCE", 0.0)
    monkeypatch.setattr(alone.chain.transport, "request", away)
    with pytest.raises(NodeError):
        process.run(threading.Event())
    actor.process = None


def test_a_node_that_fails_half_way(alone: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third request of anybody's gets no answer: all is seen, sent and said all the same."""
    actor = alone.actors[0]
    whole, calls_made = alone.chain.transport.request, count()

    def unreliable(calls: Any) -> Any:
        if next(calls_made) % 3 == 2:
            raise NodeError("http://node", "cannot be reached")
        return whole(calls)

    for _ in range(80):
        second = int(whole([("eth_getBlockByNumber", ["latest", False])])[0]["timestamp"], 16) + 1
        whole([("evm_mine", [{"timestamp": second, "blocks": 1}])])
        monkeypatch.setattr(alone.chain.transport, "request", unreliable)
        for one in alone.actors:
            assert one.process is not None
            while True:
                try:
                    one.process.step()
                    break
                except NodeError:
                    continue
        monkeypatch.setattr(alone.chain.transport, "request", whole)
    (outcome,) = actor.events("outcome")
    assert outcome["commitments"][0]["phase"] == "KEPT"
    assert len(actor.events("sent")) == len(actor.events("mined")) == 3
    assert actor.balance() == 10**21


def test_an_account_without_money(stage: Stage) -> None:
    actor = stage.actor()
    stage.actor()
    stage.chain.set_balance(actor.address, 0)
    stage.seat("Forgetful", "Opener", parameters={"bond": BOND})
    with pytest.raises(TxRejected, match=actor.address):
        stage.beat(5)


def test_a_latency_is_not_negative(stage: Stage) -> None:
    actor = stage.actor()
    actor.latency = -1
    with pytest.raises(InvalidInput, match="latency"):
        actor.start()


def test_the_store_is_whose_process_it_is(alone: Stage) -> None:
    """Journals are private, as the openings are."""
    actor = alone.actors[0]
    alone.until_asked("Publish", actor)
    for path in (actor.directory / "matches").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    assert Store(actor.directory).contents().damaged == []
