"""Two agents play the worked examples through the chain alone, as objects and as ape scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boomerang.agents import Bargaining, Conditional
from boomerang.agents.show import told
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.errors import InvalidInput
from boomerang.games import catalogue
from boomerang.model import Execution, Phase
from boomerang.play import Seal
from boomerang.play.live import LiveMatch, LiveSeat
from boomerang.store import Store
from boomerang.timeline.match import results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain
    from boomerang.play import Agent, Outcome

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


GAME = catalogue.bargaining()
FAR = 1 << 31


@pytest.fixture
def chain() -> Iterator[Chain]:
    made = connect("pyrevm")
    yield made
    made.close()


class Live:
    """A live match of bargaining on a chain, with what was told of it."""

    def __init__(self, chain: Chain, home: Path, *agents: Agent) -> None:
        seats = [
            LiveSeat(agent, DEV_ACCOUNTS[name], Store(home / name))
            for name, agent in zip(GAME.players, agents, strict=True)
        ]
        self.lines: list[str] = []
        self.match = LiveMatch(
            GAME,
            seats,
            Registry.deploy(chain),
            tell=lambda seat, move, _gas: self.lines.append(
                told(GAME.players, self.match.accounts, seat, move, self.match.state)
            ),
        )

    def play(self) -> Outcome:
        return self.match.play()


def test_the_second_dare_gives_way(chain: Chain, tmp_path: Path) -> None:
    live = Live(chain, tmp_path, Conditional(), Conditional())
    assert results(GAME, live.play()) == CHICKEN
    assert live.lines == [
        "alice publishes 'Dare'",
        "bob publishes 'Dare'",
        "alice seals its 'Dare'",
        "bob seals its 'Dare'",
        "alice opens its 'Dare': keep",
        "bob opens its 'Dare': revert if kept(A1)",
    ]


def test_the_second_dare_buys_its_way_out(chain: Chain, tmp_path: Path) -> None:
    live = Live(chain, tmp_path, Bargaining(), Bargaining(pays=1))
    assert results(GAME, live.play()) == BARGAIN
    assert "bob offers its 'Stop' to alice's 'Dare'" in live.lines
    assert "alice opens its 'Dare': revert if kept(B2)" in live.lines


def test_the_bargain_is_paid_out_of_escrow(chain: Chain, tmp_path: Path) -> None:
    live = Live(chain, tmp_path, Bargaining(), Bargaining(pays=1))
    live.play()
    state = live.match.state
    (stop,) = (one for one in state.commitments.values() if one.content.statement == b"Stop")
    assert state.model.execution(stop.id, FAR) is Execution.EXECUTED
    assert not state.executable(FAR)


def test_a_bargain_that_nobody_listens_to_changes_nothing(chain: Chain, tmp_path: Path) -> None:
    outcome = Live(chain, tmp_path, Conditional(), Bargaining(pays=1)).play()
    # The bargain itself is kept, and its guard is false: nothing is due. Bob's dare gives way.
    phases = [one.phase for one in outcome.commitments]
    assert phases == [Phase.KEPT, Phase.REVERTED_BY_DECISION, Phase.KEPT]
    assert outcome.payoffs == (10, -20)


def test_a_bargain_below_its_price_is_refused(chain: Chain, tmp_path: Path) -> None:
    outcome = Live(chain, tmp_path, Bargaining(), Bargaining(pays=0)).play()
    assert outcome.commitments[0].phase is Phase.KEPT


def test_every_opening_is_on_disk(chain: Chain, tmp_path: Path) -> None:
    live = Live(chain, tmp_path, Bargaining(), Bargaining(pays=1))
    live.play()
    for commitment in live.match.state.commitments.values():
        owner = "alice" if commitment.key.committer == DEV_ACCOUNTS["alice"] else "bob"
        assert len(Store(tmp_path / owner).openings(commitment.id)) == 1


def test_play_that_was_interrupted_goes_on(chain: Chain, tmp_path: Path) -> None:
    class Crash(Exception):
        """Stands in for a process that dies after its agents have sealed."""

    def die(seat: int, move: object, gas: int) -> None:
        if sum(isinstance(one, Seal) for one in [*sent, move]) == 2:
            raise Crash
        sent.append(move)

    sent: list[object] = []
    first = Live(chain, tmp_path, Conditional(), Conditional())
    first.match._tell = die
    with pytest.raises(Crash):
        first.play()
    seats = [player.seat for player in first.match._players]
    again = LiveMatch(
        GAME,
        [LiveSeat(Conditional(), seat.account, Store(seat.store.path)) for seat in seats],
        first.match.registry,
    )
    assert results(GAME, again.play()) == CHICKEN


def test_a_seat_for_each_player(chain: Chain) -> None:
    with pytest.raises(InvalidInput, match="bargaining is for 2, not 0 players"):
        LiveMatch(GAME, [], Registry.deploy(chain))


@pytest.mark.parametrize("network", ["::test", "::foundry"])
@pytest.mark.parametrize(("script", "expected"), [("chicken", CHICKEN), ("bargain", BARGAIN)])
def test_ape_scripts(tmp_path: Path, script: str, network: str, expected: list[str]) -> None:
    lines = ape(tmp_path, "run", script, "--network", network)
    assert [line for line in lines if line in expected] == expected


@pytest.mark.parametrize(
    ("script", "payoffs"),
    [
        ("prisoners", "payoffs: alice +3, bob +3"),
        ("public_goods", "payoffs: alice +60, bob +60, carol +60, dave +60"),
    ],
)
def test_ape_scripts_draw(tmp_path: Path, script: str, payoffs: str) -> None:
    picture = tmp_path / "picture.svg"
    lines = ape(tmp_path, "run", script, "--network", "::test", "--svg", str(picture))
    assert lines[-1] == payoffs
    assert picture.read_text().startswith("<svg")


@pytest.mark.parametrize(("network", "kind"), [("::test", "tester"), ("::foundry", "anvil")])
def test_ape_plays(tmp_path: Path, network: str, kind: str) -> None:
    picture = tmp_path / "picture.svg"
    options = ("--game", "chicken", "--agents", "first-mover,conditional", "--svg", str(picture))
    lines = ape(tmp_path, "run", "play", *options, "--network", network)
    assert "payoffs: alice +10, bob -20" in lines
    assert f"chicken on {kind}" in [line.strip() for line in lines]
    assert picture.read_text().startswith("<svg")


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
