"""Sees what agents' processes do on the chain: records draws, resolves, and settles matches.

It does nothing that anybody could not do, and knows nothing that the chain does not show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import actions
from boomerang.actions import codec
from boomerang.chains.base import Tx
from boomerang.client import events as ev
from boomerang.client.contracts import Contracts
from boomerang.play.process.board import Board
from boomerang.play.process.follower import Follower
from boomerang.play.settling import executing, grouping, resolving
from boomerang.play.tables import BYSTANDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.actions import Action
    from boomerang.chains.node import NodeChain
    from boomerang.games import Game
    from boomerang.identity import Domain
    from boomerang.parameters import Parameters
    from boomerang.play.outcome import Outcome

AGAIN = 3
"""Blocks after which what did not come about is tried again."""


class Refereed:
    """A match that is watched. `outcome` is there once it is over."""

    def __init__(self, game: Game, board: Board, start: int, horizon: int) -> None:
        self.game = game
        self.board = board
        self.start = start
        self.horizon = horizon
        self.outcome: Outcome | None = None


class Referee:
    """Watches any number of matches on one registry, from its first block."""

    def __init__(self, chain: NodeChain, domain: Domain, parameters: Parameters) -> None:
        self._chain = chain
        self._domain = domain
        self._parameters = parameters
        self._follower = Follower(chain.transport, Contracts(domain.registry))
        self._matches: dict[bytes, Refereed] = {}
        self._tied: list[tuple[int, tuple[bytes, ...]]] = []
        self._tried: dict[bytes, int] = {}

    def watch(
        self, topic: bytes, game: Game, accounts: Sequence[str], start: int, horizon: int
    ) -> Refereed:
        """One more match. Its players must not have begun."""
        board = Board(self._domain, self._parameters, topic, accounts)
        self._matches[topic] = match = Refereed(game, board, start, horizon)
        return match

    def look(self) -> None:
        """Take in what is new, and send what is due."""
        news = self._follower.poll()
        for sighting in news:
            for match in self._matches.values():
                taken = match.board.apply(sighting.events)
                published = tuple(one.id for one in taken if isinstance(one, ev.Published))
                if len(published) > 1:
                    at = sighting.block.number + self._parameters.draw_delay + 1
                    self._tied.append((at, published))
        if news:
            self._act(news[-1].block.number, news[-1].block.time)

    def _act(self, number: int, now: int) -> None:
        for at, tied in self._tied[:]:
            if number + 1 >= at:
                self._tied.remove((at, tied))
                self._send(actions.Draw(tied))
        for topic, match in list(self._matches.items()):
            if now <= match.horizon - self._parameters.period:
                continue  # nothing can be resolved so early
            board = match.board
            state = board.state
            final = [*resolving(state, now), *grouping(state, now)]
            ready = executing(state, now)
            if board.over(now, match.horizon) and not final:
                match.outcome = board.outcome(match.game, start=match.start, now=now)
                del self._matches[topic]
            elif (final or ready) and number >= self._tried.get(topic, -AGAIN) + AGAIN:
                self._tried[topic] = number
                for action in [*final, *ready]:
                    self._send(action)

    def _send(self, action: Action) -> None:
        data = codec.call(action)
        to = codec.destination(action, self._domain.registry)
        self._chain.submit(Tx(BYSTANDER, to, data, 0, codec.gas_limit(action, data)))


__all__ = ["Referee", "Refereed"]
