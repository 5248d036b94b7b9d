"""A symmetric game of two, played by many: everybody meets everybody, and payoffs add up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

from boomerang.games.errors import BadGame
from boomerang.games.game import Game

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.games.exact import Payoff
    from boomerang.games.matrix import Profile


def in_pairs(game: Game, players: Sequence[str]) -> Game:
    """The game in which each two of these players meet in `game`, with one action for all meetings.

    Two players play `game` itself, under their names. One player alone meets nobody, and gets
    nothing. Raises BadGame where `game` is not a symmetric one of two.
    """
    if len(game.players) != 2 or not game.symmetric():
        raise BadGame(f"{game.name} is no symmetric game of two: {len(players)} cannot play it")
    return Game(
        name=game.name,
        players=tuple(players),
        actions=game.actions[:1] * len(players),
        default=game.default[:1] * len(players),
        rule=game.rule if len(players) == 2 else Meetings(game),
        compatible=game.compatible,
    )


@dataclass(frozen=True)
class Meetings:
    """The rule: the payoffs of `pair` (a symmetric game of two), added up over all meetings."""

    pair: Game
    anonymous: ClassVar[bool] = True

    def __call__(self, profile: Profile) -> tuple[Payoff, ...]:
        total: list[Payoff] = [0] * len(profile)
        for i, j in combinations(range(len(profile)), 2):
            one, other = self.pair.rule((profile[i], profile[j]))
            total[i] += one
            total[j] += other
        return tuple(total)
