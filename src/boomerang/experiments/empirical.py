"""A game between two by what was measured: the payoffs of every pair of strategies, and which
strategies iterated elimination of weakly dominated ones leaves (all at once in each round).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Payoffs: TypeAlias = Mapping[tuple[str, str], tuple[float, float]]
"""By the strategies of the first and the second: what each of the two gets, in utils."""


def survivors(table: Payoffs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The strategies of the first and of the second that are left."""
    rows = list(dict.fromkeys(row for row, _ in table))
    columns = list(dict.fromkeys(column for _, column in table))
    while True:
        worse = {
            one
            for one in rows
            for other in rows
            if _dominates([table[other, c][0] - table[one, c][0] for c in columns])
        }
        meek = {
            one
            for one in columns
            for other in columns
            if _dominates([table[r, other][1] - table[r, one][1] for r in rows])
        }
        if not worse and not meek:
            return tuple(rows), tuple(columns)
        rows = [one for one in rows if one not in worse]
        columns = [one for one in columns if one not in meek]


def outcomes(table: Payoffs) -> set[tuple[float, float]]:
    """The payoffs that profiles of surviving strategies come to: one, if the game is solved."""
    rows, columns = survivors(table)
    return {table[row, column] for row in rows for column in columns}


def _dominates(gains: list[float]) -> bool:
    """Never worse, and somewhere better."""
    return min(gains) >= 0 and max(gains) > 0
