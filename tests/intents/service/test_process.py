"""`boomerang solver` as a process on anvil, before which stands a proxy that hangs up; beside it a
relay that goes away and comes back.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from boomerang.chains.anvil import Anvil, AnvilNotFound, find_anvil
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.node import NodeChain
from boomerang.intents.client import Done
from boomerang.intents.client.deployments import remember
from boomerang.intents.client.uniswap import UniswapNotFound, find_package
from boomerang.intents.relay.app import Relay
from boomerang.intents.relay.chain import ChainView
from boomerang.intents.relay.client import RelayClient
from boomerang.intents.relay.desk import Desk
from boomerang.intents.relay.limits import Limits
from boomerang.intents.relay.server import Server
from boomerang.intents.relay.signed import SignedIntent
from boomerang.intents.relay.store import Store
from boomerang.keeper.journal import open_journal
from boomerang.store import Store as Openings
from intents.service.market import COUNTER, Market
from keeper.proxy import Proxy

missing = ""
try:
    find_anvil()
    find_package()
except (AnvilNotFound, UniswapNotFound) as error:
    missing = str(error)

PATIENCE = 240.0
ALONE = "swap 500 $A -> $D at rate $A/$D <= 1000"


class Live(Market):
    """A market on a node that makes blocks by itself."""

    def receipts(self, *txs: Tx) -> list[Done]:
        return [self.settlement.outcome(self.chain.send(tx)) for tx in txs]


class Shelf:
    """A relay that can be shut and opened again, on the same port and file."""

    def __init__(self, path: Path, market: Market, url: str) -> None:
        self.path = path
        self.domain = market.settlement.domain
        self.chain = NodeChain(url)
        self.port = 0
        self.server: Server | None = None
        self.store: Store | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self.store = Store(f"sqlite:///{self.path / 'relay.db'}")
        view = ChainView(self.chain, self.domain)
        limits = Limits(writes=1000, reads=10_000)
        desk = Desk(self.domain, self.store, clock=time.time, view=view, limits=limits)
        journal = open_journal(time.time, stream=sys.stderr)
        self.server = Server(Relay(desk, journal, sweep_seconds=0.5), "127.0.0.1", self.port)
        self.port = self.server.port

    def shut(self) -> None:
        if self.server is not None and self.store is not None:
            self.server.close()
            self.store.close()
        self.server = None

    def give(self, *signed: SignedIntent) -> None:
        with RelayClient(self.url, self.domain) as client:
            for one in signed:
                client.submit(one)


@dataclass
class Stand:
    market: Market
    proxy: Proxy
    shelf: Shelf
    home: Path
    log: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        words = ["solver", "--network", self.proxy.url, "--relay", self.shelf.url]
        words += ["--account", "erin", "--log", "json", "--poll", "0.2", "--timeout", "2"]
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "boomerang.cli", *words, "--health", "0"],
                env={**os.environ, "BOOMERANG_HOME": str(self.home)},
                stdout=log,
                stderr=log,
                text=True,
            )
        self.processes.append(process)
        return process

    def wait(self, what: str, happened: Callable[[], bool]) -> None:
        limit = time.monotonic() + PATIENCE
        while not happened():
            alive = self.processes[-1].poll() is None
            assert alive, f"{what}\n{self.log.read_text()[-4000:]}"
            assert time.monotonic() < limit, f"{what}\n{self.log.read_text()[-4000:]}"
            time.sleep(0.1)

    def events(self, name: str) -> list[Any]:
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [one for one in map(json.loads, lines) if one["event"] == name]

    def sold(self, one: SignedIntent) -> int:
        return self.market.settlement.state().sold.get(one.hash, 0)

    def health(self, page: str = "health") -> str:
        at = [line for line in self.log.read_text().splitlines() if line.startswith("/health")]
        url = at[-1].rsplit(" ", 1)[1]
        try:
            with urllib.request.urlopen(f"{url}/{page}", timeout=10) as answer:  # noqa: S310
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Anvil(genesis_time=None, automine=True, block_time=1) as node:
        chain = NodeChain(node.url)
        market = Live(chain)
        proxy = Proxy(node.url)
        home = tmp_path / "home"
        remember(Openings(home), proxy.url, market.deployment)
        shelf = Shelf(tmp_path, market, node.url)
        made = Stand(market, proxy, shelf, home, tmp_path / "solver.log")
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()
                process.communicate()
            shelf.shut()
            shelf.chain.close()
            proxy.close()
            chain.close()


@pytest.mark.anvil
@pytest.mark.network
@pytest.mark.skipif(bool(missing), reason=missing)
def test_a_solver_outlives_nodes_relays_and_itself(stand: Stand) -> None:
    counter = stand.market.sign(COUNTER.replace("0.6", "60"), "bob")
    ones = [stand.market.sign(ALONE, "alice") for _ in range(4)]
    process = stand.start()
    stand.shelf.give(counter, ones[0])
    stand.wait("the first is settled", lambda: stand.sold(ones[0]) > 0)

    stand.proxy.fault = "hang-up"
    stand.wait("the node is missed", lambda: len(stand.events("round-failed")) >= 3)
    told = json.loads(stand.health())
    assert told["well"] is False or "blind" in told["alerts"]
    pauses = [one["again"] for one in stand.events("round-failed")]
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]
    stand.shelf.give(ones[1])
    stand.proxy.fault = None
    stand.wait("the second is settled", lambda: stand.sold(ones[1]) > 0)

    stand.shelf.shut()
    stand.wait("the relay is missed", lambda: len(stand.events("relay-away")) >= 2)
    stand.shelf.open()
    stand.shelf.give(ones[2])
    stand.wait("the third is settled", lambda: stand.sold(ones[2]) > 0)

    fourth = f"0x{ones[3].hash.hex()}"
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    stand.shelf.give(ones[3])
    process = stand.start()
    stand.wait("the fourth is settled", lambda: stand.sold(ones[3]) > 0)
    stand.wait("it is seen", lambda: stand.events("settled")[-1]["intents"][1] == fourth)
    assert "boomerang_solver_batches_total 1.0" in stand.health("metrics")
    assert json.loads(stand.health())["well"] is True

    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert stand.events("stopped")
    assert stand.market.settlement.state().sold[counter.hash] > 2 * 10**18
    assert DEV_ACCOUNTS["erin"] in stand.log.read_text()
