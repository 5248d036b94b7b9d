"""What an agent's process does all day: look at the chain, ask its agents, send what they want.

It plays any number of matches on one registry, with one account and one latency. A block is seen
`latency` seconds after the node has it, and what is sent reaches the node `latency` seconds after
the agent said so: seconds of the chain's time, as in a match within one process.
"""

from __future__ import annotations

import heapq
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from boomerang.chains.base import NodeError
from boomerang.chains.node import RpcError
from boomerang.client import Registry
from boomerang.client.contracts import Contracts
from boomerang.errors import InvalidInput
from boomerang.identity import Opening, format_id
from boomerang.play.process.errors import BadTask, NotYourSeat, Reorganised
from boomerang.play.process.follower import Follower, Sighting
from boomerang.play.process.player import Player
from boomerang.play.process.said import outcome_said
from boomerang.play.process.task import task_of
from boomerang.play.process.wallet import Wallet
from boomerang.play.stored import StoredSecrets
from boomerang.store import disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import Queue

    from boomerang.chains.base import Block, Signer
    from boomerang.chains.node import NodeChain
    from boomerang.play.process.clock import ChainClock
    from boomerang.play.process.player import Sent
    from boomerang.store import Store

_SEND, _SIGHT, _START = range(3)

PATIENCE: Final = 60.0
"""Seconds for which a node may be away before that is an error."""

END: Final[dict[str, Any]] = {"end": True}
"""No more messages come."""


class AgentProcess:
    """One account at one registry. `say` is told what happens, as an event's name and its values.

    `messages`: tasks to take on (see `task_of`), openings that other seats tell, and END. `latency`
    and `block_time` are in seconds of the chain, `poll` in seconds of the wall. `first`: the block
    from which the registry is followed; what the match depends on must not be older. With `blocks`
    it also says when all that was due by a block is done.
    """

    def __init__(
        self,
        chain: NodeChain,
        registry: str,
        signer: Signer,
        store: Store,
        messages: Queue[dict[str, Any]],
        *,
        clock: ChainClock,
        say: Callable[..., None],
        latency: float = 0.0,
        block_time: int = 12,
        poll: float = 0.1,
        first: int = 0,
        blocks: bool = False,
    ) -> None:
        if latency < 0:
            raise InvalidInput(f"a latency is 0 seconds or more, not {latency:g}")
        found = Registry(chain, registry, sender=signer.address)
        self.domain = found.domain
        self.parameters = found.parameters()
        self.latency = latency
        self._block_time = block_time
        self._wallet = Wallet(chain, signer, registry)
        self._follower = Follower(chain.transport, Contracts(registry), first)
        self._secrets = StoredSecrets(store)
        self._messages = messages
        self._clock = clock
        clock.saw(chain.head().time)
        self._say = say
        self._poll = poll
        self._blocks = blocks
        self._directory = store.path / "matches"
        disk.private_directory(self._directory)
        self._directory /= f"{chain.chain_id}-{registry.lower()}"
        disk.private_directory(self._directory)
        self._players: dict[str, Player] = {}
        self._queue: list[tuple[float, int, int, Any]] = []
        self._numbers = count()
        self._seen: list[Sighting] = []
        self._block: Block | None = None
        self._fresh = False  # there are blocks since fates were last asked for
        self._saw = False  # a block was seen since agents were last asked
        self._happened: set[str] = set()  # topics on which something has, since then
        self._done = -1  # the last block of which that was said
        self._more = True
        self._well = time.monotonic()
        say("ready", account=signer.address, chainId=chain.chain_id, registry=registry)

    def run(self, stop: threading.Event) -> None:
        """Until all matches are over and no more come, or until `stop`. Raises NodeError where the
        node stays away.
        """
        try:
            while not stop.is_set():
                try:
                    pause = self.step()
                    self._well = time.monotonic()
                except NodeError as error:
                    if isinstance(error, RpcError):
                        raise
                    if time.monotonic() - self._well > PATIENCE:
                        raise
                    self._say("away", node=error.url, why=error.why)
                    pause = 0.5
                if not self._more and not self._players:
                    return
                stop.wait(pause)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the journals."""
        for player in self._players.values():
            player.close()
        self._players.clear()

    def step(self) -> float:
        """Look once, and do what is due; the seconds after which to look again."""
        while not self._messages.empty():
            self._hear(self._messages.get_nowait())
        self._look()
        while self._due():
            pass  # what is sent at once is due at once
        if self._blocks and self._done < self._follower.number:
            self._done = self._follower.number
            self._say("block", number=self._done)
        pause = self._poll
        if self._queue:
            pause = min(pause, self._clock.until(self._queue[0][0]))
        return max(pause, 0.001)

    # ------------------------------------------------------------------------------ what comes in

    def _hear(self, message: dict[str, Any]) -> None:
        if message == END:
            self._more = False
        elif "told" in message:
            self._told(message["told"])
        else:
            self._join(message)

    def _join(self, values: dict[str, Any]) -> None:
        """Take a seat. Raises NotYourSeat, BadTask."""
        task = task_of(values)
        if task.account != self._wallet.address:
            raise NotYourSeat(task.seat, task.account, self._wallet.address)
        if task.topic in self._players:
            raise BadTask(f"there is a match on topic {task.topic} already")
        player = Player(
            task,
            self.domain,
            self.parameters,
            self._secrets,
            self._directory,
            join=int(self._clock.now()),
            latency=self.latency,
            block_time=self._block_time,
        )
        self._players[task.topic] = player
        for sent in player.earlier:
            self._wallet.reserve(sent.nonce)
        self._resend(player, player.earlier)
        for sighting in self._seen:
            player.see(sighting)
        if self._block is not None:
            player.see(Sighting(self._block, ()))
        self._push(player.start, _START, player)
        self._say("match", topic=task.topic, seat=task.seat, again=bool(player.earlier))

    def _told(self, values: dict[str, Any]) -> None:
        player = self._players.get(values["topic"])
        if player is not None:
            opening = Opening(bytes.fromhex(values["decision"]), bytes.fromhex(values["salt"]))
            player.hear(bytes.fromhex(values["of"][2:]), opening, values["seat"])
            self._push(max(self._clock.now(), player.start), _START, player)

    def _look(self) -> None:
        """Ask the node what is new. Where that fails half-way, nothing of it is lost."""
        try:
            news = self._follower.poll()
        except Reorganised as lost:
            self._say("reorganised", number=lost.number)
            self._begin_anew()
            news = self._follower.poll()
        if news:
            self._fresh = True
            self._clock.saw(news[-1].block.time)
        for sighting in news:
            self._push(sighting.block.time + self.latency, _SIGHT, sighting)
        if not self._fresh:
            return
        self._wallet.refresh()
        waiting = {one: p for p in self._players.values() for one in p.waiting}
        if waiting:
            for tx_hash, fate in self._wallet.fates(list(waiting)).items():
                player = waiting[tx_hash]
                player.fates[tx_hash] = fate
                error = None if fate.error is None else str(fate.error)
                self._say("mined", topic=player.task.topic, hash=_hex(tx_hash), error=error)
        self._fresh = False

    def _begin_anew(self) -> None:
        """After a reorganisation all is read again, and sent again where it fell out."""
        self._follower.again()
        self._done = -1
        self._seen.clear()
        self._queue = [item for item in self._queue if item[1] != _SIGHT]
        heapq.heapify(self._queue)
        waiting = {item[3].hash for item in self._queue if item[1] == _SEND}
        for player in self._players.values():
            player.forget()
            self._resend(player, [one for one in player.sent if one.hash not in waiting])

    def _resend(self, player: Player, earlier: list[Sent]) -> None:
        """Send again what is in no block, and could still be."""
        if not earlier:
            return
        player.fates.update(self._wallet.fates([one.hash for one in earlier]))
        mined = self._wallet.count()
        for sent in earlier:
            if sent.hash in player.fates:
                continue
            if sent.nonce < mined:  # another transaction has its place
                self._say("replaced", topic=player.task.topic, hash=_hex(sent.hash))
                continue
            self._wallet.submit(sent.raw)
            self._say("sent", topic=player.task.topic, hash=_hex(sent.hash), again=True)

    # ------------------------------------------------------------------------------ what goes out

    def _push(self, due: float, rank: int, what: Any) -> None:
        heapq.heappush(self._queue, (due, rank, next(self._numbers), what))

    def _due(self) -> bool:
        """Do what is due by now, and ask whom it concerns; whether there was anything."""
        now = self._clock.now()
        moment = 0.0
        while self._queue and self._queue[0][0] <= now:
            due, rank, _, what = self._queue[0]
            if rank == _SEND:
                self._wallet.submit(what.raw)  # stays in the queue where the node is away
                self._say("sent", hash=_hex(what.hash))
            heapq.heappop(self._queue)
            moment = max(moment, due)
            if rank == _SIGHT:
                self._saw = True
                self._happened |= self._see(what)
            elif rank == _START:
                what.started = True
                self._happened.add(what.task.topic)
        if moment == 0.0:
            return False
        saw, happened = self._saw, self._happened
        self._saw, self._happened = False, set()
        for topic, player in list(self._players.items()):
            if player.over():
                self._end(player)
            elif player.ready() and player.block is not None:
                woken = saw and player.block.time >= player.wake
                if woken or topic in happened:
                    self._ask(player, moment)
        return True

    def _see(self, sighting: Sighting) -> set[str]:
        """A block has come; the topics of the matches that it changed."""
        self._block = sighting.block
        if sighting.events:
            self._seen.append(sighting)
        return {topic for topic, player in self._players.items() if player.see(sighting)}

    def _ask(self, player: Player, moment: float) -> None:
        asked = player.ask()
        signed = [self._wallet.sign(a, self._follower.base_fee) for _, _, a in asked.chain]
        sent = player.sending(asked, signed)
        topic = player.task.topic
        if sent:
            names = [type(one.move).__name__ for one in sent]
            hashes = [_hex(one.hash) for one in sent]
            self._say("asked", topic=topic, now=player.view.now, moves=names, hashes=hashes)
        for move, why in asked.impossible:
            self._say("impossible", topic=topic, move=type(move).__name__, why=why)
        for to, of, opening in asked.tells:
            told = {
                "topic": topic,
                "of": format_id(of),
                "decision": opening.decision.hex(),
                "salt": opening.salt.hex(),
                "seat": player.task.seat,
            }
            self._say("tell", to=to, told=told)
        for one in sent:
            self._push(moment + self.latency, _SEND, one)

    def _end(self, player: Player) -> None:
        outcome = player.finish()
        self._say("outcome", topic=player.task.topic, **outcome_said(outcome))
        player.close()
        del self._players[player.task.topic]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


__all__ = ["END", "AgentProcess"]
