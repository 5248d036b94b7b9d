"""Anvil under a clock of its own, with blocks at that clock's seconds, and reorganisations."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

from boomerang.chains.anvil import Anvil
from boomerang.chains.node import HttpTransport, RpcError
from keeper.shared_clock import ClockSetter, SharedClock

PATIENCE = 1.5
"""So many of the machine's seconds a keeper's round may hold up the clock."""


class Arena:
    """A node that mines a block each second of `clock`. `reorganise` replaces the last ones.

    A second lasts `1 / rate` of the machine's, or longer: while a keeper starts (`hold`), and until
    each that is up has had a round, though not for longer than PATIENCE: a busy machine is not to
    look like a keeper that is down, but one that a node keeps waiting is to be late.
    """

    def __init__(self, rate: float, directory: Path) -> None:
        self._second = int(time.time())
        self._rate = rate
        self.clock_path = directory / f"clock-{id(self)}"
        self._setter = ClockSetter(self.clock_path, self._second, rate)
        self.clock = SharedClock(self.clock_path)
        self.anvil = Anvil(genesis_time=self._second - 10, chain_id=31337, states=500)
        self.url = self.anvil.url
        self._local = threading.local()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._held: dict[object, float] = {}
        self.beats: dict[object, Any] = {}
        self.reorganisations = 0
        self.dropped = 0
        self._miner = threading.Thread(target=self._mine, name="miner", daemon=True)
        self._miner.start()

    def hold(self, who: object, seconds: float = 10.0) -> None:
        """Let time stand still, at most so long."""
        self._held[who] = time.monotonic() + seconds

    def go_on(self, who: object) -> None:
        self._held.pop(who, None)

    def close(self) -> None:
        self._stop.set()
        self._miner.join(10)
        self.anvil.stop()

    def rpc(self, method: str, *params: Any) -> Any:
        transport = getattr(self._local, "transport", None)
        if transport is None:
            transport = self._local.transport = HttpTransport(self.url, 30)
        return transport.request([(method, list(params))])[0]

    def head(self) -> tuple[int, int]:
        found = self.rpc("eth_getBlockByNumber", "latest", False)
        return int(found["number"], 16), int(found["timestamp"], 16)

    def _mine(self) -> None:
        while not self._stop.is_set():
            before = {who: beat.value for who, beat in list(self.beats.items())}
            began = time.monotonic()
            with self._lock:
                self._second += 1
                self.rpc("evm_setNextBlockTimestamp", self._second)
                self.rpc("evm_mine")
                self._setter.set(self._second)
            self._stop.wait(1 / self._rate - (time.monotonic() - began))
            while time.monotonic() - began < PATIENCE and any(
                beat.value == before.get(who) for who, beat in list(self.beats.items())
            ):
                self._stop.wait(0.01)
            while any(until > time.monotonic() for until in list(self._held.values())):
                if self._stop.wait(0.01):
                    return

    def send(self, sender: str, to: str | None, data: bytes, value: int = 0) -> None:
        """By an account of the node, into the pool."""
        fields = {"from": sender, "data": "0x" + data.hex(), "value": hex(value)}
        if to is not None:
            fields["to"] = to
        fields |= {
            "gas": hex(16_000_000),
            "maxFeePerGas": hex(10**9),
            "maxPriorityFeePerGas": "0x1",
        }
        self.rpc("eth_sendTransaction", fields)

    def reorganise(self, depth: int, rng: random.Random) -> None:
        """Replace the last `depth` blocks by others of the same seconds. Of their transactions some
        come back into the pool; the others are forgotten, as nodes do.
        """
        with self._lock:
            number, _ = self.head()
            if number <= depth + 5:
                return
            old = [
                self.rpc("eth_getBlockByNumber", hex(number - depth + 1 + i), False)
                for i in range(depth)
            ]
            raws = [
                [self.rpc("eth_getRawTransactionByHash", one) for one in block["transactions"]]
                for block in old
            ]
            self.rpc("anvil_rollback", depth)
            for block, transactions in zip(old, raws, strict=True):
                for raw in transactions:
                    if raw is not None and rng.random() < 0.5:
                        try:
                            self.rpc("eth_sendRawTransaction", raw)
                        except RpcError:  # an earlier one was forgotten
                            self.dropped += 1
                    else:
                        self.dropped += 1
                self.rpc("evm_setNextBlockTimestamp", int(block["timestamp"], 16))
                self.rpc("evm_mine")
            self.reorganisations += 1

    def drop_pending(self, rng: random.Random) -> None:
        """Forget one transaction of the pool."""
        with self._lock:
            content = self.rpc("txpool_content")["pending"]
            pooled = [tx["hash"] for by_nonce in content.values() for tx in by_nonce.values()]
            if pooled:
                self.rpc("anvil_dropTransaction", rng.choice(pooled))
                self.dropped += 1
