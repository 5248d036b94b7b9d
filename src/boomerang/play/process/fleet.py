"""Many agents in processes of their own, one node, and time: matches between separate processes.

Time goes in lapse: a second of the chain takes `pace` seconds, or longer, where the machine is
slower than that: a block is made once every agent has done all that was due by the one before (or
has died, or has said nothing for `PATIENCE` seconds). So a busy machine makes a match slow, and
does not make agents late; their latencies are seconds of the chain.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from boomerang.chains.anvil import Anvil
from boomerang.chains.node import HttpTransport, NodeChain
from boomerang.client import Registry
from boomerang.errors import InvalidInput, decode_error
from boomerang.games import catalogue
from boomerang.identity import Domain
from boomerang.parameters import Parameters
from boomerang.play.process.child import Child, new_key
from boomerang.play.process.errors import MatchUnfinished
from boomerang.play.process.referee import Referee
from boomerang.play.tables import BYSTANDER, PURSE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boomerang.play.outcome import Outcome
    from boomerang.play.process.referee import Refereed

PATIENCE: Final = 30.0
LEAD: Final = 3
"""Seconds of the chain between telling agents of a match and its start."""
STATES: Final = 256
"""Blocks whose states the node keeps: enough to tell why a transaction failed."""
LIMIT: Final = 10
"""Periods in which a match must come to its end."""


@dataclass(frozen=True)
class Place:
    """A seat of a match: which of the fleet's processes plays it, with which agent. `start`:
    seconds from the match's start at which it first acts.
    """

    member: int
    agent: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    start: int = 0


@dataclass(frozen=True)
class Plan:
    """A match to play: a game of the catalogue, and a place for each seat."""

    game: str
    places: tuple[Place, ...]
    game_parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Played:
    """A match that was played. `topic`: its name on the registry. `accounts`: by seat."""

    plan: Plan
    topic: bytes
    accounts: tuple[str, ...]
    outcome: Outcome


class Fleet:
    """A node, a registry on it, and a process for each of `latencies` (seconds of the chain), with
    a key and money of its own. A context; nothing that it started outlives it.

    `seed`: of the topics and the agents' chance. `hear`: called with each event that a process
    tells and its number. `directory`: where keys and stores are; by default a temporary one.
    """

    def __init__(
        self,
        latencies: Sequence[float],
        *,
        pace: float = 0.05,
        parameters: Parameters | None = None,
        seed: int = 0,
        poll: float | None = None,
        directory: Path | None = None,
        hear: Callable[[int, dict[str, Any]], None] | None = None,
    ) -> None:
        if not latencies:
            raise InvalidInput("a fleet has one process at least")
        self.latencies = tuple(latencies)
        self.pace = pace
        self.parameters = parameters or Parameters()
        self.members: list[Child] = []
        self._random = Random(f"{seed} fleet")  # noqa: S311
        self._hear = hear
        self._seen: dict[str, int] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._wakes = threading.Condition()
        self._due = 0.0
        with contextlib.ExitStack() as started:
            if directory is None:
                directory = Path(tempfile.mkdtemp(prefix="boomerang-fleet-"))
                started.callback(shutil.rmtree, directory, ignore_errors=True)
            node = started.enter_context(Anvil(states=STATES))
            self.chain = started.enter_context(NodeChain(node.url))
            self._clock = HttpTransport(node.url)
            started.callback(self._clock.close)
            self.domain = self._deploy()
            self._referee = Referee(self.chain, self.domain, self.parameters)
            step = pace / 4 if poll is None else poll
            for number, latency in enumerate(self.latencies):
                child = self._member(number, latency, directory / str(number), node.url, step)
                started.callback(child.stop)
                child.start()
            for _ in range(math.ceil(max(self.latencies)) + 1):
                self.beat()  # by then each has seen a block
            self._close = started.pop_all()

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that was started. May be called twice."""
        self._close.close()

    # ------------------------------------------------------------------------------ matches

    def play(
        self,
        plans: Sequence[Plan],
        meanwhile: Callable[[int], None] = lambda _second: None,
    ) -> list[Played]:
        """Play matches side by side, all beginning at the same second. `meanwhile` is called after
        each block with the seconds since then. Raises ProcessDied, MatchUnfinished.
        """
        start = self.chain.head().time + LEAD
        begun: list[tuple[Plan, bytes, tuple[str, ...], Refereed]] = []
        for plan in plans:
            begun.append(self._begin(plan, start))
        end = start + LIMIT * self.parameters.period
        while any(match.outcome is None for *_, match in begun):
            now = self.beat()
            if now > end:
                raise MatchUnfinished(f"a match was not over after {now - start} seconds")
            meanwhile(now - start)
        return [
            Played(plan, topic, accounts, match.outcome)
            for plan, topic, accounts, match in begun
            if match.outcome is not None
        ]

    def _begin(self, plan: Plan, start: int) -> tuple[Plan, bytes, tuple[str, ...], Refereed]:
        topic = self._random.randbytes(32)
        game = catalogue.named(plan.game, **plan.game_parameters)
        accounts = tuple(self.members[place.member].address for place in plan.places)
        last = max(place.start + 2 * self.latencies[place.member] for place in plan.places)
        horizon = start + int(last) + self.parameters.period + 2
        match = self._referee.watch(topic, game, accounts, start, horizon)
        self._places["0x" + topic.hex()] = plan.places
        for seat, place in enumerate(plan.places):
            self.members[place.member].play(
                {
                    "topic": "0x" + topic.hex(),
                    "game": plan.game,
                    "game_parameters": dict(plan.game_parameters),
                    "agent": place.agent,
                    "parameters": dict(place.parameters),
                    "accounts": list(accounts),
                    "seat": seat,
                    "start": start + place.start,
                    "horizon": horizon,
                    "seed": f"{self._random.getrandbits(64)}",
                }
            )
        return plan, topic, accounts, match

    # ------------------------------------------------------------------------------ time

    def beat(self) -> int:
        """One block, a second later; its time."""
        (head,) = self._clock.request([("eth_getBlockByNumber", ["latest", False])])
        self._wait_for_all(int(head["number"], 16))
        now = time.monotonic()
        if self._due > now:
            time.sleep(self._due - now)
        second = int(head["timestamp"], 16) + 1
        self._clock.request([("evm_mine", [{"timestamp": second, "blocks": 1}])])
        self._due = time.monotonic() + self.pace
        self._referee.look()
        return second

    def _wait_for_all(self, number: int) -> None:
        """Until every process that is there has done with a block. Raises ProcessDied."""
        deadline = time.monotonic() + PATIENCE
        with self._wakes:
            while True:
                behind = [
                    child
                    for child in self.members
                    if child.wanted and self._seen.get(child.name, -1) < number
                ]
                if not behind:
                    return
                for child in behind:
                    if not child.running:
                        raise child.died()
                if time.monotonic() > deadline:
                    raise behind[0].died()
                self._wakes.wait(0.1)

    # ------------------------------------------------------------------------------ processes

    def kill(self, member: int) -> None:
        """Kill a process in the middle of what it does; time goes on without it."""
        self.members[member].kill()

    def restart(self, member: int) -> None:
        """Start one again that was killed, with its key and its store; it is told again of the
        matches that it had not finished.
        """
        child = self.members[member]
        with self._wakes:
            self._seen.pop(child.name, None)
        child.restart()

    def _member(self, number: int, latency: float, directory: Path, url: str, poll: float) -> Child:
        address = new_key(directory)
        self.chain.set_balance(address, PURSE)
        arguments = ["--network", url, "--registry", self.domain.registry]
        arguments += ["--latency", f"{latency:g}", "--pace", f"{self.pace:g}"]
        arguments += ["--block-time", "1", "--poll", f"{poll:g}"]
        child = Child(f"agent {number}", address, directory, arguments, self._heard)
        self.members.append(child)
        return child

    def _heard(self, child: Child, event: dict[str, Any]) -> None:
        number = self.members.index(child)
        if event["event"] == "block":
            with self._wakes:
                self._seen[child.name] = event["number"]
                self._wakes.notify()
        elif event["event"] == "tell":
            self._pass_on(event)
        if self._hear is not None:
            self._hear(number, event)

    def _pass_on(self, event: dict[str, Any]) -> None:
        """What one seat tells another, off the chain: this is the way that it takes."""
        places = self._places.get(event["told"]["topic"], ())
        if 0 <= event["to"] < len(places):
            self.members[places[event["to"]].member].tell({"told": event["told"]})

    def _deploy(self) -> Domain:
        self.chain.set_balance(BYSTANDER, PURSE)
        receipt = self.chain.send(Registry.tx_deploy(BYSTANDER, self.parameters))
        if receipt.contract is None:
            raise decode_error(receipt.output)
        return Domain(self.chain.chain_id, receipt.contract)


__all__ = ["Fleet", "Place", "Plan", "Played"]
