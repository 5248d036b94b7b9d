"""What goes wrong with environments."""

from __future__ import annotations

from boomerang.errors import BoomerangError


class UnknownChoice(BoomerangError):
    """An action outside of an environment's action space."""

    exit_code = 2
