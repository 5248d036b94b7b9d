"""Agents' processes without the processes: driven by hand on one node, block by block."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

from eth_account import Account

from boomerang.chains.signers import LocalSigner
from boomerang.client import Registry, State
from boomerang.content import Content
from boomerang.parameters import Parameters
from boomerang.play.process import AgentProcess, ChainClock
from boomerang.store import Store

if TYPE_CHECKING:
    from boomerang.chains.node import NodeChain

PARAMETERS = Parameters(period=30, seal_delay=3, reveal_window=15, offer_cutoff=12, decline_delay=5)
"""Half as long as usual, so that tests are."""

AGENTS = Path(__file__).with_name("process_agents.py")


def agent(name: str) -> str:
    """An agent of the tests, as tasks name it."""
    return f"{AGENTS}:{name}"


class Actor:
    """A process: what it was told, what it said. `crash` is what kills it; `start` starts it."""

    def __init__(self, stage: Stage, directory: Path, latency: float) -> None:
        self.stage = stage
        self.account = Account.create()
        self.address = str(self.account.address)
        self.directory = directory
        self.latency = latency
        self.said: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.process: AgentProcess | None = None
        stage.chain.set_balance(self.address, 10**21)
        self.start()

    def start(self) -> None:
        self.messages: Queue[dict[str, Any]] = Queue()
        for task in self.tasks:
            self.messages.put(task)
        # A wall clock on which so much passes that the chain's is always at the next block.
        ticks = count(step=100)
        self.process = AgentProcess(
            self.stage.chain,
            self.stage.registry.address,
            LocalSigner(self.account),
            Store(self.directory),
            self.messages,
            clock=ChainClock(1, 1, lambda: float(next(ticks))),
            say=lambda event, **values: self.said.append({"event": event, **values}),
            latency=self.latency,
            block_time=1,
        )

    def crash(self) -> None:
        """All that was in memory is gone."""
        assert self.process is not None
        self.process.close()
        self.process = None

    def tell(self, task: dict[str, Any]) -> None:
        self.tasks.append(task)
        self.messages.put(task)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.said if one["event"] == name]

    def asked(self) -> list[str]:
        """The moves that it asked for, in order."""
        return [move for one in self.events("asked") for move in one["moves"]]

    def openings(self) -> int:
        """How many openings are in its store."""
        return len(Store(self.directory).contents().openings)

    def transactions(self) -> int:
        return self.stage.chain.nonce(self.address)

    def balance(self) -> int:
        return self.stage.chain.balance(self.address)


class Stage:
    """A registry of its own on a node, and actors."""

    def __init__(self, chain: NodeChain, directory: Path) -> None:
        self.chain = chain
        self.directory = directory
        deployer = chain.accounts()[0]
        receipt = chain.send(Registry.tx_deploy(deployer, PARAMETERS))
        assert receipt.contract is not None
        self.registry = Registry(chain, receipt.contract, sender=deployer)
        self.actors: list[Actor] = []
        self.topic = "0x" + chain.head().number.to_bytes(32, "big").hex()

    def actor(self, latency: float = 0.0) -> Actor:
        made = Actor(self, self.directory / str(len(self.actors)), latency)
        self.actors.append(made)
        return made

    def seat(self, *agents: str, **more: Any) -> None:
        """Every actor in order takes a seat of one chicken match, with these agents."""
        accounts = [actor.address for actor in self.actors]
        for number, (actor, name) in enumerate(zip(self.actors, agents, strict=True)):
            values = {"parameters": {}, "start": self.chain.head().time + 2, **more}
            actor.tell(
                {
                    "topic": self.topic,
                    "game": "chicken",
                    "agent": agent(name),
                    "accounts": accounts,
                    "seat": number,
                    "horizon": self.chain.head().time + 45,
                    **values,
                }
            )

    def beat(self, blocks: int = 1) -> None:
        """Blocks, one second each, with whatever waits; all look at each."""
        for _ in range(blocks):
            second = self.chain.head().time + 1
            self.chain.transport.request([("evm_mine", [{"timestamp": second, "blocks": 1}])])
            for actor in self.actors:
                if actor.process is not None:
                    actor.process.step()

    def until(self, event: str, actor: Actor, times: int = 1, most: int = 200) -> None:
        """Until an actor has said something so often."""
        for _ in range(most):
            if len(actor.events(event)) >= times:
                return
            self.beat()
        raise AssertionError(f"no {event} in {most} blocks: {actor.said}")

    def until_asked(self, move: str, actor: Actor, most: int = 200) -> None:
        """Until an actor's agent has asked for a move."""
        for _ in range(most):
            if move in actor.asked():
                return
            self.beat()
        raise AssertionError(f"no {move} in {most} blocks: {actor.said}")

    def finish(self) -> list[dict[str, Any]]:
        """To the end; what each said came of it."""
        for actor in self.actors:
            self.until("outcome", actor)
        return [actor.events("outcome")[-1] for actor in self.actors]

    def state(self) -> State:
        return self.registry.state()

    def publish(self, statement: str, topic: bytes, sender: str) -> None:
        """Somebody who is no player publishes something."""
        content = Content(topic=topic, statement=statement.encode())
        self.registry.publish(content, bond=0, cover=0, sender=sender)
