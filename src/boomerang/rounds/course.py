"""A match in rounds, on any table: one choice for each seat, then a block, and so on.

`Match` of boomerang.play lets agents act when they want to; here they are asked together, round by
round, which is what learners and environments need. Both use the same hands and the same seeds, so
the same moves lead to the same commitments. Seats may also be played by such agents (`agents`):
they act at their own seconds between the rounds, and within a round's block.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from boomerang import actions
from boomerang.client import events as ev
from boomerang.errors import InvalidInput
from boomerang.games import Game
from boomerang.play import moves
from boomerang.play.hand import Hand, SeededSecrets, told_seat
from boomerang.play.outcome import losses, outcome_of
from boomerang.play.settling import due
from boomerang.play.tables import BYSTANDER
from boomerang.play.view import Refused, View
from boomerang.rounds.choices import Choices, places
from boomerang.rounds.observation import Observer
from boomerang.rounds.rules import Order, Rules, Stage, Timetable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from boomerang.actions import Action
    from boomerang.play.agent import Agent
    from boomerang.play.moves import OnChain
    from boomerang.play.outcome import Outcome
    from boomerang.play.tables import Done, Table
    from boomerang.rounds.rules import Round

_Sent = tuple[int, "OnChain", "Action"]


class Course:
    """Matches in rounds, one after the other: `begin`, then `step` until `turn` is None.

    `agents` play the seats that they are given for; all others are asked for choices. The table
    stays the caller's. Raises InvalidInput where the rules do not fit its windows.
    """

    def __init__(
        self,
        game: Game,
        table: Table,
        rules: Rules | None = None,
        agents: Mapping[int, Agent] | None = None,
    ) -> None:
        self.game, self.table = game, table
        self.rules = rules or Rules()
        self.agents = dict(agents or {})
        players = len(game.players)
        if not set(self.agents) < set(range(players)):
            raise InvalidInput(
                f"agents can play some of the seats 0 to {players - 1}, not {sorted(self.agents)}"
            )
        least = table.parameters.min_bond if table.device == "boomerang" else 0
        if self.rules.bond < least or (self.rules.bond and table.device != "boomerang"):
            raise InvalidInput(
                f"the bond must be at least {least} on this registry, not {self.rules.bond}"
                if table.device == "boomerang"
                else f"the device {table.device!r} takes no bonds"
            )
        self.seats = tuple(seat for seat in range(players) if seat not in self.agents)
        self.timetable = Timetable.of(self.rules, table.parameters, players, table.device)
        self.choices = Choices(game)
        self.observer = Observer(self.choices, self.timetable, self.rules)
        self.turn: Round | None = None
        self.outcome: Outcome | None = None

    # --------------------------------------------------------------------------- the course

    def begin(self, seed: int | str = 0) -> None:
        """A new match. All chance comes from the seed, and of course from who chooses."""
        table, game = self.table, self.game
        coded = [seat for seat, agent in self.agents.items() if getattr(agent, "code", False)]
        accounts = table.begin(len(game.players), coded)
        self.accounts = accounts
        self.lots = Random(f"{seed} order")  # noqa: S311
        self.state = table.blank()
        self.clock = 0
        self.due: dict[int, tuple[bytes, ...]] = {}
        self.must: set[int] = set()
        self.gas = [0] * len(accounts)
        self.lost = dict.fromkeys([*accounts, BYSTANDER], 0)
        self.refused: list[list[Refused]] = [[] for _ in accounts]
        self.outcome = None
        self.hands: list[Hand] = []
        self.views: list[View] = []
        for seat, account in enumerate(accounts):
            # Seeded, and no secrets: see SeededSecrets.
            hand = table.hand(account, SeededSecrets(Random(f"{seed} secrets {seat}")))  # noqa: S311
            rng = Random(f"{seed} agent {seat}")  # noqa: S311
            view = View(
                now=table.start,
                seat=seat,
                game=game,
                accounts=accounts,
                parameters=table.parameters,
                state=self.state,
                device=table.device,
                rng=rng,
                topic=bytes(32),
                openings=hand.openings,
                told=hand.told,
                refused=self.refused[seat],
                block_time=self.rules.block_time,
            )
            self.hands.append(hand)
            self.views.append(view)
            if seat in self.agents:
                self.agents[seat].reset(seat, game, rng)
        self.wake = dict.fromkeys(self.agents, 0)
        self.at = -1
        self.masks: dict[int, NDArray[np.int8]] = {}
        self._next()

    def mask(self, seat: int) -> NDArray[np.int8]:
        """Which choices a seat has now; see `Choices`. The array is the caller's."""
        found = self.masks.get(seat)
        if found is None:
            found = self.masks[seat] = self.choices.mask(self.views[seat], self.turn, self.rules)
        return found.copy()

    def observe(self, seat: int) -> NDArray[np.float32]:
        """What a seat sees now; see `Observer`."""
        return self.observer.observe(self.views[seat], self.turn)

    def step(self, chosen: Mapping[int, int]) -> None:
        """One round: everybody's choice, by seat, which `mask` must allow; who is not named passes.
        Then blocks are made, up to the next round in which somebody has a choice. Raises
        InvalidInput.
        """
        turn = self.turn
        if turn is None:
            raise InvalidInput("the match is over; begin another")
        for seat, choice in chosen.items():
            self._check(seat, choice)
        sent: list[_Sent] = []
        for seat, choice in chosen.items():
            view = self.views[seat]
            for move in self.choices.moves(view, choice, self.rules):
                sent.append((seat, move, self.hands[seat].action(move, self.state)))
        self._round(turn, sent)
        self._next()

    def _check(self, seat: int, choice: int) -> None:
        if seat not in self.seats:
            raise InvalidInput(f"seat {seat} is not asked: choices are for {self.seats}")
        if not 0 <= choice < self.choices.size:
            raise InvalidInput(
                f"seat {seat} has no choice {choice}: they are 0 to {self.choices.size - 1}"
            )
        if not self.mask(seat)[choice]:
            name = self.choices.names[choice]
            raise InvalidInput(f"seat {seat} cannot choose {name!r} in this round")

    def _next(self) -> None:
        """Go on to the next round in which somebody has a choice, or to the end."""
        rounds = self.timetable.rounds
        while True:
            self.at += 1
            if self.at == len(rounds):
                break
            turn = self.turn = rounds[self.at]
            self.masks = {}
            self._advance(turn.second - self.rules.block_time)
            if any(self.mask(seat)[1:].any() for seat in self.seats):
                return
            self._round(turn, [])
        self.turn = None
        self.masks = {}
        self._finish()

    def _round(self, turn: Round, sent: list[_Sent]) -> None:
        """The block of a round, or blocks."""
        tick = self.rules.block_time
        sent = sent + self._ask(turn.second)
        order = self.rules.order
        if turn.stage is Stage.PUBLISH:
            first = [one for one in sent if isinstance(one[1], moves.Publish)]
            rest = [one for one in sent if not isinstance(one[1], moves.Publish)]
            if order is Order.SEAT:
                first.sort(key=lambda one: one[0])
            else:
                self.lots.shuffle(first)
            if order is not Order.DRAW:
                for n, one in enumerate(first):
                    self._block(turn.second + n * tick, [one])
                first = []
            if first or rest:
                self._block(max(turn.second, self.clock + tick), first + rest)
        else:
            if (
                turn.stage is Stage.OPEN
            ):  # who is opened after what he depends on is settled at once
                order_of = places(self.views[0])
                last = len(order_of) + 1
                sent.sort(key=lambda one: order_of.get(getattr(one[1], "of", b""), last))
            if sent:
                self._block(turn.second, sent)
        self.clock = max(self.clock, turn.second)

    def _advance(self, until: int) -> None:
        """Let agents act, and draws be recorded, up to a second."""
        tick = self.rules.block_time
        if self.must or self.agents:
            for second in range(self.clock + tick, until + 1, tick):
                sent = self._ask(second)
                if sent or second in self.must:
                    self._block(second, sent)
        self.clock = max(self.clock, until)
        for view in self.views:  # blocks go on being made, empty ones too
            view.now = self.table.start + self.clock

    def _block(self, second: int, sent: list[_Sent]) -> None:
        """One block, with what was sent."""
        self.clock = second
        requests = [(self.accounts[seat], action) for seat, _, action in sent]
        self.must.discard(second)
        if second in self.due:
            requests.append((BYSTANDER, actions.Draw(self.due.pop(second))))
        time = self.table.start + second
        done = self.table.block(time, requests)
        published = []
        for one in done:
            self._apply(one)
            published += [event.id for event in one.events if isinstance(event, ev.Published)]
        for (seat, move, _), one in zip(sent, done, strict=False):
            self.gas[seat] += one.gas
            if one.error is not None:
                if seat not in self.agents:
                    raise one.error  # a choice that the mask allows is never refused
                self.refused[seat].append(Refused(move, one.error))
        if len(published) > 1 and self.table.device == "boomerang":
            tick, delay = self.rules.block_time, self.table.parameters.draw_delay
            self.must |= {second + later * tick for later in range(1, delay + 2)}
            self.due[second + (delay + 1) * tick] = tuple(published)
        for view in self.views:
            view.now = time
        for seat in self.wake:
            self.wake[seat] = second

    def _apply(self, done: Done) -> None:
        for event in done.events:
            self.state.apply(event)
            for account, wei in losses(event, self.state):
                self.lost[account] += wei

    # --------------------------------------------------------------------------- the agents

    def _ask(self, second: int) -> list[_Sent]:
        """What agents send that are awake, for the block of this second."""
        tick, start = self.rules.block_time, self.table.start
        sent: list[_Sent] = []
        for seat, agent in self.agents.items():
            if self.wake[seat] > second - tick:
                continue
            view = self.views[seat]
            view.now = start + second - tick
            self.wake[seat] = second
            for move in agent.act(view):
                if isinstance(move, moves.Wait):
                    self.wake[seat] = max(second, move.until - start)
                elif isinstance(move, moves.Tell):
                    opening = self.hands[seat].opening(move.of, self.state)
                    self.hands[told_seat(move.to, len(self.hands))].hear(move.of, opening, seat)
                    if move.to in self.wake:
                        self.wake[move.to] = second
                else:
                    sent.append((seat, move, self.hands[seat].action(move, self.state)))
        return sent

    # --------------------------------------------------------------------------- the end

    def _finish(self) -> None:
        """A bystander resolves and executes what can be; then all is final."""
        table, state = self.table, self.state
        tick, limit = self.rules.block_time, 10 * table.parameters.period
        while self.clock < (last := min(self._over(), limit) - 1):  # agents may publish late
            self._advance(last)
        second = -(-max(self._over(), self.clock + 1) // tick) * tick
        while todo := due(state, now := table.start + second):
            for one in table.block(now, [(BYSTANDER, action) for action in todo]):
                if one.error is not None:
                    raise one.error
                self._apply(one)
            second += tick
        for view in self.views:
            view.now = now
        self.outcome = outcome_of(
            self.game,
            self.accounts,
            state,
            bytes(32),
            start=table.start,
            now=now,
            lost=[self.lost[account] for account in self.accounts],
            refused=self.refused,
            gas=self.gas,
        )
        for agent in self.agents.values():
            agent.learn(self.outcome)

    def _over(self) -> int:
        """The second from which nothing that was published can change any more."""
        freezes = [one.freeze - self.table.start for one in self.state.commitments.values()]
        closed = max(freezes, default=0) + self.table.parameters.reveal_window + 1
        return max(self.timetable.over, closed)


__all__ = ["Course"]
