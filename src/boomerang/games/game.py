"""A game in strategic form: players, actions, payoffs over outcomes, and what conflicts with what.

    table = [[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]]
    game = Game.from_matrix("matching_pennies", ("alice", "bob"), ("Heads", "Tails"), table)
    game.payoffs(("Heads", "Tails"))     # (-1, 1)

A *profile* is an action for each seat. A game says nothing about commitments but what they may
state: an action, by the first word (`Game.action`). `statements` scores what was kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING, Any

from boomerang.games.checks import (
    check_actions,
    check_compatible,
    check_default,
    check_name,
    check_players,
    check_rule,
)
from boomerang.games.errors import BadGame, BadProfile
from boomerang.games.exact import Payoff
from boomerang.games.matrix import MAX_PROFILES, Matrix, Profile, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = re.compile(rb"[0-9A-Za-z_\x80-\xff]+")  # as contracts/arenas/Statements.sol has it


@lru_cache(maxsize=1024)
def first_word(statement: str | bytes) -> str:
    """The first word of a statement in lower case, as contracts/arenas/Statements.sol reads it.

    Letters, digits and the underscore make words, and every byte from 0x80 on. Empty where there is
    no word, or one of more than 32 bytes.
    """
    text = statement.encode(errors="surrogatepass") if isinstance(statement, str) else statement
    match = _WORD.search(text)
    if match is None or len(match[0]) > 32:
        return ""
    return match[0].lower().decode("latin-1")


@dataclass(frozen=True)
class Game:
    """A game in strategic form. Payoffs are exact, in utils, one util to the wei.

    `players` names each seat; `actions` holds each seat's, the most reckless first; `default` is
    what each seat does that is bound to nothing; `rule` gives the payoffs of a profile;
    `compatible` lists sets of actions that one player may state together, any other two being a
    conflict.

    Actions are words of 1 to 32 ASCII letters, digits and underscores, for each seat all different
    without regard to case. Raises BadGame where they are not, or lengths do not agree.
    """

    name: str
    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    default: tuple[str, ...]
    rule: Rule
    compatible: tuple[frozenset[str], ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        check_players(self.players)
        check_actions(self.actions, self.players)
        check_default(self.default, self.actions, self.players)
        check_compatible(self.compatible, self.actions)
        check_rule(self.rule)

    @classmethod
    def from_matrix(
        cls,
        name: str,
        players: Sequence[str],
        actions: Sequence[str] | Sequence[Sequence[str]],
        table: Any,
        *,
        default: str | Sequence[str] | None = None,
        compatible: Iterable[Iterable[str]] = (),
    ) -> Game:
        """A game from its payoff matrix.

        `table` holds the payoffs of each profile, one for each player: as a mapping by profile, or
        nested, `table[i][j]` for the first player's action i and the second's j (a numpy array of
        shape `(actions of the first, ..., of the last, players)` will do if its numbers are
        exact). `actions` are each seat's, or, where all have the same, just those; `default`
        likewise, and without one it is each seat's last, the least reckless.
        Raises BadGame for a table of another shape, BadNumber for what is not exact.
        """
        seated, seats = tuple(players), per_seat(actions, len(players))
        check_players(seated)
        check_actions(seats, seated)
        default = tuple(own[-1] for own in seats) if default is None else default
        return cls(
            name,
            seated,
            seats,
            (default,) * len(seats) if isinstance(default, str) else tuple(default),
            Matrix.of(seats, table),
            tuple(frozenset(together) for together in compatible),
        )

    # ------------------------------------------------------------------------- outcomes

    def payoffs(self, profile: Sequence[str]) -> tuple[Payoff, ...]:
        """What each seat gets where each does its action of the profile.

        Raises BadProfile where the profile is none of this game.
        """
        self.check(profile)
        return tuple(self.rule(tuple(profile)))

    def check(self, profile: Sequence[str]) -> None:
        """Raises BadProfile where this is not an action for each seat."""
        if isinstance(profile, str) or len(profile) != len(self.players):
            raise BadProfile(
                f"a profile of {self.name} has {len(self.players)} actions, one for each of "
                f"{', '.join(self.players)}; got {profile!r}"
            )
        for player, own, action in zip(self.players, self.actions, profile, strict=True):
            if action not in own:
                raise BadProfile(
                    f"{player} cannot do {action!r} in {self.name}; actions: {', '.join(own)}"
                )

    def profiles(self) -> Iterator[Profile]:
        """Every profile, the last seat's action changing fastest."""
        return product(*self.actions)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many actions each seat has."""
        return tuple(len(own) for own in self.actions)

    def tabulated(self) -> Game:
        """The same game with every payoff worked out. Raises BadGame over MAX_PROFILES profiles."""
        if isinstance(self.rule, Matrix):
            return self
        rows = {profile: self.payoffs(profile) for profile in self._all_profiles()}
        return replace(self, rule=Matrix.of(self.actions, rows))

    def array(self, dtype: Any = float) -> NDArray[Any]:
        """All payoffs in utils, of shape `(*self.shape, players)`: `[i, j, 0]` is what the first
        gets when it does its action i and the second its action j. Floats, or with `dtype=object`
        exact ones. Raises BadGame over MAX_PROFILES profiles.
        """
        import numpy as np

        rows = [self.rule(profile) for profile in self._all_profiles()]
        return np.array(rows, dtype=dtype).reshape(*self.shape, len(self.players))

    def symmetric(self) -> bool:
        """Whether only who does what matters, not which seat: all have the same actions and
        default, and a profile's payoffs move with its actions. A rule that is so by construction
        may say it, by an attribute `anonymous` that is true; else all profiles are looked at.
        """
        if len(set(self.actions)) != 1 or len(set(self.default)) != 1:
            return False
        if getattr(self.rule, "anonymous", False):
            return True
        known: dict[tuple[str, Profile], Payoff] = {}
        for profile in self._all_profiles():
            counted = tuple(sorted(profile))
            for action, payoff in zip(profile, self.rule(profile), strict=True):
                if known.setdefault((action, counted), payoff) != payoff:
                    return False
        return True

    def _all_profiles(self) -> Iterator[Profile]:
        if prod(self.shape) > MAX_PROFILES:
            raise BadGame(f"{self.name} has {prod(self.shape)} profiles, over {MAX_PROFILES}")
        return self.profiles()

    # ----------------------------------------------------------------------- statements

    def action(self, seat: int, statement: str | bytes) -> str | None:
        """The action that a statement states by its first word; None where it states none."""
        return self._by_word[seat].get(first_word(statement))

    @cached_property
    def _by_word(self) -> tuple[dict[str, str], ...]:
        return tuple({one.lower(): one for one in own} for own in self.actions)

    def plays(self, seat: int, stated: Iterable[str | bytes]) -> str:
        """What a seat does that is bound to these statements: of the actions that they state the
        most reckless, and its default where they state none.
        """
        found = {self.action(seat, one) for one in stated}
        return next((one for one in self.actions[seat] if one in found), self.default[seat])

    def conflicts(self, seat: int, stated: Sequence[str | bytes]) -> list[tuple[int, int]]:
        """Which two of a seat's statements, by place, state actions that do not go together."""
        found = [self.action(seat, one) for one in stated]
        return [
            (i, j)
            for (i, one), (j, other) in combinations(enumerate(found), 2)
            if self.clash(one, other)
        ]

    def clash(self, one: str | None, other: str | None) -> bool:
        """Whether one player cannot be bound to both actions (None: to nothing)."""
        if one is None or other is None or one == other:
            return False
        return not any({one, other} <= together for together in self.compatible)


def per_seat(
    actions: Sequence[str] | Sequence[Sequence[str]], seats: int
) -> tuple[tuple[str, ...], ...]:
    """Each seat's actions, of a list for each seat or of one for all. BadGame for neither."""
    listed = list(actions)
    if listed and all(isinstance(one, str) for one in listed):
        return (tuple(str(one) for one in listed),) * seats
    if any(isinstance(own, str) or not isinstance(own, Sequence) for own in listed):
        raise BadGame(f"actions are words, or for each seat a list of words, not {listed!r}")
    return tuple(tuple(own) for own in listed)
