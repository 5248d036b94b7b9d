"""What profiles pay: rules, and the one that is a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, TypeAlias

from boomerang.games.errors import BadGame, BadNumber
from boomerang.games.exact import Payoff, exact

Profile: TypeAlias = tuple[str, ...]
"""An action for each seat."""

Rule: TypeAlias = Callable[[Profile], Sequence[Payoff]]
"""What a profile pays to each seat. To go to other processes it must pickle, so be no lambda."""

MAX_PROFILES = 1 << 20
"""Tables of more profiles are refused: 16 players of two actions have 65,536."""


@dataclass(frozen=True)
class Matrix:
    """A rule that looks payoffs up: `rows` in the order of `Game.profiles`, one number a seat."""

    actions: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[Payoff, ...], ...]

    @classmethod
    def of(cls, actions: tuple[tuple[str, ...], ...], table: Any) -> Matrix:
        """From a mapping by profile, or from nested sequences."""
        count = prod(len(own) for own in actions)
        if count > MAX_PROFILES:
            raise BadGame(f"the table has {count} profiles, over {MAX_PROFILES}")
        if isinstance(table, Mapping):
            rows = _rows_by_profile(actions, table)
        else:
            rows = list(_rows_nested(actions, table))
        return cls(actions, tuple(_row(where, row, len(actions)) for where, row in rows))

    def __call__(self, profile: Profile) -> tuple[Payoff, ...]:
        return self._by_profile[profile]

    @cached_property
    def _by_profile(self) -> dict[Profile, tuple[Payoff, ...]]:
        return dict(zip(product(*self.actions), self.rows, strict=True))

    def __getstate__(self) -> dict[str, Any]:
        return {"actions": self.actions, "rows": self.rows}  # what was looked up, others work out


def _rows_by_profile(
    actions: tuple[tuple[str, ...], ...], table: Mapping[Any, Any]
) -> list[tuple[str, Any]]:
    rows = []
    for profile in product(*actions):
        if profile not in table:
            raise BadGame(f"the table says nothing about {' / '.join(profile)}")
        rows.append((" / ".join(profile), table[profile]))
    if len(table) != len(rows):
        known = set(product(*actions))
        strange = next(key for key in table if key not in known)
        raise BadGame(f"the table has {strange!r}, which is no profile of the game")
    return rows


def _rows_nested(
    actions: tuple[tuple[str, ...], ...], table: Any, path: Profile = ()
) -> Iterator[tuple[str, Any]]:
    if len(path) == len(actions):
        yield " / ".join(path), table
        return
    own = actions[len(path)]
    length = _length(table)
    if length != len(own):
        where = f" after {' / '.join(path)}" if path else ""
        found = f"{length} entries" if length is not None else f"{table!r}"
        raise BadGame(
            f"the table{where} must have an entry for each of {', '.join(own)}; it has {found}"
        )
    for action, part in zip(own, table, strict=True):
        yield from _rows_nested(actions, part, (*path, action))


def _row(where: str, row: Any, seats: int) -> tuple[Payoff, ...]:
    if _length(row) != seats:
        raise BadGame(f"the payoffs of {where} must be {seats} numbers, not {row!r}")
    try:
        return tuple(exact(_plain(value)) for value in row)
    except BadNumber as error:
        raise BadNumber(f"the payoffs of {where}: {error}") from None


def _plain(value: Any) -> Any:
    """A numpy scalar as what Python has for it."""
    return value.item() if hasattr(value, "item") else value


def _length(value: Any) -> int | None:
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        return None
    return len(value)
