"""Agents for races: what they do at their start is all they do. For the device of
`boomerang.play.irrevocable`; with Boomerang `boomerang.agents.Conditional` plays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.content import Content
from boomerang.play import Publish, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.games import Game
    from boomerang.play import Move, Outcome, View

_NEVER = 1 << 31


class Racer:
    """Commits at once and for good. If it sees somebody dare, it swerves; if it sees others, and
    none of them dare, it dares; if it sees nobody, it dares with probability `dares`.

    `looks` False: it sees nobody, whatever is there. `unless_second`: it leaves it to the chain:
    "dare, but swerve if I am second".
    """

    name = "racer"

    def __init__(
        self, dares: float = 1.0, *, looks: bool = True, unless_second: bool = False
    ) -> None:
        self.dares = dares
        self.looks = looks
        self.unless_second = unless_second

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        del seat
        self.dare, self.swerve = game.actions[0][0], game.actions[0][-1]
        self.rng = rng
        self.done = False
        self.saw_nobody = False
        """Whether it committed without having seen anybody's commitment."""

    def act(self, view: View) -> Sequence[Move]:
        if self.done:
            return [Wait(_NEVER)]
        self.done = True
        others = view.others() if self.looks else []
        self.saw_nobody = not others
        if self.unless_second:
            otherwise = self._content(self.swerve, view)
            return [Publish(self._content(self.dare, view), otherwise=otherwise), Wait(_NEVER)]
        if others:
            dares = all(view.states(one) != self.dare for one in others)
        else:
            dares = self.rng.random() < self.dares
        return [Publish(self._content(self.dare if dares else self.swerve, view)), Wait(_NEVER)]

    def learn(self, outcome: Outcome) -> None:
        """It does not."""

    @staticmethod
    def _content(action: str, view: View) -> Content:
        return Content(topic=view.topic, statement=action.encode())


__all__ = ["Racer"]
