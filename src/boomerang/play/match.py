"""A match: events in continuous time, blocks, and agents that act on what has reached them.

All times within are seconds from the match's start. Same game, agents, table kind and seed: same
match. Nothing here depends on the game but the outcome's payoffs.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Final

from boomerang import actions
from boomerang.client import events as ev
from boomerang.errors import InvalidInput
from boomerang.play import moves
from boomerang.play.hand import Hand, SeededSecrets, told_seat
from boomerang.play.outcome import losses, outcome_of
from boomerang.play.settling import due
from boomerang.play.tables import BYSTANDER
from boomerang.play.view import Refused, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.actions import Action
    from boomerang.client.events import Event
    from boomerang.client.state import State
    from boomerang.games import Game
    from boomerang.play.agent import Seat
    from boomerang.play.moves import Move, OnChain
    from boomerang.play.outcome import Outcome
    from boomerang.play.tables import Done, Table

# What comes first among events of one instant: what arrives is in the block of that second; what
# is in a block is seen before anybody acts.
_ARRIVAL, _BLOCK, _SIGHT, _WAKE = range(4)

# Seconds are computed from floats: 12 * (0.1 / 12) is no whole block without this.
_EPSILON: Final = 1e-9


class Order(StrEnum):
    """How a builder orders a block: as transactions arrive, by what seats bid, or by lot."""

    ARRIVAL = "arrival"
    BID = "bid"
    SHUFFLED = "shuffled"


@dataclass(slots=True)
class _Sent:
    """A transaction on its way. `lot` orders what is equal; a seat's own stay in their order."""

    arrival: float
    earliest: int  # the first block that is not yet made when it is sent
    seat: int
    lot: float
    place: int
    move: OnChain
    action: Action


@dataclass(slots=True)
class _Mined:
    """What a block held: events for everybody, and for each seat which of its moves failed."""

    events: list[Event]
    own: list[tuple[_Sent, Done]]


@dataclass(slots=True)
class _Player:
    """A seat at the table, with all that is its own."""

    seat: Seat
    hand: Hand
    view: View
    wake: float
    pending: list[Move] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    gas: int = 0
    lost: int = 0


class Match:
    """One game, played once by `play`.

    `block_time`: whole seconds. `order`: of a block's transactions. `keeper`: a bystander records
    the draws of commitments that share a block. `limit`: seconds after which it ends whatever
    anybody still does; by default ten periods.
    """

    def __init__(
        self,
        game: Game,
        seats: Sequence[Seat],
        table: Table,
        *,
        seed: int = 0,
        block_time: int = 1,
        order: Order | str = Order.ARRIVAL,
        keeper: bool = True,
        limit: int | None = None,
        topic: bytes = bytes(32),
    ) -> None:
        if len(seats) != len(game.players):
            raise InvalidInput(f"{game.name} is for {len(game.players)}, not {len(seats)} players")
        if type(block_time) is not int or block_time < 1:
            raise InvalidInput(f"a block takes whole seconds, 1 or more, not {block_time}")
        if order not in tuple(Order):
            raise InvalidInput(f"a block's order is one of {', '.join(Order)}, not {order!r}")
        self.game = game
        self.seats = tuple(seats)
        self.table = table
        self.seed = seed
        self.block_time = block_time
        self.order = Order(order)
        self.keeper = keeper
        self.limit = 10 * table.parameters.period if limit is None else limit
        self.topic = topic
        self.history: list[Event] = []
        """What the last one has logged."""

    def play(self) -> Outcome:
        """Play it to the end; agents that learn are told the outcome."""
        outcome = _Course(self).run()
        for seat in self.seats:
            seat.agent.learn(outcome)
        return outcome


class _Course:
    """A match as it runs."""

    def __init__(self, match: Match) -> None:
        self.match = match
        match.history = []
        self.table = table = match.table
        self.block_time = match.block_time
        self.start = table.start
        coded = [index for index, seat in enumerate(match.seats) if seat.code]
        self.accounts = table.begin(len(match.seats), coded)
        self.lots = Random(f"{match.seed} order")  # noqa: S311
        self.queue: list[tuple[float, int, int, Any]] = []
        self.numbers = count()
        self.pool: list[_Sent] = []
        self.scheduled: set[int] = set()
        self.last_block = 0
        self.draws: dict[int, tuple[bytes, ...]] = {}
        self.truth = table.blank()
        # One state for all who see alike.
        self.states: dict[float, State] = {0.0: self.truth}
        self.players: list[_Player] = []
        self.horizon = max(seat.start + 2 * seat.latency for seat in match.seats)
        self.horizon += table.parameters.period + 2 * self.block_time
        for index, seat in enumerate(match.seats):
            self.players.append(self._seat(index, seat))

    def _seat(self, index: int, seat: Seat) -> _Player:
        match, table = self.match, self.table
        state = self.states.get(seat.latency)
        if state is None:
            state = self.states[seat.latency] = table.blank()
        # Seeded, and no secrets: see SeededSecrets.
        secrets = SeededSecrets(Random(f"{match.seed} secrets {index}"))  # noqa: S311
        hand = table.hand(self.accounts[index], secrets)
        rng = Random(f"{match.seed} agent {index}")  # noqa: S311
        seat.agent.reset(index, match.game, rng)
        player = _Player(
            seat=seat,
            hand=hand,
            view=View(
                now=self.start,
                seat=index,
                game=match.game,
                accounts=self.accounts,
                parameters=table.parameters,
                state=state,
                device=table.device,
                rng=rng,
                topic=match.topic,
                openings=hand.openings,
                told=hand.told,
                block_time=match.block_time,
                latency=seat.latency,
            ),
            wake=seat.start,
        )
        player.view.pending = player.pending
        player.view.refused = player.refused
        self._push(seat.start, _WAKE, index)
        return player

    def _push(self, time: float, rank: int, what: Any) -> None:
        heapq.heappush(self.queue, (time, rank, next(self.numbers), what))

    # ------------------------------------------------------------------------------ the course

    def run(self) -> Outcome:
        queue, end = self.queue, self.match.limit
        while queue:
            time, rank, _, what = heapq.heappop(queue)
            if time > min(self.horizon, end):
                break
            if rank == _ARRIVAL:
                self._arrive(time, what)
            elif rank == _BLOCK:
                self._block(what)
            elif rank == _SIGHT:
                self._see(time, *what)
            else:
                player = self.players[what]
                if time == player.wake:
                    self._act(time, player)
        return self._finish()

    def _arrive(self, time: float, sent: _Sent) -> None:
        self.pool.append(sent)
        self._schedule(max(math.ceil(time / self.block_time - _EPSILON), sent.earliest))

    def _schedule(self, block: int) -> None:
        if block not in self.scheduled:
            self.scheduled.add(block)
            self._push(block * self.block_time, _BLOCK, block)

    def _block(self, block: int) -> None:
        """Make a block of what has arrived."""
        sent, self.pool = self._ordered(), []
        self.last_block = block
        requests = [(self.accounts[one.seat], one.action) for one in sent]
        if block in self.draws:
            requests.append((BYSTANDER, actions.Draw(self.draws.pop(block))))
        time = block * self.block_time
        done = self.table.block(self.start + time, requests)
        events = [event for one in done for event in one.events]
        own = list(zip(sent, done, strict=False))
        for one, answer in own:
            self.players[one.seat].gas += answer.gas
        self._account(events)
        self._publications(block, events)
        self.match.history += events
        mined = _Mined(events, own)
        for event in events:
            self.truth.apply(event)
        if sent or events:
            for latency in self.states:
                self._push(time + latency, _SIGHT, (latency, mined))

    def _ordered(self) -> list[_Sent]:
        """The pool in the builder's order."""
        order, lots = self.match.order, self.lots
        if order is Order.ARRIVAL:
            return sorted(self.pool, key=lambda one: (one.arrival, one.lot, one.place))
        if order is Order.BID:
            seats = self.match.seats
            return sorted(
                self.pool,
                key=lambda one: (-seats[one.seat].bid, one.arrival, one.lot, one.place),
            )
        drawn = [lots.random() for _ in self.match.seats]
        return sorted(self.pool, key=lambda one: (drawn[one.seat], one.arrival, one.place))

    def _publications(self, block: int, events: Iterable[Event]) -> None:
        """Time goes on for what was published; ties are drawn, where there is a keeper."""
        published = [event for event in events if isinstance(event, ev.Published)]
        if not published:
            return
        p = self.table.parameters
        closes = block * self.block_time + p.period + p.reveal_window + self.block_time
        self.horizon = max(self.horizon, closes)
        if len(published) > 1 and self.match.keeper:
            for later in range(1, p.draw_delay + 2):
                self._schedule(block + later)
            self.draws[block + p.draw_delay + 1] = tuple(event.id for event in published)

    def _account(self, events: Iterable[Event]) -> None:
        """What bonds and fees cost whom."""
        seats = dict(zip(self.accounts, self.players, strict=True))
        for event in events:
            for account, wei in losses(event, self.truth):
                if account in seats:
                    seats[account].lost += wei

    # ------------------------------------------------------------------------------ the agents

    def _see(self, time: float, latency: float, mined: _Mined) -> None:
        state = self.states[latency]
        if state is not self.truth:
            for event in mined.events:
                state.apply(event)
        for sent, done in mined.own:
            player = self.players[sent.seat]
            if player.seat.latency == latency:
                player.pending.remove(sent.move)
                if done.error is not None:
                    player.refused.append(Refused(sent.move, done.error))
        for player in self.players:
            if player.seat.latency == latency and player.seat.start <= time:
                self._act(time, player)

    def _act(self, time: float, player: _Player) -> None:
        latency = player.seat.latency
        block = math.floor((time - latency) / self.block_time + _EPSILON)
        view = player.view
        view.now = self.start + max(0, block * self.block_time)
        wake = (max(block, 0) + 1) * self.block_time + latency
        lot, made = self.lots.random(), math.floor(time / self.block_time + _EPSILON)
        for place, move in enumerate(player.seat.agent.act(view)):
            if isinstance(move, moves.Wait):
                until = math.ceil((move.until - self.start) / self.block_time - _EPSILON)
                wake = max(wake, until * self.block_time + latency)
            elif isinstance(move, moves.Tell):
                other = self.players[told_seat(move.to, len(self.players))]
                other.hand.hear(move.of, player.hand.opening(move.of, view.state), view.seat)
                if other.seat.start <= time:
                    other.wake = time
                    self._push(time, _WAKE, move.to)
            else:
                action = player.hand.action(move, view.state)
                player.pending.append(move)
                sent = _Sent(time + latency, made + 1, view.seat, lot, place, move, action)
                self._push(sent.arrival, _ARRIVAL, sent)
        player.wake = wake
        self._push(wake, _WAKE, view.seat)

    # ------------------------------------------------------------------------------ the end

    def _finish(self) -> Outcome:
        """A bystander resolves and executes what can be, once nothing can be opened any more."""
        table, truth = self.table, self.truth
        reveal = table.parameters.reveal_window
        freezes = [one.freeze for one in truth.commitments.values()]
        block = self.last_block + 1
        if freezes:
            over = max(freezes) + reveal + 1 - self.start
            block = max(block, math.ceil(over / self.block_time))
        while todo := due(truth, now := self.start + block * self.block_time):
            done = table.block(now, [(BYSTANDER, action) for action in todo])
            block += 1
            for one in done:
                if one.error is not None:
                    raise one.error
                self._account(one.events)
                self.match.history += one.events
                for event in one.events:
                    truth.apply(event)
        return outcome_of(
            self.match.game,
            self.accounts,
            truth,
            self.match.topic,
            start=self.start,
            now=now,
            lost=[player.lost for player in self.players],
            refused=[player.refused for player in self.players],
            gas=[player.gas for player in self.players],
        )


__all__ = ["Match", "Order"]
