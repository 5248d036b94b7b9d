"""Separate processes: what comes of a match depends on who was first, and not on who is slow.

They run beside a node of their own and take what the machine gives them: whatever is asserted holds
however slow that is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.agents import named
from boomerang.chains.anvil import wait_until_stopped
from boomerang.experiments import statistics
from boomerang.experiments.latency import EXPERIMENT, detectable
from boomerang.experiments.latency_matches import BARGAINS
from boomerang.games import catalogue
from boomerang.model import Phase
from boomerang.play import Match, Seat, open_table
from boomerang.play.process import Fleet, Place, Plan, ProcessDied
from boomerang.play.tables import PURSE
from boomerang.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boomerang.play.outcome import Outcome

# Their time is that of processes and of a node: measuring coverage would only make it longer.
pytestmark = [pytest.mark.anvil, pytest.mark.network, pytest.mark.campaign]

LATENCIES = (0.0, 2.0, 9.0)
BOND = 10**18


class Heard:
    """What the processes said, by number."""

    def __init__(self) -> None:
        self.events: list[tuple[int, dict[str, Any]]] = []

    def __call__(self, number: int, event: dict[str, Any]) -> None:
        if event["event"] != "block":
            self.events.append((number, event))

    def moves(self, member: int) -> list[str]:
        asked = (event for number, event in self.events if number == member)
        return [move for one in asked if one["event"] == "asked" for move in one["moves"]]

    def mined(self, member: int) -> int:
        return sum(n == member and event["event"] == "mined" for n, event in self.events)


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def fleet(heard: Heard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    directory = tmp_path_factory.mktemp("fleet")
    with Fleet(LATENCIES, pace=0.01, seed=5, directory=directory, hear=heard) as opened:
        yield opened


def chicken(first: int, second: int, later: int = 15, **parameters: Any) -> Plan:
    """The first seat's process starts first."""
    return Plan(
        "chicken",
        (
            Place(first, "conditional", parameters),
            Place(second, "conditional", parameters, start=later),
        ),
    )


def in_one_process(plan: Plan) -> Outcome:
    seats = [
        Seat(named(one.agent, **one.parameters), LATENCIES[one.member], one.start)
        for one in plan.places
    ]
    with open_table("pyrevm") as table:
        return Match(catalogue.named(plan.game), seats, table).play()


def test_the_same_as_in_one_process(fleet: Fleet) -> None:
    """Every pair in both orders: the same actions, payoffs and phases, whoever is slow."""
    pairs = [(one, other) for one in range(3) for other in range(3) if one != other]
    plans = [chicken(one, other) for one, other in pairs]
    plans.append(Plan("battle_of_the_sexes", chicken(2, 0).places))
    plans.append(Plan("chicken", (Place(1, "silent"), Place(2, "conditional"))))
    for played in fleet.play(plans):
        same = in_one_process(played.plan)
        got = played.outcome
        assert got.actions == same.actions
        assert got.payoffs == same.payoffs
        assert [(one.seat, one.phase) for one in got.commitments] == [
            (one.seat, one.phase) for one in same.commitments
        ]
        for one, two in zip(got.commitments, same.commitments, strict=True):
            assert abs(one.published - two.published) <= 1  # what arrives with a block
        assert got.lost == (0, 0)


def test_the_first_race_is_decided_by_latency(fleet: Fleet) -> None:
    """The protocol does nothing about that."""
    (one, other) = fleet.play([chicken(0, 2, later=0), chicken(2, 0, later=0)])
    assert one.outcome.payoffs == (10, -20)
    assert other.outcome.payoffs == (-20, 10)


def test_payoff_is_uncorrelated_with_latency(fleet: Fleet) -> None:
    """All orders of all pairs, as often: exactly no correlation. Were payoffs decided by latency,
    it would be -1, and this is enough to tell.
    """
    pairs = [(one, other) for one in range(3) for other in range(3) if one != other] * 2
    slower, more = [], []
    for played in fleet.play([chicken(*pair) for pair in pairs]):
        assert played.outcome.payoffs == (10, -20)
        one, other = (LATENCIES[place.member] for place in played.plan.places)
        for sign in (1, -1):  # each seat's side of it
            slower.append(sign * (one - other))
            more.append(sign * float(played.outcome.payoffs[0] - played.outcome.payoffs[1]))
    found = statistics.correlation(slower, more, permutations=99)
    assert found.estimate.value == pytest.approx(0.0, abs=1e-9)
    assert detectable(len(pairs)) < 0.8


def test_killed_with_a_seal_planned_and_with_one_sent(fleet: Fleet, heard: Heard) -> None:
    """Both processes of a match, at different times: nothing is lost, and the bonds come back."""
    mined = {member: heard.mined(member) for member in (1, 2)}
    sealed = {member: heard.moves(member).count("Seal") for member in (1, 2)}
    away: dict[int, int] = {}
    back: set[int] = set()

    def meanwhile(second: int) -> None:
        # The slow one before its seal is sent, which takes 9 s; the other when its seal is mined.
        due = {
            2: heard.moves(2).count("Seal") > sealed[2],
            1: heard.mined(1) >= mined[1] + 2,
        }
        for member, ready in due.items():
            if ready and member not in away:
                fleet.kill(member)
                away[member] = second
            elif member in away and member not in back and second >= away[member] + 3:
                fleet.restart(member)
                back.add(member)

    (played,) = fleet.play([chicken(1, 2, bond=BOND)], meanwhile)
    assert back == {1, 2}
    outcome = played.outcome
    assert outcome.payoffs == (10, -20)
    assert [one.phase for one in outcome.commitments] == [Phase.KEPT, Phase.REVERTED_BY_DECISION]
    assert outcome.lost == (0, 0)
    for seat, member in enumerate((1, 2)):
        child = fleet.members[member]
        assert fleet.chain.balance(child.address) == PURSE
        store = Store(child.directory / "store")
        assert len(store.openings(outcome.commitments[seat].id)) == 1


def test_each_has_its_own_key_and_store(fleet: Fleet) -> None:
    keys = {(child.directory / "key").read_text() for child in fleet.members}
    assert len(keys) == len({child.address for child in fleet.members}) == len(LATENCIES)
    assert len({child.pid for child in fleet.members} | {os.getpid()}) == len(LATENCIES) + 1
    for child in fleet.members:
        assert (child.directory / "key").stat().st_mode & 0o077 == 0
        owners = {
            kept.record.key.committer
            for kept in Store(child.directory / "store").contents().openings
        }
        assert owners <= {child.address}


def test_nothing_outlives_it(tmp_path: Path) -> None:
    """Whether it is closed or an agent dies: no process, no node, no temporary key."""
    with Fleet((0.0, 0.0), pace=0.01) as small:
        pids = [child.pid for child in small.members]
        directory = small.members[0].directory
        os.kill(pids[0], signal.SIGKILL)
        with pytest.raises(ProcessDied, match="agent 0"):
            small.play([chicken(0, 1)])
    for pid in pids:
        assert wait_until_stopped(pid)
    assert not directory.exists()
    small.close()


ORPHANS = """
import time
from boomerang.play.process import Fleet

with Fleet((0.0, 0.0), pace=0.01) as fleet:
    print(*(child.pid for child in fleet.members), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="by the kernel, on Linux")
def test_nothing_outlives_whoever_started_it() -> None:
    """Killed without a chance to clean up."""
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pids = [int(word) for word in starter.stdout.readline().split()]
        starter.kill()
    assert len(pids) == 2
    for pid in pids:
        assert wait_until_stopped(pid, 30)


def test_the_experiment(tmp_path: Path) -> None:
    """A few matches of it, with bargains: each pays what its order pays in one process."""
    config = EXPERIMENT.checked(
        {
            "replicates": 1,
            "latencies": [0, 6],
            "bargaining": [0, 4],
            "too_slow": [0, 20],
            "matches": 8,
            "together": 20,
            "gap": [9, 12],
            "bargaining_gap": [8, 12],
            "pace": 0.01,
            "resolution": 0.9,
        }
    )
    assert EXPERIMENT.unavailable() is None
    cells = {(cell["arm"], cell["place"]): cell for cell in EXPERIMENT.cells(config)}
    rows = EXPERIMENT.run(cells[BARGAINS.name, BARGAINS.place], 3)
    assert len(rows) == 8
    for row in rows:
        assert row["as_in_one"]
        assert not row["crash"]
        assert {row["payoff_0"], row["payoff_1"]} == {20, -10}
        assert row["first"] == int(row["start_0"] > row["start_1"])  # type: ignore[operator]


def test_patience_is_for_the_wall_clock() -> None:
    """The chain's second takes as long as the slowest process needs, and no shorter than asked."""
    with Fleet((0.0,), pace=0.05) as slow:
        begin, first = time.monotonic(), slow.chain.head().time
        for _ in range(10):
            slow.beat()
        assert slow.chain.head().time == first + 10
        assert time.monotonic() - begin > 0.4
