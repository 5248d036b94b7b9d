"""What games refuse with. All of them are about input, and say what of it was wrong."""

from __future__ import annotations

from typing import ClassVar

from boomerang.errors import BoomerangError


class GameError(BoomerangError):
    """Base of the errors of games."""

    exit_code: ClassVar[int] = 2


class BadGame(GameError):
    """What was given makes no game."""


class BadProfile(GameError):
    """Not an action for each seat of this game."""


class BadNumber(GameError):
    """Not an exact number, or not a number at all."""


class UnknownGame(GameError):
    """No game of the catalogue is called so, or it has no such parameter."""


class BadGameFile(GameError):
    """A file that is no game; the message begins with the file and the place in it."""


class NotSupported(GameError):
    """The other library's game has something that a game in strategic form has not."""
