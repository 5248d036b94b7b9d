"""`boomerang devnet`: a node that starts, is played on, and goes away without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from boomerang.chains.anvil import AnvilNotFound, find_anvil, wait_until_stopped
from boomerang.chains.node import NodeChain
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deployments import NoSettlement, recall
from boomerang.store import Status, Store

try:
    find_anvil()
except AnvilNotFound as _error:
    pytestmark = [
        pytest.mark.anvil,
        pytest.mark.skip(reason=f"there is no anvil binary: {_error}"),
    ]
else:
    pytestmark = [pytest.mark.anvil, pytest.mark.network]


# Wide enough for a slow machine.
WINDOWS = ("period=600", "sealDelay=100", "revealWindow=300")


def environment(home: Path, **more: str) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if "BOOMERANG" not in name}
    return {**env, "BOOMERANG_HOME": str(home), **more}


def run(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boomerang.cli", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(home, **more),
    )


def ask(home: Path, *words: str, **more: str) -> Any:
    done = run(home, *words, "--json", **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


class Devnet:
    """One that runs in the foreground."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "boomerang.cli", "devnet", "--port", "0", "--json", *words],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        text = ""
        for line in self.process.stdout:
            text += line
            if line == "}\n":
                break
        assert text, self.process.stderr.read() if self.process.stderr else ""
        self.info = json.loads(text)

    def end(self, kind: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(kind)
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[Devnet]:
    windows = [word for one in WINDOWS for word in ("--set", one)]
    started = Devnet(tmp_path / "home", "--file", str(tmp_path / "addresses.json"), *windows)
    yield started
    started.end()


def reachable(url: str) -> bool:
    import requests

    try:
        requests.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}, timeout=5)
    except requests.ConnectionError:
        return False
    return True


def test_a_game_on_a_devnet(devnet: Devnet, tmp_path: Path) -> None:
    info, home = devnet.info, devnet.home
    assert info["chainId"] == 31337
    assert info["accounts"]["alice"].startswith("0x")
    assert "Never send real money" in info["note"]
    assert json.loads((tmp_path / "addresses.json").read_text()) == info
    assert json.loads((home / "devnet.json").read_text()) == info

    devnet_words = {"BOOMERANG_NETWORK": "devnet"}
    assert ask(home, "parameters", **devnet_words)["registry"] == info["registry"]
    ask(home, "publish", "Dare", "--as", "A1", "--account", "alice", "--bond", "7", **devnet_words)
    ask(home, "publish", "Dare", "--as", "B1", "--account", "bob", **devnet_words)
    ask(home, "embedded", "advance", "100", **devnet_words)
    ask(home, "seal", "B1", "revert if kept(A1)", **devnet_words)
    ask(home, "seal", "A1", "keep", **devnet_words)
    ask(home, "embedded", "advance", "600", **devnet_words)
    # Any node's URL does as well; the registry is then named.
    other = ("--network", info["url"], "--registry", info["registry"])
    ask(home, "open", "A1", *other)
    opened = ask(home, "open", "B1", **devnet_words)
    assert opened["phase"] == "RevertedByDecision"
    found = ask(home, "status", **devnet_words)["commitments"]
    assert {one["name"]: one["phase"] for one in found} == {
        "A1": "Kept",
        "B1": "RevertedByDecision",
    }

    second = run(home, "devnet", "--port", "0")
    assert second.returncode == 2
    assert "runs already" in second.stderr
    assert devnet.end() == 0
    assert not reachable(info["url"])
    assert not (home / "devnet.json").exists()
    assert not (tmp_path / "addresses.json").exists()
    gone = run(home, "status", "--network", "devnet")
    assert gone.returncode == 3
    assert "boomerang devnet" in gone.stderr


def test_ctrl_c(devnet: Devnet) -> None:
    assert devnet.end(signal.SIGINT) == 0
    assert not reachable(devnet.info["url"])


def test_a_killed_devnet_leaves_no_node_and_blocks_nobody(devnet: Devnet) -> None:
    devnet.process.kill()
    devnet.process.wait()
    limit = time.monotonic() + 10
    while sys.platform == "linux" and reachable(devnet.info["url"]) and time.monotonic() < limit:
        time.sleep(0.05)
    assert sys.platform != "linux" or not reachable(devnet.info["url"])
    assert run(devnet.home, "devnet", "--stop").returncode == 3
    again = Devnet(devnet.home)
    assert again.end() == 0


def test_in_the_background(tmp_path: Path) -> None:
    home = tmp_path / "home"
    info = ask(home, "devnet", "--port", "0", "--detach")
    try:
        assert reachable(info["url"])
        assert run(home, "devnet", "--detach").returncode == 2
    finally:
        stopped = run(home, "devnet", "--stop")
    assert stopped.returncode == 0
    assert wait_until_stopped(info["pid"])
    assert not reachable(info["url"])


def test_without_anvil(tmp_path: Path) -> None:
    for words in ((), ("--detach",)):
        refused = run(tmp_path / "home", "devnet", *words, ANVIL="/nowhere/anvil")
        assert refused.returncode == 3
        assert "npm ci" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (tmp_path / "home" / "devnet.json").exists()


def test_a_port_that_is_taken(devnet: Devnet, tmp_path: Path) -> None:
    port = devnet.info["url"].rpartition(":")[2]
    refused = run(tmp_path / "other", "devnet", "--port", port)
    assert refused.returncode == 3
    assert "anvil did not start" in refused.stderr


KILLED_WHILE_WAITING = """
import os, signal, sys
from boomerang.chains.node import NodeChain
from boomerang.cli import cli
from boomerang.cli.networks import Connection

Connection.harmless = property(lambda self: False)  # as on a live network: submit, note, wait
point, owner = sys.argv[1], {"submit": NodeChain, "wait": NodeChain, "mark": None}[sys.argv[1]]
if owner is None:
    from boomerang.store import Store as owner
plain = getattr(owner, point)

def call(*args, **kwargs):
    if point == "submit":
        plain(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, point, call)
cli(sys.argv[2:])
"""


@pytest.mark.parametrize(("point", "noted"), [("submit", 0), ("mark", 0), ("wait", 1)])
def test_killed_between_sending_and_the_receipt(devnet: Devnet, point: str, noted: int) -> None:
    home, network = devnet.home, ("--network", "devnet")
    ask(home, "publish", "Dare", "--as", "A1", "--account", "alice", *network)
    ask(home, "embedded", "advance", "100", *network)
    words = (point, "seal", "A1", "keep", "--account", "alice", "--yes", *network)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_WAITING, *words],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert killed.returncode == -9, killed.stdout + killed.stderr
    (opening,) = Store(home).contents().openings
    assert opening.status is (Status.SENT if noted else Status.PLANNED)
    assert (opening.transaction is not None) == bool(noted)
    a1 = ask(home, "status", "A1", *network)["commitments"][0]
    assert a1["phase"] == "Sealed"
    assert a1["openingInStore"] == "yes"
    ask(home, "embedded", "advance", "600", *network)
    assert ask(home, "open", "A1", *network)["phase"] == "Kept"


def test_a_live_node_is_asked_before_and_told_after(devnet: Devnet) -> None:
    """What differs on a live network, on a node that is told apart by nothing but its name."""
    home, network = devnet.home, ("--network", "devnet")
    ask(home, "publish", "Dare", "--as", "A1", "--account", "alice", *network)
    live = "from boomerang.cli import cli\nfrom boomerang.cli.networks import Connection\n"
    live += "Connection.harmless = property(lambda self: False)\nimport sys; cli(sys.argv[1:])\n"

    def act(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", live, *words, *network],
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert "nobody to ask" in act("revoke", "A1", "--account", "alice").stderr
    early = act("seal", "A1", "keep", "--account", "alice", "--yes")
    assert early.returncode == 1
    assert "A1 cannot be sealed yet: from " in early.stderr
    revoked = act("revoke", "A1", "--account", "alice", "--yes", "--json")
    assert revoked.returncode == 0
    assert json.loads(revoked.stdout)["transaction"].startswith("0x")


def test_a_market_for_intents(devnet: Devnet) -> None:
    store, info = Store(devnet.home), devnet.info
    with NodeChain(info["url"]) as chain:
        deployment = recall(store, "devnet", chain)
        assert deployment.data() == info["intents"]
        settlement = deployment.open(chain)
        assert settlement.registry == info["registry"]
        assert settlement.factory.address == deployment.factory
        assert settlement.history() == []
        assert settlement.dry_run([]) == []
        unit = 10**18
        for names, reserves in {
            ("A", "B"): (50_000, 50_000),
            ("A", "C"): (50_000, 50_000),
            ("B", "D"): (50_000, 50),
            ("C", "D"): (50_000, 50),
        }.items():
            tokens = [str(to_checksum_address(deployment.token(n).address)) for n in names]
            pair = settlement.factory.pair(*tokens)
            assert pair.reserves_of(tokens[0]) == tuple(unit * r for r in reserves)
            assert deployment.directory().pair(*map(deployment.token, names)) == raw(pair.address)
        # Everybody has something, and has allowed nothing.
        for account in info["accounts"].values():
            for name, amount in {"A": 10**6, "B": 10**6, "C": 10**6, "D": 1000}.items():
                token = settlement.token(deployment.token(name).address)
                assert token.balance_of(account) == amount * unit
                assert token.allowance(account, settlement.address) == 0
        # What was deployed took no time that the node's clock does not have.
        assert chain.head().time <= time.time() + 5


def test_without_uniswap(tmp_path: Path) -> None:
    """Commitments need none of it."""
    home = tmp_path / "home"
    nowhere = {"BOOMERANG_UNISWAP": "/nowhere"}
    started = run(home, "devnet", "--port", "0", "--detach", **nowhere)
    try:
        assert started.returncode == 0
        assert "no market for intents: `npm ci`" in started.stderr
        info = json.loads((home / "devnet.json").read_text())
        assert info["intents"] is None
        ask(home, "publish", "Dare", "--account", "alice", "--network", "devnet")
        with NodeChain(info["url"]) as chain, pytest.raises(NoSettlement, match="npm ci"):
            recall(Store(home), "devnet", chain)
    finally:
        run(home, "devnet", "--stop")
    assert wait_until_stopped(info["pid"])


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    refused = run(home, "devnet", "--port", "0", "--file", "/nonexistent/x.json")
    assert refused.returncode == 2
    assert "cannot write /nonexistent/x.json: No such file" in refused.stderr
    assert not (home / "devnet.json").exists()


def test_networks_and_accounts_of_ape(tmp_path: Path) -> None:
    """Whatever ape can connect to and sign with; here its own test account on its own anvil."""
    path = os.pathsep.join([str(find_anvil().parent), os.environ["PATH"]])
    more = {"PATH": path, "HOME": str(tmp_path)}
    home = tmp_path / "home"
    words = ("deploy", "--network", "ethereum:local:foundry", "--account", "TEST::0")
    made = ask(home, *words, **more)
    assert made["network"] == "ethereum:local:foundry"
    lost = run(home, "status", "--network", "ethereum:local:foundry", **more)
    assert lost.returncode == 2
    assert "there is no contract at" in lost.stderr
    ending = run(home, "status", "--network", "ethereum:local:test", **more)
    assert "ends with each command" in ending.stderr
    unknown = run(home, "status", "--network", "ethereum:nowhere:node", **more)
    assert unknown.returncode == 2
    assert "No network in 'ethereum' named 'nowhere'" in unknown.stderr
