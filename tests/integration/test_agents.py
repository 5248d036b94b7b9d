"""Two agents play the worked examples through the chain alone, as objects and as ape scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boomerang.agents import Bargainer, Darer, Listener, Player, run
from boomerang.agents.show import results
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.model import Execution, Phase
from boomerang.store import Store

if TYPE_CHECKING:
    from boomerang.client import State

ROOT = Path(__file__).parents[2]

CHICKEN = [
    "alice's 'Dare': Kept",
    "bob's 'Dare': RevertedByDecision",
    "payoffs: alice +10, bob -20",
]
BARGAIN = [
    "alice's 'Dare': RevertedByDecision",
    "bob's 'Dare': RevertedByDecision",
    "bob's 'Stop': Kept",
    "payoffs: alice +11, bob -1",
]


def play(home: Path, **minds: type[Player]) -> tuple[State, list[str]]:
    chain = connect("pyrevm")
    registry = Registry.deploy(chain)
    players = [
        mind(name, registry, DEV_ACCOUNTS[name], Store(home / name)) for name, mind in minds.items()
    ]
    state = run(registry, players, 130)
    names = {player.account: player.name for player in players}
    return state, results(state, names, chain.now())


def test_the_second_dare_gives_way(tmp_path: Path) -> None:
    assert play(tmp_path, alice=Darer, bob=Darer)[1] == CHICKEN


def test_the_second_dare_buys_its_way_out(tmp_path: Path) -> None:
    assert play(tmp_path, alice=Listener, bob=Bargainer)[1] == BARGAIN


def test_the_bargain_is_paid_out_of_escrow(tmp_path: Path) -> None:
    state, _ = play(tmp_path, alice=Listener, bob=Bargainer)
    (stop,) = (one for one in state.commitments.values() if one.content.statement == b"Stop")
    assert state.model.execution(stop.id, 1 << 31) is Execution.EXECUTED
    assert not state.executable(1 << 31)


def test_a_bargain_that_nobody_listens_to_changes_nothing(tmp_path: Path) -> None:
    state, _ = play(tmp_path, alice=Darer, bob=Bargainer)
    phases = [state.phase(one, 1 << 31) for one in state.commitments]
    # The bargain itself is kept, and its guard is false: nothing is due. Bob's dare gives way.
    assert phases == [Phase.KEPT, Phase.REVERTED_BY_DECISION, Phase.KEPT]


def test_a_bargain_below_its_price_is_refused(tmp_path: Path) -> None:
    class Miser(Bargainer):
        pays = 0

    _, lines = play(tmp_path, alice=Listener, bob=Miser)
    assert lines[0] == "alice's 'Dare': Kept"


def test_every_opening_is_on_disk(tmp_path: Path) -> None:
    state, _ = play(tmp_path, alice=Listener, bob=Bargainer)
    for commitment in state.commitments.values():
        owner = "alice" if commitment.key.committer == DEV_ACCOUNTS["alice"] else "bob"
        assert len(Store(tmp_path / owner).openings(commitment.id)) == 1


@pytest.mark.parametrize("network", ["::test", "::foundry"])
@pytest.mark.parametrize(("script", "expected"), [("chicken", CHICKEN), ("bargain", BARGAIN)])
def test_ape_scripts(tmp_path: Path, script: str, network: str, expected: list[str]) -> None:
    lines = ape(tmp_path, "run", script, "--network", network)
    assert [line for line in lines if line in expected] == expected


def test_ape_deploys(tmp_path: Path) -> None:
    lines = ape(tmp_path, "run", "deploy", "--network", "::test", "--preset", "demo")
    assert lines[-1].startswith("registry 0x")


def ape(home: Path, *arguments: str) -> list[str]:
    """What `ape …` prints, in a home of its own."""
    environment = {
        "HOME": str(home),
        "BOOMERANG_HOME": str(home / "store"),
        "PATH": f"{ROOT / 'build' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "SOLCX_BINARY_PATH": str(ROOT / "build" / "bin"),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("ape"), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()
