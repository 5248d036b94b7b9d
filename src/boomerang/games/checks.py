"""What makes a game: each part of one is looked at when it is made. All raise BadGame."""

from __future__ import annotations

import re
from typing import Any

from boomerang.games.errors import BadGame

_ACTION = re.compile(r"[0-9A-Za-z_]{1,32}")


def check_name(name: Any) -> None:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise BadGame(f"a game's name must be printable text, not {name!r}")


def check_players(players: Any) -> None:
    if not isinstance(players, tuple) or not players:
        raise BadGame(f"players must be a tuple of at least one name, not {players!r}")
    for player in players:
        if not isinstance(player, str) or not player.strip():
            raise BadGame(f"a player's name must be text, not {player!r}")
        if players.count(player) > 1:
            raise BadGame(f"two players are called {player!r}")


def check_actions(actions: Any, players: Any) -> None:
    if not isinstance(actions, tuple) or len(actions) != len(players):
        raise BadGame(
            f"actions must be a tuple for each of {len(players)} players ({', '.join(players)}), "
            f"not {actions!r}"
        )
    for player, own in zip(players, actions, strict=True):
        if not isinstance(own, tuple) or not own:
            raise BadGame(f"{player}'s actions must be a tuple of at least one, not {own!r}")
        for action in own:
            if not isinstance(action, str) or _ACTION.fullmatch(action) is None:
                raise BadGame(
                    f"{player}'s action {action!r} must be one word, of 1 to 32 ASCII letters, "
                    "digits and underscores: statements state it by their first word"
                )
        words = [action.lower() for action in own]
        if len(set(words)) != len(words):
            raise BadGame(f"{player} has one action twice: {', '.join(own)}")


def check_default(default: Any, actions: Any, players: Any) -> None:
    if not isinstance(default, tuple) or len(default) != len(players):
        raise BadGame(f"default must hold one action for each player, not {default!r}")
    for player, own, action in zip(players, actions, default, strict=True):
        if action not in own:
            raise BadGame(
                f"{player}'s default {action!r} is none of {player}'s actions: {', '.join(own)}"
            )


def check_compatible(compatible: Any, actions: Any) -> None:
    known = {action for own in actions for action in own}
    for together in compatible:
        if not isinstance(together, frozenset) or len(together) < 2:
            raise BadGame(f"compatible holds sets of two actions or more, not {together!r}")
        for action in sorted(together - known):
            raise BadGame(f"compatible names {action!r}, which nobody can do")


def check_rule(rule: object) -> None:
    """What can be called."""
    if not callable(rule):
        raise BadGame(f"the rule must be a function of a profile, not {rule!r}")
