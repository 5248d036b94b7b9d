"""What extensive forms refuse with."""

from __future__ import annotations

from typing import ClassVar

from boomerang.errors import BoomerangError


class EfgError(BoomerangError):
    """Base of the errors of extensive forms."""

    exit_code: ClassVar[int] = 2


class BadTree(EfgError):
    """Nodes that make no extensive form."""


class BadProtocol(EfgError):
    """A protocol that makes no sense, or not for this game."""


class TreeTooLarge(EfgError):
    """A tree of more nodes than anything could solve."""


class NotSupported(EfgError):
    """A method that does not apply to this tree."""


class NotUnique(EfgError):
    """A solution concept that leaves more than one outcome where one was asked for."""
