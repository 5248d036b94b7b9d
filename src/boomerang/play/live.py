"""A match on a chain as it is: agents take turns, and each move is a transaction of its own.

Unlike `Match`, nothing here is simulated: any chain will do, time passes as it does there, and the
agents' secrets are random and in their stores before anything is sent.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from functools import partial
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from boomerang import actions
from boomerang.actions import codec
from boomerang.chains.base import NotSupported, Tx
from boomerang.client.state import State
from boomerang.errors import ChainError, InvalidInput
from boomerang.play import moves
from boomerang.play.hand import Hand, told_seat
from boomerang.play.outcome import losses, outcome_of
from boomerang.play.stored import StoredSecrets
from boomerang.play.view import Refused, View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.client import Registry
    from boomerang.client.events import Event
    from boomerang.games import Game
    from boomerang.play.agent import Agent
    from boomerang.play.moves import OnChain
    from boomerang.play.outcome import Outcome
    from boomerang.store import Store


@dataclass(slots=True)
class LiveSeat:
    """An agent with an account that the chain, or the registry's signer, can send from."""

    agent: Agent
    account: str
    store: Store


@dataclass(slots=True)
class _Player:
    seat: LiveSeat
    hand: Hand
    view: View
    wake: int = 0
    refused: list[Refused] = field(default_factory=list)
    gas: int = 0


class LiveMatch:
    """One game on a registry's chain, from now until all that was published can be settled.

    `tell` receives each move that was carried out, with its seat and gas. `rng`: where agents'
    chance comes from; the system's by default. `latency`: what agents are told of it, in seconds.
    """

    def __init__(
        self,
        game: Game,
        seats: Sequence[LiveSeat],
        registry: Registry,
        *,
        topic: bytes = bytes(32),
        tell: Callable[[int, OnChain, int], None] = lambda _seat, _move, _gas: None,
        rng: Random | None = None,
        block_time: int = 1,
        latency: float = 0.0,
    ) -> None:
        if len(seats) != len(game.players):
            raise InvalidInput(f"{game.name} is for {len(game.players)}, not {len(seats)} players")
        self.game = game
        self.registry = registry
        self.chain = registry.chain
        self.topic = topic
        self.accounts = tuple(seat.account for seat in seats)
        self._tell = tell
        self._rng = rng
        self.history: list[Event] = []
        self._read()
        self._blocks = (block_time, latency)
        self._players = [self._player(index, seat) for index, seat in enumerate(seats)]

    def _player(self, index: int, seat: LiveSeat) -> _Player:
        registry = self.registry
        secrets = StoredSecrets(seat.store)
        hand = Hand(seat.account, registry.domain, registry.parameters(), secrets)
        hand.openings |= secrets.recall(seat.account, self.state)
        # Each has chance of its own: what one draws changes nothing for another.
        rng = SystemRandom() if self._rng is None else Random(self._rng.getrandbits(64))  # noqa: S311
        seat.agent.reset(index, self.game, rng)
        view = View(
            now=self.chain.now(),
            seat=index,
            game=self.game,
            accounts=self.accounts,
            parameters=registry.parameters(),
            state=self.state,
            device="boomerang",
            rng=rng,
            topic=self.topic,
            openings=hand.openings,
            told=hand.told,
            block_time=self._blocks[0],
            latency=self._blocks[1],
        )
        player = _Player(seat, hand, view)
        view.refused = player.refused
        return player

    def play(self) -> Outcome:
        """Play it to the end, and settle it; agents that learn are told the outcome."""
        start = self.chain.now()
        while (now := self.chain.now()) <= self._end(start):
            for player in self._players:
                if self._asked(player):
                    self._act(player)
            if self.chain.now() == now:
                self._pass()
        self._finish()
        outcome = self._outcome(start)
        for player in self._players:
            player.seat.agent.learn(outcome)
        return outcome

    def _end(self, start: int) -> int:
        """The last second at which anybody can do anything about this match."""
        p = self.registry.parameters()
        freezes = [one.freeze for one in self.state.commitments.values() if self._ours(one.id)]
        return max(freezes, default=start + p.period) + p.reveal_window

    def _ours(self, of: bytes) -> bool:
        one = self.state.commitments[of]
        return one.content.topic == self.topic and one.key.committer in self.accounts

    def _asked(self, player: _Player) -> bool:
        """Whether something has happened since it was last asked, or its time has come."""
        return player.view.state is not self.state or self.chain.now() >= player.wake

    def _act(self, player: _Player) -> None:
        view = player.view
        view.state, view.now = self.state, self.chain.now()
        player.wake, refused = 0, len(player.refused)
        for move in player.seat.agent.act(view):
            if isinstance(move, moves.Wait):
                player.wake = move.until
            elif isinstance(move, moves.Tell):
                other = self._players[told_seat(move.to, len(self._players))]
                other.hand.hear(move.of, player.hand.opening(move.of, self.state), view.seat)
                other.wake = 0
            else:
                self._send(player, move)
        if len(player.refused) > refused:
            player.wake = 0  # that is news, to it alone

    def _send(self, player: _Player, move: OnChain) -> None:
        action = player.hand.action(move, self.state)
        data = codec.call(action)
        value = action.value if isinstance(action, actions.Publish) else 0
        to = codec.destination(action, self.registry.address)
        gas = codec.gas_limit(action, data)
        try:
            done = self.registry.send(Tx(player.seat.account, to, data, value, gas))
        except ChainError as error:
            player.refused.append(Refused(move, error))
            return
        finally:
            self._read()
        player.gas += done.gas_used
        self._tell(player.view.seat, move, done.gas_used)

    def _pass(self) -> None:
        """Let a second pass: chains that take orders about time are told, others waited for."""
        try:
            self.chain.advance(1)
        except NotSupported:
            clock.sleep(1)
        self._read()

    def blank(self) -> State:
        """The registry's state before anything had happened."""
        return State(self.registry.domain, self.registry.parameters())

    def _read(self) -> None:
        """What the chain shows by now; a new state only where something has happened."""
        events = self.registry.history()
        if not hasattr(self, "state") or len(events) != len(self.history):
            self.state = self.blank()
            for event in events:
                self.state.apply(event)
            self.history = events

    def _finish(self) -> None:
        """Settle what can be of this match, and execute it: anybody may, and others may be faster.

        Raises the registry's error for what it refuses though nobody else did it.
        """
        self._read()
        while step := self._next():
            before = len(self.history)
            try:
                step()
            except ChainError:
                self._read()
                if len(self.history) == before:
                    raise
            self._read()

    def _next(self) -> Callable[[], object] | None:
        """What is to be settled or executed next; None when all is done."""
        registry, state, now = self.registry, self.state, self.chain.now()
        ours = {one for one in state.commitments if self._ours(one)}
        for one in ours:
            if state.model.record(one).phase.final:
                continue
            try:
                plan = state.plan(now, [one])
            except ChainError:  # it waits: for time, for others, for its group
                continue
            return partial(registry.resolve, plan)
        for group in state.group_plan(now):
            if not ours.isdisjoint(group):
                return partial(registry.groups.resolve, group)
        for one in state.executable(now):
            if one in ours:
                return partial(registry.enforcer.execute, one)
        return None

    def _outcome(self, start: int) -> Outcome:
        lost = dict.fromkeys(self.accounts, 0)
        for event in self.history:
            of = self.state.commitments.get(getattr(event, "id", b""))
            if of is None or of.content.topic != self.topic:
                continue  # of another match on this registry
            for account, wei in losses(event, self.state):
                if account in lost:
                    lost[account] += wei
        return outcome_of(
            self.game,
            self.accounts,
            self.state,
            self.topic,
            start=start,
            now=self.chain.now(),
            lost=list(lost.values()),
            refused=[player.refused for player in self._players],
            gas=[player.gas for player in self._players],
        )


__all__ = ["LiveMatch", "LiveSeat"]
