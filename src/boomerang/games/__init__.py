"""Games that commitments are played for. docs/play.md, "Game".

    from boomerang.games import catalogue
    catalogue.chicken().payoffs(("Dare", "Swerve"))      # (10, -20)

`game` has what a game is, `catalogue` the known ones, `statements` what kept commitments come to in
one. `files` reads and writes JSON. `gambit` (pygambit) and `gymnasium` (gymnasium, PettingZoo) take
games from other libraries, which they import only then.
"""

from boomerang.games.errors import (
    BadGame,
    BadGameFile,
    BadNumber,
    BadProfile,
    GameError,
    NotSupported,
    UnknownGame,
)
from boomerang.games.exact import Payoff
from boomerang.games.game import Game
from boomerang.games.matrix import Profile
from boomerang.games.statements import GAMES, Entry, conflicts, payments_due, score

__all__ = [
    "GAMES",
    "BadGame",
    "BadGameFile",
    "BadNumber",
    "BadProfile",
    "Entry",
    "Game",
    "GameError",
    "NotSupported",
    "Payoff",
    "Profile",
    "UnknownGame",
    "conflicts",
    "payments_due",
    "score",
]
