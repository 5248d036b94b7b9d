"""`boomerang agent`: whose key, which seat, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from eth_account import Account

from boomerang.chains.anvil import AnvilChain
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.cli import cli
from boomerang.client import Registry
from boomerang.errors import InvalidInput
from boomerang.parameters import Parameters
from boomerang.play.process import BadTask, ChainClock, agent_named, task_of
from boomerang.play.process.errors import BadKey
from boomerang.play.process.wallet import KEY_VARIABLE, key_file_signer, key_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boomerang.chains.node import NodeChain

pytestmark = [pytest.mark.anvil, pytest.mark.network]

SHORT = Parameters(period=20, seal_delay=2, reveal_window=15, offer_cutoff=8, decline_delay=3)
KEY = "0x" + "11" * 32
SECOND = 0.02


@pytest.fixture(scope="module")
def chain() -> Iterator[NodeChain]:
    with AnvilChain(states=256) as opened:
        yield opened


@pytest.fixture(scope="module")
def registry(chain: NodeChain) -> str:
    receipt = chain.send(Registry.tx_deploy(chain.accounts()[0], SHORT))
    assert receipt.contract is not None
    return receipt.contract


@pytest.fixture
def ticking(chain: NodeChain) -> Iterator[None]:
    """A block of a second every `SECOND`."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(SECOND):
            second = chain.head().time + 1
            chain.transport.request([("evm_mine", [{"timestamp": second, "blocks": 1}])])

    thread = threading.Thread(target=tick)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def options(chain: NodeChain, registry: str, tmp_path: Path) -> list[str]:
    """Of a seat of alice's."""
    return [
        *("agent", "--network", chain.url, "--registry", registry),
        *("--store", str(tmp_path / "store"), "--game", "chicken", "--agent", "first-mover"),
        *("--accounts", f"{DEV_ACCOUNTS['alice']},{DEV_ACCOUNTS['bob']}", "--seat", "0"),
        *("--pace", str(SECOND), "--block-time", "1", "--poll", "0.005"),
    ]


Run = Callable[[list[str]], tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, stdout, stderr, as the console script gives them."""

    def invoke(arguments: list[str]) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments, prog_name="boomerang")
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else int(code is not None)), out, err

    return invoke


@pytest.mark.usefixtures("ticking")
def test_it_plays_a_seat_to_the_end(run: Run, options: list[str]) -> None:
    code, out, err = run([*options, "--account", "alice", "--json", "--set", "bond=5"])
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    names = [event["event"] for event in events]
    assert names[0] == "ready"
    assert names[-1] == "outcome"
    assert [m for e in events if e["event"] == "asked" for m in e["moves"]] == [
        *("Publish", "Seal", "Open")
    ]
    assert events[-1]["actions"] == ["Dare", "Swerve"]
    assert events[-1]["payoffs"] == ["10", "-20"]
    assert events[-1]["lost"] == ["0", "0"]


@pytest.mark.usefixtures("ticking")
def test_for_people_it_tells_on_stderr(run: Run, options: list[str]) -> None:
    topic = ("--topic", "0x" + "03" * 32)
    code, out, err = run([*options, *topic, "--account", "alice", "--agent", "silent"])
    assert code == 0, err
    assert out == ""
    assert "ready: account" in err
    assert "outcome: " in err


@pytest.mark.usefixtures("ticking")
def test_seats_from_a_file(
    run: Run, chain: NodeChain, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a key from the environment."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    account = Account.from_key(KEY)
    chain.set_balance(account.address, 10**18)
    seat = {
        "topic": "0x" + "05" * 32,
        "game": "chicken",
        "agent": "first-mover",
        "accounts": [DEV_ACCOUNTS["bob"], account.address],
        "seat": 1,
    }
    path = tmp_path / "seats"
    path.write_text(json.dumps(seat) + "\n\n")
    common = ["agent", "--network", chain.url, "--registry", registry, "--matches", str(path)]
    common += ["--store", str(tmp_path / "store"), "--poll", "0.005", "--block-time", "1"]
    code, out, err = run([*common, "--json"])
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["actions"] == ["Swerve", "Dare"]


def test_it_is_nobody_else(run: Run, options: list[str]) -> None:
    code, _, err = run([*options, "--account", "bob"])
    assert code == 2
    assert DEV_ACCOUNTS["alice"] in err
    assert DEV_ACCOUNTS["bob"] in err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--account", "alice", "--game-set", "players"], "NAME=VALUE"),
        (["--account", "alice", "--game-set", "players=3"], "3 players"),
        (["--account", "alice", "--game", "marbles"], "marbles"),
        (["--account", "alice", "--agent", "nobody"], "nobody"),
        (["--account", "alice", "--agent", "json:Nothing"], "json:Nothing"),
        (["--account", "alice", "--agent", "nowhere.txt:It"], "nowhere"),
        (["--account", "alice", "--seat", "2"], "no seat 2"),
        (["--account", "alice", "--topic", "0x12"], "32 bytes"),
        (["--account", "alice", "--topic", "what"], "hexadecimal"),
        (["--account", "alice", "--accounts", "alice,bob"], "alice"),
        (["--account", "alice", "--accounts", ",".join([DEV_ACCOUNTS["alice"]] * 2)], "two seats"),
        (["--account", "alice", "--matches", "x"], "--matches"),
        (["--account", "alice", "--network", "embedded"], "node"),
        ([], "--account"),
        (["--account", "alice", "--key-file", "key"], "one key"),
        (["--key-file", "nowhere"], "nowhere"),
    ],
)
def test_what_makes_no_sense(run: Run, options: list[str], more: list[str], says: str) -> None:
    code, _, err = run([*options, *more])
    assert code == 2, err
    assert says in err


@pytest.mark.parametrize("missing", ["--game", "--agent", "--accounts", "--seat"])
def test_what_a_seat_needs(run: Run, options: list[str], missing: str) -> None:
    at = options.index(missing)
    code, _, err = run([*options[:at], *options[at + 2 :], "--account", "alice"])
    assert code == 2
    assert missing in err


@pytest.mark.parametrize("text", ["no JSON", "[]"])
def test_a_file_of_seats_that_is_none(
    run: Run, chain: NodeChain, registry: str, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "seats"
    path.write_text(f"\n{text}\n")
    common = ["agent", "--network", chain.url, "--registry", registry, "--account", "alice"]
    code, _, err = run([*common, "--store", str(tmp_path / "store"), "--matches", str(path)])
    assert code == 2
    assert "line 2" in err
    code, _, err = run([*common, "--store", str(tmp_path / "store"), "--matches", "nowhere"])
    assert code == 2
    assert "nowhere" in err


# ---------------------------------------------------------------------------------------- keys


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o640)
    with pytest.raises(BadKey, match="chmod 600"):
        key_file_signer(path)
    path.chmod(0o600)
    assert key_file_signer(path).address == Account.from_key(KEY).address


@pytest.mark.parametrize("text", ["", "0x", "11" * 31, "zz" * 32, "00" * 32])
def test_no_key_is_repeated(text: str) -> None:
    with pytest.raises(BadKey) as error:
        key_signer(text)
    assert not text or text not in str(error.value)
    assert error.value.__cause__ is None


def test_a_key_file_of_noise(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"\xff\xfe\xfd")
    path.chmod(0o600)
    with pytest.raises(BadKey, match="hexadecimal"):
        key_file_signer(path)


# ------------------------------------------------------------------------------ the process


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_asked_and_takes_seats_from_stdin(
    chain: NodeChain, registry: str, tmp_path: Path, by: signal.Signals
) -> None:
    seat: dict[str, Any] = {
        "topic": "0x" + f"{int(by):02x}" * 32,
        "game": "chicken",
        "agent": "first-mover",
        "accounts": [DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]],
        "seat": 0,
        "horizon": 2**31,
    }
    command = [sys.executable, "-m", "boomerang.play.process", "--network", chain.url, "--json"]
    command += ["--registry", registry, "--store", str(tmp_path / "store"), "--account", "alice"]
    process = subprocess.Popen(
        [*command, "--matches", "-", "--poll", "0.01"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("no JSON\n" + json.dumps(seat) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if json.loads(line)["event"] == "asked":
                break
        os.kill(process.pid, by)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["error"]["exitCode"] == 130
    assert "Passed over" in err
    assert "Traceback" not in err


def test_an_agent_of_a_file_and_of_a_module(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("class Mine:\n    def __init__(self, size):\n        self.size = size\n")
    assert agent_named(f"{path}:Mine", {"size": 3}).size == 3  # type: ignore[attr-defined]
    assert agent_named("boomerang.agents:Silent", {}).name == "silent"
    with pytest.raises(BadTask, match="size"):
        agent_named(f"{path}:Mine", {})


def test_a_task_names_what_is_wrong() -> None:
    with pytest.raises(BadTask, match="game"):
        task_of({"agent": "silent", "accounts": [DEV_ACCOUNTS["bob"]], "seat": 0})
    with pytest.raises(BadTask, match="colour"):
        task_of(
            {
                "game": "chicken",
                "agent": "silent",
                "accounts": [DEV_ACCOUNTS["bob"]],
                "seat": 0,
                "colour": "red",
            }
        )


def test_the_chain_waits_for_blocks_that_come_late() -> None:
    wall = [100.0]
    clock = ChainClock(0.1, 2, lambda: wall[0])
    clock.saw(5000)
    assert clock.now() == 5000
    wall[0] += 0.15
    assert clock.now() == pytest.approx(5001.5)
    assert clock.until(5002.5) == pytest.approx(0.1)
    assert clock.until(5000) == 0
    wall[0] += 60
    assert clock.now() == 5002
    clock.saw(5002)
    assert clock.now() == 5002
    free = ChainClock(1, None, lambda: wall[0])
    free.saw(7)
    wall[0] += 60
    assert free.now() == 67
    with pytest.raises(InvalidInput, match="second"):
        ChainClock(0)


def test_time_is_not_measured_by_the_wall_elsewhere() -> None:
    clock = ChainClock()
    clock.saw(10)
    time.sleep(0.01)
    assert 10 < clock.now() < 20
