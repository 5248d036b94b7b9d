"""Agents for the tests of processes, named there as `file.py:Class`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.content import Content
from boomerang.decisions import Constant
from boomerang.play import Open, Publish, Seal, Tell, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.games import Game
    from boomerang.play import Move, Outcome, View

FAR = 10**6


class Forgetful:
    """Goes by what it remembers alone: without its memory it would publish and seal again. When it
    seals depends on chance.
    """

    name = "forgetful"

    def __init__(self, bond: int = 0) -> None:
        self.bond = bond

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        self.action = game.actions[seat][0]
        self.done: list[str] = []
        self.margin = rng.randint(9, 18)
        self.learned: Outcome | None = None

    def act(self, view: View) -> Sequence[Move]:
        if "publish" not in self.done:
            self.done.append("publish")
            content = Content(topic=view.topic, statement=self.action.encode())
            return [Publish(content, self.bond), Wait(view.now + FAR)]
        mine = view.mine()
        if not mine:
            return [Wait(view.now + FAR)]
        seal_at, open_at = mine[0].freeze - self.margin, mine[0].freeze + 5
        if "seal" not in self.done:
            if view.now < seal_at:
                return [Wait(seal_at)]
            self.done.append("seal")
            return [Seal(mine[0].id, Constant(True)), Wait(open_at)]
        if "open" not in self.done and view.now >= open_at:
            self.done.append("open")
            return [Open(mine[0].id), Wait(view.now + FAR)]
        return [Wait(max(open_at, view.now + 1))]

    def learn(self, outcome: Outcome) -> None:
        self.learned = outcome


class Careless(Forgetful):
    """Opens what it cannot, and seals before the registry lets it; then it goes on as it should."""

    name = "careless"

    def act(self, view: View) -> Sequence[Move]:
        mine = view.mine()
        if mine and "early" not in self.done:
            self.done.append("early")
            return [Open(mine[0].id), Seal(mine[0].id, Constant(False))]
        return super().act(view)


class Teller(Forgetful):
    """Tells seat 1 its opening as soon as it has sealed."""

    name = "teller"

    def act(self, view: View) -> Sequence[Move]:
        moves = list(super().act(view))
        if any(isinstance(move, Seal) for move in moves):
            moves.append(Tell(1, view.mine()[0].id))
        return moves


class Opener(Forgetful):
    """Opens others' commitments too, where it was told how; it publishes nothing itself."""

    name = "opener"

    def act(self, view: View) -> Sequence[Move]:
        ready = [
            one.id
            for one in view.others()
            if one.id in view.told and view.now >= one.freeze and "open" not in self.done
        ]
        if ready:
            self.done.append("open")
        return [Open(one) for one in ready]
